from odoo.tests import tagged

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestTicketWaitTour(TourCase):
    """A technician asks and waits, the colleague answers, a manager promises: at a desk and on a phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.technician, cls.manager = cls._tour_people('user', 'technician', 'manager')
        cls.category = cls.env.ref('it_continuity.ticket_category_remote_help')

    def _started(self):
        ticket = self.env['it.ticket'].with_user(self.user).create({'subject': "Tour waits", 'category_id': self.category.id})
        ticket.with_user(self.technician).action_start()
        return ticket

    def test_technician_asks_and_goes_on(self):
        def story(phone):
            ticket = self._started()
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_wait_tour', self.technician, phone)
            self.assertEqual((ticket.waiting_for, ticket.pause_ids.reason), (False, "Which of the two is it?"))
        self._at_both_widths(story)

    def test_colleague_reads_the_question_and_answers(self):
        def story(phone):
            ticket = self._started()
            ticket.with_user(self.technician).action_wait("Which of the two is it?")
            self._tour('/odoo/ask-it', 'it_ticket_asked_tour', self.user, phone)
            self.assertEqual((ticket.waiting_for, ticket.pause_ids.ended_by_id), (False, self.user))
        self._at_both_widths(story)

    def test_manager_sets_a_target(self):
        def story(phone):
            self._tour('/odoo/it-service-targets', 'it_sla_target_tour', self.manager, phone)
            target = self.env['it.sla.target'].search([('category_id', '!=', False)])
            self.assertEqual((target.category_id.code, target.priority, target.response_hours, target.resolution_hours), ('id_card', '1', 3, 12))
        self._at_both_widths(story)
