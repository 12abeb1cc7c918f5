"""Whether this machine waits for a restart: a newer kernel is installed than runs, or the package system asks for one.

The package system's mark is ``/run/reboot-required`` (Debian, Ubuntu; the packages stand in ``.pkgs`` beside it) or ``/run/reboot-needed`` (SUSE).
Kernels are those of ``/boot``, or of ``/lib/modules`` where ``/boot`` names none; only one of the same flavour as the running one counts
(``amd64``, ``rt-amd64`` and ``cloud-amd64`` are three). A mark that is not there proves nothing by itself, because not every system makes one: only
when the kernels can be compared too, no restart is due. Where neither tells anything, in a container for instance, it is unknown.

How long a restart has been due is kept over restarts of the agent; the mark's own time counts when it is earlier. The limits on ``pending_days``
are the days of grace. Libraries that were replaced while programs use them ask for nothing here.

Tried on: files made for the tests. Not tried on the real thing: a machine that was updated.
"""
from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass

from ..errors import SourceUnavailable
from ..registry import collector
from ._reboot_common import EVERY_S, HELP, LIMITS, METRICS, TIMEOUT_S, TITLE, Reason, reading_of

MARKS = ('/run/reboot-required', '/run/reboot-needed')
BOOT, MODULES = '/boot', '/lib/modules'
MAX_PACKAGES_BYTES, MAX_NAMED = 65_536, 5


@dataclass(frozen=True)
class RebootSettings:
    """No settings: there is only one machine."""


@dataclass(frozen=True)
class Found:
    """What was found.

    :param mark_at: time of the package system's mark, None when there is none
    :param packages: names of those that ask for a restart
    :param running: release of the kernel that runs
    :param kernels: releases of those that are installed
    """

    mark_at: float | None
    packages: tuple
    running: str
    kernels: tuple


def parse(found: Found) -> tuple[list[Reason], list[str]]:
    """Return the reasons for a restart, and what cannot be told. Pure.

    :raises SourceUnavailable: nothing can be told
    """
    reasons, notes = [], []
    if found.mark_at is not None:
        named = ', '.join(found.packages[:MAX_NAMED]) + (f" and {len(found.packages) - MAX_NAMED} more" if len(found.packages) > MAX_NAMED else '')
        reasons.append(Reason('mark', f"the package system asks for it{f' ({named})' if named else ''}", found.mark_at))
    rivals = [one for one in found.kernels if flavour(one) == flavour(found.running)]
    if rivals:
        newest = max(rivals, key=order)
        if order(newest) > order(found.running):
            reasons.append(Reason('kernel', f"kernel {newest} is installed, {found.running} runs"))
    elif found.mark_at is None:
        raise SourceUnavailable(f"whether a restart is due cannot be told: no mark of the package system, no installed kernel like {found.running}")
    else:
        notes.append("no installed kernel to compare with")
    return reasons, notes


def flavour(release: str) -> str:
    """Return what kind of kernel a release is.

    >>> flavour('6.1.0-28-amd64'), flavour('6.1.0-28-rt-amd64'), flavour('5.14.0-427.el9_4.x86_64') == flavour('5.14.0-503.el9_5.x86_64')
    ('amd', 'rt amd', True)
    """
    return ' '.join(re.sub(r'[\d._+~:-]+', ' ', release).split())


def order(release: str) -> list:
    """Return what releases are compared by: numbers as numbers.

    >>> order('6.1.0-9-amd64') < order('6.1.0-28-amd64') < order('6.10.3-1-amd64')
    True
    """
    return [(1, int(part), '') if part.isdigit() else (0, 0, part) for part in re.findall(r'[0-9]+|[A-Za-z]+', release)]


def kernels_of(boot, modules) -> tuple:
    """Return the releases of installed kernels: from the names in ``/boot``, or the folders of modules that are whole. Rescue images do not count. Pure.

    >>> kernels_of(['vmlinuz-6.1.0-28-amd64', 'vmlinuz-0-rescue-5f1a', 'vmlinuz', 'vmlinuz-6.1.0-9-amd64.old'], ['6.9.0'])
    ('6.1.0-28-amd64',)
    """
    found = [name.partition('-')[2] for name in boot if re.match(r'vmlinu[xz]-[1-9]', name) and not name.endswith(('.old', '.bak', '.dpkg-tmp', '.dpkg-new'))]
    return tuple(sorted(found)) or tuple(sorted(name for name in modules if re.match('[1-9]', name)))


def query() -> Found:
    """Look at the marks and the installed kernels. :raises SourceUnavailable: they may not be looked at"""
    mark_at, packages = None, ()
    try:
        for mark in MARKS:
            if os.path.lexists(mark):
                mark_at, packages = os.stat(mark).st_mtime, packages or packages_of(f'{mark}.pkgs')
        modules = [name for name in listed(MODULES) if os.path.exists(os.path.join(MODULES, name, 'modules.dep'))]
        return Found(mark_at, packages, os.uname().release, kernels_of(listed(BOOT), modules))
    except OSError as error:
        raise SourceUnavailable(f"whether a restart is due cannot be told: {error.filename}: {error.strerror}") from error


def listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def packages_of(file: str) -> tuple:
    try:
        with open(file, encoding='utf-8', errors='replace') as opened:
            return tuple(dict.fromkeys(line.strip() for line in opened.read(MAX_PACKAGES_BYTES).splitlines() if line.strip()))
    except OSError:
        return ()


@collector('pending_reboot', title=TITLE, help=HELP, settings=RebootSettings, metrics=METRICS, limits=LIMITS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: RebootSettings, memory: dict):
    """Look whether a restart is due."""
    reasons, notes = parse(query())
    yield reading_of(reasons, memory['kept'], time.time(), notes)
