from odoo import fields, models

from .it_check import READERS


class ItTicket(models.Model):
    """The alerts for which a ticket was made, or which joined it."""
    _inherit = 'it.ticket'

    alert_ids = fields.One2many('it.alert', 'ticket_id', string="Alerts", readonly=True, groups=READERS)
    alert_count = fields.Integer("Number of alerts", compute='_compute_alert_count', groups=READERS)

    # === COMPUTE METHODS === #

    def _compute_alert_count(self):
        counts = dict(self.env['it.alert']._read_group([('ticket_id', 'in', self.ids)], ['ticket_id'], ['__count']))
        for ticket in self:
            ticket.alert_count = counts.get(ticket._origin, 0)

    # === ACTION METHODS === #

    def action_open_alerts(self):
        """Open the alerts of this one ticket."""
        self.ensure_one()
        return self.env['it.alert']._action_of([('ticket_id', '=', self.id)])
