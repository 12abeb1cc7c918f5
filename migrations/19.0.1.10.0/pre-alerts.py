from odoo.tools.sql import column_exists, create_column, rename_column


def migrate(cr, version):
    """Keep when people are to hear that an alert is over, which is one of its news now, and leave downtimes untold that ended long ago."""
    if column_exists(cr, 'it_alert', 'end_call_at'):
        cr.execute("DROP INDEX IF EXISTS it_alert_end_call_idx")
        rename_column(cr, 'it_alert', 'end_call_at', 'news_at')
        create_column(cr, 'it_alert', 'news', 'jsonb')
        cr.execute("""UPDATE it_alert SET news = '{"over": {}}' WHERE news_at IS NOT NULL""")
    if column_exists(cr, 'it_downtime', 'told_until'):
        cr.execute("""
            UPDATE it_downtime SET told_until = last_at WHERE told_until IS NULL AND last_at < (now() AT TIME ZONE 'UTC') - interval '31 days'
        """)
