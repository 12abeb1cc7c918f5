"""Posts one request and returns what came back: the only place from which the outbox speaks to the network."""
import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from typing import NamedTuple
from urllib.parse import urlsplit

from ...lib import outbox

# The longest that one message may take: to connect, and from then on in all, however slowly the other side speaks.
CONNECT_S = 5
IN_ALL_S = 15
LONGEST_ANSWER = 4096
ADDRESSES_TRIED = 3

NO_ANSWER, REFUSED = 0, -1  # beside the statuses of HTTP: nothing came back, or nothing was sent


class FinalResponse(http.client.HTTPResponse):
    """The answer, after any interim ones: the library takes “103 Early Hints” for the answer itself."""

    def _read_status(self):
        while True:
            found = super()._read_status()
            if found[1] not in range(102, 200):  # it reads past 100 by itself, and 101 is final
                return found
            http.client.parse_headers(self.fp)


class Answer(NamedTuple):
    """What came back: a status of HTTP with the beginning of the text, or ``NO_ANSWER`` with why, or ``REFUSED``."""
    status: int
    text: str
    retry_after: str | None = None


def post(request: outbox.Request, is_loopback_allowed: bool = False) -> Answer:
    """Post a request without following redirects, without proxies and passwords of the environment.

    The address is looked up once, judged and then connected to as it is: a name that answers differently the second time gains nothing.
    """
    parts = urlsplit(request.url)
    port = parts.port or (443 if parts.scheme == 'https' else 80)
    try:
        addresses = _addresses(parts.hostname, port, is_loopback_allowed)
        if not addresses:
            return Answer(REFUSED, '')
        connection = _connect(addresses, parts, port)
    except (OSError, UnicodeError) as error:
        return Answer(NO_ANSWER, str(error) or type(error).__name__)
    # Whoever sends a byte now and then is within every limit of a socket: this ends the conversation as a whole.
    alarm = threading.Timer(IN_ALL_S, _hang_up, [connection.sock])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request('POST', (parts.path or '/') + (f'?{parts.query}' if parts.query else ''), request.body, request.headers)
        answer = connection.getresponse()
        text = answer.read(LONGEST_ANSWER).decode('utf-8', 'replace')
        return Answer(answer.status, text, answer.headers.get('Retry-After'))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(NO_ANSWER, str(error) or type(error).__name__)
    finally:
        alarm.cancel()
        connection.close()


def _addresses(host, port, is_loopback_allowed):
    """Return the first IP addresses of a host that nothing forbids. :raises OSError: it has none"""
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    return [address for address in found if not outbox.is_refused(address, is_loopback_allowed)][:ADDRESSES_TRIED]


def _connect(addresses, parts, port):
    """Return an open connection to one of exactly these addresses; the certificate has to be the host's. :raises OSError: none answers"""
    for number, address in enumerate(addresses, 1):
        try:
            sock = socket.create_connection((address, port), timeout=CONNECT_S)
            break
        except OSError:
            if number == len(addresses):
                raise
    try:
        if parts.scheme == 'https':
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=_server_name(parts.hostname))
        sock.settimeout(IN_ALL_S)
    except BaseException:
        sock.close()
        raise
    kind = http.client.HTTPSConnection if parts.scheme == 'https' else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=IN_ALL_S)
    connection.sock, connection.response_class = sock, FinalResponse
    return connection


def _server_name(host):
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.encode('idna').decode('ascii')


def _hang_up(sock):
    with contextlib.suppress(OSError):  # it ended by itself
        sock.shutdown(socket.SHUT_RDWR)
