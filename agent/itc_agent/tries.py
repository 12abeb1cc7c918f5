"""Looks that somebody tries before they become a check: once each, beside the checks, told by an event ``tried``.

A try is noted as begun before it is looked at, so that none is looked at twice, not even after a restart; one that a restart cut short is told
as that. Each has a thread of its own and one in which it looks: a look that hangs is given up after its time and left behind, and with too
many of those no further one is begun.
"""
from __future__ import annotations

import json
import logging
import queue
import threading

from . import wire
from .results import Check, Result
from .scheduler import look, unknown

_logger = logging.getLogger(__name__)
MAX_AT_ONCE = 5
MAX_NOTED = 200


class Tries:
    """The tries of one agent.

    :param noted: what ``remember`` or ``tell`` was last given, also by an agent before this one; empty when there is nothing
    :param remember: called with a text to keep
    :param tell: called with the data of an event ``tried`` and a text to keep in the same transaction
    :param given: as of the runner: kind to what its checks find in the dict that they share
    """

    def __init__(self, noted: str, remember, tell, given=None):
        self._remember, self._tell, self._given = remember, tell, given or {}
        self._begun, self._open = _read(noted)
        self._lock = threading.Lock()
        self._looking: list[threading.Thread] = []
        self._stopped = False

    def recover(self) -> None:
        """Tell of the tries that an end of the agent cut short."""
        for ident in list(self._open):
            check = Check(None, 'try', '', 0, 0)
            self._answer(ident, unknown(check, "the agent was restarted while it looked; try again"))

    def take(self, tries) -> None:
        """Begin those of ``(id, check)`` that were never begun."""
        for ident, check in tries:
            with self._lock:
                if ident in self._begun:
                    continue
                self._begun = [*self._begun, ident][-MAX_NOTED:]
                self._open.append(ident)
                self._remember(self._noted())
            _logger.info("trying a look of kind %s", check.kind)
            threading.Thread(target=self._try, args=(ident, check), name='itc-try', daemon=True).start()

    def stop(self) -> None:
        """Tell nothing any more: what is being looked at is told as cut short by the next start."""
        with self._lock:
            self._stopped = True

    def _try(self, ident: str, check: Check) -> None:
        try:
            self._answer(ident, self._look(check))
        except Exception:  # noqa: BLE001  nobody waits for this thread; the server says that no answer came
            _logger.exception("a try could not be told")

    def _look(self, check: Check) -> Result:
        answers: queue.SimpleQueue = queue.SimpleQueue()
        shared = dict(self._given.get(check.kind, {}))
        worker = threading.Thread(target=lambda: answers.put(look(check, {}, shared)), name='itc-try-look', daemon=True)
        with self._lock:
            self._looking = [one for one in self._looking if one.is_alive()]
            if len(self._looking) >= MAX_AT_ONCE:
                return unknown(check, f"{MAX_AT_ONCE} tries are still busy on this host; try again later")
            self._looking.append(worker)
            worker.start()
        try:
            return answers.get(timeout=check.timeout_s)
        except queue.Empty:
            return unknown(check, f"no answer within {check.timeout_s:g} s", check.timeout_s)

    def _answer(self, ident: str, result: Result) -> None:
        data = wire.tried_data(ident, result)
        with self._lock:
            if self._stopped:
                return
            self._open = [one for one in self._open if one != ident]
            self._tell(data, self._noted())

    def _noted(self) -> str:
        return json.dumps({'begun': self._begun, 'open': self._open})


def _read(noted: str) -> tuple[list, list]:
    """Return the ids that were begun, and those of them that were not told; nothing when the text is none of ours.

    >>> _read('{"begun": ["a", "b"], "open": ["b"]}'), _read(''), _read('[]')
    ((['a', 'b'], ['b']), ([], []), ([], []))
    """
    try:
        known = json.loads(noted or '{}')
        return [str(one) for one in known['begun']], [str(one) for one in known['open']]
    except (ValueError, TypeError, KeyError):
        return [], []
