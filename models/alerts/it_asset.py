from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.groups import WORKERS


class ItAsset(models.Model):
    """What to do when an asset does not work, and its alerts."""
    _inherit = 'it.asset'

    runbook = fields.Text(
        "What to do", groups=WORKERS, help="When it does not work: the first steps, for somebody who is woken by it. Never a password.")
    alert_count = fields.Integer("Open alerts", compute='_compute_alert_count', groups=WORKERS)

    # === COMPUTE METHODS === #

    def _compute_alert_count(self):
        alerts = self.env['it.alert']
        opened = Domain('is_open', '=', True)
        of_own = alerts.search_fetch(opened & Domain('asset_id', 'in', self.ids), ['asset_id'])
        of_parts = self.env['it.alert.line'].search_fetch(
            [('asset_id', 'in', self.ids), ('until', '=', False), ('alert_id.is_open', '=', True)], ['asset_id', 'alert_id'])
        found = {}
        for asset_id, _alert_id in {
                *((alert.asset_id.id, alert.id) for alert in of_own), *((line.asset_id.id, line.alert_id.id) for line in of_parts)}:
            found[asset_id] = found.get(asset_id, 0) + 1
        for asset in self:
            asset.alert_count = found.get(asset._origin.id, 0)

    # === ACTION METHODS === #

    @api.readonly
    def action_open_alerts(self):
        """Open the alerts of this one asset, those that it only belonged to among them."""
        self.ensure_one()
        return self.env['it.alert']._action_of(['|', ('asset_id', '=', self.id), ('line_ids.asset_id', '=', self.id)])
