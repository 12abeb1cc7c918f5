import logging
from email.message import EmailMessage

from odoo import api, models

from ...lib import ticket_mail

_logger = logging.getLogger(__name__)

UNANSWERED = 'itc_unanswered'  # Odoo only tells whether a sender writes too much, and sends nothing back


class MailThread(models.AbstractModel):
    """Where mails for tickets go is for the service desk's own rules to say; of all others Odoo says it."""
    _inherit = 'mail.thread'

    # === THE GATEWAY === #

    @api.model
    def message_parse(self, message, save_original=False):
        """Read a mail though one of its headers cannot be read, such as a group in “Cc” that others follow: it is not known yet whose mail it is."""
        if isinstance(message, EmailMessage):
            ticket_mail.mend_headers(message)
        return super().message_parse(message, save_original=save_original)

    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        """Read a mail for tickets that Odoo cannot read as far as it goes, and keep the whole of it as a file."""
        try:
            return super()._message_parse_extract_payload(message, message_dict, save_original=save_original)
        except Exception:
            if not self.env['it.ticket']._is_for_tickets(message_dict):
                raise
            _logger.info("The mail %s is odd and was read as text", message_dict.get('message_id'))
            return self.env['it.ticket']._read_badly(message)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        tickets = self.env['it.ticket']
        numbered = tickets._numbered_to_catchall(message, message_dict, model)
        if numbered is None:
            return []
        if numbered:
            routes = [('it.ticket', numbered.id, {}, self.env.uid, None)]
        else:
            routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        return tickets._route_mail(message, message_dict, routes, numbered)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Let words on tickets that are more than Odoo takes of one sender wait in the list; when that has enough of them too, Odoo sends them back."""
        unrouted = self.env['it.ticket.mail.unrouted']
        ours = [route for route in routes or () if route[0] == 'it.ticket']
        if not ours or not super(MailThread, self.with_context(**{UNANSWERED: True}))._detect_loop_sender(message, message_dict, ours):
            return super()._detect_loop_sender(message, message_dict, [route for route in routes or () if route not in ours])
        if unrouted._has_enough_of(message_dict) and not unrouted._knows(message_dict):
            return super()._detect_loop_sender(message, message_dict, routes)
        unrouted._keep_flood(message, message_dict, self.env['it.ticket'].browse(ours[0][1] or []))
        routes[:] = [route for route in routes if route not in ours]
        return not routes or super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _routing_create_bounce_email(self, email_from, body_html, message, **mail_values):
        if self.env.context.get(UNANSWERED):
            return None
        return super()._routing_create_bounce_email(email_from, body_html, message, **mail_values)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Keep a mail that could not be made a ticket, or be put on one, where somebody sees it."""
        is_gateway = self.env['it.ticket']._is_gateway()
        ours = [route for route in routes or () if route[0] == 'it.ticket']
        others = [route for route in routes or () if route[0] != 'it.ticket']
        if not is_gateway or not ours:
            return super()._message_route_process(message, message_dict, routes)
        done = super()._message_route_process(message, dict(message_dict), others) if others else False
        told = dict(message_dict)
        try:
            with self.env.cr.savepoint():
                return super()._message_route_process(message, message_dict, ours)
        except Exception:  # whatever it is, the mail is not lost
            _logger.exception("The mail %s could not be put on a ticket", told.get('message_id'))
            self.env.invalidate_all()
            _model, ticket_id, values, user_id, _alias = ours[0]
            # sudo: who fetches the mail is not who wrote it
            user_sudo = self.env['res.users'].sudo().browse(user_id)
            is_author = user_sudo.active and user_sudo.partner_id.id == told.get('author_id')
            self.env['it.ticket.mail.unrouted']._keep(
                message, told, 'list', 'error', about=self.env['it.ticket'].browse(ticket_id or []), user=user_sudo if is_author else None,
                company=self.env['res.company'].browse((values or {}).get('company_id') or []))
            return done
