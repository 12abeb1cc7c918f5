from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Note where this database lies, so that a copy of it can be told from it."""
    api.Environment(cr, SUPERUSER_ID, {})['it.database']._settle()
