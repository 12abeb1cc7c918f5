"""A UPS behind a real upsd with its dummy driver, and behind servers that only look like one."""
import json
import socket
import time

import pytest
from nut_server import FULL, NutServer
from web_server import RawServer

from itc_agent.collectors import _nut_client, ups_nut
from itc_agent.collectors.ups_nut import Status, UpsNutSettings, findings, judge, parse, remember
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State, worst
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

OK, WARNING, CRITICAL, UNKNOWN = State


@pytest.fixture(scope='module')
def nut(tmp_path_factory):
    one = NutServer(tmp_path_factory.mktemp('nut') / 'conf')
    yield one
    one.close()


@pytest.fixture
def own_nut(tmp_path):
    started = []

    def start(**options):
        started.append(NutServer(tmp_path / str(len(started)), **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def run(server, memory=None, timeout=10, limits=None, **settings):
    settings = {'ups': 'upsilon', 'debounce_s': 0, 'port': server.port, **settings}
    check = make_check(1, 'UPS', 'ups_nut', 60, timeout, settings, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def values(result):
    reading, = result.readings
    return reading.values


# === REAL UPSD === #

def test_mains_with_all_its_numbers(nut):
    nut.set()
    result = run(nut)
    assert (result.state, result.summary) == (OK, '')
    assert values(result) == {'on_mains': 1, 'on_battery_s': 0, 'charge_pct': 100, 'runtime_s': 600, 'load_pct': 31, 'input_v': 226, 'battery_v': 27.3}


@pytest.mark.parametrize(('status', 'more', 'state', 'words'), [
    ('OB DISCHRG', {'battery_charge': '60'}, WARNING, "on battery for 0 s"),
    ('OB DISCHRG LB', {'battery_charge': '12'}, CRITICAL, "the battery is low"),
    ('OB', {'battery_charge': '29'}, CRITICAL, "charge 29 % < 30 %"),
    ('OB', {'battery_runtime': '179'}, CRITICAL, "2 min 59 s left < 3 min 0 s"),
    ('OL CHRG LB', {}, WARNING, "the battery is low and charging"),
    ('OL RB', {}, WARNING, "needs to be replaced"),
    ('OL OVER', {}, WARNING, "overloaded"),
    ('OL BYPASS', {}, WARNING, "on bypass"),
    ('OB BYPASS', {}, CRITICAL, "on bypass without mains"),
    ('OFF', {}, CRITICAL, "its output is off"),
    ('OL DISCHRG', {}, OK, ''),
    ('OL CAL', {}, WARNING, "calibrating"),
    ('OL QUANTUM', {}, UNKNOWN, "says QUANTUM"),
    ('CHRG', {}, UNKNOWN, "tells neither mains nor battery"),
    ('WAIT', {}, UNKNOWN, "knows nothing yet")])
def test_the_words_of_a_status(nut, status, more, state, words):
    nut.set(ups_status=status, **more)
    result = run(nut)
    assert (result.state, words in result.summary) == (state, True), result.summary


def test_a_forced_shutdown_is_critical_at_once(own_nut):
    nut = own_nut()
    nut.announce_shutdown()
    result = run(nut)
    assert (result.state, "FSD" in result.summary) == (CRITICAL, True), result.summary


@pytest.mark.parametrize('missing', [name for _metric, name, _least, _most in ups_nut.NUMBERS])
def test_what_a_ups_does_not_have_is_not_judged_and_never_nought(liar, missing):
    told_now = {name.replace('.', '_'): value for name, value in FULL.items() if name != missing}
    result = run(liar(told(**told_now)))
    assert result.state == OK, result.summary
    assert len(values(result)) == 6 and 0 not in {key: value for key, value in values(result).items() if key != 'on_battery_s'}.values()


def test_a_ups_that_tells_nothing_but_its_status_is_judged_by_the_time_on_battery(own_nut):
    nut, memory = own_nut(only=True, ups_status='OB'), {}
    assert set(values(run(nut, memory))) == {'on_mains', 'on_battery_s'}
    assert run(nut, memory).state == WARNING
    memory['kept']['on_battery_since'] -= 361
    result = run(nut, memory)
    assert result.state == CRITICAL
    assert result.summary.startswith("more than 60 % of the 10 min 0 s that it lasts; on battery for 6 min 1 s")


def test_the_last_words_of_a_frozen_driver_are_not_believed_longer_than_upsd_takes(own_nut):
    nut = own_nut(maxage_s=3)
    assert run(nut).state == OK
    nut.freeze_driver()
    started = time.monotonic()
    while (result := run(nut)).state == OK:
        assert time.monotonic() - started < 3 + 5, "an old OL is still ok"
        time.sleep(0.1)
    assert (result.state, "no fresh data" in result.summary) == (UNKNOWN, True)


def test_a_driver_that_was_killed_is_unknown(own_nut):
    nut = own_nut()
    nut.driver.kill()
    nut.driver.wait()
    time.sleep(0.2)
    result = run(nut)
    assert (result.state, result.summary) == (UNKNOWN, "its driver does not run")


def test_an_upsd_that_is_gone_is_unknown_and_so_is_a_host_nobody_knows(own_nut):
    nut = own_nut()
    nut.upsd.kill()
    nut.upsd.wait()
    result = run(nut)
    assert (result.state, "refused" in result.summary) == (UNKNOWN, True)
    assert run(nut, host='nosuchhost.invalid').state == UNKNOWN


def test_a_name_upsd_does_not_have_is_unknown_and_told_with_those_it_has(nut):
    result = run(nut, ups='upsilom')
    assert (result.state, result.summary) == (UNKNOWN, "upsd has no UPS called upsilom; it has upsilon")


def test_a_blip_is_no_warning_and_an_outage_is_one_in_the_same_look(own_nut):
    nut, memory = own_nut(ups_status='OB'), {}
    started = time.monotonic()
    result = run(nut, memory, debounce_s=1)
    assert time.monotonic() - started >= 1
    assert (result.state, "on battery for 1 s" in result.summary) == (WARNING, True), result.summary
    memory.clear()
    assert run(nut, memory, debounce_s=60).state == OK, "shorter than the debounce is only told"
    assert run(nut, memory, debounce_s=60).state == OK
    nut.set(ups_status='OL')
    result = run(nut, memory, debounce_s=1)
    assert (result.state, result.summary) == (OK, "mains again, after an outage")


def test_the_beginning_of_an_outage_survives_the_agent(nut):
    nut.set(ups_status='OB')
    check = make_check(1, 'UPS', 'ups_nut', 60, 10, {'ups': 'upsilon', 'debounce_s': 0, 'port': nut.port})
    first = Runner()
    kept = first.kept(first.run([check]))
    name, = kept
    bookmark = json.loads(kept[name])
    bookmark['on_battery_since'] -= 300
    second = Runner(recall={name: json.dumps(bookmark)}.get)
    result, = second.run([check])
    assert values(result)['on_battery_s'] >= 300
    assert "on battery for 5 min" in result.summary


def test_an_upsd_lost_during_an_outage_says_what_its_last_word_was(own_nut):
    nut, memory = own_nut(ups_status='OB'), {}
    run(nut, memory)
    nut.upsd.kill()
    nut.upsd.wait()
    result = run(nut, memory)
    assert (result.state, result.summary.endswith("its last word was: on battery")) == (UNKNOWN, True)


# === SERVERS THAT LIE === #

@pytest.fixture
def liar():
    started = []

    def start(answer):
        def respond(connection):
            connection.recv(4096)
            answer(connection) if callable(answer) else connection.sendall(answer)
        started.append(RawServer(respond))
        return started[-1]

    yield start
    for one in started:
        one.close()


def told(**variables):
    lines = [f'VAR upsilon {name.replace("_", ".")} "{value}"' for name, value in variables.items()]
    return '\n'.join(['BEGIN LIST VAR upsilon', *lines, 'END LIST VAR upsilon', '']).encode()


@pytest.mark.parametrize(('answer', 'words'), [
    (b'', "broke off"), (b'\x00\xff\x00\xff\n', "not that of a NUT server"), (b'HTTP/1.1 400 Bad Request\r\n\r\n', "not that of a NUT server"),
    (b'BEGIN LIST VAR upsilon\nVAR upsilon ups.status "OL"\n', "broke off"), (b'ERR ACCESS-DENIED\n', "does not let this machine ask"),
    (b'ERR SOMETHING-NEW\n', "SOMETHING-NEW"), (b'ERR DATA-STALE\r\n', "no fresh data"), (told(), "tells no status"), (told(ups_status=''), "tells no status"),
    (told(ups_status='  '), "tells no status"), (told(ups_status='OL').replace(b'upsilon', b'another'), "not that of a NUT server"),
    (told(ups_status='OL').replace(b'"OL"', b'OL'), "cannot be read"), (b'x' * 100_000, "far more"), (b'x\n' * 600, "far more"),
    (b'BEGIN LIST VAR upsilon\n' + b'VAR upsilon a "1"\n' * 600, "far more"),
    (told(ups_status='OL', driver_state='reconnect.trying'), "looks for it")], ids=lambda one: repr(one[:30]))
def test_an_answer_that_is_none_is_unknown(liar, answer, words):
    result = run(liar(answer))
    assert (result.state, words in result.summary) == (UNKNOWN, True), result.summary


@pytest.mark.parametrize('answer', [
    lambda connection: time.sleep(15),
    lambda connection: [connection.sendall(b'B') or time.sleep(0.1) for _ in range(200)],
    lambda connection: [connection.sendall(b'BEGIN LIST VAR upsilon\n') or time.sleep(0.1) for _ in range(200)]], ids=['silent', 'dripping', 'endless'])
def test_a_server_that_hangs_is_unknown_in_time(liar, answer):
    started = time.monotonic()
    result = run(liar(answer), timeout=2)
    assert time.monotonic() - started < 2
    assert (result.state, "no whole answer within" in result.summary) == (UNKNOWN, True)


def test_a_port_that_takes_no_connection_is_unknown_in_time():
    with socket.socket() as full:
        full.bind(('127.0.0.1', 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        check = make_check(1, 'UPS', 'ups_nut', 60, 2, {'ups': 'upsilon', 'port': full.getsockname()[1]})
        started = time.monotonic()
        result = look(check, {}, {})
        assert time.monotonic() - started < 2
        for one in waiting:
            one.close()
    assert result.state == UNKNOWN


@pytest.mark.parametrize('text', ['300', '-1', 'nan', 'inf', '', '12 V', '1e999', '١٠x', '--'])
def test_a_number_that_cannot_be_is_none_and_unknown(liar, text):
    result = run(liar(told(ups_status='OL', battery_charge=text)))
    assert (result.state, values(result)['charge_pct']) == (UNKNOWN, None)
    result = run(liar(told(ups_status='OB', battery_runtime=text.replace('300', '9999999'))))
    assert (result.state, "time left it tells cannot be true" in result.summary) == (UNKNOWN, True)
    result = run(liar(told(ups_status='OL', battery_voltage='-1.08')))
    assert values(result)['battery_v'] is None


def test_a_second_question_that_fails_does_not_lose_the_first_answer(liar):
    answers = [told(ups_status='OB', battery_charge='20')]
    server = liar(lambda connection: connection.sendall(answers.pop() if answers else b'ERR DATA-STALE\n'))
    result = run(server, debounce_s=0.1)
    assert (result.state, "charge 20 %" in result.summary) == (CRITICAL, True)


def test_foreign_letters_quotes_and_an_alarm_are_read(liar):
    result = run(liar(told(ups_status='ALARM OL', ups_alarm='Batterie r\u00e9seau \\"A\\"', ups_mfr='\u12a0\u12f2\u1235')))
    assert (result.state, result.summary) == (WARNING, 'alarm: Batterie r\u00e9seau "A"')
    assert run(liar(told(ups_status='ALARM OL'))).state == WARNING


# === OVER TIME === #

SETTINGS = UpsNutSettings('upsilon')


def later(kept, status, now, settings=SETTINGS, **numbers):
    told_now = {'ups.status': status, **{name.replace('_', '.'): text for name, text in numbers.items()}}
    parsed = parse(told_now)
    return judge(parsed, remember(kept, told_now, parsed, settings, now), kept, settings, now)


def test_a_flapping_mains_is_one_outage_until_it_has_held_ten_minutes():
    kept = {}
    for now, status in ((0, 'OB'), (60, 'OL'), (120, 'OB'), (180, 'OL')):
        later(kept, status, now)
    assert later(kept, 'OB', 400).values['on_battery_s'] == 400
    assert later(kept, 'OB', 400).finding == CRITICAL
    later(kept, 'OL', 460)
    assert later(kept, 'OL', 1059).text == "mains again, after an outage"
    assert later(kept, 'OL', 1060).text == ''
    assert later(kept, 'OB', 1120).values['on_battery_s'] == 0


def test_mains_that_held_while_nobody_looked_end_the_outage_and_so_does_a_gap_longer_than_any_battery():
    kept = {}
    later(kept, 'OB', 0)
    later(kept, 'OL', 60)
    assert later(kept, 'OB', 86_400).values['on_battery_s'] == 0
    assert later(kept, 'OB', 172_800).values['on_battery_s'] == 0
    assert later(kept, 'OB', 172_800 + 500).values['on_battery_s'] == 500


def test_a_clock_set_back_makes_an_outage_neither_negative_nor_endless():
    kept = {}
    later(kept, 'OB', 5000)
    assert later(kept, 'OB', 1000).values['on_battery_s'] == 0
    assert later(kept, 'OB', 1060).values['on_battery_s'] == 60


def test_what_a_ups_told_once_and_no_longer_tells_is_unknown_until_it_is_another():
    kept = {}
    assert later(kept, 'OL', 0, battery_charge='100').finding == OK
    reading = later(kept, 'OL', 60)
    assert (reading.finding, reading.text, reading.values['charge_pct']) == (UNKNOWN, "no longer tells charge_pct", None)
    assert later(kept, 'OB LB', 120).finding == CRITICAL
    assert later(kept, 'OL', 180, device_serial='another').finding == OK
    assert later(kept, 'OL', 240, settings=UpsNutSettings('other')).finding == OK


@pytest.mark.parametrize('word', ['TRIM', 'BOOST'])
def test_half_an_hour_of_a_corrected_voltage_is_a_warning(word):
    kept = {}
    assert later(kept, f'OL {word}', 0).finding == OK
    assert later(kept, f'OL {word}', 1800).finding == OK
    reading = later(kept, f'OL {word}', 1801)
    assert (reading.finding, "corrects the mains' voltage" in reading.text) == (WARNING, True)
    later(kept, 'OL', 1900)
    assert later(kept, f'OL {word}', 2000).finding == OK


@pytest.mark.parametrize('status', ['LB', 'BYPASS LB', 'OFF LB', 'FSD OL', 'OL OFF', 'OL OB LB'])
def test_no_other_word_makes_low_off_or_announced_any_better(status):
    words = frozenset(status.split())
    assert worst(state for state, _text in findings(Status(words, {}), {'on_battery_since': 0}, SETTINGS, 0)) == CRITICAL


def test_words_in_any_order_and_number_mean_the_same():
    for status in ('OB DISCHRG LB', 'LB OB DISCHRG', 'DISCHRG  LB\tOB OB'):
        assert later({}, status, 0).finding == CRITICAL


@pytest.mark.parametrize('wrong', [
    {}, {'ups': ''}, {'ups': 'a b'}, {'ups': 'u@host'}, {'ups': 'a\nFSD a'}, {'ups': 'u"'}, {'ups': 'ü'}, {'ups': 'x', 'host': 'a b'},
    {'ups': 'x', 'port': 0}, {'ups': 'x', 'crit_charge_pct': 101}, {'ups': 'x', 'min_runtime_s': -1}, {'ups': 'x', 'measured_runtime_s': 0},
    {'ups': 'x', 'debounce_s': 61}])
def test_settings_that_make_no_sense_are_refused(wrong):
    assert make_check(1, 'x', 'ups_nut', 60, 10, wrong).problem


def test_the_parser_refuses_what_is_no_list():
    with pytest.raises(SourceUnavailable):
        _nut_client.parse_variables('', 'a')
