"""The compliance report on five years of 300 runs a day, against the same figures by one plain SQL statement.

Also against the quicker statement that was the anchor while there were four outcomes: it knows nothing of late entries, of what one person
alone says does not apply, and of runs started by hand, and so gives other figures where there are any. And what a manager's browser asks
for: the pivot's own call with its default filters, in seconds.
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
# Of each hundred runs one was started by hand, one entered late, one is one person's word, some of the missed are open or past their time
# and told by nobody yet, and some of all were excused, which only the missed count as.
TOLD_APART = """
UPDATE it_task_run
   SET is_extra = id %% 100 = 0, is_late_entry = id %% 100 = 1, needs_confirmation = id %% 100 IN (1, 2),
       state = CASE WHEN state = 'missed' AND id %% 100 IN (3, 4) THEN 'pending' ELSE state END,
       deadline_at = CASE WHEN state = 'missed' AND id %% 100 = 4 THEN now() AT TIME ZONE 'UTC' + '1 day'::interval ELSE deadline_at END,
       excuse_id = CASE WHEN id %% 100 IN (1, 5) THEN %(excuse)s END
 WHERE task_id = ANY(%(tasks)s) AND id %% 100 <= 5
"""
# By the runs' own fields, as somebody would write it who knows the definition and not our column that keeps the outcome.
PLAIN = """
SELECT date_trunc('month', run.date)::date AS month, run.task_id,
       sum((run.is_extra IS NOT TRUE AND (
            run.state NOT IN ('not_applicable', 'pending')
            OR run.state = 'not_applicable' AND run.needs_confirmation AND run.verified_by_id IS NULL
            OR run.state = 'pending' AND run.deadline_at < now() AT TIME ZONE 'UTC'))::int),
       sum((run.is_extra IS NOT TRUE AND run.state IN ('auto_verified', 'done', 'verified') AND run.done_at <= run.due_at
            AND (run.needs_confirmation IS NOT TRUE OR run.verified_by_id IS NOT NULL))::int),
       sum((run.is_extra IS NOT TRUE AND (
            run.state = 'missed'
            OR run.state IN ('auto_verified', 'done', 'verified') AND run.done_at > run.deadline_at
            OR run.state = 'not_applicable' AND run.is_late_entry AND run.needs_confirmation AND run.verified_by_id IS NULL
            OR run.state = 'pending' AND run.deadline_at < now() AT TIME ZONE 'UTC'))::int),
       sum((run.excuse_id IS NOT NULL AND run.is_extra IS NOT TRUE AND (
            run.state = 'missed'
            OR run.state IN ('auto_verified', 'done', 'verified')
               AND (run.done_at > run.deadline_at OR run.needs_confirmation AND run.verified_by_id IS NULL)
            OR run.state = 'not_applicable' AND run.is_late_entry AND run.needs_confirmation AND run.verified_by_id IS NULL
            OR run.state = 'pending' AND run.deadline_at < now() AT TIME ZONE 'UTC'))::int)
  FROM it_task_run run
 WHERE run.company_id = %s
 GROUP BY 1, 2 ORDER BY 1, 2
"""
FOUR_OUTCOMES = """
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
        env.cr.execute(TOLD_APART, {'excuse': an_excuse(env, tasks), 'tasks': tasks.ids})
        env.cr.execute("ANALYZE it_task_run")
        report = env['it.compliance.report']
        domain = [('company_id', '=', env.company.id)]
        aggregates = ['due:sum', 'on_time:sum', 'missed:sum', 'excused:sum']

        def grouped():
            return report._read_group(domain, ['date:month', 'task_id'], aggregates)

        def plain(statement=PLAIN):
            env.cr.execute(statement, [env.company.id])
            return env.cr.fetchall()

        def pivot():
            return report.formatted_read_grouping_sets(
                [*domain, ('date', '>=', 'today -12m')], [[], ['checklist_id'], ['date:month'], ['checklist_id', 'date:month']], aggregates)

        if [(month, task.id, *figures) for month, task, *figures in grouped()] != plain():
            raise RuntimeError('the report and the plain statement give other figures')
        pivot()
        before = env.cr.sql_log_count
        pivot_s = timed(pivot)
        queries = env.cr.sql_log_count - before
        name = f'compliance of {days * len(tasks):,} runs, month × task'
        return [
            compare(
                name, lambda: timed(plain), lambda: timed(grouped), goal=1.5, at_least=False, unit='s', rounds=rounds,
                note=f"the pivot's own call with its default filters: {pivot_s:.2f} s, {queries} queries"),
            compare(
                f'{name}, against four outcomes', lambda: timed(lambda: plain(FOUR_OUTCOMES)), lambda: timed(grouped), goal=1.5,
                at_least=False, unit='s', rounds=rounds, note='anchor: quicker, and other figures than ours')]


def an_excuse(env, tasks):
    """Return the id of an excuse of one of the missed runs."""
    run = env['it.task.run'].search([('task_id', 'in', tasks.ids), ('state', '=', 'missed')], limit=1)
    outage = env['it.outage'].create({'kind': 'power', 'start_at': run.open_at})
    excuse = env['it.run.excuse'].sudo()._ask({
        'run_id': run.id, 'company_id': run.company_id.id, 'kind': 'outage', 'outage_id': outage.id, 'fact': {'kind': 'outage'},
        'fact_text': "Power", 'asked_by_id': env.uid, 'asked_at': env.cr.now()})
    env.flush_all()
    return excuse.id


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
