import secrets

from odoo import api, models

DB_ID = 'it_continuity.db_id'


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
