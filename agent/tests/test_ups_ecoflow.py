"""An EcoFlow station behind a stand-in of its maker's cloud."""
import json
import os
import time
from pathlib import Path

import pytest
from conftest import nobody
from ecoflow_server import ACCESS, SECRET, SN, EcoflowServer

from itc_agent import permissions
from itc_agent.collectors import _ecoflow_client, ups_ecoflow
from itc_agent.results import State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

OK, WARNING, CRITICAL, UNKNOWN = State
QUOTA = json.loads((Path(__file__).parent / 'samples' / 'ups_ecoflow' / 'quota.json').read_text())


@pytest.fixture
def cloud():
    one = EcoflowServer(dict(QUOTA))
    yield one
    one.close()


@pytest.fixture
def keys(secrets):
    path = secrets / 'ecoflow'
    path.write_text(f'{ACCESS}\n{SECRET}\n')
    permissions.make_private(path)
    return path


def run(cloud, keys, memory=None, timeout=20, limits=None, **settings):
    settings = {'sn': SN, 'secret': keys.name, 'address': cloud.address, **settings}
    check = make_check(1, 'Station', 'ups_ecoflow', 60, timeout, settings, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def values(result):
    reading, = result.readings
    return reading.values


# === SIGNED QUESTIONS === #

def test_the_signature_of_the_known_example():
    keys = _ecoflow_client.Keys('AK', 'SK')
    assert _ecoflow_client.sign({'sn': 'R701TEST0000001'}, keys, '123456', '1700000000000') == (
        '0d2371f9ff54d3dc264dfbc092e10f092e1043858be0c85853037961fa3b1b6f')
    assert 'SK' not in repr(keys) and 'AK' not in repr(keys)


def test_a_healthy_station_is_asked_first_whether_it_is_online(cloud, keys):
    result = run(cloud, keys)
    assert (result.state, result.summary) == (OK, '')
    assert values(result) == {'on_mains': 1, 'charge_pct': 87, 'mains_v': 228.608, 'input_w': 40, 'output_w': 40}
    assert cloud.asked == ['/iot-open/sign/device/list', '/iot-open/sign/device/quota/all']


def test_the_region_of_the_account_gives_the_address(keys):
    hosts = [ups_ecoflow.UpsEcoflowSettings(SN, keys.name, region).base for region in ('eu', 'us', 'other')]
    assert hosts == ['https://api-e.ecoflow.com', 'https://api-a.ecoflow.com', 'https://api.ecoflow.com']


@pytest.mark.parametrize(('text', 'words'), [
    (f'{ACCESS}\nanother\n', "the secret key is wrong (code 8521"), (f'another\n{SECRET}\n', "accessKey is invalid"),
    (ACCESS, "two lines"), ('', "two lines"), (f'{ACCESS}\n{SECRET}\nmore\n', "two lines"), (f'{ACCESS}\nwith blank\n', "two lines"),
    (f'{ACCESS}\nschl\u00fcssel\n', "two lines")])
def test_wrong_keys_are_unknown_and_never_told(cloud, keys, text, words):
    keys.write_text(text, encoding='utf-8')
    result = run(cloud, keys)
    assert (result.state, words in result.summary) == (UNKNOWN, True), result.summary
    assert SECRET not in result.summary and ACCESS not in result.summary


def test_keys_as_notepad_writes_them_are_read(cloud, keys):
    keys.write_bytes(b'\xef\xbb\xbf' + f'{ACCESS}\r\n{SECRET}\r\n\r\n'.encode())
    assert run(cloud, keys).state == OK


@pytest.mark.skipif(os.name == 'nt', reason="modes are POSIX's")
def test_keys_that_others_may_read_are_refused_also_when_that_came_later(cloud, keys):
    memory = {}
    assert run(cloud, keys, memory).state == OK
    keys.chmod(0o644)
    result = run(cloud, keys, memory)
    assert (result.state, "only the agent may read it" in result.summary) == (UNKNOWN, True), result.summary
    assert len(cloud.asked) == 2


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="needs root, to be somebody else")
def test_keys_that_the_agent_may_not_read_are_unknown(cloud, keys):
    with nobody():
        result = run(cloud, keys)
    assert (result.state, "Permission denied" in result.summary) == (UNKNOWN, True), result.summary


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason="no pipes with a name here")
def test_keys_that_are_no_file_do_not_hang(cloud, keys):
    keys.unlink()
    assert "cannot be read" in run(cloud, keys).summary
    os.mkfifo(keys, 0o600)
    started = time.monotonic()
    result = run(cloud, keys)
    assert time.monotonic() - started < 2
    assert (result.state, "is no plain file" in result.summary) == (UNKNOWN, True)


