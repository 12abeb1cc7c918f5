"""Tailscale: a program that prints answers constructed from Tailscale's source stands in for it."""
import dataclasses
import json
import os
import socket
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import psutil
import pytest

from itc_agent.collectors import tailscale
from itc_agent.errors import SourceUnavailable
from itc_agent.judge import judge_readings
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'tailscale'
NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc).timestamp()
DAY = 86400
LIMITS = [{'metric': 'key_days', 'op': '<', 'warning': 14, 'critical': 3}]


def sample(name, **changes):
    status = json.loads((SAMPLES / f'{name}.json').read_text())
    for key, value in changes.items():
        if key in ('BackendState', 'Health', 'Peer', 'Self'):
            status[key] = value
        else:
            status['Self'][key] = value
    return status


def read(status, uptime_s=DAY, cut_off=False, **settings):
    """Return state and words of an answer."""
    check = make_check(1, 'x', 'tailscale', 60, 30, settings, LIMITS)
    assert not check.problem, check.problem
    text = status if isinstance(status, bytes) else json.dumps(status).encode()
    readings = tailscale.parse(text, check.settings, NOW, uptime_s, cut_off=cut_off)
    return judge_readings(readings, check.limits, {'key_days': 'd', 'connected': ''}), readings


# === CONNECTED, NOT MERELY RUNNING === #

def test_connected():
    (state, words), (reading,) = read(sample('running'))
    assert (state, words, reading.values) == (State.OK, "connected as 100.64.0.1", {'connected': 1, 'key_days': 122.5})


def test_running_is_not_connected():
    (state, words), (reading,) = read(sample('half_dead'))
    assert (state, reading.values['connected']) == (State.CRITICAL, 0)
    assert words.startswith("Tailscale runs, but is not connected (Unable to connect to the Tailscale coordination server")
    assert read(sample('half_dead'), uptime_s=60)[0][0] == State.WARNING
    assert read(sample('half_dead'), uptime_s=60, grace_s=30)[0][0] == State.CRITICAL
    (state, words), (reading,) = read(sample('half_dead'), cut_off=True, outside='192.0.2.1:443')
    assert (state, reading.values['connected'], "192.0.2.1:443 on the internet does not answer either" in words) == (State.UNKNOWN, None, True)


@pytest.mark.parametrize(('backend', 'uptime_s', 'state', 'words'), [
    ('NeedsLogin', DAY, State.CRITICAL, "somebody must log in"), ('NeedsMachineAuth', DAY, State.CRITICAL, "must be approved"),
    ('Stopped', 10, State.CRITICAL, "switched off"), ('InUseOtherUser', DAY, State.CRITICAL, "unattended mode"),
    ('Starting', 10, State.WARNING, "starting"), ('Starting', DAY, State.CRITICAL, "starting"),
    ('NoState', DAY, State.CRITICAL, "no state"), ('Dreaming', DAY, State.UNKNOWN, "not known here: Dreaming")])
def test_states(backend, uptime_s, state, words):
    found, _readings = read(sample('needs_login', BackendState=backend), uptime_s)
    assert (found[0], words in found[1]) == (state, True)


@pytest.mark.parametrize(('changes', 'state', 'words'), [
    ({'Expired': True}, State.CRITICAL, "has expired"), ({'KeyExpiry': '2026-11-28T11:00:00Z'}, State.CRITICAL, "has expired"),
    ({'KeyExpiry': '2026-11-30T12:00:00Z'}, State.CRITICAL, "key_days 2 d < 3 d"),
    ({'KeyExpiry': '2026-12-08T12:00:00Z'}, State.WARNING, "key_days 10 d < 14 d"),
    ({'KeyExpiry': None}, State.OK, "connected"), ({'KeyExpiry': '0001-01-01T00:00:00Z'}, State.OK, "connected"),
    ({'KeyExpiry': 'soon'}, State.OK, "connected"),
    ({'Health': ["Some peers are advertising routes but --accept-routes is false"]}, State.WARNING, "Tailscale says: Some peers"),
    ({'Health': ["Tailscale update available: 1.98.8 -> 1.99.0"]}, State.OK, "connected"), ({'Health': None}, State.OK, "connected")])
def test_keys_and_complaints(changes, state, words):
    found, _readings = read(sample('running', **changes))
    assert (found[0], words in found[1]) == (state, True)


# === MACHINES THAT MUST BE THERE === #

