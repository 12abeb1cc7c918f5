from odoo import models

from .fact_author import frozen_change


class ItDowntime(models.Model):
    """What rests on a planned downtime: excuses of runs."""
    _inherit = 'it.downtime'

    # === BUSINESS METHODS === #

    def _frozen(self):
        """Return this one downtime as plain data that stands alone, whatever changes later: what an excuse by it rests on."""
        return {
            'id': self.id, 'reason': self.reason, 'assets': [{'id': asset.id, 'name': asset.name} for asset in self.asset_ids.sorted('id')],
            'planned_by': self._authors().sorted('id').mapped('login'), 'planned_at': self.create_date.isoformat(timespec='seconds'),
            **frozen_change(self),
        }
