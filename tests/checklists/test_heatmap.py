from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..tour_case import TourCase
from .history_case import HistoryCase


@tagged('post_install', '-at_install')
class TestHeatmap(HistoryCase):

    def _cells(self, task, board):
        return next(row['cells'] for group in board['checklists'] for row in group['tasks'] if row['id'] == task.id)

    def _board(self, month=None, user=None):
        self.env.flush_all()
        return self.env['it.compliance.report'].with_user(user or self.auditor).get_heatmap(month)

    def test_a_cell_says_what_the_report_says(self):
        task = self._task('mapped')
        outcomes = {
            40: {'state': 'missed'},
            41: {'state': 'done', 'done_at': self.now - timedelta(days=41)},
            42: {'state': 'done', 'done_at': self.now - timedelta(days=42) + timedelta(minutes=30)},
            43: {'state': 'failed'},
            44: {'state': 'not_applicable'},
            45: {'state': 'not_applicable', 'needs_confirmation': True},
            46: {'state': 'done', 'done_at': self.now - timedelta(days=46), 'needs_confirmation': True, 'is_late_entry': True},
            47: {'state': 'failed', 'is_extra': True},
        }
        runs = [self._past(task, days_ago, **values) for days_ago, values in outcomes.items()]
        lines = self.env['it.compliance.report'].search([('task_id', '=', task.id)])
        self.assertEqual(set(lines.mapped('bucket')), {
            'missed', 'on_time', 'late', 'failed', 'not_applicable', 'waived', 'late_entry', 'extra'})
        for line in lines:
            with self.subTest(outcome=line.bucket):
                cell = self._cells(task, self._board(line.date.isoformat()))[line.date.isoformat()]
                self.assertEqual(cell, {'outcome': line.bucket, 'count': 1, 'run_id': line.run_id.id})
        self.assertEqual(len(lines), len(runs))

    def test_several_runs_of_a_day_show_the_worst(self):
        task = self._task('twice')
        good = self._done(task, 40)
        bad = self._past(task, 39, state='missed')
        self._force(bad, date=good.date)
        cell = self._cells(task, self._board(good.date.isoformat()))[good.date.isoformat()]
        self.assertEqual(cell, {'outcome': 'missed', 'count': 2, 'run_id': False})

    def test_month_has_all_its_days_and_its_neighbours(self):
        board = self._board('2026-02-17')
        self.assertEqual((board['month'], board['previous'], board['next']), ('2026-02-01', '2026-01-01', '2026-03-01'))
        self.assertEqual((len(board['days']), board['days'][0], board['days'][-1]), (28, '2026-02-01', '2026-02-28'))
        self.assertEqual(board['checklists'], [])
        self.assertEqual(self._board()['month'], board['today'][:8] + '01')

    def test_what_is_no_month_is_refused(self):
        for month in ('winter', 7, ['2026-11-01']):
            with self.subTest(month=month), self.assertRaises(UserError):
                self._board(month)

    def test_employee_is_refused_and_other_company_not_shown(self):
        with self.assertRaises(AccessError):
            self._board(user=self.user)
        company = self.env['res.company'].create({'name': "Elsewhere"})
        run = self._done(self._task('theirs', company_id=company.id), 40)
        tasks = [row['id'] for group in self._board(run.date.isoformat())['checklists'] for row in group['tasks']]
        self.assertNotIn(run.task_id.id, tasks)

    def test_queries_do_not_grow_with_the_runs(self):
        tasks = [self._task(f'many_{number}') for number in range(5)]
        month = self._done(tasks[0], 40).date.isoformat()
        self._board(month)
        for days_ago in (41, 42):
            self.env.invalidate_all()
            with self.assertQueryCount(8):
                self._board(month)
            for task in tasks:
                self._done(task, days_ago)
            self.env.flush_all()

    def test_month_without_neighbours_is_refused(self):
        for month in ('0001-01-01', '9999-12-01', "yesterday"):
            with self.subTest(month=month), self.assertRaisesRegex(UserError, "is not a month"):
                self.env['it.compliance.report'].with_user(self.auditor).get_heatmap(month)


@tagged('post_install', '-at_install')
class TestHeatmapTour(TourCase):

    def test_heatmap_tour_walks_by_keys_and_opens_a_run(self):
        technician = new_test_user(self.env, login='itc_heat', groups='it_continuity.it_continuity_group_technician')
        checklist = self.env['it.checklist'].create({'name': "Heat round", 'code': 'heat_round', 'sequence': 0})
        for code in ('one', 'two'):
            self.env['it.task'].create({
                'name': f"Heat {code}", 'code': f'heat_{code}', 'checklist_id': checklist.id, 'schedule_kind': 'on_demand',
                'due_time': 24.0})._start_run()
        self._tour('/odoo/it-heatmap', 'it_heatmap_tour', technician)
