"""The last lines of a text file that may be of any size and is being written to. Only its end is read."""
from __future__ import annotations

import codecs
import csv
import os
from dataclasses import dataclass

ENCODINGS = ('auto', 'utf-8', 'utf-16', 'utf-16-le', 'utf-16-be', 'cp1252', 'latin-1')
FIRST_BYTES, MOST_BYTES, HEAD_BYTES = 32_768, 4 * 2 ** 20, 16_384
MAX_JOINED, MAX_TRIED = 50, 2000
SHRUNK_TRIES = 3
SEPARATORS = ',;\t|'


@dataclass(frozen=True)
class Piece:
    """A part of a file: its bytes, where it begins, and how large the file was then."""

    data: bytes
    offset: int
    size: int

    @property
    def is_whole(self) -> bool:
        return not self.offset


# === READ === #

def read_end(file, most: int) -> Piece:
    """Return the last ``most`` bytes of an open file; on a boundary of two, so that wide characters stay whole.

    :raises OSError: it cannot be read, or shrinks each time it is looked at
    """
    for _attempt in range(SHRUNK_TRIES):
        # The end is asked of the open file: what the folder says of a file that is being written can be old.
        size = file.seek(0, os.SEEK_END)
        offset = max(0, size - most) // 2 * 2
        data = read_part(file, offset, size - offset)
        if len(data) == size - offset:
            return Piece(data, offset, size)
    raise OSError("the file shrinks while it is read")


def read_part(file, offset: int, length: int) -> bytes:
    """Return at most ``length`` bytes from ``offset`` on; fewer where the file ends."""
    file.seek(offset)
    parts = []
    while length > 0 and (chunk := file.read(length)):
        parts.append(chunk)
        length -= len(chunk)
    return b''.join(parts)


# === DECODE === #

def find_encoding(head: bytes, wanted: str) -> str:
    """Return ``utf-16-le``, ``utf-16-be``, ``cp1252``, ``latin-1``, ``utf-8`` or ``auto`` (UTF-8, a line that is none in Windows' own letters).

    Without a mark at the beginning, wide characters show by the zero bytes of line ends, digits and commas, in any script.

    >>> find_encoding('a,b'.encode('utf-16-be'), 'auto'), find_encoding(b'a,b', 'auto'), find_encoding(codecs.BOM_UTF16_LE, 'utf-16')
    ('utf-16-be', 'auto', 'utf-16-le')
    """
    if wanted not in ('auto', 'utf-16'):
        return wanted
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return 'utf-16-le' if head.startswith(codecs.BOM_UTF16_LE) else 'utf-16-be'
    pairs = max(1, len(head) // 2)
    low, high = head[1::2].count(0), head[0::2].count(0)
    if max(low, high) > pairs / 12 and max(low, high) > 4 * min(low, high):
        return 'utf-16-le' if low > high else 'utf-16-be'
    return 'utf-16-le' if wanted == 'utf-16' else 'auto'


def lines_of(piece: Piece, encoding: str) -> list[str]:
    """Return the complete lines of a piece, without their ends; what follows the last line end is still being written.

    Zero bytes at the end are room that a program has reserved, or what a power cut left behind.
    """
    if encoding.startswith('utf-16'):
        text = piece.data[:len(piece.data) // 2 * 2].decode(encoding, 'replace').rstrip('\0')
        lines = text.split('\n')
    else:
        lines = [_decode_line(line, encoding) for line in piece.data.rstrip(b'\0').split(b'\n')]
    lines.pop()
    if not piece.is_whole:
        lines = lines[1:]
    elif lines:
        lines[0] = lines[0].removeprefix('\ufeff')
    return [line.strip('\r\0') for line in lines]


def _decode_line(line: bytes, encoding: str) -> str:
    if encoding != 'auto':
        return line.decode(encoding, 'replace')
    try:
        return line.decode('utf-8')
    except UnicodeDecodeError:
        return line.decode('cp1252', 'replace')


# === ROWS === #

def find_separator(line: str) -> str:
    """Return what separates the columns of a header, outside of quotes.

    >>> find_separator('"a;b",c,d'), find_separator('Time;Text')
    (',', ';')
    """
    bare = ''.join(line.split('"')[::2])
    return max(SEPARATORS, key=lambda sign: (bare.count(sign), -SEPARATORS.index(sign)))


def split_row(text: str, separator: str) -> list[str]:
    """Return the columns of a row; empty when it is none."""
    try:
        return next(csv.reader([text.replace('\n', ' ')], delimiter=separator), [])
    except csv.Error:
        return []


def rows_backwards(lines, *, quoted: bool):
    """Yield ``(row, number of lines after it)`` from the last one upwards, at most ``MAX_TRIED``.

    :param quoted: a value in quotes may hold line ends: a line with an open quote comes with those before it, and, unless it is the last line
        and may be half a row, once more by itself; which of them is a row is up to who reads them
    """
    last = len(lines) - 1
    for end in range(last, max(-1, last - MAX_TRIED), -1):
        if not lines[end].strip():
            continue
        start, quotes = end, lines[end].count('"') if quoted else 0
        while quotes % 2 and start > 0 and end - start < MAX_JOINED:
            start -= 1
            quotes += lines[start].count('"')
        if quotes % 2 == 0:
            yield '\n'.join(lines[start:end + 1]), last - end
        if start < end < last:
            yield lines[end], last - end
