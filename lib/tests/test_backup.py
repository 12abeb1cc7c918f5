"""A day's backup: each thing that can be wrong has a reason of its own, and nothing holds that no agent saw."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from lib.backup import CLOUD, Copy, File, Place, Promise, day_due_by, expected_days, judge, judged, machine_of, proven_at
from lib.backup_name import LayoutError, NameDate, agrees, check_layout, content_time, name_date, own_time, within
from lib.backup_proven import Proven, as_proven
from lib.backup_size import bounds

DAY = date(2026, 11, 27)  # a Friday
NOW = datetime(2026, 11, 27, 13)
PROMISE = Promise(frozenset(range(7)), 12, 2, 2, 'UTC')
MADE = Place(1, 'made', 'host:1', 'seen', NOW)
OTHER = Place(2, 'copy', 'host:2', 'seen', NOW)
CLOUDY = Place(3, 'mega', 'host:1', 'seen', NOW)
SHA, OTHER_SHA = 'a' * 64, 'b' * 64
LATE = NOW + timedelta(days=1)


def copy(place=1, **values):
    return Copy(**{'place': place, 'size': 1000, 'sha256': SHA, 'level': 'readable', 'reason': '', 'medium': 'ssd',
                   'modified_at': datetime(2026, 11, 27, 2), 'is_there': True, **values})


def backup(*copies, number=100, day=DAY, **values):
    at = datetime(day.year, day.month, day.day, 2)
    return File(**{'id': number, 'name': f'prod_{day}.zip', 'day': day, 'at': at, 'said': NameDate(day, None), 'content_at': None,
                   'copies': copies, **values})


def earlier(count=6, size=1000):
    days = [DAY - timedelta(days=count - number) for number in range(count)]
    return [backup(copy(size=size, sha256=f'{number}' * 64, modified_at=datetime(one.year, one.month, one.day, 2)), number=number, day=one)
            for number, one in enumerate(days)]


def chain(*files, places=(MADE, OTHER), now=NOW, promise=PROMISE, **values):
    return judge(DAY, promise, places, files, now, **values)


def said(found):
    return found.weakest.name, found.weakest.state, found.weakest.code


def test_a_whole_chain_reaches_the_second_machine():
    found = chain(*earlier(), backup(copy(), copy(2)))
    assert (found.level, [link.state for link in found.links]) == ('replicated', ['good', 'good', 'good', 'none'])
    assert found.links[2].places == (1, 2) and found.reaches('replicated') and not found.reaches('restored')


@pytest.mark.parametrize(('name', 'files', 'expected'), [
    ('0 bytes', [backup(copy(size=0, level='seen', reason='empty', sha256=None))], ('made', 'bad', 'empty')),
    ('still being written', [backup(copy(level='seen', reason='growing', sha256=None))], ('made', 'bad', 'growing')),
    ('.part left over', [backup(copy(level='seen', reason='partial_name', sha256=None))], ('made', 'bad', 'partial_name')),
    ('changed after it was hashed', [backup(copy(level='settled', reason='changed', sha256=None), copy(2))], ('readable', 'bad', 'changed')),
    ('a copy that changed', [backup(copy(), copy(2, level='settled', reason='changed', sha256=None))], ('replicated', 'bad', 'changed')),
    ('may not be read', [backup(copy(level='seen', reason='no_permission', sha256=None))], ('made', 'unknown', 'no_permission')),
    ('nothing there', [], ('made', 'bad', 'missing')),
    ('nobody knows where it lies', [backup()], ('made', 'bad', 'missing')),
    ('right name in the wrong folder', [backup(copy(2))], ('made', 'bad', 'elsewhere')),
    ('future date', [backup(copy(modified_at=NOW + timedelta(hours=1)))], ('made', 'bad', 'future')),
    ('future name', [backup(copy(), at=NOW + timedelta(hours=1))], ('made', 'bad', 'future')),
    ('half size', [*earlier(), backup(copy(size=500), copy(2, size=500))], ('made', 'bad', 'too_small')),
    ('twice the size', [*earlier(), backup(copy(size=2000))], ('made', 'bad', 'too_large')),
    ("yesterday's file renamed", [*earlier(), backup(copy(sha256='5' * 64, modified_at=datetime(2026, 11, 26, 2)))], ('made', 'bad', 'same_bytes')),
    ("an older file renamed that was never seen", [*earlier(), backup(copy(modified_at=datetime(2026, 11, 20, 2)))], ('made', 'bad', 'name_date')),
    ('its content is of another day', [backup(copy(), content_at=datetime(2026, 11, 20))], ('made', 'bad', 'name_date')),
    ('truncated', [backup(copy(level='settled', reason='cut'))], ('readable', 'bad', 'cut')),
    ('one flipped byte', [backup(copy(level='settled', reason='crc'))], ('readable', 'bad', 'crc')),
    ('password', [backup(copy(level='settled', reason='encrypted'))], ('readable', 'bad', 'encrypted')),
    ('unknown format', [backup(copy(level='settled', reason='unknown_format'))], ('readable', 'unknown', 'unknown_format')),
    ('no program to read it', [backup(copy(level='settled', reason='no_tool'))], ('readable', 'unknown', 'no_tool')),
    ('being hashed', [backup(copy(level='settled', reason='reading', sha256=None))], ('made', 'waiting', 'reading')),
    ('waits to be hashed', [backup(copy(level='settled', reason='unread', sha256=None), copy(2))], ('made', 'waiting', 'unread')),
    ('may not be read to hash it', [backup(copy(level='settled', reason='no_permission', sha256=None), copy(2))], ('made', 'unknown', 'no_permission')),
    ('its disk fails', [backup(copy(level='settled', reason='io_error', sha256=None), copy(2))], ('made', 'unknown', 'io_error')),
    ('its disk gives nothing', [backup(copy(level='settled', reason='too_slow', sha256=None), copy(2))], ('made', 'unknown', 'too_slow')),
    ('hashed, its disk fails', [backup(copy(level='settled', reason='io_error'))], ('readable', 'unknown', 'io_error')),
    ('hashed, and being read', [backup(copy(level='settled', reason='reading'))], ('readable', 'waiting', 'reading')),
    ('half size, not hashed', [*earlier(), backup(copy(size=500, level='settled', reason='unread', sha256=None))], ('made', 'bad', 'too_small')),
    ('not hashed yet', [backup(copy(sha256=None), copy(2))], ('replicated', 'waiting', 'hashing')),
    ('thumb drive', [backup(copy(), copy(2, medium='removable'))], ('replicated', 'bad', 'removable')),
    ('other bytes', [backup(copy(), copy(2, sha256=OTHER_SHA))], ('replicated', 'bad', 'differs')),
    ('other size', [backup(copy(), copy(2, size=999))], ('replicated', 'bad', 'differs')),
    ('share of nobody', [backup(copy(), copy(2, medium='network'))], ('replicated', 'unknown', 'share_unknown')),
    ('copied, not hashed there', [backup(copy(), copy(2, sha256=None))], ('replicated', 'waiting', 'hashing')),
    ('gone again', [backup(copy(), copy(2, is_there=False))], ('replicated', 'waiting', 'no_copy')),
    ('not copied', [backup(copy())], ('replicated', 'waiting', 'no_copy')),
])
def test_each_fault_has_its_own_reason(name, files, expected):
    assert said(chain(*files)) == expected, name


@pytest.mark.parametrize('reason', ['unread', 'reading', 'no_permission', 'io_error', 'too_slow', 'too_large', 'changed', 'other_database'])
def test_what_nobody_has_read_may_be_an_older_ones_bytes(reason):
    unread, early = backup(copy(level='settled', reason=reason, sha256=None)), datetime(2026, 11, 27, 3)
    made = chain(unread).links[0]
    assert (made.state, made.code, made.places) == ('waiting' if reason in ('unread', 'reading') else 'unknown', reason, (1,))
    assert chain(unread).level == '' and chain(replace(unread, copies=(copy(level='settled', reason=reason),))).level == 'made', "its hash tells"
    assert said(chain(unread, now=early))[1] == {'unread': 'waiting', 'reading': 'waiting', 'changed': 'waiting', 'other_database': 'bad'}.get(reason, 'unknown')
    for faulty, code in ((replace(unread, at=NOW + timedelta(hours=1)), 'future'), (replace(unread, content_at=datetime(2026, 11, 20)), 'name_date')):
        assert said(chain(faulty)) == ('made', 'bad', code), "what is known all the same goes first"


def test_what_is_not_due_waits_and_turns_bad_with_the_clock():
    early = datetime(2026, 11, 27, 3)
    assert said(chain(now=early)) == ('made', 'waiting', 'not_due')
    assert said(chain(backup(copy(level='seen', reason='growing')), now=early)) == ('made', 'waiting', 'growing')
    assert said(chain(backup(copy()), now=LATE)) == ('replicated', 'bad', 'no_copy')
    assert chain(backup(copy(), at=datetime(2026, 11, 27, 12, 30))).links[0] == replace(chain(backup(copy())).links[0], code='late')


@pytest.mark.parametrize('state', ['silent', 'blind', 'never'])
def test_what_nobody_could_see_is_unknown_and_never_missing(state):
    told_at = None if state == 'never' else datetime(2026, 11, 27, 1)
    assert said(chain(places=[replace(MADE, state=state, told_at=told_at), OTHER])) == ('made', 'unknown', state)
    assert said(chain(backup(copy(), copy(2)), places=[MADE, replace(OTHER, state=state)])) == ('replicated', 'unknown', state)
    assert said(chain(places=[replace(MADE, told_at=datetime(2026, 11, 27, 1))])) == ('made', 'waiting', 'not_looked')


def test_a_disk_that_is_not_mounted_is_a_fault_of_its_own_and_nothing_has_gone_with_it():
    away, before = {'state': 'unmounted'}, datetime(2026, 11, 27, 1)
    made, other, third = replace(MADE, **away), replace(OTHER, **away), Place(3, 'copy', 'host:3', 'silent', NOW)
    both = backup(copy(), copy(2))
    for files, places, expected in (
        ([], [replace(made, told_at=before), OTHER], ('made', 'bad', 'unmounted', (1,))),
        ([], [third, replace(third, id=4, kind='made', told_at=before), replace(made, told_at=None)], ('made', 'bad', 'unmounted', (1,))),
        ([], [made, OTHER], ('made', 'bad', 'missing', (1,))),  # it was looked for when it was due
        ([backup(copy())], [made, OTHER], ('made', 'bad', 'unmounted', (1,))),  # nobody sees it anywhere else
        ([both], [made, third, OTHER], ('replicated', 'bad', 'unmounted', (1,))),
        ([both], [MADE, other], ('replicated', 'bad', 'unmounted', (2,))),
        ([backup(copy())], [MADE, other, third], ('replicated', 'bad', 'unmounted', (2,))),
        ([backup(copy())], [MADE, other, replace(third, state='seen')], ('replicated', 'waiting', 'no_copy', (2, 3))),
    ):
        link = chain(*files, places=places).weakest
        assert (link.name, link.state, link.code, link.places) == expected
    late = chain(backup(copy()), places=[MADE, other, replace(third, state='seen')], now=LATE).weakest
    assert (late.state, late.code, late.places) == ('bad', 'unmounted', (2,))
    assert chain(both, places=[made, OTHER], is_current=False).level == 'replicated', "of a day gone by it counts what was once seen"
    assert proven_at([both], [made, other], NOW) == both.at


def test_a_share_counts_as_the_machine_that_holds_it():
    share = [backup(copy(), copy(2, medium='network'))]
    assert said(chain(*share, places=[MADE, replace(OTHER, share_machine='host:1')])) == ('replicated', 'bad', 'same_machine')
    assert chain(*share, places=[MADE, replace(OTHER, share_machine='asset:9')]).level == 'replicated'
    assert said(chain(backup(copy(), copy(2)), places=[MADE, replace(OTHER, machine='host:1')])) == ('replicated', 'bad', 'same_machine')


def test_each_copy_is_of_the_machine_that_holds_its_own_share():
    """One place can lie on several shares; what its newest file lies on says nothing of the others."""
    shares = {'//srv-made/backup': 'host:1', '//nas/x': 'host:9'}
    for volume, named, expected in (
            ('//srv-made/backup', None, ('bad', 'same_machine')), ('//nas/x', None, ('good', '')), ('//who/x', None, ('unknown', 'share_unknown')),
            ('', None, ('unknown', 'share_unknown')), ('//who/x', 'host:9', ('good', '')), ('//srv-made/backup', 'host:9', ('bad', 'same_machine'))):
        place = replace(OTHER, share_machine=named, shares=shares)
        link = chain(backup(copy(), copy(2, medium='network', volume=volume)), places=[MADE, place]).links[2]
        assert (link.state, link.code) == expected, (volume, named)
    assert machine_of(copy(2, volume='//nas/x'), replace(OTHER, shares=shares)) == 'host:2', "its own disk"


@pytest.mark.parametrize(('one', 'other', 'same'), [
    ('m1:disk', 'm1:disk', True), ('m1:disk', 'm1:other', True), ('disk', 'disk', True), ('m1:disk', 'm2:disk', False), ('', '', False), ('m1:disk', '', False)])
def test_two_agents_that_look_at_one_disk_are_one_machine(one, other, same):
    found = chain(backup(copy(volume=one), copy(2, volume=other)))
    assert said(found) == ('replicated', 'bad', 'same_machine') if same else found.level == 'replicated'


def test_a_share_and_the_cloud_lie_on_no_disk_of_the_host():
    share = backup(copy(volume='//nas/b'), copy(2, medium='network', volume='//nas/b'))
    assert chain(share, places=[MADE, replace(OTHER, share_machine='host:9')]).level == 'replicated'
    assert chain(backup(copy(volume='m1:disk'), copy(3, cloud='same_size', volume='m1:disk')), places=[MADE, CLOUDY]).level == 'replicated'


def test_the_cloud_counts_by_its_own_word_only():
    for word, expected in (
        ('same_size', ('replicated', 'good', '')), ('other_size', ('replicated', 'bad', 'cloud_differs')), ('missing', ('replicated', 'bad', 'cloud_missing')),
        ('not_synced', ('replicated', 'bad', 'cloud_missing')), ('unknown', ('replicated', 'unknown', 'cloud_unproven')),
        ('', ('replicated', 'unknown', 'cloud_unproven')), ('not_installed', ('replicated', 'unknown', 'cloud_no_tool')),
    ):
        found = chain(backup(copy(), copy(3, cloud=word)), places=[MADE, CLOUDY], now=LATE)
        assert (found.links[2].name, found.links[2].state, found.links[2].code) == expected
    assert CLOUDY.kind == CLOUD


def test_what_is_not_in_the_cloud_yet_is_no_fault_before_it_is_due():
    share, cloud = copy(2, medium='network'), copy(3, cloud='not_synced')
    assert said(chain(backup(copy(), cloud), places=[MADE, CLOUDY])) == ('replicated', 'waiting', 'cloud_missing')
    assert said(chain(backup(copy(), cloud), places=[MADE, CLOUDY, OTHER])) == ('replicated', 'waiting', 'no_copy')
    assert said(chain(backup(copy(), share, cloud), places=[MADE, CLOUDY, OTHER])) == ('replicated', 'unknown', 'share_unknown')
    assert said(chain(backup(copy(), share, cloud), places=[MADE, CLOUDY, OTHER], now=LATE)) == ('replicated', 'bad', 'cloud_missing')


def test_what_was_changed_after_it_was_proven_is_no_backup_under_whatever_name_it_lies():
    changed = copy(sha256=OTHER_SHA, changed_at=NOW - timedelta(hours=1))
    other, later = replace(changed, place=2, changed_at=None), datetime(2026, 11, 30, 2)
    for one, more in ((changed, ()), (replace(changed, modified_at=later), ()), (replace(changed, size=500), earlier())):
        found = chain(*more, backup(one, other), now=later)
        assert said(found) == ('made', 'bad', 'altered') and found.level == '', "that another place got the new bytes proves nothing"
    assert said(chain(backup(changed, other), now=LATE)) == said(chain(backup(changed, other), is_current=False)) == ('made', 'bad', 'altered')
    assert said(chain(backup(replace(changed, reason='crc', level='settled'))))[2] == 'altered'
    renamed = [backup(replace(changed, is_there=False), number=1), backup(replace(changed, changed_at=None), other, number=2, at=NOW)]
    assert said(chain(*renamed)) == ('made', 'bad', 'altered') and proven_at(renamed, [MADE, OTHER], NOW) is None
    # A newer one, or the bytes of before.
    assert chain(backup(changed, number=1), backup(copy(), copy(2), number=2, at=NOW)).level == 'replicated'
    assert chain(backup(copy(), copy(2))).level == 'replicated'
    # What nobody had seen yet, or another place tells, or one that no manager accepted.
    assert chain(backup(replace(changed, changed_at=LATE), other)).level == 'replicated'
    assert chain(backup(copy(), copy(2, changed_at=NOW))).level == 'replicated'
    # An older backup keeps the bytes that somebody put over the newer one.
    older = backup(copy(sha256=OTHER_SHA), number=1, day=DAY - timedelta(days=1))
    assert said(chain(older, backup(changed, other))) == ('made', 'bad', 'altered') and proven_at([older, backup(changed)], [MADE], NOW) == older.at
    assert judge(older.day, PROMISE, [MADE, OTHER], [older, backup(changed)], NOW).links[0].state == 'good'
    elsewhere = [backup(replace(changed, place=3), number=1, day=DAY - timedelta(days=1)), backup(copy(sha256=OTHER_SHA), other)]
    assert chain(*elsewhere, places=[MADE, OTHER, replace(MADE, id=3, state='not_accepted')]).level == 'replicated'


def test_what_becomes_of_proven_bytes():
    def told(before, sha256, reason='', at=NOW, told_at=LATE, is_dated=True, content_at=None):
        return as_proven(before, sha256, reason, at, told_at, is_dated=is_dated, content_at=content_at)

    proven = Proven(SHA, NOW)
    assert told(None, None, 'unread') is told(None, SHA, 'cut') is told(None, SHA, 'reading') is None and told(None, SHA) == proven
    assert told(None, SHA, 'not_provable') == proven, "its bytes are known, and nothing speaks against them"
    assert told(proven, SHA) == told(proven, None, 'changed') == proven
    changed = replace(proven, changed_at=LATE)
    assert told(proven, OTHER_SHA) == told(proven, OTHER_SHA, 'crc') == changed
    assert told(changed, OTHER_SHA, told_at=LATE + timedelta(days=9)) == told(changed, 'c' * 64) == told(changed, None, 'changed') == changed
    assert told(changed, SHA) == proven, "it holds again what was proven"
    # A name without a date is written anew by the next backup; its content is not of a later time when only its bytes are others.
    assert told(proven, OTHER_SHA, at=LATE, is_dated=False) == Proven(OTHER_SHA, LATE) and told(proven, OTHER_SHA, at=LATE) == changed
    # Under a name with one what says to be made later is another one; what says to be as old, or nothing, was changed.
    dated, minutes = told(proven, SHA, content_at=NOW), timedelta(minutes=6)
    assert dated == told(None, SHA, content_at=NOW) == replace(proven, content_at=NOW)
    again = Proven(OTHER_SHA, NOW, None, NOW + minutes)
    assert told(dated, OTHER_SHA, content_at=NOW + minutes) == told(replace(dated, changed_at=LATE), OTHER_SHA, content_at=NOW + minutes) == again
    assert told(dated, OTHER_SHA, 'cut', content_at=NOW + minutes) == dated, "what it is now has a reason of its own"
    for content_at in (None, NOW, NOW - minutes, NOW + minutes / 2):
        assert told(dated, OTHER_SHA, content_at=content_at) == replace(dated, changed_at=LATE)
    assert told(proven, OTHER_SHA, content_at=NOW + minutes) == changed, "what the one before said nobody knows"
    assert told(proven, OTHER_SHA, is_dated=False) == changed and told(proven, OTHER_SHA, 'cut', at=LATE, is_dated=False) == proven


def test_a_file_that_bears_tomorrows_date_is_named_for_what_it_is():
    tomorrow = backup(copy(), number=7, day=DAY + timedelta(days=1), at=datetime(2026, 11, 28, 12))
    found = chain(tomorrow)
    assert said(found) == ('made', 'bad', 'future') and (found.links[0].places, found.links[0].about) == ((1,), 7)
    assert said(chain(tomorrow, now=datetime(2026, 11, 27, 11))) == ('made', 'waiting', 'not_due')
    assert chain(tomorrow, backup(copy(), copy(2))).level == 'replicated'
    for other in (replace(tomorrow, copies=(copy(is_there=False),)), replace(tomorrow, copies=(copy(2),)), replace(tomorrow, copies=(copy(seen_at=LATE),))):
        assert said(chain(other)) == ('made', 'bad', 'missing')
    assert said(chain(tomorrow, now=LATE)) == ('made', 'bad', 'missing'), "tomorrow it is that day's"


def test_what_no_manager_accepted_proves_nothing():
    assert said(chain(backup(copy(), copy(2)), places=[replace(MADE, state='not_accepted'), OTHER])) == ('made', 'unknown', 'not_accepted')
    assert said(chain(backup(copy(), copy(2)), places=[MADE, replace(OTHER, state='not_accepted')])) == ('replicated', 'unknown', 'not_accepted')
    assert said(chain(backup(copy()), places=[])) == ('made', 'unknown', 'no_place')


def test_a_day_gone_by_counts_what_was_seen_then():
    old = backup(copy(is_there=False), copy(2, is_there=False))
    assert chain(old, is_current=False).level == 'replicated' and said(chain(old)) == ('made', 'bad', 'gone')
    assert said(chain(backup(copy()), places=[MADE], now=LATE)) == ('replicated', 'bad', 'too_few_places')


@pytest.mark.parametrize('machines', [1, 2])
def test_a_backup_that_nobody_sees_on_a_medium_that_counts_is_not_good(machines):
    promise = replace(PROMISE, machines=machines)
    one = {'places': [MADE], 'promise': promise}
    assert said(chain(backup(copy(is_there=False)), **one)) == ('made', 'bad', 'gone')
    assert said(chain(backup(copy(medium='removable')), **one)) == ('made', 'bad', 'removable')
    for state in ('silent', 'blind'):
        assert said(chain(backup(copy()), places=[replace(MADE, state=state)], promise=promise)) == ('made', 'unknown', state)
    # Where it lies elsewhere too, that is the one that is left.
    assert chain(backup(copy(is_there=False), copy(2)), promise=promise).reaches('readable')
    assert said(chain(backup(copy(is_there=False), copy(2, sha256=OTHER_SHA)), promise=promise)) == ('made', 'bad', 'gone')


def test_what_went_before_it_was_read_is_no_backup():
    ghost = copy(is_there=False, sha256=None, level='seen', reason='growing')
    assert said(chain(backup(ghost))) == said(chain(backup(ghost), is_current=False)) == ('made', 'bad', 'missing')
    assert said(chain(backup(replace(ghost, place=2)))) == ('made', 'bad', 'missing')
    assert chain(backup(ghost, number=1), backup(copy(), copy(2), number=2)).file == 2
    assert chain(backup(copy(), copy(2), number=1), backup(replace(ghost, level='readable'), number=2, at=NOW)).file == 1


def test_what_is_usual_and_what_was_there_before_is_told_where_backups_are_made_only():
    whole = backup(copy(), copy(2))
    older = backup(copy(2), number=0, day=DAY - timedelta(days=1))
    smaller = [replace(one, copies=(replace(one.copies[0], place=2, size=100),)) for one in earlier()]
    assert chain(older, whole).level == 'replicated' and chain(*smaller, whole).level == 'replicated'
    assert said(chain(replace(older, copies=(copy(),)), whole))[2] == 'same_bytes'
    smaller_own = [replace(one, copies=(replace(one.copies[0], place=1),)) for one in smaller]
    assert said(chain(*smaller_own, whole))[2] == 'too_large'


def older(place=2, known_at=datetime(2026, 11, 26, 3), **values):
    one = {'proven': SHA, 'proven_known_at': known_at, **values}
    return backup(copy(place, **one), number=0, day=DAY - timedelta(days=1))


def test_yesterdays_bytes_that_only_another_machine_has_seen_are_known_all_the_same():
    whole = backup(copy(seen_at=NOW), copy(2))
    for yesterday in (older(), older(is_there=False), older(sha256=None, level='settled', reason='changed'), older(sha256=OTHER_SHA, changed_at=NOW)):
        found = chain(yesterday, whole)
        assert (said(found), found.links[0].about) == (('made', 'bad', 'same_bytes'), 0)
    assert said(chain(older(), backup(copy(), copy(2)), is_current=False))[2] == 'same_bytes'
    # No later day is a twin, nor are other bytes, nor what a place says that no manager accepted, or that is none any more.
    later = replace(older(), day=DAY, id=1)
    assert chain(later, whole).level == chain(older(proven=OTHER_SHA, sha256=OTHER_SHA), whole).level == 'replicated'
    assert chain(older(), whole, places=[MADE, replace(OTHER, state='not_accepted')]).links[0].state == 'good'
    assert chain(older(3), whole).level == 'replicated'
    assert said(chain(older(3), whole, places=[MADE, OTHER, replace(OTHER, id=3, state='silent')]))[2] == 'same_bytes'


def test_a_host_that_lies_of_older_days_turns_no_backup_of_another_red():
    """Nobody knows the hash of bytes that are not written yet: what was told only since then may have been taken from the backup itself."""
    whole = backup(copy(seen_at=datetime(2026, 11, 27, 9)), copy(2))
    for known_at in (None, datetime(2026, 11, 27, 2), datetime(2026, 11, 27, 9), NOW):
        assert chain(older(known_at=known_at), whole).level == 'replicated', known_at
    ahead = backup(copy(seen_at=datetime(2026, 11, 27, 1), modified_at=datetime(2026, 11, 27, 2)), copy(2))
    assert chain(older(known_at=datetime(2026, 11, 27, 1, 30)), ahead).level == 'replicated', "its host's clock is ahead: it was seen before"


def test_what_was_proven_where_it_is_made_is_known_although_it_is_read_anew():
    for yesterday in (older(1, None, sha256=None, level='settled', reason='changed'), older(1, None, sha256=OTHER_SHA, changed_at=NOW)):
        assert said(chain(yesterday, backup(copy(), copy(2))))[2] == 'same_bytes'


def test_the_copy_that_is_judged_is_the_one_that_the_evidence_names():
    cut, whole = copy(sha256=OTHER_SHA, size=700, level='settled', reason='cut'), copy(2)
    twice = backup(cut, whole, copy(3))
    places = [MADE, replace(OTHER, kind='made'), replace(OTHER, id=3, machine='host:3')]
    found = chain(twice, places=places)
    assert (found.level, judged(found, {100: twice}), judged(chain(), {})) == ('replicated', whole, None)
    lost = backup(copy(is_there=False), copy(2, medium='removable'))
    assert judged(chain(lost), {100: lost}).sha256 == SHA


def test_the_newest_backup_of_a_day_that_still_lies_there_is_judged():
    kept, deleted = backup(copy(), copy(2), number=1), backup(copy(is_there=False), number=2, at=NOW)
    assert chain(kept, deleted).file == 1 and chain(kept, deleted, is_current=False).file == 2


def test_one_machine_is_counted_as_more_are():
    one = {'places': [MADE], 'promise': replace(PROMISE, machines=1)}
    assert chain(backup(copy()), **one).level == 'replicated'
    assert said(chain(backup(copy(medium='network')), **one)) == ('replicated', 'unknown', 'share_unknown')
    assert said(chain(backup(copy(sha256=None)), **one)) == ('replicated', 'waiting', 'hashing')


def test_bytes_read_anywhere_are_readable_unless_the_host_that_made_them_says_they_are_not():
    assert chain(backup(copy(level='settled'), copy(2))).level == 'replicated'
    assert said(chain(backup(copy(level='settled', reason='crc'), copy(2, sha256=OTHER_SHA)))) == ('readable', 'bad', 'crc')
    assert said(chain(backup(copy(level='settled'), copy(2, sha256=OTHER_SHA)))) == ('readable', 'waiting', 'unread')


@pytest.mark.parametrize('places', [[MADE, replace(OTHER, state='not_accepted')], [MADE]])
def test_what_lies_at_a_place_that_counts_not_makes_nothing_readable(places):
    files = [backup(copy(level='settled'), copy(2))]
    assert said(chain(*files, places=places)) == ('readable', 'waiting', 'unread')
    assert proven_at(files, places, NOW) is None and proven_at(files, [MADE, OTHER], NOW) == files[0].at
    assert said(chain(backup(copy(is_there=False), copy(2)), places=places)) == ('made', 'bad', 'gone')


def test_a_backup_is_as_old_as_the_newest_that_lies_there_and_is_not_of_the_future():
    files = [backup(copy(), number=1, day=DAY - timedelta(days=1)), backup(copy(is_there=False), number=2), backup(copy(), number=3, at=LATE)]
    assert proven_at(files, [MADE], NOW) == files[0].at


def test_a_restore_is_asked_for_within_its_days():
    asked = replace(PROMISE, restore_days=35)
    whole = [backup(copy(), copy(2))]
    assert said(chain(*whole, promise=asked)) == ('restored', 'unknown', 'restore_never')
    assert said(chain(*whole, promise=asked, restored_at=NOW - timedelta(days=36))) == ('restored', 'unknown', 'restore_old')
    assert chain(*whole, promise=asked, restored_at=NOW - timedelta(days=35)).level == 'restored'


def test_a_fridays_backup_is_due_on_friday():
    office = Promise(frozenset(range(5)), 30, 6, 2, 'Africa/Addis_Ababa')
    assert office.due_at(DAY) == datetime(2026, 11, 28, 3)  # six in the morning there
    assert day_due_by(office, datetime(2026, 11, 30, 2)) == DAY and day_due_by(office, datetime(2026, 11, 28, 2)) == date(2026, 11, 26)
    assert expected_days(office, DAY, DAY + timedelta(days=3)) == [DAY, date(2026, 11, 30)]
    assert day_due_by(replace(office, weekdays=frozenset()), NOW) is None


def test_sizes_are_compared_by_what_is_usual():
    assert bounds([1000] * 10) == (820, 1180)
    assert bounds([1000, 1000, 1000, 1000]) is None
    wide = bounds([800, 900, 1000, 1100, 1200, 1000])
    assert wide[0] < 200 and wide[1] > 1800
    assert bounds([1000] * 9 + [10 ** 9]) == (820, 1180)  # one monster moves nothing


@pytest.mark.parametrize(('name', 'layout', 'day'), [
    ('prod_2026-11-27.dump', '', DAY), ('20261127_0200_prod.zip', '', DAY), ('Backup 2026-11-27 020000', '', DAY), ('112726.ptb', '%m%d%y', DAY),
    ('27.11.2026 Büro-наряд.zip', '%d.%m.%Y', DAY), ('prod.zip', '', None), ('99999999.zip', '', None), ('v2026-13-40.zip', '', None),
    ('x1127261.ptb', '%m%d%y', None), ('99991231.zip', '%Y%m%d', None), ('00010101_0000.zip', '%Y%m%d_%H%M', None), ('19700101.zip', '', None),
])
def test_the_date_in_a_name(name, layout, day):
    found = name_date(name, layout, 'Africa/Addis_Ababa')
    assert (found and found.day) == day


@pytest.mark.parametrize(('words', 'modified_at', 'tz', 'moment'), [
    # One moment by both clocks, east and west of Greenwich; the archive took a while.
    ('2026-11-26T22:30:00', datetime(2026, 11, 26, 23, 10), 'Africa/Addis_Ababa', datetime(2026, 11, 26, 22, 30)),
    ('2026-11-27T01:30:00', datetime(2026, 11, 26, 23, 10), 'Africa/Addis_Ababa', datetime(2026, 11, 26, 22, 30)),
    ('2026-11-27T17:00:00', datetime(2026, 11, 27, 17, 4), 'America/New_York', datetime(2026, 11, 27, 17)),
    ('2026-11-27T12:00:00', datetime(2026, 11, 27, 17, 4), 'America/New_York', datetime(2026, 11, 27, 17)),
    ('2026-11-28T02:00:00', datetime(2026, 11, 28, 2, 4), 'America/New_York', datetime(2026, 11, 28, 2)),
    # A dump of the evening by the local clock, renamed for the next day, stays one of the evening.
    ('2026-11-26T22:30:00', datetime(2026, 11, 26, 19, 35), 'Africa/Addis_Ababa', datetime(2026, 11, 26, 19, 30)),
    # What only the local clock lets fit the name, as where the name is by UTC's clock too; what fits by none.
    ('2026-11-27T02:00:00', datetime(2026, 11, 27, 2, 4), 'America/New_York', datetime(2026, 11, 27, 7)),
    ('2026-11-20T12:00:00', datetime(2026, 11, 20, 12), 'Africa/Addis_Ababa', datetime(2026, 11, 20, 9)),
    # Copied later: the nearer one; none is after the change.
    ('2026-11-26T22:30:00', datetime(2026, 11, 27, 9), 'Africa/Addis_Ababa', datetime(2026, 11, 26, 22, 30)),
    ('2026-11-27T09:00:00', datetime(2026, 11, 27, 8), 'Africa/Addis_Ababa', datetime(2026, 11, 27, 6)),
])
def test_a_time_without_an_offset_is_by_the_clock_that_fits_the_files_last_change_and_its_name(words, modified_at, tz, moment):
    assert content_time(words, tz, NameDate(DAY, None), modified_at) == moment


@pytest.mark.parametrize('words', ['0001-01-01T00:00:00', '9999-12-31T23:59:59', '9999-12-31T23:59:59-12:00', '1979-12-31', '2200-01-01'])
@pytest.mark.parametrize('tz', ['Africa/Addis_Ababa', 'America/Los_Angeles'])
def test_a_time_that_cannot_be_is_none(words, tz):
    assert content_time(words, tz) is None
    at = within(datetime.fromisoformat(words[:19]))
    assert own_time(None, None, at, tz)[1].year in (1979, 1980, 2199, 2200)


@pytest.mark.parametrize('layout', ['%Y', '%Y-%m', '%d-%m', '%Y%y%m%d', '%Y-%m-%d-%d', '%Y-%m-%d %M', '%x', '%Y-%m-%d%', 'plain'])
def test_a_layout_that_tells_no_day_is_refused(layout):
    with pytest.raises(LayoutError):
        check_layout(layout)


def test_the_time_of_a_backup_is_that_of_its_name_then_of_its_content():
    tz, late = 'Africa/Addis_Ababa', datetime(2026, 11, 26, 22, 30)  # half past one on Friday there
    assert own_time(None, None, late, tz) == (late, DAY)
    assert own_time(None, datetime(2026, 11, 25, 1), late, tz)[1] == date(2026, 11, 25)
    assert own_time(NameDate(date(2026, 11, 20), None), late, late, tz) == (datetime(2026, 11, 20, 9), date(2026, 11, 20))
    assert own_time(NameDate(DAY, None), None, late, tz) == (late, DAY)
    assert agrees(NameDate(DAY, None), late, tz) and not agrees(NameDate(DAY, None), datetime(2026, 11, 26, 19), tz)
