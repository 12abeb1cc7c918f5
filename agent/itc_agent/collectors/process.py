"""Programs that must be running: found by name and command line, counted, with age, memory and processor use.

``name`` is looked for in what a process is called: by the system, by its executable, and, where an interpreter runs it, by its script, module or
jar. ``cmdline`` is looked for in the whole command line (words joined by one blank), and the program has to have a part in the find: the executable,
or the interpreter with its options up to the script, module or jar; of a title that a program writes over its command line (``postgres: odoo prod
idle``) what stands before the colon. So an editor, a ``tail``, a shell or somebody's connection that only names a program does not count.
An argument alone (``-d prod``) can be asked for beside a ``name`` that names the program itself, and not only its interpreter. Both are regular
expressions; case counts on Linux and not on Windows; composed and decomposed letters are the same. Of each word the first 1000 signs count, of
the arguments the first 4096.

``jar`` is for Java: the file after ``-jar``, or the main class (``LojServer-*.jar``, ``com.loj.Main``; ``* ?`` are allowed). Only a ``java`` or
``javaw`` that runs this very program counts, not one that has the jar in its class path, and no editor, ``tail`` or shell that names it. A Java
inside another executable (a service wrapper, a launcher that loads it) has no such command line: use ``name``. A Java that takes its program
from an ``@`` file does not tell what it runs: unknown.

The agent, what it starts, and the shells that called it never count. Fewer than ``min_count`` or more than ``max_count`` is critical. Where
processes are hidden from the agent (``hidepid``) or may not be looked into (another user's, without rights), the answer is unknown, unless enough
others were found; and so it is when looking for a pattern takes longer than two seconds.

Listing processes is the dearest thing an agent does: all checks of this kind that are due together share one listing.

Tried on: real programs of Linux, among them Java 17. Not tried on the real thing: SO Engine itself, and command lines of Windows, which are
constructed in the tests.
"""
from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase

import psutil

from .. import patterns
from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import Metric, collector, setting
from ..results import Reading, State
from . import _program
from ._unreadable import UNREADABLE

SHARED_FOR_S = 2.0
# Linux cuts the name of a process after 15 bytes.
CUT_BYTES = 15
CAP_SYS_PTRACE = 1 << 19
NOT_HIDING = {'0', 'off'}
NOT_EVEN_A_GROUP = {'4', 'ptraceable'}
MENTIONS_SHOWN = 3


@dataclass(frozen=True)
class ProcessSettings:
    """Which processes, and how many of them."""

    name: str = setting('str', '', help="Regular expression for the name of the program (`postgres`, `^Loj.*jar$`).")
    cmdline: str = setting('str', '', help="Regular expression for the command line (`odoo(-bin)?\\b.* -d prod`).")
    jar: str = setting('str', '', help="Java: file name of the jar, or main class, that must run (`LojServer-*.jar`).")
    min_count: int = setting('int', 1, help="Fewer than this many is critical.")
    max_count: int = setting('int', 0, help="More than this many is critical; 0: no upper limit.")

    def __post_init__(self):
        if not self.name and not self.cmdline and not self.jar:
            raise ValueError("name, cmdline or jar must be given")
        if set(self.jar) & set('/\\'):
            raise ValueError("jar: expected a file name or a main class, without folders")
        for key in ('name', 'cmdline'):
            patterns.refuse_wrong(key, getattr(self, key))
        if self.min_count < 0 or self.max_count < 0 or 0 < self.max_count < self.min_count:
            raise ValueError("min_count and max_count: expected 0 <= min_count <= max_count (or max_count 0)")


@dataclass(frozen=True, eq=False)
class Seen:
    """A process of a listing.

    :param names: what it can be called; empty when not even that may be read
    :param argv: its command line, None when it may not be read
    """

    process: object
    names: tuple
    argv: tuple | None


@dataclass(frozen=True)
class Found:
    """Matching processes, how many could not be looked into, and the names of those that only mention what was asked for."""

    processes: tuple
    hidden: int
    mentions: tuple = ()


def judge_count(found: Found, blind: str, settings: ProcessSettings) -> tuple[State, str]:
    """Return the finding for the processes found.

    :param blind: why processes may be missing in the listing, empty when none can be
    """
    count, hidden = len(found.processes), found.hidden
    what = f"{counted(count, 'process matches', 'processes match')} " + ' '.join(part for part in (settings.jar, settings.name, settings.cmdline) if part)
    unseen = blind or (f"{hidden} could not be looked into" if hidden else '')
    if settings.max_count and count > settings.max_count:
        return State.CRITICAL, f"{what}, at most {settings.max_count} expected"
    if settings.max_count and (blind or count + hidden > settings.max_count):
        return State.UNKNOWN, f"{what}, but {unseen}"
    if count >= settings.min_count:
        return State.OK, ''
    if unseen:
        return State.UNKNOWN, f"{what}, but {unseen}"
    words = f"{what}, at least {settings.min_count} expected"
    if found.mentions:
        others = counted(len(found.mentions), "only has it among its", "only have it among their")
        words += f"; {others} arguments ({', '.join(sorted(set(found.mentions))[:MENTIONS_SHOWN])})"
    return State.CRITICAL, words


