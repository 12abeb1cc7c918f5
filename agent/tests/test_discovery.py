"""The look as a whole: a child that nobody waits for, told when something changed, and what cannot be told."""
import json
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest
from conftest import wait_for
from test_wire import STAMP, protocol, report_of  # noqa: F401  a fixture

from itc_agent import discovery, wire
from itc_agent.discovery import ALL, Finding, Look, Scout
from itc_agent.errors import SourceUnavailable


def finding(number=1, **values):
    return {**Finding('odoo_http', 'http', {'url': f'http://127.0.0.1:{8000 + number}/'}, True, "An Odoo answers.").as_dict('odoo'), **values}


# === THE CHILD === #

def test_this_machine_is_looked_at_within_its_time_and_without_reading_a_file():
    found = discovery.look(7)
    assert found.rev == 7 and ALL not in found.blind
    assert {'host', 'disk'} <= {one['code'] for one in found.findings}


@pytest.mark.parametrize('answer', [None, [], "x", 7])
def test_an_answer_that_is_none_means_that_nobody_could_look(answer):
    assert discovery.read_answer(1, answer) == Look(1, (), {ALL: "the look gave no answer that can be read"})


def test_a_child_that_dies_or_hangs_means_that_nobody_could_look(tmp_path, monkeypatch):
    for text in ("import sys; sys.exit(3)", "import time; time.sleep(60)", "print('no json')"):
        (tmp_path / 'child.py').write_text(text)
        monkeypatch.setattr(discovery, 'CHILD', str(tmp_path / 'child.py'))
        monkeypatch.setattr(discovery, 'LIMIT_S', 1.0)
        found = discovery.look(1)
        assert (found.findings, list(found.blind)) == ((), [ALL]) and found.blind[ALL]


def test_who_looks_lets_everything_else_go_first():
    asked = 'me.nice()' if sys.platform == 'win32' else 'me.nice(), me.ionice().ioclass'  # of its disks Wine tells nothing
    code = (f"import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(discovery.CHILD))!r}); import psutil; from itc_agent import discovery_child; "
            f"discovery_child.step_back(); me = psutil.Process(); print(*map(int, [{asked}]))")
    found = subprocess.run([sys.executable, '-c', code], capture_output=True, check=True, timeout=60).stdout
    expected = [psutil.IDLE_PRIORITY_CLASS] if sys.platform == 'win32' else [19, psutil.IOPRIO_CLASS_IDLE]
    assert [int(one) for one in found.split()] == [int(one) for one in expected]


@pytest.mark.skipif(sys.platform == 'win32', reason="on Windows its time limit ends it")
def test_a_child_whose_agent_is_gone_ends():
    code = (f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', \"import sys; sys.path.insert(0, {os.path.dirname(discovery.CHILD)!r}); "
            "import discovery_child, os, time; discovery_child.end_with_the_agent(os.getppid())\"]); "
            "print(child.pid); sys.stdout.flush(); import time; time.sleep(1.5)")
    pid = int(subprocess.run([sys.executable, '-c', code], capture_output=True, check=True, timeout=20).stdout)

    def is_gone():
        """The child has ended."""
        try:
            with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
                return file.read().rpartition(')')[2].split()[0] == 'Z'
        except FileNotFoundError:
            return True
    wait_for(is_gone, 5)


@pytest.mark.parametrize('value', [
    'a\nb', ' a', 'a ', '/srv/\u202egpj', 'x' * 301, '\ud800', 2 ** 60, 1.5, None, {'a': 1}, ['a\nb'], ['x'] * 21, [1], 'é' * 300, 'a\u2028b'])
def test_what_a_person_could_not_read_as_it_is_is_not_told(value):
    if value == 'é' * 300:
        value = ['é' * 300, 'é' * 300]
    assert not discovery.is_sayable(finding(settings={'folder': value}))
    look = discovery.read_answer(1, {'findings': [finding(settings={'folder': value})], 'blind': {}})
    assert (look.findings, list(look.blind)) == ((), ['odoo'])


def test_of_too_many_things_the_doubtful_ones_are_left_out_and_said():
    told = [finding(number, sure=number >= 30) for number in range(90)]
    found = discovery.read_answer(1, {'findings': told, 'blind': {}})
    assert len(found.findings) == discovery.MAX_FINDINGS and all(one['sure'] for one in found.findings)
    assert 'more than 60' in found.blind['odoo']


# === WHEN === #

def test_nobody_looks_for_a_server_that_does_not_take_it():
    scout = Scout(None, look=lambda rev: pytest.fail("looked"))
    assert [scout.step(now) for now in (0, 1e6)] == [None, None]


def test_a_look_is_begun_after_the_start_once_a_day_and_when_asked():
    looked = []

    def look(rev):
        looked.append(rev)
        return Look(rev, (), {})

    def step(now):
        scout.step(now)
        if scout._thread:
            scout._thread.join()
        return scout.step(now)

    scout = Scout(0, look=look, every_s=100)
    assert step(0) == Look(0, (), {}) and looked == [0]
    assert step(50) is None and looked == [0]
    assert step(100) is not None and looked == [0, 0]
    scout.rev = 1
    assert step(101) == Look(1, (), {}) and looked == [0, 0, 1]


