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

    def test_manager_and_auditor_take_the_list_along_and_a_technician_does_not(self):
        for person in (self.manager, self.auditor):
            with self.subTest(person=person.login):
                self._tour('/odoo/it-compliance?view_type=list', 'it_report_export_tour', person)
        self._tour('/odoo/it-compliance?view_type=list', 'it_report_no_export_tour', self.technician)

    def test_graph_has_the_colours_of_the_outcomes(self):
        self._tour('/odoo/it-compliance', 'it_report_graph_tour', self.manager)
        self._tour('/odoo/it-compliance', 'it_report_graph_tour', self.auditor, phone=True)

    def test_pivot_rounds_to_one_decimal(self):
        for number in range(2):
            self._past(self._task(f'third_{number}'), 0, state='missed')
        self._tour('/odoo/it-compliance?view_type=pivot', 'it_report_pivot_tour', self.manager)


@tagged('post_install', '-at_install')
class TestEvidenceLogTour(HistoryCase, TourCase):
    """The log of evidence read in words, from the run to its events and back, by manager and auditor."""

    def test_log_is_read_in_words_and_leads_to_the_run_and_back(self):
        run = self._task('backup', name="Tour backup", schedule_kind='on_demand', due_time=24, needs_verification=True)._start_run()
        run.with_user(self.technician).action_done()
        self.env.cr.flush()
        run.with_user(self.manager).action_verify()
        self.env.cr.flush()
        self.env['it.seal.event']._cron_seal()
        for person, phone in ((self.manager, False), (self.auditor, True)):
            with self.subTest(person=person.login, phone=phone):
                self._tour(f'/odoo/it-runs/{run.id}', 'it_evidence_log_tour', person, phone)
