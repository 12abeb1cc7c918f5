"""The newest file of a folder: its age, its size, and how many there are. For backups, reports and exports that must keep arriving.

Files that match ``pattern`` (several separated by ``|``) and hold at least ``min_bytes`` count. No such file is critical: nothing arrived. A
folder that is not there or cannot be read is unknown: an unplugged disk says nothing about the job. So is one with a subfolder or a file that
may not be looked at: what is newest cannot be told, the newest file may be in there.

Never counted are files that are still arriving (``.part``, ``.crdownload``, ``.tmp``, ``.partial`` and their like) and those that systems
leave behind (``.DS_Store``, ``Thumbs.db``, ``desktop.ini``, lock files of office programs), unless the pattern itself ends like them
(``*.tmp``). Bins and folders of the system (``$RECYCLE.BIN``, ``lost+found``, ``@eaDir``) are not looked into.

Age goes by the date in the file's name when ``name_date`` tells how to read it (``%Y-%m-%d_%H-%M``, local time; year, month and day are
needed), because copies and sync tools set the file's own time; files whose name holds no such date do not count then, and when none does the
check is unknown and says so. Of several dates in a name the newest counts that is real and not in the future. Without ``name_date`` the time
of the last change decides. A file from the future (over 5 minutes) is unknown: either its date or this machine's clock is wrong.

There is no limit of its own: what is too old depends on how often the file comes. Bind ``age_s > …`` and ``size_bytes < …``.
"""
from __future__ import annotations

import errno
import os
import re
import stat
import time
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch

from ..errors import SourceUnavailable
from ..judge import bytes_text
from ..registry import Metric, collector, setting
from ..results import Reading, State

MAX_FILES = 200_000
FUTURE_S = 300
# A date before 1980 or more than a year ahead is a number that happens to look like a date.
OLDEST_AT, AHEAD_S = 315_532_800, 366 * 86400
_DIRECTIVES = {'Y': r'\d{4}', 'm': r'\d{2}', 'd': r'\d{2}', 'H': r'\d{2}', 'M': r'\d{2}', 'S': r'\d{2}', 'y': r'\d{2}', 'j': r'\d{3}', 'b': '[A-Za-z]{3}'}
JUNK_NAMES = {'.ds_store', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '.localized', '.directory'}
JUNK_STARTS = ('._', '~$', '.~lock.', '.goutputstream-')
JUNK_ENDS = ('.part', '.partial', '.filepart', '.crdownload', '.download', '.opdownload', '.tmp', '.temp', '.swp')
# Deleted files, previews of a NAS, what a repair left: nothing arrives there.
SYSTEM_FOLDERS = {'$recycle.bin', 'system volume information', 'lost+found', '@eadir', '@recycle', '#recycle', '.trash'}
# The file went between listing and looking, or it is a link that leads nowhere: there is nothing to look at.
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


@dataclass(frozen=True)
class NewestFileSettings:
    """Which files."""

    folder: str = setting('str', help="Absolute path of the folder (on Windows a UNC path, not a mapped drive).")
    pattern: str = setting('str', '*', help="File names that count; several patterns separated by |.")
    recursive: bool = setting('bool', False, help="Look into subfolders too; symbolic links to folders are not followed.")
    min_bytes: int = setting('int', 1, help="Smaller files do not count.")
    name_date: str = setting('str', '', help="How the date stands in the name, as strptime reads it; empty: the time of the last change.")

    def __post_init__(self):
        if not os.path.isabs(self.folder):
            raise ValueError("folder: expected an absolute path")
        if self.min_bytes < 0:
            raise ValueError("min_bytes: expected 0 or more")
        if self.name_date:
            check_layout(self.name_date)


@dataclass(frozen=True)
class FileSeen:
    """A file of the folder: path below it, bytes, and its own time in seconds since 1970."""

    name: str
    size: int
    at: float