def find(listed, settings: ProcessSettings) -> Found:
    """Return the processes meant, of a list of :class:`Seen`.

    :raises SourceUnavailable: a pattern takes too long
    """
    flags = {'ignore_case': sys.platform == 'win32'}
    listed, untold, naming = _by_jar(listed, settings.jar) if settings.jar else (listed, 0, [])
    called = _by_name(listed, settings, flags)
    hidden = untold + sum(one.argv is None and (not one.names or (bool(settings.cmdline) if called[one] else _may_be_called_more(one))) for one in listed)
    chosen = [one for one in listed if called[one] and (one.argv is not None or not settings.cmdline)]
    mentions = naming
    if settings.cmdline:
        verdicts = _by_cmdline(chosen, settings.cmdline, flags)
        mentions = naming + [one for one, verdict in verdicts if verdict == 'mentions' and not _names_program(one, called[one], settings)]
        chosen = [one for one, verdict in verdicts if verdict and one not in mentions]
    return Found(tuple(one.process for one in chosen if not _has_ended(one.process)), hidden, tuple(one.names[0] for one in mentions))


def _by_jar(listed, jar: str) -> tuple[list, int, list]:
    """Return the processes that run a jar or main class, the number of those that may do so and do not tell, and those that only name it."""
    running, untold, naming = [], 0, []
    for one in listed:
        java = any(map(_program.is_java, one.names))
        program = _program.java_program(one.argv) if java and one.argv else ''
        if one.argv is None:
            untold += java or not one.names
        elif program and is_called(program, jar):
            running.append(one)
        elif java and _program.hides_program(one.argv):
            untold += 1
        elif any(is_called(name, jar) for word in one.argv for name in re.split(r'[\\/:;,=\s]', word[-_program.MAX_WORD:])):
            naming.append(one)
    return running, untold, naming


def is_called(name: str, wanted: str) -> bool:
    """Tell whether a jar or class is the one wanted; as with every name, case counts on Linux and not on Windows."""
    return fnmatchcase(name.lower(), wanted.lower()) if sys.platform == 'win32' else fnmatchcase(name, wanted)


def _by_cmdline(chosen, pattern: str, flags: dict) -> list[tuple]:
    """Return each process with ``'is'`` when the pattern is found in its command line by its program, ``'mentions'`` when by the rest, or ``''``."""
    lines = [_program.split(one.argv) for one in chosen]
    places = patterns.find(pattern, [(head, rest) for head, rest, _blurred in lines], **flags)
    verdicts = ['mentions' if place else '' for place in places]
    # Whether the program has a part in it is asked only of those few that match.
    begun = [index for index, place in enumerate(places) if place == 2]
    texts = [text for head, rest, blurred in map(lines.__getitem__, begun) for text in ((head, ''), (blurred, rest))]
    answers = patterns.find(pattern, texts, **flags)
    for index, alone, without_name in zip(begun, answers[::2], answers[1::2], strict=True):
        if alone or without_name != 2:
            verdicts[index] = 'is'
    return list(zip(chosen, verdicts, strict=True))


def _by_name(listed, settings: ProcessSettings, flags: dict) -> dict:
    """Return for each process those of its names that match; all of them when no name is asked for."""
    if not settings.name:
        return {one: one.names for one in listed}
    pairs = [(one, name) for one in listed for name in one.names]
    places = patterns.find(settings.name, [(name, '') for _one, name in pairs], **flags)
    called = {one: [] for one in listed}
    for (one, name), place in zip(pairs, places, strict=True):
        called[one] += [name] if place else []
    return called


def _names_program(one: Seen, called, settings: ProcessSettings) -> bool:
    """Tell whether the name asked for is the program's own and not that of an interpreter, which runs anything."""
    return bool(settings.name) and any(not _program.interpreter([name]) for name in called)


def _may_be_called_more(one: Seen) -> bool:
    """Tell whether a process whose command line is hidden may have another name there. Windows cuts none."""
    return any(_program.interpreter([name]) or (sys.platform != 'win32' and len(os.fsencode(name)) >= CUT_BYTES) for name in one.names)


