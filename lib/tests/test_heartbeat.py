import json
import uuid
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st
from lib import check_state, heartbeat
from lib.heartbeat import Life, Ping, Schedule

AT = datetime(2026, 11, 23, 2, 0)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAILY = Schedule(grace_s=3600, period_s=86400)
NIGHTLY = Schedule(grace_s=3600, line='0 2 * * *', tz='Africa/Addis_Ababa')
A, B = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
TOKEN, KEY = '5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278', 'fqOOd6-F4MMNuCEnzTU01w'


def live(*words, schedule=DAILY):
    """Return the life after some words: (minutes, kind, rid or exit code)."""
    pings = []
    for minutes, kind, *rest in words:
        rid = next((one for one in rest if isinstance(one, str)), '')
        code = next((one for one in rest if isinstance(one, int)), None)
        pings.append(Ping(AT + minutes * MINUTE, kind, rid, code))
    return heartbeat.hear(Life(), schedule, pings)


@pytest.mark.parametrize(('words', 'hours', 'state', 'code'), [
    ([], 0, 'waiting', 'never'),
    ([], 24 * 365, 'waiting', 'never'),
    ([(0, 'log')], 100, 'waiting', 'never'),
    ([(0, 'start')], 0.5, 'waiting', 'running'),
    ([(0, 'start')], 1.1, 'critical', 'overrun'),
    ([(0, 'success')], 24, 'ok', 'ok'),
    ([(0, 'success')], 25, 'ok', 'ok'),
    ([(0, 'success')], 25.01, 'critical', 'late'),
    ([(0, 'fail')], 0, 'critical', 'failed'),
    ([(0, 'success'), (5, 'fail', 3)], 0.1, 'critical', 'failed'),
    ([(0, 'fail'), (5, 'success')], 0.1, 'ok', 'ok'),
    ([(0, 'success'), (1400, 'start')], 24, 'ok', 'ok'),
    ([(0, 'success'), (1400, 'start')], 24.5, 'critical', 'overrun'),
    ([(0, 'start'), (30, 'success')], 1, 'ok', 'ok'),
    ([(0, 'start', A), (5, 'start', B), (10, 'success', B)], 0.5, 'ok', 'ok'),
    ([(0, 'start', A), (5, 'start', B), (10, 'success', B)], 1.1, 'critical', 'overrun'),
    ([(0, 'start', A), (5, 'start', B), (10, 'success', B), (20, 'success', A)], 1.1, 'ok', 'ok'),
    ([(0, 'start', A), (5, 'start', B), (10, 'fail', A), (12, 'success', B)], 0.5, 'critical', 'failed'),
    ([(0, 'start', A), (5, 'fail', A), (10, 'start', B), (12, 'success', B)], 0.5, 'ok', 'ok'),
    ([(0, 'start', A), (120, 'start', B), (125, 'success', B)], 2.5, 'ok', 'ok'),  # a later run makes one good that had hung
    ([(0, 'start', A), (50, 'start', B), (65, 'success', B)], 1.1, 'critical', 'overrun'),  # it began beside it, so it does not
])
def test_states(words, hours, state, code):
    life, _results = live(*words)
    found = heartbeat.judge(life, DAILY, AT + hours * HOUR)
    assert (found.state, found.code) == (state, code)


def test_cron_is_late_after_its_own_time_and_grace():
    life, _results = live((0, 'success'))  # 05:00 in Addis Ababa; expected next at 02:00 there
    assert heartbeat.judge(life, NIGHTLY, datetime(2026, 11, 24, 0, 0)).code == 'ok'
    late = heartbeat.judge(life, NIGHTLY, datetime(2026, 11, 24, 0, 1))
    assert (late.code, late.since) == ('late', datetime(2026, 11, 23, 23, 0))


def test_run_time_and_exit_code_are_kept_with_the_word_that_ends_the_run():
    _life, results = live((0, 'start', A), (5, 'start', B), (12, 'success', B), (20, 'fail', A, 3), (30, 'success'))
    assert [(one.at, one.code, one.run_s, one.exit_code) for one in results] == [
        (AT + 12 * MINUTE, 0, 420.0, None), (AT + 20 * MINUTE, 2, 1200.0, 3), (AT + 30 * MINUTE, 0, None, None)]


