"""When leave means that somebody cannot do a run."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.absence import is_away, window

ADDIS = 'Africa/Addis_Ababa'  # three hours ahead of UTC, all year
MONDAY = datetime(2026, 11, 23)


def local(hour, day=0):
    return MONDAY + timedelta(days=day, hours=hour - 3)


# Monday to Friday, and the Monday after; the clock of Addis Ababa never changes
OFFICE = [(local(first, day), local(last, day)) for day in (0, 1, 2, 3, 4, 7) for first, last in ((8, 12), (13, 17))]


# run's hours, leave's hours, both local and counted from Monday's midnight
@pytest.mark.parametrize(('run', 'leaves', 'away'), [
    ((0, 17), [(8, 17)], True),             # a day's leave, as calendars enter it
    ((0, 17), [(0, 24)], True),
    ((0, 17), [(8, 12)], False),            # the afternoon is left
    ((0, 12), [(8, 12)], True),             # due at noon: the morning is all there was
    ((13, 17), [(8, 12)], False),
    ((0, 17), [(8, 12), (13, 17)], True),
    ((0, 17), [(8, 16.5)], False),
    ((18, 22), [(8, 17)], True),            # who is off today is not asked this evening
    ((18, 22), [(8, 12)], False),
    ((18, 22), [], False),
    ((0, 7), [(8, 17)], True),              # nor before work
    ((0, 7), [(32, 41)], False),
    ((120, 144), [(104, 113)], False),      # Saturday after a Friday off
    ((120, 144), [(104, 185)], True),       # Saturday within a leave from Friday to Monday
    ((120, 144), [(120, 143.9997)], True),  # ends at 23:59:59
    ((0, 168), [(8, 89)], False),           # a week's run, back on Friday
    ((0, 168), [(8, 113)], True),           # a week's run, off all week: the weekend is not asked for
    ((0, 48), [(8, 17)], False),
    ((0, 48), [(8, 17), (32, 41)], True),
    ((9, 9), [(8, 17)], True),
    ((9, 9), [(10, 17)], False),
])
def test_who_has_no_working_time_left_is_away(run, leaves, away):
    spans = [(local(first), local(last)) for first, last in leaves]
    assert is_away(local(run[0]), local(run[1]), spans, OFFICE, ADDIS) is away


def test_without_fixed_hours_the_leave_has_to_cover_the_run():
    assert not is_away(local(0), local(17), [(local(8), local(17))], [], ADDIS)
    assert is_away(local(0), local(48), [(local(0), local(23.9999)), (local(0, 1), local(23.9999, 1))], [], ADDIS)


@pytest.mark.parametrize(('start', 'hours', 'work'), [
    (datetime(2026, 3, 28, 23), 23, (datetime(2026, 3, 29, 6), datetime(2026, 3, 29, 15))),
    (datetime(2026, 10, 24, 22), 25, (datetime(2026, 10, 25, 7), datetime(2026, 10, 25, 16))),
])
def test_a_day_of_23_or_25_hours_is_one_day_with_the_usual_working_hours(start, hours, work):
    end = start + timedelta(hours=hours)
    assert is_away(start, end, [(start, end)], [], 'Europe/Berlin')
    assert not is_away(start, end, [(start, end - timedelta(hours=1))], [], 'Europe/Berlin')
    for shorter, away in ((timedelta(), True), (timedelta(hours=1), False)):
        leave = work[0] + shorter, work[1]
        assert is_away(start, end, [leave], [work], 'Europe/Berlin') is away


@given(
    st.integers(0, 71), st.integers(1, 72), st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=6),
)
def test_judged_hour_by_hour(start, length, chunks):
    asked = {hour for hour in range(start, start + length) if hour < 120 and (8 <= hour % 24 < 12 or 13 <= hour % 24 < 17)}
    taken = {hour for first, hours in chunks for hour in range(first, first + hours)}
    leaves = [(local(first), local(first + hours)) for first, hours in chunks]
    if asked:
        assert is_away(local(start), local(start + length), leaves, OFFICE, ADDIS) == (asked <= taken)


@pytest.mark.parametrize(('start', 'end', 'away'), [
    (datetime(2026, 3, 29, 15, 30), datetime(2026, 3, 29, 22), True),      # the evening of a day of 23 hours, until its midnight
    (datetime(2026, 3, 29, 15, 30), datetime(2026, 3, 29, 22, 2), False),
    (datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 7), True),         # from the midnight of a day of 25 hours until work begins
    (datetime(2026, 10, 24, 21, 58), datetime(2026, 10, 25, 7), False),
])
def test_who_is_off_all_day_is_off_from_midnight_to_midnight_also_when_the_clock_changes(start, end, away):
    work = [(datetime(2026, 3, 29, 6), datetime(2026, 3, 29, 15)), (datetime(2026, 10, 25, 7), datetime(2026, 10, 25, 16))]
    assert is_away(start, end, work, work, 'Europe/Berlin') is away


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=6), st.integers(0, 90), st.integers(1, 30))
def test_more_leave_never_makes_anybody_present(chunks, first, hours):
    leaves = [(local(start), local(start + length)) for start, length in chunks]
    more = [*leaves, (local(first), local(first + hours))]
    for run in ((0, 17), (18, 30), (24, 72)):
        span = local(run[0]), local(run[1])
        assert is_away(*span, leaves, OFFICE, ADDIS) <= is_away(*span, more, OFFICE, ADDIS)


@pytest.mark.parametrize(('now', 'expected'), [
    (4, (8, 12)), (8, (8, 12)), (9, (9, 12)), (12, (12, 15)), (14, (14, 15)), (15, (8, 12)), (99, (8, 12)),
])
def test_the_window_is_what_is_left_of_the_run(now, expected):
    assert window(local(8), local(12), local(15), local(now)) == (local(expected[0]), local(expected[1]))
