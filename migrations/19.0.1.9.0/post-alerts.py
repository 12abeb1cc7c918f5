from odoo import SUPERUSER_ID, api

CYCLE_S = 60


def migrate(cr, version):
    """Let checks and templates say the interval that is kept (shorter ones were taken, and hosts looked once a minute all the same), open alerts
    no silence that ended while all was well, and archived checks that they wait for a first result if somebody looks again.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    # Past the ORM: what is looked at stays what it was, so who accepted a check, and when, stays too.
    cr.execute("UPDATE it_check_template SET every_s = %s WHERE every_s < %s", [CYCLE_S, CYCLE_S])
    cr.execute("UPDATE it_check SET every_s = %s WHERE every_s < %s RETURNING agent_id", [CYCLE_S, CYCLE_S])
    agents = env['it.agent'].browse({agent for agent, in cr.fetchall()})
    env.add_to_compute(agents._fields['config_rev'], agents)
    agents.flush_recordset(['config_rev'])
    cr.execute("""
        UPDATE it_alert SET silence_kind = NULL, silenced_at = NULL, silenced_by_id = NULL, silence_reason = NULL, silenced_until = NULL
         WHERE state = 'open' AND silenced_until IS NOT NULL""")
    cr.execute("UPDATE it_check SET attempt = 0 WHERE NOT active AND attempt > 0 AND state = 'unknown' AND is_hard")
    env.invalidate_all()
