from odoo import api, fields, models

MONITORING_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItAsset(models.Model):
    _inherit = 'it.asset'

    agent_ids = fields.One2many('it.agent', 'asset_id', groups=MONITORING_GROUPS)
    check_ids = fields.One2many('it.check', 'asset_id', string="Checks", groups=MONITORING_GROUPS)
    check_count = fields.Integer(compute='_compute_check_count', groups=MONITORING_GROUPS)

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('asset_id', 'in', self.ids)], ['asset_id'], ['__count']))
        for asset in self:
            asset.check_count = counts.get(asset, 0)

    def action_open_checks(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_check_action')
        return action | {'domain': [('asset_id', '=', self.id)], 'context': {'search_default_asset_id': self.id}}
