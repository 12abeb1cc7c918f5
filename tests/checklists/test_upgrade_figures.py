import importlib.util
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .history_case import HOUR, HistoryCase


@tagged('post_install', '-at_install')
class TestUpgradeFigures(HistoryCase):
    """What an upgrade makes of runs that were closed before one person's word was counted by itself."""

    def _migrate(self):
        path = file_path('it_continuity/migrations/19.0.1.2.0/post-figures.py')
        spec = importlib.util.spec_from_file_location('it_post_figures', path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        self.env.flush_all()
        script.migrate(self.env.cr, '19.0.1.1.0')
        self.env.invalidate_all()

    def test_past_is_counted_as_what_comes(self):
        task = self._task('past')
        late = {'is_late_entry': True, 'entered_at': self.now}
        responsible = {'responsible_id': self.technician.id, 'state': 'not_applicable'}
        runs = {
            'late_entry': self._done(task, 20, **late),
            'on_time': self._done(task, 21, **late, state='verified', verified_by_id=self.manager.id),
            'missed': self._done(task, 22, **late, done_at=self.now - timedelta(days=22) + 2 * HOUR),
            'waived': self._past(task, 23, **responsible, done_by_id=self.technician.id),
            'not_applicable': self._past(task, 24, **responsible, done_by_id=self.manager.id),
            'extra': self._past(task, 25, state='missed'),
            'open': self._past(task, 0, deadline_at=self.now + HOUR),
        }
        made_at = runs['extra'].create_date
        self._force(runs['extra'], deadline_at=made_at, due_at=made_at, open_at=made_at)
        nobodys = self._past(task, 26, state='not_applicable', done_by_id=self.manager.id)
        self._migrate()
        lines = self.env['it.compliance.report'].search([('task_id', '=', task.id)])
        buckets = {line.run_id: line.bucket for line in lines}
        self.assertEqual({name: buckets[run] for name, run in runs.items()}, {name: name for name in runs})
        self.assertEqual(buckets[nobodys], 'waived')
