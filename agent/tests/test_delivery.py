"""Nothing is lost, doubled or changed: real processes, real sockets, real kills."""
import functools
import os
import random
import sqlite3
import threading
import time
from datetime import datetime
from itertools import pairwise

import pytest
from conftest import QUICK_CHECK, wait_for
from protocol_server import FAULTS
from web_server import page

from itc_agent import registry
from itc_agent.spool import Entry, Spool

KILLS = int(os.environ.get('ITC_KILLS', '25'))
FEW_KILLS = int(os.environ.get('ITC_KILLS', '10'))
RECORDS = int(os.environ.get('ITC_RECORDS', '5000'))  # that wait in the spool of a host that was cut off for long


def kept(config):
    """Return ``{(epoch, seq): body}`` of all records in the spool file, and how many of them wait."""
    connection = sqlite3.connect(config.state_dir / 'spool.db')
    epoch = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
    rows = connection.execute("SELECT seq, body, status FROM records ORDER BY seq").fetchall()
    connection.close()
    return {(epoch, seq): body for seq, body, _status in rows}, sum(status == 0 for *_rest, status in rows)


def has_asked(server, number):
    """More than so many requests came to the server."""
    return len(server.headers) > number


def stored_exactly(server, config):
    """Assert that the server holds what the spool holds, number by number, byte by byte of meaning."""
    import json
    spooled, waiting = kept(config)
    assert waiting == 0
    assert server.changed == []
    assert set(server.records) == set(spooled)
    for (epoch, seq), body in spooled.items():
        assert server.records[epoch, seq] == {'seq': seq, **json.loads(body)}
    numbers = sorted(seq for _epoch, seq in spooled)
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_run_reports_every_cycle_and_stops_within_two_seconds(server, config, start_agent):
    agent = start_agent()
    wait_for(lambda: len(server.cycles()) >= 5)
    code, seconds, log = agent.stop()
    assert (code, seconds < 2) == (0, True), log
    assert server.events('facts')[0]['hostname']
    assert server.events('boot') == [{'boot_time': server.events('boot')[0]['boot_time'], 'clean': None}]
    shape = server.shapes[server.cycles()[0]['shape']]
    assert shape['checks'] == [11]
    assert [0, '/', 'free_pct', '%'] in shape['series']


def test_a_slow_check_is_told_when_it_comes_and_the_others_keep_their_beat(server, config, start_agent, serve):
    def answer_late(connection):
        time.sleep(3.5)
        connection.sendall(page(b'fine'))

    slow = {'id': 12, 'name': "Slow", 'kind': 'http', 'every_s': 60, 'timeout_s': 20, 'settings': {'url': serve(answer_late).url}, 'limits': []}
    server.config.update(checks=[slow, {**QUICK_CHECK, 'every_s': 1}], cycle_s=1)
    running = start_agent()
    wait_for(lambda: any(12 in server.shapes[one['shape']]['checks'] for one in server.cycles()), 20)
    code, _seconds, log = running.stop()
    assert code == 0, log
    times = {ident: [datetime.fromisoformat(one['ts']) for one in server.cycles() if ident in server.shapes[one['shape']]['checks']] for ident in (11, 12)}
    gaps = [(after - before).total_seconds() for before, after in pairwise(times[11])]
    assert len(gaps) >= 2
    assert max(gaps) < 2
    assert 2.5 < (times[12][0] - times[11][0]).total_seconds() < 6
    assert not server.changed


def test_a_look_that_was_begun_with_other_settings_is_no_answer(server, config, start_agent, serve):
    may_answer = threading.Event()

    def answer_late(connection):
        may_answer.wait(15)
        connection.sendall(page(b'fine'))

    slow = {'id': 12, 'name': "Slow", 'kind': 'http', 'every_s': 60, 'timeout_s': 20, 'settings': {'url': serve(answer_late).url}, 'limits': []}
    server.config.update(checks=[slow, QUICK_CHECK])
    running = start_agent()
    wait_for(lambda: len(server.cycles()) > 5)
    other = {**slow, 'settings': {'url': serve(page(b'quick')).url}}
    server.config.update(checks=[other, QUICK_CHECK, {**QUICK_CHECK, 'id': 13}], config_rev='bbbbbbbbbbbb')

    def told(ident):
        return [one for one in server.cycles() if ident in server.shapes[one['shape']]['checks']]

    wait_for(lambda: told(13), 20)  # so the new settings are in use, and only now the look begun with the old ones ends
    assert not told(12)
    may_answer.set()
    wait_for(lambda: told(12), 20)
    count = len(server.cycles())
    wait_for(lambda: len(server.cycles()) > count + 3)
    code, _seconds, log = running.stop()
    assert code == 0, log
    assert len(told(12)) == 1


def test_a_new_version_tells_the_server_all_it_can_look_at(server, config, start_agent):
    agent = start_agent()
    wait_for(lambda: server.cycles())
    agent.stop()
    spool = Spool(config.state_dir / 'spool.db', 2 ** 20, 86400)
    spool.set(agent_version='0.0.1')
    spool.close()
    agent = start_agent()
    kinds = set(registry.kinds())
    wait_for(lambda: {one['kind'] for event in server.events('collectors') for one in event['collectors']} == kinds)
    agent.stop()
    assert all(set(event['kinds']) == kinds for event in server.events('collectors'))


