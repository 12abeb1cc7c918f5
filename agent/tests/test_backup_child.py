"""The child that hashes and reads backups: it goes on where an earlier one was ended, is held back, and a disk that hangs stops nothing else."""
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import psutil
import pytest
from backup_files import SAMPLES, cut, odoo_zip, sql
from backup_looks import CHILD, Look, aged, job_for, kept, own_folder, own_state, start_child
from conftest import wait_for
from fuse_server import Fuse, can_mount

from itc_agent.collectors import _backup_child, _backup_hash, _backup_list, _backup_work
from itc_agent.collectors._backup_read import Fault, Pace


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    return own_state(tmp_path, monkeypatch)


@pytest.fixture
def folder(tmp_path):
    return own_folder(tmp_path)


def test_a_fault_of_a_file_that_grows_meanwhile_is_none(folder, state, monkeypatch):
    path = odoo_zip(folder / 'a.zip')
    cut(path, -3000)
    job = job_for(path, state)
    assert _backup_child.look(job)['code'] == 'cut'

    def read(_job, _said):
        odoo_zip(path)
        raise Fault('cut', "its end is missing")

    monkeypatch.setattr(_backup_child, 'read', read)
    assert _backup_child.look(job)['code'] == 'growing' and _backup_child.look(job)['key'] != job['key']


def test_a_read_that_failed_keeps_how_far_the_hash_was(state):
    place = _backup_work.workshop.place('x')
    job = _backup_work.Job('a', '/a', 'k', False, 'auto', '', 0)
    place.progress_file('a', 'k').write_text('{"key": "k", "hashed": 9}')
    answer = {'code': 'too_slow', 'detail': "", 'format': '', 'content': {}}
    place.finish(job, {**answer, 'sha256': None})
    assert place.hashed('a', 'k') == 9 and place.get('a')['sha256'] is None
    assert not _backup_work.is_due(place.get('a'), job, time.time()) and _backup_work.is_due(place.get('a'), job, time.time() + 3601)
    place.finish(job, {**answer, 'sha256': 'a' * 64})
    assert place.hashed('a', 'k') == 0
    place.finish(job, {**answer, 'sha256': None})
    assert place.get('a')['sha256'] == 'a' * 64, "the file is still the same"


def test_a_hash_that_was_cut_short_goes_on_where_it_was(folder, state):
    assert _backup_hash.find_library() is not None
    path = folder / 'large.bin'
    path.write_bytes(random.Random(3).randbytes(2**20) * 24 + b'tail')
    size = path.stat().st_size
    process = start_child(job_for(path, state, rate=3e6))
    wait_for(lambda: kept(state) > 2**22, 20)
    process.kill()
    process.wait()
    at = kept(state)
    assert 2**22 < at < size
    process = start_child(job_for(path, state))
    done = json.loads(process.stdout.read())
    assert process.wait() == 0
    assert done['hashed'] == size - at, "what was hashed is not read again"
    assert done['sha256'] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert done['code'] == 'unknown_format'

    # A note that is damaged, or of another file, is not gone on from.
    for change in ({'hashed': 5}, {'state': 'AAAA'}, {'key': 'x'}, {'check': ''}):
        note = json.loads((state / 'x.progress').read_text()) | change
        (state / 'x.progress').write_text(json.dumps(note))
        assert _backup_child.Progress(job_for(path, state)).recall() == (0, None)
        _backup_child.Progress(job_for(path, state)).keep(size, bytes(112), now=True)


