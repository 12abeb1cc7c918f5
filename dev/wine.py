"""A Windows Python on Debian, under Wine: the agent's tests that it can carry run there.

Python's own Windows libraries come out of a package that carries them (panda3d, for its self-contained programs), the pure part of the
standard library from the Python that runs this, and the packages as wheels for Windows. Two small files are made here by a compiler: the
``python.exe`` that starts it, and the ``python3.dll`` to which extensions of every version are linked. All of it lies in ``.dev/wine``.

It proves the code's paths and Windows' rules for paths and locks, not Windows itself: Wine lists no processes and has no event log.
"""
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import aptget
import paths
import setup
from say import Trouble, reason, run

CARRIER = 'panda3d==1.10.16'
LIBRARIES = 'deploy_libs/'
CARRIED_VERSIONS = ('3.10', '3.11', '3.12', '3.13')
WINE, SERVER = '/usr/lib/wine/wine64', '/usr/lib/wine/wineserver64'
COMPILER, OBJDUMP = 'x86_64-w64-mingw32-gcc', 'x86_64-w64-mingw32-objdump'
PROGRAMS = {WINE: 'wine64', COMPILER: 'gcc-mingw-w64-x86-64'}
REQUIREMENTS = paths.REPO / 'dev' / 'requirements-windows.txt'
VERSION = f'{sys.version_info.major}.{sys.version_info.minor}'
DLL = f'python{VERSION.replace(".", "")}'

FOLDER = paths.HOME / 'wine'
PYTHON = FOLDER / 'python'                  # python.exe, Lib, site
PREFIX = FOLDER / 'prefix'                  # the Windows that Wine makes
LOG = paths.LOGS / 'wine.log'
TESTS = paths.REPO / 'agent' / 'tests'
SHARE = r'\\itc\share'                      # a share, as far as Wine knows: a folder in its prefix

# Which files of the agent's tests run there. What is in none of the two lists nobody has tried yet; it is left out and said so.
CARRIED = (
    'test_windows', 'test_answers', 'test_anydesk', 'test_backup_damage', 'test_backup_folders', 'test_backup_formats', 'test_battery',
    'test_clock', 'test_contracts', 'test_discovery', 'test_events_windows', 'test_failed_units', 'test_finders', 'test_id_station', 'test_job_windows', 'test_judge',
    'test_last_row', 'test_last_stop', 'test_licence', 'test_logs',
    'test_newest_file', 'test_pending_reboot', 'test_print_queue', 'test_printer_supplies', 'test_rdp', 'test_report_arrival',
    'test_rustdesk', 'test_scheduler', 'test_settings', 'test_shortcut', 'test_spool', 'test_tailscale', 'test_volumes_windows', 'test_wire',
    'test_witness')
_ICACLS = "an enrolled agent's key, or keys in a file, are not believed: Wine's icacls says nothing about who may read them"
NOT_CARRIED = {
    'test_agent': _ICACLS,
    'test_backup': 'about mounts, signals, users and tables of Linux',
    'test_backup_child': 'about signals, mounts and limits of memory of Linux',
    'test_backup_where': 'about mounts and links of Linux',
    'test_cli': _ICACLS,
    'test_collectors': 'about mounts, signals and links of Linux',
    'test_delivery': _ICACLS,
    'test_disk_forecast': 'about numbers, which are the same everywhere (it passes there)',
    'test_docs': 'about texts, which are the same everywhere',
    'test_events': "about systemd's journal",
    'test_every_source': 'its hangs are made of pipes, scripts and mounts of Linux',
    'test_host_secrets': _ICACLS,
    'test_http': 'openssl makes its certificates, and its times are too short for Wine',
    'test_mega_sync': 'plays MEGAcmd by scripts and users of Linux',
    'test_odoo': 'Odoo and PostgreSQL are Linux programs here',
    'test_patterns': 'about the time a child process takes, which under Wine is several seconds',
    'test_peachtree': 'about processes, which Wine does not list, and the words of Linux',
    'test_postgresql': 'PostgreSQL is a Linux program here',
    'test_process': 'Wine lists no processes',
    'test_programs': "compares the line ends and the words of Linux' programs",
    'test_services': 'half of it is about systemd, whose names are other names on Windows',
    'test_sqlserver': 'openssl makes its certificates, and the names of some of its tests are longer than a variable of Windows may be',
    'test_tries': _ICACLS,
    'test_ups_ecoflow': _ICACLS,
    'test_ups_nut': 'upsd is a Linux program here',
    'test_volume_state': 'about mounts of Linux',
    'test_volumes': 'about mounts of Linux',
}
# Single tests of the files that run.
NOT_CARRIED_TESTS = {
    'test_answers.py::test_a_server_that_drips_holds_no_report_for_ever': 'openssl makes its certificate',
    'test_anydesk.py::test_not_installed_or_hidden_is_unknown': 'Wine lists no processes',
    'test_rustdesk.py::test_not_installed_is_unknown': 'Wine lists no processes',
    'test_settings.py::test_the_key_is_private_from_its_first_byte_and_never_printed': 'about the modes of POSIX',
    'test_settings.py::test_a_key_that_others_can_read_is_refused': "about the modes of POSIX, and Wine's icacls says nothing",
    'test_spool.py::test_it_writes_with_full_synchronisation_in_wal_mode': 'about the modes of POSIX',
    'test_spool.py::test_on_a_full_disk_it_goes_on_keeping_the_newest_and_counts_the_rest': 'mounts a small disk',
}
LIMIT_S = 900

