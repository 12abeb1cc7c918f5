import hashlib
import logging
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib import alert_call, sla
from ..mixins import clock
from ..mixins.time_words import moment_text
from .alert_call import Receiver
from .it_notification import CALL

_logger = logging.getLogger(__name__)

KINDS = {'first': 'activity', 'mail': 'mail', 'manager': 'mail', 'nag': 'mail', 'waits': 'mail'}
DAY_MIN = 24 * 60
FORGOTTEN_DAYS = 5  # opening days that a ticket may wait, unless more time than that is promised for it; and between two reminders
MOST = 5000  # open tickets that one pass looks at, those due first


class Case(NamedTuple):
    """One promise of one ticket of which somebody may have to hear now. It is told as ``clock``, ``response`` or ``resolution``.

    Or a pause of it, ``pause``: ``warned`` is when it began, ``deadline`` since when it is too long, ``number`` which reminder of it this is.
    """
    ticket: models.Model
    clock: str
    warned: fields.Datetime
    deadline: fields.Datetime
    number: int = 0


class ItTicketCall(models.Model):
    """A call to people about a ticket that is going to be late, or is: the ladder of alerts, climbed in the working hours of the promise.

    A step is taken once for each deadline; when a pause or another priority moves it, the ladder begins anew. Of a pause that lasts too
    long somebody is reminded every few opening days: while it lasts no promise calls, and what waits for nobody any more would be forgotten.
    """
    _name = 'it.ticket.call'
    _description = "Call about a Ticket"
    _inherit = ['it.guarded.mixin']
    _order = 'told_at desc, id desc'
    _rec_name = 'step'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'ticket_id', 'clock', 'deadline', 'step', 'told_at', 'user_ids'})

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    clock = fields.Selection(
        [('response', "First answer"), ('resolution', "Solution"), ('pause', "Waiting")], "What was promised", required=True, readonly=True)
    deadline = fields.Datetime("By", required=True, readonly=True)
    step = fields.Selection(
        [('first', "Warned"), ('mail', "Told that it is late"), ('manager', "Told the managers"), ('nag', "Told again"),
         ('ways', "Told by every channel"), ('waits', "Told that it waits")],
        "What was told", required=True, readonly=True)
    told_at = fields.Datetime("Told on", required=True, readonly=True)
    user_ids = fields.Many2many('res.users', 'it_ticket_call_user_rel', string="Who was told", readonly=True, context={'active_test': False})

    _promise_idx = models.Index('(ticket_id, clock, deadline)')

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raises UserError: always; who was told is part of the record"""
        raise UserError(self.env._("Who was told of a late ticket stays listed."))

    # === CRON === #

    @api.model
    def _cron_follow(self):
        """Bring the clocks of tickets up to date that run, and tell whoever has to hear of one; a company that fails keeps no other waiting.

        So do those that are solved and on which a word came since that no technician has answered: it may say that they are not.
        """
        runs = Domain('state', 'in', ('new', 'in_progress')) | (Domain('state', '=', 'resolved') & Domain('answered_at', '!=', False))
        tickets = self.env['it.ticket'].search(runs, order='due_at, id', limit=MOST)
        failed = None
        for company, mine in tickets.grouped('company_id').items():
            try:
                with self.env.cr.savepoint():
                    mine._refresh_clocks()
                    self._call(company, mine)
                    self._call_forgotten(company, mine)
            except Exception as error:  # noqa: BLE001  whatever it is, the other companies are due too
                self.env.invalidate_all()
                _logger.warning("The late tickets of company %s could not be told of: %s", company.id, error)
                failed = error
            self.env['ir.cron']._commit_progress(1)
        if failed:
            raise failed

    # === WHO HAS TO HEAR === #

    @api.model
    def _note_known(self, tickets):
        """Note that nobody has to be called at once to what of these tickets is late by now."""
        now = clock.now(self.env)
        late = [case for case in self._cases(tickets, now) if case.deadline < now]
        self._note(alert_call.STEPS[-1], {case: self.env['res.users'] for case in late}, now)

    @api.model
    def _call(self, company, tickets):
        """Take the step that is due with each promise of these tickets of one company."""
        if not company.itc_sla_warn_percent:
            return
        now, by_step = clock.now(self.env), {}
        cases = [case for case in self._cases(tickets, now) if case.warned <= now]
        known, ladder = self._known(cases), company._itc_alert_ladder()
        is_open = {
            calendar: bool(self.env['it.calendar']._work_spans(company, now, now + timedelta(minutes=1), calendar))
            for calendar in {case.ticket.target_calendar_id for case in cases}}
        for case in cases:
            climbed, told_at = known.get((case.ticket, case.clock, case.deadline), (0, None))
            step = alert_call.due_step(self._ladder(ladder, case, climbed, told_at), climbed, case.warned, told_at, now)
            if step and is_open[case.ticket.target_calendar_id]:
                by_step.setdefault(step, []).append(case)
        for step, group in by_step.items():
            self._take(company, step, group, now)

    @api.model
    def _call_forgotten(self, company, tickets):
        """Remind of each pause of these tickets of one company that is longer than any wait should be, as long as it lasts."""
        waiting, calendar, now = tickets.filtered('waiting_for'), self.env['it.calendar'], clock.now(self.env)
        if not (waiting and company.itc_sla_warn_percent):
            return
        work = calendar._work_spans(company, min(waiting.mapped('waiting_since')), now + timedelta(minutes=1))
        is_open = bool(work) and work[-1][0] <= now < work[-1][1]
        hours = FORGOTTEN_DAYS * calendar._hours_a_day(company)
        if not (is_open and hours):
            return
        told = self.search([('ticket_id', 'in', waiting.ids), ('clock', '=', 'pause')], order='told_at, id').grouped('ticket_id')
        cases = []
        for ticket in waiting:
            since, first_h = ticket.waiting_since, max(hours, ticket.resolution_hours)
            calls = told.get(ticket, self.browse()).filtered(lambda call, since=since: call.told_at >= since)
            number = sla.reminder(since, calls.mapped('told_at'), (first_h, hours), work, now)
            if number:
                long_at = calls[:1].deadline or sla.due(since, first_h, work).replace(microsecond=0)
                cases.append(Case(ticket, 'pause', since, long_at, number))
        if cases:
            self._take(company, 'waits', cases, now)

    @api.model
    def _cases(self, tickets, now):
        """Return the promises of these open tickets that run or are missed, as :class:`Case`."""
        cases = []
        for ticket in tickets:
            if ticket.response_state in ('running', 'missed') and not ticket.first_answer_at and ticket.response_warn_at:
                cases.append(Case(ticket, 'response', ticket.response_warn_at, ticket.respond_by))
            if ticket.resolution_state in ('running', 'missed') and not ticket.waiting_for and ticket.resolution_warn_at:
                cases.append(Case(ticket, 'resolution', ticket.resolution_warn_at, ticket.due_at))
        return cases

    @api.model
    def _known(self, cases):
        """Return ``{(ticket, clock, deadline): (how many steps were taken, when the last one was)}``."""
        calls = self.search(Domain('ticket_id', 'in', [case.ticket.id for case in cases]), order='told_at, id')
        known = {}
        for call in calls:
            key = (call.ticket_id, call.clock, call.deadline)
            number = alert_call.STEPS.index(call.step) + 1 if call.step in alert_call.STEPS else 0
            known[key] = (max(number, known.get(key, (0, None))[0]), call.told_at)
        return known

    @api.model
    def _ladder(self, ladder, case, climbed, told_at):
        """Return a company's ladder for a promise: warned, missed, and on from there as with alerts; then at most once a day."""
        delays = sla.delays(case.warned, case.deadline, ladder, climbed, told_at)
        return alert_call.Ladder(delays, ladder.nag_min and max(ladder.nag_min, DAY_MIN))

    # === MESSAGES === #

    @api.model
    def _take(self, company, step, cases, now):
        """Tell the receivers of one step: a message each, or one in all to whom there would be too many."""
        told, due = {number: self.env['res.users'] for number in range(len(cases))}, {}
        for number, receivers in self._receivers(company, step, cases).items():
            for receiver in receivers:
                due.setdefault(receiver, []).append(number)
        for letter in alert_call.letters(due, {}, company.itc_alert_burst):
            user = self.env['res.users'].browse(letter.receiver.user or [])
            self._queue_letter(letter.receiver, step, [cases[number] for number in letter.alerts], now)
            for number in letter.alerts:
                told[number] |= user
        self._note(step, {cases[number]: users for number, users in told.items()}, now)

    @api.model
    def _receivers(self, company, step, cases):
        """Return ``{number of a case: [Receiver]}``: people by the company's channel for them, or the channels that many read."""
        if step == 'ways':
            ways = [Receiver(way.id, 0) for way in company._itc_alert_ways()]
            return dict.fromkeys(range(len(cases)), ways)
        channel = company._itc_alert_person_channel(KINDS[step])
        return {
            number: [Receiver(channel.id, user.id) for user in users] if channel else []
            for number, users in self._audiences(company, step, cases).items()}

    @api.model
    def _note(self, step, told, now):
        """:param told: ``{:class:`Case`: res.users}``"""
        with self._past_guard():
            self.create([{
                'ticket_id': case.ticket.id, 'clock': case.clock, 'deadline': case.deadline, 'step': step, 'told_at': now,
                'user_ids': [(4, user.id) for user in users]} for case, users in told.items()])

    @api.model
    def _audiences(self, company, step, cases):
        """Return ``{number of a case: res.users}``: who has the ticket, the role on duty, or its managers; leave and working hours count.

        Of a long wait who has it and the managers hear together, and of most reminders who has it alone.
        """
        duty, managers = self.env['it.alert.duty'], company._itc_people().ids
        admins = self.env.ref('base.group_system').all_user_ids.ids
        circles = {}
        for number, case in enumerate(cases):
            has, role = case.ticket.assignee_id.ids, case.ticket.category_id.role_id
            if step == 'waits' and sla.managers_hear(case.number):
                nearest = [[*has, *(role.manager_ids.ids or managers)]]
            elif step == 'waits':
                nearest = [has, role.user_ids.ids, role.manager_ids.ids]
            elif step == 'manager':
                nearest = [role.manager_ids.ids or managers]
            elif step == 'first':
                nearest = [has, role.user_ids.ids, role.manager_ids.ids]
            else:
                nearest = [[*has, *role.user_ids.ids], role.manager_ids.ids]
            circles[number] = [*nearest, managers, admins]
        people = duty._people(company, {user for found in circles.values() for circle in found for user in circle}, circles)
        return {number: self.env['res.users'].browse(alert_call.audience(found, people)) for number, found in circles.items()}

    @api.model
    def _queue_letter(self, receiver, step, cases, now):
        """Queue one message to one person, or to a channel that many read: of one promise, or of several."""
        channel, user = self.env['it.notification.channel'].sudo().browse(receiver.channel), self.env['res.users'].browse(receiver.user or [])
        company = channel.company_id
        theirs = self.with_context(lang=user.lang or company._get_itc_lang(), tz=user.tz or company.itc_tz)
        keys = [f'{case.ticket.id}:{case.clock}:{case.deadline:%y%m%d%H%M%S}{f":{case.number}" if case.number else ""}' for case in cases]
        tail = f'{step}{f"{now:%y%m%d}" if step == "nag" else ""}:{receiver.name}'
        base, severity = self.get_base_url(), 'warning' if step in ('first', 'waits') else 'critical'
        readable = self._readable(user, cases)
        titles = [theirs._title(case, case.ticket in readable, now) for case in cases]
        if len(cases) == 1:
            [case] = cases
            message = self.env['it.notification']._queue(
                channel, f'{CALL}{keys[0]}:{tail}', titles[0], theirs._text(case, step, case.ticket in readable), severity,
                f'{base}/odoo/it-tickets/{case.ticket.id}', case.ticket, user)
        else:
            digest = hashlib.sha256(' '.join(keys).encode()).hexdigest()[:16]
            message = self.env['it.notification']._queue(
                channel, f'{CALL}digest:{digest}:{tail}',
                theirs.env._("%s tickets have waited for long", len(cases)) if step == 'waits'
                else theirs.env._("%s tickets are late or soon will be", len(cases)),
                '\n'.join(titles), severity, f'{base}/odoo/it-tickets', None, user)
        if message and step != 'waits':  # each of them is open now, so that a list of several goes now, by the hours of its first ticket
            message._transition({'call_calendar_id': cases[0].ticket.target_calendar_id.id})

    @api.model
    def _readable(self, user, cases):
        """Return which tickets of these a person may read; of a channel that many read none. An administrator need not be a reader."""
        tickets = self._tickets(cases)
        return tickets.with_user(user).with_context(allowed_company_ids=[])._filtered_access('read') if user else tickets.browse()

    @api.model
    def _tickets(self, cases):
        return self.env['it.ticket'].union(*(case.ticket for case in cases))

    @api.model
    def _title(self, case, is_reader, now):
        """Return one line about a promise, in the language and time zone of the environment.

        Who reads a channel may not be one who reads tickets, nor need an administrator be: to them it says what kind of request it is, and none
        of its words.
        """
        ticket = case.ticket.with_env(self.env)
        told = {'number': ticket.name, 'subject': ticket.subject if is_reader else ticket.category_id.name}
        told['at'] = moment_text(self.env, case.deadline)
        if case.clock == 'pause':
            told['at'] = moment_text(self.env, case.warned)
            return self.env._("%(number)s waits since %(at)s: %(subject)s", **told)
        if case.clock == 'response':
            return (
                self.env._("%(number)s was to be answered by %(at)s: %(subject)s", **told) if case.deadline < now
                else self.env._("%(number)s is to be answered by %(at)s: %(subject)s", **told))
        if ticket.resolution_state == 'missed':
            return self.env._("%(number)s was to be solved by %(at)s: %(subject)s", **told)
        return self.env._("%(number)s is to be solved by %(at)s: %(subject)s", **told)

    @api.model
    def _text(self, case, step, is_reader):
        """Return the message about a promise as plain text."""
        ticket = case.ticket.with_env(self.env)
        lines = [self.env._("%(name)s has it.", name=ticket.assignee_id.name) if ticket.assignee_id else self.env._("Nobody has it yet.")]
        if is_reader:
            lines.insert(0, self.env._(
                "Asked for by %(name)s on %(at)s.", name=ticket.requester_id.name, at=moment_text(self.env, ticket.requested_at)))
        if step == 'waits' and is_reader:
            lines.append(self.env._("It waits for this: %(reason)s", reason=ticket.waiting_reason))
        if step == 'waits':
            lines.append(
                self.env._("Ask again, or go on with it. This is told for the last time.") if case.number == sla.MOST_REMINDERS
                else self.env._("Ask again, or go on with it. This is told again every %s opening days as long as it waits.", FORGOTTEN_DAYS))
        if step == 'manager':
            lines.append(self.env._("You read this as a manager: those who work on such tickets were told before."))
        return '\n'.join(lines)
