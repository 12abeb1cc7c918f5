"""`python3 dev run`: Odoo with the handbook, and a real agent reporting this very machine."""
import argparse
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time

import client
import database
import demo
import host
import odoo_cli
import paths
import postgres
import setup
from say import Trouble, line, reason, step

DATABASE = 'it_continuity'
LOGINS = ('user', 'technician', 'manager', 'auditor')


def main(arguments):
    parser = argparse.ArgumentParser(prog='python3 dev run', description=__doc__)
    parser.add_argument('--port', type=int, default=8069, help='port on 127.0.0.1 (default 8069)')
    parser.add_argument('--database', default=DATABASE)
    parser.add_argument('--demo', action='store_true', help='add two invented months to look at')
    parser.add_argument('--no-agent', action='store_true', help='do not start the agent')
    options = parser.parse_args(arguments)
    line('IT Continuity')
    setup.everything()
    check_port(options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with postgres.running() as env:
        prepare(env, options.database)
        if options.demo:
            demo.add(env, options.database)
        serve(env, options)


def serve(env, options):
    """Run Odoo and the agent until Ctrl-C."""
    processes = []
    base = f'http://127.0.0.1:{options.port}'
    try:
        with step('Odoo is starting'):
            processes.append(start_odoo(env, options.database, options.port))
            client.wait_until_up(base, processes[0])
        if not options.no_agent:
            with step('The agent of this machine'):
                processes.append(host.start_agent(env, base, options.database))
        tell(base, agent=not options.no_agent, is_empty=not demo.has_past(env, options.database))
        watch(processes)
    except KeyboardInterrupt:
        line('\nStopping …')
    finally:
        stop(processes)


def check_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError as error:
            raise Trouble(f'port {port} is taken: stop what listens there, or call again with --port {port + 1}') from error


def prepare(env, name):
    """Create the database with the handbook and its people, or bring it up to date with the code."""
    stamp = paths.STAMPS / f'code-{name}'
    code = code_digest()
    log = paths.LOGS / 'install.log'
    if not database.exists(env, name):
        database.ensure_template(env)
        with step('The database with the handbook'):
            database.clone(env, database.TEMPLATE, name)
            odoo_cli.call(name, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0',
                      '--without-demo', env=env, log=log, what='Installing the addon')
            odoo_cli.script(name, PEOPLE, env=env, log=paths.LOGS / 'people.log', what='Creating the demo people')
        host.forget_agent()
    elif not stamp.exists() or stamp.read_text() != code:
        with step('The database follows the changed code'):
            odoo_cli.call(name, '-u', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0',
                      env=env, log=log, what='Updating the addon')
    stamp.write_text(code)


PEOPLE = """
from odoo.tools import convert_file
convert_file(env, 'it_continuity', 'demo/people_demo.xml', {}, mode='init', noupdate=True)
env.cr.commit()
"""


def code_digest():
    """Return a fingerprint of the files that a database depends on."""
    digest = hashlib.sha256()
    for folder in ('__manifest__.py', 'models', 'controllers', 'data', 'demo', 'lib', 'report', 'security', 'views', 'wizard'):
        root = paths.REPO / folder
        for file in sorted(root.rglob('*')) if root.is_dir() else [root]:
            if file.suffix in ('.py', '.xml', '.csv', '.sql'):
                digest.update(str(file.relative_to(paths.REPO)).encode() + file.read_bytes())
    return digest.hexdigest()


def start_odoo(env, database_name, port, *options, log_name='odoo'):
    """Start the server; its output goes to the log of that name."""
    log = open(paths.LOGS / f'{log_name}.log', 'ab')
    process = subprocess.Popen(
        odoo_cli.command(
            database_name, '--http-interface', '127.0.0.1', '--http-port', str(port), '--db-filter', f'^{database_name}$',
            '--max-cron-threads', '2', '--limit-time-real', '600', *options),
        env=env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
    log.close()
    return process


def tell(base, agent, is_empty):
    line()
    line(f'  {base}/odoo/it-today')
    line()
    line('  Log in as      password     and look at')
    line('  technician     technician   Today: the handbook of this day, much of it already verified by the agent')
    line('  manager        manager      Reporting → Compliance, Monitoring → Hosts, Configuration → Handbook')
    line('  user           user         My Tickets: ask IT for something, confirm when it is done')
    line('  auditor        auditor      everything, read-only')
    line()
    if is_empty:
        line('  The reports are still empty: `--demo` adds two invented months to look at.')
    if agent:
        line(f'  The agent reports this machine each minute; it watches the newest dump in {paths.BACKUPS}.')
    line(f'  Logs: {paths.LOGS}   ·   Ctrl-C stops everything')


def watch(processes):
    """Wait until one of our processes ends, which is trouble, or Ctrl-C."""
    while True:
        for process in processes:
            if process.poll() is not None:
                name = 'Odoo' if process is processes[0] else 'The agent'
                log = paths.LOGS / ('odoo.log' if process is processes[0] else 'agent.log')
                raise Trouble(f'{name} ended: {reason(log)} (output: {log})')
        time.sleep(0.5)


def stop(processes):
    """End what we started, the agent first, by process group."""
    for process in reversed(processes):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
