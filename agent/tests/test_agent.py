"""The agent's own health, asked of a real agent with a real server, spool and key."""
import doctest
import os
import sqlite3
import time
from datetime import datetime, timezone

import pytest
from conftest import nobody, wait_for

from itc_agent import cli, clock, own, registry
from itc_agent.agent import Agent
from itc_agent.collectors import agent as collector
from itc_agent.identity import FILE
from itc_agent.results import State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check, timestamp

LIMITS = registry.load('agent').describe()['limits']
CHECK = {'id': 21, 'name': "Itself", 'kind': 'agent', 'every_s': 0.05, 'timeout_s': 30, 'settings': {}, 'limits': []}


@pytest.fixture
def agent(server, config, identity):
    server.config['checks'] = [CHECK]
    server_time(server, 0)
    one = Agent(config, identity)
    one.begin()
    yield one
    one.end()


def run(agent, limits=LIMITS, memory=None):
    """Run the check as the agent's own runner does."""
    shared = dict(agent._runner._given['agent'])
    return look(make_check(21, 'Itself', 'agent', 60, 30, {}, limits), {} if memory is None else memory, shared)


def report(agent):
    agent.sender.step()
    agent.tick()
    agent.sender.step()


def server_time(server, ahead_s):
    """Let the server's clock be so many seconds ahead of ours in its answers."""
    original = server._report

    def answer(parsed):
        status, content = original(parsed)
        return status, {**content, 'server_now': timestamp(datetime.fromtimestamp(time.time() + ahead_s, timezone.utc))}
    server._report = answer


# === IN A RUNNING AGENT === #

def test_a_running_agent_reports_its_own_health(server, config, start_agent):
    server.config['checks'] = [CHECK]
    server_time(server, 0)
    running = start_agent()
    wait_for(lambda: len(server.cycles()) >= 3)
    code, _seconds, log = running.stop()
    assert code == 0, log
    cycle = server.cycles()[2]
    shape = server.shapes[cycle['shape']]
    names = [one[2] for one in shape['series']]
    assert {'uptime_s', 'acked_s', 'waiting', 'waiting_age_s', 'spool_bytes', 'clock_skew_s', 'memory_bytes'} <= set(names)
    assert not [state for state in server.cycles() if '"collector failed' in str(state)]


def test_an_agent_that_reports_is_fine(agent, server):
    report(agent)
    result = run(agent)
    assert result.state == State.OK, result.summary
    values = result.readings[0].values
    assert (values['waiting'], values['waiting_age_s'], values['acked_s'] <= 2, values['clock_skew_s'] < 2) == (0, 0, True, True)
    assert values['spool_bytes'] > 4096 and 10 * 2 ** 20 < values['memory_bytes'] < 2 ** 30
    assert result.summary.startswith("version ")


def test_the_spool_is_not_opened_a_second_time_and_stays_usable(agent):
    for _look in range(3):
        assert run(agent).state != State.UNKNOWN
    assert agent.spool.stats()['waiting'] >= 1
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(agent.spool.path, timeout=0.1).execute("SELECT count(*) FROM records")


def test_records_that_wait_have_a_number_and_an_age(agent, server):
    report(agent)
    server.fault = '503'
    began = run(agent).readings[0].values
    agent.tick()
    agent.tick()
    agent.spool._db.execute("UPDATE records SET ts = ? WHERE status = 0 AND seq = (SELECT min(seq) FROM records WHERE status = 0)",
                            (timestamp(datetime.fromtimestamp(time.time() - 7200, timezone.utc)),))
    result = run(agent)
    values = result.readings[0].values
    assert values['waiting'] >= began['waiting'] + 2 and 7199 <= values['waiting_age_s'] < 7300
    assert result.state == State.WARNING and "waiting_age_s 2 h 0 min > 30 min" in result.summary


def test_seconds_since_the_last_acknowledged_report_and_before_the_first(agent, server, monkeypatch):
    assert "nothing was acknowledged since the start" in run(agent).summary
    server.fault = '500'
    report(agent)
    assert agent.sender.contact is None
    server.fault = 'ok'
    wait_for(lambda: agent.sender.step() and agent.sender.contact)  # after the short rest that a failure brings
    assert "nothing was acknowledged" not in run(agent).summary
    now = clock.mono()
    monkeypatch.setattr(clock, 'mono', lambda: now + 1000)
    only_acked = [limit for limit in LIMITS if limit['metric'] == 'acked_s']
    result = run(agent, only_acked)
    assert result.state == State.WARNING and "acked_s 16 min 40 s > 15 min" in result.summary
    monkeypatch.setattr(clock, 'mono', lambda: now + 8000)
    assert run(agent, only_acked).state == State.CRITICAL


