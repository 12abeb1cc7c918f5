"""Collectors against real processes, files, sockets and servers."""
import contextlib
import errno
import http.server
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from datetime import datetime, timedelta
from types import SimpleNamespace

import psutil
import pytest

from itc_agent import volume_identity, volumes
from itc_agent.collectors import _connection, _folder, disk, host
from itc_agent.collectors import http as web
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def run(kind, memory=None, shared=None, limits=None, **settings):
    check = make_check(1, kind, kind, 60, 10, settings, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {} if shared is None else shared)


def values(result):
    reading, = result.readings
    return reading.values


# === HOST === #

def test_the_processor_is_measured_since_the_last_look_without_sleeping():
    memory = {}
    run('host', memory)
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    started = time.monotonic()
    result = run('host', memory)
    assert time.monotonic() - started < 0.2
    assert values(result)['cpu_pct'] >= 20 / psutil.cpu_count()
    assert 0 < values(result)['memory_used_pct'] < 100
    assert values(result)['uptime_s'] > 0


def test_busy_share_counts_waiting_for_disks_as_idle():
    before = SimpleNamespaceTimes(user=0, system=0, idle=0, iowait=0)
    after = SimpleNamespaceTimes(user=20, system=5, idle=70, iowait=5)
    assert host.busy_share(before, after) == 25.0
    assert host.busy_share(before, before) is None


def test_one_number_that_cannot_be_read_is_unknown_and_costs_no_other(monkeypatch):
    def untold():
        raise OSError("load averages are unobtainable")

    monkeypatch.setattr(os, 'getloadavg', untold)
    result = run('host', limits=[{'metric': 'load', 'op': '>', 'warning': 5, 'critical': 9}])
    assert (result.state, result.summary) == (State.UNKNOWN, "load has no value")
    assert 0 < values(result)['memory_used_pct'] < 100


class SimpleNamespaceTimes(SimpleNamespace):
    """Looks like the named tuple of ``psutil.cpu_times()``."""

    def __iter__(self):
        return iter(vars(self).values())


# === DISK === #

@pytest.fixture
def volume(tmp_path):
    """A real file system of its own, 1 MiB and 20 file entries."""
    folder = tmp_path / 'volume'
    folder.mkdir()
    command = ['mount', '-t', 'tmpfs', '-o', 'size=1m,nr_inodes=20', 'tmpfs', str(folder)]
    if os.name == 'nt' or os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def test_this_machines_volumes_are_found_without_settings():
    result = run('disk', limits=[])
    root = next(reading for reading in result.readings if reading.item == '/')
    usage = psutil.disk_usage('/')
    assert root.values['free_pct'] == pytest.approx(100 * usage.free / usage.total, abs=1)
    assert not any(reading.item.startswith(('/proc', '/sys')) for reading in result.readings)


def test_a_full_volume_is_critical_in_bytes_and_in_inodes(volume):
    assert run('disk', include=[str(volume)]).state == State.OK
    (volume / 'big').write_bytes(bytes(1000 * 1024))
    result = run('disk', include=[str(volume)])
    assert result.state == State.CRITICAL
    assert 'free_pct' in result.summary
    (volume / 'big').unlink()
    with pytest.raises(OSError):
        for number in range(30):
            (volume / str(number)).touch()
    result = run('disk', include=[str(volume)])
    assert result.state == State.CRITICAL
    assert 'inode_free_pct 0 % < 3 %' in result.summary


def test_an_expected_volume_that_is_gone_is_critical_and_an_empty_pattern_unknown(tmp_path):
    assert run('disk', include=['/', str(tmp_path)]).state == State.CRITICAL
    assert f"{tmp_path}: the volume is not there" in run('disk', include=['/', str(tmp_path)]).summary
    assert run('disk', include=['UUID=0000-none']).state == (State.CRITICAL if os.path.isdir(volume_identity.UUIDS) else State.UNKNOWN)
    assert run('disk', include=['/nowhere/*']).state == State.UNKNOWN


def test_exclude_wins_and_leaving_out_everything_is_unknown():
    assert run('disk', exclude=['*']).state == State.UNKNOWN


def test_pseudo_file_systems_single_files_and_second_mounts_are_left_out():
    lines = [f'{number} {1 if mount == "/" else 2} {device} {root} {mount} rw - {kind} /dev/x rw' for number, (device, root, mount, kind) in enumerate([
        ('8:1', '/', '/', 'ext4'), ('8:1', '/docker', '/var/lib/docker', 'ext4'), ('8:1', '/hosts', '/etc/hosts', 'ext4'),
        ('7:1', '/', '/snap/core/1', 'squashfs'), ('8:17', '/', '/srv', 'xfs'), ('0:21', '/', '/proc', 'proc')], 2)]
    mounts = volumes.parse_mountinfo('\n'.join(lines))
    targets, _missing = disk.choose(mounts, disk.DiskSettings(), disk.real_names(mounts, disk.DiskSettings(), {}))
    assert [target.item for target in targets] == ['/', '/srv']


