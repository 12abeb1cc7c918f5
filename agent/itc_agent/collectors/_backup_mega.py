"""What MEGA proves of a backup in one of its folders: the folder is synced now, after the backup was finished, and each of its files is as large up there.

That is the most it offers: it tells no hash of what it holds. MEGAsync's desktop program proves nothing.
"""
from __future__ import annotations

import os
import re
import unicodedata

from ..errors import ProgramMissing, SourceUnavailable
from ..judge import counted
from ..results import State
from . import _backup_list, mega_sync

PROVEN, MISSING, OTHER_SIZE, NOT_SYNCED, UNKNOWN = 'same_size', 'missing', 'other_size', 'not_synced', 'unknown'
NOT_INSTALLED = 'not_installed'
MAX_LIST = 2 ** 24  # bytes of a list with all its folders: some hundred thousand files
# Type, whether it is exported, how, whether it is shared; versions; bytes; time; name.
_LINE = re.compile(r'([-dribx])[-e][-pt][-si]\s+\S+\s+(\d+|-)\s+\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d (.*)')


def proofs(folder: str, entries, user: str) -> dict:
    """Return what MEGA says of each backup: name to ``(one of the codes, in words)``.

    :param entries: as they were listed before MEGA was asked
    :param user: whose MEGAcmd is asked, '' for the agent's own
    """
    settings, sizes = mega_sync.MegaSyncSettings(user=user), {}
    try:
        code, words, remote = synced(folder, settings)
        if code == PROVEN:
            sizes = list_remote(remote, settings, is_deep=any(one.is_folder or '/' in key_of(one.name) for one in entries))
    except ProgramMissing as error:
        code, words = NOT_INSTALLED, str(error)
    except SourceUnavailable as error:
        code, words = UNKNOWN, str(error)
    if code != PROVEN:
        return {one.name: (code, words) for one in entries}
    return {one.name: proof(folder, one, sizes) for one in entries}


def synced(folder: str, settings) -> tuple[str, str, str]:
    """Return whether the sync in which a folder lies is synced, in words, and where it is up there. :raises SourceUnavailable: it cannot be told"""
    said = mega_sync.ask(settings, 'sync', '--col-separator=|')
    if said is None:
        return NOT_SYNCED, mega_sync.NO_SERVER, ''
    if said.code == mega_sync.NOT_LOGGED_IN:
        return NOT_SYNCED, "nobody is logged in to MEGA, so nothing is synced", ''
    if said.code:
        raise SourceUnavailable(f"MEGAcmd ended with an error: {said.words}")
    here = mega_sync.tidy(folder)
    rows = {mega_sync.tidy(row['LOCALPATH']): row for row in mega_sync.parse_table(mega_sync.decode(said.out))}
    above = max((one for one in rows if here == one or here.startswith(one.rstrip('/') + '/')), key=len, default=None)
    if above is None:
        return NOT_SYNCED, "the folder is in none that MEGAcmd syncs", ''
    reading = mega_sync.judge('', rows[above], 0, settings)
    if not reading.values['synced']:
        return (UNKNOWN if reading.finding == State.UNKNOWN else NOT_SYNCED), reading.text, ''
    # The name below the sync as it is written, not as it was compared.
    below = folder.replace('\\', '/').rstrip('/')[len(above.rstrip('/')):] if len(folder.rstrip('/\\')) >= len(above) else ''
    return PROVEN, '', rows[above].get('REMOTEPATH', '').rstrip('/') + below


def list_remote(remote: str, settings, *, is_deep: bool) -> dict:
    """Return path below to bytes of the files in a folder up there.

    :param is_deep: those in its folders too
    :raises SourceUnavailable: it cannot be listed
    """
    if not remote:
        raise SourceUnavailable("MEGAcmd does not say where the folder is up there")
    said = mega_sync.ask(settings, 'ls', '-lr' if is_deep else '-l', '--time-format=ISO6081_WITH_TIME', remote, max_bytes=MAX_LIST)
    if said is None or said.code:
        raise SourceUnavailable(f"MEGAcmd does not list {remote}: {said.words if said else mega_sync.NO_SERVER}")
    rows = rows_of(mega_sync.decode(said.out))
    return parse_deep_list(rows) if is_deep else parse_list(rows)


def rows_of(text: str) -> list:
    """Return the lines of a list of MEGAcmd below its header. :raises SourceUnavailable: it is no such list"""
    lines = [line.rstrip('\r') for line in text.split('\n') if line.strip()]
    start = next((index for index, line in enumerate(lines) if line.split()[:1] == ['FLAGS'] and line.split()[-1:] == ['NAME']), None)
    if start is None:
        raise SourceUnavailable("MEGAcmd's answer is no list of files")
    return lines[start + 1:]


