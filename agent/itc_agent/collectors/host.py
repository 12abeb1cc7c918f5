"""Processor, memory, swap, load and time since the last start of this machine.

``cpu_pct`` is the share of all processors that was busy since the previous look at it, not a snapshot; only the first look after the agent's
start waits half a second to have something to compare with. ``load`` exists on Linux only, ``swap_used_pct`` only where there is swap. A number
that the system does not tell is unknown and costs no other.
A machine whose memory is nearly used up and one that has just been started are both worth knowing: bind limits to the metrics below.

Tried on: this very machine, under Linux. Not tried on the real thing: Windows.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

from ..registry import Metric, collector
from ..results import Limit, Reading
from ._unreadable import UNREADABLE

FIRST_LOOK_S = 0.5
NOT_THERE = object()


@dataclass(frozen=True)
class HostSettings:
    """No settings: there is only one machine."""


def busy_share(before, after) -> float | None:
    """Return the busy percentage between two ``psutil.cpu_times()``; None when the clock of the counters stood still."""
    total = _total(after) - _total(before)
    if total <= 0:
        return None
    idle = (after.idle + getattr(after, 'iowait', 0)) - (before.idle + getattr(before, 'iowait', 0))
    return round(min(100.0, max(0.0, 100 * (1 - idle / total))), 1)


def _total(times) -> float:
    # Linux counts guests within user and nice already.
    return sum(times) - getattr(times, 'guest', 0) - getattr(times, 'guest_nice', 0)


def uptime_s() -> int:
    """Return seconds since the machine was started."""
    if hasattr(time, 'CLOCK_BOOTTIME'):
        return int(time.clock_gettime(time.CLOCK_BOOTTIME))
    return int(time.time() - psutil.boot_time())


def query(memory: dict) -> dict:
    """Return the values of now; ``memory`` carries the processor's counters from look to look."""
    if not memory.get('cpu'):
        memory['cpu'] = readable(psutil.cpu_times)
        time.sleep(FIRST_LOOK_S)
    before, memory['cpu'] = memory['cpu'], readable(psutil.cpu_times)
    values = {
        'cpu_pct': busy_share(before, memory['cpu']) if before and memory['cpu'] else None,
        'memory_used_pct': readable(lambda: psutil.virtual_memory().percent), 'uptime_s': uptime_s(),
        'swap_used_pct': readable(swap_used)}
    if hasattr(os, 'getloadavg'):
        values['load'] = readable(lambda: round(os.getloadavg()[0], 2))
    return {metric: value for metric, value in values.items() if value is not NOT_THERE}


def swap_used():
    """Return the used percentage of swap, or :data:`NOT_THERE` where there is none."""
    swap = psutil.swap_memory()
    return swap.percent if swap.total else NOT_THERE


def readable(read):
    """Return what ``read()`` returns, None when the system does not tell: one number that cannot be read costs no other."""
    try:
        return read()
    except UNREADABLE:
        return None


@collector(
    'host', title="Processor and memory", help="How busy this machine is and how long it has been running.",
    settings=HostSettings,
    metrics=[
        Metric('cpu_pct', '%', "Share of all processors busy since the last look."),
        Metric('load', '', "Programs running or waiting to run, averaged over one minute (Linux)."),
        Metric('memory_used_pct', '%', "Memory that no program could get without swapping."),
        Metric('swap_used_pct', '%', "Swap in use, where there is swap."),
        Metric('uptime_s', 's', "Time since the machine was started."),
    ],
    limits=[Limit('memory_used_pct', '>', 90, 97), Limit('swap_used_pct', '>', 60, 90)],
)
def collect(settings: HostSettings, memory: dict):
    """Read this machine."""
    yield Reading('', query(memory))