@pytest.mark.parametrize('words', [
    [(0, 'success')], [(0, 'fail', 1)], [(0, 'start')], [(0, 'success'), (60, 'start')], [(0, 'start', A), (1, 'success', A), (2, 'fail')],
])
@pytest.mark.parametrize('schedule', [DAILY, NIGHTLY, Schedule(grace_s=60, period_s=60)])
def test_silence_is_told_once_it_is_bad_and_never_becomes_stale(words, schedule):
    """What the checks' own rule makes of the results, minute by minute: after the deadline always critical, never stale."""
    life, results = live(*words, schedule=schedule)
    told = (results[-1].code, results[-1].at) if results else (None, None)
    was_late = False
    for minute in range(3, 4 * 1440):
        now = AT + minute * MINUTE
        result = heartbeat.listen(life, schedule, *told, now)
        if result:
            assert result.at == now - timedelta(seconds=30) and result.code == 2
            told = (result.code, result.at)
        due = heartbeat.judge(life, schedule, now).due_at
        if due and now > due + 2 * MINUTE:
            was_late = True
            assert told[0] == 2
        if told[1]:
            assert not check_state.is_stale(told[1], schedule.every_s(), now)
    assert was_late


def test_a_dead_job_lets_the_check_turn_stale_soon_after_the_heartbeat_is_late():
    for schedule in (DAILY, NIGHTLY, Schedule(grace_s=60, period_s=60)):
        life, results = live((0, 'success'), schedule=schedule)
        due = heartbeat.judge(life, schedule, AT).due_at
        longest = AT + timedelta(seconds=schedule.longest_s())
        assert not check_state.is_stale(results[0].at, schedule.every_s(), due)
        assert check_state.is_stale(results[0].at, schedule.every_s(), longest + 5 * MINUTE)


def test_a_wider_schedule_makes_nothing_green_by_itself():
    life, _results = live((0, 'success'))
    now = AT + 30 * HOUR
    late = heartbeat.listen(life, DAILY, 0, AT, now)
    wider = Schedule(grace_s=3600, period_s=7 * 86400)
    told = heartbeat.listen(life, wider, late.code, late.at, now + MINUTE)
    assert told.code == 3
    assert heartbeat.listen(life, wider, told.code, told.at, now + 2 * MINUTE) is None


@pytest.mark.parametrize(('words', 'hours', 'back', 'code'), [
    ([(0, 'success')], 24.5, 23, 'ok'),
    ([(0, 'success')], 26, 23, 'late'),         # we were back before it was expected
    ([(0, 'success')], 26, 25.9, 'away'),       # expected while we were away
    ([(0, 'success')], 50.8, 25.9, 'away'),     # the next one is not late yet
    ([(0, 'success')], 51, 25.9, 'late'),
    ([(0, 'success'), (60, 'start')], 4, 3.9, 'away'),
    ([(0, 'success'), (60, 'start')], 4, 0.5, 'overrun'),
    ([(0, 'fail')], 26, 25.9, 'failed'),
    ([], 26, 25.9, 'never'),
])
def test_a_word_that_may_have_been_lost_while_we_were_away_is_unknown(words, hours, back, code):
    life, _results = live(*words)
    found = heartbeat.judge(life, DAILY, AT + hours * HOUR, AT + back * HOUR)
    assert (found.code, found.state) == (code, {'away': 'unknown', 'ok': 'ok', 'never': 'waiting'}.get(code, 'critical'))


def test_absence_is_told_as_unknown_once_and_what_was_late_before_stays_late():
    life, _results = live((0, 'success'))
    now, back = AT + 26 * HOUR, AT + 25.9 * HOUR
    told = heartbeat.listen(life, DAILY, 0, AT, now, back)
    assert told.code == 3
    assert heartbeat.listen(life, DAILY, 3, told.at, now + MINUTE, back) is None
    assert heartbeat.listen(life, DAILY, 3, told.at, AT + 51 * HOUR, back).code == 2
    late = heartbeat.listen(life, DAILY, 2, AT + 25.1 * HOUR, AT + 40 * HOUR, back)
    assert late.code == 2


KINDS = st.sampled_from(('success', 'start', 'fail', 'log'))
WORDS = st.lists(st.tuples(st.integers(0, 3000), KINDS, st.sampled_from(('', A, B))), max_size=12)


