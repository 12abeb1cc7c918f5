def migrate(cr, version):
    """Let a database know its access rights by their new ids, and leave its record rules to the company from now on."""
    cr.execute("""
        UPDATE ir_model_data AS known SET name = 'access_' || known.name
         WHERE known.module = 'it_continuity' AND known.model = 'ir.model.access' AND known.name NOT LIKE 'access\\_%'
           AND NOT EXISTS (SELECT FROM ir_model_data AS new WHERE new.module = known.module AND new.name = 'access_' || known.name)
    """)
    cr.execute("UPDATE ir_model_data SET noupdate = TRUE WHERE module = 'it_continuity' AND model = 'ir.rule'")
