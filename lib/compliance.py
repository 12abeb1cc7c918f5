"""The one definition of compliance; the board, the pivot and the PDF all count these buckets.

A run is on time when it was done by its due time, late when done by its deadline (due plus grace), missed when not. Work done after the
deadline stays missed. Nobody moves a figure alone:

* What is entered after the deadline as done before it is a late entry until another person confirms it; then it counts by when it was done.
* What somebody says does not apply is waived until another person confirms it; then it is not owed. Said after the deadline, it is still
  missed until then.
* A run that somebody started by hand, or by saying alone that what it follows had happened, is no part of the plan: it is counted, and in no
  percentage.

A run that someone looked at and found bad is failed: it keeps no ``done_at``, even after a second person verified it.
A missed run is excused when another person granted it a fact, and so is one that was entered late and not confirmed. It stays missed in the
raw compliance; the excused one does not ask for it. Work that counts as done after all needs no excuse, whatever was granted before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Bucket(str, Enum):
    """Where a run counts; the value is what reports store and group by."""

    ON_TIME = 'on_time'
    LATE = 'late'
    LATE_ENTRY = 'late_entry'
    MISSED = 'missed'
    FAILED = 'failed'
    WAIVED = 'waived'
    NOT_APPLICABLE = 'not_applicable'
    EXTRA = 'extra'
    OPEN = 'open'

    __str__ = str.__str__  # Python 3.10 and 3.11 disagree on what a mixed-in str prints


DONE_BUCKETS = (Bucket.ON_TIME, Bucket.LATE)
# What was asked for and is decided. Open runs are not due yet, not applicable ones were never owed, extra ones are no part of the plan.
DUE_BUCKETS = (*DONE_BUCKETS, Bucket.LATE_ENTRY, Bucket.MISSED, Bucket.FAILED, Bucket.WAIVED)
EXCUSABLE_BUCKETS = (Bucket.MISSED, Bucket.LATE_ENTRY)
# Not done in time, as far as more than one person says: what one alone entered afterwards, or said not to apply, is so until another confirms it.
UNKEPT_BUCKETS = (Bucket.MISSED, Bucket.LATE_ENTRY, Bucket.WAIVED)

# The same definition for a view over many rows; the twin test runs both on the same runs. All that rests on the run alone, which is all but
# the passing of its deadline, PostgreSQL keeps beside it as it is written: the column ``settled_as``.
SETTLED_SQL = """CASE
    WHEN is_extra THEN 'extra'
    WHEN state = 'not_applicable' AND needs_confirmation AND verified_by_id IS NULL AND is_late_entry THEN 'missed'
    WHEN state = 'not_applicable' AND needs_confirmation AND verified_by_id IS NULL THEN 'waived'
    WHEN state = 'not_applicable' THEN 'not_applicable'
    WHEN state = 'failed' THEN 'failed'
    WHEN state = 'missed' THEN 'missed'
    WHEN state = 'pending' THEN 'open'
    WHEN done_at IS NULL THEN 'failed'
    WHEN done_at > deadline_at THEN 'missed'
    WHEN needs_confirmation AND verified_by_id IS NULL THEN 'late_entry'
    WHEN done_at <= due_at THEN 'on_time'
    ELSE 'late'
END"""
BUCKET_SQL = "CASE WHEN {run}.settled_as = 'open' AND {now} > {run}.deadline_at THEN 'missed' ELSE {run}.settled_as END"


def bucket_sql(run: str = 'run', now: str = "(now() AT TIME ZONE 'UTC')") -> str:
    """Return ``classify`` as an SQL expression over a table alias with the columns settled_as, made of ``SETTLED_SQL``, and deadline_at.

    ``now`` is the one place where the caller's clock goes in. Both arguments are spliced in as they are: literals of the program,
    never input.
    """
    return BUCKET_SQL.format(run=run, now=now)


def is_excused(bucket: Bucket, has_excuse: bool) -> bool:
    """Tell whether a run counts as excused: only what is missed can be, or what one person alone says was done after all.

    >>> is_excused(Bucket.MISSED, True), is_excused(Bucket.LATE, True), is_excused(Bucket.MISSED, False)
    (True, False, False)
    """
    return bucket in EXCUSABLE_BUCKETS and has_excuse


def excused_sql(run: str = 'run') -> str:
    """Return ``is_excused`` as an SQL condition, never NULL, over an alias with the columns bucket and excuse_id."""
    names = ', '.join(f"'{bucket.value}'" for bucket in EXCUSABLE_BUCKETS)
    return f"({run}.bucket IN ({names}) AND {run}.excuse_id IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Word:
    """What else decides where a run counts, beside its state and its times.

    :param is_late_entry: the word was entered after the deadline
    :param is_unconfirmed: it is one person's word, which counts only with another's, and nobody confirmed it yet
    :param is_extra: somebody started the run by hand, beside the plan
    """

    is_late_entry: bool = False
    is_unconfirmed: bool = False
    is_extra: bool = False


def classify(
    state: str, done_at: datetime | None, due_at: datetime, deadline_at: datetime, now: datetime, word: Word,
) -> Bucket:
    """Return where a run counts.

    :param state: one of ``run_state.STATES``
    :param done_at: naive UTC when the work was done; None for a run that was not

    >>> due, deadline, now = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 12), datetime(2026, 11, 24)
    >>> classify('done', datetime(2026, 11, 23, 10), due, deadline, now, Word()).value
    'late'
    >>> classify('done', datetime(2026, 11, 23, 8), due, deadline, now, Word(is_late_entry=True, is_unconfirmed=True)).value
    'late_entry'
    """
    return Bucket.EXTRA if word.is_extra else outcome(state, done_at, due_at, deadline_at, now, word)


def outcome(
    state: str, done_at: datetime | None, due_at: datetime, deadline_at: datetime, now: datetime, word: Word,
) -> Bucket:
    """Return how a run ended, also where it was started by hand and counts nowhere; arguments as for ``classify``."""
    if state == 'not_applicable' and word.is_unconfirmed:
        return Bucket.MISSED if word.is_late_entry else Bucket.WAIVED
    if state in ('not_applicable', 'failed', 'missed'):
        return Bucket(state)
    if state == 'pending':
        return Bucket.MISSED if now > deadline_at else Bucket.OPEN
    if done_at is None:
        return Bucket.FAILED
    if done_at > deadline_at:
        return Bucket.MISSED
    if word.is_unconfirmed:
        return Bucket.LATE_ENTRY
    return Bucket.ON_TIME if done_at <= due_at else Bucket.LATE


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: work done in it counts as ``bucket``.

    :param after: naive UTC, itself not in it; None for no beginning
    :param until: naive UTC, itself in it; None for no end
    """

    bucket: Bucket
    after: datetime | None
    until: datetime | None


