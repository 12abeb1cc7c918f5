"""The date that stands in the name of a backup, and what it is worth beside the time of the file's content."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from .local_time import local_date, to_utc

# Year first reads in one way only; any other order is told by the set.
_YEAR_FIRST = re.compile(
    r'(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?:[-_. T]{0,2}(\d\d)[-_.:h]?(\d\d)(?:[-_.:m]?(\d\d))?)?(?!\d)')
_DIRECTIVES = {'Y': r'(?P<Y>\d{4})', 'y': r'(?P<y>\d{2})', 'm': r'(?P<m>\d{2})', 'd': r'(?P<d>\d{2})',
               'H': r'(?P<H>\d{2})', 'M': r'(?P<M>\d{2})', 'S': r'(?P<S>\d{2})'}
# A backup begun before midnight ends after it, and a name in UTC lags by half a day at most.
BEFORE, AFTER = timedelta(hours=1), timedelta(hours=36)
CLOCKS = timedelta(minutes=5)  # by so much two clocks may differ
# What lies outside is a broken clock or a broken name; near the ends of the calendar no local day follows from it.
EARLIEST, LATEST = datetime(1980, 1, 1), datetime(2200, 1, 1)


class LayoutError(ValueError):
    """A layout tells no whole date."""


@dataclass(frozen=True, slots=True)
class NameDate:
    """What a name says.

    :param day: by the local calendar
    :param at: naive UTC, None where the name tells a day only
    """

    day: date
    at: datetime | None


def check_layout(layout: str) -> None:
    """:raises LayoutError: it tells no whole date, a part twice, or one that is not known

    >>> check_layout('%m%d%y')
    """
    parts = re.findall('%(.)', layout)
    if layout.count('%') != len(parts) or not set(parts) <= _DIRECTIVES.keys() or len(set(parts)) < len(parts):
        raise LayoutError(layout)
    if not {'m', 'd'} <= set(parts) or len({'Y', 'y'} & set(parts)) != 1 or ('M' in parts and 'H' not in parts):
        raise LayoutError(layout)


def name_date(name: str, layout: str, tz: str, *, is_utc: bool = False) -> NameDate | None:
    """Return the date in a name, None where there is none.

    :param name: without its folder
    :param layout: as ``strptime`` has it; empty: a date that begins with the year
    :param is_utc: a time in it is UTC's, and the day follows from it; a date without a time is a local day all the same

    >>> name_date('prod_2026-11-27_23-30.zip', '', 'UTC')
    NameDate(day=datetime.date(2026, 11, 27), at=datetime.datetime(2026, 11, 27, 23, 30))
    >>> name_date('prod_2026-11-26_22-30-00.zip', '', 'Africa/Addis_Ababa', is_utc=True)
    NameDate(day=datetime.date(2026, 11, 27), at=datetime.datetime(2026, 11, 26, 22, 30))
    >>> name_date('PEACH 112726.ptb', '%m%d%y', 'UTC').day, name_date('v20261399.zip', '', 'UTC')
    (datetime.date(2026, 11, 27), None)
    """
    for match in (_by_layout(layout) if layout else _YEAR_FIRST).finditer(name):
        found = _read(match, layout, 'UTC' if is_utc else tz)
        if found:
            return NameDate(local_date(found.at, tz), found.at) if is_utc and found.at else found
    return None


def agrees(said: NameDate, content_at: datetime, tz: str) -> bool:
    """Tell whether the date in a name can be that of what the file holds: begun that day, done within the next one.

    :param content_at: naive UTC, when the content says it was made, or else when the file was changed last

    >>> friday = NameDate(date(2026, 11, 27), None)
    >>> agrees(friday, datetime(2026, 11, 28, 2), 'UTC'), agrees(friday, datetime(2026, 11, 26, 22), 'UTC')
    (True, False)
    """
    start = to_utc(said.day, 0, tz)
    return start - BEFORE <= content_at <= to_utc(said.day + timedelta(days=1), 0, tz) + AFTER


def own_time(said: NameDate | None, content_at: datetime | None, modified_at: datetime, tz: str) -> tuple[datetime, date]:
    """Return the moment (naive UTC) and the local day of a backup.

    By its name, because copying sets the file's own time anew; else by what the content says, and at last by the file's own time.
    """
    if said:
        within = [one for one in (content_at, modified_at) if one and local_date(one, tz) == said.day]
        return said.at or next(iter(within), to_utc(said.day, 12, tz)), said.day
    at = content_at or modified_at
    return at, local_date(at, tz)


def within(at: datetime) -> datetime:
    """Return a moment, or the nearest that a backup can have.

    >>> within(datetime(1, 1, 1)), within(datetime(9999, 12, 31)), within(datetime(2026, 11, 27))
    (datetime.datetime(1980, 1, 1, 0, 0), datetime.datetime(2200, 1, 1, 0, 0), datetime.datetime(2026, 11, 27, 0, 0))
    """
    return min(max(at, EARLIEST), LATEST)


def content_time(words: str, tz: str, said: NameDate | None = None, modified_at: datetime | None = None) -> datetime | None:
    """Return the naive UTC moment at which a backup says it was made. None for none that can be.

    One without an offset is by the local clock; by UTC's, as Odoo writes its dumps, where that comes nearer to the file's last change and fits its name.

    :param said: the date in its name
    :param modified_at: naive UTC, when the file was changed last

    >>> half_past_one = datetime(2026, 11, 26, 22, 30)  # at night there
    >>> content_time('2026-11-26 22:30', 'Africa/Addis_Ababa', NameDate(date(2026, 11, 27), None), half_past_one) == half_past_one
    True
    >>> content_time('2026-11-27T02:00:00+03:00', 'UTC'), content_time('2026-11-27 02:00', 'Africa/Addis_Ababa'), content_time('soon', 'UTC')
    (datetime.datetime(2026, 11, 26, 23, 0), datetime.datetime(2026, 11, 26, 23, 0), None)
    """
    try:
        found = datetime.fromisoformat(words.strip())
        if not EARLIEST.year <= found.year < LATEST.year:
            return None
        if found.tzinfo:
            return found.astimezone(timezone.utc).replace(tzinfo=None)
        local = to_utc(found.date(), found.hour + found.minute / 60, tz) + timedelta(seconds=found.second)
        if not said or not modified_at:
            return local
        nearest = min((local, found.replace(microsecond=0)), key=lambda one: (one > modified_at + CLOCKS, abs(modified_at - one)))
        return nearest if agrees(said, nearest, tz) else local
    except (ValueError, OverflowError):
        return None


def _by_layout(layout: str) -> re.Pattern:
    check_layout(layout)
    parts = re.split('%(.)', layout)
    words = ''.join(_DIRECTIVES[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(rf'(?<!\d){words}(?!\d)')


def _read(match: re.Match, layout: str, tz: str) -> NameDate | None:
    if layout:
        found = match.groupdict()
        year = int(found['Y']) if found.get('Y') else 2000 + int(found['y'])
        numbers = [year, *(int(found[name]) for name in 'md')]
        clock = [int(found[name]) for name in 'HMS' if found.get(name) is not None]
    else:
        year, _sign, month, day, *rest = match.groups()
        numbers, clock = [int(year), int(month), int(day)], [int(one) for one in rest if one is not None]
    try:
        day = date(*numbers)
        at = datetime(*numbers, *clock) if clock else None
    except ValueError:
        return None
    if not EARLIEST.year <= day.year < LATEST.year:
        return None
    return NameDate(day, at and to_utc(day, at.hour + at.minute / 60, tz) + timedelta(seconds=at.second))
