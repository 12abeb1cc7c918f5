from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..lib import local_time
from ..models.mixins import clock


class ItDaySheetPrint(models.TransientModel):
    """Which day's runs to print, to be filled in by hand while there is no power."""
    _name = 'it.day.sheet.print'
    _description = "Print Day Sheet"
    _inherit = ['it.asking.mixin']
    _check_company_auto = True

    date = fields.Date("Day", required=True, default=lambda self: self._today(self.env.company))
    checklist_ids = fields.Many2many(
        'it.checklist', string="Checklists", check_company=True, help="Empty: every checklist of the company.")
    run_ids = fields.Many2many('it.task.run', string="Runs", readonly=True, help="Only these; empty: all of the day.")
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)

    @api.depends('date')
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Day sheet %(date)s", date=format_date(self.env, wizard.date, date_format='yyyy-MM-dd'))

    # === ACTION METHODS === #

    def action_print(self):
        """Return the PDF."""
        return self.env.ref('it_continuity.day_sheet_report').report_action(self, config=False)

    # === BUSINESS METHODS === #

    @api.model
    def _today(self, company):
        return clock.today(self.env, company)

    def _runs(self):
        """Return the runs on this one sheet: those of the day, and what is still to do and may be done on that day."""
        domain = Domain('id', 'in', self.run_ids.ids) if self.run_ids else self._day_domain()
        if self.checklist_ids:
            domain &= Domain('checklist_id', 'in', self.checklist_ids.ids)
        return self.env['it.task.run'].search(domain, order='due_at, id')

    def _day_domain(self):
        starts_at = local_time.to_utc(self.date, 0, self.company_id.itc_tz)
        ends_at = local_time.to_utc(self.date + timedelta(days=1), 0, self.company_id.itc_tz)
        return Domain('company_id', '=', self.company_id.id) & (
            Domain('date', '=', self.date)
            | (Domain('state', '=', 'pending') & Domain('open_at', '<', ends_at) & Domain('deadline_at', '>', starts_at)))


class ItTaskRun(models.Model):
    _inherit = 'it.task.run'

    def action_print_day_sheet(self):
        """Return the PDF of these runs: one sheet a company and a day, as they are dated.

        :raises AccessError: the person may not read one of them
        """
        self.check_access('read')
        sheets = self.env['it.day.sheet.print'].create([
            {'company_id': company.id, 'date': day, 'run_ids': [fields.Command.set(runs.ids)]}
            for (company, day), runs in self.grouped(lambda run: (run.company_id, run.date)).items()])
        return sheets.sorted('date').action_print()

    @api.model
    def action_print_today(self, run_ids):
        """Return the PDF of what somebody's Today board shows; runs of other days that stand on it are among them.

        :param run_ids: ids of the runs shown
        :raises AccessError: the person may not read one of them
        """
        runs = self.browse(run_ids)
        runs.check_access('read')
        return self.env['it.day.sheet.print'].create({'run_ids': [fields.Command.set(runs.ids)]}).action_print()
