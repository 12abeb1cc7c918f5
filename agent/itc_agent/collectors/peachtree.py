"""Peachtree / Sage 50: the database engine behind it (Pervasive, Actian PSQL, Zen), its port, and the folder of the company's files.

Each is a reading of its own. ``service``: the engine as a service of Windows; the names that are known are tried, as service name or as the name
that is shown, whatever their case. Stopped is critical. Where no such service exists, the engine may be the program ``w3dbsmgr.exe`` that starts
when somebody logs on (up to Sage 14.1): running is fine, but said, because after a power cut nobody may log on; not running is critical. ``port``:
refused is critical, no answer within ``timeout_s`` is unknown. ``folder``: files as ``*.DAT`` have to be in there; an empty folder, one that is not
there, may not be read, or does not answer is unknown, because an unplugged disk and a share that is away look the same.

A setting left empty (or 0) leaves its reading out. On a host that is not Windows the service cannot be looked at, which is unknown: empty
``services`` there and ask for port and folder.

Tried on: real listeners and folders on Linux; services on constructed lists. Not tried on the real thing: Peachtree itself and its engine's service.
"""
from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial

from .. import time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ..volumes import ask
from . import _services
from ._connection import connect, good_host

# Pervasive PSQL Workgroup (Sage 15.1), Actian PSQL Workgroup (16.1), Zen: service names and the names that are shown.
SERVICES = ('psqlWGE', '*PSQL Workgroup*', '*PSQL Server*', '*Zen*Engine*')
PROGRAM = 'w3dbsmgr.exe'
MAX_SHOWN = 3


@dataclass(frozen=True)
class PeachtreeSettings:
    """What belongs to this Peachtree."""

    services: list = setting('list', SERVICES, help="Names or patterns of the engine's service; empty: not looked at.")
    host: str = setting('str', '127.0.0.1', help="Host on which the engine listens.")
    port: int = setting('int', 3351, help="Its port (3351 transactional, 1583 relational); 0: not looked at.")
    folder: str = setting('str', '', help="Folder of a company's files, absolute, not on a mapped drive; empty: not looked at.")
    timeout_s: float = setting('float', 5.0, help="How long port and folder may each take, at most 12.")

    def __post_init__(self):
        if not (self.services or self.port or self.folder):
            raise ValueError("services: expected something to look at: services, port or folder")
        if not 0 <= self.port < 65536:
            raise ValueError("port: expected 0 to 65535")
        if not good_host(self.host):
            raise ValueError("host: expected a name or address")
        if self.folder and not os.path.isabs(self.folder):
            raise ValueError("folder: expected an absolute path")
        if not 0 < self.timeout_s <= 12:
            raise ValueError("timeout_s: expected more than 0 and at most 12")


# === THE ENGINE === #

# Services as `query_services` gives them: ("psqlWGE", "Actian PSQL Workgroup Engine", "running"); a state is None when Windows does not tell it.
def parse_services(services, programs: int | None, settings: PeachtreeSettings) -> Reading:
    """Return the reading ``service``. Pure.

    :param services: ``(name, shown name, state)`` of all services
    :param programs: how often ``w3dbsmgr.exe`` runs; None when that cannot be told
    """
    found = [one for one in services if any(fnmatch(name.lower(), wanted.lower()) for wanted in settings.services for name in one[:2])]
    if not services:
        return Reading('service', {}, State.UNKNOWN, "Windows lists no services at all")
    if found:
        bad = [one for one in found if one[2] not in ('running', None)]
        words = ', '.join(f"{name} is {state.replace('_', ' ')}" for name, _shown, state in bad[:MAX_SHOWN])
        unread = [name for name, _shown, state in found if state is None]
        if bad:
            return Reading('service', {'running': len(found) - len(bad) - len(unread)}, State.CRITICAL, words)
        if unread:
            return Reading('service', {}, State.UNKNOWN, f"the state of {', '.join(unread[:MAX_SHOWN])} cannot be read")
        return Reading('service', {'running': len(found)}, State.OK, ', '.join(shown or name for name, shown, _state in found[:MAX_SHOWN]))
    if programs:
        return Reading('service', {'running': programs}, State.OK, f"{PROGRAM} runs as a program of whoever is logged on, not as a service")
    if programs is None:
        return Reading('service', {}, State.UNKNOWN, f"no service matches, and whether {PROGRAM} runs cannot be told")
    return Reading('service', {'running': 0}, State.CRITICAL,
                   f"neither a service of the engine nor {PROGRAM} runs here: where it is a program, somebody has to log on first")


