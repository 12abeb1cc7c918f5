from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain

from ...lib import compliance, local_time

# A silent check is as red as a bad one: what nobody measures can never count as well.
RED_HEALTH = ('critical', 'unknown')
MISSED_LOOK_BACK_DAYS = 7
# What a section's "3 of 4" counts: what the figures count as kept, or never owed.
KEPT_BUCKETS = (compliance.Bucket.ON_TIME, compliance.Bucket.LATE, compliance.Bucket.NOT_APPLICABLE)
BOARD_FIELDS = (
    'task_id', 'checklist_id', 'company_id', 'task_name', 'line_code', 'open_at', 'due_at', 'deadline_at', 'state',
    'role_id', 'responsible_id', 'done_by_id', 'done_at', 'verified_by_id', 'needs_verification', 'override_reason', 'na_reason',
    'fail_reason', 'late_reason', 'excuse_id', 'date', 'snapshot', 'item_ids', 'entered_at', 'is_late_entry', 'sent_back_at',
)
TASK_FIELDS = ('company_id', 'check_ids', 'check_template_ids', 'item_ids')


@dataclass(frozen=True)
class Viewer:
    """What the board has to know of its reader, asked once.

    :param roles: the ``it.role`` records that the reader has
    """

    can_act: bool
    can_verify: bool
    roles: object


