from odoo import models
from odoo.fields import Domain


class HrEmployee(models.Model):
    """The tickets of an employee: what they asked for, and what was asked for them."""
    _name = 'hr.employee'
    _inherit = ['hr.employee', 'it.ticket.subject.mixin']

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        return super()._tickets_of() | Domain('requested_for_id', '=', self.id) | (Domain('requester_id', '=', self.user_id.id) if self.user_id else Domain.FALSE)
