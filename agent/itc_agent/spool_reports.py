"""What of the spool goes into the next report. Part of :class:`itc_agent.spool.Spool`, apart for the length of the file."""
from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from . import spool_file, wire
from .spool_file import Transaction

# Leaves room for the fields around shapes and records in a body of 262,144 bytes.
REPORT_BYTES = 250_000


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


class Reports:
    """Numbers for reports and the records that go into them."""

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
