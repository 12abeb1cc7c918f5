"""The states of a task run: which may follow which, and what a move asks for.

    pending ──> auto_verified | done | failed | missed | not_applicable
    done ──> verified | pending (rejected)          failed ──> verified | pending (tried again)
    missed ──> done (entered late) | not_applicable (as another person says)
    not_applicable ──> pending (rejected)
    auto_verified ──> verified                       verified: final

For some minutes a doer takes the own word back (``Undo``): done, failed and not applicable become pending, as if never said. A run
whose deadline has passed meanwhile is then missed, by the clock and at once. A late entry stays: it closed a miss and what hung on
it, so only another person sends it back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = ('pending', 'auto_verified', 'done', 'verified', 'failed', 'missed', 'not_applicable')

GRAPH: dict[str, frozenset[str]] = {
    'pending': frozenset({'auto_verified', 'done', 'failed', 'missed', 'not_applicable'}),
    'auto_verified': frozenset({'verified'}),
    'done': frozenset({'verified', 'pending'}),
    'failed': frozenset({'verified', 'pending'}),
    'missed': frozenset({'done', 'not_applicable'}),
    'not_applicable': frozenset({'pending'}),
    'verified': frozenset(),
}

# A closed run asks nothing more of its doer; a missed one may still be entered late.
CLOSED_STATES = frozenset(STATES) - {'pending'}

# Why a step may be refused.
REFUSALS = (
    'not_allowed', 'machine_only', 'clock_only', 'no_proof', 'own_work', 'own_rejection', 'no_reason', 'too_early', 'not_yet_missed',
    'done_in_future', 'undo_off', 'undo_other', 'undo_machine', 'undo_seen', 'undo_late_entry', 'undo_expired')


@dataclass(frozen=True, slots=True)
class Undo:
    """What is known of a step that its doer wants to take back.

    :param entered_at: naive UTC at which the step was taken, by the server's clock
    :param minutes: for how long a step may be taken back; 0 for never
    :param is_late_entry: it was entered after the deadline
    :param is_sent_back: another person sent this run back before
    """

    entered_at: datetime | None
    minutes: int
    is_late_entry: bool = False
    is_sent_back: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One attempt to change a run's state.

    :param actor: id of the person who acts, None for the clock and the agents
    :param doer: id of the person who did (or failed, or excused) the run, None while nobody has
    :param now: naive UTC
    :param open_at: naive UTC from which the run may be closed
    :param deadline_at: naive UTC after which the run is missed (due plus grace)
    :param done_at: naive UTC at which the work was done, as entered
    :param proven: what ``check_state.proof`` said of the task's checks; None when it has none
    :param undo: set when the doer takes the own step back
    """

    old: str
    new: str
    now: datetime
    open_at: datetime
    deadline_at: datetime
    actor: int | None = None
    doer: int | None = None
    done_at: datetime | None = None
    reason: str = ''
    proven: bool | None = None
    undo: Undo | None = None


def allowed(old: str, new: str) -> bool:
    """Tell whether the graph leads from ``old`` to ``new``; an unknown state leads nowhere.

    >>> allowed('pending', 'done'), allowed('verified', 'pending'), allowed('pending', 'verified')
    (True, False, False)
    """
    return new in GRAPH.get(old, ())


def waits_for_second(state: str, needs_verification: bool, needs_confirmation: bool, is_verified: bool) -> bool:
    """Tell whether a run waits for a second person: it is done and has to be verified, or it is one person's word that counts only with another's.

    >>> waits_for_second('done', True, False, False), waits_for_second('not_applicable', True, False, False)
    (True, False)
    >>> waits_for_second('done', False, True, False), waits_for_second('not_applicable', False, True, False)
    (True, True)
    """
    if is_verified:
        return False
    return (state == 'done' and (needs_verification or needs_confirmation)) or (state == 'not_applicable' and needs_confirmation)


