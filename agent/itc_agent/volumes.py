"""The volumes of this machine: listed from the system's own table, which touches none of them, and asked so that a dead one keeps nobody waiting."""
from __future__ import annotations

import os
import posixpath
import re
import stat
import string
import threading
import time
from dataclasses import dataclass

from .errors import SourceUnavailable

MOUNTINFO = '/proc/self/mountinfo'
# Full by nature: what is written into them once is all they will ever hold.
IMAGES = {'squashfs', 'erofs', 'iso9660', 'udf', 'cramfs', 'romfs', 'cdfs', 'fuse.squashfuse', 'fuse.erofsfuse', 'fuse.fuseiso', 'fuse.dwarfs'}
NETWORK = {'nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', 'afs', 'ceph', 'lustre', '9p', 'virtiofs', 'glusterfs', 'beegfs', 'orangefs', 'davfs',
           'vboxsf', 'vmhgfs', 'prl_fs'}
# Windows into a user's session or into the system, not places where anybody keeps files.
SESSION = {'fuse.snapfuse', 'fuse.gvfsd-fuse', 'fuse.gvfs-fuse-daemon', 'fuse.portal', 'fuse.lxcfs', 'fuse.fuse-overlayfs', 'fuse.kio-fuse',
           'fuse.xrdp-chansrv', 'fuse.vmware-vmblock', 'fuse.rofiles-fuse'}
_REDIRECTED = re.compile(r'\\Device\\(?:.*\\;[a-z]:[^\\]*|Mup|WinFsp\.Mup)\\([^;].*)', re.IGNORECASE)
# On disks of their own, although the kernel gives them no block device's number.
POOLED = {'btrfs', 'zfs', 'bcachefs', 'ubifs'}


@dataclass(frozen=True)
class Mount:
    """A place where a volume is mounted.

    :param point: folder or drive, without a slash at the end
    :param device: what is mounted, as the table says it (``/dev/sda1``, ``nas:/export``)
    :param key: name of the volume itself, the same at every place where it is mounted: bind mounts, subvolumes of one btrfs pool
    :param role: ``local``; ``network`` (FUSE too): counts when a person names it; ``image``: full by nature; ``system``: no volume
    :param read_only: nothing can be written anywhere on the volume; one that is shown read-only at this place alone is not
    """

    point: str
    device: str
    fstype: str
    key: str
    role: str
    read_only: bool = False


@dataclass(frozen=True)
class Room:
    """What a volume says of itself: bytes in all, bytes that programs may still fill, bytes in use; file entries in all and free, 0 of 0 without."""

    total: int
    free: int
    used: int
    files: int = 0
    files_free: int = 0


# === LIST === #

def read_mounts() -> list[Mount]:
    """Return what is mounted where. No volume is touched, on Windows none but the drives of this machine, and none is waited for.

    :raises SourceUnavailable: the table cannot be read
    """
    if os.name == 'nt':
        from . import drives
        own = [drive(part) for part in drives.listed()]
        there = {mount.point for mount in own}
        return [*own, *(mount for mount in network_drives(dos_device) if mount.point not in there)]
    try:
        with open(MOUNTINFO, encoding='utf-8', errors='surrogateescape', newline='\n') as file:
            return parse_mountinfo(file.read())
    except OSError as error:
        raise SourceUnavailable(f"{MOUNTINFO}: {error.strerror or error}") from error


def drive(part) -> Mount:
    """Return a drive as ``drives`` lists it on Windows. A card reader without a card is no volume; a fixed disk without a file system is one
    that cannot be read (locked, damaged).
    """
    opts, point = part.opts.split(','), part.mountpoint if len(part.mountpoint) < 4 else part.mountpoint.rstrip('\\')
    role = 'image' if 'cdrom' in opts else 'local' if part.fstype or 'fixed' in opts else 'system'
    return Mount(point, part.device, part.fstype, point, role, 'ro' in opts)