@given(WORDS, st.integers(0, 6000))
@settings(max_examples=300)
def test_only_a_success_within_its_time_is_ok(words, minutes):
    now = AT + minutes * MINUTE
    life, _results = live(*(one for one in words if one[0] <= minutes))
    found = heartbeat.judge(life, DAILY, now)
    if found.state == 'ok':
        assert life.success_at and now - life.success_at <= 25 * HOUR
        assert not life.fail_at or life.success_at >= life.fail_at
        assert all(now - at <= HOUR for _rid, at in life.runs)
    if not any(kind in ('success', 'fail', 'start') for at, kind, _rid in words if at <= minutes):
        assert found.state == 'waiting'


@given(WORDS, st.integers(0, 3000))
def test_a_failure_is_critical_at_once_whatever_came_before(words, minutes):
    before = [one for one in words if one[0] < minutes]
    _life, results = live(*before, (minutes, 'fail'))
    assert results[-1].code == 2 and results[-1].at == AT + minutes * MINUTE


@given(WORDS)
def test_results_bear_the_time_of_their_ping_in_order(words):
    _life, results = live(*words)
    assert [one.at for one in results] == sorted(AT + minute * MINUTE for minute, kind, _rid in words if kind in ('success', 'fail'))


@given(WORDS, st.integers(0, 3000))
def test_a_word_for_the_log_changes_nothing(words, minutes):
    assert live(*words, (minutes, 'log')) == live(*words)


def test_runs_that_never_end_are_kept_in_number_and_the_oldest_of_them():
    life, _results = live(*((minute, 'start', str(uuid.UUID(int=minute))) for minute in range(500)))
    assert len(life.runs) == heartbeat.MAX_RUNS
    assert heartbeat.judge(life, DAILY, AT + 61 * MINUTE).code == 'overrun'


@pytest.mark.parametrize(('parts', 'expected'), [
    ((TOKEN,), (TOKEN, '', 'success', None)),
    ((TOKEN.upper(),), (TOKEN, '', 'success', None)),
    ((TOKEN, ''), (TOKEN, '', 'success', None)),
    ((TOKEN, 'start'), (TOKEN, '', 'start', None)),
    ((TOKEN, 'fail'), (TOKEN, '', 'fail', None)),
    ((TOKEN, 'log'), (TOKEN, '', 'log', None)),
    ((TOKEN, '0'), (TOKEN, '', 'success', 0)),
    ((TOKEN, '255'), (TOKEN, '', 'fail', 255)),
    ((KEY, 'db-backups'), (KEY, 'db-backups', 'success', None)),
    ((KEY, 'db-backups', 'fail'), (KEY, 'db-backups', 'fail', None)),
    ((KEY, 'db-backups', '7'), (KEY, 'db-backups', 'fail', 7)),
    ((KEY, 'start'), (KEY, 'start', 'success', None)),
    ((), None), ((KEY,), None), ((TOKEN, '256'), None), ((TOKEN, '-1'), None), ((TOKEN, 'pause'), None), ((TOKEN, 'success'), None),
    ((TOKEN, 'start', 'x'), None), (('x' * 36, 'start'), None), ((KEY, 'DB'), None), ((KEY, ''), None), ((KEY, 'db-backups', ''), None), ((TOKEN, '', ''), None), ((TOKEN, 'start', ''), None), ((TOKEN, '１'), None),
    ((f'{TOKEN}\n',), None), ((f'{TOKEN}1',), None),
])
def test_addresses(parts, expected):
    found = heartbeat.parse_address(*parts)
    assert (found and (found.secret, found.slug, found.kind, found.exit_code)) == expected


@given(st.lists(st.text(max_size=50), max_size=4))
def test_any_path_is_read_or_nothing(parts):
    found = heartbeat.parse_address(*parts)
    assert found is None or found.kind in heartbeat.KINDS


@given(st.binary(max_size=300))
def test_any_body_becomes_text_that_postgres_stores(body):
    text = heartbeat.clean_log(body)
    assert '\x00' not in text
    text.encode()


def test_a_log_is_cut_at_100_kb():
    assert len(heartbeat.clean_log(b'x' * 300_000)) == 100_000


def test_a_token_opens_nothing_in_another_database():
    token = heartbeat.new_token()
    assert heartbeat.parse_address(token).secret == token
    assert heartbeat.token_hash('a' * 32, token) != heartbeat.token_hash('b' * 32, token)


@given(WORDS)
def test_a_life_is_kept_as_it_is(words):
    life, _results = live(*words)
    assert heartbeat.load(json.loads(json.dumps(heartbeat.dump(life)))) == life
