"""Which local days are closed: working hours by weekday, less the leaves that cover them whole."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from .local_time import to_utc

Hours = tuple[float, float]  # local opening and closing hour, 0.0 to 24.0
Leave = tuple[datetime, datetime]  # naive UTC, the end not included


def closed_days(hours: Mapping[int, Iterable[Hours]], leaves: Iterable[Leave], tz: str) -> Callable[[date], bool]:
    """Return a test for the days on which nobody works, for ``recurrence``.

    A leave of some hours closes no day; several that together cover every working hour do.

    :param hours: working hours by weekday, Monday 0; a weekday left out is closed
    :param leaves: public holidays and closures, any order, overlapping or not

    >>> closed = closed_days({0: [(8, 17)]}, [(datetime(2026, 11, 22, 21), datetime(2026, 11, 23, 21))], 'Africa/Addis_Ababa')
    >>> closed(date(2026, 11, 23)), closed(date(2026, 11, 30)), closed(date(2026, 12, 1))
    (True, False, True)
    """
    closures = merged(leaves)
    by_weekday = {weekday: tuple(spans) for weekday, spans in hours.items()}

    @lru_cache(maxsize=4096)
    def is_closed(day: date) -> bool:
        return all(
            _is_covered(to_utc(day, opening, tz), to_utc(day, closing, tz, latest=True), closures)
            for opening, closing in by_weekday.get(day.weekday(), ())
        )

    return is_closed


def merged(leaves: Iterable[Leave], gap: timedelta = timedelta()) -> list[Leave]:
    """Return the leaves in order, as one those that touch, overlap or lie no farther apart than ``gap``."""
    joined: list[Leave] = []
    for start, end in sorted(leaves):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_covered(start: datetime, end: datetime, closures: list[Leave]) -> bool:
    return start >= end or any(leave_start <= start and end <= leave_end for leave_start, leave_end in closures)
