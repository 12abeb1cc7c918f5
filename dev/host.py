"""This machine as a host of the running Odoo: enrolled, given its checks and its backup by the steps a user takes."""
import os
import shutil
import socket
import subprocess
import time

import paths
import postgres
from client import Session
from say import line, run


def forget_agent(state=paths.AGENT_STATE):
    """A new database knows no agent: drop the identity of the old one."""
    shutil.rmtree(state, ignore_errors=True)


def start_agent(env, base, database, state=paths.AGENT_STATE):
    """Enrol on the first call, then start the agent.

    :param state: the agent's own folder; its log stands beside the others, named after it
    :return: the running process
    """
    dump(env, database)
    enrolled = state / 'enrolled'
    if not enrolled.exists():
        forget_agent(state)
        enrol(env, base, database, state)
        enrolled.write_text('')
    log = open(paths.LOGS / f'{state.name}.log', 'ab')
    process = subprocess.Popen(
        [paths.VENV / 'bin' / 'itc-agent', 'run', '--config', state / 'agent.toml'], env=env, stdout=log,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
    log.close()
    return process


def enrol(env, base, database, state):
    """Let a manager make the host and its one-time code, the agent enrol with it, the manager confirm and add checks."""
    manager = Session(base, database, 'manager', 'manager')
    agent = own_agent(manager, socket.gethostname())
    code = manager.call('it.agent', 'issue_code', agent)
    state.mkdir(parents=True, exist_ok=True)
    run([paths.VENV / 'bin' / 'itc-agent', 'enrol', '--url', base, '--database', database, '--code', code,
         '--state-dir', state, '--config', state / 'agent.toml'],
        'Enrolling the agent', paths.LOGS / 'enrol.log', env=env)
    manager.call('it.agent', 'action_confirm', agent)
    for template, settings in local_checks(base):
        create_check(manager, agent[0], template, settings)


def own_agent(manager, hostname):
    """Return the ids of this machine's agent in Odoo, made with its asset if there is none yet."""
    agent = manager.call('it.agent', 'search', [['name', '=', hostname]])
    if agent:
        return agent
    category = manager.call('it.asset', 'search_read', [['kind', '=', 'host']], ['category_id'], limit=1)[0]['category_id'][0]
    asset = manager.call('it.asset', 'create', [{'name': hostname, 'kind': 'host', 'criticality': '2', 'category_id': category}])
    return manager.call('it.agent', 'create', [{'asset_id': asset[0]}])


def local_checks(base):
    """Return what this machine has of the handbook's systems, as (check template code, settings)."""
    checks = [
        ('odoo_process', {'cmdline': r'-m odoo .*--http-port', 'min_count': 1}),
        ('odoo_http', {'url': f'{base}/web/health?db_server_status=1', 'content': '"db_server_status": true'}),
        ('odoo_backup_fresh', {'folder': str(paths.BACKUPS), 'pattern': '*.dump'}),
    ]
    if not postgres.is_own():
        checks.append(('postgresql_process', {'name': 'postgres', 'cmdline': str(paths.PGDATA), 'min_count': 1}))
    return checks


def create_check(manager, agent, code, settings):
    if manager.call('it.check', 'search_count', [['agent_id', '=', agent], ['template_id.code', '=', code]]):
        return
    template = manager.call('it.check.template', 'search', [['code', '=', code]])
    check = manager.call('it.check.template', 'create_check', template, agent, settings)
    # Each cycle, also what a site would look at less often: who tries it out wants to see it turn.
    manager.call('it.check', 'write', [check], {'every_s': 60, 'max_attempts': 1})


def dump(env, database):
    """Put a real dump of the database into the backup folder unless there is one of today."""
    paths.BACKUPS.mkdir(parents=True, exist_ok=True)
    newest = max((file.stat().st_mtime for file in paths.BACKUPS.glob('*.dump')), default=0)
    if time.time() - newest < 20 * 3600:
        return
    pg_dump = shutil.which('pg_dump', path=env['PATH'])
    if not pg_dump:
        line('  (no pg_dump on this machine: the backup folder stays empty)')
        return
    target = paths.BACKUPS / time.strftime(f'{database}_%Y-%m-%d_%H%M.dump')
    run([pg_dump, '-Fc', '-Z', '6', '-f', f'{target}.part', database], 'Dumping the database', paths.LOGS / 'dump.log', env=env)
    os.replace(f'{target}.part', target)
