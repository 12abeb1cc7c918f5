import time
from unittest.mock import patch

from odoo.tests import tagged

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestTicketRequestTour(TourCase):
    """A form per kind of request in the browser, and the checklist behind it, at a desk and on a phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.technician, cls.manager = cls._tour_people('user', 'technician', 'manager')
        cls.account = cls.env.ref('it_continuity.ticket_category_account_access')
        cls.employee = cls.env['hr.employee'].create({'name': "Selam Tadesse"})

    def test_colleague_fills_in_what_the_kind_asks(self):
        """Also while the server is slow: what follows from the answer before comes while the next one is being typed."""
        tickets = type(self.env['it.ticket'])
        onchange = tickets.onchange

        def answer_late(records, values, names, spec):
            time.sleep(0.15 if names == ['request_values'] else 0)
            return onchange(records, values, names, spec)
        self.startPatcher(patch.object(tickets, 'onchange', answer_late))

        def story(phone):
            self._tour('/odoo/my-tickets/new', 'it_request_send_tour', self.user, phone)
            ticket = self.env['it.ticket'].search([('requester_id', '=', self.user.id)], order='id desc', limit=1)
            self.assertEqual(dict(ticket.request_values._values), {
                'what': 'new_account', 'employee': self.employee.id, 'login': "selam", 'rights': "As the others in Marketing"})
        self._at_both_widths(story)

    def test_colleague_looks_among_all_colleagues(self):
        """An employee reads of others the public part alone, in the list behind “Search more…”, too."""
        def story(phone):
            hanna = self.env['hr.employee'].create({'name': "Hanna Public"})
            self._tour('/odoo/my-tickets/new', 'it_request_colleague_tour', self.user, phone)
            ticket = self.env['it.ticket'].search([('requester_id', '=', self.user.id)], order='id desc', limit=1)
            self.assertEqual((ticket.requested_for_id, ticket.request_values['employee'].id), (hanna, hanna.id))
        self._at_both_widths(story)

    def test_technician_ticks_and_resolves(self):
        def story(phone):
            ticket = self.env['it.ticket'].with_user(self.user).create({
                'subject': "Tour account", 'category_id': self.account.id, 'request_values': {'login': "selam", 'employee': self.employee.id}})
            self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': ticket.id, 'description': "Made it"})
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_request_work_tour', self.technician, phone)
            item = ticket.sudo().item_ids.filtered('is_required')
            self.assertEqual((ticket.state, item.done_by_id, ticket.request_values['login']), ('resolved', self.technician, "selam.tadesse"))
        self._at_both_widths(story)

    def test_manager_adds_a_field_and_a_line(self):
        def story(phone):
            kind = self.env['it.ticket.category'].create({'name': "Tour kind", 'request_fields': [
                {'name': 'who', 'string': "Who", 'type': 'many2one', 'comodel': 'res.partner', 'default': self.env.company.partner_id.id}]})
            before = kind.request_fields
            self._tour(f'/odoo/it-ticket-categories/{kind.id}', 'it_request_kind_tour', self.manager, phone)
            self.assertEqual(kind.request_fields[:1], before)
            self.assertEqual([(one['string'], one['type']) for one in kind.request_fields[1:]], [("Which room", 'char')])
            self.assertEqual(kind.checklist_ids.mapped('name'), ["Looked into the room"])
        self._at_both_widths(story)
