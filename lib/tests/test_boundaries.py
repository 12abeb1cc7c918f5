"""The last value that is accepted and the first that is not, for every limit that docs/protocol.md or a form names."""

import json

import pytest
from lib import protocol
from lib.protocol import ProtocolError, parse_enrol, parse_report, settle
from lib.recurrence import Schedule, ScheduleError
from reports import EVENTS, TS, body, cycle, enrolment, event, report

CHECKS = list(range(1, 501))
WIDE = [[0, str(number), "m", ""] for number in range(2000)]


def test_refusals_have_the_status_of_the_protocol():
    assert {code: status for code, (status, _sentence) in protocol.REFUSALS.items()} == {
        'bad_json': 400, 'bad_report': 400, 'bad_enrol': 400, 'bad_shape': 400, 'unauthorized': 401, 'pending': 403,
        'foreign_check': 403, 'code_invalid': 403, 'wrong_database': 409, 'replayed': 409, 'length_required': 411,
        'too_large': 413, 'unsupported_type': 415, 'busy': 429, 'too_many': 429, 'too_slow': 408,
    }


@pytest.mark.parametrize('values', [
    {'values': [3.4e38, -3.4e38]}, {'values': [2**53, -(2**53)]}, {'values': [None] * 2000}, {'states': "3" * 500}, {'mono': 0},
    {'texts': {str(position): "" for position in range(500)}}, {'texts': {'0': "x" * 300}}, {'ts': '1970-01-01T00:00:00+00:00'},
    {'ts': '2099-12-31T23:59:59.999999+00:00'}, {'mono': 2**53}, {'values': [float(2**60), 1]},
])
def test_a_cycle_at_a_limit_is_good(values):
    assert not parse_report(body(report(records=[cycle(**values)]))).rejected


def test_the_smallest_value_of_a_float4_stays():
    assert parse_report(body(report(records=[cycle(values=[1.2e-38, 1.19e-38])]))).records[0].values == (1.2e-38, 0.0)


@pytest.mark.parametrize(('size', 'good'), [(4096, True), (4097, False)])
def test_an_event_is_at_most_4096_bytes(size, good):
    data = {'addresses': ["a" * 120] * 32, 'hostname': ""}
    data['hostname'] = "h" * (size - len(protocol.canonical(data)))
    assert len(protocol.canonical(data)) == size and len(data['hostname']) <= 200
    assert parse_report(body(report(records=[event(800, 'facts', data=data)]))).rejected == (
        () if good else (protocol.Rejected(800, 'bad_event'),))


@pytest.mark.parametrize(('kind', 'data', 'good'), [
    ('check_error', {'check': 1, 'error': "e" * 1000}, True), ('check_error', {'check': 0, 'error': ""}, False),
    ('gap', EVENTS['gap'] | {'from_seq': 1, 'to_seq': 1, 'count': 0}, True), ('gap', EVENTS['gap'] | {'from_seq': 0}, False),
])
def test_an_event_at_a_limit(kind, data, good):
    assert bool(parse_report(body(report(records=[event(800, kind, data=data)]))).records) is good


def test_a_report_at_its_limits_is_good():
    shape = {'id': protocol.shape_id(CHECKS, WIDE), 'checks': CHECKS, 'series': WIDE}
    assert len(parse_report(body(report(shapes=[shape]))).shapes) == 1
    last = parse_report(body(report(
        proto=1, report_no=1, first_seq=1, oldest_seq=1, mono_now=0, boot_session="b" * 64,
        records=[{'seq': seq} for seq in range(1, 501)])))
    assert (last.end_seq, len(last.rejected)) == (501, 500)


def shapes(count):
    return [{'id': protocol.shape_id([number], []), 'checks': [number], 'series': []} for number in range(1, count + 1)]


def test_a_report_has_at_most_a_shape_a_record_and_one_for_the_latest():
    assert len(parse_report(body(report(shapes=shapes(501)))).shapes) == 501
    with pytest.raises(ProtocolError, match='bad_report'):
        parse_report(body(report(shapes=shapes(502))))


@pytest.mark.parametrize('misfit', [{'texts': {'2': ""}}, {'states': "000"}, {'values': [1, 2, 3]}])
def test_a_cycle_must_fit_its_shape(misfit):
    settled = settle(parse_report(body(report(records=[cycle(**misfit)]))), {})
    assert (settled.store, len(settled.rejected), settled.ack) == ((), 1, 800)


