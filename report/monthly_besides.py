from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from ..lib import local_time


class ReportComplianceMonthly(models.AbstractModel):
    """What a month holds besides runs: the mail of a month goes out for any of it."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _besides(self, company, first_day):
        """Return how much there is to tell of a company's month besides its runs, by name.

        What every company shares is told of where there is one company alone: else a shared alert would make a mail for each of them.

        :return: counts: ``tickets`` asked for (a double among them), ``outages`` and ``alerts`` that lasted in it, ``improvements`` of which
            something became, ``backups`` made, and the ``backup_sets`` of which there should have been some, as they have a place
        """
        end_day = first_day + relativedelta(months=1)
        start, end = (local_time.to_utc(day, 0.0, company.itc_tz) for day in (first_day, end_day))
        is_only_one = self.env['res.company'].sudo().search_count([], limit=2) == 1
        own = Domain('company_id', 'in', [company.id, *([False] if is_only_one else [])])

        def within(name):
            return own & Domain(name, '>=', start) & Domain(name, '<', end)

        def lasting(begin, until):
            return own & Domain(begin, '<', end) & (Domain(until, '=', False) | Domain(until, '>=', start))

        improvements = self.env['it.improvement'].search(within('suggested_at'))
        improvements |= self.env['it.improvement.move'].search(within('at')).improvement_id
        improvements |= self.env['it.improvement.measurement'].search(within('at')).improvement_id
        return {
            'tickets': self.env['it.ticket'].search_count(within('requested_at')),
            'outages': self.env['it.outage'].search_count(lasting('start_at', 'end_at')),
            'alerts': self.env['it.alert'].search_count(lasting('opened_at', 'resolved_at')),
            'improvements': len(improvements),
            'backups': self.env['it.backup.file'].search_count(
                Domain('set_id.company_id', '=', company.id) & Domain('day', '>=', first_day) & Domain('day', '<', end_day)),
            'backup_sets': self.env['it.backup.set'].search_count(own & Domain('create_date', '<', end) & Domain('place_ids', '!=', False)),
        }
