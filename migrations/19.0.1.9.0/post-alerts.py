from odoo import SUPERUSER_ID, api

CYCLE_S = 60


def migrate(cr, version):
    """Let checks and templates say the interval that is kept (shorter ones were taken, and hosts looked once a minute all the same), and open alerts
    no silence that ended while all was well.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model in ('it.check', 'it.check.template'):
        env[model].with_context(active_test=False).search([('every_s', '<', CYCLE_S)]).write({'every_s': CYCLE_S})
    cr.execute("""
        UPDATE it_alert SET silence_kind = NULL, silenced_at = NULL, silenced_by_id = NULL, silence_reason = NULL, silenced_until = NULL
         WHERE state = 'open' AND silenced_until IS NOT NULL""")
