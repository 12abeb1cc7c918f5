"""How long something was in which state, and how long at least one of several stretches lasted."""

from collections.abc import Iterable, Iterator
from datetime import datetime

Change = tuple[datetime, str, str]


def settled(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that hold, in order of time: one that became known later, and happened earlier, overrules those known before it.

    A host that was not heard is unknown from then on; with its backlog it tells what it was like meanwhile.

    :param changes: ``(at, before, after)`` in the order in which they became known

    >>> at = [datetime(2026, 11, 23, hour) for hour in range(5)]
    >>> settled([(at[1], 'ok', 'critical'), (at[4], 'critical', 'unknown'), (at[2], 'unknown', 'ok')]) == [
    ...     (at[1], 'ok', 'critical'), (at[2], 'unknown', 'ok')]
    True
    """
    kept: list[Change] = []
    for change in reversed(list(changes)):
        if not kept or change[0] < kept[-1][0]:
            kept.append(change)
    return kept[::-1]


def stretches(changes: Iterable[Change], now_state: str, start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield ``(state, since, until)`` of each time that something was in a state between ``start`` and ``end``; together they are that time.

    :param changes: ``(at, before, after)`` in the order in which they became known: all from ``start`` on, and what became known after
        the first of these; later ones than ``end`` may be among them
    :param now_state: the state in which it is after the last of them

    >>> day = datetime(2026, 11, 23)
    >>> [(state, since.hour, until.hour) for state, since, until in stretches([(day.replace(hour=6), 'ok', 'critical')], 'critical', day, day.replace(hour=8))]
    [('ok', 0, 6), ('critical', 6, 8)]
    """
    told = list(changes)
    # What the first to become known began with holds before all of them: what a later one began with may be what it overrules.
    state, since = (told[0][1] if told else now_state), start
    for at, _before, after in [*settled(told), (end, now_state, now_state)]:
        until = min(max(at, since), end)
        if until > since:
            yield state, since, until
        state, since = after, until


def union_seconds(spans: Iterable[tuple[datetime, datetime | None]], start: datetime, end: datetime) -> float:
    """Return for how many seconds between ``start`` and ``end`` at least one of the spans lasted; one without an end goes on.

    >>> hour = [datetime(2026, 11, 23, hour) for hour in range(5)]
    >>> union_seconds([(hour[0], hour[2]), (hour[1], hour[3])], hour[0], hour[4]) / 3600
    3.0
    """
    total, reached = 0.0, start
    for begin, until in sorted(((begin, until or end) for begin, until in spans), key=lambda span: span[0]):
        begin, until = max(begin, reached), min(until, end)
        if until > begin:
            total += (until - begin).total_seconds()
            reached = until
    return total
