"""Jobs that report themselves: what a ping's address says, and what a heartbeat is at a moment. Pure; times are naive UTC.

The addresses are those of Healthchecks (healthchecks.io/docs/http_api), so that a script changes nothing but the beginning:
``/<token>``, ``/<token>/start``, ``/fail``, ``/log``, ``/<exit code>``, the same after ``/<ping key>/<slug>``, and ``?rid=<uuid>``.
"""

import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from . import cron

KINDS = ('success', 'start', 'fail', 'log')
MAX_LOG_BYTES = 100_000
MIN_S, MAX_S = 60, 92 * 86400  # of period and grace together: a check is stale after three intervals of at most 31 days
MAX_RUNS = 20
# That something did not come is said of a moment so long ago: by now no ping of before it can still be on its way.
HORIZON_S = 30
# A check turns stale so much later than its heartbeat turns late: whoever looks each minute has said so by then.
SLACK_S = 240
REFRESH_S = 60

_TOKEN = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_KEY = re.compile(r'[A-Za-z0-9_-]{22}')
_SLUG = re.compile(r'[a-z0-9_-]{1,64}')
_EXIT_CODE = re.compile(r'[0-9]{1,3}')
_CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]')


# === WHAT COMES IN === #

@dataclass(frozen=True, slots=True)
class Address:
    """Whose ping it is and what it says.

    :param secret: the token of one heartbeat, or with ``slug`` the ping key of a company
    :param kind: one of ``KINDS``
    :param exit_code: 0 to 255, None where none was said
    """

    secret: str
    slug: str = ''
    kind: str = 'success'
    exit_code: int | None = None


def parse_address(*parts: str) -> Address | None:
    """Return what the parts of a path after ``/ping/`` say, None when they say nothing.

    >>> parse_address('5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278', '3').exit_code
    3
    >>> parse_address('5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278', '').kind
    'success'
    >>> parse_address('fqOOd6-F4MMNuCEnzTU01w', 'db-backups', 'start').kind
    'start'
    """
    if not 1 <= len(parts) <= 3:
        return None
    first, *rest = parts
    slug = ''
    if not _TOKEN.fullmatch(first.lower()):
        if not _KEY.fullmatch(first) or not rest or not _SLUG.fullmatch(rest[0]):
            return None
        slug = rest.pop(0)
    else:
        first, rest = first.lower(), [] if rest == [''] else rest  # as with Healthchecks, a slash at the end of such an address says nothing
    said = _said(rest)
    return said and replace(said, secret=first, slug=slug)


def _said(rest: list[str]) -> Address | None:
    if not rest:
        return Address('')
    word = rest[0]
    if len(rest) == 1 and word in KINDS[1:]:
        return Address('', kind=word)
    if len(rest) == 1 and _EXIT_CODE.fullmatch(word) and int(word) <= 255:
        return Address('', kind='fail' if int(word) else 'success', exit_code=int(word))
    return None


def parse_rid(text: str | None) -> str | None:
    """Return a run id in its usual form, '' when none was given, None when it is none.

    >>> parse_rid('6C8E1E1A-2E1F-4B44-9C0C-2D6A6E1F0A11'), parse_rid(None), parse_rid('nightly')
    ('6c8e1e1a-2e1f-4b44-9c0c-2d6a6e1f0a11', '', None)
    """
    if not text:
        return ''
    return text.lower() if _TOKEN.fullmatch(text.lower()) else None


def is_slug(text: str | None) -> bool:
    """Tell whether a short name can stand in an address."""
    return bool(_SLUG.fullmatch(text or ''))


def new_token() -> str:
    """Return the token of an address, 122 random bits."""
    return str(uuid.uuid4())


def token_hash(db_id: str, secret: str) -> str:
    """Return what is kept of a token or a ping key: without the identity of its database it opens nothing."""
    return hmac.new(db_id.encode(), secret.encode(), hashlib.sha256).hexdigest()


def clean_log(body: bytes) -> str:
    """Return what a script said as text that can be stored and shown: at most ``MAX_LOG_BYTES`` of it, nothing that is no character.

    >>> clean_log(b'done \\x1b[32mok\\x00\\r\\n')
    'done �[32mok�\\n'
    """
    text = body[:MAX_LOG_BYTES].decode('utf-8', 'replace').replace('\r\n', '\n')
    return _CONTROL.sub('\ufffd', text)


