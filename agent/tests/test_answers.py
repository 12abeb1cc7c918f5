"""What the sender does with each kind of answer; a real server, the sender in this thread."""
import dataclasses
import json
import shutil
import ssl
import time

import pytest
from conftest import wait_for
from test_spool import NOW, STAMP, cycle, event

from itc_agent import client
from itc_agent.client import Backoff, Client
from itc_agent.errors import Unreachable
from itc_agent.sender import Sender
from itc_agent.spool import Spool


@pytest.fixture
def spool(tmp_path):
    one = Spool(tmp_path / 'spool' / 'spool.db')
    yield one
    one.close()


@pytest.fixture
def make_sender(server, config, identity):
    def make(spool, on_config=lambda answer: None):
        return Sender(spool, Client(config.server, identity), db_id=identity.db_id, boot_session='b', config_rev='aaaaaaaaaaaa',
                      on_config=on_config, on_damage=lambda error: None, backoff=Backoff(0.01, 0.02))
    return make


def settle(sender, spool, turns=60):
    """Let the sender work until nothing waits; return whether it got there."""
    for _turn in range(turns):
        sender.offer(wake=False)
        time.sleep(min(sender.step(), 0.05))
        if not spool.has_waiting():
            return True
    return False


def real_cycles(count, start=0):
    """Return cycles with a shape that is one."""
    from itc_agent import registry, wire
    from itc_agent.results import Reading, Result, State
    check = wire.make_check(5, 'Root', 'disk', 60, 10, {})
    registry.load('disk')
    entries = []
    for number in range(start, start + count):
        result = Result(check, State.OK, '', (Reading('/', {'free_pct': float(number)}),))
        (ident, shape, record), = wire.build_cycles([result], STAMP, 1.0)
        from itc_agent.spool import Entry
        entries.append(Entry('cycle', STAMP, record, ident, shape))
    return entries


def test_poison_is_quarantined_and_blocks_nothing(server, spool, make_sender):
    server.reject = lambda record: 'bad_values' if record['seq'] == 250 else None
    spool.add(real_cycles(500), NOW)
    assert settle(make_sender(spool), spool)
    assert len(server.records) == 499
    assert spool.stats()['rejected'] == 1
    assert sum(record['seq'] == 250 for report in server.reports for record in report['records']) == 1


@pytest.mark.parametrize(('status', 'code'), [(403, 'foreign_check'), (400, 'bad_shape'), (400, 'bad_report')])
def test_a_record_that_gets_the_whole_report_refused_is_found_and_set_aside(server, spool, make_sender, status, code):
    def refuse(report):
        numbers = [record['seq'] for record in report['records']] + ([report['latest']['seq']] if report['latest'] else [])
        return (status, code) if 37 in numbers else None
    server.refuse = refuse
    spool.add(real_cycles(100), NOW)
    assert settle(make_sender(spool), spool)
    assert sorted(seq for _epoch, seq in server.records) == [seq for seq in range(1, 101) if seq != 37]
    assert spool.stats()['rejected'] == 1


def test_too_large_only_makes_reports_smaller(server, spool, make_sender):
    server.refuse = lambda report: (413, 'too_large') if len(report['records']) > 7 else None
    spool.add(real_cycles(50), NOW)
    assert settle(make_sender(spool), spool)
    assert len(server.records) == 50
    assert spool.stats()['rejected'] == 0


def test_missing_shapes_are_sent_when_asked_for(server, spool, make_sender):
    spool.add(real_cycles(3), NOW)
    sender = make_sender(spool)
    assert settle(sender, spool)
    server.shapes.clear()
    spool.add(real_cycles(3, 3), NOW)
    assert settle(sender, spool)
    assert len(server.cycles()) == 6


def test_a_server_restored_from_a_backup_gets_everything_again(server, spool, make_sender):
    sender = make_sender(spool)
    spool.add(real_cycles(20), NOW)
    assert settle(sender, spool)
    epoch = spool.epoch
    server.records = {key: record for key, record in server.records.items() if key[1] <= 8}
    server.acked[epoch], server.seen_numbers[epoch] = 8, 1
    server.shapes.clear()
    spool.add(real_cycles(2, 20), NOW)
    assert settle(sender, spool)
    assert sorted(seq for _epoch, seq in server.records) == list(range(1, 23))
    assert server.changed == []


def test_a_restored_image_opens_a_new_epoch_and_loses_nothing(server, spool, make_sender, tmp_path):
    spool.add(real_cycles(5), NOW)
    assert settle(make_sender(spool), spool)
    spool.close()
    shutil.copytree(tmp_path / 'spool', tmp_path / 'image')
    later = Spool(tmp_path / 'spool' / 'spool.db')
    later.add(real_cycles(5, 5), NOW)
    assert settle(make_sender(later), later)
    old = later.epoch
    later.close()
    restored = Spool(tmp_path / 'image' / 'spool.db')
    restored.add(real_cycles(4, 100), NOW)
    assert settle(make_sender(restored), restored)
    assert restored.epoch != old
    assert server.events('fork') == [{'old_epoch': old}]
    values = sorted(record['values'][0] for record in server.cycles())
    assert values == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 101, 102, 103]
    assert server.changed == []
    restored.close()


def test_numbers_taken_by_other_records_open_a_new_epoch_too(server, spool, make_sender, tmp_path):
    """The image is younger than the last report number the server saw from it, but its records are others."""
    spool.add(real_cycles(3), NOW)
    server.records[spool.epoch, 2] = {'seq': 2, 'type': 'cycle', 'somebody': 'else'}
    old = spool.epoch
    assert settle(make_sender(spool), spool)
    assert spool.epoch != old
    assert sorted(record['values'][0] for key, record in server.records.items() if record['type'] == 'cycle' and 'values' in record) == [0, 1, 2]


