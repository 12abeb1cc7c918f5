"""Room on the volumes of this machine: bytes, and file entries (inodes) where a file system has a fixed number of them.

Left alone it looks at every volume on this machine's own disks: no pseudo file systems, no snap or CD images, no single files mounted into a
container, and one volume only once, however often it is mounted (bind mounts, subvolumes of one btrfs pool). ``include`` narrows that: a name
without ``* ? [`` (``/``, ``/srv``, ``D:\\``, on Linux also ``UUID=…``) is *expected*, so the check turns critical when it is not there, a
pattern that matches nothing makes it unknown. ``exclude`` wins over ``include``; what it leaves out is not touched at all. A network share or
a FUSE file system counts when it is named or a pattern matches it; the host's facts list those there are. A bind mount and a symbolic link to
a mount are names like any other, and so is a mount whose real name holds ``*`` or ``[``.

A volume that cannot be looked at (its daemon died, its disk fails, no right to enter the folder above it, no answer within 4 s) is *unknown*,
with the reason, and the others are measured all the same. So is one whose figures cannot be true, such as more free room than there is. A
read-only image that is named is full by nature: it only has to be there.

``free_pct`` is the part that programs may still fill. It is not 100 minus ``used_pct`` where the system keeps a reserve for root. File
entries that a file system makes as it needs them (btrfs, many network shares) have no ``inode_free_pct``.
"""
from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial

from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ..volumes import IMAGES, Mount, Room, ask, by_volume, measure, read_mounts

# Shorter than the time limit of the check, so that one dead volume does not cost the others their figures.
PATIENCE_S = 4.0
UUIDS = '/dev/disk/by-uuid'


@dataclass(frozen=True)
class DiskSettings:
    """What to look at."""

    include: list = setting('list', (), help="Mount points, drives, UUID=… or patterns; empty: every real volume. Plain names must be there.")
    exclude: list = setting('list', (), help="Mount points or patterns to leave out.")

    def __post_init__(self):
        for name in self.include:
            if not is_pattern(name) and not is_uuid(name) and not os.path.isabs(tidy(name)):
                raise ValueError(f"include: expected an absolute path, a drive, UUID=… or a pattern, got {name!r}")


@dataclass(frozen=True)
class Target:
    """A volume to look at.

    :param item: its name in the readings
    :param ways: where it is mounted, the first that can be looked at is measured; empty: a name that the table does not hold as it stands
    :param named: a person expects it
    """

    item: str
    ways: tuple
    named: bool = False


class NotThere(Exception):
    """No volume has this name."""


# === CHOOSE === #

def is_pattern(text: str) -> bool:
    return any(sign in text for sign in '*?[')


def is_uuid(text: str) -> bool:
    return text.upper().startswith('UUID=')


def tidy(name: str, paths=os.path) -> str:
    """Return a name as mount points are written: without a slash at the end, a drive with one.

    >>> tidy('/srv/'), tidy('//srv//data/'), tidy('/')
    ('/srv', '/srv/data', '/')
    """
    if not name or is_uuid(name):
        return name
    drive, rest = paths.splitdrive(name)
    if drive.endswith(':') and rest.strip('\\/') == '':
        return drive.upper() + '\\'
    name = paths.normpath(name)
    return name[1:] if paths.sep == '/' and name.startswith('//') else name


def is_left_out(point: str, settings: DiskSettings, points) -> bool:
    return any(matches(point, out, points) for out in settings.exclude)


def matches(point: str, name: str, points) -> bool:
    """Tell whether a name or pattern means a mount point; the real name of a mount is no pattern, whatever signs it holds."""
    name = tidy(name)
    return os.path.normcase(point) == os.path.normcase(name) or (name not in points and fnmatch(point, name))


def choose(mounts, settings: DiskSettings) -> tuple[list[Target], list[Reading]]:
    """Return the volumes to look at, and a reading for each pattern of ``include`` that found none. Pure: nothing is touched.

    :param mounts: what is mounted where
    """
    points = {mount.point for mount in mounts}
    left = [mount for mount in mounts if not is_left_out(mount.point, settings, points)]
    if not settings.include:
        return [Target(ways[0].point, ways) for ways in by_volume(mount for mount in left if mount.role == 'local')], []
    names = [name for name in settings.include if not is_pattern(name) or tidy(name) in points]
    targets, missing = {}, []
    for name in map(tidy, names):
        ways = tuple(mount for mount in mounts if os.path.normcase(mount.point) == os.path.normcase(name))[-1:]
        item = ways[0].point if ways else name
        if not is_left_out(item, settings, points):
            targets[item] = Target(item, ways, named=True)
    known = {mount.key for target in targets.values() for mount in target.ways}
    for pattern in [name for name in settings.include if name not in names]:
        found = [mount for mount in mounts if mount.role in ('local', 'network') and matches(mount.point, pattern, points)]
        missing += [] if found else [Reading(pattern, {}, State.UNKNOWN, "no volume matches")]
        for ways in by_volume(mount for mount in found if mount in left and mount.key not in known):
            targets[ways[0].point] = Target(ways[0].point, ways)
    return list(targets.values()), missing


