"""7z archives unpacked to the end of every file, as far as Python's own libraries can: Copy, LZMA, LZMA2, Deflate, BZip2.

What is packed otherwise (filters for programs, PPMd) is left to 7-Zip where it is installed. Facts of the format are from 7-Zip's ``7zFormat.txt``.
"""
from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from ..judge import counted
from ._backup_read import CHUNK, Fault, Said, Tap, damage

MAGIC = b'7z\xbc\xaf\x27\x1c'
HEAD_BYTES = 32
MAX_HEADER, MAX_NUMBER = 256 * 2 ** 20, 10_000_000
END, HEADER, MAIN, FILES, PACK, UNPACK, SUB, SIZE, CRC, FOLDER, SIZES, COUNTS, NAMES, ENCODED = (
    0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 23)
PROPERTIES, ADDITIONAL = 2, 3
COPY, LZMA, LZMA2, DEFLATE, BZIP2, AES = b'\0', b'\3\1\1', b'\x21', b'\4\1\x08', b'\4\2\2', b'\x06\xf1\x07\x01'
PLAIN = (COPY, LZMA, LZMA2, DEFLATE, BZIP2)


class NeedsTool(Exception):
    """It is packed in a way that only 7-Zip unpacks."""


@dataclass
class Folder:
    """A run of packed data.

    :param coders: ``(method, its properties)``
    :param crc: of all that comes out, None where each file has its own
    :param parts: ``(size, CRC)`` of what comes out, file by file
    """

    coders: list
    streams: int
    sizes: list = field(default_factory=list)
    crc: int | None = None
    parts: list = field(default_factory=list)


@dataclass
class Streams:
    place: int = 0
    packed: list = field(default_factory=list)
    folders: list = field(default_factory=list)


