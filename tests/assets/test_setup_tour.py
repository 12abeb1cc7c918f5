import json

from odoo.fields import Command
from odoo.tests import tagged

from ...lib import protocol
from ..monitoring.agent_case import AgentCase
from ..tour_case import TourCase


class SetupTourCase(TourCase, AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role.user_ids = cls.technician
        cls.env.ref('it_continuity.role_it_manager').user_ids = cls.manager
        cls.checklist = cls.env['it.checklist'].create({'name': "Tour round", 'sequence': 0})

    def _task(self, name, **values):
        return self.env['it.task'].create({
            'name': name, 'checklist_id': self.checklist.id, 'schedule_kind': 'on_demand', 'due_time': 24.0, **values})


@tagged('post_install', '-at_install')
class TestSetupTour(SetupTourCase):
    """A manager on the first evening, from the note on Today to what is missing."""

    def test_manager_is_led_and_sees_it_turn_green(self):
        def story(phone):
            company = self.env.company
            company.itc_tz = 'UTC'
            role = self.env['it.role'].create({'name': "Tour role"})
            self._task("Tour task", role_id=role.id)
            self._tour('/odoo/it-today', 'it_setup_tour', self.manager, phone)
            watcher = self.env['it.watcher'].search([], limit=1)
            self.assertEqual((watcher.name, watcher.confirmed_by_id), ("Uptime service, mails two people", self.manager))
            self.assertEqual(company.itc_tz, 'Africa/Addis_Ababa')
            self._tour('/odoo/it-today', 'it_setup_aside_tour', self.manager, phone)
            self.assertEqual(self.env['it.setup'].with_user(self.manager).get_banner()['open'], [])
        self._at_both_widths(story)

    def test_manager_accepts_the_working_hours_of_an_officer(self):
        officer = self.technician
        officer.group_ids += self.env.ref('hr.group_hr_user')
        calendar = self.env.company.resource_calendar_id

        def story(phone):
            calendar.attendance_ids.filtered(lambda line: line.dayofweek == '0').with_user(officer).unlink()
            self.assertTrue(self.env.company.itc_hours_wait)
            self._tour('/odoo/it-setup', 'it_hours_accept_tour', self.manager, phone)
            self.assertFalse(self.env.company.itc_hours_wait)
            calendar.attendance_ids = [Command.clear(), *calendar._get_default_attendance_ids(self.env.company)]
        self._at_both_widths(story)

    def test_technician_works_in_peace_and_auditor_only_reads(self):
        def story(phone):
            self._task("Tour nobody", role_id=self.env['it.role'].create({'name': "Tour role"}).id)._start_run()
            self._tour('/odoo/it-today', 'it_setup_none_tour', self.technician, phone)
            self._tour('/odoo/it-setup', 'it_setup_read_tour', self.auditor, phone)
        self._at_both_widths(story)

    def test_several_tasks_are_assigned_at_once(self):
        def story(phone):
            tasks = self._task("Tour first") + self._task("Tour second")
            rota = self.env['it.rota'].create({
                'name': "Tour week", 'member_ids': [Command.create({'user_id': self.technician.id})]})
            self._tour('/odoo/it-setup', 'it_assign_tour', self.manager, phone)
            self.assertEqual((tasks.rota_id, tasks.mapped('needs_verification')), (rota, [True, True]))
        self._at_both_widths(story)


@tagged('post_install', '-at_install')
class TestNamesTour(SetupTourCase):
    """Nobody is asked for a code."""

    def test_a_name_is_enough(self):
        def story(phone):
            for path, model in (('it-checklists', 'it.checklist'), ('it-ticket-categories', 'it.ticket.category')):
                self._tour(f'/odoo/{path}/new', 'it_name_only_tour', self.manager, phone)
                self.assertEqual(self.env[model].search([], order='id desc', limit=1).code, 'toner_weekly')
            self._tour('/odoo/it-check-templates/new', 'it_example_tour', self.manager, phone)
            template = self.env['it.check.template'].search([], order='id desc', limit=1)
            self.assertEqual((template.code, template.settings), ('port_answers', {'port': 8069}))
        self._at_both_widths(story)


@tagged('post_install', '-at_install')
class TestHostTour(SetupTourCase):
    """The form of a host says what to do next, until it reports; what is new waits and is not called stale."""

    def test_a_host_leads_from_its_code_to_its_first_report(self):
        def story(phone):
            asset = self.env['it.asset'].create({'name': "srv-tour", 'kind': 'host', 'category_id': self.category.id})
            agent = self.env['it.agent'].create({'asset_id': asset.id})
            path = f'/odoo/it-hosts/{agent.id}'
            self._tour(path, 'it_host_technician_tour', self.technician, phone)
            self._tour(path, 'it_host_code_tour', self.manager, phone)
            self.assertEqual(agent.step, 'use_code')
            enrolment = self.fake.enrolment(agent.issue_code(), key_id='c' * 16, secret_sha256='d' * 64)
            self.env['it.agent']._enrol(protocol.parse_enrol(json.dumps(enrolment).encode()))
            self._tour(path, 'it_host_confirm_tour', self.manager, phone)
            self.assertEqual((agent.state, agent.confirmed_by_id), ('active', self.manager))
            check = agent.check_ids[0]
            self._tour(f'/odoo/it-checks/{check.id}', 'it_check_waiting_tour', self.technician, phone)
            run = self._task("Tour new", role_id=self.role.id, check_ids=[Command.set(check.ids)])._start_run()
            self._tour('/odoo/it-today', 'it_today_waiting_tour', self.technician, phone)
            self.assertEqual((run.state, run.health), ('pending', 'waiting'))
        self._at_both_widths(story)