def test_a_look_that_takes_long_keeps_nobody_waiting_and_is_not_begun_twice():
    release, begun = threading.Event(), []

    def look(rev):
        begun.append(rev)
        release.wait(20)
        return Look(rev, (), {})

    scout = Scout(0, look=look, every_s=1)
    started = time.monotonic()
    assert [scout.step(now) for now in range(0, 1000, 10)] == [None] * 100
    assert time.monotonic() - started < 1 and begun == [0]
    release.set()
    scout._thread.join()
    assert scout.step(2000) == Look(0, (), {})


def test_a_look_that_breaks_means_that_nobody_could_look():
    def look(_rev):
        raise RuntimeError("x")
    scout = Scout(0, look=look)
    scout.step(0)
    scout._thread.join()
    assert scout.step(1) == Look(0, (), {ALL: "the look failed: RuntimeError"})


@pytest.mark.parametrize(('answer', 'rev'), [({'discover_rev': 0}, 0), ({'discover_rev': 7}, 7), ({}, None), ({'discover_rev': True}, None),
                                             ({'discover_rev': -1}, None), ({'discover_rev': '7'}, None), (None, None), ([], None)])
def test_the_servers_wish(answer, rev):
    assert discovery.rev_of(answer) == rev


def test_the_servers_wish_is_known_after_a_restart_without_it(tmp_path):
    (tmp_path / 'config.json').write_text(json.dumps({'discover_rev': 3}))
    assert discovery.cached_rev(tmp_path / 'config.json') == 3
    (tmp_path / 'config.json').write_text('{')
    assert discovery.cached_rev(tmp_path / 'config.json') is discovery.cached_rev(tmp_path / 'none') is None


# === TOLD === #

def test_the_server_takes_what_we_found(protocol):  # noqa: F811  pytest's way to name a fixture
    told = [finding(number, why="=1+1") for number in range(60)]
    for parts in (wire.discovered_parts(0, told[:1], {'odoo': "no"}), wire.discovered_parts(2, told, {f'family_{number}': "é" * 160 for number in range(15)}),
                  wire.discovered_parts(0, (), {ALL: "no"})):
        report = protocol.parse_report(report_of([], [wire.build_event('discovered', part, STAMP, 1.0) for part in parts]))
        assert report.rejected == () and len(report.records) == len(parts)
        for record in report.records:
            assert len(wire.canonical(record.data)) <= 4096 + 2 * 60


def test_what_does_not_fit_goes_in_parts_each_of_which_names_all():
    told = [finding(number) for number in range(60)]
    parts = wire.discovered_parts(0, told, {'mega': "no"})
    assert len(parts) > 1 and [one for part in parts for one in part['findings']] == told
    assert all(part['keys'] == [one['key'] for one in told] and part['blind'] == [{'family': 'mega', 'why': "no"}] for part in parts)


def test_this_machines_own_things_are_taken(protocol):  # noqa: F811  pytest's way to name a fixture
    found = discovery.look(0)
    parts = wire.discovered_parts(found.rev, found.findings, found.blind)
    report = protocol.parse_report(report_of([], [wire.build_event('discovered', part, STAMP, 1.0) for part in parts]))
    assert report.rejected == ()
    assert [one['settings'] for record in report.records for one in record.data['findings']] == [one['settings'] for one in found.findings]


def test_the_agent_tells_it_once_and_again_when_asked(server, config, identity):
    """A whole agent against a server that wants it: told, not told again while nothing changes, told anew when Odoo asks."""
    from itc_agent.agent import Agent
    server.config = {**server.config, 'checks': [], 'discover_rev': 0}
    agent = Agent(config, identity)
    try:
        agent.begin()
        agent._scout._look = lambda rev: Look(rev, (finding(),), {'mega': "no"})
        _run(agent, server, lambda: server.events('discovered'))
        assert server.events('discovered') == [{'rev': 0, 'findings': [finding()], 'blind': [{'family': 'mega', 'why': "no"}]}]
        agent._scout._at = float('-inf')
        _run(agent, server, lambda: agent._scout._thread is None and agent._scout._at > 0)
        assert len(server.events('discovered')) == 1
        server.config = {**server.config, 'config_rev': 'bbbbbbbbbbbb', 'discover_rev': 1}
        _run(agent, server, lambda: len(server.events('discovered')) > 1)
        assert [one['rev'] for one in server.events('discovered')] == [0, 1]
    finally:
        agent.end()


def test_an_older_server_is_told_nothing(server, config, identity):
    from itc_agent.agent import Agent
    agent = Agent(config, identity)
    try:
        agent.begin()
        agent._scout._look = lambda rev: pytest.fail("looked")
        _run(agent, server, lambda: len(server.reports) > 5)
        assert agent.checks and not server.events('discovered') and agent._scout._thread is None
    finally:
        agent.end()


def _run(agent, server, until):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        agent.tick()
        agent.sender.step()
        if until():
            return
        time.sleep(0.02)
    raise AssertionError("not within 10 s")


def test_a_source_that_is_not_here_says_so():
    from itc_agent.scene import Scene
    with pytest.raises(SourceUnavailable, match="processes cannot be looked at here"):
        assert Scene({}).processes is None
