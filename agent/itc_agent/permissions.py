"""Who may read or change a file of the agent. The key is worth as much as the host, so only its owner and the system may have it."""
from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile

# Language-independent names of Windows: LocalSystem, Administrators, owner rights, creator owner.
TRUSTED = {'SY', 'BA', 'OW', 'CO', 'S-1-5-18', 'S-1-5-32-544', 'S-1-3-4', 'S-1-3-0'}


def make_private(path) -> None:
    """Take everybody but the owner and the system off a file or folder."""
    if sys.platform == 'win32':
        _icacls(str(path), '/inheritance:r', '/grant:r', '*S-1-5-18:F', '*S-1-5-32-544:F', '*S-1-3-4:F')
    else:
        os.chmod(path, 0o700 if os.path.isdir(path) else 0o600)


def problems(path, *, secret: bool) -> list[str]:
    """Return what is wrong with the permissions of ``path``, as sentences.

    :param secret: reading counts too, not only changing
    :raises OSError: it is not there (FileNotFoundError), or they cannot be told
    """
    if sys.platform == 'win32':
        os.stat(path)
        return [f"{path}: {who} has access" for who in strangers(_sddl(str(path)))] if secret else []
    return posix_problems(path, os.stat(path), os.geteuid(), secret=secret)


def posix_problems(path, status, own_uid: int, *, secret: bool) -> list[str]:
    """Return the problems of a POSIX ``os.stat`` result for a process of user ``own_uid``."""
    found = []
    if status.st_uid not in (0, own_uid):
        found.append(f"{path}: belongs to user {status.st_uid}, not to root or to the agent's user")
    forbidden = 0o077 if secret else 0o022
    if stat.S_IMODE(status.st_mode) & forbidden:
        verb = 'read or changed' if secret else 'changed'
        found.append(f"{path}: mode {stat.S_IMODE(status.st_mode):04o} lets it be {verb} by others")
    return found


def strangers(sddl: str) -> list[str]:
    """Return the trustees of an SDDL text who are allowed something and are neither the system nor administrators nor the owner.

    >>> strangers('D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)')
    ['BU']
    """
    entries = re.findall(r'\(([^)]*)\)', sddl.split('S:')[0])
    allowed = [entry.split(';') for entry in entries]
    return [parts[5] for parts in allowed if len(parts) >= 6 and parts[0] in ('A', 'OA') and parts[5] not in TRUSTED]


def _sddl(path: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, 'acl.txt')
        _icacls(path, '/save', target)
        # Where it wrote nothing the file asked about is there all the same: this must not look as if that one were gone.
        if not os.path.isfile(target):
            raise OSError(errno.EIO, "icacls did not tell who may read or change it")
        with open(target, encoding='utf-16') as file:
            return file.read()


def _icacls(*arguments: str) -> None:
    import subprocess
    tool = os.path.join(os.environ.get('SystemRoot', r'C:\Windows'), 'System32', 'icacls.exe')
    try:
        subprocess.run([tool, *arguments], check=True, timeout=20, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.SubprocessError as error:
        raise OSError(errno.EIO, f"icacls failed: {error}") from error
