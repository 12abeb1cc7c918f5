from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ...lib import run_state
from .task_run_moves import STEP_FIELDS


class ItTaskRun(models.Model):
    """A slip of the hand is taken back by the hand that made it, for some minutes; the log of evidence keeps both."""
    _inherit = 'it.task.run'

    can_undo = fields.Boolean(compute='_compute_can_undo', help="The reader said so some minutes ago and may take it back.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'done_by_id', 'entered_at', 'is_late_entry', 'sent_back_at', 'company_id.itc_undo_min')
    @api.depends_context('uid')
    def _compute_can_undo(self):
        is_worker = self.has_access('write')
        for run in self:
            run.can_undo = is_worker and not run._undo_refusal()

    # === ACTION METHODS === #

    def action_undo(self, is_miss_accepted=False):
        """Take back what the person said of these runs some minutes ago: they wait again, with all that was filled in.

        A run whose deadline has passed meanwhile is missed at once; the person is asked first.

        :param is_miss_accepted: the person was told of those
        :return: the window that asks, or the notice of what became of them
        :raises AccessError: the person may not work on these runs
        :raises UserError: none of them may be taken back; with several, those that may not are left and named
        """
        self._check_worker()
        self.lock_for_update(allow_referencing=True)
        refusals = {run: run._undo_refusal() for run in self}
        ready = self.filtered(lambda run: not refusals[run])
        left = [run._refusal_message(code) for run, code in refusals.items() if code]
        if not ready:
            raise UserError("\n".join(left) or self.env._("There is nothing to take back."))
        past = ready.filtered(lambda run: run_state.is_missed(run.deadline_at, run._now()))
        if past and is_miss_accepted is not True:
            return ready._action_ask('undo')
        for run in ready:
            run._take_back()
        past.with_user(SUPERUSER_ID)._close_missed()  # the clock's doing, as if the run had never been done
        return self._undo_notice(ready, past, left)

    # === BUSINESS METHODS === #

    def _undo_refusal(self):
        """Return why the current user may not take this one run's last step back, a key of ``run_state.REFUSALS``, or None."""
        return run_state.refusal(self._move('pending', self.env.uid, undo=self._undo_told()))

    def _undo_told(self):
        return run_state.Undo(
            entered_at=self.entered_at or None, minutes=self.company_id.itc_undo_min, is_late_entry=self.is_late_entry,
            is_sent_back=bool(self.sent_back_at))

    def _take_back(self):
        said = dict(self._fields['state']._description_selection(self.env))[self.state]
        self._transition('pending', values=dict.fromkeys(STEP_FIELDS, False), undo=self._undo_told())
        self._message_log(body=self.env._("Taken back by %(person)s: “%(said)s”.", person=self.env.user.name, said=said))

    def _step_notice(self):
        """Return the notice of the step that was just taken with these runs; it offers to take it back while that is possible."""
        names = dict(self._fields['state']._description_selection(self.env))
        if len(self) == 1:
            message = self.env._("“%(name)s”: %(status)s.", name=self.task_name, status=self.status_text)
        else:
            message = self.env._("%(count)s runs: %(status)s.", count=len(self), status=", ".join(names[state] for state in set(self.mapped('state'))))
        return self._notice(message, undo=self.filtered('can_undo'))

    @api.model
    def _notice(self, message, undo=None, title='', is_sticky=False, kind='success'):
        """Return a client action that tells something in passing, and closes the window it was told from.

        :param undo: runs that the notice offers to take back
        """
        return {
            'type': 'ir.actions.client',
            'tag': 'it_continuity.run_notice',
            'params': {'type': kind, 'sticky': is_sticky, 'title': title, 'message': message, 'undo_ids': undo.ids if undo else []},
        }

    @api.model
    def _undo_notice(self, ready, past, left):
        missed = ", ".join(past.mapped('task_name'))
        back = ", ".join((ready - past).mapped('task_name'))
        words = [
            *([self.env._("Taken back, to do again: %(names)s.", names=back)] if back else []),
            *([self.env._("Taken back and missed, because the deadline has passed: %(names)s.", names=missed)] if missed else []),
            *left]
        return self._notice("\n".join(words), kind='warning' if past or left else 'success', is_sticky=bool(left))