# === WHAT THE CLOUD SAYS === #

def test_a_unit_that_is_offline_is_unknown_whatever_its_values_say(cloud, keys):
    memory = {}
    cloud.online = 0
    result = run(cloud, keys, memory)
    assert (result.state, result.summary) == (UNKNOWN, "the unit is offline: what the cloud has of it is old")
    assert cloud.asked == ['/iot-open/sign/device/list']
    cloud.online = 1
    assert run(cloud, keys, memory).state == OK
    memory['kept']['online_at'] -= 7200
    cloud.online = 0
    assert "offline, last seen 2 h 0 min ago" in run(cloud, keys, memory).summary


@pytest.mark.parametrize(('online', 'state'), [(1, OK), ('1', OK), (0, UNKNOWN), (None, UNKNOWN), ('online', UNKNOWN), (2, UNKNOWN)])
def test_only_a_one_means_online(cloud, keys, online, state):
    cloud.online = online
    assert run(cloud, keys).state == state


def test_a_unit_that_the_account_does_not_have_is_unknown_and_told_with_those_it_has(cloud, keys):
    cloud.units = ['R331OTHER', 'D001OTHER']
    assert run(cloud, keys).summary == f"the account has no unit {SN}; it has D001OTHER, R331OTHER"
    cloud.units = []
    result = run(cloud, keys)
    assert (result.state, result.summary) == (UNKNOWN, f"the account has no unit {SN}; it has none")


@pytest.mark.parametrize(('code', 'words'), [
    ('1006', "link it to the developer account"), (1006, "link it to the developer account"), ('8521', "the secret key is wrong"),
    ('500', "busy today"), ('00', "busy today"), ('', "busy today")])
@pytest.mark.parametrize('word', ['list', 'all'])
def test_another_code_than_nought_is_an_error_under_http_200_too(cloud, keys, word, code, words):
    cloud.answers[word] = 200, {'code': code, 'message': 'busy today', 'data': [{'sn': SN, 'online': 1}]}
    result = run(cloud, keys)
    assert (result.state, words in result.summary) == (UNKNOWN, True), result.summary


@pytest.mark.parametrize(('offset_s', 'words'), [(-720, "clock is 12 min"), (87_000, "clock is 1 d 0 h behind")])
def test_a_wrong_clock_is_told_as_clock_and_not_as_keys(cloud, keys, offset_s, words):
    cloud.offset_s = offset_s
    result = run(cloud, keys)
    assert (result.state, words in result.summary, "ahead" in result.summary) == (UNKNOWN, True, offset_s < 0), result.summary


@pytest.mark.parametrize('answer', [
    (200, b''), (200, b'<html>Login</html>'), (200, b'{"code": "0"'), (200, b'[]'), (200, b'null'), (200, b'{}'), (503, b'busy'), (302, b''),
    (200, b'[' * 100_000), (200, b'\xff\xfe\x00'), (200, b'{"code": "0", "data": "' + b'x' * 400_000 + b'"}'), (200, b'{"code": [0]}'),
    (500, {'code': '0', 'data': []}), (200, {'code': '0'}), (200, {'code': '0', 'data': None}), (200, {'code': '0', 'data': 'x'}),
    (200, {'code': '0', 'data': []}), (200, {'code': '0', 'data': {}}), (200, {'code': '0', 'data': [1, None]})], ids=lambda one: repr(one[1])[:30])
