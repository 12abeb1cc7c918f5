import base64
import re
from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .item_case import ItemCase


class DaySheetCase(ItemCase):

    def _wizard(self, user=None, **values):
        return self.env['it.day.sheet.print'].with_user(user or self.technician).create({
            'checklist_ids': self.checklist.ids, **values})

    def _sheet(self, wizard):
        self.env.flush_all()
        report = self.env['report.it_continuity.day_sheet'].with_env(wizard.env)
        return report._get_report_values(wizard.ids)['sheets'][0]

    def _printed(self, wizard):
        """Return ``[(hour, names)]`` of the test's checklist on the sheet."""
        return [
            (hour, [row['run'].task_name for row in rows])
            for checklist, hours in self._sheet(wizard)['checklists'] if checklist == self.checklist for hour, rows in hours]

    def _html(self, wizard):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env['ir.actions.report'].with_env(wizard.env)._render_qweb_html('it_continuity.day_sheet', wizard.ids)[0].decode()


@tagged('post_install', '-at_install')
class TestDaySheet(DaySheetCase):

    # === WHAT IS ON IT === #

    def test_runs_of_the_day_stand_by_checklist_and_local_hour(self):
        self._run('noon', due_time=12)
        self._run('half', due_time=12.5)
        self._run('early', due_time=8)
        self._run('midnight', due_time=24)
        self.env['res.lang']._activate_lang('fr_FR')
        for lang, eight, noon, half in (('en_US', '8:00\u202fAM', '12:00\u202fPM', '12:30\u202fPM'), ('fr_FR', '08:00', '12:00', '12:30')):
            wizard = self._wizard().with_context(lang=lang)
            with self.subTest(lang=lang):
                self.assertEqual(self._printed(wizard), [
                    (eight, ["Task early"]), (noon, ["Task noon", "Task half"]), ("End of the day", ["Task midnight"])])
                rows = [row for _checklist, hours in self._sheet(wizard)['checklists'] for _hour, rows in hours for row in rows]
                self.assertEqual([row['due'] for row in rows], [eight, noon, half, "end of the day"])

    def test_another_day_has_its_own_runs(self):
        self._run('daily')
        wizard = self._wizard(date=date(2026, 11, 24))
        [(_hour, [row])] = self._sheet(wizard)['checklists'][0][1]
        self.assertEqual(row['run'].date, date(2026, 11, 24))
        self.assertEqual(self._printed(self._wizard(date=date(2020, 1, 1))), [])
        self.assertIn("No run is planned", self._html(self._wizard(date=date(2020, 1, 1))))

    def test_today_is_the_companys_day(self):
        self._clock(datetime(2026, 11, 23, 22, 30))
        self.assertEqual(self._wizard().date, date(2026, 11, 24))

    def test_weekly_run_that_may_be_done_stands_on_each_day_until_it_is(self):
        task = self._task('weekly', schedule_kind='weekly_quota', quota=1)
        task._generate_runs()
        wednesday = self._wizard(date=date(2026, 11, 25))
        self.assertEqual(self._printed(wednesday), [("Due after this day", ["Task weekly"])])
        task.run_ids.filtered('is_open').with_user(self.technician).action_done()
        self.assertEqual(self._printed(wednesday), [])

    def test_closed_run_says_how_it_ended_and_asks_for_nothing(self):
        run = self._item_run('closed', 'note')
        wizard = self._wizard()
        self.assertIn("Done at", self._html(wizard))
        self._fill(run, 'note', "seen")
        run.with_user(self.technician).action_done()
        row = self._sheet(wizard)['checklists'][0][1][0][1][0]
        self.assertEqual(row['closed'], "Done · Technician · 9:00\u202fAM")
        self.assertNotIn("Done at</td>", self._html(wizard))

    def test_everything_to_fill_in_has_its_place(self):
        self._item_run(
            'items', 'battery', 'ink', 'note', 'tick', 'photo', 'file', 'sign', expected_evidence="Percentage in the app",
            line_id=self.env.ref('it_continuity.line_0_2').id, user_id=self.technician_2.id,
            instructions="<p>Open the app. " + "Look closely. " * 60 + "</p>")
        html = self._html(self._wizard())
        for words in ("Task items", "0.2", "Technician_2", "Percentage in the app", "50 to 100 %", "Full", "Half", "Low", "Plugs firm", "add it in Odoo",
                      'class="signature"', "Done at", "Initials", " …"):
            self.assertIn(words, html)
        self.assertEqual(html.count('class="digit"'), 5)

    def test_text_of_a_task_cannot_become_markup(self):
        self._run('markup', expected_evidence="<script>1</script>", instructions="<p>a &lt;b&gt;bold&lt;/b&gt;</p>")
        html = self._html(self._wizard())
        self.assertIn("&lt;script&gt;1", html)
        self.assertIn("a &lt;b&gt;bold", html)

    def test_code_of_each_run_is_on_the_page_and_needs_no_network(self):
        runs = self._run('one') | self._run('two')
        sources = re.findall(r'src="(data:image/svg\+xml;base64,[^"]+)"', self._html(self._wizard()))
        self.assertEqual(len(set(sources)), len(runs))
        svg = base64.b64decode(sources[0].partition(',')[2]).decode()
        self.assertTrue(svg.startswith('<svg') and svg.count('h7v1h-7') >= 6, "the three marks in the corners")

    # === WHO AND FROM WHERE === #

    def test_list_prints_the_chosen_runs_one_sheet_a_day(self):
        runs = self._run('chosen').task_id.run_ids.sorted('date')[:2]
        self._run('other')
        action = self._rpc(self.auditor, runs, 'action_print_day_sheet')
        sheets = self.env['it.day.sheet.print'].browse(action['context']['active_ids'])
        self.assertEqual(sheets.mapped('date'), runs.mapped('date'))
        self.assertEqual([sheet._runs() for sheet in sheets], list(runs))

    def test_today_prints_what_it_shows(self):
        shown, _hidden = self._run('shown'), self._run('hidden')
        action = self._rpc(self.technician, self.env['it.task.run'], 'action_print_today', shown.ids)
        self.assertEqual(self.env['it.day.sheet.print'].browse(action['context']['active_ids'])._runs(), shown)

    def test_employee_is_refused(self):
        run = self._run('refused')
        for method, ids in (('action_print_day_sheet', run), ('action_print_today', run.browse())):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.user, ids, method, *([] if ids else [run.ids]))
        with self.assertRaises(AccessError):
            self._wizard(self.user)
        with self.assertRaises(AccessError):
            self._html(self._wizard().with_user(self.user))

    def test_sheet_of_a_colleague_cannot_be_opened(self):
        with self.assertRaises(AccessError):
            self._html(self._wizard(self.technician).with_user(self.technician_2))

    def test_other_company_cannot_be_printed(self):
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        checklist = self.env['it.checklist'].create({'name': "Elsewhere", 'code': 'elsewhere', 'company_id': company.id})
        task = self.env['it.task'].with_company(company).create({
            'name': "Their secret", 'code': 'theirs', 'checklist_id': checklist.id, 'company_id': company.id, 'start_date': date(2026, 11, 23)})
        task._generate_runs()
        with self.assertRaises(AccessError):
            self._wizard(company_id=company.id, checklist_ids=[])
        for method in ('action_print_day_sheet', 'action_print_today'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                runs = task.run_ids[:1]
                self._rpc(self.technician, runs if method.endswith('sheet') else runs.browse(), method,
                          *([] if method.endswith('sheet') else [runs.ids]))
        self.assertNotIn("Their secret", self._html(self._wizard(checklist_ids=[])))


@tagged('post_install', '-at_install')
class TestDaySheetFile(DaySheetCase, HttpCase):

    def test_technician_gets_a_real_pdf(self):
        self._item_run('pdf', 'battery', 'ink')
        wizard = self._wizard()
        report = self.env['ir.actions.report'].with_env(wizard.env).with_context(force_report_rendering=True)
        pdf, kind = report._render_qweb_pdf('it_continuity.day_sheet', wizard.ids)
        self.assertEqual((kind, pdf[:5]), ('pdf', b'%PDF-'))
