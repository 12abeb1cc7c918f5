from odoo import fields, models


class MaintenanceEquipment(models.Model):
    _inherit = 'maintenance.equipment'

    it_asset_ids = fields.One2many('it.asset', 'equipment_id', string="IT Assets")
