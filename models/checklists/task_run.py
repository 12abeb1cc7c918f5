from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tools import format_date

from ...lib import run_state
from ..mixins.guarded_mixin import initial_values

# All that a person may write by hand, and only while the run is open; every other field is written by the moves alone.
EDITABLE = frozenset({'note', 'responsible_id', 'attachment_ids'})
EDITABLE_STATES = ('pending', 'failed', 'missed')


class ItTaskRun(models.Model):
    """One time that a task fell due: who did it, when, verified how. Once closed it is evidence."""
    _name = 'it.task.run'
    _description = "Task Run"
    _inherit = ['it.sealed.mixin', 'it.thread.mixin', 'mail.activity.mixin', 'it.two.person.mixin']
    _order = 'due_at desc, id desc'
    _rec_name = 'task_name'
    _check_company_auto = True
    _evidence_by_place = False  # what is said in its chatter is no evidence
    _allow_sudo_commands = False  # no way around the guards through a parent record's rights
    _seal_states = ('auto_verified', 'done', 'verified', 'failed', 'missed', 'not_applicable')
    _seal_name = 'task_name'
    _seal_parts = {'items': 'item_ids', 'excuses': 'excuse_ids'}

    task_id = fields.Many2one('it.task', required=True, readonly=True, index=True, ondelete='restrict', check_company=True)
    checklist_id = fields.Many2one('it.checklist', readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    occurrence = fields.Char(required=True, readonly=True, help="Name of this time within the task: its planned local day.")
    date = fields.Date(required=True, readonly=True, help="Local day on which it falls due.")
    open_at = fields.Datetime("Opens", required=True, readonly=True, help="From then on it may be done.")
    due_at = fields.Datetime("Due", required=True, readonly=True, index=True, help="Until then it is on time.")
    deadline_at = fields.Datetime("Deadline", required=True, readonly=True, help="After it, it is missed: due plus grace.")
    state = fields.Selection(
        selection=[
            ('pending', "Pending"),
            ('auto_verified', "Verified by checks"),
            ('done', "Done"),
            ('verified', "Verified"),
            ('failed', "Failed"),
            ('missed', "Missed"),
            ('not_applicable', "Not applicable"),
        ],
        string="Status", required=True, readonly=True, default='pending', index=True, copy=False, tracking=True)
    is_open = fields.Boolean(compute='_compute_is_open', search='_search_is_open', help="It may be done now.")
    is_overdue = fields.Boolean("Overdue", compute='_compute_is_open', search='_search_is_overdue')

    task_name = fields.Char("Task name", required=True, readonly=True, help="The task's name when this run was made.")
    # A copy of what the task has cleaned already; cleaning it again would double the cost of a day's runs.
    instructions = fields.Html(readonly=True, sanitize=False, help="The task's instructions when this run was made.")
    expected_evidence = fields.Text(readonly=True)
    line_code = fields.Char("Handbook line", readonly=True)
    line_text = fields.Text("Handbook text", readonly=True)
    needs_verification = fields.Boolean("Four eyes", readonly=True)
    role_id = fields.Many2one('it.role', string="Responsible role", readonly=True)
    responsible_id = fields.Many2one('res.users', domain="[('share', '=', False)]", index=True, tracking=True)

    note = fields.Text(help="What was seen or done.")
    attachment_ids = fields.Many2many('ir.attachment', string="Evidence", copy=False)
    done_by_id = fields.Many2one(
        'res.users', string="Done by", readonly=True, index='btree_not_null', tracking=True,
        help="Who did it, or said that it failed or did not apply.")
    done_at = fields.Datetime("Done at", readonly=True, tracking=True, help="When the work was done, as its doer says.")
    entered_at = fields.Datetime("Entered at", readonly=True, help="When that was entered, by the server's clock.")
    is_late_entry = fields.Boolean("Entered late", readonly=True, help="Entered after the deadline.")
    verified_by_id = fields.Many2one(
        'res.users', string="Verified by", readonly=True, index='btree_not_null', tracking=True)
    verified_at = fields.Datetime("Verified at", readonly=True)
    closed_at = fields.Datetime("Closed at", readonly=True, help="When it stopped being pending, by the server's clock.")
    fail_reason = fields.Text("Failed because", readonly=True)
    na_reason = fields.Text("Not applicable because", readonly=True)
    override_reason = fields.Text(
        "Override", readonly=True, help="Why it was done although a check was bad or stale, or a value outside its limits.")
    late_reason = fields.Text("Entered late because", readonly=True, help="Why it was entered after its deadline.")
    reject_reason = fields.Text("Sent back because", readonly=True)
    sent_back_at = fields.Datetime(
        "Last sent back", readonly=True, help="When another person last sent it back. It stays, also once it is done again.")
    snapshot = fields.Json(readonly=True, help="The checks' results as they were when the run was closed.")

    _occurrence_uniq = models.Constraint('UNIQUE(task_id, occurrence)', "This task has a run for that time already.")
    _span_ordered = models.Constraint(
        'CHECK(open_at <= due_at AND due_at <= deadline_at)', "A run opens before it is due, and is due before its deadline.")
    _pending_idx = models.Index("(deadline_at) WHERE state = 'pending'")
    _company_date_idx = models.Index("(company_id, date)")

    # === COMPUTE METHODS === #

    @api.depends('task_name', 'date')
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.task_name} · {format_date(self.env, run.date)}" if run.date else run.task_name

    @api.depends('state', 'open_at', 'due_at')
    def _compute_is_open(self):
        now = self.env.cr.now()
        for run in self:
            run.is_open = run.state == 'pending' and bool(run.open_at) and run.open_at <= now
            run.is_overdue = run.state == 'pending' and bool(run.due_at) and run.due_at < now

    def _search_is_open(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return [('state', '=', 'pending'), ('open_at', '<=', 'now')]

    def _search_is_overdue(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return [('state', '=', 'pending'), ('due_at', '<', 'now')]

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Make runs; each begins pending and only the software makes one.

        :raises AccessError: a person tries, whatever their group
        """
        if not self.env.su:
            raise AccessError(self.env._("Runs are made from their task's schedule, or by “Start a run now” on the task."))
        if any(vals.get('state', 'pending') != 'pending' for vals in vals_list):
            raise UserError(self.env._("A run begins as pending."))
        foreign = {*MAGIC_COLUMNS, *self._thread_fields()}
        # Whatever begins empty is left to the database: naming it in each of a day's rows makes them half as dear again.
        initial = initial_values(self, [
            name for name, field in self._fields.items()
            if field.store and not field.compute and name not in foreign and (field.default or field.type == 'boolean')])
        return super().create([{**initial, **vals} for vals in vals_list])

    @api.model
    def default_get(self, fields):  # pylint: disable=method-required-super
        """Return nothing: neither a context nor anybody's stored defaults fill a run."""
        return {}

    def write(self, vals):
        """Keep evidence as it is: people write a note, the responsible and attachments; states follow the graph.

        :raises AccessError: a person writes any other field, or a run that is closed
        :raises UserError: the graph has no such step, whoever asks
        """
        own = set(vals) - self._thread_fields()
        if not self.env.su and own:
            self._check_editable(own)
        if 'state' in vals:
            for run in self:
                if run.state != vals['state'] and not run_state.allowed(run.state, vals['state']):
                    raise UserError(run._refusal_message('not_allowed'))
        result = super().write(vals)
        if 'attachment_ids' in vals:
            self._tie_files()
        return result

    def copy(self, default=None):  # nobody copies one  # pylint: disable=method-required-super
        raise UserError(self.env._("A run is evidence and cannot be duplicated."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unopened(self):
        now = self.env.cr.now()
        if any(run.state != 'pending' or run.open_at <= now for run in self):
            raise UserError(self.env._("A run that has opened cannot be deleted: it is evidence."))

    def _check_editable(self, names):
        """:raises AccessError: a person may not write these fields of these runs"""
        locked = names - EDITABLE
        if locked:
            labels = ", ".join(sorted(self._fields[name].string for name in locked if name in self._fields))
            raise AccessError(self.env._(
                "Nobody writes these fields of a run by hand: %(fields)s. Use its buttons.", fields=labels))
        for run in self._closed_records():
            raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))

    def _closed_records(self):
        return self.filtered(lambda run: run.state not in EDITABLE_STATES)

    @api.model
    def _approval_fields(self):
        return ('state', 'done_by_id')

    def _awaits_approval(self):
        return run_state.allowed(self.state, 'verified')

    def _two_person_doers(self):
        return self.done_by_id

    def _refusal_message(self, code):
        """Return why a step is refused, in the reader's language, for a key of ``run_state.REFUSALS``."""
        return self.env._("“%(name)s”: %(reason)s", name=self.display_name, reason={
            'not_allowed': self.env._("it cannot go from its present status to that one."),
            'machine_only': self.env._("only fresh results of checks can verify it automatically."),
            'clock_only': self.env._("it becomes missed by the clock, not by hand."),
            'no_proof': self.env._("a check is not freshly ok. Give a reason to override it."),
            'own_work': self.env._("who did it cannot verify it."),
            'own_rejection': self.env._("who did it cannot send it back."),
            'no_reason': self.env._("give a reason."),
            'too_early': self.env._("it is not open yet, or was not when it was done."),
            'not_yet_missed': self.env._("its time has not passed yet."),
            'done_in_future': self.env._("it cannot be done in the future."),
            'undo_off': self.env._("taking back is switched off."),
            'undo_other': self.env._("only the person who said it takes it back."),
            'undo_machine': self.env._("what checks verified is not taken back."),
            'undo_seen': self.env._("another person has looked at it already, so it is not taken back."),
            'undo_late_entry': self.env._("it was entered after its deadline. That stays; another person can send it back."),
            'undo_expired': self.env._("the time for taking it back has passed. Another person can still send it back."),
        }[code])
