from odoo import api, fields, models


class ItTaskRunWizard(models.TransientModel):
    """Asks for what a step of a run needs: a time, a note, a reason, files."""
    _name = 'it.task.run.wizard'
    _description = "Step of a Task Run"

    run_ids = fields.Many2many('it.task.run', required=True)
    step = fields.Selection(
        selection=[('done', "Done"), ('failed', "Failed"), ('not_applicable', "Not applicable"), ('pending', "Send back")],
        required=True)
    note = fields.Text(compute='_compute_note', store=True, readonly=False)
    done_at = fields.Datetime(
        "Done at", default=lambda self: self.env['it.task.run']._now(), help="When it was done; it may be earlier than now.")
    attachment_ids = fields.Many2many('ir.attachment', string="Evidence")
    reason = fields.Text()
    needs_reason = fields.Boolean(compute='_compute_needs_reason')
    items_changed = fields.Integer(help="Raised by the screen with each item that was filled in.")
    reason_why = fields.Text(compute='_compute_needs_reason')

    @api.depends('run_ids')
    def _compute_note(self):
        for wizard in self:
            wizard.note = wizard.run_ids.note if len(wizard.run_ids) == 1 else False

    @api.depends('run_ids', 'step', 'items_changed')
    def _compute_needs_reason(self):
        for wizard in self:
            reasons = wizard.run_ids._done_objections() if wizard.step == 'done' else []
            wizard.reason_why = '\n'.join(reasons)
            wizard.needs_reason = wizard.step != 'done' or bool(reasons)

    def action_apply(self):
        """Take the step with what was typed; the rules are the run's own."""
        self.ensure_one()
        runs, files = self.run_ids, self.attachment_ids.ids
        if self.step == 'done':
            reason = self.reason if self.needs_reason else None
            runs.action_done(self.note, self.done_at, reason, files, late_reason=reason)
        elif self.step == 'failed':
            runs.action_fail(self.reason, self.note, files)
        elif self.step == 'not_applicable':
            runs.action_not_applicable(self.reason)
        else:
            runs.action_reject(self.reason)
        return {'type': 'ir.actions.act_window_close'}
