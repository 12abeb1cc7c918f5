from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib import task_item
from .task_run import EDITABLE_STATES


class ItTaskRun(models.Model):
    """Runs that ask for something: they keep the question as it was, and close only with an answer."""
    _inherit = 'it.task.run'

    item_ids = fields.One2many('it.task.run.item', 'run_id', string="Items", readonly=True)
    answers = fields.Json(compute='_compute_answers', readonly=False, help="What the screen hands over to be kept; see ``_take_answers``.")
    item_values = fields.Json(readonly=True, help="What was asked and answered, as it was when the run was closed.")
    items_text = fields.Text("Still to fill in", compute='_compute_items_text')
    asks_evidence = fields.Boolean(
        compute='_compute_asks_evidence', help="Something required is a person's to give, so it is not done with many others at once.")

    # === COMPUTE METHODS === #

    def _compute_answers(self):
        self.answers = False

    @api.depends('item_ids.state', 'item_ids.required', 'item_ids.name')
    def _compute_items_text(self):
        for run in self:
            run.items_text = "\n".join(task_item.missing(run.item_ids._judgeable()))

    @api.depends('item_ids.kind', 'item_ids.required')
    def _compute_asks_evidence(self):
        for run in self:
            run.asks_evidence = task_item.is_evidence_asked(item._definition() for item in run.item_ids)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Pin what each task asks for, for all new runs in one insert."""
        runs = super().create(vals_list)
        runs._pin_items()
        return runs

    def write(self, vals):
        """Keep the answers typed into the form together with the rest of it, or nothing of both."""
        if 'answers' not in vals:
            return super().write(vals)
        self._take_answers(vals['answers'])
        others = {name: value for name, value in vals.items() if name != 'answers'}
        return super().write(others) if others else True

    def _pin_items(self):
        items_of = {
            task.id: [{'task_item_id': item.id, **item._pinned_values()} for item in task.item_ids] for task in self.task_id}
        self.env['it.task.run.item'].sudo().create(
            [{'run_id': run.id, **values} for run in self for values in items_of[run.task_id.id]])

    # === BUSINESS METHODS === #

    def _is_fillable(self):
        return self.is_open or self.state in ('failed', 'missed')

    def _take_answers(self, answers):
        """Keep what was typed for the items of these runs, by the rules of ``action_fill``.

        :param answers: ``{item id as text: {'value': …} | {'is_cleared': bool, 'files': [{'name', 'data': base64}]}}``, falsy for nothing
        :raises UserError: this is not what the screen hands over, or an answer is refused
        """
        if not answers:
            return
        items = {str(item.id): item for item in self.item_ids}
        if not isinstance(answers, dict) or not all(isinstance(answer, dict) for answer in answers.values()) or answers.keys() - items.keys():
            raise UserError(self.env._("These answers do not belong to this run. Load the page again."))
        for item_id, answer in answers.items():
            item = items[item_id]
            if item.kind not in task_item.FILE_KINDS:
                item.action_fill(answer.get('value'))
                continue
            if answer.get('is_cleared'):
                item.action_fill(files=[])
            if answer.get('files'):
                item.action_fill(files=answer['files'])

    def _transition(self, new, values, reason='', done_at=None, proven=None, undo=None):
        """Let a run be done only with all that is required, and past a bad value only with a reason."""
        if new in ('done', 'failed') and self.item_ids:
            self._fill_items_at_close()
        if new == 'done':
            values = values | self._checked_for_done(reason)
        if new in ('done', 'failed', 'not_applicable', 'pending'):
            values = values | {'item_values': new != 'pending' and self.item_ids._frozen() or False}
            self._keep_item_files()
        return super()._transition(new, values, reason, done_at, proven, undo)

    def _fill_items_at_close(self):
        """Freeze what checks say. :raises UserError: the run is closed, so that nothing of it may be touched"""
        self.lock_for_update(allow_referencing=True)
        if self.state not in EDITABLE_STATES:
            raise UserError(self._refusal_message('not_allowed'))
        self.item_ids._fill_by_checks()

    def _keep_item_files(self):
        """Put the items' files back among the run's own, from which a person may have taken them: those are sealed."""
        run_sudo = self.sudo()  # the software writes; the person's right on the run was checked
        files = run_sudo.item_ids.attachment_ids - run_sudo.attachment_ids
        if files:
            run_sudo.attachment_ids |= files

    def _checked_for_done(self, reason):
        """Return the values to add for a run with bad items. :raises UserError: something is missing or needs a reason"""
        items = self.item_ids._judgeable()
        names = task_item.missing(items)
        if names:
            raise UserError(self.env._(
                "“%(run)s” still needs: %(names)s.", run=self.display_name, names=", ".join(names)))
        names = task_item.bad(items)
        if names and not (reason or '').strip():
            raise UserError(self.env._(
                "“%(run)s”: %(names)s is not as it should be. Mark the run as failed, or give a reason to override it.",
                run=self.display_name, names=", ".join(names)))
        return {'override_reason': reason} if names else {}

    def _auto_verify_one(self):
        """Leave the run to people while it waits for something that only a person can give."""
        if task_item.waits_for_person(self.item_ids._judgeable()):
            return
        super()._auto_verify_one()

    def _closing_values(self):
        self.item_ids._fill_by_checks()
        self._keep_item_files()
        return super()._closing_values() | {'item_values': self.item_ids._frozen() or False}

    @api.model
    def _approval_fields(self):
        return (*super()._approval_fields(), 'attachment_ids', 'item_ids.filled_by_id')

    def _two_person_doers(self):
        """Who answered an item or gave a file had a hand in the run too, even if another answered it again or closed the run."""
        files_sudo = self.sudo().attachment_ids  # who reads the run may know whose its files are
        return super()._two_person_doers() | self.item_ids.filled_by_id | files_sudo.create_uid

    def _bound_checks(self):
        """Let the checks count by which the run's items were bound when it was made."""
        return super()._bound_checks() | self.sudo().item_ids._bound_checks()

    @api.model
    def _tasks_bound_to(self, checks=None):
        """Return the tasks that a check proves, or one of ``checks``, those included that an item names."""
        domain = [('item_ids.kind', '=', 'check')]
        if checks is not None:
            domain = ['|', ('item_ids.check_id', 'in', checks.ids), ('item_ids.check_template_id', 'in', checks.template_id.ids)]
        return super()._tasks_bound_to(checks) | self.env['it.task'].sudo().search(domain)

    def _lacks_for_done(self):
        """Ask where anything is left to fill in, also what is not required: one click would pass over it."""
        return super()._lacks_for_done() or bool(self._items_left())

    def _items_left(self):
        """Return how many items are left that a person can fill in."""
        return sum(item.kind != 'check' and item.state == 'empty' for item in self.item_ids)

    def _objections(self, bad_items=None):
        sentences = super()._objections(bad_items)
        names = bad_items
        if names is None:
            names = task_item.bad([(item, state) for item, state in self.item_ids._judgeable() if item.kind != 'check'])
        if names:
            sentences = sentences + [self.env._(
                "“%(name)s”: %(items)s is not as it should be. Say why it is done all the same.",
                name=self.display_name, items=", ".join(names))]
        return sentences
