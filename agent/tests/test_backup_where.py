"""On what a backup lies: disks that are changed in turn, links, mounts below the folder, shares, memory."""
import contextlib
import hashlib
import os
import shutil

import pytest
from backup_files import flip, odoo_zip, windows_image
from backup_looks import Look, make_disk, mounted, needs_root, own_folder, own_state
from fuse_server import Fuse, can_mount

from itc_agent import volume_identity, volumes
from itc_agent.collectors import _backup_list, _backup_place, _backup_work
from itc_agent.results import State


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    return own_state(tmp_path, monkeypatch)


@pytest.fixture
def folder(tmp_path):
    return own_folder(tmp_path)


@pytest.fixture
def no_names(tmp_path, monkeypatch):
    """Let no volume have a name of its own, as in a container: where there are names, a disk gets its own a moment after it is mounted here."""
    monkeypatch.setattr(volume_identity, 'UUIDS', str(tmp_path / 'no names'))


@needs_root
@pytest.mark.usefixtures('no_names')
def test_of_disks_that_are_changed_in_turn_none_passes_for_the_other(folder, tmp_path, monkeypatch):
    begun = []
    before = _backup_work.programs.run_python
    monkeypatch.setattr(_backup_work.programs, 'run_python', lambda file, job, *rest, **more: begun.append(job) or before(file, job, *rest, **more))
    looks, found = Look(folder, pattern='*.zip'), {}
    for name in ('monday', 'tuesday'):
        with mounted(make_disk(tmp_path / name), folder, '-o', 'loop'):
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
    with mounted(tmp_path / 'tuesday', folder, '-o', 'loop'):
        assert looks() and looks.reasons() == {'a.zip': ('settled', 'crc')}
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # the agent was started anew
    looks = Look(folder, pattern='*.zip')
    (tmp_path / 'other').mkdir()
    with mounted(make_disk(tmp_path / 'third'), tmp_path / 'other', '-o', 'loop'), mounted(tmp_path / 'monday', folder, '-o', 'loop'):  # another device
        assert looks() and looks.reasons() == {'a.zip': ('readable', '')} and looks.files['a.zip']['sha256'] == found['monday'][1]
    assert len(begun) == 2, "each is known when it comes back"


def test_a_volume_without_a_name_of_its_own_is_known_by_its_file_system(folder):
    def marks(path):
        return [_backup_place.mark_of(path, volume) for volume in ('m:1A2B', 'm:1A2C', 'm:/dev/sdb1:8:17', 'm:/dev/sdc1:8:33', '//nas/x', '//nas/y')]

    here, gone = marks(str(folder)), marks(str(folder / 'gone'))
    assert {len(one) for one in here} == {_backup_place.MARK} and len(set(gone)) == 6
    if _backup_place._number_of(str(folder)):
        assert len(set(here)) == 5 and here[2] == here[3], "the same disk in another socket"
        assert [one == other for one, other in zip(here, gone, strict=True)] == [True, True, False, False, False, False]


@needs_root
@pytest.mark.parametrize('below', ['', 'odoo/daily'])
def test_a_folder_whose_disk_is_not_mounted_is_told_as_that(folder, monkeypatch, below):
    """The folder is where the disk is mounted, and empty without it, or a folder on the disk, which is not there then."""
    (place := folder / below).mkdir(parents=True, exist_ok=True)
    looks = Look(place)
    assert looks().readings[0].backups == {'count': 0, 'files': []}
    with mounted('tmpfs', folder, '-t', 'tmpfs', '-o', 'size=4m'):
        place.mkdir(parents=True, exist_ok=True)
        odoo_zip(place / 'a.zip')
        looks.until_read()
        assert looks.reasons() == {'a.zip': ('readable', '')}
    for _agent in range(2):
        shutil.rmtree(folder / 'odoo', ignore_errors=True)
        assert looks().state == State.UNKNOWN and looks.files == {} and looks.result.readings[0].backups['unmounted']
        assert "is its disk or share mounted?" in looks.result.summary
        monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # it was started anew
    monkeypatch.setattr(volumes, 'read_mounts', list)
    if below:
        assert looks().state == State.UNKNOWN and "No such file" in looks.result.summary and looks.files is None, "nobody can tell on what it would lie"


