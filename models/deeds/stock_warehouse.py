from odoo import models


class StockWarehouse(models.Model):
    """A sales location leads back to the requests for which it was made or changed."""
    _name = 'stock.warehouse'
    _inherit = ['stock.warehouse', 'it.ticket.subject.mixin']
