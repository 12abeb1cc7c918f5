from datetime import timedelta
from unittest.mock import patch

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

    def test_technician_adds_it_to_a_ticket(self):
        ticket, mail = self._resolved(), self.mail.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "Choose in “Add it to”"):
            mail.action_add_to_ticket()
        mail.onto_id = ticket
        for person in (self.user, self.auditor):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mail.with_user(person).action_add_to_ticket()
        self.assertEqual(mail.action_add_to_ticket()['res_id'], ticket.id)
        note = self._words(ticket)
        self.assertEqual((note.author_id, note.email_from, note.subtype_id), (note.author_id.browse(), '"Sara" <sara@example.org>', self.env.ref('mail.mt_note')))
        self.assertRegex(note.body, r'(?s)From a mail of .*Sara.*added by Technician.*The tray is empty')
        self.assertEqual((note.attachment_ids.with_user(self.user).raw, note.attachment_ids.res_id), (b"secret", ticket.id))
        self.assertTrue(ticket.answered_at, "an answer, whoever wrote it")
        self.assertEqual((mail.state, mail.ticket_id, mail.handled_by_id), ('added', ticket, self.technician))
        for again in (mail.action_add_to_ticket, mail.action_dismiss, mail.action_make_ticket, lambda: mail.write({'onto_id': False})):
            with self.assertRaises(UserError):
                again()

    def test_mail_of_who_may_read_the_ticket_is_their_word(self):
        ticket = self._log()
        other = self.assertKept(self._mail("Technician <technician@example.com>", subject=f"[{ticket.name}] x", Precedence='list'), 'list')
        self.assertEqual(other.onto_id, ticket, "offered as what it names")
        other.with_user(self.manager).action_add_to_ticket()
        self.assertEqual((self._words(ticket).author_id, self._words(ticket).subtype_id), (self.technician.partner_id, self.env.ref('mail.mt_comment')))
        ticket.with_user(self.technician).action_cancel("x")
        _tickets, closed = self._receive(self._mail(subject=f"[{ticket.name}] x"))
        self.assertFalse(closed.onto_id)
        closed.onto_id = ticket
        with self.assertRaisesRegex(UserError, "stand on .* already"):
            closed.with_user(self.technician).action_add_to_ticket()
        closed.onto_id = self._log()
        closed.onto_id.with_user(self.user).action_cancel("x")
        with self.assertRaisesRegex(UserError, "is closed. Reopen it first"):
            closed.with_user(self.technician).action_add_to_ticket()
        closed.onto_id = self._log()
        closed.with_user(self.technician).action_add_to_ticket()

    def test_mail_of_who_asked_that_is_put_aside_leaves_no_silence(self):
        """Whoever looks at it, whatever they do, and whoever they say asks."""
        def act(mail, how):
            if how == 'other':
                mail.requester_id = self.other
            mail.write({'dismiss_reason': "x", 'category_id': self.category_remote.id, **({'onto_id': self._log().id} if how == 'added' else {})})
            {'ticket': mail.action_make_ticket, 'added': mail.action_add_to_ticket}.get(how, mail.action_dismiss)()

        for how in ('dismissed', 'other', 'ticket', 'added'):
            for headers in ({'subject': True}, {'thread': True}):
                with self.subTest(how=how, headers=headers):
                    ticket = self._resolved()
                    named = {'subject': f"[{ticket.name}] x"} if 'subject' in headers else self._thread(ticket)
                    mail = self.assertKept(self._mail(text="It still jams", List_Id='<all.example.com>', **named), 'list').with_user(self.technician)
                    self.assertEqual((mail.about_id, mail.requester_id, ticket.answered_at), (ticket, self.user, False), "a machine may have sent it")
                    act(mail, how)
                    self.assertTrue(ticket.answered_at)
                    self.assertIn("“Mail Not Routed”", str(ticket.sudo().message_ids.mapped('body')))
                    self.assertEqual(ticket.sudo().activity_ids.filtered(lambda one: one.user_id == self.technician).mapped('res_id'), ticket.ids)
                    with self.assertRaisesRegex(UserError, "was answered"):
                        ticket.with_user(self.technician).action_close_silently("No answer")

    def test_mail_of_who_asked_after_a_technician_replied_is_a_word(self):
        ticket = self._resolved()
        for minutes, is_word in ((10, True), (-10, False)):
            ticket.sudo()._transition({'answered_at': False, 'asked_at': fields.Datetime.now()})
            mail = self.assertKept(self._mail(List_Id='<all.example.com>', subject=f"[{ticket.name}] x"), 'list').with_user(self.technician)
            mail.sudo()._transition({'received_at': ticket.asked_at + timedelta(minutes=minutes)})
            ticket.sudo()._transition({'resolved_at': ticket.asked_at - timedelta(days=1)})
            mail.dismiss_reason = "x"
            mail.action_dismiss()
            self.assertEqual(bool(ticket.answered_at), is_word)

    def test_mail_that_names_a_double_is_a_word_on_the_ticket_with_which_it_is_handled(self):
        ticket, double, theirs = self._log(), self._log(), self._log(self.other)
        (double | theirs).with_user(self.technician).action_merge_into(ticket.id)
        self._work_on(ticket)
        self._tick_required(ticket)
        ticket.with_user(self.technician).action_resolve()
        for named, sender, is_word in ((theirs, "Other <other@example.com>", False), (double, "User <user@example.com>", True)):
            mail = self.assertKept(self._mail(sender, List_Id='<all.example.com>', subject=f"[{named.name}] x"), 'list').with_user(self.technician)
            self.assertEqual(mail.about_id, named)
            mail.dismiss_reason = "x"
            mail.action_dismiss()
            self.assertEqual(bool(ticket.answered_at), is_word)
        self.assertIn("“Mail Not Routed”", str(ticket.sudo().message_ids.mapped('body')))

    def test_mail_that_is_added_to_the_ticket_that_it_names_stands_there(self):
        ticket = self._resolved()
        mail = self.assertKept(self._mail(List_Id='<all.example.com>', subject=f"[{ticket.name}] x"), 'list').with_user(self.technician)
        self.assertEqual(mail.onto_id, ticket)
        mail.action_add_to_ticket()
        self.assertTrue(ticket.answered_at)
        self.assertNotIn("“Mail Not Routed”", str(ticket.sudo().message_ids.mapped('body')))

    def test_mail_that_says_nothing_of_who_asked_is_no_word(self):
        ticket = self._resolved()
        before = self.assertKept(self._mail(List_Id='<all.example.com>', subject=f"[{ticket.name}] x"), 'list')
        before._transition({'received_at': ticket.resolved_at - timedelta(minutes=1)})
        twin = self.assertKept(self._mail(List_Id='<all.example.com>', subject=f"[{ticket.name}] x"), 'list')
        twin._transition({'requester_id': False})
        other = self.assertKept(self._mail("Other <other@example.com>", List_Id='<all.example.com>', subject=f"[{ticket.name}] x"), 'list')
        self._person('user', 'twin').email = 'user@example.com'
        for mail in (before, twin, other):
            mail.with_user(self.technician).write({'dismiss_reason': "x"})
            mail.with_user(self.technician).action_dismiss()
            self.assertFalse(ticket.answered_at)

    def _calls(self):
        self.env.invalidate_all()
        return self.env['mail.activity'].sudo().search([('activity_type_id', '=', self.env.ref('it_continuity.mail_activity_type_mail_look').id)]).user_id

    def _told(self):
        return sorted(self._call_mails.recipient_ids.mapped('email'))

    def test_those_on_duty_are_called_once(self):
        role = self.env.ref('it_continuity.ticket_category_other').role_id
        self.unrouted.search([('state', '=', 'waiting')])._transition({'state': 'dismissed'})
        self.unrouted._call_for_look()
        self.assertFalse(self._calls())
        role.user_ids = self.technician | self.technician_2 | self.auditor
        kept = self.assertKept(self._mail("Ann <ann@example.org>"), 'stranger')
        self.assertEqual((self._calls(), self._told()), (self.technician | self.technician_2, ['technician@example.com', 'technician_2@example.com']))
        for _number in range(3):
            kept |= self.assertKept(self._mail("Ann <ann@example.org>"), 'stranger')
            self.assertEqual((len(self._calls()), self._told()), (2, []), "not per mail")
        self.assertKept(self._mail("x@example.org", Auto_Submitted='auto-generated'), 'auto', 'dismissed')
        theirs = self.env['mail.activity'].with_user(self.technician).search([('user_id', '=', self.technician.id), ('res_model', '=', False)])
        self.assertIn('/odoo/it-mail', theirs.note)
        theirs.action_feedback()
        kept.with_user(self.technician).dismiss_reason = "x"
        for mail in kept[:-1].with_user(self.technician):
            mail.action_dismiss()
            self.assertEqual(self._calls(), self.technician_2, "who is at it is not called at each")
        kept[-1:].with_user(self.technician).action_dismiss()
        self.assertFalse(self._calls())
        role.user_ids = False
        self.assertKept(self._mail("Ann <ann@example.org>"), 'stranger')
        self.assertEqual(self._calls(), self.env.company._itc_people(), "the managers, where nobody has the role")

    def test_nobody_to_call_loses_no_mail(self):
        with patch.object(type(self.unrouted), '_people_to_look', side_effect=ValueError), self.assertLogs('odoo.addons.it_continuity', 'ERROR'):
            self.assertKept(self._mail("Ann <ann@example.org>"), 'stranger')

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

    def test_technician_makes_a_ticket_adds_to_one_and_dismisses(self):
        def story(phone):
            mails = [self.assertKept(self._mail("Sara <sara@example.org>", subject=f"Tour {what}"), 'stranger') for what in ('ticket', 'more', 'spam')]
            ticket = self._log(subject="Tour Scanner")
            self.user.name = "Tour Colleague"
            self._tour('/odoo/it-mail', 'it_unrouted_mail_tour', self.technician, phone)
            self.assertEqual([mail.state for mail in mails], ['ticket', 'added', 'dismissed'])
            self.assertEqual((mails[0].ticket_id.requester_id, mails[1].ticket_id, mails[2].dismiss_reason), (self.user, ticket, "Advertisement"))
        self._at_both_widths(story)
