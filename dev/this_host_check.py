"""Does `dev run` keep its word? This very machine is proposed its checks, they are added, and tasks of the handbook turn green, or red with a reason.

The agent is started and its proposals are accepted by the function that `dev run` calls, `host.start_agent`; here is only looked at what comes of it.
"""
import socket
import time

import client
import host
from verb_run import stop

CRONS = ('it_continuity.it_task_cron_generate_runs', 'it_continuity.ir_cron_judge', 'it_continuity.it_task_run_cron_auto_verify')
# The agent hears of its checks within a cycle, looks at once, and tells what takes long a little later.
WITHIN_S = 60 + 45
GREEN, RED = ('auto_verified',), ('warning', 'critical', 'unknown')


def look(env, base, database, state, do):
    """Let this machine be a host of the running Odoo; return {sentence: is it so}.

    :param state: the agent's own folder
    :param do: ``do(cron)`` lets one of the server's jobs run now
    """
    manager = client.Session(base, database, 'manager', 'manager')
    before = manager.call('it.task.run', 'search', [['state', 'in', GREEN]])
    process = host.start_agent(env, base, database, state)
    try:
        return watch(manager, do, before)
    finally:
        stop([process])


def watch(manager, do, before):
    """Wait until each check of this machine has its word and each task that it proves its colour, or the time is over.

    :param before: runs that were green already
    """
    [agent] = host.own_agent(manager, socket.gethostname())
    proposed = manager.call('it.check.proposal', 'search_read', [['agent_id', '=', agent]], ['kind', 'state', 'is_sure', 'is_open', 'check_id'])
    started, checks, runs = time.monotonic(), [], []
    while True:
        for cron in CRONS:
            do(cron)
        checks = manager.call('it.check', 'search_read', [['agent_id', '=', agent]], ['name', 'effective_state', 'summary', 'last_result_at'])
        runs = runs_of(manager, {one['id'] for one in checks}, before)
        took_s = time.monotonic() - started
        if took_s > WITHIN_S or all(one['last_result_at'] for one in checks) and runs and all(map(has_colour, runs)):
            return verdicts(proposed, checks, runs, took_s)
        time.sleep(1)


def runs_of(manager, checks, before):
    """Return the runs of today that these checks and nothing else prove, but for those that were proven before."""
    tasks = manager.call('it.task', 'search_read', [['backup_set_ids', '=', False]], ['effective_check_ids'])  # a set's own places have a say, too
    bound = [one['id'] for one in tasks if one['effective_check_ids'] and checks.issuperset(one['effective_check_ids'])]
    runs = manager.call('it.task.run', 'search_read', [['task_id', 'in', bound], ['id', 'not in', before]], ['display_name', 'state', 'health', 'health_reason', 'is_open'])
    return [one for one in runs if one['state'] in GREEN or one['is_open']]


def has_colour(run):
    return run['state'] in GREEN or run['health'] in RED and bool((run['health_reason'] or '').strip())


def verdicts(proposed, checks, runs, took_s):
    """Return {sentence: is it so}."""
    sure = [one for one in proposed if one['is_sure']]
    silent = [one['name'] for one in checks if not one['last_result_at']]
    wordless = [one['name'] for one in checks if one['effective_state'] in RED and not one['summary']]
    pale = [f"{one['display_name']}: {one['state']}, {one['health']}, {one['health_reason']}" for one in runs if not has_colour(one)]
    green = [one['display_name'] for one in runs if one['state'] in GREEN]
    return {
        f"this machine proposes checks, of which it is sure of some ({len(sure)} of {len(proposed)})": 'disk' in {one['kind'] for one in sure},
        f"all of these were ticked and added, or are looked at already ({sorted({one['kind'] for one in sure if one['is_open']})} are not)":
            any(one['state'] == 'accepted' for one in sure) and not any(one['is_open'] for one in sure),
        f"within a cycle, {took_s:.0f} s, each check was looked at ({silent} not) and says why it is not well ({wordless} does not)":
            not silent and not wordless,
        f"of {len(runs)} runs of the handbook that they prove {len(green)} are green, and each other is red with a plain reason ({pale} is not)":
            bool(runs) and not pale,
    }
