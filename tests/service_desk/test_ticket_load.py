from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketLoad(TicketCase):
    """How long tickets wait, how many somebody has, and to whom the next one goes."""

    def _old(self, days, **values):
        return self._log(self.technician, requester_id=self.user.id, requested_at=fields.Datetime.now() - timedelta(days=days, minutes=5), **values)

    def test_age_is_told_by_ticket_by_column_and_by_bar_alike(self):
        closed = self._resolved()
        closed.with_user(self.user).action_confirm()
        tickets = self._old(0) | self._old(1) | self._old(2) | self._old(6) | self._old(7) | self._old(40) | closed
        tickets[5].with_user(self.technician).action_start()
        bands = [(ticket.age_days, ticket.age_band) for ticket in tickets]
        self.assertEqual(bands, [(0, 'fresh'), (1, 'fresh'), (2, 'days'), (6, 'days'), (7, 'old'), (40, 'old'), (0, False)])
        seen, mine = self.env['it.ticket'].with_user(self.technician), [('id', 'in', tickets.ids)]
        for value in ('fresh', 'days', 'old', False):
            with self.subTest(value=value):
                expected = tickets.filtered(lambda ticket, value=value: ticket.age_band == value)
                self.assertEqual(seen.search([*mine, ('age_band', '=', value)], order='id'), expected)
                self.assertEqual(seen.search([*mine, ('age_band', '!=', value)], order='id'), tickets - expected)
                self.assertEqual(seen.search_count([*mine, ('age_band', 'not in', ['fresh', 'old'])]), 3)
        grouped = {band: count for band, count in seen._read_group(mine, ['age_band'], ['__count'])}
        self.assertEqual(grouped, {'fresh': 2, 'days': 2, 'old': 2, False: 1})
        bars = seen.read_progress_bar(mine, 'state', {'field': 'age_band', 'colors': {'fresh': "success", 'days': "warning", 'old': "danger"}})
        self.assertEqual(bars['new'], {'fresh': 2, 'days': 2, 'old': 1})
        self.assertEqual(bars['in_progress'], {'fresh': 0, 'days': 0, 'old': 1})
        groups = seen.web_read_group(mine, ['state'], ['age_days:max'])['groups']
        self.assertEqual({group['state']: group['age_days:max'] for group in groups}, {'new': 7, 'in_progress': 40, 'closed': 0})

    def test_choice_of_people_says_what_each_has_to_technicians_alone(self):
        for _number in range(2):
            self._log().with_user(self.technician).action_assign_to_me()
        self._resolved()
        self._log().with_user(self.technician_2).action_assign_to_me()

        def offered(person, **context):
            people = self.env['res.users'].with_user(person).with_context(**context)
            found = people.web_name_search("Technician", {'display_name': {}}, [('id', 'in', (self.technician | self.technician_2).ids)])
            return {row['id']: row['__formatted_display_name'] for row in found}

        asked = offered(self.manager, it_ticket_load=1)
        self.assertIn("--2 tickets--", asked[self.technician.id])
        self.assertIn("--1 ticket--", asked[self.technician_2.id])
        self.assertEqual(self.technician.with_context(it_ticket_load=1).display_name, "Technician", "the name itself stays a name")
        for person, context in ((self.manager, {}), (self.user, {'it_ticket_load': 1})):
            self.env.invalidate_all()
            with self.subTest(person=person.login):
                self.assertNotIn("ticket", offered(person, **context)[self.technician.id].replace("Technician", ""))

    def test_new_one_goes_to_who_is_on_duty_and_has_the_fewest(self):
        self.role.user_ids = [Command.set((self.technician | self.technician_2).ids)]
        self._log().with_user(self.technician).action_assign_to_me()
        self.assertFalse(self._log().assignee_id, "unless the category says so, whoever takes it has it")
        kind = self.env['it.ticket.category'].create({'name': "Handed out", 'role_id': self.role.id, 'handing': 'fewest'})
        first, second = self._log(category_id=kind.id), self._log(category_id=kind.id)
        self.assertEqual((first.assignee_id, first.state), (self.technician_2, 'new'))
        self.assertEqual(second.assignee_id, self.technician, "of equals, who waited longest")
        self.assertEqual(first.sudo().activity_ids.user_id, self.technician_2)
        self.assertIn(self.technician_2.partner_id, first.sudo().message_partner_ids)
        chosen = self._log(self.manager, category_id=kind.id, requester_id=self.user.id, assignee_id=self.manager.id)
        self.assertEqual(chosen.assignee_id, self.manager)
        self.role.user_ids = False
        self.assertFalse(self._log(category_id=kind.id).assignee_id, "a role without people hands nothing out")

    def test_several_are_handed_out_at_once(self):
        self.role.user_ids = [Command.set((self.technician | self.technician_2).ids)]
        tickets = self._log() | self._log() | self._log() | self._log()
        tickets[0].with_user(self.technician).action_assign_to_me()
        for person in (self.user, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                tickets.with_user(person).action_hand_out()
        closed = self._log()
        closed.with_user(self.user).action_cancel("x")
        with self.assertRaises(UserError):
            (tickets | closed).with_user(self.manager).action_hand_out()
        tickets.with_user(self.manager).action_hand_out()
        self.assertEqual([len(tickets.filtered(lambda one, who=who: one.assignee_id == who)) for who in (self.technician, self.technician_2)], [2, 2])

    def test_time_is_added_up_by_ticket_and_by_person(self):
        ticket, second = self._log(), self._log()
        self._work_on(ticket)
        self._work_on(ticket, self.technician_2)
        self._work_on(second)
        both = [('id', 'in', (ticket | second).ids)]
        tickets, steps = self.env['it.ticket'].with_user(self.auditor), self.env['it.ticket.step'].with_user(self.auditor)
        self.assertEqual(tickets._read_group(both, [], ['minutes_total:sum']), [(30,)])
        self.assertEqual(
            dict(steps._read_group([('ticket_id', 'in', (ticket | second).ids)], ['done_by_id'], ['minutes:sum'])),
            {self.technician: 20, self.technician_2: 10})
        self.assertEqual(steps._read_group([('ticket_id', '=', ticket.id)], ['category_id'], ['minutes:sum']), [(self.category_remote, 20)])
        ticket.sudo().step_ids[0].with_user(ticket.sudo().step_ids[0].done_by_id).minutes = 25
        self.assertEqual(ticket.minutes_total, 35)

    def test_ready_answers_are_the_technicians_and_managers_change_them(self):
        answers = self.env['mail.canned.response']
        ready = self.env.ref('it_continuity.canned_response_more')
        for person, sees in ((self.technician, True), (self.manager, True), (self.user, False), (self.auditor, False)):
            with self.subTest(person=person.login):
                self.assertEqual(bool(answers.with_user(person).search([('id', '=', ready.id)])), sees)
        ready.with_user(self.manager).substitution = "Tell us more, please."
        with self.assertRaises(AccessError):
            ready.with_user(self.technician).substitution = "x"

    def test_whom_and_what_a_ticket_is_about_leads_to_it(self):
        employee = self.env['hr.employee'].create({'name': "Colleague", 'user_id': self.other.id})
        about = self._log(asset_id=self.host.id, requested_for_id=employee.id)
        asked = self._log(self.other)
        contact = self.env['res.partner'].create({'name': "Vendor"})
        made = self._log()
        self.env['it.ticket.record']._keep(made.with_user(self.technician), contact, 'changed')
        public = self.env['hr.employee.public'].browse(employee.id)
        for record, tickets in (
                (self.host, about), (employee, about | asked), (public, about | asked), (self.other, asked), (self.other.partner_id, asked), (contact, made)):
            seen = record.with_user(self.technician) if record != employee else record
            with self.subTest(model=record._name):
                self.assertEqual(seen.it_ticket_count, len(tickets))
                self.assertEqual(self.env['it.ticket'].search(seen.action_open_it_tickets()['domain'], order='id'), tickets)
        with self.assertRaises(AccessError):
            self.host.with_user(self.user).read(['it_ticket_count'])
