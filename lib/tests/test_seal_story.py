"""What a sealed event tells, and that nothing is told of what the software did not write."""

import re
from datetime import date

import pytest
from hypothesis import given, strategies as st
from lib import run_state, seal_story, sealing

MOMENT = '2026-11-27T06:00:00Z'
RECORD = {
    'task_name': "Odoo “backup” is \"complete\"", 'date': '2026-11-27', 'done_by_id': 7, 'state': 'done', 'override_reason': None,
    'late_reason': "No power", 'fail_reason': "No bytes", 'na_reason': "Closed", 'reject_reason': "Look again"}
EXCUSE = {
    'id': 1, 'name': "Power", 'fact_text': "Power", 'state': 'granted', 'asked_at': '2026-11-26T06:00:00Z', 'decided_at': MOMENT,
    'asked_by_id': 12, 'decided_by_id': 12, 'withdrawn_by_id': 12, 'decision_reason': "Was there", 'withdrawn_at': None, 'withdraw_reason': None}


def content(steps, record=RECORD, **parts):
    return sealing.canonical({
        'record': record, 'people': {'7': 'dawit', '12': 'meron'}, 'files': [], 'items': [], 'excuses': [], 'at': MOMENT, 'steps': steps,
        **parts})


@pytest.mark.parametrize(('old', 'new', 'code', 'reason'), [
    ('pending', 'done', 'done', ''), ('missed', 'done', 'done_late', "No power"), ('pending', 'auto_verified', 'auto_verified', ''),
    ('done', 'verified', 'verified', ''), ('failed', 'verified', 'verified_failed', ''), ('pending', 'failed', 'failed', "No bytes"),
    ('pending', 'missed', 'missed', ''), ('missed', 'not_applicable', 'not_applicable', "Closed"),
    ('done', 'pending', 'sent_back', "Look again"), ('failed', 'failed', 'added', ''),
])
def test_a_step_is_told(old, new, code, reason):
    story = seal_story.read(content([[old, new, 12]]))
    assert (story.name, story.day, story.doer, story.people[12]) == (RECORD['task_name'], date(2026, 11, 27), 7, 'meron')
    assert story.deeds == (seal_story.Deed(code, 12, reason),)


def test_every_step_that_a_run_may_make_has_a_name():
    assert set(seal_story.STEPS) >= {(old, new) for old, following in run_state.GRAPH.items() for new in following}


def test_going_back_without_a_reason_is_taking_back():
    story = seal_story.read(content([['done', 'pending', 7]], {**RECORD, 'reject_reason': None}))
    assert [deed.code for deed in story.deeds] == ['taken_back']


@pytest.mark.parametrize(('changes', 'code', 'reason'), [
    ({'asked_at': MOMENT, 'decided_at': None}, 'excuse_asked', ''), ({}, 'excuse_granted', "Was there"),
    ({'state': 'refused'}, 'excuse_refused', "Was there"),
    ({'state': 'withdrawn', 'decided_at': None, 'withdrawn_at': MOMENT, 'withdraw_reason': "Wrong"}, 'excuse_withdrawn', "Wrong"),
])
def test_what_happened_to_an_excuse_is_told(changes, code, reason):
    story = seal_story.read(content([['missed', 'missed', 12]], excuses=[{**EXCUSE, **changes}]))
    assert story.deeds == (seal_story.Deed(code, 12, reason, "Power"),)


@pytest.mark.parametrize(('changes', 'code'), [
    ({}, 'waiver_confirmed'), ({'verified_at': '2026-11-26T06:00:00Z'}, 'added'), ({'verified_by_id': 7}, 'added'),
    ({'verified_by_id': None, 'verified_at': None}, 'added'),
])
def test_confirming_that_it_did_not_apply_is_told(changes, code):
    record = {**RECORD, 'state': 'not_applicable', 'verified_at': MOMENT, 'verified_by_id': 12, **changes}
    assert seal_story.read(content([['not_applicable', 'not_applicable', 12]], record)).deeds == (seal_story.Deed(code, 12),)


def test_of_an_excuse_asked_and_granted_at_once_each_person_is_told_their_part():
    at_once = {**EXCUSE, 'asked_at': MOMENT, 'asked_by_id': 7}
    story = seal_story.read(content([['missed', 'missed', 7], ['missed', 'missed', 12]], excuses=[at_once]))
    assert [(deed.code, deed.actor) for deed in story.deeds] == [('excuse_asked', 7), ('excuse_granted', 12)]


def test_what_is_added_on_the_way_of_a_step_is_not_told_apart():
    story = seal_story.read(content([['missed', 'missed', 7], ['missed', 'missed', 7], ['missed', 'done', 7], ['done', 'verified', 12]]))
    assert [(deed.code, deed.actor) for deed in story.deeds] == [('done_late', 7), ('verified', 12)]


@pytest.mark.parametrize('broken', [
    '', 'no json', '[]', '{}', 'null', '[' * 5000, None, content([]), content([['pending', 'flown', 12]]), content([['pending', 'done', "12"]]),
    content([['pending', 'done', 12]], {**RECORD, 'task_name': ''}), content([['pending', 'done', 12]], {**RECORD, 'task_name': ["x"]}),
    content([['pending', 'done', 12]], {**RECORD, 'date': 'yesterday'}), content([['pending', 'done', 12]], {**RECORD, 'done_by_id': "7"}),
    content([['pending', 'failed', 12]], {**RECORD, 'fail_reason': {'a': 1}}), content([['pending', 'done', 12]], people=[]),
    content([['missed', 'missed', 12]], excuses=[{'id': 1}]), content('done'), content([['pending', 'done', True]]),
])
def test_nothing_is_told_of_what_the_software_does_not_write(broken):
    assert seal_story.read(broken) is None


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.fixed_dictionaries({}, optional={'record': JSON, 'steps': JSON, 'people': JSON, 'excuses': JSON, 'at': JSON}))
def test_no_content_breaks_the_reader(event):
    story = seal_story.read(sealing.canonical(event))
    assert story is None or story.deeds


def test_search_finds_the_name_and_nothing_else():
    text = content([['pending', 'done', 12]])
    for words in ("backup", "“backup”", 'is "complete"', "Odoo"):
        assert re.search(seal_story.task_pattern(words), text), words
    for words in ("dawit", "No power", ".*", "complete\\", "done_by_id", '"'  + ',"'):
        assert not re.search(seal_story.task_pattern(words), text), words


def test_search_finds_who_has_a_part_and_nobody_else():
    text = content([['pending', 'done', 12]], people={'7': 'dawit'})
    assert re.search(seal_story.people_pattern([12]), text) and re.search(seal_story.people_pattern([3, 7]), text)
    assert not re.search(seal_story.people_pattern([1, 2, 2026]), text)
