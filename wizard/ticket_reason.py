from odoo import fields, models


class ItTicketReason(models.TransientModel):
    """Ask for the reason before a ticket is reopened, cancelled, closed without the requester's word, or taken up apart from what it was merged into."""
    _name = 'it.ticket.reason'
    _description = "Reason for a Ticket's Change"
    _inherit = ['it.reason.mixin']
    _reason_record = 'ticket_id'
    _reason_actions = {
        'reopen': 'action_reopen', 'silent': 'action_close_silently', 'cancel': 'action_cancel', 'wait': 'action_wait', 'hold': 'action_hold',
        'separate': 'action_separate', 'colleague': 'action_close_for_requester', 'missing': 'action_say_missing'}

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[
            ('reopen', "Reopen"), ('silent', "Close without an answer"), ('cancel', "Cancel"), ('wait', "Wait for the requester"),
            ('hold', "Wait for somebody outside"), ('separate', "Take up by itself"), ('colleague', "Close in words"), ('missing', "What is missing")],
        required=True, readonly=True)
