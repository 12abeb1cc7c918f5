from datetime import timedelta

from odoo import api, fields, models

from ...lib import heartbeat
from ..mixins import clock

KEPT_PINGS, KEPT_DAYS = 100, 90
BATCH = 1000


class ItHeartbeatPing(models.Model):
    """One word of a job, as it came. The request writes it by one statement and touches nothing else; the judging job takes it from there."""
    _name = 'it.heartbeat.ping'
    _description = "Ping of a Heartbeat"
    _order = 'at desc, id desc'
    _rec_name = 'kind'
    _log_access = False
    _allow_sudo_commands = False

    heartbeat_id = fields.Many2one('it.heartbeat', readonly=True, required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', readonly=True)
    at = fields.Datetime("Came", readonly=True, required=True)
    kind = fields.Selection(
        [('success', "Success"), ('start', "Start"), ('fail', "Failure"), ('log', "Log only")], "Says", readonly=True, required=True)
    exit_code = fields.Char(readonly=True)
    rid = fields.Char("Run", readonly=True, help="The run that the script named by ?rid=…")
    run_s = fields.Float("Run time", readonly=True, digits=(16, 1), aggregator='avg', help="Seconds since the run began.")
    method = fields.Char(readonly=True)
    sender = fields.Char("From", readonly=True, help="Address from which it came.")
    program = fields.Char(readonly=True, help="What the sender calls itself.")
    log = fields.Text(readonly=True, help="What the script said: the first 100 kB of it.")
    log_bytes = fields.Integer("Length of the log", readonly=True, aggregator=False)
    is_taken = fields.Boolean("Judged", readonly=True)

    _heartbeat_idx = models.Index('(heartbeat_id, at)')
    _new_idx = models.Index('(at, id) WHERE NOT is_taken')

    # === BUSINESS METHODS === #

    @api.model
    def _receive(self, heartbeat_id, company_id, address, rid, sent):
        """Keep one ping and wake the judging job.

        :param sent: dict of ``method, sender, program`` as texts and ``body``, bytes
        """
        now = clock.exact(self.env)
        self.env.cr.execute("""
            INSERT INTO it_heartbeat_ping (
                heartbeat_id, company_id, at, kind, exit_code, rid, method, sender, program, log, log_bytes, is_taken)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, false)
        """, [
            heartbeat_id, company_id, now, address.kind, None if address.exit_code is None else str(address.exit_code), rid or None, *(
                heartbeat.clean_log(sent[name].encode('utf-8', 'replace'))[:200] for name in ('method', 'sender', 'program')),
            heartbeat.clean_log(sent['body']) or None, len(sent['body'])])
        if address.kind != 'log':
            self.env['it.judge']._wake(now)

    @api.model
    def _take_new(self):
        """Return the pings that were not judged yet, by heartbeat: pairs of an id and a :class:`lib.heartbeat.Ping`, oldest first."""
        self.env.cr.execute("""
            UPDATE it_heartbeat_ping SET is_taken = true
             WHERE id IN (SELECT id FROM it_heartbeat_ping WHERE NOT is_taken ORDER BY at, id LIMIT %s)
         RETURNING id, heartbeat_id, at, kind, COALESCE(rid, ''), exit_code::int
        """, [BATCH])
        found = {}
        for ping_id, heartbeat_id, *said in sorted(self.env.cr.fetchall(), key=lambda row: (row[2], row[0])):
            found.setdefault(heartbeat_id, []).append((ping_id, heartbeat.Ping(*said)))
        self.invalidate_model(['is_taken'])
        return found

    @api.model
    def _note_run_times(self, times):
        """Keep how long runs took.

        :param times: pairs of a ping's id and seconds
        """
        if times:
            ids, seconds = zip(*times, strict=True)
            self.env.cr.execute("""
                UPDATE it_heartbeat_ping AS ping SET run_s = row.run_s
                  FROM unnest(%s::int[], %s::float8[]) AS row (id, run_s) WHERE ping.id = row.id
            """, [list(ids), list(seconds)])
            self.invalidate_model(['run_s'])

    @api.model
    def _drop_old(self, heartbeat_ids):
        """Forget all but the newest pings of some heartbeats, as they come: logs of 100 kB each would fill a disk in a day.

        What came of them stays in the history of the check.
        """
        self.env.cr.execute("""
            DELETE FROM it_heartbeat_ping AS ping USING unnest(%s::int[]) AS of (id), LATERAL (
                SELECT at FROM it_heartbeat_ping WHERE heartbeat_id = of.id ORDER BY at DESC OFFSET %s LIMIT 1) AS oldest
             WHERE ping.heartbeat_id = of.id AND ping.at <= oldest.at AND ping.is_taken
        """, [heartbeat_ids, KEPT_PINGS])
        if self.env.cr.rowcount:
            self.invalidate_model()
            self.env['it.heartbeat'].invalidate_model(['ping_ids'])

    @api.autovacuum
    def _gc_pings(self):
        self.env.cr.execute("DELETE FROM it_heartbeat_ping WHERE is_taken AND at < %s", [clock.exact(self.env) - timedelta(days=KEPT_DAYS)])
