"""What a task asks to be filled in, and whether what was filled in is there and well.

An item is *empty* until somebody (or a check) filled it, then *ok* or *bad*: a number outside its limits, a choice that is
named as bad, a check that does not prove what it should. A run with an empty required item cannot be done; one with a bad
item can be done only with a reason, or it failed.

A number has two ranges: outside the *good* one it is bad and kept; outside the *possible* one nobody can have read it, so it is a slip
of the hand and refused. What is possible follows from the unit unless the item says otherwise.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ('tick', 'number', 'choice', 'text', 'photo', 'file', 'signature', 'check')
FILE_KINDS = frozenset({'photo', 'file', 'signature'})
STATES = ('empty', 'ok', 'bad')

MAX_TEXT_CHARS = 10_000
# No reading of anything in an office is larger; a field of a run keeps 13 digits before the point.
ANYTHING = (-1e12, 1e12)
_NOT_NEGATIVE = (0.0, None)
# unit in lower case -> the smallest and the largest number that anybody can have read
POSSIBLE_BY_UNIT = {
    **dict.fromkeys(('%', '% rh', '%rh', 'percent', 'per cent', 'pct'), (0.0, 100.0)),
    **dict.fromkeys(('°c', 'c', 'celsius'), (-60.0, 150.0)),
    **dict.fromkeys(('°f', 'f', 'fahrenheit'), (-76.0, 302.0)),
    **dict.fromkeys(('v', 'volt', 'volts'), (-1000.0, 1000.0)),
    **dict.fromkeys((
        'ms', 's', 'sec', 'seconds', 'min', 'minutes', 'h', 'hours', 'd', 'days', 'weeks', 'pieces', 'pcs', 'piece', 'pages', 'sheets',
        'files', 'records', 'people', 'b', 'kb', 'mb', 'gb', 'tb', 'kib', 'mib', 'gib', 'tib', 'w', 'kw', 'va', 'kva', 'wh', 'kwh',
        'a', 'ah', 'hz', 'rpm', 'l', 'liters', 'litres', 'm', 'cm', 'mm', 'kg', 'mbit/s', 'gbit/s'), _NOT_NEGATIVE),
}

# What may be wrong with a definition.
DEFINITION_OBJECTIONS = (
    'no_choices', 'same_choice_twice', 'unknown_bad_choice', 'limits_crossed', 'limit_not_finite', 'possible_crossed', 'limit_impossible',
    'no_check')


@dataclass(frozen=True, slots=True)
class Definition:
    """What is asked for.

    :param minimum: smallest number that is ok, None for no limit; the limit itself is ok
    :param maximum: largest number that is ok, None for no limit
    :param choices: what may be chosen, in order
    :param bad_choices: those of ``choices`` that mean trouble
    :param is_bound: a check or a check template is named
    :param unit: what is counted; it tells what is possible where the next two are None
    :param possible_minimum: smallest number that can be, itself included; None to let the unit say
    :param possible_maximum: largest number that can be, itself included; None to let the unit say
    """

    kind: str
    name: str = ''
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    bad_choices: tuple[str, ...] = ()
    is_bound: bool = False
    unit: str = ''
    possible_minimum: float | None = None
    possible_maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What was filled in; only what belongs to the kind is looked at.

    :param number: None while no number was entered; zero is a number
    :param files: how many files are there
    :param proven: what the item's checks say, None while they were not asked
    """

    number: float | None = None
    text: str = ''
    ticked: bool = False
    files: int = 0
    proven: bool | None = None


def definition_objection(item: Definition) -> str | None:
    """Return what is wrong with the definition, one of ``DEFINITION_OBJECTIONS``, or None.

    >>> definition_objection(Definition('number', minimum=10, maximum=5))
    'limits_crossed'
    """
    if item.kind == 'choice':
        return _choice_objection(item)
    if item.kind == 'check' and not item.is_bound:
        return 'no_check'
    if item.kind == 'number':
        limits = [limit for limit in (item.minimum, item.maximum) if limit is not None]
        if not all(map(math.isfinite, limits)):
            return 'limit_not_finite'
        if limits != sorted(limits):
            return 'limits_crossed'
        return _possible_objection(item, limits)
    return None


def _possible_objection(item, limits):
    own = [limit for limit in (item.possible_minimum, item.possible_maximum) if limit is not None]
    if not all(map(math.isfinite, own)):
        return 'limit_not_finite'
    smallest, largest = possible(item)
    if smallest is not None and largest is not None and smallest > largest:
        return 'possible_crossed'
    return None if all(is_possible(item, limit) for limit in limits) else 'limit_impossible'


