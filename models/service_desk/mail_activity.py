from odoo import api, models


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    @api.depends('res_model', 'res_id')
    def _compute_res_name(self):
        """Store a ticket's number only: people who may not read the ticket would see its subject here."""
        on_tickets = self.filtered(lambda activity: activity.res_model == 'it.ticket' and activity.res_id)
        for activity in on_tickets:
            activity.res_name = self.env['it.ticket'].browse(activity.res_id).name
        return super(MailActivity, self - on_tickets)._compute_res_name()
