from datetime import date, datetime, timedelta

from odoo.fields import Command

from ..common import ItcCase

MONDAY = date(2026, 11, 23)  # in a first week of Odoo's two, which is an even one
OFFICE = ((8, 12, 'morning'), (12, 13, 'lunch'), (13, 17, 'afternoon'))


class CalendarCase(ItcCase):
    """A company three hours ahead of UTC that works Monday to Friday from 8 to 17, its working schedule in a time zone far away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.schedule = cls._schedule("Office")
        cls.company.resource_calendar_id = cls.schedule
        cls.calendar = cls.env['it.calendar'].sudo()

    @classmethod
    def _schedule(cls, name, days=range(5), lines=OFFICE, **values):
        """Return a working schedule with the same hours on some weekdays; a day may be ``(weekday, '0' or '1')``, the week of two."""
        def line(day, first, last, period):
            weekday, week = day if isinstance(day, tuple) else (day, False)
            return Command.create({
                'name': f"{name} {weekday}", 'dayofweek': str(weekday), 'week_type': week, 'hour_from': first, 'hour_to': last,
                'day_period': period})
        return cls.env['resource.calendar'].create({
            'name': name, 'company_id': cls.company.id, 'tz': 'Pacific/Auckland',
            'attendance_ids': [Command.clear(), *(line(day, *hours) for day in days for hours in lines)], **values})

    @classmethod
    def _flexible(cls, **values):
        """Return a flexible schedule, which Odoo lets keep the lines that it had before."""
        return cls._schedule("Flexible", flexible_hours=True, hours_per_day=8, full_time_required_hours=40, **values)

    def _at(self, hour, day=0):
        """Return the naive UTC moment of an hour in Addis Ababa, counted from Monday's midnight."""
        return datetime.combine(MONDAY, datetime.min.time()) + timedelta(days=day, hours=hour - 3)

    def _holiday(self, first, last, **values):
        """Enter a public holiday between two naive UTC moments."""
        return self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'resource_id': False, 'company_id': self.company.id, 'calendar_id': False, 'date_from': first,
            'date_to': last, **values})
