"""Known dates: each case could be read off a wall calendar."""

from datetime import date, datetime

import pytest
from lib import recurrence
from lib.recurrence import Schedule, ScheduleError, next_dates, occurrences, span
from lib.schedule import FAULTS

NOVEMBER = date(2026, 11, 1)  # a Sunday


def days(schedule, start, end, **rule):
    return [each.day for each in occurrences(schedule, start, end, **rule)]


@pytest.mark.parametrize(('schedule', 'expected'), [
    (Schedule(), ['2026-11-02', '2026-11-03', '2026-11-04']),
    (Schedule(interval=3, anchor=NOVEMBER), ['2026-11-04', '2026-11-07', '2026-11-10']),
    (Schedule('weekdays', weekdays=(0, 3)), ['2026-11-02', '2026-11-05', '2026-11-09']),
    (Schedule('weekdays', weekdays=(6,), interval=2, anchor=NOVEMBER), ['2026-11-15', '2026-11-29', '2026-12-13']),
    (Schedule('monthly_day', month_day=31), ['2026-11-30', '2026-12-31', '2027-01-31']),
    (Schedule('monthly_day', month_day=30, months=(2,)), ['2027-02-28', '2028-02-29', '2029-02-28']),
    (Schedule('monthly_day', interval=3, anchor=NOVEMBER), ['2027-02-01', '2027-05-01', '2027-08-01']),
    (Schedule('monthly_nth', nth=1, weekdays=(0,)), ['2026-11-02', '2026-12-07', '2027-01-04']),
    (Schedule('monthly_nth', nth=-1, weekdays=(4,)), ['2026-11-27', '2026-12-25', '2027-01-29']),
    (Schedule('monthly_nth', nth=5, weekdays=(6,)), ['2026-11-29', '2027-01-31', '2027-05-30']),
    (Schedule('last_workday'), ['2026-11-30', '2026-12-31', '2027-01-29']),
    (Schedule('yearly', months=(2,), month_day=29), ['2027-02-28', '2028-02-29', '2029-02-28']),
    (Schedule('yearly', months=(7,), month_day=8, interval=2), ['2027-07-08', '2029-07-08', '2031-07-08']),
    (Schedule('yearly', year_offset_days=0), ['2026-12-31', '2027-12-31', '2028-12-31']),
    (Schedule('yearly', year_offset_days=-30, fiscal_last_month=7, fiscal_last_day=7),
     ['2027-06-07', '2028-06-07', '2029-06-07']),
    (Schedule('yearly', year_offset_days=366, fiscal_last_month=2, fiscal_last_day=28),
     ['2027-03-01', '2028-02-29', '2029-03-01']),
    (Schedule('weekly_quota', quota=2), ['2026-11-02', '2026-11-09', '2026-11-16']),
    (Schedule('weekly_quota', week_start=6), ['2026-11-08', '2026-11-15', '2026-11-22']),
    (Schedule('weekly_quota', week_start=5, interval=2, anchor=NOVEMBER), ['2026-11-14', '2026-11-28', '2026-12-12']),
    (Schedule('weekdays', weekdays=(6, 0), interval=2, anchor=NOVEMBER, week_start=6), ['2026-11-02', '2026-11-15', '2026-11-16']),
    (Schedule('on_demand'), []),
    (Schedule('event', events=('restart',)), []),
])
def test_next_three_dates(schedule, expected):
    assert [day.isoformat() for day in next_dates(schedule, NOVEMBER, 3)] == expected


def test_nothing_is_due_before_the_anchor():
    schedule = Schedule('monthly_day', month_day=15, anchor=date(2026, 11, 16))
    assert next_dates(schedule, date(2020, 1, 1), 1) == [date(2026, 12, 15)]


def test_quota_makes_numbered_runs_for_the_whole_week():
    schedule = Schedule('weekly_quota', quota=2)
    found = occurrences(schedule, date(2026, 11, 23), date(2026, 11, 29))
    assert [each.key for each in found] == ['2026-11-23', '2026-11-23#2']
    week = span(schedule, found[0].day, 'Africa/Addis_Ababa')
    assert (week.open_at, week.due_at) == (datetime(2026, 11, 22, 21), datetime(2026, 11, 29, 21))


