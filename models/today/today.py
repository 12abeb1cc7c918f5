from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...lib import compliance, local_time
from ..mixins import clock
from ..mixins.ahead import compute_ahead
from ..mixins.time_words import moment_text, time_text, wall_text
from ..service_desk.ticket_closure import WITHOUT_WORD

MISSED_LOOK_BACK_DAYS = 7
# What a section's "3 of 4" counts: what the figures count as kept, or never owed.
KEPT_BUCKETS = (compliance.Bucket.ON_TIME, compliance.Bucket.LATE, compliance.Bucket.NOT_APPLICABLE)
RUN_FIELDS = (
    'task_id', 'checklist_id', 'company_id', 'task_name', 'line_code', 'open_at', 'due_at', 'deadline_at', 'state',
    'role_id', 'responsible_id', 'done_by_id', 'done_at', 'verified_by_id', 'needs_verification', 'override_reason', 'na_reason',
    'fail_reason', 'late_reason', 'excuse_id', 'date', 'snapshot', 'item_ids', 'entered_at', 'is_late_entry', 'sent_back_at',
    'needs_confirmation', 'is_extra', 'is_unaccepted', 'answering_id', 'given_by_id', 'counted_improvements',
)
ROWS = 3  # of each section besides the runs; the others are one click away
ROW_FIELDS = {
    'it.alert': ('number', 'name', 'severity', 'state', 'began_at', 'owner_id'),
    'it.ticket': ('name', 'subject', 'category_id', 'requester_id', 'priority', 'state'),
    'it.closing.step': ('name', 'closing_id', 'due_date', 'state'),
    'it.run.excuse': ('run_id', 'fact_text', 'asked_by_id'),
    'it.improvement': ('number', 'name', 'state', 'date_deadline', 'occurrences'),
    'it.agent': ('name',),
}
SHARED = ('it.alert', 'it.agent')  # without a company they are everybody's
FOUND = 8
SEARCHED = ('name', 'line_id.code', 'line_id.text', 'asset_ids.name', 'checklist_id.name')


@dataclass(frozen=True)
class Viewer:
    """What the board has to know of its reader, asked once.

    :param roles: the ``it.role`` records that the reader has
    """

    can_act: bool
    can_verify: bool
    roles: object


