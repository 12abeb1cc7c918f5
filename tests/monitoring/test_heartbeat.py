from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...lib import check_state
from .heartbeat_case import HeartbeatCase


@tagged('post_install', '-at_install')
class TestHeartbeat(HeartbeatCase):
    """What becomes of pings and of silence: results of a check like any other's."""

    def test_never_pinged_waits(self):
        self._judge()
        self.assertEqual(self.beat.effective_state, 'waiting')
        self.assertEqual(self.beat.status_text, "Waiting for its first ping.")
        self.assertFalse(self.check.last_result_at)

    def test_success_is_ok_at_the_time_of_its_ping(self):
        self._heard((2, 'success'))
        self.assertEqual((self.check.hard_state, self.beat.effective_state), ('ok', 'ok'))
        self.assertAlmostEqual(self.check.last_result_at, self.env.cr.now() - timedelta(hours=2), delta=timedelta(seconds=1))

    def test_failure_and_exit_code_are_critical_at_once(self):
        self._heard((2, 'success'), (1, 'fail', 3))
        self.assertEqual((self.check.state, self.check.hard_state), ('critical', 'critical'))
        self.assertIn("exit code 3", self.check.summary)
        self._heard((0.5, 'success', 0))
        self.assertEqual(self.check.hard_state, 'ok')

    def test_run_time_is_kept_as_a_value_and_on_the_ping(self):
        self._heard((2, 'start'), (1.5, 'success'))
        self.assertEqual([(one['metric'], one['value']) for one in self.check._snapshot()[0]['values']], [('run_s', 1800.0), ('exit_code', None)])
        self.assertEqual(self.beat.ping_ids[:1].run_s, 1800)
        self.assertEqual(self.beat.run_s, 1800)

    def test_run_that_does_not_end_within_its_grace_is_critical(self):
        self._heard((5, 'success'), (2, 'start'))
        self.assertEqual(self.check.hard_state, 'critical')
        self.assertIn("has not ended", self.check.summary)

    def test_late_stays_critical_and_does_not_become_stale(self):
        self._heard((26, 'success'))
        self.assertEqual((self.check.hard_state, self.check.is_stale), ('critical', False))
        start = self.env.cr.now()
        for days in range(1, 40):
            self._clock(start + timedelta(days=days))
            self._judge()
            self.assertEqual((self.check.hard_state, self.check.effective_state), ('critical', 'critical'), days)
        self.env.cr.execute("SELECT before, after FROM it_check_transition WHERE check_id = %s ORDER BY id", [self.check.id])
        self.assertEqual(self.env.cr.fetchall(), [('unknown', 'ok'), ('ok', 'critical')])

    def test_when_the_judge_is_dead_it_is_stale_soon_after_it_is_late(self):
        self.check.agent_id.confirmed_at -= timedelta(days=30)
        self._heard((24, 'success'))
        self.assertEqual(self.check.effective_state, 'ok')
        self._clock(self.env.cr.now() + timedelta(hours=1, minutes=10))
        self.assertEqual(self.check.effective_state, 'unknown')
        self.assertTrue(self.check.is_stale)

    def test_yesterdays_ping_proves_nothing_today(self):
        self._heard((20, 'success'))
        now = self.env.cr.now()
        self.assertTrue(self.check._proof(now - timedelta(hours=21)).verified)
        self.assertEqual(self.check._proof(now - timedelta(hours=1)).code, 'before_opening')

    def test_what_was_expected_while_odoo_was_away_is_unknown_and_not_late(self):
        start = self.env.cr.now()
        self.env['ir.config_parameter'].set_param('it_continuity.judge_watching_since', (start - timedelta(days=9)).isoformat())
        self._heard((23, 'success'))
        self._clock(start + timedelta(hours=3))
        self.env['ir.config_parameter'].set_param('it_continuity.judge_watching_since', (start + timedelta(hours=2.9)).isoformat())
        self._judge()
        self.assertEqual(self.check.hard_state, 'unknown')
        self.assertIn("while this Odoo was away", self.check.summary)
        self.assertIn("while this Odoo was away", self.beat.status_text)
        self._clock(start + timedelta(hours=28.1))
        self._judge()
        self.assertEqual(self.check.hard_state, 'critical')

    def test_a_wider_schedule_makes_nothing_green(self):
        self._heard((30, 'success'))
        self.beat.with_user(self.manager).period_count = 7
        self._clock(self.env.cr.now() + timedelta(minutes=2))
        self._judge()
        self.assertEqual(self.check.hard_state, 'unknown')
        self.assertIn("waiting for its next ping", self.check.summary)

    def test_crontab_line_of_another_zone(self):
        beat = self._beat(self.manager, "By cron", schedule_kind='cron', cron_line='0 2 * * 1-5', cron_tz='Africa/Addis_Ababa')
        self.assertEqual(beat.check_id.settings, {'cron': '0 2 * * 1-5', 'time_zone': 'Africa/Addis_Ababa', 'grace_s': 3600})
        self.assertGreaterEqual(check_state.stale_after_s(beat.check_id.every_s), 74 * 3600)

    def test_lines_and_numbers_that_are_no_schedule_are_refused_in_words(self):
        for values, words in (
            ({'schedule_kind': 'cron', 'cron_line': '0 2 * *'}, "five fields"), ({'schedule_kind': 'cron'}, "five fields"),
            ({'schedule_kind': 'cron', 'cron_line': '61 2 * * *'}, "minute"), ({'schedule_kind': 'cron', 'cron_line': '0 0 31 2 *'}, "no day fits"),
            ({'period_count': 0}, "a minute"), ({'grace_count': 0}, "a minute"), ({'grace_count': -1}, "a minute"), ({'period_count': 92}, "92 days"),
            ({'schedule_kind': 'cron', 'cron_line': '0 0 1 1 *'}, "92 days"), ({'code': 'Über'}, "small letters"),
            ({'code': 'x/y'}, "small letters"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self._beat(self.manager, "Wrong", **values)

    def test_one_bad_heartbeat_does_not_stop_the_others(self):
        other = self._beat(self.manager, "Other")
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_heartbeat SET schedule_kind = 'cron', cron_line = 'broken' WHERE id = %s", [self.beat.id])
        self.env.invalidate_all()
        with self.assertLogs('odoo.addons.it_continuity.models.monitoring.heartbeat', 'ERROR'):
            self._heard((1, 'success'))
            self._heard((1, 'success'), beat=other)
        self.assertEqual(other.check_id.hard_state, 'ok')

    def test_pings_are_kept_in_number_and_for_a_time(self):
        other = self._beat(self.manager, "Other")
        self._heard((1, 'success'), beat=other)
        self._heard(*((hours, 'success') for hours in range(120, 0, -1)), (91 * 24, 'success'))
        self.assertEqual((len(self.beat.ping_ids), len(other.ping_ids)), (100, 1))
        self.assertEqual(min(self.beat.ping_ids.mapped('at')).date(), (self.env.cr.now() - timedelta(hours=100)).date())
        self._clock(self.env.cr.now() + timedelta(days=89))
        self.env['it.heartbeat.ping']._gc_pings()
        self.assertEqual(len(self.env['it.heartbeat.ping'].search([('heartbeat_id', '=', self.beat.id)])), 24)

    # === WHO MAY WHAT === #

    def test_technician_makes_one_and_a_manager_accepts_it(self):
        beat = self._beat(self.technician, "Copy to the other site")
        self.assertEqual(beat.settings_basis, 'none')
        self._heard((0.1, 'success'), beat=beat)
        self.assertEqual(beat.check_id._proof(self.env.cr.now() - timedelta(hours=1)).code, 'not_accepted')
        beat.with_user(self.technician).period_count = 2  # nobody stands behind it yet
        with self.assertRaises(AccessError):
            self._rpc(self.technician, beat, 'action_accept_settings')
        self._rpc(self.manager, beat, 'action_accept_settings')
        self.assertEqual((beat.settings_basis, beat.settings_accepted_by_id), ('manager', self.manager))
        for values in ({'period_count': 30}, {'grace_count': 30}, {'asset_id': self.host.id}, {'active': False}, {'cron_tz': 'UTC'}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(self.technician, beat, 'write', values)
        self.assertTrue(beat.check_id._proof(self.env.cr.now() - timedelta(hours=1)).verified)

    def test_what_a_manager_changes_reaches_the_check(self):
        self.beat.with_user(self.manager).write({'name': "Backup", 'period_count': 2, 'asset_id': self.host.id, 'active': False})
        self.assertEqual((self.check.name, self.check.asset_id, self.check.active), ("Backup", self.host, False))
        self.assertEqual(self.check.settings, {'period_s': 172800, 'grace_s': 3600})
        self.assertEqual((self.check.settings_basis, self.check.settings_accepted_by_id), ('manager', self.manager))

    def test_renaming_what_nobody_accepted_accepts_nothing(self):
        beat = self._beat(self.technician, "Copy")
        beat.with_user(self.manager).name = "Copy to the other site"
        self.assertEqual(beat.settings_basis, 'none')

    def test_nobody_goes_past_the_heartbeat_to_its_check(self):
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login):
                for values in ({'settings': {'period_s': 10**6, 'grace_s': 60}}, {'every_s': 86400}, {'asset_id': self.host.id}, {'name': "x"}):
                    with self.assertRaises(UserError):
                        self._rpc(person, self.check, 'write', values)
                with self.assertRaises(UserError):
                    self._rpc(person, self.env['it.check'], 'create', [{
                        'name': "x", 'agent_id': self.check.agent_id.id, 'kind': 'heartbeat', 'settings': {'period_s': 60, 'grace_s': 60}}])
                with self.assertRaises(UserError):
                    self._rpc(person, self.check, 'unlink')

    def test_what_was_heard_is_nobodys_to_write(self):
        self._heard((1, 'success'))
        for person in (self.technician, self.manager):
            for record, values in (
                (self.beat, {'life': {}}), (self.beat, {'token_sha256': 'a' * 64}), (self.beat, {'check_id': False}),
                (self.beat, {'ping_ids': [Command.create({'kind': 'success', 'at': '2026-11-23 05:00:00'})]}),
                (self.beat.ping_ids, {'kind': 'success'}),
            ):
                with self.subTest(person=person.login, values=values), self.assertRaises(AccessError):
                    self._rpc(person, record, 'write', values)
            for name in ('life', 'token_sha256'):
                with self.subTest(person=person.login, name=name), self.assertRaises(AccessError):
                    self._rpc(person, self.beat, 'read', [name])

    def test_employees_see_none_and_other_companies_see_none_of_ours(self):
        with self.assertRaises(AccessError):
            self.env['it.heartbeat'].with_user(self.user).search([])
        company = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self._person('technician', 'stranger')
        stranger.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self._heard((1, 'success'))
        for model in ('it.heartbeat', 'it.heartbeat.ping'):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        theirs = self.env['it.heartbeat'].with_user(stranger).create({
            'name': "Theirs", 'asset_id': self.env['it.asset'].create({
                'name': "x", 'category_id': self.category.id, 'company_id': company.id}).id})
        self.assertNotEqual(theirs.check_id.agent_id, self.check.agent_id)
        with self.assertRaises(AccessError):
            self.env['it.heartbeat'].with_user(self.manager).new_ping_key(company.id)

    def test_deleting_takes_the_check_with_it(self):
        with self.assertRaises(AccessError):
            self._rpc(self.technician, self.beat, 'unlink')
        self._heard((1, 'success'))
        self._rpc(self.manager, self.beat, 'unlink')
        self.assertFalse(self.check.exists())

    def test_copy_has_a_check_and_no_address(self):
        copied = self.beat.with_user(self.manager).copy()
        self.assertTrue(copied.check_id and copied.check_id != self.check)
        self.assertFalse(copied.address_made_at)
        self.assertNotEqual(copied.code, self.beat.code)

    def test_address_window_holds_ready_lines_and_keeps_nothing(self):
        action = self._rpc(self.technician, self.beat, 'action_new_address')
        token = action['context']['default_secret']
        self.assertEqual(self.beat.address_made_by_id, self.technician)
        window = self.env['it.heartbeat.address'].with_user(self.technician).with_context(**action['context']).new({})
        self.assertIn(f'/it_continuity/ping/{token}', window.url)
        self.assertIn('"$url/$code"', window.bash)
        self.assertIn('catch', window.powershell)
        self.assertTrue(window.crontab.endswith(f'{token}/$?'), "a failure is told at once, not when it is late")
        self.assertIn('Invoke-RestMethod', window.powershell)
        self.assertTrue(window.crontab.startswith('0 2 * * * '))
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(one)::text FROM it_heartbeat AS one WHERE id = %s", [self.beat.id])
        self.assertNotIn(token, self.env.cr.fetchone()[0])
