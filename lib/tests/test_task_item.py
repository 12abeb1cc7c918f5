import itertools

import pytest
from hypothesis import given, strategies as st
from lib.task_item import (
    FILE_KINDS,
    KINDS,
    Definition,
    Value,
    bad,
    definition_objection,
    is_evidence_asked,
    lines,
    missing,
    parse_number,
    state,
    waits_for_person,
)

INK = Definition('choice', name="Ink", choices=("Full", "Half", "Low"), bad_choices=("Low",), required=True)
BATTERY = Definition('number', name="Battery", minimum=50, maximum=100, required=True)


@pytest.mark.parametrize(('number', 'expected'), [
    (None, 'empty'), (49.9, 'bad'), (50, 'ok'), (100, 'ok'), (100.1, 'bad'), (0, 'bad'), (float('nan'), 'bad'), (float('inf'), 'bad')])
def test_number_is_held_against_its_limits(number, expected):
    assert state(BATTERY, Value(number=number)) == expected


def test_number_without_limits_is_ok_when_it_is_a_number():
    free = Definition('number')
    assert [state(free, Value(number=number)) for number in (0, -1e9, float('-inf'))] == ['ok', 'ok', 'bad']


def test_one_limit_leaves_the_other_side_open():
    assert state(Definition('number', minimum=1), Value(number=1e12)) == 'ok'
    assert state(Definition('number', maximum=0), Value(number=0.1)) == 'bad'


@pytest.mark.parametrize(('text', 'expected'), [
    ('', 'empty'), ("Full", 'ok'), ("Low", 'bad'), ("full", 'bad'), ("Other", 'bad')])
def test_choice_must_be_one_of_the_good_ones(text, expected):
    assert state(INK, Value(text=text)) == expected


@pytest.mark.parametrize(('kind', 'value', 'expected'), [
    ('text', Value(text="  \n"), 'empty'), ('text', Value(text="x"), 'ok'),
    ('tick', Value(), 'empty'), ('tick', Value(ticked=True), 'ok'),
    ('photo', Value(text="a name is no photo"), 'empty'), ('photo', Value(files=1), 'ok'),
    ('file', Value(), 'empty'), ('signature', Value(files=1), 'ok'),
    ('check', Value(ticked=True), 'empty'), ('check', Value(proven=False), 'bad'), ('check', Value(proven=True), 'ok')])
def test_other_kinds(kind, value, expected):
    assert state(Definition(kind), value) == expected


def test_nothing_filled_in_is_empty_for_every_kind():
    assert {state(Definition(kind), Value()) for kind in KINDS} == {'empty'}
    assert FILE_KINDS < set(KINDS)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False), st.floats())
def test_ok_means_inside_whatever_the_numbers(minimum, maximum, number):
    item = Definition('number', minimum=minimum, maximum=maximum)
    assert (state(item, Value(number=number)) == 'ok') == (minimum <= number <= maximum)


def test_required_and_empty_is_missing_and_bad_is_named():
    items = [(INK, 'empty'), (BATTERY, 'bad'), (Definition('text', name="Note"), 'empty')]
    assert (missing(items), bad(items)) == (["Ink"], ["Battery"])


@pytest.mark.parametrize(('kind', 'required', 'its_state'), itertools.product(('tick', 'check'), (True, False), ('empty', 'ok', 'bad')))
def test_no_machine_closes_what_a_person_has_to_say(kind, required, its_state):
    waits = waits_for_person([(Definition(kind, required=required), its_state)])
    assert waits == (kind == 'tick' and (its_state == 'bad' or (required and its_state == 'empty')))


def test_evidence_is_asked_by_a_required_item_of_a_person():
    assert is_evidence_asked([Definition('text'), INK])
    assert not is_evidence_asked([Definition('text'), Definition('check', required=True)])
    assert not is_evidence_asked([])


@pytest.mark.parametrize(('item', 'expected'), [
    (INK, None), (BATTERY, None), (Definition('text'), None),
    (Definition('number', minimum=5, maximum=5), None),
    (Definition('number', minimum=6, maximum=5), 'limits_crossed'),
    (Definition('number', minimum=float('nan')), 'limit_not_finite'),
    (Definition('choice', choices=("Only",)), 'no_choices'),
    (Definition('choice', choices=("A", "B", "A")), 'same_choice_twice'),
    (Definition('choice', choices=("A", "B"), bad_choices=("C",)), 'unknown_bad_choice'),
    (Definition('check'), 'no_check'),
    (Definition('check', is_bound=True), None)])
def test_definitions_that_make_no_sense_are_told(item, expected):
    assert definition_objection(item) == expected


@pytest.mark.parametrize(('typed', 'number'), [
    ("45", 45), ("45,5", 45.5), (" 0 ", 0), (0, 0), ("", None), (None, None), (False, None), (1.5, 1.5), ("-3", -3)])
def test_typed_numbers(typed, number):
    assert parse_number(typed) == number


@pytest.mark.parametrize('typed', ["many", "nan", "inf", "1_0", float('inf'), "1,2,3", "45 %"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError):
        parse_number(typed)


def test_choices_are_read_one_a_line():
    assert lines("A\r\n\n  B  \n") == ("A", "B")
    assert lines(None) == lines("") == ()
