import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import email_normalize, html2plaintext

from ...lib import ticket_mail
from ..mixins import clock
from ..mixins.time_words import moment_text
from ..service_desk.ticket_people import LAYOUT

_logger = logging.getLogger(__name__)

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
KEPT_DAYS = 90
MOST_AN_HOUR = 50  # of one sender with text and files
MAX_TEXT = 100_000
LOOK = 'it_continuity.mail_activity_type_mail_look'
LIST = '/odoo/it-mail'


class ItTicketMailUnrouted(models.Model):
    """A mail for the service desk of which the software does not know what to do: a technician makes a ticket of it, adds it to one, or dismisses it.

    Its text is kept as text: whoever wrote it may be a stranger. What a machine wrote is kept too, dismissed from the first. As long as any
    waits, those on duty have an activity: one each, however many come.
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
            ('flood', "More tickets or answers than a person writes in so short a time"),
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
        [('waiting', "To look at"), ('ticket', "Made a ticket"), ('added', "Added to a ticket"), ('dismissed', "Dismissed")], required=True, readonly=True, default='waiting', index=True)
    is_open = fields.Boolean(compute='_compute_is_open', store=True, help="It waits for somebody to look at it.")
    requester_id = fields.Many2one('res.users', string="Who asks", domain=[('share', '=', False)], index='btree_not_null', help="In whose name the ticket is logged.")
    category_id = fields.Many2one('it.ticket.category')
    dismiss_reason = fields.Char("Why it is no ticket")
    onto_id = fields.Many2one(
        'it.ticket', string="Add it to", index='btree_not_null', ondelete='set null',
        domain="[('company_id', '=', company_id), ('state', 'in', ('new', 'in_progress', 'resolved'))]",
        help="The ticket on which its words and files are put.")
    ticket_id = fields.Many2one(
        'it.ticket', readonly=True, index='btree_not_null', ondelete='set null', help="The ticket that was made of it, or to which it was added.")
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
        return self._open_ticket()

    def action_add_to_ticket(self):
        """Put its words and files on the ticket that the technician chose, and open that."""
        self.ensure_one()
        self._check_technician()
        self._check_state('waiting')
        ticket = self.onto_id
        if not ticket:
            raise UserError(self.env._("Choose in “Add it to” the ticket that it is about; then it can be added."))
        ticket.check_access('read')
        if ticket.company_id != self.company_id:
            raise UserError(self.env._("%(number)s belongs to another company than this mail.", number=ticket.name))
        if self.reason == 'closed' and ticket == self.about_id:
            raise UserError(self.env._("Its words stand on %(number)s already. Make a new ticket of it, or dismiss it.", number=ticket.name))
        if ticket._closed_records():
            raise UserError(self.env._("%(number)s is closed. Reopen it first, or make a new ticket of the mail.", number=ticket.name))
        self._look('added', {'ticket_id': ticket.id})
        self.attachment_ids.sudo().write({'res_model': 'it.ticket', 'res_id': ticket.id})  # who reads the ticket reads them
        self._post_on(ticket)
        return self._open_ticket()

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
        return self.filtered(lambda mail: mail.state not in ('ticket', 'added'))

    def _look(self, state, vals):
        self._take_as_words(vals.get('ticket_id') if state == 'added' else None)
        self._transition({'state': state, 'handled_by_id': self.env.uid, 'handled_at': clock.now(self.env), **vals})
        self._call_for_look(anew=False)

    def _take_as_words(self, onto_id):
        """Take those of who asked for the ticket that they name for the word that they are, whatever becomes of them: it is not silent any more.

        Who names a double names the ticket with which that one is handled.

        :param onto_id: the ticket to which they are going to be added, where their words stand then
        """
        for mail_sudo in self.sudo():  # who looks need not read the ticket
            ticket_sudo = mail_sudo.about_id.duplicate_of_id or mail_sudo.about_id
            if not ticket_sudo or not ticket_sudo._is_word_awaited() or ticket_sudo.answered_at or mail_sudo.received_at < max(
                    filter(None, (ticket_sudo.resolved_at, ticket_sudo.asked_at)), default=mail_sudo.received_at):
                continue
            # Also by the address: whoever looks at it may say that somebody else asks.
            if ticket_sudo.requester_id in mail_sudo.requester_id | mail_sudo._one_of(mail_sudo.address):
                ticket_sudo._take_word(ticket_sudo.requester_id.partner_id, is_reply=False)
                if ticket_sudo.id == onto_id:
                    continue
                theirs = ticket_sudo.with_context(lang=ticket_sudo.company_id._get_itc_lang())
                theirs.with_user(SUPERUSER_ID)._note(theirs.env._(
                    "A mail of who asked counts as an answer: “%(subject)s”, under “Mail Not Routed”.", subject=mail_sudo.subject))

    @api.model
    def _one_of(self, address):
        """Return the colleague who alone has an address, in superuser mode; nobody if several have it."""
        # sudo: who has which address is no secret of a technician's
        users_sudo = self.env['res.users'].sudo().search([('email_normalized', '=', address), ('share', '=', False)], limit=2) if address else (
            self.env['res.users'].sudo())
        return users_sudo if len(users_sudo) == 1 else users_sudo.browse()

    def _open_ticket(self):
        ticket = self.ticket_id
        return {
            'type': 'ir.actions.act_window', 'res_model': 'it.ticket', 'res_id': ticket.id, 'views': [(False, 'form')], 'name': ticket.display_name}

    def _post_on(self, ticket):
        """Post this one mail on a ticket: as a word of the colleague whose address it bears if they may read the ticket, else as a note of those
        who work on it, which names the address.
        """
        user_sudo = self._one_of(self.address)  # the software writes what the technician may not sign
        author = user_sudo.partner_id.browse(ticket._readers_among(user_sudo.partner_id.ids))
        words = self.env._(
            "From a mail of %(sender)s, received on %(moment)s, added by %(person)s.", sender=self.sender or "–",
            moment=moment_text(self.env, self.received_at, self.env.company.itc_tz), person=self.env.user.name)
        assignee_sudo = (ticket.assignee_id - self.env.user).sudo()
        ticket.with_user(SUPERUSER_ID).message_post(
            body=Markup('<p><i>%s</i></p><pre style="white-space: pre-wrap">%s</pre>') % (words, self.body or ""), message_type='email',
            author_id=author.id or False, email_from=self.sender or "–", attachment_ids=self.attachment_ids.ids, partner_ids=assignee_sudo.partner_id.ids,
            subtype_xmlid='mail.mt_comment' if author else 'mail.mt_note')

    def _check_technician(self):
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on mail for the service desk."))

    # === WHO LOOKS === #

    @api.model
    def _call_for_look(self, anew=True):
        """Let each person on duty have one activity as long as mail waits, told by one mail as it begins, and nobody else.

        :param anew: call those who have none; who says that theirs is done and looks at the mails one by one is not called at each
        """
        # as the software: whoever fetches a mail, or looks at one, calls people whose activities they may not see
        mails_sudo, kind = self.with_user(SUPERUSER_ID).with_context(active_test=True), self.env.ref(LOOK)
        waiting = mails_sudo._read_group([('state', '=', 'waiting')], ['company_id'])
        people_sudo = mails_sudo.env['res.users'].union(*(self._people_to_look(company) for (company,) in waiting))
        calls_sudo = mails_sudo.env['mail.activity'].search([('activity_type_id', '=', kind.id), ('res_model', '=', False)])
        calls_sudo.filtered(lambda call: call.user_id not in people_sudo).unlink()
        for user_sudo in people_sudo - calls_sudo.exists().user_id if anew else ():
            self._call_to_look(user_sudo.with_context(lang=user_sudo.lang))

    @api.model
    def _people_to_look(self, company):
        """Return who has the role of what is asked otherwise and is not on leave, in superuser mode; the managers if nobody has it."""
        other_sudo = self.env.ref('it_continuity.ticket_category_other', raise_if_not_found=False)
        of_role = other_sudo.sudo().role_id.user_ids if other_sudo else self.env['res.users'].sudo()
        people = of_role.filtered(lambda user: self.env['it.ticket']._is_worker(user) and company in user.company_ids)
        if not people:
            return company._itc_people().sudo()
        now = clock.now(self.env)
        return self.env['it.duty'].sudo()._on_duty(company, people, now, now + timedelta(hours=1))

    @api.model
    def _call_to_look(self, user_sudo):
        words = user_sudo.env._("A mail came of which the software cannot tell what to do with it. Look at it, and at those that follow.")
        link = Markup('<p>%s</p><p><a href="%s">%s</a></p>') % (words, LIST, user_sudo.env._("Mail Not Routed"))
        user_sudo.env['mail.activity'].with_context(mail_activity_quick_update=True).create({
            'activity_type_id': self.env.ref(LOOK).id, 'res_model_id': False, 'user_id': user_sudo.id, 'note': link,
            'summary': user_sudo.env._("Look at the mail that was not routed")})
        root_sudo = self.env.ref('base.partner_root').sudo()
        if user_sudo.email or user_sudo.notification_type == 'inbox':
            body = self.env['ir.qweb'].with_context(lang=user_sudo.lang)._render(
                'it_continuity.it_ticket_mail_waiting', {'person': user_sudo, 'url': self.get_base_url() + LIST}, minimal_qcontext=True)
            user_sudo.env['mail.thread'].message_notify(
                subject=user_sudo.env._("A mail for the service desk waits for you"), body=body, partner_ids=user_sudo.partner_id.ids,
                email_layout_xmlid=LAYOUT, author_id=root_sudo.id, email_from=user_sudo.company_id.email_formatted or root_sudo.email_formatted)

    @api.model
    def _call_safely(self):
        """Call those on duty; a mail that is kept is kept, whatever stands against calling anybody."""
        try:
            with self.env.cr.savepoint():
                self._call_for_look()
        except Exception:  # the mail stands in the list all the same
            _logger.exception("Nobody could be called to the mail that waits")
            self.env.invalidate_all()

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
        is_flood = mails_sudo._has_enough_of(message_dict)
        company = company or about and about.sudo().company_id or self.env.company
        mails_sudo = mails_sudo.with_context(lang=company._get_itc_lang())
        with mails_sudo._past_guard():
            mail_sudo = mails_sudo.create({
                'company_id': company.id, 'sender': sender, 'received_at': now, 'reason': reason, 'message_ref': self._ref(message_dict),
                'subject': ticket_mail.topic(message_dict.get('subject'), mails_sudo.env._("Mail without a subject")),
                'recipients': self._text(message_dict.get('recipients'), 500), 'headers': ticket_mail.header_lines(message.raw_items()),
                'body': '' if is_flood else self._plain_body(message_dict), 'about_id': about.id if about else False,
                'onto_id': about.id if about and not about.sudo()._closed_records() else False, 'requester_id': user.id if user else False,
                'state': 'waiting' if act == 'list' else 'dismissed'})
        if not is_flood:
            mail_sudo._keep_files(message_dict)
        if act == 'list':
            mail_sudo._call_safely()
        return mail_sudo

    @api.model
    def _keep_flood(self, message, message_dict, ticket):
        """Keep a mail that would have been put on a ticket, but its sender writes there more than a person does."""
        user_sudo = self._one_of(email_normalize(message_dict.get('email_from') or ''))
        mail_sudo = self._keep(message, message_dict, 'list', 'flood', about=ticket, user=user_sudo, company=ticket.sudo().company_id)
        if mail_sudo.reason == 'closed':  # kept before, as if its words stood on the ticket
            mail_sudo._transition({'reason': 'flood'})

    @api.model
    def _has_enough_of(self, message_dict):
        """Tell whether so much of one sender was kept within the hour that no more text and files of theirs are."""
        sender = self._text(message_dict.get('email_from'), 320)
        address = email_normalize(sender) or False
        return self.sudo().search_count([
            ('address', '=', address) if address else ('sender', '=', sender), ('received_at', '>', clock.now(self.env) - timedelta(hours=1))],
            limit=MOST_AN_HOUR) >= MOST_AN_HOUR

    def _keep_files(self, message_dict):
        body, attachments = str(message_dict.get('body') or ''), message_dict.get('attachments') or []
        files, notes = self.env['it.ticket']._fit_files([*([('mail.html', body, {})] if len(body) > MAX_TEXT else []), *attachments])
        place = {'res_model': self._name, 'res_id': self.id, 'type': 'binary'}
        kept = self.env['ir.attachment'].with_context(attachments_mime_plainxml=True, image_no_postprocess=True).create(
            [{'name': file.fname, 'raw': file.content, **place} for file in files])
        self._transition({'attachment_ids': [Command.set(kept.ids)]})
        if notes:
            self._transition({'body': "\n\n".join(filter(None, (self.body, *notes)))})

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
        self._call_safely()  # who was called yesterday may be on leave today
        _logger.info("%s mails that were looked at are deleted", len(old))
        return len(old), len(old) == 1000
