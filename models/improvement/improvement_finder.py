import logging
from datetime import datetime, timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL

from ...lib import compliance, recurring
from ..mixins import clock
from .improvement_figures import asked_sql, trouble_sql

_logger = logging.getLogger(__name__)

# How often something of a pattern has to happen; the company's settings, 0 for never.
THRESHOLDS = {
    'task': 'itc_recur_task', 'check': 'itc_recur_check', 'alert': 'itc_recur_alert', 'ticket': 'itc_recur_ticket', 'reopened': 'itc_recur_reopened',
    'outage': 'itc_recur_outage', 'excuse': 'itc_recur_excuse', 'supply': 'itc_recur_supply',
}
COMODELS = {'task_id': 'it.task', 'check_id': 'it.check', 'category_id': 'it.ticket.category', 'asset_id': 'it.asset'}
# What stands behind each ref of a find. A check's are moments of its history, which are no records.
RECORDS = {
    'task': 'it.task.run', 'ticket': 'it.ticket', 'reopened': 'it.ticket', 'supply': 'it.ticket', 'outage': 'it.outage', 'excuse': 'it.run.excuse',
    'alert': 'it.alert',
}
MOVING = ('alert', 'reopened')  # whose events are dated by what happened to them last, so that earlier ones cannot be counted again
ASKED_AT = SQL("ticket.requested_at")
HARDWARE_KINDS = ('host', 'ups', 'printer', 'network', 'pos')
HARDWARE_OUTAGES = ('power', 'hardware', 'network')


