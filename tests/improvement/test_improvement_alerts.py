from odoo.tests import tagged

from ...lib.improvement import Span
from ..alerts.alert_case import HOUR, MINUTE, AlertCase


@tagged('post_install', '-at_install')
class TestImprovementAlerts(AlertCase):
    """What the judge and the alerts tell again and again is suggested once, with its count and what it costs."""

    def _found(self, pattern, **about):
        self.env['it.improvement.finder']._find_in(self.env.company)
        self.env.invalidate_all()
        return self.env['it.improvement'].search([('pattern', '=', pattern), *((name, '=', record.id) for name, record in about.items())])

    def _turn_bad(self, times):
        for _time in range(times):
            self._later(HOUR)
            self._report(self.fake, '20', '20')
            self._later(5 * MINUTE)
            self._report(self.fake, *['00'] * 25, step_s=1)

    def test_check_that_keeps_turning_bad_makes_one_draft_with_count_and_minutes_and_the_next_joins(self):
        """By the judge's own transitions: its host's silence between them is none of them."""
        self.env.company.itc_recur_check = 3
        check = self.checks[0]
        self._report(self.fake, '00', '00')
        self._turn_bad(2)
        self.assertFalse(self._found('check'))
        self._turn_bad(1)
        draft = self._found('check')
        self.assertEqual((draft.check_id, draft.check_ids, draft.occurrences, draft.measure), (check, check, 3, 'not_ok_min'))
        self.assertEqual((draft.source, draft.state, draft.area), ('software', 'suggested', 'software'))
        self._turn_bad(1)
        self.assertEqual((self._found('check'), draft.occurrences), (draft, 4))
        figures = self.env['it.improvement.figures']
        span = Span(draft.cost_first_day, draft.cost_last_day)
        start, end = figures._moments(draft.company_id, span)
        bad, _watched = check._minutes_not_ok(start, end)
        self.assertEqual((draft.minutes_down, draft.costed), (round(bad), 'minutes_down'))
        self.assertGreater(bad, 4 * 5)

    def test_silent_host_on_which_nobody_acts_is_proposed_for_tuning(self):
        """Its alert has no check: it is one of its host, and joins nothing of the host's checks."""
        self.env.company.itc_recur_alert = 3
        for number in range(3):
            self._report(self.fake, '00', '00')
            self._later(4 * MINUTE)
            self._judge()
            self.assertEqual((self._opened().name, self._opened().check_id.ids), ("srv-test is silent", []))
            self._later(MINUTE)
            self._report(self.fake, '00')
            self._later(HOUR)
            if number < 2:
                self.assertFalse(self._found('alert'))
        proposed = self._found('alert')
        self.assertEqual((proposed.asset_id, proposed.check_id.ids, proposed.occurrences), (self.host, [], 3))
        self.assertEqual((len(proposed.alert_ids), proposed.measure), (3, 'not_ok_min'))
        self.assertIn("tune srv-test", proposed.name)

    def test_alert_that_became_part_of_a_larger_one_keeps_what_was_put_off(self):
        self.env.company.itc_recur_alert = 2
        self._report(self.fake, '22', '22')
        first, second = self._opened()
        for alert, times in ((first, 1), (second, 2)):
            for _time in range(times):
                self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        self._later(4 * MINUTE)
        self._judge()
        self.assertEqual((second.state, second.merged_into_id, first.cause_kind), ('merged', first, 'host'))
        proposed = self._found('alert')
        self.assertEqual((proposed.check_id, proposed.occurrences, proposed.alert_ids), (second.check_id, 2, second))

    def test_dismissed_one_stays_away_when_other_days_are_looked_back(self):
        """What was put off is dated by now as long as its alert is open, and the alerts of before lie where they lay."""
        company = self.env.company
        for _time in range(5):
            self._report(self.fake, '20', '20')
            self._later(5 * MINUTE)
            self._report(self.fake, *['00'] * 25, step_s=1)
            self._later(HOUR)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_alert SET opened_at = opened_at - interval '60 days', resolved_at = resolved_at - interval '60 days'")
        self.env.invalidate_all()
        self.assertFalse(self._found('alert'))
        self._report(self.fake, '20', '20')
        [alert] = self._opened()
        for _time in range(5):
            self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        draft = self._found('alert')
        draft.with_user(self.manager).action_dismiss("It is replaced in January")
        self.assertEqual((alert.state, draft.check_id, draft.put_aside_at), ('snoozed', self.checks[0], 5))
        self._later(MINUTE)
        for days, times in ((90, 10), (30, 5), (366, 10), (90, 10)):
            company.itc_recur_days = days
            self.assertEqual(self._found('alert'), draft)
            self.assertEqual((draft.state, draft.put_aside_at), ('dismissed', times), days)
