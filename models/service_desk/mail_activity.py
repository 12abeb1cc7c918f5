from odoo import api, models

from ..mixins.mail_message import software_speaks

FINISHED = 'it_continuity.activities_being_finished'  # ids of those that Odoo is just putting aside, which nobody may delete under its hands


class MailActivity(models.Model):
    """An activity on a ticket is a reader's: who has it reads its words, and is told of it by mail. What who asked writes in one is a word of theirs."""
    _inherit = 'mail.activity'

    # === COMPUTE METHODS === #

    @api.depends('res_model', 'res_id')
    def _compute_res_name(self):
        """Store a ticket's number only: people who may not read the ticket would see its subject here."""
        on_tickets = self.filtered(lambda activity: activity.res_model == 'it.ticket' and activity.res_id)
        for activity in on_tickets:
            activity.res_name = self.env['it.ticket'].browse(activity.res_id).name
        return super(MailActivity, self - on_tickets)._compute_res_name()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: an activity on a ticket would go to somebody who may not read it"""
        activities = super().create(vals_list)
        activities._check_readers()
        activities._take_words()
        return activities

    def write(self, vals):
        """:raises AccessError: an activity on a ticket would go to somebody who may not read it"""
        result = super().write(vals)
        if {'user_id', 'res_id', 'res_model_id', 'res_model'} & vals.keys():
            self._check_readers()
        if {'summary', 'note'} & vals.keys():
            self._take_words()
        return result

    # === ACTION METHODS === #

    def action_notify(self):
        """Tell who has them in Odoo's words: they bear the name of who gave the activity, and are none of theirs."""
        with software_speaks(self.env):
            return super().action_notify()

    # === CHECKS === #

    def _check_readers(self):
        if self.env['mail.message']._is_software():  # it calls people of its own choice
            return
        for activity_sudo in self.sudo():  # who gives it need not read it any more
            if activity_sudo.res_model == 'it.ticket' and activity_sudo.res_id and activity_sudo.user_id:
                ticket = self.env['it.ticket'].browse(activity_sudo.res_id)
                ticket._check_may_be_told(activity_sudo.user_id.partner_id.ids)

    # === BUSINESS METHODS === #

    def _take_words(self):
        """Take what a person plans on tickets for the word that it is, as a message of theirs would be."""
        if not self.env.su:  # else the software plans it, in whoever's name
            ids = [activity.res_id for activity in self if activity.res_model == 'it.ticket' and activity.res_id]
            self.env['it.ticket'].browse(ids)._take_act()

    def _action_done(self, feedback=False, attachment_ids=None):
        """Say what is being finished: the word with which it is may end a call, this one too."""
        cache = self.env.cr.cache
        before = cache.get(FINISHED, frozenset())
        cache[FINISHED] = before | {*self.ids}
        try:
            return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        finally:
            cache[FINISHED] = before
