"""The course of an improvement: plan, do, check, act; what each step asks for, and when a measure was reached.

    suggested ──> plan ──> do ──> check ──> act ──> closed
        │          │ ^──────┘       │
        └──────────┴──> dismissed   └──> plan (the measure was not reached)

Nobody says that an improvement worked: on the day that was set, the figure is measured again, and that alone leads from check to act or back
to plan. What is still open then and could change that is waited for. What was dismissed comes back when it has become clearly worse, or when a manager takes it up again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

STATES = ('suggested', 'plan', 'do', 'check', 'act', 'closed', 'dismissed')
OPEN_STATES = ('suggested', 'plan', 'do', 'check', 'act')
GRAPH: dict[str, frozenset[str]] = {
    'suggested': frozenset({'plan', 'dismissed'}),
    'plan': frozenset({'do', 'dismissed'}),
    'do': frozenset({'check', 'plan'}),
    'check': frozenset({'act', 'plan'}),  # the figure says which: no person takes these steps
    'act': frozenset({'closed'}),
    'closed': frozenset(),
    'dismissed': frozenset({'suggested'}),
}
# What has to be filled in before a step; the names are the record's fields.
ASKED = {
    ('plan', 'do'): ('owner_id', 'date_deadline', 'root_cause', 'expected_gain', 'measure', 'measure_on'),
    ('do', 'check'): ('change_made',),
    ('act', 'closed'): ('standard',),
}
# What can be counted again later, and what has to be named for it: one of these fields.
MEASURES = {
    'task_missed': ('task_id', 'asset_id'),
    'task_trouble': ('task_id', 'asset_id'),
    'tickets': ('category_id', 'asset_id'),
    'tickets_reopened': ('category_id', 'asset_id'),
    'work_min': ('category_id', 'asset_id'),
    'not_ok_min': ('check_id', 'asset_id'),
    'outage_min': ('asset_id', 'outage_kind'),
    'excused': ('excuse_kind',),
    'step_trouble': ('step_id',),
}
# The measure that a repeated trouble suggests.
MEASURE_OF = {
    'task': 'task_trouble', 'check': 'not_ok_min', 'alert': 'not_ok_min', 'ticket': 'tickets', 'reopened': 'tickets_reopened', 'outage': 'outage_min',
    'excuse': 'excused', 'supply': 'tickets',
}
# The steps of a closing's step with which somebody else than its doer gave it back; that a doer takes back what is done, the log is not told.
GIVEN_BACK = frozenset({('done', 'rejected'), ('done', 'todo'), ('verified', 'todo')})
# How old an open one is: the band, and from how many days on.
AGE_BANDS = (('0', 0), ('1', 7), ('2', 30), ('3', 90))
# The costs that are minutes, of which some can be gained.
MINUTES = frozenset({'minutes_down', 'minutes_worked'})
# A step that moves an improvement forward once it is documented; these are what a quota counts.
MOVES_FORWARD = frozenset({('plan', 'do'), ('do', 'check'), ('act', 'closed')})


def allowed(old: str, new: str) -> bool:
    """Tell whether an improvement may go from one state to another.

    >>> allowed('suggested', 'plan'), allowed('suggested', 'closed')
    (True, False)
    """
    return new in GRAPH[old]


def age_band(days: int) -> str:
    """Return in which of ``AGE_BANDS`` an age in whole days is.

    >>> [age_band(days) for days in (0, 6, 7, 29, 30, 89, 90, 900)]
    ['0', '0', '1', '1', '2', '2', '3', '3']
    """
    return next(band for band, since in reversed(AGE_BANDS) if days >= since)


def missing(old: str, new: str, filled: Iterable[str]) -> list[str]:
    """Return the names of what has to be filled in before this step and is not, in their order.

    >>> missing('do', 'check', ['owner_id'])
    ['change_made']
    """
    return [name for name in ASKED.get((old, new), ()) if name not in set(filled)]


@dataclass(frozen=True, slots=True)
class Span:
    """The days over which a figure is counted: from the first day's beginning to the last day's end, in the company's days."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


