from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..monitoring.heartbeat_case import HeartbeatHttpCase
from .common import ChecklistCase


@tagged('post_install', '-at_install')
class TestHeartbeatRun(ChecklistCase, HeartbeatHttpCase):
    """A real ping verifies a run; one of before does not."""

    def setUp(self):
        super().setUp()
        self._clock(None)

    def _bound_run(self):
        return self._run('backup_beat', start_date=self.env['it.task']._today(self.env.company), check_ids=[Command.set(self.check.ids)])

    def test_ping_verifies_the_run(self):
        run = self._bound_run()
        self.ping(self.token, 'start')
        self._judge()
        self.assertNotEqual(run.state, 'auto_verified')
        self.assertEqual(self.ping(self.token, '0', data=b'12 files').status_code, 200)
        self._judge()
        self.assertEqual(run.state, 'auto_verified')
        self.assertIn("Nightly backup", str(run.snapshot))

    def test_old_ping_verifies_nothing(self):
        self._heard((20, 'success'))
        self.assertEqual(self.check.effective_state, 'ok')
        run = self._bound_run()
        self._judge()
        self.assertNotEqual(run.state, 'auto_verified')
        self._clock(self.env.cr.now() + timedelta(minutes=3))
        self._judge()
        self.assertNotEqual(run.state, 'auto_verified')

    def test_failure_verifies_nothing(self):
        run = self._bound_run()
        self.ping(self.token, '3')
        self._judge()
        self.assertEqual(self.check.hard_state, 'critical')
        self.assertNotEqual(run.state, 'auto_verified')

    def test_what_nobody_accepted_verifies_nothing(self):
        beat = self._beat(self.technician, "Not accepted")
        token = beat.new_address()
        run = self._run('beat_2', start_date=self.env['it.task']._today(self.env.company), check_ids=[Command.set(beat.check_id.ids)])
        self.ping(token)
        self._judge()
        self.assertEqual((beat.effective_state, beat.settings_basis), ('ok', 'none'))
        self.assertNotEqual(run.state, 'auto_verified')
