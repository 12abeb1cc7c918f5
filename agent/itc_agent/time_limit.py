"""How long the look that runs in this thread may still take.

The scheduler gives a look its time; whoever waits inside it (for a connection, another program, a pattern) asks how much is left. So an inner
limit is always shorter than the outer one, and what is late ends with the words of the one who waited, the same ones each time.
"""
from __future__ import annotations

import contextlib
import threading
import time

MARGIN, MIN_MARGIN_S, MAX_MARGIN_S = 0.1, 0.3, 3.0
LEAST_S = 0.05
_look = threading.local()


@contextlib.contextmanager
def of(seconds: float):
    """Let the code within work against a limit of ``seconds``, less a margin in which its answer is still taken."""
    before = getattr(_look, 'end', None)
    _look.end = time.monotonic() + seconds - min(max(seconds * MARGIN, MIN_MARGIN_S), MAX_MARGIN_S)
    try:
        yield
    finally:
        _look.end = before


def left(wanted_s: float, keep_s: float = 0.0) -> float:
    """Return ``wanted_s``, or less when the look has less left; never nothing, so that it can be used as a time-out.

    :param keep_s: seconds that are needed afterwards; at most half of what is left is kept for that
    """
    end = getattr(_look, 'end', None)
    if end is None:
        return wanted_s
    rest = end - time.monotonic()
    return max(LEAST_S, min(wanted_s, rest - min(keep_s, rest / 2)))
