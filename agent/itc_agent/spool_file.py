"""Opening the spool's SQLite file so that a power cut loses nothing that was said to be kept.

WAL with ``synchronous=FULL`` (checked, not hoped for) and one process at a time (``locking_mode=EXCLUSIVE``, which also spares the
shared-memory file). Beside it lies a ballast file: it is given up when the disk is full, so that there is room to keep and report exactly then.
SQLite does not notice a flipped bit inside a record, hence the checksum of each.
"""
from __future__ import annotations

import os
import shutil
import sqlite3
import time
import zlib
from pathlib import Path

from .errors import SpoolError, SpoolLocked

BALLAST_BYTES = 1024 * 1024
KEPT_DAMAGED = 3
# sqlite3 decodes its own error messages as UTF-8, and with a damaged file they need not be.
ERRORS = (sqlite3.Error, UnicodeDecodeError)
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,                 -- cycle | event
    ts TEXT NOT NULL,
    shape TEXT,                         -- of a cycle
    body BLOB NOT NULL,                 -- JSON object without its seq, UTF-8
    crc INTEGER NOT NULL,               -- of all the above
    bytes INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,  -- 0 waiting, 1 acknowledged, 2 rejected for good
    done_at REAL,                       -- when it was acknowledged or rejected, seconds since 1970
    code TEXT                           -- why it was rejected
);
CREATE INDEX records_waiting ON records (seq) WHERE status = 0;
CREATE INDEX records_done ON records (done_at) WHERE status <> 0;
CREATE TABLE shapes (id TEXT PRIMARY KEY, body TEXT NOT NULL, known INTEGER NOT NULL DEFAULT 0);
"""


class Transaction:
    """``BEGIN IMMEDIATE`` … ``COMMIT``; any exception rolls back."""

    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        self._connection.execute('BEGIN IMMEDIATE')

    def __exit__(self, kind, error, trace):
        if kind is None:
            try:
                self._connection.execute('COMMIT')
                return
            except BaseException:
                self._roll_back()
                raise
        self._roll_back()

    def _roll_back(self):
        if self._connection.in_transaction:
            self._connection.execute('ROLLBACK')


def is_full(error: Exception) -> bool:
    """Tell whether ``error`` means that the disk takes nothing more."""
    return 'full' in str(error) or 'disk I/O' in str(error)


def is_damage(error: Exception) -> bool:
    """Tell whether ``error`` means that the file is no longer a sound database."""
    return not isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)) or any(
        word in str(error) for word in ('malformed', 'decode', 'no such table', 'no such column'))


def open_file(path: Path) -> tuple[sqlite3.Connection, str]:
    """Return a connection to a sound spool file, and the name a damaged one was put aside under (empty when there was none).

    :raises SpoolLocked: another process works with it
    :raises SpoolError: not even a new file can be made
    """
    damaged = ''
    try:
        try:
            return _connect(path), damaged
        except ERRORS as error:
            if not is_damage(error) and not _is_corrupt_open(error):
                raise
            damaged = set_aside(path)
            return _connect(path), damaged
    except ERRORS as error:
        if 'locked' in str(error):
            raise SpoolLocked(f"{path} is in use: another agent runs here") from error
        raise SpoolError(f"{path}: {error}") from error


def _is_corrupt_open(error: Exception) -> bool:
    # A torn header or WAL may also show as an I/O error or an unknown format; a locked or full file never does.
    return any(word in str(error) for word in ('disk I/O', 'file is encrypted', 'unsupported', 'another version'))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    os.chmod(path, 0o600)
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute('PRAGMA locking_mode = EXCLUSIVE')
    mode = connection.execute('PRAGMA journal_mode = WAL').fetchone()[0]
    connection.execute('PRAGMA synchronous = FULL')
    connection.execute('PRAGMA cache_size = -256')
    connection.execute('PRAGMA wal_autocheckpoint = 128')
    if mode != 'wal' or connection.execute('PRAGMA synchronous').fetchone()[0] != 2:
        raise sqlite3.OperationalError(f"the file system allows no safe writing (journal mode {mode})")
    version = connection.execute('PRAGMA user_version').fetchone()[0]
    if version == 0:
        _create(connection)
    elif version != 1:
        raise sqlite3.OperationalError(f"written by another version of the agent (format {version})")
    verdict = connection.execute('PRAGMA quick_check(1)').fetchone()[0]
    if verdict != 'ok':
        raise sqlite3.DatabaseError(f"malformed: {verdict}")
    connection.execute("SELECT seq, type, ts, shape, body, crc, bytes, status, done_at, code FROM records LIMIT 1")
    if not read_meta(connection, 'epoch') or not (read_meta(connection, 'report_no') or '').isdigit():
        raise sqlite3.DatabaseError("malformed: no epoch or report number")


def _create(connection: sqlite3.Connection) -> None:
    if connection.execute('SELECT count(*) FROM sqlite_master').fetchone()[0]:
        raise sqlite3.DatabaseError("malformed: tables without a version")
    connection.execute('BEGIN IMMEDIATE')
    for statement in SCHEMA.split(';\n'):
        if statement.strip():
            connection.execute(statement)
    for key, value in (('epoch', os.urandom(16).hex()), ('report_no', '0')):
        write_meta(connection, key, value)
    connection.execute('PRAGMA user_version = 1')
    connection.execute('COMMIT')


def read_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Return a remembered text, None when there is none. :raises sqlite3.DatabaseError: it is not what was written"""
    row = connection.execute("SELECT value, crc FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if zlib.crc32(f'{key}={row[0]}'.encode()) != row[1]:
        raise sqlite3.DatabaseError(f"malformed: {key}")
    return row[0]


def write_meta(connection: sqlite3.Connection, key: str, value) -> None:
    """Remember a text under ``key``, with its checksum."""
    connection.execute("INSERT INTO meta VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, crc = excluded.crc",
                       (key, str(value), zlib.crc32(f'{key}={value}'.encode())))


def checksum(seq: int, kind: str, ts: str, shape: str | None, body: bytes) -> int:
    """Return the CRC-32 of a record and of the number it stands under; -1, which none can be, when the body is no bytes any more."""
    if not isinstance(body, bytes):
        return -1
    return zlib.crc32(body, zlib.crc32(f'{seq}|{kind}|{ts}|{shape}|'.encode()))


def take_ballast(path: Path) -> bool:
    """Lay the ballast file beside the spool when the disk has room to spare; return whether it is there."""
    ballast = path.with_suffix('.ballast')
    try:
        if ballast.exists() and ballast.stat().st_size == BALLAST_BYTES:
            return True
        if shutil.disk_usage(path.parent).free < 2 * BALLAST_BYTES:
            return False
        ballast.write_bytes(os.urandom(BALLAST_BYTES))
    except OSError:
        return False
    return True


def drop_ballast(path: Path) -> None:
    """Give the ballast's room back to the disk."""
    path.with_suffix('.ballast').unlink(missing_ok=True)


def set_aside(path: Path) -> str:
    """Rename a damaged spool with its WAL; return the new name. The oldest ones beyond three are removed."""
    name = f'{path.stem}-damaged-{time.strftime("%Y%m%d-%H%M%S", time.gmtime())}-{os.urandom(2).hex()}'
    for suffix in ('', '-wal', '-shm'):
        source = path.with_name(path.name + suffix)
        if source.exists():
            os.replace(source, path.with_name(f'{name}{path.suffix}{suffix}'))
    old = sorted(path.parent.glob(f'{path.stem}-damaged-*{path.suffix}'))[:-KEPT_DAMAGED]
    for one in old:
        for suffix in ('', '-wal', '-shm'):
            one.with_name(one.name + suffix).unlink(missing_ok=True)
    return name + path.suffix
