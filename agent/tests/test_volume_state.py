"""Volumes that are read-only, another one than expected, or on a medium that is not wanted: real mounts, and trees of devices made for the tests."""
import doctest
import os
import subprocess
from types import SimpleNamespace

import pytest
from fuse_server import Fuse
from test_volumes import device, mount, needs_mounts, readings, run  # noqa: F401  device and mount are fixtures

from itc_agent import volume_identity, volumes
from itc_agent.collectors import disk
from itc_agent.results import Reading, State
from itc_agent.wire import make_check

pytestmark = pytest.mark.skipif(os.name == 'nt', reason="mounts of Linux")
UUID = '0b1c2d3e-0000-4000-8000-000000000001'


# === READ-ONLY === #

def test_a_volume_that_went_read_only_is_critical_unless_it_is_meant_so(device, mount, tmp_path, monkeypatch):  # noqa: F811  pytest's way to name a fixture
    folder = mount('data', device)
    assert run(limits=[], include=[str(folder)]).state == State.OK
    subprocess.run(['mount', '-o', 'remount,ro', str(folder)], check=True)
    result = run(limits=[])
    assert (result.state, readings(result)[str(folder)].finding) == (State.CRITICAL, State.CRITICAL)
    assert result.summary == f"{folder}: is mounted read-only, nothing can be written"
    assert readings(result)[str(folder)].values['free_bytes'] > 0
    assert run(limits=[], read_only=[f'{tmp_path}/*']).state == State.OK
    assert run(limits=[], read_only=[str(folder)]).state == State.OK
    monkeypatch.setattr(disk, 'FSTAB', str(tmp_path / 'fstab'))
    (tmp_path / 'fstab').write_text(f"{device} {folder} ext4 defaults,rw 0 2\n")
    assert run(limits=[]).state == State.CRITICAL
    (tmp_path / 'fstab').write_text(f"{device} {folder} ext4 defaults,ro 0 2\n")
    assert run(limits=[]).state == State.OK
    subprocess.run(['mount', '-o', 'remount,rw', str(folder)], check=True)


def test_a_place_that_only_shows_a_writable_volume_read_only_is_none(device, mount):  # noqa: F811  pytest's way to name a fixture
    data = mount('data', device)
    shown = mount('shown', '--bind', data)
    subprocess.run(['mount', '-o', 'remount,bind,ro', str(shown)], check=True)
    assert os.access(shown, os.W_OK) is False
    assert run(limits=[], include=[str(shown)]).state == State.OK


@needs_mounts
def test_shares_and_images_may_be_read_only(tmp_path):
    with Fuse(tmp_path):
        subprocess.run(['mount', '-o', 'remount,ro', str(tmp_path)], check=False, capture_output=True)
        assert run(limits=[], include=[str(tmp_path)]).state == State.OK
    table = "36 29 7:1 / /snap ro shared:7 - squashfs /dev/loop1 ro\n37 29 8:1 / /nas ro - nfs4 nas:/x ro,vers=4\n38 29 8:2 / /b ro - ext4 /dev/sdb2 rw\n"
    table += "39 29 0:60 / /tank/copy ro - zfs tank/copy ro,xattr,noacl\n"
    found = {one.point: disk.closed_words(one, disk.DiskSettings(), frozenset()) for one in volumes.parse_mountinfo(table)}
    assert found == {'/snap': '', '/nas': '', '/b': '', '/tank/copy': ''}
    one, = volumes.parse_mountinfo("38 29 8:2 / /b rw - ext4 /dev/sdb2 ro,errors=remount-ro\n")
    assert disk.closed_words(one, disk.DiskSettings(), frozenset()) == "is mounted read-only, nothing can be written"


def test_a_table_without_options_is_read_all_the_same():
    assert [one.read_only for one in volumes.parse_mountinfo("36 29 8:17 / /srv rw - ext4 /dev/sdb1\n")] == [False]


def test_a_drive_of_windows_that_is_read_only():
    def part(opts):
        return volumes.drive(SimpleNamespace(device='D:\\', mountpoint='D:\\', fstype='NTFS', opts=opts))
    assert [disk.closed_words(part(opts), disk.DiskSettings(), frozenset()) != '' for opts in ('rw,fixed', 'ro,fixed', 'ro,cdrom')] == [False, True, False]


# === WHICH ONE === #

@pytest.fixture
def by_uuid(tmp_path, monkeypatch):
    folder = tmp_path / 'by-uuid'
    folder.mkdir()
    monkeypatch.setattr(volume_identity, 'UUIDS', str(folder))
    return folder


