"""From single results to the state of a check: soft and hard as Nagios means them, stale, and what proves a run.

A result is one of Nagios' codes: 0 ok, 1 warning, 2 critical, 3 unknown. A problem is *soft* until it was seen
``max_attempts`` times in a row, then *hard*; well again is hard at once. Times are naive UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

STATES = ('ok', 'warning', 'critical', 'unknown')  # a code is the position
UNKNOWN = STATES.index('unknown')
SEVERITY = ('ok', 'waiting', 'warning', 'unknown', 'critical')  # waiting: new, see ``is_awaited``; no result is ever called so

# A check is stale after this many silent intervals, and never sooner than one report cycle of 60 s can explain.
STALE_INTERVALS = 3
STALE_FLOOR_S = 180

# What is new has a little longer: an agent asks each minute whether it was confirmed, and then what to look at.
FIRST_GRACE_FLOOR_S = 300

# A clock that runs ahead by more than this proves nothing.
CLOCK_SKEW_S = 300

# Nagios' flap detection: the share of changes between the last 21 results, the newest counting half as much again as the oldest.
# A check flaps from the high mark on, and until its share has fallen to the low one.
FLAP_RESULTS = 21
FLAP_HIGH_PCT, FLAP_LOW_PCT = 20.0, 5.0
# What is looked at more rarely does not flap: two bad nights in three weeks are two bad nights.
FLAP_EVERY_S = 3600
_ALL_CHANGES = (1 << FLAP_RESULTS - 1) - 1
# In place of the changes: the next result has none before it to differ from. The second one says that the last result before was bad.
_SILENCE, _SILENCE_IN_TROUBLE = -1, -2


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is known of a check.

    :param state: what the newest result says
    :param hard_state: what people are told; ``unknown`` until the first result is confirmed
    :param is_hard: the newest result is confirmed, so both states are the same
    :param attempt: results in a row that contradict ok, at most ``max_attempts``; 1 while ok, 0 before any result
    :param since: naive UTC from which ``state`` has been what it is
    :param hard_since: the same for ``hard_state``
    :param last_at: naive UTC of the newest result
    :param flap_changes: which of the last 21 results differed from the one before, a bit each, the newest lowest; 0 while nothing changes
    :param is_flapping: it changes so often that no single change says anything
    :param held: what has not recovered yet, see ``lib.recovery``; empty while nothing is held
    """

    state: str = 'unknown'
    hard_state: str = 'unknown'
    is_hard: bool = False
    attempt: int = 0
    since: datetime | None = None
    hard_since: datetime | None = None
    last_at: datetime | None = None
    flap_changes: int = 0
    is_flapping: bool = False
    held: dict[str, int] = field(default_factory=dict)


NEW = CheckState()


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of what people are told of a check.

    :param check: its id
    :param before: hard state, as is ``after``
    :param at: naive UTC from which it has been so
    :param is_late: nobody could have acted at the time, because the host sent it later with its backlog
    """

    check: int
    before: str
    after: str
    at: datetime
    is_late: bool


def transition(check: int, before: CheckState, after: CheckState, every_s: int, now: datetime, grace_s: int = 0) -> Transition | None:
    """Return the transition between two states of a check, None when people are told the same.

    >>> at = datetime(2026, 11, 23, 5, 0)
    >>> transition(7, NEW, advance(NEW, 0, at, 1), 60, at + timedelta(minutes=10))
    Transition(check=7, before='unknown', after='ok', at=datetime.datetime(2026, 11, 23, 5, 0), is_late=True)
    """
    if before.hard_state == after.hard_state:
        return None
    is_late = (now - after.hard_since).total_seconds() > stale_after_s(every_s, grace_s)
    return Transition(check, before.hard_state, after.hard_state, after.hard_since, is_late)


@dataclass(frozen=True, slots=True)
class Flap:
    """A check begins to flap, or is over it.

    :param check: its id
    :param at: naive UTC of the result that made it so
    :param is_late: as for :class:`Transition`
    """

    check: int
    is_flapping: bool
    at: datetime
    is_late: bool


def flap(check: int, before: CheckState, after: CheckState, every_s: int, now: datetime, grace_s: int = 0) -> Flap | None:
    """Return what two states of a check say of its flapping, None when both say the same. What falls silent is over it at ``now``."""
    if before.is_flapping == after.is_flapping:
        return None
    at = now if after.flap_changes < 0 else after.last_at
    return Flap(check, after.is_flapping, at, (now - at).total_seconds() > stale_after_s(every_s, grace_s))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check's newest result as evidence for a run.

    :param measured_at: naive UTC by the server's clock; None when there never was a result
    :param every_s: seconds between two results, which decides what is fresh
    :param doubt_s: by how much ``measured_at`` may be wrong, see ``lib.redate``
    :param is_accepted: it looks at what its template says, or at what a manager accepted
    :param is_flapping: it is well at this moment only
    :param grace_s: as for ``stale_after_s``
    """

    name: str
    state: str
    is_hard: bool
    measured_at: datetime | None
    every_s: int
    doubt_s: float = 0.0
    is_accepted: bool = True
    is_flapping: bool = False
    grace_s: int = 0


