"""RustDesk: executables that answer in its place, a server that is there, refuses or cannot be reached."""
import os
import socket
import time

import psutil
import pytest
from conftest import nobody
from stand_ins import executable, services

from itc_agent.collectors import rustdesk
from itc_agent.collectors._remote_access import Running, decode, read_settings
from itc_agent.collectors.rustdesk import RustDeskSettings, Seen, judge
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def run(memory=None, timeout_s=15, **settings):
    check = make_check(1, 'x', 'rustdesk', 60, timeout_s, settings)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a function that puts a RustDesk here: ``put(get_id=…)`` gives its path."""
    monkeypatch.setattr(rustdesk, 'FOLDERS', (str(tmp_path / 'config'),))
    monkeypatch.setattr(rustdesk, 'PROGRAMS', (str(tmp_path / 'bin' / 'rustdesk'),))
    (tmp_path / 'config').mkdir()

    def put(**answers):
        return executable(tmp_path / 'bin', 'rustdesk', **answers)
    return put


@pytest.fixture
def server():
    with socket.create_server(('127.0.0.1', 0)) as one:
        yield f'127.0.0.1:{one.getsockname()[1]}'


def test_service_worker_id_and_server_are_ok(place, server):
    program = place(get_id='echo 123456789')
    with services([program, '--service'], [program, '--server']):
        result = run(server=server)
        assert (result.state, result.summary) == (State.OK, "id 123456789")
        reading, = result.readings
        assert (reading.values['running'], reading.values['worker']) == (1, 1)
        assert reading.values['connect_ms'] >= 0


def test_a_service_that_does_not_run_is_critical_whatever_else_runs(place, server):
    program = place(get_id='echo 123456789')
    assert run(server=server).summary == "its service does not run"
    with services([program, '--server']):
        assert run(server=server).state == State.CRITICAL


def test_a_process_that_may_not_be_named_may_be_its_service(place, server, monkeypatch):
    place(get_id='echo 123456789')
    real = psutil.Process.name

    with services(['sleep', '60']) as hidden:
        def closed(process):
            if process.pid in hidden:
                raise psutil.AccessDenied(process.pid)
            return real(process)

        monkeypatch.setattr(psutil.Process, 'name', closed)
        result = run(server=server)
    assert (result.state, result.summary) == (State.UNKNOWN, "1 process does not tell its name")


def test_without_a_worker_nobody_can_connect(place, server):
    program = place(get_id='echo 123456789')
    with services([program, '--service']):
        result = run(server=server)
        assert (result.state, "not its worker" in result.summary) == (State.WARNING, True)


def test_an_id_that_is_not_the_one_expected_is_critical(place, server):
    program, memory = place(get_id='echo 123456789'), {}
    with services([program, '--service'], [program, '--server']):
        assert run(server=server, id='987654321').summary == "its id is 123456789, expected was 987654321"
        assert run(server=server, id='123 456 789').state == State.OK
        assert run(memory, server=server).state == State.OK
        place(get_id='echo 555555555')
        result = run({'kept': memory['kept']}, server=server)
        assert result.state == State.CRITICAL
        assert result.summary == "its id is 555555555, expected was 123456789; if that is meant, write it into `id`"


def test_a_server_that_refuses_is_critical_and_one_out_of_reach_unknown(place, tmp_path):
    program = place(get_id='echo 123456789')
    with socket.create_server(('127.0.0.1', 0)) as one:
        port = one.getsockname()[1]
    with services([program, '--service'], [program, '--server']):
        assert run(server=f'127.0.0.1:{port}').summary == f"its server 127.0.0.1:{port} refuses"
        assert run(server='nosuchhost.invalid').state == State.UNKNOWN
        (tmp_path / 'config' / 'RustDesk2.toml').write_text(f"rendezvous_server = 'other:1'\n\n[options]\ncustom-rendezvous-server = '127.0.0.1:{port}'\n")
        assert run().state == State.CRITICAL
        (tmp_path / 'config' / 'RustDesk2.toml').unlink()
        result = run()
        assert (result.state, "no server is known" in result.summary) == (State.OK, True)


@pytest.mark.parametrize(('answer', 'words'), [
    ('sleep 60', "did not answer within"),
    ('exit 1', "exit code 1"),
    ('echo no >&2; exit 3', "no"),
    (':', "says nothing that is an id"),
    ('echo Unknown option', "says nothing that is an id"),
    ('echo Идентификатор не найден', "says nothing that is an id"),
    ('yes 1234', "more than"),
    ('head -c 60000 /dev/urandom', "says nothing that is an id"),
], ids=['hangs', 'fails', 'complains', 'empty', 'usage', 'language', 'huge', 'garbage'])
def test_a_program_that_does_not_tell_its_id_is_unknown(place, server, monkeypatch, answer, words):
    monkeypatch.setattr('itc_agent.collectors._remote_access.ASK_S', 1.0)
    program = place(get_id=answer)
    with services([program, '--service'], [program, '--server']):
        started = time.monotonic()
        result = run(server=server)
        assert time.monotonic() - started < 5
        assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


def test_the_id_is_read_from_its_settings_where_the_program_says_nothing(place, server, tmp_path):
    program = place(get_id=':')
    (tmp_path / 'config' / 'RustDesk.toml').write_text("id = '123456789'\npassword = 'x'\n")
    with services([program, '--service'], [program, '--server']):
        assert run(server=server).summary == "id 123456789"
        (tmp_path / 'config' / 'RustDesk.toml').write_text("enc_id = '00xyz'\n")
        assert run(server=server).state == State.UNKNOWN


@pytest.mark.skipif(os.name == 'nt' or bool(os.geteuid()), reason="needs root")
def test_settings_that_may_not_be_read_are_no_empty_ones(tmp_path):
    file = tmp_path / 'RustDesk2.toml'
    file.write_text('x = 1')
    file.chmod(0o600)
    with nobody(), pytest.raises(SourceUnavailable, match="cannot be read"):
        read_settings([str(file)])


def test_not_installed_is_unknown(place):
    result = run()
    assert (result.state, "not installed on this machine" in result.summary) == (State.UNKNOWN, True)


def test_hidden_processes_are_unknown_and_not_stopped():
    for processes in (Running((), "hidden"), Running((None,))):
        with pytest.raises(SourceUnavailable, match="hidden|may not be looked into"):
            judge(Seen('/usr/bin/rustdesk', processes), RustDeskSettings(), {})


def test_texts_of_windows_programs():
    assert decode('123456789\r\n'.encode('utf-16')).split() == ['123456789']
    assert rustdesk.parse_ident(decode('ключ\n123456789'.encode('cp1251'))) == '123456789'
    assert rustdesk.parse_ident('office-front') == 'office-front'


@pytest.mark.parametrize('server', ['a b', 'x:0', 'x:99999', ':1', 'http://x'])
def test_a_wrong_server_is_refused(server):
    assert "host or host:port" in make_check(1, 'x', 'rustdesk', 60, 10, {'server': server}).problem
