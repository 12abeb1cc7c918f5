from odoo import fields, models

MAX_RECUR_DAYS = 366


class ResCompany(models.Model):
    """How often something has to go wrong before the software suggests an improvement; 0 for never."""
    _inherit = 'res.company'

    itc_recur_days = fields.Integer("IT Continuity: look back, days", default=30, required=True)
    itc_recur_task = fields.Integer("IT Continuity: task missed, failed or overridden, times", default=3, required=True)
    itc_recur_check = fields.Integer("IT Continuity: check turned bad, times", default=5, required=True)
    itc_recur_alert = fields.Integer("IT Continuity: alerts on which nobody acts, times", default=5, required=True)
    itc_recur_ticket = fields.Integer("IT Continuity: tickets alike", default=3, required=True)
    itc_recur_reopened = fields.Integer("IT Continuity: tickets reopened", default=2, required=True)
    itc_recur_outage = fields.Integer("IT Continuity: outages alike", default=3, required=True)
    itc_recur_excuse = fields.Integer("IT Continuity: excuses alike", default=5, required=True)
    itc_recur_supply = fields.Integer("IT Continuity: supplies run dry, times", default=4, required=True)

    _itc_recur_days_sane = models.Constraint(
        f'CHECK(itc_recur_days BETWEEN 1 AND {MAX_RECUR_DAYS})', "What keeps going wrong is looked for in the last 1 to 366 days.")
    _itc_recur_sane = models.Constraint(
        'CHECK(LEAST(itc_recur_task, itc_recur_check, itc_recur_alert, itc_recur_ticket, itc_recur_reopened, itc_recur_outage, itc_recur_excuse, itc_recur_supply) >= 0)',
        "How often something has to go wrong is 0 (never) or more.")

    # === CRUD METHODS === #

    def write(self, vals):
        before = {company: company.itc_recur_days for company in self if 'itc_recur_days' in vals}
        result = super().write(vals)
        for company, days in before.items():
            if company.itc_recur_days != days:
                self.env['it.improvement.finder']._recount_put_aside(company, days)
        return result
