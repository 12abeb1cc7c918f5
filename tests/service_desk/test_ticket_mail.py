from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketMail(TicketCase, MockEmail):
    """Who gets which mail: one a person and event, with the ticket's subject in its subject."""

    def setUp(self):
        super().setUp()
        self.env.company.email = 'it@example.com'

    def _sent(self, act):
        """Do ``act`` and return the mails that it sent: ``[(login, subject, body)]``, in the order of the logins."""
        with self.mock_mail_gateway():
            act()
            self.env.flush_all()
        people = {user.email: user.login for user in self.env['res.users'].search([('login', '=like', 'itc_%')])}
        sent = []
        for mail in self._new_mails:
            for partner in mail.recipient_ids:
                sent.append((people.get(partner.email, partner.email), mail.subject, mail.body_html))
        return sorted(sent)

    def _who(self, act):
        return [login for login, _subject, _body in self._sent(act)]

    def test_one_mail_a_person_and_event_in_a_whole_life(self):
        made = []
        logged = self._sent(lambda: made.append(self._log()))
        ticket = made[0]
        self.assertEqual([login for login, _subject, _body in logged], ['itc_technician', 'itc_user'])
        self.assertIn("nobody has it yet", logged[0][2])
        self.assertIn("Your request is", logged[1][2])
        assigned = self._sent(lambda: ticket.with_user(self.manager).write({'assignee_id': self.technician_2.id}))
        self.assertEqual([login for login, _subject, _body in assigned], ['itc_technician_2'])
        for body in (logged[0][2], assigned[0][2]):
            self.assertIn("as a note for technicians", body, "what who works here answers does not reach who asked")
        self.assertNotIn("as a note for technicians", logged[1][2])
        self.assertFalse(self._sent(ticket.with_user(self.technician_2).action_start))
        self.assertFalse(self._sent(lambda: self._work_on(ticket, self.technician_2)))
        resolved = self._sent(ticket.with_user(self.technician_2).action_resolve)
        self.assertEqual([login for login, _subject, _body in resolved], ['itc_user'])
        self.assertIn("Cleared the queue", resolved[0][2])
        self.assertIn("Printer says no", resolved[0][2])
        reopened = self._sent(lambda: ticket.with_user(self.user).action_reopen("Still jammed"))
        self.assertEqual([login for login, _subject, _body in reopened], ['itc_technician_2'])
        self.assertIn("Still jammed", reopened[0][2])
        question = self._sent(lambda: ticket.with_user(self.technician_2).message_post(body="Which tray?", subtype_xmlid='mail.mt_comment'))  # a test's own words  # pylint: disable=translation-required
        self.assertEqual([login for login, _subject, _body in question], ['itc_user'])
        self._work_on(ticket, self.technician_2)
        self.assertEqual(self._who(ticket.with_user(self.technician_2).action_resolve), ['itc_user'])
        self.assertFalse(self._sent(ticket.with_user(self.user).action_confirm))
        for login, subject, _body in logged + resolved + reopened + question:
            with self.subTest(login=login):
                self.assertEqual(subject, f"[{ticket.name}] Printer says no")

    def test_silent_closure_and_cancelling_are_told_to_who_asked(self):
        silent, dropped = self._resolved(days_ago=12), self._log()
        told = self._sent(lambda: silent.with_user(self.technician).action_close_silently("Asked twice"))
        self.assertEqual([login for login, _subject, _body in told], ['itc_user'])
        self.assertIn("Asked twice", told[0][2])
        self.assertEqual(self._who(lambda: dropped.with_user(self.technician).action_cancel("Asked twice")), ['itc_user'])
        self.assertFalse(self._sent(lambda: self._log().with_user(self.user).action_cancel("x"))[2:], "only the two of the logging")

    def test_who_takes_a_ticket_hears_nothing_of_it(self):
        ticket = self._log()
        self.assertFalse(self._sent(lambda: ticket.with_user(self.technician).write({'assignee_id': self.technician.id})))

    def test_technician_who_logs_a_call_thanks_the_caller(self):
        sent = self._sent(lambda: self._log(self.technician, requester_id=self.user.id, channel='phone'))
        self.assertEqual([login for login, _subject, _body in sent], ['itc_user'])
        self.assertIn("Technician logged your request as", sent[0][2])

    def test_colleague_without_an_address_may_ask(self):
        self.user.email = False
        sent = self._sent(self._log)
        self.assertEqual([login for login, _subject, _body in sent if login], ['itc_technician'])

    def test_words_of_who_asks_are_text(self):
        sent = self._sent(lambda: self._log(subject="<b>Printer</b> & co"))
        self.assertIn("&lt;b&gt;Printer", sent[0][2])
