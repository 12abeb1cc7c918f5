from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY, ChecklistCase


@tagged('post_install', '-at_install')
class TestRunGeneration(ChecklistCase):

    def _days(self, task, state=None):
        runs = task.run_ids.sorted('date')
        return [run.date.day for run in runs if state in (None, run.state)]

    def test_server_stopped_four_days_leaves_four_missed_runs_and_none_twice(self):
        tasks = self._task('morning') + self._task('evening', due_time=17, grace_h=7)
        self._pass()
        for task in tasks:
            task.run_ids.filtered(lambda run: run.date == MONDAY).with_user(self.technician).action_done()
        self._clock(datetime(2026, 11, 28, 6, 0))
        self._pass()
        self._pass()
        for task in tasks:
            self.assertEqual(self._days(task, 'missed'), [24, 25, 26, 27])
            self.assertEqual(self._days(task), [23, 24, 25, 26, 27, 28, 29, 30])
            self.assertEqual(len(set(task.run_ids.mapped('occurrence'))), 8)

    def test_task_begun_long_ago_is_caught_up_in_one_pass(self):
        self._clock(datetime(2026, 11, 23, 6, 0) - timedelta(days=400))
        task = self._task('old', start_date=MONDAY - timedelta(days=400))
        self._clock(datetime(2026, 11, 23, 6, 0))
        self._pass()
        self.assertEqual(len(task.run_ids), 403)
        self.assertEqual(task.generated_until, MONDAY + timedelta(days=2))

    def test_nobody_misses_what_was_over_before_the_task_existed(self):
        task = self._task('new', start_date=MONDAY - timedelta(days=30))
        self._pass()
        self.assertEqual(self._days(task), [23, 24, 25])
        self.assertFalse(self._days(task, 'missed'))

    def test_run_that_cannot_be_closed_keeps_no_other_open(self):
        stuck, other = self._run('stuck'), self._run('other')
        self._clock(datetime(2026, 11, 24, 6, 0))
        runs, write = self.env['it.task.run'], type(self.env['it.task.run']).write
        with patch.object(type(runs), 'write', autospec=True) as broken, \
                self.assertLogs('odoo.addons.it_continuity.models.checklists.run_closing', 'ERROR') as logs:
            broken.side_effect = lambda records, vals: write(records, vals) if stuck not in records else {}['stuck']
            runs._cron_close_missed()
        self.assertIn(f"Run {stuck.id} ", logs.output[0])
        self.assertRunState(stuck, 'pending')
        self.assertRunState(other, 'missed')

    def test_missed_only_after_the_deadline_by_the_clock(self):
        run = self._run('deadline')
        self._clock(datetime(2026, 11, 23, 21, 0))
        self.assertEqual(run.deadline_at, datetime(2026, 11, 23, 21, 0))
        self._pass()
        self.assertRunState(run, 'pending')
        self._clock(datetime(2026, 11, 23, 21, 0, 1))
        self._pass()
        self.assertRunState(run, 'missed')
        self.assertFalse(run.done_by_id)

    def test_today_is_the_company_s_day_not_utc(self):
        self._clock(datetime(2026, 11, 22, 21, 30))
        run = self._run('midnight')
        self.assertEqual(run.date, MONDAY)
        self.assertTrue(run.is_open)
        self.assertEqual((run.open_at, run.due_at), (datetime(2026, 11, 22, 21, 0), datetime(2026, 11, 23, 9, 0)))

    def test_run_keeps_its_hours_across_the_clock_change(self):
        self.env.company.itc_tz = 'Europe/Berlin'
        self._clock(datetime(2026, 10, 24, 6, 0))
        task = self._task('dst', start_date=date(2026, 10, 24), open_time=8, due_time=12)
        self._pass()
        self.assertEqual(
            [(run.open_at.hour, run.due_at.hour) for run in task.run_ids.sorted('date')], [(6, 10), (7, 11), (7, 11)])

    def test_in_the_hour_that_comes_twice_a_run_is_due_the_second_time(self):
        self.env.company.itc_tz = 'Europe/Berlin'
        self._clock(datetime(2026, 10, 24, 6, 0))
        task = self._task('night', start_date=date(2026, 10, 25), open_time=2, due_time=2.5)
        self._pass()
        run = task.run_ids.filtered(lambda run: run.date == date(2026, 10, 25))
        self.assertEqual((run.open_at, run.due_at), (datetime(2026, 10, 25, 0, 0), datetime(2026, 10, 25, 1, 30)))

    def test_quota_makes_as_many_runs_a_week_as_asked(self):
        task = self._task('twice', schedule_kind='weekly_quota', quota=2, due_time=24, grace_h=0)
        self._pass()
        self.assertEqual(task.run_ids.sorted('occurrence').mapped('occurrence'), ['2026-11-23', '2026-11-23#2'])
        self.assertEqual(set(task.run_ids.mapped('due_at')), {datetime(2026, 11, 29, 21, 0)})

    def test_closed_days_of_the_working_schedule_and_holidays_are_left_out(self):
        calendar = self.env.company.resource_calendar_id
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'calendar_id': calendar.id, 'company_id': self.env.company.id,
            'date_from': datetime(2026, 11, 24, 21), 'date_to': datetime(2026, 11, 25, 21)})
        task = self._task('open_days', closed_rule='skip')
        self._clock(datetime(2026, 11, 30, 6, 0))
        self._pass()
        self.assertEqual([run.date.day for run in task.run_ids.sorted('date') if run.date.month == 11], [23, 24, 26, 27, 30])

    def test_officer_of_human_resources_alone_stops_no_run_and_excuses_none(self):
        self.technician.group_ids += self.env.ref('hr.group_hr_user')
        calendar = self.env.company.resource_calendar_id
        task = self._task('open_days', closed_rule='skip', user_id=self.technician.id)
        self._pass()
        self._rpc(self.technician, calendar.attendance_ids.filtered(lambda line: line.dayofweek in ('0', '1')), 'unlink')
        self._clock(datetime(2026, 11, 30, 6, 0))
        self._pass()
        runs = task.run_ids.sorted('date')
        self.assertEqual([run.date.day for run in runs if run.date.month == 11], [23, 24, 25, 26, 27, 30])
        self.assertRunState(runs[0], 'missed')
        self.assertEqual(self._rpc(self.technician, runs[0], 'get_offered_facts'), [])
        self._rpc(self.manager, self.env['it.hours.accept'].with_user(self.manager).create({}), 'action_apply')
        [offer] = self._rpc(self.technician, runs[0], 'get_offered_facts')
        self.assertEqual(offer['key'], 'closed:2026-11-23')
        self._rpc(self.technician, runs[0], 'action_ask_excuse', offer['key'], "We were closed")
        self.assertIn(self.technician.id, runs[0].excuse_ids.fact['authors'])

    def test_bad_task_is_flagged_and_the_others_go_on(self):
        bad, good = self._task('bad'), self._task('good')
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task SET schedule_kind = 'weekdays' WHERE id = %s", [bad.id])
        self.env.invalidate_all()
        with mute_logger('odoo.addons.it_continuity.models.checklists.task'):
            self._pass()
        self.assertIn("weekday", bad.generation_error)
        self.assertEqual(len(good.run_ids), 3)
        bad.monday = True
        self._pass()
        self.assertFalse(bad.generation_error)
        self.assertTrue(bad.run_ids)

    def test_on_demand_task_makes_no_runs_until_somebody_asks(self):
        task = self._task('asked', schedule_kind='on_demand', due_time=24, grace_h=0)
        self._pass()
        self.assertFalse(task.run_ids)
        for _time in range(2):
            task.with_user(self.technician).action_start_run()
        self.assertEqual(task.run_ids.sorted('occurrence').mapped('occurrence'), ['2026-11-23 by hand', '2026-11-23#2 by hand'])
        self.assertEqual(set(task.run_ids.mapped('open_at')), {datetime(2026, 11, 23, 6, 0)})
        self.assertTrue(all(task.run_ids.mapped('is_open')))

    def test_archived_task_makes_no_runs_and_none_for_the_time_it_slept(self):
        task = self._task('asleep')
        self._pass()
        task.active = False
        self.assertEqual(self._days(task), [23])
        self._clock(datetime(2026, 12, 23, 6, 0))
        self._pass()
        task.active = True
        self._pass()
        self.assertEqual(self._days(task), [23, 23, 24, 25])

    def test_300_runs_are_made_silently_in_a_fixed_number_of_queries(self):
        self.env['it.task'].with_context(tracking_disable=True).search([]).active = False
        tasks = self.env['it.task'].with_context(tracking_disable=True).create([
            {'name': f"Task {n}", 'code': f'many_{n}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
             'user_id': self.technician.id, 'start_date': MONDAY} for n in range(100)])
        self.env.flush_all()
        self.env.invalidate_all()
        messages = self.env['mail.message'].search_count([])
        with self.assertQueryCount(__system__=21):
            self.env['it.task']._cron_generate_runs()
            self.env.flush_all()
        self.assertEqual(len(tasks.run_ids), 300)
        self.assertEqual(self.env['mail.message'].search_count([]), messages)
        self.assertFalse(tasks.run_ids.message_follower_ids)
