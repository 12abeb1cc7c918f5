from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..service_desk.common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketTask(TicketCase):
    """What colleagues ask for again and again becomes a task, so that nobody has to ask."""

    def _asked(self, days_ago, **values):
        return self._log(self.technician, requester_id=self.user.id, requested_at=fields.Datetime.now() - timedelta(days=days_ago), **values)

    def test_manager_makes_a_task_of_it_with_what_is_known(self):
        kind = self.env['it.ticket.category'].create({
            'name': "Clean the heads", 'role_id': self.role.id, 'checklist_ids': [Command.create({'name': "Test page", 'is_required': True})]})
        values = {'category_id': kind.id, 'asset_id': self.host.id, 'subject': "Stripes again"}
        for days_ago in (62, 31):
            self._asked(days_ago, **values)
        self._asked(10, **{**values, 'asset_id': False})
        ticket = self._asked(0, **values)
        self._work_on(ticket)
        action = ticket.with_user(self.manager).action_make_task()
        task = ticket.sudo().task_ids.with_env(self.env)
        self.assertEqual((action['params']['next']['res_model'], action['params']['next']['res_id']), ('it.task', task.id))
        self.assertEqual((task.name, task.ticket_id, task.role_id, task.asset_ids), ("Stripes again", ticket, self.role, self.host))
        self.assertEqual((task.schedule_kind, task.interval, task.item_ids.mapped('name'), task.item_ids.required), ('monthly_day', 1, ["Test page"], True))
        self.assertIn("Cleared the queue", task.instructions)
        seen = ticket.with_user(self.auditor)
        self.assertEqual((seen.task_ids, seen.task_count, seen.action_open_tasks()['res_id']), (task, 1, task.id))
        with self.assertRaises(AccessError):
            task.with_user(self.manager).ticket_id = self._log()

    def test_one_press_puts_it_in_a_checklist_that_may_be_changed(self):
        kinds = self.env['it.ticket.category'].create([{'name': "Clean the heads"}, {'name': "Empty the bin"}])
        other_list = self.env['it.checklist'].create({'name': "Rounds"})

        def make(kind):
            ticket = self._log(category_id=kind.id)
            ticket.with_user(self.manager).action_make_task()
            return ticket.sudo().task_ids.with_env(self.env)
        first = make(kinds[0])
        self.assertEqual((first.checklist_id.code, first.checklist_id.company_id), ('requests', self.env.company))
        first.ticket_id.with_user(self.manager).action_make_task()
        self.assertEqual(first.ticket_id.sudo().task_ids, first, "who presses twice makes one")
        first.active = False
        first.ticket_id.with_user(self.manager).action_make_task()
        self.assertFalse(first.ticket_id.sudo().task_ids, "nor does who presses once one is put away, of which no button is offered")
        first.active = True
        self.assertEqual(make(kinds[1]).checklist_id, first.checklist_id)
        first.with_user(self.manager).checklist_id = other_list
        self.assertEqual(make(kinds[0]).checklist_id, other_list, "the last one taken for its like")
        other_list.active = False
        self.assertEqual(make(kinds[0]).checklist_id.code, 'requests')
        self.env['it.task'].search([('ticket_id', '!=', False)]).unlink()
        self.env['it.checklist'].search([('code', '=', 'requests')]).active = False
        self.assertTrue(make(kinds[0]).checklist_id.active, "one that was put away comes back rather than a second one")

    def test_what_was_changed_in_odoo_for_one_person_is_in_no_task(self):
        kind = self.env['it.ticket.category'].create({'name': "Price", 'role_id': self.role.id, 'instructions': "<p>Ask the buyer first</p>"})
        ticket = self._log(category_id=kind.id)
        ticket.with_user(self.technician)._note_deed(self.env.ref('base.et'), 'changed', "List Price: 400 → 412")
        for told in ("Ask the buyer first", "Cleared the queue"):
            words = ticket.with_user(self.manager)._prepare_task()['instructions']
            self.assertIn(told, words)
            self.assertNotIn("412", words)
            self._work_on(ticket)

    def test_without_like_requests_it_is_on_demand(self):
        ticket = self._log()
        ticket.with_user(self.manager).action_make_task()
        self.assertEqual(ticket.sudo().task_ids.schedule_kind, 'on_demand')

    def test_others_make_none_and_employees_learn_of_none(self):
        ticket = self._log()
        for person in (self.user, self.technician, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                ticket.with_user(person).action_make_task()
        with self.assertRaises(AccessError):
            ticket.with_user(self.user).read(['task_ids'])
        with self.assertRaises(AccessError):
            ticket.with_user(self.other).action_open_tasks()
