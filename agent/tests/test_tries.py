"""Looks that are tried: once each, beside the checks, whatever becomes of them."""
import json
import threading
import time

import psutil
import pytest
from conftest import QUICK_CHECK, wait_for
from protocol_server import DB_ID

from itc_agent import agent as agents
from itc_agent import registry, wire
from itc_agent.results import State
from itc_agent.tries import MAX_AT_ONCE, MAX_NOTED, Tries

TRY = {'id': 'a1' * 16, 'kind': 'newest_file', 'timeout_s': 5, 'settings': {}, 'limits': [{'metric': 'age_s', 'op': '>', 'warning': 60, 'critical': 600}]}


def ask(server, *tries, rev='bbbbbbbbbbbb', **values):
    server.config = {**server.config, 'config_rev': rev, 'tries': list(tries), **values}


@pytest.fixture
def dumps(tmp_path):
    folder = tmp_path / 'dumps'
    folder.mkdir()
    (folder / 'a.dump').write_bytes(b'x' * 2048)
    return {'folder': str(folder), 'pattern': '*.dump'}


@pytest.fixture
def deaf(serve):
    """The settings of a page that never answers."""
    release = threading.Event()
    yield {'url': serve(lambda connection: release.wait(30)).url}
    release.set()


def test_a_try_is_answered_once_with_its_values_and_no_check_is_disturbed(server, config, start_agent, dumps):
    agent = start_agent()
    wait_for(lambda: len(server.cycles()) >= 3)
    ask(server, {**TRY, 'settings': dumps})
    wait_for(lambda: server.events('tried'))
    found, = server.events('tried')
    assert (found['id'], found['state'], found['left_out']) == (TRY['id'], 0, 0)
    assert {metric for _item, metric, _unit, _value in found['values']} >= {'age_s', 'size_bytes'}
    assert 0 <= found['took_s'] < 5
    told = next(report for report in server.reports if any(record.get('kind') == 'tried' for record in report['records']))
    assert told['wake'] is True
    ask(server, {**TRY, 'settings': dumps}, rev='cccccccccccc')  # the server asked again: it never heard the answer
    count = len(server.cycles())
    wait_for(lambda: len(server.cycles()) > count + 5)
    agent.stop()
    assert len(server.events('tried')) == 1
    assert {one for shape in server.shapes.values() for one in shape['checks']} == {11}, "a try is in no cycle"


def test_a_try_of_the_agent_itself_is_answered_with_the_running_agents_own_figures(server, config, start_agent):
    agent = start_agent()
    wait_for(lambda: len(server.cycles()) >= 3)
    ask(server, {**TRY, 'kind': 'agent', 'settings': {}, 'limits': [{'metric': 'uptime_s', 'op': '>', 'warning': 3600, 'critical': None}]})
    wait_for(lambda: server.events('tried'))
    found, = server.events('tried')
    told = {metric: value for _item, metric, _unit, value in found['values']}
    assert found['state'] == State.OK and "version " in found['text'], found
    assert told['acked_s'] <= 5 and told['uptime_s'] <= 60 and told['spool_bytes'] > 4096
    assert told['memory_bytes'] == pytest.approx(psutil.Process(agent.process.pid).memory_info().rss, rel=0.5)
    ask(server, {**TRY, 'id': 'b2' * 16, 'kind': 'agent', 'settings': {}, 'limits': [{'metric': 'spool_bytes', 'op': '>', 'warning': 1, 'critical': 2}]},
        rev='cccccccccccc')
    wait_for(lambda: len(server.events('tried')) == 2)
    assert server.events('tried')[1]['state'] == State.CRITICAL, "its limits count"


def test_a_try_leaves_nothing_in_what_the_checks_of_its_kind_share(monkeypatch):
    seen = []

    def collect(settings, memory, shared):
        seen.append(dict(shared))
        shared['mine'] = True
        return ()
    declared = registry.Collector('share', '', '', registry.load('host').settings, (), (), 60, 10, collect, '', shared=True)
    monkeypatch.setitem(registry._loaded, 'share', declared)
    given = {'share': {'own': 7}}
    told = []
    tries = Tries('', lambda noted: None, lambda data, noted: told.append(data), given)
    tries.take([(f'{number:032x}', wire.make_check(f'{number:032x}', 'share', 'share', 60, 5, {})) for number in range(2)])
    wait_for(lambda: len(told) == 2)
    assert seen == [{'own': 7}] * 2 and given == {'share': {'own': 7}}


def test_a_try_is_not_looked_at_again_after_a_restart(server, config, start_agent, dumps):
    ask(server, {**TRY, 'settings': dumps})
    agent = start_agent()
    wait_for(lambda: server.events('tried'))
    agent.kill()
    ask(server, {**TRY, 'settings': dumps}, {**TRY, 'id': 'b2' * 16, 'settings': dumps}, rev='cccccccccccc')
    start_agent()
    wait_for(lambda: len(server.events('tried')) == 2)
    time.sleep(0.5)
    assert [one['id'] for one in server.events('tried')] == [TRY['id'], 'b2' * 16]


def test_a_try_that_a_restart_cut_short_is_told_as_that(server, config, start_agent, deaf):
    ask(server, {**TRY, 'kind': 'http', 'settings': deaf, 'limits': [], 'timeout_s': 60})
    agent = start_agent()
    wait_for(lambda: server.cycles())
    time.sleep(0.5)
    agent.kill()
    start_agent()
    wait_for(lambda: server.events('tried'))
    found, = server.events('tried')
    assert (found['id'], found['state'], found['text']) == (TRY['id'], 3, "the agent was restarted while it looked; try again")


