"""What somebody does next to let a host report: make a code, use it there, compare the key, wait, look why it is silent."""

from datetime import datetime

STEPS = ('issue_code', 'use_code', 'code_expired', 'confirm', 'wait', 'silent', 'enrol_again', 'fine')


def next_step(state: str, contact: str, code_expires_at: datetime | None, code_used: bool, now: datetime) -> str:
    """Return one of ``STEPS`` for a host.

    :param state: ``draft``, ``pending``, ``active`` or ``revoked``
    :param contact: ``heard``, ``waiting``, ``silent`` or ``none``
    :param code_expires_at: naive UTC until which the newest enrolment code may be used; None when none was made

    >>> next_step('draft', 'none', datetime(2026, 11, 24), False, datetime(2026, 11, 23))
    'use_code'
    """
    if state == 'pending':
        return 'confirm'
    if state == 'active':
        return {'waiting': 'wait', 'silent': 'silent'}.get(contact, 'fine')
    if code_expires_at and not code_used:
        return 'use_code' if now < code_expires_at else 'code_expired'
    return 'enrol_again' if state == 'revoked' else 'issue_code'
