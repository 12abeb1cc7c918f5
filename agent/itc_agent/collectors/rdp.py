"""Remote Desktop: whether it really answers, not only whether the port is open.

The first step of every session is made and no more: a connection request, the server's confirmation with the kind of security it chooses, and,
where that is TLS, the handshake. No name and no password is sent. Refused, no answer in time, an answer that is not Remote Desktop's, a server
that says it has no certificate, and a handshake that breaks off or hangs are critical. A server that takes connections without TLS is a warning;
one that asks for the password before the session (NLA) gives ``nla`` 1. ``cert_days`` are the days to the certificate's end; Windows makes its own
one anew by itself, so a limit on it is for those that people renew.

A host name that cannot be resolved and a network that cannot be reached are unknown. Ask at most every two minutes: every look leaves a line in the
host's log. A look from the host itself tells of the service, one from another host of the firewall in between, too. What stands in front of it
(a gateway, a tunnel) answers in its place. Remote Desktop should not be reachable from the internet: use `tcp` from outside to see that it is not.

Tried on: xrdp 0.9.21 with and without TLS. Not tried on the real thing: Windows' Remote Desktop; its answers are constructed by the documentation.
"""
from __future__ import annotations

import socket
import ssl
import struct
import time
from dataclasses import dataclass

from .. import time_limit
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._certificate import days_left, expiry
from ._connection import connect, refuse_wrong_target

TLS, NLA = 1, 2
# TPKT of 19 bytes, X.224 connection request, RDP_NEG_REQ that offers TLS and NLA.
REQUEST = bytes.fromhex('030000130ee000000000000100080003000000')
CONFIRM, CHOSEN, FAILED = 0xd0, 2, 3
MAX_ANSWER = 512
WITH_TLS, WITH_NLA = {1, 2, 4, 8, 16}, {2, 8}
NOT_ALLOWED, NO_CERTIFICATE, NLA_REQUIRED = 2, 3, 5
FAILURES = {1: "it wants TLS, which was offered", 4: "the flags do not fit", 6: "it wants TLS with a user's certificate"}


@dataclass(frozen=True)
class RdpSettings:
    """Where to ask."""

    host: str = setting('str', '127.0.0.1', help="Host name or address.")
    port: int = setting('int', 3389, help="Port number, 1 to 65535.")
    timeout_s: float = setting('float', 8.0, help="How long all of it may take, at most 60.")

    def __post_init__(self):
        refuse_wrong_target(self.host, self.port, self.timeout_s)


@dataclass(frozen=True)
class Answer:
    """How far it came.

    :param data: the server's confirmation, as far as it came
    :param step: ``connect``, ``confirm`` or ``tls``: what ``error`` befell; empty when all went well
    :param certificate: of the server, DER
    """

    data: bytes = b''
    step: str = ''
    error: OSError | None = None
    certificate: bytes | None = None
    took_s: float = 0.0


# The server's confirmation: 03 00 00 13 | 0e d0 00 00 12 34 00 | 02 00 08 00 02 00 00 00: NLA chosen. Without the last eight bytes it knows no
# TLS at all; type 03 in their place is a refusal, with its reason in the last four.

def parse(answer: Answer, settings: RdpSettings, now: float) -> Reading:
    """Return the reading for an answer. Pure.

    :param now: seconds since 1970
    """
    where = f"{settings.host} port {settings.port}"
    down = {'up': 0}
    if answer.step in ('connect', 'confirm'):
        return Reading('', down, State.CRITICAL, f"{where}: {_trouble(answer)}")
    choice = choice_of(answer.data)
    if choice is None:
        return Reading('', down, State.CRITICAL, f"{where}: what answers there is not Remote Desktop")
    kind, code = choice
    values = {'up': 1, 'answer_ms': round(answer.took_s * 1000, 2)}
    if kind == FAILED and code == NLA_REQUIRED:
        return Reading('', {**values, 'nla': 1})
    if kind == FAILED and code == NOT_ALLOWED or kind == CHOSEN and code not in WITH_TLS:
        return Reading('', {**values, 'nla': 0}, State.WARNING, f"{where}: answers, but takes connections without TLS only")
    if kind == FAILED:
        words = "it has no certificate" if code == NO_CERTIFICATE else FAILURES.get(code, f"reason {code}")
        return Reading('', down, State.CRITICAL, f"{where}: refuses the session: {words}")
    if answer.step == 'tls':
        if isinstance(answer.error, ssl.SSLError) and not isinstance(answer.error, ssl.SSLEOFError):
            words = (answer.error.reason or 'no reason told').lower().replace('_', ' ')
            return Reading('', values, State.WARNING, f"{where}: answers, but TLS could not be agreed on ({words})")
        return Reading('', down, State.CRITICAL, f"{where}: confirms, and then its TLS {'hangs' if _is_late(answer) else 'breaks off'}")
    return Reading('', {**values, 'nla': int(code in WITH_NLA), **days_left(expiry(answer.certificate), now)})


