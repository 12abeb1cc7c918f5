from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..checklists.common import ChecklistCase
from ..monitoring.test_clocks import WRONG, ClockCase
from .backup_case import NOW, BackupCase, told


def wire(*files):
    """Return files as they stand in an event."""
    return [{**file._asdict(), 'modified_at': f'{file.modified_at.isoformat()}+00:00'} for file in files]


@tagged('post_install', '-at_install')
class TestBackupClocks(ClockCase, BackupCase, ChecklistCase):
    """What lies where backups are kept counts from when it was listed; where nobody can tell when that was, not at all."""

    def setUp(self):
        super().setUp()
        task = self._task('backup', backup_set_ids=[Command.link(self.set.id)], due_time=13, grace_h=11)
        task._generate_runs()
        self.run_today = task.run_ids.filtered(lambda run: run.date == task._today(task.company_id))
        self._tell(self.copied, told(), at=NOW - timedelta(seconds=300))

    def _listed(self, *files, ago_s):
        self.seq += 1
        return {
            'seq': self.seq, 'type': 'event', 'ts': self.fake.stamp(ago_s), 'mono': self.fake.mono(ago_s), 'kind': 'backup_files',
            'data': {'check': self.made.check_id.id, 'count': len(files), 'files': wire(*files)}}

    def _report(self, *records):
        self._post(list(records))
        self._look(self.made)

    def _figures(self):
        copies = self.env['it.backup.copy'].sudo().search([('place_id', '=', self.made.id)])
        return (
            self.made.told_at, self.made.count, copies.mapped('first_seen_at'), self.set.state, self.set.made_state, self.set.readable_state,
            self.set.replicated_state, self.set.reason, self.run_today.state)

    def test_list_of_a_boot_that_never_reported_moves_nothing_and_the_next_one_counts_at_once(self):
        self._report(self._start('boottime:1', ago_s=9000), self._listed(ago_s=7600))
        before, seq = self._figures(), self.seq
        self.assertEqual((before[0], before[-1]), (NOW - timedelta(seconds=7600), 'pending'))
        for name, off in WRONG.items():
            with self.subTest(clock=name), self.env.cr.savepoint() as savepoint:
                lost = [self._start('boottime:2', ago_s=400, off=off), self._listed(told(), ago_s=300)]
                self._report(*lost, self._start('boottime:3', ago_s=200))
                self.assertEqual(self._figures(), before)
                self._report(self._listed(told(), ago_s=150))
                self.assertEqual(self.made.told_at, NOW - timedelta(seconds=150))
                self.assertRunState(self.run_today, 'auto_verified')
                self.assertEqual(self.run_today.snapshot[0]['doubt_s'], 0)
                savepoint.rollback()
            self.env.invalidate_all()
            self.seq = seq

    def test_list_that_is_surely_fresh_enough_counts_and_its_doubt_is_frozen(self):
        data = {'check': self.made.check_id.id, 'count': 1, 'files': wire(told())}
        for grace_s, doubt_s, accepted_s, is_taken in (
                (0, 1000, 9000, False), (3600, 1000, 9000, False), (30, 500, 9000, False), (0, 120, 60, False), (0, 120, 9000, True)):
            with self.subTest(grace_s=grace_s, doubt_s=doubt_s, accepted_s=accepted_s):
                self.made.check_id.grace_s = grace_s
                self.made.check_id.settings_accepted_at = NOW - timedelta(seconds=accepted_s)
                self.agent._apply_event('backup_files', NOW, data, NOW, doubt_s)
                self.assertEqual(bool(self.made.told_at), is_taken)
        self._look(self.made)
        self.assertRunState(self.run_today, 'auto_verified')
        self.assertEqual(self.run_today.snapshot[0]['measured_at'], f'{NOW.isoformat()}+00:00')
        self.assertEqual(self.run_today.snapshot[0]['doubt_s'], 120)
        self.made._forget()
        self.assertFalse(self.made.doubt_s)
