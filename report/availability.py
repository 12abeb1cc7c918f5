from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import compliance, local_time
from ..models.mixins import clock

MONTHS = 25  # as long as changes of checks are kept
MINUTES = ('up', 'down', 'unknown', 'planned', 'planned_up')
# What a share is made of, and of what. Both are always shown together: a downtime that somebody plans moves the second one only.
SHARES = {
    'up_pct': (('up', 'planned_up'), ('up', 'down', 'unknown', 'planned')),
    'outside_pct': (('up',), ('up', 'down', 'unknown')),
}


class ItAvailability(models.Model):
    """Minutes in which an asset was up, down, unknown or in planned downtime, a line an asset and month; see ``docs/figures.md``.

    Made by one statement from what was known of the asset's checks, for all assets. Nothing is stored.
    """
    _name = 'it.availability'
    _description = "Availability"
    _auto = False
    _order = 'month desc, asset_id'
    _rec_name = 'asset_id'
    _depends = {
        'it.asset': ['company_id', 'category_id', 'criticality'],
        'it.check': ['active', 'asset_id', 'hard_state', 'hard_since'],
        'it.downtime': ['asset_ids', 'company_id', 'start_at', 'end_at', 'repeats', 'every', 'until', 'ended_at'],
    }

    asset_id = fields.Many2one('it.asset', readonly=True)
    category_id = fields.Many2one('it.asset.category', readonly=True)
    criticality = fields.Selection(lambda self: self.env['it.asset']._fields['criticality'].selection, readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    month = fields.Date(readonly=True, help="First day of the month, by the company's clock.")
    up = fields.Float(
        "Up, minutes", readonly=True, digits=(16, 0), help="All its checks were confirmed to be ok or a warning, outside of planned downtime.")
    down = fields.Float("Down, minutes", readonly=True, digits=(16, 0), help="A check was confirmed to be critical, outside of planned downtime.")
    unknown = fields.Float(
        "Unknown, minutes", readonly=True, digits=(16, 0),
        help="No check was critical, and of one at least nobody knew how it was, outside of planned downtime.")
    planned = fields.Float("Planned downtime, minutes", readonly=True, digits=(16, 0), help="A downtime covered it, whatever its checks said.")
    planned_up = fields.Float("Up in planned downtime, minutes", readonly=True, digits=(16, 0), help="Of these, how long it was up all the same.")
    up_pct = fields.Float(
        "Availability %", readonly=True, aggregator='avg', digits=(5, 1), help="Up, of all the time in which it was watched: planned or not.")
    outside_pct = fields.Float(
        "Availability outside of planned downtime %", readonly=True, aggregator='avg', digits=(5, 1),
        help="Up, of the watched time that nobody had planned as downtime.")

    # === BUSINESS METHODS === #

    def _read_group_select(self, aggregate_spec, query):
        """Return a group's share of its minutes, not the mean of its lines' shares."""
        name, _colon, aggregator = aggregate_spec.partition(':')
        if name not in SHARES or aggregator != 'avg':
            return super()._read_group_select(aggregate_spec, query)
        return _share(*([super(ItAvailability, self)._read_group_select(f'{one}:sum', query) for one in names] for names in SHARES[name]))

    @property
    def _table_query(self):
        months, downtimes = self._months(), self._downtimes()
        return SQL(
            QUERY, now=clock.exact(self.env), own=self.env.company.id,
            company=[one[0] for one in months], month=[one[1] for one in months], start=[one[2] for one in months], end=[one[3] for one in months],
            asset=[one[0] for one in downtimes], begin=[one[1] for one in downtimes], until=[one[2] for one in downtimes],
            **{name: _share(*([SQL.identifier(one) for one in names] for names in share)) for name, share in SHARES.items()})

    @api.model
    def _months(self):
        """Return ``(company id, first day, start, end)`` of the last months of each company, which begin by its own clock; times naive UTC."""
        rows, own = [], self.env.company
        having_assets = self.env['it.asset'].sudo()._read_group([('company_id', '!=', False)], ['company_id'])
        for company in own.union(*(company for [company] in having_assets)).sudo():
            tz = company.itc_tz or 'UTC'
            first = local_time.local_date(clock.exact(self.env), tz).replace(day=1)
            for back in range(MONTHS):
                day = first - relativedelta(months=back)
                rows.append((company.id, day, local_time.to_utc(day, 0.0, tz), local_time.to_utc(day + relativedelta(months=1), 0.0, tz)))
        return rows

    @api.model
    def _downtimes(self):
        """Return ``(asset id, start, end)`` of all downtimes of watched assets in this time."""
        now = clock.exact(self.env)
        watched = self.env['it.check'].sudo()._read_group([], ['asset_id'])
        assets = self.env['it.asset'].sudo().browse(asset.id for [asset] in watched)
        spans = self.env['it.downtime']._spans(assets, now - relativedelta(months=MONTHS), now)
        return [(asset, begin, until) for asset, found in spans.items() for begin, until, _downtime in found]

    @api.model
    def _of_month(self, company, first_day):
        """Return the lines of one company's month, what was available least first, and all of them added up by company.

        :return: ``(it.availability records, {'up', 'down', …, 'up_pct', 'outside_pct'})``; minutes, and percentages that are None of nothing
        """
        domain = [('company_id', '=', company.id), ('month', '=', first_day)]
        lines = self.search(domain, order='up_pct, asset_id')
        [[*sums]] = self._read_group(domain, [], [*(f'{name}:sum' for name in MINUTES), *(f'{name}:avg' for name in SHARES)])
        minutes, shares = sums[:len(MINUTES)], sums[len(MINUTES):]
        return lines, {
            **{name: found or 0.0 for name, found in zip(MINUTES, minutes, strict=True)},
            **{name: None if found is False else found for name, found in zip(SHARES, shares, strict=True)}}  # Odoo says False of nothing


def _share(counted, asked):
    """Return the percentage of some minutes in others as an SQL expression; lib's rounding is for whole numbers, so it counts seconds."""
    part, whole = (SQL("(%s)", SQL(" + ").join(SQL("round((%s)::numeric * 60)::bigint", one) for one in names)) for names in (counted, asked))
    return SQL(compliance.percent_sql('%(part)s', '%(whole)s'), part=part, whole=whole)


# A change that became known later, and happened earlier, overrules those known before it: the host told with its backlog what it was like
# while nobody heard it. The very first change of a check is from unknown: before it nobody knew anything.
QUERY = """
    WITH month AS (
        SELECT row.* FROM unnest(%(company)s::int[], %(month)s::date[], %(start)s::timestamp[], %(end)s::timestamp[])
            AS row (company_id, month, start_at, end_at)
    ), checked AS (
        SELECT checks.id, checks.asset_id, checks.create_date AS made_at, checks.hard_state, checks.hard_since
          FROM it_check AS checks WHERE checks.active
    ), told AS (
        SELECT change.check_id, change.id, change.at, change.before, change.after,
               min(change.at) OVER (PARTITION BY change.check_id ORDER BY change.id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS earlier_at
          FROM it_check_transition AS change WHERE change.check_id IN (SELECT id FROM checked)
    ), change AS (
        SELECT check_id, id, at, after FROM told WHERE earlier_at IS NULL OR at < earlier_at
         UNION ALL
        SELECT checked.id, 0, checked.hard_since, checked.hard_state
          FROM checked WHERE checked.hard_since IS NOT NULL AND NOT EXISTS (SELECT FROM told WHERE told.check_id = checked.id)
         UNION ALL
        SELECT checked.id, -1, checked.made_at, COALESCE(first.before, 'unknown') FROM checked
          LEFT JOIN (SELECT DISTINCT ON (check_id) check_id, before FROM told ORDER BY check_id, id) AS first ON first.check_id = checked.id
    ), span AS (
        SELECT change.check_id, change.after AS state, change.at AS begin_at,
               LEAST(%(now)s, LEAD(change.at, 1, %(now)s) OVER (PARTITION BY change.check_id ORDER BY change.at, change.id)) AS end_at
          FROM change
    ), event AS (
        SELECT checked.asset_id, GREATEST(span.begin_at, checked.made_at) AS at, 1 AS watched, (state = 'critical')::int AS down,
               (state = 'unknown')::int AS unknown, 0 AS planned
          FROM span JOIN checked ON checked.id = span.check_id WHERE span.end_at > GREATEST(span.begin_at, checked.made_at)
         UNION ALL
        SELECT checked.asset_id, span.end_at, -1, -(state = 'critical')::int, -(state = 'unknown')::int, 0
          FROM span JOIN checked ON checked.id = span.check_id WHERE span.end_at > GREATEST(span.begin_at, checked.made_at)
         UNION ALL
        SELECT row.asset_id, LEAST(moment, %(now)s), 0, 0, 0, step
          FROM unnest(%(asset)s::int[], %(begin)s::timestamp[], %(until)s::timestamp[]) AS row (asset_id, begin_at, until_at)
         CROSS JOIN LATERAL (VALUES (row.begin_at, 1), (row.until_at, -1)) AS edge (moment, step)
         UNION ALL
        SELECT watched.asset_id, month.start_at, 0, 0, 0, 0
          FROM (SELECT DISTINCT asset_id FROM checked) AS watched JOIN it_asset AS asset ON asset.id = watched.asset_id
          JOIN month ON month.company_id = COALESCE(asset.company_id, %(own)s)
    ), moment AS (
        SELECT asset_id, at, sum(watched) AS watched, sum(down) AS down, sum(unknown) AS unknown, sum(planned) AS planned
          FROM event GROUP BY asset_id, at
    ), stretch AS (
        SELECT asset_id, at, EXTRACT(epoch FROM LEAD(at) OVER one - at) / 60 AS minutes, sum(watched) OVER one AS watched,
               sum(down) OVER one AS down, sum(unknown) OVER one AS unknown, sum(planned) OVER one AS planned
          FROM moment WINDOW one AS (PARTITION BY asset_id ORDER BY at)
    ), counted AS (
        SELECT stretch.asset_id, asset.company_id, asset.category_id, asset.criticality, month.month,
               COALESCE(sum(minutes) FILTER (WHERE planned = 0 AND down = 0 AND unknown = 0), 0) AS up,
               COALESCE(sum(minutes) FILTER (WHERE planned = 0 AND down > 0), 0) AS down,
               COALESCE(sum(minutes) FILTER (WHERE planned = 0 AND down = 0 AND unknown > 0), 0) AS unknown,
               COALESCE(sum(minutes) FILTER (WHERE planned > 0), 0) AS planned,
               COALESCE(sum(minutes) FILTER (WHERE planned > 0 AND down = 0 AND unknown = 0), 0) AS planned_up
          FROM stretch
          JOIN it_asset AS asset ON asset.id = stretch.asset_id
          JOIN month ON month.company_id = COALESCE(asset.company_id, %(own)s) AND stretch.at >= month.start_at AND stretch.at < month.end_at
         WHERE watched > 0 AND minutes > 0
         GROUP BY stretch.asset_id, asset.company_id, asset.category_id, asset.criticality, month.month
    )
    SELECT asset_id::bigint * 4096 + (EXTRACT(year FROM month)::int - 2000) * 12 + EXTRACT(month FROM month)::int AS id,
           asset_id, company_id, category_id, criticality, month, up, down, unknown, planned, planned_up,
           %(up_pct)s AS up_pct, %(outside_pct)s AS outside_pct
      FROM counted
"""
