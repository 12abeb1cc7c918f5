import itertools
from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..checklists.excuse_case import ExcuseCase


@tagged('post_install', '-at_install')
class TestTodaySections(ExcuseCase):
    """What waits for somebody besides runs; each test asks as the person concerned, and as one whom it does not concern."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category_remote = cls.env.ref('it_continuity.ticket_category_remote_help')
        cls.category_remote.role_id = cls.role

    def _sections(self, user):
        """Return ``{key: section}`` as the client of a person gets it."""
        self.env.flush_all()
        self.env.invalidate_all()
        board = call_kw(self.env(user=user)['it.today'], 'get_board', [], {})
        return {section['key']: section for section in board['sections']}

    def _names(self, user, key):
        section = self._sections(user).get(key, {'rows': [], 'count': 0})
        self.assertLessEqual(len(section['rows']), 3)
        return [row['name'] for row in section['rows']]

    def _ticket(self, subject, requester=None, **values):
        return self.env['it.ticket'].with_user(requester or self.user).create({
            'subject': subject, 'category_id': self.category_remote.id, **values})

    def _resolved(self, subject, requester):
        ticket = self._ticket(subject, requester)
        self.env['it.ticket.step'].with_user(self.technician_2).create({'ticket_id': ticket.id, 'description': "Looked", 'minutes': 5})
        ticket.with_user(self.technician_2).action_resolve()
        return ticket

    def _closing_steps(self, count=1, **values):
        closing = self.env['it.closing'].with_user(self.manager).create({'date_end': date(2026, 12, 31), 'template_id': False})
        steps = self.env['it.closing.step'].with_user(self.manager).create([{
            'closing_id': closing.id, 'name': f"Step {number}", 'kind': 'validation', 'environment': 'none', 'due_date': '2026-11-23',
            'role_id': self.role.id, **values} for number in range(count)])
        closing.action_open()
        return steps

    # === TICKETS === #

    def test_ticket_stands_with_its_person_else_with_everybody_of_its_role(self):
        mine = self._ticket("Mine")
        mine.with_user(self.manager).assignee_id = self.technician_2
        self._ticket("Of the role")
        self._ticket("Of nobody", category_id=self.env['it.ticket.category'].create({'name': "Odd", 'code': 'odd'}).id)
        self.assertEqual(self._names(self.technician, 'tickets'), ["Of the role"])
        self.assertEqual(self._names(self.technician_2, 'tickets'), ["Mine"], "has not the role")

    def test_ticket_that_is_resolved_is_no_more_to_do(self):
        ticket = self._resolved("Solved", self.user)
        self.assertEqual(ticket.state, 'resolved')
        self.assertNotIn('tickets', self._sections(self.technician))

    def test_word_after_a_silent_closing_is_to_do_again(self):
        ticket = self._resolved("Solved", self.user)
        ticket.with_user(self.technician_2)._close_as_silent("Asked twice")
        self.assertEqual(self._names(self.technician_2, 'tickets'), [])
        ticket.with_user(self.user).message_post(body="It is back", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self.assertEqual(self._names(self.technician_2, 'tickets'), ["Solved"])

    def test_request_waits_for_the_confirmation_of_who_asked(self):
        self._resolved("My own laptop", self.technician)
        self._resolved("Not mine", self.user)
        self.assertEqual(self._names(self.technician, 'confirm'), ["My own laptop"])
        self.assertNotIn('confirm', self._sections(self.technician_2))
        self._resolved("Own work", self.technician_2)
        self.assertNotIn('confirm', self._sections(self.technician_2), "another technician closes it")

    def test_section_counts_all_and_shows_the_first_few(self):
        for number in range(5):
            self._ticket(f"Ticket {number}")
        section = self._sections(self.technician)['tickets']
        self.assertEqual((section['count'], len(section['rows'])), (5, 3))
        self.assertEqual(
            self.env['it.ticket'].with_user(self.technician).search_count(section['domain']), 5, "the list behind it shows the same")

    # === CLOSING === #

    def test_closing_step_is_due_for_its_role_and_for_nobody_else(self):
        steps = self._closing_steps(2)
        steps[1].due_date = '2026-11-24'
        self.assertEqual(self._names(self.technician, 'steps'), ["Step 0"])
        self.assertNotIn('steps', self._sections(self.technician_2))
        self._clock(datetime(2026, 11, 23, 22))
        self.assertEqual(self._names(self.technician, 'steps'), ["Step 0", "Step 1"], "the company's next day has begun")

    def test_done_step_waits_for_a_manager_who_did_not_do_it(self):
        steps = self._closing_steps(2)
        for step, person in zip(steps, (self.technician, self.manager), strict=True):
            step = step.with_user(person)
            step.evidence = "Totals are equal"
            step.action_done()
        self.assertEqual(self._names(self.manager, 'verify_steps'), ["Step 0"])
        self.assertEqual(self._names(self.manager_2, 'verify_steps'), ["Step 0", "Step 1"])
        self.assertNotIn('verify_steps', self._sections(self.technician_2))

    # === RUNS TO VERIFY, EXCUSES TO DECIDE === #

    def test_run_stays_on_the_board_of_who_may_verify_it(self):
        run = self._run('eyes', needs_verification=True)
        run.with_user(self.technician).action_done()
        self._clock(datetime(2026, 11, 26, 6))

        def to_verify(user):
            self.env.flush_all()
            self.env.invalidate_all()
            board = call_kw(self.env(user=user)['it.today'], 'get_board', [], {})
            return board['can_verify'], [row['id'] for row in board['runs'] if row['is_to_verify']]

        self.assertEqual(to_verify(self.manager), (True, run.ids))
        self.assertEqual(to_verify(self.technician_2), (False, []))
        run.with_user(self.manager).action_verify()
        self.assertEqual(to_verify(self.manager), (True, []))

    def test_who_had_a_hand_in_a_run_is_not_offered_to_verify_it(self):
        run = self._run('hand', needs_verification=True)
        file = self.env['ir.attachment'].with_user(self.manager).create({'name': "photo.png", 'raw': b'photo'})
        run.with_user(self.manager).attachment_ids = file
        run.with_user(self.technician).action_done()
        with self.assertRaises(AccessError):
            run.with_user(self.manager).action_verify()
        for user, expected in ((self.manager, ''), (self.manager_2, 'action_ask_verify')):
            self.env.flush_all()
            self.env.invalidate_all()
            board = call_kw(self.env(user=user)['it.today'], 'get_board', [], {})
            self.assertEqual(next(row['action'] for row in board['runs'] if row['id'] == run.id), expected)

    def test_excuse_waits_for_a_manager_who_neither_asked_nor_missed(self):
        self._asked(self._missed('dark'), self._outage(), self.manager)
        self.assertEqual(len(self._names(self.manager_2, 'excuses')), 1)
        self.assertNotIn('excuses', self._sections(self.manager))
        self.assertNotIn('excuses', self._sections(self.technician))

    # === IMPROVEMENTS === #

    def test_improvement_stands_with_its_owner_when_its_next_step_is_due(self):
        records = self.env['it.improvement'].with_user(self.technician).create([
            {'name': "Due", 'date_deadline': '2026-11-22'}, {'name': "Later", 'date_deadline': '2026-11-24'}, {'name': "Untaken"}])
        records[:2].action_take_up()
        self.assertEqual(self._names(self.technician, 'improvements'), ["Due"])
        row = self._sections(self.technician)['improvements']['rows'][0]
        self.assertTrue(row['is_urgent'])
        self.assertIn("due Sun 22 Nov · Plan", row['detail'])
        self.assertNotIn('improvements', self._sections(self.technician_2))

    def test_suggestion_that_nobody_took_up_stands_with_the_managers(self):
        record = self.env['it.improvement'].with_user(self.user).create({'name': "A second screen"})
        self.assertEqual(self._names(self.manager, 'suggestions'), ["A second screen"])
        self.assertNotIn('suggestions', self._sections(self.technician))
        record.with_user(self.technician).action_take_up()
        self.assertNotIn('suggestions', self._sections(self.manager))

    # === WHO, AND WHAT IT COSTS === #

    def test_nothing_waits_for_an_auditor_and_an_employee_has_no_board(self):
        self._ticket("Of the role")
        self._closing_steps()
        self.assertEqual(self._sections(self.auditor), {})
        with self.assertRaises(AccessError):
            self._sections(self.user)

    def test_other_companys_tickets_stay_there(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        ticket = self._ticket("Elsewhere")
        self.env.flush_all()
        # past the rules on purpose: the technician has no access to the company
        self.env.cr.execute("UPDATE it_ticket SET company_id = %s WHERE id = %s", [company.id, ticket.id])
        self.assertNotIn('tickets', self._sections(self.technician))

    def test_queries_do_not_grow_with_what_waits(self):
        self.role.user_ids = self.manager
        numbers = itertools.count()

        def more():
            for number in range(4):
                self._ticket(f"Ticket {number}")
                self._resolved(f"Solved {number}", self.manager)
            self._closing_steps(4)
            for step in self._closing_steps(4):
                step.with_user(self.technician).evidence = "seen"
                step.with_user(self.technician).action_done()
            for _number in range(4):
                run = self._run(f'red_{next(numbers)}')
                run.with_user(self.technician).action_fail("bad")
                self._ticket("From a run", self.technician, run_id=run.id)

        def cost():
            self._sections(self.manager)  # what is cached for the whole process is warm from here on
            before = self.env.cr.sql_log_count
            sections = self._sections(self.manager)
            return self.env.cr.sql_log_count - before, sum(section['count'] for section in sections.values())

        more()
        few, few_records = cost()
        more()
        more()
        lots, lots_records = cost()
        self.assertGreater(lots_records, 2 * few_records)
        self.assertEqual(lots, few)
