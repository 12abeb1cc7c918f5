from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementQuota(ImprovementCase):
    """The twice-a-week task is proven by improvements that were documented and moved in its week."""

    def setUp(self):
        super().setUp()
        self.task = self.env.ref('it_continuity.task_office_improvements')
        self.env['it.task.run'].sudo().search([('task_id', '=', self.task.id), ('state', '=', 'pending')])
        self.env['it.task'].sudo()._cron_generate_runs()
        now = self.env.cr.now()
        self.runs = self.env['it.task.run'].search(
            [('task_id', '=', self.task.id), ('open_at', '<=', now), ('deadline_at', '>', now)], order='id')
        for days_ago in (1, 2, 3):
            self._jam(days_ago)

    def test_the_handbooks_task_has_two_runs_this_week(self):
        self.assertTrue(self.task.counts_improvements)
        self.assertEqual(self.runs.mapped('state'), ['pending', 'pending'])

    def test_each_improvement_that_is_moved_forward_proves_one_run(self):
        improvement = self._planned()
        self.assertEqual(self.runs.mapped('state'), ['pending', 'pending'], "taking it up documents nothing")
        improvement.action_begin()
        self.assertEqual(sorted(self.runs.mapped('state')), ['auto_verified', 'pending'])
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertEqual(sorted(self.runs.mapped('state')), ['auto_verified', 'pending'], "one improvement counts once")
        another = self._planned("Second tray")
        another.action_begin()
        self.assertEqual(self.runs.mapped('state'), ['auto_verified', 'auto_verified'])
        self.assertEqual([one['number'] for run in self.runs for one in run.counted_improvements], [improvement.number, another.number])
        frozen = self.runs[0].counted_improvements[0]
        self.assertEqual((frozen['root_cause'], frozen['moved_to'], frozen['moved_by']), ("Worn rollers", 'do', 'itc_technician'))
        self.assertIn(f"{improvement.number} Replace the feed rollers: Plan → Do by Technician", self.runs[0].counted_text)
        self.assertEqual(self.runs[0].status_text, "Verified by an improvement")

    def test_no_agent_is_said_to_have_verified_it(self):
        self._planned().action_begin()
        run = self.runs.filtered(lambda run: run.state == 'auto_verified')
        line = self.env['it.compliance.report'].search([('run_id', '=', run.id)])
        self.assertEqual((line.machine_verified, line.on_time, line.done_name, line.verified_name), (0, 1, "Technician", "An improvement"))
        board = self.env['it.today'].with_user(self.technician)
        row = board._run(run.with_user(self.technician), self.env.cr.now(), board._viewer())
        self.assertEqual((row['is_machine'], row['status']), (False, "Verified by an improvement"))
        self.env.cr.precommit.run()
        event = self.env['it.seal.event'].search([('model', '=', 'it.task.run'), ('res_id', '=', run.id)])
        self.assertIn("was proven by an improvement", event.summary)

    def test_who_moved_what_proved_a_run_does_not_verify_it(self):
        """Nor who moved it before that; who did later, or nothing, does."""
        improvement = self._planned()
        improvement.with_user(self.manager).action_begin()
        run = self.runs.filtered(lambda run: run.state == 'auto_verified')
        self.assertEqual(run.counted_improvements[0]['moved_by'], self.manager.login)
        self.technician.group_ids += self.manager.group_ids
        self._later(1)
        improvement.with_user(self.manager_2).write({'change_made': "New rollers"})
        improvement.with_user(self.manager_2).action_changed()
        for person in (self.manager, self.technician):
            with self.subTest(person=person.login), self.assertRaisesRegex(AccessError, "your own work"):
                self._rpc(person, run, 'action_verify')
            self.assertFalse(run.with_user(person).can_verify)
        self.assertTrue(run.with_user(self.manager_2).can_verify)
        self._rpc(self.manager_2, run, 'action_verify')
        self.assertEqual(run.state, 'verified')

    def test_frozen_list_stays_and_is_sealed(self):
        improvement = self._planned()
        improvement.action_begin()
        run = self.runs.filtered(lambda run: run.state == 'auto_verified')
        before = run.counted_improvements
        improvement.name = "Renamed"
        self.assertEqual(run.counted_improvements, before)
        self.env.cr.precommit.run()
        self.assertFalse(list(run._seal_findings(self.company)))
        self.env.cr.execute("UPDATE it_task_run SET counted_improvements = '[]' WHERE id = %s", [run.id])
        self.env.invalidate_all()
        self.assertEqual([code for _id, _name, code, _details in run._seal_findings(self.company)], ['changed'])

    def test_what_was_moved_in_another_week_proves_nothing(self):
        improvement = self._planned()
        improvement.action_begin()
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_improvement_move SET at = at - interval '8 days'")
        self.env.cr.execute("UPDATE it_task_run SET state = 'pending', counted_improvements = NULL, done_at = NULL WHERE id = ANY(%s)", [self.runs.ids])
        self.env.invalidate_all()
        self.env['it.task.run']._cron_auto_verify()
        self.assertEqual(self.runs.mapped('state'), ['pending', 'pending'])

    def test_step_that_is_taken_again_proves_nothing_new(self):
        """It was begun last week; to put it back to the plan and begin it once more documents nothing, to change something does."""
        improvement = self._planned()
        improvement.action_begin()
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_improvement_move SET at = at - interval '8 days'")
        self.env.cr.execute("UPDATE it_task_run SET state = 'pending', counted_improvements = NULL, done_at = NULL WHERE id = ANY(%s)", [self.runs.ids])
        self.env.invalidate_all()
        improvement.action_replan("Once more")
        improvement.action_begin()
        self.assertEqual(self.runs.mapped('state'), ['pending', 'pending'])
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertEqual(sorted(self.runs.mapped('state')), ['auto_verified', 'pending'])

    def test_by_hand_it_needs_a_note(self):
        run = self.runs[0].with_user(self.technician)
        self.assertEqual(run.action_do()['res_model'], 'it.task.run.wizard')
        with self.assertRaisesRegex(UserError, "write in the note what was improved"):
            run.action_done()
        self.assertEqual(run.action_all_fine()['params']['undo_ids'], [])
        run.action_done(note="Second screen for Finance")
        self.assertEqual((run.state, run.done_by_id), ('done', self.technician))
        improvement = self._planned()
        improvement.action_begin()
        self.assertEqual(self.runs[1].state, 'auto_verified')

    def test_what_is_moved_in_the_grace_proves_the_next_week_only(self):
        """Within the grace the week before can still be done by hand."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task_run SET deadline_at = due_at + interval '1 day' WHERE id = ANY(%s)", [self.runs.ids])
        self.env.invalidate_all()
        self._clock(self.runs[0].due_at)
        for days_ago in (1, 2):
            self._jam(days_ago)
        self.env['it.task'].sudo()._cron_generate_runs()
        coming = self.env['it.task.run'].search([('task_id', '=', self.task.id), ('open_at', '=', self.runs[0].due_at)])
        self._planned().action_begin()
        self.assertEqual(self.runs.mapped('state'), ['pending', 'pending'])
        self.assertEqual(sorted(coming.mapped('state')), ['auto_verified', 'pending'])

    def test_what_is_moved_in_a_grace_in_which_no_next_run_is_open_proves_the_run_before(self):
        """And it alone: what a run counted in its grace counts for no later one."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE it_task_run SET due_at = due_at - interval '7 hours', deadline_at = due_at + interval '1 day' WHERE id = ANY(%s)", [self.runs.ids])
        self.env.invalidate_all()
        self._clock(self.runs[0].due_at + timedelta(hours=2))
        for days_ago in (1, 2):
            self._jam(days_ago)
        improvement = self._planned()
        improvement.action_begin()
        self.assertEqual(sorted(self.runs.mapped('state')), ['auto_verified', 'pending'])
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task_run SET open_at = due_at, due_at = due_at + interval '7 days', deadline_at = due_at + interval '8 days' WHERE id = %s", [
            self.runs.filtered(lambda run: run.state == 'pending').id])
        self.env.invalidate_all()
        self.env['it.improvement.quota']._verify_runs()
        self.assertEqual(sorted(self.runs.mapped('state')), ['auto_verified', 'pending'])
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertEqual(self.runs.mapped('state'), ['auto_verified', 'auto_verified'], "what is moved after that is of the next time")

    def test_figure_is_not_moved_by_the_past(self):
        """A run that is missed stays missed, however many improvements follow."""
        self._clock(self.runs[0].deadline_at + DAY)
        self.env['it.run.closing']._close_missed()
        self._jam(1)
        self._jam(2)
        improvement = self._planned()
        improvement.action_begin()
        self.assertEqual(self.runs.mapped('state'), ['missed', 'missed'])
