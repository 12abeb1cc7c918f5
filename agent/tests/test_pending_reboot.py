"""A restart that is due: files made for the tests on Linux, a registry made for them in the place of Windows'."""
import doctest
import os
import time
from types import SimpleNamespace

import pytest

from itc_agent import registry
from itc_agent.collectors import _reboot_common as common
from itc_agent.collectors import pending_reboot_linux as linux
from itc_agent.collectors import pending_reboot_windows as windows
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

DAY = 86400.0
RUNS = '6.1.0-26-amd64'


def found(mark_at=None, packages=(), running=RUNS, kernels=(RUNS,)):
    return linux.Found(mark_at, tuple(packages), running, tuple(kernels))


def keys(reasons):
    return [one.key for one in reasons]


# === LINUX === #

@pytest.mark.parametrize(('kernels', 'running', 'words'), [
    (['6.1.0-28-amd64', RUNS], RUNS, "kernel 6.1.0-28-amd64 is installed, 6.1.0-26-amd64 runs"), ([RUNS, '6.1.0-9-amd64'], RUNS, ""),
    (['6.1.0-28-rt-amd64', '6.1.0-28-cloud-amd64', RUNS], RUNS, ""), (['6.10.0-1-amd64', RUNS], RUNS, "kernel 6.10.0-1-amd64 is installed"),
    (['6.12.1-arch1-1'], '6.11.9-arch1-1', "kernel 6.12.1-arch1-1 is installed"),  # the running one was removed
    (['5.14.0-503.11.1.el9_5.x86_64', '5.14.0-427.13.1.el9_4.x86_64'], '5.14.0-427.13.1.el9_4.x86_64', "kernel 5.14.0-503"),
    ([RUNS], '6.1.0-28-amd64', "")])
def test_a_newer_kernel_of_the_same_flavour_is_a_reason(kernels, running, words):
    reasons, notes = linux.parse(found(kernels=kernels, running=running))
    assert [one.words.startswith(words) for one in reasons] == ([True] if words else [])
    assert notes == []


def test_the_package_systems_mark_is_a_reason_with_its_packages():
    reasons, _notes = linux.parse(found(mark_at=5.0, packages=['linux-base', 'libc6', 'dbus', 'a', 'b', 'c']))
    assert [(one.key, one.words, one.at) for one in reasons] == [
        ('mark', "the package system asks for it (linux-base, libc6, dbus, a, b and 1 more)", 5.0)]
    reasons, notes = linux.parse(found(mark_at=5.0, kernels=()))
    assert (keys(reasons), notes) == (['mark'], ["no installed kernel to compare with"])


