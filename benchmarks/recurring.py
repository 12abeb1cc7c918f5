"""Looking for what keeps going wrong in five years of 300 runs a day, 10,000 tickets and as many alerts, outages and excuses, and in 100,000
changes of checks, against the same counts by plain SQL.

The software looks at most a year back; both sides look at that year, and of checks, alerts, outages and excuses they first have to find the same.
"""
from datetime import date, timedelta

from compliance import FILL, timed
from make_runs import make_tasks
from pairing import compare
from world import environment

RUNS, TICKETS, CHANGES, OTHERS = 550_000, 10_000, 100_000, 10_000
CHECKS, HOSTS = 200, 20
AGAIN = 10  # times in a slice: one alone is a few milliseconds
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
# Each check turns bad and well again in turns; alerts last an hour, each seventh of them four days; some were put off, some flapped.
OTHERS_FILL = [
    """
INSERT INTO it_check_transition (check_id, at, before, after, is_late)
SELECT ids[1 + number / 2 %% array_length(ids, 1)], now() AT TIME ZONE 'UTC' - (number - 0.5) * interval '6 minutes',
       CASE number %% 2 WHEN 0 THEN 'ok' ELSE 'critical' END, CASE number %% 2 WHEN 0 THEN 'critical' ELSE 'ok' END, false
  FROM generate_series(1, %(changes)s) number, (SELECT %(checks)s AS ids) known""",
    """
INSERT INTO it_alert (number, name, company_id, state, severity, cause_key, cause_kind, check_id, asset_id, began_at, detected_at, opened_at,
                      resolved_at, snooze_count, has_flapped)
SELECT 'BENCH/' || number, 'bench', %(company)s, CASE number %% 11 WHEN 0 THEN 'merged' ELSE 'resolved' END, 'critical', 'bench:' || number,
       CASE number %% 5 WHEN 0 THEN 'host' ELSE 'check' END,
       CASE number %% 5 WHEN 0 THEN NULL ELSE (%(checks)s)[1 + number %% array_length(%(checks)s, 1)] END,
       (%(assets)s)[1 + number %% array_length(%(assets)s, 1)], at, at, at,
       at + CASE number %% 7 WHEN 0 THEN interval '4 days' ELSE interval '1 hour' END, number %% 3, number %% 13 = 0
  FROM generate_series(1, %(count)s) number, LATERAL (SELECT now() AT TIME ZONE 'UTC' - (number - 0.5) * interval '1 hour' AS at) time""",
    """
INSERT INTO it_outage (company_id, asset_id, kind, start_at, end_at, source)
SELECT %(company)s, (%(assets)s)[1 + number %% array_length(%(assets)s, 1)], (ARRAY['power', 'network', 'hardware', 'maintenance'])[1 + number / 7 %% 4],
       at, at + interval '1 hour', 'person'
  FROM generate_series(1, %(count)s) number, LATERAL (SELECT now() AT TIME ZONE 'UTC' - (number - 0.5) * interval '1 hour' AS at) time""",
    """
INSERT INTO it_run_excuse (run_id, company_id, state, kind, fact, fact_text, asked_by_id, asked_at)
SELECT id, company_id, CASE id %% 5 WHEN 0 THEN 'refused' ELSE 'granted' END, (ARRAY['outage', 'downtime', 'leave', 'closed'])[1 + id %% 4],
       '{}', 'bench', 2, due_at + interval '1 day'
  FROM (SELECT id, company_id, due_at FROM it_task_run WHERE state = 'missed' AND task_id = ANY(%(tasks)s) ORDER BY due_at DESC LIMIT %(count)s) run""",
    "UPDATE it_task_run run SET excuse_id = excuse.id FROM it_run_excuse excuse WHERE excuse.run_id = run.id AND excuse.state = 'granted'",
]
PLAIN_CHECKS = """
SELECT check_id, array_agg(change.id ORDER BY change.id) FROM it_check_transition change JOIN it_check one ON one.id = check_id
 WHERE one.company_id = %(company)s AND one.active AND before IN ('ok', 'unknown') AND after IN ('warning', 'critical') AND at >= %(since)s
 GROUP BY check_id HAVING count(*) >= 5
"""
# Three plain counts, one below the other: what ended by itself or flapped, what was put off, what was there day after day.
PLAIN_ALERTS = """
SELECT check_id, host_id, array_agg(id ORDER BY id) FROM (
    SELECT check_id, CASE WHEN cause_kind != 'check' THEN asset_id END AS host_id, id, opened_at AS at FROM it_alert
     WHERE company_id = %(company)s AND (has_flapped OR state = 'resolved' AND acknowledged_at IS NULL AND owner_id IS NULL
           AND ticket_id IS NULL AND snooze_count = 0)
     UNION ALL
    SELECT check_id, CASE WHEN cause_kind != 'check' THEN asset_id END, id, COALESCE(resolved_at, now() AT TIME ZONE 'UTC')
      FROM it_alert, generate_series(1, snooze_count) WHERE company_id = %(company)s
     UNION ALL
    SELECT check_id, CASE WHEN cause_kind != 'check' THEN asset_id END, id, day
      FROM it_alert, generate_series(opened_at + interval '1 day', COALESCE(resolved_at, now() AT TIME ZONE 'UTC'), interval '1 day') day
     WHERE company_id = %(company)s AND (is_flapping OR acknowledged_at IS NULL AND owner_id IS NULL AND ticket_id IS NULL AND snooze_count = 0)
) event WHERE at BETWEEN %(since)s AND now() AT TIME ZONE 'UTC' GROUP BY check_id, host_id HAVING count(*) >= 5
"""
PLAIN_OUTAGES = """
SELECT kind, asset_id, array_agg(id ORDER BY id) FROM it_outage
 WHERE company_id = %(company)s AND kind != 'maintenance' AND start_at >= %(since)s GROUP BY kind, asset_id HAVING count(*) >= 3
"""
PLAIN_EXCUSES = """
SELECT kind, array_agg(excuse.id ORDER BY excuse.id) FROM it_run_excuse excuse JOIN it_task_run run ON run.excuse_id = excuse.id
 WHERE run.company_id = %(company)s AND run.state = 'missed' AND run.due_at >= %(since)s GROUP BY kind HAVING count(*) >= 5
"""


