import json

import pytest
from lib import request_form as form_rules

FORM = [
    {'name': 'what', 'type': 'selection', 'string': "What", 'selection': [['new', "New account"], ['close', "Close it"]]},
    {'name': 'who', 'type': 'many2one', 'comodel': 'hr.employee', 'string': "Employee"},
    {'name': 'rooms', 'type': 'many2many', 'comodel': 'room', 'string': "Rooms"},
    {'name': 'login', 'type': 'char', 'string': "Login"},
    {'name': 'day', 'type': 'date', 'string': "From"},
    {'name': 'since', 'type': 'datetime', 'string': "Since"},
    {'name': 'count', 'type': 'integer', 'string': "How many"},
    {'name': 'price', 'type': 'float', 'string': "Price", 'suffix': "Birr"},
    {'name': 'urgent', 'type': 'boolean', 'string': "Urgent"},
    {'name': 'marks', 'type': 'tags', 'string': "Marks", 'tags': [['a', "Alpha", 1], ['b', "Beta", 2]]},
    {'name': 'rest', 'type': 'separator', 'string': "The rest"},
]
GOOD = {
    'what': 'new', 'who': 7, 'rooms': [1, 2], 'login': "selam", 'day': '2026-12-01', 'since': '2026-11-29 08:00:00', 'count': 0, 'price': 412.5,
    'urgent': True, 'marks': ['b'], 'rest': True}


def test_what_fits_is_kept_as_it_is():
    assert form_rules.fit(FORM, GOOD) == (GOOD, [])


@pytest.mark.parametrize(('name', 'value'), [
    ('what', 'other'), ('what', 3), ('what', ['new']), ('who', "Selam"), ('who', True), ('who', -1), ('who', [7, "Selam"]), ('rooms', 1), ('rooms', ["x"]),
    ('rooms', [0]), ('login', 5), ('login', "x" * 5001), ('day', "soon"), ('day', '20261201'), ('day', '2026-13-01'), ('day', 20), ('since', '2026-11-29'),
    ('since', '2026-11-29T08:00:00'), ('count', 1.5), ('count', "1"), ('count', True), ('count', 10**30), ('price', "412"), ('price', float('nan')),
    ('price', float('inf')), ('urgent', "yes"), ('urgent', 1), ('marks', ['z']), ('marks', 'a'), ('rest', "x"),
])
def test_what_does_not_fit_is_named(name, value):
    fitting, misfits = form_rules.fit(FORM, {**GOOD, name: value})
    assert name not in fitting and len(fitting) == len(GOOD) - 1
    assert [(one.name, one.label) for one in misfits] == [(name, next(one['string'] for one in FORM if one['name'] == name))]


@pytest.mark.parametrize('empty', [None, False, '', []])
def test_what_is_left_empty_fits_every_field_and_says_nothing(empty):
    answers = {one['name']: empty for one in FORM}
    assert form_rules.fit(FORM, answers) == (answers, [])
    assert form_rules.in_words(FORM, answers, {}) == '' and not form_rules.links(FORM, answers)


def test_zero_says_something():
    assert form_rules.in_words(FORM, {'count': 0}, {}) == "How many: 0"


def test_what_the_form_does_not_ask_is_left_out():
    assert form_rules.fit(FORM, {'gone': "x", 'login': "selam"}) == ({'login': "selam"}, [])


def test_words_need_no_form_to_be_read():
    names = {('hr.employee', 7): "Selam", ('room', 1): "Kitchen"}
    assert form_rules.in_words(FORM, GOOD, names).splitlines() == [
        "What: New account", "Employee: Selam", "Rooms: Kitchen, #2", "Login: selam", "From: 2026-12-01", "Since: 2026-11-29 08:00:00 UTC", "How many: 0",
        "Price: 412.5 Birr", "Urgent: yes", "Marks: Beta"]
    assert form_rules.links(FORM, GOOD) == {'who': {'hr.employee': {7}}, 'rooms': {'room': {1, 2}}}


def test_a_number_of_another_kind_of_record_is_not_carried_over():
    other = [{**FORM[1], 'comodel': 'product.template'}, {**FORM[3]}, {**FORM[4], 'type': 'char'}]
    assert form_rules.carried(FORM, other, GOOD) == {'login': "selam"}
    assert form_rules.carried(FORM, FORM, GOOD) == GOOD


@pytest.mark.parametrize('answers', [
    "text", [], None, {'price': float('nan')}, {'login': "a\0b"}, {'login': "\ud800"}, {'login': "x" * 50_001}, {'day': object()}])
def test_what_no_database_could_keep_is_refused(answers):
    with pytest.raises(form_rules.NotAForm):
        form_rules.check_answers(answers)


def test_deep_nesting_is_refused_and_good_answers_are_not():
    deep = []
    for _turn in range(100_000):
        deep = [deep]
    with pytest.raises(form_rules.NotAForm):
        form_rules.check_answers({'login': deep})
    form_rules.check_answers(GOOD)


@pytest.mark.parametrize('form', ["text", {'name': 'x'}, [1], None, [["name", "x"]]])
def test_no_form_is_refused(form):
    with pytest.raises(form_rules.NotAForm):
        form_rules.clean_form(form)


def test_form_is_kept_without_what_a_client_sends_along():
    sent = [
        {**FORM[1], 'default': {'id': 7, 'display_name': "Selam"}, 'value': [7, "Selam"], 'definition_changed': True},
        {**FORM[1], 'name': 'two', 'default': [7, "Selam"]}, {**FORM[1], 'name': 'none', 'default': [7, None]},
        {**FORM[2], 'default': [[1, "Kitchen"], [2, "Hall"]]}, {**FORM[3], 'default': "x", 'definition_deleted': True}, {**FORM[9], 'default': ['a']}]
    assert json.loads(json.dumps(form_rules.clean_form(sent))) == [
        {**FORM[1], 'default': 7}, {**FORM[1], 'name': 'two', 'default': 7}, {**FORM[1], 'name': 'none', 'default': 7},
        {**FORM[2], 'default': [1, 2]}, {**FORM[9], 'default': ['a']}]


def test_a_field_without_a_label_is_seen():
    assert not form_rules.unnamed(FORM)
    assert form_rules.unnamed([*FORM, {'name': 'x', 'type': 'char', 'string': " "}]) and form_rules.unnamed([{'name': 'x', 'type': 'char'}])
