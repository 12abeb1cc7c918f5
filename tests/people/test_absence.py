from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .calendar_case import MONDAY, OFFICE, CalendarCase


@tagged('post_install', '-at_install')
class TestAbsence(CalendarCase):
    """Whether somebody is away all the time between two moments, and by which leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resource = cls._works(cls.technician)

    @classmethod
    def _works(cls, user, **values):
        employee = cls.env['hr.employee'].create({'name': user.name, 'user_id': user.id, 'company_id': cls.company.id})
        employee.resource_id.write({'tz': 'Africa/Addis_Ababa', **values})
        return employee.resource_id

    def _leave(self, first, last, resource=None, **values):
        """Enter a leave between two local hours, counted from Monday's midnight."""
        return self.env['resource.calendar.leaves'].create({
            'name': "Leave", 'resource_id': (resource or self.resource).id, 'date_from': self._at(first), 'date_to': self._at(last), **values})

    def _is_away(self, first, last, user=None):
        user = user or self.technician
        start, end = self._at(first), self._at(last)
        return self.calendar._away_test(self.company, user, start, end)(user.id, start, end)

    def test_leave_of_all_hours_of_work_is_a_day_off(self):
        self.assertFalse(self._is_away(0, 24))
        self._leave(8, 17)
        self._leave(24 + 8, 24 + 12)
        self.assertTrue(self._is_away(0, 24))
        self.assertFalse(self._is_away(24, 48))
        self.assertTrue(self._is_away(24, 24 + 12))
        self.assertFalse(self._is_away(0, 48))

    def test_who_is_off_all_day_is_off_that_evening_whatever_else_is_asked(self):
        self._leave(8, 17)
        self.assertTrue(self._is_away(18, 22))
        self.assertTrue(self._is_away(5, 7))
        self.assertFalse(self._is_away(24 + 18, 24 + 22))
        is_away = self.calendar._away_test(self.company, self.technician, self._at(0), self._at(0, 30))
        self.assertTrue(is_away(self.technician.id, self._at(18), self._at(22)))

    def test_two_week_schedule(self):
        days = [*((day, '0') for day in range(5)), *((day, '1') for day in range(4))]
        self.resource.calendar_id = self._schedule("Fortnight", days, two_weeks_calendar=True)
        for week in (0, 1):
            thursday = 24 * (3 + 7 * week)
            self._leave(thursday + 8, thursday + 17)
        self.assertFalse(self._is_away(24 * 3, 24 * 5), "Friday is left")
        self.assertTrue(self._is_away(24 * 10, 24 * 12), "Friday is free in that week")

    def test_flexible_schedule_is_taken_for_the_company_s_hours(self):
        self.resource.calendar_id = self._flexible()
        self._leave(8, 12)
        self._leave(24 + 8, 24 + 17)
        self.assertFalse(self._is_away(0, 24))
        self.assertTrue(self._is_away(0, 12))
        self.assertTrue(self._is_away(24, 48))
        self.company.resource_calendar_id = self._flexible()
        self.assertFalse(self._is_away(24, 48), "nobody says which hours these are")
        self._leave(48, 72 - 0.001)
        self.assertTrue(self._is_away(48, 72))

    def test_leave_of_who_has_no_schedule_counts_by_whole_days_as_in_odoo(self):
        self.resource.calendar_id = False
        self._leave(9, 10, calendar_id=False)
        self.assertTrue(self._is_away(0, 24))
        self.assertFalse(self._is_away(24, 48))

    def test_hours_are_those_of_the_person_s_clock(self):
        self.resource.tz = 'America/New_York'  # eight hours behind
        self._leave(8, 17)
        self.assertFalse(self._is_away(0, 24), "8 to 16 there is 16 to 24 here")
        self._leave(16, 25, self._works(self.technician_2, tz='America/New_York'))
        self.assertTrue(self._is_away(8, 24, self.technician_2))

    def test_new_contract_s_schedule_counts_from_its_first_day(self):
        employee = self.resource.employee_id
        employee.version_id.write({
            'date_version': '2026-01-01', 'contract_date_start': '2026-01-01', 'contract_date_end': '2026-11-24',
            'resource_calendar_id': self.schedule.id})
        employee.create_version({
            'date_version': '2026-11-25', 'contract_date_start': '2026-11-25', 'contract_date_end': False,
            'resource_calendar_id': self._schedule("Mornings", lines=OFFICE[:1]).id})
        self._leave(24 + 8, 24 + 12)
        self._leave(48 + 8, 48 + 12)
        self.assertFalse(self._is_away(24, 48))
        self.assertTrue(self._is_away(48, 72))

    def test_holidays_and_training_make_nobody_absent(self):
        self._holiday(self._at(0), self._at(24))
        self._leave(8, 17, time_type='other')
        self.assertFalse(self._is_away(0, 24))

    def test_who_left_or_cannot_enter_the_company_is_always_away(self):
        other = self.env['res.company'].create({'name': "Elsewhere"})
        self.technician_2.write({'company_ids': [Command.set(other.ids)], 'company_id': other.id})
        self.assertTrue(self._is_away(0, 24, self.technician_2))
        self.technician.active = False
        self.assertTrue(self._is_away(0, 24))

    def test_form_of_a_rota_shows_its_turns_before_a_company_is_chosen(self):
        self._leave(8, 17)
        rota = self.env['it.rota'].new({
            'company_id': False, 'start_date': MONDAY, 'member_ids': [Command.create({'user_id': self.technician.id})]})
        self.assertEqual(len(rota.next_turns.split('\n')), 10)

    def test_day_of_25_hours(self):
        self.company.itc_tz = self.resource.tz = 'Europe/Berlin'
        self.resource.calendar_id = self._schedule("Sundays", [6], [(0, 24, 'full_day')])
        start, end = datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 23)
        leave = self.env['resource.calendar.leaves'].create({
            'name': "Off", 'resource_id': self.resource.id, 'date_from': start, 'date_to': end - timedelta(seconds=1)})
        for last, away in ((end, True), (end - timedelta(hours=1), False)):
            leave.date_to = last
            self.assertEqual(self.calendar._away_test(self.company, self.technician, start, end)(self.technician.id, start, end), away)

    def test_queries_grow_neither_with_people_nor_with_what_is_asked(self):
        people, counts = self.technician, []
        for number in range(6):
            user = self._person('technician', f'many_{number}')
            people += user
            self._leave(8, 17, self._works(user))
            if number in (0, 5):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                is_away = self.calendar._away_test(self.company, people, self._at(0), self._at(0, 30))
                self.assertTrue(all(is_away(one.id, self._at(0), self._at(24)) for one in people[1:]))
                self.assertFalse(any(is_away(one.id, self._at(0, day), self._at(24, day)) for one in people for day in range(1, 30)))
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_leaves_between_two_moments(self):
        first, second = self._leave(8, 12), self._leave(10, 17)
        self._leave(24 + 8, 24 + 17)
        self._leave(8, 17, time_type='other')
        self._leave(8, 17, self._works(self.technician_2))
        self._holiday(self._at(8), self._at(17))

        def leaves(start, end):
            return self.calendar._leaves_meanwhile(self.company, self.technician, self._at(start), self._at(end))

        self.assertEqual(leaves(0, 24), first + second)
        self.assertEqual(leaves(13, 24), second)
        self.assertFalse(leaves(17, 24 + 8))

    def test_who_is_on_duty_for_a_role(self):
        people = self.technician + self.technician_2
        self._works(self.technician_2)
        duty = self.env['it.duty'].sudo()

        def on_duty(day):
            return duty._on_duty(self.company, people, self._at(9, day), self._at(10, day))

        self._leave(8, 17)
        self.assertEqual(on_duty(0), self.technician_2)
        self.assertEqual(on_duty(1), people)
        self._leave(8, 17, self.technician_2.employee_ids.resource_id)
        self.assertEqual(on_duty(0), people, "somebody has to hear of it")

    def test_turns_and_the_only_one_with_the_role(self):
        duty = self.env['it.duty']
        rota = self.env['it.rota'].create({
            'name': "Days", 'start_date': MONDAY, 'turn_unit': 'days', 'member_ids': [
                Command.create({'user_id': user.id, 'sequence': place}) for place, user in enumerate((self.technician, self.technician_2))]})
        nobody = self.env['res.users']
        tuesday = MONDAY + timedelta(days=1)
        self.assertEqual(duty._planned(tuesday, nobody, rota, self.role), self.technician_2.id)
        self.assertEqual(duty._planned(tuesday, self.manager, rota, self.role), self.manager.id)
        self.assertEqual(duty._planned(tuesday, nobody, rota.browse(), self.role), self.technician.id)
        self.role.user_ids += self.technician_2
        self.assertIsNone(duty._planned(tuesday, nobody, rota.browse(), self.role))
