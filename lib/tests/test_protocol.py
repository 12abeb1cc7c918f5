"""What a report may say, what is refused whole, and what is rejected record by record."""

import hashlib
import json
from datetime import datetime

import pytest
from lib import protocol
from lib.protocol import ProtocolError, Rejected, parse_enrol, parse_report, settle
from reports import CHECKS, EVENTS, SERIES, SHAPE, TS, body, cycle, enrolment, event, report


def refused(call, *arguments):
    with pytest.raises(ProtocolError) as caught:
        call(*arguments)
    error = caught.value
    assert error.status == protocol.REFUSALS[error.code][0]
    assert error.body() == {'proto': 1, 'error': error.code, 'detail': error.detail}
    assert error.detail.endswith('.') and len(error.detail) < 200
    return error.status, error.code


def rejections(*records, **values):
    return [(one.seq, one.code) for one in parse_report(body(report(records=list(records), **values))).rejected]


def test_a_report_is_read():
    found = parse_report(body(report(latest=cycle(900))))
    assert (found.report_no, found.first_seq, found.end_seq, found.rejected) == (812, 800, 802, ())
    first, second = found.records
    assert (first.seq, first.ts, first.values, first.states) == (800, datetime(2026, 11, 23, 5, 12, 44, 120000), (81.5, None), "02")
    assert (first.texts, second.kind, second.data) == ({1: "no process"}, 'boot', EVENTS['boot'])
    assert found.latest.seq == 900
    assert found.shapes[SHAPE['id']].checks == tuple(CHECKS)


def test_times_become_naive_utc():
    assert parse_report(body(report(agent_now='2026-11-23T01:30:00+03:00'))).agent_now == datetime(2026, 11, 22, 22, 30)


@pytest.mark.parametrize('raw', [
    b'', b'[', b'null', b'7', b'"x"', b'[]', b'{}', b'\xff\xfe', b'\xef\xbb\xbf{}', b'{"a":NaN}', b'{"a":1,"a":1}',
    b'[' * 100_000, b'{"a":' * 50_000, b'[' * 10 + b']' * 10, b'{"proto":1}{}', b"{'a':1}", b'\\"[[[[[[[[[[[[',
    b'{"records":' + b'9' * 5000 + b'}',
])
def test_what_is_no_report_is_a_400(raw):
    assert refused(parse_report, raw)[0] == 400
    assert refused(parse_enrol, raw)[0] == 400


def test_size_is_bounded_exactly():
    text = json.dumps(report()).encode()
    assert parse_report(text + b' ' * (protocol.MAX_BODY_BYTES - len(text))).report_no == 812
    assert refused(parse_report, text + b' ' * (protocol.MAX_BODY_BYTES - len(text) + 1)) == (413, 'too_large')


@pytest.mark.parametrize('values', [
    {'proto': 2}, {'proto': True}, {'db_id': 'x'}, {'db_id': 'D' * 32}, {'epoch': 7}, {'report_no': 0},
    {'report_no': 2**53 + 1}, {'report_no': 1.0}, {'report_no': True}, {'agent_now': 'now'}, {'agent_now': TS[:-6]},
    {'agent_now': '2026-13-01T00:00:00+00:00'}, {'agent_now': '0001-01-01T00:00:00+14:00'}, {'agent_now': TS + '\n'},
    {'agent_now': '9999-12-31T23:59:59-14:00'}, {'mono_now': -1}, {'mono_now': float('1e308')}, {'mono_now': None},
    {'boot_session': 'b' * 65}, {'boot_session': "a\x00b"}, {'boot_session': "\ud800"}, {'oldest_seq': 801},
    {'oldest_seq': 0}, {'first_seq': 799}, {'wake': 1}, {'shapes': {}}, {'latest': []}, {'latest': cycle(801)},
    {'latest': {}}, {'records': {}}, {'records': [cycle(801)]}, {'records': [cycle(), event(802)]}, {'extra': 1},
    {'records': [cycle(seq) for seq in range(800, 1301)]},
])
def test_a_bad_report_is_refused_whole(values):
    assert refused(parse_report, body(report(**values))) == (400, 'bad_report')


