from datetime import datetime
from runpy import run_path

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged, users
from odoo.tools import file_path

from ...lib import check_text
from .agent_case import AgentCase

ACCEPTED = ('settings_basis', 'settings_accepted_by_id', 'settings_accepted_at')


@tagged('post_install', '-at_install')
class TestCheckDefinition(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port_template = cls.env['it.check.template'].create({
            'name': "Remote Desktop's port", 'kind': 'tcp', 'settings': {'host': '127.0.0.1', 'port': 3389},
            'asset_id': cls.env.ref('it_continuity.asset_rdp').id})

    def _tcp(self, **settings):
        return self._check(self.agent, "Port", kind='tcp', settings={'port': 22, **settings})

    def test_settings_are_judged_by_what_the_agent_published(self):
        for settings, said in (
            ({'prot': 22}, "prot"), ({}, "port"), ({'port': "22"}, "port"), ({'port': True}, "port"), ({'port': 22, 'host': 7}, "host"),
            ({'port': 22, 'deep': 1}, "deep"), ({'port': 22.5}, "port"), ({'port': 22, 'timeout_s': 2.0**60}, "timeout_s"),
        ):
            with self.subTest(settings=settings), self.assertRaisesRegex(ValidationError, said):
                self._check(self.agent, "Port", kind='tcp', settings=settings)
        self.assertEqual(self._tcp(timeout_s=3, deep=True).settings['timeout_s'], 3)

    def test_kind_that_the_agent_does_not_offer_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "disk, tcp"):
            self._check(self.agent, "Printer", kind='print_queue')

    def test_limits_are_judged(self):
        for limits in (
            [{'metric': 'temperature', 'op': '<', 'warning': 1, 'critical': None}], [{'metric': 'free_pct', 'op': '='}], [7], {'a': 1},
            [{'metric': 'free_pct', 'op': '<', 'warning': "15"}],
            *([{'metric': 'free_pct', 'op': '<', 'warning': 15, 'item': item}] for item in ("\tx", "\rx", " x", "x\nfree_pct < 99 / 98", "x" * 121)),
        ):
            with self.subTest(limits=limits), self.assertRaises(ValidationError):
                self.checks[0].limits = limits
        self.assertEqual(self.checks[0].limits_text, "free_pct < 15 / 5")

    def test_item_of_a_limit_with_a_dangerous_sign_stays_what_was_typed(self):
        check = self.checks[0]
        for item in ("=1+1", "@snap", "{x}", "+x", "-x", "'@snap"):
            with self.subTest(item=item):
                check.with_user(self.manager).limits_text = f"free_pct < 15 / 5 on {item}"
                self.assertEqual((check.limits[0]['item'], check.limits_text), (item, f"free_pct < 15 / 5 on {item}"))

    def test_line_that_cannot_be_read_is_named_with_what_is_wrong(self):
        check = self.checks[0].with_user(self.manager)
        for name, line, words in (
                ('settings_text', "folder", "write one setting a line"), ('limits_text', "free_pct < much / 5", "a limit is a number or -"),
                ('limits_text', "free_pct < 15 / 5 recover 14 / -", "on the good side of its limit")):
            with self.subTest(line=line), self.assertRaisesRegex(ValidationError, f"The line “{line}” cannot be read: .*{words}"):
                check[name] = line
        said = {check._line_words(check_text.LineError("x", code)) for code in check_text.LINE_FAULTS}
        self.assertEqual(len(said), len(check_text.LINE_FAULTS))

    def test_settings_say_as_lines_what_the_host_is_told(self):
        for include in (["/tmp\nexclude = /srv"], [" /tmp"], ["/", "/srv\t"]):
            with self.subTest(include=include), self.assertRaisesRegex(ValidationError, "line break, or a blank"):
                self.checks[0].settings = {'include': include}

    def test_numbers_are_bounded(self):
        for values in ({'every_s': 1}, {'timeout_s': 0}, {'max_attempts': 0}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.checks[0].write(values)
        for record in (self.checks[0], self.env['it.check.template'].search([], limit=1)):
            with self.subTest(record=record), self.assertRaisesRegex(ValidationError, "hosts look once a minute"):
                record.every_s = 59
            record.every_s = 60

    def test_upgrade_says_of_shorter_intervals_what_is_kept(self):
        template = self.env['it.check.template'].create({'name': "UPS", 'code': 'ups_test', 'kind': 'ups_nut', 'active': False})
        self.env.flush_all()
        # past the rule, as it was before
        self.env.cr.execute("UPDATE it_check_template SET every_s = 10 WHERE id = %s", [template.id])
        self.checks[1].every_s = 300
        self.env.invalidate_all()
        self.checks[0].template_id = template
        self.checks[0].with_user(self.manager).every_s = 600
        accepted, told = [self.checks[0][name] for name in ACCEPTED], self.agent.config_rev
        self.assertEqual(accepted[:2], ['manager', self.manager])
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check SET every_s = 10, settings_accepted_at = '2026-01-02 03:04:05' WHERE id = %s", [self.checks[0].id])
        self.env.invalidate_all()
        run_path(file_path('it_continuity/migrations/19.0.1.9.0/post-alerts.py'))['migrate'](self.env.cr, '19.0.1.8.0')
        self.env.invalidate_all()
        self.assertEqual((self.checks.mapped('every_s'), template.every_s), ([60, 300], 60))
        self.assertEqual([self.checks[0][name] for name in ACCEPTED], [*accepted[:2], datetime(2026, 1, 2, 3, 4, 5)], "who accepted it, and when, stays")
        self.assertNotEqual(self.agent.config_rev, told, "the host is told")

    @users('itc_manager')
    def test_manager_edits_lines_in_the_form(self):
        with Form(self.checks[0].with_env(self.env)) as form:
            form.settings_text = "include = /\ninclude = /srv/data dir"
            form.limits_text = "free_pct < 20 / 10\nfree_pct < 5 / - on /srv*"
        self.assertEqual(self.checks[0].settings, {'include': ["/", "/srv/data dir"]})
        self.assertEqual(self.checks[0].limits[1], {'metric': 'free_pct', 'item': '/srv*', 'op': '<', 'warning': 5, 'critical': None})
        with self.assertRaisesRegex(ValidationError, "name = value"), Form(self.checks[0].with_env(self.env)) as form:
            form.settings_text = "just words"
        with self.assertRaisesRegex(ValidationError, "free_pct about 5"), Form(self.checks[0].with_env(self.env)) as form:
            form.limits_text = "free_pct about 5"

    @users('itc_technician')
    def test_examples_follow_the_kind_chosen(self):
        kinds = {kind.kind: kind for kind in self.agent.with_env(self.env).kind_ids}
        with Form(self.env['it.check'], view='it_continuity.it_check_view_form') as form:
            form.agent_id = self.agent.with_env(self.env)
            form.kind_id = kinds['disk']
            self.assertEqual((form.settings_example, form.limits_example), ("include = …", "free_pct < 15 / 5"))
            form.kind_id = kinds['tcp']
            self.assertEqual((form.settings_example, form.limits_example), ("port = 1", "up > 10 / 20"))
            self.assertEqual(form.settings_help.splitlines()[0], "port = 1   (required, a whole number) Port.")
            self.assertIn("deep = false   (true or false) Ask twice.", form.settings_help)
            form.kind_id, form.name, form.settings_text = kinds['tcp'], "Port", "port = 1"
        self.assertEqual((form.record.kind, form.record.kind_id), ('tcp', kinds['tcp']))

    @users('itc_technician')
    def test_kind_is_chosen_among_what_the_host_offers_and_only_managers_change_it(self):
        kinds = self.agent.with_env(self.env).kind_ids
        check = self.env['it.check'].create({
            'name': "Port", 'agent_id': self.agent.id, 'kind_id': kinds.filtered(lambda kind: kind.kind == 'tcp').id, 'settings': {'port': 1}})
        self.assertEqual(check.kind, 'tcp')
        with self.assertRaisesRegex(AccessError, "Only managers"):
            check.kind_id = kinds.filtered(lambda kind: kind.kind == 'disk')
        with self.assertRaisesRegex(ValidationError, "does not offer"):
            self.env['it.check'].create({'name': "Queue", 'agent_id': self.agent.id, 'kind': 'print_queue'})

    @users('itc_manager')
    def test_examples_of_a_template_are_any_agents_word(self):
        with Form(self.env['it.check.template'], view='it_continuity.it_check_template_view_form') as form:
            form.name, form.kind_choice = "Port", 'tcp'
            self.assertEqual(form.settings_example, "port = 1")
            form.settings_text = form.settings_example
        self.assertEqual((form.record.settings, form.record.code), ({'port': 1}, 'port'))

    def test_kind_of_a_template_is_chosen_among_what_agents_and_templates_name(self):
        templates = self.env['it.check.template']
        templates.create({'name': "Ahead of the agents", 'kind': 'seismograph', 'active': False})
        choices = dict(templates.fields_get(['kind_choice'])['kind_choice']['selection'])
        self.assertEqual((choices['tcp'], choices['seismograph']), ("TCP port (tcp)", "seismograph"))
        self.assertNotIn('teapot', choices)
        self.assertLessEqual({template.kind for template in templates.search([])}, choices.keys())
        template = templates.create({'name': "Another", 'kind': 'tcp'})
        self.assertEqual(template.kind_choice, 'tcp')
        template.kind_choice = 'disk'
        self.assertEqual(template.kind, 'disk')
        self.assertTrue(template.has_kinds)

    def test_kind_of_a_template_is_typed_before_there_is_any_to_choose(self):
        templates = self.env['it.check.template'].with_context(active_test=False)
        self.env['it.task.item'].with_context(active_test=False).search([]).answered_by_ids = False
        self.env['it.check'].with_context(active_test=False).search([]).unlink()
        templates.search([]).unlink()
        self.env['it.check.kind'].search([]).unlink()
        with Form(templates.with_context(active_test=True), view='it_continuity.it_check_template_view_form') as form:
            self.assertFalse(form.has_kinds)
            form.name, form.kind = "First", 'tcp'
        self.assertEqual((form.record.kind, form.record.kind_choice, form.record.has_kinds), ('tcp', 'tcp', True))

    @users('itc_technician')
    def test_technician_makes_a_check_of_a_template_in_the_form(self):
        template = self.port_template.with_env(self.env)
        with Form(self.env['it.check']) as form:
            form.agent_id = self.agent.with_env(self.env)
            form.template_id = template
            self.assertEqual(form.kind, 'tcp')
            form.settings_text = "port = 3390\nhost = 10.0.0.5"
        check = form.record
        self.assertEqual((check.settings, check.asset_id), ({'port': 3390, 'host': '10.0.0.5'}, template.asset_id))

    def test_template_makes_a_check_with_the_sites_values(self):
        template = self.port_template.with_user(self.technician)
        check = self.env['it.check'].browse(template.create_check(self.agent.id, {'host': 'srv'}))
        self.assertEqual((check.settings, check.template_id), ({'host': 'srv', 'port': 3389}, template))
        with self.assertRaises(UserError):
            template.create_check(10**6)

    def test_check_stays_with_its_agent(self):
        with self.assertRaises(UserError):
            self.checks[0].agent_id = self.other_agent
        with self.assertRaises(UserError):
            self.agent.asset_id = self.other_host.copy({'name': "srv-third"})

    def test_every_seeded_template_can_be_read_and_written_as_lines(self):
        templates = self.env['it.check.template'].search([])
        self.assertGreaterEqual(len(templates), 19)
        for template in templates:
            with self.subTest(template=template.code):
                settings, limits = template.settings, template.limits
                template.settings_text, template.limits_text = template.settings_text, template.limits_text
                self.assertEqual(template.limits, limits)
                if template.kind in ('tcp', 'disk'):
                    self.assertEqual(template.settings, settings)
