from datetime import date, timedelta

import pytest
from lib import setup_state
from lib.setup_state import WATCHER_ASKED_AGAIN_DAYS

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(('tz', 'calendar_tz', 'has_hours', 'wrong'), [
    ('Africa/Addis_Ababa', 'Africa/Addis_Ababa', True, ''),
    ('Africa/Addis_Ababa', 'Africa/Addis_Ababa', False, 'no_hours'),
    ('Africa/Addis_Ababa', None, False, 'no_hours'),
    ('Africa/Addis_Ababa', 'Europe/Brussels', True, 'differs'),
    ('UTC', 'UTC', True, 'unchosen'),
    ('Etc/GMT', 'Etc/GMT', True, 'unchosen'),
    ('', 'Africa/Accra', True, 'unchosen'),
    (None, None, False, 'unchosen'),
    ('Africa/Accra', 'Africa/Accra', True, ''),  # the same hour as UTC, but somebody chose it
])
def test_clock(tz, calendar_tz, has_hours, wrong):
    assert setup_state.clock(tz, calendar_tz, has_hours) == wrong


@pytest.mark.parametrize(('days_ago', 'wrong'), [
    (None, 'never'), (0, ''), (WATCHER_ASKED_AGAIN_DAYS, ''), (WATCHER_ASKED_AGAIN_DAYS + 1, 'long_ago')])
def test_watcher_is_asked_for_again(days_ago, wrong):
    assert setup_state.watcher(None if days_ago is None else TODAY - timedelta(days=days_ago), TODAY) == wrong


@pytest.mark.parametrize(('servers', 'is_configured', 'failed', 'wrong'), [
    (0, False, 0, 'none'), (0, False, 3, 'none'), (1, False, 0, ''), (0, True, 0, ''), (1, False, 1, 'failing'), (0, True, 1, 'failing')])
def test_mail(servers, is_configured, failed, wrong):
    assert setup_state.mail(servers, is_configured, failed) == wrong


@pytest.mark.parametrize(('doers', 'verifiers', 'alone'), [
    (set(), set(), set()), ({1}, {2}, set()), ({1}, {1}, {1}), ({1, 2}, {1}, {1}), ({1, 2}, {1, 2}, set()), ({1, 2}, set(), {1, 2})])
def test_everybodys_work_needs_another_person_who_may_verify_it(doers, verifiers, alone):
    assert setup_state.unverifiable(doers, verifiers) == alone


@pytest.mark.parametrize(('contacts', 'step'), [
    ([], 'none'), (['revoked'], 'none'), (['draft'], 'draft'), (['draft', 'pending'], 'pending'), (['silent', 'draft'], 'silent'),
    (['waiting', 'silent'], 'waiting'), (['silent', 'heard'], ''), (['heard'], '')])
def test_first_host(contacts, step):
    assert setup_state.host(contacts) == step
