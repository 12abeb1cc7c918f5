"""To which hour of a local day a moment belongs."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.local_time import EARLIER_DAY, LATER_DAY, day_hour, to_utc, wall_clock

ZONES = ('UTC', 'Africa/Addis_Ababa', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia')
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(DAYS, st.sampled_from(ZONES), st.integers(-3000, 3000), st.integers(0, 600))
def test_later_moments_never_belong_to_an_earlier_hour(day, tz, minute, more):
    noon = datetime(day.year, day.month, day.day, 12)
    first, second = noon + timedelta(minutes=minute), noon + timedelta(minutes=minute + more)
    before, after = day_hour(first, day, tz), day_hour(second, day, tz)
    assert EARLIER_DAY <= before <= LATER_DAY
    # only the hour that a clock shows twice may seem to go back
    assert before <= after or (0 <= before - after <= 1 and more <= 60)


@given(DAYS, st.integers(0, 24))
def test_hour_is_that_of_the_wall_clock(day, hour):
    assert day_hour(to_utc(day, hour, 'Africa/Addis_Ababa'), day, 'Africa/Addis_Ababa') == hour


@pytest.mark.parametrize(('moment', 'hour'), [
    (datetime(2026, 10, 24, 21, 59), EARLIER_DAY),
    (datetime(2026, 10, 24, 22, 0), 0),     # Berlin's midnight, still summer
    (datetime(2026, 10, 25, 0, 30), 2),     # shown the first time
    (datetime(2026, 10, 25, 1, 30), 2),     # shown again
    (datetime(2026, 10, 25, 23, 0), 24),    # the midnight that ends a day of 25 hours
    (datetime(2026, 10, 25, 23, 0, 1), LATER_DAY),
])
def test_day_on_which_the_clock_changes(moment, hour):
    assert day_hour(moment, date(2026, 10, 25), 'Europe/Berlin') == hour


@given(DAYS, st.integers(0, 24 * 60), st.sampled_from(['Africa/Addis_Ababa', 'UTC', 'Asia/Kathmandu']))
def test_what_is_due_within_a_day_reads_as_that_day(day, minutes, tz):
    moment = to_utc(day, minutes / 60, tz)
    words = f'{minutes // 60:02d}:{minutes % 60:02d}'
    if minutes:
        assert wall_clock(moment, tz, ends_day=True) == (day, words)
    if minutes < 24 * 60:
        assert wall_clock(moment, tz) == (day, words)
