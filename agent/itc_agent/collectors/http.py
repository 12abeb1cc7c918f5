"""Whether a web address answers as expected, and how fast.

One GET, without proxies, cookies or passwords from the environment; redirects are an answer, not followed, interim answers (1xx) are none.
``status`` outside ``expect_status`` is critical, and so is a page in which ``content`` is not found: a login page of another system also answers
200. At most 256 KiB are read, and all of it has to come within ``timeout_s``: no connection, no answer, or one that drips on for longer is
critical. Text is read as browsers read it; one in a packing that cannot be undone makes ``content`` unknown.

A certificate that cannot be trusted is critical and the words say why: expired, for another name, of an unknown issuer (``ca_file`` names an
authority of one's own), or a protocol that is too old. ``cert_days`` tells how long the server's own certificate still lasts, below 0 for one
that has expired; those of the authorities behind it are checked, but not counted.

What this machine cannot do proves nothing of the other: a name that cannot be resolved, a network that cannot be reached, a ``ca_file`` that
cannot be read, a server that wants a client certificate, and a ``content`` that takes longer than two seconds to look for are unknown.

Tried on: nginx with good, expiring and expired certificates, Odoo, and servers with every fault.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from .. import patterns, time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._certificate import days_left
from ._connection import good_host
from ._http_client import MAX_BYTES, NoAnswer, get
from ._http_text import decode, unpack


@dataclass(frozen=True)
class HttpSettings:
    """What to ask and what to expect."""

    url: str = setting('str', help="Address, http:// or https://.")
    expect_status: list = setting('list', ('200',), help="Status codes that are fine (`200`, `2xx`).")
    content: str = setting('str', '', help="Regular expression that must be found in the page.")
    timeout_s: float = setting('float', 10.0, help="How long the answer may take, from the connection to its last byte; at most 60.")
    ca_file: str = setting('str', '', help="PEM file of the certificate authority to trust instead of the public ones.")

    def __post_init__(self):
        if not good_url(self.url):
            raise ValueError("url: expected an http:// or https:// address without a user name")
        if not self.expect_status or not all(re.fullmatch('[1-5]([0-9]{2}|xx)', one) for one in self.expect_status):
            raise ValueError("expect_status: expected codes as 200 or 2xx")
        patterns.refuse_wrong('content', self.content)
        if not 0 < self.timeout_s <= 60:
            raise ValueError("timeout_s: expected more than 0 and at most 60")


@dataclass(frozen=True)
class Answer:
    """What came back: status, the beginning of the page (None when it is packed in an unknown way), seconds it took, the certificate's end."""

    status: int
    text: str | None
    took_s: float
    expires_at: float | None = None


def good_url(url: str) -> bool:
    """Tell whether an address can be asked at all.

    >>> [good_url(one) for one in ('https://erp.example.org:8443/web?a=1', 'http://[::1]/', 'http://x:99999/', 'http://x:0/', 'http://a b/')]
    [True, True, False, False, False]
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not re.search(r'[\x00-\x1f\x7f]', url) and '@' not in parts.netloc
    return plain and parts.scheme in ('http', 'https') and port != 0 and good_host(parts.hostname or '')


def expected(status: int, wanted) -> bool:
    """Tell whether a status is among the expected ones.

    >>> expected(204, ['200', '2xx']), expected(303, ['200'])
    (True, False)
    """
    return any(one in (str(status), f'{status // 100}xx') for one in wanted)


def parse(answer: Answer, settings: HttpSettings, now: float) -> Reading:
    """Return the reading for an answer.

    :param now: seconds since 1970
    :raises SourceUnavailable: whether it holds ``content`` cannot be told
    """
    values = {'up': 1, 'status': answer.status, 'latency_ms': round(answer.took_s * 1000, 2), **days_left(answer.expires_at, now)}
    if not expected(answer.status, settings.expect_status):
        return Reading('', {**values, 'up': 0}, State.CRITICAL, f"status {answer.status} instead of {' or '.join(settings.expect_status)}")
    if settings.content and answer.text is None:
        raise SourceUnavailable("the page came packed in a way that cannot be undone")
    if settings.content and not patterns.find(settings.content, [(answer.text, '')])[0]:
        return Reading('', {**values, 'up': 0}, State.CRITICAL, f"the page does not hold {settings.content!r}")
    return Reading('', values)


def query(settings: HttpSettings) -> Answer:
    """Ask once.

    :raises NoAnswer: the other side gave none
    :raises SourceUnavailable: it could not be asked
    """
    started = time.monotonic()
    keep_s = patterns.MATCH_S if settings.content else 0.0
    page = get(settings.url, time_limit.left(settings.timeout_s, keep_s), settings.ca_file)
    took_s = time.monotonic() - started
    body = unpack(page.body, page.coding, MAX_BYTES)
    return Answer(page.status, None if body is None else decode(body, page.content_type), took_s, page.expires_at)


@collector(
    'http', title="Web address", help="Whether a web address answers as expected, and how fast.",
    settings=HttpSettings,
    metrics=[
        Metric('up', '', "1 when it answered as expected, 0 otherwise."),
        Metric('status', '', "HTTP status."),
        Metric('latency_ms', 'ms', "Time to the (first 256 KiB of the) answer."),
        Metric('cert_days', 'd', "Days until the server's certificate expires (https only)."),
    ],
    limits=[Limit('latency_ms', '>', 3000, None), Limit('cert_days', '<', 21, 7)],
    timeout_s=30,
)
def collect(settings: HttpSettings, memory: dict):
    """Ask once."""
    try:
        answer = query(settings)
    except NoAnswer as error:
        yield Reading('', {'up': 0, **days_left(error.expires_at, time.time())}, State.CRITICAL, str(error))
    else:
        yield parse(answer, settings, time.time())
