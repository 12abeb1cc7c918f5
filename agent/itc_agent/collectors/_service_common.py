"""What the two collectors of the kind ``service`` share: settings, metrics, and how a state is judged over time."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..judge import counted
from ..registry import Metric, setting
from ..results import Reading, State

METRICS = [
    Metric('running', '', "1 while it runs, 0 otherwise."),
    Metric('uptime_s', 's', "How long it has been running."),
    Metric('restarts', '', "Restarts by the service manager since it was started by hand (Linux)."),
]
PENDING_WARNING_S, PENDING_CRITICAL_S = 120, 600
FLAPPING_LOOKS = 3


@dataclass(frozen=True)
class ServiceSettings:
    """Which services, and what is expected of them."""

    names: list = setting('list', help="Names of services (not display names); patterns with * ? are allowed: `odoo*`, `postgresql-x64-*`.")
    required: list = setting('list', (), help="Names or patterns that must run in any case; every plain name in `names` is one.")
    ignore: list = setting('list', (), help="Names or patterns to leave out.")
    match_min: int = setting('int', 1, help="How many services each pattern must find at least.")
    min_uptime_s: int = setting('int', 30, help="Started anew (for less than this, or since the last look) at three looks in a row is a warning.")
    delayed_grace_s: int = setting('int', 600, help="How long after the machine's start a delayed service may still be starting (Windows).")

    def __post_init__(self):
        if not self.names:
            raise ValueError("names: expected at least one service name or pattern")
        if self.match_min < 1:
            raise ValueError("match_min: expected 1 or more")

    @property
    def plain(self) -> list[str]:
        """Names that have to be found, in the order given."""
        return [one for one in dict.fromkeys((*self.names, *self.required)) if not is_pattern(one)]

    def must_run(self, *names: str) -> bool:
        """Tell whether the service of these names has to run whatever its start type."""
        return any(fits(name, one) for one in (*self.plain, *self.required) for name in names)

    def ignores(self, *names: str) -> bool:
        return any(fits(name, out) for out in self.ignore for name in names)


@dataclass(frozen=True)
class ServiceFacts:
    """A service as both systems can tell it.

    :param phase: ``running``, ``pending`` (on its way), ``stopped``, ``failed``, or ``odd``: a word of the system that is new to us
    :param words: the system's own words for it
    :param uptime_s: seconds it has been running, None when not known
    :param restarts: how often the service manager started it again by itself, None when it does not count
    :param excuse: why being stopped is no failure, empty when it is one
    :param on_demand: the excuse, or the doubt, holds only for a service that need not run
    :param unsure: why nobody can tell whether being stopped is a failure
    :param restarting: it has just ended and is being started again
    :param aliases: its other names
    """

    name: str
    phase: str
    words: str
    uptime_s: float | None = None
    restarts: int | None = None
    excuse: str = ''
    on_demand: bool = False
    unsure: str = ''
    restarting: bool = False
    aliases: tuple = ()


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in '*?[')


def fits(name: str, wanted: str) -> bool:
    """Tell whether a service is meant by a setting; `odoo` means `odoo.service` too, case and the way letters are composed do not count.

    >>> fits('odoo.service', 'odoo'), fits('MSSQL$CNET', 'mssql$*'), fits('odoo', 'od')
    (True, True, False)
    """
    name, wanted = (unicodedata.normalize('NFC', one).lower() for one in (name, wanted))
    return fnmatchcase(name, wanted) or fnmatchcase(name.removesuffix('.service'), wanted)


def missing(found, settings: ServiceSettings, words: str) -> list[Reading]:
    """Return an *unknown* for every name and pattern that found too few services: a list that shrank proves nothing.

    :param found: for each service all its names
    :param words: what to say of a plain name that was not found
    """
    found = [tuple(names) for names in found]
    readings = []
    for wanted in dict.fromkeys((*settings.names, *settings.required)):
        count = sum(any(fits(name, wanted) for name in names) for names in found)
        least = settings.match_min if wanted in settings.names and is_pattern(wanted) else 1
        if count < least:
            text = f"{counted(count, 'service matches', 'services match')}, at least {least} expected" if is_pattern(wanted) else words
            readings.append(Reading(wanted, {}, State.UNKNOWN, text))
    return readings


def judge_service(facts: ServiceFacts, settings: ServiceSettings, memory: dict, mono: float) -> Reading:
    """Return the reading of one service.

    :param memory: of this check: for each service since when it is pending, its counter of restarts, how often in a row it was freshly started
    :param mono: seconds of a clock that only goes forward
    """
    values = {'running': None if facts.phase == 'odd' else int(facts.phase == 'running')}
    if facts.uptime_s is not None:
        values['uptime_s'] = int(facts.uptime_s)
    if facts.restarts is not None:
        values['restarts'] = facts.restarts
    seen = memory.setdefault(facts.name, {})
    state, words = max(_state(facts, settings, seen, mono), _restarts(facts, settings, seen, mono), key=lambda pair: pair[0].severity)
    seen['at'] = mono
    return Reading(facts.name, values, state, words)


def _restarts(facts: ServiceFacts, settings: ServiceSettings, seen: dict, mono: float) -> tuple[State, str]:
    """Return what starting again and again is worth: the counter tells of each one between two looks, age only of those at the looks."""
    grown = 0
    if facts.restarts is not None:
        before = seen.get('restarts', facts.restarts)
        # A counter that fell was set to zero by a start by hand.
        grown = facts.restarts - before if facts.restarts >= before else facts.restarts
        seen['restarts'] = facts.restarts
    if facts.phase == 'running':
        young = facts.uptime_s is not None and facts.uptime_s < max(settings.min_uptime_s, mono - seen.get('at', mono))
        seen['young'] = seen.get('young', 0) + 1 if young else 0
    if grown:
        return State.WARNING, f"{facts.words}, ended by itself and was started again since the last look ({counted(grown, 'time')})"
    if facts.restarting:
        return State.WARNING, f"{facts.words}, ended by itself and is being started again"
    if facts.phase == 'running' and seen['young'] >= FLAPPING_LOOKS:
        return State.WARNING, f"{facts.words}, but freshly started at {seen['young']} looks in a row"
    return State.OK, ''


def _state(facts: ServiceFacts, settings: ServiceSettings, seen: dict, mono: float) -> tuple[State, str]:
    if facts.phase != 'pending':
        seen.pop('pending_since', None)
    if facts.phase == 'running':
        return State.OK, ''
    if facts.phase == 'odd':
        return State.UNKNOWN, f"{facts.words}: a state that this agent does not know"
    if facts.phase == 'pending':
        waited = mono - seen.setdefault('pending_since', mono)
        state = State.CRITICAL if waited > PENDING_CRITICAL_S else State.WARNING if waited > PENDING_WARNING_S else State.OK
        return state, f"{facts.words} for {waited:.0f} s"
    must_run = settings.must_run(facts.name, *facts.aliases)
    may_rest = facts.phase == 'stopped' and not (facts.on_demand and must_run)
    if may_rest and facts.excuse:
        return State.OK, f"{facts.words} ({facts.excuse})"
    if may_rest and facts.unsure:
        return State.UNKNOWN, f"{facts.words} ({facts.unsure})"
    more = f", {facts.excuse or facts.unsure}" if facts.excuse or facts.unsure else ''
    return (State.CRITICAL if facts.phase == 'failed' or must_run else State.WARNING), facts.words + more
