"""What lies in a folder: files that match, or whole folders with what is in them. What could not be looked at is told, never left out silently."""
from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatch

from ..errors import SourceUnavailable
from ._dates import FUTURE_S
from ._open_file import GONE

MAX_FILES = 200_000
WATCHED = 20
JUNK_NAMES = {'.ds_store', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '.localized', '.directory'}
JUNK_STARTS = ('._', '~$', '.~lock.', '.goutputstream-')
JUNK_ENDS = ('.part', '.partial', '.filepart', '.crdownload', '.download', '.opdownload', '.tmp', '.temp', '.swp')
# Deleted files, previews of a NAS, what a repair left: nothing arrives there.
SYSTEM_FOLDERS = {'$recycle.bin', 'system volume information', 'lost+found', '@eadir', '@recycle', '#recycle', '.trash'}


@dataclass(frozen=True)
class FileSeen:
    """A file, or a folder with all that is in it: path below the folder looked into, bytes, and the time of the last change since 1970."""

    name: str
    size: int
    at: float


@dataclass
class Seen:
    """What was found in a folder.

    :param files: those that match
    :param junk: how many match, but never count
    :param unread: what could not be looked at, each with the reason
    """

    files: list = field(default_factory=list)
    junk: int = 0
    unread: list = field(default_factory=list)
    looked_at: int = 0


@dataclass(frozen=True)
class Wanted:
    """Which names count: patterns, patterns of what is left out (of a name, or of a path below the folder), and whether subfolders count."""

    patterns: tuple
    exclude: tuple = ()
    recursive: bool = False

    def leaves_out(self, name: str) -> bool:
        path = name.replace(os.sep, '/')
        return any(fnmatch(os.path.basename(name), one) or fnmatch(path, one) for one in self.exclude)

    def means(self, name: str) -> bool:
        return any(fnmatch(os.path.basename(name), one) for one in self.patterns)


def split_patterns(text: str) -> tuple:
    """Return the patterns of a setting.

    >>> split_patterns('*.zip | *.7z'), split_patterns('')
    (('*.zip', '*.7z'), ())
    """
    return tuple(one.strip() for one in text.split('|') if one.strip())


def refuse_no_names(text: str, key: str = 'pattern') -> None:
    """Check patterns of names, as a setting. :raises ValueError: there is none, or one has a folder in it, so that no name can ever match"""
    patterns = split_patterns(text)
    if not patterns or any(sign in one for one in patterns for sign in (os.sep, os.altsep) if sign):
        raise ValueError(f"{key}: expected patterns of names, without folders")


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


def is_system_folder(name: str) -> bool:
    return name.lower() in SYSTEM_FOLDERS or name.lower().startswith('.trash-')


# === FILES === #

def list_files(folder: str, wanted: Wanted) -> Seen:
    """Return the files of a folder that match; one that vanished meanwhile is neither found nor unread.

    :raises SourceUnavailable: the folder cannot be read, or holds more files than can be looked at
    """
    seen = Seen()

    def visit(entry, name):
        if wanted.exclude and wanted.leaves_out(name):
            return False
        if entry.is_dir(follow_symlinks=False):  # the listing tells: what is mounted there is not touched
            return wanted.recursive and not is_system_folder(entry.name)
        if wanted.means(name):
            _look_at(entry, name, wanted.patterns, seen)
            _check_number(seen, folder)
        return False

    _walk(folder, '', seen, visit)
    return seen


def _walk(folder: str, start: str, seen: Seen, visit) -> None:
    """Call ``visit(entry, name)`` with all that lies below ``start``; it tells whether to go into it. What cannot be looked at is noted.

    :param start: a folder in ``folder``, '' for itself
    :param visit: may raise OSError
    """
    folders = [start]
    while folders:
        below = folders.pop()
        for entry in _entries(folder, below, seen):
            name = os.path.join(below, entry.name)
            try:
                if visit(entry, name):
                    folders.append(name)
            except OSError as error:
                _note(seen, name, error)


def _entries(folder: str, below: str, seen: Seen) -> list:
    """Return what a folder holds. :raises SourceUnavailable: it is the first one, and cannot be read"""
    try:
        return list(os.scandir(os.path.join(folder, below)))
    except OSError as error:
        if not below:
            raise SourceUnavailable(f"{folder}: {error.strerror or error}") from error
        _note(seen, below, error)
        return []


def _note(seen: Seen, name: str, error: OSError) -> None:
    if error.errno not in GONE:
        seen.unread.append(f"{name}: {error.strerror or error}")


def _look_at(entry, name: str, patterns, seen: Seen) -> None:
    """Add one matching entry to what was seen. :raises OSError: it cannot be looked at"""
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        return
    if is_junk(entry.name, patterns):
        seen.junk += 1
    else:
        seen.files.append(FileSeen(name, status.st_size, status.st_mtime))


def _check_number(seen: Seen, folder: str) -> None:
    if len(seen.files) > MAX_FILES or seen.looked_at > MAX_FILES:
        raise SourceUnavailable(f"{folder}: more than {MAX_FILES} files match")


# === WHOLE FOLDERS === #

def list_folders(folder: str, wanted: Wanted) -> Seen:
    """Return the folders that match, each with the size and the newest change of all that is in it; what lies in one of them is not looked for.

    :raises SourceUnavailable: the folder cannot be read, or there is more than can be looked at
    """
    seen = Seen()

    def visit(entry, name):
        if not entry.is_dir(follow_symlinks=False) or is_system_folder(entry.name) or wanted.leaves_out(name):
            return False
        if wanted.means(name):
            seen.files.append(_measure(folder, name, wanted, seen))
            return False
        return wanted.recursive

    _walk(folder, '', seen, visit)
    return seen


def _measure(folder: str, name: str, wanted: Wanted, seen: Seen) -> FileSeen:
    """Return a folder with the sum of its files and the newest of their changes; an empty one has none and is as old as can be."""
    size, at = 0, 0.0

    def visit(entry, inner):
        nonlocal size, at
        seen.looked_at += 1
        _check_number(seen, folder)
        if wanted.exclude and wanted.leaves_out(inner):
            return False
        if entry.is_dir(follow_symlinks=False):
            return not is_system_folder(entry.name)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode) and not is_junk(entry.name, ()):
            size, at = size + status.st_size, max(at, status.st_mtime)
        return False

    _walk(folder, name, seen, visit)
    return FileSeen(name, size, at)


# === STILL BEING WRITTEN === #

def is_settled(one: FileSeen, now: float, settle_s: float, before: dict) -> bool:
    """Tell whether a file has been left alone for ``settle_s``: by its own time, and by its size since earlier looks.

    :param before: name to ``(size, when it was first seen with it)``, see :func:`watch`
    """
    if not settle_s:
        return True
    if -FUTURE_S <= now - one.at < settle_s:
        return False
    size, since = before.get(one.name, (one.size, float('-inf')))
    return size == one.size and not 0 <= now - since < settle_s


def watch(files, now: float, before: dict) -> dict:
    """Return what is to be remembered for the next look: size of the newest files, and since when they have it.

    A copy can keep the old time of its original while it grows, so the size is looked at too. One that has always had its size is not waited for.
    """
    newest = sorted(files, key=lambda one: -one.at)[:WATCHED]
    known = {}
    for one in newest:
        size, since = before.get(one.name, (one.size, float('-inf')))
        known[one.name] = (one.size, since if size == one.size else now)
    return known
