from datetime import timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from . import clock


class ItAgeMixin(models.AbstractModel):
    """Search and group open records by how old they are. Age depends on now and is never stored: it is counted where it is asked for, by one statement.

    Who inherits it declares the field ``age_band`` with ``search='_search_age_band'``.
    """
    _name = 'it.age.mixin'
    _description = "Age of Open Records"

    _age_from = ''  # the moment from which it counts
    _age_open = ()  # the states of an open one
    _age_bands = ()  # (band, from how many days on), the youngest first

    # === COMPUTE METHODS === #

    def _search_age_band(self, operator, value):
        if operator != 'in':
            return NotImplemented
        now, is_open = clock.now(self.env), Domain('state', 'in', self._age_open)
        found, until = ~is_open if False in value else Domain.FALSE, None
        for band, days in reversed(self._age_bands):
            since, until = until, now - timedelta(days=days)
            if band in value:
                # The youngest has no edge: what begins this very moment belongs to it.
                found |= is_open & (Domain(self._age_from, '<=', until) if days else Domain.TRUE) & (
                    Domain(self._age_from, '>', since) if since else Domain.TRUE)
        return found

    # === GROUPS === #

    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec != 'age_band':
            return super()._read_group_groupby(alias, groupby_spec, query)
        begun, now = self._field_to_sql(alias, self._age_from, query), clock.now(self.env)
        cases = [SQL("WHEN %s <= %s THEN %s", begun, now - timedelta(days=days), band) for band, days in reversed(self._age_bands) if days]
        return SQL(
            "CASE WHEN %s NOT IN %s THEN NULL %s ELSE %s END", self._field_to_sql(alias, 'state', query), self._age_open, SQL(" ").join(cases),
            self._age_bands[0][0])
