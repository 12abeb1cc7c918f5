"""Programs that must be running: found by name and command line, counted, with age, memory and processor use.

``name`` and ``cmdline`` are regular expressions; both must be found somewhere in the process' name and in its command line (arguments joined by
one blank). Case counts on Linux and not on Windows. The agent itself never counts. Fewer than ``min_count`` or more than ``max_count`` is
critical. A process whose command line may not be read (another user's, without rights) could be the one: then the answer is unknown, unless
enough others were found.

Listing processes is the dearest thing an agent does: all checks of this kind that are due together share one listing.
"""
from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass

import psutil

from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Reading, State

SHARED_FOR_S = 2.0


@dataclass(frozen=True)
class ProcessSettings:
    """Which processes, and how many of them."""

    name: str = setting('str', '', help="Regular expression for the process name (`postgres`, `^java$`).")
    cmdline: str = setting('str', '', help="Regular expression for the command line (`odoo(-bin)?\\b.* -d prod`).")
    min_count: int = setting('int', 1, help="Fewer than this many is critical.")
    max_count: int = setting('int', 0, help="More than this many is critical; 0: no upper limit.")

    def __post_init__(self):
        if not self.name and not self.cmdline:
            raise ValueError("name or cmdline must be given")
        for key in ('name', 'cmdline'):
            try:
                re.compile(getattr(self, key))
            except re.error as error:
                raise ValueError(f"{key}: expected a regular expression ({error})") from error
        if self.min_count < 0 or self.max_count < 0 or 0 < self.max_count < self.min_count:
            raise ValueError("min_count and max_count: expected 0 <= min_count <= max_count (or max_count 0)")


@dataclass(frozen=True)
class Found:
    """Matching processes, and how many could not be looked into."""

    processes: tuple
    hidden: int


def matches(settings: ProcessSettings, name: str, cmdline, flags: int = 0) -> bool | None:
    """Tell whether a process is meant; None when that hangs on a command line that may not be read (``cmdline`` is None)."""
    if settings.name and not re.search(settings.name, name, flags):
        return False
    if not settings.cmdline:
        return True
    return None if cmdline is None else bool(re.search(settings.cmdline, ' '.join(cmdline), flags))


def judge_count(count: int, hidden: int, settings: ProcessSettings) -> tuple[State, str]:
    """Return the finding for a number of processes, ``hidden`` of which could not be looked into."""
    what = ' '.join(part for part in (settings.name, settings.cmdline) if part)
    if settings.max_count and count > settings.max_count:
        return State.CRITICAL, f"{count} processes match {what}, at most {settings.max_count} expected"
    if count >= settings.min_count:
        return State.OK, ''
    if hidden:
        return State.UNKNOWN, f"{count} processes match {what}, but {hidden} could not be looked into"
    return State.CRITICAL, f"{count} processes match {what}, at least {settings.min_count} expected"


def find(listing, settings: ProcessSettings) -> Found:
    """Return the processes meant, of a listing of :class:`psutil.Process`."""
    flags = re.IGNORECASE if sys.platform == 'win32' else 0
    found, hidden = [], 0
    for process in listing:
        if process.pid == os.getpid():
            continue
        try:
            verdict = matches(settings, process.name(), None, flags)
            if verdict is None:
                verdict = matches(settings, process.name(), process.cmdline(), flags)
            if verdict and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.AccessDenied:
            hidden += 1
        except psutil.NoSuchProcess:
            continue
    return Found(tuple(found), hidden)


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
        except psutil.AccessDenied:
            rss = None
            break
    values = {'oldest_age_s': int(max(ages)), 'rss_bytes': rss} if ages else {}
    if before and mono > before['mono']:
        used = sum(seconds - before['cpu'].get(key, 0.0) for key, seconds in cpu.items())
        values['cpu_pct'] = round(max(0.0, 100 * used / (mono - before['mono'])), 1)
    return values, {'mono': mono, 'cpu': cpu}


def listing(shared: dict, mono: float) -> list:
    """Return all processes, not older than two seconds."""
    if mono - shared.get('at', float('-inf')) > SHARED_FOR_S:
        try:
            processes = list(psutil.process_iter())
        except OSError as error:
            raise SourceUnavailable(f"processes cannot be listed: {error}") from error
        if not processes:
            raise SourceUnavailable("the system lists no process at all")
        shared.update(at=mono, processes=processes)
    return shared['processes']


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
    state, words = judge_count(len(found.processes), found.hidden, settings)
    yield Reading('', {'count': len(found.processes), **values}, state, words)
