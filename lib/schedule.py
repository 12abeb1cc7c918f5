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


class ScheduleError(ValueError):
    """The schedule contradicts itself; the message is an English sentence for the person who typed it."""


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
    _need(schedule.kind in KINDS, "The kind of schedule is unknown.")
    _need(1 <= schedule.interval <= 1000, "The interval must be between 1 and 1000.")
    if schedule.kind in ('weekdays', 'monthly_nth'):
        _need(schedule.weekdays, "Choose at least one weekday.")
        _need(all(0 <= day <= 6 for day in schedule.weekdays), "Weekdays run from 0 (Monday) to 6 (Sunday).")
    _need(0 <= schedule.week_start <= 6, "The week starts on a day from 0 (Monday) to 6 (Sunday).")
    if schedule.kind == 'weekly_quota':
        _need(1 <= schedule.quota <= MAX_QUOTA, "The times a week must be between 1 and 7.")
    if schedule.kind == 'monthly_nth':
        _need(schedule.nth in NTHS, "The occurrence within the month must be first to fifth, or last.")
    if schedule.kind in ('monthly_day', 'yearly'):
        _need(1 <= schedule.month_day <= 31, "The day of the month must be between 1 and 31.")
    _need(all(1 <= month <= 12 for month in schedule.months), "Months run from 1 to 12.")
    if schedule.kind == 'yearly':
        _check_year(schedule)
    if schedule.kind == 'event':
        _need(schedule.events, "Choose at least one event.")
        _need(set(schedule.events) <= set(EVENTS), "The event is unknown.")


def _check_year(schedule: Schedule) -> None:
    if schedule.year_offset_days is None:
        _need(len(schedule.months) == 1, "A yearly task needs exactly one month, or a distance from the fiscal year.")
        return
    _need(
        abs(schedule.year_offset_days) <= MAX_OFFSET_DAYS,
        "The distance from the fiscal year must be within 366 days.",
    )
    _need(1 <= schedule.fiscal_last_month <= 12, "The fiscal year's last month must be between 1 and 12.")
    _need(1 <= schedule.fiscal_last_day <= 31, "The fiscal year's last day must be between 1 and 31.")


def _check_times(schedule: Schedule) -> None:
    _need(0 <= schedule.open_time < 24, "The opening time must be between 00:00 and 23:59.")
    _need(0 < schedule.due_time <= 24, "The due time must be between 00:01 and 24:00.")
    _need(0 <= schedule.window_days <= MAX_OFFSET_DAYS, "The window must be between 0 and 366 days.")
    if not schedule.window_days and schedule.kind != 'weekly_quota':
        _need(schedule.open_time < schedule.due_time, "The opening time must be before the due time.")


def _need(condition: object, sentence: str) -> None:
    if not condition:
        raise ScheduleError(sentence)
