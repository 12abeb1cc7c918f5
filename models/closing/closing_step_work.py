from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .closing_plan_mixin import CHANGING_KINDS

TECHNICIAN = 'it_continuity.it_continuity_group_technician'


class ItClosingStep(models.Model):
    """How a step is worked on: when it is locked, who does, verifies, rejects and reopens it."""
    _inherit = 'it.closing.step'

    can_work = fields.Boolean(compute='_compute_allowed', help="Evidence and script may be brought.")
    can_reject = fields.Boolean(compute='_compute_allowed')
    can_take_back = fields.Boolean(compute='_compute_allowed', help="The reader's own work, which nobody verified yet.")
    can_reopen = fields.Boolean(compute='_compute_allowed')
    can_take_script = fields.Boolean(compute='_compute_allowed', help="The Testbed twin has a verified script that is not here yet.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'started_by_id', 'done_by_id', 'closing_id.state', 'kind', 'environment', 'script_sha256', 'twin_id.status')
    @api.depends_context('uid')
    def _compute_allowed(self):
        """Say what of the buttons the reader would not be refused."""
        is_manager, is_technician = self._is_manager(), self.env.user.has_group(TECHNICIAN)
        for step in self:
            is_open = not step.closing_id._closed_records()
            is_own = step._is_own_work()
            step.can_work = is_technician and is_open and step.state not in ('done', 'verified')
            step.can_reject = is_manager and is_open and step.state == 'done' and not is_own
            step.can_take_back = is_technician and is_open and is_own and step.state in ('in_progress', 'done')
            step.can_reopen = is_manager and is_open and not step.can_take_back and step.state in ('in_progress', 'done', 'verified')
            step.can_take_script = step.can_work and step._lacks_twin_script()

    # === ACTION METHODS === #

    def action_start(self):
        """Begin the work.

        :raises UserError: the step is locked
        """
        self._check_technician()
        self._check_state('todo', 'rejected')
        self._check_unlocked()
        self._transition({'state': 'in_progress', 'started_by_id': self.env.uid, 'started_at': fields.Datetime.now()})

    def action_done(self):
        """Say that it is done, with the evidence that is on the step.

        :raises UserError: the step is locked, or evidence or script is missing
        """
        self._check_technician()
        self._check_state('todo', 'in_progress', 'rejected')
        self._check_unlocked()
        now = fields.Datetime.now()
        for step in self:
            if not (step.evidence or '').strip() and not step.attachment_ids:
                raise UserError(self.env._("Add evidence to “%(name)s” first: a note, a file, or both.", name=step.name))
            if step.kind == 'sql_script' and not step.script_sha256:
                raise UserError(self.env._("Attach to “%(name)s” the script that was executed.", name=step.name))
            step._transition({
                'state': 'done', 'done_by_id': self.env.uid, 'done_at': now, 'done_sha256': step.script_sha256,
                'started_by_id': step.started_by_id.id or self.env.uid, 'started_at': step.started_at or now,
            })

    def action_verify(self):
        """Verify another person's work and pin the hash of its script.

        :raises AccessError: no manager, or the current user's own work
        :raises UserError: not done, locked, or the script is no longer the one that was executed
        """
        self._check_verifier()
        self._check_state('done')
        self._check_second_person()
        self._check_unlocked()
        for step in self:
            if step._is_changed():
                raise UserError(self.env._(
                    "The script of “%(name)s” was changed after it was done. Reject the step, so that it is done again.", name=step.name))
            step._transition({
                'state': 'verified', 'verified_by_id': self.env.uid, 'verified_at': fields.Datetime.now(),
                'verified_sha256': step.script_sha256,
            })

    def action_reject(self, reason):
        """Give a step back to its doer."""
        self._check_verifier()
        self._check_state('done')
        self._check_closing_editable()
        self._take_back('rejected', reason)

    def action_reopen(self, reason):
        """Open a step again: managers any, its doer as long as nobody has verified it."""
        self._check_technician()
        self._check_state('in_progress', 'done', 'rejected', 'verified')
        self._check_closing_editable()
        for step in self:
            if not self._is_manager() and (step.state == 'verified' or self.env.user not in step._two_person_doers()):
                raise AccessError(self.env._("Only managers open a step again that is verified or that somebody else did."))
        self._take_back('todo', reason)

    def action_take_twin_script(self):
        """Copy the verified script of the Testbed twin, byte for byte."""
        self._check_technician()
        for step in self:
            script = step.twin_id.script_id
            if not script or not step.twin_id._is_proven():
                raise UserError(self.env._("The Testbed twin of “%(name)s” has no verified script yet.", name=step.name))
            step.script_id = self.env['ir.attachment'].create({
                'name': script.name, 'raw': script.raw, 'res_model': self._name, 'res_id': step.id})

    # === BUSINESS METHODS === #

    def _lock_reasons(self):
        """Return in words why this step cannot be worked on now; empty when it can.

        Override it to add a reason, never to drop one.
        """
        self.ensure_one()
        reasons = []
        if self.closing_id.state != 'open':
            reasons.append(self.env._("The closing is not running."))
        for step in self.depends_on_ids:
            if self.environment == 'production' and not step._is_proven():
                reasons.append(self.env._("“%(name)s” has to be verified first.", name=step.name))
            elif step.state not in ('done', 'verified') or step._is_changed():
                reasons.append(self.env._("“%(name)s” has to be done first.", name=step.name))
        if self.environment == 'production' and (self.twin_id or self.kind in CHANGING_KINDS):
            reasons += self._twin_lock_reasons()
        return reasons

    def _twin_lock_reasons(self):
        twin = self.twin_id
        if not twin:
            return [self.env._("It has no Testbed twin that proves it.")]
        if twin.state != 'verified':
            return [self.env._("On the Testbed, “%(name)s” is not verified yet.", name=twin.name)]
        if twin._is_changed():
            return [self.env._(
                "The script of “%(name)s” was changed after it was verified on the Testbed; it has to be proven again.", name=twin.name)]
        if twin.verified_by_id in twin._two_person_doers():
            return [self.env._("“%(name)s” was verified by the one who did it.", name=twin.name)]
        if self.kind == 'sql_script' and not self.script_sha256:
            return [self.env._("The script is missing; take the one verified on the Testbed.")]
        if (self.script_sha256 or False) != (twin.verified_sha256 or False):
            return [self.env._("The script is not byte for byte the one that was verified on the Testbed.")]
        return []

    def _is_changed(self):
        """Tell whether the script is no longer the one that was done or verified."""
        self.ensure_one()
        pinned = {'done': self.done_sha256, 'verified': self.verified_sha256}
        return self.state in pinned and (self.script_sha256 or False) != (pinned[self.state] or False)

    def _is_proven(self):
        self.ensure_one()
        return self.state == 'verified' and not self._is_changed()

    @api.model
    def _approval_fields(self):
        return ('state', 'status', 'is_locked', 'started_by_id', 'done_by_id')

    def _awaits_approval(self):
        return self.state == 'done' and not self.is_locked and self.status != 'changed'

    def _two_person_doers(self):
        return self.started_by_id | self.done_by_id

    def _lacks_twin_script(self):
        """Tell whether this one step has to take its script from its Testbed twin, and can."""
        if self.environment != 'production' or self.kind != 'sql_script':
            return False
        twin = self.twin_id
        return bool(twin.script_id) and twin._is_proven() and self.script_sha256 != twin.verified_sha256

    def _take_back(self, state, reason):
        reason = reason.strip() if isinstance(reason, str) else ''
        if not reason:
            raise UserError(self.env._("Give a reason."))
        vals = {'state': state, 'return_reason': reason, 'verified_by_id': False, 'verified_at': False, 'verified_sha256': False}
        if state == 'todo':
            vals.update(started_by_id=False, started_at=False, done_by_id=False, done_at=False, done_sha256=False)
        self._transition(vals)
        for step in self:
            step.message_post(body=self.env._("Came back: %(reason)s", reason=reason), subtype_xmlid='mail.mt_note')

    # === CHECKS === #

    def _check_unlocked(self):
        for step in self:
            if step.is_locked:
                raise UserError(self.env._("“%(name)s” is locked. %(reason)s", name=step.name, reason=step.lock_reason))

    def _check_technician(self):
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on the steps of a closing."))

    def _check_verifier(self):
        if not self._is_manager():
            raise AccessError(self.env._("Only managers verify and reject the steps of a closing."))
