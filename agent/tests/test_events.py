"""Errors in the journal: real journals, read by the real journalctl; what it could say wrongly by a program in its place."""
import doctest
import json
import os
import time
from types import SimpleNamespace

import pytest
from conftest import nobody
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import entry, needs_journals, write

from itc_agent.collectors import _events_common as common
from itc_agent.collectors import events_linux
from itc_agent.results import State
from itc_agent.scheduler import MAX_KEPT, look
from itc_agent.wire import make_check

pytestmark = pytest.mark.skipif(os.name == 'nt', reason="the journal is systemd's")


def now():
    """The time of the test, not of its import: other tests may take long."""
    return time.time()


def run(memory=None, timeout=20, **given_settings):
    check = make_check(1, 'events', 'events', 300, timeout, given_settings)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def numbers(result):
    return tuple(result.readings[0].values[name] for name in ('events', 'event_kinds', 'paged'))


def restart(memory):
    """Return what a new process finds of a memory."""
    return {'kept': json.loads(json.dumps(memory['kept']))}


# === REAL JOURNALS === #

@needs_journals
def test_the_most_frequent_source_and_a_sample_are_told_and_each_entry_is_counted_once(tmp_path):
    write(tmp_path / 'one.journal', *(entry(now() - 60 + i, f"nvme0: timeout {i}") for i in range(3)), entry(now() - 50, "out of paper", source='cupsd'),
          entry(now() - 40, "all is well", 6))
    memory = {}
    result = run(memory, journal=str(tmp_path))
    assert (result.state, numbers(result)) == (State.WARNING, (4, 2, 0))
    assert result.summary == "3 of 4 events in 24 h: kernel, last just now: nvme0: timeout 2, events 4 > 0"
    assert result.readings[0].values['newest_s'] in range(40, 100)
    memory = restart(memory)
    assert numbers(run(memory, journal=str(tmp_path))) == (4, 2, 0)
    write(tmp_path / 'two.journal', entry(now() - 30, "out of paper", source='cupsd'), entry(now() - 20, "all is well", 6))
    assert numbers(run(memory, journal=str(tmp_path))) == (5, 2, 0)
    assert numbers(run(restart(memory), journal=str(tmp_path))) == (5, 2, 0)


@needs_journals
def test_a_journal_file_can_be_named_and_one_without_errors_is_ok(tmp_path):
    file = write(tmp_path / 'one.journal', entry(now() - 40, "all is well", 6))
    result = run(journal=str(file))
    assert (result.state, result.summary, numbers(result)) == (State.OK, "nothing in 24 h", (0, 0, 0))


@needs_journals
def test_a_first_look_does_not_go_back_for_ever_but_one_after_a_long_absence_does(tmp_path):
    write(tmp_path / 'old.journal', entry(now() - 100 * 86400, "long ago"), entry(now() - 25 * 3600, "yesterday"), entry(now() - 3600, "today"))
    memory = {}
    assert numbers(run(memory, journal=str(tmp_path))) == (1, 1, 0)
    memory['kept']['marks']['journal'] = json.loads(next(iter(events_linux.query(
        SimpleNamespace(journal=str(tmp_path)), '-n', '3')[0].splitlines())))['__CURSOR']
    memory['kept']['tally'] = []
    result = run(memory, journal=str(tmp_path))
    assert numbers(result) == (2, 1, 0)  # the agent was away from the first of the three on


@needs_journals
@pytest.mark.parametrize(('message', 'sample'), [
    (b"bad \xff byte", "bad � byte"), (b"two\nlines", "two lines"), (b"\x1b[31mred\x1b[0m", "red"), ("x" * 6000, "x" * 200), (["a", "b"], "a b"),
    ("ስህተት", "ስህተት"), (b"", ""), (b"nul \x00 here", "nul here")])
def test_messages_of_every_form_are_read(tmp_path, message, sample):
    write(tmp_path / 'one.journal', entry(now() - 60, message))
    result = run(journal=str(tmp_path))
    assert numbers(result)[0] == 1
    assert sample in result.summary and len(result.summary) <= 300


@needs_journals
def test_fields_given_twice_or_missing_cost_no_entry(tmp_path):
    write(tmp_path / 'one.journal', entry(now() - 60, "x", source=None, _COMM='odoo'), entry(now() - 50, "y", source=None), entry(now() - 40, "z", None))
    result = run(journal=str(tmp_path))
    assert {one['source'] for one in events_tally(tmp_path)} == {'odoo', 'unnamed'}
    assert numbers(result)[0] == 2


