"""The spool: what is kept, dropped, repeated, moved, and what a broken file does to it."""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from itc_agent import spool_file, wire
from itc_agent.errors import SpoolFull, SpoolLocked
from itc_agent.spool import Entry, Spool

NOW = 1_795_000_000.0
STAMP = '2026-11-23T05:12:44.120+00:00'
SHAPE = wire.shape_id([1], [])


def cycle(number=0, size=0):
    body = wire.canonical({'type': 'cycle', 'ts': STAMP, 'mono': 1.0, 'shape': SHAPE, 'values': [number], 'states': '0', 'texts': {'0': 'x' * size}})
    return Entry('cycle', STAMP, body, SHAPE, wire.canonical({'id': SHAPE, 'checks': [1], 'series': []}))


def event(kind='facts'):
    return Entry('event', STAMP, wire.build_event(kind, {'hostname': 'h'}, STAMP, 1.0))


def acknowledge(spool, batch, upto, rejected=(), need=(), **more):
    spool.acknowledge(batch, upto, rejected, need, more.pop('now', NOW), STAMP, 1.0, **more)


def numbers(batch):
    return [seq for seq, _text in batch.records]


@pytest.fixture
def spool(tmp_path):
    one = Spool(tmp_path / 'spool.db')
    yield one
    one.close()


def test_it_writes_with_full_synchronisation_in_wal_mode(spool):
    assert spool._one('PRAGMA synchronous') == 2
    assert spool._one('PRAGMA journal_mode') == 'wal'
    assert os.stat(spool.path).st_mode & 0o077 == 0


def test_records_come_back_in_order_with_their_number_in_front(spool):
    assert spool.add([cycle(1), event(), cycle(2)], NOW) == [1, 2, 3]
    batch = spool.batch()
    assert numbers(batch) == [1, 2, 3]
    assert json.loads(batch.records[0][1]) == {'seq': 1, **json.loads(cycle(1).body)}
    assert (batch.first_seq, batch.oldest_seq, batch.latest) == (1, 1, None)
    assert [ident for ident, _text in batch.shapes] == [SHAPE]


def test_only_what_was_acknowledged_is_not_sent_again(spool):
    spool.add([cycle(n) for n in range(10)], NOW)
    batch = spool.batch(4)
    assert batch.latest[0] == 10
    acknowledge(spool, batch, 99)
    assert numbers(spool.batch()) == [5, 6, 7, 8, 9, 10], "an answer cannot acknowledge what was not sent"
    assert spool.batch().shapes == ()


def test_the_report_number_is_on_disk_before_it_is_used(tmp_path):
    spool = Spool(tmp_path / 'spool.db')
    assert [spool.next_report_no(), spool.next_report_no()] == [1, 2]
    shutil.copytree(tmp_path, tmp_path / 'copy', ignore=shutil.ignore_patterns('copy'))
    spool.close()
    assert Spool(tmp_path / 'copy' / 'spool.db').next_report_no() == 3


def test_rejected_records_are_kept_and_never_sent_again(spool):
    spool.add([cycle(n) for n in range(3)], NOW)
    acknowledge(spool, spool.batch(), 3, [(2, 'bad_values'), (77, 'bad_values')])
    assert spool.stats()['rejected'] == 1
    assert numbers(spool.batch()) == []


def test_shapes_are_sent_until_known_and_again_when_needed(spool):
    spool.add([cycle()], NOW)
    batch = spool.batch()
    acknowledge(spool, batch, 0, need=[SHAPE])
    assert spool.batch().shapes
    acknowledge(spool, spool.batch(), 1)
    spool.add([cycle()], NOW)
    assert not spool.batch().shapes


def test_acknowledged_records_stay_a_week_and_can_be_asked_for(spool):
    spool.add([cycle(n) for n in range(3)], NOW)
    acknowledge(spool, spool.batch(), 3)
    spool.add([cycle()], NOW + 6.9 * 86400)
    assert spool.batch().oldest_seq == 1
    assert spool.resend_from(2) == 2
    assert numbers(spool.batch()) == [2, 3, 4]
    assert spool.batch().shapes, "a server that lost records may have lost shapes too"
    acknowledge(spool, spool.batch(), 4)
    spool.add([cycle()], NOW + 14 * 86400)
    assert spool.stats() | {'bytes': 0, 'epoch': ''} == {'waiting': 1, 'acknowledged': 0, 'rejected': 0, 'report_no': 0, 'bytes': 0, 'epoch': ''}


def test_over_quota_the_oldest_cycles_go_and_the_gap_is_exact(tmp_path):
    spool = Spool(tmp_path / 'spool.db', quota_bytes=40_000)
    spool.add([event()], NOW)
    for number in range(300):
        spool.add([cycle(number, 200)], NOW)
    assert spool.stats()['bytes'] <= 40_000
    first, rest = spool.batch(), spool.stats()['waiting'] - 1
    assert numbers(first) == [1], "the event before the hole goes alone; records in a report have no holes"
    assert first.oldest_seq == 1
    assert first.latest[0] == 301
    acknowledge(spool, first, 1)
    batch = spool.batch()
    assert batch.first_seq == batch.oldest_seq == 302 - rest, "nothing before the hole is offered"
    gap = json.loads(batch.records[-1][1])
    assert gap['kind'] == 'gap'
    assert gap['data'] == {'from_seq': 2, 'to_seq': batch.first_seq - 1, 'count': 300 - rest, 'from_ts': STAMP, 'to_ts': STAMP, 'reason': 'quota'}
    spool.close()


