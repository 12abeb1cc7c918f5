"""Who hears of an alert, and when: people in circles, a ladder of steps, quiet hours, and one message instead of many.

People are opaque numbers; times are naive UTC, hours of the day are the company's.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .local_time import local_date, to_utc, wall_clock

STEPS = ('first', 'mail', 'manager', 'ways')
REACT = timedelta(hours=1)  # who is on leave all through it cannot act


@dataclass(frozen=True, slots=True)
class Person:
    """Whether somebody can be told now.

    :param is_here: works here, may enter the company, and is not on leave
    :param is_on_duty: is here, and it is their turn or their working time
    :param is_active: may sign in, on leave or not
    """

    is_here: bool = True
    is_on_duty: bool = True
    is_active: bool = True


GONE = Person(is_here=False, is_on_duty=False, is_active=False)


def audience(circles: Sequence[Iterable[int]], people: Mapping[int, Person]) -> tuple[int, ...]:
    """Return who is told: the nearest circle in which somebody is on duty, and whoever of the nearer ones is here.

    Is nobody on duty at all, everybody who is here is told; is nobody here, everybody who can sign in. So somebody on leave or
    outside their duty is never the only one told while anybody else could act, and somebody is told as long as there is anybody.

    :param circles: the owner, those whose turn it is, the role, the managers, the administrators
    :param people: :class:`Person` of each; who is missing is gone

    >>> on_leave, off_duty = Person(is_here=False, is_on_duty=False), Person(is_on_duty=False)
    >>> audience([(1,), (2,), (3,)], {1: on_leave, 2: off_duty, 3: Person()})
    (2, 3)
    >>> audience([(1,), (2,)], {1: on_leave, 2: off_duty}), audience([(1,), (2,)], {1: on_leave})
    ((2,), (1,))
    """
    told = []
    for circle in circles:
        here = [one for one in circle if people.get(one, GONE).is_here and people.get(one, GONE).is_active]
        told += here
        if any(people[one].is_on_duty for one in here):
            return tuple(dict.fromkeys(told))
    if told:
        return tuple(dict.fromkeys(told))
    return tuple(dict.fromkeys(one for circle in circles for one in circle if people.get(one, GONE).is_active))


@dataclass(frozen=True, slots=True)
class Ladder:
    """After how many minutes an alert that nobody took goes on.

    :param delays: minutes after the beginning by step, in the order of ``STEPS``; None leaves a step out
    :param nag_min: minutes between two reminders after the last step; 0 for none
    """

    delays: tuple
    nag_min: int = 0


def due_step(ladder: Ladder, climbed: int, since: datetime, last: datetime | None, now: datetime) -> str:
    """Return the step that is due now, ``nag`` after the last one, '' for none.

    One at a time, and only the farthest that is due: after a time in which nothing was sent, nobody gets the whole ladder at once.

    :param climbed: how many steps have been taken, those left out included
    :param since: when the ladder began
    :param last: when the last message went

    >>> at, ladder = datetime(2026, 11, 23, 5), Ladder((0, 15, 30, None), 60)
    >>> due_step(ladder, 0, at, None, at), due_step(ladder, 1, at, at, at + timedelta(minutes=14))
    ('first', '')
    >>> due_step(ladder, 1, at, at, at + timedelta(hours=3)), due_step(ladder, 3, at, at, at + timedelta(hours=1))
    ('manager', 'nag')
    """
    due = [
        number for number, delay in enumerate(ladder.delays)
        if number >= climbed and delay is not None and since + timedelta(minutes=delay) <= now]
    if not climbed and due:
        return STEPS[0]
    if due:
        return STEPS[due[-1]]
    left = [delay for delay in ladder.delays[climbed:] if delay is not None]
    if not left and ladder.nag_min and last is not None and last + timedelta(minutes=ladder.nag_min) <= now:
        return 'nag'
    return ''


def is_quiet(moment: datetime, tz: str, start: float, end: float) -> bool:
    """Tell whether a moment lies in the quiet hours, which may span midnight; equal hours mean none.

    >>> is_quiet(datetime(2026, 11, 23, 19), 'Africa/Addis_Ababa', 20, 7), is_quiet(datetime(2026, 11, 23, 4), 'Africa/Addis_Ababa', 20, 7)
    (True, False)
    """
    _day, text = wall_clock(moment, tz)
    hour = int(text[:2]) + int(text[3:]) / 60
    return start <= hour < end if start <= end else hour >= start or hour < end


def quiet_until(moment: datetime, tz: str, start: float, end: float) -> datetime:
    """Return when somebody may be told of a warning: the moment itself, or the end of the quiet hours that it lies in.

    >>> quiet_until(datetime(2026, 11, 23, 19), 'Africa/Addis_Ababa', 20, 7)
    datetime.datetime(2026, 11, 24, 4, 0)
    """
    if not is_quiet(moment, tz, start, end):
        return moment
    day = local_date(moment, tz)
    until = to_utc(day, end, tz)
    return until if until > moment else to_utc(day + timedelta(days=1), end, tz)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person, or one channel that many read, is to be told now.

    :param kind: ``single``, one alert; ``digest``, several in one message; ``later``, nothing now: they had many just before
    """

    kind: str
    receiver: Hashable
    alerts: tuple


def letters(due: Mapping[Hashable, Sequence[int]], recent: Mapping[Hashable, int], burst: int) -> list[Letter]:
    """Return the messages for what is due: one an alert, or one in all to who would get more than ``burst`` within the window.

    Who had more than that already gets nothing before some of it lies behind, and then all in one.

    :param due: ``{receiver: alerts}``
    :param recent: ``{receiver: how many messages of alerts they got within the window}``

    >>> letters({7: [1, 2]}, {}, 3)
    [Letter(kind='single', receiver=7, alerts=(1,)), Letter(kind='single', receiver=7, alerts=(2,))]
    >>> letters({7: [1, 2]}, {7: 2}, 3), letters({7: [1]}, {7: 4}, 3)[0].kind
    ([Letter(kind='digest', receiver=7, alerts=(1, 2))], 'later')
    """
    found = []
    for receiver, alerts in due.items():
        had = recent.get(receiver, 0)
        if had + len(alerts) <= burst:
            found += [Letter('single', receiver, (alert,)) for alert in alerts]
        elif had <= burst:
            found.append(Letter('digest' if len(alerts) > 1 else 'single', receiver, tuple(alerts)))
        else:
            found.append(Letter('later', receiver, tuple(alerts)))
    return found
