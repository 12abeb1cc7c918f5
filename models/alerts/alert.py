from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..mixins import clock
from ..outbox.sender import TODO

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
OPEN_STATES = ('open', 'acknowledged', 'snoozed')
# A silence that lasts longer than this is forgotten, not silence.
MAX_SILENCE_DAYS = 30
# A ticket that waits for a yes or a no is worked on by nobody.
WORKED_ON = ('new', 'in_progress')


class ItAlert(models.Model):
    """Something that is wrong and that somebody has to hear of: one for each root cause, opened and closed by what was measured.

    Which alerts there are says ``it.alert.watch``, who hears of them ``it.alert.call``. People take one over, acknowledge it, or put it
    off until a moment; nobody closes one by hand.
    """
    _name = 'it.alert'
    _description = "Alert"
    _inherit = ['it.guarded.mixin', 'it.mean.mixin', 'it.alert.words', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'is_open desc, severity_rank desc, opened_at desc, id desc'
    _rec_names_search = ['number', 'name']
    _allow_sudo_commands = False
    _mean_where = {'acknowledge_min': 'acknowledged_at', 'resolve_min': 'resolved_at'}
    _guarded_fields = frozenset({
        'number', 'name', 'company_id', 'state', 'severity', 'cause_key', 'cause_kind', 'check_id', 'asset_id', 'is_flapping', 'has_flapped', 'is_covered',
        'began_at', 'detected_at', 'opened_at', 'resolved_at', 'reopen_count', 'acknowledged_at', 'acknowledged_by_id', 'silence_kind', 'silenced_at',
        'silenced_by_id', 'silence_reason', 'silenced_until', 'snooze_count', 'hidden_text', 'line_ids', 'merged_into_id', 'ticket_id',
        'told_keys', 'told_ids', 'round_no', 'climbed', 'nag_count', 'ladder_from', 'last_call_at', 'next_call_at', 'news', 'news_at',
    })

    number = fields.Char(required=True, readonly=True, copy=False)
    name = fields.Char("What is wrong", required=True, readonly=True)
    company_id = fields.Many2one('res.company', readonly=True, index=True, help="Empty: it concerns something that every company shares.")
    state = fields.Selection(
        selection=[
            ('open', "Open"),
            ('acknowledged', "Acknowledged"),
            ('snoozed', "Put off"),
            ('resolved', "Over"),
            ('merged', "Part of another"),
        ],
        required=True, readonly=True, default='open', index=True, tracking=True, group_expand='_expand_states')
    is_open = fields.Boolean(compute='_compute_is_open', store=True, index=True)
    severity = fields.Selection(
        [('warning', "Warning"), ('critical', "Critical")], required=True, readonly=True, default='critical', index=True, tracking=True)
    severity_rank = fields.Integer(compute='_compute_severity_rank', store=True, aggregator=None)
    cause_key = fields.Char(required=True, readonly=True, index=True)
    cause_kind = fields.Selection(
        [('host', "A silent host"), ('presumed', "The hosts behind it are silent"), ('check', "A check")], "Cause", required=True, readonly=True)
    check_id = fields.Many2one('it.check', readonly=True, index='btree_not_null', ondelete='set null', help="The check that is the cause.")
    asset_id = fields.Many2one('it.asset', string="About", readonly=True, index='btree_not_null', ondelete='set null')
    owner_id = fields.Many2one(
        'res.users', string="Who has it", index='btree_not_null', tracking=True, ondelete='set null',
        domain=lambda self: [('all_group_ids', 'in', self.env.ref(TECHNICIAN).id)])
    note = fields.Text(help="What was found out so far.")
    is_flapping = fields.Boolean("Flapping", readonly=True, help="It comes and goes so often that single changes are not told.")
    has_flapped = fields.Boolean("Has flapped", readonly=True)
    is_covered = fields.Boolean("In a downtime", readonly=True, help="A planned downtime has begun since: nobody is told while it lasts.")

    # When
    began_at = fields.Datetime("Since", required=True, readonly=True, help="Since when it has been bad: the first bad result, or the last word.")
    detected_at = fields.Datetime("Detected", required=True, readonly=True, help="When that was certain.")
    opened_at = fields.Datetime("Opened", required=True, readonly=True)
    resolved_at = fields.Datetime("Over since", readonly=True)
    reopen_count = fields.Integer("Came back", readonly=True, help="How often it came back soon after it was over.")
    detect_min = fields.Float("Minutes to detect", compute='_compute_minutes', store=True, aggregator='avg', digits=(16, 1))
    acknowledge_min = fields.Float("Minutes to acknowledge", compute='_compute_minutes', store=True, aggregator='avg', digits=(16, 1))
    resolve_min = fields.Float("Minutes to resolve", compute='_compute_minutes', store=True, aggregator='avg', digits=(16, 1))

    # Silence with an end
    acknowledged_at = fields.Datetime("Acknowledged on", readonly=True)
    acknowledged_by_id = fields.Many2one('res.users', string="Acknowledged by", readonly=True, ondelete='restrict')
    silence_kind = fields.Selection([('acknowledged', "Acknowledged"), ('snoozed', "Put off")], "Kind of silence", readonly=True)
    silenced_at = fields.Datetime("Silent since", readonly=True)
    silenced_by_id = fields.Many2one('res.users', string="Silenced by", readonly=True, ondelete='restrict')
    silence_reason = fields.Text("Why", readonly=True)
    silenced_until = fields.Datetime("Silent until", readonly=True)
    snooze_count = fields.Integer("Times put off", readonly=True)
    hidden_text = fields.Text("What a downtime hid", readonly=True, help="What happened in the downtime before this alert opened.")

    # What belongs to it
    line_ids = fields.One2many('it.alert.line', 'alert_id', string="What belongs to it", readonly=True)
    open_line_count = fields.Integer("Bad now", compute='_compute_open_line_count')
    affected_ids = fields.Many2many('it.asset', string="Stops with it", compute='_compute_affected_ids')
    merged_into_id = fields.Many2one('it.alert', string="Part of", readonly=True, index='btree_not_null', ondelete='restrict')
    # As superuser: the check may be that of another company's host, about what every company shares.
    runbook = fields.Text("What to do", compute='_compute_runbook', compute_sudo=True)
    summary = fields.Char("Last word", compute='_compute_summary', compute_sudo=True, help="What the check that is the cause said last.")
    ticket_id = fields.Many2one(
        'it.ticket', readonly=True, copy=False, index='btree_not_null', ondelete='set null')
    has_open_ticket = fields.Boolean("Is worked on in a ticket", compute='_compute_has_open_ticket')
    can_read_ticket = fields.Boolean("Its ticket may be read", compute='_compute_can_read_ticket')

    # Who heard of it
    told_keys = fields.Json(readonly=True)  # keys of the problems of which its messages spoke
    told_ids = fields.Many2many('res.users', 'it_alert_told_rel', string="Who was told", readonly=True)
    round_no = fields.Integer(readonly=True)  # the ladder begins anew after each silence
    climbed = fields.Integer("Steps taken", readonly=True)
    nag_count = fields.Integer(readonly=True)
    ladder_from = fields.Datetime(readonly=True)
    last_call_at = fields.Datetime("Last told", readonly=True)
    next_call_at = fields.Datetime("Next told", readonly=True)
    news = fields.Json(readonly=True)  # what people have to hear beside the ladder: {step: {company id: receivers told already}}
    news_at = fields.Datetime(readonly=True)  # when they do, unless it is not so any more

    _cause_uniq = models.UniqueIndex(
        "(cause_key) WHERE state IN ('open', 'acknowledged', 'snoozed')", "There is an open alert for this cause already.")
    _number_uniq = models.Constraint('UNIQUE(number)', "Two alerts cannot have the same number.")
    _call_idx = models.Index("(next_call_at) WHERE state = 'open'")
    _news_idx = models.Index("(news_at) WHERE news_at IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends('number', 'name')
    @api.depends_context('uid')
    def _compute_display_name(self):
        """Name what is wrong to who may enter the company of which it is, as tickets do: another company's alert may be part of it."""
        companies = self.env.user.company_ids
        for alert in self:
            is_ours = self.env.uid == SUPERUSER_ID or alert.company_id <= companies
            alert.display_name = " ".join(filter(None, (alert.number, is_ours and alert.name)))

    @api.depends('state')
    def _compute_is_open(self):
        for alert in self:
            alert.is_open = alert.state in OPEN_STATES

    @api.depends('severity')
    def _compute_severity_rank(self):
        for alert in self:
            alert.severity_rank = ('warning', 'critical').index(alert.severity)

    @api.depends('began_at', 'detected_at', 'opened_at', 'acknowledged_at', 'resolved_at')
    def _compute_minutes(self):
        for alert in self:
            alert.detect_min = _minutes(alert.began_at, alert.detected_at)
            alert.acknowledge_min = _minutes(alert.opened_at, alert.acknowledged_at)
            alert.resolve_min = _minutes(alert.began_at, alert.resolved_at)

    @api.depends('line_ids.until')
    def _compute_open_line_count(self):
        counts = dict(self.env['it.alert.line']._read_group(
            [('alert_id', 'in', self.ids), ('until', '=', False)], ['alert_id'], ['__count']))
        for alert in self:
            alert.open_line_count = counts.get(alert._origin, 0)

    @api.depends('asset_id')
    def _compute_affected_ids(self):
        for alert in self:
            alert.affected_ids = alert.asset_id.impact_ids

    @api.depends('check_id.runbook', 'check_id.template_id.runbook', 'asset_id.runbook')
    @api.depends_context('lang')
    def _compute_runbook(self):
        for alert in self:
            alert.runbook = alert.check_id.runbook or alert.check_id.template_id.runbook or alert.asset_id.runbook

    @api.depends('check_id')
    def _compute_summary(self):
        for alert in self:
            alert.summary = alert.check_id.summary

    @api.depends('ticket_id.state')
    def _compute_has_open_ticket(self):
        for alert in self:
            alert.has_open_ticket = alert.sudo().ticket_id.state in WORKED_ON  # sudo: only whether; of what every company shares it may be another's

    @api.depends('ticket_id')
    @api.depends_context('uid')
    def _compute_can_read_ticket(self):
        readable = self.ticket_id.with_context(allowed_company_ids=[])._filtered_access('read')
        for alert in self:
            alert.can_read_ticket = alert.ticket_id in readable

    # === CRUD METHODS === #

    def write(self, vals):
        """:raises UserError: somebody is to have an alert that is over"""
        if 'owner_id' in vals and not self.env.su and not all(self.mapped('is_open')):
            raise UserError(self.env._("This alert is over: nobody has to have it."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raises UserError: always; what was wrong stays on record"""
        raise UserError(self.env._("An alert stays: it is the record of what was wrong, and of who heard of it."))

    # === ACTION METHODS === #

    def action_take(self):
        """Have these alerts from now on, without silencing them."""
        self._check_technician()
        self._check_state(*OPEN_STATES)
        self.write({'owner_id': self.env.uid})

    def action_ask_acknowledge(self):
        """Open the window that asks why and until when nobody else need care."""
        return self._ask('acknowledge')

    def action_ask_snooze(self):
        """Open the window that asks why and until when this is put off."""
        return self._ask('snooze')

    def action_acknowledge(self, reason, until):
        """Say that the current user sees to these alerts: nobody else is told until a moment, unless it gets worse.

        :param until: naive UTC
        :raises UserError: no reason, no end or one too far away, or an alert that is over
        """
        self._silence('acknowledged', reason, until)
        now = clock.now(self.env)
        for alert in self:
            alert._transition({
                'acknowledged_at': alert.acknowledged_at or now, 'acknowledged_by_id': self.env.uid,
                'owner_id': alert.owner_id.id or self.env.uid})

    def action_snooze(self, reason, until):
        """Put these alerts off until a moment: nobody is told before, unless it gets worse.

        :raises UserError: as ``action_acknowledge``
        """
        self._silence('snoozed', reason, until)
        for alert in self:
            alert._transition({'snooze_count': alert.snooze_count + 1})

    def action_end_silence(self):
        """Let people be told again from now on; every technician may, whoever silenced it."""
        self._check_technician()
        self._check_state('acknowledged', 'snoozed')
        self._end_silence(self.env.user)

    def action_make_ticket(self):
        """Make a ticket of this one alert, or join the one about the same asset that is worked on; and open it.

        A ticket that is solved already does not count: an alert that is still there gets another, and its chatter names both.

        :raises AccessError: the person is no technician
        """
        self.ensure_one()
        self._check_technician()
        self.check_access('write')
        if not self.ticket_id or self.is_open and not self.has_open_ticket:
            ticket = self._find_ticket() or self.env['it.ticket'].create(self._prepare_ticket())
            self._link_ticket(ticket)
        return self.action_open_ticket()

    @api.readonly
    def action_open_ticket(self):
        """Open the ticket of this one alert."""
        self.ensure_one()
        self.check_access('read')
        return {'type': 'ir.actions.act_window', 'res_model': 'it.ticket', 'res_id': self.ticket_id.id, 'views': [(False, 'form')]}

    # === BUSINESS METHODS === #

    @api.model
    def _expand_states(self, values, _domain):
        """Show a column for each open state, and for the others only when they have alerts."""
        return [state for state, _name in self._fields['state'].selection if state in OPEN_STATES or state in values]

    @api.model
    def _action_of(self, domain):
        """Return the list of some alerts, open ones first. :raises AccessError: the person may read none"""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_alert_action')
        return action | {'domain': domain, 'context': {}}

    def _check_technician(self):
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on alerts."))

    def _ask(self, kind):
        self._check_technician()
        self._check_state(*OPEN_STATES)
        return self.env['it.alert.silence']._open(self, kind)

    # === SILENCE === #

    def _silence(self, state, reason, until):
        """:raises UserError: see ``action_acknowledge``"""
        self._check_technician()
        self.check_access('write')
        reason = self._checked_reason(reason)
        until = self._checked_until(until)
        self._check_state(*OPEN_STATES)
        now = clock.now(self.env)
        for alert in self:
            if alert.state in ('acknowledged', 'snoozed'):  # this one takes its place, and lists nothing of before
                alert._log_silence_end(self.env.user, alert._hidden_since(alert.silenced_at, now))
            alert._transition({
                'state': state, 'silence_kind': state, 'silenced_at': now, 'silenced_by_id': self.env.uid, 'silence_reason': reason, 'silenced_until': until,
                'next_call_at': False, 'news': False, 'news_at': False})
            alert._log_silence(state, reason, until)
        self._forget_activities()
        self.env['it.alert.watch']._wake(until)

    @api.model
    def _checked_until(self, until):
        """Return the end of a silence. :raises UserError: there is none, it is over, or too far away"""
        until = until and fields.Datetime.to_datetime(until)
        now = clock.now(self.env)
        if not until:
            raise UserError(self.env._("Say until when: a silence without an end is forgotten."))
        if until <= now:
            raise UserError(self.env._("Until: this moment is over already."))
        if until > now + timedelta(days=MAX_SILENCE_DAYS):
            raise UserError(self.env._("Until: at most %(most)s days from now.", most=MAX_SILENCE_DAYS))
        return until

    def _end_silence(self, user=None, why=None):
        """Tell people again of these silenced alerts, with what the silence hid; the ladder begins anew.

        :param user: who ended it before its time; None when it is over
        :param why: a sentence for the chatter when neither ended it
        """
        now = clock.now(self.env)
        for alert in self:
            if alert.silenced_at:
                alert._log_silence_end(user, alert._hidden_since(alert.silenced_at, now), why)
            alert._transition({
                'state': 'open', 'silence_kind': False, 'silenced_at': False, 'silenced_by_id': False, 'silence_reason': False, 'silenced_until': False,
                'round_no': alert.round_no + 1, 'climbed': 0, 'nag_count': 0, 'ladder_from': now, 'last_call_at': False, 'next_call_at': now,
                'news': False, 'news_at': False})
        self.env['it.alert.watch']._wake()

    def _list_silence(self):
        """List what the silence of these alerts hid, which ended before it did: what came after that is told by others, or when they come back."""
        for alert in self:
            alert._log_silence_end(None, alert._hidden_since(alert.silenced_at, alert.resolved_at))
            alert._transition({'silenced_at': False})  # listed; the rest says that people are told again if it comes back

    def _forget_activities(self):
        """Take the calls away from everybody who got one: somebody sees to it, or it is over. What people planned stays."""
        todo = self.env.ref(TODO)
        # sudo: whoever ends it takes them from colleagues
        self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == todo and activity.create_uid.id == SUPERUSER_ID).unlink()

    # === WHAT THE SOFTWARE SAYS === #

    def _settings(self):
        """Return the company by whose settings people hear of this one alert; of what every company shares, the first."""
        return self.company_id or self.env.ref('base.main_company')

    def _companies(self):
        """Return the companies whose people hear of this one alert: its own. Of what every company shares, the first and all that it stops something of."""
        if self.company_id:
            return self.company_id
        parts = self.line_ids.filtered(lambda line: line.part != 'suppressed' and not (self.is_open and line.until))
        stopped = self.env['it.asset'] if self.cause_kind == 'check' else self.affected_ids
        return self._settings() | parts.company_id | stopped.company_id

    def _resolve(self, lines):
        """Close this one alert: its cause is over. People who got mail hear of it once it has not come back for a while."""
        now = clock.now(self.env)
        lines._transition({'until': now})
        settle = timedelta(minutes=self._settings().itc_alert_settle_min)
        news = self._news_to_keep() | ({'over': {}} if self.climbed > 1 else {})
        self._transition({
            'state': 'resolved', 'resolved_at': max(now, self.began_at), 'is_flapping': False, 'is_covered': False, 'next_call_at': False,
            'news': news or False, 'news_at': now + settle if news else False})
        self._forget_activities()
        self._say(self._resolved_words())

    def _reopen(self):
        """Open this one alert again: the same came back within the settle time. Who was told is not told again, unless a silence ended meanwhile."""
        now = clock.now(self.env)
        is_silent = bool(self.silenced_until) and self.silenced_until > now
        news = self._news_to_keep()
        self._transition({
            'state': self.silence_kind if is_silent else 'open', 'resolved_at': False, 'reopen_count': self.reopen_count + 1,
            'ladder_from': now, 'next_call_at': False if is_silent else now, 'news': news or False, 'news_at': now if news else False})
        self._say(self.env._("It came back."))
        if self.silenced_until and not is_silent:
            self._end_silence()

    def _news_to_keep(self):
        """Return what somebody has still to hear of this one alert once it is over or comes back: that there is one, who has not heard of it."""
        return {step: told for step, told in (self.news or {}).items() if step not in ('worse', 'flapping', 'over')}

    def _move(self, values, is_left):
        """Let this one alert be for another cause, which is behind the one it was for, or what is left of it.

        :param is_left: its messages spoke of this cause. Any other is more than what somebody silenced, unless it is still the same asset.
        """
        is_more = not is_left and (values['asset_id'] != self.asset_id.id or self.cause_kind == 'check' and values['cause_kind'] != 'check')
        self._transition(values)
        self._say(self.env._("The cause is now: %(name)s", name=self.name))
        if is_more and self.state in ('acknowledged', 'snoozed'):
            self._end_silence(why=self.env._("The silence was for less than this and ends: %(reason)s", reason=self.silence_reason))

    def _merge(self, into, lines):
        """Let this one alert be part of another: it had the same cause. What goes with it is told by ``_goes_along``."""
        now = clock.now(self.env)
        was_heard, values = self.state == 'open' and not self.is_covered, self._goes_along(into)
        lines._transition({'until': now})
        self._transition({'state': 'merged', 'merged_into_id': into.id, 'resolved_at': now, 'next_call_at': False, 'news': False, 'news_at': False})
        into._transition(values)
        self._forget_activities()
        self._say(
            self.env._("It is part of %(number)s: %(name)s", number=into.number, name=into.name) if self._sayable(into, self.company_id)
            else self.env._("It is part of %(number)s.", number=into.number))
        into._say(
            self.env._("%(number)s turned out to be part of it: %(name)s", number=self.number, name=self.name) if into._sayable(self, into.company_id)
            else self.env._("%(number)s turned out to be part of it.", number=self.number))
        if self.has_open_ticket and 'ticket_id' in values:
            into._message_log(body=into._ticket_words(self.ticket_id, joins=True))
        if was_heard and into.state in ('acknowledged', 'snoozed'):
            into._end_silence(why=into.env._("The silence was for less than this and ends: %(reason)s", reason=into.silence_reason))

    def _goes_along(self, into):
        """Return what another alert gets from this one, which is about to be part of it, as values.

        A ticket that somebody works on goes before one that is solved, and its own before this one's. It gets no ticket and nobody who
        has it that belong to another company. What people were told of this one counts for the other, too; not what people of another
        company were told, nor what somebody has silenced since.
        """
        values, ticket = {'told_keys': sorted({*(into.told_keys or ()), *(self.told_keys or ())})}, self.ticket_id
        is_better = not into.ticket_id or self.has_open_ticket and not into.has_open_ticket
        if ticket and is_better and (not into.company_id or ticket.company_id == into.company_id):
            values['ticket_id'] = ticket.id
        if not into.owner_id and into.company_id <= self.owner_id.company_ids:
            values['owner_id'] = self.owner_id.id
        # after a silence the ladder of the other began anew: what was told of its part before does not count
        if self.state == 'open' and self._is_alike(into.company_id) and not (into.round_no and not into.climbed):
            values |= {
                'climbed': max(into.climbed, self.climbed), 'last_call_at': into.last_call_at or self.last_call_at,
                'told_ids': [(4, user.id) for user in self.told_ids]}
        return values

    def _is_alike(self, company):
        """Tell whether those who read this one alert are those who read what belongs to a company (empty: to all)."""
        return self.company_id == company or self.env['res.company'].sudo().search_count([], limit=2) == 1

    def _note_worse(self):
        """Have people told that this one alert got worse, also who silenced it; before its first message there is nothing to add."""
        self._say(self.env._("It got worse: it is critical now."))
        if self.climbed or self.state != 'open':
            self.env['it.alert.call']._note_news(self, 'worse')
        if self.state == 'open':  # quiet hours put off what is told of a warning; they are none for this
            now = clock.now(self.env)
            self._transition({'next_call_at': now, 'ladder_from': min(self.ladder_from, now)})

    def _note_flapping(self):
        self._say(self.env._("It flaps: it comes and goes so often that single changes are not told."))
        if self.climbed and self.state == 'open':
            self.env['it.alert.call']._note_news(self, 'flapping')

    def _note_joined(self, companies):
        """Have the people of companies told of which something belongs to this one alert only now, when others have heard of it already."""
        if companies and self.climbed and self.state == 'open':
            self.env['it.alert.call']._note_news(self, 'joined', companies)

    # === TICKETS === #

    def _find_ticket(self):
        """Return the ticket, still worked on, that an incident about the same asset joins, if there is one."""
        if not self.asset_id:
            return self.env['it.ticket']
        return self.env['it.ticket'].search([
            ('asset_id', '=', self.asset_id.id), ('state', 'in', WORKED_ON), ('category_id.nature', '=', 'incident'),
        ], order='id', limit=1)

    def _prepare_ticket(self):
        company = self.company_id or self.env.company
        values = self.env['it.ticket']._prepare_values(self.name, self._ticket_description(company), self._ticket_category(), self.asset_id)
        return {**values, 'company_id': company.id, 'priority': '2' if self.severity == 'critical' else '1', 'assignee_id': self.env.uid}

    def _ticket_category(self):
        """Return the kind of ticket for trouble: “Something else”, which is the only one that fits every asset."""
        return self.env.ref('it_continuity.ticket_category_other', raise_if_not_found=False)

    def _link_ticket(self, ticket):
        """Say that a ticket is about this one alert. Its chatter says nothing of it: that is read by who asked, who sees no alert."""
        joins = bool(ticket.alert_ids or ticket.state != 'new')
        self._transition({'ticket_id': ticket.id})
        self._message_log(body=self._ticket_words(ticket, joins))
        (self | ticket.alert_ids).invalidate_recordset(['ticket_id'])


def _minutes(start, end):
    return (end - start).total_seconds() / 60 if start and end else 0.0
