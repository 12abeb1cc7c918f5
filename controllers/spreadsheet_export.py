"""What people typed leaves Odoo as text: no cell of a file that is downloaded is a formula, whoever typed it and in whichever model.

This holds for every model, not for ours alone: one list shows fields of several, and a ticket's subject stands in activities and
messages too. A CSV and a pivot get an apostrophe in front, as Odoo itself does in a CSV before “=”, “+” and “-”; a list in XLSX keeps
every character, for there a cell can say that it is text.
"""
import json

from odoo import http

from odoo.addons.web.controllers import export, pivot

from ..lib import spreadsheet_text

PIVOT_TEXTS = ('col_group_headers', 'measure_headers', 'rows')


class TextWriter(export.GroupExportXlsxWriter):
    """Writes text as text; Odoo's own makes formulas and links of what looks like them."""

    def __init__(self, *args):
        super().__init__(*args)
        self.worksheet.add_write_handler(str, _write_text)


class CSVExport(export.CSVExport):

    def from_data(self, fields, columns_headers, rows):
        headers, *cells = ([spreadsheet_text.as_cell(value) for value in row] for row in (columns_headers, *rows))
        return super().from_data(fields, headers, cells)


class ExcelExport(export.ExcelExport):

    def from_data(self, fields, columns_headers, rows):
        with TextWriter(fields, columns_headers, len(rows)) as writer:
            for number, row in enumerate(rows, 1):
                writer._write_row(number, 0, row)
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        with TextWriter(fields, columns_headers, groups.count) as writer:
            place = (1, 0)
            for name, group in groups.children.items():
                place = writer.write_group(*place, name, group)
        return writer.value


class TableExporter(pivot.TableExporter):

    @http.route()
    def export_xlsx(self, data, **kw):
        table = json.loads(data) if isinstance(data, str) else json.load(data)
        if isinstance(table, dict):
            table |= {key: _as_cells(table[key]) for key in PIVOT_TEXTS if key in table}
        return super().export_xlsx(json.dumps(table), **kw)


def _write_text(worksheet, row, column, text, style=None):
    """Write text into a cell that is text; leave an empty one to XlsxWriter."""
    return worksheet.write_string(row, column, text, style) if text else None


def _as_cells(value):
    """Return a part of a pivot's JSON with all of its texts fit for cells."""
    if isinstance(value, dict):
        return {key: _as_cells(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_cells(part) for part in value]
    return spreadsheet_text.as_cell(value)
