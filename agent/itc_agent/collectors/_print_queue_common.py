"""What the collectors of print queues share: settings, the one shape of a queue, how it is judged over time, and how IPP tells of it."""
from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from urllib.parse import quote, urlsplit

from .. import time_limit
from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import Metric, setting
from ..results import Limit, Reading, State, worst
from . import _ipp
from ._connection import good_host
from ._http_client import NoAnswer

METRICS = [
    Metric('jobs', '', "Jobs that are not done, held ones too."),
    Metric('held', '', "Jobs that somebody holds back."),
    Metric('oldest_age_s', 's', "Age of the oldest job that is not held."),
    Metric('still_s', 's', "How long that job has shown no progress."),
]
LIMITS = [Limit('jobs', '>', 15, None)]
TIMEOUT_S = 15
BROKEN = {'error', 'deleting'}
BROKEN_S = 120
MAX_JOBS, MAX_QUEUES, MAX_FOLLOWED = 100, 200, 20
TEXT = 120
PRINTER_ATTRIBUTES = ('printer-name', 'printer-uri-supported', 'printer-state', 'printer-state-reasons', 'printer-state-message',
                      'printer-is-accepting-jobs', 'queued-job-count')
JOB_ATTRIBUTES = ('job-id', 'job-state', 'job-state-reasons', 'job-hold-until', 'time-at-creation', 'time-at-processing', 'job-printer-up-time',
                  'job-k-octets-processed', 'job-impressions-completed', 'job-media-sheets-completed', 'job-media-progress')
# IPP's numbers of states.
IDLE, PRINTING, STOPPED = 3, 4, 5
JOB_STATES = {3: 'waiting', 4: 'held', 5: 'printing', 6: 'error', 7: 'done', 8: 'done', 9: 'done'}
UNIMPORTANT = {'none', 'paused', 'moving-to-paused', 'connecting-to-device'}


@dataclass(frozen=True)
class PrintQueueSettings:
    """Whose queues, which of them, and when a job is stuck."""

    host: str = setting('str', '', help="Print server or printer to ask over IPP; empty: this machine's own queues.")
    port: int = setting('int', _ipp.PORT, help="IPP port of that host.")
    queues: list = setting('list', ('*',), help="Names of queues that must be there; patterns with * ? are allowed.")
    ignore: list = setting('list', (), help="Names or patterns to leave out.")
    stuck_min: int = setting('int', 10, help="The oldest job that is not held is stuck when it has shown no progress for this many minutes.")

    def __post_init__(self):
        if not self.queues or not all(self.queues):
            raise ValueError("queues: expected at least one name or pattern")
        if not 0 < self.port < 65536:
            raise ValueError("port: expected 1 to 65535")
        if self.host and not good_host(self.host):
            raise ValueError("host: expected a name or address")
        if not 0 < self.stuck_min <= 1440:
            raise ValueError("stuck_min: expected 1 to 1440")

    @property
    def place(self) -> _ipp.Place:
        return _ipp.Place(self.host, self.port)

    def wants(self, name: str) -> bool:
        """Tell whether a queue is looked at at all."""
        return any(fits(name, one) for one in self.queues) and not any(fits(name, one) for one in self.ignore)


@dataclass(frozen=True)
class Job:
    """A job that is not done. What the source does not tell is None.

    :param state: ``waiting``, ``held`` (by a person), ``retrying``, ``spooling``, ``printing``, ``error`` or ``deleting``
    :param age_s: since it was made, on the print server's own clock
    :param done: what only grows while it gets on: bytes, pages, per cent
    :param printing_s: how long it has been printing, on the print server's own clock
    """

    ident: int
    state: str
    age_s: int | None = None
    done: tuple = ()
    printing_s: int | None = None


@dataclass(frozen=True)
class Queue:
    """A queue as both systems can tell it.

    :param accepting, paused, offline: truth values
    :param reasons: words of the printer that ask for a person
    :param message: what the printing system says of it at the moment
    :param jobs: tuple of :class:`Job`
    :param count: how many jobs the source counts, when it gives no more than the first of them
    :param problem: why it could not be looked at
    :param hides: it counts jobs and lists none
    """

    name: str
    accepting: bool = True
    paused: bool = False
    offline: bool = False
    reasons: tuple = ()
    message: str = ''
    jobs: tuple = ()
    count: int = 0
    problem: str = ''
    hides: bool = False

    @property
    def waiting(self) -> list[Job]:
        """Jobs that nobody holds back, the oldest first."""
        return sorted((job for job in self.jobs if job.state != 'held'), key=lambda job: -(job.age_s or 0))


