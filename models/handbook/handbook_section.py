from odoo import fields, models


class ItHandbookSection(models.Model):
    _name = 'it.handbook.section'
    _description = "Handbook Section"
    _order = 'sequence, id'

    code = fields.Char(required=True, help="Short number of the section, the first part of its lines' codes.")
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    line_ids = fields.One2many('it.handbook.line', 'section_id', string="Lines")

    _code_uniq = models.Constraint('UNIQUE(code)', "Two handbook sections cannot have the same code.")
