"""Services: recorded and constructed outputs of both systems, judged over time."""
import json
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from itc_agent.collectors import _services, _services_child, service_linux, service_windows
from itc_agent.collectors._service_common import ServiceFacts, ServiceSettings, fits, judge_service
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples'
LINUX, WINDOWS = (sorted((SAMPLES / kind).iterdir()) for kind in ('service_linux', 'service_windows'))


def settings_of(case):
    raw = json.loads((case / 'settings.json').read_text())
    return ServiceSettings(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})


def as_dict(readings):
    return {one.item: {'state': int(one.finding), 'values': one.values, 'text': one.text} for one in readings}


@pytest.mark.parametrize('case', LINUX, ids=lambda case: case.name)
def test_systemctl(case):
    expected = json.loads((case / 'expected.json').read_text())
    text = (case / 'input.txt').read_text()
    if 'unavailable' in expected:
        with pytest.raises(SourceUnavailable, match=expected['unavailable']):
            service_linux.parse(text)
    else:
        triggers = service_linux.parse((case / 'triggers.txt').read_text())
        assert as_dict(service_linux.readings_of(service_linux.parse(text), settings_of(case), {}, 0.0, 1000.0, triggers)) == expected


@pytest.mark.parametrize('case', WINDOWS, ids=lambda case: case.name)
def test_windows(case):
    services = json.loads((case / 'input.json').read_text())
    readings = service_windows.readings_of(services, settings_of(case), {}, 0.0, 300.0)
    assert as_dict(readings) == json.loads((case / 'expected.json').read_text())


def test_a_delayed_service_has_no_excuse_once_the_machine_is_up_for_long():
    service = {'name': 'edgeupdate', 'status': 'stopped', 'start_type': 'automatic', 'delayed': True, 'trigger': False, 'exit_code': 1077, 'uptime_s': None}
    reading, = service_windows.readings_of([service], ServiceSettings(('edge*',)), {}, 0.0, 700.0)
    assert reading.finding == 1


def states(facts, times, **settings):
    memory, chosen = {}, ServiceSettings(('odoo',), **settings)
    return [int(judge_service(one, chosen, memory, mono).finding) for one, mono in zip(facts, times, strict=True)]


def restarted(number, uptime_s=100_000.0, phase='running', **more):
    return ServiceFacts('odoo', phase, 'active (running)', uptime_s, number, **more)


def test_pending_for_long_is_a_warning_then_critical_and_starts_anew_after_running():
    pending, running = ServiceFacts('odoo', 'pending', 'activating'), ServiceFacts('odoo', 'running', 'active', 500.0)
    assert states([pending, pending, pending, pending, running, pending], [0, 119, 121, 601, 660, 720]) == [0, 0, 1, 2, 0, 0]


def test_freshly_started_at_three_looks_in_a_row_is_flapping():
    young, old = ServiceFacts('odoo', 'running', 'active', 5.0), ServiceFacts('odoo', 'running', 'active', 65.0)
    assert states([young, young, young, young, old, young], [0, 60, 120, 180, 240, 300]) == [0, 0, 1, 1, 0, 0]


def test_a_pattern_that_finds_fewer_than_expected_is_unknown():
    text = (SAMPLES / 'service_linux' / 'mixed' / 'input.txt').read_text()
    readings = as_dict(service_linux.readings_of(service_linux.parse(text), ServiceSettings(('postgresql*',), match_min=2), {}, 0.0, 1000.0))
    assert readings['postgresql*'] == {'state': 3, 'values': {}, 'text': "1 service matches, at least 2 expected"}


def test_ignored_services_are_left_out():
    text = (SAMPLES / 'service_linux' / 'mixed' / 'input.txt').read_text()
    readings = as_dict(service_linux.readings_of(service_linux.parse(text), ServiceSettings(('odoo*',), ignore=('odoo-*',)), {}, 0.0, 1000.0))
    assert 'odoo-cron.service' not in readings and 'odoo.service' in readings


