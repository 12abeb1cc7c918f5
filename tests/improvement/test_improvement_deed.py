from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..service_desk.deed_case import DeedCase


@tagged('post_install', '-at_install')
class TestImprovementDeed(DeedCase):
    """A colleague's idea becomes an improvement by the ticket's button."""

    def test_idea_becomes_an_improvement_of_the_one_who_had_it(self):
        ticket = self._ask('improvement_idea', benefit="Two hours a week")
        window = self._press(ticket, self.technician)
        form = Form(window)
        self.assertTrue(form.can_apply)
        self.assertIn("Two hours a week", form.lines_html)
        self.assertFalse(form.can_open_form)
        self._rpc(self.technician, window, 'action_apply')
        improvement = self.env['it.improvement'].search([('ticket_ids', 'in', ticket.ids)])
        self.assertEqual((improvement.name, improvement.suggested_by_id, improvement.expected_gain), (ticket.subject, self.user, "Two hours a week"))
        self.assertTrue(improvement.with_user(self.user).name, "who had the idea sees what becomes of it")
        self.assertEqual((ticket.record_ids.res_model, ticket.record_ids.res_id), ('it.improvement', improvement.id))
        again = self._press(ticket, self.technician)
        self.assertIn(improvement.number, again.problem_text)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            again.action_apply()
