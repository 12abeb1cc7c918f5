from odoo.tests import tagged

from .common import ChecklistCase

FRENCH = 'fr_FR'


@tagged('post_install', '-at_install')
class TestTranslatedNames(ChecklistCase):
    """Everybody reads names in their language; what a run keeps of them is in the company's, whoever made the run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang(FRENCH)
        cls.env.company.partner_id.lang = FRENCH
        cls.technician.lang = 'en_US'

    def _translated(self, record, french):
        record.with_context(lang=FRENCH).name = french

    def _task_with_item(self, code, **values):
        task = self._task(code, item_ids=[(0, 0, {'name': "Pressure", 'kind': 'number'})], **values)
        self._translated(task, f"Tâche {code}")
        self._translated(task.item_ids, "Pression")
        return task

    def test_planned_run_keeps_the_companys_language(self):
        task = self._task_with_item('daily')
        self._pass()
        runs = task.run_ids
        self.assertTrue(runs)
        self.assertEqual(set(runs.mapped('task_name')), {"Tâche daily"})
        self.assertEqual(set(runs.item_ids.mapped('name')), {"Pression"})

    def test_run_started_by_a_reader_of_another_language_keeps_the_companys(self):
        task = self._task_with_item('demand', schedule_kind='on_demand')
        task.with_user(self.technician).with_context(lang='en_US').action_start_run()
        self.assertEqual((task.run_ids.task_name, task.run_ids.item_ids.name), ("Tâche demand", "Pression"))

    def test_company_without_a_language_keeps_that_of_who_makes_the_run(self):
        self.env.company.partner_id.lang = False
        task = self._task_with_item('demand', schedule_kind='on_demand')
        task.with_user(self.technician).with_context(lang='en_US').action_start_run()
        self.assertEqual((task.run_ids.task_name, task.run_ids.item_ids.name), ("Task demand", "Pressure"))

    def test_a_name_translated_later_leaves_the_run_as_it_was(self):
        task = self._task_with_item('demand', schedule_kind='on_demand')
        task.with_user(self.technician).action_start_run()
        self._translated(task, "Autre tâche")
        self._translated(task.item_ids, "Autre pression")
        self.assertEqual((task.run_ids.task_name, task.run_ids.item_ids.name), ("Tâche demand", "Pression"))

    def test_search_of_today_finds_the_readers_words(self):
        self._translated(self.checklist, "Tournée d'essai")
        task = self._task_with_item('grommet', schedule_kind='on_demand')
        self.env.flush_all()
        for lang, words, other, name in ((FRENCH, 'tâche tournée', 'task round', "Tâche grommet"), ('en_US', 'task round', 'tâche', "Task grommet")):
            today = self.env['it.today'].with_user(self.technician).with_context(lang=lang)
            with self.subTest(lang=lang):
                self.assertIn(name, [found['name'] for found in today.find_tasks(words)])
                self.assertNotIn(task.id, [found['id'] for found in today.find_tasks(other)])

    def test_screens_and_reports_name_things_in_the_readers_language(self):
        task = self._task_with_item('daily')
        self._translated(self.checklist, "Tournée d'essai")
        self._pass()
        self.env.flush_all()
        report = self.env['it.compliance.report'].with_user(self.manager).with_context(lang=FRENCH)
        shown = {
            (row['id'], row['name'], cells['name'])
            for row in report.get_heatmap('2026-11-01')['checklists'] for cells in row['tasks']}
        self.assertIn((self.checklist.id, "Tournée d'essai", "Tâche daily"), shown)
        groups = report.formatted_read_group([('task_id', '=', task.id)], ['checklist_id', 'task_id'], ['__count'])
        self.assertEqual([(row['checklist_id'][1], row['task_id'][1]) for row in groups], [("Tournée d'essai", "Tâche daily")])
        lists = self.env['it.checklist'].with_context(lang=FRENCH).search([('name', '=', "Tournée d'essai")], order='sequence, name')
        self.assertEqual(lists, self.checklist)

    def test_new_tasks_code_comes_of_the_name_as_it_was_typed(self):
        task = self.env['it.task'].with_context(lang=FRENCH).create({
            'name': "Grommet du matin", 'checklist_id': self.checklist.id, 'role_id': self.role.id})
        self.assertEqual((task.code, task.with_context(lang='en_US').name), ('grommet_du_matin', "Grommet du matin"))
