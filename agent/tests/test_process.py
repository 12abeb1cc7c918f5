"""Processes: real ones, what only names a program beside what is it, and what the agent cannot see."""
import os
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest
from conftest import wait_for

import itc_agent
from itc_agent.collectors import _program, _remote_access, process
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SLEEP = 'import time; time.sleep(60)'
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(itc_agent.__file__)))


def run(memory=None, shared=None, limits=None, **settings):
    check = make_check(1, 'process', 'process', 60, 10, settings, limits)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {} if shared is None else shared)


def values(result):
    reading, = result.readings
    return reading.values


@pytest.fixture
def start():
    """Start processes that are ended with the test: ``start([word, …], executable=…)``."""
    started = []

    def begin(words, **more):
        started.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more))
        time.sleep(0.2)
        assert started[-1].poll() is None
        return started[-1]

    yield begin
    for one in started:
        one.kill()
        one.wait()


@pytest.fixture(autouse=True)
def strangers(monkeypatch):
    """Let what a test starts count: it is a child of this process, which is the agent here."""
    monkeypatch.setattr(process, 'family', lambda: {os.getpid()})


@pytest.fixture
def script(tmp_path):
    """Write a program that sleeps: ``script('itc-mark.py')`` returns its path."""
    def write(name, text=SLEEP):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)
    return write


# === COUNTING === #

def test_processes_are_counted_and_measured_and_their_end_is_critical(start, script):
    one, _two = start([sys.executable, script('itc-test-mark.py')]), start([sys.executable, script('itc-test-mark.py')])
    result = run(cmdline='itc-test-mark', min_count=2)
    assert result.state == State.OK, result.summary
    assert values(result)['count'] == 2
    assert 0 <= values(result)['oldest_age_s'] < 10
    assert values(result)['rss_bytes'] > 1_000_000
    one.kill()
    one.wait()
    result = run(cmdline='itc-test-mark', min_count=2)
    assert (result.state, values(result)['count']) == (State.CRITICAL, 1)
    assert "at least 2 expected" in result.summary
    assert run(cmdline='itc-test-mark', max_count=1).state == State.OK


def test_a_process_that_has_ended_and_waits_for_its_parent_does_not_count(start, script):
    one = start([sys.executable, script('itc-zombie-mark.py')])
    one.send_signal(signal.SIGKILL)
    wait_for(lambda: psutil.Process(one.pid).status() == psutil.STATUS_ZOMBIE)
    assert run(cmdline='itc-zombie-mark').state == State.CRITICAL


def test_the_processor_use_of_processes_is_taken_between_two_looks(start, script):
    start([sys.executable, script('itc-busy-mark.py', 'while True: pass')])
    memory = {}
    assert 'cpu_pct' not in values(run(memory, cmdline='itc-busy-mark'))
    time.sleep(0.5)
    assert values(run(memory, cmdline='itc-busy-mark'))['cpu_pct'] > 10


def test_no_process_is_critical():
    assert run(name='^no-such-program$').state == State.CRITICAL


def test_checks_that_are_due_together_share_one_listing(monkeypatch):
    calls = []
    real = psutil.process_iter
    monkeypatch.setattr(psutil, 'process_iter', lambda *arguments: calls.append(1) or real(*arguments))
    shared = {}
    for name in ('python', 'bash', 'systemd'):
        run(shared=shared, name=name)
    assert len(calls) == 1


# === THE PROGRAM, NOT WHO NAMES IT === #

def test_who_only_names_a_program_is_not_it(start, tmp_path):
    log = tmp_path / 'itc-odoo-mark.log'
    log.touch()
    start(['tail', '-f', str(log)])
    start(['sh', '-c', 'sleep 60; echo itc-odoo-mark'])
    start([sys.executable, '-c', SLEEP, 'itc-odoo-mark'])
    start([sys.executable, '-c' + SLEEP, 'itc-odoo-mark'])
    start(['itc-editor', '60', ], executable=shutil.which('sleep'))
    result = run(cmdline='itc-odoo-mark')
    assert (result.state, values(result)['count']) == (State.CRITICAL, 0)
    assert "at least 1 expected; 4 only have it among their arguments (" in result.summary
    assert "tail" in result.summary
    # A name that is only the interpreter's proves no more, nor does a pattern that takes in the whole line.
    for more in ({'name': 'python'}, {'name': '^sh$'}, {'cmdline': '.*itc-odoo-mark'}, {'cmdline': '^.*itc-odoo-mark.*$'}, {'cmdline': r'\w+.*itc-odoo-mark'},
                 {'cmdline': '[a-z]+ .*itc-odoo-mark'}, {'cmdline': 'python.*itc-odoo-mark'}):
        assert run(**{'cmdline': 'itc-odoo-mark', **more}).state == State.CRITICAL, more


