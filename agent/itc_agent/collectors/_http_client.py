"""One GET over a connection of its own: within one time limit, without proxies, cookies or redirects."""
from __future__ import annotations

import http.client
import io
import ssl
import time
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from .. import __version__
from ..errors import AgentError, SourceUnavailable
from ._certificate import expiry
from ._connection import connect

MAX_BYTES = 256 * 1024
# Interim answers and headers, which a stranger can send without end.
MAX_RAW_BYTES = 8 * 2 ** 20
SWITCHING_PROTOCOLS = 101
UNKNOWN_ISSUER = {2, 18, 19, 20, 21, 27}
CERTIFICATE = {9: "is not valid yet", 10: "has expired", 23: "was revoked", 26: "is not meant for a server", 62: "is for another name",
               64: "is for another address", 66: "has too weak a key", 67: "comes from an issuer with too weak a key",
               68: "has too weak a signature"}
CLIENT_CERTIFICATE = {'TLSV13_ALERT_CERTIFICATE_REQUIRED', 'SSLV3_ALERT_BAD_CERTIFICATE', 'SSLV3_ALERT_NO_CERTIFICATE'}
OLD_PROTOCOL = {'UNSUPPORTED_PROTOCOL', 'TLSV1_ALERT_PROTOCOL_VERSION', 'VERSION_TOO_LOW', 'UNSUPPORTED_SSL_VERSION'}
NO_TLS = {'WRONG_VERSION_NUMBER', 'HTTP_REQUEST', 'UNKNOWN_PROTOCOL', 'RECORD_LAYER_FAILURE', 'PACKET_LENGTH_TOO_LONG'}


class NoAnswer(AgentError):
    """The other side gave no usable answer; the text says why.

    ``expires_at`` is when the certificate ends that it showed all the same, in seconds since 1970.
    """

    expires_at: float | None = None


@dataclass(frozen=True)
class Page:
    """What came back: status, headers, the first 256 KiB as they came; ``expires_at`` is when the server's certificate ends, in seconds since 1970."""

    status: int
    content_type: str
    coding: str
    body: bytes
    location: str = ''
    cookies: str = ''
    expires_at: float | None = None
    date: str = ''


class _Stream(io.RawIOBase):
    """Reads from a socket until the time is over, however slowly it drips."""

    def __init__(self, connection, end: float):
        super().__init__()
        self._connection, self._end, self.taken = connection, end, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        _arm(self._connection, self._end)
        count = self._connection.recv_into(buffer)
        self.taken += count
        if self.taken > MAX_RAW_BYTES:
            raise NoAnswer("no usable answer (more than 8 MiB before the page)")
        return count


class _Answers(io.BufferedReader):
    """What :class:`http.client.HTTPResponse` reads from; several answers come from one connection, so none of them may close it."""

    def makefile(self, _mode) -> _Answers:
        return self

    def close(self) -> None:
        """Leave the connection open."""


def get(url: str, timeout_s: float, ca_file: str, headers=()) -> Page:
    """Ask once.

    :param timeout_s: for all of it, from the name to the last byte
    :param headers: more of them, as pairs of ASCII texts
    :raises NoAnswer: the other side is to blame
    :raises SourceUnavailable: this machine or a setting is
    """
    seen: dict = {}
    try:
        return replace(_get(url, timeout_s, ca_file, headers, seen), **seen)
    except NoAnswer as error:
        error.expires_at = seen.get('expires_at')
        raise


def _get(url: str, timeout_s: float, ca_file: str, headers, seen: dict) -> Page:
    """Ask once; ``seen`` is told when the server's certificate ends, whatever comes of the question."""
    end = time.monotonic() + timeout_s
    parts = urlsplit(url)
    secure = parts.scheme == 'https'
    context = make_context(ca_file) if secure else None
    port = parts.port or (443 if secure else 80)
    connection = stream = None
    try:
        connection = connect(parts.hostname, port, timeout_s)
        if context:
            connection = _secure(connection, context, parts.hostname, end)
            seen['expires_at'] = expiry(connection.getpeercert(True))
        stream = _Stream(connection, end)
        _send(connection, parts, headers, end)
        return _read(_Answers(stream))
    except TimeoutError as error:
        words = "the answer was not complete" if stream and stream.taken else "no answer"
        raise NoAnswer(f"{words} within {timeout_s:.2g} s") from error
    except NoAnswer as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            seen['expires_at'] = _expiry_of_untrusted(parts.hostname, port, end)
        raise
    except ssl.SSLError as error:
        raise tls_failure(error, agreed=bool(connection.cipher())) from error
    except ConnectionRefusedError as error:
        raise NoAnswer("refused, nothing listens there") from error
    except (OSError, http.client.IncompleteRead) as error:
        raise NoAnswer("no connection, or it broke off") from error
    except http.client.HTTPException as error:
        raise NoAnswer(f"no usable answer ({type(error).__name__})") from error
    finally:
        if connection is not None:
            connection.close()


