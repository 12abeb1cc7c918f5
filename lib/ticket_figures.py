"""As what a ticket counts in the reports: the list, the pivot, the graph and the monthly PDF all count these outcomes.

Every ticket has one outcome. A double is the same request said twice, so it counts as a ticket nowhere, but apart.
"""

from datetime import timedelta
from enum import Enum


class Outcome(str, Enum):
    """What became of a ticket; the value is what reports store and group by."""

    OPEN = 'open'
    WAITING = 'waiting'
    CONFIRMED = 'confirmed'
    SILENT = 'silent'
    COLLEAGUE = 'colleague'
    CANCELLED = 'cancelled'
    DOUBLE = 'double'

    __str__ = str.__str__  # Python 3.10 and 3.11 disagree on what a mixed-in str prints


# What somebody still has to do something about.
OPEN_OUTCOMES = (Outcome.OPEN, Outcome.WAITING)

# The same definition for a view over many rows; the twin test runs both on the same tickets.
OUTCOME_SQL = """CASE
    WHEN {ticket}.duplicate_of_id IS NOT NULL THEN 'double'
    WHEN {ticket}.state = 'cancelled' THEN 'cancelled'
    WHEN {ticket}.state = 'closed' AND {ticket}.confirmation_kind IN ('silent', 'colleague') THEN {ticket}.confirmation_kind
    WHEN {ticket}.state = 'closed' THEN 'confirmed'
    WHEN {ticket}.state = 'resolved' THEN 'waiting'
    ELSE 'open'
END"""

# Whole days at which an open ticket comes into the next band, and the bands' values in that order.
AGE_DAYS = (2, 7, 30)
AGE_BANDS = tuple(str(number) for number in range(len(AGE_DAYS) + 1))


def outcome(state: str, confirmation_kind: str | None, is_double: bool) -> Outcome:
    """Return what became of a ticket.

    :param state: a state of ``it.ticket``
    :param confirmation_kind: who said that a closed one is solved: ``requester``, ``colleague`` for another technician, or ``silent`` when nobody did

    >>> outcome('closed', 'silent', False).value, outcome('resolved', None, False).value, outcome('cancelled', None, True).value
    ('silent', 'waiting', 'double')
    """
    if is_double:
        return Outcome.DOUBLE
    if state == 'cancelled':
        return Outcome.CANCELLED
    if state == 'closed':
        return {'silent': Outcome.SILENT, 'colleague': Outcome.COLLEAGUE}.get(confirmation_kind or '', Outcome.CONFIRMED)
    return Outcome.WAITING if state == 'resolved' else Outcome.OPEN


def outcome_sql(ticket: str = 'ticket') -> str:
    """Return ``outcome`` as an SQL expression over a table alias, which is spliced in as it is: a literal of the program, never input.

    Its columns: state, confirmation_kind, duplicate_of_id.
    """
    return OUTCOME_SQL.format(ticket=ticket)


def age_band(age: timedelta) -> str:
    """Return the band of an open ticket's age in days of 24 hours: ``0`` below two of them to ``3`` from 30 on.

    >>> [age_band(timedelta(days=days)) for days in (0, 1.9, 2, 6.9, 7, 29, 30)]
    ['0', '0', '1', '1', '2', '2', '3']
    """
    return AGE_BANDS[sum(age >= timedelta(days=days) for days in AGE_DAYS)]


def age_band_sql(days: str) -> str:
    """Return ``age_band`` as an SQL expression over one of days, which is spliced in as it is."""
    cases = " ".join(f"WHEN {days} < {limit} THEN '{band}'" for limit, band in zip(AGE_DAYS, AGE_BANDS, strict=False))
    return f"CASE {cases} ELSE '{AGE_BANDS[-1]}' END"
