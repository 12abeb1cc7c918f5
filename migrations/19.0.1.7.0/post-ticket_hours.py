from psycopg2.extras import execute_values

from odoo import SUPERUSER_ID, api

from odoo.addons.it_continuity.lib import sla

BATCH = 5000


def migrate(cr, version):
    """Count the working hours of what was answered or solved before, which nothing was promised for: last month's figures have them too.

    By the company's working hours of today. Runs after the script that says when those tickets were first answered. One date that
    somebody mistyped makes nobody count the hours of two thousand years.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    now = cr.now().replace(microsecond=0)
    cr.execute("""
        SELECT company_id, min(LEAST(GREATEST(requested_at, create_date - %(longest)s), %(now)s)), max(GREATEST(first_answer_at, resolved_at))
          FROM it_ticket
         WHERE (first_answer_at IS NOT NULL AND response_worked_hours IS NULL) OR (resolved_at IS NOT NULL AND resolution_worked_hours IS NULL)
         GROUP BY company_id
    """, {'longest': sla.LONGEST_AGO, 'now': now})
    for company_id, start, end in cr.fetchall():
        work = env['it.calendar']._work_spans(env['res.company'].browse(company_id), start, max(start, end))
        cr.execute("""
            SELECT id, requested_at, date_trunc('second', create_date), first_answer_at, resolved_at FROM it_ticket
             WHERE company_id = %s AND ((first_answer_at IS NOT NULL AND response_worked_hours IS NULL)
                                        OR (resolved_at IS NOT NULL AND resolution_worked_hours IS NULL))
        """, [company_id])
        execute_values(cr._obj, """
            UPDATE it_ticket SET response_worked_hours = COALESCE(response_worked_hours, told.response),
                   resolution_worked_hours = COALESCE(resolution_worked_hours, told.resolution)
              FROM (VALUES %s) AS told (id, response, resolution) WHERE it_ticket.id = told.id
        """, [_hours(*row, now, work) for row in cr.fetchall()], template='(%s, %s::float, %s::float)', page_size=BATCH)
    env.invalidate_all()


def _hours(ticket_id, requested_at, logged_at, answered_at, resolved_at, now, work):
    asked_at = sla.sane(requested_at, logged_at, now)
    return ticket_id, _worked(max(asked_at, logged_at), answered_at, work), _worked(asked_at, resolved_at, work)


def _worked(start, end, work):
    return end and sla.worked(start, end, work)
