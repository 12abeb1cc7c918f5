"""Volumes of a real Windows, or what Wine shows of one."""
import os
import re

import pytest

from itc_agent import volume_identity, volumes
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

pytestmark = pytest.mark.skipif(os.name != 'nt', reason="drives are of Windows")


def run(**settings):
    return look(make_check(1, 'disk', 'disk', 60, 30, settings, []), {}, {})


def test_the_system_drive_is_pinned_by_the_serial_number_it_tells():
    serial = volume_identity.serial_of('C:\\')
    assert re.fullmatch('[0-9A-F]{4}-[0-9A-F]{4}', serial)
    assert run(include=['C:'], pinned=[f'C:={serial}']).state == State.OK
    other = run(include=['C:'], pinned=['C:=DEAD-BEEF'])
    assert (other.state, f"another volume is here: {serial} instead of DEAD-BEEF" in other.summary) == (State.WARNING, True)
    assert run(include=[f'SERIAL={serial.lower()}']).readings[0].item == 'C:\\'
    assert run(include=['SERIAL=DEAD-BEEF']).state in (State.CRITICAL, State.UNKNOWN)  # unknown where another drive does not tell its own


def test_a_drive_that_is_not_there_is_critical_also_when_it_is_pinned():
    for settings in ({'include': ['Q:']}, {'include': ['C:'], 'pinned': ['Q:=1A2B-3C4D']}):
        assert run(**settings).state == State.CRITICAL
    with pytest.raises(OSError):
        volume_identity.serial_of('Q:\\')


def test_the_kind_of_medium_is_told_or_unknown():
    assert volume_identity.media_of(volumes.Mount('C:\\', 'C:\\', 'NTFS', 'C:\\', 'local')) in volume_identity.MEDIA
    assert volume_identity.media_of(volumes.Mount('Q:\\', 'Q:\\', 'NTFS', 'Q:\\', 'local')) == 'unknown'


def test_the_letters_of_this_machines_own_drives_are_no_shares():
    assert re.match(r'\\Device\\|\\\?\?\\', volumes.dos_device('C:')) and volumes.dos_device('Q:') == ''
    assert 'C:\\' not in {mount.point for mount in volumes.network_drives(volumes.dos_device)}
    assert {mount.role for mount in volumes.read_mounts() if mount.point == 'C:\\'} == {'local'}
