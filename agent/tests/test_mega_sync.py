"""MEGA's syncs: a program that prints tables constructed from MEGAcmd's source stands in for it, a real process for its server."""
import os
import shutil
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import psutil
import pytest

from itc_agent.collectors import _backup_list, _backup_mega, _backup_work, mega_sync
from itc_agent.errors import SourceUnavailable
from itc_agent.judge import judge_readings
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

pwd = pytest.importorskip('pwd', reason="users and programs of Linux")
SAMPLES = Path(__file__).parent / 'samples' / 'mega_sync'
HEADER = 'ID|LOCALPATH|REMOTEPATH|RUN_STATE|STATUS|ERROR|SIZE|FILES|DIRS'
NOW = 1_795_867_200.0
ME = psutil.Process().username()


def settings_of(**settings):
    check = make_check(1, 'x', 'mega_sync', 600, 30, settings)
    assert not check.problem, check.problem
    return check.settings


def read(text, now=NOW, kept=None, **settings):
    return mega_sync.parse(text, settings_of(**settings), now, {} if kept is None else kept)


def table(run='Running', status='Synced', error='NO', path='/srv/a'):
    return f'{HEADER}\nx1|{path}|/Backups|{run}|{status}|{error}|1.00 GB|1|0\n'


# === THE TABLE === #

def test_the_samples():
    odoo, cnet, image = read((SAMPLES / 'windows.txt').read_text())
    assert (odoo.item, odoo.finding, odoo.values) == (r'D:\Backups\Odoo', State.OK, {'synced': 1, 'busy_s': 0, 'issues': 0})
    assert (cnet.item, cnet.finding, cnet.values['issues']) == (r'D:\Backups\CNET', State.WARNING, 2)
    assert (image.finding, image.text) == (State.CRITICAL, "MEGA reports an error: Activation failed")
    first, second = read((SAMPLES / 'linux.txt').read_text())
    assert (first.item, first.finding, second.finding) == ('/srv/Sicherung für Büro', State.OK, State.OK)
    assert "not synced yet (syncing" in second.text


@pytest.mark.parametrize(('run', 'status', 'error', 'state', 'words'), [
    ('Running', 'Synced', 'NO', State.OK, "synced"), ('Running', 'Synced', 'Sync Issues (3)', State.WARNING, "3 files or folders are stuck"),
    ('Suspended', 'NONE', 'NO', State.CRITICAL, "is suspended"), ('Suspended', 'Synced', 'NO', State.CRITICAL, "is suspended"),
    ('Disabled', 'NONE', 'NO', State.CRITICAL, "is disabled"), ('Running', 'Synced', 'Remote node not found', State.CRITICAL, "an error: Remote node"),
    ('Running', 'Processing', 'NO', State.UNKNOWN, "does not tell"), ('Running', 'NONE', 'NO', State.UNKNOWN, "does not tell"),
    ('Running', 'Sinkronisiert', 'NO', State.UNKNOWN, "does not tell"), ('Laufend', 'Synced', 'NO', State.UNKNOWN, "does not tell"),
    ('', '', '', State.UNKNOWN, "does not tell"), ('Running', 'Synced', '', State.UNKNOWN, "does not tell"),
    ('Loading', 'NONE', 'NO', State.OK, "not synced yet (loading"), ('Pending', 'NONE', 'NO', State.OK, "not synced yet (pending"),
    ('Running', 'Syncing', 'NO', State.OK, "not synced yet (syncing"), ('Running', 'Pending', 'NO', State.OK, "not synced yet (pending")])
def test_what_mega_says_and_what_it_means(run, status, error, state, words):
    reading, = read(table(run, status, error))
    assert (reading.finding, words in reading.text) == (state, True), reading


def test_a_sync_that_goes_on_for_too_long_is_a_warning_also_over_a_restart():
    kept = {}
    read(table(status='Syncing'), NOW, kept)
    assert kept == {'busy': {'/srv/a': int(NOW)}}
    reading, = read(table(status='Syncing'), NOW + 5 * 3600, kept)
    assert (reading.finding, reading.values['busy_s']) == (State.OK, 5 * 3600)
    reading, = read(table(status='Pending'), NOW + 7 * 3600, kept)
    assert (reading.finding, "not synced yet (pending for 7 h 0 min)" in reading.text) == (State.WARNING, True)
    reading, = read(table(), NOW + 8 * 3600, kept)
    assert (reading.finding, kept) == (State.OK, {'busy': {}})
    for garbage in ({'busy': 5}, {'busy': {'/srv/a': 'x'}}, {'busy': {'/srv/a': NOW + 10 ** 6}}):
        reading, = read(table(status='Syncing'), NOW, garbage)
        assert reading.values['busy_s'] == 0


