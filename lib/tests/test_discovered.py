"""What a host says it found: read whole or in parts, and refused when it is not what it looks like."""

import pytest
from lib.protocol import parse_report
from reports import EVENTS, body, event, report

GOOD = EVENTS['discovered']
FINDING = GOOD['findings'][0]


def taken(data):
    """Return what the server keeps of an event, None when it is rejected; nothing else of the report suffers."""
    found = parse_report(body(report(records=[event(800), event(801, 'discovered', data=data)])))
    assert found.records[0].seq == 800
    if found.rejected:
        assert [(one.seq, one.code) for one in found.rejected] == [(801, 'bad_event')]
        return None
    return found.records[1].data


def with_finding(**values):
    return {'rev': 0, 'blind': [], 'findings': [FINDING | values]}


@pytest.mark.parametrize('data', [
    GOOD, {'rev': 0, 'findings': [], 'blind': []}, {'rev': 7, 'findings': [], 'blind': [{'family': '*', 'why': ""}]},
    {'rev': 0, 'findings': [], 'blind': [], 'keys': ['odoo:1f']}, with_finding(settings={}), with_finding(settings={'folder': "/srv/ዳታ/O'Neil & Co"}),
    with_finding(settings={'folder': "=cmd|x"}), with_finding(settings={'names': ["x"] * 20}), with_finding(settings={'folder': "x" * 300}),
])
def test_what_is_as_the_protocol_says_is_kept_as_it_came(data):
    assert taken(data) == data


@pytest.mark.parametrize('data', [
    None, [], "x", {}, {'findings': [], 'blind': []}, GOOD | {'colour': "red"}, GOOD | {'rev': -1}, GOOD | {'rev': True}, GOOD | {'rev': "0"},
    GOOD | {'findings': {}}, GOOD | {'findings': [FINDING] * 2}, GOOD | {'keys': []}, GOOD | {'keys': ['odoo:1f'] * 2}, GOOD | {'keys': "odoo:1f"},
    {'rev': 0, 'blind': [], 'findings': [FINDING | {'key': f'odoo:{number}'} for number in range(101)]},
    GOOD | {'keys': ['odoo:1f', *(f'a:{number}' for number in range(100))]},
    GOOD | {'blind': [{'family': 'a', 'why': ""}] * 2}, GOOD | {'blind': [{'family': "A b", 'why': ""}]}, GOOD | {'blind': [{'family': "x" * 25, 'why': ""}]},
    GOOD | {'blind': [{'family': 'a', 'why': "x" * 201}]}, GOOD | {'blind': [{'family': 'a'}]}, GOOD | {'blind': ['a']},
    GOOD | {'blind': [{'family': f'f{number}', 'why': ""} for number in range(41)]},
])
def test_a_list_that_is_not_as_the_protocol_says_is_rejected_alone(data):
    assert taken(data) is None


@pytest.mark.parametrize('values', [
    {'key': "odoo"}, {'key': "odoo:"}, {'key': ":1"}, {'key': "odoo:1 2"}, {'key': "odoo:" + "a" * 41}, {'key': "x" * 25 + ":1"}, {'key': None}, {'key': "odoo:1\n"},
    {'code': "Odoo HTTP"}, {'code': ""}, {'code': "x" * 41}, {'code': None}, {'kind': "../x"}, {'kind': 7},
    {'sure': 1}, {'sure': None}, {'why': "x" * 201}, {'why': 7}, {'why': "a\x00"}, {'extra': 1},
    {'settings': None}, {'settings': []}, {'settings': {"Not a name": "x"}}, {'settings': {f's{number}': 1 for number in range(9)}},
    {'settings': {'folder': "x" * 301}}, {'settings': {'folder': None}}, {'settings': {'folder': {'a': "b"}}}, {'settings': {'folder': [["a"]]}},
    {'settings': {'names': ["x"] * 21}}, {'settings': {'names': [1]}}, {'settings': {'port': 2**53 + 1}}, {'settings': {'port': 1e300}},
])
def test_a_finding_that_is_not_as_the_protocol_says_is_rejected(values):
    assert taken(with_finding(**values)) is None


@pytest.mark.parametrize('value', [
    "/srv/a\nexclude = /", " /srv", "/srv ", "/srv/\u202egpj.exe", "/srv\u2028x", "a\tb\x85", "/srv/\u2066x", ["ok", "a\nb"], ["\u202e"]])
def test_a_setting_that_reads_otherwise_than_it_is_is_rejected(value):
    """Who accepts a proposal reads its settings as lines."""
    assert taken(with_finding(settings={'folder': value})) is None


@pytest.mark.parametrize('formula', ["=1+1", "+1", "@SUM(A1)", "＝1+1"])
def test_words_never_become_a_formula(formula):
    found = taken(with_finding(why=formula) | {'blind': [{'family': 'a', 'why': formula}]})
    assert (found['findings'][0]['why'], found['blind'][0]['why']) == (f"'{formula}", f"'{formula}")


def test_more_than_an_event_holds_is_rejected():
    assert taken({'rev': 0, 'blind': [], 'findings': [
        FINDING | {'key': f'odoo:{number}', 'settings': {'folder': "x" * 300}} for number in range(12)]}) is None
