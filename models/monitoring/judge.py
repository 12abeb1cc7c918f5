import json
import logging
from dataclasses import dataclass, replace

import psycopg2.errors

from odoo import api, models
from odoo.tools import SQL

from ...lib import check_state, recovery
from ..mixins import clock
from .heartbeat import KIND as HEARTBEAT
from .sample_store import doubt_limit

_logger = logging.getLogger(__name__)

# One host's backlog must not keep the others waiting: so many of its records a pass, and so many hosts.
MAX_RECORDS, MAX_STREAMS = 500, 200
TRIES = 3
CODES = {'00': 0, '01': 1, '10': 2, '11': 3}


@dataclass(frozen=True, slots=True)
class Watched:
    """What the judge has to know of a check besides its state.

    :param agent: id of the host that may speak for it
    :param limits: those with a recovery level
    :param is_heartbeat: others tell of it when they want to, and what their silence means is a result of its own
    """

    agent: int
    max_attempts: int
    every_s: int
    grace_s: int
    limits: tuple
    is_heartbeat: bool


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass of the judge found.

    :param checks: the ``it.check`` records that got new results or fell silent
    :param transitions: :class:`lib.check_state.Transition` each, in the order in which they were judged
    :param flaps: :class:`lib.check_state.Flap` each, in the same order: which began to flap, which are over it
    :param left: number of streams that are known to have more
    """

    checks: object
    transitions: tuple
    flaps: tuple
    left: int


class ItJudge(models.AbstractModel):
    """Turns stored results into the states of checks: soft, hard, stale. Runs as a job, never inside a report's request."""
    _name = 'it.judge'
    _description = "Judge of Checks"

    # === BUSINESS METHODS === #

    @api.model
    def _wake(self, now):
        """Let the job run at once; reports of the same second wake it once. It runs each minute anyway.

        A trigger of an earlier second does not do: a job that is running has taken it, and read what there was before this report. Nor does
        one of a moment ahead: Odoo tells its job processes only of those that are due.

        :param now: naive UTC
        """
        # Agents have no right to read jobs; all they can do with this one is to let it do its work now.
        cron_sudo = self.env.ref('it_continuity.ir_cron_judge').sudo()
        this_second = [('cron_id', '=', cron_sudo.id), ('call_at', '>=', now.replace(microsecond=0))]
        if not self.env['ir.cron.trigger'].sudo().search_count(this_second, limit=1):
            cron_sudo._trigger()

    @api.model
    def _cron_judge(self):
        """Judge until nothing new is left. A save by a person in the same moment costs a pass, not the job."""
        self.env['it.silence']._note_watching()
        failures = 0
        while True:
            try:
                left = self._judge()
                if not self.env['ir.cron']._commit_progress(1, remaining=left) or not left:
                    return
            except psycopg2.errors.SerializationFailure:
                failures += 1
                self.env.cr.rollback()
                self.env.invalidate_all()
                if failures == TRIES:
                    raise

    @api.model
    def _judge(self):
        """Judge one batch of new results, then look for checks and, once nothing is left, for hosts that fell silent.

        :return: number of streams that are known to have more
        """
        self.env['it.heartbeat']._listen()
        streams = self._open_streams()
        rows = self._new_rows(streams)
        self._apply_events()
        measured, changed, transitions, flaps = self._advance(rows)
        self._keep_latest(rows)
        self._keep_marks(streams)
        silent, fallen, calmed = self._go_stale(changed) if len(streams) < MAX_STREAMS else ({}, [], [])
        transitions += fallen
        flaps += calmed
        self._write_states(changed | silent)
        self._keep_transitions(transitions)
        left = sum(1 for stream in streams if stream['up_to'] < stream['acked']) + (len(streams) == MAX_STREAMS)
        checks = self.env['it.check'].browse(sorted(measured | silent.keys()))
        self._after_pass(Pass(checks, tuple(transitions), tuple(flaps), left))
        return left

    @api.model
    def _after_pass(self, judged):
        """Hook, called once after each pass with a :class:`Pass`: what follows from it.

        Rooms above extend it; it must not raise for one bad record.
        """
        if not judged.left:  # what waits to be judged may be the word of a host that seems silent
            self.env['it.silence']._note()

    def _open_streams(self):
        """Return streams with results that were not judged: what lies behind the mark, and the newest sent ahead of its turn."""
        self.env.cr.execute("""
            SELECT stream.id, stream.agent_id AS agent, stream.acked_seq AS acked, stream.latest_seq AS latest,
                   COALESCE(judged.seq, 0) AS mark,
                   LEAST(stream.acked_seq, COALESCE(judged.seq, 0) + %s) AS up_to
              FROM it_agent_stream AS stream LEFT JOIN it_sample_judged AS judged ON judged.stream_id = stream.id
             WHERE stream.acked_seq > COALESCE(judged.seq, 0)
                OR stream.latest_seq > GREATEST(stream.acked_seq, COALESCE(judged.latest_seq, 0))
             ORDER BY stream.last_seen LIMIT %s
        """, [MAX_RECORDS, MAX_STREAMS])
        return self.env.cr.dictfetchall()

    def _new_rows(self, streams):
        """Return the cycles to judge in the order in which they were measured.

        What is older than the newest result of its shape can change no state any more: a backlog costs nothing here.
        Nor can what none of its checks could take for fresh or stale, because nobody knows when it was measured.
        """
        if not streams:
            return []
        self.env.cr.execute(SQL("""
            SELECT cycle.agent_id AS agent, cycle.shape_id AS shape, cycle.seq, cycle.measured_at AS at,
                   COALESCE(cycle.doubt_s, 0) AS doubt, cycle.states::text AS states, shape.check_ids AS checks, cycle.stream_id AS stream,
                   cycle.seq > todo.up_to AS is_ahead
              FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) AS todo (stream_id, mark, up_to, latest)
              JOIN it_sample_cycle AS cycle ON cycle.stream_id = todo.stream_id
               AND (cycle.seq > todo.mark AND cycle.seq <= todo.up_to OR cycle.seq = todo.latest)
              JOIN it_sample_shape AS shape ON shape.id = cycle.shape_id
              LEFT JOIN it_sample_latest AS newest ON newest.agent_id = cycle.agent_id AND newest.shape_id = cycle.shape_id
             WHERE (newest.measured_at IS NULL OR cycle.measured_at > newest.measured_at)
               AND (cycle.doubt_s IS NULL OR cycle.doubt_s <= (
                    SELECT max(%s) FROM it_check WHERE id = ANY(shape.check_ids)))
             ORDER BY cycle.measured_at, cycle.seq
        """, *([one[name] for one in streams] for name in ('id', 'mark', 'up_to', 'latest')), doubt_limit('it_check')))
        return self.env.cr.dictfetchall()

    def _advance(self, rows):
        """Return ids of all checks with a new result, ``{check id: CheckState}`` of those whose state is another now, all transitions and flaps."""
        known, told = self._known_states({row['agent'] for row in rows})
        values = self._values_to_hold(rows, told)
        measured, moved, steps, now = set(), set(), [], clock.exact(self.env)
        for row in rows:
            for number, check in enumerate(row['checks']):
                # A shape may name checks that were deleted since; and never may it speak for another host's.
                watched = told.get(check)
                if not watched or watched.agent != row['agent'] or not check_state.is_dated(row['doubt'], watched.every_s, watched.grace_s):
                    continue
                before, code = known[check], CODES[row['states'][2 * number:2 * number + 2]]
                if not row['is_ahead'] and not watched.is_heartbeat:  # of what was sent ahead, the results before it are still to come
                    found = check_state.unseen_before(before, row['at'], watched.every_s, watched.grace_s)
                    if found is not before:
                        steps.append((check, before, found, watched.every_s, now, watched.grace_s))
                        moved.add(check)
                        before = found
                floor, held = recovery.hold(watched.limits, values.get((row['stream'], row['seq'], check), ()), before.held)
                after = check_state.advance(
                    before, check_state.held_code(code, floor), row['at'], watched.max_attempts, watched.every_s)
                if after is before:
                    continue
                known[check] = after = replace(after, held=held)
                measured.add(check)
                steps.append((check, before, after, watched.every_s, now, watched.grace_s))
                if replace(after, last_at=before.last_at) != before:
                    moved.add(check)
        return measured, {check: known[check] for check in moved}, *self._told(steps)

    def _values_to_hold(self, rows, told):
        """Return ``{(stream id, seq, check id): [(item, metric, value)]}`` of the checks that have a recovery level; most have none."""
        checks = [check for check, watched in told.items() if watched.limits]
        if not checks:
            return {}
        self.env.cr.execute("""
            SELECT cycle.stream_id, cycle.seq, series.check_id, series.item, series.metric, cycle.values[series.position]
              FROM unnest(%s::int[], %s::bigint[]) AS todo (stream_id, seq)
              JOIN it_sample_cycle AS cycle ON cycle.stream_id = todo.stream_id AND cycle.seq = todo.seq
              JOIN it_sample_series AS series ON series.shape_id = cycle.shape_id AND series.check_id = ANY(%s)
             ORDER BY series.position
        """, [[row['stream'] for row in rows], [row['seq'] for row in rows], checks])
        values = {}
        for stream, seq, check, *value in self.env.cr.fetchall():
            values.setdefault((stream, seq, check), []).append(tuple(value))
        return values

    @api.model
    def _told(self, steps):
        """Return the transitions and the flaps of some ``(check id, state before, state after, every_s, now, grace_s)``, in their order."""
        transitions, flaps = ([tell(*step) for step in steps] for tell in (check_state.transition, check_state.flap))
        return [one for one in transitions if one], [one for one in flaps if one]

    def _known_states(self, agent_ids):
        """Return the states of some agents' checks, and the :class:`Watched` of each, by check id."""
        if not agent_ids:
            return {}, {}
        self.env['it.check'].flush_model()
        last_at = self.env['it.sample.store']._last_results(agent_ids)
        self.env.cr.execute("""
            SELECT id, agent_id, max_attempts, every_s, COALESCE(grace_s, 0), limits, kind = %s, COALESCE(held, '{}'),
                   state, hard_state, COALESCE(is_hard, false), COALESCE(attempt, 0), state_since, hard_since,
                   COALESCE(flap_changes, 0), COALESCE(is_flapping, false)
              FROM it_check WHERE agent_id = ANY(%s) AND active
        """, [HEARTBEAT, list(agent_ids)])
        known, told = {}, {}
        for check, agent, most, every_s, grace_s, limits, is_heartbeat, held, *state, changes, is_flapping in self.env.cr.fetchall():
            known[check] = check_state.CheckState(*state, last_at.get(check), changes, is_flapping, held)
            recovering = tuple(limit for limit in limits or () if recovery.has_recovery([limit]))
            told[check] = Watched(agent, most, every_s, grace_s, recovering, is_heartbeat)
        return known, told

    def _keep_latest(self, rows):
        """Keep the newest cycle of each shape, for people and for the next pass."""
        newest = {(row['agent'], row['shape']): row for row in rows}.values()
        if not newest:
            return
        self.env.cr.execute("""
            INSERT INTO it_sample_latest AS latest (seq, measured_at, agent_id, shape_id, values, states, texts, ts, doubt_s)
            SELECT cycle.seq, cycle.measured_at, cycle.agent_id, cycle.shape_id, cycle.values, cycle.states, cycle.texts,
                   cycle.ts, cycle.doubt_s
              FROM unnest(%s::int[], %s::bigint[]) AS todo (stream_id, seq)
              JOIN it_sample_cycle AS cycle ON cycle.stream_id = todo.stream_id AND cycle.seq = todo.seq
            ON CONFLICT (agent_id, shape_id) DO UPDATE SET
                seq = EXCLUDED.seq, measured_at = EXCLUDED.measured_at, values = EXCLUDED.values,
                states = EXCLUDED.states, texts = EXCLUDED.texts, ts = EXCLUDED.ts, doubt_s = EXCLUDED.doubt_s
        """, [[row['stream'] for row in newest], [row['seq'] for row in newest]])

    def _keep_marks(self, streams):
        if not streams:
            return
        self.env.cr.execute("""
            INSERT INTO it_sample_judged (stream_id, seq, latest_seq)
            SELECT row.* FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS row
            ON CONFLICT (stream_id) DO UPDATE SET seq = EXCLUDED.seq, latest_seq = EXCLUDED.latest_seq
        """, [[one['id'] for one in streams], [one['up_to'] for one in streams], [one['latest'] for one in streams]])

    def _go_stale(self, changed):
        """Return ``{check id: CheckState}`` of the checks that were heard of once and are not any more, their transitions and flaps.

        :param changed: the states that this pass found and has not written yet, by check id
        """
        store = self.env['it.sample.store']
        fresh = store._fresh_checks()
        self.env.cr.execute("""
            SELECT DISTINCT agent_id FROM it_check
             WHERE active AND attempt > 0 AND NOT (state = 'unknown' AND is_hard) AND id <> ALL(%s)
        """, [fresh])
        known, told = self._known_states({agent for agent, in self.env.cr.fetchall()})
        known |= {check: changed[check] for check in known.keys() & changed.keys()}
        fresh, now = set(fresh), clock.exact(self.env)
        silent = {
            check: check_state.go_stale(state, now) for check, state in known.items()
            if check not in fresh and state.attempt and not (state.state == 'unknown' and state.is_hard)}
        return silent, *self._told([(check, known[check], after, told[check].every_s, now, told[check].grace_s) for check, after in silent.items()])

    @api.model
    def _leave(self, checks):
        """Return what becomes of those of these checks that were heard of, now that nobody looks any more; ``_keep_left`` writes it.

        Until somebody looks again it is not known how they are, as after a host fell silent: the last result says nothing of that time. Then
        they are as new, and wait for their first result.

        :return: ``({check id: CheckState}, transitions)``
        """
        known, told = self._known_states(set(checks.agent_id.ids))
        now = clock.exact(self.env)
        left = {
            check: replace(check_state.go_stale(known[check], now), attempt=0) for check in checks.ids
            if check in known and known[check].attempt}
        transitions, _flaps = self._told([(check, known[check], after, told[check].every_s, now, told[check].grace_s) for check, after in left.items()])
        return left, transitions

    @api.model
    def _keep_left(self, left):
        """:param left: see ``_leave``"""
        states, transitions = left
        self._write_states(states)
        self._keep_transitions(transitions)

    def _write_states(self, changed):
        """Write what changed by one statement. Past the ORM: nobody but this job may, and nothing stored depends on it."""
        if not changed:
            return
        rows = sorted(changed.items())
        self.env.cr.execute("""
            UPDATE it_check SET state = row.state, hard_state = row.hard_state, is_hard = row.is_hard, attempt = row.attempt,
                   state_since = row.since, hard_since = row.hard_since, flap_changes = row.flap_changes, is_flapping = row.is_flapping,
                   held = row.held
              FROM unnest(
                       %s::int[], %s::jsonb[], %s::text[], %s::text[], %s::boolean[], %s::int[], %s::timestamp[], %s::timestamp[], %s::int[],
                       %s::boolean[])
                AS row (id, held, state, hard_state, is_hard, attempt, since, hard_since, flap_changes, is_flapping)
             WHERE it_check.id = row.id
        """, [[check for check, _state in rows], [json.dumps(state.held) if state.held else None for _check, state in rows], *(
            [getattr(state, name) for _check, state in rows]
            for name in ('state', 'hard_state', 'is_hard', 'attempt', 'since', 'hard_since', 'flap_changes', 'is_flapping'))])
        self.env['it.check'].browse([check for check, _state in rows]).invalidate_recordset()
        _logger.info("%s checks changed their state", len(rows))

    def _keep_transitions(self, transitions):
        """Keep them for whoever asks later what a check was like; see the retention of ``it.sample.table``."""
        if not transitions:
            return
        self.env.cr.execute("""
            INSERT INTO it_check_transition (check_id, at, before, after, is_late)
            SELECT * FROM unnest(%s::int[], %s::timestamp[], %s::text[], %s::text[], %s::boolean[])
        """, [[getattr(one, name) for one in transitions] for name in ('check', 'at', 'before', 'after', 'is_late')])

    def _apply_events(self):
        """Apply what hosts said about themselves, in the order they said it; the rest is kept to be read.

        One that cannot be applied is logged: told again in each pass, it would keep all hosts from ever being judged.
        """
        self.env.cr.execute("""
            UPDATE it_agent_event SET is_handled = true
             WHERE id IN (SELECT id FROM it_agent_event WHERE NOT is_handled ORDER BY id LIMIT 1000)
         RETURNING id, agent_id, kind, ts, data, happened_at, COALESCE(doubt_s, 0)
        """)
        for event_id, agent, kind, ts, data, *dated in sorted(self.env.cr.fetchall(), key=lambda row: row[0]):
            try:
                with self.env.cr.savepoint():
                    self.env['it.agent'].browse(agent)._apply_event(kind, ts, data, *dated)
            except psycopg2.OperationalError:
                raise  # another transaction's doing, not the event's: the whole pass is done again
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Event %s (%s) of agent %s could not be applied", event_id, kind, agent)
