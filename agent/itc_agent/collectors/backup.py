"""The backups of one place: which lie there, since when, how large, with what hash, and how far each was proven.

A place is a folder on this host in which the backups of one set arrive. ``folder``, ``pattern`` (several separated by ``|``), ``exclude`` and ``recursive``
are as with ``newest_file``. Links, and junctions of Windows, are left out: what they lead to lies elsewhere and needs a place of its own. Of the newest
``keep`` Odoo is told name, size, time, SHA-256, medium and volume (its own, where something is mounted below the folder), and the level that was reached,
with the reason why it is no higher:

| level | means |
|---|---|
| seen | it lies there |
| settled | it is not empty, was left alone for ``settle_s``, and its name is a finished one |
| readable | all of it was read and hashed, and what its format has to tell damage by agrees |

``format`` says what they are; ``auto`` looks at the first bytes. A file that does not begin as its format, or as .zip, .ptb, .gz, .tgz or .7z at the end of its
name, says is ``wrong_format``, or ``crc`` where only one byte is another; what neither says is ``unknown_format``. What *readable* proves, and what it cannot:

| format | what is read |
|---|---|
| odoo_zip | as zip; besides, ``manifest.json`` says what Odoo always writes there, ``dump.sql`` begins and ends as a dump does, a filestore is in it |
| | and each of its files holds what its name says; what has one of these two files is taken for one |
| pg_custom | every block to the end of the file, and no table of its list is without data; what is packed by gzip is unpacked, |
| | what is packed by LZ4 or Zstandard by ``pg_restore``, where that is installed |
| pg_directory | ``toc.dat`` and every file that it lists, unpacked |
| pg_plain | it begins and ends as a dump does, of one database or of all (``pg_dumpall``), holds no zeros and, of one, no broken letters |
| gzip | it is unpacked to its end, something is in it, and nothing lies behind it; a dump in SQL in it is read as one |
| 7z | every file is unpacked and has its CRC (without one: ``not_provable``); filters for programs and PPMd by 7-Zip, where that is installed |
| zip | every file is unpacked and has its CRC, and one has something in it; a dump in SQL in it is read as one |
| ptb | as zip, and .DAT files with something in them are in it (Peachtree) |
| bak | its first headers add up, its blocks are whole, the block that ends its last backup is there (SQL Server; of several in a file the |
| | newest is the one that counts); of a packed one nothing |
| windows_image | its catalogue is there; of each disk head, tables and length (``folder`` E:\\WindowsImageBackup\\HOST, ``pattern`` Backup *) |

None of them proves that it can be restored, and of some only a part is judged, which Odoo says of each of them:

| what nothing shows | of |
|---|---|
| damage in its pages: a changed byte, a part that is zeros; ``RESTORE VERIFYONLY`` tells | bak |
| damage in what its disks hold, and in the table of a VHDX that says which blocks there are | windows_image |
| a changed byte; a part that is zeros is found, but not in a large object | pg_plain, and pg_custom and pg_directory that are not packed |
| a changed byte in the table of contents, which is never packed; zeros are found | pg_custom, pg_directory |
| that the end of a large object is missing: nothing there says how long it is | pg_directory that is not packed |

With ``mega`` MEGAcmd is asked of each backup after it was listed. What it proves stands in the content: ``mega`` is ``same_size`` when the folder is synced
and the file up there is as large (MEGA tells no hash), of a folder each of its files; else ``missing``, ``other_size``, ``not_synced``, ``not_installed``
(MEGAcmd is not here: MEGAsync's desktop program tells nobody) or ``unknown``, and ``mega_why`` says it in words.

``database`` is the one they should be of: a backup that says to be of another is refused, and so is one that names none, unless its ``format`` is said
to be 7z, zip, ptb, bak or windows_image, which never name one. A dump in SQL names it when it was made with ``pg_dump -C``, or by ``pg_dumpall``.

Hashing and reading are done by one process of low priority for all checks of this kind, one backup after the other, the newest first; ``rate_mb_s`` holds it
back; it is let have at most 512 MB of memory (on Windows by a job object). How far a hash is stands beside the spool: after a restart it goes on from
there. When a disk gives nothing for ten minutes the next place has its turn, and this one rests for a quarter of an hour, then half an hour and so on; what
took too long is tried again an hour later, then two, then four and so on. A file is read again only when its size, its time or its inode is another; then it
is told as ``changed`` until that is done, and its hash of before with it. All checks of a folder share what is known of its files, of at most 2000 of
them: those that still lie there are known also when they are no longer among the newest. Of disks that are changed in turn each is read by itself, and
known when it comes back. A folder's hash is that of the list of its files.

State: of the newest backup whose name is finished and that is not being written. Critical: none matches, or it is

| code | means |
|---|---|
| empty, cut, crc, hole | nothing in it; its end is missing; not what was packed; a part is zeros |
| no_end_marker, missing_part | what marks its end, or a part that belongs to it, is missing |
| wrong_format, other_database | it is something else |

Warning: ``not_provable`` (its format cannot be judged here), ``no_tool`` (the program is missing that could). Unknown: ``future`` (over 5 minutes),
 ``no_permission``, ``io_error``, ``encrypted``, ``unknown_format``, ``too_slow``, ``too_large``. Not over yet: ``growing``, ``partial_name``, ``unread``,
``reading``, ``changed``; these alone make nothing bad, and the level says that nothing is proven yet. A folder that is not there or may not be read is
unknown, and nothing is told of it. One that is empty or not there, and lies on another volume than when backups lay in it or on a drive that is gone, is
unknown too, and told as ``unmounted``: its disk or share is not mounted, and what lies on that has not gone.

There is no limit of its own: bind ``age_s > …``, ``size_bytes < …``, ``level < 2`` or ``broken > 0``.

Tried on: dumps of real PostgreSQL 15 and 18 in all three forms, archives of real zip, gzip and 7-Zip, disks that qemu-img made, each of them also cut,
changed and with holes.
Not tried on the real thing: backups of SQL Server, of Peachtree and of Windows itself, which are constructed in the tests; dumps packed by LZ4 or Zstandard;
folders of Windows; MEGAcmd; the limit of memory on Windows, to which Wine holds nothing.
"""
from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from ..errors import SourceUnavailable
from ..judge import bytes_text
from ..registry import Metric, collector, setting
from ..results import Reading, State
from ..wire import clean_text, timestamp
from . import _backup_list, _backup_mega, _backup_work
from ._backup_codes import CODES, UNFINISHED, WAITING
from ._backup_list import Entry, Listing
from ._backup_place import Spots, where
from ._dates import FUTURE_S
from ._folder import Wanted, refuse_no_names, split_patterns
from .mega_sync import MegaSyncSettings

