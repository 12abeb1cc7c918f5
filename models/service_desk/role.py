from odoo import models


class ItRole(models.Model):
    _inherit = 'it.role'

    # === BUSINESS METHODS === #

    def _uses(self):
        return self._add_uses(super()._uses(), 'it.ticket.category', lambda count: self.env._("%s kinds of tickets", count))
