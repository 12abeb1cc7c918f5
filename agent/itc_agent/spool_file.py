"""Opening the spool's SQLite file so that a power cut loses nothing that was said to be kept.

WAL with ``synchronous=FULL`` (checked, not hoped for), one process at a time (``locking_mode=EXCLUSIVE``, which also spares the shared-memory
file), and a ballast that is given up when the disk is full, so that there is room to keep and report exactly then.
"""
from __future__ import annotations

import os
import sqlite3
import time
import uuid
from pathlib import Path

from .errors import SpoolError, SpoolLocked

BALLAST_BYTES = 512 * 1024
KEPT_DAMAGED = 3
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,                 -- cycle | event
    ts TEXT NOT NULL,
    shape TEXT,                         -- of a cycle
    body TEXT NOT NULL,                 -- JSON object without its seq
    bytes INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,  -- 0 waiting, 1 acknowledged, 2 rejected for good
    done_at REAL,                       -- when it was acknowledged or rejected, seconds since 1970
    code TEXT                           -- why it was rejected
);
CREATE INDEX records_waiting ON records (seq) WHERE status = 0;
CREATE INDEX records_done ON records (done_at) WHERE status <> 0;
CREATE TABLE shapes (id TEXT PRIMARY KEY, body TEXT NOT NULL, known INTEGER NOT NULL DEFAULT 0);
CREATE TABLE ballast (data BLOB);
"""


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether ``error`` means that the disk takes nothing more."""
    return 'full' in str(error) or 'disk I/O' in str(error)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether ``error`` means that the file is no longer a sound database."""
    return not isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)) or 'malformed' in str(error)


def open_file(path: Path) -> tuple[sqlite3.Connection, str]:
    """Return a connection to a sound spool file, and the name a damaged one was put aside under (empty when there was none).

    :raises SpoolLocked: another process works with it
    :raises SpoolError: not even a new file can be made
    """
    damaged = ''
    try:
        try:
            return _connect(path), damaged
        except sqlite3.Error as error:
            if not is_damage(error) and not _is_corrupt_open(error):
                raise
            damaged = set_aside(path)
            return _connect(path), damaged
    except sqlite3.Error as error:
        if 'locked' in str(error):
            raise SpoolLocked(f"{path} is in use: another agent runs here") from error
        raise SpoolError(f"{path}: {error}") from error


def _is_corrupt_open(error: sqlite3.Error) -> bool:
    # A torn header or WAL may also show as an I/O error or a missing table; a locked or full file never does.
    return any(word in str(error) for word in ('disk I/O', 'no such table', 'no such column', 'file is encrypted', 'unsupported'))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
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
    connection.execute("SELECT seq, type, ts, shape, body, bytes, status, done_at, code FROM records LIMIT 1")
    if not connection.execute("SELECT 1 FROM meta WHERE key = 'epoch'").fetchone():
        raise sqlite3.DatabaseError("malformed: no epoch")
    _load_ballast(connection)


def _create(connection: sqlite3.Connection) -> None:
    if connection.execute('SELECT count(*) FROM sqlite_master').fetchone()[0]:
        raise sqlite3.DatabaseError("malformed: tables without a version")
    connection.execute('BEGIN IMMEDIATE')
    for statement in SCHEMA.split(';\n'):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('epoch', ?), ('report_no', '0')", (uuid.uuid4().hex,))
    connection.execute('PRAGMA user_version = 1')
    connection.execute('COMMIT')


def _load_ballast(connection: sqlite3.Connection) -> None:
    """Put the ballast on board when there is room; a full disk at start is no reason not to start."""
    if connection.execute('SELECT 1 FROM ballast LIMIT 1').fetchone():
        return
    try:
        connection.execute('INSERT INTO ballast VALUES (zeroblob(?))', (BALLAST_BYTES,))
    except sqlite3.OperationalError as error:
        if not is_full(error):
            raise


def set_aside(path: Path) -> str:
    """Rename a damaged spool with its WAL; return the new name. The oldest ones beyond three are removed."""
    name = f'{path.stem}-damaged-{time.strftime("%Y%m%d-%H%M%S", time.gmtime())}-{uuid.uuid4().hex[:4]}'
    for suffix in ('', '-wal', '-shm'):
        source = path.with_name(path.name + suffix)
        if source.exists():
            os.replace(source, path.with_name(f'{name}{path.suffix}{suffix}'))
    old = sorted(path.parent.glob(f'{path.stem}-damaged-*{path.suffix}'))[:-KEPT_DAMAGED]
    for one in old:
        for suffix in ('', '-wal', '-shm'):
            one.with_name(one.name + suffix).unlink(missing_ok=True)
    return name + path.suffix
