from odoo.tests import TransactionCase, tagged

# Which records keep a line of each kind, and by which field. A rule is kept by the software itself.
KEEPERS = {
    'task': ('it.task', 'line_id'),
    'ticket': ('it.ticket.category', 'line_id'),
    'closing': ('it.closing.template.step', 'line_id'),
    'asset': ('it.asset', 'line_ids'),
}


@tagged('post_install', '-at_install')
class TestHandbookCoverage(TransactionCase):

    def test_every_kind_of_line_has_a_keeper(self):
        kinds = {kind for kind, _label in self.env['it.handbook.line']._fields['kind'].selection}
        self.assertEqual(kinds, {*KEEPERS, 'rule'})

    def test_every_line_of_the_handbook_is_kept(self):
        for kind, (model, field) in KEEPERS.items():
            with self.subTest(kind=kind):
                lines = self.env['it.handbook.line'].search([('kind', '=', kind)])
                self.assertTrue(lines)
                uncovered = lines - self.env[model].search([(field, 'in', lines.ids)])[field]
                self.assertFalse(uncovered.mapped('code'), f"lines without {model}")

    def test_every_task_of_the_handbook_says_what_when_who_and_what_shows_it(self):
        tasks = self.env['it.task'].search([('line_id', '!=', False)])
        self.assertGreaterEqual(len(tasks), 30)
        for task in tasks:
            with self.subTest(task=task.code):
                self.assertTrue(task.instructions and task.expected_evidence and task.role_id and task.schedule_text)

    def test_lines_that_name_several_systems_have_a_task_for_each(self):
        counts = dict(self.env['it.task']._read_group([('line_id', '!=', False)], ['line_id'], ['__count']))
        by_code = {line.code: count for line, count in counts.items()}
        self.assertLessEqual({'1.2': 3, '2.1': 4, '3.2': 2, '8.1': 4}.items(), by_code.items())

    def test_restore_check_and_clean_up_need_four_eyes(self):
        tasks = self.env['it.task'].search([('line_id.code', 'in', ('1.4', '2.3'))])
        self.assertEqual(set(tasks.mapped('needs_verification')), {True})
