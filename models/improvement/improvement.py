from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date, html2plaintext

from ...lib import improvement
from ..mixins import clock
from ..mixins.groups import WORKERS

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
MANAGER = 'it_continuity.it_continuity_group_manager'
# What somebody who only suggests something says of it.
SUGGESTION_FIELDS = frozenset({'name', 'description', 'area', 'asset_id', 'company_id'})
SUBJECT_FIELDS = frozenset({'task_id', 'check_id', 'category_id', 'asset_id', 'step_id', 'outage_kind', 'excuse_kind'})
# What one that was flagged from a single record stands for, by the beginning of its key.
FLAGGED_SUBJECTS = {'it.asset': 'asset_id', 'it.closing.step': 'step_id'}
# The goal: once the work has begun it stays, or the result would be known before the target.
GOAL_FIELDS = frozenset({'measure', 'measure_days', 'target', 'measure_on'}) | SUBJECT_FIELDS
# What may be told of it whatever became of it.
ALWAYS_FIELDS = frozenset({'known_error'})
LINKS = {
    'it.task.run': 'run_ids', 'it.ticket': 'ticket_ids', 'it.check': 'check_ids', 'it.outage': 'outage_ids', 'it.run.excuse': 'excuse_ids',
    'it.closing.step': 'step_ids', 'it.asset': 'asset_ids', 'it.alert': 'alert_ids',
}
COST_FIELDS = frozenset({'minutes_down', 'minutes_worked', 'runs_missed', 'costed', 'cost_first_day', 'cost_last_day'})
MAX_MEASURE_DAYS = 366
DUE = 'it_continuity.mail_activity_type_improvement_due'
LOOK_AT = 'it_continuity.mail_activity_type_improvement_look_at'


