from datetime import timedelta
from runpy import run_path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path

from .alert_case import HOUR, MINUTE, SECOND, AlertCase


@tagged('post_install', '-at_install')
class TestAlertSilence(AlertCase):
    """Acknowledge and put off: each with a reason and an end, and the end tells what it hid."""

    def _bad(self, states='20'):
        self._report(self.fake, states, states)
        return self._opened()

    def _words(self, alert):
        return "\n".join(alert.message_ids.sorted('id').mapped('body'))

    def test_acknowledged_alert_climbs_no_further_and_its_end_lists_what_it_hid(self):
        alert = self._bad()
        until = self.moment + 2 * HOUR
        self._rpc(self.technician, alert, 'action_acknowledge', "I look at it", until)
        self.assertEqual((alert.state, alert.owner_id, alert.acknowledged_by_id), ('acknowledged', self.technician, self.technician))
        self.assertEqual((alert.acknowledged_at, alert.silence_reason, alert.silenced_until), (self.moment, "I look at it", until))
        self.assertIn("I look at it", self._words(alert))
        self._tick(HOUR)
        self._report(self.fake, '00')
        self._later(2 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual((alert.state, len(self._messages())), ('acknowledged', 1), "it came back, and is still seen to")
        self._tick(57 * MINUTE)
        self._report(self.fake, '20')
        self.assertEqual(len(self._messages()), 1)
        self._tick(MINUTE)
        self.assertEqual((alert.state, alert.silenced_until), ('open', False))
        self.assertEqual(len(self._messages()), 2, "people are told again")
        words = self._words(alert)
        self.assertIn("The silence is over: I look at it", words)
        self.assertIn("from OK to Critical", words)

    def test_silence_of_a_check_ends_when_its_host_dies_and_not_when_the_check_is_what_is_left(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_acknowledge', "The new disk comes", self.moment + timedelta(days=10))
        self._later(4 * MINUTE)
        self._judge()
        self.assertEqual((alert.name, alert.state, alert.silenced_until, alert.owner_id), ("srv-test is silent", 'open', False, self.technician))
        self.assertEqual(self._titles(), ["Critical: Root on srv-test", "Critical: srv-test is silent"])
        self.assertIn("was for less than this and ends: The new disk comes", self._words(alert))
        self._rpc(self.technician, alert, 'action_snooze', "I drive there", self.moment + HOUR)
        self._later(MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual((alert.name, alert.state, len(self._messages())), ("Root on srv-test", 'snoozed', 2), "less than what was silenced")

    def test_silence_ends_when_two_alerts_turn_out_to_be_one_that_is_more_than_either(self):
        for number, silenced in enumerate((0, 1)):
            fake, _checks = self._new_host(f"srv-two-{number}", checks=2)
            self._report(fake, '22', '22')
            alerts = self._opened().filtered(lambda alert, name=f"srv-two-{number}": name in alert.name)
            self._rpc(self.technician, alerts[silenced], 'action_acknowledge', "Known", self.moment + 9 * HOUR)
            before = len(self._messages())
            self._later(4 * MINUTE)
            self._judge()
            self.assertEqual((alerts[0].name, alerts[0].state, alerts[1].merged_into_id), (f"srv-two-{number} is silent", 'open', alerts[0]))
            told = self._titles()[before:]
            self.assertEqual(told.count(f"Critical: srv-two-{number} is silent"), 0 if silenced else 1, "who is told of already is not told again")

    def test_what_was_not_silenced_ends_the_silence_of_what_takes_it_in(self):
        switch = self.env['it.asset'].create({'name': "switch", 'kind': 'network', 'category_id': self.category.id})
        self.other_check.asset_id = switch
        self._report(self.other_fake, '2', '2')
        above = self._opened()
        self._rpc(self.technician, above, 'action_snooze', "Tomorrow", self.moment + 9 * HOUR)
        self._report(self.fake, '20', '20')
        below = self._opened() - above
        self.host.depends_on_ids = switch
        self._report(self.other_fake, '2')
        self.assertEqual((below.merged_into_id, above.state), (above, 'open'))
        self.assertEqual(self._titles()[-1], "Critical: Root of switch")

    def test_silence_that_ended_while_all_was_well_is_over_when_it_comes_back(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_acknowledge', "I look at it", self.moment + 10 * MINUTE)
        self._tick(8 * MINUTE)
        self._report(self.fake, '00')
        self._tick(5 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual((alert.state, alert.silenced_until, alert.silence_kind, alert.reopen_count), ('open', False, False, 1))
        self.assertEqual(len(self._messages()), 2, "nobody sees to it any more: people are told again")

    def test_silence_that_ended_while_odoo_was_away_says_that_nobody_looked(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        self._watch(self.moment + 60 * HOUR)
        self._tick(60 * HOUR)
        self.assertEqual(alert.state, 'open')
        self.assertIn("this Odoo was not always there to see it", self._words(alert))
        self.assertNotIn("Nothing changed meanwhile", self._words(alert))

    def _well_for_good_in_a_silence(self):
        """Return an alert that came back in its silence and ended in it, and the end of the silence."""
        alert, until = self._bad(), self.moment + 2 * HOUR
        self._rpc(self.technician, alert, 'action_snooze', "After lunch", until)
        for pause, states in ((30, '00'), (10, '20'), (10, '00')):
            self._tick(pause * MINUTE)
            self._report(self.fake, states, states)
        self.assertEqual((alert.state, len(self._messages())), ('resolved', 1))
        return alert, until

    def test_silence_that_outlives_its_alert_lists_at_its_end_what_it_hid_once(self):
        self.env.company.itc_alert_settle_min = 600
        alert, until = self._well_for_good_in_a_silence()
        self._tick(until - self.moment - MINUTE)
        self.assertNotIn("The silence is over", self._words(alert))
        for _time in range(3):
            self._tick(2 * MINUTE)
        words = self._words(alert)
        self.assertEqual((alert.state, words.count("The silence is over: After lunch What changed meanwhile:")), ('resolved', 1))
        self.assertEqual((words.count("from Unknown to Critical"), words.count("from Unknown to OK")), (1, 2), "it came back and went")
        self.assertEqual(len(self._messages()), 1)
        self._report(self.fake, '20', '20')
        self.assertEqual((alert.state, alert.silenced_until, len(self._messages())), ('open', False, 2), "people are told again")
        self.assertEqual(self._words(alert).count("The silence is over"), 1)

    def test_silence_that_outlives_its_alert_lists_nothing_of_after_it_and_waits_after_odoo_was_away(self):
        alert, until = self._well_for_good_in_a_silence()
        self._tick(30 * MINUTE)
        self._report(self.fake, '20', '20')
        self.assertEqual(len(self._opened()), 1, "another one: this one's settle time is over")
        self._watch(until - 2 * MINUTE)
        self._tick(until - self.moment + MINUTE)
        self.assertNotIn("The silence is over", self._words(alert))
        self._tick(20 * MINUTE)
        self.assertEqual(self._words(alert).count("from Unknown to Critical"), 1, "the later one was told for itself")

    def test_silence_of_what_became_part_of_another_lists_what_it_hid_too(self):
        switch = self.env['it.asset'].create({'name': "switch", 'kind': 'network', 'category_id': self.category.id})
        self.other_check.asset_id = switch
        part = self._bad('10')
        self._rpc(self.technician, part, 'action_acknowledge', "I look at it", self.moment + HOUR)
        self._later(MINUTE)
        self._report(self.fake, '20')
        self._report(self.other_fake, '2', '2')
        self.host.depends_on_ids = switch
        self._report(self.other_fake, '2')
        self.assertEqual(part.state, 'merged')
        self._tick(HOUR)
        self.assertEqual(part.state, 'merged')
        self.assertIn("The silence is over: I look at it", self._words(part))
        self.assertIn("from Warning to Critical", self._words(part))

    def test_silence_that_another_takes_the_place_of_lists_what_it_hid(self):
        alert = self._bad('10')
        self._rpc(self.technician, alert, 'action_acknowledge', "I look at it", self.moment + HOUR)
        self._later(MINUTE)
        self._report(self.fake, '20')
        self._rpc(self.technician_2, alert, 'action_snooze', "Tomorrow", self.moment + 20 * HOUR)
        words = self._words(alert)
        self.assertIn("Technician_2 ended the silence", words)
        self.assertIn("from Warning to Critical", words)
        self.assertEqual((alert.state, alert.silence_reason, alert.silenced_at), ('snoozed', "Tomorrow", self.moment))

    def test_upgrade_lists_no_silence_of_long_ago(self):
        alert, until = self._well_for_good_in_a_silence()
        migrate = run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-alerts.py'))['migrate']
        self.env.flush_all()
        migrate(self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertTrue(alert.silenced_at, "it lasts: its end is ahead")
        self.env.cr.execute("UPDATE it_alert SET silenced_until = now() - interval '1 day', silenced_at = now() - interval '2 days' WHERE id = %s", [alert.id])
        migrate(self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertEqual((alert.silenced_at, bool(alert.silence_reason)), (False, True))
        self._tick(until - self.moment + HOUR)
        self.assertNotIn("The silence is over", self._words(alert))

    def test_what_nobody_acknowledged_counts_in_no_mean(self):
        alert = self._bad()
        means = ['acknowledge_min:avg', 'resolve_min:avg', 'detect_min:avg']
        alerts = self.env['it.alert'].with_user(self.manager)
        [[acknowledge, resolve, detect]] = alerts._read_group([('id', '=', alert.id)], [], means)
        self.assertIs(acknowledge, False)
        self.assertEqual((resolve, detect), (False, alert.detect_min))
        self._later(10 * MINUTE)
        self._rpc(self.technician, alert, 'action_acknowledge', "I look at it", self.moment + HOUR)
        [[acknowledge, resolve, _detect]] = alerts._read_group([('id', '=', alert.id)], [], means)
        self.assertEqual((round(acknowledge), resolve), (10, False))

    def test_acknowledged_alert_that_gets_worse_says_so(self):
        alert = self._bad('10')
        self._rpc(self.technician, alert, 'action_acknowledge', "Known", self.moment + HOUR)
        self._later(MINUTE)
        self._report(self.fake, '20')
        self.assertEqual((alert.state, alert.severity), ('acknowledged', 'critical'))
        self.assertEqual(self._titles()[-1], "Worse: Root on srv-test")
        self.assertIn("It got worse", self._words(alert))
        self.env['it.outbox']._deliver_activity(self._messages()[-1])
        self._tick(MINUTE)
        self.assertEqual(alert.activity_ids.summary, "Worse: Root on srv-test", "what is told of in a silence is not a call that the silence takes away")
        self._later(MINUTE)
        self._report(self.fake, '10')
        self._report(self.fake, '20')
        self.assertEqual(len(self._messages()), 2, "once")

    def test_silenced_alert_that_flaps_is_told_to_nobody(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        before = self._messages()
        alert._note_flapping()
        self.assertEqual(self._messages(), before)
        self.assertIn("It flaps", self._words(alert))

    def test_put_off_until_a_moment_by_anybody_and_ended_early_by_anybody(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_snooze', "After the backup", self.moment + HOUR)
        self.assertEqual((alert.state, alert.snooze_count, alert.owner_id), ('snoozed', 1, self.env['res.users']))
        self._tick(30 * MINUTE)
        self.assertEqual(len(self._messages()), 1)
        self._rpc(self.technician_2, alert, 'action_end_silence')
        self.assertEqual(alert.state, 'open')
        self.assertIn("Technician_2 ended the silence", self._words(alert))
        self._tick(SECOND)
        self.assertEqual(len(self._messages()), 2)

    def test_reason_and_end_are_required_and_the_end_is_near(self):
        alert = self._bad()
        for reason, until, message in (
            ("", self.moment + HOUR, "Give a reason"), ("  ", self.moment + HOUR, "Give a reason"), ("Why", False, "Say until when"),
            ("Why", self.moment, "is over already"), ("Why", self.moment + timedelta(days=31), "at most 30 days"),
        ):
            for method in ('action_acknowledge', 'action_snooze'):
                with self.subTest(reason=reason, until=until, method=method), self.assertRaisesRegex(UserError, message):
                    self._rpc(self.technician, alert, method, reason, until)

    def test_window_silences_many_at_once(self):
        self._report(self.fake, '22', '22')
        alerts = self._opened()
        action = self._rpc(self.technician, alerts, 'action_ask_acknowledge')
        window = self.env['it.alert.silence'].browse(action['res_id'])
        self._rpc(self.technician, window, 'write', {'reason': "Both disks are ordered", 'until': self.moment + HOUR})
        self._rpc(self.technician, window, 'action_apply')
        self.assertEqual(set(alerts.mapped('state')), {'acknowledged'})
        self.assertEqual(set(alerts.mapped('silence_reason')), {"Both disks are ordered"})

    def test_auditor_employee_and_forged_values_are_refused(self):
        alert = self._bad()
        for user in (self.auditor, self.user):
            for method, args in (
                ('action_acknowledge', ("Why", self.moment + HOUR)), ('action_snooze', ("Why", self.moment + HOUR)), ('action_take', ()),
                ('action_make_ticket', ()), ('action_end_silence', ()), ('action_ask_snooze', ()),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    self._rpc(user, alert, method, *args)
        for values in ({'state': 'resolved'}, {'resolved_at': self.moment}, {'severity': 'warning'}, {'silenced_until': self.moment},
                       {'told_keys': []}, {'ticket_id': False}, {'name': "Nothing"}, {'line_ids': [(5,)]}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(self.manager, alert, 'write', values)
        with self.assertRaises(AccessError):
            self._rpc(self.manager, alert, 'create', [{'number': "X"}])
        with self.assertRaises(AccessError):
            self._rpc(self.manager, alert, 'unlink')
        with self.assertRaises(UserError):
            alert.unlink()
        with self.assertRaises(AccessError):
            self._rpc(self.manager, alert.line_ids, 'write', {'until': self.moment})

    def test_alert_that_is_over_is_not_silenced(self):
        alert = self._bad()
        self._later(MINUTE)
        self._report(self.fake, '00')
        with self.assertRaisesRegex(UserError, "Over"):
            self._rpc(self.technician, alert, 'action_acknowledge', "Why", self.moment + HOUR)
        with self.assertRaisesRegex(UserError, "is over"):
            self._rpc(self.technician, alert, 'write', {'owner_id': self.technician.id})

    def test_acknowledging_takes_the_calls_away(self):
        alert = self._bad()
        alert.activity_schedule('mail.mail_activity_data_todo', user_id=self.technician.id)
        alert.activity_schedule('mail.mail_activity_data_todo', user_id=self.technician_2.id)
        self._rpc(self.technician, alert, 'action_acknowledge', "Mine", self.moment + HOUR)
        self.assertFalse(alert.activity_ids)
        self.assertFalse(alert.with_context(active_test=False).activity_ids.filtered('active'))
