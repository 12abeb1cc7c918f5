from odoo import fields, models


class ItHandbookLine(models.Model):
    _inherit = 'it.handbook.line'

    asset_ids = fields.Many2many('it.asset', string="Systems")
