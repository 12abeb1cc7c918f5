from odoo.tests import tagged

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestTicketReportTour(TourCase):
    """The figures of the tickets in the browser, from the menu to the ticket behind them."""

    def test_figures_and_open_work_lead_to_the_tickets(self):
        user, technician, manager = self._tour_people('user', 'technician', 'manager')
        ticket = self.env['it.ticket'].with_user(user).create({
            'subject': "Tour cable", 'category_id': self.env.ref('it_continuity.ticket_category_remote_help').id})
        ticket.with_user(technician).action_assign_to_me()

        def story(phone):
            self._tour('/odoo/it-tickets', 'it_ticket_figures_tour', manager, phone)
            self._tour('/odoo/it-tickets', 'it_open_work_tour', technician, phone)
        self._at_both_widths(story)
