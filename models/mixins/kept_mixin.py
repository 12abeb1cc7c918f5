from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from . import clock

KEPT_DAYS = 800  # as long as the changes of checks: two years are compared
MOST_AT_ONCE = 10000


class ItKeptMixin(models.AbstractModel):
    """Rows that a job writes past the ORM, once a ``day``: nobody makes, changes or deletes one, whatever rights they have."""
    _name = 'it.kept.mixin'
    _description = "Kept by a Job"
    _allow_sudo_commands = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):  # nobody makes one  # pylint: disable=method-required-super
        """:raises AccessError: whoever asks"""
        raise AccessError(self._kept_words())

    def write(self, vals):  # nobody writes one  # pylint: disable=method-required-super
        """:raises AccessError: whoever asks"""
        raise AccessError(self._kept_words())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):  # nobody deletes one but time
        raise AccessError(self._kept_words())

    # === BUSINESS METHODS === #

    @api.model
    def _kept_words(self):
        """Return in a sentence what is kept."""
        raise NotImplementedError

    @api.autovacuum
    def _gc_old(self):
        """Delete days of which no report tells any more."""
        if self._abstract:
            return None
        table = SQL.identifier(self._table)
        self.env.cr.execute(SQL(
            "DELETE FROM %s WHERE id IN (SELECT id FROM %s WHERE day < %s ORDER BY id LIMIT %s)", table, table,
            clock.now(self.env).date() - timedelta(days=KEPT_DAYS), MOST_AT_ONCE))
        count = self.env.cr.rowcount
        self.invalidate_model()
        return count, count == MOST_AT_ONCE
