"""The newest file of a folder: its age, its size, and how many there are. For backups, reports and exports that must keep arriving.

Files that match ``pattern`` (several separated by ``|``) and hold at least ``min_bytes`` count. No such file is critical: nothing arrived. A
folder that is not there or cannot be read is unknown: an unplugged disk says nothing about the job.

Age goes by the date in the file's name when ``name_date`` tells how to read it (``%Y-%m-%d_%H-%M``, local time), because copies and sync tools
set the file's own time; files whose name holds no such date do not count then. Without it the time of the last change decides. A file from the
future (over 5 minutes) is unknown: either its date or this machine's clock is wrong.

There is no limit of its own: what is too old depends on how often the file comes. Bind ``age_s > …`` and ``size_bytes < …``.
"""
from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch

from ..errors import SourceUnavailable
from ..judge import bytes_text
from ..registry import Metric, collector, setting
from ..results import Reading, State

MAX_FILES = 200_000
FUTURE_S = 300
_DIRECTIVES = {'Y': r'\d{4}', 'm': r'\d{2}', 'd': r'\d{2}', 'H': r'\d{2}', 'M': r'\d{2}', 'S': r'\d{2}', 'y': r'\d{2}', 'j': r'\d{3}', 'b': '[A-Za-z]{3}'}


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
            date_pattern(self.name_date)


@dataclass(frozen=True)
class FileSeen:
    """A file of the folder: path below it, bytes, and its own time in seconds since 1970."""

    name: str
    size: int
    at: float


def date_pattern(layout: str) -> str:
    """Return a regular expression for a ``strptime`` layout.

    >>> date_pattern('%Y-%m-%d')
    '\\\\d{4}\\\\-\\\\d{2}\\\\-\\\\d{2}'

    :raises ValueError: it holds a directive that has no fixed width, or no day
    """
    parts = re.split('%(.)', layout)
    unknown = set(parts[1::2]) - set(_DIRECTIVES)
    if unknown or not {'d', 'j'} & set(parts[1::2]):
        raise ValueError(f"name_date: expected a date of the directives {' '.join('%' + one for one in _DIRECTIVES)}")
    return ''.join(_DIRECTIVES[part] if index % 2 else re.escape(part) for index, part in enumerate(parts))


def parse_name_date(name: str, layout: str) -> float | None:
    """Return the time that stands in a file's name, seconds since 1970; None when there is none."""
    match = re.search(date_pattern(layout), name)
    if not match:
        return None
    try:
        # A local wall-clock time by definition: timestamp() reads a naive one in the machine's time zone.
        return datetime.strptime(match.group(), layout).timestamp()  # noqa: DTZ007
    except (ValueError, OverflowError, OSError):
        return None


def parse(files, settings: NewestFileSettings, now: float) -> Reading:
    """Return the reading for the files seen. Pure."""
    good = [one for one in files if one.size >= settings.min_bytes]
    small = len(files) - len(good)
    if not good:
        words = f"no file matches {settings.pattern}" + (f" with at least {bytes_text(settings.min_bytes)} ({small} smaller)" if small else '')
        return Reading('', {'count': 0}, State.CRITICAL, words)
    newest = max(good, key=lambda one: (one.at, one.name))
    age = now - newest.at
    values = {'age_s': max(0, int(age)), 'size_bytes': newest.size, 'count': len(good)}
    if age < -FUTURE_S:
        return Reading('', {**values, 'age_s': None}, State.UNKNOWN, f"{newest.name} is dated {-age:.0f} s in the future")
    return Reading('', values, State.OK, f"{newest.name}, {bytes_text(newest.size)}")


def query(settings: NewestFileSettings) -> list[FileSeen]:
    """Return the matching files of the folder; one that vanishes or may not be read is left out.

    :raises SourceUnavailable: the folder cannot be read, or holds more files than can be looked at
    """
    patterns = [one.strip() for one in settings.pattern.split('|')]
    seen, folders = [], ['']
    while folders:
        below = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(settings.folder, below)))
        except OSError as error:
            if not below:
                raise SourceUnavailable(f"{settings.folder}: {error.strerror or error}") from error
            continue
        for entry in entries:
            name = os.path.join(below, entry.name)
            if settings.recursive and entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif any(fnmatch(entry.name, pattern) for pattern in patterns):
                seen += _look_at(entry, name, settings)
        if len(seen) > MAX_FILES:
            raise SourceUnavailable(f"{settings.folder}: more than {MAX_FILES} files match {settings.pattern}")
    return seen


def _look_at(entry, name: str, settings: NewestFileSettings) -> list[FileSeen]:
    try:
        status = entry.stat()
        if not entry.is_file():
            return []
    except OSError:
        return []
    at = parse_name_date(entry.name, settings.name_date) if settings.name_date else status.st_mtime
    return [] if at is None else [FileSeen(name, status.st_size, at)]


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
    yield parse(query(settings), settings, time.time())
