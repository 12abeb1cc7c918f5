"""A schedule as one English sentence; every piece goes through ``_`` so that Odoo's ``env._`` can translate it."""
# ``_`` is handed in: there is no environment here. pylint: disable=prefer-env-translation

from collections.abc import Callable, Sequence

from . import task_event
from .schedule import EPOCH, Schedule


def _plain(source: str, **values: object) -> str:
    return source % values if values else source


def describe(schedule: Schedule, closed_rule: str = 'keep', _: Callable[..., str] = _plain) -> str:
    """Return what a reader of the form needs to know.

    :param closed_rule: one of ``schedule.CLOSED_RULES``
    :param _: translates a sentence with ``%(name)s`` places, as ``env._`` does

    >>> describe(Schedule('weekdays', weekdays=(0, 3), open_time=8, due_time=10.5))
    'Every Monday and Thursday, from 08:00 to 10:30.'
    >>> describe(Schedule('monthly_nth', weekdays=(4,), nth=-1), 'earlier')
    'On the last Friday of every month, at any time. If that day is closed, on the open day before.'
    """
    when = _SENTENCES[schedule.kind](schedule, _)
    if schedule.kind == 'event':
        return _("%(when)s, %(time)s.", when=when, time=_event_times(schedule, _))
    if schedule.kind == 'on_demand':
        return f'{when}.'
    if schedule.interval > 1 and schedule.anchor != EPOCH:
        when = _("%(when)s, counted from %(anchor)s", when=when, anchor=schedule.anchor.isoformat())
    text = _("%(when)s, %(time)s.", when=when, time=_times(schedule, _))
    closed = _closed_text(schedule, closed_rule, _)
    return f'{text} {closed}' if closed else text


def hours_text(hours: float) -> str:
    """Return a float hour as people write it.

    >>> hours_text(8.1), hours_text(24.0)
    ('08:06', '24:00')
    """
    hour, minute = divmod(round(hours * 60), 60)
    return f'{hour:02d}:{minute:02d}'


def _times(schedule: Schedule, _) -> str:
    whole_day = schedule.open_time == 0 and schedule.due_time == 24
    values = {
        'open': hours_text(schedule.open_time),
        'due': hours_text(schedule.due_time),
        'days': schedule.window_days,
    }
    if schedule.kind == 'weekly_quota':
        first, last = (_weekday_name((schedule.week_start + days) % 7, _) for days in (0, 6))
        if whole_day:
            return _("at any time from %(first)s to %(last)s", first=first, last=last)
        return _("from %(first)s %(open)s to %(last)s %(due)s", first=first, last=last, **values)
    if schedule.window_days == 1:
        return _("from %(open)s to %(due)s on the next day", **values)
    if schedule.window_days:
        return _("from %(open)s to %(due)s %(days)s days later", **values)
    return _("at any time") if whole_day else _("from %(open)s to %(due)s", **values)


def _event_times(schedule: Schedule, _) -> str:
    values = {'due': hours_text(schedule.due_time), 'days': schedule.window_days}
    if schedule.window_days == 1:
        return _("until %(due)s on the next day", **values)
    if schedule.window_days:
        return _("until %(due)s %(days)s days later", **values)
    return _("until the next %(due)s", **values)


def _closed_text(schedule: Schedule, closed_rule: str, _) -> str:
    if schedule.kind == 'last_workday' or closed_rule == 'keep':
        return ''
    if schedule.kind == 'weekly_quota':
        return _("A week without an open day is left out.")
    return {
        'skip': _("If that day is closed, it is left out."),
        'earlier': _("If that day is closed, on the open day before."),
        'later': _("If that day is closed, on the next open day."),
    }[closed_rule]


def _daily(schedule, _):
    return _("Every day") if schedule.interval == 1 else _("Every %(count)s days", count=schedule.interval)


