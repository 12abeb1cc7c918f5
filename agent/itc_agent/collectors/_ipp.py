"""The Internet Printing Protocol, as much of it as asking takes: what a print server or a printer says of itself, its supplies and its jobs.

A request is an HTTP POST of a small binary message. Only reading operations are here. Attributes come as lists always: one toner of a printer
with one is a list of one.
"""
from __future__ import annotations

import os
import socket
import struct
import time
from dataclasses import dataclass

from ..errors import SourceUnavailable
from ._connection import connect
from ._http_client import MAX_BYTES, converse

PORT = 631
GET_JOBS, GET_PRINTER, GET_PRINTERS = 0x000a, 0x000b, 0x4002
BAD_REQUEST, NOT_FOUND, NOT_SUPPORTED = 0x0400, 0x0406, 0x0501
REFUSED = {0x0401, 0x0402, 0x0403}
SOCKETS = ('/run/cups/cups.sock', '/var/run/cups/cups.sock')
_OPERATION, _JOB, _END, _PRINTER = 0x01, 0x02, 0x03, 0x04
_INTEGERS, _BOOLEAN, _WITH_LANGUAGE, _OCTETS = {0x21, 0x23}, 0x22, {0x35, 0x36}, 0x30
_TEXTS = range(0x40, 0x60)
_CHARSET, _LANGUAGE, _URI, _KEYWORD = 0x47, 0x48, 0x45, 0x44
_COLLECTION_BEGIN, _COLLECTION_END = 0x34, 0x37


class IppRefused(SourceUnavailable):
    """The other side understood and said no.

    :param status: IPP's status code
    """

    def __init__(self, text: str, status: int):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Place:
    """Where to ask: a host and port, or this machine's own CUPS (``host`` empty)."""

    host: str
    port: int = PORT

    @property
    def words(self) -> str:
        return f"{self.host} port {self.port}" if self.host else "CUPS"

    def uri(self, path: str) -> str:
        host = f'[{self.host}]' if ':' in self.host else self.host or 'localhost'
        return f'ipp://{host}:{self.port}{path}'


def encode(operation: int, uri: str, wanted=(), more=()) -> bytes:
    """Return a request.

    :param uri: of the printer, empty for an operation on the server
    :param wanted: names of the attributes asked for
    :param more: further ``(tag, name, value)``; values are texts (``bytes`` as they are)
    """
    attributes = [(_CHARSET, 'attributes-charset', 'utf-8'), (_LANGUAGE, 'attributes-natural-language', 'en')]
    attributes += [(_URI, 'printer-uri', uri)] if uri else []
    attributes += list(more)
    attributes += [(_KEYWORD, '' if index else 'requested-attributes', name) for index, name in enumerate(wanted)]
    body = b''.join(_attribute(*one) for one in attributes)
    return struct.pack('>BBHI', 2, 0, operation, 1) + bytes([_OPERATION]) + body + bytes([_END])


def not_completed(limit: int) -> list:
    """Return what a question for jobs needs beside the names: those that are not done, at most ``limit``."""
    return [(0x21, 'limit', struct.pack('>i', limit)), (_KEYWORD, 'which-jobs', 'not-completed')]


def _attribute(tag: int, name: str, value) -> bytes:
    value = value if isinstance(value, bytes) else value.encode('utf-8')
    name = name.encode('ascii')
    return struct.pack('>BH', tag, len(name)) + name + struct.pack('>H', len(value)) + value


def parse(data: bytes) -> tuple[int, list[dict], list[dict]]:
    """Return the status, and for each printer and each job a dict of attribute name to the list of its values.

    Values are integers, truth values and texts; what the sender marks as unknown, and kinds of values that nobody here needs, are left out.

    :raises SourceUnavailable: it is not IPP, or it is cut
    """
    try:
        return _parse(data)
    except (struct.error, IndexError) as error:
        raise SourceUnavailable("the answer is not IPP, or it is cut short") from error


