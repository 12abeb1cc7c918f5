from odoo import fields, models


class ItTicketReason(models.TransientModel):
    """Ask for the reason before a ticket is reopened, cancelled or closed without an answer."""
    _name = 'it.ticket.reason'
    _description = "Reason for a Ticket's Change"

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[('reopen', "Reopen"), ('silent', "Close without an answer"), ('cancel', "Cancel")],
        required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.kind == 'reopen':
            self.ticket_id.action_reopen(self.reason)
        elif self.kind == 'silent':
            self.ticket_id.action_close_silently(self.reason)
        else:
            self.ticket_id.action_cancel(self.reason)
        return {'type': 'ir.actions.act_window_close'}
