"""What goes over the wire, and that the server's own parser takes it."""
import hashlib
import json
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from itc_agent import facts, registry, wire
from itc_agent.results import Check, Reading, Result, State

STAMP = '2026-11-23T05:12:44.120+00:00'
REPO = Path(__file__).parents[2]


@pytest.fixture(scope='module')
def protocol():
    """The addon's parser; it is pure and lies beside the agent in the repository."""
    if not (REPO / 'lib' / 'protocol.py').exists():
        pytest.skip("the agent stands alone here")
    sys.path.insert(0, str(REPO))
    try:
        from lib import protocol
    finally:
        sys.path.remove(str(REPO))
    return protocol


def disk_check(ident=5):
    return wire.make_check(ident, "Disk room", 'disk', 60, 10, {})


def result(readings, state=State.OK, text='', ident=5):
    return Result(disk_check(ident), state, text, tuple(readings))


def report_of(cycles, events=()):
    records = [wire.with_seq(number, text) for number, text in enumerate([*[record for *_shape, record in cycles], *events], 1)]
    head = {'db_id': 'd' * 32, 'epoch': 'e' * 32, 'report_no': 1, 'agent_now': STAMP, 'mono_now': 1.5, 'boot_session': 'b', 'oldest_seq': 1,
            'first_seq': 1, 'wake': False}
    return wire.build_report(head, list(dict.fromkeys(shape for _ident, shape, _record in cycles)), None, records)


def test_a_cycle_is_exactly_as_the_protocol_says():
    (ident, shape, record), = wire.build_cycles([result([Reading('/', {'free_pct': 81.5, 'free_bytes': 5})]), result([], State.UNKNOWN, '', 6)], STAMP, 4711.2)
    series = [[0, '/', 'free_pct', '%'], [0, '/', 'free_bytes', 'B']]
    assert json.loads(shape) == {'id': ident, 'checks': [5, 6], 'series': series}
    assert ident == wire.shape_id([5, 6], series)
    assert json.loads(record) == {
        'type': 'cycle', 'ts': STAMP, 'mono': 4711.2, 'shape': ident, 'values': [81.5, 5], 'states': '03', 'texts': {'1': 'no details'}}


def test_the_shape_id_of_the_protocol_page():
    text = '{"checks":[12,13],"series":[[0,"/","free_pct","%"],[1,"","count",""]]}'
    assert wire.shape_id([12, 13], [[0, '/', 'free_pct', '%'], [1, '', 'count', '']]) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_too_much_for_one_record_becomes_several_and_one_giant_is_cut_and_says_so():
    many = [result([Reading(f'/volume/{number}', {'free_pct': 1.0}) for number in range(900)], ident=ident) for ident in range(5)]
    cycles = wire.build_cycles(many, STAMP, 1.0)
    assert len(cycles) > 1
    assert sum(len(json.loads(record)['values']) for *_rest, record in cycles) > 2000
    giant, = wire.build_cycles([result([Reading('x' * 110 + str(number), {'free_pct': 1.0}) for number in range(5000)])], STAMP, 1.0)
    assert len(giant[1]) < 65_000 and len(giant[2]) < 65_000
    assert 'left out' in json.loads(giant[2])['texts']['0']


def test_an_event_never_exceeds_its_size():
    data = {'hostname': 'h' * 5000, 'volumes': [{'mount': 'é' * 200, 'device': 'd' * 200} for _volume in range(64)]}
    text = wire.build_event('facts', data, STAMP, 1.0)
    assert len(wire.canonical(json.loads(text)['data']).encode()) <= 4096
    assert json.loads(text)['data']['hostname']


TEXT = st.text(st.characters(codec=None), max_size=400)
NUMBERS = st.one_of(st.floats(), st.integers(), st.none(), st.booleans())
READINGS = st.lists(st.builds(Reading, TEXT, st.dictionaries(st.sampled_from(['free_pct', 'used_pct', 'a b', 'x' * 90]), NUMBERS)), max_size=6)
RESULTS = st.lists(st.builds(lambda readings, state, text: (readings, state, text), READINGS, st.sampled_from(State), TEXT), min_size=1, max_size=4)


@hypothesis_settings(max_examples=60, deadline=None)
@given(results=RESULTS, mono=st.floats(0, 1e9))
def test_whatever_a_collector_says_the_server_takes_it(protocol, results, mono):
    judged = [result(readings, state, text, ident) for ident, (readings, state, text) in enumerate(results, 1)]
    report = protocol.parse_report(report_of(wire.build_cycles(judged, STAMP, mono)))
    assert report.rejected == ()
    settlement = protocol.settle(report, {})
    assert settlement.rejected == () and settlement.need_shapes == ()


def test_the_server_takes_every_event_of_ours(protocol):
    bodies = [('facts', facts.read()), ('boot', {'boot_time': STAMP, 'clean': None}), ('boot', {'boot_time': STAMP, 'clean': True}),
              ('gap', {'from_seq': 1, 'to_seq': 9, 'count': 5, 'from_ts': STAMP, 'to_ts': STAMP, 'reason': 'quota'}),
              ('spool_damaged', {'file': 'spool-damaged-20261123-101010-abcd.db'}), ('fork', {'old_epoch': 'e' * 32}),
              ('check_error', {'check': 12, 'error': "this agent has no collector 'teapot'"})]
    report = protocol.parse_report(report_of([], [wire.build_event(kind, data, STAMP, 1.0) for kind, data in bodies]))
    assert report.rejected == ()
    assert len(report.records) == len(bodies)


TRY_ID = 'ab' * 16


