from odoo import fields, models


class ItTask(models.Model):
    """A task that was made of a request which came again and again."""
    _inherit = 'it.task'
    _fixed_fields = frozenset({'ticket_id'})

    ticket_id = fields.Many2one(
        'it.ticket', string="Made of the ticket", check_company=True, copy=False, index='btree_not_null', ondelete='set null',
        help="The request that came so often that it became a task.")
