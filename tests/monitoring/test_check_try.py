from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...lib import protocol
from .agent_case import AgentCase, AgentHttpCase

LIMITS = [{'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5, 'recover_warning': 20}]


class TryCase(AgentCase):

    def setUp(self):
        super().setUp()
        self.seqs = {}

    def _ask(self, user=None, **values):
        return self.env['it.check.try'].with_user(user or self.manager).ask({
            'agent_id': self.agent.id, 'kind': 'disk', 'timeout_s': 7, 'settings': {'include': ["/"]}, 'limits': LIMITS, **values})

    def _tries(self, agent=None):
        return self.env['it.check.try'].search([('agent_id', '=', (agent or self.agent).id)])

    def _event(self, token, **values):
        return {'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'tried', 'data': {
            'id': token, 'state': 1, 'text': "/: free_pct 14 % < 15 %", 'took_s': 0.25,
            'values': [["/", 'free_pct', '%', 14], ["/", 'free_bytes', 'B', 2**33], ["/srv", 'free_pct', '%', None]], 'left_out': 2, **values}}

    def _answer(self, fake, *events):
        self._store(fake, self._numbered(fake, *events))
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _numbered(self, fake, *events):
        first = self.seqs.get(fake, 0) + 1
        self.seqs[fake] = first + len(events) - 1
        return [{'seq': seq, **event} for seq, event in enumerate(events, first)]

    def _heard(self):
        """Let the host be one that reports."""
        event = {**self._event('ab' * 16), 'kind': 'check_error', 'data': {'check': 1, 'error': "x"}}
        self._store(self.fake, self._numbered(self.fake, event))

    def _transitions(self, check):
        self.env.cr.execute("SELECT count(*) FROM it_check_transition WHERE check_id = %s", [check.id])
        return self.env.cr.fetchone()[0]

    def _later(self, seconds):
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check_try SET create_date = create_date - make_interval(secs => %s)", [seconds])
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestCheckTry(TryCase):
    """A look that is tried: asked for by who may, answered by the host that was asked, and no measurement."""

    def test_the_agent_is_asked_exactly_once_for_what_the_form_holds(self):
        before = self.agent.config_rev
        told = self._ask()
        self.assertEqual((told['state'], told['result']), ('waiting', None))
        self.assertIn("Asked by Manager", told['asked'])
        config = self.agent._config()
        self.assertEqual(config['tries'], [{
            'id': self._tries().token, 'kind': 'disk', 'timeout_s': 7, 'settings': {'include': ["/"]},
            'limits': [{'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5}]}])
        self.assertRegex(config['tries'][0]['id'], '^[0-9a-f]{32}$')
        self.assertNotEqual(config['config_rev'], before)
        self.assertEqual(self._caller(self.fake).config_rev, config['config_rev'], "the next report's answer makes the agent fetch it")
        self.assertEqual(self.other_agent._config()['tries'], [])
        self._answer(self.fake, self._event(self._tries().token))
        self.assertEqual((self.agent._config()['tries'], self.agent.config_rev), ([], before))

    def test_answer_is_shown_with_units_and_counts_what_is_left_out(self):
        told = self._ask()
        self._answer(self.fake, self._event(self._tries().token))
        shown = self._tries().browse(told['id']).with_user(self.technician).follow()
        self.assertEqual(shown['state'], 'answered')
        result = shown['result']
        self.assertEqual((result['state'], result['label'], result['text']), ('warning', "Warning", "/: free_pct 14 % < 15 %"))
        self.assertEqual(result['items'], [
            {'item': "/", 'values': [{'metric': 'free_pct', 'value': "14 %"}, {'metric': 'free_bytes', 'value': "8.0 GiB"}]},
            {'item': "/srv", 'values': [{'metric': 'free_pct', 'value': "no value"}]}])
        self.assertIn("0.25 s", result['took'])
        self.assertIn("2 more values", result['left_out'])
        self.assertEqual([self.env['it.check.try']._left_out_words(count) for count in (0, 1)], ["", "One more value does not fit here."])
        self.assertEqual(shown['definition'], {'kind': 'disk', 'settings': {'include': ["/"]}, 'limits': LIMITS, 'timeout_s': 7})

    def test_a_try_is_no_measurement(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self.env['it.judge']._judge()
        self.seqs[self.fake], check = 1, self.checks[0]
        transitions = self._transitions(check)
        self._ask(check_id=check.id)
        before = check.read(['state', 'hard_state', 'attempt', 'last_result_at', 'state_since', 'summary'])
        rows = {table: count for table, count in self._count_rows().items() if table not in ('it_agent_event', 'it_agent_stream')}
        self._answer(self.fake, self._event(self._tries().token, state=2))
        self.assertEqual(self._tries().answer['state'], 2)
        self.assertEqual(check.read(list(before[0])[1:]), before)
        self.assertEqual({table: self._count_rows()[table] for table in rows}, rows)
        self.assertEqual(self._transitions(check), transitions)

    def test_only_the_host_that_was_asked_answers_and_its_first_word_counts(self):
        self._ask()
        token = self._tries().token
        self._answer(self.other_fake, self._event(token))
        self.assertFalse(self._tries().answered_at)
        self._answer(self.fake, self._event('cd' * 16), self._event(token, state=0), self._event(token, state=2))
        self.assertEqual((self._tries().answer['state'], bool(self._tries().answered_at)), (0, True))

    def test_what_the_agent_would_refuse_is_not_even_asked(self):
        for values, error, said in (
            ({'settings': {'inclde': []}}, ValidationError, "no setting “inclde”"), ({'settings': {'include': "/"}}, ValidationError, "“include”"),
            ({'kind': 'tcp', 'limits': [], 'settings': {}}, ValidationError, "“port” is required"), ({'kind': 'teapot'}, ValidationError, "does not offer"),
            ({'limits': [{**LIMITS[0], 'metric': 'up'}]}, ValidationError, "does not measure"), ({'limits': [{**LIMITS[0], 'warning': "x"}]}, ValidationError, "“x”"),
            ({'timeout_s': 301}, ValidationError, "Time limit"), ({'settings_text': "just words"}, ValidationError, "just words"), ({'agent_id': False}, UserError, "Choose a host"),
            ({'settings': 7}, ValidationError, "object of names"), ({'limits': 7}, ValidationError, "list of limits"), ({'kind': False}, ValidationError, "does not offer"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(error, said):
                self._ask(**values)
        self.assertFalse(self._tries())

    def test_lines_of_the_form_count_where_they_were_typed_last(self):
        self._ask(settings_text="include = /srv", limits_text="free_pct < 9 / 8")
        self.assertEqual((self._tries().settings, self._tries().limits[0]['warning']), ({'include': ["/srv"]}, 9))

    def test_without_limits_the_agents_own_are_taken(self):
        self._ask(limits=[])
        self.assertEqual(self._tries().limits, self.agent.kind_ids.filtered(lambda kind: kind.kind == 'disk').limits)

    def test_who_may_not_edit_checks_tries_nothing_and_sees_nothing(self):
        told = self._ask(self.technician)  # of a new check, which technicians make
        self.assertEqual(told['state'], 'waiting')
        for user in (self.auditor, self.user):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._ask(user)
                with self.assertRaises(AccessError):
                    self._tries().with_user(user).follow()
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self._ask(self.technician, check_id=self.checks[0].id)
        with self.assertRaises(AccessError):
            self._ask(check_id=self.other_check.id)
        for user in (self.technician, self.manager):
            for values in ({'answer': {'state': 0}}, {'answered_at': '2026-01-01 00:00:00'}, {'token': "x"}):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    self._tries().with_user(user).write(values)
            with self.assertRaises(AccessError):
                self._tries().with_user(user).unlink()
            with self.assertRaises(AccessError):
                self._tries().with_user(user).create({'agent_id': self.agent.id, 'token': "x", 'kind': 'disk', 'timeout_s': 1})
        with self.assertRaises(AccessError):
            self.agent.with_user(self.manager).write({'try_ids': [(5,)]})

    def test_another_companys_host_is_neither_asked_nor_seen(self):
        company = self.env['res.company'].create({'name': "Other"})
        self.env.cr.execute("UPDATE it_agent SET company_id = %s WHERE id = %s", [company.id, self.other_agent.id])
        self.env.cr.execute("UPDATE it_check_kind SET company_id = %s WHERE agent_id = %s", [company.id, self.other_agent.id])
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self._ask(agent_id=self.other_agent.id)
        self.manager.company_ids += company
        tries = self.env['it.check.try'].with_user(self.manager)
        values = {'agent_id': self.other_agent.id, 'kind': 'disk', 'settings': {}, 'limits': [], 'timeout_s': 5}
        with self.assertRaises(AccessError):
            tries.with_context(allowed_company_ids=self.env.company.ids).ask(values)
        told = tries.with_context(allowed_company_ids=company.ids).ask(values)
        with self.assertRaises(AccessError):
            self._tries().browse(told['id']).with_user(self.technician).follow()

    def test_a_host_that_does_not_report_is_not_asked(self):
        server = self.env['it.agent']._server(self.env.company)
        with self.assertRaisesRegex(UserError, "Choose a host"):
            self._ask(agent_id=server.id)
        for state in ('pending', 'revoked', 'draft'):
            self.agent.state = state
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "Choose a host"):
                self._ask()

    def test_a_few_wait_for_a_host_and_no_more(self):
        for _number in range(3):
            self._ask()
        with self.assertRaisesRegex(UserError, "3 tries wait"):
            self._ask()
        self._ask(agent_id=self.other_agent.id)
        self._answer(self.fake, self._event(self._tries()[0].token))
        self._ask()

    def test_a_host_too_old_for_it_is_told_after_three_cycles(self):
        self._heard()
        told = self._ask()
        asked = self._tries()
        self.assertIn("within about a minute", told['words'])
        self._later(3 * 60 + 6)
        self.assertEqual(asked.with_user(self.manager).follow()['state'], 'waiting', "its own time limit comes on top")
        self._later(2)
        late = asked.with_user(self.manager).follow()
        self.assertEqual(late['state'], 'late')
        self.assertIn("may be too old to try", late['words'])
        self.assertTrue(self.agent._config()['tries'])
        self._later(12 * 60)
        self.assertEqual((asked.with_user(self.manager).follow()['state'], self.agent._config()['tries']), ('expired', []))
        self._ask()
        self._answer(self.fake, self._event(asked.token))
        self.assertEqual(asked.with_user(self.manager).follow()['state'], 'answered', "a word that comes late is a word")

    def test_a_silent_host_is_told_so(self):
        told = self._ask()
        self.assertIn("is not heard of just now", told['words'])
        self._later(16 * 60)
        self.assertIn("not heard of. Try again", self._tries().with_user(self.manager).follow()['words'])

    def test_newest_try_of_a_check_is_found_again_and_old_ones_are_cleaned_away(self):
        follow = self.env['it.check.try'].with_user(self.manager).follow_last
        self.assertFalse(follow(self.checks[0].id))
        self._ask(check_id=self.checks[0].id)
        newest = self._ask(check_id=self.checks[0].id, timeout_s=9)
        self.assertEqual(follow(self.checks[0].id)['id'], newest['id'])
        with self.assertRaises(AccessError):
            self.env['it.check.try'].with_user(self.user).follow_last(self.checks[0].id)
        self.env['it.check.try']._gc_tries()
        self.assertTrue(self._tries())
        self._later(timedelta(days=7, seconds=2).total_seconds())
        self.env['it.check.try']._gc_tries()
        self.assertFalse(self._tries())


@tagged('post_install', '-at_install')
class TestCheckTryDoor(TryCase, AgentHttpCase):

    def test_the_door_hands_a_try_out_and_takes_its_answer(self):
        self._ask()
        config = self.url_open('/it_continuity/agent/v1/config', headers=self.fake.headers).json()
        token = config['tries'][0]['id']
        answer = self.report(self.fake, self._numbered(self.fake, self._event(token), self._event(token, state=9)), wake=True).json()
        self.assertEqual((answer['ack'], answer['rejected']), ({'ab' * 16: 2}, [{'seq': 2, 'code': 'bad_event'}]))
        self.assertEqual(protocol.PROTO, answer['proto'])
        self.env['it.judge']._judge()
        self.assertEqual(self._tries().answer['text'], "/: free_pct 14 % < 15 %")
