import json
from datetime import timedelta
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from ...lib import protocol
from .agent_case import AgentHttpCase, FakeHost


@tagged('post_install', '-at_install')
class TestAgentEnrolment(AgentHttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new_host = cls.env['it.asset'].create({'name': "srv-new", 'kind': 'host', 'category_id': cls.category.id})
        cls.new_agent = cls.env['it.agent'].create({'asset_id': cls.new_host.id})
        cls.new_fake = FakeHost("srv-new", cls.env.cr.now)

    def _enrol(self, code, fake=None, **values):
        return self.post('enrol', (fake or self.new_fake).enrolment(code, **values), {'Content-Type': 'application/json'})

    def test_code_gives_a_key_that_waits_for_a_person(self):
        answer = self._enrol(self.new_agent.issue_code())
        self.assertEqual(answer.json(), {
            'proto': 1, 'db_id': self.db_id, 'key_id': self.new_fake.key_id, 'host': "srv-new", 'state': 'pending'})
        self.assertEqual(self.new_agent.state, 'pending')
        self.assertEqual(self.new_agent.hostname, "srv-test")
        self.assertEqual(self.new_agent.kind_ids.mapped('kind'), ['disk', 'tcp'])
        self.assertRefused(self.report(self.new_fake, []), 403, 'pending')

    def test_chatter_names_odoobot_not_the_public_user(self):
        before = self.new_agent.message_ids
        self._enrol(self.new_agent.issue_code())
        told = self.new_agent.message_ids - before
        self.assertTrue(told)
        self.assertEqual(told.author_id, self.env.ref('base.partner_root'))

    def test_lost_answer_is_given_again_but_only_to_the_same_key(self):
        code = self.new_agent.issue_code()
        first = self._enrol(code).json()
        self.assertEqual(self._enrol(code.lower().replace('-', ' ')).json(), first)
        self.assertRefused(self._enrol(code, FakeHost("thief", self.env.cr.now)), 403, 'code_invalid')
        self.assertEqual(self.new_agent.key_id, self.new_fake.key_id)

    def test_expired_replaced_and_unknown_codes_are_refused_alike(self):
        old, code = self.new_agent.issue_code(), self.new_agent.issue_code()
        answers = [self._enrol(old), self._enrol('AAAA-BBBB')]
        self.new_agent.code_expires_at = self.env.cr.now() - timedelta(seconds=1)
        answers.append(self._enrol(code))
        for answer in answers:
            self.assertRefused(answer, 403, 'code_invalid')
        self.assertEqual(len({answer.content for answer in answers}), 1)
        self.assertEqual(self.new_agent.state, 'draft')

    def test_key_of_another_host_is_refused(self):
        code = self.new_agent.issue_code()
        self.assertRefused(self._enrol(code, self.fake), 403, 'code_invalid')
        self.assertEqual(self.agent.state, 'active')

    def test_malformed_enrolment_is_refused(self):
        code = self.new_agent.issue_code()
        self.assertRefused(self._enrol(code, key_id='XYZ'), 400, 'bad_enrol')
        self.assertRefused(self._enrol(code, facts={'hostname': 7}), 400, 'bad_enrol')
        self.assertRefused(self.post('enrol', '{"proto": NaN', {'Content-Type': 'application/json'}), 400, 'bad_json')
        self.assertRefused(self.post('enrol', 'code=1', {'Content-Type': 'application/x-www-form-urlencoded'}), 415, 'unsupported_type')
        self.assertEqual(self.new_agent.state, 'draft')

    def test_confirmed_host_gets_the_automatic_checks_it_can_run_once(self):
        self._enrol(self.new_agent.issue_code())
        self.new_agent.with_user(self.manager).action_confirm()
        self.assertEqual(self.new_agent.check_ids.mapped('template_id.code'), ['disk'])
        self.assertEqual(self.new_agent.check_ids.limits[0]['warning'], 15)
        self.new_agent._create_automatic_checks()
        self.assertEqual(len(self.new_agent.check_ids), 1)
        with self.assertRaises(UserError):
            self.new_agent.with_user(self.manager).action_confirm()

    def test_enrolling_anew_with_the_trusted_key_keeps_the_trust(self):
        self._enrol(self.new_agent.issue_code())
        self.new_agent.action_confirm()
        self.assertEqual(self._enrol(self.new_agent.issue_code()).json()['state'], 'active')
        other_key = FakeHost("reinstalled", self.env.cr.now)
        self.assertEqual(self._enrol(self.new_agent.issue_code(), other_key).json()['state'], 'pending')
        self.assertRefused(self.report(self.new_fake, []), 401, 'unauthorized')

    def test_code_is_kept_as_a_hash_only(self):
        code = self.new_agent.issue_code()
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(it_agent)::text FROM it_agent WHERE id = %s", [self.new_agent.id])
        stored = self.env.cr.fetchone()[0]
        self.assertNotIn(code, stored)
        self.assertNotIn(protocol.normalise_code(code), stored)
        self.assertEqual(len(protocol.normalise_code(code)), 26)

    @users('itc_manager')
    def test_shown_code_is_never_stored(self):
        action = self.new_agent.with_env(self.env).action_issue_code()
        shown = self.env['it.agent.code'].with_context(**action['context']).create({})
        shown.flush_recordset()
        self.env.cr.execute("SELECT to_jsonb(it_agent_code)::text FROM it_agent_code WHERE id = %s", [shown.id])
        self.assertNotIn(action['context']['default_code'], self.env.cr.fetchone()[0])

    def test_neutralized_copy_is_disarmed(self):
        code = self.new_agent.issue_code()
        self.env.flush_all()
        neutralize = Path(__file__).parents[2] / 'data' / 'neutralize.sql'
        self.env.cr.execute(neutralize.read_text(encoding='utf-8'))
        self.env.invalidate_all()
        self.registry.clear_all_caches()
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '00')]), 401, 'unauthorized')
        self.assertRefused(self._enrol(code), 403, 'code_invalid')
        self.assertEqual(self.env['it.database']._db_id(), '')
        self.assertEqual(set(self.env['it.agent'].search([]).mapped('state')), {'revoked'})

    def test_database_without_identity_believes_nobody(self):
        self.env['ir.config_parameter'].set_param('it_continuity.db_id', False)
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '00')]), 409, 'wrong_database')

    def test_manager_renews_the_identity_and_nobody_else(self):
        self.env['it.agent'].with_user(self.manager).action_renew_db_id()
        self.assertNotEqual(self.env['it.database']._db_id(), self.db_id)
        for person in (self.technician, self.auditor, self.user):
            with self.assertRaises(AccessError):
                self.env['it.agent'].with_user(person).action_renew_db_id()

    def test_copy_made_its_own_believes_no_host_of_the_original(self):
        wizard = self.env['it.database.own'].with_user(self.manager).create({})
        self.assertEqual((wizard.db_id, wizard.host_count), (self.db_id, self.env['it.agent'].search_count([('state', 'in', ('pending', 'active'))])))
        code = self.new_agent.issue_code()
        wizard.action_apply()
        self.env.flush_all()
        self.assertEqual(len(self.env['it.database']._db_id()), 32)
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '00')]), 401, 'unauthorized')
        self.assertRefused(self._enrol(code), 403, 'code_invalid')
        self.assertEqual(set(self.env['it.agent'].with_context(active_test=False).search([]).mapped('state')), {'revoked'})

    def test_copy_is_made_its_own_for_all_companies_or_not_at_all(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        host = self.host.copy({'company_id': elsewhere.id, 'owner_id': False})
        agent = self.env['it.agent'].create({'asset_id': host.id})
        self.assertEqual(agent.company_id, elsewhere)
        for person in (self.manager, self.technician, self.auditor, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.env['it.agent'].with_user(person).action_renew_db_id()
        self.assertEqual(self.env['it.database']._db_id(), self.db_id)
        self.technician.group_ids = [Command.link(self.env.ref('base.group_system').id)]
        self.env['it.database.own'].with_user(self.technician).create({}).action_apply()
        self.assertNotEqual(self.env['it.database']._db_id(), self.db_id)

    def test_config_tells_the_agent_its_own_checks(self):
        answer = self.url_open('/it_continuity/agent/v1/config', headers=self.fake.headers).json()
        self.assertEqual([check['id'] for check in answer['checks']], self.checks.ids)
        self.assertEqual((answer['db_id'], answer['cycle_s']), (self.db_id, 60))
        self.assertEqual(answer['checks'][0]['limits'], [
            {'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5}])
        self.assertRegex(answer['config_rev'], '^[0-9a-f]{12}$')
        json.dumps(answer, allow_nan=False)

    def test_any_change_of_a_check_changes_the_revision(self):
        seen = {self.agent.config_rev}
        for values in ({'name': "Other"}, {'settings': {'include': ['/']}}, {'every_s': 120}, {'active': False}):
            self.checks[0].write(values)
            self.assertNotIn(self.agent.config_rev, seen)
            seen.add(self.agent.config_rev)
        self._check(self.agent, "Third")
        self.assertNotIn(self.agent.config_rev, seen)
        before = self.agent.config_rev
        self.checks[1].unlink()
        self.assertNotEqual(self.agent.config_rev, before)