def test_poison_beside_a_missing_shape_is_named_once_it_is_acknowledged():
    records = [7, cycle(801, shape='a' * 16), 7]
    settled = settle(parse_report(body(report(records=records, latest=cycle(803, states="x")))), {})
    assert ([one.seq for one in settled.rejected], settled.ack) == ([800, 803], 800)


@pytest.mark.parametrize(('values', 'good'), [
    ({'cpu_count': 0, 'memory_bytes': 2**53}, True), ({'hostname': "h" * 200}, True), ({'addresses': ["a" * 200] * 32}, True),
    ({'addresses': ["a" * 201]}, False), ({'volumes': [EVENTS['facts']['volumes'][0]] * 64}, True),
    ({'volumes': [EVENTS['facts']['volumes'][0]] * 65}, False), ({'boot_time': TS}, True),
    ({'volumes': [EVENTS['facts']['volumes'][0] | {'mount': "m" * 201}]}, False), ({'memory_bytes': 2**53 + 1}, False),
])
def test_facts_at_a_limit(values, good):
    assert _enrols(facts=values) is good


def parts(count):
    return [{'name': f'n{number}', 'unit': ""} for number in range(count)]


@pytest.mark.parametrize(('values', 'good'), [
    ({'every_s': 1}, True), ({'every_s': 2_678_400}, True), ({'every_s': 2_678_401}, False), ({'title': "t" * 200}, True),
    ({'title': "t" * 201}, False), ({'help': "h" * 2000}, True), ({'help': "h" * 2001}, False),
    ({'metrics': parts(100), 'limits': []}, True), ({'metrics': parts(101), 'limits': []}, False),
    ({'metrics': [{'name': 'a', 'unit': "u" * 17}], 'limits': []}, False),
    ({'settings': [{'name': 'a', 'type': 'str', 'default': "d" * 1000}]}, True),
    ({'settings': [{'name': 'a', 'type': 'str', 'default': "d" * 1001}]}, False),
    ({'settings': [{'name': 'a', 'type': 'list', 'default': ["d" * 1001]}]}, False),
    ({'settings': [{'name': 'a', 'type': 'int', 'default': -(2**53)}]}, True),
])
def test_a_collector_at_a_limit(values, good):
    assert _enrols(collectors=[EVENTS['collectors']['collectors'][0] | values]) is good


@pytest.mark.parametrize(('depth', 'code'), [(6, 'bad_enrol'), (7, 'bad_json')])
def test_an_enrolment_nests_six_levels(depth, code):
    with pytest.raises(ProtocolError) as caught:
        parse_enrol(b'[' * depth + b']' * depth)
    assert caught.value.code == code


def test_a_host_has_at_most_a_hundred_kinds():
    collector = {'title': "", 'every_s': 60, 'settings': [], 'metrics': [], 'limits': []}
    kinds = [collector | {'kind': f'k{number}'} for number in range(101)]
    assert _enrols(collectors=kinds[:100]) and not _enrols(collectors=kinds)


def _enrols(**values):
    try:
        parse_enrol(json.dumps(enrolment(**values)).encode())
    except ProtocolError as error:
        assert error.code == 'bad_enrol'
        return False
    return True


@pytest.mark.parametrize('values', [
    {'interval': 1000}, {'kind': 'weekly_quota', 'quota': 7}, {'kind': 'monthly_day', 'months': (1, 12)},
    {'kind': 'monthly_nth', 'weekdays': (0, 6), 'nth': 5}, {'kind': 'yearly', 'year_offset_days': -366, 'fiscal_last_month': 1},
    {'kind': 'yearly', 'year_offset_days': 366, 'fiscal_last_day': 1}, {'open_time': 23.99}, {'due_time': 0.02},
    {'window_days': 366}, {'window_days': 1, 'open_time': 20, 'due_time': 6},
    {'kind': 'weekly_quota', 'open_time': 8, 'due_time': 8},
])
def test_a_schedule_at_a_limit_is_good(values):
    Schedule(**values)


@pytest.mark.parametrize('values', [
    {'interval': 1001}, {'window_days': 367}, {'kind': 'yearly', 'year_offset_days': 0, 'fiscal_last_month': 13},
    {'kind': 'yearly', 'year_offset_days': 0, 'fiscal_last_day': 32}, {'kind': 'yearly', 'year_offset_days': 0, 'fiscal_last_day': 0},
    {'kind': 'monthly_day', 'months': (0,)}, {'open_time': 24.0, 'window_days': 1},
])
def test_a_schedule_beyond_a_limit_is_refused(values):
    with pytest.raises(ScheduleError):
        Schedule(**values)
