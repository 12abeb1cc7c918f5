from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .duty_case import DutyCase

DEADLINE = datetime(2026, 11, 23, 21, 0)  # midnight in Addis Ababa
AFTER = DEADLINE + timedelta(minutes=30)


class OnePersonCase(DutyCase):
    """What the figures say of runs before and after one person alone has tried to move them."""

    def _line(self, run):
        self.env.flush_all()
        return self.env['it.compliance.report'].with_user(self.manager).search([('run_id', '=', run.id)])

    def _bucket(self, run):
        """Return as what a run counts; report and board have to say the same."""
        line = self._line(run)
        board = self._rpc(self.manager, self.env['it.today'], 'get_board')
        for row in board['runs']:
            if row['id'] == run.id:
                self.assertEqual(row['bucket'], line.bucket)
        return line.bucket

    def _missed(self, code, **values):
        run = self._run(code, **values)
        self._clock(AFTER)
        self._pass()
        self.assertRunState(run, 'missed')
        return run

    def _sums(self, runs):
        """Return the due runs and the three compliances of these runs."""
        self.env.flush_all()
        return self.env['it.compliance.report'].with_user(self.manager)._read_group(
            [('run_id', 'in', runs.ids)], [], ['due:sum', 'done_pct:avg', 'planned_pct:avg', 'excused_pct:avg'])[0]