def spans(due_at: datetime, deadline_at: datetime) -> list[Span]:
    """Return what work would count as by when it was done, in order of time; the words before somebody enters it.

    Once the deadline has passed this is what it counts as when another person has confirmed it.

    >>> [span.bucket.value for span in spans(datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9))]
    ['on_time', 'missed']
    """
    ends = [due_at, *([deadline_at] if deadline_at > due_at else []), None]
    found, after = [], None
    for until in ends:
        moment = until or after + timedelta.resolution
        found.append(Span(outcome('done', moment, due_at, deadline_at, moment, Word()), after, until))
        after = until
    return found


@dataclass(frozen=True, slots=True)
class Percentages:
    """Shares of the due runs in percent, rounded to one decimal; None when nothing was due.

    :param due: runs that were asked for and are decided
    :param late_entry_pct: entered after their deadline as done before it, and nobody else confirmed it
    :param waived_pct: one person said that they do not apply, and nobody else confirmed it
    :param done_pct: on time or late: the raw compliance
    :param planned_pct: the same share of all that was planned: what did not apply is asked for too
    :param excused: missed runs for which another person granted a reason
    :param excused_pct: the compliance when excused runs are not asked for
    """

    due: int
    on_time_pct: float | None
    late_pct: float | None
    late_entry_pct: float | None
    missed_pct: float | None
    failed_pct: float | None
    waived_pct: float | None
    done_pct: float | None
    planned_pct: float | None
    excused: int
    excused_pct: float | None


def percentages(counts: Mapping[str, int], excused: int = 0) -> Percentages:
    """Return the shares for counts by bucket (or bucket value); a bucket left out counts 0.

    :param excused: how many of the runs that can be are excused
    :raises ValueError: an unknown bucket, a negative count, or more excused runs than can be

    >>> shares = percentages({'on_time': 8, 'late': 1, 'missed': 1, 'not_applicable': 2, 'open': 5}, excused=1)
    >>> shares.due, shares.done_pct, shares.planned_pct, shares.excused_pct
    (10, 90.0, 75.0, 100.0)
    """
    by_bucket = {Bucket(name): count for name, count in counts.items()}

    def total(buckets):
        return sum(by_bucket.get(bucket, 0) for bucket in buckets)

    if any(count < 0 for count in by_bucket.values()) or not 0 <= excused <= total(EXCUSABLE_BUCKETS):
        raise ValueError("counts must not be negative, nor excused runs outnumber those that can be")
    due, done = total(DUE_BUCKETS), total(DONE_BUCKETS)

    def share(bucket):
        return percent(total([bucket]), due)

    return Percentages(
        due=due,
        on_time_pct=share(Bucket.ON_TIME),
        late_pct=share(Bucket.LATE),
        late_entry_pct=share(Bucket.LATE_ENTRY),
        missed_pct=share(Bucket.MISSED),
        failed_pct=share(Bucket.FAILED),
        waived_pct=share(Bucket.WAIVED),
        done_pct=percent(done, due),
        planned_pct=percent(done, due + total([Bucket.NOT_APPLICABLE])),
        excused=excused,
        excused_pct=percent(done, due - excused),
    )


# ``percent`` over sums of rows. Whole numbers until the last step, so that no database rounds otherwise than Python.
PERCENT_SQL = """CASE
    WHEN {whole} = 0 THEN NULL
    WHEN {part} > 0 AND 1000 * {part} < {whole} THEN 0.1
    WHEN {part} < {whole} AND 1000 * ({whole} - {part}) < {whole} THEN 99.9
    ELSE CAST((2000 * {part} + {whole}) / (2 * {whole}) AS DOUBLE PRECISION) / 10
END"""


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent with one decimal, half up, None of nothing. 100.0 is said only of all, 0.0 only of none.

    >>> percent(1, 3), percent(1, 16), percent(9999, 10000), percent(1, 10000), percent(0, 0)
    (33.3, 6.3, 99.9, 0.1, None)
    """
    if not whole:
        return None
    tenths = (2000 * part + whole) // (2 * whole)
    if part < whole:
        tenths = min(tenths, 999)
    return max(tenths, 1 if part else 0) / 10


def percent_sql(part: str, whole: str) -> str:
    """Return ``percent`` as an SQL expression over two expressions of whole numbers, which are spliced in as they are."""
    return PERCENT_SQL.format(part=part, whole=whole)
