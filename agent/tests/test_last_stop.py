"""How the machine went down: real journals of two boots, lists of boots that `last` reads too, constructed records of Windows' log."""
import doctest
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import nobody
from journals import entry, needs_journals, write

from itc_agent import last_stop, system_logs
from itc_agent.agent import Agent

NOW = time.time()
OLD, THIS = 'a' * 32, 'b' * 32
STOPPED, STARTED = {'MESSAGE_ID': last_stop.JOURNAL_STOPPED, 'source': 'systemd-journald'}, {'MESSAGE_ID': last_stop.JOURNAL_STARTED}
REBOOTING = {'MESSAGE_ID': last_stop.SHUTDOWN_BEGUN, 'source': 'systemd-logind'}
LOADED = "[name for name in sys.modules if name.startswith('itc_agent.collectors.')]"
TARGET = {'UNIT': 'shutdown.target', 'source': 'systemd'}


@pytest.fixture
def records(tmp_path, monkeypatch):
    """Records of the system in the place of this machine's; gives their folder."""
    (tmp_path / 'boot_id').write_text('bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb\n')
    monkeypatch.setattr(last_stop, 'BOOT_ID', str(tmp_path / 'boot_id'))
    monkeypatch.setattr(last_stop, 'WTMP', str(tmp_path / 'wtmp'))
    monkeypatch.setattr(last_stop, 'UTMP', str(tmp_path / 'utmp'))
    monkeypatch.setattr(last_stop, 'JOURNAL', ('-D', str(tmp_path / 'journal')))
    (tmp_path / 'journal').mkdir()
    return tmp_path


def two_boots(folder, *ends, this=THIS, user='0'):
    """Write a journal of two boots; the first ends with these messages."""
    middle = [entry(NOW - 900 + i, f"message {i}", 6, boot=OLD, uptime_s=100 + i, _UID=user) for i in range(5)]
    last = [entry(NOW - 800 + i, "end", 6, boot=OLD, uptime_s=200 + i, **fields) for i, fields in enumerate(ends)]
    write(folder / 'journal' / 'one.journal', *middle, *last, entry(NOW - 300, "hello", 6, boot=this, uptime_s=1, **STARTED))


def wtmp(*marks, length=384):
    """Return a list of boots and shutdowns; a mark is a type, a user and a time."""
    packed = [struct.pack(last_stop.LAYOUTS[length], kind, 0, b'~', b'~~', user, b'6.1.0', 0, 0, 0, int(at), 0, b'') for kind, user, at in marks]
    return b''.join(packed)


def boot(at):
    return 2, b'reboot', at


def shutdown(at):
    return 1, b'shutdown', at


def session(at):
    return 7, b'abebe', at


# === JOURNAL === #

@needs_journals
@pytest.mark.parametrize(('ends', 'clean'), [
    ([STOPPED], True), ([REBOOTING, TARGET, STOPPED], True), ([], False), ([STOPPED, STARTED, {}], False), ([STOPPED, STARTED, {}, STOPPED], True),
    ([REBOOTING, {}], None), ([TARGET], None)])
def test_the_end_of_the_boot_before_this_one_tells(records, ends, clean):
    two_boots(records, *ends)
    assert last_stop.was_clean(False) is clean
    assert last_stop.ask_journal() is clean


@needs_journals
def test_a_journal_without_the_boot_before_tells_nothing(records):
    assert last_stop.ask_journal() is None  # no journal at all
    write(records / 'journal' / 'one.journal', entry(NOW - 300, "hello", 6, boot=THIS))
    assert last_stop.ask_journal() is None
    two_boots(records, STOPPED, this='c' * 32)  # this boot is not in it: which one is before it?
    (records / 'boot_id').write_text('dddddddd-dddd-dddd-dddd-dddddddddddd\n')
    assert last_stop.ask_journal() is None


@needs_journals
@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="needs root")
def test_records_that_may_not_be_read_tell_nothing(records):
    two_boots(records, STOPPED)
    (records / 'wtmp').write_bytes(wtmp(boot(NOW - 9000), shutdown(NOW - 500), boot(NOW)))
    (records / 'journal').chmod(0o700)
    (records / 'wtmp').chmod(0o600)
    with nobody():
        assert last_stop.was_clean(False) is None


@needs_journals
def test_entries_of_one_user_alone_do_not_tell_of_the_system(records):
    two_boots(records, user='1000')
    assert last_stop.ask_journal() is None


