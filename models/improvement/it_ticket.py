from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.groups import WORKERS
from .it_deed_plan import IMPROVE


class ItTicket(models.Model):
    """A ticket that is flagged for improvement, or on which a known error helps."""
    _name = 'it.ticket'
    _inherit = ['it.ticket', 'it.improvement.flag.mixin']

    known_error_text = fields.Text("Known error", compute='_compute_known_error_text', groups=WORKERS)

    # === COMPUTE METHODS === #

    @api.depends('category_id', 'asset_id', 'company_id')
    def _compute_known_error_text(self):
        """Tell what helps meanwhile with tickets of the same kind, and with any about the same system where it is about no kind in particular."""
        improvements = self.env['it.improvement']
        for company, tickets in self.grouped('company_id').items():
            of_kind = Domain('category_id', 'in', tickets.category_id.ids)
            about_it = Domain('asset_id', 'in', tickets.asset_id.ids) | Domain('check_id.asset_id', 'in', tickets.asset_id.ids)
            known = improvements._known_errors(company, of_kind | Domain('category_id', '=', False) & about_it) if company else improvements
            for ticket in tickets:
                ticket.known_error_text = known.filtered(ticket._fits_known_error)._get_known_error_text()

    # === BUSINESS METHODS === #

    def _fits_known_error(self, known):
        """Tell whether what helps with this one improvement helps with this one ticket."""
        if known.category_id:
            return known.category_id == self.category_id and known.asset_id in (self.asset_id, self.env['it.asset'])
        return bool(self.asset_id & (known.asset_id | known.check_id.asset_id))

    def _is_idea(self):
        """Tell whether this one ticket asks for an improvement: then it is alike with no other."""
        return self.env['it.deed.plan']._wanted(self) == IMPROVE

    def _get_made_of_idea(self):
        """Return what was made of this one idea; what repeats, and names it among others, is something else."""
        return self.env['it.improvement'].search([('ticket_ids', 'in', self.ids), ('pattern', '=', False)], limit=1)

    def _find_flagged(self):
        return self._get_made_of_idea().sudo().filtered(lambda one: one.state != 'closed') if self._is_idea() else super()._find_flagged()

    def _get_flag_pattern(self):
        if self._is_idea():
            return False, {}
        pattern = 'supply' if self.category_id.nature == 'supply' else 'ticket'
        return pattern, {'category_id': self.category_id.id, 'asset_id': self.asset_id.id}

    def _prepare_flag(self):
        if self._is_idea():  # who had it is told what becomes of it
            return {**self.env['it.deed.plan']._prepare_improvement(self), 'suggested_by_id': self.requester_id.id}
        return {'name': self.env._("Improve: %(what)s", what=self.subject)}
