from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import api, models

from ...lib import check_state, reading_text


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest result of a check.

    :param measured_at: naive UTC by the server's clock
    :param code: Nagios' code
    :param values: ``{'item', 'metric', 'unit', 'value'}`` each
    """

    measured_at: datetime
    code: int
    text: str
    values: list


class ItSampleStore(models.AbstractModel):
    """Reading back: who was heard of, and what is the newest of each check."""
    _inherit = 'it.sample.store'

    # === BUSINESS METHODS === #

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
            "SELECT DISTINCT agent_id FROM it_agent_stream WHERE last_seen >= %s", [self.env.cr.now() - timedelta(seconds=seconds)])
        return [agent for agent, in self.env.cr.fetchall()]

    @api.model
    def _newest(self, check_ids):
        """Return ``{check id: Newest}`` of the checks that were ever measured and judged."""
        self.env.cr.execute("""
            SELECT DISTINCT ON (place.check_id)
                   place.check_id, latest.measured_at, substring(latest.states FROM place.number::int * 2 - 1 FOR 2)::bit(2)::int,
                   COALESCE(latest.texts ->> (place.number - 1)::text, ''),
                   (SELECT json_agg(json_build_object(
                               'item', item, 'metric', metric, 'unit', unit, 'value', latest.values[position]) ORDER BY position)
                      FROM it_sample_series WHERE shape_id = shape.id AND check_id = place.check_id)
              FROM it_check AS checked
              JOIN it_sample_latest AS latest ON latest.agent_id = checked.agent_id
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id
              JOIN LATERAL unnest(shape.check_ids) WITH ORDINALITY AS place (check_id, number) ON place.check_id = checked.id
             WHERE checked.id = ANY(%s)
             ORDER BY place.check_id, latest.measured_at DESC
        """, [list(check_ids)])
        return {
            check: Newest(measured_at, code, text or reading_text.describe(values or []), values or [])
            for check, measured_at, code, text, values in self.env.cr.fetchall()}

    @api.model
    def _last_results(self, agent_ids):
        """Return ``{check id: time of its newest result}`` for all checks of some agents."""
        self.env.cr.execute("""
            SELECT checked.id, max(latest.measured_at)
              FROM it_sample_latest AS latest
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id
              JOIN it_check AS checked ON checked.id = ANY(shape.check_ids) AND checked.agent_id = latest.agent_id
             WHERE latest.agent_id = ANY(%s) GROUP BY checked.id
        """, [list(agent_ids)])
        return dict(self.env.cr.fetchall())

    @api.model
    def _fresh_checks(self):
        """Return ids of the checks whose newest result is fresh."""
        self.env['it.check'].flush_model(['every_s'])
        now = self.env.cr.now()
        self.env.cr.execute("""
            SELECT checked.id, checked.every_s, max(latest.measured_at)
              FROM it_check AS checked
              JOIN it_sample_latest AS latest ON latest.agent_id = checked.agent_id
              JOIN it_sample_shape AS shape ON shape.id = latest.shape_id AND checked.id = ANY(shape.check_ids)
             GROUP BY checked.id
        """)
        return [check for check, every_s, at in self.env.cr.fetchall() if not check_state.is_stale(at, every_s, now)]