def fits(name: str, wanted: str) -> bool:
    """Tell whether a queue is meant by a setting: by its very name or by a pattern; case does not count."""
    name, wanted = (unicodedata.normalize('NFC', one).lower() for one in (name, wanted))
    return name == wanted or fnmatchcase(name, wanted)


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in '*?[')


# === JUDGING === #

def readings_of(queues, settings: PrintQueueSettings, memory: dict, mono: float) -> list[Reading]:
    """Return a reading a queue, and *unknown* for each that should be there and is not.

    :param memory: of this check; keeps under ``kept`` how far the jobs had come and which queues there were
    :param mono: seconds of a clock that only goes forward
    """
    source = f'{settings.host}:{settings.port}'
    kept = memory['kept'] if memory.get('kept', {}).get('of') == source else {}
    passed_s, memory['at'] = max(0.0, mono - memory.get('at', mono)), mono
    seen = [queue for queue in queues if settings.wants(queue.name)]
    marks, readings = {}, []
    for queue in seen[:MAX_QUEUES]:
        mark = kept.get('queues', {}).get(queue.name) or {}
        marks[queue.name] = mark if queue.problem else follow(queue, mark, passed_s)
        readings.append(judge_queue(queue, marks[queue.name], settings))
    gone = [name for name in kept.get('queues', {}) if name not in marks and settings.wants(name)]
    memory['kept'] = {'of': source, 'queues': {**marks, **{name: {} for name in gone[:MAX_QUEUES]}}}
    return readings + missing([queue.name for queue in seen], gone, settings)


def missing(found, gone, settings: PrintQueueSettings) -> list[Reading]:
    """Return *unknown* for the names and patterns that found nothing, and for queues that were there before."""
    absent = [name for name in settings.queues if not any(fits(one, name) for one in found)]
    readings = [Reading(name, {}, State.UNKNOWN, "no queue matches" if is_pattern(name) else "there is no such queue") for name in absent]
    named = [name for name in gone if not any(fits(name, one) for one in absent if not is_pattern(one))]
    words = "the queue was there before and is not now; if that is meant, name it in `ignore`"
    return readings + [Reading(name, {}, State.UNKNOWN, words) for name in named]


def follow(queue: Queue, before: dict, passed_s: float) -> dict:
    """Return how far the jobs of a queue have come, to be compared with next time. Plain JSON.

    :param before: what the last look returned; empty at first
    :param passed_s: seconds since the last look

    ``id`` is the oldest job that is not held, ``still_s`` how long it has shown no progress: nothing done, and no state that it was not
    in before (a queue that tries again and again swings between two of them). ``done`` is how far each job had come, ``broken`` the
    seconds each has been in error or deleting.
    """
    jobs = queue.waiting[:MAX_FOLLOWED]
    broken = {str(job.ident): _longer(before.get('broken', {}).get(str(job.ident)), passed_s) for job in jobs if job.state in BROKEN}
    mark = {'done': {str(job.ident): list(job.done) for job in jobs}, 'broken': broken}
    if not jobs:
        return mark
    oldest, known = jobs[0], before.get('done', {})
    states = before.get('states', []) if before.get('id') == oldest.ident else []
    moved = any(has_grown(job.done, known.get(str(job.ident))) for job in jobs)
    same = oldest.state in states and not moved
    # While it is paused nothing can get on; that is told by itself.
    still_s = before.get('still_s', 0) + (0 if queue.paused else passed_s) if same else 0
    if not any(oldest.done) and oldest.state == 'printing' and not queue.paused:
        still_s = max(still_s, oldest.printing_s or 0)
    mark['done'].update({ident: _most(known[ident], done) for ident, done in mark['done'].items() if ident in known})
    return {**mark, 'id': oldest.ident, 'states': sorted({*states, oldest.state}), 'still_s': round(still_s)}


def _longer(before_s, passed_s: float) -> int:
    return 0 if before_s is None else round(before_s + passed_s)


def _most(before, now) -> list:
    return [max(pair) for pair in zip(before, now, strict=True)] if len(before) == len(now) else list(now)


def has_grown(done, before) -> bool:
    """Tell whether a job has come further than ever before; one that prints its first page again has not."""
    return before is not None and len(before) == len(done) and any(now > then for now, then in zip(done, before, strict=True))


