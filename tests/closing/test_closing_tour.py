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
