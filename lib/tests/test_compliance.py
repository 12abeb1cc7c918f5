"""One definition of compliance, in Python and in SQL."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st
from lib import compliance, run_state
from lib.compliance import Bucket, Word, classify, outcome, percentages

DUE = datetime(2026, 11, 23, 9)
DEADLINE = datetime(2026, 11, 23, 12)
LATER = datetime(2026, 11, 24)
SECOND = timedelta(seconds=1)

LATE_ENTRY = Word(is_late_entry=True, is_unconfirmed=True)
CONFIRMED = Word(is_late_entry=True)
ALONE = Word(is_unconfirmed=True)

CASES = [
    ('done', DUE, LATER, Bucket.ON_TIME),
    ('verified', DUE - SECOND, LATER, Bucket.ON_TIME),
    ('auto_verified', DUE - SECOND, DUE, Bucket.ON_TIME),
    ('done', DUE + SECOND, LATER, Bucket.LATE),
    ('done', DEADLINE, LATER, Bucket.LATE),
    ('done', DEADLINE + SECOND, LATER, Bucket.MISSED),
    ('pending', None, DEADLINE, Bucket.OPEN),
    ('pending', None, DEADLINE + SECOND, Bucket.MISSED),
    ('missed', None, LATER, Bucket.MISSED),
    ('failed', None, LATER, Bucket.FAILED),
    ('verified', None, LATER, Bucket.FAILED),
    ('not_applicable', None, LATER, Bucket.NOT_APPLICABLE),
]


@pytest.mark.parametrize(('state', 'done_at', 'now', 'bucket'), CASES)
def test_run_counts_in_its_bucket(state, done_at, now, bucket):
    assert classify(state, done_at, DUE, DEADLINE, now, Word()) is bucket


@pytest.mark.parametrize(('state', 'done_at', 'word', 'bucket'), [
    ('done', DUE, LATE_ENTRY, Bucket.LATE_ENTRY),
    ('done', DEADLINE, LATE_ENTRY, Bucket.LATE_ENTRY),
    ('done', DEADLINE + SECOND, LATE_ENTRY, Bucket.MISSED),
    ('verified', DUE, CONFIRMED, Bucket.ON_TIME),
    ('verified', DUE + SECOND, CONFIRMED, Bucket.LATE),
    ('verified', DEADLINE + SECOND, CONFIRMED, Bucket.MISSED),
    ('not_applicable', None, ALONE, Bucket.WAIVED),
    ('not_applicable', None, LATE_ENTRY, Bucket.MISSED),
    ('not_applicable', None, CONFIRMED, Bucket.NOT_APPLICABLE),
    ('missed', None, CONFIRMED, Bucket.MISSED),
    ('failed', None, LATE_ENTRY, Bucket.FAILED),
])
def test_one_persons_word_counts_only_with_anothers(state, done_at, word, bucket):
    assert classify(state, done_at, DUE, DEADLINE, LATER, word) is bucket
    extra = replace(word, is_extra=True)
    assert classify(state, done_at, DUE, DEADLINE, LATER, extra) is Bucket.EXTRA
    assert outcome(state, done_at, DUE, DEADLINE, LATER, extra) is bucket


MOMENTS = st.integers(-200, 200).map(lambda minutes: DUE + timedelta(minutes=minutes))
FLAGS = st.sampled_from([None, 0, 1])  # a column that an upgrade added is empty in old rows


@given(st.lists(st.tuples(
    st.sampled_from(run_state.STATES), st.none() | MOMENTS, MOMENTS, MOMENTS, FLAGS, st.none() | st.just(7), FLAGS, FLAGS), min_size=1), MOMENTS)
def test_sql_counts_as_python_does(runs, now):
    database = sqlite3.connect(':memory:')
    database.execute(
        "CREATE TABLE run (id INTEGER, state TEXT, done_at TEXT, due_at TEXT, deadline_at TEXT, needs_confirmation INTEGER, "
        f"verified_by_id INTEGER, is_late_entry INTEGER, is_extra INTEGER, settled_as TEXT GENERATED ALWAYS AS ({compliance.SETTLED_SQL}) STORED)")
    rows = [(index, state, done and done.isoformat(), due.isoformat(), max(due, deadline).isoformat(), *flags)
            for index, (state, done, due, deadline, *flags) in enumerate(runs)]
    database.executemany(
        "INSERT INTO run (id, state, done_at, due_at, deadline_at, needs_confirmation, verified_by_id, is_late_entry, is_extra) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    query = f"SELECT {compliance.bucket_sql('run', ':now')} FROM run ORDER BY id"
    counted = [row[0] for row in database.execute(query, {'now': now.isoformat()})]
    assert counted == [
        classify(state, done, due, max(due, deadline), now, Word(bool(late), bool(needs and not verifier), bool(extra))).value
        for state, done, due, deadline, needs, verifier, late, extra in runs]


def test_every_due_bucket_is_one_word_of_nobody_alone():
    """Whatever one person says after the deadline, or of what does not apply, is asked for; only a second person's word changes that."""
    for state, word in (('done', LATE_ENTRY), ('not_applicable', ALONE), ('not_applicable', LATE_ENTRY)):
        bucket = classify(state, DUE, DUE, DEADLINE, LATER, word)
        assert bucket in compliance.DUE_BUCKETS and bucket not in compliance.DONE_BUCKETS


