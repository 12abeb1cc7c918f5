"""Which format a backup has, and reading it to its end. Runs in the child."""
from __future__ import annotations

import contextlib
import glob
import io
import os
import sys

from . import _backup_7z, _backup_bak, _backup_image, _backup_pg, _backup_zip
from ._backup_read import CHUNK, DUMP, Fault, Pace, Said, Tap, check_database, check_named, is_nearly
from ._open_file import open_shared

FOLDERS = ('pg_directory', 'windows_image')
HEADS = (*((head, 'zip') for head in _backup_zip.HEADS), (b'PGDMP', 'pg_custom'), (b'\x1f\x8b', 'gzip'), (_backup_7z.MAGIC, '7z'), (b'TAPE', 'bak'),
         (b'MSSQLBAK', 'bak'))
LEAST_HEAD = 4  # so many bytes are known also with one of them changed
GZIP_HEAD = b'\x1f\x8b\x08'  # of fewer the rest has to unpack too
DUMP_HEADS = tuple(end.join((b'--', b'-- PostgreSQL database ' + whole + b'dump', b'--', b'')) for end in (b'\n', b'\r\n') for whole in (b'', b'cluster '))
# Say nothing of a database, whatever is in them.
NAMELESS = ('7z', 'zip', 'ptb', 'bak', 'windows_image')
BY_NAME = {'.zip': 'zip', '.ptb': 'ptb', '.bak': 'bak', '.gz': 'gzip', '.tgz': 'gzip', '.7z': '7z', '.dump': 'pg_custom', '.sql': 'pg_plain'}
OF_MANY = ('.bak', '.dump', '.sql')  # many programs end their names so: such a file may be of a format that is not known here
# Fixed here, never a setting: settings come from the server, and it must not be able to start programs.
RESTORERS = ((r'C:\Program Files\PostgreSQL\*\bin\pg_restore.exe', r'C:\Program Files\Odoo*\PostgreSQL\bin\pg_restore.exe') if sys.platform == 'win32'
             else ('/usr/lib/postgresql/*/bin/pg_restore', '/usr/bin/pg_restore', '/usr/local/bin/pg_restore'))
PACKERS = ((r'C:\Program Files\7-Zip\7z.exe', r'C:\Program Files (x86)\7-Zip\7z.exe') if sys.platform == 'win32'
           else ('/usr/bin/7zz', '/usr/bin/7z', '/usr/bin/7za', '/usr/local/bin/7zz'))
TOOL_S = 6 * 3600.0


@contextlib.contextmanager
def open_tap(path: str, pace: Pace):
    """Open a file as a :class:`Tap`, without hindering whoever holds it."""
    with open_shared(path) as raw:
        status = os.fstat(raw.fileno())
        with io.BufferedReader(raw, CHUNK) as file:
            yield Tap(file, status.st_size, pace, status.st_mtime)


def read_file(path: str, wanted: str, database: str, pace: Pace, said: Said, limit_s: float = TOOL_S) -> None:
    """Read a backup that is one file; ``said`` is filled meanwhile.

    :param wanted: a format, or ``auto``
    :param database: the one it should be of, '' for any
    :raises Fault: it is not readable, or not what it should be
    """
    with open_tap(path, pace) as tap:
        head = tap.read(512)
        said.format = wanted if wanted != 'auto' else guess(head, os.path.basename(path))
        if not head.strip(b'\0'):
            raise Fault('hole' if head else 'empty', "it begins with zeros" if head else "it is empty")
        if said.format in nearly(head) and not any(head.startswith(start) for start, _kind in HEADS):
            raise Fault('crc', "what it begins with was changed")
        if said.format in ('zip', 'odoo_zip', 'ptb'):
            _backup_zip.read(tap, wanted, said)
        elif said.format == 'pg_custom':
            packed = _backup_pg.read_custom(tap, said, database)
            if packed not in ('', 'gzip'):
                restore_to_nowhere(path, packed, pace, limit_s)
        elif said.format == 'pg_plain':
            _backup_pg.read_plain(tap, said)
        elif said.format == 'gzip':
            _backup_pg.read_gzip_dump(tap, said)
        elif said.format == '7z':
            try:
                _backup_7z.read(tap, said)
            except _backup_7z.NeedsTool:
                test_by_tool(path, pace, limit_s)
        elif said.format == 'bak':
            _backup_bak.read(tap, said)
        else:
            raise Fault('wrong_format', f"it is a file, not a folder of the format {said.format}")
    check_of(said, wanted, database)


