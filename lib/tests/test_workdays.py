"""Open days from the spans in which somebody works."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.workdays import open_days

MONDAY = datetime(2026, 11, 23)
SECOND = timedelta(seconds=1)


def at(hour):
    return MONDAY + timedelta(hours=hour)


@pytest.mark.parametrize(('work', 'days'), [
    ([], []),
    ([(8, 12), (13, 17)], [23]),
    ([(16.5, 17)], [23]),
    ([(0, 24)], [23]),
    ([(22, 26)], [23, 24]),
    ([(0, 72)], [23, 24, 25]),
    ([(12, 60), (80, 81)], [23, 24, 25, 26]),
])
def test_a_day_with_work_left_is_open(work, days):
    assert sorted(open_days((at(first), at(last)) for first, last in work)) == [date(2026, 11, day) for day in days]


@pytest.mark.parametrize('spans', [
    [(at(24) - SECOND, at(24))],                          # a holiday that ends at 23:59:59
    [(at(17) - SECOND, at(17)), (at(8), at(8) + SECOND)],
    [(at(24) - timedelta(microseconds=1), at(24))],
])
def test_seconds_left_open_no_day(spans):
    assert not open_days(spans)


def test_the_second_before_midnight_opens_not_the_day_that_ends():
    assert open_days([(at(24) - SECOND, at(48))]) == {date(2026, 11, 24)}
    assert open_days([(at(24), at(48) + SECOND)]) == {date(2026, 11, 24)}


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 60)), max_size=6))
def test_judged_hour_by_hour(chunks):
    worked = {at(hour).date() for first, hours in chunks for hour in range(first, first + hours)}
    assert open_days((at(first), at(first + hours)) for first, hours in chunks) == worked