STARTER = r'''
#include <windows.h>
#include <wchar.h>
typedef int (*main_t)(int, wchar_t **);
int wmain(int argc, wchar_t **argv) {
    HMODULE dll = LoadLibraryW(L"%s.dll");
    main_t start = dll ? (main_t)GetProcAddress(dll, "Py_Main") : 0;
    if (!start) { fwprintf(stderr, L"%s.dll does not load\n"); return 100; }
    return start(argc, argv);
}
'''


def environment():
    """Return the environment in which Wine runs: its own prefix, no menus, no browser engine, no words of its own."""
    return {**os.environ, 'WINEPREFIX': str(PREFIX), 'WINEDEBUG': '-all', 'WINEDLLOVERRIDES': 'mscoree,mshtml,winemenubuilder.exe=', 'WINEARCH': 'win64',
            'PYTHONDONTWRITEBYTECODE': '1', 'PYTHONIOENCODING': 'utf-8', 'DISPLAY': '', 'ITC_TEST_SHARE': SHARE}


def obstacle():
    """Return why there can be no Windows Python on this machine, empty when there can."""
    if sys.platform != 'linux' or os.uname().machine != 'x86_64':
        return 'Wine is used on Linux on x86-64 only'
    if VERSION not in CARRIED_VERSIONS:
        return f'there is no Windows Python {VERSION} in {CARRIER}'
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing and not (shutil.which('apt-get') and os.geteuid() == 0):
        return f'please run once: sudo apt-get install {" ".join(missing)}'
    return ''


def make():
    """Set it up unless that was done.

    :raises Trouble: a package cannot be had, or what was made does not start
    """
    aptget.install_programs(PROGRAMS)
    setup.once('wine', REQUIREMENTS.read_text() + CARRIER + sys.version + STARTER, 'A Windows Python under Wine', build)


def build():
    shutil.rmtree(FOLDER, ignore_errors=True)
    PYTHON.mkdir(parents=True)
    unpack_libraries()
    copy_standard_library()
    make_starter()
    make_stable_library()
    # The agent itself stands there as an editable installation would put it.
    (PYTHON / f'{DLL}._pth').write_text('\r\n'.join(['Lib', '.', 'site', windows_path(paths.REPO / 'agent'), '']))
    pip('install', '--target', PYTHON / 'site', '-r', REQUIREMENTS)
    # Compiling it all costs seconds here and minutes in each run under Wine.
    run([sys.executable, '-m', 'compileall', '-q', '-j', '0', '--invalidation-mode', 'unchecked-hash', PYTHON / 'Lib', PYTHON / 'site'],
        'Compiling the library', LOG)
    if call('-c', 'import psutil, requests, sqlite3, ssl, pytest', log=LOG, limit_s=300):
        raise Trouble(f'the Windows Python does not start: {reason(LOG)} (output: {LOG})')


def pip(verb, *arguments):
    run([paths.PYTHON, '-m', 'pip', verb, '--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--platform', 'win_amd64',
         '--python-version', VERSION, *arguments], f'Fetching packages for Windows ({verb})', LOG)


