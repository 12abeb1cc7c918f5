from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .agent_case import AgentCase

LOOSER = [{'metric': 'free_pct', 'op': '<', 'warning': 2, 'critical': 1}]


@tagged('post_install', '-at_install')
class TestCheckGuard(AgentCase):
    """Who ticks what a check proves is not who says when it is well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env.ref('it_continuity.check_template_disk')

    def test_technician_loosens_and_archives_no_check(self):
        check = self.checks[0]
        for values in (
            {'active': False}, {'limits': LOOSER}, {'limits_text': "free_pct < 2 / 1"}, {'settings': {'include': ["/boot"]}},
            {'settings_text': "include = /boot"}, {'every_s': 86400}, {'max_attempts': 100}, {'timeout_s': 300}, {'kind': 'tcp'},
            {'template_id': False},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                check.with_user(self.technician).write(values)
        with self.assertRaises(AccessError):
            check.with_user(self.technician).action_archive()
        self.assertTrue(check.with_user(self.technician).load(['.id', 'max_attempts'], [[str(check.id), '100']])['messages'])
        check.with_user(self.technician).write({'name': "Root disk", 'asset_id': self.other_host.id})
        check.with_user(self.manager).write({'limits_text': "free_pct < 2 / 1", 'max_attempts': 5, 'active': False})
        self.assertEqual((check.limits[0]['warning'], check.max_attempts, check.active), (2, 5, False))

    def test_form_of_a_technician_shows_the_definition_only(self):
        with self.assertRaisesRegex(AssertionError, "readonly"), Form(self.checks[0].with_user(self.technician)) as form:
            form.limits_text = "free_pct < 2 / 1"
        with Form(self.env['it.check'].with_user(self.technician)) as form:
            form.name, form.agent_id = "Own", self.agent
            form.kind_id, form.max_attempts = self.agent.kind_ids.filtered(lambda kind: kind.kind == 'disk'), 7
        self.assertEqual((form.record.kind, form.record.max_attempts), ('disk', 7))

    def test_technicians_check_of_a_template_is_as_strict_as_the_template(self):
        make = self.env['it.check'].with_user(self.technician).create
        values = {
            'name': "D", 'agent_id': self.agent.id, 'template_id': self.template.id,
            **{name: self.template[name] for name in ('kind', 'limits', 'every_s', 'max_attempts')}}
        for other in ({'limits': LOOSER}, {'every_s': 86400}, {'max_attempts': 100}, {'active': False}, {'kind': 'tcp', 'settings': {'port': 1}}):
            with self.subTest(other=other), self.assertRaises(AccessError):
                make({**values, **other, **({'limits': []} if 'kind' in other else {})})
        self.assertEqual(make({**values, 'settings': {'include': ["/srv"]}}).template_id, self.template)
        self.assertTrue(self.template.with_user(self.technician).create_check(self.agent.id, {'include': ["/"]}))
        self.assertTrue(self.env['it.check'].with_user(self.manager).create({**values, 'limits': LOOSER}))

    def test_technician_changes_no_template(self):
        for values in ({'limits': LOOSER}, {'active': False}, {'max_attempts': 9}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.template.with_user(self.technician).write(values)

    def test_nobody_writes_what_follows_from_the_host(self):
        other = self.env['res.company'].create({'name': "Other"})
        people = (self.technician, self.manager)
        for person in people:
            person.company_ids += other
            for values in ({'company_id': other.id}, {'company_id': False}, {'host_id': self.other_host.id}):
                with self.subTest(person=person.login, values=values), self.assertRaises(AccessError):
                    self.checks[0].with_user(person).write(values)
                with self.subTest(person=person.login, new=values), self.assertRaises(AccessError):
                    self.checks.with_user(person).create({'name': "x", 'agent_id': self.agent.id, 'kind': 'disk', **values})
        check = self.checks.with_user(self.technician).with_context(default_host_id=self.other_host.id, default_company_id=other.id).create({
            'name': "x", 'agent_id': self.agent.id, 'kind': 'disk'})
        self.assertEqual((check.host_id, check.company_id), (self.host, self.host.company_id))
        for values in ({'company_id': other.id}, {'hostname': "forged"}, {'name': "forged"}):
            with self.subTest(agent=values), self.assertRaises(AccessError):
                self.agent.with_user(self.manager).write(values)

    def test_host_with_an_agent_stays_with_its_company(self):
        other = self.env['res.company'].create({'name': "Other"})
        self.technician.company_ids += other
        for company in (other, other.browse()):
            with self.subTest(company=company.name), self.assertRaises(UserError):
                self.host.with_user(self.technician).company_id = company
        bare = self.host.copy({'name': "bare"})
        bare.with_user(self.technician).company_id = other
        self.assertEqual(bare.company_id, other)

    def test_template_of_another_companys_asset_stays_there(self):
        other = self.env['res.company'].create({'name': "Other"})
        asset = self.env['it.asset'].create({'name': "secret vault", 'category_id': self.category.id, 'company_id': other.id})
        template = self.template.copy({'code': 'vault', 'asset_id': asset.id, 'is_automatic': True})
        self.assertEqual(template.company_id, other)
        with self.assertRaises(AccessError):
            template.with_user(self.manager).read(['asset_id'])
        self.assertNotIn(template, self.env['it.check.template'].with_user(self.technician).search([]))
        with self.assertRaises(UserError):
            template.create_check(self.agent.id)
        self.agent.sudo()._create_automatic_checks()
        self.assertNotIn(template, self.agent.check_ids.template_id)
        self.assertIn(self.template, self.agent.check_ids.template_id)