FORMATS = ('auto', 'odoo_zip', 'pg_custom', 'pg_directory', 'pg_plain', 'gzip', '7z', 'zip', 'ptb', 'bak', 'windows_image')
FOLDERS = ('pg_directory', 'windows_image')
LEVELS = ('seen', 'settled', 'readable')
MOST_KEPT, MOST_LEFT = 200, 100
MAX_DETAIL, MAX_CONTENT = 300, 9  # and three of our own


@dataclass(frozen=True)
class BackupSettings:
    """Which backups."""

    folder: str = setting('str', help="Absolute path of the folder (on Windows a UNC path, not a mapped drive).")
    pattern: str = setting('str', '*', help="Names that count; several patterns separated by |.")
    exclude: str = setting('str', '', help="Names, or paths below the folder, that are left out; several patterns separated by |.")
    recursive: bool = setting('bool', False, help="Look into subfolders too.")
    format: str = setting('str', 'auto', help=f"What they are: {', '.join(FORMATS)}.")
    database: str = setting('str', '', help="Name of the database that they have to be of; empty: any.")
    settle_s: float = setting('float', 120.0, help="One that was touched within these seconds is still being written.")
    rate_mb_s: float = setting('float', 0.0, help="How many megabytes a second are read at most; 0: as fast as it goes.")
    keep: int = setting('int', 40, help="How many of the newest are looked into and told of.")
    mega: bool = setting('bool', False, help="The folder is one that MEGAcmd syncs: ask it for each file.")
    mega_user: str = setting('str', '', help="User of this machine whose MEGAcmd is asked (Linux, when the agent is root).")

    def __post_init__(self):
        if not os.path.isabs(self.folder):
            raise ValueError("folder: expected an absolute path")
        refuse_no_names(self.pattern)
        if self.format not in FORMATS:
            raise ValueError(f"format: expected one of {', '.join(FORMATS)}")
        if not 0 <= self.settle_s <= 86400:
            raise ValueError("settle_s: expected 0 to 86400")
        if not 0 <= self.rate_mb_s <= 100_000:
            raise ValueError("rate_mb_s: expected 0 or more")
        if not 1 <= self.keep <= MOST_KEPT:
            raise ValueError(f"keep: expected 1 to {MOST_KEPT}")
        MegaSyncSettings(user=self.mega_user)

    @property
    def mark(self) -> str:
        """What tells this folder from others, however it is written, and whichever of its files a check looks at."""
        return hashlib.sha256(os.path.normcase(_backup_list.real_path(self.folder)).encode('utf-8', 'replace')).hexdigest()[:24]

    @property
    def former_mark(self) -> str:
        """Under which agents before 1.10 kept what they knew."""
        return hashlib.sha256('\0'.join((self.folder, self.pattern, self.exclude, str(self.recursive))).encode('utf-8', 'replace')).hexdigest()[:24]


