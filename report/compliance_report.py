from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.it_continuity.lib import compliance

DIMENSIONS_READ = {
    'it.task.run': [
        'task_id', 'checklist_id', 'company_id', 'date', 'due_at', 'deadline_at', 'done_at', 'state', 'role_id', 'responsible_id',
        'done_by_id', 'verified_by_id', 'override_reason', 'na_reason', 'fail_reason', 'late_reason', 'is_late_entry', 'note',
        'task_name', 'line_id', 'asset_ids', 'department_id', 'excuse_id',
    ],
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
    responsible_id = fields.Many2one('res.users', readonly=True)
    done_by_id = fields.Many2one('res.users', readonly=True)
    verified_by_id = fields.Many2one('res.users', readonly=True)
    person_id = fields.Many2one(
        'res.users', readonly=True, help="Who answers for the run: its responsible, or whoever did it when nobody was named.")
    department_id = fields.Many2one('hr.department', readonly=True, help="Department of the responsible when the run was made, or of who closed it when nobody was.")
    asset_ids = fields.Many2many(
        'it.asset', 'it_task_run_it_asset_rel', 'run_id', 'asset_id', string="Assets", readonly=True, context={'active_test': False},
        help="The task's assets when the run was made. Grouped by asset, a run counts once for each of its own.")
    excuse_id = fields.Many2one('it.run.excuse', string="Excuse", readonly=True)
    task_name = fields.Char("Task name", readonly=True, help="The task's name when the run was made.")
    company_id = fields.Many2one('res.company', readonly=True)
    date = fields.Date(readonly=True, help="Day on which the run fell due, by the company's calendar.")
    due_at = fields.Datetime(string="Due", readonly=True)
    done_at = fields.Datetime(string="Done", readonly=True)
    state = fields.Selection(lambda self: self.env['it.task.run']._fields['state'].selection, readonly=True)
    reason = fields.Text(readonly=True, help="Why the run was not applicable, overridden or late, or what was noted.")
    bucket = fields.Selection([
        ('on_time', "On time"), ('late', "Late"), ('missed', "Missed"), ('failed', "Failed"),
        ('not_applicable', "Not applicable"), ('open', "Open"),
    ], string="Outcome", readonly=True)
    due = fields.Integer("Due runs", readonly=True, help="Asked for and decided: on time, late, missed or failed.")
    on_time = fields.Integer(readonly=True, help="Done by the due time.")
    late = fields.Integer(readonly=True, help="Done after the due time, within the grace.")
    missed = fields.Integer(readonly=True, help="Not done within the grace, also when entered later.")
    excused = fields.Integer(readonly=True, help="Of the missed ones: another person accepted a fact on record as excuse.")
    failed = fields.Integer(readonly=True, help="Looked at and found bad.")
    not_applicable = fields.Integer(readonly=True, help="Not owed, with a reason; counts in no percentage.")
    open = fields.Integer(readonly=True, help="Still within its time; counts in no percentage.")
    machine_verified = fields.Integer("Verified by agent", readonly=True, help="Closed by an agent's fresh measurements.")
    person_verified = fields.Integer("Verified by person", readonly=True, help="Looked at and confirmed by a second person.")
    overridden = fields.Integer(readonly=True, help="Done against a bad or silent check, with a reason.")
    late_entry = fields.Integer("Entered late", readonly=True, help="Entered after the deadline, with a reason.")
    done_pct = fields.Float(
        "Compliance %", readonly=True, aggregator='avg', digits=(5, 1), help="On time or late, of what was due: the raw compliance.")
    excused_pct = fields.Float(
        "Compliance without excused %", readonly=True, aggregator='avg', digits=(5, 1),
        help="On time or late, of what was due and is not excused.")
    on_time_pct = fields.Float("On time %", readonly=True, aggregator='avg', digits=(5, 1), help="On time, of what was due.")

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

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        return SQL("""
            SELECT run.id AS id, run.id AS run_id, run.task_id, run.checklist_id, run.line_id, run.role_id,
                   run.responsible_id, run.done_by_id, run.verified_by_id,
                   COALESCE(run.responsible_id, run.done_by_id) AS person_id,
                   run.department_id, run.excuse_id, run.task_name, run.company_id, run.date, run.due_at, run.done_at, run.state, run.bucket,
                   CASE WHEN run.state = 'not_applicable' THEN run.na_reason
                        ELSE COALESCE(run.fail_reason, run.override_reason, run.late_reason, run.note) END AS reason,
                   (run.bucket IN %(due)s)::int AS due,
                   (run.bucket = 'on_time')::int AS on_time,
                   (run.bucket = 'late')::int AS late,
                   (run.bucket = 'missed')::int AS missed,
                   %(excused)s::int AS excused,
                   (run.bucket = 'failed')::int AS failed,
                   (run.bucket = 'not_applicable')::int AS not_applicable,
                   (run.bucket = 'open')::int AS open,
                   (run.state = 'auto_verified' OR (run.state = 'verified' AND run.done_by_id IS NULL))::int AS machine_verified,
                   (run.verified_by_id IS NOT NULL)::int AS person_verified,
                   (COALESCE(run.override_reason, '') != '')::int AS overridden,
                   COALESCE(run.is_late_entry, FALSE)::int AS late_entry,
                   CASE WHEN run.bucket IN %(due)s THEN 100.0 * (run.bucket IN ('on_time', 'late'))::int END AS done_pct,
                   CASE WHEN run.bucket IN %(due)s AND NOT %(excused)s THEN 100.0 * (run.bucket IN ('on_time', 'late'))::int END
                       AS excused_pct,
                   CASE WHEN run.bucket IN %(due)s THEN 100.0 * (run.bucket = 'on_time')::int END AS on_time_pct
        """, due=tuple(bucket.value for bucket in compliance.DUE_BUCKETS), excused=SQL(compliance.excused_sql()))

    def _from(self):
        return SQL("FROM (SELECT *, %s AS bucket FROM it_task_run run) run", SQL(compliance.bucket_sql()))
