"""A planned downtime, once or again and again: from what somebody planned to the stretches of time that it covers. Pure.

What is planned is the wall clock of the company: "Sunday 02:00 to 04:00" stays so in summer and in winter. A time that the clock skips is the
moment of the jump; one that it shows twice is covered both times.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from . import recurrence
from .local_time import local_date, to_utc

REPEATS = ('once', 'daily', 'weekly', 'monthly_day', 'monthly_nth')
MAX_DAYS = 31  # one stretch is never longer


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned.

    :param start_at: naive UTC of the first stretch's beginning, which also says on which day and at which hour the others begin
    :param end_at: naive UTC of its end
    :param repeats: one of ``REPEATS``; ``monthly_nth``: on the same weekday of the month, a fifth one is the last
    :param every: every n-th day, week or month
    :param until: local day of the last beginning; None only for ``once``
    :param tz: the company's time zone
    :param ended_at: naive UTC at which somebody ended the whole plan; None while it stands
    """

    start_at: datetime
    end_at: datetime
    repeats: str
    every: int
    until: date | None
    tz: str
    ended_at: datetime | None = None


def stretches(plan: Plan, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the stretches that meet the time from ``start`` to ``end`` (naive UTC, as they are), in order.

    >>> plan = Plan(datetime(2026, 10, 18, 0), datetime(2026, 10, 18, 2), 'weekly', 1, date(2026, 12, 31), 'Europe/Berlin')
    >>> [str(begin) for begin, _until in stretches(plan, datetime(2026, 10, 18), datetime(2026, 11, 3))]
    ['2026-10-18 00:00:00', '2026-10-25 00:00:00', '2026-11-01 01:00:00']
    """
    found = [(plan.start_at, plan.end_at)] if plan.repeats == 'once' else _repeated(plan, start, end)
    if plan.ended_at is not None:
        found = [(begin, min(until, plan.ended_at)) for begin, until in found]
    return [(begin, until) for begin, until in found if begin < until and begin < end and until > start]


def last_at(plan: Plan) -> datetime:
    """Return the end of the last stretch: after it the plan covers nothing any more. One that never covers anything is over when it would begin.

    >>> first = datetime(2026, 11, 1)
    >>> last_at(Plan(first, datetime(2026, 11, 1, 1), 'weekly', 1, date(2026, 11, 14), 'UTC'))
    datetime.datetime(2026, 11, 8, 1, 0)
    """
    end, width = plan.end_at, timedelta(days=40)
    if plan.repeats != 'once':
        days, minutes = _local_end(plan)
        end = to_utc(plan.until + timedelta(days=days), minutes / 60, plan.tz, latest=True)
    while end > plan.start_at:
        found = stretches(plan, end - width, end)
        if found:
            return found[-1][1]
        end, width = end - width, width * 2
    return plan.start_at if plan.ended_at is None else min(plan.start_at, plan.ended_at)


def next_stretch(plan: Plan, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the stretch that goes on at ``now`` or comes next, None when there is none.

    >>> plan = Plan(datetime(2026, 11, 1), datetime(2026, 11, 1, 1), 'daily', 1, date(2026, 11, 2), 'UTC')
    >>> next_stretch(plan, datetime(2026, 11, 1, 5)), next_stretch(plan, datetime(2026, 11, 2, 1))
    ((datetime.datetime(2026, 11, 2, 0, 0), datetime.datetime(2026, 11, 2, 1, 0)), None)
    """
    width, last = timedelta(days=40), last_at(plan)
    start = now
    while start < last:
        found = stretches(plan, start, min(start + width, last))
        if found:
            return found[0]
        start, width = start + width, width * 2
    return None


def overlaps_itself(plan: Plan) -> bool:
    """Tell whether a stretch would begin before the one before it has ended.

    >>> day = datetime(2026, 11, 1)
    >>> [overlaps_itself(Plan(day, day + timedelta(hours=hours), 'daily', 1, date(2027, 1, 1), 'UTC')) for hours in (24, 25)]
    [False, True]
    """
    days = {'once': MAX_DAYS + 1, 'daily': 1, 'weekly': 7, 'monthly_day': 28, 'monthly_nth': 28}[plan.repeats] * plan.every
    return _wall(plan.end_at, plan.tz) - _wall(plan.start_at, plan.tz) > timedelta(days=days)


def _repeated(plan: Plan, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    first, days_minutes = _wall(plan.start_at, plan.tz), _local_end(plan)
    days, minutes = days_minutes
    begin_at = (first.hour * 60 + first.minute) / 60
    from_day = local_date(start, plan.tz) - timedelta(days=days + 1)
    to_day = min(local_date(end, plan.tz) + timedelta(days=1), plan.until)
    return [
        (to_utc(one.day, begin_at, plan.tz), to_utc(one.day + timedelta(days=days), minutes / 60, plan.tz, latest=True))
        for one in recurrence.occurrences(_schedule(plan, first.date()), from_day, to_day)]


def _schedule(plan: Plan, first: date) -> recurrence.Schedule:
    if plan.repeats == 'daily':
        return recurrence.Schedule('daily', interval=plan.every, anchor=first)
    if plan.repeats == 'weekly':
        return recurrence.Schedule('weekdays', interval=plan.every, weekdays=(first.weekday(),), anchor=first)
    if plan.repeats == 'monthly_day':
        return recurrence.Schedule('monthly_day', interval=plan.every, month_day=first.day, anchor=first)
    nth = (first.day - 1) // 7 + 1
    return recurrence.Schedule('monthly_nth', interval=plan.every, weekdays=(first.weekday(),), nth=nth if nth < 5 else -1, anchor=first)


def _local_end(plan: Plan) -> tuple[int, int]:
    """Return how many days after its beginning a stretch ends, and at which minute of that day."""
    first, last = _wall(plan.start_at, plan.tz), _wall(plan.end_at, plan.tz)
    return (last.date() - first.date()).days, last.hour * 60 + last.minute


def _wall(moment: datetime, tz: str) -> datetime:
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).replace(tzinfo=None)
