"""Planned downtimes on the company's wall clock."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from lib.downtime import REPEATS, Plan, last_at, next_stretch, overlaps_itself, stretches

BERLIN, ADDIS = 'Europe/Berlin', 'Africa/Addis_Ababa'
START, END = datetime(2026, 1, 1), datetime(2028, 1, 1)


def wall(tz, *parts):
    return datetime(*parts, tzinfo=ZoneInfo(tz)).astimezone(timezone.utc).replace(tzinfo=None)


def plan(first, last, repeats='weekly', every=1, until=date(2026, 12, 31), tz=BERLIN, ended_at=None):
    return Plan(wall(tz, *first), wall(tz, *last), repeats, every, until, tz, ended_at)


def begins(one, tz=BERLIN, start=START, end=END):
    zone = ZoneInfo(tz)
    return [f"{begin.replace(tzinfo=timezone.utc).astimezone(zone):%d.%m. %H:%M}" for begin, _until in stretches(one, start, end)]


# Cases: repeats, every, until, first day -> the first beginnings by the wall clock
TABLE = [
    ('once', 1, None, 1, ["01.11. 22:00"]),
    ('daily', 1, date(2026, 11, 3), 1, ["01.11. 22:00", "02.11. 22:00", "03.11. 22:00"]),
    ('daily', 3, date(2026, 11, 9), 1, ["01.11. 22:00", "04.11. 22:00", "07.11. 22:00"]),
    ('weekly', 1, date(2026, 11, 15), 1, ["01.11. 22:00", "08.11. 22:00", "15.11. 22:00"]),
    ('weekly', 2, date(2026, 11, 30), 1, ["01.11. 22:00", "15.11. 22:00", "29.11. 22:00"]),
    ('monthly_day', 1, date(2027, 2, 28), 30, ["30.11. 22:00", "30.12. 22:00", "30.01. 22:00", "28.02. 22:00"]),
    ('monthly_nth', 1, date(2027, 1, 31), 8, ["08.11. 22:00", "13.12. 22:00", "10.01. 22:00"]),     # the second Sunday
    ('monthly_nth', 1, date(2027, 1, 31), 29, ["29.11. 22:00", "27.12. 22:00", "31.01. 22:00"]),    # a fifth one is the last
]


@pytest.mark.parametrize(('repeats', 'every', 'until', 'day', 'expected'), TABLE)
def test_a_plan_repeats_on_the_day_of_its_first_time(repeats, every, until, day, expected):
    one = plan((2026, 11, day, 22), (2026, 11, day, 23, 30), repeats, every, until)
    assert begins(one) == expected
    assert all(until - begin == timedelta(minutes=90) for begin, until in stretches(one, START, END))
    assert last_at(one) == stretches(one, START, END)[-1][1]


def test_wall_clock_stays_when_the_clock_is_changed():
    one = plan((2026, 3, 22, 2), (2026, 3, 22, 4))
    found = [(begin, until) for begin, until in stretches(one, START, datetime(2026, 4, 6))]
    assert [until - begin for begin, until in found] == [timedelta(hours=2), timedelta(hours=1), timedelta(hours=2)]
    assert [begin.hour for begin, _until in found] == [1, 1, 0]
    autumn = plan((2026, 10, 18, 2), (2026, 10, 18, 3))
    night = stretches(autumn, datetime(2026, 10, 24), datetime(2026, 10, 26))
    assert night == [(datetime(2026, 10, 25, 0), datetime(2026, 10, 25, 2))], "02:00 to 03:00 happens twice that night"


def test_an_hour_that_the_clock_skips_covers_nothing():
    one = plan((2026, 3, 22, 2), (2026, 3, 22, 3))
    assert stretches(one, datetime(2026, 3, 28), datetime(2026, 3, 30)) == []


def test_a_stretch_over_midnight_and_one_over_days():
    one = plan((2026, 11, 1, 23), (2026, 11, 2, 1), 'daily', until=date(2026, 11, 2))
    assert stretches(one, wall(BERLIN, 2026, 11, 3, 0, 30), END) == [(wall(BERLIN, 2026, 11, 2, 23), wall(BERLIN, 2026, 11, 3, 1))]
    assert last_at(one) == wall(BERLIN, 2026, 11, 3, 1)
    weekend = plan((2026, 11, 6, 18), (2026, 11, 9, 6))
    assert len(stretches(weekend, wall(BERLIN, 2026, 11, 9, 5), wall(BERLIN, 2026, 11, 9, 5, 30))) == 1


def test_an_ended_plan_covers_nothing_after_its_end():
    ended = wall(BERLIN, 2026, 11, 8, 22, 30)
    one = plan((2026, 11, 1, 22), (2026, 11, 1, 23), ended_at=ended)
    assert stretches(one, START, END)[-1] == (wall(BERLIN, 2026, 11, 8, 22), ended)
    assert last_at(one) == ended and next_stretch(one, ended) is None
    assert stretches(plan((2026, 11, 1, 22), (2026, 11, 1, 23), ended_at=wall(BERLIN, 2026, 11, 1, 20)), START, END) == []


def test_the_next_stretch_is_found_far_away():
    one = plan((2026, 1, 31, 1), (2026, 1, 31, 2), 'monthly_day', 9, date(2036, 1, 1))
    begin, _until = next_stretch(one, datetime(2026, 2, 1))
    assert begin == wall(BERLIN, 2026, 10, 31, 1)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(second=0, microsecond=0))


@st.composite
def plans(draw):
    start = draw(moments)
    one = Plan(start, start + timedelta(minutes=draw(st.integers(1, 60 * 36))), draw(st.sampled_from(REPEATS)), draw(st.integers(1, 5)),
               start.date() + timedelta(days=draw(st.integers(1, 500))), draw(st.sampled_from([BERLIN, ADDIS, 'America/St_Johns', 'UTC'])),
               draw(st.none() | moments))
    return one if not overlaps_itself(one) else Plan(one.start_at, one.start_at + timedelta(hours=1), *(
        getattr(one, name) for name in ('repeats', 'every', 'until', 'tz', 'ended_at')))


@given(plans(), moments, st.integers(1, 90))
def test_a_plan_says_the_same_whatever_window_one_looks_through(one, start, days):
    end = start + timedelta(days=days)
    everything = stretches(one, datetime(2025, 12, 1), datetime(2029, 1, 1))
    assert stretches(one, start, end) == [(begin, until) for begin, until in everything if begin < end and until > start]
    assert last_at(one) == (everything[-1][1] if everything else min(one.start_at, one.ended_at or one.start_at))
    assert all(begin < until for begin, until in everything)
    assert all(until <= begin for (_first, until), (begin, _last) in zip(everything, everything[1:], strict=False))
    assert all(begin >= one.start_at for begin, _until in everything)
    assert next_stretch(one, start) == next(((begin, until) for begin, until in everything if until > start), None)
