from odoo import fields, models

# Whoever may read assets; anybody else opens the equipment without a word of them.
READERS = 'it_continuity.it_continuity_group_user,it_continuity.it_continuity_group_auditor'


class MaintenanceEquipment(models.Model):
    _inherit = 'maintenance.equipment'

    it_asset_ids = fields.One2many('it.asset', 'equipment_id', string="IT Assets", groups=READERS)
