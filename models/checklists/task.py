import logging
from collections import defaultdict
from datetime import timedelta
from functools import cache

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ...lib import check_state, recurrence, run_state, task_event
from ..mixins import clock
from ..mixins.ahead import compute_ahead
from ..mixins.thread_mixin import HUSH
from .company_kept import check_company_kept
from .schedule_mixin import SCHEDULE_FIELDS

_logger = logging.getLogger(__name__)

PLANNED = frozenset({'generated_until', 'generation_error'})  # what the generator alone says
PEOPLE_FIELDS = frozenset({'user_id', 'rota_id', 'role_id'})
HEALTH = [
    ('none', "No check"), ('ok', "OK"), ('warning', "Warning"), ('critical', "Critical"), ('unknown', "Unknown"),
    ('waiting', "Waiting for its first result"),
]
AHEAD_DAYS = 2
BATCH_TASKS = 100
# A task that comes back after years (a restored database, a far start date) is caught up in slices.
SLICE_DAYS = 92
# Runs are made by the hundred: nobody is told of each, and nobody follows each.
SILENT = {**HUSH, 'mail_create_nolog': True, 'mail_create_nosubscribe': True, 'mail_notrack': True}
BY_HAND = '%s by hand'  # the name of a run that somebody started; it sorts with its day
# Another worker is at the same tasks: what it makes is what we would have made.
LOST_RACE = (errors.SerializationFailure, errors.UniqueViolation, errors.LockNotAvailable)


