"""Making a day's 300 runs by the ORM, silently, against `execute_values` of the same rows."""
import time
from datetime import timedelta

from pairing import compare
from psycopg2.extras import execute_values
from world import environment

TASKS = 300


def measure(database, rounds, tiny=False):
    count = 30 if tiny else TASKS
    with environment(database) as env:
        env['it.task'].search([]).active = False
        tasks = make_tasks(env, count)
        # The generator works two days ahead: with the days before it made, one pass makes exactly this one.
        day = max(tasks.mapped('generated_until'))
        rows = plain_rows(env, tasks, day)

        def by_orm():
            forget_day(env, tasks, day)
            return timed(env, lambda: (tasks._generate_runs(), env.flush_all()))

        def by_values():
            columns, values = rows
            return timed(env, lambda: execute_values(
                env.cr._obj, f'INSERT INTO it_task_run ({", ".join(columns)}) VALUES %s', values, page_size=count))

        return [compare(
            f'{count} runs made by the cron', by_values, by_orm, goal=5, at_least=False, unit='s', rounds=rounds,
            note='anchor: execute_values of the same rows')]


def make_tasks(env, count):
    checklist = env['it.checklist'].search([], limit=1)
    role = env.ref('it_continuity.role_it_technician')
    tasks = env['it.task'].with_context(tracking_disable=True).create([
        {'name': f"bench {number}", 'code': f'bench_{number}', 'checklist_id': checklist.id, 'role_id': role.id, 'schedule_kind': 'daily'} for number in range(count)])
    tasks._generate_runs()
    return tasks


def forget_day(env, tasks, day):
    """Put the tasks back to the moment before a day's runs were made; written past the ORM, which would plan anew."""
    env.flush_all()
    env.cr.execute("UPDATE it_task SET generated_until = %s WHERE id = ANY(%s)", [day - timedelta(days=1), tasks.ids])
    env.cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s) AND date = %s", [tasks.ids, day])
    env.invalidate_all()


def plain_rows(env, tasks, day):
    """Return (columns, values) of one day's rows as the ORM writes them."""
    forget_day(env, tasks, day)
    with env.cr.savepoint(flush=True) as savepoint:
        tasks._generate_runs()
        env.flush_all()
        env.cr.execute("SELECT * FROM it_task_run WHERE task_id = ANY(%s) AND date = %s", [tasks.ids, day])
        columns = [column.name for column in env.cr.description]
        values = env.cr.fetchall()
        savepoint.rollback()
    env.invalidate_all()
    if len(values) != len(tasks):
        raise RuntimeError(f'{len(values)} runs were made for {len(tasks)} tasks')
    keep = [index for index, name in enumerate(columns) if name != 'id']
    return [columns[index] for index in keep], [tuple(row[index] for index in keep) for row in values]


def timed(env, work):
    """Return the seconds of work that is undone afterwards."""
    with env.cr.savepoint(flush=False) as savepoint:
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        savepoint.rollback()
    env.invalidate_all(flush=False)
    return seconds
