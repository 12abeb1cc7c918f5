from odoo import models


class ProductTemplate(models.Model):
    """An item leads back to the requests for which it or its price was made or changed."""
    _name = 'product.template'
    _inherit = ['product.template', 'it.ticket.subject.mixin']
