from odoo import models


class ResCompany(models.Model):
    """A company or branch leads back to the requests for which it was made or changed."""
    _name = 'res.company'
    _inherit = ['res.company', 'it.ticket.subject.mixin']
