from datetime import timedelta

from odoo import fields

from ..common import ItcCase


class TicketCase(ItcCase):
    """A colleague who asks, one who does not, and tickets in the state a test needs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._person('user', 'other')
        cls.category_remote = cls.env.ref('it_continuity.ticket_category_remote_help')

    @classmethod
    def _log(cls, requester=None, **values):
        return cls.env['it.ticket'].with_user(requester or cls.user).create({
            'subject': "Printer says no", 'category_id': cls.category_remote.id, **values})

    @classmethod
    def _work_on(cls, ticket, technician=None):
        cls.env['it.ticket.step'].with_user(technician or cls.technician).create({
            'ticket_id': ticket.id, 'description': "Cleared the queue", 'minutes': 10})

    @classmethod
    def _tick_required(cls, ticket, technician=None):
        """Tick what has to be ticked before this ticket may be resolved."""
        ticket.sudo().item_ids.filtered('is_required').with_user(technician or cls.technician).action_tick()

    @classmethod
    def _resolved(cls, requester=None, days_ago=0, **values):
        ticket = cls._log(requester, **values)
        cls._work_on(ticket)
        cls._tick_required(ticket)
        ticket.with_user(cls.technician).action_resolve()
        if days_ago:
            ticket.sudo()._transition({'resolved_at': fields.Datetime.now() - timedelta(days=days_ago)})
        return ticket
