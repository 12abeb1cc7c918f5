from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY
from .duty_case import DutyCase


@tagged('post_install', '-at_install')
class TestHandover(DutyCase):

    def setUp(self):
        super().setUp()
        self._clock(datetime(2026, 11, 22, 20, 0))  # Sunday evening, before Monday's runs open

    # === AT GENERATION === #

    def test_leave_known_before_gives_the_run_to_the_next_of_the_rota_silently(self):
        self._leave(self.technician)
        run = self._run_of(self._task('rota', rota_id=self._rota(*self.people).id))
        self.assertDuty(run, self.technician_2, 'rota')
        self.assertEqual(run.planned_responsible_id, self.technician)
        self.assertFalse(run.message_ids)

    def test_person_s_run_goes_to_the_deputy_then_to_the_role(self):
        self.role.user_ids = self.technician + self.technician_3
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        self._leave(self.technician, 8, 24 + 17)
        self._leave(self.technician_2, 24 + 8, 24 + 17)
        task = self._task('person', user_id=self.technician.id)
        self.assertDuty(self._run_of(task), self.technician_2, 'deputy')
        self.assertDuty(self._run_of(task, 1), self.technician_3, 'role')

    def test_everybody_on_leave_leaves_the_run_to_the_role_and_says_so(self):
        for user in self.people:
            self._leave(user)
        run = self._run_of(self._task('all', rota_id=self._rota(*self.people).id))
        self.assertDuty(run, None, 'nobody')
        self.assertEqual((run.planned_responsible_id, run.role_id), (self.technician, self.role))

    def test_whole_role_s_run_becomes_the_last_one_s_who_is_there(self):
        self.role.user_ids = self.people
        task = self._task('role')
        self.assertDuty(self._run_of(task), None, 'plan')
        first = self._leave(self.technician)
        second = self._leave(self.technician_3)
        self.assertDuty(self._run_of(task), self.technician_2, 'role')
        self.assertIn("Given to Technician_2: all others with the role", self._chatter(self._run_of(task))[-1])
        (first + second).unlink()
        self.assertDuty(self._run_of(task), None, 'plan')

    def test_half_a_day_s_leave_hands_over_only_what_is_due_in_it(self):
        self._leave(self.technician, 8, 12)
        deputy = {'user_id': self.technician.id, 'deputy_id': self.technician_2.id}
        self.env['it.deputy'].create(deputy)
        morning = self._task('noon', user_id=self.technician.id, due_time=12)
        evening = self._task('evening', user_id=self.technician.id, due_time=17)
        self.assertDuty(self._run_of(morning), self.technician_2, 'deputy')
        self.assertDuty(self._run_of(evening), self.technician, 'plan')

    def test_hours_are_those_of_the_person_s_clock_not_the_schedule_s(self):
        self.company.resource_calendar_id.tz = 'Pacific/Auckland'
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        self._leave(self.technician)
        self.assertDuty(self._run_of(self._task('early', user_id=self.technician.id, due_time=10)), self.technician_2, 'deputy')

    def test_training_public_holidays_and_others_leave_hand_nothing_over(self):
        self._leave(self.technician, time_type='other')
        self._leave(self.technician_3)
        self.env['resource.calendar.leaves'].create({
            **self._leave_values(self.technician), 'resource_id': False, 'calendar_id': self.company.resource_calendar_id.id})
        self.assertDuty(self._run_of(self._task('work', user_id=self.technician.id)), self.technician, 'plan')

    def test_who_left_the_company_has_no_turn(self):
        task = self._task('left', rota_id=self._rota(*self.people).id)
        self.technician.active = False
        self.assertDuty(self._run_of(task), self.technician_2, 'rota')

    def test_run_started_by_hand_goes_to_who_is_there(self):
        self._clock(datetime(2026, 11, 23, 6, 0))
        self._leave(self.technician, 8, 24 + 17)
        task = self._task('asked', schedule_kind='on_demand', rota_id=self._rota(*self.people).id)
        task.with_user(self.technician_3).action_start_run()
        self.assertDuty(task.run_ids, self.technician_2, 'rota')

    # === AFTERWARDS === #

    def test_leave_entered_later_hands_over_and_its_withdrawal_returns_with_a_line_each(self):
        run = self._run_of(self._task('later', rota_id=self._rota(*self.people).id))
        leave = self._leave(self.technician)
        self.assertDuty(run, self.technician_2, 'rota')
        self.assertEqual(self._chatter(run), [
            "<p>Handed from Technician to Technician_2: Technician is on leave, and Technician_2 is next in the rota “Day duty”.</p>"])
        leave.unlink()
        self.assertDuty(run, self.technician, 'plan')
        self.assertEqual(self._chatter(run)[1:], ["<p>Returned from Technician_2 to Technician: no longer on leave.</p>"])

    def test_who_is_off_all_day_is_not_asked_that_evening_until_the_leave_is_withdrawn(self):
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        run = self._run_of(self._task('evening', user_id=self.technician.id, open_time=18, due_time=22))
        leave = self._leave(self.technician)
        self.assertDuty(run, self.technician_2, 'deputy')
        leave.unlink()
        self.assertDuty(run, self.technician, 'plan')

    def test_leave_moved_or_turned_into_training_gives_one_day_back_and_takes_the_other(self):
        task = self._task('moved', user_id=self.technician.id)
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        monday, tuesday = self._run_of(task), self._run_of(task, 1)
        leave = self._leave(self.technician)
        self.assertDuty(monday, self.technician_2, 'deputy')
        values = self._leave_values(self.technician, 24 + 8, 24 + 17)
        leave.write({'date_from': values['date_from'], 'date_to': values['date_to']})
        self.assertDuty(monday, self.technician, 'plan')
        self.assertDuty(tuesday, self.technician_2, 'deputy')
        leave.time_type = 'other'
        self.assertDuty(tuesday, self.technician, 'plan')

    def test_deputy_who_falls_ill_too_hands_on(self):
        self.role.user_ids = self.technician + self.technician_3
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        run = self._run_of(self._task('chain', user_id=self.technician.id))
        self._leave(self.technician)
        second = self._leave(self.technician_2)
        self.assertDuty(run, self.technician_3, 'role')
        second.unlink()
        self.assertDuty(run, self.technician_3, 'role')  # who stands in already keeps it
        self._leave(self.technician_3)
        self.assertDuty(run, self.technician_2, 'deputy')

    def test_first_one_back_gets_what_nobody_had(self):
        run = self._run_of(self._task('empty_house', rota_id=self._rota(*self.people).id))
        leaves = [self._leave(user) for user in self.people]
        self.assertDuty(run, None, 'nobody')
        self.assertIn("everybody who could stand in is on leave too", self._chatter(run)[-1])
        leaves[2].unlink()
        self.assertDuty(run, self.technician_3, 'rota')

    def test_falling_ill_during_the_day_hands_over_what_is_not_done(self):
        task, other = (self._task(code, rota_id=self._rota(*self.people, name=code).id, due_time=17) for code in ('ill', 'done'))
        run, done = self._run_of(task), self._run_of(other)
        self._clock(datetime(2026, 11, 23, 7, 0))
        done.with_user(self.technician).action_done()
        self._leave(self.technician, 10, 24 + 17)
        self.assertDuty(run, self.technician_2, 'rota')
        self.assertDuty(done, self.technician, 'plan')
        self.assertEqual(done.done_by_id, self.technician)

    def test_leave_entered_after_the_deadline_gives_the_miss_to_nobody_else(self):
        """Between the deadline and the job that closes it, a run is pending still; employees enter their own leave."""
        self.role.user_ids = self.people
        run = self._run_of(self._task('too_late', user_id=self.technician.id))
        self._clock(run.deadline_at + timedelta(minutes=1))
        self._rpc(self.technician, self.env['resource.calendar.leaves'], 'create', self._leave_values(self.technician, 0, 24))
        self.assertDuty(run, self.technician, 'plan')

    def test_what_the_stand_in_has_begun_is_not_taken_back(self):
        task = self._task('begun', rota_id=self._rota(*self.people).id)
        runs = [self._run_of(task)]
        for code, item in (('noted', False), ('answered', True)):
            items = [Command.create({'name': "Battery", 'kind': 'number'})] if item else []
            runs.append(self._run_of(self._task(code, user_id=self.technician.id, item_ids=items)))
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        leave = self._leave(self.technician)
        self._clock(datetime(2026, 11, 23, 6, 0))
        runs[1].with_user(self.technician_2).note = "The first half is done."
        runs[2].item_ids.with_user(self.technician_2).action_fill(80)
        leave.unlink()
        self.assertDuty(runs[0], self.technician, 'plan')
        self.assertDuty(runs[1], self.technician_2, 'deputy')
        self.assertDuty(runs[2], self.technician_2, 'deputy')

    def test_what_a_person_assigned_stays_there(self):
        run = self._run_of(self._task('hand', rota_id=self._rota(*self.people).id))
        leave = self._leave(self.technician)
        run.with_user(self.technician_2).responsible_id = self.technician_3
        self.assertDuty(run, self.technician_3, 'hand')
        leave.unlink()
        self.assertDuty(run, self.technician_3, 'hand')
        self.assertEqual(run.planned_responsible_id, self.technician)

    def test_person_who_assigns_cannot_rewrite_the_plan(self):
        run = self._run_of(self._task('forged', user_id=self.technician.id))
        for values in ({'planned_responsible_id': self.technician_2.id}, {'responsible_basis': 'plan'}, {'rota_id': False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(self.technician_2, run, 'write', values)

    def test_closed_run_keeps_its_people_whoever_comes_back(self):
        run = self._run_of(self._task('closed', rota_id=self._rota(*self.people).id))
        leave = self._leave(self.technician)
        self._clock(datetime(2026, 11, 23, 6, 0))
        run.with_user(self.technician_2).action_done()
        leave.unlink()
        self.assertDuty(run, self.technician_2, 'rota')
        with self.assertRaises(AccessError):
            self._rpc(self.technician_2, run, 'write', {'responsible_id': self.technician.id})
        with self.assertRaises(AccessError):
            run.sudo().responsible_id = self.technician

    def test_employee_s_own_leave_hands_over_though_runs_are_not_theirs_to_write(self):
        rota = self._rota(self.user, self.technician)
        self.employees += self.env['hr.employee'].create({
            'name': "User", 'user_id': self.user.id, 'company_id': self.company.id, 'tz': 'Africa/Addis_Ababa'})
        run = self._run_of(self._task('own', rota_id=rota.id))
        self.assertDuty(run, self.user, 'plan')
        values = self._leave_values(self.user)
        [leave_id] = self._rpc(self.user, self.env['resource.calendar.leaves'], 'create', [values])
        self.assertDuty(run, self.technician, 'rota')
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
            self._rpc(self.user, self.env['resource.calendar.leaves'], 'create', [self._leave_values(self.technician)])
        self._rpc(self.user, self.env['resource.calendar.leaves'].browse(leave_id), 'unlink')
        self.assertDuty(run, self.user, 'plan')

    # === WHO SEES IT === #

    def test_today_and_the_reminder_follow_who_stands_in(self):
        self._clock(datetime(2026, 11, 23, 6, 0))
        run = self._run_of(self._task('seen', rota_id=self._rota(*self.people).id))
        self._leave(self.technician, 8, 24 + 17)
        mine = {}
        for user in (self.technician, self.technician_2):
            board = self.env['it.today'].with_user(user).get_board()
            mine[user] = next(one['is_mine'] for one in board['runs'] if one['id'] == run.id)
        self.assertEqual(mine, {self.technician: False, self.technician_2: True})
        by_person = self.env['it.reminder']._due_by_person(self.company)
        self.assertNotIn(run, by_person.get(self.technician, run.browse()))
        self.assertIn(run, by_person[self.technician_2])

    # === SPEED === #

    def test_generation_s_queries_do_not_grow_with_tasks_people_or_leaves(self):
        self.env['it.task'].with_context(tracking_disable=True).search([]).active = False
        rota = self._rota(*self.people)
        for user in self.people[:2]:
            self._leave(user)
        counts = []
        for size in (3, 30):
            self.env['it.task'].with_context(tracking_disable=True).create([
                {'name': f"Task {size} {n}", 'code': f'grown_{size}_{n}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
                 **({'rota_id': rota.id} if n % 2 else {'user_id': self.people[n % 3].id}), 'start_date': MONDAY} for n in range(size)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.task']._cron_generate_runs()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_leave_of_somebody_else_costs_two_queries(self):
        runs = self._run_of(self._task('others', rota_id=self._rota(*self.people).id))
        employee = self.env['hr.employee'].create({'name': "Cook", 'user_id': self.user.id, 'company_id': self.company.id})
        leave = self.env['resource.calendar.leaves'].create({
            **self._leave_values(self.technician), 'resource_id': employee.resource_id.id})
        self.env.flush_all()
        leave._personal_spans()
        with self.assertQueryCount(2):
            leave._hand_runs_over(leave._personal_spans())
        self.assertDuty(runs, self.technician, 'plan')
