from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestTicketTour(TourCase):
    """What a colleague, a technician and a manager do with tickets in the browser, at a desk and on a phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.technician, cls.manager = cls._tour_people('user', 'technician', 'manager')
        cls.category = cls.env.ref('it_continuity.ticket_category_remote_help')

    def _log(self, subject, requester=None):
        return self.env['it.ticket'].with_user(requester or self.user).create({'subject': subject, 'category_id': self.category.id})

    def _resolved(self, subject, requester=None):
        ticket = self._log(subject, requester)
        work = ticket.with_user(self.technician)
        work.step_ids = [Command.create({'description': "Plugged the cable in"})]
        work.action_resolve()
        return ticket

    def _newest(self, requester):
        return self.env['it.ticket'].search([('requester_id', '=', requester.id)], order='id desc', limit=1)

    def test_colleague_sends_from_the_start_page(self):
        def story(phone):
            self._tour('/odoo', 'it_ticket_send_tour', self.user, phone)
            ticket = self._newest(self.user)
            self.assertEqual(
                (ticket.subject, ticket.category_id, ticket.logged_by_id, ticket.state),
                ("My screen stays black", self.category, self.user, 'new'))
        self._at_both_widths(story)

    def test_colleague_sends_a_photo_along(self):
        def story(phone):
            self._tour('/odoo/my-tickets/new', 'it_ticket_photo_tour', self.user, phone)
            file = self._newest(self.user).attachment_ids
            self.assertEqual((file.name, file.raw, file.res_id), ("screen.png", b"picture", self._newest(self.user).id))
        self._at_both_widths(story)

    def test_technician_and_manager_log_through_the_form(self):
        for person in (self.technician, self.manager):
            def story(phone, person=person):
                self._tour('/odoo/it-tickets/new', 'it_ticket_staff_tour', person, phone)
                self.assertEqual(self._newest(person).subject, "Rings about the printer")
            self._at_both_widths(story)

    def test_technician_logs_for_the_one_who_rings(self):
        def story(phone):
            self._tour('/odoo/it-tickets', 'it_ticket_quick_tour', self.technician, phone)
            ticket = self._newest(self.user)
            self.assertEqual((ticket.subject, ticket.logged_by_id), ("No paper left", self.technician))
        self._at_both_widths(story)

    def test_technician_takes_one_from_its_card(self):
        def story(phone):
            ticket = self._log("Tour waits")
            self._tour('/odoo/it-tickets', 'it_ticket_take_tour', self.technician, phone)
            self.assertEqual((ticket.assignee_id, ticket.state), (self.technician, 'in_progress'))
        self._at_both_widths(story)

    def test_manager_assigns_from_the_card(self):
        def story(phone):
            ticket = self._log("Tour waits")
            self._tour('/odoo/it-tickets', 'it_ticket_assign_tour', self.manager, phone)
            self.assertEqual((ticket.assignee_id, ticket.state), (self.technician, 'new'))
        self._at_both_widths(story)

    def test_technician_changes_several_at_once(self):
        """On a phone Odoo lets nobody edit the cells of several rows: there each ticket gets its kind in its own form."""
        def story(phone):
            tickets = self._log("Tour bulk 1") + self._log("Tour bulk 2")
            self._tour('/odoo/it-tickets', 'it_ticket_bulk_tour', self.technician, phone)
            self.assertEqual((tickets.assignee_id, tickets.category_id.code), (self.technician, 'id_card'))
        self._at_both_widths(story)

    def test_technician_reads_an_answer_and_replies(self):
        def story(phone):
            ticket = self._resolved("Tour answered")
            ticket.sudo()._transition({'resolved_at': datetime(2026, 1, 5)})
            ticket.with_user(self.user).message_post(body="It is black again", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
            self._tour('/odoo/it-tickets', 'it_ticket_answer_tour', self.technician, phone)
            self.assertEqual((ticket.state, ticket.answered_at), ('resolved', False))
            self.assertTrue(ticket.asked_at)
        self._at_both_widths(story)

    def test_colleague_says_not_yet_by_one_press(self):
        def story(phone):
            ticket = self._resolved("Tour not yet")
            self._tour(f'/odoo/my-tickets/{ticket.id}', 'it_ticket_not_yet_tour', self.user, phone)
            self.assertEqual((ticket.state, ticket.reopen_reason, ticket.reopen_count), ('in_progress', "It is black again", 1))
        self._at_both_widths(story)

    def test_another_technician_closes_in_words_what_somebody_did_for_themselves(self):
        def story(phone):
            ticket = self._resolved("Tour own work", self.technician)
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_close_in_words_tour', self.manager, phone)
            self.assertEqual((ticket.confirmation_kind, ticket.confirmed_by_id), ('colleague', self.manager))
        self._at_both_widths(story)

    def test_colleague_who_opens_anothers_ticket_is_told_and_shown_nothing(self):
        other = new_test_user(self.env, login='itc_tour_other', name="Tour Other", groups='it_continuity.it_continuity_group_user')
        ticket = self._log("Tour secret")
        ticket.with_user(self.user).description = "<p>hunter2</p>"
        file = self.env['ir.attachment'].create({'name': "badge.txt", 'raw': b"hunter2", 'res_model': 'it.ticket', 'res_id': ticket.id})
        self.authenticate(other.login, other.login)
        with mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request('/web/dataset/call_kw', {
                'model': 'it.ticket', 'method': 'web_read', 'args': [ticket.ids, {'subject': {}}], 'kwargs': {}})
        for path in (f'/web/content/{file.id}', f'/mail/view?model=it.ticket&res_id={ticket.id}'):
            answer = self.url_open(path)
            self.assertFalse([word for word in ("hunter2", "Tour secret") if word in answer.text], path)
        self.assertEqual(self.url_open(f'/web/content/{file.id}').status_code, 404)
        for path in ('my-tickets', 'it-tickets'):
            def story(phone, path=path):
                self._tour(f'/odoo/{path}/{ticket.id}', 'it_ticket_foreign_tour', other, phone)
            self._at_both_widths(story)

    def test_nothing_is_solved_or_closed_without_a_step(self):
        def story(phone):
            ticket = self._log("Tour fresh")
            self.authenticate(self.technician.login, self.technician.login)
            for method, arguments in (('action_resolve', ()), ('action_confirm', ()), ('action_close_silently', ("x",)), ('action_close_for_requester', ("x",))):
                with self.subTest(method=method), mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request('/web/dataset/call_kw', {
                        'model': 'it.ticket', 'method': method, 'args': [ticket.ids, *arguments], 'kwargs': {}})
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_no_steps_tour', self.technician, phone)
            self.assertEqual((ticket.state, ticket.step_ids.description), ('in_progress', "Plugged the cable in"))
        self._at_both_widths(story)

    def test_nobody_confirms_their_own_work(self):
        def story(phone):
            ticket = self._resolved("Tour own work", self.technician)
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_own_work_tour', self.technician, phone)
            with mute_logger('odoo.http'), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request('/web/dataset/call_kw', {'model': 'it.ticket', 'method': 'action_confirm', 'args': [ticket.ids], 'kwargs': {}})
            self.assertEqual(ticket.state, 'resolved')
        self._at_both_widths(story)

    def test_colleague_confirms_by_one_press_and_says_how_it_was(self):
        def story(phone):
            ticket = self._resolved("Tour solved")
            self._tour(f'/odoo/my-tickets/{ticket.id}', 'it_ticket_confirm_tour', self.user, phone)
            self.assertEqual((ticket.state, ticket.confirmation_kind, ticket.confirmed_by_id), ('closed', 'requester', self.user))
            self.assertEqual(ticket.sudo().rating_last_value, 5)
        self._at_both_widths(story)

    def test_manager_makes_a_task_of_what_comes_again_by_one_press(self):
        rounds = self.env['it.checklist'].create({'name': "Tour Rounds"})

        def story(phone):
            ticket = self._log("Tour ink")
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_make_task_tour', self.manager, phone)
            self.assertEqual((ticket.sudo().task_ids.name, ticket.sudo().task_ids.checklist_id), ("Tour ink", rounds))
        self._at_both_widths(story)

    def test_who_names_a_colleague_that_may_not_read_it_is_told_and_loses_no_word(self):
        stranger = new_test_user(self.env, login='itc_tour_stranger', name="Tour Stranger", groups='it_continuity.it_continuity_group_user')
        ticket = self._log("Tour mention")
        self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_mention_tour', self.technician, error_checker=lambda message: 'may not read' not in message)
        self.assertFalse(ticket.sudo().message_ids.partner_ids & stranger.partner_id)

    def test_reopened_asks_for_something_new(self):
        def story(phone):
            ticket = self._resolved("Tour reopened")
            ticket.with_user(self.user).action_reopen("Still black")
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_ticket_reopen_tour', self.technician, phone)
            self.assertEqual(ticket.state, 'in_progress')
        self._at_both_widths(story)

    def test_technician_joins_a_double_to_its_ticket(self):
        def story(phone):
            target, double = self._log("Tour target: no network"), self._log("Tour double: no network")
            target.with_user(self.technician).requested_at = self.env.cr.now() - timedelta(days=300)
            self._tour('/odoo/it-tickets', 'it_ticket_join_tour', self.technician, phone)
            self.assertEqual((double.state, double.duplicate_of_id), ('cancelled', target))
        self._at_both_widths(story)
