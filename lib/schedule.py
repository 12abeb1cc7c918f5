"""What a task's schedule says, as one checked value; recurrence.py turns it into dates."""

from dataclasses import dataclass
from datetime import date

from . import task_event

KINDS = (
    'daily', 'weekdays', 'weekly_quota', 'monthly_day', 'monthly_nth', 'last_workday', 'yearly', 'on_demand', 'event',
)
DATED_KINDS = KINDS[:-2]  # the others get their runs from a person or an event
EVENTS = tuple(task_event.KINDS)
CLOSED_RULES = ('keep', 'skip', 'earlier', 'later')

# A Monday and the first day of a year, so that an unanchored "every 2 weeks" or "every 3 months" has a natural phase.
EPOCH = date(2001, 1, 1)

MAX_QUOTA = 7
MAX_OFFSET_DAYS = 366
NTHS = (1, 2, 3, 4, 5, -1)


# What may be wrong with a schedule. The last one stands for whatever no form lets anybody choose.
FAULTS = (
    'interval', 'no_weekday', 'quota', 'month_day', 'month', 'no_event', 'year_offset', 'open_time', 'due_time', 'window', 'times_crossed', 'unknown')


class ScheduleError(ValueError):
    """The schedule contradicts itself; ``code`` is one of ``FAULTS``."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a task falls due. Fields that a kind does not use are ignored.

    :param kind: one of ``KINDS``
    :param anchor: local date from which intervals are counted; nothing falls due before it
    :param interval: every n-th day, week, month or year, counted from the period that holds the anchor
    :param weekdays: Monday 0 to Sunday 6 (``weekdays``, ``monthly_nth``)
    :param quota: runs per week (``weekly_quota``)
    :param week_start: weekday on which the company's week begins, Monday 0 to Sunday 6 (``weekly_quota``, ``weekdays``)
    :param nth: 1 to 5, or -1 for the last (``monthly_nth``); a month without a fifth one has none
    :param month_day: 1 to 31; in shorter months the last day stands in (``monthly_day``, ``yearly``)
    :param months: 1 to 12, empty for all (monthly kinds); exactly one for ``yearly`` without an offset
    :param year_offset_days: ``yearly`` only: days after (or, negative, before) the fiscal year's last day
    :param open_time: local hour as a float from which the run may be done
    :param due_time: local hour as a float until which it is on time; 24.0 is the end of the day
    :param window_days: days after the run's own day that it stays on time
    :param events: those of ``EVENTS`` that ask for a run (``event``); every restart includes the unclean ones
    :param fiscal_last_month: month in which the fiscal year ends
    :param fiscal_last_day: its last day; in February always the month's last day, as Odoo counts
    :raises ScheduleError: a used field is out of range
    """

    kind: str = 'daily'
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    quota: int = 1
    nth: int = 1
    month_day: int = 1
    months: tuple[int, ...] = ()
    year_offset_days: int | None = None
    open_time: float = 0.0
    due_time: float = 24.0
    window_days: int = 0
    anchor: date = EPOCH
    events: tuple[str, ...] = ()
    fiscal_last_month: int = 12
    fiscal_last_day: int = 31
    week_start: int = 0

    def __post_init__(self):
        _check_kind(self)
        _check_times(self)


def _check_kind(schedule: Schedule) -> None:
    _need(schedule.kind in KINDS, 'unknown')
    _need(1 <= schedule.interval <= 1000, 'interval')
    if schedule.kind in ('weekdays', 'monthly_nth'):
        _need(schedule.weekdays, 'no_weekday')
        _need(all(0 <= day <= 6 for day in schedule.weekdays), 'unknown')
    _need(0 <= schedule.week_start <= 6, 'unknown')
    if schedule.kind == 'weekly_quota':
        _need(1 <= schedule.quota <= MAX_QUOTA, 'quota')
    if schedule.kind == 'monthly_nth':
        _need(schedule.nth in NTHS, 'unknown')
    if schedule.kind in ('monthly_day', 'yearly'):
        _need(1 <= schedule.month_day <= 31, 'month_day')
    _need(all(1 <= month <= 12 for month in schedule.months), 'month')
    if schedule.kind == 'yearly':
        _check_year(schedule)
    if schedule.kind == 'event':
        _need(schedule.events, 'no_event')
        _need(set(schedule.events) <= set(EVENTS), 'unknown')


def _check_year(schedule: Schedule) -> None:
    if schedule.year_offset_days is None:
        _need(len(schedule.months) == 1, 'month')
        return
    _need(abs(schedule.year_offset_days) <= MAX_OFFSET_DAYS, 'year_offset')
    _need(1 <= schedule.fiscal_last_month <= 12, 'unknown')
    _need(1 <= schedule.fiscal_last_day <= 31, 'unknown')


def _check_times(schedule: Schedule) -> None:
    _need(0 <= schedule.open_time < 24, 'open_time')
    _need(0 < schedule.due_time <= 24, 'due_time')
    _need(0 <= schedule.window_days <= MAX_OFFSET_DAYS, 'window')
    if not schedule.window_days and schedule.kind != 'weekly_quota':
        _need(schedule.open_time < schedule.due_time, 'times_crossed')


def _need(condition: object, code: str) -> None:
    if not condition:
        raise ScheduleError(code)
