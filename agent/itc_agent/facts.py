"""What this machine is: sent at enrolment and again when it changes."""
from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import sys
import time
from datetime import datetime, timezone
from functools import partial

from . import __version__
from .errors import SourceUnavailable
from .volumes import Room, ask, by_volume, measure, read_mounts, without_password
from .wire import canonical, clean_text, clean_value, timestamp

_VOLATILE = ('boot_time',)
PATIENCE_S = 2.0


def read() -> dict:
    """Return the facts of this machine, as docs/protocol.md lists them; what cannot be read is left out."""
    import psutil
    facts = {
        'hostname': socket.gethostname(),
        'machine_id': machine_id(),
        **_system(),
        'cpu_model': _cpu_model(),
        'cpu_count': psutil.cpu_count() or None,
        'memory_bytes': psutil.virtual_memory().total,
        'boot_time': timestamp(datetime.fromtimestamp(psutil.boot_time(), timezone.utc)),
        'timezone': _timezone(),
        'agent_version': __version__,
        'python_version': sys.version.split()[0],
        'addresses': _addresses(psutil),
        'volumes': _volumes(),
    }
    return {key: clean_text(value, 200) if isinstance(value, str) else value for key, value in facts.items() if value not in (None, '')}


def digest(facts: dict) -> str:
    """Return a name for these facts that changes only when something of substance does."""
    lasting = {key: value for key, value in facts.items() if key not in _VOLATILE}
    return hashlib.sha256(canonical(lasting).encode('utf-8')).hexdigest()


def boot_session(previous: str = '') -> str:
    """Return a text that stays the same until the machine is booted again.

    :param previous: what was returned last time; where only a jittery boot time is known, a near one counts as the same boot
    """
    text = _first_line('/proc/sys/kernel/random/boot_id')
    if text:
        return text
    import psutil
    booted = int(psutil.boot_time())
    if previous.startswith('boot-') and abs(int(previous[5:]) - booted) < 120:
        return previous
    return f'boot-{booted}'


def _first_line(path: str) -> str:
    try:
        with open(path, encoding='utf-8') as file:
            return file.readline().strip()
    except (OSError, UnicodeDecodeError):
        return ''


def machine_id() -> str:
    if sys.platform != 'win32':
        return _first_line('/etc/machine-id')
    import winreg
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r'SOFTWARE\Microsoft\Cryptography') as key:
            return str(winreg.QueryValueEx(key, 'MachineGuid')[0])
    except OSError:
        return ''


def _system() -> dict:
    """Return the system's name and version, and the processor's kind."""
    if sys.platform == 'win32':
        import platform
        return {'os': f'{platform.system()} {platform.release()}'.strip(), 'os_version': platform.version(), 'arch': platform.machine()}
    # The module `platform` would stay in memory for months: here the kernel and one file say the same.
    told = os.uname()
    return {'os': f'{told.sysname} {_distribution()}'.strip(), 'os_version': told.release, 'arch': told.machine}


def _distribution() -> str:
    for file in ('/etc/os-release', '/usr/lib/os-release'):
        with contextlib.suppress(OSError), open(file, encoding='utf-8', errors='replace') as opened:
            return pretty_name(opened.read())
    return ''


def pretty_name(text: str) -> str:
    r"""Return what a distribution calls itself in its ``os-release``. Pure.

    >>> pretty_name('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'), pretty_name("PRETTY_NAME='A \"b\"'"), pretty_name('ID=x')
    ('Debian GNU/Linux 12 (bookworm)', 'A "b"', 'Linux')
    """
    found = re.search(r'^PRETTY_NAME=(["\']?)(.*)\1\s*$', text, re.MULTILINE)
    return re.sub(r'\\(.)', r'\1', found[2]) if found else 'Linux'


def _cpu_model() -> str:
    with contextlib.suppress(OSError), open('/proc/cpuinfo', encoding='utf-8', errors='replace') as file:
        for line in file:
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    import platform
    return platform.processor()


def _timezone() -> str:
    target = os.path.realpath('/etc/localtime')
    if '/zoneinfo/' in target:
        return target.partition('/zoneinfo/')[2]
    return _first_line('/etc/timezone') or time.tzname[0]


def _addresses(psutil) -> list[str]:
    found = set()
    for entries in psutil.net_if_addrs().values():
        for entry in entries:
            address = entry.address.partition('%')[0]
            if entry.family in (socket.AF_INET, socket.AF_INET6) and not address.startswith(('127.', '169.254.', 'fe80:')) and address != '::1':
                found.add(address)
    return sorted(found)[:32]


def _volumes() -> list[dict]:
    """Return each volume once, this machine's own first. Network shares are only named, with 0 bytes: asking one that is dead takes for ever."""
    try:
        mounts = read_mounts()
    except SourceUnavailable:
        return []
    local, remote = (by_volume(mount for mount in mounts if mount.role == role) for role in ('local', 'network'))
    answers = ask({('facts', ways): partial(measure, ways) for ways in local}, PATIENCE_S)
    found = [(ways[0], Room(0, 0, 0)) if isinstance(answer, Exception) else answer for (_facts, ways), answer in answers.items()]
    found += [(ways[0], Room(0, 0, 0)) for ways in remote]
    return [{'mount': clean_text(mount.point, 200), 'device': clean_text(without_password(mount.device), 200), 'fstype': clean_text(mount.fstype, 200),
             'total_bytes': clean_value(room.total) or 0} for mount, room in filter(None, found)][:64]
