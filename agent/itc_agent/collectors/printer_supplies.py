"""Ink, toner and waste containers of a network printer, asked over SNMP or IPP.

One reading a supply: ``left_pct`` of what is used up, ``full_pct`` of a waste container, which counts the other way. By the default limits less
than 20 % left is a warning and less than 5 % critical; more than 80 % full a warning, more than 95 % critical. Not every printer measures: levels
below zero are words and no numbers. "Some is left" is fine without a number; "not known" is, too, as long as another supply of the printer tells
something, and unknown when none does. A level above its capacity, or below zero and none of the printers' words (-1, -2, -3), cannot be: unknown.
What the printer itself says (toner low, toner empty, waste full) counts beside the numbers.

Whether a container is one for waste is told by its type, because some printers call their cartridges receptacles. Printers that give the room
left in it instead of how full it is: set ``waste_left``. A refilled cartridge that says 0 for ever: name it in ``ignore``. With ``via`` auto SNMP
is asked first, then IPP. A ``community`` other than public is the one line of a file on the host, in the folder
``secrets`` of the agent's state folder, that only the agent may read; ``secret`` is its bare name.

Unknown, with the reason: no answer at all (off, asleep, no way there), a printer that is there (its port 631 or 9100 answers) and gives no answer
to SNMP (a wrong community looks like this, or SNMP is switched off), a printer that tells of no supplies, or fewer than the last time, answers
that cannot be read or go in circles. The levels are those of the moment: nothing is remembered for a printer that sleeps.

Tried on: snmpd 5.9.3 with the tables of printers in it, ippeveprinter of CUPS 2.4.2. Not tried on the real thing: a printer.
"""
from __future__ import annotations

import time
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .. import host_secrets, time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from . import _ipp, _snmp
from ._connection import connect, good_host
from ._http_client import NoAnswer

TIMEOUT_S, PROBE_S = 20, 1.5
PROBED = (_ipp.PORT, 9100)
SUPPLIES = (1, 3, 6, 1, 2, 1, 43, 11, 1, 1)
CLASS, TYPE, DESCRIPTION, CAPACITY, LEVEL = 4, 5, 6, 8, 9
ERROR_BITS = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2)
LOW_TONER, NO_TONER = 0x20, 0x10
FILLED = 4
WASTE_TYPES = {4, 8, 14, 24, 26}
UNTOLD_TYPES = {None, 1, 2}
NO_LIMIT, NOT_KNOWN, SOME = -1, -2, -3
WORDS = {NO_LIMIT: "no level is told", NOT_KNOWN: "the printer does not know its level", SOME: "some is left, how much is not told"}
IPP_ATTRIBUTES = ('printer-state', 'printer-state-reasons', 'printer-supply', 'printer-supply-description', 'marker-names', 'marker-types',
                  'marker-levels')
MAX_NAME, MAX_COMMUNITY = 80, 64


@dataclass(frozen=True)
class SupplySettings:
    """Which printer, and how it is asked."""

    host: str = setting('str', help="Name or address of the printer.")
    via: str = setting('str', 'auto', help="How to ask: `snmp`, `ipp`, or `auto` (SNMP, then IPP).")
    ignore: list = setting('list', (), help="Names of supplies to leave out, or of the printer's words (`toner-low*`); * ? are allowed.")
    waste_left: bool = setting('bool', False, help="The printer tells the room left in waste containers, not how full they are.")
    secret: str = setting('str', '', help="Name of the file in the agent's secrets folder with the SNMP community; empty: public.")
    snmp_port: int = setting('int', _snmp.PORT, help="UDP port of SNMP.")
    ipp_port: int = setting('int', _ipp.PORT, help="TCP port of IPP.")
    ipp_path: str = setting('str', '/ipp/print', help="Path of the printer in IPP.")

    def __post_init__(self):
        if not good_host(self.host):
            raise ValueError("host: expected a name or address")
        if self.secret:
            host_secrets.check_name(self.secret, 'secret')
        if self.via not in ('auto', 'snmp', 'ipp'):
            raise ValueError("via: expected auto, snmp or ipp")
        if not all(0 < port < 65536 for port in (self.snmp_port, self.ipp_port)):
            raise ValueError("snmp_port, ipp_port: expected 1 to 65535")
        if not self.ipp_path.startswith('/') or not self.ipp_path.isascii() or any(sign <= ' ' for sign in self.ipp_path):
            raise ValueError("ipp_path: expected a path that begins with /")

    def ignores(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), one.lower()) for one in self.ignore)


