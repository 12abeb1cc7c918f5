"""Whether MEGA's folders are synced: run state, status and error of every sync that MEGAcmd has.

``mega-sync`` is asked (on Windows ``MEGAclient.exe``), where its installers put it (no setting names a program). Each sync is an item, named by its
local folder; with ``folders`` only these are judged, and one that is not in the list is critical.

| MEGAcmd says | here |
|---|---|
| Running, Synced, no error | ok |
| Syncing, Pending, Loading | ok while it lasts no longer than ``max_busy_h``, then a warning |
| Sync Issues (n) | warning: single files are stuck while the sync looks fine |
| Suspended, Disabled, any error, nobody logged in | critical |
| Processing, NONE, a word not known here | unknown |

MEGAcmd belongs to a user. Asked as another user it would start a second, empty server, so its server is looked for first: none is critical (nothing is
synced), one of another user is unknown, unless the agent is root on Linux and ``user`` names whom to ask as. On Windows the agent has to run as that
user, or a person looks.

"Synced" proves nothing for a file that appeared after it was said: look again before a copy is called complete, and bind ``newest_file`` to the
folder. MEGA tells no hash of the remote file.

The desktop program MEGAsync tells nobody whether a folder is synced: its status files are encrypted and its log is no status. Where only that is here,
the answer is unknown and says what to do: install MEGAcmd, or have a person look. Its log's last line can be watched by ``last_row``.

Unknown: not installed, no answer, an empty one (no sync at all and a failure look the same), one without its header.

Tried on: a program that prints tables constructed from MEGAcmd's own source (sync_command.cpp), with real processes as its server.
Not tried on the real thing: MEGAcmd and MEGAsync themselves, which could not be installed.
"""
from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass

from .. import programs
from ..errors import ProgramMissing, SourceUnavailable
from ..judge import clip, counted, seconds_text
from ..registry import Metric, collector, setting
from ..results import Reading, State

# Fixed here, never a setting: settings come from the server, and it must not be able to start programs.
EXES = ((os.path.expandvars(r'%LOCALAPPDATA%\MEGAcmd\MEGAclient.exe'), r'C:\Program Files\MEGAcmd\MEGAclient.exe') if sys.platform == 'win32'
        else ('/usr/bin/mega-exec', '/usr/local/bin/mega-exec', '/snap/bin/mega-exec', '/usr/bin/mega-sync'))
RUNUSER = ('/usr/sbin/runuser', '/sbin/runuser')
SERVERS, DESKTOPS = ('mega-cmd-server', 'megacmdserver'), ('megasync',)
ASK_S = 20.0
# MEGAcmd's own number for "not logged in".
NOT_LOGGED_IN = 57
NO_SERVER = "MEGAcmd's server does not run, so nothing is synced"
NEEDED = ('LOCALPATH', 'RUN_STATE', 'STATUS', 'ERROR')
BUSY_RUNS, BUSY, DEAD_RUNS = {'pending', 'loading'}, {'syncing', 'pending'}, {'suspended', 'disabled'}


@dataclass(frozen=True)
class MegaSyncSettings:
    """Which syncs, and how to ask for them."""

    folders: list = setting('list', (), help="Local folders that must be synced; empty: every sync there is.")
    user: str = setting('str', '', help="User of this machine whose MEGAcmd is asked (Linux, when the agent is root).")
    max_busy_h: float = setting('float', 6.0, help="Hours that a sync may go on before it is a warning.")

    def __post_init__(self):
        if not all(os.path.isabs(one) for one in self.folders):
            raise ValueError("folders: expected absolute paths")
        if self.user and not re.fullmatch(r'[A-Za-z_][\w.-]{0,63}\$?', self.user):
            raise ValueError("user: expected the name of a user")
        if not 0 < self.max_busy_h <= 1000:
            raise ValueError("max_busy_h: expected more than 0 and at most 1000")


# === PARSE === #

def parse_table(text: str) -> list[dict]:
    """Return the syncs of the table, each as column to value. Pure.

    :raises SourceUnavailable: there is no table, or not the whole of one
    """
    lines = [line.rstrip('\r') for line in text.split('\n')]
    start = next((index for index, line in enumerate(lines) if set(NEEDED) <= set(line.split('|'))), None)
    if start is None:
        if text.strip():
            raise SourceUnavailable(f"MEGAcmd's answer is no table of syncs: {clip(text.strip(), 80)}")
        raise SourceUnavailable("MEGAcmd lists no sync at all: there is none, or it could not tell")
    header = lines[start].split('|')
    rows = [line.split('|') for line in lines[start + 1:] if line.strip()]
    if not rows:
        raise SourceUnavailable("MEGAcmd lists no sync at all: there is none, or it could not tell")
    if any(len(row) != len(header) for row in rows):
        raise SourceUnavailable("MEGAcmd's table of syncs is broken off or holds a | in a name")
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]


