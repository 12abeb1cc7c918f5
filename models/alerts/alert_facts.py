from dataclasses import dataclass
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...lib import alert, check_state
from ..mixins import clock
from ..monitoring.agent import CYCLE_S, SILENT_AFTER_S
from ..monitoring.silence import LONGEST_PAUSE_S

# What this Odoo finds of itself by this check, that hosts are silent, each of them has an alert for.
COUNTS_SILENT_HOSTS = ('own', 'hosts')


@dataclass(frozen=True)
class Facts:
    """What is bad now.

    :param problems: :class:`lib.alert.Problem` each, downtime marked
    :param undecided: keys of the checks of which nobody can tell now
    :param needs: ``{asset id: ids of what it needs}``
    :param checks: ``{key: check id}`` of the problems that are checks
    :param detected: ``{key: when it was certain}``
    :param flapping: keys of the checks that flap
    """

    problems: list
    undecided: frozenset
    needs: dict
    checks: dict
    detected: dict
    flapping: frozenset


class ItAlertFacts(models.AbstractModel):
    """Reads what is bad now: confirmed states of fresh results, hosts that are silent, checks that stopped coming from hosts that speak.

    Only the present counts: what came late changed the history of a check, and opens nothing unless it is still so.
    """
    _name = 'it.alert.facts'
    _description = "What Is Bad Now"

    # === BUSINESS METHODS === #

    @api.model
    def _gather(self, is_behind=False):
        """Return the :class:`Facts`, by a number of queries that does not grow with what is bad.

        :param is_behind: results wait to be judged, so that a check without a fresh one may still have one
        """
        rows, silent = self._bad_checks(), self._silent_hosts()
        if not rows and not silent:
            return Facts([], frozenset(), {}, {}, {}, frozenset())
        problems, undecided, checks, detected = [], set(), {}, {}
        for asset, (began, noticed) in silent.items():
            problems.append(alert.Problem(f'host:{asset}', asset, asset, 'silent', began))
            detected[f'host:{asset}'] = noticed
        fresh = set(self.env['it.sample.store']._fresh_checks()) if rows else set()
        for row in rows:
            key = f"check:{row['id']}"
            state = self._state_of(row, fresh, silent, is_behind)
            if not state:
                undecided.add(key)
                continue
            checks[key] = row['id']
            detected[key] = row['hard_since'] or row['state_since']
            problems.append(alert.Problem(key, row['asset_id'], row['host_id'], state, self._began(row)))
        needs = self._needs()
        problems += self._presumed(silent, needs, fresh, problems)
        flapping = frozenset(f"check:{row['id']}" for row in rows if row['is_flapping'])
        return Facts(self._mark_covered(problems), frozenset(undecided), needs, checks, detected, flapping)

    @api.model
    def _bad_checks(self):
        """Return the checks that are not well or flap, with what is known of the host that measures them."""
        self.env['it.check'].flush_model()
        self.env['it.agent'].flush_model()
        self.env['it.outage'].flush_model()
        self.env.cr.execute("""
            SELECT checked.id, checked.asset_id, checked.host_id, checked.hard_state, checked.is_flapping, checked.is_hard, checked.state_since,
                   checked.hard_since, checked.every_s, COALESCE(checked.grace_s, 0) AS grace_s, agent.confirmed_at, seen.at AS seen_at, silence.end_at AS heard_again_at
              FROM it_check AS checked
              JOIN it_agent AS agent ON agent.id = checked.agent_id
              JOIN LATERAL (SELECT max(last_seen) AS at FROM it_agent_stream WHERE agent_id = agent.id) AS seen ON TRUE
              JOIN LATERAL (SELECT max(end_at) AS end_at FROM it_outage WHERE agent_id = agent.id) AS silence ON TRUE
             WHERE checked.active AND agent.active AND agent.state = 'active' AND checked.attempt > 0
               AND (checked.hard_state != 'ok' AND checked.hard_since IS NOT NULL OR checked.is_flapping)
               AND NOT (checked.kind = %s AND COALESCE(checked.settings ->> 'look', '') = %s)
             ORDER BY checked.id
        """, COUNTS_SILENT_HOSTS)
        return self.env.cr.dictfetchall()

    @api.model
    def _silent_hosts(self):
        """Return ``{asset id: (since when, when that was noticed)}`` of the hosts whose silence goes on."""
        self.env.cr.execute("""
            SELECT agent.asset_id, min(outage.start_at), min(outage.create_date)
              FROM it_outage AS outage JOIN it_agent AS agent ON agent.id = outage.agent_id
             WHERE outage.source = 'agent' AND outage.end_at IS NULL AND agent.active AND agent.state = 'active'
             GROUP BY agent.asset_id
        """)
        return {asset: (began, noticed) for asset, began, noticed in self.env.cr.fetchall()}

    @api.model
    def _state_of(self, row, fresh, silent, is_behind):
        """Return how bad a check is as :class:`lib.alert.Problem` has it, '' when nobody can tell now."""
        if row['id'] in fresh:
            # unknown without being confirmed: the first results of a new check, or after a silence, are bad, and may be so by chance
            is_certain = row['hard_state'] != 'ok' and (row['is_hard'] or row['hard_state'] != 'unknown')
            return row['hard_state'] if is_certain else 'flapping' if row['is_flapping'] else ''
        if row['host_id'] in silent:
            return 'unknown'
        is_missing = row['hard_state'] == 'unknown' and not is_behind and self._is_missing(row, clock.exact(self.env))
        return 'unknown' if is_missing else ''

    @api.model
    def _is_missing(self, row, now):
        """Tell whether a check has no fresh result though its host speaks, and has had the time to send one since it spoke again."""
        seen_at = row['seen_at']
        if seen_at and (seen_at <= row['hard_since'] or seen_at < now - timedelta(seconds=SILENT_AFTER_S)):
            return False  # it may be about to be called silent
        stale_s = check_state.stale_after_s(row['every_s'], row['grace_s'])
        waits = [
            (row['hard_since'], CYCLE_S), (row['heard_again_at'], stale_s), (row['confirmed_at'], stale_s),
            (self.env['it.alert.watch']._watching_since(), stale_s + LONGEST_PAUSE_S)]
        return all(at is None or at + timedelta(seconds=pause) <= now for at, pause in waits)

    @api.model
    def _measured_since(self, checks, moment):
        """Return those of these checks of which a result that was measured since a moment is known."""
        rows = self.env.execute_query(SQL("""
            SELECT checked.id FROM it_check AS checked
              JOIN it_sample_latest AS latest ON latest.agent_id = checked.agent_id
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id AND checked.id = ANY(shape.check_ids)
             WHERE checked.id = ANY(%s) GROUP BY checked.id
            HAVING max(latest.measured_at - make_interval(secs => COALESCE(latest.doubt_s, 0))) >= %s
        """, checks.ids, moment))
        return checks.browse(row[0] for row in rows)

    @api.model
    def _began(self, row):
        return min(filter(None, (row['state_since'], row['hard_since'])), default=clock.exact(self.env))

    @api.model
    def _needs(self):
        """Return ``{asset id: ids of what it needs}`` for all assets."""
        needs = {}
        for needed, dependents in self.env['it.asset']._needed_by_edges().items():
            for dependent in dependents:
                needs.setdefault(dependent, set()).add(needed)
        return needs

    @api.model
    def _presumed(self, silent, needs, fresh, problems):
        """Return the problems of assets that nobody measures and behind which all hosts are silent."""
        if not silent:
            return []
        now = clock.exact(self.env)
        self.env.cr.execute("""
            SELECT agent.asset_id, max(stream.last_seen) FROM it_agent AS agent JOIN it_agent_stream AS stream ON stream.agent_id = agent.id
             WHERE agent.active AND agent.state = 'active' AND agent.is_server IS NOT TRUE GROUP BY agent.asset_id
        """)
        quiet_s = {asset: (now - seen_at).total_seconds() for asset, seen_at in self.env.cr.fetchall()}
        self.env.cr.execute("""
            SELECT DISTINCT asset_id FROM it_check
             WHERE active AND hard_state = 'ok' AND asset_id != host_id AND host_id != ALL(%s) AND id = ANY(%s)
        """, [list(silent), list(fresh or self.env['it.sample.store']._fresh_checks())])
        well = {asset for asset, in self.env.cr.fetchall()}
        looked_at = {one.asset for one in problems if one.state == 'critical' and one.host not in silent}
        held = self.env['it.alert'].search([('is_open', '=', True), ('cause_kind', '=', 'presumed')]).asset_id.ids
        hosts = alert.Hosts({asset: began for asset, (began, _noticed) in silent.items()}, quiet_s, well, held)
        return [one for one in alert.presumed(hosts, needs) if one.asset not in looked_at]

    @api.model
    def _mark_covered(self, problems):
        """Return the problems, those marked that lie in a planned downtime."""
        assets = self.env['it.asset'].browse({asset for one in problems for asset in (one.asset, one.host)})
        return alert.covered(problems, self.env['it.downtime']._covering(assets, clock.exact(self.env)).keys())
