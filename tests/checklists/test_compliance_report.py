from datetime import timedelta
from itertools import product
from unittest.mock import patch

from psycopg2.errors import GeneratedAlways

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...lib import compliance, run_state
from .common import ChecklistCase

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
WORDS = (
    {}, {'needs_confirmation': True}, {'is_late_entry': True}, {'needs_confirmation': True, 'is_late_entry': True}, {'is_extra': True})


@tagged('post_install', '-at_install')
class TestComplianceReport(ChecklistCase):

    def setUp(self):
        super().setUp()
        self._clock(None)  # the view asks PostgreSQL's clock, so this test goes by it too
        self.clock = self.env.cr.now()
        self.now = self.clock.replace(microsecond=0)

    def _runs(self, values_list, **task_values):
        """Make runs in any state, as they lie in the table after a long history.

        :param values_list: column values; each run is due one hour before now with four hours of grace unless told otherwise
        """
        task = self._task(f'history_{self.env["it.task"].search_count([])}', schedule_kind='on_demand', **task_values)
        due_at = self.now - HOUR
        runs = self.env['it.task.run'].sudo().create([{
            'task_id': task.id, 'checklist_id': task.checklist_id.id, 'company_id': task.company_id.id, 'task_name': task.name,
            'role_id': task.role_id.id, 'occurrence': f'history {number}', 'date': due_at.date(),
            'open_at': due_at - 9 * HOUR, 'due_at': due_at, 'deadline_at': due_at + 4 * HOUR,
        } for number, _values in enumerate(values_list)])
        self.env.flush_all()
        for run, values in zip(runs, values_list, strict=True):
            for name, value in values.items():
                # past the guards on purpose: years of history cannot be lived through in a test
                self.env.cr.execute(f'UPDATE it_task_run SET {name} = %s WHERE id = %s', [value, run.id])
        self.env.invalidate_all()
        return runs

    def _generated(self):
        """Return runs over every state, every order of done, due, deadline and now, every word, with and without overrides."""
        moments = (None, -6 * HOUR, -HOUR, -HOUR + SECOND, -HOUR / 2, -HOUR / 2 + SECOND)
        values_list = [
            {
                'state': state,
                'done_at': None if done is None else self.now + done,
                'deadline_at': self.now - HOUR + grace,
                'override_reason': "seen on the console" if done == -HOUR else None,
                'verified_by_id': self.manager.id if state == 'verified' else None,
                'done_by_id': self.technician.id if state in ('done', 'verified') and grace else None,
                **word,
            }
            for state, done, grace, word in product(run_state.STATES, moments, (0 * HOUR, HOUR / 2, 4 * HOUR), WORDS)
        ]
        return self._runs(values_list)

    def _excused_some(self, runs):
        """Give every second run a granted excuse, whatever its state: only the missed ones may count as excused."""
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': self.now - 20 * HOUR})
        for run in runs[::2]:
            excuse = self.env['it.run.excuse'].sudo()._ask({
                'run_id': run.id, 'company_id': run.company_id.id, 'kind': 'outage', 'outage_id': outage.id, 'fact': {'kind': 'outage'},
                'fact_text': "Power", 'asked_by_id': self.technician.id, 'asked_at': self.now})
            excuse._transition({'state': 'granted', 'decided_by_id': self.manager.id, 'decided_at': self.now})
            self.env.flush_all()
            # past the guards on purpose, as the states above
            self.env.cr.execute("UPDATE it_task_run SET excuse_id = %s WHERE id = %s", [excuse.id, run.id])
        self.env.invalidate_all()

    def _classified(self, run):
        word = compliance.Word(run.is_late_entry, run.needs_confirmation and not run.verified_by_id, run.is_extra)
        return compliance.classify(run.state, run.done_at or None, run.due_at, run.deadline_at, self.clock, word)

    def _shares(self, runs):
        """Return the library's counts by bucket and percentages of these runs."""
        counts, excused = {bucket.value: 0 for bucket in compliance.Bucket}, 0
        for run in runs:
            bucket = self._classified(run)
            counts[bucket.value] += 1
            excused += compliance.is_excused(bucket, bool(run.excuse_id))
        return counts, compliance.percentages(counts, excused)

    def _lines(self, runs, user=None):
        return self.env['it.compliance.report'].with_user(user or self.manager).search([('run_id', 'in', runs.ids)])

    # === ONE DEFINITION === #

    def test_view_and_library_sort_every_run_into_the_same_bucket(self):
        runs = self._generated()
        self._excused_some(runs)
        lines = self._lines(runs)
        self.assertEqual(len(lines), len(runs))
        seen = set()
        for line in lines:
            run = line.run_id
            bucket = self._classified(run)
            seen.add(bucket)
            with self.subTest(state=run.state, done=run.done_at, deadline=run.deadline_at):
                self.assertEqual(line.bucket, bucket.value)
                self.assertEqual(line.due, int(bucket in compliance.DUE_BUCKETS))
                self.assertEqual(line.excused, int(compliance.is_excused(bucket, bool(run.excuse_id))))
                for name in compliance.Bucket:
                    self.assertEqual(line[name.value], int(bucket is name), name)
        self.assertEqual(seen, set(compliance.Bucket), "a bucket that no run falls into is not compared")

    def test_sums_give_the_librarys_percentages(self):
        runs = self._generated()
        self._excused_some(runs)
        report = self.env['it.compliance.report'].with_user(self.manager)
        counts, shares = self._shares(runs)
        [row] = report._read_group([('run_id', 'in', runs.ids)], [], [
            *(f'{name}:sum' for name in counts), 'due:sum', 'excused:sum', 'done_pct:avg', 'on_time_pct:avg', 'excused_pct:avg',
            'planned_pct:avg'])
        self.assertEqual(dict(zip(counts, row, strict=False)), counts)
        due, excused, done_pct, on_time_pct, excused_pct, planned_pct = row[len(counts):]
        self.assertTrue(0 < planned_pct == shares.planned_pct < shares.done_pct)
        self.assertEqual((due, excused), (shares.due, shares.excused))
        self.assertTrue(shares.excused_pct > shares.done_pct)
        self.assertEqual((excused_pct, done_pct, on_time_pct), (shares.excused_pct, shares.done_pct, shares.on_time_pct))

    def test_pivot_says_what_the_pdf_says_row_by_row_and_in_total(self):
        """Shares are weighted by the runs, rounded once, and 100.0 is said of all only: the pivot asks for each total anew."""
        tasks = []
        for code, kept, missed in (('sixteenths', 15, 1), ('nearly', 2999, 1), ('third', 1, 2), ('none', 0, 1)):
            runs = self._runs([
                *({'state': 'done', 'done_at': self.now - HOUR, 'done_by_id': self.technician.id} for _one in range(min(kept, 50))),
                *({'state': 'missed'} for _one in range(missed)), {'state': 'not_applicable'}], name=code)
            if kept > 50:
                self._multiply(runs[:1], kept - 50)
            tasks.append(runs.task_id)
        day = self.env['it.task.run'].search([('task_id', '=', tasks[0].id)], limit=1).date
        pdf = self.env['report.it_continuity.compliance_monthly'].with_user(self.manager)._figures(
            self.env.company, day.replace(day=1), self.checklist)
        report = self.env['it.compliance.report'].with_user(self.manager)
        domain = [('checklist_id', '=', self.checklist.id)]
        measures = ['done_pct:avg', 'planned_pct:avg', 'excused_pct:avg', 'on_time_pct:avg', 'due:sum']

        def row_of(shares):
            return (shares.done_pct, shares.planned_pct, shares.excused_pct, shares.on_time_pct, shares.due)

        [total] = report.formatted_read_group(domain, [], measures)
        self.assertEqual(tuple(total[name] for name in measures), row_of(pdf['total']['shares']))
        by_task = {
            group['task_id'][0]: tuple(group[name] for name in measures)
            for group in report.formatted_read_group(domain, ['task_id'], measures)}
        [[_checklist, _row, rows]] = pdf['by_task']
        self.assertEqual(by_task, {row['key'][1].id: row_of(row['shares']) for row in rows})
        self.assertEqual([by_task[task.id][0] for task in tasks], [93.8, 99.9, 33.3, 0.0])
        [sets] = report.formatted_read_grouping_sets(domain, [[]], measures)
        self.assertEqual(sets[0]['done_pct:avg'], pdf['total']['shares'].done_pct)

    def _multiply(self, run, times):
        """Copy one run so many times as a row: years of history by one statement."""
        names = SQL(', ').join(
            SQL.identifier(name) for name, field in run._fields.items()
            if field.store and field.column_type and name not in ('id', 'occurrence'))
        self.env.flush_all()
        self.env.execute_query(SQL(
            "INSERT INTO it_task_run (occurrence, %(names)s) SELECT 'copy ' || number, %(names)s "
            "FROM it_task_run, generate_series(1, %(times)s) AS number WHERE it_task_run.id = %(id)s RETURNING id",
            names=names, times=times, id=run.id))
        self.env.invalidate_all()

    def test_share_of_nothing_due_is_nothing(self):
        runs = self._runs([{'state': 'not_applicable'}])
        [row] = self.env['it.compliance.report']._read_group([('run_id', 'in', runs.ids)], [], ['done_pct:avg', 'excused_pct:avg'])
        self.assertTrue(row[0] is row[1] is False, "nothing, which is not 0 %")

    def test_board_counts_as_the_report_does(self):
        runs = self._generated()
        self._excused_some(runs)
        board = self.env['it.today'].with_user(self.manager).get_board()
        shown = {row['id']: (row['bucket'], int(row['is_excused'])) for row in board['runs']}
        compared = [line for line in self._lines(runs) if line.run_id.id in shown]
        self.assertTrue(any(line.excused for line in compared))
        for line in compared:
            self.assertEqual(shown[line.run_id.id], (line.bucket, line.excused))
        today = self.env['it.task.run'].search([('company_id', '=', self.env.company.id), ('date', '=', board['today'])])
        counts, shares = self._shares(today)
        self.assertEqual(board['figures'], {
            **counts, 'due': shares.due, 'done_pct': shares.done_pct, 'planned_pct': shares.planned_pct, 'excused': shares.excused,
            'excused_pct': shares.excused_pct})

    def test_late_entry_counts_by_when_the_work_was_done_once_it_is_confirmed(self):
        entry = {'entered_at': self.now, 'deadline_at': self.now - HOUR, 'is_late_entry': True, 'done_by_id': self.technician.id}
        in_time, after = ({**entry, 'done_at': self.now - 2 * HOUR, 'needs_confirmation': True}, {**entry, 'done_at': self.now})
        confirmed = {'state': 'verified', 'verified_by_id': self.manager.id}
        runs = self._runs([{**in_time, 'state': 'done'}, {**in_time, **confirmed}, {**after, 'state': 'done'}, {**after, **confirmed}])
        self.assertEqual(self._lines(runs).sorted('id').mapped('bucket'), ['late_entry', 'on_time', 'missed', 'missed'])

    def test_who_verified_and_what_was_overridden(self):
        by_agent, agent_then_person, by_person, alone, overridden = (self._lines(run) for run in self._runs([
            {'state': 'auto_verified', 'done_at': self.now},
            {'state': 'verified', 'done_at': self.now, 'verified_by_id': self.manager.id},
            {'state': 'verified', 'done_at': self.now, 'done_by_id': self.technician.id, 'verified_by_id': self.manager.id},
            {'state': 'done', 'done_at': self.now, 'done_by_id': self.technician.id},
            {'state': 'done', 'done_at': self.now, 'done_by_id': self.technician.id, 'override_reason': "agent reinstalled"},
        ]))
        flags = [(line.machine_verified, line.person_verified, line.overridden) for line in
                 (by_agent, agent_then_person, by_person, alone, overridden)]
        self.assertEqual(flags, [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 0), (0, 0, 1)])
        self.assertEqual(overridden.reason, "agent reinstalled")

    def test_line_says_who_was_responsible_did_it_and_verified_it(self):
        done = {'state': 'done', 'done_at': self.now, 'done_by_id': self.technician.id}
        cases = [
            ({'state': 'auto_verified', 'done_at': self.now}, ("Technician (role)", "Agent", "Agent")),
            ({**done, 'responsible_id': self.technician_2.id}, ("Technician_2", "Technician", "Not asked for")),
            ({**done, 'needs_verification': True}, ("Technician (role)", "Technician", "Waits for a second person")),
            ({**done, 'state': 'verified', 'verified_by_id': self.manager.id}, ("Technician (role)", "Technician", "Manager")),
            ({'state': 'verified', 'done_at': self.now, 'verified_by_id': self.manager.id}, ("Technician (role)", "Agent", "Agent, Manager")),
            ({'state': 'failed', 'done_by_id': self.technician.id}, ("Technician (role)", "Technician", "")),
            ({'state': 'missed', 'responsible_id': self.technician.id}, ("Technician", "", "")),
            ({}, ("Technician (role)", "", "")),
        ]
        self.role.name = "Technician"
        for (_values, words), run in zip(cases, self._runs([values for values, _words in cases]), strict=True):
            for person in (self.technician, self.auditor, self.manager):
                line = self._lines(run, person)
                with self.subTest(words=words, person=person.login):
                    self.assertEqual((line.responsible_name, line.done_name, line.verified_name), words)

    # === DIMENSIONS === #

    def test_department_and_handbook_line_come_along(self):
        department = self.env['hr.department'].create({'name': "Server room"})
        self.env['hr.employee'].create({
            'name': "Technician", 'user_id': self.technician.id, 'company_id': self.env.company.id, 'department_id': department.id})
        task = self._task('dimensions', line_id=self.env.ref('it_continuity.line_1_3').id, asset_ids=self.host.ids)
        task._generate_runs()
        line = self._lines(task.run_ids[:1])
        self.assertEqual((line.department_id, line.asset_ids), (department, self.host))
        self.assertEqual(line.line_id, self.env.ref('it_continuity.line_1_3'))
        self.assertEqual((line.role_id, line.checklist_id), (self.role, self.checklist))

    def test_person_is_the_responsible_or_else_the_doer(self):
        named, unnamed, nobody = (self._lines(run) for run in self._runs([
            {'responsible_id': self.technician.id, 'done_by_id': self.technician_2.id},
            {'responsible_id': None, 'done_by_id': self.technician_2.id},
            {'responsible_id': None},
        ]))
        self.assertEqual(named.person_id, self.technician)
        self.assertEqual(unnamed.person_id, self.technician_2)
        self.assertFalse(nobody.person_id)

    def test_joins_that_a_question_does_not_need_are_dropped(self):
        report = self.env['it.compliance.report']
        query = report._search([('date', '>=', '2026-01-01')])
        plan = '\n'.join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select(SQL("SUM(due)")))))
        self.assertIn('it_task_run', plan)
        self.assertNotIn('hr_', plan)
        self.assertNotIn('WindowAgg', plan)

    def test_years_of_runs_may_be_counted_by_several_processes_at_once(self):
        """A join inside the view, an OFFSET or a function that is not safe for it would leave one process to do it."""
        self._runs([{}] * 3)
        self.env.flush_all()
        self.env.cr.execute("ANALYZE it_task_run")  # of a table that seems empty nothing is shared out
        self.env.cr.execute(
            "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;"
            "SET LOCAL cpu_tuple_cost = 1000")  # so that the few runs of a test are worth it
        query = self.env['it.compliance.report']._search([])
        plan = '\n'.join(row[0] for row in self.env.execute_query(SQL(
            "EXPLAIN %s", query.select(SQL("SUM(due), SUM(on_time), SUM(missed), SUM(excused), AVG(done_pct)")))))
        self.assertIn('Gather', plan)
        self.assertNotIn('Nested Loop', plan)

    def test_a_line_leads_to_its_run(self):
        run = self._runs([{}])
        action = self._lines(run).action_open_run()
        self.assertEqual((action['res_model'], action['res_id']), ('it.task.run', run.id))

    # === WHO MAY SEE IT === #

    def test_managers_and_auditors_export_and_technicians_do_not(self):
        run = self._runs([{
            'state': 'done', 'done_at': self.now - HOUR, 'done_by_id': self.technician.id, 'responsible_id': self.technician_2.id}])
        names = ['date', 'task_name', 'responsible_name', 'done_name', 'verified_name', 'state', 'bucket']
        for person in (self.manager, self.auditor):
            with self.subTest(person=person.login):
                [row] = self._lines(run, person).export_data(names)['datas']
                self.assertEqual(row[1:], [run.task_name, "Technician_2", "Technician", "Not asked for", "Done", "On time"])
        with self.assertRaisesRegex(UserError, "rights to export"):
            self._lines(run, self.technician).export_data(names)

    def test_technician_and_auditor_read_and_nobody_writes(self):
        run = self._runs([{}])
        for person in (self.technician, self.auditor, self.manager):
            with self.subTest(person=person.login):
                line = self._lines(run, person)
                self.assertEqual(line.run_id, run)
                with self.assertRaises(AccessError):
                    line.write({'missed': 0})
                with self.assertRaises(AccessError):
                    line.unlink()

    def test_employee_is_refused_at_every_door(self):
        report = self.env['it.compliance.report'].with_user(self.user)
        for door in (
            lambda: report.search([]),
            lambda: report.formatted_read_group([], ['task_id'], ['due:sum']),
            lambda: report.name_search(''),
            lambda: report.search([]).export_data(['reason']),
        ):
            with self.assertRaises(AccessError):
                door()

    def test_other_company_is_not_counted(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        run = self._runs([{'company_id': company.id}])
        self.assertFalse(self._lines(run))
        self.manager.company_ids |= company
        self.assertTrue(self.env['it.compliance.report'].with_user(self.manager).with_context(
            allowed_company_ids=company.ids).search_count([('run_id', '=', run.id)]))


@tagged('post_install', '-at_install')
class TestKeptOutcome(ChecklistCase):
    """PostgreSQL keeps beside each run as what it counts, and nobody else writes that."""

    def _kept(self, run):
        self.env.flush_all()
        return self.env.execute_query(SQL("SELECT settled_as FROM it_task_run WHERE id = %s", run.id))[0][0]

    def assertKept(self, run, bucket):
        self.assertEqual((self._kept(run), run._bucket(run.open_at).value), (bucket, bucket), run.task_name)

    def test_every_step_of_a_run_brings_it_along(self):
        run, waived, missed, late = (self._run(code) for code in ('done', 'waived', 'missed', 'late'))
        by_hand = self._task('by_hand', schedule_kind='on_demand')
        self._rpc(self.technician, by_hand, 'action_start_run')
        self.assertKept(by_hand.run_ids, 'extra')
        for method, args, bucket in (
                ('action_fail', ["no power"], 'failed'), ('action_reject', ["again"], 'open'), ('action_done', [], 'on_time'),
                ('action_undo', [], 'open'), ('action_done', [], 'on_time')):
            self._rpc(self.technician, run, method, *args)
            self.assertKept(run, bucket)
        self._rpc(self.technician, waived, 'action_not_applicable', "no tape")
        self.assertKept(waived, 'waived')
        self._clock(late.due_at + HOUR)
        self._rpc(self.technician, late, 'action_done')
        self.assertKept(late, 'late')
        self.assertKept(missed, 'open')
        self._clock(missed.deadline_at + HOUR)
        self._pass()
        self.assertKept(missed, 'missed')
        self._rpc(self.technician, missed, 'action_done', None, missed.open_at, None, None, "on paper")
        self.assertKept(missed, 'late_entry')
        for one, bucket in ((waived, 'not_applicable'), (missed, 'on_time')):
            self._rpc(self.manager, one, 'action_verify')
            self.assertKept(one, bucket)

    def test_nobody_writes_it_past_everything(self):
        run = self._run('past_everything')
        self.assertNotIn('settled_as', run._fields)
        with self.assertRaises(GeneratedAlways), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE it_task_run SET settled_as = 'on_time' WHERE id = %s", [run.id])
        self.assertKept(run, 'open')

    def test_the_audit_names_who_counts_otherwise_because_somebody_took_the_rule_away(self):
        run, other = self._run('taken_away'), self._run('untouched')
        self.env.flush_all()
        self.assertFalse([one for one in run._seal_findings(self.env.company) if one[0] in (run | other).ids])
        self.env.cr.execute("ALTER TABLE it_task_run ALTER COLUMN settled_as DROP EXPRESSION")
        self.env.cr.execute("UPDATE it_task_run SET settled_as = 'on_time' WHERE id = %s", [run.id])
        found = [one for one in run._seal_findings(self.env.company) if one[0] in (run | other).ids]
        self.assertEqual(found, [(run.id, run.task_name, 'changed', ["as what it counts"])])
        run.init()
        self.assertKept(run, 'open')

    def test_an_upgrade_puts_a_changed_definition_in_place_of_the_old_one(self):
        run, runs = self._run('upgraded'), self.env['it.task.run']
        with patch.object(compliance, 'SETTLED_SQL', "CASE WHEN state = 'pending' THEN 'late' END"):
            runs.init()
        self.assertEqual(self._kept(run), 'late')
        runs.init()
        self.assertKept(run, 'open')
        before = self.env.cr.sql_log_count
        runs.init()
        self.assertEqual(self.env.cr.sql_log_count - before, 1, "years of runs are not written anew at each upgrade")
