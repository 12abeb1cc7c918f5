from datetime import timedelta
from runpy import run_path

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.mail.tests.common import MockEmail

from .common import TicketCase

CONFIRM = 'it_continuity.mail_activity_type_ticket_confirm'
TAKE_UP = 'it_continuity.mail_activity_type_ticket_take_up'


@tagged('post_install', '-at_install')
class TestTicketSecond(TicketCase, MockEmail):
    """Who asked and worked on it has no last word, by any door; another technician closes it in words, and it counts as that."""

    def setUp(self):
        super().setUp()
        self.env.company.email = 'it@example.com'

    def _worked(self, requester, does, resolves):
        """Return a resolved ticket: who asked, who wrote its step, and who said that it is solved."""
        ticket = self._log(requester)
        self._work_on(ticket, does)
        self._tick_required(ticket, does)
        with self.mock_mail_gateway():
            ticket.with_user(resolves).action_resolve()
            self.env.flush_all()
        return ticket

    def _figures(self, ticket):
        self.env.flush_all()
        row = self.env['it.ticket.report'].search([('ticket_id', '=', ticket.id)])
        return row.outcome, row.confirmed, row.colleague, row.silent, row.rated

    def _people(self, ticket, kind):
        activities = ticket.sudo().activity_ids
        return activities.filtered(lambda one: one.activity_type_id == self.env.ref(kind)).user_id

    def test_who_did_it_has_no_last_word_by_any_door(self):
        tech, other = self.technician, self.technician_2
        for does, resolves in ((tech, tech), (tech, other), (other, tech)):
            with self.subTest(does=does.login, resolves=resolves.login):
                ticket = self._worked(tech, does, resolves)
                theirs = ticket.with_user(tech)
                self.assertFalse("".join(self._new_mails.mapped('body_html')).count('it_continuity/answer'), "no link to confirm by")
                self.assertFalse(self._people(ticket, CONFIRM))
                self.assertEqual((theirs.can_confirm, theirs.can_verify), (False, False))
                self.assertNotIn(ticket.id, [row['id'] for row in self.env['it.ask'].with_user(tech).get_home()['requests'] if row['waits']])
                for door in (
                        lambda theirs=theirs: self._rpc(tech, theirs, 'action_confirm'), theirs.sudo().action_confirm,
                        lambda theirs=theirs: self._rpc(tech, theirs, 'action_close_for_requester', "It works")):
                    with self.assertRaisesRegex(AccessError, "own work"), self.env.cr.savepoint():
                        door()
                by_link = self.env['it.ticket'].with_user(tech)._by_answer_token(theirs._answer_url().rpartition('/')[2], 'yes')
                self.assertEqual((by_link, by_link._answer('yes')), (ticket, 'void'))
                ticket.sudo()._transition({'resolved_at': fields.Datetime.now() - timedelta(days=40)})
                with self.assertRaisesRegex(UserError, "no last word"):
                    ticket.with_user(self.manager).action_close_silently("No answer")
                self.assertFalse(ticket.with_user(self.manager).can_close_silently)
                ticket._follow_silence()
                self.assertEqual((ticket.state, ticket.resolution_state in ('met', 'missed')), ('resolved', False))
                ticket.sudo()._transition({'state': 'closed', 'confirmation_kind': 'requester', 'confirmed_by_id': tech.id, 'confirmed_at': fields.Datetime.now()})
                self.assertFalse(theirs.can_rate)
                with self.assertRaisesRegex(AccessError, "own work"):  # of what was confirmed before this was refused
                    theirs.with_context(it_rating=5).action_rate()

    def test_who_ticked_its_checklist_did_a_part_of_it(self):
        """Who asked and ticked has no last word, and who ticked is no other technician than who did it."""
        self.category_remote.checklist_ids = [Command.create({'name': "Tried the printer", 'is_required': True})]
        ticket = self._log(self.technician)
        self.assertTrue(ticket.sudo().item_ids)
        self._work_on(ticket, self.technician_2)
        self._tick_required(ticket, self.technician)
        ticket.with_user(self.technician_2).action_resolve()
        self.assertFalse(ticket.with_user(self.technician).can_confirm)
        self.assertNotIn(ticket, self.env['it.ticket'].with_user(self.technician).search([('can_confirm', '=', True)]))
        with self.assertRaisesRegex(AccessError, "own work"):
            self._rpc(self.technician, ticket, 'action_confirm')
        theirs = self._log(self.technician)
        self._work_on(theirs, self.technician)
        self._tick_required(theirs, self.technician_2)
        theirs.with_user(self.technician).action_resolve()
        self.assertFalse(theirs.with_user(self.technician_2).can_verify)
        self.assertNotIn(self.technician_2, theirs._second_people())
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(self.technician_2, theirs, 'action_close_for_requester', "It prints")
        self._rpc(self.manager, theirs, 'action_close_for_requester', "It prints")

    def _part(self, requester, incident, by=None):
        part = self._log(requester, subject="No mail")
        part.with_user(by or self.technician_2).action_join_incident(incident.id)
        return part

    def assertOwn(self, ticket, person):
        """Who asked and worked on it has no last word, and is not asked; nobody else's right changes."""
        theirs = ticket.with_user(person)
        theirs.invalidate_recordset(['can_confirm', 'can_verify'])
        self.assertEqual((ticket.state, theirs.can_confirm, theirs.can_verify), ('resolved', False, False))
        self.assertNotIn(ticket, theirs.search([('can_confirm', '=', True)]))
        self.assertFalse(self._people(ticket, CONFIRM))
        self.assertEqual(self._people(ticket, TAKE_UP), ticket._second_people())
        self.assertNotIn(person, ticket._second_people())
        for door in ('action_confirm',), ('action_close_for_requester', "It works"):
            with self.subTest(door=door[0]), self.assertRaisesRegex(AccessError, "own work"), self.env.cr.savepoint():
                self._rpc(person, ticket, *door)

    def test_work_on_its_incident_is_work_on_it(self):
        """A step, a tick, what was changed in Odoo, or the word that it is solved; also once it is no part of the incident any more."""
        tech, other = self.technician, self.technician_2
        kind = self.env['it.ticket.category'].create({
            'name': "Outage", 'role_id': self.role.id, 'checklist_ids': [Command.create({'name': "Tried the printer", 'is_required': True})]})
        for what in ('step', 'tick', 'deed', 'resolve'):
            incident = self._log(self.other, category_id=kind.id)
            part, of_user = self._part(tech, incident), self._part(self.user, incident)
            self._work_on(incident, other)
            if what == 'step':
                self._work_on(incident, tech)
            if what == 'deed':
                incident.with_user(tech)._note_deed(self.env.ref('base.et'), 'changed', "Account: 4711 → 0815")
            self._tick_required(incident, tech if what == 'tick' else other)
            incident.with_user(tech if what == 'resolve' else other).action_resolve()
            for alone in (False, True):
                with self.subTest(what=what, alone=alone):
                    if alone:
                        part.with_user(tech).action_leave_incident()
                    self.assertOwn(part, tech)
            with self.subTest(what=what, second=True):
                self.assertTrue(of_user.with_user(self.user).can_confirm)
                self.assertIn(of_user, self.env['it.ticket'].with_user(self.user).search([('can_confirm', '=', True)]))
                of_user.with_user(self.user).message_post(body="ok?", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
                with self.assertRaisesRegex(AccessError, "own work"), self.env.cr.savepoint():
                    self._rpc(tech, of_user, 'action_close_for_requester', "It works")
                self._rpc(self.manager, part, 'action_close_for_requester', "Saw it print")
                self._rpc(self.user, of_user, 'action_confirm')

    def test_steps_of_an_incident_stay_those_of_who_did_them(self):
        incident = self._log(self.other)
        part = self._part(self.user, incident)
        for person, words in ((self.technician, "Changed the switch"), (self.technician_2, "Pulled a cable"), (self.technician, "Tried it")):
            self.env['it.ticket.step'].with_user(person).create({'ticket_id': incident.id, 'description': words})
        self._tick_required(incident)
        incident.with_user(self.manager).action_resolve()
        self.assertEqual(
            [(step.done_by_id, step.description) for step in part.step_ids.sorted('id')],
            [(self.technician, f"Solved with {incident.name}: Changed the switch\nTried it"), (self.technician_2, f"Solved with {incident.name}: Pulled a cable")])
        self.assertEqual(part.resolved_by_id, self.manager)

    def test_work_on_the_incident_after_it_was_solved_calls_another_technician(self):
        incident = self._log(self.other)
        part = self._part(self.technician, incident)
        for worker in (self.technician_2, self.technician):
            self._work_on(incident, worker)
            self._tick_required(incident, worker)
            incident.with_user(self.technician_2).action_resolve()
            if worker == self.technician_2:
                self.assertTrue(part.with_user(self.technician).can_confirm)
                incident.with_user(self.other).action_reopen("Still no mail")
        self.assertOwn(part, self.technician)

    def test_work_on_a_double_is_work_on_it(self):
        ticket = self._log(self.technician)
        before, after = self._log(), self._log()
        for double in (before, after):
            self._work_on(double, self.technician)
        self._work_on(ticket, self.technician_2)
        self._tick_required(ticket, self.technician_2)
        ticket.with_user(self.technician_2).action_resolve()
        self.assertTrue(ticket.with_user(self.technician).can_confirm)
        after.with_user(self.technician_2).action_merge_into(ticket.id)
        self.assertOwn(ticket, self.technician)

    def test_work_on_an_incident_stays_work_on_a_part_that_leaves_it(self):
        """Also of one that was solved before, and by whichever door it leaves."""
        for door in ('leave', 'cancel', 'merge', 'open'):
            with self.subTest(door=door):
                incident, into = self._log(self.other), self._log(self.other)
                into.sudo()._transition({'requested_at': incident.requested_at - timedelta(hours=1)})
                part = self._part(self.technician, incident)
                if door != 'open':
                    self._work_on(part, self.technician_2)
                    part.with_user(self.technician_2).action_resolve()
                self._work_on(incident, self.technician)
                work = (part if door in ('leave', 'open') else incident).with_user(self.technician_2)
                {'leave': work.action_leave_incident, 'open': work.action_leave_incident, 'cancel': lambda work=work: work.action_cancel("Gone"),
                 'merge': lambda work=work, into=into: work.action_merge_into(into.id)}[door]()
                self.assertEqual(part.parent_id, into if door == 'merge' else into.browse())
                kept = part.step_ids.filtered(lambda step: step.done_by_id == self.technician)
                self.assertEqual((kept.mapped('is_earlier'), incident.name in (kept.description or '')), ([True], True))
                if door == 'open':
                    self.assertFalse(part.can_resolve, "it is no solution")
                else:
                    self.assertFalse(part.with_user(self.technician).can_confirm)

    def test_work_on_the_ticket_into_which_an_incident_is_merged_calls_another_technician(self):
        incident, into = self._log(self.other), self._log(self.other)
        into.sudo()._transition({'requested_at': incident.requested_at - timedelta(hours=1)})
        part = self._part(self.technician, incident)
        self._work_on(part, self.technician_2)
        part.with_user(self.technician_2).action_resolve()
        self._work_on(into, self.technician)
        self.assertTrue(part.with_user(self.technician).can_confirm)
        incident.with_user(self.technician_2).action_merge_into(into.id)
        self.assertOwn(part, self.technician)

    def test_work_on_a_double_stays_work_on_it_when_the_double_is_separated(self):
        ticket, double = self._log(self.technician), self._log()
        self._work_on(double, self.technician)
        double.with_user(self.technician_2).action_merge_into(ticket.id)
        self._work_on(ticket, self.technician_2)
        self._tick_required(ticket, self.technician_2)
        ticket.with_user(self.technician_2).action_resolve()
        self._rpc(self.user, double, 'action_separate', "Not for me")
        self.assertOwn(ticket, self.technician)

    def test_who_did_nothing_more_is_told_of_once(self):
        kind = self.env['it.ticket.category'].create({
            'name': "Checked", 'role_id': self.role.id, 'checklist_ids': [Command.create({'name': "Test page", 'is_required': True})]})
        incident = self._log(self.other)
        part = self._log(category_id=kind.id)
        part.with_user(self.technician_2).action_join_incident(incident.id)
        for worker in (self.technician, self.technician_2, self.technician_2):
            self._work_on(incident, worker)
            self._tick_required(incident, worker)
            incident.with_user(self.technician_2).action_resolve()
            incident.with_user(self.other).action_reopen("Still no mail")
        self.assertEqual([step.done_by_id for step in part.step_ids.sorted('id')], [self.technician, self.technician_2, self.technician_2])

    def test_upgrade_calls_others_to_what_was_solved_by_who_asked_with_its_incident(self):
        incident = self._log(self.other)
        part, theirs = self._part(self.technician, incident), self._part(self.user, incident)
        self._work_on(incident, self.technician)
        self._tick_required(incident, self.technician)
        incident.with_user(self.technician_2).action_resolve()
        part.sudo().activity_ids.unlink()
        part.sudo().activity_schedule(CONFIRM, user_id=self.technician.id)
        for _again in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-hands.py'))['migrate'](self.env.cr, '19.0.1.9.0')
            self.env.invalidate_all()
            self.assertEqual((self._people(part, CONFIRM).ids, self._people(part, TAKE_UP)), ([], part._second_people()))
            self.assertEqual((self._people(theirs, CONFIRM), self._people(theirs, TAKE_UP).ids), (self.user, []))

    def test_another_technician_closes_it_in_words_and_so_it_counts(self):
        ticket = self._worked(self.technician, self.technician, self.technician)
        self.assertEqual(self._people(ticket, TAKE_UP), ticket._second_people())
        self.assertTrue(ticket._second_people())
        self.assertIn("close it in words", ticket.sudo().activity_ids[0].summary, "what is to be done, and not the work itself")
        self.assertNotIn(self.technician, ticket._second_people())
        self.assertEqual(self._figures(ticket), ('waiting', 0, 0, 0, 0))
        second = ticket.with_user(self.technician_2)
        self.assertTrue(second.can_verify)
        for person in (self.user, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                self._rpc(person, ticket, 'action_close_for_requester', "It works")
        for reason in ('', ' ', False, ['x']):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                second.action_close_for_requester(reason)
        self._rpc(self.technician_2, ticket, 'action_close_for_requester', "Saw it print")
        self.assertEqual(
            (ticket.state, ticket.confirmation_kind, ticket.confirmed_by_id, ticket.silent_reason),
            ('closed', 'colleague', self.technician_2, "Saw it print"))
        self.assertFalse(ticket.sudo().activity_ids)
        self.assertEqual(self._figures(ticket), ('colleague', 0, 1, 0, 0))
        with self.assertRaises(AccessError):
            ticket.with_user(self.technician).with_context(it_rating=5).action_rate()
        ticket.with_user(self.technician).message_post(body="No", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertTrue(ticket._is_answered(), "a word on it calls somebody, as on one that was closed as silent")
        ticket.with_user(self.technician).action_reopen("It jams again")
        self.assertEqual((ticket.state, ticket.confirmation_kind, ticket.resolved_by_id.ids), ('in_progress', False, []))

    def test_who_asked_and_left_the_work_to_others_has_the_last_word(self):
        for requester, worker in ((self.technician, self.technician_2), (self.user, self.technician)):
            with self.subTest(requester=requester.login):
                ticket = self._worked(requester, worker, worker)
                self.assertEqual(self._people(ticket, CONFIRM), requester)
                for person in (self.manager, worker, requester):
                    self.assertFalse(ticket.with_user(person).can_verify)
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        ticket.with_user(person).action_close_for_requester("In a hurry")
                self.assertTrue(ticket.with_user(requester).can_confirm)
                self._rpc(requester, ticket, 'action_confirm')
                self.assertEqual(self._figures(ticket)[:3], ('confirmed', 1, 0))
                self.assertEqual([ticket.with_user(person).can_rate for person in (requester, worker)], [True, False])
                ticket.with_user(requester).with_context(it_rating=5).action_rate()
                self.assertFalse(ticket.with_user(requester).can_rate)

    def test_where_nobody_else_has_the_role_and_nobody_manages_another_technician_is_called(self):
        """Also who is not of the role that has such tickets."""
        self.category_remote.role_id = self.env['it.role'].create({'name': "Remote help", 'user_ids': [Command.set(self.technician.ids)]})
        managers = self.env.company._itc_people()
        self.assertEqual(self._worked(self.technician, self.technician, self.technician)._second_people(), managers)
        managers.active = False
        own = self._worked(self.technician, self.technician, self.technician)
        self.assertEqual(own._second_people(), self.env.company._itc_people('technician') - self.technician)
        self.assertIn(self.technician_2, self._people(own, TAKE_UP))

    def test_upgrade_notes_who_resolved_and_calls_others_to_what_is_somebodys_own(self):
        ticket = self._worked(self.technician, self.technician_2, self.technician)
        theirs = self._worked(self.user, self.technician, self.technician)
        own = ticket.sudo()  # as it waited before: who asked and did it was to confirm it
        own.activity_ids.unlink()
        own.activity_schedule(CONFIRM, user_id=self.technician.id)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_ticket SET resolved_by_id = NULL WHERE id = %s", [ticket.id])
        run_path(file_path('it_continuity/migrations/19.0.1.9.0/post-second_person.py'))['migrate'](self.env.cr, '19.0.1.8.0')
        self.env.invalidate_all()
        self.assertEqual(ticket.resolved_by_id, self.technician)
        self.assertEqual((self._people(ticket, CONFIRM).ids, self._people(ticket, TAKE_UP)), ([], ticket._second_people()))
        self.assertEqual((self._people(theirs, CONFIRM), self._people(theirs, TAKE_UP).ids), (self.user, []))
