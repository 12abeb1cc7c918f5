from datetime import timedelta

from odoo.tests import tagged

from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestJudge(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seq = 0

    def _report(self, *states, ago_s=0, step_s=10, judge=True):
        """Store one cycle a word of ``states``, the last one ``ago_s`` old, and judge."""
        records = []
        for number, one in enumerate(states):
            self.seq += 1
            records.append(self.fake.cycle(self.seq, one, ago_s=ago_s + step_s * (len(states) - 1 - number)))
        self._store(self.fake, records)
        if judge:
            self._judge()

    def _judge(self):
        self.env.flush_all()
        left = self.env['it.judge']._judge()
        self.env.invalidate_all()
        return left

    def test_problem_is_soft_first_and_hard_when_seen_again(self):
        root, data = self.checks
        self._report('00', ago_s=50)
        self.assertHealth(root, 'ok', 'ok')
        self._report('20', ago_s=40)
        self.assertHealth(root, 'critical', 'ok')
        self.assertFalse(root.is_hard)
        self._report('20', ago_s=30)
        self.assertHealth(root, 'critical', 'critical')
        self.assertEqual((root.attempt, root.summary), (2, "text 3"))
        self.assertHealth(data, 'ok', 'ok')
        self._report('00', ago_s=20)
        self.assertHealth(root, 'ok', 'ok')

    def test_attempts_within_one_report_count(self):
        self._report('00', '20', '20')
        self.assertHealth(self.checks[0], 'critical', 'critical')

    def test_same_results_judged_twice_change_nothing(self):
        self._report('20', ago_s=30)
        self._judge()
        self.env.cr.execute("DELETE FROM it_sample_judged")
        self._judge()
        self.assertEqual((self.checks[0].attempt, self.checks[0].is_hard), (1, False))

    def test_backlog_never_overwrites_the_present(self):
        self._report('00', ago_s=3000)
        latest = self.fake.cycle(100, '20', ago_s=0)
        backlog = [self.fake.cycle(seq, '00', ago_s=3000 - 20 * seq) for seq in range(2, 100)]
        self._store(self.fake, backlog[:40], latest=latest)
        self._judge()
        self.assertEqual(self.checks[0].state, 'critical')
        newest_at = self.checks[0].last_result_at
        self._store(self.fake, [*backlog[40:], latest])
        self._judge()
        self.assertEqual((self.checks[0].state, self.checks[0].attempt), ('critical', 1))
        self.assertEqual(self.checks[0].last_result_at, newest_at)
        self.assertEqual(len(self._cycles(self.agent)), 100)

    def test_silent_check_is_unknown_and_never_green(self):
        self._report('00')
        check = self.checks[0]
        self.assertEqual((check.effective_state, check.is_stale), ('ok', False))
        self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - interval '200 s'")
        self.env.invalidate_all()
        self.assertEqual((check.effective_state, check.is_stale, check.hard_state), ('unknown', True, 'ok'))
        self._judge()
        self.assertHealth(check, 'unknown', 'unknown')
        self.assertTrue(check.is_hard)
        since = check.hard_since
        self._judge()
        self.assertEqual(check.hard_since, since)
        self._report('00')
        self.assertEqual((check.effective_state, check.hard_state), ('ok', 'ok'))

    def test_stale_is_searchable_as_it_is_shown(self):
        self._report('00')
        self._age(self.other_check)
        mine = self.env['it.check'].search([('id', 'in', (self.checks + self.other_check).ids)])
        for domain, expected in (
            ([('is_stale', '=', True)], self.other_check), ([('is_stale', '=', False)], self.checks), ([('is_stale', '!=', True)], self.checks),
            ([('effective_state', '=', 'ok')], self.checks), ([('effective_state', '!=', 'ok')], self.other_check),
            ([('effective_state', 'in', ('ok', 'unknown'))], mine), ([('effective_state', '=', 'critical')], mine.browse()),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(self.env['it.check'].search([('id', 'in', mine.ids), *domain]), expected)

    def test_new_check_waits_for_its_first_result_and_is_stale_after_a_few_intervals(self):
        check, mine = self.other_check, [('id', 'in', (self.checks + self.other_check).ids)]
        self._report('00')
        for age_s, state, is_stale in ((0, 'waiting', False), (290, 'waiting', False), (20, 'unknown', True)):
            self._age(check, age_s)
            with self.subTest(age_s=age_s):
                self.assertEqual((check.effective_state, check.is_stale), (state, is_stale))
                for domain in ([('is_stale', '=', is_stale)], [('effective_state', '=', state)], [('effective_state', '!=', 'ok')]):
                    self.assertIn(check, self.env['it.check'].search(domain), domain)
                for domain in ([('is_stale', '=', not is_stale)], [('effective_state', '=', 'ok')]):
                    self.assertNotIn(check, self.env['it.check'].search([*mine, *domain]), domain)
                self.assertFalse(check._proof(self.env.cr.now() - timedelta(hours=1)).verified)
                self.assertTrue(check._snapshot()[0]['stale'], "evidence never takes it for measured")
        self.assertEqual(self.env['it.check'].search([*mine, ('effective_state', 'in', ('ok', 'waiting'))]), self.checks)

    def test_check_of_a_host_that_is_not_trusted_yet_waits_and_of_a_revoked_one_does_not(self):
        self._age(self.other_check)
        self.assertEqual(self.other_check.effective_state, 'unknown')
        for state, expected in (('draft', 'waiting'), ('pending', 'waiting'), ('revoked', 'unknown')):
            self.other_agent.state = state
            self.assertEqual(self.other_check.effective_state, expected, state)
            self.assertEqual(self.env['it.check'].search([('id', '=', self.other_check.id), ('effective_state', '=', expected)]), self.other_check)
        self.other_agent.state = 'pending'
        self.other_agent.with_user(self.manager).action_confirm()
        self.assertEqual((self.other_check.effective_state, self.other_agent.contact), ('waiting', 'waiting'), "confirmed a moment ago")

    def test_silent_agent_is_searchable_as_it_is_shown(self):
        self._report('00')
        self.assertEqual(self.other_agent.contact, 'waiting', "it has had no time to report")
        self.assertNotIn(self.other_agent, self.env['it.agent'].search([('is_silent', '=', True)]))
        self._age(self.other_agent)
        agents = self.agent + self.other_agent
        self.assertEqual(agents.filtered('is_silent'), self.other_agent)
        self.assertEqual(self.env['it.agent'].search([('id', 'in', agents.ids), ('is_silent', '=', True)]), self.other_agent)
        self.assertEqual(self.env['it.agent'].search([('id', 'in', agents.ids), ('is_silent', '=', False)]), self.agent)

    def test_revoked_host_proves_nothing(self):
        self._report('00')
        self.agent.action_revoke()
        self.assertEqual(self.checks[0].effective_state, 'unknown')
        self.assertFalse(self.checks[0]._proof(self.env.cr.now() - timedelta(hours=1)).verified)

    def test_clock_that_is_years_off_is_judged_by_ours(self):
        for years in (-10, 10):
            with self.subTest(years=years):
                off = timedelta(days=365 * years)
                true_clock, self.fake.clock = self.fake.clock, lambda off=off: self.env.cr.now() + off
                self.addCleanup(setattr, self.fake, 'clock', true_clock)
                self._report('00')
                self.assertFalse(self.checks[0].is_stale)
                self.assertAlmostEqual(self.checks[0].last_result_at, self.env.cr.now(), delta=timedelta(seconds=1))
                self.assertAlmostEqual(self.agent.clock_skew_s, -off.total_seconds(), delta=1)
                self.fake.clock = true_clock
                self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - interval '60 s'")

    def test_hook_gets_every_measured_check(self):
        seen = []
        self.patch(self.registry['it.judge'], '_after_pass', lambda _self, judged: seen.append(judged))
        self._report('00', ago_s=20)
        self._report('00', ago_s=10)
        self._judge()
        self.assertEqual([judged.checks for judged in seen], [self.checks, self.checks, self.checks.browse()])
        self.assertEqual([len(judged.transitions) for judged in seen], [2, 0, 0])

    def _transitions(self, check):
        self.env.cr.execute("SELECT before, after, is_late, at FROM it_check_transition WHERE check_id = %s ORDER BY id", [check.id])
        return self.env.cr.fetchall()

    def test_what_people_are_told_is_kept_as_transitions(self):
        root, data = self.checks
        self._report('00', '20', '00', ago_s=60)
        self._report('20', '20', '00', ago_s=10)
        self.assertEqual(
            [row[:3] for row in self._transitions(root)],
            [('unknown', 'ok', False), ('ok', 'critical', False), ('critical', 'ok', False)], "a soft problem is told to nobody")
        self.assertEqual([row[:2] for row in self._transitions(data)], [('unknown', 'ok')])

    def test_transition_that_comes_with_a_backlog_is_late_and_bears_its_own_time(self):
        root = self.checks[0]
        self._report('00', '20', '20', '00', ago_s=1000)
        self.assertEqual([row[2] for row in self._transitions(root)], [True, True, True])
        self.assertAlmostEqual(
            self._transitions(root)[-1][3], self.env.cr.now() - timedelta(seconds=1000), delta=timedelta(seconds=2))

    def test_silence_is_a_transition_and_old_ones_are_forgotten(self):
        root = self.checks[0]
        self._report('00', ago_s=1000)
        self._judge()
        self.assertEqual([row[:2] for row in self._transitions(root)], [('unknown', 'ok'), ('ok', 'unknown')])
        self.env.cr.execute("UPDATE it_check_transition SET at = at - interval '801 days' WHERE after = 'ok'")
        self.env['it.sample.table']._drop_old()
        self.assertEqual([row[:2] for row in self._transitions(root)], [('ok', 'unknown')])

    def test_time_in_which_a_host_was_off_is_unknown_whatever_it_tells_later(self):
        root = self.checks[0]
        now = self.env.cr.now()
        self.env.cr.execute("UPDATE it_check SET create_date = %s WHERE id = %s", [now - timedelta(hours=3), root.id])
        self._report('00', ago_s=7000)
        self._judge()
        self.assertEqual(root.hard_state, 'unknown', "the line was cut")
        self._report('00', '00', '00', ago_s=6700, step_s=100, judge=False)  # then the host was switched off
        self._report('00')
        self.assertHealth(root, 'ok', 'ok')
        self.assertEqual([row[:3] for row in self._transitions(root)[2:]], [('unknown', 'ok', True), ('ok', 'unknown', True), ('unknown', 'ok', False)])
        minutes = root._minutes_not_ok(now - timedelta(seconds=7000), now)
        self.assertAlmostEqual(minutes[0], (6700 - 180) / 60, delta=0.1)

    def test_time_of_which_a_host_will_still_tell_is_not_called_unwatched(self):
        records = [self.fake.cycle(seq, '00', ago_s=6000 - 60 * seq) for seq in range(1, 10)]
        self._store(self.fake, records, latest=self.fake.cycle(100, '00'))  # this Odoo was off, and the host was not
        self._judge()
        self.assertEqual([row[:2] for row in self._transitions(self.checks[0])], [('unknown', 'ok')])

    def test_long_backlog_is_judged_in_parts(self):
        for start in (0, 300, 600):
            records = [self.fake.cycle(start + number, '00', ago_s=(900 - start - number) / 10) for number in range(1, 301)]
            self._store(self.fake, records)
        self.assertEqual(self._judge(), 1)
        self.assertEqual(self._judge(), 0)
        self.assertEqual(self.checks[0].state, 'ok')

    def test_archived_check_is_unknown_until_it_is_looked_at_again(self):
        root = self.checks[0]
        self._report('00', ago_s=20)
        root.active = False
        root.active = True
        self.assertEqual((root.hard_state, root.effective_state), ('unknown', 'unknown'))
        self.env['it.alert.watch']._work()
        self.assertFalse(self.env['it.alert.line'].search([('check_id', '=', root.id)]), "it has not been looked at yet")
        self._report('00')
        self.assertHealth(root, 'ok', 'ok')
        self.assertEqual([row[:2] for row in self._transitions(root)], [('unknown', 'ok'), ('ok', 'unknown'), ('unknown', 'ok')])

    def test_archived_check_is_left_alone(self):
        self.checks[0].active = False
        self._report('20')
        self.assertHealth(self.checks[0], 'unknown', 'unknown')

    def test_job_runs_as_odoo_runs_it(self):
        self._report('00', judge=False)
        with self.enter_registry_test_mode():
            self.env.ref('it_continuity.ir_cron_judge').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.checks[0].state, 'ok')

    def test_judging_costs_the_same_for_one_result_and_many(self):
        self._report('00')
        self._report('00', judge=False)
        self.env.flush_all()
        with self.assertQueryCount(17):  # four of them ask what alerts follow, three what jobs said of themselves, one whether there is internet
            self.env['it.judge']._judge()

    def test_snapshot_is_frozen_evidence(self):
        self._report('02')
        snapshot = self.checks._snapshot()
        self.assertEqual(snapshot[1]['summary'], "text 1")
        self.assertEqual(snapshot[1]['state'], 'critical')
        self.assertEqual(snapshot[0]['values'], [{'item': '/', 'metric': 'free_pct', 'unit': '%', 'value': 51.5}])
        self.assertEqual(snapshot[0]['definition'], {'settings': {}, 'limits': self.checks[0].limits, 'every_s': 60})
        self.assertRegex(snapshot[0]['measured_at'], r'\+00:00$')
        self.assertEqual((snapshot[0]['host'], snapshot[0]['asset'], snapshot[0]['stale']), ("srv-test", "srv-test", False))

    def test_proof_needs_fresh_confirmed_ok_after_the_opening(self):
        opened_at = self.env.cr.now() - timedelta(hours=1)
        self.assertEqual(self.checks._proof(opened_at).code, 'never')
        self._report('00', ago_s=10)
        self.assertTrue(self.checks._proof(opened_at).verified)
        self.assertEqual(self.checks._proof(self.env.cr.now() + timedelta(seconds=1)).code, 'before_opening')
        self._report('02')
        self.assertEqual(self.checks._proof(opened_at).code, 'not_ok')
        self.assertTrue(self.checks[0]._proof(opened_at).verified)
