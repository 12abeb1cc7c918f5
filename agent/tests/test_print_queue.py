"""Print queues: a real CUPS with printers that live, are dead, hang or wait, and the judge on one shape of both systems."""
import ctypes
import dataclasses
import json
import os
import signal
import socket
import struct
import time
from pathlib import Path

import pytest
from conftest import nobody, wait_for
from cups_server import dead_listener, free_port, own_cups
from web_server import RawServer, page

from itc_agent import time_limit
from itc_agent.collectors import _ipp, _winspool, print_queue_windows
from itc_agent.collectors import _print_queue_common as common
from itc_agent.collectors._print_queue_common import Job, PrintQueueSettings, Queue, readings_of
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'print_queue'


@pytest.fixture(scope='module')
def cups():
    with own_cups() as one:
        one.add('good', 'file:///dev/null')
        yield one


@pytest.fixture
def stuck_device():
    with dead_listener() as port:
        yield f'socket://127.0.0.1:{port}'


def check_of(port, **settings):
    made = make_check(1, 'print_queue', 'print_queue', 60, 10, {'host': '127.0.0.1', 'port': port, **settings})
    assert not made.problem, made.problem
    return made


def watch(cups, memory=None, back_s=0.0, **settings):
    """Look once at the queues of ``cups``, as if the last look had been ``back_s`` seconds earlier than it was."""
    memory = {} if memory is None else memory
    if 'at' in memory:
        memory['at'] -= back_s
    return look(check_of(cups.port, **settings), memory, {})


def reading(result, item):
    return next(one for one in result.readings if one.item == item)


# === A REAL CUPS === #

def test_a_good_queue_prints_and_is_ok(cups):
    cups.print('good')
    wait_for(lambda: 'good-' not in cups.tell('/usr/bin/lpstat', '-o'))
    result = watch(cups, queues=['good'])
    assert (result.state, result.summary) == (State.OK, '')
    assert reading(result, 'good').values == {'jobs': 0, 'held': 0, 'oldest_age_s': 0, 'still_s': 0}


def test_a_dead_queue_that_says_now_printing_is_stuck_after_stuck_min(cups):
    cups.add('dead', f'socket://127.0.0.1:{free_port()}')
    cups.print('dead')
    wait_for(lambda: 'now printing' in cups.tell('/usr/bin/lpstat', '-p', 'dead'))
    memory = {}
    assert watch(cups, memory, queues=['dead']).state == State.OK
    result = watch(cups, memory, 9 * 60, queues=['dead'])
    assert result.state == State.OK
    assert "no progress for 9 min" in result.summary
    result = watch(cups, memory, 70, queues=['dead'])
    assert result.state == State.CRITICAL
    assert "stuck: job" in result.summary
    assert "no progress for 10 min" in result.summary
    assert 'now printing' in cups.tell('/usr/bin/lpstat', '-p', 'dead')
    cups.tell('/usr/bin/cancel', '-a', 'dead')
    wait_for(lambda: watch(cups, memory, queues=['dead']).state == State.OK)


def test_what_was_seen_before_the_agent_was_started_anew_counts(cups, stuck_device):
    cups.add('again', stuck_device)
    cups.print('again', 'x' * 3_000_000)
    memory = {}
    # CUPS counts a page of a raw job as soon as it is connected.
    wait_for(lambda: any(common.query_ipp(PrintQueueSettings('127.0.0.1', cups.port, queues=('again',)))[0].jobs[0].done))
    watch(cups, memory, queues=['again'])
    watch(cups, memory, 9 * 60, queues=['again'])
    anew = {'kept': json.loads(json.dumps(memory['kept']))}
    watch(cups, anew, queues=['again'])
    assert watch(cups, anew, 70, queues=['again']).state == State.CRITICAL
    cups.tell('/usr/bin/cancel', '-a', 'again')


