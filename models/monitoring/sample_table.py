from datetime import date, datetime, timedelta

from odoo import models
from odoo.tools import SQL

from ..mixins import clock

KEPT_RAW_DAYS = 35
KEPT_EVENT_DAYS = 400
KEPT_TRANSITION_DAYS = 800  # two years' incidents are compared
WEEKS_AHEAD = 4
# A host whose clock was off by an hour is told of; the job looks daily, and once more at what came late.
STRAY_S, STRAY_DAYS = 3600, 2

# Columns go from wide to narrow: padding would cost more than some of the values.
# A stream is one spool file of an agent. The reports update it, the judging job only reads it and keeps its own mark in
# it_sample_judged: one row written from both sides would make reports fail and repeat.
# A cycle has two times: ``ts`` by the host's clock, as it came, and ``measured_at`` by ours, which may be off by ``doubt_s`` (lib.redate).
TABLES = """
CREATE TABLE IF NOT EXISTS it_agent_stream (
    epoch uuid NOT NULL,
    acked_seq bigint NOT NULL,
    latest_seq bigint NOT NULL,
    last_report_no bigint NOT NULL,
    last_seen timestamp NOT NULL,
    skew_s double precision NOT NULL,
    reports_left double precision NOT NULL,
    bytes_left double precision NOT NULL,
    id serial PRIMARY KEY,
    agent_id integer NOT NULL REFERENCES it_agent ON DELETE CASCADE,
    boot_session text NOT NULL,
    boots jsonb,
    UNIQUE (agent_id, epoch)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS it_sample_judged (
    seq bigint NOT NULL,
    latest_seq bigint NOT NULL,
    stream_id integer PRIMARY KEY REFERENCES it_agent_stream ON DELETE CASCADE
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS it_sample_shape (
    id serial PRIMARY KEY,
    agent_id integer NOT NULL REFERENCES it_agent ON DELETE CASCADE,
    name char(16) NOT NULL,
    check_ids integer[] NOT NULL,
    UNIQUE (agent_id, name)
);

CREATE TABLE IF NOT EXISTS it_sample_series (
    shape_id integer NOT NULL REFERENCES it_sample_shape ON DELETE CASCADE,
    check_id integer NOT NULL,
    position smallint NOT NULL,
    item text NOT NULL,
    metric text NOT NULL,
    unit text NOT NULL,
    PRIMARY KEY (shape_id, position)
);

CREATE TABLE IF NOT EXISTS it_sample_cycle (
    seq bigint NOT NULL,
    ts timestamp NOT NULL,
    measured_at timestamp NOT NULL,
    digest bigint NOT NULL,
    agent_id integer NOT NULL,
    stream_id integer NOT NULL,
    shape_id integer NOT NULL,
    values real[] NOT NULL,
    states varbit NOT NULL,
    texts jsonb,
    doubt_s real,
    UNIQUE (stream_id, seq, measured_at)
) PARTITION BY RANGE (measured_at);
CREATE INDEX IF NOT EXISTS it_sample_cycle_measured_idx ON it_sample_cycle (agent_id, measured_at);
CREATE TABLE IF NOT EXISTS it_sample_cycle_default PARTITION OF it_sample_cycle DEFAULT;

CREATE TABLE IF NOT EXISTS it_sample_latest (
    seq bigint NOT NULL,
    measured_at timestamp NOT NULL,
    agent_id integer NOT NULL REFERENCES it_agent ON DELETE CASCADE,
    shape_id integer NOT NULL REFERENCES it_sample_shape ON DELETE CASCADE,
    values real[] NOT NULL,
    states varbit NOT NULL,
    texts jsonb,
    ts timestamp,
    doubt_s real,
    PRIMARY KEY (agent_id, shape_id)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS it_agent_event (
    seq bigint NOT NULL,
    ts timestamp NOT NULL,
    received_at timestamp NOT NULL,
    digest bigint NOT NULL,
    id serial PRIMARY KEY,
    agent_id integer NOT NULL REFERENCES it_agent ON DELETE CASCADE,
    stream_id integer NOT NULL REFERENCES it_agent_stream ON DELETE CASCADE,
    is_handled boolean NOT NULL DEFAULT false,
    kind text NOT NULL,
    data jsonb NOT NULL,
    happened_at timestamp,
    doubt_s real,
    UNIQUE (stream_id, seq)
);
CREATE INDEX IF NOT EXISTS it_agent_event_open_idx ON it_agent_event (id) WHERE NOT is_handled;

CREATE TABLE IF NOT EXISTS it_check_transition (
    id bigserial PRIMARY KEY,
    at timestamp NOT NULL,
    check_id integer NOT NULL REFERENCES it_check ON DELETE CASCADE,
    is_late boolean NOT NULL,
    before text NOT NULL,
    after text NOT NULL
);
CREATE INDEX IF NOT EXISTS it_check_transition_check_idx ON it_check_transition (check_id, at);
CREATE INDEX IF NOT EXISTS it_check_transition_at_idx ON it_check_transition USING brin (at);
"""

