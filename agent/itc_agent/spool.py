"""What was measured and not yet acknowledged, on disk: nothing in it is lost by a kill, a power cut or an absent server.

A record is a cycle or an event. ``(epoch, seq)`` names it for ever: the epoch is made with the file, ``seq`` only grows. Acknowledged records
stay for a week, because a server may be restored from yesterday's backup and ask again. Over its quota the spool drops acknowledged records, then
the oldest cycles, then rejected ones, events last; what was dropped unacknowledged is counted exactly and told in a ``gap`` event.
"""
from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from . import spool_file, wire
from .errors import SpoolFull
from .spool_answers import Answers, Transaction

ROW_OVERHEAD = 80
# Leaves room for the fields around shapes and records in a body of 262,144 bytes.
REPORT_BYTES = 250_000
_DROP_ORDER = (
    ("status = 1", False),
    ("status = 0 AND type = 'cycle'", True),
    ("status = 2", False),
    ("status = 0", True),
)


@dataclass(frozen=True)
class Entry:
    """A record on its way into the spool; ``shape`` and ``shape_body`` only of a cycle."""

    type: str
    ts: str
    body: str
    shape: str | None = None
    shape_body: str | None = None


@dataclass(frozen=True)
class Batch:
    """What the next report carries.

    :param first_seq: of the records; the next free number when there is none
    :param oldest_seq: from here on up to ``first_seq`` everything could be sent again
    :param records: ``(seq, JSON text)``, ascending without holes
    :param latest: the newest waiting cycle when it is not among the records, same form
    :param shapes: ``(id, JSON text)`` that these use and the server has not acknowledged
    :param more: waiting records beyond these
    """

    first_seq: int
    oldest_seq: int
    records: tuple
    latest: tuple | None
    shapes: tuple
    more: int


