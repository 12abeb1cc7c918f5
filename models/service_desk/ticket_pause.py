from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mixins import clock


class ItTicketPause(models.Model):
    """A time in which what was promised for a ticket stands still, and why. Only the ticket's own steps write it."""
    _name = 'it.ticket.pause'
    _description = "Pause of a Ticket"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _order = 'started_at desc, id desc'
    _rec_name = 'kind'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'ticket_id', 'kind', 'reason', 'started_at', 'ended_at', 'started_by_id', 'ended_by_id', 'of_id'})
    _sealed_with = 'ticket_id'
    _seal_name = 'kind'
    _seal_columns = ('kind', 'reason', 'started_at', 'ended_at', 'started_by_id', 'ended_by_id')

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    kind = fields.Selection(
        [('requester', "Waiting for the requester"), ('outside', "Waiting for somebody outside"), ('confirmation', "Solved, waiting for confirmation"),
         ('double', "Handled with another ticket")],
        "Why", required=True, readonly=True)
    reason = fields.Text("What is waited for", readonly=True)
    started_at = fields.Datetime("Since", required=True, readonly=True)
    ended_at = fields.Datetime("Until", readonly=True)
    started_by_id = fields.Many2one('res.users', string="Begun by", required=True, readonly=True, ondelete='restrict')
    ended_by_id = fields.Many2one('res.users', string="Ended by", readonly=True, ondelete='restrict')

    of_id = fields.Many2one(
        'it.ticket.pause', "Because of", readonly=True, index='btree_not_null', ondelete='cascade',
        help="The pause of the incident of which the ticket is a part: both end together.")

    _in_order = models.Constraint('CHECK(ended_at IS NULL OR ended_at >= started_at)', "A pause ends after it began.")
    _one_open = models.UniqueIndex('(ticket_id) WHERE ended_at IS NULL', "This ticket waits already.")

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raises UserError: always; what was waited for is part of the record"""
        raise UserError(self.env._("What a ticket waited for stays listed."))

    # === BUSINESS METHODS === #

    @api.model
    def _begin(self, ticket, kind, reason=False, **values):
        """Let the time of a ticket stand still from now on, or as ``values`` say. The caller has checked that the user may do this step."""
        pauses_sudo = self.sudo()  # nobody makes these by hand
        pauses_sudo.flush_model(['ended_at'])  # the one before has ended in the database too
        with pauses_sudo._past_guard():
            pause_sudo = pauses_sudo.create({
                'ticket_id': ticket.id, 'kind': kind, 'reason': reason, 'started_at': clock.now(self.env), 'started_by_id': self.env.uid, **values})
        pause_sudo._settle_parts()
        return pause_sudo

    def _end(self, user=None):
        """End these pauses now. :param user: whose word ended them, if it was not the one who acts"""
        self._transition({'ended_at': clock.now(self.env), 'ended_by_id': (user or self.env.user).id})
        self._settle_parts()

    def _settle_parts(self):
        self.filtered(lambda pause: pause.kind == 'outside').ticket_id.child_ids._settle_held()
