from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from ...lib import compliance
from .common import ChecklistCase


class MonthCase(ChecklistCase):
    """One November: a run on time, one late, one missed with a note, one failed, one not applicable, one overridden, one excused."""

    def setUp(self):
        super().setUp()
        outcomes = [
            {'state': 'done', 'done_at': '2026-11-10 08:00', 'done_by_id': self.technician.id},
            {'state': 'done', 'done_at': '2026-11-10 10:00', 'done_by_id': self.technician.id},
            {'state': 'missed', 'note': "Power was out all day"},
            {'state': 'failed', 'fail_reason': "The dump had 0 bytes", 'done_by_id': self.technician.id},
            {'state': 'not_applicable', 'na_reason': "Branch closed", 'done_by_id': self.technician.id},
            {'state': 'verified', 'done_at': '2026-11-10 08:00', 'done_by_id': self.technician_2.id,
             'verified_by_id': self.manager.id, 'override_reason': "The agent was being reinstalled"},
            {'state': 'missed'},
        ]
        self.runs = self._november(outcomes)
        self._excuse(self.runs[-1])

    def _november(self, outcomes):
        task = self._task('november', schedule_kind='on_demand')
        runs = self.env['it.task.run'].sudo().create([{
            'task_id': task.id, 'checklist_id': self.checklist.id, 'company_id': self.env.company.id, 'task_name': task.name,
            'line_code': '1.3', 'role_id': self.role.id, 'occurrence': f'november {number}', 'date': date(2026, 11, 10),
            'open_at': '2026-11-10 04:00', 'due_at': '2026-11-10 09:00', 'deadline_at': '2026-11-10 21:00',
        } for number, _values in enumerate(outcomes)])
        self.env.flush_all()
        for run, values in zip(runs, outcomes, strict=True):
            for name, value in values.items():
                # past the guards on purpose: a past month cannot be lived through in a test
                self.env.cr.execute(f'UPDATE it_task_run SET {name} = %s WHERE id = %s', [value, run.id])
        self.env.invalidate_all()
        return runs

    def _november_more(self, outcomes):
        """Add runs to the month, one by one past the guards, as ``_november`` does."""
        for number, values in enumerate(outcomes, start=100):
            run = self.runs[0].create({
                **{name: self.runs[0][name] for name in ('task_name', 'line_code', 'date', 'open_at', 'due_at', 'deadline_at')},
                **{name: self.runs[0][name].id for name in ('task_id', 'checklist_id', 'company_id', 'role_id')},
                'occurrence': f'november {number}'})
            self.env.flush_all()
            for name, value in values.items():
                self.env.cr.execute(f'UPDATE it_task_run SET {name} = %s WHERE id = %s', [value, run.id])
            self.runs += run
        self.env.invalidate_all()

    def _excuse(self, run):
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': run.open_at, 'end_at': run.due_at, 'cause': "Transformer"})
        run.with_user(self.technician).action_ask_excuse(f'outage:{outage.id}')
        run.excuse_ids.with_user(self.manager).action_grant()
        self.env.flush_all()

    def _wizard(self, user=None, **values):
        return self.env['it.compliance.print'].with_user(user or self.manager).create({
            'month': '11', 'year': 2026, 'checklist_ids': self.checklist.ids, **values})


