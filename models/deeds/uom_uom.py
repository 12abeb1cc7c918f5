from odoo import models


class UomUom(models.Model):
    """A unit leads back to the requests for which it was made or changed."""
    _name = 'uom.uom'
    _inherit = ['uom.uom', 'it.ticket.subject.mixin']
