"""What this Odoo finds of itself: from figures to a state. Pure; ages in seconds, states by name.

Each answer is ``(state, figure)``; what could not be looked at never comes here: that is unknown, and the caller's to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LATE_INTERVALS = 3
MAIL_WARNING_S, MAIL_CRITICAL_S = 2 * 3600, 6 * 3600  # Odoo's own job sends what waits each hour
WITNESS_WARNING_S, WITNESS_CRITICAL_S = 3600, 24 * 3600
SEAL_CRITICAL_S = 3600
OUTBOX_CRITICAL_S, ALERTS_CRITICAL_S = 600, 600


@dataclass(frozen=True, slots=True)
class Job:
    """A job as Odoo keeps it.

    :param idle_s: seconds since it ran last, or since it should first have run
    :param failures: times in a row that it failed
    """

    name: str
    interval_s: float
    idle_s: float
    failures: int = 0
    is_active: bool = True

    @property
    def is_late(self) -> bool:
        return self.is_active and self.idle_s > LATE_INTERVALS * self.interval_s


def jobs(found: Iterable[Job]) -> str:
    """Return the state of some jobs: one that is late or was switched off does nothing any more, one that fails may do so.

    >>> jobs([Job("Judge", 60, 181)]), jobs([Job("Judge", 60, 180, failures=1)]), jobs([Job("Judge", 60, 20)])
    ('critical', 'warning', 'ok')
    """
    found = list(found)
    if not found:
        return 'unknown'
    if any(job.is_late or not job.is_active for job in found):
        return 'critical'
    return 'warning' if any(job.failures for job in found) else 'ok'


def mail(oldest_s: float, failed: int) -> str:
    """Return the state of the mail queue.

    :param oldest_s: age of the oldest mail that waits, 0 of none
    :param failed: mails of the last days that could not be sent

    >>> mail(0, 0), mail(3 * 3600, 0), mail(0, 1), mail(7 * 3600, 0)
    ('ok', 'warning', 'warning', 'critical')
    """
    if oldest_s > MAIL_CRITICAL_S:
        return 'critical'
    return 'warning' if failed or oldest_s > MAIL_WARNING_S else 'ok'


def hosts(silent: int, active: int) -> str:
    """Return the state of the hosts that report: all of them silent is Odoo's, or the network's, trouble.

    >>> hosts(0, 3), hosts(1, 3), hosts(3, 3), hosts(0, 0)
    ('ok', 'warning', 'critical', 'ok')
    """
    if not silent:
        return 'ok'
    return 'critical' if silent == active else 'warning'


def evidence(waiting_s: float, unseen_s: float | None, is_witnessed: bool) -> str:
    """Return the state of a log of evidence.

    :param waiting_s: how long the oldest event waits to be sealed, 0 of none
    :param unseen_s: how long the oldest event has been sealed that no host can have witnessed, None of none
    :param is_witnessed: there is a host that witnesses

    >>> evidence(0, None, True), evidence(0, 7200, True), evidence(0, 90000, True), evidence(4000, None, True), evidence(0, 5, False)
    ('ok', 'warning', 'critical', 'critical', 'warning')
    """
    if waiting_s > SEAL_CRITICAL_S:
        return 'critical'
    if unseen_s is None:
        return 'ok'
    if is_witnessed and unseen_s > WITNESS_CRITICAL_S:
        return 'critical'
    return 'warning' if not is_witnessed or unseen_s > WITNESS_WARNING_S else 'ok'


def outbox(oldest_s: float, dead: int, unconfirmed: int) -> str:
    """Return the state of the ways out.

    :param oldest_s: for how long the oldest message that could go has waited, 0 of none
    :param dead: messages that were not delivered and that nobody has looked at
    :param unconfirmed: channels of which nobody confirmed in time that a test arrived

    >>> outbox(0, 0, 0), outbox(700, 0, 0), outbox(0, 1, 0), outbox(0, 0, 1)
    ('ok', 'critical', 'critical', 'warning')
    """
    if dead or oldest_s > OUTBOX_CRITICAL_S:
        return 'critical'
    return 'warning' if unconfirmed else 'ok'


def alerts(untold_s: float, missing_s: float) -> str:
    """Return whether alerts follow what is bad, and people hear of them.

    :param untold_s: by how long the next message of an alert is late, 0 of none
    :param missing_s: for how long something has been bad for certain without an alert, 0 of none

    >>> alerts(60, 60), alerts(601, 0), alerts(0, 601)
    ('ok', 'critical', 'critical')
    """
    return 'critical' if max(untold_s, missing_s) > ALERTS_CRITICAL_S else 'ok'
