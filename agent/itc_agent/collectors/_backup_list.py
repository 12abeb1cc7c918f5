"""The newest backups of a folder, of however many that lie there: one pass, and no more is kept than is told."""
from __future__ import annotations

import hashlib
import heapq
import os
import re
import stat
import sys
from dataclasses import dataclass, field

from .. import time_limit
from ..errors import SourceUnavailable
from ._folder import JUNK_ENDS, JUNK_NAMES, JUNK_STARTS, Wanted, is_system_folder
from ._open_file import GONE, is_junction

MAX_INNER = 200_000
MAX_NAME = 400
ASKED_EVERY = 2048  # entries, how much time is left
# What no text shows as it is: control signs, signs that turn the direction, halves of letters.
_UNREADABLE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]')
# What programs add to the name of a file that they have not finished.
PARTIAL_ENDS = (*JUNK_ENDS, '.incomplete', '.unfinished', '.mega', '.!ut')


@dataclass(frozen=True)
class Entry:
    """A backup, as it lies there.

    :param name: below the folder, as the system has it
    :param at: of the last change, seconds since 1970; of a folder the newest in it
    :param touched_at: the same, or when it was made here if that is known and later
    :param key: another one when it is another, or was changed
    :param device: number of the file system that it lies on; None of a folder of which parts lie on others
    """

    name: str
    size: int
    at: float
    touched_at: float
    key: str
    is_partial: bool = False
    is_folder: bool = False
    device: int | None = None


@dataclass
class Listing:
    """What lies in a folder.

    :param entries: the newest, newest first
    :param count: how many match and have a finished name
    :param unread: what could not be looked at, each with the reason
    :param links: how many that match are links: what they lead to does not lie here
    :param device: number of the file system that the folder lies on
    """

    entries: list = field(default_factory=list)
    count: int = 0
    unread: list = field(default_factory=list)
    links: int = 0
    device: int | None = None


def long_path(path: str) -> str:
    r"""Return a path in the form in which Windows takes any length; elsewhere itself.

    >>> windows_form('C:/a/b'), windows_form('//nas/share/x'), windows_form('\\\\?\\C:\\a')
    ('\\\\?\\C:\\a\\b', '\\\\?\\UNC\\nas\\share\\x', '\\\\?\\C:\\a')
    """
    return windows_form(path) if sys.platform == 'win32' else path


def real_path(folder: str) -> str:
    """Return where a folder is, whichever links lead there; as it is written where nobody can tell, as Windows of some long ones."""
    path = long_path(os.path.normpath(folder))
    try:
        return os.path.realpath(path)
    except OSError:
        return path


def windows_form(path: str) -> str:
    path = path.replace('/', '\\')
    if path.startswith('\\\\?\\'):
        return path
    return '\\\\?\\UNC\\' + path[2:] if path.startswith('\\\\') else '\\\\?\\' + path


def finished_name(name: str) -> tuple[str, bool]:
    """Return a name without what marks an unfinished file, and whether it had that.

    >>> finished_name('a.zip.part'), finished_name('a.zip'), finished_name('.a.zip.Xy12Ab')
    (('a.zip', True), ('a.zip', False), ('a.zip', True))
    """
    low = name.lower()
    ending = next((one for one in PARTIAL_ENDS if low.endswith(one)), '')
    if ending:
        return name[:-len(ending)], True
    # rsync writes ".NAME.XXXXXX" until it is done.
    rsync = re.fullmatch(r'\.(.+\..+)\.[A-Za-z0-9]{6}', name)
    return (rsync[1], True) if rsync else (name, False)


def match(name: str, wanted: Wanted) -> tuple[bool, bool]:
    """Return whether a name counts, and whether it is one of an unfinished file. A pattern that means the unfinished ones makes them finished."""
    low = os.path.basename(name).lower()
    if low in JUNK_NAMES or low.startswith(JUNK_STARTS):
        return False, False
    short, is_partial = finished_name(os.path.basename(name))
    if not is_partial:
        return wanted.means(name), False
    if any(one.lower().endswith(os.path.splitext(low)[1]) for one in wanted.patterns if not one.endswith('*')):
        return wanted.means(name), False
    return wanted.means(short) or wanted.means(name), True


def newest(folder: str, wanted: Wanted, keep: int, wants) -> Listing:
    """Return the newest backups of a folder.

    :param keep: how many
    :param wants: tells of ``(path, is_folder)`` whether such a thing can be a backup
    :raises SourceUnavailable: the folder cannot be read, or not within the time
    """
    root, found, heap = long_path(folder), Listing(), []
    waiting, looked_at, is_first = [''], 0, True
    while waiting:
        below = waiting.pop()
        try:
            if is_first:
                found.device = os.stat(root).st_dev
            for entry in os.scandir(os.path.join(root, below)):
                looked_at += 1
                if looked_at % ASKED_EVERY == 0 and time_limit.left(1.0) < 0.2:
                    raise SourceUnavailable(f"{folder}: more lies there than can be listed in the time ({looked_at} so far)")
                _take(entry, os.path.join(below, entry.name), wanted, wants, keep, heap, found, waiting)
        except OSError as error:
            if is_first:
                raise SourceUnavailable(f"{folder}: {error.strerror or error}") from error
            _note(found, below, error)
        is_first = False
    for _at, name, is_folder, is_partial in sorted(heap, reverse=True):
        try:
            found.entries.append((measure if is_folder else look_at)(root, name, is_partial, found))
        except OSError as error:
            _note(found, name, error)
    found.entries = sorted(filter(None, found.entries), key=lambda one: (-one.at, one.name))
    return found


