from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..checklists.common import ChecklistCase


@tagged('post_install', '-at_install')
class TestTodaySearch(ChecklistCase):
    """A task is found by any of its words, and the run that is open now goes before a new one."""

    def _found(self, words, user=None):
        self.env.flush_all()
        return self.env['it.today'].with_user(user or self.technician).find_tasks(words)

    def _names(self, words):
        return [task['name'] for task in self._found(words)]

    def test_every_word_counts_wherever_it_stands(self):
        line = self.env.ref('it_continuity.line_1_3')
        task = self._task('Grommet', schedule_kind='on_demand', line_id=line.id, asset_ids=[Command.set(self.host.ids)])
        for words in ('grommet', 'GROM task', f'{line.code} grommet', 'srv-test grommet', 'grommet round'):
            self.assertIn(task.name, self._names(words), words)
        self.assertNotIn(task.name, self._names('grommet zebra'), "one word that it has not")

    def test_runbook_of_an_emergency_is_offered_before_a_word_is_typed(self):
        tasks = self._found('')
        self.assertEqual(tasks[0]['id'], self.env.ref('it_continuity.task_emergency_shutdown').id)
        self.assertTrue(all(
            task.schedule_kind == 'on_demand' for task in self.env['it.task'].browse(task['id'] for task in tasks)))
        self.assertIn(tasks[0]['name'], self._names('shut servers'))

    def test_open_run_is_opened_instead_of_starting_another(self):
        task = self._task('Demand', schedule_kind='on_demand')
        [found] = self._found('demand task')
        self.assertEqual((found['run_id'], found['can_start']), (False, True))
        run_id = task.with_user(self.technician).action_start_run()['res_id']
        [found] = self._found('demand task')
        self.assertEqual(found['run_id'], run_id)
        self.env['it.task.run'].browse(run_id).with_user(self.technician).action_done()
        self.assertFalse(self._found('demand task')[0]['run_id'])

    def test_auditor_finds_and_starts_nothing_and_an_employee_finds_nothing(self):
        task = self._task('Demand', schedule_kind='on_demand')
        self.assertFalse(self._found('demand task', self.auditor)[0]['can_start'])
        with self.assertRaises(AccessError):
            task.with_user(self.auditor).action_start_run()
        with self.assertRaises(AccessError):
            self._found('demand task', self.user)

    def test_other_companys_tasks_are_not_found(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        checklist = self.env['it.checklist'].create({'name': "Elsewhere", 'code': 'elsewhere', 'company_id': company.id})
        self.env['it.task'].with_company(company).create({
            'name': "Grommet abroad", 'code': 'abroad', 'checklist_id': checklist.id, 'company_id': company.id, 'start_date': '2026-11-23'})
        self.manager.company_ids |= company
        user = self.manager.with_context(allowed_company_ids=[self.env.company.id, company.id])
        found = self.env['it.today'].with_user(user).with_context(**user.env.context).find_tasks('grommet')
        self.assertEqual(found, [], "the board is the first company's")
