"""This machine as a host of the running Odoo: enrolled, given its checks by what it finds, and its backup, by the steps a user takes."""
import os
import shutil
import socket
import subprocess
import time

import paths
from client import Session
from say import line, run

DISCOVERY_S = 180


def forget_agent(state=paths.AGENT_STATE):
    """A new database knows no agent: drop the identity of the old one."""
    shutil.rmtree(state, ignore_errors=True)


def start_agent(env, base, database, state=paths.AGENT_STATE):
    """Enrol on the first call, start the agent, and let the manager add the checks that it proposes.

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
    accepted = state / 'accepted'
    if not accepted.exists():
        if accept_proposals(base, database, process):
            accepted.write_text('')
    return process


def enrol(env, base, database, state):
    """Let a manager make the host and its one-time code, the agent enrol with it, and the manager confirm it."""
    manager = Session(base, database, 'manager', 'manager')
    agent = own_agent(manager, socket.gethostname())
    code = manager.call('it.agent', 'issue_code', agent)
    state.mkdir(parents=True, exist_ok=True)
    run([paths.VENV / 'bin' / 'itc-agent', 'enrol', '--url', base, '--database', database, '--code', code,
         '--state-dir', state, '--config', state / 'agent.toml'],
        'Enrolling the agent', paths.LOGS / 'enrol.log', env=env)
    manager.call('it.agent', 'action_confirm', agent)


def own_agent(manager, hostname):
    """Return the ids of this machine's agent in Odoo, made with its asset if there is none yet."""
    agent = manager.call('it.agent', 'search', [['name', '=', hostname]])
    if agent:
        return agent
    category = manager.call('it.asset', 'search_read', [['kind', '=', 'host']], ['category_id'], limit=1)[0]['category_id'][0]
    asset = manager.call('it.asset', 'create', [{'name': hostname, 'kind': 'host', 'criticality': '2', 'category_id': category}])
    return manager.call('it.agent', 'create', [{'asset_id': asset[0]}])


def accept_proposals(base, database, process):
    """Let the manager add what the agent found here and is sure of: wait for the proposals, open their window, press its button.

    :return: whether the agent told in time what is here; else the next call waits again
    """
    manager = Session(base, database, 'manager', 'manager')
    agent = own_agent(manager, socket.gethostname())
    if not wait_for_discovery(manager, agent, process):
        line(f'  (the agent did not say within {DISCOVERY_S} s what is here: look at its proposals on the host later)')
        return False
    if not manager.call('it.agent', 'read', agent, ['proposal_count'])[0]['proposal_count']:
        return True
    window = manager.call('it.agent', 'action_open_proposals', agent)['res_id']
    if not manager.call('it.proposal.accept.line', 'search_count', [['window_id', '=', window], ['is_ticked', '=', True]]):
        return True
    manager.call('it.proposal.accept', 'action_add', [window])
    added = manager.call('it.check.proposal', 'search_read', [['agent_id', '=', agent[0]], ['state', '=', 'accepted']], ['check_id'])
    # Each cycle, also what a site would look at less often: who tries it out wants to see it turn.
    manager.call('it.check', 'write', [one['check_id'][0] for one in added], {'every_s': 60, 'max_attempts': 1})
    return True


def wait_for_discovery(manager, agent, process):
    """Return whether the agent has told in time what is here."""
    end = time.monotonic() + DISCOVERY_S
    while time.monotonic() < end and process.poll() is None:
        if manager.call('it.agent', 'read', agent, ['discovered_at'])[0]['discovered_at']:
            return True
        time.sleep(1)
    return False


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