def test_a_printer_that_takes_bytes_and_never_reads_is_stuck(cups, stuck_device):
    cups.add('hang', stuck_device)
    cups.print('hang', 'x' * 3_000_000)
    wait_for(lambda: 'Connected to printer' in cups.tell('/usr/bin/lpstat', '-p', 'hang'))
    memory = {}
    assert watch(cups, memory, queues=['hang']).state == State.OK
    result = watch(cups, memory, 601, queues=['hang'])
    assert (result.state, "stuck: job" in result.summary) == (State.CRITICAL, True)
    cups.tell('/usr/bin/cancel', '-a', 'hang')


def test_a_job_with_nothing_to_show_is_stuck_on_the_print_servers_clock_at_the_first_look(cups):
    cups.add('nobody', f'socket://127.0.0.1:{free_port()}')
    cups.print('nobody')
    settings = PrintQueueSettings('127.0.0.1', cups.port, queues=('nobody',))
    wait_for(lambda: (common.query_ipp(settings)[0].jobs[0].printing_s or 0) >= 1)
    queue, = common.query_ipp(settings)
    assert (queue.jobs[0].state, queue.paused, queue.accepting) == ('printing', False, True)
    old = dataclasses.replace(queue, jobs=(dataclasses.replace(queue.jobs[0], printing_s=601),))
    assert readings_of([old], settings, {}, 0.0)[0].finding == State.CRITICAL
    cups.tell('/usr/bin/cancel', '-a', 'nobody')


def test_a_queue_that_cups_tries_again_and_again_is_stuck_though_its_state_changes(cups):
    cups.add('retry', f'socket://127.0.0.1:{free_port()}/?contimeout=1', '-o', 'printer-error-policy=retry-job')
    cups.print('retry')
    memory, seen = {}, set()
    settings = PrintQueueSettings('127.0.0.1', cups.port, queues=('retry',))

    def tried_twice():
        seen.update(job.state for queue in common.query_ipp(settings) for job in queue.jobs)
        watch(cups, memory, queues=['retry'])
        return {'printing', 'retrying'} <= seen

    wait_for(tried_twice, 30)
    watch(cups, memory, 11 * 60, queues=['retry'])
    result = watch(cups, memory, queues=['retry'])
    assert result.state == State.CRITICAL
    assert reading(result, 'retry').values['held'] == 0
    cups.tell('/usr/bin/cancel', '-a', 'retry')


def test_a_paused_queue_is_a_warning_only_with_a_job_that_waits(cups):
    cups.add('paused', 'file:///dev/null')
    cups.tell('/usr/sbin/cupsdisable', '-r', 'paper out', 'paused')
    result = watch(cups, queues=['paused'])
    assert (result.state, result.summary) == (State.OK, "paused: paused")
    cups.print('paused')
    memory = {}
    result = watch(cups, memory, queues=['paused'])
    assert (result.state, result.summary) == (State.WARNING, "paused: paused, jobs waiting: 1 (paper out)")
    assert watch(cups, memory, 3600, queues=['paused']).state == State.WARNING
    cups.tell('/usr/bin/cancel', '-a', 'paused')


def test_a_job_that_somebody_holds_back_is_not_stuck(cups):
    cups.add('holding', 'file:///dev/null')
    cups.print('holding', 'hello\n', '-H', 'hold')
    memory = {}
    watch(cups, memory, queues=['holding'])
    result = watch(cups, memory, 3600, queues=['holding'])
    assert result.state == State.OK
    assert reading(result, 'holding').values['held'] == 1
    cups.tell('/usr/bin/cancel', '-a', 'holding')


def test_a_class_of_printers_is_a_queue_too(cups):
    cups.add('member', 'file:///dev/null')
    cups.tell('/usr/sbin/lpadmin', '-p', 'member', '-c', 'both')
    cups.tell('/usr/sbin/cupsaccept', 'both')
    cups.tell('/usr/sbin/cupsdisable', 'both')
    cups.print('both')
    result = watch(cups, queues=['both'])
    assert (result.state, reading(result, 'both').values['jobs']) == (State.WARNING, 1)
    cups.tell('/usr/bin/cancel', '-a', 'both')


def test_a_queue_that_takes_no_jobs_is_critical(cups):
    cups.add('closed', 'file:///dev/null')
    cups.tell('/usr/sbin/cupsreject', 'closed')
    result = watch(cups, queues=['closed'])
    assert (result.state, result.summary) == (State.CRITICAL, "closed: takes no jobs")


