"""Working time promised for a ticket: which promise holds, when its time is up, how much was used, and what came of it.

Moments are naive UTC. ``work`` are the spans in which the company works, in order and apart; ``pauses`` are spans that do not count, in
any order, whose end may be None: it lasts.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .alert_call import Ladder

LEVELS = ('low', 'normal', 'high')
LONGEST_AGO = timedelta(days=731)  # how long before it was logged something can have been asked for
CLOCKS_APART = timedelta(minutes=5)  # how much the clock of who types may be ahead
Span = tuple[datetime, datetime]
Pause = tuple[datetime, datetime | None]


def priority(impact: str | None, urgency: str | None) -> str:
    """Return the priority of a ticket: how much is hit, by how soon it hurts; what nobody said is normal.

    >>> priority('high', 'high'), priority('high', None), priority('low', 'high'), priority(None, None)
    ('2', '1', '0', '0')
    """
    weight = LEVELS.index(impact or 'normal') + LEVELS.index(urgency or 'normal')
    return {4: '2', 3: '1'}.get(weight, '0')


def refusal(asked: datetime, now: datetime, logged: datetime | None = None, known: datetime | None = None) -> str | None:
    """Return what stands against noting that something was asked for at a moment, None for nothing.

    :param logged: when the ticket was logged, None for now
    :param known: what is noted so far
    :return: ``future``, ``too_early``, or ``later``: later than what is noted, which would make the work look faster

    >>> at = lambda hour, year=2026: datetime(year, 11, 23, hour)
    >>> refusal(at(8), at(9)), refusal(at(10), at(9)), refusal(at(8, 26), at(9)), refusal(at(8), at(9), at(7), at(7))
    (None, 'future', 'too_early', 'later')
    """
    if asked > now + CLOCKS_APART:
        return 'future'
    if asked < (logged or now) - LONGEST_AGO:
        return 'too_early'
    return 'later' if known and asked > known else None


def sane(asked: datetime, logged: datetime, now: datetime) -> datetime:
    """Return from when on the time of a ticket is counted: when it was asked for, as far as that can be; nobody counts to the year 9026.

    >>> at = lambda year: datetime(year, 11, 23)
    >>> sane(at(2025), at(2026), at(2026)).year, sane(at(26), at(2026), at(2026)).year, sane(at(9026), at(2026), at(2027)).year
    (2025, 2024, 2027)
    """
    return min(max(asked, logged - LONGEST_AGO), max(logged, now))


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised for tickets of a kind, or of all kinds, and a company, or all, at one priority; hours of zero promise nothing."""

    response: float = 0.0
    resolution: float = 0.0
    calendar: int | None = None
    category: int | None = None
    company: int | None = None
    priority: str = '0'


def choose(targets: Iterable[Target], category: int, company: int, level: str, expected: float = 0.0) -> Target:
    """Return the promise for a ticket: the one that names its kind goes before one that names its company, and that before any other.

    ``expected``, the working hours in which such requests are usually solved, stand in for the promise of all kinds; more urgent
    tickets still have the shorter of the two, and nothing is answered later than it is to be solved. A promise that names the kind
    itself is meant as it stands.

    >>> everybody = Target(8, 24, priority='0'), Target(1, 4, priority='2')
    >>> choose(everybody, 7, 1, '0').resolution, choose(everybody, 7, 1, '0', 40).resolution, choose(everybody, 7, 1, '2', 40).resolution
    (24, 40, 4)
    >>> choose(everybody, 7, 1, '0', 4).response, choose((Target(0, 24),), 7, 1, '0', 4).response
    (4, 0)
    >>> choose((*everybody, Target(2, 16, category=7)), 7, 1, '0', 40)
    Target(response=2, resolution=16, calendar=None, category=7, company=None, priority='0')
    """
    mine = [
        one for one in targets
        if one.priority == level and one.category in (None, category) and one.company in (None, company)]
    best = max(mine, key=lambda one: (one.category is not None, one.company is not None), default=Target(priority=level))
    if best.category is not None or not expected:
        return best
    hours = min(expected, best.resolution) if level != '0' and best.resolution else expected
    return Target(min(best.response, hours), hours, best.calendar, best.category, best.company, best.priority)