@pytest.mark.parametrize('title', ['postgres: itc-odoo-mark prod [local] idle', 'sshd: itc-odoo-mark@pts/0', 'avahi-daemon: running [itc-odoo-mark.local]'])
def test_a_title_names_the_users_of_a_program_and_proves_no_other(start, title):
    """As PostgreSQL shows who is connected: with Odoo's user still at work, Odoo need not run."""
    start([title, '60'], executable=shutil.which('sleep'))
    program = title.partition(':')[0]
    for settings in ({'cmdline': 'itc-odoo-mark'}, {'cmdline': r'itc-odoo(-mark)?\b'}, {'cmdline': '.*itc-odoo-mark'}, {'name': 'itc-odoo-mark'}):
        result = run(**settings)
        assert (result.state, values(result)['count']) == (State.CRITICAL, 0), settings
    assert "1 only has it among its arguments" in run(cmdline='itc-odoo-mark').summary
    assert values(run(cmdline=f'{program}: .*itc-odoo-mark'))['count'] == 1, "asked for together with the program"
    assert values(run(name='^sleep$', cmdline='itc-odoo-mark'))['count'] == 1


def test_scripts_modules_and_executables_are_the_program(start, script, tmp_path):
    start([sys.executable, '-u', '-W', 'ignore', script('itc-odoo-bin.py'), '-d', 'prod'])
    (tmp_path / 'itc_module.py').write_text(SLEEP)
    start([sys.executable, '-m', 'itc_module', '--http-port', '1'], cwd=tmp_path)
    shutil.copy(shutil.which('sleep'), tmp_path / 'itc-server')
    start([str(tmp_path / 'itc-server'), '60'])
    shell = script('itc-run.sh', '#!/bin/sh\nsleep 60\n:\n')
    os.chmod(shell, 0o755)
    start([shell, '--loop'])
    for settings in ({'cmdline': r'itc-odoo(-bin)?\b.* -d prod'}, {'cmdline': r'-m itc_module .*--http-port'}, {'cmdline': r'itc-server'},
                     {'cmdline': 'itc-run'}, {'cmdline': '.*itc-odoo.*'}, {'cmdline': 'python.*itc-odoo.* -d prod'},
                     {'cmdline': '.*itc-server 60'}, {'name': '^itc-odoo-bin.py$'}, {'name': '^itc_module$'}, {'name': '^itc-server$'},
                     {'name': '^itc-run.sh$'}, {'name': 'itc-odoo', 'cmdline': ' -d prod'}, {'name': 'itc-server', 'cmdline': ' 60$'},
                     {'name': 'python', 'cmdline': 'itc-odoo'}):
        assert values(run(**settings))['count'] == 1, settings
    result = run(name='python', cmdline=' -d prod')
    assert (result.state, "only ha" in result.summary and "arguments (" in result.summary) == (State.CRITICAL, True)


@pytest.mark.parametrize(('line', 'head', 'called'), [
    (['java', '-Xmx1g', '-cp', '/a:/b', 'com.acme.Main', 'odoo'], 5, ['com.acme.Main']),
    (['javaw.exe', '-jar', r'C:\Loj\Loj.jar', 'x'], 3, ['javaw', 'Loj.jar']),
    (['java', '--add-opens', 'java.base/x=ALL', '-jar', 'a.jar'], 5, ['java', 'a.jar']), (['node', '--require', 'x', '/srv/app.js', 'y'], 4, ['app.js']),
    (['/usr/bin/perl', '-w', '/usr/bin/x.pl', 'y'], 3, ['perl', 'x.pl']), (['php', '-f', 'x.php', 'y'], 3, ['x.php']), (['php-fpm:', 'pool', 'www'], 1, []),
    (['dotnet', '/srv/App.dll', '-x'], 2, ['App.dll']), (['dotnet', 'exec', '/srv/App.dll', '-x'], 3, ['App.dll']), (['-bash'], 1, ['-bash']),
    (['bash', '--rcfile', 'x', '-c', 'vim odoo.conf', 'odoo'], 4, ['bash']), (['bash', '-l'], 2, ['bash']), (['bash', '-lc', 'odoo'], 2, ['bash']),
    (['powershell.exe', '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', r'C:\x\Job.ps1', 'y'], 6, ['Job.ps1']), (['cmd.exe', '/c', 'odoo'], 2, ['cmd']),
    (['python3.11', '-Im', 'odoo.cli', 'x'], 3, ['python3.11', 'odoo.cli']), (['python', '-'], 2, ['python']), (['vim', '/usr/bin/odoo-bin'], 1, ['vim']),
    (['/usr/bin/less', '+F', 'odoo.log'], 1, ['less']), (['ssh', 'host', 'odoo'], 1, ['ssh']), ([], 0, [])])
