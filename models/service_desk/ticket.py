from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, babel_locale_parse

from ...lib import request_form, ticket_load
from ...lib.ticket_family import OPEN
from ..mixins import clock
from ..mixins.notice import notice
from . import request_fields
from .ticket_people import TECHNICIAN

EMPLOYEE_FIELDS = frozenset({
    'category_id', 'subject', 'description', 'requested_for_id', 'asset_id', 'priority', 'attachment_ids', 'request_values',
    'impact', 'urgency'})
TECHNICIAN_FIELDS = frozenset({'requested_at', 'channel', 'assignee_id', 'company_id', 'step_ids'})
# What waits for a technician stands before what waits for the requester; what nobody has stands first.
QUEUE_RANK = {'new': 1, 'in_progress': 1, 'resolved': 2, 'closed': 3, 'cancelled': 3}
MAX_FILE_MB = 20
OLDEST = 'age_days:max'


class ItTicket(models.Model):
    """Something a colleague asked for: who and for whom, what was done, and whether they agree that it is done.

    ``display_name`` is number and subject for who may read the ticket, and the number alone for everybody else: it shows wherever
    somebody may read a record that points here.
    """
    _name = 'it.ticket'
    _description = "IT Ticket"
    _inherit = [
        'it.ticket.sla.mixin', 'it.ticket.family.mixin', 'it.age.mixin', 'it.guarded.mixin', 'it.mean.mixin', 'it.sealed.mixin',
        'it.ticket.people.mixin', 'it.ticket.closure.mixin', 'it.thread.mixin', 'mail.activity.mixin']
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
    _age_from, _age_open, _age_bands = 'requested_at', OPEN, ticket_load.BANDS
    _seal_states = ('closed',)
    _seal_name = 'subject'
    _seal_columns = (
        'name', 'subject', 'description', 'category_id', 'company_id', 'priority', 'requester_id', 'channel', 'requested_at', 'logged_by_id',
        'assignee_id', 'state', 'started_at', 'resolved_at', 'closed_at', 'confirmation_kind', 'confirmed_by_id', 'confirmed_at',
        'silent_reason', 'reopen_reason', 'reopen_count', 'request_values', 'request_text', 'department_id', 'origin_link', 'requested_for_id',
        'asset_id', 'impact', 'urgency', 'first_answer_at', 'respond_by', 'due_at', 'response_state', 'resolution_state',
        'parent_id', 'duplicate_of_id')
    _unsealed_fields = frozenset({'answered_at', 'asked_at'})
    _seal_parts = {'work': 'step_ids', 'checklist': 'item_ids', 'pauses': 'pause_ids'}

    name = fields.Char("Number", required=True, readonly=True, copy=False)
    subject = fields.Char(required=True)
    description = fields.Html()
    attachment_ids = fields.Many2many(
        'ir.attachment', string="Files or photos", copy=False, help="Only who may read the ticket may read them.")
    category_id = fields.Many2one('it.ticket.category', required=True, index=True, tracking=True)
    request_values = request_fields.RequestProperties(
        "What the category asks", definition='category_id.request_fields', copy=True,
        help="The fields of the form that the category has.")
    request_text = fields.Text(
        "The request in words", readonly=True, copy=False, groups='it_continuity.it_continuity_group_manager,it_continuity.it_continuity_group_auditor',
        help="What was answered to the form's fields, as they were called then: it is sealed with the ticket.")
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
    department_id = fields.Many2one(
        'hr.department', compute='_compute_department_id', store=True, index='btree_not_null', ondelete='restrict',
        help="Of the colleague whom it is for, as it was when the ticket was logged: it does not follow who changes department.")
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
    origin_link = fields.Char("Came from", readonly=True, copy=False, help="Where it was said. It opens only for who may read it there.")
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
    age_days = fields.Integer("Days since it was requested", compute='_compute_age_days', aggregator='max', help="Of a ticket that is open.")
    age_band = fields.Selection(
        [('fresh', "Less than 2 days old"), ('days', "2 to 6 days old"), ('old', "A week old or more")], "How old", compute='_compute_age_days',
        search='_search_age_band', help="Since it was requested; empty once it is closed.")
    step_ids = fields.One2many('it.ticket.step', 'ticket_id', string="Resolution steps")
    item_ids = fields.One2many(
        'it.ticket.item', 'ticket_id', string="Checklist", readonly=True, groups=f'{TECHNICIAN},it_continuity.it_continuity_group_auditor')
    open_items = fields.Char(compute='_compute_open_items', help="What has to be ticked on the checklist before it can be resolved.")
    minutes_total = fields.Integer("Minutes worked", compute='_compute_minutes_total', store=True)
    started_at = fields.Datetime("Started on", readonly=True, copy=False)
    resolved_at = fields.Datetime("Resolved on", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed on", readonly=True, copy=False)
    cancel_reason = fields.Text("Why cancelled", readonly=True, copy=False)
    is_withdrawn = fields.Boolean("Taken back", readonly=True, copy=False, help="A colleague cancelled what they had asked for; else a technician did, an own one too.")
    is_requester = fields.Boolean(compute='_compute_is_requester')
    can_edit = fields.Boolean(compute='_compute_can_edit', help="Whether the one who looks may still change the request.")
    can_resolve = fields.Boolean(compute='_compute_can_resolve', help="It is worked on, and what was done is recorded.")

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

    @api.depends('requested_at', 'state')
    def _compute_age_days(self):
        now = clock.now(self.env)
        for ticket in self:
            is_open = ticket.requested_at and ticket.state in OPEN
            ticket.age_days = max(0, (now - ticket.requested_at).days) if is_open else 0
            ticket.age_band = ticket_load.band(ticket.age_days) if is_open else False

    @api.depends('requested_for_id', 'requester_id', 'company_id')
    def _compute_department_id(self):
        # sudo: in which department somebody works is not readable by every colleague
        employees_sudo = self.env['hr.employee'].sudo().with_context(active_test=False).search([('user_id', 'in', self.requester_id.ids)])
        for ticket in self:
            of_requester = employees_sudo.filtered(lambda one, ticket=ticket: one.user_id == ticket.requester_id)
            employee = ticket.requested_for_id.sudo() or (
                of_requester.filtered(lambda one, ticket=ticket: one.company_id == ticket.company_id) or of_requester)[:1]
            ticket.department_id = employee.department_id

    @api.depends('request_values')
    def _compute_request_words(self):
        for ticket in self:
            words = (value for value in (ticket.request_values._values or {}).values() if isinstance(value, str))
            ticket.request_words = " ".join(words)

    def _search_request_words(self, operator, value):
        """Find by what was typed into the fields of the form, whichever field it was."""
        if operator != 'ilike' or not isinstance(value, str):
            return NotImplemented
        pattern = '%' + value.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_') + '%'
        unaccent = self.env.registry.unaccent

        def to_sql(_model, alias, _query):
            return SQL(
                "EXISTS (SELECT FROM jsonb_each(%s) AS answer WHERE jsonb_typeof(answer.value) = 'string' AND %s ILIKE %s)",
                SQL.identifier(alias, 'request_values'), unaccent(SQL("(answer.value #>> '{}')")), unaccent(SQL("%s", pattern)))

        return Domain.custom(to_sql=to_sql, predicate=lambda ticket: value.casefold() in (ticket.request_words or '').casefold())

    @api.depends('item_ids.is_done', 'item_ids.is_required')
    def _compute_open_items(self):
        for ticket in self:
            ticket.open_items = ", ".join(ticket._open_required_items().mapped('name'))

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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get('default_state', 'new') != 'new':
            raise UserError(self.env._("A ticket starts as “New”. Log it there."))
        if not self.env.su and not self._is_technician():
            # An employee asks now; only what came in on paper or by phone was asked for earlier.
            vals_list = [{**vals, 'requested_at': clock.now(self.env)} for vals in vals_list]
        for vals in vals_list:
            self._check_answers(vals)
        tickets = super().create(vals_list)
        tickets._check_asked_first()
        tickets._note_answered_by_logging()
        for ticket in tickets:
            ticket._settle_answers({}, None)
        tickets._take_checklist()
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
        answers_before = self._check_answers_anew(vals)
        self._check_asked_anew(vals)
        self._check_stays_in_company(vals)
        said_before = self._get_said(vals)
        result = super().write(vals)
        self._follow_relatives(vals)
        self._settle_answers_anew(answers_before)
        if 'attachment_ids' in vals:
            self._keep_files()
        self._take_said(vals, said_before)
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
        self._check_nothing_else_open()
        now = clock.now(self.env)
        for ticket in self:
            ticket._transition({
                'state': 'resolved', 'resolved_at': now, 'resolved_by_id': self.env.uid, 'answered_at': False, 'asked_at': False,
                'started_at': ticket.started_at or now})
            ticket._ask_for_confirmation()

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
    def _is_guarded(self, name):
        return name == 'request_text' or super()._is_guarded(name)

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

    def _check_technician(self):
        if not self._is_technician():
            raise AccessError(self.env._("Only technicians work on tickets."))

    def _check_has_steps(self):
        """:raises UserError: nothing was done yet, or nothing since the ticket was reopened"""
        for ticket in self:
            if any(not step.is_earlier for step in ticket.step_ids):
                continue
            if ticket.step_ids and ticket.reopen_count:
                raise UserError(self.env._(
                    "%(number)s was reopened and has no new resolution step. Record what was done since.", number=ticket.name))
            raise UserError(self.env._(
                "%(number)s has no resolution step. Record at least one: what was done.", number=ticket.name))

    def _check_items(self):
        """:raises UserError: something is open on a checklist that has to be done"""
        for ticket in self:
            names = ticket._open_required_items().mapped('name')
            if names:
                raise UserError(
                    self.env._("%(number)s cannot be resolved before this is ticked on its checklist: %(names)s.", number=ticket.name, names=names[0])
                    if len(names) == 1 else self.env._(
                        "%(number)s cannot be resolved before these are ticked on its checklist: %(names)s.",
                        number=ticket.name, names="; ".join(names)))

    def _check_nothing_else_open(self):
        """Extended by rooms above. :raises UserError: something of theirs is open, so that a ticket can be neither resolved nor merged"""

    def _get_open_work(self):
        """Return the names of what keeps this one ticket from being resolved. Extended by rooms above."""
        self.ensure_one()
        return self._open_required_items().mapped('name')

    # === THE STEPS === #

    def _transition(self, vals):
        """Take one step: what it means for the promise, the step itself, and what follows for its people and for those that belong to it."""
        paused = self._stop_clocks(vals)
        result = super()._transition(vals)
        self._follow_relatives(vals)  # also by the step with which somebody takes it
        if 'parent_id' in vals:
            self._settle_held()
        self._start_clocks(vals, paused)
        if {'state', 'answered_at', 'parent_id'} & vals.keys():
            self._call_for_work()
        self._carry_family(vals)
        return result

    # === WHAT ITS KIND ASKS === #

    def onchange(self, values, field_names, fields_spec):
        """Bring the form of a kind that was just chosen also where nothing is answered: Odoo compares answers, and none equal none."""
        result = super().onchange(values, field_names, fields_spec)
        if 'category_id' in field_names and 'request_values' in fields_spec and 'request_values' not in result.get('value', ()):
            ticket = self.new({name: values.get(name) for name in ('category_id', 'request_values')})
            [row] = ticket.web_read({'request_values': fields_spec['request_values']})
            result['value'] = {**result.get('value', {}), 'request_values': row['request_values']}
        return result

    @api.model
    def get_property_definition(self, full_name):
        """Return a field of the forms. What several kinds ask by one name offers the choices of all of them: Odoo takes one form's, any."""
        definition = super().get_property_definition(full_name)
        if definition.get('type') == 'selection':
            forms = self.env['it.ticket.category'].with_context(active_test=False).search([]).mapped('request_fields')  # a few dozen  # pylint: disable=no-search-all
            definition['selection'] = request_form.choices(forms, definition['name'])
        return definition

    @api.model
    def _check_answers(self, vals):
        """:raises UserError: an answer with which a new ticket would begin is none that its field can take"""
        category_id = vals.get('category_id') or self.default_get(['category_id']).get('category_id')
        self.env['it.ticket.category'].browse(category_id)._check_answers(vals.get('request_values'), {})

    def _check_answers_anew(self, vals):
        """Return ``{id: (answers, category)}`` as they are before these values are written, nothing if they change neither.

        :raises UserError: an answer is none that its field can take
        """
        if not {'request_values', 'category_id'} & vals.keys():
            return {}
        before = {ticket.id: (dict(ticket.request_values._values or {}), ticket.category_id) for ticket in self}
        for ticket in self:
            category = ticket.category_id.browse(vals.get('category_id') or ticket.category_id.id)
            category._check_answers(vals.get('request_values'), before[ticket.id][0])
        return before

    def _settle_answers_anew(self, before):
        """Settle what was written over these answers, and take the checklist of another kind. :param before: see ``_check_answers_anew``"""
        changed = self.filtered(lambda ticket: ticket.id in before)
        for ticket in changed:
            ticket._settle_answers(*before[ticket.id])
        changed.filtered(lambda ticket: ticket.category_id != before[ticket.id][1])._take_checklist()

    def _settle_answers(self, old_answers, old_category):  # returns nothing  # pylint: disable=missing-return
        """Keep of what was answered what the category's form asks and can take, and say it in words."""
        self.ensure_one()
        category, answers = self.category_id, dict(self.request_values._values or {})
        kept, text = category._fit_answers(answers, old_answers, old_category)
        if kept != answers:
            super().write({'request_values': kept})  # past this class's own write  # pylint: disable=super-method-mismatch
        ticket_sudo = self.sudo()  # who asks may not read what is sealed of it
        if text != ticket_sudo.request_text:
            ticket_sudo._transition({'request_text': text})

    def _take_checklist(self):
        """Give these tickets what their category wants done; what was ticked already stays, what was not goes with its category."""
        items_sudo = self.env['it.ticket.item'].sudo()  # nobody makes or removes items by hand
        tickets_sudo = self.sudo().filtered(lambda ticket: ticket.state in ('new', 'in_progress'))
        tickets_sudo.item_ids.filtered(lambda item: not item.is_done).unlink()
        items_sudo.create([
            {'ticket_id': ticket.id, 'name': item.name, 'sequence': item.sequence, 'is_required': item.is_required}
            for ticket in tickets_sudo
            for item in ticket.category_id.with_context(lang=ticket.company_id.partner_id.lang).checklist_ids
            if item.name not in ticket.item_ids.mapped('name')])

    def _open_required_items(self):
        # sudo: who asked may resolve nothing, and may still be told what is open
        return self.sudo().item_ids.filtered(lambda item: item.is_required and not item.is_done)

    # === LISTS AND GROUPS === #

    @api.model
    def _expand_states(self, values, _domain):
        """Show a column for each open state, and for a closed one only when it has tickets."""
        return [state for state, _name in self._fields['state'].selection if state in OPEN or state in values]

    @api.model
    def _action_of(self, name, domain):
        """Return the tickets that a button leads to, with all that their screen offers."""
        return self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_ticket_action') | {
            'name': name, 'view_mode': 'list,kanban,form', 'views': [(False, 'list'), (False, 'kanban'), (False, 'form')], 'domain': domain, 'context': {}}

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != OLDEST:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "MAX(EXTRACT(DAY FROM %s - %s)) FILTER (WHERE %s IN %s)", clock.now(self.env), self._field_to_sql(self._table, 'requested_at', query),
            self._field_to_sql(self._table, 'state', query), OPEN)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        if aggregate_spec != OLDEST:
            return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)
        return (max(0, int(value or 0)) for value in raw_values)
