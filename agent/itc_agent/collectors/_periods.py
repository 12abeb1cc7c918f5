"""Days, weeks and months in which a report is due, on this machine's own clock on the wall. Pure."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ._hours import check_days, day_numbers

PERIODS = ('day', 'week', 'month')
MOST_BACK = 70


@dataclass(frozen=True)
class Period:
    """A period in which a report is due.

    :param begin: its first day
    :param end: the first day after it
    :param due: when the report has to be there
    """

    begin: date
    end: date
    due: datetime

    @property
    def name(self) -> str:
        """How people call it.

        >>> Period(date(2026, 11, 23), date(2026, 11, 30), datetime(2026, 11, 23, 8)).name
        'week 2026-W48'
        """
        days = (self.end - self.begin).days
        return self.begin.isoformat() if days == 1 else f"{self.begin:week %G-W%V}" if days == 7 else f"{self.begin:%Y-%m}"


def check_due_days(days, period: str) -> None:
    """Check on which days a report is due.

    :raises ValueError: they do not fit the period
    """
    if period not in PERIODS:
        raise ValueError(f"period: expected one of {', '.join(PERIODS)}")
    if period == 'month':
        if len(days) > 1 or not all(one.isdigit() and 1 <= int(one) <= 28 for one in days):
            raise ValueError("due_days: expected one day of the month, 1 to 28")
        return
    check_days(days, 'due_days')
    if period == 'week' and len(days) > 1:
        raise ValueError("due_days: expected one day of the week")


def begin_of(day: date, period: str) -> date:
    """Return the first day of the period that a day is in; weeks begin on Monday."""
    return day if period == 'day' else day - timedelta(days=day.weekday()) if period == 'week' else day.replace(day=1)


def next_begin(begin: date, period: str) -> date:
    if period == 'month':
        return (begin + timedelta(days=32)).replace(day=1)
    return begin + timedelta(days=1 if period == 'day' else 7)


def period_from(begin: date, period: str, days, at: time) -> Period | None:
    """Return the period that begins on a day; None when nothing is due in it (a Sunday, where reports come on working days)."""
    if period == 'day' and begin.weekday() not in day_numbers(days):
        return None
    due_day = begin
    if period == 'week':
        due_day = begin + timedelta(days=min(day_numbers(days)))
    elif period == 'month':
        due_day = begin.replace(day=int(days[0]) if days else 1)
    return Period(begin, next_begin(begin, period), datetime.combine(due_day, at))


def owed(now: datetime, period: str, days, at: time, grace: timedelta) -> tuple[Period, Period]:
    """Return the last period whose report has to be there, and the one before that.

    >>> [one.name for one in owed(datetime(2026, 11, 28, 20, 30), 'day', (), time(20), timedelta(hours=1))]
    ['2026-11-27', '2026-11-26']
    >>> [one.name for one in owed(datetime(2026, 11, 30, 9), 'day', ('mon', 'fri'), time(8), timedelta(0))]
    ['2026-11-30', '2026-11-27']
    """
    found: list[Period] = []
    begin = begin_of(now.date(), period)
    for _step in range(MOST_BACK):
        one = period_from(begin, period, days, at)
        if one and one.due + grace <= now:
            found.append(one)
        if len(found) == 2:
            break
        begin = begin_of(begin - timedelta(days=1), period)
    return found[0], found[1]
