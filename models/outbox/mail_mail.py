from odoo import models


class MailMail(models.Model):
    _inherit = 'mail.mail'

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Tell the outbox, in the transaction in which the mail is marked, what became of its mails."""
        self.env['it.outbox'].sudo()._note_mails(self, failure_type, failure_reason)
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type)
