import re
from datetime import datetime, timedelta
from runpy import run_path
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_open, file_path

from .common import TicketCase

OCTOBER = [('date', '>=', '2026-10-01'), ('date', '<', '2026-11-01')]
SUMS = (
    'tickets', 'doubles', 'open', 'waiting', 'confirmed', 'silent', 'colleague', 'cancelled', 'reopened', 'answered', 'solved', 'response_met',
    'response_missed', 'resolution_met', 'resolution_missed', 'rated')
MEANS = ('answer_hours', 'solve_hours', 'response_pct', 'resolution_pct', 'rating')
AGGREGATES = [*(f'{name}:sum' for name in SUMS), *(f'{name}:avg' for name in MEANS)]


class TicketReportCase(TicketCase):
    """Tickets as a month may have left them, written past the guards: a past month cannot be lived through in a test."""

    def setUp(self):
        super().setUp()
        self._clock(datetime(2026, 11, 23, 9))
        self.sales = self.env['hr.department'].create({'name': "Sales"})
        self.finance = self.env['hr.department'].create({'name': "Finance"})
        self.category_ink = self.env.ref('it_continuity.ticket_category_printer_ink')
        self.report = self.env['it.ticket.report'].with_user(self.auditor)

    def _past(self, requested_at, category=None, department=None, requester=None, **values):
        """Return a ticket that was asked for at a moment in UTC and is now as the columns say."""
        ticket = self._log(requester, category_id=(category or self.category_remote).id)
        return self._force(ticket, requested_at=requested_at, department_id=department and department.id, **values)

    def _closed(self, kind='requester'):
        return {'state': 'closed', 'confirmation_kind': kind, 'confirmed_by_id': self.user.id, 'confirmed_at': '2026-11-02 06:00'}

    def _took(self, answered_at, answer_hours, solved_at=None, solve_hours=0):
        return {'first_answer_at': answered_at, 'response_worked_hours': answer_hours, 'resolved_at': solved_at, 'resolution_worked_hours': solve_hours}

    def _force(self, ticket, **values):
        self.env.flush_all()
        columns = ', '.join(f'{name} = %s' for name in values)
        self.env.cr.execute(f'UPDATE it_ticket SET {columns} WHERE id = %s', [*values.values(), ticket.id])
        self.env.invalidate_all()
        return ticket

    def _october(self):
        """Make an October of eight tickets of three people and two departments, one of them a double, and one at either end of it."""
        done = {'response_state': 'met', 'resolution_state': 'met'}
        self.first = self._past(
            '2026-10-05 06:00', department=self.sales, **self._took('2026-10-05 07:00', 1, '2026-10-06 07:00', 9), assignee_id=self.technician.id,
            **self._closed(), response_state='met', resolution_state='missed', rating_last_value=5)
        self._past(
            '2026-10-09 13:00', department=self.sales, **self._took('2026-10-12 06:00', 2, '2026-10-12 07:00', 3), reopen_count=2,
            **self._closed('silent'), response_state='missed', resolution_state='met')
        self._past(
            '2026-10-13 06:00', department=self.finance, requester=self.other, **self._took('2026-10-13 06:30', 0.5, '2026-10-13 08:00', 2),
            **self._closed(), **done, rating_last_value=3)
        self._past(
            '2026-10-20 06:00', self.category_ink, self.finance, self.other, **self._took('2026-10-20 07:00', 1, '2026-10-20 10:00', 3),
            state='resolved', response_state='met', resolution_state='paused')
        self._past('2026-10-31 20:30', self.category_ink, requester=self.other, due_at='2026-11-02 06:00', response_state='missed', resolution_state='running')
        self._past('2026-10-21 06:00', self.category_ink, state='cancelled', **self._took('2026-10-21 10:00', 3), response_state='met')
        self._past('2026-09-30 21:00', requester=self.technician_2, state='in_progress', response_state='running', resolution_state='none')
        self.double = self._past(
            '2026-10-05 08:00', department=self.sales, state='cancelled', duplicate_of_id=self.first.id, **self._took('2026-10-05 08:10', 100),
            reopen_count=1, response_state='met', resolution_state='missed', rating_last_value=1)
        self._past(
            '2026-09-30 20:59', department=self.sales, **self._took('2026-10-01 07:00', 4, '2026-10-01 11:00', 8), **self._closed('silent'), reopen_count=1,
            response_state='missed', resolution_state='met', rating_last_value=1)
        self._past('2026-10-31 21:00', department=self.sales)

    # As counted by hand from the above.
    TOTAL = {
        'answer_hours': 7.5 / 5, 'solve_hours': 17 / 4,
        'tickets': 7, 'doubles': 1, 'open': 2, 'waiting': 1, 'confirmed': 2, 'silent': 1, 'colleague': 0, 'cancelled': 1, 'reopened': 1, 'answered': 5, 'solved': 4,
        'response_met': 4, 'response_missed': 2, 'resolution_met': 2, 'resolution_missed': 1, 'rated': 2,
        'response_pct': 66.7, 'resolution_pct': 66.7, 'rating': 4.0}
    BY_CATEGORY = {
        'remote_help': {
            'answer_hours': 3.5 / 3, 'solve_hours': 14 / 3,
            'tickets': 4, 'doubles': 1, 'open': 1, 'waiting': 0, 'confirmed': 2, 'silent': 1, 'colleague': 0, 'cancelled': 0, 'reopened': 1, 'answered': 3, 'solved': 3,
            'response_met': 2, 'response_missed': 1, 'resolution_met': 2, 'resolution_missed': 1, 'rated': 2,
            'response_pct': 66.7, 'resolution_pct': 66.7, 'rating': 4.0},
        'printer_ink': {
            'answer_hours': 2.0, 'solve_hours': 3.0,
            'tickets': 3, 'doubles': 0, 'open': 1, 'waiting': 1, 'confirmed': 0, 'silent': 0, 'colleague': 0, 'cancelled': 1, 'reopened': 0, 'answered': 2, 'solved': 1,
            'response_met': 2, 'response_missed': 1, 'resolution_met': 0, 'resolution_missed': 0, 'rated': 0,
            'response_pct': 66.7, 'resolution_pct': None, 'rating': None},
    }
    SEPTEMBER = {
        'answer_hours': 4.0, 'solve_hours': 8.0,
        'tickets': 1, 'doubles': 0, 'open': 0, 'waiting': 0, 'confirmed': 0, 'silent': 1, 'colleague': 0, 'cancelled': 0, 'reopened': 1, 'answered': 1, 'solved': 1,
        'response_met': 0, 'response_missed': 1, 'resolution_met': 1, 'resolution_missed': 0, 'rated': 1, 'response_pct': 0.0, 'resolution_pct': 100.0, 'rating': 1.0}
    BY_DEPARTMENT = {"Sales": (2, 1), "Finance": (2, 0), None: (3, 0)}  # tickets and doubles


