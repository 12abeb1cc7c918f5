"""The thread that reports: it posts what the spool holds, obeys the answers and waits when there is trouble. It never holds up the measuring."""
from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timezone

from . import clock, wire
from .client import Backoff, Waker
from .errors import NotOurs, Refused, ServerError
from .own import contact_of
from .spool_file import ERRORS

_logger = logging.getLogger(__name__)
MAX_RECORDS = 500
PENDING_CAP_S = 60.0
WAKE_GAP_S = 2.0
# Refusals that one record or shape of the report may have caused: smaller reports find out which.
_NARROWING = {'bad_json', 'bad_report', 'bad_shape', 'foreign_check', 'too_large'}


class Sender(threading.Thread):
    """Posts reports and fetches configurations.

    :param on_config: called with a configuration answer
    :param on_damage: called with the error when the spool turns out to be damaged
    :param on_answer: called with every acknowledgement, once it was obeyed
    :param config_rev: of the configuration at hand, empty when there is none
    """

    def __init__(self, spool, client, *, db_id: str, boot_session: str, config_rev: str, on_config, on_damage, backoff: Backoff,
                 on_answer=lambda answer: None):
        super().__init__(name='itc-sender', daemon=True)
        self._spool, self._client, self._db_id, self._boot_session = spool, client, db_id, boot_session
        self._on_config, self._on_damage, self._on_answer, self._backoff = on_config, on_damage, on_answer, backoff
        self._config_rev, self._config_wanted = config_rev, not config_rev
        self._waker, self._stopping = Waker(), False
        self._fresh, self._wake = False, False
        self._earliest, self._wake_earliest, self._config_earliest = 0.0, 0.0, 0.0
        self._max_records = self._limit = MAX_RECORDS
        self._narrow, self._forks, self._told_latest = False, 0, 0
        self._trouble = ''
        self.contact = None  # the last acknowledged report

    # === FOR THE OTHER THREAD === #

    def offer(self, *, wake: bool) -> None:
        """Say that a cycle is over; ``wake`` when a state changed in it."""
        self._fresh, self._wake = True, self._wake or wake
        self._waker.wake()

    def stop(self) -> None:
        self._stopping = True
        self._waker.wake()

    # === THE LOOP === #

    def run(self):
        while not self._stopping:
            try:
                wait = self.step()
            except ERRORS as error:
                if self._stopping:
                    return
                wait = self._backoff.failed()
                self._on_damage(error)
            self._waker.wait(wait)

    def step(self) -> float:
        """Do what is due now; return the seconds until there may be something to do again."""
        now = time.monotonic()
        try:
            # Not kept for the next report: who changed a check, or tries one, waits in front of the screen.
            if self._config_wanted and now >= self._config_earliest:
                self._fetch()
            due = self._wake_earliest if self._wake else self._earliest
            if now < due:
                return due - now
            if not self._fresh:
                return 3600.0
            return self._post(now)
        except ServerError as error:
            return self._failed(error)

    def _fetch(self) -> None:
        answer = self._client.config()
        self._config_wanted, self._config_rev = False, str(answer.get('config_rev') or '')
        self._on_config(answer)

    def _post(self, now: float) -> float:
        batch = self._spool.batch(self._limit, with_latest=not self._narrow)
        latest = batch.latest if batch.latest and batch.latest[0] != self._told_latest else None
        woken = self._wake
        head = {'db_id': self._db_id, 'epoch': self._spool.epoch, 'report_no': self._spool.next_report_no(),
                'agent_now': wire.timestamp(datetime.now(timezone.utc)), 'mono_now': round(clock.mono(), 3), 'boot_session': self._boot_session,
                'oldest_seq': batch.oldest_seq, 'first_seq': batch.first_seq, 'wake': woken}
        body = wire.build_report(head, [text for _ident, text in batch.shapes], latest and latest[1], [text for _seq, text in batch.records])
        self._fresh = False
        try:
            sent = clock.mono()
            answer, received = self._client.report(body), clock.mono()
            self._obey(answer, batch, now)
        except Refused as error:
            if error.code in _NARROWING:
                return self._narrow_down(error, batch, alone=latest is None)
            raise
        self.contact = contact_of(answer, sent, received)
        self._told_latest = latest[0] if latest else self._told_latest
        self._wake = self._wake and not woken
        if self._config_wanted:
            return 0.0
        return max(0.0, self._earliest - time.monotonic()) if self._fresh else 3600.0

    def _obey(self, answer: dict, batch, started: float) -> None:
        """Do what an acknowledgement says."""
        upto = _whole(answer['ack'].get(self._spool.epoch, 0))
        rejected = [(_whole(one.get('seq')), str(one.get('code'))[:80]) for one in answer.get('rejected') or () if isinstance(one, dict)]
        forked = {seq for seq, code in rejected if code == 'fork'}
        for seq, code in rejected:
            _logger.warning("record %s was rejected: %s", seq, code)
        now = datetime.now(timezone.utc)
        self._spool.acknowledge(batch, upto, [one for one in rejected if one[0] not in forked], [str(one) for one in answer.get('need_shapes') or ()],
                                now.timestamp(), wire.timestamp(now), clock.mono(), forked)
        if answer.get('resend_from') is not None:
            count = self._spool.resend_from(_whole(answer['resend_from']))
            _logger.warning("the server lost records from %s on: sending %d again", answer['resend_from'], count)
        if forked:
            self._fork("other records are stored under our numbers")
        stalled = batch.records and upto < batch.first_seq and not answer.get('need_shapes') and answer.get('resend_from') is None and not forked
        self._settle(answer, started, stalled=bool(stalled))
        self._on_answer(answer)

    def _settle(self, answer: dict, started: float, *, stalled: bool) -> None:
        """Take over the pace and the configuration number of an answer."""
        if self._trouble:
            _logger.info("the server answers again")
        self._trouble = ''
        self._max_records = min(max(_whole(answer.get('max_records', MAX_RECORDS)), 1), MAX_RECORDS)
        self._limit = min(self._limit * 2, self._max_records)
        self._narrow = self._narrow and self._limit < self._max_records
        next_in = min(max(float(answer.get('next_in') or 0), 0.0), 3600.0)
        if stalled:
            next_in = max(next_in, self._backoff.failed())
        else:
            self._backoff.succeeded()
            self._forks = 0
        # A tenth less, or the next cycle, a moment early, would wait for the one after it.
        self._earliest = started + 0.9 * next_in
        self._wake_earliest = started + min(WAKE_GAP_S, next_in)
        self._fresh = self._fresh or self._spool.has_waiting()
        rev = str(answer.get('config_rev') or '')
        if rev and rev != self._config_rev:
            self._config_wanted = True

    # === TROUBLE === #

    def _failed(self, error: ServerError) -> float:
        if isinstance(error, Refused) and error.code == 'replayed':
            self._fork("a report of ours was seen before it was made")
            if self._forks == 1:
                self._fresh = True
                return 0.0
        cap = PENDING_CAP_S if isinstance(error, Refused) and error.code == 'pending' else None
        wait = self._backoff.failed(error.retry_after, cap)
        self._earliest = self._wake_earliest = self._config_earliest = time.monotonic() + wait
        self._fresh = True
        # The same trouble again and again is one line an hour at most, not one a minute.
        if str(error) != self._trouble:
            _logger.warning("not reported, kept: %s", error)
        self._trouble = str(error)
        return wait

    def _narrow_down(self, error: Refused, batch, *, alone: bool) -> float:
        """Send less next time; what is refused all by itself is set aside, so that it cannot block the rest."""
        _logger.warning("report of %d records refused: %s", len(batch.records), error)
        if alone and len(batch.records) == 1 and error.code != 'too_large':
            seq = batch.records[0][0]
            _logger.error("record %d set aside: %s", seq, error.code)
            self._spool.quarantine(seq, error.code, datetime.now(timezone.utc).timestamp())
        self._narrow = True
        self._limit = max(1, len(batch.records) // 2)
        self._fresh = self._spool.has_waiting()
        wait = max(self._backoff.failed(error.retry_after, self._backoff.base_s), 0.0)
        self._earliest = self._wake_earliest = self._config_earliest = time.monotonic() + wait
        return wait

    def _fork(self, reason: str) -> None:
        now = datetime.now(timezone.utc)
        old = self._spool.fork(wire.timestamp(now), clock.mono())
        self._forks += 1
        self._told_latest = 0
        _logger.warning("new epoch instead of %s: %s. Was this machine restored from an image, or is its key used twice?", old, reason)


def _whole(value) -> int:
    """Return a whole number of an answer. :raises NotOurs: it is none, so the answer is not to be trusted"""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise NotOurs(f"the answer holds {value!r} where a whole number belongs")
    return value
