from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.ticket_family import WORKED_ON
from ..mixins import clock


class ItTicketItem(models.Model):
    """One line of a ticket's checklist, copied from its category. Technicians tick it by a button; nobody writes it."""
    _name = 'it.ticket.item'
    _description = "IT Ticket Item"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _order = 'ticket_id, sequence, id'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'is_done', 'done_by_id', 'done_at'})
    _fixed_fields = frozenset({'ticket_id', 'name', 'is_required'})
    _sealed_with = 'ticket_id'
    _seal_columns = ('name', 'is_required', 'is_done', 'done_by_id', 'done_at')

    ticket_id = fields.Many2one('it.ticket', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    name = fields.Char("What is done", required=True)
    sequence = fields.Integer(default=10)
    is_required = fields.Boolean("Required")
    is_done = fields.Boolean("Done", readonly=True)
    done_by_id = fields.Many2one('res.users', string="Ticked by", readonly=True, ondelete='restrict')
    done_at = fields.Datetime("Ticked on", readonly=True)
    can_tick = fields.Boolean(compute='_compute_can_tick', help="Whether the one who looks may tick it now, or take the tick away.")

    _done_complete = models.Constraint(
        'CHECK(is_done IS NOT TRUE OR (done_by_id IS NOT NULL AND done_at IS NOT NULL))', "A ticked item tells who ticked it, and when.")

    # === COMPUTE METHODS === #

    @api.depends('ticket_id.state')
    @api.depends_context('uid')
    def _compute_can_tick(self):
        is_technician = self.env['it.ticket']._is_technician()
        for item in self:
            item.can_tick = is_technician and item.ticket_id.state in WORKED_ON

    # === ACTION METHODS === #

    def action_tick(self):
        """Say that this was done, and start the work if nobody did."""
        self._check_may_tick()
        self.ticket_id.filtered(lambda ticket: ticket.state == 'new').action_start()
        # sudo: nobody may write an item; that this technician may tick it was checked
        self.sudo().filtered(lambda item: not item.is_done)._transition(
            {'is_done': True, 'done_by_id': self.env.uid, 'done_at': clock.now(self.env)})

    def action_untick(self):
        """Take a tick away: it was not done after all."""
        self._check_may_tick()
        # sudo: as above
        self.sudo().filtered('is_done')._transition({'is_done': False, 'done_by_id': False, 'done_at': False})

    # === CHECKS === #

    def _check_may_tick(self):
        """:raises UserError: one of these belongs to a ticket that is resolved, closed or cancelled"""
        self.check_access('read')
        self.ticket_id._check_technician()
        if any(item.ticket_id.state not in WORKED_ON for item in self):
            raise UserError(self.env._("The checklist of a resolved ticket stays as it is. Reopen the ticket to change it."))