def late_entry_needs_confirmation(done_at: datetime, deadline_at: datetime, entered_at: datetime) -> bool:
    """Tell whether work counts as done only once another person confirms it: it was entered after the deadline as done before it.

    >>> noon = datetime(2026, 11, 23, 12)
    >>> [late_entry_needs_confirmation(done, noon, entered) for done, entered in [
    ...     (datetime(2026, 11, 23, 9), datetime(2026, 11, 24)), (datetime(2026, 11, 23, 9), noon), (datetime(2026, 11, 24),) * 2]]
    [True, False, False]
    """
    return done_at <= deadline_at < entered_at


def waiver_refusal(move: 'Move', is_waiting: bool) -> str | None:
    """Return why somebody may not confirm that a run did not apply, one of ``REFUSALS``, or None; the run stays in its state.

    :param is_waiting: its word waits for a second person
    """
    if move.old != 'not_applicable' or not is_waiting:
        return 'not_allowed'
    return _verified(move)


def is_missed(deadline_at: datetime, now: datetime) -> bool:
    """Tell whether the clock has closed a run; the deadline itself still counts as in time."""
    return now > deadline_at


def deadline(due_at: datetime, grace_s: int) -> datetime:
    """Return the moment after which a run is missed."""
    return due_at + timedelta(seconds=grace_s)


def refusal(move: Move) -> str | None:
    """Return why the move must be refused, one of ``REFUSALS``, or None when it may happen.

    Covers every door alike, so it has to be asked where states are written, not where buttons are drawn.
    """
    if move.undo and move.old in _UNDO_NEVER:
        return _UNDO_NEVER[move.old]
    if not allowed(move.old, move.new):
        return 'not_allowed'
    return _RULES[move.new](move)


def _auto_verified(move: Move) -> str | None:
    if move.actor is not None:
        return 'machine_only'
    return None if move.proven else 'no_proof'


def _done(move: Move) -> str | None:
    if move.done_at is not None and move.done_at > move.now:
        return 'done_in_future'
    if (move.done_at or move.now) < move.open_at:
        return 'too_early'
    has_reason = bool(move.reason.strip())
    if move.proven is False and not has_reason:
        return 'no_proof'
    return 'no_reason' if move.old == 'missed' and not has_reason else None


def _failed(move: Move) -> str | None:
    if move.now < move.open_at:
        return 'too_early'
    return _with_reason(move)


def _missed(move: Move) -> str | None:
    if move.actor is not None:
        return 'clock_only'
    return None if is_missed(move.deadline_at, move.now) else 'not_yet_missed'


def _verified(move: Move) -> str | None:
    # Without a known person there are no four eyes: neither the clock nor an import can stand in for the second pair.
    if move.actor is None or move.actor == move.doer:
        return 'own_work'
    return None


def _pending(move: Move) -> str | None:
    if move.undo:
        return _undone(move, move.undo)
    if move.old != 'failed' and move.actor == move.doer:
        return 'own_rejection'
    return _with_reason(move)


def _undone(move: Move, undo: Undo) -> str | None:
    if undo.minutes <= 0:
        return 'undo_off'
    if move.actor is None or move.actor != move.doer:
        return 'undo_other'
    if undo.is_sent_back:
        return 'undo_seen'
    if undo.is_late_entry:
        return 'undo_late_entry'
    is_fresh = undo.entered_at is not None and move.now <= undo.entered_at + timedelta(minutes=undo.minutes)
    return None if is_fresh else 'undo_expired'


def _with_reason(move: Move) -> str | None:
    return None if move.reason.strip() else 'no_reason'


# What no graph leads back from, with the words that fit somebody who presses “Undo”.
_UNDO_NEVER = {'verified': 'undo_seen', 'auto_verified': 'undo_machine'}
_RULES = {
    'auto_verified': _auto_verified, 'done': _done, 'failed': _failed, 'missed': _missed, 'verified': _verified,
    'pending': _pending, 'not_applicable': _with_reason,
}