def _is_late(answer: Answer) -> bool:
    return isinstance(answer.error, TimeoutError)


def _trouble(answer: Answer) -> str:
    if isinstance(answer.error, ConnectionRefusedError):
        return "refused, nothing listens there"
    if answer.step == 'confirm':
        return "the port is open, but Remote Desktop does not answer" if _is_late(answer) else "the port is open, but it hangs up"
    return f"no answer within {answer.took_s:.1f} s" if _is_late(answer) else answer.error.strerror or str(answer.error)


def choice_of(data: bytes) -> tuple[int, int] | None:
    """Return kind (chosen or failed) and protocol or reason of a confirmation, None when it is none.

    >>> choice_of(bytes.fromhex('030000130ed000001234000200080002000000')), choice_of(bytes.fromhex('0300000b06d00000123400'))
    ((2, 2), (2, 0))
    >>> choice_of(b'SSH-2.0-OpenSSH_9.2'), choice_of(b'')
    (None, None)
    """
    if len(data) < 11 or data[0] != 3 or int.from_bytes(data[2:4], 'big') != len(data) or data[4] != len(data) - 5 or data[5] & 0xf0 != CONFIRM:
        return None
    if len(data) < 19:
        return CHOSEN, 0
    kind, _flags, size, code = struct.unpack_from('<BBHI', data, 11)
    return (kind, code) if kind in (CHOSEN, FAILED) and size == 8 else None


def query(settings: RdpSettings) -> Answer:
    """Make the first step of a session and hang up.

    :raises SourceUnavailable: the error is on our side
    """
    started = time.monotonic()
    end = started + time_limit.left(settings.timeout_s)
    data, step = b'', 'connect'
    try:
        with connect(settings.host, settings.port, end - started) as connection:
            step = 'confirm'
            _arm(connection, end)
            connection.sendall(REQUEST)
            data = _receive(connection, end)
            took_s = time.monotonic() - started
            choice = choice_of(data)
            if choice is None or choice[0] != CHOSEN or choice[1] not in WITH_TLS:
                return Answer(data, took_s=took_s)
            step = 'tls'
            return Answer(data, certificate=_certificate_of(connection, end), took_s=took_s)
    except OSError as error:
        return Answer(data, step, error, took_s=time.monotonic() - started)


def _arm(connection, end: float) -> None:
    rest = end - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    connection.settimeout(rest)


def _receive(connection: socket.socket, end: float) -> bytes:
    """Return the first packet, or what stands in its place. :raises OSError: none came, or not in time"""
    data, size = b'', 4
    while len(data) < size:
        _arm(connection, end)
        part = connection.recv(min(size, MAX_ANSWER) - len(data))
        if not part:
            break
        data += part
        if len(data) == 4:
            size = min(int.from_bytes(data[2:4], 'big'), MAX_ANSWER) if data[0] == 3 else 4
    if not data:
        raise ConnectionResetError
    return data


def _certificate_of(connection: socket.socket, end: float) -> bytes | None:
    """Return the server's certificate, whoever issued it and however old its protocol: nothing secret is sent. :raises OSError: TLS fails"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers('DEFAULT:@SECLEVEL=0')
    _arm(connection, end)
    with context.wrap_socket(connection, do_handshake_on_connect=False) as wrapped:
        wrapped.do_handshake()
        return wrapped.getpeercert(binary_form=True)


@collector(
    'rdp', title="Remote Desktop", help="Whether Remote Desktop answers a real connection request, how fast, and how safely.",
    settings=RdpSettings,
    metrics=[
        Metric('up', '', "1 when it answered, 0 otherwise."),
        Metric('answer_ms', 'ms', "Time to its confirmation."),
        Metric('nla', '', "1 when the password is asked for before the session, 0 otherwise."),
        Metric('cert_days', 'd', "Days to the end of its certificate."),
    ],
    limits=[Limit('answer_ms', '>', 2000, None)],
    every_s=300,
)
def collect(settings: RdpSettings, memory: dict):
    """Ask once."""
    yield parse(query(settings), settings, time.time())
