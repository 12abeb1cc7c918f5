"""Which facts may excuse a missed run, and who may decide it. A fact is something that was true whoever asks, never a story.

    asked ──> granted ──> withdrawn
      ├─────> refused
      └─────> lapsed (the run was entered late: there is no miss left to excuse)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from . import local_time

KINDS = ('outage', 'downtime', 'leave', 'closed')
GRAPH: dict[str, frozenset[str]] = {
    'asked': frozenset({'granted', 'refused', 'lapsed'}),
    'granted': frozenset({'withdrawn'}),
    'refused': frozenset(),
    'withdrawn': frozenset(),
    'lapsed': frozenset(),
}
NEEDS_REASON = frozenset({'refused', 'withdrawn'})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was the case for a while.

    :param kind: one of ``KINDS``
    :param ref: what tells facts of a kind apart: an id, a day, or an id and a moment
    :param end_at: naive UTC, like ``start_at``; None while it goes on
    """

    kind: str
    ref: int | str
    start_at: datetime
    end_at: datetime | None = None

    @property
    def key(self) -> str:
        """Return the name by which a person chooses this fact, for example ``outage:7``."""
        return f'{self.kind}:{self.ref}'


@dataclass(frozen=True, slots=True)
class Fit:
    """A fact that falls into a run's time, and how much of that time it takes.

    :param covered_pct: share of the time from opening to deadline, 0 to 100, rounded down except that some is never 0
    """

    fact: Fact
    covered_pct: int


def fitting(facts: Iterable[Fact], open_at: datetime, deadline_at: datetime) -> list[Fit]:
    """Return the facts that fall into a run's time, what covers most of it first.

    Whether a short outage excuses a long day is a person's decision; that it was short is told.

    >>> open_at, deadline = datetime(2026, 11, 23, 6), datetime(2026, 11, 23, 16)
    >>> [fit.covered_pct for fit in fitting([Fact('outage', 1, datetime(2026, 11, 23, 1), datetime(2026, 11, 23, 11))], open_at, deadline)]
    [50]
    """
    fits = [
        Fit(fact, _covered_pct(fact, open_at, deadline_at)) for fact in facts if _meets(fact, open_at, deadline_at)]
    return sorted(fits, key=lambda fit: (-fit.covered_pct, fit.fact.start_at, fit.fact.key))


def closed_fact(open_at: datetime, due_at: datetime, tz: str, is_closed: Callable[[date], bool]) -> Fact | None:
    """Return the fact that the company was closed on every local day on which the run could be done in time, or None.

    If one of these days was open, it could be done then: the Sunday in a week's window excuses nothing.
    """
    first = local_time.local_date(open_at, tz)
    last = max(first, local_time.local_date(due_at - timedelta(microseconds=1), tz))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if not all(is_closed(day) for day in days):
        return None
    return Fact(
        'closed', first.isoformat(), local_time.to_utc(first, 0, tz), local_time.to_utc(last + timedelta(days=1), 0, tz))


def refusal(old: str, new: str, is_second: bool, reason: str = '') -> str | None:
    """Return why a decision must be refused (``not_allowed``, ``own_excuse``, ``no_reason``), or None when it may happen.

    :param is_second: the actor neither asked nor is the one who missed the run
    """
    if new not in GRAPH.get(old, ()):
        return 'not_allowed'
    if new in ('granted', 'refused') and not is_second:
        return 'own_excuse'
    if new in NEEDS_REASON and not reason.strip():
        return 'no_reason'
    return None


def _meets(fact: Fact, open_at: datetime, deadline_at: datetime) -> bool:
    return fact.start_at < max(deadline_at, open_at + timedelta.resolution) and (fact.end_at is None or fact.end_at > open_at)


def _covered_pct(fact: Fact, open_at: datetime, deadline_at: datetime) -> int:
    if deadline_at <= open_at:
        return 100
    end_at = deadline_at if fact.end_at is None else min(fact.end_at, deadline_at)
    covered = end_at - max(fact.start_at, open_at)
    return max(1, covered * 100 // (deadline_at - open_at))
