"""What a running agent knows of itself and nobody else can look up: its spool is locked by it, its last contact is in its memory.

The agent makes one :class:`Own` and hands it to the runner, which gives it to the collector ``agent``. Outside of a running agent there is none.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import clock


@dataclass(frozen=True)
class Contact:
    """An acknowledged report.

    :param at: when its answer came, by :func:`clock.mono`
    :param server_offset_s: the server's clock less ours (``clock.mono``), so that it stays true when this machine's time is set;
        None when the answer told no time
    :param unsure_s: by how much the offset may be wrong, for the time the answer took
    """

    at: float
    server_offset_s: float | None = None
    unsure_s: float = 0.0


@dataclass(frozen=True)
class Own:
    """An agent at work.

    :param started: when it began, by ``clock.mono``
    :param contact: returns the last :class:`Contact`, None before the first one
    """

    spool: object
    state_dir: Path
    config_file: str
    started: float
    contact: object


def contact_of(answer: dict, sent: float, received: float) -> Contact:
    """Return the contact that an acknowledgement makes.

    :param sent, received: when the report left and the answer was there, by ``clock.mono``

    >>> contact_of({'server_now': '1970-01-01T00:01:40.000+00:00'}, 10.0, 12.0)
    Contact(at=12.0, server_offset_s=89.0, unsure_s=1.0)
    >>> contact_of({'server_now': 'noon'}, 10.0, 12.0).server_offset_s
    """
    try:
        told = datetime.fromisoformat(answer['server_now'])
        if told.tzinfo is None:
            return Contact(received)
        return Contact(received, told.timestamp() - (sent + received) / 2, (received - sent) / 2)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Contact(received)


def skew_s(contact: Contact, now: float) -> float | None:
    """Return by how many seconds this machine's clock is ahead of the server's (below 0: behind); None when the server never told.

    :param now: seconds since 1970, by this machine
    """
    if contact.server_offset_s is None:
        return None
    ahead = now - (contact.server_offset_s + clock.mono())
    return 0.0 if abs(ahead) <= contact.unsure_s else round(ahead, 1)