@dataclass(frozen=True)
class Backup:
    """One backup and what is known of it.

    :param reason: one of ``CODES``, '' when it is readable
    :param known: what came of reading it as it is now; of a changed one only ``was``, its hash of before
    :param mega: what MEGA says of it, a code and words, see :mod:`_backup_mega`
    """

    entry: Entry
    level: str
    reason: str
    detail: str = ''
    known: dict | None = None
    hashed: int = 0
    mega: tuple = ()


# === LEVEL === #

def judge(entry: Entry, known: dict, how: str, now: float, growing: bool) -> Backup:
    """Return how far a backup was proven. Pure.

    :param known: what came of reading it, or the one of its name that was there before
    :param how: in which way it is to be read
    :param growing: it may still be written
    """
    if entry.is_partial:
        return Backup(entry, 'seen', 'partial_name')
    if entry.at > now + FUTURE_S:
        return Backup(entry, 'seen', 'future', f"it is dated {entry.at - now:.0f} s in the future: either that or the clock here is wrong")
    if growing:
        return Backup(entry, 'seen', 'growing')
    if not entry.size:
        return Backup(entry, 'seen', 'empty')
    found = _backup_work.read_as(known, entry.key, how)
    if found:
        code = found['code'] if found['code'] in CODES else 'io_error' if found['code'] or not known['sha256'] else ''
        known = {**found, 'sha256': known['sha256'], 'was': known['was']}
        return Backup(entry, 'settled' if code else 'readable', code, found['detail'], known, entry.size if known['sha256'] else 0)
    if known.get('key') not in (None, entry.key) and known.get('sha256'):
        return Backup(entry, 'settled', 'changed', '', {'was': known['sha256']})
    return Backup(entry, 'settled', 'unread')


def tell(one: Backup, medium: str, volume: str) -> dict:
    """Return a backup as the wire has it."""
    known = one.known or {}
    content = {key: clean_text(text, 200) for key, text in list((known.get('content') or {}).items())[:MAX_CONTENT]}
    if known.get('was'):
        content['changed_from'] = known['was']
    if one.mega:
        content |= {'mega': one.mega[0], 'mega_why': clean_text(one.mega[1], 200)}
    detail = one.detail or (CODES[one.reason][1] if one.reason else '')
    return {
        'name': _backup_list.told_name(one.entry.name), 'size': one.entry.size, 'modified_at': timestamp(moment(one.entry.at)),
        'sha256': known.get('sha256'), 'hashed': one.hashed, 'level': one.level, 'reason': one.reason,
        'detail': clean_text(detail.replace('\n', ' ').replace('\t', ' '), MAX_DETAIL), 'format': known.get('format') or '',
        'content': content, 'medium': medium, 'volume': clean_text(volume, 200),
    }


