from odoo import api, models


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'categories']

    # === LINES === #

    @api.model
    def _line_categories(self):
        left = self.env['it.ticket.category'].search([('role_id', '=', False)])
        return self._line(
            self._state(not left), self.env._("Every kind of ticket has a role"),
            self.env._("Without a role: %(names)s.", names=self._names(left.mapped('name'))) if left
            else self.env._("Each kind of ticket says who works on it."),
            why=self.env._("A ticket of a kind without a role waits until somebody happens to see it."),
            button=self.env._("Give them a role"), action=self._action('it_continuity.it_ticket_category_action', 'it.ticket.category', domain=[('id', 'in', left.ids)]))
