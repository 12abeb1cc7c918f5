import base64
import io
import zipfile
from email import message_from_bytes
from email.message import EmailMessage
from random import Random
from time import process_time
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .mail_case import GatewayCase

THREAD = 'odoo.addons.mail.models.mail_thread'
ROBOTS = (
    ({'Auto_Submitted': 'auto-replied'}, 'auto', 'dismissed'), ({'Auto_Submitted': 'auto-generated', 'X_Auto_Response_Suppress': 'All'}, 'auto', 'dismissed'),
    ({'X_Autoreply': 'yes'}, 'auto', 'dismissed'), ({'X_Apple_Action': 'VACATION'}, 'auto', 'dismissed'), ({'Return_Path': '<>'}, 'bounce', 'dismissed'),
    ({'Precedence': 'bulk'}, 'list', 'waiting'), ({'Precedence': 'junk'}, 'list', 'waiting'), ({'List_Id': '<all.example.com>'}, 'list', 'waiting'))


@tagged('post_install', '-at_install')
class TestTicketGateway(GatewayCase):
    """What becomes of the mail of colleagues: one ticket, or words on one."""

    def test_mail_of_a_colleague_becomes_one_ticket(self):
        message = self._mail(subject="Fwd:  No paper\u202e left", files=[("../x.txt", b"list"), ("page.html", b"<html><script>alert(1)</script></html>")])
        ticket, kept = self._receive(message)
        self.assertFalse(kept)
        self.assertEqual(
            (ticket.subject, ticket.channel, ticket.requester_id, ticket.logged_by_id, ticket.state, ticket.company_id, ticket.category_id.code),
            ("No paper left", 'email', self.user, self.user, 'new', self.env.company, 'other'))
        self.assertIn("The tray is empty.", ticket.description)
        said = self._words(ticket)
        self.assertEqual((len(said), said.author_id), (1, self.user.partner_id))
        files = said.attachment_ids.sorted('name')
        self.assertEqual(
            [(file.name, file.mimetype, file.res_model, file.res_id) for file in files],
            [('page.html', 'text/plain', 'it.ticket', ticket.id), ('x.txt', 'text/plain', 'it.ticket', ticket.id)])
        self.assertEqual(ticket.with_user(self.user).subject, "No paper left")
        self.assertEqual(
            sorted(partner.name for mail in self._new_mails for partner in mail.recipient_ids), ["Technician", "User"], "one is thanked, one is called")
        self.assertFalse(self._receive(message)[0] | self._receive(message)[0], "the same mail again")

    def test_mail_to_several_of_our_addresses_is_one_ticket(self):
        self.env['mail.alias'].create({'alias_name': 'support', 'alias_model_id': self.env['ir.model']._get_id('it.ticket')})
        ticket, kept = self._receive(self._mail(to=f'{self.address}, support@{self.alias_domain}', Cc=self.catchall))
        self.assertEqual((len(ticket), len(kept)), (1, 0))

    def test_an_alias_gives_no_more_than_a_kind_and_a_priority(self):
        alias = self.env.company.itc_ticket_alias_id
        alias.alias_defaults = repr({'priority': '2', 'state': 'closed', 'requester_id': self.other.id, 'name': "TKT/1", 'assignee_id': self.technician.id})
        ticket, _kept = self._receive(self._mail())
        self.assertEqual((ticket.priority, ticket.state, ticket.requester_id, ticket.assignee_id.id), ('2', 'new', self.user, False))
        alias.alias_force_thread_id = ticket.id  # what an administrator of Odoo might set
        self.assertTrue(self._receive(self._mail())[0])

    def test_fetched_without_an_alias(self):
        ticket, _kept = self._receive(self._mail(to='support@elsewhere.example.com'), 'it.ticket')
        self.assertEqual((ticket.requester_id, ticket.channel), (self.user, 'email'))

    def test_forwarded_mail_is_of_who_forwards_and_says_who_wrote_it(self):
        text = "Please see.\n\n---------- Forwarded message ---------\nFrom: Sara <sara@example.org>\nDate: today\n\nThe scale is broken"
        inner = EmailMessage()
        inner['From'], inner['Subject'] = "Sara <sara@example.org>", "Scale"
        inner.set_content("The scale is broken")
        message = self._mail(subject="Fwd: Scale", text=text)
        message.add_attachment(inner)
        ticket, _kept = self._receive(message)
        self.assertEqual(ticket.requester_id, self.user)
        self.assertIn("first written by Sara &lt;sara@example.org&gt;", ticket.description)
        self.assertIn(b"The scale is broken", self._words(ticket).attachment_ids.raw)

    def test_hostile_and_odd_mails(self):
        html = '<p onclick="x()">Hi<script>alert(1)</script><iframe src="//x"></iframe><a href="javascript:x()">a</a><img src="x" onerror="x()"></p>'
        ticket, _kept = self._receive(self._mail(html=html))
        words = f"{ticket.description} {self._words(ticket).body}"
        for bad in ('script', 'iframe', 'onerror', 'onclick', 'javascript'):
            self.assertNotIn(bad, words.lower())
        self.assertIn("Hi", words)
        head = f"From: user@example.com\r\nTo: {self.address}\r\nMessage-Id: <odd-%s@example.com>\r\n"
        subject = base64.b64encode("አታሚው ተበላሽቷል".encode()).decode()
        odd = (
            (b'Subject: =?utf-8?B?' + subject.encode() + b'?=\r\n\r\nx', "አታሚው ተበላሽቷል"),
            (b'\r\n', "Mail without a subject"),
            (b'Subject: Re: Fwd:\r\nContent-Type: text/plain; charset=x-no-such\r\n\r\n\xe4\xf6', "Mail without a subject"),
            (b'Subject: caf\xe9\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\xff\xfe\x00', None),
            (b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nno end', "x"),
            (b'Subject: y\r\nContent-Type: multipart/mixed\r\n\r\nno boundary', "y"),
        )
        for place, (rest, name) in enumerate(odd):
            with self.subTest(rest=rest):
                tickets, kept = self._receive((head % place).encode() + rest)
                self.assertEqual(len(tickets) + len(kept), 1, "one ticket, or one entry of the list")
                if name:
                    self.assertEqual((tickets or kept).subject, name)

    def test_header_that_nobody_can_read_loses_no_mail(self):
        """Python's library fails on some as Odoo reads them, and the mail was gone with them."""
        user = "User <user@example.com>"
        for place, (header, value, sender, reason) in enumerate((
                ('Cc', "Sales: a@example.com; b@example.com", user, None), ('Cc', "Abebe@", user, None), ('Message-Id', "<[1]@mail.example.com>", user, None),
                ('Message-Id', "<a\x00b@mail.example.com>", user, None), ('References', "<c\x00d@mail.example.com>", user, None),
                ('X-Other', "x", f"{user}, Abebe@", None), ('X-Other', "x", "Abebe@", 'stranger'))):
            lines = {
                'From': sender, 'To': self.address, 'Message-Id': f'<unreadable-{place}@mail.example.com>', 'Subject': "No paper left", header: value}
            raw = "".join(f'{name}: {said}\r\n' for name, said in lines.items()).encode() + b'\r\nThe tray is empty.'
            with self.subTest(header=header, value=value, sender=sender):
                tickets, kept = self._receive(raw)
                self.assertEqual((len(tickets), kept.mapped('reason')), (0, [reason]) if reason else (1, []))
                self.assertEqual((tickets or kept).subject, "No paper left")
                self.assertIn("The tray is empty.", tickets.description or kept.body)
                self.assertEqual([len(found) for found in self._receive(raw)], [0, 0], "the same mail again")

    def test_mail_of_twenty_megabytes_loses_nothing(self):
        """A file of 20 MiB, 27 MB as it is sent: as a new request, once more, in a reply, and of somebody whom nobody knows."""
        content = Random(16).randbytes(20 * 1024**2)
        files = [("photo.bin", content), ("small.bin", b"x")]
        message = self._mail(files=files).as_bytes()
        self.assertGreater(len(message), 27 * 10**6)
        began = process_time()
        ticket, kept = self._receive(message)
        spent = process_time() - began
        self.assertEqual((len(ticket), len(kept), ticket.subject), (1, 0, "No paper left"))
        self.assertLess(spent, 30, "half of what Odoo gives a worker")
        self.assertEqual([len(found) for found in self._receive(message)], [0, 0], "the same mail again")
        nothing, kept = self._receive(self._mail(subject="Re: x", files=files, **self._thread(ticket)))
        self.assertFalse(nothing | kept.about_id)
        nothing, kept = self._receive(self._mail("Somebody <somebody@example.org>", files=files))
        self.assertEqual((len(nothing), len(kept)), (0, 1))
        words = self._words(ticket)
        self.assertEqual(len(words), 2)
        for place in (words[0], words[1], kept):
            with self.subTest(place=place):
                self.assertTrue(sorted(place.attachment_ids.mapped('raw'), key=len) == [b"x", content], "byte by byte")
        self.assertIn("The tray is empty.", ticket.description)

    def test_many_files_and_long_texts(self):
        with patch('odoo.addons.it_continuity.models.intake.ticket_gateway.MAX_FILE', 1000):
            files = [("large.bin", bytes(2000)), *((f"{n}.txt", b"%d" % n) for n in range(24)), ("23.txt", b"twin")]
            ticket, _kept = self._receive(self._mail(files=files))
            listed = self.assertKept(self._mail("Stranger <x@example.org>", files=files), 'stranger')
        words = self._words(ticket)
        for body, kept in ((words.body, words.attachment_ids), (listed.body, listed.attachment_ids)):
            self.assertEqual(len(kept), 21)
            with zipfile.ZipFile(io.BytesIO(kept.filtered(lambda one: one.name == 'more_files.zip').raw)) as packed:
                self.assertEqual({name: packed.read(name) for name in packed.namelist()}, {
                    '21 20.txt': b"20", '22 21.txt': b"21", '23 22.txt': b"22", '24 23.txt': b"23", '25 23.txt': b"twin"}, "nothing is lost")
            self.assertIn("These files lie in more_files.zip: 20.txt, 21.txt, 22.txt, 23.txt, 23.txt.", body)
            self.assertIn("Not kept, as they are too large: large.bin.", body)
        with patch('odoo.addons.it_continuity.models.intake.ticket_gateway.MAX_BODY', 1000):
            ticket, _kept = self._receive(self._mail(text="word " * 5000))
        self.assertLess(len(ticket.description), 3000)
        self.assertIn("longer than this", ticket.description)
        self.assertEqual((self._words(ticket).attachment_ids.mimetype, self._words(ticket).attachment_ids.raw.count(b"word ")), ('text/plain', 5000))

    def test_who_cannot_be_told_is_kept_for_a_person(self):
        twin = self._person('user', 'twin')
        twin.email = "other@example.com"
        guest = self.env['res.users'].create({'name': "Guest", 'login': 'itc_nobody', 'email': 'nobody@example.com'})
        guest.group_ids = [Command.set(self.env.ref('base.group_user').ids)]
        gone = self._person('user', 'gone')
        gone.active = False
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        foreign = self._person('user', 'foreign')
        foreign.write({'company_ids': [Command.set(elsewhere.ids)], 'company_id': elsewhere.id})
        for sender, reason in (
                ("other@example.com", 'many'), ("nobody@example.com", 'barred'), ("foreign@example.com", 'barred'), ("gone@example.com", 'stranger'),
                ("Stranger <x@example.org>", 'stranger'), (None, 'stranger')):
            with self.subTest(sender=sender):
                mail = self.assertKept(self._mail(sender, files=[("a.txt", b"x")]), reason)
                self.assertEqual((mail.subject, mail.body, mail.attachment_ids.raw), ("No paper left", "The tray is empty.", b"x"))
                self.assertEqual(bool(mail.requester_id), reason == 'barred', "filled in only where one alone may have written it")
                self.assertFalse(self._new_mails, "nobody is answered")

    def test_strangers_are_refused_where_the_company_says_so(self):
        self.env.company.itc_mail_strangers = 'refuse'
        self.assertKept(self._mail("Sara <sara@example.org>"), 'stranger', 'dismissed')
        self.assertEqual(
            [(mail.email_to, 'not taken' in mail.body_html, 'auto-replied' in mail.headers) for mail in self._new_mails], [('sara@example.org', True, True)])
        for sender in ("sara@example.org", "no-reply@example.org"):
            self.assertKept(self._mail(sender), 'stranger', 'dismissed')
            self.assertFalse(self._new_mails, "once a day, and no machine")
        for headers, reason, state in (*ROBOTS, ({'X_Auto_Response_Suppress': 'All'}, 'stranger', 'dismissed'), (
                {'Auto_Submitted': 'auto-forwarded'}, 'stranger', 'dismissed')):
            self.assertKept(self._mail("x@example.org", **headers), reason, state)
            self.assertFalse(self._new_mails)
        ticket = self._resolved(days_ago=30)
        mail = self.assertKept(self._mail("Me <me@home.example.org>", subject=f"Re: [{ticket.name}] x"), 'stranger')
        self.assertEqual((mail.about_id, len(self._new_mails), ticket._has_unread_mail()), (ticket, 0, True), "it may be the answer, from home")

    def test_flood_goes_to_the_list(self):
        for _count in range(10):
            self._log(channel='odoo').sudo().channel = 'email'
        self.assertKept(self._mail(), 'flood')
        self.assertTrue(self._receive(self._mail("Other <other@example.com>"))[0])

    def test_list_takes_no_more_than_so_much_of_one_sender(self):
        with patch('odoo.addons.it_continuity.models.intake.unrouted_mail.MOST_AN_HOUR', 1):
            mails = [self.assertKept(self._mail(f"{name} <X@example.org>", files=[("a.txt", b"x")]), 'stranger') for name in ("Sara", "Abebe")]
        self.assertEqual([(bool(mail.body), len(mail.attachment_ids)) for mail in mails], [(True, 1), (False, 0)])

    def test_a_mail_that_cannot_be_made_a_ticket_is_kept(self):
        with patch.object(type(self.env['it.ticket']), '_prepare_values', side_effect=ValueError), \
                mute_logger('odoo.addons.it_continuity.models.intake.mail_thread'):
            mail = self.assertKept(self._mail(files=[("a.txt", b"x")]), 'error')
        self.assertEqual((mail.requester_id, mail.attachment_ids.raw), (self.user, b"x"))
        ticket = self._resolved()
        with patch.object(type(self.env['it.ticket']), 'message_update', side_effect=ValueError), \
                mute_logger('odoo.addons.it_continuity.models.intake.mail_thread'):
            mail = self.assertKept(self._mail("Me <me@home.example.org>", **self._thread(ticket)), 'error')
        self.assertEqual((mail.about_id, mail.requester_id), (ticket, self.env['res.users']), "never who fetches the mail")

    def test_a_mail_of_which_nothing_can_be_told_is_kept(self):
        with patch.object(type(self.env['it.ticket']), '_count_lately', side_effect=ValueError), \
                mute_logger('odoo.addons.it_continuity.models.intake.ticket_gateway'):
            mail = self.assertKept(self._mail(files=[("a.txt", b"x")]), 'error')
        self.assertEqual((mail.subject, mail.attachment_ids.raw), ("No paper left", b"x"))

    def test_what_fails_here_does_not_fail_elsewhere(self):
        """A mail that goes to a ticket and to a record of another app."""
        group = self.env['mail.alias'].create({
            'alias_name': 'people', 'alias_model_id': self.env['ir.model']._get_id('res.partner'), 'alias_contact': 'everyone'})
        with patch.object(type(self.env['it.ticket']), '_prepare_values', side_effect=ValueError), \
                mute_logger('odoo.addons.it_continuity.models.intake.mail_thread'):
            self.assertKept(self._mail(to=f"{self.address}, {group.alias_full_name}", subject="For two"), 'error')
        self.assertEqual(self.env['res.partner'].search_count([('name', '=', "For two")]), 1)

    def test_texts_are_in_the_language_of_who_reads_them(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.user.lang, self.env.company.partner_id.lang = 'fr_FR', 'fr_FR'
        def translate(env, text, *args, **values):
            return f"{env.lang}: {str(text) % (args or values) if args or values else text}"

        with patch.object(type(self.env), '_', translate), \
                patch('odoo.addons.it_continuity.models.intake.ticket_gateway.MAX_FILE', 1):
            ticket, _kept = self._receive(self._mail(files=[("a.txt", b"xx")]))
            mail = self.assertKept(self._mail("x@example.org", subject="", files=[("a.txt", b"xx")]), 'stranger')
        self.assertIn("fr_FR: Not kept", self._words(ticket).body)
        self.assertEqual(mail.subject, "fr_FR: Mail without a subject")
        self.assertIn("fr_FR: Not kept", mail.body)


@tagged('post_install', '-at_install')
class TestTicketGatewayReplies(GatewayCase):
    """Words on a ticket: whose count, by which door, and what no lie about the sender gains."""

    def setUp(self):
        super().setUp()
        self.ticket = self._resolved(days_ago=30)
        self.named = f"Re: [{self.ticket.name}] Printer says no"

    def _state(self):
        return self.ticket.state, self.ticket.reopen_count, bool(self.ticket.answered_at), len(self._words(self.ticket))

    def assertAnswered(self, message):
        self.assertEqual([len(found) for found in self._receive(message)], [0, 0])
        self.assertEqual(self._state(), ('resolved', 0, True, 1))

    def test_machines_say_nothing(self):
        for headers, reason, state in ROBOTS:
            for how in ({'subject': self.named}, {'subject': "Out of office", **self._thread(self.ticket)}):
                with self.subTest(headers=headers, how=how):
                    mail = self.assertKept(self._mail(**how, **headers), reason, state)
                    self.assertEqual(mail.about_id, self.ticket)
                    self.assertFalse(self._new_mails)
        for sender, reason in ((f"IT <{self.address}>", 'own'), (self.catchall, 'own'), ("postmaster@example.com", 'bounce')):
            self.assertKept(self._mail(sender, subject=self.named), reason, 'dismissed')
        self.assertEqual(self._state(), ('resolved', 0, False, 0))

    def test_bounces_and_receipts_open_nothing(self):
        for kind in ('delivery-status', 'disposition-notification'):
            lines = (
                "From: MAILER-DAEMON@example.com" if kind == 'delivery-status' else "From: user@example.com", f"To: {self.address}", "Subject: Undelivered",
                f"Message-Id: <{kind}@example.com>", f"In-Reply-To: {self._thread(self.ticket)['In_Reply_To']}",
                f'Content-Type: multipart/report; report-type={kind}; boundary="b"', "", "--b", "Content-Type: text/plain", "", "It came back", "--b",
                f"Content-Type: message/{kind}", "", "Reporting-MTA: dns; x", "", "Final-Recipient: rfc822; user@example.com", "", "--b--", "")
            with self.subTest(kind=kind):
                self.assertKept("\r\n".join(lines).encode(), 'bounce', 'dismissed')
        self.assertEqual(self._state(), ('resolved', 0, False, 0))

    def test_reply_with_thread_headers(self):
        self.assertAnswered(self._mail(text="It still jams", to=self.catchall, subject="Re: x", **self._thread(self.ticket)))
        self.assertEqual(self._words(self.ticket).author_id, self.user.partner_id)

    def test_reply_to_a_mail_that_stands_in_no_chatter(self):
        """The thanks for a request is a mail to one person; what they answer is read by all who work on it."""
        thanks = self.env['mail.message'].sudo().search([
            ('model', '=', 'it.ticket'), ('res_id', '=', self.ticket.id), ('message_type', '=', 'user_notification'),
            ('partner_ids', 'in', self.user.partner_id.ids)], limit=1)
        self.assertAnswered(self._mail(In_Reply_To=thanks.message_id))
        self.assertEqual(self._words(self.ticket).subtype_id, self.env.ref('mail.mt_comment'))

    def test_reply_without_headers_finds_its_ticket_by_number(self):
        self.ticket.sudo()._transition({'name': 'it_Desk-7'})
        self._log(self.other).sudo()._transition({'name': 'itxDesk-7'})
        self.assertAnswered(self._mail(subject="Re: [urgent] [IT_DESK-7] Printer says no"))

    def test_reply_without_headers_to_the_address_of_all_replies(self):
        self.assertAnswered(self._mail(subject=self.named, to=self.catchall))

    def test_what_only_forbids_an_answer_is_no_machines_word(self):
        for count, headers in enumerate(({'X_Auto_Response_Suppress': 'All'}, {'Auto_Submitted': 'auto-forwarded'}), 1):
            self.assertEqual([len(found) for found in self._receive(self._mail(subject=self.named, **headers))], [0, 0])
            self.assertEqual(self._state(), ('resolved', 0, True, count))

    def test_reply_to_the_address_of_all_replies_of_which_nothing_can_be_told(self):
        """What goes wrong in the database as the mail is looked at is taken back, and the mail is kept."""
        def fail(tickets, *_args, **_kwargs):
            tickets.env.cr.execute("SELECT 1 / 0")
        with patch.object(type(self.ticket), '_look_at', fail), mute_logger('odoo.sql_db'), self.assertLogs('odoo.addons.it_continuity', 'ERROR'):
            mail = self.assertKept(self._mail(subject=self.named, to=self.catchall), 'error')
        self.assertEqual((mail.subject, mail.body), (f"[{self.ticket.name}] Printer says no", "The tray is empty."))

    def test_unreadable_reply_to_the_address_of_all_replies(self):
        lines = (
            "From: user@example.com", f"To: {self.catchall}", "Subject: Re: x", "Message-Id: <unreadable@example.com>",
            f"In-Reply-To: {self._thread(self.ticket)['In_Reply_To']}", "Content-Type: text/plain; charset=x-no-such", "", "It jams", "")
        self.assertAnswered("\r\n".join(lines).encode())
        self.assertIn("It jams", self._words(self.ticket).body)

    def test_word_on_a_ticket_closed_as_silent_calls_a_technician(self):
        self.ticket.with_user(self.technician).action_close_silently("Asked twice")
        for count, mail in enumerate((self._mail(subject=self.named), self._mail("Me <me@home.example.org>", **self._thread(self.ticket))), 1):
            self.assertEqual([len(found) for found in self._receive(mail)], [0, 0], "on the ticket, and nowhere else")
            self.assertEqual(self._state(), ('closed', 0, True, count))
            self.assertEqual(self.ticket.sudo().activity_ids.user_id, self.technician, "called once, however many come")
        self._receive(self._mail("Technician <technician@example.com>", subject=self.named))
        self.assertEqual((self._state(), self.ticket.sudo().activity_ids.user_id), (('closed', 0, False, 3), self.env['res.users']))

    def test_word_on_a_closed_ticket_reaches_a_person(self):
        self.ticket.with_user(self.user).action_confirm()
        for count, text in enumerate(("It still jams", "Hello?"), 1):
            tickets, mail = self._receive(self._mail(subject=self.named, text=text))
            self.assertEqual((len(tickets), mail.reason, mail.state, mail.about_id, mail.requester_id), (0, 'closed', 'waiting', self.ticket, self.user))
            self.assertEqual((mail.body, self.ticket.state, len(self._words(self.ticket))), (text, 'closed', count))
        _tickets, mail = self._receive(self._mail("Technician <technician@example.com>", subject=self.named))
        self.assertFalse(mail, "who works here looks at it anyhow")
        self.assertEqual(len(self._words(self.ticket)), 3)

    def test_reply_from_an_address_that_nobody_knows(self):
        self.assertAnswered(self._mail("Me <me@home.example.org>", **self._thread(self.ticket)))
        self.assertFalse(self._words(self.ticket).author_id)
        self.assertNotIn('me@home.example.org', self.ticket.sudo().message_partner_ids.mapped('email'))

    def test_others_get_no_word_in(self):
        gone = self._person('user', 'gone')
        gone.active = False
        for sender, how, reason in (
                ("Other <other@example.com>", {'subject': self.named}, 'not_theirs'), ("Other <other@example.com>", self._thread(self.ticket), 'not_theirs'),
                ("Sara <sara@example.org>", {'subject': self.named}, 'stranger'), ("Auditor <auditor@example.com>", {'subject': self.named}, 'barred'),
                ("Gone <gone@example.com>", self._thread(self.ticket), 'stranger')):
            with self.subTest(sender=sender, how=how):
                mail = self.assertKept(self._mail(sender, **how), reason)
                self.assertEqual(mail.about_id, self.ticket)
                self.assertFalse(self._new_mails, "nobody is told anything about it")
        self.assertEqual(self._state(), ('resolved', 0, False, 0))
        self.assertFalse(self.ticket.sudo().message_partner_ids & (self.other.partner_id | gone.partner_id))

    def test_number_sent_to_the_address_of_all_replies_by_others_waits_for_a_person(self):
        both = f'{self.catchall}, colleague@elsewhere.example.com'
        for sender, to, reason in (
                ("Me <me@home.example.org>", self.catchall, 'stranger'), ("Other <other@example.com>", self.catchall, 'not_theirs'),
                ("Auditor <auditor@example.com>", self.catchall, 'barred'), ("Me <me@home.example.org>", both, 'stranger')):
            with self.subTest(sender=sender, to=to):
                mail = self.assertKept(self._mail(sender, subject=self.named, to=to), reason)
                self.assertEqual((mail.about_id, mail.onto_id, len(self._new_mails)), (self.ticket, self.ticket, 0))
        self.assertEqual(self._state(), ('resolved', 0, False, 0))
        self.assertTrue(self.ticket._has_unread_mail(), "it may be the answer: silence waits until somebody has looked")
        self.assertEqual([len(found) for found in self._receive(self._mail(subject=self.named, to=both))], [0, 0], "the requester's own is their word")
        self.assertEqual(self._state(), ('resolved', 0, True, 1))
        with mute_logger(THREAD):
            self.assertEqual([len(found) for found in self._receive(self._mail(subject="Re: [TKT/1999/0001]", to=both))], [0, 0])
        self.assertEqual(self._new_mails.mapped('email_to'), ['"User" <user@example.com>'], "a number of nothing is Odoo's affair: it sends it back")

    def test_more_words_than_odoo_takes_of_one_sender_wait_for_a_person(self):
        self.env['ir.config_parameter'].sudo().set_param('mail.gateway.loop.threshold', '2')
        group = self.env['mail.alias'].create({
            'alias_name': 'people', 'alias_model_id': self.env['ir.model']._get_id('res.partner'), 'alias_contact': 'everyone'})
        for count in (1, 2):
            self.assertEqual([len(found) for found in self._receive(self._mail(subject=self.named))], [0, 0])
            self.assertEqual(self._state(), ('resolved', 0, True, count))
        mail = self.assertKept(self._mail(subject=self.named, text="It jams again", files=[("a.txt", b"x")]), 'flood')
        self.assertEqual((mail.about_id, mail.onto_id, mail.requester_id, mail.body, mail.attachment_ids.raw), (
            self.ticket, self.ticket, self.user, "It jams again", b"x"))
        self.assertFalse(self._new_mails, "nothing that would feed a loop")
        self.assertKept(self._mail(subject=self.named, to=f"{self.address}, {group.alias_full_name}"), 'flood')
        self.assertEqual(self.env['res.partner'].search_count([('name', '=', self.named)]), 1, "what goes elsewhere goes there")
        with patch('odoo.addons.it_continuity.models.intake.unrouted_mail.MOST_AN_HOUR', 2), mute_logger(THREAD):
            self.assertEqual([len(found) for found in self._receive(self._mail(subject=self.named))], [0, 0])
        self.assertEqual(self._new_mails.mapped('email_to'), ['"User" <user@example.com>'], "a loop fills no disk: Odoo sends it back")
        mail.with_user(self.technician).action_add_to_ticket()
        self.assertIn("It jams again", self._words(self.ticket)[:1].body)
        self.ticket.with_user(self.user).action_confirm()
        self.assertKept(self._mail(subject=self.named), 'flood')  # and not as if its words stood on the closed ticket

    def test_who_writes_as_the_requester_closes_and_reads_nothing(self):
        for text in ("Yes, it is solved", "Confirm. Close it.", "say=yes"):
            self._receive(self._mail(text=text, subject=self.named, **{'Reply_To': 'thief@example.org', 'Cc': 'thief@example.org'}))
        self.assertEqual(self._state(), ('resolved', 0, True, 3))
        self.assertFalse(self.ticket.confirmation_kind)
        self.ticket.with_user(self.technician).message_post(body="Really?", subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        with self.mock_mail_gateway():
            self.ticket.with_user(self.technician).message_post(body="Is it?", subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
            self.env.flush_all()
        sent = "".join(f"{mail.email_to} {mail.recipient_ids.mapped('email')} {mail.headers}" for mail in self._new_mails)
        self.assertIn("user@example.com", sent)
        self.assertNotIn("thief", sent)

    def test_who_writes_as_a_technician_by_number_answers_nothing(self):
        self._receive(self._mail(subject=self.named))
        self._receive(self._mail("Technician <technician@example.com>", subject=self.named, text="All is well"))
        self.assertEqual(self._state(), ('resolved', 0, True, 2), "still answered, and not replied to")
        self.assertEqual(self._words(self.ticket)[:1].subtype_id, self.env.ref('mail.mt_note'))
        self.assertNotIn("user@example.com", str([mail.recipient_ids.mapped('email') for mail in self._new_mails]))

    def test_technicians_reply_by_mail_begins_the_wait_anew(self):
        self._receive(self._mail(subject=self.named))
        told = self._words(self.ticket)[:1]
        self._receive(self._mail("Technician <technician@example.com>", In_Reply_To=told.message_id))
        self.assertFalse(self.ticket.answered_at)
        self.assertTrue(self.ticket.asked_at)

    def test_answers_come_to_the_service_desks_address(self):
        self.assertIn(f'<{self.address}>', self.ticket._notify_get_reply_to()[self.ticket.id])
        self.env.company.itc_ticket_alias_name = False
        self.assertIn(f'<{self.catchall}>', self.ticket._notify_get_reply_to()[self.ticket.id])

    def test_reply_that_quotes_the_links_keeps_none_of_them(self):
        url = self.ticket._answer_url()
        mark = url.rpartition('-')[2]
        inner = EmailMessage()
        inner['From'] = "IT <it@example.com>"
        inner.set_content(f"see {url}?say=yes")
        message = self._mail(subject=self.named, text=f"No\n> {url}?say=yes", html=f'<p>No</p><blockquote><a href="{url}?say=yes">Yes</a></blockquote>')
        message.add_attachment(inner)
        self._receive(message)
        said = self._words(self.ticket)
        self.assertNotIn(mark, said.body + b"".join(said.attachment_ids.mapped('raw')).decode())
        odd = f'From: x@example.org\r\nTo: {self.address}\r\nMessage-Id: <odd@x>\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=x-no\r\n\r\n'
        mail = self.assertKept(odd.encode() + base64.encodebytes(f"አይ\n> {url}?say=yes".encode()), 'stranger')
        self.assertEqual(mail.attachment_ids.name, 'mail.eml')
        kept = message_from_bytes(mail.attachment_ids.raw).get_payload(decode=True).decode()
        self.assertIn("አይ", kept)
        self.assertNotIn(mark, kept)
        mail = self.assertKept(self._mail("x@example.org", subject=self.named, text=f"No\n> {url}?say=yes"), 'stranger')
        self.assertIn("No", mail.body)
        self.assertNotIn(mark, mail.body)

    def test_original_that_is_kept_has_no_link_either(self):
        url = self.ticket._answer_url()
        inner = EmailMessage()
        inner.set_content(f"ይሰራል? {url}?say=yes", cte='base64')
        message = self._mail(subject=self.named)
        message.set_content(f"አይ፣ አሁንም አይሰራም\n> {url}?say=yes", cte='base64')
        message.make_mixed()
        message.add_attachment(inner)
        with self.mock_mail_gateway():
            self.env['mail.thread'].message_process(False, message.as_bytes(), save_original=True)
        said = self._words(self.ticket)
        self.assertIn("አሁንም አይሰራም", said.body)
        self.assertEqual(len(said.attachment_ids), 2)
        texts = [said.body, *(
            part.get_payload(decode=True).decode() for file in said.attachment_ids for part in message_from_bytes(file.raw).walk() if not part.is_multipart())]
        self.assertEqual(len(texts), 4)
        for text in texts:
            self.assertIn('it_continuity/answer/', text)
            self.assertNotIn(url.rpartition('-')[2], text)

    def test_colleagues_hand_no_mail_over_and_make_none_up(self):
        mail = self._mail(subject=self.named).as_string()
        new = self._mail().as_string()
        stranger = self._mail("x@example.org").as_string()
        threads, tickets = self.env['mail.thread'], self.env['it.ticket']
        for person in (self.user, self.other, self.technician, self.manager):
            for door in (
                    lambda person=person: threads.with_user(person).message_process(False, mail),
                    lambda person=person: threads.with_user(person).message_process('it.ticket', new),
                    lambda person=person: threads.with_user(person).message_process(False, stranger)):
                with self.subTest(person=person.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                    door()
        made = {'subject': "Made up", 'body': "x", 'email_from': "other@example.com"}
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            tickets.with_user(self.user).message_new(made, {'company_id': self.env.company.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.ticket.with_user(self.other).read(['subject'])
        self.ticket.with_user(self.user).message_update(made, {'state': 'closed', 'priority': '2'})
        self.assertEqual((self.ticket.state, self.ticket.priority), ('resolved', '0'))
        self.assertFalse(self.unrouted.search([]))
