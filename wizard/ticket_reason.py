from odoo import fields, models


class ItTicketReason(models.TransientModel):
    """Ask for the reason before a ticket is reopened, cancelled, closed without an answer, or taken up apart from what it was merged into."""
    _name = 'it.ticket.reason'
    _description = "Reason for a Ticket's Change"
    _inherit = ['it.reason.mixin']
    _reason_record = 'ticket_id'
    _reason_actions = {'reopen': 'action_reopen', 'silent': 'action_close_silently', 'cancel': 'action_cancel', 'separate': 'action_separate'}

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[('reopen', "Reopen"), ('silent', "Close without an answer"), ('cancel', "Cancel"), ('separate', "Take up by itself")],
        required=True, readonly=True)
