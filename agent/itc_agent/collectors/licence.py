"""How long a licence is still valid: a day that somebody has read on site and put into ``valid_until``. It counts to its end.

No program is asked: the few that tell the day of their licence tell it each in a way of its own, in a window. So this knows what was entered and no
more; after a renewal put in the new day. Warned is long enough before for an order to go through (60 days, critical from 7 on, by the limits below),
and when the day is over it is critical.

What is no day as the agent reads it (``2027-03-31``) is unknown, and the words say how a day is written; “Try now” shows that before it is saved.
The days are counted by this machine's own clock: one that says a time before 2024 has lost it, and the answer is unknown. The kind ``agent`` watches
how far the clock is off.

Tried on: days and clocks as they are told to it. There is nothing real to ask.
"""
from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from datetime import date

from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State

FIRST_YEAR = 2024


@dataclass(frozen=True)
class LicenceSettings:
    """Until when."""

    valid_until: str = setting('str', help="Last day on which the licence is valid, as 2027-03-31.")

    def __post_init__(self):
        parse_day(self.valid_until)


def parse_day(text: str) -> date:
    """Return a day. :raises ValueError: it is none, or is written in another way

    >>> parse_day(' 2027-03-31 ')
    datetime.date(2027, 3, 31)
    """
    with contextlib.suppress(ValueError):  # a thirtieth of February
        if re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text.strip()):
            return date.fromisoformat(text.strip())
    raise ValueError(f"valid_until: expected a day such as 2027-03-31, got {text!r}")


# The whole of what there is to read: the day that was entered, and today.

def parse(last_day: date, today: date) -> Reading:
    """Return the reading of a day. Pure. :raises SourceUnavailable: today cannot be today"""
    if today.year < FIRST_YEAR:
        raise SourceUnavailable(f"this machine's clock says {today}, which cannot be")
    left = (last_day - today).days
    if left < 0:
        return Reading('', {'left_days': left}, State.CRITICAL, f"was valid until {last_day}, {counted(-left, 'day')} ago")
    return Reading('', {'left_days': left}, State.OK, f"valid until {last_day}" if left else f"{last_day}, its last day, is today")


@collector(
    'licence', title="Licence date", help="How many days a licence is still valid, by the day that somebody entered.",
    settings=LicenceSettings,
    metrics=[Metric('left_days', 'd', "Days until the last day of the licence, below 0 when it is over.")],
    limits=[Limit('left_days', '<', 60, 7)],
    every_s=3600,
)
def collect(settings: LicenceSettings, memory: dict):
    """Count the days."""
    today = date.fromtimestamp(time.time())  # noqa: DTZ012  a licence ends by the clock on the wall
    yield parse(parse_day(settings.valid_until), today)