@tagged('post_install', '-at_install')
class TestLateEntry(OnePersonCase):

    def test_late_entry_by_who_missed_it_is_on_time_only_when_another_confirms(self):
        run = self._missed('late', user_id=self.technician.id)
        before = self._sums(run)
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "no power")
        self.assertEqual((self._bucket(run), self._sums(run)), ('late_entry', before))
        self._clock(datetime(2027, 2, 1, 6))  # months later too
        self.assertEqual((self._bucket(run), run.waits_for_second), ('late_entry', True))
        with self.assertRaises(AccessError):
            self._rpc(self.technician, run, 'action_verify')
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual((self._bucket(run), run.verified_by_id, run.late_reason), ('on_time', self.manager, "no power"))
        self.assertEqual(self._sums(run), (1, 100.0, 100.0, 100.0))

    def test_manager_does_not_confirm_the_own_late_entry_nor_one_of_an_own_miss(self):
        boss = self._person('manager', 'boss')
        own = self._missed('own', user_id=self.manager.id)
        self._rpc(self.manager, own, 'action_done', None, '2026-11-23 08:00:00', None, None, "on paper")
        self._clock(datetime(2026, 11, 23, 6))
        by_other = self._missed('by_other', user_id=self.manager.id)
        self._rpc(self.technician, by_other, 'action_done', None, '2026-11-23 08:00:00', None, None, "on paper")
        for run in (own, by_other):
            with self.subTest(run=run.task_name), self.assertRaisesRegex(AccessError, "your own work"):
                self._rpc(self.manager, run, 'action_verify')
            self.assertEqual((self._bucket(run), run.with_user(self.manager).can_verify), ('late_entry', False))
            self._rpc(boss, run, 'action_verify')
            self.assertEqual(self._bucket(run), 'on_time')

    def test_nobody_slips_in_before_the_clocks_job(self):
        run = self._run('slip')
        self._clock(DEADLINE + timedelta(seconds=1))
        self.assertRunState(run, 'pending')
        with self.assertRaisesRegex(UserError, "give a reason"):
            self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00')
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "forgot the sheet")
        self.assertEqual((self._bucket(run), run.late_reason, run.is_late_entry), ('late_entry', "forgot the sheet", True))

    def test_what_was_sent_back_and_done_again_after_the_deadline_is_entered_late(self):
        run = self._run('back')
        self._rpc(self.technician, run, 'action_done')
        self._clock(AFTER)
        self._rpc(self.manager, run, 'action_reject', "no picture")
        self._pass()
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "here it is")
        self.assertEqual(self._bucket(run), 'late_entry')

    def test_work_done_after_the_deadline_stays_missed_and_waits_for_nobody(self):
        run = self._missed('after')
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 21:10:00', None, None, "was away")
        self.assertEqual((self._bucket(run), run.waits_for_second), ('missed', False))

    def test_excused_miss_stays_excused_while_its_late_entry_is_not_confirmed(self):
        run = self._missed('excused')
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': run.open_at, 'end_at': run.deadline_at})
        self._rpc(self.technician, run, 'action_ask_excuse', f'outage:{outage.id}')
        self._rpc(self.manager, run.excuse_ids, 'action_grant')
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "on paper")
        line = self._line(run)
        self.assertEqual((line.bucket, line.excused, self._sums(run)), ('late_entry', 1, (1, 0.0, 0.0, False)))

    def test_many_are_confirmed_at_once_from_the_list_and_found_by_its_filter(self):
        runs = self.env['it.task.run'].union(*(self._run(f'many_{number}') for number in range(12)))
        self._clock(AFTER)
        self._pass()
        for run in runs:
            self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "day sheet")
        self.assertEqual(self.env['it.task.run'].search([('waits_for_second', '=', True), ('id', 'in', runs.ids)]), runs.sorted('id', reverse=True))
        self.assertFalse(self.env['it.task.run'].search([('waits_for_second', '=', False), ('id', 'in', runs.ids)]))
        action = self._rpc(self.manager, runs, 'action_ask_verify')
        wizard = self.env['it.task.run.wizard'].with_user(self.manager).with_context(**action['context']).create({})
        self._rpc(self.manager, wizard, 'action_apply')
        self.assertEqual(set(runs.mapped('state')), {'verified'})
        self.assertEqual(self._sums(runs), (12, 100.0, 100.0, 100.0))
        self.assertFalse(any(runs.mapped('waits_for_second')))

    def test_many_are_sent_back_at_once_and_what_is_not_the_readers_is_left(self):
        late, open_run = self._missed('sent_back'), self._run('open', start_date='2026-11-24')
        self._rpc(self.technician, late, 'action_done', None, '2026-11-23 08:00:00', None, None, "day sheet")
        action = self._rpc(self.manager, late | open_run, 'action_ask_send_back')
        self.assertEqual(action['context']['default_run_ids'], late.ids)
        with self.assertRaisesRegex(UserError, "None of these runs"):
            self._rpc(self.manager, open_run, 'action_ask_send_back')
        with self.assertRaises(AccessError):
            self._rpc(self.technician, late, 'action_ask_send_back')

    def test_who_answers_is_reminded_too(self):
        run = self._run('reminded', user_id=self.technician.id)
        self._rpc(self.technician, run, 'write', {'responsible_id': self.technician_2.id})
        reminded = self.env['it.reminder']._due_by_person(self.company)
        self.assertEqual([run in reminded.get(one, run.browse()) for one in self.people], [True, True, False])

    def test_late_entry_sent_back_is_missed_again(self):
        run = self._missed('wrong')
        self._rpc(self.technician, run, 'action_done', None, '2026-11-23 08:00:00', None, None, "I think so")
        self._rpc(self.manager, run, 'action_reject', "the log says otherwise")
        self.assertEqual(self._bucket(run), 'missed')
        self._pass()
        self.assertEqual((run.state, run.needs_confirmation, self._bucket(run)), ('missed', False, 'missed'))

    def test_upgraded_rows_without_the_new_columns_count_as_before(self):
        run = self._run('old')
        self._rpc(self.technician, run, 'action_done')
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task_run SET needs_confirmation = NULL, is_extra = NULL, is_unaccepted = NULL WHERE id = %s", [run.id])
        self.env.invalidate_all()
        self.assertEqual(self._bucket(run), 'on_time')


