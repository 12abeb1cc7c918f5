"""The last row of logs: one that a Java program holds open, half rows, other letters, rotation, and all that makes a row's time unknown."""
import contextlib
import os
import shutil
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import nobody, wait_for
from fuse_server import Fuse, can_mount

from itc_agent import time_limit
from itc_agent.collectors import _dates, _hours, _open_file, _tail, last_row
from itc_agent.results import Check, State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

SAMPLE = Path(__file__).parent / 'samples' / 'last_row' / 'server_log.csv'
STALE = [{'metric': 'age_s', 'op': '>', 'warning': 3, 'critical': 3600}]
HEADER = "Time,Level,Text\n"
# Windows says so in its own language, the Windows of the tests in this one.
NO_FOLDER = "Path not found" if os.name == 'nt' else "No such file"
needs_windows = pytest.mark.skipif(os.name != 'nt', reason="about locks that only Windows has")
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")


def stamp(seconds_ago=0.0, layout='%Y-%m-%d %H:%M:%S'):
    """Return the time on this machine's clock on the wall some seconds ago."""
    return datetime.fromtimestamp(time.time() - seconds_ago).strftime(layout)  # noqa: DTZ006  rows hold local time


def run(path, limits=None, **settings):
    check = make_check(1, 'last_row', 'last_row', 60, 20, {'path': str(path), **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {}, {})


def values(result):
    reading, = result.readings
    return reading.values


def age(result):
    assert result.state == State.OK, result.summary
    return values(result)['age_s']


@pytest.fixture
def log(tmp_path):
    return tmp_path / 'C_ - Loj Server Log.csv'


# === A PROGRAM THAT HOLDS ITS LOG OPEN === #

def test_the_log_of_a_java_program_is_fresh_while_it_runs_and_ages_when_it_is_stopped(java_engine, tmp_path):
    folder = tmp_path / 'Users' / 'Loj' / 'Logs' / '2026'
    folder.mkdir(parents=True)
    path = folder / 'C_ - Loj Server Log.csv'
    pattern = tmp_path / 'Users' / 'Loj' / 'Logs' / '**' / 'C_ - Loj Server Log.csv'
    settings = {'columns': ['time'], 'formats': ['%d/%m/%Y %H:%M:%S']}
    with subprocess.Popen([shutil.which('java'), '-Xshare:auto', '-jar', str(java_engine), str(path)]) as process:
        try:
            wait_for(lambda: path.exists() and path.stat().st_size > 500, 30)
            for _look in range(10):
                assert age(run(pattern, STALE, **settings)) <= 2
                time.sleep(0.05)
        finally:
            process.kill()
    os.utime(path, (time.time() + 60,) * 2)
    wait_for(lambda: run(pattern, STALE, **settings).state == State.WARNING, 10)
    result = run(pattern, STALE, **settings)
    assert 3 < values(result)['age_s'] < 20
    assert "last row of C_ - Loj Server Log.csv at " in result.summary


# === THE ROW'S OWN TIME === #

def test_the_files_own_time_proves_nothing(log):
    log.write_text(f"{HEADER}{stamp(7200)},INFO,x\n")
    assert age(run(log, columns=['Time'])) == pytest.approx(7200, abs=3)
    assert run(log, STALE, columns=['Time']).state == State.CRITICAL


def test_a_row_that_is_still_being_written_does_not_count(log):
    log.write_text(f"{HEADER}{stamp(600)},INFO,x\n{stamp(5)},INFO,half a te")
    assert age(run(log, columns=['Time'])) == pytest.approx(600, abs=3)
    log.write_text(f"{HEADER}{stamp(600)},INFO,x\n{stamp(5)},INFO,\"first line\nsecond, wri")
    assert age(run(log, columns=['Time'])) == pytest.approx(600, abs=3)
    log.write_text(f"{HEADER}{stamp(600)},INFO,x\n{stamp(5)},INFO,whole\n")
    assert age(run(log, columns=['Time'])) == pytest.approx(5, abs=3)


def test_values_in_quotes_over_several_lines_are_one_row(log):
    log.write_text(f'{HEADER}{stamp(900)},INFO,x\r\n{stamp(60)},WARN,"first, ""quoted""\r\n{stamp(5)},no,row\r\nlast"\r\n', newline='')
    assert age(run(log, columns=['Time'])) == pytest.approx(60, abs=3)


@pytest.mark.parametrize('odd', ['5" pipe', '12" x 8" x 2"', "'quoted\"", '"whole" "part'])
def test_a_sign_of_inches_hides_no_later_row(log, odd):
    log.write_text(f"{HEADER}{stamp(900)},INFO,{odd}\n{stamp(60)},INFO,x\n{stamp(30)},INFO,{odd}\n{stamp(10)},INFO,y\n")
    assert age(run(log, columns=['Time'])) == pytest.approx(10, abs=3)


@pytest.mark.parametrize('zeros', [1, 5000, 300_000])
def test_zero_bytes_that_a_power_cut_left_are_no_row(log, zeros):
    log.write_bytes(f"{HEADER}{stamp(120)},INFO,x\n".encode() + bytes(zeros))
    assert age(run(log, columns=['Time'])) == pytest.approx(120, abs=3)


def test_lines_without_a_time_belong_to_the_row_above_and_are_told(log):
    log.write_text(f"{stamp(50)} INFO start\n{stamp(40)} ERROR it failed\njava.lang.NullPointerException: x\n\tat com.loj.Main\n\n")
    result = run(log)
    assert age(result) == pytest.approx(40, abs=3)
    assert "3 lines below it hold no time" in result.summary


def test_the_sample():
    at = datetime(2026, 11, 28, 17, 5, 12).timestamp()  # noqa: DTZ001  logs tell local time
    check = make_check(1, 'x', 'last_row', 60, 20, {'path': str(SAMPLE), 'columns': ['Time']})
    row = last_row.read_last(str(SAMPLE), check.settings, at + 10)
    assert (row.at, row.later) == (at, 0)
    assert last_row.parse([row], check.settings, at + 10, 1).values['age_s'] == 10


# === LETTERS === #

@pytest.mark.parametrize(('codec', 'setting'), [
    ('utf-8', 'auto'), ('utf-8-sig', 'auto'), ('utf-16', 'auto'), ('utf-16-le', 'auto'), ('utf-16-be', 'auto'), ('utf-16-le', 'utf-16'),
    ('utf-16', 'utf-16'), ('utf-16-be', 'utf-16-be'), ('cp1252', 'auto'), ('cp1252', 'cp1252'), ('latin-1', 'latin-1'), ('utf-8', 'utf-8')])
@pytest.mark.parametrize('rows', [2, 5000])
def test_encodings(log, codec, setting, rows):
    place = 'Zürich' if codec in ('cp1252', 'latin-1') else 'ሰላም ቀን'
    place += ' Ċ ਊ' if codec.startswith('utf') else ''
    lines = ["Zeit,Größe,Text", *[f"{stamp(rows - number)},5,{place}" for number in range(rows)]]
    log.write_bytes(('\r\n'.join(lines) + '\r\n').encode(codec))
    assert age(run(log, columns=['zeit'], encoding=setting)) == pytest.approx(1, abs=3)


def test_a_column_may_have_a_name_in_any_letters_and_two_may_make_a_time(log):
    log.write_text(f"sep=;\n\"ቀን\";ሰዓት;Text\n{stamp(30, '%d.%m.%Y')};{stamp(30, '%H:%M:%S')};x\n", encoding='utf-8')
    assert age(run(log, columns=['ቀን', 'ሰዓት'], formats=['%d.%m.%Y %H:%M:%S'])) == pytest.approx(30, abs=3)
    assert age(run(log, columns=['1', '2'], formats=['%d.%m.%Y %H:%M:%S'], header=False)) == pytest.approx(30, abs=3)
    result = run(log, columns=['Datum'])
    assert result.state == State.UNKNOWN
    assert "no column 'Datum' among the 3 of the header, which looks like" in result.summary
    assert not any(name in result.summary for name in ("ቀን", "ሰዓት", "Text"))


@pytest.mark.parametrize('separator', [',', ';', '\t', '|'])
def test_separators(log, separator):
    log.write_text(separator.join(['Text', 'Time', 'x']) + '\n' + separator.join(['"a;b,c|d"', stamp(20), 'x']) + '\n')
    assert age(run(log, columns=['Time'])) == pytest.approx(20, abs=3)
    assert age(run(log, columns=['Time'], separator='tab' if separator == '\t' else separator)) == pytest.approx(20, abs=3)


def test_a_file_of_which_one_line_is_garbage_is_read_all_the_same(log):
    log.write_bytes(HEADER.encode() + f"{stamp(90)},INFO,x\n".encode() + b'\xff\xfe\x81\x00\x07\n' + f"{stamp(30)},INFO,caf\xe9\n".encode('latin-1'))
    assert age(run(log, columns=['Time'])) == pytest.approx(30, abs=3)


# === WAYS TO WRITE A TIME === #

AT = datetime(2026, 11, 28, 14, 5, 11, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(('text', 'formats', 'zone', 'expected'), [
    ('2026-11-28 14:05:11', (), 'utc', AT), ('2026-11-28T14:05:11Z', (), 'local', AT), ('2026-11-28 14:05:11,500', (), 'utc', AT + 0.5),
    ('2026-11-28T17:05:11.123456789+03:00', (), 'utc', AT + 0.123456), ('2026/11/28 17:05:11', (), '+03:00', AT), ('2026.11.28 17:05', (), '+0300', AT - 11),
    ('[2026-11-28 14:05:11] INFO', (), 'utc', AT), ('28/11/2026 14:05:11', ('%d/%m/%Y %H:%M:%S',), 'utc', AT),
    ('11/28/2026  2:05:11 PM', ('%m/%d/%Y %I:%M:%S %p',), 'utc', AT), ('Nov 28, 2026 2:05:11 PM', ('%b %d, %Y %I:%M:%S %p',), 'utc', AT),
    ('28-Nov-26 14.05.11.250', ('%d-%b-%y %H.%M.%S.%f',), 'utc', AT + 0.25), ('1795874711', ('epoch',), 'utc', AT),
    ('1795874711.5', ('epoch',), 'local', AT + 0.5),
    ('1795874711000', ('epoch_ms',), 'local', AT), ('28/Nov/2026:17:05:11 +0300', ('%d/%b/%Y:%H:%M:%S %z',), 'local', AT),
    ('Saturday 28 November 2026 14:05:11', ('%A %d %B %Y %H:%M:%S',), 'utc', AT),
    ('28/11/2026 14:05', (), 'utc', None), ('2026-13-28 14:05:11', (), 'utc', None), ('2026-11-28', (), 'utc', None), ('started', (), 'utc', None),
    ('', (), 'utc', None),
    ('11/28/2026 14:05:11', ('%d/%m/%Y %H:%M:%S',), 'utc', None), ('1795874711', ('epoch_ms',), 'utc', None), ('0001-01-01 00:00:00', (), 'utc', None),
    ('112026-11-28 14:05:11', (), 'utc', None), ('epoch ' + '9' * 400, ('epoch',), 'utc', None)])
def test_times_in_rows(text, formats, zone, expected):
    _dates.check_row_formats(formats)
    assert _dates.parse_row_time(text, formats, zone, AT) == (expected and pytest.approx(expected, abs=1e-5))


@pytest.mark.parametrize(('settings', 'words'), [
    ({'formats': ['%d/%m/%Y %H:%M:%S', '%m/%d/%Y %H:%M:%S']}, "read the same text as different days"),
    ({'formats': ['%H:%M:%S']}, "no whole date"),
    ({'formats': ['%Y-%m-%d']}, "no whole date"), ({'formats': ['%Y-%m-%d %I:%M']}, "no whole date"), ({'formats': ['%c']}, "directives"),
    ({'formats': ['%Y-%m-%d %H:%M %']}, "directives"), ({'formats': ['%Y%Y-%m-%d %H']}, "each once"), ({'encoding': 'ebcdic'}, "encoding: expected"),
    ({'time_zone': 'Africa/Addis_Ababa'}, "time_zone: expected"), ({'time_zone': '+99:00'}, "time_zone: expected"),
    ({'separator': ';;'}, "separator: expected"),
    ({'columns': ['a', 'b', 'c']}, "columns: expected"), ({'columns': ['a'], 'header': False}, "columns: without a header"),
    ({'columns': ['0']}, "numbered from 1"), ({'columns': ['00']}, "numbered from 1"), ({'columns': ['\u0660']}, "numbered from 1"),
    ({'columns': ['000'], 'header': False}, "numbered from 1"), ({'columns': ['²']}, "numbered from 1"),
    ({'columns': ['a'], 'regex': 'x'}, "either regex or columns"), ({'regex': '('}, "regex: expected a regular expression"),
    ({'hours': '8-25'}, "hours: expected"),
    ({'hours': '08:00'}, "hours: expected"), ({'days': ['monday', 'someday']}, "days: expected"), ({'path': 'Logs/x.csv'}, "path: expected an absolute path")])
def test_settings_that_cannot_be_meant_are_refused(settings, words):
    assert words in make_check(1, 'x', 'last_row', 60, 20, {'path': '/x', **settings}).problem


def test_a_regular_expression_says_which_time_of_a_line(log):
    log.write_text(f"born {stamp(9000)} at={stamp(100)} x\nborn {stamp(9000)} at={stamp(50)} y\nno time here\n")
    assert age(run(log, regex=r'at=(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)')) == pytest.approx(50, abs=3)
    assert age(run(log)) == pytest.approx(9000, abs=3)
    assert run(log, regex='at:(.*)').state == State.UNKNOWN


def test_a_regular_expression_that_runs_away_is_unknown_and_the_agent_goes_on(log):
    log.write_text('a' * 60 + '!\n')
    beats, stop = [], threading.Event()

    def beat():
        while not stop.wait(0.02):
            beats.append(time.monotonic())

    threading.Thread(target=beat, daemon=True).start()
    result = run(log, regex='(a+)+$')
    stop.set()
    assert (result.state, "too many ways" in result.summary) == (State.UNKNOWN, True)
    assert max(after - before for before, after in zip(beats, beats[1:], strict=False)) < 1


@pytest.mark.skipif(not hasattr(time, 'tzset'), reason="the zone is the machine's on Windows")
def test_the_hour_that_comes_twice_is_the_later_one_unless_that_is_to_come(monkeypatch):
    monkeypatch.setenv('TZ', 'Europe/Berlin')
    time.tzset()
    try:
        twice, first = '2026-10-25 02:30:00', datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc).timestamp()
        assert _dates.parse_row_time(twice, (), 'local', first + 60) == first
        assert _dates.parse_row_time(twice, (), 'local', first + 3660) == first + 3600
    finally:
        monkeypatch.undo()
        time.tzset()


# === NO TIME TO TELL === #

@pytest.mark.parametrize(('text', 'words'), [
    ('', "is empty"), (HEADER, "has a header and no row yet"), ('\0' * 9000, "holds zero bytes only"),
    (HEADER + 'yesterday,INFO,x\n', "no time that can be read"),
    (HEADER + '05/11/2026 10:00:00,INFO,x\n', "no time that can be read in the last rows; the last one looks like 00/00/0000 00:00:00,QQQQ,q"),
    ('x' * 100_000, "has a header and no row yet")], ids=lambda one: repr(one)[:20])
def test_a_log_without_a_readable_row_is_unknown_and_says_why(log, text, words):
    log.write_text(text)
    for settings in ({'columns': ['1']}, {}):
        result = run(log, STALE, **settings)
        assert (result.state, values(result)['age_s']) == (State.UNKNOWN, None)
        assert f"C_ - Loj Server Log.csv: {words}" in result.summary or text.startswith('x')


def test_a_line_without_end_is_given_up_after_four_megabytes(log):
    log.write_text(HEADER + f"{stamp()},INFO,x\n" + 'x' * 5_000_000)
    result = run(log, columns=['Time'])
    assert (result.state, "no line ends within the last 4.0 MiB" in result.summary) == (State.UNKNOWN, True)


@pytest.mark.parametrize(('seconds', 'state'), [(200, State.OK), (400, State.UNKNOWN), (86400 * 400, State.UNKNOWN)])
def test_a_row_from_the_future_is_a_doubt_and_not_fresh(log, seconds, state):
    log.write_text(f"{HEADER}{stamp(-seconds)},INFO,x\n")
    result = run(log, columns=['Time'])
    assert (result.state, values(result)['age_s']) == (state, 0 if state == State.OK else None)
    assert state == State.OK or "in the future: the format, the time zone or a clock is wrong" in result.summary


def test_a_wrong_zone_shows_as_a_row_from_the_future(log):
    log.write_text(f"{HEADER}{datetime.now(timezone(timedelta(hours=3))):%Y-%m-%d %H:%M:%S},INFO,x\n")
    assert run(log, columns=['Time'], time_zone='utc').state == State.UNKNOWN
    assert age(run(log, columns=['Time'], time_zone='+03:00')) <= 2


def test_a_folder_without_the_file_is_unknown_and_never_fine(tmp_path):
    for path, words in ((tmp_path / 'x.csv', "no file matches"), (tmp_path / '*.csv', "no file matches"), (tmp_path / 'no' / '*.csv', NO_FOLDER),
                        (tmp_path / 'no' / 'x.csv', NO_FOLDER), (tmp_path / 'no' / '**' / 'x.csv', NO_FOLDER)):
        result = run(path, STALE)
        assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


@needs_root
def test_what_may_not_be_read_is_unknown():
    folder = Path('/var/tmp') / f'itc-last-row-{os.getpid()}'
    try:
        (folder / 'closed').mkdir(parents=True)
        for name in ('a.csv', 'b.csv', 'closed/c.csv'):
            (folder / name).write_text(f"{HEADER}{stamp()},INFO,x\n")
        folder.chmod(0o755)
        (folder / 'b.csv').chmod(0o600)
        (folder / 'closed').chmod(0o700)
        with nobody():
            assert age(run(folder / 'a.csv')) <= 2
            for path in (folder / 'b.csv', folder / '*.csv', folder / '**' / 'a.csv', folder / 'closed' / 'c.csv', folder / 'closed' / '*.csv'):
                result = run(path)
                assert (result.state, "Permission denied" in result.summary) == (State.UNKNOWN, True), path
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.name == 'nt', reason="named pipes are files on Linux only")
def test_a_pipe_or_a_folder_is_no_log_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / 'x.csv')
    (tmp_path / 'y.csv').mkdir()
    for name in ('x.csv', 'y.csv'):
        result = run(tmp_path / name)
        assert (result.state, "is no regular file" in result.summary) == (State.UNKNOWN, True)


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
def test_a_share_that_hangs_is_unknown_within_its_time_and_the_others_go_on(tmp_path, log):
    log.write_text(f"{HEADER}{stamp()},INFO,x\n")
    (tmp_path / 'share').mkdir()
    settings = [{'path': str(tmp_path / 'share' / '*.csv')}, {'path': str(log)}]
    checks = [Check(number, str(number), 'last_row', 60, 1.0, make_check(1, 'x', 'last_row', 60, 20, one).settings) for number, one in enumerate(settings)]
    with Fuse(tmp_path / 'share', hangs=True):
        started = time.monotonic()
        stuck, fine = Runner().run(checks)
        assert time.monotonic() - started < 3
    assert (stuck.state, fine.state) == (State.UNKNOWN, State.OK)
    assert "no answer within 1 s" in stuck.summary


