import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

MANAGER = 'it_continuity.it_continuity_group_manager'

PLAN_FIELDS = frozenset({
    'name', 'kind', 'environment', 'twin_id', 'depends_on_ids', 'responsible_id', 'role_id', 'due_date', 'line_id', 'instructions',
    'sequence',
})
PROOF_FIELDS = frozenset({'kind', 'environment', 'twin_id'})  # they decide what has to be proven on the Testbed first
WORK_FIELDS = frozenset({'evidence', 'attachment_ids', 'script_id', 'script_file', 'script_name'})


class ItClosingStep(models.Model):
    """One step of a closing: who did it, what proves it, who else verified it.

    A production step is locked until its Testbed twin is verified, and its script is byte for byte the one verified there.
    Whether that holds is never stored: it is read from the files each time, so a changed file locks by itself.
    """
    _name = 'it.closing.step'
    _description = "IT Closing Step"
    _inherit = [
        'it.guarded.mixin', 'it.sealed.mixin', 'it.closing.plan.mixin', 'it.two.person.mixin', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'due_date, sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _plan_field = 'closing_id'
    _guarded_fields = frozenset({
        'state', 'started_by_id', 'started_at', 'done_by_id', 'done_at', 'done_sha256', 'verified_by_id', 'verified_at',
        'verified_sha256', 'return_reason',
    })
    _fixed_fields = frozenset({'closing_id'})
    _seal_states = ('verified', 'rejected')
    _seal_columns = (
        'name', 'kind', 'environment', 'instructions', 'due_date', 'closing_id', 'company_id', 'state', 'evidence', 'started_by_id',
        'started_at', 'done_by_id', 'done_at', 'done_sha256', 'verified_by_id', 'verified_at', 'verified_sha256', 'return_reason')

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
            reasons = step._lock_reasons()
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
        steps._tie_files()
        return steps

    def write(self, vals):
        self._check_edit(vals)
        result = super().write(vals)
        if 'attachment_ids' in vals:
            self._tie_files()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_untouched(self):
        self._check_closing_editable()
        if any(step.state != 'todo' or step.return_reason for step in self):
            raise UserError(self.env._("A step that was worked on stays as a record."))

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
