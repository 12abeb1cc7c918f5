"""Debian packages by apt: downloaded and unpacked into our own folder, or installed when a program is missing.

The archive's address is the one the machine's own apt is configured with. Downloads use private lists and caches, so the
system's apt is untouched; signatures are verified with Debian's own keyring.
"""
import os
import shutil
import subprocess

import paths
from say import Trouble, run

WORK = paths.HOME / 'apt'
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
HINTS = (
    ('Unable to locate package', 'the package is not in the configured Debian archive'),
    ('Could not resolve', 'no network (the Debian archive cannot be reached)'),
    ('Could not connect', 'no network (the Debian archive cannot be reached)'),
    ('Failed to fetch', 'the Debian archive could not be read (network down, or mirror out of date)'),
    ('NO_PUBKEY', 'the Debian archive keyring is too old: apt-get install debian-archive-keyring'),
)


def archive_uri():
    """Return the address of the Debian archive this machine uses.

    :raises Trouble: no apt here, or no Debian archive configured
    """
    if not shutil.which('apt-get'):
        raise Trouble('apt-get is not on this machine: set ODOO_HOME to your own Odoo 19 and call again')
    answer = subprocess.run(
        ['apt-get', 'indextargets', '--format', '$(REPO_URI) $(COMPONENT)', 'Created-By: Packages'],
        capture_output=True, text=True, check=False).stdout
    addresses = [row.split()[0] for row in answer.splitlines() if row.endswith(' main')]
    debian = [address for address in addresses if address.rstrip('/').endswith('/debian')]
    if not debian:
        raise Trouble('apt has no Debian archive configured: set ODOO_HOME to your own Odoo 19 and call again')
    return debian[0]


def _options(suite):
    """Return the apt options of a private world for one suite, made ready on disk."""
    base = WORK / suite
    for folder in (base / 'lists' / 'partial', base / 'cache' / 'archives' / 'partial'):
        folder.mkdir(parents=True, exist_ok=True)
    signed = f'[signed-by={KEYRING}] ' if os.path.exists(KEYRING) else ''
    (base / 'sources.list').write_text(f'deb {signed}{archive_uri()} {suite} main\n')
    settings = {
        'Dir::Etc::SourceList': base / 'sources.list', 'Dir::Etc::SourceParts': '/dev/null',
        'Dir::State::Lists': base / 'lists', 'Dir::Cache': base / 'cache', 'Acquire::Languages': 'none',
        'Acquire::Retries': '3', 'APT::Sandbox::User': '',
    }
    return [part for key, value in settings.items() for part in ('-o', f'{key}={value}')]


def unpack(suite, packages, target):
    """Download ``packages`` of ``suite`` and unpack them below ``target``; nothing is installed."""
    options = _options(suite)
    debs = WORK / suite / 'debs'
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir(parents=True)
    run(['apt-get', *options, '-o', 'APT::Update::Error-Mode=any', 'update'], f'Reading the {suite} package lists', paths.LOGS / f'apt-{suite}.log', hints=HINTS)
    run(['apt-get', *options, 'download', *packages], f'Downloading {packages[0]}', paths.LOGS / f'apt-{suite}.log',
        cwd=debs, hints=HINTS)
    target.mkdir(parents=True, exist_ok=True)
    for deb in sorted(debs.glob('*.deb')):
        run(['dpkg-deb', '-x', deb, target], f'Unpacking {deb.name}', paths.LOGS / 'dpkg.log')
    shutil.rmtree(debs)


def install_programs(programs):
    """Make sure that programs exist, from Debian's packages.

    :param programs: {program: package}
    :raises Trouble: one is missing and we may not install it
    """
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    if not missing:
        return
    if not shutil.which('apt-get'):
        raise Trouble(f"please install {' '.join(missing)} (there is no apt-get here)")
    if os.geteuid() != 0:
        raise Trouble(f"please run once: sudo apt-get install {' '.join(missing)}")
    env = dict(os.environ, DEBIAN_FRONTEND='noninteractive')
    run(['apt-get', '-q', 'update'], 'Reading the package lists', paths.LOGS / 'apt-install.log', env=env, hints=HINTS)
    run(['apt-get', '-q', 'install', '-y', '--no-install-recommends', *missing], f"Installing {' '.join(missing)}",
        paths.LOGS / 'apt-install.log', env=env, hints=HINTS)
