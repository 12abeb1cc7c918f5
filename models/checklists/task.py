from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..mixins.guarded_mixin import initial_values
from .schedule_mixin import SCHEDULE_FIELDS

PLANNED = frozenset({'generated_until', 'generation_error'})  # what the generator alone says


class ItTask(models.Model):
    """A sentence of the handbook that has to be kept again and again; each time it falls due is a run."""
    _name = 'it.task'
    _description = "Task"
    _inherit = ['it.schedule.mixin', 'it.thread.mixin', 'it.code.mixin']
    _order = 'checklist_sequence, sequence, id'
    _check_company_auto = True
    _code_by_company = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    checklist_id = fields.Many2one('it.checklist', required=True, index=True, check_company=True, ondelete='restrict')
    checklist_sequence = fields.Integer(related='checklist_id.sequence', string="Checklist order", store=True)
    line_id = fields.Many2one('it.handbook.line', string="Handbook line", index=True, ondelete='restrict')
    instructions = fields.Html(help="How it is done; each run keeps the text as it was when the run was made.")
    expected_evidence = fields.Text(help="What shows afterwards that it was done.")
    role_id = fields.Many2one('it.role', string="Responsible role", check_company=True, tracking=True)
    user_id = fields.Many2one(
        'res.users', string="Responsible", domain="[('share', '=', False)]", tracking=True,
        help="Empty: everybody with the role; the only one, if it has only one person.")
    asset_ids = fields.Many2many('it.asset', string="Assets", check_company=True)
    needs_verification = fields.Boolean(
        "Four eyes", tracking=True, help="A run is complete only when another person than its doer has verified it.")
    run_ids = fields.One2many('it.task.run', 'task_id', string="Runs")
    run_count = fields.Integer(compute='_compute_run_count')
    generated_until = fields.Date(
        readonly=True, copy=False, index=True, help="Local day up to which the runs exist; what lies before is never made again.")
    generation_error = fields.Text(
        readonly=True, copy=False, help="Why no runs could be made of this task; empty when all is well.")

    _code_company_uniq = models.Constraint('UNIQUE(code, company_id)', "This task code is already used.")

    # === COMPUTE METHODS === #

    @api.depends('run_ids')
    def _compute_run_count(self):
        counts = dict(self.env['it.task.run']._read_group([('task_id', 'in', self.ids)], ['task_id'], ['__count']))
        for task in self:
            task.run_count = counts.get(task, 0)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_planned(vals)
        initial = initial_values(self, PLANNED)
        tasks = super().create([{**initial, **vals} for vals in vals_list])
        tasks._wake_generator()
        return tasks

    def write(self, vals):
        """Plan anew what has not opened yet when the schedule changes; runs that opened keep their times and text."""
        self._check_planned(vals)
        changed = self.filtered(lambda task: task._is_replanned(vals))
        changed._catch_up()
        result = super().write(vals)
        if changed:
            changed._replan()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_without_runs(self):
        if self.env['it.task.run'].sudo().search_count([('task_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._("A task with runs cannot be deleted: they are evidence. Archive it instead."))

    # === ACTION METHODS === #

    def action_start_run(self):
        """Open a run of this task now, on demand or in addition to the planned ones, and show it."""
        self.ensure_one()
        self.check_access('read')
        self.env['it.task.run'].check_access('write')  # who may work on runs may ask for one
        task_sudo = self.sudo()  # runs are made by the software only: nobody has the right to create one
        run = task_sudo._start_run().sudo(False)
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'it.task.run',
            'res_id': run.id,
            'view_mode': 'form',
        }

    def action_open_runs(self):
        self.ensure_one()
        return dict(
            self.env['ir.actions.actions']._for_xml_id('it_continuity.it_task_run_action'),
            domain=[('task_id', '=', self.id)],
            context={},
        )

    # === BUSINESS METHODS === #

    @api.model
    def _check_planned(self, vals):
        """:raises AccessError: a person says up to when runs exist; put into the future, none would be made or missed, and nobody told"""
        if not self.env.su and PLANNED & vals.keys():
            raise AccessError(self.env._("Up to when runs exist is the software's to say. Archive a task that shall make none."))

    def _is_replanned(self, vals):
        """Tell whether these values change when this one task falls due."""
        return any(
            name in vals and self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in (*SCHEDULE_FIELDS, 'active')
        )