def _expiry_of_untrusted(host: str, port: int, end: float) -> float | None:
    """Return when a certificate ends that was refused; it takes a second connection, over which nothing is sent or believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        connection = _secure(connect(host, port, max(0.05, end - time.monotonic())), context, host, end)
    except (AgentError, OSError):
        return None
    with connection:
        return expiry(connection.getpeercert(True))


def make_context(ca_file: str) -> ssl.SSLContext:
    """Return what is trusted: an authority of one's own, else the public ones.

    :raises SourceUnavailable: the file is missing or holds no certificate
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if not ca_file:
            from requests.certs import where
            ca_file = where()
        context.load_verify_locations(ca_file)
    except OSError as error:
        words = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise SourceUnavailable(f"the authority to trust, {ca_file}, cannot be read: {words}") from error
    return context


def tls_failure(error: ssl.SSLError, *, agreed: bool) -> AgentError:
    """Return what a failure of TLS means.

    :param agreed: protocol and cipher had been agreed upon when it failed, so it was about a certificate
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        if code in UNKNOWN_ISSUER:
            return NoAnswer("the certificate is not trusted: its issuer is unknown")
        return NoAnswer(f"the certificate {CERTIFICATE[code]}" if code in CERTIFICATE else f"the certificate is not trusted: {error.verify_message}")
    reason = error.reason or ''
    if reason in CLIENT_CERTIFICATE or reason == 'SSLV3_ALERT_HANDSHAKE_FAILURE' and agreed:
        return SourceUnavailable("the server wants a client certificate, which this check has not")
    if reason in OLD_PROTOCOL:
        return NoAnswer("the server speaks no protocol newer than TLS 1.1, which is not safe")
    if reason in NO_TLS:
        return NoAnswer("what answers there does not speak https")
    if reason == 'SSLV3_ALERT_HANDSHAKE_FAILURE':
        return NoAnswer("the server and this machine have no safe cipher in common")
    if not reason or isinstance(error, ssl.SSLEOFError) or reason == 'UNEXPECTED_EOF_WHILE_READING':
        return NoAnswer("no connection, or it broke off")
    return NoAnswer(f"the secure connection failed ({reason.lower().replace('_', ' ')})")


def _arm(connection, end: float) -> None:
    rest = end - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    connection.settimeout(rest)


def _secure(connection, context, host: str, end: float):
    _arm(connection, end)
    wrapped = context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
    try:
        wrapped.do_handshake()
    except ssl.SSLError as error:
        agreed = bool(wrapped.cipher())
        wrapped.close()
        raise tls_failure(error, agreed=agreed) from error
    except OSError:
        wrapped.close()
        raise
    return wrapped


def _send(connection, parts, headers, end: float) -> None:
    path = quote((parts.path or '/') + (f'?{parts.query}' if parts.query else ''), safe="!#$%&'()*+,/:;=?@[]~")
    host = parts.netloc.encode('idna').decode('ascii') if not parts.netloc.isascii() else parts.netloc
    head = [f'GET {path} HTTP/1.1', f'Host: {host}', f'User-Agent: itc-agent/{__version__}', 'Accept: */*', 'Accept-Encoding: identity',
            *(f'{name}: {value}' for name, value in headers), 'Connection: close', '', '']
    _arm(connection, end)
    try:
        connection.sendall('\r\n'.join(head).encode('ascii'))
    except TimeoutError:
        raise
    except OSError:
        # Who hangs up before the question has often said why: a wish for a client certificate comes this way.
        connection.recv(1)
        raise


def _read(answers: _Answers) -> Page:
    """Return the answer, after any interim ones (100 Continue, 103 Early Hints)."""
    while True:
        answer = http.client.HTTPResponse(answers)
        answer.begin()
        if answer.status >= 200 or answer.status == SWITCHING_PROTOCOLS:
            break
    body = b''
    try:
        while len(body) < MAX_BYTES and (part := answer.read(MAX_BYTES - len(body))):
            body += part
    except ValueError as error:  # a piece of less than no bytes
        raise http.client.HTTPException from error
    if len(body) < MAX_BYTES and answer.length:
        raise http.client.IncompleteRead(body, answer.length)
    return Page(answer.status, answer.headers.get('Content-Type', ''), answer.headers.get('Content-Encoding', ''), body,
                answer.headers.get('Location', ''), ', '.join(answer.headers.get_all('Set-Cookie', ())), date=answer.headers.get('Date', ''))


def converse(connection, request: bytes, end: float) -> Page:
    """Send a whole request over a connection and return the answer; both have to be done at ``end``, a moment on the monotonic clock.

    :raises NoAnswer: late, broken off, or no HTTP
    """
    stream = _Stream(connection, end)
    try:
        _arm(connection, end)
        connection.sendall(request)
        return _read(_Answers(stream))
    except TimeoutError as error:
        raise NoAnswer("the answer was not complete in time" if stream.taken else "no answer in time") from error
    except (OSError, http.client.IncompleteRead) as error:
        raise NoAnswer("the connection broke off") from error
    except http.client.HTTPException as error:
        raise NoAnswer(f"no usable answer ({type(error).__name__})") from error
