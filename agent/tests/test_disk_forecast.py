"""When a volume will be full: what may and what may not change the answer."""
import doctest
import errno
import json
import os
import time

import pytest
from fuse_server import GETATTR, Fuse
from hypothesis import given, settings
from hypothesis import strategies as st
from test_volumes import needs_mounts

from itc_agent.collectors import disk_forecast as forecast
from itc_agent.results import State
from itc_agent.scheduler import MAX_KEPT, look
from itc_agent.volumes import Room
from itc_agent.wire import make_check

GB, TOTAL = 10 ** 9, 500 * 2 ** 30
HOUR = 500_000


def history(free, total=TOTAL):
    """Return a history of these bytes, None for an hour without a look."""
    step = max(1, total // forecast.STEPS)
    return forecast.History(total, HOUR, tuple(None if one is None else int(one // step) for one in free))


def speed(free, total=TOTAL):
    """Return GB a day."""
    return forecast.bytes_a_day(history(free, total)) / GB


def filling(hours, gb_a_day, start=400.0):
    return [(start - gb_a_day * hour / 24) * GB for hour in range(hours)]


# === SPEED === #

@settings(deadline=None)
@given(hours=st.integers(72, 336), rate=st.floats(-8, 8), jump=st.floats(0, 200), share=st.floats(0, 1))
def test_one_cleaning_whenever_it_was_does_not_tilt_the_speed(hours, rate, jump, share):
    free = filling(hours, rate, 200.0)
    at = int(share * hours)
    cleaned = free[:at] + [one + jump * GB for one in free[at:]]
    assert speed(free) == pytest.approx(rate, abs=0.02)
    assert speed(cleaned) == pytest.approx(rate, abs=0.02)


@settings(deadline=None)
@given(hours=st.integers(80, 336), rate=st.floats(0, 8), holes=st.sets(st.integers(0, 335), max_size=60), swing=st.floats(0, 40))
def test_neither_the_days_ups_and_downs_nor_hours_without_a_look_tilt_it(hours, rate, holes, swing):
    free = [one - swing * GB * (hour % 24 in (2, 3, 4)) for hour, one in enumerate(filling(hours, rate))]
    whole = [None if hour in holes and hours > 200 else one for hour, one in enumerate(free)]
    assert speed(whole) == pytest.approx(rate, abs=0.02)


@settings(deadline=None)
@given(days=st.integers(4, 14), weekly=st.floats(1, 100), offset=st.integers(0, 167))
def test_the_speed_is_never_beyond_what_was_seen(days, weekly, offset):
    free = [(400 - weekly * ((hour + offset) // 168)) * GB for hour in range(days * 24)]
    assert -0.01 <= speed(free) <= weekly + 0.01


def test_a_weekly_backup_counts_with_a_seventh_of_it_a_day():
    free = [(400 - 70 * ((hour + 100) // 168)) * GB for hour in range(336)]
    assert speed(free) == pytest.approx(10, abs=0.1)


def test_nightly_backups_count_and_what_is_deleted_again_does_not():
    nightly = [(400 - 5 * (hour // 24)) * GB for hour in range(336)]
    assert speed(nightly) == pytest.approx(5, abs=0.1)
    assert speed([400 * GB - 50 * GB * (hour % 24 < 6) for hour in range(336)]) == pytest.approx(0, abs=0.01)


def test_one_large_file_does_not_make_a_trend():
    assert speed([(400 - 150 * (hour > 200)) * GB for hour in range(336)]) == pytest.approx(0, abs=0.01)


def test_hours_that_are_never_a_day_apart_tell_nothing():
    assert forecast.bytes_a_day(history([1, None] * 12)) is None
    assert forecast.bytes_a_day(history([])) is None


# === HISTORY === #

@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(0, TOTAL), st.sampled_from((TOTAL, TOTAL, TOTAL, 2 * TOTAL))), max_size=80))
def test_a_history_stays_bounded_whatever_the_clock_does(looks):
    kept, hour = None, HOUR
    for ahead, free, total in looks:
        hour += ahead
        kept = forecast.add(kept, Room(total, free, total - free), hour)
        assert 0 < len(kept.free) <= forecast.KEPT_HOURS
        assert kept.start <= hour <= kept.start + len(kept.free) - 1
        assert kept.total == total
        assert kept.free[hour - kept.start] <= free // kept.step


def test_of_each_hour_the_least_counts():
    kept = None
    for hour, free in ((0, 50), (0, 40), (0, 60), (2, 30)):
        kept = forecast.add(kept, Room(100, free, 100 - free), HOUR + hour)
    assert kept == forecast.History(100, HOUR, (40, None, 30))


def test_another_size_or_a_clock_far_off_begins_anew():
    kept = forecast.add(None, Room(100, 50, 50), HOUR)
    assert forecast.add(kept, Room(200, 150, 50), HOUR + 1) == forecast.History(200, HOUR + 1, (150,))
    assert forecast.add(kept, Room(100, 50, 50), HOUR - 1).start == HOUR - 1
    assert forecast.add(kept, Room(100, 50, 50), HOUR + 9999).count == 1


@pytest.mark.parametrize('kept', [None, 5, {}, {'total': 1}, {'total': 'x', 'start': 1, 'free': [1]}, {'total': 1, 'start': 1, 'free': 'x'},
                                  {'total': 1, 'start': 1, 'free': []}, {'total': 1, 'start': 1, 'free': [1] * 400}, {'total': 1, 'start': 1, 'free': [1.5]}])
def test_what_was_kept_in_another_shape_begins_anew(kept):
    assert forecast.read_history(kept) is None
    reading, = forecast.readings_of({'/': Room(100, 50, 50)}, {'kept': {'volumes': {'/': kept}}}, HOUR)
    assert reading.values == {'samples': 1}


# === READINGS === #

def looks(memory, frees, start=0, total=TOTAL):
    for hour, free in enumerate(frees):
        reading, = forecast.readings_of({'/srv': Room(total, int(free), total - int(free))}, memory, HOUR + start + hour)
        memory = {'kept': json.loads(json.dumps(memory['kept']))}  # the agent was started anew
    return reading, memory


def test_before_72_hours_it_is_unknown_and_says_how_long_still():
    reading, memory = looks({'kept': {}}, filling(20, 5))
    assert (reading.finding, reading.values) == (State.UNKNOWN, {'samples': 20})
    assert reading.text == "how fast it fills is known in 2 d 4 h at the earliest (20 of 72 hours)"
    reading, memory = looks(memory, filling(51, 5, 400 - 5 * 20 / 24), start=20)
    assert reading.finding == State.UNKNOWN
    reading, memory = looks(memory, filling(1, 5, 400 - 5 * 71 / 24), start=71)
    assert reading.finding == State.OK
    assert reading.values['full_in_days'] == pytest.approx((400 - 5 * 71 / 24) / 5, abs=0.5)
    assert reading.text.startswith("fills by 4.7 GiB a day, full in 7")
    assert looks(memory, [300 * GB], start=72, total=2 * TOTAL)[0].finding == State.UNKNOWN  # made larger


def test_the_days_follow_the_room_that_is_free_now():
    free = filling(200, 5, 60.0)
    reading, memory = looks({'kept': {}}, free)
    assert reading.values['full_in_days'] == pytest.approx(free[-1] / GB / 5, abs=0.2)
    cleaned, _memory = looks(memory, [free[-1] + 300 * GB], start=200)
    assert cleaned.values['full_in_days'] == pytest.approx(free[-1] / GB / 5 + 60, abs=0.5)
    assert cleaned.values['growth_bytes'] == pytest.approx(5 * GB, rel=0.01)


def test_one_that_does_not_fill_or_empties():
    for rate in (0, -3):
        reading, _memory = looks({'kept': {}}, filling(100, rate, 100.0))
        assert (reading.values['full_in_days'], reading.text) == (3650.0, "does not fill")


def test_a_volume_that_cannot_be_looked_at_is_unknown_and_keeps_its_history():
    _reading, memory = looks({'kept': {}}, filling(100, 5))
    reading, = forecast.readings_of({'/srv': TimeoutError("no answer within 4 s")}, memory, HOUR + 100)
    assert (reading.finding, reading.text) == (State.UNKNOWN, "cannot be read: no answer within 4 s")
    assert looks(memory, [300 * GB], start=101)[0].values['samples'] == 101


def test_what_is_kept_of_many_volumes_stays_bounded_and_old_ones_are_forgotten():
    memory = {'kept': {}}
    rooms = {f'/srv/{number:02}': Room(2 ** 62, 2 ** 62 - 1, 1) for number in range(20)}
    for hour in range(400):
        readings = list(forecast.readings_of(rooms, memory, HOUR + hour))
    assert len(json.dumps(memory['kept'])) < MAX_KEPT
    assert [one.finding for one in readings] == [State.OK] * 16 + [State.UNKNOWN] * 4
    assert "more than 16 volumes" in readings[-1].text
    list(forecast.readings_of({}, memory, HOUR + 400))
    assert len(memory['kept']['volumes']) == 16
    list(forecast.readings_of({}, memory, HOUR + 1200))
    assert memory['kept']['volumes'] == {}


@pytest.mark.parametrize('room', [Room(0, 0, 0), Room(2 ** 64 - 1, 5, 5), Room(100, 200, 0), Room(100, -1, 0)])
def test_figures_that_cannot_be_true_are_unknown(room):
    reading, = forecast.readings_of({'/': room}, {'kept': {}}, HOUR)
    assert (reading.finding, reading.text) == (State.UNKNOWN, "the volume tells no real size")


# === REAL VOLUMES === #

def run(memory=None, **settings):
    return look(make_check(1, 'forecast', 'disk_forecast', 300, 10, settings), {} if memory is None else memory, {})


def test_this_machines_volumes_are_measured():
    memory = {}
    result = run(memory)
    assert result.state == State.UNKNOWN and "1 of 72 hours" in result.summary
    assert set(memory['kept']['volumes']) == {one.item for one in result.readings}


def test_a_volume_that_is_not_there_or_a_pattern_that_finds_none_is_unknown():
    nowhere = 'Q:\\' if os.name == 'nt' else '/nowhere'
    assert (run(include=[nowhere]).state, run(include=[nowhere]).summary) == (State.UNKNOWN, f"{nowhere}: the volume is not there")
    assert run(include=['/nowhere/*']).state == State.UNKNOWN
    assert "include: expected" in make_check(1, 'x', 'disk_forecast', 300, 10, {'include': ['srv']}).problem


@needs_mounts
def test_a_mount_that_is_gone_is_no_pattern_for_its_namesake(tmp_path):
    memory = {}
    for name in ('data[1]', 'data1'):
        (tmp_path / name).mkdir()
    with Fuse(tmp_path / 'data1'):
        with Fuse(tmp_path / 'data[1]'):
            assert [one.item for one in run(memory, include=[f'{tmp_path}/data[1]']).readings] == [f'{tmp_path}/data[1]']
        memory = {'kept': json.loads(json.dumps(memory['kept']))}
        gone = run(memory, include=[f'{tmp_path}/data[1]'])
        assert gone.summary == f"{tmp_path}/data[1]: the volume is not there"
        assert run(memory, include=[f'{tmp_path}/data[1]'], exclude=[f'{tmp_path}/data[[]1]']).summary == "nothing was found to measure"


@needs_mounts
def test_volumes_that_hang_or_fail_cost_the_others_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(forecast, 'PATIENCE_S', 0.5)
    with Fuse(tmp_path, hangs=True):
        started = time.monotonic()
        result = run(include=['/', str(tmp_path)])
        assert time.monotonic() - started < 3
        assert "no answer within 0.5 s" in result.summary
        assert {one.item: one.values for one in result.readings}['/'] == {'samples': 1}


@needs_mounts
def test_a_volume_that_fails_is_unknown_with_the_reason(tmp_path):
    with Fuse(tmp_path, errors={GETATTR: errno.EIO}):
        assert run(include=[str(tmp_path)]).summary == f"{tmp_path}: cannot be read: Input/output error"


@pytest.mark.skipif(os.name == 'nt', reason="the examples are of Linux")
def test_the_examples_hold():
    assert doctest.testmod(forecast).failed == 0
