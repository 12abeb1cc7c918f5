from odoo.fields import Command
from odoo.tests import tagged

from ..monitoring.agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestTodayHealth(AgentCase):
    """What agents report reaches the board, by the same way as in production: report, judge, read."""

    def setUp(self):
        super().setUp()
        self.seq = 0
        self.role.user_ids = self.technician
        self.checklist = self.env['it.checklist'].create({'name': "Health round", 'code': 'health_round'})
        self.task = self._task('disks_have_room', self.checks)
        self.run_today = self.task._start_run()
        self.env.flush_all()
        # past the guards on purpose: the run has been open for a while when the agent reports
        self.env.cr.execute("UPDATE it_task_run SET open_at = open_at - interval '10 minutes' WHERE id = %s", [self.run_today.id])
        self.env.invalidate_all()

    def _task(self, code, checks):
        return self.env['it.task'].create({
            'name': "Disks have room", 'code': code, 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'schedule_kind': 'on_demand', 'start_date': '2026-01-01', 'due_time': 24.0, 'check_ids': [Command.set(checks.ids)],
        })

    def _report(self, *states, ago_s=0):
        """Report one cycle a word of ``states``, ten seconds apart, the last one ``ago_s`` old, and judge."""
        records = []
        for number, one in enumerate(states):
            self.seq += 1
            records.append(self.fake.cycle(self.seq, one, ago_s=ago_s + 10 * (len(states) - 1 - number)))
        self._store(self.fake, records)
        self.env.flush_all()
        self.env['it.judge']._judge()

    def _row(self):
        self.env.flush_all()
        self.env.invalidate_all()
        board = self.env['it.today'].with_user(self.technician).get_board()
        return next(row for row in board['runs'] if row['id'] == self.run_today.id)

    def test_new_check_waits_and_is_neither_red_nor_well(self):
        row = self._row()
        self.assertEqual((row['state'], row['health'], row['action']), ('pending', 'waiting', 'action_do'))
        self.assertEqual((row['is_red'], row['is_waiting'], row['is_bulk']), (False, True, False))
        self.assertIn("Root on srv-test waits for its first result.", row['health_reason'])
        self.assertFalse(self.run_today._proven())

    def test_silent_check_is_red_with_its_name_and_host(self):
        self._age(self.checks)
        row = self._row()
        self.assertEqual((row['state'], row['health']), ('pending', 'unknown'))
        self.assertTrue(row['is_red'] and row['is_waiting'])
        self.assertIn("Root on srv-test", row['health_reason'])

    def test_fresh_ok_closes_the_run_with_what_was_measured(self):
        self._report('00')
        row = self._row()
        self.assertEqual((row['state'], row['health'], row['bucket']), ('auto_verified', 'ok', 'extra'))  # it was started by hand
        self.assertTrue(row['is_machine'])
        self.assertFalse(row['is_red'] or row['is_waiting'] or row['action'])
        self.assertEqual({one['name'] for one in row['evidence']}, {"Root", "Data"})
        self.assertTrue(all(one['at'] for one in row['evidence']))

    def test_run_verified_in_the_morning_shows_red_when_its_check_is_red_now(self):
        self._report('00', ago_s=40)
        self._report('20', '20')
        row = self._row()
        self.assertEqual((row['state'], row['health']), ('auto_verified', 'critical'))
        self.assertTrue(row['is_red'] and row['is_machine'])
        self.assertIn("Root on srv-test", row['health_reason'])
        self.assertNotIn("Data on srv-test", row['health_reason'])

    def test_queries_do_not_grow_with_the_checks_either(self):
        def cost():
            self._row()
            before = self.env.cr.sql_log_count
            self._row()
            return self.env.cr.sql_log_count - before

        queries = cost()
        checks = self.env['it.check'].concat(*(self._check(self.agent, f"Volume {number}") for number in range(10)))
        for number, check in enumerate(checks):
            self._task(f'volume_{number}', check)._start_run()
        self.assertEqual(cost(), queries)
