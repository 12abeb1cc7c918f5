from odoo import api, fields, models

from .company_kept import check_company_kept


class ItChecklist(models.Model):
    """Tasks that are worked through together, such as a morning's checks or a month's round."""
    _name = 'it.checklist'
    _description = "Checklist"
    _inherit = ['it.used.mixin', 'it.code.mixin']
    _code_by_company = True
    _order = 'sequence, name'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', index=True, help="Empty: every company may use it.")
    task_ids = fields.One2many('it.task', 'checklist_id', string="Tasks")
    task_count = fields.Integer("Number of tasks", compute='_compute_task_count')

    _code_company_uniq = models.UniqueIndex('(code, COALESCE(company_id, 0))', "This checklist code is already used.")

    # === COMPUTE METHODS === #

    @api.depends('task_ids')
    def _compute_task_count(self):
        counts = dict(self.env['it.task']._read_group([('checklist_id', 'in', self.ids)], ['checklist_id'], ['__count']))
        for checklist in self:
            checklist.task_count = counts.get(checklist, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        check_company_kept(self, ('it.task', 'checklist_id'), ('it.task.run', 'checklist_id'))
