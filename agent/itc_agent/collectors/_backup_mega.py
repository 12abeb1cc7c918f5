"""What MEGA proves of a backup in one of its folders: the folder is synced now, after the backup was finished, and the file up there is as large.

That is the most it offers: it tells no hash of what it holds. MEGAsync's desktop program proves nothing.
"""
from __future__ import annotations

import re

from ..errors import SourceUnavailable
from ..results import State
from . import mega_sync

PROVEN, MISSING, OTHER_SIZE, NOT_SYNCED, UNKNOWN = 'same_size', 'missing', 'other_size', 'not_synced', 'unknown'
# Type, whether it is exported, how, whether it is shared; versions; bytes; time; name.
_LINE = re.compile(r'([-dribx])[-e][-pt][-si]\s+\S+\s+(\d+|-)\s+\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d (.*)')


def proofs(folder: str, entries, user: str) -> dict:
    """Return what MEGA says of each backup: name to ``(one of the codes, in words)``.

    :param entries: as they were listed before MEGA was asked
    :param user: whose MEGAcmd is asked, '' for the agent's own
    """
    try:
        code, words, remote = synced(folder, mega_sync.MegaSyncSettings(user=user))
        sizes = list_remote(remote, mega_sync.MegaSyncSettings(user=user)) if code == PROVEN else {}
    except SourceUnavailable as error:
        code, words, sizes = UNKNOWN, str(error), {}
    if code != PROVEN:
        return {one.name: (code, words) for one in entries}
    return {one.name: compare(one, sizes) for one in entries}


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


def list_remote(remote: str, settings) -> dict:
    """Return name to bytes of what lies in a folder up there. :raises SourceUnavailable: it cannot be listed"""
    if not remote:
        raise SourceUnavailable("MEGAcmd does not say where the folder is up there")
    said = mega_sync.ask(settings, 'ls', '-l', '--time-format=ISO6081_WITH_TIME', remote)
    if said is None or said.code:
        raise SourceUnavailable(f"MEGAcmd does not list {remote}: {said.words if said else mega_sync.NO_SERVER}")
    return parse_list(mega_sync.decode(said.out))


def parse_list(text: str) -> dict:
    """Return name to bytes of the files in a list of MEGAcmd. Pure.

    :raises SourceUnavailable: it is no such list

    >>> parse_list('FLAGS VERS    SIZE   DATE   NAME\\n----    1    5000 2026-11-28T04:00:12 odoo.zip\\nd---    -       - 2026-11-01T04:00:12 old\\n')
    {'odoo.zip': 5000}
    """
    lines = [line.rstrip('\r') for line in text.split('\n') if line.strip()]
    start = next((index for index, line in enumerate(lines) if line.split()[:1] == ['FLAGS'] and line.split()[-1:] == ['NAME']), None)
    if start is None:
        raise SourceUnavailable("MEGAcmd's answer is no list of files")
    found = [_LINE.fullmatch(line) for line in lines[start + 1:]]
    return {match[3]: int(match[2]) for match in found if match and match[1] == '-' and match[2] != '-'}


def compare(entry, sizes: dict) -> tuple[str, str]:
    """Return what the list up there says of one backup. Pure."""
    if entry.is_folder or '/' in entry.name or '\\' in entry.name:
        return UNKNOWN, "of what lies in folders MEGA is not asked"
    size = sizes.get(entry.name)
    if size is None:
        return MISSING, "it is not up there yet"
    if size != entry.size:
        return OTHER_SIZE, f"up there it has {size} bytes"
    return PROVEN, "the folder is synced, and it is as large up there"
