from odoo import models
from odoo.fields import Domain


class ItTicketSubjectMixin(models.AbstractModel):
    """What was made or changed for a ticket leads back to it, too."""
    _inherit = 'it.ticket.subject.mixin'

    _it_kept_as = ''  # the model under which it is listed what was done for a ticket, if that is another one

    # === BUSINESS METHODS === #

    def _tickets_of(self):
        records = self.env['it.ticket.record'].search([('res_model', '=', self._it_kept_as or self._name), ('res_id', '=', self.id)])
        return super()._tickets_of() | Domain('id', 'in', records.ticket_id.ids)