def test_events_outlive_cycles_and_acknowledged_records_go_first(tmp_path):
    spool = Spool(tmp_path / 'spool.db', quota_bytes=20_000)
    spool.add([cycle(n, 100) for n in range(20)], NOW)
    acknowledge(spool, spool.batch(), 20)
    for _number in range(60):
        spool.add([event()], NOW)
    assert spool.stats()['waiting'] == 60
    assert not spool.get('gap')
    for number in range(100):
        spool.add([cycle(number, 300)], NOW)
    events = spool._one("SELECT count(*) FROM records WHERE type = 'event'")
    assert events == 60
    spool.close()


def test_a_week_of_cycles_of_sixty_values_fits_the_default_quota(tmp_path):
    values = [round(random.Random(n).uniform(0, 100), 1) for n in range(60)]
    body = wire.canonical({'type': 'cycle', 'ts': STAMP, 'mono': 1.0, 'shape': 's' * 16, 'values': values, 'states': '0' * 20, 'texts': {}})
    per_week = (len(body) + 80) * 7 * 24 * 120
    assert per_week < 200 * 2 ** 20, f"{per_week / 2 ** 20:.0f} MiB at one cycle each 30 s"


def test_forked_the_waiting_records_move_to_a_new_epoch(spool):
    spool.add([cycle(n) for n in range(5)], NOW)
    acknowledge(spool, spool.batch(2), 2)
    spool.next_report_no()
    old = spool.epoch
    assert spool.fork(STAMP, 1.0) == old != spool.epoch == spool.get('epoch')
    batch = spool.batch()
    assert numbers(batch) == [1, 2, 3, 4]
    texts = [json.loads(text) for _seq, text in batch.records]
    assert (texts[0]['kind'], texts[0]['data']) == ('fork', {'old_epoch': old})
    assert [text['values'] for text in texts[1:]] == [[2], [3], [4]]
    assert batch.shapes
    assert spool.next_report_no() == 1


def test_a_second_opener_is_refused(spool):
    with pytest.raises(SpoolLocked, match="another agent"):
        Spool(spool.path)


def test_a_report_stays_within_the_size_the_server_takes(spool):
    for number in range(60):
        text = wire.canonical({'type': 'cycle', 'texts': {'0': 'é' * 20_000}})
        series = [[0, f'{number}', 'm' * 50_000, '']]
        ident = wire.shape_id([1], series)
        spool.add([Entry('cycle', STAMP, text, ident, wire.canonical({'id': ident, 'checks': [1], 'series': series}))], NOW)
    while spool.stats()['waiting']:
        batch = spool.batch()
        body = wire.build_report({'db_id': 'd' * 32}, [text for _ident, text in batch.shapes], batch.latest and batch.latest[1],
                                 [text for _seq, text in batch.records])
        assert len(body) <= wire.MAX_BODY_BYTES
        assert batch.records
        acknowledge(spool, batch, batch.records[-1][0])


def fill(path, count=400):
    spool = Spool(path)
    for number in range(0, count, 20):
        spool.add([cycle(number + n, 300) for n in range(20)], NOW)
    acknowledge(spool, spool.batch(100), 100)
    return spool