def _has_ended(process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except UNREADABLE:
        return False


def measure(processes, now: float, mono: float, before: dict) -> tuple[dict, dict]:
    """Return values of these processes, and their processor seconds to compare with next time.

    :param before: what the last call returned: ``{'mono': …, 'cpu': {(pid, created): seconds}}``, empty at first
    """
    ages, rss, cpu = [], 0, {}
    for process in processes:
        try:
            with process.oneshot():
                created, times = process.create_time(), process.cpu_times()
                ages.append(max(0.0, now - created))
                rss += process.memory_info().rss
                cpu[process.pid, created] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
        except UNREADABLE:
            rss = None
            break
    values = {'oldest_age_s': int(max(ages)), 'rss_bytes': rss} if ages else {}
    if before and mono > before['mono']:
        used = sum(seconds - before['cpu'].get(key, 0.0) for key, seconds in cpu.items())
        values['cpu_pct'] = round(max(0.0, 100 * used / (mono - before['mono'])), 1)
    return values, {'mono': mono, 'cpu': cpu}


def see(process) -> Seen | None:
    """Return what can be known of a process, None when it has ended."""
    name, argv, exe = '', None, ''
    try:
        name = process.name()
        argv = tuple(process.cmdline())
    except psutil.NoSuchProcess:
        return None
    except UNREADABLE:
        argv = () if sys.platform == 'win32' and is_of_system(process) else None
    try:
        # The executable is one more question for each process: asked only where the other names may not be whole.
        exe = process.exe() if len(os.fsencode(name)) >= CUT_BYTES or _program.is_title(argv) else ''
    except UNREADABLE:
        exe = ''
    return Seen(process, tuple(_program.names(name, argv or (), exe)), argv)


def is_of_system(process) -> bool:
    """Tell whether what Windows lists as a process is a part of itself (Registry, Secure System): no program, so there is no command line to tell.

    Such a part has no file; Secure System, which most machines have, has for psutil not even a name.
    """
    try:
        return not process.pid or '\\' not in process.exe()
    except UNREADABLE:
        return False


def family() -> set[int]:
    """Return the process numbers of the agent, of what it started, and of the shells that called it."""
    agent = psutil.Process()
    mine = {agent.pid}
    try:
        mine |= {one.pid for one in agent.children(recursive=True)}
        mine |= {one.pid for one in agent.parents() if _program.is_caller(one.cmdline())}
    except UNREADABLE:
        return mine
    return mine


def listing(shared: dict, mono: float) -> list[Seen]:
    """Return all processes but our own family, not older than two seconds.

    :raises SourceUnavailable: they cannot be listed
    """
    if mono - shared.get('at', float('-inf')) > SHARED_FOR_S:
        try:
            processes, mine = list(psutil.process_iter()), family()
        except UNREADABLE as error:
            raise SourceUnavailable(f"processes cannot be listed: {error}") from error
        if not processes:
            raise SourceUnavailable("the system lists no process at all")
        seen = [see(process) for process in processes if process.pid not in mine]
        shared.update(at=mono, processes=[one for one in seen if one], blind=blindness(*_own_rights()))
    return shared['processes']


def blindness(mounts: str, status: str, groups) -> str:
    """Return why processes of others may be missing in ``/proc``, empty when none can be.

    :param mounts: text of ``/proc/self/mountinfo``
    :param status: text of ``/proc/self/status``
    :param groups: numbers of the groups this process is in
    """
    lines = [line.split() for line in mounts.splitlines()]
    options = next((line[-1] for line in reversed(lines) if len(line) > 6 and line[4] == '/proc' and line[line.index('-') + 1] == 'proc'), '')
    pairs = dict(part.partition('=')[::2] for part in options.split(','))
    hidepid = pairs.get('hidepid', '0')
    powers = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith('CapEff:')), 0)
    in_group = hidepid not in NOT_EVEN_A_GROUP and int(pairs.get('gid', 0)) in groups
    if hidepid in NOT_HIDING or powers & CAP_SYS_PTRACE or in_group:
        return ''
    return f"other users' processes are hidden from the agent (/proc is mounted with hidepid={hidepid})"


def _own_rights() -> tuple[str, str, list]:
    texts = []
    for name in ('mountinfo', 'status'):
        try:
            with open(f'/proc/self/{name}', encoding='utf-8', errors='replace') as file:
                texts.append(file.read())
        except OSError:
            texts.append('')
    return texts[0], texts[1], [os.getegid(), *os.getgroups()] if hasattr(os, 'getgroups') else []


@collector(
    'process', title="Processes running", help="Counts the processes that match a name and a command line.",
    settings=ProcessSettings,
    metrics=[
        Metric('count', '', "Matching processes."),
        Metric('oldest_age_s', 's', "Age of the oldest of them."),
        Metric('rss_bytes', 'B', "Memory they hold together."),
        Metric('cpu_pct', '%', "Processor use of all of them since the last look; 100 is one processor."),
    ],
    shared=True,
)
def collect(settings: ProcessSettings, memory: dict, shared: dict):
    """Count and measure the matching processes."""
    mono = time.monotonic()
    found = find(listing(shared, mono), settings)
    values, memory['cpu'] = measure(found.processes, time.time(), mono, memory.get('cpu') or {})
    state, words = judge_count(found, shared['blind'], settings)
    # A number that may be wrong is none: a limit on it must not find "not running" where nobody could look.
    yield Reading('', {'count': None if state == State.UNKNOWN else len(found.processes), **values}, state, words)