def test_where_the_program_ends_and_the_arguments_begin(line, head, called):
    assert _program.head_length(line) == head
    assert set(called) <= set(_program.names(None, line))
    assert not {'odoo', 'odoo.log', 'y', 'x', 'odoo-bin'} & set(_program.names(None, line))


def test_long_command_lines_take_no_long_time_and_hide_no_main_class():
    def java(name):
        line = ['java', '-cp', ':'.join(f'/opt/app/lib/part-{number}.jar' for number in range(2000)), name, *['x' * 2000] * 50]
        return process.Seen(SimpleNamespace(status=lambda: 'sleeping'), ('java', name), tuple(line))

    listed = [*[java('com.acme.Other') for _number in range(10)], java('com.acme.Main')]
    started = time.monotonic()
    found = process.find(listed, process.ProcessSettings(cmdline='.*com.acme.Main.*'))
    assert time.monotonic() - started < 2
    assert found.processes == (listed[-1].process,)


@pytest.mark.parametrize('caller', ['sh -c', 'script'])
def test_who_calls_the_agent_does_not_count(script, caller):
    command = f'{sys.executable} -m itc_agent check process --set cmdline=itc-caller-mark --set "name=sh|itc"; exit $?'
    words = ['sh', '-c', command + ' # itc-caller-mark'] if caller == 'sh -c' else ['sh', script('itc-caller-mark.sh', command)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30, env={**os.environ, 'PYTHONPATH': PACKAGE})
    assert done.returncode == State.CRITICAL, done.stdout + done.stderr
    assert "0 processes match" in done.stdout


def test_the_agents_own_helpers_do_not_count(monkeypatch, start, script):
    monkeypatch.undo()
    start([sys.executable, script('itc-own-mark.py')])
    assert run(cmdline='itc-own-mark').state == State.CRITICAL


@pytest.mark.parametrize(('line', 'caller'), [
    ('bash ./check.sh', True), ('-bash', True), ('sudo itc-agent once', True), ('watch -n 5 x', True), ('python3 /opt/run.py itc-agent', True),
    ('/usr/bin/python3 /usr/bin/supervisord', False), ('/usr/sbin/cron -f', False), ('/sbin/init', False), ('sshd: root@pts/0', False), ('', False)])
def test_shells_call_the_agent_and_service_managers_run_it(line, caller):
    assert _program.is_caller(line.split()) is caller


# === JAVA === #

@pytest.fixture
def java(start, java_engine, tmp_path):
    """Start the real Java program: ``java('-jar', …)``; words that hold JAR get its path, and it appends to a log of its own."""
    def begin(*words, executable='java', log='out.csv'):
        one = start([shutil.which(executable), '-Xshare:auto', *(word.replace('JAR', str(java_engine)) for word in words), str(tmp_path / log)])
        wait_for(lambda: (tmp_path / log).exists(), 30)
        return one
    return begin