@needs_journals
def test_a_journal_that_is_read_only_in_part_tells_nothing(records, monkeypatch, tmp_path):
    two_boots(records)
    assert last_stop.ask_journal() is False
    tool = tmp_path / 'journalctl'
    tool.write_text('#!/bin/sh\necho "Hint: You are currently not seeing messages from other users and the system." >&2\nexec /usr/bin/journalctl "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(system_logs, 'JOURNALCTL', (str(tool),))
    assert last_stop.ask_journal() is None


@pytest.mark.parametrize('text', ['', 'x\n{}\n[]\n', '{"MESSAGE_ID": null'])
def test_text_that_is_no_journal_tells_nothing_or_no_clean_end(text):
    assert last_stop.end_of_boot(text) is not True


# === WTMP === #

@pytest.mark.parametrize('length', [384, 400])
@pytest.mark.parametrize(('marks', 'clean'), [
    ([boot(1000), session(2000), shutdown(9000), boot(10_000)], True), ([boot(1000), session(9000), boot(10_000)], False),
    ([boot(1000), shutdown(5000), boot(6000), session(7000), boot(10_000), session(10_100)], False), ([boot(10_000)], None), ([], None),
    ([boot(1000), shutdown(5000)], None), ([shutdown(5000), boot(6000)], None), ([shutdown(9000), boot(10_000)], True),
    ([boot(1000), shutdown(9000), boot(10_100), session(11_000)], True), ([boot(10_000), shutdown(9000), boot(77)], None)])
def test_what_stands_before_this_boot_in_the_list_tells(marks, clean, length):
    assert last_stop.end_in_wtmp(wtmp(*marks, length=length), length, [10_000.0]) is clean


def test_a_list_of_another_form_tells_nothing(records, monkeypatch):
    assert last_stop.end_in_wtmp(b'\xff' * 384, 384, [10_000.0]) is None
    for data in (b'', b'x' * 100, b'\x20' * 4000, os.urandom(384 * 25)):
        (records / 'wtmp').write_bytes(data)
        assert last_stop.ask_wtmp() is None
    (records / 'wtmp').unlink()
    assert last_stop.was_clean(False) is None


def test_both_forms_are_found_by_the_file_alone(records, monkeypatch):
    import psutil
    monkeypatch.setattr(psutil, 'boot_time', lambda: 10_000.0)
    for length in (384, 400):
        # 9,600 bytes are whole records of either form.
        (records / 'wtmp').write_bytes(wtmp(*[session(5)] * (9600 // length - 3), boot(1000), session(9000), boot(10_000), length=length))
        assert last_stop.ask_wtmp() is False


def test_a_boot_with_a_wrong_clock_is_found_by_the_list_of_who_is_logged_in(records):
    dead_battery = 1_451_606_400  # 2016, as the clock says after a cut; it was set right later
    (records / 'wtmp').write_bytes(wtmp(boot(NOW - 90_000), session(NOW - 80_000), boot(dead_battery)))
    assert last_stop.ask_wtmp() is None
    (records / 'utmp').write_bytes(wtmp(boot(dead_battery), session(NOW)))
    assert last_stop.ask_wtmp() is False
    (records / 'utmp').write_bytes(b'x' * 500)
    assert last_stop.ask_wtmp() is None


@pytest.mark.skipif(os.name == 'nt' or not os.path.exists('/usr/bin/last'), reason="needs last")
def test_the_list_is_what_the_systems_own_program_reads(tmp_path):
    file = tmp_path / 'wtmp'
    file.write_bytes(wtmp(boot(1_790_000_000), shutdown(1_790_005_000), boot(1_790_010_000)))
    said = subprocess.run(['/usr/bin/last', '-x', '-f', str(file)], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in said.splitlines()[:3]] == ['reboot', 'shutdown', 'reboot'], said


# === WINDOWS === #

def log(*marks):
    """Return records of the system log from what stands for them, in order."""
    known = {'start': ('EventLog', '6005'), 'stop': ('EventLog', '6006'), 'cut': ('EventLog', '6008'), 'power': ('Microsoft-Windows-Kernel-Power', '41'),
             'halt': ('Microsoft-Windows-Kernel-General', '13')}
    return [(number, *known[mark]) for number, mark in enumerate(marks, 10)]


@pytest.mark.parametrize(('marks', 'clean'), [
    (['start', 'stop', 'start'], True), (['start', 'halt', 'start'], True), (['start', 'stop', 'halt', 'start'], True), (['start', 'cut', 'start'], False),
    (['start', 'start', 'power'], False), (['start', 'stop', 'power', 'start'], False), (['start', 'stop', 'start', 'power'], False),
    (['start', 'cut', 'start', 'stop', 'start'], True), (['start', 'stop'], None), (['start'], None), ([], None), (['start', 'start'], None)])
def test_the_system_log_of_windows_tells(marks, clean):
    assert last_stop.end_in_events(log(*marks)[::-1]) is clean


@pytest.mark.skipif(os.name == 'nt', reason="a shell script stands for wevtutil")
@pytest.mark.parametrize(('events', 'clean'), [
    ([('EventLog', 6005), ('EventLog', 6006), ('EventLog', 6005)], True), ([('EventLog', 6005), ('EventLog', 6008), ('EventLog', 6005)], False), ([], None)])
def test_the_system_log_is_asked_and_no_collector_stays_in_memory(tmp_path, events, clean):
    tool = tmp_path / 'System32' / 'wevtutil.exe'
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {Path(__file__).with_name("wevtutil_stand_in.py")} {tmp_path}/logs "$@"\n')
    tool.chmod(0o755)
    log = [[number, provider, ident, 4, 60, ""] for number, (provider, ident) in enumerate(events, 10)]
    (tmp_path / 'logs').write_text(json.dumps({'System': log}))
    code = f"import sys; from itc_agent import last_stop; print(last_stop.ask_events(), {LOADED})"
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True, env={**os.environ, 'SystemRoot': str(tmp_path)})
    assert done.stdout.strip() == f'{clean} []'


def test_what_is_no_event_says_nothing_of_the_end():
    assert last_stop.marks_in('<Event>x</Event><Event><System/></Event><Event>') == []


# === TOGETHER === #

@pytest.mark.skipif(os.name == 'nt', reason="what it asks there is asked above")
def test_a_start_after_a_boot_keeps_no_collector_in_memory():
    code = ("import sys; from types import SimpleNamespace as Any; from itc_agent.agent import Agent; told = []; agent = Agent.__new__(Agent); "
            "agent.spool = Any(damaged='', get={'boot_session': 'another', 'agent_version': ''}.get); agent.boot_session = 'this'; "
            "agent._event = lambda kind, data: told.append(kind); agent._keep = lambda *_all, **_more: None; agent._tries = Any(recover=list); "
            f"agent.begin(); print(told, {LOADED})")
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['boot'] []"



@needs_journals
def test_records_that_contradict_each_other_tell_nothing(records, monkeypatch):
    import psutil
    monkeypatch.setattr(psutil, 'boot_time', lambda: 10_000.0)
    two_boots(records)
    (records / 'wtmp').write_bytes(wtmp(boot(1000), shutdown(9000), boot(10_000)))
    assert last_stop.was_clean(True) is None
    (records / 'wtmp').write_bytes(wtmp(boot(1000), boot(10_000)))
    assert last_stop.was_clean(True) is False


def test_a_record_that_breaks_the_reader_does_not_break_the_start(records, monkeypatch):
    monkeypatch.setattr(last_stop, 'ask_journal', lambda: 1 / 0)
    assert last_stop.was_clean(True) is True
    assert last_stop.was_clean(False) is None


def test_records_that_hang_hold_the_start_up_for_seconds_only(records, monkeypatch, tmp_path):
    tool = tmp_path / 'journalctl'
    tool.write_text('#!/bin/sh\nexec sleep 60\n')
    tool.chmod(0o755)
    monkeypatch.setattr(system_logs, 'JOURNALCTL', (str(tool),))
    monkeypatch.setattr(last_stop, 'LIMIT_S', 1.0)
    started = time.monotonic()
    assert last_stop.was_clean(False) is None
    assert time.monotonic() - started < 3


@needs_journals
@pytest.mark.parametrize(('ends', 'stopped', 'clean'), [([], True, False), ([STOPPED], False, True), (None, True, True), (None, False, None)])
def test_the_boot_event_says_how_the_machine_went_down_not_how_the_agent_did(server, config, identity, records, ends, stopped, clean):
    if ends is not None:
        two_boots(records, *ends)
    first = Agent(config, identity)
    first.spool.set(boot_session='another', clean='1' if stopped else '')
    first.spool.close()
    agent = Agent(config, identity)
    agent.begin()
    agent.tick()
    agent.sender.step()
    agent.end()
    assert [one['clean'] for one in server.events('boot')] == [clean]


@pytest.mark.skipif(os.name == 'nt', reason="the examples are of Linux")
def test_the_examples_hold():
    assert doctest.testmod(last_stop).failed == doctest.testmod(system_logs).failed == 0
