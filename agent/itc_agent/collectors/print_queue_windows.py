"""Print queues: jobs that are stuck, queues that are paused or refuse, and the print spooler itself.

A queue whose printer is dead goes on saying "printing", so its own state is not believed. A job is *stuck*, critical, when it is the oldest that
nobody holds back and has shown no progress for ``stuck_min``: no page and no byte more than ever before, and no state that it had not been in
before; a job that joins or leaves the queue is no progress. A job that has been printing for that long on the spooler's clock, and has nothing to
show, is stuck at the first look. In error, blocked or deleting for two minutes is critical too: a job that has been deleting for so long is one
that only a restart of the spooler takes away. Paused or offline with jobs waiting, and what the printer complains of (paper, toner, a jam, an open
door), are warnings: paused may be meant. More than 15 jobs are a warning by the default limit. Printed jobs that are kept count for nothing.

This machine's spooler is asked, or with ``host`` a print server or a printer over IPP. Names of documents and people are not told. A spooler that
does not run is critical. One that does not answer in time, a queue whose jobs may not be seen, one that is named and not there, one that was there
before, and no queue at all are unknown. Printers that come with a remote session are left out, and so are the connections of single users, which a
service does not see: watch the print server. "Offline" can come from a wrong SNMP setting of the port.

Tried on: Wine's spooler, which lists printers and no jobs; the judge and IPP on CUPS. Not tried on the real thing: Windows' own spooler, whose
answers are constructed by Microsoft's documentation.
"""
from __future__ import annotations

import os
import time

from .. import programs
from ..errors import SourceUnavailable
from ..registry import collector
from ..results import Reading, State
from ._print_queue_common import LIMITS, MAX_JOBS, METRICS, TIMEOUT_S, Job, PrintQueueSettings, Queue, collect_ipp, readings_of

# RPC_S_SERVER_UNAVAILABLE, EPT_S_NOT_REGISTERED, RPC_S_UNKNOWN_IF: nobody answers in the spooler's place.
SPOOLER_DOWN = {1722, 1753, 1717}
ACCESS_DENIED = 5
OF_A_SESSION = 0x8000  # PRINTER_ATTRIBUTE_TS: comes and goes with a remote session
WORK_OFFLINE = 0x400
PAUSED, OFFLINE, DELETING = 0x1, 0x80 | 0x1000 | 0x2000000, 0x4
COMPLAINTS = {0x2: 'error', 0x8: 'paper jam', 0x10: 'paper out', 0x20: 'manual feed', 0x40: 'paper problem', 0x800: 'output bin full',
              0x40000: 'no toner', 0x20000: 'toner low', 0x80000: 'page too complex', 0x100000: 'needs a person', 0x200000: 'out of memory',
              0x400000: 'door open', 0x800000: 'server unknown'}
# First match counts: a job that is being deleted can be printed, too.
JOB_STATES = ((0x4, 'deleting'), (0x80 | 0x100 | 0x1000 | 0x2000, 'done'), (0x2 | 0x200 | 0x400, 'error'), (0x1, 'held'),
              (0x8, 'spooling'), (0x10, 'printing'))

# The spooler's answer as `_winspool` gives it:
#
#     {"printers": [{"name": "Marketing", "attributes": 584, "status": 0, "count": 1, "jobs": [
#         {"id": 5, "status": 16, "size": 81920, "pages": 0, "printing_ms": 912000, "age_s": 934}]}]}


def parse(answer: dict) -> list[Queue]:
    """Return the queues of the spooler's answer. Pure.

    :raises SourceUnavailable: it is none
    """
    if 'error' in answer:
        raise SourceUnavailable(f"the print spooler does not tell: {error_words(answer['error'])}")
    if not isinstance(answer.get('printers'), list):
        raise SourceUnavailable("the print spooler gave no answer that can be read")
    return [parse_queue(one) for one in answer['printers'] if not one['attributes'] & OF_A_SESSION]


def error_words(number: int) -> str:
    """Return words for a number of Windows'; 0 is none."""
    return "access denied" if number == ACCESS_DENIED else f"Windows' error {number}" if number else "it does not say why"


def parse_queue(printer: dict) -> Queue:
    """Return one queue."""
    if 'error' in printer:
        return Queue(printer['name'], problem=f"its jobs cannot be listed: {error_words(printer['error'])}")
    status = printer['status']
    reasons = tuple(words for bit, words in COMPLAINTS.items() if status & bit)
    offline = bool(status & OFFLINE or printer['attributes'] & WORK_OFFLINE)
    jobs = tuple(job for job in map(parse_job, printer['jobs']) if job)
    # The count of the spooler has the printed jobs in it that are kept: it counts only where the list was cut.
    count = printer['count'] if len(printer['jobs']) >= MAX_JOBS else 0
    return Queue(printer['name'], not status & DELETING, bool(status & PAUSED), offline, reasons, '', jobs, count)


def parse_job(job: dict) -> Job | None:
    """Return one job, None when it is done."""
    state = next((state for bits, state in JOB_STATES if job['status'] & bits), 'waiting')
    if state == 'done':
        return None
    printing_s = job['printing_ms'] // 1000 if state == 'printing' else None
    # The size tells of progress while it is spooled; of printing it tells nothing.
    return Job(job['id'], state, job['age_s'], (job['pages'], job['size'] if state == 'spooling' else 0), printing_s)


def query() -> dict:
    """Return the spooler's answer.

    :raises SourceUnavailable: none came
    """
    file = os.path.join(os.path.dirname(__file__), '_winspool.py')
    return programs.run_python(file, {'most_jobs': MAX_JOBS}, TIMEOUT_S, name="the print spooler")


def judge(answer: dict, settings: PrintQueueSettings, memory: dict, mono: float) -> list[Reading]:
    """Return the readings for what the spooler answered.

    :raises SourceUnavailable: it did not answer the question
    """
    if answer.get('error') in SPOOLER_DOWN:
        return [Reading('', {}, State.CRITICAL, "the print spooler does not run")]
    return readings_of(parse(answer), settings, memory, mono)


@collector(
    'print_queue', title="Print queues", help="Whether jobs get on, queues take jobs, and the print spooler runs.",
    settings=PrintQueueSettings, metrics=METRICS, limits=LIMITS, timeout_s=20,
)
def collect(settings: PrintQueueSettings, memory: dict):
    """Ask the spooler, or the host named over IPP."""
    if settings.host:
        return collect_ipp(settings, memory)
    return judge(query(), settings, memory, time.monotonic())
