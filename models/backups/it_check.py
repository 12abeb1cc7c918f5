from odoo import api, models
from odoo.exceptions import AccessError

# How much is told, and how fast it is read: where one looks, and for what, stays the same.
BESIDE = frozenset({'keep', 'rate_mb_s', 'settle_s'})
MOST_COMPANIES = 1000


class ItCheck(models.Model):
    """What was told of a place where the check looked before is no word on the one where it looks now; and who says which checks tell of the internet."""
    _inherit = 'it.check'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        if not self._is_manager():
            # One of a template about the internet tells of it; one that nobody accepted says nothing, and a manager sees what it is about.
            chosen = checks.filtered(lambda check: check.settings_basis != 'none' and check.template_id.sudo().asset_id != check.asset_id)
            checks._refuse_as_way(set(chosen.asset_id))
        return checks

    def write(self, vals):
        """Forget what lay at a place once its check looks elsewhere, or for something else.

        :raises AccessError: a technician takes a check away from the way to the internet, or lets one tell of it
        """
        moved = self.filtered(lambda check: check.settings_basis != 'none' and check.asset_id.id != vals['asset_id']) if 'asset_id' in vals else self.browse()
        if moved and not self._is_manager():
            self._refuse_as_way({*moved.asset_id, moved.asset_id.browse(vals['asset_id'] or ())})
        before = {check: check._looks_for() for check in self} if {'settings', 'settings_text'} & vals.keys() else {}
        result = super().write(vals)
        changed = self.browse().union(*(check for check, looked_for in before.items() if check._looks_for() != looked_for))
        if changed:
            self.env['it.backup.place'].sudo().with_context(active_test=False).search([('check_id', 'in', changed.ids)])._forget()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _refuse_as_way(self, assets):
        """:raises AccessError: one of these is the way to the internet of a company: what is asked of backups rests on its checks"""
        if not assets:
            return
        companies_sudo = self.env['res.company'].sudo().search([], limit=MOST_COMPANIES)
        if {way.id for way in companies_sudo._internet_assets().values()} & {asset.id for asset in assets}:
            raise AccessError(self.env._("Only managers say which checks tell whether there is internet: what is asked of backups rests on that. Ask one."))

    def _looks_for(self):
        return {name: value for name, value in (self.settings or {}).items() if name not in BESIDE}
