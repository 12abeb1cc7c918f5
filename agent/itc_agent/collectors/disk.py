"""Room on the volumes of this machine: bytes, and file entries (inodes) where a file system has a fixed number of them.

Left alone it looks at every volume on this machine's own disks: no pseudo file systems, no snap or CD images, no single files mounted into a
container, and one volume only once, however often it is mounted (bind mounts, subvolumes of one btrfs pool). ``include`` narrows that: a name
without ``* ? [`` (``/``, ``/srv``, ``D:\\``, on Linux also ``UUID=…``) is *expected*, so the check turns critical when it is not there, a
pattern that matches nothing makes it unknown. ``exclude`` wins over ``include``; what it leaves out is not touched at all. A network share or
a FUSE file system counts when it is named or a pattern matches it; each that is mounted is proposed as a check of its own. A bind mount and a
symbolic link to a mount are names like any other, and so is a mount whose real name holds ``*`` or ``[``: what was mounted once under such a
name, or is in ``/etc/fstab``, is that check's plain name from then on and critical when it is gone, never a pattern that another volume matches.
For sure from the first look on a sign in brackets stands for itself: ``/srv/data[[]1]`` is ``/srv/data[1]`` and nothing else.

A volume that cannot be looked at (its daemon died, its disk fails, no right to enter the folder above it, no answer within 4 s) is *unknown*,
with the reason, and the others are measured all the same. So is one whose figures cannot be true, such as more free room than there is. A
read-only image that is named is full by nature: it only has to be there.

A volume of this machine that is mounted read-only is critical: a system that met an error on a disk goes on like that, and nothing is written any
more. Meant so are those that ``/etc/fstab`` mounts ``ro``, those that ``read_only`` names and all of ZFS; a place where a writable volume is only
shown read-only is none. ``pinned`` says which volume belongs to a place (``/srv=0b1c…`` by its UUID, ``E:\\=1A2B-3C4D`` by the serial number that ``vol``
shows): it is expected, and another one in its place is a warning. ``UUID=…`` in ``include``, on Windows ``SERIAL=…``, expects a volume wherever it is.

The kind of medium (ssd, hdd, removable, network) is told where it can be read for sure; ``refuse_media`` makes kinds a warning. Disks of a
virtual machine and of most RAID controllers are ``unknown``, never hdd.

``free_pct`` is the part that programs may still fill. It is not 100 minus ``used_pct`` where the system keeps a reserve for root. File
entries that a file system makes as it needs them (btrfs, many network shares) have no ``inode_free_pct``.

Tried on: ext4, tmpfs, FUSE and image mounts of Linux, a virtual disk, drives under Wine. Not tried on the real thing: drives and media of a real
Windows, physical disks.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import partial

from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State, worst
from ..volume_identity import MEDIA, identity_of, media_of, same, uuids
from ..volumes import IMAGES, Mount, Room, ask, by_volume, meant_read_only, measure, places, read_mounts

# Shorter than the time limit of the check, so that one dead volume does not cost the others their figures.
PATIENCE_S = 4.0
FSTAB = '/etc/fstab'
# Read-only here means that somebody said so (a copy that is only received); on an error it stops, but does not go read-only.
SET_BY_HAND = {'zfs'}
IN_BRACKETS = re.compile(r'\[([*?[])\]')


@dataclass(frozen=True)
class DiskSettings:
    """What to look at."""

    include: list = setting('list', (), help="Mount points, drives, UUID=… or patterns; empty: every real volume. Plain names must be there.")
    exclude: list = setting('list', (), help="Mount points or patterns to leave out.")
    pinned: list = setting('list', (), help="Which volume belongs to a place: `/srv=UUID`, `E:\\=1A2B-3C4D`. Another one there is a warning.")
    read_only: list = setting('list', (), help="Mount points or patterns of volumes that are meant to be read-only.")
    refuse_media: list = setting('list', (), help="Kinds of media that are a warning: ssd, hdd, network, removable, unknown.")

    def __post_init__(self):
        for name in self.include:
            if not is_pattern(name) and not is_uuid(name) and not os.path.isabs(tidy(name)):
                raise ValueError(f"include: expected an absolute path, a drive, UUID=… or a pattern, got {name!r}")
        for entry in self.pinned:
            place, _equals, identity = entry.rpartition('=')
            if not os.path.isabs(tidy(place)) or not identity.strip():
                raise ValueError(f"pinned: expected a mount point or drive, = and a UUID or serial number, got {entry!r}")
        if not set(self.refuse_media) <= set(MEDIA):
            raise ValueError(f"refuse_media: expected kinds of {', '.join(MEDIA)}")

    @property
    def pins(self) -> dict:
        """Place to identity of the volumes that belong there."""
        parts = [entry.rpartition('=') for entry in self.pinned]
        return {tidy(place): identity.strip() for place, _equals, identity in parts}


@dataclass(frozen=True)
class Target:
    """A volume to look at.

    :param item: its name in the readings
    :param ways: where it is mounted, the first that can be looked at is measured; empty: a name that the table does not hold as it stands
    :param named: a person expects it
    :param pinned: UUID or serial number that it has to have, empty when any will do
    """

    item: str
    ways: tuple
    named: bool = False
    pinned: str = ''


class NotThere(Exception):
    """No volume has this name."""


# === CHOOSE === #

def is_pattern(text: str) -> bool:
    return any(sign in text for sign in '*?[')


def is_uuid(text: str) -> bool:
    return text.upper().startswith(('UUID=', 'SERIAL='))


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


def real_names(mounts, settings: DiskSettings, kept: dict, fstab: str = '') -> frozenset:
    """Return the names that are no patterns, whatever signs they hold: of what is mounted, of what is in ``/etc/fstab``, and of what the
    settings name and was one of both at an earlier look. Without the last a volume that is gone would become a pattern for its namesakes.

    :param kept: what this check keeps over restarts
    :param fstab: text of ``/etc/fstab``, empty without one
    """
    names = {os.path.normcase(mount.point) for mount in mounts}
    said = {os.path.normcase(tidy(name)) for name in (*settings.include, *settings.exclude, *settings.read_only) if is_pattern(name)}
    if said:
        before = kept.get('names')
        earlier = [name for name in before if isinstance(name, str)] if isinstance(before, list) else []
        names |= said & {*places(fstab), *earlier}
        kept['names'] = sorted(said & names)
    return frozenset(names)


def plain(name: str, names) -> str | None:
    """Return the one volume that a name means, None of a pattern; a sign in brackets stands for itself.

    >>> plain('/srv/', ()), plain('/srv/a[1]', ('/srv/a[1]',)), plain('/srv/a[[]1]', ()), plain('/srv/a[1]', ()), plain('/srv/[*]*', ())
    ('/srv', '/srv/a[1]', '/srv/a[1]', None, None)
    """
    name = tidy(name)
    if os.path.normcase(name) in names or not is_pattern(IN_BRACKETS.sub('', name)):
        return name if os.path.normcase(name) in names else IN_BRACKETS.sub(r'\1', name)
    return None


def is_left_out(point: str, settings: DiskSettings, names) -> bool:
    return any(matches(point, out, names) for out in settings.exclude)


def matches(point: str, name: str, names) -> bool:
    """Tell whether a name or pattern means a mount point.

    :param names: those that are no patterns, as :func:`real_names` tells them
    """
    one = plain(name, names)
    return fnmatch(point, tidy(name)) if one is None else os.path.normcase(point) == os.path.normcase(one)


def choose(mounts, settings: DiskSettings, names) -> tuple[list[Target], list[Reading]]:
    """Return the volumes to look at, and a reading for each pattern of ``include`` that found none. Pure: nothing is touched.

    :param mounts: what is mounted where
    :param names: those that are no patterns, as :func:`real_names` tells them
    """
    left = [mount for mount in mounts if not is_left_out(mount.point, settings, names)]
    if not settings.include:
        found = [Target(ways[0].point, ways) for ways in by_volume(mount for mount in left if mount.role == 'local')]
        return pin(found, mounts, settings, names), []
    targets, missing = {}, []
    for name in filter(None, (plain(name, names) for name in settings.include)):
        ways = tuple(mount for mount in mounts if os.path.normcase(mount.point) == os.path.normcase(name))[-1:]
        item = ways[0].point if ways else name
        if not is_left_out(item, settings, names):
            targets[item] = Target(item, ways, named=True)
    known = {mount.key for target in targets.values() for mount in target.ways}
    for pattern in [name for name in settings.include if plain(name, names) is None]:
        found = [mount for mount in mounts if mount.role in ('local', 'network') and matches(mount.point, pattern, names)]
        missing += [] if found else [Reading(pattern, {}, State.UNKNOWN, "no volume matches")]
        for ways in by_volume(mount for mount in found if mount in left and mount.key not in known):
            targets[ways[0].point] = Target(ways[0].point, ways)
    return pin(list(targets.values()), mounts, settings, names), missing


def pin(targets, mounts, settings: DiskSettings, names) -> list[Target]:
    """Return the volumes to look at with those that belong to a place: these are expected, and looked at in that place."""
    for place, identity in settings.pins.items():
        if is_left_out(place, settings, names):
            continue
        ways = tuple(mount for mount in mounts if os.path.normcase(mount.point) == os.path.normcase(place))[-1:]
        rest = [one for one in targets if one.item != place and not (ways and not one.named and any(way.key == ways[0].key for way in one.ways))]
        targets = [*rest, Target(ways[0].point if ways else place, ways, named=True, pinned=identity)]
    return targets


# === LOOK === #

def look_at(target: Target, mounts, settings: DiskSettings, names) -> Reading | None:
    """Return the room on one volume; what cannot be looked at is this volume's *unknown*. None when it is no folder, or left out."""
    item = target.item
    try:
        ways = target.ways or (find(item, mounts),)
        if is_left_out(ways[0].point, settings, names):
            return None
        found = measure(ways, files_too=target.named)
    except NotThere:
        return Reading(item, {}, State.CRITICAL, "the volume is not there")
    except (OSError, ValueError) as error:
        return cannot(item, error)
    if not found:
        return None
    way, room = found
    reading = parse(item if target.named and not is_uuid(item) else way.point, way.fstype, room)
    return judge_volume(reading, closed_words(way, settings, names), pinned_words(way, target), media_of(way), settings)