def test_a_java_program_is_found_by_its_own_jar_and_not_by_who_names_it(java, start, script, java_engine):
    start(['tail', '-f', str(java_engine)])
    start(['sh', '-c', f'sleep 60; java -jar {java_engine}'])
    start([sys.executable, '-c', SLEEP, 'java', '-jar', str(java_engine)])
    start([sys.executable, script('java.py'), '-jar', str(java_engine)])
    start(['itc-editor', '60'], executable=shutil.which('sleep'))
    java('-cp', 'JAR', 'Engine', 'argument-jar', '-jar', 'JAR', log='class.csv')
    result = run(jar='Engine.jar')
    assert (result.state, values(result)['count']) == (State.CRITICAL, 0)
    assert "0 processes match Engine.jar, at least 1 expected; 5 only have it among their arguments (" in result.summary
    one = java('-Xmx64m', '-Dapp=loj', '-jar', 'JAR')
    for settings in ({'jar': 'Engine.jar'}, {'jar': 'Eng*.jar'}, {'jar': 'Engine.jar', 'cmdline': '-Dapp=loj'}, {'jar': 'Engine.jar', 'name': '^java$'}):
        result = run(**settings)
        assert (result.state, values(result)['count']) == (State.OK, 1), settings
    assert values(run(jar='Engine'))['count'] == 1
    assert run(jar='Engine.jar', cmdline='-Dapp=other').state == State.CRITICAL
    assert run(jar='Engine.jar', max_count=1).state == State.OK
    one.kill()
    one.wait()
    assert run(jar='Engine.jar').state == State.CRITICAL


def test_java_that_takes_options_from_a_file_is_found_where_its_command_line_tells_the_jar(java, tmp_path, java_engine):
    (tmp_path / 'options.txt').write_text('-Xmx64m')
    java(f'@{tmp_path}/options.txt', '-jar', 'JAR')
    assert values(run(jar='Engine.jar'))['count'] == 1
    assert values(run(name='^Engine.jar$'))['count'] == 1


def test_java_that_takes_all_from_a_file_is_unknown_and_not_missing(java, tmp_path, java_engine):
    (tmp_path / 'all.txt').write_text(f'-jar {java_engine}')
    java(f'@{tmp_path}/all.txt')
    result = run(jar='Engine.jar')
    assert (result.state, values(result)['count'], "1 could not be looked into" in result.summary) == (State.UNKNOWN, None, True)


def seen_as(names, *argv):
    return process.Seen(SimpleNamespace(status=lambda: 'sleeping'), tuple(names), argv or None)


@pytest.mark.parametrize(('one', 'jar', 'expected'), [
    (seen_as(['javaw'], 'javaw.exe', '-jar', r'C:\Program Files\Loj\Loj.jar', 'x'), 'Loj.jar', (1, 0)),
    (seen_as(['java'], r'"C:\jre\bin\java.exe"', '-jar', r'lib\Loj.jar'), 'Loj.jar', (1, 0)),
    (seen_as(['java'], 'SOEngine', '-jar', '/opt/Loj.jar'), 'Loj.jar', (1, 0)), (seen_as(['java'], 'java', '-m', 'loj/com.loj.Main'), 'com.loj.Main', (1, 0)),
    (seen_as(['java'], 'java', '--patch-module', 'a=b', '-cp', 'Loj.jar:x', 'com.loj.Main'), 'com.loj.Main', (1, 0)),
    (seen_as(['java'], 'java', '--patch-module', 'a=b', '-cp', 'Loj.jar:x', 'com.loj.Main'), 'Loj.jar', (0, 0)),
    (seen_as(['java'], 'java', '-jar', 'idea.jar', 'Loj.jar'), 'Loj.jar', (0, 0)), (seen_as(['java'], 'java', '-version'), '*', (0, 0)),
    (seen_as(['java']), 'Loj.jar', (0, 1)), (seen_as([]), 'Loj.jar', (0, 1)), (seen_as(['cron']), 'Loj.jar', (0, 0)),
    (seen_as(['javac'], 'javac', '-jar', 'Loj.jar'), 'Loj.jar', (0, 0))])
def test_what_runs_a_jar(one, jar, expected):
    found = process.find([one], process.ProcessSettings(jar=jar))
    assert (len(found.processes), found.hidden) == expected


# === NAMES === #

@pytest.mark.parametrize('name', ['Überwachungsdienst-Ä', 'Bu\u0308ro-Dienst-mit-langem-Namen', 'itc-long-program-name-of-more-than-fifteen'])
def test_names_of_more_than_fifteen_bytes_in_any_letters(start, tmp_path, name):
    shutil.copy(shutil.which('sleep'), tmp_path / name)
    start([str(tmp_path / name), '60'])
    composed = {'Bu\u0308ro-Dienst-mit-langem-Namen': 'B\u00fcro-Dienst-mit-langem-Namen'}.get(name, name)
    for settings in ({'name': f'^{composed}$'}, {'cmdline': f'{composed} 60'}, {'name': f'^{name}$'}):
        assert values(run(**settings))['count'] == 1, settings


