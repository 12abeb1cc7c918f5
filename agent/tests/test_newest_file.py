"""The newest file of real folders: what may not be read, what never counts, and the dates in names."""
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import nobody, wait_for
from fuse_server import GETATTR, Fuse, can_mount

from itc_agent.collectors import newest_file
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def local(*parts):
    """Return a time as it stands in names: of this machine's own clock on the wall."""
    return datetime(*parts)  # noqa: DTZ001  files tell local time


NOW = local(2026, 11, 28, 12, 0).timestamp()
OPENDIR = 27
STALE = [{'metric': 'age_s', 'op': '>', 'warning': 30, 'critical': 50}]
FEW = [{'metric': 'count', 'op': '<', 'warning': None, 'critical': 1}]
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")


def run(folder, limits=None, memory=None, **settings):
    check = make_check(1, 'newest_file', 'newest_file', 60, 10, {'folder': str(folder), **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


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


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
@pytest.mark.parametrize('hangs', [False, True])
def test_a_subfolder_that_is_not_looked_into_is_not_touched(folder, hangs):
    put(folder, 'new.bak', 60)
    (folder / 'share').mkdir()
    with Fuse(folder / 'share', hangs=hangs) as share:
        if not hangs:
            share.die()
        result = run(folder)
    assert (result.state, values(result)['count']) == (State.OK, 1), result.summary


def test_a_folder_that_held_files_and_is_empty_now_is_unknown_also_after_a_restart(folder):
    memory = {}
    for name in ('a.bak', 'b.bak'):
        put(folder, name)
    assert run(folder, memory=memory, pattern='*.bak').state == State.OK
    for path in list(folder.iterdir()):
        path.unlink()
    again = {'kept': json.loads(json.dumps(memory['kept']))}
    for known in (memory, again, {'kept': {'sizes': memory['kept']['sizes']}}):
        result = run(folder, memory=known, pattern='*.bak')
        assert (result.state, values(result)['age_s']) == (State.UNKNOWN, None)
        assert run(folder, FEW, memory=known, pattern='*.bak').state == State.UNKNOWN, "how many lie there nobody knows either"
        assert "before, nothing that matches *.bak now: is the disk there?" in result.summary
    assert "held 2 before" in run(folder, memory=again, pattern='*.bak').summary, "it is asked until something comes"
    assert run(folder, memory=again, pattern='*.zip').state == State.CRITICAL, "the check looks for something else now, and nothing of it ever came"
    (folder / 'other').mkdir()
    assert run(folder / 'other', memory=again, pattern='*.bak').state == State.CRITICAL
    put(folder, 'c.bak', size=0)
    assert run(folder, memory=again, pattern='*.bak').state == State.CRITICAL, "the disk is there, and what came is empty"
    assert run(folder, pattern='*.zip').state == State.CRITICAL, "where nothing ever was, nothing arrived"


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
    assert result.summary == "no file matches * (1 that is unfinished or the system's own)"
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


@pytest.mark.skipif(not hasattr(time, 'tzset'), reason="the zone is the machine's on Windows")
@pytest.mark.parametrize('zone', ['Africa/Addis_Ababa', 'America/New_York'])
def test_dates_in_names_may_be_utc(folder, monkeypatch, zone):
    monkeypatch.setenv('TZ', zone)
    time.tzset()
    try:
        put(folder, f"Backup {datetime.now(timezone.utc) - timedelta(hours=5):%Y-%m-%d %H%M%S}/x.vhdx")
        settings = {'folders': True, 'pattern': 'Backup *', 'name_date': '%Y-%m-%d %H%M%S'}
        assert values(run(folder, name_utc=True, **settings))['age_s'] == pytest.approx(5 * 3600, abs=3)
        assert values(run(folder, **settings))['age_s'] != pytest.approx(5 * 3600, abs=1800)
    finally:
        monkeypatch.undo()
        time.tzset()


# === STILL BEING WRITTEN === #

def test_a_file_that_is_still_being_written_does_not_count_yet(folder):
    put(folder, 'new.bak', 5)
    result = run(folder, STALE, settle_s=60)
    assert (result.state, values(result)) == (State.UNKNOWN, {'age_s': None, 'size_bytes': None, 'count': 0, 'arriving': 1})
    assert result.summary.startswith("new.bak is still being written and no other file matches *")
    put(folder, 'old.bak', 3600)
    result = run(folder, settle_s=60)
    assert values(result) == {'age_s': pytest.approx(3600, abs=3), 'size_bytes': 1, 'count': 1, 'arriving': 1}
    assert result.summary == "old.bak, 1 B; still being written: new.bak"
    assert values(run(folder, settle_s=2))['age_s'] == pytest.approx(5, abs=3)
    assert values(run(folder))['count'] == 2


def test_a_copy_that_keeps_its_old_time_while_it_grows_is_seen_by_its_size(folder):
    memory = {}
    put(folder, 'old.bak', 90_000)
    put(folder, 'copy.bak', 7200, 1000)
    run(folder, memory=memory, settle_s=60)
    put(folder, 'copy.bak', 7200, 2000)
    result = run(folder, memory=memory, settle_s=60)
    assert values(result)['age_s'] == pytest.approx(90_000, abs=3)
    assert values(run(folder, memory=memory, settle_s=60))['arriving'] == 1
    name, (size, since) = 'copy.bak', memory['watched']['copy.bak']
    memory['watched'][name] = (size, since - 61)
    assert values(run(folder, memory=memory, settle_s=60))['age_s'] == pytest.approx(7200, abs=3)


def test_a_real_writer_is_waited_for(folder):
    """Some other program writes the file for a while."""
    put(folder, 'old.bak', 3600)
    code = f"import time\nwith open({str(folder / 'new.bak')!r}, 'wb', 0) as file:\n  for _ in range(20): file.write(bytes(1000)); time.sleep(0.1)\n"
    memory = {}
    with subprocess.Popen([sys.executable, '-c', code]) as writer:
        wait_for(lambda: (folder / 'new.bak').exists())
        while writer.poll() is None:
            result = run(folder, memory=memory, settle_s=1)
            assert writer.poll() is not None or values(result)['age_s'] > 3000
            time.sleep(0.1)
    wait_for(lambda: values(run(folder, memory=memory, settle_s=1))['size_bytes'] == 20_000)


# === LEFT OUT === #

def test_names_and_paths_that_are_left_out(folder):
    put(folder, 'a.zip', 10)
    put(folder, 'a-test.zip', 5)
    put(folder, 'sub/b.zip', 3)
    put(folder, 'sub/old/c.zip', 1)
    settings = {'recursive': True, 'pattern': '*.zip'}
    assert values(run(folder, **settings))['count'] == 4
    assert values(run(folder, exclude='*-test*|sub/old/*', **settings))['age_s'] == pytest.approx(3, abs=3)
    for exclude, count in (('*-test.zip', 3), ('sub', 2), ('old', 3), ('sub/*.zip', 2), ('*', 0), ('b.zip | c.zip', 2)):
        assert values(run(folder, exclude=exclude, **settings))['count'] == count, exclude


@needs_root
def test_a_folder_that_is_left_out_is_not_looked_into(folder):
    put(folder, 'a.zip')
    put(folder, 'closed/b.zip').parent.chmod(0o700)
    with nobody():
        assert run(folder, recursive=True).state == State.UNKNOWN
        assert run(folder, recursive=True, exclude='closed').state == State.OK


# === WHOLE FOLDERS === #

def image(folder, name, hours, size=1000):
    put(folder, f'WindowsImageBackup/ERP-SRV/{name}/disk.vhdx', hours * 3600, size)
    put(folder, f'WindowsImageBackup/ERP-SRV/{name}/components.xml', (hours + 100) * 3600, 10)


def test_the_newest_folder_goes_by_its_newest_content_and_the_size_of_all_of_it(folder):
    image(folder, 'Backup 2026-11-15 010000', 170, 900)
    image(folder, 'Backup 2026-11-22 010000', 3)
    put(folder, 'WindowsImageBackup/ERP-SRV/Catalog/GlobalCatalog', 0, 5)
    put(folder, 'WindowsImageBackup/ERP-SRV/MediaId', 0, 5)
    host = folder / 'WindowsImageBackup' / 'ERP-SRV'
    result = run(host, folders=True, pattern='Backup *')
    assert values(result) == {'age_s': pytest.approx(3 * 3600, abs=3), 'size_bytes': 1010, 'count': 2}
    assert result.summary.startswith("Backup 2026-11-22 010000, 1010 B")
    assert values(run(folder, folders=True, pattern='Backup *', recursive=True))['size_bytes'] == 1010
    assert values(run(folder, folders=True, pattern='WindowsImageBackup'))['age_s'] == pytest.approx(0, abs=3)
    assert values(run(host, folders=True, pattern='Backup *', exclude='*.vhdx'))['size_bytes'] == 10


def test_an_empty_folder_is_no_backup(folder):
    (folder / 'Backup 2026-11-28 010000').mkdir()
    result = run(folder, folders=True, pattern='Backup *')
    assert (result.state, result.summary) == (State.CRITICAL, "no folder matches Backup * with at least 1 B (1 smaller)")
    put(folder, 'Backup 2026-11-28 010000/x.part')
    assert run(folder, folders=True, pattern='Backup *').state == State.CRITICAL
    put(folder, 'Backup.zip')
    assert run(folder, folders=True, pattern='Backup*').state == State.CRITICAL


def test_a_folder_that_is_still_being_filled_does_not_count_yet(folder):
    image(folder, 'Backup 2026-11-15 010000', 170)
    put(folder, 'WindowsImageBackup/ERP-SRV/Backup 2026-11-22 010000/disk.vhdx')
    settings = {'folders': True, 'pattern': 'Backup *', 'recursive': True, 'settle_s': 600}
    assert values(run(folder, **settings))['age_s'] == pytest.approx(170 * 3600, abs=3)


@needs_root
def test_a_folder_of_which_a_part_may_not_be_read_is_unknown(folder):
    image(folder, 'Backup 2026-11-22 010000', 3)
    put(folder, 'WindowsImageBackup/ERP-SRV/Backup 2026-11-22 010000/closed/x').parent.chmod(0o700)
    with nobody():
        result = run(folder, folders=True, pattern='Backup *', recursive=True)
    assert (result.state, "closed: Permission denied" in result.summary) == (State.UNKNOWN, True)


# === SIZE AGAINST ITS OWN HISTORY === #

def test_a_backup_that_is_much_smaller_than_usual_is_said_by_how_much(folder):
    for day, size in enumerate((1000, 1010, 990, 1020, 1005, 995, 400)):
        put(folder, f'{day}.bak', 1000 - day, size)
    limits = [{'metric': 'size_change_pct', 'op': '<', 'warning': -20, 'critical': -70}]
    memory = {}
    result = run(folder, limits, memory)
    assert result.state == State.WARNING
    assert "6.bak, 400 B, 60 % smaller than usual (1002 B, median of 6)" in result.summary
    assert values(result)['size_change_pct'] == -60.1
    assert values(result)['size_deviation'] < -30
    again = run(folder, limits, memory)
    assert values(again)['size_change_pct'] == -60.1
    put(folder, '7.bak', 1, 1004)
    assert "7.bak, 1004 B, as large as usual (1000 B, median of 7)" in run(folder, limits, memory).summary


def test_sizes_are_kept_when_the_old_files_are_gone(folder):
    memory = {}
    for day in range(40):
        put(folder, 'only.bak', (50 - day) * 86400, 1000 + day)
        result = run(folder, memory=memory)
    assert len(memory['kept']['sizes']) == newest_file.MOST_SIZES
    assert values(result)['size_change_pct'] == pytest.approx(1.5, abs=0.1)
    json.dumps(memory['kept'])
    memory = {'kept': {'sizes': 'garbage'}}
    assert run(folder, memory=memory).state == State.OK


def test_what_is_kept_of_long_paths_stays_small(folder):
    memory = {}
    for number in range(8):
        put(folder, '/'.join(['x' * 200] * 10 + [f'{number}.bak']), 1000 - number, 500)
    assert values(run(folder, memory=memory, recursive=True))['size_change_pct'] == 0
    run(folder, memory=memory, recursive=True)
    assert len(memory['kept']['sizes']) == 8
    assert len(json.dumps(memory['kept'])) < 2000


def test_too_few_sizes_say_nothing_and_a_growing_file_is_one(folder):
    memory = {}
    for step in range(20):
        put(folder, 'growing.bak', 2000 - step * 60, 1000 + step)
        assert 'size_change_pct' not in values(run(folder, memory=memory))
    assert len(memory['kept']['sizes']) == 1


def test_settings_of_the_newest_file_that_make_no_sense_are_refused():
    for wrong in (
            {'settle_s': -1}, {'settle_s': 1e9}, {'min_bytes': -1}, {'folder': 'x'}, {'pattern': 'daily/*.zip'}, {'pattern': '*.zip|a/b'}, {'pattern': ' | '}):
        assert make_check(1, 'x', 'newest_file', 60, 10, {'folder': '/tmp', **wrong}).problem
