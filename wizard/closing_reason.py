from odoo import fields, models


class ItClosingReason(models.TransientModel):
    """Ask for the reason before a closing step is rejected or opened again."""
    _name = 'it.closing.reason'
    _description = "Reason for a Closing Step's Change"

    step_id = fields.Many2one('it.closing.step', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(
        selection=[('reject', "Reject"), ('reopen', "Open again"), ('take_back', "Take back")], required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.kind == 'reject':
            self.step_id.action_reject(self.reason)
        else:
            self.step_id.action_reopen(self.reason)
        return {'type': 'ir.actions.act_window_close'}
