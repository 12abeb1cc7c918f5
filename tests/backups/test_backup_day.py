from datetime import date, datetime, timedelta
from runpy import run_path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from ...lib import backup_day
from ...models.monitoring.sample_store import Newest
from .backup_case import MADE_AT, NOW, BackupCase, told

FINAL = datetime(2026, 11, 27, 11)  # 14:00 in Addis Abeba: due at noon, copied within two hours
FIELDS = ('day', 'state', 'link', 'code', 'level', 'machines')


class BackupDayCase(BackupCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._since(datetime(2026, 11, 26))
        cls.days = cls.env['it.backup.day']

    @classmethod
    def _since(cls, moment):
        """Let the places be some since then; the class is made at the real time."""
        cls.env.cr.execute("UPDATE it_backup_place SET create_date = %s WHERE set_id = %s", [moment, cls.set.id])
        cls.env.invalidate_all()

    def _kept(self, *names):
        self.env.invalidate_all()
        return [tuple(row[name] for name in names or FIELDS) for row in self.days.search([('set_id', '=', self.set.id)], order='day')]

    def _at(self, moment):
        self._clock(moment)
        self._look(self.made, self.copied)


@tagged('post_install', '-at_install')
class TestBackupDay(BackupDayCase):
    """How a day's backup stood when its time was over is written once; what comes later is seen as late, and nothing is taken back."""

    def test_a_day_is_kept_when_its_time_is_over_and_stays(self):
        before = told('prod_2026-11-26.zip', MADE_AT - timedelta(days=1), sha256='b' * 64)
        self._clock(FINAL - timedelta(days=1, hours=3))
        self._tell(self.made, before, at=FINAL - timedelta(days=1, hours=3))
        self._tell(self.copied, before, at=FINAL - timedelta(days=1, hours=3))
        self._clock(FINAL - timedelta(minutes=1))
        self._tell(self.made, told(), before)
        self._tell(self.copied, told(), before)
        self.days._keep()
        self.assertEqual(self._kept(), [(date(2026, 11, 26), 'good', 'made', False, 'replicated', 2)])
        self._clock(FINAL)
        self.days._cron_keep()
        self.assertEqual(self._kept()[1:], [(date(2026, 11, 27), 'good', 'made', False, 'replicated', 2)])
        [row] = self.days.search([('set_id', '=', self.set.id), ('day', '=', '2026-11-27')])
        self.assertEqual((row.file_name, row.file_size, row.age_h, row.is_afterwards, row.late_at), ('prod_2026-11-27.zip', 1000, 12, False, False))
        self._clock(FINAL + timedelta(hours=3))
        self._tell(self.made, at=FINAL + timedelta(hours=3))
        self.set.rpo_h = 1
        self.assertEqual(self.days._keep(), 0)
        self.assertEqual(self._kept()[1][1], 'good', "what is gone later was there in time")
        self.assertIn('data-day="2026-11-27" data-state="good"', self.set.strip, "the board says of a day what the report says")

    def test_the_size_is_that_of_the_backup_that_was_judged(self):
        again = self._place(self.other_agent, '/srv/again', 'made')
        self._clock(FINAL)
        self._tell(self.made, told(size=3000, sha256='c' * 64, level='settled', reason='cut'), at=FINAL)
        self._tell(again, told(size=2000), at=FINAL)
        self.days._keep()
        self.assertEqual(self._kept('day', 'level', 'file_size')[-1], (date(2026, 11, 27), 'readable', 2000))

    def test_what_takes_too_much_memory_is_not_called_larger_than_usual(self):
        self._clock(FINAL)
        self._tell(self.made, told(level='settled', reason='too_large'), at=FINAL)
        self.days._keep()
        self.assertEqual(self._kept('state', 'link', 'code')[-1], ('unknown', 'readable', 'too_much'))

    def test_nobody_moves_it(self):
        self._clock(FINAL)
        self.days._keep()
        row = self.days.search([('set_id', '=', self.set.id)], limit=1)
        for person in (self.technician, self.manager, self.auditor, self.env.ref('base.user_admin'), self.env.ref('base.user_root')):
            for method, *values in (('write', {'state': 'good'}), ('write', {'late_at': False}), ('unlink',)):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError):
                    self._rpc(person, row, method, *values)
            with self.assertRaises(AccessError):
                self._rpc(person, row, 'create', [{'set_id': self.set.id, 'day': '2026-11-01', 'state': 'good', 'judged_at': NOW}])
        with self.assertRaises(AccessError):
            self._rpc(self.user, row, 'read', ['state'])
        with mute_logger('odoo.sql_db'), self.assertRaisesRegex(UserError, "Day of a Backup Set.*Archive it instead"):
            self._rpc(self.manager, self.set, 'unlink')

    def test_what_is_proven_later_is_late_and_stays_so(self):
        self._clock(FINAL)
        self._tell(self.made, told(), at=FINAL)
        self._tell(self.copied, at=FINAL)
        self.days._keep()
        self.assertEqual(self._kept('day', 'state', 'link', 'code', 'late_at')[-1:], [(date(2026, 11, 27), 'bad', 'replicated', 'no_copy', False)])
        later = FINAL + timedelta(days=2)
        self._clock(later)
        self._tell(self.copied, told(), at=later)
        self.days._keep()
        self.assertEqual(self._kept('state', 'code', 'late_at')[1], ('bad', 'no_copy', later))
        self._clock(later + timedelta(days=1))
        self.days._keep()
        self.assertEqual(self._kept('late_at')[1], (later,))
        [line] = self.env['it.backup.report'].search([('set_id', '=', self.set.id), ('date', '=', '2026-11-27')])
        self.assertEqual((line.outcome, line.late, line.bad, line.good), ('late', 1, 0, 0))
        self.assertRegex(self.set.strip, r'data-day="2026-11-27" data-state="late"')
        self.assertIn("Proven later on", self.set.strip)

    def test_who_asks_for_less_afterwards_proves_nothing(self):
        self._clock(FINAL)
        self._tell(self.made, told(), at=FINAL)
        self._tell(self.copied, at=FINAL)
        self.days._keep()
        self._clock(FINAL + timedelta(hours=1))
        self._look(self.made, self.copied)
        self.set.with_user(self.manager).machines = 1
        self.days._keep()
        self.assertEqual(self._kept('state', 'code', 'asked', 'late_at')[1], ('bad', 'no_copy', 2, False))

    def test_what_goes_wrong_with_one_set_or_with_storage_takes_no_other_day_back(self):
        other = self.set.copy({'name': "Other"})
        self.env['it.backup.place'].create({'set_id': other.id, 'agent_id': self.agent.id, 'folder': '/srv/other', 'kind': 'made'})
        self.env.cr.execute("UPDATE it_backup_place SET create_date = %s WHERE set_id = %s", [datetime(2026, 11, 26), other.id])
        self._clock(FINAL)
        judged = backup_day.verdict

        def verdict(day, promise, places, *args, **values):
            if not any(place.id == self.made.id for place in places):
                raise ZeroDivisionError
            return judged(day, promise, places, *args, **values)

        def keep_storage(storage):
            storage.env.cr.execute("SELECT 1 / 0")

        with (
                patch.object(backup_day, 'verdict', verdict), patch.object(type(self.env['it.backup.storage']), '_keep', keep_storage),
                mute_logger('odoo.addons.it_continuity.models.backups.backup_day', 'odoo.sql_db')):
            self.days._cron_keep()
        self.assertEqual(len(self._kept()), 2)
        self.assertFalse(self.days.search([('set_id', '=', other.id)]))
        self.days._keep()
        self.assertEqual(self.days.search_count([('set_id', '=', other.id)]), 2)

    def test_days_on_which_the_job_did_not_run_are_judged_by_what_was_seen_then(self):
        for hours, place in ((0, self.made), (1, self.copied)):
            self._clock(FINAL - timedelta(hours=4 - hours))
            self._tell(place, told(), at=FINAL - timedelta(hours=4 - hours))
        later = FINAL + timedelta(days=40)
        self._clock(later)
        self._tell(self.made, at=later)
        self._tell(self.copied, at=later)
        self.days._keep()
        kept = {row[0]: row[1:] for row in self._kept('day', 'state', 'code', 'is_afterwards')}
        self.assertEqual(kept[date(2026, 11, 27)], ('unknown', 'not_judged', True), "of what is too long ago nobody knows any more")
        self.assertEqual(kept[date(2026, 12, 20)], ('bad', 'missing', True))
        self.assertEqual(len(kept), 42, "each day is there")
        self.assertFalse(any(state == 'good' for state, _code, _late in kept.values()))

    def test_an_upgrade_fills_the_last_days_by_what_is_known_and_calls_nothing_fine_that_nobody_saw(self):
        self._since(NOW - timedelta(hours=1))
        self._clock(NOW)
        self._tell(self.made, told(), *self._earlier(20))
        self._tell(self.copied, told(), *self._earlier(10))
        later = FINAL + timedelta(minutes=30)
        self._clock(later)
        self._look(self.made, self.copied)
        script = run_path(file_path('it_continuity/migrations/19.0.1.8.0/post-backup_days.py'))
        for _twice in range(2):
            script['migrate'](self.env.cr, '19.0.1.7.0')
            lines = {line.date: line for line in self.env['it.backup.report'].search([('set_id', '=', self.set.id)])}
            self.assertEqual(len(lines), 31)
            self.assertEqual({day: line.outcome for day, line in lines.items() if line.outcome not in ('unknown', 'bad')}, {
                **{date(2026, 11, 27) - timedelta(days=number): 'late' for number in range(1, 11)}, date(2026, 11, 27): 'good'})
            self.assertEqual({line.outcome for line in lines.values()}, {'good', 'late', 'unknown'})
        self.assertEqual(self.env['it.backup.storage'].search([('place_id', '=', self.made.id)]).files, 21)

    def test_a_set_without_places_begins_no_record_and_one_that_began_goes_on(self):
        new = self.env['it.backup.set'].create({'name': "New"})
        self._clock(FINAL)
        self.days._keep()
        self.assertFalse(self.days.search([('set_id', '=', new.id)]))
        (self.made | self.copied).with_user(self.manager).unlink()
        self._clock(FINAL + timedelta(days=1))
        self.days._keep()
        self.assertEqual(self._kept('state', 'code')[-1], ('unknown', 'no_place'), "taking its places away makes no day fine")

    def test_how_much_lies_where_is_kept_once_a_day_and_unknown_where_nobody_could_look(self):
        storage = self.env['it.backup.storage']
        self.env.cr.execute("UPDATE it_backup_place SET create_date = %s WHERE set_id = %s", [NOW - timedelta(days=2), self.set.id])
        self._tell(self.made, told(size=3 * 2**30), told('prod_2026-11-26.zip', MADE_AT - timedelta(days=1), size=2**30, sha256='b' * 64))
        storage._keep()
        kept = {(row.place_id, row.day.day): (row.unknown, row.size_gib, row.files, row.is_whole) for row in storage.search([('set_id', '=', self.set.id)])}
        self.assertEqual(kept, {
            (self.made, 25): (1, 0, 0, False), (self.made, 26): (1, 0, 0, False), (self.made, 27): (0, 4, 2, True),
            (self.copied, 25): (1, 0, 0, False), (self.copied, 26): (1, 0, 0, False)})
        self._tell(self.made, told(size=3 * 2**30), count=9)
        self.assertEqual(storage._keep(), 0, "a day is kept once")
        tomorrow = NOW + timedelta(days=1)
        self._clock(tomorrow)
        self._tell(self.made, told(size=3 * 2**30), at=tomorrow, count=9)
        storage._keep()
        [row] = storage.search([('place_id', '=', self.made.id), ('day', '=', '2026-11-28')])
        self.assertEqual((row.size_gib, row.files, row.is_whole, row.place), (4, 9, False, self.made.display_name))
        self.assertIn("More lies there than is told.", row.forecast)
        [row] = storage.search([('place_id', '=', self.copied.id), ('day', '=', '2026-11-27')])
        self.assertEqual((row.unknown, row.forecast), (1, "Too little is known yet to say how it grows."))

    def test_free_room_is_that_of_the_volume_where_a_check_looks_at_all_of_them(self):
        check = self._check(self.agent, "Disks", kind='disk')
        values = [{'item': item, 'metric': 'free_bytes', 'unit': 'B', 'value': size} for item, size in (('C:\\', 1.0), ('D:\\', 5.0 * 2**30))]
        newest = {check.id: Newest(NOW, 0.0, NOW, 0, '', values)}
        with patch.object(type(self.env['it.sample.store']), '_newest', lambda _self, ids: {one: newest[one] for one in ids if one in newest}):
            room = self.env['it.backup.storage']._room(self.made | self.copied)
            self.assertEqual(room, {self.made.id: ('D:\\', 5.0 * 2**30)})
            self.made.medium = 'network'
            self.assertFalse(self.env['it.backup.storage']._room(self.made))
            self.made.medium = 'hdd'
            check.settings = {'include': ['C:\\', 'D:\\']}
            self.assertFalse(self.env['it.backup.storage']._room(self.made), "the folder may lie on one that it does not look at")

    def test_keeping_costs_the_same_statements_for_one_set_and_for_many(self):
        self._tell(self.made, told())
        self._tell(self.copied, told())

        def keep():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.days._cron_keep()
            return self.env.cr.sql_log_count - before

        self._clock(FINAL)
        keep()
        self._clock(FINAL + timedelta(days=1))
        few = keep()
        for number in range(5):
            one = self.set.copy({'name': f"Set {number}"})
            self.env['it.backup.place'].create({'set_id': one.id, 'agent_id': self.agent.id, 'folder': f'/srv/{number}', 'kind': 'made'})
        self._clock(FINAL + timedelta(days=2))
        keep()
        self._clock(FINAL + timedelta(days=3))
        self.assertLessEqual(keep(), few + 2)

    def test_what_no_report_tells_of_any_more_is_deleted(self):
        self._clock(FINAL)
        self.days._keep()
        self.env['it.backup.storage']._keep()
        self._clock(FINAL + timedelta(days=900))
        for model in (self.days, self.env['it.backup.storage']):
            model._gc_old()
            self.assertFalse(model.search([('set_id', '=', self.set.id)]))
        self.assertIsNone(self.env['it.kept.mixin']._gc_old(), "the nightly job asks it too, and it has no table")