def test_the_volume_that_belongs_to_a_place_is_expected_there(device, mount, by_uuid, tmp_path):  # noqa: F811  pytest's way to name a fixture
    folder = mount('data', device)
    (by_uuid / UUID).symlink_to(device)
    pinned = [f'{folder}={UUID}']
    result = run(limits=[], pinned=pinned)
    assert (result.state, str(folder) in readings(result), '/' in readings(result)) == (State.OK, True, True)
    assert run(limits=[], include=['/'], pinned=[f'{folder}/={UUID.upper()}']).state == State.OK
    (by_uuid / UUID).rename(by_uuid / 'ffff')
    result = run(limits=[], pinned=pinned)
    assert (result.state, result.summary) == (State.WARNING, f"{folder}: another volume is here: ffff instead of {UUID}")
    subprocess.run(['umount', str(folder)], check=True)
    result = run(limits=[], pinned=pinned)
    assert (result.state, result.summary) == (State.CRITICAL, f"{folder}: the volume is not there")
    subprocess.run(['mount', device, str(folder)], check=True)


def test_a_pin_is_looked_at_in_its_place_and_once(device, mount, by_uuid):  # noqa: F811  pytest's way to name a fixture
    data = mount('a', device)
    bound = mount('much-longer-name', '--bind', data)
    (by_uuid / UUID).symlink_to(device)
    assert str(data) in readings(run(limits=[]))
    found = readings(run(limits=[], pinned=[f'{bound}={UUID}']))
    assert (str(bound) in found, str(data) in found) == (True, False)
    assert list(readings(run(limits=[], include=['/', str(data)], exclude=[str(bound)], pinned=[f'{bound}={UUID}']))) == ['/', str(data)]


def test_a_volume_whose_identity_cannot_be_told_is_unknown(device, mount, by_uuid):  # noqa: F811  pytest's way to name a fixture
    folder = mount('data', device)
    result = run(limits=[], include=['/'], pinned=[f'{folder}={UUID}'])
    assert (result.state, "it has no UUID" in result.summary) == (State.UNKNOWN, True)
    by_uuid.rmdir()
    result = run(limits=[], include=['/'], pinned=[f'{folder}={UUID}'])
    assert (result.state, "UUIDs cannot be looked up" in result.summary) == (State.UNKNOWN, True)


def test_serial_numbers_of_windows_drives(monkeypatch):
    drives = [volumes.Mount(f'{letter}:\\', f'{letter}:\\', 'NTFS', f'{letter}:\\', 'local') for letter in 'CDE']
    serials = {'C:\\': '0011-2233', 'E:\\': '1A2B-3C4D'}

    def identity(mount):  # noqa: F811  pytest's way to name a fixture
        if mount.point not in serials:
            raise OSError(21, "The device is not ready")
        return serials[mount.point]

    monkeypatch.setattr(disk, 'identity_of', identity)
    monkeypatch.setattr(disk, 'uuids', list)
    assert disk.find_uuid('SERIAL=1a2b-3c4d', drives).point == 'E:\\'
    with pytest.raises(OSError, match="not ready"):  # the one that is locked may be it
        disk.find_uuid('SERIAL=9999-9999', drives)
    with pytest.raises(disk.NotThere):
        disk.find_uuid('SERIAL=9999-9999', [drives[0], drives[2]])
    target = disk.Target('E:\\', (drives[2],), True, '1111-1111')
    assert disk.pinned_words(drives[2], target) == (State.WARNING, "another volume is here: 1A2B-3C4D instead of 1111-1111")


@pytest.mark.parametrize(('settings', 'words'), [
    ({'pinned': ['/srv']}, "pinned: expected"), ({'pinned': ['srv=1']}, "pinned: expected"), ({'pinned': ['/srv= ']}, "pinned: expected"),
    ({'refuse_media': ['usb']}, "refuse_media: expected kinds of ssd, hdd")])
def test_settings_that_make_no_sense_are_refused(settings, words):
    assert words in make_check(1, 'x', 'disk', 60, 10, settings).problem


# === ON WHAT === #

@pytest.fixture
def sysfs(tmp_path, monkeypatch):
    """A tree of devices: ``sysfs('8:1', 'pci0/ata1/sda', 'sda1', rotational=1, …)`` adds a disk, with a partition of this number."""
    monkeypatch.setattr(volume_identity, 'SYS', str(tmp_path))
    (tmp_path / 'dev' / 'block').mkdir(parents=True)

    def add(number, path, partition='', slaves=(), **files):
        folder = tmp_path / 'devices' / path
        for name, text in {'queue/rotational': files.get('rotational', 1), 'removable': files.get('removable', 0), 'device/vendor': files.get('vendor', ''),
                           'device/model': files.get('model', ''), 'device/type': files.get('type', '0')}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f'{text}\n')
        if partition:
            (folder / partition).mkdir()
            (folder / partition / 'partition').write_text('1\n')
        (folder / 'slaves').mkdir()
        for slave in slaves:
            (folder / 'slaves' / os.path.basename(slave)).symlink_to(tmp_path / 'devices' / slave)
        (tmp_path / 'dev' / 'block' / number).symlink_to(folder / partition if partition else folder)

    return add