def test_a_service_that_ended_by_itself_between_two_looks_is_a_warning_for_as_long_as_the_counter_grows():
    # Crashes every 45 s and is up for 40 s at each look: only the counter tells.
    loop = [restarted(number, 40.0) for number in (17, 18, 20, 20, 21)]
    assert states(loop, [0, 300, 600, 900, 1200]) == [0, 1, 1, 1, 1]
    assert states([restarted(number) for number in (0, 1, 1, 1)], [0, 60, 120, 180]) == [0, 1, 0, 0]


def test_a_counter_set_to_zero_by_hand_counts_from_there():
    assert states([restarted(number) for number in (5, 0, 0, 2, 1)], [0, 60, 120, 180, 240]) == [0, 0, 0, 1, 1]


def test_a_service_caught_while_it_is_started_again_is_a_warning_at_the_first_look():
    assert states([restarted(17, None, 'pending', restarting=True)], [0]) == [1]


def test_without_a_counter_a_start_since_the_last_look_counts_at_three_looks_in_a_row():
    young = ServiceFacts('odoo', 'running', 'running', 45.0)
    assert states([young] * 5, [0, 60, 120, 180, 240]) == [0, 0, 0, 1, 1]
    assert states([ServiceFacts('odoo', 'running', 'running', age) for age in (100.0, 160.0, 220.0, 280.0, 340.0)], [0, 60, 120, 180, 240]) == [0] * 5


def mixed(**settings):
    units = service_linux.parse((SAMPLES / 'service_linux' / 'mixed' / 'input.txt').read_text())
    return as_dict(service_linux.readings_of(units, ServiceSettings(**settings), {}, 0.0, 1000.0))


def test_aliases_count_wherever_a_name_is_asked_for():
    assert mixed(names=('mysql',))['mariadb.service']['state'] == 2
    assert 'mysql' not in mixed(names=('mysql',))
    assert 'mysql*' not in mixed(names=('mysql*',))
    assert 'mariadb.service' not in mixed(names=('*',), ignore=('mysql',))
    assert mixed(names=('*',))['mariadb.service']['state'] == 1
    assert mixed(names=('*',), required=('mysq?',))['mariadb.service']['state'] == 2


def test_what_is_required_must_be_found_and_not_only_run_if_it_is():
    assert mixed(names=('odoo*',), required=('cron',))['cron'] == {'state': 3, 'values': {}, 'text': "systemd gave no answer for it"}
    assert mixed(names=('odoo*',), required=('cron*',))['cron*']['state'] == 3


def test_letters_are_the_same_composed_or_not():
    assert fits('Bu\u0308ro', 'b\u00fcro') and fits('b\u00fcro', 'bu\u0308*')


# === SYSTEMCTL AS A PROGRAM === #