def events_tally(folder, **settings):
    memory = {}
    run(memory, journal=str(folder), **settings)
    return memory['kept']['tally']


@needs_journals
def test_what_is_critical_at_once_what_is_left_out_and_which_levels_count(tmp_path):
    write(tmp_path / 'one.journal', entry(now() - 60, "sda: I/O error, dev sda", 4), entry(now() - 50, "login failed", source='sshd'),
          entry(now() - 40, "core dumped", 2, source='systemd-coredump', MESSAGE_ID='fc2e22bc6ee647b6b90729ab34a250b1'), entry(now() - 30, "slow", 4))
    result = run(journal=str(tmp_path))
    assert (result.state, numbers(result)) == (State.CRITICAL, (3, 3, 1))
    assert result.summary.startswith("critical at once: 1 of 3 events in 24 h: kernel, last just now: sda: I/O error, dev sda")
    assert numbers(run(journal=str(tmp_path), page_text=[])) == (2, 2, 0)
    assert numbers(run(journal=str(tmp_path), page_text=[], ignore=['ssh*'])) == (1, 1, 0)
    assert numbers(run(journal=str(tmp_path), page_text=[], ignore=['*/fc2e22bc6ee647b6b90729ab34a250b1'])) == (1, 1, 0)
    assert numbers(run(journal=str(tmp_path), page_text=[], ignore_text=['LOGIN failed'])) == (1, 1, 0)
    assert numbers(run(journal=str(tmp_path), page_text=[], page=['systemd-coredump'])) == (2, 2, 1)
    assert numbers(run(journal=str(tmp_path), page_text=[], levels=['critical'])) == (1, 1, 0)
    assert numbers(run(journal=str(tmp_path), page_text=[], levels=['warning'])) == (2, 1, 0)
    assert numbers(run(journal=str(tmp_path), ignore=['kernel'])) == (2, 2, 0)


@needs_journals
def test_other_settings_count_afresh_over_the_last_window(tmp_path):
    write(tmp_path / 'one.journal', entry(now() - 60, "a"), entry(now() - 30, "b", source='cupsd'))
    memory = {}
    assert numbers(run(memory, journal=str(tmp_path))) == (2, 2, 0)
    assert numbers(run(memory, journal=str(tmp_path), ignore=['cupsd'])) == (1, 1, 0)
    assert numbers(run(memory, journal=str(tmp_path))) == (2, 2, 0)


@needs_journals
@pytest.mark.parametrize('mark', [None, 'nonsense', 's=00000000000000000000000000000001;i=1;b=cccccccccccccccccccccccccccccccc;m=1;t=1;x=1'])
def test_a_bookmark_that_is_lost_is_said_for_as_long_as_an_event(tmp_path, mark):
    first = write(tmp_path / 'one.journal', entry(now() - 60, "a"))
    memory = {}
    assert run(memory, journal=str(tmp_path), page_text=[]).state == State.WARNING
    if mark:
        memory['kept']['marks']['journal'] = mark
    else:
        first.unlink()
        write(tmp_path / 'two.journal', entry(now() - 30, "quiet", 6))
    memory['kept']['tally'] = []
    for _look in range(2):
        memory = restart(memory)
        result = run(memory, journal=str(tmp_path), page_text=[])
        assert (result.state, "the place reached is no longer in the journal" in result.summary) == (State.WARNING, True)
        assert numbers(result)[0] == bool(mark)


@needs_journals
def test_more_than_one_look_can_read_is_read_at_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(events_linux, 'PAGE_SIZE', 3)
    monkeypatch.setattr(events_linux, 'MAX_PAGES', 2)
    write(tmp_path / 'one.journal', entry(now() - 100, "start", 6), *(entry(now() - 90 + i, f"n {i}") for i in range(11)))
    memory = {}
    run(memory, journal=str(tmp_path))
    first = events_linux.parse(events_linux.query(SimpleNamespace(journal=str(tmp_path)), '-n', '20')[0])[1][0]
    memory['kept'].update(marks={'journal': first}, tally=[])
    seen = []
    for _look in range(3):
        memory = restart(memory)
        result = run(memory, journal=str(tmp_path))
        seen.append((numbers(result)[0], "more waits to be read" in result.summary))
    assert seen == [(5, True), (9, True), (11, False)]  # a page begins with the entry that the one before ended with