def media(number, fstype='ext4', source='/dev/x'):
    return volume_identity.media_of(volumes.Mount('/srv', source, fstype, number, 'local'))


@pytest.mark.parametrize(('path', 'files', 'kind'), [
    ('pci0/ata1/sda', {'rotational': 1, 'vendor': 'ATA', 'model': 'ST4000NM0035'}, 'hdd'),
    ('pci0/ata1/sda', {'rotational': 0, 'vendor': 'ATA', 'model': 'Samsung'}, 'ssd'),
    ('pci0/nvme/nvme0/nvme0n1', {'rotational': 0, 'model': 'WD_BLACK'}, 'ssd'),
    ('pci0/usb1/sdb', {'rotational': 1, 'vendor': 'WD', 'removable': 0}, 'removable'),
    ('pci0/x/sdc', {'removable': 1}, 'removable'),
    ('pci0/usb1/sdb', {'vendor': 'Generic', 'model': 'SuperCard', 'removable': 1}, 'removable'),
    ('pci0/usb1/sdb', {'vendor': 'LaCie', 'model': 'Rugged RAID Shtl'}, 'removable'),
    ('pci0/usb1/sdb', {'vendor': 'iODD', 'model': 'Virtual HDD'}, 'removable'),
    ('pci0/x/sdb', {'vendor': 'Generic', 'model': 'Virtual Stick', 'removable': 1}, 'removable'),
    ('pci0/usb1/mmc/mmcblk1', {'type': 'MMC'}, 'removable'),
    ('pci0/ata1/sda', {'rotational': 0, 'vendor': 'ATA', 'model': 'SuperCard SSD'}, 'ssd'),
    ('pci0/ata1/sda', {'rotational': 1, 'vendor': 'ATA', 'model': 'Paraxenon 4000'}, 'hdd'),
    ('pci0/mmc/mmcblk0', {'type': 'SD'}, 'removable'),
    ('pci0/mmc/mmcblk0', {'type': 'MMC'}, 'ssd'),
    ('virtio1/vda', {'rotational': 1}, 'unknown'),
    ('pci0/host0/sda', {'rotational': 1, 'vendor': 'DELL', 'model': 'PERC H730'}, 'unknown'),
    ('pci0/host0/sda', {'rotational': 0, 'vendor': 'Msft', 'model': 'Virtual Disk'}, 'unknown'),
    ('pci0/host0/sda', {'rotational': 1, 'vendor': 'LENOVO'}, 'unknown'),
    *(('pci0/host0/sda', {'rotational': 0, 'vendor': vendor, 'model': model}, 'unknown') for vendor, model in (
        ('LSI', 'MegaRAID SAS'), ('IBM', 'ServeRAID M5015'), ('Adaptec', 'RAID5_data'), ('VMware,', 'VMware Virtual S'), ('HP', 'LOGICAL VOLUME'),
        ('DELL', 'PERCRAID Mirror'), ('Intel', 'INTELRAID'), ('DELL', 'PERC5/i'),
        ('XENSRC', 'PVDISK'), ('IET', 'VIRTUAL-DISK'), ('Google', 'PersistentDisk'), ('Linux', 'VirtualBox'))),
    ('pci0/nvme/nvme0/nvme0n1', {'rotational': 0, 'model': 'ORCL-VBOX-NVME-VER12'}, 'unknown'),
    ('pci0/ata1/sda', {'rotational': 1, 'vendor': 'ATA', 'model': 'QEMU HARDDISK'}, 'unknown'),
    ('pci0/ata1/sda', {'rotational': 1, 'vendor': 'ATA', 'model': 'VBOX HARDDISK'}, 'unknown'),
    ('pci0/nvme/nvme0/nvme0n1', {'rotational': 0, 'model': 'Amazon Elastic Block Store'}, 'unknown'),
    ('virtual/block/zram0', {'rotational': 0}, 'unknown'),
    ('virtual/block/loop0', {'rotational': 0}, 'unknown'),
    ('pci0/ata1/sda', {'rotational': '', 'vendor': 'ATA'}, 'unknown')])
def test_the_kind_is_told_where_it_is_sure(sysfs, path, files, kind):
    sysfs('8:1', path, os.path.basename(path) + '1', **files)
    assert media('8:1') == kind


