from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .excuse_case import ExcuseCase
from .item_case import ItemCase


@tagged('post_install', '-at_install')
class TestRunStatus(ItemCase):
    """Board, list, form, day sheet and reports say the same of a run."""

    def _board(self, run, user=None):
        board = self._rpc(user or self.technician, self.env['it.today'], 'get_board')
        return next(row for row in board['runs'] if row['id'] == run.id)

    def _late(self, code, done_at, now=datetime(2026, 11, 23, 21, 30), **values):
        """Return a run that was due at noon, missed at midnight in Addis Ababa, and entered half an hour later."""
        run = self._run(code, **values)
        self._clock(now)
        self._pass()
        self._rpc(self.technician, run, 'action_done', None, done_at, None, None, "no power")
        return run

    def test_words_follow_the_figures(self):
        for code, done_at, words, bucket in (
            ('in_time', '2026-11-23 09:00:00', "Done, entered late, waits for a second person", 'late_entry'),
            ('grace', '2026-11-23 09:00:01', "Done late, entered late, waits for a second person", 'late_entry'),
            ('at_deadline', '2026-11-23 21:00:00', "Done late, entered late, waits for a second person", 'late_entry'),
            ('after', '2026-11-23 21:00:01', "Missed, done after its deadline, entered late", 'missed'),
        ):
            with self.subTest(done_at=done_at):
                self._clock(datetime(2026, 11, 23, 6, 0))
                run = self._late(code, done_at)
                self.assertEqual(run.status_text, words)
                row = self._board(run)
                self.assertEqual((row['status'], row['bucket']), (words, bucket))
                self.assertEqual((row['is_missed'], row['is_late_entry'], row['is_kept']), (bucket == 'missed', bucket == 'late_entry', False))
                line = self.env['it.compliance.report'].search([('run_id', '=', run.id)])
                self.assertEqual(line.bucket, bucket)
                sheet = self.env['it.day.sheet.print'].create({'run_ids': run.ids})
                row = self.env['report.it_continuity.day_sheet']._sheet(sheet)['checklists'][0][1][0][1][0]
                self.assertTrue(row['closed'].startswith(f"{words} · Technician"), row['closed'])

    def test_what_was_said_before_is_what_counts_afterwards(self):
        for code, done_at, chosen in (
            ('said_1', '2026-11-23 08:00:00', 0), ('said_2', '2026-11-23 12:00:00', 1), ('said_3', '2026-11-23 21:10:00', 2)):
            with self.subTest(done_at=done_at):
                self._clock(datetime(2026, 11, 23, 6, 0))
                run = self._run(code)
                self._clock(datetime(2026, 11, 23, 21, 30))
                self._pass()
                wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({'step': 'done', 'run_ids': run.ids})
                self.assertFalse(wizard.done_at, "nobody has looked at the clock yet")
                self.assertIn("shown as entered late", wizard.counts_as)
                self.assertNotIn('data-chosen="1"', wizard.counts_as)
                wizard.write({'done_at': done_at, 'reason': "no power"})
                choices, refusal = wizard._counting(run)
                self.assertEqual(([is_chosen for _text, is_chosen in choices].index(True), refusal), (chosen, ''))
                self._rpc(self.technician, wizard, 'action_apply')
                self.assertEqual(self._board(run)['bucket'], ('late_entry', 'late_entry', 'missed')[chosen])
                self._rpc(self.manager, run, 'action_verify')
                self.assertEqual(self._board(run)['bucket'], ('on_time', 'late', 'missed')[chosen])
                self.assertEqual(run.late_reason, "no power")

    def test_what_is_beside_the_plan_is_said_to_be_in_no_percentage(self):
        planned = self._run('planned')
        extra = planned.task_id._start_run()
        self._clock(extra.deadline_at + timedelta(minutes=1))
        for run, is_extra in ((planned, False), (extra, True)):
            wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({
                'step': 'done', 'run_ids': run.ids, 'reason': "x", 'done_at': run.open_at})
            texts = [text for text, _is_chosen in wizard._counting(run)[0]]
            self.assertEqual([text.endswith("; beside the plan, it is in no percentage.") for text in texts], [is_extra] * 3)

    def test_time_that_cannot_be_is_said_before_saving_and_refused(self):
        run = self._run('cannot', open_time=8)
        self._clock(datetime(2026, 11, 23, 21, 30))
        self._pass()
        for done_at, words in (('2026-11-24 06:00:00', "in the future"), ('2026-11-23 04:00:00', "not open yet")):
            wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({
                'step': 'done', 'run_ids': run.ids, 'done_at': done_at, 'reason': "x"})
            with self.subTest(done_at=done_at):
                self.assertIn(words, wizard.counts_as)
                self.assertNotIn('data-chosen="1"', wizard.counts_as)
                with self.assertRaisesRegex(UserError, words):
                    self._rpc(self.technician, wizard, 'action_apply')
        wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({
            'step': 'done', 'run_ids': run.ids, 'done_at': False, 'reason': "x"})
        with self.assertRaisesRegex(UserError, "Say when it was done"):
            self._rpc(self.technician, wizard, 'action_apply')

    def test_in_time_now_is_offered_and_late_it_is_asked_even_before_the_clocks_job(self):
        run = self._run('offered')
        wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({'step': 'done', 'run_ids': run.ids})
        self.assertEqual((wizard.done_at, wizard.counts_as), (datetime(2026, 11, 23, 6, 0), False))
        self._clock(datetime(2026, 11, 23, 21, 0, 1))
        self.assertRunState(run, 'pending')
        self.assertEqual(self._rpc(self.technician, run, 'action_do')['res_model'], 'it.task.run.wizard')
        self.assertEqual(run.status_text, "Missed")

    def test_four_eyes_run_looks_like_waiting_until_it_is_verified(self):
        run = self._run('eyes', needs_verification=True)
        self._rpc(self.technician, run, 'action_done')
        self.assertEqual((run.status_text, run.waits_for_second), ("Done, waits for a second person", True))
        self.assertTrue(self._board(run)['is_unverified'])
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual((run.status_text, run.waits_for_second), ("Verified", False))

    def test_verified_failure_is_a_failure(self):
        run = self._run('bad')
        self._rpc(self.technician, run, 'action_fail', "no dump")
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual((run.status_text, self._board(run)['is_kept']), ("Failed, verified", False))

    def test_who_had_a_hand_in_it_is_not_offered_to_verify_and_refused(self):
        filler = self._person('manager', 'filler')
        run = self._item_run('hands', 'battery', needs_verification=True)
        self._fill(run, 'battery', 80, user=filler)
        self._rpc(self.technician, run, 'action_done')
        offered = {person.login: run.with_user(person).can_verify for person in (
            self.technician, self.technician_2, filler, self.manager, self.auditor)}
        self.assertEqual(offered, {
            'itc_technician': False, 'itc_technician_2': False, 'itc_filler': False, 'itc_manager': True, 'itc_auditor': False})
        self.assertEqual(self._board(run, filler)['action'], '')
        for method in ('action_verify', 'action_ask_verify'):
            for person, words in ((filler, "your own work"), (self.technician, "Only a manager")):
                with self.subTest(method=method, person=person.login), self.assertRaisesRegex(AccessError, words):
                    self._rpc(person, run, method)
        wizard = self.env['it.task.run.wizard'].with_user(filler).create({'step': 'verified', 'run_ids': run.ids})
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(filler, wizard, 'action_apply')
        self.assertRunState(run, 'done')

    def test_dialog_verifies_several_and_leaves_what_is_not_the_readers(self):
        one, two, own, open_run = (self._run(f'several_{n}', needs_verification=True) for n in range(4))
        self._rpc(self.technician, one | two, 'action_done')
        self._rpc(self.manager, own, 'action_done')
        action = self._rpc(self.manager, one | two | own | open_run, 'action_ask_verify')
        self.assertEqual(action['context']['default_run_ids'], (one | two).ids)
        wizard = self.env['it.task.run.wizard'].with_user(self.manager).with_context(**action['context']).create({})
        self._rpc(self.manager, wizard, 'action_apply')
        self.assertEqual(set((one | two).mapped('state')), {'verified'})
        with self.assertRaisesRegex(UserError, "None of these runs waits"):
            self._rpc(self.manager, one | open_run, 'action_ask_verify')

    def test_send_back_from_the_same_dialog_needs_a_word(self):
        run = self._run('back', needs_verification=True)
        self._rpc(self.technician, run, 'action_done')
        wizard = self.env['it.task.run.wizard'].with_user(self.manager).create({'step': 'verified', 'run_ids': run.ids})
        self.assertTrue(wizard.can_send_back)
        for reason in (False, "  "):
            wizard.back_reason = reason
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "what is missing"):
                self._rpc(self.manager, wizard, 'action_send_back')
        wizard.back_reason = "no picture"
        self._rpc(self.manager, wizard, 'action_send_back')
        self.assertEqual((run.state, run.reject_reason, run.sent_back_at), ('pending', "no picture", datetime(2026, 11, 23, 6, 0)))
        own = self.env['it.task.run.wizard'].with_user(self.technician).create({'step': 'verified', 'run_ids': run.ids, 'back_reason': "x"})
        self._rpc(self.technician, run, 'action_done')
        with self.assertRaises(AccessError):
            self._rpc(self.technician, own, 'action_send_back')

    def test_dialog_is_titled_with_the_task(self):
        run, other = self._run('title'), self._run('title_2')
        self.assertEqual(run.with_user(self.technician).action_ask_done()['name'], "Task title")
        self.assertEqual((run | other).with_user(self.technician).action_ask_done()['name'], "2 runs")


@tagged('post_install', '-at_install')
class TestLateEntryAndExcuse(ExcuseCase):

    def test_open_excuse_is_closed_by_the_late_entry_with_a_word(self):
        run = self._missed('excused')
        excuse = self._asked(run, self._outage())
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "found the paper")
        self.assertEqual((excuse.state, excuse.decision_reason, excuse.decided_by_id.id), ('lapsed', "It was entered late.", False))
        self.assertTrue(any("Excuse no longer needed" in body for body in run.message_ids.mapped('body')))
        with self.assertRaisesRegex(UserError, "decided already"):
            self._rpc(self.manager, excuse, 'action_grant', "x")
        self.assertFalse(run.can_ask_excuse)

    def test_excuse_lapses_too_when_it_did_not_apply(self):
        run = self._missed('na')
        excuse = self._asked(run, self._outage())
        self._rpc(self.manager, run, 'action_not_applicable', "branch closed")
        self.assertEqual(excuse.state, 'lapsed')

    def test_decided_excuses_stay_as_they_were(self):
        run, granted = self._granted('granted')
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "found the paper")
        self.assertEqual((granted.state, run.excuse_id), ('granted', granted))