def test_a_long_name_behind_a_title_is_read_from_the_executable(start, tmp_path):
    shutil.copy(shutil.which('sleep'), tmp_path / 'Überwachungsdienst')
    start(['titel:', '60'], executable=str(tmp_path / 'Überwachungsdienst'))
    assert values(run(name='^Überwachungsdienst$'))['count'] == 1
    assert values(run(cmdline='titel: 60'))['count'] == 1


def test_odd_bytes_in_a_command_line_are_no_failure(start, script):
    start([sys.executable, script('itc-bytes-mark.py'), b'\xff\xfe'])
    assert values(run(cmdline='itc-bytes-mark.*'))['count'] == 1


# === WHAT CANNOT BE SEEN === #

class Hidden:
    """A process of another user."""

    pid = 1

    def __init__(self, name):
        self._name = name

    def name(self):
        if self._name is None:
            raise psutil.AccessDenied(1)
        return self._name

    def cmdline(self):
        raise psutil.AccessDenied(1)

    exe = cmdline


@pytest.mark.parametrize(('name', 'settings', 'hidden'), [
    ('java', {'name': 'java', 'cmdline': 'Loj'}, 1), ('java', {'name': 'Loj'}, 1), ('cron', {'name': 'java'}, 0), ('cron', {'name': 'java', 'cmdline': 'x'}, 0),
    (None, {'name': 'java'}, 1), (None, {'cmdline': 'java'}, 1), ('cron', {'cmdline': 'java'}, 1), ('a-very-long-nam', {'name': 'name-of'}, 1)])
def test_what_may_not_be_looked_into_could_be_the_one(name, settings, hidden):
    chosen = process.ProcessSettings(**settings)
    found = process.find([process.see(Hidden(name))], chosen)
    assert (found.processes, found.hidden) == ((), hidden)
    assert process.judge_count(found, '', chosen)[0] == (State.UNKNOWN if hidden else State.CRITICAL)


class Listed(Hidden):
    """What Windows lists: psutil tells the name as the last part of the file, and of a part of the system no command line."""

    def __init__(self, pid, name, file):
        super().__init__(name)
        self.pid, self._file = pid, file

    def exe(self):
        if self._file is None:
            raise psutil.AccessDenied(self.pid)
        return self._file


OF_WINDOWS = [Listed(0, 'System Idle Process', None), Listed(4, 'System', ''), Listed(56, '', ''), Listed(124, 'Registry', 'Registry'),
              Listed(700, 'SecurityHealthService.exe', r'C:\Windows\System32\SecurityHealthService.exe')]


@pytest.mark.parametrize(('listed', 'settings', 'hidden'), [
    (OF_WINDOWS, {'name': 'Loj'}, 0), (OF_WINDOWS[:4], {'cmdline': 'Loj'}, 0), (OF_WINDOWS[:4], {'jar': 'Loj.jar'}, 0),
    ([Listed(8, None, None)], {'name': 'Loj'}, 1), ([Listed(8, 'java.exe', r'C:\j\java.exe')], {'name': 'Loj'}, 1),
    ([Listed(8, 'Loj.exe', r'C:\Loj.exe')], {'cmdline': 'Loj'}, 1)])
def test_parts_of_windows_without_a_name_hide_no_program(monkeypatch, listed, settings, hidden):
    monkeypatch.setattr(process.sys, 'platform', 'win32')
    assert process.find([process.see(one) for one in listed], process.ProcessSettings(**settings)).hidden == hidden


@pytest.mark.parametrize(('listed', 'blind'), [(OF_WINDOWS, ''), ([Listed(8, None, None)], "1 process does not tell its name")])
def test_parts_of_windows_without_a_name_are_no_remote_access(monkeypatch, listed, blind):
    monkeypatch.setattr(process.sys, 'platform', 'win32')
    seen = [process.see(one) for one in listed]
    monkeypatch.setattr(process, 'listing', lambda shared, _mono: shared.update(blind='') or seen)
    assert _remote_access.running('anydesk') == _remote_access.Running((), blind)


@pytest.mark.parametrize(('count', 'hidden', 'blind', 'state'), [
    (0, 0, '', State.CRITICAL), (0, 1, '', State.UNKNOWN), (0, 0, 'hidepid', State.UNKNOWN), (1, 9, 'hidepid', State.OK), (1, 9, '', State.OK)])