# Why checks may prove nothing.
OBJECTIONS = (
    'no_check', 'not_accepted', 'never', 'in_future', 'undated', 'stale', 'not_ok', 'before_opening', 'soft', 'flapping')


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether checks verify a run.

    :param code: ``proven``, or one of ``OBJECTIONS``
    :param check: the name of the check that does not prove it, with its state and the naive UTC moment of its last result
    """

    verified: bool
    code: str
    check: str = ''
    state: str = ''
    measured_at: datetime | None = None


def advance(previous: CheckState, code: int, ts: datetime, max_attempts: int, every_s: int = 60) -> CheckState:
    """Return the state after one more result. A result that is not newer than the last one changes nothing.

    A hard problem that turns into another problem is hard at once; a soft one goes on counting. It is so over a silence, too; what was ok before
    a silence counts anew after it: what starts slowly after its machine is no trouble yet.

    :param every_s: seconds between two results, which decides whether it can flap
    :raises ValueError: ``code`` is not 0 to 3, or ``max_attempts`` is below 1

    >>> at = datetime(2026, 11, 23, 5, 0)
    >>> soft = advance(NEW, 2, at, 2)
    >>> soft.state, soft.hard_state, advance(soft, 2, at + timedelta(seconds=60), 2).hard_state
    ('critical', 'unknown', 'critical')
    """
    if code not in range(len(STATES)) or max_attempts < 1:
        raise ValueError(f"code {code!r} or max_attempts {max_attempts!r} is out of range")
    if previous.last_at is not None and ts <= previous.last_at:
        return previous
    state = STATES[code]
    was_ok = previous.state == 'ok' or previous.flap_changes == _SILENCE
    attempt = 1 if state == 'ok' or was_ok else min(previous.attempt + 1, max_attempts)
    was_hard_problem = previous.is_hard and previous.state != 'ok' and previous.flap_changes >= 0
    if was_hard_problem and state != 'ok':
        attempt = max_attempts
    is_hard = state == 'ok' or attempt >= max_attempts
    hard_state = state if is_hard else previous.hard_state
    flap_changes = _flap_changes(previous, state, every_s)
    share = flap_pct(flap_changes)
    return CheckState(
        state=state,
        hard_state=hard_state,
        is_hard=is_hard,
        attempt=attempt,
        since=ts if previous.since is None or state != previous.state else previous.since,
        hard_since=ts if previous.hard_since is None or hard_state != previous.hard_state else previous.hard_since,
        last_at=ts,
        flap_changes=flap_changes,
        is_flapping=share > FLAP_LOW_PCT if previous.is_flapping else share >= FLAP_HIGH_PCT,
        held=previous.held,
    )


def held_code(code: int, floor: int) -> int:
    """Return the code of a result that may not be better than ``floor``, what has not recovered; what is unknown stays so, nobody looked.

    >>> held_code(0, 1), held_code(2, 1), held_code(1, 2), held_code(3, 1)
    (1, 2, 2, 3)
    """
    return code if code == UNKNOWN else max(code, floor)


def _flap_changes(previous: CheckState, state: str, every_s: int) -> int:
    if every_s > FLAP_EVERY_S or previous.last_at is None or previous.flap_changes < 0:
        return 0
    return (previous.flap_changes << 1 | (state != previous.state)) & _ALL_CHANGES


def flap_pct(flap_changes: int) -> float:
    """Return the weighted share of changes in percent: from 0.8 for the oldest to 1.2 for the newest.

    >>> flap_pct(0), round(flap_pct(0b1111), 1), flap_pct(_ALL_CHANGES)
    (0.0, 23.4, 100.0)
    """
    most = FLAP_RESULTS - 1
    weights = sum(1.2 - 0.4 * age / (most - 1) for age in range(most) if flap_changes >> age & 1) if flap_changes > 0 else 0.0
    return round(weights / most * 100, 9)


def go_stale(previous: CheckState, now: datetime) -> CheckState:
    """Return the state of a check whose host fell silent: unknown and hard at once, never the last green. Nobody sees it flap any more.

    ``last_at`` stays, so that late results of the silent time still count; ``attempt`` and ``flap_changes`` tell its next result how bad
    it was.
    """
    return replace(
        previous,
        state='unknown',
        hard_state='unknown',
        is_hard=True,
        since=previous.since if previous.state == 'unknown' and previous.since else now,
        hard_since=previous.hard_since if previous.hard_state == 'unknown' and previous.hard_since else now,
        flap_changes=previous.flap_changes if previous.flap_changes < 0 else _SILENCE if previous.state == 'ok' else _SILENCE_IN_TROUBLE,
        is_flapping=False,
    )


def unseen_before(previous: CheckState, ts: datetime, every_s: int, grace_s: int = 0) -> CheckState:
    """Return the state in which the next result after ``previous``, of ``ts``, found a check: stale, if nobody looked for so long before it.

    The server sees silence by itself. What a host measured before it was switched off, and told after it was on again, it hears too late for that.

    >>> at = datetime(2026, 11, 23, 5, 0)
    >>> before = advance(NEW, 0, at, 1)
    >>> unseen_before(before, at + timedelta(minutes=2), 60) is before, unseen_before(before, at + timedelta(hours=2), 60).hard_since
    (True, datetime.datetime(2026, 11, 23, 5, 3))
    """
    if not previous.attempt or previous.last_at is None or (previous.state == 'unknown' and previous.is_hard):
        return previous
    silent_at = previous.last_at + timedelta(seconds=stale_after_s(every_s, grace_s))
    return go_stale(previous, silent_at) if ts > silent_at else previous


def stale_after_s(every_s: int, grace_s: int = 0) -> int:
    """Return the seconds of silence after which a check is stale: the one rule, of which ``stale_after_sql`` is the twin.

    :param grace_s: seconds by which a result may be overdue; 0 for three silent intervals

    >>> stale_after_s(60), stale_after_s(86400), stale_after_s(86400, 3600), stale_after_s(60, 30)
    (180, 259200, 90000, 180)
    """
    return max(STALE_FLOOR_S, every_s + grace_s if grace_s > 0 else STALE_INTERVALS * every_s)


def stale_after_sql(check: str) -> str:
    """Return ``stale_after_s`` as an SQL expression over an alias with the columns every_s and grace_s; a name of the program, never input."""
    return (f"GREATEST({STALE_FLOOR_S}, CASE WHEN COALESCE({check}.grace_s, 0) > 0 THEN {check}.every_s + {check}.grace_s"
            f" ELSE {STALE_INTERVALS} * {check}.every_s END)")


def is_stale(last_at: datetime | None, every_s: int, now: datetime, grace_s: int = 0) -> bool:
    """Tell whether the newest result is missing, too old, or from a clock that runs ahead.

    >>> now = datetime(2026, 11, 23, 5, 0)
    >>> is_stale(None, 60, now), is_stale(datetime(2026, 11, 23, 4, 58), 60, now)
    (True, False)
    """
    if last_at is None:
        return True
    age_s = (now - last_at).total_seconds()
    return age_s > stale_after_s(every_s, grace_s) or age_s < -CLOCK_SKEW_S


def is_dated(doubt_s: float, every_s: int, grace_s: int = 0) -> bool:
    """Tell whether the time of a result is known well enough to judge by it: to less than what makes a result stale.

    >>> is_dated(0, 60), is_dated(3600, 60), is_dated(3600, 86400)
    (True, False, True)
    """
    return doubt_s <= stale_after_s(every_s, grace_s)


def is_dated_as_proof(doubt_s: float, every_s: int, grace_s: int = 0) -> bool:
    """Tell the same of what proves something: there a grace may ask for a fresher result, never for an older one.

    >>> is_dated_as_proof(300, 60), is_dated_as_proof(300, 60, 900), is_dated(300, 60, 900)
    (False, False, True)
    """
    return all(is_dated(doubt_s, every_s, one) for one in (0, grace_s))


def is_awaited(last_at: datetime | None, asked_at: datetime | None, every_s: int, now: datetime, grace_s: int = 0) -> bool:
    """Tell whether a first result is still to come: nothing is wrong yet, and nothing is known to be well either.

    :param last_at: naive UTC of the newest result
    :param asked_at: naive UTC since when there could be one; None while the host may not report yet
    :return: False as soon as there is a result since ``asked_at``, or a few intervals have passed without one

    >>> now = datetime(2026, 11, 23, 5, 0)
    >>> is_awaited(None, None, 60, now), is_awaited(None, datetime(2026, 11, 23, 4, 57), 60, now)
    (True, True)
    >>> is_awaited(None, datetime(2026, 11, 23, 4, 50), 60, now)
    False
    """
    if asked_at is None:
        return last_at is None
    if last_at is not None and last_at >= asked_at:
        return False
    return (now - asked_at).total_seconds() <= max(FIRST_GRACE_FLOOR_S, stale_after_s(every_s, grace_s))


def worst_state(states: Iterable[str]) -> str:
    """Return the most severe state by name, ``unknown`` when there is none."""
    return max(states, key=SEVERITY.index, default='unknown')


def proof(results: Iterable[CheckResult], opened_at: datetime, now: datetime) -> Verdict:
    """Say whether checks verify a run by themselves: each with accepted settings, ok, hard, fresh, and measured after the run opened.

    :param results: one for each check bound to the task
    :return: the first objection, in the order of ``results``
    """
    results = list(results)
    if not results:
        return Verdict(False, 'no_check')
    for result in results:
        code = _objection(result, opened_at, now)
        if code:
            return Verdict(False, code, result.name, result.state, result.measured_at)
    return Verdict(True, 'proven')


def _objection(result: CheckResult, opened_at: datetime, now: datetime) -> str | None:
    """Return what is wrong with one result as evidence, of ``OBJECTIONS``. A grace may ask for fresher results here, never for older ones."""
    at = result.measured_at
    if not result.is_accepted:
        return 'not_accepted'
    if at is None:
        return 'never'
    if at > now + timedelta(seconds=CLOCK_SKEW_S):
        return 'in_future'
    if not is_dated_as_proof(result.doubt_s, result.every_s, result.grace_s):
        return 'undated'
    at -= timedelta(seconds=result.doubt_s)  # the worst that its doubt allows
    if any(is_stale(at, result.every_s, now, grace_s) for grace_s in (0, result.grace_s)):
        return 'stale'
    if result.state != 'ok':
        return 'not_ok'
    if at < opened_at:
        return 'before_opening'
    if not result.is_hard:
        return 'soft'
    return 'flapping' if result.is_flapping else None
