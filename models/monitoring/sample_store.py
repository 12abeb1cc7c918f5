import hmac
import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odoo import api, models, tools
from odoo.tools import SQL

from ...lib import check_state, protocol, reading_text, redate
from ..mixins import clock

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x17C0  # our first key of two for PostgreSQL's advisory locks
MAX_EPOCHS, EPOCH_DAYS = 64, 30  # so many in so many days; older ones are still known, so that nothing is told twice
MAX_ID = 2**31 - 1
# By parameter, a minute: what is sent when nothing is set, and the least, with which the largest report still comes through.
BUDGET = {'it_continuity.reports_per_min': (6.0, 1.0), 'it_continuity.report_bytes_per_min': (2.0**20, float(protocol.MAX_BODY_BYTES))}
CYCLE_S, HURRY_S = 60, 10
TWO_BITS = {'0': '00', '1': '01', '2': '10', '3': '11'}


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known of one epoch of an agent.

    :param latest_seq: the highest ``seq`` ever stored, which may lie beyond ``acked_seq``
    :param boots: what :func:`lib.redate.dump` gave, None before any report
    """

    id: int
    acked_seq: int
    latest_seq: int
    last_report_no: int
    boots: list | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The agent behind a request.

    :param is_alone: no other request of this host is being worked on
    :param streams: by epoch, 32 hex digits
    :param fresh_epochs: how many of them were heard of lately, and since the host was enrolled last
    :param reports_left: what its budget still allows, refilled up to ``now``; likewise ``bytes_left``
    :param now: naive UTC of this transaction
    :param known_since: naive UTC of when this host's agent was made here: it has no record for us that is older
    :param chain_heads: where the evidence log of its company stands (of every company, for a host of none), for the host to witness
    """

    agent_id: int
    state: str
    config_rev: str
    is_alone: bool
    now: datetime
    known_since: datetime
    streams: dict[str, Stream]
    fresh_epochs: int
    reports_left: float
    bytes_left: float
    chain_heads: list[dict]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest result of a check.

    :param measured_at: naive UTC by the server's clock
    :param doubt_s: by how much that may be wrong, see ``lib.redate``
    :param host_at: naive UTC by the host's clock, None where it was not kept
    :param code: Nagios' code
    :param values: ``{'item', 'metric', 'unit', 'value'}`` each
    """

    measured_at: datetime
    doubt_s: float
    host_at: datetime | None
    code: int
    text: str
    values: list

    @property
    def earliest_at(self):
        """When it was measured at the earliest: what is fresh and what came after something is judged by this."""
        return self.measured_at - timedelta(seconds=self.doubt_s)


@dataclass(frozen=True, slots=True)
class OwnCycle:
    """Results that this Odoo itself found at one moment, as a host's cycle holds them.

    :param at: naive UTC
    :param checks: ids
    :param codes: Nagios' code of each
    :param texts: a sentence of each, '' for none
    :param series: ``(position of the check, item, metric, unit)`` of each value
    """

    at: datetime
    checks: tuple
    codes: tuple
    texts: tuple
    series: tuple = ()
    values: tuple = ()


class ItSampleStore(models.AbstractModel):
    """The write path of the reports: no ORM record, no judging, one statement to recognise the host and one to store."""
    _name = 'it.sample.store'
    _description = "Store of Samples"

    # === BUSINESS METHODS: who calls === #

    @api.model
    def _authenticate(self, credentials):
        """Return who calls, and lock out other requests of the same host until this transaction ends.

        One look-up finds the key, takes the lock and reads what the budget and the epochs are.

        :raises ProtocolError: 401 for an unknown, wrong or revoked key, all alike
        """
        self.env.cr.execute("""
            SELECT agent.id, agent.state, agent.config_rev, agent.secret_sha256, now() AT TIME ZONE 'UTC', agent.create_date,
                   agent.secret_sha256 = %(secret)s AND pg_try_advisory_xact_lock(%(lock)s, agent.id),
                   (SELECT json_agg(json_build_array(
                        replace(epoch::text, '-', ''), id, acked_seq, latest_seq, last_report_no, boots, reports_left, bytes_left,
                        extract(epoch FROM now() AT TIME ZONE 'UTC' - last_seen),
                        last_seen >= GREATEST(agent.enrolled_at, now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s))))
                      FROM it_agent_stream WHERE agent_id = agent.id),
                   (SELECT json_agg(json_build_object('company', company_id, 'seq', seq, 'hash', hash))
                      FROM it_seal_head WHERE company_id = COALESCE(agent.company_id, company_id))
              FROM it_agent AS agent
             WHERE agent.key_id = %(key)s AND agent.active AND agent.state IN ('pending', 'active')
        """, {'key': credentials.key_id, 'secret': credentials.secret_sha256, 'lock': LOCK_CLASS, 'days': EPOCH_DAYS})
        row = self.env.cr.fetchone()
        known = (row and row[3] or '').encode()
        if not hmac.compare_digest(known, credentials.secret_sha256.encode()):
            raise protocol.refuse('unauthorized')
        agent_id, state, config_rev, _secret, now, known_since, is_alone, streams, heads = row
        reports_left, bytes_left = self._refill(streams or ())
        return Caller(
            agent_id, state, config_rev, is_alone, now, known_since or now, {one[0]: Stream(*one[1:6]) for one in streams or ()},
            sum(one[-1] for one in streams or ()), reports_left, bytes_left, heads or [])

    @api.model
    def _budget(self):
        """Return how many reports and bytes a host may send a minute."""
        # Agents have no right to read the parameters.
        parameters = self.env['ir.config_parameter'].sudo()
        return tuple(protocol.rate(parameters.get_param(name), *known) for name, known in BUDGET.items())

    def _refill(self, streams):
        """Return what is left of the budget now. Each stream carries what was left of the host's one budget at its last report."""
        reports, size = self._budget()
        return (
            min([reports, *(left + max(age_s, 0) / 60 * reports for *_rest, left, _bytes_left, age_s, _is_fresh in streams)]),
            min([size, *(left + max(age_s, 0) / 60 * size for *_rest, left, age_s, _is_fresh in streams)]),
        )

    @api.model
    def _spend(self, caller, size):
        """Return ``caller`` with a body of ``size`` bytes taken from its budget. :raises ProtocolError: 429, it is used up"""
        if caller.reports_left < 1 or caller.bytes_left < size:
            raise protocol.refuse('too_many')
        return replace(caller, reports_left=caller.reports_left - 1, bytes_left=caller.bytes_left - size)

    # === BUSINESS METHODS: storing === #

    @api.model
    def _store_report(self, caller, report):
        """Store what is new in a report and return the answer to it.

        :param caller: from ``_authenticate``, with the report's size spent
        :param report: :class:`lib.protocol.Report`
        :raises ProtocolError: the whole report is refused, nothing is written
        """
        stream = self._check_report(caller, report)
        shape_ids, shapes = self._known_shapes(caller.agent_id, report)
        missing_from = protocol.resend_from(stream.acked_seq, report.oldest_seq, report.first_seq)
        whole = report
        if missing_from is not None:
            # Beyond the hole only the present is kept; what lies in between comes again after it.
            rejected = tuple(one for one in report.rejected if one.seq >= report.end_seq)
            report = replace(report, records=(), rejected=rejected, end_seq=stream.acked_seq + 1)
        settlement = protocol.settle(report, shapes)
        new, forked = self._sort_out_known(stream, settlement.store)
        ack = max(stream.acked_seq, settlement.ack)
        shape_ids |= self._store_shapes(caller.agent_id, [one for name, one in report.shapes.items() if name not in shape_ids])
        dated, timeline = redate.date_report(
            redate.load(stream.boots), whole, caller.now, stream.acked_seq + 1, caller.known_since, is_kept=ack >= whole.end_seq - 1)
        self._store_records(caller, report, stream, ack, [(one, dated[one.seq]) for one in new], shape_ids, redate.dump(timeline))
        rejected = (*settlement.rejected, *forked)
        if rejected:
            _logger.info("Agent %s: %s records rejected, first %s %s", caller.agent_id, len(rejected), rejected[0].seq, rejected[0].code)
        if report.wake and new:
            self.env['it.judge']._wake(caller.now)
        in_hurry = missing_from is not None or settlement.need_shapes or len(report.records) == protocol.MAX_RECORDS
        return {
            'proto': protocol.PROTO,
            'db_id': report.db_id,
            'ack': {report.epoch: ack},
            'rejected': [{'seq': one.seq, 'code': one.code} for one in sorted(rejected, key=lambda one: one.seq)],
            'resend_from': missing_from,
            'need_shapes': list(settlement.need_shapes),
            'server_now': f"{caller.now.isoformat(timespec='milliseconds')}+00:00",
            'next_in': HURRY_S if in_hurry else CYCLE_S,
            'max_records': protocol.MAX_RECORDS,
            'config_rev': caller.config_rev,
            'chain_heads': caller.chain_heads,
        }

    @api.model
    def _store_own(self, agent_id, epoch, cycles):
        """Store what this Odoo itself found, where hosts' cycles lie: from here on the judge treats both alike.

        :param agent_id: the host that is this Odoo
        :param epoch: 32 hex digits; each job that finds something has its own, so that none waits for another
        :param cycles: :class:`OwnCycle` each, oldest first
        """
        if not cycles:
            return
        shapes = [protocol.Shape(protocol.shape_id(list(one.checks), [list(line) for line in one.series]), one.checks,
                                 tuple(protocol.Series(*line) for line in one.series)) for one in cycles]
        shape_ids = self._own_shapes(agent_id, {shape.id: shape for shape in shapes})
        self.env.cr.execute(WRITE_OWN, {
            'agent': agent_id, 'epoch': epoch, 'now': clock.exact(self.env), 'count': len(cycles),
            'number': list(range(1, len(cycles) + 1)), 'at': [one.at for one in cycles],
            'shape': [shape_ids[shape.id] for shape in shapes], 'values': [_array(one.values) for one in cycles],
            'states': [''.join(TWO_BITS[str(code)] for code in one.codes) for one in cycles],
            'texts': [json.dumps({str(place): text for place, text in enumerate(one.texts) if text}) for one in cycles]})

    def _own_shapes(self, agent_id, shapes):
        """Return the ids of some shapes by name; those that are new are stored."""
        ids = {}
        for name, shape in shapes.items():
            try:
                ids[name] = self._known_shape(agent_id, name)[0]
            except KeyError:
                ids |= self._store_shapes(agent_id, [shape])
        return ids

    def _check_report(self, caller, report):
        """Refuse a report that is not for us, was seen before or speaks for another host; return its epoch's stream."""
        db_id = self.env['it.database']._db_id()
        if not db_id or report.db_id != db_id:
            raise protocol.refuse('wrong_database')
        stream = caller.streams.get(report.epoch)
        if stream and report.report_no <= stream.last_report_no:
            raise protocol.refuse('replayed')
        if not stream and caller.fresh_epochs >= MAX_EPOCHS:
            raise protocol.refuse('too_many', "This host opens one epoch after the other; look why, then enrol it again.")
        self._check_own(caller.agent_id, {check for shape in report.shapes.values() for check in shape.checks})
        return stream or Stream(0, 0, 0, 0)

    def _check_own(self, agent_id, check_ids):
        """Refuse results of another host's checks; those of a check that was deleted here meanwhile are let in."""
        if not check_ids:
            return
        if max(check_ids) > MAX_ID:
            raise protocol.refuse('foreign_check')
        self.env.cr.execute("SELECT FROM it_check WHERE id = ANY(%s) AND agent_id <> %s LIMIT 1", [list(check_ids), agent_id])
        if self.env.cr.rowcount:
            raise protocol.refuse('foreign_check')

    def _known_shapes(self, agent_id, report):
        """Return ids and contents of the stored shapes that a report uses, both by name."""
        records = (*report.records, report.latest) if report.latest else report.records
        ids, shapes = {}, {}
        for name in {one.shape for one in records if isinstance(one, protocol.Cycle)} | report.shapes.keys():
            try:
                ids[name], shapes[name] = self._known_shape(agent_id, name)
            except KeyError:
                continue
        return ids, shapes

    @tools.ormcache('agent_id', 'name')
    def _known_shape(self, agent_id, name):
        """Return id and content of a stored shape. Only what is found is cached: a shape never changes, but it may come later.

        :raises KeyError: there is none
        """
        self.env.cr.execute("""
            SELECT shape.id, shape.check_ids, COALESCE(json_agg(json_build_array(
                       array_position(shape.check_ids, series.check_id) - 1, series.item, series.metric, series.unit)
                       ORDER BY series.position) FILTER (WHERE series.shape_id IS NOT NULL), '[]')
              FROM it_sample_shape AS shape LEFT JOIN it_sample_series AS series ON series.shape_id = shape.id
             WHERE shape.agent_id = %s AND shape.name = %s GROUP BY shape.id
        """, [agent_id, name])
        row = self.env.cr.fetchone()
        if not row:
            raise KeyError(name)
        shape_id, check_ids, series = row
        return shape_id, protocol.Shape(name, tuple(check_ids), tuple(protocol.Series(*one) for one in series))

    def _store_shapes(self, agent_id, shapes):
        """Store new shapes and return their ids by name."""
        ids = {}
        for shape in shapes:
            self.env.cr.execute(
                "INSERT INTO it_sample_shape (agent_id, name, check_ids) VALUES (%s, %s, %s::int[]) RETURNING id",
                [agent_id, shape.id, list(shape.checks)])
            ids[shape.id] = self.env.cr.fetchone()[0]
            self.env.cr.execute("""
                INSERT INTO it_sample_series (shape_id, position, check_id, item, metric, unit)
                SELECT %s, row.* FROM unnest(%s::smallint[], %s::int[], %s::text[], %s::text[], %s::text[]) AS row
            """, [
                ids[shape.id], list(range(1, len(shape.series) + 1)), [shape.checks[one.position] for one in shape.series],
                [one.item for one in shape.series], [one.metric for one in shape.series], [one.unit for one in shape.series]])
        return ids

    def _sort_out_known(self, stream, records):
        """Return which records are new, and those whose place is taken by another content: a restored image, or a key used twice."""
        old = [record.seq for record in records if record.seq <= stream.latest_seq]
        if not old:
            return records, ()
        self.env.cr.execute("""
            SELECT seq, digest FROM it_sample_cycle WHERE stream_id = %(stream)s AND seq = ANY(%(seqs)s)
             UNION ALL
            SELECT seq, digest FROM it_agent_event WHERE stream_id = %(stream)s AND seq = ANY(%(seqs)s)
        """, {'stream': stream.id, 'seqs': old})
        stored = dict(self.env.cr.fetchall())
        new = tuple(record for record in records if record.seq not in stored)
        forked = tuple(
            protocol.Rejected(record.seq, 'fork') for record in records if stored.get(record.seq, record.digest) != record.digest)
        return new, forked

    def _store_records(self, caller, report, stream, ack, dated, shape_ids, boots):
        """Write the stream's new mark, its cycles and its events by one statement.

        :param dated: pairs of a new record and its :class:`lib.redate.Dated`
        :param boots: what of the host's boots the next report is dated by
        """
        dated_cycles = [pair for pair in dated if isinstance(pair[0], protocol.Cycle)]
        dated_events = [pair for pair in dated if isinstance(pair[0], protocol.Event)]
        cycles, events = [one for one, _at in dated_cycles], [one for one, _at in dated_events]
        latest_seq = max([stream.latest_seq, *(record.seq for record, _at in dated)])
        values = {
            'agent': caller.agent_id, 'epoch': report.epoch, 'now': caller.now, 'ack': ack, 'latest': latest_seq,
            'report_no': report.report_no, 'skew': (caller.now - report.agent_now).total_seconds(),
            'reports_left': caller.reports_left, 'bytes_left': caller.bytes_left, 'boot': report.boot_session,
            'boots': json.dumps(boots),
            'seq': [one.seq for one in cycles], 'ts': [one.ts for one in cycles],
            'measured': [one.at for _cycle, one in dated_cycles], 'doubt': [one.doubt_s or None for _cycle, one in dated_cycles],
            'digest': [one.digest for one in cycles], 'shape': [shape_ids[one.shape] for one in cycles],
            'values': [_array(one.values) for one in cycles],
            'states': [''.join(map(TWO_BITS.__getitem__, one.states)) for one in cycles],
            'texts': [json.dumps(one.texts) if one.texts else None for one in cycles],
            'event_seq': [one.seq for one in events], 'event_ts': [one.ts for one in events],
            'event_digest': [one.digest for one in events], 'event_kind': [one.kind for one in events],
            'event_data': [json.dumps(one.data) for one in events],
            'event_at': [one.at for _event, one in dated_events], 'event_doubt': [one.doubt_s or None for _event, one in dated_events],
        }
        self.env.cr.execute(WRITE_EVENTS if events else WRITE, values)

    # === READING BACK === #

    @api.model
    def _last_seen(self, agent_ids):
        """Return ``{agent id: (last report, seconds its clock lags)}``."""
        self.env.cr.execute("""
            SELECT DISTINCT ON (agent_id) agent_id, last_seen, skew_s
              FROM it_agent_stream WHERE agent_id = ANY(%s) ORDER BY agent_id, last_seen DESC
        """, [list(agent_ids)])
        return {agent: (last_seen, skew_s) for agent, last_seen, skew_s in self.env.cr.fetchall()}

    @api.model
    def _heard_since(self, seconds):
        """Return ids of the agents that reported within ``seconds``."""
        self.env.cr.execute(
            "SELECT DISTINCT agent_id FROM it_agent_stream WHERE last_seen >= %s", [clock.exact(self.env) - timedelta(seconds=seconds)])
        return [agent for agent, in self.env.cr.fetchall()]

    @api.model
    def _newest(self, check_ids):
        """Return ``{check id: Newest}`` of the checks that were ever measured and judged."""
        self.env.cr.execute(SQL("""
            SELECT DISTINCT ON (place.check_id)
                   place.check_id, latest.measured_at, COALESCE(latest.doubt_s, 0), latest.ts, substring(latest.states FROM place.number::int * 2 - 1 FOR 2)::bit(2)::int,
                   COALESCE(latest.texts ->> (place.number - 1)::text, ''),
                   (SELECT json_agg(json_build_object(
                               'item', item, 'metric', metric, 'unit', unit, 'value', latest.values[position]) ORDER BY position)
                      FROM it_sample_series WHERE shape_id = shape.id AND check_id = place.check_id)
              FROM it_check AS checked
              JOIN it_sample_latest AS latest ON latest.agent_id = checked.agent_id
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id
              JOIN LATERAL unnest(shape.check_ids) WITH ORDINALITY AS place (check_id, number) ON place.check_id = checked.id
             WHERE checked.id = ANY(%s) AND COALESCE(latest.doubt_s, 0) <= %s
             ORDER BY place.check_id, latest.measured_at DESC
        """, list(check_ids), doubt_limit('checked')))
        return {
            check: Newest(measured_at, doubt_s, host_at, code, text or reading_text.describe(values or []), values or [])
            for check, measured_at, doubt_s, host_at, code, text, values in self.env.cr.fetchall()}

    @api.model
    def _last_results(self, agent_ids):
        """Return ``{check id: time of its newest result}`` for all checks of some agents."""
        self.env.cr.execute(SQL("""
            SELECT checked.id, max(latest.measured_at)
              FROM it_sample_latest AS latest
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id
              JOIN it_check AS checked ON checked.id = ANY(shape.check_ids) AND checked.agent_id = latest.agent_id
             WHERE latest.agent_id = ANY(%s) AND COALESCE(latest.doubt_s, 0) <= %s GROUP BY checked.id
        """, list(agent_ids), doubt_limit('checked')))
        return dict(self.env.cr.fetchall())

    @api.model
    def _fresh_checks(self):
        """Return ids of the checks whose newest result is fresh."""
        self.env['it.check'].flush_model(['every_s', 'grace_s'])
        now = clock.exact(self.env)
        self.env.cr.execute("""
            SELECT checked.id, checked.every_s, COALESCE(checked.grace_s, 0), max(latest.measured_at - make_interval(secs => COALESCE(latest.doubt_s, 0)))
              FROM it_check AS checked
              JOIN it_sample_latest AS latest ON latest.agent_id = checked.agent_id
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id AND checked.id = ANY(shape.check_ids)
             GROUP BY checked.id
        """)
        return [check for check, every_s, grace_s, at in self.env.cr.fetchall() if not check_state.is_stale(at, every_s, now, grace_s)]



