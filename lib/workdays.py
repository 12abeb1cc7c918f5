"""On which local days work is left, from the spans in which people work."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

# A day ends at 23:59:59 for some who enter it: what is shorter than a minute is no time to work.
MOMENT = timedelta(minutes=1)
WEEK = 7


def open_days(work: Iterable[tuple[datetime, datetime]]) -> set[date]:
    """Return the days on which at least a minute of work is left.

    :param work: spans as the local clock shows them, in any order; one may last for days

    >>> monday = lambda hour: datetime(2026, 11, 23, hour)
    >>> sorted(day.day for day in open_days([(monday(8), monday(12)), (monday(13), datetime(2026, 11, 25))]))
    [23, 24]
    """
    days = set()
    for start, end in work:
        if end - start >= MOMENT:
            first, last = (start + MOMENT).date(), (end - MOMENT).date()
            days.update(first + timedelta(days=number) for number in range((last - first).days + 1))
    return days


def week_start(weekdays: Iterable[int]) -> int:
    """Return the weekday, Monday 0 to Sunday 6, on which a week begins whose work is done on these weekdays.

    It is the first working day after the longest stretch of free ones; Monday if none is free or all are, and where two stretches
    are as long, that of the weekend most of the world has.

    >>> week_start({0, 1, 2, 3, 4}), week_start({6, 0, 1, 2, 3}), week_start({5, 6, 0, 1, 2}), week_start(range(7))
    (0, 6, 5, 0)
    """
    days = set(weekdays)
    starts = [day for day in days if (day - 1) % WEEK not in days]

    def free_before(day):
        return next(count for count in range(1, WEEK) if (day - 1 - count) % WEEK in days)

    return max(sorted(starts), key=free_before, default=0)
