from datetime import date, datetime, time, timedelta
from functools import cache

from pytz import timezone, utc

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from ...lib import absence, workdays
from ..mixins import clock

STRETCH_DAYS = 64
# The local days that hold a moment begin and end within two days of it, wherever that is.
AROUND = timedelta(days=2)
MINUTE = timedelta(minutes=1)
LEAVE = Domain('time_type', '=', 'leave') & Domain('itc_counts', '=', True)  # training is entered as leave of another type, and counts as work


class ItCalendar(models.AbstractModel):
    """When the company works and who is away: the one place that asks Odoo's working schedules and leaves.

    Intervals are computed by ``resource.calendar`` alone: two-week schedules, flexible ones, holidays, clock changes. A company's hours
    are meant by the company's clock and a person's by the person's, whatever time zone the schedule itself names.
    """
    _name = 'it.calendar'
    _description = "Working Time and Leave"

    # === THE COMPANY'S TIME === #

    @api.model
    def _has_fixed_hours(self, company):
        """Tell whether the company's working schedule says at which hours it works; a flexible one does not."""
        return self._is_fixed(self._hours_that_count(company))

    @api.model
    def _closed_days(self, company):
        """Return ``is_closed(day)`` for the company's local days; None without a working schedule.

        A day is closed when it has no working hours or public holidays take them all; without fixed hours, when they take all of it.
        Odoo is asked by two queries for each stretch of STRETCH_DAYS that somebody asks about.
        """
        if not self._hours_that_count(company):
            return None
        tz = _zone(company)

        @cache
        def open_days(stretch):
            first = date.fromordinal(max(1, stretch * STRETCH_DAYS))
            start, end = (tz.localize(datetime.combine(day, time())) for day in (first, first + timedelta(days=STRETCH_DAYS)))
            return workdays.open_days((begin, stop) for begin, stop, _records in self._work(company, start, end))

        return lambda day: day not in open_days(day.toordinal() // STRETCH_DAYS)

    @api.model
    def _working_minutes(self, company, start, end):
        """Return how many minutes the company works between two naive UTC moments; without fixed hours all count but public holidays."""
        work = self._work(company, utc.localize(start), utc.localize(end))
        return round(sum((stop - begin).total_seconds() for begin, stop, _records in work) / 60)

    @api.model
    def _opening_days(self, company, start, end):
        """Return how many days' worth of opening hours lie between two naive UTC moments, as a float: half an average day counts half."""
        hours = self._hours_a_day(company)
        return self._working_minutes(company, start, end) / (60 * hours) if hours else 0.0

    @api.model
    def _hours_a_day(self, company):
        """Return how many hours the company's average day of work has; without fixed hours it is the whole day."""
        calendar_sudo = self._hours_that_count(company)
        return calendar_sudo._get_hours_per_day() if self._is_fixed(calendar_sudo) else 24

    @api.model
    def _work_spans(self, company, start, end, calendar=None):
        """Return the spans, naive UTC, of a company's working time between two naive UTC moments.

        :param calendar: another working schedule than the company's; the company's public holidays hold for it too
        """
        return [(begin, _whole(stop)) for begin, stop in _spans(self._work(company, utc.localize(start), utc.localize(end), calendar))]

    @api.model
    def _week_start(self, company):
        """Return the weekday, Monday 0 to Sunday 6, on which the company's week begins: after its longest stretch of free days."""
        calendar_sudo = self._hours_that_count(company)
        lines = calendar_sudo._get_global_attendances() if self._is_fixed(calendar_sudo) else []
        return workdays.week_start({int(line.dayofweek) for line in lines})

    @api.model
    def _work(self, company, start, end, calendar=None):
        """Return Odoo's intervals of a company's working time between two aware moments, public holidays left out, by its clock.

        :param calendar: another working schedule than the company's
        """
        hours_sudo, leaves_sudo = (calendar or self._hours_that_count(company)).sudo(), company.resource_calendar_id.sudo()
        tz = _zone(company)
        work = hours_sudo._attendance_intervals_batch(start, end, tz=tz)[False] if self._is_fixed(hours_sudo) else Intervals(
            [(start.astimezone(tz), end.astimezone(tz), self.env['resource.calendar.attendance'])])
        return work - leaves_sudo._leave_intervals_batch(start, end, domain=list(self._company_leave(company)), tz=tz)[False]

    @api.model
    def _hours_that_count(self, company):
        """Return the working schedule whose hours a manager stands behind, in superuser mode: opening hours are no secret inside the company."""
        company_sudo = company.sudo()
        return company_sudo.itc_calendar_id if company_sudo.itc_hours_wait else company_sudo.resource_calendar_id

    @api.model
    def _company_leave(self, company):
        """Return the domain of what may be public holidays of a company; whoever's own leave is among it is not."""
        return LEAVE & self._of_company(company)

    @api.model
    def _of_company(self, company):
        return Domain('company_id', 'in', [company.id, False]) & Domain('calendar_id', 'in', [company.resource_calendar_id.id, False])

    @api.model
    def _unaccepted_days(self, company):
        """Return what would be a public holiday of a company, today or later, if a manager stood behind it."""
        return self.env['resource.calendar.leaves'].search(
            Domain('itc_counts', '=', False) & Domain('time_type', '=', 'leave') & Domain('resource_id', '=', False)
            & Domain('date_to', '>=', clock.now(self.env)) & self._of_company(company))

    @api.model
    def _closing_authors(self, company, start, end):
        """Return who says that the company does not work between two naive UTC moments.

        That is whoever entered, moved or accepted its public holidays of then, and whoever changed its working schedule since.
        """
        calendar_sudo = company.resource_calendar_id.sudo()  # who wrote them is evidence, opening hours are no secret
        leaves_sudo = self.env['resource.calendar.leaves'].sudo().search(
            self._company_leave(company) & Domain('resource_id', '=', False) & Domain('date_from', '<', end) & Domain('date_to', '>', start))
        changed = [part for part in (calendar_sudo, *calendar_sudo.attendance_ids) if part.write_date > start]
        return leaves_sudo._itc_authors().union(company._itc_hours_told(start), *(part.write_uid for part in changed))

    # === PEOPLE'S TIME === #

    @api.model
    def _away_test(self, company, users, start, end):
        """Return ``is_away(user id, first, last)`` for moments between ``start`` and ``end``.

        The number of queries depends neither on the people nor on what is asked later, only on how many working schedules those
        on leave have. An archived user, and one who cannot enter the company, is always away. The caller runs in superuser
        mode: leave is read, only the answer leaves this method.

        :param start: naive UTC, as is ``end``
        """
        reachable = set(users.filtered(lambda user: user.active and company in user.company_ids).ids)
        resources = self._resources(company, users)
        start, end = utc.localize(start) - AROUND, utc.localize(end) + AROUND
        leaves = self._leave_intervals(company, resources, start, end)
        absent = self.env['resource.resource'].union(*resources.values()).filtered(lambda resource: leaves.get(resource.id))
        times = {resource: (_spans(leaves[resource.id]), _spans(work), resource.tz)
                 for resource, work in self._hours(company, absent, start, end).items()}

        @cache
        def is_away(user_id, first, last):
            if user_id not in reachable:
                return True
            return any(absence.is_away(first, last, *times[resource]) for resource in resources.get(user_id, ()) if resource in times)

        return is_away

    @api.model
    def _working_now(self, company, users, moment):
        """Return the ids of those of these people whose working hours hold a naive UTC moment; on a public holiday nobody's do.

        Who has no schedule of fixed hours works the company's; where there are none either, any hour is working time. Leave is not
        asked for, see ``_away_test``. The number of queries depends on the working schedules only. Superuser mode.
        """
        at = utc.localize(moment)
        calendar_sudo = company.resource_calendar_id.sudo()
        holidays = calendar_sudo._leave_intervals_batch(at, at + MINUTE, domain=list(self._company_leave(company)), tz=_zone(company))[False]
        if holidays:
            return set()
        resources = self._resources(company, users)
        everybody = self.env['resource.resource'].union(*resources.values())
        hours = self._hours(company, everybody, at - AROUND, at + AROUND)
        is_open = bool(self._work(company, at, at + MINUTE))
        has_fixed = self._has_fixed_hours(company)
        holds = {
            resource: is_open if not has_fixed and not self._is_fixed(resource.calendar_id) else any(
                start <= at < stop for start, stop, _records in hours.get(resource, ()))
            for resource in everybody}
        return {
            user.id for user in users
            if (any(holds[resource] for resource in resources[user.id]) if resources.get(user.id) else is_open)}

    @api.model
    def _leaves_meanwhile(self, company, users, start, end):
        """Return the leaves of these people that fall between two naive UTC moments, as they hand runs over. Superuser mode."""
        found = self._leave_intervals(company, self._resources(company, users), utc.localize(start), utc.localize(end))
        leaves = self.env['resource.calendar.leaves']
        return leaves.union(*(records for intervals in found.values() for _begin, _stop, records in intervals))

    @api.model
    def _resources(self, company, users):
        """Return the resources by user id: those of the company, or of whatever company if there is none."""
        found = self.env['resource.resource'].search_fetch(
            [('user_id', 'in', users.ids)], ['user_id', 'company_id', 'calendar_id', 'tz'])
        by_user = found.grouped(lambda resource: resource.user_id.id)
        return {
            user: mine.filtered(lambda resource: resource.company_id in (company, company.browse())) or mine
            for user, mine in by_user.items()}

    @api.model
    def _leave_intervals(self, company, resources, start, end):
        """Return Odoo's intervals of people's own leave by resource id, by one query; a public holiday is nobody's.

        Odoo counts the leave of who has no working schedule by whole days.

        :param resources: as ``_resources`` returns them
        """
        everybody = self.env['resource.resource'].union(*resources.values())
        if not everybody:
            return {}
        own = LEAVE & Domain('resource_id', '!=', False)
        # No schedule is named: a leave stays one though its person's schedule changed since.
        return self.env['resource.calendar']._leave_intervals_batch(start, end, everybody, list(own), _zone(company))

    @api.model
    def _hours(self, company, resources, start, end):
        """Return Odoo's intervals in which people work, leave or not: ``{resource: intervals}``.

        Who has no fixed hours is taken to work the company's; if those are not fixed either, there are none.
        """
        fixed = resources.filtered(lambda resource: self._is_fixed(resource.calendar_id))
        found, _by_calendar = fixed._get_valid_work_intervals(start, end, compute_leaves=False)
        hours = {resource: found[resource.id] for resource in fixed}
        for tz, others in (resources - fixed).grouped('tz').items():
            calendar = self._hours_that_count(company)
            theirs = calendar._attendance_intervals_batch(start, end, tz=timezone(tz))[False] if self._is_fixed(calendar) else Intervals()
            hours.update(dict.fromkeys(others, theirs))
        return hours

    @api.model
    def _is_fixed(self, calendar):
        return bool(not calendar.flexible_hours and calendar._get_global_attendances())


def _zone(company):
    """Return the company's time zone; a form may have no company yet."""
    return timezone(company.itc_tz or 'UTC')


def _spans(intervals):
    """Return Odoo's intervals as naive UTC ``(start, end)``."""
    return [tuple(moment.astimezone(utc).replace(tzinfo=None) for moment in (start, stop)) for start, stop, _records in intervals]


def _whole(moment):
    """Return the second at which a span ends: for Odoo a day ends a millionth of it before midnight."""
    return (moment + timedelta(seconds=1)).replace(microsecond=0) if moment.microsecond else moment
