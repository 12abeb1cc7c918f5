"""Hostile bodies by grammar and by mutation: nothing but ``ProtocolError`` may come out, and what passes is clean."""

import json
import math
import os
import random

import pytest
from lib import protocol
from lib.protocol import Cycle, ProtocolError, parse_enrol, parse_report, settle
from lib.wire_json import digest
from reports import EVENTS, body, cycle, enrolment, event, report

BODIES = int(os.environ.get('ITC_BODIES', '12000'))  # of each kind: bent and damaged
ODD = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**53 + 1, -(2**63), 10**30, 0.0, -0.0, 1e-320, 1e308, "", "0", "a" * 400, "\x00",
    "\ud800", "=1+1", "٣", "2026-11-23T05:12:44+00:00", "2026-02-30T00:00:00+00:00", [], {}, [[]], [{}], {"": ""}, {"1": "x"},
    [None] * 3, "012", "cycle", "event",
]
# Bytes that a printer of JSON would never make.
TOKENS = [b'NaN', b'1e999', b'-Infinity', b'"\\ud800"', b'\\u0000', b'\x00', b'\xff', b'{{', b']]', b'[' * 40, b'"', b'\\', b',', b':',
          b'{"seq":1,"seq":2}', b'1' * 5000, b'\xc3', b'\xed\xa0\x80', b'/*x*/', b"'", b'0x10', b'-', b'\xef\xbb\xbf', b'1.', b'tru']


def seeds():
    records = [cycle()] + [event(801 + number, kind) for number, kind in enumerate(sorted(EVENTS))]
    return [report(), report(records=records), report(latest=cycle(900)), report(records=[], shapes=[]), enrolment()]


def places(value, path=()):
    """Return the path of every value within."""
    found = [path]
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        found += places(child, (*path, key))
    return found


def bend(rng, value):
    """Replace, drop, repeat or add something somewhere in a well-formed body."""
    path = rng.choice(places(value)[1:])
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    action = rng.randrange(5)
    if action == 0:
        del parent[path[-1]]
    elif action == 1 and isinstance(parent, dict):
        parent[rng.choice(["x", "seq", "proto", "\x00", "type"])] = rng.choice(ODD)
    elif action == 2 and isinstance(parent, list):
        parent.insert(rng.randrange(len(parent) + 1), parent[path[-1]])
    else:
        parent[path[-1]] = rng.choice(ODD)


def damage(rng, raw):
    """Cut, splice, flip or repeat bytes."""
    at = rng.randrange(len(raw) + 1)
    action = rng.randrange(5)
    if action == 0:
        return raw[:at]
    if action == 1:
        return raw[:at] + rng.choice(TOKENS) + raw[at:]
    if action == 2:
        return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1:]
    if action == 3:
        return raw[:at] + raw[at // 2:at] + raw[at:]
    return raw[:at] + raw[at + rng.randrange(30):]


def assert_clean(found):
    """What passed may go to the database: finite, bounded, encodable, in order."""
    sequence = [record.seq for record in found.records] + [one.seq for one in found.rejected]
    latest = [found.latest.seq] if found.latest else []
    assert len(set(sequence + latest)) == len(sequence + latest) and all(0 < seq <= 2**53 for seq in sequence + latest)
    for record in (*found.records, *([found.latest] if found.latest else ())):
        assert -(2**63) <= record.digest < 2**63 and record.ts.tzinfo is None and math.isfinite(record.mono)
        if isinstance(record, Cycle):
            assert all(value is None or abs(value) <= 3.4e38 and type(value) is not bool for value in record.values)
            assert all('\x00' not in text and text.encode() is not None for text in record.texts.values())
        else:
            assert b'\x00' not in json.dumps(record.data, ensure_ascii=False, allow_nan=False).encode()
    settled = settle(found, {})
    assert found.first_seq - 1 <= settled.ack < found.end_seq
    done = {record.seq for record in settled.store} | {one.seq for one in settled.rejected}
    assert set(range(found.first_seq, settled.ack + 1)) <= done


def judge(raw):
    """Return whether the body passed; any exception but ours fails the test."""
    passed = False
    for parse in (parse_report, parse_enrol):
        try:
            found = parse(raw)
        except ProtocolError as error:
            assert error.code in protocol.REFUSALS and 400 <= error.status < 500
            assert len(json.dumps(error.body())) < 300
        else:
            passed = True
            if parse is parse_report:
                assert_clean(found)
    return passed


@pytest.mark.parametrize('seed', range(4))
def test_bent_bodies_raise_only_our_error(seed):
    rng = random.Random(seed)
    templates = [json.dumps(one) for one in seeds()]
    passed = 0
    for _number in range(BODIES // 4):
        value = json.loads(rng.choice(templates))
        for _bend in range(rng.choice([1, 1, 1, 2, 5])):
            bend(rng, value)
        passed += judge(json.dumps(value).encode())
    # Most bends poison one record only; if none passed, the test would prove nothing.
    assert BODIES // 40 < passed < BODIES // 4


@pytest.mark.parametrize('seed', range(4))
def test_damaged_bytes_raise_only_our_error(seed):
    rng = random.Random(seed)
    originals = [body(one) for one in seeds()]
    passed = 0
    for _number in range(BODIES // 4):
        raw = rng.choice(originals)
        for _damage in range(rng.choice([1, 1, 2, 8])):
            raw = damage(rng, raw)
        passed += judge(raw)
    assert passed > 20


def test_nesting_is_counted_outside_strings_only():
    for text in ("[" * 50, '"' + "[" * 50, "\\" + "{" * 50, '\\"[[[[[[[[[[[[[', '\\\\"' + "[{" * 30):
        assert not parse_report(body(report(records=[cycle(texts={'0': text})]))).rejected


@pytest.mark.parametrize('depth', range(1, 14))
def test_nesting_is_bounded_exactly(depth):
    raw = b'[' * depth + b']' * depth
    with pytest.raises(ProtocolError) as caught:
        parse_report(raw)
    assert caught.value.code == ('bad_report' if depth <= protocol.REPORT_DEPTH else 'bad_json')


def test_a_digest_changes_with_every_bend():
    rng = random.Random(7)
    seen = {digest(cycle())}
    for number in range(500):
        value = cycle(values=[float(number), rng.random()])
        assert digest(value) not in seen
        seen.add(digest(value))
        assert digest(dict(reversed(value.items()))) in seen
