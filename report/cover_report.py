from odoo import fields, models
from odoo.tools import SQL

RECENT_DAYS = 90
TASK_SHIFT = 1_000_000  # a row's id is made of the task's and the person's


class ItCoverReport(models.Model):
    """One row a task and person who ever did it: who could do it tomorrow. A task that nobody did has a row without a person."""
    _name = 'it.cover.report'
    _description = "Cover Map"
    _auto = False
    _order = 'task_id, recent_count desc, last_at desc, id'
    _rec_name = 'task_id'
    _depends = {
        'it.task': ['active', 'checklist_id', 'line_id', 'role_id', 'company_id'],
        'it.task.run': ['task_id', 'done_by_id', 'done_at'],
    }

    task_id = fields.Many2one('it.task', readonly=True)
    checklist_id = fields.Many2one('it.checklist', readonly=True)
    line_id = fields.Many2one('it.handbook.line', string="Handbook line", readonly=True)
    role_id = fields.Many2one('it.role', string="Responsible role", readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    person_id = fields.Many2one('res.users', readonly=True, help="Who did it; empty when nobody ever did.")
    recent_count = fields.Integer("Last 90 days", readonly=True, help="Runs that this person did in the last 90 days.")
    total_count = fields.Integer("Ever", readonly=True, help="Runs that this person ever did.")
    last_at = fields.Datetime("Last done", readonly=True, aggregator='max')
    cover = fields.Selection(
        [('nobody', "Nobody has ever done it"), ('one', "Only one person has ever done it"), ('several', "Several people can do it")],
        readonly=True, help="How many people have ever done the task; agents do not count.")

    # === ACTION METHODS === #

    def action_open_runs(self):
        """Open the runs behind this row."""
        self.ensure_one()
        return {
            **self.env['ir.actions.actions']._for_xml_id('it_continuity.it_task_run_action'),
            'domain': [('task_id', '=', self.task_id.id), ('done_by_id', '=', self.person_id.id), ('done_at', '!=', False)],
            'context': {},
        }

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        return SQL("""
            SELECT task.id::bigint * %(shift)s + COALESCE(done.person_id, 0) AS id, task.id AS task_id, task.checklist_id, task.line_id,
                   task.role_id, task.company_id, done.person_id, COALESCE(done.recent_count, 0) AS recent_count,
                   COALESCE(done.total_count, 0) AS total_count, done.last_at,
                   CASE WHEN done.person_id IS NULL THEN 'nobody' WHEN done.people = 1 THEN 'one' ELSE 'several' END AS cover
              FROM it_task task
              LEFT JOIN (
                SELECT task_id, done_by_id AS person_id, COUNT(*) AS total_count, MAX(done_at) AS last_at,
                       COUNT(*) FILTER (WHERE done_at >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)) AS recent_count,
                       COUNT(*) OVER (PARTITION BY task_id) AS people
                  FROM it_task_run
                 WHERE done_by_id IS NOT NULL AND done_at IS NOT NULL
                 GROUP BY task_id, done_by_id) done ON done.task_id = task.id
             WHERE task.active
        """, shift=TASK_SHIFT, days=RECENT_DAYS)
