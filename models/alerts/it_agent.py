from odoo import api, fields, models


class ItAgent(models.Model):
    """The alerts of a host."""
    _inherit = 'it.agent'

    alert_count = fields.Integer("Open alerts", compute='_compute_alert_count')

    # === COMPUTE METHODS === #

    @api.depends('asset_id')
    def _compute_alert_count(self):
        for agent in self:
            agent.alert_count = agent.asset_id.alert_count

    # === ACTION METHODS === #

    @api.readonly
    def action_open_alerts(self):
        """Open the alerts of this one host."""
        self.ensure_one()
        return self.asset_id.action_open_alerts()