def parse(text: str, settings: MegaSyncSettings, now: float, kept: dict) -> list[Reading]:
    """Return the readings of the table. Pure, but for ``kept``.

    :param kept: ``busy``: local folder to the time since when it has not been seen synced, seconds since 1970
    :raises SourceUnavailable: there is no table
    """
    rows = {tidy(row['LOCALPATH']): row for row in parse_table(text)}
    known = kept.get('busy')
    before = {folder: at for folder, at in known.items() if isinstance(at, (int, float))} if isinstance(known, dict) else {}
    busy = {folder: min(before.get(folder, now), now) for folder, row in rows.items() if row['STATUS'].lower() != 'synced'}
    kept['busy'] = {folder: int(at) for folder, at in busy.items()}
    wanted = {tidy(one): one for one in settings.folders} or {folder: row['LOCALPATH'] for folder, row in rows.items()}
    missing = [Reading(shown, {'synced': 0}, State.CRITICAL, "is no folder that MEGAcmd syncs") for folder, shown in wanted.items() if folder not in rows]
    return missing + [judge(shown, rows[folder], now - busy.get(folder, now), settings) for folder, shown in wanted.items() if folder in rows]


def judge(item: str, row: dict, busy_s: float, settings: MegaSyncSettings) -> Reading:
    """Return the reading of one sync. Pure.

    :param busy_s: how long it has not been seen synced
    """
    run, status, error = (row[key].lower() for key in ('RUN_STATE', 'STATUS', 'ERROR'))
    issues = re.fullmatch(r'sync issues \((\d+)\)', error)
    values = {'synced': int(run == 'running' and status == 'synced'), 'busy_s': int(busy_s), 'issues': int(issues[1]) if issues else 0}
    if error not in ('no', '') and not issues:
        return Reading(item, {**values, 'issues': None}, State.CRITICAL, f"MEGA reports an error: {clip(row['ERROR'], 120)}")
    if run in DEAD_RUNS:
        return Reading(item, values, State.CRITICAL, f"the sync is {run}")
    if issues:
        stuck = counted(int(issues[1]), "file or folder is stuck", "files or folders are stuck")
        return Reading(item, values, State.WARNING, f"{stuck} (mega-sync-issues lists them)")
    if error == '' or (run != 'running' and run not in BUSY_RUNS) or (status not in BUSY and status != 'synced' and run == 'running'):
        words = f"MEGA does not tell whether it is synced ({row['RUN_STATE']}, {row['STATUS']}, {row['ERROR'] or 'no error column'})"
        return Reading(item, {**values, 'synced': None}, State.UNKNOWN, words)
    if values['synced']:
        return Reading(item, values, State.OK, "synced")
    late = busy_s > settings.max_busy_h * 3600
    return Reading(item, values, State.WARNING if late else State.OK, f"not synced yet ({status if run == 'running' else run} for {seconds_text(busy_s)})")


def tidy(path: str) -> str:
    """Return a folder as it can be compared: no long-path mark, no slash at the end, on Windows' paths no case.

    >>> tidy('/srv/Backups/'), tidy(r'\\\\?\\D:\\Backups\\Odoo'), tidy('d:/backups/odoo/')
    ('/srv/Backups', 'd:/backups/odoo', 'd:/backups/odoo')
    """
    path = path.strip().removeprefix('\\\\?\\')
    if re.match(r'[A-Za-z]:|\\\\', path):
        path = path.replace('\\', '/').lower()
    return path.rstrip('/') or '/'


