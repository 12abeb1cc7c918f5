"""Which alerts there should be: one for each root cause, told from what is bad now and from what depends on what.

A problem is something that is bad now: a host that is silent, or a check. It is named by its key, ``host:7`` (7 is the asset) or
``check:12``; what is bad because of it belongs to its alert. Times are naive UTC.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .graph import transitive

# Silent: no word comes. Flapping: the check changes so often that its state says nothing.
STATES = ('flapping', 'unknown', 'warning', 'critical', 'silent')
SEVERITY = {'flapping': 'warning', 'unknown': 'warning', 'warning': 'warning', 'critical': 'critical', 'silent': 'critical'}
# Only what stands still takes others with it; a warning explains nobody else's trouble.
STOPPING = ('critical', 'silent')

# A host that has missed one report may be as dead as one that is called silent already: they report once a minute.
QUIET_AFTER_S = 100
LEAST_HOSTS = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is bad now.

    :param key: its name, the same as long as it lasts and when it comes again
    :param asset: id of what it is about
    :param host: id of the asset that measures it, the asset itself for a silent host
    :param state: one of ``STATES``
    :param began: naive UTC
    :param is_covered: planned downtime: it opens nothing and is told to nobody
    :param is_presumed: nobody looks at this asset; it is held to be dead because all hosts behind it are
    """

    key: str
    asset: int
    host: int
    state: str
    began: datetime
    is_covered: bool = False
    is_presumed: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that there is.

    :param alert: its id
    :param cause: key of what it is for now
    :param told: keys of all problems of which its messages spoke: nobody is told of them again by it
    :param opened: naive UTC
    :param resolved: naive UTC; None while it is open
    """

    alert: int
    cause: str
    told: frozenset
    opened: datetime
    resolved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done with one alert.

    :param kind: ``open`` (a new one), ``keep``, ``move`` (the same alert, another cause), ``merge`` (into another), ``reopen``, ``resolve``
    :param alert: id of the alert; None of a new one, and of what merges into one that is only opened now
    :param cause: key of the root cause; '' of what is resolved
    :param members: keys of all problems that belong to it, the cause among them
    :param into: id of the alert that takes this one in
    :param is_left: what it moves to is what is left of it: its own cause is over, and its messages spoke of this one
    """

    kind: str
    alert: int | None
    cause: str
    members: tuple = ()
    into: int | None = None
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Hosts:
    """How the hosts with an agent are, by asset id.

    :param silent: ``{asset: naive UTC of the last word}`` of those called silent
    :param quiet_s: ``{asset: seconds since the last word}`` of all that are watched
    :param well: assets of which a check says right now that they are well
    :param held: assets that were held to be dead so far: they are until fewer than two hosts behind them are silent, for hosts
        come back one after another
    """

    silent: Mapping[int, datetime]
    quiet_s: Mapping[int, float]
    well: Collection[int] = field(default_factory=frozenset)
    held: Collection[int] = field(default_factory=frozenset)


def presumed(hosts: Hosts, needs: Mapping[int, Iterable[int]]) -> list[Problem]:
    """Return the assets that nobody measures and that are held to be dead: every host behind them, at least two, has no word.

    Of several that would explain the same hosts it is the nearest to them.

    :param needs: what each asset depends on, its host included

    >>> at = datetime(2026, 11, 23, 5)
    >>> behind = {1: {9}, 2: {9}, 9: {10}}
    >>> [one.key for one in presumed(Hosts({1: at, 2: at}, {1: 200, 2: 200}), behind)]
    ['host:9']
    >>> presumed(Hosts({1: at}, {1: 200, 2: 20}), behind)
    []
    """
    upstream = {host: transitive(needs, host) for host in hosts.quiet_s}
    alive = set(hosts.well).union(*(transitive(needs, asset) for asset in hosts.well))  # what is well has all that it needs
    behind = {}
    for host, assets in upstream.items():
        for asset in assets:
            behind.setdefault(asset, set()).add(host)
    dead = {
        asset: silent for asset, members in behind.items()
        if asset not in hosts.quiet_s and asset not in alive and len(members) >= LEAST_HOSTS
        and (silent := members & hosts.silent.keys())
        and (asset in hosts.held and len(silent) >= LEAST_HOSTS
             or all(member in hosts.silent or hosts.quiet_s[member] > QUIET_AFTER_S for member in members))}
    nearest = set()
    for host in hosts.silent:
        found = [asset for asset in upstream.get(host, ()) if asset in dead]
        widest = max((len(behind[asset]) for asset in found), default=0)
        nearest |= set([asset for asset in found if len(behind[asset]) == widest][:1])
    return [
        Problem(f'host:{asset}', asset, asset, 'silent', min(hosts.silent[host] for host in dead[asset]), is_presumed=True)
        for asset in sorted(nearest)]


