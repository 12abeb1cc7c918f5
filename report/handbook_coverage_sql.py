"""The coverage map as one query: each keeper's verdict, then the worst verdict and the newest proof of each line.

A system in the register keeps only a line that names systems in scope: owning a printer does not do a recurring task.
"""
from odoo.tools import SQL

from ..lib import recurrence

# A fiscal year comes round once; closings that drift by a quarter are still in their cadence.
CLOSING_DAYS = 366 + 92
ASSET_DAYS = 31

RED, AMBER, GREEN, NEVER = 3, 2, 1, 0  # the worst keeper decides; what nobody ever needed decides only alone
LINE_SHIFT = 1_000_000  # a row's id is made of the line's and the company's


def coverage_sql():
    """Return the rows of ``it.handbook.coverage``."""
    return SQL(
        """
        WITH company AS MATERIALIZED (%(companies)s),
             task AS MATERIALIZED (%(tasks)s),
             keeper AS MATERIALIZED (
                %(task_keepers)s UNION ALL %(ticket_keepers)s UNION ALL %(closing_keepers)s UNION ALL %(asset_keepers)s),
             counting AS (
                SELECT keeper.* FROM keeper JOIN it_handbook_line line ON line.id = keeper.line_id
                 WHERE NOT keeper.is_asset OR line.kind = 'asset'),
             verdict AS (
                SELECT DISTINCT ON (line_id, company_id) * FROM counting
                 ORDER BY line_id, company_id, is_asset, rank DESC, proof_at NULLS FIRST),
             proof AS (
                SELECT DISTINCT ON (line_id, company_id) * FROM counting
                 WHERE proof_at IS NOT NULL ORDER BY line_id, company_id, is_asset, proof_at DESC)
        SELECT line.id::bigint * %(shift)s + company.id AS id, line.id AS line_id, line.section_id, section.sequence AS section_sequence,
               line.sequence, line.kind, company.id AS company_id,
               CASE WHEN verdict.rank = %(red)s THEN 'red' WHEN verdict.rank = %(green)s THEN 'green'
                    WHEN verdict.rank IS NOT NULL THEN 'amber' WHEN line.kind = 'rule' THEN 'rule' ELSE 'red' END AS state,
               COALESCE(verdict.reason, CASE WHEN line.kind = 'rule' THEN 'rule' ELSE 'no_keeper' END) AS reason,
               verdict.task_id, proof.proof_at, proof.proof_kind, proof.proof_by_id, proof.run_id, proof.ticket_id,
               proof.closing_step_id
          FROM it_handbook_line line
          JOIN it_handbook_section section ON section.id = line.section_id
         CROSS JOIN company
          LEFT JOIN verdict ON verdict.line_id = line.id AND verdict.company_id = company.id
          LEFT JOIN proof ON proof.line_id = line.id AND proof.company_id = company.id
        """,
        companies=_companies(), tasks=_tasks(), task_keepers=_task_keepers(), ticket_keepers=_ticket_keepers(),
        closing_keepers=_closing_keepers(), asset_keepers=_asset_keepers(), shift=LINE_SHIFT, red=RED, green=GREEN)


def _companies():
    """Who runs the handbook: companies with tasks, or the first one as long as there are none."""
    return SQL("""
        SELECT id, (now() AT TIME ZONE itc_tz)::date AS today FROM res_company
         WHERE id IN (SELECT company_id FROM it_task WHERE active)
            OR (id = (SELECT MIN(id) FROM res_company) AND NOT EXISTS (SELECT 1 FROM it_task WHERE active))
    """)


