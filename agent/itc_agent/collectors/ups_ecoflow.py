"""An EcoFlow power station as UPS (DELTA 2 class, E980): mains, charge and time left, as EcoFlow's cloud tells them. Readings only.

The station has no interface of a UPS; its maker's cloud is asked, with the keys of a developer account (developer.ecoflow.com) to which the unit
is linked. ``secret`` is the name of a file in the folder ``secrets`` of the agent's state folder, with two lines, the access key and the secret key;
only the agent's user may read it. The keys go to ecoflow.com only. ``region`` is that of the account.

First ``online`` is asked, then the values: of a unit that is offline the cloud goes on giving old ones, so offline is unknown. An answer with an
error under HTTP 200, a wrong key, a wrong clock of this machine, no internet, an unknown unit and values that cannot be are unknown too. Values
that have not changed in any digit for ``max_same_s`` while the battery carries the load are old ones: unknown (on mains after six times as long).

Mains are judged by their voltage: at a full battery 0 W come in. Mains gone is a warning; it is critical below ``crit_charge_pct`` or
``min_runtime_s`` (twice what a shutdown takes), and so is a charge within 5 % of where the station switches off, mains or not. An AC output that
is switched off and an error code of the battery are warnings. What this unit does not tell is not judged; what it told once and no longer
tells is unknown.

The internet often goes with the mains: then this check is unknown just when it matters. Shut nothing down by it alone; a UPS of its own beside it
(``ups_nut``) tells the same without the cloud. Switching over takes 30 to 40 ms, longer than many power supplies bridge.

Tried on: a stand-in that checks signatures. Not tried on the real thing: EcoFlow's cloud and a station.
"""
from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass

from .. import host_secrets, time_limit
from ..errors import SourceUnavailable
from ..judge import seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State, worst
from ._ecoflow_client import ADDRESSES, ask, read_keys

TIMEOUT_S = 8.0
SAME_ON_MAINS = 6
# The keys go nowhere else, whatever the server says.
GOOD_ADDRESS = re.compile(r'https://([a-z0-9-]{1,63}\.){1,5}ecoflow\.com/?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/?')
CLOSE_TO_OFF_PCT = 5
# Metric, the keys that tell it (the first that there is), what makes one unit of it, and the most that can be true.
NUMBERS = (
    ('charge_pct', ('bms_emsStatus.lcdShowSoc', 'bms_bmsStatus.soc', 'pd.soc'), 1, 100),
    ('mains_v', ('inv.acInVol',), 1000, 300),
    ('input_w', ('inv.inputWatts',), 1, 20_000), ('output_w', ('inv.outputWatts',), 1, 20_000))
MINUTES_LEFT = ('bms_emsStatus.dsgRemainTime', 'pd.remainTime')
ENDLESS_MIN = 5900
SWITCHES_OFF_AT = ('bms_emsStatus.minDsgSoc', 'pd.minAcoutSoc')


@dataclass(frozen=True)
class UpsEcoflowSettings:
    """Which unit, with whose keys, and when it is too far down."""

    sn: str = setting('str', help="Serial number of the unit, as on its label.")
    secret: str = setting('str', help="Name of the file in the agent's secrets folder with two lines: access key, secret key.")
    region: str = setting('str', 'other', help="Region of the account: eu, us or other.")
    address: str = setting('str', '', help="Address of the cloud (https://….ecoflow.com), where none of the regions fits.")
    crit_charge_pct: float = setting('float', 25.0, help="Without mains, a charge below this is critical.")
    min_runtime_s: float = setting('float', 600.0, help="Without mains, less time left than this is critical.")
    mains_min_v: float = setting('float', 150.0, help="A lower voltage than this is no mains.")
    max_same_s: float = setting('float', 600.0, help="On battery, values that stay the same for longer are old ones.")

    def __post_init__(self):
        if not re.fullmatch('[A-Za-z0-9]{6,40}', self.sn):
            raise ValueError("sn: expected the serial number, letters and digits only")
        host_secrets.check_name(self.secret, 'secret')
        if self.region not in ADDRESSES:
            raise ValueError(f"region: expected one of {', '.join(ADDRESSES)}")
        if self.address and not GOOD_ADDRESS.fullmatch(self.address):
            raise ValueError("address: expected https:// and a host of ecoflow.com, without path; http:// only towards this machine")
        if not 0 <= self.crit_charge_pct <= 100:
            raise ValueError("crit_charge_pct: expected 0 to 100")
        if not 0 <= self.min_runtime_s <= 7 * 86400:
            raise ValueError("min_runtime_s: expected 0 to a week")
        if not 50 <= self.mains_min_v <= 250:
            raise ValueError("mains_min_v: expected 50 to 250")
        if not 60 <= self.max_same_s <= 86400:
            raise ValueError("max_same_s: expected 60 to 86400")

    @property
    def base(self) -> str:
        return (self.address or ADDRESSES[self.region]).rstrip('/')


