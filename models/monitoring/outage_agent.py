from datetime import datetime, timedelta, timezone

from odoo import api, models

from .agent import SILENT_AFTER_S

# An agent that found Odoo away comes back after at most this long (docs/protocol.md, Timing).
LONGEST_PAUSE_S = 900
WATCHING_PARAM = 'it_continuity.judge_watching_since'


class ItOutage(models.Model):
    """Outages that hosts tell of by themselves."""
    _inherit = 'it.outage'

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, agent, values):
        """Record what an agent tells; nobody reported it.

        :return: the new outage; none when it is recorded already
        """
        if self.search_count([('agent_id', '=', agent.id), ('start_at', '=', values['start_at'])], limit=1):
            return self.browse()
        outage = self.create({'asset_id': agent.asset_id.id, 'company_id': agent.company_id.id, **values})
        outage._transition({'source': 'agent', 'agent_id': agent.id, 'reported_by_id': False})
        return outage

    def _tell(self, values):
        """Write what the agent of these outages tells of them now, past the guard that keeps people from its times."""
        self._transition(values)


class ItAgent(models.Model):
    _inherit = 'it.agent'

    # === BUSINESS METHODS === #

    def _apply_event(self, kind, ts, data):  # returns nothing  # pylint: disable=missing-return
        super()._apply_event(kind, ts, data)
        if kind == 'boot' and data.get('clean') is False:
            booted_at = datetime.fromisoformat(data['boot_time']).astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
            self._record_unclean_stop(booted_at + timedelta(seconds=round(self.clock_skew_s)))

    def _record_unclean_stop(self, booted_at):
        """Record that this host stood still from its last word before the boot until the boot.

        A host that was never heard of before tells nothing of how long that was. Its silence, if it was noticed, is this stop.
        The end of a stop before it is a word too, though power that comes back for a minute lets nothing be measured.

        :param booted_at: naive UTC by the server's clock
        """
        self.env.cr.execute(
            "SELECT date_trunc('second', max(measured_at)) FROM it_sample_cycle WHERE agent_id = %s AND measured_at < %s",
            [self.id, booted_at])
        [heard_at] = self.env.cr.fetchone()
        outages = self.env['it.outage']
        before = outages.search([('agent_id', '=', self.id), ('end_at', '<=', booted_at)], order='end_at desc', limit=1)
        heard_at = heard_at and max(heard_at, before.end_at or heard_at)
        if not heard_at or heard_at >= booted_at or booted_at > self.env.cr.now():
            return
        known = outages.search([
            ('agent_id', '=', self.id), ('start_at', '<', booted_at), '|', ('end_at', '=', False), ('end_at', '>', heard_at)], limit=1)
        if not known:
            outages._record(self, {'kind': 'unclean_stop', 'start_at': heard_at, 'end_at': booted_at})
        elif known.kind == 'agent_silent' and not known._settled():
            known._tell({'kind': 'unclean_stop', 'start_at': heard_at, 'end_at': booted_at})


class ItJudge(models.AbstractModel):
    _inherit = 'it.judge'

    # === BUSINESS METHODS === #

    @api.model
    def _cron_judge(self):
        self._note_watching()
        return super()._cron_judge()

    @api.model
    def _judge(self):
        left = super()._judge()
        if not left:  # what waits to be judged may be the word of a host that seems silent
            self._note_silence()
        return left

    @api.model
    def _note_watching(self):
        """Keep since when this job has been running without a break: before that, it was Odoo that was away, not the hosts."""
        cron_sudo = self.env.ref('it_continuity.ir_cron_judge').sudo()
        params_sudo = self.env['ir.config_parameter'].sudo()
        now = self.env.cr.now()
        watched = cron_sudo.lastcall and cron_sudo.lastcall > now - timedelta(seconds=SILENT_AFTER_S)
        if not watched or not params_sudo.get_param(WATCHING_PARAM):
            params_sudo.set_param(WATCHING_PARAM, now.replace(microsecond=0).isoformat())

    @api.model
    def _note_silence(self):
        """Open an outage for each host that fell silent while we were listening, and end those of hosts heard again."""
        since = self.env['ir.config_parameter'].sudo().get_param(WATCHING_PARAM)
        if not since:
            return
        outages, since = self.env['it.outage'], datetime.fromisoformat(since)
        silent_before = self.env.cr.now() - timedelta(seconds=SILENT_AFTER_S)
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
        """, {'silent': silent_before, 'now': self.env.cr.now()})
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
             WHERE agent.active AND agent.state = 'active' AND seen.at < %(silent)s
               AND (seen.at >= %(since)s OR %(since)s < %(silent)s - make_interval(secs => %(pause)s))
               AND NOT EXISTS (SELECT 1 FROM it_outage WHERE agent_id = agent.id AND source = 'agent' AND end_at IS NULL)
             ORDER BY agent.id
        """, {'silent': silent_before, 'since': since, 'pause': LONGEST_PAUSE_S})
        return self.env.cr.fetchall()