class ItImprovement(models.Model):
    """Something that keeps going wrong, or could be better: what is behind it, what was changed, and whether the figures say that it helped.

    Its course is ``lib.improvement.GRAPH``. People take the steps by the buttons; whether it worked is measured by the software on the day
    that was set, and on no other. Employees see what they suggested themselves.
    """
    _name = 'it.improvement'
    _description = "Improvement"
    _inherit = [
        'it.guarded.mixin', 'it.sealed.mixin', 'it.improvement.age.mixin', 'it.improvement.words', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'suggested_at desc, id desc'
    _rec_names_search = ['number', 'name']
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = frozenset({
        'number', 'state', 'source', 'pattern', 'pattern_key', 'suggested_by_id', 'suggested_at', 'occurrences', 'put_aside_at',
        'dismiss_reason', 'return_reason', 'return_count', 'minutes_down', 'minutes_worked', 'runs_missed', 'costed', 'cost_first_day',
        'cost_last_day', 'changed_on', 'closed_at', 'value_before', 'value_after', 'measured_on', 'gained_minutes',
    })
    _seal_states = ('check', 'act', 'closed', 'dismissed')
    _unsealed_fields = COST_FIELDS
    _seal_lasting = ('measurements',)  # a measurement that failed opens the improvement again
    _seal_columns = (
        'number', 'name', 'area', 'source', 'pattern_key', 'company_id', 'task_id', 'check_id', 'category_id', 'asset_id', 'step_id',
        'outage_kind', 'excuse_kind', 'suggested_by_id', 'suggested_at', 'owner_id', 'date_deadline', 'root_cause', 'expected_gain',
        'change_made', 'standard', 'measure', 'measure_days', 'target', 'measure_on', 'state', 'occurrences', 'dismiss_reason',
        'return_reason', 'return_count', 'changed_on', 'value_before', 'value_after', 'measured_on', 'gained_minutes')

    # What it is
    number = fields.Char(required=True, readonly=True, copy=False)
    name = fields.Char("What should be better", required=True, tracking=True)
    description = fields.Html()
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    area = fields.Selection(
        [('hardware', "Hardware"), ('software', "Software"), ('process', "Way of working"), ('other', "Other")],
        required=True, default='other', tracking=True)
    source = fields.Selection(
        [('person', "A person"), ('software', "Found by the software")], "Suggested by", required=True, readonly=True, default='person', copy=False)
    suggested_by_id = fields.Many2one('res.users', string="Suggested by (person)", readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    suggested_at = fields.Datetime("Suggested on", required=True, readonly=True, default=lambda self: clock.now(self.env), copy=False)
    state = fields.Selection(
        selection=[
            ('suggested', "Suggested"),
            ('plan', "Plan"),
            ('do', "Do"),
            ('check', "Check"),
            ('act', "Act"),
            ('closed', "Closed"),
            ('dismissed', "Dismissed"),
        ],
        required=True, readonly=True, default='suggested', copy=False, index=True, tracking=True, group_expand='_expand_states')
    is_mine = fields.Boolean(compute='_compute_allowed', help="The reader suggested it and may still change it.")
    can_work = fields.Boolean(compute='_compute_allowed', help="The reader may work on it now.")
    can_set_goal = fields.Boolean(compute='_compute_allowed', help="The reader may still say by which figure it is judged.")

    # What is alike
    pattern = fields.Selection(
        [
            ('task', "Task missed, failed or overridden"),
            ('check', "Check bad or flapping"),
            ('alert', "Alerts on which nobody acts"),
            ('ticket', "Tickets alike"),
            ('reopened', "Tickets reopened"),
            ('outage', "Outages alike"),
            ('excuse', "Excuses alike"),
            ('supply', "Supplies run dry"),
        ],
        "What repeats", readonly=True, copy=False)
    pattern_key = fields.Char(readonly=True, copy=False)
    task_id = fields.Many2one('it.task', check_company=True, index='btree_not_null', groups=WORKERS, ondelete='restrict')
    check_id = fields.Many2one('it.check', check_company=True, index='btree_not_null', groups=WORKERS, ondelete='restrict')
    category_id = fields.Many2one('it.ticket.category', string="Kind of request", index='btree_not_null', ondelete='restrict')
    asset_id = fields.Many2one('it.asset', string="About", check_company=True, index='btree_not_null', ondelete='restrict', help="The system it concerns.")
    step_id = fields.Many2one(
        'it.closing.step', string="Closing step", check_company=True, index='btree_not_null', groups=WORKERS, ondelete='restrict',
        help="It counts with those of the same name and environment in other closings.")
    outage_kind = fields.Selection(lambda self: self.env['it.outage']._fields['kind'].selection, string="Kind of outage")
    excuse_kind = fields.Selection(lambda self: self.env['it.run.excuse']._fields['kind'].selection, string="Excused by")

    # What shows it
    occurrences = fields.Integer(
        "Times", readonly=True, copy=False, help="How often it happened within the days in which the software looks, when it looked last.")
    run_ids = fields.Many2many('it.task.run', 'it_improvement_run_rel', 'improvement_id', 'run_id', string="Runs", copy=False, groups=WORKERS)
    ticket_ids = fields.Many2many('it.ticket', 'it_improvement_ticket_rel', 'improvement_id', 'ticket_id', string="Tickets", copy=False, groups=WORKERS)
    check_ids = fields.Many2many('it.check', 'it_improvement_check_rel', 'improvement_id', 'check_id', string="Checks", copy=False, groups=WORKERS)
    alert_ids = fields.Many2many('it.alert', 'it_improvement_alert_rel', 'improvement_id', 'alert_id', string="Alerts", copy=False, groups=WORKERS)
    outage_ids = fields.Many2many('it.outage', 'it_improvement_outage_rel', 'improvement_id', 'outage_id', string="Outages", copy=False, groups=WORKERS)
    excuse_ids = fields.Many2many('it.run.excuse', 'it_improvement_excuse_rel', 'improvement_id', 'excuse_id', string="Excuses", copy=False, groups=WORKERS)
    step_ids = fields.Many2many('it.closing.step', 'it_improvement_step_rel', 'improvement_id', 'step_id', string="Closing steps", copy=False, groups=WORKERS)
    asset_ids = fields.Many2many('it.asset', 'it_improvement_asset_rel', 'improvement_id', 'asset_id', string="Assets", copy=False, groups=WORKERS)

    # What it costs
    costed = fields.Char(readonly=True, copy=False, help="Names of the costs that could be counted.")
    cost_first_day = fields.Date("Counted from", readonly=True, copy=False)
    cost_last_day = fields.Date("Counted until", readonly=True, copy=False)
    minutes_down = fields.Float("Minutes down", readonly=True, copy=False, digits=(12, 0), groups=WORKERS, help="Of the check not being ok, or of outages.")
    minutes_worked = fields.Float("Minutes of work", readonly=True, copy=False, digits=(12, 0), groups=WORKERS, help="Noted in the steps of tickets.")
    runs_missed = fields.Integer(
        readonly=True, copy=False, groups=WORKERS,
        help="Also those that one person alone entered late, or said not to apply. Of excuses: those that were excused.")
    cost_text = fields.Char("Measured cost", compute='_compute_cost_text', groups=WORKERS)
    currency_id = fields.Many2one(related='company_id.currency_id')
    cost = fields.Monetary("Cost of the change", groups=WORKERS, help="What the improvement itself is expected to cost.")

    # Plan and do
    owner_id = fields.Many2one(
        'res.users', index='btree_not_null', tracking=True, ondelete='restrict', copy=False,
        domain=lambda self: [('all_group_ids', 'in', self.env.ref(TECHNICIAN).id)])
    date_deadline = fields.Date("Due on", tracking=True, copy=False)
    root_cause = fields.Text(groups=WORKERS)
    expected_gain = fields.Text(groups=WORKERS)
    known_error = fields.Text(
        groups=WORKERS, help="What helps until it is solved. Technicians see it on the next ticket of this kind or about this system, and on the next "
                             "run of the task, or of one that has to do with this system or check.")
    change_made = fields.Text("What was changed", groups=WORKERS, copy=False)
    changed_on = fields.Date("Changed on", readonly=True, copy=False)
    standard = fields.Text("What is done from now on", groups=WORKERS, copy=False, help="The rule, setting or instruction that stays.")

    # Check and act
    measure = fields.Selection(
        [
            ('task_missed', "Missed runs"),
            ('task_trouble', "Runs missed, failed or overridden"),
            ('tickets', "Tickets"),
            ('tickets_reopened', "Reopened tickets"),
            ('work_min', "Minutes of work on tickets"),
            ('not_ok_min', "Minutes in which a check was not ok"),
            ('outage_min', "Minutes of outages"),
            ('excused', "Excused runs"),
            ('step_trouble', "Times a closing step was given back or late"),
        ],
        "Judged by", groups=WORKERS,
        help="A figure that the software can count again; less is better. It counts what the improvement is about: runs of the task, tickets of the "
             "kind, minutes of the check; where none is named, those of the system.")
    measure_days = fields.Integer("Counted over days", default=28, groups=WORKERS)
    target = fields.Float("At most", groups=WORKERS, help="The improvement worked if the figure is not above this.")
    measure_on = fields.Date(
        "Measured on", groups=WORKERS,
        help="In the morning of this day the days before it are counted. A run of them that can still be done within its grace is waited for, "
             "unless it can change nothing any more.")
    value_before = fields.Float("Before", readonly=True, copy=False, groups=WORKERS)
    value_after = fields.Float("After", readonly=True, copy=False, groups=WORKERS)
    measured_on = fields.Date("Last measured on", readonly=True, copy=False)
    gained_minutes = fields.Float(
        "Gained minutes", readonly=True, copy=False, digits=(12, 0), groups=WORKERS,
        help="Minutes down and of work before the change less those after it, over equally many days.")
    is_after_known = fields.Boolean(compute='_compute_known', groups=WORKERS, help="There was something to count after the change.")
    is_gain_known = fields.Boolean(compute='_compute_known', groups=WORKERS, help="The same minutes could be counted before the change and after it.")
    measurement_ids = fields.One2many('it.improvement.measurement', 'improvement_id', string="Measurements", readonly=True, groups=WORKERS)
    move_ids = fields.One2many('it.improvement.move', 'improvement_id', string="Steps", readonly=True, groups=WORKERS)
    dismiss_reason = fields.Text("Why dismissed", readonly=True, copy=False)
    put_aside_at = fields.Integer("Times when dismissed", readonly=True, copy=False)
    return_reason = fields.Text("Why it came back", readonly=True, copy=False)
    return_count = fields.Integer("Came back", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed on", readonly=True, copy=False)

    _number_uniq = models.Constraint('UNIQUE(company_id, number)', "Two improvements cannot have the same number.")
    # Whoever finds it first, and however many look at once: what is alike is told once.
    _live_uniq = models.UniqueIndex(
        "(company_id, pattern_key) WHERE pattern_key IS NOT NULL AND state != 'closed'", "There is an improvement for this already.")
    _days_sane = models.Constraint(
        f'CHECK(measure_days BETWEEN 1 AND {MAX_MEASURE_DAYS})', "The figure is counted over 1 to 366 days.")

    # === COMPUTE METHODS === #

    @api.depends('number', 'name')
    def _compute_display_name(self):
        for record in self:
            record.display_name = " ".join(filter(None, (record.number, record.name)))

    @api.depends('state')
    @api.depends_context('uid')
    def _compute_allowed(self):
        is_worker = self._is_worker()
        for record in self:
            record.can_work = is_worker and record.state not in ('closed', 'dismissed')
            record.can_set_goal = is_worker and record.state in ('suggested', 'plan')
            record.is_mine = not is_worker and record.state == 'suggested' and record.suggested_by_id == self.env.user

    @api.depends('costed', 'minutes_down', 'minutes_worked', 'runs_missed', 'cost_first_day', 'cost_last_day')
    @api.depends_context('lang')
    def _compute_cost_text(self):
        for record in self:
            record.cost_text = record._get_cost_text()

    @api.depends('measurement_ids')
    def _compute_known(self):
        for record in self:
            after = record.measurement_ids.filtered(lambda one: one.kind == 'after')[-1:]
            record.is_after_known, record.is_gain_known = after.is_known, after.is_gain_known

    # === CONSTRAINT METHODS === #

    @api.constrains('measure', *sorted(SUBJECT_FIELDS))
    def _check_measurable(self):
        for record in self.filtered('measure'):
            named = improvement.MEASURES[record.measure]
            if not any(record[name] for name in named) and record.measure != 'outage_min':
                values = {'measure': record._get_measure_words(), 'labels': record._get_labels(named)}
                raise ValidationError(
                    self.env._("“%(measure)s” needs to know which one: fill in “%(labels)s”.", **values) if len(named) == 1
                    else self.env._("“%(measure)s” needs to know which one: fill in one of these: %(labels)s.", **values))

    # === ONCHANGE METHODS === #

    @api.onchange('measure', 'measure_days', *sorted(SUBJECT_FIELDS))
    def _onchange_measure(self):
        """Propose a day on which all that is counted can lie after the change, if that is made by the due date."""
        if self._is_worker() and self.measure and not self.measure_on and 0 < (self.measure_days or 0) <= MAX_MEASURE_DAYS:
            self.measure_on = improvement.earliest_measure(
                max(self.date_deadline or clock.today(self.env, self.company_id), clock.today(self.env, self.company_id)), self.measure_days)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Suggest improvements. Who does not work in IT says what should be better, and about what."""
        if self.env.context.get('default_state', 'suggested') != 'suggested':
            raise UserError(self.env._("An improvement begins as “Suggested”."))
        if self._is_worker():
            return super().create(vals_list)
        self._check_suggestion(set().union(*vals_list))
        self.check_access('create')
        # sudo: with what it begins is written in fields that who suggests may not even read
        records = super(ItImprovement, self.sudo()).create(vals_list).sudo(False)
        records.check_access('create')
        return records

    def write(self, vals):
        self._check_edit(vals)
        result = super().write(vals)
        if {'owner_id', 'date_deadline'} & vals.keys():
            self._call_owner()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raises UserError: always; what was suggested and what became of it stays known"""
        raise UserError(self.env._("An improvement stays on record. A manager can dismiss it instead."))

    # === ACTION METHODS === #

    def action_take_up(self):
        """Begin to plan: who takes it up owns it unless somebody does."""
        self._check_worker()
        for record in self:
            record._take_step('plan', {'owner_id': record.owner_id.id or self.env.uid})
        self._call_owner()

    def action_begin(self):
        """Begin the change; how it is now is measured, and with what it will be compared stays from here on.

        :raises UserError: something is not filled in, or the target would show nothing
        """
        self._check_worker()
        measurements = self.env['it.improvement.measurement']
        for record in self:
            record._check_filled('do')
            record._check_goal()
            span, figure = measurements._count(record, 'before')
            code = improvement.target_refusal(figure, record.target)
            if code:
                raise UserError(record._get_target_message(code, figure))
            measurements._keep(record, 'before', span, figure)
            record._take_step('do', {'value_before': figure.value})

    def action_changed(self):
        """Say that the change was made; from here on the figure speaks.

        :raises UserError: nobody said what was changed, or the day of measuring comes too early
        """
        self._check_worker()
        for record in self:
            record._check_filled('check')
            today = clock.today(self.env, record.company_id)
            earliest = improvement.earliest_measure(today, record.measure_days)
            record._take_step('check', {'changed_on': today, 'measure_on': max(record.measure_on, earliest)})
            record._call_owner()

    def action_close(self):
        """Close what was shown to work. :raises UserError: nobody said what is done from now on"""
        self._check_worker()
        for record in self:
            record._check_filled('closed')
            record._take_step('closed', {'closed_at': clock.now(self.env)})
            record._call_owner()

    def action_replan(self, reason):
        """Go back to the plan before anything was measured. :raises UserError: without a reason"""
        self._check_worker()
        self._check_state('do')
        reason = self._checked_reason(reason)
        for record in self:
            record._take_step('plan', {'return_reason': reason})
            record._message_log(body=self.env._("Back to the plan: %(reason)s", reason=reason))

    def action_dismiss(self, reason):
        """Put it aside; it comes back only when it becomes clearly worse.

        :raises AccessError: not a manager
        :raises UserError: without a reason
        """
        self._check_manager()
        reason = self._checked_reason(reason)
        for record in self:
            record._count_times()  # nobody may have looked since somebody flagged it
            record._take_step('dismissed', {'dismiss_reason': reason, 'put_aside_at': record.occurrences, 'closed_at': clock.now(self.env)})
            record._message_log(body=self.env._("Dismissed: %(reason)s", reason=reason))
            record._call_owner()

    def action_reconsider(self, reason):
        """Take up again what was dismissed. :raises AccessError: not a manager; :raises UserError: without a reason"""
        self._check_manager()
        self._check_state('dismissed')
        self._come_back(self._checked_reason(reason))

    # === CRON === #

    @api.model
    def _cron_measure(self):
        """Measure what is due to be measured: on its day, or on the first day on which the server runs again.

        What could still be reached waits until no run that is counted can be done or missed any more; what failed does not wait for that.
        """
        due = self.search([('state', '=', 'check')]).filtered(
            lambda record: record.measure_on <= clock.today(self.env, record.company_id) and record._is_decided())
        for number, record in enumerate(due, start=1):
            record._measure_result()
            if not self.env['ir.cron']._commit_progress(1, remaining=len(due) - number):
                break

    # === MEASURING === #

    def _is_decided(self):
        """Tell whether what is still open of the days that count can change the result of this one improvement no more."""
        span = improvement.span_before(self.measure_on, self.measure_days)
        figures = self.env['it.improvement.figures']
        still_open = figures._count_open(self.measure, self, span)
        return not still_open or improvement.is_exceeded(figures._measure(self.measure, self, span), self.target)

    def _measure_result(self):
        """Count the figure of this one improvement again, and let it decide."""
        self.lock_for_update(allow_referencing=True)
        measurements = self.env['it.improvement.measurement']
        span, figure = measurements._count(self, 'after')
        measurement = measurements._keep(self, 'after', span, figure)
        values = {'value_after': figure.value, 'measured_on': clock.today(self.env, self.company_id)}
        if measurement.is_reached:
            self._take_step('act', {**values, 'gained_minutes': measurement.gained_minutes})
            self._tell(self.owner_id, self.env._("It worked: write down what is done from now on, and close it."))
            return
        words = self._get_miss_words(figure)
        self._take_step('plan', {**values, 'return_reason': words, 'return_count': self.return_count + 1, 'gained_minutes': 0})
        self._message_log(body=words)
        self._tell(self.owner_id | self.company_id._itc_people(), words)

    def _count_times(self):
        """Count how often it happened within the days in which the software looks."""
        for record in self:
            record._keep_times(self.env['it.improvement.finder'].sudo()._times(record))

    def _keep_times(self, times):
        """Keep how often it happened; that it is as often as before is no step."""
        if self.occurrences != times:
            self._transition({'occurrences': times})

    def _count_cost(self, days):
        """Count what the trouble cost over the days until today; once the change has begun, what was counted stays."""
        for record in self.filtered(lambda record: record.state in ('suggested', 'plan', 'dismissed')):
            today = clock.today(self.env, record.company_id)
            span = improvement.Span(fields.Date.subtract(today, days=days), today)
            costs = self.env['it.improvement.figures']._costs(record, span)
            record._transition({
                **dict.fromkeys(('minutes_down', 'minutes_worked', 'runs_missed'), 0), **costs, 'costed': ','.join(costs),
                'cost_first_day': span.first_day, 'cost_last_day': span.last_day})

    # === FINDING === #

    @api.model
    def _like(self, company, key):
        """Return the improvement that is known for what is alike, unless it is closed."""
        return self.sudo().search([('company_id', '=', company.id), ('pattern_key', '=', key), ('state', '!=', 'closed')], limit=1)

    @api.model
    def _draft(self, company, values, source='person'):
        """Make a suggestion with what only the software writes of it.

        :param values: of ``create``, with ``pattern`` and ``pattern_key`` among them, and ``suggested_by_id`` if that is another person
        """
        known = {name: values[name] for name in ('pattern', 'pattern_key', 'suggested_by_id') if name in values}
        record_sudo = self.sudo().create({
            **{name: value for name, value in values.items() if name not in known}, 'company_id': company.id,
            'measure': self._get_measure(values)})
        record_sudo._transition({'suggested_by_id': False if source == 'software' else self.env.uid, **known, 'source': source})
        return record_sudo

    @api.model
    def _get_measure(self, values):
        """Return the figure by which a suggestion of this pattern can be judged, False for none."""
        measure = values.get('measure') or improvement.MEASURE_OF.get(values.get('pattern'))
        return measure if measure and any(values.get(name) for name in improvement.MEASURES[measure]) else False

    def _link(self, records):
        """Name these records among what shows this one improvement."""
        self_sudo, name = self.sudo(), LINKS[records._name]  # whoever flags may not edit it
        new = records.sudo() - self_sudo[name]
        if new:  # what is named already is no step
            self_sudo.write({name: [Command.link(record.id) for record in new]})

    def _come_back(self, reason):
        """Put what was dismissed before people again."""
        for record in self:
            record._take_step('suggested', {'return_reason': reason, 'return_count': record.return_count + 1, 'closed_at': False})
            record._message_log(body=self.env._("It is back: %(reason)s", reason=reason))
            record._tell(record.company_id._itc_people(), reason)

    # === STEPS === #

    def _take_step(self, new, values):
        """Move this one improvement along ``lib.improvement.GRAPH``; the one place where its state is written.

        :raises UserError: the graph has no such step
        """
        self.lock_for_update(allow_referencing=True)
        old = self.state
        if not improvement.allowed(old, new):
            names = dict(self._fields['state']._description_selection(self.env))
            raise UserError(self.env._(
                "“%(name)s” is “%(old)s” and cannot become “%(new)s”.", name=self.display_name, old=names[old], new=names[new]))
        self._transition({'state': new, **values})
        self.sudo().activity_unlink([LOOK_AT])  # whoever was to look at it: this step is what came of it
        self.env['it.improvement.move'].sudo().create({  # nobody writes who moved what
            'improvement_id': self.id, 'name': self.name, 'old': old, 'new': new, 'at': clock.now(self.env),
            **({} if self.env.uid == SUPERUSER_ID else {'by_id': self.env.uid, 'by_name': self.env.user.name})})
        self.env['it.improvement.quota']._verify_runs(self.company_id)

    def _call_owner(self):
        """Give the owner an activity until the day on which the next step is due, and take it away when there is none."""
        for record in self:
            calls_sudo = record.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(DUE))
            wanted = record.owner_id if record.state in ('plan', 'do') and record.date_deadline else self.env['res.users']
            calls_sudo.filtered(lambda activity, record=record, wanted=wanted: (
                activity.user_id != wanted or activity.date_deadline != record.date_deadline)).unlink()
            if wanted and not calls_sudo.exists():
                record.sudo().with_context(lang=wanted.lang, mail_activity_quick_update=True).activity_schedule(
                    DUE, user_id=wanted.id, date_deadline=record.date_deadline)

    def _tell(self, people, words):
        """Let these people look at it, each once."""
        for user in people.filtered('active'):
            self.sudo().with_context(mail_activity_quick_update=True).activity_schedule(
                LOOK_AT, user_id=user.id, note=words, date_deadline=clock.today(self.env, self.company_id))

    # === CHECKS === #

    def _is_worker(self):
        return self.env.su or self.env.user.has_group(TECHNICIAN)

    def _check_worker(self):
        """:raises AccessError: the person is no technician"""
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians work on improvements."))
        self.check_access('write')

    def _check_manager(self):
        """:raises AccessError: the person is no manager"""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a manager dismisses an improvement, or takes a dismissed one up again."))
        self.check_access('write')

    def _check_suggestion(self, names):
        """:raises AccessError: somebody who only suggests says more than what should be better"""
        others = {name for name in names if name in self._fields} - SUGGESTION_FIELDS - self._get_thread_fields()
        if others:
            raise AccessError(self.env._(
                "You say what should be better, and about what. “%(labels)s” is for who works on it.", labels=self._get_labels(others)))

    def _check_edit(self, vals):
        """Keep what others build on: the goal once the work began, everything once it is closed, and a suggestion once it is taken up."""
        names = vals.keys() - self._get_thread_fields() - ALWAYS_FIELDS
        if self.env.su or not names:
            return
        if not self._is_worker():
            self._check_suggestion(names)
            if any(record.state != 'suggested' or record.suggested_by_id != self.env.user for record in self):
                raise AccessError(self.env._("You can change your own suggestion until somebody takes it up. Write a message after that."))
        for record in self:
            if record.state in ('closed', 'dismissed'):
                raise UserError(self.env._("“%(name)s” is done with and stays as it is.", name=record.display_name))
            if record.state not in ('suggested', 'plan') and record._is_changed(GOAL_FIELDS & names, vals):
                raise UserError(self.env._(
                    "“%(name)s”: by what it is judged stays as it was when the work began. Put it back to the plan to judge it otherwise.",
                    name=record.display_name))
            if record.pattern_key and record._is_changed(record._fixed_subjects() & names, vals):
                raise UserError(self.env._(
                    "“%(name)s” stands for what repeats there. Suggest another improvement for something else.", name=record.display_name))

    def _fixed_subjects(self):
        """Return what this one improvement stands for: all that is alike, or the one record that was flagged; by what else it is judged is free."""
        return SUBJECT_FIELDS if self.pattern else {FLAGGED_SUBJECTS.get(self.pattern_key.split(':')[0])}

    def _is_changed(self, names, vals):
        return any(self._fields[name].convert_to_write(self[name], self) != vals[name] for name in names)

    def _check_filled(self, new):
        """:raises UserError: something has to be filled in before this step, in the words of the form"""
        names = [name for lists in improvement.ASKED.values() for name in lists]
        filled = [name for name in names if (self[name].strip() if isinstance(self[name], str) else self[name])]
        missing = improvement.missing(self.state, new, filled)
        if missing:
            labels = ", ".join(self._fields[name].get_description(self.env, ['string'])['string'] for name in missing)
            raise UserError(self.env._("“%(name)s”: fill in first: %(labels)s.", name=self.display_name, labels=labels))

    def _check_goal(self):
        today = clock.today(self.env, self.company_id)
        earliest = improvement.earliest_measure(today, self.measure_days)
        if self.measure_on < earliest:
            raise UserError(self.env._(
                "“%(name)s” is measured on %(day)s, but all that is counted has to lie after the change: measure on %(earliest)s or later.",
                name=self.display_name, day=format_date(self.env, self.measure_on), earliest=format_date(self.env, earliest)))

    # === WHAT THE MIXINS ASK === #

    @api.model
    def _get_guarded_initial(self):
        return {**super()._get_guarded_initial(), 'suggested_by_id': self.env.uid}

    @api.model
    def _get_guarded_values(self, vals):
        company_id = vals.get('company_id') or self.env.company.id
        return {'number': self.env['ir.sequence'].sudo().with_company(company_id).next_by_code('it.improvement')}

    def _closed_records(self):
        return self.filtered(lambda record: record.state in ('closed', 'dismissed'))

    @api.model
    def _expand_states(self, values, _domain):
        """Show a column for each open state, and for the others only when they have something."""
        return [state for state in improvement.STATES if state in improvement.OPEN_STATES or state in values]

    def _get_seal_contents(self):
        """Seal what was measured too."""
        contents = super()._get_seal_contents()
        for content in contents.values():
            content['measurements'] = []
        for row in self.env['it.improvement.measurement']._sealed_values(self.ids):
            contents[row.pop('improvement_id')]['measurements'].append(row)
        return contents

    # === EVIDENCE AND KNOWN ERRORS === #

    def _frozen(self):
        """Return this one improvement as evidence that stands alone: plain data, in no language but people's own words."""
        return {
            'id': self.id, 'number': self.number, 'name': self.name, 'area': self.area, 'state': self.state, 'owner': self.owner_id.login or '',
            'root_cause': self.root_cause or '', 'expected_gain': self.expected_gain or '', 'change_made': self.change_made or '',
            'description': html2plaintext(self.description or '').strip()}

    @api.model
    def _known_errors(self, company, about):
        """Return the improvements that tell what helps meanwhile, of these domains of what they are about.

        :param about: a Domain over the subject's fields
        """
        return self.search(Domain([('company_id', '=', company.id), ('known_error', '!=', False), ('state', '!=', 'dismissed')]) & about)
