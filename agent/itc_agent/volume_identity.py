"""What a volume is beyond its room: which one (UUID, on Windows its serial number), and on what kind of medium it lies.

A kind is only told where it can be read for sure. What a hypervisor, a RAID controller or a loop device shows as a disk may be anything: it is
``unknown``, whatever it says of itself (most of them call themselves rotating). What can be pulled out is ``removable``, whatever its name.
"""
from __future__ import annotations

import os
import re

from .volumes import NETWORK, Mount

UUIDS, SYS = '/dev/disk/by-uuid', '/sys'
MEDIA = ('ssd', 'hdd', 'network', 'removable', 'unknown')
REMOTE_FUSE = {'fuse.sshfs', 'fuse.rclone', 'fuse.s3fs', 'fuse.davfs', 'fuse.davfs2', 'fuse.glusterfs', 'fuse.smbnetfs', 'fuse.ceph', 'davfs'}
# Whole words: letters that lie within one ("perc" in "SuperCard") say nothing of a disk; but makers run their own name and RAID together.
MADE_UP = frozenset({
    'virtual', 'virtualbox', 'virtualdisk', 'vmware', 'vbox', 'qemu', 'msft', 'xen', 'xensrc', 'kvm', 'google', 'amazon', 'alibaba', 'openstack', 'iscsi',
    'logical', 'perc'})
MAX_DEPTH = 8  # of mappers upon mappers


# === WHICH ONE === #

def identity_of(mount: Mount) -> str | None:
    """Return the UUID of a mounted volume (Linux) or its serial number (Windows, ``1A2B-3C4D``), None when it has none.

    :raises OSError: it cannot be looked up here
    """
    if os.name == 'nt':
        return serial_of(mount.point)
    if not mount.device.startswith('/dev/'):
        return None
    device = os.path.realpath(mount.device)
    return next((name for name in uuids() if os.path.realpath(os.path.join(UUIDS, name)) == device), None)


def uuids() -> list[str]:
    """Return the UUIDs of all block devices. :raises OSError: they cannot be looked up here"""
    try:
        return os.listdir(UUIDS)
    except OSError as error:
        raise OSError(error.errno, f"UUIDs cannot be looked up in {UUIDS}") from error


def same(one: str, other: str) -> bool:
    """Tell whether two identities are one, however they are written.

    >>> same('1A2B-3C4D', '1a2b3c4d'), same('1A2B-3C4D', '1A2B-3C4E')
    (True, False)
    """
    return one.replace('-', '').lower() == other.replace('-', '').lower()


def serial_of(point: str) -> str:
    """Return the serial number of a Windows volume, as ``vol`` shows it. :raises OSError: it does not tell"""
    import ctypes
    number = ctypes.c_uint32()
    path = point if point.endswith('\\') else point + '\\'
    if not ctypes.windll.kernel32.GetVolumeInformationW(ctypes.c_wchar_p(path), None, 0, ctypes.byref(number), None, None, None, 0):
        raise ctypes.WinError()
    return f'{number.value >> 16:04X}-{number.value & 0xFFFF:04X}'


# === ON WHAT === #

def media_of(mount: Mount) -> str:
    """Return the kind of medium of a volume, one of ``MEDIA``."""
    if mount.fstype in NETWORK or mount.fstype in REMOTE_FUSE:
        return 'network'
    try:
        if os.name == 'nt':
            return windows_media(mount.point)
        number = mount.key
        if number.startswith('0:'):  # a pool has a number of its own; its device does not
            if not mount.device.startswith('/dev/'):
                return 'unknown'
            device = os.stat(mount.device).st_rdev
            number = f'{os.major(device)}:{os.minor(device)}'
        return linux_media(os.path.realpath(os.path.join(SYS, 'dev', 'block', number)))
    except (OSError, ValueError):
        return 'unknown'


def linux_media(device: str, depth: int = 0) -> str:
    """Return the kind of a block device by its folder in sysfs; a mapper or RAID is of the kind of all its parts, if they are of one.

    It is removable when one of them is: what lies on it is gone, or only half there, with that one.
    """
    if depth > MAX_DEPTH or not os.path.isdir(device):
        return 'unknown'
    if os.path.exists(os.path.join(device, 'partition')):
        device = os.path.dirname(device)
    parts = os.path.join(device, 'slaves')
    below = sorted(os.listdir(parts)) if os.path.isdir(parts) else []
    if below:
        kinds = {linux_media(os.path.realpath(os.path.join(parts, name)), depth + 1) for name in below}
        return 'removable' if 'removable' in kinds else kinds.pop() if len(kinds) == 1 else 'unknown'
    name, words = os.path.basename(device), ' '.join(_read(device, 'device', one) for one in ('vendor', 'model')).lower()
    return kind_of(name, device, words, _read(device, 'removable'), _read(device, 'queue', 'rotational'), _read(device, 'device', 'type'))


