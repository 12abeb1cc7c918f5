"""Failed services: constructed answers of systemctl and lists of Windows' services."""
import json
import os
import time
from pathlib import Path

import pytest

from itc_agent.collectors import failed_units_linux as linux
from itc_agent.collectors import failed_units_windows as windows
from itc_agent.collectors import service_linux
from itc_agent.collectors._failed_common import FailedSettings
from itc_agent.errors import SourceUnavailable
from itc_agent.results import Reading, State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples'
TWO = (SAMPLES / 'failed_units_linux' / 'two.json').read_text(encoding='utf-8')
PLAIN = (SAMPLES / 'failed_units_linux' / 'plain.txt').read_text(encoding='utf-8')


def as_dict(readings):
    return {one.item: (one.finding, one.text) for one in readings}


# === LINUX === #

@pytest.mark.parametrize('listed', [TWO, PLAIN])
def test_failed_units_are_told_with_their_names_and_reasons(listed):
    failed = linux.parse(listed, "NFailedUnits=2\nSystemState=degraded\n")
    assert failed == {'certbot.service': "Certbot", 'srv-backup.mount': "/srv/backup"}
    readings = linux.readings_of(failed, {'certbot.service': "failed (failed), result exit-code, exit status 1"}, FailedSettings(required=('srv-*.mount',)))
    assert as_dict(readings) == {
        '': (State.OK, "2 failed"),
        'srv-backup.mount': (State.CRITICAL, "failed, /srv/backup"),
        'certbot.service': (State.WARNING, "failed (failed), result exit-code, exit status 1, Certbot")}
    assert readings[0].values == {'failed': 2}


def test_none_failed_is_believed_when_systemd_counts_none():
    assert linux.parse('[]', "NFailedUnits=0\nSystemState=running\n") == {}
    assert as_dict(linux.readings_of({}, {}, FailedSettings())) == {'': (State.OK, "no unit failed")}


@pytest.mark.parametrize(('listed', 'shown', 'words'), [
    ('', "NFailedUnits=1\n", "counts 1 failed unit, but lists 0"), ('[]', "", "does not tell how many"), ('', "", "does not tell how many"),
    (TWO, "NFailedUnits=0\n", "counts 0 failed units, but lists 2"), ('[1]', "NFailedUnits=1\n", "no list of units"),
    ('[{"load": "x"}]', "NFailedUnits=1\n", "no list of units"), ('[{', "NFailedUnits=1\n", "no list of units"),
    ('hello', "NFailedUnits=1\n", "no list of units"),
    ('[]', "NFailedUnits=many\n", "does not tell how many")])
def test_what_proves_nothing_is_unknown(listed, shown, words):
    with pytest.raises(SourceUnavailable, match=words):
        linux.parse(listed, shown)


def test_what_is_left_out_is_said():
    readings = linux.readings_of({'a.service': "A"}, {}, FailedSettings(ignore=('a',)))
    assert as_dict(readings) == {'': (State.OK, "no unit failed but 1 that are left out")}


def test_a_flood_of_failed_units_is_bounded_and_the_critical_ones_come_first():
    readings = linux.readings_of({f'u{number:03}.service': "" for number in range(200)}, {}, FailedSettings(required=('u150',)))
    assert (len(readings), readings[0].values, readings[0].text) == (31, {'failed': 200}, "200 failed, 170 of them not told one by one")
    assert (readings[1].item, readings[1].finding) == ('u150.service', State.CRITICAL)


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A program in the place of systemctl: ``systemctl(script)``."""
    if os.name == 'nt':
        pytest.skip("systemctl is of Linux")
    monkeypatch.setattr(service_linux, 'BOOTED', str(tmp_path))
    tool = tmp_path / 'systemctl'
    monkeypatch.setattr(service_linux, 'SYSTEMCTL', (str(tool),))

    def make(script):
        tool.write_text(f'#!/bin/sh\n{script}\n')
        tool.chmod(0o755)

    return make


def run(timeout=20, **settings):
    return look(make_check(1, 'failed', 'failed_units', 60, timeout, settings), {}, {})


def test_systemctl_is_asked_for_list_count_and_reasons(systemctl):
    systemctl(f"""case "$*" in