def query_services() -> list[tuple[str, str, str | None]]:
    """Return all services of Windows.

    :raises SourceUnavailable: this is no Windows, or the service manager does not answer
    """
    if sys.platform != 'win32':
        raise SourceUnavailable("services can only be looked at on Windows")
    return [(one['name'], one.get('title', ''), one.get('status')) for one in _services.query(patterns=['*'], titles=True)]


def count_programs() -> int | None:
    """Return how often the engine's program runs, None when that cannot be told: no list, or one in which some may not be named."""
    import psutil

    from ._unreadable import UNREADABLE
    try:
        names = [one.info['name'] for one in psutil.process_iter(['name'])]
    except UNREADABLE:
        return None
    count = sum((name or '').lower() == PROGRAM for name in names)
    return None if not names or (not count and None in names) else count


def look_at_service(settings: PeachtreeSettings) -> Reading:
    try:
        return parse_services(query_services(), count_programs(), settings)
    except SourceUnavailable as error:
        return Reading('service', {}, State.UNKNOWN, str(error))


# === PORT AND FOLDER === #

def look_at_port(settings: PeachtreeSettings) -> Reading:
    """Return the reading ``port``: connect and hang up."""
    where, started = f"{settings.host} port {settings.port}", time.monotonic()
    try:
        connect(settings.host, settings.port, time_limit.left(settings.timeout_s)).close()
    except ConnectionRefusedError:
        return Reading('port', {'up': 0}, State.CRITICAL, f"{where}: refused, the engine does not listen")
    except TimeoutError:
        return Reading('port', {}, State.UNKNOWN, f"{where}: no answer within {time.monotonic() - started:.1f} s")
    except (OSError, SourceUnavailable) as error:
        return Reading('port', {}, State.UNKNOWN, getattr(error, 'strerror', None) or str(error))
    return Reading('port', {'up': 1, 'connect_ms': round((time.monotonic() - started) * 1000, 2)})


def count_files(folder: str) -> int:
    """Return how many ``*.DAT`` files a folder holds; can wait for ever. :raises OSError: it cannot be read"""
    with os.scandir(folder) as entries:
        return sum(entry.name.lower().endswith('.dat') and entry.is_file() for entry in entries)


def look_at_folder(settings: PeachtreeSettings) -> Reading:
    """Return the reading ``folder``; a share that is dead is not waited for longer than ``timeout_s``."""
    key = ('peachtree', settings.folder)
    answer = ask({key: partial(count_files, settings.folder)}, time_limit.left(settings.timeout_s))[key]
    if isinstance(answer, Exception):
        return Reading('folder', {}, State.UNKNOWN, f"{settings.folder}: {getattr(answer, 'strerror', None) or answer}")
    if not answer:
        return Reading('folder', {'files': 0}, State.UNKNOWN, f"{settings.folder} holds no company's files (*.DAT)")
    return Reading('folder', {'files': answer})


@collector(
    'peachtree', title="Peachtree / Sage 50", help="Whether its database engine runs and listens, and its company's folder can be reached.",
    settings=PeachtreeSettings,
    metrics=[
        Metric('running', '', "Services or programs of the engine that run."),
        Metric('up', '', "1 when the port takes connections, 0 otherwise."),
        Metric('connect_ms', 'ms', "Time to the connection."),
        Metric('files', '', "Data files in the company's folder."),
    ],
    limits=[Limit('connect_ms', '>', 1000, None)],
    timeout_s=30,
)
def collect(settings: PeachtreeSettings, memory: dict):
    """Look at each of the three; none of them keeps the others from being told."""
    if settings.services:
        yield look_at_service(settings)
    if settings.port:
        yield look_at_port(settings)
    if settings.folder:
        yield look_at_folder(settings)
