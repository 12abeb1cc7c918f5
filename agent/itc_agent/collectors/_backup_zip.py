"""Zip archives read to the end of every member: any, those of Odoo, those of Peachtree (``.ptb``)."""
from __future__ import annotations

import calendar
import hashlib
import json
import re
import struct
import zipfile
import zlib

from ._backup_read import CHUNK, Fault, Inside, Said, SqlText, Tap, Unpacked, damage, is_nearly, missing_end

# The third is one that was to be split and fitted into one part, the fourth the first part of one that was split.
HEADS = (b'PK\x03\x04', b'PK\x05\x06', b'PK00PK\x03\x04', SPLIT := b'PK\x07\x08')
MAX_MANIFEST = 2 ** 20
CLOCKS_S = 300
LAST = b'PK\x05\x06'
# Of a member: mark, version, flags, method, time, date, CRC, two sizes, lengths of its name and of what is added.
HEAD = struct.Struct('<4s5H3L2H')
MANY = 0xFFFF  # or more of them: the number stands elsewhere
LOCKED, UTF8 = 1, 1 << 11
HARD = LOCKED | 1 << 5 | 1 << 6  # what keeps a member from being unpacked here
ON_UNIX, LARGE = 3, 1  # who packed it; what is added where something is larger than 4 GB
MANIFEST = ('odoo_dump', 'db_name', 'version')  # what every Odoo writes into it
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, IndexError, KeyError, *([zipfile.lzma.LZMAError] if zipfile.lzma else ()))
# Below checklist lie empty notes of what Odoo is to look at when it clears up next: they bear the names of its files, and not their content.
_STORED = re.compile(r'filestore/(?!checklist/|.*/checklist/)(?:.*/)?([0-9a-f]{40})')


def read(tap: Tap, wanted: str, said: Said) -> None:
    """Read a zip archive; ``said.format`` becomes what it is.

    :param wanted: ``auto``, ``zip``, ``odoo_zip`` or ``ptb``
    :raises Fault: it is not whole, or not what it should be
    """
    tap.seek(0)
    head = tap.read(8)
    if not head.startswith(HEADS):
        raise Fault('wrong_format', "it does not begin like a zip archive")
    if head.startswith(SPLIT):
        raise Fault('unknown_format', "it is one part of an archive that was split, which is not read here")
    with open_archive(tap) as archive:
        members = archive.infolist()
        names = {one.filename for one in members}
        said.format = kind_of(wanted, names, said.format)
        said.note(members=len(members))
        check_count(tap, archive)
        check_heads(tap, members)
        check_parts(said.format, members, names)
        locked = next((one.filename for one in members if one.flag_bits & 1), None)
        if locked is not None:
            raise Fault('encrypted', f"{locked[:80]} is locked with a password")
        if said.format == 'odoo_zip':
            note_manifest(archive, tap, said)
            said.note(taken_at=stamp_of(archive.getinfo('dump.sql'), tap.modified), filestore=sum(1 for one in names if _STORED.fullmatch(one)))
        for one in members:
            read_member(archive, tap, one, said)


def open_archive(tap: Tap) -> zipfile.ZipFile:
    """:raises Fault: the list of its members is missing or damaged"""
    try:
        return zipfile.ZipFile(tap)
    except zipfile.BadZipFile as error:
        if str(error) == "File is not a zip file" and not is_last_nearly(tap):
            raise missing_end(tap, "it has no list of its members at its end: the end is missing") from error
        raise damage(tap, "the list of its members") from error
    except (ValueError, OSError, NotImplementedError, MemoryError) as error:
        raise damage(tap, "the list of its members") from error


def is_last_nearly(tap: Tap) -> bool:
    """Tell whether the last part of an archive is there but for one byte of its mark."""
    tap.seek(max(0, tap.size - zipfile.sizeEndCentDir))
    return is_nearly(tap.read(len(LAST)), LAST)


def check_count(tap: Tap, archive: zipfile.ZipFile) -> None:
    """:raises Fault: there are more or fewer members in the list than its end says"""
    tap.seek(max(0, tap.size - zipfile.sizeEndCentDir - len(archive.comment)))
    last = tap.read(zipfile.sizeEndCentDir)
    count = struct.unpack('<H', last[10:12])[0] if last.startswith(LAST) and len(last) == zipfile.sizeEndCentDir else MANY
    if count not in (MANY, len(archive.infolist()) % (MANY + 1)):
        raise damage(tap, "the list of its members", archive.start_dir)


def check_heads(tap: Tap, members: list) -> None:
    """Hold the head of each member against the list: what says otherwise there was changed, and tells neither of a password nor of a missing part.

    :raises Fault: they are not the same
    """
    for one in members:
        tap.seek(max(0, min(one.header_offset, tap.size)))
        head = tap.read(HEAD.size)
        if len(head) == HEAD.size:
            mark, _version, flags, method, *_rest, length, _extra = HEAD.unpack(head)
            name = one.orig_filename.encode('utf-8' if one.flag_bits & UTF8 else 'cp437', 'replace')
            if mark == HEADS[0] and (flags & HARD, method, tap.read(length)) == (one.flag_bits & HARD, one.compress_type, name):
                continue
        raise member_fault(tap, one)