@pytest.mark.parametrize('key', sorted(report()))
def test_every_key_is_required(key):
    value = report()
    del value[key]
    assert refused(parse_report, body(value)) == (400, 'bad_report')


def shape(checks=None, series=None, **values):
    checks, series = CHECKS if checks is None else checks, SERIES if series is None else series
    return {'id': protocol.shape_id(checks, series), 'checks': checks, 'series': series} | values


@pytest.mark.parametrize('bad', [
    7, {}, shape(id='0' * 16), shape(extra=1), shape([12, 12]), shape([0]), shape(['12']), shape([True]),
    shape(series=[[2, "", "a", ""]]), shape(series=[[-1, "", "a", ""]]), shape(series=[[0, "", "A", ""]]),
    shape(series=[[0, "", "a" * 81, ""]]), shape(series=[[0, "i" * 121, "a", ""]]), shape(series=[[0, "", "a", "u" * 17]]),
    shape(series=[[0, "", "a", ""], [0, "", "a", "%"]]), shape(series=[[0, "", "a"]]), shape(series=[[0, "\x00", "a", ""]]),
    shape(list(range(1, 502)), []), shape([1], [[0, str(number), "a", ""] for number in range(2001)]), shape([], [[0, "", "a", ""]]),
])
def test_a_bad_shape_refuses_the_report(bad):
    assert refused(parse_report, body(report(shapes=[bad]))) == (400, 'bad_shape')


def test_the_same_shape_twice_refuses_the_report():
    assert refused(parse_report, body(report(shapes=[SHAPE, SHAPE]))) == (400, 'bad_shape')


@pytest.mark.parametrize(('values', 'code'), [
    ({'type': 'metric'}, 'bad_record'), ({'extra': 1}, 'bad_record'), ({'type': 'event'}, 'bad_record'),
    ({'seq': None}, 'bad_record'), ({'seq': "800"}, 'bad_record'), ({'seq': True}, 'bad_record'),
    ({'ts': 'yesterday'}, 'bad_ts'), ({'ts': '1969-12-31T23:59:59+00:00'}, 'bad_ts'), ({'ts': 1}, 'bad_ts'),
    ({'ts': '2100-01-01T00:00:00+00:00'}, 'bad_ts'), ({'mono': None}, 'bad_ts'), ({'mono': True}, 'bad_ts'),
    ({'shape': 'x'}, 'bad_shape'), ({'shape': None}, 'bad_shape'), ({'values': None}, 'bad_values'),
    ({'values': [True]}, 'bad_values'), ({'values': ["1"]}, 'bad_values'), ({'values': [[1]]}, 'bad_values'),
    ({'values': [2**53 + 1]}, 'bad_values'), ({'values': [10**400]}, 'bad_values'), ({'values': [3.5e38]}, 'bad_values'),
    ({'values': [0] * 2001}, 'bad_values'), ({'states': "4"}, 'bad_states'), ({'states': 2}, 'bad_states'),
    ({'states': "٠"}, 'bad_states'), ({'states': "0" * 501}, 'bad_states'), ({'texts': []}, 'bad_texts'),
    ({'texts': {'01': ""}}, 'bad_texts'), ({'texts': {'-1': ""}}, 'bad_texts'), ({'texts': {'1': 5}}, 'bad_texts'),
    ({'texts': {'1': "x" * 301}}, 'bad_texts'), ({'texts': {'1': "a\x00"}}, 'bad_texts'),
    ({'texts': {'1': "\udfff"}}, 'bad_texts'), ({'texts': {'1': "\r"}}, 'bad_texts'),
])
def test_one_poisoned_cycle_is_rejected_alone(values, code):
    assert rejections(cycle(**values), event()) == [(800, code)]


def test_infinity_in_a_value_is_rejected():
    raw = body(report(records=[cycle(values=[123.5])])).replace(b'123.5', b'-1e999')
    assert parse_report(raw).rejected == (Rejected(800, 'bad_values'),)


@pytest.mark.parametrize('poison', [None, 7, "x", [], {}, {'seq': 2.0}])
def test_a_record_that_is_none_is_named_by_its_place(poison):
    assert rejections(cycle(), poison, event(802)) == [(801, 'bad_record')]


