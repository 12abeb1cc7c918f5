"""On what volume a folder of backups lies, told so that two hosts which look at the same share, or two places on one disk, are known for it."""
from __future__ import annotations

import hashlib
import os
import re
import socket
import sys

from .. import facts, volumes
from ..errors import SourceUnavailable
from ..volume_identity import REMOTE_FUSE, identity_of, media_of

OWN_NAMES = {'localhost', '::1'}
MAX_VOLUME, MARK = 200, 12


class Spots:
    """Tells where each backup of a folder lies: with the folder, or on what is mounted below it.

    :param device: number of the file system that the folder lies on
    """

    def __init__(self, folder: str, device: int | None):
        self._folder, self._device = folder, device
        self.medium, self.volume = where(folder)
        self._mark = mark_of(folder, self.volume)

    def of(self, entry) -> tuple[str, str, str]:
        """Return medium, volume and mark; of what lies on several the first two cannot be told."""
        if entry.device == self._device:
            return self.medium, self.volume, self._mark
        path = os.path.join(self._folder, entry.name)
        medium, volume = where(path)
        mark = mark_of(path, volume)
        return (medium, volume, mark) if entry.device is not None else ('unknown', '', mark)


def where(path: str) -> tuple[str, str]:
    """Return medium and volume of a folder or a file, ``unknown`` and '' where they cannot be told.

    What lies in memory is ``removable``: it is gone with the next start.
    """
    if sys.platform == 'win32' and (share := windows_share(path)):
        return 'network', share
    try:
        mount = mount_of(os.path.realpath(path), volumes.read_mounts())
    except (OSError, SourceUnavailable):
        return 'unknown', ''
    if mount is None:
        return 'unknown', ''
    medium = media_of(mount)
    if 'network' in (medium, mount.role) or mount.fstype in volumes.NETWORK or mount.fstype in REMOTE_FUSE:
        return 'network', share_name(mount.device)
    if mount.role == 'system':
        medium = 'removable'
    try:
        identity = identity_of(mount) or f'{mount.device}:{mount.key}'
    except OSError:
        identity = f'{mount.device}:{mount.key}'
    machine = facts.machine_id()
    return medium, f'{machine[:16]}:{identity}'[:MAX_VOLUME] if machine else ''


def mark_of(path: str, volume: str) -> str:
    """Return what tells this volume from another one that is put in its place, such as the next of several disks that are changed in turn.

    :param volume: what :func:`where` says of it; where that is no name of its own, the file system's own number stands in for it
    """
    if re.fullmatch('[^:/]+:[^:/]+', volume):
        text = volume
    else:
        number = _number_of(path)
        # A disk may be another device the next time; of a share the number says only which disk its server has put there.
        text = str(number) if number and not volume.startswith('//') else f'{volume}\0{number}'
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:MARK]


def _number_of(path: str) -> int:
    """Return the number of a file system (on Windows its serial number), 0 where it has none."""
    try:
        return os.stat(path).st_dev if sys.platform == 'win32' else os.statvfs(path).f_fsid
    except OSError:
        return 0


def mount_of(path: str, mounts: list):
    """Return the mount that a path lies on: the one with the longest place. Pure.

    >>> one, other = volumes.Mount('/', '/dev/a', 'ext4', '8:1', 'local'), volumes.Mount('/srv', '/dev/b', 'ext4', '8:2', 'local')
    >>> mount_of('/srv/x', [one, other]).device, mount_of('/srvx', [one, other]).device
    ('/dev/b', '/dev/a')
    """
    def holds(point: str) -> bool:
        place, wanted = (os.path.normcase(one).rstrip('/\\') for one in (point, path))
        return wanted == place or wanted.startswith(place + os.sep)

    return max((one for one in mounts if holds(one.point)), key=lambda one: len(one.point), default=None)


def share_name(device: str) -> str:
    r"""Return a share as ``//server/share``, in small letters, however it was mounted; a server that is this machine bears its name. Pure but for that.

    >>> share_name('//NAS/Backups'), share_name('nas:/export/b'), share_name('joe@nas:/srv'), share_name('\\\\NAS\\Backups\\Odoo')
    ('//nas/backups', '//nas/export/b', '//nas/srv', '//nas/backups')
    >>> share_name('curlftpfs#ftp://joe:x@NAS:2121/b/'), share_name('https://nas.lan/dav/b'), share_name('/mnt/a:/mnt/b')
    ('//nas/b', '//nas.lan/dav/b', '/mnt/a:/mnt/b')
    """
    text = device.replace('\\', '/').lower()
    if text.startswith('//'):
        server, _slash, share = text[2:].partition('/')
        share = share.split('/')[0]
    else:
        address = re.fullmatch(r'[^/]*://(?:[^/]*@)?(\[[0-9a-f:]+\]|[^/:]+)(?::\d+)?(?:/(.*))?', text)
        server, _colon, share = text.rpartition(':/') if address is None else (address[1], ':', address[2] or '')
        server = server.rpartition('@')[2].strip('[]')
        if not server or '/' in server:
            return device[:MAX_VOLUME]
    if server in OWN_NAMES or re.fullmatch(r'127(\.\d+){3}', server):
        server = socket.gethostname().lower()
    return f'//{server}/{share}'.rstrip('/')[:MAX_VOLUME]


def windows_share(folder: str) -> str:
    """Return the share that a folder of Windows lies on, '' when it lies on this machine's own disks."""
    path = folder.replace('/', '\\')
    if path.startswith('\\\\') and not path.startswith('\\\\?\\'):
        return share_name(path)
    import ctypes
    from ctypes import wintypes
    size, name = wintypes.DWORD(1024), ctypes.create_unicode_buffer(1024)
    if ctypes.WinDLL('mpr').WNetGetConnectionW(path[:2], name, ctypes.byref(size)):
        return ''
    return share_name(name.value)
