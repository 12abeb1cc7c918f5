from datetime import date, datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .calendar_case import MONDAY, CalendarCase

FORTNIGHT = [*((day, '0') for day in range(5)), *((day, '1') for day in range(4))]  # every second Friday off


@tagged('post_install', '-at_install')
class TestOpeningDays(CalendarCase):
    """Which local days are closed."""

    def _closed(self, first=MONDAY, count=14):
        """Return the days of the month that are closed among some days."""
        is_closed = self.calendar._closed_days(self.company)
        days = [first + timedelta(days=number) for number in range(count)]
        return [day.day for day in days if is_closed(day)]

    def test_days_without_hours_are_closed(self):
        self.assertEqual(self._closed(), [28, 29, 5, 6])
        self.assertEqual(self._closed(date(2035, 1, 1), 8), [6, 7])
        self.assertEqual(self._closed(date(2019, 12, 30), 8), [4, 5])

    def test_lunch_is_no_time_to_work(self):
        self.schedule.attendance_ids.filtered(lambda line: line.dayofweek == '2' and line.day_period != 'lunch').unlink()
        self.assertEqual(self._closed(count=7), [25, 28, 29])

    def test_holiday_closes_when_nothing_is_left_to_work(self):
        self._holiday(self._at(8), self._at(17))
        self._holiday(self._at(0, 1), self._at(24, 1) - timedelta(seconds=1))
        self._holiday(self._at(8, 2), self._at(12, 2))
        self._holiday(self._at(8, 3), self._at(12, 3))
        self._holiday(self._at(13, 3), self._at(17, 3))
        self._holiday(self._at(8, 4), self._at(16.5, 4))
        self.assertEqual(self._closed(count=7), [23, 24, 26, 28, 29])

    def test_holiday_of_many_days_closes_each_of_them_and_no_other(self):
        self._holiday(self._at(0, 1), self._at(24, 3))
        self.assertEqual(self._closed(count=7), [24, 25, 26, 28, 29])

    def test_what_is_no_holiday_of_the_company_closes_nothing(self):
        other = self.env['res.company'].create({'name': "Elsewhere"})
        resource = self.env['resource.resource'].create({'name': "One", 'user_id': self.technician.id, 'company_id': self.company.id})
        whole_day = self._at(0), self._at(24)
        theirs = self.env['resource.calendar.leaves'].with_company(other).create({
            'name': "Theirs", 'calendar_id': False, 'date_from': whole_day[0], 'date_to': whole_day[1]})
        self.assertEqual(theirs.company_id, other)
        self._holiday(*whole_day, calendar_id=self._schedule("Shift").id)
        self._holiday(*whole_day, time_type='other')
        self._holiday(*whole_day, resource_id=resource.id)
        self.assertEqual(self._closed(count=7), [28, 29])

    def test_two_week_schedule(self):
        self.company.resource_calendar_id = self._schedule("Fortnight", FORTNIGHT, two_weeks_calendar=True)
        self.assertEqual(self._closed(), [28, 29, 4, 5, 6])
        # a year of 53 weeks ends: a second week follows a first one all the same
        self.assertEqual(self._closed(date(2026, 12, 28)), [1, 2, 3, 9, 10])

    def test_flexible_schedule_is_closed_on_holidays_only(self):
        self.company.resource_calendar_id = self._flexible()
        self.assertEqual(self._closed(), [])
        self._holiday(self._at(0, 2), self._at(24, 2) - timedelta(seconds=1))
        self._holiday(self._at(8, 3), self._at(17, 3))
        self.assertEqual(self._closed(), [25])

    def test_last_working_day_of_a_flexible_company_is_no_weekend_and_no_holiday(self):
        self.company.resource_calendar_id = self._flexible()
        mixin = self.env['it.task'].new({'schedule_kind': 'last_workday', 'company_id': self.company.id, 'start_date': MONDAY})
        self._holiday(datetime(2027, 1, 28, 21), datetime(2027, 1, 29, 21))
        is_closed = mixin._closed()
        self.assertEqual([day for day in range(25, 32) if is_closed(date(2027, 1, day))], [29, 30, 31])

    def test_company_without_schedule_has_no_closed_days(self):
        self.company.resource_calendar_id = False
        self.assertIsNone(self.calendar._closed_days(self.company))

    def test_day_is_the_company_s_whatever_zone_the_schedule_names(self):
        # 20:00 to 24:00 in Addis Ababa is the next morning in Auckland
        self.company.resource_calendar_id = self._schedule("Night", [4], [(20, 24, 'afternoon')])
        self.assertEqual(self._closed(count=7), [23, 24, 25, 26, 28, 29])
        self._holiday(self._at(20, 4), self._at(24, 4))
        self.assertIn(27, self._closed(count=7))

    def test_days_on_which_the_clock_changes(self):
        self.company.itc_tz = 'Europe/Berlin'
        self.company.resource_calendar_id = self._schedule("Always", range(7), [(0, 24, 'full_day')])
        for sunday, first, hours in (
                (date(2026, 3, 29), datetime(2026, 3, 28, 23), 23), (date(2026, 10, 25), datetime(2026, 10, 24, 22), 25)):
            with self.subTest(sunday=sunday):
                holiday = self._holiday(first, first + timedelta(hours=hours))
                self.assertEqual(self._closed(sunday - timedelta(days=1), 3), [sunday.day])
                holiday.date_to -= timedelta(hours=1)
                self.assertEqual(self._closed(sunday - timedelta(days=1), 3), [])

    def test_queries_grow_with_the_stretches_asked_about_and_not_with_days_or_holidays(self):
        for day in range(0, 100, 10):
            self._holiday(self._at(0, day), self._at(24, day) - timedelta(seconds=1))
        self._closed(count=1)
        self.env.flush_all()
        is_closed = self.calendar._closed_days(self.company)
        days = [MONDAY + timedelta(days=number) for number in range(60)]  # they touch two stretches at most
        with self.assertQueryCount(4):
            self.assertEqual(sum(map(is_closed, days)), 20)
        with self.assertQueryCount(0):
            self.assertEqual(sum(map(is_closed, days)), 20)

    def test_runs_follow_it(self):
        """A task that is left out on closed days has no run on the Friday off."""
        self.company.resource_calendar_id = self._schedule("Fortnight", FORTNIGHT, two_weeks_calendar=True)
        self._clock(self._at(9))
        task = self.env['it.task'].create({
            'name': "Open days", 'code': 'open_days', 'start_date': MONDAY, 'closed_rule': 'skip',
            'checklist_id': self.env['it.checklist'].create({'name': "Round", 'code': 'round'}).id})
        self._clock(self._at(9, 14))
        task._generate_runs()
        self.assertEqual([run.date.day for run in task.run_ids.sorted('date') if run.date < date(2026, 12, 7)],
                         [23, 24, 25, 26, 27, 30, 1, 2, 3])


