from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib import compliance, run_state
from ...lib.compliance import Bucket

MANAGER = 'it_continuity.it_continuity_group_manager'


class ItTaskRun(models.Model):
    """How a run stands, in the same words and figures on every screen, and which step waits for whom."""
    _inherit = 'it.task.run'

    status_text = fields.Char("How it stands", compute='_compute_status_text')
    waits_for_second = fields.Boolean(compute='_compute_waits_for_second', help="Done, and a second person has to verify it.")
    can_send_back = fields.Boolean(compute='_compute_can_send_back', help="The reader may send it back to be done again.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'done_at', 'due_at', 'deadline_at', 'is_late_entry', 'needs_verification')
    @api.depends_context('lang')
    def _compute_status_text(self):
        now = self._now()
        for run in self:
            bucket = compliance.classify(run.state, run.done_at or None, run.due_at, run.deadline_at, now)
            run.status_text = run._status_words(bucket)

    @api.depends('state', 'needs_verification')
    def _compute_waits_for_second(self):
        for run in self:
            run.waits_for_second = run._is_waiting_for_second()

    @api.depends('state', 'done_by_id')
    @api.depends_context('uid')
    def _compute_can_send_back(self):
        is_worker = self.has_access('write')
        is_manager = is_worker and self.env.user.has_group(MANAGER)
        for run in self:
            run.can_send_back = run_state.allowed(run.state, 'pending') and (
                is_worker if run.state == 'failed' else is_manager and run.done_by_id != self.env.user)

    # === ACTION METHODS === #

    def action_ask_verify(self):
        """Open what was answered and measured of these runs, to verify them or send them back with sight of it.

        :raises AccessError: no manager
        :raises UserError: none of them is the reader's to verify
        """
        self._check_manager()
        ready = self.filtered('can_verify')
        if not ready:
            self._check_second_person()
            raise UserError(self.env._("None of these runs waits for you to verify it."))
        return ready._action_ask('verified')

    # === BUSINESS METHODS === #

    def _status_words(self, bucket):
        """Return how this one run stands; what the figures count as missed is never called done alone."""
        is_done = self.state in ('done', 'verified')
        words = [self._outcome_words(bucket)]
        if is_done and self.is_late_entry:
            words.append(self.env._("entered late"))
        if self.state == 'verified' and bucket is not Bucket.ON_TIME:
            words.append(self.env._("verified"))
        if self._is_waiting_for_second():
            words.append(self.env._("waits for a second person"))
        return ", ".join(words)

    def _outcome_words(self, bucket):
        if bucket is Bucket.MISSED and self.done_at:
            return self.env._("Missed, done after its deadline")
        if bucket is Bucket.LATE and self.state in ('done', 'verified'):
            return self.env._("Done late")
        state = self.state
        if bucket in (Bucket.FAILED, Bucket.MISSED):
            state = bucket.value
        return dict(self._fields['state']._description_selection(self.env))[state]

    def _bucket_words(self, bucket):
        """Return what work counts as, for a :class:`lib.compliance.Bucket`."""
        return {
            Bucket.ON_TIME: self.env._("counts as done on time"),
            Bucket.LATE: self.env._("counts as done late"),
            Bucket.MISSED: self.env._("stays missed; that it was done after all is shown"),
        }[bucket]

    def _counting(self, done_at):
        """Return what entering this one run as done would count as, by when it was done.

        :param done_at: naive UTC as chosen so far, or None
        :return: ``(choices, refusal)``: ``[(sentence, is chosen)]`` in order of time, and why ``done_at`` cannot be, or ''
        """
        choices = []
        for span in compliance.spans(self.due_at, self.deadline_at):
            is_chosen = bool(done_at) and (span.after is None or done_at > span.after) and (span.until is None or done_at <= span.until)
            words = self._bucket_words(span.bucket)
            if span.until:
                text = self.env._("Done by %(until)s: %(words)s.", until=self._moment_text(span.until), words=words)
            else:
                text = self.env._("Done after %(after)s: %(words)s.", after=self._moment_text(span.after), words=words)
            choices.append((text, is_chosen))
        if not done_at:
            return choices, ''
        code = run_state.refusal(self._move('done', self.env.uid, reason="-", done_at=done_at))
        return choices, code in ('done_in_future', 'too_early') and self._refusal_message(code) or ''
