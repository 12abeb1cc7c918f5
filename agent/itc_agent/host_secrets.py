"""Secrets that stand on the host: one small file each, in the folder ``secrets`` of the agent's state folder.

Settings come from the server, so they can only choose among these files, by bare name: never a path. Whoever owns the server must not be able to
have another file of this host read. Each kind that uses a secret also checks its shape, so that one's secret is no use to another.
"""
from __future__ import annotations

import os
import re
import stat
import sys
import time
from pathlib import Path

from . import permissions
from .config import DEFAULT_STATE_DIR
from .errors import SourceUnavailable

FOLDER = 'secrets'
MAX_BYTES = 1024
TRUSTED_FOR_S = 3600
# Names that Windows takes for devices, in any folder.
DEVICES = 'con|prn|aux|nul|com[0-9]|lpt[0-9]'
_place = {'folder': Path(DEFAULT_STATE_DIR) / FOLDER}
_private: dict = {}


def use(state_dir) -> None:
    """Let secrets be read from the state folder of this agent."""
    _place['folder'] = Path(state_dir) / FOLDER


def check_name(name: str, key: str) -> None:
    """Return when ``name`` can be the name of a secret. :raises ValueError: it cannot, the setting ``key`` is named

    >>> check_name('snmp-office_2', 'secret')
    """
    if not re.fullmatch('[a-z0-9_-]{1,40}', name) or re.fullmatch(DEVICES, name):
        raise ValueError(f"{key}: expected the name of a file in the agent's folder {FOLDER}: a to z, 0 to 9, _ and -, at most 40, no path")


def read(name: str) -> str:
    """Return the text of a secret.

    :raises SourceUnavailable: missing, no plain file, readable by others, too long, no text; the words hold nothing of what is in it
    """
    check_name(name, 'secret')
    path = _place['folder'] / name
    try:
        _check_folder(path.parent)
        data = _read_file(path)
    except OSError as error:
        raise SourceUnavailable(f"the secret {path} cannot be read: {error.strerror or type(error).__name__}") from error
    if len(data) > MAX_BYTES:
        raise SourceUnavailable(f"the secret {path} has more than {MAX_BYTES} bytes")
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError:
        # Not chained: that error would hold the bytes.
        raise SourceUnavailable(f"the secret {path} is no text in UTF-8") from None


def _check_folder(folder) -> None:
    """Refuse a folder that leads elsewhere, or in which others may put files. :raises OSError: it cannot be looked at"""
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode) or getattr(status, 'st_reparse_tag', 0):
        raise SourceUnavailable(f"{folder} is no folder of its own")
    if sys.platform != 'win32' and (trouble := permissions.posix_problems(folder, status, os.geteuid(), secret=False)):
        raise SourceUnavailable(f"{trouble[0]}; only the agent may change it")


def _read_file(path) -> bytes:
    """Return the bytes of a file that only the agent may read; one more than are allowed when there are more."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise SourceUnavailable(f"the secret {path} is no plain file")
    # Not followed and not waited for, should it have been exchanged meanwhile; what was opened is what is looked at.
    flags = os.O_RDONLY | sum(getattr(os, one, 0) for one in ('O_NOFOLLOW', 'O_NONBLOCK', 'O_CLOEXEC', 'O_BINARY', 'O_NOCTTY'))
    with open(os.open(path, flags), 'rb') as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise SourceUnavailable(f"the secret {path} is no plain file")
        if trouble := _problems(path, status):
            raise SourceUnavailable(f"{trouble[0]}; only the agent may read it")
        return file.read(MAX_BYTES + 1)


def _problems(path, status) -> list[str]:
    """Return what is wrong with the permissions; on Windows that takes a program, so it is asked once an hour and after each change."""
    if sys.platform != 'win32':
        return permissions.posix_problems(path, status, os.geteuid(), secret=True)
    known, now = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns), time.monotonic()
    before, at = _private.get(str(path), (None, 0.0))
    if before == known and now - at < TRUSTED_FOR_S:
        return []
    trouble = permissions.problems(path, secret=True)
    if not trouble:
        _private[str(path)] = known, now
    return trouble
