"""Dates as they stand in file names and in rows of text, and what moment they mean. Pure."""
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

FUTURE_S = 300
# A date before 1980 or more than a year ahead is a number that happens to look like a date.
OLDEST_AT, AHEAD_S = 315_532_800, 366 * 86400
_DIRECTIVES = {'Y': r'\d{4}', 'm': r'\d{2}', 'd': r'\d{2}', 'H': r'\d{2}', 'M': r'\d{2}', 'S': r'\d{2}', 'y': r'\d{2}', 'j': r'\d{3}', 'b': '[A-Za-z]{3}'}
# Rows are written by people's programs: numbers without a leading zero, fractions, morning and evening. Bounded, so that no search runs away.
_ROW_DIRECTIVES = {**_DIRECTIVES, **dict.fromkeys('mdHIMS', r'\d{1,2}'), 'f': r'\d{1,6}', 'p': '[AaPp][Mm]', 'B': '[A-Za-z]{3,9}', 'a': '[A-Za-z]{3}',
                   'A': '[A-Za-z]{6,9}', 'z': r'(?:Z|[+-]\d{2}:?\d{2})'}
_ISO = re.compile(r'(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})[T ]{1,2}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}:?\d{2})?(?!\d)')
_EPOCH = {'epoch': (re.compile(r'(?<!\d)\d{9,10}(?:\.\d{1,9})?(?!\d)'), 1), 'epoch_ms': (re.compile(r'(?<!\d)\d{12,13}(?!\d)'), 1000)}
# Names of reports also tell only a week or a month.
_NAME_DIRECTIVES = {**_DIRECTIVES, 'G': r'\d{4}', 'V': r'\d{2}'}
MAX_TEXT, MAX_FRACTION = 300, 6


# === WHAT A LAYOUT MAY BE === #

def directives(layout: str) -> list[str]:
    return re.split('%(.)', layout)[1::2]


def check_layout(layout: str, key: str = 'name_date') -> None:
    """Check that a layout tells a whole date, each part with a fixed width.

    :param key: the setting, named in what is raised
    :raises ValueError: a directive without fixed width, or twice; no year, month or day; minutes without the hour
    """
    parts = directives(layout)
    has = set(parts)
    if not has <= set(_DIRECTIVES) or layout.count('%') != len(parts):
        raise ValueError(f"{key}: expected a date of the directives {' '.join('%' + one for one in _DIRECTIVES)}")
    if len(has) < len(parts) or {'Y', 'y'} <= has or {'m', 'b'} <= has:
        raise ValueError(f"{key}: expected each part of the date once")
    if not has & {'Y', 'y'}:
        raise ValueError(f"{key}: expected a year (%Y or %y): without one, last year's file has this year's date")
    if not ('j' in has or ('d' in has and has & {'m', 'b'})):
        raise ValueError(f"{key}: expected a month and a day (%m or %b, and %d), or the day of the year (%j)")
    if ('M' in has and 'H' not in has) or ('S' in has and 'M' not in has):
        raise ValueError(f"{key}: expected the hour (%H) before minutes (%M), and minutes before seconds (%S)")


def check_period_layout(layout: str, period: str) -> None:
    """Check that a layout tells the period it is for: a week also as ``%G-W%V``, a month also without a day.

    :param period: ``day``, ``week`` or ``month``
    :raises ValueError: it does not
    """
    parts = directives(layout)
    by_week = period == 'week' and sorted(parts) == ['G', 'V']
    by_month = period == 'month' and sorted(parts) in (['Y', 'm'], ['Y', 'b'], ['m', 'y'], ['b', 'y'])
    if not by_week and not by_month:
        check_layout(layout)


def check_row_formats(formats, key: str = 'formats') -> None:
    """Check how times in rows are written.

    :raises ValueError: one tells no whole date with its time of day, or two read the same text as different days
    """
    orders: dict = {}
    for layout in formats:
        if layout in _EPOCH:
            continue
        parts = directives(layout)
        has = set(parts)
        if not has <= set(_ROW_DIRECTIVES) or layout.count('%') != len(parts) or len(has) < len(parts):
            raise ValueError(f"{key}: expected epoch, epoch_ms or directives of {' '.join('%' + one for one in sorted(_ROW_DIRECTIVES))}, each once")
        whole = has & {'Y', 'y'} and ('j' in has or ('d' in has and has & {'m', 'b', 'B'})) and ('H' in has or {'I', 'p'} <= has)
        if not whole:
            raise ValueError(f"{key}: {layout!r} tells no whole date with its time of day (year, month, day, hour)")
        shape = re.sub('%[dmyb]', '%d', layout)
        if orders.setdefault(shape, layout) != layout:
            raise ValueError(f"{key}: {orders[shape]!r} and {layout!r} read the same text as different days; keep the one that is used")


# === MOMENTS === #

