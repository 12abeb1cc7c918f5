"""The compliance report on five years of 300 runs a day, against the same figures by one plain SQL statement.

Also what a manager's browser asks for: the pivot's own call with its default filters, in seconds.
"""
import time
from datetime import date, timedelta

from pairing import compare
from world import environment

RUNS = 550_000
FILL = """
INSERT INTO it_task_run (task_id, checklist_id, company_id, occurrence, date, open_at, due_at, deadline_at, state, done_at, entered_at,
                         task_name, create_uid, create_date)
SELECT task.id, task.checklist_id, %(company)s, day::date::text, day, day, day + '12 h'::interval, day + '21 h'::interval, outcome.state,
       CASE WHEN outcome.state IN ('auto_verified', 'done', 'verified') THEN day + (outcome.hour || ' h')::interval END,
       day + '12 h'::interval, task.name, 1, now()
  FROM generate_series(%(start)s::timestamp, %(start)s::timestamp + (%(days)s - 1) * '1 day'::interval, '1 day') day
 CROSS JOIN (SELECT id, checklist_id, name ->> 'en_US' AS name FROM it_task WHERE name ->> 'en_US' LIKE 'bench %%') task
 CROSS JOIN LATERAL (SELECT (ARRAY['auto_verified', 'done', 'verified', 'auto_verified', 'missed', 'failed', 'not_applicable', 'done'])
                            [1 + (task.id * 7 + extract(doy FROM day)::int * 13) %% 8] AS state,
                            (task.id + extract(day FROM day)::int) %% 18 AS hour) outcome
"""
PLAIN = """
SELECT date_trunc('month', run.date) AS month, run.task_id,
       sum((run.state NOT IN ('not_applicable', 'pending'))::int),
       sum((run.state IN ('auto_verified', 'done', 'verified') AND run.done_at <= run.due_at)::int),
       sum((run.state = 'missed')::int), sum((run.state = 'missed' AND run.excuse_id IS NOT NULL)::int)
  FROM it_task_run run
 WHERE run.company_id = %s
 GROUP BY 1, 2 ORDER BY 1, 2
"""


def measure(database, rounds, tiny=False):
    from make_runs import make_tasks
    with environment(database) as env:
        tasks = make_tasks(env, 20 if tiny else 300)
        days = (2_000 if tiny else RUNS) // len(tasks)
        start = date.today() - timedelta(days=days)
        env.flush_all()
        env.cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s)", [tasks.ids])
        env.cr.execute(FILL, {'company': env.company.id, 'start': start, 'days': days})
        env.cr.execute("ANALYZE it_task_run")
        report = env['it.compliance.report']
        domain = [('company_id', '=', env.company.id)]
        aggregates = ['due:sum', 'on_time:sum', 'missed:sum', 'excused:sum']

        def by_report():
            return timed(lambda: report._read_group(domain, ['date:month', 'task_id'], aggregates))

        def by_sql():
            return timed(lambda: (env.cr.execute(PLAIN, [env.company.id]), env.cr.fetchall()))

        def pivot():
            return report.formatted_read_grouping_sets(
                [*domain, ('date', '>=', 'today -12m')], [[], ['checklist_id'], ['date:month'], ['checklist_id', 'date:month']], aggregates)

        pivot()
        before = env.cr.sql_log_count
        pivot_s = timed(pivot)
        queries = env.cr.sql_log_count - before
        return [compare(
            f'compliance of {days * len(tasks):,} runs, month × task', by_sql, by_report, goal=1.5, at_least=False, unit='s',
            rounds=rounds, note=f"the pivot's own call with its default filters: {pivot_s:.2f} s, {queries} queries")]


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