# === LOCKS OF WINDOWS === #

@needs_windows
def test_a_program_may_rename_and_delete_its_log_while_it_is_read(log):
    log.write_text(f"{HEADER}{stamp(5)},INFO,x\n")
    with open(log, 'rb'), pytest.raises(PermissionError):
        os.replace(log, log.with_name('old.csv'))
    with _open_file.open_shared(str(log)) as file:
        os.replace(log, log.with_name('old.csv'))
        assert file.read().startswith(b'Time')
        log.with_name('old.csv').unlink()


@needs_windows
def test_a_log_that_its_program_holds_open_is_read_and_one_held_for_itself_alone_is_unknown(log):
    import ctypes
    log.write_text(f"{HEADER}{stamp(5)},INFO,x\n")
    with open(log, 'a') as writer:
        writer.write(f"{stamp(1)},INFO,y\n")
        writer.flush()
        assert age(run(log, columns=['Time'])) <= 3
    kernel = ctypes.WinDLL('kernel32')
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.CreateFileW(ctypes.c_wchar_p(str(log)), 0x80000000, 0, None, 3, 0, None))
    started = time.monotonic()
    try:
        result = run(log, columns=['Time'])
    finally:
        kernel.CloseHandle(handle)
    assert (result.state, "what the last row is cannot be told" in result.summary) == (State.UNKNOWN, True)
    assert 1 < time.monotonic() - started < 5
    assert age(run(log, columns=['Time'])) <= 5


