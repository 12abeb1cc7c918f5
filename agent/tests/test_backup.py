"""The backups of a place: which are told, how far each was proven, what is read once and only once, and what says nothing about them."""
import hashlib
import json
import os
import shutil
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from backup_files import SAMPLES, cut, flip, odoo_zip, punch, sql, windows_image
from backup_looks import Look, aged, needs_root, own_folder, own_state
from conftest import nobody

from itc_agent import backups_told, state_place, wire
from itc_agent.collectors import _backup_list, _backup_work, backup
from itc_agent.collectors._backup_codes import CODES
from itc_agent.collectors._folder import Wanted
from itc_agent.results import Reading, Result, State

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    return own_state(tmp_path, monkeypatch)


@pytest.fixture
def folder(tmp_path):
    return own_folder(tmp_path)


# === EACH KIND === #

def test_every_bad_kind_is_told_by_its_own_reason(folder):
    made = {'whole.zip': ('readable', ''), 'zero.zip': ('seen', 'empty'), 'cut.zip': ('settled', 'cut'), 'bit.zip': ('settled', 'crc'),
            'hole.zip': ('settled', 'hole'), 'end.zip': ('settled', 'no_end_marker'), 'other.zip': ('settled', 'other_database'),
            'locked.zip': ('settled', 'encrypted'), 'text.zip': ('settled', 'wrong_format'), 'future.zip': ('seen', 'future'),
            'left over.zip.part': ('seen', 'partial_name'), 'files.zip': ('settled', 'missing_part')}
    for name in ('whole.zip', 'cut.zip', 'bit.zip', 'hole.zip', 'future.zip'):
        odoo_zip(folder / name)
    cut(folder / 'cut.zip', -3000)
    flip(folder / 'bit.zip', 9000)
    punch(folder / 'hole.zip', 8192)
    aged(folder / 'future.zip', -4000)
    odoo_zip(folder / 'end.zip', text=sql(end=b""))
    odoo_zip(folder / 'other.zip', database='test')
    odoo_zip(folder / 'files.zip', files=0)
    (folder / 'zero.zip').write_bytes(b'')
    (folder / 'text.zip').write_text("no archive")
    (folder / 'left over.zip.part').write_bytes(b'PK')
    shutil.copy(SAMPLES / 'locked.zip', folder / 'locked.zip')
    looks = Look(folder, database='prod', pattern='*.zip')
    looks()
    assert looks.reasons() == {name: ('settled', 'unread') if level != 'seen' else (level, reason) for name, (level, reason) in made.items()}
    looks.until_read()
    assert looks.reasons() == made
    told = looks.files['whole.zip']
    assert told == {
        'name': 'whole.zip', 'size': (folder / 'whole.zip').stat().st_size, 'modified_at': told['modified_at'],
        'sha256': hashlib.sha256((folder / 'whole.zip').read_bytes()).hexdigest(), 'hashed': told['size'], 'level': 'readable', 'reason': '', 'detail': '',
        'format': 'odoo_zip', 'content': told['content'], 'medium': told['medium'], 'volume': told['volume']}
    assert told['content']['database'] == 'prod' and told['modified_at'].endswith('+00:00')
    # What is broken has its hash all the same: the same bytes elsewhere are as broken.
    assert looks.files['bit.zip']['sha256'] == hashlib.sha256((folder / 'bit.zip').read_bytes()).hexdigest()
    assert all(one['detail'] for one in looks.files.values() if one['reason'])
    assert looks.result.readings[0].values['broken'] == 8 and looks.result.readings[0].backups['count'] == 11
    assert looks.result.state == State.UNKNOWN and "future" in looks.result.summary


@pytest.mark.parametrize(('reason', 'state'), [
    ('', State.OK), ('unread', State.OK), ('cut', State.CRITICAL), ('other_database', State.CRITICAL), ('encrypted', State.UNKNOWN),
    ('not_provable', State.WARNING), ('no_permission', State.UNKNOWN), ('changed', State.OK)])