@needs_root
@pytest.mark.parametrize('below', ['', 'odoo'])
def test_a_disk_that_goes_before_anything_on_it_was_read_is_told_as_not_mounted(folder, monkeypatch, below):
    """Its backup is still being written, or waits for others to be read."""
    looks = Look(place := folder / below, settle_s=600)
    with mounted('tmpfs', folder, '-t', 'tmpfs', '-o', 'size=4m'):
        place.mkdir(exist_ok=True)
        odoo_zip(place / 'a.zip')
        looks()
        assert looks.reasons() == {'a.zip': ('seen', 'growing')}
    for _agent in range(2):
        assert looks().state == State.UNKNOWN and looks.files == {} and looks.result.readings[0].backups['unmounted']
        monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # it was started anew


@needs_root
def test_a_folder_behind_a_link_on_the_disk_that_goes_is_told_as_not_mounted(folder, monkeypatch):
    looks = Look(folder / 'current' / 'db')
    with mounted('tmpfs', folder, '-t', 'tmpfs', '-o', 'size=4m'):
        (folder / '2026' / 'db').mkdir(parents=True)
        (folder / 'current').symlink_to('2026')
        odoo_zip(folder / '2026' / 'db' / 'a.zip')
        looks.until_read()
        assert looks.reasons() == {'a.zip': ('readable', '')}
    for _agent in range(2):
        assert looks().state == State.UNKNOWN and looks.files == {} and looks.result.readings[0].backups['unmounted']
        monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # it was started anew
        looks.restart()


def test_disks_that_take_turns_behind_a_link_stay_known(folder, state):
    link = folder / 'backup'
    for disk in 'ab':
        (folder / disk).mkdir()
        odoo_zip(folder / disk / f'{disk}.zip')
    looks = Look(link)
    for week, disk in enumerate('abab'):
        link.unlink(missing_ok=True)
        link.symlink_to(disk)
        if week < 2:
            looks.until_read()
        else:
            looks()
        assert looks.reasons() == {f'{disk}.zip': ('readable', '')}, week
        looks.restart()
        _backup_work.workshop._since = float('-inf')
    assert len(list((state / 'backups').iterdir())) == 2


def test_a_link_to_another_folder_each_day_leaves_nothing_behind(folder, state, monkeypatch):
    monkeypatch.setattr(_backup_work, 'MOST_BEFORE', 1)
    link, other = folder / 'latest', Look(folder / '1')
    for day in '0123':
        (folder / day).mkdir()
        odoo_zip(folder / day / f'{day}.zip')
    looks = Look(link)
    other.until_read()
    for day in '0123':
        link.unlink(missing_ok=True)
        link.symlink_to(day)
        looks.until_read()
        assert looks.reasons() == {f'{day}.zip': ('readable', '')}
        looks.restart()
    assert len(list((state / 'backups').iterdir())) == 4, "another check has not looked yet"
    _backup_work.workshop._since = float('-inf')
    looks()
    marks = {one.name for one in (state / 'backups').iterdir()}
    assert {looks.check.settings.mark, other.check.settings.mark} < marks, "the other one looks at its own"
    assert len(marks) == 3, "one before it is kept"
    assert len(looks.memory['kept']['left']) == 2


def test_a_folder_that_somebody_deleted_is_told_as_nothing(folder):
    looks = Look(folder)
    odoo_zip(folder / 'a.zip')
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('readable', '')}
    shutil.rmtree(folder)
    assert looks().state == State.UNKNOWN and looks.files is None
    assert Look(folder / 'never').until_read().state == State.UNKNOWN


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
@pytest.mark.usefixtures('no_names')
def test_what_is_mounted_below_a_folder_is_told_as_what_it_is(folder, tmp_path):
    """A disk, memory, and a single file of another disk; a folder of which a part lies elsewhere."""
    for name in ('disk', 'memory', 'mixed/inner'):
        (folder / name).mkdir(parents=True)
    (folder / 'single.zip').touch()
    (tmp_path / 'other').mkdir()
    odoo_zip(folder / 'a.zip')
    with contextlib.ExitStack() as stack:
        stack.enter_context(mounted(make_disk(tmp_path / 'one'), folder / 'disk', '-o', 'loop'))
        stack.enter_context(mounted(make_disk(tmp_path / 'two'), tmp_path / 'other', '-o', 'loop'))
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