def test_a_folder_that_was_hashed_in_part_goes_on_where_it_was(folder, state):
    whole = folder / 'dump'
    whole.mkdir()
    data = {f'{number}.dat': random.Random(number).randbytes(2**20) * (20 if number == 2 else 1) for number in range(4)}
    for name, content in data.items():
        (whole / name).write_bytes(content)
    size = sum(map(len, data.values()))
    entry = _backup_list.measure(str(folder), 'dump', False, _backup_list.Listing())
    job = job_for(whole / '0.dat', state) | {'path': str(whole), 'is_folder': True, 'key': entry.key}
    rows = sorted([name, len(content), hashlib.sha256(content).hexdigest()] for name, content in data.items())
    expected = hashlib.sha256(json.dumps(rows, separators=(',', ':'), ensure_ascii=False).encode()).hexdigest()
    process = start_child({**job, 'rate': 3e6})
    wait_for(lambda: kept(state) > 5 * 2**20, 20)
    process.kill()
    process.wait()
    note = json.loads((state / 'x.progress').read_text())
    assert [row[0] for row in note['rows']] == ['0.dat', '1.dat'] and note['path'] == '2.dat' and note['hashed'] == 2 * 2**20 + note['done']
    done = json.loads(start_child(job).stdout.read())
    assert (done['sha256'], done['hashed']) == (expected, size - note['hashed']), "neither what is done nor half of the large one is read again"
    for change in ({'rows': note['rows'][:1]}, {'rows': [['0.dat', 2**20, 'f' * 64]]}, {'done': 5}, {'path': '3.dat'}):
        (state / 'x.progress').write_text(json.dumps(note | change))
        done = json.loads(start_child(job).stdout.read())
        assert (done['sha256'], done['hashed']) == (expected, size), "a note that is damaged is not gone on from"


def test_without_openssls_own_hash_it_begins_anew(monkeypatch):
    monkeypatch.setattr(_backup_hash, '_library', [None])
    digest, is_resumed = _backup_hash.begin(b'x' * 112)
    digest.update(bytearray(b'abcdef'), 3)
    assert not is_resumed and digest.state() is None and digest.hexdigest() == hashlib.sha256(b'abc').hexdigest()


def test_a_killed_agent_leaves_no_child_and_the_next_one_goes_on(folder, server, config, start_agent):
    path = odoo_zip(folder / 'prod.zip', text=sql(120_000))
    settings = {'folder': str(folder), 'settle_s': 0, 'rate_mb_s': 1.0}
    server.config['checks'] = [{'id': 12, 'name': "Backups", 'kind': 'backup', 'every_s': 0.2, 'timeout_s': 30, 'settings': settings, 'limits': []}]
    first = start_agent()
    state = config.state_dir / 'backups'
    wait_for(lambda: any(b'"hashed": 0' not in one.read_bytes() for one in state.rglob('*.progress')), 20)
    children = psutil.Process(first.process.pid).children()
    first.kill()
    assert children
    wait_for(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in children), 10)
    at = max(json.loads(one.read_text())['hashed'] for one in state.rglob('*.progress'))
    server.config['checks'][0]['settings'] = {**settings, 'rate_mb_s': 0.0}
    server.config['config_rev'] = 'bbbbbbbbbbbb'
    start_agent()

    def told():
        return [one for event in server.events('backup_files') for one in event['files'] if one['level'] == 'readable']

    wait_for(told, 30)
    assert 0 < at < path.stat().st_size
    assert told()[0]['sha256'] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert all(event['check'] == 12 and event['count'] == 1 for event in server.events('backup_files'))
    assert not server.changed


def test_the_child_that_reads_lets_everything_else_go_first(folder, state):
    path = folder / 'large.bin'
    path.write_bytes(b'x' * 2**23)
    process = start_child(job_for(path, state, rate=1e6))
    try:
        child = psutil.Process(process.pid)
        wait_for(lambda: kept(state) > 2**20, 20)
        assert (child.nice(), child.ionice().ioclass) == (19, psutil.IOPRIO_CLASS_IDLE)
    finally:
        process.kill()
        process.wait()


def test_what_a_check_says_a_second_is_what_the_child_reads(folder):
    """Hashing and reading are both held back: the megabytes of both, and no more than the limit."""
    path, rate = folder / 'x.zip', 2.0
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('x.bin', random.Random(1).randbytes(4_000_000))
    took = {}
    for limit in (0.0, rate):
        shutil.copy(path, folder / f'{limit}.zip')
        looks, began = Look(folder, pattern=f'{limit}.zip', rate_mb_s=limit), time.monotonic()
        looks.until_read()
        took[limit] = time.monotonic() - began
        assert looks.reasons() == {f'{limit}.zip': ('readable', '')}
    megabytes = 2 * path.stat().st_size / 1e6
    assert megabytes / took[rate] <= rate * 1.05 and megabytes / (took[rate] - took[0.0]) >= rate * 0.6, took
    assert took[0.0] < took[rate] / 2


