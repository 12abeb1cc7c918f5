"""Whether a port takes connections, and how fast.

The connection is opened and closed at once; nothing is sent. Refused is critical: the machine is there and nothing listens, on this machine
itself that is proof. No answer within ``timeout_s`` (or the check's own time limit, if that is shorter) is critical too. A name that cannot be
resolved, a network that cannot be reached, or a connection that this machine cannot or may not make is unknown: the other one may be well. A check
that asks whether this machine gets out says ``cut_off_is_down``: that no network leads there, as a router without internet says, is critical then.

Tried on: listeners that answer, refuse, hang and drop, on Linux.
"""
from __future__ import annotations

import time
from dataclasses import dataclass

from .. import time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._connection import CUT_OFF, connect, refuse_wrong_target


@dataclass(frozen=True)
class TcpSettings:
    """Where to connect to."""

    port: int = setting('int', help="Port number, 1 to 65535.")
    host: str = setting('str', '127.0.0.1', help="Host name or address.")
    timeout_s: float = setting('float', 5.0, help="How long to wait for the connection, at most 60; all addresses of the host together.")
    cut_off_is_down: bool = setting('bool', False, help="Whether it is critical, too, that no network leads there: it is asked if this machine gets out.")

    def __post_init__(self):
        refuse_wrong_target(self.host, self.port, self.timeout_s)


def parse(outcome, took_s: float, settings: TcpSettings) -> Reading:
    """Return the reading for what connecting came to. Pure.

    :param outcome: None for a connection, else the OSError of the other side
    """
    where = f"{settings.host} port {settings.port}"
    if outcome is None:
        return Reading('', {'up': 1, 'connect_ms': round(took_s * 1000, 2)})
    if isinstance(outcome, ConnectionRefusedError):
        return Reading('', {'up': 0}, State.CRITICAL, f"{where}: refused, nothing listens there")
    if isinstance(outcome, TimeoutError):
        return Reading('', {'up': 0}, State.CRITICAL, f"{where}: no answer within {took_s:.1f} s")
    return Reading('', {'up': 0}, State.CRITICAL, f"{where}: {outcome.strerror or outcome}")


def query(settings: TcpSettings) -> tuple[OSError | None, float]:
    """Connect and hang up; return the error or None, and the seconds it took.

    :raises SourceUnavailable: the error is on our side
    """
    started = time.monotonic()
    try:
        connect(settings.host, settings.port, time_limit.left(settings.timeout_s)).close()
    except OSError as error:
        return error, time.monotonic() - started
    except SourceUnavailable as error:
        if settings.cut_off_is_down and getattr(error.__cause__, 'errno', None) in CUT_OFF:
            return error.__cause__, time.monotonic() - started
        raise
    return None, time.monotonic() - started


@collector(
    'tcp', title="TCP port", help="Whether a port takes connections, and how fast.",
    settings=TcpSettings,
    metrics=[
        Metric('up', '', "1 when the connection came about, 0 otherwise."),
        Metric('connect_ms', 'ms', "Time to the connection."),
    ],
    limits=[Limit('connect_ms', '>', 1000, None)],
)
def collect(settings: TcpSettings, memory: dict):
    """Connect once."""
    yield parse(*query(settings), settings)
