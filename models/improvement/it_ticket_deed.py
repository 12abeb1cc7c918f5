from odoo import models

from .it_deed_plan import IMPROVE


class ItTicketDeed(models.TransientModel):
    """The button of a colleague's idea."""
    _inherit = 'it.ticket.deed'

    def _do_improve(self, plan):
        """Suggest the improvement in the name of who had the idea, and tie the ticket to it."""
        ticket = self.ticket_id
        record = self.env['it.improvement']._draft(ticket.company_id, {**plan.values, 'suggested_by_id': ticket.requester_id.id})
        record._link(ticket)
        return record.sudo(False), None

    def _get_done(self, plan):
        return 'created' if plan.key == IMPROVE else super()._get_done(plan)
