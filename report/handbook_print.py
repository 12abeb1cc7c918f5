from functools import partial

from odoo import api, models

from ..models.mixins import clock
from ..models.mixins.time_words import moment_text
from .printable import printable


class ReportHandbook(models.AbstractModel):
    """The whole handbook of a company as it runs: each line, and under it the records that keep it."""
    _name = 'report.it_continuity.handbook'
    _description = "Handbook Print"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:param docids: ids of companies; none prints the current company's handbook"""
        companies = self.env['res.company'].browse(docids) or self.env.company
        return {
            'doc_ids': companies.ids,
            'doc_model': companies._name,
            'docs': companies,
            'printable': partial(printable, self.env),
            'books': [self._book(company) for company in companies],
        }

    def _book(self, company):
        """Return what one company's handbook prints: its sections in order, each with its rows of the coverage map."""
        rows = self.env['it.handbook.coverage'].search([('company_id', '=', company.id)])
        return {
            'company': company,
            'printed_at': moment_text(self.env, clock.now(self.env), company.itc_tz, 'd MMMM yyyy'),
            'rows': rows,
            'sections': rows.grouped('section_id').items(),
        }