def _tasks():
    """Each active task with the newest run that is decided, and the newest that proves it; beside a plan, what is started by hand decides nothing.

    Nor does what was done after an event of which one person alone tells, as long as anything else decides; what was left undone after it does.
    """
    return SQL("""
        SELECT task.id, task.line_id, task.company_id, task.schedule_kind IN %s AS is_dated,
               COALESCE(task.generated_until < company.today - 1, task.create_date < now() AT TIME ZONE 'UTC' - INTERVAL '1 day')
                   AS is_behind,
               newest.state, newest.waits, newest.done_at,
               proof.id AS run_id, proof.state AS proof_state, proof.done_at AS proof_at, proof.by_id
          FROM it_task task
          JOIN company ON company.id = task.company_id
          LEFT JOIN LATERAL (
                SELECT state, done_at, (COALESCE(needs_verification, FALSE) OR COALESCE(needs_confirmation, FALSE)) AS waits
                  FROM ((SELECT *, FALSE AS is_last FROM it_task_run
                          WHERE task_id = task.id AND (state != 'pending' OR deadline_at < now() AT TIME ZONE 'UTC')
                            AND (is_extra IS NOT TRUE OR task.schedule_kind = 'on_demand')
                          ORDER BY due_at DESC LIMIT 1)
                        UNION ALL
                        (SELECT *, done_at IS NOT NULL OR state = 'not_applicable' FROM it_task_run
                          WHERE task_id = task.id AND (state != 'pending' OR deadline_at < now() AT TIME ZONE 'UTC')
                            AND is_extra AND event_kind IS NOT NULL AND task.schedule_kind = 'event'
                          ORDER BY due_at DESC LIMIT 1)) one
                 ORDER BY is_last, due_at DESC LIMIT 1) newest ON TRUE
          LEFT JOIN LATERAL (
                SELECT id, state, done_at, COALESCE(verified_by_id, done_by_id) AS by_id FROM it_task_run
                 WHERE task_id = task.id AND done_at IS NOT NULL
                   AND (state IN ('auto_verified', 'verified') OR (
                        state = 'done' AND NOT COALESCE(needs_verification, FALSE) AND NOT COALESCE(needs_confirmation, FALSE)))
                 ORDER BY due_at DESC LIMIT 1) proof ON TRUE
         WHERE task.active
    """, recurrence.DATED_KINDS)


def _task_keepers():
    """A task is as good as what it was asked for last; when the day's deadline has passed without it, it is missed."""
    return SQL("""
        SELECT line_id, company_id, FALSE AS is_asset,
               CASE WHEN is_dated AND is_behind THEN %(red)s
                    WHEN state IN ('pending', 'missed', 'failed') THEN %(red)s
                    WHEN state = 'not_applicable' THEN %(amber)s
                    WHEN state IS NULL THEN CASE WHEN is_dated THEN %(amber)s ELSE %(never)s END
                    WHEN done_at IS NULL THEN %(red)s
                    WHEN state = 'done' AND waits THEN %(amber)s
                    ELSE %(green)s END AS rank,
               CASE WHEN is_dated AND is_behind THEN 'not_planned'
                    WHEN state IN ('pending', 'missed') THEN 'missed'
                    WHEN state = 'not_applicable' THEN 'not_applicable'
                    WHEN state IS NULL THEN CASE WHEN is_dated THEN 'not_due' ELSE 'never_needed' END
                    WHEN done_at IS NULL THEN 'failed'
                    WHEN state = 'done' AND waits THEN 'unverified'
                    ELSE 'proven' END AS reason,
               id AS task_id, proof_at, CASE WHEN by_id IS NULL THEN 'agent' ELSE 'run' END AS proof_kind, by_id AS proof_by_id,
               run_id, NULL::int AS ticket_id, NULL::int AS closing_step_id
          FROM task WHERE line_id IS NOT NULL
    """, red=RED, amber=AMBER, green=GREEN, never=NEVER)


