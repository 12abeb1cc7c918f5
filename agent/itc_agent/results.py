"""What collectors say (:class:`Reading`) and what is made of it (:class:`Result`)."""
from __future__ import annotations

import enum
from dataclasses import dataclass, field


class State(enum.IntEnum):
    """Nagios' codes; the number is what goes over the wire."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def severity(self) -> int:
        """Rank for "the worst of": ok, warning, unknown, critical."""
        return (0, 1, 3, 2)[self.value]

    @property
    def word(self) -> str:
        return self.name.lower()


def worst(states) -> State:
    """Return the most severe of ``states``; ok when there is none."""
    return max(states, key=lambda state: state.severity, default=State.OK)


@dataclass(frozen=True)
class Reading:
    """One thing a collector looked at.

    :param item: its name within the check (a mount point, a service), empty when the check looks at one thing only
    :param values: metric name to number; a metric that does not exist here is left out,
        one that exists and could not be read is None
    :param finding: what the collector knows by itself, whatever the limits (a pinned volume is missing: critical)
    :param text: one sentence for people; the reason when ``finding`` is not ok
    :param backups: what lies in a place of backups: the data of an event ``backup_files`` but for its check
    """

    item: str = ''
    values: dict = field(default_factory=dict)
    finding: State = State.OK
    text: str = ''
    backups: dict | None = None


@dataclass(frozen=True)
class Limit:
    """``value op limit`` makes the state; ``op`` is ``<`` or ``>``; a limit may be None."""

    metric: str
    op: str
    warning: float | None = None
    critical: float | None = None
    item: str = '*'

    def as_dict(self) -> dict:
        return {'metric': self.metric, 'op': self.op, 'warning': self.warning, 'critical': self.critical}


@dataclass(frozen=True)
class Check:
    """One thing to look at regularly, as the server configured it.

    :param ident: the server's number; None for a local one
    :param limits: tuple of :class:`Limit`
    :param problem: why it cannot be run at all (unknown kind, refused settings), else empty
    """

    ident: int | None
    name: str
    kind: str
    every_s: float
    timeout_s: float
    settings: object = None
    limits: tuple = ()
    problem: str = ''


@dataclass(frozen=True)
class Result:
    """A judged check: the worst state, a sentence, and the readings it rests on."""

    check: Check
    state: State
    summary: str
    readings: tuple = ()
    took_s: float = 0.0
