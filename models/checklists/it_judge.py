from odoo import api, models


class ItJudge(models.AbstractModel):
    _inherit = 'it.judge'

    # === BUSINESS METHODS === #

    @api.model
    def _after_pass(self, judged):  # returns nothing  # pylint: disable=missing-return
        """Verify the open runs that fresh results prove, in the pass that brought them."""
        super()._after_pass(judged)
        if judged.checks:
            self.env['it.run.closing']._verify_by_checks(judged.checks)
