from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketFlow(TicketCase):

    @users('itc_user')
    def test_employee_logs_with_subject_and_category_and_origin_is_kept(self):
        with Form(self.env['it.ticket'], view='it_continuity.it_ticket_view_form') as form:
            form.subject = "No sound"
            form.category_id = self.category_remote.with_env(self.env)
        ticket = form.record
        self.assertRegex(ticket.name, r'^TKT/\d{4}/\d{4,}$')
        self.assertEqual((ticket.requester_id, ticket.logged_by_id, ticket.channel), (self.user, self.user, 'odoo'))
        self.assertEqual(ticket.state, 'new')
        self.assertIn(self.user.partner_id, ticket.message_partner_ids)

    def test_at_most_three_fields_are_required_of_an_employee(self):
        ticket = self.env['it.ticket'].with_user(self.user)
        with_default = ticket.default_get(list(ticket._fields))
        asked = [
            name for name, field in ticket._fields.items()
            if field.required and not field.readonly and not field.compute and not with_default.get(name)]
        self.assertEqual(sorted(asked), ['category_id', 'subject'])

    @users('itc_technician')
    def test_technician_logs_for_a_colleague_who_called(self):
        ticket = self.env['it.ticket'].create({
            'subject': "No sound", 'category_id': self.category_remote.id, 'requester_id': self.other.id, 'channel': 'phone'})
        self.assertEqual((ticket.requester_id, ticket.logged_by_id), (self.other, self.technician))

    @users('itc_user')
    def test_employee_cannot_log_in_the_name_of_another_or_assign(self):
        for values in ({'requester_id': self.other.id}, {'assignee_id': self.technician.id}, {'channel': 'phone'}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.env['it.ticket'].create({'subject': "x", 'category_id': self.category_remote.id, **values})
            defaults = {f'default_{name}': value for name, value in values.items()}
            with self.subTest(defaults=defaults), self.assertRaises(AccessError):
                self.env['it.ticket'].with_context(**defaults).create({'subject': "x", 'category_id': self.category_remote.id})

    def test_employee_asks_now_and_only_technicians_enter_what_came_earlier(self):
        long_ago = fields.Datetime.now() - timedelta(days=300)
        self.assertGreater(self._log(requested_at=long_ago).requested_at, long_ago)
        self.assertEqual(self._log(self.technician, requester_id=self.user.id, requested_at=long_ago).requested_at, long_ago)

    def test_the_first_step_starts_the_work_and_names_the_technician(self):
        ticket = self._log()
        self._work_on(ticket)
        self.assertEqual((ticket.state, ticket.assignee_id, ticket.minutes_total), ('in_progress', self.technician, 10))
        self.assertEqual(ticket.sudo().step_ids.done_by_id, self.technician)

    def test_full_way_ends_with_the_requesters_word(self):
        ticket = self._resolved()
        self.assertEqual(ticket.sudo().activity_ids.user_id, self.user)
        ticket.with_user(self.user).action_confirm()
        self.assertEqual(
            (ticket.state, ticket.confirmation_kind, ticket.confirmed_by_id), ('closed', 'requester', self.user))
        self.assertTrue(ticket.closed_at)
        self.assertFalse(ticket.sudo().activity_ids)

    @users('itc_technician')
    def test_without_steps_nothing_is_resolved(self):
        ticket = self._log().with_env(self.env)
        ticket.action_start()
        with self.assertRaisesRegex(UserError, "no resolution step"):
            ticket.action_resolve()
        self.assertEqual(ticket.state, 'in_progress')

    def test_without_steps_nothing_is_confirmed_or_closed(self):
        ticket = self._log()
        long_ago = fields.Datetime.now() - timedelta(days=30)
        ticket.sudo()._transition({'state': 'resolved', 'resolved_at': long_ago})
        with self.assertRaisesRegex(UserError, "no resolution step"):
            ticket.with_user(self.user).action_confirm()
        with self.assertRaisesRegex(UserError, "no resolution step"):
            ticket.with_user(self.manager).action_close_silently("no answer")

    def test_nobody_confirms_for_the_requester(self):
        ticket = self._resolved()
        for person in (self.other, self.technician, self.manager, self.auditor, self.env.ref('base.user_admin')):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                ticket.with_user(person).action_confirm()
            with self.subTest(person=person.login, su=True), self.assertRaises(AccessError):
                ticket.with_user(person).sudo().action_confirm()
        self.assertEqual(ticket.state, 'resolved')

    def test_requester_confirms_only_what_is_resolved(self):
        ticket = self._log()
        self._work_on(ticket)
        with self.assertRaises(UserError):
            ticket.with_user(self.user).action_confirm()

    def test_silent_closure_needs_time_reason_and_technician(self):
        ticket = self._resolved(days_ago=6)
        with self.assertRaisesRegex(UserError, "7 days"):
            ticket.with_user(self.manager).action_close_silently("no answer")
        ticket.sudo()._transition({'resolved_at': fields.Datetime.now() - timedelta(days=12)})
        for reason in ('', '  ', False, ['x']):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                ticket.with_user(self.technician).action_close_silently(reason)
        with self.assertRaises(AccessError):
            ticket.with_user(self.user).action_close_silently("I am in a hurry")
        ticket.with_user(self.technician).action_close_silently("Asked twice by phone")
        self.assertEqual(
            (ticket.state, ticket.confirmation_kind, ticket.confirmed_by_id, ticket.silent_reason),
            ('closed', 'silent', self.technician, "Asked twice by phone"))

    def test_days_until_silent_closure_are_a_setting(self):
        self.env['ir.config_parameter'].set_param('it_continuity.silent_closure_days', '3')
        ticket = self._resolved(days_ago=7)
        ticket.with_user(self.technician).action_close_silently("no answer")
        self.assertEqual(ticket.state, 'closed')
        for value, days in (('', 7), ('soon', 7), ('0', 1)):
            self.env['ir.config_parameter'].set_param('it_continuity.silent_closure_days', value)
            self.assertEqual(self.env['it.ticket']._get_silent_closure_days(), days)

    def test_requester_reopens_with_a_reason(self):
        ticket = self._resolved()
        with self.assertRaises(UserError):
            ticket.with_user(self.user).action_reopen("  ")
        ticket.with_user(self.user).action_reopen("Still jammed")
        self.assertEqual((ticket.state, ticket.reopen_count, ticket.reopen_reason), ('in_progress', 1, "Still jammed"))
        self.assertFalse(ticket.resolved_at)

    def test_reopened_needs_a_new_step_and_the_old_ones_stay(self):
        ticket = self._resolved()
        ticket.with_user(self.user).action_reopen("Still jammed")
        work = ticket.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "no new resolution step"):
            work.action_resolve()
        for door in (lambda: work.step_ids.write({'description': "something else"}), lambda: work.step_ids.unlink()):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                door()
        with self.assertRaises(UserError):
            work.step_ids.write({'is_earlier': False})
        with self.assertRaises(AccessError):
            work.step_ids.create({'ticket_id': ticket.id, 'description': "x", 'is_earlier': True})
        self._work_on(ticket)
        work.action_resolve()
        self.assertEqual((ticket.state, work.step_ids.mapped('is_earlier')), ('resolved', [True, False]))

    def test_silently_closed_can_be_reopened_and_confirmed_cannot(self):
        silent = self._resolved(days_ago=12)
        silent.with_user(self.technician).action_close_silently("no answer")
        silent.with_user(self.user).action_reopen("I was on leave, it never worked")
        self.assertEqual((silent.state, silent.confirmation_kind), ('in_progress', False))
        confirmed = self._resolved()
        confirmed.with_user(self.user).action_confirm()
        for person in (self.user, self.manager):
            with self.subTest(person=person.login), self.assertRaises(UserError):
                confirmed.with_user(person).action_reopen("again")

    def test_requester_cancels_only_before_the_work(self):
        ticket = self._log()
        ticket.with_user(self.user).action_cancel("found it myself")
        self.assertEqual((ticket.state, ticket.cancel_reason), ('cancelled', "found it myself"))
        started = self._log()
        self._work_on(started)
        with self.assertRaises(UserError):
            started.with_user(self.user).action_cancel("never mind")
        resolved = self._resolved()
        with self.assertRaises(UserError):
            resolved.with_user(self.manager).action_cancel("around the confirmation")

    def test_reason_dialog_does_what_it_says(self):
        ticket = self._resolved()
        self.env['it.ticket.reason'].with_user(self.user).create({
            'ticket_id': ticket.id, 'kind': 'reopen', 'reason': "Still jammed"}).action_apply()
        self.assertEqual(ticket.state, 'in_progress')
        dialog = self.env['it.ticket.reason'].with_user(self.user).create({
            'ticket_id': ticket.id, 'kind': 'silent', 'reason': "x"})
        with self.assertRaises(AccessError):
            dialog.action_apply()

    def test_step_tells_the_truth_about_time_and_text(self):
        ticket = self._log()
        steps = self.env['it.ticket.step'].with_user(self.technician)
        with self.assertRaises(ValidationError):
            steps.create({'ticket_id': ticket.id, 'description': "x", 'done_at': fields.Datetime.now() + timedelta(hours=1)})
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.cr.savepoint():
            steps.create({'ticket_id': ticket.id, 'description': "   "})
