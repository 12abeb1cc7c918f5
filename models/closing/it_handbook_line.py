from odoo import fields, models

CLOSING_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItHandbookLine(models.Model):
    _inherit = 'it.handbook.line'

    closing_step_ids = fields.One2many(
        'it.closing.template.step', 'line_id', string="Closing steps", groups=CLOSING_GROUPS)
