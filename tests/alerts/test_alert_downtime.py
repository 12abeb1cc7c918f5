from odoo.tests import tagged

from .alert_case import HOUR, MINUTE, AlertCase


@tagged('post_install', '-at_install')
class TestAlertDowntime(AlertCase):
    """Planned downtime hides creation and messages, never monitoring nor recovery."""

    def _plan(self, assets, minutes=60, **values):
        return self.env['it.downtime'].create({
            'reason': "New disks", 'asset_ids': [(6, 0, assets.ids)], 'start_at': self.moment, 'end_at': self.moment + minutes * MINUTE, **values})

    def test_downtime_that_ends_while_the_check_is_red_opens_the_alert_then_with_what_was_hidden(self):
        self._report(self.fake, '00')
        self._plan(self.host)
        self._later(10 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual(self.checks[0].hard_state, 'critical', "it is still watched")
        self.assertFalse(self._alerts() or self._messages())
        for _time in range(5):
            self._later(10 * MINUTE - 10 * MINUTE / 60)
            self._report(self.fake, '20')
            self.assertFalse(self._alerts() or self._messages())
        self._later(2 * MINUTE)
        self._report(self.fake, '20')
        alert = self._opened()
        self.assertEqual((alert.check_id, len(self._messages())), (self.checks[0], 1))
        self.assertIn("a planned downtime hid it", alert.hidden_text)
        self.assertIn("Root", alert.hidden_text)
        self.assertIn("to Critical", alert.hidden_text)
        self.assertIn("to Critical", self._messages().text)

    def test_what_was_well_again_before_the_end_is_listed_and_opens_nothing(self):
        self._report(self.fake, '00')
        plan = self._plan(self.host)
        self._later(10 * MINUTE)
        self._report(self.fake, '20', '20')
        self._later(MINUTE)
        self._report(self.fake, '00')
        self._tick(50 * MINUTE)
        self._report(self.fake, '00')
        self.assertFalse(self._alerts() or self._messages())
        self.assertIn("to Critical", plan.with_user(self.technician).hidden_text)
        words = [body for body in plan.message_ids.mapped('body') if "It is over" in body]
        self.assertEqual(len(words), 1)
        self.assertIn("to Critical", words[0])
        self._tick(MINUTE)
        self.assertEqual(len([body for body in plan.message_ids.mapped('body') if "It is over" in body]), 1)

    def test_downtime_of_the_switch_covers_what_depends_on_it_and_a_silent_host_there(self):
        switch = self.env['it.asset'].create({'name': "switch", 'kind': 'network', 'category_id': self.category.id})
        self.host.depends_on_ids = switch
        self._report(self.fake, '00')
        self._report(self.other_fake, '0')
        self._plan(switch, minutes=120)
        self._later(10 * MINUTE)
        self._judge()
        self.assertEqual(self._opened().mapped('asset_id'), self.other_host, "it does not depend on it")
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual(len(self._alerts()), 1)

    def test_alert_that_is_open_when_a_downtime_begins_is_told_no_further_until_it_ends(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self._plan(self.host, minutes=60)
        for _time in range(50):
            self._tick(MINUTE)
            self._report(self.fake, '20')
        self.assertEqual((alert.is_covered, alert.state, len(self._messages())), (True, 'open', 1))
        self._tick(11 * MINUTE)
        self._report(self.fake, '20')
        self.assertFalse(alert.is_covered)
        steps = []
        for _time in range(16):
            steps.append(alert.climbed)
            self._tick(MINUTE)
            self._report(self.fake, '20')
        self.assertEqual((steps, alert.climbed), ([1] * 15 + [2], 2), "the ladder stood still meanwhile: no step is skipped")

    def test_recovery_in_a_downtime_closes_the_alert(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self._plan(self.host)
        self._later(HOUR / 2)
        self._report(self.fake, '00')
        self.assertEqual(alert.state, 'resolved')
