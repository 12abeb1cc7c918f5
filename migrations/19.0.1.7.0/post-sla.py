from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

TARGETS = 'data/it_sla_target_data.xml'
PROMISE = ('response_hours', 'resolution_hours', 'target_calendar_id')


def migrate(cr, version):
    """Give the service targets, and what is still open its promise; what was answered, solved or closed before had none.

    Nobody is called at once to what is late already as the targets come: that is told of a day later, with all other reminders.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    convert_file(env, 'it_continuity', TARGETS, {}, mode='init', noupdate=True)
    cr.execute("""
        UPDATE it_ticket SET first_answer_at = COALESCE(started_at, resolved_at)
         WHERE first_answer_at IS NULL AND COALESCE(started_at, resolved_at) IS NOT NULL
    """)
    cr.execute("""
        INSERT INTO it_ticket_pause (ticket_id, company_id, kind, started_at, started_by_id, create_uid, write_uid, create_date, write_date)
        SELECT id, company_id, 'confirmation', resolved_at, COALESCE(assignee_id, %(user)s), %(user)s, %(user)s, now() AT TIME ZONE 'UTC',
               now() AT TIME ZONE 'UTC'
          FROM it_ticket ticket WHERE state = 'resolved' AND resolved_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM it_ticket_pause pause WHERE pause.ticket_id = ticket.id AND pause.ended_at IS NULL)
    """, {'user': SUPERUSER_ID})
    env.invalidate_all()
    tickets = env['it.ticket'].search([('state', 'in', ('new', 'in_progress'))])
    for name in PROMISE:
        env.add_to_compute(tickets._fields[name], tickets)
    tickets.flush_recordset(PROMISE)
    tickets._refresh_clocks()
    env['it.ticket.call']._note_known(tickets)
