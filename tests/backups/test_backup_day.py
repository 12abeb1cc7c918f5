from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

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
