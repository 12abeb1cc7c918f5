"""Dumps of PostgreSQL, read without PostgreSQL: custom, directory and plain.

``pg_restore --list`` is content with a file that is cut anywhere behind its table of contents, and ``psql`` with a script that ends in the middle of a
table. So every block is walked to the end of the file, what is packed is unpacked, and what the table of contents promises has to be there.
"""
from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass

from ._backup_read import CHUNK, HOLE_BYTES, Fault, Inside, Pace, Said, SqlText, Tap, Unpacked, check_database, damage, hole_in, is_nearly, missing_end

MAGIC = b'PGDMP'
CUSTOM, TAR, DIRECTORY = 1, 3, 5
# What the archive's own number of version says: major, minor, and since when which field is there.
OLDEST, NEWEST = (1, 10), (1, 16)
# The newest pg_dump of which it is known that it writes none newer; how many newer ones are believed to one that is newer itself.
DUMPER, NEWER = 18, 3
_DUMPER = re.compile(rb'\0(\d\d)(?:\.\d+|devel|beta\d|rc\d)')
POSITIONS, NO_DATA = (1, 2, 3), 3
DATA, BLOBS = 1, 3
MAX_TEXT, MAX_ENTRIES = 256 * 2 ** 20, 10_000_000
PACKED = {0: '', 1: 'gzip', 2: 'lz4', 3: 'zstd'}
MARKS = {'lz4': b'\x04\x22\x4d\x18', 'zstd': b'\x28\xb5\x2f\xfd'}  # with which begins what Python cannot unpack
# Second, minute, hour, day, month, year since 1900, summer time.
MOMENT = (range(62), range(60), range(24), range(1, 32), range(12), range(70, 300), range(-1, 2))
# Flags of a gzip file's head: what is added, a name, a comment.
EXTRA, TEXTS, LEAST_GZIP, MAX_NAME = 4, (8, 16), 64, 4096
ROWS_END = b'\\.\n'


@dataclass
class Contents:
    """The table of contents: number of each part that has data, and (of a folder) its file."""

    version: tuple
    int_size: int
    packed: str
    parts: dict
    large_objects: bool = False


class Reader:
    """Reads the numbers and texts of an archive."""

    def __init__(self, tap: Tap):
        self.tap, self.int_size, self.offset_size = tap, 4, 8

    def byte(self) -> int:
        return self.tap.exactly(1)[0]

    def integer(self) -> int:
        data = self.tap.exactly(1 + self.int_size)
        if data[0] > 1:
            place = self.tap.tell()
            raise damage(self.tap, f"a number before byte {place}", max(0, place - CHUNK), place + CHUNK)
        number = int.from_bytes(data[1:], 'little')
        return -number if data[0] else number

    def text(self) -> bytes | None:
        size = self.integer()
        if size == -1:
            return None
        if not 0 <= size <= MAX_TEXT:
            raise Fault('crc', "its table of contents is damaged")
        data = self.tap.exactly(size)
        if b'\0' in data:
            raise Fault('hole', f"zeros lie in its table of contents, before byte {self.tap.tell()}")
        return data

    def offset(self) -> int:
        """Return whether the part has data, as its flag says."""
        flag = self.tap.exactly(1 + self.offset_size)[0]
        if flag not in POSITIONS:
            raise Fault('hole' if not flag else 'crc', "its table of contents is damaged")
        return flag


