"""Talking to Odoo: one session, nothing from the environment, and only our own ``200`` counts.

A proxy's page, a redirect, a 404 because PostgreSQL is down, a cut answer, another database: all of these mean *keep it, try later*.
"""
from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import threading
from dataclasses import dataclass

import requests
import urllib3
from requests.adapters import HTTPAdapter

from . import __version__, wire
from .config import plain_fingerprint
from .errors import NotOurs, Refused, Unreachable
from .judge import counted

BASE = '/it_continuity/agent/v1/'
TIMEOUT_S = (5, 20)
# Whoever sends a byte now and then is within the limit above: this ends a conversation as a whole.
IN_ALL_S = 300.0
HANG_UP_EVERY_S = 0.5
MAX_ANSWER_BYTES = 4 * 2 ** 20
MAX_RETRY_AFTER_S = 3600.0


class EndingAdapter(HTTPAdapter):
    """Let a conversation be ended from outside, by another thread, at whatever point it is."""

    _taken = None

    def init_poolmanager(self, *arguments, **options):
        made, adapter = super().init_poolmanager(*arguments, **options), self

        def watched(kind):
            class Pool(kind):
                def _get_conn(self, timeout=None):
                    adapter._taken = super()._get_conn(timeout)
                    return adapter._taken
            return Pool

        self.poolmanager.pool_classes_by_scheme = {'http': watched(urllib3.HTTPConnectionPool), 'https': watched(urllib3.HTTPSConnectionPool)}
        return made

    def hang_up(self) -> None:
        """End the connection that was taken last."""
        with contextlib.suppress(OSError, AttributeError):  # none was taken, or it ended by itself
            self._taken.sock.shutdown(socket.SHUT_RDWR)


class PinnedAdapter(EndingAdapter):
    """Trust the one certificate whose SHA-256 was compared by a person, and nothing else."""

    def __init__(self, fingerprint: str):
        self._fingerprint = plain_fingerprint(fingerprint)
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        # The fingerprint replaces both the chain and the host name: it is compared before the first byte is sent.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return super().init_poolmanager(*arguments, ssl_context=context, assert_fingerprint=self._fingerprint, **options)

    def cert_verify(self, conn, url, verify, cert):
        """Leave the pool as it was made; requests would put its own authorities in."""

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {key: value for key, value in pool.items() if key not in ('cert_reqs', 'ca_certs', 'ca_cert_dir', 'ssl_context')}