def make_checks(env, count, hosts):
    """Return hosts and as many checks, which no agent ever looked at."""
    category = env['it.asset.category'].search([], limit=1)
    assets = env['it.asset'].create([{'name': f"bench {number}", 'kind': 'host', 'category_id': category.id} for number in range(hosts)])
    agents = env['it.agent'].create([{'asset_id': asset.id} for asset in assets])
    env['it.check.kind'].create([{'agent_id': agent.id, 'kind': 'host', 'title': "Host"} for agent in agents])
    return assets, env['it.check'].create([
        {'name': f"bench {number}", 'agent_id': agents[number % hosts].id, 'kind': 'host'} for number in range(count)])


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
        assets, checks = make_checks(env, 5 if tiny else CHECKS, 2 if tiny else HOSTS)
        env.flush_all()
        for statement in OTHERS_FILL:
            env.cr.execute(statement, {
                'company': env.company.id, 'assets': assets.ids, 'checks': checks.ids, 'tasks': tasks.ids,
                'changes': 1_000 if tiny else CHANGES, 'count': 300 if tiny else OTHERS})
        env.cr.execute("ANALYZE it_task_run, it_ticket, it_check_transition, it_check, it_alert, it_outage, it_run_excuse")
        env.cr.execute("UPDATE res_company SET itc_recur_days = %s WHERE id = %s", [min(days + 1, 366), env.company.id])
        env.invalidate_all()
        finder, parameters = env['it.improvement.finder'], {
            'company': env.company.id, 'since': env.cr.now() - timedelta(days=min(days + 1, 366))}

        def ours(*patterns):
            return timed(lambda: [finder._finds(env.company, pattern) for _again in range(AGAIN) for pattern in patterns]) / AGAIN

        def plain(*statements):
            return timed(lambda: [
                (env.cr.execute(statement, parameters), env.cr.fetchall()) for _again in range(AGAIN) for statement in statements]) / AGAIN

        def refs(statement):
            env.cr.execute(statement, parameters)
            return sorted(row[-1] for row in env.cr.fetchall())

        others = {'check': PLAIN_CHECKS, 'alert': PLAIN_ALERTS, 'outage': PLAIN_OUTAGES, 'excuse': PLAIN_EXCUSES}
        for pattern, statement in others.items():
            found = sorted(list(find.refs) for find in finder._finds(env.company, pattern))
            if not found or found != refs(statement):
                raise RuntimeError(f"“{pattern}”: {len(found)} found, and not what plain SQL finds")
        count = days * len(tasks)
        told = {
            'check': f'what keeps turning bad in {1_000 if tiny else CHANGES:,} changes of checks',
            'alert': f'what nobody acts on in {300 if tiny else OTHERS:,} alerts', 'outage': f'what keeps breaking down in {300 if tiny else OTHERS:,} outages',
            'excuse': f'what keeps excusing in {300 if tiny else OTHERS:,} excuses'}
        return [
            compare(f'what keeps being missed in {count:,} runs, one year of them', lambda: plain(PLAIN_RUNS), lambda: ours('task'), goal=2,
                    at_least=False, unit='s', rounds=rounds),
            compare(f'what keeps being asked for in {300 if tiny else TICKETS:,} tickets', lambda: plain(PLAIN_TICKETS, PLAIN_REOPENED, PLAIN_TICKETS),
                    lambda: ours('ticket', 'reopened', 'supply'), goal=2, at_least=False, unit='s', rounds=rounds),
            *(compare(told[pattern], lambda statement=statement: plain(statement), lambda pattern=pattern: ours(pattern), goal=2, at_least=False,
                      unit='s', rounds=rounds) for pattern, statement in others.items())]
