from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.groups import WORKERS


class ItTicketSubjectMixin(models.AbstractModel):
    """Somebody or something that tickets are about: its form leads to them. It is counted for forms, one record at a time."""
    _name = 'it.ticket.subject.mixin'
    _description = "What Tickets Are About"

    it_ticket_count = fields.Integer("Number of IT tickets", compute='_compute_it_ticket_count', groups=WORKERS)

    # === COMPUTE METHODS === #

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_it_ticket_count(self):
        """Count for those who work with tickets; anyone else, also where a program reads with elevated rights for them, is told of none."""
        is_told = self.env.user.has_groups(WORKERS)
        for record in self:
            record.it_ticket_count = self.env['it.ticket'].search_count(record._tickets_of()) if is_told and record.id else 0

    # === ACTION METHODS === #

    def action_open_it_tickets(self):
        """Return the tickets about this one record that the one who looks may read."""
        self.ensure_one()
        self.check_access('read')
        return self.env['it.ticket']._action_of(self.env._("Tickets: %(name)s", name=self.display_name), self._tickets_of())

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        """Return the domain of the tickets about this one record. Each model adds its own, and rooms above what they know of all."""
        return Domain.FALSE