def test_the_check_is_judged_by_its_newest_finished_backup(reason, state):
    def one(name, at, why):
        level = 'readable' if not why else 'seen' if why in ('growing', 'partial_name', 'future', 'empty') else 'settled'
        return backup.Backup(_backup_list.Entry(name, 1000, at, at, 'k'), level, why)

    settings = backup.BackupSettings(folder='/srv')
    reading = backup.parse([one('new', 990, 'growing'), one('mine', 900, reason), one('old', 500, 'cut')], 3, settings, 1000)
    assert (reading.finding, reading.values['age_s'], reading.values['size_bytes']) == (state, 100, 1000)
    assert reading.values['level'] == (2 if not reason else 1)
    assert "mine" in reading.text and "not finished: new" in reading.text
    assert backup.parse([], 0, settings, 1000).finding == State.CRITICAL
    assert backup.parse([one('new', 990, 'growing')], 1, settings, 1000).finding == State.UNKNOWN
    assert set(CODES) >= {reason} - {''}


def test_what_is_being_written_is_not_read(folder):
    looks = Look(folder, settle_s=60)
    odoo_zip(folder / 'a.zip')
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('seen', 'growing')}, "a copy with an old time is as new, by what nobody can set"
    aged(folder / 'a.zip', 9000)
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('seen', 'growing')}
    one = _backup_list.Entry('a', 5, 0, 0, 'k')
    assert not _backup_list.is_growing(one, 1000, 60, None) and not _backup_list.is_growing(one, 1000, 60, ('k', float('-inf')))
    assert _backup_list.is_growing(one, 1000, 60, ('k', 950)) and not _backup_list.is_growing(one, 1000, 60, ('k', 930))
    assert not _backup_list.is_growing(one, 1000, 0, ('k', 999))


def test_a_file_that_grows_while_it_is_read_says_nothing(folder, monkeypatch):
    odoo_zip(folder / 'a.zip')
    before = _backup_work.programs.run_python

    def meanwhile(*arguments, **more):
        answer = before(*arguments, **more)
        return {**answer, 'key': 'another', 'code': 'growing'}

    monkeypatch.setattr(_backup_work.programs, 'run_python', meanwhile)
    looks = Look(folder)
    looks()
    assert _backup_work.workshop.wait(30)
    monkeypatch.setattr(_backup_work.programs, 'run_python', before)
    assert looks.until_read().state == State.OK and looks.reasons() == {'a.zip': ('readable', '')}


# === ONCE, AND ONLY ONCE === #

def test_a_second_look_reads_nothing_and_a_changed_file_is_read_anew(folder, state, monkeypatch):
    begun = []
    before = _backup_work.programs.run_python
    monkeypatch.setattr(_backup_work.programs, 'run_python', lambda file, job, *rest, **more: begun.append(job) or before(file, job, *rest, **more))
    path = odoo_zip(folder / 'a.zip')
    odoo_zip(folder / 'b.zip')
    looks = Look(folder)
    looks.until_read()
    first = looks.files['a.zip']['sha256']
    assert len(begun) == 2
    looks.until_read()
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # the agent was started anew
    looks = Look(folder)
    looks.until_read()
    assert len(begun) == 2 and looks.reasons() == {'a.zip': ('readable', ''), 'b.zip': ('readable', '')}

    data = bytearray(path.read_bytes())
    data[8] ^= 0  # the same size, another time
    path.write_bytes(data)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    looks()
    told = looks.files['a.zip']
    assert (told['level'], told['reason'], told['sha256'], told['content']) == ('settled', 'changed', None, {'changed_from': first})
    looks.until_read()
    assert looks.files['a.zip']['content'].get('changed_from') is None, "it holds what it held"

    odoo_zip(path, database='other')
    looks.until_read()
    told = looks.files['a.zip']
    assert (told['level'], told['content']['changed_from'], told['content']['database']) == ('readable', first, 'other')
    assert told['sha256'] == hashlib.sha256(path.read_bytes()).hexdigest() != first
    assert len(begun) == 4 and not list(state.rglob('*.progress'))

    # Another format to be read as, or another database to be of: read again, not hashed again, and both checks may look in turn.
    other, looks = looks, Look(folder, format='odoo_zip', database='prod')
    looks.until_read()
    other.until_read()
    assert other.reasons() == {'a.zip': ('readable', ''), 'b.zip': ('readable', '')}
    looks.until_read()
    assert len(begun) == 6
    assert looks.reasons() == {'a.zip': ('settled', 'other_database'), 'b.zip': ('readable', '')}
    assert [job['sha256'] for job in begun[4:]] == [looks.files[name]['sha256'] for name in ('a.zip', 'b.zip')]
    (folder / 'a.zip').unlink()
    looks()
    assert list(looks.files) == ['b.zip']
    seen = _backup_work.workshop.place(looks.check.settings.mark)._seen
    seen |= {slot: float('-inf') for slot in seen if slot.endswith('a.zip')}  # a day later
    looks()
    assert [slot.partition(':')[2] for slot in json.loads(next(state.rglob('known.json')).read_text())['files']] == ['b.zip']