@needs_journals
def test_what_a_flood_hides_is_found_at_the_same_look_but_never_beyond_its_time(tmp_path, monkeypatch):
    write(tmp_path / 'one.journal', entry(now() - 7000, "start", 6))
    memory, late = {}, {}
    for one in (memory, late):
        run(one, journal=str(tmp_path))
    write(tmp_path / 'two.journal', *(entry(now() - 6000 + i, f"flood {i}", source='script') for i in range(3000)), entry(now() - 60, "sda: I/O error"))
    result = run(memory, journal=str(tmp_path))
    assert (numbers(result), result.state) == ((3001, 2, 1), State.CRITICAL)
    monkeypatch.setattr(common, 'REST_S', 100.0)  # no time for a second page
    assert (numbers(run(late, journal=str(tmp_path)))[0], "more waits" in run(late, journal=str(tmp_path)).summary) == (500, True)


@needs_journals
def test_an_answer_that_is_too_large_is_read_without_its_long_messages(tmp_path, monkeypatch):
    monkeypatch.setattr(events_linux, 'MAX_BYTES', 20_000)
    write(tmp_path / 'one.journal', *(entry(now() - 90 + i, "x" * 9000) for i in range(5)))
    result = run(journal=str(tmp_path))
    assert numbers(result)[0] == 5
    assert "(a message too long to be shown)" in result.summary


@needs_journals
def test_a_journal_that_is_no_longer_written_is_unknown(tmp_path):
    write(tmp_path / 'one.journal', entry(now() - 30 * 3600, "quiet", 6))
    result = run(journal=str(tmp_path))
    assert (result.state, "no entry in the journal for 30 h" in result.summary) == (State.UNKNOWN, True)
    assert run(journal=str(tmp_path), stale_h=0).state == State.OK


@needs_journals
def test_what_was_critical_stays_so_while_the_journal_cannot_be_read(tmp_path):
    file = write(tmp_path / 'one.journal', entry(now() - 30 * 3600 + 60, "x", 6), entry(now() - 30 * 3600 + 90, "I/O error, dev sda"))
    assert run(journal=str(file), window_h=48).state == State.CRITICAL
    memory = {}
    assert run(memory, journal=str(file), window_h=48).summary.startswith("no entry in the journal for 29 h")
    file.unlink()
    result = run(memory, journal=str(file), window_h=48)
    assert (result.state, result.summary.startswith("the journal cannot be read")) == (State.CRITICAL, True)
    assert "critical at once: 1 event in 48 h: kernel" in result.summary


@needs_journals
def test_a_journal_that_is_missing_empty_damaged_or_refused_is_unknown(tmp_path):
    good = write(tmp_path / 'good' / 'one.journal', entry(now() - 60, "a"))
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'garbage.journal').write_text("hello")
    (tmp_path / 'cut.journal').write_bytes(good.read_bytes()[:100_000])
    for name, words in (('none', "No such file"), ('empty', "shows no entry at all"), ('garbage.journal', "No data available"),
                        ('cut.journal', "cannot be read")):
        result = run(journal=str(tmp_path / name))
        assert (result.state, words in result.summary) == (State.UNKNOWN, True), (name, result.summary)
    if os.geteuid() == 0:
        good.chmod(0o600)
        with nobody():
            result = run(journal=str(good))
        assert (result.state, "Permission denied" in result.summary) == (State.UNKNOWN, True), result.summary


@needs_journals
@pytest.mark.parametrize('sign', ['\u2028', '\u2029', '\x85', '\x1c', '\x0b', '\r'])
def test_signs_that_end_a_line_elsewhere_cost_no_entry(tmp_path, sign):
    """journalctl writes the first two as they are, in the middle of its JSON."""
    write(tmp_path / 'one.journal', entry(now() - 60, f"sda: I/O error{sign}dev sda", source=f'ker{sign}nel'), entry(now() - 50, "all is well", 6))
    memory = {}
    for _look in range(2):
        result = run(memory, journal=str(tmp_path))
        assert (result.state, numbers(result)) == (State.CRITICAL, (1, 1, 1)), result.summary
        memory = restart(memory)


# === JOURNALCTL AS A PROGRAM === #

@pytest.fixture
def journalctl(tmp_path, monkeypatch):
    """A program in the place of journalctl: ``journalctl(script)``."""
    tool = tmp_path / 'journalctl'
    monkeypatch.setattr(events_linux, 'JOURNALCTL', (str(tool),))

    def make(script):
        tool.write_text(f'#!/bin/sh\n{script}\n')
        tool.chmod(0o755)

    return make


LINE = json.dumps({'__CURSOR': 's=1', '__REALTIME_TIMESTAMP': str(int(time.time() * 1e6)), 'PRIORITY': '6', 'MESSAGE': "x"})