def read_contents(tap: Tap, said: Said, forms: tuple) -> Contents:
    """Read the head and the table of contents, and note what they say.

    :param forms: one of these its head has to name
    :raises Fault: they cannot be read
    """
    reader = Reader(tap)
    tap.seek(0)
    start = tap.read(len(MAGIC))
    if start != MAGIC:
        raise Fault('crc' if is_nearly(start, MAGIC) else 'wrong_format', "it does not begin like a dump of PostgreSQL")
    major, minor, revision, reader.int_size, reader.offset_size, form = tap.exactly(6)
    check_version(tap, major, minor)
    packed_by = reader.byte() if (major, minor) >= (1, 15) else int(reader.integer() != 0) if reader.int_size in (4, 8) else -1
    if revision or reader.int_size not in (4, 8) or reader.offset_size not in (4, 8) or form not in forms or packed_by not in PACKED:
        raise Fault('crc', "its head is damaged")
    moment = [reader.integer() for _one in MOMENT]
    if any(one not in those for one, those in zip(moment, MOMENT, strict=True)):
        raise Fault('crc', "its head is damaged: it was taken at no time that there is")
    second, minute, hour, day, month, year, _summer = moment
    said.note(taken_at=f'{1900 + year:04}-{month + 1:02}-{day:02}T{hour:02}:{minute:02}:{second:02}')
    packed = PACKED[packed_by]
    names = [(reader.text() or b'').decode('utf-8', 'replace') for _one in range(3)]
    said.note(database=names[0], pg_version=names[1], version=names[2])
    contents = Contents((major, minor), reader.int_size, packed, {})
    count = reader.integer()
    if not 0 <= count <= MAX_ENTRIES:
        raise Fault('crc', "its table of contents is damaged")
    for _number in range(count):
        read_entry(reader, contents, form)
    said.note(tables=len(contents.parts))
    return contents


def check_version(tap: Tap, major: int, minor: int) -> None:
    """:raises Fault: it is of a version that does not exist, or that only a newer pg_dump than those known here writes"""
    if OLDEST <= (major, minor) <= NEWEST:
        return
    place = tap.tell()
    by = max((int(one) for one in _DUMPER.findall(tap.read(600))), default=0)
    tap.seek(place)
    if major == NEWEST[0] and NEWEST[1] < minor <= NEWEST[1] + NEWER and by > DUMPER:
        raise Fault('not_provable', f"it is of version {major}.{minor}, which is not known here")
    raise Fault('crc', f"its head is damaged: there is no version {major}.{minor}")


def read_entry(reader: Reader, contents: Contents, form: int) -> None:
    """Read an entry of the table of contents."""
    number, has_dumper = reader.integer(), reader.integer()
    reader.text(), reader.text()                       # ids in the catalogue
    reader.text()                                      # name
    kind = reader.text() or b''
    reader.integer()                                   # section
    # how it is made, dropped, filled; schema, tablespace
    for _text in range(5):
        reader.text()
    if contents.version >= (1, 14):
        reader.text()                                  # access method
    if contents.version >= (1, 16):
        reader.integer()                               # kind of relation
    reader.text(), reader.text()                       # owner, with oids
    while reader.text() is not None:                   # what it depends on
        pass
    if form == CUSTOM:
        if reader.offset() != NO_DATA and has_dumper:
            contents.parts[number] = kind
    else:
        file = reader.text()
        if file:
            contents.parts[number] = file
    contents.large_objects |= kind == b'BLOBS'


# === CUSTOM === #

def read_custom(tap: Tap, said: Said, database: str = '') -> str:
    """Read a dump of ``pg_dump -Fc`` to its end; return how it is packed. :raises Fault: it is not whole, or of another database"""
    contents = read_contents(tap, said, (CUSTOM,))
    check_database(said, database)
    said.note(packed=contents.packed or 'no')
    reader = Reader(tap)
    reader.int_size = contents.int_size
    found = set()
    while tap.tell() < tap.size:
        begin = tap.tell()
        kind, number = reader.byte(), reader.integer()
        if kind not in (DATA, BLOBS) or number not in contents.parts or number in found:
            raise damage(tap, "the place where a table begins", max(0, begin - CHUNK), begin + CHUNK)
        found.add(number)
        if kind == DATA:
            read_stream(reader, contents.packed, is_text=True)
        else:
            while reader.integer():
                read_stream(reader, contents.packed, is_text=False)
    if missing := contents.parts.keys() - found:
        raise Fault('cut', "a table that it lists has no data at its end" if len(missing) == 1 else f"{len(missing)} tables that it lists have no data")
    return contents.packed if found else ''


