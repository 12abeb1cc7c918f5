from odoo import models


class ItAlert(models.Model):
    """An alert that is flagged for improvement: it joins what is known of its check, or of the silence of its host."""
    _name = 'it.alert'
    _inherit = ['it.alert', 'it.improvement.flag.mixin']

    # === BUSINESS METHODS === #

    def _get_flag_pattern(self):
        if self.check_id:
            return 'check', {'check_id': self.check_id.id}
        return 'outage', {'outage_kind': 'agent_silent', 'asset_id': self.asset_id.id}

    def _prepare_flag(self):
        area = 'software' if self.check_id else 'hardware'
        return {**super()._prepare_flag(), 'name': self.env._("Improve: %(what)s", what=self.name), 'area': area}
