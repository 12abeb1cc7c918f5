import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..mixins import clock
from ..mixins.thread_mixin import HUSH
from .closing_plan_mixin import CHANGING_KINDS

MANAGER = 'it_continuity.it_continuity_group_manager'
PLAN_FIELDS = frozenset({
    'name', 'kind', 'environment', 'twin_id', 'depends_on_ids', 'responsible_id', 'role_id', 'due_date', 'line_id', 'instructions',
    'sequence',
})
PROOF_FIELDS = frozenset({'kind', 'environment', 'twin_id'})  # they decide what has to be proven on the Testbed first
WORK_FIELDS = frozenset({'evidence', 'attachment_ids', 'script_id', 'script_file', 'script_name'})
TECHNICIAN = 'it_continuity.it_continuity_group_technician'


class ItClosingStep(models.Model):
    """One step of a closing: who did it, what proves it, who else verified it.

    A production step is locked until its Testbed twin is verified, and its script is byte for byte the one verified there.
    Whether that holds is never stored: it is read from the files each time, so a changed file locks by itself.
    """
    _name = 'it.closing.step'
    _description = "IT Closing Step"
    _inherit = [
        'it.guarded.mixin', 'it.contributors.mixin', 'it.closing.plan.mixin', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'due_date, sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _plan_field = 'closing_id'
    _guarded_fields = frozenset({
        'state', 'started_by_id', 'started_at', 'done_by_id', 'done_at', 'done_sha256', 'verified_by_id', 'verified_at',
        'verified_sha256', 'return_reason', 'contributor_ids', 'planned_name', 'planned_date', 'date_moved_by_id',
    })
    _fixed_fields = frozenset({'closing_id'})
    _work_fields = WORK_FIELDS
    _seal_states = ('verified', 'rejected')
    _seal_columns = (
        'name', 'kind', 'environment', 'instructions', 'due_date', 'closing_id', 'company_id', 'state', 'evidence', 'started_by_id',
        'started_at', 'done_by_id', 'done_at', 'done_sha256', 'verified_by_id', 'verified_at', 'verified_sha256', 'return_reason',
        'planned_name', 'planned_date')

    name = fields.Char(tracking=True)
    closing_id = fields.Many2one('it.closing', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='closing_id.company_id', store=True, index=True)
    kind = fields.Selection(tracking=True)
    environment = fields.Selection(tracking=True)
    role_id = fields.Many2one(check_company=True)
    twin_id = fields.Many2one(
        'it.closing.step', string="Testbed twin", index='btree_not_null', copy=False, tracking=True, ondelete='set null',
        domain="[('closing_id', '=', closing_id), ('environment', '=', 'testbed'), ('kind', '=', kind)]",
        help="The Testbed step that has to be verified before this one opens.")
    depends_on_ids = fields.Many2many(
        'it.closing.step', 'it_closing_step_order', 'step_id', 'depends_on_id', string="Comes after", copy=False,
        domain="[('closing_id', '=', closing_id), ('id', '!=', id)]",
        help="These have to be done first; before a production step, verified.")
    responsible_id = fields.Many2one(
        'res.users', index='btree_not_null', domain="[('share', '=', False)]", tracking=True)
    due_date = fields.Date("Due on", tracking=True)
    planned_name = fields.Char(
        "Name at first", readonly=True, copy=False, help="As it stood when the closing began: by this it is alike with steps of other closings.")
    planned_date = fields.Date(
        "Due at first", readonly=True, copy=False, tracking=True,
        help="As it stood when the closing began: by this it is late. Another date counts once a second manager has confirmed it.")
    date_moved_by_id = fields.Many2one('res.users', string="Date moved by", readonly=True, copy=False, ondelete='restrict')
    state = fields.Selection(
        selection=[
            ('todo', "To do"),
            ('in_progress', "In progress"),
            ('done', "Done, to verify"),
            ('rejected', "Rejected"),
            ('verified', "Verified"),
        ],
        required=True,
        readonly=True,
        default='todo',
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    status = fields.Selection(
        selection=[
            ('waiting', "Waiting"),
            ('ready', "Ready"),
            ('in_progress', "In progress"),
            ('done', "Done, to verify"),
            ('rejected', "Rejected"),
            ('verified', "Verified"),
            ('changed', "Script changed since"),
        ],
        compute='_compute_status',
        help="The state as it counts now: a script that was changed after the work makes the work void.",
    )
    is_locked = fields.Boolean(compute='_compute_status')
    can_plan = fields.Boolean(compute='_compute_can_plan')
    lock_reason = fields.Text("Locked because", compute='_compute_status')
    evidence = fields.Text(help="What shows that it was done: figures before and after, where the file lies, what was looked at.")
    attachment_ids = fields.Many2many('ir.attachment', 'it_closing_step_evidence', string="Evidence files", copy=False)
    script_id = fields.Many2one('ir.attachment', string="Script attachment", copy=False, ondelete='set null')
    script_file = fields.Binary("Script", compute='_compute_script_file', inverse='_inverse_script_file')
    script_name = fields.Char("Script name", compute='_compute_script_file', inverse='_inverse_script_file')
    script_sha256 = fields.Char("SHA-256 now", compute='_compute_script_sha256', help="SHA-256 of the script's bytes as they are now.")
    done_sha256 = fields.Char("SHA-256 when done", readonly=True, copy=False)
    verified_sha256 = fields.Char("SHA-256 when verified", readonly=True, copy=False)
    started_by_id = fields.Many2one('res.users', string="Begun by", readonly=True, copy=False, ondelete='restrict')
    started_at = fields.Datetime("Begun on", readonly=True, copy=False)
    done_by_id = fields.Many2one('res.users', string="Done by", readonly=True, copy=False, tracking=True, ondelete='restrict')
    done_at = fields.Datetime("Done on", readonly=True, copy=False)
    verified_by_id = fields.Many2one('res.users', string="Verified by", readonly=True, copy=False, tracking=True, ondelete='restrict')
    verified_at = fields.Datetime("Verified on", readonly=True, copy=False)
    return_reason = fields.Text("Why it came back", readonly=True, copy=False)
    can_work = fields.Boolean(compute='_compute_allowed', help="Evidence and script may be brought.")
    can_reject = fields.Boolean(compute='_compute_allowed')
    can_take_back = fields.Boolean(compute='_compute_allowed', help="The reader's own work, which nobody verified yet.")
    can_reopen = fields.Boolean(compute='_compute_allowed')
    can_confirm_date = fields.Boolean(compute='_compute_allowed', help="Another manager moved the date, and the reader had no hand in the step.")
    can_take_script = fields.Boolean(compute='_compute_allowed', help="The Testbed twin has a verified script that is not here yet.")

    _verified_by_other = models.Constraint(
        "CHECK(state != 'verified' OR (done_by_id IS NOT NULL AND verified_by_id IS NOT NULL AND verified_by_id != done_by_id))",
        "A verified step tells who did it and which other person verified it.")
    _twin_uniq = models.Constraint('UNIQUE(twin_id)', "A Testbed step proves one production step: each needs a twin of its own.")

    # === COMPUTE METHODS === #

    @api.depends(
        'state', 'kind', 'environment', 'closing_id.state', 'script_sha256', 'done_sha256', 'verified_sha256',
        'twin_id.state', 'twin_id.script_sha256', 'twin_id.verified_sha256', 'twin_id.done_by_id', 'twin_id.verified_by_id',
        'depends_on_ids.state', 'depends_on_ids.script_sha256', 'depends_on_ids.done_sha256', 'depends_on_ids.verified_sha256')
    def _compute_status(self):
        for step in self:
            reasons = step._get_lock_reasons()
            step.is_locked = bool(reasons)
            step.lock_reason = "\n".join(reasons)
            if step._is_changed():
                step.status = 'changed'
            elif step.state == 'todo':
                step.status = 'waiting' if reasons else 'ready'
            else:
                step.status = step.state

    @api.depends('state', 'closing_id.state')
    @api.depends_context('uid')
    def _compute_can_plan(self):
        is_manager = self._is_manager()
        for step in self:
            step.can_plan = is_manager and step.state not in ('done', 'verified') and step.closing_id.state not in ('done', 'cancelled')

    @api.depends('script_id.raw', 'script_id.name')
    def _compute_script_file(self):
        for step in self:
            step.script_file = step.script_id.datas
            step.script_name = step.script_id.name

    @api.depends('script_id.raw')
    def _compute_script_sha256(self):
        for step in self:
            # sudo: the hash has to be the same for everybody who reads the step
            content = step.script_id.sudo().with_context(bin_size=False).raw
            step.script_sha256 = hashlib.sha256(content).hexdigest() if content else False

    def _inverse_script_file(self):
        """Keep an uploaded script as a new attachment of the step: what was there before stays readable."""
        for step in self:
            if step.script_file and step.script_file != step.script_id.datas:
                step.script_id = self.env['ir.attachment'].create({
                    'name': step.script_name or self.env._("script.sql"),
                    'datas': step.script_file,
                    'res_model': self._name,
                    'res_id': step.id,
                })
            elif not step.script_file:
                step.script_id = False

    @api.depends(
        'state', 'started_by_id', 'done_by_id', 'closing_id.state', 'kind', 'environment', 'script_sha256', 'twin_id.status',
        'contributor_ids', 'attachment_ids', 'script_id', 'due_date', 'planned_date', 'date_moved_by_id')
    @api.depends_context('uid')
    def _compute_allowed(self):
        """Say what of the buttons the reader would not be refused."""
        is_manager, is_technician = self._is_manager(), self.env.user.has_group(TECHNICIAN)
        for step in self:
            is_open = not step.closing_id._closed_records()
            step.can_work = is_technician and is_open and step.state not in ('done', 'verified')
            step.can_reject = is_manager and is_open and step.state == 'done' and not step._is_own_work()
            step.can_take_back = is_technician and is_open and step._is_doer() and step.state in ('in_progress', 'done')
            step.can_reopen = is_manager and is_open and not step.can_take_back and step.state in ('in_progress', 'done', 'verified')
            step.can_confirm_date = is_manager and is_open and step._is_date_moved() and not step._is_own_date()
            step.can_take_script = step.can_work and step._lacks_twin_script()

    # === CONSTRAINT METHODS === #

    @api.constrains('script_id')
    def _check_script(self):
        """A script lies on its own step, so that whoever verifies the step can read it and nobody else's file is pointed to."""
        for step in self:
            script_sudo = step.script_id.sudo()
            if script_sudo and (script_sudo.res_model, script_sudo.res_id, script_sudo.type) != (self._name, step.id, 'binary'):
                raise ValidationError(self.env._("The script of “%(name)s” has to be a file attached to this step.", name=step.name))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_closing_editable()
        steps._keep_plan()
        steps._tie_files()
        steps.filtered(lambda step: step.evidence or step.attachment_ids or step.script_id)._note_contributor()
        return steps

    def write(self, vals):
        self._check_edit(vals)
        self._note_work(vals)
        before = {step: step.due_date for step in self if step.planned_date}
        result = super().write(vals)
        moved = self.filtered(lambda step: step in before and step.due_date != before[step])
        moved._transition({'date_moved_by_id': self.env.uid})
        self._keep_plan()
        if 'attachment_ids' in vals:
            self._tie_files()
        return result

    def unlink(self):
        """Say in the chatter of a running closing what was taken out of its plan, and by whom."""
        planned = [(step.closing_id, step.name) for step in self if step.closing_id.state == 'open']
        result = super().unlink()
        for closing, name in planned:
            closing._message_log(body=self.env._("Taken out of the plan: “%s”.", name))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_untouched(self):
        self._check_closing_editable()
        if any(step.state != 'todo' or step.return_reason for step in self):
            raise UserError(self.env._("A step that was worked on stays as a record."))
        if any(step.planned_date and step.closing_id.state == 'open' for step in self):
            raise UserError(self.env._("A step that has a date in a running closing stays as a record. If it is not needed, say so as its evidence."))

    # === ACTION METHODS === #

    def action_start(self):
        """Begin the work.

        :raises UserError: the step is locked
        """
        self._check_technician()
        self._check_state('todo', 'rejected')
        self._check_unlocked()
        self._transition({'state': 'in_progress', 'started_by_id': self.env.uid, 'started_at': clock.now(self.env)})

    def action_done(self):
        """Say that it is done, with the evidence that is on the step.

        :raises UserError: the step is locked, or evidence or script is missing
        """
        self._check_technician()
        self._check_state('todo', 'in_progress', 'rejected')
        self._check_unlocked()
        now = clock.now(self.env)
        for step in self:
            if not (step.evidence or '').strip() and not step.attachment_ids:
                raise UserError(self.env._("Add evidence to “%(name)s” first: a note, a file, or both.", name=step.name))
            if step.kind == 'sql_script' and not step.script_sha256:
                raise UserError(self.env._("Attach to “%(name)s” the script that was executed.", name=step.name))
            step._transition({
                'state': 'done', 'done_by_id': self.env.uid, 'done_at': now, 'done_sha256': step.script_sha256,
                'started_by_id': step.started_by_id.id or self.env.uid, 'started_at': step.started_at or now,
            })

    def action_verify(self):
        """Verify another person's work and pin the hash of its script.

        :raises AccessError: no manager, or the current user's own work
        :raises UserError: not done, locked, or the script is no longer the one that was executed
        """
        self._check_verifier()
        self._check_state('done')
        self._check_second_person()
        self._check_unlocked()
        for step in self:
            if step._is_changed():
                raise UserError(self.env._(
                    "The script of “%(name)s” was changed after it was done. Reject the step, so that it is done again.", name=step.name))
            step._transition({
                'state': 'verified', 'verified_by_id': self.env.uid, 'verified_at': clock.now(self.env),
                'verified_sha256': step.script_sha256,
            })

    def action_reject(self, reason):
        """Give a step back to its doer."""
        self._check_verifier()
        self._check_state('done')
        self._check_closing_editable()
        self._take_back('rejected', reason)

    def action_reopen(self, reason):
        """Open a step again: managers any, its doer as long as nobody has verified it."""
        self._check_technician()
        self._check_state('in_progress', 'done', 'rejected', 'verified')
        self._check_closing_editable()
        for step in self:
            if not self._is_manager() and (step.state == 'verified' or not step._is_doer()):
                raise AccessError(self.env._("Only managers open a step again that is verified or that somebody else did."))
        given_back = self.filtered(lambda step: step.state == 'done' and step.done_by_id != self.env.user)
        self._take_back('todo', reason)
        self._note_steps({step.id: ['done', 'todo', self.env.uid] for step in given_back})

    def action_confirm_date(self):
        """Let a step be judged by the date to which another manager moved it.

        :raises AccessError: no manager, the one who moved it, or one whose work is in the step
        :raises UserError: its date was not moved, or the closing is finished
        """
        if not self._is_manager():
            raise AccessError(self.env._("Only managers confirm the dates of a closing."))
        self._check_closing_editable()
        for step in self:
            if not step._is_date_moved():
                raise UserError(self.env._("“%(name)s” is due on the date by which it is judged.", name=step.name))
            if step._is_own_date():
                raise AccessError(self.env._(
                    "You moved the date of “%(name)s”, or had a hand in the step: another manager confirms it.", name=step.name))
            step._transition({'planned_date': step.due_date})

    def action_take_twin_script(self):
        """Copy the verified script of the Testbed twin, byte for byte."""
        self._check_technician()
        for step in self:
            script = step.twin_id.script_id
            if not script or not step.twin_id._is_proven():
                raise UserError(self.env._("The Testbed twin of “%(name)s” has no verified script yet.", name=step.name))
            step.script_id = self.env['ir.attachment'].create({
                'name': script.name, 'raw': script.raw, 'res_model': self._name, 'res_id': step.id})

    # === CHECKS === #

    def _check_edit(self, vals):
        """Let technicians bring work, managers plan, and nobody change what is done."""
        plan, work = PLAN_FIELDS & vals.keys(), WORK_FIELDS & vals.keys()
        if not plan and not work:
            return
        self._check_closing_editable()
        if any(step.state in ('done', 'verified') for step in self):
            raise UserError(self.env._("What is done stays as it was. Reject the step or open it again first."))
        if plan and not self.env.su and not self._is_manager():
            raise AccessError(self.env._("Only managers change the plan of a closing."))
        if any(step.closing_id.state == 'open' and step._is_proof_changed(vals) for step in self):
            raise ValidationError(self.env._(
                "Kind, environment and Testbed twin stay as they are while the closing runs: they say what has to be proven first."))

    def _is_proof_changed(self, vals):
        return any(
            name in vals and self._fields[name].convert_to_write(self[name], self) != (vals[name] or False) for name in PROOF_FIELDS)

    def _closed_records(self):
        """What is done stays as it was until it is rejected or opened again, and for ever once its closing is finished."""
        return self.filtered(lambda step: step.state in ('done', 'verified') or step.closing_id._closed_records())

    def _check_closing_editable(self):
        if self.closing_id._closed_records():
            raise UserError(self.env._("A finished closing stays as it is."))

    def _is_manager(self):
        return self.env.user.has_group(MANAGER)

    # === BUSINESS METHODS === #

    def _get_lock_reasons(self):
        """Return in words why this step cannot be worked on now; empty when it can.

        Override it to add a reason, never to drop one.
        """
        self.ensure_one()
        reasons = []
        if self.closing_id.state != 'open':
            reasons.append(self.env._("The closing is not running."))
        for step in self.depends_on_ids:
            if self.environment == 'production' and not step._is_proven():
                reasons.append(self.env._("“%(name)s” has to be verified first.", name=step.name))
            elif step.state not in ('done', 'verified') or step._is_changed():
                reasons.append(self.env._("“%(name)s” has to be done first.", name=step.name))
        if self.environment == 'production' and (self.twin_id or self.kind in CHANGING_KINDS):
            reasons += self._twin_lock_reasons()
        return reasons

    def _twin_lock_reasons(self):
        twin = self.twin_id
        if not twin:
            return [self.env._("It has no Testbed twin that proves it.")]
        if twin.state != 'verified':
            return [self.env._("On the Testbed, “%(name)s” is not verified yet.", name=twin.name)]
        if twin._is_changed():
            return [self.env._(
                "The script of “%(name)s” was changed after it was verified on the Testbed; it has to be proven again.", name=twin.name)]
        if twin.verified_by_id in twin._get_doers():
            return [self.env._("“%(name)s” was verified by the one who did it.", name=twin.name)]
        if self.kind == 'sql_script' and not self.script_sha256:
            return [self.env._("The script is missing; take the one verified on the Testbed.")]
        if (self.script_sha256 or False) != (twin.verified_sha256 or False):
            return [self.env._("The script is not byte for byte the one that was verified on the Testbed.")]
        return []

    def _is_changed(self):
        """Tell whether the script is no longer the one that was done or verified."""
        self.ensure_one()
        pinned = {'done': self.done_sha256, 'verified': self.verified_sha256}
        return self.state in pinned and (self.script_sha256 or False) != (pinned[self.state] or False)

    def _is_proven(self):
        self.ensure_one()
        return self.state == 'verified' and not self._is_changed()

    @api.model
    def _get_approval_fields(self):
        return ('state', 'status', 'is_locked', 'started_by_id', 'done_by_id', 'contributor_ids', 'attachment_ids', 'script_id')

    def _is_awaiting_approval(self):
        return self.state == 'done' and not self.is_locked and self.status != 'changed'

    def _get_doers(self):
        """Who wrote the evidence, or gave a file or the script, had a hand in the step too."""
        step_sudo = self.sudo()  # who reads the step may know whose its files are
        files_sudo = step_sudo.attachment_ids | step_sudo.script_id
        return super()._get_doers() | self.started_by_id | self.done_by_id | files_sudo.create_uid

    def _is_doer(self):
        """Tell whether the current user began or did this one step, and so may take it back."""
        return self.env.user in self.started_by_id | self.done_by_id

    def _lacks_twin_script(self):
        """Tell whether this one step has to take its script from its Testbed twin, and can."""
        if self.environment != 'production' or self.kind != 'sql_script':
            return False
        twin = self.twin_id
        return bool(twin.script_id) and twin._is_proven() and self.script_sha256 != twin.verified_sha256

    def _keep_plan(self):
        """Keep the name and the date by which the steps of a running closing are counted: what one manager changes later moves no figure."""
        for step in self.filtered(lambda step: step.closing_id.state == 'open'):
            vals = {} if step.planned_name else {'planned_name': step.name}
            if step.due_date and not step.planned_date:
                vals['planned_date'] = step.due_date
            if vals:
                step.with_context(**HUSH)._transition(vals)  # it is the date that stands there, no change

    def _is_date_moved(self):
        """Tell whether this one step is due on another day than the one by which it is judged."""
        return bool(self.planned_date) and self.due_date != self.planned_date

    def _is_own_date(self):
        return self.env.user in self.date_moved_by_id | self._get_doers()

    def _take_back(self, state, reason):
        reason = reason.strip() if isinstance(reason, str) else ''
        if not reason:
            raise UserError(self.env._("Give a reason."))
        vals = {'state': state, 'return_reason': reason, 'verified_by_id': False, 'verified_at': False, 'verified_sha256': False}
        if state == 'todo':
            vals.update(started_by_id=False, started_at=False, done_by_id=False, done_at=False, done_sha256=False)
        self._transition(vals)
        for step in self:
            step.message_post(body=self.env._("Came back: %(reason)s", reason=reason), subtype_xmlid='mail.mt_note')

    # === CHECKS === #

    def _check_unlocked(self):
        for step in self:
            if step.is_locked:
                raise UserError(self.env._("“%(name)s” is locked. %(reason)s", name=step.name, reason=step.lock_reason))

    def _check_technician(self):
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on the steps of a closing."))

    def _check_verifier(self):
        if not self._is_manager():
            raise AccessError(self.env._("Only managers verify and reject the steps of a closing."))
