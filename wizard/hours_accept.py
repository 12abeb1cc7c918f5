from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class ItHoursAccept(models.TransientModel):
    """Shows a manager which working hours count and which somebody else entered, before these count."""
    _name = 'it.hours.accept'
    _description = "Accept Working Hours"
    _inherit = ['it.asking.mixin']

    company_id = fields.Many2one('res.company', required=True, readonly=True, default=lambda self: self.env.company)
    is_waiting = fields.Boolean(compute='_compute_hours')
    counting = fields.Text("Hours that count now", compute='_compute_hours')
    entered = fields.Text("Hours that were entered", compute='_compute_hours')
    told = fields.Char("Changed by", compute='_compute_hours')
    seen = fields.Char(readonly=True, default=lambda self: self._print(self.env.company), help="What the reader sees, to tell whether it is still so.")

    # === COMPUTE METHODS === #

    @api.depends('company_id')
    def _compute_hours(self):
        for wizard in self:
            company_sudo = wizard.company_id.sudo()  # when a company works is no secret inside it
            wizard.is_waiting = company_sudo.itc_hours_wait
            wizard.counting = wizard.env['it.calendar']._hours_that_count(wizard.company_id).with_env(self.env)._itc_hours_text()
            wizard.entered = company_sudo.resource_calendar_id.with_env(self.env)._itc_hours_text()
            wizard.told = ", ".join(wizard.company_id._itc_hours_told().sudo().mapped('name'))

    # === ACTION METHODS === #

    def action_apply(self):
        """Let the hours that were entered count.

        :raises AccessError: not a manager, or another company
        :raises UserError: they are others by now than the reader saw
        """
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Change to this company first."))
        if self.seen != self._print(self.company_id):
            raise UserError(self.env._("Somebody has changed the working hours meanwhile. Open this again to see them."))
        self.company_id._itc_accept_hours()
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    @api.model
    def _print(self, company):
        return repr(company.sudo().resource_calendar_id._itc_hours())
