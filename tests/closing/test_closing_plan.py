from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ClosingCase


@tagged('post_install', '-at_install')
class TestClosingPlan(ClosingCase):

    def test_closing_gets_the_templates_steps_with_dates_order_and_twins(self):
        template = self.env.ref('it_continuity.closing_template_fiscal_year')
        self.assertEqual(len(self.closing.step_ids), len(template.step_ids))
        scripts = self._step('production_scripts')
        self.assertEqual(scripts.due_date, date(2027, 1, 1))
        self.assertEqual(scripts.twin_id, self._step('testbed_scripts'))
        self.assertEqual(scripts.depends_on_ids, self._step('production_backup'))
        self.assertEqual(scripts.responsible_id, self.technician)
        self.assertEqual(self.closing.name, "Fiscal year ending 2026-12-31")

    def test_step_belongs_to_the_one_person_of_its_role_or_to_the_role(self):
        steps = self.env['it.closing.step'].with_user(self.manager)

        def made():
            closing = self.env['it.closing'].with_user(self.manager).create({'date_end': date(2027, 12, 31)})
            closing.action_open()
            self.assertEqual(closing.responsible_id, self.manager)
            return closing.step_ids

        roles = self.env.ref('it_continuity.closing_template_fiscal_year').step_ids.role_id
        for people, responsible in (
                (self.technician_2, self.technician_2), (self.technician | self.technician_2, self.env['res.users']),
                (self.env['res.users'], self.env['res.users'])):
            roles.user_ids = people
            with self.subTest(people=people.mapped('login')):
                of_roles = made().filtered('role_id')
                self.assertTrue(of_roles)
                self.assertEqual(of_roles.responsible_id, responsible)
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        self.technician_2.write({'company_ids': [Command.set(elsewhere.ids)], 'company_id': elsewhere.id})
        roles.user_ids = self.technician_2
        self.assertFalse(made().responsible_id, "who may not enter the company cannot do its steps")
        self.assertTrue(steps.search_count([('responsible_id', '=', False)]))

    def test_steps_are_named_in_the_companys_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.env.company.partner_id.lang = 'fr_FR'
        step = self.env.ref('it_continuity.closing_template_fiscal_year').step_ids[0]
        step.with_context(lang='fr_FR').name = "Première étape"
        closing = self.env['it.closing'].with_user(self.manager).with_context(lang='en_US').create({'date_end': date(2027, 12, 31)})
        closing.action_open()
        self.assertIn("Première étape", closing.step_ids.mapped('name'))
        self.assertNotIn(step.with_context(lang='en_US').name, closing.step_ids.mapped('name'))

    def test_template_keeps_every_closing_line_and_every_change_has_a_twin(self):
        steps = self.env.ref('it_continuity.closing_template_fiscal_year').step_ids
        lines = self.env['it.handbook.line'].search([('kind', '=', 'closing')])
        self.assertTrue(lines)
        self.assertFalse((lines - steps.line_id).mapped('code'))
        changing = steps.filtered(lambda step: step.environment == 'production' and step.kind in ('sql_script', 'odoo_ui', 'tool_update'))
        self.assertTrue(changing)
        self.assertTrue(all(step.twin_id in steps for step in changing))

    def test_circle_is_refused(self):
        first, last = self._step('testbed_refresh'), self._step('testbed_validation')
        with self.assertRaisesRegex(ValidationError, "circle"):
            first.with_user(self.manager).depends_on_ids = [Command.link(last.id)]
        with self.assertRaisesRegex(ValidationError, "circle"):
            self._step('testbed_scripts').with_user(self.manager).depends_on_ids = [Command.link(self._step('production_scripts').id)]

    def test_production_change_without_a_true_twin_is_refused(self):
        step = self._step('production_scripts').with_user(self.manager)
        other = self.env['it.closing'].with_user(self.manager).create({'date_end': date(2027, 12, 31)})
        other.action_open()
        elsewhere = other.step_ids.filtered(lambda step: step.kind == 'sql_script' and step.environment == 'testbed')
        for values in (
                {'twin_id': False}, {'twin_id': self._step('testbed_settings').id}, {'twin_id': self._step('production_settings').id},
                {'twin_id': elsewhere.id}, {'environment': 'none'}, {'environment': 'testbed'}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                step.write(values)
        with self.assertRaises(ValidationError):
            step.depends_on_ids = [Command.link(elsewhere.id)]

    def test_no_manager_goes_round_the_twin_of_a_running_closing(self):
        production, testbed = self._step('production_settings'), self._prove('testbed_settings')
        step = production.with_user(self.manager)
        for values in ({'environment': 'testbed', 'twin_id': False}, {'kind': 'archive', 'twin_id': False}, {'environment': 'none'}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                step.write(values)
        step.write({'environment': 'production', 'twin_id': testbed.id, 'name': "Settings on production"})
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.cr.savepoint():
            step.create({
                'closing_id': self.closing.id, 'name': "Another change", 'kind': testbed.kind, 'environment': 'production',
                'twin_id': testbed.id})

    def test_only_managers_plan(self):
        step = self._step('testbed_scripts').with_user(self.technician)
        for values in ({'environment': 'none'}, {'responsible_id': self.technician.id}, {'depends_on_ids': [Command.clear()]}, {'due_date': False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                step.write(values)
        with self.assertRaises(AccessError):
            step.copy()
        with self.assertRaises(AccessError):
            step.unlink()
        with self.assertRaises(AccessError):
            self.closing.with_user(self.technician).name = "mine"
        for action in ('action_open', 'action_done', 'action_cancel'):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(self.closing.with_user(self.technician), action)()
        self._step('testbed_scripts').with_user(self.manager).responsible_id = self.technician_2

    def test_users_see_nothing_and_auditors_write_nothing(self):
        step = self._step('testbed_refresh')
        for model in ('it.closing', 'it.closing.step', 'it.closing.template', 'it.closing.template.step'):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.user).search([])
            self.assertTrue(self.env[model].with_user(self.auditor).search([]))
        audited = step.with_user(self.auditor)
        self.assertTrue(audited.lock_reason is not None)
        for action, arguments in (
                ('action_start', ()), ('action_done', ()), ('action_verify', ()), ('action_reject', ("x",)), ('action_reopen', ("x",)),
                ('action_take_twin_script', ())):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(audited, action)(*arguments)
        with self.assertRaises(AccessError):
            audited.evidence = "x"
        self.assertEqual(step.state, 'todo')

    def test_done_only_when_all_is_verified_and_then_it_stays(self):
        with self.assertRaisesRegex(UserError, "not verified"):
            self.closing.action_done()
        for step in self.closing.step_ids.sorted('sequence'):
            if step.state != 'verified':
                self._prove_step(step)
        self.assertEqual(self.closing.progress, 100)
        self.closing.action_done()
        self.assertEqual((self.closing.state, self.closing.done_by_id), ('done', self.manager))
        step = self._step('archive').with_user(self.manager)
        with self.assertRaises(UserError):
            step.action_reopen("after the fact")
        with self.assertRaises(UserError):
            step.evidence = "after the fact"
        with self.assertRaises(UserError):
            self.closing.unlink()

    def test_closing_state_is_not_written_or_imported(self):
        with self.assertRaises(AccessError):
            self.closing.state = 'done'
        with self.assertRaises(UserError):
            self.closing.date_end = date(2027, 1, 31)
        loaded = self.env['it.closing'].with_user(self.manager).load(['name', 'date_end', 'state'], [["x", "2026-12-31", "done"]])
        self.assertFalse(loaded['ids'])

    def test_step_names_only_roles_of_its_templates_company(self):
        other = self.env['res.company'].create({'name': "Second"})
        role = self.env['it.role'].create({'name': "Their IT", 'code': 'theirs', 'company_id': other.id})
        self.manager.company_ids |= other
        for company in (self.env.company, self.env['res.company']):
            template = self.env['it.closing.template'].create({'name': f"Of {company.name}", 'company_id': company.id})
            with self.subTest(company=company.name), self.assertRaises(UserError):
                self.env['it.closing.template.step'].with_user(self.manager).create({
                    'template_id': template.id, 'name': "Backup", 'kind': 'backup', 'role_id': role.id})
        theirs = self.env['it.closing.template'].create({'name': "Theirs", 'company_id': other.id})
        self.env['it.closing.template.step'].with_user(self.manager).create({
            'template_id': theirs.id, 'name': "Backup", 'kind': 'backup', 'role_id': role.id})
        with self.assertRaises(UserError):
            theirs.with_user(self.manager).company_id = self.env.company

    def test_companies_stay_apart(self):
        company = self.env['res.company'].create({'name': "Second"})
        foreign = self._person('manager', 'foreign_manager')
        foreign.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.assertFalse(self.env['it.closing'].with_user(foreign).search([]))
        with self.assertRaises(AccessError):
            self._step('archive').with_user(foreign).read(['name'])
