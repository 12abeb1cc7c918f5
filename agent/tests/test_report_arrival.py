"""Reports that have to come: real workbooks and shortcuts, the period that is owed, copies of the old one, and all that is no report yet."""
import errno
import io
import json
import os
import random
import shutil
import struct
import tempfile
import time
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from conftest import nobody
from fuse_server import Fuse, can_mount

from itc_agent.collectors import _dates, _folder, _periods, _report_child, _shortcut, report_arrival
from itc_agent.results import Check, State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'report_arrival'
OPENDIR = 27
TODAY = {'name_date': '%Y-%m-%d', 'due_time': '00:00', 'grace_min': 0, 'settle_s': 0}
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")


def run(*folders, memory=None, limits=None, **settings):
    check = make_check(1, 'x', 'report_arrival', 900, 60, {'folders': [str(one) for one in folders], **TODAY, **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def values(result):
    reading, = result.readings
    return reading.values


def day(back=0):
    return date.today() - timedelta(days=back)  # noqa: DTZ011  names hold local days


def workbook(path, rows, sheets=('Sheet1',)):
    book = pytest.importorskip('openpyxl').Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


@pytest.fixture
def folder():
    """Return the Sales Report folder of the handbook, into which everybody may go."""
    home = Path(tempfile.mkdtemp())
    path = home / 'Documents' / 'Loj' / 'Sales Report'
    path.mkdir(parents=True)
    for one in (home, home / 'Documents', home / 'Documents' / 'Loj', path):
        one.chmod(0o755)
    yield path
    shutil.rmtree(home)


ROWS = [['Item', 'Sold'], ['ቡና', 5], ['Tea', 7]]


# === THE REPORT OF THIS PERIOD === #

def test_the_workbook_of_today_is_there_and_its_rows_are_counted(folder):
    workbook(folder / f'daily {day(1)}.xlsx', ROWS)
    result = run(folder)
    assert (result.state, values(result)['overdue_s'] >= 0) == (State.CRITICAL, True)
    assert f"no report of {day()}, due {day()} 00:00; the newest is daily {day(1)}.xlsx" in result.summary
    path = workbook(folder / f'daily {day()}.xlsx', [*ROWS, ['Cake', 1]])
    result = run(folder)
    assert (result.state, values(result)) == (
        State.OK, {'overdue_s': 0, 'age_s': pytest.approx(0, abs=3), 'size_bytes': path.stat().st_size, 'rows': 3})
    assert run(folder, min_rows=4).state == State.WARNING
    assert values(run(folder, header_rows=2))['rows'] == 2


def test_a_report_without_rows_is_a_warning(folder):
    workbook(folder / f'{day()}.xlsx', ROWS[:1])
    result = run(folder)
    assert (result.state, values(result)['rows'], "no rows, at least 1 expected" in result.summary) == (State.WARNING, 0, True)
    assert run(folder, min_rows=0).state == State.OK
    workbook(folder / f'{day()}.xlsx', [*ROWS[:1], [None, None], ['', ' ']])
    assert values(run(folder))['rows'] == 0


@pytest.mark.parametrize(('text', 'codec', 'rows'), [
    ('Item,Sold\r\nቡና,5\r\n"two\r\nlines",7\r\n', 'utf-8-sig', 2), ('Item;Sold\n\n;\nTea;7\n', 'utf-8', 1), ('Item\tSold\nTea\t7\n', 'utf-16', 1),
    ('Item,Sold\nCafé,5', 'cp1252', 1), ('sep=;\nItem;Sold\nTea;5\n', 'utf-8', 1), ('Item,Sold\n', 'utf-8', 0), ('\n\n', 'utf-8', 0),
    ('Item,Sold\n' + 'x,1\n' * 250_000, 'utf-8', 99_999)], ids=lambda one: repr(one)[:20])
def test_rows_of_a_csv(folder, text, codec, rows):
    (folder / f'{day()}.csv').write_bytes(text.encode(codec))
    result = run(folder)
    assert (values(result)['rows'], result.state) == (rows, State.OK if rows else State.WARNING)


def test_the_longest_sheet_counts(folder):
    book = pytest.importorskip('openpyxl').Workbook()
    book.active.append(['Sales Report'])
    sheet = book.create_sheet('Data')
    for number in range(11):
        sheet.append([number])
    book.save(folder / f'{day()}.xlsx')
    assert values(run(folder))['rows'] == 10


# === BOTH FOLDERS OF THE HANDBOOK === #

def shortcut(path, target):
    """Write a shortcut as MS-SHLLINK has it: where the target was last found, on a drive."""
    volume = struct.pack('<4I', 17, 3, 1, 16) + b'\0'
    base = str(target).encode('cp1252') + b'\0'
    start = 0x1C + len(volume)
    info = struct.pack('<7I', start + len(base) + 1, 0x1C, 1, 0x1C, start, 0, start + len(base)) + volume + base + b'\0'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_shortcut.HEADER + struct.pack('<I', 2) + bytes(52) + info + bytes(4))
    return path


def test_the_report_may_be_in_the_folder_or_behind_the_shortcut(folder):
    desktop = folder.parents[2] / 'Desktop'
    shortcut(desktop / 'Sales Report.lnk', folder)
    workbook(folder / f'{day()}.xlsx', ROWS)
    for way in (desktop / 'Sales Report.lnk', desktop / 'Sales Report', folder):
        assert run(way).state == State.OK, way
    assert run(folder, desktop / 'Sales Report.lnk').state == State.OK
    assert run(desktop, desktop / 'Sales Report').state == State.OK


def test_a_shortcut_that_leads_nowhere_is_said(folder):
    desktop = folder.parents[2] / 'Desktop'
    link = shortcut(desktop / 'Sales Report.lnk', folder.parent / 'Old')
    result = run(link)
    assert result.state == State.UNKNOWN
    assert f"the shortcut {link} leads to {folder.parent / 'Old'}, which is not there" in result.summary
    workbook(folder / f'{day()}.xlsx', ROWS)
    result = run(folder, link)
    assert (result.state, "which is not there" in result.summary, values(result)['rows']) == (State.WARNING, True, 2)
    link.write_bytes(b'garbage')
    assert "is no shortcut of Windows" in run(link).summary
    link.write_bytes((SAMPLES / 'share.lnk').read_bytes())
    result = run(link)
    assert (result.state, r"leads to the share \\ERP-SRV\Reports\Sales Report: name the share itself" in result.summary) == (State.UNKNOWN, True)
    link.unlink()
    assert run(link).state == State.UNKNOWN


@pytest.mark.parametrize(('name', 'expected'), [
    ('documents', [r'C:\Users\Loj\Documents\Loj\Sales Report']), ('geez', ['D:\\ሽያጭ\\Sales Report']), ('share', [r'\\ERP-SRV\Reports\Sales Report']),
    ('linkinfo', [r'C:\Users\Loj\Documents\Loj\Sales Report', r'..\Documents\Loj\Sales Report'])])
def test_shortcuts_that_another_program_wrote(name, expected):
    assert _shortcut.parse((SAMPLES / f'{name}.lnk').read_bytes()) == expected


def test_a_relative_shortcut_is_followed_from_where_it_lies(folder):
    (folder.parents[2] / 'Desktop').mkdir()
    link = folder.parents[2] / 'Desktop' / 'Sales Report.lnk'
    shutil.copy(SAMPLES / 'linkinfo.lnk', link)
    assert os.path.realpath(_shortcut.follow(str(link))) == os.path.realpath(folder)


@pytest.mark.parametrize('name', ['documents', 'geez', 'share', 'linkinfo'])
def test_a_shortcut_that_is_cut_or_flipped_anywhere_is_no_failure(name):
    whole = (SAMPLES / f'{name}.lnk').read_bytes()
    for place in range(len(whole)):
        for data in (whole[:place], whole[:place] + b'\xff' + whole[place + 1:]):
            try:
                assert all(isinstance(one, str) for one in _shortcut.parse(data))
            except ValueError as error:
                assert "shortcut" in str(error)


def test_one_folder_that_is_not_there_matters_only_when_the_report_is_missing(folder):
    assert run(folder, folder / 'no').state == State.UNKNOWN
    workbook(folder / f'{day()}.xlsx', ROWS)
    result = run(folder, folder / 'no')
    assert (result.state, "No such file" in result.summary) == (State.OK, True)


# === NOT THE OLD ONE === #

def test_the_old_report_under_a_new_name_is_critical(folder):
    workbook(folder / f'{day(1)}.xlsx', ROWS)
    shutil.copy(folder / f'{day(1)}.xlsx', folder / f'{day()}.xlsx')
    result = run(folder)
    assert (result.state, f"{day()}.xlsx has the same bytes as the report of {day(1)}.xlsx" in result.summary) == (State.CRITICAL, True)
    workbook(folder / f'{day()}.xlsx', [*ROWS, ['Cake', 1]])
    assert run(folder).state == State.OK


def test_the_digest_of_the_period_before_is_kept_when_its_file_is_gone(folder, monkeypatch):
    memory = {}
    path = workbook(folder / 'sales.xlsx', ROWS)
    assert run(folder, name_date='', memory=memory).state == State.OK
    assert list(memory['kept']['reports']) == [day().isoformat()]
    memory = {'kept': json.loads(json.dumps(memory['kept']).replace(day().isoformat(), day(1).isoformat()))}
    result = run(folder, name_date='', memory=memory)
    assert (result.state, f"sales.xlsx has the same bytes as the report of {day(1)}" in result.summary) == (State.CRITICAL, True)
    assert run(folder, name_date='', memory=memory).state == State.CRITICAL
    workbook(path, [*ROWS, ['Cake', 1]])
    assert run(folder, name_date='', memory=memory).state == State.OK
    for garbage in ({'reports': 'x'}, {'reports': {'x': 1}}):
        assert run(folder, name_date='', memory={'kept': garbage}).state == State.OK


def test_only_the_last_periods_are_kept():
    kept = {}
    for number in range(40):
        begin = date(2026, 1, 1) + timedelta(days=number)
        assert not report_arrival.same_report(kept, _periods.Period(begin, begin + timedelta(days=1), datetime(2026, 1, 1)), str(number))  # noqa: DTZ001  by the clock on the wall
    assert len(kept['reports']) == report_arrival.MOST_KEPT


def test_a_file_that_has_not_changed_is_not_read_again(folder, monkeypatch):
    workbook(folder / f'{day()}.xlsx', ROWS)
    memory, calls, real = {}, [], report_arrival.programs.run_python
    monkeypatch.setattr(report_arrival.programs, 'run_python', lambda *words, **more: calls.append(1) or real(*words, **more))
    for _look in range(3):
        assert run(folder, memory=memory).state == State.OK
    assert len(calls) == 1


# === WHICH PERIOD === #

def settings_of(**more):
    return make_check(1, 'x', 'report_arrival', 900, 60, {'folders': ['/x'], **more}).settings


def chosen(now, names, **more):
    """Return the period owed at a local time, and the file of it among these names."""
    files = [_folder.FileSeen(name, 1, 0.0) for name in names]
    this, mine, _earlier, _undated = report_arrival.choose(files, settings_of(**more), now.timestamp())
    return this.name, mine and mine.name


def at(*parts):
    return datetime(*parts)  # noqa: DTZ001  reports are due by the clock on the wall


DAYS = [f'2026-11-{number}.xlsx' for number in range(20, 30)]
# 2026-11-28 is a Saturday.
@pytest.mark.parametrize(('now', 'settings', 'expected'), [
    (at(2026, 11, 28, 20, 59), {'due_time': '20:00'}, ('2026-11-27', '2026-11-27.xlsx')),
    (at(2026, 11, 28, 21, 0), {'due_time': '20:00'}, ('2026-11-28', '2026-11-28.xlsx')),
    (at(2026, 11, 28, 9), {'due_time': '08:00', 'about': 'last'}, ('2026-11-28', '2026-11-27.xlsx')),
    (at(2026, 11, 29, 9), {'due_time': '08:00', 'due_days': ['mon', 'tue', 'wed', 'thu', 'fri']}, ('2026-11-27', '2026-11-27.xlsx')),
    (at(2026, 11, 23, 9), {'due_time': '08:00', 'due_days': ['mon', 'fri'], 'about': 'last'}, ('2026-11-23', '2026-11-22.xlsx')),
    (at(2026, 11, 23, 9), {'period': 'week', 'due_time': '08:00', 'about': 'last'}, ('week 2026-W48', '2026-11-22.xlsx')),
    (at(2026, 11, 28, 9), {'period': 'week', 'due_time': '08:00', 'due_days': ['sat']}, ('week 2026-W48', '2026-11-29.xlsx')),
    (at(2026, 11, 28, 8, 30), {'period': 'week', 'due_time': '08:00', 'due_days': ['sat']}, ('week 2026-W47', '2026-11-22.xlsx')),
    (at(2026, 12, 1, 9), {'period': 'month', 'due_time': '08:00', 'about': 'last'}, ('2026-12', '2026-11-29.xlsx')),
    (at(2026, 12, 4, 9), {'period': 'month', 'due_days': ['5']}, ('2026-11', '2026-11-29.xlsx')),
    (at(2027, 1, 1, 9), {'period': 'week', 'due_time': '08:00'}, ('week 2026-W53', None))])
def test_which_report_is_owed_and_which_file_is_it(now, settings, expected):
    assert chosen(now, DAYS, name_date='%Y-%m-%d', **settings) == expected


@pytest.mark.parametrize(('layout', 'period', 'name', 'expected'), [
    ('%G-W%V', 'week', 'weekly 2026-W47.xlsx', 'weekly 2026-W47.xlsx'), ('%G-W%V', 'week', 'weekly 2026-W46.xlsx', None),
    ('%Y-%m', 'month', 'sales 2026-10.xlsx', 'sales 2026-10.xlsx'), ('%b%Y', 'month', 'sales Oct2026.xlsx', 'sales Oct2026.xlsx'),
    ('%Y-%m', 'month', 'sales 2026-13.xlsx', None)])
def test_names_may_tell_only_the_week_or_the_month(layout, period, name, expected):
    assert chosen(at(2026, 11, 28, 9), [name], period=period, name_date=layout, about='last', due_time='08:00')[1] == expected


def test_a_report_of_the_day_after_is_not_the_one_of_the_day():
    assert chosen(at(2026, 11, 28, 9), ['2026-11-28.xlsx'], name_date='%Y-%m-%d', due_time='20:00') == ('2026-11-27', None)


@pytest.mark.parametrize(('changed', 'is_it'), [
    (at(2026, 11, 22, 23, 0), True), (at(2026, 11, 23, 9, 0), True), (at(2026, 11, 27, 9, 0), True), (at(2026, 11, 16, 13, 1), True),
    (at(2026, 11, 16, 12, 59), False), (at(2026, 11, 15, 23, 0), False)])
def test_a_weekly_report_of_sunday_night_is_the_one_that_is_due_on_monday(changed, is_it):
    files = [_folder.FileSeen('Weekly.xlsx', 1, changed.timestamp())]
    settings = settings_of(period='week', due_days=['mon'], due_time='12:00')
    this, mine, earlier, _undated = report_arrival.choose(files, settings, at(2026, 11, 28, 9).timestamp())
    assert (this.name, bool(mine), bool(earlier)) == ('week 2026-W48', is_it, not is_it)


def test_a_late_report_of_the_period_before_is_not_the_one_of_this_period():
    """What the time of the last change cannot tell, the kept digest does."""
    kept = {}
    late, this = (_periods.Period(date(2026, 11, day), date(2026, 11, day + 1), at(2026, 11, day, 12)) for day in (27, 28))
    assert not report_arrival.same_report(kept, late, 'digest')
    assert report_arrival.same_report(kept, this, 'digest') == '2026-11-27'


# === NO REPORT YET, AND NO ANSWER === #

def test_a_report_that_is_still_being_written_is_not_judged(folder):
    path = workbook(folder / f'{day()}.xlsx', ROWS)
    result = run(folder, settle_s=60)
    assert (result.state, f"{day()}.xlsx is still being written" in result.summary) == (State.UNKNOWN, True)
    os.utime(path, (time.time() - 70,) * 2)
    assert run(folder, settle_s=60).state == State.OK
    path.rename(folder / f'~${day()}.xlsx')
    (folder / f'{day()}.xlsx.crdownload').touch()
    assert run(folder).state != State.OK


@pytest.mark.parametrize(('name', 'data', 'state', 'words'), [
    ('x.xlsx', b'', State.CRITICAL, "is no xlsx file"), ('x.xlsx', b'<html>', State.CRITICAL, "is no xlsx file"),
    ('x.xlsx', bytes.fromhex('d0cf11e0a1b11ae1') + bytes(600), State.UNKNOWN, "is protected with a password"),
    ('x.xls', bytes.fromhex('d0cf11e0a1b11ae1') + bytes(600), State.UNKNOWN, "rows of this kind of file cannot be counted"),
    ('x.pdf', b'%PDF-1.7\nx\n%%EOF\n', State.OK, "rows of this kind of file are not counted"),
    ('x.pdf', b'%PDF-1.7\nx', State.CRITICAL, "without its end"),
    ('x.pdf', b'page not found', State.CRITICAL, "is no pdf file"), ('x.csv', b'', State.CRITICAL, "is empty"),
    ('x.csv', bytes(5000), State.UNKNOWN, "binary data"),
    ('x.csv', b'a,b\n"' + b'x' * 3_000_000, State.CRITICAL, "is no readable CSV")], ids=lambda one: repr(one)[:20])
def test_files_that_are_not_whole(folder, name, data, state, words):
    (folder / name.replace('x', str(day()), 1)).write_bytes(data)
    result = run(folder, pattern='*')
    assert (result.state, words in result.summary) == (state, True), result.summary


def test_a_workbook_that_is_cut_or_damaged_anywhere_is_never_fine(folder):
    path = workbook(folder / f'{day()}.xlsx', ROWS * 200)
    whole = path.read_bytes()
    for length in (100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        result = run(folder)
        assert (result.state, "is no whole xlsx file" in result.summary) == (State.CRITICAL, True), result.summary
    sheet = zipfile.ZipFile(path_of(whole, folder)).getinfo('xl/worksheets/sheet1.xml')
    hole = sheet.header_offset + 30 + len(sheet.filename) + 20
    path.write_bytes(whole[:hole] + bytes(50) + whole[hole + 50:])
    assert run(folder).state == State.CRITICAL


def path_of(data, folder):
    (folder / 'copy.bin').write_bytes(data)
    return folder / 'copy.bin'


def zipped(folder, text, repeats=1):
    target = folder / f'{day()}.xlsx'
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as book, book.open('xl/worksheets/sheet1.xml', 'w') as sheet:
        sheet.write(b'<worksheet><sheetData>')
        for _number in range(repeats):
            sheet.write(text)
        sheet.write(b'</sheetData></worksheet>')


def test_workbooks_that_are_meant_to_harm(folder):
    zipped(folder, b' ' * 2 ** 20, 260)
    result = run(folder)
    assert (result.state, "unpacks to more than can be looked at" in result.summary) == (State.UNKNOWN, True)
    zipped(folder, b'<row><c><v>1</v></c></row>' * 1000, 300)
    assert values(run(folder))['rows'] == 99_999
    zipped(folder, b'<row><c>')
    assert "holds a sheet that is no XML" in run(folder).summary
    with zipfile.ZipFile(folder / f'{day()}.xlsx', 'w') as book:
        book.writestr('xl/worksheets/sheet1.xml', '<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>')
    assert (run(folder).state, "holds a document type" in run(folder).summary) == (State.CRITICAL, True)
    with zipfile.ZipFile(folder / f'{day()}.xlsx', 'w') as book:
        book.writestr('x.txt', 'x')
    assert (run(folder).state, "a zip file without any sheet" in run(folder).summary) == (State.UNKNOWN, True)


def empty_zip(*names):
    """Return a zip file that holds these, and no sheet."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, 'w') as book:
        for name in names:
            book.writestr(name, '<w:document/>')
    return data.getvalue()


NO_SHEET, BINARY, PAGE, UNREAD = "without any sheet", "binary data", "a web page or XML", "no text in UTF-8, UTF-16 or Windows-1252"
NOISE = random.Random(15).randbytes(5000)
AT_THE_END = b'Item,Sold\n' + b'Tea,5\n' * 5000


@pytest.mark.parametrize(('name', 'data', 'state', 'words'), [
    ('x.xlsx', empty_zip(), State.UNKNOWN, NO_SHEET), ('x.xlsm', empty_zip('word/document.xml'), State.UNKNOWN, NO_SHEET),
    ('x.csv', empty_zip('a.txt'), State.UNKNOWN, NO_SHEET), ('x.xls', empty_zip('a.txt'), State.UNKNOWN, NO_SHEET),
    ('x.csv', bytes(range(256)) * 8, State.UNKNOWN, BINARY), ('x.csv', NOISE, State.UNKNOWN, BINARY), ('x.txt', NOISE, State.UNKNOWN, BINARY),
    ('x.tsv', b'a,b\n1,\x07\n2,3\n', State.UNKNOWN, BINARY), ('x.csv', AT_THE_END + bytes(512), State.UNKNOWN, BINARY),
    ('x.csv', AT_THE_END + NOISE, State.UNKNOWN, BINARY), ('x.csv', b'\xff\xfe' + NOISE, State.UNKNOWN, UNREAD),
    ('x.csv', bytes(range(128, 256)) * 9, State.UNKNOWN, UNREAD),
    ('x.csv', b'<html>\n<body>\n502 Bad Gateway\n</body></html>', State.UNKNOWN, PAGE),
    ('x.csv', b'\xef\xbb\xbf\r\n <!DOCTYPE html>\n<p>\nLogin\n', State.UNKNOWN, PAGE),
    ('x.csv', '<HTML>\n<b>\nLogin\n'.encode('utf-16'), State.UNKNOWN, PAGE), ('x.txt', b'<?xml version="1.0"?>\n<Error>\n</Error>', State.UNKNOWN, PAGE),
    ('x.csv', b'<br />\n<b>Fatal error</b>: out of memory\nin x.php\n', State.UNKNOWN, PAGE),
    ('x.csv', b'{\n  "error": "denied",\n  "code": 403\n}\n', State.UNKNOWN, "is JSON"), ('x.csv', b'[\n {"a": 1},\n {"a": 2}\n]', State.UNKNOWN, "is JSON"),
    ('x.csv', _report_child.OLE + bytes(600), State.UNKNOWN, "a file of another kind (xls)"),
    ('x.csv', b'%PDF-1.7\nx\n%%EOF\n', State.UNKNOWN, "a file of another kind (pdf)"),
    ('x.xls', b'<table>\n<tr>\n', State.UNKNOWN, "does not begin as an xls file does"), ('x.xls', b'', State.UNKNOWN, "does not begin as an xls"),
    ('x.xls', b'%PDF-1.7\nx\n%%EOF\n', State.UNKNOWN, "does not begin as an xls file does"),
    ('x.xlsx', b'%PDF-1.7\nx\n%%EOF\n', State.CRITICAL, "is no xlsx file"),
    ('x.pdf', _report_child.OLE + bytes(600), State.CRITICAL, "is no pdf file"), ('x.pdf', empty_zip('a'), State.CRITICAL, "is no pdf file")],
    ids=lambda one: repr(one)[:24])
def test_a_file_that_is_no_report_is_never_fine(folder, name, data, state, words):
    (folder / name.replace('x', str(day()), 1)).write_bytes(data)
    result = run(folder, pattern='*')
    assert (result.state, words in result.summary) == (state, True), result.summary


@pytest.mark.parametrize('data', [
    'ዕቃ,ሽያጭ\nቡና,5\n'.encode(), 'ዕቃ,ሽያጭ\nቡና,5\n'.encode('utf-8-sig'), 'ዕቃ,ሽያጭ\nቡና,5\n'.encode('utf-16'), 'Item,Sold\nTea,5\n'.encode('utf-16-le'),
    'Désignation,Prix €\nCafé crème – “bio”,5\n'.encode('cp1252'), ('Item,Sold\n' + 'Tea,1\n' * 4000).encode() + 'Café,5\n'.encode('cp1252'),
    ('ዕቃ,ሽያጭ\n' + 'ቡና ጥቁር,5\n' * 100).encode() + 'ቡና'.encode()[:4] + b',7\n', b'Item,Sold\r\nTea,5\r\n\x1a', b'Item,Code\nTea,0109501\x1d10A\n',
    b'<TICKER>,<DATE>\nTea,5\n', b'{Item},{Sold}\nTea,5\n', b'Item,File\nTea,"see %PDF-1.4"\n', b'Item\x0bcode,Sold\nTea,5\n',
    'Артикул;Продано\nЧай;5\n'.encode('cp1251'), b'Item,Sold\r\nTea,5\r\n' + b'\x1a' * 107,
    b'Item,Sold\r\nTea,5\x1a\x1a\r\n\x1a\r\n', b'Item,Sold\r\nTea,5\r\n\x1a\r\n'],
    ids=lambda one: repr(one)[:24])
def test_an_honest_csv_in_any_writing_is_fine(folder, data):
    (folder / f'{day()}.csv').write_bytes(data)
    result = run(folder)
    assert (result.state, values(result)['rows'] >= 1) == (State.OK, True), result.summary


@pytest.mark.parametrize('end', [b'\x1aTea,5\r\n', b'\x1a\r\nTea,5\r\n', b'\x1a' + bytes(20), b'\x1a\r\n\x1b'])
def test_behind_the_end_of_a_text_of_dos_nothing_follows(folder, end):
    (folder / f'{day()}.csv').write_bytes(b'Item,Sold\r\nTea,5\r\n' + end)
    assert run(folder).state == State.UNKNOWN


@pytest.mark.parametrize(('name', 'data'), [
    ('x.ods', empty_zip('content.xml')), ('x.ods', b'x'), ('x.xlsb', empty_zip('xl/worksheets/sheet1.bin')), ('x.xls', _report_child.OLE + bytes(600)),
    ('x.html', b'<html><body>502 Bad Gateway</body></html>'), ('x', b'Item,Sold\nTea,5\n')], ids=lambda one: repr(one)[:24])
def test_a_kind_whose_rows_cannot_be_counted_is_fine_only_where_no_rows_are_asked_for(folder, name, data):
    (folder / name.replace('x', str(day()), 1)).write_bytes(data)
    result = run(folder, pattern='*')
    assert (result.state, "rows of this kind of file cannot be counted" in result.summary) == (State.UNKNOWN, True), result.summary
    result = run(folder, pattern='*', min_rows=0)
    assert (result.state, "rows of this kind of file are not counted" in result.summary) == (State.OK, True), result.summary


def test_a_look_into_a_file_that_hangs_is_ended_and_unknown(folder, monkeypatch, tmp_path):
    workbook(folder / f'{day()}.xlsx', ROWS)
    (tmp_path / 'child.py').write_text('import time; time.sleep(60)')
    monkeypatch.setattr(report_arrival, 'CHILD', str(tmp_path / 'child.py'))
    monkeypatch.setattr(report_arrival, 'CHILD_S', 0.5)
    result = run(folder)
    assert (result.state, "looking into the report did not answer within 0.5 s" in result.summary) == (State.UNKNOWN, True)
    for garbage in ('x', '5'):
        (tmp_path / 'child.py').write_text(f"print({garbage!r})")
        assert (run(folder).state, "gave no answer that can be read" in run(folder).summary) == (State.UNKNOWN, True)


def test_a_file_larger_than_can_be_looked_into_is_unknown(folder, monkeypatch):
    monkeypatch.setattr(report_arrival, 'MOST_BYTES', 2 ** 20)
    (folder / f'{day()}.csv').write_bytes(b'a,b\n' * 300_000)
    result = run(folder)
    assert (result.state, "is larger than 1 MiB" in result.summary) == (State.UNKNOWN, True)


def test_nothing_at_all_is_an_unplugged_disk_and_not_a_missing_report(folder):
    result = run(folder)
    assert (result.state, "no file at all matches *.xlsx|*.csv|*.pdf" in result.summary) == (State.UNKNOWN, True)
    workbook(folder / 'sales final.xlsx', ROWS)
    result = run(folder)
    assert (result.state, "no name holds a readable date %Y-%m-%d (1 without)" in result.summary) == (State.UNKNOWN, True)


def test_without_a_date_in_the_name_the_last_change_counts_and_that_is_said(folder):
    path = workbook(folder / 'sales.xlsx', ROWS)
    result = run(folder, name_date='')
    assert (result.state, "by the time of its last change" in result.summary) == (State.OK, True)
    os.utime(path, (time.time() - 86400 * 2,) * 2)
    assert run(folder, name_date='').state == State.CRITICAL


@needs_root
def test_what_may_not_be_read_is_unknown(folder):
    path = workbook(folder / f'{day()}.xlsx', ROWS)
    path.chmod(0o600)
    with nobody():
        result = run(folder)
        assert (result.state, "Permission denied" in result.summary) == (State.UNKNOWN, True)
    folder.parent.chmod(0o700)
    with nobody():
        result = run(folder)
        assert (result.state, "Permission denied" in result.summary) == (State.UNKNOWN, True)


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
def test_a_share_that_fails_or_hangs_is_unknown_and_the_others_go_on(folder):
    (folder / 'share').mkdir()
    with Fuse(folder / 'share', errors={OPENDIR: errno.EIO}):
        assert "Input/output error" in run(folder / 'share').summary
    workbook(folder / f'{day()}.xlsx', ROWS)
    checks = [Check(number, str(number), 'report_arrival', 60, limit, settings_of(**{**TODAY, 'folders': [str(one)]}))
              for number, (one, limit) in enumerate([(folder / 'share', 1.0), (folder, 30.0)])]
    with Fuse(folder / 'share', hangs=True):
        stuck, fine = Runner().run(checks)
    assert (stuck.state, fine.state) == (State.UNKNOWN, State.OK)


@pytest.mark.parametrize(('wrong', 'words'), [
    ({'folders': []}, "folders: expected"), ({'folders': ['Documents']}, "folders: expected"), ({'period': 'year'}, "period: expected"),
    ({'due_time': '25:00'}, "due_time: expected"), ({'due_time': 'noon'}, "due_time: expected"), ({'due_days': ['someday']}, "due_days: expected"),
    ({'period': 'week', 'due_days': ['mon', 'tue']}, "one day of the week"), ({'period': 'month', 'due_days': ['31']}, "1 to 28"),
    ({'name_date': '%Y-%m'}, "a month and a day"), ({'name_date': '%G-W%V'}, "name_date: expected"), ({'about': 'next'}, "about: expected"),
    ({'min_rows': -1}, "expected 0 or more"), ({'period': 'week', 'name_date': '%Y-%m'}, "a month and a day")])
def test_settings_that_cannot_be_meant_are_refused(wrong, words):
    assert words in make_check(1, 'x', 'report_arrival', 900, 60, {'folders': ['/x'], **wrong}).problem


def test_the_layouts_of_weeks_and_months_are_for_these_only():
    _dates.check_period_layout('%G-W%V', 'week')
    _dates.check_period_layout('%m_%y', 'month')
    assert _report_child.kind_of(b'PK\3\4', 'a.csv')[0] == 'xlsx'


def test_a_csv_whose_first_column_begins_as_a_zip_file_is_a_csv():
    assert _report_child.kind_of(b'PK,Name\n1,a\n', 'a.csv')[0] == 'csv'
    assert _report_child.kind_of(b'PK\5\6', 'a.csv')[0] == 'xlsx'
    with pytest.raises(_report_child.Broken, match="no xlsx file"):
        _report_child.kind_of(b'PK,Name\n', 'a.xlsx')
