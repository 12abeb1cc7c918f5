from odoo import api, models
from odoo.fields import Command


class ItEvidencePack(models.Model):
    """The compliance report belongs to the month's evidence."""
    _inherit = 'it.evidence.pack'

    # === BUSINESS METHODS === #

    @api.model
    def _report_files(self, company, first_day):
        return {**super()._report_files(company, first_day), 'compliance.pdf': self._pdf(company, first_day)}

    @api.model
    def _pdf(self, company, first_day):
        """Return the month's compliance report of all checklists, whatever the person's defaults would leave out."""
        doc = self.env['it.compliance.print'].with_company(company).create({
            'month': f'{first_day:%m}', 'year': first_day.year, 'company_id': company.id, 'checklist_ids': [Command.clear()]})
        return self.env['ir.actions.report'].with_company(company)._render_qweb_pdf('it_continuity.compliance_monthly', doc.ids)[0]
