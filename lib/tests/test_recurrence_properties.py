"""Any schedule, any calendar, any clock: compared with an oracle that walks day by day."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import oracle
from hypothesis import example, given, settings, strategies as st
from lib import recurrence
from lib.recurrence import CLOSED_RULES, Schedule, next_dates, occurrences, span
from lib.schedule import DATED_KINDS, EVENTS, NTHS

ZONES = ('Africa/Addis_Ababa', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC')
DATES = st.dates(date(2000, 1, 1), date(2040, 12, 31))
HOURS = st.integers(0, 24 * 60).map(lambda minutes: minutes / 60)


@st.composite
def schedules(draw, kinds=DATED_KINDS):
    kind = draw(st.sampled_from(kinds))
    offset = draw(st.none() | st.integers(-366, 366)) if kind == 'yearly' else None
    months = draw(st.sets(st.integers(1, 12), max_size=3))
    if kind == 'yearly' and offset is None:
        months = {draw(st.sampled_from([2, 2, 1, 6, 12]))}
    times = sorted(draw(st.lists(st.integers(0, 23 * 60 + 59), min_size=2, max_size=2, unique=True)))
    return Schedule(
        kind, interval=draw(st.integers(1, 5)), anchor=draw(DATES), quota=draw(st.integers(1, 7)), week_start=draw(st.integers(0, 6)),
        events=tuple(draw(st.sets(st.sampled_from(EVENTS), min_size=1))),
        weekdays=tuple(draw(st.sets(st.integers(0, 6), min_size=1))), nth=draw(st.sampled_from(NTHS)),
        month_day=draw(st.sampled_from([1, 15, 28, 29, 30, 31])), months=tuple(months), year_offset_days=offset,
        open_time=times[0] / 60, due_time=times[1] / 60, window_days=draw(st.integers(0, 40)),
        fiscal_last_month=draw(st.integers(1, 12)), fiscal_last_day=draw(st.integers(1, 31)),
    )


@st.composite
def calendars(draw):
    """Return a test for closed days: weekends, single holidays, now and then a long closure, or none."""
    weekend = draw(st.sets(st.integers(0, 6), max_size=3))
    holidays = draw(st.sets(st.integers(0, 60), max_size=12))
    shut_months = draw(st.sets(st.integers(1, 12), max_size=2))
    return lambda day: day.weekday() in weekend or day.toordinal() % 61 in holidays or day.month in shut_months


@settings(max_examples=500)
@given(schedules(), DATES, st.integers(0, 500), st.none() | calendars(), st.sampled_from(CLOSED_RULES))
def test_dates_are_those_of_the_oracle(schedule, start, length, closed, rule):
    end = start + timedelta(days=length)
    found = occurrences(schedule, start, end, closed, rule)
    if schedule.kind == 'weekly_quota':
        assert [each.index for each in found] == list(range(1, schedule.quota + 1)) * (len(found) // schedule.quota)
        found = found[::schedule.quota]
    assert [(each.day, each.planned) for each in found] == oracle.days(schedule, start, end, closed, rule)


@given(schedules(), DATES, st.integers(0, 300), st.integers(0, 300), calendars(), st.sampled_from(CLOSED_RULES))
def test_a_back_fill_in_two_goes_makes_the_same_runs_as_in_one(schedule, start, first, second, closed, rule):
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = occurrences(schedule, start, end, closed, rule)
    parts = occurrences(schedule, start, middle, closed, rule) + occurrences(schedule, middle + timedelta(days=1), end, closed, rule)
    assert [each.key for each in parts] == [each.key for each in whole]
    assert len({each.key for each in whole}) == len(whole)
    assert whole == sorted(whole)


@given(schedules(), DATES, st.integers(1, 12), st.none() | calendars(), st.sampled_from(CLOSED_RULES))
def test_a_preview_is_the_beginning_of_what_will_come(schedule, after, count, closed, rule):
    preview = next_dates(schedule, after, count, closed, rule)
    assert preview == sorted(set(preview)) and len(preview) <= count
    if preview:
        due = occurrences(schedule, after + timedelta(days=1), preview[-1], closed, rule)
        assert list(dict.fromkeys(each.day for each in due)) == preview


@given(schedules(('monthly_day', 'monthly_nth', 'yearly')), DATES, st.sampled_from(CLOSED_RULES))
def test_a_moved_run_stays_within_reach_of_its_day(schedule, start, rule):
    closed = recurrence.is_weekend
    for each in occurrences(schedule, start, start + timedelta(days=800), closed, rule):
        assert abs((each.day - each.planned).days) <= (0 if rule in ('keep', 'skip') else 2)
        assert rule == 'keep' or not closed(each.day)


@st.composite
def local_times(draw):
    """Return a zone, a day (mostly one on which its clock jumps) and an hour."""
    zone, day = draw(st.sampled_from(ZONES)), draw(DATES)
    jumps = _jump_days(zone, day.year)
    if jumps and draw(st.integers(0, 3)):
        day = draw(st.sampled_from(jumps)) + timedelta(days=draw(st.integers(-1, 1)))
    return zone, day, draw(st.sampled_from([0.0, 1.75, 2.0, 2.5, 3.0, 23.5, 24.0]) | HOURS)


def _jump_days(zone, year):
    tz = ZoneInfo(zone)
    days = oracle.walk(date(year, 1, 1), date(year, 12, 31))
    offsets = [datetime(day.year, day.month, day.day, tzinfo=tz).utcoffset() for day in days]
    return [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]


@settings(max_examples=400)
@given(local_times())
@example(('Pacific/Apia', date(2011, 12, 30), 8.0))
def test_a_local_time_is_that_moment_or_the_end_of_the_gap_that_swallowed_it(given_time):
    zone, day, hours = given_time
    tz = ZoneInfo(zone)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=round(hours * 60))
    shown = []
    for latest in (False, True):
        moment = recurrence.to_utc(day, hours, zone, latest=latest)
        local = moment.replace(tzinfo=timezone.utc).astimezone(tz).replace(tzinfo=None)
        before = (moment - timedelta(seconds=1)).replace(tzinfo=timezone.utc).astimezone(tz).replace(tzinfo=None)
        # Shown exactly, or the clock jumped over it in this very second.
        assert local == wall or before < wall < local
        shown.append(moment)
    assert shown[0] <= shown[1]


@settings(max_examples=300)
@given(local_times(), st.lists(HOURS, min_size=2, max_size=2).map(sorted))
def test_the_order_of_the_wall_clock_is_kept(given_time, hours):
    zone, day, _hours = given_time
    for latest in (False, True):
        early, late = (recurrence.to_utc(day, each, zone, latest=latest) for each in hours)
        assert early <= late


@given(schedules(), local_times())
@example(Schedule(open_time=2.5, due_time=2.75), ('Europe/Berlin', date(2026, 3, 29), 0.0))
@example(Schedule(open_time=2.5, due_time=2.75), ('Europe/Berlin', date(2026, 10, 25), 0.0))
def test_a_run_never_ends_before_it_opens_and_happens_once_on_clock_changes(schedule, given_time):
    zone, day, _hours = given_time
    window = span(schedule, day, zone)
    assert window.open_at <= window.due_at
    if zone != 'Pacific/Apia':
        assert recurrence.local_date(window.open_at, zone) == day
    following = span(schedule, day + timedelta(days=1), zone)
    assert following.open_at > window.open_at or zone == 'Pacific/Apia'


@settings(max_examples=60)
@given(schedules(), DATES, st.integers(1, 60))
def test_a_short_look_ahead_years_after_the_anchor_is_cheap(schedule, start, length):
    """The first day that the rule makes lies near the range, however old the anchor is."""
    start = max(start, schedule.anchor)
    begun = next(iter(recurrence._rule(schedule, start, start + timedelta(days=length))), None)
    if begun:
        assert (start - begun.date()).days <= 366 * (schedule.interval + 1)