@pytest.mark.parametrize('kind', sorted(EVENTS))
def test_every_event_is_read(kind):
    found = parse_report(body(report(records=[event(800, kind)])))
    assert not found.rejected
    assert found.records[0].data == EVENTS[kind]


@pytest.mark.parametrize(('kind', 'data'), [
    ('facts', {'colour': "red"}), ('facts', {'cpu_count': 1.5}), ('facts', {'hostname': "h" * 201}), ('facts', []),
    ('facts', {'addresses': ["a"] * 33}), ('facts', {'volumes': [{}]}), ('facts', {'boot_time': "noon"}),
    ('boot', {'boot_time': TS}), ('boot', {'boot_time': TS, 'clean': 1}), ('boot', {'boot_time': None, 'clean': True}),
    ('gap', EVENTS['gap'] | {'to_seq': 2}), ('gap', EVENTS['gap'] | {'count': -1}), ('fork', {'old_epoch': "x"}),
    ('check_error', {'check': 12, 'error': "x" * 1001}), ('check_error', {'check': "12", 'error': ""}),
    ('collectors', {'collectors': EVENTS['collectors']['collectors'] * 2}), ('spool_damaged', {}),
    *(('collectors', EVENTS['collectors'] | {'kinds': kinds}) for kinds in (
        [], ["tcp"], ["disk", "disk"], "disk", None, [7], ["disk", "No name"], ["disk", *(f"k{number}" for number in range(100))])),
    ('facts', {'addresses': ["ü" * 200] * 32}),
    ('tried', []), ('tried', {key: value for key, value in EVENTS['tried'].items() if key != 'left_out'}),
    *(('tried', EVENTS['tried'] | change) for change in (
        {'check': 12}, {'id': 7}, {'id': "ab" * 15}, {'id': "AB" * 16}, {'state': 4}, {'state': True}, {'state': "0"}, {'text': "x" * 301}, {'text': "a\x00b"},
        {'took_s': -1}, {'took_s': "1"}, {'took_s': 1e308}, {'left_out': -1}, {'left_out': None}, {'values': {}}, {'values': [["/", "free_pct", "%"]]},
        {'values': [["/", "free_pct", "%", 1, 2]]}, {'values': ["/,1"]}, {'values': [["/", "Free pct", "%", 1]]}, {'values': [["x" * 121, "free_pct", "%", 1]]},
        {'values': [["/", "free_pct", "%" * 17, 1]]}, {'values': [["/", "free_pct", "%", "14"]]}, {'values': [["/", "free_pct", "%", True]]},
        {'values': [["/", "free_pct", "%", [1]]]}, {'values': [["/", "free_pct", "%", 2**60]]}, {'values': [["", "a", "", 1]] * 401},
        {'values': [["ü" * 110, "free_pct", "%", 1]] * 20})),
])
def test_a_bad_event_is_rejected_alone(kind, data):
    assert rejections(cycle(), event(kind=kind, data=data)) == [(801, 'bad_event')]


def test_what_came_of_a_try_is_neutralised_as_a_cycles_texts_are():
    found = parse_report(body(report(records=[event(800, 'tried', data=EVENTS['tried'] | {'text': "=1+1", 'values': [["@snap", "free_pct", "%", 1]]})])))
    assert (found.records[0].data['text'], found.records[0].data['values']) == ("'=1+1", [["'@snap", 'free_pct', '%', 1]])


@pytest.mark.parametrize('part', [[], EVENTS['collectors']['collectors']])
def test_a_part_of_the_collectors_names_all_kinds(part):
    data = {'collectors': part, 'kinds': ["disk", "tcp"]}
    found = parse_report(body(report(records=[event(800, 'collectors', data=data)])))
    assert (found.rejected, found.records[0].data) == ((), data)


@pytest.mark.parametrize('kind', ["reboot", None, [], {}])
def test_an_unknown_event_is_rejected_alone(kind):
    assert rejections(cycle(), event() | {'kind': kind}) == [(801, 'bad_event')]


