from odoo import api, models
from odoo.tools import is_html_empty

from odoo.addons.mail.tools.parser import parse_res_ids

TOLD_BY = frozenset({'partner_ids', 'model', 'res_id'})
SAID_BY = frozenset({'body', 'subject', 'attachment_ids'})


def check_told(message, partners):
    """Look whom one message tells, posted or to be posted later. :raises AccessError: a colleague who may not read its ticket is among them"""
    message_sudo = message.sudo()  # as in Odoo, who writes counts, not the mode in which it is posted
    if message_sudo.model == 'it.ticket' and message_sudo.res_id and partners:
        message.env['it.ticket'].browse(message_sudo.res_id)._check_may_be_told(partners.ids)


class MailMessage(models.Model):
    """Whom a message on a ticket names reads it, whatever else they may read: so only its readers are named, by whatever door.

    What a person writes there is a word of theirs, of whatever type they say that it is.
    """
    _inherit = 'mail.message'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: a person names a colleague who may not read the ticket"""
        messages = super().create(vals_list)
        messages._check_readers_of_tickets()
        messages._take_words()
        return messages

    def write(self, vals):
        """:raises AccessError: a person names a colleague who may not read the ticket"""
        result = super().write(vals)
        if TOLD_BY & vals.keys():
            self._check_readers_of_tickets()
        if SAID_BY & vals.keys():
            self._take_words()
        return result

    # === CHECKS === #

    def _check_readers_of_tickets(self):
        for message in () if self._is_software() else self:
            check_told(message, message.sudo().partner_ids)

    # === BUSINESS METHODS === #

    def _take_words(self):
        """Take what a person writes on tickets for the word that it is, whichever way it comes in."""
        if self._is_by_person():
            ids = {message.res_id for message in self.sudo() if message.model == 'it.ticket' and message.res_id and message._says_something()}
            self.env['it.ticket'].browse(ids).exists()._take_act()

    def _says_something(self):
        # an invitation to follow has a subject of Odoo's
        return not is_html_empty(self.body) or bool(self.attachment_ids) or bool(self.subject and self.message_type != 'user_notification')


class MailScheduledMessage(models.Model):
    """Refuses at once what could not be posted later."""
    _inherit = 'mail.scheduled.message'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: it names a colleague who may not read the ticket"""
        messages = super().create(vals_list)
        messages._check_readers_of_tickets()
        return messages

    def write(self, vals):
        """:raises AccessError: it names a colleague who may not read the ticket"""
        result = super().write(vals)
        if TOLD_BY & vals.keys():
            self._check_readers_of_tickets()
        return result

    # === CHECKS === #

    def _check_readers_of_tickets(self):
        for message in self:
            check_told(message, message.sudo().partner_ids)


class MailNotification(models.Model):
    """Whom a notification tells of a message reads it too: those of tickets are made as a message is posted, which names readers alone."""
    _inherit = 'mail.notification'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: a person tells a colleague of a message on a ticket that they may not read"""
        notices = super().create(vals_list)
        for notice_sudo in () if self.env.su else notices.sudo():
            check_told(notice_sudo.mail_message_id.sudo(False), notice_sudo.res_partner_id)
        return notices


class MailFollowersEdit(models.TransientModel):
    """Says who may not follow a ticket, instead of leaving them out without a word; an invitation names all its tickets."""
    _inherit = 'mail.followers.edit'

    # === ACTION METHODS === #

    def edit_followers(self):
        """:raises AccessError: somebody is invited to a ticket who may not read it"""
        for wizard in self:
            if wizard.res_model == 'it.ticket' and wizard.operation == 'add':
                for ticket in self.env['it.ticket'].browse(parse_res_ids(wizard.res_ids, self.env)):
                    ticket._check_may_be_told(wizard.partner_ids.ids)
        return super().edit_followers()