@pytest.fixture
def hashed(monkeypatch):
    """Return the names of the files that the child hashed, in their order."""
    names, before = [], _backup_work.programs.run_python

    def run(file, job, *rest, **more):
        if not job['sha256']:
            names.append(os.path.basename(job['path']))
        return before(file, job, *rest, **more)

    monkeypatch.setattr(_backup_work.programs, 'run_python', run)
    return names


def test_what_several_checks_look_at_in_one_folder_is_hashed_once(folder, tmp_path, hashed, monkeypatch):
    """Where backups are made in MEGA's folder it is a place of two kinds."""
    for name in ('a.zip', 'b.zip'):
        odoo_zip(folder / name)
    (tmp_path / 'link').symlink_to(folder)
    made = [Look(folder, pattern='*.zip'), Look(f'{folder}/', exclude='b*'), Look(tmp_path / 'link', recursive=True, format='odoo_zip', database='prod')]
    for looks in made:
        looks()  # before anything is read
    assert _backup_work.workshop.wait(60)
    for looks in made:
        looks()
        assert set(looks.reasons().values()) == {('readable', '')}, looks.reasons()
    assert [len(looks.files) for looks in made] == [2, 1, 2] and sorted(hashed) == ['a.zip', 'b.zip']
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())  # the agent was started anew, and the pattern is another
    looks = Look(folder, pattern='a*|b*')
    looks.until_read()
    assert set(looks.reasons().values()) == {('readable', '')} and len(hashed) == 2


def test_what_is_no_longer_among_the_newest_is_known_while_it_lies_there(folder, hashed, monkeypatch):
    for name, age_s in (('old.zip', 900), ('older.zip', 999)):
        aged(odoo_zip(folder / name), age_s)
    looks = Look(folder, keep=2)
    looks.until_read()
    for name in ('new.zip', 'newer.zip'):
        odoo_zip(folder / name)
    looks.until_read()
    place = _backup_work.workshop.place(looks.check.settings.mark)
    for _day in range(2):
        place._seen |= dict.fromkeys(place._seen, float('-inf'))
        place._looked_for.clear()
        looks()
        assert set(looks.files) == {'new.zip', 'newer.zip'} and len(place.files) == 4
    for name in ('new.zip', 'newer.zip', 'older.zip'):
        (folder / name).unlink()
    looks()
    assert looks.reasons() == {'old.zip': ('readable', '')} and len(hashed) == 4
    place._seen |= dict.fromkeys(place._seen, float('-inf'))
    place._looked_for.clear()
    looks()
    assert [slot.partition(':')[2] for slot in place.files] == ['old.zip'], "the others are gone"
    for number in range(4):
        odoo_zip(folder / f'{number}.zip')
    monkeypatch.setattr(_backup_work, 'MOST_FILES', 3)
    looks = Look(folder)
    looks.until_read()
    looks()
    assert len(place.files) == 5, "what is listed is known, however much it is"
    looks = Look(folder, keep=1)
    looks()
    assert len(place.files) == 3 and len(hashed) == 8


def test_what_cannot_be_looked_for_is_not_gone(tmp_path, monkeypatch):
    assert _backup_work.is_gone(str(tmp_path / 'x')) and not _backup_work.is_gone(str(tmp_path))

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_backup_work.os, 'lstat', refuse)
    assert not _backup_work.is_gone(str(tmp_path / 'x'))


