from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    """The tickets of a contact: what its people asked for, and what was done about it."""
    _name = 'res.partner'
    _inherit = ['res.partner', 'it.ticket.subject.mixin']

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('requester_id.partner_id', '=', self.id)
