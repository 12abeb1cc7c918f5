from odoo.exceptions import AccessError
from odoo.tests import tagged

from .agent_case import AgentCase

MODELS = ('it.agent', 'it.check.kind', 'it.check.template', 'it.check')


@tagged('post_install', '-at_install')
class TestMonitoringAccess(AgentCase):

    def _allowed(self, person):
        return {
            model: ''.join(letter for letter, right in zip('rwcd', ('read', 'write', 'create', 'unlink'), strict=True)
                           if self.env[model].with_user(person).has_access(right)) for model in (*MODELS, 'it.sample')}

    def test_rights_of_each_group(self):
        nothing, look = dict.fromkeys((*MODELS, 'it.sample'), ''), dict.fromkeys((*MODELS, 'it.sample'), 'r')
        self.assertEqual(self._allowed(self.user), nothing)
        self.assertEqual(self._allowed(self.auditor), look)
        self.assertEqual(self._allowed(self.technician), {**look, 'it.check': 'rwc'})
        self.assertEqual(self._allowed(self.manager), {
            **look, 'it.agent': 'rwcd', 'it.check.template': 'rwcd', 'it.check': 'rwcd'})

    def test_nobody_sets_the_state_of_a_check(self):
        for person in (self.technician, self.manager):
            check = self.checks[0].with_user(person)
            for values in ({'state': 'ok'}, {'hard_state': 'ok'}, {'is_hard': True}, {'attempt': 0}, {'hard_since': '2026-01-01'}):
                with self.subTest(person=person.login, values=values), self.assertRaises(AccessError):
                    check.write(values)
            with self.assertRaises(AccessError):
                check.create({'name': "Green", 'agent_id': self.agent.id, 'kind': 'disk', 'hard_state': 'ok'})
            result = check.load(['.id', 'hard_state'], [[str(check.id), 'ok']])
            self.assertTrue(result['messages'])
        self.assertEqual(self.checks[0].hard_state, 'unknown')

    def test_nobody_writes_the_identity_of_an_agent(self):
        manager_agent = self.agent.with_user(self.manager)
        for values in (
            {'state': 'active'}, {'key_id': 'a' * 16}, {'secret_sha256': 'a' * 64}, {'code_sha256': 'a' * 64}, {'facts': {}},
            {'kind_ids': []}, {'confirmed_by_id': self.manager.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                manager_agent.write(values)
        with self.assertRaises(AccessError):
            self.env['it.agent'].with_user(self.manager).create({'asset_id': self.host.copy().id, 'state': 'active'})

    def test_defaults_forge_neither_a_state_nor_an_identity(self):
        self.env['ir.default'].with_user(self.technician).set('it.check', 'is_hard', True, user_id=True)
        check = self.env['it.check'].with_user(self.technician).with_context(default_hard_state='ok', default_state='ok').create({
            'name': "Green", 'agent_id': self.agent.id, 'kind': 'disk'})
        self.assertEqual((check.state, check.hard_state, check.is_hard), ('unknown', 'unknown', False))
        agents = self.env['it.agent'].with_user(self.manager)
        agent = agents.with_context(default_state='active', default_key_id='a' * 16, default_confirmed_by_id=self.user.id).create({
            'asset_id': self.host.copy().id})
        self.assertEqual((agent.state, agent.key_id, agent.confirmed_by_id.id), ('draft', False, False))
        for name in ('secret_sha256', 'code_sha256'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                agents.with_context(**{f'default_{name}': 'a' * 64}).create({'asset_id': self.host.copy().id})

    def test_only_managers_enrol_confirm_and_revoke(self):
        for person in (self.user, self.technician, self.auditor):
            for method in ('issue_code', 'action_issue_code', 'action_confirm', 'action_revoke', 'action_renew_db_id'):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError):
                    getattr(self.agent.with_user(person), method)()
        self.agent.with_user(self.manager).action_revoke()
        self.assertEqual(self.agent.state, 'revoked')

    def test_auditor_cannot_make_checks_by_any_door(self):
        template = self.env.ref('it_continuity.check_template_disk')
        for person in (self.auditor, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                template.with_user(person).create_check(self.agent.id)
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.checks[0].with_user(person).settings_text = "include = /"

    def test_secrets_are_out_of_reach(self):
        for person in (self.manager, self.env.ref('base.user_admin')):
            agent = self.agent.with_user(person)
            for name in ('secret_sha256', 'code_sha256'):
                with self.subTest(person=person.login, name=name), self.assertRaises(AccessError):
                    agent.read([name])
                with self.subTest(person=person.login, name=name), self.assertRaises(AccessError):
                    agent.search([(name, '!=', False)])
            self.assertNotIn('secret_sha256', agent.fields_get())

    def test_other_companies_see_nothing(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        self.host.company_id = company
        self.env.flush_all()
        for model, record in (('it.agent', self.agent), ('it.check', self.checks[0]), ('it.check.kind', self.agent.kind_ids[0])):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(self.manager).search([('id', '=', record.id)]))
                with self.assertRaises(AccessError):
                    record.with_user(self.manager).read(['display_name'])

    def test_employee_reads_an_asset_without_its_checks(self):
        host = self.host.with_user(self.user)
        self.assertEqual(host.name, "srv-test")
        with self.assertRaises(AccessError):
            host.read(['check_ids'])
        self.assertEqual(self.host.with_user(self.technician).check_count, 2)

    def test_private_doors_are_no_rpc(self):
        for model, methods in {
            'it.sample.store': ('_store_report', '_authenticate'), 'it.judge': ('_judge', '_cron_judge', '_wake'),
            'it.sample.table': ('_cron_keep_tables', '_drop_tables'), 'it.agent': ('_enrol',), 'it.database': ('_renew_db_id',),
        }.items():
            public = {name for name in dir(self.env[model]) if not name.startswith('_')} - set(dir(self.env['base']))
            for method in methods:
                self.assertTrue(hasattr(self.env[model], method))
            if model != 'it.agent':
                self.assertFalse({name for name in public if callable(getattr(type(self.env[model]), name, None))} - {'init'})
