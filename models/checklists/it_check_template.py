from odoo import api, models
from odoo.exceptions import UserError


class ItCheckTemplate(models.Model):
    """Kept as long as an item of a task relies on it."""
    _inherit = 'it.check.template'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_it_answers(self):
        """Refuse to delete what spares people a question: without it less would be asked than before, not more."""
        for item in self.env['it.task.item'].sudo().search([('answered_by_ids', 'in', self.ids)], limit=1):
            raise UserError(self.env._(
                "“%(item)s” of “%(task)s” is asked only without a check of this template. Archive the template, or take it out of the item first.",
                item=item.name, task=item.task_id.name))