def replaced(old: Target, new: Target, *, answer_late: bool, solution_late: bool) -> Target:
    """Return what holds when another promise takes the place of one: what is late already is not in time by it, it can only become shorter.

    >>> day, urgent = Target(8, 24), Target(1, 4, priority='2')
    >>> replaced(urgent, day, answer_late=True, solution_late=False), replaced(day, urgent, answer_late=True, solution_late=True).resolution
    (Target(response=1, resolution=24, calendar=None, category=None, company=None, priority='0'), 4)
    """
    if not (answer_late or solution_late):
        return new
    response = _shorter(old.response, new.response) if answer_late else new.response
    resolution = _shorter(old.resolution, new.resolution) if solution_late else new.resolution
    return Target(response, resolution, old.calendar, new.category, new.company, new.priority)


def is_longer(old: Target, new: Target) -> bool:
    """Tell whether something that is late by one promise could be in time by another."""
    return old.calendar != new.calendar or any(
        before and _shorter(before, after) != after for before, after in ((old.response, new.response), (old.resolution, new.resolution)))


def _shorter(old: float, new: float) -> float:
    """Return the shorter one of two promises, of which zero is none at all."""
    return min(old, new) if new else old


def running(start: datetime, end: datetime | None, work: Sequence[Span], pauses: Iterable[Pause] = ()) -> Iterator[Span]:
    """Yield the pieces of working time after ``start`` and before ``end`` that no pause takes."""
    taken = sorted((begin, stop or datetime.max) for begin, stop in pauses)
    for begin, stop in work[max(0, bisect_right(work, (start, start)) - 1):]:
        at = max(begin, start)
        stop = min(stop, end) if end else stop
        for pause_begin, pause_end in taken:
            if pause_end <= at or pause_begin >= stop:
                continue
            if pause_begin > at:
                yield at, pause_begin
            at = pause_end
        if at < stop:
            yield at, stop
        elif end and begin >= end:
            return


def due(start: datetime, hours: float, work: Sequence[Span], pauses: Iterable[Pause] = ()) -> datetime | None:
    """Return when so many working hours are over, or None if ``work`` ends before.

    A pause that lasts does not count yet: it moves the moment as it ends.

    >>> monday = lambda hour, day=23: datetime(2026, 11, day, hour)
    >>> office = [(monday(8), monday(17)), (monday(8, 24), monday(17, 24))]
    >>> due(monday(15), 4, office), due(monday(15), 4, office, [(monday(16), monday(9, 24))])
    (datetime.datetime(2026, 11, 24, 10, 0), datetime.datetime(2026, 11, 24, 12, 0))
    """
    left = timedelta(hours=hours)
    for begin, stop in running(start, None, work, [pause for pause in pauses if pause[1]]):
        if stop - begin >= left:
            return begin + left
        left -= stop - begin
    return None


# Of a wait that lasts somebody is reminded so often, and no more; who manages hears of the first one and of every fourth.
MOST_REMINDERS, MANAGERS_EVERY = 24, 4


def reminder(since: datetime, told: Sequence[datetime], hours: tuple[float, float], work: Sequence[Span], now: datetime) -> int:
    """Return which reminder of a wait is due now, 1 for the first one; 0 for none.

    Never two at once: what was missed while nothing was sent is not made up for.

    :param told: when somebody was reminded of this wait
    :param hours: working hours until the first one, and between two

    >>> monday = lambda hour, day=23: datetime(2026, 11, day, hour)
    >>> office = [(monday(8, day), monday(18, day)) for day in (23, 24, 25, 26)]
    >>> [reminder(monday(9), told, (10, 5), office, monday(9, 26)) for told in ([], [monday(9, 24)], [monday(9, 24), monday(5, 26)])]
    [1, 2, 0]
    """
    if len(told) >= MOST_REMINDERS:
        return 0
    due_at = due(max(told), hours[1], work) if told else due(since, hours[0], work)
    return len(told) + 1 if due_at and due_at <= now else 0


