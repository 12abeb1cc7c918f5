"""Which facts fit a missed run, and who decides."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib import excuse
from lib.excuse import Fact, closed_fact, fitting, refusal

OPEN = datetime(2026, 11, 23, 6)
DEADLINE = datetime(2026, 11, 23, 16)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ADDIS = 'Africa/Addis_Ababa'

SPANS = [
    (OPEN - 3 * HOUR, OPEN, None),  # over when it opened
    (OPEN - 3 * HOUR, OPEN + SECOND, 1),  # never rounded away
    (OPEN, DEADLINE, 100),
    (OPEN - HOUR, DEADLINE + HOUR, 100),
    (OPEN + 5 * HOUR, DEADLINE + HOUR, 50),
    (OPEN + 5 * HOUR, None, 50),  # goes on
    (DEADLINE, DEADLINE + HOUR, None),  # began when it was missed
    (DEADLINE - SECOND, None, 1),
    (OPEN + HOUR, DEADLINE - SECOND, 89),  # rounded down
]


@pytest.mark.parametrize(('start', 'end', 'pct'), SPANS)
def test_fact_fits_by_the_time_that_both_share(start, end, pct):
    assert [fit.covered_pct for fit in fitting([Fact('outage', 1, start, end)], OPEN, DEADLINE)] == ([] if pct is None else [pct])


def test_what_covers_most_comes_first():
    facts = [Fact('leave', 1, OPEN + 9 * HOUR, None), Fact('closed', '2026-11-23', OPEN - HOUR, DEADLINE), Fact('outage', 2, OPEN, OPEN + 3 * HOUR)]
    assert [fit.fact.key for fit in fitting(facts, OPEN, DEADLINE)] == ['closed:2026-11-23', 'outage:2', 'leave:1']


def test_run_of_no_length_is_covered_by_what_holds_at_that_moment():
    def keys(start, end):
        return [fit.covered_pct for fit in fitting([Fact('outage', 1, start, end)], OPEN, OPEN)]

    assert keys(OPEN - HOUR, OPEN + HOUR) == [100]
    assert keys(OPEN, None) == [100]
    assert keys(OPEN - HOUR, OPEN) == []
    assert keys(OPEN + SECOND, None) == []


MINUTES = st.integers(-2000, 2000)


@given(MINUTES, MINUTES, MINUTES, st.integers(1, 2000))
def test_offered_exactly_when_a_minute_is_shared(open_min, length, start, lasting):
    open_at = OPEN + timedelta(minutes=open_min)
    deadline_at = open_at + timedelta(minutes=abs(length) + 1)
    fact = Fact('outage', 1, OPEN + timedelta(minutes=start), OPEN + timedelta(minutes=start + lasting))
    shared = sum(
        fact.start_at <= open_at + timedelta(minutes=number) < fact.end_at for number in range(abs(length) + 1))
    fits = fitting([fact], open_at, deadline_at)
    assert bool(fits) == bool(shared)
    if fits:
        assert fits[0].covered_pct == max(1, 100 * shared // (abs(length) + 1))


def sunday(day):
    return day.weekday() == 6


def test_day_is_closed_only_when_all_of_its_days_are():
    sunday_open = datetime(2026, 11, 21, 21)  # midnight there
    assert closed_fact(sunday_open, sunday_open + 24 * HOUR, ADDIS, sunday) == Fact(
        'closed', '2026-11-22', sunday_open, sunday_open + 24 * HOUR)
    assert closed_fact(sunday_open, sunday_open + 24 * HOUR + SECOND, ADDIS, sunday) is None
    assert closed_fact(sunday_open - SECOND, sunday_open + HOUR, ADDIS, sunday) is None
    assert closed_fact(sunday_open + 30 * HOUR, sunday_open + 31 * HOUR, ADDIS, sunday) is None
    assert closed_fact(sunday_open, sunday_open, ADDIS, sunday).ref == '2026-11-22'


def test_closed_days_ask_the_local_calendar():
    asked = []
    closed_fact(datetime(2026, 11, 23, 22), datetime(2026, 11, 25, 1), ADDIS, lambda day: asked.append(day) or True)
    assert asked == [date(2026, 11, 24), date(2026, 11, 25)]


@pytest.mark.parametrize(('old', 'new', 'is_second', 'reason', 'code'), [
    ('asked', 'granted', True, '', None),
    ('asked', 'granted', False, 'x', 'own_excuse'),
    ('asked', 'refused', True, 'not so', None),
    ('asked', 'refused', True, '  ', 'no_reason'),
    ('asked', 'refused', False, 'x', 'own_excuse'),
    ('asked', 'withdrawn', True, 'x', 'not_allowed'),
    ('granted', 'withdrawn', False, 'wrong host', None),
    ('granted', 'withdrawn', True, '', 'no_reason'),
    ('granted', 'granted', True, 'x', 'not_allowed'),
    ('refused', 'granted', True, 'x', 'not_allowed'),
    ('withdrawn', 'granted', True, 'x', 'not_allowed'),
    ('', 'granted', True, 'x', 'not_allowed'),
])
def test_decisions_follow_the_graph(old, new, is_second, reason, code):
    assert refusal(old, new, is_second, reason) == code


def test_every_state_is_in_the_graph():
    assert {new for after in excuse.GRAPH.values() for new in after} < set(excuse.GRAPH)


@pytest.mark.parametrize(('old', 'expected'), [
    ('asked', None), ('granted', 'not_allowed'), ('refused', 'not_allowed'), ('withdrawn', 'not_allowed'), ('lapsed', 'not_allowed')])
def test_only_what_waits_for_a_decision_lapses_with_its_miss(old, expected):
    assert refusal(old, 'lapsed', is_second=False) == expected
    assert refusal('lapsed', 'granted', is_second=True, reason="x") == 'not_allowed'
