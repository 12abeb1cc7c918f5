from odoo import api, models


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'categories', 'unrouted']

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

    @api.model
    def _line_unrouted(self):
        waiting = self.env['it.ticket.mail.unrouted'].search_count([('state', '=', 'waiting'), ('company_id', '=', self.env.company.id)])
        if waiting == 1:
            found = self.env._("One mail waits for somebody to look at it.")
        elif waiting:
            found = self.env._("%s mails wait for somebody to look at them.", waiting)
        else:
            found = self.env._("No mail for the service desk waits to be looked at.")
        return self._line(
            self._state(not waiting), self.env._("Mail that belongs nowhere is looked at"), found,
            why=self.env._("A mail of which nobody can tell who asks would be lost."),
            button=self.env._("Look at it"), action=self._action('it_continuity.it_ticket_mail_unrouted_action', 'it.ticket.mail.unrouted'))
