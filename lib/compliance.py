"""The one definition of compliance; the board, the pivot and the PDF all count these buckets.

A run is on time when it was done by its due time, late when done by its deadline (due plus grace), missed when not. Work
entered later counts by when it was done, not by when it was typed; work done after the deadline stays missed.
A run that someone looked at and found bad is failed: it keeps no ``done_at``, even after a second person verified it.
A missed run is excused when another person granted it a fact. It stays missed in the raw compliance; the excused one does not ask
for it. Work that counts as done after all needs no excuse, whatever was granted before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Bucket(str, Enum):
    """Where a run counts; the value is what reports store and group by."""

    ON_TIME = 'on_time'
    LATE = 'late'
    MISSED = 'missed'
    FAILED = 'failed'
    NOT_APPLICABLE = 'not_applicable'
    OPEN = 'open'

    __str__ = str.__str__  # Python 3.10 and 3.11 disagree on what a mixed-in str prints


# What was asked for and is decided. Open runs are not due yet, not applicable ones were never owed.
DUE_BUCKETS = (Bucket.ON_TIME, Bucket.LATE, Bucket.MISSED, Bucket.FAILED)

# The same definition for a view over many rows; the twin test runs both on the same runs. ``now`` is the one place
# where the caller's clock goes in.
BUCKET_SQL = """CASE
    WHEN {run}.state = 'not_applicable' THEN 'not_applicable'
    WHEN {run}.state = 'failed' THEN 'failed'
    WHEN {run}.state = 'missed' THEN 'missed'
    WHEN {run}.state = 'pending' AND {now} > {run}.deadline_at THEN 'missed'
    WHEN {run}.state = 'pending' THEN 'open'
    WHEN {run}.done_at IS NULL THEN 'failed'
    WHEN {run}.done_at <= {run}.due_at THEN 'on_time'
    WHEN {run}.done_at <= {run}.deadline_at THEN 'late'
    ELSE 'missed'
END"""


def bucket_sql(run: str = 'run', now: str = "(now() AT TIME ZONE 'UTC')") -> str:
    """Return ``classify`` as an SQL expression over a table alias with the columns state, done_at, due_at, deadline_at.

    Both arguments are spliced in as they are: literals of the program, never input.
    """
    return BUCKET_SQL.format(run=run, now=now)


def is_excused(bucket: Bucket, has_excuse: bool) -> bool:
    """Tell whether a run counts as excused: only what is missed can be.

    >>> is_excused(Bucket.MISSED, True), is_excused(Bucket.LATE, True), is_excused(Bucket.MISSED, False)
    (True, False, False)
    """
    return bucket is Bucket.MISSED and has_excuse


def excused_sql(run: str = 'run') -> str:
    """Return ``is_excused`` as an SQL condition, never NULL, over an alias with the columns bucket and excuse_id."""
    return f"({run}.bucket = 'missed' AND {run}.excuse_id IS NOT NULL)"


def classify(
    state: str, done_at: datetime | None, due_at: datetime, deadline_at: datetime, now: datetime,
) -> Bucket:
    """Return where a run counts.

    :param state: one of ``run_state.STATES``
    :param done_at: naive UTC when the work was done; None for a run that was not

    >>> due, deadline, now = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 12), datetime(2026, 11, 24)
    >>> classify('done', datetime(2026, 11, 23, 10), due, deadline, now).value
    'late'
    """
    if state in ('not_applicable', 'failed', 'missed'):
        return Bucket(state)
    if state == 'pending':
        return Bucket.MISSED if now > deadline_at else Bucket.OPEN
    if done_at is None:
        return Bucket.FAILED
    if done_at <= due_at:
        return Bucket.ON_TIME
    return Bucket.LATE if done_at <= deadline_at else Bucket.MISSED


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

    >>> [span.bucket.value for span in spans(datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9))]
    ['on_time', 'missed']
    """
    ends = [due_at, *([deadline_at] if deadline_at > due_at else []), None]
    found, after = [], None
    for until in ends:
        moment = until or after + timedelta.resolution
        found.append(Span(classify('done', moment, due_at, deadline_at, moment), after, until))
        after = until
    return found


@dataclass(frozen=True, slots=True)
class Percentages:
    """Shares of the due runs in percent, rounded to one decimal; None when nothing was due.

    :param due: runs that were asked for and are decided
    :param done_pct: on time or late: the raw compliance
    :param excused: missed runs for which another person granted a reason
    :param excused_pct: the compliance when excused runs are not asked for
    """

    due: int
    on_time_pct: float | None
    late_pct: float | None
    missed_pct: float | None
    failed_pct: float | None
    done_pct: float | None
    excused: int
    excused_pct: float | None


def percentages(counts: Mapping[str, int], excused: int = 0) -> Percentages:
    """Return the shares for counts by bucket (or bucket value); a bucket left out counts 0.

    :param excused: how many of the missed runs are excused
    :raises ValueError: an unknown bucket, a negative count, or more excused than missed runs

    >>> percentages({'on_time': 8, 'late': 1, 'missed': 1, 'open': 5}, excused=1)
    Percentages(due=10, on_time_pct=80.0, late_pct=10.0, missed_pct=10.0, failed_pct=0.0, done_pct=90.0, excused=1, \
excused_pct=100.0)
    """
    by_bucket = {Bucket(name): count for name, count in counts.items()}
    if any(count < 0 for count in by_bucket.values()) or not 0 <= excused <= by_bucket.get(Bucket.MISSED, 0):
        raise ValueError("counts must not be negative, nor excused runs outnumber the missed ones")
    due = sum(by_bucket.get(bucket, 0) for bucket in DUE_BUCKETS)
    done = by_bucket.get(Bucket.ON_TIME, 0) + by_bucket.get(Bucket.LATE, 0)

    def share(bucket):
        return percent(by_bucket.get(bucket, 0), due)

    return Percentages(
        due=due,
        on_time_pct=share(Bucket.ON_TIME),
        late_pct=share(Bucket.LATE),
        missed_pct=share(Bucket.MISSED),
        failed_pct=share(Bucket.FAILED),
        done_pct=percent(done, due),
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
