from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tour_case import TourCase
from .mail_case import GatewayCase


@tagged('post_install', '-at_install')
class TestUnroutedMail(GatewayCase):
    """The list of mail that belongs nowhere: who reads it, and what becomes of it."""

    def setUp(self):
        super().setUp()
        self.mail = self.assertKept(self._mail("Sara <sara@example.org>", files=[("salaries.txt", b"secret")]), 'stranger')

    def test_technicians_read_it_and_colleagues_do_not(self):
        file = self.mail.attachment_ids
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login):
                self.assertEqual(self.mail.with_user(person).body, "The tray is empty.")
                self.assertEqual(file.with_user(person).raw, b"secret")
        for door in (
                lambda: self.mail.with_user(self.user).body, lambda: file.with_user(self.user).read(['raw']),
                lambda: self.unrouted.with_user(self.user).search([]), lambda: self.mail.with_user(self.auditor).action_dismiss(),
                lambda: self.mail.with_user(self.technician).write({'state': 'dismissed'}), lambda: self.mail.with_user(self.technician).unlink(),
                lambda: self.mail.with_user(self.technician).write({'body': "x"}), lambda: self.unrouted.with_user(self.technician).create({'subject': "x"}),
                lambda: self.mail.with_user(self.auditor).write({'requester_id': self.user.id}),
                lambda: file.with_user(self.technician).write({'raw': b"x"}), lambda: file.with_user(self.manager).unlink(),
                lambda: file.with_user(self.technician).write({'name': "x"})):
            self.env.invalidate_all()
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                door()

    def test_technician_makes_a_ticket_of_it(self):
        mail = self.mail.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "Say who asks"):
            mail.action_make_ticket()
        mail.write({'requester_id': self.user.id, 'category_id': self.category_remote.id})
        action = mail.action_make_ticket()
        ticket = self.env['it.ticket'].browse(action['res_id'])
        self.assertEqual(
            (ticket.subject, ticket.requester_id, ticket.logged_by_id, ticket.channel, ticket.requested_at),
            ("No paper left", self.user, self.technician, 'email', mail.received_at))
        self.assertIn("The tray is empty.", ticket.description)
        files = self.env['ir.attachment'].with_user(self.user).search([('res_model', '=', 'it.ticket'), ('res_id', '=', ticket.id)])
        self.assertEqual(files.raw, b"secret")
        self.assertEqual((mail.state, mail.ticket_id, mail.handled_by_id), ('ticket', ticket, self.technician))
        for again in (mail.action_make_ticket, mail.action_dismiss, lambda: mail.write({'category_id': False})):
            with self.assertRaises(UserError):
                again()
        self.assertFalse(self._receive(self._mail("Sara <sara@example.org>", Message_ID=mail.message_ref))[1], "the same mail again")

    def test_technician_dismisses_it_with_a_reason(self):
        mail = self.mail.with_user(self.technician)
        for reason in (False, "  "):
            mail.dismiss_reason = reason
            with self.assertRaisesRegex(UserError, "Why it is no ticket"):
                mail.action_dismiss()
        mail.dismiss_reason = "Advertisement"
        mail.action_dismiss()
        self.assertEqual((mail.state, mail.handled_by_id), ('dismissed', self.technician))

    def test_old_ones_go_and_what_waits_stays(self):
        old = fields.Datetime.now() - timedelta(days=91)
        done = self.assertKept(self._mail("x@example.org", Auto_Submitted='auto-generated', files=[("a", b"x")]), 'auto', 'dismissed')
        (self.mail | done)._transition({'received_at': old})
        file = done.attachment_ids
        self.unrouted._gc_looked_at()
        self.assertEqual((self.mail.exists(), done.exists(), file.exists()), (self.mail, done.browse(), file.browse()))

    def test_set_up_counts_it(self):
        lines = {line['key']: line for line in self.env['it.setup'].with_user(self.manager).get_setup()['lines']}
        self.assertEqual((lines['unrouted']['state'], lines['unrouted']['found']), ('open', "One mail waits for somebody to look at it."))

    def test_address_of_the_company(self):
        alias = self.env.company.itc_ticket_alias_id
        self.assertEqual((alias.alias_full_name, alias.alias_model_id.model), (self.address, 'it.ticket'))
        self.env.company.itc_ticket_alias_name = 'Help Desk'
        self.assertEqual((self.env.company.itc_ticket_alias_id, alias.alias_name), (alias, 'help-desk'))
        for person in (self.user, self.technician, self.manager):
            with self.assertRaises(AccessError):
                self.env.company.with_user(person).itc_ticket_alias_name = 'x'
                self.env.flush_all()


@tagged('post_install', '-at_install')
class TestUnroutedMailTour(GatewayCase, TourCase):

    def test_technician_makes_a_ticket_and_dismisses(self):
        def story(phone):
            mails = [self.assertKept(self._mail("Sara <sara@example.org>", subject=f"Tour {what}"), 'stranger') for what in ('ticket', 'spam')]
            self.user.name = "Tour Colleague"
            self._tour('/odoo/it-mail', 'it_unrouted_mail_tour', self.technician, phone)
            self.assertEqual([mail.state for mail in mails], ['ticket', 'dismissed'])
            self.assertEqual((mails[0].ticket_id.requester_id, mails[1].dismiss_reason), (self.user, "Advertisement"))
        self._at_both_widths(story)