# === ROTATION AND SIZE === #

def test_a_log_begun_anew_is_no_silence_and_a_restored_old_one_no_news(tmp_path):
    old, new = tmp_path / 'server-1.csv', tmp_path / 'server-2.csv'
    old.write_text(f"{HEADER}{stamp(20)},INFO,x\n")
    new.write_text(HEADER)
    result = run(tmp_path / 'server-*.csv', columns=['Time'])
    assert age(result) == pytest.approx(20, abs=3)
    assert "server-2.csv has a header and no row yet" in result.summary
    new.write_text(f"{HEADER}{stamp(5000)},INFO,x\n")
    assert age(run(tmp_path / 'server-*.csv', columns=['Time'])) == pytest.approx(20, abs=3)
    new.write_text(HEADER + "another format\n")
    assert run(tmp_path / 'server-*.csv', columns=['Time']).state == State.UNKNOWN


def test_a_file_of_two_gigabytes_costs_no_more_than_its_end(log):
    with open(log, 'wb') as file:
        file.write(HEADER.encode())
        file.truncate(2 * 2 ** 30)
        file.seek(0, os.SEEK_END)
        file.write(f"\n{stamp(8)},INFO,x\n".encode())

    def read_bytes():
        return int(Path('/proc/self/io').read_text().split()[1]) if os.path.exists('/proc/self/io') else 0

    before, started = read_bytes(), time.monotonic()
    assert age(run(log, columns=['Time'])) == pytest.approx(8, abs=3)
    assert time.monotonic() - started < 1
    assert read_bytes() - before < 200_000


