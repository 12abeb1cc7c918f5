from odoo.tests import tagged

from .alert_case import HOUR, MINUTE, AlertCase


@tagged('post_install', '-at_install')
class TestAlertTuning(AlertCase):
    """What nobody acts on, what flaps and what is put off again and again is proposed for tuning, with its count."""

    def _come_and_go(self, times, work=None):
        for _time in range(times):
            self._later(HOUR)
            self._report(self.fake, '20', '20')
            if work:
                work(self._opened())
            self._later(MINUTE)
            self._report(self.fake, *['00'] * 25, step_s=1)  # long enough not to flap

    def _proposed(self):
        self.env['it.improvement.finder']._find_in(self.env.company)
        return self.env['it.improvement'].search([('pattern', '=', 'alert'), ('check_id', '=', self.checks[0].id)])

    def setUp(self):
        super().setUp()
        self.env.company.itc_recur_alert = 3

    def test_check_on_which_nobody_acted_is_proposed_with_its_count(self):
        self._come_and_go(2)
        self.assertFalse(self._proposed())
        self._come_and_go(2)
        proposed = self._proposed()
        self.assertEqual((proposed.occurrences, proposed.alert_ids, proposed.source), (4, self._alerts(), 'software'))
        self.assertIn("tune Root", proposed.name)

    def test_what_somebody_took_is_no_reason_to_tune(self):
        self._come_and_go(4, lambda alert: self._rpc(self.technician, alert, 'action_take'))
        self.assertFalse(self._proposed())

    def test_what_was_put_off_again_and_again_is(self):
        def put_off(alert):
            alert.owner_id = self.technician
            self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR / 2)
        self._come_and_go(3, put_off)
        self.assertEqual(self._proposed().occurrences, 3)

    def test_one_alert_that_is_put_off_again_and_again_is(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        alert.owner_id = self.technician
        for _count in (1, 2, 3):
            self.assertFalse(self._proposed())
            self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
            self._tick(2 * HOUR)
            self._report(self.fake, '20')
        proposed = self._proposed()
        self.assertEqual((proposed.occurrences, proposed.alert_ids), (3, alert))

    def test_one_alert_on_which_nobody_acts_or_that_flaps_for_days_is(self):
        self._report(self.fake, '22', '22')
        first, second = self._opened()
        self._later(71 * HOUR)
        self.assertFalse(self._proposed())
        second.owner_id = self.technician
        self._later(2 * HOUR)
        self.assertEqual((self._proposed().occurrences, self._proposed().alert_ids), (3, first))
        finder, improvements = self.env['it.improvement.finder'], self.env['it.improvement']
        self.assertFalse(improvements.search([('pattern', '=', 'alert'), ('check_id', '=', self.checks[1].id)]), "somebody has it")
        second._transition({'is_flapping': True, 'has_flapped': True})
        finder._find_in(self.env.company)
        self.assertEqual(improvements.search([('pattern', '=', 'alert'), ('check_id', '=', self.checks[1].id)]).occurrences, 4, "once, and three days")

    def test_flagged_alert_joins_what_is_known_of_its_check(self):
        self._report(self.fake, '20', '20')
        first = self._rpc(self.technician, self._opened(), 'action_flag_improvement')['res_id']
        self.assertEqual(self._rpc(self.technician, self.checks[0], 'action_flag_improvement')['res_id'], first)
        self.assertEqual(self.env['it.improvement'].browse(first).alert_ids, self._opened())
