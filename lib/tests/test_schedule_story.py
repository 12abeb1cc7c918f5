"""What is said of a schedule; the words themselves are tried in tests/checklists/test_schedule_words.py."""

from datetime import date

import pytest
from hypothesis import given, strategies as st
from lib import recurrence
from lib.recurrence import CLOSED_RULES, Schedule
from lib.schedule_story import CODES, Said, describe
from test_recurrence_properties import schedules


def told(said):
    """Return all codes in what is said, outermost first."""
    if isinstance(said, tuple):
        return [code for one in said for code in told(one)]
    return [said.code, *told(tuple(said.values.values()))] if isinstance(said, Said) else []


def times(**values):
    return describe(Schedule(**values))[0].values['time']


@given(schedules(recurrence.KINDS), st.sampled_from(CLOSED_RULES))
def test_every_schedule_is_told_in_known_codes(schedule, rule):
    said = describe(schedule, rule)
    assert 1 <= len(said) <= 2
    assert set(told(said)) <= set(CODES)


@pytest.mark.parametrize(('values', 'code'), [
    ({}, 'any_time'),
    ({'due_time': 12}, 'until'),
    ({'due_time': 12, 'window_days': 1}, 'until_on_next'),
    ({'due_time': 12, 'window_days': 3}, 'until_days'),
    ({'window_days': 1}, 'until_end_next'),
    ({'window_days': 3}, 'until_end_days'),
    ({'open_time': 8, 'due_time': 12}, 'from_to'),
    ({'open_time': 8}, 'from_on'),
    ({'open_time': 8, 'due_time': 12, 'window_days': 1}, 'from_to_next'),
    ({'open_time': 8, 'window_days': 1}, 'from_end_next'),
    ({'open_time': 8, 'due_time': 12, 'window_days': 3}, 'from_to_days'),
    ({'open_time': 8, 'window_days': 3}, 'from_end_days'),
    ({'kind': 'weekly_quota'}, 'week'),
    ({'kind': 'weekly_quota', 'open_time': 8, 'due_time': 12}, 'week_from_to'),
    ({'kind': 'weekly_quota', 'open_time': 8}, 'week_from'),
    ({'kind': 'weekly_quota', 'due_time': 12}, 'week_until'),
    ({'kind': 'event', 'events': ('restart',)}, 'until_end'),
    ({'kind': 'event', 'events': ('restart',), 'open_time': 8, 'due_time': 12}, 'until_next'),
    ({'kind': 'event', 'events': ('restart',), 'window_days': 1}, 'until_end_next'),
])
def test_no_midnight_is_told_as_an_hour(values, code):
    said = times(**values)
    assert said.code == code
    assert not {0, 24} & {hour.values['hour'] for hour in said.values.values() if isinstance(hour, Said) and hour.code == 'hour'}


def test_a_week_is_told_by_the_companys_days():
    said = times(kind='weekly_quota', quota=2, week_start=6, due_time=17)
    assert (said.values['first'], said.values['last']) == (Said('weekday', {'number': 6}), Said('weekday', {'number': 5}))


@pytest.mark.parametrize(('values', 'codes'), [
    ({'kind': 'yearly', 'year_offset_days': 1}, ['sentence', 'fiscal_next', 'year', 'any_time']),
    ({'kind': 'yearly', 'year_offset_days': -1}, ['sentence', 'fiscal_before', 'year', 'any_time']),
    ({'kind': 'yearly', 'year_offset_days': 2, 'interval': 2}, ['sentence', 'fiscal_days_after', 'years', 'any_time']),
    ({'kind': 'yearly', 'year_offset_days': -2}, ['sentence', 'fiscal_days_before', 'year', 'any_time']),
    ({'kind': 'yearly', 'months': (2,), 'month_day': 29}, ['sentence', 'yearly_leap', 'year', 'month', 'any_time']),
    ({'kind': 'daily', 'interval': 2, 'anchor': date(2026, 11, 1)}, ['sentence', 'anchored', 'daily_every', 'any_time']),
    ({'kind': 'monthly_nth', 'weekdays': (0, 2), 'months': (3,), 'interval': 2},
     ['sentence', 'monthly_nth', 'nth', 'weekday', 'weekday', 'months_if', 'months_every', 'month', 'any_time']),
    ({'kind': 'on_demand'}, ['alone', 'on_demand']),
    ({'kind': 'event', 'events': ('power_outage', 'unclean_restart'), 'due_time': 17}, ['sentence', 'after_events', 'event', 'event', 'until_next', 'hour']),
])
def test_one_is_told_otherwise_than_many(values, codes):
    assert told(describe(Schedule(**values))) == codes


@pytest.mark.parametrize(('kind', 'rule', 'code'), [
    ('daily', 'skip', 'skip'), ('daily', 'later', 'later'), ('weekly_quota', 'later', 'skip_week'), ('daily', 'keep', None), ('last_workday', 'skip', None)])
def test_what_comes_of_a_closed_day_is_a_sentence_of_its_own(kind, rule, code):
    assert [one.code for one in describe(Schedule(kind), rule)[1:]] == ([code] if code else [])
