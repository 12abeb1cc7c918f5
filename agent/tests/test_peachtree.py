"""Peachtree's engine, port and folder: real listeners and folders, constructed services."""
import json
import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
from conftest import nobody
from fuse_server import Fuse, can_mount

from itc_agent.collectors import peachtree
from itc_agent.collectors.peachtree import PeachtreeSettings, parse_services
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SERVICES = [tuple(one) for one in json.loads((Path(__file__).parent / 'samples/peachtree/services/services.json').read_text())]


def run(timeout=30, **settings):
    check = make_check(1, 'peachtree', 'peachtree', 60, timeout, settings)
    assert not check.problem, check.problem
    started = time.monotonic()
    result = look(check, {}, {})
    assert time.monotonic() - started < timeout
    assert "collector failed" not in result.summary
    return result


# === THE ENGINE === #

def test_the_engines_service_is_found_by_either_name_and_postgresql_is_not_it():
    reading = parse_services(SERVICES, 0, PeachtreeSettings())
    assert (reading.finding, reading.values, reading.text) == (State.OK, {'running': 1}, "Actian PSQL Workgroup Engine")
    for name, shown in (('PSQLWGE', ''), ('x', 'Pervasive PSQL Workgroup Engine'), ('zenengsvr', 'Actian Zen Workgroup Engine')):
        assert parse_services([(name, shown, 'running')], 0, PeachtreeSettings()).finding == State.OK
    assert parse_services([SERVICES[0], SERVICES[2]], 0, PeachtreeSettings()).finding == State.CRITICAL


@pytest.mark.parametrize('state', ['stopped', 'paused', 'start_pending', 'stop_pending'])
def test_a_service_that_does_not_run_is_critical_whatever_else_does(state):
    services = [(*SERVICES[1][:2], state), ('other', 'Actian PSQL Server Engine', 'running')]
    reading = parse_services(services, 1, PeachtreeSettings())
    assert (reading.finding, reading.values, reading.text) == (State.CRITICAL, {'running': 1}, f"psqlWGE is {state.replace('_', ' ')}")


def test_a_service_whose_state_cannot_be_read_and_no_services_at_all_are_unknown():
    assert parse_services([('psqlWGE', '', None)], 0, PeachtreeSettings()).finding == State.UNKNOWN
    assert parse_services([('psqlWGE', '', None), ('y', 'Zen x Engine', 'stopped')], 0, PeachtreeSettings()).finding == State.CRITICAL
    assert parse_services([], 1, PeachtreeSettings()).finding == State.UNKNOWN


def test_the_engine_as_a_program_is_fine_but_said_and_absent_is_critical():
    reading = parse_services(SERVICES[:1], 1, PeachtreeSettings())
    assert reading.finding == State.OK and "program of whoever is logged on" in reading.text
    reading = parse_services(SERVICES[:1], 0, PeachtreeSettings())
    assert reading.finding == State.CRITICAL and "somebody has to log on first" in reading.text
    assert parse_services(SERVICES[:1], None, PeachtreeSettings()).finding == State.UNKNOWN


@pytest.mark.skipif(sys.platform == 'win32', reason="Windows has services")
def test_services_cannot_be_looked_at_on_another_system():
    result = run(port=0)
    assert (result.state, result.summary) == (State.UNKNOWN, "service: services can only be looked at on Windows")


def test_the_programs_of_this_machine_can_be_counted():
    assert peachtree.count_programs() == 0


@pytest.mark.parametrize(('names', 'count'), [
    (['System', 'W3DBSMGR.EXE'], 1), (['System', None, 'w3dbsmgr.exe'], 1), (['System', 'svchost.exe'], 0), (['System', None], None), ([], None)])
def test_a_program_that_may_not_be_named_may_be_the_engine(monkeypatch, names, count):
    monkeypatch.setattr(psutil, 'process_iter', lambda _what: [type('one', (), {'info': {'name': name}}) for name in names])
    assert peachtree.count_programs() == count
    monkeypatch.setattr(peachtree, 'query_services', lambda: SERVICES[:1])
    assert peachtree.look_at_service(PeachtreeSettings()).finding == {1: State.OK, 0: State.CRITICAL, None: State.UNKNOWN}[count]