class Spool(Answers):
    """The file, one process at a time; its methods may be called from several threads.

    :param quota_bytes: room for records
    :param keep_s: how long acknowledged records stay
    :raises SpoolLocked: another agent works with it
    """

    def __init__(self, path, quota_bytes: float = 200 * 2 ** 20, keep_s: float = 7 * 86400):
        self.path, self.quota_bytes, self.keep_s = Path(path), quota_bytes, keep_s
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._unwritten: list[str] = []
        self._open()

    def _open(self) -> None:
        self._db, self.damaged = spool_file.open_file(self.path)
        self._used = self._one("SELECT coalesce(sum(bytes), 0) FROM records")
        self.epoch = self.get('epoch')
        self._shapes: set[str] = {row[0] for row in self._db.execute("SELECT id FROM shapes")}

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def reopen(self) -> None:
        """Open again after damage was met at work; the damaged file is put aside."""
        with self._lock:
            self._db.close()
            name = spool_file.set_aside(self.path)
            self._open()
            self.damaged = name

    def _one(self, sql: str, *values):
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    def get(self, key: str, default: str = '') -> str:
        """Return a remembered text."""
        with self._lock:
            value = self._one("SELECT value FROM meta WHERE key = ?", key)
        return default if value is None else value

    def set(self, **values) -> None:
        """Remember texts, all or none of them."""
        with self._lock, Transaction(self._db):
            self._set(values)

    def _set(self, values: dict) -> None:
        self._db.executemany("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                             [(key, str(value)) for key, value in values.items()])

    # === KEEPING === #

    def add(self, entries, now: float, **remember) -> list[int]:
        """Keep records and remember texts in one transaction; return the numbers of the records.

        :param now: seconds since 1970; acknowledged records older than ``keep_s`` before it go
        :raises SpoolFull: the disk takes nothing; the loss is counted and told when it does again
        """
        with self._lock:
            for emergency in (False, True):
                try:
                    return self._add(entries, now, remember, emergency)
                except sqlite3.OperationalError as error:
                    if not spool_file.is_full(error):
                        raise
                    self._used = self._one("SELECT coalesce(sum(bytes), 0) FROM records")
            self._unwritten += [entry.ts for entry in entries]
            raise SpoolFull(f"{self.path}: the disk is full, {len(self._unwritten)} records could not be kept")

    def _add(self, entries, now, remember, emergency) -> list[int]:
        if emergency:
            self._make_room()
        with Transaction(self._db):
            self._tell_unwritten()
            numbers = [self._insert(entry) for entry in entries]
            self._set(remember)
            self._prune(now)
            if self._used > self.quota_bytes:
                self._drop(self._used - self.quota_bytes * 0.98, 'quota')
        self._unwritten.clear()
        return numbers

    def _insert(self, entry: Entry) -> int:
        if entry.shape and entry.shape not in self._shapes:
            self._db.execute("INSERT OR IGNORE INTO shapes (id, body) VALUES (?, ?)", (entry.shape, entry.shape_body))
            self._shapes.add(entry.shape)
        return self._insert_row(entry.type, entry.ts, entry.shape, entry.body)

    def _insert_row(self, kind: str, ts: str, shape: str | None, body: str) -> int:
        size = len(body.encode('utf-8')) + ROW_OVERHEAD
        self._used += size
        return self._db.execute("INSERT INTO records (type, ts, shape, body, bytes) VALUES (?, ?, ?, ?, ?)",
                                (kind, ts, shape, body, size)).lastrowid

    def _make_room(self) -> None:
        """On a full disk: give up the ballast, else a tenth of what is kept. Deleting reuses room that the WAL has already."""
        with Transaction(self._db):
            if self._one("SELECT 1 FROM ballast"):
                self._db.execute("DELETE FROM ballast")
            else:
                self._drop(max(self._used * 0.1, 64 * 1024), 'disk_full')

    def _tell_unwritten(self) -> None:
        """Give the records that found no room the numbers they would have had, as a gap."""
        if not self._unwritten:
            return
        last = self._one("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'records'") or 0
        count = len(self._unwritten)
        if last:
            self._db.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'records'", (count,))
        else:
            self._db.execute("INSERT INTO sqlite_sequence VALUES ('records', ?)", (count,))
        self._widen_gap(last + 1, last + count, count, self._unwritten[0], self._unwritten[-1], 'disk_full')

    def _prune(self, now: float) -> None:
        old = self._db.execute("SELECT seq, bytes FROM records WHERE status <> 0 AND done_at < ? ORDER BY done_at LIMIT 500",
                               (now - self.keep_s,)).fetchall()
        if old:
            self._db.executemany("DELETE FROM records WHERE seq = ?", [(seq,) for seq, _size in old])
            self._used -= sum(size for _seq, size in old)
            self._db.execute("DELETE FROM shapes WHERE known = 1 AND NOT EXISTS (SELECT 1 FROM records WHERE shape = shapes.id)")
            self._shapes = {row[0] for row in self._db.execute("SELECT id FROM shapes")}

    def _drop(self, excess: float, reason: str) -> None:
        """Delete at least ``excess`` bytes of records, the least precious first."""
        for condition, is_loss in _DROP_ORDER:
            if excess <= 0:
                return
            doomed, freed = [], 0
            for row in self._db.execute(f"SELECT seq, bytes, ts FROM records WHERE {condition} ORDER BY seq"):
                doomed.append(row)
                freed += row[1]
                if freed >= excess:
                    break
            if not doomed:
                continue
            self._db.execute(f"DELETE FROM records WHERE {condition} AND seq <= ?", (doomed[-1][0],))
            self._used -= freed
            excess -= freed
            if is_loss:
                self._widen_gap(doomed[0][0], doomed[-1][0], len(doomed), doomed[0][2], doomed[-1][2], reason)
            else:
                self._raise_floor(doomed[-1][0] + 1)

    def _widen_gap(self, from_seq, to_seq, count, from_ts, to_ts, reason) -> None:
        """Add a loss to the gap that is told at the next contact: one event, however long the absence."""
        gap = json.loads(self.get('gap') or 'null')
        if gap:
            gap = {'from_seq': min(gap['from_seq'], from_seq), 'to_seq': max(gap['to_seq'], to_seq), 'count': gap['count'] + count,
                   'from_ts': min(gap['from_ts'], from_ts), 'to_ts': max(gap['to_ts'], to_ts), 'reason': reason}
        else:
            gap = {'from_seq': from_seq, 'to_seq': to_seq, 'count': count, 'from_ts': from_ts, 'to_ts': to_ts, 'reason': reason}
        self._set({'gap': wire.canonical(gap)})
        self._raise_floor(to_seq + 1)

    def _raise_floor(self, seq: int) -> None:
        # Below the floor numbers are missing: nothing from there can be asked for again as an unbroken run.
        self._set({'floor': max(seq, int(self.get('floor') or 0))})

    # === SENDING === #

    def next_report_no(self) -> int:
        """Return the number of the next attempt; it is on disk before it is used."""
        with self._lock, Transaction(self._db):
            number = int(self.get('report_no')) + 1
            self._set({'report_no': number})
        return number

    def batch(self, limit: int = 500, *, with_latest: bool = True) -> Batch:
        """Return the oldest waiting records, at most ``limit`` and as many as fit, and the newest cycle: present before past."""
        with self._lock:
            shapes, room = {}, REPORT_BYTES
            records = self._run(limit, room // 2 if with_latest else room, shapes)
            latest, room = None, room - sum(len(text.encode('utf-8')) + 1 for _seq, text in records)
            if with_latest:
                row = self._db.execute("SELECT seq, body, shape FROM records WHERE status = 0 AND type = 'cycle' ORDER BY seq DESC LIMIT 1").fetchone()
                if row and (not records or row[0] > records[-1][0]):
                    latest = (row[0], wire.with_seq(row[0], row[1]))
                    self._need_shape(row[2], shapes)
            waiting = self._one("SELECT count(*) FROM records WHERE status = 0")
            first = records[0][0] if records else self._next_seq()
            return Batch(first, self._oldest(first), tuple(records), latest, tuple(shapes.items()), waiting - len(records))

    def _run(self, limit: int, room: int, shapes: dict) -> list[tuple[int, str]]:
        """Return the first unbroken run of waiting records, collecting the shapes they need."""
        records = []
        for seq, body, shape in self._db.execute("SELECT seq, body, shape FROM records WHERE status = 0 ORDER BY seq LIMIT ?", (limit,)):
            if records and seq != records[-1][0] + 1:
                break
            text = wire.with_seq(seq, body)
            room -= len(text.encode('utf-8')) + 1 + self._need_shape(shape, shapes)
            if records and room < 0:
                break
            records.append((seq, text))
        return records

    def _need_shape(self, shape: str | None, shapes: dict) -> int:
        """Add a shape the server may not know to ``shapes``; return the bytes that costs."""
        if shape is None or shape in shapes:
            return 0
        body = self._one("SELECT body FROM shapes WHERE id = ? AND known = 0", shape)
        if body is None:
            return 0
        shapes[shape] = body
        return len(body.encode('utf-8')) + 1

    def _next_seq(self) -> int:
        return (self._one("SELECT seq FROM sqlite_sequence WHERE name = 'records'") or 0) + 1

    def _oldest(self, first: int) -> int:
        floor = int(self.get('floor') or 0)
        lowest = self._one("SELECT min(seq) FROM records") or first
        return first if first <= floor else max(lowest, floor)
