"""How often a request comes again: with which schedule the task begins that is made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

WEEKDAYS = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A schedule to begin with, in the words of a task's fields.

    :param kind: ``weekdays``, ``monthly_day``, ``yearly`` or ``on_demand``
    :param every: each week, month or year, or only each second one, and so on
    """

    kind: str
    every: int = 1
    weekday: str = ''
    day: int = 1
    month: int = 1


def rhythm(days: Iterable[date]) -> Rhythm:
    """Return the schedule that fits how often like requests came; with fewer than two days nothing is known and it is on demand.

    >>> rhythm([date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 17)])
    Rhythm(kind='weekdays', every=1, weekday='tuesday', day=1, month=1)
    >>> rhythm([date(2026, 1, 30), date(2026, 4, 28), date(2026, 7, 31)])
    Rhythm(kind='monthly_day', every=3, weekday='', day=31, month=1)
    >>> rhythm([date(2024, 12, 30), date(2025, 12, 29)])
    Rhythm(kind='yearly', every=1, weekday='', day=29, month=12)
    >>> rhythm([date(2026, 3, 2), date(2026, 3, 2)]).kind, rhythm([]).kind
    ('on_demand', 'on_demand')
    """
    days = sorted(set(days))
    if len(days) < 2:
        return Rhythm('on_demand')
    gap, last = median((after - before).days for before, after in zip(days, days[1:], strict=False)), days[-1]
    if gap < 25:
        return Rhythm('weekdays', every=max(1, round(gap / 7)), weekday=WEEKDAYS[last.weekday()])
    if gap < 300:
        return Rhythm('monthly_day', every=max(1, round(gap / 30.4)), day=last.day)
    return Rhythm('yearly', every=max(1, round(gap / 365.25)), day=last.day, month=last.month)
