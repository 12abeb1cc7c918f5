from odoo import api, models


class ItComplianceMail(models.Model):
    """Who mails the report of a month keeps what everything was called in it, also where it goes to nobody."""
    _inherit = 'it.compliance.mail'

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Keep the names first: the report is printed with them."""
        self.env['it.month.names']._keep_past()
        return super()._cron_send()
