"""Without internet more is asked of a backup, never less; and what was decided of a day stays."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from lib.backup import Copy, File, Place, Promise, judge, others
from lib.backup_offline import HELD_FOR, Look, Seen, Span, began, concerns, is_lost, raised, seen, step

DAY, NOW = date(2026, 11, 27), datetime(2026, 11, 27, 13)
PROMISE = Promise(frozenset(range(7)), 12, 2, 2, 'UTC')
SHA = 'a' * 64
KINDS = {1: 'made', 2: 'copy', 3: 'mega', 4: 'copy', 5: 'copy'}


def place(number, **values):
    return Place(**{'id': number, 'kind': KINDS[number], 'machine': f'host:{number}', 'state': 'seen', 'told_at': NOW, **values})


def backup(*places, **values):
    copies = tuple(
        Copy(number, 1000, SHA, 'readable', '', 'ssd', datetime(2026, 11, 27, 2), True, cloud='same_size' if KINDS[number] == 'mega' else '')
        for number in places)
    return File(**{'id': 9, 'name': 'prod.zip', 'day': DAY, 'at': datetime(2026, 11, 27, 2), 'said': None, 'content_at': None, 'copies': copies, **values})


def replicated(file, numbers, promise, **values):
    return judge(DAY, promise, [place(number) for number in numbers], [file], NOW, **values).links[2]


@pytest.mark.parametrize(('said', 'state', 'hosts'), [
    ({}, 'none', ()),
    ({1: ['up'], 2: ['down'], 3: ['down']}, 'up', (1,)),
    ({1: ['down']}, 'down', (1,)),  # all there is
    ({1: ['down'], 2: ['blind']}, 'unknown', (1,)),  # a broken cable
    ({1: ['down'], 2: ['down']}, 'down', (1, 2)),
    ({1: ['down'], 2: ['down'], 3: ['blind']}, 'down', (1, 2)),
    ({1: ['blind'], 2: ['blind']}, 'unknown', ()),
    ({1: ['blind']}, 'unknown', ()),
    ({1: ['down', 'up']}, 'up', (1,)),
    ({1: ['down', 'blind'], 2: ['down']}, 'down', (1, 2)),
])
def test_who_could_not_look_has_no_voice_and_one_cable_is_not_the_line(said, state, hosts):
    found = seen(Look(host, one, NOW) for host, states in said.items() for one in states)
    assert (found.state, found.hosts) == (state, hosts)


def test_it_is_down_since_the_last_one_went():
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    assert seen([Look(1, 'down', early), Look(2, 'down', NOW - timedelta(days=3)), Look(2, 'down', late)]).since == late
    assert seen([Look(1, 'down', None)]).since is None


@pytest.mark.parametrize(('is_open', 'back_ago', 'state', 'expected'), [
    (False, None, 'down', 'open'), (False, None, 'up', ''), (False, None, 'unknown', ''), (False, None, 'none', ''),
    (True, None, 'down', ''), (True, None, 'unknown', ''), (True, None, 'up', 'back'), (True, None, 'none', 'end'),
    (True, timedelta(minutes=1), 'down', 'again'), (True, timedelta(minutes=29), 'up', ''), (True, HELD_FOR, 'up', 'end'),
    (True, HELD_FOR, 'unknown', 'again'),  # not seen is not back
])
def test_an_outage_ends_when_the_line_has_held(is_open, back_ago, state, expected):
    assert step(is_open, NOW - back_ago if back_ago is not None else None, Seen(state), NOW) == expected


def test_without_internet_two_other_machines_are_asked_and_the_cloud_is_none():
    assert replicated(backup(1, 3), (1, 3), PROMISE).state == 'good'
    for there, known, code in (
        ((1, 3), (1, 3), 'too_few_places'), ((1, 2, 3), (1, 2, 3), 'too_few_places'), ((1, 2, 3), (1, 2, 3, 4), 'no_copy'),
        ((1, 2, 4, 3), (1, 2, 3, 4), ''), ((1, 2, 4), (1, 2, 4), ''),
    ):
        link = replicated(backup(*there), known, raised(PROMISE))
        assert (link.code, link.state == 'good') == (code, not code), (there, known)
    assert 3 not in replicated(backup(1, 2, 3, 4), (1, 2, 3, 4), raised(PROMISE)).places


def test_a_thumb_drive_is_none_of_the_two_and_two_shares_of_one_machine_are_one():
    file, places = backup(1, 2, 4), [place(number) for number in (1, 2, 4)]
    thumb = replace(file, copies=(*file.copies[:2], replace(file.copies[2], medium='removable')))
    assert judge(DAY, raised(PROMISE), places, [thumb], NOW).links[2].code == 'removable'
    assert judge(DAY, raised(PROMISE), [*places[:2], replace(places[2], machine='host:2')], [file], NOW).links[2].code == 'same_machine'


def test_what_is_asked_without_internet_is_never_less():
    """Whatever lies wherever: what is good by the raised promise is good by the usual one, so that nobody's word turns red into green."""
    for machines, there, words in product(range(1, 6), product((False, True), repeat=4), ('same_size', 'missing', '')):
        numbers = (1, *(number for number, is_there in zip((2, 3, 4, 5), there, strict=True) if is_there))
        file = backup(*numbers)
        file = replace(file, copies=tuple(replace(one, cloud=words) if one.cloud else one for one in file.copies))
        promise = replace(PROMISE, machines=machines)
        usual, asked = replicated(file, KINDS, promise), replicated(file, KINDS, raised(promise))
        assert asked.state != 'good' or usual.state == 'good', (machines, numbers, words)