def doubt_limit(check):
    """Return what :func:`lib.check_state.is_dated` compares a doubt with, for an alias of ``it_check``."""
    return SQL(check_state.stale_after_sql(check))  # of our own words alone  # pylint: disable=sql-injection


def _array(values):
    return '{%s}' % ','.join(['NULL' if value is None else repr(value) for value in values])



WRITE = """
    WITH stream AS (
        INSERT INTO it_agent_stream AS known (
            agent_id, epoch, acked_seq, latest_seq, last_report_no, last_seen, skew_s, reports_left, bytes_left, boots, boot_session)
        VALUES (
            %(agent)s, %(epoch)s, %(ack)s, %(latest)s, %(report_no)s, %(now)s, %(skew)s, %(reports_left)s, %(bytes_left)s,
            %(boots)s, %(boot)s)
        ON CONFLICT (agent_id, epoch) DO UPDATE SET
            acked_seq = EXCLUDED.acked_seq, latest_seq = EXCLUDED.latest_seq, last_report_no = EXCLUDED.last_report_no,
            last_seen = EXCLUDED.last_seen, skew_s = EXCLUDED.skew_s, reports_left = EXCLUDED.reports_left,
            bytes_left = EXCLUDED.bytes_left, boots = EXCLUDED.boots, boot_session = EXCLUDED.boot_session
        RETURNING id
    )
    INSERT INTO it_sample_cycle (seq, ts, measured_at, digest, agent_id, stream_id, shape_id, values, states, texts, doubt_s)
    SELECT row.seq, row.ts, row.measured, row.digest, %(agent)s, stream.id, row.shape, row.list::real[], row.states, row.texts, row.doubt
      FROM stream, unnest(
               %(seq)s::bigint[], %(ts)s::timestamp[], %(measured)s::timestamp[], %(digest)s::bigint[], %(shape)s::int[],
               %(values)s::text[], %(states)s::varbit[], %(texts)s::jsonb[], %(doubt)s::real[]
           ) AS row (seq, ts, measured, digest, shape, list, states, texts, doubt)
    ON CONFLICT DO NOTHING
"""
WRITE_EVENTS = WRITE.replace("    INSERT INTO it_sample_cycle", """    , events AS (
        INSERT INTO it_agent_event (seq, ts, received_at, digest, agent_id, stream_id, kind, data, happened_at, doubt_s)
        SELECT row.seq, row.ts, %(now)s, row.digest, %(agent)s, stream.id, row.kind, row.data, row.at, row.doubt
          FROM stream, unnest(
                   %(event_seq)s::bigint[], %(event_ts)s::timestamp[], %(event_digest)s::bigint[], %(event_kind)s::text[],
                   %(event_data)s::jsonb[], %(event_at)s::timestamp[], %(event_doubt)s::real[]
               ) AS row (seq, ts, digest, kind, data, at, doubt)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO it_sample_cycle""", 1)

WRITE_OWN = """
    WITH stream AS (
        INSERT INTO it_agent_stream AS known (
            agent_id, epoch, acked_seq, latest_seq, last_report_no, last_seen, skew_s, reports_left, bytes_left, boot_session)
        VALUES (%(agent)s, %(epoch)s, %(count)s, %(count)s, 1, %(now)s, 0, 0, 0, 'own')
        ON CONFLICT (agent_id, epoch) DO UPDATE SET
            acked_seq = known.acked_seq + %(count)s, latest_seq = known.latest_seq + %(count)s,
            last_report_no = known.last_report_no + 1, last_seen = EXCLUDED.last_seen
        RETURNING id, acked_seq
    )
    INSERT INTO it_sample_cycle (seq, ts, measured_at, digest, agent_id, stream_id, shape_id, values, states, texts)
    SELECT stream.acked_seq - %(count)s + row.number, row.at, row.at, 0, %(agent)s, stream.id, row.shape, row.list::real[], row.states, row.texts
      FROM stream, unnest(
               %(number)s::int[], %(at)s::timestamp[], %(shape)s::int[], %(values)s::text[], %(states)s::varbit[], %(texts)s::jsonb[]
           ) AS row (number, at, shape, list, states, texts)
"""
