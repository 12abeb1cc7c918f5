from odoo import fields, models


class ItHandbookLine(models.Model):
    _inherit = 'it.handbook.line'

    ticket_category_ids = fields.One2many('it.ticket.category', 'line_id', string="Kinds of request")
