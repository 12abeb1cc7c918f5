from runpy import run_path

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, file_path
from odoo.tools.sql import column_exists

from .alert_case import HOUR, MINUTE, SECOND, AlertCase


@tagged('post_install', '-at_install')
class TestAlertNews(AlertCase):
    """What is told beside the ladder goes through the same door: quiet hours put off what is told of a warning, many messages are one."""

    def _quiet(self, start_min, end_min):
        """Let the quiet hours last from some minutes after now, 10:00 in Addis Ababa, to others."""
        self.env.company.write({'itc_alert_quiet_from': 10 + start_min / 60, 'itc_alert_quiet_until': 10 + end_min / 60})

    def _new(self, before):
        return sorted((self._messages() - before).mapped('title'))

    def test_flapping_of_a_warning_waits_for_the_end_of_the_quiet_hours_and_is_told_then_if_it_still_flaps(self):
        self._quiet(1, 30)
        self.checks.max_attempts = 1
        for number in range(58):
            self._later(30 * SECOND)
            self._report(self.fake, '10'[number % 2] + ('10'[number % 2] if number < 8 else '1'))
            if number == 8:
                self.assertEqual(self._opened().mapped('is_flapping'), [True, True])
        first = ["Warning: Data on srv-test", "Warning: Root on srv-test"]
        self.assertEqual(sorted(self._titles()), first, "nothing is told of a warning in the quiet hours")
        for number in range(6):
            self._later(30 * SECOND)
            self._report(self.fake, '10'[number % 2] + '1')
        self.assertEqual(sorted(self._titles()), ["Flapping: Root on srv-test", *first], "the other one does not flap any more")

    def test_end_of_a_warning_is_told_after_the_quiet_hours_unless_it_is_there_again(self):
        self._quiet(20, 240)
        fake, _checks = self._new_host("srv-3", checks=3)
        self._report(fake, '112', '112')
        alerts = self._opened()
        self._tick(16 * MINUTE)
        self._report(fake, '112')
        self.assertEqual(alerts.mapped('climbed'), [2, 2, 2], "they got mail")
        before = self._messages()
        self._later(10 * MINUTE)
        self._report(fake, '000')
        wakes = self.env['ir.cron.trigger'].search([])
        self._tick(16 * MINUTE)
        self.assertEqual(self._new(before), ["Over: Check 2 of srv-3 on srv-3"], "what was critical is told at night, too")
        woken = self.env['ir.cron.trigger'].search([('cron_id', '=', self.env.ref('it_continuity.ir_cron_alerts').id)]) - wakes
        self.assertEqual(woken.mapped('call_at'), [max(alerts.filtered('news_at').mapped('news_at'))], "once, however many wait")
        self._later(HOUR)
        self._report(fake, '010', '010')
        self.assertEqual((len(self._alerts()), self._opened().name), (4, "Check 1 of srv-3 on srv-3"))
        before = self._messages()
        self._tick(3 * HOUR)
        self.assertEqual(self._new(before), ["Over: Check 0 of srv-3 on srv-3", "Warning: Check 1 of srv-3 on srv-3"])
        self.assertFalse(alerts.filtered('news_at'))

    def test_thirty_that_end_at_once_are_one_message_to_each_person_and_each_way_out(self):
        room = self.env['discuss.channel'].create({'name': "IT room"})
        ways = self.channels.create([
            {'name': "Room", 'kind': 'discuss', 'discuss_channel_id': room.id}, {'name': "Push", 'kind': 'webhook', 'shape': 'ntfy', 'url': 'https://ntfy.example.com', 'topic': 'it'}])
        fake, checks = self._new_host("srv-30", checks=30)
        self._report(fake, '2' * 30, '2' * 30)
        for _time in range(5):
            self._tick(15 * MINUTE)
            self._report(fake, '2' * 30)
        alerts = self._opened()
        self.assertEqual((len(alerts), set(alerts.mapped('climbed'))), (30, {4}))
        before = self._messages()
        self._later(MINUTE)
        self._report(fake, '0' * 30)
        self._tick(16 * MINUTE)
        found = self._messages() - before
        people = alerts.told_ids
        self.assertGreater(len(people), 1)
        self.assertEqual(
            sorted((message.channel_id.id, message.user_id.id) for message in found),
            sorted([(self.env.company._itc_alert_person_channel('mail').id, user.id) for user in people] + [(way.id, False) for way in ways]))
        self.assertEqual(set(found.mapped('title')) | set(found.mapped('severity')), {"30 alerts are over", 'ok'})
        for message in found:
            for check in checks:
                self.assertIn(f"Over: {check.name} on srv-30", message.text)
        before = self._messages()
        self._tick(30 * MINUTE)
        self.assertEqual(self._messages(), before)

    def test_who_had_many_messages_hears_a_little_later_and_others_at_once(self):
        """What one of two people could not be told is kept for them, and the other one is not told twice."""
        self.env.company.write({'itc_alert_burst': 2, 'itc_alert_mail_min': 0, 'itc_alert_manager_min': 0, 'itc_alert_ways_min': 0})
        self.host.owner_id = self.technician_2
        fakes = [self._new_host(f"srv-{number}") for number in range(3)]
        for fake, _checks in fakes:
            self._report(fake, '2', '2')
        self.assertEqual(self._messages().mapped('user_id'), self.technician)
        before = self._messages()
        self._report(self.fake, '22', '22')
        alerts = self._opened().filtered(lambda alert: alert.asset_id == self.host)
        self.assertEqual({(message.title, message.user_id) for message in self._messages() - before}, {
            ("Critical: Root on srv-test", self.technician_2), ("Critical: Data on srv-test", self.technician_2)})
        self.assertEqual((alerts.mapped('climbed'), alerts.told_ids), ([1, 1], self.technician_2))
        before = self._messages()
        self._later(MINUTE)
        self._report(self.fake, '20')
        for _minute in range(12):
            self._tick(MINUTE)
            self._report(self.fake, '20', judge=False)
        found = self._messages() - before
        self.assertEqual([(message.title, message.user_id) for message in found], [("Critical: Root on srv-test", self.technician)], "the other one is over")
        self._tick(5 * MINUTE)
        self.assertEqual(alerts.filtered('is_open').told_ids, self.technician | self.technician_2)
        self.assertFalse(alerts.filtered('news_at'))

    def test_what_got_worse_in_a_downtime_is_told_after_it_if_it_still_is(self):
        self._report(self.fake, '11', '11')
        self.env['it.downtime'].create({
            'reason': "New disks", 'asset_ids': [Command.set(self.host.ids)], 'start_at': self.moment, 'end_at': self.moment + HOUR})
        before = self._messages()
        for states in ('22', '21', '21', '21'):
            self._later(14 * MINUTE)
            self._report(self.fake, states)
        self.assertFalse(self._new(before))
        self._later(5 * MINUTE)
        self._report(self.fake, '21')
        self.assertEqual(self._new(before), ["Worse: Root on srv-test"])

    def test_upgrade_keeps_whom_to_tell_that_an_alert_is_over_and_says_nothing_of_downtimes_of_long_ago(self):
        self._report(self.fake, '20', '20')
        self._tick(16 * MINUTE)
        self._report(self.fake, '00')
        old, late = self.env['it.downtime'].create([
            {'reason': reason, 'asset_ids': [Command.set(self.host.ids)], 'start_at': self.moment, 'end_at': self.moment + HOUR} for reason in ("Old", "Late")])
        self.env.flush_all()
        self.env.cr.execute("""
            UPDATE it_downtime SET last_at = now() AT TIME ZONE 'UTC' - make_interval(days => CASE WHEN id = %s THEN 40 ELSE 2 END) WHERE id = ANY(%s)
        """, [old.id, (old | late).ids])
        self.env.cr.execute("ALTER TABLE it_alert RENAME COLUMN news_at TO end_call_at")
        self.env.cr.execute("ALTER TABLE it_alert DROP COLUMN news")
        self.env.cr.execute("ALTER INDEX it_alert_news_idx RENAME TO it_alert_end_call_idx")
        migrate = run_path(file_path('it_continuity/migrations/19.0.1.10.0/pre-alerts.py'))['migrate']
        migrate(self.env.cr, '19.0.1.9.0')
        migrate(self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertEqual((old.told_until, late.told_until), (old.last_at, False))
        self.assertFalse(self.env.execute_query(SQL("SELECT 1 FROM pg_indexes WHERE indexname = 'it_alert_end_call_idx'")))
        before = self._messages()
        self._tick(16 * MINUTE)
        self.assertEqual(self._new(before), ["Over: Root on srv-test"])

    def test_what_was_to_be_told_while_odoo_was_away_is_told_once_it_is_certain_that_it_is_still_so(self):
        self._report(self.fake, '22', '22')
        self._tick(16 * MINUTE)
        self._report(self.fake, '00')
        before = self._messages()
        self._later(2 * HOUR)
        self._watch(self.moment)
        self._tick(MINUTE)
        self.assertFalse(self._new(before), "it may have come back meanwhile")
        self._report(self.fake, '20', '20')
        self.assertEqual(self._new(before), ["Critical: Root on srv-test"])
        self._tick(18 * MINUTE)
        self.assertEqual([title for title in self._new(before) if "Over" in title], ["Over: Data on srv-test"])

    def test_upgrade_of_a_database_from_before_there_were_alerts(self):
        self.env.flush_all()
        for table in ('it_alert', 'it_downtime'):
            self.env.cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table), SQL.identifier(f'{table}_later')))
        run_path(file_path('it_continuity/migrations/19.0.1.10.0/pre-alerts.py'))['migrate'](self.env.cr, '19.0.1.3.0')
        self.assertFalse(column_exists(self.env.cr, 'it_alert', 'news'), "the table comes with its columns")

    def test_who_works_for_two_companies_hears_once_though_one_of_them_told_him_much_just_before(self):
        company, other = self._company_b()
        self.technician.company_ids = [Command.link(company.id)]
        self.env.company.write({'itc_alert_burst': 2, 'itc_alert_mail_min': 0, 'itc_alert_manager_min': 0, 'itc_alert_ways_min': 0})
        router = self.env['it.asset'].create({
            'name': "router", 'kind': 'network', 'category_id': self.category.id, 'company_id': False, 'owner_id': self.technician_2.id})
        self.checks[0].asset_id = router
        fake_b, _checks = self._new_host("srv-b", company_id=company.id, depends_on_ids=[Command.link(router.id)])
        for number in range(3):
            self._report(self._new_host(f"srv-{number}")[0], '2', '2')
        self.assertEqual(self._messages().mapped('user_id'), self.technician)
        self._report(fake_b, '2', '2', judge=False)
        self._report(self.fake, '20', '20')
        for _minute in range(15):
            self._tick(MINUTE)
            self._report(fake_b, '2', judge=False)
            self._report(self.fake, '20', judge=False)
        found = self._messages().filtered(lambda message: message.title == "Critical: Root of router")
        self.assertEqual({message.user_id: message.company_id for message in found}, {
            self.technician_2: self.env.company, self.technician: company, other: company})
        self.assertEqual(len(found), 3, "nobody hears twice")
        self.assertFalse(self._opened().filtered('news_at'))

    def test_what_is_still_open_is_told_before_what_is_over(self):
        self.env.company.write({'itc_alert_burst': 2, 'itc_alert_mail_min': 15, 'itc_alert_manager_min': 0, 'itc_alert_ways_min': 0})
        hosts = [self._new_host(f"srv-{number}")[0] for number in range(4)]
        bad = [(0, 16), (8, 99), (10, 99), (16, 99)]  # from which minute to which: the last one's mail is due when the end of the first one is
        for minute in range(36):
            for fake, (start, end) in zip(hosts, bad, strict=True):
                state = '2' if start <= minute < end else '0'
                self._report(fake, state, state, judge=False)
            self._judge()
            self._tick(MINUTE)
        mails = self._messages().filtered(lambda message: message.channel_id.kind == 'mail')
        self.assertEqual(mails.mapped('title')[-2:], ["Critical: Check 0 of srv-3 on srv-3", "Over: Check 0 of srv-0 on srv-0"])
