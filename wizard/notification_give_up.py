from odoo import fields, models


class ItNotificationGiveUp(models.TransientModel):
    """Ask for the reason before messages are given up."""
    _name = 'it.notification.give.up'
    _description = "Reason to Give Messages Up"
    _inherit = ['it.reason.mixin']
    _reason_record = 'notification_ids'
    _reason_actions = {'give_up': 'action_give_up'}

    notification_ids = fields.Many2many('it.notification', required=True, readonly=True)
    kind = fields.Selection([('give_up', "Give up")], required=True, readonly=True, default='give_up')