@dataclass
class Seen:
    """What was found in the folder.

    :param files: those that match and have a time
    :param undated: how many match and are large enough, but have no date in their name
    :param junk: how many match, but never count
    :param unread: what could not be looked at, each with the reason
    """

    files: list = field(default_factory=list)
    undated: int = 0
    junk: int = 0
    unread: list = field(default_factory=list)


# === DATES IN NAMES === #

def check_layout(layout: str) -> None:
    """Check that a layout tells a whole date.

    :raises ValueError: a directive without fixed width, or twice; no year, month or day; minutes without the hour
    """
    parts = re.split('%(.)', layout)[1::2]
    has = set(parts)
    if not has <= set(_DIRECTIVES) or layout.count('%') != len(parts):
        raise ValueError(f"name_date: expected a date of the directives {' '.join('%' + one for one in _DIRECTIVES)}")
    if len(has) < len(parts) or {'Y', 'y'} <= has or {'m', 'b'} <= has:
        raise ValueError("name_date: expected each part of the date once")
    if not has & {'Y', 'y'}:
        raise ValueError("name_date: expected a year (%Y or %y): without one, last year's file has this year's date")
    if not ('j' in has or ('d' in has and has & {'m', 'b'})):
        raise ValueError("name_date: expected a month and a day (%m or %b, and %d), or the day of the year (%j)")
    if ('M' in has and 'H' not in has) or ('S' in has and 'M' not in has):
        raise ValueError("name_date: expected the hour (%H) before minutes (%M), and minutes before seconds (%S)")


def date_pattern(layout: str) -> str:
    """Return a regular expression for a ``strptime`` layout that :func:`check_layout` accepts.

    >>> date_pattern('%Y-%m-%d')
    '\\\\d{4}\\\\-\\\\d{2}\\\\-\\\\d{2}'
    """
    return ''.join(_DIRECTIVES[part] if index % 2 else re.escape(part) for index, part in enumerate(re.split('%(.)', layout)))


def parse_name_date(name: str, layout: str, now: float) -> float | None:
    """Return the time that stands in a file's name, seconds since 1970; None when there is none.

    Every place that looks like a date is tried. One that starts in the middle of a row of digits counts only when no other is a date. The newest
    wins that is not in the future; when all are in the future, the nearest.
    """
    starts: dict = {False: [], True: []}
    for match in re.finditer(f'(?=({date_pattern(layout)}))', name):
        at = _time_of(match[1], layout)
        if at is not None and OLDEST_AT <= at <= now + AHEAD_S:
            inside = match[1][0].isdigit() and name[:match.start()][-1:].isdigit()
            starts[inside].append(at)
    found = starts[False] or starts[True]
    return max((at for at in found if at <= now + FUTURE_S), default=min(found, default=None))


def _time_of(text: str, layout: str) -> float | None:
    try:
        # A local wall-clock time by definition: timestamp() reads a naive one in the machine's time zone.
        return datetime.strptime(text, layout).timestamp()  # noqa: DTZ007
    except (ValueError, OverflowError, OSError):
        return None


# === READING === #

def parse(seen: Seen, settings: NewestFileSettings, now: float) -> Reading:
    """Return the reading for what was seen. Pure."""
    good = [one for one in seen.files if one.size >= settings.min_bytes]
    newest = max(good, key=lambda one: (one.at, one.name), default=None)
    if seen.unread:
        words = f"{seen.unread[0]}{f' (and {len(seen.unread) - 1} more)' if len(seen.unread) > 1 else ''}: what is newest cannot be told"
        words += f"; newest that could be read: {newest.name}" if newest else ''
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': None}, State.UNKNOWN, words)
    if not newest:
        return _nothing(seen, settings)
    age = now - newest.at
    values = {'age_s': max(0, int(age)), 'size_bytes': newest.size, 'count': len(good)}
    if age < -FUTURE_S:
        return Reading('', {**values, 'age_s': None}, State.UNKNOWN, f"{newest.name} is dated {-age:.0f} s in the future")
    return Reading('', values, State.OK, f"{newest.name}, {bytes_text(newest.size)}")


