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


@pytest.fixture
def release(kind):
    """Register ``hang``, whose look ends only when this event is set; at the end of the test it is."""
    event = threading.Event()

    def hang(settings, memory):
        event.wait(20)
        yield Reading('', {'n': 1})

    kind('hang', hang)
    yield event
    event.set()


def check(ident, kind, every_s=60.0, timeout_s=5.0):
    return Check(ident, f'check {ident}', kind, every_s, timeout_s)


def good(settings, memory):
    yield Reading('', {'n': 1})


def test_checks_are_due_by_their_own_interval_and_never_skipped_by_a_hair():
    table, minute, five = Timetable(), check(1, 'x', 60), check(2, 'x', 300)
    due = [[one.ident for one in table.due([minute, five], now, 60)] for now in (0, 59.9, 120.1, 180, 240, 299.8)]
    assert due == [[1, 2], [1], [1], [1], [1], [1, 2]]


def test_a_hung_check_is_unknown_with_words_and_the_others_go_on(kind, release):
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


def test_many_hung_checks_cost_no_more_than_the_longest_time_out(release):
    runner = Runner()
    started = time.monotonic()
    results = runner.run([check(number, 'hang', timeout_s=1.0) for number in range(4)])
    assert time.monotonic() - started < 3.5
    assert all(result.state == State.UNKNOWN for result in results)


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


def count_up(settings, memory):
    memory['kept']['n'] = memory['kept'].get('n', 0) + 1
    yield Reading('', {'n': memory['kept']['n']})


def test_what_a_check_keeps_is_there_after_a_restart_and_only_for_itself(kind):
    kind('count', count_up)
    kind('other', count_up)
    disk = {}
    for expected in (1, 2):  # two lives of the agent
        runner = Runner(lambda name: disk.get(name, ''))
        results = runner.run([check(1, 'count')])
        assert results[0].readings[0].values == {'n': expected}
        changed = runner.kept(results)
        assert changed == {'memory:1:count': f'{{"n": {expected}}}'}
        disk.update(changed)
        assert runner.kept(results) == {}
    fresh = Runner(lambda name: disk.get(name, '')).run([check(2, 'count'), check(1, 'other')])
    assert [one.readings[0].values['n'] for one in fresh] == [1, 1]


@pytest.mark.parametrize('text', ['', 'not json', '[1]', 'null'])
def test_what_was_kept_and_cannot_be_read_is_as_good_as_nothing(kind, text):
    kind('count', count_up)
    assert Runner(lambda _name: text).run([check(1, 'count')])[0].readings[0].values == {'n': 1}


def test_nobody_keeps_more_than_its_share(kind, caplog):
    def hoard(settings, memory):
        memory['kept']['x'] = 'x' * 70_000
        yield Reading('', {'n': 1})

    kind('hoard', hoard)
    runner = Runner()
    assert runner.kept(runner.run([check(1, 'hoard')])) == {}
    assert "too many to keep" in caplog.text


def test_a_hung_check_changes_nothing_of_what_was_kept(kind):
    release = threading.Event()

    def hang(settings, memory):
        memory['kept']['n'] = 99
        release.wait(20)
        yield Reading('', {'n': 1})

    kind('hang', hang)
    runner = Runner(lambda _name: '{"n": 5}')
    assert runner.kept(runner.run([check(1, 'hang', timeout_s=0.5)])) == {}
    release.set()


def slowly(seconds):
    def slow(settings, memory):
        time.sleep(seconds)
        yield Reading('', {'n': 1})
    return slow


def late_results(runner, within_s):
    """Return (seconds, result) of what comes after a cycle."""
    started, found = time.monotonic(), []
    while runner.busy and time.monotonic() - started < within_s:
        found += [(time.monotonic() - started, result) for result in runner.late()]
    return found


def test_a_slow_check_holds_nobody_up_and_is_told_when_it_comes(kind):
    kind('slow', slowly(1.5))
    kind('good', good)
    runner = Runner()
    checks = [check(0, 'slow'), check(1, 'good'), check(2, 'good')]
    started = time.monotonic()
    told = runner.run(checks, hold_s=0.8)
    assert time.monotonic() - started < 1.2
    assert [result.check.ident for result in told] == [1, 2]
    (after_s, late), = late_results(runner, 5)
    assert (late.check.ident, late.state) == (0, State.OK)
    assert 0.3 < after_s < 2
    assert not runner.busy


def test_who_is_over_time_is_told_after_its_cycle_too(release):
    runner = Runner()
    assert runner.run([check(0, 'hang', timeout_s=1.0)], hold_s=0.3) == []
    (_after_s, late), = late_results(runner, 5)
    assert (late.state, late.summary) == (State.UNKNOWN, "no answer within 1 s")


def test_a_check_that_is_being_looked_at_begins_no_second_look_and_stays_due(kind):
    looks = []

    def slow(settings, memory):
        looks.append(1)
        time.sleep(1)
        yield Reading('', {'n': 1})

    kind('slow', slow)
    runner, table, one = Runner(), Timetable(), check(0, 'slow', every_s=1)
    assert runner.run(table.due([one], 0, 1, runner.busy), hold_s=0.2) == []
    assert table.due([one], 1, 1, runner.busy) == []
    assert runner.run([one], hold_s=0.2) == []
    assert len(late_results(runner, 5)) == 1
    assert len(looks) == 1
    assert table.due([one], 1, 1, runner.busy) == [one]


def test_who_was_slow_last_time_begins_last(kind):
    order = []

    def note(settings, memory):
        order.append(settings)
        time.sleep(0.7 if settings == 'slow' else 0)
        yield Reading('', {'n': 1})

    kind('note', note)
    checks = [Check(number, name, 'note', 60, 5, name) for number, name in enumerate(('slow', 'a', 'b'))]
    runner = Runner()
    runner.run(checks)
    runner.run(checks)
    assert order == ['slow', 'a', 'b', 'a', 'b', 'slow']


def test_more_slow_checks_than_workers_are_all_told(kind):
    kind('slow', slowly(0.7))
    kind('good', good)
    runner = Runner()
    checks = [check(number, 'slow') for number in range(10)] + [check(10, 'good')]
    told = runner.run(checks, hold_s=0.2)
    found = told + [result for _after_s, result in late_results(runner, 20)]
    assert sorted(result.check.ident for result in found) == list(range(11))
    assert all(result.state == State.OK for result in found)


def test_a_check_that_is_configured_otherwise_is_due_at_once_and_its_old_look_is_no_answer(kind):
    kind('good', good)
    table, runner = Timetable(), Runner()
    old, new = Check(1, 'x', 'good', 3600, 5, 'old'), Check(1, 'x', 'good', 3600, 5, 'new')
    assert table.due([old], 0, 60) == [old]
    assert table.due([old], 60, 60) == []
    assert table.due([new], 120, 60) == [new]
    assert table.due([new], 180, 60) == []
    runner.run([old], hold_s=0)
    runner.forget([new])
    assert not runner.busy


def test_many_hung_checks_leave_the_cycle_to_the_others(kind, release):
    kind('good', good)
    runner = Runner()
    checks = [*[check(number, 'hang', timeout_s=3.0) for number in range(3)], *[check(number, 'good') for number in range(3, 9)]]
    runner.run(checks[3:])
    told = runner.run(checks, hold_s=2.0)
    assert [result.check.ident for result in told] == list(range(3, 9))
