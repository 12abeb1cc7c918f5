from odoo import SUPERUSER_ID, models

from .resource_calendar_leaves import MANAGER


class ResourceResource(models.Model):
    """Leave is its person's by the login of its resource, which officers of human resources give to another."""
    _inherit = 'resource.resource'

    # === CRUD METHODS === #

    def write(self, vals):
        """Let nobody take over a colleague's leave: what was the leave of another counts no longer for who put the own login there."""
        is_judged = 'user_id' in vals and self.env.uid != SUPERUSER_ID and not self.env.user.has_group(MANAGER)
        taken = self.filtered(lambda resource: resource.user_id != self.env.user) if is_judged else self.browse()
        result = super().write(vals)
        taken = taken.filtered(lambda resource: resource.user_id == self.env.user)
        if taken:
            self.env['resource.calendar.leaves'].sudo().search([('resource_id', 'in', taken.ids)])._itc_disown()
        return result
