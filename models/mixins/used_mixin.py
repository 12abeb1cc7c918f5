import re
from contextlib import contextmanager

from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

REFUSALS = (ForeignKeyViolation, RestrictViolation)  # the latter since PostgreSQL 18
KEY = re.compile(r'\((\w+)\)=\((\d+)\)')  # of which row PostgreSQL speaks, in any of its languages


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
        except REFUSALS as error:
            raise UserError(self._used_words(error.diag.table_name, error.diag.constraint_name)) from error

    # === OUR OWN RECORDS === #

    def _used_words(self, table, constraint):
        """Return what is told of these records, which a row of a table names by a foreign key: what uses them, and how many of that."""
        field = self._naming_field(table, constraint)
        if not field or field.comodel_name != self._name or field.type != 'many2one':
            return self._still_used_words(self)
        uses = dict(self.env.execute_query(SQL(
            "SELECT %(column)s, count(*) FROM %(table)s WHERE %(column)s = ANY(%(ids)s) GROUP BY %(column)s",
            column=SQL.identifier(field.name), table=SQL.identifier(table), ids=list(self.ids))))
        return self._named_words(self.filtered(lambda record: record.id in uses), sum(uses.values()), field)

    # === RECORDS OF OTHER APPS === #

    @api.model
    def _words_of_refusal(self, error):
        """Return why the database did not delete a record of any app that one of ours names; '' if that is not what it refused.

        Only what the person may read is told; of anything else no more than that something uses it.

        :param error: the refusal; all of the transaction has been taken back
        """
        row = KEY.search(error.diag.message_detail or '') if isinstance(error, REFUSALS) else None
        field = row and row[1] == 'id' and self._naming_field(error.diag.table_name, error.diag.constraint_name)
        if not field or self.env[field.model_name]._original_module != self._original_module:
            return ''
        record = self.env[field.comodel_name].browse(int(row[2]))
        if not record.has_access('read'):
            return self.env._("What would be deleted along with it is still in use and cannot be deleted.")
        users = self.env[field.model_name].with_context(active_test=False)
        is_told = users.has_access('read') and users._has_field_access(field, 'read')
        count = users.search_count([(field.name, 'in', record.ids)]) if is_told else 0
        return self._named_words(record, count, field) if count else self._still_used_words(record)

    # === WORDS === #

    @api.model
    def _naming_field(self, table, constraint):
        """Return the field by which a row of a table names another record, None if none is known for this foreign key."""
        for model in self.env.registry.values():
            if model._abstract:
                continue
            for field in model._fields.values():
                if field.store and field.type == 'many2one' and model._table == table and constraint == f'{table}_{field.name}_fkey':
                    return field
                if field.store and field.type == 'many2many' and field.relation == table and constraint == f'{table}_{field.column2}_fkey':
                    return field
        return None

    @api.model
    def _instead_words(self, records):
        return self.env._("Archive it instead.") if 'active' in records._fields else self.env._("Change that first.")

    @api.model
    def _still_used_words(self, records):
        return self.env._(
            "“%(names)s” is still in use and cannot be deleted. %(instead)s", names=self._names_of(records), instead=self._instead_words(records))

    @api.model
    def _named_words(self, records, count, field):
        told = {
            'names': self._names_of(records), 'count': count, 'kind': self.env['ir.model']._get(field.model_name).name,
            'field': field.get_description(self.env, ['string'])['string'], 'instead': self._instead_words(records)}
        if count == 1:
            return self.env._("“%(names)s” cannot be deleted: one record (%(kind)s) names it as “%(field)s”. %(instead)s", **told)
        return self.env._("“%(names)s” cannot be deleted: %(count)s records (%(kind)s) name it as “%(field)s”. %(instead)s", **told)

    @api.model
    def _names_of(self, records):
        return ", ".join(records[:3].mapped('display_name'))
