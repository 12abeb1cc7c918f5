from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ...lib import check_state
from ...models.monitoring.sample_store import doubt_limit
from .agent_case import AgentCase

HELD = "free_pct < 15 / 5 recover 20 / 10"


@tagged('post_install', '-at_install')
class TestRecovery(AgentCase):
    """A value that crossed its limit is well again beyond its recovery level; a result may be overdue by its grace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seq = 0

    def _report(self, values, ago_s=0, step_s=10, judge=True):
        """Store and judge one cycle a value of the first check (the second is well), judged by the agent with 15 / 5."""
        records = []
        for place, value in enumerate(values):
            self.seq += 1
            state = '3' if value is None else '2' if value < 5 else '1' if value < 15 else '0'
            records.append(self.fake.cycle(self.seq, f'{state}0', ago_s=ago_s + step_s * (len(values) - 1 - place), values=[value, 80.0]))
        self._store(self.fake, records)
        self.env.flush_all()
        if judge:
            self._judge()

    def _judge(self):
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def test_a_value_is_well_only_beyond_its_recovery_level(self):
        root = self.checks[0]
        for text, states in ((HELD, 'critical critical warning warning ok'), ("free_pct < 15 / 5", 'critical warning warning ok ok')):
            root.limits_text = text
            found = []
            for value in (4, 9, 14, 17, 20):
                self._report([value], ago_s=170 - self.seq * 12)
                found.append(root.state)
            self.assertEqual(' '.join(found), states)
            self.assertFalse(root.held)

    def test_what_is_held_proves_nothing_and_says_what_it_waits_for(self):
        root, opened_at = self.checks[0], self.env.cr.now() - timedelta(hours=1)
        root.limits_text = HELD
        self._report([14, 17, 17], ago_s=5)
        self.assertEqual((root.hard_state, root.effective_state, root._proof(opened_at).code), ('warning', 'warning', 'not_ok'))
        self.assertIn("not recovered before free_pct ≥ 20", root.summary)
        snapshot = root._snapshot()[0]
        self.assertEqual((snapshot['state'], snapshot['held']), ('warning', ['free_pct ≥ 20 (/)']))
        self.assertNotIn('held', self.checks[1]._snapshot()[0])
        self._report([21])
        self.assertTrue(root._proof(opened_at).verified)
        self.assertNotIn('recovered', root.summary)

    def test_what_never_crossed_its_limit_is_not_held(self):
        root = self.checks[0]
        root.limits_text = HELD
        self._report([17, 16, 18])
        self.assertEqual((root.state, root.held), ('ok', False))

    def test_a_late_result_and_a_silence_keep_nothing_bad(self):
        root = self.checks[0]
        root.limits_text = HELD
        self._report([30], ago_s=10)
        late = [self.fake.cycle(2, '20', ago_s=600, values=[1.0, 80.0])]
        self._store(self.fake, late)
        self._judge()
        self.assertEqual((root.state, root.held), ('ok', False), "older than what is known")
        self.seq = 2
        self._report([4], ago_s=5)
        self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - interval '1 hour'")
        self._judge()
        self.assertEqual(root.hard_state, 'unknown')
        self._report([50])
        self.assertEqual((root.state, root.held), ('ok', False))

    def test_easing_or_removing_the_level_lets_go(self):
        root = self.checks[0]
        root.limits_text = HELD
        self._report([14, 17], ago_s=20)
        self.assertEqual(root.state, 'warning')
        root.limits_text = "free_pct < 15 / 5"
        self._report([17])
        self.assertEqual((root.state, root.held), ('ok', False))

    def test_hosts_are_told_of_limits_only(self):
        before = self.agent.config_rev
        self.checks[0].limits_text = HELD
        self.env.flush_all()
        self.assertEqual(self.agent._config_checks()[0]['limits'], [
            {'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5}])
        self.checks[0].limits_text = "free_pct < 15 / 5"
        without = self.agent.config_rev
        self.checks[0].limits_text = HELD
        self.assertEqual(self.agent.config_rev, without)
        self.assertTrue(before)

    def test_one_query_more_while_something_can_be_held(self):
        counts = []
        for text, ago_s in (("free_pct < 15 / 5", 100), ("free_pct < 15 / 5", 60), (HELD, 20)):
            self.checks[0].limits_text = text
            self._report([30] * 2, ago_s=ago_s, step_s=5)
            self._report([30] * 3, ago_s=ago_s - 20, step_s=5, judge=False)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.judge']._judge()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[2], counts[1] + 1)

    def test_the_form_shows_and_takes_a_recovery_level(self):
        with Form(self.checks[0].with_user(self.manager)) as form:
            form.limits_text = HELD + " on /srv*"
        self.assertEqual(self.checks[0].limits_text, HELD + " on /srv*")
        self.assertEqual((self.checks[0].limits[0]['recover_warning'], self.checks[0].limits[0]['recover_critical']), (20, 10))
        for text in ("free_pct < 15 / 5 recover 14 / -", "free_pct < 15 / - recover - / 10"):
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, "good side"):
                self.checks[0].limits_text = text
        with self.assertRaisesRegex(ValidationError, "good side"):
            self.checks[0].limits = [{'metric': 'free_pct', 'op': '<', 'warning': 15, 'recover_warning': 1}]

    def test_only_managers_change_grace_and_recovery(self):
        template, check = self.env.ref('it_continuity.check_template_disk'), self.checks[0]
        for record in (check, template):
            for values in ({'grace_s': 3600}, {'limits_text': HELD}):
                with self.subTest(record=record, values=values), self.assertRaises(AccessError):
                    record.with_user(self.technician).write(values)
        with self.assertRaisesRegex(AccessError, "grace"):
            self.env['it.check'].with_user(self.technician).create({**template._prepare_check(self.agent), 'agent_id': self.agent.id,
                                                                    'template_id': template.id, 'grace_s': 86400})
        template.with_user(self.manager).grace_s = 3600
        made = self.env['it.check'].with_user(self.technician).browse(
            template.with_user(self.technician).create_check(self.agent.id))
        self.assertEqual((made.grace_s, made.settings_basis), (3600, 'template'))
        template.with_user(self.manager).grace_s = 60
        self.assertEqual(made.settings_basis, 'none', "it looks otherwise than its template says now")
        check.with_user(self.manager).write({'grace_s': 7200, 'limits_text': HELD})
        self.assertEqual(check.grace_s, 7200)
        for wrong in (-1, 31 * 86400 + 1):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(ValidationError, "Grace"):
                check.grace_s = wrong

    def test_a_grace_decides_what_is_stale_wherever_it_is_asked(self):
        root, data = self.checks
        data.write({'every_s': 86400, 'grace_s': 3600, 'max_attempts': 1})
        root.write({'every_s': 86400})
        for age_s, is_stale in ((89000, False), (2000, True)):
            self._report([30]) if age_s == 89000 else None
            self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - make_interval(secs => %s)", [age_s])
            self.env.invalidate_all()
            with self.subTest(age_s=age_s):
                self.assertEqual((data.is_stale, data.effective_state), (is_stale, 'unknown' if is_stale else 'ok'))
                self.assertEqual(data in self.env['it.check'].search([('is_stale', '=', True)]), is_stale)
                self.assertEqual(data._proof(self.env.cr.now() - timedelta(days=3)).code, 'stale' if is_stale else 'proven')
                self._judge()
                self.assertEqual((data.hard_state, root.hard_state), ('unknown' if is_stale else 'ok', 'ok'))

    def test_a_doubtful_time_is_measured_by_the_grace_too(self):
        self._report([30])
        self.env.cr.execute("UPDATE it_sample_latest SET doubt_s = 400")
        root = self.checks[0]
        self.assertFalse(self.env['it.sample.store']._newest(root.ids))
        root.grace_s = 600
        self.env.flush_all()
        self.assertTrue(self.env['it.sample.store']._newest(root.ids))
        self.assertEqual(root._proof(self.env.cr.now() - timedelta(hours=1)).code, 'undated')

    def test_the_database_counts_what_is_stale_as_python_does(self):
        cases = [(every_s, grace_s) for every_s in (10, 60, 300, 86400) for grace_s in (0, 1, 119, 120, 3600, 31 * 86400)]
        self.env.cr.execute(SQL(
            "SELECT %s FROM unnest(%s::int[], %s::int[]) WITH ORDINALITY AS checked (every_s, grace_s, place) ORDER BY place",
            doubt_limit('checked'), [every_s for every_s, _grace_s in cases], [grace_s for _every_s, grace_s in cases]))
        self.assertEqual([limit for limit, in self.env.cr.fetchall()], [check_state.stale_after_s(*case) for case in cases])