def read_stream(reader: Reader, packed: str, *, is_text: bool) -> None:
    """Read one run of packed pieces. :raises Fault: it does not unpack"""
    tap, begin = reader.tap, reader.tap.tell()
    unpack, mark = zlib.decompressobj() if packed == 'gzip' else None, MARKS.get(packed, b'')
    while size := reader.integer():
        if size < 0:
            raise damage(tap, "the data of a table", begin, tap.tell() + CHUNK)
        if size > tap.size - tap.tell():
            place = tap.tell()
            # A length that a flipped bit made large looks like a cut one; only what unpacks to here is one.
            raise Fault('cut', "the file ends in the middle of a table") if sound_until(tap, unpack, place) else damage(tap, "the data of a table", begin)
        left = size
        while left:
            data = tap.exactly(min(left, CHUNK))
            left -= len(data)
            if not data.startswith(mark[:len(data)]):
                raise damage(tap, "the data of a table", begin, tap.tell() + CHUNK)
            mark = b''
            if unpack is None:
                if is_text and not packed and b'\0' in data:
                    raise Fault('hole', f"zeros lie in a table, before byte {tap.tell()}")
                continue
            try:
                spread(unpack, data)
            except zlib.error as error:
                raise damage(tap, "the data of a table", begin, tap.tell() + CHUNK) from error
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise damage(tap, "the data of a table", begin, tap.tell() + CHUNK)


def spread(unpack, data: bytes) -> None:
    """Unpack without keeping what comes out, however much it is."""
    while data and not unpack.eof:
        unpack.decompress(data, CHUNK * 4)
        data = unpack.unconsumed_tail


def sound_until(tap: Tap, unpack, place: int) -> bool:
    """Tell whether the rest of a file unpacks as far as it goes."""
    try:
        for data in tap.chunks(place):
            if unpack is not None:
                spread(unpack, data)
    except zlib.error:
        return False
    return True


# === DIRECTORY === #

def read_directory(folder: str, open_tap, pace: Pace, said: Said, database: str = '') -> str:
    """Read a dump of ``pg_dump -Fd``; return how it is packed.

    :param open_tap: opens a file of it as a :class:`Tap`, to be used with ``with``
    :raises Fault: it is not whole, or of another database
    """
    try:
        with open_tap(os.path.join(folder, 'toc.dat')) as tap:
            contents = read_contents(tap, said, (TAR, DIRECTORY))  # it says to be the one of a tar file, which it can be too
            check_database(said, database)
    except FileNotFoundError as error:
        raise Fault('missing_part', "toc.dat is not in it") from error
    found = set()
    for name in (one.decode('utf-8', 'replace') for one in contents.parts.values()):
        if os.path.basename(name) != name:
            raise Fault('crc', "its table of contents is damaged")
        if name.startswith('blobs') and name.endswith('.toc'):
            found |= read_large_objects(folder, name, open_tap)
        else:
            found.add(read_file(folder, name, open_tap, is_text=True))
    # What was written unpacked may well be packed afterwards, and the other way round, each file by itself.
    if contents.packed and found - {contents.packed, ''}:
        raise Fault('crc', f"its table of contents says that its files are packed by {contents.packed}, and they are not")
    packed = next((one for one in (*MARKS, 'gzip') if one in found), '')
    said.note(packed=packed or 'no')
    return packed


def read_large_objects(folder: str, name: str, open_tap) -> set:
    """Read the list of large objects and each of them; return how they are packed."""
    packed = set()
    try:
        with open_tap(os.path.join(folder, name)) as tap:
            lines = tap.read().split(b'\n')
    except FileNotFoundError as error:
        raise Fault('missing_part', f"{name} is not in it") from error
    if lines[-1]:
        raise Fault('hole' if b'\0' in lines[-1] else 'cut', f"{name} ends in the middle")
    for line in lines[:-1]:
        _oid, _blank, file = line.partition(b' ')
        if not file or b'/' in file or b'\0' in file:
            raise Fault('hole' if b'\0' in line else 'crc', f"{name} is damaged")
        packed.add(read_file(folder, file.decode('utf-8', 'replace'), open_tap, is_text=False))
    return packed


def read_file(folder: str, name: str, open_tap, *, is_text: bool) -> str:
    """Read one file of the folder, packed or not; return how it is packed."""
    for ending, packed in (('', ''), ('.gz', 'gzip'), ('.zst', 'zstd'), ('.lz4', 'lz4')):
        try:
            with open_tap(os.path.join(folder, name + ending)) as tap:
                if packed == 'gzip':
                    read_gzip(tap, lambda _data: None, name + ending)
                else:
                    read_rows(tap, name, is_text=is_text and not packed)
                return packed
        except FileNotFoundError:
            continue
    raise Fault('missing_part', f"{name} is not in it")


