from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..models.mixins import clock

DEFAULT_HOURS = 4
ACTIONS = {'acknowledge': 'action_acknowledge', 'snooze': 'action_snooze'}


class ItAlertSilence(models.TransientModel):
    """Ask why and until when nobody need be told of some alerts; the rules are the alerts' own."""
    _name = 'it.alert.silence'
    _description = "Silence of Alerts"
    _inherit = ['it.asking.mixin']

    alert_ids = fields.Many2many('it.alert', string="Alerts", required=True, readonly=True)
    alert_count = fields.Integer(compute='_compute_alert_count')
    kind = fields.Selection([('acknowledge', "Acknowledge"), ('snooze', "Put off")], required=True, readonly=True)
    reason = fields.Text("Why")
    until = fields.Datetime(required=True, default=lambda self: clock.now(self.env) + timedelta(hours=DEFAULT_HOURS))

    # === COMPUTE METHODS === #

    @api.depends('alert_ids')
    def _compute_alert_count(self):
        for window in self:
            window.alert_count = len(window.alert_ids)

    # === ACTION METHODS === #

    def action_apply(self):
        self.ensure_one()
        getattr(self.alert_ids, ACTIONS[self.kind])(self.reason, self.until)
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    @api.model
    def _open(self, alerts, kind):
        """Return the window for some alerts.

        :param kind: ``acknowledge`` or ``snooze``
        """
        titles = {'acknowledge': self.env._("Acknowledge"), 'snooze': self.env._("Put off")}
        window = self.create({'alert_ids': [Command.set(alerts.ids)], 'kind': kind})
        return {
            'type': 'ir.actions.act_window',
            'name': titles[kind],
            'res_model': self._name,
            'res_id': window.id,
            'view_mode': 'form',
            'target': 'new',
        }