@pytest.mark.parametrize(('ahead_s', 'words'), [(-120, "is 2 min 0 s ahead of the server's"), (120, "is 2 min 0 s behind the server's")])
def test_a_clock_that_differs_from_the_servers_is_a_warning_and_says_which_way(agent, server, ahead_s, words):
    server_time(server, ahead_s)
    report(agent)
    result = run(agent)
    assert result.state == State.WARNING and words in result.summary.replace('1 min 59 s', '2 min 0 s')
    assert abs(result.readings[0].values['clock_skew_s'] - 120) < 2


def test_time_that_is_set_wrong_after_the_last_answer_shows_too(agent, server, monkeypatch):
    report(agent)
    set_wrong = time.time() - 86400 * 365
    monkeypatch.setattr(collector.time, 'time', lambda: set_wrong)
    result = run(agent)
    assert result.state == State.CRITICAL and "365 d 0 h behind the server's" in result.summary
    assert result.readings[0].values['waiting_age_s'] == 0


@pytest.mark.parametrize('told', [None, 'noon', 17, '2026-11-23T05:12:44', '9999-12-31T23:59:59.999+00:00x'])
def test_an_answer_without_a_usable_time_leaves_the_clock_out(agent, server, told):
    original = server._report
    server._report = lambda parsed: (200, {**original(parsed)[1], 'server_now': told})
    report(agent)
    result = run(agent)
    assert 'clock_skew_s' not in result.readings[0].values and result.state == State.OK


def test_a_key_or_folder_that_others_may_read_is_a_warning_and_a_key_that_is_gone_critical(agent, config):
    os.chmod(config.state_dir / FILE, 0o644)
    result = run(agent)
    assert result.state == State.WARNING and "mode 0644 lets it be read or changed by others" in result.summary
    os.chmod(config.state_dir / FILE, 0o600)
    os.chmod(config.state_dir, 0o755)
    assert "mode 0755" in run(agent).summary
    os.chmod(config.state_dir, 0o700)
    os.chmod(config.file, 0o666)
    assert "mode 0666 lets it be changed by others" in run(agent).summary
    os.chmod(config.file, 0o644)
    assert run(agent).state == State.OK
    (config.state_dir / FILE).unlink()
    result = run(agent)
    assert result.state == State.CRITICAL and "is gone: the agent will not start again" in result.summary


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="needs root to lose rights")
def test_permissions_that_cannot_be_looked_at_are_unknown(agent, tmp_path):
    tmp_path.parent.chmod(0o700)
    with nobody():
        state, words = collector.look_at_permissions(agent._runner._given['agent']['own'])
    assert state == State.UNKNOWN and "permissions cannot be read" in words


def test_permissions_are_looked_at_once_an_hour(agent, config, monkeypatch):
    memory = {}
    run(agent, memory=memory)
    os.chmod(config.state_dir / FILE, 0o644)
    assert run(agent, memory=memory).state == State.OK
    now = clock.mono()
    monkeypatch.setattr(clock, 'mono', lambda: now + 3601)
    assert run(agent, limits=[], memory=memory).state == State.WARNING


def test_what_it_costs_is_measured_from_look_to_look(agent):
    memory = {}
    run(agent, memory=memory)
    began, end = memory['cpu'], time.process_time() + 0.4
    while time.process_time() < end:
        sum(range(1000))
    time.sleep(max(0.0, 1.2 - (clock.mono() - began[0])))
    share = run(agent, memory=memory).readings[0].values['cpu_pct']
    assert 5 < share <= 100


def test_a_spool_that_is_closed_or_damaged_is_unknown_not_fine(agent):
    agent.spool._db.execute("UPDATE records SET ts = 'garbage'")
    assert run(agent).readings[0].values['waiting'] >= 1
    path = agent.spool.path
    agent.spool.close()
    result = run(agent)
    assert result.state == State.UNKNOWN and result.readings == ()
    agent.spool._open()
    assert path.exists()


# === OUTSIDE OF ONE === #

def test_outside_the_running_agent_nothing_is_known(config, identity, capsys):
    assert cli.main(['check', '--config', config.file, 'agent']) == State.UNKNOWN
    assert "only the running agent knows this" in capsys.readouterr().out


def test_what_an_agent_gives_to_a_kind_is_not_given_to_others_and_survives_a_look_given_up():
    runner = Runner(given={'agent': {'own': 1}})
    checks = [make_check(1, 'a', 'tcp', 60, 5, {'port': 9}), make_check(2, 'b', 'agent', 60, 5, {})]
    runner.run(checks)
    assert (runner._shared['tcp'], runner._shared['agent']) == ({}, {'own': 1})
    runner._shared.pop('agent')
    runner.run(checks[1:])
    assert runner._shared['agent'] == {'own': 1}


def test_examples_hold():
    assert doctest.testmod(own).failed == 0
