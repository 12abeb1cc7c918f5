"""When a check is due, and running many so that a slow or hung one never stops the others.

A check runs in a worker thread. When it has not answered for half a second the next worker takes the others; a cycle is told after two seconds
with what is there, and what comes later is told when it comes. When a check's time is over it is *unknown*, and its worker, which nobody can
kill, is left behind: the same check is not started again before the old call has come back.
"""
from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
import time
from dataclasses import dataclass, replace

from . import registry, time_limit
from .errors import AgentError
from .judge import clip, judge_readings
from .results import Check, Result, State

_logger = logging.getLogger(__name__)
PATIENCE_S = 0.5
HOLD_S = 2.0  # how long the quick checks of a cycle wait for the slow ones before they are told
MAX_WORKERS = 8
MAX_KEPT = 65_536


class Timetable:
    """Which checks are due at a tick. Counts on a clock that no one can set (``time.monotonic``)."""

    def __init__(self):
        self._last: dict = {}  # key to (check, tick)

    def due(self, checks, now: float, cycle_s: float, busy=frozenset()) -> list[Check]:
        """Return the checks whose time has come at the tick ``now``, and note that they ran.

        A tick that comes a little early (up to half a cycle) counts, otherwise a check of 60 s in cycles of 60 s would be skipped by a hair.
        One that is configured otherwise than when it ran last is due at once.

        :param busy: keys of checks that are being looked at; they stay due
        """
        due = [check for check in checks if _key(check) not in busy and self._is_due(check, now, cycle_s)]
        self._last = {_key(check): self._last[_key(check)] for check in checks if _key(check) in self._last}
        self._last.update({_key(check): (check, now) for check in due})
        return due

    def _is_due(self, check: Check, now: float, cycle_s: float) -> bool:
        last, at = self._last.get(_key(check), (None, 0.0))
        return last != check or now - at >= check.every_s - cycle_s / 2


