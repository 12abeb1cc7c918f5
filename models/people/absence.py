from functools import cache

from odoo import api, models

from odoo.addons.it_continuity.lib import absence


class ItAbsence(models.AbstractModel):
    """Who is on leave by Odoo's calendars: ``resource.calendar.leaves`` of a person's resource, where Time Off writes as well."""
    _name = 'it.absence'
    _description = "Absence from Odoo's Calendars"

    # === BUSINESS METHODS === #

    @api.model
    def _test(self, company, users, start, end):
        """Return ``is_away(user id, first, last)`` for moments between ``start`` and ``end``.

        The number of queries depends neither on the people nor on what is asked later. An archived user, and one who cannot enter
        the company, is always away. The caller runs in superuser mode: leave is read, only the answer leaves this method.

        :param start: naive UTC, as is ``end``
        """
        reachable = set(users.filtered(lambda user: user.active and company in user.company_ids).ids)
        resources = self._resources(company, users)
        leaves = self._leaves(resources, start, end)
        hours = {resource: self._working_hours(resource, company) for resource in leaves}

        @cache
        def is_away(user_id, first, last):
            if user_id not in reachable:
                return True
            return any(
                absence.is_away(first, last, leaves[resource], *hours[resource])
                for resource in resources.get(user_id, ()) if resource in leaves)

        return is_away

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
    def _leaves(self, resources, start, end):
        """Return ``{resource: [(from, to)]}`` of those that have any leave in the time; training counts as work."""
        found = self.env['resource.calendar.leaves'].search_fetch([
            ('resource_id', 'in', [resource.id for mine in resources.values() for resource in mine]),
            ('time_type', '=', 'leave'), ('date_from', '<', end), ('date_to', '>', start),
        ], ['resource_id', 'date_from', 'date_to'])
        return {
            resource: [(leave.date_from, leave.date_to) for leave in mine]
            for resource, mine in found.grouped('resource_id').items()}

    @api.model
    def _working_hours(self, resource, company):
        """Return the hours that a person works, as ``absence.is_away`` wants them, and their time zone.

        Odoo means a working schedule's hours in the time zone of who works them, whatever the schedule's own is. Who has no fixed
        hours is taken to work the company's.
        """
        calendar = resource.calendar_id
        if not self._lines(calendar):
            calendar = company.resource_calendar_id
        by_day = {}
        for line in self._lines(calendar):
            by_day.setdefault((line.week_type or False, int(line.dayofweek)), []).append((line.hour_from, line.hour_to))
        week_type = self.env['resource.calendar.attendance'].get_week_type

        def hours(day):
            both = by_day.get((False, day.weekday()), [])
            return both + by_day.get((str(week_type(day)), day.weekday()), [])

        return hours, resource.tz or company.itc_tz

    @api.model
    def _lines(self, calendar):
        if calendar.flexible_hours:
            return calendar.attendance_ids.browse()
        return calendar.attendance_ids.filtered(lambda line: line.day_period != 'lunch' and not line.display_type)
