from odoo import models


class ItCheck(models.Model):
    """A check that is flagged for improvement."""
    _name = 'it.check'
    _inherit = ['it.check', 'it.improvement.flag.mixin']

    # === BUSINESS METHODS === #

    def _get_flag_pattern(self):
        return 'check', {'check_id': self.id}

    def _prepare_flag(self):
        return {**super()._prepare_flag(), 'area': 'software'}
