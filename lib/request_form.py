"""What a typed form asks, and what was answered: rules on the JSON that Odoo keeps of properties.

A *form* is the list of its fields, each a dict with ``name``, ``type``, ``string`` and what the type needs; *answers* are values by name.
"""
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

MAX_TEXT = 5_000
MAX_ANSWERS = 50_000
EXACT = 2**53
MARKS = frozenset({'definition_changed', 'definition_deleted', 'value'})  # what a client sends along with the form
TEXTS = frozenset({'char', 'text', 'html'})
LINKS = frozenset({'many2one', 'many2many'})


class NotAForm(ValueError):
    """What should be the fields of a form, or its answers, is something else."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """An answer that its field cannot take.

    :param kind: the field's type
    """

    name: str
    label: str
    kind: str


# === THE FORM === #


def clean_form(form) -> list[dict]:
    """Return a form as a client sent it without what is no part of it: fields taken away, answers, and names beside numbers.

    :raises NotAForm: it is no list of fields

    >>> clean_form([{'name': 'what', 'type': 'char', 'string': 'What', 'value': 'x', 'definition_changed': True}, {'definition_deleted': True}])
    [{'name': 'what', 'type': 'char', 'string': 'What'}]
    """
    if not isinstance(form, list | tuple) or not all(isinstance(one, Mapping) for one in form):
        raise NotAForm
    return [
        {key: _linked(value) if key == 'default' and one.get('type') in LINKS else value for key, value in one.items() if key not in MARKS}
        for one in form if not one.get('definition_deleted')]


def unnamed(form: Collection[Mapping]) -> bool:
    """Tell whether a field of the form has no label: nobody would know what it asks."""
    return any(not str(one.get('string') or '').strip() for one in form)


def _linked(value):
    """Return the number, or numbers, of what a client names with its number."""
    if isinstance(value, Mapping):
        return value.get('id') or False
    if isinstance(value, list | tuple) and len(value) == 2 and not isinstance(value[1], int | list | tuple):
        return value[0]
    if isinstance(value, list | tuple):
        return [_linked(one) for one in value]
    return value


# === THE ANSWERS === #


def check_answers(answers) -> None:
    """:raises NotAForm: these values cannot be kept: no dict, not finite, not text that a database holds, or far too long"""
    if not isinstance(answers, Mapping):
        raise NotAForm
    try:
        text = json.dumps(answers, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotAForm from error
    if len(text) > MAX_ANSWERS or '\\u0000' in text:
        raise NotAForm


def fit(form: Collection[Mapping], answers: Mapping) -> tuple[dict, list[Misfit]]:
    """Return the answers that the form's fields can take, and those that they cannot. What the form does not ask is left out.

    >>> fit([{'name': 'on', 'type': 'date', 'string': 'From'}, {'name': 'n', 'type': 'integer'}], {'on': 'soon', 'n': 3, 'gone': 1})
    ({'n': 3}, [Misfit(name='on', label='From', kind='date')])
    """
    fitting, misfits = {}, []
    for one in form:
        name = one['name']
        if name not in answers:
            continue
        if is_empty(answers[name]) or _fits(one, answers[name]):
            fitting[name] = answers[name]
        else:
            misfits.append(Misfit(name, one.get('string') or name, one['type']))
    return fitting, misfits


def carried(old_form: Collection[Mapping], form: Collection[Mapping], answers: Mapping) -> dict:
    """Return the answers to another form that may stay under this one: a number that named a contact does not name an item.

    >>> old = [{'name': 'one', 'type': 'many2one', 'comodel': 'a'}, {'name': 'two', 'type': 'char'}]
    >>> carried(old, [{'name': 'one', 'type': 'many2one', 'comodel': 'b'}, {'name': 'two', 'type': 'char'}], {'one': 1, 'two': 'x'})
    {'two': 'x'}
    """
    known = {one['name']: _kind(one) for one in old_form}
    return {one['name']: answers[one['name']] for one in form if one['name'] in answers and known.get(one['name'], _kind(one)) == _kind(one)}


def is_empty(value) -> bool:
    """Tell whether a field was left empty; a zero and a box that is not ticked say something."""
    return value is None or value is False or value in ('', [])


def is_default(form: Collection[Mapping], name: str, answer) -> bool:
    """Tell whether an answer is what the form fills in by itself.

    >>> form = [{'name': 'who', 'type': 'many2one', 'default': [7, 'Selam']}]
    >>> is_default(form, 'who', 7), is_default(form, 'who', 8)
    (True, False)
    """
    return any(one['name'] == name and _linked(one.get('default')) == answer for one in form)


def links(form: Collection[Mapping], answers: Mapping) -> dict[str, dict[str, set[int]]]:
    """Return the ids of records that the answers name: ``{name of the field: {model: ids}}``."""
    named = {}
    for one in form:
        value = answers.get(one['name'])
        if one['type'] in LINKS and one.get('comodel') and not is_empty(value):
            named[one['name']] = {one['comodel']: {value} if one['type'] == 'many2one' else set(value)}
    return named


def in_words(form: Collection[Mapping], answers: Mapping, names: Mapping[tuple[str, int], str]) -> str:
    """Return what was answered as lines of text that need no form to be read: labels, words for choices, names for records.

    :param names: of the records, by model and id

    >>> form = [{'name': 'c', 'type': 'selection', 'string': 'Colour', 'selection': [['b', 'Black']]}, {'name': 'n', 'type': 'char'}]
    >>> in_words(form, {'c': 'b', 'n': ''}, {})
    'Colour: Black'
    """
    lines = []
    for one in form:
        value = answers.get(one['name'])
        if one['type'] != 'separator' and not is_empty(value):
            lines.append(f"{one.get('string') or one['name']}: {_words(one, value, names)}")
    return '\n'.join(lines)


def choices(forms: Collection[Collection[Mapping]], name: str) -> list[list]:
    """Return what a choice of this name offers in any of the forms, each once.

    >>> one, two = {'name': 'w', 'type': 'selection', 'selection': [['a', 'A']]}, {'name': 'w', 'type': 'selection', 'selection': [['a', 'B'], ['c', 'C']]}
    >>> choices([[one], [two]], 'w')
    [['a', 'A'], ['c', 'C']]
    """
    words = {}
    for form in forms:
        for one in form:
            if one['name'] == name and one['type'] == 'selection':
                for key, label in one.get('selection') or ():
                    words.setdefault(key, label)
    return [[key, label] for key, label in words.items()]


def _kind(one):
    return one['type'], one.get('comodel')


def _fits(one, value):
    """Tell whether a value is one that a field of this type can hold."""
    kind = one['type']
    if kind in TEXTS:
        return isinstance(value, str) and len(value) <= MAX_TEXT
    if kind in ('boolean', 'separator'):
        return isinstance(value, bool)
    if kind in ('integer', 'many2one'):
        return _is_number(value, int) and (kind == 'integer' or value > 0)
    if kind in ('float', 'monetary'):
        return _is_number(value, int | float)
    if kind in ('date', 'datetime'):
        return _is_day(value, kind)
    if kind == 'selection':
        return value in [option[0] for option in one.get('selection') or ()]
    if kind == 'tags':
        known = [tag[0] for tag in one.get('tags') or ()]
        return isinstance(value, list) and all(tag in known for tag in value)
    return kind == 'many2many' and isinstance(value, list) and all(_is_number(one_id, int) and one_id > 0 for one_id in value)


def _is_number(value, types):
    return isinstance(value, types) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= EXACT


def _is_day(value, kind):
    try:
        return isinstance(value, str) and (
            date.fromisoformat(value).isoformat() == value if kind == 'date'
            else datetime.strptime(value, '%Y-%m-%d %H:%M:%S').strftime('%Y-%m-%d %H:%M:%S') == value)
    except ValueError:
        return False


def _words(one, value, names):
    kind = one['type']
    if kind == 'selection':
        return next((option[1] for option in one.get('selection') or () if option[0] == value), value)
    if kind == 'tags':
        return ", ".join(tag[1] for tag in one.get('tags') or () if tag[0] in value)
    if kind in LINKS:
        ids = [value] if kind == 'many2one' else value
        return ", ".join(names.get((one.get('comodel'), one_id)) or f"#{one_id}" for one_id in ids)
    if kind == 'boolean':
        return "yes"
    if kind == 'datetime':
        return f"{value} UTC"
    return f"{value} {one['suffix']}" if one.get('suffix') else str(value)
