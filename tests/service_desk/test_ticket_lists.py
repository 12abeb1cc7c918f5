from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketLists(TicketCase):
    """What a technician sees first of many tickets, and does to several at once."""

    def test_what_nobody_has_stands_first_and_what_is_closed_last(self):
        closed = self._resolved(subject="closed")
        closed.with_user(self.user).action_confirm()
        waiting = self._resolved(subject="waiting")
        started = self._log(subject="started", priority='2')
        started.with_user(self.technician).action_start()
        assigned = self._log(subject="assigned")
        assigned.with_user(self.technician).action_assign_to_me()
        normal, urgent = self._log(subject="normal"), self._log(subject="urgent", priority='2')
        mine = closed + waiting + started + assigned + normal + urgent
        self.assertEqual(
            self.env['it.ticket'].search([('id', 'in', mine.ids)]).mapped('subject'),
            ["urgent", "normal", "started", "assigned", "waiting", "closed"])

    def test_age_and_expected_time_are_said_in_words(self):
        ticket = self._log(self.technician, requester_id=self.user.id, requested_at=fields.Datetime.now() - timedelta(days=5, minutes=1))
        self.assertEqual(ticket.age, "5 days")
        overdue = self.env['it.ticket'].search([('due_at', '<', 'now'), ('state', 'in', ('new', 'in_progress'))])
        self.assertIn(ticket, overdue)
        due_at = ticket.due_at
        ticket.with_user(self.technician).priority = '2'
        self.assertLessEqual(ticket.due_at, due_at)

    def test_several_are_assigned_and_sorted_at_once_under_the_same_guards(self):
        tickets = self._log() + self._log()
        card = self.env.ref('it_continuity.ticket_category_id_card')
        tickets.with_user(self.technician).write({'priority': '2', 'category_id': card.id, 'assignee_id': self.technician_2.id})
        self.assertEqual((tickets.assignee_id, tickets.category_id, set(tickets.mapped('priority'))), (self.technician_2, card, {'2'}))
        tickets.with_user(self.technician).action_assign_to_me()
        self.assertEqual(tickets.assignee_id, self.technician)
        closed = self._resolved()
        closed.with_user(self.user).action_confirm()
        for act in (lambda: (tickets + closed).with_user(self.manager).write({'priority': '1'}),
                    (tickets + closed).with_user(self.manager).action_assign_to_me):
            with self.assertRaises(UserError):
                act()
        for person in (self.user, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                tickets.with_user(person).action_assign_to_me()
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                tickets.with_user(person).write({'assignee_id': person.id})

    def test_columns_are_the_open_states_and_those_that_have_tickets(self):
        done = self._resolved()
        done.with_user(self.user).action_confirm()
        tickets = self.env['it.ticket'].with_user(self.technician).with_context(read_group_expand=True)
        groups = tickets.web_read_group([('id', '=', done.id)], ['state'])['groups']
        self.assertEqual([group['state'] for group in groups], ['new', 'in_progress', 'resolved', 'closed'])

    def test_another_record_prepares_a_ticket(self):
        values = self.env['it.ticket'].with_user(self.technician)._prepare_values("No dump tonight", "<p>red</p>", asset=self.host)
        ticket = self.env['it.ticket'].with_user(self.technician).create(values)
        self.assertEqual((ticket.subject, ticket.asset_id, ticket.category_id.code), ("No dump tonight", self.host, 'other'))
        self.assertEqual((ticket.requester_id, ticket.company_id), (self.technician, self.host.company_id))
