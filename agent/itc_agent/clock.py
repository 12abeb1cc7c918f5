"""The clock that nobody can set, by which the server dates what was measured while the wall clock was wrong."""
from __future__ import annotations

import sys
import time

# In front of the boot session it tells the server that this clock counts the time asleep too.
COUNTS_SLEEP = 'boottime:'


def mono() -> float:
    """Return seconds that only grow until the machine is booted again.

    On Linux ``time.monotonic`` stands still while the machine sleeps, and a result from before the sleep would look fresh after it; on
    Windows it goes on.
    """
    if hasattr(time, 'CLOCK_BOOTTIME'):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def session(boot: str) -> str:
    """Return a boot session as the wire has it.

    :param boot: from ``facts.boot_session``
    """
    counts = hasattr(time, 'CLOCK_BOOTTIME') or sys.platform == 'win32'
    return COUNTS_SLEEP + boot if counts else boot