@pytest.mark.parametrize('word', ['list', 'all'])
def test_what_is_no_answer_is_unknown(cloud, keys, word, answer):
    cloud.answers[word] = answer
    result = run(cloud, keys)
    assert (result.state, "collector failed" in result.summary) == (UNKNOWN, False), result.summary


@pytest.mark.parametrize('word', ['list', 'all'])
def test_a_cloud_that_hangs_or_drips_is_unknown_in_time(cloud, keys, word):
    def drip(handler):
        for byte in b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n' + bytes(60):
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)

    for hanging in (lambda handler: time.sleep(5), drip):
        cloud.answers[word] = 200, hanging
        started = time.monotonic()
        result = run(cloud, keys, timeout=2)
        assert time.monotonic() - started < 2
        assert (result.state, result.summary.startswith("127.0.0.1: ")) == (UNKNOWN, True), result.summary


def test_no_cloud_there_and_no_such_name_are_unknown(cloud, keys, monkeypatch):
    cloud.close()
    result = run(cloud, keys)
    assert (result.state, "nothing listens there" in result.summary) == (UNKNOWN, True)
    monkeypatch.setitem(_ecoflow_client.ADDRESSES, 'other', 'https://nosuchhost.invalid')
    result = run(cloud, keys, address='')
    assert (result.state, "cannot be resolved" in result.summary) == (UNKNOWN, True)


# === WHAT THE VALUES MEAN === #

NO_MAINS = {'inv.acInVol': 0, 'inv.inputWatts': 0}


@pytest.mark.parametrize(('changed', 'state', 'words'), [
    (NO_MAINS, WARNING, "no mains, 2 h 19 min left"),
    ({**NO_MAINS, 'bms_emsStatus.lcdShowSoc': 24}, CRITICAL, "charge 24 % < 25 %"),
    ({**NO_MAINS, 'bms_emsStatus.dsgRemainTime': 9}, CRITICAL, "9 min 0 s left < 10 min 0 s"),
    ({'bms_emsStatus.lcdShowSoc': 12}, CRITICAL, "charge 12 %, it switches off at 7 %"),
    ({'bms_emsStatus.lcdShowSoc': 40}, WARNING, "charge_pct 40 % < 50 %"),
    ({'inv.inputWatts': 0, 'bms_emsStatus.lcdShowSoc': 100}, OK, ''),
    ({'inv.cfgAcEnabled': 0}, WARNING, "its AC output is switched off"),
    ({'bms_bmsStatus.errCode': 34}, WARNING, "error 34"),
    ({'inv.acInVol': 149_000}, WARNING, "no mains"), ({'inv.acInVol': 151_000}, OK, ''),
    ({'inv.acInVol': 230}, UNKNOWN, "whether there are mains cannot be told"),
    ({'inv.acInVol': 900_000}, UNKNOWN, "whether there are mains cannot be told"),
    ({'inv.acInVol': 'x'}, UNKNOWN, "whether there are mains cannot be told"), ({'inv.acInVol': None}, UNKNOWN, "whether there are mains cannot be told"),
    ({'inv.acInVol': True}, UNKNOWN, "whether there are mains cannot be told"), ({'inv.acInVol': 10 ** 400}, UNKNOWN, "whether there are mains"),
    ({'bms_emsStatus.lcdShowSoc': 300}, UNKNOWN, "the charge cannot be told"), ({'bms_emsStatus.lcdShowSoc': -1}, UNKNOWN, "the charge cannot be told"),
    ({'inv.inputWatts': -5}, OK, '')])
def test_what_values_mean(cloud, keys, changed, state, words):
    cloud.data.update(changed)
    result = run(cloud, keys)
    assert (result.state, words in result.summary) == (state, True), result.summary


@pytest.mark.parametrize('minutes', [5939, 5999, -3, 0])
def test_endless_and_negative_times_are_no_times(cloud, keys, minutes):
    cloud.data.update(NO_MAINS, **{'bms_emsStatus.dsgRemainTime': minutes})
    result = run(cloud, keys)
    assert (result.state, result.summary) == (WARNING, "no mains")
    assert 'runtime_s' not in values(result)


