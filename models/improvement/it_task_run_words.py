from odoo import api, models


class ItTaskRunWords(models.AbstractModel):
    """Of a run that improvements proved no agent is said to have verified it, and what its note has to tell is said."""
    _inherit = 'it.task.run.words'

    # === BUSINESS METHODS === #

    @api.model
    def _lacks_note(self, run):  # the whole sentence is another one  # pylint: disable=method-required-super
        return self.env._(
            "“%(name)s”: write in the note what was improved, or move an improvement forward: then the run verifies itself.", name=run.task_name)

    @api.model
    def _outcome(self, run, bucket):
        if run.state == 'auto_verified' and run.counted_improvements:
            return self.env._("Verified by an improvement")
        return super()._outcome(run, bucket)
