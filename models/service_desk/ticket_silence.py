import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...lib import local_time, ticket_mail
from ..mixins import clock
from .ticket_mail import QUESTION

_logger = logging.getLogger(__name__)

BATCH = 200


class ItTicketSilenceMixin(models.AbstractModel):
    """What becomes of a resolved ticket when no word comes: its requester is reminded once, then the software closes it as silent.

    Days are the company's opening days, and nothing is sent or closed on others. Any word ends it for this solution: what who asked wrote on is
    never silent, also once a technician has answered. Then, after as many days, another technician is called to close it in words. A word
    that comes when it is closed already calls a technician, however late: no mail opens a ticket by itself, a person reads it and does.
    """
    _name = 'it.ticket.silence.mixin'
    _description = "Silence on a Ticket"

    warned_at = fields.Datetime(
        "Reminded on", readonly=True, copy=False, help="When who asked was last told that the ticket is going to be closed without an answer, or another technician called to close it in words.")

    # === CRON === #

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

    # === BUSINESS METHODS === #

    @api.model
    def _is_time_of_silence(self, company):
        """Tell whether the company works today, and it is past the hour from which people get their mail of the day."""
        now, today = clock.now(self.env), clock.today(self.env, company)
        is_closed = self.env['it.calendar']._closed_days(company)
        return now >= local_time.to_utc(today, company.itc_reminder_time, company.itc_tz) and not (is_closed and is_closed(today))

    def _follow_silence(self):
        """Remind who asked, close the ticket, or do nothing yet."""
        self.ensure_one()
        if self.state != 'resolved' or self.answered_at or self._is_by_own_hand() or self._has_unread_mail() or self._has_word_to_come():
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

    def _is_word_awaited(self):
        """Tell whether a word on this one ticket is an answer: it waits for one, or was closed because none came."""
        self.ensure_one()
        return self.state == 'resolved' or self._was_closed_without_word()

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

    def _has_unread_mail(self):
        """Tell whether a mail about this ticket, or of who asked, waits since then for somebody to look at it: that may be the answer."""
        self.ensure_one()
        address = self.requester_id.sudo().email_normalized
        of_requester = Domain('requester_id', '=', self.requester_id.id) | (Domain('address', '=', address) if address else Domain.FALSE)
        return bool(self.env['it.ticket.mail.unrouted'].sudo().search_count(
            Domain([('state', '=', 'waiting'), ('received_at', '>=', self.resolved_at)]) & (Domain('about_id', '=', self.id) | of_requester), limit=1))

    def _has_word_to_come(self):
        """Tell whether somebody who does not work on this ticket, or who asked for it, wrote a message that is to be posted later."""
        self.ensure_one()
        # sudo: it is nobody's to read before it is posted
        authors_sudo = self.env['mail.scheduled.message'].sudo().search([('model', '=', self._name), ('res_id', '=', self.id)]).author_id
        return any(author == self.requester_id.partner_id or not any(map(self._is_worker, author.user_ids)) for author in authors_sudo)
