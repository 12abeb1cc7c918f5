"""Which moves of a run are allowed, and to whom."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lib import run_state
from lib.run_state import Move, Undo, allowed, refusal

OPEN_AT = datetime(2026, 11, 23, 5)
NOON = datetime(2026, 11, 23, 12)
DEADLINE = datetime(2026, 11, 23, 18)
DOER, OTHER = 7, 8

ALLOWED = {
    ('pending', 'auto_verified'), ('pending', 'done'), ('pending', 'failed'), ('pending', 'missed'),
    ('pending', 'not_applicable'), ('done', 'verified'), ('done', 'pending'), ('failed', 'verified'),
    ('failed', 'pending'), ('missed', 'done'), ('missed', 'not_applicable'), ('auto_verified', 'verified'),
    ('not_applicable', 'pending'),
}


def move(old, new, **values):
    return Move(**{'old': old, 'new': new, 'now': NOON, 'open_at': OPEN_AT, 'deadline_at': DEADLINE} | values)


@pytest.mark.parametrize('old', run_state.STATES)
@pytest.mark.parametrize('new', run_state.STATES)
def test_only_the_drawn_moves_are_allowed(old, new):
    assert allowed(old, new) is ((old, new) in ALLOWED)


@pytest.mark.parametrize(('old', 'new'), [('pending', 'verified'), ('verified', 'done'), ('', 'done'), ('x', 'y')])
def test_moves_off_the_graph_are_refused_for_everyone(old, new):
    assert refusal(move(old, new, actor=OTHER, reason="because", proven=True)) == 'not_allowed'


def test_every_state_has_a_rule():
    assert set(run_state.GRAPH) == set(run_state.STATES) == set(run_state._RULES)


CASES = [
    ('done by a person', move('pending', 'done', actor=DOER), None),
    ('done with proof', move('pending', 'done', actor=DOER, proven=True), None),
    ('done against a red check', move('pending', 'done', actor=DOER, proven=False), 'no_proof'),
    ('blank reason', move('pending', 'done', actor=DOER, proven=False, reason='  '), 'no_proof'),
    ('override with a reason', move('pending', 'done', actor=DOER, proven=False, reason="seen myself"), None),
    ('before it opens', move('pending', 'done', actor=DOER, now=OPEN_AT - timedelta(seconds=1)), 'too_early'),
    ('at the opening', move('pending', 'done', actor=DOER, now=OPEN_AT), None),
    ('done before it opened', move('pending', 'done', done_at=OPEN_AT - timedelta(hours=1)), 'too_early'),
    ('done in the future', move('pending', 'done', done_at=NOON + timedelta(seconds=1)), 'done_in_future'),
    ('machine with proof', move('pending', 'auto_verified', proven=True), None),
    ('machine without proof', move('pending', 'auto_verified', proven=False), 'no_proof'),
    ('machine without checks', move('pending', 'auto_verified'), 'no_proof'),
    ('person as a machine', move('pending', 'auto_verified', actor=OTHER, proven=True), 'machine_only'),
    ('failed without a word', move('pending', 'failed', actor=DOER), 'no_reason'),
    ('failed with a reason', move('pending', 'failed', actor=DOER, reason="backup absent"), None),
    ('done this very moment', move('pending', 'done', actor=DOER, done_at=NOON), None),
    ('failed at the opening', move('pending', 'failed', now=OPEN_AT, reason="x"), None),
    ('failed too early', move('pending', 'failed', now=OPEN_AT - timedelta(1), reason="x"), 'too_early'),
    ('missed by the clock', move('pending', 'missed', now=DEADLINE + timedelta(seconds=1)), None),
    ('missed at the deadline', move('pending', 'missed', now=DEADLINE), 'not_yet_missed'),
    ('missed by hand', move('pending', 'missed', actor=OTHER, now=DEADLINE + timedelta(1)), 'clock_only'),
    ('not applicable without a word', move('pending', 'not_applicable', actor=DOER), 'no_reason'),
    ('not applicable', move('pending', 'not_applicable', actor=DOER, reason="closed shop"), None),
    ('verified by another', move('done', 'verified', actor=OTHER, doer=DOER), None),
    ('verified by the doer', move('done', 'verified', actor=DOER, doer=DOER), 'own_work'),
    ('verified by nobody', move('done', 'verified', doer=DOER), 'own_work'),
    ('machine work verified', move('auto_verified', 'verified', actor=OTHER), None),
    ('failure verified by its finder', move('failed', 'verified', actor=DOER, doer=DOER), 'own_work'),
    ('rejected without a word', move('done', 'pending', actor=OTHER, doer=DOER), 'no_reason'),
    ('rejected', move('done', 'pending', actor=OTHER, doer=DOER, reason="photo is blurred"), None),
    ('own work taken back', move('done', 'pending', actor=DOER, doer=DOER, reason="x"), 'own_rejection'),
    ('own failure tried again', move('failed', 'pending', actor=DOER, doer=DOER, reason="fixed"), None),
    ('excuse rejected', move('not_applicable', 'pending', actor=OTHER, doer=DOER, reason="it was open"), None),
    ('entered late without a word', move('missed', 'done', actor=DOER), 'no_reason'),
    ('entered late', move('missed', 'done', actor=DOER, reason="no power, done on paper"), None),
]


@pytest.mark.parametrize(('attempt', 'expected'), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_move_is_judged(attempt, expected):
    assert refusal(attempt) == expected


@pytest.mark.parametrize(('attempt', 'is_waiting', 'expected'), [
    (move('not_applicable', 'not_applicable', actor=OTHER, doer=DOER), True, None),
    (move('not_applicable', 'not_applicable', actor=DOER, doer=DOER), True, 'own_work'),
    (move('not_applicable', 'not_applicable', doer=DOER), True, 'own_work'),
    (move('not_applicable', 'not_applicable', actor=OTHER, doer=DOER), False, 'not_allowed'),
    (move('missed', 'not_applicable', actor=OTHER, doer=DOER), True, 'not_allowed'),
])
def test_waiver_is_confirmed_by_another_once(attempt, is_waiting, expected):
    assert run_state.waiver_refusal(attempt, is_waiting) == expected


def test_deadline_is_the_last_moment_in_time():
    assert run_state.deadline(NOON, 3600) == NOON + timedelta(hours=1)
    assert not run_state.is_missed(DEADLINE, DEADLINE)
    assert run_state.is_missed(DEADLINE, DEADLINE + timedelta(microseconds=1))


def test_no_path_verifies_own_work():
    for old in run_state.STATES:
        own = move(old, 'verified', actor=DOER, doer=DOER, reason="x", proven=True)
        assert refusal(own) and refusal(replace(own, actor=None))


ENTERED = NOON - timedelta(minutes=4)


def undo(old='done', actor=DOER, doer=DOER, now=NOON, entered_at=ENTERED, minutes=10, **told):
    return move(old, 'pending', actor=actor, doer=doer, now=now, undo=Undo(entered_at, minutes, **told))


@pytest.mark.parametrize(('attempt', 'expected'), [
    (undo(), None),
    (undo('failed'), None),
    (undo('not_applicable'), None),
    (undo(now=ENTERED + timedelta(minutes=10)), None),
    (undo(now=ENTERED + timedelta(minutes=10, seconds=1)), 'undo_expired'),
    (undo(now=ENTERED), None),
    (undo(entered_at=None), 'undo_expired'),
    (undo(minutes=0), 'undo_off'),
    (undo(minutes=-5), 'undo_off'),
    (undo(actor=OTHER), 'undo_other'),
    (undo(actor=None), 'undo_other'),
    (undo(actor=None, doer=None), 'undo_other'),
    (undo('verified'), 'undo_seen'),
    (undo('auto_verified', doer=None), 'undo_machine'),
    (undo(is_sent_back=True), 'undo_seen'),
    (undo(is_late_entry=True), 'undo_late_entry'),
    (undo('pending'), 'not_allowed'),
    (undo('missed'), 'not_allowed'),
    # the deadline passed meanwhile: it may be taken back, and the clock finds it missed like one that was never done
    (undo(now=DEADLINE + timedelta(minutes=1), entered_at=DEADLINE - timedelta(minutes=2)), None),
])
def test_a_step_is_taken_back_by_its_doer_for_some_minutes(attempt, expected):
    assert refusal(attempt) == expected


def test_taking_back_is_no_way_around_the_deadline():
    after = DEADLINE + timedelta(minutes=1)
    assert refusal(undo(now=after, entered_at=DEADLINE)) is None
    assert refusal(move('pending', 'missed', now=after)) is None


def test_without_undo_the_own_work_is_still_not_sent_back():
    assert refusal(move('done', 'pending', actor=DOER, doer=DOER, reason="x")) == 'own_rejection'
