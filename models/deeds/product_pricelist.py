from odoo import models


class ProductPricelist(models.Model):
    """A price list leads back to the requests for which it or a price in it was made or changed."""
    _name = 'product.pricelist'
    _inherit = ['product.pricelist', 'it.ticket.subject.mixin']
