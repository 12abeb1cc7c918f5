from odoo import fields, models


class ItAccessRefuse(models.TransientModel):
    """Ask for the reason before a change of access rights is refused."""
    _name = 'it.access.refuse'
    _description = "Reason for Refusing a Change of Access Rights"
    _inherit = ['it.reason.mixin']
    _reason_record = 'change_id'
    _reason_actions = {'refuse': 'action_refuse'}

    change_id = fields.Many2one('it.access.change', required=True, readonly=True, ondelete='cascade')
    kind = fields.Selection(selection=[('refuse', "Refuse")], required=True, readonly=True, default='refuse')
