from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.mail.tests.common import MockEmail

from ..people.calendar_case import CalendarCase
from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketSilence(CalendarCase, TicketCase, MockEmail):
    """Who does not answer is reminded once, then the ticket is closed as silent; never on a day off, and never over a word."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))

    def setUp(self):
        super().setUp()
        self.env.company.email = 'it@example.com'
        self.ticket = self._waiting()

    def _waiting(self):
        self._clock(self._at(9))  # Monday
        return self._resolved()

    def _run(self, hour, day):
        """Let the job run at an hour of a day; return whom it wrote to."""
        self._clock(self._at(hour, day))
        with self.mock_mail_gateway():
            self.env['it.ticket']._cron_close_silent()
            self.env.flush_all()
        return sorted(partner.email for mail in self._new_mails for partner in mail.recipient_ids)

    def _days(self, *days):
        return [self._run(10, day) for day in days]

    def test_reminded_once_and_closed_after_the_opening_days(self):
        self.assertEqual(self._days(1, 2, 3, 4, 5, 6), [[]] * 6)
        self.assertEqual(self._run(7, 7), [], "before the hour from which people get their mail")
        self.assertEqual(self._days(7, 7, 8), [['user@example.com'], [], []])
        self.assertIn('it_continuity/answer/', self._reminder().body_html, "the reminder has the links")
        self.assertEqual(self.ticket.state, 'resolved')
        self.assertEqual(self._run(10, 9), ['technician@example.com', 'user@example.com'], "both are told that it is closed")
        self.assertEqual(
            (self.ticket.state, self.ticket.confirmation_kind, self.ticket.confirmed_by_id), ('closed', 'silent', self.env.ref('base.user_root')))
        self.assertEqual(self.ticket.silent_reason, "No word came in 7 opening days after 11/23/2026, nor after the reminder of 11/30/2026.")
        self.assertFalse(self.ticket.sudo().activity_ids)
        self.ticket.with_user(self.user).action_reopen("It came back")
        self.assertEqual(self.ticket.state, 'in_progress')

    def _reminder(self):
        return self.env['mail.mail'].sudo().search([('body_html', 'ilike', "have not heard from you")], limit=1)

    def test_nothing_on_days_off(self):
        """Also not what was due since the last opening day, on which the job did not run."""
        self.env['ir.config_parameter'].set_param('it_continuity.silent_closure_days', '4')
        self._holiday(self._at(0, 7), self._at(24, 7))
        self.assertEqual(self._days(5, 6, 7), [[], [], []])
        self.assertEqual(self._run(10, 8), ['user@example.com'])
        self._holiday(self._at(0, 10), self._at(24, 11))
        self.assertEqual(self._days(10, 11, 12, 13), [[]] * 4)
        self.assertEqual(self.ticket.state, 'resolved')
        self.assertEqual(self._run(10, 14), ['technician@example.com', 'user@example.com'])
        self.assertEqual(self.ticket.state, 'closed')

    def test_who_was_not_reminded_in_time_is_reminded_first(self):
        self.assertEqual(self._run(10, 25), ['user@example.com'])
        self.assertEqual(self._run(16, 25), [])
        self.assertEqual(self.ticket.state, 'resolved')
        self._run(10, 28)
        self.assertEqual(self.ticket.state, 'closed')

    def test_a_word_ends_it_and_a_reply_calls_another_technician_after_the_days(self):
        self._clock(self._at(9, 2))
        self.ticket.with_user(self.user).message_post(body="Hm", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual(self._days(7, 9, 21, 31), [[], [], [], []])
        self.assertEqual(self.ticket.state, 'resolved')
        self._clock(self._at(9, 35))
        self.ticket.with_user(self.technician).message_post(body="Better?", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual(self._days(36, 42), [[], []])
        self.assertFalse(self._called())
        self.assertEqual(self._days(44, 45), [[], []], "nobody is told by mail that it is going to be closed: it is not")
        called = self._called()
        self.assertEqual((self.ticket.state, called.user_id), ('resolved', self.ticket._second_people()))
        self.assertNotIn(self.technician, called.user_id)
        self.assertIn("close it in words", called[0].summary)
        called.unlink()
        self.assertEqual(self._days(46, 60), [[], []])
        self.assertEqual((self.ticket.state, self._called().ids), ('resolved', []), "once")

    def _plan(self, person, **values):
        return self.env['mail.activity'].with_user(person).create({
            'res_model_id': self.env['ir.model']._get_id('it.ticket'), 'res_id': self.ticket.id, 'user_id': self.technician.id,
            'activity_type_id': self.env.ref('mail.mail_activity_data_todo').id, **values})

    def test_what_who_asked_plans_for_a_technician_is_a_word(self):
        self._clock(self._at(9, 2))
        self._plan(self.technician, summary="Look at it").note = "Next week"
        self.assertFalse(self.ticket.answered_at, "what technicians plan is no word of who asked")
        self._plan(self.user, summary="It still jams")
        self.assertEqual((bool(self.ticket.answered_at), self._called().user_id), (True, self.technician))
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        self.assertEqual(self.ticket.state, 'resolved')

    def test_what_who_asked_writes_into_their_own_activity_is_a_word(self):
        self._clock(self._at(9, 2))
        asked = self.ticket.with_user(self.user).activity_ids
        asked.date_deadline = self._at(9, 3).date()
        self.assertFalse(self.ticket.answered_at, "another day says nothing")
        asked.note = "It still jams"
        self.assertTrue(self.ticket.answered_at)
        self.ticket.with_user(self.technician).message_post(body="On it", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual(self._days(7, 9), [[], []])
        self.assertEqual(self.ticket.state, 'resolved')

    def test_a_file_that_who_asked_adds_without_a_message_is_a_word(self):
        """By RPC; a test of the page “Ask IT” does it by the chatter's own route."""
        self._clock(self._at(9, 2))
        picture = {'name': "again.png", 'raw': b"x", 'res_model': 'it.ticket', 'res_id': self.ticket.id}
        self.env['ir.attachment'].with_user(self.technician).create(picture)
        self.assertFalse(self.ticket.answered_at, "what technicians add is work")
        self.env['ir.attachment'].with_user(self.user).create(picture)
        self.assertEqual((bool(self.ticket.answered_at), self._called().user_id), (True, self.technician))
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        self.assertEqual(self.ticket.state, 'resolved')

    def test_a_word_that_is_to_be_posted_later_is_waited_for(self):
        self._clock(self._at(9, 2))

        def later(person):
            return self.env['mail.scheduled.message'].with_user(person).create({
                'model': 'it.ticket', 'res_id': self.ticket.id, 'body': "It still jams", 'scheduled_date': '2099-01-01', 'author_id': person.partner_id.id})
        later(self.technician)
        self.assertEqual(self._run(10, 7), ['user@example.com'], "what a technician will say is no word of who asked")
        word = later(self.user)
        self.assertEqual(self._days(9, 21), [[], []])
        work = self.ticket.with_user(self.technician)
        work.invalidate_recordset(['can_close_silently'])
        self.assertFalse(work.can_close_silently)
        with self.assertRaisesRegex(UserError, "posted later"):
            work.action_close_silently("Asked twice")
        word.with_user(self.user).unlink()
        self._run(10, 22)
        self.assertEqual(self.ticket.state, 'closed')

    def test_who_asked_twice_answers_on_either(self):
        self._clock(self._at(9, 2))
        double, of_other = self._log(), self._log(self.other)
        (double | of_other).with_user(self.technician).action_merge_into(self.ticket.id)
        of_other.with_user(self.other).message_post(body="And mine?", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertFalse(self.ticket.answered_at, "a colleague's word is none of who asked")
        double.with_user(self.user).message_post(body="It still jams", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual((bool(self.ticket.answered_at), self._called().user_id), (True, self.technician))
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        self.assertEqual(self.ticket.state, 'resolved')

    def test_a_word_after_it_was_closed_calls_who_resolved_it(self):
        self._clock(self._at(9, 60))
        self.ticket.with_user(self.technician).action_close_silently("Asked twice")
        self.env.cr.precommit.run()
        events = self.ticket.sudo().seal_event_ids
        call = self.env.ref('it_continuity.mail_activity_type_ticket_take_up')

        def waits():
            self.env.invalidate_all()
            calls = self.ticket.sudo().activity_ids.filtered(lambda one: one.activity_type_id == call)
            return self.ticket.state, bool(self.ticket.answered_at), calls.user_id
        for how in ('reply', 'done'):
            with self.subTest(how=how):
                self.assertEqual(waits(), ('closed', False, self.env['res.users']))
                self.ticket.with_user(self.user).message_post(body="Still jams", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
                self.assertEqual(waits(), ('closed', True, self.technician))
                self.assertEqual(self.ticket.sudo().activity_ids.date_deadline, self._at(9, 60).date(), "to be read today, and not late since the solution was due")
                if how == 'reply':
                    self.ticket.with_user(self.technician).message_post(body="On it", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
                else:
                    self.ticket.sudo().activity_ids.with_user(self.technician).action_feedback()
        self.assertFalse(self.ticket.answered_at)
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        self.assertEqual(self.ticket.sudo().seal_event_ids, events, "what was sealed has not changed")
        self.technician.active = False
        self.ticket.with_user(self.user).message_post(body="Hello?", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual(waits()[2], self.ticket._people_on_duty(), "somebody who is here")
        self.ticket.with_user(self.user).action_reopen("Still jams")
        self.assertEqual((self.ticket.state, self.ticket.answered_at), ('in_progress', False))

    def test_a_mail_that_nobody_has_looked_at_may_be_the_answer(self):
        self._clock(self._at(9, 2))
        mails = self.env['it.ticket.mail.unrouted']
        with mails._past_guard():
            mail = mails.create({
                'company_id': self.company.id, 'subject': "Re: x", 'received_at': self._at(9, 2), 'reason': 'many', 'message_ref': '<1>',
                'about_id': self.ticket.id})
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        work = self.ticket.with_user(self.technician)
        work.invalidate_recordset(['can_close_silently'])
        self.assertFalse(work.can_close_silently)
        with self.assertRaisesRegex(UserError, "Mail Not Routed"):
            work.action_close_silently("Asked twice")
        with mails._past_guard():
            mail.write({'about_id': False, 'sender': "Twin <User@example.com>"})
        self.assertTrue(self.ticket._has_unread_mail(), "it came from the requester's address, whoever else has it")
        mail.dismiss_reason = "x"
        mail.with_user(self.technician).action_dismiss()
        self.assertEqual(self._run(10, 22), ['user@example.com'])

    def _called(self):
        kind = self.env.ref('it_continuity.mail_activity_type_ticket_take_up')
        return self.ticket.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def test_who_cannot_be_told_is_not_closed(self):
        """Somebody without an address was not reminded: who resolved it speaks to them, and is called once."""
        self.user.email = False
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        self.assertEqual((self.ticket.state, self.ticket.warned_at, self._called().user_id), ('resolved', False, self.technician))
        self.assertIn("no mail reaches", self._called().summary)
        self.user.email = 'user@example.com'
        self.assertEqual(self._run(10, 22), ['user@example.com'])
        self._run(10, 24)
        self.assertEqual(self.ticket.state, 'closed')
        self.assertFalse(self._called())

    def test_who_was_not_reached_is_not_closed(self):
        for place, status in ((0, 'bounce'), (1, 'exception')):
            with self.subTest(status=status):
                self.ticket = self._waiting()
                self._run(10, 7)
                self.assertTrue(self.ticket.warned_at)
                asked = self.env['mail.message'].sudo().search([
                    ('res_id', '=', self.ticket.id), ('email_layout_xmlid', '=', 'it_continuity.it_ticket_mail_question')], order='id')
                notice = asked[place].notification_ids.filtered(lambda notice: notice.res_partner_id == self.user.partner_id)
                notice.notification_status = status
                self._run(10, 9)
                self.assertEqual((self.ticket.state, self._called().user_id), ('resolved', self.technician))
                notice.notification_status = 'sent'
                self._run(10, 10)
                self.assertEqual(self.ticket.state, 'closed')

    def test_company_may_switch_it_off_and_sets_the_days(self):
        self.company.itc_silent_auto = False
        self.assertEqual(self._days(7, 9, 21), [[], [], []])
        self.assertEqual(self.ticket.state, 'resolved')
        answered = self._waiting()
        answered.sudo()._transition({'asked_at': self._at(9, 14)})
        self.assertEqual(self._days(21, 23), [[], []])
        called = answered.sudo().activity_ids.filtered(lambda activity: activity.user_id in answered._second_people())
        self.assertTrue(called, "what who asked wrote on calls another technician all the same")
        answered.with_user(self.manager).action_close_for_requester("Saw it print")
        self.company.itc_silent_auto = True
        self.env['ir.config_parameter'].set_param('it_continuity.silent_closure_days', '1')
        ticket = self._waiting()
        ticket.sudo()._transition({'resolved_at': self._at(9, 28)})
        self.assertEqual(self._run(16, 28), ['user@example.com'] * 2, "half of the day, and the one that waits longer")
        self.assertEqual(self._run(9, 29), [])
        self._run(16, 29)
        self.assertEqual((ticket.state, self.ticket.state), ('closed', 'closed'))
        self.assertIn("in an opening day after", ticket.silent_reason)

    def test_one_that_cannot_be_closed_keeps_nobody_waiting(self):
        bad, good = self.ticket, self._waiting()
        follow = type(bad)._follow_silence

        def fail(ticket):
            if ticket.id == bad.id:
                raise ValueError("broken")
            return follow(ticket)

        failed = False
        with patch.object(type(bad), '_follow_silence', fail), self.assertLogs('odoo.addons.it_continuity.models.service_desk.ticket_closure', 'WARNING'):
            try:
                self._run(10, 7)
            except ValueError:  # assertRaises would take back what was done for the other one
                failed = True
        self.assertTrue(failed, "so that the job counts as failed")
        self.assertTrue(good.warned_at)
        self.assertFalse(bad.warned_at)
