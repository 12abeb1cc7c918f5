from odoo import fields, models
from odoo.tools import SQL

from ..lib import compliance, ticket_figures
from ..models.mixins import clock

# Shares of promises kept: of those that are decided, whatever still runs or waits.
SHARES = {name: (f'{name}_met', f'{name}_missed') for name in ('response', 'resolution')}


class ItTicketReport(models.Model):
    """One line a ticket, with columns of 0 and 1 to add up and hours to average; as what it counts is decided in ``lib.ticket_figures``.

    A ticket belongs to the day on which it was asked for, by its company's clock. A double is a line too, and counts in its own column only.
    """
    _name = 'it.ticket.report'
    _description = "Tickets in Figures"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'ticket_id'
    _depends = {
        'it.ticket': [
            'company_id', 'category_id', 'department_id', 'requester_id', 'assignee_id', 'asset_id', 'priority', 'channel', 'state',
            'requested_at', 'first_answer_at', 'resolved_at', 'due_at', 'confirmation_kind', 'duplicate_of_id', 'reopen_count',
            'waiting_for', 'response_state', 'resolution_state', 'response_worked_hours', 'resolution_worked_hours', 'rating_last_value',
        ],
        'it.ticket.category': ['nature'],
        'res.company': ['itc_tz'],
    }

    ticket_id = fields.Many2one('it.ticket', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    date = fields.Date("Requested on", readonly=True, help="Day on which it was asked for, by the company's clock.")
    category_id = fields.Many2one('it.ticket.category', string="Type", readonly=True)
    nature = fields.Selection(lambda self: self.env['it.ticket.category']._fields['nature'].selection, "What it is", readonly=True)
    department_id = fields.Many2one(
        'hr.department', readonly=True, help="Of the colleague whom it is for, as it was when the ticket was logged.")
    requester_id = fields.Many2one('res.users', string="Requested by", readonly=True)
    assignee_id = fields.Many2one('res.users', string="Assigned to", readonly=True)
    asset_id = fields.Many2one('it.asset', string="About", readonly=True)
    priority = fields.Selection(lambda self: self.env['it.ticket']._fields['priority'].selection, readonly=True)
    channel = fields.Selection(lambda self: self.env['it.ticket']._fields['channel'].selection, readonly=True)
    outcome = fields.Selection([
        ('open', "Open"), ('waiting', "Waits for the requester"), ('confirmed', "Confirmed"), ('silent', "Closed without an answer"),
        ('colleague', "Closed by another technician"), ('cancelled', "Cancelled"), ('double', "Double of another"),
    ], readonly=True)
    response_state = fields.Selection(
        lambda self: self.env['it.ticket']._fields['response_state'].selection, "Promise of the first answer", readonly=True)
    resolution_state = fields.Selection(
        lambda self: self.env['it.ticket']._fields['resolution_state'].selection, "Promise of the solution", readonly=True)
    age_band = fields.Selection(
        [('0', "Less than 2 days"), ('1', "2 to 6 days"), ('2', "7 to 29 days"), ('3', "30 days or more")],
        "Age", readonly=True, help="How long ago an open one was asked for.")
    tickets = fields.Integer(readonly=True, help="Every ticket that is no double of another.")
    doubles = fields.Integer(readonly=True, help="The same request logged once more; it counts nowhere else.")
    open = fields.Integer(readonly=True, help="Not solved yet.")
    waiting = fields.Integer("Waits for the requester", readonly=True, help="Solved, and who asked has not said so yet.")
    confirmed = fields.Integer(readonly=True, help="Closed by the word of who asked.")
    silent = fields.Integer("Closed without an answer", readonly=True)
    colleague = fields.Integer(
        "Closed by another technician", readonly=True,
        help="In words: who asked worked on it too, or wrote something and neither confirmed nor reopened it.")
    cancelled = fields.Integer(readonly=True)
    reopened = fields.Integer(readonly=True, help="Put back to work once or more.")
    paused = fields.Integer(readonly=True, help="Of the open ones: they wait for who asked, or for somebody outside.")
    overdue = fields.Integer("Later than promised", readonly=True, help="Open, not paused, and past the time by which it should be solved.")
    answered = fields.Integer("With a first answer", readonly=True)
    solved = fields.Integer(readonly=True, help="Closed, or solved and waiting for the word of who asked.")
    answer_hours = fields.Float(
        "Hours to the first answer", readonly=True, aggregator='avg', digits=(16, 1), help="Of the working time, from when it was logged.")
    solve_hours = fields.Float(
        "Hours to the solution", readonly=True, aggregator='avg', digits=(16, 1),
        help="Of the working time, from when it was asked for until it was solved the last time, without what it had to wait for.")
    response_met = fields.Integer("First answer in time", readonly=True)
    response_missed = fields.Integer("First answer late", readonly=True)
    response_pct = fields.Float(
        "First answer in time %", readonly=True, aggregator='avg', digits=(5, 1), help="Of those of which it is decided.")
    resolution_met = fields.Integer("Solved in time", readonly=True)
    resolution_missed = fields.Integer("Solved late", readonly=True)
    resolution_pct = fields.Float("Solved in time %", readonly=True, aggregator='avg', digits=(5, 1), help="Of those of which it is decided.")
    rated = fields.Integer(readonly=True, help="Who asked said how it was.")
    rating = fields.Float("How it was, 1 to 5", readonly=True, aggregator='avg', digits=(5, 1))
    age_days = fields.Float("Age, days", readonly=True, aggregator='avg', digits=(16, 1), help="How long ago an open one was asked for.")
    oldest_days = fields.Float(
        "Oldest, days", readonly=True, aggregator='max', digits=(16, 1), help="How long ago the oldest open one was asked for.")

    # === ACTION METHODS === #

    def action_open_ticket(self):
        """Open the ticket behind this line."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'it.ticket',
            'res_id': self.ticket_id.id,
            'views': [(False, 'form')],
        }

    # === BUSINESS METHODS === #

    def _read_group_select(self, aggregate_spec, query):
        """Return a group's share as lib counts and rounds it, whatever lines it has."""
        name, _colon, aggregator = aggregate_spec.partition(':')
        share = name.removesuffix('_pct')
        if share == name or share not in SHARES or aggregator != 'avg':
            return super()._read_group_select(aggregate_spec, query)
        met, missed = (super(ItTicketReport, self)._read_group_select(f'{one}:sum', query) for one in SHARES[share])
        return _share(met, missed)

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        columns = [SQL("(line.outcome = %s)::int AS %s", one.value, SQL.identifier(one.value))
                   for one in ticket_figures.Outcome if one is not ticket_figures.Outcome.DOUBLE]
        for share in SHARES:
            met, missed = (
                SQL("(NOT line.is_double AND line.%s IS NOT DISTINCT FROM %s)::int", SQL.identifier(f'{share}_state'), state)
                for state in ('met', 'missed'))
            columns += [
                SQL("%s AS %s", met, SQL.identifier(f'{share}_met')), SQL("%s AS %s", missed, SQL.identifier(f'{share}_missed')),
                SQL("%s AS %s", _share(met, missed), SQL.identifier(f'{share}_pct'))]
        return SQL("""
            SELECT line.id, line.id AS ticket_id, line.company_id, line.date, line.category_id, line.nature, line.department_id,
                   line.requester_id, line.assignee_id, line.asset_id, line.priority, line.channel, line.outcome,
                   line.response_state, line.resolution_state,
                   CASE WHEN line.is_open THEN %(age_band)s END AS age_band,
                   (NOT line.is_double)::int AS tickets, line.is_double::int AS doubles,
                   %(columns)s,
                   (NOT line.is_double AND COALESCE(line.reopen_count, 0) > 0)::int AS reopened,
                   (line.outcome = 'open' AND line.waiting_for IS NOT NULL)::int AS paused,
                   (line.outcome = 'open' AND line.waiting_for IS NULL AND COALESCE(line.due_at < %(now)s, FALSE))::int AS overdue,
                   (NOT line.is_double AND line.first_answer_at IS NOT NULL)::int AS answered,
                   (NOT line.is_double AND line.resolved_at IS NOT NULL)::int AS solved,
                   CASE WHEN NOT line.is_double THEN line.answer_hours END AS answer_hours,
                   CASE WHEN NOT line.is_double THEN line.solve_hours END AS solve_hours,
                   (NOT line.is_double AND COALESCE(line.rating_last_value, 0) > 0)::int AS rated,
                   CASE WHEN NOT line.is_double AND line.rating_last_value > 0 THEN line.rating_last_value END AS rating,
                   CASE WHEN line.is_open THEN line.age_days END AS age_days,
                   CASE WHEN line.is_open THEN line.age_days END AS oldest_days
        """, columns=SQL(", ").join(columns), age_band=SQL(ticket_figures.age_band_sql('line.age_days')), now=clock.now(self.env))

    def _from(self):
        # OFFSET 0: what became of a ticket is decided once a ticket, not once more in each column that asks for it.
        return SQL(
            """
              FROM (SELECT ticket.*, category.nature, decided.outcome, decided.outcome = 'double' AS is_double,
                           decided.outcome IN %(open)s AS is_open,
                           (ticket.requested_at AT TIME ZONE 'UTC' AT TIME ZONE company.itc_tz)::date AS date,
                           CASE WHEN ticket.first_answer_at IS NOT NULL THEN ticket.response_worked_hours END AS answer_hours,
                           CASE WHEN ticket.resolved_at IS NOT NULL THEN ticket.resolution_worked_hours END AS solve_hours,
                           EXTRACT(epoch FROM %(now)s - ticket.requested_at) / 86400 AS age_days
                      FROM it_ticket AS ticket
                      JOIN it_ticket_category AS category ON category.id = ticket.category_id
                      JOIN res_company AS company ON company.id = ticket.company_id
                     CROSS JOIN LATERAL (SELECT %(outcome)s AS outcome OFFSET 0) AS decided) AS line
            """,
            now=clock.now(self.env), open=tuple(one.value for one in ticket_figures.OPEN_OUTCOMES), outcome=SQL(ticket_figures.outcome_sql()))


def _share(met, missed):
    """Return the percentage of what was met in all that is decided, as an SQL expression over two of whole numbers."""
    return SQL(compliance.percent_sql('(%(part)s)', '(%(whole)s)'), part=met, whole=SQL("%s + %s", met, missed))
