import itertools

import pytest
from hypothesis import given, strategies as st
from lib.task_item import (
    FILE_KINDS,
    KINDS,
    POSSIBLE_BY_UNIT,
    Definition,
    Value,
    bad,
    definition_objection,
    is_evidence_asked,
    is_possible,
    lines,
    missing,
    parse_number,
    possible,
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
    items = [(Definition(kind, required=required), its_state)]
    assert waits_for_person(items) == (kind == 'tick' and (its_state == 'bad' or (required and its_state == 'empty')))
    assert waits_for_person(items, is_answered=True) == (kind == 'tick' and its_state == 'bad')


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
    (Definition('number', unit='%', maximum=120), 'limit_impossible'),
    (Definition('number', unit='%', maximum=120, possible_maximum=800), None),
    (Definition('number', unit='%', minimum=-1), 'limit_impossible'),
    (Definition('number', possible_minimum=2, possible_maximum=1), 'possible_crossed'),
    (Definition('number', unit='%', possible_minimum=101), 'possible_crossed'),
    (Definition('number', possible_maximum=float('inf')), 'limit_not_finite'),
    (Definition('number', minimum=1e13), 'limit_impossible'),
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


@pytest.mark.parametrize(('unit', 'number', 'expected'), [
    ('%', 0, True), ('%', 100, True), ('%', -0.001, False), ('%', 100.001, False), ('%', 308282, False),
    (' % ', 308282, False), ('% RH', 101, False), ('Percent', 101, False),
    ('°C', -60, True), ('°C', -60.001, False), ('°C', 150, True), ('°C', 150.001, False), ('C', 900, False),
    ('minutes', 0, True), ('minutes', -0.001, False), ('Minutes', -1, False), ('minutes', 1e6, True),
    ('pieces', 0, True), ('pieces', -1, False), ('GB', -0.5, False), ('V', -1000.5, False), ('V', 230, True),
    ('', -1e12, True), ('', 1e12, True), ('', 1.01e12, False), ('', -1.01e12, False), ('pieces', 1.01e12, False),
    ('parsecs', -5, True)])
def test_number_is_possible_by_its_unit(unit, number, expected):
    assert is_possible(Definition('number', unit=unit), number) is expected


@pytest.mark.parametrize(('own', 'number', 'expected'), [
    ({'possible_maximum': 800}, 800, True), ({'possible_maximum': 800}, 800.1, False), ({'possible_maximum': 800}, -1, False),
    ({'possible_minimum': -5}, -5, True), ({'possible_minimum': -5}, -5.1, False), ({'possible_minimum': -5}, 101, False),
    ({'possible_minimum': 0, 'possible_maximum': 0}, 0, True), ({'possible_minimum': 0, 'possible_maximum': 0}, 0.1, False)])
def test_an_items_own_range_stands_before_its_units(own, number, expected):
    item = Definition('number', unit='%', **own)
    assert is_possible(item, number) is expected
    assert possible(item) == (own.get('possible_minimum', 0), own.get('possible_maximum', 100))


def test_every_unit_has_a_range_in_order_and_is_written_small():
    for unit, (smallest, largest) in POSSIBLE_BY_UNIT.items():
        assert unit == unit.casefold().strip()
        assert largest is None or smallest < largest