def decode(data: bytes) -> str:
    """Return the text of an answer; on Windows it can come in wide characters."""
    return data.decode('utf-16-le' if data[1:200:2].count(0) > len(data[:200]) // 4 else 'utf-8', 'replace').lstrip('\ufeff')


# === WHOSE SERVER === #

def owners(names) -> list[str]:
    """Return the users of the running programs with one of these names, an empty name where it may not be known.

    :raises SourceUnavailable: processes cannot be listed, or those of others are hidden from the agent
    """
    import psutil

    from ._unreadable import UNREADABLE, untold
    found, nameless = [], 0
    try:
        processes = list(psutil.process_iter())
    except UNREADABLE as error:
        raise SourceUnavailable(f"processes cannot be listed, so whether MEGA runs cannot be told: {error}") from error
    for process in processes:
        try:
            if process.name().lower().removesuffix('.exe') not in names:
                continue
        except psutil.NoSuchProcess:
            continue
        except UNREADABLE:
            nameless += 1
            continue
        try:
            found.append(process.username())
        except psutil.NoSuchProcess:
            continue
        except UNREADABLE:
            found.append('')
    if not found and nameless:
        raise SourceUnavailable(f"{untold(nameless)}, so whether MEGA runs cannot be told")
    if not processes and sys.platform == 'win32':
        raise SourceUnavailable("the system lists no process at all, so whether MEGA runs cannot be told")
    if not found and sys.platform != 'win32':
        try:
            psutil.Process(1).name()
        except UNREADABLE as error:
            raise SourceUnavailable("other users' processes are hidden from the agent: whether MEGA runs cannot be told") from error
    return found


def choose_user(found, mine: str, settings: MegaSyncSettings, *, is_root: bool) -> str:
    """Return as whom MEGAcmd is to be asked, empty for the agent's own user. Pure.

    :param found: users of the running servers
    :param mine: the agent's user
    :raises SourceUnavailable: none of these servers can be asked
    """
    wanted = settings.user or mine
    if not any(is_same_user(one, wanted) for one in found):
        raise SourceUnavailable(f"MEGAcmd runs as {', '.join(sorted(set(found) - {''})) or 'another user'}, not as {wanted}: asking as {wanted} would "
                                "start a second, empty one")
    if is_same_user(wanted, mine):
        return ''
    if not is_root:
        raise SourceUnavailable(f"MEGAcmd runs as {wanted}, the agent as {mine}, and only root on Linux may ask as another user")
    return wanted


def is_same_user(one: str, other: str) -> bool:
    """Tell whether two user names mean the same; Windows puts the machine's name in front."""
    return one.rpartition('\\')[2].lower() == other.rpartition('\\')[2].lower() if sys.platform == 'win32' else one == other


# === LOOK === #

def query(settings: MegaSyncSettings) -> programs.Output | Reading:
    """Return what MEGAcmd says, or the reading when its server does not run.

    :raises SourceUnavailable: it cannot be asked
    """
    return ask(settings, 'sync', '--col-separator=|') or Reading('', {'synced': 0}, State.CRITICAL, NO_SERVER)


def ask(settings: MegaSyncSettings, *words: str, max_bytes: int = programs.MAX_BYTES) -> programs.Output | None:
    """Return what MEGAcmd says to a command, None when its server does not run.

    :raises ProgramMissing: it is not here
    :raises SourceUnavailable: it cannot be asked
    """
    import psutil
    exe = programs.find(EXES)
    if exe is None:
        if owners(DESKTOPS):
            raise ProgramMissing("only MEGAsync's desktop program is here, which tells nobody whether a folder is synced: install MEGAcmd, "
                               "or have a person look")
        raise ProgramMissing(f"MEGAcmd is not installed here (looked for {', '.join(EXES)})")
    found = owners(SERVERS)
    if not found:
        return None
    user = choose_user(found, psutil.Process().username(), settings, is_root=hasattr(os, 'geteuid') and os.geteuid() == 0)
    if os.path.basename(exe).lower().startswith('mega-sync'):
        if words[0] != 'sync':
            raise SourceUnavailable(f"only {exe} is here, which can be asked for syncs alone")
        words = words[1:]
    command = [exe, *words]
    if user:
        runuser = programs.find(RUNUSER)
        if runuser is None:
            raise SourceUnavailable("runuser is not here, so nobody can be asked as another user")
        command = [runuser, '-u', user, '--', *command]
    return programs.run(command, ASK_S, env=environment(user), max_bytes=max_bytes, name='MEGAcmd')


def environment(user: str) -> dict:
    """Return the environment in which MEGAcmd finds its server: that of its user."""
    if sys.platform == 'win32':
        return dict(os.environ)
    import pwd
    entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
    runtime = {'XDG_RUNTIME_DIR': f'/run/user/{entry.pw_uid}'} if os.path.isdir(f'/run/user/{entry.pw_uid}') else {}
    return {'HOME': entry.pw_dir, 'USER': entry.pw_name, 'LOGNAME': entry.pw_name, 'LC_ALL': 'C.UTF-8', 'PATH': '/usr/bin:/bin:/usr/local/bin', **runtime}


@collector(
    'mega_sync', title="MEGA syncs", help="State, status and errors of the folders that MEGAcmd syncs.",
    settings=MegaSyncSettings,
    metrics=[
        Metric('synced', '', "1 when synced, 0 otherwise."),
        Metric('busy_s', 's', "How long it has not been seen synced."),
        Metric('issues', '', "Files and folders that are stuck."),
    ],
    every_s=600, timeout_s=30,
)
def collect(settings: MegaSyncSettings, memory: dict):
    """Ask MEGAcmd, when its server runs and can be asked."""
    said = query(settings)
    if isinstance(said, Reading):
        yield said
    elif said.code == NOT_LOGGED_IN:
        yield Reading('', {'synced': 0}, State.CRITICAL, "nobody is logged in to MEGA, so nothing is synced")
    elif said.code:
        raise SourceUnavailable(f"MEGAcmd ended with an error: {said.words}")
    else:
        yield from parse(decode(said.out), settings, time.time(), memory.setdefault('kept', {}))
