from odoo import api, models
from odoo.fields import Domain

LOAD = 'it_ticket_load'  # set by a field that asks to whom a ticket goes


class ResUsers(models.Model):
    """What somebody has on the desk, in the choice of who gets a ticket; and on their own form what they asked for."""
    _name = 'res.users'
    _inherit = ['res.users', 'it.ticket.subject.mixin']

    # === COMPUTE METHODS === #

    @api.depends_context(LOAD, 'formatted_display_name')
    def _compute_display_name(self):
        super()._compute_display_name()
        asked = self.env.context.get(LOAD) and self.env.context.get('formatted_display_name')
        if not asked or not self.env.user.has_group('it_continuity.it_continuity_group_technician'):
            return
        loads = self.env['it.ticket']._loads(self)
        for user in self:
            count = loads.get(user._origin, 0)
            words = self.env._("1 ticket") if count == 1 else self.env._("%s tickets", count)
            user.display_name = f"{user.display_name} \t --{words}--"

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('requester_id', '=', self.id)