def test_folders_that_must_be_synced():
    missing, there = read((SAMPLES / 'linux.txt').read_text(), folders=['/srv/backups/CNET/', '/srv/backups/Odoo'])
    assert (missing.item, missing.finding, missing.text) == ('/srv/backups/Odoo', State.CRITICAL, "is no folder that MEGAcmd syncs")
    assert (there.item, there.finding) == ('/srv/backups/CNET/', State.OK)
    assert mega_sync.tidy(r'\\?\D:\Backups\Odoo') == mega_sync.tidy('d:/backups/odoo/')
    assert judge_readings(read((SAMPLES / 'linux.txt').read_text(), folders=['/srv/x']), (), {})[0] == State.CRITICAL


@pytest.mark.parametrize(('text', 'words'), [
    ('', "no sync at all"), ('\n\n', "no sync at all"), (HEADER + '\n', "no sync at all"), ('You are not logged in', "no table of syncs: You are not"),
    (table()[:-20], "broken off"), (table(path='/srv/a|b'), "holds a |"), ('ID|PFAD|ZUSTAND\nx|/srv|Running\n', "no table of syncs"),
    ('\x00' * 500, "no table"), ('ID LOCALPATH RUN_STATE STATUS ERROR\nx /srv Running Synced NO', "no table of syncs")])
def test_an_answer_that_is_no_table_is_unknown_and_never_fine(text, words):
    with pytest.raises(SourceUnavailable) as raised:
        read(text)
    assert words in str(raised.value)


def test_words_before_the_table_and_wide_characters():
    assert read(f"A new version is available\n{table()}")[0].finding == State.OK
    assert mega_sync.decode(table().encode('utf-16-le')) == table()
    assert mega_sync.decode(('\ufeff' + table()).encode('utf-16-le')) == table()
    assert mega_sync.decode(table(path='/srv/ሽያጭ').encode()) == table(path='/srv/ሽያጭ')


# === WHOSE SERVER === #

@pytest.mark.parametrize(('found', 'user', 'is_root', 'expected'), [
    (['root'], '', True, ''), (['loj', 'root'], '', True, ''), (['loj'], 'loj', True, 'loj'), (['loj'], '', True, "MEGAcmd runs as loj, not as root"),
    ([''], '', True, "runs as another user"), (['loj'], 'loj', False, "only root on Linux may ask"), (['loj'], 'abebe', True, "runs as loj, not as abebe")])
def test_as_whom_mega_is_asked(found, user, is_root, expected):
    if ' ' in expected:
        with pytest.raises(SourceUnavailable, match=expected):
            mega_sync.choose_user(found, 'root', settings_of(user=user), is_root=is_root)
    else:
        assert mega_sync.choose_user(found, 'root', settings_of(user=user), is_root=is_root) == expected


@pytest.fixture
def fake(tmp_path):
    """Write a program that stands in for mega-exec: it runs Python code, by default printing a table."""
    def write(code=None, name='mega-exec'):
        (tmp_path / 'table.txt').write_text(table())
        path = tmp_path / name
        words = ['--col-separator=|'] if name == 'mega-sync' else ['sync', '--col-separator=|']
        body = code or f"assert sys.argv[1:] == {words}, sys.argv\nprint(open({str(tmp_path / 'table.txt')!r}).read())"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
        path.chmod(0o755)
        return str(path)
    return write


@pytest.fixture
def start(tmp_path):
    """Start a real process under a name; as another user when one is given."""
    started = []

    def begin(name='mega-cmd-server', user=None):
        folder = Path('/var/tmp') / f'itc-mega-{os.getpid()}-{len(started)}'
        folder.mkdir(mode=0o755)
        shutil.copy(shutil.which('sleep'), folder / name)
        started.append((subprocess.Popen([str(folder / name), '60'], user=user), folder))
        time.sleep(0.2)
    yield begin
    for process, folder in started:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def run(exe, **settings):
    check = make_check(1, 'x', 'mega_sync', 600, 30, settings)
    assert not check.problem, check.problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mega_sync, 'EXES', (exe,))
        return look(check, {}, {})


def test_no_setting_makes_the_agent_run_another_program(fake, start, tmp_path):
    start()
    mark = tmp_path / 'it ran'
    check = make_check(1, 'x', 'mega_sync', 600, 30, {'exe': [fake(f"open({str(mark)!r}, 'w')")]})
    result = look(check, {}, {})
    assert (result.state, "no setting 'exe'" in result.summary, mark.exists()) == (State.UNKNOWN, True, False), result.summary


