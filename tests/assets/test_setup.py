import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged, users
from odoo.tools import config, mute_logger

from ...lib import protocol
from ..monitoring.agent_case import AgentCase

KEYS = [
    'roles', 'managers', 'employees', 'clock', 'mail', 'host', 'proposals', 'backups', 'ways_out', 'watcher', 'tasks', 'second_person',
    'holidays', 'hours', 'settings', 'categories', 'unrouted']


@tagged('post_install', '-at_install')
class TestSetup(AgentCase):
    """Each line of the set-up is red until what it asks for is there, and red again when it goes."""

    def _line(self, key, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        setup = self.env['it.setup'].with_user(user or self.manager).get_setup()
        return next(line for line in setup['lines'] if line['key'] == key)

    def assertLine(self, key, state, *words, user=None):
        line = self._line(key, user)
        self.assertEqual(line['state'], state, line['found'])
        for one in words:
            self.assertIn(one, line['found'])
        self.assertTrue(line['title'] and line['found'] and line['why'] and line['button'])
        return line

    def test_every_room_adds_its_lines(self):
        self.assertEqual([line['key'] for line in self.env['it.setup'].with_user(self.manager).get_setup()['lines']], KEYS)

    def test_only_managers_and_auditors_look_and_auditors_only_look(self):
        for user in (self.user, self.technician):
            with self.assertRaises(AccessError):
                self.env['it.setup'].with_user(user).get_setup()
            self.assertEqual(self.env['it.setup'].with_user(user).get_banner(), {'open': [], 'total': 0})
        lines = self.env['it.setup'].with_user(self.auditor).get_setup()['lines']
        self.assertEqual([line['key'] for line in lines], KEYS)
        self.assertFalse([line['key'] for line in lines if line['action']], "an auditor is offered nothing that is refused")

    def test_empty_role_is_named_with_what_waits_for_it(self):
        self.assertLine('roles', 'done')  # nothing belongs to the seeded “IT manager”, so nobody has to be in it
        self.env['it.closing.template.step'].search([], limit=1).role_id = self.env.ref('it_continuity.role_it_manager')
        self.assertLine('roles', 'open', "Nobody is “IT manager”: one closing step.")
        self.env.ref('it_continuity.role_it_manager').user_ids = self.manager
        self.assertLine('roles', 'done')
        self.role.user_ids = [Command.clear()]
        line = self.assertLine('roles', 'open', "Nobody is “IT technician”", "assets", "tasks", "kinds of tickets")
        self.assertEqual(line['action']['model'], 'it.role')
        self.role.user_ids = self.technician
        self.technician.active = False
        self.assertLine('roles', 'open', "IT technician")

    def test_way_out_besides_mail_counts_when_somebody_saw_it_work(self):
        channels = self.env['it.notification.channel']
        self.assertLine('ways_out', 'open', "but mail")
        channels.create({'name': "Mail alone", 'kind': 'mail'})._transition({'confirmed_at': '2036-01-01 00:00:00'})
        self.assertLine('ways_out', 'open', "but mail")
        phones = channels.create({'name': "Phones", 'kind': 'webhook', 'shape': 'slack', 'url': 'https://slack.example.com/x'})
        line = self.assertLine('ways_out', 'open', "Phones")
        self.assertEqual(line['action']['model'], 'it.notification.channel')
        phones._transition({'confirmed_at': phones.create_date})
        self.assertLine('ways_out', 'done', "Phones")
        phones._transition({'confirmed_at': phones.create_date - timedelta(days=36)})
        self.assertLine('ways_out', 'open', "Phones")

    def test_role_without_people_warns_wherever_it_shows(self):
        task = self.env['it.task'].create({
            'name': "Warned", 'checklist_id': self.env['it.checklist'].create({'name': "Warned"}).id, 'role_id': self.role.id,
            'schedule_kind': 'on_demand', 'due_time': 24.0})
        category = self.env['it.ticket.category'].search([('role_id', '=', self.role.id)], limit=1)
        for people, is_empty in ((self.technician | self.technician_2, False), (self.technician.browse(), True)):
            self.role.user_ids = people
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(is_empty=is_empty):
                self.assertEqual("nobody in it" in self.role.display_name, is_empty)
                self.assertEqual((task.lacks_people, category.lacks_people), (is_empty, is_empty))
                self.assertEqual(task in task.search([('lacks_people', '=', True)]), is_empty)
                self.assertEqual(self.role in self.role.search([('is_empty', '=', True)]), is_empty)
                run = task._start_run()
                board = self.env['it.today'].with_user(self.manager).get_board()
                [row] = [row for row in board['runs'] if row['id'] == run.id]
                self.assertEqual((row['is_nobodys'], "nobody in it" in row['role'], row['responsible']), (is_empty, is_empty, False))
        task.user_id = self.technician_2
        self.assertFalse(task.lacks_people, "somebody else does it")

    def test_two_managers(self):
        self.env.ref('it_continuity.it_continuity_group_manager').user_ids = self.manager
        self.assertLine('managers', 'open', "Only Manager")
        new_test_user(self.env, login='itc_second', name="Second", groups='it_continuity.it_continuity_group_manager')
        self.assertLine('managers', 'done', "Second")

    def test_colleague_without_the_group_is_named(self):
        self.assertLine('employees', 'done')
        new_test_user(self.env, login='itc_left', name="Left Out", groups='base.group_user').group_ids = [
            Command.set(self.env.ref('base.group_user').ids)]
        line = self.assertLine('employees', 'open', "Left Out", "administrator")
        self.assertFalse(line['action'], "a manager of ours may not give groups")
        administrator = new_test_user(
            self.env, login='itc_admin', groups='base.group_system,it_continuity.it_continuity_group_manager')
        self.assertEqual(self._line('employees', administrator)['action']['model'], 'res.users')

    def test_clock_is_chosen_in_a_dialog_by_managers_only(self):
        company = self.env.company
        company.itc_tz, company.resource_calendar_id.tz = 'UTC', 'UTC'
        line = self.assertLine('clock', 'open', "UTC")
        self.assertEqual(line['action']['model'], 'it.setup.clock')
        with Form(self.env['it.setup.clock'].with_user(self.manager)) as form:
            self.assertEqual((form.tz, form.is_other_tz), ('UTC', False))
            form.tz = 'Africa/Addis_Ababa'
            self.assertEqual((form.tz, form.is_other_tz), ('Africa/Addis_Ababa', True))
        wizard = form.record
        with self.assertRaises(AccessError):
            self.env['it.setup.clock'].with_user(self.technician).create({'tz': 'Africa/Addis_Ababa'})
        with self.assertRaises(AccessError):
            wizard.with_user(self.technician).action_apply()
        foreign = self.env['res.company'].create({'name': "Foreign"})
        with self.assertRaises(AccessError):
            self.env['it.setup.clock'].with_user(self.manager).sudo().create(
                {'tz': 'Africa/Addis_Ababa', 'company_id': foreign.id}).sudo(False).action_apply()
        wizard.action_apply()
        self.assertEqual(company.itc_tz, 'Africa/Addis_Ababa')
        self.assertLine('clock', 'open', "in UTC")
        company.resource_calendar_id.tz = 'Africa/Addis_Ababa'
        self.assertLine('clock', 'done', "Africa/Addis_Ababa")
        company.resource_calendar_id.attendance_ids.unlink()
        self.assertLine('clock', 'open', "no working hours")

    def test_mail_server(self):
        self.env['ir.mail_server'].search([]).active = False
        with patch.dict(config._file_options) as options:
            options.pop('smtp_server', None)
            line = self.assertLine('mail', 'open', "No outgoing mail server", "administrator")
            self.assertFalse(line['action'])
            options['smtp_server'] = 'mail.example.com'
            self.assertLine('mail', 'done')
        self.env['ir.mail_server'].create({'name': "House mail", 'smtp_host': 'mail.example.com'})
        self.assertLine('mail', 'done', "House mail")
        self.env['mail.mail'].create({'state': 'exception', 'failure_type': 'mail_smtp', 'subject': "x"})
        self.assertLine('mail', 'open', "no server took: 1")

    @mute_logger('odoo.addons.it_continuity.models.assets.setup')
    def test_line_that_cannot_look_is_not_fine_and_does_not_hide_the_others(self):
        def broken(setup):
            setup.env.cr.execute("SELECT 1 / 0")
        with patch.object(type(self.env['it.setup']), '_line_mail', broken), mute_logger('odoo.sql_db'):
            lines = self.env['it.setup'].with_user(self.manager).get_setup()['lines']
            banner = self.env['it.setup'].with_user(self.manager).get_banner()
        self.assertEqual([line['key'] for line in lines], KEYS)
        self.assertEqual([line['key'] for line in lines if line['state'] == 'unknown'], ['mail'])
        self.assertIn('mail', banner['open'])

    def test_first_host(self):
        agents = self.agent + self.other_agent
        self._age(agents)
        self.assertLine('host', 'open', "silent")
        self.env['it.agent'].search([]).action_revoke()
        line = self.assertLine('host', 'open', "No host")
        self.assertEqual((line['action']['model'], line['action']['values']['res_id']), ('it.agent', False))
        enrolment = self.fake.enrolment(self.agent.issue_code())
        self.env['it.agent']._enrol(protocol.parse_enrol(json.dumps(enrolment).encode()))
        line = self.assertLine('host', 'open', "srv-test", "confirmed")
        self.assertEqual(line['action']['values']['res_id'], self.agent.id)
        self.agent.with_user(self.manager).action_confirm()
        self.assertLine('host', 'open', "first report")
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self.assertLine('host', 'done', "srv-test")

    def test_checks_of_the_backups(self):
        line = self.assertLine('backups', 'open', "Odoo backup is fresh", "MegaSync runs")
        self.assertEqual((line['action']['model'], line['action']['values']['views']), ('it.check', [(False, 'form')]))
        templates = self.env['it.check.template'].search([('asset_id.kind', '=', 'backup')])
        self.assertEqual(line['action']['values']['context']['default_template_id'], templates[0].id)
        for template in templates:
            template.kind = 'disk'
            self._check(self.agent, template.name, template_id=template.id)
        self.assertLine('backups', 'done')

    def test_something_outside_watches_is_confirmed_and_asked_for_again(self):
        line = self.assertLine('watcher', 'open', "/it_continuity/health")
        self.assertEqual((line['action']['model'], line['action']['xmlid']), ('it.watcher', 'it_continuity.it_watcher_action'))
        Watcher = self.env['it.watcher']
        for refused in (self.technician, self.auditor):
            with self.assertRaises(AccessError):
                Watcher.with_user(refused).create({'name': "x"})
        with self.assertRaises(AccessError):
            Watcher.with_user(self.manager).create({'name': "x", 'confirmed_by_id': self.technician.id})
        today = Watcher._today()
        with self.assertRaises(ValidationError):
            Watcher.with_user(self.manager).create({'name': "x", 'confirmed_on': today + timedelta(days=1)})
        old = Watcher.with_user(self.manager).create({'name': "Old one", 'confirmed_on': today - timedelta(days=181)})
        self.assertEqual(old.confirmed_by_id, self.manager)
        self.assertLine('watcher', 'open', "Old one")
        with self.assertRaises(AccessError):
            old.confirmed_on = today
        Watcher.with_user(self.manager).create({'name': "Uptime service", 'confirmed_on': today})
        self.assertLine('watcher', 'done', "Uptime service")

    def test_task_and_kind_of_ticket_without_anybody(self):
        self.assertLine('tasks', 'done')
        self.assertLine('categories', 'done')
        self.env['it.task'].create({'name': "Nobody's", 'checklist_id': self.env['it.checklist'].create({'name': "x"}).id})
        self.env['it.ticket.category'].create({'name': "Somebody's?"})
        self.assertLine('tasks', 'open', "Nobody's")
        self.assertLine('categories', 'open', "Somebody's?")

    def test_second_person_who_may_verify(self):
        self.env['it.task'].search([]).needs_verification = False
        self.env.ref('it_continuity.it_continuity_group_manager').user_ids = self.manager
        self.assertLine('second_person', 'done')
        self.env['it.task'].create({
            'name': "Seen twice", 'checklist_id': self.env['it.checklist'].create({'name': "x"}).id, 'needs_verification': True,
            'user_id': self.manager.id})
        self.assertLine('second_person', 'open', "Manager")
        new_test_user(self.env, login='itc_second', name="Second", groups='it_continuity.it_continuity_group_manager')
        self.assertLine('second_person', 'done')

    def test_banner_is_put_aside_by_each_person_until_something_else_opens(self):
        setup = self.env['it.setup'].with_user(self.manager)
        second = new_test_user(self.env, login='itc_second', name="Second", groups='it_continuity.it_continuity_group_manager')
        self.assertIn("Something outside watches", setup.get_banner()['open'])
        self.assertNotIn("Every task has somebody", setup.get_banner()['open'])
        setup.put_banner_aside()
        self.assertEqual(setup.get_banner()['open'], [])
        self.assertTrue(self.env['it.setup'].with_user(second).get_banner()['open'], "another person is still told")
        self.env['it.task'].create({'name': "Nobody's", 'checklist_id': self.env['it.checklist'].create({'name': "x"}).id})
        self.assertIn("Every task has somebody", setup.get_banner()['open'])

    def test_queries_do_not_grow(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.setup'].with_user(self.manager).get_setup()
            return self.env.cr.sql_log_count - before
        def make(count, name):
            checklist = self.env['it.checklist'].create({'name': name})
            roles = self.env['it.role'].create([{'name': f"{name} role {number}"} for number in range(count)])
            self.env['it.task'].create([
                {'name': f"{name} {number}", 'checklist_id': checklist.id, 'needs_verification': True, 'role_id': role.id}
                for number, role in enumerate(roles)])
            self.env['it.task'].create([{'name': f"{name} {number}", 'checklist_id': checklist.id} for number in range(count)])
            self.env['it.ticket.category'].create([{'name': f"{name} {number}"} for number in range(count)])
            self.env['it.agent'].create([{'asset_id': self.host.copy({'name': f"srv-{name}-{number}"}).id} for number in range(count)])
            for number in range(count):
                new_test_user(self.env, login=f'itc_{name}_{number}', groups='it_continuity.it_continuity_group_manager')
        make(1, "few")
        cost()
        once = cost()
        make(8, "many")
        cost()  # rights are remembered, and new people forgot them
        self.assertLessEqual(cost(), once)


@tagged('post_install', '-at_install')
class TestTaskAssign(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        checklist = cls.env['it.checklist'].create({'name': "Assigned"})
        cls.tasks = cls.env['it.task'].create([{
            'name': f"Task {number}", 'checklist_id': checklist.id, 'user_id': cls.technician.id} for number in range(3)])
        cls.rota = cls.env['it.rota'].create({
            'name': "Week", 'member_ids': [Command.create({'user_id': cls.technician.id}), Command.create({'user_id': cls.technician_2.id})]})

    def _assign(self, user, tasks=None, **values):
        tasks = self.tasks if tasks is None else tasks
        wizard = self.env['it.task.assign'].with_user(user).with_context(active_model='it.task', active_ids=tasks.ids).create(values)
        return wizard.action_apply()

    def test_what_is_chosen_changes_in_all_and_nothing_else(self):
        self._assign(self.manager, who='rota', rota_id=self.rota.id, four_eyes='yes', check_ids=[Command.set(self.checks[0].ids)])
        self.assertEqual((self.tasks.rota_id, self.tasks.user_id), (self.rota, self.env['res.users']))
        self.assertEqual((self.tasks.mapped('needs_verification'), self.tasks.check_ids), ([True] * 3, self.checks[0]))
        self.assertFalse(self.tasks.role_id)
        template = self.env.ref('it_continuity.check_template_disk')
        self._assign(self.manager, self.tasks[:2], role_id=self.role.id, check_ids=[Command.set(self.checks[1].ids)],
                     check_template_ids=[Command.set(template.ids)])
        self.assertEqual(self.tasks[0].check_ids, self.checks, "checks are added, none is taken away")
        self.assertEqual((self.tasks[:2].role_id, self.tasks[2].role_id, self.tasks[2].check_ids), (self.role, self.role.browse(), self.checks[0]))
        self.assertEqual((self.tasks[0].rota_id, self.tasks[0].needs_verification), (self.rota, True))
        self._assign(self.manager, who='user', user_id=self.technician_2.id)
        self.assertEqual((self.tasks.user_id, self.tasks.rota_id), (self.technician_2, self.rota.browse()))
        self._assign(self.manager, who='role', four_eyes='no')
        self.assertFalse(self.tasks.user_id or self.tasks.rota_id or any(self.tasks.mapped('needs_verification')))

    def test_only_managers_assign(self):
        for user in (self.technician, self.auditor, self.user):
            with self.assertRaises(AccessError):
                self._assign(user, who='role')
        wizard = self.env['it.task.assign'].create({'task_ids': [Command.set(self.tasks.ids)], 'who': 'role'})
        with self.assertRaises(AccessError):
            wizard.with_user(self.technician).action_apply()
        self.assertEqual(self.tasks.user_id, self.technician)

    @users('itc_manager')
    def test_nothing_chosen_or_several_companies_is_refused(self):
        for values in ({}, {'who': 'user'}, {'who': 'rota'}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._assign(self.env.user, **values)
        with self.assertRaises(UserError):
            self._assign(self.env.user, self.tasks.browse(), who='role')
        company = self.env['res.company'].sudo().create({'name': "Other"})
        self.env.user.sudo().company_ids |= company
        other = self.tasks[0].sudo().copy({'company_id': company.id, 'user_id': False})
        with self.assertRaisesRegex(UserError, "several companies"):
            self._assign(self.env.user, self.tasks | other.sudo(False), who='role')
        self.assertEqual(self.tasks.user_id, self.technician)
