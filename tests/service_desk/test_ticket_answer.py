import importlib.util
from datetime import date, datetime, timedelta
from pathlib import Path

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCommon

from ..people.calendar_case import CalendarCase
from .common import TicketCase

MIGRATION = Path(__file__).parents[2] / 'migrations' / '19.0.1.2.0' / 'post-desk.py'
TODO = 'it_continuity.mail_activity_type_ticket_take_up'


@tagged('post_install', '-at_install')
class TestTicketAnswer(TicketCase):
    """“No answer came” is judged by what was written."""

    def setUp(self):
        super().setUp()
        self.ticket = self._resolved(days_ago=30)
        self.work = self.ticket.with_user(self.technician)

    def _say(self, person, text="It is still broken", **values):
        return self.ticket.with_user(person).message_post(
            body=text, **{'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment', **values})

    def assertAnswered(self):
        self.assertFalse(self.work.can_close_silently)
        with self.assertRaisesRegex(UserError, "was answered"):
            self.work.action_close_silently("No answer came")
        self.assertEqual(self.ticket.state, 'resolved')
        self.assertEqual(self._called(), self.technician)

    def _called(self):
        kind = self.env.ref(TODO)
        return self.ticket.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == kind).user_id

    def test_without_a_word_it_is_closed(self):
        self.assertTrue(self.work.can_close_silently)
        self.assertFalse(self._called())
        self.work.action_close_silently("Asked twice")
        self.assertEqual(self.ticket.confirmation_kind, 'silent')

    def test_word_of_the_requester_in_the_chatter_stops_it_and_returns_it_to_the_technician(self):
        waiting = self._resolved(days_ago=29)
        self._say(self.user)
        self.assertAnswered()
        self.assertLess(self.ticket.queue_rank, waiting.queue_rank)
        open_domain = self.env['it.today'].with_user(self.technician)._open_ticket_domain(self.env['it.today'].with_user(self.technician)._viewer())
        self.assertIn(self.ticket, self.env['it.ticket'].with_user(self.technician).search(open_domain))
        self.assertNotIn(waiting, self.env['it.ticket'].with_user(self.technician).search(open_domain))

    def test_note_of_the_requester_is_a_word_too(self):
        self._say(self.user, subtype_xmlid='mail.mt_note')
        self.assertAnswered()

    def test_word_of_the_colleague_who_needs_it(self):
        employee = self.env['hr.employee'].create({'name': "Other", 'user_id': self.other.id, 'company_id': self.env.company.id})
        self.ticket.sudo().requested_for_id = employee
        self._say(self.other)
        self.assertAnswered()

    def test_word_from_an_address_that_nobody_knows(self):
        text = "From my private mail: no"
        gateway = self.ticket.with_user(SUPERUSER_ID)  # as which the incoming mail is taken in
        gateway.message_post(body=text, message_type='email', author_id=False, email_from='private@example.org')
        self.assertAnswered()

    def test_words_with_which_the_requester_finishes_the_question(self):
        question = self.ticket.sudo().activity_ids.filtered(lambda activity: activity.user_id == self.user)
        question.with_user(self.user).action_feedback(feedback="No, it prints nothing")
        self.assertAnswered()

    def test_old_message_written_anew(self):
        ticket = self._log()
        message = ticket.with_user(self.user).message_post(body="It is broken", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self.assertFalse(ticket.answered_at)
        ticket.with_user(self.user)._message_update_content(message.with_user(self.user), body="It is broken again")
        self.assertTrue(ticket.answered_at)

    def _by_rpc(self, door, person, ticket, text):
        """Write on a ticket by RPC, by one of its doors."""
        messages = self.env['mail.message'].with_user(person)
        place = {'model': 'it.ticket', 'res_id': ticket.id, 'body': text}
        if door == 'create':
            messages.create({**place, 'message_type': 'comment'})
        elif door == 'create a notification':
            messages.create({**place, 'message_type': 'notification'})
        elif door == 'notify':
            self._rpc(person, ticket, 'message_notify', partner_ids=self.technician.partner_id.ids, body=text)
        else:
            self._rpc(person, ticket, 'message_post', body=text, **({'message_type': door} if door else {}))

    def test_word_of_the_requester_by_any_door_and_of_any_type(self):
        for door in ('', 'notification', 'auto_comment', 'out_of_office', 'create', 'create a notification', 'notify'):
            with self.subTest(door=door):
                self.ticket = self._resolved(days_ago=30)
                self.work = self.ticket.with_user(self.technician)
                self._by_rpc(door, self.technician, self.ticket, "Asked by phone")
                self._by_rpc(door, self.user, self.ticket, "")
                self.assertFalse(self.ticket.answered_at, "a technician's word is none, nor is nothing")
                self._by_rpc(door, self.user, self.ticket, "Still jams")
                self.assertAnswered()

    def test_word_of_the_requester_to_several_at_once(self):
        """A composer for many records makes mails of its own, in superuser mode."""
        for person, answered in ((self.technician, False), (self.user, True)):
            composer = self.env['mail.compose.message'].with_user(person).create({
                'model': 'it.ticket', 'res_ids': str(self.ticket.ids), 'composition_mode': 'mass_mail', 'message_type': 'notification',
                'body': "<p>Still jams</p>", 'subject': "Printer", 'force_send': False, 'partner_ids': self.technician.partner_id.ids,
                'author_id': person.partner_id.id, 'email_from': person.email_formatted})
            self._rpc(person, composer, 'action_send_mail')
            self.assertEqual(bool(self.ticket.answered_at), answered)
        self.assertAnswered()

    def test_own_message_written_anew_by_rpc(self):
        said = self.env['mail.message'].with_user(self.user).create({
            'model': 'it.ticket', 'res_id': self.ticket.id, 'body': "It jams", 'message_type': 'comment'})
        for values in ({'body': "Still jams"}, {'subject': "Still jams"}):
            with self.subTest(values=values):
                self.ticket.sudo()._transition({'answered_at': False})
                self._rpc(self.user, said, 'write', values)
                self.assertAnswered()
        self.ticket.sudo()._transition({'answered_at': False})
        self._rpc(self.user, said, 'write', {'is_internal': True})
        self.assertFalse(self.ticket.answered_at, "nothing was said")

    def test_what_a_technician_writes_into_their_own_request_is_a_word(self):
        kind = self.env['it.ticket.category'].create({
            'name': "Cable", 'role_id': self.role.id, 'request_fields': [{'name': 'which', 'type': 'char', 'string': "Which"}]})
        picture = self.env['ir.attachment'].with_user(self.technician_2).create({'name': "again.png", 'raw': b"x"})
        said = (
            {'description': "<p>Still jams, see the picture</p>"}, {'subject': "Still jams"}, {'request_values': {'which': "red"}},
            {'attachment_ids': [(4, picture.id)]})
        for values in said:
            with self.subTest(values=values):
                self.ticket = self._resolved(self.technician_2, days_ago=30, category_id=kind.id, description="<p>It jams</p>")
                self.work = self.ticket.with_user(self.technician)
                theirs = self.ticket.with_user(self.technician_2)
                theirs.write({'priority': '1', 'description': theirs.description, 'subject': theirs.subject})
                self.work.write({'subject': "Printer says no, again", 'description': "<p>As told by phone</p>"})
                theirs.sudo().write({'description': "<p>Written by the software</p>"})
                self.assertFalse(self.ticket.answered_at, "what stays as it is says nothing; nor does another technician, or the software")
                self._rpc(self.technician_2, theirs, 'write', values)
                self.assertAnswered()

    def test_what_the_software_says_in_the_name_of_who_asked_is_no_word(self):
        """Who asked is a technician here, and presses what technicians press."""
        ticket = self._resolved(self.technician_2, days_ago=30)
        theirs = ticket.with_user(self.technician_2)
        self.env.cr.precommit.run()
        theirs.assignee_id = self.manager  # who is told by mail
        theirs.asset_id = self.host
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertTrue(self.env['mail.message'].sudo().search([('model', '=', 'it.ticket'), ('res_id', '=', ticket.id)]).tracking_value_ids)
        own = self._log(self.technician_2)
        self._work_on(own, self.technician_2)
        self._tick_required(own, self.technician_2)
        own.with_user(self.technician_2).action_resolve()
        question = ticket.sudo().activity_ids.filtered(lambda activity: activity.user_id == self.technician_2)
        question.with_user(self.technician_2).user_id = self.manager
        invited = self.env['mail.followers.edit'].with_user(self.technician_2).create({
            'res_model': 'it.ticket', 'res_ids': str(ticket.ids), 'partner_ids': [(4, self.technician.partner_id.id)], 'operation': 'add', 'notify': True})
        invited.edit_followers()
        self.assertEqual((ticket.answered_at, own.answered_at), (False, False))
        ticket.with_user(self.technician).action_close_silently("Asked twice")
        theirs.action_reopen("Still jams")
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        theirs.action_confirm()
        self.assertEqual((ticket.state, ticket.answered_at, ticket.asked_at), ('closed', False, False))

    def test_technicians_words_are_no_answer(self):
        for kind in ('mail.mt_comment', 'mail.mt_note'):
            self._say(self.technician, "Asked again by phone", subtype_xmlid=kind)
            self._say(self.manager, "Does it work now?", subtype_xmlid=kind)
        self.assertFalse(self.ticket.answered_at)
        self.work.action_close_silently("Asked twice")

    def test_technician_who_asks_cannot_close_over_the_own_word(self):
        ticket = self._resolved(self.technician_2, days_ago=30)
        ticket.with_user(self.technician_2).message_post(body="No", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        with self.assertRaisesRegex(UserError, "was answered"):
            ticket.with_user(self.technician).action_close_silently("No answer came")

    def test_who_wrote_is_never_silent_also_when_a_technician_replied(self):
        """Once replied, and a note is none, it waits for another word of theirs, or for another technician's: nobody calls it silence."""
        self._say(self.user, "No, it still jams")
        self._say(self.technician, "Thinks it is solved", subtype_xmlid='mail.mt_note')
        self.assertAnswered()
        self._say(self.technician, "ok")
        self.assertFalse(self._called())
        self.ticket.sudo()._transition({'asked_at': self.ticket.asked_at - timedelta(days=30)})
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaisesRegex(UserError, "wrote after it was solved"):
                self.ticket.with_user(person).action_close_silently("Asked again, no answer")
            self.assertFalse(self.ticket.with_user(person).can_close_silently)
        with self.assertRaisesRegex(AccessError, "own work"):
            self.work.action_close_for_requester("Thinks it works")
        self.assertTrue(self.ticket.with_user(self.manager).can_verify)
        self.ticket.with_user(self.manager).action_close_for_requester("Saw it print")
        self.assertEqual((self.ticket.state, self.ticket.confirmation_kind), ('closed', 'colleague'))

    def test_another_technician_closes_what_was_said_to_work(self):
        self._say(self.user, "Thank you, it works")
        self.ticket.with_user(self.technician_2).action_close_for_requester("They wrote that it works")
        self.assertEqual((self.ticket.confirmation_kind, self._called()), ('colleague', self.env['res.users']))

    def test_reopening_and_resolving_again_begin_anew(self):
        self._say(self.user)
        self.work.action_reopen("It is not solved")
        self.assertFalse(self._called())
        self._work_on(self.ticket)
        self.work.action_resolve()
        self.assertFalse(self.ticket.answered_at or self.ticket.asked_at)
        self.ticket.sudo()._transition({'resolved_at': datetime(2026, 1, 5)})
        self.work.action_close_silently("Asked twice")
        self.assertEqual(self.ticket.confirmation_kind, 'silent')

    def test_confirming_after_a_word_closes_it(self):
        self._say(self.user, "Thank you!")
        self.ticket.with_user(self.user).action_confirm()
        self.assertEqual((self.ticket.state, self._called()), ('closed', self.env['res.users']))

    def test_words_that_came_before_the_upgrade_are_found(self):
        self._say(self.user)
        replied, silent = self._resolved(days_ago=20), self._resolved(days_ago=20)
        for person in (self.user, self.technician):
            replied.with_user(person).message_post(body=person.name, message_type='comment', subtype_xmlid='mail.mt_comment')
        tickets = self.ticket + replied + silent
        tickets.sudo()._transition({'answered_at': False, 'asked_at': False})
        self.env.flush_all()
        script = importlib.util.spec_from_file_location('post_desk', MIGRATION)
        module = importlib.util.module_from_spec(script)
        script.loader.exec_module(module)
        module.migrate(self.env.cr, '19.0.1.1.0')
        self.env.invalidate_all()
        self.assertEqual([bool(ticket.answered_at) for ticket in tickets], [True, False, False])
        self.assertEqual(self.ticket.queue_rank, 1)

    def test_nobody_writes_that_no_word_came(self):
        self._say(self.user)
        for values in ({'answered_at': False}, {'asked_at': datetime(2020, 1, 1)}):
            with self.assertRaises(UserError):
                self.work.write(values)


@tagged('post_install', '-at_install')
class TestTicketAnswerRoute(TicketCase, HttpCase):

    def test_word_of_the_requester_by_the_browser_is_a_comment_whatever_it_says(self):
        """Odoo's route posts in superuser mode, with what the browser says of the message."""
        self.authenticate(self.user.login, self.user.login)
        for kind in ('notification', 'auto_comment', 'out_of_office', 'user_notification', None):
            with self.subTest(kind=kind):
                ticket = self._resolved(days_ago=30)
                answer = self.make_jsonrpc_request('/mail/message/post', {'thread_model': 'it.ticket', 'thread_id': ticket.id, 'post_data': {
                    'body': "Still jams", 'subtype_xmlid': 'mail.mt_comment', **({'message_type': kind} if kind else {})}})
                self.env.invalidate_all()
                self.assertEqual(self.env['mail.message'].browse(answer['message_id']).message_type, 'comment')
                self.assertTrue(ticket.answered_at)


@tagged('post_install', '-at_install')
class TestTicketAnswerByMail(TicketCase, MailCommon):

    def test_mail_in_reply_to_the_question(self):
        ticket = self._resolved(days_ago=30)
        question = ticket.sudo().message_ids.filtered(lambda message: message.subtype_id == self.env.ref('mail.mt_comment'))[:1]
        mail = (
            f"From: {self.user.email_formatted}\nTo: {self.alias_catchall}@{self.alias_domain}\nSubject: Re: question\n"
            f"In-Reply-To: {question.message_id}\nReferences: {question.message_id}\nMessage-Id: <answer@example.com>\n"
            "Content-Type: text/plain; charset=utf-8\n\nIt still prints nothing.\n")
        with self.mock_mail_gateway():
            self.env['mail.thread'].message_process(False, mail)
        self.assertIn("prints nothing", ticket.sudo().message_ids[0].body)
        with self.assertRaisesRegex(UserError, "was answered"):
            ticket.with_user(self.technician).action_close_silently("No answer came")


@tagged('post_install', '-at_install')
class TestTicketOpeningDays(CalendarCase, TicketCase):
    """The days that a requester has are the company's opening days."""

    def _closable(self, resolved, now):
        ticket = self._resolved()
        ticket.sudo()._transition({'resolved_at': resolved})
        self._clock(now)
        return ticket.with_user(self.technician).can_close_silently

    def test_weekends_do_not_count(self):
        self.assertFalse(self._closable(self._at(9), self._at(9, 8)), "eight days with a weekend are six")
        self.assertFalse(self._closable(self._at(9), self._at(8.9, 9)))
        self.assertTrue(self._closable(self._at(9), self._at(9, 9)))

    def test_public_holidays_do_not_count_and_entries_of_another_kind_do(self):
        self._holiday(self._at(0, 1), self._at(24, 1))
        self._holiday(self._at(0, 2), self._at(24, 2), time_type='other')
        self.assertFalse(self._closable(self._at(9), self._at(9, 9)))
        self.assertTrue(self._closable(self._at(9), self._at(9, 10)))

    def test_two_week_schedule(self):
        fortnight = [*((day, '0') for day in range(5)), *((day, '1') for day in range(4))]
        self.company.resource_calendar_id = self._schedule("Fortnight", fortnight, two_weeks_calendar=True)
        self.assertFalse(self._closable(self._at(9, 3), self._at(9, 14)), "the second Friday is off")
        self.assertTrue(self._closable(self._at(9, 3), self._at(9, 15)))

    def test_flexible_schedule_counts_every_day_but_holidays(self):
        self.company.resource_calendar_id = self._flexible()
        self._holiday(self._at(0, 1), self._at(24, 1))
        self.assertFalse(self._closable(self._at(9), self._at(9, 7)))
        self.assertTrue(self._closable(self._at(9), self._at(9, 8)))

    def test_company_without_a_schedule_counts_every_day(self):
        self.company.resource_calendar_id = False
        self.assertFalse(self._closable(self._at(9), self._at(8.9, 7)))
        self.assertTrue(self._closable(self._at(9), self._at(9, 7)))

    def test_one_day_is_said_so(self):
        self.env['ir.config_parameter'].set_param('it_continuity.silent_closure_days', '1')
        ticket = self._resolved()
        with self.assertRaisesRegex(UserError, "has one day to answer"):
            ticket.with_user(self.technician).action_close_silently("No answer came")

    def test_week_begins_after_the_free_days(self):
        for days, first in ((range(5), 0), ((6, 0, 1, 2, 3), 6), ((5, 6, 0, 1, 2), 5), (range(6), 0), (range(7), 0)):
            self.company.resource_calendar_id = self._schedule("Week", days)
            self.assertEqual(self.calendar._week_start(self.company), first)
        self.company.resource_calendar_id = self._flexible()
        self.assertEqual(self.calendar._week_start(self.company), 0)
        self.company.resource_calendar_id = False
        self.assertEqual(self.calendar._week_start(self.company), 0)

    def test_quota_of_a_company_that_works_sunday_to_thursday(self):
        self.company.resource_calendar_id = self._schedule("Sunday to Thursday", (6, 0, 1, 2, 3))
        self._clock(self._at(9))
        task = self.env['it.task'].create({
            'name': "Twice a week", 'code': 'twice', 'start_date': date(2026, 11, 29), 'schedule_kind': 'weekly_quota', 'quota': 1,
            'due_time': 24, 'checklist_id': self.env['it.checklist'].create({'name': "Round", 'code': 'round'}).id})
        self._clock(self._at(9, 7))
        task._generate_runs()
        run = task.run_ids.sorted('date')[:1]
        self.assertEqual((run.date, run.open_at, run.due_at), (date(2026, 11, 29), self._at(0, 6), self._at(24, 12)))
