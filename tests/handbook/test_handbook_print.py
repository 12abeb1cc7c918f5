from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged

from .test_coverage_map import CoverageCase


@tagged('post_install', '-at_install')
class TestHandbookPrint(CoverageCase):

    def _html(self, user=None, company=None):
        report = self.env['ir.actions.report'].with_user(user or self.auditor)
        return report._render_qweb_html('it_continuity.handbook', company and company.ids)[0].decode()

    def test_every_line_is_printed_with_what_keeps_it(self):
        html = self._html()
        for line in self.env['it.handbook.line'].search([]):
            self.assertIn(line.code, html)
        for words in ("Nothing keeps this line.", "Odoo backup is complete", "Every day, from", "In MegaSync, see that the folder",
                      "IT Business Continuity Handbook", self.env.company.name, "Closing step", "Request", "second person"):
            self.assertIn(words, html)

    def test_what_changes_in_the_task_changes_in_the_print(self):
        task = self._kept('printed', name="Look at the fan", user_id=self.technician.id, expected_evidence="It turns")
        html = self._html()
        for words in ("Look at the fan", "Technician", "It turns"):
            self.assertIn(words, html)
        task.active = False
        self.env.invalidate_all()
        self.assertNotIn("Look at the fan", self._html())

    def test_button_of_the_coverage_list_prints_whatever_rows_are_chosen(self):
        rows = self.env['it.handbook.coverage'].with_user(self.auditor)
        for ids in ([], rows.search([], limit=2).ids):
            action = call_kw(rows, 'action_print_handbook', [ids], {})
            self.assertEqual((action['type'], action['report_name']), ('ir.actions.report', 'it_continuity.handbook'))

    def test_text_of_a_line_cannot_become_markup(self):
        self.line.text = "<script>1</script>"
        self.assertIn("&lt;script&gt;1", self._html())

    def test_technician_prints_and_employee_is_refused(self):
        self.assertIn(self.line.text, self._html(self.technician))
        with self.assertRaises(AccessError):
            self._html(self.user)

    def test_other_company_cannot_be_printed(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        self.env['it.task'].create({
            'name': "Their secret", 'code': 'theirs', 'checklist_id': self.checklist.id, 'company_id': company.id, 'line_id': self.line.id})
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self._html(self.auditor, company)
        self.assertNotIn("Their secret", self._html())


@tagged('post_install', '-at_install')
class TestHandbookPrintFile(CoverageCase, HttpCase):

    def test_menu_leads_to_a_real_pdf(self):
        action = self.env.ref('it_continuity.handbook_print_action').with_user(self.auditor).run()
        self.assertEqual((action['report_name'], action['context']['active_ids']), ('it_continuity.handbook', self.env.company.ids))
        report = self.env['ir.actions.report'].with_user(self.auditor).with_context(force_report_rendering=True)
        pdf, kind = report._render_qweb_pdf('it_continuity.handbook', self.env.company.ids)
        self.assertEqual(kind, 'pdf')
        self.assertEqual(pdf[:5], b'%PDF-')
