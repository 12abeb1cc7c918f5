from odoo import fields, models


class ItTicketReason(models.TransientModel):
    """Ask for the reason before a ticket is reopened, cancelled or closed without an answer."""
    _name = 'it.ticket.reason'
    _description = "Reason for a Ticket's Change"
    _inherit = ['it.reason.mixin']
    _reason_record = 'ticket_id'
    _reason_actions = {
        'reopen': 'action_reopen', 'silent': 'action_close_silently', 'cancel': 'action_cancel', 'wait': 'action_wait', 'hold': 'action_hold'}

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[
            ('reopen', "Reopen"), ('silent', "Close without an answer"), ('cancel', "Cancel"), ('wait', "Wait for the requester"),
            ('hold', "Wait for somebody outside")],
        required=True, readonly=True)
