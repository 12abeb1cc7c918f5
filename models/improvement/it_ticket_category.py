from odoo import fields, models


class ItTicketCategory(models.Model):
    """Whether it is trouble when the same is asked for again."""
    _inherit = 'it.ticket.category'

    nature = fields.Selection(
        [
            ('incident', "Something does not work"),
            ('supply', "Something ran dry"),
            ('request', "Somebody wants something"),
        ],
        "What it is", required=True, default='incident',
        help="What does not work or runs dry again and again becomes a suggestion for an improvement; wishes do not.")
