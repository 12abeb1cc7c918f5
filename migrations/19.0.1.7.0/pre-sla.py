COLUMNS = {
    'response_hours': 'double precision', 'resolution_hours': 'double precision', 'target_calendar_id': 'integer', 'respond_by': 'timestamp',
    'response_warn_at': 'timestamp', 'resolution_warn_at': 'timestamp', 'response_worked_hours': 'double precision',
    'resolution_worked_hours': 'double precision', 'waiting_for': 'varchar', 'waiting_since': 'timestamp', 'waiting_reason': 'text'}
STATES = ('response_state', 'resolution_state')


def migrate(cr, version):
    """Promise nothing for the tickets of before: what is made here is not computed for all of them."""
    for name, kind in COLUMNS.items():
        cr.execute(f"ALTER TABLE it_ticket ADD COLUMN IF NOT EXISTS {name} {kind}")
    for name in STATES:
        cr.execute(f"ALTER TABLE it_ticket ADD COLUMN IF NOT EXISTS {name} varchar DEFAULT 'none'")
        cr.execute(f"ALTER TABLE it_ticket ALTER COLUMN {name} DROP DEFAULT")
