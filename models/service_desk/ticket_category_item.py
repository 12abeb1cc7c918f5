from odoo import fields, models


class ItTicketCategoryItem(models.Model):
    """One thing that every request of a kind needs before it is solved; tickets get their own copy when they are logged."""
    _name = 'it.ticket.category.item'
    _description = "IT Ticket Category Item"
    _order = 'category_id, sequence, id'

    category_id = fields.Many2one('it.ticket.category', required=True, index=True, ondelete='cascade')
    name = fields.Char("What is done", required=True, translate=True)
    sequence = fields.Integer(default=10)
    is_required = fields.Boolean("Required", help="A ticket cannot be resolved before it is ticked.")