def judge_volume(reading: Reading, closed: str, pinned: tuple, media: str, settings: DiskSettings) -> Reading:
    """Return the reading of a volume's room with what the volume itself is worth. Pure.

    :param closed: that it is read-only although it should not be, empty when it is not
    :param pinned: state and words of whether it is the one that belongs there
    """
    findings = [(State.CRITICAL if closed else State.OK, closed), pinned]
    findings.append((State.WARNING, f"lies on a medium of the kind {media}") if media in settings.refuse_media else
                    (State.OK, '' if media == 'unknown' else media))
    text = ', '.join(filter(None, [*(words for _state, words in findings), reading.text]))
    return replace(reading, finding=worst([reading.finding, *(state for state, _words in findings)]), text=text)


def closed_words(way: Mount, settings: DiskSettings, names) -> str:
    """Return that a volume is read-only, empty when it is not or is meant to be."""
    can_fail = way.role == 'local' and way.fstype.lower() not in IMAGES | SET_BY_HAND
    if not way.read_only or not can_fail or any(matches(way.point, one, names) for one in settings.read_only):
        return ''
    return '' if way.point in meant_read_only(read_fstab()) else "is mounted read-only, nothing can be written"


def read_fstab() -> str:
    """Return the text of ``/etc/fstab``, empty on Windows and on a machine without one."""
    try:
        with open(FSTAB, encoding='utf-8', errors='surrogateescape') as file:
            return file.read(2 ** 20)
    except OSError:
        return ''