class Words:
    """Reads the numbers of a header. :raises IndexError: it ends before"""

    def __init__(self, data: bytes):
        self._data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self.at:
            raise IndexError(size)
        self.at += size
        return self._data[self.at - size:self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        first, mask, value = self.byte(), 0x80, 0
        for place in range(8):
            if not first & mask:
                return value + ((first & mask - 1) << 8 * place)
            value |= self.byte() << 8 * place
            mask >>= 1
        return value

    def few(self) -> int:
        found = self.number()
        if found > MAX_NUMBER:
            raise IndexError(found)
        return found

    def numbers(self, count: int) -> list:
        return [self.number() for _one in range(count)]

    def crcs(self, count: int) -> list:
        defined = [True] * count
        if not self.byte():
            bits = self.take((count + 7) // 8)
            defined = [bool(bits[one // 8] & 0x80 >> one % 8) for one in range(count)]
        return [struct.unpack('<I', self.take(4))[0] if one else None for one in defined]


def read(tap: Tap, said: Said) -> None:
    """Read a 7z archive. :raises Fault: it is not whole; :raises NeedsTool: 7-Zip has to be asked"""
    try:
        streams, files = read_header(tap)
        said.note(members=files)
        for folder in streams.folders:
            refuse_locked(folder)
        place, number = HEAD_BYTES + streams.place, 0
        for folder in streams.folders:
            size = sum(streams.packed[number:number + folder.streams])
            unpack(tap, folder, place, size)
            place, number = place + size, number + folder.streams
    except (IndexError, ValueError, struct.error, MemoryError) as error:
        raise Fault('crc', "the list of its members cannot be read") from error
    if not files:
        raise Fault('missing_part', "nothing is in it")


def read_header(tap: Tap) -> tuple[Streams, int]:
    """Return where what is packed lies, and how many files are in it."""
    tap.seek(0)
    head = tap.read(HEAD_BYTES)
    if head[:6] != MAGIC:
        raise Fault('wrong_format', "it does not begin like a 7z archive")
    if len(head) < HEAD_BYTES:
        raise Fault('cut', "it ends in the middle of its head")
    if not head[8:].strip(b'\0'):
        raise Fault('cut', "it was never finished: its head is still empty")
    if zlib.crc32(head[12:]) != struct.unpack('<I', head[8:12])[0]:
        raise Fault('crc', "its head is damaged")
    offset, size, crc = struct.unpack('<QQI', head[12:])
    if HEAD_BYTES + offset + size > tap.size:
        raise Fault('cut', f"{counted(HEAD_BYTES + offset + size - tap.size, 'byte is', 'bytes are')} missing at its end")
    if not size:
        return Streams(), 0
    if size > MAX_HEADER:
        raise Fault('too_large', "the list of its members is too long to be read")
    tap.seek(HEAD_BYTES + offset)
    data = tap.exactly(size)
    if zlib.crc32(data) != crc:
        raise damage(tap, "the list of its members", HEAD_BYTES + offset, HEAD_BYTES + offset + size)
    words = Words(data)
    kind = words.byte()
    while kind == ENCODED:
        streams = read_streams(words)
        folder, = streams.folders
        refuse_locked(folder)
        out = bytearray()
        unpack(tap, folder, HEAD_BYTES + streams.place, streams.packed[0], out)
        words = Words(bytes(out))
        kind = words.byte()
    return read_list(words)


def refuse_locked(folder: Folder) -> None:
    """:raises Fault: it is locked with a password"""
    if any(method == AES for method, _properties in folder.coders):
        raise Fault('encrypted', "it is locked with a password")


def read_list(words: Words) -> tuple[Streams, int]:
    streams, files = Streams(), 0
    while (kind := words.byte()) != END:
        if kind == PROPERTIES:
            while words.byte():
                words.take(words.number())
        elif kind == ADDITIONAL:
            read_streams(words)
        elif kind == MAIN:
            streams = read_streams(words)
        elif kind == FILES:
            files = words.few()
            while words.byte():
                words.take(words.number())
        else:
            raise IndexError(kind)
    return streams, files


def read_streams(words: Words) -> Streams:
    streams = Streams()
    has_parts = False
    while (kind := words.byte()) != END:
        if kind == PACK:
            streams.place, count = words.number(), words.few()
            while (part := words.byte()) != END:
                if part == SIZE:
                    streams.packed = words.numbers(count)
                elif part == CRC:
                    words.crcs(count)
        elif kind == UNPACK:
            read_folders(words, streams)
        elif kind == SUB:
            has_parts = True
            read_parts(words, streams)
        else:
            raise IndexError(kind)
    if not has_parts:
        for folder in streams.folders:
            folder.parts = [(folder.sizes[-1], folder.crc)]
    return streams


def read_folders(words: Words, streams: Streams) -> None:
    if words.byte() != FOLDER:
        raise IndexError(FOLDER)
    count = words.few()
    if words.byte():
        raise NeedsTool
    streams.folders = [read_folder(words) for _one in range(count)]
    while (part := words.byte()) != END:
        if part == SIZES:
            for folder in streams.folders:
                folder.sizes = words.numbers(len(folder.coders))
        elif part == CRC:
            for folder, crc in zip(streams.folders, words.crcs(count), strict=True):
                folder.crc = crc


def read_folder(words: Words) -> Folder:
    coders, inputs = [], 0
    for _one in range(words.few()):
        flags = words.byte()
        method = words.take(flags & 15)
        took, gave = (words.number(), words.number()) if flags & 16 else (1, 1)
        if gave != 1:
            raise NeedsTool
        inputs += took
        coders.append((method, words.take(words.number()) if flags & 32 else b''))
    bonds = len(coders) - 1
    words.numbers(2 * bonds)
    streams = inputs - bonds
    if streams > 1:
        words.numbers(streams)
    return Folder(coders, streams)


def read_parts(words: Words, streams: Streams) -> None:
    counts, sizes = [1] * len(streams.folders), None
    kind = words.byte()
    if kind == COUNTS:
        counts = [words.few() for _folder in streams.folders]
        kind = words.byte()
    if kind == SIZE:
        sizes = [words.numbers(max(0, count - 1)) for count in counts]
        kind = words.byte()
    unknown = sum(count for folder, count in zip(streams.folders, counts, strict=True) if count != 1 or folder.crc is None)
    crcs = iter(())
    while kind != END:
        if kind == CRC:
            crcs = iter(words.crcs(unknown))
        kind = words.byte()
    for number, (folder, count) in enumerate(zip(streams.folders, counts, strict=True)):
        known = (sizes or [[]] * len(counts))[number]
        whole = folder.sizes[-1]
        lengths = [*known, whole - sum(known)] if count else []
        folder.parts = [(size, folder.crc if count == 1 and folder.crc is not None else next(crcs, None)) for size in lengths]


# === UNPACKING === #

def unpack(tap: Tap, folder: Folder, place: int, size: int, out: bytearray | None = None) -> None:
    """Unpack a folder and compare what comes out. :raises Fault: it is not what was packed"""
    if len(folder.coders) != 1 or folder.coders[0][0] not in PLAIN:
        raise NeedsTool
    check = Parts(folder.parts, out)
    try:
        for data in pieces(tap, *folder.coders[0], place, size, folder.sizes[-1]):
            check.feed(data)
        check.end()
    except Fault:
        raise
    except Exception as error:  # noqa: BLE001  each library raises its own when it meets damaged data
        if isinstance(error, MemoryError):
            raise
        raise damage(tap, "a file in it", place, place + size) from error


def pieces(tap: Tap, method: bytes, properties: bytes, place: int, size: int, whole: int):
    """Yield what comes out of packed data, piece by piece."""
    left = whole
    if method == COPY:
        yield from tap.chunks(place, place + size)
        return
    unpacker = make(method, properties)
    for data in tap.chunks(place, place + size):
        while left > 0 and not getattr(unpacker, 'eof', False):
            found = unpacker.decompress(data, min(left, CHUNK * 4))
            left -= len(found)
            yield found
            data = unpacker.unconsumed_tail if method == DEFLATE else b''
            if not found or not (data if method == DEFLATE else not unpacker.needs_input):
                break


def make(method: bytes, properties: bytes):
    """Return what unpacks a method of ``PLAIN``."""
    if method == DEFLATE:
        return zlib.decompressobj(-15)
    if method == BZIP2:
        import bz2
        return bz2.BZ2Decompressor()
    import lzma
    if method == LZMA2:
        bits = properties[0]
        size = 0xFFFFFFFF if bits == 40 else (2 | bits & 1) << bits // 2 + 11
        one = {'id': lzma.FILTER_LZMA2, 'dict_size': size}
    else:
        first, size = struct.unpack('<BI', properties[:5])
        one = {'id': lzma.FILTER_LZMA1, 'dict_size': max(size, 4096), 'lc': first % 9, 'lp': first // 9 % 5, 'pb': first // 45}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[one])


class Parts:
    """Compares what comes out with the sizes and CRCs of the files it is made of.

    :param out: where it is kept besides, of a header
    """

    def __init__(self, parts: list, out: bytearray | None):
        self._parts, self._out = list(parts), out
        self._crc, self._left = 0, 0
        self._wanted: int | None = None
        self._is_open = False

    def feed(self, data: bytes) -> None:
        if self._out is not None:
            self._out += data
            if len(self._out) > MAX_HEADER:
                raise Fault('too_large', "the list of its members is too long to be read")
        while data:
            if not self._is_open:
                if not self._parts:
                    raise ValueError("more comes out than belongs to it")
                self._left, self._wanted = self._parts.pop(0)
                self._crc, self._is_open = 0, True
            piece, data = data[:self._left], data[self._left:]
            self._crc = zlib.crc32(piece, self._crc)
            self._left -= len(piece)
            if not self._left:
                self._close()

    def _close(self) -> None:
        self._is_open = False
        if self._wanted is None and self._out is None:
            raise Fault('not_provable', "a file in it has no checksum")
        if self._wanted is not None and self._crc != self._wanted:
            raise ValueError("another CRC")

    def end(self) -> None:
        if self._is_open or any(size for size, _crc in self._parts):
            raise ValueError("less comes out than belongs to it")
