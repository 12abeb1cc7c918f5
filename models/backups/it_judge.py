from odoo import api, models


class ItJudge(models.AbstractModel):
    """What checks say of the internet is followed in the pass that brought it, and once a minute."""
    _inherit = 'it.judge'

    # === BUSINESS METHODS === #

    @api.model
    def _after_pass(self, judged):  # returns nothing  # pylint: disable=missing-return
        """See whether companies have internet, and whether what has to be copied without it is."""
        super()._after_pass(judged)
        if not judged.left:  # what waits to be judged may be the word of a host that gets out
            self.env['it.internet.watch']._follow()
