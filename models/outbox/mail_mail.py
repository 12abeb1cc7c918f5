from odoo import models


class MailMail(models.Model):
    _inherit = 'mail.mail'

    def _send(self, auto_commit=False, raise_exception=False, smtp_session=None, alias_domain_id=False, mail_server=False, post_send_callback=None):
        """Send. Of a mail of the outbox it is committed beforehand that it is on its way: who is killed before its end is known leaves that behind."""
        outbox_sudo = self.env['it.outbox'].sudo()
        options = {
            'auto_commit': auto_commit, 'raise_exception': raise_exception, 'smtp_session': smtp_session, 'alias_domain_id': alias_domain_id,
            'mail_server': mail_server, 'post_send_callback': post_send_callback}
        ours = self.browse(outbox_sudo._known_mails(self)) if auto_commit is True else self.browse()
        result = super(MailMail, self - ours)._send(**options) if self != ours else True
        for mail in ours:
            is_begun = outbox_sudo._begin_sending(mail)
            self.env['ir.cron']._commit_progress()
            if is_begun:
                result = super(MailMail, mail.with_context(itc_is_begun=True))._send(**options)
        return result

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Tell the outbox, in the transaction in which the mail is marked, what became of its mails."""
        self.env['it.outbox'].sudo()._note_mails(self, failure_type, failure_reason)
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type)
