"""On which local days work is left, from the spans in which people work."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

# A day ends at 23:59:59 for some who enter it: what is shorter than a minute is no time to work.
MOMENT = timedelta(minutes=1)


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