def kind_of(wanted: str, names: set, now: str) -> str:
    """Return what an archive is by its members.

    >>> kind_of('auto', {'manifest.json', 'filestore/a'}, 'zip'), kind_of('auto', {'a.txt'}, 'zip'), kind_of('ptb', set(), 'zip')
    ('odoo_zip', 'zip', 'ptb')
    """
    if wanted != 'auto':
        return wanted
    return 'odoo_zip' if names & {'dump.sql', 'manifest.json'} else now  # one of them may be what is missing


def check_parts(kind: str, members: list, names: set) -> None:
    """:raises Fault: a part is missing that belongs to such a backup"""
    if kind == 'odoo_zip':
        if not names & {'dump.sql', 'manifest.json'}:
            raise Fault('wrong_format', "it is a zip archive, but no backup of Odoo: dump.sql and manifest.json are not in it")
        for needed in ('manifest.json', 'dump.sql'):
            if needed not in names:
                raise Fault('missing_part', f"{needed} is not in it")
        if not any(one.startswith('filestore/') and not one.endswith('/') for one in names):
            raise Fault('missing_part', "the filestore is not in it")
    elif kind == 'ptb' and not any(one.filename.lower().endswith('.dat') and one.file_size for one in members):
        raise Fault('missing_part', "no .DAT file with anything in it is in it")
    elif not any(one.file_size for one in members):
        raise Fault('empty', "nothing is packed in it")


def note_manifest(archive, tap: Tap, said: Said) -> None:
    """:raises Fault: manifest.json cannot be read, or does not say what Odoo always says in it"""
    one = archive.getinfo('manifest.json')
    try:
        with archive.open(one) as stream:
            manifest = json.loads(stream.read(MAX_MANIFEST))
        if not isinstance(manifest, dict):
            raise ValueError("no object")
    except NotImplementedError as error:
        raise not_unpacked(one) from error
    except BROKEN as error:
        raise member_fault(tap, one) from error
    unsaid = [key for key in MANIFEST if not manifest.get(key)]
    if unsaid:
        raise Fault('missing_part', f"manifest.json does not say what Odoo always writes into it: {', '.join(unsaid)}")
    said.note(database=manifest.get('db_name'), version=manifest.get('version'), major_version=manifest.get('major_version'),
              pg_version=manifest.get('pg_version'))


def stamp_of(one, modified: float) -> str:
    """Return the time of a member. An archive has it by the clock of who packed it; Odoo sets its own to UTC, which on Windows it cannot.

    :param modified: when the archive was changed last: what is later than that was no time by UTC
    """
    stamp = '{:04}-{:02}-{:02}T{:02}:{:02}:{:02}'.format(*one.date_time)
    added, rest = set(), one.extra
    while len(rest) >= 4:
        kind, size = struct.unpack('<HH', rest[:4])
        added.add(kind)
        rest = rest[4 + size:]
    # Python adds nothing but sizes; other programs for Unix add times of their own.
    is_by_python = one.create_system == ON_UNIX and added <= {LARGE}
    try:
        packed_at = calendar.timegm((*one.date_time, 0, 0, 0))
    except ValueError:  # no day of any month
        return ''
    return f'{stamp}+00:00' if is_by_python and packed_at <= modified + CLOCKS_S else stamp


def read_member(archive, tap: Tap, one, said: Said) -> None:
    """Read a member to its end. :raises Fault: it is not what was packed, or cannot be unpacked here"""
    text = Unpacked(Inside(said, one.filename[:80])) if said.format == 'zip' else None
    if said.format == 'odoo_zip' and one.filename == 'dump.sql':
        text = Unpacked(SqlText(said, 'dump.sql'))
    stored = _STORED.fullmatch(one.filename) if said.format == 'odoo_zip' else None
    digest = hashlib.sha1(usedforsecurity=False) if stored else None
    try:
        with archive.open(one) as stream:
            while data := stream.read(CHUNK):
                if text:
                    text.feed(data)
                if digest:
                    digest.update(data)
    except NotImplementedError as error:
        raise not_unpacked(one) from error
    except RuntimeError as error:
        raise Fault('encrypted', f"{one.filename[:80]} is locked with a password") from error
    except BROKEN as error:
        raise member_fault(tap, one) from error
    if text:
        text.end()
    if digest and digest.hexdigest() != stored[1]:
        raise Fault('crc', f"{one.filename[:80]} does not hold what its name says")


def not_unpacked(one) -> Fault:
    return Fault('not_provable', f"{one.filename[:80]} is packed in a way that cannot be unpacked here")


def member_fault(tap: Tap, one) -> Fault:
    return damage(tap, one.filename[:80], one.header_offset, one.header_offset + 30 + len(one.filename) + one.compress_size + 1024)