def possible(item: Definition) -> tuple[float | None, float | None]:
    """Return the smallest and the largest number that an item can be, None for no end worth a word.

    >>> possible(Definition('number', unit='%')), possible(Definition('number', unit='Minutes', possible_maximum=1440))
    ((0.0, 100.0), (0.0, 1440))
    """
    smallest, largest = POSSIBLE_BY_UNIT.get(item.unit.strip().casefold(), (None, None))
    return (
        smallest if item.possible_minimum is None else item.possible_minimum,
        largest if item.possible_maximum is None else item.possible_maximum)


def is_possible(item: Definition, number: float) -> bool:
    """Tell whether anybody can have read this number; both ends can be.

    >>> [is_possible(Definition('number', unit='%'), number) for number in (-0.001, 0, 100, 308282)]
    [False, True, True, False]
    """
    smallest, largest = possible(item)
    smallest = ANYTHING[0] if smallest is None else smallest
    largest = ANYTHING[1] if largest is None else largest
    return smallest <= number <= largest


def _choice_objection(item):
    if len(item.choices) < 2:
        return 'no_choices'
    if len(set(item.choices)) < len(item.choices):
        return 'same_choice_twice'
    return None if set(item.bad_choices) <= set(item.choices) else 'unknown_bad_choice'


def state(item: Definition, value: Value) -> str:
    """Return ``empty``, ``ok`` or ``bad``. What is not a number or not among the choices never counts as ok.

    >>> state(Definition('number', minimum=50), Value(number=0)), state(Definition('number'), Value())
    ('bad', 'empty')
    """
    return _STATE_OF[item.kind](item, value)


def _number(item, value):
    if value.number is None:
        return 'empty'
    is_inside = (
        math.isfinite(value.number)
        and (item.minimum is None or value.number >= item.minimum)
        and (item.maximum is None or value.number <= item.maximum))
    return 'ok' if is_inside else 'bad'


def _choice(item, value):
    if not value.text:
        return 'empty'
    return 'ok' if value.text in item.choices and value.text not in item.bad_choices else 'bad'


def _text(_item, value):
    return 'ok' if value.text.strip() else 'empty'


def _tick(_item, value):
    return 'ok' if value.ticked else 'empty'


def _files(_item, value):
    return 'ok' if value.files else 'empty'


def _check(_item, value):
    if value.proven is None:
        return 'empty'
    return 'ok' if value.proven else 'bad'


_STATE_OF = {
    'number': _number, 'choice': _choice, 'text': _text, 'tick': _tick, 'check': _check, **dict.fromkeys(FILE_KINDS, _files),
}


def missing(items: Iterable[tuple[Definition, str]]) -> list[str]:
    """Return the names of the required items that are empty; a run with one cannot be done, whatever the reason."""
    return [item.name for item, its_state in items if item.required and its_state == 'empty']


def bad(items: Iterable[tuple[Definition, str]]) -> list[str]:
    """Return the names of the bad items; a run with one can be done only with a reason."""
    return [item.name for item, its_state in items if its_state == 'bad']


def waits_for_person(items: Iterable[tuple[Definition, str]], *, is_answered: bool = False) -> bool:
    """Tell whether something is left that only a person can fill in, so that no check alone may close the run.

    A bad value that a person entered waits too: no machine may overrule it.

    :param is_answered: something else tells what the items ask, so that an empty one waits for nobody
    """
    return any(
        item.kind != 'check' and (its_state == 'bad' or (item.required and its_state == 'empty' and not is_answered)) for item, its_state in items)


def is_evidence_asked(items: Iterable[Definition]) -> bool:
    """Tell whether the run has to be looked at one by one: something required is a person's to give."""
    return any(item.required and item.kind != 'check' for item in items)


def lines(text: str | None) -> tuple[str, ...]:
    """Return the choices written one a line, without blank ones.

    >>> lines("Full\\n\\n Low ")
    ('Full', 'Low')
    """
    return tuple(line.strip() for line in (text or '').splitlines() if line.strip())


def parse_number(text) -> float | None:
    """Return what a person typed as a number, None for nothing; a comma is a decimal point.

    :raises ValueError: it is no finite number

    >>> parse_number("12,5"), parse_number(" "), parse_number(0)
    (12.5, None, 0.0)
    """
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, str):
        text = text.strip().replace(',', '.')
        if not text:
            return None
        if '_' in text:
            raise ValueError("no number")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    return number
