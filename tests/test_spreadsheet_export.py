import csv
import io
import json

from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .service_desk.common import TicketCase

# What a spreadsheet would calculate or start, as somebody may type it.
LIVE = ('=1+1', '{=SUM(A1)}', '@SUM(A1)', '\t=1+1', '\r=1+1', '+1', '-1', '＝1+1', 'external:c:\\evil.exe')


@tagged('post_install', '-at_install')
class TestSpreadsheetExport(TicketCase, HttpCase):
    """Text that people typed stays text in every file that Odoo makes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env['it.ticket'].concat(*(cls._log(subject=text) for text in LIVE))
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.authenticate('itc_manager', 'itc_manager')

    def _download(self, door, **values):
        answer = self.url_open(door, data={'data': json.dumps(values), 'csrf_token': Request.csrf_token(self)})
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        return answer.content

    def _export(self, kind, records, names, **values):
        fields = [{'name': name, 'label': name, 'type': 'char'} for name in names]
        return self._download(f'/web/export/{kind}', **{
            'model': records._name, 'fields': fields, 'ids': records.ids, 'domain': [], 'import_compat': False, 'groupby': [], **values})

    def _cells(self, content):
        """Return the cells of an XLSX that hold something, with proof that none is live."""
        sheet = load_workbook(io.BytesIO(content)).active
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value not in (None, '')]
        for cell in cells:
            self.assertNotEqual(cell.data_type, 'f', cell.value)
            self.assertFalse(cell.hyperlink, cell.value)
        return [cell.value for cell in cells]

    def test_list_in_xlsx_keeps_what_was_typed_as_text(self):
        values = self._cells(self._export('xlsx', self.tickets, ['subject']))
        for text in LIVE:
            if text[0] not in '\t\r':  # XML keeps no such beginning
                self.assertIn(text, values)
        self.assertEqual(len(values), 1 + len(LIVE))

    def test_headers_and_groups_of_a_grouped_list_are_text(self):
        self.category_remote.name = '=1+1'
        values = self._cells(self._export(
            'xlsx', self.tickets, ['subject', 'category_id/name'], groupby=['category_id', 'subject'],
            fields=[{'name': 'subject', 'label': '=2+2', 'type': 'char'}]))
        self.assertIn('=2+2', values)
        self.assertIn(f'=1+1 ({len(LIVE)})', values)

    def test_list_in_csv(self):
        for is_import in (False, True):
            text = self._export('csv', self.tickets, ['subject'], import_compat=is_import).decode()
            rows = [row[0] for row in csv.reader(io.StringIO(text, newline=''))]
            self.assertEqual(sorted(rows[1:]), sorted(f"'{text}" for text in LIVE))

    def test_every_model_of_ours_that_people_name(self):
        """The same doors are those of all models; a name typed into the one is as harmless as into the other."""
        asset, task = self.host, self.env['it.task'].search([], limit=1)
        line = self.env['it.handbook.line'].search([], limit=1)
        for record, name in ((asset, 'name'), (task, 'name'), (task, 'expected_evidence'), (line, 'text'), (self.role, 'name')):
            record[name] = '=1+1'
            record.env.flush_all()
            with self.subTest(model=record._name, field=name):
                self.assertEqual(self._cells(self._export('xlsx', record, [name]))[1:], ['=1+1'])
                self.assertIn(b'"\'=1+1"', self._export('csv', record, [name]))

    def test_what_odoo_keeps_of_ours_in_its_own_models(self):
        activity = self.tickets[0].with_user(self.manager).activity_schedule(summary='=1+1', user_id=self.manager.id)
        self.env.flush_all()
        self.assertEqual(self._cells(self._export('xlsx', activity, ['summary']))[1:], ['=1+1'])
        self.assertIn(b'"\'=1+1"', self._export('csv', activity, ['summary']))

    def test_pivot(self):
        header = {'title': '=1+1', 'width': 1, 'height': 1}
        values = self._cells(self._download(
            '/web/pivot/export_xlsx', title="Tickets", model='it.ticket', measure_count=1, origin_count=1,
            col_group_headers=[[header]], measure_headers=[{'title': '{=1+1}', 'is_bold': True}],
            rows=[{'title': '=2+2', 'indent': 0, 'values': [{'value': 3.5, 'is_bold': False}, {'value': '=3+3', 'is_bold': True}]},
                  *({'title': title, 'indent': 0, 'values': []} for title in ('external:c:\\evil.exe', 'file:///etc/passwd', 'ftps://evil'))]))
        self.assertEqual(
            values, ["'=1+1", "'{=1+1}", "'=2+2", 3.5, "'=3+3", "'external:c:\\evil.exe", "'file:///etc/passwd", "'ftps://evil"])

    def test_numbers_and_dates_stay_numbers_and_dates(self):
        ticket = self.tickets[0]
        values = self._cells(self._export('xlsx', ticket, ['reopen_count', 'requested_at']))
        self.assertEqual(values[2:], [0, ticket.requested_at])
