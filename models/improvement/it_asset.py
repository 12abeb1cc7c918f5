from odoo import models


class ItAsset(models.Model):
    """An asset that is flagged for improvement."""
    _name = 'it.asset'
    _inherit = ['it.asset', 'it.improvement.flag.mixin']

    # === BUSINESS METHODS === #

    def _prepare_flag(self):
        return {**super()._prepare_flag(), 'asset_id': self.id}