def _ticket_keepers():
    return SQL("""
        SELECT category.line_id, company.id, FALSE, CASE WHEN ticket.id IS NULL THEN %(never)s ELSE %(green)s END,
               CASE WHEN ticket.id IS NULL THEN 'never_needed' ELSE 'proven' END,
               NULL::int, ticket.closed_at, 'ticket', ticket.confirmed_by_id, NULL::int, ticket.id, NULL::int
          FROM it_ticket_category category
         CROSS JOIN company
          LEFT JOIN LATERAL (
                SELECT id, closed_at, confirmed_by_id FROM it_ticket
                 WHERE category_id = category.id AND company_id = company.id AND state = 'closed'
                 ORDER BY closed_at DESC LIMIT 1) ticket ON TRUE
         WHERE category.active AND category.line_id IS NOT NULL
    """, green=GREEN, never=NEVER)


def _closing_keepers():
    """The template says that it is kept; the verified steps of the closings prove it, once a fiscal year."""
    return SQL("""
        SELECT line_id, company_id, FALSE,
               CASE WHEN overdue OR is_old THEN %(red)s WHEN step_id IS NULL THEN %(amber)s ELSE %(green)s END,
               CASE WHEN overdue THEN 'closing_overdue' WHEN is_old THEN 'closing_old' WHEN step_id IS NULL THEN 'not_due'
                    ELSE 'proven' END,
               NULL::int, verified_at, 'closing', verified_by_id, NULL::int, NULL::int, step_id
          FROM (
            SELECT planned.line_id, planned.company_id, proof.id AS step_id, proof.verified_at, proof.verified_by_id,
                   COALESCE(proof.verified_at, planned.since) < now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s) AS is_old,
                   EXISTS (
                    SELECT 1 FROM it_closing_step step JOIN it_closing closing ON closing.id = step.closing_id
                     WHERE step.line_id = planned.line_id AND step.company_id = planned.company_id AND step.state != 'verified'
                       AND closing.state = 'open' AND step.planned_date < planned.today) AS overdue
              FROM (
                SELECT step.line_id, company.id AS company_id, company.today, MIN(step.create_date) AS since
                  FROM it_closing_template_step step
                  JOIN it_closing_template template ON template.id = step.template_id AND template.active
                  JOIN company ON template.company_id IS NULL OR template.company_id = company.id
                 WHERE step.line_id IS NOT NULL
                 GROUP BY step.line_id, company.id, company.today) planned
              LEFT JOIN LATERAL (
                SELECT id, verified_at, verified_by_id FROM it_closing_step
                 WHERE line_id = planned.line_id AND company_id = planned.company_id AND state = 'verified'
                 ORDER BY verified_at DESC LIMIT 1) proof ON TRUE) closing
    """, red=RED, amber=AMBER, green=GREEN, days=CLOSING_DAYS)


def _asset_keepers():
    """A system in the register is proven by the newest proof of any task that looks at it."""
    return SQL("""
        SELECT asset.line_id, asset.company_id, TRUE,
               CASE WHEN task.proof_at >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s) THEN %(green)s ELSE %(amber)s END,
               CASE WHEN task.proof_at >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s) THEN 'proven' ELSE 'unseen' END,
               NULL::int, task.proof_at, CASE WHEN task.by_id IS NULL THEN 'agent' ELSE 'run' END, task.by_id, task.run_id,
               NULL::int, NULL::int
          FROM (
            SELECT rel.it_handbook_line_id AS line_id, company.id AS company_id, asset.id
              FROM it_asset_it_handbook_line_rel rel
              JOIN it_asset asset ON asset.id = rel.it_asset_id AND asset.active
              JOIN company ON asset.company_id IS NULL OR asset.company_id = company.id) asset
          LEFT JOIN LATERAL (
                SELECT task.proof_at, task.by_id, task.run_id
                  FROM it_asset_it_task_rel looks JOIN task ON task.id = looks.it_task_id
                 WHERE looks.it_asset_id = asset.id AND task.company_id = asset.company_id AND task.proof_at IS NOT NULL
                 ORDER BY task.proof_at DESC LIMIT 1) task ON TRUE
    """, amber=AMBER, green=GREEN, days=ASSET_DAYS)