def test_broken_files_are_put_aside_and_never_stop_the_agent(tmp_path):
    """Torn and flipped spools, as a kill in mid-write leaves them (with WAL) and as a clean stop does (without)."""
    live = fill(tmp_path / 'live' / 'spool.db')
    originals, epoch = {wire.with_seq(number + 1, cycle(number, 300).body) for number in range(400)}, live.epoch
    shutil.copytree(tmp_path / 'live', tmp_path / 'torn')
    live.close()
    rng = random.Random(815)
    put_aside = 0
    for turn in range(200):
        folder = tmp_path / 'turn'
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / ('torn' if turn % 2 else 'live'), folder)
        victim = rng.choice([path for path in folder.iterdir() if path.stat().st_size])
        data = bytearray(victim.read_bytes())
        if turn % 3:
            for _flip in range(rng.choice([1, 20, 2000])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        else:
            del data[rng.randrange(len(data)):]
        victim.write_bytes(data)
        started = time.monotonic()
        spool = Spool(folder / 'spool.db')
        assert time.monotonic() - started < 5
        try:
            spool.add([cycle()], NOW)
            for _seq, text in spool.batch().records:
                assert text in originals or text == wire.with_seq(json.loads(text)['seq'], cycle().body)
        except spool_file.ERRORS as error:
            assert spool_file.is_damage(error), error
            spool.reopen()
            spool.add([cycle()], NOW)
        if spool.damaged:
            put_aside += 1
            assert (folder / spool.damaged).exists()
            assert spool.epoch not in ('', epoch) and spool.stats()['waiting'] == 1
        spool.close()
    assert put_aside > 20


def test_a_flipped_bit_in_a_record_does_not_travel_as_a_measurement(spool):
    spool.add([cycle(n) for n in range(5)], NOW)
    spool._db.execute("UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '[2]', '[7]') AS BLOB) WHERE seq = 3")
    assert numbers(spool.batch()) == [1, 2]
    acknowledge(spool, spool.batch(), 2)
    batch = spool.batch()
    assert numbers(batch) == [4, 5, 6]
    assert json.loads(batch.records[-1][1])['data'] | {'from_ts': '', 'to_ts': ''} == {
        'from_seq': 3, 'to_seq': 3, 'count': 1, 'from_ts': '', 'to_ts': '', 'reason': 'damaged'}
    acknowledge(spool, batch, 6)
    spool.resend_from(1)
    assert numbers(spool.batch()) == [1, 2], "what is damaged stays out, and is not counted twice"
    assert not spool.get('gap')


def test_at_most_three_damaged_files_are_kept(tmp_path):
    for _turn in range(5):
        (tmp_path / 'spool.db').write_bytes(b'this is no database at all' * 50)
        spool = Spool(tmp_path / 'spool.db')
        assert spool.damaged
        spool.close()
    assert len(list(tmp_path.glob('spool-damaged-*.db'))) == 3


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 3 MiB."""
    folder = tmp_path / 'small'
    folder.mkdir()
    if os.geteuid() or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def test_on_a_full_disk_it_goes_on_keeping_the_newest_and_counts_the_rest(small_disk):
    spool = Spool(small_disk / 'spool.db')
    spool.add([event()], NOW)
    blocker = open(small_disk / 'somebody-elses-file', 'wb', buffering=0)
    written = 1
    lost = 0
    for number in range(3000):
        if number == 1000:
            with pytest.raises(OSError):
                while True:
                    blocker.write(bytes(4096))
        try:
            spool.add([cycle(number, 800)], NOW)
        except SpoolFull:
            lost += 1
        written += 1
    blocker.close()
    assert lost == 0, "the ballast and the oldest cycles made room"
    present = spool._one("SELECT count(*) FROM records")
    assert spool._one("SELECT count(*) FROM records WHERE type = 'event'") == 1
    assert spool._one("SELECT max(seq) FROM records") == written
    gap = json.loads(spool.get('gap'))
    assert gap['reason'] == 'disk_full'
    assert gap['count'] == written - present
    assert spool.next_report_no() == 1
    spool.close()
    assert Spool(small_disk / 'spool.db').damaged == ''


def test_records_that_found_no_room_get_numbers_in_the_gap(spool, monkeypatch):
    spool.add([cycle(1)], NOW)
    insert = spool._insert

    def full(entry):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(spool, '_insert', full)
    for number in range(3):
        with pytest.raises(SpoolFull):
            spool.add([cycle(number)], NOW)
    monkeypatch.setattr(spool, '_insert', insert)
    spool.add([cycle(5)], NOW)
    total = spool._one("SELECT seq FROM sqlite_sequence")
    gap = json.loads(spool.get('gap'))
    present = spool._one("SELECT count(*) FROM records")
    assert total == 5
    assert gap['count'] + present == total


class Model:
    """What the spool should do, without a file: every number is waiting, acknowledged, or counted in the gap."""

    def __init__(self):
        self.waiting, self.done, self.next = [], set(), 1

    def add(self, count):
        self.waiting += range(self.next, self.next + count)
        self.next += count


STEPS = st.lists(st.one_of(
    st.tuples(st.just('add'), st.integers(1, 5)), st.tuples(st.just('send'), st.integers(1, 6)), st.tuples(st.just('lose'), st.integers(1, 6)),
    st.tuples(st.just('resend'), st.integers(1, 30)), st.tuples(st.just('restart'), st.just(0))), max_size=25)


@hypothesis_settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_it_behaves_like_its_model(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp('model') / 'spool.db'
    spool, model = Spool(path), Model()
    for verb, number in steps:
        if verb == 'add':
            spool.add([cycle(n) for n in range(number)], NOW)
            model.add(number)
        elif verb == 'resend':
            spool.resend_from(number)
            again = {seq for seq in model.done if seq >= number}
            model.waiting = sorted({*model.waiting, *again})
            model.done -= again
        elif verb == 'restart':
            spool.close()
            spool = Spool(path)
        else:
            batch = spool.batch(number)
            expected = [seq for index, seq in enumerate(model.waiting[:number]) if seq == model.waiting[0] + index]
            assert numbers(batch) == expected
            if verb == 'send' and expected:
                acknowledge(spool, batch, expected[-1])
                model.done |= set(expected)
                model.waiting = [seq for seq in model.waiting if seq not in expected]
    assert spool.stats()['waiting'] == len(model.waiting)
    assert spool.stats()['acknowledged'] == len(model.done)
    spool.close()
