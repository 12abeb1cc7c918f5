from odoo import api, models

from .mail_message import as_others, going

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
# What in the context keeps Odoo from listing changes.
HUSHED = frozenset({'tracking_disable', 'mail_notrack'})


class ItThreadMixin(models.AbstractModel):
    """A chatter that only those follow who work here: a follower may post, which who merely reads may not.

    Who writes in it writes in the own name, and only the own words are changed: see ``mail_message.py``. What a person changes of the
    tracked fields is always listed.
    """
    _name = 'it.thread.mixin'
    _description = "Chatter of Those Who Work Here"
    _inherit = ['mail.thread']

    # === COMPUTE METHODS === #

    def _compute_field_value(self, field):
        return super(ItThreadMixin, self._with_history())._compute_field_value(field)

    # === CRUD METHODS === #

    def write(self, vals):
        return super(ItThreadMixin, self._with_history()).write(vals)

    def unlink(self):
        with going(self):
            return super().unlink()

    def _with_history(self):
        """Return these records in a context that keeps what a person changes: whoever calls, and who imports, could switch the history off."""
        if self.env.su or not HUSHED.intersection(self.env.context):
            return self
        return self.with_context(**dict.fromkeys(HUSHED, False))

    # === MAIL METHODS === #

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """:raises AccessError: the person may neither write these records nor is a technician"""
        if partner_ids and not self.env.user.has_group(TECHNICIAN):
            self.check_access('write')
        return super().message_subscribe(partner_ids, subtype_ids)

    @api.model
    def _check_can_update_message_content(self, messages):
        """:raises AccessError: another person's words; Odoo lets an administrator rewrite them"""
        messages.with_user(self.env.user)._check_own_words()
        return super()._check_can_update_message_content(messages)

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        """Let who is away answer by itself: the one message that bears another name than that of who acts."""
        with as_others(self.env):
            return super()._notify_thread_with_out_of_office(message, recipients_data, msg_vals=msg_vals, **kwargs)
