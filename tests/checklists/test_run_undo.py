from datetime import datetime, timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..evidence.seal_case import SealCase
from .item_case import ItemCase


@tagged('post_install', '-at_install')
class TestRunUndo(ItemCase):
    """A doer takes back the own word, nobody else does, and no deadline is dodged by it."""

    def _later(self, minutes=0, seconds=0):
        self._clock(datetime(2026, 11, 23, 6, 0) + timedelta(minutes=minutes, seconds=seconds))

    def test_doer_takes_back_done_failed_and_not_applicable(self):
        for step, args in (('action_done', ["all green"]), ('action_fail', ["disk is full"]), ('action_not_applicable', ["closed"])):
            with self.subTest(step=step):
                self._later()
                run = self._item_run(f'undo_{step}', 'battery')
                self._fill(run, 'battery', 80)
                self._rpc(self.technician, run, step, *args)
                self.assertTrue(run.with_user(self.technician).can_undo)
                self._later(10)
                notice = self._rpc(self.technician, run, 'action_undo')
                self.assertRunState(run, 'pending')
                self.assertIn(run.task_name, notice['params']['message'])
                self.assertEqual((run.item_ids.number, run.item_ids.state, run.item_values), (80, 'ok', False))
                self.assertFalse(any(run[name] for name in (
                    'done_by_id', 'done_at', 'entered_at', 'closed_at', 'fail_reason', 'na_reason', 'reject_reason', 'sent_back_at')))
                self.assertIn("Taken back by Technician", run.message_ids[0].body)

    def test_note_and_answers_stay_and_it_can_be_done_again(self):
        run = self._run('again')
        self._rpc(self.technician, run, 'action_done', "looked twice")
        self._rpc(self.technician, run, 'action_undo')
        self.assertEqual(run.note, "looked twice")
        self._rpc(self.technician, run, 'action_done')
        self.assertRunState(run, 'done')

    def test_it_lasts_as_long_as_the_company_says(self):
        run = self._run('window')
        self._rpc(self.technician, run, 'action_done')
        self._later(10, 1)
        self.assertFalse(run.with_user(self.technician).can_undo)
        with self.assertRaisesRegex(UserError, "time for taking it back has passed"):
            self._rpc(self.technician, run, 'action_undo')
        self.env.company.itc_undo_min = 30
        self.assertTrue(run.with_user(self.technician).can_undo)
        self.env.company.itc_undo_min = 0
        with self.assertRaisesRegex(UserError, "switched off"):
            self._rpc(self.technician, run, 'action_undo')
        self.assertFalse(run.with_user(self.technician).can_undo)
        self.assertRunState(run, 'done')

    def test_nobody_else_takes_it_back(self):
        run = self._run('others')
        self._rpc(self.technician, run, 'action_done')
        for person in (self.technician_2, self.manager):
            with self.subTest(person=person.login), self.assertRaisesRegex(UserError, "only the person who said it"):
                self._rpc(person, run, 'action_undo')
        for person in (self.auditor, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, run, 'action_undo')
        self.assertRunState(run, 'done')

    def test_not_once_another_person_looked(self):
        verified, returned = self._run('verified'), self._run('returned')
        for run in (verified, returned):
            self._rpc(self.technician, run, 'action_done')
        self._rpc(self.manager, verified, 'action_verify')
        self._rpc(self.manager, returned, 'action_reject', "no picture")
        with self.assertRaisesRegex(UserError, "it cannot go from its present status"):
            self._rpc(self.technician, returned, 'action_undo')
        self._rpc(self.technician, returned, 'action_done')
        for run in (verified, returned):
            with self.subTest(run=run.task_name), self.assertRaisesRegex(UserError, "another person has looked"):
                self._rpc(self.technician, run, 'action_undo')
        self.assertEqual((verified.state, returned.state), ('verified', 'done'))

    def test_own_second_try_of_a_failure_is_no_other_persons_look(self):
        run = self._run('retry')
        self._rpc(self.technician, run, 'action_fail', "disk is full")
        self._rpc(self.technician, run, 'action_reject', "cleaned up")
        self._rpc(self.technician, run, 'action_done')
        self._rpc(self.technician, run, 'action_undo')
        self.assertRunState(run, 'pending')

    def test_never_a_machines_verification(self):
        run = self._run('machine')
        run.sudo().write({'state': 'auto_verified', 'done_at': '2026-11-23 05:59:00', 'entered_at': '2026-11-23 06:00:00'})
        with self.assertRaisesRegex(UserError, "checks verified is not taken back"):
            self._rpc(self.technician, run, 'action_undo')

    def test_never_a_late_entry(self):
        run = self._run('late')
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "no power")
        self.assertFalse(run.with_user(self.technician).can_undo)
        with self.assertRaisesRegex(UserError, "entered after its deadline"):
            self._rpc(self.technician, run, 'action_undo')
        self.assertRunState(run, 'done')

    def test_deadline_that_passed_meanwhile_is_told_before_and_counts(self):
        run = self._run('deadline')
        self._clock(run.deadline_at - timedelta(minutes=2))
        self._rpc(self.technician, run, 'action_done')
        self._clock(run.deadline_at + timedelta(minutes=2))
        action = self._rpc(self.technician, run, 'action_undo')
        self.assertEqual(action['res_model'], 'it.task.run.wizard')
        self.assertRunState(run, 'done')
        wizard = self.env['it.task.run.wizard'].with_user(self.technician).with_context(**action['context']).create({})
        self.assertIn("it is missed, as if it had never been done", wizard.reason_why)
        self._rpc(self.technician, wizard, 'action_apply')
        self.assertRunState(run, 'missed')
        self.assertEqual(run.closed_at, run.deadline_at + timedelta(minutes=2))

    def test_at_the_deadline_itself_it_is_only_to_do_again(self):
        run = self._run('at_deadline')
        self._clock(run.deadline_at)
        self._rpc(self.technician, run, 'action_done')
        self._rpc(self.technician, run, 'action_undo')
        self.assertRunState(run, 'pending')

    def test_batch_is_taken_back_at_once_and_what_is_not_is_named(self):
        runs = self._run('bulk_1') | self._run('bulk_2') | self._run('bulk_3')
        notice = self._rpc(self.technician, runs, 'action_all_fine')['params']
        self.assertEqual(set(notice['undo_ids']), set(runs.ids))
        self._rpc(self.manager, runs[0], 'action_verify')
        told = self._rpc(self.technician, runs, 'action_undo')['params']
        self.assertEqual(runs.mapped('state'), ['verified', 'pending', 'pending'])
        self.assertIn("Task bulk_1", told['message'])
        self.assertIn("another person has looked", told['message'])

    def test_private_parts_are_no_door(self):
        run = self._run('private')
        self._rpc(self.technician, run, 'action_done')
        for method in ('_undo_told', '_take_step', '_move'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.technician, run, method)
        with self.assertRaises(AccessError):
            self._rpc(self.technician, run, 'write', {'sent_back_at': False})

    def test_only_sensible_minutes(self):
        for minutes in (-1, 1441):
            with self.subTest(minutes=minutes), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.env.company.itc_undo_min = minutes
                self.env.flush_all()


@tagged('post_install', '-at_install')
class TestRunUndoLog(SealCase):

    def test_both_are_in_the_sealed_log_and_the_audit_is_content(self):
        run = self._done('undone')
        self._rpc(self.technician, run, 'action_undo')
        self._commit()
        log = self._log_of(run)
        self.assertEqual([event['steps'] for event in log], [
            [['pending', 'done', self.technician.id]], [['done', 'pending', self.technician.id]]])
        self.assertEqual([event['record']['state'] for event in log], ['done', 'pending'])
        self.assertEqual(self._codes(), [])

    def test_the_clock_and_not_the_person_is_in_the_log_for_a_miss(self):
        run = self._run('undone_late')
        self._clock(run.deadline_at)
        self._rpc(self.technician, run, 'action_done')
        self._commit()
        self._clock(run.deadline_at + timedelta(seconds=1))
        self._rpc(self.technician, run, 'action_undo', True)
        self._commit()
        self.assertEqual(self._log_of(run)[-1]['steps'], [
            ['done', 'pending', self.technician.id], ['pending', 'missed', self.env.ref('base.user_root').id]])
        self.assertEqual(self._codes(), [])
