from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...lib import run_state, task_item
from .common import ChecklistCase


@tagged('post_install', '-at_install')
class TestRunMoves(ChecklistCase):

    def test_done_keeps_when_it_was_done_and_when_it_was_entered(self):
        run = self._run('done')
        run.with_user(self.technician).action_done(note="all green", done_at='2026-11-23 05:30:00')
        self.assertRunState(run, 'done')
        self.assertEqual(run.done_by_id, self.technician)
        self.assertEqual((run.done_at, run.entered_at), (datetime(2026, 11, 23, 5, 30), datetime(2026, 11, 23, 6, 0)))
        self.assertEqual((run.note, run.is_late_entry), ("all green", False))

    def test_each_refusal_has_words_of_its_own(self):
        run = self._run('words')
        self.assertEqual(len({run._get_refusal_message(code) for code in run_state.REFUSALS}), len(run_state.REFUSALS))
        item, codes = self.env['it.task.item'].new({'name': "Battery", 'kind': 'number', 'unit': "%"}), task_item.DEFINITION_OBJECTIONS
        self.assertEqual(len({item._definition_message(code) for code in codes}), len(codes))

    def test_one_click_is_enough_when_nothing_is_missing(self):
        run = self._run('click')
        notice = self._rpc(self.technician, run, 'action_do')
        self.assertRunState(run, 'done')
        self.assertEqual((notice['tag'], notice['params']['undo_ids']), ('it_continuity.run_notice', run.ids))

    def test_done_neither_in_the_future_nor_before_it_opened(self):
        run = self._run('when', open_time=8).with_user(self.technician)
        for done_at in ('2026-11-23 06:00:01', '2026-11-23 04:59:59'):
            with self.subTest(done_at=done_at), self.assertRaises(UserError):
                run.action_done(done_at=done_at)
        run.action_done(done_at='2026-11-23 05:00:00')
        self.assertRunState(run, 'done')

    def test_run_of_tomorrow_cannot_be_done_today(self):
        task = self._run('tomorrow').task_id
        tomorrow = task.run_ids.filtered(lambda run: not run.is_open)[:1]
        with self.assertRaisesRegex(UserError, "not open yet"):
            tomorrow.with_user(self.technician).action_done()

    def test_missed_run_is_entered_late_with_a_reason_only(self):
        run = self._run('late')
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        run = run.with_user(self.technician)
        self.assertEqual(run.action_do()['res_model'], 'it.task.run.wizard')
        with self.assertRaisesRegex(UserError, "give a reason"):
            run.action_done(done_at='2026-11-23 08:00:00')
        run.action_done(done_at='2026-11-23 08:00:00', note="no power, was on paper")
        self.assertRunState(run, 'done')
        self.assertTrue(run.is_late_entry)
        self.assertEqual((run.done_at.day, run.entered_at.day), (23, 24))

    def test_failed_and_not_applicable_need_a_reason(self):
        run = self._run('reason').with_user(self.technician)
        for method in (run.action_fail, run.action_not_applicable):
            for reason in (None, "", "  "):
                with self.subTest(method=method.__name__, reason=reason), self.assertRaisesRegex(UserError, "give a reason"):
                    method(reason)
        run.action_fail("disk is full")
        self.assertRunState(run, 'failed')
        self.assertEqual((run.fail_reason, run.done_at), ("disk is full", False))
        run.action_reject("cleaned up, trying again")
        self.assertRunState(run, 'pending')
        run.action_not_applicable("nothing to clean")
        self.assertEqual((run.state, run.na_reason), ('not_applicable', "nothing to clean"))

    def test_nobody_takes_an_own_miss_out_of_the_count(self):
        """Not applicable counts in no percentage, so once a run is missed it would be an excuse that nobody has to grant."""
        run = self._run('waived', user_id=self.manager.id, role_id=False)
        tried_again = self._run('tried_again')
        tried_again.with_user(self.technician).action_fail("disk is full")
        self._clock(datetime(2026, 11, 23, 21, 1))  # past its deadline, and the clock's job has not come by yet
        tried_again.with_user(self.technician).action_reject("another try")
        with self.assertRaises(AccessError):
            self._rpc(self.technician, tried_again, 'action_not_applicable', "was not needed")
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, run, 'action_not_applicable', "was not needed")
        self.assertRunState(run, 'missed')
        self._rpc(self._person('manager', 'manager_2'), run, 'action_not_applicable', "the branch was closed")
        self.assertRunState(run, 'not_applicable')

    def test_manager_verifies_what_another_did(self):
        run = self._run('verify')
        run.with_user(self.technician).action_done()
        run.with_user(self.manager).action_verify()
        self.assertRunState(run, 'verified')
        self.assertEqual(run.verified_by_id, self.manager)
        for method in ('action_done', 'action_verify'):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(run.with_user(self.manager), method)()

    def test_doer_never_verifies_nor_rejects_own_run(self):
        run = self._run('own').with_user(self.manager)
        run.action_done()
        with self.assertRaisesRegex(AccessError, "your own work"):
            run.action_verify()
        with self.assertRaisesRegex(UserError, "cannot send it back"):
            run.action_reject("let me see")
        self.assertRunState(run, 'done')

    def test_technician_does_not_verify(self):
        run = self._run('peer')
        run.with_user(self.technician).action_done()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            run.with_user(self.technician_2).action_verify()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            run.with_user(self.technician_2).action_reject("why")

    def test_rejected_run_is_open_again_and_says_why(self):
        run = self._run('reject')
        run.with_user(self.technician).action_done(note="fine")
        with self.assertRaisesRegex(UserError, "give a reason"):
            run.with_user(self.manager).action_reject()
        run.with_user(self.manager).action_reject("no picture")
        self.assertRunState(run, 'pending')
        self.assertEqual((run.reject_reason, run.done_by_id.id, run.done_at, run.closed_at), ("no picture", False, False, False))
        self.assertIn("no picture", run.message_ids[0].body)
        run.with_user(self.technician).action_done()
        self.assertRunState(run, 'done')

    def test_wizard_asks_and_acts_with_evidence(self):
        run = self._run('wizard')
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "a.txt", 'raw': b'seen'})
        action = run.with_user(self.technician).action_ask_done()
        form = Form(self.env[action['res_model']].with_user(self.technician).with_context(**action['context']))
        form.note = "looked at it"
        form.done_at = datetime(2026, 11, 23, 5, 0)
        wizard = form.save()
        wizard.attachment_ids = [Command.link(file.id)]
        wizard.action_apply()
        self.assertEqual((run.state, run.note, run.attachment_ids), ('done', "looked at it", file))
        self.assertEqual((file.res_model, file.res_id), ('it.task.run', run.id))
        self.assertEqual(run.attachment_ids.with_user(self.technician_2).raw, b'seen')

    def test_wizard_of_a_failed_step_insists_on_the_reason(self):
        run = self._run('wizard_fail').with_user(self.technician)
        action = run.action_ask_fail()
        form = Form(self.env[action['res_model']].with_user(self.technician).with_context(**action['context']))
        with self.assertRaises(AssertionError):
            form.save()
        form.reason = "printer on fire"
        form.save().action_apply()
        self.assertEqual((run.state, run.fail_reason), ('failed', "printer on fire"))

    def test_responsible_is_the_person_or_the_only_one_with_the_role(self):
        self.assertEqual(self._run('only_one').responsible_id, self.technician)
        self.role.user_ids += self.technician_2
        self.assertFalse(self._run('two').responsible_id)
        self.assertEqual(self._run('named', user_id=self.technician_2.id).responsible_id, self.technician_2)

    def test_overdue_and_open_are_searchable(self):
        run = self._run('search')
        self.env.flush_all()
        self.assertTrue(run.is_open)
        self.assertFalse(run.is_overdue)
        self._clock(run.due_at + timedelta(seconds=1))
        self.assertTrue(run.is_overdue)
