from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError

from ...lib import run_state
from ..mixins import clock
from .run_guard_mixin import MANAGER


class ItRunAnswerMixin(models.AbstractModel):
    """Who answers for a run: a miss stays with whose it was until another has taken it over, or a manager gave it to them.

    ``responsible_id`` says in front of whom a run is put. While it is given and not accepted, ``answering_id`` says for whom it counts.
    """
    _name = 'it.run.answer.mixin'
    _description = "Who Answers for a Run"
    _inherit = ['it.run.guard.mixin']

    is_unaccepted = fields.Boolean(
        "Given, not accepted", readonly=True, help="A colleague gave it to its responsible, who has not accepted it.")
    answering_id = fields.Many2one(
        'res.users', string="Counts for", readonly=True, ondelete='restrict',
        help="For whom it counts until the responsible accepts it. Empty: nobody in particular.")
    given_by_id = fields.Many2one(
        'res.users', string="Given by", readonly=True, ondelete='restrict', help="Who made it its responsible's; empty: the plan did.")
    responsible_since = fields.Datetime(
        "Theirs since", readonly=True, help="Since when it has been its responsible's. Empty: from the beginning.")
    given_text = fields.Char(compute='_compute_given_text')
    can_accept = fields.Boolean(compute='_compute_can_accept', help="A colleague gave it to the reader, who may take it over.")

    # === COMPUTE METHODS === #

    @api.depends('is_unaccepted', 'responsible_id', 'state', 'deadline_at')
    @api.depends_context('uid')
    def _compute_can_accept(self):
        now = clock.now(self.env)
        for run in self:
            run.can_accept = (
                run.is_unaccepted and run.responsible_id == self.env.user and run.state == 'pending' and not run_state.is_missed(run.deadline_at, now))

    @api.depends('is_unaccepted', 'given_by_id', 'responsible_id', 'answering_id')
    @api.depends_context('lang')
    def _compute_given_text(self):
        nobody = self.env._("everybody with the role")
        for run in self:
            names = {
                'giver': run.given_by_id.sudo().name, 'to': run.responsible_id.sudo().name or nobody,
                'whose': run.answering_id.sudo().name or nobody}
            run.given_text = run.is_unaccepted and self.env._(
                "Given by %(giver)s to %(to)s. Until they accept it, it counts for %(whose)s.", **names)

    # === ACTION METHODS === #

    def action_accept(self):
        """Take over what a colleague gave to the person: from now on it counts for them.

        :raises AccessError: it was given to somebody else, or its time has passed
        """
        self.check_access('write')
        for run in self:
            if run.responsible_id != self.env.user:
                raise AccessError(self.env._("“%(name)s”: only the person to whom it was given accepts it.", name=run.display_name))
            run.write({'responsible_id': self.env.uid})
        return True

    # === BUSINESS METHODS === #

    def _write_given(self, vals):  # returns nothing  # pylint: disable=missing-return
        """Write these values with a responsible among them: along come who answers for the run, and the department that it counts for."""
        given = {run: run._prepare_given(vals) for run in self}
        departments = self.env['it.duty']._departments({values['answering_id'] or vals['responsible_id'] for values in given.values() if values})
        groups = {}
        for run, values in given.items():
            if values:
                answering_id = values['answering_id'] if values['is_unaccepted'] else vals['responsible_id']
                values['department_id'] = departments.get((answering_id, run.company_id.id), False)
            groups.setdefault(tuple(values.items()), []).append(run.id)
        for values, ids in groups.items():
            with self._past_guard():  # what a person gave was checked; what follows from it is the software's
                # A person chose, unless the software says otherwise: the calendars do not overrule that.
                super(ItRunAnswerMixin, self.browse(ids)).write(  # past the run's own write  # pylint: disable=super-method-mismatch
                    {'responsible_basis': 'hand', **vals, **dict(values)})
        for run in self.filtered(lambda run: given[run].get('is_unaccepted')):
            run._message_log(body=run.given_text)

    def _who_answers(self):
        """Return for whom this one run counts; nobody in particular where everybody with the role could do it."""
        return self.answering_id if self.is_unaccepted else self.responsible_id

    def _prepare_given(self, vals):
        """Return who answers for this one run once these values give it to somebody; empty where it stays whose it was.

        It counts for whom it is given to when they take it themselves, when a manager gives it who had not to do it, and when the plan
        or a leave moves it. It does not when whoever has it passes it on, or enters the leave that moves it after it opened.
        """
        now, before, user = clock.now(self.env), self._who_answers(), self.env.user
        person_id = vals['responsible_id'] or False
        is_own = user == before
        if 'responsible_basis' in vals:  # the software's doing, by plan or leave
            if person_id == self.responsible_id.id and not self.is_unaccepted:
                return {}
            is_accepted, given_by_id = not is_own or self.open_at > now, False
        else:
            if person_id == self.responsible_id.id and not (self.is_unaccepted and person_id == user.id):
                return {}
            is_software = self.env.uid == SUPERUSER_ID
            is_accepted = is_software or person_id == user.id or (not is_own and user.has_group(MANAGER))
            given_by_id = not is_software and user.id
        if is_accepted or person_id == before.id:
            is_planned = not given_by_id and self.open_at > now
            return self._prepare_answering(given_by_id, False if is_planned else now)
        return {'is_unaccepted': True, 'answering_id': before.id, 'given_by_id': user.id, 'responsible_since': now}

    @api.model
    def _prepare_answering(self, given_by_id, since):
        """Return the values with which a run counts for its responsible."""
        return {'is_unaccepted': False, 'answering_id': False, 'given_by_id': given_by_id, 'responsible_since': since}

    def _prepare_doer(self, doer_id, now):
        """Return what it changes that somebody closes this one run, or nobody did after all: who answers for it, and the department.

        Who does in time what was given to them has accepted it. What is nobody's counts for the department of who closes it.
        """
        is_taken = bool(doer_id) and self.is_unaccepted and self.responsible_id.id == doer_id and not run_state.is_missed(self.deadline_at, now)
        if not is_taken and self._who_answers():
            return {}
        departments = self.env['it.duty']._departments({doer_id})
        return {
            **(self._prepare_answering(self.given_by_id.id, now) if is_taken else {}),
            'department_id': departments.get((doer_id, self.company_id.id), False)}

    def _could_have_done(self):
        """Tell whether this one run was the current user's to do: theirs, planned for them, or nobody's.

        Who has its role today says nothing of who had it then, and managers write roles and rotas: what was nobody's was everybody's.
        Who gave it away could have done it as well.
        """
        user = self.env.user
        return not self._who_answers() or user in self._who_answers() | self.responsible_id | self.planned_responsible_id | self.given_by_id
