"""Making a day's 300 runs by the cron, batches and commits included, against `execute_values` and one commit of the same rows.

Once for tasks that ask for nothing and once with two items each, whose rows count on both sides.
"""
import time
from datetime import timedelta

from pairing import compare
from psycopg2.extras import execute_values
from world import environment

from odoo.fields import Command

TASKS = 300
# Table, and which of its rows belong to the runs of one day of the tasks.
TABLES = {
    'it_task_run': 'task_id = ANY(%(tasks)s) AND date = %(day)s',
    'it_task_run_item': 'run_id IN (SELECT id FROM it_task_run WHERE task_id = ANY(%(tasks)s) AND date = %(day)s)',
}


def measure(database, rounds, tiny=False):
    count = 30 if tiny else TASKS
    with environment(database) as env:
        return [pair(env, rounds, count, items) for items in (0, 2)]


def pair(env, rounds, count, items):
    """Return the Ratio for tasks with so many items each; what was committed for it is removed."""
    env['it.task']._cron_generate_runs()
    tasks = make_tasks(env, count, items)
    env.cr.commit()
    # The generator works two days ahead: with the days before it made, one pass makes exactly this one, and of these tasks alone.
    day = max(tasks.mapped('generated_until'))
    try:
        rows = plain_rows(env, tasks, day)

        def by_cron():
            forget_day(env, tasks, day)
            return timed(env['it.task']._cron_generate_runs)

        def by_values():
            forget_day(env, tasks, day)
            return timed(lambda: insert(env, rows))

        name = f'{count} runs with {items} items each made by the cron' if items else f'{count} runs made by the cron'
        return compare(
            name, by_values, by_cron, goal=5, at_least=False, unit='s', rounds=rounds, note='anchor: execute_values of the same rows')
    finally:
        env.cr.rollback()
        env.cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s)", [tasks.ids])
        env.cr.execute("DELETE FROM it_task WHERE id = ANY(%s)", [tasks.ids])
        env.cr.commit()
        env.invalidate_all(flush=False)


def make_tasks(env, count, items=0):
    checklist = env['it.checklist'].search([], limit=1)
    role = env.ref('it_continuity.role_it_technician')
    tasks = env['it.task'].with_context(tracking_disable=True).create([{
        'name': f"bench {number}", 'code': f'bench_{number}', 'checklist_id': checklist.id, 'role_id': role.id, 'schedule_kind': 'daily',
        'item_ids': [Command.create({'name': f"Gauge {item}", 'kind': 'number', 'unit': '%'}) for item in range(items)],
    } for number in range(count)])
    tasks._generate_runs()
    return tasks


def forget_day(env, tasks, day):
    """Put the tasks back to the moment before a day's runs were made; written past the ORM, which would plan anew."""
    env.flush_all()
    env.cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s) AND date = %s", [tasks.ids, day])
    env.cr.execute("UPDATE it_task SET generated_until = %s WHERE id = ANY(%s)", [day - timedelta(days=1), tasks.ids])
    env.cr.commit()
    env.invalidate_all()


def plain_rows(env, tasks, day):
    """Return ``{table: (columns, values)}`` of one day's rows as the ORM writes them, ids included."""
    forget_day(env, tasks, day)
    env['it.task']._cron_generate_runs()
    rows = {}
    for table, condition in TABLES.items():
        # What PostgreSQL makes of a row by itself it makes of the anchor's as well.
        env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", [table])
        columns = [name for name, in env.cr.fetchall()]
        env.cr.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE {condition}", {'tasks': tasks.ids, 'day': day})
        rows[table] = columns, env.cr.fetchall()
    if len(rows['it_task_run'][1]) != len(tasks):
        raise RuntimeError(f"{len(rows['it_task_run'][1])} runs were made for {len(tasks)} tasks")
    return rows


def insert(env, rows):
    for table, (columns, values) in rows.items():
        if values:
            execute_values(env.cr._obj, f'INSERT INTO {table} ({", ".join(columns)}) VALUES %s', values, page_size=len(values))
    env.cr.commit()


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