def test_a_file_that_grows_is_renamed_and_cut_while_it_is_read_gives_no_wrong_answer(log):
    stop, trouble = threading.Event(), []

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with open(log, 'a') as file:
                file.write(f"{stamp()},INFO,{'x' * (number % 700)}\n")
            if number % 50 == 0:
                # Windows lets nobody rename over a file that is open, also not when it may be deleted.
                with contextlib.suppress(PermissionError):
                    os.replace(log, log.with_name('old.csv'))
            if number % 77 == 0 and log.exists():
                os.truncate(log, 10)

    log.write_text(f"{stamp()},INFO,x\n")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            result = run(log.with_name('*.csv'), columns=['1'], header=False)
            if result.state == State.OK and age(result) > 3 or "collector failed" in result.summary:
                trouble.append(result.summary)
    finally:
        stop.set()
        writer.join()
    assert not trouble


def test_a_file_that_shrinks_each_time_is_said_as_such(tmp_path):
    class Shrinking:
        size = 10_000

        def seek(self, _place, whence=0):
            self.size -= 100 if whence else 0
            return self.size + 50

        read = staticmethod(lambda _length: b'')

    with pytest.raises(OSError, match="shrinks while it is read"):
        _tail.read_end(Shrinking(), 500)


def test_patterns_of_paths(tmp_path):
    for name in ('a/x.csv', 'a/b/x.csv', 'a/b/y.csv', 'a/[b]/x.csv', 'a/sub 1/Logs/x.csv', 'x.csv'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('x')
    (tmp_path / 'a' / 'round').symlink_to(tmp_path / 'a')

    def found(pattern):
        return [os.path.relpath(one, tmp_path).replace(os.sep, '/') for one in _open_file.find_files(str(tmp_path / pattern))[0]]

    assert found('a/**/x.csv') == ['a/[b]/x.csv', 'a/b/x.csv', 'a/sub 1/Logs/x.csv', 'a/x.csv']
    assert found('*/x.csv') == ['a/x.csv']
    assert found('a/[b]/x.csv') == ['a/[b]/x.csv']
    assert found('a/?/*.csv') == ['a/b/x.csv', 'a/b/y.csv']
    assert found('a/sub*/Logs/*') == ['a/sub 1/Logs/x.csv']
    assert found('**/s*/**/x.csv') == ['a/sub 1/Logs/x.csv']
    assert found('a/**') == found('**')[:-1]
    assert len(found('**')) == 6
    assert len(_open_file.find_files((tmp_path / 'a' / '**' / 'x.csv').as_posix())[0]) == 4


@needs_windows
def test_a_junction_of_windows_is_no_way_for_two_stars(tmp_path):
    import _winapi
    (tmp_path / 'a' / 'b').mkdir(parents=True)
    (tmp_path / 'a' / 'b' / 'x.csv').write_text('x')
    try:
        _winapi.CreateJunction(str(tmp_path / 'a'), str(tmp_path / 'a' / 'Application Data'))
    except OSError as error:
        pytest.skip(f"no junction can be made here: {error}")
    assert len(_open_file.find_files(str(tmp_path / '**' / 'x.csv'))[0]) == 1
    assert len(_open_file.find_files(str(tmp_path / 'a' / 'Application*' / 'b' / 'x.csv'))[0]) == 1


@needs_windows
def test_a_log_on_a_share(log):
    folder = Path(os.environ.get('ITC_TEST_SHARE') or pytest.skip("ITC_TEST_SHARE names no share")) / 'Loj Logs'
    folder.mkdir(exist_ok=True)
    try:
        (folder / 'Server Log.csv').write_text(f"{HEADER}{stamp(5)},INFO,x\n")
        for path in (folder / 'Server Log.csv', folder / '*.csv', folder.parent / '**' / 'Server Log.csv', (folder / '*.csv').as_posix()):
            assert age(run(path, columns=['Time'])) <= 10
    finally:
        shutil.rmtree(folder)


# === HOURS === #

def local(*parts):
    return datetime(*parts).timestamp()  # noqa: DTZ001  logs tell local time


@pytest.mark.parametrize(('since', 'until', 'hours', 'days', 'expected_h'), [
    ((2026, 11, 27, 19), (2026, 11, 28, 9), '08:00-20:00', [], 2), ((2026, 11, 28, 19), (2026, 11, 30, 9), '08:00-20:00', ['mon', 'sat'], 2),
    ((2026, 11, 27, 10), (2026, 11, 27, 12), '08:00-20:00', [], 2), ((2026, 11, 27, 21), (2026, 11, 28, 7), '08:00-20:00', [], 0),
    ((2026, 11, 27, 23), (2026, 11, 28, 5), '22:00-04:00', [], 5), ((2026, 11, 27, 23), (2026, 11, 28, 5), '22:00-04:00', ['sat'], 0),
    ((2026, 11, 27, 10), (2026, 11, 28, 10), '', [], 24), ((2026, 11, 28, 10), (2026, 11, 30, 10), '', ['sun'], 24),
    ((2020, 1, 1, 0), (2026, 11, 30, 0), '', [], 60 * 24)])
def test_only_hours_in_which_rows_are_expected_count(since, until, hours, days, expected_h):
    seconds = _hours.seconds_open(local(*since), local(*until), _hours.parse_hours(hours, 'hours'), _hours.day_numbers(days))
    assert seconds == pytest.approx(expected_h * 3600, abs=3600 if since[0] == 2020 else 1)


def test_a_silent_night_is_not_late(log):
    log.write_text(f"{HEADER}{stamp(7200)},INFO,x\n")
    later, after = (datetime.now() + timedelta(hours=hours) for hours in (2, 3))  # noqa: DTZ005  logs tell local time
    result = run(log, [{'metric': 'open_age_s', 'op': '>', 'warning': 60, 'critical': 600}], columns=['Time'], hours=f'{later:%H:%M}-{after:%H:%M}')
    assert (result.state, values(result)['open_age_s']) == (State.OK, 0)
    assert run(log, [{'metric': 'open_age_s', 'op': '>', 'warning': 60, 'critical': 600}], columns=['Time']).state == State.CRITICAL


def test_a_long_look_for_a_row_ends(log):
    log.write_text(HEADER + 'nothing,"\n' * 400_000)
    with time_limit.of(20):
        started = time.monotonic()
        assert run(log, columns=['Time']).state == State.UNKNOWN
    assert time.monotonic() - started < 5