def test_a_mapper_is_of_the_kind_of_its_parts_if_they_are_of_one(sysfs):
    sysfs('8:0', 'ata1/sda', 'sda1', vendor='ATA')
    sysfs('8:16', 'ata2/sdb', vendor='ATA')
    sysfs('8:32', 'ata3/sdc', vendor='ATA', rotational=0)
    sysfs('9:0', 'virtual/block/md0', slaves=['ata1/sda/sda1', 'ata2/sdb'])
    sysfs('253:0', 'virtual/block/dm-0', slaves=['virtual/block/md0'])
    sysfs('253:1', 'virtual/block/dm-1', slaves=['ata2/sdb', 'ata3/sdc'])
    sysfs('253:2', 'virtual/block/dm-2')
    assert [media(number) for number in ('9:0', '253:0', '253:1', '253:2', '99:9')] == ['hdd', 'hdd', 'unknown', 'unknown', 'unknown']
    sysfs('8:48', 'usb1/sdd', vendor='SanDisk')
    sysfs('253:3', 'virtual/block/dm-3', slaves=['ata3/sdc', 'usb1/sdd'])
    assert media('253:3') == 'removable', "a part of it is a thumb drive"


def test_shares_are_network_and_pools_without_a_device_unknown(sysfs):
    assert [media('0:50', fstype, source) for fstype, source in (('nfs4', 'nas:/x'), ('cifs', '//nas/x'), ('fuse.sshfs', 'a:'), ('fuse.mergerfs', 'm'),
                                                                   ('zfs', 'tank/data'), ('btrfs', '/dev/none'))] == ['network'] * 3 + ['unknown'] * 3


@pytest.mark.skipif(not os.path.exists('/sys/block/vda'), reason="this machine has no virtual disk")
def test_a_real_virtual_disk_that_says_it_rotates_is_unknown():
    with open('/sys/block/vda/dev', encoding='ascii') as file:
        assert media(file.read().strip()) == 'unknown'


def test_media_that_are_not_wanted_are_a_warning_and_known_ones_are_told(monkeypatch, sysfs):
    room = Reading('/srv', {'free_pct': 50.0})

    def judged(kind, **settings):
        return disk.judge_volume(room, '', (State.OK, ''), kind, disk.DiskSettings(**settings))

    assert (judged('ssd').finding, judged('ssd').text, judged('unknown').text) == (State.OK, "ssd", "")
    refused = judged('removable', refuse_media=('removable', 'network'))
    assert (refused.finding, refused.text) == (State.WARNING, "lies on a medium of the kind removable")
    assert judged('unknown', refuse_media=('removable',)).finding == State.OK
    assert judged('unknown', refuse_media=('unknown',)).finding == State.WARNING
    assert disk.judge_volume(room, "is mounted read-only, nothing can be written", (State.WARNING, "x"), 'hdd', disk.DiskSettings()) == Reading(
        '/srv', {'free_pct': 50.0}, State.CRITICAL, "is mounted read-only, nothing can be written, x, hdd")


def descriptor(bus, removable=0, vendor=b'', product=b'Samsung SSD'):
    head = bytearray(36)
    places = (36 if vendor else 0, 36 + len(vendor) + 1, bus)
    head[10], head[12:16], head[16:20], head[28:32] = removable, *(number.to_bytes(4, 'little') for number in places)
    return bytes(head) + vendor + b'\x00' + product + b'\x00'


SSD, HDD = (bytes((12, 0, 0, 0, 12, 0, 0, 0, penalty)) for penalty in (0, 1))


@pytest.mark.parametrize(('about', 'penalty', 'kind'), [
    (descriptor(11), SSD, 'ssd'), (descriptor(11), HDD, 'hdd'), (descriptor(17), b'', 'ssd'), (descriptor(7), b'', 'removable'),
    (descriptor(11, removable=1), b'', 'removable'), (descriptor(11), b'', 'unknown'), (descriptor(14), SSD, 'unknown'), (descriptor(8), SSD, 'unknown'),
    *((descriptor(7, removable=flag, vendor=vendor, product=product), b'', 'removable') for flag, vendor, product in (
        (1, b'LaCie', b'Rugged RAID'), (0, b'Generic', b'SuperCard'), (0, b'iODD', b'Virtual HDD'))),
    (descriptor(11, product=b'SuperCard SSD'), SSD, 'ssd'), (descriptor(8, product=b'RAID'), SSD, 'unknown'), (descriptor(15), SSD, 'unknown'),
    (descriptor(11, vendor=b'LSI', product=b'MegaRAID SAS'), SSD, 'unknown'), (descriptor(10, vendor=b'DELL', product=b'PERC H730'), SSD, 'unknown'),
    (descriptor(10, vendor=b'VMware', product=b'Disk'), SSD, 'unknown'), (descriptor(10, product=b'QEMU HARDDISK'), HDD, 'unknown'), (b'', b'', 'unknown')])
def test_media_of_windows_by_bus_and_seek_penalty(about, penalty, kind):
    assert volume_identity.windows_kind(about, penalty) == kind


def test_the_examples_hold():
    assert doctest.testmod(volume_identity).failed == 0
