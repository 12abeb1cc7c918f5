"""States from values and limits."""
import doctest

import pytest

from itc_agent import client, config, judge, patterns, permissions, registry, scheduler, wire
from itc_agent.collectors import (
    _connection,
    _dates,
    _folder,
    _hours,
    _http_text,
    _periods,
    _program,
    _service_common,
    _tail,
    http,
    mega_sync,
    newest_file,
    tailscale,
)
from itc_agent.results import Limit, Reading, State, worst

UNITS = {'free_pct': '%', 'age_s': 's'}


@pytest.mark.parametrize('module', [
    client, config, judge, patterns, permissions, registry, scheduler, wire, _connection, _dates, _folder, _hours, _http_text, _periods, _program,
    _service_common, _tail, http, mega_sync, newest_file, tailscale])
def test_examples_in_the_documentation_are_true(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(('value', 'state'), [(20, 0), (15, 0), (14.99, 1), (5, 1), (4.99, 2), (None, 3)])
def test_a_value_below_its_limit(value, state):
    assert judge.judge_value(value, Limit('free_pct', '<', 15, 5), '%')[0] == state


@pytest.mark.parametrize(('value', 'warning', 'critical', 'state'), [(90, 90, 97, 0), (91, 90, 97, 1), (98, 90, 97, 2), (98, 90, None, 1), (98, None, None, 0)])
def test_a_value_above_its_limit(value, warning, critical, state):
    assert judge.judge_value(value, Limit('free_pct', '>', warning, critical), '%')[0] == state


def test_the_worst_is_nagios_worst():
    assert worst([State.UNKNOWN, State.CRITICAL]) == State.CRITICAL
    assert worst([State.UNKNOWN, State.WARNING]) == State.UNKNOWN
    assert worst([]) == State.OK


def test_nothing_measured_is_unknown():
    assert judge.judge_readings([], [], UNITS) == (State.UNKNOWN, "nothing was found to measure")


@pytest.mark.parametrize(('limit', 'words'), [(Limit('free_pct', '<', 5, 1, '/dta'), '/dta'), (Limit('fre_pct', '<', 5, 1), 'fre_pct')])
def test_a_limit_that_can_never_speak_is_unknown(limit, words):
    state, text = judge.judge_readings([Reading('/', {'free_pct': 50})], [limit], UNITS)
    assert state == State.UNKNOWN
    assert words in text


def test_a_limit_is_for_the_item_of_exactly_that_name_whatever_signs_it_holds():
    readings = [Reading('/srv/[old]', {'free_pct': 1}), Reading('/srv/*', {'free_pct': 50})]
    assert judge.judge_readings(readings, [Limit('free_pct', '<', 15, 5, '/srv/[old]')], UNITS) == (State.CRITICAL, '/srv/[old]: free_pct 1 % < 5 %')


@pytest.mark.parametrize('item', ['=1+1', '@snap', '{x}', '+x', '-x', '\tx'])
def test_a_limit_may_name_an_item_with_a_dangerous_sign_as_the_server_shows_it(item):
    low, other = Reading(item, {'free_pct': 1}), Reading('/', {'free_pct': 50})
    for wanted in (item, f"'{item}"):
        assert judge.judge_readings([low, other], [Limit('free_pct', '<', 15, 5, wanted)], UNITS)[0] == State.CRITICAL
    assert judge.judge_readings([other], [Limit('free_pct', '<', 15, 5, f"'{item}")], UNITS)[0] == State.UNKNOWN


def test_a_metric_that_does_not_exist_here_is_not_judged():
    assert judge.judge_readings([Reading('/', {'free_pct': 50})], [Limit('age_s', '>', 5, 9)], UNITS)[0] == State.OK


def test_the_summary_names_the_worst_first_and_no_good_ones():
    readings = [Reading('/', {'free_pct': 50}, text='fine'), Reading('/a', {'free_pct': 10}), Reading('/b', {}, State.CRITICAL, "is not there")]
    state, text = judge.judge_readings(readings, [Limit('free_pct', '<', 15, 5)], UNITS)
    assert state == State.CRITICAL
    assert text == "/b: is not there; /a: free_pct 10 % < 15 %"


def test_a_summary_is_never_longer_than_the_wire_takes():
    readings = [Reading(f'/{number}', {}, State.CRITICAL, 'x' * 50) for number in range(50)]
    assert len(judge.judge_readings(readings, [], UNITS)[1]) == 300