class Client:
    """The requests of one agent.

    :param server: the ``[server]`` settings
    :param identity: whose key to send; its ``db_id`` must come back with every answer
    """

    def __init__(self, server, identity):
        self._url = server.url.rstrip('/') + BASE
        self._identity = identity
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.headers.update({'X-Odoo-Database': server.database, 'User-Agent': f'itc-agent/{__version__}', 'Accept': 'application/json'})
        if server.ca_file:
            self._session.verify = server.ca_file
        self._session.mount('http://', EndingAdapter())
        self._session.mount('https://', PinnedAdapter(server.fingerprint) if server.fingerprint else EndingAdapter())

    def enrol(self, code: str, facts: dict, collectors: list) -> dict:
        """Show the one-time code; return the server's answer with ``db_id``, ``host`` and ``state``.

        :raises ServerError: anything but an acceptance
        """
        body = wire.canonical({'proto': wire.PROTO, 'code': code, 'key_id': self._identity.key_id,
                               'secret_sha256': self._identity.secret_sha256, 'facts': facts, 'collectors': collectors})
        answer = self._ask('POST', 'enrol', body.encode('utf-8'), signed=False)
        if answer.get('key_id') != self._identity.key_id or not isinstance(answer.get('db_id'), str):
            raise NotOurs("the answer to the enrolment is for another key")
        return answer

    def config(self) -> dict:
        """Return the configuration. :raises ServerError: anything but one of ours"""
        return self._ours(self._ask('GET', 'config'))

    def report(self, body: bytes) -> dict:
        """Post a report; return the acknowledgement. :raises ServerError: anything but one of ours"""
        answer = self._ours(self._ask('POST', 'report', body))
        if not isinstance(answer.get('ack'), dict):
            raise NotOurs("the answer acknowledges nothing")
        return answer

    def _ours(self, answer: dict) -> dict:
        if answer.get('db_id') != self._identity.db_id:
            raise NotOurs(f"answered by database {answer.get('db_id')!r}, not by the one this host was enrolled in")
        return answer

    def _ask(self, method: str, path: str, body: bytes | None = None, *, signed: bool = True) -> dict:
        headers = {'Authorization': self._identity.authorization} if signed else {}
        if body is not None:
            headers['Content-Type'] = 'application/json'
        is_over, is_late = threading.Event(), threading.Event()
        threading.Thread(target=self._end_what_lasts, args=(is_over, is_late), name='itc-patience', daemon=True).start()
        try:
            with self._session.request(method, self._url + path, data=body, headers=headers, timeout=TIMEOUT_S,
                                       allow_redirects=False, stream=True) as response:
                content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
                self._session.cookies.clear()
                return parse_answer(response.status_code, response.headers, content)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"the answer was not complete within {IN_ALL_S:g} s" if is_late.is_set() else _reason(error)) from error
        finally:
            is_over.set()

    def _end_what_lasts(self, is_over: threading.Event, is_late: threading.Event) -> None:
        """Hang up when it is late, and again: while TLS begins there is nothing to hang up, and that has a limit of its own."""
        while not is_over.wait(HANG_UP_EVERY_S if is_late.is_set() else IN_ALL_S):
            is_late.set()
            for adapter in self._session.adapters.values():
                adapter.hang_up()


def _reason(error: BaseException) -> str:
    """Return the innermost words of a chain of connection errors."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    inner = getattr(error, 'reason', None)
    return str(inner if isinstance(inner, BaseException) else error) or type(error).__name__


def parse_answer(status: int, headers, content: bytes) -> dict:
    """Return the JSON object of a ``200`` of our protocol. Pure.

    :raises Refused: an error of our protocol, with what it says
    :raises NotOurs: anything else
    """
    length = headers.get('Content-Length', '')
    if length.isdigit() and not headers.get('Content-Encoding') and int(length) != len(content):
        raise NotOurs(f"the answer was cut: {len(content)} of {counted(int(length), 'byte')}")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or answer.get('proto') != wire.PROTO or isinstance(answer.get('proto'), bool):
        raise NotOurs(f"HTTP {status} that is not of this protocol", parse_retry_after(headers.get('Retry-After')))
    if status == 200 and 'error' not in answer:
        return answer
    raise Refused(status, str(answer.get('error')), str(answer.get('detail')), parse_retry_after(headers.get('Retry-After')))


def parse_retry_after(text) -> float | None:
    """Return seconds of a Retry-After header, at most an hour; None when it is no number.

    >>> parse_retry_after('120'), parse_retry_after('999999'), parse_retry_after('Mon, 23 Nov')
    (120.0, 3600.0, None)
    """
    try:
        seconds = float(text)
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if seconds == seconds else None


@dataclass
class Backoff:
    """Full jitter: ``uniform(0, min(cap, base · 2^n))``, so that fifty agents do not come back in the same second."""

    base_s: float = 5.0
    cap_s: float = 900.0
    failures: int = 0

    def failed(self, retry_after: float | None = None, cap_s: float | None = None) -> float:
        """Return how long to wait after one more failure; never less than the server asked for."""
        cap = self.cap_s if cap_s is None else min(cap_s, self.cap_s)
        wait = random.uniform(0, min(cap, self.base_s * 2 ** min(self.failures, 30)))
        self.failures += 1
        return max(wait, retry_after or 0.0)

    def succeeded(self) -> None:
        self.failures = 0


class Waker:
    """An event two threads share: one waits, one wakes; stopping wakes too."""

    def __init__(self):
        self._event = threading.Event()

    def wake(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> None:
        self._event.wait(max(0.0, seconds))
        self._event.clear()
