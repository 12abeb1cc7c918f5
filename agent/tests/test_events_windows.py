"""Events of Windows: constructed samples after the schema, and a program in the place of wevtutil."""
import dataclasses
import doctest
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itc_agent import registry, system_logs
from itc_agent.collectors import events_windows as windows
from itc_agent.results import State, worst
from itc_agent.time_limit import of

SAMPLE = Path(__file__).parent / 'samples' / 'events_windows' / 'system.xml'
STAND_IN = Path(__file__).with_name('wevtutil_stand_in.py')
DIED, DCOM = "The odoo-server-19.0 service terminated unexpectedly.", "Die Anwendung hat keine Rechte."


@pytest.fixture
def wevtutil(tmp_path, monkeypatch):
    """``wevtutil(System=[…], …)`` sets what the logs hold, see ``wevtutil_stand_in``."""
    if os.name == 'nt':
        pytest.skip("a shell script stands for wevtutil")
    tool = tmp_path / 'System32' / 'wevtutil.exe'
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {STAND_IN} {tmp_path}/logs "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setenv('SystemRoot', str(tmp_path))

    def fill(**logs):
        (tmp_path / 'logs').write_text(json.dumps(logs))

    fill()
    return fill


def settings_of(**given):
    declared = type('declared', (), {'kind': 'events', 'settings': windows.WindowsEventSettings})
    return registry.parse_settings(declared, given)


def run(memory=None, limit_s=20.0, channels=('System',), **given):
    memory = {'kept': {}} if memory is None else memory
    with of(limit_s):
        return {one.item: one for one in windows.collect(settings_of(channels=list(channels), **given), memory)}


def restart(memory):
    return {'kept': json.loads(json.dumps(memory['kept']))}


def state(readings):
    return worst(one.finding for one in readings.values())


def events(readings, channel='System'):
    return readings[channel].values['events']


# === SAMPLES === #

def test_the_sample_is_read_as_it_stands():
    records = windows.parse(SAMPLE.read_text(encoding='utf-8'), 'System')
    assert [(one.number, one.event.source, one.event.ident, one.event.level) for one in records] == [
        (48213, 'Service Control Manager', '7034', 2), (48214, 'disk', '7', 2), (48215, 'Microsoft-Windows-Eventlog', '104', 4), (48216, 'Tool', '1', 2),
        (48217, 'unreadable', '', 2)]
    assert records[0].event.text == "The odoo-server-19.0 service terminated unexpectedly.  It has done this 1 time(s)."
    assert records[0].event.at == 1795403564.123456
    assert records[1].event.text == r"\Device\Harddisk1\DR1 0300"
    assert (records[2].cleared, records[0].cleared) == ('Application', '')
    assert "escape" in records[3].event.text and "a < b" in records[4].event.text


@pytest.mark.parametrize('text', ['', 'x', '<Events></Events>', '{"a": 1}', 'Die Anforderung ist ungültig.'])
def test_what_holds_no_event_gives_none(text):
    assert windows.parse(text, 'System') == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(('<Event>', '<Event\n', '</Event>', '<Events>', '<Event', 'x', '</', '\n'))))
def test_one_pass_finds_what_the_pattern_would(parts):
    text = ''.join(parts)
    assert list(system_logs.events_of(text)) == re.findall(r'<Event[\s>].*?</Event>', text, re.DOTALL)


@pytest.mark.parametrize('text', [pytest.param(one * 10_000, id=one) for one in ('<Event>', '<Event ', '</Event>')])
def test_a_stream_without_an_end_takes_no_longer_than_another(text):
    began = time.monotonic()
    assert windows.parse(text, 'System') == []
    assert time.monotonic() - began < 1.0


