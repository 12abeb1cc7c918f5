import math
from collections import defaultdict
from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import backup_day, backup_growth, local_time
from ...lib.reading_text import quantity
from ..mixins import clock

GIB = 2**30
DISK = 'disk'
MOST_CHECKS = 10000


class ItBackupStorage(models.Model):
    """How much lay at one place on one day, as its host told it; written by a job, and by nobody else."""
    _name = 'it.backup.storage'
    _description = "Storage of Backups"
    _inherit = ['it.kept.mixin']
    _order = 'day desc, set_id, place, id desc'
    _log_access = False

    set_id = fields.Many2one('it.backup.set', string="Backup set", required=True, readonly=True, index=True, ondelete='restrict')
    place_id = fields.Many2one('it.backup.place', string="Place now", readonly=True, index='btree_not_null', ondelete='set null')
    place = fields.Char(readonly=True, help="Host and folder, as they were called then.")
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True, index=True)
    unknown = fields.Integer("Days unknown", readonly=True, help="Nobody could look on this day: how much lay there nobody knows.")
    is_whole = fields.Boolean("All of it", readonly=True, help="Of all files there the size is known. If not, more lies there than is told.")
    size_gib = fields.Float("Size, GiB", readonly=True, aggregator='avg', help="Of several days the average, of several places their sum.")
    files = fields.Integer(readonly=True, aggregator='avg', help="Of several days the average, of several places their sum.")
    volume = fields.Char(readonly=True, help="On which volume of its host it lies, where a check looks at all of them.")
    free_gib = fields.Float("Free there, GiB", readonly=True, aggregator='min', help="Free on its volume, where that is known; of several days the least.")
    forecast = fields.Char(compute='_compute_forecast', help="By what was known of the three months until that day.")

    _place_day_uniq = models.UniqueIndex('(place_id, day)', "A day of a place is kept once.")

    # === COMPUTE METHODS === #

    @api.depends('place_id', 'day')
    @api.depends_context('lang')
    def _compute_forecast(self):
        trends = self._trends()
        for row in self:
            words = [self._trend_words(*trends[row])]
            if not (row.is_whole or row.unknown):
                words.append(self.env._("More lies there than is told."))
            row.forecast = " ".join(words)

    # === BUSINESS METHODS === #

    @api.model
    def _kept_words(self):
        return self.env._("How much lies where is written by the software, and stays so: nobody makes, changes or deletes it.")

    def _read_group_select(self, aggregate_spec, query):
        """Return of a group what lay there on the average of its days, all places together; days of which nobody knows do not count."""
        name, _colon, aggregator = aggregate_spec.partition(':')
        if name not in ('size_gib', 'files') or aggregator != 'avg':
            return super()._read_group_select(aggregate_spec, query)
        value, day, unknown = (self._field_to_sql(self._table, one, query) for one in (name, 'day', 'unknown'))
        return SQL("SUM(%s)::float8 / NULLIF(COUNT(DISTINCT CASE WHEN %s = 0 THEN %s END), 0)", value, unknown, day)

    # === WHAT LIES THERE === #

    @api.model
    def _keep(self):
        """Keep how much lies at each place today, once it was looked at; a day that is over and on which it was not stays unknown."""
        now = clock.now(self.env)
        places_sudo = self.env['it.backup.place'].sudo().search([('set_id.active', '=', True)])
        states, last, sizes, room = places_sudo._states(), self._last_days(places_sudo), self._sizes(places_sudo), self._room(places_sudo)
        rows = []
        for place in places_sudo:
            tz = place.company_id.itc_tz or 'UTC'
            today = local_time.local_date(now, tz)
            first = last[place.id] + timedelta(days=1) if place.id in last else local_time.local_date(place.create_date, tz)
            first = max(first, today - timedelta(days=backup_day.MOST_DAYS))
            rows += [self._row(place, first + timedelta(days=number)) for number in range((today - first).days)]
            if first <= today and states[place] == 'seen':
                rows.append(self._row(place, today, sizes.get(place.id, ()), *room.get(place.id, ())))
        self._insert(rows)
        return len(rows)

    @api.model
    def _last_days(self, places):
        self.env.cr.execute("SELECT place_id, max(day) FROM it_backup_storage WHERE place_id = ANY(%s) GROUP BY place_id", [places.ids])
        return dict(self.env.cr.fetchall())

    @api.model
    def _sizes(self, places):
        """Return ``{place id: sizes of the files there, newest first}``."""
        self.env['it.backup.copy'].flush_model()
        self.env.cr.execute("""
            SELECT place_id, array_agg(size::float8 ORDER BY modified_at DESC, id DESC) FROM it_backup_copy
             WHERE is_there AND place_id = ANY(%s) GROUP BY place_id
        """, [places.ids])
        return dict(self.env.cr.fetchall())

    @api.model
    def _room(self, places):
        """Return ``{place id: (volume, bytes free on it)}`` of the places on volumes of which a check tells that looks at all of their host."""
        checks = self.env['it.check'].sudo().search([('kind', '=', DISK), ('agent_id', 'in', places.agent_id.ids)], limit=MOST_CHECKS)
        checks = checks.filtered(lambda check: not check.is_stale and not any((check.settings or {}).get(name) for name in ('include', 'exclude')))
        newest, free = self.env['it.sample.store']._newest(checks.ids), {}
        for check in checks:
            for value in newest[check.id].values if check.id in newest else ():
                if value['metric'] == 'free_bytes' and value['value'] is not None:
                    free.setdefault(check.agent_id, {})[value['item']] = value['value']
        found = {}
        for place in places:
            mounts = free.get(place.agent_id, {})
            volume = None if place.medium == 'network' else backup_growth.volume_of(place.folder or '', mounts)
            if volume:
                found[place.id] = volume, mounts[volume]
        return found

    @api.model
    def _row(self, place, day, sizes=None, volume=None, free=None):
        """Return a day of a place as it is kept.

        :param sizes: of the files there, newest first; None: nobody could look
        """
        size, is_whole = (None, False) if sizes is None else backup_growth.known_size(place.count, sizes)
        return {
            'set_id': place.set_id.id, 'place_id': place.id, 'place': place._words(), 'company_id': place.company_id.id, 'day': str(day),
            'unknown': int(sizes is None), 'is_whole': is_whole, 'size_gib': None if size is None else size / GIB,
            'files': None if sizes is None else place.count, 'volume': volume, 'free_gib': None if free is None else free / GIB}

    @api.model
    def _insert(self, rows):
        """Keep days as :meth:`_row` gives them, past the ORM; one that is kept stays as it is."""
        if not rows:
            return
        self.env.cr.execute("""
            INSERT INTO it_backup_storage (set_id, place_id, place, company_id, day, unknown, is_whole, size_gib, files, volume, free_gib)
            SELECT row.* FROM jsonb_to_recordset(%s) AS row (
                   set_id int, place_id int, place text, company_id int, day date, unknown int, is_whole bool, size_gib float8, files int, volume text,
                   free_gib float8)
                ON CONFLICT (place_id, day) DO NOTHING
        """, [Json(rows)])
        self.invalidate_model()

    # === HOW IT GOES ON === #

    def _trends(self):
        """Return ``{row: (GiB by which its place grows a month, months until its volume is full)}``, None where nobody can tell.

        What grows on a volume are all places there; the room is shared. By the same query for one row and for many.
        """
        if not self:
            return {}
        points, sharing = self._points(self.place_id.agent_id, min(self.mapped('day')), max(self.mapped('day')))
        grown = {}

        def growth(place, day):
            if (place, day) not in grown:
                first = day - timedelta(days=backup_growth.MOST_DAYS)
                grown[place, day] = backup_growth.a_month([one for one in points.get(place, ()) if first < one[0] <= day])
            return grown[place, day]

        trends = {}
        for row in self:
            beside = sharing.get((row.place_id.agent_id.id, row.volume), ()) if row.volume else ()
            together = [growth(place, row.day) for place in beside]
            left = backup_growth.months_left(row.free_gib, None if not together or None in together else sum(together))
            trends[row] = growth(row.place_id.id, row.day), left
        return trends

    @api.model
    def _points(self, agents, first, last):
        """Return ``{place id: [(day, size)]}`` of the days on which all that lay there is known, and the places by host and volume."""
        self.env.cr.execute("""
            SELECT row.place_id, place.agent_id, row.volume, row.day, CASE WHEN row.is_whole AND row.unknown = 0 THEN row.size_gib END
              FROM it_backup_storage AS row JOIN it_backup_place AS place ON place.id = row.place_id
             WHERE place.agent_id = ANY(%s) AND row.day BETWEEN %s AND %s ORDER BY row.day
        """, [agents.ids, first - timedelta(days=backup_growth.MOST_DAYS), last])
        points, sharing = defaultdict(list), defaultdict(set)
        for place, agent, volume, day, size in self.env.cr.fetchall():
            if volume:
                sharing[agent, volume].add(place)
            if size is not None:
                points[place].append((day, size))
        return points, sharing

    @api.model
    def _trend_words(self, growth, left):
        """Return in a sentence or two how it goes on."""
        if growth is None:
            return self.env._("Too little is known yet to say how it grows.")
        size = quantity(abs(growth) * GIB, 'B')
        if growth > 0:
            words = self.env._("Grows by %(size)s a month.", size=size)
        else:
            words = self.env._("Shrinks by %(size)s a month.", size=size) if growth else self.env._("Does not grow.")
        return " ".join(filter(None, (words, self._left_words(left))))

    @api.model
    def _left_words(self, left):
        """Return when its volume is full, '' where nobody can tell or it is not to be seen."""
        if left is None or left == math.inf:
            return ''
        if left < 1:
            return self.env._("The volume is full in less than a month.")
        if round(left) == 1:
            return self.env._("The volume is full in about one month.")
        return self.env._("The volume is full in about %(count)s months.", count=round(left))
