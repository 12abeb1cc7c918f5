"""What the server's answers do to the spool. Part of :class:`itc_agent.spool.Spool`, apart for the length of the file."""
from __future__ import annotations

import json
import os
from datetime import datetime

from . import wire
from .spool_file import Transaction


class Answers:
    """Acknowledgements, rejections, repeats, forks, and the numbers that ``doctor`` shows."""

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
