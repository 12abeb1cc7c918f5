"""When a check is due, and running many so that a slow or hung one never stops the others.

A check runs in a worker thread. When it has not answered for half a second the next worker takes the others; when its time is over it is
*unknown*, and its worker, which nobody can kill, is left behind: the same check is not started again before the old call has come back.
"""
from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, replace

from . import registry, time_limit
from .errors import AgentError
from .judge import clip, judge_readings
from .results import Check, Result, State

PATIENCE_S = 0.5
MAX_WORKERS = 8


class Timetable:
    """Which checks are due at a tick. Counts on a clock that no one can set (``time.monotonic``)."""

    def __init__(self):
        self._last: dict = {}

    def due(self, checks, now: float, cycle_s: float) -> list[Check]:
        """Return the checks whose time has come at the tick ``now``, and note that they ran.

        A tick that comes a little early (up to half a cycle) counts, otherwise a check of 60 s in cycles of 60 s would be skipped by a hair.
        """
        due = [check for check in checks if now - self._last.get(_key(check), float('-inf')) >= check.every_s - cycle_s / 2]
        self._last = {_key(check): self._last[_key(check)] for check in checks if _key(check) in self._last}
        self._last.update({_key(check): now for check in due})
        return due


def next_tick(start: float, cycle_s: float, now: float) -> float:
    """Return the first tick after ``now``; ticks missed by sleep or load are not made up for.

    >>> next_tick(100.0, 60.0, 100.0), next_tick(100.0, 60.0, 345.0)
    (160.0, 400.0)
    """
    return start + (int((now - start) // cycle_s) + 1) * cycle_s


def _key(check: Check):
    return check.ident if check.ident is not None else check.name


def look(check: Check, memory: dict, shared: dict) -> Result:
    """Run one check here and now and judge it; whatever goes wrong becomes *unknown* with words.

    :param memory: what this check keeps from look to look
    :param shared: what all checks of its kind have in common
    """
    if check.problem:
        return unknown(check, check.problem)
    started = time.monotonic()
    try:
        declared = registry.load(check.kind)
        with time_limit.of(check.timeout_s):
            readings = tuple(declared.collect(check.settings, memory, *([shared] if declared.shared else [])))
        state, summary = judge_readings(readings, check.limits, declared.units)
    except AgentError as error:
        return unknown(check, str(error), time.monotonic() - started)
    except Exception as error:  # noqa: BLE001  one broken collector must not end the agent
        return unknown(check, f"the collector failed: {type(error).__name__}: {error}", time.monotonic() - started)
    return Result(check, state, summary, readings, time.monotonic() - started)


def unknown(check: Check, words: str, took_s: float = 0.0) -> Result:
    """Return the result of a check that could not be looked at."""
    return Result(check, State.UNKNOWN, clip(words), (), took_s)


class _Worker(threading.Thread):
    """Runs one call after the other and puts ``(worker, check key, result)`` into ``answers``; ends on None."""

    def __init__(self, answers):
        super().__init__(name='itc-check', daemon=True)
        self.calls, self._answers = queue.SimpleQueue(), answers
        self.start()

    def run(self):
        while (call := self.calls.get()) is not None:
            self._answers.put((self, _key(call[0]), look(*call)))


@dataclass(frozen=True)
class _Running:
    check: Check
    since: float


class Runner:
    """Runs checks; keeps the memory of each and the workers between cycles."""

    def __init__(self):
        self._answers: queue.SimpleQueue = queue.SimpleQueue()
        self._idle: list[_Worker] = []
        self._running: dict[_Worker, _Running] = {}
        self._stuck: dict[_Worker, _Running] = {}
        self._memory: dict = {}
        self._shared: dict = {}

    def run(self, checks, stop: threading.Event | None = None) -> list[Result]:
        """Return the results in the order of ``checks``; within the longest time-out of them, and at once when ``stop`` is set."""
        self._collect_late()
        results: dict = {}
        waiting = []
        for check in checks:
            stuck = self._stuck_since(check)
            if stuck is None:
                waiting.append(check)
            else:
                results[_key(check)] = unknown(check, f"still busy with the look begun {time.monotonic() - stuck:.0f} s ago")
        while (waiting or self._running) and not (stop and stop.is_set()):
            self._start(waiting)
            self._gather(results)
        return [results[_key(check)] for check in checks if _key(check) in results]

    def _start(self, waiting: list) -> None:
        """Give the next check to a worker when none is busy, or all of them have been for a while."""
        now = time.monotonic()
        patient = any(now - one.since < PATIENCE_S for one in self._running.values())
        if not waiting or patient or len(self._running) >= MAX_WORKERS:
            return
        check = waiting.pop(0)
        worker = self._idle.pop() if self._idle else _Worker(self._answers)
        self._running[worker] = _Running(check, now)
        worker.calls.put((check, self._memory.setdefault((_key(check), check.kind), {}), self._shared.setdefault(check.kind, {})))

    def _gather(self, results: dict) -> None:
        """Take one answer, or give up on whoever is over time."""
        try:
            worker, key, result = self._answers.get(timeout=0.1)
        except queue.Empty:  # nobody has answered yet  # pylint: disable=except-pass
            pass
        else:
            self._retire(worker)
            if self._running.pop(worker, None):
                results[key] = result
        now = time.monotonic()
        for worker, one in list(self._running.items()):
            if now - one.since > one.check.timeout_s:
                del self._running[worker]
                self._stuck[worker] = one
                # The call left behind goes on writing into its memory: the next one starts with an empty one.
                self._memory.pop((_key(one.check), one.check.kind), None)
                self._shared.pop(one.check.kind, None)
                results[_key(one.check)] = unknown(one.check, f"no answer within {one.check.timeout_s:g} s", now - one.since)

    def _retire(self, worker) -> None:
        self._stuck.pop(worker, None)
        if len(self._idle) < 2:
            self._idle.append(worker)
        else:
            worker.calls.put(None)

    def _collect_late(self) -> None:
        """Welcome back workers whose call came to an end after its time."""
        while True:
            try:
                worker, _key_, _result = self._answers.get_nowait()
            except queue.Empty:
                return
            self._running.pop(worker, None)
            self._retire(worker)

    def _stuck_since(self, check: Check) -> float | None:
        return next((one.since for one in [*self._stuck.values(), *self._running.values()] if _key(one.check) == _key(check)), None)

    def forget(self, checks) -> None:
        """Drop the memory of checks that are no longer configured."""
        kept = {(_key(check), check.kind) for check in checks}
        self._memory = {key: memory for key, memory in self._memory.items() if key in kept}


def with_unique_keys(checks) -> list[Check]:
    """Return local checks with names that tell them apart."""
    seen: dict = {}
    unique = []
    for check in checks:
        seen[check.name] = seen.get(check.name, 0) + 1
        unique.append(check if seen[check.name] == 1 else replace(check, name=f'{check.name} {seen[check.name]}'))
    return unique