@dataclass(frozen=True)
class Supply:
    """One supply.

    :param level: 0 to ``capacity``, or one of the words -1, -2, -3; None when what the printer says there is no number
    :param capacity: not more than 0 when the printer does not know it
    :param is_waste: a container that fills
    """

    name: str
    level: int | None
    capacity: int
    is_waste: bool


@dataclass(frozen=True)
class Told:
    """What a printer said: its supplies, and its own words about them."""

    supplies: tuple
    reasons: tuple = ()


# === JUDGING === #

def readings_of(told: Told, settings: SupplySettings, memory: dict) -> list[Reading]:
    """Return a reading a supply, and one for the printer's own words.

    :param memory: keeps under ``kept`` which supplies there were
    :raises SourceUnavailable: nothing is known of any of them
    """
    supplies = [one for one in told.supplies if not settings.ignores(one.name)]
    if not supplies:
        raise SourceUnavailable("the printer tells of no supplies" + (" but ignored ones" if told.supplies else ''))
    readings = [reading_of(one, settings) for one in supplies]
    known = [one for one, reading in zip(supplies, readings, strict=True) if reading.values or one.level == SOME]
    words = [one for one in told.reasons if severity(one) and not settings.ignores(one)]
    if words:
        worst = max((severity(one) for one in words), key=lambda state: state.severity)
        readings.append(Reading('printer', {}, worst, f"says {', '.join(sorted(words))}"))
    elif not known and all(reading.finding == State.OK for reading in readings):
        raise SourceUnavailable("the printer does not know the level of any of its supplies")
    return readings + _fewer(told.supplies, settings, memory)


def _fewer(supplies, settings: SupplySettings, memory: dict) -> list[Reading]:
    """Return *unknown* when supplies that were told of before are no longer."""
    kept = memory.setdefault('kept', {})
    before = kept.get('names', []) if kept.get('host') == settings.host else []
    names = sorted(one.name for one in supplies)
    gone = [name for name in before if name not in names and not settings.ignores(name)]
    # A cartridge of another make has another name: as many as before is not fewer.
    if not gone or len(names) >= len(before):
        kept.update(host=settings.host, names=names[:100])
        return []
    words = "the printer told of it before and does not now; if it is gone for good, name it in `ignore`"
    return [Reading(name, {}, State.UNKNOWN, words) for name in gone]


def reading_of(supply: Supply, settings: SupplySettings) -> Reading:
    """Return the reading of one supply; a level that is a word has no number."""
    if supply.level is None:
        return Reading(supply.name, {}, State.UNKNOWN, "what the printer says of its level is no number")
    if supply.level in WORDS:
        return Reading(supply.name, {}, State.OK, WORDS[supply.level])
    if supply.level < 0 or supply.capacity < NOT_KNOWN or supply.level > supply.capacity >= 0:
        return Reading(supply.name, {}, State.UNKNOWN, f"level {supply.level} of {supply.capacity} cannot be")
    if supply.capacity <= 0:
        return Reading(supply.name, {}, State.OK, f"level {supply.level} of an unknown capacity is no percentage")
    percent = round(100 * supply.level / supply.capacity, 1)
    if not supply.is_waste:
        return Reading(supply.name, {'left_pct': percent})
    return Reading(supply.name, {'full_pct': round(100 - percent, 1) if settings.waste_left else percent})


def severity(reason: str) -> State | None:
    """Return what a word of the printer is worth, None for one that is not about supplies.

    >>> severity('toner-low-report'), severity('marker-waste-full-error'), severity('media-empty-error'), severity('none')
    (<State.WARNING: 1>, <State.CRITICAL: 2>, None, None)
    """
    bare = reason.removesuffix('-report').removesuffix('-warning').removesuffix('-error')
    if not bare.startswith(('toner-', 'marker-', 'ink-', 'opc-', 'developer-', 'fuser-', 'cleaner-')):
        return None
    if bare.endswith(('-low', '-almost-full', '-almost-empty', '-near-eol')):
        return State.WARNING
    return State.CRITICAL if bare.endswith(('-empty', '-full', '-life-over', '-missing')) else None


# === SNMP === #

# Rows of the table, as `walk` gives them: {(6, 1, 1): b'Black Toner', (4, 1, 1): 3, (5, 1, 1): 21, (8, 1, 1): 100, (9, 1, 1): 7,
# (6, 1, 2): b'Waste', (4, 1, 2): 4, (5, 1, 2): 4, (8, 1, 2): -2, (9, 1, 2): -3}; whole ones in tests/samples/printer_supplies.