@pytest.mark.parametrize('name', ['pos-2', 'POS-2', 'pos-2.example.ts.net', 'pos-2.example.ts.net.', '100.64.0.3'])
def test_a_machine_that_must_be_there_by_any_of_its_names(name):
    (state, _words), (_own, peer) = read(sample('running'), peers=[name])
    assert (state, peer.item, peer.values) == (State.OK, name, {'connected': 1, 'handshake_s': 60})


def test_a_machine_that_is_not_connected_is_a_warning_with_the_time_it_was_seen():
    (state, words), (_own, peer) = read(sample('running'), peers=['office1'])
    seen = datetime(2026, 9, 18, 21, 51, 35, tzinfo=timezone.utc).timestamp()
    assert (state, peer.values) == (State.WARNING, {'connected': 0, 'last_seen_s': int(NOW - seen)})
    assert words == "office1: is not connected, last seen 70 d 14 h ago"


def test_a_machine_set_up_anew_under_its_old_name_is_the_new_one():
    status = sample('running')
    status['Peer']['nodekey:0'] = {**status['Peer']['nodekey:1'], 'Online': True}
    assert read(status, peers=['office1'])[0][0] == State.OK


def test_what_cannot_be_told_of_other_machines_is_unknown():
    for status, words in ((sample('running', Peer=None), "names no other machine at all"), (sample('running', Peer={}), "names no other machine at all"),
                          (sample('half_dead'), "while this machine is not connected"), (sample('needs_login'), "while this machine is not connected"),
                          (sample('running', Peer={'1': {'HostName': 'office1'}}), "does not tell whether it is connected"),
                          (sample('running', Peer={'1': {'HostName': 'office1', 'TailscaleIPs': 5}}), "does not tell whether it is connected"),
                          (sample('running', Peer=[1]), "no other")):
        _found, (_own, peer) = read(status, peers=['office1'])
        assert (peer.finding, words in peer.text) == (State.UNKNOWN, True), peer
    _found, (_own, peer) = read(sample('running'), peers=['office9'])
    assert (peer.finding, "is no machine of this network" in peer.text) == (State.WARNING, True)


# === NO ANSWER === #

@pytest.mark.parametrize('text', [
    b'', b'{', b'[]', b'null', b'"Running"', b'{}', b'{"BackendState": 5}', b'{"BackendState": "Running"}', b'{"BackendState": "Running", "Self": {}}',
    b'{"BackendState": "Running", "Self": {"Online": "yes"}}', b'\xff\xfe\x00', b'<html>',
    pytest.param(b'[' * 150_000, id='nested'), b'{"BackendState": "Running", "Self": {"Online": true}, "Health": 5}',
    b'{"BackendState": "Running", "Self": {"Online": true, "TailscaleIPs": true}}'])
def test_an_answer_that_does_not_tell_is_unknown_and_never_fine(text):
    with pytest.raises(SourceUnavailable, match="tailscale"):
        read(text)


@pytest.fixture
def fake(tmp_path):
    """Write a program that stands in for tailscale: ``fake('running')`` prints a sample, ``fake(code='…')`` runs Python code."""
    def write(name='', code='', status=None):
        (tmp_path / 'answer.json').write_text(json.dumps(status or sample(name)) if name or status else '')
        body = code or f"print(open({str(tmp_path / 'answer.json')!r}).read())"
        path = tmp_path / 'tailscale'
        path.write_text(f"#!{sys.executable}\nimport sys, time\nassert sys.argv[1:3] == ['status', '--json'], sys.argv\n{body}\n")
        path.chmod(0o755)
        return str(path)
    return write


needs_scripts = pytest.mark.skipif(os.name == 'nt', reason="a script is a program on Linux only")


def run(exe, limits=None, **settings):
    check = make_check(1, 'x', 'tailscale', 60, 30, settings, limits)
    assert not check.problem, check.problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tailscale, 'EXES', ('/no/such/place/tailscale', exe))
        return look(check, {}, {})


@needs_scripts
def test_no_setting_makes_the_agent_run_another_program(tmp_path):
    mark = tmp_path / 'it ran'
    program = tmp_path / 'tailscale'
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    program.chmod(0o755)
    check = make_check(1, 'x', 'tailscale', 60, 30, {'exe': [str(program)]})
    result = look(check, {}, {})
    assert (result.state, "no setting 'exe'" in result.summary, mark.exists()) == (State.UNKNOWN, True, False), result.summary
    assert tailscale.EXES and all(isinstance(one, str) for one in tailscale.EXES)


