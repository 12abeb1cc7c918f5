"""A UPS behind a NUT server (``upsd``): mains or battery, charge, minutes left, and what it complains about. Readings only.

Asked are all variables of one UPS, without a login; nothing is ever set or commanded. ``ups.status`` is a set of words. ``OL`` alone is fine.
On battery (``OB``) is a warning once it has lasted ``debounce_s``; it is critical with ``LB``, below ``crit_charge_pct`` or ``min_runtime_s``, or
after 60 % of ``measured_runtime_s``. That counts from the first ``OB`` on, over restarts of the agent too, until the mains have been back for
10 minutes: a flapping mains is one outage. ``FSD`` (shutdown announced), ``LB`` without ``OL`` and ``OFF`` are critical at once, and so is
``BYPASS`` on battery. ``RB``, ``OVER``, ``BYPASS``, ``CAL``, ``HB``, ``ALARM``, ``LB`` while charging after an outage, and half an hour of
``TRIM`` or ``BOOST`` are warnings. ``WAIT``, no word, a word this agent does not know, and neither mains nor battery are unknown.

Judged is only what this UPS has: many tell neither charge nor minutes. What it once told and no longer tells is unknown, and so is a number that
cannot be (charge 300, a negative voltage); a missing one is never 0. Time on battery is judged for every UPS: measure ``measured_runtime_s`` by a
drill. A driver may guess charge and minutes from the voltage; where it cannot read them, it may go on giving old ones.

How old a reading can be is upsd's own affair: it gives the last values of a hung driver for ``MAXAGE`` seconds and a few (15 by default, set in
``upsd.conf``; leave it at that) and then says that they are stale: unknown. So are a driver that is gone or is looking for its UPS, an upsd that
refuses, hangs or talks garbage, and a UPS name that upsd does not have (the words list those it has).

Another shutdown program (upsmon, UPSilon) may act on the same UPS: know its limits. The connection is in the clear: this host or a network you trust.

Tried on: upsd and dummy-ups of NUT 2.8.0, a driver frozen and killed, upsd ended. Not tried on the real thing: a UPS, and NUT on Windows.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass

from .. import time_limit
from ..errors import SourceUnavailable
from ..judge import seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State, worst
from ._connection import refuse_wrong_target
from ._nut_client import ask

# Metric, NUT's variable, the least and most that can be true.
NUMBERS = (
    ('charge_pct', 'battery.charge', 0, 100), ('runtime_s', 'battery.runtime', 0, 7 * 86400), ('load_pct', 'ups.load', 0, 300),
    ('input_v', 'input.voltage', 0, 1000), ('battery_v', 'battery.voltage', 0.1, 1000))
# What makes another UPS or another driver of the same name.
IDENTITY = ('device.mfr', 'device.model', 'device.serial', 'driver.name', 'driver.version')
KNOWN = {'OL', 'OB', 'LB', 'HB', 'RB', 'CHRG', 'DISCHRG', 'BYPASS', 'CAL', 'OFF', 'OVER', 'TRIM', 'BOOST', 'FSD', 'ALARM', 'ECO'}
PLAIN_WARNINGS = {
    'RB': "the battery needs to be replaced", 'OVER': "overloaded", 'BYPASS': "on bypass: the battery does not protect", 'CAL': "calibrating its battery",
    'HB': "the battery voltage is too high"}
SETTLED_S = 600
TRIM_S = 1800
SHARE_OF_RUNTIME = 0.6
TIMEOUT_S = 3.0


@dataclass(frozen=True)
class UpsNutSettings:
    """Which UPS, and when its battery is too far down."""

    ups: str = setting('str', help="Name of the UPS in ups.conf.")
    host: str = setting('str', '127.0.0.1', help="Host on which upsd runs.")
    port: int = setting('int', 3493, help="Port of upsd.")
    crit_charge_pct: float = setting('float', 30.0, help="On battery, a charge below this is critical.")
    min_runtime_s: float = setting('float', 180.0, help="On battery, less time left than this is critical.")
    measured_runtime_s: float = setting('float', 600.0, help="How long it carried the load in the last drill; 60 % of it on battery is critical.")
    debounce_s: float = setting('float', 5.0, help="Shorter on battery than this is no warning, at most 60.")

    def __post_init__(self):
        if not re.fullmatch(r'[^\s"\\@:\x00-\x1f\x7f-\U0010ffff]{1,64}', self.ups):
            raise ValueError("ups: expected its name alone, without @ and host")
        refuse_wrong_target(self.host, self.port)
        if not 0 <= self.crit_charge_pct <= 100:
            raise ValueError("crit_charge_pct: expected 0 to 100")
        if not 0 <= self.min_runtime_s <= 86400:
            raise ValueError("min_runtime_s: expected 0 to 86400")
        if not 0 < self.measured_runtime_s <= 7 * 86400:
            raise ValueError("measured_runtime_s: expected more than 0 and at most a week")
        if not 0 <= self.debounce_s <= 60:
            raise ValueError("debounce_s: expected 0 to 60")


@dataclass(frozen=True)
class Status:
    """What a UPS tells: the words of its status, its numbers (None: told, but it cannot be true), and its own alarm in words."""

    words: frozenset
    values: dict
    alarm: str = ''


# What `query` gives:
#
#     {'ups.status': 'OB DISCHRG', 'battery.charge': '60', 'battery.runtime': '410', 'input.voltage': '0.0', 'device.mfr': 'Dummy Manufacturer', …}

def parse(variables: dict) -> Status:
    """Return what these variables tell. Pure.

    :raises SourceUnavailable: they tell nothing about now
    """
    words = frozenset(variables.get('ups.status', '').split())
    if not words:
        raise SourceUnavailable("the UPS tells no status")
    if 'WAIT' in words:
        raise SourceUnavailable("the driver has just been started and knows nothing yet")
    if variables.get('driver.state') == 'reconnect.trying':
        raise SourceUnavailable("the driver has lost its UPS and looks for it; what it says is old")
    values = {metric: number(variables[name], least, most) for metric, name, least, most in NUMBERS if name in variables}
    return Status(words, values, ' '.join(variables.get('ups.alarm', '').split())[:100] if 'ALARM' in words else '')


def number(text: str, least: float, most: float) -> float | None:
    """Return a number that can be true, else None.

    >>> number('100.0', 0, 100), number('-1.08', 0, 1000), number('nan', 0, 100), number('12V', 0, 100)
    (100.0, None, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if least <= value <= most else None


def remember(kept: dict, variables: dict, status: Status, settings: UpsNutSettings, now: float) -> list[str]:
    """Bring what is kept of this UPS up to date; return the metrics that it once had and has no longer.

    :param kept: ``{'ups', 'device', 'has', 'on_battery_since', 'mains_since', 'seen', 'trim_since'}``, times in seconds since 1970; empty at first
    """
    ups = [settings.host, settings.port, settings.ups]
    if kept.get('ups') != ups:
        kept.clear()
        kept['ups'] = ups
    device = [variables.get(name, '') for name in IDENTITY]
    if kept.get('device') != device:
        kept.update(device=device, has=[])
    kept['has'] = sorted({*kept['has'], *status.values})
    for key in ('on_battery_since', 'mains_since', 'seen', 'trim_since'):
        # A clock that was set back must not make an outage last for ever, nor shorter than nothing.
        if key in kept and kept[key] > now:
            kept[key] = now
    if is_over(kept, settings, now):
        for key in ('on_battery_since', 'mains_since', 'seen'):
            kept.pop(key, None)
    if 'OB' in status.words:
        kept.setdefault('on_battery_since', now)
        kept.pop('mains_since', None)
    elif 'on_battery_since' in kept and 'OL' in status.words:
        kept.setdefault('mains_since', now)
    if 'on_battery_since' in kept:
        kept['seen'] = now
    if status.words & {'TRIM', 'BOOST'}:
        kept.setdefault('trim_since', now)
    else:
        kept.pop('trim_since', None)
    return [metric for metric in kept['has'] if metric not in status.values]


def is_over(kept: dict, settings: UpsNutSettings, now: float) -> bool:
    """Tell whether the outage that is kept has ended: the mains held, or nobody looked for longer than any battery lasts."""
    return (now - kept.get('mains_since', now) >= SETTLED_S
            or now - kept.get('seen', now) > max(SETTLED_S, settings.measured_runtime_s))


def findings(status: Status, kept: dict, settings: UpsNutSettings, now: float) -> list[tuple[State, str]]:
    """Return everything that is to be said about a UPS, each with its state. Pure."""
    words = status.words
    found = [(State.WARNING, text) for word, text in PLAIN_WARNINGS.items() if word in words]
    if 'ALARM' in words:
        found.append((State.WARNING, f"alarm: {status.alarm or 'it does not say of what'}"))
    if 'FSD' in words:
        found.append((State.CRITICAL, "its shutdown has been announced (FSD)"))
    if 'OFF' in words:
        found.append((State.CRITICAL, "its output is off"))
    if 'OB' in words:
        found += on_battery(status, kept, settings, now)
    elif 'LB' in words:
        found.append((State.WARNING, "the battery is low and charging") if 'OL' in words else (State.CRITICAL, "the battery is low"))
    if now - kept.get('trim_since', now) > TRIM_S:
        found.append((State.WARNING, f"corrects the mains' voltage for {seconds_text(now - kept['trim_since'])}"))
    if strange := sorted(words - KNOWN):
        found.append((State.UNKNOWN, f"says {' '.join(strange)[:80]}, which this agent does not know"))
    if not words & {'OL', 'OB', 'OFF', 'BYPASS'}:
        found.append((State.UNKNOWN, f"tells neither mains nor battery ({' '.join(sorted(words))[:80]})"))
    return found


def on_battery(status: Status, kept: dict, settings: UpsNutSettings, now: float) -> list[tuple[State, str]]:
    """Return what is to be said while the battery carries the load."""
    charge, runtime = status.values.get('charge_pct'), status.values.get('runtime_s')
    lasted = now - kept['on_battery_since']
    found = [(State.OK if lasted < settings.debounce_s else State.WARNING, f"on battery for {seconds_text(lasted)}")]
    if 'LB' in status.words:
        found.append((State.CRITICAL, "the battery is low"))
    if 'BYPASS' in status.words:
        found.append((State.CRITICAL, "on bypass without mains"))
    if charge is not None and charge < settings.crit_charge_pct:
        found.append((State.CRITICAL, f"charge {charge:g} % < {settings.crit_charge_pct:g} %"))
    if runtime is not None and runtime < settings.min_runtime_s:
        found.append((State.CRITICAL, f"{seconds_text(runtime)} left < {seconds_text(settings.min_runtime_s)}"))
    if lasted > SHARE_OF_RUNTIME * settings.measured_runtime_s:
        found.append((State.CRITICAL, f"more than 60 % of the {seconds_text(settings.measured_runtime_s)} that it lasts"))
    return found + [(State.UNKNOWN, f"the {name} it tells cannot be true") for metric, name in (('charge_pct', "charge"), ('runtime_s', "time left"))
                    if metric in status.values and status.values[metric] is None]


def judge(status: Status, lost, kept: dict, settings: UpsNutSettings, now: float) -> Reading:
    """Return the reading of one look. Pure.

    :param lost: metrics that this UPS once had and no longer has
    """
    found = findings(status, kept, settings, now)
    if lost:
        found.append((State.UNKNOWN, f"no longer tells {', '.join(lost)}"))
    values = {**status.values, **dict.fromkeys(lost)}
    if 'OB' in status.words:
        values.update(on_mains=0, on_battery_s=round(now - kept['on_battery_since'], 1))
    elif 'OL' in status.words:
        values.update(on_mains=1, on_battery_s=0)
    state = worst(one for one, _text in found)
    found.sort(key=lambda pair: -pair[0].severity)
    text = '; '.join(text for one, text in found if state == State.OK or one != State.OK)
    if state == State.OK and 'on_battery_since' in kept and 'OL' in status.words:
        text = "mains again, after an outage"
    return Reading('', values, state, text)


def query(settings: UpsNutSettings, kept: dict) -> dict:
    """Return the variables of the UPS. When it has just gone to battery, wait whether that lasts: an outage must not wait for the next look.

    :raises SourceUnavailable: upsd or its driver cannot tell
    """
    def ask_once():
        return ask(settings.host, settings.port, settings.ups, time_limit.left(TIMEOUT_S))

    variables = ask_once()
    words = set(variables.get('ups.status', '').split())
    if 'OB' not in words or words & {'LB', 'FSD'} or 'on_battery_since' in kept:
        return variables
    remember(kept, variables, parse(variables), settings, time.time())
    if time_limit.left(settings.debounce_s, TIMEOUT_S) < settings.debounce_s:
        return variables
    time.sleep(settings.debounce_s)
    try:
        return ask_once()
    except SourceUnavailable:
        return variables


@collector(
    'ups_nut', title="UPS (NUT)", help="Mains or battery, charge and minutes left of a UPS, as upsd tells them.",
    settings=UpsNutSettings,
    metrics=[
        Metric('on_mains', '', "1 on mains, 0 on battery."),
        Metric('on_battery_s', 's', "How long this outage has lasted, 0 on mains."),
        Metric('charge_pct', '%', "Charge of the battery."),
        Metric('runtime_s', 's', "How long the battery will last, as the UPS guesses."),
        Metric('load_pct', '%', "Load, as a share of what the UPS can carry."),
        Metric('input_v', 'V', "Voltage of the mains."),
        Metric('battery_v', 'V', "Voltage of the battery."),
    ],
    limits=[Limit('charge_pct', '<', 60, None), Limit('load_pct', '>', 80, 100)],
)
def collect(settings: UpsNutSettings, memory: dict):
    """Ask upsd once, twice when the battery has just begun to carry the load."""
    kept = memory['kept']
    try:
        variables = query(settings, kept)
        status, now = parse(variables), time.time()
    except SourceUnavailable as error:
        if 'on_battery_since' not in kept or 'mains_since' in kept:
            raise
        raise SourceUnavailable(f"{error}; its last word was: on battery") from error
    lost = remember(kept, variables, status, settings, now)
    yield judge(status, lost, kept, settings, now)
