"""Whether a part of the set-up is done: decisions about plain facts, without Odoo and without a clock."""

from collections.abc import Collection
from datetime import date, timedelta

DONE, OPEN, UNKNOWN = STATES = ('done', 'open', 'unknown')

# What watches from outside is asked for again after so many days: subscriptions end, and nobody is told.
WATCHER_ASKED_AGAIN_DAYS = 180

# Time zones that a company has only because nobody has chosen one.
UNCHOSEN_ZONES = ('UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'Etc/UCT', 'Etc/Zulu', 'UCT', 'Zulu')


def clock(tz: str | None, calendar_tz: str | None, has_hours: bool) -> str:
    """Return what is wrong with a company's clock and working hours: ``unchosen``, ``no_hours``, ``differs``, '' when nothing is.

    >>> clock('UTC', 'UTC', True), clock('Africa/Addis_Ababa', 'UTC', True), clock('Africa/Accra', 'Africa/Accra', True)
    ('unchosen', 'differs', '')
    """
    if not tz or tz in UNCHOSEN_ZONES:
        return 'unchosen'
    if not has_hours:
        return 'no_hours'
    return 'differs' if calendar_tz != tz else ''


def watcher(confirmed_on: date | None, today: date) -> str:
    """Return what is known of who watches from outside: ``never``, ``long_ago``, or '' while somebody said so lately.

    >>> watcher(None, date(2026, 11, 28)), watcher(date(2026, 11, 1), date(2026, 11, 28))
    ('never', '')
    """
    if confirmed_on is None:
        return 'never'
    return 'long_ago' if today - confirmed_on > timedelta(days=WATCHER_ASKED_AGAIN_DAYS) else ''


def mail(servers: int, is_configured: bool, failed: int) -> str:
    """Return what is wrong with outgoing mail: ``none``, ``failing``, '' when nothing is.

    :param servers: outgoing servers that are set up in Odoo
    :param is_configured: the server's configuration or command line names one
    :param failed: mails of the last days that no server took
    """
    if not servers and not is_configured:
        return 'none'
    return 'failing' if failed else ''


def unverifiable(doers: Collection[int], verifiers: Collection[int]) -> set[int]:
    """Return those whose work nobody else may verify.

    >>> unverifiable({1, 2}, {1}), unverifiable({1, 2}, {1, 3}), unverifiable({1}, set())
    ({1}, set(), {1})
    """
    return {doer for doer in doers if not set(verifiers) - {doer}}


def host(contacts: Collection[str]) -> str:
    """Return how far the first host is: '' when one reports, else ``waiting``, ``silent``, ``pending``, ``draft`` or ``none``.

    :param contacts: of each host ``heard``, ``waiting`` or ``silent`` when it is trusted, else ``pending``, ``draft`` or ``revoked``
    """
    if 'heard' in contacts:
        return ''
    return next((one for one in ('pending', 'waiting', 'silent', 'draft') if one in contacts), 'none')


def proposals(is_waiting: bool, has_looked: bool) -> str:
    """Return what is wrong with what the hosts found: ``waiting`` for a decision, ``unseen`` when none has looked, '' when nothing is.

    >>> proposals(True, True), proposals(False, True), proposals(False, False)
    ('waiting', '', 'unseen')
    """
    return 'waiting' if is_waiting else '' if has_looked else 'unseen'
