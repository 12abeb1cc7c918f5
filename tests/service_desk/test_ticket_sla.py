from datetime import datetime, timedelta
from runpy import run_path
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from .sla_case import SlaCase

WAIT, HOLD = "Which printer is it?", "The toner comes on Thursday"


@tagged('post_install', '-at_install')
class TestTicketSla(SlaCase):
    """What is promised for a ticket runs in working time, stands still while it waits, and is judged once."""

    # === THE CLOCKS === #

    def test_time_runs_in_working_hours_only(self):
        for hour, day, answer, solution in (
                (9, 0, (11, 0), (14, 0)),                   # over lunch
                (15.5, 0, (8.5, 1), (10.5, 1)),             # over night
                (20, 4, (10, 7), (12, 7)),                  # on Friday evening: Monday
                (11, 6, (10, 7), (12, 7))):                 # on Sunday: Monday
            with self.subTest(hour=hour, day=day):
                ticket = self._logged(hour, day)
                self.assertEqual((ticket.respond_by, ticket.due_at), (self._at(*answer), self._at(*solution)))
                self.assertEqual(self._states(ticket), ('running', 'running'))

    def test_holiday_that_is_announced_later_moves_what_is_open(self):
        ticket = self._logged(15, 3)  # Thursday
        self.assertEqual(ticket.due_at, self._at(10, 4))
        self._holiday(self._at(0, 4), self._at(24, 4))
        self._refresh(ticket, 16, 3)
        self.assertEqual((ticket.respond_by, ticket.due_at), (self._at(17, 3), self._at(10, 7)))
        self._refresh(ticket, 12, 6)
        self.assertEqual(self._states(ticket), ('missed', 'running'))

    def test_what_came_in_on_paper_is_answered_from_when_it_was_logged_and_due_from_when_it_was_asked(self):
        self._now(9, 1)
        ticket = self._log(self.technician, requester_id=self.user.id, channel='paper', requested_at=self._at(9))
        self.assertEqual((ticket.respond_by, ticket.due_at), (self._at(11, 1), self._at(14)))
        self.assertEqual(self._states(ticket), ('running', 'missed'))

    def test_requested_on_is_never_a_moment_that_cannot_be_and_moves_to_earlier_only(self):
        self._now(9)
        absurd = {datetime(9026, 11, 23): "future", datetime(26, 11, 23): "two years"}
        for moment, why in {**absurd, self._at(9.5): "future"}.items():
            for value in (moment, moment.isoformat(' ')):
                with self.subTest(value=value), self.assertRaisesRegex(UserError, why):
                    self._log(self.technician, requester_id=self.user.id, requested_at=value)
            with self.subTest(default=moment), self.assertRaisesRegex(UserError, why):
                self.env['it.ticket'].with_user(self.technician).with_context(default_requested_at=moment).create({
                    'subject': "x", 'category_id': self.category_remote.id, 'requester_id': self.user.id})
        ticket = self._logged(10)
        ticket.with_user(self.technician).requested_at = self._at(9.5)
        self.assertEqual(ticket.due_at, self._at(14.5), "earlier, as it came in by phone")
        self._now(14)
        for person in (self.technician, self.manager):
            for moment, why in {**absurd, self._at(18): "future", self._at(10): "earlier moment only", self._at(13): ticket.name}.items():
                with self.subTest(person=person.login, moment=moment), self.assertRaisesRegex(UserError, why):
                    self._rpc(person, ticket, 'write', {'requested_at': moment.isoformat(' ')})
        self.assertEqual((ticket.requested_at, ticket.due_at), (self._at(9.5), self._at(14.5)))
        ticket.requested_at = self._at(12)
        self.assertEqual(ticket.requested_at, self._at(12), "the software knows")

    def test_who_moved_requested_on_is_listed(self):
        ticket = self._logged(10)
        self.env.cr.precommit.run()
        before = ticket.message_ids
        ticket.with_user(self.technician).requested_at = self._at(9)
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        tracked = (ticket.message_ids - before).sudo().tracking_value_ids
        self.assertEqual(
            (tracked.field_id.name, tracked.old_value_datetime, tracked.new_value_datetime), ('requested_at', self._at(10), self._at(9)))

    def _forge_asked(self, ticket, moment):
        """Let a moment stand there that nobody could enter today, and nothing follow from it yet."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_ticket SET requested_at = %s WHERE id = %s", [moment.isoformat(' '), ticket.id])
        self.env.invalidate_all()

    def _no_long_spans(self):
        """Let nobody be asked for the working hours of more than four years."""
        calendars = type(self.env['it.calendar'])
        work_spans = calendars._work_spans

        def within_reason(calendar, company, start, end, hours=None):
            if not timedelta(0) <= end - start < timedelta(days=4 * 366):
                raise AssertionError(f"the working hours from {start} to {end}")
            return work_spans(calendar, company, start, end, hours)

        self.startPatcher(patch.object(calendars, '_work_spans', within_reason))

    def test_absurd_date_of_before_hangs_nothing(self):
        long_ago, far, good = (self._logged(9, subject=subject) for subject in ("long ago", "far", "good"))
        self._forge_asked(long_ago, datetime(26, 11, 23, 6))
        self._forge_asked(far, datetime(9999, 12, 20, 6))
        self._no_long_spans()
        self._now(10)
        (long_ago + far + good)._refresh_clocks()
        self.assertEqual((good.respond_by, good.due_at, *self._states(good)), (self._at(11), self._at(14), 'running', 'running'))
        self.assertEqual(self._states(long_ago), ('running', 'missed'))
        self.assertLess(self._at(9) - timedelta(days=740), long_ago.due_at)
        self.assertEqual((far.respond_by, far.due_at), (self._at(12), self._at(15)), "as if it were asked for now")
        for priority in ('2', '0'):
            (long_ago + far).with_user(self.technician).priority = priority
            self.assertEqual(self._states(long_ago), ('missed', 'missed'))
        (long_ago + far).with_user(self.technician).action_start()
        self.assertEqual([ticket.response_state for ticket in long_ago + far], ['missed', 'met'])

    def test_cancelled_without_the_moment(self):
        ticket = self._logged(9)
        ticket._transition({'state': 'cancelled'})
        self.assertEqual(ticket.resolution_state, 'none', "as it may lie in a database that was filled by hand")

    def test_other_hours_for_a_target_and_none_for_a_company_without_working_hours(self):
        schedule = self._schedule("Always", days=range(7), lines=((0, 24, 'morning'),))
        self.target.calendar_id = schedule
        self._holiday(self._at(0, 6), self._at(24, 6))
        self.assertEqual(self._logged(20, 5).due_at, self._at(24, 5), "Saturday counts")
        self.assertEqual(self._logged(22, 5).due_at, self._at(2, 7), "a day off of the company does not")
        self.target.calendar_id = False
        self.company.resource_calendar_id = self._flexible()
        self.assertEqual(self._logged(22, 4).due_at, self._at(26, 4), "without fixed hours every hour counts")

    def test_nothing_is_promised_without_a_target(self):
        self.target.write({'response_hours': 0, 'resolution_hours': 0})
        ticket = self._logged()
        self.assertEqual((ticket.respond_by, ticket.due_at, *self._states(ticket)), (False, False, 'none', 'none'))
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        ticket.with_user(self.user).action_confirm()
        self.assertEqual(self._states(ticket), ('none', 'none'))
        self.category_remote.expected_hours = 6
        self.assertEqual(self._logged().due_at, self._at(16), "the kind says in how many hours it is usually solved")

    def test_target_of_the_kind_goes_first_and_a_changed_one_changes_nothing_of_before(self):
        before = self._logged()
        self.target.resolution_hours = 1
        self.targets.create({'priority': '0', 'category_id': self.category_remote.id, 'resolution_hours': 8})
        after = self._logged()
        before._refresh_clocks()
        self.assertEqual((before.due_at, after.due_at, after.response_state), (self._at(14), self._at(9, 1), 'none'))
        self.category_remote.expected_hours = 2
        self.assertEqual(self._logged().due_at, self._at(9, 1))
        self.assertEqual(self._logged(priority='2').due_at, self._at(10), "more urgent ones have the shorter of the two")

    def test_archived_target_promises_nothing_whatever_the_caller_looks_at(self):
        self.target.active = False
        self.env.flush_all()
        self.targets.create({'priority': '0', 'response_hours': 1, 'resolution_hours': 2})
        tickets = self.env['it.ticket'].with_context(active_test=False)
        self._now(9)
        ticket = tickets.with_user(self.user).create({'subject': "x", 'category_id': self.category_remote.id})
        self.assertEqual((ticket.response_hours, ticket.resolution_hours), (1, 2))

    # === PRIORITY === #

    def test_priority_follows_impact_and_urgency_and_can_be_chosen_by_itself(self):
        ticket = self._logged(impact='high', urgency='high')
        self.assertEqual((ticket.priority, ticket.due_at), ('2', self._at(10)))
        self.assertEqual(self._log(priority='1').priority, '1')
        self.assertEqual(self._log().priority, '0')
        work = ticket.with_user(self.technician)
        work.urgency = 'normal'
        self.assertEqual(ticket.priority, '1')
        work.priority = '0'
        self.assertEqual((ticket.priority, ticket.impact), ('0', 'high'))
        self._work_on(ticket)
        with self.assertRaises(AccessError):
            ticket.with_user(self.user).impact = 'low'

    def test_change_of_priority_keeps_the_clock_and_what_was_answered(self):
        ticket = self._logged()
        self._now(10)
        self._work_on(ticket)
        self.assertEqual((ticket.response_state, ticket.respond_by), ('met', self._at(11)))
        self._now(10.5)
        ticket.with_user(self.technician).priority = '2'
        self.assertEqual((ticket.due_at, *self._states(ticket)), (self._at(10), 'met', 'missed'), "an hour from when it was asked for")
        self.assertEqual((ticket.respond_by, ticket.response_hours), (self._at(11), 2))
        self._now(10.6)
        ticket.with_user(self.technician).priority = '0'
        self.assertEqual((ticket.due_at, ticket.resolution_state), (self._at(10), 'missed'), "no way back from what is late")

    def test_change_of_priority_or_kind_makes_nothing_in_time_that_is_late(self):
        other = self.env.ref('it_continuity.ticket_category_printer_ink')
        other.expected_hours = 0
        self.targets.create({'priority': '2', 'category_id': other.id})  # promises nothing
        for what, change in {'lower': {'priority': '0'}, 'impact': {'impact': 'low'}, 'kind': {'category_id': other.id}}.items():
            with self.subTest(what=what):
                early, late, waiting = (self._logged(9, subject=subject, priority='2') for subject in ("early", "late", "waiting"))
                self._now(9.25)
                early.with_user(self.technician).write(change)
                if what != 'kind':
                    self.assertEqual((early.respond_by, early.due_at), (self._at(11), self._at(14)), "in time it is as if it had been so")
                else:
                    self.assertEqual(self._states(early), ('none', 'none'))
                waiting.with_user(self.technician).action_wait(WAIT)
                self._now(10.5)  # no job has looked at it since: it is still noted as running
                waiting.with_user(self.technician).write(change)
                self.assertEqual((waiting.resolution_hours, waiting.resolution_state), (0, 'none') if what == 'kind' else (4, 'paused'))
                late.with_user(self.technician).write(change)
                self.assertEqual((late.respond_by, late.due_at), (self._at(9.5), self._at(10)))
                self.assertEqual(self._states(late), ('missed', 'missed'))
                self._refresh(late, 11)
                self.assertEqual(self._states(late), ('missed', 'missed'))

    def test_more_urgent_is_shorter_before_and_after_it_is_late(self):
        early, late = self._logged(9), self._logged(9)
        self._now(9.25)
        early.with_user(self.technician).priority = '2'
        self.assertEqual((early.respond_by, early.due_at, *self._states(early)), (self._at(9.5), self._at(10), 'running', 'running'))
        self._now(14.5)
        late.with_user(self.technician).priority = '2'
        self.assertEqual((late.respond_by, late.due_at, *self._states(late)), (self._at(9.5), self._at(10), 'missed', 'missed'))

    def test_only_what_is_late_keeps_its_hours(self):
        ticket = self._logged(9, priority='2')
        self._now(9.75)
        ticket.with_user(self.technician).priority = '0'
        self.assertEqual((ticket.response_hours, ticket.resolution_hours), (0.5, 4), "the answer is late, the solution is not")
        schedule = self._schedule("Always", days=range(7), lines=((0, 24, 'morning'),))
        self.targets.create({'priority': '1', 'response_hours': 2, 'resolution_hours': 4, 'calendar_id': schedule.id})
        late = self._logged(15)  # by 17, and by 10 on Tuesday
        self._now(11, 1)
        late.with_user(self.technician).priority = '1'
        self.assertEqual((late.target_calendar_id.ids, late.due_at, *self._states(late)), ([], self._at(10, 1), 'missed', 'missed'))

    # === THE FIRST ANSWER === #

    def test_what_is_a_first_answer(self):
        acts = {
            'work': lambda ticket: self._work_on(ticket),
            'start': lambda ticket: ticket.with_user(self.technician).action_start(),
            'word': lambda ticket: self._say(ticket, self.technician),
            'wait': lambda ticket: ticket.with_user(self.technician).action_wait(WAIT),
            'cancel': lambda ticket: ticket.with_user(self.technician).action_cancel("Is done already"),
        }
        for name, act in acts.items():
            with self.subTest(act=name):
                ticket = self._logged()
                self._now(10)
                act(ticket)
                self.assertEqual((ticket.first_answer_at, ticket.response_state, ticket.response_worked_hours), (self._at(10), 'met', 1))
        late = self._logged()
        self._now(14)
        self._work_on(late)
        self.assertEqual((late.response_state, late.response_worked_hours), ('missed', 4))

    def test_what_is_none(self):
        ticket = self._logged()
        self._say(ticket, self.user)
        self._say(ticket, self.technician, subtype_xmlid='mail.mt_note')
        ticket.with_user(self.manager).assignee_id = self.technician
        self.assertFalse(ticket.first_answer_at)
        ticket.with_user(self.user).action_cancel("Found it")
        self.assertEqual((ticket.first_answer_at, *self._states(ticket)), (False, 'none', 'none'))
        mine = self._log(self.technician)
        self._say(mine, self.technician)
        self.assertFalse(mine.first_answer_at, "nobody answers their own request")

    def test_own_work_is_no_answer_in_time_and_late_stays_late(self):
        """Who asks and works on it themselves moves no figure of how soon people are answered."""
        mine, late, taken = (self._logged(requester=self.technician) for _one in range(3))
        self.env.flush_all()
        self._now(10)
        taken.with_user(self.technician_2).action_start()
        self._work_on(mine)
        self.assertEqual((mine.state, mine.first_answer_at, mine.response_state, mine.response_warn_at), ('in_progress', False, 'none', False))
        self.assertEqual((taken.first_answer_at, taken.response_state), (self._at(10), 'met'), "a colleague's work is one")
        self._now(14)
        self._work_on(mine, self.technician_2)
        mine.with_user(self.technician_2).action_resolve()
        self._refresh(late, 14)
        late.with_user(self.technician).action_start()
        self.assertEqual((mine.first_answer_at, mine.response_state), (False, 'none'))
        self.assertEqual((late.first_answer_at, late.response_state, late.response_warn_at), (False, 'missed', False), "and nobody is called to it any more")
        self.env.flush_all()
        lines = self.env['it.ticket.report'].search([('ticket_id', 'in', (mine | late | taken).ids)])
        self.assertEqual([sum(lines.mapped(name)) for name in ('answered', 'response_met', 'response_missed')], [1, 1, 1])

    def test_who_was_spoken_with_has_an_answer(self):
        for channel, is_answered in (('phone', True), ('walk_in', True), ('paper', False), ('odoo', False)):
            with self.subTest(channel=channel):
                self._now(9)
                ticket = self._log(self.technician, requester_id=self.user.id, channel=channel)
                self.assertEqual(ticket.response_state, 'met' if is_answered else 'running')

    # === WAITING === #

    def test_waiting_for_the_requester_ends_with_their_word(self):
        ticket = self._logged()
        self._work_on(ticket)
        self._now(10)
        with self.mock_mail():
            self._ask(self.technician, ticket, 'wait', WAIT)
        self.assertEqual((ticket.waiting_for, ticket.waiting_since, ticket.waiting_reason), ('requester', self._at(10), WAIT))
        self.assertEqual((ticket.resolution_state, ticket.queue_rank), ('paused', 2))
        self.assertIn(WAIT, ticket.message_ids[0].body)
        self.assertEqual(self.env['it.ask'].with_user(self.user).get_home()['requests'][0], {
            'id': ticket.id, 'number': ticket.name, 'subject': ticket.subject, 'category': ticket.category_id.name, 'state': 'in_progress',
            'state_name': "In progress", 'waits': True, 'is_asked': True})
        self._say(ticket, self.technician)
        self.assertTrue(ticket.waiting_for, "a technician's word is none of theirs")
        self._refresh(ticket, 9, 2)
        self.assertEqual(ticket.resolution_state, 'paused', "the time stands still")
        self._say(ticket, self.user)
        self.assertEqual((ticket.waiting_for, ticket.waiting_reason, ticket.resolution_state), (False, False, 'running'))
        self.assertEqual(ticket.due_at, self._at(12, 2), "three of four hours were left")
        pause = ticket.pause_ids
        self.assertEqual(
            (pause.kind, pause.reason, pause.started_at, pause.ended_at, pause.started_by_id, pause.ended_by_id),
            ('requester', WAIT, self._at(10), self._at(9, 2), self.technician, self.user))

    def mock_mail(self):
        return mute_logger('odoo.addons.mail.models.mail_mail')

    def _ask(self, person, ticket, kind, reason):
        """Say a reason in the window, as the button opens it."""
        window = self.env['it.ticket.reason'].with_user(person).with_context(default_ticket_id=ticket.id, default_kind=kind).create({'reason': reason})
        self._rpc(person, window, 'action_apply')

    def test_waiting_for_somebody_outside_ends_when_a_technician_goes_on(self):
        ticket = self._logged()
        self._ask(self.technician, ticket, 'hold', HOLD)
        self.assertEqual((ticket.state, ticket.assignee_id, ticket.waiting_for), ('in_progress', self.technician, 'outside'))
        self._say(ticket, self.user)
        self.assertEqual(ticket.waiting_for, 'outside')
        for again in ('action_wait', 'action_hold'):
            with self.assertRaisesRegex(UserError, "waits already"):
                getattr(ticket.with_user(self.technician), again)("x")
        self._now(9, 1)
        self._rpc(self.technician_2, ticket, 'action_resume')
        self.assertEqual((ticket.waiting_for, ticket.due_at), (False, self._at(14, 1)))
        self.assertEqual(ticket.pause_ids.ended_by_id, self.technician_2)

    def test_pause_hides_nothing_that_is_late(self):
        ticket = self._logged()
        self._work_on(ticket)
        self._now(15)
        ticket.with_user(self.technician).action_wait(WAIT)
        self.assertEqual(ticket.resolution_state, 'missed')
        self._now(16)
        self._say(ticket, self.user)
        self.assertEqual((ticket.resolution_state, ticket.due_at), ('missed', self._at(14)))

    def test_who_may_let_it_wait(self):
        ticket = self._logged()
        for person in (self.user, self.auditor):
            for act in ('action_wait', 'action_hold'):
                with self.subTest(person=person.login, act=act), self.assertRaises(AccessError):
                    self._rpc(person, ticket, act, "x")
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, ticket, 'action_resume')
        with self.assertRaisesRegex(UserError, "reason"):
            ticket.with_user(self.technician).action_wait(" ")
        with self.assertRaises(UserError):
            ticket.with_user(self.technician).action_resume()
        done = self._resolved()
        for act in ('action_wait', 'action_hold'):
            with self.subTest(act=act), self.assertRaises(UserError):
                getattr(done.with_user(self.technician), act)("x")

    # === SOLVED, REOPENED, CANCELLED === #

    def test_solved_waits_for_confirmation_and_reopened_goes_on(self):
        ticket = self._logged()
        self._now(11)
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self.assertEqual((ticket.resolution_state, ticket.resolution_worked_hours), ('paused', 2))
        self._now(10, 3)
        ticket.with_user(self.user).action_reopen("Still black")
        self.assertEqual((ticket.resolution_state, ticket.due_at), ('running', self._at(12, 3)), "two of four hours are left")
        self.assertEqual((ticket.response_state, ticket.first_answer_at), ('met', self._at(11)))
        self._now(11, 3)
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self._now(9, 4)
        ticket.with_user(self.user).action_confirm()
        self.assertEqual((ticket.resolution_state, ticket.due_at, ticket.resolution_worked_hours), ('met', self._at(12, 3), 3))
        self.assertEqual(ticket.pause_ids.mapped('kind'), ['confirmation'] * 2)
        self.assertTrue(all(ticket.pause_ids.mapped('ended_at')))

    def test_closed_without_an_answer_and_reopened_counts_none_of_that_time(self):
        ticket = self._logged()
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        self._now(9, 14)
        ticket.with_user(self.technician).action_close_silently("Asked twice")
        self.assertEqual(ticket.resolution_state, 'met')
        self._now(9, 21)
        ticket.with_user(self.user).action_reopen("It came back")
        self.assertEqual((ticket.due_at, ticket.resolution_state), (self._at(14, 21), 'running'))
        self.assertEqual(len(ticket.pause_ids), 2)

    def test_late_stays_late(self):
        ticket = self._logged()
        self._refresh(ticket, 14)
        self.assertEqual(ticket.resolution_state, 'running', "to the second is in time")
        self._refresh(ticket, 14.1)
        self.assertEqual(self._states(ticket), ('missed', 'missed'))
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        ticket.with_user(self.user).action_confirm()
        self.assertEqual(self._states(ticket), ('missed', 'missed'))
        dropped = self._logged()
        self._now(16)
        dropped.with_user(self.technician).action_cancel("Nobody needs it")
        self.assertEqual(self._states(dropped), ('missed', 'missed'))

    def test_what_stood_at_the_solution_stands_when_it_is_closed_and_after(self):
        def solved(hour, **values):
            ticket = self._logged(9, **values)
            self._now(hour)
            self._work_on(ticket)
            ticket.with_user(self.technician).action_resolve()
            self._now(hour + 0.1)
            return ticket

        late, early = solved(15, subject="late"), solved(13.5, subject="early")
        at_once = self._logged(9, subject="at once")
        self._now(15)
        self._work_on(at_once)
        for step, person in (('action_resolve', self.technician), ('action_confirm', self.user)):
            getattr(at_once.with_user(person), step)()
        expected = {
            late: (self._at(14), 'missed', 5), early: (self._at(14), 'met', 3.5), at_once: (self._at(14), 'missed', 5)}
        self._holiday(self._at(10), self._at(12))  # noted afterwards: by it all three would be due by 16 o'clock
        self._now(9, 2)
        (late + early).with_user(self.user).action_confirm()
        for refreshed in (False, True):
            for ticket, stands in expected.items():
                with self.subTest(ticket=ticket.subject, refreshed=refreshed):
                    self.assertEqual((ticket.due_at, ticket.resolution_state, ticket.resolution_worked_hours), stands)
            self._now(9, 3)
            (late + early + at_once)._refresh_clocks()

    def test_cancelled_while_it_waits(self):
        ticket = self._logged()
        self._now(10)
        ticket.with_user(self.technician).action_wait(WAIT)
        self._now(10, 2)
        ticket.with_user(self.technician).action_cancel("No word came")
        self.assertEqual((ticket.waiting_for, *self._states(ticket)), (False, 'met', 'none'))
        self.assertEqual(ticket.pause_ids.ended_at, self._at(10, 2))

    # === WHO MAY WRITE WHAT === #

    def test_nobody_writes_what_follows(self):
        ticket = self._logged()
        ticket.with_user(self.technician).action_wait(WAIT)
        moment = self._at(12)
        forged = {
            'respond_by': moment, 'due_at': moment, 'response_state': 'met', 'resolution_state': 'met', 'response_hours': 99, 'resolution_hours': 99,
            'waiting_for': False, 'waiting_since': False, 'response_worked_hours': 0, 'resolution_worked_hours': 0, 'target_calendar_id': False}
        for person in (self.user, self.technician, self.manager):
            for name, value in forged.items():
                with self.subTest(person=person.login, field=name), self.assertRaises(AccessError):
                    ticket.with_user(person).write({name: value})
        pauses, pause = self.env['it.ticket.pause'], ticket.pause_ids
        for person in (self.user, self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                pause.with_user(person).write({'ended_at': moment})
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                pause.with_user(person).unlink()
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                pauses.with_user(person).create({
                    'ticket_id': ticket.id, 'kind': 'outside', 'started_at': moment, 'started_by_id': person.id})
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                ticket.with_user(person).write({'pause_ids': [Command.update(pause.id, {'ended_at': moment})]})
        with self.assertRaises(AccessError):
            pause.with_user(self.user).read(['reason'])
        with self.assertRaisesRegex(UserError, "stays listed"):
            pause.sudo().unlink()
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            pauses._begin(ticket, 'outside')
            self.env.flush_all()

    def test_only_managers_promise(self):
        values = {'priority': '1', 'response_hours': 1, 'resolution_hours': 1}
        self._rpc(self.manager, self.targets, 'create', [values])
        for person in (self.user, self.technician, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, self.targets, 'create', [{**values, 'category_id': self.category_remote.id}])
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.targets.create(values)
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.targets.create({'priority': '1', 'category_id': self.category_remote.id, 'response_hours': -1})

    def test_sealed_with_what_it_waited_for(self):
        ticket = self._logged()
        ticket.with_user(self.technician).action_hold(HOLD)
        self._now(10)
        ticket.with_user(self.technician).action_resume()
        self._work_on(ticket)
        ticket.with_user(self.technician).action_resolve()
        ticket.with_user(self.user).action_confirm()
        content = ticket._get_seal_contents()[ticket.id]
        self.assertEqual([pause['reason'] for pause in content['pauses']], [HOLD, None])
        self.assertEqual((content['record']['resolution_state'], content['record']['due_at']), ('met', self._at(15)))
        self.env.cr.precommit.run()
        self.assertEqual(list(ticket._compare_with_log()), [])
        self.env.cr.execute("UPDATE it_ticket_pause SET ended_at = ended_at + interval '1 day' WHERE ticket_id = %s", [ticket.id])
        self.assertTrue(list(ticket._compare_with_log()), "who lengthens a pause afterwards is found out")

    # === UPGRADE === #

    def test_upgrade_promises_for_what_is_open_and_judges_nothing_of_before(self):
        new, started, absurd = (self._logged(subject=subject) for subject in ("new", "started", "absurd"))
        self._forge_asked(absurd, datetime(9999, 12, 20))
        self._no_long_spans()
        self._work_on(started)
        solved, closed = (self._resolved(subject=subject).with_env(self.env) for subject in ("solved", "closed"))
        closed.with_user(self.user).action_confirm()
        tickets = new + started + absurd + solved + closed
        self._now(16)
        self.env.cr.execute("DELETE FROM it_ticket_pause")
        self.env.cr.execute("DELETE FROM it_ticket_call")
        self.env.cr.execute("""
            UPDATE it_ticket SET response_hours = NULL, resolution_hours = NULL, respond_by = NULL, first_answer_at = NULL, response_state = 'none',
                   resolution_state = 'none', due_at = requested_at + interval '72 hours' WHERE id = ANY(%s)""", [tickets.ids])
        self.targets.with_context(active_test=False).search([]).unlink()
        self.env.invalidate_all()
        for name in ('pre', 'post'):
            run_path(file_path(f'it_continuity/migrations/19.0.1.7.0/{name}-sla.py'))['migrate'](self.env.cr, '19.0.1.6.0')
        self.env.invalidate_all()
        self.assertEqual(self.targets.search_count([]), 3)
        self.assertEqual([self._states(ticket) for ticket in tickets], [
            ('running', 'running'), ('none', 'running'), ('running', 'running'), ('none', 'none'), ('none', 'none')])
        self.assertEqual((new.respond_by, new.due_at), (self._at(9, 1), self._at(9, 3)))
        self.assertEqual((closed.first_answer_at, closed.due_at), (closed.started_at, closed.requested_at + timedelta(hours=72)))
        self.assertEqual((solved.pause_ids.kind, solved.pause_ids.ended_at, closed.pause_ids.ids), ('confirmation', False, []))
        solved.with_user(self.user).action_reopen("Still black")
        self.assertEqual((solved.resolution_state, solved.resolution_hours), ('running', 24))
