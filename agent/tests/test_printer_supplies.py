"""Supplies of printers: a real SNMP agent with a printer's tables, a real IPP printer, and what lies."""
import contextlib
import json
import os
import signal
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from conftest import nobody
from printer_servers import ipp_printer, snmp_printer
from web_server import RawServer, page

from itc_agent import registry
from itc_agent.collectors import _ipp, _snmp, printer_supplies
from itc_agent.collectors.printer_supplies import Supply, SupplySettings, Told, parse_ipp, parse_snmp, readings_of
from itc_agent.errors import SourceUnavailable
from itc_agent.judge import judge_readings
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'printer_supplies'
TONER, INK, WASTE_TONER, UNKNOWN_TYPE = 3, 5, 4, 2
CONSUMED, FILLED = 3, 4
GOOD = [("Black Toner", CONSUMED, TONER, 100, 70), ("Waste Box", FILLED, WASTE_TONER, 100, 10)]


def run(memory=None, timeout_s=20, **settings):
    limits = [one.as_dict() for one in registry.load('printer_supplies').limits]
    check = make_check(1, 'x', 'printer_supplies', 60, timeout_s, {'host': '127.0.0.1', **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def values(result):
    return {one.item: one.values for one in result.readings}


# === A REAL SNMP AGENT === #

@pytest.mark.parametrize('version', ['1', '2c'])
def test_a_good_printer_by_both_versions(tmp_path, version):
    with snmp_printer(tmp_path, GOOD, version=version) as (port, _process):
        result = run(snmp_port=port, via='snmp')
        assert (result.state, result.summary) == (State.OK, '')
        assert values(result) == {'Black Toner': {'left_pct': 70.0}, 'Waste Box': {'full_pct': 10.0}}


def test_low_toner_and_full_waste_count_in_their_own_direction(tmp_path):
    supplies = [("Black Toner", CONSUMED, TONER, 100, 7), ("Cyan Toner", CONSUMED, TONER, 12000, 480), ("Waste Box", FILLED, WASTE_TONER, 100, 96),
                ("Drum", CONSUMED, 9, 50000, 49000)]
    with snmp_printer(tmp_path, supplies) as (port, _process):
        result = run(snmp_port=port)
        assert result.state == State.CRITICAL
        assert result.summary == "Cyan Toner: left_pct 4 % < 5 %; Waste Box: full_pct 96 % > 95 %; Black Toner: left_pct 7 % < 20 %"
        assert values(run(snmp_port=port, waste_left=True))['Waste Box'] == {'full_pct': 4.0}


def test_minus_1_2_and_3_are_words_and_never_numbers(tmp_path):
    supplies = [("A", CONSUMED, TONER, 100, -3), ("B", CONSUMED, TONER, 100, -2), ("C", CONSUMED, TONER, -2, -1), ("D", CONSUMED, TONER, -2, 40),
                ("E", CONSUMED, TONER, 100, 30)]
    with snmp_printer(tmp_path, supplies) as (port, _process):
        result = run(snmp_port=port)
        assert result.state == State.OK
        assert values(result) == {'A': {}, 'B': {}, 'C': {}, 'D': {}, 'E': {'left_pct': 30.0}}
        assert "B: the printer does not know its level" in result.summary


@pytest.mark.parametrize(('level', 'state'), [(-2, State.UNKNOWN), (-1, State.UNKNOWN), (-3, State.OK)])
def test_all_supplies_at_a_word_are_unknown_unless_some_is_left(tmp_path, level, state):
    with snmp_printer(tmp_path, [(name, CONSUMED, TONER, 100, level) for name in "AB"]) as (port, _process):
        assert run(snmp_port=port, via='snmp').state == state


def test_what_the_printer_says_itself_counts_where_it_has_no_numbers(tmp_path):
    with snmp_printer(tmp_path, [("A", CONSUMED, TONER, 100, -2)], errors='0x20') as (port, _process):
        result = run(snmp_port=port)
        assert (result.state, "printer: says toner-low" in result.summary) == (State.WARNING, True)
    (tmp_path / 'two').mkdir()
    with snmp_printer(tmp_path / 'two', [("A", CONSUMED, TONER, 100, 90)], errors='0x10') as (port, _process):
        assert run(snmp_port=port).state == State.CRITICAL
        assert run(snmp_port=port, ignore=['toner-empty*']).state == State.OK


def test_one_supply_only_and_one_without_a_name_a_class_or_a_type(tmp_path):
    with snmp_printer(tmp_path, [("", None, None, 100, 50)]) as (port, _process):
        assert values(run(snmp_port=port)) == {'supply 1.1': {'left_pct': 50.0}}


def test_a_cartridge_that_its_printer_calls_a_receptacle_is_still_a_cartridge(tmp_path):
    with snmp_printer(tmp_path, [("Black Cartridge", FILLED, 21, 100, 3), ("Box", FILLED, UNKNOWN_TYPE, 100, 3)]) as (port, _process):
        assert values(run(snmp_port=port)) == {'Black Cartridge': {'left_pct': 3.0}, 'Box': {'full_pct': 3.0}}


def test_names_in_other_encodings_twice_and_with_filling(tmp_path):
    names = ['0x' + "تونر سیاه".encode().hex(), '0x' + 'Résidu'.encode('latin-1').hex() + '0000', 'Toner', 'Toner']
    with snmp_printer(tmp_path, [(name, CONSUMED, TONER, 100, 50) for name in names]) as (port, _process):
        assert list(values(run(snmp_port=port))) == ["تونر سیاه", "Résidu", "Toner", "Toner (2)"]


def test_a_supply_that_is_no_longer_told_of_is_unknown_until_it_is_ignored(tmp_path):
    memory = {}
    with snmp_printer(tmp_path, GOOD) as (port, _process):
        assert run(memory, snmp_port=port).state == State.OK
    memory = {'kept': json.loads(json.dumps(memory['kept']))}
    (tmp_path / 'two').mkdir()
    with snmp_printer(tmp_path / 'two', GOOD[:1]) as (port, _process):
        for _look in range(2):
            result = run(memory, snmp_port=port)
            assert (result.state, "Waste Box: the printer told of it before" in result.summary) == (State.UNKNOWN, True)
        assert run(memory, snmp_port=port, ignore=['Waste*']).state == State.OK
    (tmp_path / 'three').mkdir()
    with snmp_printer(tmp_path / 'three', [("Other Toner", CONSUMED, TONER, 100, 99), GOOD[1]]) as (port, _process):
        memory = {'kept': {'host': '127.0.0.1', 'names': ['Black Toner', 'Waste Box']}}
        assert run(memory, snmp_port=port).state == State.OK


def test_an_agent_without_a_printers_tables_tells_of_no_supplies(tmp_path):
    with snmp_printer(tmp_path, []) as (port, _process):
        result = run(snmp_port=port, via='snmp')
        assert (result.state, result.summary) == (State.UNKNOWN, "the printer tells of no supplies")


def test_a_wrong_community_is_told_from_a_dead_printer_by_another_port(tmp_path, secrets, monkeypatch):
    secret = secrets / 'community'
    secret.write_text('wrong\n')
    secret.chmod(0o600)
    with snmp_printer(tmp_path, GOOD) as (port, _process):
        result = run(timeout_s=4, snmp_port=port, via='snmp', secret=secret.name)
        assert result.state == State.UNKNOWN
        assert "the printer is there and does not answer SNMP: a wrong community" in result.summary
        secret.write_text('public\n')
        assert run(snmp_port=port, via='snmp', secret=secret.name).state == State.OK
        monkeypatch.setattr(printer_supplies, 'answers', lambda _host: False)
        secret.write_text('wrong\n')
        assert "off, asleep or cannot be reached" in run(timeout_s=4, snmp_port=port, via='snmp', secret=secret.name).summary


def test_a_printer_that_is_there_is_seen_by_a_port_that_answers_or_refuses():
    assert printer_supplies.answers('127.0.0.1')
    assert not printer_supplies.answers('nosuchhost.invalid')


@pytest.mark.skipif(os.name == 'nt', reason="about the modes of POSIX")
def test_a_community_that_others_can_read_is_empty_or_cannot_be_read(secrets):
    file = secrets / 'community'
    assert "cannot be read" in run(secret=file.name, via='snmp').summary
    file.write_text('secret')
    file.chmod(0o644)
    assert "lets it be read" in run(secret=file.name, via='snmp').summary
    file.write_text(' \n')
    file.chmod(0o600)
    assert "does not hold one line" in run(secret=file.name, via='snmp').summary
    if not os.geteuid():
        with nobody(), pytest.raises(SourceUnavailable, match="cannot be read"):
            printer_supplies.read_community(file.name)


def test_an_agent_that_hangs_is_unknown_within_the_time(tmp_path):
    with snmp_printer(tmp_path, GOOD) as (port, process):
        process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        result = run(timeout_s=3, snmp_port=port)
        assert time.monotonic() - started < 3
        assert result.state == State.UNKNOWN


@pytest.mark.skipif(os.name == 'nt', reason="Wine tells nothing of a closed UDP port")
def test_a_closed_port_is_told():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(('127.0.0.1', 0))
        port = one.getsockname()[1]
    result = run(snmp_port=port, via='snmp')
    assert (result.state, result.summary) == (State.UNKNOWN, "127.0.0.1: refused, no SNMP there")


@pytest.mark.parametrize('error', [ConnectionRefusedError, ConnectionResetError])
def test_a_closed_port_is_told_as_both_systems_tell_of_it(monkeypatch, error):
    def walk(*_arguments, **_named):
        raise error

    monkeypatch.setattr(_snmp, 'walk', walk)
    assert run(via='snmp').summary == "127.0.0.1: refused, no SNMP there"


# === AGENTS THAT LIE === #

@contextlib.contextmanager
def udp_server(answer):
    """Let the block have the port of a UDP server: ``answer(request)`` gives the packets to send back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(('127.0.0.1', 0))

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    request, address = one.recvfrom(65535)
                    if request == b'end':
                        return
                    for packet in answer(request):
                        one.sendto(packet, address)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield one.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b'end', one.getsockname())
        thread.join(5)


def response(request, name, value=b'\x02\x01\x05', error=0, number=None):
    """Return the answer to a request: the value of ``name``."""
    body = _snmp._open(_snmp._take(_snmp._take(_snmp._open(request, 0x30), 2)[1], 4)[1], 0xa1)
    asked = _snmp._signed(_snmp._take(body, 2)[0]) if number is None else number
    binding = _snmp._tlv(0x30, _snmp._tlv(6, _snmp.oid_bytes(name)) + value)
    inner = _snmp._integer(asked) + _snmp._integer(error) + _snmp._integer(0) + _snmp._tlv(0x30, binding)
    return _snmp._tlv(0x30, _snmp._integer(1) + _snmp._tlv(4, b'public') + _snmp._tlv(0xa2, inner))


def endless():
    """Answers with a row more each time."""
    row = iter(range(1, 10 ** 6))
    return lambda request: [response(request, (*printer_supplies.SUPPLIES, 9, 1, next(row)))]


@pytest.mark.parametrize(('answer', 'words'), [
    (lambda request: [response(request, (*printer_supplies.SUPPLIES, 4, 1, 1))], "go in circles"),
    (lambda request: [b'garbage']*2, "cannot be read"),
    (lambda request: [b''], "cannot be read"),
    (lambda request: [response(request, (1, 3, 6))[:-4]], "cannot be read"),
    (lambda request: [b'\x30\x84\xff\xff\xff\xff\x02'], "cannot be read"),
    (lambda request: [response(request, (1, 3, 6), error=5)], "refuses the SNMP question"),
    (lambda request: [os.urandom(60000)], "cannot be read"),
    (lambda request: [response(request, (1, 3, 6, 1)).replace(b'\x2b\x06\x01', b'\x2b\x06\x81')], "cannot be read"),
], ids=['circles', 'garbage', 'empty', 'cut', 'length', 'error', 'huge', 'name'])
def test_agents_that_lie_are_unknown_with_words(answer, words):
    with udp_server(answer) as port:
        result = run(snmp_port=port, via='snmp', timeout_s=4)
    assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary
    assert "collector failed" not in result.summary


def test_a_table_without_end_is_left():
    with udp_server(endless()) as port:
        assert "has no end" in run(snmp_port=port, via='snmp').summary


def test_answers_to_other_questions_are_passed_over_and_a_lost_packet_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(_snmp, 'TRY_S', 0.2)
    asked = []

    def answer(request):
        asked.append(request)
        if len(asked) == 1:
            return []
        return [response(request, (*printer_supplies.SUPPLIES, 9, 1, 9), number=77), response(request, (1, 3, 9))]

    with udp_server(answer) as port:
        assert _snmp.walk('127.0.0.1', port, 'public', printer_supplies.SUPPLIES, version='2c', end=time.monotonic() + 5) == {}
    assert len(asked) == 2


def test_numbers_below_zero_large_names_and_long_texts_survive_the_coding():
    name = (1, 3, 6, 1, 4, 1, 2 ** 31, 0, 127, 128, 16384)
    assert _snmp.oid_of(_snmp.oid_bytes(name)) == name
    request = _snmp.encode('x' * 300, name, '2c', 2 ** 31 - 1)
    assert _snmp.decode(response(request, name, _snmp._tlv(2, b'\xfd'))) == (2 ** 31 - 1, (name, -3))
    assert _snmp.decode(response(request, name, _snmp._tlv(4, b'y' * 70000)))[1][1] == b'y' * 70000
    assert _snmp.decode(response(request, name, _snmp._tlv(0x82, b''))) == (2 ** 31 - 1, None)


# === A REAL IPP PRINTER === #

@pytest.fixture(scope='module')
def printer(tmp_path_factory):
    folder = tmp_path_factory.mktemp('printer')
    slow = folder / 'slow.sh'
    slow.write_text('#!/bin/sh\nsleep 30\n')
    slow.chmod(0o755)
    with ipp_printer(folder, '-f', 'application/pdf', '-c', slow) as one:
        yield one


def test_an_ipp_printer_tells_by_its_supply_texts(printer):
    printer.page('/supplies?supply0=96&supply1=3')
    found = printer.look('printer_supplies', host='127.0.0.1', ipp_port=8631, via='ipp')
    assert found['state'] == State.CRITICAL
    assert found['readings'][:2] == [['Toner Waste Tank', {'full_pct': 96.0}, 0, ''], ['Black Toner', {'left_pct': 3.0}, 0, '']]
    assert found['readings'][2][3] == "says marker-waste-almost-full-report, toner-low-report"
    printer.page('/supplies?supply0=10&supply1=80')
    assert printer.look('printer_supplies', host='127.0.0.1', ipp_port=8631, via='ipp')['state'] == State.OK


def test_auto_goes_on_to_ipp_where_there_is_no_snmp(printer):
    found = printer.look('printer_supplies', host='127.0.0.1', ipp_port=8631)
    assert {'Toner Waste Tank', 'Black Toner'} <= {one[0] for one in found['readings']}
    assert found['memory']['way'] == 'ipp'


def test_the_same_printer_asked_for_its_queue(printer, tmp_path):
    found = printer.look('print_queue', host='127.0.0.1', port=8631)
    assert (found['state'], [one[0] for one in found['readings']]) == (State.OK, ['demo'])
    (tmp_path / 'a.pdf').write_text('%PDF-1.4 hello')
    done = printer.run('/usr/bin/ipptool', '-tf', str(tmp_path / 'a.pdf'), '-d', 'filetype=application/pdf', 'ipp://localhost:8631/ipp/print', 'print-job.test')
    assert not done.returncode, done.stdout
    found = printer.look('print_queue', host='127.0.0.1', port=8631)
    assert found['readings'][0][1]['jobs'] == 1
    memory = {'kept': found['memory']['kept']}
    memory['kept']['queues']['demo']['still_s'] = 600
    assert "stuck: job" in printer.look('print_queue', memory, host='127.0.0.1', port=8631)['summary']


@pytest.mark.parametrize(('attributes', 'expected'), [
    (['ATTR nameWithoutLanguage marker-names Black', 'ATTR keyword marker-types toner', 'ATTR integer marker-levels 4'], [['Black', {'left_pct': 4.0}]]),
    (['ATTR nameWithoutLanguage marker-names A,B,C', 'ATTR keyword marker-types toner,ink,waste-toner', 'ATTR integer marker-levels 4,-3,90'],
     [['A', {'left_pct': 4.0}], ['B', {}], ['C', {'full_pct': 90.0}]]),
    (['ATTR integer marker-levels 55,60'], [['marker 1', {'left_pct': 55.0}], ['marker 2', {'left_pct': 60.0}]]),
], ids=['one marker', 'three', 'no names'])
def test_markers_of_a_real_printer(tmp_path, attributes, expected):
    (tmp_path / 'attributes').write_text('\n'.join(attributes) + '\n')
    with ipp_printer(tmp_path, '-a', tmp_path / 'attributes') as one:
        found = one.look('printer_supplies', host='127.0.0.1', ipp_port=8631, via='ipp')
        assert [reading[:2] for reading in found['readings']] == expected, found


def test_of_both_ways_of_ipp_the_one_with_more_numbers_counts():
    told = parse_ipp({'printer-supply': ['index=1;type=toner;maxcapacity=-2;level=-2;'], 'printer-supply-description': ['Black'],
                      'marker-names': ['Black'], 'marker-levels': [40]})
    assert told.supplies == (Supply('Black', 40, 100, False),)
    assert parse_ipp({'printer-supply': ['level=x;', ';;=', '']}).supplies[:2] == (Supply('supply 1', None, -2, False), Supply('supply 2', -2, -2, False))
    assert parse_ipp({'marker-levels': ['unknown', -2, 7]}).supplies == (
        Supply('marker 1', None, 100, False), Supply('marker 2', -2, 100, False), Supply('marker 3', 7, 100, False))
    assert parse_ipp({}).supplies == ()


def test_what_answers_and_is_no_printer_is_unknown():
    def answer(connection):
        connection.recv(65536)
        connection.sendall(page(b'<html>Login</html>'))
    server = RawServer(answer)
    result = run(ipp_port=server.port, via='ipp')
    server.close()
    assert (result.state, "is not IPP" in result.summary) == (State.UNKNOWN, True)


def test_a_printer_without_supplies_over_ipp_is_unknown():
    def answer(connection):
        connection.recv(65536)
        connection.sendall(page(struct.pack('>BBHI', 2, 0, 0, 1) + b'\4' + _ipp._attribute(0x44, 'printer-state-reasons', 'none') + b'\3'))
    server = RawServer(answer)
    result = run(ipp_port=server.port, via='ipp')
    server.close()
    assert (result.state, result.summary) == (State.UNKNOWN, "the printer tells of no supplies")


# === SAMPLES === #

@pytest.mark.parametrize('case', sorted(SAMPLES.glob('*/rows.json')), ids=lambda one: one.parent.name)
def test_recorded_tables(case):
    rows = {tuple(map(int, key.split('.'))): bytes.fromhex(value) if isinstance(value, str) else value
            for key, value in json.loads(case.read_text(encoding='utf-8')).items()}
    told = parse_snmp(rows)
    readings = readings_of(told, SupplySettings('p'), {})
    assert [[one.item, one.values, one.text] for one in readings] == json.loads((case.parent / 'expected.json').read_text(encoding='utf-8'))


def test_a_level_above_its_capacity_is_no_number():
    readings = readings_of(Told((Supply('A', 250, 100, False), Supply('B', 5, 10, False), Supply('C', 0, 0, False))), SupplySettings('p'), {})
    assert [one.values for one in readings] == [{}, {'left_pct': 50.0}, {}]


@pytest.mark.parametrize(('level', 'capacity', 'words'), [
    (300, 100, "level 300 of 100 cannot be"), (-7, 100, "level -7 of 100 cannot be"), (-4, -2, "level -4 of -2 cannot be"), (5, 0, "level 5 of 0 cannot be"),
    (5, -9, "level 5 of -9 cannot be"), (None, -2, "is no number")])
@pytest.mark.parametrize('is_waste', [False, True])
def test_a_level_that_cannot_be_is_unknown_whatever_the_others_say(level, capacity, words, is_waste):
    one = Supply('A', level, capacity, is_waste)
    for others, reasons, state in (
            ((Supply('B', 60, 100, False),), (), State.UNKNOWN), ((Supply('B', 10, 100, False),), (), State.UNKNOWN), ((), (), State.UNKNOWN),
            ((Supply('B', 1, 100, False),), (), State.CRITICAL), ((), ('toner-low',), State.UNKNOWN), ((), ('toner-empty-error',), State.CRITICAL)):
        readings = readings_of(Told((one, *others), reasons), SupplySettings('p'), {})
        declared = registry.load('printer_supplies')
        told, summary = judge_readings(readings, declared.limits, declared.units)
        assert (told, words in summary) == (state, True), summary
    assert readings_of(Told((one, Supply('B', 60, 100, False))), SupplySettings('p', ignore=['a']), {})[0].finding == State.OK


@pytest.mark.parametrize(('level', 'capacity'), [(100, 100), (0, 100), (0, 0), (40, -1), (40, -2), (-1, 100), (-2, 100), (-3, 100), (-3, -2)])
def test_what_the_printers_standard_lets_a_level_be_is_no_fault(level, capacity):
    assert printer_supplies.reading_of(Supply('A', level, capacity, False), SupplySettings('p')).finding == State.OK


def test_a_real_printer_with_a_level_that_cannot_be(tmp_path):
    with snmp_printer(tmp_path, [*GOOD, ("Cyan", CONSUMED, TONER, 100, 300), ("Magenta", CONSUMED, TONER, 100, -7)]) as (port, _process):
        result = run(snmp_port=port, via='snmp')
    assert (result.state, values(result)['Black Toner']) == (State.UNKNOWN, {'left_pct': 70.0})
    assert "Cyan: level 300 of 100 cannot be; Magenta: level -7 of 100 cannot be" in result.summary


def test_a_level_that_is_no_number_is_not_left_out():
    told = parse_snmp({(6, 1, 1): b'Black', (8, 1, 1): 100, (9, 1, 1): b'full', (6, 1, 2): b'Cyan', (8, 1, 2): 100, (9, 1, 2): 60})
    assert told.supplies == (Supply('Black', None, -2, False), Supply('Cyan', 60, 100, False))


@pytest.mark.parametrize(('settings', 'words'), [
    ({'host': ''}, "name or address"), ({'host': 'p', 'via': 'usb'}, "auto, snmp or ipp"), ({'host': 'p', 'snmp_port': 0}, "1 to 65535"),
    ({'host': 'p', 'ipp_path': 'x\r\nA: b'}, "begins with /"), ({'host': 'p', 'ipp_path': '/a b'}, "begins with /")])
def test_wrong_settings_are_refused(settings, words):
    assert words in make_check(1, 'x', 'printer_supplies', 60, 10, settings).problem
