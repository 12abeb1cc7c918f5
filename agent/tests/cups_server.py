"""A CUPS of one's own, and printers for it: one that nobody is, one that never reads."""
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest

NEEDED = ('/usr/sbin/cupsd', '/usr/sbin/lpadmin', '/usr/bin/lp', '/usr/sbin/cupsdisable', '/usr/lib/cups/backend/socket')
FILES = "ServerRoot {w}/etc\nRequestRoot {w}/spool\nCacheDir {w}/cache\nStateDir {w}/state\nAccessLog {w}/access\nErrorLog {w}/error\nPageLog {w}/page\n" \
        "FileDevice Yes\nSystemGroup root\n"
ALLOWED = "<Location {path}>\n Order allow,deny\n Allow from 127.0.0.1\n</Location>\n"
SERVER = "Listen 127.0.0.1:{port}\nListen {socket}\nBrowsing No\nWebInterface No\nDefaultAuthType None\nJobRetryInterval 1\n{locations}" \
         "<Policy default>\n <Limit {guarded}>\n  AuthType Basic\n  Require user nobody\n </Limit>\n <Limit All>\n  Order deny,allow\n </Limit>\n</Policy>\n"


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        return one.getsockname()[1]


class Cups:
    """A running cupsd in a folder of its own; ``end`` it.

    :param guarded: names of operations for which it asks for a password
    """

    def __init__(self, folder, guarded='Create-Printer-Subscriptions'):
        self.folder, self.port, self.socket = folder, free_port(), str(folder / 'own.sock')
        for name in ('etc', 'spool', 'cache', 'state'):
            (folder / name).mkdir(parents=True)
        (folder / 'etc' / 'cups-files.conf').write_text(FILES.format(w=folder))
        locations = ''.join(ALLOWED.format(path=path) for path in ('/', '/admin'))
        (folder / 'etc' / 'cupsd.conf').write_text(SERVER.format(port=self.port, socket=self.socket, locations=locations, guarded=guarded))
        self.process = subprocess.Popen(
            ['/usr/sbin/cupsd', '-f', '-c', folder / 'etc' / 'cupsd.conf', '-s', folder / 'etc' / 'cups-files.conf'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("cupsd did not start")

    def tell(self, *command):
        """Run one of CUPS' programs against this server."""
        done = subprocess.run(command, env={**os.environ, 'CUPS_SERVER': f'127.0.0.1:{self.port}'}, check=False, capture_output=True, text=True, timeout=30)
        assert not done.returncode, done.stderr
        return done.stdout

    def add(self, name, device, *options):
        self.tell('/usr/sbin/lpadmin', '-p', name, '-E', '-v', device, '-m', 'raw', *options)

    def print(self, name, text='hello\n', *options):
        file = self.folder / 'paper.txt'
        file.write_text(text)
        self.tell('/usr/bin/lp', '-d', name, *options, str(file))

    def signal(self, number):
        os.kill(self.process.pid, number)

    def end(self):
        """End it with the backends that it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if one.environ().get('CUPS_SERVERROOT', '').startswith(str(self.folder)):
                    one.kill()


@contextlib.contextmanager
def own_cups(**more):
    """Let the block have a CUPS; skips when its programs are missing or cannot run here."""
    if os.name == 'nt':
        pytest.skip("CUPS is no program of Windows")
    missing = [path for path in NEEDED if not os.path.exists(path)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    if os.geteuid():
        pytest.skip("cupsd needs root")
    # Not in pytest's folder: that is closed to others, and CUPS' backends run as the user lp.
    with tempfile.TemporaryDirectory(prefix='itc-cups-', ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        one = Cups(Path(folder), **more)
        try:
            yield one
        finally:
            one.end()


@contextlib.contextmanager
def dead_listener():
    """Let the block have the port of a printer that takes connections and never reads."""
    with socket.create_server(('127.0.0.1', 0)) as one:
        yield one.getsockname()[1]