def test_reading_is_held_back_and_does_not_take_for_ever(folder):
    pace, began = Pace(rate=2e6), time.monotonic()
    for _one in range(5):
        pace.note(200_000)
    assert 0.45 < time.monotonic() - began < 2
    with pytest.raises(Fault) as caught:
        Pace(limit_s=-1).note(1)
    assert caught.value.code == 'too_slow'


def test_what_would_take_too_much_memory_is_not_read(folder, state):
    path = folder / 'x.7z'
    shutil.copy(SAMPLES / 'lzma2.7z', path)
    data = bytearray(path.read_bytes())
    data[12:32] = struct.pack('<QQI', 0, 300 * 2**20, 0)  # a list of its members as long as that
    data[8:12] = struct.pack('<I', zlib.crc32(data[12:32]))
    path.write_bytes(data)
    os.truncate(path, 400 * 2**20)
    process = start_child(job_for(path, state, sha256='a' * 64))
    assert json.loads(process.stdout.read())['code'] == 'too_large' and process.wait() == 0
    code = f'import sys; sys.path[:0] = [{str(CHILD.parent)!r}]; import _backup_child as child; child.limit_memory(); b = bytearray(child.MAX_MEMORY + 1)'
    done = subprocess.run([sys.executable, '-c', code], check=False, capture_output=True)
    assert done.returncode and b"MemoryError" in done.stderr


def test_a_disk_that_gives_nothing_ends_the_child_and_not_the_rest():
    code = (f'import sys, time; sys.path[:0] = [{str(CHILD.parents[2])!r}]; from itc_agent.collectors import _backup_child as child\n'
            f'from itc_agent.collectors._backup_read import Pace\nchild.STALLED_S = 0.05\n'
            'with child.watched(Pace()): pass\ntime.sleep(0.3)\nprint("went on", flush=True)\nwith child.watched(Pace()): time.sleep(30)')
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, timeout=20, text=True)
    first, _line, second = done.stdout.partition('\n')
    assert (first, json.loads(second)['code']) == ("went on", 'too_slow')


def run_child(code, *, timeout=30):
    """Run code that knows the child as ``child``; return what it wrote."""
    begin = f'import sys, time; sys.path[:0] = [{str(CHILD.parents[2])!r}]; from itc_agent.collectors import _backup_child as child\n'
    return subprocess.run([sys.executable, '-c', begin + code], check=True, capture_output=True, timeout=timeout, text=True).stdout


@pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here")
def test_a_share_that_hangs_ends_the_child_also_before_it_has_begun(folder, state):
    (folder / 'a.zip').touch()
    job = job_for(folder / 'a.zip', state)
    with Fuse(folder, hangs=True):
        said = json.loads(run_child(f'child.STALLED_S = 0.3\nchild.look({job!r})'))
    assert (said['code'], said['stalled'], said['sha256']) == ('too_slow', True, None)


# What waits for a disk that never answers is not ended by anything: it says so, and stays; or it cannot even say so.
HUNG = '''
import json, os, sys, time
job = json.load(sys.stdin.buffer)
print(os.path.basename(job['path']), file=open({log!r}, 'a'))
if job['path'].endswith(os.path.join('silent', '1.zip')):
    time.sleep(120)
if job['path'].endswith(os.path.join('hung', '1.zip')):
    os.write(1, json.dumps({{'code': 'too_slow', 'detail': "x", 'stalled': True, 'key': None, 'sha256': None, 'format': '', 'content': {{}}}}).encode())
    time.sleep(120)
sys.path.insert(0, os.path.dirname({child!r}))
import io, _backup_child
sys.stdin = io.TextIOWrapper(io.BytesIO(json.dumps(job).encode()))
_backup_child.main()
'''


