import io
import logging
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import compat32
from typing import Any

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import email_normalize, html2plaintext, is_html_empty, plaintext2html
from odoo.tools.mail import email_normalize_all, generate_tracking_message_id

from ...lib import ticket_mail
from ..mixins import clock

_logger = logging.getLogger(__name__)

MEGABYTE = 1024 ** 2
MAX_FILES, MAX_FILE, MAX_FILES_SIZE = 20, 20 * MEGABYTE, 25 * MEGABYTE
PACKED = 'more_files.zip'  # the files of a mail beyond those that are shown one by one
MAX_BODY = 200_000  # characters of HTML that a browser shows in the chatter without trouble
NO_ANSWER = {'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All'}  # machines answer machines otherwise
FROM_MAIL = frozenset({'company_id', 'category_id', 'asset_id', 'priority'})  # what an alias may say of a ticket


@dataclass
class Look:
    """What was found out about a mail."""

    facts: ticket_mail.Facts
    user: Any  # the colleague who wrote it, in superuser mode; empty for nobody
    ticket: Any  # the ticket that it names, in superuser mode
    company: Any


class ItTicketGatewayMixin(models.AbstractModel):
    """Mail that comes in for tickets: what ``lib.ticket_mail`` decides, done. It opens tickets and adds words; it never confirms or closes."""
    _name = 'it.ticket.gateway.mixin'
    _description = "Mail That Comes In for Tickets"
    _inherit = ['mail.thread']

    # === THE GATEWAY === #

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Log what a colleague wrote, in the name of the user who acts: whom the mail says, the gateway has looked up."""
        self = self.with_context(lang=self.env.user.lang)
        values = {name: value for name, value in (custom_values or {}).items() if name in FROM_MAIL and value}
        subject = ticket_mail.topic(msg_dict.get('subject'), self.env._("Mail without a subject"))
        body = Markup(msg_dict.get('body') or '')
        origin = ticket_mail.forwarded_from(msg_dict.get('subject'), html2plaintext(body)) if body else ''
        if origin:
            body = Markup("<p><i>%s</i></p>%s") % (self.env._("Forwarded; first written by %(who)s.", who=origin), body)
        return self.create({
            **self._prepare_values(subject, False if is_html_empty(body) else body), **values, 'channel': 'email', 'requester_id': self.env.uid})

    def message_update(self, msg_dict, update_vals=None):
        """Take the words, and nothing else that a mail may want to change."""
        return super().message_update(msg_dict)

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Let answers come to the service desk's own address, where the company has one."""
        replies = super()._notify_get_reply_to_batch(defaults=defaults, author_ids=author_ids)
        for ticket in self:
            address = ticket.sudo().company_id.itc_ticket_alias_id.alias_full_name
            if address and '@' in address:
                replies[ticket.id] = self._notify_get_reply_to_formatted_email(address, author_id=(author_ids or {}).get(ticket.id))
        return replies

    # === WHERE IT GOES === #

    @api.model
    def _numbered_to_catchall(self, message, message_dict, model=None):
        """Return the ticket that a mail without thread headers names, sent to the address that stands in every mail: Odoo would send it back.

        :param model: of what Odoo makes a record if no address of a mail is known here
        :return: None when that could not be told and the mail is kept for a person
        """
        names = ticket_mail.numbers(message_dict.get('subject'))
        if not names or message_dict.get('is_bounce') or message_dict.get('parent_id') or not self._is_sent_back(message_dict, model):
            return self.browse()
        try:
            with self.env.cr.savepoint():
                return self._by_number(names)
        except Exception:  # whatever it is, the mail is not lost
            if not self._is_gateway():
                raise
            _logger.exception("Which ticket the mail %s names could not be told", message_dict.get('message_id'))
            self.env.invalidate_all()
            self.env['it.ticket.mail.unrouted']._keep(message, dict(message_dict), 'list', 'error')
            return None

    @api.model
    def _is_sent_back(self, message_dict, model):
        """Tell whether Odoo sends a mail back, as it went to the address of all replies and to nobody else whom Odoo knows as an address of its own."""
        if self._detect_write_to_catchall(message_dict):
            return True
        if model or not self.with_context(mail_catchall_write_any_to=True)._detect_write_to_catchall(message_dict):
            return False
        recipients = email_normalize_all(message_dict.get('recipients') or '')
        names = [recipient.partition('@')[0] for recipient in recipients]
        return not self.env['mail.alias'].sudo().search_count(
            Domain('alias_full_name', 'in', recipients) | Domain('alias_incoming_local', '=', True) & Domain('alias_name', 'in', names), limit=1)

    @api.model
    def _is_gateway(self):
        return self.env.su or self.env.user._is_system()

    @api.model
    def _route_mail(self, message, message_dict, routes, numbered=None):
        """Return where a mail goes: routes to tickets by our rules, one at most, whatever number of our addresses it was sent to.

        :raises AccessError: a person who is no administrator hands it over
        """
        ours = [route for route in routes or () if route[0] == 'it.ticket']
        others = [route for route in routes or () if route[0] != 'it.ticket']
        if not ours and not (message_dict.get('is_bounce') and self._aliases_among(message_dict)):
            return routes
        if not self._is_gateway():
            raise AccessError(self.env._("Only the mail gateway hands over mails."))
        unrouted = self.env['it.ticket.mail.unrouted']
        if unrouted._knows(message_dict):
            return others
        told = dict(message_dict)
        try:
            with self.env.cr.savepoint():
                return [*others, *self._take_mail(message, message_dict, ours, numbered)]
        except Exception:  # whatever it is, the mail is not lost
            _logger.exception("What becomes of the mail %s could not be told", told.get('message_id'))
            self.env.invalidate_all()
            unrouted._keep(message, told, 'list', 'error', about=numbered, company=self._company_of(ours))
            return others

    @api.model
    def _take_mail(self, message, message_dict, ours, numbered):
        """Do with a mail what the rules say, and return the routes by which it goes on: one, or none where all is done."""
        look = self._look_at(message, message_dict, ours, numbered)
        act, reason = ticket_mail.verdict(look.facts)
        found = {
            'about': look.ticket, 'company': look.company,
            'user': look.user if look.facts.knows in ('one', 'barred') else None}  # of several nobody can tell who asks
        if act in ('post', 'new'):
            self.with_context(lang=look.user.lang or look.company._get_itc_lang())._clean(message_dict)
            is_over = act == 'post' and look.ticket._closed_records()
            calls_itself = look.ticket._was_closed_without_word() or look.ticket.sudo().duplicate_of_id
            if is_over and not calls_itself and not self._is_work(look):
                self.env['it.ticket.mail.unrouted']._keep(message, message_dict, 'list', 'closed', **found)
            return [self._prepare_route(act, look, ours, message_dict)]
        if act == 'refuse':
            self.with_context(lang=look.company._get_itc_lang())._refuse(message, message_dict)
        self.env['it.ticket.mail.unrouted']._keep(message, message_dict, act, reason, **found)
        return []

    @api.model
    def _look_at(self, message, message_dict, ours, numbered=None):
        """Return the Look at a mail: who its sender seems to be, and which ticket it names.

        :param ours: the routes to tickets that Odoo found
        :param numbered: the ticket whose number its subject has, where that is known already
        """
        sender = email_normalize(message_dict.get('email_from') or '') or ''
        own = self.env['mail.alias.domain'].sudo()._find_aliases([sender])
        robot = 'bounce' if message_dict.get('is_bounce') else ticket_mail.robot(message.raw_items(), sender, own)
        # sudo: the gateway looks at everybody's addresses and tickets
        users_sudo = self.env['res.users'].sudo().with_context(active_test=False).search(
            [('email_normalized', '=', sender), ('share', '=', False)], limit=10) if sender else self.env['res.users']
        active_sudo = users_sudo.filtered('active')
        threads = [] if numbered else [route[1] for route in ours if route[1] and not (route[4] and route[4].alias_force_thread_id == route[1])]
        ticket_sudo = self.sudo().browse(threads[:1])
        if not threads:
            ticket_sudo = numbered or self._by_number(ticket_mail.numbers(message_dict.get('subject')))
        readers = set(ticket_sudo._readers_among(active_sudo.partner_id.ids)) if ticket_sudo else set()
        user_sudo = (active_sudo.filtered(lambda user: user.partner_id.id in readers) or active_sudo)[:1]
        is_reader = user_sudo.partner_id.id in readers
        company = ticket_sudo.company_id or self._company_of(ours) or user_sudo.company_id or self.env.company
        facts = ticket_mail.Facts(
            robot=robot, knows=self._know(users_sudo, active_sudo, company), replies='thread' if threads else 'number' if ticket_sudo else '',
            is_reader=is_reader, is_person=is_reader and user_sudo in ticket_sudo._people_of_mail(),
            lately=self._count_lately(user_sudo), strangers=company.sudo().itc_mail_strangers)
        return Look(facts, user_sudo, ticket_sudo, company)

    @api.model
    def _by_number(self, names):
        tickets_sudo = self.sudo().search(Domain.OR([('name', '=ilike', name)] for name in names), limit=20) if names else self.sudo()
        found = tickets_sudo.filtered(lambda ticket: ticket.name.upper() in names)  # an underscore in the search stands for any character
        return found.sorted(lambda ticket: names.index(ticket.name.upper()))[:1]

    @api.model
    def _know(self, users, active, company):
        """Return what the database knows of a sender, see ``lib.ticket_mail.Facts``."""
        if not active:
            return 'gone' if users else ''
        if len(active) > 1:
            return 'many'
        return 'one' if active.has_group('it_continuity.it_continuity_group_user') and company in active.company_ids else 'barred'

    def _people_of_mail(self):
        """Return whose mail with this ticket's number in its subject belongs to it."""
        return self.requester_id | self.logged_by_id | self.requested_for_id.user_id | self.assignee_id

    @api.model
    def _count_lately(self, user):
        since = clock.exact(self.env) - timedelta(hours=1)
        return self.sudo().search_count([
            ('requester_id', '=', user.id), ('channel', '=', 'email'), ('create_date', '>', since)], limit=ticket_mail.NEW_AN_HOUR) if user else 0

    @api.model
    def _company_of(self, ours):
        """Return the company whose address a mail was sent to, none if it is nobody's."""
        aliases = self.env['mail.alias'].union(*(route[4] for route in ours if route[4]))
        return self.env['res.company'].sudo().search([('itc_ticket_alias_id', 'in', aliases.ids)], order='id', limit=1) if aliases else self.env['res.company']

    @api.model
    def _aliases_among(self, message_dict):
        """Return the addresses of tickets that a mail was sent to."""
        recipients = email_normalize_all(message_dict.get('recipients') or '')
        return self.env['mail.alias'].sudo().search([('alias_model_id.model', '=', 'it.ticket'), ('alias_full_name', 'in', recipients)])

    @api.model
    def _is_for_tickets(self, message_dict):
        """Tell whether a mail was sent to an address of tickets, answers a mail about one, or has the number of one in its subject."""
        parent_sudo = self.env['mail.message'].sudo().browse(message_dict.get('parent_id') or [])
        return bool(
            self._aliases_among(message_dict) or parent_sudo.model == 'it.ticket' or self._by_number(ticket_mail.numbers(message_dict.get('subject'))))

    # === WHAT IS DONE WITH IT === #

    @api.model
    def _prepare_route(self, act, look, ours, message_dict):
        """Return the route of a mail that becomes a ticket or words on one, signed by the colleague whose address it bears."""
        if look.user:
            message_dict['author_id'] = look.user.partner_id.id
        # Who else got the mail is not told to whoever answers: their answers would go there too.
        message_dict.update(cc_filtered=False, to_filtered=False)
        if act == 'new':
            for route in ours:
                if route[4] and route[4].sudo().alias_status != 'valid':
                    route[4].sudo().alias_status = 'valid'
            values = next((route[2] for route in ours if route[2]), None) or {}
            return 'it.ticket', 0, {**values, 'company_id': look.company.id}, look.user.id, None
        is_work = self._is_work(look)
        if look.facts.replies == 'number':
            message_dict.pop('parent_id', None)
            message_dict['is_internal'] = is_work  # a number is known to many: it does not speak for the service desk
        elif not is_work:
            message_dict['is_internal'] = False  # what Odoo wrote to one person is no note between technicians
        return 'it.ticket', look.ticket.id, {}, look.user.id or self.env.uid, None

    @api.model
    def _is_work(self, look):
        """Tell whether a mail is a technician's, and not of a technician who asked."""
        return bool(look.user) and self._is_worker(look.user) and look.user != look.ticket.requester_id

    @api.model
    def _clean(self, message_dict):
        """Make a mail's text and files fit to be kept: no link that answers, no more than a person reads, no more files than are looked at."""
        message_dict.update({name: ticket_mail.storable(value) for name, value in message_dict.items() if isinstance(value, str)})
        body = ticket_mail.without_links(str(message_dict.get('body') or ''))
        attachments, notes = message_dict.get('attachments') or [], []
        if len(body) > MAX_BODY:
            attachments = [('mail.html', body, {}), *attachments]
            notes.append(self.env._("The mail was longer than this; the file mail.html has all of it."))
            body = str(plaintext2html(html2plaintext(body[:4 * MAX_BODY])[:MAX_BODY]))
        files, more = self._fit_files(attachments)
        message_dict['attachments'] = files
        message_dict['body'] = Markup(body) + Markup().join(Markup("<p><i>%s</i></p>") % note for note in [*notes, *more])

    @api.model
    def _read_badly(self, message):
        """Return the text of a mail whose coding nobody knows, with what cannot be told replaced, and the mail itself as a file."""
        texts = [part.get_payload(decode=True) or b'' for part in message.walk() if part.get_content_maintype() == 'text']
        body = plaintext2html(ticket_mail.storable(texts[0].decode('utf-8', 'replace'))) if texts else ''
        content = message.as_bytes(policy=compat32)
        return {'body': body, 'attachments': [self.env.registry['mail.thread']._Attachment('mail.eml', content, {})]}

    @api.model
    def _fit_files(self, attachments):
        """Return ``(files that are kept, what is said of the others)`` of a mail; beyond some they are kept together in one zip file."""
        kind = self.env.registry['mail.thread']._Attachment
        read = [(ticket_mail.file_name(name), self._bytes(name, content), *rest) for name, content, *rest in attachments]
        fits = ticket_mail.fitting([len(file[1]) for file in read], MAX_FILE, MAX_FILES_SIZE)
        fitting = [file for file, is_kept in zip(read, fits, strict=True) if is_kept]
        dropped = [file[0] for file, is_kept in zip(read, fits, strict=True) if not is_kept]
        kept, notes = [kind(file[0], file[1], file[2] if len(file) > 2 else {}) for file in fitting[:MAX_FILES]], []
        more = fitting[MAX_FILES:]
        if more:
            kept.append(kind(PACKED, self._pack(more), {}))
            notes.append(self.env._("These files lie in %(file)s: %(names)s.", file=PACKED, names=", ".join(file[0] for file in more)))
        if dropped:
            notes.append(self.env._("Not kept, as they are too large: %(names)s.", names=", ".join(dropped)))
        return kept, notes

    @api.model
    def _pack(self, files):
        """Return a zip file of these files, with a number before each name: two may be called alike."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_STORED) as archive:
            for number, (name, content, *_rest) in enumerate(files, MAX_FILES + 1):
                archive.writestr(f'{number} {name}', content)
        return packed.getvalue()

    @api.model
    def _bytes(self, name, content):
        """Return a file of a mail as bytes; what is text, and a mail within the mail, loses the links that answer, too."""
        is_text = not isinstance(content, bytes | None) or str(name or '').lower().endswith(('.eml', '.html', '.htm', '.txt'))
        if isinstance(content, EmailMessage):
            content = content.as_bytes(policy=compat32)
        elif isinstance(content, str):
            content = content.encode('utf-8', 'replace')
        return ticket_mail.file_without_links(content or b'') if is_text else content or b''

    @api.model
    def _refuse(self, message, message_dict):
        """Tell a stranger that the service desk takes no mail of theirs: once a day, and no machine."""
        address = email_normalize(message_dict.get('email_from') or '') or ''
        is_machine = ticket_mail.is_answered_by_nobody(address) or ticket_mail.forbids_answer(message.raw_items())
        if is_machine or self.env['it.ticket.mail.unrouted']._was_refused(address):
            return
        body = self.env['ir.qweb']._render('it_continuity.it_ticket_mail_refused', {'subject': message_dict.get('subject')}, minimal_qcontext=True)
        self.env['mail.thread']._routing_create_bounce_email(
            message_dict['email_from'], body, message, email_to=address, headers=repr(NO_ANSWER),
            references=f'{message_dict["message_id"]} {generate_tracking_message_id("loop-detection-bounce-email")}')