def guess(head: bytes, name: str) -> str:
    """Return the format of a file by its first bytes; by its name when they are lost.

    >>> guess(b'PGDMP', 'x'), guess(b'PK\\x03\\x04', 'Company-112826.PTB'), guess(bytes(9), 'x.7z')
    ('pg_custom', 'ptb', '7z')
    """
    ending = os.path.splitext(name.lower())[1]
    found = next((kind for start, kind in HEADS if head.startswith(start)), '') or next(iter(nearly(head)), '')
    if not found and DUMP.search(head):
        found = 'pg_plain'
    if found == 'zip' and ending == '.ptb':
        return 'ptb'
    if found:
        return found
    if not head.strip(b'\0') and ending in BY_NAME:
        return BY_NAME[ending]
    if ending in BY_NAME and ending not in OF_MANY:
        raise Fault('wrong_format', f"its name ends in {ending}, but it does not begin like such a file")
    raise Fault('unknown_format', "what it begins with is of no format that is known here")


def nearly(head: bytes) -> tuple:
    """Return the formats that a file would have, were one of its first bytes another.

    >>> nearly(b'PGDLP...'), nearly(b'PGDMP...'), nearly(b'PK\\x03\\x05...')
    (('pg_custom',), (), ('zip', 'odoo_zip', 'ptb'))
    """
    marks = (*HEADS, *((start, 'pg_plain') for start in DUMP_HEADS))
    found = next((kind for start, kind in marks if len(start) >= LEAST_HEAD and is_nearly(head, start)), '')
    if not found and is_nearly(head, GZIP_HEAD) and _backup_pg.unpacks(GZIP_HEAD + head[len(GZIP_HEAD):]):
        found = 'gzip'
    return ('zip', 'odoo_zip', 'ptb') if found == 'zip' else (found,) if found else ()


def read_folder(path: str, files: list, wanted: str, database: str, pace: Pace, said: Said, limit_s: float = TOOL_S) -> None:
    """Read a backup that is a folder; see :func:`read_file`.

    :param files: ``(path below it, size)``
    """
    def opener(name):
        return open_tap(name, pace)

    names = [name.lower() for name, _size in files]
    said.format = wanted
    if wanted == 'auto':
        is_dump = 'toc.dat' in names
        if not is_dump and not any(one.endswith(_backup_image.DISKS) for one in names):
            raise Fault('unknown_format', "the folder holds neither a dump of PostgreSQL nor an image of Windows")
        said.format = 'pg_directory' if is_dump else 'windows_image'
    if said.format == 'pg_directory':
        packed = _backup_pg.read_directory(path, opener, pace, said, database)
        if packed not in ('', 'gzip'):
            restore_to_nowhere(path, packed, pace, limit_s)
    elif said.format == 'windows_image':
        _backup_image.read(path, files, opener, said)
    else:
        raise Fault('wrong_format', f"it is a folder, not a file of the format {said.format}")
    check_of(said, wanted, database)


def check_of(said: Said, wanted: str, database: str) -> None:
    """:raises Fault: it is of another database than the one meant, or does not say so although such a backup can"""
    check_database(said, database)
    if wanted not in NAMELESS:
        check_named(said, database)


# === BY OTHER PROGRAMS === #

def restore_to_nowhere(path: str, packed: str, pace: Pace, limit_s: float) -> None:
    """Let ``pg_restore`` read all of a dump that Python cannot unpack. :raises Fault: it cannot, or is not there"""
    done = run_tool(RESTORERS, f"the data is packed by {packed}, and no pg_restore is installed here", pace, limit_s,
                    lambda exe: (exe, '-f', os.devnull, path))
    if done.code:
        raise Fault('crc' if 'decompress' in done.words else 'cut', f"pg_restore says: {done.words}")


def test_by_tool(path: str, pace: Pace, limit_s: float) -> None:
    """Let 7-Zip unpack an archive into nothing. :raises Fault: it cannot, or is not there"""
    done = run_tool(PACKERS, "it is packed in a way that only 7-Zip unpacks, which is not installed here", pace, limit_s,
                    lambda exe: (exe, 't', '-bd', '-pnone', path))
    if done.code:
        raise Fault('crc', f"7-Zip says: {done.words}")


def run_tool(places, missing: str, pace: Pace, limit_s: float, command):
    from .. import programs
    from ..errors import SourceUnavailable
    exe = programs.find(one for place in places for one in sorted(glob.glob(place), reverse=True))
    if exe is None:
        raise Fault('no_tool', missing)
    pace.is_outside = True
    try:
        return programs.run(command(exe), limit_s)
    except SourceUnavailable as error:
        raise Fault('too_slow', str(error)) from error
    finally:
        pace.is_outside = False
