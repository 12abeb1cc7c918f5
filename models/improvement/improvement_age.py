from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import improvement
from ..mixins import clock


class ItImprovementAgeMixin(models.AbstractModel):
    """How old improvements are. Age depends on now and is never stored: it is counted where it is asked for, grouped by one statement."""
    _name = 'it.improvement.age.mixin'
    _description = "Age of Improvements"

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

    def _search_age_band(self, operator, value):
        if operator != 'in':
            return NotImplemented
        now, is_open = clock.now(self.env), Domain('state', 'in', improvement.OPEN_STATES)
        found, until = ~is_open if False in value else Domain.FALSE, None
        for band, days in reversed(improvement.AGE_BANDS):
            since, until = until, now - timedelta(days=days)
            if band in value:
                # The youngest has no edge: what was suggested this very moment belongs to it.
                found |= is_open & (Domain('suggested_at', '<=', until) if days else Domain.TRUE) & (
                    Domain('suggested_at', '>', since) if since else Domain.TRUE)
        return found

    # === GROUPS === #

    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec != 'age_band':
            return super()._read_group_groupby(alias, groupby_spec, query)
        suggested, now = self._field_to_sql(alias, 'suggested_at', query), clock.now(self.env)
        cases = [
            SQL("WHEN %s <= %s THEN %s", suggested, now - timedelta(days=days), band) for band, days in reversed(improvement.AGE_BANDS) if days]
        return SQL(
            "CASE WHEN %s NOT IN %s THEN NULL %s ELSE %s END", self._field_to_sql(alias, 'state', query), improvement.OPEN_STATES, SQL(" ").join(cases),
            improvement.AGE_BANDS[0][0])
