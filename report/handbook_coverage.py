from odoo import api, fields, models
from odoo.tools import SQL

from .handbook_coverage_sql import coverage_sql

READ = {
    'it.handbook.line': ['section_id', 'sequence', 'kind', 'asset_ids'],
    'it.handbook.section': ['sequence'],
    'it.asset': ['active', 'company_id', 'line_ids'],
    'it.task': [
        'active', 'line_id', 'company_id', 'asset_ids', 'needs_verification', 'schedule_kind', 'generated_until', 'create_date'],
    'it.task.run': ['task_id', 'state', 'due_at', 'deadline_at', 'done_at', 'done_by_id', 'verified_by_id', 'verified_at'],
    'it.ticket.category': ['active', 'line_id'],
    'it.ticket': ['category_id', 'company_id', 'state', 'closed_at', 'confirmed_by_id'],
    'it.closing.template': ['active', 'company_id'],
    'it.closing.template.step': ['template_id', 'line_id', 'create_date'],
    'it.closing': ['state'],
    'it.closing.step': ['closing_id', 'line_id', 'company_id', 'state', 'planned_date', 'verified_at', 'verified_by_id'],
    'res.company': ['itc_tz'],
}


class ItHandbookCoverage(models.Model):
    """One row a line of the handbook and company: what keeps it, who answers for it, and how fresh its last proof is.

    Red: nothing keeps it, or what was owed last was not delivered. Amber: kept, not proven yet. Green: what was owed last is
    proven. Companies without any task do not run the handbook and get no rows.
    """
    _name = 'it.handbook.coverage'
    _description = "Handbook Coverage"
    _auto = False
    _order = 'section_sequence, sequence, id'
    _rec_name = 'line_id'
    _depends = READ

    line_id = fields.Many2one('it.handbook.line', readonly=True)
    section_id = fields.Many2one('it.handbook.section', readonly=True)
    section_sequence = fields.Integer(readonly=True)
    sequence = fields.Integer(readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    code = fields.Char(related='line_id.code', string="No.")
    text = fields.Text(related='line_id.text')
    kind = fields.Selection(lambda self: self.env['it.handbook.line']._fields['kind'].selection, readonly=True)
    state = fields.Selection(
        [('red', "Red"), ('amber', "Amber"), ('green', "Green"), ('rule', "Rule")], readonly=True,
        help="Red: nothing keeps the line, or what was owed last was not delivered. Amber: kept, but not proven yet. "
             "Green: proven in time. Rule: kept by the way the software works, not by a record.")
    reason = fields.Selection(
        [
            ('no_keeper', "Nothing keeps it"),
            ('missed', "Missed last time"),
            ('failed', "Found bad last time"),
            ('not_planned', "Its runs are not being made"),
            ('closing_overdue', "A closing step is overdue"),
            ('closing_old', "No closing step verified for over 15 months"),
            ('unverified', "Done, waits for a second person"),
            ('not_applicable', "Did not apply last time"),
            ('not_due', "Not due yet"),
            ('never_needed', "Nobody has needed it yet"),
            ('unseen', "A system that no task looked at for a month"),
            ('proven', "Proven"),
            ('rule', "Kept by the software's own rules"),
        ],
        string="Why", readonly=True)
    task_id = fields.Many2one('it.task', string="Weakest task", readonly=True, help="The task that decides the state.")
    proof_at = fields.Datetime("Last proof", readonly=True)
    proof_kind = fields.Selection(
        [('agent', "Measured by an agent"), ('run', "Run of a task"), ('ticket', "Ticket"), ('closing', "Closing step")],
        string="Proof", readonly=True)
    proof_by_id = fields.Many2one(
        'res.users', string="Proven by", readonly=True, help="Who confirmed it last; empty when an agent measured it.")
    run_id = fields.Many2one('it.task.run', readonly=True)
    ticket_id = fields.Many2one('it.ticket', readonly=True)
    closing_step_id = fields.Many2one('it.closing.step', readonly=True)

    task_ids = fields.Many2many('it.task', string="Tasks", compute='_compute_keepers')
    ticket_category_ids = fields.Many2many('it.ticket.category', string="Kinds of request", compute='_compute_keepers')
    closing_template_step_ids = fields.Many2many(
        'it.closing.template.step', string="Closing steps", compute='_compute_keepers')
    asset_ids = fields.Many2many('it.asset', string="Systems", compute='_compute_keepers')
    check_template_ids = fields.Many2many(
        'it.check.template', string="Check templates", compute='_compute_keepers')
    check_ids = fields.Many2many('it.check', string="Checks", compute='_compute_keepers')
    runs_on = fields.Selection(
        [('facts', "Facts"), ('both', "Facts and people"), ('possible', "People so far"), ('people', "People")],
        compute='_compute_keepers', search='_search_runs_on',
        help="Facts: for each of its tasks a check looks for which somebody answers, and nothing is asked besides. People so far: a check could look.")
    keepers = fields.Char("Kept by", compute='_compute_keepers')
    owner = fields.Char(compute='_compute_keepers', help="Who answers for it: the named people, the rotas, or else the roles.")

    # === COMPUTE METHODS === #

    @api.depends('line_id', 'company_id')
    @api.depends_context('lang')
    def _compute_keepers(self):
        self._warm_keepers()
        for row in self:
            row.update(row._keepers())
            kept_by = [
                *row.task_ids.mapped('name'), *row.ticket_category_ids.mapped('name'), *row.closing_template_step_ids.mapped('name'),
                *row.asset_ids.mapped('name'),
            ]
            row.keepers = ' · '.join(kept_by)
            row.owner = ', '.join(row._owners())
            row.runs_on = row._runs_on()

    def _search_runs_on(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # A row a line of the handbook and company: few, and nothing else tells.
        return [('id', 'in', self.search([]).filtered(lambda row: row.runs_on in value).ids)]  # pylint: disable=no-search-all

    # === ACTION METHODS === #

    def action_open_proof(self):
        """Open the record that proves the line."""
        self.ensure_one()
        proof = self.run_id or self.ticket_id or self.closing_step_id
        return proof and {
            'type': 'ir.actions.act_window',
            'res_model': proof._name,
            'res_id': proof.id,
            'views': [(False, 'form')],
        }

    def action_print_handbook(self):
        """Return the whole handbook of the current company as a PDF."""
        return self.env.ref('it_continuity.handbook_report').report_action(self.env.company)

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL("%s", coverage_sql())

    def _warm_keepers(self):
        """Read at once what all these rows need: filtering the keepers of one line would read those of the next line on its own."""
        lines = self.line_id
        for path in (
            'task_ids.role_id.name', 'task_ids.rota_id.name', 'task_ids.check_template_ids', 'task_ids.check_ids', 'ticket_category_ids.role_id.name',
            'closing_step_ids.template_id.active', 'closing_step_ids.role_id.name', 'asset_ids.role_id.name',
        ):
            lines.mapped(path)
        (lines.task_ids.user_id | lines.asset_ids.owner_id).sudo().mapped('name')
        lines.task_ids.sudo().mapped('effective_check_ids.settings_basis')

    def _keepers(self):
        """Return the records that keep this one line in this one company, by the name of their field."""
        def own(records):
            return records.filtered(lambda record: record.company_id in (self.company_id, self.env['res.company']))

        line = self.line_id
        tasks = own(line.task_ids)
        steps = line.closing_step_ids
        return {
            'task_ids': tasks,
            'ticket_category_ids': line.ticket_category_ids,
            'closing_template_step_ids': steps.filtered(
                lambda step: step.template_id.active and step.template_id in own(steps.template_id)),
            'asset_ids': own(line.asset_ids),
            'check_template_ids': tasks.check_template_ids,
            'check_ids': tasks.check_ids,
        }

    def _runs_on(self):
        """Return what this one line's tasks run on, False for a line that is no task's."""
        tasks_sudo = self.task_ids.sudo()  # whether a check looks is no secret to who reads the map
        if not tasks_sudo:
            return 'people' if self.ticket_category_ids or self.closing_template_step_ids else False
        looked_at = tasks_sudo.filtered(lambda task: any(check.settings_basis != 'none' for check in task.effective_check_ids))
        if looked_at:
            asks = tasks_sudo.item_ids.filtered(lambda item: item.required and item.kind != 'check')
            return 'facts' if looked_at == tasks_sudo and not asks._asked() else 'both'
        return 'possible' if tasks_sudo.check_template_ids else 'people'

    def _owners(self):
        """Return the names of who answers for this one line: the named people, then the rotas, then the roles."""
        people = self.task_ids.user_id.sudo().mapped('name')  # a colleague's name is no secret to who reads the task
        tasks = self.task_ids.filtered(lambda task: not task.user_id)
        rotas = tasks.rota_id
        roles = tasks.filtered(lambda task: not task.rota_id).role_id | self.ticket_category_ids.role_id | self.closing_template_step_ids.role_id
        if not self.task_ids and not roles:
            people = self.asset_ids.owner_id.sudo().mapped('name')
            roles = self.asset_ids.filtered(lambda asset: not asset.owner_id).role_id
        return [*people, *rotas.mapped('name'), *roles.mapped('name')]
