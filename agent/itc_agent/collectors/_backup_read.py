"""Reading a backup to its end: what every format needs. Runs in the child; nothing of it may be imported by the agent itself for long.

A reader gets a :class:`Tap` (or a folder), returns a :class:`Said` and raises :class:`Fault` with one of ``_backup_codes.CODES`` when the backup is not whole,
not what it should be, or cannot be judged.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

CHUNK = 256 * 1024
# How a dump in SQL begins: of one database, or of all of a server.
DUMP = re.compile(rb'PostgreSQL database (cluster )?dump')
# Into which database what follows goes: its plain name, one in quotes, or one in the text of a connection.
_CONNECT = re.compile(rb"""^\\connect (?:-reuse-previous=on )?(?:"dbname='((?:[^'\\\n]|\\.)*)'"|"((?:[^"\n]|"")+)"|([^"\s]+))""", re.MULTILINE)
# Zeros in a row that no packed data holds, and that a disk leaves where it lost a block.
HOLE_BYTES = 512
END_BYTES = 64  # no packed file ends in so many zeros, unless what it holds is the same letter over and over


class Fault(Exception):
    """Why a backup is not called readable.

    :param code: one of ``_backup_codes.CODES``
    """

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass
class Said:
    """What a backup says of itself; filled while it is read, so that it stands also when a fault is found later.

    :param databases: every one that it names
    """

    format: str
    content: dict = field(default_factory=dict)
    databases: set = field(default_factory=set)

    def note(self, **words) -> None:
        self.content |= {key: str(value)[:200] for key, value in words.items() if value not in (None, '')}
        if words.get('database'):
            self.databases.add(str(words['database']))


class Pace:
    """Counts what is read and holds it back.

    :param rate: bytes a second at most, 0 for as fast as it goes
    :param tick: called with all bytes so far, at most every ``EVERY_S``
    :param limit_s: after so many seconds it is enough
    """

    EVERY_S = 1.0

    def __init__(self, rate: float = 0, tick=lambda _done: None, limit_s: float = float('inf')):
        self._rate, self._tick, self.done = rate, tick, 0
        self._began = self._told = time.monotonic()
        self._limit_s, self.is_outside = limit_s, False  # another program reads: nothing is counted

    def note(self, size: int) -> None:
        """:raises Fault: it takes too long"""
        self.done += size
        now = time.monotonic()
        if now - self._began > self._limit_s:
            raise Fault('too_slow', f"it was not read within {self._limit_s / 3600:.2g} h")
        if self._rate:
            ahead = self._began + self.done / self._rate - now
            while ahead > 0:
                time.sleep(min(ahead, self.EVERY_S))
                self._tell(time.monotonic())
                now = time.monotonic()
                ahead = self._began + self.done / self._rate - now
        self._tell(now)

    def _tell(self, now: float) -> None:
        if now - self._told >= self.EVERY_S:
            self._told = now
            self._tick(self.done)


class Tap:
    """A file opened to read bytes from, at a pace. Has what ``zipfile`` wants of a file.

    :param modified: when it was changed last, seconds since 1970
    """

    def __init__(self, file, size: int, pace: Pace, modified: float = 0.0):
        self._file, self.size, self._pace, self.modified = file, size, pace, modified

    def read(self, size: int = -1) -> bytes:  # a file's, not a model's  # pylint: disable=method-required-super
        if size is None or size < 0:
            size = max(0, self.size - self._file.tell())
        parts, left = [], size
        while left > 0:
            data = self._file.read(min(left, CHUNK))
            if not data:
                break
            self._pace.note(len(data))
            parts.append(data)
            left -= len(data)
        return parts[0] if len(parts) == 1 else b''.join(parts)

    def exactly(self, size: int) -> bytes:
        """:raises Fault: the file ends before"""
        if size < 0 or size > max(0, self.size - self._file.tell()):
            raise Fault('cut', "the file ends in the middle")
        data = self.read(size)
        if len(data) < size:
            raise Fault('cut', "the file ends in the middle")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def chunks(self, start: int = 0, end: int | None = None):
        """Yield the bytes from ``start`` to ``end``; a damaged list can name any place."""
        start = max(0, min(start, self.size))
        self.seek(start)
        left = (self.size if end is None else min(end, self.size)) - start
        while left > 0 and (data := self.read(min(CHUNK, left))):
            left -= len(data)
            yield data


def hole_in(tap: Tap, start: int = 0, end: int | None = None) -> int | None:
    """Return where a row of zeros begins that packed data never holds, None when there is none."""
    zeros, before, at = bytes(HOLE_BYTES), b'', start
    for data in tap.chunks(start, end):
        joined = before + data
        place = joined.find(zeros)
        if place >= 0:
            return at - len(before) + place
        at += len(data)
        before = joined[-(HOLE_BYTES - 1):]
    return None


def damage(tap: Tap, what: str, start: int = 0, end: int | None = None) -> Fault:
    """Return the fault of packed data that does not unpack to what it was: a hole of zeros where there is one, else a changed byte."""
    place = hole_in(tap, max(0, start - HOLE_BYTES + 1), end)  # it may begin before
    if place is not None:
        return Fault('hole', f"zeros lie from byte {place} on, in {what}")
    if (end is None or end >= tap.size) and ends_in_zeros(tap):
        return Fault('hole', f"its end is zeros, in {what}")
    return Fault('crc', f"{what} is not what was packed")


def ends_in_zeros(tap: Tap) -> bool:
    """Tell whether a file ends in more zeros than one that is packed does: its last block was never written."""
    tap.seek(max(0, tap.size - END_BYTES))
    data = tap.read(END_BYTES)
    return bool(data) and not data.strip(b'\0')


def missing_end(tap: Tap, words: str) -> Fault:
    """Return the fault of a file that lacks its end. :param words: what shows that"""
    return Fault('hole', "its end is zeros") if ends_in_zeros(tap) else Fault('cut', words)


def is_nearly(data: bytes, mark: bytes) -> bool:
    """Tell whether data begin with a mark of which one byte was changed.

    >>> is_nearly(b'PK\x03\x05...', b'PK\x03\x04'), is_nearly(b'PK\x03\x04', b'PK\x03\x04'), is_nearly(b'PK', b'PK\x03\x04')
    (True, False, False)
    """
    return len(data) >= len(mark) and sum(one != other for one, other in zip(data, mark, strict=False)) == 1


class SqlText:
    """Looks at a plain SQL dump as it goes by: what it says of itself, zeros in it, bytes that are no text, and its end.

    :param said: where what it says is noted
    :param where: its name, for words
    """

    KEPT, MAX_LINE, MAX_NAMES = 4096, 400, 10_000

    def __init__(self, said: Said, where: str):
        self._said, self._where = said, where
        self._head, self._tail, self._at = b'', b'', 0
        self._line, self._is_cluster = b'', None
        self._decoder = None

    def feed(self, data: bytes) -> None:
        """:raises Fault: a hole"""
        if len(self._head) < self.KEPT:
            self._head += data[:self.KEPT - len(self._head)]
        place = data.find(b'\0')
        if place >= 0:
            raise Fault('hole', f"zeros lie from byte {self._at + place} on, in {self._where}")
        self._at += len(data)
        self._tail = (self._tail + data)[-self.KEPT:]
        if self._is_cluster is None and (found := DUMP.search(self._head)):
            self._is_cluster = bool(found[1])
        if self._is_cluster:
            self._gather(data)
        else:
            self._decode(data)

    def _gather(self, data: bytes) -> None:
        """Gather which databases a dump of a whole server holds: they follow one another, each in its own encoding."""
        data = self._line + data
        whole = data.rfind(b'\n') + 1
        self._line = data[whole:] if len(data) - whole <= self.MAX_LINE else b''
        if len(self._said.databases) < self.MAX_NAMES:
            self._said.databases.update(connected_to(data[:whole]))

    def _decode(self, data: bytes) -> None:
        import codecs
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder('utf-8')() if b"client_encoding = 'UTF8'" in self._head else False
        if self._decoder:
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError as error:
                raise Fault('crc', f"{self._where} holds bytes that are no text") from error

    def end(self) -> None:
        """Note what it says. :raises Fault: it is no dump, or has no end"""
        if self._is_cluster is None:
            raise Fault('wrong_format', f"{self._where} does not begin like a dump of PostgreSQL")
        head = self._head.decode('utf-8', 'replace')
        for key, pattern in (('pg_version', r'^-- Dumped from database version ([^\n]+)'),
                             ('taken_at', r'^-- Started on (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)')):
            found = re.search(pattern, head, re.MULTILINE)
            if found:
                self._said.note(**{key: found[1].strip().replace(' ', 'T') if key == 'taken_at' else found[1].strip()})
        if self._is_cluster:
            self._said.note(databases=', '.join(sorted(self._said.databases)))
        else:
            self._said.note(database=next(iter(connected_to(self._head)), ''))
        end = f"PostgreSQL database {'cluster ' if self._is_cluster else ''}dump complete"
        # In a line of its own: what is only told of an end stands within a row.
        if f'\n-- {end}'.encode() not in self._tail:
            raise Fault('no_end_marker', f'{self._where} has no "{end}" at its end')


class Inside:
    """Looks at what was packed as it goes by; a dump in SQL is read as one.

    :param size: of what went by
    """

    def __init__(self, said: Said, where: str):
        self._said, self._text, self._begin, self._is_sql, self.size = said, SqlText(said, where), b'', None, 0

    def feed(self, data: bytes) -> None:
        """:raises Fault: a dump in SQL with a hole"""
        self.size += len(data)
        if self._is_sql is None:
            self._begin += data
            if len(self._begin) < SqlText.KEPT:
                return
            data = self._decide()
        if self._is_sql:
            self._text.feed(data)

    def _decide(self) -> bytes:
        # An archive of tar shows the beginning of what is in it.
        self._is_sql = bool(DUMP.search(self._begin[:SqlText.KEPT])) and self._begin[257:262] != b'ustar'
        return self._begin

    def end(self) -> None:
        """:raises Fault: a dump in SQL without its end"""
        if self._is_sql is None and self._decide() and self._is_sql:
            self._text.feed(self._begin)
        if self._is_sql:
            self._said.note(inside='pg_plain')
            self._text.end()


class Unpacked:
    """Holds back what is wrong with a text until all of it was unpacked as it was packed: damaged packing gives other letters, or zeros, before it fails.

    :param text: has ``feed`` and ``end``
    """

    def __init__(self, text):
        self._text, self._fault = text, None

    def feed(self, data: bytes) -> None:
        try:
            if self._fault is None:
                self._text.feed(data)
        except Fault as error:
            self._fault = error

    def end(self) -> None:
        """:raises Fault: what was wrong with it"""
        if self._fault:
            raise self._fault
        self._text.end()


def connected_to(text: bytes) -> list:
    r"""Return the names of the databases that a dump in SQL goes into, in their order.

    >>> connected_to(b'\\connect prod\n-- x\n\\connect -reuse-previous=on "dbname=\'it\\\'s ""new\'"\n')
    ['prod', 'it\'s "new']
    """
    found = []
    for one in _CONNECT.finditer(text):
        name = (one[1] or one[2] or one[3]).decode('utf-8', 'replace')
        name = name if one[3] else name.replace('""', '"')
        found.append(re.sub(r'\\(.)', r'\1', name) if one[1] else name)
    return found


def check_database(said: Said, wanted: str) -> None:
    """:raises Fault: it says to be of another database than the one meant"""
    if wanted and said.databases and wanted not in said.databases:
        found = ', '.join(sorted(said.databases))
        raise Fault('other_database', f"it is a backup of {found[:150]}, not of {wanted}")


def check_named(said: Said, wanted: str) -> None:
    """:raises Fault: it says nothing of the database that is meant"""
    if wanted and not said.databases:
        raise Fault('not_provable', f"it names no database, so nothing shows that it is of {wanted}")
