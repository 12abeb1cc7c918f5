"""Whether a web address answers as expected, and how fast.

One GET, without proxies, cookies or passwords from the environment; redirects are an answer, not followed. ``status`` outside
``expect_status`` is critical, and so is a page in which ``content`` is not found: a login page of another system also answers 200. No connection
or no answer is critical, a name that cannot be resolved is unknown. At most 256 KiB are read. A certificate that cannot be trusted is critical;
``ca_file`` names an authority of one's own.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from .. import __version__
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State

MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class HttpSettings:
    """What to ask and what to expect."""

    url: str = setting('str', help="Address, http:// or https://.")
    expect_status: list = setting('list', ('200',), help="Status codes that are fine (`200`, `2xx`).")
    content: str = setting('str', '', help="Regular expression that must be found in the page.")
    timeout_s: float = setting('float', 10.0, help="How long to wait for the connection, and for each part of the answer; at most 60.")
    ca_file: str = setting('str', '', help="PEM file of the certificate authority to trust instead of the public ones.")

    def __post_init__(self):
        parts = urlsplit(self.url)
        if parts.scheme not in ('http', 'https') or not parts.hostname or parts.username:
            raise ValueError("url: expected an http:// or https:// address without a user name")
        if not self.expect_status or not all(re.fullmatch('[1-5]([0-9]{2}|xx)', one) for one in self.expect_status):
            raise ValueError("expect_status: expected codes as 200 or 2xx")
        try:
            re.compile(self.content)
        except re.error as error:
            raise ValueError(f"content: expected a regular expression ({error})") from error
        if not 0 < self.timeout_s <= 60:
            raise ValueError("timeout_s: expected more than 0 and at most 60")


@dataclass(frozen=True)
class Answer:
    """What came back: status, the beginning of the page, seconds it took."""

    status: int
    text: str
    took_s: float


def expected(status: int, wanted) -> bool:
    """Tell whether a status is among the expected ones.

    >>> expected(204, ['200', '2xx']), expected(303, ['200'])
    (True, False)
    """
    return any(one in (str(status), f'{status // 100}xx') for one in wanted)


def parse(answer: Answer, settings: HttpSettings) -> Reading:
    """Return the reading for an answer. Pure."""
    values = {'up': 1, 'status': answer.status, 'latency_ms': round(answer.took_s * 1000, 2)}
    if not expected(answer.status, settings.expect_status):
        return Reading('', {**values, 'up': 0}, State.CRITICAL, f"status {answer.status} instead of {' or '.join(settings.expect_status)}")
    if settings.content and not re.search(settings.content, answer.text):
        return Reading('', {**values, 'up': 0}, State.CRITICAL, f"the page does not hold {settings.content!r}")
    return Reading('', values)


def query(settings: HttpSettings) -> Answer | str:
    """Ask once; return the answer, or words for why there is none.

    :raises SourceUnavailable: the name cannot be resolved
    """
    import requests
    from urllib3.exceptions import HTTPError, NameResolutionError
    started = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        session.headers['User-Agent'] = f'itc-agent/{__version__}'
        try:
            response = session.get(settings.url, timeout=settings.timeout_s, allow_redirects=False, stream=True, verify=settings.ca_file or True)
            content = response.raw.read(MAX_BYTES, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as error:
            if isinstance(getattr(error.args[0] if error.args else None, 'reason', None), NameResolutionError):
                raise SourceUnavailable(f"{urlsplit(settings.url).hostname}: the name cannot be resolved") from error
            return _words(error, settings)
        return Answer(response.status_code, content.decode(response.encoding or 'utf-8', 'replace'), time.monotonic() - started)


def _words(error: Exception, settings: HttpSettings) -> str:
    import requests
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return f"no answer within {settings.timeout_s:g} s"
    if isinstance(error, requests.ConnectionError):
        return "refused, nothing listens there" if 'refused' in str(error) else "no connection, or it broke off"
    return f"no usable answer ({type(error).__name__})"


@collector(
    'http', title="Web address", help="Whether a web address answers as expected, and how fast.",
    settings=HttpSettings,
    metrics=[
        Metric('up', '', "1 when it answered as expected, 0 otherwise."),
        Metric('status', '', "HTTP status."),
        Metric('latency_ms', 'ms', "Time to the (first 256 KiB of the) answer."),
    ],
    limits=[Limit('latency_ms', '>', 3000, None)],
    timeout_s=30,
)
def collect(settings: HttpSettings, memory: dict):
    """Ask once."""
    answer = query(settings)
    if isinstance(answer, str):
        yield Reading('', {'up': 0}, State.CRITICAL, answer)
    else:
        yield parse(answer, settings)
