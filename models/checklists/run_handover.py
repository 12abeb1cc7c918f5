from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ...lib import absence, rota
from ..mixins import clock
from .task import SILENT

BASIS = [
    ('plan', "As planned"),
    ('rota', "Next in the rota"),
    ('deputy', "Deputy"),
    ('role', "Next with the role"),
    ('nobody', "Everybody is on leave"),
    ('hand', "Assigned by hand"),
]
DUTY_FIELDS = (
    'company_id', 'task_name', 'planned_responsible_id', 'responsible_id', 'responsible_basis', 'rota_id', 'role_id', 'open_at', 'due_at',
    'deadline_at', 'note', 'reject_reason',
)


class ItRunHandover(models.AbstractModel):
    """Whose run it is: planned for one person, done by another while that person is on leave."""
    _name = 'it.run.handover'
    _description = "Handover of Runs"

    # === BUSINESS METHODS === #

    @api.model
    def _put_on_duty(self, company, values_list):
        """Give new runs, whose values name the planned person, to those who are there; the values are changed in place.

        The number of queries does not grow with the runs.
        """
        for values, duty in zip(values_list, self._duties(company, values_list), strict=True):
            values.update(responsible_id=duty.person or False, responsible_basis=duty.basis)

    @api.model
    def _follow_absences(self, user_ids, start, end):
        """Look again at the pending runs that the presence of these people between two moments can change.

        Runs whose time has passed are left alone, even if the job has not closed them yet: a miss stays with its person. Who is off
        all day is not asked in the evening either, so a day before and after counts.
        """
        start, end = start - timedelta(days=1), end + timedelta(days=1)
        concerned = (
            Domain('responsible_id', 'in', user_ids) | Domain('planned_responsible_id', 'in', user_ids)
            | Domain('responsible_basis', '=', 'nobody')
            | (Domain('planned_responsible_id', '=', False) & Domain('role_id.user_ids', 'in', user_ids)))
        records = self.env['it.task.run']
        self._hand_over(records.search_fetch(
            Domain('state', '=', 'pending') & Domain('deadline_at', '>', max(start, clock.now(records.env))) & Domain('open_at', '<', end) & concerned,
            DUTY_FIELDS))

    @api.model
    def _hand_over(self, runs):
        """Give these pending runs to who is there; what changes hands is told on the run.

        A run that a person gave to somebody stays there, and one that a stand-in has begun is not taken back.
        """
        for company, mine in runs.filtered(self._follows_plan).grouped('company_id').items():
            held = [rota.Duty(run.responsible_id.id or None, run.responsible_basis) for run in mine]
            cases = [{
                **{name: run[name] for name in ('open_at', 'due_at', 'deadline_at')},
                **{name: run[name].id for name in ('planned_responsible_id', 'rota_id', 'role_id')},
            } for run in mine]
            moves = {}
            for run, before, duty in zip(mine, held, self._duties(company, cases, held), strict=True):
                if duty != before and not (duty.basis == 'plan' and self._is_begun(run)):
                    moves.setdefault(duty, runs.browse())
                    moves[duty] += run
            for duty, moved in moves.items():
                bodies = {run.id: self._handover_text(run, duty) for run in moved if run.responsible_id.id != (duty.person or False)}
                moved.with_context(**SILENT).write({'responsible_id': duty.person or False, 'responsible_basis': duty.basis})
                moved.browse(bodies)._message_log_batch(bodies)

    @api.model
    def _duties(self, company, cases, held=None):
        """Return a :class:`lib.rota.Duty` for each case.

        :param cases: dicts with a run's ``planned_responsible_id``, ``rota_id``, ``role_id`` (ids) and its three moments
        :param held: the duties so far, None for new runs
        """
        now = clock.now(self.env)
        return self.env['it.duty']._assign(company, [
            (case['planned_responsible_id'], case['rota_id'], case['role_id'],
             absence.window(case['open_at'], case['due_at'], case['deadline_at'], now)) for case in cases], held)

    @api.model
    def _follows_plan(self, run):
        """Tell whether the plan chose a run's responsible: no person did, and no other software."""
        if run.responsible_basis == 'plan':
            return run.responsible_id == run.planned_responsible_id
        return run.responsible_basis != 'hand'

    @api.model
    def _is_begun(self, run):
        """Tell whether somebody has worked on a pending run already."""
        return bool(
            run.note or run.reject_reason or run.attachment_ids
            or any(item.kind != 'check' and item.state != 'empty' for item in run.item_ids))

    @api.model
    def _handover_text(self, run, duty):
        """Return the line for the chatter: who hands a run to whom, and why."""
        names = {
            'from': run.responsible_id.name or self.env._("everybody with the role"),
            'to': self.env['res.users'].browse(duty.person).name or self.env._("everybody with the role"),
            'planned': run.planned_responsible_id.name, 'rota': run.rota_id.name, 'role': run.role_id.name,
        }
        if duty.basis == 'plan':
            return self.env._("Returned from %(from)s to %(to)s: no longer on leave.", **names)
        if duty.basis == 'nobody':
            return self.env._("Taken from %(from)s, on leave: everybody who could stand in is on leave too.", **names)
        if not run.planned_responsible_id:
            return self.env._("Given to %(to)s: all others with the role “%(role)s” are on leave.", **names)
        why = {
            'rota': self.env._("%(planned)s is on leave, and %(to)s is next in the rota “%(rota)s”.", **names),
            'deputy': self.env._("%(planned)s is on leave, and %(to)s is the deputy.", **names),
            'role': self.env._("%(planned)s is on leave, and %(to)s is next with the role “%(role)s”.", **names),
        }[duty.basis]
        return self.env._("Handed from %(from)s to %(to)s: %(why)s", why=why, **names)
