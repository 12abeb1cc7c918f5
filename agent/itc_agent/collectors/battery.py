"""The battery of this machine itself: a laptop's, or a UPS that the system counts as one (many on USB under Windows).

``on_mains`` tells whether power comes in. Without it is a warning; charge and time left are judged by the limits below, and without mains a charge
below ``crit_charge_pct`` or a time left below ``min_runtime_s`` is critical. The time left is the system's guess, and missing for the first
minutes. Where the system does not say whether power comes in, or gives a charge that cannot be, the answer is unknown.

A machine without a battery is unknown, not fine: this check was made because one is expected, and a UPS whose cable came off looks the same.
The system does not tell how old its values are.

Tried on: constructed values and a folder as Linux has it. Not tried on the real thing: a battery, and a UPS under Windows.
"""
from __future__ import annotations

from dataclasses import dataclass

from ..errors import SourceUnavailable
from ..judge import seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State, worst


@dataclass(frozen=True)
class BatterySettings:
    """When the battery is too far down."""

    crit_charge_pct: float = setting('float', 30.0, help="Without mains, a charge below this is critical.")
    min_runtime_s: float = setting('float', 180.0, help="Without mains, less time left than this is critical.")

    def __post_init__(self):
        if not 0 <= self.crit_charge_pct <= 100:
            raise ValueError("crit_charge_pct: expected 0 to 100")
        if not 0 <= self.min_runtime_s <= 86400:
            raise ValueError("min_runtime_s: expected 0 to 86400")


# What `query` gives, of psutil: per cent, seconds left (-1 unknown, -2 on mains), mains (None: cannot be told)
#
#     for example: sbattery(percent=93, secsleft=16628, power_plugged=False)

def parse(battery, settings: BatterySettings) -> Reading:
    """Return the reading of a battery as psutil gives it. Pure.

    :param battery: None where there is none
    :raises SourceUnavailable: there is none
    """
    if battery is None:
        raise SourceUnavailable("this machine tells of no battery: it has none, or the cable of its UPS came off")
    # A worn battery counts a little over 100.
    charge = min(battery.percent, 100) if isinstance(battery.percent, (int, float)) and 0 <= battery.percent <= 110 else None
    values = {'charge_pct': None if charge is None else round(charge, 1)}
    found = [] if charge is not None else [(State.UNKNOWN, "its charge cannot be told")]
    if battery.power_plugged is None:
        return Reading('', values, State.UNKNOWN, "the system does not tell whether power comes in")
    values['on_mains'] = int(bool(battery.power_plugged))
    if not battery.power_plugged:
        left = battery.secsleft if isinstance(battery.secsleft, (int, float)) and battery.secsleft >= 0 else None
        if left is not None:
            values['runtime_s'] = int(left)
        found += without_mains(charge, left, settings)
    found.sort(key=lambda pair: -pair[0].severity)
    return Reading('', values, worst(state for state, _text in found), '; '.join(text for _state, text in found))


def without_mains(charge, left, settings: BatterySettings) -> list[tuple[State, str]]:
    """Return what is to be said while the battery carries the load; None is what cannot be told."""
    found = [(State.WARNING, "no mains")]
    if charge is not None and charge < settings.crit_charge_pct:
        found.append((State.CRITICAL, f"charge {charge:g} % < {settings.crit_charge_pct:g} %"))
    if left is not None and left < settings.min_runtime_s:
        found.append((State.CRITICAL, f"{seconds_text(left)} left < {seconds_text(settings.min_runtime_s)}"))
    return found


def query():
    """Return the battery as psutil gives it, None where there is none.

    :raises SourceUnavailable: the system does not tell
    """
    import psutil

    from ._unreadable import UNREADABLE
    if not hasattr(psutil, 'sensors_battery'):
        raise SourceUnavailable("this system does not tell of batteries")
    try:
        return psutil.sensors_battery()
    except UNREADABLE as error:
        raise SourceUnavailable(f"the battery cannot be read: {error}") from error


@collector(
    'battery', title="Battery", help="Mains, charge and time left of this machine's own battery, or of a UPS that the system counts as one.",
    settings=BatterySettings,
    metrics=[
        Metric('on_mains', '', "1 with mains, 0 without."),
        Metric('charge_pct', '%', "Charge of the battery."),
        Metric('runtime_s', 's', "Without mains: how long the battery will last, as the system guesses."),
    ],
    limits=[Limit('charge_pct', '<', 60, None)],
)
def collect(settings: BatterySettings, memory: dict):
    """Ask the system once."""
    yield parse(query(), settings)
