def migrate(cr, version):
    """List nothing of silences that outlived their alerts and ended before this version: from now on their end lists what they hid."""
    cr.execute("""
        UPDATE it_alert SET silenced_at = NULL
         WHERE state IN ('resolved', 'merged') AND silenced_at IS NOT NULL AND silenced_until <= now() AT TIME ZONE 'UTC'""")