def test_a_queue_that_was_taken_away_is_unknown_until_it_is_ignored(cups):
    cups.add('gone', 'file:///dev/null')
    memory = {}
    assert watch(cups, memory, queues=['go*']).state == State.OK
    cups.tell('/usr/sbin/lpadmin', '-x', 'gone')
    for _look in range(2):
        result = watch(cups, memory, queues=['go*'])
        assert result.state == State.UNKNOWN
        assert "gone: the queue was there before and is not now" in result.summary
    assert watch(cups, memory, queues=['go*'], ignore=['gone']).state == State.OK
    assert watch(cups, queues=['gone']).summary == "gone: there is no such queue"


def test_ids_and_names_of_documents_are_not_asked_for(cups):
    assert not any('name' in one or 'user' in one for one in common.JOB_ATTRIBUTES)


def test_cups_that_hangs_or_was_killed():
    with own_cups() as one:
        one.add('good', 'file:///dev/null')
        assert watch(one).state == State.OK
        one.signal(signal.SIGSTOP)
        started = time.monotonic()
        result = look(make_check(1, 'x', 'print_queue', 60, 2, {'host': '127.0.0.1', 'port': one.port}), {}, {})
        assert time.monotonic() - started < 2
        assert (result.state, "no answer" in result.summary) == (State.UNKNOWN, True)
        one.signal(signal.SIGCONT)
        one.signal(signal.SIGKILL)
        one.process.wait()
        result = watch(one)
        assert result.state == State.CRITICAL
        assert "refused, the print server does not run" in result.summary


def test_a_cups_without_any_queue_is_unknown():
    with own_cups() as one:
        result = watch(one)
        assert (result.state, result.summary) == (State.UNKNOWN, "*: no queue matches")


@pytest.mark.parametrize('guarded', ['CUPS-Get-Printers', 'Get-Jobs'])
def test_a_cups_that_asks_for_a_password_is_unknown(guarded):
    with own_cups(guarded=guarded) as one:
        one.add('held', 'file:///dev/null')
        one.print('held', 'hello\n', '-H', 'hold')
        result = watch(one)
        assert result.state == State.UNKNOWN
        assert "it asks for a password" in result.summary


# === SOURCES THAT LIE === #

def served(body):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(body() if callable(body) else body)
    return RawServer(answer)


def ipp_body(*attributes, status=0, tag=4):
    return struct.pack('>BBHI', 2, 0, status, 1) + bytes([tag]) + b''.join(_ipp._attribute(*one) for one in attributes) + b'\3'


@pytest.mark.parametrize(('answer', 'words'), [
    (b'', "broke off"),
    (b'SSH-2.0-OpenSSH_9.2\r\n', "no usable answer"),
    (page(b'<html>Login</html>'), "is not IPP"),
    (page(b''), "is not IPP"),
    (page(b'\2\0\0\0\0\0\0\1\4\x44\0\x0cprinter-n'), "cut short"),
    (page(b'no', status='404 Not Found'), "no print server"),
    (page(b'', status='426 Upgrade Required'), "encrypted"),
    (page(b'\2' * 300_000), "more than"),
    (page(ipp_body(status=0x0403)), "does not let this host ask"),
    (page(ipp_body(status=0x0500)), "refused the question"),
    (page(ipp_body((0x42, 'printer-name', 'x'))), "does not tell the state"),
    (page(ipp_body((0x23, 'printer-state', struct.pack('>i', 3)))), "no queue matches"),
    (page(ipp_body((0x23, 'printer-state', b'\0'))), "cut short"),
], ids=lambda one: one if isinstance(one, str) else '')
def test_what_answers_and_is_no_print_server_is_unknown_with_words(answer, words):
    server = served(answer)
    result = look(check_of(server.port), {}, {})
    server.close()
    assert result.state == State.UNKNOWN
    assert words in result.summary
    assert "collector failed" not in result.summary


