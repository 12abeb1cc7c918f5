"""One definition of what a ticket counts as, in Python and in SQL."""

import itertools
import sqlite3
from datetime import timedelta

import pytest
from lib import ticket_figures
from lib.ticket_figures import Outcome, age_band, outcome

STATES = ('new', 'in_progress', 'resolved', 'closed', 'cancelled')
KINDS = (None, 'requester', 'silent', 'colleague')


@pytest.mark.parametrize(('state', 'kind', 'is_double', 'expected'), [
    ('new', None, False, Outcome.OPEN),
    ('in_progress', None, False, Outcome.OPEN),
    ('resolved', None, False, Outcome.WAITING),
    ('closed', 'requester', False, Outcome.CONFIRMED),
    ('closed', 'silent', False, Outcome.SILENT),
    ('closed', 'colleague', False, Outcome.COLLEAGUE),
    ('cancelled', None, False, Outcome.CANCELLED),
    ('cancelled', None, True, Outcome.DOUBLE),
    ('closed', 'requester', True, Outcome.DOUBLE),
])
def test_ticket_has_one_outcome(state, kind, is_double, expected):
    assert outcome(state, kind, is_double) is expected


def test_sql_says_the_same_of_every_ticket():
    rows = list(itertools.product(STATES, KINDS, (None, 7)))
    with sqlite3.connect(':memory:') as base:
        base.execute("CREATE TABLE ticket (state TEXT, confirmation_kind TEXT, duplicate_of_id INTEGER)")
        base.executemany("INSERT INTO ticket VALUES (?, ?, ?)", rows)
        found = base.execute(f"SELECT {ticket_figures.outcome_sql()} FROM ticket ORDER BY rowid").fetchall()
    assert [one for [one] in found] == [outcome(state, kind, double is not None).value for state, kind, double in rows]


def test_sql_puts_every_age_into_the_same_band():
    ages = [days + part for days in (0, *ticket_figures.AGE_DAYS, 400) for part in (0, 0.25, 0.5)]
    with sqlite3.connect(':memory:') as base:
        found = [base.execute(f"SELECT {ticket_figures.age_band_sql('?1')}", [age]).fetchone()[0] for age in ages]
    assert found == [age_band(timedelta(days=age)) for age in ages]
    assert set(found) == set(ticket_figures.AGE_BANDS)
