"""When a crontab line falls due: the five fields of cron(5) as Debian's cron reads them, in a time zone. Pure.

Written here because neither Odoo nor Python brings one and the addon needs no package beside Odoo's own. Not read are what only
Quartz knows (``L``, ``W``, ``#``, ``?``), seconds and years. Moments are naive UTC.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from .local_time import local_date, to_utc

MONTHS = ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec')
WEEKDAYS = ('sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat')
ALIASES = {
    '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *',
    '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *',
}
BOUNDS = {'minute': (0, 59), 'hour': (0, 23), 'day': (1, 31), 'month': (1, 12), 'weekday': (0, 7)}
NAMES = {'month': {name: number for number, name in enumerate(MONTHS, 1)}, 'weekday': {name: number for number, name in enumerate(WEEKDAYS)}}
MAX_LENGTH = 200
# Each date of any line comes again within 40 years, even over the year 2100: a 29 February on a Sunday, as in “0 0 29 2 */7”, does.
HORIZON_DAYS = 40 * 366 + 1
_PART = re.compile(r'(?P<first>\*|[0-9]{1,2}|[a-z]{3})(-(?P<last>[0-9]{1,2}|[a-z]{3}))?(/(?P<step>[0-9]{1,2}))?')


class CronError(ValueError):
    """A line that is no crontab schedule.

    :param code: ``fields`` (not five), ``part`` (one of them cannot be read) or ``never`` (no day fits)
    :param field: which of ``BOUNDS``, with ``part``
    """

    def __init__(self, code: str, field: str = ''):
        super().__init__(f"{code} {field}".strip())
        self.code, self.field = code, field


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule.

    :param weekdays: 0 is Sunday
    :param either_day: a day fits by its number or by its weekday; else by both, one of which is not restricted
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def fits(self, day: date) -> bool:
        """Tell whether there is a moment on a local day."""
        by_number, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_number or by_weekday if self.either_day else by_number and by_weekday)


@lru_cache(maxsize=512)
def parse(line: str) -> Cron:
    """Return the schedule of a line of five fields, or of ``@daily`` and its like.

    :raises CronError: it is none, or it never falls due

    >>> parse('*/20 2 * * mon-fri').minutes, sorted(parse('0 2 * * 7').weekdays)
    ((0, 20, 40), [0])
    """
    text = (line or '').strip().lower()
    parts = ALIASES.get(text, text).split()
    if len(parts) != 5 or len(text) > MAX_LENGTH:
        raise CronError('fields')
    found = {field: _field(field, part) for field, part in zip(BOUNDS, parts, strict=True)}
    cron = Cron(
        tuple(sorted(found['minute'])), tuple(sorted(found['hour'])), frozenset(found['day']), frozenset(found['month']),
        frozenset(one % 7 for one in found['weekday']), either_day=not parts[2].startswith('*') and not parts[4].startswith('*'))
    if not cron.either_day and not any(cron.fits(date(2024, 1, 1) + timedelta(days=number)) for number in range(HORIZON_DAYS)):
        raise CronError('never')
    return cron


def _field(field: str, text: str) -> set[int]:
    values = set()
    for part in text.split(','):
        match = _PART.fullmatch(part)
        if not match:
            raise CronError('part', field)
        values |= _values(field, match)
    return values


def _values(field: str, match: re.Match) -> set[int]:
    low, high = BOUNDS[field]
    step = int(match['step']) if match['step'] else 1
    if match['first'] == '*':
        if match['last']:
            raise CronError('part', field)
        first, last = low, min(high, 6) if field == 'weekday' else high
    else:
        first = _number(field, match['first'])
        last = _number(field, match['last']) if match['last'] else high if match['step'] else first
        if field == 'weekday' and last == 0 < first:
            last = 7  # fri-sun
    if not low <= first <= last <= high or step < 1:
        raise CronError('part', field)
    return set(range(first, last + 1, step))


def _number(field: str, text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text not in NAMES.get(field, {}):
        raise CronError('part', field)
    return NAMES[field][text]


def next_after(cron: Cron, tz: str, moment: datetime) -> datetime:
    """Return the first naive UTC moment after ``moment`` at which the line falls due.

    A time that the clock skips is due at the jump. Of an hour that comes twice only the first counts, unless the line names each hour.

    >>> next_after(parse('30 2 * * *'), 'Europe/Berlin', datetime(2026, 3, 28, 12))
    datetime.datetime(2026, 3, 29, 1, 0)
    """
    day = local_date(moment, tz)
    for _number in range(HORIZON_DAYS):
        if cron.fits(day):
            found = _next_of_day(cron, tz, day, moment)
            if found:
                return found
        day += timedelta(days=1)
    raise CronError('never')


def _next_of_day(cron: Cron, tz: str, day: date, moment: datetime) -> datetime | None:
    if len(cron.hours) == 24:
        return _next_of_hours(cron, tz, day, moment)
    for hour in cron.hours:
        if to_utc(day, hour + 1, tz) < moment:
            continue
        for minute in cron.minutes:
            found = to_utc(day, hour + minute / 60, tz)
            if found > moment:
                return found
    return None


def _next_of_hours(cron: Cron, tz: str, day: date, moment: datetime) -> datetime | None:
    """Return the next moment of a line that names each hour, by the minutes that really pass."""
    zone, begin, end = ZoneInfo(tz), to_utc(day, 0, tz), to_utc(day, 24, tz)
    found = max(begin, moment.replace(second=0, microsecond=0) + timedelta(minutes=1))
    while found < end:
        if found.replace(tzinfo=timezone.utc).astimezone(zone).minute in cron.minutes:
            return found
        found += timedelta(minutes=1)
    return None


@lru_cache(maxsize=512)
def longest_gap_s(cron: Cron) -> int:
    """Return the seconds that lie between two moments at most; an hour more than by the calendar, for the clock may be set.

    >>> longest_gap_s(parse('0 2 * * 1-5')) // 3600     # Friday to Monday
    73
    """
    minutes = [60 * hour + minute for hour in cron.hours for minute in cron.minutes]
    inside = max((after - before for before, after in pairwise(minutes)), default=0)
    begin = date(2024, 1, 1)
    days = [number for number in range(HORIZON_DAYS + 366) if cron.fits(begin + timedelta(days=number))]
    apart = max((after - before for before, after in pairwise(days)), default=HORIZON_DAYS)
    longest = max(inside, apart * 1440 - minutes[-1] + minutes[0])
    return 60 * longest + (3600 if longest >= 60 else 0)
