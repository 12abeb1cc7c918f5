"""Local wall-clock times to naive UTC, right across the hours that a clock change skips or repeats."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def to_utc(day: date, hours: float, tz: str, *, latest: bool = False) -> datetime:
    """Return the naive UTC moment at which the wall clock of ``tz`` shows ``hours`` on ``day``.

    A time that the clock skips becomes the moment of the jump, so that order is kept. A time that it shows twice is the
    first one, or with ``latest`` the second.

    :param hours: 0.0 to 24.0, rounded to the minute; 24.0 is the midnight that ends the day
    :raises zoneinfo.ZoneInfoNotFoundError: no such time zone

    >>> to_utc(date(2026, 3, 29), 2.5, 'Europe/Berlin')     # skipped: 02:00 became 03:00
    datetime.datetime(2026, 3, 29, 1, 0)
    >>> to_utc(date(2026, 10, 25), 2.5, 'Europe/Berlin')    # shown twice
    datetime.datetime(2026, 10, 25, 0, 30)
    >>> to_utc(date(2026, 10, 25), 2.5, 'Europe/Berlin', latest=True)
    datetime.datetime(2026, 10, 25, 1, 30)
    """
    zone = ZoneInfo(tz)
    wall = datetime.combine(day, time()) + timedelta(minutes=round(hours * 60))
    before = wall - wall.replace(tzinfo=zone).utcoffset()
    after = wall - wall.replace(tzinfo=zone, fold=1).utcoffset()
    if after < before:
        return _jump(after, before, zone)
    return after if latest else before


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the naive UTC second in (low, high] at which the zone's offset changes."""
    old = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()


def local_date(moment: datetime, tz: str) -> date:
    """Return the calendar day that ``tz`` shows at a naive UTC moment.

    >>> local_date(datetime(2026, 11, 22, 22, 0), 'Africa/Addis_Ababa')
    datetime.date(2026, 11, 23)
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()


def wall_clock(moment: datetime, tz: str, *, ends_day: bool = False) -> tuple[date, str]:
    """Return the day and the time of day, ``HH:MM`` of 24 hours, that ``tz`` shows at a naive UTC moment.

    :param ends_day: midnight is written as ``24:00`` of the day before, as people read a time at which something is due

    >>> wall_clock(datetime(2026, 11, 23, 21, 0), 'Africa/Addis_Ababa')
    (datetime.date(2026, 11, 24), '00:00')
    >>> wall_clock(datetime(2026, 11, 23, 21, 0), 'Africa/Addis_Ababa', ends_day=True)
    (datetime.date(2026, 11, 23), '24:00')
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    if ends_day and local.time() == time():
        return local.date() - timedelta(days=1), '24:00'
    return local.date(), local.strftime('%H:%M')


EARLIER_DAY, LATER_DAY = -1, 25


def day_hour(moment: datetime, day: date, tz: str) -> int:
    """Return the hour of a local day to which a naive UTC moment belongs: what a list of that day is grouped by.

    :return: 0 to 23; 24 for the midnight that ends the day; ``EARLIER_DAY`` or ``LATER_DAY`` on another day

    >>> day_hour(datetime(2026, 11, 23, 5, 30), date(2026, 11, 23), 'Africa/Addis_Ababa')
    8
    >>> day_hour(datetime(2026, 11, 23, 21, 0), date(2026, 11, 23), 'Africa/Addis_Ababa')
    24
    >>> day_hour(datetime(2026, 11, 23, 21, 1), date(2026, 11, 23), 'Africa/Addis_Ababa')
    25
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    if local.date() == day:
        return local.hour
    if local.date() < day:
        return EARLIER_DAY
    ends_day = local.date() == day + timedelta(days=1) and local.time() == time()
    return 24 if ends_day else LATER_DAY
