from odoo import models


class ItRole(models.Model):
    _inherit = 'it.role'

    # === BUSINESS METHODS === #

    def _uses(self):
        return self._add_uses(super()._uses(), 'it.asset', lambda count: (
            self.env._("one asset") if count == 1 else self.env._("%s assets", count)))
