import random
from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged

from ...lib import local_time
from .agent_case import AgentCase

NOW = datetime(2026, 11, 20, 12)
TZ = 'Africa/Addis_Ababa'  # three hours ahead: a month begins at 21:00 of the day before
MONTH = local_time.to_utc(date(2026, 11, 1), 0.0, TZ)
SHOWN = ('up', 'down', 'unknown', 'planned', 'planned_up')


@tagged('post_install', '-at_install')
class TestAvailability(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asset = cls.env['it.asset'].create({'name': "ERP", 'category_id': cls.category.id, 'company_id': cls.env.company.id})
        (cls.checks + cls.other_check).active = False
        cls.first, cls.second = (cls._check(cls.agent, name, asset_id=cls.asset.id) for name in ("Answers", "Room"))
        cls.env.company.itc_tz = TZ

    def setUp(self):
        super().setUp()
        self._clock(NOW)

    def _made(self, check, made_at):
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check SET create_date = %s WHERE id = %s", [made_at, check.id])

    def _told(self, check, *changes):
        """Let changes of a check have become known in this order: ``(moment, state after)``."""
        before = 'unknown'
        for at, after in changes:
            self.env.cr.execute(
                "INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES (%s, %s, %s, %s, false)", [check.id, at, before, after])
            before = after
        self.env.cr.execute("UPDATE it_check SET hard_state = %s, hard_since = %s WHERE id = %s", [before, changes[-1][0], check.id])

    def _lines(self, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        lines = self.env['it.availability'].search([('asset_id', '=', self.asset.id)], order='month')
        return {line.month: {name: round(line[name], 3) for name in SHOWN} | {name: line[name] for name in ('up_pct', 'outside_pct')} for line in lines}

    def _downtime(self, start_at, end_at, asset=None):
        downtime = self.env['it.downtime'].create({
            'reason': "Works", 'asset_ids': [Command.set((asset or self.asset).ids)], 'start_at': NOW + timedelta(hours=1), 'end_at': NOW + timedelta(hours=2)})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE it_downtime SET start_at = %s, end_at = %s, last_at = %s WHERE id = %s", [start_at, end_at, end_at, downtime.id])
        return downtime

    def test_minutes_by_what_was_known_of_all_checks(self):
        self.second.active = False
        self._made(self.first, MONTH + timedelta(hours=10))
        self._told(self.first, (MONTH + timedelta(hours=11), 'ok'), (MONTH + timedelta(hours=20), 'critical'), (MONTH + timedelta(hours=22), 'warning'),
                   (MONTH + timedelta(hours=30), 'unknown'), (MONTH + timedelta(hours=31), 'ok'))
        [line] = self._lines().values()
        whole = (NOW - MONTH - timedelta(hours=10)).total_seconds() / 60
        self.assertEqual((line['down'], line['unknown'], line['planned']), (120, 120, 0), "before its first result nobody knew anything")
        self.assertEqual(line['up'], whole - 240)
        self.assertEqual(line['up_pct'], line['outside_pct'])

    def test_the_worst_check_counts(self):
        for check, hours in ((self.first, (5, 8)), (self.second, (7, 9))):
            self._made(check, MONTH)
            self._told(check, (MONTH, 'ok'), (MONTH + timedelta(hours=hours[0]), 'critical'), (MONTH + timedelta(hours=hours[1]), 'ok'))
        self.assertEqual(self._lines()[date(2026, 11, 1)]['down'], 240)
        self._told(self.second, (MONTH + timedelta(hours=12), 'unknown'), (MONTH + timedelta(hours=13), 'ok'))
        self.assertEqual(self._lines()[date(2026, 11, 1)]['unknown'], 60)

    def test_a_month_begins_by_the_companys_clock(self):
        self.second.active = False
        self._made(self.first, datetime(2026, 9, 1))
        self._told(self.first, (datetime(2026, 9, 1), 'ok'), (MONTH - timedelta(hours=2), 'critical'), (MONTH + timedelta(hours=1), 'ok'))
        lines = self._lines()
        self.assertEqual([lines[date(2026, month, 1)]['down'] for month in (9, 10, 11)], [0, 120, 60])
        self.assertEqual(lines[date(2026, 10, 1)]['up'], 31 * 1440 - 120)

    def test_what_a_host_told_later_fills_the_history(self):
        self.second.active = False
        self._made(self.first, MONTH)
        hour = [MONTH + timedelta(hours=number) for number in range(30)]
        self._told(self.first, (hour[0], 'ok'), (hour[10], 'unknown'))                     # silent, for all we knew
        self.assertGreater(self._lines()[date(2026, 11, 1)]['unknown'], 1000)
        self._told(self.first, (hour[9], 'ok'))                                            # the backlog: it was well all the time
        line = self._lines()[date(2026, 11, 1)]
        self.assertEqual((line['unknown'], line['down']), (0, 0))

    def _archived_by_sql(self, check):
        self.env.cr.execute("UPDATE it_check SET active = FALSE WHERE id = %s", [check.id])
        script = load_script('it_continuity/migrations/19.0.1.9.0/post-archived.py', 'it_post_archived')
        script.migrate(self.env.cr, '19.0.1.8.0')
        self.env.invalidate_all()

    def test_time_in_which_a_check_was_archived_is_unknown(self):
        self.second.active = False
        hour = [MONTH + timedelta(hours=number) for number in range(60)]
        for archive, unknown in ((lambda: self.first.write({'active': False}), 31), (lambda: self._archived_by_sql(self.first), 40)):
            self.env.cr.execute("DELETE FROM it_check_transition WHERE check_id = %s", [self.first.id])
            self._made(self.first, MONTH)
            self._told(self.first, (hour[0], 'ok'), (hour[10], 'critical'), (hour[11], 'ok'))
            self.env.cr.execute("UPDATE it_check SET state = 'ok', is_hard = TRUE, attempt = 1, state_since = hard_since WHERE id = %s", [self.first.id])
            self._clock(hour[20])
            archive()
            self.assertEqual((self.first.hard_state, self.first.state, self.first.is_hard, self.first.attempt), ('unknown', 'unknown', True, 0))
            self._clock(hour[50])
            self.first.active = True
            self.assertEqual((self.first.hard_state, self.first.state), ('unknown', 'unknown'), "until its next result")
            self.env.flush_all()
            self.env.cr.execute("UPDATE it_check SET hard_state = 'ok' WHERE id = %s", [self.first.id])
            self.env.cr.execute(
                "INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES (%s, %s, 'unknown', 'ok', false)", [self.first.id, hour[51]])
            self._clock(NOW)
            line = self._lines()[date(2026, 11, 1)]
            self.assertEqual((line['unknown'], line['down']), (unknown * 60, 60))
            bad, watched = self.first._minutes_not_ok(MONTH, NOW)
            self.assertEqual((bad, watched), ((unknown + 1) * 60, (NOW - MONTH).total_seconds() / 60))
            self.first.active = False
            self.assertEqual(self.first._minutes_not_ok(MONTH, NOW), (0.0, 0.0))
            self.first.active = True

    def test_planned_downtime_counts_apart_and_moves_the_second_share_only(self):
        self.second.active = False
        self._made(self.first, MONTH)
        self._told(self.first, (MONTH, 'ok'), (MONTH + timedelta(hours=20), 'critical'), (MONTH + timedelta(hours=24), 'ok'))
        before = self._lines()[date(2026, 11, 1)]
        self._downtime(MONTH + timedelta(hours=19), MONTH + timedelta(hours=22))
        self._downtime(MONTH + timedelta(hours=21), MONTH + timedelta(hours=23))
        line = self._lines()[date(2026, 11, 1)]
        self.assertEqual((line['down'], line['planned'], line['planned_up']), (60, 240, 60))
        self.assertEqual(line['up_pct'], before['up_pct'])
        self.assertGreater(line['outside_pct'], before['outside_pct'])
        self.assertEqual(sum(line[name] for name in SHOWN[:4]), sum(before[name] for name in SHOWN[:4]))

    def test_downtime_of_what_it_depends_on_covers_it(self):
        self._made(self.first, MONTH)
        self._made(self.second, MONTH)
        self.asset.host_id = self.other_host
        self._downtime(MONTH + timedelta(hours=1), MONTH + timedelta(hours=3), self.other_host)
        self.assertEqual(self._lines()[date(2026, 11, 1)]['planned'], 120)

    def test_a_steady_check_without_a_kept_change_is_known_since_its_state(self):
        self.second.active = False
        self._made(self.first, MONTH)
        self.env.cr.execute("UPDATE it_check SET hard_state = 'ok', hard_since = %s WHERE id = %s", [MONTH + timedelta(hours=1), self.first.id])
        line = self._lines()[date(2026, 11, 1)]
        self.assertEqual((line['unknown'], line['down']), (60, 0))

    def test_random_histories_are_counted_minute_by_minute(self):
        dice = random.Random(14)
        for round_no in range(12):
            with self.subTest(round_no=round_no), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute("DELETE FROM it_check_transition")
                start, states, downs = NOW - timedelta(minutes=400), {}, []
                for check in (self.first, self.second):
                    made = start + timedelta(minutes=dice.randrange(60))
                    self._made(check, made)
                    moments = sorted(dice.sample(range(60, 400), dice.randrange(1, 8)))
                    changes = [(start + timedelta(minutes=one), dice.choice(('ok', 'warning', 'critical', 'unknown'))) for one in moments]
                    self._told(check, *changes)
                    states[check] = (made, changes)
                for _number in range(dice.randrange(3)):
                    begin = dice.randrange(380)
                    downs.append((start + timedelta(minutes=begin), start + timedelta(minutes=begin + dice.randrange(5, 60))))
                    self._downtime(*downs[-1])
                expected = self._by_minute(start, states, downs)
                self.assertEqual({name: value for name, value in self._lines()[date(2026, 11, 1)].items() if name in SHOWN}, expected)
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

    def _by_minute(self, start, states, downs):
        """Return what a plain loop over the minutes counts."""
        counted = dict.fromkeys(SHOWN, 0)
        for number in range(400):
            at = start + timedelta(minutes=number)
            known = []
            for made, changes in states.values():
                if at >= made:
                    known.append(([after for moment, after in changes if moment <= at] or ['unknown'])[-1])
            if not known:
                continue
            name = 'down' if 'critical' in known else 'unknown' if 'unknown' in known else 'up'
            if any(begin <= at < until for begin, until in downs):
                counted['planned'] += 1
                name = 'planned_up' if name == 'up' else None
            if name:
                counted[name] += 1
        return counted

    def test_a_group_is_the_share_of_its_minutes(self):
        self._made(self.first, datetime(2026, 10, 10))
        self._made(self.second, datetime(2026, 10, 10))
        for check in (self.first, self.second):
            self._told(check, (datetime(2026, 10, 10), 'ok'), (datetime(2026, 10, 20), 'critical'), (datetime(2026, 10, 21), 'ok'))
        self.env.flush_all()
        [[pct, up, down]] = self.env['it.availability']._read_group([('asset_id', '=', self.asset.id)], [], ['up_pct:avg', 'up:sum', 'down:sum'])
        self.assertAlmostEqual(pct, 100 * up / (up + down), delta=0.06)
        self.assertNotEqual(round(pct, 1), round(sum(line['up_pct'] for line in self._lines().values()) / 2, 1))

    def test_one_statement_and_few_queries_for_all(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.availability'].search_read([], ['asset_id', 'up', 'down', 'up_pct'], load='')
            return self.env.cr.sql_log_count - before

        few = count()
        for number in range(10):
            asset = self.env['it.asset'].create({'name': f"A{number}", 'category_id': self.category.id})
            self._check(self.agent, f"C{number}", asset_id=asset.id)
        self.assertLessEqual(count(), few)

    def test_who_sees_it(self):
        self._made(self.first, MONTH)
        stranger = new_test_user(
            self.env, 'itc_stranger', groups='it_continuity.it_continuity_group_technician',
            company_ids=[Command.set(self.env['res.company'].create({'name': "Other"}).ids)], company_id=self.env['res.company'].search([], order='id desc', limit=1).id)
        domain = [('asset_id', '=', self.asset.id)]
        for person in (self.technician, self.manager, self.auditor):
            self.assertTrue(self.env['it.availability'].with_user(person).search(domain), person.name)
        self.assertFalse(self.env['it.availability'].with_user(stranger).search(domain))
        with self.assertRaises(AccessError):
            self.env['it.availability'].with_user(self.user).search(domain)

    def test_a_share_of_nothing_is_said_nowhere(self):
        self.second.active = False
        self._made(self.first, MONTH)
        self._told(self.first, (MONTH, 'critical'))
        self._downtime(MONTH - timedelta(days=1), NOW + timedelta(hours=1))
        self.env.invalidate_all()
        lines, total = self.env['it.availability']._of_month(self.env.company, date(2026, 11, 1))
        self.assertEqual((lines.asset_id, total['up_pct'], total['outside_pct']), (self.asset, 0.0, None), "it was down all the time, as was planned")
        doc = self.env['it.compliance.print'].with_user(self.manager).create({'company_id': self.env.company.id, 'month': '11', 'year': 2026})
        page = self.env['ir.actions.report'].with_user(self.manager)._render_qweb_html('it_continuity.compliance_monthly', doc.ids)[0].decode()
        words = " ".join(page.split("All assets together were available for")[1].split("</p>")[0].split())
        self.assertRegex(words, r"<b>\s*0\.0 %</b>.*<b>\s*–</b>")
        none, total = self.env['it.availability']._of_month(self.env.company, date(2025, 1, 1))
        self.assertEqual((len(none), total['up'], total['up_pct'], total['outside_pct']), (0, 0.0, None, None))

    def test_the_monthly_pdf_has_a_page_of_it(self):
        self._made(self.first, MONTH)
        self._told(self.first, (MONTH, 'ok'))
        doc = self.env['it.compliance.print'].with_user(self.manager).create({'company_id': self.env.company.id, 'month': '11', 'year': 2026})
        html = self.env['ir.actions.report'].with_user(self.manager)._render_qweb_html('it_continuity.compliance_monthly', doc.ids)[0].decode()
        self.assertIn("Planned<br/>downtime", html)
        self.assertIn("ERP", html)