def pinned_words(way: Mount, target: Target) -> tuple[State, str]:
    """Return what it is worth whether the volume is the one that belongs there."""
    if not target.pinned:
        return State.OK, ''
    try:
        there = identity_of(way)
    except OSError as error:
        return State.UNKNOWN, f"which volume it is cannot be told: {error.strerror or error}"
    if there is None:
        return State.UNKNOWN, "which volume it is cannot be told: it has no UUID"
    return (State.OK, '') if same(there, target.pinned) else (State.WARNING, f"another volume is here: {there} instead of {target.pinned}")


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
    """Return the mount of the volume with this UUID or serial number. :raises NotThere: none; :raises OSError: it cannot be looked up here"""
    wanted, failed = name.partition('=')[2], None
    if os.name != 'nt':
        uuids()
    for mount in sorted(mounts, key=lambda one: (len(one.point), one.point)):
        if mount.role == 'local' or mount.device.startswith('/dev/'):
            try:
                there = identity_of(mount)
            except OSError as error:  # one locked drive does not hide the others
                failed = failed or error
                continue
            if there is not None and same(there, wanted):
                return mount
    if failed:
        raise failed
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
    names = real_names(mounts, settings, memory.setdefault('kept', {}), read_fstab())
    targets, missing = choose(mounts, settings, names)
    yield from missing
    # The same place with another volume on it is another call: the old one may never come back.
    judging = (settings.exclude, settings.read_only, settings.refuse_media)
    calls = {(judging, target): partial(look_at, target, mounts, settings, names) for target in targets}
    answers = ask(calls, PATIENCE_S)
    found = [cannot(target.item, answer) if isinstance(answer, Exception) else answer for (_judging, target), answer in answers.items()]
    yield from {reading.item: reading for reading in found if reading}.values()
