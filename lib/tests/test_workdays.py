"""Closed days from working hours and leaves."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.recurrence import Schedule, occurrences
from lib.workdays import closed_days

ADDIS = 'Africa/Addis_Ababa'  # three hours ahead of UTC, all year
MONDAY = date(2026, 11, 23)
WEEK = {weekday: [(8, 12), (13, 17)] for weekday in range(5)} | {5: [(8, 12)]}


def leave(first_hour, last_hour, day=23):
    midnight = datetime(2026, 11, day) - timedelta(hours=3)
    return midnight + timedelta(hours=first_hour), midnight + timedelta(hours=last_hour)


@pytest.mark.parametrize(('leaves', 'closed'), [
    ([], False),
    ([leave(0, 24)], True),
    ([leave(8, 17)], True),
    ([leave(8, 16.5)], False),
    ([leave(8, 12)], False),
    ([leave(13, 17), leave(8, 12)], True),
    ([leave(8, 10), leave(9, 14), leave(14, 17)], True),
    ([leave(0, 24, day=24)], False),
])
def test_a_day_is_closed_when_leaves_cover_its_hours(leaves, closed):
    assert closed_days(WEEK, leaves, ADDIS)(MONDAY) is closed


def test_weekdays_without_hours_are_closed():
    closed = closed_days(WEEK, [], ADDIS)
    assert [closed(MONDAY + timedelta(days=number)) for number in range(7)] == [False] * 6 + [True]


def test_a_holiday_moves_a_run():
    closed = closed_days(WEEK, [leave(0, 24)], ADDIS)
    found = occurrences(Schedule('weekdays', weekdays=(0,)), MONDAY, MONDAY + timedelta(days=6), closed, 'later')
    assert [(each.day.day, each.key) for each in found] == [(24, '2026-11-23')]


@given(st.lists(st.tuples(st.integers(0, 47), st.integers(1, 24)), max_size=8))
def test_covering_is_judged_hour_by_hour(chunks):
    leaves = [leave(start, start + length) for start, length in chunks]
    covered = {hour for start, length in chunks for hour in range(start, start + length)}
    closed = closed_days({0: [(8, 12)], 1: [(9, 11), (20, 24)]}, leaves, ADDIS)
    assert closed(MONDAY) == ({8, 9, 10, 11} <= covered)
    assert closed(MONDAY + timedelta(days=1)) == ({33, 34, 44, 45, 46, 47} <= covered)
