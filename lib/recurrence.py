"""From a schedule to the days and moments at which its task falls due.

Every date is computed from the schedule's anchor with ``dateutil.rrule``, never from the previous date: a chain of
"+1 month" from 31 January stays on the 28th for ever. Dates are local calendar days, moments are naive UTC.
"""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from dateutil import rrule

from .local_time import local_date, to_utc
from .schedule import CLOSED_RULES, DATED_KINDS, EPOCH, EVENTS, KINDS, Schedule, ScheduleError
from .schedule_story import describe

__all__ = [
    'CLOSED_RULES', 'EPOCH', 'EVENTS', 'KINDS', 'Occurrence', 'Schedule', 'ScheduleError', 'Span', 'describe',
    'event_occurrence', 'local_date', 'next_dates', 'occurrences', 'span', 'to_utc',
]

Closed = Callable[[date], bool]

# How far a closed-day rule may carry an occurrence; beyond it the calendar is wrong, and the run stays on its day.
MAX_MOVE_DAYS = 31

# How far a preview looks for more: far enough for every rule that names days, and soon done with one that names none.
PREVIEW_YEARS = 40
PREVIEW_PERIODS = 400
_PERIOD_DAYS = {'daily': 1, 'weekdays': 7, 'weekly_quota': 7}
WEEK = 7


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time that a task falls due.

    :param day: the local day on which the run is due, after any closed-day rule
    :param index: 1, or 1 to n within a weekly quota
    :param planned: the day that the schedule names; it makes the key, so that a holiday entered later moves a run
        instead of making a second one
    """

    day: date
    index: int = 1
    planned: date | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Return the name that is unique within a task.

        >>> Occurrence(date(2026, 11, 23)).key, Occurrence(date(2026, 11, 23), 2).key
        ('2026-11-23', '2026-11-23#2')
        """
        day = (self.planned or self.day).isoformat()
        return day if self.index == 1 else f'{day}#{self.index}'


@dataclass(frozen=True, slots=True)
class Span:
    """The naive UTC moments between which a run is on time."""

    open_at: datetime
    due_at: datetime


def occurrences(
    schedule: Schedule, start: date, end: date, closed: Closed | None = None, closed_rule: str = 'keep',
) -> list[Occurrence]:
    """Return what falls due from ``start`` to ``end``, both included, in order.

    Two occurrences that a closed-day rule brings to one day are one: doing the task once that day fulfils both. The one
    planned for that very day stays, else the earliest. A weekly quota is never moved; unless the rule is ``keep``, a
    week without any open day asks for nothing. The last working day looks at ``closed`` whatever the rule.

    :param closed: tells whether a local day is closed; without it the week ends on Friday for the last working day,
        and no day is closed for everything else
    :param closed_rule: one of ``CLOSED_RULES``
    :raises ValueError: unknown rule

    >>> friday_to_monday = occurrences(Schedule(), date(2026, 11, 20), date(2026, 11, 23), is_weekend, 'later')
    >>> [each.key for each in friday_to_monday]
    ['2026-11-20', '2026-11-23']
    """
    if closed_rule not in CLOSED_RULES:
        raise ValueError(f"unknown closed-day rule {closed_rule!r}")
    if schedule.kind not in DATED_KINDS or end < max(start, schedule.anchor):
        return []
    if schedule.kind == 'weekly_quota':
        return _quota_occurrences(schedule, start, end, closed if closed_rule != 'keep' else None)
    if schedule.kind == 'last_workday':
        return [Occurrence(day, planned=day) for day in _last_workdays(schedule, start, end, closed or is_weekend)]
    if closed is None or closed_rule == 'keep':
        return [Occurrence(day, planned=day) for day in _rule_days(schedule, start, end)]
    return _moved_occurrences(schedule, start, end, closed, closed_rule)


