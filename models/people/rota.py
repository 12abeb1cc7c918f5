from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...lib import local_time, rota
from ..mixins import clock

PREVIEW_COUNT = 10
UNIT_DAYS = {'days': 1, 'weeks': 7}
# What changes whose turn a day is.
TURN_FIELDS = ('member_ids', 'turn_length', 'turn_unit', 'start_date', 'company_id', 'active')


class ItRota(models.Model):
    """People who take turns; whose turn a day is, lib.rota decides."""
    _name = 'it.rota'
    _description = "Rota"
    _inherit = ['it.used.mixin']
    _order = 'name, id'
    _check_company_auto = True

    @api.model
    def _default_start_date(self):
        today = clock.today(self.env, self.env.company)
        return today - timedelta(days=today.weekday())

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    start_date = fields.Date(
        "First turn begins", required=True, default=lambda self: self._default_start_date(),
        help="Local day on which the first member's first turn begins. Before it, the role is responsible.")
    turn_length = fields.Integer("Turn", required=True, default=1, help="How many days or weeks a turn lasts.")
    turn_unit = fields.Selection([('days', "Days"), ('weeks', "Weeks")], required=True, default='weeks')
    member_ids = fields.One2many('it.rota.member', 'rota_id', string="Members", copy=True)
    on_duty_id = fields.Many2one(
        'res.users', string="On duty", compute='_compute_turns', help="Whose turn today is, on leave or not.")
    stand_in_id = fields.Many2one(
        'res.users', string="Stands in today", compute='_compute_turns', help="Who is there instead of one on leave all day.")
    next_turns = fields.Text("Next turns", compute='_compute_turns', help="The next ten turns, and who stands in for one who is on leave all through.")

    _turn_length_positive = models.Constraint(
        'CHECK(turn_length BETWEEN 1 AND 366)', "A turn lasts between 1 and 366 days.")

    # === COMPUTE METHODS === #

    @api.depends('member_ids.user_id', 'member_ids.sequence', 'turn_length', 'turn_unit', 'start_date', 'company_id.itc_tz')
    @api.depends_context('lang')
    def _compute_turns(self):
        for record in self:
            today = clock.today(self.env, record.company_id)
            try:
                plan = record._rota()
            except rota.RotaError:
                record.on_duty_id = record.stand_in_id = record.next_turns = False
                continue
            turns = rota.turns(plan, today, PREVIEW_COUNT)
            duties = record._duties(plan, turns)
            record.on_duty_id = rota.on_duty(plan, today)
            record.next_turns = '\n'.join(record._turn_text(turn, duties[turn]) for turn in turns) or False
            now = rota.Turn(record.on_duty_id.id, today, today)
            duty = record._duties(plan, [now])[now] if record.on_duty_id else rota.Duty(None, 'plan')
            record.stand_in_id = duty.person if duty.basis != 'plan' else False

    # === CONSTRAINT METHODS === #

    @api.constrains('member_ids', 'turn_length', 'turn_unit')
    def _check_rota(self):
        for record in self:
            try:
                record._rota()
            except rota.RotaError as error:
                if len(set(record.member_ids.user_id.ids)) < len(record.member_ids):
                    message = self.env._("Members: each person stands in a rota once.")
                else:
                    message = self.env._("Turn: it lasts between 1 and 366 days.")
                raise ValidationError(message) from error

    @api.constrains('company_id')
    def _check_members(self):
        self.member_ids._check_user()

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(TURN_FIELDS):
            self._plan_people_anew()
        return result

    # === BUSINESS METHODS === #

    def _rota(self):
        """Return this one record as a ``lib.rota.Rota``.

        :raises lib.rota.RotaError: it contradicts itself
        """
        members = self.member_ids.filtered('user_id').sorted(lambda member: (member.sequence, member._origin.id or float('inf')))
        return rota.Rota(
            tuple(member.user_id._origin.id for member in members) if self.active else (),
            self.start_date or clock.today(self.env, self.company_id or self.env.company),
            self.turn_length * UNIT_DAYS[self.turn_unit or 'days'])

    def _duties(self, plan, turns):
        """Return ``{turn: lib.rota.Duty}``: who is there during each turn, its member or one who stands in."""
        if not turns:
            return {}
        tz = self.company_id.itc_tz or 'UTC'
        spans = {turn: (local_time.to_utc(turn.first, 0, tz), local_time.to_utc(turn.last, 24, tz)) for turn in turns}
        # Colleagues' leave is not everybody's to read, but whether one stands in is.
        is_away = self.env['it.calendar'].sudo()._away_test(
            self.company_id, self.env['res.users'].sudo().browse(plan.members), spans[turns[0]][0], spans[turns[-1]][1])
        return {turn: rota.assign(
            rota.Team(turn.member, plan.members), lambda user, span=span: is_away(user, *span)) for turn, span in spans.items()}

    def _turn_text(self, turn, duty):
        """Return one line: the days of a turn, its member and who stands in."""
        names = {user.id: user.name for user in self.env['res.users'].sudo().browse({turn.member, duty.person} - {None})}
        days = format_date(self.env, turn.first, date_format='EEE d MMM yyyy')
        if turn.last != turn.first:
            days = self.env._("%(first)s to %(last)s", first=days, last=format_date(self.env, turn.last, date_format='EEE d MMM yyyy'))
        if duty.basis == 'plan':
            return self.env._("%(days)s: %(name)s", days=days, name=names[turn.member])
        if duty.person:
            return self.env._("%(days)s: %(name)s, on leave; %(stand_in)s stands in",
                              days=days, name=names[turn.member], stand_in=names[duty.person])
        return self.env._("%(days)s: %(name)s, on leave like all others", days=days, name=names[turn.member])

    def _plan_people_anew(self):
        """Let what is planned follow these rotas' turns of now. Rooms above, which plan by rotas, do it; here nothing is planned."""


class ItRotaMember(models.Model):
    """One person's place in a rota."""
    _name = 'it.rota.member'
    _description = "Member of a Rota"
    _order = 'sequence, id'
    _rec_name = 'user_id'

    rota_id = fields.Many2one('it.rota', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        'res.users', string="Person", required=True, index=True, ondelete='cascade',
        domain="[('share', '=', False), ('company_ids', 'in', [company_id])]")
    company_id = fields.Many2one(related='rota_id.company_id')

    # === CONSTRAINT METHODS === #

    @api.constrains('user_id', 'rota_id')
    def _check_user(self):
        for member in self:
            user_sudo = member.user_id.sudo()  # which companies a colleague may enter is no secret here
            if user_sudo.share or member.rota_id.company_id not in user_sudo.company_ids:
                raise ValidationError(self.env._(
                    "Members: %(name)s cannot enter %(company)s.", name=user_sudo.name, company=member.rota_id.company_id.name))
        self.rota_id._check_rota()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.rota_id._plan_people_anew()
        return members

    def write(self, vals):
        rotas = self.rota_id
        result = super().write(vals)
        (rotas | self.rota_id)._plan_people_anew()
        return result

    def unlink(self):
        rotas = self.rota_id
        result = super().unlink()
        rotas._plan_people_anew()
        return result
