import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...lib import local_time, ticket_mail
from ..mixins import clock
from .ticket_people import QUESTION, TECHNICIAN

_logger = logging.getLogger(__name__)

WITHOUT_WORD = ('silent', 'colleague')  # kinds of closing that are not the word of who asked, who may reopen after them
SILENT_DAYS_PARAM = 'it_continuity.silent_closure_days'
SILENT_DAYS_DEFAULT = 7
BATCH = 200
# On what it depends who worked on a ticket, see ``_hands``.
WORK = tuple(
    f'{via}{name}' for via in ('', 'parent_id.', 'duplicate_ids.') for name in ('resolved_by_id', 'step_ids.done_by_id', 'item_ids.done_by_id'))
FACES = (1, 3, 5)  # unhappy, neutral and happy, as Odoo's ratings count them
MAX_WORDS = 2000


class ItTicketClosureMixin(models.AbstractModel):
    """How a solved ticket ends, and by whose word.

    The last word is that of who asked: it is solved, and how it was, or not yet. When none comes they are reminded once, then the software
    closes it as silent. Days are the company's opening days, and nothing is sent or closed on others. Any word ends that for this
    solution: what who asked wrote on is never silent, also once a technician has answered. A word that comes when it is closed already calls
    a technician, however late: no mail opens a ticket by itself, a person reads it and does.

    What one person alone may not bring to its end another technician closes in words, and so it counts: a ticket on which who asked worked
    too, who neither confirms nor rates it; and one on which they wrote something after it was solved, and neither confirmed nor reopened it.
    """
    _name = 'it.ticket.closure.mixin'
    _description = "Closing of a Ticket"
    _inherit = ['rating.mixin', 'it.two.person.mixin']
    _approver_group = TECHNICIAN

    resolved_by_id = fields.Many2one('res.users', string="Resolved by", readonly=True, copy=False, ondelete='restrict', index='btree_not_null')
    answered_at = fields.Datetime(
        "Answered on", readonly=True, copy=False,
        help="When a word came that no technician has answered since the ticket was resolved, or closed without an answer; nobody closes it as "
             "unanswered then.")
    asked_at = fields.Datetime(
        "Asked again on", readonly=True, copy=False, help="When a technician last answered such a word; it is not without an answer any more.")
    confirmation_kind = fields.Selection(
        selection=[('requester', "By the requester"), ('silent', "Silent: no answer came"), ('colleague', "By another technician, in words")],
        string="Confirmation", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', string="Closure recorded by", readonly=True, copy=False, ondelete='restrict')
    confirmed_at = fields.Datetime("Closure recorded on", readonly=True, copy=False)
    silent_reason = fields.Text("Why without the requester's word", readonly=True, copy=False)
    reopen_reason = fields.Text("Why reopened last", readonly=True, copy=False)
    reopen_count = fields.Integer("Reopened", readonly=True, copy=False)
    reopened_at = fields.Datetime("Reopened last on", readonly=True, copy=False)
    warned_at = fields.Datetime(
        "Reminded on", readonly=True, copy=False, help="When who asked was last told that the ticket is going to be closed without an answer, or another technician called to close it in words.")
    can_close_silently = fields.Boolean(
        compute='_compute_can_close_silently', help="No word came in all the days that the requester has to answer.")
    can_confirm = fields.Boolean(
        compute='_compute_can_confirm', search='_search_can_confirm', help="It is solved, and the one who looks asked for it and had no hand in it.")
    can_rate = fields.Boolean(compute='_compute_can_rate', help="The one who looks confirmed it, had no hand in it, and has not said yet how it was.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'resolved_at', 'answered_at', 'asked_at')
    def _compute_can_close_silently(self):
        days = self._get_silent_closure_days()
        for ticket in self:
            ticket.can_close_silently = (
                ticket.state == 'resolved' and not ticket._is_awaiting_approval() and ticket._days_waited() >= days
                and not ticket._has_unread_word())

    @api.depends('state', 'requester_id', *WORK)
    @api.depends_context('uid')
    def _compute_can_confirm(self):
        for ticket in self:
            ticket.can_confirm = ticket.state == 'resolved' and ticket.requester_id == self.env.user and not ticket._is_by_own_hand()

    def _search_can_confirm(self, operator, value):
        """Find the tickets of which the one who looks has the last word."""
        if operator != 'in':
            return NotImplemented
        theirs = Domain('state', '=', 'resolved') & Domain('requester_id', '=', self.env.uid) & ~self._hand_domain(self.env.user)
        return theirs if True in value else ~theirs

    @api.depends('confirmation_kind', 'requester_id', *WORK, 'rating_ids')
    @api.depends_context('uid')
    def _compute_can_rate(self):
        for ticket in self:
            ticket.can_rate = (
                ticket.confirmation_kind == 'requester' and ticket.requester_id == self.env.user and not ticket._is_by_own_hand() and not ticket.rating_count)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Close the ticket as its requester: nobody else can, whatever their rights.

        :raises AccessError: the current user did not ask for it, or worked on it
        :raises UserError: it is not resolved, or no resolution step is recorded
        """
        if any(ticket.requester_id != self.env.user for ticket in self):
            raise AccessError(self.env._("Only the colleague who asked can confirm that it is solved."))
        self._check_not_by_own_hand()
        self._close('requester', {})

    def action_close_silently(self, reason):
        """Close a resolved ticket whose requester does not answer.

        :raises UserError: somebody did answer or worked on it who asked, there was too little time to answer, it is not resolved, has no steps, or no reason is given
        """
        self._check_technician()
        reason = self._checked_reason(reason)
        self._check_unanswered()
        self._close_as_silent(reason)

    def action_close_for_requester(self, reason):
        """Close these solved tickets as another technician than who worked on them, in words that stand for those of who asked.

        :raises AccessError: the person is no technician, asked for one of them, or had a hand in it
        :raises UserError: who asked has the word yet: they may confirm it and wrote nothing since; or no reason is given
        """
        self._check_technician()
        reason = self._checked_reason(reason)
        self._check_state('resolved')
        self._check_second_person()
        for ticket in self:
            if not ticket._is_awaiting_approval():
                raise UserError(self.env._(
                    "%(number)s waits for the word of who asked, who can confirm it. It is closed without an answer when none comes.", number=ticket.name))
        self._close('colleague', {'silent_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._(
                "Closed by another technician than who worked on it: %(reason)s If it is not solved, reopen it.", reason=reason))

    def action_reopen(self, reason):
        """Put a ticket back to work: resolved, or closed without the requester's word."""
        self._reopen(self._checked_reason(reason))

    def action_not_yet(self):
        """Put a resolved ticket back to work as its requester, by one press, and ask what is missing: it counts also if nothing more is said."""
        self.ensure_one()
        self._say_not_yet()
        return {
            **self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_ticket_reason_action'), 'name': self.env._("What is missing?"),
            'context': {'default_ticket_id': self.id, 'default_kind': 'missing'}}

    def action_say_missing(self, reason):
        """Add to a “not yet” what is missing.

        :raises AccessError: somebody else says it
        :raises UserError: nobody said “not yet”, or it was added already, or it is solved again; or no words are given
        """
        self.ensure_one()
        reason = self._checked_reason(reason)
        if self.requester_id != self.env.user:
            raise AccessError(self.env._("Only the colleague who asked says what is missing."))
        if not self._is_missing_asked():
            raise UserError(self.env._("Nothing more is asked of %(number)s. Write a message on it.", number=self.name))
        self._transition({'reopen_reason': reason})
        self._say_to_followers(reason, 'comment')

    def action_rate(self):
        """Say how it was: the button's context says which face. :raises AccessError: somebody else than who asked says it"""
        self.ensure_one()
        self._rate(self.env.context.get('it_rating'))

    # === CLOSING AND OPENING AGAIN === #

    def _close(self, kind, vals):
        self._check_state('resolved')
        self._check_has_steps()
        now = clock.now(self.env)
        # Nobody has to reply any more, and the time that ran for want of a reply is none of the solution's.
        self.filtered('answered_at')._transition({'answered_at': False})
        self._forget_confirmation_request()
        self._transition({
            'state': 'closed', 'closed_at': now, 'confirmation_kind': kind, 'confirmed_by_id': self.env.uid,
            'confirmed_at': now, **vals,
        })

    def _close_as_silent(self, reason):
        self._close('silent', {'silent_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._(
                "Closed, as no answer came: %(reason)s If it is not solved, reopen it.", reason=reason))

    def _reopen(self, reason):
        """:param reason: empty if who asked said no more than that it is not solved yet"""
        for ticket in self:
            if ticket.requester_id != self.env.user and not self._is_technician():
                raise AccessError(self.env._("Only the colleague who asked and the technicians can reopen a ticket."))
            if ticket.state != 'resolved' and ticket.confirmation_kind not in WITHOUT_WORD:
                raise UserError(self.env._(
                    "%(number)s cannot be reopened: it is neither resolved nor closed without the requester's word. Log a new ticket.",
                    number=ticket.name))
            ticket._forget_confirmation_request()
            # sudo: who asked may not write steps; what was done before stays as it is from here on
            ticket.sudo().step_ids._transition({'is_earlier': True})
            ticket._transition({
                'state': 'in_progress', 'resolved_at': False, 'resolved_by_id': False, 'answered_at': False, 'asked_at': False, 'closed_at': False,
                'confirmation_kind': False,
                'confirmed_by_id': False, 'confirmed_at': False, 'silent_reason': False,
                **ticket._prepare_reopening(reason),
            })
            ticket._say_to_followers(
                self.env._("Reopened: %(reason)s", reason=reason) if reason
                else self.env._("Reopened: it is not solved yet. What is missing was not said so far."))

    def _prepare_reopening(self, reason):
        """Return what is noted on this one ticket when it is opened again."""
        return {'reopen_reason': reason or False, 'reopen_count': self.reopen_count + 1, 'reopened_at': clock.now(self.env)}

    def _say_not_yet(self, reason=''):
        """Reopen this one ticket as who asked, who need not say why. :raises AccessError: somebody else says it"""
        self.ensure_one()
        if self.requester_id != self.env.user:
            raise AccessError(self.env._("Only the colleague who asked says that it is not solved yet. A technician reopens it with a reason."))
        self._check_state('resolved')
        self._reopen(reason)

    def _is_missing_asked(self):
        """Tell whether this one ticket was put back to work by a “not yet” without words."""
        return self.state == 'in_progress' and self.reopen_count > 0 and not self.reopen_reason

    def _rate(self, rating, feedback=''):
        """Keep how it was for who asked: once, after they confirmed.

        :raises AccessError: somebody else says it, or who worked on it
        :raises UserError: it is not confirmed, was said already, or is no face
        """
        self.ensure_one()
        if self.requester_id != self.env.user:
            raise AccessError(self.env._("Only the colleague who asked says how it was."))
        self._check_not_by_own_hand()
        if self.confirmation_kind != 'requester':
            raise UserError(self.env._("Say how it was once you have confirmed that it is solved."))
        ticket_sudo = self.sudo()  # Odoo lets every employee write ratings; those of tickets nobody but this
        ticket_sudo.lock_for_update(allow_referencing=True)  # who presses twice says it once
        if rating not in FACES or ticket_sudo.rating_count:
            raise UserError(self.env._("How it was is said once, by one of the three faces."))
        rating_sudo = self.env['rating.rating'].sudo().create({
            'res_model_id': self.env['ir.model']._get_id('it.ticket'), 'res_id': self.id, 'access_token': False, 'is_internal': True,
            'partner_id': ticket_sudo.requester_id.partner_id.id, 'rated_partner_id': ticket_sudo.assignee_id.partner_id.id})
        rating_sudo.flush_recordset()  # Odoo counts by SQL what is said from here on
        rating_sudo.write({'rating': rating, 'feedback': (feedback or '').strip()[:MAX_WORDS], 'consumed': True})

    # === WORDS THAT COME MEANWHILE === #

    def _is_answered(self):
        """Tell whether a word came since this ticket was resolved, or closed without one, that no technician has answered."""
        self.ensure_one()
        return self._is_word_awaited() and bool(self.answered_at)

    def _take_word(self, author, is_reply):
        """Note what a message on these tickets means for those that wait for a word, or were closed for want of one: an answer, or a reply to one.

        Everybody's word counts as an answer but that of those who work on tickets: mail may come from an address that nobody knows.

        :param author: the partner who wrote it, empty if nobody knows
        :param bool is_reply: whether the one who asked gets to read it
        """
        users_sudo = author.sudo().with_context(active_test=False).user_ids
        is_from_work = any(user.has_group(TECHNICIAN) for user in users_sudo)
        # sudo: what a word does to the ticket is not its writer's to say
        self.sudo()._take_word_for_clock(author, users_sudo[:1], is_from_work, is_reply)
        self.sudo()._take_word_for_double(author, is_from_work)
        for ticket_sudo in self.sudo().filtered(lambda ticket: ticket._is_word_awaited()):
            is_closed = ticket_sudo.state == 'closed'
            if not is_from_work or ticket_sudo.requester_id.partner_id == author:
                ticket_sudo._transition({'answered_at': clock.now(self.env)})
            elif (is_reply or is_closed) and ticket_sudo.answered_at:
                ticket_sudo._transition({'answered_at': False, **({} if is_closed else {'asked_at': clock.now(self.env)})})

    def _take_act(self):
        """Take what the current user adds to these tickets for a word of theirs; what technicians add is work, and says nothing to who asked."""
        user = self.env.user
        tickets_sudo = self.sudo()  # who did it need not read the ticket any more
        tickets_sudo.filtered(lambda ticket: ticket.requester_id == user or not ticket._is_worker(user))._take_word(user.partner_id, is_reply=False)

    def _is_word_awaited(self):
        """Tell whether a word on this one ticket is an answer: it waits for one, or was closed because none came."""
        self.ensure_one()
        return self.state == 'resolved' or self._was_closed_without_word()

    def _has_word(self):
        """Tell whether a word came since this one ticket was solved, answered or not: whatever is silent, this is not."""
        return bool(self.answered_at or self.asked_at)

    def _was_closed_without_word(self):
        return self.state == 'closed' and self.confirmation_kind in WITHOUT_WORD

    def _has_unread_word(self):
        """Tell whether something waits that may be the word of who asked, to be posted or to be looked at. Extended by rooms above: words come in there."""
        self.ensure_one()
        return self._has_word_to_come()

    def _has_word_to_come(self):
        """Tell whether somebody who does not work on this ticket, or who asked for it, wrote a message that is to be posted later."""
        self.ensure_one()
        # sudo: it is nobody's to read before it is posted
        authors_sudo = self.env['mail.scheduled.message'].sudo().search([('model', '=', self._name), ('res_id', '=', self.id)]).author_id
        return any(author == self.requester_id.partner_id or not any(map(self._is_worker, author.user_ids)) for author in authors_sudo)

    # === WHO HAD A HAND IN IT === #

    def _hands(self):
        """Return who worked on this one ticket: who did one of its steps, who ticked its checklist, and who said that it is solved.

        What is done on the incident that carries it, or was done on its doubles, is done for it.
        """
        self.ensure_one()
        ticket_sudo = self.sudo()  # who worked on it is asked for everybody who may press a button
        worked_on_sudo = ticket_sudo | ticket_sudo.parent_id | ticket_sudo.duplicate_ids
        return worked_on_sudo.step_ids.done_by_id | worked_on_sudo.item_ids.done_by_id | worked_on_sudo.resolved_by_id

    @api.model
    def _hand_domain(self, user):
        """Return the domain of the tickets on which a person worked, as ``_hands`` says of one."""
        did = [('done_by_id', '=', user.id)]
        tickets_sudo = self.sudo()  # the checklist is the technicians', and who asked may read neither the incident nor doubles
        own = Domain('resolved_by_id', '=', user.id) | Domain('step_ids', 'any', did) | Domain('item_ids', 'any', did)
        doubles = tickets_sudo._search(own & Domain('duplicate_of_id', '!=', False))
        worked = tickets_sudo._search(own)
        return Domain('id', 'in', worked) | Domain('parent_id', 'in', worked) | Domain('id', 'in', doubles.subselect('duplicate_of_id'))

    def _is_by_own_hand(self):
        """Tell whether who asked for this one ticket worked on it too, and so has no last word."""
        return self.requester_id in self._hands()

    def _call_second_if_own(self):
        """Call another technician to those of these solved tickets that turn out to be the own work of who asked, who is asked no more."""
        for ticket_sudo in self.sudo():  # whoever works on an incident calls people whom they may not see
            if ticket_sudo.state == 'resolved' and ticket_sudo._is_by_own_hand():
                ticket_sudo._forget_confirmation_request()
                ticket_sudo._call_for_work()

    @api.model
    def _get_approval_fields(self):
        return ('state', 'requester_id', *WORK, 'answered_at', 'asked_at')

    def _is_awaiting_approval(self):
        return self.state == 'resolved' and (self._is_by_own_hand() or self._has_word())

    def _get_doers(self):
        return self._hands() | self.requester_id

    # === CHECKS === #

    def _check_unanswered(self):
        """:raises UserError: a word came since a ticket was resolved, or waits to be read, or there was too little time for one"""
        days = self._get_silent_closure_days()
        for ticket in self.filtered(lambda ticket: ticket.state == 'resolved'):
            if ticket.answered_at:
                raise UserError(self.env._(
                    "%(number)s was answered: read the last message. Reply to it, or reopen the ticket; it is not without an answer.",
                    number=ticket.name))
            if ticket.asked_at:
                raise UserError(self.env._(
                    "%(number)s is not without an answer: who asked wrote after it was solved. They confirm it, it is reopened, or another technician closes it in words.",
                    number=ticket.name))
            if ticket._is_by_own_hand():
                raise UserError(self.env._(
                    "%(number)s is the own work of who asked, who has no last word. Another technician closes it in words.", number=ticket.name))
            ticket._check_nothing_unread()
            if ticket._days_waited() < days:
                raise UserError(
                    self.env._("The requester has one day to answer, counted in opening hours. Close it without an answer only after that.")
                    if days == 1 else self.env._(
                        "The requester has %(days)s days to answer, counted in opening hours. Close it without an answer only after that.",
                        days=days))

    def _check_nothing_unread(self):
        """Extended by rooms above, as ``_has_unread_word``. :raises UserError: something waits that may be the answer to this one ticket"""
        self.ensure_one()
        if self._has_word_to_come():
            raise UserError(self.env._("Somebody wrote a message on %(number)s that is to be posted later. Wait for it.", number=self.name))

    def _check_not_by_own_hand(self):
        """:raises AccessError: who asked for one of these tickets worked on it too"""
        for ticket in self:
            if ticket._is_by_own_hand():
                raise AccessError(self.env._(
                    "%(number)s is your own work: another technician closes it, and says why it counts as solved.", number=ticket.name))

    @api.model
    def _check_not_rated_by(self, values):
        """:raises AccessError: somebody gives a rating with a message, in whoever's name"""
        if values.get('rating_value') or values.get('rating_id'):
            raise AccessError(self.env._("How a ticket was is said by the colleague who asked, on the ticket, and stays as it was said."))

    # === SILENCE === #

    @api.model
    def _get_silent_closure_days(self):
        """Return after how many days without an answer a technician may close; at least one."""
        value = self.env['ir.config_parameter'].sudo().get_param(SILENT_DAYS_PARAM, '')
        return max(1, int(value)) if value.isdecimal() else SILENT_DAYS_DEFAULT

    def _days_waited(self):
        """Return for how many of the company's opening days this resolved ticket has waited for a word of its requester."""
        self.ensure_one()
        since = max(filter(None, (self.resolved_at, self.asked_at)), default=None)
        return self.env['it.calendar']._opening_days(self.company_id, since, clock.now(self.env)) if since else 0.0

    @api.model
    def _cron_close_silent(self):
        """Remind, and close, what waits for an answer; each ticket by itself, a bad one keeps nobody else waiting."""
        companies = self.env['res.company'].search([]).filtered(self._is_time_of_silence)  # every company  # pylint: disable=no-search-all
        # Where nothing is closed by itself, another technician is called all the same to what who asked wrote on.
        by_itself = Domain('company_id', 'in', companies.filtered('itc_silent_auto').ids) | Domain('asked_at', '!=', False)
        tickets = self.search(
            Domain('company_id', 'in', companies.ids) & Domain('state', '=', 'resolved') & Domain('answered_at', '=', False) & by_itself,
            order='resolved_at, id', limit=10 * BATCH)
        failed = None
        for place, ticket in enumerate(tickets):
            try:
                with self.env.cr.savepoint():
                    ticket._follow_silence()
            except Exception as error:  # noqa: BLE001  whatever it is, the others are due too
                self.env.invalidate_all()
                _logger.warning("Ticket %s could not be closed or reminded of: %s", ticket.id, error)
                failed = error
            if not self.env['ir.cron']._commit_progress(1, remaining=len(tickets) - place - 1):
                break
        if failed:
            raise failed

    @api.model
    def _is_time_of_silence(self, company):
        """Tell whether the company works today, and it is past the hour from which people get their mail of the day."""
        now, today = clock.now(self.env), clock.today(self.env, company)
        is_closed = self.env['it.calendar']._closed_days(company)
        return now >= local_time.to_utc(today, company.itc_reminder_time, company.itc_tz) and not (is_closed and is_closed(today))

    def _follow_silence(self):
        """Remind who asked, close the ticket, or do nothing yet."""
        self.ensure_one()
        if self.state != 'resolved' or self.answered_at or self._is_by_own_hand() or self._has_unread_word():
            return
        if self.asked_at:
            self._call_second()
            return
        warned = None
        if self.warned_at and self.warned_at >= self.resolved_at:
            warned = self.env['it.calendar']._opening_days(self.company_id, self.warned_at, clock.now(self.env))
        act = ticket_mail.silence(self._days_waited(), self._get_silent_closure_days(), warned)
        if act == 'warn' and self._tell(self.requester_id.partner_id, 'it_continuity.it_ticket_message_warned', QUESTION):
            self._transition({'warned_at': clock.now(self.env)})
        elif act == 'warn' or act == 'close' and self._did_mail_fail():
            self._call_unreached()
        elif act == 'close':
            self.with_context(lang=self.company_id._get_itc_lang())._close_as_silent(self._silence_reason())

    def _did_mail_fail(self):
        """Tell whether the reminder, or the question that was asked as the ticket was resolved, did not reach who asked."""
        self.ensure_one()
        asked_sudo = self.env['mail.message'].sudo().search([
            ('model', '=', self._name), ('res_id', '=', self.id), ('email_layout_xmlid', '=', QUESTION)],
            order='id desc', limit=2)
        return any(
            notice.res_partner_id == self.requester_id.partner_id and notice.notification_status in ('bounce', 'exception')
            for notice in asked_sudo.notification_ids)

    def _call_unreached(self):
        """Let who resolved it speak to who asked: no mail reaches them, and who hears nothing cannot answer."""
        self._call_to(
            self._workers_among(self.assignee_id) or self._people_on_duty(),
            lambda env: env._("Ask whether it is solved: no mail reaches who asked"))

    def _call_second(self):
        """Call another technician, once, when who asked wrote, was answered, and has said nothing for all the days that they have."""
        if self._days_waited() < self._get_silent_closure_days() or (self.warned_at and self.warned_at >= self.asked_at):
            return
        self._ask_second()
        self._transition({'warned_at': clock.now(self.env)})

    def _silence_reason(self):
        self = self.with_context(lang=self.company_id._get_itc_lang())
        days = self._get_silent_closure_days()
        told = {
            'resolved': self._local_day(self.resolved_at), 'warned': self._local_day(self.warned_at)}
        if days == 1:
            return self.env._("No word came in an opening day after %(resolved)s, nor after the reminder of %(warned)s.", **told)
        return self.env._(
            "No word came in %(days)s opening days after %(resolved)s, nor after the reminder of %(warned)s.", days=days, **told)

    def _local_day(self, moment):
        return format_date(self.env, local_time.local_date(moment, self.company_id.itc_tz))

    # === ANOTHER TECHNICIAN === #

    def _second_people(self):
        """Return who may close this one ticket in words: those on duty, else managers, else technicians, without who asked and who worked on it."""
        self.ensure_one()
        ticket_sudo = self.sudo()  # whoever takes a step calls people whom they may not see
        doers, company_sudo = ticket_sudo._get_doers(), ticket_sudo.company_id
        return (ticket_sudo._people_on_duty() - doers) or (company_sudo._itc_people() - doers) or (company_sudo._itc_people('technician') - doers)

    def _ask_second(self):
        """Call another technician to this one ticket."""
        self._call_to(self._second_people(), lambda env: env._("Ask whether it is solved, then close it in words or reopen it"))