@pytest.mark.skipif(sys.platform == 'win32', reason="says whose processes may be named by itself")
def test_what_psutil_may_not_read_is_no_name(monkeypatch):
    def closed(_process):
        raise psutil.AccessDenied(1)

    monkeypatch.setattr(psutil.Process, 'name', closed)
    assert peachtree.count_programs() is None


# === PORT === #

@pytest.fixture
def port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        yield one.getsockname()[1]


def test_a_port_that_listens_and_one_that_does_not(port):
    result = run(services=[], port=port)
    assert result.state == State.OK and result.readings[0].values['up'] == 1
    with socket.create_server(('127.0.0.1', 0)) as gone:
        number = gone.getsockname()[1]
    result = run(services=[], port=number)
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert f"port: 127.0.0.1 port {number}: refused" in result.summary


def test_a_port_that_never_answers_is_unknown_in_time():
    with socket.socket() as full:
        full.bind(('127.0.0.1', 0))
        full.listen(0)
        waiting = [socket.socket() for _number in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        time.sleep(0.2)
        result = run(services=[], port=full.getsockname()[1], timeout_s=0.5)
        for one in waiting:
            one.close()
    assert result.state == State.UNKNOWN and "no answer within" in result.summary


def test_a_host_that_cannot_be_resolved_is_unknown():
    result = run(services=[], host='nosuchhost.invalid')
    assert result.state == State.UNKNOWN and "cannot be resolved" in result.summary


# === FOLDER === #

def test_a_companys_folder_is_known_by_its_files(tmp_path, port):
    for name in ('CUSTOMER.DAT', 'jrnlhdr.dat', 'notes.txt', 'x.dat.bak'):
        (tmp_path / name).write_text('x')
    (tmp_path / 'FOLDER.DAT').mkdir()
    result = run(services=[], port=port, folder=str(tmp_path))
    assert (result.state, [one.item for one in result.readings]) == (State.OK, ['port', 'folder'])
    assert result.readings[1].values == {'files': 2}


def test_a_folder_that_is_empty_or_not_there_is_unknown_and_the_port_is_still_told(tmp_path, port):
    for folder, words in ((tmp_path, "holds no company's files"), (tmp_path / 'none', "No such file")):
        result = run(services=[], port=port, folder=str(folder))
        assert (result.state, [one.finding for one in result.readings]) == (State.UNKNOWN, [State.OK, State.UNKNOWN])
        assert words in result.summary


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="needs root to lose rights")
def test_a_folder_that_may_not_be_read_is_unknown(tmp_path):
    (tmp_path / 'CUSTOMER.DAT').write_text('x')
    tmp_path.chmod(0o700)
    with nobody():
        result = run(services=[], port=0, folder=str(tmp_path))
    assert result.state == State.UNKNOWN and "ermission denied" in result.summary


@pytest.mark.skipif(not can_mount(), reason="needs root and /dev/fuse")
def test_a_share_that_is_dead_holds_nobody_up(tmp_path, port):
    with Fuse(tmp_path, hangs=True):
        started = time.monotonic()
        for words in ("no answer within 0.5 s", "still busy with the look begun"):
            result = run(services=[], port=port, folder=str(tmp_path), timeout_s=0.5)
            assert (result.state, words in result.summary, result.readings[0].finding) == (State.UNKNOWN, True, State.OK), result.summary
            time.sleep(0.7)
        assert time.monotonic() - started < 4


@pytest.mark.parametrize('wrong', [
    {'services': [], 'port': 0}, {'port': -1}, {'port': 65536}, {'host': ''}, {'folder': 'Company'}, {'timeout_s': 0}, {'timeout_s': 13}])
def test_settings_that_cannot_be_are_refused(wrong):
    assert make_check(1, 'peachtree', 'peachtree', 60, 30, wrong).problem
