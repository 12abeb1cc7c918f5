from odoo.exceptions import AccessError
from odoo.tests import tagged

from .alert_case import MINUTE, AlertCase


@tagged('post_install', '-at_install')
class TestAlertTicket(AlertCase):
    """From an alert to a ticket by one click; what is about the same asset joins."""

    def _bad(self, states='20'):
        self._report(self.fake, states, states)
        return self._opened()

    def test_one_click_makes_a_ticket_that_is_linked_both_ways(self):
        alert = self._bad()
        action = self._rpc(self.technician, alert, 'action_make_ticket')
        ticket = self.env['it.ticket'].browse(action['res_id'])
        self.assertEqual((alert.ticket_id, ticket.alert_ids, ticket.asset_id), (ticket, alert, self.host))
        self.assertEqual((ticket.subject, ticket.priority, ticket.requester_id), ("Root on srv-test", '2', self.technician))
        self.assertIn("text 2", ticket.description)
        self.assertIn(f"{alert.number} is there since", ticket.with_user(self.technician).alert_text)
        self.assertIn(ticket.name, "".join(alert.message_ids.mapped('body')))
        self.assertEqual(self._rpc(self.technician, alert, 'action_make_ticket')['res_id'], ticket.id, "a second click opens the same")

    def test_incident_joins_the_open_one_of_the_same_asset(self):
        first, second = self._bad('22')
        self._rpc(self.technician, first, 'action_make_ticket')
        self._rpc(self.technician_2, second, 'action_make_ticket')
        self.assertEqual(first.ticket_id, second.ticket_id)
        self.assertIn("Joined the open ticket", "".join(second.message_ids.mapped('body')))

    def test_incident_joins_a_colleagues_one_and_no_wish(self):
        wish = self.env['it.ticket.category'].create({'name': "Wish", 'code': 'wish', 'nature': 'request'})
        trouble = self.env['it.ticket.category'].create({'name': "Trouble", 'code': 'trouble', 'nature': 'incident'})
        self.env['it.ticket'].create({'subject': "More room", 'category_id': wish.id, 'asset_id': self.host.id})
        told = self.env['it.ticket'].create({'subject': "It is slow", 'category_id': trouble.id, 'asset_id': self.host.id})
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_make_ticket')
        self.assertEqual(alert.ticket_id, told)

    def test_solved_ticket_takes_no_alert_in_and_an_alert_with_one_gets_another(self):
        first, second = self._bad('22')
        self._rpc(self.technician, first, 'action_make_ticket')
        solved = first.ticket_id
        self.assertTrue(first.has_open_ticket)
        solved._transition({'state': 'resolved'})
        self.assertFalse(first.has_open_ticket)
        self._rpc(self.technician, second, 'action_make_ticket')
        self.assertNotEqual(second.ticket_id, solved, "it only waits for a yes: nobody works on it")
        self._rpc(self.technician, first, 'action_make_ticket')
        self.assertEqual(first.ticket_id, second.ticket_id)
        history = "".join(first.message_ids.mapped('body'))
        self.assertTrue(solved.name in history and second.ticket_id.name in history, "the one before stands in the history")

    def test_alert_that_is_part_of_another_brings_its_ticket_where_that_helps(self):
        first, second = self._bad('22')
        trouble = self.env['it.ticket.category'].create({'name': "Trouble", 'code': 'trouble', 'nature': 'incident'})
        tickets = {
            name: self.env['it.ticket'].create({'subject': name, 'category_id': trouble.id}) for name in ('own open', 'own solved', 'open', 'solved')}
        for name in ('own solved', 'solved'):
            tickets[name]._transition({'state': 'resolved'})
        wanted = {
            (None, None): None, (None, 'open'): 'open', (None, 'solved'): 'solved',
            ('own open', None): 'own open', ('own open', 'open'): 'own open', ('own open', 'solved'): 'own open',
            ('own solved', None): 'own solved', ('own solved', 'open'): 'open', ('own solved', 'solved'): 'own solved'}
        for (own, others), kept in wanted.items():
            with self.subTest(own=own, others=others):
                savepoint = self.env.cr.savepoint()
                first._transition({'ticket_id': own and tickets[own].id})
                second._transition({'ticket_id': others and tickets[others].id})
                second._merge(first, second.line_ids)
                self.assertEqual(first.ticket_id.subject or None, kept)
                self.assertEqual(second.ticket_id.subject or None, others, "what was said of it stays")
                if others == 'open':
                    words = tickets[others].with_user(self.technician).alert_text
                    self.assertIn(f"belongs to the ticket {tickets[own].name}" if kept == 'own open' else f"{first.number} is there since", words)
                    self.assertEqual(f"Joined the open ticket {tickets[others].name}" in "".join(first.message_ids.mapped('body')), kept == 'open')
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_alert_that_is_over_gets_no_other_ticket(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_make_ticket')
        ticket = alert.ticket_id
        ticket._transition({'state': 'resolved'})
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual(self._rpc(self.technician, alert, 'action_make_ticket')['res_id'], ticket.id)

    def test_end_of_the_alert_is_told_in_the_ticket_and_closes_nothing(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_make_ticket')
        ticket = alert.ticket_id
        state = ticket.state
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual((alert.state, ticket.state), ('resolved', state))
        self.assertIn(f"{alert.number} is over since", ticket.with_user(self.technician).alert_text)

    def test_colleague_whose_ticket_an_alert_joins_reads_nothing_of_it(self):
        trouble = self.env['it.ticket.category'].create({'name': "Trouble", 'code': 'trouble', 'nature': 'incident'})
        told = self.env['it.ticket'].create({'subject': "It is slow", 'category_id': trouble.id, 'asset_id': self.host.id, 'requester_id': self.user.id})
        alert, other = self._bad('22')
        for one in (alert, other):
            self._rpc(self.technician, one, 'action_make_ticket')
        other._merge(alert, other.line_ids)
        self._later(MINUTE)
        self._report(self.fake, '00')
        self.assertEqual((alert.state, told.alert_ids), ('resolved', alert | other))
        mine = told.with_user(self.user)
        shown = str(mine.web_read({name: {} for name in mine.fields_get()})) + str(self.env['mail.message'].with_user(self.user).search_read(
            [('model', '=', 'it.ticket'), ('res_id', '=', told.id)], ['subject', 'body', 'preview', 'record_name']))
        self.assertIn("It is slow", shown)
        for word in (alert.number, other.number, *alert.line_ids.check_id.mapped('name'), *other.line_ids.check_id.mapped('name')):
            self.assertNotIn(word, shown)
        for name in ('alert_text', 'alert_ids', 'alert_count'):
            with self.assertRaises(AccessError):
                mine.read([name])