def test_the_program_is_asked_while_its_server_runs(fake, start):
    result = run(fake())
    assert (result.state, result.summary) == (State.CRITICAL, "MEGAcmd's server does not run, so nothing is synced")
    start()
    assert (run(fake()).state, run(fake(name='mega-sync')).state) == (State.OK, State.OK)
    assert run(fake("assert os.environ['HOME']; sys.exit(57)")).summary == "nobody is logged in to MEGA, so nothing is synced"
    assert run(fake("sys.exit(57)")).state == State.CRITICAL


@pytest.mark.parametrize(('code', 'words'), [
    ("sys.exit(58)", "ended with an error: exit code 58"), ("print('x', file=sys.stderr); sys.exit(255)", "ended with an error: x"), ("pass", "no sync at all"),
    ("print('x' * 3_000_000)", "gave more than"), ("os.kill(os.getpid(), 11)", "ended with an error")])
def test_a_program_that_gives_no_answer_is_unknown(fake, start, code, words):
    start()
    result = run(fake(code))
    assert (result.state, words in result.summary) == (State.UNKNOWN, True), result.summary


def test_a_program_that_hangs_is_ended(fake, start, monkeypatch):
    start()
    monkeypatch.setattr(mega_sync, 'ASK_S', 0.5)
    result = run(fake("time.sleep(60)"))
    assert (result.state, "MEGAcmd did not answer within 0.5 s" in result.summary) == (State.UNKNOWN, True)


def test_a_program_that_may_not_be_started_is_unknown(fake, start):
    start()
    exe = fake()
    os.chmod(exe, 0o644)
    assert (run(exe).state, "Permission denied" in run(exe).summary) == (State.UNKNOWN, True)


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0 or not any(map(os.path.isfile, mega_sync.RUNUSER)),
                    reason="asking as another user needs root and runuser")
def test_a_server_of_another_user_is_asked_as_that_user(start):
    start(user='nobody')
    folder = Path('/var/tmp') / f'itc-mega-exe-{os.getpid()}'
    folder.mkdir(mode=0o755)
    try:
        exe = folder / 'mega-exec'
        exe.write_text(f"#!/bin/sh\necho '{HEADER}'\necho \"x|/srv/$(id -un)$HOME|/B|Running|Synced|NO|1|1|0\"\n")
        exe.chmod(0o755)
        result = run(str(exe))
        assert (result.state, f"MEGAcmd runs as nobody, not as {ME}" in result.summary) == (State.UNKNOWN, True)
        reading, = run(str(exe), user='nobody').readings
        assert (reading.item, reading.finding) == (f"/srv/nobody{pwd.getpwnam('nobody').pw_dir}", State.OK)
    finally:
        shutil.rmtree(folder)


def test_the_desktop_program_alone_is_unknown_and_says_what_to_do(start):
    assert "MEGAcmd is not installed here (looked for /no/such/mega-exec)" in run('/no/such/mega-exec').summary
    start('megasync')
    result = run('/no/such/mega-exec')
    assert (result.state, "tells nobody whether a folder is synced: install MEGAcmd, or have a person look" in result.summary) == (State.UNKNOWN, True)


def test_processes_that_are_hidden_are_unknown_and_not_gone(monkeypatch):
    monkeypatch.setattr(psutil, 'process_iter', lambda: [])

    def closed(_pid):
        raise psutil.AccessDenied(1)

    monkeypatch.setattr(psutil, 'Process', closed)
    with pytest.raises(SourceUnavailable, match="hidden from the agent"):
        mega_sync.owners(mega_sync.SERVERS)

    class Nameless:
        def name(self):
            raise OSError(87, "Invalid parameter")

    monkeypatch.setattr(psutil, 'process_iter', lambda: [Nameless(), Nameless()])
    with pytest.raises(SourceUnavailable, match="do not tell their names"):
        mega_sync.owners(mega_sync.SERVERS)

    class Other:
        def name(self):
            return 'init'

    monkeypatch.setattr(psutil, 'process_iter', lambda: [Other(), Other(), Nameless(), Other()])
    with pytest.raises(SourceUnavailable, match="1 process does not tell its name"):
        mega_sync.owners(mega_sync.SERVERS)

    class Ended:
        def name(self):
            raise psutil.NoSuchProcess(7)

    monkeypatch.setattr(psutil, 'Process', lambda _pid: Other())
    monkeypatch.setattr(psutil, 'process_iter', lambda: [Other(), Ended()])
    assert mega_sync.owners(mega_sync.SERVERS) == []

    def broken():
        raise OSError(87, "Invalid parameter")

    monkeypatch.setattr(psutil, 'process_iter', broken)
    with pytest.raises(SourceUnavailable, match="processes cannot be listed"):
        mega_sync.owners(mega_sync.SERVERS)