def test_a_disk_that_takes_its_time_to_say_what_is_gone_keeps_nobody_waiting(folder, monkeypatch):
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    place, heard = _backup_work.workshop.place(looks.check.settings.mark), []

    def ask(_path):
        other = threading.Thread(target=lambda: heard.append(place.get('x')), daemon=True)
        other.start()
        other.join(2)
        return True

    monkeypatch.setattr(_backup_work, 'is_gone', ask)
    slot, = place.files
    place.files['other:gone.zip'] = place.files['x'] = dict(place.files[slot])
    place.files[f'{slot}x'] = dict(place.files[slot])
    place._seen[f'{slot}x'] = float('-inf')
    looks()
    assert len(heard) == 1 and set(place.files) == {slot, 'other:gone.zip', 'x'}


def test_what_an_earlier_agent_knew_is_known(folder, state, hashed, monkeypatch):
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    (state / 'backups' / looks.check.settings.mark).rename(state / 'backups' / looks.check.settings.former_mark)
    (state / 'backups' / looks.check.settings.former_mark / 'half.progress').write_text("x")
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())
    looks = Look(folder)
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('readable', '')} and hashed == ['a.zip']
    assert [path.relative_to(state / 'backups').as_posix() for path in sorted((state / 'backups').rglob('*.*'))] == [
        f'{looks.check.settings.mark}/{name}' for name in ('half.progress', 'known.json')]


def test_how_far_a_hash_is_stays_while_any_check_waits_for_it(state):
    place = _backup_work.workshop.place('x')
    for slot in 'abc':
        place.progress_file(slot, 'k').write_text("x")
    place.tidy([('a', 'k')], 'one')
    assert len(list(state.rglob('*.progress'))) == 3, "another check has not looked yet"
    place._since = float('-inf')
    place.tidy([('b', 'k')], 'other')
    assert sorted(state.rglob('*.progress')) == sorted(place.progress_file(slot, 'k') for slot in 'ab')
    place.tidy([], 'one')
    assert list(state.rglob('*.progress')) == [place.progress_file('b', 'k')]


def test_other_settings_of_a_check_replace_what_it_wanted_before(folder, state, monkeypatch):
    monkeypatch.setattr(_backup_work.Workshop, '_run', lambda self: None)
    odoo_zip(folder / 'a.zip')
    looks, other = Look(folder, rate_mb_s=1), Look(folder)
    looks()
    other()
    looks.anew(rate_mb_s=3, database='prod')
    looks()
    offers = _backup_work.workshop._offers
    assert sorted((job.rate, job.database) for _place, jobs, _at in offers.values() for job in jobs) == [(0, ''), (3e6, 'prod')]
    place = _backup_work.workshop.place(looks.check.settings.mark)
    assert len(place._wanted) == 2


def test_a_folder_is_one_backup(folder):
    one = windows_image(folder)
    looks = Look(one.parent, format='windows_image', pattern='Backup *')
    looks.until_read()
    told = looks.files['Backup 2026-11-28 201512']
    assert (told['level'], told['format'], told['content']['taken_at']) == ('readable', 'windows_image', '2026-11-28T20:15:12+00:00')
    rows = sorted([path.relative_to(one).as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()] for path in one.iterdir())
    assert told['sha256'] == hashlib.sha256(json.dumps(rows, separators=(',', ':'), ensure_ascii=False).encode()).hexdigest()
    assert told['size'] == told['hashed'] == sum(row[1] for row in rows)
    (one / 'more.xml').write_text("x")
    looks()
    assert looks.reasons() == {'Backup 2026-11-28 201512': ('settled', 'changed')}
    assert Look(one.parent, format='odoo_zip', pattern='Backup *')().state == State.CRITICAL, "files are looked for there"


# === WHAT SAYS NOTHING === #

def test_a_folder_that_was_emptied_holds_no_backup(folder):
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    (folder / 'a.zip').unlink()
    assert looks().state == State.CRITICAL and looks.files == {} and looks.result.readings[0].backups['count'] == 0


