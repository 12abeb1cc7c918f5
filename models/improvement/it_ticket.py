from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.groups import WORKERS


class ItTicket(models.Model):
    """A ticket that is flagged for improvement, or on which a known error helps."""
    _name = 'it.ticket'
    _inherit = ['it.ticket', 'it.improvement.flag.mixin']

    known_error_text = fields.Text("Known error", compute='_compute_known_error_text', groups=WORKERS)

    # === COMPUTE METHODS === #

    @api.depends('category_id', 'asset_id', 'company_id')
    def _compute_known_error_text(self):
        """Tell what helps meanwhile with tickets of the same kind, about the same system or about none in particular."""
        improvements = self.env['it.improvement']
        for company, tickets in self.grouped('company_id').items():
            known = improvements._known_errors(company, Domain('category_id', 'in', tickets.category_id.ids)) if company else improvements
            for ticket in tickets:
                fitting = known.filtered(lambda one, ticket=ticket: (
                    one.category_id == ticket.category_id and one.asset_id in (ticket.asset_id, self.env['it.asset'])))
                ticket.known_error_text = "\n".join(f"{one.number}: {one.known_error}" for one in fitting)

    # === BUSINESS METHODS === #

    def _get_flag_pattern(self):
        pattern = 'supply' if self.category_id.nature == 'supply' else 'ticket'
        return pattern, {'category_id': self.category_id.id, 'asset_id': self.asset_id.id}

    def _prepare_flag(self):
        return {'name': self.env._("Improve: %(what)s", what=self.subject)}
