"""Print queues: jobs that are stuck, queues that are paused or refuse, and the print server itself.

A queue whose printer is dead goes on saying "now printing", so its own state is not believed. A job is *stuck*, critical, when it is the oldest
that nobody holds back and has shown no progress for ``stuck_min``: no page, no byte, no per cent more than ever before, and no state that it had
not been in before; trying again and again is no progress, and neither is a job that joins or leaves the queue. A job that has been printing for
that long on the print server's clock, and has nothing to show, is stuck at the first look. In error for two minutes is critical too, and so is a
queue that takes no jobs. Paused or offline with jobs waiting, and what the printer complains of (paper, toner, a cover), are warnings: paused may
be meant. More than 15 jobs are a warning by the default limit.

Asked over IPP: this machine's CUPS, or with ``host`` a print server or a printer. Of jobs only numbers, states and times are asked, never names
of documents or people. CUPS counts no bytes: of a large job without pages (raw) on a slow line set ``stuck_min`` so that it can end. Refused is
critical: the print server does not run. A queue that counts jobs and lists none of them (many printers show a job to who sent it only), no
answer in time, another answer than IPP, a password or encryption that it asks for, a queue that is named and not there, one that was there
before, and no queue at all are unknown.

Tried on: CUPS 2.4.2 with a good queue, a dead printer, one that never reads, one that CUPS tries again and again, a paused queue, a queue that was
taken away, and CUPS ended; ippeveprinter as a printer asked directly. Not tried on the real thing: a print server on another machine.
"""
from __future__ import annotations

import os

from ..registry import collector
from ._print_queue_common import LIMITS, METRICS, PrintQueueSettings, collect_ipp

SERVER = '/usr/sbin/cupsd'


@collector(
    'print_queue', title="Print queues", help="Whether jobs get on, queues take jobs, and the print server runs.",
    settings=PrintQueueSettings, metrics=METRICS, limits=LIMITS, timeout_s=20,
)
def collect(settings: PrintQueueSettings, memory: dict):
    """Ask CUPS, or the host named, over IPP."""
    return collect_ipp(settings, memory, expected=bool(settings.host) or os.path.exists(SERVER))
