"""Whether this machine waits for a restart, by the marks that Windows keeps in its registry.

Due is a restart that the component store or Windows Update asks for, or that a new name or domain of the machine needs. Files that wait to be
replaced at the next start are only told: antivirus and printer drivers leave some behind all the time; ``renames`` makes them count.

How long a restart has been due is kept over restarts of the agent; the time at which Windows wrote the mark counts when it is earlier. The limits
on ``pending_days`` are the days of grace. A mark that may not be looked at is unknown, whatever the others say.

Tried on: a registry under Wine. Not tried on the real thing: a Windows that was updated.
"""
from __future__ import annotations

import time
from dataclasses import dataclass

from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import collector, setting
from ._reboot_common import EVERY_S, HELP, LIMITS, METRICS, TIMEOUT_S, TITLE, Reason, reading_of

CBS = r'SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing'
UPDATE = r'SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update'
HIVE = 'HKEY_LOCAL_MACHINE'
SESSION = r'SYSTEM\CurrentControlSet\Control\Session Manager'
NAMES = r'SYSTEM\CurrentControlSet\Control\ComputerName'
NETLOGON = r'SYSTEM\CurrentControlSet\Services\Netlogon'
# 100 ns between 1601, from when Windows counts, and 1970.
EPOCH_DIFFERENCE = 116_444_736_000_000_000


@dataclass(frozen=True)
class RebootSettings:
    """What counts."""

    renames: bool = setting('bool', False, help="Files that wait to be replaced count too, not only updates.")


# What the registry says, as `query` gives it: time at which a mark's key was written, None without one; names of files that wait. For instance
# `{"cbs_at": 1795403564.1, "update_at": None, "renames": ["\\??\\C:\\Windows\\x.tmp"], "names": ["ERP-SRV", "ERP-SRV"], "domain": []}`.


def parse(found: dict, settings: RebootSettings) -> list[Reason]:
    """Return the reasons for a restart. Pure."""
    reasons = []
    if found['cbs_at'] is not None:
        reasons.append(Reason('cbs', "Windows' components were updated", found['cbs_at']))
    if found['update_at'] is not None:
        reasons.append(Reason('update', "Windows Update asks for it", found['update_at']))
    if len({name.lower() for name in found['names'] if name}) > 1:
        reasons.append(Reason('name', f"the machine gets a new name ({found['names'][1]})"))
    if found['domain']:
        reasons.append(Reason('domain', "the machine joins a domain"))
    waiting = [name for name in found['renames'] if name]
    if waiting:
        shown = waiting[0].removeprefix('\\??\\')
        reasons.append(Reason('renames', f"{counted(len(waiting), 'file waits', 'files wait')} to be replaced, first {shown}", counts=settings.renames))
    return reasons


def query() -> dict:
    """Read the registry. :raises SourceUnavailable: a mark may not be looked at"""
    import winreg
    try:
        # The session manager's key is on every Windows: without it this is not the registry that we know.
        if written_at(winreg, SESSION) is None:
            raise SourceUnavailable(f"the registry has no {SESSION}")
        return {
            'cbs_at': written_at(winreg, CBS + r'\RebootPending'), 'update_at': written_at(winreg, UPDATE + r'\RebootRequired'),
            # Pairs of old and new name; without a new one the file is deleted.
            'renames': (value(winreg, SESSION, 'PendingFileRenameOperations') or [])[::2],
            'names': [value(winreg, NAMES + '\\' + one, 'ComputerName') or '' for one in ('ActiveComputerName', 'ComputerName')],
            'domain': [one for one in ('JoinDomain', 'AvoidSpnSet') if value(winreg, NETLOGON, one) is not None],
        }
    except OSError as error:
        raise SourceUnavailable(f"the registry cannot be read: {error.strerror or error}") from error


def opened(winreg, path: str):
    # A Python of 32 bits is shown another registry unless it asks for this one.
    return winreg.OpenKey(getattr(winreg, HIVE), path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)


def written_at(winreg, path: str) -> float | None:
    """Return when a key was written, None when there is none. :raises OSError: it may not be looked at"""
    try:
        with opened(winreg, path) as key:
            return (winreg.QueryInfoKey(key)[2] - EPOCH_DIFFERENCE) / 1e7
    except FileNotFoundError:
        return None


def value(winreg, path: str, name: str):
    """Return a value, None when there is none. :raises OSError: it may not be looked at"""
    try:
        with opened(winreg, path) as key:
            return winreg.QueryValueEx(key, name)[0]
    except FileNotFoundError:
        return None


@collector('pending_reboot', title=TITLE, help=HELP, settings=RebootSettings, metrics=METRICS, limits=LIMITS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: RebootSettings, memory: dict):
    """Look whether a restart is due."""
    yield reading_of(parse(query(), settings), memory['kept'], time.time())
