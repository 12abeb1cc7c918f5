from odoo import api, models


class ReportComplianceMonthly(models.AbstractModel):
    """The page of the monthly PDF about availability."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Tell of the month's availability in ``availability``, lines and totals, unless only some checklists are asked for."""
        figures = super()._figures(company, first_day, checklists)
        if checklists:
            return {**figures, 'availability': None}
        lines, total = self.env['it.availability'].with_company(company)._of_month(company, first_day)
        name_of = figures['name_of']
        # By the names of then: what an asset is called today moves no line.
        lines = lines.sorted(lambda line: (line.up_pct, name_of(line.asset_id).casefold(), line.asset_id.id))
        return {**figures, 'availability': {'lines': lines, 'total': total}}
