"""Printers of one's own: an SNMP agent with a printer's tables in it, and an IPP printer in a network of its own."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SNMPD, IPP_PRINTER = '/usr/sbin/snmpd', '/usr/sbin/ippeveprinter'
TABLE, ERRORS = '1.3.6.1.2.1.43.11.1.1', '1.3.6.1.2.1.25.3.5.1.2.1'
BUS = """<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_type="method_return"/><allow send_type="error"/><allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>"""
# Own network (loopback only) and an own /run: nothing of the machine's is touched, nothing leaves it.
SCRIPT = """set -e
mount -t tmpfs tmpfs /run; mkdir -p /run/dbus /run/avahi-daemon
ip link set lo up; ip link set lo multicast on; ip route add 224.0.0.0/4 dev lo
/usr/bin/dbus-daemon --config-file={folder}/bus.conf --nofork --nopidfile &
for _ in $(seq 100); do [ -S /run/dbus/system_bus_socket ] && break; sleep 0.1; done
/usr/sbin/avahi-daemon -f {folder}/avahi.conf --no-drop-root --no-chroot --no-rlimits &
for _ in $(seq 100); do [ -S /run/avahi-daemon/socket ] && break; sleep 0.1; done
exec {printer} -p 8631 -n localhost -d {folder}/spool {options} demo
"""
LOOK = """import json, sys
from itc_agent.scheduler import look
from itc_agent.wire import make_check
kind, settings, memory = json.load(sys.stdin)
check = make_check(1, kind, kind, 60, 20, settings)
result = look(check, memory, {})
print(json.dumps({'state': int(result.state), 'summary': result.summary, 'memory': memory,
                  'readings': [[one.item, one.values, int(one.finding), one.text] for one in result.readings]}))
"""


@contextlib.contextmanager
def snmp_printer(folder, supplies, errors='', version='2c'):
    """Let the block have the port of an SNMP agent with these supplies.

    :param supplies: tuples of description (bytes in hex when it begins with 0x), class, type, capacity, level
    :param errors: hrPrinterDetectedErrorState in hex
    """
    if os.name == 'nt' or not os.path.exists(SNMPD):
        pytest.skip(f"needs {SNMPD}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(('127.0.0.1', 0))
        port = one.getsockname()[1]
    lines = [f'agentAddress udp:127.0.0.1:{port}', 'com2sec reader 127.0.0.1 public', f'group readers v{version} reader', 'view all included .1',
             'access readers "" any noauth exact all none none']
    for index, (name, *numbers) in enumerate(supplies, 1):
        lines.append(f'override {TABLE}.6.1.{index} octet_str {name if name.startswith("0x") else json.dumps(name)}')
        lines += [f'override {TABLE}.{column}.1.{index} integer {number}' for column, number in zip((4, 5, 8, 9), numbers, strict=True)
                  if number is not None]
    if errors:
        lines.append(f'override {ERRORS} octet_str {errors}')
    (folder / 'snmpd.conf').write_text('\n'.join(lines) + '\n')
    process = subprocess.Popen([SNMPD, '-f', '-C', '-c', folder / 'snmpd.conf', '-Lf', folder / 'snmpd.log', '-p', folder / 'snmpd.pid'],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, 'SNMP_PERSISTENT_DIR': str(folder)})
    try:
        end = time.monotonic() + 10
        while 'NET-SNMP version' not in ((folder / 'snmpd.log').read_text() if (folder / 'snmpd.log').exists() else ''):
            assert time.monotonic() < end, "snmpd did not start"
            time.sleep(0.02)
        yield port, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


class IppPrinter:
    """A running ippeveprinter on port 8631 of its own network."""

    def __init__(self, process):
        self._process = process

    @property
    def inside(self) -> list:
        return ['nsenter', '-t', str(self._process.pid), '-n', '-m', '--']

    def run(self, *command, **more):
        return subprocess.run([*self.inside, *command], check=False, capture_output=True, text=True, timeout=60, **more)

    def look(self, kind, memory=None, **settings) -> dict:
        """Let a collector look from within that network."""
        environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[1])}
        done = self.run(sys.executable, '-c', LOOK, input=json.dumps([kind, settings, memory or {}]), env=environment)
        assert not done.returncode, done.stderr
        return json.loads(done.stdout)

    def page(self, path):
        """Fetch a page of the printer's, which is how its supplies are set."""
        code = f"from urllib.request import urlopen; urlopen('http://localhost:8631{path}').read()"
        done = self.run(sys.executable, '-c', code)
        assert not done.returncode, done.stderr


@contextlib.contextmanager
def ipp_printer(folder, *options):
    """Let the block have an :class:`IppPrinter`; skips where a network of one's own is not allowed."""
    if os.name == 'nt':
        pytest.skip("ippeveprinter is no program of Windows here")
    missing = [path for path in (IPP_PRINTER, '/usr/bin/dbus-daemon', '/usr/sbin/avahi-daemon', '/usr/bin/unshare') if not os.path.exists(path)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    if subprocess.run(['/usr/bin/unshare', '-n', '-m', 'true'], check=False, capture_output=True).returncode:
        pytest.skip("a network of its own is not allowed here")
    (folder / 'spool').mkdir()
    (folder / 'bus.conf').write_text(BUS)
    (folder / 'avahi.conf').write_text('[server]\nuse-ipv6=no\nallow-interfaces=lo\n')
    script = SCRIPT.format(folder=folder, printer=IPP_PRINTER, options=' '.join(map(str, options)))
    with open(folder / 'log', 'wb') as log:
        process = subprocess.Popen(['/usr/bin/unshare', '-n', '-m', '--propagation', 'private', 'bash', '-c', script], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
    one = IppPrinter(process)
    try:
        end = time.monotonic() + 30
        code = "import socket; socket.create_connection(('127.0.0.1', 8631), 1)"
        while one.run(sys.executable, '-c', code).returncode:
            assert process.poll() is None and time.monotonic() < end, (folder / 'log').read_text()
            time.sleep(0.2)
        yield one
    finally:
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
        process.wait()