def test_an_answer_that_drips_is_unknown_within_the_time():
    def drip(connection):
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n')
        for _byte in range(100):
            connection.sendall(b'\2')
            time.sleep(0.2)
    server = RawServer(drip)
    started = time.monotonic()
    result = look(make_check(1, 'x', 'print_queue', 60, 2, {'host': '127.0.0.1', 'port': server.port}), {}, {})
    assert time.monotonic() - started < 2
    assert (result.state, "not complete" in result.summary) == (State.UNKNOWN, True)
    server.close()


def test_nobody_on_this_machine_is_unknown_where_no_cups_is_known_and_critical_where_one_is():
    settings = PrintQueueSettings(port=free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ipp, 'SOCKETS', ())
        with pytest.raises(SourceUnavailable, match="no print server on this machine"):
            common.collect_ipp(settings, {}, expected=False)
        assert common.collect_ipp(settings, {})[0].finding == State.CRITICAL


def test_this_machines_cups_is_asked_by_its_own_socket(cups, tmp_path, monkeypatch):
    monkeypatch.setattr(_ipp, 'SOCKETS', (str(tmp_path / 'none'), cups.socket))
    result = look(make_check(1, 'x', 'print_queue', 60, 10, {'port': free_port(), 'queues': ['good']}), {}, {})
    assert (result.state, [one.item for one in result.readings]) == (State.OK, ['good'])
    os.chmod(cups.socket, 0o600)
    try:
        with nobody(), pytest.raises(SourceUnavailable, match="the agent may not ask CUPS"):
            _ipp.open_connection(_ipp.Place(''), 1.0)
    finally:
        os.chmod(cups.socket, 0o777)


def test_a_socket_that_a_dead_cups_left_behind_is_critical(tmp_path, monkeypatch):
    if not hasattr(socket, 'AF_UNIX'):
        pytest.skip("no such sockets here")
    path = str(tmp_path / 'cups.sock')
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path)
    monkeypatch.setattr(_ipp, 'SOCKETS', (path,))
    reading, = common.collect_ipp(PrintQueueSettings(), {})
    assert (reading.finding, reading.text) == (State.CRITICAL, "CUPS: refused, the print server does not run")


# === THE JUDGE === #

SETTINGS = PrintQueueSettings()


def follow_all(queues, step_s=60.0, settings=SETTINGS):
    memory = {}
    return [readings_of([queue], settings, memory, index * step_s)[0] for index, queue in enumerate(queues)]


def job(ident=1, state='printing', done=(0,), **more):
    return Job(ident, state, done=done, **{'age_s': 10, **more})


def states(queues, **more):
    return [int(one.finding) for one in follow_all(queues, **more)]


def test_pages_that_come_are_progress_and_pages_that_come_again_are_not():
    grows = [Queue('q', jobs=(job(done=(index,)),)) for index in range(30)]
    assert states(grows) == [0] * 30
    again = [Queue('q', jobs=(job(done=(index % 2,)),)) for index in range(13)]
    assert states(again) == [0] * 11 + [2, 2]


def test_bytes_that_are_spooled_are_progress():
    assert states([Queue('q', jobs=(job(state='spooling', done=(8_000_000 + index, 0)),)) for index in range(20)]) == [0] * 20


def test_jobs_that_join_or_leave_behind_a_stuck_one_are_no_progress():
    queues = [Queue('q', jobs=(job(1, age_s=1000), job(100 + index, 'waiting'))) for index in range(11)]
    assert states(queues) == [0] * 10 + [2]


def test_a_job_that_prints_past_an_older_one_is_progress():
    queues = [Queue('q', jobs=(job(1, 'waiting', age_s=1000), job(2, done=(index,)))) for index in range(20)]
    assert states(queues) == [0] * 20


@pytest.mark.parametrize('state', ['error', 'deleting'])
def test_in_error_or_deleting_for_two_minutes_is_critical_also_behind_another(state):
    queues = [Queue('q', jobs=(job(1, done=(index,), age_s=1000), job(7, state))) for index in range(4)]
    assert states(queues) == [0, 0, 2, 2]
    assert follow_all(queues)[2].text == f"job 7 is in state {state} for 2 min"


