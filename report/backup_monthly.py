from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from ..models.mixins import clock

SUMS = ('days', 'good', 'late', 'unknown', 'bad', 'past_rpo', 'unproven', 'afterwards')
MEANS = ('good_pct:avg', 'age_h:avg', 'rpo_share:avg', 'rpo_worst:max')
# Signs, not colours alone: a page may be printed in black and white.
SIGNS = {'good': '✓', 'late': 'L', 'unknown': '?', 'bad': '✗', 'unkept': '–', 'none': ''}
MOST_RESTORES = 200
KEPT_WITHIN = timedelta(hours=1)  # the job that keeps a day comes by several times an hour


class ReportComplianceMonthly(models.AbstractModel):
    """The page of the monthly PDF about backups; its figures are read from ``it.backup.report``, ``it.backup.storage`` and ``it.restore.report``."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _named_models(self):
        return [*super()._named_models(), 'it.backup.set']

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Tell of backups in ``backups`` (see ``_backups``) unless only some checklists are asked for."""
        figures = super()._figures(company, first_day, checklists)
        return {**figures, 'backups': None if checklists else self._backups(company, first_day, figures['name_of'])}

    @api.model
    def _backups(self, company, first_day, name_of):
        """Return how the backups of a month stood; None where nobody has begun with any.

        :return: ``days`` (of the month), ``sets`` (see ``_backup_sets``), ``total`` (their counts), ``links`` (see ``_weak_links``), ``unplaced``
            (names of sets of which nobody said where they lie), ``storage`` (see ``_backup_storage``), ``restores`` (lines of ``it.restore.report``)
        """
        domain = self._month_domain(company, first_day)
        sets = self.env['it.backup.set'].search([('company_id', '=', company.id)])
        sets_sudo = sets.sudo()
        lines = self.env['it.backup.report'].search_fetch(domain, ['set_id', 'date', 'outcome'])
        restores = self.env['it.restore.report'].search(domain & Domain('state', '!=', 'drawn'), order='date, id', limit=MOST_RESTORES)
        placed = sets.browse(one.id for one in sets_sudo if one.place_ids)
        if not (lines or placed or restores):
            return None
        days = [first_day + timedelta(days=number) for number in range((first_day + relativedelta(months=1) - first_day).days)]
        rows = self._backup_sets(domain, lines, placed | lines.set_id, days, name_of)
        return {
            'days': days, 'sets': rows, 'total': {**self._backup_rows(domain, [])[0], 'unkept': sum(row['unkept'] for row in rows)},
            'links': self._weak_links(domain), 'unplaced': sorted(name_of(one) for one in sets - placed - lines.set_id),
            'storage': self._backup_storage(company, first_day, name_of), 'restores': restores,
        }

    @api.model
    def _backup_rows(self, domain, groupby):
        """Return one dict a group: ``key``, each count, and each mean or worst, which is None of nothing."""
        rows, names = [], [*SUMS, *(spec.partition(':')[0] for spec in MEANS)]
        for row in self.env['it.backup.report']._read_group(domain, groupby, [*(f'{name}:sum' for name in SUMS), *MEANS]):
            figures = dict(zip(names, row[len(groupby):], strict=True))
            rows.append({
                'key': row[0] if groupby else None, **{name: figures[name] or 0 for name in SUMS},
                **{name: None if figures[name] is False else figures[name] for name in names[len(SUMS):]}})
        return rows

    @api.model
    def _backup_sets(self, domain, lines, sets, days, name_of):
        """Return one dict a set: its ``name``, its counts (see ``_backup_rows``), and in ``cells`` what each day counts as, ``(day, outcome, sign)``."""
        counts = {row['key']: row for row in self._backup_rows(domain, ['set_id'])}
        none = {**dict.fromkeys(SUMS, 0), **dict.fromkeys(spec.partition(':')[0] for spec in MEANS)}
        outcomes = {(line.set_id, line.date): line.outcome for line in lines}
        now, rows, asked = clock.now(self.env), [], self.env['it.backup.day']._first_asked(sets)
        for one in sets.sorted(lambda one: (one.sudo().sequence, name_of(one), one.id)):
            promise = one.sudo()._promise()
            cells = []
            for day in days:
                is_over = one in asked and day >= asked[one] and promise.expects(day) and promise.copied_until(day) + KEPT_WITHIN <= now
                outcome = outcomes.get((one, day), 'unkept' if is_over and one.sudo().active else 'none')
                cells.append((day, outcome, SIGNS[outcome]))
            rows.append({**counts.get(one, none), 'name': name_of(one), 'cells': cells, 'unkept': sum(outcome == 'unkept' for _day, outcome, _sign in cells)})
        return rows

    @api.model
    def _weak_links(self, domain):
        """Return ``[(link, why, days)]`` of the days that were not proven in time, in words, what was most often first."""
        report = self.env['it.backup.report']
        links, codes = (dict(report._fields[name]._description_selection(self.env)) for name in ('link', 'code'))
        made_late = links['made']
        found = report._read_group(domain & Domain('outcome', '!=', 'good'), ['link', 'code'], ['days:sum'])
        return sorted(((links.get(link, made_late), codes.get(code, ''), days) for link, code, days in found), key=lambda row: (-row[2], row[0], row[1]))

    @api.model
    def _backup_storage(self, company, first_day, name_of):
        """Return one dict a place: ``set``, ``place``, ``size`` and ``files`` on the last day that is known, ``day`` (that day), ``is_whole``,
        ``average`` (GiB on the average of the month), ``unknown`` (days), ``free`` (on its volume, None where nobody knows), ``forecast`` (in words).
        """
        storage = self.env['it.backup.storage']
        domain = Domain([('company_id', '=', company.id), ('day', '>=', first_day), ('day', '<', first_day + relativedelta(months=1))])
        groups = storage._read_group(domain, ['set_id', 'place'], ['size_gib:avg', 'unknown:sum'])
        last = {}
        for row in storage.search_fetch(domain & Domain('unknown', '=', 0), ['set_id', 'place'], order='day, id'):
            last[row.set_id, row.place] = row
        storage.union(*last.values()).mapped('forecast')  # for all at once
        rows = []
        for set_, place, average, unknown in groups:
            row = last.get((set_, place), storage)
            rows.append({
                'id': set_.id, 'set': name_of(set_), 'place': place, 'day': row.day, 'size': row.size_gib if row else None, 'files': row.files if row else None,
                'is_whole': row.is_whole, 'average': average if row else None, 'unknown': unknown,
                'free': row.free_gib if row.volume else None, 'forecast': row.forecast if row else self.env._("Nobody could look there in this month.")})
        return sorted(rows, key=lambda row: (row['set'].casefold(), row['place'] or '', row['id']))