@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A program in the place of systemctl: ``systemctl(script)``; the names it was asked for stand in ``asked``, a line a call."""
    monkeypatch.setattr(service_linux, 'BOOTED', str(tmp_path))
    tool = tmp_path / 'systemctl'
    monkeypatch.setattr(service_linux, 'SYSTEMCTL', (str(tool),))

    def make(script):
        tool.write_text(f'#!/bin/sh\nshift 5\necho "$*" >> {tmp_path}/asked\n{script}\n')
        tool.chmod(0o755)
        return tmp_path / 'asked'

    return make


def check(names, timeout=10):
    return look(make_check(1, 'services', 'service', 60, timeout, {'names': names}), {}, {})


RUNNING = 'for one in "$@"; do printf "Id=%s.service\\nLoadState=loaded\\nActiveState=active\\nSubState=running\\n\\n" "$one"; done'


def test_a_name_that_systemctl_refuses_costs_no_other(systemctl):
    systemctl('case "$*" in *postgresql@*) echo "Unit name postgresql@.service is not valid." >&2; exit 1;; esac\n' + RUNNING)
    result = check(['odoo', 'postgresql@', 'cron'])
    assert {one.item: int(one.finding) for one in result.readings} == {'odoo.service': 0, 'cron.service': 0, 'postgresql@': 3}
    assert check(['postgresql@']).summary == "systemctl: Unit name postgresql@.service is not valid."


@pytest.mark.parametrize(('script', 'words'), [
    ('echo "Failed to connect to bus: Permission denied" >&2; exit 1', "Permission denied"), ('exit 0', "no unit at all"), ('exit 4', "exit code 4"),
    ('exec sleep 20', "did not answer within 1.7 s")])
def test_services_that_could_not_be_asked_are_unknown_and_in_time(systemctl, script, words):
    systemctl(script)
    started = time.monotonic()
    result = check(['odoo', 'cron'], timeout=2)
    assert time.monotonic() - started < 2
    assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


def test_what_can_start_a_resting_service_is_asked_too(systemctl):
    asked = systemctl('case "$*" in *timer*) printf "Id=b.timer\\nActiveState=inactive\\nSubState=dead\\n";; *) printf "Id=b.service\\n'
                      'LoadState=loaded\\nActiveState=inactive\\nSubState=dead\\nType=oneshot\\nResult=success\\nTriggeredBy=b.timer\\n";; esac')
    result = check(['b'])
    assert asked.read_text() == 'b\nb.timer\n'
    assert (result.state, "b.timer is not active" in result.summary) == (State.CRITICAL, True)


def test_windows_services_that_may_not_be_opened_cost_no_other():
    def get(name):
        raise psutil.AccessDenied(name=name) if name == 'secured' else psutil.NoSuchProcess(pid=None, name=name)

    windows = SimpleNamespace(win_service_get=get, NoSuchProcess=psutil.NoSuchProcess, Error=psutil.Error)
    problem, = _services_child.by_name(windows, 'secured')
    assert problem['name'] == 'secured' and problem['problem']

    def broken():
        raise ValueError("embedded null character")

    odd = SimpleNamespace(name=lambda: 'odd', display_name=broken, status=broken)
    fine = SimpleNamespace(name=lambda: 'fine', display_name=lambda: "Fine", status=lambda: 'running')
    windows.win_service_iter = lambda: iter([odd, fine])
    assert _services_child.list_services(windows, {'names': [], 'patterns': ['*'], 'titles': True}) == [
        {'name': 'odd', 'problem': "embedded null character"}, {'name': 'fine', 'title': "Fine", 'status': 'running'}]
    assert _services_child.by_name(windows, 'none') == []


@pytest.mark.parametrize(('said', 'words'), [
    ("{'error': 'RPC server is unavailable'}", "does not answer: RPC server is unavailable"), ("[]", "nothing that can be read"),
    ("{}", "nothing that can be read")])
def test_a_service_manager_that_gives_no_list_is_unknown(tmp_path, monkeypatch, said, words):
    (tmp_path / 'child.py').write_text(f'import json; print(json.dumps({said}))')
    monkeypatch.setattr(_services, 'CHILD', str(tmp_path / 'child.py'))
    with pytest.raises(SourceUnavailable, match=words):
        service_windows.query(ServiceSettings(('odoo', 'post*')))


def test_all_services_are_listed_once_and_those_that_people_know_by_a_title_too():
    def service(name, title, status):
        return SimpleNamespace(name=lambda: name, display_name=lambda: title, status=lambda: status)

    listed = [service('psqlWGE', "Actian PSQL Workgroup", 'running'), service('Spooler', "Druckwarteschlange", 'stopped')]
    windows = SimpleNamespace(win_service_iter=lambda: iter(listed * 2), Error=psutil.Error)
    assert _services_child.list_services(windows, {'names': [], 'patterns': ['psql*', 'SPOOL*'], 'titles': True}) == [
        {'name': 'psqlWGE', 'title': "Actian PSQL Workgroup", 'status': 'running'}, {'name': 'Spooler', 'title': "Druckwarteschlange", 'status': 'stopped'}]
