from odoo import api, fields, models
from odoo.exceptions import UserError

MONITORING_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItAsset(models.Model):
    _inherit = 'it.asset'

    agent_ids = fields.One2many('it.agent', 'asset_id', groups=MONITORING_GROUPS, context={'active_test': False})
    check_ids = fields.One2many('it.check', 'asset_id', string="Checks", groups=MONITORING_GROUPS)
    check_count = fields.Integer("Number of checks", compute='_compute_check_count', groups=MONITORING_GROUPS)

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('asset_id', 'in', self.ids)], ['asset_id'], ['__count']))
        for asset in self:
            asset.check_count = counts.get(asset, 0)

    def write(self, vals):
        """:raises UserError: a host with an agent would leave its company, and its checks with it, on which tasks stand"""
        if 'company_id' in vals and not self.env.su:
            moved = self.filtered(lambda asset: asset.company_id.id != (vals['company_id'] or False))
            if self.env['it.agent'].sudo().with_context(active_test=False).search_count([('asset_id', 'in', moved.ids)], limit=1):
                raise UserError(self.env._("A host with an agent stays with its company: its history and its checks belong there."))
        return super().write(vals)

    def action_open_checks(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_check_action')
        return action | {'domain': [('asset_id', '=', self.id)], 'context': {'search_default_asset_id': self.id}}
