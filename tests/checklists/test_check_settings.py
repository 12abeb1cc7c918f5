from datetime import timedelta
from runpy import run_path

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import file_path

from ..monitoring.agent_case import AgentCase
from ..tour_case import TourCase
from .checked_case import CheckedCase


@tagged('post_install', '-at_install')
class TestCheckSettings(CheckedCase):
    """What a check looks at is on somebody's word: its template's, or a manager's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env['it.check.template'].create({
            'name': "Backup folder", 'kind': 'disk', 'settings': {'include': ["/srv/backup"]}, 'max_attempts': 1,
            'limits': [{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': 5}]})

    def _made(self, settings=None, user=None):
        """Return a check of the template as somebody makes it, alone on its host."""
        self.checks.unlink()
        check_id = self._rpc(user or self.technician, self.template, 'create_check', self.agent.id, settings)
        check = self.env['it.check'].browse(check_id)
        self.fake.know(check)
        return check

    def _measure(self, code, **values):
        values.setdefault('check_ids', [Command.clear()])
        run = self._checked_run(code, check_template_ids=[Command.set(self.template.ids)], **values)
        self._report('0')
        self.env['it.task.run']._cron_auto_verify()
        return run

    def test_technicians_check_of_another_folder_proves_nothing_until_a_manager_accepts(self):
        check = self._made({'include': ["/tmp"]})
        self.assertEqual(check.settings_basis, 'none')
        run = self._measure('other_folder')
        self.assertRunState(run, 'pending')
        self.assertEqual(check._proof(run.open_at).code, 'not_accepted')
        self.assertEqual(run.health, 'unknown')
        self.assertIn("no manager has accepted", run.with_user(self.technician).health_reason)
        self.assertIn("include = /tmp", run.health_reason)
        [drawn] = self._rpc(self.technician, run, 'get_items')
        self.assertEqual([(one['state'], "include = /tmp" in one['text']) for one in drawn['checks']], [('unknown', True)])
        self.assertIn("no manager has accepted", self.env['it.task.run.wizard'].with_user(self.technician)._objections(run)[0])
        with self.assertRaises(AccessError):
            self._rpc(self.technician, check, 'action_accept_settings')
        self._rpc(self.manager, check, 'action_accept_settings')
        self.assertEqual((check.settings_basis, check.settings_accepted_by_id), ('manager', self.manager))
        self.assertTrue(check.settings_accepted_at)
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'auto_verified')

    def test_evidence_shows_settings_beside_values(self):
        check = self._made({'include': ["/tmp"]})
        self._rpc(self.manager, check, 'action_accept_settings')
        run = self._measure('shown')
        self.assertRunState(run, 'auto_verified')
        [frozen] = run.snapshot
        self.assertEqual(frozen['definition']['settings'], {'include': ["/tmp"]})
        self.assertEqual({name: frozen['accepted'][name] for name in ('basis', 'by')}, {'basis': 'manager', 'by': self.manager.login})
        for text in ("include = /tmp", "free_pct &lt; 15 / 5", self.manager.login):
            with self.subTest(text=text):
                self.assertIn(text, run.check_evidence)
        [drawn] = self._rpc(self.manager, run, 'get_items')
        self.assertIn("include = /tmp; free_pct < 15 / 5", drawn['measured'][0]['settings'])

    def test_check_as_its_template_stands_is_accepted_by_itself(self):
        check = self._made()
        self.assertEqual((check.settings_basis, check.settings_accepted_by_id.id), ('template', False))
        run = self._measure('as_template')
        self.assertRunState(run, 'auto_verified')
        self.assertEqual(run.snapshot[0]['accepted']['template'], "Backup folder")
        self.assertIn("as the template “Backup folder” says", run.check_evidence)

    def test_item_that_such_a_check_measures_stays_open(self):
        self._made({'include': ["/tmp"]})
        run = self._measure('item', item_ids=[Command.create({'name': "Room", 'kind': 'check', 'check_template_id': self.template.id})])
        self.assertRunState(run, 'pending')
        self._rpc(self.technician, run, 'action_done', override_reason="Looked myself")
        self.assertEqual(run.item_ids.state, 'bad')
        self.assertEqual(run.override_reason, "Looked myself")

    def test_technicians_check_without_a_template_waits_too_and_a_managers_does_not(self):
        values = {'name': "Own", 'agent_id': self.agent.id, 'kind': 'disk', 'settings': {'include': ["/"]}}
        make = self.env['it.check']
        self.assertEqual(make.with_user(self.technician).create(dict(values)).settings_basis, 'none')
        own = make.with_user(self.manager).create(dict(values))
        self.assertEqual((own.settings_basis, own.settings_accepted_by_id), ('manager', self.manager))
        self.assertEqual(make.with_user(self.technician).sudo().create(dict(values)).settings_basis, 'none')
        self.assertEqual(make.create(dict(values)).settings_basis, 'manager')
        timed = {name: self.template[name] for name in ('kind', 'settings', 'limits', 'every_s', 'max_attempts')}
        late = make.with_user(self.technician).create({
            'name': "Slow", 'agent_id': self.agent.id, 'template_id': self.template.id, **timed, 'timeout_s': 300})
        self.assertEqual(late.settings_basis, 'none')

    def test_copy_of_an_accepted_check_is_not_accepted_by_that(self):
        check = self._made({'include': ["/tmp"]})
        self._rpc(self.manager, check, 'action_accept_settings')
        self.assertEqual(check.with_user(self.technician).copy().settings_basis, 'none')

    def test_change_by_no_manager_withdraws_the_acceptance(self):
        check = self._made({'include': ["/tmp"]})
        self._rpc(self.manager, check, 'action_accept_settings')
        check.with_user(self.technician).sudo().write({'settings': {'include': ["/var"]}})  # software that acts for a person
        self.assertEqual((check.settings_basis, check.settings_accepted_by_id.id, check.settings_accepted_at), ('none', False, False))
        self._rpc(self.manager, check, 'write', {'every_s': 120})
        self.assertEqual(check.settings_basis, 'none', "who changes the interval has not looked at the folder")
        self._rpc(self.manager, check, 'write', {'active': False})
        self._rpc(self.manager, check, 'write', {'active': True})
        self.assertEqual(check.settings_basis, 'none')
        with Form(check.with_user(self.manager)) as form:
            form.settings_text = "include = /srv"
        self.assertEqual((check.settings_basis, check.settings_accepted_by_id), ('manager', self.manager))
        check.with_user(self.technician).write({'name': "Root disk"})
        self.assertEqual(check.settings_basis, 'manager')

    def test_nobody_writes_that_settings_are_accepted(self):
        check = self._made({'include': ["/tmp"]})
        for person in (self.technician, self.manager):
            for values in ({'settings_basis': 'manager'}, {'settings_accepted_by_id': self.manager.id}, {'settings_accepted_at': '2026-11-23 06:00:00'}):
                with self.subTest(person=person.login, values=values), self.assertRaises(AccessError):
                    self._rpc(person, check, 'write', values)
        made = self.env['it.check'].with_user(self.technician).with_context(default_settings_basis='manager').create({
            'name': "x", 'agent_id': self.agent.id, 'kind': 'disk'})
        self.assertEqual(made.settings_basis, 'none')
        self.assertTrue(check.with_user(self.technician).load(['.id', 'settings_basis'], [[str(check.id), 'manager']])['messages'])

    def test_checks_follow_what_their_template_says_now(self):
        check = self._made()
        accepted = self._made({'include': ["/tmp"]})
        check = self.env['it.check'].browse(self._rpc(self.technician, self.template, 'create_check', self.agent.id))
        self._rpc(self.manager, accepted, 'action_accept_settings')
        self._rpc(self.manager, self.template, 'write', {'settings_text': "include = /tmp"})
        self.assertEqual((check.settings_basis, accepted.settings_basis), ('none', 'template'))
        self._rpc(self.manager, self.template, 'write', {'note': "Adapt the folder", 'name': "Backup"})
        self.assertEqual((check.settings_basis, accepted.settings_basis), ('none', 'template'))

    def test_automatic_checks_of_a_new_host_are_as_their_templates(self):
        self.template.is_automatic = True
        self.agent._create_automatic_checks()
        check = self.agent.check_ids.filtered(lambda check: check.template_id == self.template)
        self.assertEqual(check.settings_basis, 'template')

    def test_present_checks_are_accepted_as_far_as_their_template_tells(self):
        self.checks.unlink()
        same, other = (self.env['it.check'].browse(self.template.create_check(self.agent.id, settings)) for settings in (None, {'include': ["/tmp"]}))
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check SET settings_basis = 'none', settings_accepted_by_id = NULL, settings_accepted_at = NULL")
        outage = self.env['it.outage'].with_user(self.technician).create({'kind': 'power', 'start_at': self.env.cr.now() - timedelta(hours=1)})
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM it_outage_author_rel")
        self.env.invalidate_all()
        script = run_path(file_path('it_continuity/migrations/19.0.1.2.0/post-people.py'))
        with self.assertLogs(script['_logger'], 'WARNING') as logs:
            script['migrate'](self.env.cr, '19.0.1.1.0')
        self.env.invalidate_all()
        self.assertEqual((same.settings_basis, other.settings_basis), ('template', 'none'))
        self.assertEqual(outage.author_ids, self.technician)
        self.assertIn("checks prove nothing until a manager accepts their settings", "".join(logs.output))

    def test_set_up_tells_what_waits(self):
        self._made({'include': ["/tmp"]})
        lines = {line['key']: line for line in self.env['it.setup'].with_user(self.manager).get_setup()['lines']}
        self.assertEqual(lines['settings']['state'], 'open')
        self.assertIn("Backup folder", lines['settings']['found'])


@tagged('post_install', '-at_install')
class TestAcceptTour(AgentCase, TourCase):
    """A manager stands behind what a technician's check looks at, and behind a day on which nobody works."""

    def test_settings_are_accepted_on_the_form(self):
        check = self.env['it.check'].with_user(self.technician).create({
            'name': "Tour folder", 'agent_id': self.agent.id, 'kind': 'disk', 'settings': {'include': ["/tmp"]}})

        def story(phone):
            self._tour(f'/odoo/it-checks/{check.id}', 'it_check_unaccepted_tour', self.technician, phone)
            self._tour(f'/odoo/it-checks/{check.id}', 'it_check_accept_tour', self.manager, phone)
            self.assertEqual((check.settings_basis, check.settings_accepted_by_id), ('manager', self.manager))
        self._at_both_widths(story)

    def test_public_holiday_is_accepted_in_the_list(self):
        now = self.env.cr.now()
        leave = self.env['resource.calendar.leaves'].with_user(self.technician).sudo().create({
            'name': "Tour day", 'resource_id': False, 'calendar_id': False, 'date_from': now, 'date_to': now + timedelta(days=1)})
        self.assertFalse(leave.itc_counts)

        def story(phone):
            self._tour('/odoo/it-public-holidays', 'it_holiday_accept_tour', self.manager, phone)
            self.assertEqual((leave.itc_counts, leave.itc_vouched_by_id), (True, self.manager))
        self._at_both_widths(story)
