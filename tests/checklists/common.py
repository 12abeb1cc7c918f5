from datetime import date, datetime
from unittest.mock import patch

from odoo.addons.base.models.ir_cron import IrCron

from ..common import ItcCase

MONDAY = date(2026, 11, 23)


class ChecklistCase(ItcCase):
    """A checklist in a company three hours ahead of UTC, and a clock that stands still on a Monday at 09:00 there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checklist = cls.env['it.checklist'].create({'name': "Test round", 'code': 'test_round'})
        cls.role.user_ids = cls.technician
        # A cron commits after each batch; a test is rolled back at its end instead.
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))

    def setUp(self):
        super().setUp()
        self._clock(datetime(2026, 11, 23, 6, 0))

    def _task(self, code, **values):
        return self.env['it.task'].create({
            'name': f"Task {code}", 'code': code, 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'start_date': MONDAY, 'due_time': 12, 'grace_h': 12, **values})

    def _run(self, code, **values):
        """Return the run of today of a new daily task."""
        task = self._task(code, **values)
        task._generate_runs()
        return task.run_ids.filtered(lambda run: run.date == task._today(task.company_id))

    def _pass(self):
        """What the crons do each few minutes."""
        self.env['it.task']._cron_generate_runs()
        self.env['it.task.run']._cron_close_missed()

    def assertRunState(self, run, state):
        self.assertEqual(run.state, state, run.display_name)
