"""A host as the dating of records sees it: its clocks, its spool, its reports, and the truth beside them."""

from datetime import datetime, timedelta

from lib.protocol import Cycle, Event, Report
from lib.redate import Timeline, date_report, dump, load

NOW = datetime(2026, 11, 23, 5)
LONG_AGO = NOW - timedelta(days=300)
HOUR = timedelta(hours=1)
RIGHT = timedelta()


class Host:
    """A host with a wall clock that can be set, and a monotonic one that starts with each boot and may stand still asleep."""

    def __init__(self, session='boot-1', sleeps=False):
        self.now, self.booted, self.asleep, self.off = NOW, NOW - HOUR, timedelta(), RIGHT
        self.session, self.sleeps, self.seq, self.waiting, self.truth = session, sleeps, 0, [], {}
        self.timeline, self.frontier = Timeline(), 1
        self.tell_boot()

    @property
    def mono(self):
        return (self.now - self.booted - (self.asleep if self.sleeps else timedelta())).total_seconds()

    def tell_boot(self):
        self._keep(lambda seq: Event(seq, self.now + self.off, self.mono, 'boot', {}, 0))

    def measure(self, after=timedelta(seconds=60)):
        self.now += after
        return self._keep(lambda seq: Cycle(seq, self.now + self.off, self.mono, 'a' * 16, (), '0', {}, 0))

    def _keep(self, make):
        self.seq += 1
        self.waiting.append(make(self.seq))
        self.truth[self.seq] = self.now
        return self.seq

    def boot(self, session, away=timedelta(minutes=2), off=None):
        self.now += away
        self.booted, self.asleep, self.session = self.now - timedelta(seconds=20), timedelta(), session
        self.off = self.off if off is None else off
        self.tell_boot()

    def boot_at_2016(self, session, away):
        """Boot with a clock that no battery kept: it begins at the same time again and again."""
        self.boot(session, away, datetime(2016, 1, 1) - self.now - away + timedelta(seconds=20))

    def drop(self, count):
        """Lose the oldest cycles that wait, never the newest."""
        lost = [one for one in self.waiting if isinstance(one, Cycle)][:-1][:count]
        self.waiting = [one for one in self.waiting if one not in lost]

    def sleep(self, span):
        self.now += span
        self.asleep += span

    def report(self, most=500, way=timedelta(seconds=0.2), after=timedelta(seconds=10), is_kept=True):
        """Return ``{seq: Dated}`` of what the next report brings."""
        self.now += after
        records = self.next_run(most)
        rest = [one for one in self.waiting if one not in records]
        cycles = [one for one in rest if isinstance(one, Cycle)]
        first = records[0].seq if records else self.seq + 1
        report = Report(
            db_id='d' * 32, epoch='e' * 32, report_no=1, agent_now=self.now + self.off, mono_now=self.mono, boot_session=self.session, oldest_seq=1,
            first_seq=first, end_seq=first + len(records), wake=False, shapes={}, records=tuple(records), latest=cycles[-1] if cycles else None,
            rejected=())
        dated, timeline = date_report(self.timeline, report, self.now + way, self.frontier, LONG_AGO, is_kept=is_kept)
        self.timeline, self.frontier = load(dump(timeline)), max(self.frontier, report.end_seq if is_kept else 0)
        if is_kept:
            self.waiting = rest
        return dated

    def next_run(self, most):
        """Return what a report would bring: the oldest waiting records whose numbers follow on each other."""
        for place, one in enumerate(self.waiting[:most]):
            if one.seq != self.waiting[0].seq + place:
                return self.waiting[:place]
        return self.waiting[:most]