def test_values_that_a_float4_cannot_hold_become_nothing():
    found = parse_report(body(report(records=[cycle(values=[1e-300, -1e-40, 0, 1.5, None, -3.4e38])])))
    assert found.records[0].values == (0.0, 0.0, 0, 1.5, None, -3.4e38)


def test_the_latest_is_judged_like_a_record():
    found = parse_report(body(report(latest=cycle(900, states="9"))))
    assert (found.latest, found.rejected) == (None, (Rejected(900, 'bad_states'),))


def test_digest_names_the_content_and_nothing_else():
    first = parse_report(body(report())).records[0].digest
    assert -(2**63) <= first < 2**63
    respelled = json.dumps(report(), indent=1, sort_keys=True).encode()
    assert parse_report(respelled).records[0].digest == first
    assert parse_report(body(report(records=[cycle(values=[81.6, None])]))).records[0].digest != first
    canonical = json.dumps(cycle(), sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()
    assert first == int.from_bytes(hashlib.sha256(canonical).digest()[:8], 'big', signed=True)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "{=1+1}", " =1", "\n=1", "＝1+1"]


@pytest.mark.parametrize('formula', FORMULAS)
def test_no_door_can_export_a_formula(formula):
    records = [cycle(texts={'0': formula}), event(801, 'spool_damaged', data={'file': formula})]
    found = parse_report(body(report(records=records, shapes=[shape(series=[[0, formula, "a", formula]])])))
    series = next(iter(found.shapes.values())).series[0]
    facts = parse_enrol(body(enrolment(facts={'hostname': formula}))).facts
    for text in (found.records[0].texts[0], found.records[1].data['file'], series.item, series.unit, facts['hostname']):
        assert text == f"'{formula}" and protocol.neutralise(text) == text


def test_text_is_always_fit_for_xml():
    assert protocol.neutralise("a\x00b\x85\u202ec\ufffe\ud800") == "a\ufffdb\ufffd\ufffdc\ufffd\ufffd"


def test_settling_stores_what_fits_and_acknowledges_all():
    found = parse_report(body(report(records=[cycle(), cycle(801, values=[1]), event(802), 7, cycle(804, states="0")])))
    settled = settle(found, {})
    assert [record.seq for record in settled.store] == [800, 802]
    assert [(one.seq, one.code) for one in settled.rejected] == [(801, 'bad_values'), (803, 'bad_record'), (804, 'bad_states')]
    assert (settled.ack, settled.need_shapes) == (804, ())


def test_a_missing_shape_stops_the_acknowledgement_before_it():
    unknown = 'a' * 16
    records = [cycle(), cycle(801, shape=unknown), event(802), cycle(803, values=[])]
    settled = settle(parse_report(body(report(records=records, latest=cycle(900)))), {})
    assert [record.seq for record in settled.store] == [800, 900]
    assert (settled.rejected, settled.ack, settled.need_shapes) == ((), 800, (unknown,))


def test_a_missing_shape_of_the_latest_stops_nothing():
    settled = settle(parse_report(body(report(latest=cycle(900, shape='a' * 16)))), {})
    assert ([record.seq for record in settled.store], settled.ack, settled.need_shapes) == ([800, 801], 801, ('a' * 16,))


def test_a_shape_known_to_the_server_need_not_be_sent():
    known = parse_report(body(report())).shapes
    assert settle(parse_report(body(report(shapes=[]))), known).ack == 801
    assert settle(parse_report(body(report(shapes=[]))), {}).ack == 799


def test_an_empty_report_acknowledges_nothing_new():
    assert settle(parse_report(body(report(records=[], shapes=[]))), {}).ack == 799


@pytest.mark.parametrize(('acked', 'oldest', 'first', 'wanted'), [
    (799, 1, 800, None), (900, 1, 800, None), (0, 1, 800, 1), (100, 500, 800, 500), (0, 800, 800, None), (0, 1, 1, None),
])
def test_a_restored_server_asks_for_what_it_lost(acked, oldest, first, wanted):
    assert protocol.resend_from(acked, oldest, first) == wanted


def test_an_enrolment_is_read():
    found = parse_enrol(body(enrolment()))
    assert (found.code, found.key_id, found.secret_sha256) == ('ABCDEFGH', '0123456789abcdef', 'a' * 64)
    assert (found.facts, found.collectors) == (EVENTS['facts'], EVENTS['collectors']['collectors'])