@pytest.mark.parametrize('kernels', [(), ('6.1.0-28-rt-amd64',)])
def test_no_mark_and_no_kernel_to_compare_with_is_unknown(kernels):
    with pytest.raises(SourceUnavailable, match="cannot be told"):
        linux.parse(found(kernels=kernels))


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Folders in the place of /run, /boot and /lib/modules; gives their parent."""
    if os.name == 'nt':
        pytest.skip("these folders are of Linux")
    for name in ('run', 'boot', 'modules'):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(linux, 'MARKS', (str(tmp_path / 'run' / 'reboot-required'), str(tmp_path / 'run' / 'reboot-needed')))
    monkeypatch.setattr(linux, 'BOOT', str(tmp_path / 'boot'))
    monkeypatch.setattr(linux, 'MODULES', str(tmp_path / 'modules'))
    return tmp_path


def run(memory=None):
    return look(make_check(1, 'reboot', 'pending_reboot', 3600, 20, {}), {} if memory is None else memory, {})


def test_a_machine_with_a_mark_then_restarted(machine):
    running = os.uname().release
    (machine / 'boot' / f'vmlinuz-{running}').touch()
    memory = {}
    assert (run(memory).state, run(memory).summary) == (State.OK, "no restart is due")
    mark = machine / 'run' / 'reboot-required'
    mark.write_text("*** System restart required ***\n")
    (machine / 'run' / 'reboot-required.pkgs').write_text("linux-base\nlibc6\nlibc6\n")
    result = run(memory)
    assert (result.state, result.readings[0].values['pending']) == (State.OK, 1)  # days of grace
    assert result.summary == "a restart is due; the package system asks for it (linux-base, libc6)"
    os.utime(mark, (time.time() - 4 * DAY,) * 2)
    assert run(memory).state == State.WARNING
    os.utime(mark, (time.time() - 15 * DAY,) * 2)
    assert run(memory).state == State.CRITICAL
    mark.unlink()
    assert (run(memory).state, memory['kept']['since']) == (State.OK, {})


def test_kernels_are_found_in_the_folder_of_modules_too(machine):
    assert run().state == State.UNKNOWN
    release = '99' + os.uname().release
    (machine / 'modules' / release).mkdir()
    assert run().state == State.UNKNOWN  # a folder that a removed kernel left behind
    (machine / 'modules' / release / 'modules.dep').touch()
    assert f"kernel {release} is installed" in run().summary


def test_folders_that_may_not_be_looked_at_are_unknown(machine, monkeypatch):
    (machine / 'boot').rmdir()
    (machine / 'boot').touch()
    result = run()
    assert (result.state, "boot: Not a directory" in result.summary) == (State.UNKNOWN, True)


# === SINCE WHEN === #

def reading(reasons, kept, now):
    return common.reading_of(reasons, kept, now)


def test_the_grace_counts_from_the_first_look_or_the_marks_own_time():
    kept, kernel = {}, common.Reason('kernel', "k")
    assert [reading([kernel], kept, now * DAY).values['pending_days'] for now in (100, 102, 105)] == [0.0, 2.0, 5.0]
    assert reading([], kept, 106 * DAY).values == {'pending': 0, 'pending_days': 0.0}
    assert reading([kernel], kept, 107 * DAY).values['pending_days'] == 0.0
    assert reading([common.Reason('mark', "m", 100 * DAY)], kept, 110 * DAY).values['pending_days'] == 10.0
    assert reading([common.Reason('mark', "m", 109.5 * DAY)], kept, 110 * DAY).values['pending_days'] == 10.0


def test_a_clock_that_was_set_back_or_a_mark_from_the_future_starts_anew():
    kept = {}
    reading([common.Reason('kernel', "k")], kept, 500 * DAY)
    assert [reading([common.Reason('kernel', "k")], kept, now * DAY).values['pending_days'] for now in (100, 101)] == [0.0, 1.0]
    assert reading([common.Reason('mark', "m", 900 * DAY)], {}, 100 * DAY).values['pending_days'] == 0.0
    assert reading([common.Reason('mark', "m", 5.0)], {'since': 'x'}, 100 * DAY).values['pending'] == 1


# === WINDOWS === #

def key(*path):
    return '\\'.join(path)


class Registry:
    """A registry of a dict, path to values; one that is None may not be opened. Only what the collector uses of ``winreg``."""

    HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY = 'HKLM', 0x20019, 0x100

    def __init__(self, tree):
        self.tree, self.rights = tree, set()

    def OpenKey(self, hive, path, _reserved, rights):  # noqa: N802  as winreg names it
        self.rights.add(rights)
        if path not in self.tree:
            raise FileNotFoundError(2, "not found")
        if self.tree[path] is None:
            raise PermissionError(13, "Zugriff verweigert")
        return Opened(self.tree[path])

    @staticmethod
    def QueryInfoKey(opened):
        return (0, 0, int(1_700_000_000 * 1e7) + 116_444_736_000_000_000)

    @staticmethod
    def QueryValueEx(opened, name):
        if name not in opened.values:
            raise FileNotFoundError(2, "not found")
        return opened.values[name], 1


class Opened(SimpleNamespace):
    def __init__(self, values):
        super().__init__(values=values)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None


def tree(**more):
    names = {key(windows.NAMES, one): {'ComputerName': 'ERP-SRV'} for one in ('ActiveComputerName', 'ComputerName')}
    return {windows.SESSION: {}, windows.CBS: {}, windows.NETLOGON: {}, **names, **more}


def on_windows(monkeypatch, made, **settings):
    import sys
    fake = Registry(made)
    monkeypatch.setitem(sys.modules, 'winreg', fake)
    given = registry.parse_settings(SimpleNamespace(kind='pending_reboot', settings=windows.RebootSettings), settings)
    result, = windows.collect(given, {'kept': {}})
    assert fake.rights == {0x20119}
    return result


def test_marks_of_the_registry(monkeypatch):
    assert on_windows(monkeypatch, tree()).values == {'pending': 0, 'pending_days': 0.0}
    result = on_windows(monkeypatch, tree(**{key(windows.CBS, 'RebootPending'): {}, key(windows.UPDATE, 'RebootRequired'): {}}))
    assert result.text.startswith("a restart is due for ") and "Windows' components were updated; Windows Update asks for it" in result.text
    assert result.values['pending_days'] > 365
    result = on_windows(monkeypatch, tree(**{key(windows.NAMES, 'ComputerName'): {'ComputerName': 'ERP-NEW'}, windows.NETLOGON: {'JoinDomain': ''}}))
    assert result.text == "a restart is due; the machine gets a new name (ERP-NEW); the machine joins a domain"


def test_files_that_wait_are_told_but_do_not_count_unless_asked_for(monkeypatch):
    waiting = {windows.SESSION: {'PendingFileRenameOperations': ['\\??\\C:\\Windows\\Temp\\a.tmp', '', '\\??\\C:\\b', '\\??\\C:\\c']}}
    result = on_windows(monkeypatch, tree(**waiting))
    assert (result.values['pending'], result.text) == (0, "no restart is due; 2 files wait to be replaced, first C:\\Windows\\Temp\\a.tmp")
    assert on_windows(monkeypatch, tree(**waiting), renames=True).values['pending'] == 1
    assert on_windows(monkeypatch, tree(**{windows.SESSION: {'PendingFileRenameOperations': []}}), renames=True).values['pending'] == 0


@pytest.mark.parametrize('path', [key(windows.CBS, 'RebootPending'), windows.SESSION, key(windows.UPDATE, 'RebootRequired'), windows.NETLOGON])
def test_a_mark_that_may_not_be_looked_at_is_unknown(monkeypatch, path):
    with pytest.raises(SourceUnavailable, match="the registry cannot be read: Zugriff verweigert"):
        on_windows(monkeypatch, tree(**{path: None}))


def test_a_registry_that_is_not_windows_own_is_unknown(monkeypatch):
    with pytest.raises(SourceUnavailable, match="the registry has no SYSTEM"):
        on_windows(monkeypatch, {})


@pytest.mark.skipif(os.name != 'nt', reason="needs a registry")
def test_a_real_registry_is_read_as_it_was_written(monkeypatch):
    import winreg
    below = r'Software\itc-agent-test'
    monkeypatch.setattr(windows, 'HIVE', 'HKEY_CURRENT_USER')
    for name in ('CBS', 'UPDATE', 'SESSION', 'NAMES', 'NETLOGON'):
        monkeypatch.setattr(windows, name, key(below, name))
    made = [key(below, 'SESSION'), key(below, 'CBS', 'RebootPending'), key(below, 'CBS'), below]
    try:
        for path in made:
            winreg.CreateKey(winreg.HKEY_CURRENT_USER, path).Close()
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, made[0], 0, winreg.KEY_WRITE) as session:
            winreg.SetValueEx(session, 'PendingFileRenameOperations', 0, winreg.REG_MULTI_SZ, ['\\??\\C:\\a b.tmp', 'x'])
        found = windows.query()
    finally:
        for path in made:
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, path)
    assert (found['update_at'], found['renames'], found['domain']) == (None, ['\\??\\C:\\a b.tmp'], [])
    assert abs(found['cbs_at'] - time.time()) < 120


@pytest.mark.skipif(os.name == 'nt', reason="the examples are of Linux")
def test_the_examples_hold():
    assert doctest.testmod(linux).failed == 0