def _parse(data: bytes):
    major, _minor, status, _request = struct.unpack_from('>BBHI', data)
    if major not in (1, 2):
        raise SourceUnavailable("the answer is not IPP")
    groups: dict[int, list[dict]] = {_PRINTER: [], _JOB: []}
    place, group, name, depth = 8, {}, '', 0
    while data[place] != _END:
        tag = data[place]
        place += 1
        if tag < 0x10:
            group, depth = {}, 0
            groups.setdefault(tag, []).append(group)
            continue
        field, place = _field(data, place)
        raw, place = _field(data, place)
        depth += (tag == _COLLECTION_BEGIN) - (tag == _COLLECTION_END)
        if depth or tag in (_COLLECTION_BEGIN, _COLLECTION_END):
            continue
        name = field.decode('utf-8', 'replace') or name
        values = group.setdefault(name, [])
        value = _value(tag, raw)
        if value is not None:
            values.append(value)
    return status, groups[_PRINTER], groups[_JOB]


def _field(data: bytes, place: int) -> tuple[bytes, int]:
    """Return the bytes that stand behind their length, and the place after them."""
    size, = struct.unpack_from('>H', data, place)
    end = place + 2 + size
    if end > len(data):
        raise IndexError
    return data[place + 2:end], end


def _value(tag: int, raw: bytes):
    if tag in _INTEGERS:
        return struct.unpack('>i', raw)[0]
    if tag == _BOOLEAN:
        return raw != b'\0'
    if tag in _WITH_LANGUAGE:
        _language, place = _field(raw, 0)
        return _field(raw, place)[0].decode('utf-8', 'replace')
    if tag in _TEXTS or tag == _OCTETS:
        return raw.decode('utf-8', 'replace')
    return None


def first(attributes: dict, name: str, default=None):
    """Return the first value of an attribute, ``default`` when there is none."""
    values = attributes.get(name)
    return values[0] if values else default


def ask(place: Place, path: str, request: bytes, timeout_s: float) -> tuple[list[dict], list[dict]]:
    """Ask once; return printers and jobs as :func:`parse` does.

    :raises NoAnswer: the other side is to blame
    :raises OSError: it takes no connection
    :raises IppRefused: it understood and says no
    :raises SourceUnavailable: it could not be asked, or its answer cannot be read
    """
    end = time.monotonic() + timeout_s
    with open_connection(place, timeout_s) as connection:
        page = converse(connection, _http(place, path, request), end)
    if page.status in (401, 403, 426):
        words = {401: "it asks for a password", 403: "it does not let this host ask", 426: "it wants an encrypted connection"}[page.status]
        raise SourceUnavailable(f"{place.words}: {words} (HTTP {page.status})")
    if page.status != 200:
        raise SourceUnavailable(f"{place.words}: what answers there is no print server (HTTP {page.status})")
    if len(page.body) >= MAX_BYTES:
        raise SourceUnavailable(f"{place.words}: the answer has more than {MAX_BYTES} bytes")
    status, printers, jobs = parse(page.body)
    if status in REFUSED:
        raise IppRefused(f"{place.words}: it does not let this host ask (IPP {status:#06x})", status)
    if status >= 0x0100:
        raise IppRefused(f"{place.words}: it refused the question (IPP {status:#06x})", status)
    return printers, jobs


def open_connection(place: Place, timeout_s: float) -> socket.socket:
    """Return a connection: to this machine's CUPS by its own socket where there is one, which also wakes one that has gone to sleep.

    :raises OSError: refused, or no answer
    :raises SourceUnavailable: the error is ours
    """
    own = next((path for path in SOCKETS if os.path.exists(path)), None) if not place.host else None
    if own is None:
        return connect(place.host or '127.0.0.1', place.port, timeout_s)
    one = socket.socket(socket.AF_UNIX)
    try:
        one.settimeout(timeout_s)
        one.connect(own)
    except OSError as error:
        one.close()
        if isinstance(error, PermissionError):
            raise SourceUnavailable(f"{own}: the agent may not ask CUPS") from error
        raise
    return one


def _http(place: Place, path: str, body: bytes) -> bytes:
    host = f'[{place.host}]' if ':' in place.host else place.host.encode('idna').decode('ascii') or 'localhost'
    head = [f'POST {path} HTTP/1.1', f'Host: {host}:{place.port}', 'Content-Type: application/ipp', f'Content-Length: {len(body)}',
            'Accept-Encoding: identity', 'Connection: close', '', '']
    return '\r\n'.join(head).encode('ascii') + body
