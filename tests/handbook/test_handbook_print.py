import base64
import http.server
import threading

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


class _Listener(http.server.BaseHTTPRequestHandler):
    """Notes what is asked of it."""

    def do_GET(self):  # the library's name
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header('Content-Type', 'text/css' if self.path.startswith('/css') else 'image/png')
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *_args):
        pass


PNG = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')


@tagged('post_install', '-at_install')
class TestHandbookPrintFetchesNothing(CoverageCase, HttpCase):
    """A real program draws the PDF while a real server listens for what it might ask for."""

    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Listener)
        self.server.asked = []
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.at = f'http://127.0.0.1:{self.server.server_port}'

    def _nasty(self, name):
        at = f'{self.at}/{name}'
        return (
            f'<p>Look</p><img src="{at}/img"><p style="background: url({at}/style)">a</p><link rel="stylesheet" href="{self.at}/css/{name}">'
            f'<style>@import url({self.at}/css/import); body {{ background: url({at}/body) }}</style><table background="{at}/table"><tr><td>b</td></tr></table>'
            f'<iframe src="{at}/iframe"></iframe><object data="{at}/object"></object><embed src="{at}/embed">'
            f'<svg width="9" height="9"><image xlink:href="{at}/svg" width="9" height="9"/></svg><input type="image" src="{at}/input">'
            f'<img src="file:///etc/hostname"><iframe src="file:///etc/hostname"></iframe><base href="{at}/base/"><img src="relative.png">'
            f'<script>new Image().src = "{at}/script"</script>')

    def _pdf(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env['ir.actions.report'].with_user(user or self.auditor).with_context(force_report_rendering=True)
        return report._render_qweb_pdf('it_continuity.handbook', self.env.company.ids)[0]

    def _write_past_the_field(self, record, html):
        """As it may lie in a database: typed before a field was sanitised, imported, or by who may write anything."""
        self.env.flush_all()
        is_translated = record._fields['instructions'].translate
        self.env.cr.execute(  # names of our own  # pylint: disable=sql-injection
            f"UPDATE {record._table} SET instructions = {'jsonb_build_object(%s, %s::text)' if is_translated else '%s'} WHERE id = %s",
            [*(['en_US'] if is_translated else []), html, record.id])
        self.env.invalidate_all()

    def test_listener_hears(self):
        """Without us the program would ask: what the tests below do not hear, they could have heard."""
        report = self.env['ir.actions.report']
        with self.allow_pdf_render():
            report._run_wkhtmltopdf([f'<html><body><img src="{self.at}/heard"></body></html>'])
        self.assertEqual(set(self.server.asked), {'/heard'}, "a busy machine lets the program ask twice")

    def test_instructions_of_tasks_requests_and_closing_steps(self):
        task = self._kept('printed', name="Look at the fan")
        category = self.env['it.ticket.category'].create({'name': "Fan", 'line_id': self.line.id})
        step = self.env['it.closing.template'].create({
            'name': "Year", 'step_ids': [(0, 0, {'name': "Fan", 'kind': 'validation', 'line_id': self.line.id})]}).step_ids
        for record in (task, category, step):
            self._write_past_the_field(record, self._nasty(record._table))
        pdf = self._pdf()
        self.assertEqual(pdf[:5], b'%PDF-')
        self.assertEqual(self.server.asked, [])
        html = self.env['ir.actions.report'].with_user(self.auditor)._render_qweb_html('it_continuity.handbook', self.env.company.ids)[0].decode()
        self.assertEqual(html.count('<p>Look</p>'), 3)
        self.assertNotIn(self.at, html)
        self.assertNotIn('file:///', html)

    def test_what_the_field_itself_lets_through(self):
        self._kept('printed', instructions=self._nasty('typed'))
        self._pdf()
        self.assertEqual(self.server.asked, [])

    def test_pictures_of_ours_are_drawn_without_asking(self):
        task = self._kept('printed')
        own = self.env['ir.attachment'].create({'name': "fan.png", 'raw': PNG, 'res_model': 'it.task', 'res_id': task.id})
        fresh = self.env['ir.attachment'].create({'name': "fresh.png", 'raw': PNG})
        fresh.generate_access_token()
        secret = self.env['ir.attachment'].create({'name': "secret.png", 'raw': PNG})
        drawing = self.env['ir.attachment'].create({'name': "fan.svg", 'raw': b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'res_model': 'it.task', 'res_id': task.id})
        self._write_past_the_field(task, (
            f'<img alt="own" src="/web/image/{own.id}-abc/fan.png"><img alt="fresh" src="/web/image/{fresh.id}?access_token={fresh.access_token}">'
            f'<img alt="secret" src="/web/image/{secret.id}"><img alt="forged" src="/web/image/{secret.id}?access_token=x">'
            f'<img alt="drawing" src="/web/image/{drawing.id}"><img alt="gone" src="/web/image/999999999">'
            '<img alt="other" src="/web/image/res.users/2/avatar_128">'))
        html = self.env['ir.actions.report'].with_user(self.auditor)._render_qweb_html('it_continuity.handbook', self.env.company.ids)[0].decode()
        data = f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"'
        for name, is_drawn in (('own', True), ('fresh', True), ('secret', False), ('forged', False), ('drawing', False), ('gone', False), ('other', False)):
            with self.subTest(name):
                self.assertEqual(f'<img alt="{name}" {data}' in html, is_drawn)
                self.assertNotIn(f'<img alt="{name}" src="/web', html)