def parse_snmp(rows: dict, bits=()) -> Told:
    """Return what the rows of prtMarkerSuppliesTable say. Pure.

    :param bits: values of hrPrinterDetectedErrorState
    """
    supplies, names = [], []
    for index in dict.fromkeys(key[1:] for key in rows if key[0] == LEVEL):
        level, capacity = rows[(LEVEL, *index)], rows.get((CAPACITY, *index), NOT_KNOWN)
        kind, told_class = rows.get((TYPE, *index)), rows.get((CLASS, *index))
        is_told = isinstance(level, int) and isinstance(capacity, int)
        is_waste = kind in WASTE_TYPES or told_class == FILLED and kind in UNTOLD_TYPES
        names.append(_text(rows.get((DESCRIPTION, *index), b'')) or f"supply {'.'.join(map(str, index))}")
        supplies.append(Supply(_unique(names), *((level, capacity) if is_told else (None, NOT_KNOWN)), is_waste))
    first = next((one[0] for one in bits if isinstance(one, bytes) and one), 0)
    reasons = [word for bit, word in ((LOW_TONER, 'toner-low'), (NO_TONER, 'toner-empty')) if first & bit]
    return Told(tuple(supplies), tuple(reasons))


def _text(raw) -> str:
    """Return a text of the printer; UTF-8, else what Western printers write. Zeros at its end are filling."""
    if not isinstance(raw, bytes):
        return ''
    raw = raw.rstrip(b'\0 ')
    try:
        text = raw.decode('utf-8')
    except UnicodeDecodeError:
        text = raw.decode('latin-1')
    return ''.join(sign for sign in text if sign.isprintable()).strip()[:MAX_NAME]


def _unique(names: list) -> str:
    """Return the last of the names, with a number when it was there before."""
    count = names.count(names[-1])
    return names[-1] if count == 1 else f"{names[-1]} ({count})"


def query_snmp(settings: SupplySettings, end: float) -> Told:
    """Ask over SNMP, version 2c and then 1.

    :raises SourceUnavailable: no answer, or one that cannot be read
    """
    community = read_community(settings.secret)
    for index, version in enumerate(('2c', '1')):
        until = end if index else time.monotonic() + (end - time.monotonic()) / 2
        try:
            rows = _snmp.walk(settings.host, settings.snmp_port, community, SUPPLIES, version=version, end=until, after=(CLASS - 1, 2 ** 31 - 1))
            bits = _snmp.walk(settings.host, settings.snmp_port, community, ERROR_BITS, version=version, end=end)
        except _snmp.Silent:
            continue
        except OSError as error:
            # Windows tells of a closed UDP port as of a connection that was reset.
            closed = isinstance(error, (ConnectionRefusedError, ConnectionResetError))
            words = "refused, no SNMP there" if closed else error.strerror or str(error)
            raise SourceUnavailable(f"{settings.host}: {words}") from error
        return parse_snmp(rows, tuple(bits.values()))
    if answers(settings.host):
        raise SourceUnavailable(f"{settings.host}: the printer is there and does not answer SNMP: a wrong community, or it is switched off")
    raise SourceUnavailable(f"{settings.host}: no answer; the printer is off, asleep or cannot be reached")


def read_community(name: str) -> str:
    """Return the community that a secret of this host holds; public without one.

    :raises SourceUnavailable: it cannot be read, others can read it, or it is no community
    """
    if not name:
        return 'public'
    text = host_secrets.read(name).strip()
    if not 0 < len(text) <= MAX_COMMUNITY or not text.isprintable():
        raise SourceUnavailable(f"the secret {name} does not hold one line of at most {MAX_COMMUNITY} printable characters")
    return text


def answers(host: str) -> bool:
    """Tell whether a printer can be seen to be there by one of the ports that printers have."""
    for port in PROBED:
        try:
            connect(host, port, time_limit.left(PROBE_S)).close()
        except ConnectionRefusedError:
            return True
        except (OSError, SourceUnavailable):
            continue
        return True
    return False


# === IPP === #

# {'printer-supply': ['index=2;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=3;colorantname=black;', …],
#  'printer-supply-description': ['Black Toner', …], 'marker-names': ['Black'], 'marker-types': ['toner'], 'marker-levels': [40],
#  'printer-state-reasons': ['toner-low-report']}