# === LOOK === #

def look_at(target: Target, mounts, settings: DiskSettings) -> Reading | None:
    """Return the room on one volume; what cannot be looked at is this volume's *unknown*. None when it is no folder, or left out."""
    item = target.item
    try:
        ways = target.ways or (find(item, mounts),)
        if is_left_out(ways[0].point, settings, {mount.point for mount in mounts}):
            return None
        found = measure(ways, files_too=target.named)
    except NotThere:
        return Reading(item, {}, State.CRITICAL, "the volume is not there")
    except (OSError, ValueError) as error:
        return cannot(item, error)
    if not found:
        return None
    way, room = found
    return parse(item if target.named and not is_uuid(item) else way.point, way.fstype, room)


def cannot(item: str, error: Exception) -> Reading:
    """Return the reading of a volume that could not be looked at."""
    return Reading(item, {}, State.UNKNOWN, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def find(name: str, mounts) -> Mount:
    """Return where an expected volume is, of which the table does not hold the name itself: a UUID, a link to a mount, a volume of its own.

    :raises NotThere: nowhere
    :raises OSError: it cannot be told
    """
    if is_uuid(name):
        return find_uuid(name, mounts)
    try:
        real = os.path.realpath(name, strict=True)
        if os.name == 'nt':
            if os.path.ismount(real):
                return Mount(name, name, '', name, 'local')
            raise NotThere(name)
        for mount in mounts:
            if mount.point == real:
                return mount
        # A subvolume that is not mounted has a device number of its own, but no line in the table.
        if os.stat(real).st_dev != os.stat(os.path.dirname(real)).st_dev:
            return Mount(real, '', '', real, 'local')
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotThere(name) from error
    raise NotThere(name)


def find_uuid(name: str, mounts) -> Mount:
    """Return the mount of the block device with this UUID. :raises NotThere: none; :raises OSError: UUIDs cannot be looked up here"""
    try:
        known = os.listdir(UUIDS)
    except OSError as error:
        raise OSError(error.errno, f"UUIDs cannot be looked up in {UUIDS}") from error
    uuid = os.path.basename(name[5:])
    if uuid in known:
        device = os.path.realpath(os.path.join(UUIDS, uuid))
        found = [mount for mount in mounts if mount.device.startswith('/dev/') and os.path.realpath(mount.device) == device]
        if found:
            return min(found, key=lambda mount: (len(mount.point), mount.point))
    raise NotThere(name)


def parse(item: str, fstype: str, room: Room) -> Reading:
    """Return the reading for what a volume says of itself. Pure."""
    if fstype.lower() in IMAGES and not room.free:
        return Reading(item, {}, State.OK, "a read-only image, full by nature")
    if not 0 < room.total < 2 ** 63:  # some clouds say "as much as you like" in this way
        return Reading(item, {}, State.UNKNOWN, "the volume says it has no size at all" if not room.total else "the volume tells no real size")
    if room.free > room.total or room.used < 0:
        return Reading(item, {}, State.UNKNOWN, "the volume says that more room is free than it has")
    values = {'free_pct': round(100 * room.free / room.total, 2), 'free_bytes': room.free,
              'used_pct': round(100 * room.used / (room.used + room.free), 1) if room.used + room.free else 100.0}
    if not room.files or any(is_no_number(count) for count in (room.files, room.files_free)):
        return Reading(item, values)
    if room.files_free > room.files:
        return Reading(item, {**values, 'inode_free_pct': None}, State.UNKNOWN, "the volume says that more file entries are free than it has")
    return Reading(item, {**values, 'inode_free_pct': round(100 * room.files_free / room.files, 2)})


def is_no_number(count: int) -> bool:
    """Tell whether a field of statvfs says "there is no such number": -1, or counted down from it, in 64 or 32 bits."""
    return count >= 2 ** 63 - 1 or count == 2 ** 32 - 1


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
    """Look at every chosen volume, each in its own time."""
    mounts = read_mounts()
    targets, missing = choose(mounts, settings)
    yield from missing
    # The same place with another volume on it is another call: the old one may never come back.
    calls = {(settings.exclude, target): partial(look_at, target, mounts, settings) for target in targets}
    answers = ask(calls, PATIENCE_S)
    found = [cannot(target.item, answer) if isinstance(answer, Exception) else answer for (_exclude, target), answer in answers.items()]
    yield from {reading.item: reading for reading in found if reading}.values()
