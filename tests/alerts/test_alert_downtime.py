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

    def _end_words(self, plan):
        return [body for body in plan.message_ids.sorted('id').mapped('body') if "It is over" in body]

    def test_host_without_checks_that_was_silent_in_a_downtime_is_listed_as_hidden(self):
        fake, checks = self._new_host("srv-bare")
        checks.active = False
        fake.know(checks.browse())
        self._report(fake, '')
        self._report(self.other_fake, '0')
        plan, quiet = self._plan(checks.host_id), self._plan(self.other_host)
        for _minute in range(20):
            self._later(MINUTE)
            self._report(self.other_fake, '0')
        silent_from, self_seen = self.moment - 20 * MINUTE, self.moment
        self._report(fake, '')
        self.assertFalse(self._alerts())
        for _minute in range(41):
            self._tick(MINUTE)
            self._report(fake, '', judge=False)
            self._report(self.other_fake, '0')
        [words] = self._end_words(plan)
        self.assertIn("Nobody was told meanwhile", words)
        for text in ("srv-bare: it fell silent", "srv-bare: it was heard again"):
            self.assertIn(text, words)
        self.assertIn(self.env['it.alert']._at(silent_from), words)
        self.assertIn(self.env['it.alert']._at(self_seen), words)
        self.assertIn("Nothing happened meanwhile", self._end_words(quiet)[0])

    def test_silent_host_that_came_and_went_in_a_silence_is_listed_at_its_end(self):
        fake, checks = self._new_host("srv-bare")
        checks.active = False
        fake.know(checks.browse())
        self._report(fake, '')
        self._later(4 * MINUTE)
        self._judge()
        alert = self._opened()
        self._rpc(self.technician, alert, 'action_acknowledge', "I drive there", self.moment + HOUR)
        self._later(MINUTE)
        self._report(fake, '')
        self._later(5 * MINUTE)
        self._judge()
        self.assertEqual(alert.state, 'acknowledged')
        self._rpc(self.technician, alert, 'action_end_silence')
        words = "".join(alert.message_ids.mapped('body'))
        self.assertIn("srv-bare: it was heard again", words)
        self.assertIn("srv-bare: it fell silent", words)

    def test_end_that_came_while_odoo_was_away_for_days_is_told_once_hosts_could_say_what_they_saw(self):
        self._report(self.fake, '00')
        plan, cancelled = self._plan(self.host), self._plan(self.other_host)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_downtime SET start_at = start_at + interval '1 hour', end_at = end_at + interval '1 hour' WHERE id = %s", [cancelled.id])
        cancelled.invalidate_recordset()
        cancelled.action_end()
        self._at(self.moment + 49 * HOUR)
        self._watch(self.moment)
        self._tick(5 * MINUTE)
        self.assertFalse(self._end_words(plan), "hosts may still have to hand in what they saw")
        self._tick(20 * MINUTE)
        [words] = self._end_words(plan)
        self.assertIn("this Odoo was not always there to see it", words)
        self.assertFalse(self._end_words(cancelled), "it never began")
        self._tick(MINUTE)
        self.assertEqual(len(self._end_words(plan)), 1)
        self.assertFalse(plan._untold(self.moment) & (plan | cancelled), "nobody looks at them again")

    def test_alert_of_a_host_that_is_still_silent_when_its_downtime_ends_says_since_when(self):
        self._report(self.other_fake, '0')
        self._plan(self.other_host, 30)
        last_word = self.moment
        for _minute in range(29):
            self._tick(MINUTE)
            self._report(self.fake, '00')
        self.assertFalse(self._alerts())
        self._tick(2 * MINUTE)
        self._report(self.fake, '00')
        self.assertEqual(self._opened().name, "srv-other is silent")
        self.assertIn(f"{self.env['it.alert']._at(last_word)} srv-other: it fell silent", self._opened().hidden_text)
        self.assertIn("to Unknown", self._opened().hidden_text, "its check was asked for too")