# What the cloud answers; `query` gives the second (values as DELTA 2 units have them, which are millivolts, watts, per cent and minutes):
#
#     device/list: [{"sn": "R701TEST0000001", "online": 1, "productName": "DELTA 2"}]
#     quota/all: {"bms_emsStatus.lcdShowSoc": 87, "inv.acInVol": 228608, "inv.inputWatts": 40, "inv.outputWatts": 40, "inv.cfgAcEnabled": 1,
#      "bms_emsStatus.dsgRemainTime": 139, "bms_emsStatus.minDsgSoc": 7, "pd.minAcoutSoc": 5}

def check_online(listed, sn: str, last_seen: str) -> None:
    """Return when the unit is among ``listed`` and online. Pure.

    :param last_seen: words about when it was
    :raises SourceUnavailable: it is not, or cannot be told
    """
    if not isinstance(listed, list):
        raise SourceUnavailable("the cloud gives no list of units")
    units = {str(one.get('sn', '')).upper(): one for one in listed if isinstance(one, dict)}
    unit = units.get(sn.upper())
    if unit is None:
        raise SourceUnavailable(f"the account has no unit {sn}; it has {', '.join(sorted(units)[:5]) or 'none'}")
    if str(unit.get('online')) != '1':
        raise SourceUnavailable(f"the unit is offline{last_seen}: what the cloud has of it is old")


