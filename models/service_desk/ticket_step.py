from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..mixins import clock


class ItTicketStep(models.Model):
    """One thing that was done to solve a ticket. Closing needs at least one."""
    _name = 'it.ticket.step'
    _description = "IT Ticket Step"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _order = 'done_at, id'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'done_by_id', 'is_earlier', 'is_deed'})
    _fixed_fields = frozenset({'ticket_id'})
    _sealed_with = 'ticket_id'
    _seal_name = 'description'
    _seal_columns = ('description', 'done_by_id', 'done_at', 'minutes', 'is_earlier')

    ticket_id = fields.Many2one('it.ticket', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    category_id = fields.Many2one(related='ticket_id.category_id')
    description = fields.Text("What was done", required=True)
    done_by_id = fields.Many2one(
        'res.users', string="Done by", required=True, readonly=True, index=True, default=lambda self: self.env.user)
    done_at = fields.Datetime("Done on", required=True, default=lambda self: clock.now(self.env))
    minutes = fields.Integer(help="Minutes of work.")
    is_earlier = fields.Boolean("Before a reopening", readonly=True, help="It did not solve the request: the ticket was reopened after it.")

    is_deed = fields.Boolean("Written by Odoo", readonly=True, help="It tells which fields of a record were changed for who asked: nobody else is told.")

    _minutes_positive = models.Constraint('CHECK(minutes >= 0)', "Minutes of work cannot be negative.")
    _description_said = models.Constraint("CHECK(btrim(description) != '')", "Say in “What was done” what was done.")

    @api.constrains('done_at')
    def _check_done_at(self):
        if any(step.done_at > clock.now(self.env) for step in self):
            raise ValidationError(self.env._("“Done on” of a step lies in the future. Record what has been done."))

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_ticket_open()
        steps.ticket_id.filtered(lambda ticket: ticket.state == 'new').action_start()
        return steps

    def write(self, vals):
        self._check_ticket_open()
        self._check_own()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open(self):
        self._check_ticket_open()
        self._check_own()

    @api.model
    def _keep_deed(self, ticket, text):
        """Write a step of what the current user did for a ticket in Odoo, in words that only who asked gets to read."""
        with self._past_guard():
            return self.create({'ticket_id': ticket.id, 'description': text, 'is_deed': True})

    @api.model
    def _keep_hands(self, ticket, people, text):
        """Write on a ticket, in whatever state it is, that these people worked for it elsewhere: it is no solution, and stays theirs."""
        vals_list = [{'ticket_id': ticket.id, 'done_by_id': person.id, 'description': text, 'is_earlier': True} for person in people]
        steps_sudo = self.sudo()  # who parts two tickets need not read the other one
        with steps_sudo._past_guard():
            return super(ItTicketStep, steps_sudo).create(vals_list)  # past this class's own create  # pylint: disable=super-method-mismatch

    def _check_ticket_open(self):
        if any(step.ticket_id.state not in ('new', 'in_progress') for step in self):
            raise UserError(self.env._("The steps of a resolved ticket stay as they are. Reopen the ticket to add one."))
        if any(step.is_earlier for step in self):
            raise UserError(self.env._("What was done before a ticket was reopened stays as it is. Add a new step."))

    def _check_own(self):
        if any(step.done_by_id != self.env.user for step in self):
            raise AccessError(self.env._("A step can be changed only by the one who did it."))