def read_rows(tap: Tap, name: str, *, is_text: bool) -> None:
    """Read a file that is not packed. :raises Fault: rows without their end, or with zeros"""
    last = b''
    for data in tap.chunks():
        if is_text and b'\0' in data:
            raise Fault('hole', f"zeros lie in {name}")
        last = (last + data)[-16:]
    if is_text and not last.rstrip(b'\n').endswith(ROWS_END.rstrip(b'\n')):
        raise Fault('no_end_marker' if tap.size else 'empty', f"{name} does not end as rows do")


# === PLAIN AND GZIP === #

def read_plain(tap: Tap, said: Said) -> None:
    """Read a dump in SQL to its end. :raises Fault: it is none, has zeros in it, or no end"""
    text = SqlText(said, "the file")
    for data in tap.chunks():
        text.feed(data)
    text.end()


def read_gzip(tap: Tap, feed, what: str = "the file") -> None:
    """Unpack all members of a gzip file and feed what comes out. :raises Fault: it is no gzip file, or not whole"""
    unpack, members = None, 0
    for data in tap.chunks():
        while data:
            if unpack is None:
                unpack = first_member(tap, data, members, what)
                members += 1
            try:
                out = unpack.decompress(data, CHUNK * 4)
            except zlib.error as error:
                raise damage(tap, what) from error
            if out:
                feed(out)
            data = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            if unpack.eof:
                unpack = None
    if unpack is not None or not members:
        # Zeros unpack to something, now and then to the end of the file.
        place = hole_in(tap)
        raise missing_end(tap, f"{what} ends in the middle") if place is None else Fault('hole', f"zeros lie from byte {place} on, in {what}")


def first_member(tap: Tap, data: bytes, members: int, what: str):
    """Return what unpacks the member that begins here. :raises Fault: none begins here"""
    if data[:1] == b'\x1f' and (len(data) == 1 or data[1:2] == b'\x8b'):
        return zlib.decompressobj(wbits=31)
    if not data[:HOLE_BYTES].strip(b'\0'):
        raise Fault('hole', f"zeros lie behind the end of {what}" if members else f"{what} begins with zeros")
    if not members:
        raise Fault('wrong_format', f"{what} does not begin like a gzip file")
    raise Fault('crc', f"something else lies behind the end of {what}")


def unpacks(begin: bytes) -> bool:
    """Tell whether the first bytes of a gzip file unpack to something."""
    try:
        return bool(zlib.decompressobj(wbits=31).decompress(begin))
    except zlib.error:
        return False


def check_gzip_head(tap: Tap) -> None:
    """:raises Fault: what its flags say to stand before what is packed can be no such thing: they were changed"""
    tap.seek(3)
    flags, rest = tap.read(1), tap.read(MAX_NAME + 0xFFFF)[6:]
    if not flags or tap.size < LEAST_GZIP:
        return
    is_sound = True
    if flags[0] & EXTRA:
        end, at = 2 + int.from_bytes(rest[:2], 'little'), 2
        while at + 4 <= end <= len(rest):
            at += 4 + int.from_bytes(rest[at + 2:at + 4], 'little')
        is_sound, rest = at == end, rest[end:]
    for flag in TEXTS:
        if flags[0] & flag:
            text, zero, rest = rest.partition(b'\0')
            is_sound &= bool(zero) and len(text) <= MAX_NAME and not re.search(rb'[\x01-\x1f\x7f]', text)
    if not is_sound:
        raise Fault('crc', "its head is damaged")


def read_gzip_dump(tap: Tap, said: Said) -> None:
    """Read a gzip file; when a dump in SQL is in it, that to its end too. :raises Fault: it is not whole"""
    import struct
    tap.seek(0)
    head = tap.read(10)
    if len(head) == 10 and (stamp := struct.unpack('<I', head[4:8])[0]):
        from datetime import datetime, timezone
        said.note(taken_at=datetime.fromtimestamp(stamp, timezone.utc).isoformat())
    inside = Inside(said, "the SQL in it")
    text = Unpacked(inside)
    if head.startswith(b'\x1f\x8b'):
        check_gzip_head(tap)
    read_gzip(tap, text.feed)
    if not inside.size:
        raise Fault('empty', "nothing is packed in it")
    text.end()
