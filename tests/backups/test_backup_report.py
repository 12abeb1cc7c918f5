from datetime import date, datetime, timedelta

from lxml import html

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ...lib import backup_day
from .backup_case import NOW, told
from .test_backup_day import BackupDayCase

OCTOBER = [('date', '>=', '2026-10-01'), ('date', '<', '2026-11-01')]
SUMS = ('days', 'good', 'late', 'unknown', 'bad', 'past_rpo', 'unproven', 'afterwards')
MEANS = {'good_pct': 'avg', 'age_h': 'avg', 'rpo_share': 'avg', 'rpo_worst': 'max'}
AGGREGATES = [*(f'{name}:sum' for name in SUMS), *(f'{name}:{how}' for name, how in MEANS.items())]
GIB = 2**30


class BackupReportCase(BackupDayCase):
    """A past month of two sets, written as the job would have: it cannot be lived through in a test."""

    def setUp(self):
        super().setUp()
        self._clock(datetime(2026, 11, 10, 9))
        self.env['it.backup.set'].search([('id', '!=', self.set.id)]).active = False
        self.set.sequence = 1
        self.other = self.env['it.backup.set'].create({'name': "Other", 'sequence': 2, 'due_h': 12, **dict.fromkeys(('saturday', 'sunday'), False)})
        self.report = self.env['it.backup.report'].with_user(self.auditor)

    def _day(self, day, one=None, **values):
        one = one or self.set
        self.env['it.backup.day']._insert([{
            'set_id': one.id, 'company_id': one.company_id.id, 'day': str(day), 'state': 'good', 'link': 'made', 'code': '', 'level': 'replicated',
            'file_name': f'prod_{day}.zip', 'file_size': GIB, 'age_h': 12.0, 'rpo_h': 24.0, 'machines': 2, 'asked': 2, 'is_afterwards': False,
            'judged_at': f'{day} 15:00:00', 'late_at': None, **values}])

    def _october(self):
        """Ten days of one set, three of the other, and one at either end."""
        for number in range(1, 5):
            self._day(date(2026, 10, number))
        self._day('2026-10-05', state='bad', link='replicated', code='no_copy', level='readable', machines=1, late_at='2026-10-07 08:00:00')
        self._day('2026-10-06', code='late')
        self._day('2026-10-07', state='unknown', code='silent', level=None, age_h=36.0, machines=0, file_name=None, file_size=None)
        self._day('2026-10-08', state='bad', link='age', code='past_rpo', age_h=60.0)
        self._day('2026-10-09', state='bad', code='missing', level=None, age_h=None, machines=0)
        self._day('2026-10-10', state='unknown', code='not_judged', level=None, age_h=None, is_afterwards=True)
        for day in ('2026-10-01', '2026-10-02'):
            self._day(day, self.other, rpo_h=0.0, age_h=10.0)
        self._day('2026-10-31', self.other, state='bad', link='replicated', code='no_copy', rpo_h=0.0, age_h=10.0)
        self._day('2026-09-30', state='bad', code='missing')
        self._day('2026-11-01')

    # As counted by hand from the above.
    TOTAL = {
        'days': 13, 'good': 6, 'late': 2, 'unknown': 2, 'bad': 3, 'past_rpo': 3, 'unproven': 1, 'afterwards': 1, 'good_pct': 46.2,
        'age_h': (6 * 12 + 36 + 60 + 30) / 11, 'rpo_share': (6 * 0.5 + 1.5 + 2.5) / 8, 'rpo_worst': 2.5}
    TESTED = {
        'days': 10, 'good': 4, 'late': 2, 'unknown': 2, 'bad': 2, 'past_rpo': 3, 'unproven': 1, 'afterwards': 1, 'good_pct': 40.0,
        'age_h': (6 * 12 + 36 + 60) / 8, 'rpo_share': (6 * 0.5 + 1.5 + 2.5) / 8, 'rpo_worst': 2.5}
    OTHER = {
        'days': 3, 'good': 2, 'late': 0, 'unknown': 0, 'bad': 1, 'past_rpo': 0, 'unproven': 0, 'afterwards': 0, 'good_pct': 66.7, 'age_h': 10.0,
        'rpo_share': None, 'rpo_worst': None}

    def _pdf(self, user=None, month='10'):
        """Return the figures of a month's PDF, and its page as it is printed."""
        window = self.env['it.compliance.print'].with_user(user or self.auditor).create({'month': month, 'year': 2026})
        figures = self.env['report.it_continuity.compliance_monthly'].with_env(window.env)._get_report_values(window.ids)['months'][0]
        page = window.env['ir.actions.report']._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0]
        return figures['backups'], html.fromstring(page)

    def _store(self, place, day, **values):
        self.env['it.backup.storage']._insert([{**self.env['it.backup.storage']._row(place, day), **values}])

    def _grow(self, place, last, days=30, start=10.0, daily=0.1, **values):
        for number in range(days):
            self._store(place, last - timedelta(days=days - 1 - number), **{
                'unknown': 0, 'is_whole': True, 'size_gib': start + daily * number, 'files': 5, **values})


