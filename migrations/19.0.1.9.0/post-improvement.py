from odoo import SUPERUSER_ID, api

from odoo.addons.it_continuity.lib import recurring


def migrate(cr, version):
    """Say which requests were taken back by who asked, which costs could be counted in a measurement, of which one knows what was gained, and
    how often it had happened by today's count where something is dismissed.

    Who cancelled a ticket is told by the note of its last change of state; of a double nobody asks. Of a check nobody knows any more whether
    somebody watched it, unless it was what was measured or some minutes were counted. More counts as having happened than before, and that alone
    brings back nothing: what had become clearly worse by the old count has come back already.
    """
    cr.execute("""
        UPDATE it_ticket AS ticket SET is_withdrawn = TRUE
          FROM res_users AS requester
         WHERE requester.id = ticket.requester_id AND ticket.state = 'cancelled' AND ticket.duplicate_of_id IS NULL
           AND requester.partner_id = (
               SELECT message.author_id
                 FROM mail_message AS message
                 JOIN mail_tracking_value AS changed ON changed.mail_message_id = message.id
                 JOIN ir_model_fields AS field ON field.id = changed.field_id AND field.model = 'it.ticket' AND field.name = 'state'
                WHERE message.model = 'it.ticket' AND message.res_id = ticket.id
                ORDER BY message.id DESC
                LIMIT 1)
    """)
    cr.execute("""
        UPDATE it_improvement_measurement AS measured
           SET costed = concat_ws(',',
                   CASE WHEN CASE WHEN about.check_id IS NULL THEN about.outage_kind IS NOT NULL OR about.asset_id IS NOT NULL
                                  ELSE measured.minutes > 0 OR (measured.measure = 'not_ok_min' AND measured.is_known) END THEN 'minutes_down' END,
                   CASE WHEN about.category_id IS NOT NULL OR about.asset_id IS NOT NULL THEN 'minutes_worked' END,
                   CASE WHEN measured.runs_missed > 0 THEN 'runs_missed' END)
          FROM it_improvement AS about
         WHERE about.id = measured.improvement_id AND measured.costed IS NULL
    """)
    cr.execute("""
        UPDATE it_improvement_measurement AS measured SET is_gain_known = TRUE
         WHERE measured.kind = 'after' AND measured.is_reached AND measured.costed LIKE '%minutes\\_%' AND EXISTS (
               SELECT FROM it_improvement_measurement AS before
                WHERE before.improvement_id = measured.improvement_id AND before.kind = 'before'
                  AND (before.costed LIKE '%minutes\\_down%') = (measured.costed LIKE '%minutes\\_down%'))
    """)
    env = api.Environment(cr, SUPERUSER_ID, {})
    for record in env['it.improvement'].search([('state', '=', 'dismissed'), ('pattern_key', '!=', False)]):
        times = env['it.improvement.finder']._times(record)
        if recurring.is_clearly_worse(times, record.put_aside_at):
            cr.execute("UPDATE it_improvement SET put_aside_at = %s WHERE id = %s", [times, record.id])
