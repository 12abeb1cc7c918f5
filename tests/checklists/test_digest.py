from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .history_case import HistoryCase


@tagged('post_install', '-at_install')
class TestDigest(HistoryCase):

    def setUp(self):
        super().setUp()
        # A company of its own: whatever else the database holds stays out of the figures.
        self.company = self.env['res.company'].create({'name': "Digested", 'itc_tz': 'Africa/Addis_Ababa'})
        for person in (self.manager, self.technician, self.auditor, self.user):
            person.write({'company_ids': [(4, self.company.id)], 'company_id': self.company.id})
        self.digest = self.env['digest.digest'].create({
            'name': "IT", 'company_id': self.company.id, 'kpi_itc_on_time': True, 'kpi_itc_missed': True,
            'kpi_itc_open_tickets': True, 'kpi_itc_kept': True, 'kpi_itc_unexcused': True})

    def _value(self, name, user=None, days=7):
        self.env.flush_all()
        self.digest.invalidate_recordset()
        return self.digest.with_user(user or self.manager).with_company(self.company).with_context(
            start_datetime=self.now - timedelta(days=days), end_datetime=self.now)[f'kpi_itc_{name}_value']

    def test_runs_of_the_period_are_counted_as_the_compliance_report_does(self):
        task = self._task('digested', company_id=self.company.id)
        self._done(task, 1)
        self._done(task, 2)
        self._past(task, 3, state='missed')
        self._done(task, 9)
        self._past(task, 4, state='not_applicable')
        self._done(self._task('elsewhere'), 1)
        self._past(task, 5, state='failed', is_extra=True)
        self.assertEqual((self._value('on_time'), self._value('missed')), (66.7, 1))
        self.assertEqual((self._value('on_time', days=30), self._value('missed', days=30)), (75.0, 1))
        self.assertEqual(self._value('on_time', days=0), 0.0)

    def test_compliance_is_given_raw_and_without_the_excused(self):
        task = self._task('excused', company_id=self.company.id)
        self._done(task, 1)
        self._done(task, 2)
        self._done(task, 3, done_at=self.now - timedelta(days=3, minutes=-30))
        self._past(task, 4, state='missed')
        self._excuse(self._past(task, 5, state='missed'))
        self.assertEqual((self._value('on_time'), self._value('kept'), self._value('unexcused')), (40.0, 60.0, 75.0))
        [row] = self.env['it.compliance.report']._read_group(
            [('company_id', '=', self.company.id)], [], ['done_pct:avg', 'excused_pct:avg'])
        self.assertEqual(row, (60.0, 75.0))

    def test_what_one_person_alone_says_is_a_figure_of_its_own_and_lifts_nothing(self):
        task = self._task('alone', company_id=self.company.id)
        self._done(task, 1)
        self._done(task, 2, is_late_entry=True, needs_confirmation=True)
        self._past(task, 3, state='not_applicable', needs_confirmation=True)
        self.assertEqual(
            [self._value(name) for name in ('on_time', 'kept', 'missed', 'late_entry', 'waived')], [33.3, 33.3, 0, 1, 1])

    def test_tickets_open_at_the_end_of_the_period(self):
        tickets = self.env['it.ticket'].create([
            {'subject': "Ink", 'category_id': self.env.ref('it_continuity.ticket_category_remote_help').id,
             'company_id': self.company.id, 'requested_at': self.now - timedelta(days=days)} for days in (1, 2, 3)])
        self._force(tickets[0], state='cancelled', closed_at=self.now - timedelta(hours=5))
        self._force(tickets[1], state='cancelled', closed_at=self.now)
        self.assertEqual(self._value('open_tickets'), 2)

    def test_mail_of_a_manager_has_the_figures_and_that_of_an_employee_has_not(self):
        shares = ('kpi_itc_on_time', 'kpi_itc_kept', 'kpi_itc_unexcused')

        def shown():
            kpis = {kpi['kpi_name']: kpi for kpi in self.digest._compute_kpis(self.company, self.manager)}
            self.assertEqual(kpis['kpi_itc_missed']['kpi_col2']['value'], 0)
            return {tuple(kpis[name][f'kpi_col{number}']['value'] for number in (1, 2)) for name in shares}

        self.assertEqual(shown(), {("–", "–")}, "nothing was due: nothing is known")
        self._done(self._task('mailed', company_id=self.company.id), 3)
        self.assertEqual(shown(), {("–", "100.00")})
        names = {'kpi_itc_on_time', 'kpi_itc_missed', 'kpi_itc_open_tickets', 'kpi_itc_kept', 'kpi_itc_unexcused'}
        for person, expected in ((self.manager, names), (self.auditor, names), (self.user, set())):
            with self.subTest(person=person.login):
                kpis = self.digest._compute_kpis(self.company, person)
                self.assertEqual({kpi['kpi_name'] for kpi in kpis} & names, expected)
        with self.assertRaises(AccessError):
            self._value('missed', self.user)

    def test_default_digest_shows_them(self):
        default = self.env.ref('digest.digest_digest_default')
        self.assertTrue(default.kpi_itc_on_time and default.kpi_itc_missed and default.kpi_itc_open_tickets)
        self.assertTrue(default.kpi_itc_late_entry and default.kpi_itc_waived)
        self.assertTrue(default.kpi_itc_kept and default.kpi_itc_unexcused, "raw and excused are shown together")
