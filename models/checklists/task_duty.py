from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .task_generation import SILENT

PEOPLE_FIELDS = frozenset({'user_id', 'rota_id', 'role_id'})


class ItTask(models.Model):
    """Who is responsible: a person, whose turn it is in a rota, or a role."""
    _inherit = 'it.task'

    rota_id = fields.Many2one(
        'it.rota', index='btree_not_null', check_company=True, ondelete='restrict', tracking=True,
        help="Each run is for the member whose turn its day is; the role stands in when no member is there.")
    on_duty_id = fields.Many2one('res.users', related='rota_id.on_duty_id', string="On duty today")

    lacks_people = fields.Boolean(
        "Nobody does it", compute='_compute_lacks_people', search='_search_lacks_people',
        help="No person, nobody in its rota and nobody in its role: its runs are put in front of nobody.")

    # === COMPUTE METHODS === #

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

    # === CONSTRAINT METHODS === #

    @api.constrains('user_id', 'rota_id')
    def _check_one_responsible(self):
        for task in self:
            if task.user_id and task.rota_id:
                raise ValidationError(self.env._(
                    "“%(name)s”: choose a responsible person or a rota, not both.", name=task.name))

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if not PEOPLE_FIELDS.isdisjoint(vals):
            self._plan_people_anew()
        return result

    # === BUSINESS METHODS === #

    def _people_values(self, day):
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
            ('task_id', 'in', tasks_sudo.ids), ('state', '=', 'pending'), ('open_at', '>', self.env.cr.now()),
            ('responsible_basis', '!=', 'hand')])
        people = {}
        for run in runs_sudo:
            values = run.task_id._people_values(run.date)
            people.setdefault(tuple(values.items()), runs_sudo.browse())
            people[tuple(values.items())] += run
        for values, runs in people.items():
            runs.with_context(**SILENT).write(dict(values))
        runs_sudo._hand_over()