@tagged('post_install', '-at_install')
class TestWaiver(OnePersonCase):

    def test_nineteen_waived_in_one_call_are_counted_and_lift_nothing(self):
        runs = self.env['it.task.run'].union(*(self._run(f'waive_{number}') for number in range(20)))
        self._rpc(self.technician, runs[0], 'action_done')
        self._rpc(self.technician, runs[1:], 'action_not_applicable', "no time")
        self.assertEqual(self._sums(runs), (20, 5.0, 5.0, 5.0))
        self.assertEqual({self._bucket(run) for run in runs[1:]}, {'waived'})
        figures = self._rpc(self.technician, self.env['it.today'], 'get_board')['figures']
        self.assertEqual((figures['waived'], figures['not_applicable']), (19, 0))

    def test_manager_confirms_or_sends_back_and_both_figures_are_shown(self):
        good, bad, done = (self._run(code) for code in ('good', 'bad', 'done'))
        self._rpc(self.technician, good | bad, 'action_not_applicable', "branch closed")
        self._rpc(self.technician, done, 'action_done')
        self.assertEqual(good.status_text, "Not applicable, waits for a second person")
        board = {row['id']: row for row in self._rpc(self.manager, self.env['it.today'], 'get_board')['runs']}
        self.assertEqual((board[good.id]['action'], board[good.id]['is_to_verify'], board[good.id]['is_kept']), ('action_ask_verify', True, False))
        self._rpc(self.manager, good, 'action_verify')
        self.assertEqual((good.state, good.verified_by_id, good.status_text), ('not_applicable', self.manager, "Not applicable, confirmed"))
        self._rpc(self.manager, bad, 'action_reject', "it was open")
        self.assertRunState(bad, 'pending')
        self.assertEqual(self._bucket(good), 'not_applicable')
        self.assertEqual(self._sums(good | done), (1, 100.0, 50.0, 100.0))

    def test_own_word_is_not_confirmed_by_its_doer_nor_by_whose_run_it_was(self):
        boss = self._person('manager', 'boss')
        mine = self._run('mine', user_id=self.manager.id)
        self._rpc(self.manager, mine, 'action_not_applicable', "no need")
        theirs = self._run('theirs', user_id=self.manager.id)
        self._rpc(self.technician, theirs, 'action_not_applicable', "no need")
        for run in (mine, theirs):
            self.assertEqual(self._bucket(run), 'waived')
            with self.subTest(run=run.task_name), self.assertRaisesRegex(AccessError, "your own work"):
                self._rpc(self.manager, run, 'action_verify')
            self._rpc(boss, run, 'action_verify')
            self.assertEqual(self._bucket(run), 'not_applicable')

    def test_confirmed_waiver_is_not_confirmed_again_taken_back_or_written(self):
        run = self._run('sealed')
        self._rpc(self.technician, run, 'action_not_applicable', "closed")
        with self.assertRaises(AccessError):
            run.sudo().write({'verified_by_id': self.technician.id, 'verified_at': run.entered_at})  # who said so
        with self.assertRaises(AccessError):
            run.sudo().write({'verified_by_id': self.manager.id, 'verified_at': run.entered_at, 'na_reason': "other"})
        self._rpc(self.manager, run, 'action_verify')
        with self.assertRaises(UserError):
            self._rpc(self._person('manager', 'boss'), run, 'action_verify')
        with self.assertRaisesRegex(UserError, "another person has looked at it"):
            self._rpc(self.technician, run, 'action_undo')
        with self.assertRaises(AccessError):
            run.sudo().write({'verified_by_id': False, 'verified_at': False})

    def test_manager_who_had_not_to_do_it_says_so_alone(self):
        run = self._run('boss', user_id=self.technician.id)
        self._rpc(self.manager, run, 'action_not_applicable', "I called it off")
        self.assertEqual((self._bucket(run), run.waits_for_second), ('not_applicable', False))

    def test_nobodys_run_is_waived_by_two_managers_whoever_has_its_role_now(self):
        boss = self._person('manager', 'boss')
        self.role.user_ids = self.technician + self.manager
        nobodys, no_role, turned = self._run('nobodys'), self._run('no_role', role_id=False), self._run('turned', rota_id=self._rota(*self.people).id)
        turned.sudo().write({'responsible_id': False, 'responsible_basis': 'nobody', 'planned_responsible_id': False})
        ahead = self._run('ahead')
        self.assertFalse((nobodys | no_role | turned | ahead).responsible_id)
        self.role.with_user(self.manager).user_ids = self.technician + self.technician_2  # a manager writes roles: out, and back in afterwards
        self._rpc(self.manager, ahead, 'action_not_applicable', "it was closed")
        self.assertEqual((self._bucket(ahead), ahead.waits_for_second), ('waived', True))
        self._clock(AFTER)
        self._pass()
        for run in (nobodys, no_role, turned):
            with self.subTest(run=run.task_name):
                self._rpc(self.manager, run, 'action_not_applicable', "it was closed")
                self.assertEqual((self._bucket(run), run.waits_for_second), ('missed', True))
                with self.assertRaisesRegex(AccessError, "your own work"):
                    self._rpc(self.manager, run, 'action_verify')
                self._rpc(boss, run, 'action_verify')
                self.assertEqual(self._bucket(run), 'not_applicable')

    def test_manager_who_gave_nobodys_run_away_at_the_last_second_could_have_done_it(self):
        self.role.user_ids = self.technician + self.manager
        run = self._run('given_away')
        self._clock(DEADLINE - timedelta(seconds=5))
        self._rpc(self.manager, run, 'write', {'responsible_id': self.technician.id})
        self._clock(AFTER)
        self._pass()
        self._rpc(self.manager, run, 'action_not_applicable', "it was closed")
        self.assertEqual(self._bucket(run), 'missed')