def kind_of(name: str, path: str, words: str, removable: str, rotational: str, card: str) -> str:
    """Return the kind of one disk. Pure.

    :param path: where it hangs in the tree of devices
    :param words: vendor and model, in small letters
    :param card: ``SD`` or ``MMC`` of a card reader's slot, else whatever stands there

    >>> kind_of('sda', '/sys/devices/pci0/ata1/sda', 'ata st4000', '0', '1', '0'), kind_of('vda', '/sys/devices/virtio0/vda', '', '0', '1', '')
    ('hdd', 'unknown')
    """
    if removable == '1' or '/usb' in path:
        return 'removable'
    if name.startswith('mmcblk'):
        return {'SD': 'removable', 'MMC': 'ssd'}.get(card, 'unknown')
    if is_made_up(words) or not name.startswith(('sd', 'nvme', 'hd')):
        return 'unknown'
    if name.startswith('nvme'):
        return 'ssd'
    # Controllers say "rotating" of whatever they hide; a disk that is asked directly is an ATA one.
    return 'ssd' if rotational == '0' else 'hdd' if rotational == '1' and words.startswith('ata') else 'unknown'


def is_made_up(words: str) -> bool:
    """Tell whether the words of a disk are those of a controller or a hypervisor.

    >>> is_made_up('adaptec raid5_data'), is_made_up('DELL PERC H730'), is_made_up('PERCRAID'), is_made_up('generic supercard')
    (True, True, True, False)
    """
    return any(one in MADE_UP or one.endswith('raid') for one in re.split('[^a-z]+', words.lower()))


def _read(*path: str) -> str:
    try:
        with open(os.path.join(*path), encoding='utf-8', errors='replace') as file:
            return file.read(200).strip()
    except OSError:
        return ''


def windows_media(point: str) -> str:
    """Return the kind of a Windows volume. :raises OSError: it does not tell"""
    import ctypes
    kernel = ctypes.windll.kernel32
    path = point if point.endswith('\\') else point + '\\'
    kind = {2: 'removable', 4: 'network'}.get(kernel.GetDriveTypeW(ctypes.c_wchar_p(path)))
    if kind or len(path) > 3:  # a volume mounted in a folder has no name to open it by
        return kind or 'unknown'
    kernel.CreateFileW.restype = ctypes.c_void_p
    share_all, open_existing = 3, 3
    handle = kernel.CreateFileW(ctypes.c_wchar_p(f'\\\\.\\{path[:2]}'), 0, share_all, None, open_existing, 0, None)
    if handle in (None, ctypes.c_void_p(-1).value):
        raise ctypes.WinError()
    try:
        device_property, seek_penalty = 0, 7
        about, penalty = (_storage_property(kernel, handle, one) for one in (device_property, seek_penalty))
        return windows_kind(about, penalty)
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


def _storage_property(kernel, handle, wanted: int) -> bytes:
    """Return the answer of IOCTL_STORAGE_QUERY_PROPERTY, nothing when there is none."""
    import ctypes
    question, answer, size = (ctypes.c_uint32 * 3)(wanted, 0, 0), ctypes.create_string_buffer(1024), ctypes.c_uint32()
    done = kernel.DeviceIoControl(ctypes.c_void_p(handle), 0x2D1400, ctypes.byref(question), ctypes.sizeof(question), answer, len(answer),
                                  ctypes.byref(size), None)
    return answer.raw[:size.value] if done else b''


def windows_kind(about: bytes, penalty: bytes) -> str:
    """Return the kind by STORAGE_DEVICE_DESCRIPTOR and DEVICE_SEEK_PENALTY_DESCRIPTOR. Pure.

    The first holds at byte 10 whether the medium is removable, at 12 and 16 where vendor and product stand, at 28 the bus; the second at byte 8
    whether moving a head takes time.
    """
    if len(about) < 32:
        return 'unknown'
    words = b' '.join(about[place:].split(b'\x00')[0] for place in (int.from_bytes(about[at:at + 4], 'little') for at in (12, 16)) if place)
    bus = int.from_bytes(about[28:32], 'little')
    if about[10] or bus in (4, 7, 12, 13):  # FireWire, USB, SD, MMC
        return 'removable'
    if is_made_up(words.decode('latin-1')):
        return 'unknown'
    if bus == 17:
        return 'ssd'
    if bus not in (3, 10, 11) or len(penalty) < 9:  # ATA, SAS, SATA
        return 'unknown'
    return 'hdd' if penalty[8] else 'ssd'
