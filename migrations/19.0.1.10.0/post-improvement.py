from odoo import SUPERUSER_ID, api

from odoo.addons.it_continuity.lib import recurring


def migrate(cr, version):
    """Name the closing step of what was flagged from one, and say when tickets were reopened last.

    When is told by the note of the last change from “Resolved” or “Closed” to “In progress”, in whatever language it was written; where none
    tells, it stays empty and the ticket counts by when it was asked for. More counts as having happened now, and that alone brings back nothing
    that is dismissed.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("""
        UPDATE it_improvement AS flagged SET step_id = step.id
          FROM it_closing_step AS step
         WHERE flagged.step_id IS NULL AND flagged.pattern_key = 'it.closing.step:' || step.id
    """)
    labels = [
        dict(env['it.ticket']._fields['state']._description_selection(env(context={'lang': code})))
        for code, _name in env['res.lang'].get_installed()]
    cr.execute("""
        UPDATE it_ticket AS ticket SET reopened_at = told.at
          FROM (SELECT message.res_id AS id, max(message.date) AS at
                  FROM mail_message AS message
                  JOIN mail_tracking_value AS changed ON changed.mail_message_id = message.id
                  JOIN ir_model_fields AS field ON field.id = changed.field_id AND field.model = 'it.ticket' AND field.name = 'state'
                 WHERE message.model = 'it.ticket' AND changed.old_value_char = ANY(%s) AND changed.new_value_char = ANY(%s)
                 GROUP BY message.res_id) AS told
         WHERE told.id = ticket.id AND ticket.reopen_count > 0 AND ticket.reopened_at IS NULL
    """, [[names[state] for names in labels for state in ('resolved', 'closed', 'cancelled')],
          [names[state] for names in labels for state in ('new', 'in_progress')]])
    env.invalidate_all()
    for record in env['it.improvement'].search([('state', '=', 'dismissed'), ('pattern', 'in', ('alert', 'reopened'))]):
        times = env['it.improvement.finder']._times(record)
        if recurring.is_clearly_worse(times, record.put_aside_at):
            cr.execute("UPDATE it_improvement SET put_aside_at = %s WHERE id = %s", [times, record.id])
