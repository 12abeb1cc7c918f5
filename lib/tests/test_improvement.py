"""The course of an improvement and when its figure shows that it worked."""

from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st
from lib import improvement
from lib.improvement import Figure, Moved

NOW = datetime(2026, 11, 28, 9)


def test_nothing_leads_out_of_closed_and_everything_can_end():
    assert not improvement.GRAPH['closed']
    for state in improvement.STATES:
        reached, todo = set(), [state]
        while todo:
            here = todo.pop()
            reached.add(here)
            todo += improvement.GRAPH[here] - reached
        assert 'closed' in reached


def test_only_a_measurement_leads_to_act_and_only_act_to_closed():
    assert [old for old in improvement.STATES if improvement.allowed(old, 'act')] == ['check']
    assert [old for old in improvement.STATES if improvement.allowed(old, 'closed')] == ['act']
    assert {('check', new) for new in improvement.GRAPH['check']} == {('check', 'act'), ('check', 'plan')}


def test_what_a_step_asks_for_and_counts_is_a_step():
    for old, new in [*improvement.ASKED, *improvement.MOVES_FORWARD]:
        assert improvement.allowed(old, new)
    assert set(improvement.ASKED) == improvement.MOVES_FORWARD, "what counts for a quota was documented"


def test_missing_keeps_the_order_of_the_form():
    assert improvement.missing('plan', 'do', ['measure']) == ['owner_id', 'date_deadline', 'root_cause', 'expected_gain', 'measure_on']
    assert improvement.missing('suggested', 'plan', []) == []


@pytest.mark.parametrize(('value', 'seen', 'target', 'reached'), [
    (2, 20, 2, True), (2.1, 20, 2, False), (0, 0, 5, False), (0, None, 0, True), (1, None, 0, False), (0, 0.5, 0, True),
])
def test_reached(value, seen, target, reached):
    assert improvement.is_reached(Figure(value, seen), target) is reached


@given(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 1e6)), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_is_exceeded_cannot_be_reached_by_what_is_still_open(value, seen, target, more, more_seen):
    if improvement.is_exceeded(Figure(value, seen), target):
        assert not improvement.is_reached(Figure(value + more, seen if seen is None else seen + more_seen), target)
    elif Figure(value, seen).is_known:
        assert improvement.is_reached(Figure(value, seen), target)


@pytest.mark.parametrize(('value', 'seen', 'target', 'code'), [
    (5, 20, 4.9, None), (5, 20, 5, 'no_better'), (5, 20, 6, 'no_better'), (0, None, 0, None), (0, None, 1, 'no_better'),
    (0, 0, 0, 'unknown'), (5, 20, -1, 'negative'), (5, 20, 0, None),
])
def test_target(value, seen, target, code):
    assert improvement.target_refusal(Figure(value, seen), target) == code


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_target_that_is_accepted_shows_that_it_became_better(before, target, after):
    if improvement.target_refusal(Figure(before), target) is None and improvement.is_reached(Figure(after), target):
        assert after < before or after == before == 0


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 366))
def test_all_that_is_counted_after_a_change_lies_after_it(changed_on, days):
    span = improvement.span_before(improvement.earliest_measure(changed_on, days), days)
    assert span.first_day == changed_on + timedelta(days=1)
    assert span.days == days
    assert improvement.span_before(changed_on, days).last_day < changed_on


moved = st.builds(
    Moved, st.integers(1, 4), st.sampled_from(improvement.STATES), st.sampled_from(improvement.STATES),
    st.integers(-10, 10).map(lambda hours: NOW + timedelta(hours=hours)))


@given(st.lists(moved))
def test_each_improvement_counts_once_and_only_what_was_moved_forward_in_time(moves):
    start, end = NOW - timedelta(hours=5), NOW + timedelta(hours=5)
    found = improvement.counted(moves, start, end)
    assert len({one.improvement for one in found}) == len(found)
    assert found == sorted(found, key=lambda one: (one.at, one.improvement))
    first = {}
    for one in sorted(moves, key=lambda one: one.at):
        first.setdefault((one.improvement, one.old, one.new), one)
    forward = [one for one in first.values() if (one.old, one.new) in improvement.MOVES_FORWARD and start <= one.at < end]
    assert {one.improvement for one in found} == {one.improvement for one in forward}
    for one in found:
        assert one.at == min(other.at for other in forward if other.improvement == one.improvement)


def test_step_that_is_taken_again_counts_no_more_than_once():
    first, again = (improvement.Moved(7, 'plan', 'do', NOW - timedelta(days=days)) for days in (8, 1))
    changed = improvement.Moved(7, 'do', 'check', NOW - timedelta(seconds=1))
    assert improvement.counted([again, first], NOW - timedelta(days=7), NOW) == []
    assert improvement.counted([again], NOW - timedelta(days=7), NOW) == [again]
    assert improvement.counted([first, again, changed], NOW - timedelta(days=7), NOW) == [changed]


def test_step_that_counted_for_the_time_before_leaves_the_next_step_to_count():
    first, next_step = improvement.Moved(7, 'plan', 'do', NOW - timedelta(days=3)), improvement.Moved(7, 'do', 'check', NOW - timedelta(days=1))
    assert improvement.counted([first, next_step], NOW - timedelta(days=4), NOW, {(7, 'plan', 'do')}) == [next_step]
    repeated = improvement.Moved(7, 'plan', 'do', NOW - timedelta(days=2))
    assert improvement.counted([first, repeated], NOW - timedelta(days=4), NOW, {(7, 'plan', 'do')}) == []


def test_step_at_the_moment_at_which_one_week_ends_and_the_next_begins_is_of_one_of_them():
    step, week = improvement.Moved(7, 'plan', 'do', NOW), timedelta(days=7)
    assert improvement.counted([step], NOW - week, NOW) == []
    assert improvement.counted([step], NOW, NOW + week) == [step]


def test_measures_name_what_a_suggestion_is_about():
    from lib import recurring
    assert set(improvement.MEASURE_OF) == set(recurring.PATTERNS), "whatever is found can be judged, and so closed"
    for pattern, measure in improvement.MEASURE_OF.items():
        assert set(recurring.PATTERNS[pattern]) & set(improvement.MEASURES[measure])


@pytest.mark.parametrize(('old', 'new'), [pair for pair in product(improvement.STATES, repeat=2) if pair[0] == pair[1]])
def test_no_step_stays_where_it_is(old, new):
    assert not improvement.allowed(old, new)
