from odoo import models


class ItTicket(models.Model):
    """Who hears of a ticket: its people, and nobody who may not read it."""
    _inherit = 'it.ticket'

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Follow only as somebody who may read the ticket: followers get its messages by mail, past every record rule."""
        for ticket in self:
            readers = ticket._readers_among(partner_ids or [])
            if readers:
                super(ItTicket, ticket)._message_subscribe(readers, subtype_ids, customer_ids)
        return True

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Let the technician who gets a ticket follow it, with a notice when somebody else assigned it."""
        followers = super()._message_auto_subscribe_followers(updated_values, default_subtype_ids)
        user_sudo = self.env['res.users'].sudo().browse(updated_values.get('assignee_id') or [])
        if user_sudo:
            template = 'it_continuity.it_ticket_message_assigned' if user_sudo != self.env.user else False
            followers.append((user_sudo.partner_id.id, default_subtype_ids, template))
        return followers

    def _readers_among(self, partner_ids):
        """Return those of these partners behind which stands a user who may read this ticket."""
        self.ensure_one()
        # sudo: whether a colleague has a login is not readable by every employee
        partners_sudo = self.env['res.partner'].sudo().browse(partner_ids).exists()
        own_companies = self.with_context(allowed_company_ids=[])
        return [
            partner.id for partner in partners_sudo
            if any(own_companies.with_user(user.id).has_access('read') for user in partner.user_ids)
        ]

    def _ask_for_confirmation(self):
        self.ensure_one()
        self.message_post(
            body=self.env._("Resolved. Please confirm that it works for you, or reopen the ticket and say what is missing."),
            partner_ids=self.requester_id.partner_id.ids, subtype_xmlid='mail.mt_comment')
        self.activity_schedule(
            'mail.mail_activity_data_todo', summary=self.env._("Confirm that it is solved"), user_id=self.requester_id.id)

    def _forget_confirmation_request(self):
        for ticket in self:
            ticket.activity_unlink(['mail.mail_activity_data_todo'], user_id=ticket.requester_id.id)
