import secrets

from odoo import api, models

DB_ID = 'it_continuity.db_id'
PLACE = 'it_continuity.db_place'


class ItDatabase(models.AbstractModel):
    """Tells this database from its copies: agents and their witness of the evidence log speak to one of them alone."""
    _name = 'it.database'
    _description = "Identity of the Database"

    @api.model
    def _db_id(self):
        """Return the id that tells this database from its copies, '' in a neutralized one."""
        # Employees and agents may know the id, but not read the parameters.
        return self.env['ir.config_parameter'].sudo().get_param(DB_ID) or ''

    @api.model
    def _renew_db_id(self):
        # As in _db_id; who may ask for a new one is the caller's question.
        self.env['ir.config_parameter'].sudo().set_param(DB_ID, secrets.token_hex(16))

    @api.model
    def _place(self):
        """Return where PostgreSQL keeps this database: another place than before tells a restored or copied one."""
        self.env.cr.execute("SELECT oid::text || '/' || datname FROM pg_database WHERE datname = current_database()")
        return self.env.cr.fetchone()[0]

    @api.model
    def _is_moved(self):
        """Tell whether this database was copied, restored or renamed since somebody last said that it is where it belongs."""
        known = self.env['ir.config_parameter'].sudo().get_param(PLACE)  # as in _db_id
        return bool(known) and known != self._place()

    @api.model
    def _settle(self):
        """Take the present place for where this database belongs. Who may say so is the caller's question."""
        self.env['ir.config_parameter'].sudo().set_param(PLACE, self._place())
