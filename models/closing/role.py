from odoo import models


class ItRole(models.Model):
    _inherit = 'it.role'

    # === BUSINESS METHODS === #

    def _uses(self):
        return self._add_uses(super()._uses(), 'it.closing.template.step', lambda count: (
            self.env._("one closing step") if count == 1 else self.env._("%s closing steps", count)))
