from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...lib import check_state
from .checked_case import CheckedCase


@tagged('post_install', '-at_install')
class TestRunChecks(CheckedCase):
    def test_fresh_ok_verifies_the_open_run_with_frozen_evidence(self):
        run = self._checked_run('proof')
        self._report('00')
        self.assertRunState(run, 'auto_verified')
        self.assertFalse(run.done_by_id)
        self.assertLessEqual(run.done_at, run.entered_at)
        results = {one['name']: one for one in run.snapshot}
        self.assertEqual(set(results), {"Root", "Data"})
        first = results["Root"]
        self.assertEqual((first['host'], first['hard_state'], first['stale']), ("srv-test", 'ok', False))
        self.assertEqual(first['values'][0]['metric'], 'free_pct')
        self.assertEqual(first['definition']['every_s'], 60)
        self.assertTrue(first['measured_at'])
        self.assertIn("srv-test", run.check_evidence)

    def test_evidence_shows_the_time_of_the_hosts_clock_where_it_is_another(self):
        self._report('00', ago_s=3600)
        run = self._checked_run('two_clocks')
        true_clock = self.fake.clock
        self.fake.clock = lambda: true_clock() - timedelta(hours=2)
        self.seq += 1
        record = self.fake.cycle(self.seq, '00', ago_s=20)
        self.fake.clock = true_clock
        self._store(self.fake, [record])
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        self.assertRunState(run, 'auto_verified')
        told = run.snapshot[0]
        measured_at, host_clock = (datetime.fromisoformat(told[name]).replace(tzinfo=None) for name in ('measured_at', 'host_clock'))
        self.assertAlmostEqual(measured_at, true_clock() - timedelta(seconds=20), delta=timedelta(seconds=2))
        self.assertAlmostEqual(host_clock, measured_at - timedelta(hours=2), delta=timedelta(seconds=2))
        self.assertEqual(run.done_at, measured_at.replace(microsecond=0))
        self.assertIn("host's clock", run.check_evidence)
        [drawn] = self._rpc(self.technician, run, 'get_items')
        self.assertIn("host's clock", drawn['measured'][0]['at'])

    def test_evidence_of_a_right_clock_shows_one_time(self):
        run = self._checked_run('one_clock')
        self._report('00')
        self.assertEqual({one['host_clock'] for one in run.snapshot}, {None})
        self.assertNotIn("host's clock", run.check_evidence)

    def test_result_of_a_clock_ahead_measured_before_the_opening_leaves_the_run_open(self):
        self._report('00', ago_s=3600)
        run = self._checked_run('ahead')
        self.fake.clock = lambda: self.env.cr.now() + timedelta(hours=30)
        self.seq += 1
        record = self.fake.cycle(self.seq, '00', ago_s=120)
        self.fake.clock = self.env.cr.now
        now = self.env.cr.now()
        self.env.cr.execute(
            "UPDATE it_task_run SET open_at = %s, due_at = %s, deadline_at = %s WHERE id = %s",
            [now - timedelta(seconds=60), now, now + timedelta(hours=1), run.id])
        self._store(self.fake, [record])
        self.env.invalidate_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        self.assertRunState(run, 'pending')

    def test_evidence_stays_when_the_check_changes(self):
        run = self._checked_run('frozen')
        self._report('00')
        before = run.snapshot
        self.checks[0].write({'name': "Renamed", 'every_s': 300})
        self.checks[1].unlink()
        self.env.invalidate_all()
        self.assertEqual(run.snapshot, before)

    def test_one_bad_check_keeps_the_run_for_a_person(self):
        run = self._checked_run('bad')
        for states in (['20'], ['20', '20'], ['10', '10'], ['30', '30']):
            with self.subTest(states=states):
                self._report(*states)
                self.env['it.task.run']._cron_auto_verify()
                self.assertRunState(run, 'pending')
        self.assertIn(run.health, ('warning', 'critical', 'unknown'))
        self.assertIn("Root on srv-test", run.health_reason)

    def test_screen_tells_what_checks_say_worst_first_and_what_they_saw(self):
        run = self._checked_run('told')
        self._report(*['12'] * 4, ago_s=60)  # "Root" in warning, "Data" critical
        [drawn] = self._rpc(self.technician, run, 'get_items')
        self.assertEqual([check['state'] for check in drawn['checks']], ['critical', 'warning'])
        self.assertIn("Data on srv-test", drawn['checks'][0]['text'])
        self._report(*['02'] * 4)
        [drawn] = self._rpc(self.technician, run, 'get_items')
        self.assertEqual([check['state'] for check in drawn['checks']], ['critical', 'ok'])
        self.assertIn("Root (srv-test)", drawn['checks'][1]['text'])
        run.with_user(self.technician).action_done(override_reason="looked myself")
        [drawn] = self._rpc(self.manager, run, 'get_items')
        self.assertEqual((drawn['checks'], [(line['name'], line['is_bad']) for line in drawn['measured']]), ([], [("Data", True), ("Root", False)]))

    def test_stale_check_never_verifies(self):
        self._report('00')
        run = self._checked_run('stale')
        self._clock(self.env.cr.now() + timedelta(minutes=30))
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self.assertEqual(run.health, 'unknown')
        self.assertIn("stale", run.health_reason)
        with self.assertRaisesRegex(UserError, "override"):
            run.with_user(self.technician).action_done()

    def test_result_from_before_the_run_opened_proves_nothing(self):
        self._report('00', ago_s=20)
        task = self._task('opened_after', start_date=self.start, schedule_kind='on_demand', due_time=24, grace_h=0,
                          check_ids=[Command.set(self.checks.ids)])
        task.with_user(self.technician).action_start_run()
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(task.run_ids, 'pending')

    def test_run_of_tomorrow_is_not_verified_today(self):
        run = self._checked_run('tomorrow_proof')
        self._report('00')
        self.assertEqual(set((run.task_id.run_ids - run).mapped('state')), {'pending'})

    def test_silent_or_revoked_host_proves_nothing(self):
        self._report('00')
        run = self._checked_run('revoked')
        self.agent.state = 'revoked'
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self.assertEqual(run.health, 'unknown')

    def test_override_needs_a_reason_and_keeps_what_was_red(self):
        run = self._checked_run('override')
        self._report('20', '20')
        worker = run.with_user(self.technician)
        action = worker.action_do()
        self.assertEqual(action['res_model'], 'it.task.run.wizard')
        for reason in (None, "", "   "):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "override"):
                self._rpc(self.technician, run, 'action_done', "looks fine", None, reason)
        form = Form(self.env['it.task.run.wizard'].with_user(self.technician).with_context(**action['context']))
        self.assertIn("Root is critical", form.reason_why)
        form.reason = "disk is being replaced, data is safe"
        form.save().action_apply()
        self.assertRunState(run, 'done')
        self.assertEqual(run.override_reason, "disk is being replaced, data is safe")
        self.assertEqual({one['name']: one['hard_state'] for one in run.snapshot}, {"Root": 'critical', "Data": 'ok'})

    def test_each_objection_to_what_checks_say_has_words(self):
        run, told = self._checked_run('words'), {}
        cases = {(code, 'ok') for code in check_state.OBJECTIONS if code != 'not_ok'} | {('not_ok', state) for state in ('warning', 'critical', 'unknown')}
        for code, state in cases:
            verdict = check_state.Verdict(False, code, "Root", state, datetime(2026, 11, 23, 5, 30))
            told[code, state] = self.env['it.check']._unproven_sentence(verdict, run)
        self.assertEqual(len(set(told.values())), len(cases))
        self.assertRegex(told['stale', 'ok'], r"^Root is stale: its last result is of .*8:30")  # by the company's clock

    def test_person_before_the_machine_needs_no_reason_while_all_is_ok(self):
        self._report('00')
        run = self._checked_run('person')
        self.assertEqual(run.with_user(self.technician).action_do()['tag'], 'it_continuity.run_notice')
        self.assertEqual((run.state, run.override_reason, len(run.snapshot)), ('done', False, 2))

    def test_missed_run_is_not_proven_by_what_is_measured_now(self):
        run = self._checked_run('missed_proof')
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task_run SET state = 'missed' WHERE id = %s", [run.id])
        self.env.invalidate_all()
        self._report('00')
        self.assertRunState(run, 'missed')
        with self.assertRaises(UserError):
            run.with_user(self.technician).action_done()
        run.with_user(self.technician).action_done(override_reason="looked at it then")
        self.assertEqual((run.state, run.late_reason, run.override_reason), ('done', "looked at it then", False))

    def test_manager_may_confirm_what_the_machine_verified(self):
        run = self._checked_run('confirm')
        self._report('00')
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual((run.state, run.verified_by_id), ('verified', self.manager))

    def test_checks_of_a_template_count_wherever_they_run(self):
        template = self.env['it.check.template'].create({'name': "Room", 'code': 'test_room', 'kind': 'disk'})
        self.checks.template_id = template
        run = self._checked_run('template', check_ids=False, check_template_ids=[Command.set(template.ids)])
        self.assertEqual(run.task_id.effective_check_ids, self.checks)
        self._report('00')
        self.assertRunState(run, 'auto_verified')

    def test_task_without_checks_is_never_verified_by_the_machine(self):
        run = self._run('bare', start_date=self.start)
        self._report('00')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self.assertEqual((run.health, run.health_reason), ('none', False))

    def test_technician_reads_the_health_of_a_run(self):
        run = self._checked_run('reader')
        self._report('20', '20')
        self.assertEqual(
            self._rpc(self.technician, run, 'read', ['health', 'state'])[0], {'id': run.id, 'health': 'critical', 'state': 'pending'})

    def test_many_runs_are_verified_in_a_number_of_queries_that_hardly_grows(self):
        counts = {}
        for many in (1, 50):
            runs = self.env['it.task.run'].union(*(self._checked_run(f'of_{many}_{number}') for number in range(many)))
            self.seq += 1
            self._store(self.fake, [self.fake.cycle(self.seq, '00', ago_s=60 - many)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env['it.judge']._judge()
            self.env.flush_all()
            counts[many] = self.cr.sql_log_count - before
            self.assertEqual(set(runs.mapped('state')), {'auto_verified'})
        self.assertLessEqual(counts[50], 3 * counts[1], counts)
        self.assertLess(counts[1], 100)

    def test_run_that_cannot_be_judged_keeps_no_other_open(self):
        stuck, other = self._checked_run('stuck'), self._checked_run('other')
        closing = type(self.env['it.run.closing'])
        close = closing._close_proven
        with patch.object(closing, '_close_proven', autospec=True) as broken, \
                self.assertLogs('odoo.addons.it_continuity.models.checklists.run_closing', 'ERROR') as logs:
            broken.side_effect = lambda own, run, *rest: close(own, run, *rest) if run != stuck else {}['stuck']
            self._report('00')
        self.assertIn(f"Run {stuck.id} ", logs.output[0])
        self.assertEqual((stuck.state, other.state), ('pending', 'auto_verified'))