def span_before(day: date, days: int) -> Span:
    """Return the whole days that end with the one before ``day``, on whichever day they are counted.

    A run of the last of them may be within its grace for days yet: what it becomes is waited for (see ``is_exceeded``), so that a late
    measurement finds what a timely one finds.

    >>> span_before(date(2026, 11, 28), 7)
    Span(first_day=datetime.date(2026, 11, 21), last_day=datetime.date(2026, 11, 27))
    """
    return Span(day - timedelta(days=days), day - timedelta(days=1))


def earliest_measure(changed_on: date, days: int) -> date:
    """Return the first day on which all that is counted lies after the change.

    >>> earliest_measure(date(2026, 11, 1), 28)
    datetime.date(2026, 11, 30)
    """
    return changed_on + timedelta(days=days + 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was counted over a span.

    :param value: less is better
    :param seen: how much there was to count at all (runs that were due, minutes that were watched); None where nothing being there is
        itself the figure, as with tickets
    """

    value: float
    seen: float | None = None

    @property
    def is_known(self) -> bool:
        """Tell whether the figure says anything: that nothing bad was seen where nobody looked is no success."""
        return self.seen is None or self.seen > 0


def is_reached(figure: Figure, target: float) -> bool:
    """Tell whether a figure is as good as was wanted.

    >>> is_reached(Figure(2, seen=20), 2), is_reached(Figure(3, seen=20), 2), is_reached(Figure(0, seen=0), 2)
    (True, False, False)
    """
    return figure.is_known and figure.value <= target


def is_exceeded(figure: Figure, target: float) -> bool:
    """Tell whether a figure is above what was wanted whatever is counted yet: what is still open can only add to it.

    >>> is_exceeded(Figure(3, seen=20), 2), is_exceeded(Figure(2, seen=20), 2), is_exceeded(Figure(0, seen=0), 2)
    (True, False, False)
    """
    return figure.is_known and figure.value > target


def gained(before: float, after: float, counted_before: Iterable[str], counted_after: Iterable[str]) -> float | None:
    """Return how many minutes less it takes, None when nobody knows: other minutes could be counted before than after, or none at all.

    :param counted_before: names of the costs that could be counted then, like ``counted_after``

    >>> gained(90, 30, ['minutes_down'], ['minutes_down', 'runs_missed']), gained(90, 0, ['minutes_down'], []), gained(0, 0, [], [])
    (60, None, None)
    """
    names = MINUTES & set(counted_before)
    return before - after if names and names == MINUTES & set(counted_after) else None


def target_refusal(before: Figure, target: float) -> str | None:
    """Return why a target proves nothing: ``unknown``, ``negative`` or ``no_better``; None when it would show an improvement.

    Where there was nothing bad before, that it stays so is all that can be wanted.

    >>> target_refusal(Figure(5, seen=20), 5), target_refusal(Figure(5, seen=20), 4), target_refusal(Figure(0), 0)
    ('no_better', None, None)
    """
    if not before.is_known:
        return 'unknown'
    if target < 0:
        return 'negative'
    return 'no_better' if target > 0 and target >= before.value else None


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that somebody took with an improvement.

    :param improvement: its id
    :param at: naive UTC
    """

    improvement: int
    old: str
    new: str
    at: datetime


def counted(moves: Iterable[Moved], start: datetime, end: datetime, used: Collection[tuple[int, str, str]] = ()) -> list[Moved]:
    """Return one step for each improvement that was moved forward from ``start`` on and before ``end`` (naive UTC), in order of time.

    A step counts only the first time that an improvement takes it: who puts it back to the plan and begins anew has documented nothing new.

    :param moves: of that time, and all earlier ones of the same improvements
    :param used: ``(improvement, old, new)`` of steps that counted for another time already

    >>> start, end = datetime(2026, 11, 23), datetime(2026, 11, 29)
    >>> at = datetime(2026, 11, 24)
    >>> [move.improvement for move in counted([
    ...     Moved(7, 'plan', 'do', at), Moved(7, 'do', 'check', at), Moved(8, 'suggested', 'plan', at), Moved(9, 'do', 'check', at)], start, end)]
    [7, 9]
    """
    found, taken = {}, set(used)
    for move in sorted(moves, key=lambda move: (move.at, move.improvement)):
        step = (move.improvement, move.old, move.new)
        if step not in taken and (move.old, move.new) in MOVES_FORWARD and start <= move.at < end:
            found.setdefault(move.improvement, move)
        taken.add(step)
    return list(found.values())