def test_a_disk_that_never_answers_does_not_keep_other_places_from_being_read(tmp_path, monkeypatch):
    child, log = tmp_path / 'child.py', tmp_path / 'log'
    child.write_text(HUNG.format(log=str(log), child=str(CHILD)))
    monkeypatch.setattr(_backup_work, 'CHILD', str(child))
    monkeypatch.setattr(_backup_work, 'SILENT_S', 8)
    looks, began = [], time.monotonic()
    for name in ('hung', 'silent', 'well'):
        (tmp_path / name).mkdir()
        for number in (1, 2):
            aged(odoo_zip(tmp_path / name / f'{number}.zip'), number * 100)
        looks.append(Look(tmp_path / name))
        looks[-1]()
    assert _backup_work.workshop.wait(60) and time.monotonic() - began < 50
    for one in looks:
        one()
    slow = {'1.zip': ('settled', 'too_slow')}
    assert [one.reasons() for one in looks] == [slow | {'2.zip': ('settled', 'unread')}] * 2 + [dict.fromkeys(('1.zip', '2.zip'), ('readable', ''))]
    rests = _backup_work.workshop._rests
    assert _backup_work.workshop.wait(60) and looks[0].reasons()['2.zip'] == ('settled', 'unread') and len(rests) == 2, "these rest"
    assert all(0 < until - time.monotonic() <= 900 and times == 1 for until, times in rests.values())
    rests |= {mark: (time.monotonic(), 1) for mark in rests}  # a quarter of an hour later
    for one in looks[:2]:
        one.until_read()
        assert one.reasons() == slow | {'2.zip': ('readable', '')} and one.check.settings.mark not in rests
    assert sorted(log.read_text().split()) == ['1.zip'] * 3 + ['2.zip'] * 3


def test_a_place_whose_disk_gives_nothing_rests_ever_longer():
    workshop, rests = _backup_work.workshop, []
    for _time in range(9):
        workshop._rest('x', gave=False)
        rests.append(round((workshop._rests['x'][0] - time.monotonic()) / 900))
    assert rests == [1, 2, 4, 8, 16, 32, 64, 96, 96], "a day at most"
    workshop._rest('x', gave=True)
    assert not workshop._rests


def test_what_is_always_too_slow_is_tried_ever_more_rarely(state):
    place, job = _backup_work.workshop.place('x'), _backup_work.Job('a', '/a', 'k', False, 'auto', '', 0)
    answer = {'code': 'too_slow', 'detail': "", 'format': '', 'content': {}, 'sha256': None}
    waits = []
    for number in range(12):
        place.finish(job, answer)
        at = place.get('a')['read'][_backup_work.how(job)]['at']
        waits.append(next(hours for hours in (2 ** power for power in range(20)) if _backup_work.is_due(place.get('a'), job, at + hours * 3600)))
        assert number > 9 or not _backup_work.is_due(place.get('a'), job, at + waits[-1] * 3600 - 1)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512], "three weeks at most"
    monday = _backup_work.Workshop().place('x')  # the agent was started anew
    assert not _backup_work.is_due(monday.get('a'), job, at + 511 * 3600) and _backup_work.is_due(monday.get('a'), job, at - 1), "a clock that was put back"
    place.finish(job, {**answer, 'code': 'io_error'})
    place.finish(job, answer)
    assert _backup_work.is_due(place.get('a'), job, time.time() + 3601), "something else was between"
    changed = _backup_work.Job('a', '/a', 'k2', False, 'auto', '', 0)
    assert _backup_work.is_due(place.get('a'), changed, at)


@pytest.mark.parametrize(('code', 'is_read_again'), [('', False), ('filestore', True)])
def test_a_newer_reader_reads_again_only_what_an_earlier_one_found_wrong(state, monkeypatch, code, is_read_again):
    """Else a set would be proven by nothing after an update, until all of it was read anew."""
    place, job = _backup_work.workshop.place('x'), _backup_work.Job('a', '/a', 'k', False, 'odoo_zip', 'prod', 0)
    with monkeypatch.context() as before:
        before.setattr(_backup_work, 'READERS', {})
        place.finish(job, {'code': code, 'detail': "", 'format': 'zip', 'content': {}, 'sha256': 'a' * 64})
    assert _backup_work.is_due(place.get('a'), job, time.time()) == is_read_again
    place.finish(job, {'code': '', 'detail': "", 'format': 'zip', 'content': {'members': '6'}, 'sha256': None})
    found = _backup_work.read_as(place.get('a'), 'k', _backup_work.how(job))
    assert found['content'] == {'members': '6'} and not _backup_work.is_due(place.get('a'), job, time.time())