# \Device\LanmanRedirector\;Z:00000000000ab123\nas\share      (what the letter Z: stands for in this session; the number is the session's)
def network_drives(device_of) -> list[Mount]:
    r"""Return the letters that stand for folders of other machines. Pure.

    Windows tells them to the session in which they were made alone: a service sees none that a person has made.

    :param device_of: a letter's name in the system, '' of one that stands for nothing

    >>> network_drives(lambda letter: r'\Device\Mup\;LanmanRedirector\;Z:0a1\nas\share' if letter == 'Z:' else r'\Device\HarddiskVolume2')
    [Mount(point='Z:\\', device='\\\\nas\\share', fstype='', key='\\\\nas\\share', role='network', read_only=False)]
    """
    found = {letter: _REDIRECTED.fullmatch(device_of(letter)) for letter in (f'{sign}:' for sign in string.ascii_uppercase)}
    shares = {letter: '\\\\' + named[1] for letter, named in found.items() if named}
    return [Mount(letter + '\\', share, '', share.casefold(), 'network') for letter, share in shares.items()]


def dos_device(letter: str) -> str:
    """Return what the system calls a drive, '' where there is none. It asks the system's list of names, no drive."""
    import ctypes
    answer = ctypes.create_unicode_buffer(1024)
    return answer.value if ctypes.windll.kernel32.QueryDosDeviceW(ctypes.c_wchar_p(letter), answer, len(answer)) else ''


def without_password(device: str) -> str:
    """Return what is mounted without the user and password that some FUSE programs write before the name of the server.

    >>> without_password('curlftpfs#ftp://ann:s3@cret@nas/b'), without_password('https://nas/a@b'), without_password('ann@nas:/export')
    ('curlftpfs#ftp://nas/b', 'https://nas/a@b', 'ann@nas:/export')
    """
    return re.sub(r'://[^/]*@', '://', device)


# 36 29 8:17 / /srv/data\0401 rw,noatime shared:7 - ext4 /dev/sdb1 rw     (id, parent, device number, folder of the volume, place, …)
def parse_mountinfo(text: str) -> list[Mount]:
    """Return the mounts of ``/proc/self/mountinfo`` that can be reached: none that another one lies over. Pure."""
    entries = {}
    for line in text.split('\n'):
        head, dash, tail = line.partition(' - ')
        words = head.split(' ')
        if not dash or len(words) < 5 or not words[4].startswith('/'):
            continue
        ident, parent, number, _root, point = words[:5]
        fstype, device, options = (*tail.split(' '), '', '')[:3]
        point = _unescape(point)
        is_closed = 'ro' in options.split(',')
        entries[ident] = (parent, point, Mount(point, _unescape(device), fstype, number, role_of(point, fstype, number), is_closed))
    taken = {(parent, point) for parent, point, _mount in entries.values()}
    return [mount for ident, (_parent, _point, mount) in entries.items() if _is_reachable(ident, entries, taken)]


# UUID=0b1c… /srv ext4 ro,noatime 0 2      (device, place, file system, options, …)
def meant_read_only(text: str) -> set[str]:
    r"""Return the places that ``/etc/fstab`` mounts read-only. Pure.

    >>> sorted(meant_read_only('UUID=1 / ext4 rw 0 1\n# /dev/x /a ext4 ro\nLABEL=b\t/b\\040c  ext4  noatime,ro  0 2\nnone swap swap sw'))
    ['/b c']
    """
    return {_unescape(row[1]) for row in _fstab_rows(text) if len(row) > 3 and 'ro' in row[3].split(',')}


def places(text: str) -> set[str]:
    r"""Return the places at which ``/etc/fstab`` mounts something, at once or when somebody asks. Pure.

    >>> sorted(places('UUID=1 / ext4 rw 0 1\n# /dev/x /a ext4 ro\nLABEL=b\t/b\\040[1]/  ext4  noauto  0 2\nnone none swap sw'))
    ['/', '/b [1]']
    """
    return {_unescape(row[1]).rstrip('/') or '/' for row in _fstab_rows(text) if len(row) > 1 and row[1].startswith('/')}


def _fstab_rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith('#')]


def _unescape(text: str) -> str:
    return re.sub(r'\\([0-7]{3})', lambda code: chr(int(code[1], 8)), text)