def test_quota_of_a_week_from_sunday_to_thursday():
    schedule = Schedule('weekly_quota', quota=2, week_start=6)
    found = occurrences(schedule, date(2026, 11, 22), date(2026, 11, 28))
    assert [each.day for each in found] == [date(2026, 11, 22)] * 2
    week = span(schedule, found[0].day, 'Africa/Addis_Ababa')
    assert (week.open_at, week.due_at) == (datetime(2026, 11, 21, 21), datetime(2026, 11, 28, 21))


@pytest.mark.parametrize('week_start', range(7))
def test_a_company_that_moves_its_weekend_gets_no_weeks_quota_twice(week_start):
    month = (date(2026, 11, 1), date(2026, 11, 30))
    keys = [each.key for each in occurrences(Schedule('weekly_quota', week_start=week_start), *month)]
    mondays = ['2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30', '2026-12-07']
    assert keys and set(keys) <= set(mondays) and len(set(keys)) == len(keys)


@pytest.mark.parametrize(('schedule', 'opens', 'due'), [
    (Schedule(due_time=2.5), '2026-10-24 22:00', '2026-10-25 01:30'),                    # the second 02:30 of that night
    (Schedule(open_time=2.5, due_time=2.75), '2026-10-25 00:30', '2026-10-25 01:45'),    # from the first one on
    (Schedule(due_time=1.75), '2026-10-24 22:00', '2026-10-24 23:45'),
    (Schedule(due_time=3), '2026-10-24 22:00', '2026-10-25 02:00'),
])
def test_in_the_hour_that_comes_twice_nobody_loses_time(schedule, opens, due):
    found = span(schedule, date(2026, 10, 25), 'Europe/Berlin')
    assert (str(found.open_at)[:16], str(found.due_at)[:16]) == (opens, due)


def holiday(*closed_days):
    return lambda day: day.weekday() >= 5 or day.isoformat() in closed_days


@pytest.mark.parametrize(('rule', 'expected'), [('keep', 1), ('skip', None), ('earlier', 30), ('later', 3)])
def test_a_closed_day_moves_as_told(rule, expected):
    closed = holiday('2026-11-02')
    found = days(Schedule('monthly_day'), date(2026, 10, 20), date(2026, 11, 20), closed=closed, closed_rule=rule)
    assert [day.day for day in found] == ([expected] if expected else [])


def test_days_that_fall_together_are_one_run_with_the_key_of_that_day():
    found = occurrences(Schedule(), date(2026, 11, 20), date(2026, 11, 24), recurrence.is_weekend, 'later')
    assert [each.key for each in found] == ['2026-11-20', '2026-11-23', '2026-11-24']
    found = occurrences(Schedule(), date(2026, 11, 20), date(2026, 11, 23), recurrence.is_weekend, 'earlier')
    assert [each.key for each in found] == ['2026-11-20', '2026-11-23']


def test_weekend_runs_without_a_run_on_the_target_day_become_one():
    schedule = Schedule('weekdays', weekdays=(5, 6))
    found = occurrences(schedule, date(2026, 11, 23), date(2026, 11, 27), recurrence.is_weekend, 'later')
    assert [(each.day, each.key) for each in found] == [(date(2026, 11, 23), '2026-11-21')]


def test_a_holiday_entered_later_moves_the_run_but_keeps_its_key():
    arguments = (Schedule('monthly_day'), date(2026, 11, 1), date(2026, 11, 9))
    before = occurrences(*arguments, holiday(), 'later')
    after = occurrences(*arguments, holiday('2026-11-02'), 'later')
    assert [each.day.day for each in before + after] == [2, 3]
    assert before[0].key == after[0].key == '2026-11-01'


def test_a_calendar_without_open_days_loses_no_run():
    for rule in ('earlier', 'later'):
        assert days(Schedule('monthly_day', month_day=9), NOVEMBER, date(2026, 11, 30), closed=lambda day: True,
                    closed_rule=rule) == [date(2026, 11, 9)]


