"""The newest file of real folders: what may not be read, what never counts, and the dates in names."""
import errno
import os
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import nobody
from fuse_server import GETATTR, Fuse, can_mount

from itc_agent.collectors import newest_file
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def local(*parts):
    """Return a time as it stands in names: of this machine's own clock on the wall."""
    return datetime(*parts)  # noqa: DTZ001


NOW = local(2026, 11, 28, 12, 0).timestamp()
OPENDIR = 27
STALE = [{'metric': 'age_s', 'op': '>', 'warning': 30, 'critical': 50}]
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")


def run(folder, limits=None, **settings):
    check = make_check(1, 'newest_file', 'newest_file', 60, 10, {'folder': str(folder), **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {}, {})


def values(result):
    reading, = result.readings
    return reading.values


def put(folder, name, seconds=0, size=1):
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - seconds,) * 2)
    return path


@pytest.fixture
def folder():
    """A folder into which everybody may go."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


# === COULD NOT LOOK === #

@needs_root
def test_a_subfolder_that_may_not_be_read_makes_the_newest_file_unknown(folder):
    put(folder, 'old.bak', 7200)
    put(folder, 'closed/new.bak').parent.chmod(0o700)
    with nobody():
        result = run(folder, STALE, recursive=True)
        assert run(folder, STALE).state == State.CRITICAL
    assert result.state == State.UNKNOWN
    assert result.summary.startswith("closed: Permission denied: what is newest cannot be told; newest that could be read: old.bak")
    assert values(result) == {'age_s': None, 'size_bytes': None, 'count': None}
    assert run(folder, STALE, recursive=True).state == State.OK


@needs_root
def test_no_file_in_what_could_be_read_is_not_no_file(folder):
    put(folder, 'closed/new.bak').parent.chmod(0o700)
    put(folder, 'shut/too.bak').parent.chmod(0o700)
    with nobody():
        result = run(folder, recursive=True)
    assert result.state == State.UNKNOWN
    assert "Permission denied (and 1 more)" in result.summary


@needs_root
def test_a_folder_that_only_lists_its_files_is_unknown(folder):
    put(folder, 'sub/new.bak').parent.chmod(0o744)
    with nobody():
        result = run(folder / 'sub', pattern='*.bak')
        assert run(folder / 'sub', pattern='*.zip').state == State.CRITICAL
    assert (result.state, "new.bak: Permission denied" in result.summary) == (State.UNKNOWN, True)


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
@pytest.mark.parametrize(('errors', 'dies', 'words'), [
    ({OPENDIR: errno.EIO}, False, "Input/output error"), ({GETATTR: errno.EIO, OPENDIR: errno.EACCES}, False, "Permission denied"),
    ({}, True, "Transport endpoint is not connected")])
def test_a_subfolder_on_a_volume_that_fails_is_unknown(folder, errors, dies, words):
    put(folder, 'old.bak', 7200)
    (folder / 'share').mkdir()
    with Fuse(folder / 'share', errors=errors) as share:
        if dies:
            share.die()
        result = run(folder, recursive=True)
    assert (result.state, words in result.summary) == (State.UNKNOWN, True)


def test_what_vanished_and_links_that_lead_nowhere_are_nothing_to_look_at(folder):
    put(folder, 'good.bak', 10)
    (folder / 'dangling').symlink_to(folder / 'nowhere')
    (folder / 'round').symlink_to(folder / 'round')
    (folder / 'through').symlink_to(folder / 'good.bak' / 'x')
    assert values(run(folder, recursive=True))['count'] == 1


# === NEVER COUNTED === #

@pytest.mark.parametrize('name', [
    '.DS_Store', 'Thumbs.db', 'THUMBS.DB', 'desktop.ini', 'Desktop.ini', 'ehthumbs.db', '._a.zip', '~$report.xlsx', '.~lock.report.ods#',
    'a.zip.part', 'a.zip.crdownload', 'a.tmp', 'a.TMP', 'a.zip.partial', 'a.zip.filepart', 'a.opdownload', '.a.zip.swp'])
def test_what_is_unfinished_or_the_systems_own_never_counts(folder, name):
    put(folder, name)
    result = run(folder)
    assert (result.state, values(result)) == (State.CRITICAL, {'count': 0})
    assert result.summary == "no file matches * (1 that are unfinished or the system's own)"
    put(folder, 'a.zip', 3600)
    assert values(run(folder)) == {'age_s': pytest.approx(3600, abs=3), 'size_bytes': 1, 'count': 1}


@pytest.mark.parametrize(('name', 'pattern'), [
    ('a.tmp', '*.tmp'), ('a.part', '*.zip|*.part'), ('Thumbs.db', 'thumbs.db' if os.name == 'nt' else 'Thumbs.db'), ('a.part1.rar', '*'), ('part', '*'),
    ('a.tmp.zip', '*'), ('desktop.ini.zip', '*')])
def test_but_does_when_somebody_asks_for_it_or_only_its_middle_looks_so(folder, name, pattern):
    put(folder, name)
    assert values(run(folder, pattern=pattern))['count'] == 1


@pytest.mark.parametrize('name', ['$RECYCLE.BIN', 'System Volume Information', 'lost+found', '@eaDir', '#recycle', '.Trash-1000'])
def test_deleted_files_and_folders_of_the_system_are_not_looked_into(folder, name):
    put(folder, f'{name}/deleted.bak')
    put(folder, 'old.bak', 7200)
    assert values(run(folder, recursive=True))['age_s'] == pytest.approx(7200, abs=3)


@needs_root
def test_a_lost_and_found_that_is_closed_costs_nothing(folder):
    put(folder, 'new.bak')
    (folder / 'lost+found').mkdir(0o700)
    with nobody():
        assert run(folder, recursive=True).state == State.OK


# === DATES IN NAMES === #

@pytest.mark.parametrize(('name', 'layout', 'expected'), [
    ('20261399_20261127.zip', '%Y%m%d', local(2026, 11, 27)),
    ('id99999999-20261127.zip', '%Y%m%d', local(2026, 11, 27)),
    ('99991231_20261127.zip', '%Y%m%d', local(2026, 11, 27)),
    ('from_20261101_to_20261127.zip', '%Y%m%d', local(2026, 11, 27)),
    ('to_20261127_from_20261101.zip', '%Y%m%d', local(2026, 11, 27)),
    ('20261127_next_20261205.zip', '%Y%m%d', local(2026, 11, 27)),
    ('000120261127.zip', '%Y%m%d', local(2026, 11, 27)),
    ('20241220250101.zip', '%Y%m%d', local(2024, 12, 20)),
    ('2026-02-30 2026-02-28.zip', '%Y-%m-%d', local(2026, 2, 28)),
    ('v10.20.30_27.11.26.zip', '%d.%m.%y', local(2026, 11, 27)),
    ('ticket 4711-12-31, 2026-11-27.pdf', '%Y-%m-%d', local(2026, 11, 27)),
    ('1234-05-06_2026-11-27.pdf', '%Y-%m-%d', local(2026, 11, 27)),
    ('2026331.log', '%Y%j', local(2026, 11, 27)),
    ('27Nov2026.log', '%d%b%Y', local(2026, 11, 27)),
    ('db_2026-11-27_23-59-58.zip', '%Y-%m-%d_%H-%M-%S', local(2026, 11, 27, 23, 59, 58)),
    ('20261205.zip', '%Y%m%d', local(2026, 12, 5)),
    ('99991231.zip', '%Y%m%d', None), ('19700101.zip', '%Y%m%d', None), ('report.zip', '%Y%m%d', None), ('2026112', '%Y%m%d', None)])
def test_every_date_in_a_name_is_tried_and_the_newest_real_one_wins(name, layout, expected):
    at = newest_file.parse_name_date(name, layout, NOW)
    assert at == (expected and expected.timestamp())


@pytest.mark.parametrize(('layout', 'words'), [
    ('%m-%d', "expected a year"), ('%d%b_%H%M', "expected a year"), ('%j', "expected a year"), ('%Y-%d', "expected a month"), ('%Y-%M-%d', "expected a month"),
    ('%Y-%m', "expected a month and a day"), ('%Y%m%d-%M', "expected the hour"), ('%Y%m%d-%H%S', "minutes before seconds"),
    ('%Y%Y%m%d', "each part of the date once"), ('%Y%y%m%d', "each part of the date once"), ('%Y%m%d%', "directives"), ('%Y%m%d%%', "directives"),
    ('%Y%m%d %Z', "directives"), ('backup', "expected a year")])
def test_a_layout_that_tells_no_whole_date_is_refused(layout, words):
    problem = make_check(1, 'x', 'newest_file', 60, 10, {'folder': '/tmp', 'name_date': layout}).problem
    assert "name_date: expected" in problem and words in problem


def test_no_file_with_a_readable_date_is_said_as_such(folder):
    put(folder, 'backup-final.zip')
    put(folder, 'backup-99991231.zip')
    result = run(folder, name_date='%Y%m%d')
    assert result.state == State.UNKNOWN
    assert result.summary.startswith("no file has a readable date %Y%m%d in its name (2 without, matching *)")
    put(folder, f'backup-{datetime.now() - timedelta(days=1):%Y%m%d}.zip')  # noqa: DTZ005  names hold local time
    assert values(run(folder, name_date='%Y%m%d'))['count'] == 1


def test_small_files_without_a_date_are_nothing_that_arrived(folder):
    put(folder, 'readme.txt', size=10)
    result = run(folder, name_date='%Y%m%d', min_bytes=1000)
    assert (result.state, values(result)) == (State.CRITICAL, {'count': 0})
    put(folder, 'backup-20261127.zip', size=10)
    put(folder, 'backup.zip', size=2000)
    result = run(folder, name_date='%Y%m%d', min_bytes=1000)
    assert result.summary == "no file matches * with at least 1000 B (1 smaller, 1 without a readable date)"
    assert result.state == State.CRITICAL


def test_a_date_in_the_near_future_is_still_a_doubt_about_the_clock(folder):
    put(folder, f'{datetime.now() + timedelta(days=2):%Y%m%d}.zip')  # noqa: DTZ005  names hold local time
    result = run(folder, name_date='%Y%m%d')
    assert (result.state, "in the future" in result.summary) == (State.UNKNOWN, True)
