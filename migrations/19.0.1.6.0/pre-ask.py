def migrate(cr, version):
    """Leave open of which department the tickets of before are: what stands in the employees now is not what stood there then."""
    cr.execute("ALTER TABLE it_ticket ADD COLUMN IF NOT EXISTS department_id integer")
