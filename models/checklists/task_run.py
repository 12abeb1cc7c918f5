from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...lib import run_state, task_event, task_item
from ..mixins import clock
from ..mixins.thread_mixin import HUSH
from ..mixins.time_words import moment_text
from .run_guard_mixin import EDITABLE_STATES, MANAGER
from .run_handover import BASIS
from .task import HEALTH

SAID = ('done', 'failed', 'not_applicable')  # the steps by which somebody says how it went
# What a step says that ends with it: who took it, when and why.
STEP_FIELDS = (
    'done_by_id', 'done_at', 'entered_at', 'is_late_entry', 'needs_confirmation', 'fail_reason', 'na_reason', 'override_reason', 'late_reason',
    'snapshot', 'verified_by_id', 'verified_at')


class ItTaskRun(models.Model):
    """One time that a task fell due: who did it, when, verified how. Once closed it is evidence.

    A run is made by the software, moved along ``lib.run_state.GRAPH`` by the actions below, each through ``_take_step``, and written by
    hand in three fields (``it.run.guard.mixin``). Its items are ``it.task.run.item``, its excuses ``it.run.excuse``; what clock and checks
    do with it is ``it.run.closing``; what codes mean in words is ``it.task.run.words``, what the screen shows ``it.task.run.screen``.
    """
    _name = 'it.task.run'
    _description = "Task Run"
    _inherit = [
        'it.run.answer.mixin', 'it.run.count.mixin', 'it.run.guard.mixin', 'it.run.pins.mixin', 'it.contributors.mixin', 'it.thread.mixin',
        'mail.activity.mixin']
    _order = 'due_at desc, id desc'
    _rec_name = 'task_name'
    _allow_sudo_commands = False  # no way around the guards through a parent record's rights
    _seal_states = tuple(sorted(run_state.CLOSED_STATES))
    _seal_name = 'task_name'
    _seal_parts = {'items': 'item_ids', 'excuses': 'excuse_ids'}
    _work_fields = frozenset({'note', 'attachment_ids'})  # the items tell of their answers themselves
    _beside_fields = {}  # what proves a run beside checks: {name of the method that says so: fields; a run with something in one is asked}

    # What fell due, and when
    task_id = fields.Many2one('it.task', required=True, readonly=True, index=True, ondelete='restrict', check_company=True)
    checklist_id = fields.Many2one('it.checklist', readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    occurrence = fields.Char(required=True, readonly=True, help="Name of this time within the task: its planned local day.")
    date = fields.Date(required=True, readonly=True, help="Local day on which it falls due.")
    open_at = fields.Datetime("Opens", required=True, readonly=True, help="From then on it may be done.")
    due_at = fields.Datetime("Due", required=True, readonly=True, index=True, help="Until then it is on time.")
    deadline_at = fields.Datetime("Deadline", required=True, readonly=True, help="After it, it is missed: due plus grace.")
    state = fields.Selection(
        selection=[
            ('pending', "Pending"),
            ('auto_verified', "Verified by checks"),
            ('done', "Done"),
            ('verified', "Verified"),
            ('failed', "Failed"),
            ('missed', "Missed"),
            ('not_applicable', "Not applicable"),
        ],
        string="Status", required=True, readonly=True, default='pending', index=True, copy=False, tracking=True)
    is_open = fields.Boolean(compute='_compute_is_open', search='_search_is_open', help="It may be done now.")
    is_overdue = fields.Boolean("Overdue", compute='_compute_is_open', search='_search_is_overdue')
    event_kind = fields.Selection(
        [(kind.code, kind.name) for kind in task_event.KINDS.values()], string="After", readonly=True, help="The event that asked for this run.")
    event_asset_id = fields.Many2one('it.asset', string="It happened to", readonly=True, ondelete='restrict')
    event_at = fields.Datetime("It happened at", readonly=True)

    # The task as it was when this run was made: editing the task later moves no past figure
    task_name = fields.Char("Task name", required=True, readonly=True, help="The task's name when this run was made.")
    # A copy of what the task has cleaned already; cleaning it again would double the cost of a day's runs.
    instructions = fields.Html(readonly=True, sanitize=False, help="The task's instructions when this run was made.")
    expected_evidence = fields.Text("Expected evidence", readonly=True)
    line_code = fields.Char("Handbook line", readonly=True)
    line_text = fields.Text("Handbook text", readonly=True)
    needs_verification = fields.Boolean("Four eyes", readonly=True)
    item_ids = fields.One2many('it.task.run.item', 'run_id', string="Items", readonly=True)

    # Whose it is. What a closed run names cannot be emptied behind its back by deleting it elsewhere.
    role_id = fields.Many2one('it.role', string="Responsible role", readonly=True, ondelete='restrict')
    rota_id = fields.Many2one('it.rota', readonly=True, ondelete='restrict')
    planned_responsible_id = fields.Many2one(
        'res.users', string="Planned for", readonly=True, index='btree_not_null', ondelete='restrict',
        help="Whose run it would be if nobody were on leave. Empty: everybody with the role.")
    responsible_id = fields.Many2one(
        'res.users', domain="[('share', '=', False)]", index=True, tracking=True, ondelete='restrict')
    responsible_basis = fields.Selection(
        BASIS, string="Responsible as", readonly=True, default='plan', help="Why the responsible person is this one.")

    # What was done
    note = fields.Text(help="What was seen or done.")
    attachment_ids = fields.Many2many('ir.attachment', string="Evidence", copy=False)
    done_by_id = fields.Many2one(
        'res.users', string="Done by", readonly=True, index='btree_not_null', tracking=True, ondelete='restrict',
        help="Who did it, or said that it failed or did not apply.")
    done_at = fields.Datetime("Done at", readonly=True, tracking=True, help="When the work was done, as its doer says.")
    entered_at = fields.Datetime("Entered at", readonly=True, help="When that was entered, by the server's clock.")
    is_late_entry = fields.Boolean("Entered late", readonly=True, help="Entered after the deadline.")
    verified_by_id = fields.Many2one(
        'res.users', string="Verified by", readonly=True, index='btree_not_null', tracking=True, ondelete='restrict')
    verified_at = fields.Datetime("Verified at", readonly=True)
    closed_at = fields.Datetime("Closed at", readonly=True, help="When it stopped being pending, by the server's clock.")
    fail_reason = fields.Text("Failed because", readonly=True)
    na_reason = fields.Text("Not applicable because", readonly=True)
    override_reason = fields.Text(
        "Override", readonly=True, help="Why it was done although a check was bad or stale, or a value outside its limits.")
    late_reason = fields.Text("Entered late because", readonly=True, help="Why it was entered after its deadline.")
    reject_reason = fields.Text("Sent back because", readonly=True)
    sent_back_at = fields.Datetime(
        "Last sent back", readonly=True, help="When another person last sent it back. It stays, also once it is done again.")
    snapshot = fields.Json(readonly=True, help="The checks' results as they were when the run was closed.")
    item_values = fields.Json("Answers as closed", readonly=True, help="What was asked and answered, as it was when the run was closed.")
    excuse_id = fields.Many2one(
        'it.run.excuse', string="Excused by", readonly=True, index='btree_not_null', ondelete='restrict', copy=False,
        help="The granted excuse. The run stays missed; compliance is shown with and without excused runs.")
    excuse_ids = fields.One2many('it.run.excuse', 'run_id', string="Excuses", readonly=True)

    # How it stands for the reader
    status_text = fields.Char("How it stands", compute='_compute_status_text')
    health = fields.Selection(HEALTH, compute='_compute_health', help="What the task's checks say now.")
    health_reason = fields.Text("Why", compute='_compute_health')
    check_evidence = fields.Html("Measured", compute='_compute_check_evidence', sanitize=False)
    answers = fields.Json(compute='_compute_answers', readonly=False, help="What the screen hands over to be kept; see ``ItTaskRunItem._take_answers``.")
    items_text = fields.Text("Still to fill in", compute='_compute_items_text')
    asks_note = fields.Boolean("Asks for a note", store=False, help="It is done by hand only with a note.")  # a room above says when
    asks_evidence = fields.Boolean(
        compute='_compute_asks_evidence', help="Something required is a person's to give, so it is not done with many others at once.")
    can_send_back = fields.Boolean(compute='_compute_can_send_back', help="The reader may send it back to be done again.")
    can_undo = fields.Boolean(compute='_compute_can_undo', help="The reader said so some minutes ago and may take it back.")
    can_ask_excuse = fields.Boolean(compute='_compute_can_ask_excuse')

    _occurrence_uniq = models.Constraint('UNIQUE(task_id, occurrence)', "This task has a run for that time already.")
    _span_ordered = models.Constraint(
        'CHECK(open_at <= due_at AND due_at <= deadline_at)', "A run opens before it is due, and is due before its deadline.")
    _pending_idx = models.Index("(deadline_at) WHERE state = 'pending'")
    _company_date_idx = models.Index("(company_id, date)")

    # === COMPUTE METHODS === #

    @api.depends('task_name', 'date')
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.task_name} · {format_date(self.env, run.date)}" if run.date else run.task_name

    @api.depends('state', 'open_at', 'due_at')
    def _compute_is_open(self):
        now = clock.now(self.env)
        for run in self:
            run.is_open = run.state == 'pending' and bool(run.open_at) and run.open_at <= now
            run.is_overdue = run.state == 'pending' and bool(run.due_at) and run.due_at < now

    def _search_is_open(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return [('state', '=', 'pending'), ('open_at', '<=', 'now')]

    def _search_is_overdue(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return [('state', '=', 'pending'), ('due_at', '<', 'now')]

    @api.depends('state', 'done_at', 'due_at', 'deadline_at', 'is_late_entry', 'needs_verification', 'needs_confirmation', 'verified_by_id')
    @api.depends_context('lang')
    def _compute_status_text(self):
        now, words = clock.now(self.env), self.env['it.task.run.words']
        for run in self:
            run.status_text = words._status(run, run._outcome(now, is_confirmed=run.state == 'done'))

    @api.depends('state', 'task_id.health', 'task_id.health_reason')
    def _compute_health(self):
        for run in self:
            run.health = run.task_id.health
            run.health_reason = run.task_id.health_reason

    @api.depends('snapshot')
    @api.depends_context('lang', 'tz')
    def _compute_check_evidence(self):
        for run in self:
            run.check_evidence = run.snapshot and self.env['ir.qweb']._render(
                'it_continuity.task_run_evidence', {'checks': self.env['it.task.run.screen']._measured(run)})

    def _compute_answers(self):
        self.answers = False

    @api.depends('item_ids.state', 'item_ids.required', 'item_ids.name')
    def _compute_items_text(self):
        for run in self:
            run.items_text = "\n".join(task_item.missing(run.item_ids._judgeable()))

    @api.depends('item_ids.kind', 'item_ids.required', 'asks_note')
    def _compute_asks_evidence(self):
        for run in self:
            run.asks_evidence = run.asks_note or task_item.is_evidence_asked(item._definition() for item in run.item_ids)

    @api.depends('state', 'done_by_id')
    @api.depends_context('uid')
    def _compute_can_send_back(self):
        is_worker = self.has_access('write')
        is_manager = is_worker and self.env.user.has_group(MANAGER)
        for run in self:
            run.can_send_back = run_state.allowed(run.state, 'pending') and (
                is_worker if run.state == 'failed' else is_manager and run.done_by_id != self.env.user)

    @api.depends('state', 'done_by_id', 'entered_at', 'is_late_entry', 'sent_back_at', 'verified_by_id', 'company_id.itc_undo_min')
    @api.depends_context('uid')
    def _compute_can_undo(self):
        is_worker = self.has_access('write')
        for run in self:
            run.can_undo = is_worker and not run._undo_refusal()

    @api.depends('state', 'excuse_ids.state')
    def _compute_can_ask_excuse(self):
        for run in self:
            run.can_ask_excuse = run.state == 'missed' and not run.excuse_ids._live()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Make runs, with what they count for and what their tasks ask for pinned to them. Only the software does, and each begins pending."""
        self._check_making(vals_list)
        runs = super().create(self._prepare_pinned(vals_list))
        runs._pin_assets()
        self.env['it.task.run.item']._pin(runs)
        return runs

    def write(self, vals):
        """Write what the guard lets through, and with it what follows from it; see ``ItRunGuardMixin._check_write``."""
        self._check_write(vals)
        self._note_work(vals)
        if 'answers' in vals:
            self.item_ids._take_answers(vals['answers'])
            vals = {name: value for name, value in vals.items() if name != 'answers'}
        if 'responsible_id' in vals:
            self._write_given(vals)
        elif vals:
            super().write(vals)
        if 'attachment_ids' in vals:
            self._tie_files()
        return True

    # === ACTION METHODS === #

    def action_do(self):
        """Mark as done at once when nothing is missing; else ask for what is missing.

        :return: the window that asks, or the notice that it is done
        """
        if self.env['it.task.run.wizard']._lacks(self):
            return self._action_ask('done')
        self.action_done()
        return self.env['it.task.run.screen']._step_notice(self)

    def action_all_fine(self):
        """Mark those of these runs as done that ask for no evidence and meet no objection; leave the rest and name it.

        :raises AccessError: the person may not work on these runs
        :return: a notice of how many were done and which were left, with the offer to take all of them back
        """
        self.check_access('write')
        fine = self.filtered(lambda run: run.is_open and not run.asks_evidence and not self.env['it.task.run.wizard']._objections(run))
        fine.action_done()
        return self.env['it.task.run.screen']._all_fine_notice(fine, self - fine)

    def action_done(self, note=None, done_at=None, override_reason=None, attachment_ids=None, late_reason=None):
        """Say that the work is done.

        :param note: what was seen or done; it stands for the reason of a late entry that no check could have proven
        :param done_at: naive UTC at which it was done, now by default; never before the run opened
        :param override_reason: why it is done although a bound check is bad or stale
        :param attachment_ids: ids of uploaded files that show it
        :param late_reason: why a missed run is entered late; the override reason is taken for it when it is not given
        :raises UserError: one of these rules is broken
        """
        self.check_access('write')
        now = clock.now(self.env)
        done_at = fields.Datetime.to_datetime(done_at) or now
        for run in self:
            if run._lacks_note() and not (note or '').strip():
                raise UserError(self.env['it.task.run.words']._lacks_note(run))
        past = self.filtered(lambda run: run.state == 'pending' and run_state.is_missed(run.deadline_at, now))
        if past:
            past.lock_for_update(allow_referencing=True)
            past.with_user(SUPERUSER_ID)._close_missed()  # before the clock's job comes by: what is entered now is entered late
        self._add_input(note, attachment_ids)
        for run in self:
            proven, evidence = run._proven_with_evidence()
            is_missed, reason = run.state == 'missed', override_reason or ''
            if is_missed:
                reason = late_reason or reason or (run.note if proven is None else '') or ''
            run._take_step('done', reason=reason, done_at=done_at, proven=proven, values={
                'needs_confirmation': run_state.late_entry_needs_confirmation(done_at, run.deadline_at, now),
                'done_at': done_at,
                'override_reason': override_reason if proven is False and not is_missed else False,
                'late_reason': reason if is_missed else False,
                'fail_reason': False, 'reject_reason': False,
                'snapshot': evidence,
            })
        return True

    def action_fail(self, reason=None, note=None, attachment_ids=None):
        """Say that somebody looked and it was bad. :raises UserError: without a reason"""
        self.check_access('write')
        self._add_input(note, attachment_ids)
        for run in self:
            run._take_step('failed', reason=reason or '', values={'fail_reason': reason, 'snapshot': run._proven_with_evidence()[1]})
        return True

    def action_not_applicable(self, reason=None):
        """Say that it did not have to be done this time. Unless a manager says so who had not to do it, another person has to confirm it.

        :raises AccessError: its time has passed, and the person is no manager, or the one whose run it was
        :raises UserError: without a reason
        """
        self.check_access('write')
        self._check_waiver()
        is_manager = self.env.user.has_group(MANAGER)
        for run in self:
            run._take_step('not_applicable', reason=reason or '', values={
                'na_reason': reason, 'needs_confirmation': not is_manager or run._could_have_done()})
        return True

    def action_verify(self):
        """Confirm what another person (or the checks) did, or that it did not apply.

        :raises AccessError: not a manager, or the person's own work
        """
        self._check_manager()
        self._check_second_person()
        for run in self:
            confirmed = {'verified_by_id': self.env.uid, 'verified_at': clock.now(self.env)}
            if run.state == 'not_applicable':
                run._confirm_waiver(confirmed)
            else:
                run._take_step('verified', values=confirmed)
        return True

    def action_reject(self, reason=None):
        """Send a run back to be done again.

        A failed one may be tried again by whoever works on runs; what somebody said was done or not applicable is sent back
        by a manager who is not that person.

        :raises UserError: without a reason
        """
        self.check_access('write')
        if any(run.state != 'failed' for run in self):
            self._check_manager()
        for run in self:
            is_second = run.done_by_id != self.env.user
            run._take_step('pending', reason=reason or '', values={
                **dict.fromkeys(STEP_FIELDS, False),
                'reject_reason': reason,
                'sent_back_at': clock.now(self.env) if is_second else run.sent_back_at,
            })
            run._message_log(body=self.env._("Sent back: %(reason)s", reason=reason))
        return True

    def action_undo(self, is_miss_accepted=False):
        """Take back what the person said of these runs some minutes ago: they wait again, with all that was filled in.

        A run whose deadline has passed meanwhile is missed at once; the person is asked first.

        :param is_miss_accepted: the person was told of those
        :return: the window that asks, or the notice of what became of them
        :raises AccessError: the person may not work on these runs
        :raises UserError: none of them may be taken back; with several, those that may not are left and named
        """
        self.check_access('write')
        self.lock_for_update(allow_referencing=True)
        refusals = {run: run._undo_refusal() for run in self}
        ready = self.filtered(lambda run: not refusals[run])
        left = [run._get_refusal_message(code) for run, code in refusals.items() if code]
        if not ready:
            raise UserError("\n".join(left) or self.env._("There is nothing to take back."))
        past = ready.filtered(lambda run: run_state.is_missed(run.deadline_at, clock.now(run.env)))
        if past and is_miss_accepted is not True:
            return ready._action_ask('undo')
        for run in ready:
            said = self.env['it.task.run.words']._state(run.state)
            run._take_step('pending', values=dict.fromkeys(STEP_FIELDS, False), undo=run._undo_told())
            run._message_log(body=self.env._("Taken back by %(person)s: “%(said)s”.", person=self.env.user.name, said=said))
        past.with_user(SUPERUSER_ID)._close_missed()  # the clock's doing, as if the run had never been done
        return self.env['it.task.run.screen']._undo_notice(ready, past, left)

    def action_ask_excuse(self, key=None, note=None):
        """Ask to excuse this one missed run by one of the facts that are offered for it; without a fact, let the person choose.

        :param key: as ``get_offered_facts`` gives it; whether it fits is found out anew
        :raises UserError: it is not missed, has an excuse, or no such fact fits
        """
        self.ensure_one()
        self.check_access('write')
        self.lock_for_update(allow_referencing=True)
        return self.env['it.run.excuse']._ask_for(self, key, note)

    def action_ask_done(self):
        return self._action_ask('done')

    def action_ask_fail(self):
        return self._action_ask('failed')

    def action_ask_not_applicable(self):
        return self._action_ask('not_applicable')

    def action_ask_reject(self):
        return self._action_ask('pending')

    def _action_ask(self, step):
        """Return the window that asks for what a step needs, titled with the task."""
        return {
            'type': 'ir.actions.act_window',
            'name': self.task_name if len(self) == 1 else self.env._("%(count)s runs", count=len(self)),
            'res_model': 'it.task.run.wizard',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_step': step, 'default_run_ids': self.ids},
        }

    # === WHAT THE SCREEN ASKS FOR === #

    @api.readonly
    def get_items(self):
        """Return what the screen needs to do these runs, or to look at what others did; see ``ItTaskRunScreen._draw``."""
        self.check_access('read')
        return self.env['it.task.run.screen']._draw(self)

    @api.readonly
    def get_offered_facts(self):
        """Return the facts that may excuse this one missed run, what covers most of its time first.

        :return: ``[{'key': 'outage:7', 'text', 'covered_pct'}]``; empty for a run that is not missed
        """
        self.ensure_one()
        self.check_access('write')
        return [{name: offer[name] for name in ('key', 'text', 'covered_pct')} for offer in self.env['it.excuse.facts']._offers(self)]

    # === CRON === #

    @api.model
    def _cron_close_missed(self):
        """Close the runs whose deadline has passed; the clock alone makes a run missed."""
        self.env['it.run.closing']._close_missed()

    @api.model
    def _cron_auto_verify(self):
        """Verify what checks prove; the safety net under the hook of the judging job, and for runs that open between two."""
        self.env['it.run.closing']._verify_proven()

    # === THE STEP === #

    def _close_missed(self):
        """Move these runs to ``missed`` in one write, nobody being told of each."""
        now = clock.now(self.env)
        late = self.filtered(lambda run: not run_state.refusal(run._move('missed', None, now)))
        late.with_context(**HUSH).sudo().write({'state': 'missed', 'closed_at': now})

    def _take_step(self, new, values, reason='', done_at=None, proven=None, undo=None):
        """Move this one run along the graph; the one place where a person's step is written.

        In this order: the run is locked; what checks say is frozen in its items; what is required must be there; the rules are asked;
        the step is written, and with it noted for the log of evidence; an excuse that is not needed any more lapses.

        :param values: what the step says of itself
        :param undo: a :class:`lib.run_state.Undo` when the doer takes the own step back
        :raises UserError: the step breaks a rule of ``lib.run_state``, or something is missing
        """
        self.lock_for_update(allow_referencing=True)
        now, before = clock.now(self.env), self.state
        if self.item_ids and new in ('done', 'failed'):
            if before not in EDITABLE_STATES:  # so that nothing of it is touched
                raise UserError(self._get_refusal_message('not_allowed'))
            self.item_ids._fill_by_checks()
        if self.item_ids and new == 'done':
            values = values | self.item_ids._check_complete(self, reason)
        if new in SAID:
            values = {'done_by_id': self.env.uid, 'entered_at': now, 'is_late_entry': now > self.deadline_at} | values
        if new != 'verified':
            values = values | self._prepare_frozen(new)
        if values.get('done_by_id') and self.env.uid != SUPERUSER_ID:  # what the software does by itself is nobody's work
            values = values | {'contributor_ids': [fields.Command.link(self.env.uid)]}
        if 'done_by_id' in values and (self.is_unaccepted or not self.responsible_id):  # else it stays whose it is
            values = values | self._prepare_doer(values['done_by_id'], now)
        code = run_state.refusal(self._move(new, self.env.uid, now, reason=reason, done_at=done_at, proven=proven, undo=undo))
        if code:
            raise UserError(self._get_refusal_message(code))
        closed_at = new != 'pending' and (self.closed_at or now)
        self.sudo()._transition({'state': new, 'closed_at': closed_at, **values})  # the person's right was checked by the action
        if before == 'missed':
            self.excuse_ids._lapse(self.env._("It was entered late.") if new == 'done' else self.env._("It did not apply."))

    def _move(self, new, actor, now, reason='', done_at=None, proven=None, undo=None):
        return run_state.Move(
            old=self.state, new=new, now=now, open_at=self.open_at, deadline_at=self.deadline_at,
            actor=actor, doer=self.done_by_id.id or None, done_at=done_at, reason=reason or '', proven=proven, undo=undo)

    def _prepare_frozen(self, new):
        """Return the answers as they are kept with a step, and put the items' files among the run's own, which are sealed."""
        if not self.item_ids:
            return {'item_values': False}
        run_sudo = self.sudo()  # the software writes; the person's right on the run was checked
        files = run_sudo.item_ids.attachment_ids - run_sudo.attachment_ids
        if files:
            run_sudo.attachment_ids |= files
        return {'item_values': new != 'pending' and self.item_ids._frozen() or False}

    def _undo_refusal(self):
        """Return why the current user may not take this one run's last step back, one of ``run_state.REFUSALS``, or None."""
        return run_state.refusal(self._move('pending', self.env.uid, clock.now(self.env), undo=self._undo_told()))

    def _undo_told(self):
        return run_state.Undo(
            entered_at=self.entered_at or None, minutes=self.company_id.itc_undo_min, is_late_entry=self.is_late_entry,
            is_sent_back=bool(self.sent_back_at or self.verified_by_id))

    def _lacks_note(self):
        return self.asks_note and not (self.note or '').strip()

    def _add_input(self, note, attachment_ids):
        """Write what a person may write anyway, before the run closes."""
        values = {}
        if note:
            values['note'] = note
        if attachment_ids:
            values['attachment_ids'] = [fields.Command.link(file_id) for file_id in attachment_ids]
        if values:
            self.write(values)

    # === WHAT PROVES IT === #

    def _beside(self):
        """Return ``{run: lib.run_proof.Beside}`` of those of these runs of which more than checks is asked; see ``_beside_fields``."""
        found = {}
        for method, names in self._beside_fields.items():
            asked_sudo = self.browse().union(*(self.sudo().filtered(name) for name in names))  # who works on it is told what counts
            for run, beside in getattr(asked_sudo, method)().items() if asked_sudo else ():
                found[run] = beside.after(found.get(run))
        return found

    def _proven(self):
        """Return whether the bound checks, and what counts beside them, prove this one run, None when nothing is bound."""
        return self._verdict(self._bound_checks(), self._beside().get(self))

    def _proven_with_evidence(self):
        """Return what ``_proven`` does and the results to be frozen with the run, by one look: what is frozen is what proved it."""
        checks, beside = self._bound_checks(), self._beside().get(self)
        return self._verdict(checks, beside), self._evidence_of(checks, beside) or False

    def _verdict(self, checks, beside):
        if not checks and beside is None:
            return None
        # What is measured now says nothing of a time that has passed.
        return self.state != 'missed' and self._is_proven_by(checks, beside)

    def _is_proven_by(self, checks, beside, newest=None):
        """Tell whether these checks, if any, and what was found beside them prove this one run.

        :param newest: as for ``ItCheck._snapshot``
        """
        by_checks = not checks or checks._proof(self.open_at, newest).verified
        return bool(checks or beside) and by_checks and (beside is None or beside.verified)

    def _evidence_of(self, checks, beside, newest=None):
        return [*(checks._snapshot(newest) if checks else ()), *(beside.evidence if beside else ())]

    def _bound_checks(self):
        """Return the checks that count for this one run, by its task and its own items; who works on it is told what they say."""
        run_sudo = self.sudo()
        checks = run_sudo.task_id.effective_check_ids
        return checks | run_sudo.item_ids._bound_checks() if run_sudo.item_ids else checks

    # === WHAT THE MIXINS ASK === #

    @api.model
    def _get_approval_fields(self):
        return (
            'state', 'done_by_id', 'attachment_ids', 'item_ids.filled_by_id', 'contributor_ids', 'needs_confirmation', 'verified_by_id',
            'responsible_id', 'answering_id')

    def _is_awaiting_approval(self):
        return run_state.allowed(self.state, 'verified') or self.waits_for_second

    def _get_doers(self):
        """Who answered an item, wrote the note or gave a file had a hand in the run too, even if another did it again or closed the run."""
        files_sudo = self.sudo().attachment_ids  # who reads the run may know whose its files are
        doers = super()._get_doers() | self.done_by_id | self.item_ids.filled_by_id | files_sudo.create_uid
        # What only a second word makes of a miss is not confirmed by who missed it.
        return doers | self._who_answers() if self.needs_confirmation else doers

    @api.model
    def _seal_words(self, contents):
        return self.env['it.task.run.words']._events(contents)

    # === WORDS === #

    def _get_refusal_message(self, code):
        return self.env['it.task.run.words']._refusal(self, code)

    def _moment_text(self, moment, day_format='short', *, ends_day=False):
        """Return a naive UTC moment by the company's clock, in the reader's language; see ``moment_text``."""
        return moment_text(self.env, moment, self.company_id.itc_tz, day_format, ends_day=ends_day)