*list-units*) cat {SAMPLES}/failed_units_linux/two.json;;
*NFailedUnits*) echo NFailedUnits=2;;
*) printf 'Id=certbot.service\\nLoadState=loaded\\nActiveState=failed\\nSubState=failed\\nResult=exit-code\\nExecMainStatus=1\\n\\n';;
esac""")
    result = run()
    assert (result.state, len(result.readings)) == (State.WARNING, 3)
    assert result.summary.startswith("certbot.service: failed (failed), result exit-code, exit status 1, Certbot; srv-backup.mount: failed, /srv/backup")


@pytest.mark.parametrize(('script', 'words'), [
    ('exec sleep 20', "did not answer within 1.7 s"), ('exit 0', "does not tell how many"), ('exit 4', "exit code 4"),
    ('echo "Failed to connect to bus: Permission denied" >&2; exit 1', "Permission denied"), ('head -c 3000000 /dev/zero', "more than 1048576 bytes"),
    ('echo "unité en échec"', "does not tell how many")])
def test_a_systemctl_that_hangs_refuses_or_lies_is_unknown_and_in_time(systemctl, script, words):
    systemctl(script)
    started = time.monotonic()
    result = run(timeout=2)
    assert time.monotonic() - started < 2
    assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


def test_reasons_that_cannot_be_asked_cost_no_unit(systemctl):
    systemctl(f'case "$*" in *list-units*) cat {SAMPLES}/failed_units_linux/two.json;; *NFailedUnits*) echo NFailedUnits=2;; *) exit 1;; esac')
    assert run().readings[1] == Reading('certbot.service', {}, State.WARNING, "failed, Certbot")


@pytest.mark.skipif(os.name == 'nt', reason="systemctl is of Linux")
def test_without_systemd_it_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(service_linux, 'BOOTED', str(tmp_path / 'none'))
    assert (run().state, "not started by systemd" in run().summary) == (State.UNKNOWN, True)
    monkeypatch.setattr(service_linux, 'SYSTEMCTL', ('/no/such/systemctl',))
    assert run().summary == "there is no systemctl (/no/such/systemctl)"


# === WINDOWS === #

SERVICES = json.loads((SAMPLES / 'service_windows' / 'mixed' / 'input.json').read_text(encoding='utf-8'))
OPEN = [one for one in SERVICES if 'problem' not in one]


def on_windows(services, uptime_s=100_000.0, memory=None, mono=0.0, **settings):
    return as_dict(windows.readings_of(services, FailedSettings(**settings), {} if memory is None else memory, mono, uptime_s))


def test_automatic_services_that_are_stopped_are_told_with_the_same_excuses_as_a_named_one():
    found = on_windows(OPEN)
    assert found == {
        '': (State.OK, "5 failed"),
        'Novel': (State.UNKNOWN, "frozen: a state that this agent does not know"),
        'Spooler': (State.WARNING, "paused"),
        'edgeupdate': (State.WARNING, "stopped, exit code 1077"),
        'odoo-server-19.0': (State.WARNING, "stopped, exit code 1067"),
        'sppsvc': (State.WARNING, "stopped, exit code 1066")}
    found = on_windows(OPEN, uptime_s=300.0, required=('odoo*', 'MapsBroker'), ignore=('Novel', 'sppsvc'))
    assert {name: state for name, (state, _text) in found.items() if name} == {
        'odoo-server-19.0': State.CRITICAL, 'MapsBroker': State.CRITICAL, 'Spooler': State.WARNING}


def test_a_service_that_was_not_started_yet_is_waited_for_but_not_for_ever():
    late = {'name': 'late', 'status': 'stopped', 'start_type': 'automatic', 'delayed': False, 'trigger': False, 'exit_code': 1077, 'uptime_s': None}
    assert 'late' not in on_windows([OPEN[0], late], uptime_s=100.0)
    assert on_windows([OPEN[0], late], uptime_s=700.0)['late'][0] == State.WARNING


def test_a_service_that_starts_for_long_is_told():
    memory = {}
    assert [on_windows(OPEN, memory=memory, mono=mono).get('MSSQL$CNET', (State.OK,))[0] for mono in (0.0, 130.0, 700.0)] == [
        State.OK, State.WARNING, State.CRITICAL]


def test_services_that_may_not_be_looked_at_are_unknown_unless_left_out():
    found = on_windows(SERVICES, ignore=('Novel', 'spp*', 'edge*', 'Spooler', 'odoo*'))
    assert found == {'': (State.UNKNOWN, "1 service cannot be looked at, first Secured: access is denied; 9 automatic services, none failed")}
    assert on_windows(SERVICES, ignore=('Novel', 'spp*', 'edge*', 'Spooler', 'odoo*', 'Secured'))[''] == (State.OK, "9 automatic services, none failed")


@pytest.mark.parametrize('services', [[], [one for one in SERVICES if 'problem' in one], [one for one in OPEN if one['status'] != 'running']])
def test_a_list_that_cannot_be_right_is_unknown(services):
    with pytest.raises(SourceUnavailable, match="not one is automatic and runs"):
        on_windows(services)
