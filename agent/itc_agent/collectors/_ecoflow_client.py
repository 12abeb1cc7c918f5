"""Questions to EcoFlow's cloud, each signed with the developer's keys. Only the two that read are known here.

A question is signed by the HMAC-SHA256 of its sorted parameters and of the headers ``accessKey``, ``nonce`` and ``timestamp`` (milliseconds).
Answers are ``{"code": "0", "message": "Success", "data": …}``; another code is an error, also under HTTP 200.
"""
from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from .. import host_secrets
from ..errors import SourceUnavailable
from ..judge import seconds_text
from ._http_client import NoAnswer, get
from ._http_text import unpack

ADDRESSES = {'eu': 'https://api-e.ecoflow.com', 'us': 'https://api-a.ecoflow.com', 'other': 'https://api.ecoflow.com'}
MAX_BYTES = 256 * 1024
MAX_SKEW_S = 60
ERRORS = {'1006': "these keys may not read this unit: link it to the developer account", '8521': "the secret key is wrong"}


@dataclass(frozen=True, repr=False)
class Keys:
    """The developer's keys; never shown."""

    access: str
    secret: str


def read_keys(name: str) -> Keys:
    """Return the keys of a secret of this host whose first line is the access key and whose second is the secret key.

    :raises SourceUnavailable: missing, unreadable, readable by others, or no keys
    """
    lines = [line.strip() for line in host_secrets.read(name).split('\n') if line.strip()]
    if len(lines) != 2 or not all(re.fullmatch('[!-9;-~]{2,200}', line) for line in lines):
        raise SourceUnavailable(f"the secret {name} does not hold two lines, the access key and the secret key")
    return Keys(*lines)


def sign(parameters: dict, keys: Keys, nonce: str, timestamp: str) -> str:
    """Return the signature of a question, 64 hex digits. Pure.

    >>> sign({'sn': 'R701TEST0000001'}, Keys('AK', 'SK'), '123456', '1700000000000')
    '0d2371f9ff54d3dc264dfbc092e10f092e1043858be0c85853037961fa3b1b6f'
    """
    pairs = [*sorted(parameters.items()), ('accessKey', keys.access), ('nonce', nonce), ('timestamp', timestamp)]
    text = '&'.join(f'{name}={value}' for name, value in pairs)
    return hmac.new(keys.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def ask(address: str, path: str, parameters: dict, keys: Keys, timeout_s: float):
    """Return the ``data`` of an answer.

    :param parameters: name to text, of letters and digits only
    :raises SourceUnavailable: no answer, or an error of the cloud
    """
    nonce, now = f'{random.randrange(100_000, 1_000_000)}', time.time()
    timestamp = str(int(now * 1000))
    headers = [('accessKey', keys.access), ('nonce', nonce), ('timestamp', timestamp), ('sign', sign(parameters, keys, nonce, timestamp))]
    query = '&'.join(f'{name}={value}' for name, value in sorted(parameters.items()))
    try:
        page = get(f'{address}/iot-open/sign/{path}' + (f'?{query}' if query else ''), timeout_s, '', headers)
    except NoAnswer as error:
        raise SourceUnavailable(f"{urlsplit(address).hostname}: {error}") from error
    body = unpack(page.body, page.coding, MAX_BYTES)
    try:
        return parse_answer(page.status, body or b'', skew_s(page.date, now))
    except SourceUnavailable as error:
        raise SourceUnavailable(str(error).replace(keys.secret, '…').replace(keys.access, '…')) from error


def skew_s(date: str, now: float) -> float:
    """Return how far our clock is ahead of that of an answer, in seconds; 0 when it does not tell.

    >>> skew_s('Tue, 14 Nov 2023 22:13:20 GMT', 1700000120.0), skew_s('', 5.0)
    (120.0, 0.0)
    """
    try:
        return now - parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0


def parse_answer(status: int, body: bytes, skew: float):
    """Return the ``data`` of an answer. Pure.

    :param skew: seconds that our clock is ahead of the cloud's
    :raises SourceUnavailable: no answer of this cloud, or one with an error
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get('code'), (str, int)):
        raise SourceUnavailable(f"what answers is not EcoFlow's cloud (HTTP {status})")
    code = str(answer['code'])
    if code == '0' and status == 200:
        return answer.get('data')
    if abs(skew) > MAX_SKEW_S:
        raise SourceUnavailable(f"this machine's clock is {seconds_text(abs(skew))} {'ahead' if skew > 0 else 'behind'}: "
                                f"the cloud takes nothing that is signed with a wrong time (code {code[:20]})")
    words = ERRORS.get(code, str(answer.get('message') or '')[:100])
    raise SourceUnavailable(f"the cloud refuses: {words or 'without a word'} (code {code[:20]}, HTTP {status})")
