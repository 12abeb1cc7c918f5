from datetime import date, datetime
from unittest.mock import patch

from odoo.service.model import call_kw

from odoo.addons.base.models.ir_cron import IrCron

from ..common import ItcCase

MONDAY = date(2026, 11, 23)
MODEL_METHODS = ('create', 'search_read', 'action_print_today', 'get_board')  # called without ids


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
        self.addCleanup(setattr, self.env.cr, '_now', None)

    def _clock(self, moment):
        """Let the transaction begin at a naive UTC moment."""
        self.env.cr._now = moment
        self.env.invalidate_all()

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

    def _rpc(self, user, record, method, *args, **kwargs):
        """Call a method as a client of the given user would, in a transaction that is that user's."""
        self.env.flush_all()
        model = record.env(user=user)[record._name]
        ids = [] if method in MODEL_METHODS else [record.ids]
        with self._transaction_of(user):
            result = call_kw(model, method, [*ids, *args], kwargs)
        self.env.invalidate_all()
        return result

    def _transaction_of(self, user):
        """Let the ORM take the user for who began this transaction; in a test it is the superuser."""
        return patch.object(self.env.transaction, 'default_env', self.env(user=user))

    def assertRunState(self, run, state):
        self.assertEqual(run.state, state, run.display_name)