def _nothing(seen: Seen, settings: NewestFileSettings) -> Reading:
    """Return the reading when no file counts: critical when nothing arrived, unknown when only dates are missing."""
    if seen.undated and not seen.files:
        words = f"no file has a readable date {settings.name_date} in its name ({seen.undated} without, matching {settings.pattern})"
        return Reading('', {'age_s': None, 'size_bytes': None, 'count': 0}, State.UNKNOWN, words)
    why = [f"{len(seen.files)} smaller"] if seen.files else []
    why += [f"{seen.undated} without a readable date"] if seen.undated else []
    why += [f"{seen.junk} that are unfinished or the system's own"] if seen.junk else []
    words = f"no file matches {settings.pattern}" + (f" with at least {bytes_text(settings.min_bytes)}" if seen.files else '')
    return Reading('', {'count': 0}, State.CRITICAL, words + (f" ({', '.join(why)})" if why else ''))


# === LOOK === #

def is_junk(name: str, patterns) -> bool:
    """Tell whether a file never counts; it does when a pattern that it matches ends as it does, so that somebody asked for such files.

    >>> is_junk('a.zip.part', ['*']), is_junk('a.zip.part', ['*.part']), is_junk('a.zip', ['*'])
    (True, False, False)
    """
    low = name.lower()
    if low in JUNK_NAMES or low.startswith(JUNK_STARTS):
        return low not in [pattern.lower() for pattern in patterns]
    ending = next((one for one in JUNK_ENDS if low.endswith(one)), '')
    return bool(ending) and not any(pattern.lower().endswith(ending) for pattern in patterns)


def query(settings: NewestFileSettings, now: float) -> Seen:
    """Return the matching files of the folder, and what could not be looked at; a file that vanished meanwhile is neither.

    :raises SourceUnavailable: the folder cannot be read, or holds more files than can be looked at
    """
    patterns = [one.strip() for one in settings.pattern.split('|')]
    seen, folders = Seen(), ['']
    while folders:
        below = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(settings.folder, below)))
        except OSError as error:
            if not below:
                raise SourceUnavailable(f"{settings.folder}: {error.strerror or error}") from error
            _note(seen, below, error)
            continue
        for entry in entries:
            name = os.path.join(below, entry.name)
            try:
                if settings.recursive and entry.is_dir(follow_symlinks=False):
                    folders += [name] if not is_system_folder(entry.name) else []
                elif any(fnmatch(entry.name, pattern) for pattern in patterns):
                    _look_at(entry, name, settings, patterns, now, seen)
            except OSError as error:
                _note(seen, name, error)
        if len(seen.files) > MAX_FILES:
            raise SourceUnavailable(f"{settings.folder}: more than {MAX_FILES} files match {settings.pattern}")
    return seen


def is_system_folder(name: str) -> bool:
    return name.lower() in SYSTEM_FOLDERS or name.lower().startswith('.trash-')


def _note(seen: Seen, name: str, error: OSError) -> None:
    if error.errno not in GONE:
        seen.unread.append(f"{name}: {error.strerror or error}")


def _look_at(entry, name: str, settings: NewestFileSettings, patterns, now: float, seen: Seen) -> None:
    """Add one matching entry to what was seen. :raises OSError: it cannot be looked at"""
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        return
    if is_junk(entry.name, patterns):
        seen.junk += 1
        return
    at = parse_name_date(entry.name, settings.name_date, now) if settings.name_date else status.st_mtime
    if at is None:
        seen.undated += status.st_size >= settings.min_bytes
    else:
        seen.files.append(FileSeen(name, status.st_size, at))


@collector(
    'newest_file', title="Newest file in a folder", help="Age and size of the newest matching file, and how many there are.",
    settings=NewestFileSettings,
    metrics=[
        Metric('age_s', 's', "Age of the newest file."),
        Metric('size_bytes', 'B', "Its size."),
        Metric('count', '', "Files that count."),
    ],
    timeout_s=30,
)
def collect(settings: NewestFileSettings, memory: dict):
    """Look into the folder."""
    now = time.time()
    yield parse(query(settings, now), settings, now)
