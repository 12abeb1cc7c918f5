"""Folders in which backups arrive, on a real disk: found by names, never left by a link, within bounds."""
import os
import tempfile
import time
from pathlib import Path

import pytest
from conftest import nobody

from itc_agent import backup_folders, finders
from itc_agent.backup_folders import File, Walk, series_of
from itc_agent.errors import SourceUnavailable
from itc_agent.scene import Process, Root, Scene

NOW = time.time()


def put(folder, *names, size=2048, age_s=3600):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with open(folder / name, 'wb') as file:
            file.truncate(size)
        os.utime(folder / name, (NOW - age_s, NOW - age_s))
    return folder


def found(root, depth=3):
    walk = Walk(now=NOW)
    walk.into(str(root), depth)
    walk.check_whole()
    return [(one.code, one.settings, one.sure) for one in backup_folders.findings(walk.folders, walk.now)]


def test_dated_dumps_are_a_series_of_odoo(tmp_path):
    put(tmp_path / 'x', 'prod_2026-11-27.dump', 'prod_2026-11-28.dump')
    assert found(tmp_path) == [('odoo_backup_fresh', {'folder': f'{tmp_path.as_posix()}/x', 'pattern': 'prod_*.dump'}, True)]


@pytest.mark.parametrize(('folder', 'names', 'code', 'pattern'), [
    ('Sage', ('Company-112726.ptb', 'Company-112826.ptb'), 'peachtree_backup_fresh', 'Company-*.ptb'),
    ('SQL', ('MAIN_backup_2026_11_28_230005_1234567.bak',), 'cnet_backup_fresh', 'MAIN_backup_*.bak'),
    ('Odoo backups', ('prod_2026-11-28_22-00-00.zip',), 'odoo_backup_fresh', 'prod_*.zip'),
    ('Backups', ('CNET 28.11.2026.zip',), 'cnet_backup_fresh', 'CNET *.zip'),
    ('b', ('odoo-20261128.sql.gz',), 'odoo_backup_fresh', 'odoo-*.sql.gz'),
])
def test_whose_backups_they_are_is_told_by_names_then_by_endings(tmp_path, folder, names, code, pattern):
    put(tmp_path / folder, *names)
    assert found(tmp_path) == [(code, {'folder': f'{tmp_path.as_posix()}/{folder}', 'pattern': pattern}, True)]


def test_two_series_of_a_folder_are_two_proposals(tmp_path):
    put(tmp_path, 'prod_2026-11-28.dump', 'test_2026-11-28.dump')
    assert [settings['pattern'] for _code, settings, _sure in found(tmp_path)] == ['prod_*.dump', 'test_*.dump']


def test_a_folder_for_each_day_counts_as_one(tmp_path):
    for day in ('2026-11-27', '2026-11-28'):
        put(tmp_path / 'odoo' / day, 'prod.dump')
    assert found(tmp_path) == [('odoo_backup_fresh', {'folder': f'{tmp_path.as_posix()}/odoo', 'pattern': 'prod.dump', 'recursive': True}, True)]


def test_windows_images_are_found_and_not_looked_into(tmp_path):
    put(tmp_path / 'WindowsImageBackup' / 'SRV' / 'Backup 2026-11-28', 'odoo_2026-11-28.dump')
    assert found(tmp_path) == [('windowsimage_backup_fresh', {'folder': f'{tmp_path.as_posix()}/WindowsImageBackup'}, True)]


@pytest.mark.parametrize(('names', 'size'), [
    (('photos_2026-11-28.zip',), 2048), (('setup.zip',), 2 ** 21), (('odoo.conf.bak',), 2048), (('prod_2026-11-28.dump',), 100),
    (('notes_2026-11-28.txt',), 2048)])
def test_what_is_no_backup_is_not_found(tmp_path, names, size):
    put(tmp_path, *names, size=size)
    assert found(tmp_path) == []


def test_a_series_that_stopped_is_still_there_but_not_sure(tmp_path):
    put(tmp_path, 'prod_2026-10-01.dump', age_s=40 * 86400)
    assert [sure for _code, _settings, sure in found(tmp_path)] == [False]


