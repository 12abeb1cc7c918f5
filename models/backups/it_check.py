from odoo import models

# How much is told, and how fast it is read: where one looks, and for what, stays the same.
BESIDE = frozenset({'keep', 'rate_mb_s', 'settle_s'})


class ItCheck(models.Model):
    """What was told of a place where the check looked before is no word on the one where it looks now."""
    _inherit = 'it.check'

    # === CRUD METHODS === #

    def write(self, vals):
        """Forget what lay at a place once its check looks elsewhere, or for something else."""
        before = {check: check._looks_for() for check in self} if {'settings', 'settings_text'} & vals.keys() else {}
        result = super().write(vals)
        changed = self.browse().union(*(check for check, looked_for in before.items() if check._looks_for() != looked_for))
        if changed:
            self.env['it.backup.place'].sudo().with_context(active_test=False).search([('check_id', 'in', changed.ids)])._forget()
        return result

    # === BUSINESS METHODS === #

    def _looks_for(self):
        return {name: value for name, value in (self.settings or {}).items() if name not in BESIDE}
