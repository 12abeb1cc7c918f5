from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib import sla
from ..mixins import clock
from ..mixins.groups import WORKERS

PRIORITIES = [('0', "Normal"), ('1', "Soon"), ('2', "Urgent")]
LEVELS = [('low', "Low"), ('normal', "Normal"), ('high', "High")]
STATES = [('none', "No target"), ('running', "Running"), ('paused', "Paused"), ('met', "Met"), ('missed', "Missed")]
WAITS = [('requester', "The requester"), ('outside', "Somebody outside")]
CLOCK_FIELDS = (
    'respond_by', 'due_at', 'response_warn_at', 'resolution_warn_at', 'response_state', 'resolution_state', 'response_worked_hours',
    'resolution_worked_hours')
SETTLED = ('met', 'missed')
# How far ahead Odoo is asked for working hours; farther only for what is not due by then.
HORIZONS = tuple(timedelta(days=days) for days in (16, 90, 400))
MOST_TARGETS = 1000


class ItTicketSlaMixin(models.AbstractModel):
    """Within how much working time a ticket is to be answered and solved, and what came of it.

    The answer is due by when the ticket was logged: nobody can answer what is on paper. The solution is due by when it was asked for,
    without what the ticket had to wait for (``it.ticket.pause``). A change of priority or kind brings other hours and begins nothing
    anew; what is late by then stays late, and what is answered or solved is judged by the promise that held then.
    """
    _name = 'it.ticket.sla.mixin'
    _description = "Working Time Promised for a Ticket"
    _inherit = ['it.guarded.mixin']

    impact = fields.Selection(LEVELS, help="How much is hit: one person's convenience, one person's work, or the work of many.")
    urgency = fields.Selection(LEVELS, help="How soon it hurts: some day, in the next days, or now.")
    priority = fields.Selection(
        PRIORITIES, compute='_compute_priority', store=True, readonly=False, precompute=True, required=True, tracking=True,
        help="It follows from impact and urgency as they are chosen; it can also be chosen by itself.")
    response_hours = fields.Float(
        "Promised: answered within", compute='_compute_promise', store=True, precompute=True, aggregator=None, help="Working hours. Zero: nothing is promised.")
    resolution_hours = fields.Float(
        "Promised: solved within", compute='_compute_promise', store=True, precompute=True, aggregator=None, help="Working hours. Zero: nothing is promised.")
    target_calendar_id = fields.Many2one(
        'resource.calendar', string="Working hours of the promise", compute='_compute_promise', store=True, precompute=True, ondelete='set null',
        help="Empty: the company's.")
    first_answer_at = fields.Datetime(
        "First answer", readonly=True, copy=False,
        help="When a technician first wrote to who asked, spoke with them as the ticket was logged, or began to work; never who asked themselves.")
    respond_by = fields.Datetime(
        "Answer by", compute='_compute_clocks', store=True, help="In working time from when it was logged.")
    due_at = fields.Datetime(
        "Expected by", compute='_compute_clocks', store=True,
        help="When it may be expected to be solved: in working time from when it was asked for, without what it had to wait for.")
    response_warn_at = fields.Datetime("Warning before the answer is late", compute='_compute_clocks', store=True)
    resolution_warn_at = fields.Datetime("Warning before the solution is late", compute='_compute_clocks', store=True)
    response_state = fields.Selection(STATES, "Answered in time", compute='_compute_clocks', store=True)
    resolution_state = fields.Selection(
        STATES, "Solved in time", compute='_compute_clocks', store=True,
        help="Paused also while it is solved and waits for its requester; it is met once that is confirmed, or closed without their word.")
    response_worked_hours = fields.Float(
        "Working hours to the first answer", compute='_compute_clocks', store=True, aggregator='avg')
    resolution_worked_hours = fields.Float(
        "Working hours to the solution", compute='_compute_clocks', store=True, aggregator='avg', help="Without what it had to wait for.")
    pause_ids = fields.One2many('it.ticket.pause', 'ticket_id', string="Pauses", readonly=True, groups=WORKERS)
    waiting_for = fields.Selection(WAITS, compute='_compute_waiting', store=True)
    waiting_since = fields.Datetime(compute='_compute_waiting', store=True)
    waiting_reason = fields.Text("What is waited for", compute='_compute_waiting', store=True)

    # === COMPUTE METHODS === #

    @api.depends('impact', 'urgency')
    def _compute_priority(self):
        for ticket in self:
            is_said = ticket.impact or ticket.urgency
            ticket.priority = sla.priority(ticket.impact, ticket.urgency) if is_said else ticket.priority or '0'

    @api.depends('category_id', 'priority', 'company_id', 'reopen_count')
    def _compute_promise(self):
        # sudo: targets are no employee's to read, and those of every company are looked through
        targets_sudo = self.env['it.sla.target'].sudo().with_context(active_test=True).search(
            Domain('category_id', 'in', [False, *self.category_id.ids]) & Domain('company_id', 'in', [False, *self.company_id.ids]), limit=MOST_TARGETS)
        known = targets_sudo._as_plain()
        for ticket in self:
            category = ticket.category_id
            target = sla.choose(known, category._origin.id, ticket.company_id._origin.id, ticket.priority or '0', category.expected_hours)
            target = ticket._promise_instead(target)
            ticket.response_hours = ticket.response_hours if ticket.first_answer_at else target.response
            ticket.resolution_hours = ticket.resolution_hours if ticket.resolved_at else target.resolution
            ticket.target_calendar_id = ticket.target_calendar_id if ticket.resolved_at else target.calendar

    @api.depends(
        'requested_at', 'response_hours', 'resolution_hours', 'target_calendar_id', 'first_answer_at', 'started_at', 'resolved_at', 'answered_at',
        'asked_at', 'closed_at', 'state', 'pause_ids.started_at', 'pause_ids.ended_at')
    def _compute_clocks(self):
        logged = self.filtered(lambda ticket: ticket.create_date and ticket.requested_at)
        (self - logged).update({**dict.fromkeys(CLOCK_FIELDS, False), 'response_state': 'none', 'resolution_state': 'none'})
        for (company, calendar), tickets in logged.grouped(lambda ticket: (ticket.company_id, ticket.target_calendar_id)).items():
            tickets._set_clocks(company, calendar)

    @api.depends('pause_ids.ended_at', 'pause_ids.kind')
    def _compute_waiting(self):
        for ticket in self:
            pause_sudo = ticket.sudo().pause_ids.filtered(lambda pause: not pause.ended_at and pause.kind != 'confirmation')[:1]
            ticket.waiting_for, ticket.waiting_since, ticket.waiting_reason = pause_sudo.kind, pause_sudo.started_at, pause_sudo.reason

    # === ACTION METHODS === #

    def action_wait(self, reason):
        """Ask who asked for something that only they know; the time stands still until a word of theirs comes.

        :raises UserError: it waits already, or is not worked on
        """
        self._stand_still('requester', reason)

    def action_hold(self, reason):
        """Let the time stand still until somebody outside has delivered, repaired or said something.

        :raises UserError: it waits already, or is not worked on
        """
        self._stand_still('outside', reason)

    def action_resume(self):
        """Go on with tickets that waited."""
        self._check_technician()
        self._check_state('in_progress')
        # sudo: a technician ends a colleague's pause, which nobody writes by hand
        self.sudo().pause_ids.filtered(lambda pause: not pause.ended_at)._end(self.env.user)

    # === CHECKS === #

    def _check_asked_first(self):
        """:raises UserError: a person logs these tickets as asked for when they cannot have been"""
        for ticket in self:
            ticket._check_asked(ticket.requested_at)

    def _check_asked_anew(self, vals):
        """:raises UserError: a person writes that these tickets were asked for when they cannot have been, or later than is noted so far"""
        asked = fields.Datetime.to_datetime(vals.get('requested_at'))
        for ticket in self if asked else ():
            ticket._check_asked(asked, ticket.create_date, ticket.requested_at)

    def _check_asked(self, asked, logged=None, known=None):
        """:raises UserError: a person says that this ticket was asked for when it cannot have been, or later than is noted so far"""
        refusal = None if self.env.su else sla.refusal(asked.replace(microsecond=0), clock.now(self.env), logged, known)
        if refusal:
            raise UserError({
                'future': self.env._("“Requested on” lies in the future. Enter when the colleague asked."),
                'too_early': self.env._("“Requested on” lies more than two years back. Look at the year that was typed."),
                'later': self.env._(
                    "“Requested on” of %(number)s is corrected to an earlier moment only, as what was promised counts from there.", number=self.name),
            }[refusal])

    # === WAITING === #

    def _stand_still(self, kind, reason):
        self._check_technician()
        reason = self._checked_reason(reason)
        self._check_state('new', 'in_progress')
        for ticket in self:
            if ticket.waiting_for:
                raise UserError(self.env._("%(number)s waits already. Go on with it first.", number=ticket.name))
            if ticket.state == 'new':
                ticket.action_start()
            self.env['it.ticket.pause']._begin(ticket, kind, reason)
            ticket._say_to_followers(
                self.env._("To go on we need your word: %(reason)s", reason=reason) if kind == 'requester'
                else self.env._("This waits for somebody outside: %(reason)s", reason=reason))

    def _take_word_for_clock(self, author, user, is_from_work, is_reply):
        """Note what a person's word means for what was promised: a first answer, or what a ticket waited for. Superuser mode.

        The time of one that is solved runs again from a word on it until a technician replies, and then waits for its confirmation anew.

        :param user: who wrote it, empty if nobody knows
        :param bool is_from_work: whether they work on tickets
        :param bool is_reply: whether the one who asked gets to read it
        """
        for ticket in self:
            if is_from_work and ticket.requester_id.partner_id != author:
                if is_reply and ticket.state == 'new' and not ticket.first_answer_at:
                    ticket._transition({'first_answer_at': clock.now(self.env)})
                elif is_reply and ticket.state == 'resolved' and ticket.answered_at:
                    ticket._open_pauses()._end(user)
                    self.env['it.ticket.pause']._begin(ticket, 'confirmation')
            elif ticket.waiting_for == 'requester' or ticket.state == 'resolved':
                ticket._open_pauses()._end(user)

    def _open_pauses(self):
        return self.pause_ids.filtered(lambda pause: not pause.ended_at)

    # === STEPS === #

    def _stop_clocks(self, vals):
        """Note what the step that begins means for what was promised: work is an answer, and what was waited for is over.

        :return: ``{ticket: when it was closed}`` of those that were, for ``_start_clocks``
        """
        if 'state' not in vals:
            return {}
        now, state = clock.now(self.env), vals['state']
        if state in ('in_progress', 'resolved') or (state == 'cancelled' and self._is_technician()):
            # Who takes up their own request answers nobody; nor does a colleague who goes on with it later.
            self.filtered(lambda ticket: not ticket.first_answer_at and not ticket._own_since() and ticket.requester_id != self.env.user)._transition(
                {'first_answer_at': now})
        if state == 'closed':
            self._recompute_recordset(CLOCK_FIELDS)  # what stands at the solution, if that is of this moment too
        closed_at = {ticket: ticket.closed_at for ticket in self if ticket.state == 'closed'}
        # sudo: who confirms or cancels writes no pauses; they end before the ticket is sealed
        self.sudo().pause_ids.filtered(lambda pause: not pause.ended_at)._end(self.env.user)
        return closed_at

    def _start_clocks(self, vals, closed_at):
        """Let what the step solved wait for its confirmation, and take out the time for which what goes on was closed without an answer.

        :param closed_at: see ``_stop_clocks``
        """
        for ticket in self:
            if vals.get('state') == 'resolved':
                self.env['it.ticket.pause']._begin(ticket, 'confirmation')
            elif vals.get('state') == 'in_progress' and closed_at.get(ticket):  # closed without an answer, and then there was one
                self.env['it.ticket.pause']._begin(
                    ticket, 'confirmation', started_at=closed_at[ticket], ended_at=clock.now(self.env), ended_by_id=self.env.uid)

    def _note_answered_by_logging(self):
        self.filtered(lambda ticket: ticket._is_answered_by_logging())._transition({'first_answer_at': clock.now(self.env)})

    def _is_answered_by_logging(self):
        """Tell whether a technician spoke with who asked, and logged it for them."""
        self.ensure_one()
        return self.channel in ('phone', 'walk_in', 'chat') and self.logged_by_id != self.requester_id and self._is_technician()

    # === THE PROMISE === #

    def _promise_instead(self, target):
        """Return what another promise is for this one ticket: what is late by the one that it has stays late.

        Asked as the promise is computed anew, so that it looks at nothing that is computed of it.
        """
        self.ensure_one()
        old = sla.Target(self.response_hours, self.resolution_hours, self.target_calendar_id._origin.id or None)
        if not (self.create_date and self.requested_at and (old.response or old.resolution) and sla.is_longer(old, target)):
            return target
        now, asked_at, logged_at, pauses = clock.now(self.env), self._asked_at(), self._logged_at(), self._pauses()
        work = self.env['it.calendar']._work_spans(self.company_id, asked_at, now, self.target_calendar_id)
        waits = max((began for began, ended in pauses if not ended), default=None)
        respond_by, due_at = _due(logged_at, old.response, work), _due(asked_at, old.resolution, work, pauses)
        return sla.replaced(
            old, target, answer_late=not self.first_answer_at and sla.state(respond_by or None, now) == 'missed',
            solution_late=not self.resolved_at and sla.state(due_at or None, now, paused=waits) == 'missed')

    def _own_since(self):
        """Return since when who asked works on this one ticket themselves, which nobody else had answered: no answer is waited for any more."""
        return not self.first_answer_at and self.started_at

    def _asked_at(self):
        """Return from when on the time for the solution of this one ticket runs."""
        return sla.sane(self.requested_at, self.create_date.replace(microsecond=0), clock.now(self.env))

    def _logged_at(self):
        """Return from when on an answer to this one ticket is waited for."""
        return max(self.create_date.replace(microsecond=0), self._asked_at())

    def _pauses(self):
        """Return the pauses of this one ticket, up to when it was solved, as ``(start, end or None)``."""
        solved_at = self._solved_at()
        return [
            (pause.started_at, pause.ended_at or None) for pause in self.sudo().pause_ids if not solved_at or pause.started_at < solved_at]

    def _solved_at(self):
        """Return when this one ticket was solved: with the reply, if a word came since, and not yet while one waits for a reply."""
        return False if self.state == 'resolved' and self.answered_at else self.resolved_at and (self.asked_at or self.resolved_at)

    # === THE CLOCKS === #

    def _refresh_clocks(self):
        """Compute anew what depends on the hour, and on working hours and days off that were changed since."""
        for name in CLOCK_FIELDS:
            self.env.add_to_compute(self._fields[name], self)
        self.flush_recordset(CLOCK_FIELDS)

    def _set_clocks(self, company, calendar):
        """Set the clocks of tickets of one company that run in the same working hours; Odoo is asked once for all of them."""
        now, left = clock.now(self.env), self
        for horizon in HORIZONS:
            asked = [ticket._asked_at() for ticket in left]
            work = self.env['it.calendar']._work_spans(company, min(asked), max(now, *asked) + horizon, calendar)
            late = self.browse()
            for ticket in left:
                values = ticket._clock_values(work, now)
                is_missing = any(hours and not values[name] for name, hours in (
                    ('respond_by', ticket.response_hours), ('due_at', ticket.resolution_hours)))
                if is_missing and horizon != HORIZONS[-1]:
                    late |= ticket
                else:
                    ticket.update(values)
            left = late
            if not left:
                return

    def _clock_values(self, work, now):
        """Return what the clocks of this one ticket show.

        :param work: the spans of working time since the ticket was asked for
        """
        self.ensure_one()
        if self.state == 'closed' and self.resolved_at and (self.due_at or not self.resolution_hours):
            # judged by the working hours of the day on which it was solved, whatever became of them since; what was met is sealed as met
            due_at = self.due_at if self.resolution_hours else None
            judged = 'met' if self.resolution_state == 'met' else self._clock_state(due_at, now, self._solved_at())
            return {**{name: self[name] for name in CLOCK_FIELDS}, 'resolution_state': judged}
        share = (self.company_id.itc_sla_warn_percent or 100) / 100
        asked_at, logged_at, pauses = self._asked_at(), self._logged_at(), self._pauses()
        respond_by = self.respond_by
        if not (self.first_answer_at and respond_by and self.response_state in SETTLED):
            respond_by = _due(logged_at, self.response_hours, work)
        due_at = _due(asked_at, self.resolution_hours, work, pauses)
        own_since = self._own_since()
        answer_state = self._clock_state(respond_by, now, self.first_answer_at or own_since)
        return {
            'respond_by': respond_by,
            'due_at': due_at,
            'response_warn_at': not own_since and _due(logged_at, self.response_hours * share, work),
            'resolution_warn_at': _due(asked_at, self.resolution_hours * share, work, pauses),
            'response_state': 'none' if own_since and answer_state == 'met' else answer_state,  # nobody is in time for themselves
            'resolution_state': self._clock_state(due_at, now, self._solved_at(), self.waiting_since, is_final=self.state == 'closed'),
            'response_worked_hours': self.first_answer_at and sla.worked(logged_at, self.first_answer_at, work),
            'resolution_worked_hours': self.resolved_at and sla.worked(asked_at, self._solved_at() or now, work, pauses),
        }

    def _clock_state(self, deadline, now, stopped, paused=False, *, is_final=True):
        if self.state == 'cancelled' and not stopped:
            return sla.dropped(sla.state(deadline or None, self.closed_at or now))
        return sla.state(deadline or None, now, stopped or None, paused or None, is_final=is_final)


def _due(start, hours, work, pauses=()):
    """Return when hours are over, in whole seconds; False if there are none, or if work ends before."""
    moment = sla.due(start, hours, work, pauses) if hours else None
    return moment and moment.replace(microsecond=0) or False
