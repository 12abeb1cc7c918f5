"""What keeps going wrong: when like events are often enough to suggest an improvement, and what a new one does to what is known.

What counts as an event and what makes two of them alike is told by ``PATTERNS``; the server counts them with one statement each, which a
test compares with ``find`` on the same rows.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# In the order in which people read them. The parts are what events of a pattern must have in common.
PATTERNS = {
    'task': ('task_id',),
    'check': ('check_id',),
    'alert': ('check_id', 'asset_id'),
    'ticket': ('category_id', 'asset_id'),
    'reopened': ('category_id', 'asset_id'),
    'outage': ('outage_kind', 'asset_id'),
    'excuse': ('excuse_kind',),
    'supply': ('category_id', 'asset_id'),
}
# What was put aside comes back when it happens this many times as often, and at least so many times more.
WORSE_FACTOR, WORSE_MORE = 2, 2


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that went wrong.

    :param like: what it has in common with its like
    :param ref: its id
    :param at: naive UTC
    """

    like: Hashable
    ref: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Find:
    """Like events that are often enough.

    :param refs: their ids, ascending; the server names a record as often as it stands for an event
    """

    like: Hashable
    refs: tuple[int, ...]


def find(events: Iterable[Event], at_least: int, days: int, now: datetime) -> list[Find]:
    """Return what happened at least so many times in the days before ``now``; with ``at_least`` 0 nobody asks.

    >>> now = datetime(2026, 11, 28)
    >>> find([Event('printer', ref, datetime(2026, 11, day)) for ref, day in enumerate((1, 20, 22, 27))], 3, 14, now)
    [Find(like='printer', refs=(1, 2, 3))]
    """
    if at_least <= 0:
        return []
    since, groups = now - timedelta(days=days), {}
    for event in events:
        if since <= event.at <= now:
            groups.setdefault(event.like, set()).add(event.ref)
    return [Find(like, tuple(sorted(refs))) for like, refs in groups.items() if len(refs) >= at_least]


def is_clearly_worse(count: int, put_aside_at: int) -> bool:
    """Tell whether what was put aside at ``put_aside_at`` events within the days has become clearly worse.

    >>> [is_clearly_worse(count, 3) for count in (3, 5, 6)], is_clearly_worse(2, 1)
    ([False, False, True], False)
    """
    return count >= max(put_aside_at * WORSE_FACTOR, put_aside_at + WORSE_MORE)


def answer(state: str | None, count: int, put_aside_at: int, at_least: int) -> str:
    """Return what like events do: ``draft`` (nothing is known of them), ``come_back`` (it was put aside and is clearly worse), ``join``, or ``wait``.

    What is seldom makes nothing and brings nothing back, but joins what is known.

    :param state: of the improvement that is known for it and not closed, None when there is none

    >>> answer(None, 3, 0, 3), answer('plan', 1, 0, 3), answer('dismissed', 4, 3, 3), answer('dismissed', 6, 3, 3), answer(None, 2, 0, 3)
    ('draft', 'join', 'join', 'come_back', 'wait')
    """
    if state is None:
        return 'draft' if count >= at_least else 'wait'
    return 'come_back' if state == 'dismissed' and count >= at_least and is_clearly_worse(count, put_aside_at) else 'join'


def key(pattern: str, parts: Iterable[object]) -> str:
    """Return the name by which an improvement knows its like. It is sealed, so that of a check's alerts stays as it was before hosts had any.

    >>> key('ticket', (4, None)), key('alert', (4, None)), key('alert', (None, 4))
    ('ticket:4:', 'alert:4', 'alert::4')
    """
    name = ':'.join([pattern, *('' if part in (None, False) else str(part) for part in parts)])
    return name.removesuffix(':') if pattern == 'alert' else name
