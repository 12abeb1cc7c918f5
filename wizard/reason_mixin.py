from odoo import fields, models


class ItReasonMixin(models.AbstractModel):
    """A small window that asks for the reason of a step; the rules are those of the record that takes it."""
    _name = 'it.reason.mixin'
    _description = "Reason of a Step"
    _inherit = ['it.asking.mixin']

    _reason_record = ''  # many2one to the record that takes the step
    _reason_kind = 'kind'  # selection that says which step
    _reason_actions = {}  # {kind: method that takes the reason}

    reason = fields.Text(required=True)

    # === ACTION METHODS === #

    def action_apply(self):
        self.ensure_one()
        getattr(self[self._reason_record], self._reason_actions[self[self._reason_kind]])(self.reason)
        return {'type': 'ir.actions.act_window_close'}
