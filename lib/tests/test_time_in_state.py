"""Minutes in a state and minutes of overlapping stretches, against a count minute by minute."""

from datetime import datetime, timedelta

from hypothesis import given, strategies as st
from lib import time_in_state

START = datetime(2026, 11, 23)
minutes = st.integers(-60, 180)
STATES = ('ok', 'warning', 'critical', 'unknown')


def at(minute):
    return START + timedelta(minutes=minute)


@given(st.lists(st.tuples(st.integers(0, 180), st.sampled_from(STATES)), unique_by=lambda pair: pair[0]), st.sampled_from(STATES))
def test_seconds_in_states_are_those_of_each_minute(pairs, first):
    changes, state = [], first
    for minute, after in sorted(pairs):
        changes.append((at(minute), state, after))
        state = after
    found, expected = {}, {}
    for here, since, until in time_in_state.stretches(changes, state, START, at(120)):
        found[here] = found.get(here, 0) + (until - since).total_seconds()
    for minute in range(120):
        here = first
        for changed, after in sorted(pairs):
            here = after if changed <= minute else here
        expected[here] = expected.get(here, 0) + 60
    assert found == expected


@given(st.lists(st.tuples(minutes, st.sampled_from(STATES)), min_size=1))
def test_what_becomes_known_later_overrules(told):
    """As if each change, as it became known, wiped out all that was known from its moment on."""
    known = []
    for minute, after in told:
        known = [*(one for one in known if one[0] < minute), (minute, after)]
    settled = time_in_state.settled([(at(minute), 'unknown', after) for minute, after in told])
    assert [(moment, after) for moment, _before, after in settled] == [(at(minute), after) for minute, after in known]


@given(st.lists(st.tuples(minutes, st.one_of(st.none(), st.integers(1, 100)))))
def test_union_counts_each_minute_once(spans):
    found = time_in_state.union_seconds([(at(begin), length and at(begin + length)) for begin, length in spans], START, at(120))
    covered = sum(any(begin <= minute and (length is None or minute < begin + length) for begin, length in spans) for minute in range(120))
    assert found == covered * 60