# === NEWEST FILE === #

def age(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def test_the_newest_file_that_counts(tmp_path):
    for name, size, old in (('a.dump', 5000, 7200), ('b.dump', 6000, 3600), ('c.dump', 10, 60), ('d.txt', 9000, 1)):
        (tmp_path / name).write_bytes(bytes(size))
        age(tmp_path / name, old)
    result = run('newest_file', folder=str(tmp_path), pattern='*.dump|*.zip', min_bytes=1000)
    assert values(result) == {'age_s': pytest.approx(3600, abs=3), 'size_bytes': 6000, 'count': 2}
    assert result.summary == "b.dump, 5.9 KiB"
    result = run('newest_file', folder=str(tmp_path), pattern='*.dump', limits=[{'metric': 'age_s', 'op': '>', 'warning': 30, 'critical': 50}])
    assert result.state == State.CRITICAL


def test_an_empty_folder_is_critical_a_missing_one_unknown(tmp_path):
    result = run('newest_file', folder=str(tmp_path))
    assert (result.state, values(result)) == (State.CRITICAL, {'count': 0})
    assert run('newest_file', folder=str(tmp_path / 'gone')).state == State.UNKNOWN


def test_subfolders_only_when_asked_and_links_to_folders_never(tmp_path):
    (tmp_path / 'sub' / 'deep').mkdir(parents=True)
    (tmp_path / 'sub' / 'deep' / 'x.bak').write_bytes(b'12')
    (tmp_path / 'loop').symlink_to(tmp_path)
    assert run('newest_file', folder=str(tmp_path), pattern='*.bak').state == State.CRITICAL
    assert values(run('newest_file', folder=str(tmp_path), pattern='*.bak', recursive=True))['count'] == 1


def test_the_date_in_the_name_wins_over_the_time_a_copy_set(tmp_path):
    then = datetime.now() - timedelta(days=3)  # noqa: DTZ005  names hold local time
    (tmp_path / f'prod_{then:%Y-%m-%d_%H-%M-%S}.zip').write_bytes(b'1')
    (tmp_path / 'prod_latest.zip').write_bytes(b'1')
    result = run('newest_file', folder=str(tmp_path), name_date='%Y-%m-%d_%H-%M-%S')
    assert values(result)['count'] == 1
    assert values(result)['age_s'] == pytest.approx(3 * 86400, abs=3700)


def test_a_file_from_the_future_is_unknown(tmp_path):
    (tmp_path / 'a').write_bytes(b'1')
    age(tmp_path / 'a', -3600)
    result = run('newest_file', folder=str(tmp_path))
    assert result.state == State.UNKNOWN
    assert 'future' in result.summary


def test_one_unreadable_or_vanished_entry_is_not_the_end(tmp_path):
    (tmp_path / 'good').write_bytes(b'1')
    (tmp_path / 'dangling').symlink_to(tmp_path / 'nowhere')
    (tmp_path / os.fsdecode(b'odd-\xff-name')).write_bytes(b'1')
    assert values(run('newest_file', folder=str(tmp_path)))['count'] == 2


@pytest.mark.parametrize('wrong', [
    {}, {'folder': 'relative'}, {'folder': '/tmp', 'name_date': '%Q'}, {'folder': '/tmp', 'name_date': '%H%M'}, {'folder': '/', 'min_bytes': -1}])
def test_settings_that_make_no_sense_are_refused_before_looking(wrong):
    assert make_check(1, 'x', 'newest_file', 60, 10, wrong).problem


def test_too_many_files_are_unknown_and_not_a_long_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, 'MAX_FILES', 3)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b'1')
    assert run('newest_file', folder=str(tmp_path)).state == State.UNKNOWN


# === TCP === #

def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def test_a_port_that_listens_and_one_that_does_not():
    with socket.create_server(('127.0.0.1', 0)) as listening:
        result = run('tcp', port=listening.getsockname()[1])
        assert result.state == State.OK
        assert values(result)['up'] == 1 and values(result)['connect_ms'] < 1000
    result = run('tcp', port=free_port())
    assert (result.state, values(result)) == (State.CRITICAL, {'up': 0})
    assert 'refused' in result.summary