def next_dates(
    schedule: Schedule, after: date, count: int, closed: Closed | None = None, closed_rule: str = 'keep',
) -> list[date]:
    """Return the next ``count`` distinct days after ``after``; fewer when the schedule has no more in sight.

    Sight is 40 years, or 400 periods of a daily or weekly kind.

    >>> next_dates(Schedule('monthly_day', month_day=31), date(2026, 1, 1), 3)
    [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28), datetime.date(2026, 3, 31)]
    """
    days: list[date] = []
    start, width = after + timedelta(days=1), 35
    last = start + timedelta(days=366 * PREVIEW_YEARS)
    if schedule.kind in _PERIOD_DAYS:
        periods = timedelta(days=(PREVIEW_PERIODS + count) * _PERIOD_DAYS[schedule.kind] * schedule.interval)
        last = min(last, max(start, schedule.anchor) + periods)
    while len(days) < count and start <= last and schedule.kind in DATED_KINDS:
        end = min(last, start + timedelta(days=width))
        days += dict.fromkeys(each.day for each in occurrences(schedule, start, end, closed, closed_rule))
        start, width = end + timedelta(days=1), width * 2
    return days[:count]


def span(schedule: Schedule, day: date, tz: str) -> Span:
    """Return when the run of ``day`` opens and until when it is on time.

    In a skipped hour both move to the jump; in a repeated one a run opens at the first and is due at the second, so
    nobody loses an hour. A weekly quota runs from the week's first day to its last.

    :param day: the occurrence's ``day``
    :param tz: the company's time zone, not the user's

    >>> span(Schedule(open_time=8, due_time=12.5), date(2026, 11, 23), 'Africa/Addis_Ababa').due_at
    datetime.datetime(2026, 11, 23, 9, 30)
    """
    days = WEEK - 1 if schedule.kind == 'weekly_quota' else schedule.window_days
    return Span(
        to_utc(day, schedule.open_time, tz),
        to_utc(day + timedelta(days=days), schedule.due_time, tz, latest=True),
    )


def event_occurrence(schedule: Schedule, moment: datetime, tz: str, index: int = 1) -> tuple[Occurrence, Span]:
    """Return the run that an event or a request at a naive UTC moment asks for.

    It opens at once and has the schedule's window from then on: at least until the day's due time, and when that has
    passed already, until the next day's.
    """
    day = local_date(moment, tz)
    due_at = span(schedule, day, tz).due_at
    if due_at <= moment:
        due_at = span(schedule, day + timedelta(days=1), tz).due_at
    return Occurrence(day, index, planned=day), Span(moment, due_at)


def is_weekend(day: date) -> bool:
    """Tell Saturdays and Sundays, the closed days of a company without a calendar."""
    return day.weekday() >= 5


def _moved_occurrences(schedule, start, end, closed, closed_rule):
    """Apply a closed-day rule; look far enough around the range to see everything that moves into it."""
    reach = timedelta(days=MAX_MOVE_DAYS)
    kept: dict[date, Occurrence] = {}
    for planned in _rule_days(schedule, max(start, schedule.anchor + reach) - reach, end + reach):
        day = _open_day(planned, closed, closed_rule)
        if day is None or not max(start, schedule.anchor) <= day <= end:
            continue
        if day not in kept or day == planned:
            kept[day] = Occurrence(day, planned=planned)
    return [kept[day] for day in sorted(kept)]


def _open_day(planned: date, closed: Closed, closed_rule: str) -> date | None:
    """Return the day to which the rule brings an occurrence, or None when it is skipped."""
    if not closed(planned):
        return planned
    if closed_rule == 'skip':
        return None
    step = timedelta(days=-1 if closed_rule == 'earlier' else 1)
    day = planned
    for _move in range(MAX_MOVE_DAYS):
        day += step
        if not closed(day):
            return day
    return planned


def _quota_occurrences(schedule, start, end, closed):
    """Return n runs for each week that begins in the range and has an open day.

    Their key is the week's Monday, on whatever day it begins: a company that moves its weekend gets no week's runs twice.
    """
    return [
        Occurrence(first, index, planned=first + timedelta(days=-first.weekday() % WEEK))
        for first in _rule_days(schedule, start, end)
        if closed is None or not all(closed(first + timedelta(days=n)) for n in range(WEEK))
        for index in range(1, schedule.quota + 1)
    ]


