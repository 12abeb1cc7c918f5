"""How a day's backup stood when its time was over: a word that is kept and never taken back.

A day is judged once, as soon as it had to be made and copied, by what was seen until then. What is proven only later stays late, and what nobody
saw in time stays unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .backup import File, Place, Promise, day_due_by, expected_days, is_past_rpo, judge, judged, machines_of, proven_at
from .local_time import local_date

OUTCOMES = ('good', 'late', 'unknown', 'bad')
# So long after its time a day is still judged by what lies there now; after that old ones may have been cleared away.
IN_TIME = timedelta(days=1)
LOOKED_BACK = 30  # days; of an older one nobody can tell any more what was usual before it
MOST_DAYS = 400
# Codes of what was not seen: of a place at which nobody looked yet they say nothing.
ABSENT = frozenset({'missing', 'elsewhere', 'gone', 'no_copy'})
# Of these a later look tells only whether it lies there yet: it may have been proven once, and be lost.
LOST = frozenset({'gone', 'silent', 'blind', 'never', 'unmounted'})
# Links of which a later look tells nothing: they are about the moment.
OF_THE_MOMENT = ('restored', 'age')


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a day's backup stood when its time was over.

    :param state: good, unknown or bad
    :param link: the weakest one: made, readable, replicated, restored, or age where the newest proven backup was older than the RPO
    :param level: the last link that held
    :param file: id of the day's backup, None for none
    :param age_h: of the newest proven backup, None for none or where nobody can tell
    :param machines: on so many it counted as lying
    :param is_afterwards: it was judged so late that old backups may have been cleared away
    :param is_late: not good then, and proven meanwhile
    :param size: of the backup that was judged, in bytes
    """

    state: str
    link: str
    code: str
    level: str = ''
    file: int | None = None
    age_h: float | None = None
    machines: int = 0
    is_afterwards: bool = False
    is_late: bool = False
    size: int | None = None


def first_day(promise: Promise, begun: datetime) -> date:
    """Return the first day whose backup is asked for by a set that somebody began with at ``begun`` (naive UTC), whether or not one is due on it.

    >>> promise = Promise(frozenset(range(7)), 12, 6, 2, 'UTC')
    >>> first_day(promise, datetime(2026, 11, 25, 12)), first_day(promise, datetime(2026, 11, 25, 13))
    (datetime.date(2026, 11, 25), datetime.date(2026, 11, 26))
    """
    day = local_date(begun, promise.tz)
    return day if promise.due_at(day) >= begun else day + timedelta(days=1)


def days_over(promise: Promise, first: date, now: datetime) -> list[date]:
    """Return the days from ``first`` on whose time is over, the newest ``MOST_DAYS``, oldest first.

    >>> days_over(Promise(frozenset(range(7)), 12, 6, 2, 'UTC'), date(2026, 11, 25), datetime(2026, 11, 27, 17, 59))
    [datetime.date(2026, 11, 25), datetime.date(2026, 11, 26)]
    """
    last = now.date() + timedelta(days=1)
    days = expected_days(promise, max(first, last - timedelta(days=MOST_DAYS)), last)
    return [day for day in days if promise.copied_until(day) <= now]


def verdict(
        day: date, promise: Promise, places: Sequence[Place], files: Iterable[File], now: datetime, *,
        rpo_h: float = 0.0, restored_at: datetime | None = None) -> Verdict:
    """Return how a day's backup stood when its time was over, by what is known now.

    :param files: the set's, those before that day too
    :param now: naive UTC, not before the day's time was over
    """
    end, files = promise.copied_until(day), list(files)
    if (now.date() - day).days > LOOKED_BACK:
        return Verdict('unknown', 'made', 'not_judged', is_afterwards=True)
    is_afterwards = now > end + IN_TIME
    is_current = not is_afterwards and day_due_by(promise, now) == day
    then = [_as_seen_by(file, end) if file.day == day else file for file in files]
    told = restored_at if not is_afterwards or (restored_at and restored_at <= end) else None
    chain = judge(day, promise, places, then, end, is_current=is_current, restored_at=told)
    made = judged(chain, {file.id: file for file in then})
    link, proven = chain.weakest, proven_at(then, places, end, is_current=not is_afterwards)
    age_s = (end - proven).total_seconds() if proven else None
    state, name, code = link.state, link.name, link.code
    if state in ('good', 'waiting') and is_past_rpo(rpo_h, age_s, code):
        state, name, code = 'bad', 'age', 'past_rpo'
    elif state == 'waiting':
        state = 'unknown'
    is_late = state != 'good' and name not in OF_THE_MOMENT and is_proven(day, promise, places, files, now, code)
    if state == 'bad' and code in ABSENT and (_not_watched(link, places, promise.due_at(day), end) or (is_afterwards and is_late)):
        state, code = 'unknown', 'not_watched'
    return Verdict(
        state, name, code, chain.level, chain.file, None if age_s is None else age_s / 3600,
        machines_of(chain, places, then, is_current=is_current), is_afterwards, is_late, made.size if made else None)


def is_proven(day: date, promise: Promise, places: Sequence[Place], files: Iterable[File], now: datetime, code: str) -> bool:
    """Tell whether a day's backup that was not proven in time was seen whole at all its places since then.

    :param code: why it was not; what was lost from sight has to lie there now
    """
    return judge(day, promise, places, files, now, is_current=code in LOST).reaches('replicated')


def outcome(state: str, code: str, is_late: bool) -> str:
    """Return as what a kept day counts: good, late, unknown or bad. One that was made late, or proven later, is late and never good.

    >>> outcome('good', '', False), outcome('good', 'late', False), outcome('bad', 'no_copy', True), outcome('unknown', 'silent', False)
    ('good', 'late', 'late', 'unknown')
    """
    if is_late or (state == 'good' and code == 'late'):
        return 'late'
    return state


def outcome_sql(day: str = 'day') -> str:
    """Return :func:`outcome` as an SQL expression over a row of ``it_backup_day``."""
    return f"""(CASE WHEN {day}.late_at IS NOT NULL OR ({day}.state = 'good' AND {day}.code = 'late') THEN 'late' ELSE {day}.state END)"""


def _as_seen_by(file: File, moment: datetime) -> File:
    """Return a file without the copies that nobody had seen by a moment."""
    return replace(file, copies=tuple(one for one in file.copies if one.seen_at is None or one.seen_at <= moment))


def _not_watched(link, places, due_at: datetime, end: datetime) -> bool:
    """Tell whether all places that a link is about became places only after the moment at which it was asked: one that was there before was looked at."""
    moment = due_at if link.name == 'made' else end
    about = [place for place in places if place.id in link.places]
    return bool(about) and all(place.since and place.since > moment for place in about)