def managers_hear(number: int) -> bool:
    """Tell whether the managers get a reminder of this number too.

    >>> [number for number in range(1, 10) if managers_hear(number)]
    [1, 4, 8]
    """
    return number == 1 or number % MANAGERS_EVERY == 0


def worked(start: datetime, end: datetime, work: Sequence[Span], pauses: Iterable[Pause] = ()) -> float:
    """Return how many working hours lie between two moments, without pauses.

    >>> monday = lambda hour: datetime(2026, 11, 23, hour)
    >>> worked(monday(6), monday(14), [(monday(8), monday(12)), (monday(13), monday(17))], [(monday(9), monday(10))])
    4.0
    """
    pieces = running(start, end, work, pauses)
    return sum(((stop - begin).total_seconds() for begin, stop in pieces), 0.0) / 3600


def state(deadline: datetime | None, now: datetime, stopped: datetime | None = None, paused: datetime | None = None, *, is_final: bool = True) -> str:
    """Return what became of a promise: ``none``, ``running``, ``paused``, ``met`` or ``missed``.

    :param stopped: when what was promised was done
    :param paused: since when the time stands still
    :param is_final: False: it is done, and its requester may yet say that it is not

    >>> at = lambda hour: datetime(2026, 11, 23, hour)
    >>> state(None, at(9)), state(at(9), at(8)), state(at(9), at(10)), state(at(9), at(10), paused=at(8)), state(at(9), at(12), at(8))
    ('none', 'running', 'missed', 'paused', 'met')
    """
    if deadline is None:
        return 'none'
    if (stopped or paused or now) > deadline:
        return 'missed'
    if stopped:
        return 'met' if is_final else 'paused'
    return 'paused' if paused else 'running'


def dropped(known: str) -> str:
    """Return what stays of a promise for a request that was cancelled: that it was missed before, and else nothing."""
    return known if known in ('met', 'missed') else 'none'


def delays(warned: datetime, deadline: datetime, ladder: Ladder, climbed: int = 0, last: datetime | None = None) -> tuple:
    """Return the delays of a company's ladder for a promise, in minutes after the warning: at once, when it is missed, and then as with alerts.

    Steps are taken in working hours only. So that none is skipped over the night, what comes after the miss waits for the step before it,
    and comes as long after that as in the ladder; None until then, as for a step that is left out.

    :param climbed: how many steps have been taken
    :param last: when the last one was

    >>> at, by, ladder = datetime(2026, 11, 23, 8), datetime(2026, 11, 23, 10), Ladder((0, 15, 30, 60))
    >>> delays(at, by, ladder), delays(at, by, ladder, 2, by), delays(at, by, ladder, 3, datetime(2026, 11, 23, 11))
    ((0, 120, None, None), (0, 120, 150, None), (0, 120, 150, 210))
    >>> delays(at, by, Ladder((0, None, None, 60)), 2, by), delays(at, by, Ladder((0, None, 90, 60)), 2, by)
    ((0, 120, None, 180), (0, 120, 210, 180))
    """
    told = int((last - warned).total_seconds() // 60) if last else 0
    missed = max(0, int((deadline - warned).total_seconds() // 60))
    planned = (0, missed, *(None if delay is None else missed + delay for delay in ladder.delays[2:]))
    found = [0, missed]
    for number, delay in enumerate(planned[2:], 2):
        if delay is None or climbed > number:
            found.append(delay)
            continue
        before = max(one for one, earlier in enumerate(planned[:number]) if earlier is not None and earlier <= delay)
        found.append(None if climbed <= before else max(delay, told + delay - planned[before]))
    return tuple(found)
