from odoo import fields, models
from odoo.fields import Domain


class HrEmployee(models.Model):
    """The tickets of an employee: what they asked for, and what was asked for them."""
    _name = 'hr.employee'
    _inherit = ['hr.employee', 'it.ticket.subject.mixin']

    # What every colleague sees of an employee, Odoo reads as a whole: a field kept by groups would refuse them all of it.
    it_ticket_count = fields.Integer(groups=None)

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('requested_for_id', '=', self.id) | (Domain('requester_id', '=', self.user_id.id) if self.user_id else Domain.FALSE)
