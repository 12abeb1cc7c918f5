from datetime import datetime, timedelta

import pytest
from lib.host_step import STEPS, next_step

NOW = datetime(2026, 11, 23, 5)
LATER, BEFORE = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@pytest.mark.parametrize(('state', 'contact', 'expires_at', 'used', 'step'), [
    ('draft', 'none', None, False, 'issue_code'),
    ('draft', 'none', LATER, False, 'use_code'),
    ('draft', 'none', NOW, False, 'code_expired'),
    ('draft', 'none', BEFORE, False, 'code_expired'),
    ('draft', 'none', LATER, True, 'issue_code'),
    ('pending', 'none', LATER, True, 'confirm'),
    ('pending', 'none', BEFORE, False, 'confirm'),
    ('active', 'waiting', LATER, True, 'wait'),
    ('active', 'heard', BEFORE, True, 'fine'),
    ('active', 'silent', None, False, 'silent'),
    ('revoked', 'none', None, False, 'enrol_again'),
    ('revoked', 'none', LATER, False, 'use_code'),
    ('revoked', 'none', BEFORE, False, 'code_expired'),
    ('revoked', 'none', BEFORE, True, 'enrol_again'),
])
def test_the_next_step_follows_from_the_state(state, contact, expires_at, used, step):
    assert next_step(state, contact, expires_at, used, NOW) == step
    assert step in STEPS
