"""The clock that the server dates by: never set, awake or asleep."""
import sys
import time

import pytest

from itc_agent import clock


def test_clock_counts_the_time_asleep_where_the_system_can(monkeypatch):
    monkeypatch.setattr(time, 'CLOCK_BOOTTIME', 7, raising=False)
    monkeypatch.setattr(time, 'clock_gettime', {7: 4711.5}.__getitem__, raising=False)
    assert (clock.mono(), clock.session('b')) == (4711.5, 'boottime:b')


@pytest.mark.parametrize(('platform', 'session'), [('win32', 'boottime:b'), ('darwin', 'b')])
def test_session_tells_whether_it_does(monkeypatch, platform, session):
    monkeypatch.delattr(time, 'CLOCK_BOOTTIME', raising=False)
    monkeypatch.setattr(sys, 'platform', platform)
    assert clock.session('b') == session
    before = time.monotonic()
    assert before <= clock.mono() <= time.monotonic()
