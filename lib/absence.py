"""Whether a person who has leave is away during a run, which is not the same as the leave covering all of it.

A leave is entered as hours of work (08:00 to 17:00), a run often spans the whole day. What counts is whether any working time
is left in which the person could do it.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from .local_time import local_date, to_utc
from .workdays import Hours, Leave, merged

# A day's leave ends at 23:59:59 and the next begins at midnight: nobody comes to work in between.
GAP = timedelta(minutes=1)


def window(open_at: datetime, due_at: datetime, deadline_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the time in which a run can still be done as asked, in naive UTC.

    All of its span before it opens; what is left of it afterwards; what is left of the grace once it is overdue. Of a run
    that is over, its span: who was there then.

    >>> window(datetime(2026, 11, 23, 5), datetime(2026, 11, 23, 14), datetime(2026, 11, 23, 20), datetime(2026, 11, 23, 9))
    (datetime.datetime(2026, 11, 23, 9, 0), datetime.datetime(2026, 11, 23, 14, 0))
    """
    if open_at < now < due_at:
        return now, due_at
    if due_at <= now < deadline_at:
        return now, deadline_at
    return open_at, due_at


def is_away(
    start: datetime, end: datetime, leaves: Iterable[Leave], hours: Callable[[date], Iterable[Hours]], tz: str,
) -> bool:
    """Tell whether leaves take all the time that a person has between two naive UTC moments.

    That is every working hour between them. Where there are none (a weekend, an evening, somebody without fixed hours), it is
    the whole time between them; there, a day whose working hours are all taken is taken as a whole, so that who is off on
    Friday is not asked on Friday evening.

    :param leaves: the person's own, naive UTC, any order, overlapping or not
    :param hours: tells the local hours that the person works on a local day; none for a free day
    :param tz: in which those hours are meant

    >>> friday = lambda hour: datetime(2026, 11, 27, hour)
    >>> off, shift = [(friday(8), friday(17))], lambda day: [(8, 12), (13, 17)]
    >>> is_away(friday(0), friday(23), off, shift, 'UTC'), is_away(friday(18), friday(23), off, shift, 'UTC')
    (True, True)
    >>> is_away(friday(0), friday(23), [(friday(8), friday(12))], shift, 'UTC')
    False
    """
    leaves = merged(leaves, GAP)
    days = _days(start, end, tz)
    work = {day: [_utc(day, *each, tz) for each in hours(day)] for day in days}
    asked = [
        (max(start, opening), min(end, closing)) for spans in work.values() for opening, closing in spans
        if max(start, opening) < min(end, closing)]
    if asked:
        return _is_taken(asked, leaves)
    whole = [_utc(day, 0, 24, tz) for day, spans in work.items() if spans and _is_taken(spans, leaves)]
    return _is_taken([(start, end)], merged([*leaves, *whole], GAP))


def _days(start: datetime, end: datetime, tz: str) -> list[date]:
    """Return the local days that hold a part of the time between two moments."""
    first, last = local_date(start, tz), local_date(max(start, end - timedelta(microseconds=1)), tz)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _utc(day: date, opening: float, closing: float, tz: str) -> Leave:
    return to_utc(day, opening, tz), to_utc(day, closing, tz, latest=True)


def _is_taken(spans: Iterable[Leave], leaves: Iterable[Leave]) -> bool:
    return all(any(first <= start and end <= last + GAP for first, last in leaves) for start, end in spans)
