from datetime import timedelta

from .common import ChecklistCase

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class HistoryCase(ChecklistCase):
    """Runs in whatever state a history may have left them, by PostgreSQL's clock, which the report views ask."""

    def setUp(self):
        super().setUp()
        self._clock(None)
        self.now = self.env.cr.now().replace(microsecond=0)

    def _past(self, task, days_ago, **values):
        """Return a run that was due so many days ago, as it lies in the table now."""
        due_at = self.now - days_ago * DAY
        run = self.env['it.task.run'].sudo().create({
            'task_id': task.id, 'checklist_id': task.checklist_id.id, 'company_id': task.company_id.id, 'task_name': task.name,
            'needs_verification': task.needs_verification, 'occurrence': f'past {days_ago}', 'date': due_at.date(),
            'open_at': due_at - 9 * HOUR, 'due_at': due_at, 'deadline_at': due_at + HOUR})
        self._force(run, **values)
        return run

    def _excuse(self, run):
        """Excuse a missed run by an outage of all its time, as two persons do."""
        outage = self.env['it.outage'].create({
            'kind': 'power', 'start_at': run.open_at, 'end_at': run.deadline_at, 'company_id': run.company_id.id})
        in_company = {'allowed_company_ids': run.company_id.ids}
        run.with_user(self.technician).with_context(**in_company).action_ask_excuse(f'outage:{outage.id}')
        run.excuse_ids.with_user(self.manager).with_context(**in_company).action_grant()
        self.env.flush_all()

    def _done(self, task, days_ago, **values):
        return self._past(task, days_ago, **{
            'state': 'done', 'done_at': self.now - days_ago * DAY, 'done_by_id': self.technician.id, **values})

    def _force(self, record, **values):
        """Write columns past the guards on purpose: a history cannot be lived through in a test."""
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(f'UPDATE {record._table} SET {name} = %s WHERE id = %s', [value, record.id])
        self.env.invalidate_all()
