from odoo import fields, models


class ItClosingReason(models.TransientModel):
    """Ask for the reason before a closing step is rejected or opened again."""
    _name = 'it.closing.reason'
    _description = "Reason for a Closing Step's Change"
    _inherit = ['it.reason.mixin']
    _reason_record = 'step_id'
    _reason_actions = {'reject': 'action_reject', 'reopen': 'action_reopen', 'take_back': 'action_reopen'}

    step_id = fields.Many2one('it.closing.step', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[('reject', "Reject"), ('reopen', "Open again"), ('take_back', "Take back")], required=True, readonly=True)
