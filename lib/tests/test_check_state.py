"""Soft and hard states, staleness, and what proves a run."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lib import check_state
from lib.check_state import NEW, OBJECTIONS, CheckResult, Flap, Verdict, advance, flap, flap_pct, go_stale, is_awaited, is_stale, proof

START = datetime(2026, 11, 23, 5)


def after(codes, max_attempts=3, previous=NEW, every_s=60):
    for number, code in enumerate(codes):
        previous = advance(previous, code, START + timedelta(minutes=number), max_attempts, every_s)
    return previous


# codes in order -> state, hard state, attempt, is_hard; from Nagios' chapter on state types with max_check_attempts 3
TABLE = [
    ([0], 'ok', 'ok', 1, True),
    ([2], 'critical', 'unknown', 1, False),
    ([0, 2], 'critical', 'ok', 1, False),
    ([0, 2, 1], 'warning', 'ok', 2, False),
    ([0, 2, 1, 2], 'critical', 'critical', 3, True),
    ([0, 2, 1, 2, 1], 'warning', 'warning', 3, True),
    ([0, 2, 1, 2, 1, 1], 'warning', 'warning', 3, True),
    ([0, 2, 1, 2, 1, 0], 'ok', 'ok', 1, True),
    ([0, 2, 0], 'ok', 'ok', 1, True),
    ([0, 2, 0, 3], 'unknown', 'ok', 1, False),
    ([0, 3, 3, 3], 'unknown', 'unknown', 3, True),
]


@pytest.mark.parametrize(('codes', 'state', 'hard_state', 'attempt', 'is_hard'), TABLE)
def test_states_harden_as_in_nagios(codes, state, hard_state, attempt, is_hard):
    reached = after(codes)
    assert (reached.state, reached.hard_state, reached.attempt, reached.is_hard) == (state, hard_state, attempt, is_hard)


def test_since_is_the_first_of_equal_results():
    reached = after([0, 2, 2, 2, 2])
    assert reached.since == START + timedelta(minutes=1)
    assert reached.hard_since == START + timedelta(minutes=3)
    assert reached.last_at == START + timedelta(minutes=4)


def test_one_attempt_is_hard_at_once():
    assert after([0, 1], max_attempts=1).hard_state == 'warning'


def test_a_backlog_result_changes_nothing():
    present = after([0, 0, 0])
    assert advance(present, 2, START + timedelta(minutes=1), 1) is present
    assert advance(present, 2, present.last_at, 1) is present


# codes in order, seconds between two -> it flaps; Nagios' share of the last 21 results with 20 and 5 percent
FLAPS = [
    ([0] * 30, 60, False),
    ([0, 2, 0, 2], 60, False),                             # three fresh changes: 17.7 %
    ([0, 2, 0, 2, 0], 60, True),                           # four: 23.4 %
    ([0, 1, 2, 1, 2], 60, True),                           # worse and better is change, too
    ([0] * 5 + [2] * 5 + [0] * 5 + [2] * 6, 60, False),    # three changes, some of them old
    ([0, 0, 0, 2, 2, 2] * 4, 10, True),                    # bad for 30 s, good for 30 s
    ([0, 2, 0, 2, 0] + [0] * 10, 60, True),                # four changes that are not old enough: 18 %
    ([0, 2, 0, 2, 0] + [0] * 18, 60, True),                # two are left: 8.2 %
    ([0, 2, 0, 2, 0] + [0] * 19, 60, False),               # one is left: 4 %
    ([0, 2] * 20, 3600, True),
    ([0, 2] * 20, 3601, False),                            # a nightly job that fails now and then does not flap
]


@pytest.mark.parametrize(('codes', 'every_s', 'is_flapping'), FLAPS)
def test_a_check_flaps_as_in_nagios(codes, every_s, is_flapping):
    assert after(codes, every_s=every_s).is_flapping is is_flapping


@pytest.mark.parametrize(('changes', 'pct'), [(0, 0.0), (1, 6.0), (1 << 19, 4.0), ((1 << 20) - 1, 100.0), (-1, 0.0)])
def test_the_newest_change_weighs_half_as_much_again_as_the_oldest(changes, pct):
    assert flap_pct(changes) == pct


def test_a_check_that_stays_well_has_nothing_to_write():
    calm = after([0] * 3)
    assert replace(after([0] * 40), last_at=calm.last_at) == calm
    assert replace(after([0, 2] + [0] * 25), last_at=None).flap_changes == 0


def test_a_flap_is_told_at_its_first_and_at_its_last_result():
    seen, state, now = [], NEW, START + timedelta(minutes=40)
    for number, code in enumerate([0, 2, 0, 2, 0, 2] + [2] * 30):
        before, state = state, advance(state, code, START + timedelta(minutes=number), 3)
        seen.append(flap(7, before, state, 60, now))
    told = [one for one in seen if one]
    assert told == [
        Flap(7, True, START + timedelta(minutes=4), True),    # 36 minutes ago: nobody could have acted
        Flap(7, False, START + timedelta(minutes=24), True)]
    assert flap(7, before, advance(state, 2, now, 3), 60, now) is None


def test_who_falls_silent_does_not_flap_and_its_return_is_no_change():
    flapping, now = after([0, 2] * 4), START + timedelta(hours=1)
    silent = go_stale(flapping, now)
    assert (flapping.is_flapping, silent.is_flapping) == (True, False)
    assert flap(7, flapping, silent, 60, now) == Flap(7, False, now, False)
    back = advance(silent, 0, now + timedelta(minutes=1), 3)
    assert (back.is_flapping, back.flap_changes, back.hard_state) == (False, 0, 'ok')


@pytest.mark.parametrize(('code', 'attempts'), [(4, 3), (-1, 3), (0, 0)])
def test_nonsense_is_refused(code, attempts):
    with pytest.raises(ValueError):
        advance(NEW, code, START, attempts)


def test_a_silent_host_is_unknown_and_recovers():
    now = START + timedelta(hours=1)
    silent = go_stale(after([0]), now)
    assert (silent.state, silent.hard_state, silent.since, silent.is_hard) == ('unknown', 'unknown', now, True)
    assert go_stale(silent, now + timedelta(hours=1)) == silent
    back = advance(silent, 0, now + timedelta(minutes=1), 3)
    assert (back.hard_state, back.since) == ('ok', now + timedelta(minutes=1))


# codes before the silence, codes after it -> state, hard state, attempt, is_hard, with 3 attempts
AFTER_SILENCE = [
    ([0], [2], 'critical', 'unknown', 1, False),            # a service starts slowly after its machine
    ([0], [2, 0], 'ok', 'ok', 1, True),
    ([0], [2, 1, 2], 'critical', 'critical', 3, True),
    ([0, 2], [2], 'critical', 'unknown', 2, False),         # a machine that is on for a short time only: counted on
    ([0, 2, 2], [2], 'critical', 'critical', 3, True),
    ([0, 2, 2], [0, 2], 'critical', 'ok', 1, False),
    ([0], [3], 'unknown', 'unknown', 1, False),
    ([0, 2, 2, 2], [2], 'critical', 'critical', 3, True),   # it was confirmed, and still is so
    ([0, 1, 1, 1], [2], 'critical', 'critical', 3, True),
    ([0, 2, 2, 2, 0], [2], 'critical', 'unknown', 1, False),
]


@pytest.mark.parametrize(('before', 'since', 'state', 'hard_state', 'attempt', 'is_hard'), AFTER_SILENCE)
@pytest.mark.parametrize('times', [1, 2])
def test_after_a_silence_what_was_bad_before_is_counted_on_and_what_was_ok_anew(before, since, state, hard_state, attempt, is_hard, times):
    reached, now = after(before), START + timedelta(hours=1)
    for _time in range(times):
        reached = go_stale(reached, now)
    for number, code in enumerate(since, 1):
        reached = advance(reached, code, now + timedelta(minutes=number), 3)
    assert (reached.state, reached.hard_state, reached.attempt, reached.is_hard) == (state, hard_state, attempt, is_hard)


def test_one_attempt_is_hard_at_once_after_a_silence_too():
    assert advance(go_stale(after([0]), START + timedelta(hours=1)), 2, START + timedelta(hours=2), 1).hard_state == 'critical'


@pytest.mark.parametrize(('age_s', 'every_s', 'stale'), [
    (180, 60, False), (181, 60, True), (180, 10, False), (901, 300, True), (900, 300, False), (-300, 60, False),
    (-301, 60, True),
])
def test_stale_is_three_silent_intervals(age_s, every_s, stale):
    assert is_stale(START - timedelta(seconds=age_s), every_s, START) is stale


@pytest.mark.parametrize(('age_s', 'every_s', 'grace_s', 'stale'), [
    (180, 60, 0, False), (181, 60, 0, True),                                   # 0 is the rule of three intervals
    (90000, 86400, 3600, False), (90001, 86400, 3600, True),                   # a nightly job an hour late
    (180, 60, 1, False), (181, 60, 1, True),                                   # never sooner than a report can explain
    (660, 60, 600, False), (661, 60, 600, True), (-301, 60, 600, True),
])
def test_a_grace_takes_the_place_of_three_intervals(age_s, every_s, grace_s, stale):
    at = START - timedelta(seconds=age_s)
    assert is_stale(at, every_s, START, grace_s) is stale


@pytest.mark.parametrize(('age_s', 'every_s', 'grace_s', 'code'), [
    (90001, 86400, 3600, 'stale'), (90000, 86400, 3600, 'proven'),             # a short grace asks for fresher results
    (181, 60, 600, 'stale'), (180, 60, 600, 'proven'),                         # a long one proves nothing that would not be proven without it
])
def test_a_grace_makes_no_proof_easier(age_s, every_s, grace_s, code):
    measured = result(measured_at=START - timedelta(seconds=age_s), every_s=every_s, grace_s=grace_s)
    assert proof([measured], START - timedelta(days=3), START).code == code
    assert proof([replace(measured, doubt_s=age_s, measured_at=START)], START - timedelta(days=3), START).code == ('undated' if code == 'stale' else code)


@pytest.mark.parametrize(('last_s', 'asked_s', 'every_s', 'awaited'), [
    (None, None, 60, True),             # the host may not report yet
    (5000, None, 60, False),            # it did once, under another key
    (None, 0, 60, True),
    (None, 300, 60, True), (None, 301, 60, False),
    (None, 300, 10, True), (None, 301, 10, False),
    (None, 1800, 600, True), (None, 1801, 600, False),
    (10, 20, 60, False),                # the first result came
    (20, 20, 60, False),
    (5000, 100, 60, True),              # what came before the host was confirmed anew says nothing of now
    (5000, 301, 60, False),
])
def test_what_is_new_waits_for_its_first_result(last_s, asked_s, every_s, awaited):
    last_at, asked_at = (None if ago is None else START - timedelta(seconds=ago) for ago in (last_s, asked_s))
    assert is_awaited(last_at, asked_at, every_s, START) is awaited
    if awaited:
        assert is_stale(last_at, every_s, START) and not proof([result(measured_at=last_at)], OPENED, START).verified


@pytest.mark.parametrize(('states', 'worst'), [
    (['ok', 'waiting'], 'waiting'), (['waiting', 'warning'], 'warning'), (['waiting', 'unknown'], 'unknown'), (['waiting', 'critical'], 'critical'),
])
def test_waiting_is_never_well_and_hides_no_problem(states, worst):
    assert check_state.worst_state(states) == check_state.worst_state(reversed(states)) == worst


@pytest.mark.parametrize(('states', 'worst'), [
    ([], 'unknown'), (['ok'], 'ok'), (['ok', 'warning'], 'warning'), (['warning', 'unknown'], 'unknown'),
    (['unknown', 'critical'], 'critical'), (['critical', 'ok', 'warning'], 'critical')])
def test_worst_follows_severity(states, worst):
    assert check_state.worst_state(states) == worst


OPENED = START - timedelta(hours=1)


def result(**values):
    values = {'name': "Disk", 'state': 'ok', 'is_hard': True, 'measured_at': START, 'every_s': 60} | values
    return CheckResult(**values)


@pytest.mark.parametrize(('values', 'code'), [
    ({}, 'proven'),
    ({'state': 'warning'}, 'not_ok'),
    ({'state': 'unknown'}, 'not_ok'),
    ({'is_hard': False}, 'soft'),
    ({'is_accepted': False}, 'not_accepted'),
    ({'is_accepted': False, 'measured_at': None}, 'not_accepted'),
    ({'measured_at': None}, 'never'),
    ({'measured_at': START - timedelta(minutes=4)}, 'stale'),
    ({'measured_at': START + timedelta(minutes=6)}, 'in_future'),
    ({'measured_at': OPENED - timedelta(seconds=1), 'every_s': 3600}, 'before_opening'),
    ({'measured_at': OPENED, 'every_s': 3600}, 'proven'),
    ({'is_flapping': True}, 'flapping'),
    ({'is_flapping': True, 'state': 'critical'}, 'not_ok'),
])
def test_only_fresh_confirmed_ok_proves(values, code):
    verdict = proof([result(name="First"), result(**values)], OPENED, START)
    assert (verdict.code, verdict.verified) == (code, code == 'proven')
    assert verdict.check == ('' if code == 'proven' else "Disk")
    assert code == 'proven' or code in OBJECTIONS


def test_no_check_proves_nothing():
    assert not proof([], OPENED, START).verified


def test_an_objection_tells_which_check_how_it_is_and_when_it_was_measured():
    measured_at = START - timedelta(minutes=119)
    assert proof([result(name="First"), result(measured_at=measured_at)], OPENED, START) == Verdict(False, 'stale', "Disk", 'ok', measured_at)
    assert proof([result()], OPENED, START) == proof([result(), result()], OPENED, START) == Verdict(True, 'proven')
