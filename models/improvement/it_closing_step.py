from odoo import models

from .improvement import MAX_MEASURE_DAYS


class ItClosingStep(models.Model):
    """A closing step that is flagged for improvement, and by which one is judged."""
    _name = 'it.closing.step'
    _inherit = ['it.closing.step', 'it.improvement.flag.mixin', 'it.used.mixin']

    # === BUSINESS METHODS === #

    def _prepare_flag(self):
        """It is judged by how often it is given back or late, over a year: so often there is a closing."""
        return {**super()._prepare_flag(), 'area': 'process', 'step_id': self.id, 'measure': 'step_trouble', 'measure_days': MAX_MEASURE_DAYS}
