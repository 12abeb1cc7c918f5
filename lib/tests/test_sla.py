"""When promised working time is up, and what came of the promise."""

from datetime import datetime, timedelta

import pytest
from lib import sla


def at(hour, day=23):
    return datetime(2026, 11, 1) + timedelta(days=day - 1, hours=hour)


OFFICE = [span for day in (23, 24, 25) for span in ((at(8, day), at(12, day)), (at(13, day), at(17, day)))]


@pytest.mark.parametrize(('impact', 'urgency', 'expected'), [
    (None, None, '0'), ('low', 'low', '0'), ('normal', 'normal', '0'), ('high', 'low', '0'), ('high', 'normal', '1'), ('normal', 'high', '1'),
    ('high', None, '1'), ('high', 'high', '2'), ('low', 'high', '0'),
])
def test_priority_of_impact_and_urgency(impact, urgency, expected):
    assert sla.priority(impact, urgency) == expected


@pytest.mark.parametrize(('asked', 'logged', 'known', 'expected'), [
    (at(9), None, None, None),                                          # now
    (at(9) + sla.CLOCKS_APART, None, None, None),
    (at(9) + sla.CLOCKS_APART + timedelta(seconds=1), None, None, 'future'),
    (at(10), at(8), at(8), 'future'),
    (at(9) - sla.LONGEST_AGO, None, None, None),
    (at(9) - sla.LONGEST_AGO - timedelta(seconds=1), None, None, 'too_early'),
    (at(9) - sla.LONGEST_AGO - timedelta(hours=1), at(8), at(8), None),  # counted from when it was logged
    (at(7), at(8), at(8), None),
    (at(8), at(8), at(8), None),
    (at(8.5), at(9), at(8), 'later'),
])
def test_when_something_can_have_been_asked_for(asked, logged, known, expected):
    assert sla.refusal(asked, at(9), logged, known) == expected


@pytest.mark.parametrize(('asked', 'expected'), [
    (at(8), at(8)), (at(7, -300), at(7, -300)), (at(10), at(10)), (datetime.max, at(11)), (datetime.min, at(9) - sla.LONGEST_AGO),
])
def test_from_when_on_time_is_counted(asked, expected):
    assert sla.sane(asked, at(9), at(11)) == expected


@pytest.mark.parametrize(('start', 'hours', 'pauses', 'expected'), [
    (at(9), 2, [], at(11)),
    (at(11), 2, [], at(14)),                                            # over lunch
    (at(6), 1, [], at(9)),                                              # asked before the office opens
    (at(12.5), 1, [], at(14)),                                          # in the lunch break
    (at(16), 2, [], at(9, 24)),                                         # over night
    (at(9), 8, [], at(9, 24)),
    (at(9), 3, [], at(12)),                                             # ends as the spell ends, not at the next one
    (at(9), 2, [(at(10), at(11))], at(12)),
    (at(9), 2, [(at(10), at(8.5, 24))], at(9.5, 24)),                   # a pause over night takes only working time
    (at(9), 2, [(at(9), at(10)), (at(9.5), at(10.5))], at(13.5)),       # pauses that overlap count once
    (at(9), 2, [(at(7), at(9.5))], at(11.5)),                           # a pause from before
    (at(9), 2, [(at(10), None)], at(11)),                               # one that lasts does not move it yet
    (at(9), 2, [(at(18), at(20))], at(11)),                             # afterwards
    (at(9), 24, [], None),                                              # work ends before
])
def test_when_the_time_is_up(start, hours, pauses, expected):
    assert sla.due(start, hours, OFFICE, pauses) == expected


@pytest.mark.parametrize(('start', 'end', 'pauses', 'expected'), [
    (at(9), at(11), [], 2), (at(9), at(9), [], 0), (at(11), at(14), [], 2), (at(18), at(20), [], 0), (at(9), at(9, 24), [], 8),
    (at(9), at(11), [(at(10), None)], 1), (at(9), at(11), [(at(8), at(12))], 0), (at(11), at(9), [], 0),
])
def test_how_much_was_used(start, end, pauses, expected):
    assert sla.worked(start, end, OFFICE, pauses) == expected


