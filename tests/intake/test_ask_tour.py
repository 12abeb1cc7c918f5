from odoo.fields import Command
from odoo.tests import tagged

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestAskTour(TourCase):
    """How a colleague comes to IT: by own words, by a code on a printer, by a word in a chat; and what a technician keeps of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.technician = cls._tour_people('user', 'technician')
        cls.printer = cls.env['it.asset'].create({
            'name': "HP at the counter", 'kind': 'printer', 'category_id': cls.env.ref('it_continuity.asset_category_server').id})
        cls.answer = cls.env['it.known.answer'].with_user(cls.technician).create({
            'title': "Paper jam in a printer", 'text': "<p>Open the back door and pull the paper out.</p>", 'keywords': "crumpled"})

    def _newest(self):
        return self.env['it.ticket'].search([('requester_id', '=', self.user.id)], order='id desc', limit=1)

    def test_words_find_an_answer_or_a_kind_of_request(self):
        def story(phone):
            self._tour('/odoo', 'it_ask_answer_tour', self.user, phone)
            self.assertEqual(self.answer.helped_user_ids, self.user)
            self.assertEqual((self._newest().subject, self._newest().category_id.code), ("my badge was stolen", 'id_card'))
        self._at_both_widths(story)

    def test_code_on_a_printer_to_a_ticket_in_three_taps(self):
        def story(phone):
            self._tour(f'/itc/a/{self.printer.id}', 'it_ask_code_tour', self.user, phone)
            ticket = self._newest()
            self.assertEqual(
                (ticket.subject, ticket.asset_id, ticket.channel, ticket.category_id.code), ("It crackles and stops", self.printer, 'qr', 'printer_problem'))
        self._at_both_widths(story)

    def test_technician_keeps_what_helped(self):
        def story(phone):
            ticket = self.env['it.ticket'].with_user(self.user).create({
                'subject': "Tour solved", 'category_id': self.env.ref('it_continuity.ticket_category_remote_help').id})
            work = ticket.with_user(self.technician)
            work.step_ids = [Command.create({'description': "Plugged the cable in"})]
            work.action_resolve()
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_known_answer_tour', self.technician, phone)
            self._tour('/odoo/it-answers', 'it_known_answer_list_tour', self.technician, phone)
            answer = self.env['it.known.answer'].search([('ticket_id', '=', ticket.id)])
            self.assertEqual((answer.title, answer.category_ids), ("My screen stays black", ticket.category_id))
        self._at_both_widths(story)

    def test_technician_logs_what_somebody_says_on_the_phone(self):
        def story(phone):
            self._tour('/odoo/it-tickets', 'it_ticket_call_tour', self.technician, phone)
            ticket = self._newest()
            self.assertEqual((ticket.subject, ticket.channel, ticket.logged_by_id), ("No paper left", 'phone', self.technician))
            self.assertEqual(dict(ticket.request_values._values), {'what': 'jam'})
        self._at_both_widths(story)

    def test_command_in_a_chat(self):
        channel = self.env['discuss.channel'].create({
            'name': "Tour", 'channel_type': 'channel', 'channel_member_ids': [Command.create({'partner_id': self.user.partner_id.id})]})
        self._tour(f'/odoo/discuss?active_id=discuss.channel_{channel.id}', 'it_chat_command_tour', self.user)
        self.assertEqual((self._newest().subject, self._newest().channel), ("my screen stays black", 'chat'))
        self.assertFalse(channel.message_ids.filtered(lambda message: "TKT" in message.body))
