"""A day's word: given once, by what was seen in time; late stays late, and what nobody saw is never fine."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from lib.backup import Copy, File, Place, Promise, expected_days
from lib.backup_day import ABSENT, LOOKED_BACK, OUTCOMES, days_over, is_proven, outcome, verdict
from lib.backup_name import NameDate

DAY = date(2026, 11, 27)
PROMISE = Promise(frozenset(range(7)), 12, 2, 2, 'UTC')
END = datetime(2026, 11, 27, 14)
SOON, AFTER = END + timedelta(minutes=10), END + timedelta(days=3)
SEEN = datetime(2026, 11, 27, 3)


def place(number, kind='made', **values):
    return Place(**{'id': number, 'kind': kind, 'machine': f'host:{number}', 'state': 'seen', 'told_at': SOON, 'since': datetime(2026, 1, 1), **values})


MADE, OTHER = place(1), place(2, 'copy')


def copy(number=1, **values):
    return Copy(**{'place': number, 'size': 1000, 'sha256': 'a' * 64, 'level': 'readable', 'reason': '', 'medium': 'ssd',
                   'modified_at': datetime(2026, 11, 27, 2), 'is_there': True, 'seen_at': SEEN, **values})


def backup(*copies, at=datetime(2026, 11, 27, 2), day=DAY, number=9):
    return File(number, f'prod_{day}.zip', day, at, NameDate(day, None), None, copies)


def yesterdays(**values):
    day = DAY - timedelta(days=1)
    at = datetime(2026, 11, 26, 2)
    one = copy(sha256='b' * 64, modified_at=at, seen_at=at, **values)
    return backup(one, replace(one, place=2), at=at, day=day, number=8)


def said(*files, now=SOON, places=(MADE, OTHER), promise=PROMISE, **values):
    found = verdict(DAY, promise, places, files, now, **values)
    return found.state, found.link, found.code, found.is_late


def test_a_day_is_over_when_its_backup_had_to_be_made_and_copied():
    assert PROMISE.copied_until(DAY) == END
    assert days_over(PROMISE, DAY, END)[-1:] == [DAY] and DAY not in days_over(PROMISE, DAY, END - timedelta(seconds=1))
    late = replace(PROMISE, due_h=30, copy_h=168)
    assert days_over(late, date(2026, 1, 1), END)[-1] == date(2026, 11, 19)
    assert len(days_over(PROMISE, date(2020, 1, 1), END)) <= 400


@pytest.mark.parametrize(('name', 'files', 'values', 'expected'), [
    ('proven in time', [backup(copy(), copy(2))], {}, ('good', 'made', '', False)),
    ('the job came a day later', [backup(copy(), copy(2))], {'now': END + timedelta(hours=20)}, ('good', 'made', '', False)),
    ('cleared away since then', [backup(copy(is_there=False), copy(2, is_there=False))], {'now': AFTER}, ('good', 'made', '', False)),
    ('gone within its time', [backup(copy(is_there=False), copy(2, is_there=False))], {}, ('bad', 'made', 'gone', False)),
    ('lost from sight', [backup(copy(), copy(2))], {'places': (MADE, place(2, 'copy', state='silent'))}, ('unknown', 'replicated', 'silent', False)),
    ('made late', [backup(copy(modified_at=datetime(2026, 11, 27, 13)), copy(2), at=datetime(2026, 11, 27, 13))], {}, ('good', 'made', 'late', False)),
    ('copied late', [backup(copy(), copy(2, seen_at=END + timedelta(hours=1)))], {'now': AFTER}, ('unknown', 'replicated', 'not_watched', True)),
    ('copied late, and the job ran', [backup(copy(), copy(2, seen_at=END + timedelta(minutes=5)))], {}, ('bad', 'replicated', 'no_copy', True)),
    ('never copied', [backup(copy())], {}, ('bad', 'replicated', 'no_copy', False)),
    ('never copied, judged afterwards', [backup(copy())], {'now': AFTER}, ('bad', 'replicated', 'no_copy', False)),
    ('missing', [], {}, ('bad', 'made', 'missing', False)),
    ('still hashed', [backup(copy(), copy(2, sha256=None, level='settled', reason='reading'))], {}, ('unknown', 'replicated', 'hashing', False)),
    ('still read', [backup(copy(level='settled', reason='reading', sha256=None), copy(2))], {}, ('unknown', 'made', 'reading', False)),
    ('the host is silent', [], {'places': (place(1, state='silent', told_at=SEEN), OTHER)}, ('unknown', 'made', 'silent', False)),
    ('nobody looked', [], {'places': (place(1, told_at=SEEN), OTHER)}, ('unknown', 'made', 'not_looked', False)),
    ('a place that nobody accepted excuses nothing', [], {'places': (MADE, place(3, state='not_accepted', told_at=None), OTHER)}, ('bad', 'made', 'missing', False)),
    ('no place that anybody accepted', [], {'places': (place(3, state='not_accepted', told_at=None), OTHER)}, ('unknown', 'made', 'not_accepted', False)),
    ('no place', [], {'places': ()}, ('unknown', 'made', 'no_place', False)),
    ('not a place then', [], {'places': (place(1, since=END), OTHER)}, ('unknown', 'made', 'not_watched', False)),
    ('the second was no place then', [backup(copy())], {'places': (MADE, place(2, 'copy', since=SOON))}, ('unknown', 'replicated', 'not_watched', False)),
    ('another place came too late to be asked', [backup(copy())], {'places': (MADE, OTHER, place(3, 'copy', state='never', told_at=None, since=SOON))},
     ('bad', 'replicated', 'no_copy', False)),
    ('before the record', [backup(copy(seen_at=AFTER), copy(2, seen_at=AFTER))], {'now': AFTER, 'places': (place(1, since=AFTER), place(2, 'copy', since=AFTER))},
     ('unknown', 'made', 'not_watched', True)),
    ('too long ago', [backup(copy(), copy(2))], {'now': END + timedelta(days=LOOKED_BACK + 1)}, ('unknown', 'made', 'not_judged', False)),
    ('within the RPO', [backup(copy(), copy(2))], {'rpo_h': 12}, ('good', 'made', '', False)),
    ('past the RPO', [backup(copy(), copy(2))], {'rpo_h': 11.9}, ('bad', 'age', 'past_rpo', False)),
    ('never restored', [backup(copy(), copy(2))], {'promise': replace(PROMISE, restore_days=30)}, ('unknown', 'restored', 'restore_never', False)),
    ('restored afterwards', [backup(copy(), copy(2))], {'promise': replace(PROMISE, restore_days=30), 'now': AFTER, 'restored_at': AFTER},
     ('unknown', 'restored', 'restore_never', False)),
])
def test_each_day_has_one_word(name, files, values, expected):
    assert said(*files, **values) == expected, name


def test_what_was_seen_only_later_counts_not_in_time_whenever_it_is_judged():
    """As if the job had run at once, however late it runs: never better, and never fine."""
    seen_late = backup(copy(), copy(2, seen_at=END + timedelta(hours=2)))
    for hours in (2, 20, 30, 24 * 20):
        state, _link, _code, is_late = said(seen_late, now=END + timedelta(hours=hours))
        assert state != 'good' and is_late, hours


def test_age_and_machines_are_those_of_then():
    found = verdict(DAY, PROMISE, (MADE, OTHER), [yesterdays(), backup(copy(), copy(2))], SOON, rpo_h=24)
    assert (found.age_h, found.machines, found.level, found.file) == (12, 2, 'replicated', 9)
    found = verdict(DAY, PROMISE, (MADE, OTHER), [yesterdays()], SOON, rpo_h=24)
    assert (found.age_h, found.machines, found.level, found.file, found.state) == (36, 0, '', None, 'bad')
    assert verdict(DAY, PROMISE, (MADE, OTHER), [yesterdays(is_there=False)], SOON).age_h is None
    assert verdict(DAY, PROMISE, (MADE, OTHER), [yesterdays(is_there=False)], AFTER).age_h == 36, "what is cleared away since was there"
    assert verdict(DAY, PROMISE, (MADE, OTHER), [backup(copy(), copy(2, medium='removable'))], SOON).machines == 1


def test_what_is_proven_later_is_told_and_an_old_one_needs_not_lie_there():
    whole, cleared = [backup(copy(), copy(2))], [backup(copy(is_there=False), copy(2, is_there=False))]
    assert is_proven(DAY, PROMISE, (MADE, OTHER), cleared, AFTER, 'no_copy') and not is_proven(DAY, PROMISE, (MADE, OTHER), [backup(copy())], AFTER, 'no_copy')
    for code in ('gone', 'silent', 'blind'):
        assert is_proven(DAY, PROMISE, (MADE, OTHER), whole, AFTER, code) and not is_proven(DAY, PROMISE, (MADE, OTHER), cleared, AFTER, code), code
        assert not is_proven(DAY, PROMISE, (place(1, state='silent'), place(2, 'copy', state='silent')), whole, AFTER, code)


def test_nothing_that_is_not_good_counts_as_good():
    for state in ('unknown', 'bad'):
        for code in ('', 'late', *ABSENT):
            assert outcome(state, code, is_late=False) == state and outcome(state, code, is_late=True) == 'late'
    assert {outcome(state, code, is_late) for state in ('good', 'unknown', 'bad') for code in ('', 'late') for is_late in (0, 1)} == set(OUTCOMES)
    assert expected_days(PROMISE, DAY, DAY) == [DAY]