def test_a_port_that_does_not_answer_is_critical_within_its_time():
    with socket.socket() as full:
        full.bind(('127.0.0.1', 0))
        full.listen(0)
        waiting = []
        for _connection in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        started = time.monotonic()
        result = run('tcp', port=full.getsockname()[1], timeout_s=0.5)
        assert time.monotonic() - started < 3
        check = make_check(1, 'tcp', 'tcp', 60, 1, {'port': full.getsockname()[1], 'timeout_s': 60})
        started = time.monotonic()
        shorter = look(check, {}, {})
        assert time.monotonic() - started < 1
        for one in waiting:
            one.close()
    assert result.state == shorter.state == State.CRITICAL
    assert re.search(r"no answer within 0\.[5-9] s", result.summary)
    assert re.search(r"no answer within 0\.[7-9] s", shorter.summary)


def test_a_name_without_address_and_an_unreachable_network_are_unknown():
    assert run('tcp', host='nosuchhost.invalid', port=80).state == State.UNKNOWN
    # To everybody at once: this machine itself refuses (no route, or not allowed).
    result = run('tcp', host='255.255.255.255', port=80)
    assert (result.state, "cannot be reached from here" in result.summary) == (State.UNKNOWN, True)
    result = run('http', url='http://255.255.255.255/')
    assert (result.state, "cannot be reached from here" in result.summary) == (State.UNKNOWN, True)


@pytest.mark.parametrize(('number', 'state'), [
    (errno.ENETUNREACH, State.CRITICAL), (errno.EHOSTUNREACH, State.CRITICAL), (errno.EMFILE, State.UNKNOWN), (errno.EACCES, State.UNKNOWN)])
def test_a_check_of_the_way_out_calls_it_down_when_no_network_leads_there(monkeypatch, number, state):
    def refuse(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(_connection, '_connect_one', refuse)
    assert run('tcp', host='192.0.2.1', port=443, cut_off_is_down=True).state == state
    assert run('tcp', host='192.0.2.1', port=443).state == State.UNKNOWN


# === HTTP === #

class Pages(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        """Be quiet."""

    def do_GET(self):
        if self.path == '/slow':
            time.sleep(1.5)
        status = {'/moved': 303, '/broken': 500}.get(self.path, 200)
        body = b'<title>Odoo</title>' if self.path != '/huge' else bytes(5_000_000)
        self.send_response(status)
        self.send_header('Location', '/')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


@pytest.fixture(scope='module')
def site():
    one = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{one.server_address[1]}'
    one.shutdown()
    one.server_close()


def test_a_page_that_answers_as_expected(site):
    result = run('http', url=site + '/', content='<title>.doo')
    assert result.state == State.OK, result.summary
    assert values(result) == {'up': 1, 'status': 200, 'latency_ms': values(result)['latency_ms']}


@pytest.mark.parametrize(('path', 'more', 'words'), [
    ('/broken', {}, "status 500 instead of 200"), ('/moved', {}, "status 303 instead of 200"), ('/', {'content': 'Peachtree'}, "does not hold"),
    ('/slow', {'timeout_s': 0.5}, "no answer within 0.5 s")])
def test_a_page_that_does_not(site, path, more, words):
    result = run('http', url=site + path, **more)
    assert result.state == State.CRITICAL
    assert words in result.summary
    assert values(result)['up'] == 0


def test_statuses_can_be_expected_and_huge_pages_are_not_read_whole(site):
    assert run('http', url=site + '/moved', expect_status=['2xx', '303']).state == State.OK
    assert run('http', url=site + '/huge').state == State.OK


def test_nobody_there_is_critical_and_no_such_name_unknown(monkeypatch, site):
    monkeypatch.setenv('HTTP_PROXY', site)
    result = run('http', url=f'http://127.0.0.1:{free_port()}/')
    assert (result.state, result.summary) == (State.CRITICAL, "refused, nothing listens there")
    assert run('http', url='http://nosuchhost.invalid/').state == State.UNKNOWN


def test_an_untrusted_certificate_is_critical_and_its_own_authority_makes_it_good(certificate):
    one = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    one.socket = context.wrap_socket(one.socket, server_side=True)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    url = f'https://127.0.0.1:{one.server_address[1]}/'
    assert run('http', url=url).summary.startswith("the certificate is not trusted: its issuer is unknown")
    assert run('http', url=url, ca_file=str(certificate.cert)).state == State.OK
    one.shutdown()
    one.server_close()


@pytest.mark.parametrize('wrong', [
    {'url': 'ftp://x/'}, {'url': 'http://user:word@x/'}, {'url': 'http://x/', 'content': '('}, {'url': 'http://x/', 'expect_status': ['ok']}])
def test_web_settings_are_checked_before_the_first_connection(wrong):
    assert make_check(1, 'x', 'http', 60, 10, wrong).problem
    assert web.MAX_BYTES == 262_144
