from odoo import api, fields, models

from ..lib.ticket_family import WORKED_ON
from ..models.mixins.notice import notice

SIMILAR = 6


class ItTicketJoin(models.TransientModel):
    """Asks to which other ticket some belong: as doubles of it, or as parts of a larger incident."""
    _name = 'it.ticket.join'
    _description = "Join Tickets"
    _inherit = ['it.asking.mixin']

    @api.model
    def _default_chosen(self):
        """Return the tickets from which the window was opened."""
        if self.env.context.get('active_model') != 'it.ticket':
            return self.env['it.ticket']
        return self.env['it.ticket'].browse(self.env.context.get('active_ids', [])).exists()

    @api.model
    def _default_tickets(self):
        return self._default_chosen().filtered(lambda ticket: ticket.state in WORKED_ON)

    @api.model
    def _default_left_out(self):
        return ", ".join(self._default_chosen().filtered(lambda ticket: ticket.state not in WORKED_ON).mapped('name'))

    ticket_ids = fields.Many2many('it.ticket', string="Tickets", default=lambda self: self._default_tickets(), readonly=True)
    left_out = fields.Char(default=lambda self: self._default_left_out(), readonly=True, help="Those that are solved or closed belong nowhere any more.")
    company_id = fields.Many2one('res.company', compute='_compute_company_id')
    earliest_at = fields.Datetime(compute='_compute_company_id', help="When the first of them was asked for: a double ends with what was asked for no later.")
    kind = fields.Selection(
        [('double', "It asks for the same: it ends here, and its requester hears when the other one is solved"),
         ('part', "It is a part of something larger: it is resolved with the other one, and its own requester confirms it")],
        "How they belong together", required=True, default='double')
    similar_ids = fields.Many2many('it.ticket', string="Open ones that are alike", compute='_compute_similar_ids')
    target_id = fields.Many2one('it.ticket', string="The other ticket")
    target_requester_id = fields.Many2one(related='target_id.requester_id')
    target_state = fields.Selection(related='target_id.state', string="State of the other ticket")
    target_description = fields.Html(related='target_id.description', string="What was said there")

    # === COMPUTE METHODS === #

    @api.depends('ticket_ids')
    def _compute_company_id(self):
        for window in self:
            window.company_id = window.ticket_ids.company_id[:1] or self.env.company
            window.earliest_at = min(window.ticket_ids.mapped('requested_at'), default=False)

    @api.depends('ticket_ids', 'kind')
    def _compute_similar_ids(self):
        for window in self:
            window.similar_ids = window.ticket_ids._origin._find_similar(SIMILAR, window.kind)

    # === ACTION METHODS === #

    def action_apply(self):
        """Join the tickets; the rules are theirs."""
        self.ensure_one()
        tickets, target = self.ticket_ids, self.target_id
        if self.kind == 'double':
            tickets.action_merge_into(target.id)
        else:
            tickets.action_join_incident(target.id)
        return notice(
            self.env._("The ticket belongs to %(number)s now.", number=target.name) if len(tickets) == 1
            else self.env._("%(count)s tickets belong to %(number)s now.", count=len(tickets), number=target.name))
