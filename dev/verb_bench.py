"""`python3 dev bench [name …]`: run the benchmarks and print one table of ratios, ours ÷ an anchor in the same run.

Names: ingest, storage, agent_cycle, make_runs, compliance, today, seal, recurring, alert, backup_hash.
`--rounds N` (default 7), `--tiny` to see only that they work.
"""
import argparse
import json
import platform
import subprocess

import aptget
import database
import odoo_cli
import paths
import postgres
import setup
from say import Trouble, line, step

DATABASE = 'itc_bench'
ANCHORS = ('prometheus-node-exporter', 'zabbix-agent2')     # unpacked, not installed: no service of theirs may start here
PROGRAMS = paths.HOME / 'bench'
BENCHMARKS = ('ingest', 'storage', 'agent_cycle', 'make_runs', 'compliance', 'today', 'seal', 'recurring', 'alert', 'backup_hash')


def main(arguments):
    parser = argparse.ArgumentParser(prog='python3 dev bench', description=__doc__)
    parser.add_argument('names', nargs='*', choices=(*BENCHMARKS, []), default=[])
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--tiny', action='store_true')
    options = parser.parse_args(arguments)
    setup.everything(for_tests=True)
    if 'agent_cycle' in (options.names or BENCHMARKS):
        fetch_anchors()
    with postgres.running() as env:
        results = paths.REPO / 'benchmarks' / 'results'
        results.mkdir(exist_ok=True)
        code = measure(env, options.names or BENCHMARKS, options.rounds, options.tiny, results)
    if code:
        raise Trouble('a benchmark failed; its words stand above')
    line(f'  raw figures: {results}')


def measure(env, names, rounds, tiny, results, sink=None):
    """Run benchmarks on a database of their own.

    :param results: folder for the raw figures
    :param sink: open file for what they print; the terminal without one
    :return: 0 when all of them worked, whatever their ratios
    """
    prepare(env)
    env = dict(env, ITC_ADDONS_PATH=','.join([addons_path(), str(paths.REPO / 'benchmarks' / 'addons')]),
               ITC_DATA_DIR=str(paths.DATA_DIR), ITC_PYTHON=str(paths.PYTHON),
               ITC_BENCH_PROGRAMS=str(PROGRAMS))
    command = [paths.PYTHON, paths.REPO / 'benchmarks', DATABASE, json.dumps(names), str(rounds), str(int(tiny)), results]
    code = subprocess.run(command, env=env, cwd=paths.REPO, stdout=sink, stderr=sink and subprocess.STDOUT, check=False).returncode
    database.drop(env, DATABASE)
    return code


def fetch_anchors():
    """Unpack the agents of others that ours is held against; without them the benchmark goes on with the rest."""
    suite = platform.freedesktop_os_release().get('VERSION_CODENAME', 'stable')
    try:
        setup.once('bench-anchors', f'{suite} {ANCHORS}', f"From Debian: {', '.join(ANCHORS)}", lambda: aptget.unpack(suite, ANCHORS, PROGRAMS))
    except (Trouble, OSError) as error:
        line(f"  – the agent is not held against {' and '.join(ANCHORS)}: {error}")


def addons_path():
    command = odoo_cli.command(DATABASE)
    return command[command.index('--addons-path') + 1]


def prepare(env):
    database.ensure_template(env)
    with step('A database to measure on'):
        database.clone(env, database.TEMPLATE, DATABASE)
        odoo_cli.call(DATABASE, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
                  env=env, log=paths.LOGS / 'bench-install.log', what='Installing the addon')
