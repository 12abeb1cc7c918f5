"""Volumes: real mounts, FUSE file systems that hang, die and tell odd numbers, and the tables of other machines."""
import doctest
import errno
import json
import ntpath
import os
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
from conftest import nobody
from fuse_server import GETATTR, STATFS, Fuse, can_mount

from itc_agent import discovery, facts, volume_identity, volumes
from itc_agent.collectors import disk
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'disk'
needs_mounts = pytest.mark.skipif(not can_mount(), reason="mounting needs root")


def run(limits=None, memory=None, **settings):
    check = make_check(1, 'disk', 'disk', 60, 10, settings, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def readings(result):
    return {reading.item: reading for reading in result.readings}


def waiting():
    """Return how many threads wait for a volume."""
    return sum(one.name == 'itc-volume' for one in threading.enumerate())


@pytest.fixture
def mount(tmp_path):
    """Mounts with the arguments of mount(8) on a folder of this name and gives the folder; ``end`` unmounts it before the test is over."""
    if not can_mount():
        pytest.skip("mounting needs root")
    done = []

    def start(name, *arguments):
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(['mount', *map(str, arguments), str(folder)], check=True, capture_output=True)
        done.append(folder)
        return folder

    def end(folder):
        subprocess.run(['umount', str(folder)], check=True)
        done.remove(folder)

    start.end = end
    yield start
    for folder in reversed(done):
        subprocess.run(['umount', '-l', str(folder)], check=True)


@pytest.fixture
def device(tmp_path):
    """A block device of 20 MiB with an ext4 file system on it."""
    image = tmp_path / 'image'
    image.write_bytes(b'')
    os.truncate(image, 20 * 2 ** 20)
    subprocess.run(['mkfs.ext4', '-q', str(image)], check=True)
    done = subprocess.run(['losetup', '--find', '--show', str(image)], check=True, capture_output=True, text=True)
    yield done.stdout.strip()
    subprocess.run(['losetup', '--detach', done.stdout.strip()], check=True)


# === COULD NOT LOOK === #

@needs_mounts
def test_a_disk_whose_daemon_died_is_unknown_and_does_not_vanish(tmp_path, device):
    with Fuse(tmp_path, fstype='fuseblk', device=device) as disk_of_ntfs:
        assert readings(run(limits=[]))[str(tmp_path)].finding == State.OK
        disk_of_ntfs.die()
        result = run(limits=[])
        assert result.state == State.UNKNOWN
        assert result.summary == f"{tmp_path}: cannot be read: Transport endpoint is not connected"
        assert readings(result)['/'].values['free_bytes'] > 0


@needs_mounts
@pytest.mark.parametrize('operation', [GETATTR, STATFS])
def test_an_expected_volume_that_fails_is_unknown_with_the_reason(tmp_path, operation):
    with Fuse(tmp_path, errors={operation: errno.EIO}):
        result = run(include=['/', str(tmp_path)], limits=[])
    assert result.state == State.UNKNOWN
    assert result.summary == f"{tmp_path}: cannot be read: Input/output error"
    assert len(result.readings) == 2


def test_a_volume_under_a_folder_that_may_not_be_entered_is_unknown(tmp_path, device, mount):
    folder = mount('closed/inner', device)
    tmp_path.chmod(0o700)
    with nobody():
        result = run(limits=[])
        named = run(limits=[], include=[str(folder), str(tmp_path / 'closed' / 'none')])
    assert readings(result)[str(folder)].finding == State.UNKNOWN
    assert "Permission denied" in result.summary
    assert [reading.finding for reading in named.readings] == [State.UNKNOWN, State.UNKNOWN]


def test_a_volume_that_can_be_looked_at_elsewhere_is_measured_there(tmp_path, device, mount):
    mount('a', device)
    (tmp_path / 'a' / 'sub').mkdir()
    (tmp_path / 'a').chmod(0o755)
    (tmp_path / 'a' / 'sub').chmod(0o755)
    elsewhere = Path('/mnt') / f'itc-test-{os.getpid()}'
    elsewhere.mkdir()
    subprocess.run(['mount', '--bind', str(tmp_path / 'a' / 'sub'), str(elsewhere)], check=True)
    tmp_path.chmod(0o700)
    try:
        with nobody():
            found = readings(run(limits=[]))
        assert str(tmp_path / 'a') not in found
        assert found[str(elsewhere)].values['free_bytes'] > 10_000_000
    finally:
        subprocess.run(['umount', str(elsewhere)], check=True)
        elsewhere.rmdir()


def test_uuids_that_cannot_be_looked_up_are_unknown_and_one_that_is_not_listed_is_critical(tmp_path, device, mount, monkeypatch):
    folder = mount('data', device)
    monkeypatch.setattr(volume_identity, 'UUIDS', str(tmp_path / 'by-uuid'))
    result = run(include=['UUID=1234-ABCD'])
    assert (result.state, "UUIDs cannot be looked up" in result.summary) == (State.UNKNOWN, True)
    (tmp_path / 'by-uuid').mkdir()
    assert run(include=['UUID=1234-ABCD']).state == State.CRITICAL
    (tmp_path / 'by-uuid' / '1234-ABCD').symlink_to(device)
    result = run(include=['UUID=1234-ABCD'], limits=[])
    assert (result.state, [reading.item for reading in result.readings]) == (State.OK, [str(folder)])


# === ONE MUST NOT COST THE OTHERS === #

@needs_mounts
def test_a_volume_that_hangs_costs_the_others_nothing_and_is_asked_once(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, 'PATIENCE_S', 0.5)
    with Fuse(tmp_path, hangs=True):
        for _look in range(3):
            started = time.monotonic()
            result = run(include=['/', str(tmp_path)], limits=[])
            assert time.monotonic() - started < 2
            assert result.state == State.UNKNOWN
            assert f"{tmp_path}: cannot be read: no answer within 0.5 s" in result.summary
            assert readings(result)['/'].values['free_bytes'] > 0
        time.sleep(0.8)
        assert "still busy with the look begun" in run(include=[str(tmp_path)], limits=[]).summary
        assert waiting() == 1
    with Fuse(tmp_path):
        assert run(include=[str(tmp_path)], limits=[]).state == State.OK


@needs_mounts
def test_what_is_left_out_is_not_touched(tmp_path, device):
    with Fuse(tmp_path, fstype='fuseblk', device=device, hangs=True):
        for settings in ({'exclude': [str(tmp_path)]}, {'exclude': [f'{tmp_path}/']}, {'exclude': [f'{tmp_path.parent}/*']}, {'include': ['/']},
                         {'include': ['/', str(tmp_path)], 'exclude': [str(tmp_path)]}):
            started = time.monotonic()
            assert run(limits=[], **settings).state == State.OK
            assert time.monotonic() - started < 1


@needs_mounts
def test_a_dead_share_keeps_neither_the_check_nor_the_facts_waiting(tmp_path):
    with Fuse(tmp_path, hangs=True):
        started = time.monotonic()
        assert str(tmp_path) not in readings(run(limits=[]))
        listed = {one['mount']: one for one in facts.read()['volumes']}
        assert time.monotonic() - started < 2
    assert listed[str(tmp_path)] == {'mount': str(tmp_path), 'device': 'itctest', 'fstype': 'fuse.itctest', 'total_bytes': 0}
    assert listed['/']['total_bytes'] == psutil.disk_usage('/').total


@needs_mounts
def test_a_share_that_hangs_is_proposed_and_holds_up_no_look_and_what_is_proposed_looks_at_it(tmp_path):
    places = [tmp_path / name for name in ('dead', 'nas', 'portal')]
    for place in places:
        place.mkdir()
    with Fuse(places[0], hangs=True), Fuse(places[1]), Fuse(places[2], fstype='fuse.portal'):
        begun = time.monotonic()
        found = discovery.look(1)
        assert time.monotonic() - begun < 15 and discovery.ALL not in found.blind and 'shares' not in found.blind
        told = {one['settings']['include'][0]: one for one in found.findings if one['code'] == 'share_room'}
        assert {str(places[0]), str(places[1])} <= set(told) and str(places[2]) not in told
        assert not told[str(places[1])]['sure'] and 'disk' in {one['code'] for one in found.findings}
        alive = run(**told[str(places[1])]['settings'])
        assert (alive.state, readings(alive)[str(places[1])].values['free_pct']) == (State.OK, 40)
        assert run(**told[str(places[0])]['settings']).state == State.UNKNOWN
    gone = run(**told[str(places[1])]['settings'])
    assert gone.state == State.CRITICAL and "not there" in gone.summary


@needs_mounts
def test_a_disk_that_hangs_does_not_hold_up_the_facts(tmp_path, device, monkeypatch):
    monkeypatch.setattr(facts, 'PATIENCE_S', 0.5)
    with Fuse(tmp_path, fstype='fuseblk', device=device, hangs=True):
        started = time.monotonic()
        facts.read()
        listed = {one['mount']: one['total_bytes'] for one in facts.read()['volumes']}
        assert time.monotonic() - started < 3
        assert waiting() == 1
    assert (listed[str(tmp_path)], listed['/'] > 0) == (0, True)


def test_a_call_that_fails_in_an_unforeseen_way_is_an_answer():
    def broken():
        raise ValueError("no")

    answers = volumes.ask({'a': broken, 'b': lambda: 5}, 1)
    assert (str(answers['a']), answers['b']) == ("no", 5)


# === NUMBERS === #

@needs_mounts
@pytest.mark.parametrize(('numbers', 'expected'), [
    ((1000, 500, 400, 0, 0, 4096), {'free_pct': 40.0, 'free_bytes': 1638400, 'used_pct': 55.6}),
    ((1000, 500, 400, 200, 50, 4096), {'free_pct': 40.0, 'free_bytes': 1638400, 'used_pct': 55.6, 'inode_free_pct': 25.0}),
    ((1000, 500, 400, 2 ** 64 - 1, 2 ** 64 - 1, 4096), {'free_pct': 40.0, 'free_bytes': 1638400, 'used_pct': 55.6}),
    ((1000, 500, 400, 1000, 2 ** 64 - 1, 4096), {'free_pct': 40.0, 'free_bytes': 1638400, 'used_pct': 55.6}),
    ((1000, 500, 400, 2 ** 32 - 1, 7, 4096), {'free_pct': 40.0, 'free_bytes': 1638400, 'used_pct': 55.6})])
def test_file_entries_count_where_there_is_a_fixed_number_of_them(tmp_path, numbers, expected):
    with Fuse(tmp_path, numbers):
        result = run(include=[str(tmp_path)])
    assert result.readings[0].values == expected
    assert result.state == State.OK


@needs_mounts
@pytest.mark.parametrize(('numbers', 'words'), [
    ((1000, 2000, 1500, 0, 0, 4096), "more room is free than it has"), ((1000, 1500, 900, 0, 0, 4096), "more room is free than it has"),
    ((1000, 0, 2 ** 64 - 20, 0, 0, 4096), "more room is free than it has"), ((1000, 500, 400, 100, 101, 4096), "more file entries are free than it has"),
    ((0, 0, 0, 0, 0, 4096), "no size at all"), ((2 ** 64 - 1, 2 ** 64 - 1, 2 ** 64 - 1, 0, 0, 4096), "no real size")])
def test_figures_that_cannot_be_true_are_unknown(tmp_path, numbers, words):
    with Fuse(tmp_path, numbers):
        result = run(include=[str(tmp_path)])
    assert result.state == State.UNKNOWN
    assert words in result.summary


@pytest.mark.parametrize('fstype', ['squashfs', 'erofs'])
def test_a_read_only_image_is_full_by_nature(mount, fstype):
    folder = mount('image', '-o', 'loop', SAMPLES / f'{fstype}.img')
    result = run(include=[str(folder)])
    assert result.state == State.OK
    assert result.summary == f"{folder}: a read-only image, full by nature"
    assert str(folder) not in readings(run(limits=[]))


def test_a_cd_is_full_by_nature_and_a_full_disk_is_not():
    full = volumes.Room(700_000_000, 0, 700_000_000)
    assert disk.parse('/mnt/cd', 'iso9660', full) == disk.Reading('/mnt/cd', {}, State.OK, "a read-only image, full by nature")
    assert disk.parse('/srv', 'ext4', full).values == {'free_pct': 0.0, 'free_bytes': 0, 'used_pct': 100.0}
    assert disk.parse('/mnt/dvd', 'udf', volumes.Room(100, 50, 50)).values['free_pct'] == 50.0


# === NAMES === #

def test_a_slash_at_the_end_is_the_same_volume(mount):
    folder = mount('data', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    for name in (f'{folder}/', f'{folder}//', f'/{folder}', f'{folder}/.'):
        assert [reading.item for reading in run(include=[name]).readings] == [str(folder)]
    assert run(include=[str(folder)], exclude=[f'{folder}/']).summary == "nothing was found to measure"


@pytest.mark.parametrize('name', ['data[1]', 'all*', 'why?', '[', 'with space', 'tab\there', 'odd-\udcff'])
def test_signs_in_the_name_of_a_mount_are_no_pattern(mount, name):
    mount('data1', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    folder = mount(name, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    result = run(include=[str(folder)])
    assert (result.state, [reading.item for reading in result.readings]) == (State.OK, [str(folder)])
    assert run(include=[str(folder)], exclude=[str(folder)]).summary == "nothing was found to measure"
    other = run(include=[str(folder.parent / 'data1')], exclude=[str(folder)])
    assert other.state == State.OK


def started_anew(memory):
    """Return the memory of a check as it is after the agent's restart."""
    return {'kept': json.loads(json.dumps(memory['kept']))}


@pytest.mark.parametrize(('name', 'namesake'), [
    ('data[1]', 'data1'), ('all*', 'all-old'), ('why?', 'why1'), ('[x]', 'x'), ('odd-\udcff*', 'odd-\udcff1')])
@pytest.mark.parametrize('folder_stays', [True, False])
def test_a_mount_that_is_gone_is_critical_and_no_pattern_for_its_namesake(mount, device, name, namesake, folder_stays):
    mount(namesake, device)
    folder = mount(name, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    memory = {}
    assert run(include=[str(folder)], memory=memory).state == State.OK
    mount.end(folder)
    if not folder_stays:
        folder.rmdir()
    for _look in range(3):
        memory = started_anew(memory)
        gone = run(include=[str(folder)], memory=memory)
        assert (gone.state, [(one.item, one.text) for one in gone.readings]) == (State.CRITICAL, [(str(folder), "the volume is not there")])
    mount(name, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    assert run(include=[str(folder)], memory=memory).state == State.OK


def test_what_is_left_out_or_meant_read_only_by_its_name_means_no_namesake_when_it_is_gone(mount, device):
    namesake = mount('data1', device, '-o', 'ro')
    folder = mount('data[1]', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    both, excluded, meant = [str(folder), str(namesake)], {}, {}
    assert [one.item for one in run(include=both, exclude=[str(folder)], memory=excluded).readings] == [str(namesake)]
    assert "is mounted read-only" in run(include=both, read_only=[str(folder)], memory=meant).summary
    mount.end(folder)
    assert [one.item for one in run(include=both, exclude=[str(folder)], memory=started_anew(excluded)).readings] == [str(namesake)]
    assert "is mounted read-only" in readings(run(include=both, read_only=[str(folder)], memory=started_anew(meant)))[str(namesake)].text


def test_a_mount_that_is_to_be_there_by_fstab_is_no_pattern_from_the_first_look_on(mount, device, tmp_path, monkeypatch):
    mount('data1', device)
    monkeypatch.setattr(disk, 'FSTAB', str(tmp_path / 'fstab'))
    assert run(limits=[], include=[f'{tmp_path}/data[1]']).state == State.OK  # nothing says that it is a name
    (tmp_path / 'fstab').write_text(f'# the second disk\nLABEL=data {tmp_path}/data[1]/ ext4 noauto 0 2\n')
    assert run(include=[f'{tmp_path}/data[1]']).summary == f"{tmp_path}/data[1]: the volume is not there"
    assert run(include=[f'{tmp_path}/data[1]/']).state == State.CRITICAL


def test_a_sign_in_brackets_stands_for_itself_mounted_or_not(mount, device, tmp_path):
    mount('data1', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
    written = f'{tmp_path}/data[[]1]'
    assert run(include=[written]).summary == f"{tmp_path}/data[1]: the volume is not there"
    folder = mount('data[1]', device)
    for settings in ({'include': [written]}, {'include': [f'{tmp_path}/data*'], 'exclude': [f'{tmp_path}/data1']}):
        assert [(one.item, one.finding) for one in run(**settings).readings] == [(str(folder), State.OK)]
    assert run(include=[str(folder)], exclude=[written]).summary == "nothing was found to measure"


def test_what_was_no_mount_stays_a_pattern_and_only_what_is_asked_for_is_kept():
    kept = {}
    assert chosen('pool', kept, include=['/srv/all*', '/srv/v*'])[0] == ['/srv/all*', '/srv/var']
    assert kept == {'names': ['/srv/all*']}
    assert chosen('pool', kept, include=['/srv/v*'])[0] == ['/srv/var'] and kept == {'names': []}
    for damaged in (None, 5, {'a': 1}, [['/srv/v*'], 5, None]):
        assert chosen('pool', {'names': damaged}, include=['/srv/v*'])[0] == ['/srv/var']


def test_bind_mounts_and_links_to_a_mount_are_found(tmp_path, device, mount):
    data = mount('data', device)
    (data / 'www').mkdir()
    bound = mount('www', '--bind', data / 'www')
    (tmp_path / 'link').symlink_to(data)
    (tmp_path / 'wrong').symlink_to(tmp_path / 'www' / 'nothing')
    for name in (bound, tmp_path / 'link'):
        result = run(include=[str(name)], limits=[])
        assert (result.state, [reading.item for reading in result.readings]) == (State.OK, [str(name)])
    assert run(include=[str(tmp_path / 'link')], exclude=[str(data)]).summary == "nothing was found to measure"
    assert run(include=[str(tmp_path / 'wrong')]).state == State.CRITICAL
    assert run(include=[str(data / 'www')]).state == State.CRITICAL
    found = readings(run(limits=[]))
    assert str(data) in found or str(bound) in found
    assert not {str(data), str(bound)} <= set(found)
    assert [one['mount'] for one in facts.read()['volumes'] if one['device'] == device] == [min(str(data), str(bound), key=len)]


@needs_mounts
def test_a_share_is_a_volume_when_it_is_named_or_matched(tmp_path):
    with Fuse(tmp_path):
        for name in (str(tmp_path), f'{tmp_path}*'):
            assert [reading.item for reading in run(include=[name]).readings] == [str(tmp_path)]


@pytest.mark.parametrize('name', ['', 'srv', './srv', 'D:'])
def test_names_that_can_be_no_volume_here_are_refused(name):
    assert "include: expected an absolute path" in make_check(1, 'x', 'disk', 60, 10, {'include': [name]}).problem


def test_drives_are_written_in_one_way():
    assert [disk.tidy(name, ntpath) for name in ('d:', 'D:/', 'D:\\', 'C:\\mnt\\data\\', 'C:/mnt/*', '\\\\nas\\share\\')] == [
        'D:\\', 'D:\\', 'D:\\', 'C:\\mnt\\data', 'C:\\mnt\\*', '\\\\nas\\share\\']


# === TABLES OF OTHER MACHINES === #

def table(name):
    return volumes.parse_mountinfo((SAMPLES / f'mountinfo-{name}.txt').read_text())


def chosen(name, kept=None, fstab='', **settings):
    mounts, settings = table(name), disk.DiskSettings(**{key: tuple(value) for key, value in settings.items()})
    names = disk.real_names(mounts, settings, {} if kept is None else kept, fstab)
    targets, missing = disk.choose(mounts, settings, names)
    return [target.item for target in targets], [reading.item for reading in missing]


def test_one_pool_counts_once_and_what_is_mounted_over_not_at_all():
    assert chosen('pool') == (['/', '/srv/all*', '/srv/var', '/srv/with space'], [])
    assert chosen('pool', include=['/srv/*']) == (['/srv/all*', '/srv/var', '/srv/with space'], [])
    assert chosen('pool', include=['/srv/home', '/srv/*'])[0] == ['/srv/home', '/srv/all*', '/srv/with space']
    assert chosen('pool', include=['/srv/all*', '/srv/data[1]'])[0] == ['/srv/all*', '/srv/data[1]']
    assert chosen('pool', exclude=['/', '/srv/var'])[0] == ['/srv/all*', '/srv/home', '/srv/with space']
    points = [mount.point for mount in table('pool')]
    assert '/srv/over/inner' not in points and points.count('/dev/shm') == 1


def test_lines_of_the_table_that_are_none_are_passed_over_in_time():
    good = '36 29 8:17 / /srv rw,noatime - ext4 /dev/sdb1 rw'
    lines = [good, '37 36 8:18 / srv/x rw - ext4 /dev/sdc1 rw', '38 36 8:19 /', ' - ', '39 36 8:20 /  rw - ext4', good.replace(' - ', ' '),
             '40 36 8:21 / ///srv/y rw - ext4 /dev/sdd1 rw', '41 36 0:5 / /srv/z rw - tmpfs']
    assert [mount.point for mount in volumes.parse_mountinfo('\n'.join(lines))] == ['/srv', '///srv/y', '/srv/z']


def test_shares_count_when_they_are_named():
    assert chosen('shares') == (['/', '/auto', '/data', '/mnt/ntfs'], [])
    assert chosen('shares', include=['/srv/*', '/net/*', '/mnt/*'])[0] == ['/srv/nas', '/net/box', '/mnt/ntfs', '/mnt/office', '/mnt/ssh']
    assert chosen('shares', include=['/run/user/*', '/proc*']) == ([], ['/run/user/*', '/proc*'])
    roles = {mount.point: mount.role for mount in table('shares')}
    assert (roles['/mnt/ssh'], roles['/mnt/cd'], roles['/run/user/1000/gvfs'], roles['/net']) == ('network', 'image', 'system', 'system')


def test_the_single_files_of_a_container_are_no_volume(mount, tmp_path, device):
    data = mount('data', device)
    (data / 'hosts').write_text('x')
    (tmp_path / 'h').touch()
    subprocess.run(['mount', '--bind', str(data / 'hosts'), str(tmp_path / 'h')], check=True)
    try:
        assert str(data) in readings(run(limits=[]))
        subprocess.run(['umount', '-l', str(data)], check=True)
        found = readings(run(limits=[]))
        assert str(tmp_path / 'h') not in found
    finally:
        subprocess.run(['umount', str(tmp_path / 'h')], check=True)
        subprocess.run(['mount', device, str(data)], check=True)


def test_windows_drives():
    def part(point, fstype, opts):
        return type('part', (), {'device': point, 'mountpoint': point, 'fstype': fstype, 'opts': opts})
    drives = [volumes.drive(part(*one)) for one in (
        ('C:\\', 'NTFS', 'rw,fixed'), ('C:\\mnt\\data\\', 'NTFS', 'rw,fixed'), ('E:\\', 'UDF', 'ro,cdrom'), ('F:\\', '', 'removable'), ('G:\\', '', 'fixed'))]
    assert [(one.point, one.role) for one in drives] == [
        ('C:\\', 'local'), ('C:\\mnt\\data', 'local'), ('E:\\', 'image'), ('F:\\', 'system'), ('G:\\', 'local')]


@pytest.mark.skipif(os.name == 'nt', reason="the examples are of Linux")
@pytest.mark.parametrize('module', [volumes, volume_identity, disk])
def test_the_examples_hold(module):
    assert doctest.testmod(module).failed == 0