@tagged('post_install', '-at_install')
class TestExtraRuns(OnePersonCase):

    def test_runs_started_by_hand_do_not_lift_the_percentage_of_the_plan(self):
        missed = self._missed('plan')
        before = self._sums(missed.task_id.run_ids.filtered(lambda run: run.state == 'missed'))
        self._clock(AFTER + timedelta(hours=9))
        for _time in range(5):
            run = self.env['it.task.run'].browse(self._rpc(self.technician, missed.task_id, 'action_start_run')['res_id'])
            self._rpc(self.technician, run, 'action_done')
            self.assertEqual(self._bucket(run), 'extra')
        started = missed.task_id.run_ids.filtered('is_extra')
        self.assertEqual((len(started), set(self._line(run).due for run in started)), (5, {0}))
        self.assertEqual(self._sums(started | missed), before)
        figures = self._rpc(self.technician, self.env['it.today'], 'get_board')['figures']
        self.assertEqual((figures['extra'], figures['on_time']), (5, 0))

    def test_extra_run_takes_no_planned_ones_place(self):
        """A name of the plan, taken before the plan is made, would leave the planned run out."""
        task = self._task('place', start_date='2026-11-24')
        self._clock(datetime(2026, 11, 24, 6))
        self._rpc(self.technician, task, 'action_start_run')
        task._generate_runs()
        today = task.run_ids.filtered(lambda run: str(run.date) == '2026-11-24')
        self.assertEqual(today.sorted('occurrence').mapped('is_extra'), [False, True])

    def test_bad_extra_run_is_still_red_on_the_board(self):
        task = self._task('bad', schedule_kind='on_demand')
        run = self.env['it.task.run'].browse(self._rpc(self.technician, task, 'action_start_run')['res_id'])
        self._rpc(self.technician, run, 'action_fail', "no dump")
        row = next(row for row in self._rpc(self.technician, self.env['it.today'], 'get_board')['runs'] if row['id'] == run.id)
        self.assertEqual((row['bucket'], row['is_extra'], row['is_red'], row['status']), ('extra', True, True, "Failed"))


