from odoo import api, models


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'unrouted']

    # === LINES === #

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
