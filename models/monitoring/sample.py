from collections.abc import Collection

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .sample_store import doubt_limit

BOUNDING = ('check_id', 'agent_id')
STREAM_SHIFT = 43  # where a row's id holds its stream


class ItSample(models.Model):
    """The measured values of a check as lines, for list, graph and pivot. Nothing is stored here: the raw tables are unnested."""
    _name = 'it.sample'
    _description = "Measured Value"
    _auto = False
    _order = 'measured_at desc, metric, item'
    _rec_name = 'metric'

    measured_at = fields.Datetime("Measured", readonly=True)
    ts = fields.Datetime("Host's clock", readonly=True, help="What the host's own clock said. It may be wrong.")
    dating = fields.Selection(
        [('sure', "Sure"), ('doubtful', "In doubt")], string="Time", readonly=True,
        help="In doubt: the host's clock was set, or it slept or was started anew, and nothing ties this value to our clock. "
             "It verifies nothing and changes no state.")
    check_id = fields.Many2one('it.check', readonly=True)
    agent_id = fields.Many2one('it.agent', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    item = fields.Char(readonly=True)
    metric = fields.Char(readonly=True)
    unit = fields.Char(readonly=True)
    value = fields.Float(readonly=True, aggregator='avg', digits=(16, 2))
    state = fields.Selection(
        [('ok', "OK"), ('warning', "Warning"), ('critical', "Critical"), ('unknown', "Unknown")], readonly=True)
    text = fields.Char(readonly=True)

    @property
    def _table_query(self):
        """Start from the check, so that a filter on it reaches the index on host and time before anything is unnested."""
        return SQL("""
            SELECT (cycle.stream_id::bigint << %s) | ((cycle.seq & 2147483647) << 12) | COALESCE(series.position, 0) AS id,
                   cycle.measured_at, cycle.ts,
                   CASE WHEN COALESCE(cycle.doubt_s, 0) <= %s THEN 'sure' ELSE 'doubtful' END AS dating,
                   checked.id AS check_id, checked.agent_id, checked.company_id,
                   series.item, series.metric, series.unit, cycle.values[series.position]::float8 AS value,
                   (ARRAY['ok', 'warning', 'critical', 'unknown'])[
                       substring(cycle.states FROM place.number::int * 2 - 1 FOR 2)::bit(2)::int + 1] AS state,
                   cycle.texts ->> (place.number - 1)::text AS text
              FROM it_check AS checked
              JOIN it_sample_shape AS shape ON shape.agent_id = checked.agent_id AND checked.id = ANY(shape.check_ids)
              JOIN LATERAL unnest(shape.check_ids) WITH ORDINALITY AS place (check_id, number) ON place.check_id = checked.id
              LEFT JOIN it_sample_series AS series ON series.shape_id = shape.id AND series.check_id = checked.id
              JOIN it_sample_cycle AS cycle ON cycle.agent_id = checked.agent_id AND cycle.shape_id = shape.id
        """, STREAM_SHIFT, doubt_limit('checked'))

    # === CRUD METHODS === #

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Refuse to unnest the whole history: every row asked for has to be of a check or a host that is named.

        The screen shows nothing then, and its empty text says what to choose.
        """
        domain = Domain(domain).map_conditions(self._name_hosts)
        if not _is_bounded(iter(list(domain.optimize(self)))):
            if self.env.context.get('it_values_screen'):
                return super()._search(Domain.FALSE, *args, **kwargs)
            raise UserError(self.env._("Choose a check or a host first: the history of all of them is too long to show."))
        return super()._search(domain, *args, **kwargs)

    def _name_hosts(self, condition):
        """Name the hosts to which values belong that are asked for by id, so that the others' history stays untouched."""
        if condition.field_expr != 'id' or condition.operator not in ('=', 'in'):
            return condition
        ids = condition.value if condition.operator == 'in' else [condition.value]
        streams = sorted({one >> STREAM_SHIFT for one in ids if type(one) is int and 0 < one < 2**63})
        self.env.cr.execute("SELECT DISTINCT agent_id FROM it_agent_stream WHERE id = ANY(%s)", [streams])
        return condition & Domain('agent_id', 'in', [agent for agent, in self.env.cr.fetchall()])


def _is_bounded(terms):
    """Tell whether all rows of an optimized domain belong to checks or hosts that it names by id.

    :param terms: iterator over the domain in prefix notation; the first whole term is taken from it
    """
    term = next(terms)
    if term == '!':
        _is_bounded(terms)
        return False
    if term in ('&', '|'):
        sides = _is_bounded(terms), _is_bounded(terms)
        return any(sides) if term == '&' else all(sides)
    name, operator, value = term
    if name == 0:  # nothing at all
        return True
    return name in BOUNDING and operator == 'in' and isinstance(value, Collection) and all(type(one) is int and one for one in value)
