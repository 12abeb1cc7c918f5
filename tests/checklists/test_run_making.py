from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron

from .common import MONDAY, ChecklistCase

SCHEDULES = (
    {'schedule_kind': 'daily', 'closed_rule': 'skip'},
    {'schedule_kind': 'weekdays', 'monday': True, 'tuesday': True, 'closed_rule': 'later'},
    {'schedule_kind': 'weekly_quota', 'quota': 2},
    {'schedule_kind': 'last_workday'},
    {'schedule_kind': 'daily', 'interval': 2, 'closed_rule': 'earlier'},
)


@tagged('post_install', '-at_install')
class TestRunMaking(ChecklistCase):
    """What making runs by the hundred costs, and that nothing is skipped for it."""

    def setUp(self):
        super().setUp()
        self.env['it.task']._cron_generate_runs()

    def _many(self, prefix, count, **values):
        return self.env['it.task'].with_context(tracking_disable=True).create([{
            'name': f"{prefix} {number}", 'code': f'{prefix}_{number}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'start_date': MONDAY, 'due_time': 10 + number % 45 / 10, **SCHEDULES[number % len(SCHEDULES)], **values} for number in range(count)])

    def _queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_of_a_batch_do_not_grow_with_its_tasks(self):
        item = Command.create({'name': "Gauge", 'kind': 'number'})
        self._many('warm', 5, item_ids=[item])._generate_runs()
        few, lots = self._many('few', 5, item_ids=[item]), self._many('lots', 45, item_ids=[item])
        queries = self._queries(few._generate_runs)
        self.assertEqual(self._queries(lots._generate_runs), queries)
        self.assertEqual(len(lots.run_ids), 9 * len(few.run_ids))
        self.assertEqual(len(lots.run_ids.item_ids), len(lots.run_ids))

    def test_tasks_that_share_a_pass_get_the_runs_they_would_get_alone(self):
        together = self._many('together', 20)
        together[3].due_time, together[7].start_date = 9, '2026-11-24'
        together._generate_runs()
        alone = self._many('alone', 20)
        alone[3].due_time, alone[7].start_date = 9, '2026-11-24'
        for task in alone:
            task._generate_runs()
        self.assertTrue(together.run_ids)
        for one, other in zip(together, alone, strict=True):
            self.assertEqual(self._times(one), self._times(other), one.schedule_text)

    def _times(self, task):
        return [(run.occurrence, run.date, run.open_at, run.due_at, run.deadline_at) for run in task.run_ids.sorted('occurrence')]

    def test_1000_tasks_are_made_in_batches_each_with_a_commit(self):
        tasks = self._many('crowd', 1000, schedule_kind='daily', closed_rule='keep', interval=1)
        commits = self._pass_committing()
        self.assertEqual(commits, [(100, 1000 - 100 * batch, 300 * batch) for batch in range(1, 11)])
        self.assertEqual(len(tasks.run_ids), 3000)

    def test_pass_that_runs_out_of_time_stops_and_the_next_one_goes_on(self):
        tasks = self._many('crowd', 250, schedule_kind='daily', closed_rule='keep', interval=1)
        self.assertEqual(self._pass_committing(batches=1), [(100, 150, 300)])
        self.assertEqual(len(tasks.filtered('run_ids')), 100)
        self.assertEqual([commit[:2] for commit in self._pass_committing()], [(100, 50), (50, 0)])
        self.assertEqual(len(tasks.run_ids), 750)

    def _pass_committing(self, batches=1000):
        """Run the cron; return ``(tasks done, tasks left, runs made so far)`` for each of its commits."""
        runs, commits = self.env['it.task.run'], []
        before = runs.search_count([])

        def commit_progress(_cron, processed=0, *, remaining=None, **_options):
            commits.append((processed, remaining, runs.search_count([]) - before))
            return len(commits) < batches and 60.0

        with patch.object(IrCron, '_commit_progress', commit_progress):
            self.env['it.task']._cron_generate_runs()
        return commits

    def test_run_of_another_companys_task_is_refused_among_many(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        checklist = self.env['it.checklist'].create({'name': "There", 'code': 'there', 'company_id': elsewhere.id})
        stranger = self.env['it.task'].create({
            'name': "Strange task", 'code': 'strange', 'checklist_id': checklist.id, 'company_id': elsewhere.id})
        task = self._task('own', active=False)
        runs = self.env['it.task.run']
        fits = [{**values, 'task_id': task.id} for values in self._values(3)]
        self.assertEqual(len(runs.create(fits)), 3)
        with self.assertRaisesRegex(UserError, "Strange task"):
            runs.create([*self._values(2, index=2, task_id=task.id), *self._values(1, task_id=stranger.id)])

    def _values(self, count, index=1, **values):
        """Return the values of runs of this company, each on a day of its own."""
        return [{
            'company_id': self.env.company.id, 'occurrence': f'2026-11-{day}#{index}', 'date': f'2026-11-{day}', 'task_name': "One",
            'open_at': f'2026-11-{day} 06:00:00', 'due_at': f'2026-11-{day} 09:00:00', 'deadline_at': f'2026-11-{day} 21:00:00', **values,
        } for day in range(10, 10 + count)]

    def test_what_begins_empty_is_empty_in_the_database_too(self):
        run = self._run('empty')
        self.env.flush_all()
        self.env.cr.execute("""
            SELECT state, is_late_entry, needs_verification, num_nulls(done_by_id, done_at, snapshot, item_values, closed_at, note)
              FROM it_task_run WHERE id = %s
        """, [run.id])
        self.assertEqual(self.env.cr.fetchone(), ('pending', False, False, 6))
