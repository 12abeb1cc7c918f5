from datetime import datetime, timezone

from odoo.fields import Command
from odoo.tests import tagged

from ..tour_case import TourCase
from .alert_case import HOUR, AlertCase


@tagged('post_install', '-at_install')
class TestAlertTour(TourCase, AlertCase):
    """A technician at a browser, whose clock is the true one."""

    def setUp(self):
        super().setUp()
        self._at(datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0))
        self._watch(self.moment - 5 * HOUR)
        self.checks[0].name = "Tour disk"
        self.checks[0].runbook = "Delete old logs"
        self.env['it.asset'].create({'name': "Tour shop", 'category_id': self.category.id, 'host_id': self.host.id})

    def _bad(self):
        self._report(self.fake, '20', '20')
        return self._opened()

    def test_technician_acknowledges_from_today_and_makes_a_ticket_of_the_alert(self):
        alert = self._bad()

        def story(phone):
            self._tour('/odoo/it-today', 'it_alert_tour', self.technician, phone, timeout=180)
            self.assertEqual((alert.state, alert.owner_id, alert.silence_reason), ('acknowledged', self.technician, "I clear it up"))
            self.assertEqual(alert.ticket_id.alert_ids, alert)
        self._at_both_widths(story)

    def test_list_and_board(self):
        self._bad()
        self._at_both_widths(lambda phone: self._tour('/odoo/it-alerts', 'it_alert_list_tour', self.technician, phone, timeout=180))

    def test_red_run_shows_its_alert_and_who_has_it(self):
        checklist = self.env['it.checklist'].create({'name': "Tour round", 'code': 'tour_round', 'sequence': 0})
        task = self.env['it.task'].create({
            'name': "Tour red", 'code': 'tour_red', 'checklist_id': checklist.id, 'role_id': self.role.id, 'schedule_kind': 'on_demand',
            'start_date': '2026-01-01', 'due_time': 24.0, 'check_ids': [Command.set(self.checks.ids)]})
        task._start_run()
        self._bad()
        self._at_both_widths(lambda phone: self._tour('/odoo/it-today', 'it_alert_run_tour', self.technician, phone, timeout=180))