@needs_scripts
def test_the_program_is_asked(fake):
    assert run(fake('running'), peers=['pos-2']).state == State.OK
    assert run(fake('half_dead')).state == (State.CRITICAL if time.time() - psutil.boot_time() > 180 else State.WARNING)
    assert run(fake('needs_login')).state == State.CRITICAL
    code = "assert sys.argv[3:] == ['--peers=false'], sys.argv\nprint('{}')"
    assert "does not tell its state" in run(fake(code=code)).summary


@needs_scripts
@pytest.mark.parametrize(('code', 'state', 'words'), [
    ("sys.exit(\"failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)\")",
     State.CRITICAL, "does not run"),
    ("sys.exit('failed to connect to local Tailscale service; is Tailscale running?')", State.CRITICAL, "does not run"),
    ("sys.exit('Failed to connect to local Tailscale daemon: access is denied, is Tailscale running as you?')", State.UNKNOWN, "ended with an error"),
    ("sys.exit('panic')", State.UNKNOWN, "ended with an error: panic"), ("sys.exit(2)", State.UNKNOWN, "exit code 2"),
    ("pass", State.UNKNOWN, "no answer that can be read"), ("print('Geçersiz')", State.UNKNOWN, "no answer that can be read"),
    ("print('{\"Peer\": \"' + 'x' * 10_000_000 + '\"}')", State.UNKNOWN, "gave more than")])
def test_a_program_that_gives_no_answer(fake, code, state, words):
    result = run(fake(code=code))
    assert (result.state, words in result.summary) == (state, True), result.summary


@needs_scripts
def test_a_program_that_hangs_is_ended(fake, monkeypatch):
    monkeypatch.setattr(tailscale, 'ASK_S', 0.5)
    result = run(fake(code="time.sleep(60)"))
    assert (result.state, "tailscale did not answer within 0.5 s" in result.summary) == (State.UNKNOWN, True)


@needs_scripts
def test_a_program_that_may_not_be_started_is_unknown(fake):
    exe = fake('running')
    os.chmod(exe, 0o644)
    result = run(exe)
    assert (result.state, "Permission denied" in result.summary) == (State.UNKNOWN, True)


def test_not_installed_is_unknown_and_says_where_was_looked():
    result = run('/no/such/tailscale')
    assert (result.state, "is not installed here (looked for /no/such/place/tailscale, /no/such/tailscale)" in result.summary) == (State.UNKNOWN, True)


# === PROBES === #

@needs_scripts
def test_an_address_over_the_tunnel_must_answer(fake, monkeypatch):
    exe = fake('running')
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        assert run(exe, probes=[f'127.0.0.1:{port}']).state == State.OK
    assert run(exe, probes=[f'127.0.0.1:{port}']).state == State.OK
    monkeypatch.setattr(tailscale, 'is_up', lambda _address: False)
    result = run(exe, probes=['100.64.0.2:3389'])
    assert (result.state, "100.64.0.2:3389: does not answer within 3 s" in result.summary) == (State.CRITICAL, True)


@needs_scripts
def test_no_internet_is_not_tailscales_fault(fake):
    with socket.create_server(('127.0.0.1', 0)) as server:
        up = run(fake('half_dead'), outside=f'127.0.0.1:{server.getsockname()[1]}', grace_s=0)
    down = run(fake('half_dead'), outside='nosuchhost.invalid:443', grace_s=0)
    assert (up.state, down.state) == (State.CRITICAL, State.UNKNOWN)
    assert run(fake('running'), outside='nosuchhost.invalid:443').state == State.OK


def test_a_host_that_swallows_connections_does_not_answer():
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen(0)
        address = silent.getsockname()
        waiting = [socket.socket() for _number in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        assert tailscale.is_up(f'127.0.0.1:{address[1]}') is False
        for one in waiting:
            one.close()


@pytest.mark.parametrize('wrong', [
    {'exe': ['/bin/sh']}, {'probes': ['100.64.0.2']}, {'probes': [':22']}, {'probes': ['a:99999']}, {'outside': 'x'}, {'peers': [' ']}, {'grace_s': -1}])
def test_settings_that_make_no_sense_are_refused(wrong):
    assert make_check(1, 'x', 'tailscale', 60, 30, wrong).problem


def test_nothing_of_users_and_other_machines_leaves_the_host():
    _found, readings = read(sample('running'), peers=['pos-2'])
    text = json.dumps([dataclasses.asdict(one) for one in readings])
    assert not any(secret in text for secret in ('owner@example.org', 'office1', 'nodekey', 'example.ts.net'))