@tagged('post_install', '-at_install')
class TestWorkingMinutes(CalendarCase):
    """How long the company works between two moments."""

    def assertMinutes(self, start, end, minutes):
        self.assertEqual(self.calendar._working_minutes(self.company, start, end), minutes)

    def test_hours_of_the_day_without_lunch(self):
        self.assertMinutes(self._at(0), self._at(24), 480)
        self.assertMinutes(self._at(11.5), self._at(13.25), 45)
        self.assertMinutes(self._at(12), self._at(13), 0)
        self.assertMinutes(self._at(17), self._at(24), 0)
        self.assertMinutes(self._at(9), self._at(9), 0)
        self.assertMinutes(self._at(12), self._at(9), 0)

    def test_over_nights_and_weekends(self):
        self.assertMinutes(self._at(16), self._at(9, 1), 120)
        self.assertMinutes(self._at(16, 4), self._at(9, 7), 120)
        self.assertMinutes(self._at(0), self._at(0, 28), 4 * 5 * 480)

    def test_less_holidays(self):
        self._holiday(self._at(0, 1), self._at(24, 1) - timedelta(seconds=1))
        self._holiday(self._at(13, 2), self._at(15, 2))
        self._holiday(self._at(8, 3), self._at(17, 3), time_type='other')
        self.assertMinutes(self._at(0), self._at(0, 5), 480 + 0 + 360 + 480 + 480)

    def test_two_week_schedule(self):
        self.company.resource_calendar_id = self._schedule("Fortnight", FORTNIGHT, two_weeks_calendar=True)
        self.assertMinutes(self._at(0, 4), self._at(0, 5), 480)
        self.assertMinutes(self._at(0, 11), self._at(0, 12), 0)

    def test_flexible_schedule_counts_all_but_holidays(self):
        self.company.resource_calendar_id = self._flexible()
        self._holiday(self._at(8), self._at(17))
        self.assertMinutes(self._at(7), self._at(18), 120)
        self.assertMinutes(self._at(0, 5), self._at(0, 7), 2 * 1440)

    def test_work_without_end_loses_no_minute(self):
        self.company.resource_calendar_id = self._schedule("Always", range(7), [(0, 24, 'full_day')])
        self.assertMinutes(self._at(0), self._at(0, 70), 70 * 1440)

    def test_days_on_which_the_clock_changes(self):
        self.company.itc_tz = 'Europe/Berlin'
        self.company.resource_calendar_id = self._schedule("Always", range(7), [(0, 24, 'full_day')])
        self.assertMinutes(datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22), 23 * 60)
        self.assertMinutes(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 23), 25 * 60)
        self.schedule.attendance_ids = [Command.create({'name': "Sunday", 'dayofweek': '6', 'hour_from': 8, 'hour_to': 17})]
        self.company.resource_calendar_id = self.schedule
        for first, last in ((datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22)), (datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 23))):
            self.assertMinutes(first, last, 540)
        self.assertMinutes(datetime(2026, 10, 25, 7), datetime(2026, 10, 25, 8), 60)
        self.assertMinutes(datetime(2026, 10, 25, 6), datetime(2026, 10, 25, 7), 0)
