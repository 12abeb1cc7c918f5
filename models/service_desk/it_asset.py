from odoo import models
from odoo.fields import Domain


class ItAsset(models.Model):
    """The tickets about a system."""
    _name = 'it.asset'
    _inherit = ['it.asset', 'it.ticket.subject.mixin']

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('asset_id', '=', self.id)
