"""Files that another program holds open: looked at so that it may go on writing, renaming and deleting them."""
from __future__ import annotations

import errno
import os
import stat
import sys
import time
from fnmatch import fnmatch

from .. import time_limit

# Windows: somebody holds the file, or a part of it, for himself alone; mostly for a moment only.
HELD = {32, 33}
TRIES, PAUSE_S = 4, 0.5
GENERIC_READ, SHARE_ALL, OPEN_EXISTING = 0x80000000, 7, 3
MAX_FOUND, MAX_LOOKED_AT = 50_000, 500_000
# The file went between listing and looking, or it is a link that leads nowhere: there is nothing to look at.
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def open_shared(path: str):
    """Return a regular file, opened to read bytes from; whoever holds it is not hindered.

    :raises OSError: it cannot be opened, is held by somebody for himself alone, or is no regular file (a pipe, a device)
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "is no regular file")
    descriptor = _open_windows(path) if sys.platform == 'win32' else os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    return os.fdopen(descriptor, 'rb', buffering=0)


def _open_windows(path: str) -> int:
    """Open with delete sharing, which Python's own ``open`` does not ask for: without it the other program could not rename its file meanwhile."""
    import ctypes
    import msvcrt
    from ctypes import wintypes
    create = ctypes.WinDLL('kernel32', use_last_error=True).CreateFileW
    create.restype = wintypes.HANDLE
    create.argtypes = (wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE)
    code = 0
    for attempt in range(TRIES):
        handle = create(path, GENERIC_READ, SHARE_ALL, None, OPEN_EXISTING, 0, None)
        if handle not in (None, ctypes.c_void_p(-1).value):
            return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)
        code = ctypes.get_last_error()
        if code not in HELD:
            break
        if attempt < TRIES - 1:
            time.sleep(time_limit.left(PAUSE_S))
    raise ctypes.WinError(code)


def is_pattern(text: str) -> bool:
    return any(sign in text for sign in '*?[')


def find_files(pattern: str) -> tuple[list[str], list[str]]:
    """Return the files that a path with ``* ? [`` in it means (``**``: any number of folders), and what could not be looked at, with the reason.

    A path that is there as it stands is that file, whatever signs it holds. Symbolic links to folders, and junctions of Windows, are followed, but not
    by ``**``.

    :raises OSError: the folder where the search begins cannot be read, or there is too much to look at
    """
    if not is_pattern(pattern) or os.path.lexists(pattern):
        return _found_by_name(pattern)
    drive, rest = os.path.splitdrive(pattern)
    parts = [part for part in rest.replace(os.altsep or os.sep, os.sep).split(os.sep) if part]
    fixed = next(index for index, part in enumerate(parts) if is_pattern(part))
    start = drive + os.sep + os.sep.join(parts[:fixed])
    os.scandir(start).close()
    found, unread, looked_at = [], [], 0
    waiting = [(start, tuple(parts[fixed:]))]
    seen = set()
    while waiting:
        folder, left = waiting.pop()
        if (folder, left) in seen:
            continue
        seen.add((folder, left))
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if error.errno not in GONE:
                unread.append(f"{folder}: {error.strerror or error}")
            continue
        looked_at += len(entries)
        for entry in entries:
            deeper, is_file = _follow(entry, left)
            waiting += deeper
            found += [entry.path] if is_file else []
        if len(found) > MAX_FOUND or looked_at > MAX_LOOKED_AT:
            raise OSError(errno.E2BIG, "there is too much to look at: name the folder more closely")
    return sorted(set(found)), unread


def _found_by_name(path: str) -> tuple[list[str], list[str]]:
    """Return a path without a pattern when it is there. :raises OSError: it cannot be told, or not even its folder is there"""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno not in GONE:
            raise
        os.scandir(os.path.dirname(path)).close()
        return [], []
    return [path], []


def _follow(entry, left) -> tuple[list, bool]:
    """Return where to go on from one entry of a folder, and whether it is a file that is meant."""
    name, last = left[0], len(left) == 1
    try:
        if name == '**':
            deeper = [(entry.path, left)] if entry.is_dir(follow_symlinks=False) and not is_junction(entry) else []
            if last:
                return deeper, not entry.is_dir()
            more, is_file = _follow(entry, left[1:])
            return deeper + more, is_file
        if not fnmatch(entry.name, name):
            return [], False
        if last:
            return [], not entry.is_dir()
        return ([(entry.path, left[1:])], False) if entry.is_dir() else ([], False)
    except OSError:
        # What it is cannot be told here; opening it will say why.
        return [], last


def is_junction(entry) -> bool:
    """Tell whether a folder is one of Windows' links to another folder. Every user's folder there holds some that lead in a circle or nowhere."""
    return sys.platform == 'win32' and entry.stat(follow_symlinks=False).st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
