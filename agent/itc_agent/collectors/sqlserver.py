"""Whether a Microsoft SQL Server answers its greeting, and which version it is. Nobody logs in, no password is needed.

The first packet of a TDS connection (PRELOGIN) is sent; a SQL Server answers it before it knows who asks. So this proves more than an open port, and
less than a database that works: for that the program that uses it has to be looked at too. Where the server demands encryption from the first
byte ("Force Strict Encryption", SQL Server 2022) it never answers that packet; a TLS handshake in which it agrees to ``tds/8.0`` counts as well, and
tells no version.

Refused is critical. Something else that answers there (a web server, noise), a server that takes the connection and says nothing within
``timeout_s``, or hangs up, and everything that is wrong on this side are unknown: of SQL Server that proves nothing. A named instance has a port
that changes: give it a fixed one (SQL Server Configuration Manager). A look each minute or less often is enough, some servers log each greeting.

Tried on: servers built from the protocol's description (MS-TDS 2.2.6.5), with every fault. Not tried on the real thing: no SQL Server was at hand.
"""
from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from dataclasses import dataclass

from .. import time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._connection import connect, refuse_wrong_target

PRELOGIN, TABULAR = 0x12, 0x04
HEADER = struct.Struct('>BBHHBB')  # type, status, length with the header, process id, packet, window
END_OF_MESSAGE = 0x01
VERSION, ENCRYPTION, INSTANCE, THREAD, MARS, TERMINATOR = 0, 1, 2, 3, 4, 0xFF
NOT_SUPPORTED = 2
MAX_PACKET = 32_767
STRICT_PROTOCOL = 'tds/8.0'
# What each major version is called; a later one is only its number.
NAMES = {9: '2005', 10: '2008', 11: '2012', 12: '2014', 13: '2016', 14: '2017', 15: '2019', 16: '2022', 17: '2025'}


@dataclass(frozen=True)
class SqlserverSettings:
    """Where it listens."""

    host: str = setting('str', '127.0.0.1', help="Host name or address.")
    port: int = setting('int', 1433, help="Port number, 1 to 65535; of a named instance the fixed one.")
    timeout_s: float = setting('float', 5.0, help="How long the answer may take, at most 20.")

    def __post_init__(self):
        refuse_wrong_target(self.host, self.port, self.timeout_s, most_s=20)


def greeting() -> bytes:
    """Return the PRELOGIN packet of a client that supports no encryption.

    >>> greeting().hex(' ', -8)
    '1201002f00000100 00001a0006010020 0001020021000103 0022000404002600 01ff000000000000 02000000000000'
    """
    options = ((VERSION, bytes(6)), (ENCRYPTION, bytes([NOT_SUPPORTED])), (INSTANCE, b'\0'), (THREAD, bytes(4)), (MARS, b'\0'))
    head, offset = b'', 5 * len(options) + 1
    for token, value in options:
        head += struct.pack('>BHH', token, offset, len(value))
        offset += len(value)
    payload = head + bytes([TERMINATOR]) + b''.join(value for _token, value in options)
    return HEADER.pack(PRELOGIN, END_OF_MESSAGE, HEADER.size + len(payload), 0, 1, 0) + payload


# An answer, from its header on: type 04, length 0x2b, option 00 (version) at 0x1a with 6 bytes: 16.0, build 1000.
#
#     0401002b00000100 00001a0006 0100200001 0200210001 0300220000 0400220001 ff 100003e80000 02 00 00
def parse(packet: bytes) -> str:
    """Return the version in an answer, as ``16.0.1000``. Pure.

    :raises SourceUnavailable: it is no answer of a SQL Server
    """
    if len(packet) < HEADER.size or packet[0] != TABULAR:
        raise SourceUnavailable(f"what answers there is no SQL Server: it begins with {packet[:8]!r}")
    payload, index = packet[HEADER.size:], 0
    while index + 5 <= len(payload) and payload[index] != TERMINATOR:
        token, offset, length = struct.unpack_from('>BHH', payload, index)
        value = payload[offset:offset + length]
        if token == VERSION and len(value) == 6:
            major, minor, build = struct.unpack_from('>BBH', value)
            return f"{major}.{minor}.{build}"
        index += 5
    raise SourceUnavailable("what answers there is no SQL Server: its answer tells no version")


