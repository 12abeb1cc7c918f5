"""What only Windows has: its services, drives and shares, files that others hold open, and a process that ends without a signal."""
import contextlib
import hashlib
import logging
import os
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from backup_files import odoo_zip, windows_image
from backup_looks import Look, own_state

from itc_agent import config as settings
from itc_agent import facts, logs, permissions, programs, scene, spool, volume_identity, volumes
from itc_agent.collectors import _backup_place, _backup_work
from itc_agent.errors import SourceUnavailable, SpoolLocked
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

pytestmark = pytest.mark.skipif(sys.platform != 'win32', reason="this is about Windows")
READ, WRITE, DELETE = 1, 2, 4
# A share that the one who calls has put there; elsewhere the share that Windows has by itself.
SHARE = os.environ.get('ITC_TEST_SHARE', r'\\localhost\C$')


def run(kind, memory=None, limits=None, **given):
    check = make_check(1, kind, kind, 60, 20, given, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


@contextlib.contextmanager
def held(path, sharing, write=True):
    """Hold a file open as another program does that lets others do what ``sharing`` says."""
    import ctypes
    from ctypes import wintypes
    kernel = ctypes.WinDLL('kernel32', use_last_error=True)
    kernel.CreateFileW.restype = wintypes.HANDLE
    kernel.CloseHandle.argtypes = [wintypes.HANDLE]
    generic_read, generic_write, open_always = 0x80000000, 0x40000000, 4
    handle = kernel.CreateFileW(str(path), generic_read | (generic_write if write else 0), sharing, None, open_always, 0x80, None)
    assert handle != wintypes.HANDLE(-1).value, ctypes.WinError(ctypes.get_last_error())
    try:
        yield
    finally:
        kernel.CloseHandle(handle)


# === SERVICES === #

@pytest.fixture
def service(request):
    from windows_service import Service
    try:
        one = Service(getattr(request, 'param', 'manual'))
    except OSError as error:
        pytest.skip(f"this user may make no service: {error}")
    with one:
        yield one


def test_a_service_is_seen_running_and_stopped_by_its_name(service):
    result = run('service', names=[service.name])
    assert (result.state, "stopped" in result.summary) == (State.CRITICAL, True), result.summary
    service.start()
    result = run('service', names=[service.name])
    assert (result.state, result.readings[0].item) == (State.OK, service.name), result.summary
    assert run('service', names=[service.name.upper()]).state == State.OK, "Windows knows no case in names"
    service.stop()
    assert run('service', names=[service.name]).state == State.CRITICAL


@pytest.mark.parametrize(('service', 'state'), [('manual', State.OK), ('disabled', State.OK), ('automatic', State.WARNING)], indirect=['service'])
def test_a_stopped_service_that_a_pattern_finds_is_judged_by_how_it_starts(service, state):
    result = run('service', names=['itc-test-*'])
    assert result.state == state, result.summary


def test_services_are_told_to_who_looks_at_what_is_here(service):
    service.start()
    assert {one.name: one.is_running for one in scene.read_services()}.get(service.name) is True


def test_a_service_that_windows_does_not_know_is_unknown(service):
    assert run('service', names=['itc-no-such-service']).state == State.UNKNOWN
    assert run('service', names=['itc-no-such-*']).state == State.UNKNOWN


# === PATHS === #

def forms_of(folder):
    """Return the ways in which people write one folder."""
    text = str(folder)
    return [text, text.replace('\\', '/'), text + '\\', text[0].lower() + text[1:], text.upper(), '\\\\?\\' + text]


def test_a_folder_with_blanks_and_foreign_letters_is_found_however_it_is_written(tmp_path):
    folder = tmp_path / 'Loj Insights \u12d8\u1308\u1263 M\u00fcller & Co (1)'
    folder.mkdir()
    (folder / 'Sales Report.csv').write_bytes(b'12345')
    for form in forms_of(folder):
        result = run('newest_file', folder=form)
        assert (result.state, result.summary) == (State.OK, "Sales Report.csv, 5 B"), form
    assert run('newest_file', folder=str(folder), pattern='sales*.CSV').state == State.OK, "Windows knows no case in names"


def test_a_share_is_a_folder_like_any_other():
    if not os.path.isdir(SHARE):
        pytest.skip(f"there is no {SHARE} here")
    folder = Path(SHARE) / f'itc test {os.getpid()}'
    folder.mkdir()
    try:
        assert run('newest_file', folder=str(folder)).state == State.CRITICAL
        (folder / 'a.bak').write_bytes(b'1')
        assert run('newest_file', folder=str(folder)).summary == "a.bak, 1 B"
        assert run('newest_file', folder=str(folder).replace('\\', '/')).summary == "a.bak, 1 B"
    finally:
        for one in folder.iterdir():
            one.unlink()
        folder.rmdir()


@pytest.mark.parametrize('folder', ['relative', 'C:relative', r'..\up'])
def test_a_path_that_depends_on_where_the_agent_stands_is_refused(folder):
    assert "absolute" in make_check(1, 'x', 'newest_file', 60, 10, {'folder': folder}).problem


@pytest.mark.parametrize('folder', [r'Q:\not there', r'\\no-such-server.invalid\share', r'C:\no such folder'])
def test_a_drive_or_share_that_is_not_there_is_unknown(folder):
    result = run('newest_file', folder=folder)
    assert (result.state, folder in result.summary) == (State.UNKNOWN, True), result.summary


def test_a_path_longer_than_260_signs_is_read(tmp_path):
    folder = '\\\\?\\' + str(tmp_path) + ('\\' + 'x' * 60) * 5
    os.makedirs(folder)
    with open(folder + '\\a.bak', 'wb') as file:
        file.write(b'1')
    assert run('newest_file', folder=folder).summary == "a.bak, 1 B"


def test_backups_at_paths_longer_than_260_signs_are_listed_and_read(tmp_path, monkeypatch):
    """Below a folder of usual length, in one that is itself as long, and as a folder that is one backup; written in each way in which people write it."""
    own_state(tmp_path, monkeypatch)
    asked, scan, run_python = set(), os.scandir, programs.run_python
    monkeypatch.setattr(os, 'scandir', lambda path: asked.add(str(path)) or scan(path))
    monkeypatch.setattr(programs, 'run_python', lambda file, job, *rest, **more: asked.add(job['path']) or run_python(file, job, *rest, **more))
    top, deep = tmp_path / 'Backups', ('\\' + 'x' * 60) * 5
    folder = '\\\\?\\' + str(top) + deep
    os.makedirs(folder)
    odoo_zip(folder + '\\prod.zip')
    with open(folder + '\\prod.zip', 'rb') as file:
        whole = hashlib.sha256(file.read()).hexdigest()
    below = deep[1:].replace('\\', '/') + '/prod.zip'
    for form, name in ((str(top), below), (str(top) + deep, 'prod.zip'), ((str(top) + deep).replace('\\', '/'), 'prod.zip')):
        looks = Look(form, recursive=True, pattern='*.zip')
        looks.until_read()
        assert looks.reasons() == {name: ('readable', '')}, looks.result
        assert looks.files[name]['sha256'] == whole
    image = windows_image(folder)
    looks = Look(str(image.parent).removeprefix('\\\\?\\'), format='windows_image', pattern='Backup *')
    looks.until_read()
    assert looks.reasons() == {image.name: ('readable', '')}, looks.result
    # Wine takes a long path in any form; Windows only in this one.
    assert asked >= {folder, folder + '\\prod.zip'} and all(path.startswith('\\\\?\\') for path in asked if len(path) > 260)


def test_backups_on_a_drive_that_is_gone_are_told_as_not_mounted(tmp_path, monkeypatch):
    """A disk that is taken away takes its letter along; of a folder that somebody deleted, and of a share that does not answer, nothing is told."""
    own_state(tmp_path, monkeypatch)
    here = _backup_place.where(str(tmp_path))[1]
    assert here.endswith(volume_identity.serial_of(str(tmp_path)[:2])), here
    for folder, volume, is_away in (
            (r'Q:\odoo', 'm:1A2B', True), (str(tmp_path / 'gone'), 'm:1A2B', True), (str(tmp_path / 'gone'), here, False), (r'Q:\odoo', '', False),
            (r'\\no-such-server.invalid\b\odoo', '//no-such-server.invalid/b', False)):
        looks = Look(folder)
        place = _backup_work.workshop.place(looks.check.settings.mark)
        place.files, place.volume = {'a': {'read': {}}}, volume
        assert looks().state == State.UNKNOWN
        assert [one.backups.get('unmounted') for one in looks.result.readings] == ([True] if is_away else []), (folder, looks.result)


def test_drives_are_volumes_with_room():
    drives = [one.point for one in volumes.read_mounts()]
    assert any(one.upper().startswith('C:') for one in drives)
    result = run('disk', include=['C:\\'], limits=[])
    assert result.state == State.OK, result.summary
    assert 0 < result.readings[0].values['free_bytes']


# === FILES THAT OTHERS HOLD === #

@pytest.mark.parametrize('sharing', [0, READ, READ | WRITE, READ | WRITE | DELETE], ids=['nothing', 'read', 'write', 'delete'])
def test_a_log_that_another_program_holds_open_still_has_an_age_and_a_size(tmp_path, sharing):
    (tmp_path / 'Server Log.csv').write_bytes(b'1,2,3')
    with held(tmp_path / 'Server Log.csv', sharing):
        result = run('newest_file', folder=str(tmp_path))
    assert (result.state, result.summary) == (State.OK, "Server Log.csv, 5 B")


@pytest.fixture
def log_file(tmp_path):
    logs.set_up(tmp_path / 'agent.log')
    yield tmp_path / 'agent.log'
    for handler in list(logging.getLogger('itc_agent').handlers):
        logging.getLogger('itc_agent').removeHandler(handler)
        handler.close()


def test_the_agents_log_goes_on_while_another_program_keeps_it_from_being_renamed(log_file, monkeypatch):
    monkeypatch.setattr(logs, 'MAX_BYTES', 1000)
    logger = logging.getLogger('itc_agent.test')
    with held(log_file, READ | WRITE, write=False):
        for number in range(30):
            logger.info("line %d of a log that is read by another program", number)
    text = log_file.read_text(encoding='utf-8')
    assert all(f"line {number} of" in text for number in range(30))
    logger.info("and then it is let go")
    assert log_file.with_name('agent.log.1').exists()


def test_an_old_part_that_is_held_costs_no_line(log_file, monkeypatch):
    monkeypatch.setattr(logs, 'MAX_BYTES', 1000)
    logger = logging.getLogger('itc_agent.test')
    for number in range(12):
        logger.info("line %d fills the first part of the log, which somebody opens", number)
    with held(log_file.with_name('agent.log.1'), READ, write=False):
        for number in range(12, 40):
            logger.info("line %d fills the next parts of the log", number)
    text = ''.join(one.read_text(encoding='utf-8') for one in log_file.parent.glob('agent.log*'))
    assert all(f"line {number} fills" in text for number in range(12, 40))


# === NETWORK === #

def test_a_port_that_listens_and_one_that_does_not():
    with socket.create_server(('127.0.0.1', 0)) as listening:
        result = run('tcp', port=listening.getsockname()[1])
        assert (result.state, result.readings[0].values['up']) == (State.OK, 1), result.summary
        port = listening.getsockname()[1]
    result = run('tcp', port=port)
    assert (result.state, "refused" in result.summary) == (State.CRITICAL, True), result.summary
    assert run('tcp', host='nosuchhost.invalid', port=80).state == State.UNKNOWN


def test_a_page_is_read_and_a_server_that_breaks_off_is_told(page_of, serve):
    assert run('http', url=page_of('<title>M\u00fcller</title>'.encode()), content='M\u00fcller').state == State.OK
    assert run('http', url=page_of(b'<title>Login</title>'), content='Odoo').state == State.CRITICAL
    result = run('http', url=serve(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort').url)
    assert (result.state, "broke off" in result.summary) == (State.CRITICAL, True), result.summary


# === THE AGENT'S OWN THINGS === #

WRITER = """
import sys
from itc_agent import spool, wire
one = spool.Spool(sys.argv[1])
number = 0
while True:
    body = wire.canonical({'type': 'event', 'ts': '2026-11-23T05:12:44.120+00:00', 'mono': 1.0, 'kind': 'x', 'data': {'n': number}})
    print(*one.add([spool.Entry('event', '2026-11-23T05:12:44.120+00:00', body)], 1795000000.0), flush=True)
    number += 1
"""


def test_what_the_spool_said_it_kept_is_there_after_the_process_was_killed(tmp_path):
    path = tmp_path / 'Program Data \u00fc' / 'spool.db'
    path.parent.mkdir()
    writer = subprocess.Popen([sys.executable, '-c', WRITER, str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    kept = [int(writer.stdout.readline()) for _ in range(50)]
    with pytest.raises(SpoolLocked):
        spool.Spool(path)
    writer.kill()
    rest, _errors = writer.communicate(timeout=30)
    kept += [int(line) for line in rest.split(b'\n')[:-1]]
    one = spool.Spool(path)
    found = [seq for seq, _text in one.batch(100_000).records]
    assert set(kept) <= set(found) and found == sorted(found)
    assert one.add([spool.Entry('event', '2026-11-23T05:12:44.120+00:00', '{"type":"event"}')], 1795000000.0)[0] > kept[-1]
    one.close()


def test_settings_lie_where_windows_programs_keep_theirs_and_survive_their_own_writing(tmp_path):
    assert settings.DEFAULT_CONFIG == Path(os.environ.get('PROGRAMDATA', r'C:\ProgramData')) / 'itc-agent' / 'agent.toml'
    state = tmp_path / 'Program Data' / 'it\u00e4c'
    made = settings.Config(str(tmp_path / 'a b' / 'agent.toml'), settings.Server(url='https://erp.example.org', database='x'),
                           settings.Agent(state_dir=str(state), log_file=r'C:\new\table\agent.log'))
    settings.write(made)
    assert settings.load(made.file) == made


def test_the_machine_tells_its_facts_and_its_boot():
    found = facts.read()
    assert found['os'].startswith('Windows') and found['hostname'] and found['cpu_count'] >= 1 and found['timezone']
    assert any(one['mount'].upper().startswith('C:') for one in found['volumes'])
    assert facts.boot_session() == facts.boot_session(facts.boot_session())
    result = run('host', limits=[])
    assert result.state == State.OK and result.readings[0].values['memory_used_pct'] > 0, result.summary


def test_who_may_read_a_file_that_is_gone_or_cannot_be_asked_about_is_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError):
        permissions.problems(tmp_path / 'gone', secret=True)
    (tmp_path / 'key').write_bytes(b'1')
    try:
        assert isinstance(permissions.problems(tmp_path / 'key', secret=True), list)
    except OSError as error:
        # Wine's icacls says nothing: that must not look like a key that is gone.
        assert not isinstance(error, FileNotFoundError) and "icacls" in str(error)


def test_time_zones_are_known_by_their_names():
    from zoneinfo import ZoneInfo
    assert datetime(2026, 11, 28, tzinfo=ZoneInfo('Africa/Addis_Ababa')).utcoffset().total_seconds() == 3 * 3600


# === OTHER PROGRAMS === #

def test_a_program_that_is_late_is_ended_with_its_time(tmp_path):
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer within"):
        programs.run([sys.executable, '-c', 'import time; time.sleep(60)'], 3.0)
    assert time.monotonic() - started < 20


def test_what_a_program_says_comes_back_as_it_said_it():
    done = programs.run([sys.executable, '-c', 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read() + b"\\xff"); sys.exit(3)'], 30.0, stdin=b'in')
    assert (done.code, done.out) == (3, b'in\xff')
    with pytest.raises(SourceUnavailable, match="could not be started"):
        programs.run([r'C:\no such program.exe'], 5.0)
