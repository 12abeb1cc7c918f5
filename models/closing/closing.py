from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import graph
from ..mixins import clock

MANAGER = 'it_continuity.it_continuity_group_manager'
SETTLED_FIELDS = frozenset({'template_id', 'date_end', 'company_id'})  # the steps' dates and order come from them
FINISHED_FIELDS = frozenset({'name', 'responsible_id', 'step_ids', 'note'})  # what else tells of a closing


class ItClosing(models.Model):
    """The closing of one fiscal year and the opening of the next, step by step."""
    _name = 'it.closing'
    _description = "IT Closing"
    _inherit = ['it.guarded.mixin', 'it.evidence.mixin', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'date_end desc, id desc'
    _check_company_auto = True
    _guarded_fields = frozenset({'state', 'opened_at', 'done_at', 'done_by_id'})

    name = fields.Char(required=True, compute='_compute_name', store=True, readonly=False, precompute=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    template_id = fields.Many2one(
        'it.closing.template', check_company=True, index='btree_not_null',
        default=lambda self: self.env['it.closing.template'].search([], limit=1))
    date_end = fields.Date("Fiscal year ends", required=True, tracking=True, help="Last day of the year that is closed.")
    responsible_id = fields.Many2one(
        'res.users', required=True, default=lambda self: self.env.user, domain="[('share', '=', False)]", tracking=True)
    state = fields.Selection(
        selection=[('draft', "Draft"), ('open', "Running"), ('done', "Done"), ('cancelled', "Cancelled")],
        required=True, readonly=True, default='draft', copy=False, index=True, tracking=True)
    note = fields.Html()
    step_ids = fields.One2many('it.closing.step', 'closing_id', string="Steps")
    step_count = fields.Integer("Number of steps", compute='_compute_progress')
    verified_count = fields.Integer("Verified steps", compute='_compute_progress')
    waiting_count = fields.Integer("Steps that wait", compute='_compute_can_finish', help="Not verified yet, or changed since.")
    can_start = fields.Boolean(compute='_compute_can_start')
    can_finish = fields.Boolean(compute='_compute_can_finish', help="Every step is verified, and nothing changed since.")
    progress = fields.Float(compute='_compute_progress', help="Verified steps, percent.")
    opened_at = fields.Datetime("Started on", readonly=True, copy=False)
    done_at = fields.Datetime("Done on", readonly=True, copy=False)
    done_by_id = fields.Many2one('res.users', string="Declared done by", readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends('date_end')
    def _compute_name(self):
        for closing in self:
            if not closing.name and closing.date_end:
                closing.name = self.env._("Fiscal year ending %(date)s", date=closing.date_end)

    @api.depends('step_ids.state')
    def _compute_progress(self):
        totals = {closing: [0, 0] for closing in self._origin}
        groups = self.env['it.closing.step']._read_group([('closing_id', 'in', self.ids)], ['closing_id', 'state'], ['__count'])
        for closing, state, count in groups:
            totals[closing][0] += count
            totals[closing][1] += count if state == 'verified' else 0
        for closing in self:
            steps, verified = totals.get(closing._origin, (0, 0))
            closing.step_count = steps
            closing.verified_count = verified
            closing.progress = 100.0 * verified / steps if steps else 0.0

    @api.depends('state', 'step_ids', 'template_id.step_ids')
    def _compute_can_start(self):
        for closing in self:
            closing.can_start = closing.state == 'draft' and bool(closing.step_ids or closing.template_id.step_ids)

    @api.depends('state', 'step_ids.status', 'step_ids.is_locked')
    def _compute_can_finish(self):
        for closing in self:
            waiting = closing._waiting_steps()
            closing.waiting_count = len(waiting)
            closing.can_finish = closing.state == 'open' and bool(closing.step_ids) and not waiting

    # === CRUD METHODS === #

    def write(self, vals):
        if SETTLED_FIELDS & vals.keys() and any(closing.state != 'draft' for closing in self):
            raise UserError(self.env._("Template, company and end of the year stay as they are once the closing runs."))
        if FINISHED_FIELDS & vals.keys() and self._closed_records():
            raise UserError(self.env._("A finished closing stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(closing.state != 'draft' for closing in self):
            raise UserError(self.env._("A closing that was started stays as a record. Cancel it instead."))

    # === ACTION METHODS === #

    def action_open(self):
        """Start the closing; a closing without steps gets those of its template."""
        self._check_manager()
        self._check_state('draft')
        for closing in self:
            if not closing.step_ids:
                closing._make_steps()
            closing._transition({'state': 'open', 'opened_at': clock.now(self.env)})
            closing.step_ids._keep_plan()

    def action_done(self):
        """Declare the closing done: every step verified, and nothing changed since."""
        self._check_manager()
        self._check_state('open')
        for closing in self:
            waiting = closing._waiting_steps()
            if waiting or not closing.step_ids:
                raise UserError(self.env._(
                    "These steps are not verified, or changed since: %(names)s.", names=", ".join(waiting.mapped('name')) or "–"))
        self._transition({'state': 'done', 'done_at': clock.now(self.env), 'done_by_id': self.env.uid})

    def action_cancel(self):
        self._check_manager()
        self._check_state('draft', 'open')
        self._transition({'state': 'cancelled'})

    def action_open_steps(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_closing_step_action')
        return {**action, 'domain': [('closing_id', '=', self.id)], 'context': {'default_closing_id': self.id}}

    # === BUSINESS METHODS === #

    def _make_steps(self):
        """Make the steps of the template, each after what it waits for."""
        self.ensure_one()
        patterns = self.template_id.step_ids
        if not patterns:
            raise UserError(self.env._("Choose a template that has steps, or add the steps by hand."))
        made = {}
        for pattern in patterns.browse(graph.in_order(patterns._order_edges())):
            step = self.env['it.closing.step'].create(pattern._prepare_step(self, made))
            made[pattern.id] = step.id

    def _waiting_steps(self):
        """Return the steps of this one closing that are not verified, or rest on what changed since."""
        return self.step_ids.filtered(lambda step: step.status != 'verified' or step.is_locked)

    def _closed_records(self):
        return self.filtered(lambda closing: closing.state in ('done', 'cancelled'))

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers start, finish and cancel a closing."))
