"""How long open tickets wait, and to whom the next one goes."""

from collections.abc import Iterable
from dataclasses import dataclass

# Days since somebody asked, from which a ticket is of the next band.
BANDS = (('fresh', 0), ('days', 2), ('old', 7))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to whom a ticket may be given.

    :param open: how many tickets they have that are worked on
    :param newest: the highest id among the tickets that they were ever given, 0 for none
    """

    key: int
    open: int = 0
    newest: int = 0


def band(days: int) -> str:
    """Return the band of an open ticket that waits for so many whole days.

    >>> [band(days) for days in (-1, 0, 1, 2, 6, 7, 400)]
    ['fresh', 'fresh', 'fresh', 'days', 'days', 'old', 'old']
    """
    return next((name for name, since in reversed(BANDS) if days >= since), BANDS[0][0])


def next_person(people: Iterable[Person]) -> int | None:
    """Return to whom the next ticket goes: who has the fewest, of equals who waited longest for one; None when there is nobody.

    >>> next_person([Person(1, open=3), Person(2, open=1, newest=40), Person(3, open=1, newest=12)])
    3
    """
    first = min(people, key=lambda person: (person.open, person.newest, person.key), default=None)
    return first.key if first else None
