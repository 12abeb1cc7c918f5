from email.message import EmailMessage
from itertools import count

from odoo.addons.mail.tests.common import MailCommon

from ..service_desk.common import TicketCase

COUNT = count(1)


class GatewayCase(TicketCase, MailCommon):
    """Real mails, handed over as the mail server's job does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.itc_ticket_alias_name = 'it'
        cls.address = f'it@{cls.alias_domain}'
        cls.catchall = f'{cls.alias_catchall}@{cls.alias_domain}'
        cls.unrouted = cls.env['it.ticket.mail.unrouted']

    @classmethod
    def _mail(cls, sender="User <user@example.com>", subject="No paper left", text="The tray is empty.", to=None, files=(), html=None, **headers):
        """Return a mail; ``headers`` with underscores for dashes, None for one that is not there."""
        message = EmailMessage()
        headers = {
            'From': sender, 'To': to or cls.address, 'Subject': subject, 'Message-ID': f'<itc-{next(COUNT)}@mail.example.com>',
            **{name.replace('_', '-'): value for name, value in headers.items()}}
        for name, value in headers.items():
            if value is not None:
                message[name] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype='html')
        for name, content in files:
            message.add_attachment(content, maintype='application', subtype='octet-stream', filename=name)
        return message

    def _receive(self, message, model=None):
        """Hand a mail over; return ``(new tickets, new mails that are not routed)``. What was sent meanwhile is in ``self._new_mails``, and what
        calls somebody to the list in ``self._call_mails``.
        """
        content = message if isinstance(message, bytes) else message.as_bytes()
        tickets, kept = (self.env[name].sudo().search([], order='id desc', limit=1).id or 0 for name in ('it.ticket', 'it.ticket.mail.unrouted'))
        with self.mock_mail_gateway():
            self.env['mail.thread'].message_process(model, content)
            self.env.flush_all()
        self._call_mails = self._new_mails.filtered(lambda mail: mail.subject == "A mail for the service desk waits for you")
        self._new_mails -= self._call_mails
        return tuple(
            self.env[name].sudo().search([('id', '>', last)], order='id') for name, last in (('it.ticket', tickets), ('it.ticket.mail.unrouted', kept)))

    def _thread(self, ticket):
        """Return the headers of a reply to what the requester was sent last."""
        told = ticket.sudo().message_ids.filtered(lambda message: message.subtype_id == self.env.ref('mail.mt_comment'))[:1]
        return {'In_Reply_To': told.message_id, 'References': told.message_id}

    def _words(self, ticket):
        """Return what was written on a ticket, the newest first."""
        return ticket.sudo().message_ids.filtered(lambda message: message.message_type == 'email')

    def assertKept(self, message, reason, state='waiting'):
        """Receive a mail of which nothing comes but an entry in the list; return it."""
        tickets, kept = self._receive(message)
        self.assertFalse(tickets)
        self.assertEqual([(mail.reason, mail.state) for mail in kept], [(reason, state)])
        return kept
