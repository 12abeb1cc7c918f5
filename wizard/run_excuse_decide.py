from odoo import fields, models


class ItRunExcuseDecide(models.TransientModel):
    """Asks a manager for the reason of a decision on an excuse; the rules are the excuse's own."""
    _name = 'it.run.excuse.decide'
    _description = "Decision on an Excuse"
    _inherit = ['it.reason.mixin']
    _reason_record = 'excuse_id'
    _reason_kind = 'step'
    _reason_actions = {'granted': 'action_grant', 'refused': 'action_refuse', 'withdrawn': 'action_withdraw'}

    excuse_id = fields.Many2one('it.run.excuse', required=True, ondelete='cascade')
    step = fields.Selection([('granted', "Grant"), ('refused', "Refuse"), ('withdrawn', "Withdraw")], required=True)
    fact_text = fields.Text(related='excuse_id.fact_text', related_sudo=False)
    covered_pct = fields.Integer(related='excuse_id.covered_pct', related_sudo=False)
    note = fields.Text(related='excuse_id.note', related_sudo=False)
    reason = fields.Text(required=False)  # who grants need not say why
