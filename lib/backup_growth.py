"""How much room backups take, how fast that grows, and until when there is room for it."""

import math
import ntpath
import posixpath
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median

MONTH_DAYS = 365.25 / 12
LEAST_DAYS, LEAST_SPAN = 7, 14  # so many days that are known, over so many: fewer make no trend
MOST_DAYS = 92  # what was longer ago says little of what comes
# Less than this part of what lies there a month is no growth: a day's ups and downs.
STILL = 0.005
NEVER_MONTHS = 60


def slope(points: Sequence[tuple[date, float]]) -> float | None:
    """Return by how much something grows a day: the median of the growth between all pairs of days (Theil and Sen's way). None where that is too little to say.

    So neither a day on which all was there twice nor a clean-up now and then makes a trend.

    >>> slope([(date(2026, 11, day), 100.0 + 2 * day) for day in range(1, 20)])
    2.0
    >>> slope([(date(2026, 11, 1), 1.0), (date(2026, 11, 20), 2.0)]) is None
    True
    """
    known = sorted(points)[-MOST_DAYS:]
    if len(known) < LEAST_DAYS or (known[-1][0] - known[0][0]).days < LEAST_SPAN:
        return None
    return median((value - before) / (day - start).days for number, (day, value) in enumerate(known) for start, before in known[:number] if day > start)


def a_month(points: Sequence[tuple[date, float]]) -> float | None:
    """Return by how much something grows a month, 0 where that is hardly more than its ups and downs; None where that is too little to say.

    >>> a_month([(date(2026, 11, day), 1000.0) for day in range(1, 20)])
    0.0
    """
    daily = slope(points)
    if daily is None:
        return None
    grown, usual = daily * MONTH_DAYS, median(value for _day, value in points)
    return 0.0 if abs(grown) < STILL * usual else grown


def months_left(free: float | None, growth: float | None) -> float | None:
    """Return in how many months there is no room left, infinite for never; None where nobody can tell.

    :param growth: a month, of all that is known to grow in that room

    >>> months_left(70.0, 10.0), months_left(70.0, 0.0), months_left(None, 10.0), months_left(70.0, None), months_left(1e9, 1.0)
    (7.0, inf, None, None, inf)
    """
    if free is None or growth is None:
        return None
    left = free / growth if growth > 0 else math.inf
    return left if left < NEVER_MONTHS else math.inf


def volume_of(folder: str, mounts: Iterable[str]) -> str | None:
    """Return on which of a machine's volumes a folder lies: the longest name that it begins with. None for none, and for a share.

    :param mounts: names of all volumes, as the machine tells them

    >>> volume_of('/srv/backups/odoo', ['/', '/srv', '/srv/back']), volume_of('D:/Backups', ['C:', 'd:']), volume_of('/srv', ['C:'])
    ('/srv', 'd:', None)
    >>> volume_of('//nas/backups', ['/']) is None
    True
    """
    is_windows = bool(ntpath.splitdrive(folder)[0]) and not folder.startswith('/')
    if folder.replace('\\\\', '//').startswith('//'):
        return None
    parts = _parts(folder, is_windows)
    found = [mount for mount in mounts if bool(ntpath.splitdrive(mount)[0]) == is_windows and parts[:len(_parts(mount, is_windows))] == _parts(mount, is_windows)]
    return max(found, key=lambda mount: len(_parts(mount, is_windows)), default=None)


def known_size(count: int, sizes: Sequence[float]) -> tuple[float, bool]:
    """Return how much lies at a place, and whether that is all of it.

    A host tells the newest files and how many there are. What was told before of older ones stays, though they may have been cleared away since.

    :param count: so many lie there
    :param sizes: of those known, newest first

    >>> known_size(2, [10, 20, 30]), known_size(3, [10, 20])
    ((30, True), (30, False))
    """
    return sum(sizes[:count]), len(sizes) >= count


def _parts(path: str, is_windows: bool) -> tuple[str, ...]:
    if is_windows:
        return tuple(one for one in ntpath.normpath(path).lower().split('\\') if one)
    return ('/', *(one for one in posixpath.normpath(path).split('/') if one))