def test_only_what_is_not_done_in_time_is_excused_in_sql_and_in_python():
    database = sqlite3.connect(':memory:')
    database.execute("CREATE TABLE run (bucket TEXT, excuse_id INTEGER)")
    rows = [(bucket.value, excuse) for bucket in Bucket for excuse in (None, 7)]
    database.executemany("INSERT INTO run VALUES (?, ?)", rows)
    counted = database.execute(f"SELECT bucket, excuse_id, {compliance.excused_sql('run')} FROM run ORDER BY rowid").fetchall()
    assert [bool(excused) for _bucket, _excuse, excused in counted] == [
        compliance.is_excused(Bucket(bucket), excuse is not None) for bucket, excuse in rows]
    assert sum(excused for _bucket, _excuse, excused in counted) == 2
    assert None not in [excused for _bucket, _excuse, excused in counted]


@given(st.dictionaries(st.sampled_from(list(Bucket)), st.integers(0, 10_000)), st.data())
def test_shares_are_honest(counts, data):
    missed = counts.get(Bucket.MISSED, 0) + counts.get(Bucket.LATE_ENTRY, 0)
    shares = percentages(counts, excused=data.draw(st.integers(0, missed)))
    assert shares.due == sum(counts.get(bucket, 0) for bucket in compliance.DUE_BUCKETS)
    if not shares.due:
        assert shares.done_pct is None and shares.excused_pct is None
        return
    parts = (shares.on_time_pct, shares.late_pct, shares.late_entry_pct, shares.missed_pct, shares.failed_pct, shares.waived_pct)
    assert abs(sum(parts) - 100) < 0.61
    undone = missed + counts.get(Bucket.FAILED, 0) + counts.get(Bucket.WAIVED, 0)
    assert (shares.done_pct == 100.0) == (undone == 0)
    assert shares.excused_pct is None or shares.excused_pct >= shares.done_pct
    assert shares.planned_pct <= shares.done_pct


@given(st.integers(0, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
@example((1, 16))
@example((9999, 10_000))
@example((1, 10_000))
@example((1, 1000))
@example((999, 1000))
@example((0, 0))
def test_sql_rounds_as_python_does(pair):
    part, whole = pair
    [[rounded]] = sqlite3.connect(':memory:').execute(f"SELECT {compliance.percent_sql(':part', ':whole')}", {'part': part, 'whole': whole})
    assert rounded == compliance.percent(part, whole)


def test_open_and_not_applicable_runs_are_in_no_denominator():
    assert percentages({'on_time': 1, 'open': 50, 'not_applicable': 50}).done_pct == 100.0


def test_what_did_not_apply_is_shown_with_and_without():
    shares = percentages({'on_time': 1, 'not_applicable': 19})
    assert (shares.done_pct, shares.planned_pct) == (100.0, 5.0)


def test_nineteen_waived_by_one_person_lift_nothing():
    shares = percentages({'on_time': 1, 'waived': 19})
    assert (shares.due, shares.done_pct, shares.planned_pct, shares.excused_pct) == (20, 5.0, 5.0, 5.0)


def test_runs_started_by_hand_lift_nothing():
    plan = {'on_time': 1, 'missed': 1}
    assert percentages(plan) == percentages({**plan, 'extra': 98})


@pytest.mark.parametrize(('counts', 'excused'), [
    ({'on_time': -1}, 0), ({'missed': 1}, 2), ({'missed': 1}, -1), ({'x': 1}, 0),
])
def test_impossible_counts_are_refused(counts, excused):
    with pytest.raises(ValueError):
        percentages(counts, excused)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)), MOMENTS)
def test_words_before_entering_say_what_counts_afterwards(due_at, grace, done_at):
    spans = compliance.spans(due_at, due_at + grace)
    [said] = [span for span in spans if (span.after is None or done_at > span.after) and (span.until is None or done_at <= span.until)]
    assert said.bucket is classify('done', done_at, due_at, due_at + grace, done_at, Word())


def test_without_grace_nothing_is_late():
    due = datetime(2026, 11, 23, 9)
    assert [span.bucket for span in compliance.spans(due, due)] == [Bucket.ON_TIME, Bucket.MISSED]
    assert [span.bucket for span in compliance.spans(due, due + timedelta(hours=1))] == [Bucket.ON_TIME, Bucket.LATE, Bucket.MISSED]
