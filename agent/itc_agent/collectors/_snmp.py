"""SNMP, as much of it as reading takes: GETNEXT of version 1 and 2c over UDP. Nothing can be set with it.

Only texts and whole numbers are understood; what else a device has is passed over.
"""
from __future__ import annotations

import random
import socket
import time

from ..errors import SourceUnavailable

PORT = 161
VERSIONS = {'1': 0, '2c': 1}
MAX_ROWS = 600
TRY_S = 1.0
_INTEGER, _TEXT, _NULL, _OID, _SEQUENCE, _GETNEXT, _RESPONSE = 0x02, 0x04, 0x05, 0x06, 0x30, 0xa1, 0xa2
_NUMBERS = {0x02, 0x41, 0x42, 0x43, 0x46}
_NOTHING_MORE = {0x80, 0x81, 0x82}
_NO_SUCH_NAME = 2


class Silent(SourceUnavailable):
    """No answer came: nobody is there, or the community is wrong, which a device does not tell."""


def walk(host: str, port: int, community: str, root: tuple, *, version: str, end: float, after: tuple = ()) -> dict[tuple, int | bytes]:
    """Return the values below ``root``: the rest of the name (a tuple of numbers) to a number or bytes.

    :param version: ``1`` or ``2c``
    :param end: moment on the monotonic clock at which it has to be done
    :param after: the part below ``root`` after which to begin
    :raises Silent: no answer in time
    :raises OSError: refused, or no way there
    :raises SourceUnavailable: an answer that cannot be read, goes in circles or has no end
    """
    found: dict = {}
    name = root + after
    with _connected(host, port) as connection:
        for _row in range(MAX_ROWS):
            following = _next(connection, community, name, version, end)
            if following is None or following[0][:len(root)] != root:
                return found
            if following[0] <= name:
                raise SourceUnavailable(f"{host}: its SNMP answers go in circles")
            name, value = following
            if value is not None:
                found[name[len(root):]] = value
    raise SourceUnavailable(f"{host}: its SNMP table has no end")


def _connected(host: str, port: int) -> socket.socket:
    """Return a UDP socket that only takes answers of this host, and learns of a closed port."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except socket.gaierror as error:
        raise SourceUnavailable(f"{host}: the name cannot be resolved ({error.strerror})") from error
    # Printers speak SNMP over IPv4 or over both.
    family, kind, protocol, _name, address = min(addresses, key=lambda one: one[0] != socket.AF_INET)
    one = socket.socket(family, kind, protocol)
    try:
        one.connect(address)
    except OSError:
        one.close()
        raise
    return one


def _next(connection, community: str, name: tuple, version: str, end: float):
    """Return the name after ``name`` and its value, None at the end of everything. Asks again when a packet gets lost."""
    number = random.getrandbits(31)
    request = encode(community, name, version, number)
    while (rest := end - time.monotonic()) > 0:
        connection.send(request)
        try:
            return _answer(connection, number, time.monotonic() + min(TRY_S, rest))
        except TimeoutError:
            continue
    raise Silent("no SNMP answer in time")


def _answer(connection, number: int, until: float):
    while (rest := until - time.monotonic()) > 0:
        connection.settimeout(rest)
        answered, result = decode(connection.recv(65535))
        if answered == number:  # else one of an earlier try
            return result
    raise TimeoutError


def encode(community: str, name: tuple, version: str, number: int) -> bytes:
    """Return a GETNEXT request."""
    binding = _tlv(_SEQUENCE, _tlv(_OID, oid_bytes(name)) + _tlv(_NULL, b''))
    body = _integer(number) + _integer(0) + _integer(0) + _tlv(_SEQUENCE, binding)
    return _tlv(_SEQUENCE, _integer(VERSIONS[version]) + _tlv(_TEXT, community.encode('utf-8')) + _tlv(_GETNEXT, body))


def decode(data: bytes) -> tuple[int, tuple | None]:
    """Return the number of the request that is answered, and ``(name, value)``, None at the end of everything.


    :raises SourceUnavailable: it is no such answer
    """
    try:
        _version, rest = _take(_open(data, _SEQUENCE), _INTEGER)
        _community, rest = _take(rest, _TEXT)
        number, rest = _take(_open(rest, _RESPONSE), _INTEGER)
        error, rest = _take(rest, _INTEGER)
        _index, rest = _take(rest, _INTEGER)
        if _signed(error) == _NO_SUCH_NAME:
            return _signed(number), None
        name, rest = _take(_open(_open(rest, _SEQUENCE), _SEQUENCE), _OID)
        tag, raw, _rest = _split(rest)
        name = oid_of(name)
    except (IndexError, ValueError) as failure:
        raise SourceUnavailable("the SNMP answer cannot be read") from failure
    if _signed(error):
        raise SourceUnavailable(f"the device refuses the SNMP question (error {_signed(error)})")
    if tag in _NOTHING_MORE:
        return _signed(number), None
    return _signed(number), (name, _signed(raw) if tag in _NUMBERS else raw if tag == _TEXT else None)


def oid_bytes(name: tuple) -> bytes:
    """Return a name as BER has it.

    >>> oid_bytes((1, 3, 6, 1, 2, 1, 43, 200)).hex()
    '2b060102012b8148'
    """
    parts = (name[0] * 40 + name[1], *name[2:])
    coded = b''
    for part in parts:
        piece = bytes([part & 0x7f])
        while part := part >> 7:
            piece = bytes([part & 0x7f | 0x80]) + piece
        coded += piece
    return coded


def oid_of(raw: bytes) -> tuple:
    """Return the numbers of a name. :raises ValueError: it is cut

    >>> oid_of(bytes.fromhex('2b060102012b8148'))
    (1, 3, 6, 1, 2, 1, 43, 200)
    """
    parts, part = [], 0
    if not raw or raw[-1] & 0x80:
        raise ValueError("a name that is cut")
    for byte in raw:
        part = part << 7 | byte & 0x7f
        if not byte & 0x80:
            parts.append(part)
            part = 0
    return (min(parts[0] // 40, 2), parts[0] - 40 * min(parts[0] // 40, 2), *parts[1:])


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    coded = size.to_bytes((size.bit_length() + 7) // 8, 'big')
    return bytes([tag, 0x80 | len(coded)]) + coded + body


def _integer(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, 'big', signed=True))


def _signed(raw: bytes) -> int:
    return int.from_bytes(raw, 'big', signed=True)


def _split(data: bytes) -> tuple[int, bytes, bytes]:
    """Return tag and body of the first value, and what follows it. :raises ValueError: it is cut"""
    tag, size, place = data[0], data[1], 2
    if size & 0x80:
        place += size & 0x7f
        size = int.from_bytes(data[2:place], 'big')
    if place + size > len(data):
        raise ValueError("a value that is cut")
    return tag, data[place:place + size], data[place + size:]


def _take(data: bytes, wanted: int) -> tuple[bytes, bytes]:
    """Return the body of the first value and what follows it. :raises ValueError: it is of another kind"""
    tag, body, rest = _split(data)
    if tag != wanted:
        raise ValueError(f"kind {tag:#x} instead of {wanted:#x}")
    return body, rest


def _open(data: bytes, wanted: int) -> bytes:
    return _take(data, wanted)[0]