@pytest.mark.parametrize(('script', 'words'), [
    ('exec sleep 20', "did not answer within 1.7 s"), ('exit 0', "shows no entry at all"), ('exit 3', "exit code 3"),
    ('echo "Nachricht nicht gefunden" >&2; exit 1', "Nachricht nicht gefunden"), ('echo "<html>not json</html>"', "shows no entry at all"),
    ('echo \'{"__CURSOR": 1}\'', "shows no entry at all"), ('head -c 200000 /dev/zero', "more than 100000 bytes"),
    (f"echo '{LINE}'; echo 'Hint: You are currently not seeing messages from other users.' >&2", "not seeing messages from other users"),
    (f"echo '{LINE}'; echo 'Journal file x is truncated, ignoring file.' >&2", "x is truncated"),
    (f"echo '{LINE}'; echo 'broken'", "1 line of the journal cannot be read")])
def test_a_journalctl_that_hangs_lies_or_sees_only_a_part_is_unknown_and_in_time(journalctl, monkeypatch, script, words):
    monkeypatch.setattr(events_linux, 'MAX_BYTES', 100_000)
    journalctl(script)
    started = time.monotonic()
    result = run(timeout=2)
    assert time.monotonic() - started < 2
    assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


@pytest.mark.parametrize('settings', [{}, {'levels': ['critical'], 'page_text': [], 'ignore': ['*']}])
def test_a_line_that_stays_unreadable_is_told_after_the_bookmark_has_moved_on(journalctl, settings):
    """Whatever it was: nobody has seen that it was harmless."""
    journalctl(f"""case "$*" in *-p*) case "$*" in *--since*) echo '{LINE}'; echo 'broken';; *) echo '{LINE}';; esac;; *) echo '{LINE}';; esac""")
    memory = {}
    first = run(memory, **settings)
    assert (first.state, "1 line of the journal cannot be read" in first.summary) == (State.UNKNOWN, True), first.summary
    second = run(restart(memory), **settings)
    assert (second.state, numbers(second)) == (State.WARNING, (1, 1, 0)), second.summary
    assert "a line that cannot be read" in second.summary


# What journalctl 254 and later do with `-n 500` beside --since: they go to the journal's end first, and from there 500 back.
NEWER = """#!/usr/bin/env python3
import subprocess, sys
arguments = sys.argv[1:]
lines = arguments[arguments.index('-n') + 1]
if '--since' in arguments and not lines.startswith('+'):
    arguments[arguments.index('-n') + 1] = '100000'
    done = subprocess.run(['/usr/bin/journalctl', *arguments], capture_output=True)
    sys.stdout.buffer.write(b''.join(done.stdout.splitlines(True)[-int(lines):]))
else:
    done = subprocess.run(['/usr/bin/journalctl', *arguments], capture_output=True)
    sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
sys.exit(done.returncode)
"""
# An older one that knows no sign before the number.
OLDER = """case "$*" in *"-n +"*) echo "Failed to parse lines '+4'" >&2; exit 1;; esac; exec /usr/bin/journalctl "$@" """


@needs_journals
@pytest.mark.parametrize('kind', ['newer', 'older'])
def test_a_first_look_reads_its_window_from_the_oldest_on_whichever_journalctl_there_is(journalctl, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(events_linux, 'PAGE_SIZE', 4)
    write(tmp_path / 'j' / 'one.journal', entry(now() - 600, "sda: I/O error, dev sda"), *(entry(now() - 500 + i, f"slow {i}") for i in range(9)))
    journalctl(OLDER)
    if kind == 'newer':
        (tmp_path / 'journalctl').write_text(NEWER)
    result = run(journal=str(tmp_path / 'j'))
    assert (result.state, numbers(result)) == (State.CRITICAL, (10, 2, 1)), result.summary


def test_without_journalctl_it_is_unknown(monkeypatch):
    monkeypatch.setattr(events_linux, 'JOURNALCTL', ('/no/such/journalctl',))
    assert (run().state, run().summary) == (State.UNKNOWN, "there is no journalctl (/no/such/journalctl), events has no value")


NAMES = ('__CURSOR', '__REALTIME_TIMESTAMP', 'PRIORITY', 'MESSAGE', 'MESSAGE_ID', 'SYSLOG_IDENTIFIER', '_COMM')
FIELD = st.recursive(st.none() | st.integers() | st.text() | st.booleans() | st.floats(), lambda one: st.lists(one), max_leaves=5)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), FIELD)), st.text())
def test_whatever_lines_come_they_are_entries_or_counted_as_none(entries, text):
    lines = [json.dumps(one) for one in entries]
    events, cursors, broken = events_linux.parse('\n'.join(lines))
    assert len(events) == len(cursors) == len(lines) - broken
    kept = tally()
    common.take(kept, events, common.EventSettings(page_text=('x',)), now())
    assert len(told(kept, now(), place='journal').text) <= 400 and json.dumps(kept)
    events_linux.parse(text)


