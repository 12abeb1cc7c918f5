"""What was measured and not yet acknowledged, on disk: nothing in it is lost by a kill, a power cut or an absent server.

A record is a cycle or an event. ``(epoch, seq)`` names it for ever: the epoch is made with the file, ``seq`` only grows. Acknowledged records
stay for a week, because a server may be restored from yesterday's backup and ask again. Over its quota the spool drops acknowledged records, then
the oldest cycles, then rejected ones, events last; what was dropped unacknowledged is counted exactly and told in a ``gap`` event.
"""
from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from . import spool_file, wire
from .errors import SpoolFull
from .judge import counted
from .spool_file import Transaction

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
    """

    first_seq: int
    oldest_seq: int
    records: tuple
    latest: tuple | None
    shapes: tuple


class Spool:
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
        self._ceiling = self.quota_bytes
        self._ballast = spool_file.take_ballast(self.path)
        self._open()

    def _open(self) -> None:
        self._db, self.damaged = spool_file.open_file(self.path)
        self._count_used()
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
            value = spool_file.read_meta(self._db, key)
        return default if value is None else value

    def set(self, **values) -> None:
        """Remember texts, all or none of them."""
        with self._lock, Transaction(self._db):
            self._set(values)

    def _set(self, values: dict) -> None:
        for key, value in values.items():
            spool_file.write_meta(self._db, key, value)

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
                    self._count_used()
            self._unwritten += [entry.ts for entry in entries]
            raise SpoolFull(f"{self.path}: the disk is full, {counted(len(self._unwritten), 'record')} could not be kept")

    def _count_used(self) -> None:
        self._used = self._one("SELECT coalesce(sum(bytes), 0) FROM records")

    def _add(self, entries, now, remember, emergency) -> list[int]:
        if emergency:
            self._make_room()
        elif not self._ballast and spool_file.take_ballast(self.path):
            self._ballast, self._ceiling = True, self.quota_bytes
        with Transaction(self._db):
            self._tell_unwritten()
            numbers = [self._insert(entry) for entry in entries]
            self._set(remember)
            self._prune(now)
            if self._used > self._ceiling:
                self._drop(self._used - self._ceiling * 0.98, 'quota' if self._ceiling == self.quota_bytes else 'disk_full')
        self._unwritten.clear()
        return numbers

    def _insert(self, entry: Entry) -> int:
        if entry.shape and entry.shape not in self._shapes:
            self._db.execute("INSERT OR IGNORE INTO shapes (id, body) VALUES (?, ?)", (entry.shape, entry.shape_body))
            self._shapes.add(entry.shape)
        return self._insert_row(entry.type, entry.ts, entry.shape, entry.body)

    def _insert_row(self, kind: str, ts: str, shape: str | None, body: str) -> int:
        seq, data = self._next_seq(), body.encode('utf-8')
        size = len(data) + ROW_OVERHEAD
        self._used += size
        self._db.execute("INSERT INTO records (seq, type, ts, shape, body, crc, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
                         (seq, kind, ts, shape, data, spool_file.checksum(seq, kind, ts, shape, data), size))
        return seq

    def _make_room(self) -> None:
        """On a full disk: give up the ballast, keep a tenth less, and grow no more until there is room for the ballast again."""
        spool_file.drop_ballast(self.path)
        self._ballast = False
        self._db.execute('PRAGMA wal_checkpoint(PASSIVE)')
        self._ceiling = max(self._used * 0.9, 1.0)
        with Transaction(self._db):
            self._drop(self._used - self._ceiling, 'disk_full')

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
        from_ts, to_ts = _sound_stamp(from_ts), _sound_stamp(to_ts)
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

    def _next_seq(self) -> int:
        return (self._one("SELECT seq FROM sqlite_sequence WHERE name = 'records'") or 0) + 1

    # === WHAT GOES INTO THE NEXT REPORT === #

    def next_report_no(self) -> int:
        """Return the number of the next attempt; it is on disk before it is used."""
        with self._lock, Transaction(self._db):
            number = int(self.get('report_no')) + 1
            self._set({'report_no': number})
        return number

    def batch(self, limit: int = 500, *, with_latest: bool = True) -> Batch:
        """Return the oldest waiting records, at most ``limit`` and as many as fit, and the newest cycle: present before past."""
        with self._lock:
            self._weed_out(limit)
            shapes, room = {}, REPORT_BYTES
            records = self._run(limit, room // 2 if with_latest else room, shapes)
            latest = None
            if with_latest:
                row = self._db.execute("SELECT seq, body, shape FROM records WHERE status = 0 AND type = 'cycle' ORDER BY seq DESC LIMIT 1").fetchone()
                if row and (not records or row[0] > records[-1][0]):
                    latest = (row[0], wire.with_seq(row[0], row[1].decode('utf-8')))
                    self._need_shape(row[2], shapes)
            first = records[0][0] if records else self._next_seq()
            return Batch(first, self._oldest(first), tuple(records), latest, tuple(shapes.items()))

    def _weed_out(self, limit: int) -> None:
        """Set aside records that are no longer what was written: a flipped bit must not travel as a measurement."""
        newest = "SELECT max(seq) FROM records WHERE status = 0 AND type = 'cycle'"
        rows = self._db.execute(f"SELECT seq, type, ts, shape, body, crc FROM records WHERE status = 0 AND (seq = ({newest}) OR seq IN "
                                "(SELECT seq FROM records WHERE status = 0 ORDER BY seq LIMIT ?))", (limit,))
        bad = [(seq, ts) for seq, kind, ts, shape, body, crc in rows if spool_file.checksum(seq, kind, ts, shape, body) != crc]
        for seq, ts in bad:
            with Transaction(self._db):
                self._db.execute("UPDATE records SET status = 2, code = 'damaged', done_at = ? WHERE seq = ?", (time.time(), seq))
                self._widen_gap(seq, seq, 1, ts, ts, 'damaged')

    def _run(self, limit: int, room: int, shapes: dict) -> list[tuple[int, str]]:
        """Return the first unbroken run of waiting records, collecting the shapes they need."""
        records = []
        for seq, body, shape in self._db.execute("SELECT seq, body, shape FROM records WHERE status = 0 ORDER BY seq LIMIT ?", (limit,)):
            if records and seq != records[-1][0] + 1:
                break
            text = wire.with_seq(seq, body.decode('utf-8'))
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
        if f'"id":"{shape}"' not in body or not wire.is_shape(body):
            raise sqlite3.DatabaseError(f"malformed: shape {shape}")
        shapes[shape] = body
        return len(body.encode('utf-8')) + 1

    def _oldest(self, first: int) -> int:
        floor = int(self.get('floor') or 0)
        lowest = self._one("SELECT min(seq) FROM records") or first
        return first if first <= floor else max(lowest, floor)

    # === WHAT THE SERVER'S ANSWERS DO TO IT === #

    def acknowledge(self, batch, upto: int, rejected, need_shapes, now: float, ts: str, mono: float, forked=()) -> None:
        """Note what the server has, in one transaction; a gap that nobody was told about becomes an event.

        :param batch: what was sent; nothing that was not in it can be acknowledged
        :param upto: everything up to this number of the batch is committed or rejected for good
        :param rejected: ``(seq, code)`` pairs
        :param need_shapes: ids to send again
        :param forked: numbers under which the server holds something else: neither stored nor poison, they go on waiting
        """
        sent = {seq for seq, _text in batch.records} | ({batch.latest[0]} if batch.latest else set())
        upto = min(upto, batch.records[-1][0] if batch.records else 0)
        with self._lock, Transaction(self._db):
            self._db.executemany("UPDATE records SET status = 2, code = ?, done_at = ? WHERE seq = ?",
                                 [(code, now, seq) for seq, code in rejected if seq in sent])
            self._db.executemany("UPDATE records SET status = 1, done_at = ? WHERE status = 0 AND seq = ?",
                                 [(now, seq) for seq, _text in batch.records if seq <= upto and seq not in forked])
            self._db.executemany("UPDATE shapes SET known = 1 WHERE id = ?", [(ident,) for ident, _text in batch.shapes])
            self._db.executemany("UPDATE shapes SET known = 0 WHERE id = ?", [(ident,) for ident in need_shapes])
            self._tell_gap(ts, mono)

    def _tell_gap(self, ts: str, mono: float) -> None:
        gap = self.get('gap')
        if gap:
            self._insert_event('gap', json.loads(gap), ts, mono)
            self._db.execute("DELETE FROM meta WHERE key = 'gap'")

    def _insert_event(self, kind: str, data: dict, ts: str, mono: float) -> None:
        body = wire.build_event(kind, data, ts, mono)
        self._insert_row('event', ts, None, body)

    def resend_from(self, seq: int) -> int:
        """Make everything from ``seq`` on wait again (the server lost it); return how many that are."""
        with self._lock, Transaction(self._db):
            count = self._db.execute("UPDATE records SET status = 0, done_at = NULL, code = NULL "
                                     "WHERE seq >= ? AND status <> 0 AND coalesce(code, '') <> 'damaged'", (seq,)).rowcount
            if count:
                self._db.execute("UPDATE shapes SET known = 0")
        return count

    def quarantine(self, seq: int, code: str, now: float) -> None:
        """Set aside a record that the server refuses by itself; it is kept and never sent again."""
        with self._lock, Transaction(self._db):
            self._db.execute("UPDATE records SET status = 2, code = ?, done_at = ? WHERE seq = ?", (code, now, seq))
            self._raise_floor(seq + 1)

    def fork(self, ts: str, mono: float) -> str:
        """Begin a new epoch with the records that still wait; return the old one.

        The server has seen this epoch go on without this file: the machine was restored from an image, or its key is used twice.
        """
        old, new = self.epoch, os.urandom(16).hex()
        with self._lock, Transaction(self._db):
            self._db.execute("CREATE TEMP TABLE moving AS SELECT type, ts, shape, body FROM records WHERE status = 0 ORDER BY seq")
            self._db.execute("DELETE FROM records")
            self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'records'")
            self._db.execute("DELETE FROM meta WHERE key = 'floor'")
            self._db.execute("UPDATE shapes SET known = 0")
            self._used = 0
            self._set({'epoch': new, 'report_no': 0})
            self._insert_event('fork', {'old_epoch': old}, ts, mono)
            for kind, stamp, shape, body in self._db.execute("SELECT type, ts, shape, body FROM temp.moving ORDER BY rowid").fetchall():
                self._insert_row(kind, stamp, shape, body.decode('utf-8'))
            self._tell_gap(ts, mono)
            self._db.execute("DROP TABLE temp.moving")
        self.epoch = new
        return old

    def has_waiting(self) -> bool:
        """Tell whether anything is left to send."""
        with self._lock:
            return self._one("SELECT 1 FROM records WHERE status = 0 LIMIT 1") is not None

    def waiting(self) -> tuple[int, float | None]:
        """Return how many records are not acknowledged, and when the oldest was made, in seconds since 1970. Reads an index, not the records."""
        with self._lock:
            count, first = self._db.execute("SELECT count(*), min(seq) FROM records WHERE status = 0").fetchone()
            stamp = self._one("SELECT ts FROM records WHERE seq = ?", first) if count else None
        try:
            return count, datetime.fromisoformat(stamp).timestamp() if stamp else None
        except (TypeError, ValueError):  # a damaged record is found out when it is sent
            return count, None

    def stats(self) -> dict:
        """Return counts for people: records by status, bytes used, last report number."""
        with self._lock:
            count = dict(self._db.execute("SELECT status, count(*) FROM records GROUP BY status").fetchall())
            return {'epoch': self.epoch, 'waiting': count.get(0, 0), 'acknowledged': count.get(1, 0), 'rejected': count.get(2, 0),
                    'bytes': self._used, 'report_no': int(self.get('report_no'))}


def _sound_stamp(ts) -> str:
    """Return a record's time, or the present when the record is damaged and the time with it."""
    if isinstance(ts, str) and re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00', ts):
        return ts
    return wire.timestamp(datetime.now(timezone.utc))
