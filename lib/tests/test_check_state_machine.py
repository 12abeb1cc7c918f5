"""Any history of a check against rules that must hold at every moment."""

from datetime import datetime, timedelta

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lib import check_state
from lib.check_state import NEW, CheckResult, advance, go_stale, is_stale, proof

START = datetime(2026, 11, 23, 5)


def nagios_share(results):
    """Return the share of changes as Nagios' manual tells it: over the 20 steps between the last 21 results, a missing one is no change."""
    steps = [0.0] * 20 + [float(one != other) for one, other in zip(results, results[1:], strict=False)]
    return round(sum(step * (0.8 + 0.4 * place / 19) for place, step in enumerate(steps[-20:])) / 20 * 100, 6)


class CheckLife(RuleBasedStateMachine):
    """A check that is measured in time, too late, or not at all; the model keeps the plain list of results."""

    @initialize(max_attempts=st.integers(1, 5))
    def begin(self, max_attempts):
        self.max_attempts = max_attempts
        self.now = START
        self.check = NEW
        self.problems = 0        # results in a row that are not ok, over silences too
        self.is_certain = False  # the last result was a confirmed problem; a silence makes it no less one
        self.confirmed = None    # the last confirmed state, None before any
        self.silent = False
        self.results = []        # the states since it was silent last

    @rule(code=st.integers(0, 3), seconds=st.integers(1, 600))
    def measure(self, code, seconds):
        self.now += timedelta(seconds=seconds)
        self.check = advance(self.check, code, self.now, self.max_attempts)
        self.problems = self.problems + 1 if code else 0
        self.is_certain = bool(code) and (self.is_certain or self.problems >= self.max_attempts)
        if not code or self.is_certain:
            self.confirmed = check_state.STATES[code]
        self.silent = False
        self.results.append(code)
        assert self.check.state == check_state.STATES[code]
        assert self.check.last_at == self.now

    @rule(code=st.integers(0, 3), seconds=st.integers(0, 600))
    def receive_backlog(self, code, seconds):
        if self.check.last_at is not None:
            assert advance(self.check, code, self.check.last_at - timedelta(seconds=seconds), self.max_attempts) is self.check

    @rule(hours=st.integers(1, 48))
    def fall_silent(self, hours):
        self.now += timedelta(hours=hours)
        self.check = go_stale(self.check, self.now)
        self.confirmed, self.silent = 'unknown', True
        self.results = []

    @rule(codes=st.lists(st.integers(0, 3), min_size=2, max_size=4), times=st.integers(2, 8))
    def change_again_and_again(self, codes, times):
        for code in codes * times:
            self.measure(code, 60)

    @invariant()
    def what_people_are_told_was_confirmed(self):
        if hasattr(self, 'check') and self.confirmed is not None:
            assert self.check.hard_state == self.confirmed

    @invariant()
    def it_flaps_as_the_plain_list_of_results_says(self):
        if not hasattr(self, 'check'):
            return
        is_flapping = False
        for end in range(1, len(self.results) + 1):
            share = nagios_share(self.results[:end])
            is_flapping = share > 5 if is_flapping else share >= 20
        assert self.check.is_flapping == is_flapping

    @invariant()
    def fields_agree(self):
        check = getattr(self, 'check', NEW)
        if check is NEW:
            return
        assert not check.is_hard or check.state == check.hard_state
        assert check.since <= self.now and check.hard_since <= self.now
        assert 0 <= check.attempt <= self.max_attempts
        assert check.state != 'ok' or (check.is_hard and check.attempt == 1)

    @invariant()
    def nothing_stale_or_red_proves(self):
        check = getattr(self, 'check', NEW)
        result = CheckResult("c", check.state, check.is_hard, check.last_at, 60, is_flapping=check.is_flapping)
        now = getattr(self, 'now', START)
        verdict = proof([result], START, now)
        assert verdict.verified == (check.state == 'ok' and not check.is_flapping and not is_stale(check.last_at, 60, now))
        assert not (verdict.verified and self.silent)


TestCheckLife = CheckLife.TestCase
TestCheckLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