def moment(at: float) -> datetime:
    """Return a time of a file that the wire can carry: what no clock shows is its first or last year."""
    return datetime.fromtimestamp(min(max(at, 0), 4_102_444_799), timezone.utc)


# === READING === #

def parse(backups: list, count: int, settings: BackupSettings, now: float, links: int = 0) -> Reading:
    """Return the reading for what lies there, newest first. Pure. :param links: how many were left out"""
    values = {
        'age_s': None, 'size_bytes': None, 'level': None, 'count': count, 'broken': sum(is_broken(one) for one in backups),
        'to_read_bytes': sum(one.entry.size - one.hashed for one in backups if one.reason in WAITING)}
    newest = next((one for one in backups if one.reason not in UNFINISHED), None)
    if newest is None and backups:
        one = backups[0]
        return Reading('', values, State.UNKNOWN, f"{one.entry.name}: {CODES[one.reason][1]}, and nothing else matches {settings.pattern}")
    if newest is None:
        values = {key: value for key, value in values.items() if value is not None}
        words = f"; {links} that do only lead elsewhere (links)" if links else ''
        return Reading('', values, State.CRITICAL, f"nothing matches {settings.pattern}{words}")
    entry = newest.entry
    values |= {'size_bytes': entry.size, 'level': LEVELS.index(newest.level)}
    if newest.reason != 'future':
        values['age_s'] = max(0, int(now - entry.at))
    words = f"{entry.name}, {bytes_text(entry.size)}, {newest.level}"
    if newest.reason:
        words += f": {newest.detail or CODES[newest.reason][1]}"
    unfinished = next((one for one in backups if one.reason in UNFINISHED and one.entry.at >= entry.at), None)
    words += f"; not finished: {unfinished.entry.name}" if unfinished else ''
    return Reading('', values, CODES[newest.reason][0] if newest.reason else State.OK, words)


def is_broken(one: Backup) -> bool:
    return bool(one.reason) and CODES[one.reason][0] == State.CRITICAL


# === LOOK === #

def query(settings: BackupSettings) -> Listing:
    """Return the newest backups of the folder. :raises SourceUnavailable: they cannot be listed"""
    def wants(path, is_folder):
        if settings.format == 'auto':
            return not is_folder or os.path.exists(os.path.join(path, 'toc.dat'))
        return is_folder == (settings.format in FOLDERS)

    wanted = Wanted(split_patterns(settings.pattern), split_patterns(settings.exclude), settings.recursive)
    return _backup_list.newest(settings.folder, wanted, settings.keep, wants)


def is_unmounted(found: Listing, place, volume: str) -> bool:
    """Tell whether the folder is empty and lies on another volume than when backups lay in it, read or not."""
    return bool(not found.entries and not found.unread and place.volume and volume != place.volume)


def is_away(folder: str, place) -> bool:
    """Tell whether a folder that is not there went with the volume on which backups lay in it; not where nobody can tell what it would lie on."""
    volume, drive = where(folder)[1], os.path.splitdrive(folder)[0]
    is_other = volume != place.volume if volume else bool(drive) and not os.path.exists(drive + os.sep)
    return bool(place.volume and is_other)


def unmounted(folder: str) -> Reading:
    """Return the reading of a folder whose disk or share is not mounted: of what lies there it has no word. Pure."""
    words = f"{folder} holds nothing, and the volume that it lay on is not there: is its disk or share mounted?"
    return Reading('', {}, State.UNKNOWN, words, {'count': 0, 'files': [], 'unmounted': True})


def watch(entries, memory: dict, now: float) -> dict:
    """Return of each entry ``(key, when it was first seen with it)``; one that was so at the first look has always been."""
    before = memory.get('watched')
    memory['watched'] = {}
    for one in entries:
        since = (before or {}).get(one.name)
        is_same = since is not None and since[0] == one.key
        memory['watched'][one.name] = since if is_same else (one.key, now if since is not None else float('-inf'))
    return memory['watched']