class ItToday(models.AbstractModel):
    """What the Today board draws for its reader: the day's runs, and what else waits for them."""
    _name = 'it.today'
    _description = "Today"

    # === WHAT THE SCREEN ASKS FOR === #

    @api.model
    @api.readonly
    def get_board(self):
        """Return all that the Today screen draws, in a number of queries that does not grow with the runs.

        :raises AccessError: the caller may not read runs
        :return: ``{'today': '2026-11-23', 'tz': 'Africa/Addis_Ababa', 'time': '8:31 AM', 'can_act': True,
            'can_verify': False, 'missed_before': {'count': 2, 'from_at': '2026-11-15 21:00:00', 'to_at': '2026-11-22 21:00:00'},
            'figures': see ``_figures``, 'checklists': [{'id': 1, 'name': "Daily health", 'run_ids': [7]}], 'runs': [see ``_run``],
            'sections': [{'key', 'name', 'model', 'domain', 'count', 'rows': [{'id', 'name', 'detail', 'is_urgent'}]}]}``; checklists in
            their own order, runs by due time; no section is empty, ``rows`` are its first few
        """
        company = self.env.company
        records = self.env['it.task.run']
        now = clock.now(records.env)
        viewer = self._viewer()
        local_now = _local(now, company.itc_tz)
        runs = records.search_fetch(self._run_domain(now, viewer), RUN_FIELDS, order='due_at, id')
        self._read_ahead(runs, viewer)
        by_checklist = runs.grouped('checklist_id')
        alerts = self._alerts_of(runs)
        return {
            'today': local_now.date().isoformat(),
            'time': time_text(self.env, now, company.itc_tz),
            'tz': company.itc_tz,
            'can_act': viewer.can_act,
            'can_verify': viewer.can_verify,
            'missed_before': self._missed_before(now),
            'figures': self._figures(runs.filtered(lambda run: run.date == local_now.date()), now),
            'checklists': [
                {'id': checklist.id, 'name': checklist.name, 'run_ids': by_checklist[checklist].ids}
                for checklist in runs.checklist_id.sorted(lambda checklist: (checklist.sequence, checklist.id))
            ],
            'runs': [{**self._run(run, now, viewer), 'alerts': alerts.get(run.id, [])} for run in runs],
            'sections': [section for kind in self._get_section_kinds(viewer) if (section := self._section(*kind))['count']],
        }

    @api.model
    @api.readonly
    def find_tasks(self, words=''):
        """Return the tasks of this company that have every one of some words in name, handbook line, asset or checklist.

        Without words: those that are done on demand, as the checklists stand, so that an emergency's come first.

        :raises AccessError: the person may not read runs
        :return: at most ``FOUND`` of ``{'id', 'name', 'line', 'checklist', 'run_id', 'can_start'}``; ``run_id`` is the run that
            may be done now, False when there is none; tasks with all the words in their name first
        """
        runs = self.env['it.task.run']
        runs.check_access('read')
        can_start = runs.has_access('write')
        tasks = self.env['it.task'].search_fetch(self._found_domain(words.split()), ['name'])
        tasks = tasks.sorted(lambda task: not all(word.lower() in task.name.lower() for word in words.split()))[:FOUND]
        open_runs = runs.search([('task_id', 'in', tasks.ids), ('is_open', '=', True)], order='due_at desc, id desc')
        run_of = {run.task_id.id: run.id for run in open_runs}  # the earliest due stays
        return [{
            'id': task.id,
            'name': task.name,
            'line': task.line_id.code or '',
            'checklist': task.checklist_id.name,
            'run_id': run_of.get(task.id, False),
            'can_start': can_start,
        } for task in tasks]

    # === THE RUNS === #

    @api.model
    def _viewer(self):
        can_act = self.env['it.task.run'].has_access('write')
        return Viewer(
            can_act=can_act,
            can_verify=can_act and self.env.user.has_group('it_continuity.it_continuity_group_manager'),
            roles=self.env['it.role'].search([('user_ids', 'in', self.env.uid)]),
        )

    @api.model
    def _run_domain(self, now, viewer):
        """Return what belongs on today's board.

        Open runs whatever their age, because each still asks for work, and so does what waits for this reader to verify it; today's
        runs that open later; and what was closed or missed since local midnight, so that a run does not vanish under the hand that
        closed it.
        """
        company = self.env.company
        today = local_time.local_date(now, company.itc_tz)
        midnight = local_time.to_utc(today, 0, company.itc_tz)
        waits = Domain('waits_for_second', '=', True) & Domain('done_by_id', '!=', self.env.uid)
        return Domain('company_id', '=', company.id) & (
            Domain('date', '=', today)
            | (waits if viewer.can_verify else Domain.FALSE)
            | (Domain('state', '=', 'pending') & Domain('open_at', '<=', now))
            | (Domain('state', '=', 'missed') & Domain('deadline_at', '>=', midnight) & Domain('open_at', '<=', now))
            | (Domain('state', 'not in', ('pending', 'missed')) & (
                Domain('closed_at', '>=', midnight) | Domain('entered_at', '>=', midnight)))
        )

    @api.model
    def _read_ahead(self, runs, viewer):
        """Read and compute what the rows show, by the same queries for any number of runs."""
        runs.fetch(['ticket_ids'])
        runs.item_ids.fetch()
        runs.ticket_ids.fetch(['name', 'state'])
        runs.role_id.fetch()
        runs.role_id.fetch(['user_ids'])
        runs.task_id._read_ahead()
        compute_ahead(runs.task_id, 'health')
        if viewer.can_verify:
            runs.sudo().fetch(['contributor_ids', 'attachment_ids'])
            runs.sudo().attachment_ids.fetch(['create_uid'])

    @api.model
    def _missed_before(self, now):
        """Return how many runs of the last days are missed, off the board, and can still be entered late.

        :return: ``{'count', 'from_at', 'to_at'}``, the limits of their deadlines as the server's datetime strings
        """
        company = self.env.company
        midnight = local_time.to_utc(local_time.local_date(now, company.itc_tz), 0, company.itc_tz)
        from_at = midnight - timedelta(days=MISSED_LOOK_BACK_DAYS)
        count = self.env['it.task.run'].search_count([
            ('company_id', '=', company.id), ('state', '=', 'missed'),
            ('deadline_at', '>=', from_at), ('deadline_at', '<', midnight),
        ])
        return {
            'count': count,
            'from_at': fields.Datetime.to_string(from_at),
            'to_at': fields.Datetime.to_string(midnight),
        }

    @api.model
    def _figures(self, runs, now):
        """Return the compliance of these runs as the reports count it.

        :return: ``{'due': 12, 'on_time': 8, 'late': 1, 'late_entry': 1, 'missed': 1, 'failed': 1, 'waived': 0, 'not_applicable': 2,
            'extra': 1, 'open': 4, 'excused': 1, 'done_pct': 75.0, 'planned_pct': 64.3, 'excused_pct': 81.8}``: how many are decided, of
            these how many ended how; how many do not apply, were started by hand or are still open; how many are excused; the share that
            was done, raw, of all that was planned and without the excused, None of nothing
        """
        counts, excused = dict.fromkeys(compliance.Bucket, 0), 0
        for run in runs:
            bucket = run._bucket(now)
            counts[bucket] += 1
            excused += compliance.is_excused(bucket, bool(run.excuse_id))
        shares = compliance.percentages(counts, excused)
        return {
            **{bucket.value: counts[bucket] for bucket in compliance.Bucket},
            **{name: getattr(shares, name) for name in ('due', 'done_pct', 'planned_pct', 'excused', 'excused_pct')},
        }

    @api.model
    def _run(self, run, now, viewer):
        """Return one run as the board draws it; times of day are the company's.

        The ``is_…`` flags are what the counts in the header count, so that screen and tests share one meaning.
        """
        tz = run.company_id.itc_tz
        bucket, outcome = run._bucket(now), run._outcome(now)
        is_open = run.open_at <= now
        is_due = run.state == 'pending' and is_open
        return {
            'id': run.id,
            'task': run.task_name,
            'line': run.line_code,
            'state': run.state,
            'bucket': bucket.value,
            'opens': self._moment(run.open_at, tz),
            'due': self._moment(run.due_at, tz, ends_day=True),
            'hour': local_time.day_hour(run.due_at, local_time.local_date(now, tz), tz),
            'done': self._moment(run.done_at, tz),
            'responsible': _person(run.responsible_id),
            'role': run.role_id.display_name or '',
            'is_nobodys': not run.responsible_id and (not run.role_id or run.role_id.is_empty),
            'done_by': _person(run.done_by_id),
            'verified_by': _person(run.verified_by_id),
            'reason': self._reason(run),
            'status': run.status_text,
            'health': run.health,
            'health_reason': run.health_reason or '',
            'evidence': self._evidence(run, tz),
            'action': self._action(run, is_open, viewer),
            'items_left': run.item_ids._count_left() if is_due or run.state == 'missed' else 0,
            'is_bulk': is_due and not run.asks_evidence and run.health in ('none', 'ok'),
            'is_open': is_open,
            'is_overdue': is_due and run.due_at < now,
            'can_undo': viewer.can_act and run.can_undo,
            'is_kept': run.state != 'pending' and outcome in KEPT_BUCKETS,
            'is_unverified': run.waits_for_second,
            'is_overridden': bool(run.override_reason),
            'is_mine': run.responsible_id == self.env.user or (not run.responsible_id and run.role_id in viewer.roles),
            'is_due': is_due and outcome is compliance.Bucket.OPEN,
            'is_machine': self._is_machine_verified(run),
            'is_waiting': self._is_waiting_for_person(run, is_due),
            'is_to_verify': self._is_verifiable(run, viewer),
            'is_red': run.is_red,
            'can_ticket': viewer.can_act and run.is_red,
            'tickets': [
                {'id': ticket.id, 'name': ticket.name, 'is_open': ticket.state not in ('closed', 'cancelled')} for ticket in run.ticket_ids],
            'is_missed': outcome is compliance.Bucket.MISSED,
            'is_late_entry': outcome is compliance.Bucket.LATE_ENTRY,
            'is_extra': run.is_extra,
            'given': self._given(run),
            'is_excused': compliance.is_excused(bucket, bool(run.excuse_id)),
        }

    @api.model
    def _action(self, run, is_open, viewer):
        """Return the method behind the one click: the next step this reader may take, empty when there is none."""
        if viewer.can_act and (run.state == 'missed' or (run.state == 'pending' and is_open)):
            return 'action_do'
        if viewer.can_act and run.state == 'failed':
            return 'action_ask_reject'
        if self._is_verifiable(run, viewer):
            return 'action_ask_verify'
        return ''

    @api.model
    def _reason(self, run):
        """Return the words a person gave for closing this run otherwise than as done."""
        if run.state == 'not_applicable':
            return run.na_reason or ''
        return (run.fail_reason if run.state == 'failed' else run.override_reason or run.late_reason) or ''

    @api.model
    def _given(self, run):
        """Return who gave a run to its responsible, who has not accepted it, and for whom it counts until then; False where that is not so."""
        if not run.is_unaccepted:
            return False
        return {'by': _person(run.given_by_id), 'counts_for': _person(run.answering_id), 'can_accept': run.can_accept}

    @api.model
    def _is_machine_verified(self, run):
        """Tell whether an agent's proof closed this run and no person's word."""
        return not run.counted_improvements and (run.state == 'auto_verified' or (run.state == 'verified' and not run.done_by_id))

    @api.model
    def _is_waiting_for_person(self, run, is_due):
        """Tell whether only a person can move this run: no agent will close it, or a second person has to look."""
        return run.waits_for_second or (is_due and run.health != 'ok')

    @api.model
    def _is_verifiable(self, run, viewer):
        """Tell whether this run waits for a second person and the reader may be that person, having had no hand in it."""
        return viewer.can_verify and run.waits_for_second and run.can_verify

    @api.model
    def _evidence(self, run, tz):
        """Return what the agents measured for a closed run: ``[{'name', 'summary', 'at': {'date', 'time'}}]``."""
        return [
            {'name': check['name'], 'summary': check.get('summary') or '', 'at': self._moment(_utc(check.get('measured_at')), tz)}
            for check in run.snapshot or []
        ]

    @api.model
    def _moment(self, moment, tz, *, ends_day=False):
        """Return a naive UTC moment as the local ``{'date': '2026-11-23', 'time': '8:30 AM'}``, False for none.

        :param ends_day: see ``wall_text``
        """
        if not moment:
            return False
        day, words = wall_text(self.env, moment, tz, ends_day=ends_day)
        return {'date': day.isoformat(), 'time': words}

    # === WHAT ELSE WAITS === #

    @api.model
    def _get_section_kinds(self, viewer):
        """Return ``(key, name, model, domain, row)`` of each section that this reader may have, ``row`` a method by record."""
        kinds = [
            ('alerts', self.env._("Alerts"), 'it.alert', self._open_alert_domain(viewer), self._alert),
            ('tickets', self.env._("Tickets to work on"), 'it.ticket', self._open_ticket_domain(viewer), self._ticket),
            ('confirm', self.env._("Waiting for your confirmation"), 'it.ticket', Domain('can_confirm', '=', True), self._ticket),
            ('steps', self.env._("Closing steps due"), 'it.closing.step', self._due_step_domain(viewer), self._step),
            ('improvements', self.env._("Improvements due"), 'it.improvement', self._due_improvement_domain(), self._improvement),
        ]
        if viewer.can_act:
            kinds.append((
                'proposals', self.env._("Checks that hosts propose"), 'it.agent',
                Domain('has_proposals', '=', True) & Domain('state', '=', 'active'), self._proposing))
        if viewer.can_verify:
            kinds += [
                ('suggestions', self.env._("Suggestions nobody has taken up"), 'it.improvement',
                 Domain('state', '=', 'suggested') & Domain('owner_id', '=', False), self._improvement),
                ('verify_steps', self.env._("Closing steps to verify"), 'it.closing.step', self._done_step_domain(), self._step),
                ('excuses', self.env._("Excuses to decide"), 'it.run.excuse', self._asked_excuse_domain(), self._excuse),
            ]
        return kinds

    @api.model
    def _section(self, key, name, model, domain, row):
        companies = [self.env.company.id, *([False] if model in SHARED else [])]
        domain = Domain('company_id', 'in', companies) & domain
        records = self.env[model].search(domain)
        shown = records[:ROWS]
        shown.fetch(ROW_FIELDS[model])
        return {
            'key': key, 'name': name, 'model': model, 'domain': list(domain), 'count': len(records), 'rows': [row(record) for record in shown]}

    @api.model
    def _mine(self, person, role, viewer):
        """Return the domain of what names the reader, or nobody and a role of the reader's."""
        return Domain(person, '=', self.env.uid) | (Domain(person, '=', False) & Domain(role, 'in', viewer.roles.ids))

    @api.model
    def _open_ticket_domain(self, viewer):
        answered = (Domain('state', '=', 'resolved') | Domain('confirmation_kind', 'in', WITHOUT_WORD)) & Domain('answered_at', '!=', False)
        open_now = Domain('state', 'in', ('new', 'in_progress')) & Domain('waiting_for', '=', False)
        return (open_now | answered) & self._mine('assignee_id', 'category_id.role_id', viewer)

    @api.model
    def _open_alert_domain(self, viewer):
        """Return the domain of the alerts that are the reader's: that they have, or that nobody has and they were told of."""
        nobodys = Domain('state', '=', 'open') & Domain('owner_id', '=', False)
        return Domain('is_open', '=', True) & (
            (Domain('owner_id', '=', self.env.uid) & Domain('state', '!=', 'snoozed'))
            | (nobodys & (Domain('told_ids', 'in', self.env.uid) | Domain('asset_id.role_id', 'in', viewer.roles.ids))))

    @api.model
    def _due_step_domain(self, viewer):
        today = clock.today(self.env, self.env.company)
        return (
            Domain('closing_id.state', '=', 'open') & Domain('state', 'in', ('todo', 'in_progress', 'rejected'))
            & Domain('due_date', '<=', today) & self._mine('responsible_id', 'role_id', viewer))

    @api.model
    def _due_improvement_domain(self):
        """Return the domain of the reader's improvements of which the next step is due: by its date, or because it was shown to work."""
        today = clock.today(self.env, self.env.company)
        due = Domain('state', 'in', ('plan', 'do')) & Domain('date_deadline', '<=', today)
        return Domain('owner_id', '=', self.env.uid) & (due | Domain('state', '=', 'act'))

    @api.model
    def _done_step_domain(self):
        return self._of_others('it.closing.step', Domain('closing_id.state', '=', 'open') & Domain('state', '=', 'done'))

    @api.model
    def _asked_excuse_domain(self):
        return self._of_others('it.run.excuse', Domain('state', '=', 'asked'))

    @api.model
    def _of_others(self, model, domain):
        """Return the domain of those of the few records that wait in which the reader had no hand."""
        waiting = self.env[model].search(domain & Domain('company_id', '=', self.env.company.id))
        return Domain('id', 'in', waiting.filtered(lambda record: not record._is_own_work()).ids)

    @api.model
    def _alert(self, alert):
        since = moment_text(self.env, alert.began_at, self.env.company.itc_tz, 'EEE')
        return {
            'id': alert.id,
            'name': alert.name,
            'detail': " · ".join([
                alert.owner_id.sudo().display_name or self.env._("nobody has it"), self.env._("since %s", since), alert.number]),
            'is_urgent': alert.severity == 'critical',
        }

    @api.model
    def _alerts_of(self, runs):
        """Return ``{run id: [{'id', 'name', 'who'}]}``: the open alerts of the checks of runs that are red, and who has each."""
        red = runs.filtered(lambda run: run.state in ('pending', 'failed') and run.is_red)
        by_check = red.task_id.effective_check_ids._open_alerts()
        found = {}
        for run in red:
            alerts = self.env['it.alert'].union(*(by_check[check.id] for check in run.task_id.effective_check_ids if check.id in by_check))
            found[run.id] = [{'id': alert.id, 'name': alert.number, 'who': _person(alert.owner_id)} for alert in alerts]
        return found

    @api.model
    def _ticket(self, ticket):
        return {
            'id': ticket.id,
            'name': ticket.subject,
            # The name of a colleague in a company that the reader may not enter, as the web client shows it on any form.
            'detail': " · ".join([ticket.name, ticket.requester_id.sudo().display_name, ticket.category_id.name]),
            'is_urgent': ticket.priority == '2',
        }

    @api.model
    def _step(self, step):
        today = clock.today(self.env, self.env.company)
        due = step.due_date and format_date(self.env, step.due_date, date_format='EEE d MMM')
        return {
            'id': step.id,
            'name': step.name,
            'detail': " · ".join(filter(None, [due and self.env._("due %s", due), step.closing_id.name])),
            'is_urgent': bool(step.due_date) and step.due_date < today and step.state != 'done',
        }

    @api.model
    def _improvement(self, record):
        today = clock.today(self.env, self.env.company)
        due = record.state in ('plan', 'do') and record.date_deadline and format_date(self.env, record.date_deadline, date_format='EEE d MMM')
        stage = dict(record._fields['state']._description_selection(self.env))[record.state]
        return {
            'id': record.id,
            'name': record.name,
            'detail': " · ".join(filter(None, [due and self.env._("due %s", due), stage, record.number])),
            'is_urgent': bool(due) and record.date_deadline < today,
        }

    @api.model
    def _excuse(self, excuse):
        return {
            'id': excuse.id,
            'name': excuse.run_id.display_name,
            # Who asks stands first: a phone has no room for the end.
            'detail': " · ".join([excuse.asked_by_id.sudo().display_name, excuse.fact_text]),
            'is_urgent': False,
        }

    @api.model
    def _proposing(self, agent):
        return {
            'id': agent.id,
            'name': agent.name,
            'detail': self.env._("Found and looked at by no check: %(count)s", count=agent.proposal_count),
            'is_urgent': False,
        }

    # === SEARCH === #

    @api.model
    def _found_domain(self, words):
        domain = Domain('company_id', '=', self.env.company.id)
        if not words:
            return domain & Domain('schedule_kind', '=', 'on_demand')
        return domain & Domain.AND(Domain.OR(Domain(name, 'ilike', word) for name in SEARCHED) for word in words)


def _local(moment, tz):
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))


def _utc(text):
    """Return an ISO 8601 moment with or without offset as naive UTC, False for none."""
    if not text:
        return False
    moment = datetime.fromisoformat(text)
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _person(user):
    # The name of a colleague in a company that the reader may not enter, as the web client shows it on any form.
    return {'id': user.id, 'name': user.sudo().display_name} if user else False
