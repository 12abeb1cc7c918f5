"""One is counted as one: no sentence of ours says “1 days”."""

import re

import pytest
from lib import recurrence
from lib.recurrence import Schedule

ONE_OF_MANY = re.compile(r'\b1 (?:day|hour|minute|week|month|year|run|task|check|event|record)s\b')


@pytest.mark.parametrize('count', [0, 1, 2, 3])
def test_schedules_in_words(count):
    for kind in ('daily', 'weekdays', 'weekly_quota', 'monthly_day', 'monthly_nth', 'last_workday', 'yearly', 'event'):
        for offset in (None, count, -count) if kind == 'yearly' else (None,):
            schedule = Schedule(
                kind, interval=max(1, count), weekdays=(0,), quota=max(1, count), months=(1,), year_offset_days=offset, events=('restart',),
                window_days=count, due_time=17)
            for rule in recurrence.CLOSED_RULES:
                assert not ONE_OF_MANY.search(recurrence.describe(schedule, rule)), (schedule, recurrence.describe(schedule, rule))