@tagged('post_install', '-at_install')
class TestGivenRuns(OnePersonCase):

    def _given(self, code, giver=None, receiver=None, **values):
        """Return a run of the technician's that somebody gives away five seconds before its deadline."""
        run = self._run(code, **{'user_id': self.technician.id, **values})
        self._clock(DEADLINE - timedelta(seconds=5))
        self._rpc(giver or self.technician, run, 'write', {'responsible_id': (receiver or self.technician_2).id})
        return run

    def _miss(self, run):
        self._clock(AFTER)
        self._pass()
        self.assertRunState(run, 'missed')
        return self._line(run)

    def test_miss_stays_with_who_gave_the_run_away_seconds_before_its_deadline(self):
        run = self._given('away')
        line = self._miss(run)
        self.assertEqual(line.responsible_id, self.technician, "however the report is grouped")
        self.assertEqual((line.person_id, line.responsible_name), (self.technician, "Technician (given to Technician_2, not accepted)"))
        self.assertEqual((line.given_by_id, line.responsible_since), (self.technician, DEADLINE - timedelta(seconds=5)))
        with self.assertRaisesRegex(AccessError, "its time has passed"):
            self._rpc(self.technician_2, run, 'action_accept')

    def test_colleague_who_accepts_has_the_miss_from_then_on(self):
        run = self._given('accepted')
        self.assertEqual([run.with_user(one).can_accept for one in (self.technician, self.technician_2, self.technician_3)], [False, True, False])
        with self.assertRaisesRegex(AccessError, "only the person to whom it was given"):
            self._rpc(self.technician, run, 'action_accept')
        self._clock(DEADLINE - timedelta(seconds=2))
        self._rpc(self.technician_2, run, 'action_accept')
        line = self._miss(run)
        self.assertEqual((line.person_id, line.responsible_since), (self.technician_2, DEADLINE - timedelta(seconds=2)))

    def test_manager_gives_with_effect_but_not_the_own_run(self):
        line = self._miss(self._given('by_manager', giver=self.manager))
        self.assertEqual((line.person_id, line.given_by_id), (self.technician_2, self.manager))
        self._clock(datetime(2026, 11, 23, 6))
        line = self._miss(self._given('own', giver=self.manager, user_id=self.manager.id))
        self.assertEqual(line.person_id, self.manager)

    def test_neither_giving_it_to_nobody_nor_over_two_hands_moves_the_miss(self):
        run = self._run('nobody', user_id=self.technician.id)
        self._rpc(self.technician, run, 'write', {'responsible_id': False})
        self._rpc(self.technician_3, run, 'write', {'responsible_id': self.technician_2.id})
        self.assertEqual(self._miss(run).person_id, self.technician)

    def test_nobodys_run_is_not_pushed_on_a_colleague(self):
        self.role.user_ids = self.technician + self.technician_2
        run = self._run('pushed')
        self.assertFalse(run.responsible_id)
        self._rpc(self.technician, run, 'write', {'responsible_id': self.technician_2.id})
        self.assertFalse(self._miss(run).person_id)

    def test_who_takes_or_does_it_has_accepted_it(self):
        taken = self._run('taken', user_id=self.technician.id)
        self._rpc(self.technician_3, taken, 'write', {'responsible_id': self.technician_3.id})
        done = self._given('worked')
        self._rpc(self.technician_2, done, 'action_done')
        self.assertEqual((done.is_unaccepted, self._line(done).person_id), (False, self.technician_2))
        self.assertEqual(self._miss(taken).person_id, self.technician_3)

    def test_own_leave_entered_at_the_last_moment_does_not_move_the_miss(self):
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        run = self._run('leave', user_id=self.technician.id)
        by_plan = self._run('by_plan', user_id=self.technician.id)
        self._clock(datetime(2026, 11, 23, 8))
        leaves = self.env['resource.calendar.leaves']
        leave = leaves.with_user(self.technician).sudo().create(self._leave_values(self.technician))
        self.assertDuty(run, self.technician_2, 'deputy')
        self.assertEqual(self._line(run).person_id, self.technician)
        leave.sudo().unlink()
        leaves.with_user(self.manager).sudo().create(self._leave_values(self.technician))
        self.assertDuty(by_plan, self.technician_2, 'deputy')
        self.assertEqual(self._line(by_plan).person_id, self.technician_2)

    def test_leave_of_the_receiver_does_not_excuse_the_giver(self):
        self._leave(self.technician_2)
        run = self._given('excuse')
        self._miss(run)
        self.assertEqual(self._rpc(self.technician, run, 'get_offered_facts'), [])

    def test_who_answers_is_written_by_nobody(self):
        run = self._given('guarded')
        for values in ({'is_unaccepted': False}, {'answering_id': self.technician_2.id}, {'responsible_since': False},
                       {'given_by_id': self.manager.id}, {'needs_confirmation': False}, {'is_extra': True}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(self.technician, run, 'write', values)

    def test_board_says_whose_it_is_until_it_is_accepted(self):
        run = self._given('board')
        row = next(row for row in self._rpc(self.technician_2, self.env['it.today'], 'get_board')['runs'] if row['id'] == run.id)
        self.assertEqual((row['given']['by']['name'], row['given']['counts_for']['name'], row['given']['can_accept']), (
            "Technician", "Technician", True))
        self.assertIn("Until they accept it, it counts for Technician", run.message_ids[0].body)
