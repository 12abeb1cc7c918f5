"""How this machine went down before it was booted: shut down, or cut off. Asked once after each boot.

The system's own records tell it: the end of the last boot in the journal and the list of boots and shutdowns (wtmp) on Linux, the system log on
Windows. Where they contradict each other nobody can tell. Where there is none, only the agent's own end is known: it was stopped in order, or it
just ended, and that can have been the agent alone.

Tried on: real journals of two boots, lists of boots that ``last`` reads too. Not tried on the real thing: Windows' own records of a stop, which are
constructed, and a power cut.
"""
from __future__ import annotations

import logging
import struct
import sys

from . import programs, system_logs, time_limit
from .errors import AgentError

_logger = logging.getLogger(__name__)
LIMIT_S = 8.0
BOOT_ID = '/proc/sys/kernel/random/boot_id'
WTMP, UTMP, MAX_WTMP = '/var/log/wtmp', '/run/utmp', 2 ** 21
JOURNAL: tuple = ()  # where the journal is, as journalctl's arguments; nothing: this machine's
LAST_ENTRIES, LAST_EVENTS = 300, 60
JOURNAL_STOPPED, JOURNAL_STARTED = 'd93fb3c9c24d451a97cea615ce59c00b', 'f77379a8490b408bbe5f6940505a777b'
SHUTDOWN_BEGUN = '98268866d1d54a499c4e98921d93bc40'
GOING_DOWN = {'shutdown.target', 'reboot.target', 'poweroff.target', 'halt.target', 'kexec.target', 'final.target'}
# Record of wtmp: type, line, id, user, host, seconds. The second form is that of 64-bit ARM.
LAYOUTS = {384: '<h2xi32s4s32s256shhiii16s20x', 400: '<h2xi32s4s32s256shh4xqqq16s20x'}
SECONDS = 4  # place of the time behind the user
RUN_LEVEL, BOOT_TIME, MAX_TYPE = 1, 2, 9
SAME_BOOT_S = 600


def was_clean(agent_was_stopped: bool) -> bool | None:
    """Return whether the machine was shut down properly before this boot, None when it cannot be told. Never raises.

    :param agent_was_stopped: the agent's last end was in order
    """
    verdicts = []
    with time_limit.of(LIMIT_S):
        for ask in (ask_events,) if sys.platform == 'win32' else (ask_journal, ask_wtmp):
            try:
                verdicts.append(ask())
            except (AgentError, OSError, ValueError) as error:
                _logger.info("how the machine went down: %s: %s", ask.__name__, error)
            except Exception as error:  # noqa: BLE001  the agent starts whatever the records hold
                _logger.warning("how the machine went down: %s failed: %s: %s", ask.__name__, type(error).__name__, error)
    return judge(verdicts, agent_was_stopped)


def judge(verdicts, agent_was_stopped: bool) -> bool | None:
    """Return what the records say together; an agent that was stopped in order counts where there is none, one that just ended proves nothing.

    >>> judge([True, None], False), judge([None, False], True), judge([True, False], True), judge([None, None], True), judge([], False)
    (True, False, None, True, None)
    """
    told = {one for one in verdicts if one is not None}
    if len(told) == 1:
        return told.pop()
    return True if not told and agent_was_stopped else None


# === JOURNAL === #

def ask_journal() -> bool | None:
    """Ask for the end of the boot before this one. :raises AgentError: there is none"""
    tool = programs.find(system_logs.JOURNALCTL)
    if tool is None:
        return None
    with open(BOOT_ID, encoding='ascii') as file:
        boot = file.read().strip().replace('-', '')
    command = [tool, '--no-pager', '-o', 'json', '--output-fields=MESSAGE_ID,UNIT,_UID,_TRANSPORT', *JOURNAL]
    done = programs.run([*command, '-b', f'{boot}-1', '-n', str(LAST_ENTRIES)], LIMIT_S)
    # What it complains about (a damaged file, entries that this user may not see) makes the end uncertain.
    return None if done.code or done.err.strip() else end_of_boot(done.out.decode('utf-8', 'replace'))


