from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..models.mixins import clock

MONTHS = [
    ('01', "January"), ('02', "February"), ('03', "March"), ('04', "April"), ('05', "May"), ('06', "June"),
    ('07', "July"), ('08', "August"), ('09', "September"), ('10', "October"), ('11', "November"), ('12', "December"),
]
FIRST_YEAR, LAST_YEAR = 2000, 2100


class ItCompliancePrint(models.TransientModel):
    """Which month of which checklists to print."""
    _name = 'it.compliance.print'
    _description = "Print Monthly Compliance"
    _inherit = ['it.asking.mixin']
    _check_company_auto = True

    def _default_day(self):
        # The month that has just ended is the one somebody reports on.
        return clock.today(self.env, self.env.company) - relativedelta(months=1)

    month = fields.Selection(MONTHS, required=True, default=lambda self: f'{self._default_day():%m}')
    year = fields.Integer(required=True, default=lambda self: self._default_day().year)
    checklist_ids = fields.Many2many(
        'it.checklist', string="Checklists", check_company=True, help="Empty: every checklist of the company.")
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    first_day = fields.Date("First day", compute='_compute_first_day')

    @api.depends('month', 'year')
    def _compute_first_day(self):
        for wizard in self:
            is_known = wizard.month and FIRST_YEAR <= wizard.year <= LAST_YEAR
            wizard.first_day = is_known and date(wizard.year, int(wizard.month), 1)

    @api.depends('month', 'year')
    def _compute_display_name(self):
        for wizard in self:
            month = format_date(self.env, wizard.first_day, date_format='LLLL yyyy')
            wizard.display_name = self.env._("Compliance %(month)s", month=month)

    @api.constrains('year')
    def _check_year(self):
        for wizard in self:
            if not FIRST_YEAR <= wizard.year <= LAST_YEAR:
                raise ValidationError(self.env._(
                    "Year: %(year)s is not between %(first)s and %(last)s.", year=wizard.year, first=FIRST_YEAR, last=LAST_YEAR))

    # === ACTION METHODS === #

    def action_print(self):
        """Return the PDF of the chosen month."""
        self.ensure_one()
        return self.env.ref('it_continuity.compliance_monthly_report').report_action(self)