@needs_journals
def test_several_priorities_of_one_entry_count_as_the_worst(tmp_path):
    write(tmp_path / 'one.journal', entry(now() - 60, "x", None)[:-1] + b'PRIORITY=5\nPRIORITY=3\n\n')
    assert numbers(run(journal=str(tmp_path))) == (1, 1, 0)


# === TALLY === #

def event(source='disk', ident='7', level=2, at=0.0, text='x', place='System'):
    return common.Event(place, source, ident, level, at, text)


def tally(settings=None):
    kept = {}
    common.begin(kept, settings or common.EventSettings())
    return kept


def told(kept, now, settings=None, place='System'):
    settings = settings or common.EventSettings()
    common.forget_old(kept, settings, now)
    return common.reading_of(place, '', kept, settings, now)


def test_an_event_is_told_for_the_window_after_it_was_found():
    kept, settings = tally(), common.EventSettings()
    common.take(kept, [event(at=1000.0)], settings, 1_000_000.0)
    assert [told(kept, 1_000_000.0 + h * 3600).values['events'] for h in (0, 23, 24, 26)] == [1, 1, 1, 0]
    common.note(kept, 'System', "the log was cleared", 1_000_000.0)
    assert [told(kept, 1_000_000.0 + h * 3600).finding for h in (0, 23, 25)] == [State.WARNING, State.WARNING, State.OK]


def test_a_clock_that_was_set_back_makes_nothing_stay_for_ever():
    kept, settings = tally(), common.EventSettings()
    common.take(kept, [event()], settings, 9_000_000.0)
    common.note(kept, 'System', "the log was cleared", 9_000_000.0)
    assert told(kept, 1_000_000.0).values['events'] == 1
    later = told(kept, 1_000_000.0 + 26 * 3600)
    assert (later.values['events'], later.finding) == (0, State.OK)


def test_the_tally_of_a_flood_stays_bounded_and_loses_no_count():
    kept, settings = tally(), common.EventSettings(page=('disk*/13',))
    for hour in range(24):
        common.take(kept, [event(f'ምንጭ{number}' * 30, str(number), text='ስህተት ' * 200, place=place) for number in range(60) for place in ('System', 'Setup')],
                    settings, 1_000_000.0 + hour * 3600)
    common.take(kept, [event('disk', '13', level=3)], settings, 1_000_000.0 + 24 * 3600)
    assert len(json.dumps(kept)) < MAX_KEPT
    readings = [told(kept, 1_000_000.0 + 24 * 3600, settings, place) for place in ('System', 'Setup')]
    assert [one.values['events'] for one in readings] == [60 * 24 + 1, 60 * 24]
    assert readings[0].finding == State.CRITICAL and "disk/13" in readings[0].text


def test_one_that_is_critical_at_once_comes_before_the_most_frequent():
    kept, settings = tally(), common.EventSettings(page=('disk/7',))
    common.take(kept, [event('DCOM', '1')] * 50 + [event(text="bad block")], settings, 1_000_000.0)
    reading = told(kept, 1_000_000.0, settings)
    assert reading.text == "critical at once: 1 of 51 events in 24 h: disk/7, last just now: bad block"
    assert reading.values == {'events': 51, 'event_kinds': 2, 'paged': 1}


@pytest.mark.parametrize(('settings', 'words'), [
    ({'levels': ['errors']}, "levels: expected"), ({'levels': []}, "levels: expected"), ({'window_h': 0}, "window_h: expected 1 to 168"),
    ({'window_h': 169}, "window_h"), ({'ignore': [' ']}, "no empty entry"), ({'journal': 'x.journal'}, "journal: expected an absolute path"),
    ({'page_text': ['']}, "no empty entry"), ({'stale_h': -1}, "stale_h: expected")])
def test_settings_that_make_no_sense_are_refused(settings, words):
    assert words in make_check(1, 'events', 'events', 300, 60, settings).problem


@pytest.mark.parametrize('module', [common, events_linux])
def test_the_examples_hold(module):
    assert doctest.testmod(module).failed == 0
