from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketEvidence(TicketCase):

    def _file(self, ticket, person):
        return self.env['ir.attachment'].with_user(person).create({
            'name': "error.png", 'raw': b"before", 'res_model': ticket._name, 'res_id': ticket.id})

    def _upload(self, person, **values):
        """Return a file as the form uploads it before the ticket is saved."""
        return self.env['ir.attachment'].with_user(person).create({
            'name': "screen.png", 'raw': b"picture", 'res_model': 'it.ticket', 'res_id': 0, **values})

    def test_files_sent_along_belong_to_the_ticket_and_its_readers(self):
        file = self._upload(self.user)
        ticket = self._log(attachment_ids=[Command.link(file.id)])
        self.assertEqual((file.res_model, file.res_id), ('it.ticket', ticket.id))
        for person in (self.user, self.technician_2, self.manager, self.auditor):
            with self.subTest(person=person.login):
                self.assertEqual(file.with_user(person).raw, b"picture")
        file.invalidate_recordset()
        with self.assertRaises(AccessError):
            file.with_user(self.other).read(['raw'])

    def test_nobody_sends_along_what_is_not_theirs(self):
        theirs, placed = self._upload(self.other), self._file(self._log(self.other), self.other)
        for file in (theirs, placed):
            with self.subTest(file=file.res_id), self.assertRaises(AccessError):
                self._log(attachment_ids=[Command.link(file.id)])

    def test_huge_file_is_refused_in_words(self):
        file = self._upload(self.user, raw=b"x" * (20 * 1024 ** 2 + 1))
        with self.assertRaisesRegex(UserError, "larger than 20 MB"):
            self._log(attachment_ids=[Command.link(file.id)])
        ticket = self._log()
        with self.assertRaisesRegex(UserError, "larger than 20 MB"):
            ticket.with_user(self.user).write({'attachment_ids': [Command.link(file.id)]})

    def test_files_are_added_only_while_the_request_may_change(self):
        ticket = self._log()
        self._work_on(ticket)
        with self.assertRaises(AccessError):
            ticket.with_user(self.user).write({'attachment_ids': [Command.link(self._upload(self.user).id)]})

    def test_files_of_a_closed_ticket_stay(self):
        ticket = self._resolved()
        file = self._file(ticket, self.user)
        file.with_user(self.user).raw = b"seen"
        ticket.with_user(self.user).action_confirm()
        for person in (self.user, self.technician, self.manager, self.env.ref('base.user_admin')):
            for values in ({'raw': b"other"}, {'name': "other.png"}, {'public': True}, {'res_id': False}):
                with self.subTest(person=person.login, values=list(values)), self.assertRaises(AccessError):
                    file.with_user(person).write(values)
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                file.with_user(person).unlink()
        with self.assertRaises(AccessError):
            file.sudo().unlink()
        self.assertEqual(file.raw, b"seen")

    def test_files_of_a_reopened_ticket_may_change_again(self):
        ticket = self._resolved(days_ago=12)
        file = self._file(ticket, self.technician)
        ticket.with_user(self.technician).action_close_silently("no answer")
        with self.assertRaises(AccessError):
            file.with_user(self.technician).unlink()
        ticket.with_user(self.user).action_reopen("it is back")
        file.with_user(self.technician).unlink()
        self.assertFalse(file.exists())

    def test_cancelled_ticket_stays_with_its_files(self):
        ticket = self._log()
        file = self._file(ticket, self.user)
        ticket.with_user(self.user).action_cancel("solved itself")
        with self.assertRaises(AccessError):
            file.with_user(self.user).unlink()
        with self.assertRaises(AccessError):
            ticket.with_user(self.manager).unlink()
        self.assertTrue(file.exists())

    def test_nobody_moves_a_step_to_another_company(self):
        ticket = self._log()
        self._work_on(ticket)
        other = self.env['res.company'].create({'name': "Other"})
        for values in ({'company_id': other.id}, {'company_id': False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                ticket.step_ids.with_user(self.technician).write(values)