def parse_ipp(attributes: dict) -> Told:
    """Return what a printer says over IPP; of its two ways the one with more numbers. Pure."""
    both = [_supplies_of_texts(attributes), _supplies_of_markers(attributes)]
    supplies = max(both, key=lambda supplies: sum(one.level is not None and one.level >= 0 for one in supplies))
    return Told(tuple(supplies or both[0] or both[1]), tuple(map(str, attributes.get('printer-state-reasons', ()))))


def _supplies_of_texts(attributes: dict) -> list[Supply]:
    supplies, names = [], []
    described = attributes.get('printer-supply-description', ())
    for index, text in enumerate(attributes.get('printer-supply', ())):
        pairs = {key.strip().lower(): value.strip() for key, equal, value in (part.partition('=') for part in str(text).split(';')) if equal}
        kind, told_class = pairs.get('type', '').lower(), pairs.get('class', '').lower()
        try:
            level, capacity = int(pairs.get('level', NOT_KNOWN)), int(pairs.get('maxcapacity', NOT_KNOWN))
        except ValueError:
            level, capacity = None, NOT_KNOWN
        is_waste = 'waste' in kind or told_class == 'receptaclethatisfilled' and kind in ('', 'other', 'unknown')
        name = str(described[index]) if index < len(described) else ' '.join(filter(None, (pairs.get('colorantname'), kind)))
        names.append(name.strip()[:MAX_NAME] or f"supply {index + 1}")
        supplies.append(Supply(_unique(names), level, capacity, is_waste))
    return supplies


def _supplies_of_markers(attributes: dict) -> list[Supply]:
    supplies, names = [], []
    known, kinds = attributes.get('marker-names', ()), attributes.get('marker-types', ())
    for index, level in enumerate(attributes.get('marker-levels', ())):
        names.append(str(known[index]).strip()[:MAX_NAME] if index < len(known) and known[index] else f"marker {index + 1}")
        is_waste = index < len(kinds) and 'waste' in str(kinds[index]).lower()
        supplies.append(Supply(_unique(names), level if isinstance(level, int) else None, 100, is_waste))
    return supplies


def query_ipp(settings: SupplySettings, end: float) -> Told:
    """Ask over IPP.

    :raises SourceUnavailable: no answer, or one that cannot be read
    """
    place = _ipp.Place(settings.host, settings.ipp_port)
    request = _ipp.encode(_ipp.GET_PRINTER, place.uri(settings.ipp_path), IPP_ATTRIBUTES)
    try:
        printers, _jobs = _ipp.ask(place, settings.ipp_path, request, max(time_limit.LEAST_S, end - time.monotonic()))
    except NoAnswer as error:
        raise SourceUnavailable(f"{place.words}: {error}") from error
    except OSError as error:
        words = "refused" if isinstance(error, ConnectionRefusedError) else "no answer; the printer is off, asleep or cannot be reached"
        raise SourceUnavailable(f"{place.words}: {words}") from error
    return parse_ipp(printers[0] if printers else {})


def query(settings: SupplySettings, memory: dict) -> Told:
    """Ask the printer by the way that is set; with ``auto`` by the one that answered last, then by the other.

    :raises SourceUnavailable: none told of supplies
    """
    ways = {'snmp': query_snmp, 'ipp': query_ipp}
    first = memory.get('way', 'snmp')
    order = [settings.via] if settings.via != 'auto' else [first, 'ipp' if first == 'snmp' else 'snmp']
    end, failures, told = time.monotonic() + time_limit.left(TIMEOUT_S), [], None
    for index, way in enumerate(order):
        rest = end - time.monotonic()
        try:
            told = ways[way](settings, time.monotonic() + rest / (len(order) - index))
        except SourceUnavailable as error:
            failures.append(str(error))
            continue
        if told.supplies:
            memory['way'] = way
            return told
    if told is None:
        raise SourceUnavailable('; '.join(dict.fromkeys(failures)))
    return told


@collector(
    'printer_supplies', title="Printer supplies", help="How much ink and toner is left, and how full waste containers are.",
    settings=SupplySettings,
    metrics=[
        Metric('left_pct', '%', "What is left of a supply."),
        Metric('full_pct', '%', "How full a waste container is."),
    ],
    limits=[Limit('left_pct', '<', 20, 5), Limit('full_pct', '>', 80, 95)],
    every_s=1800, timeout_s=30,
)
def collect(settings: SupplySettings, memory: dict):
    """Ask the printer once."""
    yield from readings_of(query(settings, memory), settings, memory)