def test_another_database_gets_nothing_and_costs_nothing(server, spool, make_sender):
    server.db_id = 'f' * 32
    spool.add(real_cycles(3), NOW)
    assert not settle(make_sender(spool), spool, turns=5)
    assert server.records == {}
    server.db_id = 'd' * 32
    assert settle(make_sender(spool), spool)
    assert len(server.records) == 3


def test_a_gap_is_told_at_the_next_contact(server, tmp_path, make_sender):
    spool = Spool(tmp_path / 'q' / 'spool.db', quota_bytes=30_000)
    for entry in real_cycles(400):
        spool.add([entry], NOW)
    assert settle(make_sender(spool), spool)
    (gap,) = server.events('gap')
    assert gap['count'] == 400 - len(server.cycles()) == gap['to_seq'] - gap['from_seq'] + 1
    spool.close()


def test_an_agent_without_checks_still_reports_that_it_lives(server, spool, make_sender):
    sender = make_sender(spool)
    sender.offer(wake=False)
    sender.step()
    assert server.reports[0]['records'] == [] and server.reports[0]['latest'] is None
    assert (server.reports[0]['first_seq'], server.reports[0]['oldest_seq']) == (1, 1)


def test_next_in_and_retry_after_are_obeyed(server, spool, make_sender):
    server.next_in = 50
    sender = make_sender(spool)
    spool.add(real_cycles(1), NOW)
    sender.offer(wake=False)
    assert sender.step() > 3000
    spool.add(real_cycles(1), NOW)
    sender.offer(wake=False)
    assert 30 < sender.step() <= 50
    sender.offer(wake=True)
    assert sender.step() <= 2, "a changed state waits two seconds at most"


def test_backoff_is_full_jitter_with_a_cap():
    backoff = Backoff(5, 900)
    waits = [backoff.failed() for _failure in range(60)]
    assert all(wait <= min(900, 5 * 2 ** index) for index, wait in enumerate(waits))
    assert len({round(wait, 6) for wait in waits}) == 60
    assert backoff.failed(retry_after=3600) >= 3600
    backoff.succeeded()
    assert backoff.failed() <= 5


def test_a_hostile_answer_is_no_acknowledgement(server, spool, make_sender):
    spool.add([event(), cycle()], NOW)
    original = server._report
    for ack in (True, -1, '5', 1e300, None, [1]):
        server._report = lambda report, ack=ack: (200, {**original(report)[1], 'ack': {report['epoch']: ack}})
        assert not settle(make_sender(spool), spool, turns=2), json.dumps(ack)
    server._report = original
    assert settle(make_sender(spool), spool)
    wait_for(lambda: len(server.records) == 2)


HEAD = b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n'


@pytest.mark.parametrize('parts', [
    [HEAD[index:index + 1] for index in range(len(HEAD))], [HEAD, *[b'x'] * 400], [b'HTTP/1.1 100 Continue\r\n\r\n'] * 400,
    [b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', *[b'1\r\nx\r\n'] * 400]], ids=['head', 'body', 'interim', 'chunks'])
@pytest.mark.parametrize('is_secret', [False, True])
def test_a_server_that_drips_holds_no_report_for_ever(config, identity, serve, certificate, monkeypatch, parts, is_secret):
    """Each byte comes within every limit of a socket: what stands between us and Odoo must not keep the host silent."""
    def drip(connection):
        for part in parts:
            connection.sendall(part)
            time.sleep(0.1)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    monkeypatch.setattr(client, 'IN_ALL_S', 0.3)
    url = serve(drip, context if is_secret else None).url
    one = Client(dataclasses.replace(config.server, url=url, fingerprint=certificate.fingerprint if is_secret else ''), identity)
    for _again in range(2):
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="the answer was not complete within 0.3 s"):
            one.report(b'{}')
        assert time.monotonic() - begun < 10


def test_a_quick_answer_is_left_alone(config, identity, server, monkeypatch):
    monkeypatch.setattr(client, 'IN_ALL_S', 0.2)
    one = Client(config.server, identity)
    for _again in range(3):
        assert one.config()['checks']
        time.sleep(0.3)


def test_a_configuration_that_changed_is_fetched_at_once_and_not_with_the_next_report(server, spool, make_sender):
    """Who changed a check, or tries one, waits in front of the screen: it is used within the cycle in which the agent hears of it."""
    taken = []
    sender = make_sender(spool, taken.append)
    server.next_in, server.config['config_rev'] = 60, 'bbbbbbbbbbbb'
    spool.add(real_cycles(1), NOW)
    sender.offer(wake=False)
    assert sender.step() == 0.0, "the answer tells of another configuration"
    assert 50 < sender.step() <= 54, "and the next report has its time"
    assert [one['config_rev'] for one in taken] == ['bbbbbbbbbbbb']
    sender.step()
    assert len(taken) == 1


def test_a_configuration_that_cannot_be_fetched_is_tried_again_as_a_report_is(server, spool, make_sender, monkeypatch):
    sender, asked = make_sender(spool), []
    server.config['config_rev'] = 'bbbbbbbbbbbb'
    server.next_in = 60
    spool.add(real_cycles(1), NOW)
    sender.offer(wake=False)
    assert sender.step() == 0.0

    def get_config():
        asked.append(1)
        return 503, {'code': 'busy'}

    monkeypatch.setattr(server, 'get_config', get_config)
    sender._backoff = Backoff(5.0, 5.0)
    monkeypatch.setattr(sender._backoff, 'failed', lambda *_words: 5.0)
    assert sender.step() == 5.0
    assert 4 < sender.step() <= 5, "not again and again"
    assert len(asked) == 1
