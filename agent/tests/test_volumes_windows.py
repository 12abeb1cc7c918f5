"""Volumes of a real Windows, or what Wine shows of one; and a Windows that is played, of which one drive does not answer."""
import ctypes
import os
import re
import threading
import time
from types import SimpleNamespace

import psutil
import pytest

from itc_agent import drives, volume_identity, volumes
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

needs_windows = pytest.mark.skipif(os.name != 'nt', reason="drives are of Windows")


def run(**settings):
    return look(make_check(1, 'disk', 'disk', 60, 30, settings, []), {}, {})


@needs_windows
def test_the_system_drive_is_pinned_by_the_serial_number_it_tells():
    serial = volume_identity.serial_of('C:\\')
    assert re.fullmatch('[0-9A-F]{4}-[0-9A-F]{4}', serial)
    assert run(include=['C:'], pinned=[f'C:={serial}']).state == State.OK
    other = run(include=['C:'], pinned=['C:=DEAD-BEEF'])
    assert (other.state, f"another volume is here: {serial} instead of DEAD-BEEF" in other.summary) == (State.WARNING, True)
    assert run(include=[f'SERIAL={serial.lower()}']).readings[0].item == 'C:\\'
    assert run(include=['SERIAL=DEAD-BEEF']).state in (State.CRITICAL, State.UNKNOWN)  # unknown where another drive does not tell its own


@needs_windows
def test_a_drive_that_is_not_there_is_critical_also_when_it_is_pinned():
    for settings in ({'include': ['Q:']}, {'include': ['C:'], 'pinned': ['Q:=1A2B-3C4D']}):
        assert run(**settings).state == State.CRITICAL
    with pytest.raises(OSError):
        volume_identity.serial_of('Q:\\')


@needs_windows
def test_the_kind_of_medium_is_told_or_unknown():
    assert volume_identity.media_of(volumes.Mount('C:\\', 'C:\\', 'NTFS', 'C:\\', 'local')) in volume_identity.MEDIA
    assert volume_identity.media_of(volumes.Mount('Q:\\', 'Q:\\', 'NTFS', 'Q:\\', 'local')) == 'unknown'


@needs_windows
def test_the_letters_of_this_machines_own_drives_are_no_shares():
    assert re.match(r'\\Device\\|\\\?\?\\', volumes.dos_device('C:')) and volumes.dos_device('Q:') == ''
    assert 'C:\\' not in {mount.point for mount in volumes.network_drives(volumes.dos_device)}
    assert {mount.role for mount in volumes.read_mounts() if mount.point == 'C:\\'} == {'local'}


@needs_windows
def test_drives_are_listed_as_psutil_lists_them():
    told = [(one.device, one.mountpoint, one.fstype, one.opts.replace('compressed,', '')) for one in psutil.disk_partitions(all=False)]
    assert [(one.device, one.mountpoint, one.fstype, one.opts) for one in drives.listed()] == told


@pytest.fixture
def played(monkeypatch):
    """A Windows of four drives: a disk with another one mounted in a folder, a read-only one, a disk that never answers, an empty card reader."""
    over = threading.Event()
    disks = {'C:\\': ('NTFS', 0x80), 'D:\\': ('exFAT', 0x80000), 'E:\\': None, 'F:\\': ('', 0)}

    def information(root, _name, _size, _serial, _length, flags, fstype, _room):
        if disks[root.value] is None:
            over.wait(20)
        fstype.value, flags._obj.value = disks[root.value] or ('', 0)
        return bool(fstype.value)

    def first(_root, name, _size):
        name.value = 'mnt\\data\\'
        return 7

    kernel = SimpleNamespace(
        GetLogicalDrives=lambda: 0b111101, GetDriveTypeW=lambda root: {'A': 2, 'F': 2, 'E': 2}.get(root.value[0], 3), SetThreadErrorMode=lambda *_new: 1,
        GetVolumeInformationW=information, FindFirstVolumeMountPointW=type('', (), {'__call__': lambda _self, *words: first(*words)})(),
        FindNextVolumeMountPointW=lambda *_words: 0, FindVolumeMountPointClose=lambda _handle: 1)
    monkeypatch.setattr(ctypes, 'windll', SimpleNamespace(kernel32=kernel), raising=False)
    yield kernel
    over.set()


def test_a_drive_that_does_not_answer_is_a_disk_that_cannot_be_read_and_holds_nobody_up(played, monkeypatch):
    monkeypatch.setattr(drives, 'PATIENCE_S', 0.3)
    started = time.monotonic()
    found = [volumes.drive(one) for one in drives.listed()]
    assert time.monotonic() - started < 2
    assert [(one.point, one.fstype, one.role, one.read_only) for one in found] == [
        ('C:\\mnt\\data', 'NTFS', 'local', False), ('C:\\', 'NTFS', 'local', False), ('D:\\', 'exFAT', 'local', True), ('E:\\', '', 'local', False),
        ('F:\\', '', 'system', False)]