def unpack_libraries():
    """Take Python's own libraries out of their carrier; those of the C runtime are Wine's own."""
    wheels = FOLDER / 'wheels'
    pip('download', '--no-deps', '--dest', wheels, CARRIER)
    with zipfile.ZipFile(next(wheels.glob('*.whl'))) as archive:
        for name in archive.namelist():
            base = name.removeprefix(LIBRARIES)
            if name.startswith(LIBRARIES) and base and '/' not in base and not base.startswith(('api-ms-win-crt', 'tcl', 'tk', '_tkinter')):
                (PYTHON / base).write_bytes(archive.read(name))
    shutil.rmtree(wheels)
    if not (PYTHON / f'{DLL}.dll').exists():
        raise Trouble(f'{CARRIER} does not carry a Windows Python {VERSION}')


def copy_standard_library():
    """Copy what of the standard library is Python; what is compiled comes with the libraries."""
    source = Path(sysconfig.get_path('stdlib'))
    left_out = shutil.ignore_patterns('site-packages', 'dist-packages', 'lib-dynload', 'test', 'tests', 'idlelib', 'tkinter', 'ensurepip', '__pycache__',
                                      'config-*', '*.so')
    shutil.copytree(source, PYTHON / 'Lib', ignore=left_out)


def windows_path(path):
    """Return how a path of this machine is called under Wine."""
    return f'Z:{path}'.replace('/', '\\')


def make_starter():
    source = FOLDER / 'python.c'
    source.write_text('#include <stdio.h>\n' + STARTER % (DLL, DLL))
    run([COMPILER, '-municode', '-O1', '-o', PYTHON / 'python.exe', source], 'Compiling python.exe', LOG)


def make_stable_library():
    """Make ``python3.dll``, which hands everything on to the library of this version."""
    told = subprocess.run([OBJDUMP, '-p', PYTHON / f'{DLL}.dll'], capture_output=True, text=True, check=True).stdout
    names = {words[-1] for words in map(str.split, told.splitlines()) if words and words[-1].startswith(('Py', '_Py'))}
    definition, source = FOLDER / 'python3.def', FOLDER / 'python3.c'
    definition.write_text('LIBRARY python3\nEXPORTS\n' + ''.join(f'  {name}={DLL}.{name}\n' for name in sorted(names)))
    source.write_text('int DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }\n')
    run([COMPILER, '-shared', '-nostdlib', '-o', PYTHON / 'python3.dll', source, definition], 'Compiling python3.dll', LOG)


def untried():
    """Return the names of the agent's test files of which nobody has said whether Wine can carry them."""
    return sorted({file.stem for file in TESTS.glob('test_*.py')} - {*CARRIED, *NOT_CARRIED})


def run_tests(result, log):
    """Run what Wine can carry, counted in pytest's JUnit file ``result``; return pytest's exit code.

    :raises Trouble: no end
    """
    share = PREFIX / 'dosdevices' / 'unc' / 'itc' / 'share'
    share.mkdir(parents=True, exist_ok=True)
    left_out = [part for test in NOT_CARRIED_TESTS for part in ('--deselect', f'tests/{test}')]
    files = [f'tests/{name}.py' for name in CARRIED]
    return call('-m', 'pytest', '-q', '-p', 'no:cacheprovider', *left_out, f'--junitxml={windows_path(result)}', *files,
                log=log, limit_s=LIMIT_S, cwd=paths.REPO / 'agent')


def call(*arguments, log, limit_s, cwd=None):
    """Run the Windows Python and write what it says to the file ``log``; return its exit code.

    Its output must be a pipe: with a file there Python does not start under Wine.

    :raises Trouble: no end after ``limit_s`` seconds
    """
    process = subprocess.Popen([WINE, PYTHON / 'python.exe', *map(str, arguments)], env=environment(), cwd=cwd, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        log.write_bytes(process.communicate(timeout=limit_s)[0])
    except subprocess.TimeoutExpired as error:
        raise Trouble(f'Wine: no end after {limit_s} s') from error
    finally:
        process.kill()
        end_wine()
    return process.returncode


def end_wine():
    """End what Wine leaves running in our prefix."""
    subprocess.run([SERVER, '--kill'], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
