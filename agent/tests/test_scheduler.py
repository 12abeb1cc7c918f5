"""Due times, and slow or hung checks beside quick ones."""
import threading
import time

import pytest

from itc_agent import registry
from itc_agent.results import Check, Reading, State
from itc_agent.scheduler import Runner, Timetable


@pytest.fixture
def kind(monkeypatch):
    """Register collectors for one test; what they do is a function of this test."""
    def make(name, collect, shared=False):
        declared = registry.Collector(name, name, '', object, (registry.Metric('n', '', ''),), (), 60, 10, collect, '', shared)
        monkeypatch.setitem(registry._loaded, name, declared)
    return make


def check(ident, kind, every_s=60.0, timeout_s=5.0):
    return Check(ident, f'check {ident}', kind, every_s, timeout_s)


def good(settings, memory):
    yield Reading('', {'n': 1})


def test_checks_are_due_by_their_own_interval_and_never_skipped_by_a_hair():
    table, minute, five = Timetable(), check(1, 'x', 60), check(2, 'x', 300)
    due = [[one.ident for one in table.due([minute, five], now, 60)] for now in (0, 59.9, 120.1, 180, 240, 299.8)]
    assert due == [[1, 2], [1], [1], [1], [1], [1, 2]]


def test_a_hung_check_is_unknown_with_words_and_the_others_go_on(kind):
    release = threading.Event()

    def hang(settings, memory):
        release.wait(20)
        yield Reading('', {'n': 1})

    kind('hang', hang)
    kind('good', good)
    runner = Runner()
    checks = [check(0, 'hang', timeout_s=1.0), *[check(number, 'good') for number in range(1, 20)]]
    started = time.monotonic()
    results = runner.run(checks)
    assert time.monotonic() - started < 2
    assert [result.state for result in results] == [State.UNKNOWN] + [State.OK] * 19
    assert results[0].summary == "no answer within 1 s"
    again = runner.run(checks)
    assert "still busy" in again[0].summary
    assert all(result.state == State.OK for result in again[1:])
    release.set()
    time.sleep(0.2)
    assert [result.state for result in runner.run(checks)] == [State.OK] * 20


def test_many_hung_checks_cost_no_more_than_the_longest_time_out(kind):
    release = threading.Event()

    def hang(settings, memory):
        release.wait(20)
        yield from ()

    kind('hang', hang)
    runner = Runner()
    started = time.monotonic()
    results = runner.run([check(number, 'hang', timeout_s=1.0) for number in range(4)])
    assert time.monotonic() - started < 3.5
    assert all(result.state == State.UNKNOWN for result in results)
    release.set()


def test_quick_checks_share_one_thread(kind):
    threads = set()

    def note(settings, memory):
        threads.add(threading.current_thread().name + str(threading.get_ident()))
        yield Reading('', {'n': 1})

    kind('note', note)
    Runner().run([check(number, 'note') for number in range(30)])
    assert len(threads) == 1


def test_a_broken_collector_is_unknown_and_says_what_broke(kind):
    def broken(settings, memory):
        yield Reading('', {'n': 1 / 0})

    kind('broken', broken)
    result, = Runner().run([check(1, 'broken')])
    assert (result.state, result.summary) == (State.UNKNOWN, "the collector failed: ZeroDivisionError: division by zero")


def test_memory_stays_with_its_check_and_is_dropped_with_it(kind):
    def count(settings, memory):
        memory['n'] = memory.get('n', 0) + 1
        yield Reading('', {'n': memory['n']})

    kind('count', count)
    runner, first, second = Runner(), check(1, 'count'), check(2, 'count')
    runner.run([first])
    values = [result.readings[0].values['n'] for result in runner.run([first, second])]
    assert values == [2, 1]
    runner.forget([second])
    assert runner.run([first])[0].readings[0].values['n'] == 1


def test_a_stop_ends_waiting_at_once(kind):
    def slow(settings, memory):
        time.sleep(3)
        yield Reading('', {'n': 1})

    class Stop:
        def is_set(self):
            return time.monotonic() > end

    kind('slow', slow)
    started = time.monotonic()
    end = started + 0.2
    assert Runner().run([check(1, 'slow')], Stop()) == []
    assert time.monotonic() - started < 1