def _is_reachable(ident: str, entries: dict, taken: set) -> bool:
    """Tell whether a path still leads to a mount: nothing is mounted on it, and on the way to it only its own parents."""
    seen: set = set()
    while ident in entries and ident not in seen:
        seen.add(ident)
        parent, point, _mount = entries[ident]
        if (ident, point) in taken and len(seen) == 1:
            return False
        above = point
        while above.strip('/'):
            above = posixpath.dirname(above)
            if (parent, above) in taken and parent != ident:
                return False
        ident = parent
    return True


def role_of(point: str, fstype: str, number: str) -> str:
    """Return the role of a mount; the root is a volume also where a container shows it as an overlay.

    >>> role_of('/srv', 'ext4', '8:17'), role_of('/nas', 'nfs4', '0:54'), role_of('/x', 'fuse.sshfs', '0:55'), role_of('/run', 'tmpfs', '0:23')
    ('local', 'network', 'network', 'system')
    """
    if fstype in IMAGES:
        return 'image'
    if point == '/':
        return 'local'
    if fstype in NETWORK or fstype == 'fuse' or (fstype.startswith('fuse.') and fstype not in SESSION):
        return 'network'
    return 'local' if fstype in POOLED or not number.startswith('0:') else 'system'


def by_volume(mounts) -> list[tuple[Mount, ...]]:
    """Return each volume once, with the places where it is mounted: the shortest path first."""
    ways: dict = {}
    for mount in sorted(mounts, key=lambda one: (len(one.point), one.point)):
        ways.setdefault(mount.key, []).append(mount)
    return sorted(map(tuple, ways.values()), key=lambda one: one[0].point)


# === ASK === #

def room_of(path: str) -> Room:
    """Return what the volume at ``path`` says; can wait for ever. :raises OSError: it says nothing"""
    if os.name == 'nt':
        import psutil
        usage = psutil.disk_usage(path)
        return Room(usage.total, usage.free, usage.used)
    said = os.statvfs(path)
    # Python hands the kernel's unsigned numbers on as signed ones.
    blocks, free, available, files, files_free = (
        number % 2 ** 64 for number in (said.f_blocks, said.f_bfree, said.f_bavail, said.f_files, said.f_favail))
    return Room(blocks * said.f_frsize, available * said.f_frsize, (blocks - free) * said.f_frsize, files, files_free)


def measure(ways, *, files_too: bool = False) -> tuple[Mount, Room] | None:
    """Return the first of the places of one volume that can be looked at, and its room; None when only single files are mounted there.

    :raises OSError: none can be looked at
    """
    failed = None
    for way in ways:
        try:
            mode = os.stat(way.point).st_mode
            if files_too or stat.S_ISDIR(mode):
                return way, room_of(way.point)
        except OSError as error:
            failed = failed or error
    if failed:
        raise failed
    return None


class _Call(threading.Thread):
    """A call in a thread of its own; ``answer`` is what it returned or raised."""

    def __init__(self, key, call):
        super().__init__(name='itc-volume', daemon=True)
        self.key, self._call, self.answer, self.since = key, call, None, time.monotonic()
        self.start()

    def run(self):
        try:
            self.answer = self._call()
        except Exception as error:  # noqa: BLE001  whoever asked decides what it means
            self.answer = error


def ask(calls: dict, patience_s: float) -> dict:
    """Make every call at the same time; return for each key what it returned, or the exception, ``TimeoutError`` when it is still waiting.

    A call that hangs is neither started again nor waited for again as long as it does, whoever asks: nobody can end its thread.

    :param calls: key to a function without arguments; the same key means the same call, everywhere in this process
    :param patience_s: the longest that this function takes
    """
    asked = {one.key: one for one in threading.enumerate() if isinstance(one, _Call) and one.key in calls}
    asked |= {key: _Call(key, call) for key, call in calls.items() if key not in asked}
    answers = {}
    for key in calls:
        one = asked[key]
        one.join(max(0.0, one.since + patience_s - time.monotonic()))
        waited = time.monotonic() - one.since
        if one.is_alive():
            late = waited > 2 * patience_s
            answers[key] = TimeoutError(f"still busy with the look begun {waited:.0f} s ago" if late else f"no answer within {patience_s:g} s")
        else:
            answers[key] = one.answer
    return answers
