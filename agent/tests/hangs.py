"""A hang in the real source of each kind: a file that is a pipe, a folder whose disk never answers, a server that says nothing, a program that sleeps.

What runs in a child process hangs there in the worst way, in a C call that keeps the interpreter's lock. `PLANTS` names a function for each file
in ``collectors/``; it takes a :class:`Place` and returns the check's settings.
"""
import contextlib
import dataclasses
import os
import shutil
import socket
import subprocess
import threading
from types import SimpleNamespace

import psutil
import pytest
from ecoflow_server import ACCESS, SECRET, SN
from fuse_server import Fuse, can_mount
from stand_ins import executable, services

from itc_agent import host_secrets, permissions, registry
from itc_agent.collectors import (
    _ipp,
    _services,
    anydesk,
    battery,
    events_linux,
    events_windows,
    mega_sync,
    pending_reboot_linux,
    pending_reboot_windows,
    print_queue_windows,
    report_arrival,
    rustdesk,
    service_linux,
    tailscale,
)

SLEEPS = 'exec sleep 60'
# A call that keeps the interpreter's lock: no other thread of that process goes on until it comes back.
HOLDS_THE_LOCK = 'import ctypes\nctypes.PyDLL(None).sleep(60)\n'


class Place:
    """Where a hang is planted: a folder of its own, and what undoes it all (``stack``)."""

    def __init__(self, folder, patch, stack):
        self.folder, self.patch, self.stack = folder, patch, stack
        self.given = {}  # kind to what its checks find in the dict that they share

    def pipe(self, *parts):
        """Put a pipe in the place of a file: who opens it waits for somebody to write."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)
        self.stack.callback(_let_go, path)
        return path

    def program(self, name, body=SLEEPS):
        """Put a program that sleeps."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\n{body}\n')
        path.chmod(0o755)
        return str(path)

    def dead_folder(self):
        """Return a folder on a disk that never answers."""
        if not can_mount():
            pytest.skip("a disk that never answers needs root and /dev/fuse")
        folder = self.folder / 'dead'
        folder.mkdir()
        self.stack.enter_context(Fuse(folder, hangs=True))
        return str(folder)

    def silent(self):
        """Return the port of a server that takes connections and says nothing."""
        return self.stack.enter_context(socket.create_server(('127.0.0.1', 0))).getsockname()[1]

    def silent_datagrams(self):
        one = self.stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]

    def full(self):
        """Return a port on which no connection comes about, and none is refused."""
        one = self.stack.enter_context(socket.socket())
        one.bind(('127.0.0.1', 0))
        one.listen(0)
        for _number in range(3):
            waiting = self.stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(one.getsockname())
        return one.getsockname()[1]

    def call(self):
        """Return a function that comes back only when the test is over."""
        over = threading.Event()
        self.stack.callback(over.set)
        return lambda *_args, **_named: over.wait(60)

    def other_system(self, module):
        """Let a kind be the one of this module, which is meant for another system."""
        kind = module.__name__.rpartition('.')[2].rpartition('_')[0]
        declared = registry.load(kind)
        settings = {'events': 'WindowsEventSettings', 'pending_reboot': 'RebootSettings'}.get(kind)
        self.patch.setitem(registry._loaded, kind, dataclasses.replace(
            declared, collect=module.collect, settings=getattr(module, settings) if settings else declared.settings))


def _let_go(path):
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def agent(place):
    stuck = SimpleNamespace(contact=place.call(), started=0.0)
    place.given['agent'] = {'own': stuck}
    return {}


def remote(module):
    def plant(place):
        program = executable(place.folder / 'bin', module.__name__.rpartition('.')[2])
        place.patch.setattr(module, 'PROGRAMS', (program,))
        for name in ('FILES', 'FOLDERS'):
            if hasattr(module, name):
                place.patch.setattr(module, name, (str(place.folder / 'none'),))
        place.stack.enter_context(services([program, '--service'], [program, '--server']))
        return {}
    return plant


def battery_of(place):
    from psutil import _pslinux
    place.pipe('power', 'BAT0', 'energy_now')
    place.patch.setattr(_pslinux, 'POWER_SUPPLY_PATH', str(place.folder / 'power'))
    return {}


def processor(place):
    """Let the system's own file be a pipe: /proc of this machine, in another place."""
    place.pipe('proc', 'stat')
    place.pipe('proc', str(os.getpid()), 'stat')
    place.patch.setattr(psutil, 'PROCFS_PATH', str(place.folder / 'proc'))
    return {}


def journal(place):
    place.patch.setattr(events_linux, 'JOURNALCTL', (place.program('journalctl'),))
    return {}


def event_log(place):
    place.program('System32/wevtutil.exe')
    place.patch.setenv('SystemRoot', str(place.folder))
    place.other_system(events_windows)
    return {}


def systemd(place):
    place.patch.setattr(service_linux, 'BOOTED', str(place.folder))
    place.patch.setattr(service_linux, 'SYSTEMCTL', (place.program('systemctl'),))