def test_a_paused_queue_does_not_make_its_jobs_stuck_and_a_resumed_one_counts_on():
    queues = [Queue('q', jobs=(job(state='waiting'),))] * 6 + [Queue('q', paused=True, jobs=(job(state='waiting'),))] * 60 + [
        Queue('q', jobs=(job(state='waiting'),))] * 5
    assert states(queues) == [0] * 6 + [1] * 60 + [0] * 4 + [2]


def test_a_clock_of_the_print_server_that_jumps_back_is_no_progress_and_no_error():
    attributes = {'job-id': [1], 'job-state': [5], 'time-at-creation': [2000], 'time-at-processing': [2000], 'job-printer-up-time': [1000]}
    assert common.parse_job(attributes).age_s == 0


def test_what_the_printer_complains_of_is_a_warning_and_reports_are_not():
    printer = {'printer-name': ['q'], 'printer-state': [3], 'printer-state-reasons': ['toner-low-report', 'media-empty-error', 'offline-report']}
    reading = readings_of([common.parse_queue(printer, [])], SETTINGS, {}, 0.0)[0]
    assert (reading.finding, reading.text) == (State.WARNING, "the printer says: media-empty")
    printer['printer-state-reasons'] = ['toner-low-report', 'none', 'connecting-to-device']
    assert readings_of([common.parse_queue(printer, [])], SETTINGS, {}, 0.0)[0].finding == State.OK


def test_the_backlog_is_what_the_server_counts_and_a_warning_by_the_default_limit():
    printer = {'printer-name': ['q'], 'printer-state': [3], 'queued-job-count': [16]}
    number = lambda value: struct.pack('>i', value)  # noqa: E731  short for a test
    queue = ipp_body((0x42, 'printer-name', 'q'), (0x23, 'printer-state', number(3)), (0x21, 'queued-job-count', number(16)))
    jobs = ipp_body((0x21, 'job-id', number(7)), (0x23, 'job-state', number(3)), tag=2)
    server = served(iter([page(queue), page(jobs)]).__next__)
    from itc_agent import registry
    check = make_check(1, 'x', 'print_queue', 60, 10, {'host': '127.0.0.1', 'port': server.port},
                       [one.as_dict() for one in registry.load('print_queue').limits])
    result = look(check, {}, {})
    server.close()
    assert (result.state, result.summary) == (State.WARNING, "q: jobs: 16, jobs 16 > 15")
    assert common.parse_queue(printer, []).count == 16


@pytest.mark.parametrize('tag', [1, 2], ids=['none', 'one without a number'])
@pytest.mark.parametrize(('now', 'state', 'words'), [
    (2, State.UNKNOWN, "q: counts 2 jobs and lists none"), (0, State.OK, "")])
def test_a_queue_that_shows_none_of_the_jobs_that_it_counts_is_unknown(now, state, words, tag):
    """Many printers show a job to nobody but who sent it. The last one may also be done just before they are listed."""
    number = lambda value: struct.pack('>i', value)  # noqa: E731  short for a test

    def queue(count, accepting=b'\1'):
        return page(ipp_body((0x42, 'printer-name', 'q'), (0x23, 'printer-state', number(5)), (0x22, 'printer-is-accepting-jobs', accepting),
                             (0x21, 'queued-job-count', number(count))))

    server = served(iter([queue(2), page(ipp_body(tag=tag)), queue(now)] * 2).__next__)
    result = look(check_of(server.port), {}, {})
    server.close()
    assert (result.state, result.summary.startswith(words)) == (state, True), result.summary
    assert result.readings[0].values.get('oldest_age_s') is None or not now
    if now:
        assert "paused, jobs waiting: 2" in result.summary and result.readings[0].values['jobs'] == 2
        assert "takes no jobs" in common.judge_queue(common.Queue('q', accepting=False, count=2, hides=True), {}, check_of(1).settings).text


