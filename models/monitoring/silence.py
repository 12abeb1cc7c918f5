from datetime import datetime, timedelta

from odoo import api, models

from ..mixins import clock
from .agent import SILENT_AFTER_S

# An agent that found Odoo away comes back after at most this long (docs/protocol.md, Timing).
LONGEST_PAUSE_S = 900
JUDGE = 'it_continuity.ir_cron_judge'
WATCHING_PARAM = 'it_continuity.judge_watching_since'


class ItSilence(models.AbstractModel):
    """Hosts that fell silent while we listened: an outage each, which ends when the host is heard again."""
    _name = 'it.silence'
    _description = "Silence of Hosts"

    # === BUSINESS METHODS === #

    @api.model
    def _note_watching(self, cron=JUDGE, param=WATCHING_PARAM):
        """Keep since when a job, the judge's unless another is named, has been running without a break: before that, it was Odoo that was away.

        Each job that asks for it keeps its own: when Odoo is back, nobody knows which of them runs first.
        """
        params_sudo = self.env['ir.config_parameter'].sudo()
        if self._was_away(cron) or not params_sudo.get_param(param):
            params_sudo.set_param(param, clock.exact(self.env).replace(microsecond=0).isoformat())

    @api.model
    def _was_away(self, cron):
        """Tell whether a job of ours, which runs each minute, has not run for so long that it, or all of Odoo, was away. :param cron: its XML id"""
        heard_at = self.env.ref(cron).sudo().lastcall
        return not heard_at or heard_at <= clock.exact(self.env) - timedelta(seconds=SILENT_AFTER_S)

    @api.model
    def _watching_since(self, param=WATCHING_PARAM):
        """Return since when (naive UTC) we have been listening without a break, None when nobody has noted it yet."""
        since = self.env['ir.config_parameter'].sudo().get_param(param)
        return datetime.fromisoformat(since) if since else None

    @api.model
    def _note(self):
        """Open an outage for each host that fell silent while we were listening, and end those of hosts heard again."""
        outages, since = self.env['it.outage'], self._watching_since()
        if not since:
            return
        silent_before = clock.exact(self.env) - timedelta(seconds=SILENT_AFTER_S)
        outages.flush_model()
        for outage_id, heard_at in self._broken_silences(silent_before):
            outage = outages.browse(outage_id)
            outage._tell({'end_at': max(heard_at, outage.start_at + timedelta(seconds=1))})
        for agent_id, heard_at in self._new_silences(silent_before, since):
            outages._record(self.env['it.agent'].browse(agent_id), {'kind': 'agent_silent', 'start_at': max(heard_at, since)})

    @api.model
    def _broken_silences(self, silent_before):
        """Return (outage id, when the silence was over): the host was heard again, or nobody waits for its word any more."""
        self.env.cr.execute("""
            SELECT outage.id, date_trunc('second', CASE WHEN seen.at >= %(silent)s THEN seen.at ELSE %(now)s END)
              FROM it_outage AS outage
              JOIN it_agent AS agent ON agent.id = outage.agent_id
              JOIN LATERAL (SELECT max(last_seen) AS at FROM it_agent_stream WHERE agent_id = agent.id) AS seen ON TRUE
             WHERE outage.source = 'agent' AND outage.end_at IS NULL
               AND (seen.at >= %(silent)s OR NOT agent.active OR agent.state != 'active')
        """, {'silent': silent_before, 'now': clock.exact(self.env)})
        return self.env.cr.fetchall()

    @api.model
    def _new_silences(self, silent_before, since):
        """Return (agent id, last heard at) of the silent hosts without an outage.

        A host that was not heard of since we listen again may still be waiting before it tries again.
        """
        self.env.cr.execute("""
            SELECT agent.id, date_trunc('second', seen.at)
              FROM it_agent AS agent
              JOIN LATERAL (SELECT max(last_seen) AS at FROM it_agent_stream WHERE agent_id = agent.id) AS seen ON TRUE
             WHERE agent.active AND agent.state = 'active' AND NOT COALESCE(agent.is_server, false) AND seen.at < %(silent)s
               AND (seen.at >= %(since)s OR %(since)s < %(silent)s - make_interval(secs => %(pause)s))
               AND NOT EXISTS (SELECT 1 FROM it_outage WHERE agent_id = agent.id AND source = 'agent' AND end_at IS NULL)
             ORDER BY agent.id
        """, {'silent': silent_before, 'since': since, 'pause': LONGEST_PAUSE_S})
        return self.env.cr.fetchall()
