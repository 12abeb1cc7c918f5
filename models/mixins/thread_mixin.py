from odoo import SUPERUSER_ID, api, models

from .mail_message import as_others, going

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
# What in the context keeps Odoo from listing changes. Our own code brings HUSH, where nobody has to read of each change; the very object in it comes
# from no other caller.
HUSHED = frozenset({'tracking_disable', 'mail_notrack'})
HUSH = {'tracking_disable': True, 'it_hush': object()}


class ItThreadMixin(models.AbstractModel):
    """A chatter that only those follow who work here: a follower may post, which who merely reads may not.

    Who writes in it writes in the own name, and only the own words are changed: see ``mail_message.py``. What a person changes of the
    tracked fields is always listed.
    """
    _name = 'it.thread.mixin'
    _description = "Chatter of Those Who Work Here"
    _inherit = ['mail.thread']

    # === CRUD METHODS === #

    def write(self, vals):
        self._keep_history()
        return super().write(vals)

    def unlink(self):
        with going(self):
            return super().unlink()

    def _keep_history(self):
        """Note the tracked fields as they are, for the history, also where a person's call or import asks for none. Nobody is told, as they asked."""
        context = self.env.context
        if HUSHED.intersection(context) and self.env.uid != SUPERUSER_ID and context.get('it_hush') is not HUSH['it_hush']:
            self._track_prepare(self._fields)

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