def moment_of(naive: datetime, zone: str, now: float) -> float:
    """Return what moment a date without a zone means, seconds since 1970.

    :param zone: ``local``, ``utc`` or an offset (``+03:00``)
    :raises ValueError, OverflowError, OSError: this machine knows no such moment
    """
    if naive.tzinfo:
        return naive.timestamp()
    if zone != 'local':
        return naive.replace(tzinfo=zone_of(zone)).timestamp()
    # The hour that comes twice when summer ends: the later one, unless that is still to come.
    both = sorted(naive.replace(fold=fold).timestamp() for fold in (0, 1))
    return both[1] if both[1] <= now + FUTURE_S else both[0]


def zone_of(zone: str):
    """Return the offset of ``utc`` or ``+03:00``. :raises ValueError: it is neither"""
    if zone == 'utc':
        return timezone.utc
    match = re.fullmatch(r'([+-])(\d{2}):?(\d{2})', zone)
    if not match or int(match[2]) > 14 or int(match[3]) > 59:
        raise ValueError("time_zone: expected local, utc or an offset such as +03:00")
    away = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-away if match[1] == '-' else away)


# === DATES IN NAMES === #

def date_pattern(layout: str) -> str:
    """Return a regular expression for a ``strptime`` layout that :func:`check_layout` or :func:`check_period_layout` accepts.

    >>> date_pattern('%Y-%m-%d')
    '\\\\d{4}\\\\-\\\\d{2}\\\\-\\\\d{2}'
    """
    return ''.join(_NAME_DIRECTIVES[part] if index % 2 else re.escape(part) for index, part in enumerate(re.split('%(.)', layout)))


def parse_name_date(name: str, layout: str, now: float, zone: str = 'local') -> float | None:
    """Return the time that stands in a file's name, seconds since 1970; None when there is none.

    Every place that looks like a date is tried. One that starts in the middle of a row of digits counts only when no other is a date. The newest
    wins that is not in the future; when all are in the future, the nearest.
    """
    starts: dict = {False: [], True: []}
    for match in re.finditer(f'(?=({date_pattern(layout)}))', name):
        at = _time_of(match[1], layout, zone, now)
        if at is not None and OLDEST_AT <= at <= now + AHEAD_S:
            inside = match[1][0].isdigit() and name[:match.start()][-1:].isdigit()
            starts[inside].append(at)
    found = starts[False] or starts[True]
    return max((at for at in found if at <= now + FUTURE_S), default=min(found, default=None))


def _time_of(text: str, layout: str, zone: str, now: float) -> float | None:
    parts = set(directives(layout))
    if not parts & {'d', 'j'}:
        # A week begins with its Monday, a month with its first.
        text, layout = f'{text} 1', f"{layout} {'%u' if 'V' in parts else '%d'}"
    try:
        # A wall-clock time by definition: which clock's is said by the setting.
        return moment_of(datetime.strptime(text, layout), zone, now)  # noqa: DTZ007
    except (ValueError, OverflowError, OSError):
        return None


# === TIMES IN ROWS === #

def parse_row_time(text: str, formats, zone: str, now: float) -> float | None:
    """Return the first time in a piece of text that can be read, seconds since 1970; None when there is none.

    Without formats only dates that begin with the year count (``2026-11-28 17:05:11,123``, ``2026-11-28T14:05:11Z``): no other order is certain.

    >>> parse_row_time('2026-11-28T14:05:11.5Z INFO started', (), 'local', 0)
    1795874711.5
    >>> parse_row_time('28/11/2026 02:05:11 PM', ('%d/%m/%Y %I:%M:%S %p',), 'utc', 0)
    1795874711.0
    """
    text = text.strip()[:MAX_TEXT]
    for layout in formats or ('iso',):
        for piece in _pieces(text, layout):
            try:
                at = _read(piece, layout, zone, now)
            except (ValueError, OverflowError, OSError):
                continue
            if OLDEST_AT <= at:
                return at
    return None


def _pieces(text: str, layout: str):
    """Yield what looks like this layout, from left to right."""
    if layout == 'iso':
        pattern = _ISO
    elif layout in _EPOCH:
        pattern = _EPOCH[layout][0]
    else:
        parts = re.split('%(.)', layout)
        # One blank of a layout stands for any few, as programs pad days and hours with them.
        shape = ''.join(_ROW_DIRECTIVES[part] if index % 2 else re.sub(r'(\\ )+', ' {1,4}', re.escape(part)) for index, part in enumerate(parts))
        pattern = re.compile(f'(?<!\\d){shape}(?!\\d)')
    return pattern.finditer(text)


def _read(match, layout: str, zone: str, now: float) -> float:
    if layout in _EPOCH:
        return float(match[0]) / _EPOCH[layout][1]
    if layout != 'iso':
        return moment_of(datetime.strptime(re.sub(' +', ' ', match[0]), re.sub(' +', ' ', layout)), zone, now)  # noqa: DTZ007  `moment_of` adds the zone
    year, _sign, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or '0')[:MAX_FRACTION].ljust(MAX_FRACTION, '0'))
    naive = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro)  # noqa: DTZ001  its offset follows
    return moment_of(naive, 'utc' if offset == 'Z' else offset or zone, now)