class ItTask(models.Model):
    """A sentence of the handbook that has to be kept again and again; each time it falls due is a run.

    When it falls due is ``it.schedule.mixin``. Its runs are made ahead by a job, on demand, or after an event that nobody can plan.
    """
    _name = 'it.task'
    _description = "Task"
    _inherit = ['it.used.mixin', 'it.guarded.mixin', 'it.schedule.mixin', 'it.thread.mixin', 'it.code.mixin']
    _guarded_fields = PLANNED  # put into the future, no run would be made or missed, and nobody told
    _guard_spares_su = True
    _order = 'checklist_sequence, sequence, id'
    _check_company_auto = True
    _code_by_company = True

    name = fields.Char(required=True, tracking=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    checklist_id = fields.Many2one('it.checklist', required=True, index=True, check_company=True, ondelete='restrict')
    checklist_sequence = fields.Integer(related='checklist_id.sequence', string="Checklist order", store=True)
    line_id = fields.Many2one('it.handbook.line', string="Handbook line", index=True, ondelete='restrict')
    instructions = fields.Html(help="How it is done; each run keeps the text as it was when the run was made.")
    expected_evidence = fields.Text("Expected evidence", help="What shows afterwards that it was done.")
    role_id = fields.Many2one('it.role', string="Responsible role", check_company=True, tracking=True)
    user_id = fields.Many2one(
        'res.users', string="Responsible", domain="[('share', '=', False)]", tracking=True,
        help="Empty: everybody with the role; the only one, if it has only one person.")
    asset_ids = fields.Many2many('it.asset', string="Assets", check_company=True)
    needs_verification = fields.Boolean(
        "Four eyes", tracking=True, help="A run is complete only when another person than its doer has verified it.")
    run_ids = fields.One2many('it.task.run', 'task_id', string="Runs")
    run_count = fields.Integer("Number of runs", compute='_compute_run_count')
    generated_until = fields.Date("Runs made until",
        readonly=True, copy=False, index=True, help="Local day up to which the runs exist; what lies before is never made again.")
    generation_error = fields.Text("Why no runs are made",
        readonly=True, copy=False, help="Why no runs could be made of this task; empty when all is well.")
    rota_id = fields.Many2one(
        'it.rota', index='btree_not_null', check_company=True, ondelete='restrict', tracking=True,
        help="Each run is for the member whose turn its day is; the role stands in when no member is there.")
    on_duty_id = fields.Many2one('res.users', related='rota_id.on_duty_id', string="On duty today")
    lacks_people = fields.Boolean(
        "Nobody does it", compute='_compute_lacks_people', search='_search_lacks_people',
        help="No person, nobody in its rota and nobody in its role: its runs are put in front of nobody.")
    check_ids = fields.Many2many('it.check', string="Checks", check_company=True)
    check_template_ids = fields.Many2many(
        'it.check.template', string="Check templates", check_company=True, help="Every check made from one of these, on whatever host, counts.")
    effective_check_ids = fields.Many2many(
        'it.check', string="Checks that count", compute='_compute_effective_check_ids',
        help="The checks above, and those of the check templates.")
    health = fields.Selection(HEALTH, compute='_compute_health', help="The worst state of the checks that count, now.")
    health_reason = fields.Text("Why", compute='_compute_health')
    item_ids = fields.One2many('it.task.item', 'task_id', string="Items", copy=True)

    _code_company_uniq = models.Constraint('UNIQUE(code, company_id)', "This task code is already used.")

    # === COMPUTE METHODS === #

    @api.depends('run_ids')
    def _compute_run_count(self):
        counts = dict(self.env['it.task.run']._read_group([('task_id', 'in', self.ids)], ['task_id'], ['__count']))
        for task in self:
            task.run_count = counts.get(task, 0)

    @api.depends('user_id.active', 'rota_id.member_ids', 'role_id.is_empty')
    def _compute_lacks_people(self):
        for task in self:
            task.lacks_people = not (
                task.user_id.active or task.rota_id.member_ids or (task.role_id and not task.role_id.is_empty))

    def _search_lacks_people(self, operator, value):
        if operator != 'in':
            return NotImplemented
        lacking = (
            (Domain('user_id', '=', False) | Domain('user_id.active', '=', False))
            & (Domain('rota_id', '=', False) | Domain('rota_id.member_ids', '=', False))
            & (Domain('role_id', '=', False) | Domain('role_id.is_empty', '=', True)))
        return lacking if True in value else ~lacking

    @api.depends(
        'check_ids', 'check_template_ids.check_ids', 'item_ids.check_id', 'item_ids.check_template_id.check_ids', 'company_id')
    def _compute_effective_check_ids(self):
        """Count the checks of the items too: what proves an item proves a part of the run."""
        for task in self:
            checks = task.check_ids | task.check_template_ids.check_ids
            task.effective_check_ids = task.item_ids._bound_checks() | checks.filtered(
                lambda check, company=task.company_id: check.active and check.company_id in (company, company.browse()))

    @api.depends(
        'company_id', 'check_ids.hard_state', 'check_template_ids.check_ids.hard_state', 'check_ids.settings_basis',
        'check_template_ids.check_ids.settings_basis')
    @api.depends_context('lang')
    def _compute_health(self):
        self.effective_check_ids.mapped('effective_state')  # one look at the newest results for all tasks
        for task in self:
            checks = task.effective_check_ids
            bad = checks.filtered(lambda check: check._proving_state() != 'ok')
            task.health = check_state.worst_state(check._proving_state() for check in checks) if checks else 'none'
            task.health_reason = '\n'.join(bad._health_sentences()) or False

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        check_company_kept(self, ('it.task.run', 'task_id'))

    @api.constrains('user_id', 'rota_id')
    def _check_one_responsible(self):
        for task in self:
            if task.user_id and task.rota_id:
                raise ValidationError(self.env._(
                    "“%(name)s”: choose a responsible person or a rota, not both.", name=task.name))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tasks = super().create(vals_list)
        tasks._wake_generator()
        return tasks

    def write(self, vals):
        """Plan anew what has not opened yet when the schedule or its people change; runs that opened keep their times and text."""
        changed = self.filtered(lambda task: task._is_replanned(vals))
        changed._catch_up()
        result = super().write(vals)
        if changed:
            changed._replan()
        if not PEOPLE_FIELDS.isdisjoint(vals):
            self._plan_people_anew()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_without_runs(self):
        if self.env['it.task.run'].sudo().search_count([('task_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._("A task with runs cannot be deleted: they are evidence. Archive it instead."))

    # === ACTION METHODS === #

    def action_start_run(self):
        """Open a run of this task now, on demand or in addition to the planned ones, and show it."""
        self.ensure_one()
        self.check_access('read')
        self.env['it.task.run'].check_access('write')  # who may work on runs may ask for one
        task_sudo = self.sudo()  # runs are made by the software only: nobody has the right to create one
        run = task_sudo._start_run().sudo(False)
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'it.task.run',
            'res_id': run.id,
            'view_mode': 'form',
        }

    def action_open_runs(self):
        self.ensure_one()
        return dict(
            self.env['ir.actions.actions']._for_xml_id('it_continuity.it_task_run_action'),
            domain=[('task_id', '=', self.id)],
            context={},
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_guard_message(self, names):
        return self.env._("Up to when runs exist is the software's to say. Archive a task that shall make none.")

    def _is_replanned(self, vals):
        """Tell whether these values change when this one task falls due."""
        return any(
            name in vals and self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in (*SCHEDULE_FIELDS, 'active')
        )

    def _prepare_people(self, day):
        """Return whose run it is on a local day while nobody is on leave, as values of a run."""
        planned = self.env['it.duty']._planned(day, self.user_id, self.rota_id, self.role_id)
        return {
            'role_id': self.role_id.id,
            'rota_id': self.rota_id.id,
            'planned_responsible_id': planned or False,
            'responsible_id': planned or False,
            'responsible_basis': 'plan',
        }

    def _plan_people_anew(self):
        """Give the runs that have not opened yet to who is responsible now; what a person gave to somebody stays there."""
        tasks_sudo = self.sudo()  # who may change a task or a rota need not have the right to write runs' plans; nobody has
        runs_sudo = self.env['it.task.run'].sudo().search([
            ('task_id', 'in', tasks_sudo.ids), ('state', '=', 'pending'), ('open_at', '>', clock.now(self.env)),
            ('responsible_basis', '!=', 'hand')])
        people = {}
        for run in runs_sudo:
            values = run.task_id._prepare_people(run.date)
            people.setdefault(tuple(values.items()), runs_sudo.browse())
            people[tuple(values.items())] += run
        for values, runs in people.items():
            runs.with_context(**SILENT).write(dict(values))
        self.env['it.run.handover'].sudo()._hand_over(runs_sudo)

    # === CRON === #

    @api.model
    def _cron_generate_runs(self):
        """Make the runs of all tasks up to two days ahead, and those that fell due while nobody was looking."""
        batches = [
            (company, ids[start:start + BATCH_TASKS])
            for company in self.env['res.company'].search([])
            for ids in [self.search(self._due_domain(company)).ids]
            for start in range(0, len(ids), BATCH_TASKS)
        ]
        remaining = sum(len(ids) for _company, ids in batches)
        for company, ids in batches:
            self.with_company(company).browse(ids)._generate_safely()
            remaining -= len(ids)
            if not self.env['ir.cron']._commit_progress(len(ids), remaining=remaining):
                break

    @api.model
    def _due_domain(self, company):
        """Return the domain of the company's tasks that lack runs up to the horizon."""
        horizon = self._today(company) + timedelta(days=AHEAD_DAYS)
        return (
            Domain('company_id', '=', company.id)
            & Domain('schedule_kind', 'in', recurrence.DATED_KINDS)
            & (Domain('generated_until', '=', False) | Domain('generated_until', '<', horizon))
        )

    def _wake_generator(self):
        """Have the cron make the runs of new or changed tasks as soon as this transaction is committed."""
        cron = self.env.ref('it_continuity.it_task_cron_generate_runs', raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    # === HEALTH === #

    def _read_ahead(self):
        """Read and compute what the health of these tasks comes from, by the same queries for any number. Rooms above add theirs."""
        tasks = self.with_context(active_test=False)  # whether each is active is read with the rest
        tasks.fetch()
        tasks.fetch(['check_ids', 'check_template_ids', 'item_ids'])
        tasks.item_ids.fetch()
        templates = tasks.check_template_ids | tasks.item_ids.check_template_id
        templates.fetch(['active', 'check_ids'])
        (tasks.check_ids | tasks.item_ids.check_id | templates.check_ids).fetch()
        compute_ahead(self, 'effective_check_ids')
        compute_ahead(self.effective_check_ids, 'effective_state')

    # === GENERATION === #

    def _generate_safely(self):
        """Make the missing runs; a task that fails is flagged with the reason and the others go on."""
        try:
            with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                self._generate_runs()
            return
        except LOST_RACE:
            _logger.info("Runs of %s tasks are being made by another worker", len(self))
            return
        except Exception:  # noqa: BLE001  one bad task must not stop the others: they are tried one by one
            self.env.invalidate_all()
        for task in self:
            try:
                with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                    task._generate_runs()
            except LOST_RACE:
                continue
            except Exception as error:  # noqa: BLE001  whatever it is, the person who owns the task has to see it
                self.env.invalidate_all()
                task._flag_generation_error(error)

    def _flag_generation_error(self, error):
        """Keep why no run could be made of this one task, in the company's language."""
        words = self.with_context(lang=self.company_id._get_itc_lang())
        reason = words._schedule_message(error) if isinstance(error, recurrence.ScheduleError) else str(error)
        if self.generation_error != reason:
            _logger.warning("No runs could be made of task %s: %s", self.id, reason)
            self.with_context(**SILENT).generation_error = reason

    def _generate_runs(self):
        """Make the missing runs of these tasks of one company, in a number of queries that does not grow with them.

        Idempotent: a run is unique by task and occurrence, and the tasks are locked meanwhile.
        """
        tasks = self.try_lock_for_update(allow_referencing=True)
        horizon = self._today(self.env.company) + timedelta(days=AHEAD_DAYS)
        planned, until = {}, defaultdict(list)
        times, closed_days = {}, cache(self.env['it.calendar']._closed_days)
        for task in tasks:
            start = task.generated_until + timedelta(days=1) if task.generated_until else task.start_date
            end = min(horizon, start + timedelta(days=SLICE_DAYS)) if start <= horizon else horizon
            until[end].append(task.id)
            for values in task._prepare_planned(task._planned_times(start, end, times, closed_days)):
                planned[task.id, values['occurrence']] = values
        existing = tasks._existing_occurrences(min((key for _task_id, key in planned), default=''))
        missing = [values for key, values in planned.items() if key not in existing]
        self.env['it.run.handover']._put_on_duty(self.env.company, missing)
        self.env['it.task.run'].with_context(**SILENT).create(missing)
        for end, ids in until.items():
            tasks.browse(ids).with_context(**SILENT).write({'generated_until': end, 'generation_error': False})
        behind = tasks.filtered(lambda task: task.generated_until < horizon)
        if behind:
            behind._generate_runs()

    def _planned_times(self, start, end, known, closed_days):
        """Return the occurrences and spans of this one task from ``start`` to ``end``, local days.

        :param known: what was planned in this pass already, by schedule: most tasks share a few of them
        :param closed_days: see ``_closed``
        """
        schedule, company = self._schedule(), self.company_id
        key = schedule, self.closed_rule, company, start, end
        if key not in known:
            days = recurrence.occurrences(schedule, start, end, self._closed(closed_days), self.closed_rule)
            known[key] = [(each, recurrence.span(schedule, each.day, company.itc_tz)) for each in days]
        return known[key]

    def _prepare_planned(self, times):
        """Return the values of the runs of this one task that fall due at ``times``.

        A time that was over before the task existed makes no run: nobody could have been asked.
        """
        planned = (self._prepare_run(occurrence, span) for occurrence, span in times)
        return [values for values in planned if values['deadline_at'] > self.create_date]

    def _existing_occurrences(self, since):
        """Return the (task id, occurrence) pairs of these tasks that exist already, from the key ``since`` on."""
        rows = self.env['it.task.run'].sudo()._read_group(
            [('task_id', 'in', self.ids), ('occurrence', '>=', since)], ['task_id', 'occurrence'])
        return {(task.id, occurrence) for task, occurrence in rows}

    def _prepare_run(self, occurrence, span):
        """Return the values of one run; the task's text is pinned, in the company's language, so that later edits leave it as it was."""
        named = self.with_context(lang=self.company_id._get_itc_lang())
        return {
            'task_id': self.id,
            'company_id': self.company_id.id,
            'checklist_id': self.checklist_id.id,
            'occurrence': occurrence.key,
            'date': occurrence.day,
            'open_at': span.open_at,
            'due_at': span.due_at,
            'deadline_at': run_state.deadline(span.due_at, round(self.grace_h * 3600)),
            **self._prepare_people(occurrence.day),
            'task_name': named.name,
            'instructions': self.instructions,
            'expected_evidence': self.expected_evidence,
            'line_id': self.line_id.id,
            'line_code': self.line_id.code,
            'line_text': named.line_id.text,
            'needs_verification': self.needs_verification,
        }

    def _start_run(self):
        """Make one run that opens now, beside the plan; the caller has checked that the person may.

        Its name is none that the plan could ever give: a run that somebody starts takes no planned one's place.
        """
        now = clock.now(self.env)
        schedule, tz = self._schedule(), self.company_id.itc_tz
        day = recurrence.local_date(now, tz)
        taken = {key for _task, key in self._existing_occurrences(day.isoformat())}
        index = next(n for n in range(1, len(taken) + 2) if BY_HAND % recurrence.Occurrence(day, n).key not in taken)
        occurrence, span = recurrence.event_occurrence(schedule, now, tz, index)
        values = {**self._prepare_run(occurrence, span), 'occurrence': BY_HAND % occurrence.key, 'is_extra': True}
        self.env['it.run.handover']._put_on_duty(self.company_id, [values])
        return self.env['it.task.run'].with_context(mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True).create(values)

    def _catch_up(self):
        """Make what fell due by the schedule of until now, before it changes: a missed day stays a missed day."""
        tasks_sudo = self.sudo()  # runs are made by the software only
        for company, tasks in tasks_sudo.filtered('active').grouped('company_id').items():
            tasks.with_company(company).search(self._due_domain(company) & Domain('id', 'in', tasks.ids))._generate_safely()

    def _replan(self):
        """Drop the runs that nobody could have begun yet and have the generator make them by the new schedule."""
        tasks_sudo = self.sudo()  # who may change a schedule need not have the right to delete runs; nobody has
        self.env['it.task.run'].sudo().search([
            ('task_id', 'in', self.ids), ('state', '=', 'pending'), ('open_at', '>', clock.now(self.env))]).unlink()
        for company, tasks in tasks_sudo.grouped('company_id').items():
            yesterday = self._today(company) - timedelta(days=1)
            tasks.filtered('generated_until').write({'generated_until': yesterday, 'generation_error': False})
        self._wake_generator()

    # === EVENTS === #

    @api.model
    def _fire_event(self, kind, asset, at, is_extra=False):
        """Make one run of each task that waits for an event, for software that has seen one.

        The same event told again, equal in all three, makes no second run. A task that fails is flagged with the reason and the
        others go on.

        :param kind: a code of ``lib.task_event.KINDS``
        :param asset: the ``it.asset`` that it happened to; none for the whole site of the current company
        :param at: naive UTC moment at which it happened; the run is named by it, and opens now, when it is known
        :param is_extra: one person alone says so; the runs count beside the plan
        :raises AccessError: not in superuser mode
        :return: the runs made
        """
        if not self.env.su:
            raise AccessError(self.env._("Runs are made from their task's schedule, or by “Start a run now” on the task."))
        asset = self.env['it.asset'].browse(asset and asset.id)  # what stops with it is asked for all companies
        runs = self.env['it.task.run']
        for task in self.search(self._event_domain(kind, asset)):
            if task._waits_for(kind, asset):
                runs |= task._run_after_safely(kind, asset, at, is_extra)
        return runs

    @api.model
    def _event_domain(self, kind, asset):
        """Return the domain of the tasks that wait for a kind of event; an asset of no company concerns every company."""
        domain = Domain('schedule_kind', '=', 'event') & Domain.OR(Domain(switch, '=', True) for switch in task_event.switches(kind))
        company = asset.company_id if asset else self.env.company
        return domain & Domain('company_id', '=', company.id) if company else domain

    def _waits_for(self, kind, asset):
        """Tell whether an event of this asset concerns this one task.

        A restart concerns the tasks about the host or something that runs on it; a power outage those about all that stops with the
        asset. A task that names no host, itself or through what runs on one, is about each of them.
        """
        hosts = self.asset_ids.filtered(lambda one: one.kind == 'host') | self.asset_ids.host_id
        if not asset or not hosts:
            return True
        struck = asset | asset.impact_ids if task_event.KINDS[kind].is_spreading else asset
        return bool(struck & (self.asset_ids | hosts))

    def _run_after_safely(self, kind, asset, at, is_extra):
        """Return the new run of this one task, none if there is one for this event already."""
        try:
            with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                run = self._run_after(kind, asset, at, is_extra)
                if self.generation_error:
                    self.with_context(**SILENT).generation_error = False
                return run
        except LOST_RACE:
            _logger.info("The run of task %s after an event is being made by another worker", self.id)
        except Exception as error:  # noqa: BLE001  whatever it is, the person who owns the task has to see it
            self.env.invalidate_all()
            self._flag_generation_error(error)
        return self.env['it.task.run']

    def _run_after(self, kind, asset, at, is_extra):
        at, now = at.replace(microsecond=0), clock.now(self.env)
        name = f"{at.isoformat()}Z {kind} {asset.id or 0}"
        if self.env['it.task.run'].search_count([('task_id', '=', self.id), ('occurrence', '=', name)], limit=1):
            return self.env['it.task.run']
        occurrence, span = recurrence.event_occurrence(self._schedule(), now, self.company_id.itc_tz)
        values = {
            **self._prepare_run(occurrence, span),
            'occurrence': name, 'event_kind': kind, 'event_asset_id': asset.id, 'event_at': at, 'is_extra': is_extra}
        self.env['it.run.handover']._put_on_duty(self.company_id, [values])
        return self.env['it.task.run'].with_context(mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True).create(values)
