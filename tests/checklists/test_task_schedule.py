from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ...lib import schedule
from .common import MONDAY, ChecklistCase


@tagged('post_install', '-at_install')
class TestTaskSchedule(ChecklistCase):

    def test_form_reads_the_schedule_back_as_a_sentence_with_ten_dates(self):
        form = Form(self._task('sentence'))
        form.schedule_kind = 'monthly_nth'
        form.nth = '2'
        form.wednesday = True
        self.assertEqual(form.schedule_text, "On the second Wednesday of every month, until 12:00\u202fPM.")
        self.assertEqual(len(form.next_dates.split('\n')), 10)
        self.assertIn("9 Dec 2026", form.next_dates.split('\n')[0])

    def test_contradictions_are_refused_in_words(self):
        task = self._task('wrong')
        for values, words in (
            ({'schedule_kind': 'weekdays'}, "weekday"),
            ({'schedule_kind': 'weekly_quota', 'quota': 8}, "between 1 and 7"),
            ({'schedule_kind': 'monthly_day', 'month_day': 32}, "between 1 and 31"),
            ({'interval': 0}, "between 1 and 1000"),
            ({'open_time': 13}, "before Due at"),
            ({'open_time': 25}, "Opens at must be between 00:00 and 23:59"),
            ({'due_time': 0}, "Due at must be between 00:01 and 24:00"),
            ({'window_days': -1}, "between 0 and 366"),
            ({'schedule_kind': 'yearly', 'year_basis': 'fiscal', 'year_offset_days': -367}, "between -366 and 366"),
            ({'schedule_kind': 'event'}, "at least one event"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                task.write(values)
        self.assertEqual(len({task._schedule_message(schedule.ScheduleError(code)) for code in schedule.FAULTS}), len(schedule.FAULTS))

    def test_yearly_task_counts_from_the_fiscal_year(self):
        task = self._task('closing', schedule_kind='yearly', year_basis='fiscal', year_offset_days=-7)
        self.env.company.write({'fiscalyear_last_month': '7', 'fiscalyear_last_day': 7})
        self.assertIn("7 days before the fiscal year's last day", task.schedule_text)
        self.assertIn("30 Jun 2027", task.next_dates.split('\n')[0])

    def test_edit_leaves_the_text_of_existing_runs_as_it_was(self):
        run = self._run('pinned', instructions="<p>Old way</p>", expected_evidence="old")
        line = self.env.ref('it_continuity.line_1_1')
        run.task_id.write({
            'name': "New name", 'instructions': "<p>New way</p>", 'expected_evidence': "new", 'line_id': line.id,
            'needs_verification': True})
        self.assertEqual((run.task_name, run.expected_evidence, run.line_code), ("Task pinned", "old", False))
        self.assertIn("Old way", run.instructions)
        self.assertFalse(run.needs_verification)

    def test_new_schedule_replaces_only_what_has_not_opened(self):
        task = self._task('moved')
        task._generate_runs()
        task.due_time = 14
        self.assertEqual(task.run_ids.mapped('date'), [MONDAY])
        self.assertEqual(task.run_ids.due_at.hour, 9)
        self._pass()
        self.assertEqual([run.due_at.hour for run in task.run_ids.sorted('date')], [9, 11, 11])

    def test_day_missed_before_an_edit_stays_missed(self):
        task = self._task('late_edit')
        self._clock(self.env.cr.now().replace(day=26))
        task.schedule_kind = 'on_demand'
        self._pass()
        self.assertEqual(sorted(run.date.day for run in task.run_ids if run.state == 'missed'), [23, 24, 25])

    def test_task_with_runs_is_archived_not_deleted(self):
        task = self._task('kept')
        task._generate_runs()
        with self.assertRaises(UserError):
            task.unlink()
        self._task('never_run').unlink()
