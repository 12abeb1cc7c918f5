import ast
from pathlib import Path

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

# What makes of HTML something that the printer fetches nothing by: our mill, and plain words.
MILLS = {'printable', 'html2plaintext'}
# Called as an HTML field somewhere, and none here: whose it is, so that this test sees when it becomes one.
PLAIN = {'item.instructions': ('it.task.run.item', 'instructions'), 'row.text': ('it.handbook.coverage', 'text')}


@tagged('post_install', '-at_install')
class TestPrintedHtml(TransactionCase):
    """No report prints HTML of people but through `printable`: what is added to a template or a report later, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.html_names = {name for model in cls.env.registry.values() for name, field in model._fields.items() if field.type == 'html'}

    def _archs(self):
        """Return the templates of our printed reports, those that they call too, by their keys."""
        wanted, archs = set(self.env['ir.actions.report'].search([('report_name', '=like', 'it_continuity.%')]).mapped('report_name')), {}
        while wanted - archs.keys():
            key = (wanted - archs.keys()).pop()
            archs[key] = self.env['ir.ui.view']._get_template_view(key)._get_combined_arch()
            wanted |= {called for called in archs[key].xpath('//@t-call') if called.startswith('it_continuity.')}
        return archs

    def _unmilled(self, tree):
        """Yield the expressions in a tree of Python that read an HTML field and hand it on as it is."""
        milled = {
            id(inner) for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'id', getattr(node.func, 'attr', '')) in MILLS
            for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in self.html_names and id(node) not in milled and ast.unparse(node) not in PLAIN:
                yield ast.unparse(node)

    def _faults(self, archs):
        for key, arch in archs.items():
            for element in arch.iter(etree.Element):
                for name, value in element.attrib.items():
                    if name in ('t-out', 't-esc', 't-value') or name.startswith('t-att-'):
                        yield from ((key, found) for found in self._unmilled(ast.parse(value.strip(), mode='eval')))
                    elif name == 't-field' and value.rpartition('.')[2] in self.html_names:
                        yield key, value
                    elif name == 't-raw':
                        yield key, value

    def test_templates_print_no_html_but_through_the_mill(self):
        archs = self._archs()
        self.assertGreaterEqual(len(archs), 8)
        self.assertEqual(list(self._faults(archs)), [])
        for model, name in PLAIN.values():
            self.assertNotEqual(self.env[model]._fields[name].type, 'html')

    def test_what_makes_a_reports_values_hands_on_no_html(self):
        folder = Path(file_path('it_continuity/report'))
        files = sorted(folder.glob('*.py'))
        self.assertGreater(len(files), 10)
        for file in files:
            tree = ast.parse(file.read_text(encoding='utf-8'))
            with self.subTest(file.name):
                self.assertEqual(list(self._unmilled(tree)), [])
                if file.name != 'printable.py':
                    self.assertFalse([node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == 'Markup'], "marks a text as safe by itself")

    def test_what_is_added_is_seen(self):
        for planted, found in (
                ('<b t-out="task.instructions"/>', 'task.instructions'), ('<b t-field="category.instructions"/>', 'category.instructions'),
                ('<b t-out="str(printable(task.instructions)) + task.instructions"/>', 'task.instructions'),
                ('<t t-set="how" t-value="{1: docs[0].note or 2}"/>', 'docs[0].note'), ('<b t-raw="0"/>', '0'),
                ('<b t-out="printable(task.instructions)"/>', None), ('<b t-if="task.instructions" t-out="task.name"/>', None)):
            with self.subTest(planted):
                view = self.env['ir.ui.view'].create({
                    'name': "planted", 'type': 'qweb', 'inherit_id': self.env.ref('it_continuity.handbook').id, 'mode': 'extension',
                    'arch': f'<xpath expr="//div" position="inside">{planted}</xpath>'})
                self.env.registry.clear_cache('templates')
                self.assertEqual([text for _key, text in self._faults(self._archs())], [found] if found else [])
                view.unlink()
                self.env.registry.clear_cache('templates')
