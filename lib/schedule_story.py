"""What a schedule says, in parts that can be put into words of any language: ``models/checklists/schedule_words.py`` has the words."""

from dataclasses import dataclass, field

from . import task_event
from .schedule import EPOCH, Schedule

# Everything that is said of a schedule. Those of a line may stand for one another.
CODES = (
    'sentence', 'alone', 'anchored', 'weekday', 'month', 'nth', 'times', 'hour', 'event',
    'daily', 'daily_every', 'working_week', 'weekdays', 'weekdays_every', 'quota', 'quota_every',
    'month_end', 'month_day_or_end', 'month_day', 'monthly_nth', 'last_workday', 'every_month', 'months_every', 'months_if',
    'yearly', 'yearly_leap', 'fiscal_end', 'fiscal_next', 'fiscal_before', 'fiscal_days_after', 'fiscal_days_before', 'year', 'years',
    'on_demand', 'after_events',
    'any_time', 'from_to', 'from_on', 'from_to_next', 'from_end_next', 'from_to_days', 'from_end_days',
    'until', 'until_next', 'until_end', 'until_on_next', 'until_end_next', 'until_days', 'until_end_days',
    'week', 'week_from_to', 'week_until', 'week_from',
    'skip', 'earlier', 'later', 'skip_week',
)
DAY_H = 24


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is said.

    :param code: one of ``CODES``
    :param values: what belongs into its places: numbers, days, other things that are said, or several of these in a tuple
    """

    code: str
    values: dict[str, object] = field(default_factory=dict)


def _said(code: str, **values: object) -> Said:
    return Said(code, values)


def describe(schedule: Schedule, closed_rule: str = 'keep') -> tuple[Said, ...]:
    """Return what a reader of the form needs to know, a sentence each.

    :param closed_rule: one of ``schedule.CLOSED_RULES``

    >>> [one] = describe(Schedule('daily', interval=2))
    >>> one.code, one.values['when'], one.values['time'].code
    ('sentence', Said(code='daily_every', values={'count': 2}), 'any_time')
    >>> [one.code for one in describe(Schedule('monthly_nth', weekdays=(4,), nth=-1), 'earlier')]
    ['sentence', 'earlier']
    """
    when = _WHENS[schedule.kind](schedule)
    if schedule.kind == 'event':
        return (_said('sentence', when=when, time=_until(schedule)),)
    if schedule.kind == 'on_demand':
        return (_said('alone', when=when),)
    if schedule.interval > 1 and schedule.anchor != EPOCH:
        when = _said('anchored', when=when, anchor=schedule.anchor)
    return (_said('sentence', when=when, time=_times(schedule)), *_closed(schedule, closed_rule))


def _hour(hour: float) -> Said:
    return _said('hour', hour=hour)


def _times(schedule: Schedule) -> Said:
    whole_day = schedule.open_time == 0 and schedule.due_time == DAY_H
    if schedule.kind == 'weekly_quota':
        return _week_times(schedule, whole_day)
    if whole_day and not schedule.window_days:
        return _said('any_time')
    if schedule.open_time == 0:  # a day begins at midnight: nobody has to be told
        return _said('until', due=_hour(schedule.due_time)) if not schedule.window_days else _until(schedule)
    opens, due = _hour(schedule.open_time), _hour(schedule.due_time)
    if schedule.due_time == DAY_H:
        return _by_days(schedule.window_days, 'from_on', 'from_end_next', 'from_end_days', open=opens)
    return _by_days(schedule.window_days, 'from_to', 'from_to_next', 'from_to_days', open=opens, due=due)


def _until(schedule: Schedule) -> Said:
    """Return by when it is done of what may be begun at once."""
    if schedule.due_time == DAY_H:
        return _by_days(schedule.window_days, 'until_end', 'until_end_next', 'until_end_days')
    return _by_days(schedule.window_days, 'until_next', 'until_on_next', 'until_days', due=_hour(schedule.due_time))


def _by_days(days: int, same: str, following: str, later: str, **values: object) -> Said:
    """Return one of three codes, by how many days later the time ends."""
    if days > 1:
        return _said(later, days=days, **values)
    return _said(following if days else same, **values)


def _week_times(schedule: Schedule, whole_day: bool) -> Said:
    first, last = (_weekday((schedule.week_start + days) % 7) for days in (0, 6))
    opens, due = _hour(schedule.open_time), _hour(schedule.due_time)
    if whole_day:
        return _said('week', first=first, last=last)
    if schedule.open_time == 0:
        return _said('week_until', first=first, last=last, due=due)
    if schedule.due_time == DAY_H:
        return _said('week_from', first=first, last=last, open=opens)
    return _said('week_from_to', first=first, last=last, open=opens, due=due)


def _closed(schedule: Schedule, closed_rule: str) -> tuple[Said, ...]:
    if schedule.kind == 'last_workday' or closed_rule == 'keep':
        return ()
    return (_said('skip_week' if schedule.kind == 'weekly_quota' else closed_rule),)


def _daily(schedule):
    return _said('daily') if schedule.interval == 1 else _said('daily_every', count=schedule.interval)


def _weekdays(schedule):
    days = sorted(set(schedule.weekdays))
    if schedule.interval > 1:
        return _said('weekdays_every', count=schedule.interval, days=tuple(map(_weekday, days)))
    return _said('working_week') if days == [0, 1, 2, 3, 4] else _said('weekdays', days=tuple(map(_weekday, days)))


def _weekly_quota(schedule):
    times = _said('times', number=schedule.quota)
    return _said('quota', times=times) if schedule.interval == 1 else _said('quota_every', times=times, count=schedule.interval)


def _monthly_day(schedule):
    months = _months(schedule)
    if schedule.month_day == 31:
        return _said('month_end', months=months)
    return _said('month_day_or_end' if schedule.month_day > 28 else 'month_day', day=schedule.month_day, months=months)


def _monthly_nth(schedule):
    days = tuple(map(_weekday, sorted(set(schedule.weekdays))))
    return _said('monthly_nth', nth=_said('nth', number=schedule.nth), days=days, months=_months(schedule))


def _last_workday(schedule):
    return _said('last_workday', months=_months(schedule))


def _yearly(schedule):
    years = _said('year') if schedule.interval == 1 else _said('years', count=schedule.interval)
    offset = schedule.year_offset_days
    if offset is None:
        leap = schedule.months[0] == 2 and schedule.month_day == 29
        return _said('yearly_leap' if leap else 'yearly', years=years, day=schedule.month_day, month=_month(schedule.months[0]))
    by_days = {0: 'fiscal_end', 1: 'fiscal_next', -1: 'fiscal_before'}
    if offset in by_days:
        return _said(by_days[offset], years=years)
    return _said('fiscal_days_after' if offset > 0 else 'fiscal_days_before', years=years, days=abs(offset))


def _on_demand(_schedule):
    return _said('on_demand')


def _event(schedule):
    return _said('after_events', events=tuple(_said('event', kind=kind) for kind in task_event.told(schedule.events)))


_WHENS = {
    'daily': _daily, 'weekdays': _weekdays, 'weekly_quota': _weekly_quota, 'monthly_day': _monthly_day,
    'monthly_nth': _monthly_nth, 'last_workday': _last_workday, 'yearly': _yearly, 'on_demand': _on_demand,
    'event': _event,
}


def _months(schedule: Schedule) -> Said | tuple[Said, ...]:
    every = _said('every_month') if schedule.interval == 1 else _said('months_every', count=schedule.interval)
    if not schedule.months:
        return every
    months = tuple(map(_month, sorted(set(schedule.months))))
    return months if schedule.interval == 1 else _said('months_if', every=every, months=months)


def _weekday(number: int) -> Said:
    return _said('weekday', number=number)


def _month(number: int) -> Said:
    return _said('month', number=number)