def judge_queue(queue: Queue, mark: dict, settings: PrintQueueSettings) -> Reading:
    """Return the reading of one queue.

    :param mark: what :func:`follow` made of it
    """
    if queue.problem:
        return Reading(queue.name, {}, State.UNKNOWN, queue.problem)
    jobs = queue.waiting
    values = {'jobs': max(len(queue.jobs), queue.count), 'held': len(queue.jobs) - len(jobs), 'still_s': mark.get('still_s', 0)}
    if queue.hides:
        values = {**dict.fromkeys(('held', 'still_s', 'oldest_age_s')), 'jobs': queue.count}
    elif not jobs:
        values['oldest_age_s'] = 0
    elif jobs[0].age_s is not None:
        values['oldest_age_s'] = jobs[0].age_s
    found = [*_job_faults(queue, mark, settings), *_queue_faults(queue)]
    if not found:
        return Reading(queue.name, values, State.OK, _calm(queue, values))
    return Reading(queue.name, values, worst(state for state, _words in found), ', '.join(words for _state, words in found))


def _job_faults(queue: Queue, mark: dict, settings: PrintQueueSettings):
    broken = next(((job, mark['broken'].get(str(job.ident), 0)) for job in queue.waiting if mark['broken'].get(str(job.ident), 0) >= BROKEN_S), None)
    said = f" ({queue.message[:TEXT]})" if queue.message else ''
    if broken:
        yield State.CRITICAL, f"job {broken[0].ident} is in state {broken[0].state} for {broken[1] // 60} min{said}"
    elif mark.get('still_s', 0) >= settings.stuck_min * 60 and not queue.paused:
        yield State.CRITICAL, f"stuck: job {mark['id']} shows no progress for {mark['still_s'] // 60} min{said}"


def _queue_faults(queue: Queue):
    count = queue.count if queue.hides else len(queue.waiting)
    if queue.hides:
        yield State.UNKNOWN, f"counts {counted(queue.count, 'job')} and lists none: whether they get on cannot be told"
    if not queue.accepting:
        yield State.CRITICAL, "takes no jobs"
    if queue.paused and count:
        yield State.WARNING, f"paused, jobs waiting: {count}" + (f" ({queue.message[:TEXT]})" if queue.message else '')
    if queue.offline and count:
        yield State.WARNING, f"offline, jobs waiting: {count}"
    if queue.reasons:
        yield State.WARNING, f"the printer says: {', '.join(queue.reasons)[:TEXT]}"


def _calm(queue: Queue, values: dict) -> str:
    if values['still_s'] >= 60:
        return f"jobs: {values['jobs']}, the oldest shows no progress for {values['still_s'] // 60} min"
    words = [f"jobs: {values['jobs']}" if values['jobs'] else '', "paused" if queue.paused else '', "offline" if queue.offline else '']
    return ', '.join(one for one in words if one)


# === IPP === #

# A queue as `ask` of `_ipp` gives it: {'printer-name': ['dead'], 'printer-state': [4], 'printer-state-reasons': ['none'],
# 'printer-is-accepting-jobs': [True], 'queued-job-count': [1], 'printer-state-message': ['The printer may not exist …']};
# its job: {'job-id': [5], 'job-state': [5], 'time-at-creation': [1795912521], 'time-at-processing': [1795912521], …}.

def parse_queue(printer: dict, jobs) -> Queue:
    """Return a queue from the attributes of a printer and of its jobs. Pure."""
    name, state = str(_ipp.first(printer, 'printer-name', ''))[:TEXT], _ipp.first(printer, 'printer-state')
    if state not in (IDLE, PRINTING, STOPPED):
        return Queue(name, problem="it does not tell the state of the queue")
    said = [str(one) for one in printer.get('printer-state-reasons', ())]
    bare = [one.removesuffix('-error').removesuffix('-warning') for one in said if not one.endswith('-report')]
    offline = any(one.startswith(('offline', 'shutdown')) for one in bare)
    reasons = tuple(one for one in bare if one not in UNIMPORTANT and not one.startswith(('offline', 'shutdown')))
    parsed = tuple(job for job in map(parse_job, jobs) if job)
    count = _ipp.first(printer, 'queued-job-count', 0)
    return Queue(name, _ipp.first(printer, 'printer-is-accepting-jobs', True), state == STOPPED, offline, reasons,
                 str(_ipp.first(printer, 'printer-state-message', '')), parsed, count if isinstance(count, int) else 0)