def test_missing_charge_or_mains_are_unknown_and_another_key_for_the_charge_counts(cloud, keys):
    del cloud.data['bms_emsStatus.lcdShowSoc']
    assert run(cloud, keys).state == UNKNOWN
    cloud.data['pd.soc'] = 55
    assert values(run(cloud, keys))['charge_pct'] == 55
    del cloud.data['inv.acInVol']
    assert "whether there are mains cannot be told" in run(cloud, keys).summary


def test_what_a_unit_told_once_and_no_longer_tells_is_unknown(cloud, keys):
    memory = {}
    assert run(cloud, keys, memory).state == OK
    del cloud.data['inv.cfgAcEnabled'], cloud.data['inv.outputWatts']
    result = run(cloud, keys, memory)
    assert (result.state, result.summary) == (UNKNOWN, "no longer tells output, output_w")
    assert values(result)['output_w'] is None
    assert run(cloud, keys).state == OK, "a unit that never told them is not asked for them"


# === OLD VALUES === #

def test_values_that_never_move_while_the_battery_carries_the_load_are_old():
    settings, kept = ups_ecoflow.UpsEcoflowSettings(SN, 'keys'), {}
    data = {**QUOTA, **NO_MAINS}
    assert ups_ecoflow.judge(data, kept, settings, 0).finding == WARNING
    assert ups_ecoflow.judge(data, kept, settings, 600).finding == WARNING
    with pytest.raises(ups_ecoflow.SourceUnavailable, match="the same values for 11 min"):
        ups_ecoflow.judge(data, kept, settings, 660)
    assert ups_ecoflow.judge({**data, 'inv.outputWatts': 41}, kept, settings, 720).finding == WARNING


def test_values_that_never_move_on_mains_are_old_after_an_hour():
    settings, kept = ups_ecoflow.UpsEcoflowSettings(SN, 'keys'), {}
    assert ups_ecoflow.judge(QUOTA, kept, settings, 0).finding == OK
    assert ups_ecoflow.judge(QUOTA, kept, settings, 3600).finding == OK
    with pytest.raises(ups_ecoflow.SourceUnavailable, match="they are old"):
        ups_ecoflow.judge(QUOTA, kept, settings, 3601)
    assert ups_ecoflow.judge(QUOTA, {'same': {**kept['same'], 'since': 9e9}}, settings, 3601).finding == OK, "a clock that was set back"


def test_since_when_values_are_the_same_survives_the_agent(cloud, keys):
    cloud.data.update(NO_MAINS)
    check = make_check(1, 'Station', 'ups_ecoflow', 60, 20, {'sn': SN, 'secret': keys.name, 'address': cloud.address})
    first = Runner()
    (name, text), = first.kept(first.run([check])).items()
    kept = json.loads(text)
    assert SECRET not in text and ACCESS not in text
    kept['same']['since'] -= 700
    result, = Runner(recall={name: json.dumps(kept)}.get).run([check])
    assert (result.state, "they are old" in result.summary) == (UNKNOWN, True)


@pytest.mark.parametrize('wrong', [
    {}, {'sn': SN}, {'sn': 'a&b=c', 'secret': 'k'}, {'sn': SN, 'secret': '/k'}, {'sn': SN, 'secret': 'k', 'region': 'mars'},
    {'sn': SN, 'secret': 'k', 'address': 'http://api.example.org'}, {'sn': SN, 'secret': 'k', 'address': 'https://x/path'},
    {'sn': SN, 'secret': 'k', 'crit_charge_pct': -1}, {'sn': SN, 'secret': 'k', 'max_same_s': 1},
    {'sn': SN, 'secret': 'k', 'mains_min_v': 5}, {'sn': SN, 'secret': 'k', 'min_runtime_s': -1}, {'sn': SN, 'secret_key': 'x'}])
def test_settings_that_make_no_sense_are_refused(wrong):
    assert make_check(1, 'x', 'ups_ecoflow', 60, 10, wrong).problem