@tagged('post_install', '-at_install')
class TestBackupReport(BackupReportCase):
    """What a month's backups were is the same in the list, the pivot and the PDF, and can be counted by hand."""

    def assertCounted(self, figures, expected, words=''):
        for name, value in expected.items():
            with self.subTest(name=name, words=words):
                self.assertAlmostEqual(-1 if figures[name] is None or figures[name] is False else figures[name], -1 if value is None else value, places=6)

    def test_list_pivot_and_pdf_give_the_figures_that_were_counted_by_hand(self):
        self._october()
        told_so, _page = self._pdf()
        self.assertCounted(told_so['total'], self.TOTAL, "PDF")
        names = {spec: spec.partition(':')[0] for spec in AGGREGATES}
        total, pivoted = self.report.formatted_read_grouping_sets(OCTOBER, [[], ['set_id']], AGGREGATES)
        self.assertCounted({names[spec]: total[0][spec] for spec in AGGREGATES}, self.TOTAL, "pivot")
        listed = self.report.web_read_group(OCTOBER, ['set_id'], AGGREGATES)['groups']
        for expected, one, row in ((self.TESTED, self.set, told_so['sets'][0]), (self.OTHER, self.other, told_so['sets'][1])):
            self.assertCounted(row, expected, f"PDF {one.name}")
            for words, groups in (("pivot", pivoted), ("list", listed)):
                [group] = [group for group in groups if group['set_id'][0] == one.id]
                self.assertCounted({names[spec]: group[spec] for spec in AGGREGATES}, expected, f"{words} {one.name}")
        self.assertEqual(told_so['links'][0], ("Replicated", "Not copied", 2), "what was most often stands first")
        self.assertEqual(sorted(told_so['links']), sorted([
            ("Replicated", "Not copied", 2), ("Made", "Made late", 1), ("Made", "The host was silent", 1), ("Age against the RPO", "Older than the RPO", 1),
            ("Made", "Missing", 1), ("Made", "Not judged in time", 1)]))
        self.assertEqual(sum(days for _link, _why, days in told_so['links']), 13 - 6)

    def test_each_line_counts_as_lib_says(self):
        self._october()
        self.env.flush_all()
        for line in self.report.search(OCTOBER):
            self.assertEqual(line.outcome, backup_day.outcome(line.state, line.code, bool(line.late_at)))
            self.assertEqual([line[name] for name in backup_day.OUTCOMES], [int(name == line.outcome) for name in backup_day.OUTCOMES])

    def test_what_nobody_watched_is_not_past_the_rpo(self):
        values = {'state': 'unknown', 'level': None, 'age_h': None, 'machines': 0, 'is_afterwards': True}
        for number, code in enumerate(('no_place', 'not_judged', 'not_watched', 'never'), start=1):
            self._day(date(2026, 10, number), code=code, **values)
        self.assertEqual(
            [(line.code, line.past_rpo, line.unproven) for line in self.report.search(OCTOBER, order='date')],
            [('no_place', 0, 0), ('not_judged', 0, 0), ('not_watched', 0, 0), ('never', 1, 1)])

    def test_the_page_shows_each_day_also_in_black_and_white(self):
        self._october()
        _told, page = self._pdf(self.manager)
        rows = {row.xpath('string(td[1])'): [cell.text_content().strip() for cell in row.xpath('td')[1:]] for row in page.xpath("//table[@class='month']//tr[td]")}
        self.assertEqual(list(rows), ["Tested", "Other"])
        self.assertEqual(rows["Tested"][:10], ['✓', '✓', '✓', '✓', 'L', 'L', '?', '✗', '✗', '?'])
        self.assertEqual(rows["Tested"][10:], ['–'] * 21, "what is not kept is told, and never fine")
        self.assertEqual((rows["Other"][:5], rows["Other"][-1]), (['✓', '✓', '', '', '–'], '✗'), "Saturdays and Sundays were not asked for")
        classes = {cell.get('class'): cell.text_content() for cell in page.xpath("//table[@class='month']//td[@data-day]")}
        self.assertEqual(len(set(classes.values())), len(classes), "what differs by its colour differs by its sign too")
        words = " ".join(page.text_content().split())
        self.assertIn("2.50 ×", words)
        self.assertIn("41 days on which a backup was due are not kept: of them nobody knows", words)

    def test_storage_is_told_with_how_it_grows(self):
        last = date(2026, 10, 30)
        self._grow(self.made, last, volume='D:\\', free_gib=21.0)
        self._grow(self.copied, last, daily=0)
        self._store(self.made, date(2026, 10, 31))
        told_so, page = self._pdf()
        made, copied = sorted(told_so['storage'], key=lambda row: 'copies' in row['place'])
        self.assertEqual((made['day'], round(made['size'], 3), made['files'], made['unknown'], made['free']), (last, 12.9, 5, 1, 21.0))
        self.assertAlmostEqual(made['average'], sum(10 + 0.1 * number for number in range(30)) / 30)
        self.assertEqual(made['forecast'], "Grows by 3.0 GiB a month. The volume is full in about 7 months.")
        self.assertEqual((copied['forecast'], copied['free']), ("Does not grow.", None))
        self.assertIn("full in about 7 months", page.text_content())
        storage = self.env['it.backup.storage'].with_user(self.auditor)
        [[size, files]] = storage._read_group([('day', '=', last)], [], ['size_gib:avg', 'files:avg'])
        self.assertEqual((round(size, 3), files), (12.9 + 10, 10), "what lies at several places is added up")
        [[size]] = storage._read_group([('day', '>=', last), ('place_id', '=', self.made.id)], [], ['size_gib:avg'])
        self.assertEqual(round(size, 3), 12.9, "a day of which nobody knows counts as no day")

    def test_a_volume_is_filled_by_all_that_grows_there(self):
        last = date(2026, 10, 30)
        second = self._place(self.agent, 'D:\\More', 'copy')
        for place in (self.made, second):
            self._grow(place, last, volume='D:\\', free_gib=21.0)
        row = self.env['it.backup.storage'].search([('place_id', '=', second.id), ('day', '=', last)])
        self.assertIn("in about 3 months", row.forecast)
        self.env.cr.execute("UPDATE it_backup_storage SET is_whole = false WHERE place_id = %s", [self.made.id])
        self.env.invalidate_all()
        self.assertEqual(row.forecast, "Grows by 3.0 GiB a month.", "of the other one nobody knows")

    def test_restores_are_told_with_their_times(self):
        self.host.rto_h = 1
        self.set.asset_id = self.host
        self._clock(NOW)
        self._tell(self.made, told(), *self._earlier(3))
        for minutes, other, step in ((30, False, 'action_done'), (90, True, 'action_done'), (5, False, 'action_fail'), (0, False, 'action_give_up')):
            drill = self.env['it.restore.drill'].browse(self._rpc(self.technician, self.env['it.restore.drill'], 'action_draw')['res_id'])
            values = {'restored_id': (self.set.file_ids - drill.file_id)[0].id, 'otherwise_reason': "x"} if other else {}
            self._rpc(self.technician, drill, 'write', {'where_to': "srv-test", 'minutes': minutes, 'found': "x", **values})
            self._rpc(self.technician, drill, step)
        self._rpc(self.technician, self.env['it.restore.drill'], 'action_draw')
        restores = self.env['it.restore.report'].with_user(self.auditor)
        sums = ('restores', 'drawn', 'done', 'failed', 'given_up', 'otherwise', 'within_rto', 'past_rto')
        [row] = restores._read_group([], [], [*(f'{name}:sum' for name in sums), 'minutes:avg', 'minutes_most:max', 'rto_share:avg'])
        self.assertEqual(row, (5, 1, 2, 1, 1, 1, 1, 1, 60, 90, 1.0))
        told_so, page = self._pdf(month='11')
        self.assertEqual([(line.state, line.chosen, line.minutes) for line in told_so['restores'].sorted('id')], [
            ('done', 'picked', 30), ('done', 'otherwise', 90), ('failed', 'picked', 0), ('given_up', False, 0)])
        [table] = page.xpath("//h2[normalize-space()='Restores']/following-sibling::table[1]")
        self.assertEqual([cell.text_content().strip() for cell in table.xpath('.//tr')[2].xpath('td')][3:], [
            "Chosen otherwise", "Restored", "90", "1.0", "Technician"])

    def test_a_company_without_backups_has_no_such_page_and_a_new_one_is_told_what_nobody_knows(self):
        self.env['it.backup.set'].search([]).active = False
        told_so, page = self._pdf()
        self.assertIsNone(told_so)
        self.assertNotIn("Weakest links", page.text_content())
        self.set.active = True
        self.other.active = True
        told_so, page = self._pdf()
        self.assertEqual((told_so['total']['days'], told_so['total']['good_pct'], told_so['unplaced'], told_so['sets'][0]['unkept']), (0, None, ["Other"], 0))
        self.assertIn("Nobody said where these are made, so of them nobody knows anything: Other.", " ".join(page.text_content().split()))

    def test_a_day_is_missed_by_the_job_since_somebody_began_and_once_the_job_came_by(self):
        """No backup was due before a set had a place, nor on its first day after its hour; and the job needs its quarter of an hour."""
        self._since(datetime(2026, 11, 5, 10))  # 13:00, and due at noon
        for moment, signs in ((datetime(2026, 11, 9, 11, 30), ['–', '–', '–', '']), (datetime(2026, 11, 9, 12), ['–', '–', '–', '–'])):
            self._clock(moment)
            told_so, page = self._pdf(month='11')
            cells = [sign for _day, _outcome, sign in told_so['sets'][0]['cells']]
            self.assertEqual((cells[:5], cells[5:9], set(cells[9:])), ([''] * 5, signs, {''}))
            self.assertIn(f"{len(''.join(signs))} days on which a backup was due are not kept", " ".join(page.text_content().split()))
        self._day('2026-11-03')
        told_so, _page = self._pdf(month='11')
        self.assertEqual([sign for _day, _outcome, sign in told_so['sets'][0]['cells']][:5], ['', '', '✓', '–', '–'], "what was kept before stays asked for")

    def test_staff_and_auditors_read_nobody_writes_employees_are_refused_and_companies_are_apart(self):
        self._october()
        self._store(self.made, date(2026, 10, 30))
        for name in ('it.backup.report', 'it.backup.storage', 'it.backup.day'):
            for person in (self.technician, self.manager, self.auditor):
                with self.subTest(model=name, person=person.login):
                    records = self.env[name].with_user(person).search([])
                    self.assertTrue(records)
                    for method, *values in (('write', {'day': '2026-01-01'}), ('unlink',)):
                        with self.assertRaises(AccessError):
                            self._rpc(person, records[:1], method, *values)
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.user).search([])
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self.env.cr.execute("UPDATE it_backup_day SET company_id = %s WHERE day = '2026-10-01'", [company.id])
        self.env.invalidate_all()
        self.assertEqual(self.report.search_count(OCTOBER), 11)
        self.auditor.company_ids = [Command.link(company.id)]
        self.assertEqual(self.report.with_context(allowed_company_ids=company.ids).search_count(OCTOBER), 2)

    def test_list_storage_and_page_cost_the_same_queries_whatever_their_number(self):
        names = {name: {'fields': {'display_name': {}}} for name in ('set_id', 'asset_id')} | dict.fromkeys(('date', 'outcome', 'code', 'age_h', 'rpo_share'), {})
        lain = {'set_id': {'fields': {'display_name': {}}}, 'place': {}, 'size_gib': {}, 'forecast': {}}
        report = self.env['report.it_continuity.compliance_monthly'].with_user(self.auditor)

        def look():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.report.web_search_read(OCTOBER, names)
            self.env['it.backup.storage'].with_user(self.auditor).web_search_read([], lain)
            report._backups(self.env.company.with_user(self.auditor), date(2026, 10, 1), lambda record: record.sudo().name or '')
            return self.env.cr.sql_log_count - before

        self._day('2026-10-01')
        self._grow(self.made, date(2026, 10, 30), days=20)
        look()
        few = look()
        self._october()
        sets = self.env['it.backup.set'].create([{'name': f"Set {number}"} for number in range(10)])
        for number, one in enumerate(sets):
            self._day('2026-10-03', one)
            self.env['it.backup.place'].create({'set_id': one.id, 'agent_id': self.other_agent.id, 'folder': f'/srv/{number}', 'kind': 'copy'})
        self._grow(self.copied, date(2026, 10, 30), days=30)
        self.assertLessEqual(look(), few)
