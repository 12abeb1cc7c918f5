from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .calendar_case import MONDAY, CalendarCase

CLEARED = {'itc_counts': False, 'itc_vouched_by_id': False}


@tagged('post_install', '-at_install')
class TestLeaveAuthors(CalendarCase):
    """Only what a manager stands behind closes the company, and only an own leave makes somebody absent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user, cls.technician, cls.technician_2):
            cls.env['hr.employee'].create({'name': user.name, 'user_id': user.id, 'company_id': cls.company.id})

    def _own(self, user, **values):
        leave = self._rpc(user, self.env['resource.calendar.leaves'], 'create', {
            'name': "Day off", 'resource_id': user.employee_ids.resource_id.id, 'date_from': self._at(0), 'date_to': self._at(24), **values})
        return self.env['resource.calendar.leaves'].browse(leave)

    def _is_closed(self):
        self.env.invalidate_all()
        return self.calendar._closed_days(self.company)(MONDAY)

    def _is_away(self, user):
        self.env.invalidate_all()
        away = self.calendar._away_test(self.company, user, self._at(0), self._at(24))
        return away(user.id, self._at(8), self._at(17))

    def _blanked(self, user):
        leave = self._own(user)
        self._rpc(user, leave, 'write', {'resource_id': False, 'calendar_id': False})
        self.assertFalse(leave.resource_id)
        return leave

    def test_own_leave_that_an_employee_turns_into_the_companys_closes_nothing(self):
        for user in (self.user, self.technician):
            with self.subTest(user=user.login):
                leave = self._blanked(user)
                self.assertFalse(leave.itc_counts)
                self.assertEqual(leave.itc_author_ids, user)
                self.assertFalse(self._is_closed())
                self.assertEqual(self.calendar._working_minutes(self.company, self._at(0), self._at(24)), 480)

    def test_leave_of_training_that_is_turned_into_a_holiday_closes_nothing(self):
        leave = self._own(self.technician, time_type='other')
        self._rpc(self.technician, leave, 'write', {'resource_id': False, 'time_type': 'leave', 'calendar_id': self.schedule.id})
        self.assertFalse(self._is_closed())

    def test_manager_accepts_it_and_any_later_change_withdraws_that(self):
        leave = self._blanked(self.technician)
        for person in (self.user, self.technician):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, leave, 'action_itc_accept')
        self._rpc(self.manager, leave, 'action_itc_accept')
        self.assertEqual((leave.itc_counts, leave.itc_vouched_by_id), (True, self.manager))
        self.assertTrue(self._is_closed())
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager')  # may edit holidays, and is no manager of IT
        self._rpc(admin, leave, 'write', {'name': "New year"})
        self.assertTrue(leave.itc_counts)
        for values in ({'date_to': self._at(48)}, {'date_from': self._at(-24)}, {'calendar_id': self.schedule.id}):
            with self.subTest(values=values):
                self._rpc(self.manager, leave, 'action_itc_accept')
                self._rpc(admin, leave, 'write', values)
                self.assertFalse(leave.itc_counts)
                self.assertFalse(leave.itc_vouched_by_id)
                self.assertFalse(self._is_closed())

    def test_holiday_of_a_manager_or_of_the_set_up_counts_at_once_and_of_other_administrators_not(self):
        values = {'name': "Holiday", 'resource_id': False, 'calendar_id': False, 'date_from': self._at(0), 'date_to': self._at(24)}
        leaves = self.env['resource.calendar.leaves']
        admin = self._person('user', 'settings')
        admin.group_ids += self.env.ref('base.group_erp_manager')
        foreign = leaves.browse(self._rpc(admin, leaves, 'create', values))
        self.assertFalse(foreign.itc_counts)
        self.assertFalse(self._is_closed())
        self.assertFalse(leaves.with_user(admin).sudo().create(values).itc_counts)
        self.manager.group_ids += self.env.ref('base.group_erp_manager')
        self.assertTrue(leaves.browse(self._rpc(self.manager, leaves, 'create', values)).itc_counts)
        self.assertTrue(leaves.create(values).itc_counts)
        self.assertTrue(self._is_closed())

    def test_leave_that_is_put_on_a_colleague_makes_nobody_absent(self):
        leave = self._own(self.technician)
        self.assertTrue(self._is_away(self.technician))
        self._rpc(self.technician, leave, 'write', {'resource_id': self.technician_2.employee_ids.resource_id.id})
        self.assertEqual(leave.resource_id.user_id, self.technician_2)
        self.assertFalse(self._is_away(self.technician_2))
        self.assertFalse(self.calendar._leaves_meanwhile(self.company, self.technician_2, self._at(0), self._at(24)))

    def test_leave_of_a_colleague_that_an_officer_takes_over_makes_nobody_absent(self):
        self.technician.group_ids += self.env.ref('hr.group_hr_user')
        leave = self._own(self.technician_2)
        mine, theirs = self.technician.employee_ids, self.technician_2.employee_ids
        self._rpc(self.technician, mine, 'write', {'user_id': False})
        self._rpc(self.technician, theirs, 'write', {'user_id': self.technician.id})
        self.assertEqual((theirs.resource_id.user_id, leave.resource_id.user_id), (self.technician, self.technician))
        self.assertFalse(self._is_away(self.technician))
        self.assertFalse(self.calendar._leaves_meanwhile(self.company, self.technician, self._at(0), self._at(24)))
        self.assertEqual(leave.itc_author_ids, self.technician + self.technician_2)

    def test_login_that_somebody_else_gives_to_an_employee_keeps_the_leave(self):
        officer = self._person('user', 'officer')
        officer.group_ids += self.env.ref('hr.group_hr_user')
        leave = self._own(self.technician_2)
        theirs = self.technician_2.employee_ids
        self._rpc(officer, theirs, 'write', {'user_id': False})
        self._rpc(officer, theirs, 'write', {'user_id': self.technician_2.id})
        self.assertTrue(leave.itc_counts)
        self.assertTrue(self._is_away(self.technician_2))

    def test_leave_that_software_approved_counts(self):
        leave = self.env['resource.calendar.leaves'].with_user(self.user).sudo().create({
            'name': "Approved", 'resource_id': self.technician.employee_ids.resource_id.id, 'date_from': self._at(0), 'date_to': self._at(24)})
        self.assertTrue(leave.itc_counts)
        self.assertEqual(leave.itc_author_ids, self.user)
        self.assertTrue(self._is_away(self.technician))

    def test_nobody_says_by_hand_that_it_counts(self):
        leave = self._blanked(self.technician)
        for person in (self.technician, self.manager):
            for values in ({'itc_counts': True}, {'itc_vouched_by_id': self.manager.id}, {'itc_author_ids': [(5,)]}):
                with self.subTest(person=person.login, values=values), self.assertRaises(AccessError):
                    self._rpc(person, leave, 'write', values)
        mine = self.env['resource.calendar.leaves'].with_user(self.technician)
        values = {
            'name': "x", 'resource_id': self.technician.employee_ids.resource_id.id, 'date_from': self._at(0), 'date_to': self._at(24)}
        with self.assertRaises(AccessError):
            mine.create({**values, 'itc_counts': True})
        with self.assertRaises(AccessError):
            mine.with_context(default_itc_counts=True).create(values)
        made = mine.create({**values, 'date_to': self._at(23)})
        made.write({'resource_id': False})
        self.assertEqual((made.itc_counts, made.itc_vouched_by_id.id), (False, False))
        self.assertTrue(mine.load(['.id', 'itc_counts'], [[str(self._own(self.technician).id), '1']])['messages'])
        with self.assertRaisesRegex(UserError, "personal"):
            self._own(self.technician).with_user(self.manager).sudo().action_itc_accept()

    def test_what_was_there_before_counts_for_persons_and_where_a_manager_stood_behind_it(self):
        personal, foreign = self._own(self.technician), self._blanked(self.technician)
        ours = self._holiday(self._at(0), self._at(24))
        leaves = personal + foreign + ours
        leaves._itc_write(CLEARED)
        self.env['resource.calendar.leaves']._itc_take_over(is_new=False)
        self.assertEqual(leaves.mapped('itc_counts'), [True, False, True])
        self.env['resource.calendar.leaves']._itc_take_over(is_new=True)
        self.assertEqual(leaves.mapped('itc_counts'), [True, True, True])

    def test_set_up_tells_a_manager_what_waits(self):
        leave = self._blanked(self.technician)
        leave._itc_write({'date_from': self.env.cr.now(), 'date_to': self.env.cr.now() + timedelta(days=1), 'name': "Founders' day"})
        lines = {line['key']: line for line in self.env['it.setup'].with_user(self.manager).get_setup()['lines']}
        self.assertEqual(lines['holidays']['state'], 'open')
        self.assertIn("Founders' day", lines['holidays']['found'])
        self._rpc(self.manager, leave, 'action_itc_accept')
        lines = {line['key']: line for line in self.env['it.setup'].with_user(self.manager).get_setup()['lines']}
        self.assertEqual(lines['holidays']['state'], 'done')
