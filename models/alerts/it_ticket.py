from odoo import SUPERUSER_ID, api, fields, models

from ..mixins.groups import WORKERS
from ..outbox.sender import TODO


class ItTicket(models.Model):
    """The alerts for which a ticket was made, or which joined it; and who was called as it was late."""
    _inherit = 'it.ticket'

    alert_ids = fields.One2many('it.alert', 'ticket_id', string="Alerts", readonly=True, groups=WORKERS)
    alert_count = fields.Integer("Number of alerts", compute='_compute_alert_count', groups=WORKERS)
    alert_text = fields.Text("What its alerts do", compute='_compute_alert_text', groups=WORKERS)
    call_ids = fields.One2many('it.ticket.call', 'ticket_id', string="Who was called", readonly=True, groups=WORKERS)

    # === COMPUTE METHODS === #

    def _compute_alert_count(self):
        counts = dict(self.env['it.alert']._read_group([('ticket_id', 'in', self.ids)], ['ticket_id'], ['__count']))
        for ticket in self:
            ticket.alert_count = counts.get(ticket._origin, 0)

    @api.depends('alert_ids.state', 'alert_ids.merged_into_id')
    @api.depends_context('uid', 'lang', 'allowed_company_ids')
    def _compute_alert_text(self):
        for ticket in self:
            ticket.alert_text = '\n'.join(alert._standing_words() for alert in ticket.alert_ids) or False

    # === ACTION METHODS === #

    def action_open_alerts(self):
        """Open the alerts of this one ticket."""
        self.ensure_one()
        return self.env['it.alert']._action_of([('ticket_id', '=', self.id)])

    # === BUSINESS METHODS === #

    def _transition(self, vals):
        """Take back what was planned for people as a warning once there is nothing to do in time any more."""
        result = super()._transition(vals)
        if vals.get('state') in ('resolved', 'closed', 'cancelled'):
            # sudo: whoever solves it takes the calls from colleagues; those of the ticket's own steps go their own way
            called_sudo = self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(TODO) and activity.create_uid.id == SUPERUSER_ID)
            called_sudo.unlink()
        return result
