import logging
from collections import defaultdict
from datetime import timedelta
from functools import cache

from psycopg2 import errors

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import mute_logger

from odoo.addons.it_continuity.lib import recurrence, run_state

_logger = logging.getLogger(__name__)

AHEAD_DAYS = 2
BATCH_TASKS = 100
# A task that comes back after years (a restored database, a far start date) is caught up in slices.
SLICE_DAYS = 92

# Runs are made by the hundred: nobody is told of each, and nobody follows each.
SILENT = {'tracking_disable': True, 'mail_create_nolog': True, 'mail_create_nosubscribe': True, 'mail_notrack': True}

# Another worker is at the same tasks: what it makes is what we would have made.
LOST_RACE = (errors.SerializationFailure, errors.UniqueViolation, errors.LockNotAvailable)


class ItTask(models.Model):
    _inherit = 'it.task'

    # === CRON === #

    @api.model
    def _cron_generate_runs(self):
        """Make the runs of all tasks up to two days ahead, and those that fell due while nobody was looking."""
        batches = [
            (company, ids[start:start + BATCH_TASKS])
            for company in self.env['res.company'].search([])
            for ids in [self.search(self._due_domain(company)).ids]
            for start in range(0, len(ids), BATCH_TASKS)
        ]
        remaining = sum(len(ids) for _company, ids in batches)
        for company, ids in batches:
            self.with_company(company).browse(ids)._generate_safely()
            remaining -= len(ids)
            if not self.env['ir.cron']._commit_progress(len(ids), remaining=remaining):
                break

    @api.model
    def _due_domain(self, company):
        """Return the domain of the company's tasks that lack runs up to the horizon."""
        horizon = self._today(company) + timedelta(days=AHEAD_DAYS)
        return (
            Domain('company_id', '=', company.id)
            & Domain('schedule_kind', 'in', recurrence.DATED_KINDS)
            & (Domain('generated_until', '=', False) | Domain('generated_until', '<', horizon))
        )

    def _wake_generator(self):
        """Have the cron make the runs of new or changed tasks as soon as this transaction is committed."""
        cron = self.env.ref('it_continuity.it_task_cron_generate_runs', raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    # === GENERATION === #

    def _generate_safely(self):
        """Make the missing runs; a task that fails is flagged with the reason and the others go on."""
        try:
            with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                self._generate_runs()
            return
        except LOST_RACE:
            _logger.info("Runs of %s tasks are being made by another worker", len(self))
            return
        except Exception:  # noqa: BLE001  one bad task must not stop the others: they are tried one by one
            self.env.invalidate_all()
        for task in self:
            try:
                with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                    task._generate_runs()
            except LOST_RACE:
                continue
            except Exception as error:  # noqa: BLE001  whatever it is, the person who owns the task has to see it
                self.env.invalidate_all()
                task._flag_generation_error(str(error))

    def _flag_generation_error(self, reason):
        if self.generation_error != reason:
            _logger.warning("No runs could be made of task %s: %s", self.id, reason)
            self.with_context(**SILENT).generation_error = reason

    def _generate_runs(self):
        """Make the missing runs of these tasks of one company, in a number of queries that does not grow with them.

        Idempotent: a run is unique by task and occurrence, and the tasks are locked meanwhile.
        """
        tasks = self.try_lock_for_update(allow_referencing=True)
        horizon = self._today(self.env.company) + timedelta(days=AHEAD_DAYS)
        planned, until = {}, defaultdict(list)
        times, closed_days = {}, cache(self.env['it.calendar']._closed_days)
        for task in tasks:
            start = task.generated_until + timedelta(days=1) if task.generated_until else task.start_date
            end = min(horizon, start + timedelta(days=SLICE_DAYS)) if start <= horizon else horizon
            until[end].append(task.id)
            for values in task._planned_values(task._planned_times(start, end, times, closed_days)):
                planned[task.id, values['occurrence']] = values
        existing = tasks._existing_occurrences(min((key for _task_id, key in planned), default=''))
        missing = [values for key, values in planned.items() if key not in existing]
        self.env['it.task.run']._put_on_duty(self.env.company, missing)
        self.env['it.task.run'].with_context(**SILENT).create(missing)
        for end, ids in until.items():
            tasks.browse(ids).with_context(**SILENT).write({'generated_until': end, 'generation_error': False})
        behind = tasks.filtered(lambda task: task.generated_until < horizon)
        if behind:
            behind._generate_runs()

    def _planned_times(self, start, end, known, closed_days):
        """Return the occurrences and spans of this one task from ``start`` to ``end``, local days.

        :param known: what was planned in this pass already, by schedule: most tasks share a few of them
        :param closed_days: see ``_closed``
        """
        schedule, company = self._schedule(), self.company_id
        key = schedule, self.closed_rule, company, start, end
        if key not in known:
            days = recurrence.occurrences(schedule, start, end, self._closed(closed_days), self.closed_rule)
            known[key] = [(each, recurrence.span(schedule, each.day, company.itc_tz)) for each in days]
        return known[key]

    def _planned_values(self, times):
        """Return the values of the runs of this one task that fall due at ``times``.

        A time that was over before the task existed makes no run: nobody could have been asked.
        """
        planned = (self._run_values(occurrence, span) for occurrence, span in times)
        return [values for values in planned if values['deadline_at'] > self.create_date]

    def _existing_occurrences(self, since):
        """Return the (task id, occurrence) pairs of these tasks that exist already, from the key ``since`` on."""
        rows = self.env['it.task.run'].sudo()._read_group(
            [('task_id', 'in', self.ids), ('occurrence', '>=', since)], ['task_id', 'occurrence'])
        return {(task.id, occurrence) for task, occurrence in rows}

    def _run_values(self, occurrence, span):
        """Return the values of one run; the task's text is pinned so that later edits leave it as it was."""
        return {
            'task_id': self.id,
            'company_id': self.company_id.id,
            'checklist_id': self.checklist_id.id,
            'occurrence': occurrence.key,
            'date': occurrence.day,
            'open_at': span.open_at,
            'due_at': span.due_at,
            'deadline_at': run_state.deadline(span.due_at, round(self.grace_h * 3600)),
            **self._people_values(occurrence.day),
            'task_name': self.name,
            'instructions': self.instructions,
            'expected_evidence': self.expected_evidence,
            'line_id': self.line_id.id,
            'line_code': self.line_id.code,
            'line_text': self.line_id.text,
            'needs_verification': self.needs_verification,
        }

    def _start_run(self):
        """Make one run that opens now; the caller has checked that the person may."""
        now = self.env.cr.now().replace(microsecond=0)
        schedule, tz = self._schedule(), self.company_id.itc_tz
        day = recurrence.local_date(now, tz)
        taken = {key for _task, key in self._existing_occurrences(day.isoformat())}
        index = next(n for n in range(1, len(taken) + 2) if recurrence.Occurrence(day, n).key not in taken)
        occurrence, span = recurrence.event_occurrence(schedule, now, tz, index)
        values = self._run_values(occurrence, span)
        self.env['it.task.run']._put_on_duty(self.company_id, [values])
        return self.env['it.task.run'].with_context(mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True).create(values)

    def _catch_up(self):
        """Make what fell due by the schedule of until now, before it changes: a missed day stays a missed day."""
        tasks_sudo = self.sudo()  # runs are made by the software only
        for company, tasks in tasks_sudo.filtered('active').grouped('company_id').items():
            tasks.with_company(company).search(self._due_domain(company) & Domain('id', 'in', tasks.ids))._generate_safely()

    def _replan(self):
        """Drop the runs that nobody could have begun yet and have the generator make them by the new schedule."""
        tasks_sudo = self.sudo()  # who may change a schedule need not have the right to delete runs; nobody has
        self.env['it.task.run'].sudo().search([
            ('task_id', 'in', self.ids), ('state', '=', 'pending'), ('open_at', '>', self.env.cr.now())]).unlink()
        for company, tasks in tasks_sudo.grouped('company_id').items():
            yesterday = self._today(company) - timedelta(days=1)
            tasks.filtered('generated_until').write({'generated_until': yesterday, 'generation_error': False})
        self._wake_generator()
