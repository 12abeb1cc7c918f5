"""Values in words: nothing known, several items, every unit."""
import pytest
from lib import reading_text


def value(metric, number, unit='', item=''):
    return {'item': item, 'metric': metric, 'unit': unit, 'value': number}


def test_unknown_values_are_left_out():
    assert reading_text.describe([value('cpu_pct', None, '%'), value('load', 0.25)]) == 'load 0.2'
    assert reading_text.describe([value('cpu_pct', None, '%')]) == ''


def test_other_items_are_counted():
    assert reading_text.describe([value('free_pct', 50.0, '%', 'C:'), value('free_pct', 4.0, '%', 'D:')]) == 'C: free 50 % (+1)'


def test_only_the_first_values_are_told():
    assert reading_text.describe([value(name, 1.0) for name in 'abcde'], limit=2) == 'a 1, b 1'


@pytest.mark.parametrize(('seconds', 'words'), [(0, '0 s'), (59.9, '59 s'), (60, '1 min'), (3599, '59 min 59 s'), (90061, '1 d 1 h'), (86460, '1 d')])
def test_durations(seconds, words):
    assert reading_text.duration(seconds) == words


@pytest.mark.parametrize(('size', 'words'), [(0, '0 B'), (1023, '1023 B'), (1024, '1.0 KiB'), (2.5 * 2**40, '2.5 TiB')])
def test_sizes(size, words):
    assert reading_text.quantity(size, 'B') == words