def test_processes_that_are_listed_but_tell_nothing_are_unknown(monkeypatch):
    def broken(_process):
        raise OSError(87, "Invalid parameter")

    monkeypatch.setattr(psutil.Process, 'name', broken)
    with pytest.raises(SourceUnavailable, match="whether MEGA runs cannot be told"):
        mega_sync.owners(mega_sync.SERVERS)


# === WHAT IT PROVES OF A BACKUP === #

LIST = """FLAGS VERS          SIZE                DATE NAME
----    1          5000 2026-11-28T04:00:12 odoo 1.zip
-ep-    2          4000 2026-11-28T04:00:12 ምትኬ.zip
----    1          5000 2026-11-28T04:00:12 Büro.zip
d---    -             - 2026-11-01T04:00:12 old.zip
"""


def entry(name, size=5000, **more):
    return _backup_list.Entry(name, size, 0.0, 0.0, 'k', **more)


@pytest.fixture
def prove(fake, start, monkeypatch, tmp_path):
    """Return what MEGA proves of some backups in a folder, while its server runs."""
    def ask(*entries, folder='/srv/a/odoo', syncs=None, listed=LIST, words=False):
        (tmp_path / 'syncs').write_text(table(path='/srv/a') if syncs is None else syncs)
        (tmp_path / 'list').write_text(listed)
        flags = '-lr' if any(one.is_folder or '/' in one.name for one in entries) else '-l'
        exe = fake(f"""
words = sys.argv[1:]
if words[0] == 'ls':
    assert words == ['ls', {flags!r}, '--time-format=ISO6081_WITH_TIME', '/Backups' + {folder[6:]!r}], words
print(open({str(tmp_path)!r} + '/' + ('list' if words[0] == 'ls' else 'syncs')).read())""")
        monkeypatch.setattr(mega_sync, 'EXES', (exe,))
        found = _backup_mega.proofs(folder, entries, '')
        return found if words else {name: code for name, (code, _words) in found.items()}
    code, why = _backup_mega.proofs('/srv/a', [entry('x')], '')['x']
    assert code == 'not_installed' and "MEGAcmd is not installed here" in why
    monkeypatch.setattr(mega_sync, 'EXES', (fake(),))
    assert _backup_mega.proofs('/srv/a', [entry('x')], '')['x'] == ('not_synced', mega_sync.NO_SERVER)
    start()
    return ask


def test_a_backup_is_in_mega_when_it_is_synced_and_as_large_up_there(prove):
    backups = [entry('odoo 1.zip'), entry('ምትኬ.zip'), entry('new.zip'), entry('old.zip'), entry(unicodedata.normalize('NFD', 'Büro.zip'))]
    expected = {'odoo 1.zip': 'same_size', 'ምትኬ.zip': 'other_size', 'new.zip': 'missing', 'old.zip': 'missing', 'Bu\u0308ro.zip': 'same_size'}
    assert prove(*backups) == expected
    assert prove(*backups, folder='/srv/a') == expected
    for syncs, code in ((table(status='Syncing'), 'not_synced'), (table(run='Suspended'), 'not_synced'), (table(path='/srv/ab'), 'not_synced'),
                        (table(status='Processing'), 'unknown'), ('', 'unknown')):
        assert set(prove(*backups, syncs=syncs).values()) == {code}
    assert set(prove(*backups, listed="Couldn't find").values()) == {'unknown'}
    assert prove(entry('odoo 1.zip'), syncs=table(error='Sync Issues (3)')) == {'odoo 1.zip': 'same_size'}, "others are stuck"


def deep_list(tree, path='/Backups/image', head='Backups/image'):
    """Return what MEGAcmd prints of a folder with its folders: each after the one that holds it, the first without a slash before it."""
    rows = [f'\n{head}:'] + [
        f"d---    -             - 2026-11-28T04:00:12 {name}" if isinstance(one, dict) else f"----    1 {one:>13} 2026-11-28T04:00:12 {name}"
        for name, one in tree.items()]
    return '\n'.join([*rows, *(deep_list(one, f'{path}/{name}', f'{path}/{name}') for name, one in tree.items() if isinstance(one, dict))])


def deep(tree):
    return LIST.splitlines()[0] + deep_list(tree) + '\n'


