from contextlib import contextmanager

from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class ItUsedMixin(models.AbstractModel):
    """Records that others name and cannot do without: who deletes one that is in use is told what uses it, and what to do instead."""
    _name = 'it.used.mixin'
    _description = "What Others Name"

    def unlink(self):
        with self._telling_uses():
            return super().unlink()

    @contextmanager
    def _telling_uses(self):
        """Let the block delete these records. :raises UserError: something that stays names one of them"""
        try:
            with self.env.cr.savepoint():
                yield
        except (ForeignKeyViolation, RestrictViolation) as error:  # the latter since PostgreSQL 18
            raise UserError(self._used_words(error.diag.table_name, error.diag.constraint_name)) from error

    def _used_words(self, table, constraint):
        """Return what is told of these records, which a row of a table names by a foreign key: what uses them, and how many of that."""
        model = next((one for one in self.env.registry.values() if one._table == table and not one._abstract), None)
        field = next((
            one for one in (self.env[model._name]._fields.values() if model else ())
            if one.type == 'many2one' and one.store and one.comodel_name == self._name and constraint == f'{table}_{one.name}_fkey'), None)
        names = ", ".join(self[:3].mapped('display_name'))
        instead = self.env._("Archive it instead.") if 'active' in self._fields else self.env._("Change that first.")
        if not field:
            return self.env._("“%(names)s” is still in use and cannot be deleted. %(instead)s", names=names, instead=instead)
        uses = dict(self.env.execute_query(SQL(
            "SELECT %(column)s, count(*) FROM %(table)s WHERE %(column)s = ANY(%(ids)s) GROUP BY %(column)s",
            column=SQL.identifier(field.name), table=SQL.identifier(table), ids=list(self.ids))))
        told = {
            'names': ", ".join(self.filtered(lambda record: record.id in uses)[:3].mapped('display_name')), 'count': sum(uses.values()),
            'kind': self.env['ir.model']._get(model._name).name, 'field': field.get_description(self.env, ['string'])['string'], 'instead': instead}
        if told['count'] == 1:
            return self.env._("“%(names)s” cannot be deleted: one record (%(kind)s) names it as “%(field)s”. %(instead)s", **told)
        return self.env._("“%(names)s” cannot be deleted: %(count)s records (%(kind)s) name it as “%(field)s”. %(instead)s", **told)
