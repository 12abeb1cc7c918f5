from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from runpy import run_path

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import file_path

from .alert_case import HOUR, MINUTE, MONDAY, SECOND, AlertCase


@tagged('post_install', '-at_install')
class TestAlertCalls(AlertCase):
    """Who hears of an alert, by which step, and how often."""

    def _told(self, step=''):
        return [(message.user_id, message.key.split(':')[3]) for message in self._messages() if step in message.key]

    def _leave(self, user, start, end):
        employee = self.env['hr.employee'].create({'name': user.name, 'user_id': user.id})
        self.env['resource.calendar.leaves'].create({
            'name': "Away", 'resource_id': employee.resource_id.id, 'calendar_id': employee.resource_calendar_id.id, 'date_from': start,
            'date_to': end, 'time_type': 'leave'})

    def _bad(self):
        self._report(self.fake, '20', '20')
        return self._opened()

    def test_ladder_goes_from_activity_to_mail_to_manager_to_the_ways_out_and_then_reminds(self):
        company = self.env.company
        company.write({'itc_alert_mail_min': 15, 'itc_alert_manager_min': 30, 'itc_alert_ways_min': 60, 'itc_alert_nag_min': 240})
        room = self.env['discuss.channel'].create({'name': "IT room"})
        way = self.channels.create({'name': "Room", 'kind': 'discuss', 'discuss_channel_id': room.id})
        alert = self._bad()
        for _minute in range(61):
            self._tick(MINUTE)
            self._report(self.fake, '20', judge=False)
        steps = [(message.key.split(':')[3], message.channel_id.kind, message.user_id) for message in self._messages()]
        managers = company._itc_people()
        self.assertEqual(steps[:2], [('first', 'activity', self.technician), ('mail', 'mail', self.technician)])
        self.assertEqual({user for step, kind, user in steps if (step, kind) == ('manager', 'mail')}, set(managers))
        self.assertEqual([(kind, channel) for step, kind, _user in steps if step == 'ways' for channel in way], [('discuss', way)])
        before = len(self._messages())
        for _time in range(8):
            self._tick(30 * MINUTE)
        self.assertEqual(alert.nag_count, 1)
        self.assertEqual(self._told('nag0'), [(self.technician, 'nag0')])
        self.assertEqual(len(self._messages()), before + 1)

    def test_who_is_on_leave_hears_nothing_and_who_stands_in_does(self):
        self.rota.member_ids = [Command.create({'user_id': self.technician_2.id})]
        self._leave(self.technician, MONDAY - HOUR, MONDAY + 9 * HOUR)
        self._bad()
        self.assertEqual([user for user, _step in self._told()], [self.technician_2])

    def test_deputy_of_the_owner_hears_of_it(self):
        self.host.owner_id = self.technician
        self.env.company.itc_alert_rota_id = False
        self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        self._leave(self.technician, MONDAY - HOUR, MONDAY + 9 * HOUR)
        self._bad()
        self.assertEqual([user for user, _step in self._told()], [self.technician_2])

    def test_archived_person_is_never_told_and_an_empty_role_goes_to_the_managers(self):
        self.env.company.itc_alert_rota_id = False
        self.technician.active = False
        self._bad()
        told = {user for user, _step in self._told()}
        self.assertTrue(told)
        self.assertEqual(told, set(self.env.company._itc_people()))

    def test_without_owner_rota_and_role_the_technicians_at_work_are_told(self):
        self.env.company.itc_alert_rota_id = False
        self.host.role_id = False
        self._bad()
        self.assertEqual([user for user, _step in self._told()], [self.technician])

    def test_at_night_without_a_rota_everybody_who_is_here_is_told(self):
        self.env.company.itc_alert_rota_id = False
        self._at(MONDAY + 14 * HOUR)
        self._bad()
        self.assertEqual({user for user, _step in self._told()}, {self.technician, *self.env.company._itc_people()})

    @contextmanager
    def _taken_back(self):
        """Take back what the block does, whatever becomes of it."""
        moment, savepoint = self.moment, self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.seqs.clear()
            self._at(moment)

    def _way(self, kind, state):
        """Have a channel of a kind, an archived one (past the rule, as one of long ago), or none."""
        self.channels.with_context(active_test=False).search([('company_id', '=', self.env.company.id), ('kind', '=', kind)]).unlink()
        if state != 'none':
            way = self.channels.create({'name': kind, 'kind': kind})
            self.env.flush_all()
            self.env.cr.execute("UPDATE it_notification_channel SET active = %s WHERE id = %s", [state == 'active', way.id])
            self.env.invalidate_all()

    def test_whichever_ways_to_people_are_archived_somebody_is_told_and_only_that_is_written_down(self):
        states = ('none', 'archived', 'active')
        for activity, mail in product(states, states):
            with self.subTest(activity=activity, mail=mail), self._taken_back():
                self._way('activity', activity)
                self._way('mail', mail)
                alert = self._bad()
                message = self._messages()
                kind = 'mail' if activity == 'archived' and mail != 'archived' else 'activity'
                self.assertEqual((message.channel_id.kind, message.channel_id.active, message.user_id), (kind, True, self.technician))
                self.assertEqual(alert.told_ids, self.technician)
                words = "".join(alert.message_ids.mapped('body'))
                self.assertEqual(("Told by mail" in words, "Told by an activity" in words), (kind == 'mail', kind == 'activity'))
                self._tick(16 * MINUTE)
                last = self._messages()[-1]
                self.assertEqual((len(self._messages()), last.channel_id.kind), (2, 'activity' if mail == 'archived' else 'mail'))

    def test_last_way_to_people_is_not_archived(self):
        company = self.env.company
        activities, mails = company._itc_alert_person_channel('activity'), company._itc_alert_person_channel('mail')
        for first, last in ((activities, mails), (mails, activities)):
            self._rpc(self.manager, first, 'write', {'active': False})
            with self.assertRaises(ValidationError):
                self._rpc(self.manager, last, 'write', {'active': False})
            self._rpc(self.manager, first, 'write', {'active': True})
        with self.assertRaises(ValidationError):
            self._rpc(self.manager, activities | mails, 'write', {'active': False})
        self._rpc(self.manager, mails, 'unlink')
        self._rpc(self.manager, activities, 'write', {'active': False})
        room = self.env['discuss.channel'].create({'name': "IT room"})
        way = self.channels.create({'name': "Old", 'kind': 'discuss', 'discuss_channel_id': room.id, 'active': False})
        with self.assertRaises(ValidationError, msg="then no mails would be made when they are needed"):
            way.kind = 'mail'

    def test_last_way_to_people_is_not_deleted_moved_or_made_another(self):
        company, elsewhere = self.env.company, self.env['res.company'].create({'name': "Elsewhere"})
        activities, mails = company._itc_alert_person_channel('activity'), company._itc_alert_person_channel('mail')
        room = self.env['discuss.channel'].create({'name': "IT room"})
        activities.active = False
        steps = (
            lambda channel: channel.unlink(), lambda channel: channel.write({'company_id': elsewhere.id}),
            lambda channel: channel.write({'kind': 'discuss', 'discuss_channel_id': room.id}))
        for step in steps:
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                step(mails)
            self.env.invalidate_all()
            self.assertEqual((mails.exists().company_id, mails.kind), (company, 'mail'))
        activities.active = True
        for step in steps:
            with self._taken_back():
                step(mails)

    def test_other_channels_are_let_alone_where_both_ways_were_archived_and_the_upgrade_restores_activities(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        kept = elsewhere._itc_alert_person_channel('mail')
        elsewhere._itc_alert_person_channel('activity').active = False
        for kind in ('activity', 'mail'):
            self._way(kind, 'archived')
        room = self.env['discuss.channel'].create({'name': "IT room"})
        self._rpc(self.manager, self.channels.create({'name': "Room", 'kind': 'discuss', 'discuss_channel_id': room.id}), 'write', {'active': False})
        for _twice in range(2):
            self.env.flush_all()
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-alerts.py'))['migrate'](self.env.cr, '19.0.1.9.0')
            self.env.invalidate_all()
            self.assertEqual(self.env.company._itc_alert_person_channels().filtered('active').mapped('kind'), ['activity'])
            self.assertEqual(elsewhere._itc_alert_person_channels().filtered('active'), kept, "who chose one of the two keeps it")

    def test_owner_who_may_not_read_alerts_is_not_told(self):
        self.host.owner_id = self.user
        self._bad()
        self.assertEqual([user for user, _step in self._told()], [self.technician])

    def test_warning_waits_for_the_end_of_the_quiet_hours_and_a_critical_one_does_not(self):
        self._at(MONDAY + 14 * HOUR)  # 0:00 in Addis Ababa
        self._report(self.fake, '10', '10')
        alert = self._opened()
        self.assertEqual((alert.severity, len(self._messages())), ('warning', 0))
        self._tick(MINUTE)
        self.assertFalse(self._messages())
        self._report(self.fake, '11', '22')
        self.assertEqual(len(self._messages()), 2, "it got worse, and the other one is critical from the start")
        self._later(MINUTE)
        self._report(self.fake, '00')
        self._later(HOUR)
        self._report(self.fake, '10', '10')
        self.assertEqual(len(self._messages()), 2)
        self._at(MONDAY + 21 * HOUR)  # 7:00
        self._report(self.fake, '10')
        self.assertEqual(len(self._messages()), 3)

    def _minutes(self, count):
        """Return at which minute which step was taken while the job runs each minute."""
        found, before = [], len(self._messages())
        for minute in range(1, count + 1):
            self._tick(MINUTE)
            self._report(self.fake, '10', judge=False)
            messages = self._messages()
            found += [(minute, step) for step in sorted({message.key.split(':')[3] for message in messages[before:]})]
            before = len(messages)
        return found

    def test_ladder_of_a_warning_stands_still_in_the_quiet_hours(self):
        self.env.company.write({'itc_alert_mail_min': 15, 'itc_alert_manager_min': 30, 'itc_alert_ways_min': 0})
        self._at(MONDAY + 14 * HOUR)  # 0:00 in Addis Ababa
        self._report(self.fake, '10', '10')
        self._at(MONDAY + 21 * HOUR)  # 7:00
        self._report(self.fake, '10')
        self.assertEqual([step for _user, step in self._told()], ['first'])
        self.assertEqual(self._minutes(31), [(15, 'mail'), (30, 'manager')], "each step in its turn, none skipped")

    def test_ladder_goes_on_in_the_morning_where_the_quiet_hours_stopped_it_and_at_once_for_what_gets_worse(self):
        self.env.company.write({'itc_alert_mail_min': 15, 'itc_alert_manager_min': 30, 'itc_alert_ways_min': 0, 'itc_alert_quiet_from': 20})
        self._at(MONDAY + 9 * HOUR + 55 * MINUTE)  # 19:55
        self._report(self.fake, '11', '11')
        first, second = self._opened()
        self._tick(16 * MINUTE)  # 20:11
        self.assertEqual([step for _user, step in self._told()], ['first', 'first'])
        self._at(MONDAY + 17 * HOUR)  # 3:00
        self._report(self.fake, '12', '12')
        self.assertEqual(second.next_call_at, self.moment + 15 * MINUTE, "critical now: the night does not put it off")
        second.with_user(self.technician).action_acknowledge("I am on it", self.moment + 20 * HOUR)
        self._at(MONDAY + 21 * HOUR - MINUTE)
        self._report(self.fake, '12')
        self.assertEqual(self._minutes(17), [(1, 'mail'), (15, 'manager')])
        self.assertEqual(first.climbed, 3)

    def test_what_was_told_of_a_part_counts_for_the_whole_unless_it_was_silenced(self):
        self.env.company.itc_alert_ways_min = 0
        self._report(self.fake, '22', '22')
        for is_silenced in (False, True):
            with self.subTest(is_silenced=is_silenced):
                savepoint = self.env.cr.savepoint()
                whole, part = self._opened()
                whole._transition({'climbed': 0, 'last_call_at': False, 'told_ids': [(5,)]})  # as in the quiet hours
                part._transition({'climbed': 4})
                if is_silenced:
                    self._rpc(self.technician, part, 'action_acknowledge', "Known", self.moment + 9 * HOUR)
                part._merge(whole, part.line_ids)
                told = (0, False, self.env['res.users']) if is_silenced else (4, part.last_call_at, self.technician)
                self.assertEqual((whole.climbed, whole.last_call_at, whole.told_ids), told)
                self._tick(5 * HOUR)
                self.assertEqual((whole.climbed, whole.nag_count), (1, 0) if is_silenced else (4, 1), "reminders go on")
                savepoint.close(rollback=True)
                self.env.invalidate_all()
                self._at(self.moment - 5 * HOUR)

    def test_many_at_once_are_one_message(self):
        self.env.company.itc_alert_burst = 5
        fake, checks = self._new_host("srv-many", checks=9)
        self._report(fake, '2' * 9, '2' * 9)
        self.assertEqual(len(self._opened()), 9)
        message = self._messages()
        self.assertEqual((len(message), message.title), (1, "9 alerts"))
        for check in checks:
            self.assertIn(check.name, message.text)
        self._tick(2 * MINUTE)
        self.assertEqual(len(self._messages()), 1)

    def test_after_a_burst_the_next_ones_wait_and_come_in_one(self):
        self.env.company.write({'itc_alert_burst': 2, 'itc_alert_mail_min': 0, 'itc_alert_manager_min': 0, 'itc_alert_ways_min': 0})
        fakes = [self._new_host(f"srv-{number}") for number in range(6)]
        for fake, _checks in fakes:
            self._report(fake, '2', '2')
        self.assertEqual(len(self._messages()), 3)
        for _minute in range(12):
            self._tick(MINUTE)
            for fake, _checks in fakes:
                self._report(fake, '2', judge=False)
        self.assertEqual((len(self._messages()), self._titles()[-1]), (4, "3 alerts"))

    def test_after_odoo_was_away_nobody_is_called_up_the_ladder_before_it_is_certain(self):
        alert = self._bad()
        self._watch(self.moment + 2 * HOUR)
        self._tick(2 * HOUR)
        self.assertEqual(len(self._messages()), 1)
        self._report(self.fake, '20')
        self._tick(20 * MINUTE)
        self.assertEqual((alert.climbed, {step for _user, step in self._told()}), (3, {'first', 'manager'}), "the farthest step that is due")

    def _untold_of_before(self, kind):
        """Return an alert of which nobody was told yet as Odoo is back after two hours: its time came meanwhile."""
        if kind == 'warning':  # 22:00 in Addis Ababa, and back at 7:45
            self._at(MONDAY + 12 * HOUR)
            self._report(self.fake, '10', '10')
            self._at(MONDAY + 21 * HOUR + 45 * MINUTE)
        else:
            self._report(self.fake, '20', '20')
            self._rpc(self.technician, self._opened(), 'action_snooze', "Later", self.moment + HOUR)
            self._later(2 * HOUR)
        self._watch(self.moment)
        return self._opened()

    def _told_after_odoo_was_away(self, kind, states=()):
        """Let a host say so much four minutes after Odoo is back; return how many messages there are a minute later, and a quarter of an hour later."""
        alert, before = self._untold_of_before(kind), len(self._messages())
        self._tick(SECOND)
        self._tick(3 * MINUTE)
        self.assertEqual((alert.state, alert.climbed, len(self._messages())), ('open', 0, before), "it may be over since long")
        if states:
            self._report(self.fake, *states)
        self._tick(MINUTE)
        told = len(self._messages()) - before
        self._tick(15 * MINUTE)
        return told, len(self._messages()) - before

    def test_what_nobody_was_told_of_before_odoo_was_away_and_is_over_is_told_to_nobody(self):
        self.assertEqual(self._told_after_odoo_was_away('warning', ('00', '00')), (0, 0))

    def test_what_was_put_off_before_odoo_was_away_and_is_over_is_told_to_nobody(self):
        self.assertEqual(self._told_after_odoo_was_away('snoozed', ('00', '00')), (0, 0))

    def test_what_nobody_was_told_of_before_odoo_was_away_is_told_once_its_host_says_that_it_is_still_so(self):
        self.assertEqual(self._told_after_odoo_was_away('warning', ('10', '10'))[0], 1)

    def test_what_nobody_was_told_of_before_odoo_was_away_is_told_once_no_host_can_know_better(self):
        self.assertEqual(self._told_after_odoo_was_away('warning'), (0, 1))

    def test_ladder_begins_when_people_are_told_of_what_was_held_since_odoo_was_away(self):
        self.env.company.write({'itc_alert_mail_min': 15, 'itc_alert_manager_min': 30, 'itc_alert_ways_min': 0})
        alert = self._untold_of_before('warning')
        self._tick(SECOND)
        for _minute in range(3):
            self._tick(MINUTE)
        self.assertEqual((alert.climbed, len(self._messages())), (0, 0))
        self._report(self.fake, '10')
        self.assertEqual(self._minutes(32), [(1, 'first'), (16, 'mail'), (31, 'manager')])

    def test_what_is_bad_only_since_odoo_is_back_is_told_at_once(self):
        self._report(self.fake, '00')
        self._later(2 * HOUR)
        self._watch(self.moment)
        self._later(MINUTE)
        self._bad()
        self.assertEqual(len(self._messages()), 1)

    def test_job_that_is_back_before_the_judge_calls_nobody_either(self):
        alert = self._bad()
        cron, watch = self.env.ref('it_continuity.ir_cron_alerts'), self.env['it.alert.watch']
        self.patch(self.registry['ir.cron'], '_commit_progress', lambda *_args, **_kwargs: 1.0)
        cron.lastcall = self.moment
        self.env['ir.config_parameter'].set_param('it_continuity.alerts_watching_since', (self.moment - 5 * HOUR).isoformat())
        self._later(MINUTE)
        watch._cron_watch()
        self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        cron.lastcall = self.moment
        self._later(2 * HOUR)
        for _minute in range(18):  # the judge's word is of before, and is not committed
            watch._cron_watch()
            self.env.invalidate_all()
            self.assertEqual((len(self._messages()), alert.climbed), (1, 0))
            cron.lastcall = self.moment
            self._later(MINUTE)
        self.assertIn("this Odoo was not always there to see it", "".join(alert.message_ids.mapped('body')))
        self._later(SECOND)
        watch._cron_watch()
        self.assertEqual((len(self._messages()), alert.climbed), (2, 1), "a judge that does not come back keeps nobody from being told")

    def test_who_got_mail_hears_that_it_is_over_once_it_stays_so(self):
        alert = self._bad()
        self._tick(16 * MINUTE)
        self._report(self.fake, '00')
        self.assertEqual((alert.state, len(self._messages())), ('resolved', 2))
        self._tick(16 * MINUTE)
        last = self._messages()[-1]
        self.assertEqual((last.title, last.severity, last.user_id), ("Over: Root on srv-test", 'ok', self.technician))
        self._tick(16 * MINUTE)
        self.assertEqual(len(self._messages()), 3)

    def test_text_of_a_host_is_text_in_message_and_chatter(self):
        evil = "<img src=x onerror=alert(1)>"
        self.checks[0].name = f"{evil} disk"
        self.fake.know(self.checks)
        records = [self.fake.cycle(number, '20', ago_s=20 - 10 * number, texts={'0': evil, '1': ""}) for number in (1, 2)]
        self._store(self.fake, records)
        self._judge()
        alert = self._opened()
        self.assertIn(evil, self._messages().text)
        self.assertIn("&lt;img", "".join(alert.message_ids.mapped('body')))
        self.assertNotIn("<img", "".join(alert.message_ids.mapped('body')))
        alert.with_user(self.technician).action_make_ticket()
        self.assertNotIn("<img", alert.ticket_id.description)
        self.assertIn("&lt;img", alert.ticket_id.description)

    def test_job_is_woken_for_the_next_step(self):
        cron = self.env.ref('it_continuity.ir_cron_alerts')
        self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]).unlink()
        self._bad()
        self.assertIn(self.moment + timedelta(minutes=15), self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]).mapped('call_at'))

    def test_activity_is_planned_on_the_alert_and_goes_with_it(self):
        alert = self._bad()
        message = self._messages()
        self.env['it.outbox']._deliver_activity(message)
        planned = alert.with_user(self.technician_2).activity_schedule('mail.mail_activity_data_todo', user_id=self.technician_2.id, summary="Write it up")
        self.assertEqual((alert.activity_ids - planned).user_id, self.technician)
        self.assertIn("Root on srv-test", (alert.activity_ids - planned).summary)
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual(alert.activity_ids, planned, "what a person planned stays")
        self.env['it.outbox']._deliver_activity(message)
        self._tick(MINUTE)
        self.assertEqual(alert.activity_ids, planned, "what was planned in the moment of its end goes too, a person's own does not")