# === WHAT IS KNOWN === #

@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job has to report: ``period_s`` after its last word, or by a crontab line in a time zone.

    :param grace_s: how long it may be late, and how long one run may take
    """

    grace_s: int
    period_s: int = 0
    line: str = ''
    tz: str = 'UTC'

    def next_after(self, moment: datetime) -> datetime:
        """Return when the job is expected next, grace not counted."""
        if self.line:
            return cron.next_after(cron.parse(self.line), self.tz, moment)
        return moment + timedelta(seconds=self.period_s)

    def longest_s(self) -> int:
        """Return the seconds from one word to the moment at which the next is late, at most."""
        return self.grace_s + (cron.longest_gap_s(cron.parse(self.line)) if self.line else self.period_s)

    def every_s(self) -> int:
        """Return the interval of the heartbeat's check: three of them, and a result is stale."""
        return -(-(self.longest_s() + SLACK_S) // 3)


@dataclass(frozen=True, slots=True)
class Ping:
    """One word of a job; ``rid`` is '' when the script names no run."""

    at: datetime
    kind: str = 'success'
    rid: str = ''
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """What all pings until now come to.

    :param success_at: of the last success, as ``fail_at`` of the last failure
    :param is_failed: the last word on how the job ends is a failure
    :param exit_code: of the last run that ended, None when it did not say
    :param run_s: how long that run took, None when it did not say when it began
    :param runs: ``(rid, began at)`` of the runs that have not ended, oldest first
    """

    success_at: datetime | None = None
    fail_at: datetime | None = None
    is_failed: bool = False
    exit_code: int | None = None
    run_s: float | None = None
    runs: tuple[tuple[str, datetime], ...] = ()

    @property
    def ended_at(self) -> datetime | None:
        return max(filter(None, (self.success_at, self.fail_at)), default=None)


def take(life: Life, ping: Ping, grace_s: int) -> Life:
    """Return the life after one more ping.

    A run ends by a word with its own run id; a word without one ends the run that began without one. So the end of one run says
    nothing of another that runs beside it: a failure, or a run that hangs, is made good only by a run that began after it.
    """
    if ping.kind == 'log':
        return life
    others = tuple(one for one in life.runs if one[0] != ping.rid)
    began = next((at for rid, at in life.runs if rid == ping.rid), None)
    if ping.kind == 'start':
        if life.ended_at and ping.at < life.ended_at and not ping.rid:
            return life  # it came late: its end is known
        return replace(life, runs=(*others[:MAX_RUNS - 1], (ping.rid, ping.at)))
    ended = replace(
        life, runs=others, exit_code=ping.exit_code, run_s=(ping.at - began).total_seconds() if began and began <= ping.at else None)
    if ping.kind == 'fail':
        is_newer = not life.success_at or ping.at > life.success_at
        return replace(ended, fail_at=_latest(life.fail_at, ping.at), is_failed=life.is_failed or is_newer)
    since = began or ping.at
    return replace(
        ended, success_at=_latest(life.success_at, ping.at),
        is_failed=life.is_failed and since <= life.fail_at,
        runs=tuple((rid, at) for rid, at in others if at + timedelta(seconds=grace_s) >= since))


def _latest(before: datetime | None, at: datetime) -> datetime:
    return max(before, at) if before else at


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a heartbeat is at a moment.

    :param state: ``waiting``, ``ok``, ``critical`` or ``unknown``
    :param code: why: ``never``, ``running`` (its first run), ``ok``, ``failed``, ``overrun``, ``late`` or ``away`` (its word may have been lost)
    :param since: the moment that the reason speaks of: the last word, the failure, the beginning of the run, when it was expected, or
        since when we hear again
    :param due_at: when its silence makes it worse, or has to be said again; None while nothing is expected
    """

    state: str
    code: str
    since: datetime | None
    due_at: datetime | None


def judge(life: Life, schedule: Schedule, now: datetime, heard_since: datetime | None = None) -> Verdict:
    """Return what a heartbeat is at ``now``, if nothing else has come until then.

    :param heard_since: since when pings have been heard without a break, None when there was none. A word that was expected before may have
        been lost, so its silence is unknown until the next one is late.

    >>> at = datetime(2026, 11, 23, 2, 0)
    >>> daily = Schedule(grace_s=3600, period_s=86400)
    >>> life = take(Life(), Ping(at), 3600)
    >>> [judge(life, daily, at + timedelta(hours=hours)).code for hours in (24, 25, 26)]
    ['ok', 'ok', 'late']
    """
    grace = timedelta(seconds=schedule.grace_s)
    ended_at = life.ended_at
    expected_at = schedule.next_after(ended_at) if ended_at else None
    deadlines = [at + grace for _rid, at in life.runs] + ([expected_at + grace] if expected_at else [])
    due_at = min(deadlines, default=None)
    oldest = min((at for _rid, at in life.runs), default=None)
    excuse = None
    if heard_since and now <= schedule.next_after(heard_since) + grace:
        excuse = Verdict('unknown', 'away', heard_since, due_at)
    if oldest and oldest + grace < now:
        return excuse if excuse and heard_since > oldest else Verdict('critical', 'overrun', oldest, due_at)
    if life.is_failed:
        return Verdict('critical', 'failed', life.fail_at, due_at)
    if not life.success_at:
        return Verdict('waiting', 'running' if oldest else 'never', oldest, due_at)
    if expected_at + grace < now:
        return excuse if excuse and heard_since > expected_at else Verdict('critical', 'late', expected_at, due_at)
    return Verdict('ok', 'ok', life.success_at, due_at)


@dataclass(frozen=True, slots=True)
class Result:
    """What is stored of a heartbeat as a result of its check: Nagios' ``code`` at a moment."""

    at: datetime
    code: int
    verdict: Verdict
    exit_code: int | None = None
    run_s: float | None = None


CODES = {'ok': 0, 'critical': 2, 'waiting': 3, 'unknown': 3}


def hear(life: Life, schedule: Schedule, pings: Iterable[Ping]) -> tuple[Life, list[Result]]:
    """Return the life after some pings, and a result for each word on how a run ended, at the time of that word."""
    results = []
    for ping in sorted(pings, key=lambda one: one.at):
        life = take(life, ping, schedule.grace_s)
        if ping.kind in ('success', 'fail'):
            verdict = judge(life, schedule, ping.at)
            code = CODES[verdict.state] if ping.kind == 'success' else 2
            results.append(Result(ping.at, code, verdict, life.exit_code, life.run_s))
    return life, results


def listen(
    life: Life, schedule: Schedule, told_code: int | None, told_at: datetime | None, now: datetime, heard_since: datetime | None = None,
) -> Result | None:
    """Return what the silence of a job says, None when it says nothing new.

    It speaks of ``HORIZON_S`` ago, and again each interval while it is bad, so that what is late stays late and does not become stale.
    A job that is well only because its schedule was made wider is unknown until its next word: nothing new was heard of it.

    :param told_code: of the last result that was stored, None of none; ``told_at`` its moment
    """
    at = now - timedelta(seconds=HORIZON_S)
    if told_at and at <= told_at:
        return None
    # What was told to be bad before we went away stays so.
    verdict = judge(life, schedule, at, None if told_code == 2 else heard_since)
    if verdict.state == 'unknown' and told_code != 3:
        return Result(at, 3, verdict)
    if verdict.state == 'critical':
        refresh = timedelta(seconds=max(REFRESH_S, schedule.every_s()))
        is_told = told_code == 2 and told_at and (at < told_at + refresh or verdict.due_at is None or verdict.due_at > at)
        return None if is_told else Result(at, 2, verdict)
    if told_code == 2 and verdict.state == 'ok':
        return Result(at, 3, verdict)
    return None


# === HOW A LIFE IS KEPT === #

def dump(life: Life) -> dict:
    """Return a life as JSON-able values."""
    return {
        'success_at': _stamp(life.success_at), 'fail_at': _stamp(life.fail_at), 'is_failed': life.is_failed, 'exit_code': life.exit_code,
        'run_s': life.run_s, 'runs': [[rid, _stamp(at)] for rid, at in life.runs]}


def load(kept: dict | None) -> Life:
    """Return the life of what :func:`dump` gave, a new one of None."""
    if not kept:
        return Life()
    return Life(
        _moment(kept['success_at']), _moment(kept['fail_at']), kept['is_failed'], kept['exit_code'], kept['run_s'],
        tuple((rid, _moment(at)) for rid, at in kept['runs']))


def _stamp(at: datetime | None) -> str | None:
    return at and at.isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
