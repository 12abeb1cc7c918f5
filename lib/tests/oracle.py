"""An independent reading of a schedule: walk every day and ask whether it is one. Shares no code with recurrence.py."""

import calendar
from datetime import date, timedelta


def month_length(day):
    return calendar.monthrange(day.year, day.month)[1]


def names(schedule, day):
    """Tell whether the bare schedule names this day."""
    return day >= schedule.anchor and _READERS[schedule.kind](schedule, day)


def _daily(schedule, day):
    return (day - schedule.anchor).days % schedule.interval == 0


def _in_week(schedule, day):
    first = schedule.anchor
    while first.weekday() != schedule.week_start:
        first -= timedelta(days=1)
    return (day - first).days // 7 % schedule.interval == 0


def _weekdays(schedule, day):
    return day.weekday() in schedule.weekdays and _in_week(schedule, day)


def _weekly_quota(schedule, day):
    return day.weekday() == schedule.week_start and _in_week(schedule, day)


def _in_month(schedule, day):
    months = (day.year - schedule.anchor.year) * 12 + day.month - schedule.anchor.month
    return months % schedule.interval == 0 and (not schedule.months or day.month in schedule.months)


def _monthly_day(schedule, day):
    return _in_month(schedule, day) and day.day == min(schedule.month_day, month_length(day))


def _monthly_nth(schedule, day):
    if not _in_month(schedule, day) or day.weekday() not in schedule.weekdays:
        return False
    if schedule.nth == -1:
        return day.day + 7 > month_length(day)
    return (day.day + 6) // 7 == schedule.nth


def _yearly(schedule, day):
    if schedule.year_offset_days is None:
        this_year = (day.year - schedule.anchor.year) % schedule.interval == 0
        return this_year and day.month == schedule.months[0] and day.day == min(schedule.month_day, month_length(day))
    closing = day - timedelta(days=schedule.year_offset_days)
    last = month_length(closing) if closing.month == 2 else min(schedule.fiscal_last_day, month_length(closing))
    this_year = (closing.year - schedule.anchor.year) % schedule.interval == 0
    return this_year and closing.month == schedule.fiscal_last_month and closing.day == last


_READERS = {
    'daily': _daily, 'weekdays': _weekdays, 'weekly_quota': _weekly_quota, 'monthly_day': _monthly_day,
    'monthly_nth': _monthly_nth, 'yearly': _yearly,
}


def days(schedule, start, end, closed=None, closed_rule='keep'):
    """Return ``(day, planned)`` in order, by walking."""
    if schedule.kind == 'last_workday':
        return _last_workdays(schedule, start, end, closed or (lambda day: day.weekday() in (5, 6)))
    if schedule.kind == 'weekly_quota':
        return [(day, _monday_in_week_of(day)) for day in walk(start, end) if names(schedule, day) and (
            closed is None or closed_rule == 'keep' or any(not closed(day + timedelta(days=n)) for n in range(7)))]
    landed = {}
    for planned in walk(start - timedelta(days=31), end + timedelta(days=31)):
        if names(schedule, planned):
            landed.setdefault(_landing(planned, closed, closed_rule), []).append(planned)
    found = []
    for day in walk(max(start, schedule.anchor), end):
        if day in landed:
            found.append((day, day if day in landed[day] else min(landed[day])))
    return found


def _monday_in_week_of(first):
    return next(day for day in walk(first, first + timedelta(days=6)) if day.weekday() == 0)


def walk(start, end):
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _landing(planned, closed, closed_rule):
    if closed is None or closed_rule == 'keep' or not closed(planned):
        return planned
    if closed_rule == 'skip':
        return None
    sign = {'earlier': -1, 'later': 1}[closed_rule]
    tries = [planned + timedelta(days=sign * number) for number in range(1, 32)]
    return next((day for day in tries if not closed(day)), planned)


def _last_workdays(schedule, start, end, closed):
    found = []
    for day in walk(max(start, schedule.anchor), end):
        rest = [date(day.year, day.month, number) for number in range(day.day + 1, month_length(day) + 1)]
        if _in_month(schedule, day) and not closed(day) and all(closed(later) for later in rest):
            found.append((day, day))
    return found