@pytest.fixture
def image(tmp_path):
    """An image as Windows leaves it, in the folder that is synced; and what lies up there of it."""
    home = tmp_path / 'a' / 'image'
    files = {'one.vhdx': 5000, 'two.vhdx': 3000, 'inner/three.xml': 40}
    for name, size in files.items():
        path = home / 'Backup 2026-11-28 201512' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x' * size)
    tree = {'Catalog': {}, 'MediaId': 16, 'Backup 2026-11-28 201512': {'one.vhdx': 5000, 'two.vhdx': 3000, 'inner': {'three.xml': 40}, 'empty': {}}}
    return home, tree


def test_a_folder_is_in_mega_when_all_its_files_are_as_large_up_there(prove, image):
    home, tree = image
    name, inner = 'Backup 2026-11-28 201512', tree['Backup 2026-11-28 201512']
    found = {'folder': str(home), 'syncs': table(path=str(home)).replace('|/Backups|', f'|/Backups{str(home)[6:]}|'), 'words': True}

    def ask(listed, *more):
        backups = [_backup_list.measure(str(home), name, False, _backup_list.Listing()), *more]
        return prove(*backups, listed=listed, **found)

    inside = entry('Backup 2026-11-28 201512/one.vhdx')
    assert ask(deep(tree), inside, entry('sub/one.vhdx'), entry('MediaId', 16)) == {
        name: ('same_size', "the folder is synced, and all its files are as large up there"),
        inside.name: ('same_size', "the folder is synced, and it is as large up there"), 'sub/one.vhdx': ('missing', "it is not up there yet"),
        'MediaId': ('same_size', "the folder is synced, and it is as large up there")}
    for change, expected in (
        ({'two.vhdx': 2999}, ('other_size', f"up there {name}/two.vhdx has 2999 bytes")),
        ({'inner': {'three.xml': 41}}, ('other_size', f"up there {name}/inner/three.xml has 41 bytes")),
        ({'inner': {}}, ('missing', f"{name}/inner/three.xml is not up there yet")),
        ({'inner': {'two.vhdx': 3000}, 'two.vhdx': {}}, ('missing', f"{name}/inner/three.xml is not up there yet, nor is 1 more of its 3 files"))):
        assert ask(deep(tree | {name: inner | change}))[name] == expected
    assert ask(deep({**tree, name: 8040}))[name][0] == 'missing', "a file of that name is no folder"


def test_a_list_with_its_folders_that_cannot_be_told_apart_proves_nothing(prove, image):
    home, tree = image
    found = {'folder': str(home), 'syncs': table(path=str(home)).replace('|/Backups|', f'|/Backups{str(home)[6:]}|'), 'words': True}
    whole, one = deep(tree), _backup_list.measure(str(home), 'Backup 2026-11-28 201512', False, _backup_list.Listing())
    for listed, words in (
        (whole[:whole.index('/Backups/image/Backup')], "broken off"), (whole[:whole.rindex('/Backups')], "broken off"),
        (whole[:-40], "told apart at"), (LIST, "begins with no folder"),
        (whole.replace('/Backups/image/Catalog:', '/Backups/image/Other:'), "told apart at /Backups/image/Other:"), ("", "no list of files")):
        (code, why), = prove(one, listed=listed, **found).values()
        assert code == 'unknown' and words in why
    (home / one.name / 'one.vhdx').write_bytes(b'x' * 6000)
    assert list(prove(one, listed=whole, **found).values()) == [('unknown', "it was changed while MEGA was asked")]
    shutil.rmtree(home / one.name)
    (code, why), = prove(one, listed=whole, **found).values()
    assert code == 'unknown' and "what has to be up there cannot be listed" in why


def test_what_mega_proves_is_told_with_the_backup(prove, tmp_path, monkeypatch):
    monkeypatch.setattr(_backup_work, '_root', lambda: tmp_path)
    monkeypatch.setattr(_backup_mega, 'proofs', lambda folder, entries, user: {one.name: ('same_size', f"as large, {user}") for one in entries})
    folder = tmp_path / 'place'
    folder.mkdir()
    (folder / 'a.txt').write_text("x")
    check = make_check(1, 'x', 'backup', 300, 30, {'folder': str(folder), 'mega': True, 'mega_user': 'loj'})
    told, = look(check, {}, {}).readings[0].backups['files']
    assert told['content'] == {'mega': 'same_size', 'mega_why': "as large, loj"}
    assert "user: expected" in make_check(1, 'x', 'backup', 300, 30, {'folder': '/srv', 'mega_user': '-x'}).problem


@pytest.mark.parametrize('wrong', [{'exe': ['/bin/sh']}, {'folders': ['Backups']}, {'user': 'a b'}, {'user': '-x'}, {'max_busy_h': 0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    assert make_check(1, 'x', 'mega_sync', 600, 30, wrong).problem
