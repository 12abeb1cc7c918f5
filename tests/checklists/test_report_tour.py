from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tour_case import TourCase
from .history_case import HistoryCase


@tagged('post_install', '-at_install')
class TestReportTour(HistoryCase, TourCase):
    """The handbook's note in the browser: date, responsible person, verification status, read, filtered and taken along as a file."""

    def setUp(self):
        super().setUp()
        self.role.name = "Tour crew"
        last_month, task, role = self.now.day + 2, self._task, {'role_id': self.role.id}
        self._done(task('now'), 0, responsible_id=self.technician_2.id, **role)
        self._past(task('checked'), 0, state='auto_verified', done_at=self.now, **role)
        self._done(task('eyes'), 0, state='verified', verified_by_id=self.manager.id, **role)
        self._past(task('gone'), last_month, state='missed', **role)
        self._past(task('ahead'), -3, **role)

    def test_compliance_says_who_was_responsible_did_and_verified(self):
        for person in (self.manager, self.auditor):
            with self.subTest(person=person.login):
                self._tour('/odoo/it-compliance?view_type=list', 'it_report_list_tour', person)
                self._tour('/odoo/it-compliance', 'it_report_cards_tour', person, phone=True)

    def test_last_month_is_last_month_only(self):
        self._tour('/odoo/it-compliance?view_type=list', 'it_report_period_tour', self.manager)
        self._tour('/odoo/it-compliance', 'it_report_period_tour', self.manager, phone=True)

    def test_manager_and_auditor_take_the_list_along(self):
        """On a phone Odoo shows cards: a resting finger chooses them, and the wheel then offers the same Export."""
        def story(phone):
            for person in (self.manager, self.auditor):
                with self.subTest(person=person.login):
                    self._tour(self._compliance(phone), 'it_report_export_tour', person, phone)
        self._at_both_widths(story)

    def test_technician_and_colleague_take_nothing_along(self):
        def story(phone):
            self._tour(self._compliance(phone), 'it_report_no_export_tour', self.technician, phone)
            self.env['it.ticket'].with_user(self.user).create({
                'subject': "Tour ink", 'category_id': self.env.ref('it_continuity.ticket_category_other').id})
            self.env['it.ticket'].with_user(self.user).create({
                'subject': "Tour paper", 'category_id': self.env.ref('it_continuity.ticket_category_other').id})
            self._tour('/odoo/my-tickets', 'it_my_tickets_no_export_tour', self.user, phone)
        self._at_both_widths(story)
        for person, model in ((self.technician, 'it.compliance.report'), (self.user, 'it.ticket')):
            with self.assertRaisesRegex(UserError, "rights to export"):
                self.env[model].with_user(person).search([], limit=1).export_data(['display_name'])

    @staticmethod
    def _compliance(phone):
        """Return where the runs stand one by one: at a desk the pivot comes first, on a phone the cards do."""
        return '/odoo/it-compliance' if phone else '/odoo/it-compliance?view_type=list'

    def test_graph_has_the_colours_of_the_outcomes(self):
        self._tour('/odoo/it-compliance', 'it_report_graph_tour', self.manager)
        self._tour('/odoo/it-compliance', 'it_report_graph_tour', self.auditor, phone=True)

    def test_pivot_rounds_to_one_decimal(self):
        for number in range(6):
            self._past(self._task(f'third_{number}'), 0, state='missed')

        def story(phone):
            for person in (self.manager, self.auditor):
                with self.subTest(person=person.login):
                    self._tour('/odoo/it-compliance', 'it_report_pivot_tour', person, phone)
        self._at_both_widths(story)


@tagged('post_install', '-at_install')
class TestEvidenceLogTour(HistoryCase, TourCase):
    """The log of evidence read in words, from the run to its events and back, by manager and auditor."""

    def test_log_is_read_in_words_and_leads_to_the_run_and_back(self):
        def story(phone):
            run = self._sealed_runs()
            for person in (self.manager, self.auditor):
                with self.subTest(person=person.login):
                    self._tour('/odoo/it-evidence-log', 'it_evidence_log_tour', person, phone)
                    self._tour(f'/odoo/it-runs/{run.id}', 'it_evidence_of_run_tour', person, phone)
        self._at_both_widths(story)

    def _sealed_runs(self):
        """Return a run that was done and verified, sealed beside another one that failed."""
        values = {'schedule_kind': 'on_demand', 'due_time': 24}
        run = self._task('backup', name="Tour backup", needs_verification=True, **values)._start_run()
        run.with_user(self.technician).action_done()
        self._task('dump', name="Tour dump", **values)._start_run().with_user(self.technician).action_fail("0 bytes")
        self.env.cr.flush()
        run.with_user(self.manager).action_verify()
        self.env.cr.flush()
        self.env['it.seal.event']._cron_seal()
        return run
