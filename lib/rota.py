"""Whose turn it is, and who does it instead while that person is away.

Turns are counted in local calendar days, so that a clock change makes none of them longer. People are opaque numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# Why a run is this person's: the plan itself, or the kind of stand-in.
BASES = ('plan', 'rota', 'deputy', 'role', 'nobody')

MAX_TURN_DAYS = 366


class RotaError(ValueError):
    """The rota contradicts itself; the message is an English sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Rota:
    """People who take turns of equal length for ever.

    :param members: each once, in the order of their turns
    :param start: local day on which the first member's first turn begins; nobody has a turn before it
    :param turn_days: local days of a turn
    :raises RotaError: a member stands in it twice, or the turns have no usable length
    """

    members: tuple[int, ...]
    start: date
    turn_days: int = 7

    def __post_init__(self):
        if len(set(self.members)) != len(self.members):
            raise RotaError("Each person stands in a rota once.")
        if not 1 <= self.turn_days <= MAX_TURN_DAYS:
            raise RotaError("A turn lasts between 1 and 366 days.")


@dataclass(frozen=True, slots=True)
class Turn:
    """One member's turn; both days are part of it."""

    member: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Team:
    """Who may do a run.

    :param planned: whose it is while nobody is away; None when it is everybody's who has the role
    :param rota: the members of the task's rota, in order; empty without one
    :param deputies: who stands in for the planned person, in order
    :param role: the people of the responsible role, in order
    """

    planned: int | None = None
    rota: tuple[int, ...] = ()
    deputies: tuple[int, ...] = ()
    role: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Whose run it is now.

    :param person: None: everybody with the role, or, with the basis ``nobody``, nobody who is there
    :param basis: one of ``BASES``
    """

    person: int | None
    basis: str


def on_duty(rota: Rota, day: date) -> int | None:
    """Return the member whose turn a local day is; None before the start and for a rota without members.

    >>> on_duty(Rota((7, 8, 9), date(2026, 11, 23)), date(2026, 12, 1))
    8
    """
    if day < rota.start or not rota.members:
        return None
    return rota.members[(day - rota.start).days // rota.turn_days % len(rota.members)]


def turns(rota: Rota, day: date, count: int) -> list[Turn]:
    """Return the turn that holds a local day, or the first of all when the rota begins later, and those that follow.

    >>> [(turn.member, turn.first.day) for turn in turns(Rota((7, 8), date(2026, 11, 2)), date(2026, 11, 12), 2)]
    [(8, 9), (7, 16)]
    """
    if not rota.members:
        return []
    length = timedelta(days=rota.turn_days)
    number = max(0, (day - rota.start).days // rota.turn_days)
    firsts = [rota.start + (number + ahead) * length for ahead in range(count)]
    return [Turn(on_duty(rota, first), first, first + length - timedelta(days=1)) for first in firsts]


def planned(day: date, person: int | None = None, rota: Rota | None = None, role: Sequence[int] = ()) -> int | None:
    """Return whose run it is while nobody is away: the named person, else whose turn it is, else the only one with the role.

    :param day: the run's local day
    :return: None: everybody with the role
    """
    member = on_duty(rota, day) if rota and person is None else person
    if member is None and len(role) == 1:
        return role[0]
    return member


def assign(team: Team, is_away: Callable[[int], bool], now: Duty | None = None) -> Duty:
    """Return whose run it is.

    The planned person's, if present. Else the next present member of the rota, else a present deputy, else the next present
    person with the role; what comes next is counted from the planned person, so that the same colleague is not always hit.
    A run of the whole role becomes one person's when all others are away.

    :param is_away: tells whether a person is away during the run
    :param now: whose it is so far; a stand-in who is present keeps it, however many others have come back

    >>> assign(Team(planned=7, rota=(7, 8, 9)), {7, 8}.__contains__)
    Duty(person=9, basis='rota')
    >>> assign(Team(planned=7, role=(7, 8)), {7, 8}.__contains__)
    Duty(person=None, basis='nobody')
    """
    if team.planned is None:
        return _of_the_role(team.role, is_away)
    if not is_away(team.planned):
        return Duty(team.planned, 'plan')
    if now and now.person not in (None, team.planned) and not is_away(now.person):
        return now
    for basis, people in (
        ('rota', _after(team.planned, team.rota)), ('deputy', team.deputies), ('role', _after(team.planned, team.role)),
    ):
        for person in people:
            if not is_away(person):
                return Duty(person, basis)
    return Duty(None, 'nobody')


def _of_the_role(people: Sequence[int], is_away: Callable[[int], bool]) -> Duty:
    """Return the duty for a run that is everybody's."""
    present = [person for person in people if not is_away(person)]
    if people and not present:
        return Duty(None, 'nobody')
    if len(present) == 1 and len(people) > 1:
        return Duty(present[0], 'role')
    return Duty(None, 'plan')


def _after(person: int, people: Sequence[int]) -> list[int]:
    """Return the others in their order, those that follow the person first."""
    if person not in people:
        return list(people)
    place = people.index(person)
    return [*people[place + 1:], *people[:place]]
