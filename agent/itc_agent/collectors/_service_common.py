"""What the two collectors of the kind ``service`` share: settings, metrics, and how a state is judged over time."""
from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

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
    min_uptime_s: int = setting('int', 30, help="Running for less than this at three looks in a row counts as restarting again and again.")
    delayed_grace_s: int = setting('int', 600, help="How long after the machine's start a delayed service may still be starting (Windows).")

    def __post_init__(self):
        if not self.names:
            raise ValueError("names: expected at least one service name or pattern")
        if self.match_min < 1:
            raise ValueError("match_min: expected 1 or more")

    def must_run(self, *names: str) -> bool:
        """Tell whether the service of these names has to run whatever its start type."""
        plain = [one for one in self.names if not is_pattern(one)]
        return any(fits(name, one) for one in (*plain, *self.required) for name in names)


@dataclass(frozen=True)
class ServiceFacts:
    """A service as both systems can tell it.

    :param phase: ``running``, ``pending`` (on its way), ``stopped`` or ``failed``
    :param words: the system's own words for it
    :param uptime_s: seconds it has been running, None when not known
    :param excuse: why being stopped is no failure, empty when it is one
    :param aliases: its other names
    """

    name: str
    phase: str
    words: str
    uptime_s: float | None = None
    restarts: int | None = None
    excuse: str = ''
    aliases: tuple = ()


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in '*?[')


def fits(name: str, wanted: str) -> bool:
    """Tell whether a service is meant by a setting; `odoo` means `odoo.service` too, case does not count.

    >>> fits('odoo.service', 'odoo'), fits('MSSQL$CNET', 'mssql$*'), fits('odoo', 'od')
    (True, True, False)
    """
    name, wanted = name.lower(), wanted.lower()
    return fnmatchcase(name, wanted) or fnmatchcase(name.removesuffix('.service'), wanted)


def missing(found, settings: ServiceSettings) -> list[Reading]:
    """Return an *unknown* for every pattern that found too few services: a list that shrank proves nothing."""
    readings = []
    for wanted in settings.names:
        count = sum(fits(one, wanted) for one in found)
        if is_pattern(wanted) and count < settings.match_min:
            readings.append(Reading(wanted, {}, State.UNKNOWN, f"{count} services match, at least {settings.match_min} expected"))
    return readings


def judge_service(facts: ServiceFacts, settings: ServiceSettings, memory: dict, mono: float) -> Reading:
    """Return the reading of one service.

    :param memory: of this check: since when a service is pending, how often in a row it was freshly started
    :param mono: seconds of a clock that only goes forward
    """
    values = {'running': int(facts.phase == 'running')}
    if facts.uptime_s is not None:
        values['uptime_s'] = int(facts.uptime_s)
    if facts.restarts is not None:
        values['restarts'] = facts.restarts
    state, words = _state(facts, settings, memory.setdefault(facts.name, {}), mono)
    return Reading(facts.name, values, state, words)


def _state(facts: ServiceFacts, settings: ServiceSettings, seen: dict, mono: float) -> tuple[State, str]:
    if facts.phase != 'pending':
        seen.pop('pending_since', None)
    if facts.phase == 'running':
        young = facts.uptime_s is not None and facts.uptime_s < settings.min_uptime_s
        seen['young'] = seen.get('young', 0) + 1 if young else 0
        if seen['young'] >= FLAPPING_LOOKS:
            return State.WARNING, f"{facts.words}, but freshly started at {seen['young']} looks in a row"
        return State.OK, ''
    if facts.phase == 'pending':
        waited = mono - seen.setdefault('pending_since', mono)
        state = State.CRITICAL if waited > PENDING_CRITICAL_S else State.WARNING if waited > PENDING_WARNING_S else State.OK
        return state, f"{facts.words} for {waited:.0f} s"
    if facts.excuse and facts.phase != 'failed':
        return State.OK, f"{facts.words} ({facts.excuse})"
    grave = facts.phase == 'failed' or settings.must_run(facts.name, *facts.aliases)
    return (State.CRITICAL if grave else State.WARNING), facts.words