def end_of_boot(text: str) -> bool | None:
    """Return how a boot ended, from its last entries as ``journalctl -o json`` gives them. Pure.

    True when the journal was stopped last, False when it breaks off in the middle of work, None when the machine was going down but the end is
    not there (it may not have reached the disk), and when there is no entry of the system: a user who may not read those sees only his own.
    """
    import json
    seen = stopped = going = False
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            ident, unit = entry.get('MESSAGE_ID'), entry.get('UNIT')
        except (ValueError, AttributeError, RecursionError):
            continue
        seen = seen or entry.get('_UID') == '0' or entry.get('_TRANSPORT') in ('kernel', 'driver')
        if ident in (JOURNAL_STOPPED, JOURNAL_STARTED):  # it is also started anew in the middle of a boot
            stopped = ident == JOURNAL_STOPPED
        going = going or ident == SHUTDOWN_BEGUN or unit in GOING_DOWN
    if stopped:
        return True
    return False if seen and not going else None


# === WTMP === #

def ask_wtmp() -> bool | None:
    """Ask the list of boots and shutdowns."""
    import psutil
    with open(WTMP, 'rb') as file:
        size = file.seek(0, 2)
        for length in LAYOUTS:
            if size and size % length == 0:
                file.seek(max(0, size - MAX_WTMP // length * length))
                verdict = end_in_wtmp(file.read(), length, [psutil.boot_time(), *boots_of(UTMP, length)])
                if verdict is not None:
                    return verdict
    return None


def boots_of(path: str, length: int) -> list[int]:
    """Return when this boot was by the list of who is logged in, which is made anew at each: by the clock of then, as in wtmp, right or wrong."""
    try:
        with open(path, 'rb') as file:
            data = file.read(MAX_WTMP)
    except OSError:
        return []
    return [at for is_stop, at in marks_of(data[:len(data) // length * length], length) if not is_stop]


def marks_of(data: bytes, length: int) -> list[tuple[bool, int]]:
    """Return the boots and shutdowns of a list, in its order: whether it is a shutdown, and when; none of a list of another form. Pure."""
    marks = []
    for kind, _pid, _line, _ident, user, *rest in struct.iter_unpack(LAYOUTS[length], data):
        if not 0 <= kind <= MAX_TYPE:
            return []
        if (kind, user.split(b'\x00')[0]) in ((BOOT_TIME, b'reboot'), (RUN_LEVEL, b'shutdown')):
            marks.append((kind == RUN_LEVEL, rest[SECONDS]))
    return marks


def end_in_wtmp(data: bytes, length: int, booted_at) -> bool | None:
    """Return what stands before this boot in wtmp: a shutdown, or another boot without one. Pure.

    :param booted_at: times that this boot may bear; a list without it is of no use, nor is one that begins with it
    """
    marks = marks_of(data, length)
    boots = [place for place, (is_stop, at) in enumerate(marks) if not is_stop]
    if not boots or not boots[-1] or not any(abs(marks[boots[-1]][1] - at) < SAME_BOOT_S for at in booted_at):
        return None
    return marks[boots[-1] - 1][0]


# === WINDOWS === #

def ask_events() -> bool | None:
    """Ask the system log. :raises AgentError: it cannot be read"""
    wanted = ' or '.join(f'EventID={one}' for one in (13, 41, 6005, 6006, 6008))
    answer = system_logs.ask_wevtutil('qe', 'System', f'/q:*[System[({wanted})]]', '/f:XML', '/rd:true', f'/c:{LAST_EVENTS}', '/uni:true')
    return end_in_events(marks_in(answer))


def marks_in(text: str) -> list:
    """Return number, provider and id of each event of a stream; what is none says nothing. Pure."""
    found = []
    for one in system_logs.events_of(text):
        try:
            found.append(system_logs.taken_apart(one)[1:])
        except ValueError:
            continue
    return found


def end_in_events(records) -> bool | None:
    """Return what the system log says of the end before this boot, by the order of its records: clocks can be wrong after a power cut. Pure.

    The newest start of the log service (6005) is of this boot, because the log answers. False when the kernel (Kernel-Power 41) or the log service
    (6008) tells of a cut since the last stop, True when the log service (6006) or the kernel (Kernel-General 13) was stopped right before, None when
    neither stands there.

    :param records: number, provider and event id of events
    """
    has_started = False
    for _number, source, ident in sorted(records, reverse=True):
        if (source, ident) in (('Microsoft-Windows-Kernel-Power', '41'), ('EventLog', '6008')):
            return False
        if (source, ident) in (('EventLog', '6006'), ('Microsoft-Windows-Kernel-General', '13')):
            return True if has_started else None
        if (source, ident) == ('EventLog', '6005'):
            if has_started:
                return None
            has_started = True
    return None
