"""A battery as psutil tells it: from a folder as Linux has it, and from values as Windows gives them."""
import sys
from types import SimpleNamespace

import psutil
import pytest

from itc_agent.collectors import battery
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

OK, WARNING, CRITICAL, UNKNOWN = State
FULL = {'BAT0/status': 'Discharging', 'BAT0/energy_now': '36000000', 'BAT0/energy_full': '40000000', 'BAT0/power_now': '12000000', 'AC/online': '1'}


def run(limits=None, **settings):
    check = make_check(1, 'Battery', 'battery', 60, 10, settings, limits)
    assert not check.problem
    return look(check, {}, {})


@pytest.fixture
def supply(tmp_path, monkeypatch):
    """Let psutil read a folder of ours: ``supply({'BAT0/capacity': '80'})``."""
    if not sys.platform.startswith('linux'):
        pytest.skip("Linux has this folder")
    from psutil import _pslinux
    monkeypatch.setattr(_pslinux, 'POWER_SUPPLY_PATH', str(tmp_path))

    def fill(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text + '\n')
    return fill


@pytest.mark.parametrize(('changed', 'state', 'words', 'expected'), [
    ({}, OK, '', {'charge_pct': 90.0, 'on_mains': 1}),
    ({'AC/online': '0'}, WARNING, "no mains", {'charge_pct': 90.0, 'on_mains': 0, 'runtime_s': 10800}),
    ({'AC/online': '0', 'BAT0/energy_now': '11600000'}, CRITICAL, "charge 29 % < 30 %", {'charge_pct': 29.0, 'on_mains': 0, 'runtime_s': 3480}),
    ({'AC/online': '0', 'BAT0/power_now': '900000000'}, CRITICAL, "2 min 24 s left < 3 min 0 s", {'charge_pct': 90.0, 'on_mains': 0, 'runtime_s': 144}),
    ({'BAT0/energy_now': '20000000'}, WARNING, "charge_pct 50 % < 60 %", {'charge_pct': 50.0, 'on_mains': 1}),
    ({'BAT0/energy_now': '41000000'}, OK, '', {'charge_pct': 100, 'on_mains': 1}),
    ({'BAT0/energy_now': '90000000'}, UNKNOWN, "its charge cannot be told", {'charge_pct': None, 'on_mains': 1}),
    ({'AC/online': '0', 'BAT0/power_now': '0'}, WARNING, "no mains", {'charge_pct': 90.0, 'on_mains': 0})])
def test_a_battery_as_linux_tells_it(supply, changed, state, words, expected):
    supply({**FULL, **changed})
    result = run()
    assert (result.state, words in result.summary) == (state, True), result.summary
    assert result.readings[0].values == expected


def test_a_system_that_does_not_tell_of_the_mains_is_unknown(supply):
    supply({'BAT0/capacity': '80', 'BAT0/status': 'Not charging'})
    result = run()
    assert (result.state, result.summary) == (UNKNOWN, "the system does not tell whether power comes in")


def test_no_battery_is_unknown_and_not_fine(supply):
    result = run()
    assert (result.state, "tells of no battery" in result.summary) == (UNKNOWN, True)
    supply({'AC/online': '1'})
    assert run().state == UNKNOWN


@pytest.mark.parametrize('files', [{'BAT0/energy_now': 'x', 'BAT0/energy_full': '1'}, {'BAT0/capacity': 'full'}, {'BAT0/status': 'Full'}])
def test_garbage_in_the_folder_is_unknown_with_words(supply, files):
    supply(files)
    result = run()
    assert (result.state, "collector failed" in result.summary) == (UNKNOWN, False), result.summary


@pytest.mark.parametrize('error', [OSError("no such folder"), PermissionError(13, "Permission denied"), RuntimeError("?"), NotImplementedError("!")])
def test_a_system_that_refuses_is_unknown(monkeypatch, error):
    def refuse():
        raise error

    monkeypatch.setattr(psutil, 'sensors_battery', refuse, raising=False)
    result = run()
    assert (result.state, "the battery cannot be read" in result.summary) == (UNKNOWN, True)
    monkeypatch.delattr(psutil, 'sensors_battery')
    assert run().summary == "this system does not tell of batteries"


@pytest.mark.parametrize(('told', 'state'), [
    ((100, -2, True), OK), ((255, -1, True), UNKNOWN), ((50, -1, False), WARNING), ((10, -1, False), CRITICAL), ((None, -1, False), UNKNOWN),
    ((50, 100, False), CRITICAL), ((50, -1, None), UNKNOWN)])
def test_values_as_windows_gives_them(told, state):
    one = SimpleNamespace(percent=told[0], secsleft=told[1], power_plugged=told[2])
    assert battery.parse(one, battery.BatterySettings()).finding == state


@pytest.mark.parametrize('wrong', [{'crit_charge_pct': 101}, {'min_runtime_s': -1}, {'name': 'BAT0'}])
def test_settings_that_make_no_sense_are_refused(wrong):
    assert make_check(1, 'x', 'battery', 60, 10, wrong).problem
