from odoo import models


class ItOutage(models.Model):
    """An outage that is flagged for improvement."""
    _name = 'it.outage'
    _inherit = ['it.outage', 'it.improvement.flag.mixin']

    # === BUSINESS METHODS === #

    def _get_flag_pattern(self):
        return 'outage', {'outage_kind': self.kind, 'asset_id': self.asset_id.id}
