from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from ..lib import local_time


class ReportComplianceMonthly(models.AbstractModel):
    """The page of the monthly PDF about improvements."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Tell of improvements in ``improvements`` (see ``_improvements``) unless only some checklists are asked for."""
        return {
            **super()._figures(company, first_day, checklists),
            'improvements': None if checklists else self._improvements(company, first_day)}

    @api.model
    def _improvements(self, company, first_day):
        """Return what became of improvements in the month, from what is never written again.

        :return: ``suggested`` and ``found`` (how many, and how many of them by the software), ``moves`` (steps in order of time), ``results``
            (measurements after a change), ``gained`` (minutes gained by those of which that is known, None where there is none)
        """
        start = local_time.to_utc(first_day, 0.0, company.itc_tz)
        end = local_time.to_utc(first_day + relativedelta(months=1), 0.0, company.itc_tz)

        def domain(name):
            return Domain([('company_id', '=', company.id), (name, '>=', start), (name, '<', end)])

        suggested = dict(self.env['it.improvement']._read_group(domain('suggested_at'), ['source'], ['__count']))
        results = self.env['it.improvement.measurement'].search(domain('at') & Domain('kind', '=', 'after'))
        gains = results.filtered('is_gain_known').mapped('gained_minutes')
        return {
            'suggested': sum(suggested.values()), 'found': suggested.get('software', 0), 'results': results,
            'moves': self.env['it.improvement.move'].search(domain('at')), 'gained': sum(gains) if gains else None}