def next_tick(start: float, cycle_s: float, now: float) -> float:
    """Return the first tick after ``now``; ticks missed by sleep or load are not made up for.

    >>> next_tick(100.0, 60.0, 100.0), next_tick(100.0, 60.0, 345.0)
    (160.0, 400.0)
    """
    return start + (int((now - start) // cycle_s) + 1) * cycle_s


def _key(check: Check):
    return check.ident if check.ident is not None else check.name


def _kept_name(check: Check) -> str:
    return f'memory:{_key(check)}:{check.kind}'


def look(check: Check, memory: dict, shared: dict) -> Result:
    """Run one check here and now and judge it; whatever goes wrong becomes *unknown* with words.

    :param memory: what this check keeps from look to look
    :param shared: what all checks of its kind have in common
    """
    if check.problem:
        return unknown(check, check.problem)
    started = time.monotonic()
    memory.setdefault('kept', {})
    memory['check'] = str(_key(check))
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
    """Runs checks; keeps the memory of each and the workers between cycles.

    What a collector puts under ``memory['kept']`` (plain JSON) outlives the agent: see ``kept``.

    :param recall: returns the text that was kept under a name, empty when there is none
    :param given: kind to what its checks find in the dict that they share from the start
    """

    def __init__(self, recall=lambda _name: '', given=None):
        self._recall, self._given = recall, given or {}
        self._answers: queue.SimpleQueue = queue.SimpleQueue()
        self._idle: list[_Worker] = []
        self._waiting: list[Check] = []
        self._running: dict[_Worker, _Running] = {}
        self._stuck: dict[_Worker, _Running] = {}
        self._memory: dict = {}
        self._shared: dict = {}
        self._took_s: dict = {}

    def run(self, checks, stop: threading.Event | None = None, hold_s: float = float('inf')) -> list[Result]:
        """Return the results in the order of ``checks``; within the longest time-out of them, and at once when ``stop`` is set.

        :param hold_s: return after these seconds with what is there; ``late`` returns the others. A check that is still being looked at
            begins no second look.
        """
        end = time.monotonic() + hold_s
        results: dict = {}
        self._take(results, 0.0)
        busy = self.busy
        for check in sorted(checks, key=self._was_slow):
            stuck = next((one.since for one in self._stuck.values() if _key(one.check) == _key(check)), None)
            if stuck is not None:
                results[_key(check)] = unknown(check, f"still busy with the look begun {time.monotonic() - stuck:.0f} s ago")
            elif _key(check) not in busy:
                self._waiting.append(check)
        while (self._waiting or self._running) and time.monotonic() < end and not (stop and stop.is_set()):
            self._step(results)
        ordered = [results.pop(_key(check)) for check in checks if _key(check) in results]
        return ordered + list(results.values())

    def late(self) -> list[Result]:
        """Return what has come since ``run`` returned; wait a moment for it when nothing has."""
        results: dict = {}
        self._step(results)
        return list(results.values())

    def _was_slow(self, check: Check) -> bool:
        """Tell whether others had to begin beside this check's last look; next time they begin first."""
        return self._took_s.get(_key(check), 0.0) > PATIENCE_S

    @property
    def busy(self) -> set:
        """The keys of the checks whose results are still to come."""
        return {_key(one.check) for one in self._running.values()} | {_key(check) for check in self._waiting}

    def _step(self, results: dict) -> None:
        self._start()
        self._take(results, 0.1)
        self._give_up(results)

    def _start(self) -> None:
        """Give the next check to a worker when none is busy, or all of them have been for a while."""
        now = time.monotonic()
        patient = any(now - one.since < PATIENCE_S for one in self._running.values())
        if not self._waiting or patient or len(self._running) >= MAX_WORKERS:
            return
        check = self._waiting.pop(0)
        worker = self._idle.pop() if self._idle else _Worker(self._answers)
        self._running[worker] = _Running(check, now)
        key = (_key(check), check.kind)
        if key not in self._memory:
            self._memory[key] = {'kept': self._recalled(check)}
        worker.calls.put((check, self._memory[key], self._shared.setdefault(check.kind, dict(self._given.get(check.kind, {})))))

    def _take(self, results: dict, wait_s: float) -> None:
        """Take the answers that are there, after waiting for a first one; those after their time only bring their worker back."""
        with contextlib.suppress(queue.Empty):
            while True:
                worker, key, result = self._answers.get(timeout=wait_s) if wait_s else self._answers.get_nowait()
                wait_s = 0.0
                self._retire(worker)
                if self._running.pop(worker, None):
                    results[key] = result
                    self._took_s[key] = result.took_s

    def _give_up(self, results: dict) -> None:
        """Call unknown who is over time."""
        now = time.monotonic()
        for worker, one in list(self._running.items()):
            if now - one.since > one.check.timeout_s:
                del self._running[worker]
                self._stuck[worker] = one
                self._took_s[_key(one.check)] = now - one.since
                # The call left behind goes on writing into its memory: the next one starts with an empty one.
                self._memory.pop((_key(one.check), one.check.kind), None)
                self._shared.pop(one.check.kind, None)
                results[_key(one.check)] = unknown(one.check, f"no answer within {one.check.timeout_s:g} s", now - one.since)

    def _recalled(self, check: Check) -> dict:
        """Return what was kept of a check; nothing when it is of another shape."""
        try:
            known = json.loads(self._recall(_kept_name(check)) or '{}')
        except ValueError:
            return {}
        return known if isinstance(known, dict) else {}

    def kept(self, results) -> dict[str, str]:
        """Return what is to be kept of these checks, name to text, as far as it differs from what is.

        It belongs into the transaction that keeps the results: so no bookmark is ever ahead of what was told.
        """
        changed = {}
        for result in results:
            memory = self._memory.get((_key(result.check), result.check.kind))
            if memory is None:  # its look was given up
                continue
            name, text = _kept_name(result.check), json.dumps(memory.get('kept') or {}, sort_keys=True)
            if len(text) > MAX_KEPT:
                _logger.warning("%s: %d characters are too many to keep", result.check.name, len(text))
            elif text != (self._recall(name) or '{}'):
                changed[name] = text
        return changed

    def _retire(self, worker) -> None:
        self._stuck.pop(worker, None)
        if len(self._idle) < 2:
            self._idle.append(worker)
        else:
            worker.calls.put(None)

    def forget(self, checks) -> None:
        """Drop what is kept of checks that are no longer configured, and what of them was still to be looked at."""
        configured = {_key(check): check for check in checks}
        kept = {(key, check.kind) for key, check in configured.items()}
        self._memory = {key: memory for key, memory in self._memory.items() if key in kept}
        self._took_s = {key: took_s for key, took_s in self._took_s.items() if key in configured}
        self._waiting = [check for check in self._waiting if configured.get(_key(check)) == check]


def with_unique_keys(checks) -> list[Check]:
    """Return local checks with names that tell them apart."""
    seen: dict = {}
    unique = []
    for check in checks:
        seen[check.name] = seen.get(check.name, 0) + 1
        unique.append(check if seen[check.name] == 1 else replace(check, name=f'{check.name} {seen[check.name]}'))
    return unique
