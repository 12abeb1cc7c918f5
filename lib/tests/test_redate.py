"""Records of a wrong clock, of boots before, of a sleep: each gets its true time or is marked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from clock_host import HOUR, NOW, RIGHT, Host
from lib import redate
from lib.redate import COUNTS_SLEEP, UNDATED_S

YEAR_2016 = datetime(2016, 1, 1) - NOW
WRONG = [YEAR_2016, -2 * HOUR, 30 * HOUR]


def assert_true(host, dated, seqs=None, within_s=1.0):
    for seq in dated if seqs is None else seqs:
        assert dated[seq].doubt_s == 0, seq
        assert abs((dated[seq].at - host.truth[seq]).total_seconds()) <= within_s, (seq, dated[seq], host.truth[seq])


@pytest.mark.parametrize('off', WRONG)
@pytest.mark.parametrize('session', ['boot-1', COUNTS_SLEEP + 'boot-1'])
def test_clock_set_right_between_record_and_report(off, session):
    host = Host(session)
    host.report()
    host.off = off
    wrong = [host.measure(), host.measure()]
    host.off = RIGHT
    host.measure()
    dated = host.report()
    assert set(wrong) <= set(dated)
    assert_true(host, dated)


@pytest.mark.parametrize('off', WRONG)
def test_first_report_of_a_host_that_booted_with_a_wrong_clock(off):
    host = Host(COUNTS_SLEEP + 'boot-1')
    host.off = off
    host.measure()
    host.off = RIGHT
    assert_true(host, host.report())


@pytest.mark.parametrize('off', WRONG)
def test_clock_that_is_wrong_all_the_time(off):
    host = Host()
    host.off = off
    host.measure()
    assert_true(host, host.report(), [2])
    host.measure()
    assert_true(host, host.report())


def test_record_in_the_future_is_never_newer_than_its_report():
    host = Host()
    host.off = 30 * HOUR
    seq = host.measure()
    host.off = RIGHT
    dated = host.report()
    assert abs(dated[seq].at - host.truth[seq]) < timedelta(seconds=1)


@pytest.mark.parametrize('off', [RIGHT, *WRONG])
def test_record_of_the_boot_before_is_dated_by_the_last_report_of_that_boot(off):
    host = Host(COUNTS_SLEEP + 'boot-1')
    host.measure()
    host.report()
    host.off = off
    late = [host.measure(), host.measure(), host.measure(5 * HOUR)]
    host.boot(COUNTS_SLEEP + 'boot-2', away=8 * HOUR, off=RIGHT)
    host.measure()
    dated = host.report()
    assert set(late) <= set(dated)
    assert_true(host, dated)


def test_backlog_of_the_boot_before_in_many_reports():
    host = Host()
    host.report()
    for _number in range(25):
        host.measure()
    host.boot('boot-2')
    for _number in range(3):
        host.measure()
    while host.waiting:
        assert_true(host, host.report(most=5))


@pytest.mark.parametrize('off', WRONG)
def test_record_of_a_boot_that_never_reported_is_marked(off):
    host = Host()
    host.report()
    host.boot('boot-2', off=off)
    lost = [host.measure(), host.measure()]
    host.boot('boot-3', away=3 * HOUR, off=RIGHT)
    present = host.measure()
    dated = host.report()
    assert {dated[seq].doubt_s for seq in lost} == {UNDATED_S}
    assert all(dated[seq].at <= host.now + timedelta(seconds=1) for seq in lost)
    assert_true(host, dated, [present])


def test_host_without_a_clock_battery_starts_each_boot_at_the_same_time():
    host = Host('boot-1')
    host.off = YEAR_2016
    host.measure()
    lost = host.measure()
    host.boot('boot-2', away=26 * HOUR)
    host.off = datetime(2016, 1, 1) - host.booted
    host.waiting = [replace(one, ts=datetime(2016, 1, 1) + timedelta(seconds=one.mono)) for one in host.waiting]
    present = host.measure()
    dated = host.report()
    assert dated[lost].doubt_s == UNDATED_S
    assert_true(host, dated, [present])


@pytest.mark.parametrize('session', ['boot-1', COUNTS_SLEEP + 'boot-1'])
def test_slept_host_never_makes_a_record_younger_than_it_is(session):
    host = Host(session, sleeps=not session.startswith(COUNTS_SLEEP))
    host.report()
    seq = host.measure()
    host.sleep(8 * HOUR)
    dated = host.report()
    assert dated[seq].at - timedelta(seconds=dated[seq].doubt_s + 1) <= host.truth[seq]
    assert_true(host, dated)


def test_sleep_and_a_clock_set_at_once_is_doubt_for_who_cannot_count_its_sleep():
    host = Host(sleeps=True)
    host.report()
    host.off = -2 * HOUR
    seq = host.measure()
    host.sleep(8 * HOUR)
    host.off = RIGHT
    dated = host.report()[seq]
    assert dated.doubt_s > 7 * 3600
    assert dated.at - timedelta(seconds=dated.doubt_s + 1) <= host.truth[seq] <= dated.at + timedelta(seconds=1)


def test_report_that_was_held_up_makes_nothing_younger():
    host = Host()
    host.measure()
    host.report()
    seq = host.measure()
    dated = host.report(way=timedelta(minutes=10))[seq]
    assert abs(dated.at - host.truth[seq]) < timedelta(seconds=1)
    assert 599 < dated.doubt_s < 601, "it may have been paused instead"
    host.now += timedelta(minutes=10)
    host.measure()
    host.report()
    host.measure()
    assert_true(host, host.report())


@pytest.mark.parametrize('session', ['boot-1', COUNTS_SLEEP + 'boot-1'])
def test_paused_virtual_machine_never_makes_a_record_younger_than_it_is(session):
    """All its clocks stood still: nothing on the host knows."""
    host = Host(session, sleeps=True)
    host.report()
    before = host.measure()
    host.sleep(HOUR)
    host.off = -HOUR
    after = host.measure()
    dated = host.report()
    for seq in (before, after):
        assert dated[seq].at - timedelta(seconds=1) <= host.truth[seq] <= dated[seq].at + timedelta(seconds=dated[seq].doubt_s + 1)
    assert dated[before].doubt_s > 3500
    host.measure()
    assert_true(host, host.report())


def test_records_that_come_again_for_want_of_a_shape_get_the_same_times():
    host = Host()
    host.report()
    host.off = -2 * HOUR
    host.measure()
    host.off = RIGHT
    first = host.report(is_kept=False)
    again = host.report(after=timedelta(minutes=3))
    assert first.keys() == again.keys()
    assert_true(host, first)
    assert_true(host, again)


def test_lost_word_of_a_boot_does_not_let_its_records_pass_for_another_boot():
    host = Host(COUNTS_SLEEP + 'boot-1')
    host.measure()
    host.report()
    old = host.measure()
    host.boot(COUNTS_SLEEP + 'boot-2', away=3 * HOUR)
    host.waiting.pop()
    host.seq -= 1
    new = host.measure()
    dated = host.report()
    assert_true(host, dated, [old, new])


def test_hole_in_the_numbers_may_hide_a_boot():
    host = Host()
    host.report()
    host.measure()
    host.boot('boot-2', off=-2 * HOUR)
    lost = host.measure(after=5 * HOUR)
    host.boot('boot-3', off=RIGHT)
    host.measure()
    del host.waiting[:2]
    assert host.report()[lost].doubt_s == UNDATED_S


def test_timeline_stays_small():
    host = Host()
    for number in range(2, 40):
        host.boot(f'boot-{number}')
        host.measure()
        host.report()
    assert len(host.timeline.boots) == redate.KEPT_BOOTS
