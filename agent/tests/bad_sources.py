"""The real source of each kind, so that it hangs or says what it is told to: a file, a folder, a server, a program, a child process.

What hangs is a pipe in the place of a file, a folder whose disk never answers, a server that says nothing, a program that sleeps; what runs in a
child process hangs there in the worst way, in a C call that keeps the interpreter's lock. `PLANTS` names a function for each file in
``collectors/``; it takes a :class:`Place` and returns the check's settings.
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
from stand_ins import services
from web_server import RawServer

from itc_agent import host_secrets, permissions, registry
from itc_agent.collectors import (
    _ipp,
    _services,
    anydesk,
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
    """Where a bad source is planted: a folder of its own, and what undoes it all (``stack``).

    :param lie: bytes that the source says; None: it hangs
    """

    def __init__(self, folder, patch, stack, lie=None):
        self.folder, self.patch, self.stack, self.lie = folder, patch, stack, lie
        self.given = {}  # kind to what its checks find in the dict that they share

    def file(self, *parts):
        """Put a file, or in its place a pipe: who opens that waits for somebody to write."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.lie is None:
            os.mkfifo(path)
            self.stack.callback(_let_go, path)
        else:
            path.write_bytes(self.lie)
        return path

    def program(self, name, before=''):
        """Put a program that sleeps, or says the lie whatever it is asked; ``before`` are lines of shell."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.lie is not None:
            path.with_suffix('.said').write_bytes(self.lie)
        says = SLEEPS if self.lie is None else f"exec cat '{path.with_suffix('.said')}'"
        path.write_text(f'#!/bin/sh\n{before}\n{says}\n')
        path.chmod(0o755)
        return str(path)

    def child(self, owner, name='CHILD'):
        """Let a kind's child process hang in a call that keeps the lock, or say the lie."""
        path = self.folder / 'child.py'
        path.write_text(HOLDS_THE_LOCK if self.lie is None else f'import sys\nsys.stdin.read()\nsys.stdout.buffer.write({self.lie!r})\n')
        self.patch.setattr(owner, name, str(path))

    def place_folder(self, name='x.csv'):
        """Return a folder on a disk that never answers, or one with a file in it that says the lie."""
        if self.lie is not None:
            return str(self.file('in', name).parent)
        if not can_mount():
            pytest.skip("a disk that never answers needs root and /dev/fuse")
        folder = self.folder / 'dead'
        folder.mkdir()
        self.stack.enter_context(Fuse(folder, hangs=True))
        return str(folder)

    def server(self):
        """Return the port of a server that takes connections and says nothing, or the lie."""
        if self.lie is None:
            return self.stack.enter_context(socket.create_server(('127.0.0.1', 0))).getsockname()[1]
        one = RawServer(lambda connection: (connection.recv(65536), connection.sendall(self.lie)))
        self.stack.callback(one.close)
        return one.port

    def datagrams(self):
        """Return the port of one that is silent, or answers each datagram with the lie."""
        one = self.stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        one.bind(('127.0.0.1', 0))
        if self.lie is not None:
            threading.Thread(target=_answer, args=(one, self.lie[:1000]), daemon=True).start()
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


def _answer(datagrams, lie):
    with contextlib.suppress(OSError):
        while True:
            datagrams.sendto(lie, datagrams.recvfrom(65536)[1])


def agent(place):
    stuck = SimpleNamespace(contact=place.call(), started=0.0)
    place.given['agent'] = {'own': stuck}
    return {}


def remote(module):
    def plant(place):
        program = place.program(f"bin/{module.__name__.rpartition('.')[2]}", 'case "$1" in --service|--server) while :; do sleep 1; done ;; esac')
        place.patch.setattr(module, 'PROGRAMS', (program,))
        for name in ('FILES', 'FOLDERS'):
            if hasattr(module, name):
                place.patch.setattr(module, name, (str(place.folder / 'none'),))
        place.stack.enter_context(services([program, '--service'], [program, '--server']))
        return {}
    return plant