def marks_of(settings: BackupSettings, kept: dict) -> tuple[str, list]:
    """Return the mark of a folder, and those that it had before; ``kept`` is what this check keeps of them.

    A link on a disk that is not there leads nowhere: while the folder is not there, it is the one that it was last.
    """
    known, left = kept.get('mark'), [one for one in kept.get('left') or () if isinstance(one, str)]
    is_told = isinstance(known, str) and kept.get('folder') == settings.folder
    if is_told and not os.path.isdir(_backup_list.long_path(os.path.normpath(settings.folder))):
        return known, left
    mark = settings.mark
    if is_told and known != mark:
        left = [*left, known][-MOST_LEFT:]
    kept.update(folder=settings.folder, mark=mark)
    return mark, left


@collector(
    'backup', title="Backups of a place", help="Which backups lie in a folder, with their hashes, and how far each was proven to be readable.",
    settings=BackupSettings,
    metrics=[
        Metric('age_s', 's', "Age of the newest backup that is finished."),
        Metric('size_bytes', 'B', "Its size."),
        Metric('level', '', "How far it was proven: 0 seen, 1 settled, 2 readable."),
        Metric('count', '', "Backups that lie there."),
        Metric('broken', '', "Of those told of, how many are not whole or not what they should be."),
        Metric('to_read_bytes', 'B', "What is still to be read."),
    ],
    every_s=300, timeout_s=60,
)
def collect(settings: BackupSettings, memory: dict):
    """List the folder, hand to the workshop what is to be read, and tell what is known."""
    now, workshop, check = time.time(), _backup_work.workshop, memory.get('check', '')
    mark, left = marks_of(settings, memory.setdefault('kept', {}))
    place = workshop.place(mark, settings.former_mark)
    memory['kept']['left'] = workshop.drop(left, mark, check)
    try:
        found = query(settings)
    except SourceUnavailable as error:
        if not isinstance(error.__cause__, FileNotFoundError) or not is_away(settings.folder, place):
            raise
        yield unmounted(settings.folder)
        return
    spots = Spots(settings.folder, found.device)
    if is_unmounted(found, place, spots.volume):
        yield unmounted(settings.folder)
        return
    if found.unread:
        place.keep_only((), spots.volume if found.entries else '', settings.folder)
        more = f" (and {len(found.unread) - 1} more)" if len(found.unread) > 1 else ''
        yield Reading('', {'age_s': None, 'count': None}, State.UNKNOWN, f"{found.unread[0]}{more}: what is newest cannot be told")
        return
    since = watch(found.entries, memory, now)
    mega = _backup_mega.proofs(settings.folder, found.entries, settings.mega_user) if settings.mega else {}
    backups, jobs, slots, told = [], [], [], []
    for entry in found.entries:
        medium, volume, mark = spots.of(entry)
        job = make_job(entry, settings, place, _backup_work.slot_of(mark, entry.name))
        growing = _backup_list.is_growing(entry, now, settings.settle_s, since.get(entry.name))
        known = place.get(job.slot)
        one = judge(entry, known, _backup_work.how(job), now, growing)
        if one.level != 'seen' and _backup_work.is_due(known, job, now):
            jobs.append(job)
            one = replace(one, hashed=min(place.hashed(job.slot, entry.key), entry.size))
        if one.reason == 'unread' and workshop.current == (place.mark, job.slot):
            one = replace(one, reason='reading')
        backups.append(replace(one, mega=mega.get(entry.name, ())))
        told.append(tell(backups[-1], medium, volume))
        slots.append((job.slot, entry.key))
    place.keep_only({slot for slot, _key in slots}, spots.volume if found.entries else '', _backup_list.long_path(settings.folder))
    place.tidy(slots, check)
    workshop.offer(place, jobs, check)
    yield replace(parse(backups, found.count, settings, now, found.links), backups={'count': found.count, 'files': told})


def make_job(entry: Entry, settings: BackupSettings, place, slot: str) -> _backup_work.Job:
    known = place.get(slot)
    path = os.path.join(_backup_list.long_path(settings.folder), entry.name)
    sha256 = known.get('sha256') if known.get('key') == entry.key else None
    return _backup_work.Job(slot, path, entry.key, entry.is_folder, settings.format, settings.database, settings.rate_mb_s * 1e6, sha256)