def test_used_and_due_agree():
    pauses = [(at(10), at(11)), (at(16), at(10, 24))]
    for quarter in range(4 * 40):
        start = at(7) + timedelta(minutes=15 * quarter)
        end = sla.due(start, 3.25, OFFICE, pauses)
        assert end is None or sla.worked(start, end, OFFICE, pauses) == 3.25


@pytest.mark.parametrize(('deadline', 'now', 'stopped', 'paused', 'is_final', 'expected'), [
    (None, at(9), None, None, True, 'none'),
    (None, at(9), at(8), None, True, 'none'),
    (at(9), at(9), None, None, True, 'running'),                        # to the second is in time
    (at(9), at(9.1), None, None, True, 'missed'),
    (at(9), at(10), at(9), None, True, 'met'),
    (at(9), at(10), at(9.1), None, True, 'missed'),
    (at(9), at(10), at(8), None, False, 'paused'),
    (at(9), at(10), at(9.1), None, False, 'missed'),
    (at(9), at(30), None, at(8), True, 'paused'),
    (at(9), at(30), None, at(9.1), True, 'missed'),                     # a pause hides nothing
])
def test_what_became_of_a_promise(deadline, now, stopped, paused, is_final, expected):
    assert sla.state(deadline, now, stopped, paused, is_final=is_final) == expected


def test_cancelled_keeps_what_was_missed():
    assert [sla.dropped(one) for one in ('none', 'running', 'paused', 'met', 'missed')] == ['none', 'none', 'none', 'met', 'missed']


@pytest.mark.parametrize(('old', 'new', 'late', 'expected'), [
    ((2, 4, 7), (8, 24, 9), (False, False), (8, 24, 9)),
    ((2, 4, 7), (8, 24, 9), (True, False), (2, 24, 7)),
    ((2, 4, 7), (8, 24, 9), (False, True), (8, 4, 7)),
    ((2, 4, 7), (1, 3, 9), (True, True), (1, 3, 7)),
    ((2, 4, 7), (0, 0, None), (True, True), (2, 4, 7)),                 # no promise at all would hide it, too
])
def test_what_is_late_only_becomes_shorter(old, new, late, expected):
    told = sla.replaced(sla.Target(*old), sla.Target(*new, priority='1'), answer_late=late[0], solution_late=late[1])
    assert (told.response, told.resolution, told.calendar, told.priority) == (*expected, '1')


@pytest.mark.parametrize(('old', 'new', 'expected'), [
    ((2, 4, 7), (2, 4, 7), False), ((2, 4, 7), (1, 3, 7), False), ((2, 4, 7), (3, 4, 7), True), ((2, 4, 7), (2, 5, 7), True),
    ((2, 4, 7), (2, 0, 7), True), ((2, 4, 7), (2, 4, None), True), ((0, 0, None), (2, 4, None), False), ((0, 4, None), (2, 3, None), False),
])
def test_what_may_hide_that_something_is_late(old, new, expected):
    assert sla.is_longer(sla.Target(*old), sla.Target(*new)) == expected


def test_which_promise_holds():
    general, ours = sla.Target(8, 24), sla.Target(6, 20, company=1)
    kind, both = sla.Target(4, 16, category=7), sla.Target(3, 12, category=7, company=1)
    urgent = sla.Target(1, 4, priority='2')
    everything = (general, ours, kind, both, urgent)
    assert sla.choose(everything, 7, 1, '0') == both
    assert sla.choose(everything, 7, 2, '0') == kind
    assert sla.choose((general, kind, ours), 7, 1, '0') == kind, "the kind goes before the company"
    assert sla.choose(everything, 8, 1, '0') == ours
    assert sla.choose(everything, 8, 2, '0') == general
    assert sla.choose(everything, 8, 2, '2') == urgent
    assert sla.choose(everything, 8, 2, '1') == sla.Target(priority='1')
    assert sla.choose((), 8, 2, '1', 6).resolution == 6
    assert sla.choose((urgent,), 8, 2, '2', 2).resolution == 2
