from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import ticket_load
from ...lib.ticket_family import OPEN, WORKED_ON
from ..mixins import clock

OLDEST = 'age_days:max'


class ItTicketLoadMixin(models.AbstractModel):
    """How long tickets wait, how many somebody has, and to whom the next one goes."""
    _name = 'it.ticket.load.mixin'
    _description = "Load and Age of Tickets"
    _inherit = ['it.age.mixin']

    _age_from, _age_open, _age_bands = 'requested_at', OPEN, ticket_load.BANDS

    age_days = fields.Integer("Days since it was requested", compute='_compute_age_days', aggregator='max', help="Of a ticket that is open.")
    age_band = fields.Selection(
        [('fresh', "Less than 2 days old"), ('days', "2 to 6 days old"), ('old', "A week old or more")], "How old", compute='_compute_age_days',
        search='_search_age_band', help="Since it was requested; empty once it is closed.")

    # === COMPUTE METHODS === #

    @api.depends('requested_at', 'state')
    def _compute_age_days(self):
        now = clock.now(self.env)
        for ticket in self:
            is_open = ticket.requested_at and ticket.state in OPEN
            ticket.age_days = max(0, (now - ticket.requested_at).days) if is_open else 0
            ticket.age_band = ticket_load.band(ticket.age_days) if is_open else False

    # === ACTION METHODS === #

    def action_hand_out(self):
        """Give each of these tickets that nobody has to who is on duty for it and has the fewest."""
        self._check_technician()
        self._check_state(*OPEN)
        for ticket in self.filtered(lambda ticket: not ticket.assignee_id):
            person = ticket._next_person(ticket._people_on_duty())
            if person:
                ticket.assignee_id = person

    # === BUSINESS METHODS === #

    def _hand_out(self):
        """Give those of these new tickets that nobody has to who has the fewest, where their category says so and its role has people."""
        for ticket_sudo in self.sudo():  # who asks assigns nobody
            category = ticket_sudo.category_id
            if category.handing == 'fewest' and not ticket_sudo.assignee_id and ticket_sudo._workers_among(category.role_id.user_ids):
                ticket_sudo.assignee_id = ticket_sudo._next_person(ticket_sudo._people_on_duty())

    def _next_person(self, people):
        """Return to whom of these people this one ticket goes."""
        self.ensure_one()
        loads = self._loads(people)
        newest = dict(self.env['it.ticket'].sudo()._read_group([('assignee_id', 'in', people.ids)], ['assignee_id'], ['id:max']))
        key = ticket_load.next_person(ticket_load.Person(one.id, loads.get(one, 0), newest.get(one, 0)) for one in people)
        return people.browse(key or [])

    @api.model
    def _loads(self, people):
        """Return ``{user: how many tickets they work on}``, of all companies: it is one day that they have."""
        # sudo: how much somebody has is counted, nothing of it read
        return dict(self.env['it.ticket'].sudo()._read_group(
            [('assignee_id', 'in', people.ids), ('state', 'in', WORKED_ON)], ['assignee_id'], ['__count']))

    # === GROUPS === #

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != OLDEST:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "MAX(EXTRACT(DAY FROM %s - %s)) FILTER (WHERE %s IN %s)", clock.now(self.env), self._field_to_sql(self._table, 'requested_at', query),
            self._field_to_sql(self._table, 'state', query), OPEN)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        if aggregate_spec != OLDEST:
            return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)
        return (max(0, int(value or 0)) for value in raw_values)