def test_a_try_that_hangs_is_unknown_in_its_time_and_the_checks_go_on(server, config, start_agent, deaf):
    start_agent()
    wait_for(lambda: server.cycles())
    ask(server, {**TRY, 'kind': 'http', 'settings': deaf, 'limits': [], 'timeout_s': 2})
    count = len(server.cycles())
    wait_for(lambda: server.events('tried'))
    found, = server.events('tried')
    assert found['state'] in (2, 3) and 'no answer' in found['text'] and found['took_s'] <= 2.1
    assert len(server.cycles()) > count + 8, "a cycle of 0.1 s went on for two seconds"


def test_what_the_agent_refuses_is_answered_with_its_words(server, config, start_agent, dumps):
    ask(server, {**TRY, 'kind': 'teapot'}, {**TRY, 'id': 'b2' * 16, 'settings': dumps | {'paterns': '*'}}, {**TRY, 'id': 'c3' * 16, 'settings': {}},
        {**TRY, 'id': 'not an id'}, 7)
    start_agent()
    wait_for(lambda: len(server.events('tried')) == 3)
    assert {one['state'] for one in server.events('tried')} == {3}
    texts = {one['id'][:2]: one['text'] for one in server.events('tried')}
    assert ['teapot' in texts['a1'], "no setting 'paterns'" in texts['b2'], 'required' in texts['c3']] == [True] * 3
    wait_for(lambda: server.cycles())


def test_a_configuration_that_only_adds_a_try_keeps_the_beat(server, config, identity):
    """Nothing else would tell apart a tick that was cut short from one that was not."""
    agent = agents.Agent(config, identity)
    answer = {'proto': 1, 'db_id': DB_ID, 'config_rev': 'a' * 12, 'cycle_s': 60, 'checks': [QUICK_CHECK]}
    agent._take_config(answer)
    assert agent._rest(time.monotonic() + 0.2) is True
    agent._take_config({**answer, 'config_rev': 'b' * 12, 'tries': [{**TRY, 'kind': 'teapot'}]})
    assert agent._rest(time.monotonic() + 0.2) is False
    cached = json.loads((config.state_dir / agents.CACHE).read_text())
    assert 'tries' not in cached and cached['config_rev'] == '', "a restart asks again"
    agent._take_config({**answer, 'cycle_s': 30})
    assert agent._rest(time.monotonic() + 0.2) is True
    agent.end()


class Book:
    """What a spool would keep."""

    def __init__(self, noted=''):
        self.noted, self.told = noted, []
        self.tries = Tries(noted, self.remember, self.tell)

    def remember(self, noted):
        self.noted = noted

    def tell(self, data, noted):
        self.remember(noted)
        self.told.append(data)


def hanging(number):
    return f'{number:032x}', wire.make_check(f'{number:032x}', 'hang', 'hang', 60, 0.3, {})


@pytest.fixture
def hang(monkeypatch):
    from itc_agent import registry
    release = threading.Event()

    def collect(settings, memory):
        release.wait(20)
        return ()
    declared = registry.Collector('hang', '', '', registry.load('host').settings, (), (), 60, 10, collect, '')
    monkeypatch.setitem(registry._loaded, 'hang', declared)
    yield release
    release.set()


def test_tries_that_all_hang_leave_so_many_behind_and_no_more(hang):
    book = Book()
    book.tries.take([hanging(number) for number in range(MAX_AT_ONCE + 2)])
    wait_for(lambda: len(book.told) == MAX_AT_ONCE + 2)
    assert {one['state'] for one in book.told} == {State.UNKNOWN}
    assert sum('still busy' in one['text'] for one in book.told) == 2
    assert sum('no answer within 0.3 s' in one['text'] for one in book.told) == MAX_AT_ONCE
    hang.set()


def test_a_try_is_noted_before_it_is_looked_at_and_forgotten_never_too_early(hang):
    book = Book()
    book.tries.take([hanging(1)])
    assert json.loads(book.noted) == {'begun': [f'{1:032x}'], 'open': [f'{1:032x}']}
    again = Book(book.noted)
    again.tries.take([hanging(1)])
    assert again.told == []
    again.tries.recover()
    assert [one['id'] for one in again.told] == [f'{1:032x}'] and json.loads(again.noted)['open'] == []
    wait_for(lambda: book.told)
    hang.set()
    many = Book()
    for number in range(MAX_NOTED + 5):
        many.tries.take([(f'{number:032x}', wire.make_check(f'{number:032x}', 'none', 'teapot', 60, 1, {}))])
    wait_for(lambda: len(many.told) == MAX_NOTED + 5)
    assert len(json.loads(many.noted)['begun']) == MAX_NOTED


@pytest.mark.parametrize('noted', ['no json', '7', '{"begun": 3}', '{"begun": [], "open": null}'])
def test_what_was_noted_and_cannot_be_read_is_as_good_as_nothing(noted):
    book = Book(noted)
    book.tries.recover()
    assert book.told == []


def test_once_stopped_nothing_is_told_any_more(hang):
    book = Book()
    book.tries.take([hanging(1)])
    book.tries.stop()
    time.sleep(0.6)
    assert book.told == [] and json.loads(book.noted)['open'] == [f'{1:032x}']
