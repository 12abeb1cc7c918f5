from datetime import date

from odoo import fields
from odoo.tests import tagged

from ..checklists.run_tour_case import RunTourCase


@tagged('post_install', '-at_install')
class TestTodayRoomTour(RunTourCase):
    """The day as it starts: what waits besides runs, a runbook in two taps, a ticket from a failed run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env.ref('it_continuity.ticket_category_other')
        cls.category.role_id = cls.role

    def test_runbook_starts_in_two_clicks(self):
        task = self.env.ref('it_continuity.task_emergency_shutdown')

        def story(phone):
            before = task.run_ids
            self._today('it_today_runbook_tour', self.technician, phone)
            self.assertEqual(len(task.run_ids - before), 1)
        self._at_both_widths(story)

    def test_task_is_found_by_keys(self):
        task = self._task('grommet')
        self._today('it_today_search_tour', self.technician)
        self.assertEqual(len(task.run_ids), 1)

    def test_failed_run_becomes_a_ticket(self):
        def story(phone):
            run = self._run('bad')
            run.with_user(self.technician).action_fail("The printer is out of ink")
            self._today('it_today_ticket_tour', self.technician, phone)
            self.assertEqual(run.ticket_ids.subject, "Tour bad: The printer is out of ink")
            self.assertEqual(run.ticket_ids.requester_id, self.technician)
        self._at_both_widths(story)

    def test_run_form_makes_a_ticket_too(self):
        def story(phone):
            run = self._run('bad')
            run.with_user(self.technician).action_fail("The printer is out of ink")
            self._form(run, 'it_today_ticket_from_form_tour', self.technician, phone)
            self.assertEqual(len(run.ticket_ids), 1)
        self._at_both_widths(story)

    def test_day_starts_with_all_that_waits_for_a_technician(self):
        def story(phone):
            Ticket = self.env['it.ticket'].with_user(self.manager)
            Ticket.create({'subject': "Tour ticket", 'category_id': self.category.id})
            own = self.env['it.ticket'].with_user(self.technician).create({'subject': "Tour request", 'category_id': self.category.id})
            self.env['it.ticket.step'].with_user(self.manager).create({'ticket_id': own.id, 'description': "Done", 'minutes': 5})
            own.with_user(self.manager).action_resolve()
            self._closing_step()
            self._today('it_today_sections_tour', self.technician, phone)
        self._at_both_widths(story)

    def test_manager_sees_what_to_verify_and_to_decide(self):
        def story(phone):
            run = self._run('eyes', needs_verification=True)
            run.with_user(self.technician).action_done()
            step = self._closing_step().with_user(self.technician)
            step.evidence = "Totals are equal"
            step.action_done()
            self._today('it_today_manager_tour', self.manager, phone)
        self._at_both_widths(story)

    def test_manager_grants_an_excuse_that_waits_on_today_and_who_asked_does_not_see_it(self):
        def story(phone):
            run = self._asked_excuse()
            self._today('it_today_no_excuse_tour', self.technician, phone)
            self._today('it_today_excuse_tour', self.manager, phone)
            [excuse] = run.excuse_ids
            self.assertEqual((excuse.state, excuse.decided_by_id, excuse.decision_reason), ('granted', self.manager, "I was there"))
            self.assertEqual((run.state, run.excuse_id), ('missed', excuse))
        self._at_both_widths(story)

    def _asked_excuse(self):
        """Return a run that the technician missed in a power cut and asks to be excused for."""
        run = self._run('dark')
        self._age(run, 'missed', open=12, due=6, deadline=4, closed=4)
        outage = self.env['it.outage'].with_user(self.technician).create({
            'kind': 'power', 'start_at': run.open_at, 'end_at': run.deadline_at})
        run.with_user(self.technician).action_ask_excuse(f'outage:{outage.id}', "The whole street was dark")
        return run

    def _closing_step(self):
        closing = self.env['it.closing'].with_user(self.manager).create({'date_end': date(2026, 12, 31), 'template_id': False})
        step = self.env['it.closing.step'].with_user(self.manager).create({
            'closing_id': closing.id, 'name': "Tour step", 'kind': 'validation', 'environment': 'none', 'role_id': self.role.id,
            'due_date': fields.Date.today()})
        closing.action_open()
        return step
