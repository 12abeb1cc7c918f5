"""Whether a person on leave is away during a run; the leave need not cover all of the run.

A leave is entered as hours of work (08:00 to 17:00), a run often spans the whole day. What counts is whether any working time
is left in which the person could do it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from .local_time import local_date, to_utc

Span = tuple[datetime, datetime]  # naive UTC, the end not included

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


def is_away(start: datetime, end: datetime, leaves: Iterable[Span], work: Iterable[Span], tz: str) -> bool:
    """Tell whether leaves take all the time that a person has between two naive UTC moments.

    That is every working hour between them. Where there are none (a weekend, an evening, somebody without fixed hours), it is
    the whole time between them; there, a day whose working hours are all taken is taken as a whole, so that who is off on
    Friday is not asked on Friday evening.

    :param leaves: the person's own, any order, overlapping or not
    :param work: the person's working hours, leave or not, of all local days that hold a part of the time, or of more days
    :param tz: where those local days are

    >>> friday = lambda hour: datetime(2026, 11, 27, hour)
    >>> off, shift = [(friday(8), friday(17))], [(friday(8), friday(12)), (friday(13), friday(17))]
    >>> is_away(friday(0), friday(23), off, shift, 'UTC'), is_away(friday(18), friday(23), off, shift, 'UTC')
    (True, True)
    >>> is_away(friday(0), friday(23), [(friday(8), friday(12))], shift, 'UTC')
    False
    """
    leaves, work = merged(leaves, GAP), list(work)
    asked = [(max(start, opening), min(end, closing)) for opening, closing in work if max(start, opening) < min(end, closing)]
    if asked:
        return _is_taken(asked, leaves)
    by_day = {}
    for span in work:
        by_day.setdefault(local_date(span[0], tz), []).append(span)
    whole = [(to_utc(day, 0, tz), to_utc(day, 24, tz)) for day, spans in by_day.items() if _is_taken(spans, leaves)]
    return _is_taken([(start, end)], merged([*leaves, *whole], GAP))


def merged(spans: Iterable[Span], gap: timedelta = timedelta()) -> list[Span]:
    """Return the spans in order, as one those that touch, overlap or lie no farther apart than ``gap``."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_taken(spans: Iterable[Span], leaves: Iterable[Span]) -> bool:
    return all(any(first <= start and end <= last + GAP for first, last in leaves) for start, end in spans)