def parse_job(attributes: dict) -> Job | None:
    """Return a job from its attributes, None for one that is done. Pure."""
    ident, state = _ipp.first(attributes, 'job-id'), JOB_STATES.get(_ipp.first(attributes, 'job-state'), 'waiting')
    if not isinstance(ident, int) or state == 'done':
        return None
    if state == 'held' and _ipp.first(attributes, 'job-hold-until', 'no-hold') == 'no-hold' and 'job-hold-until-specified' not in attributes.get(
            'job-state-reasons', ()):
        # Nobody holds it back: CUPS waits to try the printer again.
        state = 'retrying'
    now = _ipp.first(attributes, 'job-printer-up-time')
    ages = []
    for name in ('time-at-creation', 'time-at-processing'):
        at = _ipp.first(attributes, name)
        ages.append(max(0, now - at) if isinstance(now, int) and isinstance(at, int) else None)
    names = ('job-k-octets-processed', 'job-impressions-completed', 'job-media-sheets-completed', 'job-media-progress')
    done = tuple(value if isinstance(value := _ipp.first(attributes, name), int) else 0 for name in names)
    return Job(ident, state, ages[0], done, ages[1])


def query_ipp(settings: PrintQueueSettings) -> list[Queue]:
    """Return the queues of a print server, or the one of a printer.

    :raises NoAnswer: it gives no usable answer
    :raises OSError: it takes no connection
    :raises SourceUnavailable: it could not be asked
    """
    end = time.monotonic() + time_limit.left(TIMEOUT_S)
    place = settings.place
    found = []
    for printer, path in _printers(place, end):
        name = str(_ipp.first(printer, 'printer-name', ''))
        if not name or not settings.wants(name):
            continue
        count, jobs = _ipp.first(printer, 'queued-job-count'), []
        if count != 0:
            request = _ipp.encode(_ipp.GET_JOBS, place.uri(path), JOB_ATTRIBUTES, _ipp.not_completed(MAX_JOBS))
            _printers_too, jobs = _ipp.ask(place, path, request, _rest(end))
        queue = parse_queue(printer, jobs)
        found.append(replace(queue, hides=bool(queue.count and not queue.jobs) and _still_counts(place, path, end)))
    return found


def _still_counts(place: _ipp.Place, path: str, end: float) -> bool:
    """Tell whether a queue has jobs also now: its last one may have been done just before they were listed."""
    request = _ipp.encode(_ipp.GET_PRINTER, place.uri(path), PRINTER_ATTRIBUTES)
    printers, _jobs = _ipp.ask(place, path, request, _rest(end))
    return any(_ipp.first(one, 'queued-job-count') for one in printers)


def _printers(place: _ipp.Place, end: float) -> list[tuple[dict, str]]:
    """Return the attributes of each queue and the path to ask about it."""
    try:
        printers, _jobs = _ipp.ask(place, '/', _ipp.encode(_ipp.GET_PRINTERS, '', PRINTER_ATTRIBUTES), _rest(end))
        return [(one, _path_of(one)) for one in printers]
    except _ipp.IppRefused as error:
        if error.status == _ipp.NOT_FOUND:  # what CUPS says when it has no queue at all
            return []
        if error.status not in (_ipp.BAD_REQUEST, _ipp.NOT_SUPPORTED):
            raise
    # A printer itself: it has one queue and no list of them.
    path = '/ipp/print'
    printers, _jobs = _ipp.ask(place, path, _ipp.encode(_ipp.GET_PRINTER, place.uri(path), PRINTER_ATTRIBUTES), _rest(end))
    return [(one, path) for one in printers]


def _path_of(printer: dict) -> str:
    """Return the path to ask about a queue; CUPS keeps classes of printers elsewhere than printers."""
    try:
        path = urlsplit(str(_ipp.first(printer, 'printer-uri-supported', ''))).path
    except ValueError:
        path = ''
    return quote(path if path.startswith('/') else f"/printers/{_ipp.first(printer, 'printer-name', '')}", safe='/%')


def _rest(end: float) -> float:
    return max(time_limit.LEAST_S, end - time.monotonic())


def collect_ipp(settings: PrintQueueSettings, memory: dict, *, expected: bool = True) -> list[Reading]:
    """Ask over IPP and judge.

    :param expected: there is known to be a print server, so a refused connection proves that it does not run
    """
    try:
        queues = query_ipp(settings)
    except ConnectionRefusedError as error:
        if not expected:
            raise SourceUnavailable("there is no print server on this machine") from error
        return [Reading('', {}, State.CRITICAL, f"{settings.place.words}: refused, the print server does not run")]
    except (OSError, NoAnswer) as error:
        raise SourceUnavailable(f"{settings.place.words}: {error if isinstance(error, NoAnswer) else 'no answer'}") from error
    return readings_of(queues, settings, memory, time.monotonic())