def test_a_day_falls_into_an_outage_by_the_time_its_copies_are_due_and_stays_so():
    span = Span(datetime(2026, 11, 27, 10), datetime(2026, 11, 27, 15))
    until = PROMISE.copied_until(DAY)
    assert until == datetime(2026, 11, 27, 14)
    for hour, current, past in ((9, False, False), (11, True, True), (14, True, True), (16, True, True), (40, True, True)):
        now = datetime(2026, 11, 27) + timedelta(hours=hour)
        assert [concerns([span], until, now, is_current=one) for one in (True, False)] == [current, past], hour
    early = Span(datetime(2026, 11, 27, 9), datetime(2026, 11, 27, 12))  # over before the copies were due
    assert concerns([early], until, datetime(2026, 11, 27, 11), is_current=False)
    assert not concerns([early], until, datetime(2026, 11, 27, 12), is_current=True)
    later = Span(datetime(2026, 11, 27, 20), None)  # what lies there now is asked for, the day has been decided
    assert [concerns([later], until, datetime(2026, 11, 27, 21), is_current=one) for one in (True, False)] == [True, False]


def test_other_machines_are_counted_without_the_one_that_makes_it():
    places = [place(number) for number in (1, 2, 3, 4)]

    def lie_at(file, promise=PROMISE):
        return others(judge(DAY, promise, places, [file], NOW), places, [file])

    assert lie_at(backup(1)) == () and lie_at(backup(1, 2)) == (2,) and lie_at(backup(1, 2, 4, 3), raised(PROMISE)) == (2, 4)
    assert lie_at(backup(1, 3)) == (3,)
    unread = backup(1)
    assert lie_at(replace(unread, copies=(replace(unread.copies[0], sha256=None),))) is None
    assert others(judge(DAY, PROMISE, places, [], NOW), places, []) is None


@pytest.mark.parametrize(('name', 'change', 'states', 'expected'), [
    ('as it was', {}, {}, False),
    ('taken away', {'is_there': False}, {}, True),
    ('taken away, and another host is silent', {'is_there': False}, {2: 'silent'}, True),
    ('its host is silent', {}, {4: 'silent'}, False),
    ('its folder cannot be read', {}, {4: 'blind'}, False),
    ('its disk is not mounted', {}, {4: 'unmounted'}, False),
    ('no manager accepts it any more', {}, {4: 'not_accepted'}, False),
    ('touched, and read anew', {'sha256': None, 'level': 'settled', 'reason': 'changed'}, {}, False),
    ('read anew', {'sha256': None, 'level': 'settled', 'reason': 'reading'}, {}, False),
    ('other bytes', {'sha256': 'b' * 64}, {}, True),
    ('on a thumb drive now', {'medium': 'removable'}, {}, True),
])
def test_what_is_lost_is_seen_to_be_and_not_guessed(name, change, states, expected):
    file, places = backup(1, 2, 4), [place(number, state=states.get(number, 'seen')) for number in (1, 2, 4)]
    file = replace(file, copies=(*file.copies[:2], replace(file.copies[2], **change)))
    chain = judge(DAY, raised(PROMISE), places, [file], NOW)
    assert is_lost(chain, places, [file], NOW) is expected, name


@pytest.mark.parametrize(('spans', 'hour'), [
    ([], 20), ([(18, None)], 18), ([(18, 19)], 20), ([(18, 20)], 18),  # one that was over, one that ends now
    ([(10, 14), (14, 18), (18, None)], 10),  # said again, and again
    ([(10, None), (12, 14), (15, 16)], 10), ([(12, 22), (10, 13)], 10),  # hosts and a person tell of one
    ([(10, 13), (14, None)], 14), ([(10, 13), (12, 12), (14, 15), (15, None)], 14)])  # there was internet between
def test_one_time_without_internet_may_be_told_by_several(spans, hour):
    told = [Span(NOW.replace(hour=start), end and NOW.replace(hour=end)) for start, end in spans]
    assert began(told, NOW.replace(hour=20)) == began(told[::-1], NOW.replace(hour=20)) == NOW.replace(hour=hour)
