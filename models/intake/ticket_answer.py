import logging
from datetime import datetime, timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq
from odoo.tools.misc import hmac

from ...lib import ticket_mail
from ..mixins import clock
from ..service_desk.ticket_closure import MAX_WORDS
from ..service_desk.ticket_people import QUESTION

_logger = logging.getLogger(__name__)

ROUTE = '/it_continuity/answer'
SCOPE = 'it_continuity.ticket_answer'
LINK_DAYS = 30
EPOCH = datetime(1970, 1, 1)
STATES = {'rate': 'closed', 'missing': 'in_progress'}  # in which a ticket has to be for what is said of it; else it is resolved


class ItTicketAnswerMixin(models.AbstractModel):
    """The requester's last word, and how it was for them, by a link in their mail.

    The link lies in their mail alone: no message keeps it, so that nobody who reads the ticket finds it. It is void as soon as the ticket
    was answered, by a link or by any other word, reopened or closed, after LINK_DAYS, and in a copy of the database.
    """
    _name = 'it.ticket.answer.mixin'
    _description = "Answer by a Link"
    _inherit = ['mail.thread']

    # === MAILS === #

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Give who asked, in the mail that asks whether it is solved, the links that answer."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        layout = (msg_vals or {}).get('email_layout_xmlid') or message.sudo().email_layout_xmlid
        if len(self) == 1 and layout == QUESTION and self.sudo().state == 'resolved' and not self._is_by_own_hand():
            requester_sudo = self.sudo().requester_id
            groups.insert(0, [
                'it_requester',
                lambda person: person['id'] == requester_sudo.partner_id.id and requester_sudo.active and not requester_sudo.share,
                {'active': True, 'has_button_access': True, 'it_answer_url': self._answer_url()},
            ])
        return groups

    def _notify_by_email_get_headers(self, headers=None):
        """Let no machine answer a mail about a ticket; what one answers all the same is not taken for a word."""
        headers = super()._notify_by_email_get_headers(headers=headers)
        return {**headers, 'X-Auto-Response-Suppress': 'OOF, AutoReply'} if self else headers

    # === THE LINK === #

    def _answer_url(self):
        self.ensure_one()
        expires = int((clock.now(self.env) + timedelta(days=LINK_DAYS) - EPOCH).total_seconds())
        return f'{self.get_base_url()}{ROUTE}/{ticket_mail.token(self.id, expires, self._answer_mark(expires))}'

    def _answer_mark(self, expires):
        """Return what nobody can make without the database's secret: it holds for this person, this solution and this database, until a word comes."""
        ticket_sudo = self.sudo()  # the secret is nobody's to read
        told = (
            self.env['it.database']._db_id(), ticket_sudo.id, ticket_sudo.requester_id.id, ticket_sudo.reopen_count, str(ticket_sudo.resolved_at),
            str(ticket_sudo.answered_at), str(ticket_sudo.asked_at), expires, *([ticket_sudo.reopen_reason] if ticket_sudo.state == 'in_progress' else []))
        return hmac(ticket_sudo.env, SCOPE, told)

    @api.model
    def _by_answer_token(self, words, say=''):
        """Return the ticket of a link, as who asked for it; none if the link does not hold, whatever the reason.

        :param say: what is going to be said, see ``_answer``
        """
        parsed, nothing = ticket_mail.parse_token(words), self.browse()
        ticket_sudo = self.sudo().browse(parsed[0]).exists() if parsed else nothing  # the link is the right, to this one ticket
        if not ticket_sudo:
            return nothing
        _ticket_id, expires, mark = parsed
        if not consteq(ticket_sudo._answer_mark(expires)[:len(mark)], mark) or clock.now(self.env) >= EPOCH + timedelta(seconds=expires):
            return nothing
        person_sudo = ticket_sudo.requester_id
        state = STATES.get(say, 'resolved')
        is_theirs = self.env.user == person_sudo or self.env.user._is_public()  # a colleague who is logged in is somebody else
        if not is_theirs or not person_sudo.active or person_sudo.share or ticket_sudo.state != state:
            return nothing
        ticket = self.browse(ticket_sudo.id).with_user(person_sudo).with_context(
            {}, allowed_company_ids=[], lang=person_sudo.lang, tz=person_sudo.tz)
        return ticket if ticket.has_access('write') else nothing

    def _answer(self, say, reason='', rating=''):
        """Do what the requester, who acts, chose on the page behind the link.

        :param say: ``yes``, ``no``, ``missing`` after it, ``rate``, or anything else to be asked
        :return: the page that follows: ``ask``, ``thanks``, ``ask_missing``, ``reopened``, ``rated``, or ``void`` if it may not be done
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return self._take_answer(say, reason, rating)
        except (AccessError, UserError) as error:
            _logger.info("An answer by a link to ticket %s was refused: %s", self.id, error)
            return 'void'

    def _take_answer(self, say, reason, rating):
        reason = ticket_mail.storable(reason).strip()[:MAX_WORDS]
        if say == 'yes':
            self.action_confirm()
            return 'thanks'
        if say == 'no':
            self._say_not_yet(reason)
            return 'reopened' if reason else 'ask_missing'
        if say == 'missing' and reason:
            self.action_say_missing(reason)
        if say == 'missing':
            return 'reopened' if reason else 'ask_missing'
        if say == 'rate':
            self._rate(int(rating) if rating in ('1', '3', '5') else 0, reason)
            return 'rated'
        return 'ask'
