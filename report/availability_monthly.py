from odoo import api, models


class ReportComplianceMonthly(models.AbstractModel):
    """The page of the monthly PDF about availability."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Tell of the month's availability in ``availability``, lines and totals, unless only some checklists are asked for."""
        lines, total = self.env['it.availability'].with_company(company)._of_month(company, first_day)
        return {
            **super()._figures(company, first_day, checklists),
            'availability': None if checklists else {'lines': lines, 'total': total}}
