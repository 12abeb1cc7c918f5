"""Any history of clocks set, sleeps, boots and late reports: no record is surer of its time than it may be."""

from datetime import timedelta

from clock_host import HOUR, RIGHT, Host
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lib import redate
from lib.check_state import CheckResult, is_stale, proof
from lib.protocol import Event
from lib.redate import COUNTS_SLEEP

WAY_S = 5
OFFS = st.one_of(st.just(0), st.sampled_from([-2 * 3600, 30 * 3600, -11 * 365 * 86400]), st.integers(-10**8, 10**6)).map(
    lambda seconds: timedelta(seconds=seconds))


class ClockLife(RuleBasedStateMachine):
    """A host that measures each minute while its clock jumps, it sleeps, boots, and reports when it can."""

    @initialize(counts=st.booleans(), off=OFFS)
    def begin(self, counts, off):
        self.counts, self.boots, self.is_plain = counts, 1, off == RIGHT
        self.host = Host(self.session(), sleeps=not counts)
        self.host.off = off
        self.told = {}
        self.is_whole = None  # the first report brought all there was

    def session(self):
        return f"{COUNTS_SLEEP if self.counts else ''}boot-{self.boots}"

    @rule(times=st.integers(1, 8))
    def measure(self, times):
        for _time in range(times):
            self.host.measure()

    @rule(off=OFFS)
    def set_clock(self, off):
        self.host.off = off
        self.is_plain = False

    @rule(seconds=st.integers(100, 100_000))
    def sleep(self, seconds):
        self.host.sleep(timedelta(seconds=seconds))
        self.is_plain = False

    @rule(seconds=st.integers(100, 100_000), off=st.none() | OFFS)
    def boot(self, seconds, off):
        self.boots += 1
        self.host.boot(self.session(), timedelta(seconds=seconds), off)

    @rule(seconds=st.integers(100, 100_000))
    def boot_without_battery(self, seconds):
        self.boots += 1
        self.host.boot_at_2016(self.session(), timedelta(seconds=seconds))

    @rule(count=st.integers(1, 5))
    def lose_the_oldest(self, count):
        """The spool drops cycles over its quota; the word of a boot stays."""
        self.host.drop(count)

    @rule(most=st.integers(1, 12), is_kept=st.booleans(), way=st.floats(0, WAY_S))
    def report(self, most, is_kept, way):
        if self.host.waiting and isinstance(self.host.waiting[-1], Event):
            self.host.measure()  # an agent reports when it has measured
        if self.is_whole is None:  # a hole in front of the newest cuts the first report short, however much it may carry
            self.is_whole = len(self.host.next_run(most)) == len(self.host.waiting)
        received = self.host.now + timedelta(seconds=10 + way)
        dated = self.host.report(most=most, is_kept=is_kept, way=timedelta(seconds=way))
        self.told.update(dated)
        for seq, one in dated.items():
            self.judge(seq, one, received)

    def judge(self, seq, one, received):
        truth = self.host.truth[seq]
        wrong_s = abs((one.at - truth).total_seconds())
        room_s = one.doubt_s + redate.SLACK_S + WAY_S + 1
        assert wrong_s <= room_s, (seq, one, truth)
        assert one.at <= received
        # What verifies a run is as fresh as it says, and measured after the run opened.
        for opened_at in (truth + timedelta(seconds=room_s - one.doubt_s + 1), received - HOUR):
            result = CheckResult("c", 'ok', True, one.at, 60, one.doubt_s)
            if proof([result], opened_at, received).verified:
                assert not is_stale(truth + timedelta(seconds=room_s), 60, received)
                assert truth + timedelta(seconds=redate.SLACK_S + WAY_S + 1) >= opened_at

    @invariant()
    def what_counts_its_sleep_and_never_booted_is_sure(self):
        if getattr(self, 'counts', False) and self.boots == 1 and self.is_whole:
            assert all(one.doubt_s == 0 for one in self.told.values())

    @invariant()
    def a_clock_that_was_never_wrong_and_a_host_that_never_slept_needs_no_doubt(self):
        if getattr(self, 'boots', 0) == 1 and self.is_plain:
            assert all(one.doubt_s == 0 for one in self.told.values())


TestClockLife = ClockLife.TestCase
TestClockLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