def battery_of(place):
    from psutil import _pslinux
    place.file('power', 'BAT0', 'energy_now')
    place.patch.setattr(_pslinux, 'POWER_SUPPLY_PATH', str(place.folder / 'power'))
    return {}


def processor(place):
    """Let the system's own file be a pipe: /proc of this machine, in another place."""
    place.file('proc', 'stat')
    place.file('proc', str(os.getpid()), 'stat')
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


def service_manager(module):
    def plant(place):
        from importlib import import_module
        place.child(_services)
        place.other_system(import_module(f'itc_agent.collectors.{module}'))
        return {'names': ['odoo', 'post*']} if module == 'service_windows' else {}
    return plant


def spooler(place):
    place.child(print_queue_windows, '__file__')
    (place.folder / 'child.py').rename(place.folder / '_winspool.py')
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
    place.child(report_arrival)
    return {'folders': [str(place.folder / 'in')], 'name_date': '', 'settle_s': 0.0, 'due_time': '00:00'}


def windows_registry(place):
    import sys
    fake = SimpleNamespace(OpenKey=place.call(), HKEY_LOCAL_MACHINE=0, KEY_READ=0, KEY_WOW64_64KEY=0)
    place.patch.setitem(sys.modules, 'winreg', fake)
    place.other_system(pending_reboot_windows)
    return {}


def reboot_mark(place):
    place.file('reboot-required.pkgs')
    (place.folder / 'reboot-required').touch()
    place.patch.setattr(pending_reboot_linux, 'MARKS', (str(place.folder / 'reboot-required'),))
    return {}


def nobody(place):
    pytest.skip("nobody is asked: a day that was entered is held against the clock")


def cloud(place):
    folder = place.folder / host_secrets.FOLDER
    folder.mkdir(mode=0o700)
    (folder / 'ecoflow').write_text(f'{ACCESS}\n{SECRET}\n')
    permissions.make_private(folder / 'ecoflow')
    place.patch.setitem(host_secrets._place, 'folder', folder)
    return {'sn': SN, 'secret': 'ecoflow', 'address': f'http://127.0.0.1:{place.server()}'}


def tunnel(place):
    place.patch.setattr(tailscale, 'EXES', (place.program('tailscale'),))
    return {}


def card_printer(place):
    place.patch.setattr(_ipp, 'SOCKETS', ())
    return {'host': '127.0.0.1', 'port': place.server(), 'folders': [place.place_folder()]}


def on_port(**more):
    return lambda place: {'host': '127.0.0.1', 'port': place.server(), **more}


def with_systemd(**settings):
    return lambda place: systemd(place) or settings


PLANTS = {
    'agent': agent,
    'anydesk': remote(anydesk),
    'backup': lambda place: {'folder': place.place_folder()},
    'battery': battery_of,
    'disk': lambda place: {'include': [place.place_folder()]},
    'disk_forecast': lambda place: {'include': [place.place_folder()]},
    'events_linux': journal,
    'events_windows': event_log,
    'failed_units_linux': with_systemd(),
    'failed_units_windows': service_manager('failed_units_windows'),
    'host': processor,
    'http': lambda place: {'url': f'http://127.0.0.1:{place.server()}/'},
    'id_station': card_printer,
    'licence': nobody,
    'last_row': lambda place: {'path': f'{place.place_folder()}/*.csv'},
    'mega_sync': mega,
    'newest_file': lambda place: {'folder': place.place_folder()},
    'odoo': lambda place: {'url': f'http://127.0.0.1:{place.server()}', 'database': 'erp'},
    'peachtree': lambda place: {'services': [], 'port': place.full() if place.lie is None else 0, 'folder': place.place_folder()},
    'pending_reboot_linux': reboot_mark,
    'pending_reboot_windows': windows_registry,
    'postgresql': lambda place: {'dsn': f'host=127.0.0.1 port={place.server()} dbname=x user=x'},
    'print_queue_linux': on_port(),
    'print_queue_windows': spooler,
    'printer_supplies': lambda place: {'host': '127.0.0.1', 'snmp_port': place.datagrams(), 'ipp_port': place.server()},
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
