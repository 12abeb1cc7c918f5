from odoo import api, fields, models

from ...lib import improvement
from ..mixins import clock


class ItImprovementAgeMixin(models.AbstractModel):
    """How old improvements are."""
    _name = 'it.improvement.age.mixin'
    _description = "Age of Improvements"
    _inherit = ['it.age.mixin']

    _age_from, _age_open, _age_bands = 'suggested_at', improvement.OPEN_STATES, improvement.AGE_BANDS

    age_days = fields.Integer("Age in days", compute='_compute_age', help="Since it was suggested; of a closed one, how long it took.")
    age_band = fields.Selection(
        [('0', "Less than a week"), ('1', "A week to a month"), ('2', "A month to three"), ('3', "Three months or more")], "Age", compute='_compute_age',
        search='_search_age_band', help="Since it was suggested; empty once it is closed or dismissed.")

    # === COMPUTE METHODS === #

    @api.depends('suggested_at', 'closed_at', 'state')
    def _compute_age(self):
        now = clock.now(self.env)
        for record in self:
            record.age_days = record.suggested_at and max(0, ((record.closed_at or now) - record.suggested_at).days)
            is_open = record.suggested_at and record.state in improvement.OPEN_STATES
            record.age_band = improvement.age_band(record.age_days) if is_open else False