def test_what_is_too_large_for_an_event_is_unreadable_and_not_taken_apart():
    small, large = ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='disk'/><EventRecordID>7</EventRecordID>"
                    f"<TimeCreated SystemTime='2026-11-23T03:12:44Z'/></System>{'<a/>' * count}</Event>" for count in (10, system_logs.MAX_EVENT // 4))
    assert [(one.number, one.event.source) for one in windows.parse(small + large, 'System')] == [(7, 'disk'), (7, 'unreadable')]


@settings(deadline=None)
@given(st.text(), st.sampled_from(("", "Provider Name='x'", "<EventRecordID>5</EventRecordID>", "<Level>2</Level>", "<System/>")))
def test_whatever_stands_in_an_event_it_is_read_or_counted_as_unreadable(text, inside):
    record, = windows.parse(f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>{inside}{text.replace('</Event>', '')}</Event>", 'System')
    assert (record.event.source, record.event.level) == ('unreadable', 2)
    assert system_logs.decode(text.encode('utf-16-le', 'surrogatepass')) is not None
    windows.parse(text, 'System')


def test_the_query_asks_for_levels_and_what_came_after_the_bookmark():
    plain = settings_of(page=[])
    assert windows.xpath(plain, 'Application', 48213, 86400) == "*[System[(Level=1 or Level=2) and EventRecordID > 48213]]"
    assert windows.xpath(plain, 'System', 0, 86400) == (
        "*[System[(Level=1 or Level=2 or EventID=104) and TimeCreated[timediff(@SystemTime) <= 86400000]]]")
    assert "(Level=1 or Level=2 or Level=3) and" in windows.xpath(settings_of(), 'Application', 5, 86400)
    assert "(Level=3 or EventID=1102) and" in windows.xpath(settings_of(page=[], levels=['warning']), 'Security', 5, 86400)


# === LOOKS === #

def test_each_event_is_counted_once_also_over_a_restart(wevtutil):
    log = [[1, 'Service Control Manager', 7034, 2, 330, DIED], [2, 'Microsoft-Windows-DistributedCOM', 10016, 2, 200, DCOM], [3, 'X', 1, 4, 100, "fine"]]
    wevtutil(System=log)
    memory = {'kept': {}}
    first = run(memory)
    assert (events(first), first['System'].finding) == (1, State.OK)  # what it is worth, the limit says
    assert first['System'].text == f"1 event in 24 h: Service Control Manager/7034, last 5 min {first['System'].text.split()[11]} s ago: {DIED}"
    assert first['System'].values['newest_s'] in range(99, 110)
    wevtutil(System=[*log, [4, 'Service Control Manager', 7034, 2, 50, DIED]])
    assert [events(run(memory := restart(memory))) for _look in range(3)] == [2, 2, 2]


def test_ids_that_are_critical_at_once_are_so_also_when_written_as_a_warning(wevtutil):
    wevtutil(System=[[1, 'disk', 153, 3, 300, "The IO operation was retried."], [2, 'DNS Client Events', 1014, 3, 300, "Name resolution timed out."],
                     [3, 'Microsoft-Windows-Ntfs', 98, 4, 300, "Volume C: is healthy."]])
    found = run()
    assert (found['System'].finding, found['System'].values['paged'], events(found)) == (State.CRITICAL, 1, 1)
    assert found['System'].text.startswith("critical at once: 1 event in 24 h: disk/153")
    assert events(run(page=[])) == 0
    assert run(page_text=['name resolution'], page=[])['System'].finding == State.CRITICAL


def test_a_first_look_goes_back_one_window_and_later_ones_miss_nothing(wevtutil):
    old = [[1, 'X', 1, 2, 40 * 86400, "old"], [2, 'X', 2, 2, 30 * 3600, "yesterday"], [3, 'X', 3, 2, 3600, "now"]]
    wevtutil(System=old)
    assert events(run()) == 1
    memory = {'kept': {}}
    wevtutil(System=old[:1])
    assert events(run(memory)) == 0
    wevtutil(System=old)  # the agent was away for 40 days
    assert events(run(restart(memory))) == 2


@pytest.mark.parametrize('log', [[[1, 'X', 1, 2, 30, "new"]], []])
def test_a_cleared_log_is_a_warning_of_its_own(wevtutil, log):
    memory = {'kept': {}}
    wevtutil(System=[[70, 'X', 1, 4, 300, "x"]])
    assert state(run(memory)) == State.OK
    wevtutil(System=log)
    for _look in range(2):
        found = run(memory := restart(memory))
        assert (found['System'].finding, events(found)) == (State.WARNING, len(log))
        assert found['System'].text.startswith("the log was cleared (just now)")


def test_a_log_that_was_cleared_but_counts_on_is_told_by_its_event(wevtutil):
    wevtutil(System=[[7, 'Microsoft-Windows-Eventlog', 104, 4, 30, "Application"]], Application=[])
    found = run(channels=['System', 'Application'])
    assert (found['System'].finding, found['Application'].finding) == (State.OK, State.WARNING)
    assert found['Application'].text.startswith("the log Application was cleared")
    assert run(channels=['System'])['System'].text.startswith("the log Application was cleared")
    wevtutil(Security=[[7, 'Microsoft-Windows-Eventlog', 1102, 4, 30, "x"]])
    assert run(channels=['Security'])['Security'].finding == State.WARNING


def test_events_that_were_overwritten_before_they_were_read_are_a_warning(wevtutil):
    memory = {'kept': {}}
    wevtutil(System=[[5, 'X', 1, 4, 300, "x"]])
    run(memory)
    wevtutil(System=[[6, 'X', 1, 4, 200, "x"]])
    assert state(run(memory := restart(memory))) == State.OK
    wevtutil(System=[[9, 'X', 1, 2, 100, "x"]])
    found = run(restart(memory))
    assert (found['System'].finding, events(found)) == (State.WARNING, 1)
    assert "overwrote events before they were read" in found['System'].text


def test_more_than_one_look_can_read_is_read_at_the_next(wevtutil, monkeypatch):
    monkeypatch.setattr(windows, 'PAGE_SIZE', 3)
    monkeypatch.setattr(windows, 'MAX_PAGES', 2)
    memory = {'kept': {}}
    wevtutil(System=[[1, 'X', 1, 4, 300, "x"]])
    run(memory)
    wevtutil(System=[[number, 'X', 1, 2, 100, "x"] for number in range(1, 12)])
    seen = []
    for _look in range(3):
        found = run(memory := restart(memory))
        seen.append((events(found), "more waits to be read" in found['System'].text))
    assert seen == [(6, True), (10, False), (10, False)]


def test_an_event_that_cannot_be_read_counts_as_an_error(wevtutil):
    wevtutil(System={'gives': SAMPLE.read_text(encoding='utf-8')})
    found = run()
    assert (events(found), found['System'].values['paged']) == (4, 1)


# === COULD NOT LOOK === #

@pytest.mark.parametrize(('log', 'words'), [
    ({'code': 5, 'says': "Zugriff verweigert"}, "access is denied"),
    ({'code': 87, 'says': "Falscher Parameter: größer"}, "wevtutil: Falscher Parameter: gr"), ({'code': 9}, "wevtutil: exit code 9"),
    ({'gives': ''}, "no proof that the log is empty"), ({'gives': "Log not found"}, "an answer that holds no events"),
    ({'sleeps': 30}, "did not answer within"),
    ({'gives': "x" * 20_000_000}, "more than 16777216 bytes")])
def test_a_channel_that_cannot_be_read_is_unknown_and_costs_no_other(wevtutil, log, words):
    wevtutil(System=log, Setup=[[1, 'X', 1, 2, 30, "x"]])
    started = time.monotonic()
    found = run(channels=['System', 'Setup', 'None'], limit_s=12)
    assert time.monotonic() - started < 12
    assert (found['System'].finding, words in found['System'].text) == (State.UNKNOWN, True), found['System'].text
    assert found['System'].values['events'] is None
    assert events(found, 'Setup') == 1
    assert (found['None'].finding, found['None'].text) == (State.UNKNOWN, "cannot be read: wevtutil: Der angegebene Kanal wurde nicht gefunden.")


def test_numbers_that_are_known_are_told_in_plain_words():
    assert system_logs.refusal(15007, "Der angegebene Kanal".encode('cp850')) == "there is no such channel"
    assert system_logs.refusal(1722, b'') == "the event log service does not answer"
    assert system_logs.refusal(87, "Größe\r\n\r\n".encode('utf-16')) == "wevtutil: Größe"


def test_messages_that_cannot_be_had_cost_no_event(wevtutil):
    wevtutil(System={'rendered': True, 'sleeps': 60, 'events': [[1, 'X', 1, 2, 30, "x"]]})
    found = run(limit_s=8)
    assert events(found) == 1 and found['System'].text.endswith("carried along")


def test_without_wevtutil_it_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setenv('SystemRoot', str(tmp_path))
    assert run()['System'].text == f"cannot be read: there is no wevtutil in {tmp_path}"


def test_its_settings_can_be_told_to_the_server_also_where_it_does_not_run():
    told = [registry.describe_setting(one) for one in dataclasses.fields(windows.WindowsEventSettings)]
    assert [one['name'] for one in told] == ['levels', 'ignore', 'ignore_text', 'page', 'page_text', 'window_h', 'channels']
    assert all(one['help'].endswith('.') and not one['required'] for one in told)
    assert len(json.dumps(told)) < 3000


@pytest.mark.skipif(os.name != 'nt', reason="needs a wevtutil of Windows")
def test_the_systems_own_wevtutil_is_found_and_proves_what_it_says():
    found = run(limit_s=60)['System']
    # Wine's says nothing and ends well: that is no empty log.
    assert found.finding == State.UNKNOWN and "no proof" in found.text or found.values['newest_s'] >= 0


@pytest.mark.parametrize(('wrong', 'words'), [
    ({'channels': []}, "channels: expected 1 to 12"), ({'channels': ['x'] * 13}, "channels"), ({'channels': ['/q:*']}, "none begins with"),
    ({'channels': ['a"b']}, "channels")])
def test_channels_that_are_none_are_refused(wrong, words):
    with pytest.raises(Exception, match=words):
        settings_of(**wrong)


def test_the_examples_hold():
    assert doctest.testmod(windows).failed == 0
