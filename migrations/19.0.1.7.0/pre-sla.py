from odoo.tools.sql import column_exists, create_column

COLUMNS = {
    'response_hours': 'double precision', 'resolution_hours': 'double precision', 'target_calendar_id': 'integer', 'respond_by': 'timestamp',
    'response_warn_at': 'timestamp', 'resolution_warn_at': 'timestamp', 'response_worked_hours': 'double precision',
    'resolution_worked_hours': 'double precision', 'waiting_for': 'varchar', 'waiting_since': 'timestamp', 'waiting_reason': 'text',
    'response_state': 'varchar', 'resolution_state': 'varchar'}


def migrate(cr, version):
    """Promise nothing for the tickets of before: a column that is here already is not computed for all of them."""
    for name, kind in COLUMNS.items():
        if not column_exists(cr, 'it_ticket', name):
            create_column(cr, 'it_ticket', name, kind)
    cr.execute("UPDATE it_ticket SET response_state = 'none' WHERE response_state IS NULL")
    cr.execute("UPDATE it_ticket SET resolution_state = 'none' WHERE resolution_state IS NULL")
