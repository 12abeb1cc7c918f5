"""What a sealed event tells, read from its content. Nothing of the content is believed: what is not as the software writes it is not told
at all.
"""

import json
import re
from dataclasses import dataclass
from datetime import date

# What a step of a run is called, by the states before and after it.
STEPS = {
    ('pending', 'done'): 'done',
    ('failed', 'done'): 'done',
    ('missed', 'done'): 'done_late',
    ('pending', 'auto_verified'): 'auto_verified',
    ('done', 'verified'): 'verified',
    ('auto_verified', 'verified'): 'verified',
    ('failed', 'verified'): 'verified_failed',
    ('pending', 'failed'): 'failed',
    ('pending', 'missed'): 'missed',
    ('pending', 'not_applicable'): 'not_applicable',
    ('missed', 'not_applicable'): 'not_applicable',
    ('done', 'pending'): 'sent_back',
    ('failed', 'pending'): 'sent_back',
    ('not_applicable', 'pending'): 'sent_back',
    ('auto_verified', 'pending'): 'sent_back',
}
# Where the run keeps the reason of a step. Going back to pending without one is its doer's own doing.
REASONS = {
    'done': 'override_reason', 'done_late': 'late_reason', 'failed': 'fail_reason', 'not_applicable': 'na_reason',
    'sent_back': 'reject_reason',
}
EXCUSES = {'asked': 'excuse_asked', 'decided': '', 'withdrawn': 'excuse_withdrawn'}
EXCUSE_REASONS = {'excuse_granted': 'decision_reason', 'excuse_refused': 'decision_reason', 'excuse_withdrawn': 'withdraw_reason'}
TAKEN_OVER = 'taken_over'  # stands behind a step that is none: the record was closed before the log kept its kind
CODES = (
    *dict.fromkeys(STEPS.values()), 'proven_by_improvement', 'taken_back', 'added', 'waiver_confirmed', 'excuse_asked', 'excuse_granted', 'excuse_refused',
    'excuse_withdrawn')


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened to the run.

    :param code: one of ``CODES``
    :param actor: id of the user in whose name it happened
    :param fact: of an excuse, what was the case
    """

    code: str
    actor: int
    reason: str = ''
    fact: str = ''


@dataclass(frozen=True, slots=True)
class Story:
    """An event in parts that can be put into words of any language.

    :param doer: id of who did the run, None while nobody has
    :param people: logins by user id, as they were sealed
    """

    name: str
    day: date
    doer: int | None
    deeds: tuple[Deed, ...]
    people: dict[int, str]


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a record of any kind.

    :param old: its state before, empty for a record that was made
    :param is_taken_over: the record stood there when the log began to keep its kind
    """

    old: str
    new: str
    actor: int
    is_taken_over: bool = False


@dataclass(frozen=True, slots=True)
class Moves:
    """An event of a record of any kind in parts that can be put into words of any language.

    :param title: the name by which people know the record
    :param people: logins by user id, as they were sealed
    """

    title: str
    steps: tuple[Move, ...]
    people: dict[int, str]


def read_moves(content) -> Moves | None:
    """Return what the content of an event of any kind of record tells, None when it is not what the software writes.

    >>> read_moves('{"people": {}, "steps": [["resolved", "closed", 7]], "title": "Ink"}').steps
    (Move(old='resolved', new='closed', actor=7, is_taken_over=False),)
    """
    try:
        event = json.loads(content)
        people = {int(user): _text(login) for user, login in event['people'].items()}
        moves = tuple(_move(*step) for step in event['steps'])
        return Moves(_text(event['title']), tuple(dict.fromkeys(moves)), people) if moves else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _move(old, new, actor, more=''):
    if not _is_id(actor):
        raise ValueError("not a user")
    return Move(_text(old or '', empty=True), _text(new), actor, more == TAKEN_OVER)


def read(content) -> Story | None:
    """Return what the content of an event of a run tells, None when it is not what the software writes.

    >>> read('{"record": {}}') is None
    True
    """
    try:
        event = json.loads(content)
        record, steps = event['record'], [_step(step) for step in event['steps']]
        people = {int(user): _text(login) for user, login in event['people'].items()}
        deeds = tuple(_deed(event, *step) for step in _telling(steps))
        doer = record['done_by_id']
        if not deeds or not (doer is None or _is_id(doer)):
            return None
        return Story(_text(record['task_name']), date.fromisoformat(record['date']), doer, deeds, people)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def task_pattern(words: str) -> str:
    """Return the regular expression, PostgreSQL's and Python's, that finds the contents of records whose name holds these words."""
    return r'"(?:task_name|title)":"(?:[^"\\]|\\.)*' + re.escape(json.dumps(words, ensure_ascii=False)[1:-1])


def people_pattern(user_ids) -> str:
    """Return the regular expression, PostgreSQL's and Python's, that finds the contents in which one of these users has a part."""
    ids = '|'.join(str(int(user_id)) for user_id in user_ids)
    return rf'"people":\{{[^}}]*"(?:{ids})":|"steps":\[[^{{}}]*,(?:{ids})\]'


def _telling(steps):
    """Return the steps that tell something: once each, and no small change on the way of a step by the same person."""
    moved = {actor for old, new, actor in steps if old != new}
    return [step for step in dict.fromkeys(steps) if step[0] != step[1] or step[2] not in moved]


def _deed(event, old, new, actor):
    if old == new:
        return _excuse_deed(event, actor) or Deed('waiver_confirmed' if _is_waiver_confirmed(event, new, actor) else 'added', actor)
    code = STEPS[old, new]
    reason = event['record'].get(REASONS.get(code)) or ''
    if code == 'sent_back' and not reason:
        code = 'taken_back'
    if code == 'auto_verified' and event['record'].get('counted_improvements'):
        code = 'proven_by_improvement'
    return Deed(code, actor, _text(reason, empty=True))


def _is_waiver_confirmed(event, state, actor):
    """Tell whether this user confirmed at the event's own moment that the run did not apply."""
    record = event['record']
    return state == 'not_applicable' and (record.get('verified_at'), record.get('verified_by_id')) == (event['at'], actor)


def _excuse_deed(event, actor):
    """Return what this user asked or decided at the event's own moment, None when it was nothing."""
    for one in event.get('excuses', []):
        for step, code in EXCUSES.items():
            if (one[f'{step}_at'], one[f'{step}_by_id']) == (event['at'], actor):
                code = code or {'granted': 'excuse_granted', 'refused': 'excuse_refused'}[one['state']]
                reason = one.get(EXCUSE_REASONS.get(code)) or ''
                return Deed(code, actor, _text(reason, empty=True), _text(one['fact_text']))
    return None


def _step(step):
    old, new, actor = step
    if not _is_id(actor):
        raise ValueError("not a user")
    return _text(old), _text(new), actor


def _text(value, empty=False):
    """Return a text. :raises ValueError: it is none, or empty although it must not be"""
    if not isinstance(value, str) or not (value or empty):
        raise ValueError("not a text")
    return value


def _is_id(value):
    return type(value) is int and value > 0
