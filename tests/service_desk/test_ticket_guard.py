from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketGuard(TicketCase):
    """What the buttons refuse, the other doors refuse too: write, create, import, defaults, commands."""

    def _forgeries(self):
        now, other = fields.Datetime.now(), self.env['it.ticket'].search([], limit=1) or self._log()
        return {
            'state': 'closed', 'name': "TKT/1", 'logged_by_id': self.other.id, 'confirmed_by_id': self.user.id, 'confirmed_at': now,
            'confirmation_kind': 'requester', 'silent_reason': "x", 'resolved_at': now, 'answered_at': now, 'asked_at': now,
            'started_at': now, 'closed_at': now, 'warned_at': now, 'resolved_by_id': self.other.id,
            'cancel_reason': "x", 'reopen_reason': "x", 'reopen_count': 0, 'reopened_at': '2026-01-01 08:00:00', 'origin_link': "/x",
            'first_answer_at': now, 'is_withdrawn': True,
            'duplicate_of_id': other.id, 'parent_id': other.id,
        }

    def test_every_guarded_field_is_tried_here(self):
        self.assertEqual(set(self._forgeries()), set(self.env['it.ticket']._guarded_fields))

    def test_guarded_fields_are_refused_by_write_and_create_for_everybody(self):
        ticket = self._resolved()
        for person in (self.user, self.technician, self.manager, self.env.ref('base.user_admin')):
            for name, value in self._forgeries().items():
                with self.subTest(person=person.login, field=name):
                    with self.assertRaises(AccessError):
                        ticket.with_user(person).write({name: value})
                    with self.assertRaises(AccessError):
                        self._log(person, **{name: value})
        with self.assertRaises(AccessError):
            ticket.sudo().write({'state': 'closed'})
        self.assertEqual(ticket.state, 'resolved')

    def test_defaults_do_not_forge(self):
        context = {f'default_{name}': value for name, value in self._forgeries().items()}
        with self.assertRaises(UserError):
            self.env['it.ticket'].with_user(self.user).with_context(**context).create({
                'subject': "x", 'category_id': self.category_remote.id})
        del context['default_state']
        ticket = self.env['it.ticket'].with_user(self.user).with_context(**context).create({
            'subject': "x", 'category_id': self.category_remote.id})
        self.env['ir.default'].with_user(self.user).sudo().set('it.ticket', 'state', 'closed', user_id=self.user.id)
        second = self._log()
        for forged in (ticket, second):
            self.assertEqual((forged.state, forged.logged_by_id), ('new', self.user))
            self.assertFalse(forged.confirmed_by_id or forged.confirmed_at or forged.confirmation_kind)

    def test_import_does_not_forge(self):
        tickets = self.env['it.ticket'].with_user(self.technician)
        result = tickets.load(['subject', 'category_id/.id', 'state'], [["x", str(self.category_remote.id), "closed"]])
        self.assertFalse(result['ids'])
        ticket = self._resolved()
        result = tickets.load(['.id', 'state', 'confirmed_by_id/.id'], [[str(ticket.id), "closed", str(self.user.id)]])
        self.assertFalse(result['ids'])
        self.assertEqual(ticket.state, 'resolved')
        result = tickets.load(['subject', 'category_id/.id'], [["imported", str(self.category_remote.id)]])
        self.assertEqual(tickets.browse(result['ids']).state, 'new')

    def test_commands_of_a_new_ticket_forge_no_other(self):
        victim = self._log(self.other)
        doors = (
            Command.update(victim.id, {'state': 'cancelled'}), Command.update(victim.id, {'confirmed_by_id': self.other.id, 'silent_reason': "x"}),
            Command.link(victim.id), Command.set(victim.ids),
            Command.create({'subject': "x", 'category_id': self.category_remote.id}),
            Command.create({'subject': "x", 'category_id': self.category_remote.id, 'state': 'cancelled', 'logged_by_id': self.other.id}))
        for person in (self.technician, self.manager):
            for name in ('child_ids', 'duplicate_ids'):
                for command in doors:
                    with self.subTest(person=person.login, field=name, command=command), self.assertRaises(AccessError), self.cr.savepoint():
                        self._rpc(person, self.env['it.ticket'], 'create', [
                            {'subject': "By the way", 'category_id': self.category_remote.id, name: [command]}])
        self.env.invalidate_all()
        self.assertEqual((victim.state, victim.parent_id.id, victim.duplicate_of_id.id, victim.silent_reason), ('new', False, False, False))

    def test_copy_starts_anew(self):
        ticket = self._resolved()
        ticket.with_user(self.user).action_confirm()
        copy = ticket.with_user(self.technician).copy()
        self.assertEqual((copy.state, copy.requester_id, copy.logged_by_id), ('new', self.technician, self.technician))
        self.assertNotEqual(copy.name, ticket.name)
        self.assertFalse(copy.step_ids or copy.confirmed_by_id)

    def test_requester_cannot_be_exchanged_in_order_to_confirm(self):
        ticket = self._resolved()
        for person in (self.user, self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                ticket.with_user(person).requester_id = person

    def test_employee_edits_only_the_request_and_only_while_new(self):
        ticket = self._log()
        mine = ticket.with_user(self.user)
        mine.write({'subject': "Printer jams", 'priority': '1'})
        for values in ({'assignee_id': self.technician.id}, {'channel': 'chat'}, {'requested_at': fields.Datetime.now()}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mine.write(values)
        self._work_on(ticket)
        with self.assertRaises(AccessError):
            mine.subject = "Something else entirely"
        more = "It also squeaks"
        self.assertIn(more, mine.message_post(body=more, subtype_xmlid='mail.mt_comment').body)

    def test_employee_cannot_do_a_technicians_work(self):
        ticket = self._log()
        mine = ticket.with_user(self.user)
        for action in ('action_start', 'action_resolve'):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(mine, action)()
        with self.assertRaises(AccessError):
            self.env['it.ticket.step'].with_user(self.user).create({'ticket_id': ticket.id, 'description': "x"})
        with self.assertRaises(AccessError):
            mine.write({'step_ids': [Command.create({'description': "x"})]})
        with self.assertRaises(AccessError):
            mine.unlink()

    def test_auditor_reads_and_writes_nothing(self):
        ticket = self._resolved(days_ago=9)
        seen = ticket.with_user(self.auditor)
        self.assertEqual(seen.subject, "Printer says no")
        self.assertTrue(seen.step_ids.description)
        with self.assertRaises(AccessError):
            seen.subject = "x"
        with self.assertRaises(AccessError):
            self._log(self.auditor)
        for action, arguments in (
                ('action_start', ()), ('action_resolve', ()), ('action_confirm', ()), ('action_close_silently', ("x",)),
                ('action_reopen', ("x",)), ('action_cancel', ("x",))):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(seen, action)(*arguments)
        activities = len(ticket.sudo().activity_ids)
        for door in (
                lambda: seen.message_post(body="x"), lambda: seen.activity_schedule('mail.mail_activity_data_todo'),  # a test's own words  # pylint: disable=translation-required
                lambda: seen.env['mail.message'].create({'model': 'it.ticket', 'res_id': seen.id, 'body': "x"}),
                lambda: seen.env['ir.attachment'].create({'name': "x", 'raw': b"x", 'res_model': 'it.ticket', 'res_id': seen.id}),
                lambda: seen.message_subscribe(self.technician.partner_id.ids)):
            with self.assertRaises(AccessError), self.cr.savepoint():
                door()
        self.assertEqual(len(ticket.sudo().activity_ids), activities)

    def test_steps_of_a_resolved_ticket_stay(self):
        ticket = self._resolved()
        step = ticket.sudo().step_ids.with_user(self.technician)
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(UserError):
                step.with_user(person).description = "nothing"
            with self.subTest(person=person.login), self.assertRaises(UserError):
                step.with_user(person).unlink()
            with self.subTest(person=person.login), self.assertRaises(UserError):
                self.env['it.ticket.step'].with_user(person).create({'ticket_id': ticket.id, 'description': "late"})

    def test_step_is_its_doers_own(self):
        ticket = self._log()
        self._work_on(ticket)
        step = ticket.sudo().step_ids
        step.with_user(self.technician).minutes = 20
        for values in ({'description': "x"}, {'done_by_id': self.technician_2.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                step.with_user(self.technician_2).write(values)
        with self.assertRaises(AccessError):
            step.with_user(self.technician_2).unlink()
        with self.assertRaises(AccessError):
            self.env['it.ticket.step'].with_user(self.technician_2).create({
                'ticket_id': ticket.id, 'description': "x", 'done_by_id': self.technician.id})
        with self.assertRaises(AccessError):
            step.with_user(self.technician).ticket_id = self._log()

    def test_closed_ticket_stays_as_it_is(self):
        ticket = self._resolved()
        ticket.with_user(self.user).action_confirm()
        for person in (self.technician, self.manager):
            for values in ({'subject': "x"}, {'assignee_id': self.technician_2.id}, {'description': "x"}, {'company_id': 1}):
                with self.subTest(person=person.login, values=values), self.assertRaises(UserError):
                    ticket.with_user(person).write(values)
        with self.assertRaises(AccessError):
            ticket.with_user(self.manager).unlink()

    def test_nobody_takes_away_what_a_colleague_asked_for(self):
        cancelled = self._log()
        cancelled.with_user(self.user).action_cancel("never mind")
        for ticket in (self._log(), cancelled):
            for person in (self.user, self.technician, self.manager, self.auditor):
                with self.subTest(person=person.login, state=ticket.state), self.assertRaises(AccessError):
                    ticket.with_user(person).unlink()
            with self.assertRaisesRegex(UserError, "stays as a record"):
                ticket.sudo().unlink()
            self.assertTrue(ticket.exists())
