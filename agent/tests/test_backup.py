"""The backups of a place: which are told, how far each was proven, what is read once and only once, and what says nothing about them."""
import contextlib
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from pathlib import Path

import psutil
import pytest
from backup_files import SAMPLES, cut, flip, odoo_zip, punch, sql, windows_image
from conftest import nobody, wait_for
from fuse_server import Fuse, can_mount

from itc_agent import backups_told, state_place, volumes, wire
from itc_agent.collectors import _backup_child, _backup_hash, _backup_list, _backup_place, _backup_work, backup
from itc_agent.collectors._backup_codes import CODES
from itc_agent.collectors._backup_read import Fault, Pace
from itc_agent.collectors._folder import Wanted
from itc_agent.results import Reading, Result, State
from itc_agent.scheduler import look

CHILD = Path(_backup_work.CHILD)
REPOSITORY = Path(__file__).parents[2]
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="mounting, and acting as somebody else, needs root")


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Let what is known of backups be kept in a folder of this test."""
    folder = tmp_path / 'agent state'
    folder.mkdir()
    monkeypatch.setattr(state_place, '_place', {'folder': folder})
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())
    return folder


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / 'ምትኬ backups'
    path.mkdir()
    return path


class Look:
    """A check that looks again and again; ``files`` is what was told last, by name."""

    def __init__(self, folder, limits=None, **settings):
        self.check = wire.make_check(12, 'x', 'backup', 300, 60, {'folder': str(folder), 'settle_s': 0, **settings}, limits)
        assert not self.check.problem, self.check.problem
        self.memory, self.result, self.files = {}, None, None

    def __call__(self):
        self.result = look(self.check, self.memory, {})
        told = self.result.readings[0].backups if self.result.readings else None
        self.files = None if told is None else {one['name']: one for one in told['files']}
        return self.result

    def until_read(self):
        """Look, let everything be read, look again."""
        self()
        assert _backup_work.workshop.wait(60)
        return self()

    def reasons(self):
        return {name: (one['level'], one['reason']) for name, one in self.files.items()}


def aged(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)
    return path


# === EACH KIND === #

def test_every_bad_kind_is_told_by_its_own_reason(folder):
    made = {'whole.zip': ('readable', ''), 'zero.zip': ('seen', 'empty'), 'cut.zip': ('settled', 'cut'), 'bit.zip': ('settled', 'crc'),
            'hole.zip': ('settled', 'hole'), 'end.zip': ('settled', 'no_end_marker'), 'other.zip': ('settled', 'other_database'),
            'locked.zip': ('settled', 'encrypted'), 'text.zip': ('settled', 'unknown_format'), 'future.zip': ('seen', 'future'),
            'left over.zip.part': ('seen', 'partial_name'), 'files.zip': ('settled', 'missing_part')}
    for name in ('whole.zip', 'cut.zip', 'bit.zip', 'hole.zip', 'future.zip'):
        odoo_zip(folder / name)
    cut(folder / 'cut.zip', -3000)
    flip(folder / 'bit.zip', 9000)
    punch(folder / 'hole.zip', 8192)
    aged(folder / 'future.zip', -4000)
    odoo_zip(folder / 'end.zip', text=sql(end=b""))
    odoo_zip(folder / 'other.zip', database='test')
    odoo_zip(folder / 'files.zip', files=0)
    (folder / 'zero.zip').write_bytes(b'')
    (folder / 'text.zip').write_text("no archive")
    (folder / 'left over.zip.part').write_bytes(b'PK')
    shutil.copy(SAMPLES / 'locked.zip', folder / 'locked.zip')
    looks = Look(folder, database='prod', pattern='*.zip')
    looks()
    assert looks.reasons() == {name: ('settled', 'unread') if level != 'seen' else (level, reason) for name, (level, reason) in made.items()}
    looks.until_read()
    assert looks.reasons() == made
    told = looks.files['whole.zip']
    assert told == {
        'name': 'whole.zip', 'size': (folder / 'whole.zip').stat().st_size, 'modified_at': told['modified_at'],
        'sha256': hashlib.sha256((folder / 'whole.zip').read_bytes()).hexdigest(), 'hashed': told['size'], 'level': 'readable', 'reason': '', 'detail': '',
        'format': 'odoo_zip', 'content': told['content'], 'medium': told['medium'], 'volume': told['volume']}
    assert told['content']['database'] == 'prod' and told['modified_at'].endswith('+00:00')
    # What is broken has its hash all the same: the same bytes elsewhere are as broken.
    assert looks.files['bit.zip']['sha256'] == hashlib.sha256((folder / 'bit.zip').read_bytes()).hexdigest()
    assert all(one['detail'] for one in looks.files.values() if one['reason'])
    assert looks.result.readings[0].values['broken'] == 7 and looks.result.readings[0].backups['count'] == 11
    assert looks.result.state == State.UNKNOWN and "future" in looks.result.summary


@pytest.mark.parametrize(('reason', 'state'), [
    ('', State.OK), ('unread', State.OK), ('cut', State.CRITICAL), ('other_database', State.CRITICAL), ('encrypted', State.UNKNOWN),
    ('not_provable', State.WARNING), ('no_permission', State.UNKNOWN), ('changed', State.OK)])
def test_the_check_is_judged_by_its_newest_finished_backup(reason, state):
    def one(name, at, why):
        level = 'readable' if not why else 'seen' if why in ('growing', 'partial_name', 'future', 'empty') else 'settled'
        return backup.Backup(_backup_list.Entry(name, 1000, at, at, 'k'), level, why)

    settings = backup.BackupSettings(folder='/srv')
    reading = backup.parse([one('new', 990, 'growing'), one('mine', 900, reason), one('old', 500, 'cut')], 3, settings, 1000)
    assert (reading.finding, reading.values['age_s'], reading.values['size_bytes']) == (state, 100, 1000)
    assert reading.values['level'] == (2 if not reason else 1)
    assert "mine" in reading.text and "not finished: new" in reading.text
    assert backup.parse([], 0, settings, 1000).finding == State.CRITICAL
    assert backup.parse([one('new', 990, 'growing')], 1, settings, 1000).finding == State.UNKNOWN
    assert set(CODES) >= {reason} - {''}


def test_what_is_being_written_is_not_read(folder):
    looks = Look(folder, settle_s=60)
    odoo_zip(folder / 'a.zip')
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('seen', 'growing')}, "a copy with an old time is as new, by what nobody can set"
    aged(folder / 'a.zip', 9000)
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('seen', 'growing')}
    one = _backup_list.Entry('a', 5, 0, 0, 'k')
    assert not _backup_list.is_growing(one, 1000, 60, None) and not _backup_list.is_growing(one, 1000, 60, ('k', float('-inf')))
    assert _backup_list.is_growing(one, 1000, 60, ('k', 950)) and not _backup_list.is_growing(one, 1000, 60, ('k', 930))
    assert not _backup_list.is_growing(one, 1000, 0, ('k', 999))


def test_a_file_that_grows_while_it_is_read_says_nothing(folder, monkeypatch):
    odoo_zip(folder / 'a.zip')
    before = _backup_work.programs.run_python

    def meanwhile(*arguments, **more):
        answer = before(*arguments, **more)
        return {**answer, 'key': 'another', 'code': 'growing'}

    monkeypatch.setattr(_backup_work.programs, 'run_python', meanwhile)
    looks = Look(folder)
    looks()
    assert _backup_work.workshop.wait(30)
    monkeypatch.setattr(_backup_work.programs, 'run_python', before)
    assert looks.until_read().state == State.OK and looks.reasons() == {'a.zip': ('readable', '')}


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


# === ONCE, AND ONLY ONCE === #

def test_a_second_look_reads_nothing_and_a_changed_file_is_read_anew(folder, state, monkeypatch):
    begun = []
    before = _backup_work.programs.run_python
    monkeypatch.setattr(_backup_work.programs, 'run_python', lambda file, job, *rest, **more: begun.append(job) or before(file, job, *rest, **more))
    path = odoo_zip(folder / 'a.zip')
    odoo_zip(folder / 'b.zip')
    looks = Look(folder)
    looks.until_read()
    first = looks.files['a.zip']['sha256']
    assert len(begun) == 2
    looks.until_read()
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # the agent was started anew
    looks = Look(folder)
    looks.until_read()
    assert len(begun) == 2 and looks.reasons() == {'a.zip': ('readable', ''), 'b.zip': ('readable', '')}

    data = bytearray(path.read_bytes())
    data[8] ^= 0  # the same size, another time
    path.write_bytes(data)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    looks()
    told = looks.files['a.zip']
    assert (told['level'], told['reason'], told['sha256'], told['content']) == ('settled', 'changed', None, {'changed_from': first})
    looks.until_read()
    assert looks.files['a.zip']['content'].get('changed_from') is None, "it holds what it held"

    odoo_zip(path, database='other')
    looks.until_read()
    told = looks.files['a.zip']
    assert (told['level'], told['content']['changed_from'], told['content']['database']) == ('readable', first, 'other')
    assert told['sha256'] == hashlib.sha256(path.read_bytes()).hexdigest() != first
    assert len(begun) == 4 and not list(state.rglob('*.progress'))

    # Another format to be read as, or another database to be of: read again, not hashed again, and both checks may look in turn.
    other, looks = looks, Look(folder, format='odoo_zip', database='prod')
    looks.until_read()
    other.until_read()
    assert other.reasons() == {'a.zip': ('readable', ''), 'b.zip': ('readable', '')}
    looks.until_read()
    assert len(begun) == 6
    assert looks.reasons() == {'a.zip': ('settled', 'other_database'), 'b.zip': ('readable', '')}
    assert [job['sha256'] for job in begun[4:]] == [looks.files[name]['sha256'] for name in ('a.zip', 'b.zip')]
    (folder / 'a.zip').unlink()
    looks()
    assert list(looks.files) == ['b.zip']
    seen = _backup_work.workshop.place(looks.check.settings.mark)._seen
    seen |= {slot: float('-inf') for slot in seen if slot.endswith('a.zip')}  # a day later
    looks()
    assert [slot.partition(':')[2] for slot in json.loads(next(state.rglob('known.json')).read_text())['files']] == ['b.zip']


@contextlib.contextmanager
def mounted(what, folder, *options):
    """Mount something for a while; skips the test where nothing can be mounted."""
    done = subprocess.run(['mount', *options, str(what), folder], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr!r}")
    try:
        yield folder
    finally:
        subprocess.run(['umount', folder], check=True)


@pytest.fixture
def disk(tmp_path):
    """Return what makes the image of a disk."""
    if shutil.which('mkfs.ext4') is None:
        pytest.skip("no disk can be made here")

    def make(name):
        path = tmp_path / name
        path.touch()
        os.truncate(path, 4 * 2**20)
        subprocess.run(['mkfs.ext4', '-q', path], check=True, capture_output=True)
        return path
    return make


@needs_root
def test_of_disks_that_are_changed_in_turn_none_passes_for_the_other(folder, disk, monkeypatch):
    begun = []
    before = _backup_work.programs.run_python
    monkeypatch.setattr(_backup_work.programs, 'run_python', lambda file, job, *rest, **more: begun.append(job) or before(file, job, *rest, **more))
    looks, found = Look(folder, pattern='*.zip'), {}
    for name in ('monday', 'tuesday'):
        with mounted(disk(name), folder, '-o', 'loop'):
            path = odoo_zip(folder / 'a.zip')
            if name == 'tuesday':
                flip(path, 5000)
            os.utime(path, (1795847400, 1795847400))
            found[name] = _backup_list.look_at(str(folder), 'a.zip', False).key, hashlib.sha256(path.read_bytes()).hexdigest()
            looks()
            assert looks.reasons() == {'a.zip': ('settled', 'unread')} and looks.files['a.zip']['sha256'] is None
            looks.until_read()
            told = looks.files['a.zip']
            assert (told['sha256'], told['reason']) == (found[name][1], 'crc' if name == 'tuesday' else '')
            assert 'changed_from' not in told['content']
    assert found['monday'][0] == found['tuesday'][0] and found['monday'][1] != found['tuesday'][1], "size, time and inode are no difference"
    seen = _backup_work.workshop.place(looks.check.settings.mark)._seen
    seen |= dict.fromkeys(seen, float('-inf'))  # a week later
    with mounted(folder.parent / 'tuesday', folder, '-o', 'loop'):
        assert looks() and looks.reasons() == {'a.zip': ('settled', 'crc')}
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # the agent was started anew
    looks = Look(folder, pattern='*.zip')
    with mounted(folder.parent / 'monday', folder, '-o', 'loop'):
        assert looks() and looks.reasons() == {'a.zip': ('readable', '')} and looks.files['a.zip']['sha256'] == found['monday'][1]
    assert len(begun) == 2, "each is known when it comes back"


def test_a_volume_without_a_name_of_its_own_is_known_by_its_file_system(folder):
    marks = {volume: _backup_place.mark_of(str(folder), volume) for volume in ('m:1A2B', 'm:1A2C', 'm:/dev/sdb1:8:17', '//nas/x', '')}
    assert len(set(marks.values())) == 5 and {len(one) for one in marks.values()} == {_backup_place.MARK}
    gone = str(folder / 'gone')
    assert [_backup_place.mark_of(gone, volume) == mark for volume, mark in marks.items()] == [True, True, False, False, False]


def job_for(path, state, **values):
    entry = _backup_list.look_at(str(path.parent), path.name, False)
    return {'path': str(path), 'key': entry.key, 'is_folder': False, 'format': 'auto', 'database': '', 'rate': 0, 'sha256': None,
            'progress': str(state / 'x.progress'), 'packages': _backup_work.PACKAGES, 'limit_s': 600, **values}


def start_child(job):
    process = subprocess.Popen([sys.executable, '-I', CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    return process


def kept(state):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((state / 'x.progress').read_text())['hashed']
    return 0


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
    assert _backup_work.workshop.wait(60)
    for one in looks[:2]:
        assert one() and one.reasons() == slow | {'2.zip': ('readable', '')}, "the rest of a place is read when it has been listed again"
    assert sorted(log.read_text().split()) == ['1.zip'] * 3 + ['2.zip'] * 3


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


def test_a_folder_is_one_backup(folder):
    one = windows_image(folder)
    looks = Look(one.parent, format='windows_image', pattern='Backup *')
    looks.until_read()
    told = looks.files['Backup 2026-11-28 201512']
    assert (told['level'], told['format'], told['content']['taken_at']) == ('readable', 'windows_image', '2026-11-28T20:15:12+00:00')
    rows = sorted([path.relative_to(one).as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()] for path in one.iterdir())
    assert told['sha256'] == hashlib.sha256(json.dumps(rows, separators=(',', ':'), ensure_ascii=False).encode()).hexdigest()
    assert told['size'] == told['hashed'] == sum(row[1] for row in rows)
    (one / 'more.xml').write_text("x")
    looks()
    assert looks.reasons() == {'Backup 2026-11-28 201512': ('settled', 'changed')}
    assert Look(one.parent, format='odoo_zip', pattern='Backup *')().state == State.CRITICAL, "files are looked for there"


# === WHAT SAYS NOTHING === #

@needs_root
def test_a_folder_whose_disk_is_not_mounted_is_unknown_and_nothing_is_told(folder):
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    looks = Look(folder)
    try:
        odoo_zip(folder / 'a.zip')
        looks.until_read()
        assert looks.reasons() == {'a.zip': ('readable', '')}
    finally:
        subprocess.run(['umount', folder], check=True)
    assert looks().state == State.UNKNOWN and looks.files is None
    assert "is its disk or share mounted?" in looks.result.summary
    shutil.rmtree(folder)
    assert looks().state == State.UNKNOWN and "No such file" in looks.result.summary and looks.files is None


def test_a_folder_that_was_emptied_holds_no_backup(folder):
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    (folder / 'a.zip').unlink()
    assert looks().state == State.CRITICAL and looks.files == {} and looks.result.readings[0].backups['count'] == 0


@needs_root
def test_what_may_not_be_read_is_unknown(folder, state):
    for one in (state, *folder.parents[:3]):
        one.chmod(0o777)
    odoo_zip(folder / 'a.zip').chmod(0o600)
    looks = Look(folder, recursive=True)
    with nobody():
        looks.until_read()
        assert (looks.result.state, looks.reasons()) == (State.UNKNOWN, {'a.zip': ('settled', 'no_permission')})
        assert looks.files['a.zip']['sha256'] is None
    (folder / 'shut').mkdir(mode=0o700)
    with nobody():
        assert looks().state == State.UNKNOWN and looks.files is None and "what is newest cannot be told" in looks.result.summary
    folder.chmod(0o700)
    with nobody():
        assert looks().state == State.UNKNOWN and "Permission denied" in looks.result.summary


def test_without_a_state_folder_it_works_for_as_long_as_it_runs(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(state_place, '_place', {'folder': tmp_path / 'no' / 'such'})
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('readable', '')}


# === LISTING === #

def test_a_hundred_thousand_files_are_listed_in_time_and_without_memory(tmp_path):
    home = Path('/dev/shm') if os.access('/dev/shm', os.W_OK) else tmp_path
    many = home / f'itc-many-{os.getpid()}'
    many.mkdir()
    try:
        for number in range(100_000):
            os.mknod(many / f'{number}.zip')
        os.utime(many / '77.zip', (2e9, 2e9))
        tracemalloc.start()
        began = time.monotonic()
        found = _backup_list.newest(str(many), Wanted(('*.zip',)), 40, lambda _path, _is_folder: True)
        took, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (found.count, len(found.entries), found.entries[0].name) == (100_000, 40, '77.zip')
        assert peak < 2**20 and took < 30, (peak, took)
    finally:
        tracemalloc.stop()
        shutil.rmtree(many)


def test_names_in_any_script_and_long_paths_are_told(folder):
    deep = folder.joinpath(*['ረጅም' * 20] * 4, 'x' * 100)
    deep.mkdir(parents=True)
    names = ['ምትኬ.zip', '備份 2026.zip', 'a\u202eb.zip', "a'b;$(x).zip", 'line\nbreak.zip', os.fsdecode(b'\xff\xfe.zip'), 'x' * 200 + '.zip']
    for name in names:
        odoo_zip(folder / name)
    odoo_zip(deep / 'deep.zip')
    assert len(str(deep / 'deep.zip')) > 400
    looks = Look(folder, recursive=True, pattern='*.zip')
    looks.until_read()
    assert {one['reason'] for one in looks.files.values()} == {''} and len(looks.files) == len(names) + 1
    assert {'ምትኬ.zip', '備份 2026.zip', "a'b;$(x).zip"} <= set(looks.files)
    assert not any('\n' in name for name in looks.files)
    event = json.loads(wire.backup_event(12, looks.result.readings[0].backups, '2026-11-23T05:12:44.120+00:00', 1.0))
    assert set(event['data']) == {'check', 'count', 'files'} and len(event['data']['files']) == len(names) + 1
    assert len(_backup_list.told_name('y/' * 400)) <= 400
    assert _backup_list.told_name('a' * 500 + '1' + 'b' * 500) != _backup_list.told_name('a' * 500 + '2' + 'b' * 500)


def test_only_the_newest_are_told_and_links_are_left_out(folder):
    for number in range(6):
        aged(odoo_zip(folder / f'{number}.zip', files=1), number * 100)
    (folder / 'sub').mkdir()
    odoo_zip(folder / 'sub' / 'inner.zip')
    (folder / 'round').symlink_to(folder)
    (folder / 'nowhere.zip').symlink_to(folder / 'gone')
    (folder / 'latest.zip').symlink_to(folder / '0.zip')
    (folder / 'Thumbs.db').write_text("x")
    looks = Look(folder, keep=3)
    looks()
    assert list(looks.files) == ['0.zip', '1.zip', '2.zip'] and looks.result.readings[0].backups['count'] == 6
    looks = Look(folder, keep=3, recursive=True, exclude='0*|sub/x*', pattern='*.zip')
    looks()
    assert list(looks.files) == ['sub/inner.zip', '1.zip', '2.zip']


def test_a_link_to_a_backup_is_no_copy_of_it(folder, tmp_path):
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    odoo_zip(elsewhere / 'a.zip')
    (folder / 'a.zip').symlink_to(elsewhere / 'a.zip')
    looks = Look(folder, pattern='*.zip')
    looks.until_read()
    assert (looks.result.state, looks.files) == (State.CRITICAL, {}) and "1 that do only lead elsewhere (links)" in looks.result.summary
    one = windows_image(folder)
    (one / 'more.vhdx').symlink_to(elsewhere / 'a.zip')
    looks = Look(one.parent, format='windows_image', pattern='Backup *')
    looks.until_read()
    assert looks.files[one.name]['size'] == sum(path.stat().st_size for path in one.iterdir() if not path.is_symlink())


@needs_root
def test_what_is_mounted_below_a_folder_is_told_as_what_it_is(folder, disk, tmp_path):
    """A disk, memory, and a single file of another disk; a folder of which a part lies elsewhere."""
    for name in ('disk', 'memory', 'mixed/inner'):
        (folder / name).mkdir(parents=True)
    (folder / 'single.zip').touch()
    (tmp_path / 'other').mkdir()
    odoo_zip(folder / 'a.zip')
    with contextlib.ExitStack() as stack:
        stack.enter_context(mounted(disk('one'), folder / 'disk', '-o', 'loop'))
        stack.enter_context(mounted(disk('two'), tmp_path / 'other', '-o', 'loop'))
        for below in ('memory', 'mixed/inner'):
            stack.enter_context(mounted('tmpfs', folder / below, '-t', 'tmpfs', '-o', 'size=4m'))
        stack.enter_context(mounted(odoo_zip(tmp_path / 'other' / 'x.zip'), folder / 'single.zip', '--bind'))
        for below in ('disk', 'memory', 'mixed/inner'):
            odoo_zip(folder / below / 'b.zip')
        looks = Look(folder, recursive=True, pattern='*.zip', exclude='mixed')
        looks.until_read()
        assert set(looks.reasons().values()) == {('readable', '')} and len(looks.files) == 4
        found = {name: (one['medium'], one['volume'].partition(':')[2]) for name, one in looks.files.items()}
        assert found['a.zip'] == _backup_place.where(str(folder))[:1] + (_backup_place.where(str(folder))[1].partition(':')[2],)
        assert found['memory/b.zip'][0] == 'removable', "gone with the next start"
        assert [found[name][1].partition(':')[0][:9] for name in ('disk/b.zip', 'single.zip', 'memory/b.zip')] == ['/dev/loop', '/dev/loop', 'tmpfs']
        assert len(set(found.values())) == 4, "no two of them lie on one"
        entry = _backup_list.measure(str(folder), 'mixed', False, _backup_list.Listing())
        assert _backup_place.Spots(str(folder), os.stat(folder).st_dev).of(entry)[:2] == ('unknown', '')
        entry = _backup_list.measure(str(folder), 'memory', False, _backup_list.Listing())
        assert _backup_place.Spots(str(folder), os.stat(folder).st_dev).of(entry)[0] == 'removable'


@pytest.mark.parametrize('settings', [
    {'folder': 'x'}, {'format': 'rar'}, {'settle_s': -1}, {'rate_mb_s': -1}, {'keep': 0}, {'keep': 201}, {'keep': 'many'}])
def test_settings_that_make_no_sense_are_refused(settings):
    assert wire.make_check(1, 'x', 'backup', 60, 60, {'folder': '/srv', **settings}).problem


# === PLACE === #

@pytest.mark.parametrize(('device', 'fstype', 'expected'), [
    ('//NAS/Backups', 'cifs', ('network', '//nas/backups')), ('nas:/export/odoo', 'nfs4', ('network', '//nas/export/odoo')),
    ('joe@nas:/srv', 'fuse.sshfs', ('network', '//nas/srv')), ('//127.0.0.1/share', 'cifs', ('network', '//me/share'))])
def test_two_hosts_see_that_they_look_at_one_share(monkeypatch, device, fstype, expected):
    monkeypatch.setattr(_backup_place.socket, 'gethostname', lambda: 'ME')
    monkeypatch.setattr(volumes, 'read_mounts', lambda: [volumes.Mount('/', '/dev/sda1', 'ext4', '8:1', 'local'),
                                                         volumes.Mount('/mnt/b', device, fstype, '0:54', 'network')])
    assert _backup_place.where('/mnt/b/odoo') == expected


@pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here")
@pytest.mark.parametrize(('fstype', 'device', 'volume'), [
    ('fuse.vmhgfs-fuse', 'vmhgfs-fuse', 'vmhgfs-fuse'), ('fuse.curlftpfs', 'curlftpfs#ftp://joe:x@NAS/b/', '//nas/b'), ('fuse.rclone', 'nas:b', 'nas:b')])
def test_what_a_program_mounts_lies_on_no_disk_of_this_machine(folder, fstype, device, volume):
    with Fuse(folder, fstype=fstype, device=device):
        assert _backup_place.where(str(folder)) == ('network', volume)


def test_a_shared_folder_of_a_virtual_machine_is_its_hosts(monkeypatch):
    mounts = volumes.parse_mountinfo('22 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 22 0:54 / /mnt/b rw - vboxsf backups rw\n37 22 0:55 / /mnt/c rw - tmpfs x rw')
    monkeypatch.setattr(volumes, 'read_mounts', lambda: mounts)
    assert _backup_place.where('/mnt/b/odoo') == ('network', 'backups') and _backup_place.where('/mnt/c')[0] == 'removable'


def test_a_volume_of_this_machine_bears_the_machines_name(monkeypatch):
    monkeypatch.setattr(_backup_place.facts, 'machine_id', lambda: 'a' * 32)
    monkeypatch.setattr(volumes, 'read_mounts', lambda: [volumes.Mount('/', '/dev/sda1', 'ext4', '8:1', 'local')])
    monkeypatch.setattr(_backup_place, 'media_of', lambda mount: 'removable')
    monkeypatch.setattr(_backup_place, 'identity_of', lambda mount: '1A2B-3C4D')
    assert _backup_place.where('/srv') == ('removable', 'a' * 16 + ':1A2B-3C4D')
    monkeypatch.setattr(_backup_place, 'identity_of', lambda mount: None)
    assert _backup_place.where('/srv') == ('removable', 'a' * 16 + ':/dev/sda1:8:1')
    monkeypatch.setattr(volumes, 'read_mounts', list)
    assert _backup_place.where('/srv') == ('unknown', '')


# === TELLING === #

def told(files, count=1):
    check = wire.make_check(12, 'x', 'backup', 60, 60, {'folder': '/srv'})
    return [Result(check, State.OK, '', (Reading('', {}, backups={'count': count, 'files': files}),))]


def test_odoo_is_told_what_changed_and_once_an_hour_that_nothing_did():
    news = backups_told.BackupsTold()
    one = {'name': 'a', 'hashed': 5, 'reason': 'reading'}
    assert news.news(told([one]), 0) == [(12, {'count': 1, 'files': [one]})]
    assert not news.news(told([one]), 3599) and news.news(told([one]), 3600)
    further = {**one, 'hashed': 9}
    assert not news.news(told([further]), 3700) and news.news(told([further]), 3721)
    assert news.news(told([{**further, 'reason': ''}]), 3722) and news.news(told([further], 2), 3723)
    assert not news.news([Result(told([])[0].check, State.UNKNOWN, "not mounted")], 9999)


def test_an_event_holds_the_newest_that_fit():
    files = [{'name': f'{number}-' + 'ም' * 390, 'detail': "x" * 300, 'size': 1, 'content': {}} for number in range(200)]
    record = wire.backup_event(12, {'count': 500, 'files': files}, '2026-11-23T05:12:44.120+00:00', 1.0)
    data = json.loads(record)['data']
    assert 20 < len(data['files']) < 60 and data['files'] == files[:len(data['files'])] and data['count'] == 500
    assert wire.MAX_BACKUP_BYTES - 2500 < len(wire.canonical(data).encode()) <= wire.MAX_BACKUP_BYTES


@pytest.mark.skipif(not (REPOSITORY / 'lib' / 'protocol.py').exists(), reason="the agent stands alone here")
def test_what_is_told_is_what_the_server_reads(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from lib import protocol, wire_record
    for name in ('=1+1.zip', 'ምትኬ.zip', 'line\nbreak.zip', 'x' * 240 + '.zip.part', os.fsdecode(b'\xff.zip')):
        odoo_zip(folder / name)
    aged(folder / 'ምትኬ.zip', 3e9)
    cut(folder / '=1+1.zip', -99)
    looks = Look(folder, pattern='*.zip', database='prod')
    for step in (looks, looks.until_read):
        step()
        record = json.loads(wire.with_seq(7, wire.backup_event(12, looks.result.readings[0].backups, '2026-11-23T05:12:44.120+00:00', 1.0)))
        found = wire_record.parse_record(record, 7)
        assert [one.level for one in found.backup_files] == [one['level'] for one in record['data']['files']]
        assert [one.name for one in found.backup_files] == [protocol.neutralise(one['name']) for one in record['data']['files']]
    assert sorted(one.reason for one in found.backup_files) == ['', '', '', 'cut', 'partial_name']
