import logging

from odoo import api, fields, models

from ...lib import run_state
from .task_checks import HEALTH

_logger = logging.getLogger(__name__)

BATCH_PROOFS = 100


class ItTaskRun(models.Model):
    """Runs that checks prove: the machine ticks what it saw well, and a person's tick keeps what the machine saw."""
    _inherit = 'it.task.run'

    health = fields.Selection(HEALTH, compute='_compute_health', help="What the task's checks say now.")
    health_reason = fields.Text(compute='_compute_health')
    check_evidence = fields.Html("Measured", compute='_compute_check_evidence', sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends('state', 'task_id.health', 'task_id.health_reason')
    def _compute_health(self):
        for run in self:
            run.health = run.task_id.health
            run.health_reason = run.task_id.health_reason

    @api.depends('snapshot')
    @api.depends_context('lang', 'tz')
    def _compute_check_evidence(self):
        for run in self:
            run.check_evidence = run.snapshot and self.env['ir.qweb']._render(
                'it_continuity.task_run_evidence', {'checks': run._evidence_lines()})

    def _evidence_lines(self):
        """Return the frozen results of this one run as rows for the reader."""
        return [dict(
            check,
            measured=fields.Datetime.to_datetime((check.get('measured_at') or '')[:19].replace('T', ' ') or False),
            values_text=", ".join(
                ' '.join(str(part) for part in (value.get('item'), value.get('metric'), value.get('value'), value.get('unit')) if part not in (None, ''))
                for value in check.get('values') or []),
        ) for check in self.snapshot or []]

    # === CRON === #

    @api.model
    def _cron_auto_verify(self):
        """Verify what checks prove; the safety net under the hook of the judging job, and for runs that open between two."""
        runs = self._provable_runs(self._tasks_bound_to())
        remaining = len(runs)
        for start in range(0, len(runs), BATCH_PROOFS):
            batch = runs[start:start + BATCH_PROOFS]
            batch._auto_verify()
            remaining -= len(batch)
            if not self.env['ir.cron']._commit_progress(len(batch), remaining=remaining):
                break

    @api.model
    def _auto_verify_by(self, checks):
        """Verify the open runs of the tasks to which one of these checks is bound."""
        self._provable_runs(self._tasks_bound_to(checks))._auto_verify()

    @api.model
    def _tasks_bound_to(self, checks=None):
        """Return the tasks that any check proves, or one of ``checks``. Extended where items name checks."""
        domain = ['|', ('check_ids', '!=', False), ('check_template_ids.check_ids', '!=', False)]
        if checks is not None:
            domain = ['|', ('check_ids', 'in', checks.ids), ('check_template_ids', 'in', checks.template_id.ids)]
        return self.env['it.task'].sudo().search(domain)

    @api.model
    def _provable_runs(self, tasks):
        """Return the open runs of these tasks, oldest first."""
        return self.sudo().search(
            [('task_id', 'in', tasks.ids), ('state', '=', 'pending'), ('open_at', '<=', self._now())], order='due_at, id')

    def _auto_verify(self):
        """Close those of these runs that all their checks prove, with the results frozen as evidence.

        A run that cannot be judged is left to people and logged; the others go on.
        """
        for run in self.try_lock_for_update(allow_referencing=True):
            try:
                with self.env.cr.savepoint():
                    run._auto_verify_one()
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Run %s could not be judged by its checks", run.id)

    def _auto_verify_one(self):
        proven = self._proven()
        if not proven or run_state.refusal(self._move('auto_verified', actor=None, proven=proven)):
            return
        evidence = self._evidence()
        self.with_context(tracking_disable=True).sudo().write({
            'state': 'auto_verified',
            'done_at': min(self._measured_at(evidence), self._now()),
            'entered_at': self._now(),
            'closed_at': self._now(),
            'snapshot': evidence,
            **self._closing_values(),
        })

    def _closing_values(self):
        """Return what else is frozen when checks close this one run. Extended where items are."""
        return {}

    # === BUSINESS METHODS === #

    def _proven(self):
        checks = self._bound_checks()
        if not checks:
            return super()._proven()
        if self.state == 'missed':
            return False  # what is measured now says nothing of a time that has passed
        return checks._proof(self.open_at).verified

    def _evidence(self):
        """Return the checks' results as they are now, to be frozen with the run."""
        return self._bound_checks()._snapshot() or super()._evidence()

    def _bound_checks(self):
        """Return the checks that count for this one run; everybody who works on it is told what they say."""
        return self.sudo().task_id.effective_check_ids

    def _objections(self, bad_items=None):
        sentences = super()._objections(bad_items)
        if sentences or self._proven() is not False:
            return sentences
        return [self.env._(
            "“%(name)s”: %(reason)s Say why it is done all the same.",
            name=self.display_name, reason=self._bound_checks()._proof(self.open_at).reason)]

    @api.model
    def _measured_at(self, evidence):
        """Return the naive UTC moment of the newest result in a snapshot."""
        return max(
            fields.Datetime.to_datetime(check['measured_at'][:19].replace('T', ' ')) for check in evidence)
