from odoo import fields, models


class ItRole(models.Model):
    _name = 'it.role'
    _description = "IT Role"
    _order = 'sequence, name'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    user_ids = fields.Many2many('res.users', string="People", domain="[('share', '=', False)]")
    company_id = fields.Many2one('res.company', index=True, help="Empty: the role exists in every company.")
    active = fields.Boolean(default=True)

    _code_company_uniq = models.UniqueIndex('(code, COALESCE(company_id, 0))', "This role code is already used.")
