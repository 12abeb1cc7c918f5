from unittest.mock import patch

import pytz

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ...lib import sla
from ...models.outbox import http_post
from ..service_desk.sla_case import SlaCase

SENDER = 'odoo.addons.it_continuity.models.outbox.sender'
LOGGER = 'odoo.addons.it_continuity.models.alerts.ticket_call'


@tagged('post_install', '-at_install')
class TestTicketCalls(SlaCase):
    """Who hears of a ticket that is going to be late, or is: who has it, then the role, then its managers; in working hours only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))
        cls.company.write({'itc_sla_warn_percent': 50, 'itc_alert_manager_min': 30, 'itc_alert_nag_min': 240, 'itc_alert_burst': 5})
        cls.role.user_ids = [Command.set([cls.technician.id, cls.technician_2.id])]
        cls.boss = cls._person('manager', 'boss')
        cls.role.manager_ids = [Command.set(cls.boss.ids)]
        cls.category_remote.role_id = cls.role
        cls.target.response_hours = 0
        cls.calls = cls.env['it.ticket.call'].sudo()

    def _told(self, hour, day=0):
        """Let the job run at an hour; return ``[(login, way, title)]`` of what it queued."""
        self._now(hour, day)
        before = self.env['it.notification'].search([]).ids
        self.calls._cron_follow()
        self.env.flush_all()
        new = self.env['it.notification'].search([('id', 'not in', before)], order='id')
        return sorted(((message.user_id.login or '').removeprefix('itc_'), message.channel_id.kind, message.title) for message in new)

    def _who(self, hour, day=0):
        return [(login, way) for login, way, _title in self._told(hour, day)]

    def _taken(self, hour=9, day=0, **values):
        """Return a ticket that a technician works on: to be solved within four hours, by 14 o'clock."""
        ticket = self._logged(hour, day, **values)
        ticket.with_user(self.technician).action_start()
        return ticket

    def test_each_is_told_the_time_that_their_own_clock_shows(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.technician.write({'tz': 'America/New_York', 'lang': 'fr_FR'})
        self.technician_2.write({'tz': False, 'lang': 'en_US'})
        self._taken()
        self._who(11)
        titles = {login: title.replace('\u202f', ' ') for login, _way, title in self._told(14.1)}
        due = self._at(14)
        self.assertIn(f'{due + self._offset(due, "America/New_York"):%H:%M}', titles['technician'])
        self.assertIn('2:00 PM', titles['technician_2'], "by the company's clock who has none")

    def _offset(self, moment, tz):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(tz)).utcoffset()

    def test_ladder_warns_who_has_it_then_the_role_then_the_managers_and_then_once_a_day(self):
        ticket = self._taken()
        self.assertEqual(self._told(10.9), [])
        [(login, way, title)] = self._told(11)
        self.assertEqual((login, way), ('technician', 'activity'))
        self.assertIn(f"{ticket.name} is to be solved by", title)
        self.assertIn(ticket.subject, title)
        self.assertEqual([self._told(hour) for hour in (11, 11.5, 13.9)], [[]] * 3)
        late = self._told(14.1)
        self.assertEqual([(login, way) for login, way, _title in late], [('technician', 'mail'), ('technician_2', 'mail')])
        self.assertIn("was to be solved by", late[0][2])
        self.assertEqual(self._who(14.4), [])
        self.assertEqual(self._who(14.6), [('boss', 'mail')])
        self.assertEqual([self._who(hour, day) for hour, day in ((16, 0), (10, 1))], [[], []])
        self.assertEqual(self._who(15, 1), [('technician', 'mail'), ('technician_2', 'mail')])
        self.assertEqual(self._who(16, 1), [])
        self.assertEqual(ticket.call_ids.mapped('step'), ['nag', 'manager', 'mail', 'first'])
        self.assertEqual([set(call.user_ids) for call in ticket.call_ids][1:], [{self.boss}, {self.technician, self.technician_2}, {self.technician}])
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self.assertEqual(self._who(16, 2), [])

    def _open_channel(self):
        room = self.env['discuss.channel'].create({'name': "IT", 'channel_type': 'channel'})
        self.env['it.notification.channel'].create({
            'name': "Chat", 'kind': 'discuss', 'company_id': self.company.id, 'discuss_channel_id': room.id, 'user_ids': [Command.clear()]})
        self.company.itc_alert_ways_min = 60

    def test_no_step_is_skipped_over_the_night(self):
        self._open_channel()
        role, boss, channel = [('technician', 'mail'), ('technician_2', 'mail')], [('boss', 'mail')], [('', 'discuss')]
        for due, passes, told in (
                (16.75, ((16.9, 0), (17.5, 0), (8.1, 1), (8.5, 1), (8.7, 1), (9, 1)), [role, [], boss, [], channel, []]),
                (17, ((17.1, 0), (23, 0), (8.1, 1), (8.5, 1), (8.7, 1), (9.1, 1), (9.3, 1)), [[], [], role, [], boss, [], channel])):
            with self.subTest(due=due):
                ticket = self._taken(due - 5)  # four hours of work and one of lunch
                self.assertEqual(ticket.due_at, self._at(due))
                self._told(15)
                self.assertEqual([self._who(hour, day) for hour, day in passes], told)
                self._work_on(ticket)
                ticket.with_user(self.technician).action_resolve()

    def test_last_step_is_every_channel_as_with_alerts_and_says_nothing_that_its_readers_may_not_read(self):
        self._open_channel()
        ticket = self._taken(subject="My salary slip is open to all")
        self.assertEqual([len(self._told(hour)) for hour in (11, 14.1, 14.6, 14.9)], [1, 2, 1, 0])
        [(login, way, title)] = self._told(15.1)
        self.assertEqual((login, way), ('', 'discuss'))
        self.assertIn(f"{ticket.name} was to be solved by", title)
        self.assertIn(ticket.category_id.name, title)
        message = self.env['it.notification'].search([], order='id desc', limit=1)
        for words in (ticket.subject, ticket.requester_id.name):
            self.assertNotIn(words, f'{message.title} {message.text}')
        self.assertEqual((message.text, message.res_id), (f"{ticket.assignee_id.name} has it.", ticket.id))
        self.assertEqual((ticket.call_ids[:1].step, ticket.call_ids[:1].user_ids), ('ways', self.env['res.users']))
        self.assertEqual([self._who(15.2), self._who(15, 1)], [[], []], "once, and then people once a day")
        self.assertEqual(self._who(15.2, 1), [('technician', 'mail'), ('technician_2', 'mail')])

    def test_many_are_one_message_in_a_channel_too(self):
        self._open_channel()
        for number in range(6):
            self._taken(subject=f"Secret {number}")
        for hour in (11, 14.1, 14.6):
            self._told(hour)
        self.assertEqual(self._told(15.1), [('', 'discuss', "6 tickets are late or soon will be")])
        self.assertNotIn("Secret", self.env['it.notification'].search([], order='id desc', limit=1).text)

    def test_solved_one_on_which_a_word_came_is_followed_until_a_technician_replies(self):
        ticket = self._taken()
        self._work_on(ticket)
        self._now(10)
        ticket.with_user(self.technician).action_resolve()
        self.assertEqual(self._who(9, 1), [], "it waits for its confirmation")
        self._say(ticket, self.user, "It still jams")
        self.assertEqual(self._who(9.5, 1), [])
        self.assertEqual(self._who(10.1, 1), [('technician', 'activity')])
        self.assertEqual(self._who(13.1, 1), [('technician', 'mail'), ('technician_2', 'mail')])
        self.assertEqual(self._who(13.7, 1), [('boss', 'mail')])
        self._say(ticket, self.technician, "Better?")
        self.assertEqual(self._who(16, 1), [])

    def test_nothing_at_night_and_on_days_off(self):
        self._taken(14)  # by 10 on Tuesday; the warning is due at 16
        self._holiday(self._at(0, 1), self._at(24, 1))
        self.assertEqual([self._who(hour, day) for hour, day in ((17.5, 0), (23, 0), (9, 1), (12.5, 2))], [[]] * 4)
        self.assertEqual(self._who(9, 2), [('technician', 'activity')])
        self.assertEqual([self._who(12.5, 2), self._who(18, 2)], [[], []], "in the lunch break, and in the evening")
        self.assertEqual(self._who(9, 5) + self._who(9, 6), [])
        self.assertEqual(self._who(9, 7), [('technician', 'mail'), ('technician_2', 'mail')], "who has it hears before the managers")
        self.assertEqual([self._who(9.4, 7), self._who(9.5, 7)], [[], [('boss', 'mail')]])

    def _messages(self, count):
        return self.env['it.notification'].search([], order='id desc', limit=count)

    def _send(self, hour, day):
        """Let the sender handle what is due at an hour, in this transaction; return what it would post."""
        self._now(hour, day)
        posted = []
        while sending := self.env['it.outbox']._take([one.channel_id for one in posted]):
            posted += [sending] if sending.request else []
        return posted

    def test_mail_that_could_not_be_delivered_waits_for_the_next_opening_hour(self):
        self._taken(11.75, 4)
        self._told(15, 4)
        self.assertEqual(self._who(16.8, 4), [('technician', 'mail'), ('technician_2', 'mail')], "late on Friday at a quarter to five")
        messages = self._messages(2)
        self._send(16.9, 4)
        self.assertEqual(messages.mapped('state'), ['sending'] * 2)
        self._now(16.999, 4)
        self.env['it.outbox']._note_mails(messages.sudo().mail_mail_id, 'mail_smtp', "no mail server")
        self.assertEqual([(message.state, message.tries, message.due_at) for message in messages], [('waiting', 1, self._at(8, 7))] * 2)
        self.assertFalse(self._send(10, 5) or self._send(10, 6), "nothing on Saturday and Sunday")
        self.assertEqual(messages.mapped('tries'), [1, 1])
        messages.channel_id._transition({'retry_at': False})
        self._send(8.01, 7)
        self.assertEqual(messages.mapped('state'), ['sending'] * 2)
        self.env['it.outbox']._note_mails(messages.sudo().mail_mail_id, 'mail_smtp', "no mail server")
        self.assertEqual([(message.state, message.tries) for message in messages], [('waiting', 2)] * 2, "the weekend is no part of its day")
        self._now(10, 10)  # 26 hours of work since
        self.env['it.outbox']._note_mails(messages.sudo().mail_mail_id, 'mail_smtp', "no mail server")
        self.assertEqual(messages.mapped('state'), ['waiting'] * 2, "it is not being sent")
        messages.channel_id._transition({'retry_at': False})
        self._send(10, 10)
        self.env['it.outbox']._note_mails(messages.sudo().mail_mail_id, 'mail_smtp', "no mail server")
        self.assertEqual(messages.mapped('state'), ['dead'] * 2, "and 24 hours in which it could have gone are enough")

    def test_mail_that_lies_in_odoos_queue_is_taken_back_for_the_night(self):
        self._taken()
        self._told(11)
        self._told(14.1)
        messages = self._messages(2)
        self._send(16.9, 0)
        self._send(17.2, 0)
        self.assertEqual([(message.state, message.sudo().mail_mail_id.state, message.due_at) for message in messages], [
            ('waiting', 'cancel', self._at(8, 1))] * 2)
        self._send(8.1, 1)
        self.assertEqual([(message.state, message.sudo().mail_mail_id.state) for message in messages], [('sending', 'outgoing')] * 2)

    @mute_logger(SENDER)
    def test_webhook_that_did_not_answer_is_called_in_opening_hours_again(self):
        self._open_channel()
        self.env['it.notification.channel'].search([('kind', '=', 'discuss'), ('company_id', '=', self.company.id)]).write({'active': False})
        channel = self.env['it.notification.channel'].create({
            'name': "Hook", 'kind': 'webhook', 'shape': 'slack', 'url': 'https://hooks.example.com/x', 'company_id': self.company.id})
        self._taken(10.5, 4)
        self.assertEqual([len(self._told(hour, 4)) for hour in (14, 15.6, 16.1)], [1, 2, 1])
        self.assertEqual(self._who(16.6, 4), [('', 'webhook')])
        call = self._messages(1)
        [sending] = [one for one in self._send(16.999, 4) if one.notification_id == call.id]
        self.env['it.outbox']._mark(sending, http_post.Answer(503, "not now"))
        self.assertEqual((call.state, call.due_at), ('waiting', self._at(8, 7)))
        # what waits since the channel rested, or this Odoo stood still, was never tried, and waits as well; an alert goes at any hour
        call._transition({'tries': 0, 'due_at': self._at(16, 4)})
        channel._transition({'retry_at': False})
        [alert] = self.env['it.notification']._queue(channel, 'alert:1', "Disk full", "90 %")
        [sending] = self._send(10, 5)
        self.assertEqual((sending.notification_id, call.state, call.tries, call.due_at), (alert.id, 'waiting', 0, self._at(8, 7)))
        self.env['it.outbox']._mark(sending, http_post.Answer(503, "not now"))
        self.assertLess(alert.due_at, self._at(10.1, 5))

    def test_call_whose_sender_is_gone_at_closing_time_waits_and_was_cut_off_once(self):
        channel = self.env['it.notification.channel'].create({
            'name': "Hook", 'kind': 'webhook', 'shape': 'slack', 'url': 'https://hooks.example.com/x', 'company_id': self.company.id})
        [call] = self.env['it.notification']._queue(channel, 'ticket:1', "It is late", "x")
        self.env.cr.execute("UPDATE it_notification SET due_at = %s, queued_at = %s WHERE id = %s", [self._at(16.99), self._at(16.99), call.id])
        self.env.invalidate_all()
        found = []
        for hour, day in ((16.99, 0), (17.1, 0), (8.01, 1), (8.1, 1)):
            self._send(hour, day)
            found.append((call.state, call.tries, call.cut_off))
        self.assertEqual(found, [('sending', 1, 0), ('waiting', 1, 1), ('sending', 2, 1), ('dead', 2, 2)])

    def test_call_waits_for_the_hours_of_its_promise(self):
        saturdays = self.env['resource.calendar'].create({'name': "Saturdays", 'tz': self.company.itc_tz, 'attendance_ids': [
            Command.clear(), Command.create({'name': "All day", 'dayofweek': '5', 'hour_from': 8, 'hour_to': 20, 'day_period': 'morning'})]})
        self.target.calendar_id = saturdays
        self._taken(9, 5)  # four hours: by 13 o'clock
        self.assertIn(('technician', 'activity'), self._who(11.1, 5))
        message = self._messages(1)
        self.assertEqual(message.call_calendar_id, saturdays)
        self.assertEqual(message._opens_at(self._at(19, 5)), self._at(19, 5))
        self.assertEqual(message._opens_at(self._at(9, 7)), self._at(8, 12))

    def test_list_of_promises_of_several_hours_goes_when_it_is_queued(self):
        self.company.itc_alert_burst = 1
        for name in ("Saturdays", "Emergencies"):
            self.target.calendar_id = self.env['resource.calendar'].create({'name': name, 'tz': self.company.itc_tz, 'attendance_ids': [
                Command.clear(), Command.create({'name': "All day", 'dayofweek': '5', 'hour_from': 8, 'hour_to': 20, 'day_period': 'morning'})]})
            self._taken(9, 5, subject=name)
        self.assertEqual(len(self.env['it.ticket'].search([('subject', 'in', ("Saturdays", "Emergencies"))]).target_calendar_id), 2)
        told = self._told(11.1, 5)
        self.assertIn(('technician', 'activity', "2 tickets are late or soon will be"), told)
        self.assertEqual({message._opens_at(self._at(11.1, 5)) for message in self._messages(len(told))}, {self._at(11.1, 5)})

    def test_administrator_who_may_not_read_it_hears_number_and_kind_alone(self):
        admin = new_test_user(self.env, login='itc_root', name="Root", groups='base.group_user,base.group_system', company_id=self.company.id)
        ticket = self._taken(subject="My salary slip is open to all")
        self.role.write({'user_ids': [Command.clear()], 'manager_ids': [Command.clear()]})
        self.company._itc_people('technician').filtered(lambda user: user not in (self.env.user, self.user)).active = False
        self.assertFalse(ticket.with_user(admin).has_access('read'))
        for hour in (11, 14.1):
            titles = {login: title for login, _way, title in self._told(hour)}
            self.assertIn('root', titles)
            message = self.env['it.notification'].search([('user_id', '=', admin.id)], order='id desc', limit=1)
            self.assertIn(ticket.name, message.title)
            self.assertIn(ticket.category_id.name, message.title)
            for words in (ticket.subject, ticket.requester_id.name):
                self.assertNotIn(words, f'{message.title} {message.text}')
        self._now(14.2)
        ticket.action_hold("Her slip")
        self.assertIn('root', [login for login, _way in self._who(14.3, 7)])
        message = self.env['it.notification'].search([('user_id', '=', admin.id)], order='id desc', limit=1)
        for words in (ticket.subject, ticket.requester_id.name, "Her slip"):
            self.assertNotIn(words, f'{message.title} {message.text}')

    def test_administrator_who_may_not_read_them_gets_a_list_without_their_words(self):
        admin = new_test_user(self.env, login='itc_root', name="Root", groups='base.group_user,base.group_system', company_id=self.company.id)
        for number in range(6):
            self._taken(subject=f"Secret {number}")
        self.role.write({'user_ids': [Command.clear()], 'manager_ids': [Command.clear()]})
        self.company._itc_people('technician').filtered(lambda user: user not in (self.env.user, self.user)).active = False
        self.assertIn(('root', 'activity', "6 tickets are late or soon will be"), self._told(11))
        self.assertNotIn("Secret", self.env['it.notification'].search([('user_id', '=', admin.id)]).text)

    def test_answer_that_is_late_calls_the_role_and_then_the_answer_ends_it(self):
        self.target.write({'response_hours': 2, 'resolution_hours': 0})
        ticket = self._logged()
        self.assertEqual(self._who(10), [('technician', 'activity'), ('technician_2', 'activity')])
        titles = [title for _login, _way, title in self._told(11.2)]
        self.assertEqual(len(titles), 2)
        self.assertIn("was to be answered by", titles[0])
        self._say(ticket, self.technician)
        self.assertEqual(self._who(14), [])
        self.assertEqual(ticket.response_state, 'missed')

    def test_who_is_on_leave_is_not_told_alone(self):
        employee = self.env['hr.employee'].create({'name': "Technician", 'user_id': self.technician.id, 'company_id': self.company.id})
        self.env['resource.calendar.leaves'].create({
            'name': "Away", 'resource_id': employee.resource_id.id, 'calendar_id': employee.resource_calendar_id.id, 'time_type': 'leave',
            'date_from': self._at(10), 'date_to': self._at(17)})
        self._taken()
        self.assertEqual(self._who(11), [('technician_2', 'activity')])

    def test_what_waits_calls_nobody_and_begins_anew_when_it_goes_on(self):
        ticket = self._taken()
        self.assertEqual(self._who(11), [('technician', 'activity')])
        ticket.with_user(self.technician).action_wait("Which one?")
        self.assertEqual([self._who(15), self._who(11, 1)], [[], []])
        self._say(ticket, self.user)
        self.assertEqual(ticket.due_at, self._at(14, 1))
        self.assertEqual(self._who(11.1, 1), [('technician', 'activity')], "by another time than before")
        solved = self.env.ref('mail.mail_activity_data_todo')
        self.env['it.outbox']._deliver_activity(self.env['it.notification'].search([('user_id', '=', self.technician.id)], order='id desc', limit=1))
        self.assertIn(solved, ticket.sudo().activity_ids.activity_type_id)
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self.assertNotIn(solved, ticket.sudo().activity_ids.activity_type_id)

    def test_pause_that_nobody_thinks_of_any_more_is_told_of_every_five_opening_days(self):
        ticket = self._taken()
        self._now(10)
        ticket.with_user(self.technician).action_hold("The toner comes on Thursday")
        # five opening days of eight hours: until 10 o'clock on the next Monday
        self.assertEqual([self._who(hour, day) for hour, day in ((16, 0), (16, 4), (9.9, 7))], [[], [], []])
        self.assertEqual([self._who(hour, day) for hour, day in ((12.5, 7), (20, 7))], [[], []], "nothing outside working hours")
        told = self._told(13.5, 7)
        self.assertEqual([(login, way) for login, way, _title in told], [('boss', 'mail'), ('technician', 'mail')])
        self.assertIn(f"{ticket.name} waits since", told[0][2])
        message = self.env['it.notification'].search([('user_id', '=', self.boss.id)], order='id desc', limit=1)
        self.assertIn("The toner comes on Thursday", message.text)
        self.assertIn("every 5 opening days", message.text)
        call = ticket.call_ids.filtered(lambda call: call.clock == 'pause')
        self.assertEqual((call.step, call.deadline, call.user_ids), ('waits', self._at(10, 7), self.boss | self.technician))
        # told again five opening days after it was told last, and who has it alone; what was missed meanwhile is not made up for
        self.assertEqual([self._who(hour, day) for hour, day in ((13.6, 7), (13.4, 14), (13.6, 14), (13.7, 14))], [[], [], [('technician', 'mail')], []])
        self.assertEqual([self._who(hour, day) for hour, day in ((16, 28), (16.1, 28))], [[('technician', 'mail')], []])
        self.assertEqual(self._who(16.1, 35), [('boss', 'mail'), ('technician', 'mail')], "the fourth one")
        self.assertEqual(len(ticket.call_ids.filtered(lambda call: call.clock == 'pause')), 4, "each is listed")
        self._now(16, 36)
        for act in ('action_resume', 'action_hold'):
            getattr(ticket.with_user(self.technician), act)(*(["Another toner"] if act == 'action_hold' else []))
        self.assertEqual(self._who(15.9, 43), [])
        self.assertEqual(self._who(16.1, 43), [('boss', 'mail'), ('technician', 'mail')], "another pause")
        with patch.object(sla, 'MOST_REMINDERS', 2):
            self.assertEqual([self._who(16.2, day) for day in (50, 57)], [[('technician', 'mail')], []])
        message = self.env['it.notification'].search([('user_id', '=', self.technician.id)], order='id desc', limit=1)
        self.assertIn("for the last time", message.text)

    def test_waiting_ticket_that_nobody_has_reminds_those_who_work_on_such(self):
        ticket = self._logged()
        self._now(10)
        ticket.with_user(self.technician).action_hold("The toner comes on Thursday")
        ticket.sudo().assignee_id = False
        self.assertEqual(self._who(10.1, 7), [('boss', 'mail')])
        self.assertEqual(self._who(10.2, 14), [('technician', 'mail'), ('technician_2', 'mail')])

    def test_long_promise_may_wait_as_long_and_nobody_is_told_where_nobody_wants_it(self):
        self.target.resolution_hours = 48
        self._taken().with_user(self.technician).action_wait("Which one?")
        self.assertEqual([self._who(9, 7), self._who(8.9, 8)], [[], []])
        self.company.itc_sla_warn_percent = 0
        self.assertEqual(self._who(9, 8), [])
        self.company.itc_sla_warn_percent = 50
        self.role.manager_ids = [Command.clear()]
        self.assertIn(('technician', 'mail'), self._who(9.1, 8))

    def test_many_at_once_are_one_message(self):
        tickets = self.env['it.ticket'].union(*(self._taken(subject=f"Number {number}") for number in range(6)))
        [(login, way, title)] = self._told(11)
        self.assertEqual((login, way, title), ('technician', 'activity', "6 tickets are late or soon will be"))
        self.assertEqual(len(tickets.call_ids), 6)
        self.assertEqual(self._told(11.1), [])

    def test_company_may_want_none_and_a_closed_way_breaks_nothing(self):
        self._taken()
        self.company.itc_sla_warn_percent = 0
        self.assertEqual(self._who(15), [])
        self.company.itc_sla_warn_percent = 50
        self.company._itc_alert_person_channel('activity').active = False
        with self.assertRaises(ValidationError, msg="somebody always is told"):
            self.company._itc_alert_person_channel('mail').active = False
        self.assertEqual(self._who(15.1), [('technician', 'mail')])
        self.assertEqual(self.calls.search([]).user_ids, self.technician)

    def test_what_was_late_before_the_upgrade_waits_a_day(self):
        self._open_channel()
        ticket = self._taken()
        self._refresh(ticket, 16)
        self.calls._note_known(ticket)
        self.assertEqual([self._who(16.1), self._who(15, 1)], [[], []])
        self.assertEqual(self._who(16.2, 1), [('technician', 'mail'), ('technician_2', 'mail')])

    def test_one_company_that_fails_keeps_no_other_waiting(self):
        other = self.env['res.company'].create({'name': "Other", 'itc_tz': 'Africa/Addis_Ababa'})
        (self.user | self.technician).company_ids = [Command.link(other.id)]
        good, bad = self._taken(), self._taken(company_id=other.id)
        call = type(self.calls)._call

        def fail(calls, company, tickets):
            if company == other:
                raise ValueError("broken")
            return call(calls, company, tickets)

        def commit_progress(cron, processed=0, **_kwargs):
            self.env.flush_all()
            kept.append((processed, self.calls.search([]).ticket_id))

        failed, kept = False, []
        self._now(11)
        self.startPatcher(patch.object(IrCron, '_commit_progress', commit_progress))
        with patch.object(type(self.calls), '_call', fail), self.assertLogs(LOGGER, 'WARNING'):
            try:
                self.calls._cron_follow()
            except ValueError:  # assertRaises would take back what was done for the other one
                failed = True
        self.assertTrue(failed, "so that the job counts as failed")
        self.assertEqual((len(good.call_ids), len(bad.call_ids)), (1, 0))
        self.assertEqual(len(kept), 2, "each company's is kept by itself, before the job fails")
        self.assertEqual(kept[-1], (1, good), "and what went well stays")

    def test_nobody_writes_who_was_told(self):
        ticket = self._taken()
        self._told(11)
        call = ticket.call_ids
        for person in (self.technician, self.manager):
            mine = call.with_user(person)
            self.assertEqual(mine.step, 'first')
            for act in (
                    lambda mine=mine: mine.write({'told_at': self._at(8)}), mine.unlink,
                    lambda mine=mine: mine.create({
                        'ticket_id': ticket.id, 'clock': 'response', 'deadline': self._at(8), 'step': 'first', 'told_at': self._at(8)})):
                with self.subTest(person=person.login), self.assertRaises(AccessError):
                    act()
        with self.assertRaises(AccessError):
            call.with_user(self.user).read(['step'])
        with self.assertRaises(UserError):
            call.unlink()

    def test_queries_do_not_grow_with_the_tickets(self):
        def cost(count):
            tickets = self.env['it.ticket'].union(*(self._taken(subject=f"One of {count}") for _number in range(2 * count)))
            tickets[:count].with_user(self.technician).action_hold("x")
            self._now(10)
            before = self.env.cr.sql_log_count
            self.calls._cron_follow()
            return self.env.cr.sql_log_count - before
        few = cost(3)
        self.assertLessEqual(cost(20), few + 3)
