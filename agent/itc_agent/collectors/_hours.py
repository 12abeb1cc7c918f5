"""The hours in which something is expected to happen, on this machine's own clock on the wall. Pure."""
from __future__ import annotations

import re
from datetime import datetime, time, timedelta

DAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')
# Whoever was silent for longer than this is not measured more closely.
MOST_DAYS = 60


def parse_time(text: str, key: str) -> time:
    """Return a time of day. :raises ValueError: it is none, ``key`` is named"""
    match = re.fullmatch(r'(\d{1,2}):(\d{2})', text.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"{key}: expected a time of day such as 18:30, got {text!r}")
    return time(int(match[1]), int(match[2]))


def parse_hours(text: str, key: str) -> tuple[time, time]:
    """Return beginning and end of ``08:00-20:00``; all day when empty. An end that is not after the beginning is on the next day.

    :raises ValueError: it is not such a span
    """
    if not text.strip():
        return time(0), time(0)
    begin, dash, end = text.partition('-')
    if not dash:
        raise ValueError(f"{key}: expected hours such as 08:00-20:00, got {text!r}")
    return parse_time(begin, key), parse_time(end, key)


def check_days(names, key: str) -> None:
    """:raises ValueError: one of ``names`` is no day of the week"""
    wrong = [name for name in names if name.strip().lower()[:3] not in DAYS]
    if wrong:
        raise ValueError(f"{key}: expected days of {', '.join(DAYS)}, got {wrong[0]!r}")


def day_numbers(names) -> set[int]:
    """Return the days of the week, Monday is 0; all of them when none is named.

    >>> day_numbers(['Mon', 'sunday'])
    {0, 6}
    """
    return {DAYS.index(name.strip().lower()[:3]) for name in names} or set(range(7))


def seconds_open(since: float, until: float, hours: tuple[time, time], days: set[int]) -> float:
    """Return how many seconds of opening hours lie between two moments (seconds since 1970).

    :param days: days of the week on which the hours begin
    """
    since = max(since, until - MOST_DAYS * 86400)
    total, day = 0.0, datetime.fromtimestamp(since).date() - timedelta(days=1)  # noqa: DTZ006  opening hours are local by nature
    last = datetime.fromtimestamp(until).date()  # noqa: DTZ006  as above
    while day <= last:
        if day.weekday() in days:
            begin = datetime.combine(day, hours[0]).timestamp()
            end = datetime.combine(day + timedelta(days=hours[1] <= hours[0]), hours[1]).timestamp()
            total += max(0.0, min(end, until) - max(begin, since))
        day += timedelta(days=1)
    return total