def test_a_print_server_that_keeps_its_queues_elsewhere_is_asked_there():
    number = lambda value: struct.pack('>i', value)  # noqa: E731  short for a test
    queue = ipp_body((0x42, 'printer-name', 'label'), (0x45, 'printer-uri-supported', 'ipp://localhost:8000/ipp/print/label'),
                     (0x23, 'printer-state', number(4)), (0x21, 'queued-job-count', number(1)))
    jobs = ipp_body((0x21, 'job-id', number(7)), (0x23, 'job-state', number(5)), tag=2)

    def answer(connection):
        asked = connection.recv(65536).split()[1]
        connection.sendall(page({b'/': queue, b'/ipp/print/label': jobs}.get(asked, b'')))

    server = RawServer(answer)
    result = look(check_of(server.port), {}, {})
    server.close()
    assert (result.state, result.summary) == (State.OK, "label: jobs: 1")


def test_names_of_queues_in_other_letters_and_with_signs_of_patterns():
    assert common.fits('Bürodrucker', 'BÜRO*') and common.fits('Etage [2]', 'etage [2]')
    name = 'принтер'.encode()
    _status, printers, _jobs = _ipp.parse(ipp_body((0x42, 'printer-name', name), (0x36, 'printer-state-message', b'\0\2de\0\4leer')))
    assert printers == [{'printer-name': ['принтер'], 'printer-state-message': ['leer']}]


def test_collections_and_unknown_values_are_passed_over():
    body = ipp_body((0x34, 'media-col', b''), (0x4a, '', 'media-size'), (0x21, '', b'\0\0\0\1'), (0x37, '', b''), (0x13, 'printer-state', b''),
                    (0x42, 'printer-name', 'q'))
    assert _ipp.parse(body)[1] == [{'printer-state': [], 'printer-name': ['q']}]


def test_what_is_kept_of_many_queues_stays_small():
    memory = {}
    readings_of([Queue(f'queue-{index}', jobs=tuple(job(one, done=(1, 2, 3, 4)) for one in range(100))) for index in range(60)], SETTINGS, memory, 0.0)
    assert len(json.dumps(memory['kept'])) < 65_536


@pytest.mark.parametrize(('settings', 'words'), [
    ({'queues': []}, "at least one"), ({'port': 0}, "1 to 65535"), ({'host': 'a b'}, "name or address"), ({'stuck_min': 0}, "1 to 1440")])
def test_wrong_settings_are_refused(settings, words):
    assert words in make_check(1, 'x', 'print_queue', 60, 10, settings).problem


# === WINDOWS === #

def test_the_spoolers_answer():
    answer = json.loads((SAMPLES / 'windows' / 'input.json').read_text(encoding='utf-8'))
    expected = json.loads((SAMPLES / 'windows' / 'expected.json').read_text(encoding='utf-8'))
    readings = print_queue_windows.judge(answer, PrintQueueSettings(), {}, 0.0)
    assert {one.item: {'state': int(one.finding), 'values': one.values, 'text': one.text} for one in readings} == expected


def spooled(*jobs, **more):
    return {'printers': [{'name': 'Marketing', 'attributes': 584, 'status': 0, 'count': len(jobs), 'jobs': list(jobs), **more}]}


def windows_job(**more):
    return {'id': 5, 'status': 16, 'size': 81920, 'pages': 0, 'printing_ms': 0, 'age_s': 30, **more}


def windows_states(answers, step_s=60.0):
    memory = {}
    return [int(print_queue_windows.judge(one, PrintQueueSettings(), memory, index * step_s)[0].finding) for index, one in enumerate(answers)]


def test_a_windows_job_without_progress_is_stuck_and_one_with_pages_is_not():
    assert windows_states([spooled(windows_job())] * 12) == [0] * 10 + [2, 2]
    assert windows_states([spooled(windows_job(pages=index)) for index in range(12)]) == [0] * 12
    assert windows_states([spooled(windows_job(status=8, size=index)) for index in range(1, 13)]) == [0] * 12


@pytest.mark.parametrize('status', [0x4, 0x4 | 0x10, 0x4 | 0x80, 0x2, 0x200, 0x400, 0x2 | 0x10])
def test_a_ghost_or_broken_windows_job_is_critical_after_two_minutes(status):
    assert windows_states([spooled(windows_job(status=status))] * 3) == [0, 0, 2]


