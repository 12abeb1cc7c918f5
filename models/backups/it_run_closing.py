from odoo import api, models


class ItRunClosing(models.AbstractModel):
    """Backups prove runs as checks do."""
    _inherit = 'it.run.closing'

    # === BY CHECKS === #

    @api.model
    def _tasks_bound_to(self, checks=None):
        """Count the tasks of the sets at whose places one of these checks looks; of all sets with places when no check is named."""
        places = 'backup_set_ids.place_ids'
        domain = [(places, '!=', False)] if checks is None else [(f'{places}.check_id', 'in', checks.ids)]
        return super()._tasks_bound_to(checks) | self.env['it.task'].sudo().search(domain)
