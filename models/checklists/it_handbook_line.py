from odoo import fields, models

CHECKLIST_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItHandbookLine(models.Model):
    _name = 'it.handbook.line'
    _inherit = ['it.handbook.line', 'it.used.mixin']

    task_ids = fields.One2many('it.task', 'line_id', string="Tasks", groups=CHECKLIST_GROUPS)
