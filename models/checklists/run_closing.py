import logging

from psycopg2 import OperationalError

from odoo import api, fields, models

from ...lib import run_state, task_item
from ..mixins import clock
from ..mixins.thread_mixin import HUSH

_logger = logging.getLogger(__name__)

BATCH_MISSED, BATCH_PROVEN = 500, 100


class ItRunClosing(models.AbstractModel):
    """What the software closes by itself: runs whose time has passed, and runs that checks prove."""
    _name = 'it.run.closing'
    _description = "Closing of Runs by the Software"

    # === BY THE CLOCK === #

    @api.model
    def _close_missed(self):
        """Close the runs whose deadline has passed, a batch at a time; called by a scheduled action."""
        records = self.env['it.task.run']
        domain = [('state', '=', 'pending'), ('deadline_at', '<', clock.now(records.env))]
        remaining = records.search_count(domain)
        while remaining > 0:
            runs = records.search(domain, order='deadline_at, id', limit=BATCH_MISSED)
            locked = runs.try_lock_for_update(allow_referencing=True)
            self._together_or_each(locked, lambda some: some._close_missed(), "closed as missed")
            remaining = max(0, remaining - len(runs)) if locked else 0
            if not self.env['ir.cron']._commit_progress(len(locked), remaining=remaining):
                break

    # === BY CHECKS === #

    @api.model
    def _verify_proven(self):
        """Verify what checks prove, a batch at a time; called by a scheduled action."""
        runs = self._provable_runs(self._tasks_bound_to())
        remaining = len(runs)
        for start in range(0, len(runs), BATCH_PROVEN):
            batch = runs[start:start + BATCH_PROVEN]
            self._verify(batch)
            remaining -= len(batch)
            if not self.env['ir.cron']._commit_progress(len(batch), remaining=remaining):
                break

    @api.model
    def _verify_by_checks(self, checks):
        """Verify the open runs of the tasks to which one of these checks is bound."""
        self._verify(self._provable_runs(self._tasks_bound_to(checks)))

    @api.model
    def _tasks_bound_to(self, checks=None):
        """Return the tasks that any check proves, or one of ``checks``, by itself or by one of their items."""
        if checks is None:
            domain = ['|', '|', ('check_ids', '!=', False), ('check_template_ids.check_ids', '!=', False), ('item_ids.kind', '=', 'check')]
        else:
            domain = [
                '|', '|', '|', ('check_ids', 'in', checks.ids), ('check_template_ids', 'in', checks.template_id.ids),
                ('item_ids.check_id', 'in', checks.ids), ('item_ids.check_template_id', 'in', checks.template_id.ids)]
        return self.env['it.task'].sudo().search(domain)

    @api.model
    def _provable_runs(self, tasks):
        """Return the open runs of these tasks, oldest first."""
        runs_sudo = self.env['it.task.run'].sudo()
        return runs_sudo.search(
            [('task_id', 'in', tasks.ids), ('state', '=', 'pending'), ('open_at', '<=', clock.now(runs_sudo.env))], order='due_at, id')

    @api.model
    def _verify(self, runs):
        """Close those of these runs that all their checks prove, with the results frozen as evidence, all at once.

        Where one cannot be judged, they are judged one by one: that one is left to people and logged, the others go on.
        """
        locked = runs.try_lock_for_update(allow_referencing=True)
        self._together_or_each(locked, self._verify_together, "judged by its checks")

    @api.model
    def _verify_together(self, runs):
        """Close those of these runs that their checks prove, unless one waits for something that only a person can give."""
        besides = runs._beside()
        waiting = self._unanswered(runs) | runs.filtered(lambda run: task_item.waits_for_person(
            run.item_ids._judgeable(), is_answered=run in besides and besides[run].answers))
        checks = {run: run._bound_checks() for run in runs - waiting}
        newest = self.env['it.sample.store']._newest(self.env['it.check'].union(*checks.values()).ids)
        now = clock.now(runs.env)
        for run, bound in checks.items():
            proven = run._is_proven_by(bound, besides.get(run), newest) and (run not in besides or besides[run].is_enough)
            if proven and not run_state.refusal(run._move('auto_verified', None, now, proven=proven)):
                self._close_proven(run, run._evidence_of(bound, besides.get(run), newest), newest)

    @api.model
    def _unanswered(self, runs):
        """Return those of these runs that were spared a question which nothing answers any more: a check of then has gone since."""
        asked = runs.task_id.item_ids._asked().filtered(lambda item: item.required and item.kind != 'check')
        return runs.filtered(lambda run: any(
            item.task_id == run.task_id and item.create_date <= run.create_date for item in asked - run.item_ids.task_item_id))

    @api.model
    def _close_proven(self, run, evidence, newest):
        run.item_ids._fill_by_checks(newest)
        self._write_verified(run, self._measured_at(evidence), {'snapshot': evidence})

    @api.model
    def _write_verified(self, run, proven_at, evidence):
        """Write that a run was proven without anybody's word.

        :param proven_at: naive UTC moment of what proves it
        :param evidence: what is frozen with the run, by field
        """
        now = clock.now(run.env)
        run_sudo = run.with_context(**HUSH).sudo()
        run_sudo.write({
            **run._prepare_frozen('auto_verified'),
            'state': 'auto_verified',
            'done_at': min(proven_at, now),
            'entered_at': now,
            'closed_at': now,
            **evidence,
        })

    @api.model
    def _measured_at(self, evidence):
        """Return the naive UTC moment of the newest result in a snapshot; now, where nothing in it has one."""
        return max((
            fields.Datetime.to_datetime(check['measured_at'][:19].replace('T', ' ')) for check in evidence if check['measured_at']),
            default=clock.now(self.env))

    # === BOTH === #

    @api.model
    def _together_or_each(self, runs, work, words):
        """Do ``work`` with all these runs at once; where it fails, with one after the other: who fails alone is logged, the others go on.

        :param words: what could not be done, for the log
        """
        try:
            with self.env.cr.savepoint():
                work(runs)
            return
        except OperationalError:
            raise  # another transaction's doing: the job does it again
        except Exception:  # noqa: BLE001  which one it was is found out below
            self.env.invalidate_all()
        for run in runs:
            try:
                with self.env.cr.savepoint():
                    work(run)
            except OperationalError:
                raise
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Run %s could not be %s", run.id, words)
