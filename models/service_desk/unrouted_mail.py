import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import email_normalize, html2plaintext

from ...lib import ticket_mail
from ..mixins import clock

_logger = logging.getLogger(__name__)

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
KEPT_DAYS = 90
MOST_AN_HOUR = 50  # of one sender with text and files
MAX_TEXT = 100_000


class ItTicketMailUnrouted(models.Model):
    """A mail for the service desk of which the software does not know what to do: a technician makes a ticket of it, or dismisses it.

    Its text is kept as text: whoever wrote it may be a stranger. What a machine wrote is kept too, dismissed from the first.
    """
    _name = 'it.ticket.mail.unrouted'
    _description = "Mail Not Routed"
    _inherit = ['it.guarded.mixin', 'it.evidence.mixin']
    _order = 'is_open desc, received_at desc, id desc'
    _rec_name = 'subject'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({
        'subject', 'sender', 'recipients', 'received_at', 'reason', 'body', 'headers', 'message_ref', 'company_id', 'about_id', 'attachment_ids', 'state', 'ticket_id',
        'handled_by_id', 'handled_at'})

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    subject = fields.Char(required=True, readonly=True)
    sender = fields.Char("From", readonly=True, index=True, help="As the mail says it: whoever writes may put any address there.")
    address = fields.Char("Address of who wrote", compute='_compute_address', store=True, index='btree_not_null')
    recipients = fields.Char("To", readonly=True)
    received_at = fields.Datetime("Received on", required=True, readonly=True, index=True)
    reason = fields.Selection(
        [
            ('stranger', "Nobody who works here has this address"),
            ('many', "Several colleagues have this address"),
            ('barred', "The colleague may not ask here"),
            ('not_theirs', "It names a ticket that is not the sender's"),
            ('flood', "More than ten tickets in an hour"),
            ('list', "It came by a list"),
            ('auto', "A machine answered"),
            ('bounce', "A mail came back"),
            ('own', "It came from an address of this Odoo"),
            ('closed', "It was added to a ticket that is closed"),
            ('error', "It could not be made a ticket"),
        ],
        "Why", required=True, readonly=True)
    body = fields.Text("Text", readonly=True)
    headers = fields.Text(readonly=True, help="Lines by which one judges where a mail comes from.")
    message_ref = fields.Char("Message-Id", required=True, readonly=True)
    about_id = fields.Many2one(
        'it.ticket', string="It names", readonly=True, index='btree_not_null', ondelete='set null', help="The ticket whose number or thread the mail has.")
    attachment_ids = fields.Many2many('ir.attachment', string="Files", readonly=True)
    state = fields.Selection(
        [('waiting', "To look at"), ('ticket', "Made a ticket"), ('dismissed', "Dismissed")], required=True, readonly=True, default='waiting', index=True)
    is_open = fields.Boolean(compute='_compute_is_open', store=True, help="It waits for somebody to look at it.")
    requester_id = fields.Many2one('res.users', string="Who asks", domain=[('share', '=', False)], index='btree_not_null', help="In whose name the ticket is logged.")
    category_id = fields.Many2one('it.ticket.category')
    dismiss_reason = fields.Char("Why it is no ticket")
    ticket_id = fields.Many2one('it.ticket', readonly=True, index='btree_not_null', ondelete='set null')
    handled_by_id = fields.Many2one('res.users', string="Looked at by", readonly=True, ondelete='restrict')
    handled_at = fields.Datetime("Looked at on", readonly=True)

    _message_ref_uniq = models.Constraint('UNIQUE(message_ref)', "This mail is kept already.")

    # === COMPUTE METHODS === #

    @api.depends('sender')
    def _compute_address(self):
        for mail in self:
            mail.address = email_normalize(mail.sender or '')

    @api.depends('state')
    def _compute_is_open(self):
        for mail in self:
            mail.is_open = mail.state == 'waiting'

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and any(mail.state != 'waiting' for mail in self):
            raise UserError(self.env._("This mail was looked at already and stays as it is."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_make_ticket(self):
        """Log a ticket of this mail in the colleague's name, with its files, and open it."""
        self.ensure_one()
        self._check_technician()
        self._check_state('waiting')
        if not self.requester_id or not self.category_id:
            raise UserError(self.env._("Say who asks and choose a category; then it can be made a ticket."))
        ticket = self.env['it.ticket'].with_company(self.company_id).create({
            'subject': self.subject, 'description': Markup('<pre style="white-space: pre-wrap">%s</pre>') % self.body if self.body else False,
            'category_id': self.category_id.id, 'requester_id': self.requester_id.id, 'channel': 'email', 'requested_at': self.received_at,
            'company_id': self.company_id.id})
        self._look('ticket', {'ticket_id': ticket.id})
        self.attachment_ids.sudo().write({'res_model': 'it.ticket', 'res_id': ticket.id})  # who reads the ticket reads them
        return {
            'type': 'ir.actions.act_window', 'res_model': 'it.ticket', 'res_id': ticket.id, 'views': [(False, 'form')], 'name': ticket.display_name}

    def action_dismiss(self):
        """Put these mails aside, with the reason that stands on them."""
        self._check_technician()
        self._check_state('waiting')
        for mail in self:
            reason = (mail.dismiss_reason or '').strip()
            if not reason:
                raise UserError(self.env._("Say in “Why it is no ticket” why; then it can be dismissed."))
        self._look('dismissed', {})

    # === BUSINESS METHODS === #

    def _closed_records(self):
        """Return those whose files stay as they came: all until they lie on a ticket."""
        return self.filtered(lambda mail: mail.state != 'ticket')

    def _look(self, state, vals):
        self._transition({'state': state, 'handled_by_id': self.env.uid, 'handled_at': clock.now(self.env), **vals})

    def _check_technician(self):
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on mail for the service desk."))

    # === THE GATEWAY === #

    @api.model
    def _keep(self, message, message_dict, act, reason, about=None, user=None, company=None):
        """Keep an incoming mail; once, however often it comes.

        :param act: ``list`` when somebody has to look at it
        :return: it, in superuser mode
        """
        # as the software, whoever fetches the mail
        mails_sudo = self.with_user(SUPERUSER_ID)
        kept = mails_sudo._known(message_dict)
        if kept:
            return kept
        sender, now = self._text(message_dict.get('email_from'), 320), clock.now(self.env)
        address = email_normalize(sender) or False
        is_flood = mails_sudo.search_count([
            ('address', '=', address) if address else ('sender', '=', sender), ('received_at', '>', now - timedelta(hours=1))], limit=MOST_AN_HOUR) >= MOST_AN_HOUR
        company = company or about and about.sudo().company_id or self.env.company
        mails_sudo = mails_sudo.with_context(lang=company._get_itc_lang())
        with mails_sudo._past_guard():
            mail_sudo = mails_sudo.create({
                'company_id': company.id, 'sender': sender, 'received_at': now, 'reason': reason, 'message_ref': self._ref(message_dict),
                'subject': ticket_mail.topic(message_dict.get('subject'), mails_sudo.env._("Mail without a subject")),
                'recipients': self._text(message_dict.get('recipients'), 500), 'headers': ticket_mail.header_lines(message.raw_items()),
                'body': '' if is_flood else self._plain_body(message_dict), 'about_id': about.id if about else False,
                'requester_id': user.id if user else False,
                'state': 'waiting' if act == 'list' else 'dismissed'})
        if not is_flood:
            mail_sudo._keep_files(message_dict)
        return mail_sudo

    def _keep_files(self, message_dict):
        body, attachments = str(message_dict.get('body') or ''), message_dict.get('attachments') or []
        files, dropped = self.env['it.ticket']._fit_files([*([('mail.html', body, {})] if len(body) > MAX_TEXT else []), *attachments])
        place = {'res_model': self._name, 'res_id': self.id, 'type': 'binary'}
        kept = self.env['ir.attachment'].with_context(attachments_mime_plainxml=True, image_no_postprocess=True).create(
            [{'name': file.fname, 'raw': file.content, **place} for file in files])
        self._transition({'attachment_ids': [Command.set(kept.ids)]})
        if dropped:
            self._transition({'body': "\n\n".join(filter(None, (self.body, self.env._(
                "Not kept, as they are too large or too many: %(names)s.", names=", ".join(dropped)))))})

    @api.model
    def _plain_body(self, message_dict):
        body = ticket_mail.without_links(str(message_dict.get('body') or ''))
        return self._text(html2plaintext(body[:4 * MAX_TEXT], include_references=False), MAX_TEXT)

    @api.model
    def _text(self, words, most):
        return ticket_mail.storable(str(words or ''))[:most].strip()

    @api.model
    def _ref(self, message_dict):
        return self._text(message_dict['message_id'], 500)  # Odoo makes one for a mail that has none

    @api.model
    def _known(self, message_dict):
        return self.sudo().search([('message_ref', '=', self._ref(message_dict))], limit=1)

    @api.model
    def _knows(self, message_dict):
        return bool(self._known(message_dict))

    @api.model
    def _was_refused(self, address):
        """Tell whether somebody was told within a day that their mail is not taken."""
        lately = self.sudo().search([
            ('reason', '=', 'stranger'), ('state', '=', 'dismissed'), ('received_at', '>', clock.now(self.env) - timedelta(days=1)),
            ('sender', 'ilike', address)], limit=20)
        return any(email_normalize(mail.sender) == address for mail in lately)

    @api.autovacuum
    def _gc_looked_at(self):
        """Delete what was looked at long ago, with its files; what waits stays until somebody has looked."""
        before = clock.now(self.env) - timedelta(days=KEPT_DAYS)
        old = self.search([('state', '!=', 'waiting'), ('received_at', '<', before)], limit=1000)
        old.unlink()
        _logger.info("%s mails that were looked at are deleted", len(old))
        return len(old), len(old) == 1000
