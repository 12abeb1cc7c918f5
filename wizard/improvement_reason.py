from odoo import fields, models


class ItImprovementReason(models.TransientModel):
    """Ask for the reason before an improvement is dismissed, taken up again or put back to its plan."""
    _name = 'it.improvement.reason'
    _description = "Reason for an Improvement's Step"
    _inherit = ['it.reason.mixin']
    _reason_record = 'improvement_id'
    _reason_actions = {'dismiss': 'action_dismiss', 'reconsider': 'action_reconsider', 'replan': 'action_replan'}

    improvement_id = fields.Many2one('it.improvement', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[('dismiss', "Dismiss"), ('reconsider', "Take up again"), ('replan', "Back to the plan")], required=True, readonly=True)