# What tables made by an earlier version lack.
ADDED = """
ALTER TABLE it_agent_stream ADD COLUMN IF NOT EXISTS boots jsonb;
ALTER TABLE it_sample_cycle ADD COLUMN IF NOT EXISTS doubt_s real;
ALTER TABLE it_sample_latest ADD COLUMN IF NOT EXISTS ts timestamp, ADD COLUMN IF NOT EXISTS doubt_s real;
ALTER TABLE it_agent_event ADD COLUMN IF NOT EXISTS happened_at timestamp, ADD COLUMN IF NOT EXISTS doubt_s real;
"""

NAMES = (
    'it_check_transition', 'it_sample_cycle', 'it_sample_latest', 'it_sample_judged', 'it_sample_series', 'it_sample_shape', 'it_agent_event', 'it_agent_stream')


class ItSampleTable(models.AbstractModel):
    """The raw tables of what agents report: made, partitioned by week and emptied here. A sample is no record of the ORM."""
    _name = 'it.sample.table'
    _description = "Raw Tables of Samples"

    def init(self):
        self.env.cr.execute(TABLES)
        self.env.cr.execute(ADDED)
        self._repartition()
        self._make_partitions()

    # === BUSINESS METHODS === #

    def _cron_keep_tables(self):
        """Make the coming weeks' partitions and drop what is older than we keep."""
        # A report must not queue behind us while we queue behind somebody's long query: rather tomorrow.
        self.env.cr.execute("SET LOCAL lock_timeout = '5s'")
        self._make_partitions()
        self.env['ir.cron']._commit_progress(1)
        self.env.cr.execute("SET LOCAL lock_timeout = '5s'")
        self._drop_old()
        self.env['ir.cron']._commit_progress(1)
        self._tell_of_strays()

    def _repartition(self):
        """Put the cycles of an earlier version, which lay in weeks by the hosts' clocks, into weeks by ours."""
        self.env.cr.execute("SELECT pg_get_partkeydef('it_sample_cycle'::regclass)")
        if 'measured_at' in self.env.cr.fetchone()[0]:
            return
        self.env.cr.execute("CREATE TABLE it_sample_cycle_before AS TABLE it_sample_cycle")
        self.env.cr.execute("DROP TABLE it_sample_cycle CASCADE")
        self.env.cr.execute(TABLES)
        self.env.cr.execute(
            "SELECT DISTINCT date_trunc('week', measured_at)::date FROM it_sample_cycle_before WHERE measured_at >= %s",
            [clock.exact(self.env) - timedelta(days=KEPT_RAW_DAYS)])
        for monday, in self.env.cr.fetchall():
            self._make_partition(monday)
        names = SQL("seq, ts, measured_at, digest, agent_id, stream_id, shape_id, values, states, texts, doubt_s")
        self.env.cr.execute(SQL("INSERT INTO it_sample_cycle (%s) SELECT %s FROM it_sample_cycle_before", names, names))
        self.env.cr.execute("DROP TABLE it_sample_cycle_before")

    def _make_partitions(self):
        today = clock.exact(self.env).date()
        monday = today - timedelta(days=today.weekday())
        mondays = {monday + timedelta(weeks=week) for week in range(-1, WEEKS_AHEAD + 1)}
        for monday in sorted(mondays | self._stray_mondays(today)):
            self._make_partition(monday)

    def _stray_mondays(self, today):
        """Return the weeks that are kept but have no partition, while rows of theirs came: the job had not run for too long."""
        self.env.cr.execute(
            "SELECT DISTINCT date_trunc('week', measured_at)::date FROM it_sample_cycle_default WHERE measured_at >= %s AND measured_at < %s",
            [today - timedelta(days=KEPT_RAW_DAYS), today + timedelta(weeks=WEEKS_AHEAD)])
        return {monday for monday, in self.env.cr.fetchall()}

    def _make_partition(self, monday: date):
        """Make one week's partition unless it is there, and take over what came late and lies in the default one.

        It is attached, not created in place: that locks neither readers nor reports out of the other weeks.
        """
        name, end = f'it_sample_cycle_p{monday:%Y%m%d}', monday + timedelta(weeks=1)
        self.env.cr.execute("SELECT to_regclass(%s)", [name])
        if self.env.cr.fetchone()[0]:
            return
        table = SQL.identifier(name)
        self.env.cr.execute(SQL("CREATE TABLE %s (LIKE it_sample_cycle INCLUDING DEFAULTS)", table))
        self.env.cr.execute(SQL(
            """WITH moved AS (DELETE FROM it_sample_cycle_default WHERE measured_at >= %s AND measured_at < %s RETURNING *)
               INSERT INTO %s SELECT * FROM moved""", monday, end, table))
        self.env.cr.execute(SQL(
            "ALTER TABLE it_sample_cycle ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)", table, monday, end))

    def _partitions(self):
        """Return the weekly partitions as ``{name: Monday}``."""
        self.env.cr.execute("""
            SELECT child.relname FROM pg_inherits
              JOIN pg_class AS child ON child.oid = inhrelid
             WHERE inhparent = 'it_sample_cycle'::regclass AND child.relname ~ '^it_sample_cycle_p[0-9]{8}$'
        """)
        return {name: datetime.strptime(name[-8:], '%Y%m%d').date() for name, in self.env.cr.fetchall()}

    def _drop_old(self):
        now = clock.exact(self.env)
        oldest = now - timedelta(days=KEPT_RAW_DAYS)
        for name, monday in self._partitions().items():
            if monday + timedelta(weeks=1) <= oldest.date():
                self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(name)))
        # What lies in the default partition came when its week was over and gone.
        self.env.cr.execute("DELETE FROM it_sample_cycle_default WHERE measured_at < %s", [oldest])
        self.env.cr.execute("DELETE FROM it_agent_event WHERE received_at < %s", [now - timedelta(days=KEPT_EVENT_DAYS)])
        self.env.cr.execute("DELETE FROM it_check_transition WHERE at < %s", [now - timedelta(days=KEPT_TRANSITION_DAYS)])
        # An epoch that was not heard of for so long has no row left, so nothing of it can be told twice.
        self.env.cr.execute("""
            DELETE FROM it_agent_stream AS stream WHERE last_seen < %s AND EXISTS (
                SELECT FROM it_agent_stream AS newer WHERE newer.agent_id = stream.agent_id AND newer.last_seen > stream.last_seen)
        """, [now - timedelta(days=KEPT_EVENT_DAYS)])

        self._drop_old_shapes(oldest - timedelta(weeks=1))

    def _drop_old_shapes(self, before):
        """Forget shapes whose rows are gone. The last one of a host stays: it says when its checks were seen last."""
        self.env.cr.execute("""
            DELETE FROM it_sample_shape WHERE id IN (
                SELECT latest.shape_id FROM it_sample_latest AS latest WHERE measured_at < %s AND EXISTS (
                    SELECT FROM it_sample_latest AS newer
                     WHERE newer.agent_id = latest.agent_id AND newer.measured_at > latest.measured_at))
        """, [before])
        if self.env.cr.rowcount:
            # Every process remembers shapes, see it.sample.store._known_shape.
            self.env.registry.clear_cache()

    def _tell_of_strays(self):
        """Ask the managers, once, to look at a host whose clock was far from ours when it measured."""
        kind = self.env.ref('it_continuity.mail_activity_type_clock', raise_if_not_found=False)
        if not kind:
            return
        self.env.cr.execute("""
            SELECT agent_id, count(*), min(ts), max(ts) FROM it_sample_cycle
             WHERE measured_at >= %s AND abs(extract(epoch FROM ts - measured_at)) > %s GROUP BY agent_id
        """, [clock.exact(self.env) - timedelta(days=STRAY_DAYS), STRAY_S])
        rows = self.env.cr.fetchall()
        agents = self.env['it.agent'].with_context(active_test=False).search([('id', 'in', [row[0] for row in rows])])
        told = self.env['mail.activity'].with_context(active_test=False).search([
            ('activity_type_id', '=', kind.id), ('res_model', '=', 'it.asset'), ('res_id', 'in', agents.asset_id.ids),
            ('create_date', '>=', clock.exact(self.env) - timedelta(days=KEPT_RAW_DAYS))]).mapped('res_id')
        spans = {agent: span for agent, *span in rows}
        for agent in agents.filtered(lambda agent: agent.asset_id.id not in told):
            count, first, last = spans[agent.id]
            for manager in agent.company_id._itc_people():
                agent.asset_id.activity_schedule('it_continuity.mail_activity_type_clock', user_id=manager.id, note=self.env._(
                    "This host says of its reports that they were made from %(first)s to %(last)s (UTC): %(count)s so far. They are kept "
                    "and dated by our clock, but the host's clock was wrong. Set its clock.",
                    count=count, first=first.replace(microsecond=0), last=last.replace(microsecond=0)))

    def _drop_tables(self):
        """Remove everything of ours that uninstalling models does not."""
        for name in NAMES:
            self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s CASCADE", SQL.identifier(name)))