def name_of(version: str) -> str:
    """Return a version as people say it.

    >>> name_of('16.0.1000'), name_of('99.0.1')
    ('SQL Server 2022 (16.0.1000)', 'SQL Server 99.0.1')
    """
    year = NAMES.get(int(version.partition('.')[0]))
    return f"SQL Server {year} ({version})" if year else f"SQL Server {version}"


def query(settings: SqlserverSettings) -> bytes | None:
    """Return the answer to the greeting; None from a server that speaks only TLS.

    :raises ConnectionRefusedError: nothing listens
    :raises SourceUnavailable: no answer, or it could not be asked
    """
    limit_s = time_limit.left(settings.timeout_s)
    end = time.monotonic() + limit_s
    where = f"{settings.host} port {settings.port}"
    # A strict server is silent: half of the time is left for the other way to ask.
    half = time.monotonic() + limit_s / 2
    try:
        connection = connect(settings.host, settings.port, _rest(half))
    except ConnectionRefusedError:
        raise
    except OSError as error:
        raise SourceUnavailable(f"{where}: no connection ({'no answer' if isinstance(error, TimeoutError) else error.strerror or error})") from error
    with connection:
        try:
            packet, words = _ask(connection, half), "hangs up"
        except TimeoutError:
            packet, words = b'', f"says nothing within {limit_s / 2:.2g} s"
        except OSError:
            packet, words = b'', "breaks it off"
    if packet:
        return packet
    if _speaks_strictly(settings, end):
        return None
    raise SourceUnavailable(f"{where} takes the connection and {words}: whether a SQL Server runs there cannot be told")


def _ask(connection: socket.socket, end: float) -> bytes:
    """Return the first packet of an answer, or as much of something else as tells that it is none; nothing when the other side hangs up."""
    connection.settimeout(_rest(end))
    connection.sendall(greeting())
    packet = _read(connection, HEADER.size, end)
    if len(packet) < HEADER.size or packet[0] != TABULAR:
        return packet
    length = min(HEADER.unpack(packet)[2], MAX_PACKET)
    return packet + _read(connection, length - HEADER.size, end)


def _read(connection: socket.socket, count: int, end: float) -> bytes:
    """Return so many bytes, fewer when the other side hangs up. :raises TimeoutError: they drip in too slowly"""
    data = b''
    while len(data) < count:
        connection.settimeout(_rest(end))
        part = connection.recv(count - len(data))
        if not part:
            break
        data += part
    return data


def _rest(end: float) -> float:
    rest = end - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    return rest


def _speaks_strictly(settings: SqlserverSettings, end: float) -> bool:
    """Tell whether it agrees to TDS within TLS. Nothing is sent over it, so its certificate does not matter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([STRICT_PROTOCOL])
    with contextlib.suppress(OSError, SourceUnavailable):
        with connect(settings.host, settings.port, _rest(end)) as plain:
            plain.settimeout(_rest(end))
            with context.wrap_socket(plain, server_hostname=settings.host) as secured:
                return secured.selected_alpn_protocol() == STRICT_PROTOCOL
    return False


@collector(
    'sqlserver', title="SQL Server", help="Whether a SQL Server answers its greeting, without a login.",
    settings=SqlserverSettings,
    metrics=[
        Metric('up', '', "1 when it answered, 0 when nothing listens."),
        Metric('answer_ms', 'ms', "Time to the answer."),
        Metric('version', '', "Main number of its version (16 is SQL Server 2022)."),
    ],
    limits=[Limit('answer_ms', '>', 2000, None)],
    timeout_s=25,
)
def collect(settings: SqlserverSettings, memory: dict):
    """Greet once."""
    started = time.monotonic()
    try:
        packet = query(settings)
    except ConnectionRefusedError:
        yield Reading('', {'up': 0}, State.CRITICAL, f"{settings.host} port {settings.port}: refused, nothing listens there")
        return
    values = {'up': 1, 'answer_ms': round((time.monotonic() - started) * 1000, 2)}
    if packet is None:
        yield Reading('', values, State.OK, "SQL Server with strict encryption, which tells no version")
        return
    version = parse(packet)
    yield Reading('', {**values, 'version': int(version.partition('.')[0])}, State.OK, name_of(version))
