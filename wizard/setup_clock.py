from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.base.models.res_partner import _tz_get


class ItSetupClock(models.TransientModel):
    """Sets what “today” means for the handbook: managers may, though the company's form is not theirs to write."""
    _name = 'it.setup.clock'
    _description = "Time Zone and Working Hours"
    _inherit = ['it.asking.mixin']

    company_id = fields.Many2one('res.company', required=True, readonly=True, default=lambda self: self.env.company)
    tz = fields.Selection(_tz_get, string="Time zone", required=True, default=lambda self: self.env.company.sudo().itc_tz)
    calendar_id = fields.Many2one('resource.calendar', string="Working hours", compute='_compute_calendar')
    calendar_tz = fields.Selection(_tz_get, string="Their time zone", compute='_compute_calendar')
    is_other_tz = fields.Boolean(compute='_compute_is_other_tz')
    can_calendar = fields.Boolean(compute='_compute_is_other_tz')

    # === COMPUTE METHODS === #

    @api.depends('company_id')
    def _compute_calendar(self):
        for wizard in self:
            company_sudo = wizard.company_id.sudo()  # everybody may know when their company works
            wizard.calendar_id = company_sudo.resource_calendar_id
            wizard.calendar_tz = company_sudo.resource_calendar_id.tz

    @api.depends('tz', 'calendar_tz')
    @api.depends_context('uid')
    def _compute_is_other_tz(self):
        can_calendar = self.env['resource.calendar'].has_access('write')
        for wizard in self:
            wizard.is_other_tz = wizard.tz != wizard.calendar_tz
            wizard.can_calendar = can_calendar

    # === ACTION METHODS === #

    def action_apply(self):
        """Set the company's clock.

        :raises AccessError: the person is no manager, or works in another company
        """
        self.ensure_one()
        if not self.env.user.has_group('it_continuity.it_continuity_group_manager') or self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("Only a manager of the company sets its clock."))
        company_sudo = self.company_id.sudo()  # checked above; one field of ours, and no other, of a form that is an administrator's
        company_sudo.itc_tz = self.tz
        return {'type': 'ir.actions.act_window_close'}

    def action_open_hours(self):
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': 'resource.calendar', 'res_id': self.calendar_id.id, 'view_mode': 'form',
                'views': [(False, 'form')]}