@hypothesis_settings(max_examples=60, deadline=None)
@given(readings=READINGS, state=st.sampled_from(State), text=TEXT, took_s=st.floats(0, 1000))
def test_whatever_a_try_finds_the_server_takes_it(protocol, readings, state, text, took_s):
    data = wire.tried_data(TRY_ID, Result(disk_check(TRY_ID), state, text, tuple(readings), took_s))
    report = protocol.parse_report(report_of([], [wire.build_event('tried', data, STAMP, 1.0)]))
    assert report.rejected == ()
    assert (report.records[0].data['id'], report.records[0].data['state']) == (TRY_ID, state)


@pytest.mark.parametrize('count', [3, 900, 5000])
def test_a_try_of_too_much_is_cut_and_counts_what_is_left_out(protocol, count):
    readings = [Reading(f'/volume/ü{number}', {'free_pct': 1.0}) for number in range(count)]
    data = wire.tried_data(TRY_ID, result(readings, text="fine", ident=TRY_ID))
    text = wire.build_event('tried', data, STAMP, 1.0)
    assert json.loads(text)['data'] == data and len(wire.canonical(data).encode()) <= 4096
    assert len(data['values']) + data['left_out'] == count
    assert (data['left_out'] == 0) == (count == 3)
    assert protocol.parse_report(report_of([], [text])).rejected == ()


def test_what_is_no_try_is_left_out_and_a_refused_one_keeps_its_reason():
    good = {'id': TRY_ID, 'kind': 'disk', 'settings': {}, 'limits': [], 'timeout_s': 5}
    bad = [7, None, {}, good | {'id': 12}, good | {'id': 'AB' * 16}, good | {'settings': "x"}, good | {'limits': {}}, good | {'timeout_s': "soon"}]
    for tries in (None, {}, "x", bad):
        assert wire.parse_tries({'tries': tries}) == []
    (ident, check), (_other, refused), (_third, patient) = wire.parse_tries(
        {'tries': [good, good | {'id': 'cd' * 16, 'settings': {'inclde': []}}, good | {'id': 'ef' * 16, 'timeout_s': 1e9}]})
    assert (ident, check.kind, check.limits, check.timeout_s) == (TRY_ID, 'disk', (), 5.0)
    assert "no setting 'inclde'" in refused.problem
    assert patient.timeout_s == 300
    assert len(wire.parse_tries({'tries': [good] * 50})) == wire.MAX_TRIES


def test_the_server_takes_a_long_list_of_collectors_in_parts(protocol):
    listed = [one.describe() for one in registry.load_all()]
    parts, too_long = wire.collector_parts(listed)
    assert len(parts) > 1 and not too_long
    assert [one for part in parts for one in part['collectors']] == listed
    report = protocol.parse_report(report_of([], [wire.build_event('collectors', part, STAMP, 1.0) for part in parts]))
    assert report.rejected == () and len(report.records) == len(parts)
    assert {kind for record in report.records for kind in record.data['kinds']} == {one['kind'] for one in listed}


def test_a_list_that_fits_goes_whole_and_a_collector_too_long_for_any_event_is_named():
    short, long = {'kind': 'disk', 'help': ''}, {'kind': 'wordy', 'help': 'x' * 5000}
    assert wire.collector_parts([short]) == ([{'collectors': [short]}], [])
    assert wire.collector_parts([short, long]) == ([{'collectors': [short], 'kinds': ['disk', 'wordy']}], ['wordy'])


def test_the_server_takes_our_enrolment(protocol):
    from itc_agent import identity
    made = identity.make()
    body = wire.canonical({'proto': 1, 'code': 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ23-45', 'key_id': made.key_id, 'secret_sha256': made.secret_sha256,
                           'facts': facts.read(), 'collectors': [one.describe() for one in registry.load_all()]})
    enrolment = protocol.parse_enrol(body.encode())
    assert enrolment.key_id == made.key_id
    assert protocol.parse_authorization(made.authorization).secret_sha256 == made.secret_sha256
    assert len(body) < wire.MAX_BODY_BYTES


@pytest.mark.parametrize(('value', 'clean'), [(1, 1), (True, 1), (2 ** 53, 2 ** 53), (2 ** 53 + 1, None),
                                              (math.inf, None), (math.nan, None), ('5', None), (1e300, None)])
def test_values_the_wire_cannot_carry_become_none(value, clean):
    assert wire.clean_value(value) == clean


def test_a_bad_check_keeps_its_place_and_its_reason():
    checks = wire.parse_checks({'checks': [{'id': 1, 'kind': 'teapot'}, {'id': 2, 'kind': 'tcp', 'settings': {'port': 'x'}},
                                           {'id': 3, 'kind': 'tcp', 'settings': {}},
                                           {'id': 4, 'kind': 'disk', 'limits': [{'metric': 'free_pct', 'op': '=', 'warning': 1}]},
                                           {'id': 5, 'kind': 'disk', 'settings': {'inclde': []}}, {'id': 6, 'kind': 'disk'}]})
    assert [check.ident for check in checks] == [1, 2, 3, 4, 5, 6]
    assert ['teapot' in checks[0].problem, 'port: expected' in checks[1].problem, 'port is required' in checks[2].problem,
            'not a limit' in checks[3].problem, "no setting 'inclde'" in checks[4].problem] == [True] * 5
    assert not checks[5].problem and checks[5].limits == registry.load('disk').limits
    with pytest.raises(ValueError, match="no list"):
        wire.parse_checks({})


def test_a_check_without_limits_on_the_wire_has_the_collectors_own_and_an_empty_list_means_none():
    assert wire.parse_checks({'checks': [{'id': 1, 'kind': 'disk', 'limits': []}]})[0].limits == ()
    assert isinstance(wire.parse_checks({'checks': [{'id': 1, 'kind': 'disk'}]})[0], Check)