class ItTaskRun(models.Model):
    _inherit = 'it.task.run'

    # === BUSINESS METHODS === #

    @api.model
    @api.readonly
    def get_today_board(self):
        """Return all that the Today screen draws, in a number of queries that does not grow with the runs.

        Other rooms may add keys to a run by extending ``_board_run``, provided they read in batch.

        :raises AccessError: the caller may not read runs
        :return: ``{'today': '2026-11-23', 'tz': 'Africa/Addis_Ababa', 'time': '08:31', 'can_act': True,
            'can_verify': False, 'missed_before': {'count': 2, 'from_at': '2026-11-15 21:00:00', 'to_at': '2026-11-22 21:00:00'},
            'figures': see ``_board_figures``,
            'checklists': [{'id': 1, 'name': "Daily health", 'run_ids': [7]}], 'runs': [{'id': 7, …}]}``; checklists in their
            own order, runs by due time; a run's keys are those of ``_board_run``
        """
        company = self.env.company
        now = self._now()
        viewer = self._board_viewer()
        local_now = _local(now, company.itc_tz)
        runs = self.search_fetch(self._board_domain(now, viewer), BOARD_FIELDS, order='due_at, id')
        runs.task_id.fetch(TASK_FIELDS)  # all at once, where the ORM's own prefetch would ask for each thousand
        by_checklist = runs.grouped('checklist_id')
        return {
            'today': local_now.date().isoformat(),
            'time': local_now.strftime('%H:%M'),
            'tz': company.itc_tz,
            'can_act': viewer.can_act,
            'can_verify': viewer.can_verify,
            'missed_before': self._board_missed_before(now),
            'figures': runs.filtered(lambda run: run.date == local_now.date())._board_figures(now),
            'checklists': [
                {'id': checklist.id, 'name': checklist.name, 'run_ids': by_checklist[checklist].ids}
                for checklist in runs.checklist_id.sorted(lambda checklist: (checklist.sequence, checklist.id))
            ],
            'runs': [run._board_run(now, viewer) for run in runs],
        }

    @api.model
    def _board_viewer(self):
        can_act = self.has_access('write')
        return Viewer(
            can_act=can_act,
            can_verify=can_act and self.env.user.has_group('it_continuity.it_continuity_group_manager'),
            roles=self.env['it.role'].search([('user_ids', 'in', self.env.uid)]),
        )

    @api.model
    def _board_domain(self, now, viewer):
        """Return what belongs on today's board.

        Open runs whatever their age, because each still asks for work, and so does what waits for this reader to verify it; today's
        runs that open later; and what was closed or missed since local midnight, so that a run does not vanish under the hand that
        closed it.
        """
        company = self.env.company
        today = local_time.local_date(now, company.itc_tz)
        midnight = local_time.to_utc(today, 0, company.itc_tz)
        waits = Domain('state', '=', 'done') & Domain('needs_verification', '=', True) & Domain('done_by_id', '!=', self.env.uid)
        return Domain('company_id', '=', company.id) & (
            Domain('date', '=', today)
            | (waits if viewer.can_verify else Domain.FALSE)
            | (Domain('state', '=', 'pending') & Domain('open_at', '<=', now))
            | (Domain('state', '=', 'missed') & Domain('deadline_at', '>=', midnight) & Domain('open_at', '<=', now))
            | (Domain('state', 'not in', ('pending', 'missed')) & (
                Domain('closed_at', '>=', midnight) | Domain('entered_at', '>=', midnight)))
        )

    @api.model
    def _board_missed_before(self, now):
        """Return how many runs of the last days are missed, off the board, and can still be entered late.

        :return: ``{'count', 'from_at', 'to_at'}``, the limits of their deadlines as the server's datetime strings
        """
        company = self.env.company
        midnight = local_time.to_utc(local_time.local_date(now, company.itc_tz), 0, company.itc_tz)
        from_at = midnight - timedelta(days=MISSED_LOOK_BACK_DAYS)
        count = self.search_count([
            ('company_id', '=', company.id), ('state', '=', 'missed'),
            ('deadline_at', '>=', from_at), ('deadline_at', '<', midnight),
        ])
        return {
            'count': count,
            'from_at': fields.Datetime.to_string(from_at),
            'to_at': fields.Datetime.to_string(midnight),
        }

    def _board_figures(self, now):
        """Return the compliance of these runs as the reports count it.

        :return: ``{'due': 12, 'on_time': 9, 'late': 1, 'missed': 1, 'failed': 1, 'excused': 1, 'done_pct': 83.3, 'excused_pct': 90.9}``:
            how many are decided, of these how many ended how, how many of the missed are excused; the share that was done, raw and
            without the excused, None of nothing
        """
        counts, excused = dict.fromkeys(compliance.Bucket, 0), 0
        for run in self:
            bucket = compliance.classify(run.state, run.done_at or None, run.due_at, run.deadline_at, now)
            counts[bucket] += 1
            excused += compliance.is_excused(bucket, bool(run.excuse_id))
        shares = compliance.percentages(counts, excused)
        return {
            **{name: counts[compliance.Bucket(name)] for name in ('on_time', 'late', 'missed', 'failed')},
            **{name: getattr(shares, name) for name in ('due', 'done_pct', 'excused', 'excused_pct')},
        }

    def _board_run(self, now, viewer):
        """Return one run as the board draws it; times of day are the company's.

        The ``is_…`` flags are what the counts in the header count, so that screen and tests share one meaning.
        """
        tz = self.company_id.itc_tz
        bucket = compliance.classify(self.state, self.done_at or None, self.due_at, self.deadline_at, now)
        is_open = self.open_at <= now
        is_due = self.state == 'pending' and is_open
        return {
            'id': self.id,
            'task': self.task_name,
            'line': self.line_code,
            'state': self.state,
            'bucket': bucket.value,
            'opens': _moment(self.open_at, tz),
            'due': _moment(self.due_at, tz, ends_day=True),
            'hour': local_time.day_hour(self.due_at, local_time.local_date(now, tz), tz),
            'done': _moment(self.done_at, tz),
            'responsible': _person(self.responsible_id),
            'role': self.role_id.display_name or '',
            'is_nobodys': not self.responsible_id and (not self.role_id or self.role_id.is_empty),
            'done_by': _person(self.done_by_id),
            'verified_by': _person(self.verified_by_id),
            'reason': self._board_reason(),
            'status': self.status_text,
            'health': self.health,
            'health_reason': self.health_reason or '',
            'evidence': self._board_evidence(tz),
            'action': self._board_action(is_open, viewer),
            'items_left': self._items_left() if is_due or self.state == 'missed' else 0,
            'is_bulk': is_due and not self.asks_evidence and self.health in ('none', 'ok'),
            'is_open': is_open,
            'is_overdue': is_due and self.due_at < now,
            'can_undo': viewer.can_act and self.can_undo,
            'is_kept': self.state != 'pending' and bucket in KEPT_BUCKETS,
            'is_unverified': self._is_waiting_for_second(),
            'is_overridden': bool(self.override_reason),
            'is_mine': self.responsible_id == self.env.user or (not self.responsible_id and self.role_id in viewer.roles),
            'is_due': is_due and bucket is compliance.Bucket.OPEN,
            'is_machine': self._is_machine_verified(),
            'is_waiting': self._is_waiting_for_person(is_due),
            'is_to_verify': self._is_verifiable(viewer),
            'is_red': self.health in RED_HEALTH or self.state == 'failed',
            'is_missed': bucket is compliance.Bucket.MISSED,
            'is_excused': compliance.is_excused(bucket, bool(self.excuse_id)),
        }

    def _board_action(self, is_open, viewer):
        """Return the method behind the one click: the next step this reader may take, empty when there is none."""
        if viewer.can_act and (self.state == 'missed' or (self.state == 'pending' and is_open)):
            return 'action_do'
        if viewer.can_act and self.state == 'failed':
            return 'action_ask_reject'
        if self._is_verifiable(viewer):
            return 'action_ask_verify'
        return ''

    def _board_reason(self):
        """Return the words a person gave for closing this run otherwise than as done."""
        if self.state == 'not_applicable':
            return self.na_reason or ''
        return (self.fail_reason if self.state == 'failed' else self.override_reason or self.late_reason) or ''

    def _is_machine_verified(self):
        """Tell whether an agent's proof closed this run and no person's word."""
        return self.state == 'auto_verified' or (self.state == 'verified' and not self.done_by_id)

    def _is_waiting_for_person(self, is_due):
        """Tell whether only a person can move this run: no agent will close it, or a second person has to look."""
        return self._is_waiting_for_second() or (is_due and self.health != 'ok')

    def _is_verifiable(self, viewer):
        """Tell whether this run waits for a second person, and the reader is one: who had a hand in it would be refused."""
        return viewer.can_verify and self._is_waiting_for_second() and self.can_verify

    def _is_waiting_for_second(self):
        return self.state == 'done' and self.needs_verification

    def _board_evidence(self, tz):
        """Return what the agents measured for a closed run: ``[{'name', 'summary', 'at': {'date', 'time'}}]``."""
        return [
            {'name': check['name'], 'summary': check.get('summary') or '', 'at': _moment(_utc(check.get('measured_at')), tz)}
            for check in self.snapshot or []
        ]


def _local(moment, tz):
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))


def _moment(moment, tz, *, ends_day=False):
    """Return a naive UTC moment as the local ``{'date': '2026-11-23', 'time': '08:30'}``, False for none.

    :param ends_day: midnight is ``24:00`` of the day that it ends
    """
    if not moment:
        return False
    day, clock = local_time.wall_clock(moment, tz, ends_day=ends_day)
    return {'date': day.isoformat(), 'time': clock}


def _utc(text):
    """Return an ISO 8601 moment with or without offset as naive UTC, False for none."""
    if not text:
        return False
    moment = datetime.fromisoformat(text)
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _person(user):
    # The name of a colleague in a company that the reader may not enter, as the web client shows it on any form.
    return {'id': user.id, 'name': user.sudo().display_name} if user else False
