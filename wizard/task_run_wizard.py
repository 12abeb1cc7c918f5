from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import compliance, run_state
from ..models.mixins import clock


class ItTaskRunWizard(models.TransientModel):
    """Asks for what a step of a run needs: answers, a time, a note, a reason, files; shows what is to be verified."""
    _name = 'it.task.run.wizard'
    _description = "Step of a Task Run"
    _inherit = ['it.asking.mixin']

    run_ids = fields.Many2many('it.task.run', required=True)
    step = fields.Selection(
        selection=[
            ('done', "Done"), ('failed', "Failed"), ('not_applicable', "Not applicable"), ('pending', "Send back"),
            ('verified', "Verify"), ('undo', "Take back")],
        required=True)
    answers = fields.Json(
        compute='_compute_answers', inverse='_inverse_answers', help="What was typed for the items; never sent back to the screen, which has it.")
    kept_answers = fields.Json(help="The answers until they are confirmed.")
    bad_items = fields.Json(help="Names of the items that are bad as typed, by run; the screen tells, so that a reason can be asked for.")
    is_applied = fields.Boolean(help="The step was taken; asking again, because the answer was lost on its way, takes it no second time.")
    note = fields.Text(compute='_compute_note', store=True, readonly=False)
    is_late = fields.Boolean(compute='_compute_is_late', help="The time of one of these runs has passed.")
    done_at = fields.Datetime("Done at", compute='_compute_done_at', store=True, readonly=False, help="When it was done; it may be earlier than now.")
    counts_as = fields.Html("Counts as", compute='_compute_counts_as', sanitize=False)
    attachment_ids = fields.Many2many('ir.attachment', string="Add files")
    reason = fields.Text()
    back_reason = fields.Text("To send it back", help="Only what is sent back needs it.")
    needs_reason = fields.Boolean(compute='_compute_needs_reason')
    reason_why = fields.Text(compute='_compute_needs_reason')
    can_send_back = fields.Boolean(compute='_compute_can_send_back')

    # === COMPUTE METHODS === #

    def _compute_answers(self):
        self.answers = False

    def _inverse_answers(self):
        for wizard in self:
            wizard.kept_answers = wizard.answers
        self.invalidate_recordset(['answers'], flush=False)

    @api.depends('run_ids')
    def _compute_note(self):
        for wizard in self:
            wizard.note = wizard.run_ids.note if len(wizard.run_ids) == 1 else False

    @api.depends('run_ids')
    def _compute_is_late(self):
        now = clock.now(self.env)
        for wizard in self:
            wizard.is_late = any(run_state.is_missed(run.deadline_at, now) for run in wizard.run_ids)

    @api.depends('is_late')
    def _compute_done_at(self):
        """Begin with now. Once the time has passed, begin empty: a time that nobody chose must not decide what the run counts as."""
        for wizard in self:
            wizard.done_at = False if wizard.is_late else clock.now(self.env)

    @api.depends('run_ids', 'step', 'done_at')
    def _compute_counts_as(self):
        """Say before it is saved what the chosen time counts as; it is worked out only for a run past its due time."""
        now = clock.now(self.env)
        for wizard in self:
            # While a window is open its runs are copies without ids of their own; what is kept is asked.
            runs = wizard.run_ids._origin.filtered(lambda run: run.due_at < now) if wizard.step == 'done' else wizard.run_ids.browse()
            wizard.counts_as = Markup().join(wizard._counting_html(run) for run in runs) or False

    @api.depends('run_ids', 'step', 'bad_items')
    def _compute_needs_reason(self):
        for wizard in self:
            reasons = wizard._reasons()
            wizard.reason_why = '\n'.join(reasons)
            wizard.needs_reason = wizard.step in ('failed', 'not_applicable', 'pending') or (wizard.step == 'done' and bool(reasons))

    @api.depends('run_ids')
    def _compute_can_send_back(self):
        for wizard in self:
            wizard.can_send_back = all(run.can_send_back for run in wizard.run_ids._origin)

    # === ACTION METHODS === #

    def action_apply(self):
        """Take the step with what was typed; the rules are the run's own.

        :return: the notice of what became of the runs, which closes the window
        """
        self.ensure_one()
        if self.is_applied:
            return self._notice()
        notice = self._apply()
        self.write({'is_applied': True, 'kept_answers': False})
        return notice or self._notice()

    def action_send_back(self):
        """Send the runs back that were opened to be verified. :raises UserError: without a reason"""
        self.ensure_one()
        if not (self.back_reason or '').strip():
            raise UserError(self.env._("Say first what is missing: who did it has to know what to do again."))
        self.run_ids.action_reject(self.back_reason)
        return self._notice()

    # === BUSINESS METHODS === #

    def _apply(self):
        runs, files = self.run_ids, self.attachment_ids.ids
        if self.step in ('done', 'failed'):
            runs.item_ids._take_answers(self.kept_answers)
        if self.step == 'done':
            if self.is_late and not self.done_at:
                raise UserError(self.env._("Say when it was done: that decides what it counts as."))
            reason = self.reason if self.needs_reason or self._objections(runs) else None
            runs.action_done(self.note, self.done_at, reason, files, late_reason=reason)
        elif self.step == 'failed':
            runs.action_fail(self.reason, self.note, files)
        elif self.step == 'not_applicable':
            runs.action_not_applicable(self.reason)
        elif self.step == 'verified':
            runs.action_verify()
        elif self.step == 'undo':
            return runs.action_undo(is_miss_accepted=True)
        else:
            runs.action_reject(self.reason)
        return None

    def _reasons(self):
        """Return why the step needs a reason, and what it brings with it, one sentence each."""
        if self.step == 'done':
            return self._objections(self.run_ids._origin, self.bad_items if isinstance(self.bad_items, dict) else None)
        if self.step != 'undo':
            return []
        now = clock.now(self.env)
        return [
            self.env._("The deadline of “%(name)s” has passed meanwhile. Taken back, it is missed, as if it had never been done.", name=run.display_name)
            for run in self.run_ids._origin if run_state.is_missed(run.deadline_at, now)]

    @api.model
    def _lacks(self, runs):
        """Tell whether marking these runs as done needs a word from the person, or leaves something empty that could be filled in."""
        now = clock.now(runs.env)  # once its time has passed, "now" is hardly when it was done, and that decides what it counts as
        return (
            any(run._lacks_note() or run_state.is_missed(run.deadline_at, now) or run.item_ids._count_left() for run in runs)
            or bool(self._objections(runs)))

    @api.model
    def _objections(self, runs, bad_items=None):
        """Return why marking these runs as done needs a reason, one sentence each; empty when it needs none.

        :param bad_items: ``{run id as text: names of its bad items}`` as they are typed on the screen; None for those that are kept
        """
        return [
            sentence for run in runs for sentence in self._objections_to(run, self._bad_names(run, bad_items))]

    @api.model
    def _bad_names(self, run, bad_items):
        if bad_items is None:
            return run.item_ids._bad_by_hand() if run.item_ids else []
        return bad_items.get(str(run.id), [])

    @api.model
    def _objections_to(self, run, bad_names):
        """Return the sentences for one run, by what checks say now and by the names of its bad items."""
        sentences = []
        if run.state == 'missed' or (run.state == 'pending' and run_state.is_missed(run.deadline_at, clock.now(run.env))):
            sentences.append(self.env._("“%(name)s” was missed: say why it is entered late.", name=run.display_name))
        elif run._proven() is False:
            sentences.append(self.env._(
                "“%(name)s”: %(reason)s Say why it is done all the same.",
                name=run.display_name, reason=self._objection(run._bound_checks(), run)))
        if bad_names:
            sentences.append(self.env._(
                "“%(name)s”: %(items)s is not as it should be. Say why it is done all the same.",
                name=run.display_name, items=", ".join(bad_names)))
        return sentences

    @api.model
    def _objection(self, checks, run):
        """Return in words why these checks, and what counts beside them, do not prove one run."""
        verdict, beside = checks._proof(run.open_at), run._beside().get(run)
        reasons = list(beside.reasons) if beside else []
        if verdict.code == 'not_accepted':
            reasons[:0] = checks.filtered(lambda check: check.settings_basis == 'none').mapped(lambda check: check._unaccepted_sentence())
        elif not verdict.verified and (checks or not beside):
            reasons.insert(0, checks._unproven_sentence(verdict, run))
        return "\n".join(reasons)

    def _counting_html(self, run):
        """Return in HTML what entering one run counts as, the chosen one standing out."""
        choices, refusal = self._counting(run)
        is_entered_late = run_state.is_missed(run.deadline_at, clock.now(run.env))
        head = self.env._("It is shown as entered late. What it counts as follows from when it was done:") if is_entered_late else (
            self.env._("What it counts as follows from when it was done:"))
        if len(self.run_ids) > 1:
            head = f"{run.display_name}: {head}"
        if str(self.env.tz) != run.company_id.itc_tz:
            head = self.env._("%(words)s (times of %(tz)s)", words=head, tz=run.company_id.itc_tz)
        rows = Markup().join(
            Markup('<li class="%s" data-chosen="%s">%s</li>') % (
                'fw-bold' if is_chosen and not refusal else 'text-muted', int(is_chosen and not refusal), text)
            for text, is_chosen in choices)
        wrong = Markup('<div class="text-danger" role="alert">%s</div>') % refusal if refusal else ''
        return Markup('<div>%s</div><ul class="mb-1">%s</ul>%s') % (head, rows, wrong)

    def _counting(self, run):
        """Return what entering one run as done would count as, by when it was done.

        :return: ``(choices, refusal)``: ``[(sentence, is chosen)]`` in order of time, and why that moment cannot be, or ''
        """
        choices, done_at, is_late_entry = [], self.done_at, run_state.is_missed(run.deadline_at, clock.now(self.env))
        for span in compliance.spans(run.due_at, run.deadline_at):
            is_chosen = bool(done_at) and (span.after is None or done_at > span.after) and (span.until is None or done_at <= span.until)
            words = self.env['it.task.run.words']._counts_as(span.bucket, is_late_entry, run.is_extra)
            if span.until:
                text = self.env._("Done by %(until)s: %(words)s.", until=run._moment_text(span.until, ends_day=True), words=words)
            else:
                text = self.env._("Done after %(after)s: %(words)s.", after=run._moment_text(span.after, ends_day=True), words=words)
            choices.append((text, is_chosen))
        if not done_at:
            return choices, ''
        code = run_state.refusal(run._move('done', self.env.uid, clock.now(run.env), reason="-", done_at=done_at))
        return choices, code in ('done_in_future', 'too_early') and run._get_refusal_message(code) or ''

    def _notice(self):
        return self.env['it.task.run.screen']._step_notice(self.run_ids)
