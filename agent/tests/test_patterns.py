"""Regular expressions from settings: found like any other, and never able to stand the agent still."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from itc_agent import patterns, registry, time_limit
from itc_agent.errors import SourceUnavailable
from itc_agent.results import Check, Reading, State
from itc_agent.scheduler import Runner
from itc_agent.wire import make_check

RUNAWAYS = [
    (r'(\S+\s*)+-jar', 'java ' + 'x' * 60), ('(a+)+$', 'a' * 60 + '!'), ('(a|a)*b', 'a' * 60), ('a?' * 30 + 'a' * 30 + 'b', 'a' * 60),
    ('x.*y', 'x' * 262_144), ('(x{1,9}){1,9}(x{1,9}){1,9}(x{1,9}){1,9}y', 'x' * 200)]


@pytest.mark.parametrize(('pattern', 'text'), RUNAWAYS, ids=[pattern[:20] for pattern, _text in RUNAWAYS])
def test_a_pattern_that_runs_away_is_ended_and_other_threads_go_on_meanwhile(pattern, text):
    beats, stop = [], threading.Event()

    def beat():
        while not stop.wait(0.02):
            beats.append(time.monotonic())

    threading.Thread(target=beat, daemon=True).start()
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="too many ways"):
        patterns.find(pattern, [(text, '')])
    took = time.monotonic() - started
    stop.set()
    assert took < patterns.MATCH_S + patterns.START_S + 1
    assert max(after - before for before, after in zip(beats, beats[1:], strict=False)) < 1


def test_within_a_look_a_pattern_gets_less_than_the_look():
    started = time.monotonic()
    with time_limit.of(1.0), pytest.raises(SourceUnavailable):
        patterns.find('(a+)+$', [('a' * 60 + '!', '')])
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(('kind', 'settings'), [
    ('process', {'cmdline': r'(\S+\s*)+-jar'}), ('process', {'name': '(.+)+@'}), ('http', {'url': '{site}', 'content': '(a+)+$'})])
def test_a_check_whose_pattern_runs_away_is_unknown_in_its_time_and_costs_no_other(kind, settings, page_of):
    settings = {key: value.format(site=page_of(b'a' * 60 + b'!')) if key == 'url' else value for key, value in settings.items()}
    argument = 'x' * 60
    with subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)', argument, 'a' * 60]) as one:
        wild, host = make_check(1, 'wild', kind, 60, 10, settings), make_check(2, 'host', 'host', 60, 10, {})
        assert not wild.problem
        started = time.monotonic()
        results = Runner().run([wild, host])
        assert time.monotonic() - started < 8
        one.kill()
    assert [result.state for result in results] == [State.UNKNOWN, State.OK]
    assert "too many ways" in results[0].summary


def test_the_child_ends_although_the_agent_that_asked_is_gone():
    code = f"import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(patterns.CHILD))!r}); from itc_agent import patterns; " \
           "patterns.find('(a+)+$', [('a' * 60 + '!', '')])"
    with subprocess.Popen([sys.executable, '-c', code]) as asking:
        end = time.monotonic() + 5
        while not (children := psutil.Process(asking.pid).children()) and time.monotonic() < end:
            time.sleep(0.01)
        asking.send_signal(signal.SIGKILL)
    _gone, alive = psutil.wait_procs(children, patterns.MATCH_S + 3)
    assert children and not alive


def test_where_a_match_begins_is_told_the_same_here_and_in_the_child():
    texts = [('odoo', ' -c x'), ('tail', ' -f odoo.log'), ('tail -f odoo', ''), ('vi', ' x'), ('', ''), ('ta', 'il')]
    assert patterns.find('odoo', texts) == patterns.find('o+doo+|odoo', texts) == [2, 1, 2, 0, 0, 0]
    assert patterns.find('ODOO', [('odoo', '')], ignore_case=True) == patterns.find('OD+OO', [('odoo', '')], ignore_case=True) == [2]
    assert patterns.find('tail', texts)[-1] == patterns.find('t+ail', texts)[-1] == 2
    assert patterns.find('x', []) == []


def test_composed_and_decomposed_letters_are_the_same_and_odd_bytes_are_no_failure():
    assert patterns.find('caf\u00e9', [('cafe\u0301', ''), ('cafe', '')]) == [2, 0]
    assert patterns.find('^cafe\u0301$', [('caf\u00e9', '')]) == [2]
    assert patterns.find('x', [('odd-\udcff-x', '')]) == [2]


def test_a_text_that_takes_long_to_compose_holds_nobody_up_either():
    with pytest.raises(SourceUnavailable):
        patterns.find('x', [('a' + '\u0301\u0316' * 60_000, '')])


def test_a_pattern_that_needs_much_memory_is_ended_before_it_gets_it():
    started = time.monotonic()
    with pytest.raises(SourceUnavailable):
        patterns.find('(?:ab|cd)*z', [('abcd' * 2_000_000, '')])
    assert time.monotonic() - started < patterns.MATCH_S


def test_an_interpreter_that_is_gone_is_unknown(monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/no/such/python')
    with pytest.raises(SourceUnavailable, match="could not be matched"):
        patterns.find('a+', [('a', '')])


@pytest.mark.parametrize('wrong', ['(', 'a{99999999999999999999}', '(' * 5000 + ')' * 5000, '(' * 240 + ')' * 240 + '(', 'a' * 501, '[', '*'])
def test_what_is_no_pattern_is_refused_in_the_setting(wrong):
    with pytest.raises(ValueError, match="^content: expected a regular expression"):
        patterns.refuse_wrong('content', wrong)
    for kind, settings in (('http', {'url': 'http://x/', 'content': wrong}), ('process', {'name': wrong}), ('process', {'cmdline': wrong})):
        assert "expected a regular expression" in make_check(1, 'x', kind, 60, 10, settings).problem


def test_the_time_left_is_never_more_than_wanted_nor_nothing():
    assert time_limit.left(7.0) == 7.0
    with time_limit.of(10.0):
        assert time_limit.left(4.0) == 4.0
        assert 8.8 < time_limit.left(60.0) <= 9.0
        assert 6.8 < time_limit.left(60.0, keep_s=2.0) <= 7.0
        with time_limit.of(1.0):
            assert time_limit.left(60.0) <= 0.7
    with time_limit.of(0.01):
        assert time_limit.left(5.0) == time_limit.LEAST_S
    assert time_limit.left(7.0) == 7.0


def test_a_look_knows_its_time_limit(monkeypatch):
    def collect(settings, memory):
        yield Reading('', {'n': time_limit.left(60.0)})

    declared = registry.Collector('left', 'left', '', object, (registry.Metric('n', '', ''),), (), 60, 10, collect, '', False)
    monkeypatch.setitem(registry._loaded, 'left', declared)
    result, = Runner().run([Check(1, 'left', 'left', 60, 5.0)])
    assert 4.0 < result.readings[0].values['n'] <= 4.5
    assert json.dumps(result.readings[0].values)