def test_every_request_names_database_and_key_and_nothing_from_the_environment(server, config, identity, start_agent, monkeypatch):
    monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:9')
    monkeypatch.setenv('NETRC', '/nonexistent')
    agent = start_agent()
    wait_for(lambda: server.cycles())
    agent.stop()
    for headers in server.headers:
        assert headers['X-Odoo-Database'] == 'test'
        assert headers['Authorization'] == identity.authorization
        assert headers['Content-Type'] == 'application/json'
        assert 'Cookie' not in headers and 'Transfer-Encoding' not in headers and 'Content-Encoding' not in headers


@pytest.mark.parametrize('fault', [fault for fault in FAULTS if fault != 'ok'])
def test_a_bad_answer_loses_nothing(server, config, start_agent, fault):
    server.fault = fault
    agent = start_agent()
    time.sleep(0.6)
    server.fault = 'ok'
    wait_for(lambda: len(server.cycles()) >= 4)
    server.config['cycle_s'] = 3600
    server.config['config_rev'] = 'bbbbbbbbbbbb'
    time.sleep(0.3)
    agent.stop()
    spooled, waiting = kept(config)
    if waiting:     # a busy machine: the polite stop gave up after its second, the next start brings the rest
        again = start_agent()
        wait_for(lambda: set(spooled) <= set(server.records))
        again.stop()
    stored_exactly(server, config)


def test_killed_at_random_points_nothing_is_lost_doubled_or_changed(server, config, start_agent):
    rng = random.Random(4711)
    begun = time.monotonic()
    agent = start_agent()
    wait_for(server.cycles, 30)
    start_s = time.monotonic() - begun  # a busy machine needs longer until there is something to lose
    agent.kill()
    server.fault = lambda: rng.choice(FAULTS)
    for _kill in range(KILLS):
        agent = start_agent()
        time.sleep(start_s * rng.uniform(0.6, 2.0))
        agent.kill()
    server.fault = 'ok'
    agent = start_agent()
    count = len(server.cycles())
    wait_for(lambda: len(server.cycles()) >= count + 3)
    server.config['cycle_s'] = 3600
    server.config['config_rev'] = 'bbbbbbbbbbbb'
    time.sleep(0.6)
    agent.stop()
    stored_exactly(server, config)
    assert len(server.records) > KILLS
    assert server.repeats > 0, "no answer was ever lost: the test proves nothing"
    assert len(server.events('boot')) == 1


def test_a_full_spool_is_delivered_through_kills(server, config, start_agent):
    """As many records as ITC_RECORDS says wait; the agent is killed ITC_KILLS times while it sends them to a server with faults."""
    agent = start_agent()
    wait_for(server.cycles, 30)
    agent.stop()
    connection = sqlite3.connect(config.state_dir / 'spool.db')
    measured = connection.execute(
        "SELECT records.type, ts, CAST(records.body AS TEXT), shape, shapes.body FROM records LEFT JOIN shapes ON shapes.id = shape ORDER BY seq").fetchall()
    connection.close()
    spool = Spool(config.state_dir / 'spool.db')
    for begin in range(0, RECORDS, 500):
        rows = (measured[number % len(measured)] for number in range(begin, min(begin + 500, RECORDS)))
        spool.add([Entry(*row[:3], *(row[3:] if row[3] else ())) for row in rows], time.time())
    spool.close()
    rng = random.Random(4711)
    server.fault, amid = lambda: rng.choice(FAULTS), 0
    for _kill in range(FEW_KILLS):
        enough, agent = len(server.headers) + rng.randrange(1, 6), start_agent()
        wait_for(functools.partial(has_asked, server, enough), 30)
        agent.kill()
        amid += len(server.records) < RECORDS
    assert amid > 2, "it was not killed while records waited"
    server.fault = 'ok'
    server.config.update(cycle_s=3600, config_rev='bbbbbbbbbbbb')
    agent = start_agent()
    wait_for(lambda: len(server.records) > RECORDS, 60 + RECORDS / 500)
    agent.stop()
    spooled, waiting = kept(config)
    if waiting:     # a busy machine: the polite stop gave up after its second, the next start brings the rest
        again = start_agent()
        wait_for(lambda: set(spooled) <= set(server.records), 30)
        again.stop()
    stored_exactly(server, config)
    assert len(server.records) > RECORDS
    assert server.repeats > 0, "no answer was ever lost: the test proves nothing"


