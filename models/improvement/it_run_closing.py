from odoo import api, models


class ItRunClosing(models.AbstractModel):
    """Improvements prove runs as checks do."""
    _inherit = 'it.run.closing'

    # === BY CHECKS === #

    @api.model
    def _verify_proven(self):
        """Verify also what improvements prove: those that were moved before a run was made."""
        result = super()._verify_proven()
        self.env['it.improvement.quota']._verify_runs()
        return result
