from odoo import api, fields, models

from ..mixins.groups import WORKERS


class ItCheck(models.Model):
    """What to do when a check is bad, and the alerts to which it belongs."""
    _inherit = 'it.check'

    runbook = fields.Text(
        "What to do", help="When this check is bad: the first steps, for somebody who is woken by it. Empty: those of its template, or of the asset.")
    alert_count = fields.Integer("Open alerts", compute='_compute_alert_count', groups=WORKERS)

    # === COMPUTE METHODS === #

    def _compute_alert_count(self):
        counts = {check.id: count for check, count in self.env['it.alert.line']._read_group(
            [('check_id', 'in', self.ids), ('until', '=', False), ('alert_id.is_open', '=', True)], ['check_id'], ['alert_id:count_distinct'])}
        for check in self:
            check.alert_count = counts.get(check._origin.id, 0)

    # === ACTION METHODS === #

    @api.readonly
    def action_open_alerts(self):
        """Open the alerts to which this one check belonged, those of now first."""
        self.ensure_one()
        return self.env['it.alert']._action_of([('line_ids.check_id', '=', self.id)])

    # === BUSINESS METHODS === #

    def _open_alerts(self):
        """Return ``{check id: it.alert}`` of these checks' open alerts, by one query and as the reader may see them."""
        lines = self.env['it.alert.line'].search([('check_id', 'in', self.ids), ('until', '=', False), ('alert_id.is_open', '=', True)])
        return {line.check_id.id: line.alert_id for line in lines}