def parse_list(rows: list) -> dict:
    """Return name to bytes of the files in the list of one folder. Pure.

    >>> parse_list(['----    1    5000 2026-11-28T04:00:12 odoo.zip', 'd---    -       - 2026-11-01T04:00:12 old'])
    {'odoo.zip': 5000}
    """
    found = [_LINE.fullmatch(line) for line in rows]
    return {key_of(match[3], '/'): int(match[2]) for match in found if match and match[1] == '-' and match[2] != '-'}


def parse_deep_list(rows: list) -> dict:
    """Return path below to bytes of the files in the list of a folder and all its folders. Pure.

    Each folder has a head of its own, its path and a colon, in the order in which the one above lists them: one that is not where it has to be, or is
    missing at the end, says that this is not the whole list.

    :raises SourceUnavailable: it is not whole, or cannot be told apart

    >>> parse_deep_list(['up:', 'd---    -       - 2026-11-01T04:00:12 in', '/up/in:', '----    1    5000 2026-11-28T04:00:12 a.zip'])
    {'in/a.zip': 5000}
    """
    if not rows or not rows[0].endswith(':'):
        raise SourceUnavailable("MEGAcmd's list of files begins with no folder")
    sizes, below, inner, waiting = {}, '', [], []
    for line in rows[1:]:
        match = _LINE.fullmatch(line)
        if match is None:
            waiting += reversed(inner)
            inner, below = [], waiting.pop() if waiting else None
            if below is None or not line.endswith(f'/{below[:-1]}:'):
                raise SourceUnavailable(f"MEGAcmd's list of files cannot be told apart at {line[:80]}")
        elif match[1] != '-':
            inner.append(f'{below}{match[3]}/')
        elif match[2] != '-':
            sizes[key_of(below + match[3], '/')] = int(match[2])
    if waiting or inner:
        raise SourceUnavailable("MEGAcmd's list of files is broken off")
    return sizes


def key_of(path: str, separator: str = os.sep) -> str:
    """Return a path below a folder as it can be compared: MEGA keeps letters with their signs in one piece."""
    return unicodedata.normalize('NFC', path.replace(separator, '/'))


def proof(folder: str, entry, sizes: dict) -> tuple[str, str]:
    """Return what the list up there says of one backup."""
    if not entry.is_folder:
        return compare({key_of(entry.name): entry.size}, sizes)
    refused = []
    try:
        root = os.path.join(_backup_list.long_path(folder), entry.name)
        files = _backup_list.walk(root, lambda below, error: refused.append(f"{below or entry.name}: {error.strerror or error}"))
    except (OSError, SourceUnavailable) as error:
        return UNKNOWN, f"what has to be up there cannot be listed: {error}"
    if refused:
        return UNKNOWN, f"what has to be up there cannot be listed: {refused[0]}"
    if sum(status.st_size for _path, status in files) != entry.size:
        return UNKNOWN, "it was changed while MEGA was asked"
    return compare({key_of(f'{entry.name}{os.sep}{path}'): status.st_size for path, status in files}, sizes)


def compare(files: dict, sizes: dict) -> tuple[str, str]:
    """Return what the list up there says of a backup, of all its files the first thing that is wrong. Pure.

    :param files: path below the place to bytes, one of what is no folder

    >>> compare({'b/1': 5, 'b/2': 7}, {'b/1': 5}), compare({'b/1': 5}, {'b/1': 5, 'b/2': 7})[0], compare({}, {})[0]
    (('missing', 'b/2 is not up there yet'), 'same_size', 'unknown')
    """
    if not files:
        return UNKNOWN, "there is no file in it"
    missing = sorted(files.keys() - sizes.keys())
    other = sorted(path for path in files.keys() & sizes.keys() if files[path] != sizes[path])
    if len(files) == 1 and missing:
        return MISSING, "it is not up there yet"
    if missing:
        others = f", nor {'is' if len(missing) == 2 else 'are'} {len(missing) - 1} more of its {len(files)} files" if missing[1:] else ''
        return MISSING, f"{missing[0]} is not up there yet{others}"
    if other:
        which = "it" if len(files) == 1 else other[0]
        return OTHER_SIZE, f"up there {which} has {counted(sizes[other[0]], 'byte')}"
    return PROVEN, "the folder is synced, and it is as large up there" if len(files) == 1 else "the folder is synced, and all its files are as large up there"