def _last_workdays(schedule, start, end, closed) -> Iterator[date]:
    """Yield the last open day of each month; a month without one has none."""
    for last in _rule_days(schedule, start, _month_end(end.year, end.month)):
        for back in range(last.day):
            day = last - timedelta(days=back)
            if not closed(day):
                if max(start, schedule.anchor) <= day <= end:
                    yield day
                break


def _rule_days(schedule: Schedule, start: date, end: date) -> Iterator[date]:
    """Yield the days that the bare rule names from ``start`` to ``end``, never before the anchor."""
    start = max(start, schedule.anchor)
    offset = timedelta(days=schedule.year_offset_days or 0) if schedule.kind == 'yearly' else timedelta()
    for moment in _rule(schedule, start - offset, end - offset):
        day = moment.date() + offset
        if start <= day <= end:
            yield day


def _rule(schedule: Schedule, start: date, end: date) -> rrule.rrule:
    """Return the rule, begun at the last whole interval from the anchor that is not after ``start``."""
    frequency, parts = _rule_parts(schedule)
    return rrule.rrule(
        frequency,
        dtstart=datetime.combine(_phase(schedule, frequency, start), time()),
        until=datetime.combine(end, time()),
        interval=schedule.interval,
        wkst=schedule.week_start,
        **parts,
    )


def _rule_parts(schedule: Schedule) -> tuple[int, dict]:
    """Return rrule's frequency and its BY… parts."""
    months = {'bymonth': schedule.months} if schedule.months else {}
    if schedule.kind == 'weekdays':
        return rrule.WEEKLY, {'byweekday': schedule.weekdays}
    if schedule.kind == 'weekly_quota':
        return rrule.WEEKLY, {'byweekday': schedule.week_start}
    if schedule.kind == 'monthly_day':
        return rrule.MONTHLY, _clamped(schedule.month_day) | months
    if schedule.kind == 'monthly_nth':
        return rrule.MONTHLY, {'byweekday': [rrule.weekday(day, schedule.nth) for day in schedule.weekdays]} | months
    if schedule.kind == 'last_workday':
        return rrule.MONTHLY, {'bymonthday': -1} | months
    if schedule.kind == 'yearly' and schedule.year_offset_days is None:
        return rrule.YEARLY, _clamped(schedule.month_day) | months
    if schedule.kind == 'yearly':
        # Odoo closes a fiscal year that ends in February on the month's last day, leap year or not.
        last_day = 31 if schedule.fiscal_last_month == 2 else schedule.fiscal_last_day
        return rrule.YEARLY, _clamped(last_day) | {'bymonth': schedule.fiscal_last_month}
    return rrule.DAILY, {}


def _clamped(month_day: int) -> dict:
    """Return the parts for a day of the month for which shorter months have their last day instead."""
    if month_day <= 28:
        return {'bymonthday': month_day}
    return {'bymonthday': range(28, month_day + 1), 'bysetpos': -1}


def _phase(schedule: Schedule, frequency: int, start: date) -> date:
    """Return the first day of a period that is a whole number of intervals from the anchor's and not after ``start``'s.

    rrule walks from its first day; starting at an old anchor would cost thousands of steps a task.

    :param start: not before the anchor, but for a year, which an offset may put before the anchor's
    """
    anchor, interval = schedule.anchor, schedule.interval
    if frequency == rrule.YEARLY:
        return date(anchor.year + (start.year - anchor.year) // interval * interval, 1, 1)
    if frequency == rrule.MONTHLY:
        months = ((start.year - anchor.year) * 12 + start.month - anchor.month) // interval * interval
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
        return date(year, month + 1, 1)
    if frequency == rrule.WEEKLY:
        anchor -= timedelta(days=(anchor.weekday() - schedule.week_start) % WEEK)
        interval *= WEEK
    return anchor + timedelta(days=(start - anchor).days // interval * interval)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
