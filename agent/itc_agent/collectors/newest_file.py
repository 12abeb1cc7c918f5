"""The newest file of a folder: its age, its size, and how many there are. For backups, reports and exports that must keep arriving.

Files that match ``pattern`` (several separated by ``|``) and hold at least ``min_bytes`` count. No such file is critical: nothing arrived. A
folder that is not there or cannot be read is unknown: an unplugged disk says nothing about the job. So is one in which files lay before and in
which nothing matches now: where a disk was mounted, an empty folder stays when it is unplugged. (Who cleared it on purpose sees that too, until
the next file comes.) So is one with a subfolder or a file that may not be looked at: what is newest cannot be told, the newest file may be in there.

Never counted are files that are still arriving (``.part``, ``.crdownload``, ``.tmp``, ``.partial`` and their like) and those that systems
leave behind (``.DS_Store``, ``Thumbs.db``, ``desktop.ini``, lock files of office programs), unless the pattern itself ends like them
(``*.tmp``). Bins and folders of the system (``$RECYCLE.BIN``, ``lost+found``, ``@eaDir``) are not looked into.

Age goes by the date in the file's name when ``name_date`` tells how to read it (``%Y-%m-%d_%H-%M``, local time; year, month and day are
needed), because copies and sync tools set the file's own time; files whose name holds no such date do not count then, and when none does the
check is unknown and says so. Of several dates in a name the newest counts that is real and not in the future. Without ``name_date`` the time
of the last change decides. A file from the future (over 5 minutes) is unknown: either its date or this machine's clock is wrong.

``settle_s`` leaves out a file that was changed within these seconds, or whose size changed since the last look: it is still being written. The
newest finished one counts then; when there is none yet, the answer is unknown.

``folders`` looks for the newest *folder* instead: its size is that of all that is in it, its time the newest change in there (Windows' own backup:
``folder`` E:\\WindowsImageBackup\\HOST, ``pattern`` Backup *). An empty folder is no backup. Where a part of it may not be looked into, the answer
is unknown. ``name_utc`` reads the date in names as UTC, as Windows' own backup writes it.

Size against its own history: the sizes of the last 30 newest files are kept, also over a restart; before the first look, those of the files beside
it count. From five on, ``size_change_pct`` says by how much the newest differs from their median, ``size_deviation`` by how many usual deviations
(1.4826 × the median absolute deviation, at least 1 %). Until then both are left out, and limits on them do not speak.

There is no limit of its own: what is too old depends on how often the file comes. Bind ``age_s > …`` and ``size_bytes < …``,
or ``size_change_pct < -40``.

Tried on: real folders, on volumes that fail, hang or may not be read. Not tried on the real thing: Windows' own backup; its folders are
constructed in the tests.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

from ..judge import bytes_text, counted
from ..registry import Metric, collector, setting
from ..results import Reading, State
from ._dates import FUTURE_S, check_layout, parse_name_date
from ._folder import Seen, Wanted, is_settled, list_files, list_folders, refuse_no_names, split_patterns, watch

# So many sizes make a history; so many are kept.
LEAST_SIZES, MOST_SIZES = 5, 30
# Of a path, its end is enough to know the file again.
MOST_NAME = 100
# How far sizes scatter is never taken for less than this part of the usual one: ten files of the same size make the eleventh no sensation.
LEAST_SCATTER, MAD_TO_SIGMA = 0.01, 1.4826
# A file whose time went on by less than this is still the same one, that grows; by more: it was written anew under its old name.
SAME_FILE_S = 1800


@dataclass(frozen=True)
class NewestFileSettings:
    """Which files."""

    folder: str = setting('str', help="Absolute path of the folder (on Windows a UNC path, not a mapped drive).")
    pattern: str = setting('str', '*', help="File names that count; several patterns separated by |.")
    exclude: str = setting('str', '', help="Names, or paths below the folder, that are left out; several patterns separated by |.")
    recursive: bool = setting('bool', False, help="Look into subfolders too; symbolic links to folders are not followed.")
    folders: bool = setting('bool', False, help="Look for the newest folder that matches, by all that is in it, not for a file.")
    min_bytes: int = setting('int', 1, help="Smaller files do not count.")
    settle_s: float = setting('float', 0.0, help="A file changed within these seconds is still being written and does not count yet.")
    name_date: str = setting('str', '', help="How the date stands in the name, as strptime reads it; empty: the time of the last change.")
    name_utc: bool = setting('bool', False, help="The date in the name is UTC, not local time.")

    def __post_init__(self):
        if not os.path.isabs(self.folder):
            raise ValueError("folder: expected an absolute path")
        refuse_no_names(self.pattern)
        if self.min_bytes < 0:
            raise ValueError("min_bytes: expected 0 or more")
        if not 0 <= self.settle_s <= 86400:
            raise ValueError("settle_s: expected 0 to 86400")
        if self.name_date:
            check_layout(self.name_date)


# === READING === #

def parse(seen: Seen, settings: NewestFileSettings, now: float, before: dict | None = None, held: int = 0) -> tuple[Reading, list]:
    """Return the reading for what was seen, and the files that count, the one it is about first (none when it is about none). Pure.

    :param before: what :func:`_folder.watch` remembered of earlier looks
    :param held: how many counted when last any did
    """
    zone = 'utc' if settings.name_utc else 'local'
    dated, undated, arriving = [], 0, []
    for one in seen.files:
        at = parse_name_date(os.path.basename(one.name), settings.name_date, now, zone) if settings.name_date else one.at
        if at is None:
            undated += one.size >= settings.min_bytes
        elif not is_settled(one, now, settings.settle_s, before or {}):
            arriving.append(replace(one, at=at))
        else:
            dated.append(replace(one, at=at))
    good = [one for one in dated if one.size >= settings.min_bytes]
    newest = max(good, key=lambda one: (one.at, one.name), default=None)
    waits = {'arriving': len(arriving)} if settings.settle_s else {}
    if seen.unread:
        words = f"{seen.unread[0]}{f' (and {len(seen.unread) - 1} more)' if len(seen.unread) > 1 else ''}: what is newest cannot be told"
        words += f"; newest that could be read: {newest.name}" if newest else ''
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': None}, State.UNKNOWN, words), []
    if held and not seen.files:
        words = f"held {held} before, nothing that matches {settings.pattern} now: is the disk there?"
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': None}, State.UNKNOWN, words), []
    if not newest:
        return _nothing(settings, undated, len(dated), arriving, seen.junk), []
    age = now - newest.at
    values = {'age_s': max(0, int(age)), 'size_bytes': newest.size, 'count': len(good), **waits}
    if age < -FUTURE_S:
        return Reading('', {**values, 'age_s': None}, State.UNKNOWN, f"{newest.name} is dated {-age:.0f} s in the future"), []
    words = f"{newest.name}, {bytes_text(newest.size)}"
    words += f"; still being written: {max(arriving, key=lambda one: one.at).name}" if arriving else ''
    return Reading('', values, State.OK, words), [newest, *[one for one in good if one is not newest]]


def _nothing(settings: NewestFileSettings, undated: int, dated: int, arriving, junk: int) -> Reading:
    """Return the reading when no file counts: critical when nothing arrived, unknown when it cannot be told yet or only dates are missing."""
    what = 'folder' if settings.folders else 'file'
    if arriving:
        words = f"{arriving[0].name} is still being written and no other {what} matches {settings.pattern}"
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': 0, 'arriving': len(arriving)}, State.UNKNOWN, words)
    if undated and not dated:
        words = f"no {what} has a readable date {settings.name_date} in its name ({undated} without, matching {settings.pattern})"
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': 0}, State.UNKNOWN, words)
    why = [f"{dated} smaller"] if dated else []
    why += [f"{undated} without a readable date"] if undated else []
    why += [f"{counted(junk, 'that is', 'that are')} unfinished or the system's own"] if junk else []
    words = f"no {what} matches {settings.pattern}" + (f" with at least {bytes_text(settings.min_bytes)}" if dated else '')
    return Reading('', {'count': 0}, State.CRITICAL, words + (f" ({', '.join(why)})" if why else ''))


# === SIZE AGAINST ITS OWN HISTORY === #

def median(numbers) -> float:
    """Return the middle of some numbers. (The standard library's ``statistics`` costs megabytes to import.)

    >>> median([3, 1, 2]), median([4, 1, 2, 3])
    (2, 2.5)
    """
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def compare_size(size: int, sizes) -> tuple[dict, str]:
    """Return by how much a size differs from the usual one, as values and in words; nothing where there are too few to say what is usual. Pure.

    >>> compare_size(50, [100, 101, 99, 100, 100])
    ({'size_change_pct': -50.0, 'size_deviation': -50.0}, '50 % smaller than usual (100 B, median of 5)')
    >>> compare_size(50, [100])
    ({}, '')
    """
    if len(sizes) < LEAST_SIZES:
        return {}, ''
    usual = median(sizes)
    scatter = max(MAD_TO_SIGMA * median([abs(one - usual) for one in sizes]), LEAST_SCATTER * usual, 1)
    change = 100 * (size - usual) / usual if usual else 0.0
    words = f"as large as usual ({bytes_text(usual)}, median of {len(sizes)})"
    if abs(change) >= 1:
        words = f"{abs(change):.0f} % {'larger' if change > 0 else 'smaller'} than usual ({bytes_text(usual)}, median of {len(sizes)})"
    return {'size_change_pct': round(change, 1), 'size_deviation': round((size - usual) / scatter, 1)}, words


def learn(kept: dict, newest, others) -> list:
    """Return the sizes that came before the newest file, the last ones at the end, and note its own for the next time.

    :param kept: ``sizes``: list of ``[end of the name, time, size]``, the file that is newest now included
    :param others: the files that lie beside it: what came before the first look
    """
    name, known = newest.name[-MOST_NAME:], kept.get('sizes')
    rows = [row for row in known if isinstance(row, list) and len(row) == 3] if isinstance(known, list) else []
    if not rows:
        rows = [[one.name[-MOST_NAME:], one.at, one.size] for one in sorted(others, key=lambda one: one.at)][-MOST_SIZES:]
    rows = [row for row in rows if row[0] != name or newest.at - row[1] > SAME_FILE_S]
    kept['sizes'] = [*rows, [name, newest.at, newest.size]][-MOST_SIZES:]
    return [row[2] for row in rows]


def known_count(kept: dict, where: str) -> int:
    """Return how many files counted when last any did; of what an agent kept that did not count them, how many sizes it knows.

    :param where: what was looked at; how many counted elsewhere says nothing of it

    >>> known_count({'held': ['/a', 3]}, '/a'), known_count({'held': ['/b', 3]}, '/a'), known_count({'sizes': [['a', 1, 1]]}, '/a'), known_count({}, '/a')
    (3, 0, 1, 0)
    """
    held, sizes = kept.get('held'), kept.get('sizes')
    if isinstance(held, list) and len(held) == 2:
        return held[1] if held[0] == where else 0
    return len(sizes) if isinstance(sizes, list) else 0


# === LOOK === #

def query(settings: NewestFileSettings) -> Seen:
    """Return the matching files or folders, and what could not be looked at.

    :raises SourceUnavailable: the folder cannot be read, or holds more than can be looked at
    """
    wanted = Wanted(split_patterns(settings.pattern), split_patterns(settings.exclude), settings.recursive)
    return (list_folders if settings.folders else list_files)(settings.folder, wanted)


@collector(
    'newest_file', title="Newest file in a folder", help="Age and size of the newest matching file or folder, and how many there are.",
    settings=NewestFileSettings,
    metrics=[
        Metric('age_s', 's', "Age of the newest file."),
        Metric('size_bytes', 'B', "Its size."),
        Metric('count', '', "Files that count."),
        Metric('arriving', '', "Files that are still being written."),
        Metric('size_change_pct', '%', "Its size against the median of those before it."),
        Metric('size_deviation', '', "The same, in usual deviations of those before it."),
    ],
    timeout_s=30,
)
def collect(settings: NewestFileSettings, memory: dict):
    """Look into the folder."""
    now = time.time()
    seen = query(settings)
    kept, where = memory.setdefault('kept', {}), f'{settings.folder}|{settings.pattern}'
    reading, good = parse(seen, settings, now, memory.get('watched'), known_count(kept, where))
    memory['watched'] = watch(seen.files, now, memory.get('watched') or {}) if settings.settle_s else {}
    if good:
        values, words = compare_size(good[0].size, learn(kept, good[0], good[1:]))
        kept['held'] = [where, len(good)]
        reading = replace(reading, values={**reading.values, **values}, text=', '.join(filter(None, (reading.text, words))))
    yield reading