def number(data: dict, keys, divisor: float = 1, most: float = float('inf')) -> float | None:
    """Return the first of ``keys`` that there is, as a number from 0 to ``most``, else None.

    >>> number({'a': 228608}, ('b', 'a'), 1000), number({'a': -1}, ('a',)), number({'a': True}, ('a',)), number({}, ('a',))
    (228.608, None, None, None)
    """
    value = next((data[key] for key in keys if key in data), None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        value = value / divisor
    except OverflowError:
        return None
    return value if 0 <= value <= most else None


def parse(data: dict) -> dict:
    """Return the metrics that a unit tells; None where a value cannot be true. Pure.

    :raises SourceUnavailable: it tells nothing
    """
    if not isinstance(data, dict) or not data:
        raise SourceUnavailable("the cloud has no values of this unit")
    values = {metric: number(data, keys, divisor, most) for metric, keys, divisor, most in NUMBERS if any(key in data for key in keys)}
    if values.get('mains_v') is not None and 0.08 < values['mains_v'] <= 0.3:
        # 230 in volts, where all units known so far tell millivolts.
        values['mains_v'] = None
    minutes = [number(data, (key,), 1, ENDLESS_MIN) for key in MINUTES_LEFT if key in data]
    if left := [one for one in minutes if one]:
        values['runtime_s'] = left[0] * 60
    return values


def findings(data: dict, values: dict, settings: UpsEcoflowSettings) -> list[tuple[State, str]]:
    """Return everything that is to be said about a unit, each with its state. Pure."""
    found = []
    charge, volts, left = values.get('charge_pct'), values.get('mains_v'), values.get('runtime_s')
    for value, words in ((charge, "the charge"), (volts, "whether there are mains")):
        if value is None:
            found.append((State.UNKNOWN, f"{words} cannot be told"))
    if volts is not None and volts < settings.mains_min_v:
        found.append((State.WARNING, "no mains" + (f", {seconds_text(left)} left" if left else '')))
        if charge is not None and charge < settings.crit_charge_pct:
            found.append((State.CRITICAL, f"charge {charge:g} % < {settings.crit_charge_pct:g} %"))
        if left is not None and left < settings.min_runtime_s:
            found.append((State.CRITICAL, f"{seconds_text(left)} left < {seconds_text(settings.min_runtime_s)}"))
    off_at = number(data, SWITCHES_OFF_AT, 1, 100)
    if charge is not None and off_at is not None and charge <= off_at + CLOSE_TO_OFF_PCT:
        found.append((State.CRITICAL, f"charge {charge:g} %, it switches off at {off_at:g} %"))
    if 'inv.cfgAcEnabled' in data and number(data, ('inv.cfgAcEnabled',)) != 1:
        found.append((State.WARNING, "its AC output is switched off"))
    if data.get('bms_bmsStatus.errCode'):
        found.append((State.WARNING, f"its battery tells error {str(data['bms_bmsStatus.errCode'])[:20]}"))
    return found


def judge(data, kept: dict, settings: UpsEcoflowSettings, now: float) -> Reading:
    """Return the reading of a unit that is online.

    :param kept: ``{'has': […], 'same': {'print', 'since'}}``, brought up to date here
    :raises SourceUnavailable: it tells nothing
    """
    values = parse(data)
    has = [*(one for one in values if one != 'runtime_s'), *(['output'] if 'inv.cfgAcEnabled' in data else [])]
    kept['has'] = sorted({*kept.get('has', []), *has})
    found = findings(data, values, settings)
    if lost := [one for one in kept['has'] if one not in has]:
        found.append((State.UNKNOWN, f"no longer tells {', '.join(lost)}"))
        values.update(dict.fromkeys(one for one in lost if one != 'output'))
    if values.get('mains_v') is not None:
        values['on_mains'] = int(values['mains_v'] >= settings.mains_min_v)
        if values['on_mains']:
            values.pop('runtime_s', None)
    same_s = unchanged_for(data, kept, now)
    if same_s > settings.max_same_s * (SAME_ON_MAINS if values.get('on_mains') else 1):
        raise SourceUnavailable(f"the cloud gives the same values for {seconds_text(same_s)}: they are old")
    found.sort(key=lambda pair: -pair[0].severity)
    return Reading('', values, worst(state for state, _text in found), '; '.join(text for _state, text in found))


def unchanged_for(data: dict, kept: dict, now: float) -> float:
    """Return for how many seconds not one of the values has changed."""
    fingerprint = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
    before = kept.get('same') or {}
    since = min(before['since'], now) if before.get('print') == fingerprint else now
    kept['same'] = {'print': fingerprint, 'since': since}
    return now - since


def query(settings: UpsEcoflowSettings, memory: dict):
    """Return the values of the unit, after the cloud has said that it is online.

    :raises SourceUnavailable: it is not, or the cloud cannot be asked
    """
    kept, now = memory['kept'], time.time()
    if kept.get('sn') != settings.sn:
        kept.clear()
        kept['sn'] = settings.sn
    keys = read_keys(settings.secret)
    last_seen = f", last seen {seconds_text(max(0.0, now - kept['online_at']))} ago" if 'online_at' in kept else ''
    check_online(ask(settings.base, 'device/list', {}, keys, time_limit.left(TIMEOUT_S, TIMEOUT_S)), settings.sn, last_seen)
    kept['online_at'] = int(now)
    return ask(settings.base, 'device/quota/all', {'sn': settings.sn}, keys, time_limit.left(TIMEOUT_S))


@collector(
    'ups_ecoflow', title="UPS (EcoFlow)", help="Mains, charge and time left of an EcoFlow power station, as its maker's cloud tells them.",
    settings=UpsEcoflowSettings,
    metrics=[
        Metric('on_mains', '', "1 with mains, 0 without."),
        Metric('charge_pct', '%', "Charge of the battery."),
        Metric('runtime_s', 's', "Without mains: how long the battery will last, as the unit guesses."),
        Metric('mains_v', 'V', "Voltage of the mains."),
        Metric('input_w', 'W', "Power that comes in."),
        Metric('output_w', 'W', "Power that goes out."),
    ],
    limits=[Limit('charge_pct', '<', 50, None)],
    timeout_s=20,
)
def collect(settings: UpsEcoflowSettings, memory: dict):
    """Ask the cloud twice: is the unit there, and what does it tell."""
    data = query(settings, memory)
    yield judge(data, memory['kept'], settings, time.time())
