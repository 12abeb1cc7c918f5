from odoo.tests import tagged

from .alert_case import HOUR, MINUTE, SECOND, AlertCase


@tagged('post_install', '-at_install')
class TestAlertCauses(AlertCase):
    """One alert a root cause, driven by stored results that the judge judges."""

    def test_bad_check_opens_an_alert_and_queues_its_message_in_the_same_pass(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self.assertEqual((alert.check_id, alert.asset_id, alert.severity, alert.state), (self.checks[0], self.host, 'critical', 'open'))
        self.assertEqual(alert.name, "Root on srv-test")
        self.assertEqual((alert.began_at, alert.detected_at, alert.opened_at), (self.moment - 10 * SECOND, self.moment, self.moment))
        self.assertAlmostEqual(alert.detect_min, 1 / 6, places=1)
        message = self._messages()
        self.assertEqual((message.user_id, message.channel_id.kind, message.severity), (self.technician, 'activity', 'critical'))
        self.assertEqual(message.title, "Critical: Root on srv-test")
        self.assertIn("text 2", message.text)
        self.assertEqual(alert.told_ids, self.technician)

    def test_alert_closes_itself_and_opens_again_as_the_same_within_the_settle_time(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual((alert.state, alert.resolved_at, self._opened()), ('resolved', self.moment, self._opened().browse()))
        self.assertAlmostEqual(alert.resolve_min, 7 / 6, places=1)
        self._later(10 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual((self._alerts(), alert.state, alert.reopen_count), (alert, 'open', 1))
        self._later(MINUTE)
        self._report(self.fake, '00')
        self._later(16 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual(len(self._alerts()), 2)
        self.assertEqual(len(self._messages()), 2, "one for each alert, none for its coming back")

    def test_first_bad_result_of_a_new_check_opens_nothing_before_it_is_confirmed(self):
        self._report(self.fake, '23')
        self.assertFalse(self._alerts() or self._messages())
        self._later(MINUTE)
        self._report(self.fake, '20')
        self.assertEqual((self._alerts().check_id, self._titles()), (self.checks[0], ["Critical: Root on srv-test"]), "the other one was bad once")
        self._later(MINUTE)
        self._report(self.fake, '20')
        self.assertEqual(len(self._messages()), 1, "it is no news that it is critical")

    def test_first_bad_result_after_a_silence_opens_nothing_before_it_is_confirmed(self):
        self._report(self.fake, '02', '02')
        bad = self._opened()
        self._later(10 * MINUTE)
        self._judge()
        self.assertEqual((self._opened(), bad.name), (bad, "srv-test is silent"))
        before = self._messages()
        self._later(MINUTE)
        self._report(self.fake, '22')
        self.assertEqual((self._opened(), bad.check_id, bad.state), (bad, self.checks[1], 'open'), "what was bad before is so still, what was well starts slowly")
        self.assertEqual(self.checks.mapped('hard_state'), ['unknown', 'critical'])
        self._later(MINUTE)
        self._report(self.fake, '02')
        self.assertEqual((self._alerts(), self._messages()), (bad, before))
        self._later(10 * MINUTE)
        self._judge()
        for _time in range(2):
            self._later(MINUTE)
            self._report(self.fake, '22')
        self.assertEqual(self._opened().check_id, self.checks)
        self.assertEqual(self._titles().count("Critical: Root on srv-test"), 1, "it stays bad")

    def _opened_of_one_that_stopped_coming(self):
        """Return the alert about a check that a host which speaks tells no more of; from now on it may tell of it again."""
        self._report(self.fake, '00')
        self.fake.know(self.checks[1])
        for _time in range(6):
            self._later(MINUTE)
            self._report(self.fake, '0')
        alert = self._opened()
        self.assertEqual((alert.check_id, alert.severity), (self.checks[0], 'warning'))
        self.fake.know(self.checks)
        return alert

    def test_check_that_comes_again_bad_stays_the_same_alert_until_that_is_certain(self):
        alert = self._opened_of_one_that_stopped_coming()
        self._report(self.fake, '20')
        self.assertEqual((self._opened(), alert.severity), (alert, 'warning'))
        self._later(MINUTE)
        self._report(self.fake, '20')
        self.assertEqual((self._alerts(), alert.severity), (alert, 'critical'))

    def test_unknown_check_that_was_archived_waits_for_its_first_result_when_it_is_looked_at_again(self):
        self._report(self.fake, '30', '30')
        self.assertEqual(self._opened().check_id, self.checks[0])
        self.checks[0].active = False
        self._later(MINUTE)
        self.fake.know(self.checks[1])
        self._report(self.fake, '0')
        self.assertFalse(self._opened())
        self._later(HOUR)
        self._report(self.fake, '0')
        self.checks[0].active = True
        self._report(self.fake, '0')
        self.assertFalse(self._opened(), "nobody has looked yet")
        self.fake.know(self.checks)
        self._later(MINUTE)
        self._report(self.fake, '30', '30')
        self.assertEqual(self._opened().check_id, self.checks[0])

    def test_dead_host_with_12_checks_is_one_alert_and_one_message(self):
        fake, checks = self._new_host("srv-dead", checks=12)
        self._report(fake, '0' * 12)
        self._later(4 * MINUTE)
        self._judge()
        alert = self._opened()
        self.assertEqual((alert.name, alert.severity), ("srv-dead is silent", 'critical'))
        self.assertEqual(set(checks.mapped('hard_state')), {'unknown'})
        self.assertEqual(alert.line_ids.filtered(lambda line: line.part == 'joined').check_id, checks)
        self.assertEqual(alert.line_ids.filtered(lambda line: line.part == 'cause').asset_id, checks.host_id)
        self.assertEqual(self._titles(), ["Critical: srv-dead is silent"])
        alert.with_user(self.technician).action_make_ticket()
        for _time in range(3):
            self._later(MINUTE)
            self._judge()
        self.assertEqual((self._alerts(), len(self._messages())), (alert, 1))
        self.assertEqual(self.env['it.ticket'].search_count([('asset_id', '=', checks.host_id.id)]), 1)
        self._later(MINUTE)
        self._report(fake, '0' * 12)
        self.assertEqual((alert.state, set(checks.mapped('hard_state'))), ('resolved', {'ok'}))
        self.assertFalse(alert.line_ids.filtered(lambda line: not line.until))
        self.assertEqual(len(self._messages()), 1)

    def test_dead_switch_with_5_hosts_behind_it_is_one_alert(self):
        switch = self.env['it.asset'].create({'name': "sw-floor-1", 'kind': 'network', 'category_id': self.category.id})
        hosts = [self._new_host(f"srv-{number}", depends_on_ids=[(4, switch.id)]) for number in range(5)]
        for fake, _checks in hosts:
            self._report(fake, '0', judge=False)
        self._report(self.fake, '00')
        self._later(4 * MINUTE)
        self._report(self.fake, '00')
        alert = self._opened()
        self.assertEqual((alert.asset_id, alert.cause_kind, alert.name), (switch, 'presumed', "sw-floor-1: the hosts behind it are silent"))
        self.assertEqual(len(alert.line_ids), 1 + 5 + 5, "the switch, five hosts and their checks")
        self.assertEqual(len(self._messages()), 1)
        for fake, _checks in hosts[:4]:
            self.assertEqual((self._opened(), alert.asset_id), (alert, switch), "they come back one after another")
            self._report(fake, '0')
        self.assertEqual((self._opened(), alert.name), (alert, "srv-4 is silent"), "the same alert, for what is left of it")
        self.assertEqual(len(self._messages()), 1)
        self._report(hosts[4][0], '0')
        self.assertFalse(self._opened())

    def test_hosts_that_fall_silent_one_after_another_behind_a_switch_are_one_alert_and_one_message(self):
        switch = self.env['it.asset'].create({'name': "sw-floor-2", 'kind': 'network', 'category_id': self.category.id})
        hosts = [self._new_host(f"srv-{number}", depends_on_ids=[(4, switch.id)]) for number in range(5)]
        for fake, _checks in hosts:
            self._report(fake, '0', judge=False)
            self._later(12 * SECOND)
        for _time in range(30):
            self._later(12 * SECOND)
            self._report(self.fake, '00')
        self.assertEqual((self._alerts().asset_id, len(self._messages())), (switch, 1))

    def test_switch_that_a_check_looks_at_takes_its_hosts_in_through_others(self):
        router = self.env['it.asset'].create({'name': "router", 'kind': 'network', 'category_id': self.category.id})
        switch = self.env['it.asset'].create({
            'name': "switch", 'kind': 'network', 'category_id': self.category.id, 'depends_on_ids': [(4, router.id)]})
        self.checks[0].asset_id = router
        hosts = [self._new_host(f"srv-{number}", depends_on_ids=[(4, switch.id)]) for number in range(3)]
        for fake, _checks in hosts:
            self._report(fake, '0', judge=False)
        self._report(self.fake, '00')
        self._later(2 * MINUTE)
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self.assertEqual(alert.name, "Root of router")
        self._later(2 * MINUTE)
        self._report(self.fake, '20')
        self.assertEqual((self._opened(), len(self._messages())), (alert, 1))
        silent = alert.line_ids.filtered(lambda line: line.state == 'silent')
        self.assertEqual(silent.asset_id - switch, self.env['it.asset'].union(*(checks.host_id for _fake, checks in hosts)))

    def test_first_two_checks_are_bad_then_the_host_is_silent(self):
        self._report(self.fake, '22', '22')
        first, second = self._opened()
        self.assertEqual(len(self._messages()), 2)
        self._later(4 * MINUTE)
        self._judge()
        self.assertEqual((self._opened(), second.state, second.merged_into_id), (first, 'merged', first))
        self.assertEqual(first.name, "srv-test is silent")
        self.assertEqual(len(self._messages()), 2, "nobody is told again")
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertFalse(self._opened())

    def test_first_a_host_then_the_switch(self):
        switch = self.env['it.asset'].create({'name': "switch", 'kind': 'network', 'category_id': self.category.id})
        self.other_check.asset_id = switch
        self.host.depends_on_ids = switch
        self._report(self.fake, '00')
        self._later(4 * MINUTE)
        self._report(self.other_fake, '0')
        alert = self._opened()
        self.assertEqual(alert.asset_id, self.host)
        self._later(MINUTE)
        self._report(self.other_fake, '2', '2')
        self.assertEqual((self._opened(), alert.asset_id, alert.check_id), (alert, switch, self.other_check))
        self.assertEqual(len(self._messages()), 1)

    def test_host_that_comes_back_leaves_the_check_that_was_told_and_tells_of_a_new_one(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        self._later(4 * MINUTE)
        self._judge()
        self.assertEqual(alert.cause_kind, 'host')
        self._later(MINUTE)
        self._report(self.fake, '22', '22')
        self.assertEqual(self._opened().mapped('check_id'), self.checks)
        self.assertEqual((alert.check_id, alert.state), (self.checks[0], 'open'))
        self.assertEqual(self._titles(), ["Critical: Root on srv-test", "Critical: Data on srv-test"])

    def test_odoo_away_for_2_hours_opens_nothing_late_and_nothing_twice(self):
        self._report(self.fake, '20', '20')
        alert = self._opened()
        for fake, check in (self.other_fake, '0'),:
            self._report(fake, check)
        self.env.ref('it_continuity.ir_cron_judge').lastcall = self.moment
        self._later(2 * HOUR)
        self.env['it.silence']._note_watching()
        self._judge()
        self.env['it.alert.watch']._work()
        self.assertEqual((self._alerts(), len(self._messages())), (alert, 1), "hosts come back within a quarter of an hour")
        self._later(5 * MINUTE)
        # the other host was bad for an hour meanwhile, and is well again
        self._report(self.other_fake, *(['0'] * 3 + ['2'] * 60 + ['0'] * 50), step_s=60)
        self._report(self.fake, '00', '00')
        self.assertEqual((self._alerts(), alert.state, len(self._messages())), (alert, 'resolved', 1))
        self.env.cr.execute("SELECT count(*) FROM it_check_transition WHERE check_id = %s AND is_late", [self.other_check.id])
        self.assertTrue(self.env.cr.fetchone()[0], "the history has it")
        for _time in range(20):
            self._later(MINUTE)
            self._report(self.fake, '00', judge=False)
            self._report(self.other_fake, '0')
        self.assertEqual((self._alerts(), len(self._messages())), (alert, 1))

    def test_host_that_stays_away_after_odoo_was_is_told_once_its_time_has_passed(self):
        self._report(self.fake, '00')
        self.env.ref('it_continuity.ir_cron_judge').lastcall = self.moment
        self._later(2 * HOUR)
        self.env['it.silence']._note_watching()
        for _time in range(18):
            self._judge()
            self.assertFalse(self._alerts())
            self._later(MINUTE)
        self._later(2 * MINUTE)
        self._judge()
        self.assertEqual(self._opened().mapped('asset_id'), self.host)

    def test_flapping_every_30_s_for_an_hour_is_one_alert_and_one_message(self):
        for number in range(120):
            self._later(30 * SECOND)
            self._report(self.fake, f'{"02"[number % 2]}0')
            self.env['it.alert.watch']._work()
        self.assertEqual(len(self._alerts()), 1)
        self.assertTrue(self._alerts().is_flapping)
        self.assertEqual(self._titles(), ["Flapping: Root on srv-test"])

    def test_check_that_flaps_between_confirmed_states_is_told_once_and_called_flapping_once(self):
        self.checks[0].max_attempts = 1
        for number in range(120):
            self._later(30 * SECOND)
            self._report(self.fake, f'{"02"[number % 2]}0')
            self.env['it.alert.watch']._work()
        self.assertEqual(len(self._alerts()), 1)
        self.assertEqual(self._titles(), ["Critical: Root on srv-test", "Flapping: Root on srv-test"])

    def test_check_that_stopped_coming_from_a_host_that_speaks_opens_an_alert(self):
        alert = self._opened_of_one_that_stopped_coming()
        self._report(self.fake, '00')
        self.assertEqual(alert.state, 'resolved')

    def test_alert_of_what_nobody_looks_at_any_more_closes_and_says_so(self):
        self._report(self.fake, '20', '20')
        self._report(self.other_fake, '0')
        self._later(4 * MINUTE)
        self._report(self.fake, '20')
        disk, silent = self._opened()
        self.checks[0].active = False
        self.other_agent.with_user(self.manager).action_revoke()
        self._later(MINUTE)
        self._report(self.fake, '00')
        for alert in (disk, silent):
            self.assertEqual(alert.state, 'resolved')
            self.assertIn("nobody looks at it any more", "".join(alert.message_ids.mapped('body')))

    def test_check_that_counts_silent_hosts_opens_no_alert_beside_theirs(self):
        self.env.flush_all()
        # past the check's own rules: its kind is published by no host of this test
        self.env.cr.execute("UPDATE it_check SET kind = 'own', settings = '{\"look\": \"hosts\"}' WHERE id = %s", [self.checks[0].id])
        self.env.invalidate_all()
        self._report(self.fake, '22', '22')
        self.assertEqual(self._opened().check_id, self.checks[1])
