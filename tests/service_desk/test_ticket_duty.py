from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ...lib.local_time import local_date
from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketDuty(TicketCase):
    """Whom a new ticket calls: the people on duty for its kind, until somebody has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role.user_ids = [Command.set([cls.technician.id, cls.technician_2.id])]

    def _called(self, ticket):
        kind = self.env.ref('it_continuity.mail_activity_type_ticket_take_up')
        return ticket.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == kind).user_id

    def _send_on_leave(self, *people):
        """Give these people a week off."""
        now = fields.Datetime.now()
        for user in people:
            resource = self.env['resource.resource'].create({
                'name': user.name, 'user_id': user.id, 'company_id': self.env.company.id, 'tz': 'Africa/Addis_Ababa'})
            self.env['resource.calendar.leaves'].create({
                'name': "Off", 'resource_id': resource.id, 'company_id': self.env.company.id, 'time_type': 'leave',
                'calendar_id': resource.calendar_id.id, 'date_from': now - timedelta(days=1), 'date_to': now + timedelta(days=7)})

    def test_everybody_on_duty_is_called_until_one_takes_it(self):
        ticket = self._log()
        self.assertEqual(self._called(ticket), self.technician | self.technician_2)
        ticket.with_user(self.technician_2).action_start()
        self.assertFalse(self._called(ticket))
        self.assertEqual(ticket.assignee_id, self.technician_2)

    def test_who_is_on_leave_is_not_called(self):
        self._send_on_leave(self.technician)
        self.assertEqual(self._called(self._log()), self.technician_2)

    def test_if_all_are_on_leave_all_are_called(self):
        self._send_on_leave(self.technician, self.technician_2)
        self.assertEqual(self._called(self._log()), self.technician | self.technician_2)

    def test_role_without_people_calls_the_managers(self):
        self.role.user_ids = [Command.clear()]
        called = self._called(self._log())
        self.assertIn(self.manager, called)
        self.assertFalse(called & (self.technician | self.user | self.auditor))

    def test_who_may_not_work_on_it_is_not_called(self):
        company = self.env['res.company'].create({'name': "Second"})
        foreign = self._person('technician', 'foreign')
        foreign.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.role.user_ids = [Command.set([foreign.id, self.other.id, self.auditor.id, self.technician.id])]
        self.assertEqual(self._called(self._log()), self.technician)

    def test_assigned_to_another_it_calls_that_one_alone(self):
        ticket = self._log()
        ticket.with_user(self.manager).assignee_id = self.technician_2
        self.assertEqual(self._called(ticket), self.technician_2)
        ticket.with_user(self.manager).assignee_id = False
        self.assertEqual(self._called(ticket), self.technician | self.technician_2)
        ticket.with_user(self.technician).action_assign_to_me()
        self.assertFalse(self._called(ticket), "who took it knows of it")

    def test_another_kind_calls_its_own_people(self):
        role = self.env['it.role'].create({'name': "Cards", 'code': 'cards', 'user_ids': [Command.set([self.manager.id])]})
        category = self.env.ref('it_continuity.ticket_category_id_card')
        category.role_id = role
        ticket = self._log()
        ticket.with_user(self.user).category_id = category
        self.assertEqual(self._called(ticket), self.manager)

    def test_cancelled_it_calls_nobody(self):
        ticket = self._log()
        ticket.with_user(self.user).action_cancel("found it")
        self.assertFalse(self._called(ticket))

    def test_who_is_only_called_does_not_follow(self):
        ticket = self._log()
        self.assertEqual(ticket.sudo().message_partner_ids, self.user.partner_id)
        ticket.with_user(self.technician).action_start()
        self.assertEqual(ticket.sudo().message_partner_ids, (self.user | self.technician).partner_id)

    def test_call_is_due_when_the_ticket_is(self):
        ticket = self._log()
        kind = self.env.ref('it_continuity.mail_activity_type_ticket_take_up')
        calls = ticket.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
        self.assertEqual(set(calls.mapped('date_deadline')), {local_date(ticket.due_at, self.env.company.itc_tz)})
        self.env['it.sla.target'].search([]).unlink()
        self.category_remote.expected_hours = 0
        self.assertTrue(self._called(self._log()), "also where nothing is promised")
        later = self._log(self.technician, requested_at=fields.Datetime.now() - timedelta(days=30), requester_id=self.user.id)
        self.assertTrue(self._called(later), "also what was expected long ago")