def test_enough_is_enough_and_too_few_is_only_told_by_who_sees_all(count, hidden, blind, state):
    assert process.judge_count(process.Found((None,) * count, hidden), blind, process.ProcessSettings(name='x'))[0] == state


@pytest.mark.parametrize(('count', 'hidden', 'blind', 'state'), [
    (1, 0, '', State.OK), (1, 1, '', State.OK), (2, 1, '', State.UNKNOWN), (1, 0, 'hidepid', State.UNKNOWN), (3, 0, 'hidepid', State.CRITICAL)])
def test_at_most_is_only_told_by_who_sees_all_too(count, hidden, blind, state):
    assert process.judge_count(process.Found((None,) * count, hidden), blind, process.ProcessSettings(name='x', max_count=2))[0] == state


MOUNT = '25 30 0:23 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw'
NOBODY, ROOT, TRACER = 'CapEff:\t0000000000000000\n', 'CapEff:\t000001ffffffffff\n', 'CapEff:\t0000000000080000\n'


@pytest.mark.parametrize(('options', 'status', 'groups', 'blind'), [
    ('', NOBODY, [100], False), (',hidepid=0', NOBODY, [100], False), (',hidepid=2', NOBODY, [100], True), (',hidepid=invisible', NOBODY, [100], True),
    (',hidepid=1', NOBODY, [100], True), (',hidepid=2', ROOT, [0], False), (',hidepid=2', TRACER, [100], False),
    (',hidepid=2,gid=110', NOBODY, [100, 110], False),
    (',hidepid=ptraceable,gid=110', NOBODY, [110], True), (',hidepid=2', '', [100], True)])
def test_who_cannot_see_others_processes_is_told_by_the_mount(options, status, groups, blind):
    assert bool(process.blindness(MOUNT + options + '\n', status, groups)) is blind


def test_the_last_mount_counts():
    assert not process.blindness(f'{MOUNT},hidepid=2\n{MOUNT}\n', NOBODY, [100])
    assert process.blindness(f'{MOUNT}\n{MOUNT},hidepid=2\n', NOBODY, [100])
    assert not process.blindness('', NOBODY, [100])


@pytest.mark.parametrize('option', ['hidepid=1', 'hidepid=2'])
def test_processes_hidden_by_the_system_are_unknown_and_not_gone(tmp_path, option):
    """A real ``/proc`` that hides, and the agent as nobody."""
    code = ("import sys; sys.path[:0] = %r; from itc_agent.cli import main; sys.exit(main(['check', 'process', '--set', 'name=^itc-hidden$']))"
            % [one for one in sys.path if one])
    server = tmp_path / 'itc-hidden'
    shutil.copy(shutil.which('sleep'), server)
    inner = f'mount -t proc -o {option} proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"'
    command = ['unshare', '-m', 'sh', '-c', inner, 'sh', os.path.realpath(sys.executable), '-c', code]
    if os.name == 'nt' or os.geteuid() or subprocess.run([*command[:-1], 'import sys; sys.path[:0] = %r; import psutil' % [one for one in sys.path if one]],
                                                         check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root, and nobody must be able to read this Python")
    with subprocess.Popen([str(server), '60']) as one:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run(name='^itc-hidden$').state == State.OK
        one.kill()
    assert done.returncode == State.UNKNOWN, done.stdout + done.stderr
    assert "could not be looked into" in done.stdout or "hidden from the agent" in done.stdout


def test_a_limit_on_a_number_that_nobody_could_count_does_not_find_that_nothing_runs(monkeypatch):
    monkeypatch.setattr(process, 'blindness', lambda *rights: "hidden")
    limits = [{'metric': 'count', 'op': '<', 'warning': None, 'critical': 1}]
    result = run(name='^no-such-program$', limits=limits)
    assert (result.state, values(result)['count']) == (State.UNKNOWN, None)


def test_settings_that_make_no_sense_are_refused():
    for wrong in ({}, {'name': 'x', 'min_count': -1}, {'name': 'x', 'min_count': 3, 'max_count': 2}, {'jar': 'lib/Loj.jar'}, {'jar': r'C:\Loj.jar'}):
        assert make_check(1, 'x', 'process', 60, 10, wrong).problem
