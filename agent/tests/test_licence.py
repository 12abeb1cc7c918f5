"""Days that were entered, held against clocks."""
import doctest
import time
from datetime import date

import pytest

from itc_agent import registry
from itc_agent.collectors import licence
from itc_agent.errors import SourceUnavailable
from itc_agent.judge import judge_readings
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

OK, WARNING, CRITICAL, UNKNOWN = State


def judged(today, last_day='2027-03-31'):
    declared = registry.load('licence')
    return judge_readings([licence.parse(licence.parse_day(last_day), date.fromisoformat(today))], declared.limits, declared.units)


@pytest.mark.parametrize(('today', 'state', 'words'), [
    ('2026-11-30', OK, "valid until 2027-03-31"), ('2027-01-30', OK, "valid until 2027-03-31"),
    ('2027-01-31', WARNING, "valid until 2027-03-31, left_days 59 d < 60 d"), ('2027-03-24', WARNING, "valid until 2027-03-31, left_days 7 d < 60 d"),
    ('2027-03-25', CRITICAL, "valid until 2027-03-31, left_days 6 d < 7 d"), ('2027-03-31', CRITICAL, "2027-03-31, its last day, is today")])
def test_it_reminds_two_months_and_a_week_before_the_last_day(today, state, words):
    found, said = judged(today)
    assert (found, said[:len(words)]) == (state, words)


@pytest.mark.parametrize(('today', 'words'), [
    ('2027-04-01', "was valid until 2027-03-31, 1 day ago"), ('2028-04-01', "was valid until 2027-03-31, 367 days ago")])
def test_a_day_that_is_over_is_critical_and_says_since_when(today, words):
    assert licence.parse(licence.parse_day('2027-03-31'), date.fromisoformat(today)).text == words
    state, said = judged(today)
    assert (state, said[:len(words)]) == (CRITICAL, words)


@pytest.mark.parametrize('today', ['1970-01-01', '2016-02-29', '2023-12-31'])
def test_a_clock_that_cannot_be_right_is_unknown(today):
    with pytest.raises(SourceUnavailable, match=f"clock says {today}"):
        judged(today)


@pytest.mark.parametrize('text', ['', '31.03.2027', '2027-3-31', '2027-02-30', '20270331', '2027-W13-3', '2027-03-31 12:00', '２０２７-03-31', 'next year'])
def test_what_is_no_day_is_refused_before_anything_is_looked_at(text):
    check = make_check(1, 'x', 'licence', 3600, 10, {'valid_until': text})
    assert "expected a day such as 2027-03-31" in check.problem
    assert look(check, {}, {}).state == UNKNOWN


def test_this_machines_day_counts_and_the_examples_hold(monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, 'time', lambda: now)  # the day may end between the two
    result = look(make_check(1, 'x', 'licence', 3600, 10, {'valid_until': ' 2999-12-31 '}), {}, {})
    assert (result.state, result.readings[0].values) == (OK, {'left_days': (date(2999, 12, 31) - date.fromtimestamp(now)).days})  # noqa: DTZ012  by the clock on the wall
    assert doctest.testmod(licence).failed == 0
