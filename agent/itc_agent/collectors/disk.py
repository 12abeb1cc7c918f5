"""Room on the volumes of this machine: bytes, and file entries (inodes) where a file system has a fixed number of them.

Left alone it looks at every real volume: no pseudo file systems, no snap or CD images, no single files mounted into a container, and one
device only once. ``include`` narrows that: a name without ``* ? [`` (``/``, ``/srv``, ``D:\\``, on Linux also ``UUID=…``) is *expected*, so the
check turns critical when it is not there, a pattern that matches nothing makes it unknown. ``exclude`` wins over ``include``.

``free_pct`` is the part that programs may still fill. It is not 100 minus ``used_pct`` where the system keeps a reserve for root. A network
share that does not answer costs this check its time-out and no other check anything.
"""
from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatch

import psutil

from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State

PSEUDO = {'', 'squashfs', 'iso9660', 'udf', 'autofs', 'fuse.snapfuse', 'fuse.gvfsd-fuse', 'fuse.portal', 'cdfs'}


@dataclass(frozen=True)
class DiskSettings:
    """What to look at."""

    include: list = setting('list', (), help="Mount points, drives, UUID=… or patterns; empty: every real volume. Plain names must be there.")
    exclude: list = setting('list', (), help="Mount points or patterns to leave out.")


def is_pattern(text: str) -> bool:
    return any(sign in text for sign in '*?[')


def real_mounts(partitions, device_of) -> list[str]:
    """Return the mount points worth measuring, each device once (at its shortest path).

    :param partitions: as ``psutil.disk_partitions()`` gives them
    :param device_of: path to device number, None when it is no folder or cannot be read
    """
    by_device: dict = {}
    for part in sorted(partitions, key=lambda part: (len(part.mountpoint), part.mountpoint)):
        if part.fstype in PSEUDO or 'cdrom' in part.opts.split(','):
            continue
        device = device_of(part.mountpoint)
        if device is not None:
            by_device.setdefault(device or part.mountpoint, part.mountpoint)
    return sorted(by_device.values())


def choose(mounts, settings: DiskSettings, mount_of) -> tuple[list[str], list[Reading]]:
    """Return the mount points to measure, and a reading for each ``include`` that found none.

    :param mount_of: expected name to mount point, None when it is not there
    """
    chosen, missing = [] if settings.include else list(mounts), []
    for wanted in settings.include:
        if is_pattern(wanted):
            found = [mount for mount in mounts if fnmatch(mount, wanted)]
            gone = Reading(wanted, {}, State.UNKNOWN, "no volume matches")
        else:
            mount = mount_of(wanted)
            found = [mount] if mount else []
            gone = Reading(wanted, {}, State.CRITICAL, "the volume is not there")
        chosen += found
        missing += [] if found else [gone]
    left = [mount for mount in dict.fromkeys(chosen) if not any(fnmatch(mount, out) for out in settings.exclude)]
    return left, missing


def measure(mount: str) -> Reading:
    """Return the room on one volume; what cannot be read is this volume's *unknown*, not the check's."""
    try:
        usage = psutil.disk_usage(mount)
        if not usage.total:
            return Reading(mount, {}, State.UNKNOWN, "the volume says it has no size at all")
        values = {'free_pct': round(100 * usage.free / usage.total, 2), 'free_bytes': usage.free, 'used_pct': usage.percent}
        if hasattr(os, 'statvfs'):
            inodes = os.statvfs(mount)
            if inodes.f_files:
                values['inode_free_pct'] = round(100 * inodes.f_favail / inodes.f_files, 2)
    except OSError as error:
        return Reading(mount, {}, State.UNKNOWN, f"cannot be read: {error.strerror or error}")
    return Reading(mount, values)


def _device_of(path: str):
    try:
        return os.stat(path).st_dev if os.path.isdir(path) else None
    except OSError:
        return None


def _mount_of(name: str) -> str | None:
    """Return where an expected volume is mounted."""
    if name.upper().startswith('UUID='):
        device = os.path.realpath('/dev/disk/by-uuid/' + os.path.basename(name[5:]))
        return next((part.mountpoint for part in psutil.disk_partitions(all=True) if os.path.realpath(part.device) == device), None)
    return name if os.path.ismount(name) else None


def _mounts() -> list[str]:
    """Return the real volumes; the root always counts, also where a container shows it as an overlay."""
    mounts = real_mounts(psutil.disk_partitions(all=False), _device_of)
    return mounts if os.name == 'nt' or '/' in mounts else ['/', *mounts]


@collector(
    'disk', title="Disk room", help="Free room and free file entries of the volumes of this machine.",
    settings=DiskSettings,
    metrics=[
        Metric('free_pct', '%', "Room that programs may still fill."),
        Metric('free_bytes', 'B', "The same in bytes."),
        Metric('used_pct', '%', "Room in use, as df counts it."),
        Metric('inode_free_pct', '%', "File entries left, on file systems with a fixed number of them."),
    ],
    limits=[Limit('free_pct', '<', 15, 5), Limit('inode_free_pct', '<', 10, 3)],
)
def collect(settings: DiskSettings, memory: dict):
    """Measure every chosen volume."""
    mounts, missing = choose(_mounts(), settings, _mount_of)
    yield from missing
    yield from map(measure, mounts)
