from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import compliance, run_state

DIMENSIONS_READ = {
    'it.task.run': [
        'task_id', 'checklist_id', 'company_id', 'date', 'due_at', 'deadline_at', 'done_at', 'state', 'role_id', 'responsible_id',
        'done_by_id', 'verified_by_id', 'override_reason', 'na_reason', 'fail_reason', 'late_reason', 'is_late_entry', 'note',
        'task_name', 'line_id', 'asset_ids', 'department_id', 'excuse_id', 'needs_verification', 'needs_confirmation', 'is_extra',
        'entered_at', 'is_unaccepted', 'answering_id', 'given_by_id', 'responsible_since', 'counted_improvements',
    ],
}
# Which counts a share is made of: what is in it, what it is a share of, and what of that is not asked for. The share of each line by itself
# is 0 or 100; a group's is counted anew by lib's rounding, so that every door says the same.
DONE = ('on_time', 'late')
SHARES = {
    'done_pct': (DONE, ('due',), ()),
    'on_time_pct': (('on_time',), ('due',), ()),
    'planned_pct': (DONE, ('due', 'not_applicable'), ()),
    'excused_pct': (DONE, ('due',), ('excused',)),
}


class ItComplianceReport(models.Model):
    """One line a run with columns of 0 and 1 to add up; what they mean is decided in ``lib.compliance`` alone.

    All that is grouped by was pinned on the run when it was made, so no later edit of a task moves a past figure. Nothing is
    aggregated, numbered or joined inside the view, so that PostgreSQL pushes the filters down to the runs.
    """
    _name = 'it.compliance.report'
    _description = "Compliance"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'run_id'
    _depends = DIMENSIONS_READ

    run_id = fields.Many2one('it.task.run', readonly=True)
    task_id = fields.Many2one('it.task', readonly=True)
    checklist_id = fields.Many2one('it.checklist', readonly=True)
    line_id = fields.Many2one('it.handbook.line', string="Handbook line", readonly=True)
    role_id = fields.Many2one('it.role', readonly=True)
    responsible_id = fields.Many2one('res.users', readonly=True, help="Who had to do it: not to whom a colleague gave it and who has not accepted it.")
    done_by_id = fields.Many2one('res.users', readonly=True)
    verified_by_id = fields.Many2one('res.users', readonly=True)
    person_id = fields.Many2one(
        'res.users', readonly=True,
        help="Who answers for the run: its responsible, or whose it was while the one to whom a colleague gave it has not accepted it; "
             "else whoever did it.")
    department_id = fields.Many2one('hr.department', readonly=True, help="Department of the responsible when the run was made, or of who closed it when nobody was.")
    asset_ids = fields.Many2many(
        'it.asset', 'it_task_run_it_asset_rel', 'run_id', 'asset_id', string="Assets", readonly=True, context={'active_test': False},
        help="The task's assets when the run was made. Grouped by asset, a run counts once for each of its own.")
    excuse_id = fields.Many2one('it.run.excuse', readonly=True)
    task_name = fields.Char("Task name", readonly=True, help="The task's name when the run was made.")
    needs_verification = fields.Boolean("Four eyes", readonly=True)
    needs_confirmation = fields.Boolean("Needs a second word", readonly=True)
    is_unaccepted = fields.Boolean("Given, not accepted", readonly=True)
    given_by_id = fields.Many2one('res.users', string="Given by", readonly=True)
    responsible_since = fields.Datetime("Theirs since", readonly=True, help="Since when it has been the responsible's; empty: from the beginning.")
    entered_at = fields.Datetime("Entered at", readonly=True)
    responsible_name = fields.Char("Who was responsible", compute='_compute_names', help="The person named for it, else the role.")
    done_name = fields.Char("Who did it", compute='_compute_names', help="Also who said that it failed or did not apply; “Agent” for checks.")
    verified_name = fields.Char("Who verified it", compute='_compute_names', help="Other people than who did it, or the agent's checks.")
    company_id = fields.Many2one('res.company', readonly=True)
    date = fields.Date(readonly=True, help="Day on which the run fell due, by the company's calendar.")
    due_at = fields.Datetime(string="Due", readonly=True)
    done_at = fields.Datetime(string="Done", readonly=True)
    state = fields.Selection(lambda self: self.env['it.task.run']._fields['state'].selection, readonly=True)
    reason = fields.Text(readonly=True, help="Why the run was not applicable, overridden or late, or what was noted.")
    bucket = fields.Selection([
        ('on_time', "On time"), ('late', "Late"), ('late_entry', "Entered late"), ('missed', "Missed"), ('failed', "Failed"),
        ('waived', "Not applicable, unconfirmed"), ('not_applicable', "Not applicable"), ('extra', "Started by hand"), ('open', "Open"),
    ], string="Outcome", readonly=True)
    due = fields.Integer("Due runs", readonly=True, help="Asked for and decided: all but not applicable, started by hand and open.")
    on_time = fields.Integer(readonly=True, help="Done by the due time.")
    late = fields.Integer(readonly=True, help="Done after the due time, within the grace.")
    late_entry = fields.Integer(
        "Entered late", readonly=True, help="Entered after the deadline as done in time; counts as done once another person confirms it.")
    missed = fields.Integer(readonly=True, help="Not done within the grace, also when entered later.")
    excused = fields.Integer(
        readonly=True, help="Of the missed ones and those entered late: another person accepted a fact on record as excuse.")
    failed = fields.Integer(readonly=True, help="Looked at and found bad.")
    waived = fields.Integer(
        "Not applicable, unconfirmed", readonly=True, help="Said not to apply by who could have done it; asked for until another person confirms it.")
    not_applicable = fields.Integer(readonly=True, help="Not owed, as two persons say, or a manager who had not to do it.")
    extra = fields.Integer("Started by hand", readonly=True, help="Started by hand beside the plan; counts in no percentage.")
    open = fields.Integer(readonly=True, help="Still within its time; counts in no percentage.")
    machine_verified = fields.Integer("Verified by agent", readonly=True, help="Closed by an agent's fresh measurements.")
    person_verified = fields.Integer("Verified by person", readonly=True, help="Looked at and confirmed by a second person.")
    overridden = fields.Integer(readonly=True, help="Done against a bad or silent check, with a reason.")
    entered_late = fields.Integer("Entered after the deadline", readonly=True, help="Also where another person confirmed it.")
    done_pct = fields.Float(
        "Compliance %", readonly=True, aggregator='avg', digits=(5, 1), help="On time or late, of what was due: the raw compliance.")
    planned_pct = fields.Float(
        "Compliance of all planned %", readonly=True, aggregator='avg', digits=(5, 1),
        help="On time or late, of all that was planned: also of what did not apply.")
    excused_pct = fields.Float(
        "Compliance without excused %", readonly=True, aggregator='avg', digits=(5, 1),
        help="On time or late, of what was due and is not excused.")
    on_time_pct = fields.Float("On time %", readonly=True, aggregator='avg', digits=(5, 1), help="On time, of what was due.")

    # === COMPUTE METHODS === #

    @api.depends(
        'person_id', 'responsible_id', 'is_unaccepted', 'role_id', 'done_by_id', 'verified_by_id', 'state', 'machine_verified',
        'needs_verification', 'needs_confirmation')
    @api.depends_context('lang')
    def _compute_names(self):
        agent = self.env._("Agent")
        for line in self:
            name_of = line.run_id._namer()
            line.responsible_name = line._responsible_words(name_of)
            line.done_name = name_of(line.done_by_id) or (agent if line.machine_verified else line.run_id._get_improvers())
            line.verified_name = line._verified_words(agent, name_of)

    # === ACTION METHODS === #

    def action_open_run(self):
        """Open the run behind this line, with its evidence and history."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'it.task.run',
            'res_id': self.run_id.id,
            'views': [(False, 'form')],
        }

    # === BUSINESS METHODS === #

    def _verified_words(self, agent, name_of):
        """Return who verified the run of this one line, or that nobody has to or did so far; empty for what was not done."""
        names = [agent] if self.machine_verified else [self.env._("An improvement")] if self.run_id.counted_improvements else []
        if self.verified_by_id:
            names.append(name_of(self.verified_by_id))
        if names or self.state not in ('done', 'not_applicable'):
            return ", ".join(names)
        if run_state.waits_for_second(self.state, self.needs_verification, self.needs_confirmation, bool(self.verified_by_id)):
            return self.env._("Waits for a second person")
        return self.env._("Not asked for") if self.state == 'done' else ''

    def _responsible_words(self, name_of):
        """Return who answers for the run of this one line, with the one to whom it was given in vain."""
        role = name_of(self.role_id)
        nobody = role and self.env._("%(role)s (role)", role=role) or ''
        if not self.is_unaccepted:
            return name_of(self.responsible_id) or nobody
        run_sudo = self.run_id.sudo()
        return self.env._(
            "%(whose)s (given to %(to)s, not accepted)", whose=name_of(run_sudo.answering_id) or nobody,
            to=name_of(run_sudo.responsible_id) or self.env._("everybody with the role"))

    def _read_group_select(self, aggregate_spec, query):
        """Return a group's share as lib counts and rounds it, whatever lines it has."""
        name, _colon, aggregator = aggregate_spec.partition(':')
        if name not in SHARES or aggregator != 'avg':
            return super()._read_group_select(aggregate_spec, query)
        counted, asked, left_out = SHARES[name]

        def total(names):
            return SQL(" + ").join(super(ItComplianceReport, self)._read_group_select(f'{one}:sum', query) for one in names)

        part, whole = total(counted), SQL(" - ").join([total(asked), *([total(left_out)] if left_out else [])])
        return SQL(compliance.percent_sql('(%(part)s)', '(%(whole)s)'), part=part, whole=whole)

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        return SQL("""
            SELECT run.id AS id, run.id AS run_id, run.task_id, run.checklist_id, run.line_id, run.role_id,
                   %(answers)s AS responsible_id, run.done_by_id, run.verified_by_id, COALESCE(%(answers)s, run.done_by_id) AS person_id,
                   run.department_id, run.excuse_id, run.task_name, run.needs_verification, run.needs_confirmation, run.is_unaccepted,
                   run.given_by_id, run.responsible_since, run.company_id, run.date, run.due_at, run.done_at, run.entered_at, run.state,
                   run.bucket,
                   CASE WHEN run.state = 'not_applicable' THEN run.na_reason
                        ELSE COALESCE(run.fail_reason, run.override_reason, run.late_reason, run.note) END AS reason,
                   (run.bucket IN %(due)s)::int AS due,
                   %(buckets)s,
                   %(excused)s::int AS excused,
                   (run.counted_improvements IS NULL AND (run.state = 'auto_verified' OR (run.state = 'verified' AND run.done_by_id IS NULL)))::int
                       AS machine_verified,
                   (run.verified_by_id IS NOT NULL)::int AS person_verified,
                   (COALESCE(run.override_reason, '') != '')::int AS overridden,
                   (COALESCE(run.is_late_entry, FALSE) AND run.done_at IS NOT NULL)::int AS entered_late,
                   CASE WHEN run.bucket IN %(due)s THEN 100.0 * (run.bucket IN %(done)s)::int END AS done_pct,
                   CASE WHEN run.bucket IN %(planned)s THEN 100.0 * (run.bucket IN %(done)s)::int END AS planned_pct,
                   CASE WHEN run.bucket IN %(due)s AND NOT %(excused)s THEN 100.0 * (run.bucket IN %(done)s)::int END
                       AS excused_pct,
                   CASE WHEN run.bucket IN %(due)s THEN 100.0 * (run.bucket = 'on_time')::int END AS on_time_pct
        """, due=_values(compliance.DUE_BUCKETS), done=_values(compliance.DONE_BUCKETS),
            planned=_values((*compliance.DUE_BUCKETS, compliance.Bucket.NOT_APPLICABLE)), excused=SQL(compliance.excused_sql()),
            answers=SQL("CASE WHEN run.is_unaccepted THEN run.answering_id ELSE run.responsible_id END"),
            buckets=SQL(", ").join(SQL("(run.bucket = %s)::int AS %s", one.value, SQL.identifier(one.value)) for one in compliance.Bucket))

    def _from(self):
        return SQL("FROM (SELECT run.*, %s AS bucket FROM it_task_run run) run", SQL(compliance.bucket_sql()))


def _values(buckets):
    return tuple(bucket.value for bucket in buckets)
