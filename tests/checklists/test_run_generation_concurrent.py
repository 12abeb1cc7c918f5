from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..concurrent_case import ConcurrentCase


@tagged('post_install', '-at_install')
class TestRunGenerationConcurrent(ConcurrentCase):
    """Two workers with transactions of their own, as two cron processes have; what they commit is removed at the end."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            checklist = env['it.checklist'].create({'name': "Race", 'code': 'race'})
            start = env['it.task']._today(env.company) - timedelta(days=4)
            tasks = env['it.task'].create([
                {'name': f"Race {n}", 'code': f'race_{n}', 'checklist_id': checklist.id, 'start_date': start, 'due_time': 12,
                 'grace_h': 12} for n in range(20)])
            env.flush_all()
            cr.execute("UPDATE it_task SET create_date = create_date - interval '5 days' WHERE id = ANY(%s)", [tasks.ids])
            self.checklist_id, self.task_ids, self.start = checklist.id, tasks.ids, start

    def _remove(self):
        with self.registry.cursor() as cr:
            # What was committed cannot be taken back from the log but by its owner.
            cr.execute("ALTER TABLE it_seal_event DISABLE TRIGGER USER")
            cr.execute(
                "DELETE FROM it_seal_event WHERE res_id IN (SELECT id FROM it_task_run WHERE task_id = ANY(%s))", [self.task_ids])
            cr.execute("ALTER TABLE it_seal_event ENABLE TRIGGER USER")
            cr.execute("DELETE FROM it_task_run WHERE task_id = ANY(%s)", [self.task_ids])
            env = api.Environment(cr, SUPERUSER_ID, {})
            env['it.task'].browse(self.task_ids).unlink()
            env['it.checklist'].browse(self.checklist_id).unlink()

    def _work(self, env):
        """One cron pass."""
        env['it.task'].browse(self.task_ids)._generate_safely()
        env['it.task.run'].search([('task_id', 'in', self.task_ids), ('state', '=', 'pending')])._close_missed()

    def _counts(self):
        with self.registry.cursor() as cr:
            cr.execute("""
                SELECT task_id, count(*), count(DISTINCT occurrence), count(*) FILTER (WHERE state = 'missed')
                  FROM it_task_run WHERE task_id = ANY(%s) GROUP BY task_id
            """, [self.task_ids])
            return [row[1:] for row in cr.fetchall()]

    def test_two_workers_at_once_make_each_run_once_and_close_four_missed(self):
        self._both_at_once(self._work)
        self._settle()
        self.assertEqual(self._counts(), [(7, 7, 4)] * 20)

    def test_worker_with_an_older_snapshot_makes_nothing_twice(self):
        with self.registry.cursor() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(env['it.task.run'].search_count([('task_id', 'in', self.task_ids)]), 0)
            self._settle()
            env['it.task'].browse(self.task_ids)._generate_safely()
            self.assertFalse(env['it.task'].search([('id', 'in', self.task_ids), ('generation_error', '!=', False)]))
        self.assertEqual(self._counts(), [(7, 7, 4)] * 20)

    def _settle(self):
        with self.registry.cursor() as cr:
            self._work(api.Environment(cr, SUPERUSER_ID, {}))
