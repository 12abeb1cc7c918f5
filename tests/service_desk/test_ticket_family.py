import json
from datetime import timedelta
from runpy import run_path
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path
from odoo.tools.safe_eval import safe_eval

from .common import TicketCase
from .sla_case import SlaCase


@tagged('post_install', '-at_install')
class TestTicketFamily(TicketCase):
    """Doubles end with another ticket, parts are solved with their incident, and nobody reads another's ticket through it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target = cls._log(cls.other, subject="No network in the whole of Finance")
        cls.double = cls._log(subject="My secret salary sheet does not open")

    def _merge(self, tickets=None, target=None, person=None):
        (self.double if tickets is None else tickets).with_user(person or self.technician).action_merge_into((target or self.target).id)

    def _words(self, ticket):
        return " ".join(str(body) for body in ticket.sudo().message_ids.mapped('body'))

    def _heard(self, person, ticket):
        """Return what this ticket told a person, by mail or in Odoo."""
        messages = self.env['mail.message'].sudo().search([
            ('model', '=', 'it.ticket'), ('res_id', '=', ticket.id), ('notified_partner_ids', 'in', person.partner_id.ids)])
        return " ".join(str(body) for body in messages.mapped('body'))

    # === DOUBLES === #

    def test_double_ends_with_its_reason_and_both_lead_to_each_other(self):
        self.double.attachment_ids = self.env['ir.attachment'].with_user(self.user).create({'name': "screen.txt", 'raw': b"x"})
        self._merge()
        self.assertEqual((self.double.state, self.double.duplicate_of_id), ('cancelled', self.target))
        self.assertIn(self.target.name, self.double.cancel_reason)
        self.assertTrue(self.double.closed_at)
        seen = self.target.with_user(self.auditor)
        self.assertEqual((seen.duplicate_ids, seen.duplicate_count), (self.double, 1))
        action = self.target.with_user(self.technician).action_open_doubles()
        self.assertEqual(self.env['it.ticket'].search(action['domain']), self.double)
        self.assertFalse(self.double.sudo().activity_ids, "nobody is called to it any more")
        self.assertEqual(self.double.attachment_ids.with_user(self.user).raw, b"x", "the files stay with who asked")
        self.assertIn(self.double.name, self._words(self.target))
        self.assertIn(self.target.name, self._heard(self.user, self.double))

    def test_a_colleague_never_reads_another_s_ticket_through_it(self):
        self._merge()
        self.user.group_ids = [Command.link(self.env.ref('base.group_allow_export').id)]
        mine, tickets = self.double.with_user(self.user), self.env['it.ticket'].with_user(self.user)
        self.env.invalidate_all()
        shown = mine.web_read({'duplicate_of_id': {'fields': {'display_name': {}}}, 'parent_id': {'fields': {'display_name': {}}}})
        self.assertEqual(shown[0]['duplicate_of_id']['display_name'], self.target.name, "the number alone")
        for person in (self.user, self.technician):
            form = tickets.with_user(person).get_view(self.env.ref('it_continuity.it_ticket_view_form').id, 'form')['arch']
            self.assertIn(" and is handled there.", form)
            self.assertIn(" and is solved with it.", form)
        self.assertFalse(tickets.search([('duplicate_of_id.subject', 'ilike', "network")]))
        groups = tickets.formatted_read_group([('id', '=', mine.id)], ['duplicate_of_id.subject', 'duplicate_of_id'], ['__count'])
        self.assertNotIn("network", str(groups))
        for door in (
                lambda: mine.duplicate_of_id.read(['subject']), lambda: mine.duplicate_of_id.message_ids, lambda: mine.export_data(['duplicate_of_id/subject']),
                lambda: self.target.with_user(self.other).duplicate_ids, lambda: self.target.with_user(self.other).duplicate_count,
                lambda: self.env['it.ticket'].with_user(self.other).search([('duplicate_ids.subject', 'ilike', "salary")])):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                door()
        for ticket, person, foreign in ((self.target, self.other, "salary"), (self.double, self.user, "network")):
            self.assertNotIn(foreign, self._words(ticket))
            self.assertFalse(ticket.sudo().message_partner_ids & ((self.user | self.other) - person).partner_id)

    def test_who_asked_twice_hears_when_the_other_one_is_solved_but_not_how(self):
        self._merge()
        self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': self.target.id, 'description': "Reset the password of Mr. Other"})
        self._tick_required(self.target)
        self.target.with_user(self.technician).action_resolve()
        heard = self._heard(self.user, self.double)
        self.assertIn("Solved, together with", heard)
        self.assertNotIn("Mr. Other", heard)
        own = self._log(self.other, subject="Same again")
        self._merge(own)
        self.assertIn("solved already", self._heard(self.other, own))

    def test_it_is_taken_up_again_when_it_was_something_else(self):
        self._merge()
        for person, reason, error in ((self.other, "x", AccessError), (self.auditor, "x", AccessError), (self.user, "  ", UserError)):
            with self.subTest(person=person.login), self.assertRaises(error):
                self.double.with_user(person).action_separate(reason)
        self.double.with_user(self.user).action_separate("Only mine is broken")
        self.assertEqual((self.double.state, self.double.duplicate_of_id.id, self.double.cancel_reason), ('new', False, False))
        self.assertEqual((self.double.reopen_reason, self.double.reopen_count), ("Only mine is broken", 1))
        self.assertEqual(self.double.sudo().activity_ids.user_id, self.technician, "those on duty are called again")
        with self.assertRaisesRegex(UserError, "not handled with"):
            self.double.with_user(self.technician).action_separate("again")
        window = self.env['it.ticket.reason'].with_user(self.technician)
        self._merge()
        window.create({'ticket_id': self.double.id, 'kind': 'separate', 'reason': "Another switch"}).action_apply()
        self.assertFalse(self.double.duplicate_of_id)
        self.assertEqual(self.double.reopen_count, 1, "a technician parts what was no double: nobody said that it was not solved")

    def test_nothing_is_lost_with_a_target_that_is_dropped(self):
        self._merge()
        part = self._log()
        part.with_user(self.technician).action_join_incident(self.target.id)
        self.env.cr.precommit.run()
        self.target.with_user(self.other).action_cancel("Found it myself, secretly")
        self.env.cr.precommit.run()
        self.assertEqual((self.double.state, self.double.duplicate_of_id.id, part.parent_id.id), ('new', False, False))
        self.assertEqual((self.double.reopen_count, self.double.reopen_reason), (0, False), "the software took it up, nobody reopened it")
        self.assertEqual((self.double | part).sudo().activity_ids.user_id, self.technician)
        for ticket in self.double | part:
            self.assertNotIn("secretly", self._words(ticket))
            self.assertNotIn(self.other.partner_id, ticket.sudo().message_ids.author_id, "nor who the other one was")

    def test_doubles_and_parts_of_a_double_go_with_it(self):
        first, part = self._log(), self._log()
        self._merge(first, self.double)
        part.with_user(self.technician).action_join_incident(self.double.id)
        self.target.with_user(self.technician).action_join_incident(self.double.id)
        self._merge()
        self.assertEqual((first.duplicate_of_id, part.parent_id, self.target.parent_id.id), (self.target, self.target, False))
        self.assertEqual((first.state, part.state), ('cancelled', 'new'))

    def test_who_works_on_the_target_hears_what_is_said_on_its_doubles(self):
        self._merge()
        self.target.with_user(self.manager).assignee_id = self.technician_2
        self.double.with_user(self.user).message_post(body="It works again by the way", subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertIn("by the way", self._heard(self.technician_2, self.double))

    def test_a_word_on_a_double_reaches_who_took_its_ticket_by_the_button_or_those_on_duty(self):
        def say(person, text):
            self.double.with_user(person).message_post(body=text, message_type='comment', subtype_xmlid='mail.mt_comment')
            return self.double.sudo().activity_ids.user_id

        self._merge()
        self.assertFalse(self.double.sudo().activity_ids)
        self.assertEqual(say(self.user, "Any news?"), self.technician, "those on duty, as nobody has it")
        self.assertFalse(say(self.technician, "We are at it"), "the word is answered")
        self.target.with_user(self.technician_2).action_start()
        self.assertEqual(say(self.user, "It is only mine"), self.technician_2)
        self.assertIn("only mine", self._heard(self.technician_2, self.double))
        self.double.sudo().activity_ids.with_user(self.technician_2).action_feedback(feedback="Told by phone")
        self.assertFalse(self.double.sudo().activity_ids)
        self._work_on(self.target)
        self.target.with_user(self.technician_2).action_resolve()
        self.assertEqual(say(self.user, "Not for me"), self.technician_2, "also once it is solved")
        self.double.with_user(self.user).action_separate("Not for me")
        self.assertEqual(self.double.sudo().activity_ids.user_id, self.technician, "it waits for those on duty again")

    # === WHAT IS REFUSED === #

    def test_only_technicians_join_and_only_what_fits(self):
        done, elsewhere = self._resolved(), self.env['res.company'].create({'name': "Second"})
        done.with_user(self.user).action_confirm()
        foreign = self._person('technician', 'foreign')
        foreign.write({'company_ids': [Command.set(elsewhere.ids)], 'company_id': elsewhere.id})
        theirs = self._log(foreign)
        for act in ('action_merge_into', 'action_join_incident'):
            for person in (self.user, self.other, self.auditor):
                with self.subTest(act=act, person=person.login), self.assertRaises(AccessError):
                    self._rpc(person, self.double, act, self.target.id)
            for target in (self.double.id, done.id, 0, False, "1", [self.target.id], 2**40):
                with self.subTest(act=act, target=target), self.assertRaises(UserError):
                    self._rpc(self.technician, self.double, act, target)
            with self.subTest(act=act), self.assertRaisesRegex(UserError, "works only from"):
                self._rpc(self.technician, done, act, self.target.id)
            with self.subTest(act=act), self.assertRaises(AccessError):
                self._rpc(self.technician, self.double, act, theirs.id)
            self.technician.company_ids |= elsewhere
            both = self.double.with_user(self.technician).with_context(allowed_company_ids=(self.env.company | elsewhere).ids)
            with self.subTest(act=act), self.assertRaisesRegex(UserError, "one company"):
                getattr(both, act)(theirs.id)
            self.technician.company_ids -= elsewhere
        self.assertEqual((self.double.state, self.double.parent_id.id), ('new', False))

    def test_double_ends_with_what_was_asked_for_no_later_lest_its_promise_begin_anew(self):
        self.double.with_user(self.technician).requested_at = self.target.requested_at - timedelta(hours=3)
        window = self.env['it.ticket.join'].with_user(self.technician).create({'ticket_ids': [Command.set(self.double.ids)]})
        self.assertNotIn(self.target, window.similar_ids)
        window.kind = 'part'
        self.assertIn(self.target, window.similar_ids, "a part keeps its own promise")
        with self.assertRaisesRegex(UserError, f"{self.double.name} was asked for before {self.target.name}. Join it the other way round"):
            self._merge(self._log() | self.double)
        done = self._resolved(self.other)
        with self.assertRaisesRegex(UserError, f"before {done.name}, which is solved already"):
            self._merge(target=done)
        self.assertEqual(self.double.state, 'new')
        self._merge(self.target, self.double)
        self.assertEqual(self.target.duplicate_of_id, self.double)

    def test_company_stays_while_tickets_belong_together_and_is_told_when_it_changes(self):
        elsewhere = self.env['res.company'].create({'name': "Second"})
        self._merge()
        part, whole, alone = (self._log().with_env(self.env) for _number in range(3))
        part.with_user(self.technician).action_join_incident(whole.id)
        for ticket in (self.target, self.double, part, whole):
            with self.subTest(ticket=ticket.name), self.assertRaisesRegex(UserError, "Only tickets of one company|stays as it is"):
                ticket.with_env(self.env).company_id = elsewhere
            self.assertEqual(ticket.company_id, self.env.company)
        whole.company_id = self.env.company
        self.env.cr.precommit.run()
        clocks = type(alone)._set_clocks
        with patch.object(type(alone), '_set_clocks', autospec=True, side_effect=clocks) as set_clocks:
            alone.company_id = elsewhere
            self.env.flush_all()
        self.assertIn(elsewhere, [call.args[1] for call in set_clocks.call_args_list], "it is due by the working hours of its company")
        self.env.cr.precommit.run()
        told = alone.message_ids.sudo().tracking_value_ids.filtered(lambda value: value.field_id.name == 'company_id')
        self.assertEqual(told.mapped('new_value_char'), ["Second"])

    def test_open_changes_of_access_keep_it_from_ending(self):
        group = self.env['res.groups'].create({'name': "More"})
        kind = self.env.ref('it_continuity.ticket_category_account_access')
        ticket = self._log(category_id=kind.id)
        self.env['it.access.change'].with_user(self.technician).create({'ticket_id': ticket.id, 'user_id': self.other.id, 'add_ids': [Command.set(group.ids)]})
        with self.assertRaises(UserError):
            self._merge(ticket)
        ticket.with_user(self.technician).action_join_incident(self.target.id)
        self._work_on(self.target)
        self.target.with_user(self.technician).action_resolve()
        self.assertEqual(ticket.state, 'in_progress', "what has to be done for it alone keeps it open")

    # === PARTS OF AN INCIDENT === #

    def test_parts_are_resolved_with_their_incident_and_confirmed_by_their_own_requesters(self):
        parts = self.double | self._log(self.other, subject="No mail")
        work = self.target.with_user(self.technician)
        parts.with_user(self.technician).action_join_incident(self.target.id)
        self.assertEqual((work.child_ids, work.child_count), (parts, 2))
        self.assertFalse(parts.sudo().activity_ids, "they wait for nobody of their own")
        self.assertTrue(all(parts.mapped('is_carried')))
        self.assertIn(self.target.name, self._heard(self.user, self.double))
        self.env['it.ticket.step'].with_user(self.technician).create({
            'ticket_id': self.target.id, 'description': f"Changed the switch with {self.other.name}", 'minutes': 30})
        work.action_resolve()
        self.assertEqual((parts | self.target).mapped('state'), ['resolved'] * 3)
        step = self.double.sudo().step_ids
        self.assertIn(f"Solved with {self.target.name}: Changed the switch with", step.description)
        self.assertNotIn(self.other.name, step.description)
        self.assertEqual((step.done_by_id, step.minutes), (self.technician, 0))
        self.assertEqual(self.double.sudo().activity_ids.user_id, self.user, "who asked is asked")
        with self.assertRaises(AccessError):
            self.double.with_user(self.other).action_confirm()
        self.double.with_user(self.user).action_confirm()
        self.assertEqual((parts | self.target).sudo().mapped('state'), ['closed', 'resolved', 'resolved'])

    def test_parts_are_not_told_what_was_changed_in_odoo_for_somebody_else(self):
        record = self.env.ref('base.et')  # one without a chatter
        first, second = self.double, self._log()
        for incident, part, by_hand, told in ((self.target, first, "", "."), (self._log(self.other), second, "Told the bank", ": Told the bank")):
            part.with_user(self.technician).action_join_incident(incident.id)
            incident.with_user(self.technician)._note_deed(record, 'changed', "Changed in Odoo: Vendor\nAccount: 4711 → 0815")
            if by_hand:
                self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': incident.id, 'description': by_hand})
            incident.with_user(self.technician).action_resolve()
            self.assertEqual((part.state, part.sudo().step_ids.description), ('resolved', f"Solved with {incident.name}{told}"))
            self.assertIn("0815", incident.with_user(self.other).step_ids.mapped('description')[0], "who asked for it reads it")
        with self.assertRaises(AccessError):
            self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': self._log().id, 'description': "x", 'is_deed': True})

    def test_upgrade_marks_the_steps_of_deeds_and_where_nobody_knows_which_all_of_who_did_them(self):
        record = self.env.ref('base.et')
        tickets = self._log(self.other) | self._log(self.other) | self._log(self.other)
        for ticket in tickets:
            self._work_on(ticket)
            if ticket != tickets[2]:
                ticket.with_user(self.technician)._note_deed(record, 'changed', "Account: 4711 → 0815")
            self.env['it.ticket.step'].with_user(self.technician_2).create({'ticket_id': ticket.id, 'description': "Told the bank"})
        sure, lost, none = (ticket.step_ids.sorted('id') for ticket in tickets)
        self.env.flush_all()
        # Each step of a person is a transaction of its own; of the second deed the step was written anew later.
        self.env.cr.execute("UPDATE it_ticket_step SET is_deed = FALSE, create_date = create_date + id * interval '1 minute' WHERE ticket_id = ANY(%s)", [tickets.ids])
        self.env.cr.execute(
            "UPDATE it_ticket_record SET create_date = step.create_date FROM it_ticket_step AS step WHERE step.id = %s AND it_ticket_record.ticket_id = %s",
            [sure[1].id, tickets[0].id])
        self.env.invalidate_all()
        for _again in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.8.0/post-deed_steps.py'))['migrate'](self.env.cr, '19.0.1.7.0')
            self.env.invalidate_all()
            self.assertEqual([step.is_deed for step in (*sure, *lost, *none)], [False, True, False, True, True, False, False, False])

    def test_part_with_an_open_checklist_stays_open_and_says_what_is_left(self):
        kind = self.env['it.ticket.category'].create({
            'name': "Checked", 'role_id': self.role.id, 'checklist_ids': [Command.create({'name': "Test page", 'is_required': True})]})
        part = self._log(category_id=kind.id)
        part.with_user(self.technician).action_join_incident(self.target.id)
        self._work_on(self.target)
        self.target.with_user(self.technician).action_resolve()
        self.assertEqual((self.target.state, part.state, part.is_carried), ('resolved', 'in_progress', False))
        self.assertIn("Test page", self._words(part))
        buttons = self._buttons(part)
        self.assertTrue({'action_leave_incident', 'join'} <= buttons, buttons)
        part.with_user(self.technician).action_leave_incident()
        self.assertNotIn('action_leave_incident', self._buttons(part))

    def test_a_part_that_is_carried_waits_for_nobody(self):
        part = self.double
        self.assertEqual(part.queue_rank, 0)
        part.with_user(self.technician).action_join_incident(self.target.id)
        self.assertEqual(part.queue_rank, 1)
        buttons = self._buttons(part)
        self.assertIn('action_leave_incident', buttons)
        self.assertNotIn('join', buttons)
        into = self._resolved(self.other)
        self._merge(target=into, tickets=self.target)
        self.assertEqual((part.parent_id, part.queue_rank, part.sudo().activity_ids.user_id), (into, 0, self.technician), "what is solved carries nobody")

    def _buttons(self, ticket):
        """Return which of the buttons of a family a technician is offered on a ticket."""
        form = ticket.with_user(self.technician).get_view(self.env.ref('it_continuity.it_ticket_view_form').id, 'form')['arch']
        names = {str(self.env.ref('it_continuity.it_ticket_join_action').id): 'join', 'action_leave_incident': 'action_leave_incident'}
        shown = {'id': ticket.id, 'state': ticket.state, 'parent_id': ticket.parent_id.id, 'is_carried': ticket.is_carried}
        return {
            names[node.get('name')] for node in etree.fromstring(form).iter('button')
            if node.get('name') in names and not safe_eval(node.get('invisible'), shown)}

    def test_there_are_two_storeys_and_a_way_out(self):
        part = self.double
        part.with_user(self.technician).action_join_incident(self.target.id)
        outer = self._log()
        with self.assertRaisesRegex(UserError, "itself a part"):
            outer.with_user(self.technician).action_join_incident(part.id)
        with self.assertRaisesRegex(UserError, "parts of its own"):
            self.target.with_user(self.technician).action_join_incident(outer.id)
        with self.assertRaises(AccessError):
            part.with_user(self.user).action_leave_incident()
        part.with_user(self.technician).action_leave_incident()
        self.assertEqual((part.parent_id.id, part.sudo().activity_ids.user_id), (False, self.technician))

    def test_what_became_of_a_closed_part_stays_as_it_was_sealed(self):
        part, work = self.double, self.target.with_user(self.technician)
        part.with_user(self.technician).action_join_incident(self.target.id)
        self._work_on(self.target)
        work.action_resolve()
        part.with_user(self.user).action_confirm()
        self.env.cr.precommit.run()
        events = part.sudo().seal_event_ids
        self.assertEqual(json.loads(events[:1].content)['record']['parent_id'], self.target.id)
        self.assertIn('duplicate_of_id', part._seal_columns)
        with self.assertRaisesRegex(UserError, "works only from"):
            part.with_user(self.technician).action_leave_incident()
        open_part = self._log()
        work.action_reopen("Down again")
        open_part.with_user(self.technician).action_join_incident(self.target.id)
        into = self._log()
        self._merge(self.target, into)
        self.assertEqual((part.parent_id, open_part.parent_id), (self.target, into))
        self.target.with_user(self.technician).action_separate("It is another one")
        open_part.with_user(self.technician).action_join_incident(self.target.id)
        work.action_cancel("Gone by itself")
        self.assertEqual((part.parent_id, open_part.parent_id.id), (self.target, False))
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        self.assertEqual(part.sudo().seal_event_ids, events, "nothing was written that would have to be sealed")

    # === THE WINDOW === #

    def test_window_offers_what_is_alike_and_joins(self):
        same = self._log(self.other, subject="The salary sheet opens not", asset_id=self.host.id)
        window = self.env['it.ticket.join'].with_user(self.technician).with_context(active_model='it.ticket', active_ids=self.double.ids).create({})
        self.assertEqual((window.ticket_ids, window.similar_ids[:1]), (self.double, same), "what has its words stands first")
        self.assertNotIn(self.double, window.similar_ids)
        with self.assertRaisesRegex(UserError, "Choose the ticket"):
            window.action_apply()
        window.target_id = same
        self.assertIn(same.name, window.action_apply()['params']['message'])
        self.assertEqual(self.double.duplicate_of_id, same)
        parts = self._log() | self._log()
        window = self.env['it.ticket.join'].with_user(self.technician).create({
            'ticket_ids': [Command.set(parts.ids)], 'kind': 'part', 'target_id': same.id})
        window.action_apply()
        self.assertEqual(parts.parent_id, same)


@tagged('post_install', '-at_install')
class TestTicketFamilyClocks(SlaCase):
    """What was promised for a request stands still while another one carries it."""

    def test_time_as_a_double_counts_for_nothing(self):
        target, double = self._logged(9), self._logged(9)
        self.assertEqual(double.due_at, self._at(14))
        self._now(11)
        double.with_user(self.technician).action_merge_into(target.id)
        self._now(15)
        double.with_user(self.technician).action_separate("Another switch")
        pause = double.pause_ids
        self.assertEqual((pause.kind, pause.reason, pause.started_at, pause.ended_at), ('double', target.name, self._at(11), self._at(15)))
        self.assertEqual((double.reopen_count, double.resolution_state), (0, 'running'))
        self.assertEqual(double.due_at, self._at(17), "two hours were left at eleven")
        self._refresh(double, 18)
        self.assertEqual(double.resolution_state, 'missed')

    def test_parts_wait_with_their_incident(self):
        incident, first, second, own, leaving = (self._logged(9) for _number in range(5))
        (first | own | leaving).with_user(self.technician).action_join_incident(incident.id)
        own.with_user(self.technician).action_wait("Which one?")
        self._now(10)
        incident.with_user(self.technician).action_hold("The provider digs")
        self.assertEqual((first.waiting_for, own.waiting_for, second.waiting_for), ('outside', 'requester', False))
        self.assertIn(incident.name, first.waiting_reason)
        self.assertNotIn("digs", first.waiting_reason, "who reads the part need not read the incident")
        self._now(11)
        second.with_user(self.technician).action_join_incident(incident.id)
        leaving.with_user(self.technician).action_leave_incident()
        self.assertEqual((second.waiting_for, leaving.waiting_for), ('outside', False))
        self._now(15)
        incident.with_user(self.technician).action_resume()
        self.assertEqual((first | second | leaving).mapped('waiting_for'), [False] * 3)
        self.assertEqual([first.due_at, second.due_at, leaving.due_at], [self._at(9, 1), self._at(17), self._at(15)])
        self.assertEqual(own.waiting_for, 'requester', "what it waits for by itself goes on")
        incident.with_user(self.technician).action_hold("Again")
        self._work_on(incident)
        incident.with_user(self.technician).action_resolve()
        self.assertEqual((first.state, first.pause_ids.filtered(lambda pause: not pause.ended_at).kind), ('resolved', 'confirmation'))

    def test_missed_before_it_was_a_double_stays_missed(self):
        target, double = self._logged(9), self._logged(9)
        self._refresh(double, 15)
        double.with_user(self.technician).action_merge_into(target.id)
        self._now(16)
        double.with_user(self.user).action_separate("Not for me")
        self.assertEqual((double.reopen_count, double.resolution_state, double.due_at), (1, 'missed', self._at(14)))
