from odoo import fields, models
from odoo.fields import Domain


class HrEmployeePublic(models.Model):
    """The tickets of an employee, for technicians: they see no more of an employee than every colleague does."""
    _name = 'hr.employee.public'
    _inherit = ['hr.employee.public', 'it.ticket.subject.mixin']

    # What every colleague sees of an employee, Odoo reads as a whole: a field kept by groups would refuse them all of it.
    it_ticket_count = fields.Integer(groups=None)

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('requested_for_id', '=', self.id) | (Domain('requester_id', '=', self.user_id.id) if self.user_id else Domain.FALSE)
