from odoo import api, models

FINISHED = 'it_continuity.activities_being_finished'  # ids of those that Odoo is just putting aside, which nobody may delete under its hands


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    @api.depends('res_model', 'res_id')
    def _compute_res_name(self):
        """Store a ticket's number only: people who may not read the ticket would see its subject here."""
        on_tickets = self.filtered(lambda activity: activity.res_model == 'it.ticket' and activity.res_id)
        for activity in on_tickets:
            activity.res_name = self.env['it.ticket'].browse(activity.res_id).name
        return super(MailActivity, self - on_tickets)._compute_res_name()

    def _action_done(self, feedback=False, attachment_ids=None):
        """Say what is being finished: the word with which it is may end a call, this one too."""
        cache = self.env.cr.cache
        before = cache.get(FINISHED, frozenset())
        cache[FINISHED] = before | {*self.ids}
        try:
            return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        finally:
            cache[FINISHED] = before
