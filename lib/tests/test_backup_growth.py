"""How storage grows: neither a clean-up nor a day of double makes a trend, and what is not known is not guessed."""

import math
import random
from datetime import date, timedelta

import pytest
from lib.backup_growth import MONTH_DAYS, a_month, known_size, months_left, slope, volume_of

DAY = date(2026, 9, 1)


def days(values):
    return [(DAY + timedelta(days=number), float(value)) for number, value in enumerate(values)]


def test_steady_growth_is_told_as_it_is():
    assert slope(days(100 + 3 * number for number in range(60))) == 3
    assert a_month(days(100 + 3 * number for number in range(60))) == pytest.approx(3 * MONTH_DAYS)
    assert slope(days(1000 - number for number in range(60))) == -1
    assert slope(list(reversed(days(range(60))))) == 1, "in any order"


def test_a_few_wild_days_move_nothing():
    values = [100 + 2 * number for number in range(60)]
    values[10], values[30:33], values[55] = 5000, [0, 0, 0], 9999
    assert slope(days(values)) == pytest.approx(2, abs=0.1)


def test_a_folder_that_is_cleared_each_week_does_not_grow():
    assert abs(a_month(days(1000 + 10 * (number % 7) for number in range(70)))) == 0
    rng = random.Random(17)
    assert a_month(days(1000 + rng.uniform(-2, 2) for _day in range(60))) == 0


def test_too_little_is_no_trend():
    assert slope(days(range(6))) is None and slope(days(range(13))) is None and slope([]) is None and a_month(days([1])) is None
    assert slope([(DAY + timedelta(days=3 * number), number) for number in range(7)]) == pytest.approx(1 / 3)
    assert slope([(DAY, 1.0)] * 20) is None
    old = [(DAY - timedelta(days=400 - number), 100.0 + 10 * number) for number in range(300)]
    assert slope([*old, *days([7] * 92)]) == 0, "what was longer ago counts no more"


def test_until_when_there_is_room():
    assert months_left(10, 4) == 2.5 and months_left(0, 1) == 0
    assert months_left(10, -1) == math.inf and months_left(1000, 1) == math.inf
    assert months_left(None, 1) is None and months_left(1, None) is None


@pytest.mark.parametrize(('folder', 'mounts', 'expected'), [
    ('/srv/backups', ['/'], '/'), ('/srv/backups', ['/', '/srv/backups', '/srv'], '/srv/backups'), ('/srv', ['/srv/'], '/srv/'),
    ('/srvx', ['/srv'], None), ('/srv/../x', ['/', '/srv'], '/'),
    ('D:\\Backups', ['C:\\', 'D:\\'], 'D:\\'), ('d:/backups', ['D:'], 'D:'), ('D:\\Mount\\B', ['D:\\', 'D:\\mount'], 'D:\\mount'), ('E:\\x', ['C:\\'], None),
    (r'\\nas\backups', ['C:\\', '/'], None), ('//nas/backups', ['/'], None), ('/srv', ['C:\\'], None), ('', ['C:\\'], None),
])
def test_a_folder_lies_on_the_nearest_volume(folder, mounts, expected):
    assert volume_of(folder, mounts) == expected


def test_what_is_known_of_a_folder():
    assert known_size(0, []) == (0, True)
    assert known_size(2, [5, 6, 7, 8]) == (11, True), "older ones may have been cleared away"
    assert known_size(4, [5, 6]) == (11, False)
