from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import example, given, settings, strategies as st
from lib import cron

ZONES = ('UTC', 'Africa/Addis_Ababa', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe')
SOME_DAY = datetime(2026, 11, 23)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31))


def field(low, high):
    """Texts of one field: a star, numbers, ranges, steps."""
    number = st.integers(low, high)
    pair = st.tuples(number, number).map(sorted)
    part = st.one_of(
        st.just('*'), number.map(str), pair.map(lambda two: f'{two[0]}-{two[1]}'),
        st.integers(1, high).map(lambda step: f'*/{step}'), st.tuples(pair, st.integers(1, 9)).map(lambda one: f'{one[0][0]}-{one[0][1]}/{one[1]}'))
    return st.lists(part, min_size=1, max_size=2).map(','.join)


LINES = st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).map(' '.join)


def expand(text, low, high):
    """Return what a field of numbers means, read otherwise than the parser does."""
    found = set()
    for part in text.split(','):
        span, _slash, step = part.partition('/')
        first, _dash, last = span.partition('-')
        begin, end = (low, high) if span == '*' else (int(first), int(last or first))
        found |= {number for number in range(begin, end + 1) if (number - begin) % int(step or 1) == 0}
    return sorted(found)


def by_rrule(line, moment):
    """Return the next moment in UTC as dateutil's rules find it: one for the day's number, one for the weekday."""
    texts = line.split()
    minutes, hours, days, months, weekdays = (
        expand(text, *bounds) for text, bounds in zip(texts, ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6)), strict=True))
    common = {'byminute': minutes, 'byhour': hours, 'bymonth': months, 'bysecond': 0, 'dtstart': moment.replace(second=0, microsecond=0)}
    by_day, by_weekday = {'bymonthday': days}, {'byweekday': [(number - 1) % 7 for number in weekdays]}
    either = not texts[2].startswith('*') and not texts[4].startswith('*')
    kinds = [by_day, by_weekday] if either else [by_day | by_weekday]
    found = [rrule.rrule(rrule.DAILY, until=moment + timedelta(days=cron.HORIZON_DAYS), **common, **kind).after(moment) for kind in kinds]
    return min(filter(None, found), default=None)


@given(LINES, MOMENTS)
@example('* * */7 1 0', datetime(2024, 1, 2))      # a first day of January or of a week later that is a Sunday: in ten years
@settings(max_examples=80, deadline=None)
def test_next_moment_is_that_of_dateutil(line, moment):
    assert cron.next_after(cron.parse(line), 'UTC', moment) == by_rrule(line, moment)


@given(LINES, MOMENTS, st.sampled_from(ZONES))
@settings(max_examples=80, deadline=None)
def test_next_moment_lies_ahead_on_a_day_that_fits_and_before_any_later_question(line, moment, tz):
    schedule = cron.parse(line)
    found = cron.next_after(schedule, tz, moment)
    assert found > moment
    assert schedule.fits(found.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date())
    middle = moment + (found - moment) / 2
    assert cron.next_after(schedule, tz, middle) == found
    assert (found - moment).total_seconds() <= cron.longest_gap_s(schedule) or not _had_one_before(schedule, tz, moment)


def _had_one_before(schedule, tz, moment):
    """Tell whether the line fell due at all within its longest gap before the moment."""
    return cron.next_after(schedule, tz, moment - timedelta(seconds=cron.longest_gap_s(schedule))) <= moment


@given(LINES, st.integers(0, 400))
@settings(max_examples=30, deadline=None)
def test_no_gap_is_longer_than_the_longest(line, day):
    schedule, moment = cron.parse(line), SOME_DAY + timedelta(days=day)
    for _number in range(20):
        before, moment = moment, cron.next_after(schedule, 'Europe/Berlin', moment)
        if _number:
            assert (moment - before).total_seconds() <= cron.longest_gap_s(schedule)


@pytest.mark.parametrize(('line', 'tz', 'after', 'expected'), [
    ('0 2 * * *', 'Africa/Addis_Ababa', datetime(2026, 11, 22, 12), datetime(2026, 11, 22, 23)),
    ('*/15 * * * *', 'UTC', datetime(2026, 11, 23, 5, 1), datetime(2026, 11, 23, 5, 15)),
    ('0 2 * * 1-5', 'UTC', datetime(2026, 11, 27, 3), datetime(2026, 11, 30, 2)),
    ('0 2 * * 0-0', 'UTC', datetime(2026, 11, 23), datetime(2026, 11, 29, 2)),
    ('0 2 * * fri-sun', 'UTC', datetime(2026, 11, 23), datetime(2026, 11, 27, 2)),
    ('0 0 13 * 5', 'UTC', datetime(2026, 11, 7), datetime(2026, 11, 13)),
    ('0 0 15 * 5', 'UTC', datetime(2026, 11, 14), datetime(2026, 11, 15)),
    ('0 0 */2 * 1', 'UTC', datetime(2026, 11, 1), datetime(2026, 11, 9)),  # a starred day and a weekday: both
    ('0 0 29 2 *', 'UTC', datetime(2096, 3, 1), datetime(2104, 2, 29)),
    ('@daily', 'UTC', datetime(2026, 11, 23, 5), datetime(2026, 11, 24)),
    ('30 2 * * *', 'Europe/Berlin', datetime(2026, 10, 24, 12), datetime(2026, 10, 25, 0, 30)),
    ('30 2 * * *', 'Europe/Berlin', datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 26, 1, 30)),
    ('30 * * * *', 'Europe/Berlin', datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)),
])
def test_moments(line, tz, after, expected):
    assert cron.next_after(cron.parse(line), tz, after) == expected


@pytest.mark.parametrize(('line', 'code'), [
    ('', 'fields'), ('* * * *', 'fields'), ('0 0 2 * * *', 'fields'), ('@reboot', 'fields'), ('60 * * * *', 'part'), ('* 24 * * *', 'part'),
    ('* * 0 * *', 'part'), ('* * 32 * *', 'part'), ('* * * 13 *', 'part'), ('* * * * 8', 'part'), ('*/0 * * * *', 'part'), ('5-1 * * * *', 'part'),
    ('0 2 L * *', 'part'), ('0 2 * * 5#1', 'part'), ('0 2 ? * *', 'part'), ('0 2 * foo *', 'part'), ('1,,2 * * * *', 'part'),
    ('0 0 31 2 *', 'never'), ('0 0 30 feb *', 'never'), ('* * * * *' + ' ' * 300 + '1', 'fields'), ('１ * * * *', 'part'),
])
def test_what_is_no_schedule_is_refused(line, code):
    with pytest.raises(cron.CronError) as caught:
        cron.parse(line)
    assert caught.value.code == code


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        found = cron.parse(text)
    except cron.CronError:
        return
    assert cron.next_after(found, 'UTC', SOME_DAY) > SOME_DAY


def test_days_of_a_month_and_of_a_week_are_read_by_name():
    assert cron.parse('0 0 * jan,DEC sun').months == {1, 12}
    assert cron.parse('0 0 * * 0').weekdays == cron.parse('0 0 * * 7').weekdays == {0}
    assert cron.parse('0 0 * * 1').fits(date(2026, 11, 23))