@pytest.mark.parametrize('values', [
    {'proto': 0}, {'code': 7}, {'code': "x" * 101}, {'key_id': 'K' * 16}, {'secret_sha256': 'a' * 63}, {'extra': 1},
    {'facts': None}, {'collectors': {}}, {'collectors': [{}]}, {'facts': {'memory_bytes': -1}},
])
def test_a_bad_enrolment_is_refused(values):
    assert refused(parse_enrol, body(enrolment(**values))) == (400, 'bad_enrol')


@pytest.mark.parametrize('values', [
    {'kind': "Disk"}, {'kind': ""}, {'title': 1}, {'every_s': 0}, {'every_s': "60"}, {'extra': 1}, {'metrics': []},
    {'settings': [{'name': 'a', 'type': 'date'}]}, {'settings': [{'name': 'a', 'type': 'int', 'default': "1"}]},
    {'settings': [{'name': 'a', 'type': 'int'}] * 2}, {'limits': [{'metric': 'free_pct', 'op': '='}]},
    {'limits': [{'metric': 'free_pct', 'op': '<', 'warning': "15"}]}, {'metrics': [{'name': 'a', 'unit': ""}] * 2},
    {'settings': [{'name': 'a', 'type': 'list', 'default': ["x", 1]}]}, {'settings': [{'name': 'a', 'type': 'bool', 'default': 0}]},
])
def test_a_bad_collector_refuses_the_enrolment(values):
    collector = EVENTS['collectors']['collectors'][0] | values
    assert refused(parse_enrol, body(enrolment(collectors=[collector]))) == (400, 'bad_enrol')


HEADERS = {'Content-Length': '12', 'Content-Type': 'application/json'}


@pytest.mark.parametrize(('values', 'status'), [
    ({'Content-Length': ''}, 411), ({'Content-Length': '-1'}, 411), ({'Content-Length': '1_0'}, 411),
    ({'Transfer-Encoding': 'chunked'}, 411), ({'Content-Length': '262145'}, 413), ({'Content-Encoding': 'gzip'}, 415),
    ({'Content-Type': 'text/plain'}, 415), ({'Content-Type': ''}, 415), ({'Content-Type': 'application/json; charset=latin-1'}, 415),
])
def test_headers_are_judged_before_the_body(values, status):
    assert refused(protocol.check_headers, HEADERS | values)[0] == status


@pytest.mark.parametrize('values', [
    {}, {'Content-Length': '262144'}, {'Content-Type': 'application/json; charset=utf-8'}, {'Content-Type': 'application/JSON'},
])
def test_good_headers_pass(values):
    protocol.check_headers(HEADERS | values)


def test_a_key_is_read_and_only_its_hash_kept():
    secret = 'A_-' + 'z' * 40
    found = protocol.parse_authorization(f'Bearer itc1.0123456789abcdef.{secret}')
    assert found == protocol.Credentials('0123456789abcdef', hashlib.sha256(secret.encode()).hexdigest())
    assert secret not in repr(found)


@pytest.mark.parametrize('header', [
    None, '', 'Bearer', 'Bearer x', f'Bearer itc1.{"a" * 16}.{"z" * 42}', f'bearer itc1.{"a" * 16}.{"z" * 43}',
    f'Bearer itc1.{"a" * 16}.{"é" * 43}', f'Bearer itc1.{"a" * 16}.{"z" * 43}\n',
])
def test_every_other_header_gets_the_same_bytes(header):
    with pytest.raises(ProtocolError) as caught:
        protocol.parse_authorization(header)
    assert caught.value.body() == protocol.refuse('unauthorized').body()


@pytest.mark.parametrize(('value', 'said'), [
    ('12', 12), ('0.5', 2), (False, 6), ('', 6), (None, 6), ('many', 6), ('0', 6), ('-3', 6), ('nan', 6), ('inf', 6), (7.5, 7.5),
])
def test_a_rate_is_what_is_set_when_that_is_one(value, said):
    assert protocol.rate(value, 6.0, 2.0) == said