def _weekdays(schedule, _):
    days = sorted(set(schedule.weekdays))
    if schedule.interval == 1 and days == [0, 1, 2, 3, 4]:
        return _("Every day from Monday to Friday")
    names = _listed([_weekday_name(day, _) for day in days], _)
    if schedule.interval == 1:
        return _("Every %(days)s", days=names)
    return _("Every %(count)s weeks on %(days)s", count=schedule.interval, days=names)


def _weekly_quota(schedule, _):
    times = (
        _("Once"), _("Twice"), _("Three times"), _("Four times"), _("Five times"), _("Six times"), _("Seven times"),
    )[schedule.quota - 1]
    if schedule.interval == 1:
        return _("%(times)s a week on days of your choice", times=times)
    return _("%(times)s every %(count)s weeks on days of your choice", times=times, count=schedule.interval)


def _monthly_day(schedule, _):
    months = _months(schedule, _)
    if schedule.month_day == 31:
        return _("On the last day of %(months)s", months=months)
    if schedule.month_day > 28:
        return _(
            "On day %(day)s of %(months)s (the last day of a shorter month)", day=schedule.month_day, months=months,
        )
    return _("On day %(day)s of %(months)s", day=schedule.month_day, months=months)


def _monthly_nth(schedule, _):
    names = _listed([_weekday_name(day, _) for day in sorted(set(schedule.weekdays))], _)
    nth = {
        1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"), 5: _("fifth"), -1: _("last"),
    }[schedule.nth]
    return _("On the %(nth)s %(days)s of %(months)s", nth=nth, days=names, months=_months(schedule, _))


def _last_workday(schedule, _):
    return _("On the last working day of %(months)s", months=_months(schedule, _))


def _yearly(schedule, _):
    years = _("Every year") if schedule.interval == 1 else _("Every %(count)s years", count=schedule.interval)
    offset = schedule.year_offset_days
    if offset is None:
        values = {'years': years, 'day': schedule.month_day, 'month': _month_name(schedule.months[0], _)}
        if schedule.months[0] == 2 and schedule.month_day == 29:
            return _("%(years)s on %(day)s %(month)s (the 28th in other years)", **values)
        return _("%(years)s on %(day)s %(month)s", **values)
    if offset == 0:
        return _("%(years)s on the fiscal year's last day", years=years)
    if offset == 1:
        return _("%(years)s, on the day after the fiscal year's last day", years=years)
    if offset == -1:
        return _("%(years)s, on the day before the fiscal year's last day", years=years)
    if offset > 0:
        return _("%(years)s, %(days)s days after the fiscal year's last day", years=years, days=offset)
    return _("%(years)s, %(days)s days before the fiscal year's last day", years=years, days=-offset)


def _on_demand(_schedule, _):
    return _("On demand")


def _event(schedule, _):
    return _("After %(events)s", events=_listed(task_event.told(schedule.events, _), _))


_SENTENCES = {
    'daily': _daily, 'weekdays': _weekdays, 'weekly_quota': _weekly_quota, 'monthly_day': _monthly_day,
    'monthly_nth': _monthly_nth, 'last_workday': _last_workday, 'yearly': _yearly, 'on_demand': _on_demand,
    'event': _event,
}


def _months(schedule: Schedule, _) -> str:
    every = _("every month") if schedule.interval == 1 else _("every %(count)s months", count=schedule.interval)
    if not schedule.months:
        return every
    names = _listed([_month_name(month, _) for month in sorted(set(schedule.months))], _)
    if schedule.interval == 1:
        return names
    return _("%(every)s if it is %(months)s", every=every, months=names)


def _listed(names: Sequence[str], _) -> str:
    """Join names as a sentence does: "a", "a and b", "a, b and c"."""
    if len(names) == 1:
        return names[0]
    return _("%(first)s and %(last)s", first=', '.join(names[:-1]), last=names[-1])


def _weekday_name(day: int, _) -> str:
    return (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    )[day]


def _month_name(month: int, _) -> str:
    return (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )[month - 1]
