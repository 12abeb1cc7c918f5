"""A real Odoo on a database of its own: a copy of the development template, in a PostgreSQL of the test's own."""
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from postgres_server import Cluster, binaries, free_port

TEMPLATE, COPY = 'itc_template', 'itc_agent_copy'
DEVELOPMENT = Path(os.environ.get('ITC_DEV_HOME') or Path(__file__).resolve().parents[2] / '.dev')


def template(folder):
    """Return a dump of the template database of ``python3 dev``, whose PostgreSQL has to run; skips the test otherwise."""
    if importlib.util.find_spec('odoo') is None:
        pytest.skip("Odoo cannot be imported here")
    pgdata = DEVELOPMENT / 'pgdata'
    if not (pgdata / '.s.PGSQL.5432').exists():
        pytest.skip("no template database at hand: run `python3 dev test agent`")
    import psycopg2
    connection = psycopg2.connect(host=str(pgdata), user='odoo', dbname='postgres')
    connection.autocommit = True
    cursor = connection.cursor()
    target = os.path.join(folder, 'template.dump')
    try:
        # Nobody can copy a database from which somebody else is reading: ours is read, not the template.
        cursor.execute(f'DROP DATABASE IF EXISTS {COPY}')
        cursor.execute(f'CREATE DATABASE {COPY} TEMPLATE {TEMPLATE}')
        subprocess.run([binaries() / 'pg_dump', '-h', pgdata, '-U', 'odoo', '-Fc', '-Z0', '-f', target, COPY], check=True, capture_output=True)
        cursor.execute(f'DROP DATABASE {COPY}')
    except (psycopg2.Error, subprocess.CalledProcessError) as error:
        pytest.skip(f"the template database cannot be copied: {error}")
    finally:
        connection.close()
    return target


class OdooServer:
    """``with OdooServer() as one``: ``url``, ``cluster``; its database is ``erp``, the role ``odoo`` owns it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='itc-odoo-')
        self.cluster, self.port = Cluster(max_connections=40, autovacuum='off', synchronous_commit='off', full_page_writes='off'), free_port()
        self.url, self.process = f'http://127.0.0.1:{self.port}', None

    def __enter__(self):
        try:
            dump = template(self.folder)
            self.cluster.__enter__()
            self.cluster.run("CREATE ROLE odoo LOGIN CREATEDB PASSWORD 'watch'", "CREATE DATABASE erp OWNER odoo")
            self.restore(dump)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.cluster.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def restore(self, dump):
        """Fill the database. Indexes and foreign keys take most of the time, and a look needs none of them."""
        entries = subprocess.run([binaries() / 'pg_restore', '-l', dump], check=True, capture_output=True).stdout.splitlines(keepends=True)
        chosen = Path(self.folder, 'entries')
        chosen.write_bytes(b''.join(line for line in entries if b' INDEX ' not in line and b' FK CONSTRAINT ' not in line))
        subprocess.run([binaries() / 'pg_restore', '-h', '127.0.0.1', '-p', str(self.cluster.port), '-U', 'odoo', '-d', 'erp', '-j', '2',
                        '--no-owner', '-L', chosen, dump], env={**os.environ, 'PGPASSWORD': 'watch'}, check=False, capture_output=True)

    def start(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith('PG')}
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'odoo', '--config', os.devnull, '--db_host=127.0.0.1', f'--db_port={self.cluster.port}', '--db_user=odoo',
                 '--db_password=watch', '--data-dir', self.folder, '--http-interface=127.0.0.1', f'--http-port={self.port}', '--max-cron-threads=0',
                 '--no-database-list'],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if self.get('/web/health') is not None and self.get('/web/login', 30) is not None:
                return
            time.sleep(0.1)
        log = Path(self.folder, 'log').read_text(errors='replace')
        pytest.skip(f"Odoo does not start here: {log[-400:]}")

    def get(self, path, timeout=2):
        """Return status and body of an answer, None when there is none."""
        request = urllib.request.Request(self.url + path, headers={'X-Odoo-Database': 'erp'})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return None