def _take(entry, name: str, wanted: Wanted, wants, keep: int, heap: list, found: Listing, waiting: list) -> None:
    """Put an entry of a folder where it belongs."""
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        if (is_folder and is_system_folder(entry.name)) or (wanted.exclude and wanted.leaves_out(name)):
            return
        counts, is_partial = match(name, wanted)
        if is_link(entry):
            found.links += counts
        elif counts and wants(entry.path, is_folder):
            status = entry.stat(follow_symlinks=False)
            if is_folder or stat.S_ISREG(status.st_mode):
                found.count += not is_partial
                (heapq.heappush if len(heap) < keep else heapq.heappushpop)(heap, (status.st_mtime, name, is_folder, is_partial))
        elif is_folder and wanted.recursive:
            waiting.append(name)
    except OSError as error:
        _note(found, name, error)


def is_link(entry) -> bool:
    """Tell whether an entry of a folder only leads elsewhere: a symbolic link, or a junction of Windows."""
    return entry.is_symlink() or is_junction(entry)


def _note(found: Listing, name: str, error: OSError) -> None:
    if error.errno not in GONE:
        found.unread.append(f"{name}: {error.strerror or error}")


def look_at(root: str, name: str, is_partial: bool, _found=None) -> Entry:
    """Return a file as it is now. :raises OSError: it cannot be looked at"""
    status = os.stat(os.path.join(root, name), follow_symlinks=False)
    return Entry(name, status.st_size, status.st_mtime, touched(status), key_of(status), is_partial, device=status.st_dev)


def key_of(status) -> str:
    return f'{status.st_size}:{status.st_mtime_ns}:{status.st_ino}'


def touched(status) -> float:
    """Return when a file was last written to, as far as nobody can set it: a copy keeps the time of its original."""
    return max(status.st_mtime, status.st_ctime)


def measure(root: str, name: str, is_partial: bool, found: Listing) -> Entry | None:
    """Return a folder with all that is in it. :raises OSError: it cannot be looked at"""
    digest, size, at, touched_at = hashlib.sha256(), 0, 0.0, 0.0
    itself = os.stat(os.path.join(root, name))
    devices = {itself.st_dev}
    for path, status in sorted(walk(os.path.join(root, name), lambda below, error: _note(found, os.path.join(name, below), error))):
        size, at, touched_at = size + status.st_size, max(at, status.st_mtime), max(touched_at, touched(status))
        devices.add(status.st_dev)
        digest.update(f'{path}\0{key_of(status)}\0'.encode('utf-8', 'surrogatepass'))
    if not at:
        at = touched_at = itself.st_mtime
    return Entry(name, size, at, touched_at, f'{size}:{digest.hexdigest()[:32]}', is_partial, True, devices.pop() if len(devices) == 1 else None)


def walk(folder: str, refused) -> list:
    """Return ``(path below, status)`` of the files in a folder and its folders; links are not followed.

    :param refused: called with a path below and an OSError
    :raises SourceUnavailable: there is too much
    """
    files, waiting = [], ['']
    while waiting:
        below = waiting.pop()
        try:
            for entry in os.scandir(os.path.join(folder, below)):
                path = os.path.join(below, entry.name)
                if is_link(entry):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif stat.S_ISREG((status := os.stat(entry.path, follow_symlinks=False)).st_mode):
                    files.append((path, status))
        except OSError as error:
            refused(below, error)
        if len(files) > MAX_INNER or time_limit.left(1.0) < 0.2:
            raise SourceUnavailable(f"{folder}: more lies in it than can be listed in the time")
    return files


def told_name(name: str) -> str:
    """Return a name as it goes over the wire: one that no text can hold, or that is too long, has a mark of the whole in its middle.

    >>> told_name('a/b.zip'), len(told_name('x' * 999)), told_name('a\\nb').count('…')
    ('a/b.zip', 400, 1)
    """
    path = name.replace(os.sep, '/')
    clean = _UNREADABLE.sub('\ufffd', path)
    if clean == path and len(path) <= MAX_NAME:
        return path
    mark = '…' + hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:16]
    half = (MAX_NAME - len(mark)) // 2
    return clean + mark if len(clean) + len(mark) <= MAX_NAME else clean[:MAX_NAME - len(mark) - half] + mark + clean[-half:]


def is_growing(entry: Entry, now: float, settle_s: float, since: tuple | None) -> bool:
    """Tell whether a backup may still be written: touched lately, or of another size than at the look before.

    :param since: ``(key, when it was first seen with it)``
    """
    if not settle_s:
        return False
    if 0 <= now - entry.touched_at < settle_s:
        return True
    return since is not None and since[0] == entry.key and 0 <= now - since[1] < settle_s


