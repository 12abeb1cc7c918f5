from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import babel_locale_parse

from ...lib import local_time
from ...lib.ticket_family import OPEN, WORKED_ON
from ..mixins import clock
from ..mixins.notice import notice
from . import request_fields
from .ticket_mail import TAKE_UP
from .ticket_second import TECHNICIAN, WITHOUT_WORD

EMPLOYEE_FIELDS = frozenset({
    'category_id', 'subject', 'description', 'requested_for_id', 'asset_id', 'priority', 'attachment_ids', 'request_values',
    'impact', 'urgency'})
TECHNICIAN_FIELDS = frozenset({'requested_at', 'channel', 'assignee_id', 'company_id', 'step_ids'})
# What waits for a technician stands before what waits for the requester; what nobody has stands first.
QUEUE_RANK = {'new': 1, 'in_progress': 1, 'resolved': 2, 'closed': 3, 'cancelled': 3}
MAX_FILE_MB = 20
SILENT_DAYS_PARAM = 'it_continuity.silent_closure_days'
SILENT_DAYS_DEFAULT = 7


class ItTicket(models.Model):
    """Something a colleague asked for: who and for whom, what was done, and whether they agree that it is done.

    ``display_name`` is number and subject for who may read the ticket, and the number alone for everybody else: it shows wherever
    somebody may read a record that points here.
    """
    _name = 'it.ticket'
    _description = "IT Ticket"
    _inherit = [
        'it.ticket.request.mixin', 'it.ticket.deed.mixin', 'it.ticket.sla.mixin', 'it.ticket.family.mixin', 'it.ticket.load.mixin', 'it.guarded.mixin',
        'it.mean.mixin', 'it.sealed.mixin', 'it.ticket.mail.mixin', 'it.ticket.answer.mixin', 'it.ticket.silence.mixin', 'it.ticket.gateway.mixin',
        'it.ticket.second.mixin', 'it.ticket.origin.mixin', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'queue_rank, priority desc, due_at, id'
    _rec_names_search = ['name', 'subject']
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = frozenset({
        'name', 'state', 'logged_by_id', 'started_at', 'resolved_at', 'resolved_by_id', 'answered_at', 'asked_at', 'closed_at',
        'confirmation_kind', 'confirmed_by_id', 'confirmed_at', 'silent_reason', 'cancel_reason', 'reopen_reason', 'reopen_count', 'reopened_at', 'origin_link', 'warned_at',
        'first_answer_at', 'duplicate_of_id', 'parent_id', 'is_withdrawn',
    })
    _fixed_fields = frozenset({'requester_id'})
    _mean_where = {
        'rating_last_value': 'rating_last_value', 'response_worked_hours': 'first_answer_at', 'resolution_worked_hours': 'resolved_at'}
    _seal_states = ('closed',)
    _seal_name = 'subject'
    _seal_columns = (
        'name', 'subject', 'description', 'category_id', 'company_id', 'priority', 'requester_id', 'channel', 'requested_at', 'logged_by_id',
        'assignee_id', 'state', 'started_at', 'resolved_at', 'closed_at', 'confirmation_kind', 'confirmed_by_id', 'confirmed_at',
        'silent_reason', 'reopen_reason', 'reopen_count', 'request_values', 'request_text', 'department_id', 'origin_link', 'requested_for_id',
        'asset_id', 'impact', 'urgency', 'first_answer_at', 'respond_by', 'due_at', 'response_state', 'resolution_state',
        'parent_id', 'duplicate_of_id')
    _unsealed_fields = frozenset({'answered_at', 'asked_at'})
    _seal_parts = {'work': 'step_ids', 'checklist': 'item_ids', 'records': 'record_ids', 'pauses': 'pause_ids'}

    name = fields.Char("Number", required=True, readonly=True, copy=False)
    subject = fields.Char(required=True)
    description = fields.Html()
    attachment_ids = fields.Many2many(
        'ir.attachment', string="Files or photos", copy=False, help="Only who may read the ticket may read them.")
    category_id = fields.Many2one('it.ticket.category', required=True, index=True, tracking=True)
    request_values = request_fields.RequestProperties(
        "What the category asks", definition='category_id.request_fields', copy=True,
        help="The fields of the form that the category has.")
    request_words = fields.Char(compute='_compute_request_words', search='_search_request_words', help="What was typed into these fields.")
    instructions = fields.Html(related='category_id.instructions')
    line_id = fields.Many2one(related='category_id.line_id')
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True, tracking=True)
    requester_id = fields.Many2one(
        'res.users', string="Requested by", required=True, index=True, copy=False, domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
        help="Who asks, and who later confirms that it is solved. Fixed once the ticket is logged.")
    requested_for_id = fields.Many2one(
        'hr.employee', string="For whom", check_company=True, index='btree_not_null', ondelete='restrict',
        help="The colleague who needs it, when it is not the one who asks.")
    channel = fields.Selection(
        selection=[
            ('odoo', "Odoo"),
            ('phone', "Phone"),
            ('walk_in', "In person"),
            ('chat', "Chat"),
            ('qr', "QR code"),
            ('email', "E-mail"),
            ('paper', "Paper"),
        ],
        required=True,
        default='odoo',
        copy=False,
        help="How the request came in.",
    )
    requested_at = fields.Datetime(
        "Requested on", required=True, default=lambda self: clock.now(self.env), copy=False, tracking=True,
        help="When the colleague asked; earlier than the logging when it came in on paper or by phone.")
    logged_by_id = fields.Many2one(
        'res.users', string="Logged by", required=True, readonly=True, copy=False, index=True,
        default=lambda self: self.env.user)
    asset_id = fields.Many2one(
        'it.asset', string="About", check_company=True, index='btree_not_null', ondelete='restrict', tracking=True, help="The system it concerns.")
    assignee_id = fields.Many2one(
        'res.users', string="Assigned to", index='btree_not_null', copy=False, tracking=True, ondelete='restrict',
        domain=lambda self: [('all_group_ids', 'in', self.env.ref(TECHNICIAN).id)])
    state = fields.Selection(
        selection=[
            ('new', "New"),
            ('in_progress', "In progress"),
            ('resolved', "Resolved"),
            ('closed', "Closed"),
            ('cancelled', "Cancelled"),
        ],
        required=True,
        readonly=True,
        default='new',
        copy=False,
        index=True,
        tracking=True,
        group_expand='_expand_states',
    )
    queue_rank = fields.Integer(
        "Order in the queue", compute='_compute_queue_rank', store=True, aggregator=None,
        help="What nobody has comes first, then what is worked on, what waits for somebody, and what is closed.")
    age = fields.Char(compute='_compute_age', help="Since it was requested; of a closed ticket, how long it took.")
    step_ids = fields.One2many('it.ticket.step', 'ticket_id', string="Resolution steps")
    item_ids = fields.One2many(
        'it.ticket.item', 'ticket_id', string="Checklist", readonly=True, groups=f'{TECHNICIAN},it_continuity.it_continuity_group_auditor')
    open_items = fields.Char(compute='_compute_open_items', help="What has to be ticked on the checklist before it can be resolved.")
    minutes_total = fields.Integer("Minutes worked", compute='_compute_minutes_total', store=True)
    started_at = fields.Datetime("Started on", readonly=True, copy=False)
    resolved_at = fields.Datetime("Resolved on", readonly=True, copy=False)
    answered_at = fields.Datetime(
        "Answered on", readonly=True, copy=False,
        help="When a word came that no technician has answered since the ticket was resolved, or closed without an answer; nobody closes it as "
             "unanswered then.")
    asked_at = fields.Datetime(
        "Asked again on", readonly=True, copy=False, help="When a technician last answered such a word; it is not without an answer any more.")
    closed_at = fields.Datetime("Closed on", readonly=True, copy=False)
    confirmation_kind = fields.Selection(
        selection=[('requester', "By the requester"), ('silent', "Silent: no answer came"), ('colleague', "By another technician, in words")],
        string="Confirmation", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', string="Closure recorded by", readonly=True, copy=False, ondelete='restrict')
    confirmed_at = fields.Datetime("Closure recorded on", readonly=True, copy=False)
    silent_reason = fields.Text("Why without the requester's word", readonly=True, copy=False)
    cancel_reason = fields.Text("Why cancelled", readonly=True, copy=False)
    is_withdrawn = fields.Boolean("Taken back", readonly=True, copy=False, help="A colleague cancelled what they had asked for; else a technician did, an own one too.")
    reopen_reason = fields.Text("Why reopened last", readonly=True, copy=False)
    reopen_count = fields.Integer("Reopened", readonly=True, copy=False)
    reopened_at = fields.Datetime("Reopened last on", readonly=True, copy=False)
    is_requester = fields.Boolean(compute='_compute_is_requester')
    can_edit = fields.Boolean(compute='_compute_can_edit', help="Whether the one who looks may still change the request.")
    can_resolve = fields.Boolean(compute='_compute_can_resolve', help="It is worked on, and what was done is recorded.")
    can_close_silently = fields.Boolean(
        compute='_compute_can_close_silently', help="No word came in all the days that the requester has to answer.")

    _name_uniq = models.Constraint('UNIQUE(name)', "Two tickets cannot have the same number.")
    _closure_complete = models.Constraint(
        "CHECK(state != 'closed' OR (confirmation_kind IS NOT NULL AND confirmed_by_id IS NOT NULL AND confirmed_at IS NOT NULL))",
        "A closed ticket tells who recorded its closure, when and how.")
    _open_idx = models.Index("(company_id, assignee_id) WHERE state IN ('new', 'in_progress', 'resolved')")

    # === COMPUTE METHODS === #

    @api.depends('name', 'subject')
    @api.depends_context('uid')
    def _compute_display_name(self):
        if not self.env.su:
            self.check_access('read')
        # as the one who looks, also where a link to it is read in superuser mode, and whatever companies are switched on
        readable = self.with_user(self.env.uid).with_context(allowed_company_ids=[])._filtered_access('read')
        readable_ids = set(readable._ids)
        for ticket in self:
            names = (ticket.name, ticket.subject) if ticket.id in readable_ids else (ticket.name,)
            ticket.display_name = " ".join(name for name in names if name)

    @api.depends('state', 'assignee_id', 'answered_at', 'confirmation_kind', 'waiting_for', 'is_carried')
    def _compute_queue_rank(self):
        for ticket in self:
            state = 'in_progress' if ticket._is_answered() else 'resolved' if ticket.waiting_for else ticket.state
            ticket.queue_rank = QUEUE_RANK[state] if ticket.assignee_id or ticket.is_carried or state not in ('new', 'in_progress') else 0

    @api.depends('requested_at', 'closed_at')
    @api.depends_context('lang')
    def _compute_age(self):
        locale, now = babel_locale_parse(self.env.context.get('lang')), clock.now(self.env)
        for ticket in self:
            ticket.age = ticket.requested_at and format_timedelta(
                (ticket.closed_at or now) - ticket.requested_at, granularity='minute', locale=locale)

    @api.depends('step_ids.minutes')
    def _compute_minutes_total(self):
        minutes = dict(self.env['it.ticket.step']._read_group([('ticket_id', 'in', self.ids)], ['ticket_id'], ['minutes:sum']))
        for ticket in self:
            ticket.minutes_total = minutes.get(ticket._origin, 0)

    @api.depends('requester_id')
    @api.depends_context('uid')
    def _compute_is_requester(self):
        for ticket in self:
            ticket.is_requester = ticket.requester_id == self.env.user

    @api.depends('state')
    @api.depends_context('uid')
    def _compute_can_edit(self):
        states = ('new', 'in_progress', 'resolved') if self._is_technician() else ('new',)
        for ticket in self:
            ticket.can_edit = ticket.state in states and ticket.has_access('write')

    @api.depends('state', 'step_ids.is_earlier')
    def _compute_can_resolve(self):
        for ticket in self:
            ticket.can_resolve = ticket.state == 'in_progress' and not all(ticket.step_ids.mapped('is_earlier'))

    @api.depends('state', 'resolved_at', 'answered_at', 'asked_at')
    def _compute_can_close_silently(self):
        days = self._get_silent_closure_days()
        for ticket in self:
            ticket.can_close_silently = (
                ticket.state == 'resolved' and not ticket._is_awaiting_approval() and ticket._days_waited() >= days
                and not ticket._has_unread_mail() and not ticket._has_word_to_come())

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get('default_state', 'new') != 'new':
            raise UserError(self.env._("A ticket starts as “New”. Log it there."))
        if not self.env.su and not self._is_technician():
            # An employee asks now; only what came in on paper or by phone was asked for earlier.
            vals_list = [{**vals, 'requested_at': clock.now(self.env)} for vals in vals_list]
        tickets = super().create(vals_list)
        tickets._check_logged_by_employee()
        tickets._keep_files()
        tickets._hand_out()
        for ticket in tickets:
            ticket.message_subscribe(ticket.requester_id.partner_id.ids)
        tickets._call_for_work()
        tickets._tell_logged()
        return tickets

    def write(self, vals):
        self._check_edit(vals)
        result = super().write(vals)
        if 'attachment_ids' in vals:
            self._keep_files()
        if {'assignee_id', 'category_id'} & vals.keys():
            self._call_for_work()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raises UserError: always; what a colleague asked for is theirs, and no rank takes it away"""
        raise UserError(self.env._("A ticket stays as a record of what somebody asked for. Cancel it instead."))

    # === ACTION METHODS === #

    def action_send(self):
        """Thank who has just logged it, with the number to refer to."""
        self.ensure_one()
        self.check_access('read')
        return notice(
            self.env._("The request is %(number)s. Follow it here or under My Tickets.", number=self.name), title=self.env._("Thank you"))

    def action_assign_to_me(self):
        """Take these tickets, whoever had them, without starting the work."""
        self._check_technician()
        self._check_state('new', 'in_progress', 'resolved')
        self.write({'assignee_id': self.env.uid})

    def action_start(self):
        """Take the work up; who takes an unassigned ticket up gets it."""
        self._check_technician()
        self._check_state('new')
        for ticket in self:
            ticket._transition({
                'state': 'in_progress',
                'started_at': clock.now(self.env),
                'assignee_id': ticket.assignee_id.id or self.env.uid,
            })

    def action_resolve(self):
        """Say that it is solved and ask the requester to confirm."""
        self._check_technician()
        self._check_state('new', 'in_progress')
        self._check_has_steps()
        self._check_items()
        self._check_no_open_changes()
        now = clock.now(self.env)
        for ticket in self:
            ticket._transition({
                'state': 'resolved', 'resolved_at': now, 'resolved_by_id': self.env.uid, 'answered_at': False, 'asked_at': False,
                'started_at': ticket.started_at or now})
            ticket._ask_for_confirmation()

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

    def action_cancel(self, reason):
        """Drop a request: its requester before the work starts, a technician before it is resolved."""
        reason = self._checked_reason(reason)
        if self._is_technician():
            self._check_state('new', 'in_progress')
        else:
            if any(ticket.requester_id != self.env.user for ticket in self):
                raise AccessError(self.env._("Only the colleague who asked and the technicians can cancel a ticket."))
            self._check_state('new')
        # A technician alone takes no trouble out of the figures, their own neither.
        self._transition({
            'state': 'cancelled', 'closed_at': clock.now(self.env), 'cancel_reason': reason, 'is_withdrawn': not self._is_technician()})
        for ticket in self:
            ticket._say_to_followers(self.env._("Cancelled: %(reason)s", reason=reason))

    # === BUSINESS METHODS === #

    @api.model
    def _get_guarded_values(self, vals):
        company_id = vals.get('company_id') or self.env.company.id
        return {'name': self.env['ir.sequence'].with_company(company_id).next_by_code('it.ticket')}

    @api.model
    def _prepare_values(self, subject, description=False, category=None, asset=None):
        """Return what ``create`` needs for a ticket that another record gives rise to; without a category it is “Something else”.

        :param str description: HTML
        """
        category = category or self.env.ref('it_continuity.ticket_category_other', raise_if_not_found=False)
        category = category or self.env['it.ticket.category'].search([], order='sequence desc', limit=1)
        return {
            'subject': subject, 'description': description, 'category_id': category.id, 'asset_id': asset.id if asset else False,
            **({'company_id': asset.company_id.id} if asset and asset.company_id else {}),
        }

    @api.model
    def _expand_states(self, values, _domain):
        """Show a column for each open state, and for a closed one only when it has tickets."""
        return [state for state, _name in self._fields['state'].selection if state in OPEN or state in values]

    def _keep_files(self):
        """Tie the files that came with these tickets to them, so that who reads the ticket reads them and nobody else does.

        :raises UserError: a file is too large
        """
        for file in self._named_files():  # a fresh upload lies nowhere yet, and is its uploader's
            if file.file_size > MAX_FILE_MB * 1024 ** 2:
                raise UserError(self.env._(
                    "“%(name)s” is larger than %(max)s MB. Send a smaller picture, or tell us where the file is.",
                    name=file.name, max=MAX_FILE_MB))
        self._tie_files()

    def _closed_records(self):
        return self.filtered(lambda ticket: ticket.state in ('closed', 'cancelled'))

    def _is_technician(self):
        return self.env.user.has_group(TECHNICIAN)

    # === CHECKS === #

    def _check_logged_by_employee(self):
        """An employee asks in their own name; on behalf of others only technicians log."""
        if self.env.su or self._is_technician():
            return
        for ticket in self:
            if ticket.requester_id != self.env.user:
                raise AccessError(self.env._("You can ask in your own name only. Name your colleague under “For whom”."))
            if ticket.assignee_id or (ticket.channel != 'odoo' and not self._is_past_guard()):
                raise AccessError(self.env._("Only technicians assign tickets and say by which channel they came."))

    def _check_edit(self, vals):
        """Let employees edit their request while it is new, and nobody edit what is closed."""
        content = (EMPLOYEE_FIELDS | TECHNICIAN_FIELDS) & vals.keys()
        if not content:
            return
        if self._closed_records():
            raise UserError(self.env._("A closed or cancelled ticket stays as it is."))
        if self.env.su or self._is_technician():
            return
        if content & TECHNICIAN_FIELDS or any(ticket.state != 'new' for ticket in self):
            raise AccessError(self.env._(
                "You can change your request until work on it starts. After that, write a message on the ticket."))

    # === BUSINESS METHODS === #

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

    def _close_as_silent(self, reason):
        self._close('silent', {'silent_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._(
                "Closed, as no answer came: %(reason)s If it is not solved, reopen it.", reason=reason))

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
            if ticket._has_unread_mail():
                raise UserError(self.env._(
                    "A mail that may be the answer to %(number)s waits under “Mail Not Routed”. Look at it first.", number=ticket.name))
            if ticket._has_word_to_come():
                raise UserError(self.env._("Somebody wrote a message on %(number)s that is to be posted later. Wait for it.", number=ticket.name))
            if ticket._days_waited() < days:
                raise UserError(
                    self.env._("The requester has one day to answer, counted in opening hours. Close it without an answer only after that.")
                    if days == 1 else self.env._(
                        "The requester has %(days)s days to answer, counted in opening hours. Close it without an answer only after that.",
                        days=days))

    def _check_technician(self):
        if not self._is_technician():
            raise AccessError(self.env._("Only technicians work on tickets."))

    def _check_has_steps(self):
        """:raises UserError: nothing was done yet, or nothing since the ticket was reopened"""
        for ticket in self:
            if not ticket.step_ids:
                raise UserError(self.env._(
                    "%(number)s has no resolution step. Record at least one: what was done.", number=ticket.name))
            if all(step.is_earlier for step in ticket.step_ids):
                raise UserError(self.env._(
                    "%(number)s was reopened and has no new resolution step. Record what was done since.", number=ticket.name))

    # === BUSINESS METHODS === #

    def _transition(self, vals):
        result = super()._transition(vals)
        if {'state', 'answered_at', 'parent_id'} & vals.keys():
            self._call_for_work()
        if 'state' in vals:
            self._call_approvers()
            self._carry_family(vals)
        return result

    def _call_for_work(self):
        """Give an activity to everybody for whom one of these tickets waits, and take it from everybody else."""
        for ticket_sudo in self.sudo():  # who asks calls people whom they may not see
            # A word on what was solved or closed is to be read now, whenever the solution was due.
            due_at = ticket_sudo.state in WORKED_ON and ticket_sudo.due_at or clock.now(self.env)
            if ticket_sudo.state == 'resolved' and ticket_sudo._is_by_own_hand():
                ticket_sudo._ask_second()
            ticket_sudo._call_people(
                TAKE_UP, ticket_sudo._waits_for(), date_deadline=local_time.local_date(due_at, ticket_sudo.company_id.itc_tz))

    def _waits_for(self):
        """Return the people whom this ticket waits for: nobody once it is worked on, also with a larger one, or taken by somebody who is here.

        One that was answered, though it was closed without a word, waits for who resolved it, or for those on duty if that person works here no
        more; one that who asked worked on themselves, once it is solved, waits for another technician.
        """
        self.ensure_one()
        if self.state == 'resolved' and self._is_by_own_hand():
            return self._second_people()
        if self._is_answered():
            return self._workers_among(self.assignee_id) or self._people_on_duty()
        if self.is_carried:
            return self.env['res.users']
        if self.state == 'new' and self.assignee_id:
            return self.assignee_id - self.env.user
        if self.state in ('new', 'in_progress') and not self.assignee_id:
            return self._people_on_duty()
        return self.env['res.users']

    def _people_on_duty(self):
        """Return who has the category's role and is not on leave until the ticket should be solved.

        If all are, it is everybody with the role; if it has nobody, the managers: a request reaches somebody.
        """
        self.ensure_one()
        people = self._workers_among(self.category_id.role_id.user_ids)
        if not people:
            return self.company_id._itc_people()
        start = clock.now(self.env)
        end = max(self.due_at or start, fields.Datetime.add(start, hours=1))
        return self.env['it.duty']._on_duty(self.company_id, people, start, end)

    @api.model
    def _is_worker(self, user):
        return user.active and not user.share and user.has_group('it_continuity.it_continuity_group_technician')

    def _workers_among(self, users):
        """Return those of these people who may work on this ticket."""
        return users.filtered(lambda user: self._is_worker(user) and self.company_id in user.company_ids)
