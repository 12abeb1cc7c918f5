from odoo import models


class ItClosingStep(models.Model):
    """A closing step that is flagged for improvement."""
    _name = 'it.closing.step'
    _inherit = ['it.closing.step', 'it.improvement.flag.mixin']

    # === BUSINESS METHODS === #

    def _prepare_flag(self):
        return {**super()._prepare_flag(), 'area': 'process'}
