from odoo import fields, models


class ItTask(models.Model):
    """A task that is done by improving something."""
    _inherit = 'it.task'

    counts_improvements = fields.Boolean(
        "Proven by improvements",
        help="A run verifies itself when an improvement was documented and moved forward in its time. By hand it is done with a note.")
    improvement_ids = fields.One2many('it.improvement', 'task_id', string="Improvements")
