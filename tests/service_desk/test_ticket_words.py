from runpy import run_path

from odoo.tests import tagged
from odoo.tools import file_path

from .sla_case import SlaCase


@tagged('post_install', '-at_install')
class TestTicketWords(SlaCase):
    """What a word on a solved ticket means for the time that was promised."""

    def test_a_word_after_it_was_solved_lets_the_time_run_until_a_technician_replies(self):
        ticket = self._logged()  # Monday 9 o'clock, to be solved by 14
        self._now(10)
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self._now(10.5)
        self._say(ticket, self.user, "It still jams")
        self.assertEqual((ticket.due_at, ticket.resolution_state), (self._at(14.5), 'running'))
        self.assertEqual((ticket.pause_ids.ended_at, ticket.pause_ids.ended_by_id), (self._at(10.5), self.user))
        self._now(11)
        self._say(ticket, self.technician, "A note", subtype_xmlid='mail.mt_note')
        self.assertEqual(ticket.resolution_state, 'running', "a note is no reply")
        self._say(ticket, self.technician, "Try the other tray. Better?")
        self.assertEqual((ticket.resolution_state, ticket.resolution_worked_hours), ('paused', 1.5))
        self.assertEqual(sorted((pause.started_at, pause.ended_at) for pause in ticket.pause_ids), [(self._at(10), self._at(10.5)), (self._at(11), False)])
        self._now(11, 1)
        self._say(ticket, self.user, "No")
        self.assertEqual(ticket.due_at, self._at(14.5, 1), "a night and a day were theirs")
        self._refresh(ticket, 15, 1)
        self.assertEqual(ticket.resolution_state, 'missed')
        self._say(ticket, self.technician, "ok")
        self.assertEqual(ticket.resolution_state, 'missed', "a reply that is late does not make it in time")
        self._now(10, 4)
        ticket.with_user(self.user).action_reopen("It still jams")
        self.assertEqual((ticket.due_at, ticket.resolution_state), (self._at(14.5, 1), 'missed'))

    def test_confirmed_after_a_reply_is_solved_with_the_reply_and_after_thanks_with_the_work(self):
        """Whatever the time was that the job counted meanwhile, while nobody replied."""
        for replies, closes, stands in (
                (False, 'requester', ('met', 1)), (True, 'requester', ('missed', 4.5)), (False, 'colleague', ('met', 1))):
            with self.subTest(replies=replies, closes=closes):
                ticket = self._logged()
                self._now(10)
                self._work_on(ticket)
                ticket.with_user(self.technician).action_resolve()
                self._say(ticket, self.user, "Thanks")
                self._refresh(ticket, 14.5)
                self.assertEqual((ticket.resolution_state, ticket.resolution_worked_hours), ('missed', 4.5))
                if replies:
                    self._say(ticket, self.technician, "And the other one?")
                if closes == 'requester':
                    ticket.with_user(self.user).action_confirm()
                else:
                    ticket.with_user(self.technician_2).action_close_for_requester("They wrote that it works")
                self.assertEqual((ticket.resolution_state, ticket.resolution_worked_hours), stands)
                self.assertTrue(all(ticket.pause_ids.mapped('ended_at')))

    def test_what_was_met_before_the_upgrade_stays_so_when_a_word_comes_late(self):
        """It was judged by when it was resolved, whatever was asked later, and is sealed as that."""
        ticket = self._logged()
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self._now(9, 14)
        ticket.with_user(self.technician).action_close_silently("Asked twice")
        ticket.sudo()._transition({'asked_at': self._at(9, 4)})  # as an answer to a word let it wait anew then
        self._say(ticket, self.user, "It came back")
        self.env.flush_all()
        self.assertTrue(ticket.answered_at)
        self.assertEqual(ticket.resolution_state, 'met')

    def test_upgrade_lets_what_was_written_on_wait_as_it_does_now(self):
        answered, asked, silent = (self._logged() for _one in range(3))
        self._now(10)
        for ticket in (answered, asked, silent):
            self._work_on(ticket)
            ticket.with_user(self.technician).action_resolve()
        # as words left them: their time stood still all along, and who asked was reminded
        answered.sudo()._transition({'answered_at': self._at(9, 1)})
        for ticket in (asked, silent):
            ticket.sudo()._transition({'asked_at': self._at(9, 1) if ticket == asked else False, 'warned_at': self._at(9.5, 1)})
        self._now(10, 1)
        for _time in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.9.0/post-second_person.py'))['migrate'](self.env.cr, '19.0.1.8.0')
            self.env.invalidate_all()
            for ticket, state, due_at, warned_at, pauses in (
                    (answered, 'running', self._at(12, 1), False, [(self._at(10), self._at(9, 1))]),
                    (asked, 'paused', self._at(12, 1), False, [(self._at(10), self._at(9, 1)), (self._at(9, 1), False)]),
                    (silent, 'paused', self._at(14), self._at(9.5, 1), [(self._at(10), False)])):
                self.assertEqual((ticket.resolution_state, ticket.due_at, ticket.warned_at), (state, due_at, warned_at))
                self.assertEqual(sorted((pause.started_at, pause.ended_at) for pause in ticket.pause_ids), pauses)
        self._now(16, 1)
        for ticket in (answered, asked, silent):
            ticket.with_user(self.user).action_confirm()
            self.assertEqual((ticket.resolution_state, ticket.resolution_worked_hours), ('met', 1))
