from odoo import api, models


class Base(models.AbstractModel):
    """A record of any app that one of ours names and cannot do without: who deletes it is told what uses it, and what to do instead.

    Odoo asks for words when the database has refused and everything is taken back; no deletion goes another way than without us.
    """
    _inherit = 'base'

    # === BUSINESS METHODS === #

    @api.model
    def _sql_error_to_message(self, exc):
        return self.env['it.used.mixin']._words_of_refusal(exc) or super()._sql_error_to_message(exc)