class ItImprovementFinder(models.AbstractModel):
    """Finds what keeps going wrong, one statement a pattern, and keeps one suggestion for each.

    What counts as an event and when like events are enough is told by ``lib.recurring``.
    """
    _name = 'it.improvement.finder'
    _description = "Finder of What Keeps Going Wrong"

    # === CRON === #

    @api.model
    def _cron_find(self):
        """Look in every company that has the handbook's tasks."""
        companies = self.env['res.company'].search([])  # every company  # pylint: disable=no-search-all
        for number, company in enumerate(companies, start=1):
            self._find_in(company)
            if not self.env['ir.cron']._commit_progress(1, remaining=len(companies) - number):
                break

    # === BUSINESS METHODS === #

    @api.model
    def _find_in(self, company):
        """Look for what keeps going wrong in one company; who looks at the same time leaves it to the first."""
        [(is_ours,)] = self.env.execute_query(SQL(
            "SELECT pg_try_advisory_xact_lock(hashtext('it.improvement.finder'), %s)", company.id))
        if not is_ours:
            return
        for pattern in recurring.PATTERNS:
            for find in self._finds(company, pattern, self._known(company, pattern)):
                self._take(company, pattern, find)

    @api.model
    def _known(self, company, pattern):
        """Return the likes of which there is an improvement that is not closed."""
        return [self._like_of(record) for record in self.env['it.improvement'].sudo().search([
            ('company_id', '=', company.id), ('pattern', '=', pattern), ('pattern_key', '!=', False), ('state', '!=', 'closed')])]

    @api.model
    def _finds(self, company, pattern, known=()):
        """Return the :class:`lib.recurring.Find` of one pattern; ``like`` are the values of ``lib.recurring.PATTERNS``.

        :param known: likes that are found however seldom they happen
        """
        at_least, days, now = company[THRESHOLDS[pattern]], company.itc_recur_days, clock.now(self.env)
        if at_least <= 0:
            return []
        self.env.flush_all()
        parts = SQL(", ").join(SQL.identifier(name) for name in recurring.PATTERNS[pattern])
        rows = self.env.execute_query(SQL(
            "SELECT %(parts)s, array_agg(ref ORDER BY ref) FROM (%(events)s) AS event WHERE at >= %(now)s - make_interval(days => %(days)s)"
            " AND at <= %(now)s GROUP BY %(parts)s HAVING count(*) >= %(least)s OR %(known)s ORDER BY %(parts)s",
            parts=parts, events=self._events(company, pattern), now=now, days=days, least=at_least,
            known=SQL(" OR ").join([SQL("FALSE"), *(self._same(pattern, like) for like in known)])))
        return [recurring.Find(tuple(like), tuple(refs)) for *like, refs in rows]

    @api.model
    def _events(self, company, pattern):
        """Return a query of what counts as an event of a pattern: its parts, ``ref`` and ``at``."""
        return getattr(self, f'_events_{pattern}')(company)

    @api.model
    def _events_task(self, company):
        return SQL(
            "SELECT task_id, id AS ref, due_at AS at FROM (SELECT *, %(bucket)s AS bucket FROM it_task_run run WHERE company_id = %(company)s) run"
            " WHERE %(trouble)s", bucket=SQL(compliance.bucket_sql()), company=company.id, trouble=trouble_sql())

    @api.model
    def _events_check(self, company):
        """A check that was well or unknown and is told to be bad: once is trouble, again and again is trouble or flapping."""
        return SQL(
            "SELECT change.check_id, change.id AS ref, change.at FROM it_check_transition change JOIN it_check one ON one.id = change.check_id"
            " WHERE %s AND one.active AND change.after IN ('warning', 'critical') AND change.before IN ('ok', 'unknown')",
            self._is_of(company, SQL("one.company_id")))

    @api.model
    def _events_alert(self, company):
        """An alert that ended without anybody having done anything or that flapped; each time that one was put off; each whole day that one was
        there and nobody did anything, or it flaps: its check wants tuning, or the watch over its host. An alert stands behind several events
        then; one that became part of another stands behind what happened until then.
        """
        return SQL(
            "SELECT alert.check_id, alert.host_id AS asset_id, alert.id AS ref, event.at FROM (SELECT *, COALESCE(resolved_at, %(now)s) AS last_at,"
            " CASE WHEN cause_kind != 'check' THEN asset_id END AS host_id,"
            " acknowledged_at IS NULL AND owner_id IS NULL AND ticket_id IS NULL AS is_nobodys FROM it_alert"
            " WHERE %(ours)s AND CASE WHEN cause_kind = 'check' THEN check_id ELSE asset_id END IS NOT NULL) AS alert CROSS JOIN LATERAL ("
            "SELECT alert.opened_at AS at WHERE alert.has_flapped OR alert.state = 'resolved' AND alert.is_nobodys AND alert.snooze_count = 0"
            " UNION ALL SELECT alert.last_at FROM generate_series(1, alert.snooze_count)"
            " UNION ALL SELECT day FROM generate_series(alert.opened_at + interval '1 day', alert.last_at, interval '1 day') AS day"
            " WHERE alert.is_flapping OR alert.is_nobodys AND alert.snooze_count = 0) AS event",
            ours=self._is_of(company, SQL("company_id")), now=clock.now(self.env))

    @api.model
    def _events_ticket(self, company):
        return self._tickets(company, SQL("category.nature = 'incident'"))

    @api.model
    def _events_supply(self, company):
        return self._tickets(company, SQL("category.nature = 'supply'"))

    @api.model
    def _events_reopened(self, company):
        return self._tickets(company, SQL("ticket.reopen_count > 0"), SQL("COALESCE(ticket.reopened_at, ticket.requested_at)"))

    @api.model
    def _tickets(self, company, condition, at=ASKED_AT):
        return SQL(
            "SELECT ticket.category_id, ticket.asset_id, ticket.id AS ref, %s AS at FROM it_ticket ticket"
            " JOIN it_ticket_category category ON category.id = ticket.category_id"
            " WHERE ticket.company_id = %s AND %s AND %s", at, company.id, asked_sql(), condition)

    @api.model
    def _events_outage(self, company):
        return SQL(
            "SELECT kind AS outage_kind, asset_id, id AS ref, start_at AS at FROM it_outage WHERE %s AND kind != 'maintenance'",
            self._is_of(company, SQL("company_id")))

    @api.model
    def _events_excuse(self, company):
        """An excuse that counts in the compliance report, by when what it excuses was due."""
        return SQL(
            "SELECT excuse.kind AS excuse_kind, excuse.id AS ref, run.due_at AS at FROM it_run_excuse excuse"
            " JOIN (SELECT *, %(bucket)s AS bucket FROM it_task_run run WHERE company_id = %(company)s) run ON run.excuse_id = excuse.id"
            " WHERE %(excused)s", bucket=SQL(compliance.bucket_sql()), company=company.id, excused=SQL(compliance.excused_sql()))

    @api.model
    def _is_of(self, company, column):
        """Return the condition that something is this company's; what every company shares is looked at for the first one, as its alerts are."""
        shared = SQL(" OR %s IS NULL", column) if company == self.env.ref('base.main_company') else SQL()
        return SQL("(%s = %s%s)", column, company.id, shared)

    @api.model
    def _closed_at(self, company, key):
        """Return when an improvement about this was closed last: what happened until then it was about. None when there was none."""
        done = self.env['it.improvement'].sudo().search([
            ('company_id', '=', company.id), ('pattern_key', '=', key), ('state', '=', 'closed')], order='closed_at desc', limit=1)
        return done.closed_at or None

    @api.model
    def _alike(self, company, pattern, like, closed_at, until=None, days=None):
        """Return the find of all events within the days that are like this, without those until a moment if one is given.

        :param until: naive UTC, when the days end; None for now
        :param days: how many; None for those that the company looks back
        """
        until = until or clock.now(self.env)
        since = max(until - timedelta(days=days or company.itc_recur_days), closed_at + timedelta.resolution if closed_at else datetime.min)
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            "SELECT ref FROM (%s) AS event WHERE at >= %s AND at <= %s AND %s ORDER BY ref", self._events(company, pattern), since, until,
            self._same(pattern, like)))
        return recurring.Find(like, tuple(ref for [ref] in rows))

    @api.model
    def _times(self, record, until=None, days=None):
        """Return how often that happened within the days which this one improvement stands for, 0 where nothing is alike.

        :param until: naive UTC, when the days end; None for now
        :param days: how many; None for those that the company looks back
        """
        if not (record.pattern and record.pattern_key):
            return 0
        closed_at = self._closed_at(record.company_id, record.pattern_key)
        return len(self._alike(record.company_id, record.pattern, self._like_of(record), closed_at, until, days).refs)

    @api.model
    def _recount_put_aside(self, company, days):
        """Count again how often it had happened when each was dismissed, now that a company looks back on other days than then.

        Where some of what was counted then is dated anew since, what lies between the old days and the new ones is added or taken away.

        :param days: how many were looked back until now
        """
        is_longer = company.itc_recur_days > days
        for record in self.env['it.improvement'].sudo().search([
                ('company_id', '=', company.id), ('state', '=', 'dismissed'), ('pattern_key', '!=', False)]):
            times = self._times(record, until=record.closed_at)
            if record.pattern in MOVING:
                times = max(times, record.put_aside_at + times - self._times(record, until=record.closed_at, days=days))
            elif is_longer:
                times = max(times, record.put_aside_at)
            if times != record.put_aside_at:
                record._transition({'put_aside_at': times})

    @api.model
    def _like_of(self, record):
        """Return what events have in common for which this one improvement stands."""
        return tuple(record[name].id if name in COMODELS else record[name] or None for name in recurring.PATTERNS[record.pattern])

    @api.model
    def _same(self, pattern, like):
        """Return the condition that an event is like this."""
        return SQL("(%s)", SQL(" AND ").join(
            SQL("%s = %s", SQL.identifier(name), value) if value else SQL("%s IS NULL", SQL.identifier(name))
            for name, value in zip(recurring.PATTERNS[pattern], like, strict=True)))

    # === ONE FIND === #

    @api.model
    def _take(self, company, pattern, find):
        """Make a suggestion of a find, or let it join the one that is known."""
        key = recurring.key(pattern, find.like)
        closed_at = self._closed_at(company, key)
        fresh = self._alike(company, pattern, find.like, closed_at) if closed_at else find
        records = self.env['it.improvement']
        known = records._like(company, key)
        answer = recurring.answer(known.state or None, len(fresh.refs), known.put_aside_at, company[THRESHOLDS[pattern]])
        if answer == 'draft':
            known = self._draft(company, pattern, key, fresh)
        if not known:
            return
        known._keep_times(len(fresh.refs))
        if pattern in RECORDS:
            known._link(self.env[RECORDS[pattern]].sudo().browse(fresh.refs))
        known._count_cost(company.itc_recur_days)
        if answer == 'come_back':
            known._come_back(self.env._(
                "How often within the days looked back (%(days)s): %(count)s; when it was dismissed: %(before)s.", count=len(fresh.refs),
                days=company.itc_recur_days, before=known.put_aside_at))

    @api.model
    def _draft(self, company, pattern, key, find):
        """Make the one suggestion for a find; nothing when another job, which began earlier, has just made it."""
        try:
            with self.env.cr.savepoint():
                record = self.env['it.improvement'].with_context(lang=company._get_itc_lang())._draft(
                    company, self._prepare_values(pattern, key, find), source='software')
                record.flush_recordset()
        except UniqueViolation:
            _logger.info("%s is suggested already", key)
            return self.env['it.improvement']
        record._tell(company._itc_people(), self.env._(
            "How often within the days looked back (%(days)s): %(count)s.", count=len(find.refs), days=company.itc_recur_days))
        return record

    @api.model
    def _prepare_values(self, pattern, key, find):
        values = {name: value for name, value in zip(recurring.PATTERNS[pattern], find.like, strict=True) if value}
        return {
            **values, 'pattern': pattern, 'pattern_key': key, 'area': self._get_area(values), 'name': self._get_name(pattern, values),
            'check_ids': [Command.link(values['check_id'])] if 'check_id' in values else [],
            'asset_ids': [Command.link(values['asset_id'])] if 'asset_id' in values else []}

    @api.model
    def _get_area(self, values):
        if values.get('asset_id'):
            return 'hardware' if self.env['it.asset'].sudo().browse(values['asset_id']).kind in HARDWARE_KINDS else 'software'
        if values.get('outage_kind'):
            return 'hardware' if values['outage_kind'] in HARDWARE_OUTAGES else 'software' if values['outage_kind'] == 'software' else 'other'
        return 'software' if values.get('check_id') else 'process'

    @api.model
    def _get_name(self, pattern, values):
        """Return what a suggestion is called, in the language of the environment."""
        improvements = self.env['it.improvement']
        names = [
            *(self.env[COMODELS[name]].sudo().browse(values[name]).display_name for name in COMODELS if values.get(name)),
            *(dict(improvements._fields[name]._description_selection(self.env))[values[name]]
              for name in ('outage_kind', 'excuse_kind') if values.get(name)),
        ]
        what = " · ".join(names)
        return {
            'task': self.env._("Keeps being missed, failed or overridden: %(what)s", what=what),
            'check': self.env._("Keeps turning bad: %(what)s", what=what),
            'alert': self.env._("Nobody acts on it, it flaps, or it is put off: tune %(what)s", what=what),
            'ticket': self.env._("Keeps being asked for: %(what)s", what=what),
            'reopened': self.env._("Keeps being reopened: %(what)s", what=what),
            'outage': self.env._("Keeps breaking down: %(what)s", what=what),
            'excuse': self.env._("Keeps excusing missed tasks: %(what)s", what=what),
            'supply': self.env._("Keeps running dry: %(what)s", what=what),
        }[pattern]
