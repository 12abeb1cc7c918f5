from odoo import api, models


class ItTaskRunWords(models.AbstractModel):
    """Of a run that improvements proved no agent is said to have verified it."""
    _inherit = 'it.task.run.words'

    # === BUSINESS METHODS === #

    @api.model
    def _outcome(self, run, bucket):
        if run.state == 'auto_verified' and run.counted_improvements:
            return self.env._("Verified by an improvement")
        return super()._outcome(run, bucket)
