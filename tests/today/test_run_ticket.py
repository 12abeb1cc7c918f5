from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..checklists.common import ChecklistCase


@tagged('post_install', '-at_install')
class TestRunTicket(ChecklistCase):
    """A failed run becomes a ticket; each shows the other, and nobody who may not read runs learns of one."""

    def setUp(self):
        super().setUp()
        self.line = self.env.ref('it_continuity.line_4_2')
        self.task_run = self._run('ink', line_id=self.line.id, asset_ids=self.host.ids)
        self.task_run.with_user(self.technician).action_fail("The ink is <b>out</b>\nin two printers")

    def _made(self, user=None):
        """Make the ticket as the dialog does: its own form, with the values that the run gives."""
        action = self.task_run.with_user(user or self.technician).action_make_ticket()
        form = Form(
            self.env['it.ticket'].with_user(user or self.technician).with_context(**action['context']),
            view='it_continuity.it_ticket_view_form_from_run')
        ticket = form.save()
        ticket.action_tell_made()
        return ticket

    def test_ticket_says_what_was_bad_and_names_its_run(self):
        ticket = self._made()
        self.assertEqual((ticket.run_id, self.task_run.ticket_ids, self.task_run.ticket_count), (self.task_run, ticket, 1))
        self.assertEqual(ticket.subject, "Task ink: The ink is <b>out</b>")
        self.assertEqual(str(ticket.description), "<p>The ink is &lt;b&gt;out&lt;/b&gt;<br>in two printers</p>")
        self.assertEqual((ticket.category_id.line_id, ticket.asset_id), (self.line, self.host), "the kind of request of the task's line")
        self.assertEqual((ticket.requester_id, ticket.state), (self.technician, 'new'))

    def test_a_new_ticket_s_commands_reach_no_ticket_of_a_run(self):
        ticket = self._made()
        deep = [Command.update(self.task_run.id, {'ticket_ids': [Command.update(ticket.id, {'state': 'cancelled'})]})]
        for command in (Command.update(self.task_run.task_id.id, {'run_ids': deep}), Command.link(self.task_run.task_id.id)):
            for person in (self.technician, self.manager):
                with self.subTest(person=person.login), self.assertRaises(AccessError), self.cr.savepoint():
                    self._rpc(person, ticket.browse(), 'create', [
                        {'subject': "x", 'category_id': ticket.category_id.id, 'task_ids': [command]}])
        self.env.invalidate_all()
        self.assertEqual(ticket.state, 'new')

    def test_board_offers_it_for_what_is_red_and_shows_what_was_made(self):
        fine = self._run('fine')

        def row(run, user):
            self.env.flush_all()
            self.env.invalidate_all()
            return next(row for row in self.env['it.today'].with_user(user).get_board()['runs'] if row['id'] == run.id)

        self.assertTrue(row(self.task_run, self.technician)['can_ticket'])
        self.assertFalse(row(self.task_run, self.auditor)['can_ticket'])
        self.assertFalse(row(fine, self.technician)['can_ticket'])
        ticket = self._made()
        self.assertEqual(row(self.task_run, self.auditor)['tickets'], [{'id': ticket.id, 'name': ticket.name, 'is_open': True}])
        self.assertEqual(row(fine, self.technician)['tickets'], [])

    def test_run_leads_to_its_tickets(self):
        ticket = self._made()
        action = self.task_run.with_user(self.auditor).action_open_tickets()
        self.assertEqual(action['res_id'], ticket.id)
        other = self._made()
        action = self.task_run.with_user(self.auditor).action_open_tickets()
        self.assertEqual(self.env['it.ticket'].search(action['domain']), ticket | other)

    def test_employee_sees_no_run_neither_by_the_ticket_nor_by_asking(self):
        ticket = self._made()
        ticket.requested_for_id = self.env['hr.employee'].create({'name': "Colleague", 'user_id': self.user.id})
        own = ticket.with_user(self.user)
        self.assertTrue(own.subject)
        with self.assertRaises(AccessError):
            own.read(['run_id'])
        with self.assertRaises(AccessError):
            self.env['it.ticket'].with_user(self.user).create({
                'subject': "Which run?", 'category_id': ticket.category_id.id, 'run_id': self.task_run.id})
        with self.assertRaises(AccessError):
            self._made(self.user)

    def test_link_is_given_once_and_never_through_the_run(self):
        ticket = self._made()
        other = self._run('other')
        for user in (self.technician, self.manager):
            with self.assertRaises(AccessError):
                ticket.with_user(user).run_id = other
            with self.assertRaises(AccessError):
                self.task_run.with_user(user).write({'ticket_ids': [(5,)]})
        self.assertEqual(self.task_run.ticket_ids, ticket)

    def test_auditor_makes_none(self):
        with self.assertRaises(AccessError):
            self._made(self.auditor)
