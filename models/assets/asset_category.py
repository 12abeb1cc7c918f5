from odoo import api, fields, models


class ItAssetCategory(models.Model):
    _name = 'it.asset.category'
    _description = "IT Asset Category"
    _inherit = ['it.used.mixin']
    _order = 'sequence, name'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    asset_ids = fields.One2many('it.asset', 'category_id', string="Assets")
    asset_count = fields.Integer("Number of assets", compute='_compute_asset_count')

    @api.depends('asset_ids')
    def _compute_asset_count(self):
        counts = dict(self.env['it.asset']._read_group([('category_id', 'in', self.ids)], ['category_id'], ['__count']))
        for category in self:
            category.asset_count = counts.get(category, 0)