def child(place, owner, name='CHILD'):
    """Let a kind's child process hang in a call that keeps the lock."""
    path = place.folder / 'child.py'
    path.write_text(HOLDS_THE_LOCK)
    place.patch.setattr(owner, name, str(path))


def service_manager(module):
    def plant(place):
        from importlib import import_module
        child(place, _services)
        place.other_system(import_module(f'itc_agent.collectors.{module}'))
        return {'names': ['odoo', 'post*']} if module == 'service_windows' else {}
    return plant


def spooler(place):
    (place.folder / '_winspool.py').write_text(HOLDS_THE_LOCK)
    place.patch.setattr(print_queue_windows, '__file__', str(place.folder / 'print_queue_windows.py'))
    place.other_system(print_queue_windows)
    return {}


def mega(place):
    folder = place.folder / 'bin'
    folder.mkdir()
    shutil.copy(shutil.which('sleep'), folder / 'mega-cmd-server')
    server = subprocess.Popen([str(folder / 'mega-cmd-server'), '60'])
    place.stack.callback(lambda: (server.kill(), server.wait()))
    place.patch.setattr(mega_sync, 'EXES', (place.program('mega-exec'),))
    return {}


def report(place):
    (place.folder / 'in').mkdir()
    (place.folder / 'in' / 'sales 2026-11-30.csv').write_text('a,b\n1,2\n')
    child(place, report_arrival)
    return {'folders': [str(place.folder / 'in')], 'name_date': '', 'settle_s': 0.0, 'due_time': '00:00'}


def windows_registry(place):
    import sys
    fake = SimpleNamespace(OpenKey=place.call(), HKEY_LOCAL_MACHINE=0, KEY_READ=0, KEY_WOW64_64KEY=0)
    place.patch.setitem(sys.modules, 'winreg', fake)
    place.other_system(pending_reboot_windows)
    return {}


def reboot_mark(place):
    place.pipe('reboot-required.pkgs')
    (place.folder / 'reboot-required').touch()
    place.patch.setattr(pending_reboot_linux, 'MARKS', (str(place.folder / 'reboot-required'),))
    return {}


def cloud(place):
    folder = place.folder / host_secrets.FOLDER
    folder.mkdir(mode=0o700)
    (folder / 'ecoflow').write_text(f'{ACCESS}\n{SECRET}\n')
    permissions.make_private(folder / 'ecoflow')
    place.patch.setitem(host_secrets._place, 'folder', folder)
    return {'sn': SN, 'secret': 'ecoflow', 'address': f'http://127.0.0.1:{place.silent()}'}


def tunnel(place):
    place.patch.setattr(tailscale, 'EXES', (place.program('tailscale'),))
    return {}


def card_printer(place):
    place.patch.setattr(_ipp, 'SOCKETS', ())
    return {'host': '127.0.0.1', 'port': place.silent(), 'folders': [place.dead_folder()]}


def on_port(**more):
    return lambda place: {'host': '127.0.0.1', 'port': place.silent(), **more}


def with_systemd(**settings):
    return lambda place: systemd(place) or settings


PLANTS = {
    'agent': agent,
    'anydesk': remote(anydesk),
    'backup': lambda place: {'folder': place.dead_folder()},
    'battery': battery_of,
    'disk': lambda place: {'include': [place.dead_folder()]},
    'disk_forecast': lambda place: {'include': [place.dead_folder()]},
    'events_linux': journal,
    'events_windows': event_log,
    'failed_units_linux': with_systemd(),
    'failed_units_windows': service_manager('failed_units_windows'),
    'host': processor,
    'http': lambda place: {'url': f'http://127.0.0.1:{place.silent()}/'},
    'id_station': card_printer,
    'last_row': lambda place: {'path': f'{place.dead_folder()}/*.csv'},
    'mega_sync': mega,
    'newest_file': lambda place: {'folder': place.dead_folder()},
    'odoo': lambda place: {'url': f'http://127.0.0.1:{place.silent()}', 'database': 'erp'},
    'peachtree': lambda place: {'services': [], 'port': place.full(), 'folder': place.dead_folder()},
    'pending_reboot_linux': reboot_mark,
    'pending_reboot_windows': windows_registry,
    'postgresql': lambda place: {'dsn': f'host=127.0.0.1 port={place.silent()} dbname=x user=x'},
    'print_queue_linux': on_port(),
    'print_queue_windows': spooler,
    'printer_supplies': lambda place: {'host': '127.0.0.1', 'snmp_port': place.silent_datagrams(), 'ipp_port': place.silent()},
    'process': lambda place: {**processor(place), 'name': 'python'},
    'rdp': on_port(),
    'report_arrival': report,
    'rustdesk': remote(rustdesk),
    'service_linux': with_systemd(names=['odoo']),
    'service_windows': service_manager('service_windows'),
    'sqlserver': on_port(),
    'tailscale': tunnel,
    'tcp': lambda place: {'host': '127.0.0.1', 'port': place.full()},
    'ups_ecoflow': cloud,
    'ups_nut': on_port(ups='upsilon'),
}