@tagged('post_install', '-at_install')
class TestTicketReport(TicketReportCase):

    def _pdf(self, user=None):
        """Return the figures of October's PDF, and its page as it is printed."""
        window = self.env['it.compliance.print'].with_user(user or self.auditor).create({'month': '10', 'year': 2026})
        figures = self.env['report.it_continuity.compliance_monthly'].with_env(window.env)._get_report_values(window.ids)['months'][0]
        page = window.env['ir.actions.report']._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0]
        return figures['tickets'], html.fromstring(page)

    def _list(self, groupby, domain=OCTOBER):
        """Return a group's figures as the list shows them."""
        groups = self.report.web_read_group(domain, [groupby], AGGREGATES)['groups']
        return {self._key(group[groupby]): {spec: group[spec] for spec in AGGREGATES} for group in groups}

    def _pivot(self, groupby, domain=OCTOBER):
        """Return the figures of all and those of each group as the pivot shows them."""
        total, groups = self.report.formatted_read_grouping_sets(domain, [[], [groupby]], AGGREGATES)
        return (
            {spec: total[0][spec] for spec in AGGREGATES},
            {self._key(group[groupby]): {spec: group[spec] for spec in AGGREGATES} for group in groups})

    @staticmethod
    def _key(value):
        """Return what a group is of: a record's id, the first day of a month, or a choice."""
        return value[0] if isinstance(value, list | tuple) else value

    def _named(self, row):
        """Return the figures of the PDF by the names that list and pivot use."""
        return {**{f'{name}:sum': row[name] for name in SUMS}, **{f'{name}:avg': row[name] or False for name in MEANS}}

    def assertCounted(self, row, figures):
        for name in (*SUMS, *MEANS):
            with self.subTest(name=name):
                self.assertAlmostEqual(-1 if row[name] is None else row[name], -1 if figures[name] is None else figures[name], places=9)

    def _same(self, one, other):
        self.assertEqual(one.keys(), other.keys())
        for spec in one:
            with self.subTest(spec=spec):
                self.assertAlmostEqual(one[spec] or 0, other[spec] or 0, places=9)

    def test_what_is_not_there_yet_counts_in_no_mean_of_tickets_themselves(self):
        tickets = self._past('2026-10-05 06:00') | self._past('2026-10-05 06:00')
        means = ['rating_last_value:avg', 'response_worked_hours:avg', 'resolution_worked_hours:avg']

        def read():
            return self.env['it.ticket'].with_user(self.technician)._read_group([('id', 'in', tickets.ids)], [], means)
        self.assertEqual(read(), [(False, False, False)])
        self._force(tickets[0], rating_last_value=3, **self._took('2026-10-05 07:00', 2, '2026-10-06 07:00', 9))
        self.assertEqual(read(), [(3.0, 2.0, 9.0)], "and not half of it")

    def test_list_pivot_and_pdf_give_the_figures_that_were_counted_by_hand(self):
        self._october()
        told, _page = self._pdf()
        self.assertCounted(told['total'], self.TOTAL)
        for row in told['by_category']:
            self.assertCounted(row, self.BY_CATEGORY[row['key'].code])
        self.assertEqual(len(told['by_category']), 2)
        self.assertEqual({row['name'] or None: (row['tickets'], row['doubles']) for row in told['by_department']}, self.BY_DEPARTMENT)
        self.assertEqual(
            [(row['key'], row['tickets']) for row in told['by_requester']], [(self.other, 3), (self.user, 3), (self.technician_2, 1)])
        self.assertEqual({row['key']: row['tickets'] for row in told['by_nature']}, {'incident': 4, 'supply': 3})
        self.assertEqual([(str(row['key']), row['tickets']) for row in told['by_month']], [('2026-10-01', 7), ('2026-09-01', 1)])
        months = [('date', '<', '2026-11-01')]
        for groupby, rows, domain in (
                ('category_id', 'by_category', OCTOBER), ('department_id', 'by_department', OCTOBER), ('requester_id', 'by_requester', OCTOBER),
                ('nature', 'by_nature', OCTOBER), ('date:month', 'by_month', months)):
            listed, (total, pivoted) = self._list(groupby, domain), self._pivot(groupby, domain)
            if domain == OCTOBER:
                self._same(total, self._named(told['total']))
            self.assertEqual(len(told[rows]), len(listed))
            for row in told[rows]:
                key = str(row['key']) if rows == 'by_month' else row['key'] if rows == 'by_nature' else row['key'].id
                with self.subTest(groupby=groupby, key=key):
                    self._same(listed[key], self._named(row))
                    self._same(pivoted[key], self._named(row))
        october, september = told['by_month']
        self.assertCounted(october, self.TOTAL)
        self.assertCounted(september, self.SEPTEMBER)

    def test_hours_are_those_of_the_working_time(self):
        self._clock(datetime(2026, 11, 20, 13))  # Friday, an hour before the office closes
        self.env.company.resource_calendar_id = self.env['resource.calendar'].create({
            'name': "Office", 'tz': 'Africa/Addis_Ababa', 'attendance_ids': [
                Command.create({'name': "x", 'dayofweek': str(day), 'hour_from': 8, 'hour_to': 17}) for day in range(5)]})
        ticket = self._log()
        self._clock(datetime(2026, 11, 23, 6, 30))  # Monday, an hour and a half after it opened
        self._work_on(ticket)
        self._clock(datetime(2026, 11, 23, 8))
        ticket.with_user(self.technician).action_resolve()
        [line] = self.report.search([('ticket_id', '=', ticket.id)])
        self.assertEqual((line.answer_hours, line.solve_hours, line.answered, line.solved), (2.5, 4.0, 1, 1))
        self._force(ticket, response_worked_hours=None, resolution_worked_hours=None)  # as it lies there from before hours were counted
        self.assertEqual((line.answer_hours, line.answered), (0, 1))
        run_path(file_path('it_continuity/migrations/19.0.1.7.0/post-ticket_hours.py'))['migrate'](self.env.cr, '19.0.1.6.0')
        self.assertEqual((line.answer_hours, line.solve_hours), (2.5, 4.0), "the upgrade counts them")
        for absurd, hours in (('0026-11-23 05:00', (2.5, 4711)), ('9999-12-20 05:00', (0, 0))):
            with self.subTest(asked=absurd):
                self._force(ticket, requested_at=absurd, response_worked_hours=None, resolution_worked_hours=None)
                with patch.object(type(self.env['it.calendar']), '_work_spans', self._within_reason()):
                    run_path(file_path('it_continuity/migrations/19.0.1.7.0/post-ticket_hours.py'))['migrate'](self.env.cr, '19.0.1.6.0')
                self.assertEqual((ticket.response_worked_hours, ticket.resolution_worked_hours), hours)

    def _within_reason(self):
        work_spans = type(self.env['it.calendar'])._work_spans

        def within_reason(calendar, company, start, end, hours=None):
            self.assertTrue(timedelta(0) <= end - start < timedelta(days=4 * 366), f"the working hours from {start} to {end}")
            return work_spans(calendar, company, start, end, hours)

        return within_reason

    def test_page_of_the_pdf_prints_these_figures(self):
        self._october()
        told, page = self._pdf(self.manager)
        [by_type] = page.xpath("//h2[normalize-space()='By type']/following-sibling::table[1]")
        printed = [[" ".join(cell.text_content().split()) for cell in row.xpath('td')] for row in by_type.xpath('.//tr[td]')]
        hours = {row['key'].code: (f"{row['answer_hours']:.1f}", f"{row['solve_hours']:.1f}") for row in told['by_category']}
        remote, ink = hours['remote_help'], hours['printer_ink']
        self.assertEqual(printed, [
            [self.category_remote.name, '4', '2', '1', '0', '0', '1', '0', '1', remote[0], '66.7 %', remote[1], '66.7 %', '4.0', '1'],
            [self.category_ink.name, '3', '0', '0', '0', '1', '1', '1', '0', ink[0], '66.7 %', ink[1], '–', '–', '0']])
        [by_month] = page.xpath("//h2[normalize-space()='This month and those before it']/following-sibling::table[1]")
        printed = [[" ".join(cell.text_content().split()) for cell in row.xpath('td')] for row in by_month.xpath('.//tr[td]')]
        self.assertEqual(printed, [
            ['October 2026', '7', '2', '1', '0', '1', '2', '1', '1', '1.5', '66.7 %', '4.3', '66.7 %', '4.0', '1'],
            ['September 2026', '1', '0', '1', '0', '0', '0', '0', '1', '4.0', '0.0 %', '8.0', '100.0 %', '1.0', '0']])
        words = " ".join(page.text_content().split())
        [tile] = page.xpath("//td[div[normalize-space()='tickets']]/div[1]")
        self.assertEqual(tile.text_content(), '7')
        for told_so in ("No department", "Something ran dry", "October 2026", "September 2026"):
            self.assertIn(told_so, words)

    def test_red_is_what_was_missed_and_somebody_has_to_look_at(self):
        self._october()
        _told, page = self._pdf()
        red = [" ".join(one.text_content().split()) for one in page.xpath("//h2[normalize-space()='Tickets']/following::*[contains(@class, 'bad')]")]
        self.assertEqual(red, ['1', '1'], "the one that is late and open: once above, once in its type; what was only put back to work, or missed less than kept, is not")
        late = page.xpath("//td[contains(@class, 'bad')]/..")
        self.assertEqual([row.xpath("td")[0].text_content().strip() for row in late], [self.category_ink.name])
        self.assertIn("1 later than promised", " ".join(page.text_content().split()))

    def test_month_of_nothing_says_so_and_a_choice_of_checklists_leaves_the_page_out(self):
        _told, page = self._pdf()
        self.assertIn("Nobody asked for anything", page.text_content())
        window = self.env['it.compliance.print'].with_user(self.manager).create({
            'month': '10', 'year': 2026, 'checklist_ids': self.env['it.checklist'].search([], limit=1).ids})
        figures = self.env['report.it_continuity.compliance_monthly'].with_env(window.env)._get_report_values(window.ids)['months'][0]
        self.assertIsNone(figures['tickets'])

    def test_of_many_requesters_the_pdf_names_ten_and_adds_up_the_others(self):
        people = [self._person('user', f'asker_{number}') for number in range(12)]
        for number, person in enumerate(people):
            for _one in range(2 if number < 10 else 1):
                self._past('2026-10-05 06:00', requester=person)
        told, _page = self._pdf()
        self.assertEqual([row['tickets'] for row in told['by_requester']], [2] * 10 + [2])
        self.assertEqual(told['by_requester'][-1]['name'], "2 other colleagues")

    def test_graph_knows_what_may_become_of_a_ticket(self):
        """What has no colour of its own has one of Odoo's, and stands before all others."""
        with file_open('it_continuity/static/src/outcome_graph/outcome_graph.js') as source:
            colors = re.search(r'COLORS = \{(.*?)^\}', source.read(), re.DOTALL | re.MULTILINE)[1]
        known = re.findall(r'^    (\w+): ', colors, re.MULTILINE)
        for model, name in (('it.ticket.report', 'outcome'), ('it.compliance.report', 'bucket'), ('it.backup.report', 'outcome')):
            with self.subTest(model=model):
                self.assertLessEqual(set(self.env[model]._fields[name].get_values(self.env)), set(known))

    def test_open_work_of_each_technician_by_age(self):
        for requested_at, assignee, values in (
                ('2026-11-23 08:00', self.technician, {'due_at': '2026-11-23 12:00', 'resolution_state': 'running'}),
                ('2026-11-20 08:00', self.technician, {'due_at': '2026-11-23 08:00', 'resolution_state': 'missed', 'state': 'in_progress'}),
                ('2026-10-01 09:00', self.technician, {'due_at': '2026-10-02 09:00', 'resolution_state': 'missed', 'waiting_for': 'outside', 'state': 'in_progress'}),
                ('2026-11-20 09:00', self.technician, {'due_at': '2026-11-22 09:00', 'resolution_state': 'met', 'state': 'resolved'}),
                ('2026-11-16 09:00', None, {'due_at': '2026-11-17 09:00', 'resolution_state': 'running'}),
                ('2026-10-01 09:00', self.technician, self._closed())):
            self._past(requested_at, assignee_id=assignee and assignee.id, **values)
        mine = self.env.ref('it_continuity.it_ticket_report_action_open')
        self.assertEqual(mine.domain, "[('outcome', 'in', ('open', 'waiting'))]")
        domain = [('outcome', 'in', ('open', 'waiting'))]
        aggregates = ['open:sum', 'paused:sum', 'waiting:sum', 'overdue:sum', 'oldest_days:max']
        rows = {row['assignee_id'] and row['assignee_id'][0]: [row[one] for one in aggregates]
                for row in self.report.formatted_read_group(domain, ['assignee_id'], aggregates)}
        self.assertEqual(rows, {self.technician.id: [3, 1, 1, 1, 53.0], False: [1, 0, 0, 1, 7.0]})
        bands = {(row['assignee_id'] and row['assignee_id'][0], row['age_band']): row['tickets:sum']
                 for row in self.report.formatted_read_group(domain, ['assignee_id', 'age_band'], ['tickets:sum'])}
        self.assertEqual(bands, {
            (self.technician.id, '0'): 1, (self.technician.id, '1'): 2, (self.technician.id, '3'): 1, (False, '2'): 1})

    def test_line_leads_to_its_ticket(self):
        self._october()
        [line] = self.report.search([('ticket_id', '=', self.first.id)])
        action = line.action_open_ticket()
        self.assertEqual((action['res_model'], action['res_id'], str(line.date)), ('it.ticket', self.first.id, '2026-10-05'))

    def test_technicians_managers_and_auditors_read_nobody_writes_and_employees_are_refused(self):
        self._october()
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login):
                lines = self.env['it.ticket.report'].with_user(person).search(OCTOBER)
                self.assertEqual(len(lines), 8)
                with self.assertRaises(AccessError):
                    lines[0].write({'tickets': 9})
        for act in (lambda report: report.search([]), lambda report: report.formatted_read_group([], ['requester_id'], ['tickets:sum'])):
            with self.assertRaises(AccessError):
                act(self.env['it.ticket.report'].with_user(self.user))

    def test_other_companys_tickets_are_not_counted(self):
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self._past('2026-10-05 06:00', company_id=company.id)
        self.assertFalse(self.report.search(OCTOBER))
        self.auditor.company_ids |= company
        self.assertEqual(self.report.with_context(allowed_company_ids=company.ids).search(OCTOBER).company_id, company)
        told, _page = self._pdf()
        self.assertEqual(told['total']['tickets'], 0, "the month is printed for one company")

    def test_list_costs_the_same_queries_whatever_the_number_of_tickets(self):
        names = {name: {'fields': {'display_name': {}}} for name in ('ticket_id', 'category_id', 'department_id', 'assignee_id')}
        names |= dict.fromkeys(('date', 'outcome', 'answer_hours', 'response_pct', 'rating'), {})
        self._october()
        self.report.web_search_read([], names)
        for _round in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(9):
                self.report.web_search_read(OCTOBER, names)
            self._october()