def test_a_closed_week_has_no_quota_unless_kept():
    schedule = Schedule('weekly_quota', quota=2)
    week = (date(2026, 11, 23), date(2026, 11, 29))
    assert occurrences(schedule, *week, lambda day: True, 'later') == []
    assert len(occurrences(schedule, *week, lambda day: True, 'keep')) == 2
    assert len(occurrences(schedule, *week, lambda day: day.day != 25, 'skip')) == 2


def test_last_working_day_follows_the_calendar():
    october = (date(2026, 10, 1), date(2026, 10, 31))
    assert days(Schedule('last_workday'), *october, closed=lambda day: day.weekday() == 6) == [date(2026, 10, 31)]
    holidays = days(Schedule('last_workday'), NOVEMBER, date(2026, 11, 30), closed=holiday('2026-11-30'))
    assert holidays == [date(2026, 11, 27)]
    assert days(Schedule('last_workday'), NOVEMBER, date(2026, 11, 30), closed=lambda day: True) == []


def test_occurrences_include_both_ends():
    found = recurrence.occurrences(Schedule(), date(2026, 11, 20), date(2026, 11, 23))
    assert [each.key for each in found] == ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23']
    assert recurrence.occurrences(Schedule(), date(2026, 11, 24), date(2026, 11, 23)) == []


def test_an_event_opens_at_once_and_always_leaves_time():
    schedule = Schedule('event', events=('restart',), open_time=8, due_time=17)
    occurrence, window = recurrence.event_occurrence(schedule, datetime(2026, 11, 23, 5), 'Africa/Addis_Ababa')
    assert (occurrence.key, window.open_at, window.due_at) == (
        '2026-11-23', datetime(2026, 11, 23, 5), datetime(2026, 11, 23, 14))
    occurrence, window = recurrence.event_occurrence(schedule, datetime(2026, 11, 23, 19), 'Africa/Addis_Ababa', 2)
    assert (occurrence.key, window.due_at) == ('2026-11-23#2', datetime(2026, 11, 24, 14))


def test_an_event_at_the_due_time_has_until_the_next_day():
    schedule = Schedule('event', events=('restart',), due_time=17)
    _occurrence, window = recurrence.event_occurrence(schedule, datetime(2026, 11, 23, 14), 'Africa/Addis_Ababa')
    assert window.due_at == datetime(2026, 11, 24, 14)


def test_a_calendar_closed_for_32_days_moves_nothing_and_for_31_days_does():
    for length, expected in ((31, date(2026, 12, 2)), (32, date(2026, 11, 1))):
        def closed(day, length=length):
            return 0 <= (day - NOVEMBER).days < length
        schedule = Schedule('yearly', months=(11,), anchor=NOVEMBER)
        assert days(schedule, NOVEMBER, date(2027, 1, 1), closed=closed, closed_rule='later') == [expected]


@pytest.mark.parametrize('values', [
    {'kind': 'hourly'}, {'interval': 0}, {'kind': 'weekdays'}, {'kind': 'weekdays', 'weekdays': (7,)},
    {'kind': 'weekly_quota', 'quota': 0}, {'kind': 'weekly_quota', 'quota': 8},
    {'kind': 'monthly_nth', 'weekdays': (1,), 'nth': 0}, {'kind': 'monthly_nth', 'weekdays': (1,), 'nth': 6},
    {'kind': 'monthly_day', 'month_day': 0}, {'kind': 'monthly_day', 'month_day': 32},
    {'kind': 'monthly_day', 'months': (13,)}, {'kind': 'yearly'}, {'kind': 'yearly', 'months': (1, 2)},
    {'kind': 'yearly', 'year_offset_days': 367}, {'kind': 'yearly', 'year_offset_days': 1, 'fiscal_last_month': 0},
    {'open_time': 24}, {'open_time': -1}, {'due_time': 0}, {'due_time': 24.5}, {'open_time': 9, 'due_time': 9},
    {'window_days': -1}, {'week_start': 7}, {'week_start': -1}, {'kind': 'event'}, {'kind': 'event', 'events': ('earthquake',)},
])
def test_a_schedule_that_contradicts_itself_is_refused(values):
    with pytest.raises(ScheduleError) as refused:
        Schedule(**values)
    assert refused.value.code in FAULTS


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match='closed-day rule'):
        occurrences(Schedule(), NOVEMBER, NOVEMBER, None, 'sometimes')
