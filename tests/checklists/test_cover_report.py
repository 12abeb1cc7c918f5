from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .history_case import HistoryCase


@tagged('post_install', '-at_install')
class TestCoverReport(HistoryCase):

    def _rows(self, task, user=None):
        self.env.flush_all()
        self.env['it.cover.report'].invalidate_model()
        return self.env['it.cover.report'].with_user(user or self.auditor).search([('task_id', '=', task.id)])

    def test_runs_are_counted_by_person_and_quarter(self):
        task = self._task('covered')
        for days_ago in (1, 89, 91):
            self._done(task, days_ago)
        self._done(task, 100, done_by_id=self.technician_2.id)
        found = {row.person_id: (row.recent_count, row.total_count, row.cover) for row in self._rows(task)}
        self.assertEqual(found, {self.technician: (2, 3, 'several'), self.technician_2: (0, 1, 'several')})
        newest = self._rows(task).filtered(lambda row: row.person_id == self.technician)
        self.assertEqual(newest.last_at, self.now - timedelta(days=1))

    def test_task_that_only_one_person_ever_did_is_found_by_the_filter(self):
        task = self._task('alone')
        self._done(task, 400)
        self._past(task, 3, state='failed', done_by_id=self.technician_2.id)
        self._past(task, 2, state='auto_verified', done_at=self.now)
        [row] = self._rows(task)
        self.assertEqual((row.person_id, row.cover), (self.technician, 'one'))
        self.assertIn(row, self.env['it.cover.report'].search([('cover', '=', 'one')]))
        self._done(task, 1, done_by_id=self.technician_2.id)
        self.assertEqual(set(self._rows(task).mapped('cover')), {'several'})

    def test_task_that_nobody_did_has_one_row_without_a_person(self):
        [row] = self._rows(self._task('nobody'))
        self.assertEqual((row.person_id.id, row.cover, row.total_count, row.last_at), (False, 'nobody', 0, False))

    def test_row_leads_to_its_runs(self):
        task = self._task('opened')
        run = self._done(task, 1)
        self._done(task, 2, done_by_id=self.technician_2.id)
        mine = self._rows(task).filtered(lambda row: row.person_id == self.technician)
        self.assertEqual(self.env['it.task.run'].search(mine.action_open_runs()['domain']), run)

    def test_pivot_adds_up(self):
        task = self._task('added')
        self._done(task, 1)
        self._done(task, 2, done_by_id=self.technician_2.id)
        [row] = self.env['it.cover.report'].with_user(self.technician).formatted_read_group(
            [('task_id', '=', task.id)], ['task_id'], ['recent_count:sum', 'last_at:max'])
        self.assertEqual(row['recent_count:sum'], 2)

    def test_technician_and_auditor_read_nobody_writes_and_employee_is_refused(self):
        task = self._task('read')
        self._done(task, 1)
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login):
                row = self._rows(task, person)
                self.assertEqual(len(row), 1)
                with self.assertRaises(AccessError):
                    row.write({'recent_count': 9})
        with self.assertRaises(AccessError):
            self.env['it.cover.report'].with_user(self.user).search([])

    def test_other_company_is_not_shown(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        task = self._task('theirs', company_id=company.id)
        self._done(task, 1)
        self.assertFalse(self._rows(task))
        self.auditor.company_ids |= company
        rows = self.env['it.cover.report'].with_user(self.auditor).with_context(allowed_company_ids=company.ids)
        self.assertEqual(rows.search([('task_id', '=', task.id)]).person_id, self.technician)

    def test_list_costs_the_same_queries_whatever_the_number_of_runs(self):
        names = {name: {'fields': {'display_name': {}}} for name in ('task_id', 'person_id', 'checklist_id')}
        names |= {'recent_count': {}, 'last_at': {}, 'cover': {}}
        report = self.env['it.cover.report'].with_user(self.auditor)
        tasks = [self._task(f'many_{number}') for number in range(6)]
        self._done(tasks[0], 1)
        report.web_search_read([], names)
        for round_number in (1, 2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(6):
                report.web_search_read([], names)
            for task in tasks:
                self._done(task, round_number + 1, done_by_id=self.technician_2.id)
