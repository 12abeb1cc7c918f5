from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .calendar_case import MONDAY, CalendarCase


@tagged('post_install', '-at_install')
class TestWorkingHours(CalendarCase):
    """Officers of human resources edit working schedules; what closes the company for IT, a manager of IT stands behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for person in (cls.technician, cls.manager):
            person.group_ids += cls.env.ref('hr.group_hr_user')

    def _monday(self):
        return self.schedule.attendance_ids.filtered(lambda line: line.dayofweek == '0')

    def _is_closed(self):
        self.env.invalidate_all()
        return self.calendar._closed_days(self.company)(MONDAY)

    def _ways(self):
        """Yield (name, record, method, arguments) of each way in which an officer may close the company on Mondays."""
        monday = self._monday()
        yield 'lines deleted', monday, 'unlink', ()
        yield 'lines deleted by their schedule', self.schedule, 'write', ({'attendance_ids': [Command.delete(line.id) for line in monday]},)
        yield 'lines moved to another day', monday, 'write', ({'dayofweek': '6'},)
        yield 'lines made a pause', monday, 'write', ({'day_period': 'lunch'},)
        yield 'lines moved to another schedule', monday, 'write', ({'calendar_id': self._schedule("Other", ()).id},)
        yield 'two weeks', self.schedule, 'switch_calendar_type', ()

    def test_schedule_that_an_officer_changes_closes_nothing(self):
        for number in range(6):
            name, record, method, arguments = list(self._ways())[number]
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self._rpc(self.technician, record, method, *arguments)
                if name == 'two weeks':
                    self._rpc(self.technician, self.schedule.attendance_ids.filtered(lambda line: line.dayofweek == '0'), 'unlink')
                self.assertFalse(self._is_closed())
                self.assertEqual(self.calendar._working_minutes(self.company, self._at(0), self._at(24)), 480)
                self.assertEqual(self.calendar._week_start(self.company), 0)
                savepoint.rollback()
            self.env.invalidate_all()

    def _take_monday_away(self, person=None):
        self._rpc(person or self.technician, self._monday(), 'unlink')

    def _window(self, person=None):
        window = self.env['it.hours.accept'].with_user(person or self.manager).create({})
        self.env.invalidate_all()
        return window

    def test_manager_sees_both_and_accepts(self):
        self._take_monday_away()
        self.assertTrue(self.company.itc_hours_wait)
        window = self._window()
        self.assertIn("Monday 8:00\u202fAM–12:00\u202fPM, 1:00\u202fPM–5:00\u202fPM", window.counting)
        self.assertNotIn("Monday", window.entered)
        self.assertIn("Tuesday 8:00\u202fAM–12:00\u202fPM, 1:00\u202fPM–5:00\u202fPM", window.entered)
        self.assertEqual((window.is_waiting, window.told), (True, "Technician"))
        for person in (self.technician, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._window(person)
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.company.with_user(person)._itc_accept_hours()
        kept = self.company.itc_calendar_id
        self._rpc(self.manager, window, 'action_apply')
        self.assertTrue(self._is_closed())
        self.assertFalse(self.company.itc_hours_wait or kept.exists())
        self.assertFalse(self._window().is_waiting)

    def test_what_changed_since_the_manager_looked_is_not_accepted(self):
        self._take_monday_away()
        form = Form(self.env['it.hours.accept'].with_user(self.manager))
        self._rpc(self.technician, self.schedule.attendance_ids.filtered(lambda line: line.dayofweek == '1'), 'unlink')
        window = form.save()
        with self.assertRaisesRegex(UserError, "changed the working hours meanwhile"):
            self._rpc(self.manager, window, 'action_apply')
        self.assertFalse(self._is_closed())

    def test_hours_of_a_manager_and_of_the_software_count_at_once(self):
        self._take_monday_away(self.manager)
        self.assertFalse(self.company.itc_hours_wait)
        self.assertTrue(self._is_closed())
        self.company.resource_calendar_id = self._schedule("Other")
        self.assertFalse(self._is_closed())

    def test_hours_that_are_as_before_wait_no_longer(self):
        lines = [{'name': "x", 'dayofweek': '0', 'day_period': line.day_period, 'hour_from': line.hour_from, 'hour_to': line.hour_to}
                 for line in self._monday()]
        self._take_monday_away()
        self._rpc(self.technician, self.schedule, 'write', {'attendance_ids': [Command.create(line) for line in lines]})
        self.assertFalse(self.company.itc_hours_wait or self.company.itc_calendar_id)

    def test_other_schedules_and_names_are_the_officers_own_affair(self):
        other = self._schedule("Night")
        self._rpc(self.technician, other.attendance_ids, 'unlink')
        self._rpc(self.technician, self.schedule, 'write', {'name': "Headquarters"})
        self.assertFalse(self.company.itc_hours_wait)

    def test_another_schedule_of_the_company_waits_too(self):
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager')
        for other in (self._schedule("Tuesdays", [1]), self._flexible(), self.env['resource.calendar']):
            with self.subTest(other=other.name):
                self._rpc(admin, self.company, 'write', {'resource_calendar_id': other.id})
                self.assertTrue(self.company.itc_hours_wait)
                self.assertFalse(self._is_closed())
                self.assertTrue(self.calendar._closed_days(self.company)(MONDAY + timedelta(days=6)))
                self._rpc(admin, self.company, 'write', {'resource_calendar_id': self.schedule.id})
                self.assertFalse(self.company.itc_hours_wait)

    def test_company_without_a_schedule_has_no_closed_day_until_a_manager_says_so(self):
        self.company.resource_calendar_id = False
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager')
        self._rpc(admin, self.company, 'write', {'resource_calendar_id': self._schedule("Tuesdays", [1]).id})
        self.assertIsNone(self.calendar._closed_days(self.company))
        self.assertIn("No working schedule", self._window().counting)
        self._rpc(self.manager, self._window(), 'action_apply')
        self.assertTrue(self._is_closed())

    def test_company_that_is_made_works_by_its_schedule_at_once(self):
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager') + self.env.ref('base.group_partner_manager')
        made = self.env['res.company'].browse(self._rpc(admin, self.env['res.company'], 'create', {'name': "New"}))
        self.assertTrue(made.resource_calendar_id)
        self.assertFalse(made.itc_hours_wait)

    def test_holidays_close_the_company_while_its_hours_wait(self):
        self._take_monday_away()
        self._holiday(self._at(0), self._at(24))
        self._holiday(self._at(0, 1), self._at(24, 1), calendar_id=self.schedule.id)
        self.assertTrue(self._is_closed())
        self.assertTrue(self.calendar._closed_days(self.company)(MONDAY + timedelta(days=1)))

    def test_days_of_who_asks_pass_no_quicker_by_shorter_days(self):
        self._rpc(self.technician, self.schedule.attendance_ids.filtered(lambda line: line.day_period != 'morning'), 'unlink')
        self._rpc(self.technician, self.schedule.attendance_ids, 'write', {'hour_to': 9})
        self.assertEqual(self.calendar._opening_days(self.company, self._at(0), self._at(0, 7)), 5)

    def test_nobody_edits_what_is_kept_or_says_by_hand_that_it_counts(self):
        self._take_monday_away()
        kept = self.company.itc_calendar_id
        self.assertFalse(kept.active)
        line = kept.attendance_ids[:1]
        for record, method, arguments in (
                (kept, 'write', ({'name': "x"},)), (kept, 'unlink', ()), (line, 'write', ({'dayofweek': '6'},)), (line, 'unlink', ()),
                (line, 'create', ({'name': "x", 'calendar_id': kept.id, 'dayofweek': '6', 'hour_from': 1, 'hour_to': 2},)),
                (self.schedule.attendance_ids, 'write', ({'calendar_id': kept.id},))):
            with self.subTest(model=record._name, method=method), self.assertRaises(AccessError):
                self._rpc(self.technician, record, method, *arguments)
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager')
        for values in ({'itc_hours_wait': False}, {'itc_calendar_id': self.schedule.id}, {'itc_hours_story': []}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(admin, self.company, 'write', values)

    def test_who_took_a_day_away_is_an_author_of_the_closed_day(self):
        self._clock(self._at(9))
        self._take_monday_away(self.manager)
        self.assertTrue(self._is_closed())
        self.assertIn(self.manager, self.calendar._closing_authors(self.company, self._at(0), self._at(24)))

    def test_set_up_tells_a_manager_what_waits(self):
        def line():
            return next(one for one in self.env['it.setup'].with_user(self.manager).get_setup()['lines'] if one['key'] == 'hours')
        self.assertEqual(line()['state'], 'done')
        self._take_monday_away()
        self.assertEqual((line()['state'], "Technician" in line()['found']), ('open', True))
        self._rpc(self.manager, self._window(), 'action_apply')
        self.assertEqual(line()['state'], 'done')
