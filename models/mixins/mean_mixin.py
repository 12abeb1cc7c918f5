from odoo import models
from odoo.tools import SQL


class ItMeanMixin(models.AbstractModel):
    """Records that are averaged by what only some of them have: what is not there yet is 0 in the database, and counts in no mean."""
    _name = 'it.mean.mixin'
    _description = "Mean of What Is There"

    # Names of the fields that are averaged, and of those that are filled in, and not 0, where there is something to average.
    _mean_where = {}

    # === BUSINESS METHODS === #

    def _read_group_select(self, aggregate_spec, query):
        """Return the mean of those records that have something to average; none of none."""
        select = super()._read_group_select(aggregate_spec, query)
        name, _colon, aggregator = aggregate_spec.partition(':')
        if aggregator != 'avg' or name not in self._mean_where:
            return select
        there = self._mean_where[name]
        column = self._field_to_sql(self._table, there, query)
        is_there = SQL("%s > 0", column) if self._fields[there].type in ('integer', 'float') else SQL("%s IS NOT NULL", column)
        return SQL("AVG(%s) FILTER (WHERE %s)", self._field_to_sql(self._table, name, query), is_there)