@needs_root
def test_what_may_not_be_read_is_unknown(folder, state):
    for one in (state, *folder.parents[:3]):
        one.chmod(0o777)
    odoo_zip(folder / 'a.zip').chmod(0o600)
    looks = Look(folder, recursive=True)
    with nobody():
        looks.until_read()
        assert (looks.result.state, looks.reasons()) == (State.UNKNOWN, {'a.zip': ('settled', 'no_permission')})
        assert looks.files['a.zip']['sha256'] is None
    (folder / 'shut').mkdir(mode=0o700)
    with nobody():
        assert looks().state == State.UNKNOWN and looks.files is None and "what is newest cannot be told" in looks.result.summary
    folder.chmod(0o700)
    with nobody():
        assert looks().state == State.UNKNOWN and "Permission denied" in looks.result.summary


def test_without_a_state_folder_it_works_for_as_long_as_it_runs(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(state_place, '_place', {'folder': tmp_path / 'no' / 'such'})
    odoo_zip(folder / 'a.zip')
    looks = Look(folder)
    looks.until_read()
    assert looks.reasons() == {'a.zip': ('readable', '')}


# === LISTING === #

def test_a_hundred_thousand_files_are_listed_in_time_and_without_memory(tmp_path):
    home = Path('/dev/shm') if os.access('/dev/shm', os.W_OK) else tmp_path
    many = home / f'itc-many-{os.getpid()}'
    many.mkdir()
    try:
        for number in range(100_000):
            os.mknod(many / f'{number}.zip')
        os.utime(many / '77.zip', (2e9, 2e9))
        tracemalloc.start()
        began = time.monotonic()
        found = _backup_list.newest(str(many), Wanted(('*.zip',)), 40, lambda _path, _is_folder: True)
        took, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (found.count, len(found.entries), found.entries[0].name) == (100_000, 40, '77.zip')
        assert peak < 2**20 and took < 30, (peak, took)
    finally:
        tracemalloc.stop()
        shutil.rmtree(many)


def test_names_in_any_script_and_long_paths_are_told(folder):
    deep = folder.joinpath(*['ረጅም' * 20] * 4, 'x' * 100)
    deep.mkdir(parents=True)
    names = ['ምትኬ.zip', '備份 2026.zip', 'a\u202eb.zip', "a'b;$(x).zip", 'line\nbreak.zip', os.fsdecode(b'\xff\xfe.zip'), 'x' * 200 + '.zip']
    for name in names:
        odoo_zip(folder / name)
    odoo_zip(deep / 'deep.zip')
    assert len(str(deep / 'deep.zip')) > 400
    looks = Look(folder, recursive=True, pattern='*.zip')
    looks.until_read()
    assert {one['reason'] for one in looks.files.values()} == {''} and len(looks.files) == len(names) + 1
    assert {'ምትኬ.zip', '備份 2026.zip', "a'b;$(x).zip"} <= set(looks.files)
    assert not any('\n' in name for name in looks.files)
    event = json.loads(wire.backup_event(12, looks.result.readings[0].backups, '2026-11-23T05:12:44.120+00:00', 1.0))
    assert set(event['data']) == {'check', 'count', 'files'} and len(event['data']['files']) == len(names) + 1
    assert len(_backup_list.told_name('y/' * 400)) <= 400
    assert _backup_list.told_name('a' * 500 + '1' + 'b' * 500) != _backup_list.told_name('a' * 500 + '2' + 'b' * 500)


def test_only_the_newest_are_told_and_links_are_left_out(folder):
    for number in range(6):
        aged(odoo_zip(folder / f'{number}.zip', files=1), number * 100)
    (folder / 'sub').mkdir()
    odoo_zip(folder / 'sub' / 'inner.zip')
    (folder / 'round').symlink_to(folder)
    (folder / 'nowhere.zip').symlink_to(folder / 'gone')
    (folder / 'latest.zip').symlink_to(folder / '0.zip')
    (folder / 'Thumbs.db').write_text("x")
    looks = Look(folder, keep=3)
    looks()
    assert list(looks.files) == ['0.zip', '1.zip', '2.zip'] and looks.result.readings[0].backups['count'] == 6
    looks = Look(folder, keep=3, recursive=True, exclude='0*|sub/x*', pattern='*.zip')
    looks()
    assert list(looks.files) == ['sub/inner.zip', '1.zip', '2.zip']


@pytest.mark.parametrize('settings', [
    {'folder': 'x'}, {'format': 'rar'}, {'settle_s': -1}, {'rate_mb_s': -1}, {'keep': 0}, {'keep': 201}, {'keep': 'many'},
    {'pattern': 'daily/*.zip'}, {'pattern': ''}])
def test_settings_that_make_no_sense_are_refused(settings):
    assert wire.make_check(1, 'x', 'backup', 60, 60, {'folder': '/srv', **settings}).problem


# === TELLING === #

def told(files, count=1):
    check = wire.make_check(12, 'x', 'backup', 60, 60, {'folder': '/srv'})
    return [Result(check, State.OK, '', (Reading('', {}, backups={'count': count, 'files': files}),))]


def test_odoo_is_told_what_changed_and_once_an_hour_that_nothing_did():
    news = backups_told.BackupsTold()
    one = {'name': 'a', 'hashed': 5, 'reason': 'reading'}
    assert news.news(told([one]), 0) == [(12, {'count': 1, 'files': [one]})]
    assert not news.news(told([one]), 3599) and news.news(told([one]), 3600)
    further = {**one, 'hashed': 9}
    assert not news.news(told([further]), 3700) and news.news(told([further]), 3721)
    assert news.news(told([{**further, 'reason': ''}]), 3722) and news.news(told([further], 2), 3723)
    assert not news.news([Result(told([])[0].check, State.UNKNOWN, "may not be read")], 9999)


@pytest.mark.skipif(not (REPOSITORY / 'lib' / 'protocol.py').exists(), reason="the agent stands alone here")
def test_a_folder_that_is_not_mounted_is_told_at_once_and_is_no_empty_one(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from lib import wire_backup
    news, check = backups_told.BackupsTold(), told([])[0].check
    assert news.news(told([], 0), 0)
    [(ident, backups)] = news.news([Result(check, State.UNKNOWN, '', (backup.unmounted('/srv'),))], 1)
    record = json.loads(wire.backup_event(ident, backups, '2026-11-23T05:12:44.120+00:00', 1.0))
    assert record['data'] == {'check': 12, 'count': 0, 'files': [], 'unmounted': True}
    assert wire_backup.parse_backup_event(record['data']) == record['data']
    assert news.news(told([], 0), 2)


def test_an_event_holds_the_newest_that_fit():
    files = [{'name': f'{number}-' + 'ም' * 390, 'detail': "x" * 300, 'size': 1, 'content': {}} for number in range(200)]
    record = wire.backup_event(12, {'count': 500, 'files': files}, '2026-11-23T05:12:44.120+00:00', 1.0)
    data = json.loads(record)['data']
    assert 20 < len(data['files']) < 60 and data['files'] == files[:len(data['files'])] and data['count'] == 500
    assert wire.MAX_BACKUP_BYTES - 2500 < len(wire.canonical(data).encode()) <= wire.MAX_BACKUP_BYTES


@pytest.mark.skipif(not (REPOSITORY / 'lib' / 'protocol.py').exists(), reason="the agent stands alone here")
def test_what_is_told_is_what_the_server_reads(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from lib import protocol, wire_record
    for name in ('=1+1.zip', 'ምትኬ.zip', 'line\nbreak.zip', 'x' * 240 + '.zip.part', os.fsdecode(b'\xff.zip')):
        odoo_zip(folder / name)
    aged(folder / 'ምትኬ.zip', 3e9)
    cut(folder / '=1+1.zip', -99)
    looks = Look(folder, pattern='*.zip', database='prod')
    for step in (looks, looks.until_read):
        step()
        record = json.loads(wire.with_seq(7, wire.backup_event(12, looks.result.readings[0].backups, '2026-11-23T05:12:44.120+00:00', 1.0)))
        found = wire_record.parse_record(record, 7)
        assert [one.level for one in found.backup_files] == [one['level'] for one in record['data']['files']]
        assert [one.name for one in found.backup_files] == [protocol.neutralise(one['name']) for one in record['data']['files']]
    assert sorted(one.reason for one in found.backup_files) == ['', '', '', 'cut', 'partial_name']