def test_an_undated_file_of_a_telling_ending_is_asked_about(tmp_path):
    put(tmp_path, 'CNET.bak', size=2 ** 21)
    assert found(tmp_path) == [('cnet_backup_fresh', {'folder': tmp_path.as_posix(), 'pattern': 'CNET.bak'}, False)]


def test_what_is_told_does_not_change_from_day_to_day(tmp_path):
    put(tmp_path, 'prod_2026-11-27.dump')
    walk = Walk(now=NOW)
    walk.into(str(tmp_path), 1)
    before = list(backup_folders.findings(walk.folders, NOW))
    put(tmp_path, 'prod_2026-11-28.dump', size=4096, age_s=60)
    walk = Walk(now=NOW + 86400)
    walk.into(str(tmp_path), 1)
    assert list(backup_folders.findings(walk.folders, NOW + 86400)) == before


def test_links_are_never_followed(tmp_path):
    put(tmp_path / 'secret', 'prod_2026-11-28.dump')
    (tmp_path / 'open').mkdir()
    (tmp_path / 'open' / 'link').symlink_to(tmp_path / 'secret')
    (tmp_path / 'open' / 'prod_2026-11-27.dump').symlink_to(tmp_path / 'secret' / 'prod_2026-11-28.dump')
    assert found(tmp_path / 'open') == []


def test_another_disk_is_not_entered():
    """``/dev`` and the like lie below ``/`` on disks of their own."""
    walk = Walk()
    walk.into('/', 1)
    other = [path for path in ('/proc', '/sys', '/dev') if os.stat(path).st_dev != os.stat('/').st_dev]
    assert other and not set(other) & set(walk._depths)


def test_the_walk_ends_at_its_depth(tmp_path):
    put(tmp_path / 'a' / 'b', 'prod_2026-11-28.dump')
    assert (found(tmp_path, 1), len(found(tmp_path, 2))) == ([], 1)


def test_too_many_files_are_no_answer(tmp_path):
    put(tmp_path, *(f'prod_2026-11-{day}.dump' for day in range(10, 29)))
    walk = Walk(max_files=5)
    walk.into(str(tmp_path), 1)
    with pytest.raises(SourceUnavailable, match="more files than"):
        walk.check_whole()


def test_time_that_is_over_is_no_answer(tmp_path):
    put(tmp_path, 'prod_2026-11-28.dump')
    walk = Walk(max_s=0)
    walk.into(str(tmp_path), 1)
    with pytest.raises(SourceUnavailable):
        walk.check_whole()
    assert not walk.folders


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() != 0, reason="needs root to take a right away")
def test_a_folder_that_may_not_be_read_is_said():
    with tempfile.TemporaryDirectory() as open_folder:  # tmp_path is hidden from others
        os.chmod(open_folder, 0o755)
        put(Path(open_folder) / 'shut', 'prod_2026-11-28.dump').chmod(0o700)
        put(Path(open_folder) / 'open', 'test_2026-11-28.dump').chmod(0o755)
        walk = Walk()
        with nobody():
            walk.into(open_folder, 1)
    assert list(walk.folders) == [f'{open_folder}/open']
    with pytest.raises(SourceUnavailable, match="may not be read, such as .*/shut"):
        walk.check_whole()


def test_a_name_that_means_something_in_a_pattern_is_not_told_as_one():
    [one] = series_of({'/b': [File('a[1]_2026-11-28.dump', 4096, 1)]})
    assert one.pattern == '*.dump'


def test_backups_beside_a_servers_folder_are_found(tmp_path):
    put(tmp_path / 'srv' / 'backups', 'prod_2026-11-28.dump')
    (tmp_path / 'srv' / 'pgdata').mkdir()
    (tmp_path / 'home' / 'Documents').mkdir(parents=True)
    put(tmp_path / 'home' / 'Documents' / 'Peachtree', 'Co-112826.ptb')
    server = Process(5, 1, 'postgres', ('postgres', '-D', str(tmp_path / 'srv' / 'pgdata')), str(tmp_path / 'srv' / 'pgdata'))
    there = Scene({'processes': lambda: [server], 'homes': lambda: [str(tmp_path / 'home')], 'roots': lambda: [Root(str(tmp_path / 'none'), 2)]})
    below = tmp_path.as_posix()
    assert {one.settings['folder'] for one in finders.find_backups(there)} == {f'{below}/srv/backups', f'{below}/home/Documents/Peachtree'}
