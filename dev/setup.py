"""Set up Odoo, Python's packages and the programs beside them; each step is done once and remembered by a stamp."""
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import aptget
import paths
from say import Trouble, run, step

SID_PACKAGES = (
    'odoo-19', 'libjs-jquery', 'libjs-underscore', 'libjs-jquery-form', 'fonts-glyphicons-halflings',
    'fonts-montserrat', 'fonts-ocr-b', 'fonts-roboto-unhinted',
)
STABLE_PACKAGES = ('fonts-font-awesome',)       # unstable's 7.x lost the files that Odoo links to
PROGRAMS = {'wkhtmltopdf': 'wkhtmltopdf'}       # PDFs
NPM_HINTS = (('ENOTFOUND', "no network (npm's registry cannot be reached)"), ('E404', "npm's registry does not have this version"))
NOT_THE_ADDON = {'agent', 'benchmarks', 'build', 'dev', 'docs', 'shots', '__pycache__'}
NPM_TEST_PACKAGES = ('axe-core@4.14.1',)        # judges the screens for people who do not see or point well
TEST_PROGRAMS = {
    **PROGRAMS, 'chromium': 'chromium', 'pdftoppm': 'poppler-utils',
    # What the agent's collectors are tried on: each test starts its own on a loopback port, never the system's service.
    '/lib/systemd/systemd-journal-remote': 'systemd-journal-remote', '/usr/bin/javac': 'default-jdk-headless', '/usr/sbin/nginx': 'nginx-light',
    '/usr/sbin/cupsd': 'cups', '/usr/bin/lp': 'cups-client', '/usr/lib/cups/backend/socket': 'cups-core-drivers',
    '/usr/sbin/ippeveprinter': 'cups-ipp-utils', '/usr/sbin/avahi-daemon': 'avahi-daemon', '/usr/bin/dbus-daemon': 'dbus',
    '/usr/sbin/snmpd': 'snmpd', '/usr/sbin/xrdp': 'xrdp', '/lib/nut/dummy-ups': 'nut-server',
}


def odoo_home():
    """Return the folder that holds the Python package `odoo`: the user's own (``ODOO_HOME``), or ours."""
    own = os.environ.get('ODOO_HOME')
    if not own:
        return paths.DIST_PACKAGES
    if not (Path(own) / 'odoo' / 'release.py').is_file():
        raise Trouble(f'ODOO_HOME={own} holds no odoo/release.py: point it at the folder of an Odoo 19')
    return Path(own).resolve()


def everything(for_tests=False):
    """Set up all that is missing; a second call only looks at the stamps."""
    check_machine()
    paths.HOME.mkdir(parents=True, exist_ok=True)
    if not os.environ.get('ODOO_HOME'):
        once('odoo', ' '.join(SID_PACKAGES + STABLE_PACKAGES), 'Odoo 19 from Debian', unpack_odoo)
    requirements = ['requirements.txt'] + (['requirements-test.txt'] if for_tests else [])
    for name in requirements:
        source = paths.REPO / 'dev' / name
        once(name, source.read_text() + str(odoo_home()), f'Python packages ({name})', lambda source=source: install(source))
    if for_tests:
        once('npm', ' '.join(NPM_TEST_PACKAGES), 'axe-core from npm', install_from_npm)
    agent = paths.REPO / 'agent'
    once('agent', (agent / 'pyproject.toml').read_text(), 'The agent', lambda: install_agent(agent))
    programs = TEST_PROGRAMS if for_tests else PROGRAMS
    if not all(map(shutil.which, programs)):
        with step(f"Programs from Debian: {', '.join(programs)}"):
            aptget.install_programs(programs)
    link_addon()


def check_machine():
    """:raises Trouble: Python is too old, or less than 2 GB are free"""
    if sys.version_info < (3, 10):  # noqa: UP036 - whoever reads this sentence runs an older one
        raise Trouble(f'Python {sys.version.split()[0]} is too old: Odoo 19 needs 3.10 or newer')
    where = next(folder for folder in (paths.HOME, *paths.HOME.parents) if folder.exists())
    if not os.access(where, os.W_OK):
        raise Trouble(f'{where} is not writable: set ITC_DEV_HOME to a folder that is')
    free = shutil.disk_usage(where).free
    need = 200e6 if (paths.STAMPS / 'odoo').exists() else 2.5e9
    if free < need:
        raise Trouble(f'the disk is full: {free / 1e9:.1f} GB free at {where}, {need / 1e9:.1f} GB needed')


def once(name, made_from, title, work):
    """Do ``work`` unless its stamp says it was done from the same input."""
    stamp = paths.STAMPS / name
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    with step(title):
        work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def unpack_odoo():
    """Unpack Odoo and the files it links to; see the README's section on what is set up."""
    aptget.unpack('sid', SID_PACKAGES, paths.ODOO_ROOT)
    aptget.unpack('stable', STABLE_PACKAGES, paths.ODOO_ROOT)
    # Debian strips this file, but Odoo's bundle names it: without it every page logs an error and every tour fails.
    stripped = paths.DIST_PACKAGES / 'odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js'
    if not stripped.exists():
        stripped.parent.mkdir(parents=True, exist_ok=True)
        stripped.write_text('')


def install(requirements):
    """Install pinned requirements into our venv, which also sees Odoo."""
    if not paths.PYTHON.exists():
        make_venv()
    site = next((paths.VENV / 'lib').glob('python3.*')) / 'site-packages'
    (site / 'odoo.pth').write_text(f'{odoo_home()}\n')
    run([paths.PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
        f'Installing {requirements.name}', paths.LOGS / 'pip.log')


def make_venv():
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
    except ImportError:
        aptget.install_programs({'ensurepip-of-python3-venv': 'python3-venv'})
        subprocess.run([sys.executable, '-m', 'venv', paths.VENV], check=True)
        return
    venv.create(paths.VENV, with_pip=True, clear=True)


def install_from_npm():
    """Install what the browser tests need of npm's registry; npm itself comes from Debian if the machine has none."""
    aptget.install_programs({'npm': 'npm'})
    paths.NPM.mkdir(parents=True, exist_ok=True)
    run(['npm', 'install', '--prefix', paths.NPM, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', *NPM_TEST_PACKAGES],
        f"Installing {', '.join(NPM_TEST_PACKAGES)}", paths.LOGS / 'npm.log', hints=NPM_HINTS)


def install_agent(agent):
    run([paths.PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--editable', agent],
        'Installing the agent', paths.LOGS / 'pip.log')


def link_addon():
    """Give the checkout the addon's technical name, whatever its folder is called.

    A folder of links, one an entry: Odoo's walks through an addon's files follow links, and one link to the whole checkout
    would lead them through `.dev/` into itself.
    """
    folder = paths.ADDONS / 'it_continuity'
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name for entry in paths.REPO.iterdir() if not entry.name.startswith('.') and entry.name not in NOT_THE_ADDON}
    for link in folder.iterdir():
        if link.name not in wanted or link.resolve() != paths.REPO / link.name:
            link.unlink()
    for name in wanted:
        if not (folder / name).exists():
            (folder / name).symlink_to(paths.REPO / name)