@tagged('post_install', '-at_install')
class TestCompliancePdf(MonthCase):

    def _figures(self, wizard):
        report = self.env['report.it_continuity.compliance_monthly'].with_env(wizard.env)
        return report._get_report_values(wizard.ids)['months'][0]

    def _html(self, wizard):
        report = self.env['ir.actions.report'].with_env(wizard.env)
        return report._render_qweb_html('it_continuity.compliance_monthly', wizard.ids)[0].decode()

    def test_pdf_pivot_and_library_give_the_same_numbers(self):
        wizard = self._wizard()
        total = self._figures(wizard)['total']
        [pivot] = self.env['it.compliance.report'].with_user(self.manager).formatted_read_group(
            [('checklist_id', '=', self.checklist.id), ('date', '>=', '2026-11-01'), ('date', '<', '2026-12-01')], [],
            ['due:sum', 'on_time:sum', 'late:sum', 'missed:sum', 'failed:sum', 'not_applicable:sum', 'excused:sum', 'done_pct:avg',
             'excused_pct:avg'])
        now = self.env.cr.now()
        counts, excused = {bucket.value: 0 for bucket in compliance.Bucket}, 0
        for run in self.runs:
            bucket = compliance.classify(run.state, run.done_at or None, run.due_at, run.deadline_at, now, compliance.Word())
            counts[bucket.value] += 1
            excused += compliance.is_excused(bucket, bool(run.excuse_id))
        shares = compliance.percentages(counts, excused)
        for name in ('on_time', 'late', 'missed', 'failed', 'not_applicable'):
            self.assertEqual((total[name], pivot[f'{name}:sum']), (counts[name], counts[name]), name)
        self.assertEqual((total['shares'].due, pivot['due:sum']), (shares.due, shares.due))
        self.assertEqual(total['shares'].done_pct, shares.done_pct)
        self.assertAlmostEqual(pivot['done_pct:avg'], shares.done_pct, delta=0.05)
        self.assertEqual((total['excused'], pivot['excused:sum'], total['shares']), (excused, excused, shares))
        self.assertAlmostEqual(pivot['excused_pct:avg'], shares.excused_pct, delta=0.05)
        self.assertEqual((shares.due, shares.done_pct, shares.excused, shares.excused_pct), (6, 50.0, 1, 60.0))
        board = self.env['it.today'].with_user(self.manager)._figures(self.runs, now)
        self.assertEqual(board, {
            'due': 6, 'done_pct': 50.0, 'planned_pct': 42.9, 'excused': 1, 'excused_pct': 60.0, 'on_time': 2, 'late': 1, 'late_entry': 0,
            'missed': 2, 'failed': 1, 'waived': 0, 'not_applicable': 1, 'extra': 0, 'open': counts['open']})
        self.assertEqual({name: board[name] for name in ('on_time', 'late', 'missed', 'failed')}, {
            name: counts[name] for name in ('on_time', 'late', 'missed', 'failed')}, "the board counts as the reports do")

    def test_rows_by_task_and_by_person_add_up_to_the_total(self):
        figures = self._figures(self._wizard())
        by_task = [row for _checklist, _own, rows in figures['by_task'] for row in rows]
        by_checklist = [own for _checklist, own, _rows in figures['by_task']]
        for name in ('on_time', 'late', 'missed', 'failed', 'not_applicable', 'machine_verified', 'overridden'):
            with self.subTest(name=name):
                self.assertEqual(sum(row[name] for row in by_task), figures['total'][name])
                for rows in (by_checklist, figures['by_person'], figures['by_department']):
                    self.assertEqual(sum(row[name] for row in rows), figures['total'][name])

    def test_each_exception_is_printed_with_its_reason(self):
        html = self._html(self._wizard(self.auditor))
        for words in ("Power was out all day", "The dump had 0 bytes", "Branch closed", "The agent was being reinstalled",
                      "Compliance November 2026", self.env.company.name, "Manager", "50.0", "60.0", "Excused by Manager", "whole site"):
            self.assertIn(words, html)

    def test_what_one_person_alone_says_is_printed_with_its_reason_and_who_said_so(self):
        person = {'done_by_id': self.technician.id, 'entered_at': '2026-11-28 08:00'}
        late = {**person, 'state': 'done', 'done_at': '2026-11-10 08:00', 'is_late_entry': True, 'needs_confirmation': True}
        self._november_more([
            {**late, 'late_reason': "The line was down at the branch"},
            {**late, 'late_reason': "Forgot the sheet", 'state': 'verified', 'verified_by_id': self.manager.id},
            {**person, 'state': 'not_applicable', 'na_reason': "No time for it", 'needs_confirmation': True},
            {**person, 'state': 'failed', 'is_extra': True, 'fail_reason': "Tried the spare UPS"},
            {'state': 'missed', 'responsible_id': self.technician_2.id, 'is_unaccepted': True, 'answering_id': self.technician.id,
             'given_by_id': self.technician.id, 'responsible_since': '2026-11-10 20:59:50'},
        ])
        wizard = self._wizard(self.auditor)
        total = self._figures(wizard)['total']
        self.assertEqual(
            {name: total[name] for name in ('late_entry', 'entered_late', 'waived', 'extra', 'on_time')},
            {'late_entry': 1, 'entered_late': 2, 'waived': 1, 'extra': 1, 'on_time': 3})
        self.assertEqual((total['shares'].due, total['shares'].done_pct), (10, 40.0))
        html = " ".join(self._html(wizard).split())
        for words in (
                "Entered after the deadline", "The line was down at the branch", "Forgot the sheet", "<b>Entered late</b>", "28 Nov, 11:00 AM",
                "not confirmed by another person", "Confirmed by", "No time for it", "Started by hand, and missed or failed",
                "Tried the spare UPS", "given to Technician_2 by Technician", "10 Nov, 11:59 PM", "not accepted"):
            self.assertIn(words, html)
        by_person = {row['key'][0]: row['missed'] for row in self._figures(wizard)['by_person']}
        self.assertEqual((by_person[self.technician], self.technician_2 in by_person and by_person[self.technician_2]), (1, 0))

    def test_what_was_due_at_midnight_was_due_at_the_end_of_its_day(self):
        self.env.cr.execute(
            "UPDATE it_task_run SET due_at = '2026-11-10 21:00', deadline_at = '2026-11-10 21:30' WHERE id IN %s AND state = 'missed'", [self.runs._ids])
        self.env.invalidate_all()
        html = " ".join(self._html(self._wizard(self.auditor)).split())
        self.assertIn("10 Nov, end of the day", html)
        self.assertNotIn("12:00 AM", html)

    def test_month_ends_where_the_companys_calendar_says(self):
        october = self.runs[0]
        self.env.cr.execute(
            "UPDATE it_task_run SET date = '2026-10-31', open_at = '2026-10-31 05:00', due_at = '2026-10-31 20:59', "
            "deadline_at = '2026-10-31 21:30' WHERE id = %s", [october.id])
        self.env.invalidate_all()
        self.assertEqual(self._figures(self._wizard())['total']['shares'].due, 5)
        self.assertEqual(self._figures(self._wizard(month='10'))['total']['shares'].due, 1)
        self.assertEqual(self._figures(self._wizard(month='12'))['total']['shares'].done_pct, None)

    def test_month_without_runs_says_so(self):
        self.assertIn("No run fell due", self._html(self._wizard(month='01')))

    def test_only_the_chosen_checklists_are_counted(self):
        other = self.env['it.checklist'].create({'name': "Other", 'code': 'other_round'})
        self.assertEqual(self._figures(self._wizard(checklist_ids=other.ids))['total']['shares'].due, 0)

    def test_text_of_a_reason_cannot_become_markup(self):
        self.env.cr.execute("UPDATE it_task_run SET note = '<script>1</script>' WHERE id = %s", [self.runs[2].id])
        self.env.invalidate_all()
        self.assertIn("&lt;script&gt;1", self._html(self._wizard()))

    def test_last_month_is_offered_first(self):
        wizard = self.env['it.compliance.print'].with_user(self.manager).create({})
        self.assertEqual((wizard.month, wizard.year), ('10', 2026))
        self.assertEqual(wizard.display_name, "Compliance October 2026")

    def test_year_out_of_range_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Year"):
            self._wizard(year=20266)

    def test_technician_and_employee_cannot_print(self):
        for person in (self.technician, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._wizard(person)

    def test_checklists_of_another_company_are_no_choice(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        theirs = self.env['it.checklist'].create({'name': "Theirs", 'code': 'theirs', 'company_id': company.id})
        self.manager.company_ids |= company
        for model in ('it.compliance.print', 'it.day.sheet.print'):
            window = self.env[model].with_user(self.manager).with_context(allowed_company_ids=[self.env.company.id, company.id])
            with self.subTest(model=model), self.assertRaises(UserError):
                window.create({'checklist_ids': theirs.ids})

    def test_choice_of_a_colleague_cannot_be_changed_on_the_way_to_the_printer(self):
        window = self._wizard()
        with self.assertRaises(AccessError):
            window.with_user(self.auditor).checklist_ids = False

    def test_other_company_cannot_be_printed(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        with self.assertRaises(AccessError):
            self._wizard(company_id=company.id, checklist_ids=[])


@tagged('post_install', '-at_install')
class TestCompliancePdfFile(MonthCase, HttpCase):

    def test_auditor_gets_a_real_pdf(self):
        wizard = self._wizard(self.auditor)
        report = self.env['ir.actions.report'].with_env(wizard.env).with_context(force_report_rendering=True)
        pdf, kind = report._render_qweb_pdf('it_continuity.compliance_monthly', wizard.ids)
        self.assertEqual(kind, 'pdf')
        self.assertEqual(pdf[:5], b'%PDF-')
