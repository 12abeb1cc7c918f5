from odoo.tests import tagged

from ..tour_case import TourCase
from .common import ClosingCase


@tagged('post_install', '-at_install')
class TestClosingTour(ClosingCase, TourCase):
    """A closing's steps in the browser, at a desk and on a phone, by the person concerned."""

    def test_technician_does_a_step_opened_from_its_closing(self):
        self._do(self._step('testbed_refresh'))
        step = self._step('testbed_scripts')

        def story(phone):
            self._tour('/odoo/it-closings', 'it_closing_step_do_tour', self.technician, phone)
            self.assertEqual((step.state, step.done_by_id, step.evidence), ('done', self.technician, "12 rows, totals equal"))
            self.assertEqual((step.script_id.raw, step.script_name), (b"UPDATE account_move SET closed = TRUE;\n", 'closing.sql'))
            self.assertTrue(step.done_sha256)

        self._at_both_widths(story)

    def test_another_manager_verifies_and_the_doer_is_not_offered_it(self):
        self._do(self._step('testbed_refresh'))
        step = self._step('testbed_scripts')
        step.with_user(self.manager_2).due_date = '2027-02-01'
        self._attach(step, person=self.manager_2)
        self._do(step, self.manager_2)

        def story(phone):
            self._tour('/odoo/it-closings', 'it_closing_step_doer_tour', self.manager_2, phone)
            self.assertEqual((step.state, step.return_reason), ('todo', "Wrong database"))

        self._at_both_widths(story)
        for phone in (False, True):
            with self.subTest(phone=phone), self.env.cr.savepoint() as savepoint:
                self._tour('/odoo/it-closings', 'it_closing_step_verify_tour', self.manager, phone)
                self.assertEqual((step.state, step.verified_by_id, step.planned_date), ('verified', self.manager, step.due_date))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_steps_of_my_role_are_mine(self):
        self.role.user_ids = self.technician | self.technician_2
        closing = self.env['it.closing'].with_user(self.manager).create({'date_end': '2027-12-31'})
        closing.action_open()
        self._at_both_widths(lambda phone: self._tour('/odoo/it-closing-steps', 'it_closing_mine_tour', self.technician_2, phone))
