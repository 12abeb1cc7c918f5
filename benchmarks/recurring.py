"""Looking for what keeps going wrong in five years of 300 runs a day and 10,000 tickets, against the same counts by plain SQL.

The software looks at most a year back; both sides look at that year.
"""
from datetime import date, timedelta

from compliance import FILL, timed
from make_runs import make_tasks
from pairing import compare
from world import environment

RUNS, TICKETS = 550_000, 10_000
TICKETS_FILL = """
INSERT INTO it_ticket (name, subject, category_id, company_id, priority, requester_id, channel, requested_at, logged_by_id, state, reopen_count,
                       queue_rank, create_uid, create_date)
SELECT 'BENCH/' || number, 'bench', category.ids[1 + number %% array_length(category.ids, 1)], %(company)s, '0', 2, 'odoo',
       now() AT TIME ZONE 'UTC' - number * interval '4 hours', 2, 'cancelled', number %% 3, 3, 1, now()
  FROM generate_series(1, %(count)s) number, (SELECT array_agg(id ORDER BY id) AS ids FROM it_ticket_category) category
"""
OPEN = "UPDATE it_ticket SET state = 'new' WHERE name LIKE 'BENCH/%'"
PLAIN_RUNS = """
SELECT task_id, array_agg(id ORDER BY id) FROM it_task_run
 WHERE company_id = %(company)s AND (state IN ('missed', 'failed') OR override_reason IS NOT NULL
    OR needs_confirmation AND verified_by_id IS NULL AND state IN ('done', 'not_applicable')) AND due_at >= %(since)s
 GROUP BY task_id HAVING count(*) >= 3
"""
PLAIN_TICKETS = """
SELECT category_id, asset_id, array_agg(id ORDER BY id) FROM it_ticket
 WHERE company_id = %(company)s AND (state != 'cancelled' OR duplicate_of_id IS NULL AND is_withdrawn IS NOT TRUE) AND requested_at >= %(since)s
 GROUP BY category_id, asset_id HAVING count(*) >= 3
"""
PLAIN_REOPENED = """
SELECT category_id, asset_id, array_agg(id ORDER BY id) FROM it_ticket
 WHERE company_id = %(company)s AND (state != 'cancelled' OR duplicate_of_id IS NULL AND is_withdrawn IS NOT TRUE) AND reopen_count > 0 AND requested_at >= %(since)s
 GROUP BY category_id, asset_id HAVING count(*) >= 2
"""


def measure(database, rounds, tiny=False):
    with environment(database) as env:
        tasks = make_tasks(env, 20 if tiny else 300)
        days = (2_000 if tiny else RUNS) // len(tasks)
        start = date.today() - timedelta(days=days)
        env.flush_all()
        env.cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s)", [tasks.ids])
        env.cr.execute(FILL, {'company': env.company.id, 'start': start, 'days': days})
        env.cr.execute(TICKETS_FILL, {'company': env.company.id, 'count': 300 if tiny else TICKETS})
        env.cr.execute(OPEN)
        env.cr.execute("ANALYZE it_task_run")
        env.cr.execute("ANALYZE it_ticket")
        env.cr.execute("UPDATE res_company SET itc_recur_days = %s WHERE id = %s", [min(days + 1, 366), env.company.id])
        env.invalidate_all()
        finder, parameters = env['it.improvement.finder'], {
            'company': env.company.id, 'since': env.cr.now() - timedelta(days=min(days + 1, 366))}

        def ours(*patterns):
            return timed(lambda: [finder._finds(env.company, pattern) for pattern in patterns])

        def plain(*statements):
            return timed(lambda: [(env.cr.execute(statement, parameters), env.cr.fetchall()) for statement in statements])

        count = days * len(tasks)
        return [
            compare(f'what keeps being missed in {count:,} runs, one year of them', lambda: plain(PLAIN_RUNS), lambda: ours('task'), goal=2,
                    at_least=False, unit='s', rounds=rounds),
            compare(f'what keeps being asked for in {300 if tiny else TICKETS:,} tickets', lambda: plain(PLAIN_TICKETS, PLAIN_REOPENED, PLAIN_TICKETS),
                    lambda: ours('ticket', 'reopened', 'supply'), goal=2, at_least=False, unit='s', rounds=rounds)]
