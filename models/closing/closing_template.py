from odoo import api, fields, models


class ItClosingTemplate(models.Model):
    _name = 'it.closing.template'
    _description = "IT Closing Template"
    _order = 'name'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', index=True, help="Empty: every company may use it.")
    note = fields.Html()
    step_ids = fields.One2many('it.closing.template.step', 'template_id', string="Steps", copy=False)

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_of_steps(self):
        self.step_ids._check_company()