def roots(problems: Iterable[Problem], needs: Mapping[int, Iterable[int]]) -> dict[str, str]:
    """Return the key of the root cause by the key of each problem; a problem that nothing explains is its own.

    A silent host stands above all that it measures. What stands still stands above what depends on it, through however many assets.

    :param needs: what each asset depends on, its host included

    >>> at = datetime(2026, 11, 23, 5)
    >>> switch, host = Problem('check:1', 9, 8, 'critical', at), Problem('host:5', 5, 5, 'silent', at)
    >>> roots([switch, host, Problem('check:2', 5, 5, 'unknown', at)], {5: {9}})
    {'check:1': 'check:1', 'host:5': 'check:1', 'check:2': 'check:1'}
    """
    problems = list(problems)
    silent = {one.asset: one for one in problems if one.state == 'silent'}
    bearers = {}
    for one in sorted(problems, key=_rank):
        if one.state in STOPPING and (one.state == 'silent' or one.host not in silent):
            bearers.setdefault(one.asset, one)
    above = {asset: [other for other in transitive(needs, asset) if other in bearers] for asset in {one.asset for one in problems}}
    found = {}
    for one in problems:
        near = _nearest(one, silent)
        found[one.key] = _uppermost(near, bearers, above).key
    return found


def _rank(problem: Problem) -> tuple:
    return -STATES.index(problem.state), problem.began, problem.key


def _nearest(problem: Problem, silent: Mapping[int, Problem]) -> Problem:
    """Return what explains a problem on its own host: that the host that measures it is silent, or that it is about."""
    if problem.state == 'silent':
        return problem
    return silent.get(problem.host) or silent.get(problem.asset) or problem


def _uppermost(problem: Problem, bearers: Mapping[int, Problem], above: Mapping[int, list]) -> Problem:
    """Return what stands still above a problem and has nothing above itself; the problem, if there is none."""
    candidates = [asset for asset in above.get(problem.asset, ()) if asset != problem.asset]
    if not candidates:
        return problem
    free = [asset for asset in candidates if not set(above.get(asset, ())) - {asset}]
    return min((bearers[asset] for asset in free or [*candidates, *([problem.asset] if problem.asset in bearers else [])]), key=_rank)


def plan(
    problems: Iterable[Problem], needs: Mapping[int, Iterable[int]], known: Iterable[Known], settle: timedelta, now: datetime,
    undecided: Collection[str] = (),
) -> list[Step]:
    """Return what has to be done so that there is one open alert for each root cause, and none else.

    An alert goes with its cause: when the cause turns out to have a cause itself, the oldest alert becomes that one's and takes the
    others in. When a cause is over and a problem remains of which its alert has spoken, the alert goes on as that one's. One that was
    resolved less than ``settle`` ago opens again. Planned downtime opens nothing, and leaves open what is open.

    :param known: all open alerts, and those resolved lately
    :param undecided: keys of which nobody can tell now whether they are bad: their alerts stay as they are
    :return: one step for each alert that is open before or after, in the order in which they are to be done
    """
    problems = {one.key: one for one in problems}
    causes = roots(problems.values(), needs)
    groups = {}
    for key, cause in causes.items():
        groups.setdefault(cause, []).append(key)
    known = list(known)
    alerts = {one.cause: one for one in sorted(known, key=lambda one: one.opened, reverse=True) if one.resolved is None}
    taken, steps = _settle_present(groups, causes, alerts, undecided)
    lately = {
        one.cause: one for one in sorted((one for one in known if one.resolved is not None), key=lambda one: one.resolved)
        if now - one.resolved <= settle}
    for cause, members in groups.items():
        if cause in taken:
            continue
        shown = [key for key in members if not problems[key].is_covered]
        if problems[cause].is_covered or not shown:
            continue
        before = lately.get(cause)
        steps.append(Step('reopen' if before else 'open', before.alert if before else None, cause, tuple(members)))
    return steps


def _settle_present(groups, causes, alerts, undecided):
    """Return which causes have an alert now, and the steps of all open alerts: those that keep one first, then the rest."""
    taken, kept, merged, ended = {}, [], [], []
    for cause, one in alerts.items():
        if cause in groups:
            taken[cause] = one
            kept.append(Step('keep', one.alert, cause, tuple(groups[cause])))
    waiting = sorted((one for one in alerts.values() if one.cause not in taken), key=lambda one: (one.opened, one.alert))
    for one in waiting:
        cause = causes.get(one.cause) or _remaining(one, causes, groups, taken)
        if not cause and one.cause in undecided:
            kept.append(Step('keep', one.alert, one.cause, (one.cause,)))
        elif not cause:
            ended.append(Step('resolve', one.alert, ''))
        elif cause in taken:
            merged.append(Step('merge', one.alert, cause, into=taken[cause].alert))
        else:
            taken[cause] = one
            is_left = one.cause not in causes and cause in one.told
            kept.append(Step('move', one.alert, cause, tuple(groups[cause]), is_left=is_left))
    return taken, [*kept, *merged, *ended]


def _remaining(one, causes, groups, taken):
    """Return the cause of what is left of an alert whose own cause is over: a problem that its messages named; '' if there is none."""
    left = sorted(key for key in one.told if key in causes and causes[key] in groups and causes[key] not in taken)
    return causes[left[0]] if left else ''


def severity(states: Iterable[str]) -> str:
    """Return how severe an alert is whose problems have these states.

    >>> severity(['flapping', 'silent']), severity(['unknown'])
    ('critical', 'warning')
    """
    return max((SEVERITY[state] for state in states), key=('warning', 'critical').index, default='warning')


def covered(problems: Iterable[Problem], assets: Collection[int]) -> list[Problem]:
    """Return the problems, those marked that are about one of ``assets``, or measured by one."""
    return [replace(one, is_covered=True) if {one.asset, one.host} & set(assets) else one for one in problems]
