from dateutil.relativedelta import relativedelta
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementReport(ImprovementCase):
    """What the monthly PDF and Odoo's periodic mail tell of improvements."""

    def _changed(self, **values):
        improvement = self._planned(**values)
        improvement.action_begin()
        improvement.change_made = "New rollers"
        improvement.action_changed()
        return improvement

    def _page(self, first_day, **values):
        """Return the words of the page about improvements, as the cells of its rows, of the PDF of a month."""
        window = self.env['it.compliance.print'].with_user(self.manager).create({
            'month': f'{first_day:%m}', 'year': first_day.year, **values})
        page = window.env['ir.actions.report']._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0]
        [title] = html.fromstring(page).xpath("//h2[normalize-space()='Improvements']") or [None]
        if title is None:
            return None
        rows, intro = [], ' '.join(title.getnext().text_content().split())
        for table in title.xpath("following-sibling::table"):
            rows += [[' '.join(cell.text_content().split()) for cell in row.xpath('td')] for row in table.xpath('.//tr[td]')]
        return intro, [row for row in rows if row[0].startswith('IMP/') or row[1].startswith('IMP/')]

    def test_page_of_the_month_tells_what_was_suggested_moved_and_measured(self):
        self._clock(self.env.cr.now().replace(day=10, hour=9))  # all of it in one month
        for days_ago in (1, 2, 3):
            self._work_on(self._jam(days_ago))
        self._find()
        self._later(1)
        task = self._task('weekly')
        self._runs_of(task, [1, 2], 'missed')
        worked, unseen = self._changed(), self._changed(name="Name a deputy", task_id=task.id, category_id=False, asset_id=False, measure='task_missed', target=0)
        self._later(12)
        self.improvements.sudo()._cron_measure()
        intro, rows = self._page(self.today.replace(day=1))
        self.assertEqual(
            intro, "3 suggested in this month, 1 of them found by the software; 1 of 2 measured ones worked; 30 minutes gained by them, "
            "over equally many days before and after.")
        moves, results = [row for row in rows if row[1].startswith('IMP/')], [row for row in rows if row[0].startswith('IMP/')]
        steps = [(worked.number, worked.name), (unseen.number, unseen.name)]
        self.assertEqual([tuple(row[1:]) for row in moves if row[1] == worked.number], [
            (*steps[0], step, person) for step, person in (
                ("Suggested → Plan", "Technician"), ("Plan → Do", "Technician"), ("Do → Check", "Technician"), ("Check → Act", "the software"))])
        self.assertIn((*steps[1], "Check → Plan", "the software"), [tuple(row[1:]) for row in moves])
        self.assertEqual(sorted(results), sorted([
            [worked.number, "Tickets", "3", "0", "1", "worked", "30"],
            [unseen.number, "Missed runs", "2", "–", "0", "nothing there to count", "–"]]))

    def test_page_of_a_month_without_any_says_so(self):
        month = self.today.replace(day=1) - relativedelta(months=5)
        intro, rows = self._page(month)
        self.assertEqual((intro, rows), ("0 suggested in this month, 0 of them found by the software; 0 of 0 measured ones worked.", []))
        self.assertIsNone(self._page(month, checklist_ids=self.checklist.ids), "a part of the handbook has no such page")

    def test_digest_counts_what_was_open_when_its_period_ended(self):
        company, person = self._elsewhere()
        person.write({'group_ids': [(4, self.env.ref('it_continuity.it_continuity_group_manager').id)]})
        self.user.write({'company_ids': [(4, company.id)]})
        mine = self.improvements.with_user(person).with_company(company).create([{'name': f"Idea {number}"} for number in range(3)])
        self.improvements.with_user(self.technician).create({'name': "Of another company"})
        digest = self.env['digest.digest'].create({'name': "IT", 'company_id': company.id, 'kpi_itc_improvements': True})
        now = self.env.cr.now()

        def told(start, end, user=person):
            digest.invalidate_recordset()
            return digest.with_user(user).with_company(company).with_context(
                start_datetime=now + relativedelta(days=start), end_datetime=now + relativedelta(days=end)).kpi_itc_improvements_value
        self.assertEqual((told(-7, -1), told(-1, 1)), (0, 3))
        self._later(3)
        mine[0].action_dismiss("Not worth it")
        self.assertEqual((told(-1, 1), told(1, 5)), (3, 2), "what was dismissed later was open then")
        with self.assertRaises(AccessError):
            told(-1, 1, self.user)