def test_the_server_gone_for_a_while_gets_all_of_it_and_the_present_first(server, config, start_agent):
    server.max_records = 5
    agent = start_agent()
    wait_for(lambda: server.cycles())
    server.fault = '500'
    time.sleep(2)
    count = len(server.reports)
    server.fault = 'ok'
    wait_for(lambda: len(server.reports) >= count + 3)
    first = server.reports[count]
    assert len(first['records']) == 5
    assert first['latest']['seq'] > first['records'][-1]['seq'] + 10, "the newest cycle goes out with the first report"
    wait_for(lambda: server.reports[-1]['latest'] is None)
    server.config.update(cycle_s=3600, config_rev='bbbbbbbbbbbb')
    time.sleep(0.6)
    agent.stop()
    stored_exactly(server, config)


def test_wake_is_said_once_when_a_state_changes(server, config, start_agent, tmp_path):
    (tmp_path / 'a.dump').write_bytes(b'x')
    watch = {'id': 21, 'name': "Dump", 'kind': 'newest_file', 'every_s': 0.05, 'settings': {'folder': str(tmp_path), 'pattern': '*.dump'}, 'limits': []}
    server.config['checks'] = [watch]
    start_agent()
    wait_for(lambda: len(server.cycles()) > 5)
    assert [report['wake'] for report in server.reports if any(record['type'] == 'cycle' for record in report['records'])][1:4] == [False] * 3
    count = len(server.reports)
    (tmp_path / 'a.dump').unlink()
    wait_for(lambda: any(cycle['states'] == '3' for cycle in server.cycles()))  # it held a file before: is its disk there?
    time.sleep(0.5)
    assert sum(report['wake'] for report in server.reports[count:]) == 1


def test_pending_host_waits_and_reports_when_confirmed(server, config, start_agent):
    server.host_state = 'pending'
    start_agent()
    time.sleep(0.8)
    assert not server.records
    server.host_state = 'active'
    wait_for(lambda: server.cycles())


def test_the_cached_configuration_is_used_while_the_server_is_away(server, config, start_agent):
    agent = start_agent()
    wait_for(lambda: server.cycles())
    agent.stop()
    before = len(server.cycles())
    server.fault = 'html'

    def checks_are_kept():
        agent = start_agent()
        time.sleep(1.2)
        agent.stop()
        return kept(config)[1] > 2

    wait_for(checks_are_kept, 30)  # on a busy machine the first start comes no further than its imports
    server.fault = 'ok'
    start_agent()
    wait_for(lambda: len(server.cycles()) > before + 3)


def test_a_changed_configuration_is_fetched_and_used(server, config, start_agent):
    start_agent()
    wait_for(lambda: server.cycles())
    server.config = {'config_rev': 'cccccccccccc', 'cycle_s': 0.1, 'checks': [{**QUICK_CHECK, 'id': 12}, {**QUICK_CHECK, 'id': 13, 'kind': 'teapot'}]}
    wait_for(lambda: any(server.shapes[cycle['shape']]['checks'] == [12, 13] for cycle in server.cycles()))
    cycle = next(one for one in server.cycles() if server.shapes[one['shape']]['checks'] == [12, 13])
    assert cycle['states'] == '03'
    assert 'teapot' in cycle['texts']['1']
    wait_for(lambda: server.events('check_error'))
    assert server.events('check_error')[0]['check'] == 13


def test_a_second_agent_on_the_same_folder_refuses(server, config, start_agent):
    start_agent()
    wait_for(lambda: server.cycles())
    second = start_agent()
    _out, log = second.process.communicate(timeout=10)
    assert second.process.returncode == 1
    assert b'another agent runs here' in log


def test_an_interrupt_while_a_request_hangs_stops_within_two_seconds(server, config, start_agent):
    import threading
    asked, release = threading.Event(), threading.Event()
    server.refuse = lambda report: (asked.set(), release.wait(15)) and None
    agent = start_agent()
    wait_for(asked.is_set)
    code, seconds, log = agent.stop()
    release.set()
    assert (code, seconds < 2) == (0, True), (seconds, log)


@pytest.mark.skipif(not hasattr(time, 'CLOCK_BOOTTIME'), reason="this system's monotonic clock counts the time asleep by itself")
def test_records_and_reports_bear_a_clock_that_counts_the_time_asleep(server, config, start_agent):
    begun = time.clock_gettime(time.CLOCK_BOOTTIME)
    agent = start_agent()
    wait_for(lambda: len(server.cycles()) >= 3)
    agent.stop()
    ended = time.clock_gettime(time.CLOCK_BOOTTIME)
    report = server.reports[-1]
    assert report['boot_session'].startswith('boottime:')
    assert len(report['boot_session']) <= 64
    told = [record['mono'] for _key, record in sorted(server.records.items())]
    assert [begun, *told] == sorted([begun, *told])
    assert told[-1] <= report['mono_now'] <= ended


def test_agent_that_is_renewed_tells_of_no_boot(server, config, start_agent):
    agent = start_agent()
    wait_for(lambda: server.cycles())
    agent.stop()
    kept_session = Spool(config.state_dir / 'spool.db', 2 ** 20, 86400)
    assert not kept_session.get('boot_session').startswith('boottime:'), "what an older agent remembered is compared with it"
    kept_session.close()
    count = len(server.cycles())
    start_agent()
    wait_for(lambda: len(server.cycles()) > count)
    assert len(server.events('boot')) == 1
