import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import run_state

_logger = logging.getLogger(__name__)

BATCH_RUNS = 500
CLOSING = {'pending': False}  # a run that is pending again was not closed
# What a step says that ends with it: who took it, when and why.
STEP_FIELDS = (
    'done_by_id', 'done_at', 'entered_at', 'is_late_entry', 'fail_reason', 'na_reason', 'override_reason', 'late_reason', 'snapshot')


class ItTaskRun(models.Model):
    _inherit = 'it.task.run'

    # === ACTION METHODS === #

    def action_do(self):
        """Mark as done at once when nothing is missing; else ask for what is missing.

        :return: the window that asks, or the notice that it is done
        """
        if self._lacks_for_done():
            return self._action_ask('done')
        self.action_done()
        return self._step_notice()

    def action_done(self, note=None, done_at=None, override_reason=None, attachment_ids=None, late_reason=None):
        """Say that the work is done.

        :param note: what was seen or done; it stands for the reason of a late entry that no check could have proven
        :param done_at: naive UTC at which it was done, now by default; never before the run opened
        :param override_reason: why it is done although a bound check is bad or stale
        :param attachment_ids: ids of uploaded files that show it
        :param late_reason: why a missed run is entered late; the override reason is taken for it when it is not given
        :raises UserError: one of these rules is broken
        """
        self._check_worker()
        now = self._now()
        done_at = fields.Datetime.to_datetime(done_at) or now
        self._add_input(note, attachment_ids)
        for run in self:
            proven = run._proven()
            reason = override_reason or ''
            is_missed = run.state == 'missed'
            if is_missed:
                reason = late_reason or reason or (run.note if proven is None else '') or ''
            run._transition('done', reason=reason, done_at=done_at, proven=proven, values={
                'done_by_id': self.env.uid,
                'done_at': done_at,
                'entered_at': now,
                'is_late_entry': now > run.deadline_at,
                'override_reason': override_reason if proven is False and not is_missed else False,
                'late_reason': reason if is_missed else False,
                'fail_reason': False,
                'reject_reason': False,
                'snapshot': run._evidence(),
            })
        return True

    def action_fail(self, reason=None, note=None, attachment_ids=None):
        """Say that somebody looked and it was bad. :raises UserError: without a reason"""
        self._check_worker()
        self._add_input(note, attachment_ids)
        for run in self:
            run._transition('failed', reason=reason or '', values={
                'done_by_id': self.env.uid,
                'entered_at': self._now(),
                'is_late_entry': self._now() > run.deadline_at,
                'fail_reason': reason,
                'snapshot': run._evidence(),
            })
        return True

    def action_not_applicable(self, reason=None):
        """Say that it did not have to be done this time.

        :raises AccessError: its time has passed, and the person is no manager, or the one whose run it was
        :raises UserError: without a reason
        """
        self._check_worker()
        self._check_waiver()
        for run in self:
            run._transition('not_applicable', reason=reason or '', values={
                'done_by_id': self.env.uid,
                'entered_at': self._now(),
                'is_late_entry': self._now() > run.deadline_at,
                'na_reason': reason,
            })
        return True

    def action_verify(self):
        """Confirm what another person (or the checks) did.

        :raises AccessError: not a manager, or the person's own work
        """
        self._check_manager()
        self._check_second_person()
        for run in self:
            run._transition('verified', values={'verified_by_id': self.env.uid, 'verified_at': self._now()})
        return True

    def action_reject(self, reason=None):
        """Send a run back to be done again.

        A failed one may be tried again by whoever works on runs; what somebody said was done or not applicable is sent back
        by a manager who is not that person.

        :raises UserError: without a reason
        """
        self._check_worker()
        if any(run.state != 'failed' for run in self):
            self._check_manager()
        for run in self:
            is_second = run.done_by_id != self.env.user
            run._transition('pending', reason=reason or '', values={
                **dict.fromkeys(STEP_FIELDS, False),
                'reject_reason': reason,
                'sent_back_at': self._now() if is_second else run.sent_back_at,
            })
            run._message_log(body=self.env._("Sent back: %(reason)s", reason=reason))
        return True

    def action_ask_done(self):
        return self._action_ask('done')

    def action_ask_fail(self):
        return self._action_ask('failed')

    def action_ask_not_applicable(self):
        return self._action_ask('not_applicable')

    def action_ask_reject(self):
        return self._action_ask('pending')

    def _action_ask(self, step):
        """Return the window that asks for what a step needs, titled with the task."""
        name = self.task_name if len(self) == 1 else self.env._("%(count)s runs", count=len(self))
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': 'it.task.run.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_step': step, 'default_run_ids': self.ids},
        }

    # === CRON === #

    @api.model
    def _cron_close_missed(self):
        """Close the runs whose deadline has passed; the clock alone makes a run missed."""
        domain = [('state', '=', 'pending'), ('deadline_at', '<', self._now())]
        remaining = self.search_count(domain)
        while remaining > 0:
            runs = self.search(domain, order='deadline_at, id', limit=BATCH_RUNS)
            locked = runs.try_lock_for_update(allow_referencing=True)
            locked._close_missed_safely()
            remaining = max(0, remaining - len(runs)) if locked else 0
            if not self.env['ir.cron']._commit_progress(len(locked), remaining=remaining):
                break

    def _close_missed_safely(self):
        """Close these runs at once; where one cannot be, it is logged and the others are closed one by one."""
        try:
            with self.env.cr.savepoint():
                self._close_missed()
            return
        except OperationalError:
            raise  # another transaction's doing: the job does it again
        except Exception:  # noqa: BLE001  which one it was is found out below
            self.env.invalidate_all()
        for run in self:
            try:
                with self.env.cr.savepoint():
                    run._close_missed()
            except OperationalError:
                raise
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Run %s could not be closed as missed", run.id)

    def _close_missed(self):
        """Move these runs to ``missed`` in one write, nobody being told of each."""
        now = self._now()
        late = self.filtered(lambda run: not run_state.refusal(run._move('missed', actor=None)))
        late.with_context(tracking_disable=True).sudo().write({'state': 'missed', 'closed_at': now})

    # === BUSINESS METHODS === #

    def _transition(self, new, values, reason='', done_at=None, proven=None, undo=None):
        """Move this one run along the graph; the one place where a person's step is written.

        Not callable by RPC, and ``write`` refuses these fields to everyone but the software.

        :param undo: a :class:`lib.run_state.Undo` when the doer takes the own step back
        :raises UserError: the step breaks a rule of ``lib.run_state``
        """
        self.lock_for_update(allow_referencing=True)
        code = run_state.refusal(self._move(new, actor=self.env.uid, reason=reason, done_at=done_at, proven=proven, undo=undo))
        if code:
            raise UserError(self._refusal_message(code))
        run_sudo = self.sudo()  # the protected fields; the person's right was checked by the action
        run_sudo.write({'state': new, 'closed_at': CLOSING.get(new, self.closed_at or self._now()), **values})

    def _move(self, new, actor, reason='', done_at=None, proven=None, undo=None):
        return run_state.Move(
            old=self.state, new=new, now=self._now(), open_at=self.open_at, deadline_at=self.deadline_at,
            actor=actor, doer=self.done_by_id.id or None, done_at=done_at, reason=reason or '', proven=proven, undo=undo)

    @api.model
    def _now(self):
        return self.env.cr.now().replace(microsecond=0)

    def _check_worker(self):
        """:raises AccessError: the person may not work on these runs"""
        self.check_access('write')

    def _check_manager(self):
        """:raises AccessError: the person is no manager"""
        self.check_access('write')
        if not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._(
                "Only a manager verifies runs, sends them back, or says of missed ones that they did not apply."))

    def _check_waiver(self):
        """Let another person, a manager, say that it was not owed once its time has passed: what does not apply counts in no figure.

        Said by who missed it, it would be an excuse that nobody has to grant.
        """
        past = self.filtered(lambda run: run.deadline_at < self._now())
        if past:
            past._check_manager()
        for run in past:
            if self.env.user == run.responsible_id:
                raise AccessError(self.env._(
                    "“%(name)s”: its time has passed and it was yours, so another manager has to say that it did not apply. "
                    "You may ask for an excuse.", name=run.display_name))

    def _add_input(self, note, attachment_ids):
        """Write what a person may write anyway, before the run closes."""
        values = {}
        if note:
            values['note'] = note
        if attachment_ids:
            values['attachment_ids'] = [fields.Command.link(file_id) for file_id in attachment_ids]
        if values:
            self.write(values)

    def _lacks_for_done(self):
        """Tell whether marking these runs as done needs a word from the person."""
        now = self._now()  # once its time has passed, "now" is hardly when it was done, and that decides what it counts as
        return any(run_state.is_missed(run.deadline_at, now) for run in self) or bool(self._done_objections())

    def _done_objections(self, bad_items=None):
        """Return why marking these runs as done needs a reason, one sentence each; empty when it needs none.

        :param bad_items: ``{run id as text: names of its bad items}`` as they are typed on the screen; None for those that are kept
        """
        return [
            sentence for run in self
            for sentence in run._objections(None if bad_items is None else bad_items.get(str(run.id), []))]

    def _objections(self, bad_items=None):
        """Return the sentences for this one run. Extended where checks and items are.

        :param bad_items: names of its bad items as typed on the screen; None for those that are kept
        """
        if self.state != 'missed':
            return []
        return [self.env._("“%(name)s” was missed: say why it is entered late.", name=self.display_name)]

    def _proven(self):
        """Return whether the bound checks prove this one run, None when no check is bound. Extended where checks are."""
        return None

    def _evidence(self):
        """Return what is frozen with a closed run. Extended where checks are."""
        return False
