from odoo import models

TECHNICIAN = 'it_continuity.it_continuity_group_technician'


class ItThreadMixin(models.AbstractModel):
    """A chatter that only those follow who work here: a follower may post, which who merely reads may not."""
    _name = 'it.thread.mixin'
    _description = "Chatter of Those Who Work Here"
    _inherit = ['mail.thread']

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """:raises AccessError: the person may neither write these records nor is a technician"""
        if partner_ids and not self.env.user.has_group(TECHNICIAN):
            self.check_access('write')
        return super().message_subscribe(partner_ids, subtype_ids)