def test_a_spooler_that_does_not_run_is_critical_and_one_that_refuses_unknown():
    reading, = print_queue_windows.judge({'error': 1722}, PrintQueueSettings(), {}, 0.0)
    assert (reading.finding, reading.text) == (State.CRITICAL, "the print spooler does not run")
    with pytest.raises(SourceUnavailable, match="does not tell: access denied"):
        print_queue_windows.judge({'error': 5}, PrintQueueSettings(), {}, 0.0)
    with pytest.raises(SourceUnavailable, match="no answer that can be read"):
        print_queue_windows.judge({}, PrintQueueSettings(), {}, 0.0)
    nothing, = print_queue_windows.judge({'printers': []}, PrintQueueSettings(), {}, 0.0)
    assert (nothing.finding, nothing.text) == (State.UNKNOWN, "no queue matches")


def test_a_spooler_that_hangs_is_unknown_within_the_time(tmp_path, monkeypatch):
    (tmp_path / '_winspool.py').write_text('import time; time.sleep(60)')
    monkeypatch.setattr(print_queue_windows, '__file__', str(tmp_path / 'print_queue_windows.py'))
    started = time.monotonic()
    with time_limit.of(2), pytest.raises(SourceUnavailable, match="the print spooler did not answer within"):
        print_queue_windows.query()
    assert time.monotonic() - started < 3


@pytest.mark.skipif(os.name != 'nt', reason="needs Windows, or Wine")
def test_this_machines_own_spooler_answers():
    answer = print_queue_windows.query()
    assert isinstance(answer['printers'], list)
    assert all(isinstance(one['name'], str) and isinstance(one['status'], int) and ('jobs' in one or 'error' in one) for one in answer['printers'])
    assert print_queue_windows.judge(answer, PrintQueueSettings(), {}, 0.0)


def test_a_queue_whose_jobs_cannot_be_listed_is_unknown_also_without_a_reason():
    told = spooled()
    del told['printers'][0]['jobs']
    told['printers'][0]['error'] = 0
    reading, = print_queue_windows.judge(told, PrintQueueSettings(), {}, 0.0)
    assert (reading.finding, reading.text) == (State.UNKNOWN, "its jobs cannot be listed: it does not say why")


def test_the_spoolers_structures_are_as_large_as_those_of_64_bit_windows():
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        pytest.skip("the numbers are those of 64 bit")
    assert (ctypes.sizeof(_winspool.PrinterInfo), ctypes.sizeof(_winspool.JobInfo)) == (136, 160)
    assert (_winspool.PrinterInfo.attributes.offset, _winspool.JobInfo.status.offset, _winspool.JobInfo.pages.offset) == (104, 104, 152)


def test_a_list_of_the_spooler_that_grows_while_it_is_asked(monkeypatch):
    sizes, code = iter([160, 320]), 122

    def call(buffer, size, needed, count):
        needed._obj.value = next(sizes, needed._obj.value)
        if size < needed._obj.value:
            return 0
        _winspool.JobInfo.from_buffer(buffer, 160).id = 7
        count._obj.value = 2
        return 1

    monkeypatch.setattr(ctypes, 'get_last_error', lambda: code, raising=False)
    monkeypatch.setattr(ctypes, 'set_last_error', lambda _number: None, raising=False)
    buffer, infos = _winspool.enumerate_by(call, _winspool.JobInfo)
    assert [one.id for one in infos] == [0, 7]
    assert len(buffer) == 320
    code = 1722
    with pytest.raises(_winspool.SpoolerError, match='1722'):
        _winspool.enumerate_by(lambda *_rest: 0, _winspool.JobInfo)


def test_the_age_of_a_windows_job():
    assert _winspool.age_s((2026, 11, 0, 29, 0, 35, 21, 500), 1795912521 + 600) == 600
    assert _winspool.age_s((2026, 11, 0, 29, 0, 35, 21, 500), 0) == 0
    assert _winspool.age_s((0,) * 8, 5) is None
