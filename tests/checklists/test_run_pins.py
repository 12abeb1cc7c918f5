from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MONDAY, ChecklistCase

DIMENSIONS = (
    'task_id', 'checklist_id', 'line_id', 'asset_ids', 'person_id', 'responsible_id', 'role_id', 'department_id', 'date:month', 'bucket')
COUNTS = (
    'due', 'on_time', 'late', 'late_entry', 'missed', 'excused', 'failed', 'waived', 'not_applicable', 'extra', 'open',
    'machine_verified', 'person_verified', 'overridden', 'entered_late')
PINNED = ('task_name', 'instructions', 'expected_evidence', 'line_code', 'line_text', 'line_id', 'asset_ids', 'department_id',
          'checklist_id', 'role_id', 'responsible_id', 'needs_verification', 'open_at', 'due_at', 'deadline_at', 'date', 'state')


@tagged('post_install', '-at_install')
class TestRunPins(ChecklistCase):
    """Last month's figures and yesterday's text stay, whatever happens to the task, its assets and its people."""

    def setUp(self):
        super().setUp()
        # By the real clock, which the report view asks: a month that is over by it.
        self._clock(None)
        self.departments = self.env['hr.department'].create([{'name': "Server room"}, {'name': "Front office"}])
        self.employee = self.env['hr.employee'].create({
            'name': "Technician", 'user_id': self.technician.id, 'company_id': self.env.company.id,
            'department_id': self.departments[0].id})
        self.other_checklist = self.env['it.checklist'].create({'name': "Other round", 'code': 'other_round'})
        self.other_role = self.env['it.role'].create({'name': "Other", 'code': 'other', 'user_ids': self.technician_2.ids})
        self.other_asset = self.env['it.asset'].create({'name': "srv-2", 'kind': 'host', 'category_id': self.category.id})
        self.lines = [self.env.ref(f'it_continuity.line_{code}') for code in ('1_3', '1_4')]

    def _month(self):
        """Return a task with a month of runs behind it, of every outcome."""
        self._clock(datetime(2026, 10, 1, 6))
        task = self._task(
            'pinned', start_date=MONDAY.replace(month=10, day=1), line_id=self.lines[0].id, instructions="<p>Look at the fan</p>",
            asset_ids=[Command.set(self.host.ids)], expected_evidence="A reading")
        self._pass()
        for day in range(1, 31):
            self._clock(datetime(2026, 10, day, 6 if day % 3 else 12))
            self._pass()
            run = task.run_ids.filtered(lambda run, day=day: run.date.day == day)
            if day % 5 == 1:
                run.with_user(self.technician).action_done()
            elif day % 5 == 2:
                run.with_user(self.technician).action_fail("dust")
            elif day % 5 == 3:
                run.with_user(self.technician).action_not_applicable("closed")
                if day % 2:
                    run.with_user(self.manager).action_verify()
        outage = self.env['it.outage'].with_user(self.technician).create({
            'kind': 'power', 'start_at': datetime(2026, 10, 5, 6), 'end_at': datetime(2026, 10, 6, 6)})
        self._clock(datetime(2026, 11, 1, 6))
        self._pass()
        run = task.run_ids.filtered(lambda run: run.date.day == 5 and run.date.month == 10)
        run.with_user(self.technician).action_ask_excuse(f'outage:{outage.id}')
        run.excuse_ids.with_user(self.manager).action_grant()
        self._clock(None)
        self.env.flush_all()
        return task

    def _figures(self):
        """Return all figures of October by every dimension, and the monthly PDF's."""
        report = self.env['it.compliance.report'].with_user(self.manager)
        domain = [('date', '>=', '2026-10-01'), ('date', '<', '2026-11-01'), ('company_id', '=', self.env.company.id)]
        aggregates = [*(f'{name}:sum' for name in COUNTS), '__count', 'done_pct:avg', 'on_time_pct:avg', 'excused_pct:avg']
        by_dimension = {
            name: sorted((str(key), sums) for key, *sums in report._read_group(domain, [name], aggregates)) for name in DIMENSIONS}
        printed = self.env['report.it_continuity.compliance_monthly'].with_user(self.manager)._figures(
            self.env.company, MONDAY.replace(month=10, day=1))
        rows = {name: [(row['key'], row['name'], row['shares']) for row in printed[name]]
                for name in ('by_asset', 'by_person', 'by_department')}
        rows['by_task'] = [
            (checklist, own['shares'], [(row['key'], row['name'], row['shares']) for row in tasks])
            for checklist, own, tasks in printed['by_task']]
        return by_dimension, printed['total'], rows

    def _texts(self, runs):
        self.env.invalidate_all()
        return [tuple(run[name] for name in PINNED) for run in runs]

    def test_no_edit_moves_last_months_figures_or_yesterdays_text(self):
        task = self._month()
        october = task.run_ids.filtered(lambda run: run.date.month == 10).sorted('date')
        figures, texts = self._figures(), self._texts(october)
        [(_key, sums)] = figures[0]['date:month']
        counts = dict(zip(COUNTS, sums, strict=False))
        for name in ('on_time', 'missed', 'excused', 'failed', 'waived', 'not_applicable'):
            self.assertTrue(counts[name], f"a figure that is 0 is not compared: {name}")
        for edit in (
            lambda: task.write({'name': "Renamed", 'code': 'renamed'}),
            lambda: task.write({'instructions': "<p>Other</p>", 'expected_evidence': "Other"}),
            lambda: task.write({'line_id': self.lines[1].id}),
            lambda: task.write({'checklist_id': self.other_checklist.id}),
            lambda: task.write({'asset_ids': [Command.set(self.other_asset.ids)]}),
            lambda: task.write({'role_id': self.other_role.id}),
            lambda: task.write({'user_id': self.technician_2.id}),
            lambda: task.write({'needs_verification': True}),
            lambda: task.write({'grace_h': 48}),
            lambda: task.write({'due_time': 8, 'open_time': 7}),
            lambda: task.write({'schedule_kind': 'weekdays', 'monday': True}),
            lambda: task.write({'start_date': MONDAY}),
            lambda: self.employee.write({'department_id': self.departments[1].id}),
            lambda: self.employee.write({'user_id': False}),
            lambda: self.host.write({'active': False}),
            lambda: self.lines[0].write({'text': "Other words"}),
            lambda: task.write({'active': False}),
        ):
            edit()
            self.env['it.task']._cron_generate_runs()
            self.env['it.task.run']._cron_close_missed()
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(self._figures(), figures)
            self.assertEqual(self._texts(october), texts)

    def test_next_runs_have_what_the_task_says_then(self):
        task = self._task('next', line_id=self.lines[0].id, asset_ids=[Command.set(self.host.ids)], start_date=datetime.now().date())
        task._generate_runs()
        task.run_ids.filtered('is_open').with_user(self.technician).action_done()
        task.write({'line_id': self.lines[1].id, 'asset_ids': [Command.set((self.host + self.other_asset).ids)]})
        self.employee.department_id = self.departments[1]
        run = self.env['it.task.run'].browse(task.with_user(self.technician).action_start_run()['res_id'])
        self.assertEqual((run.line_id, run.asset_ids), (self.lines[1], self.host + self.other_asset))
        self.assertEqual(run.department_id, self.departments[1])

    def test_department_follows_the_responsible_while_the_run_is_open(self):
        run = self._run('moved', start_date=datetime.now().date())
        self.assertEqual(run.department_id, self.departments[0])
        self._rpc(self.technician, run, 'write', {'responsible_id': self.technician_2.id})
        self.assertEqual(run.department_id, self.departments[0], "until the colleague accepts it")
        self._rpc(self.technician_2, run, 'action_accept')
        self.assertFalse(run.department_id)
        self.employee.department_id = self.departments[1]
        self._rpc(self.technician, run, 'write', {'responsible_id': self.technician.id})
        self.assertEqual(run.department_id, self.departments[1])
        self._clock(run.deadline_at + timedelta(seconds=1))
        with self.assertRaisesRegex(AccessError, "whose run it was"):
            self._rpc(self.technician, run, 'write', {'responsible_id': self.technician_2.id})

    def test_run_of_nobody_in_particular_counts_for_the_department_of_who_closed_it(self):
        self.other_role.user_ids += self.technician
        run = self._run('anybody', start_date=datetime.now().date(), role_id=self.other_role.id, needs_verification=True)
        self.assertFalse(run.responsible_id or run.department_id)
        self._rpc(self.technician, run, 'action_done')
        self.assertEqual(run.department_id, self.departments[0])
        self.employee.department_id = self.departments[1]
        self.assertEqual(run.department_id, self.departments[0])
        self._rpc(self.manager, run, 'action_reject', "Look again")
        self.assertFalse(run.department_id)
        self._rpc(self.technician, run, 'action_fail', "It is broken")
        self.assertEqual(run.department_id, self.departments[1])

    def test_nobody_pins_by_hand(self):
        run = self._run('hand', asset_ids=[Command.set(self.host.ids)], start_date=datetime.now().date())
        for name, value in (
            ('line_id', self.lines[1].id), ('department_id', self.departments[1].id), ('asset_ids', [Command.clear()]),
            ('checklist_id', self.other_checklist.id), ('late_reason', "x"), ('excuse_id', False)):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self._rpc(self.manager, run, 'write', {name: value})
            self.env['ir.default'].with_user(self.technician).set('it.task.run', name, value, user_id=True)
        context = {'default_department_id': self.departments[1].id, 'default_line_id': self.lines[1].id, 'default_late_reason': "x"}
        action = self._rpc(self.technician, run.task_id, 'action_start_run', context=context)
        started = self.env['it.task.run'].browse(action['res_id'])
        self.assertEqual((started.department_id, started.line_id.id, started.late_reason), (self.departments[0], False, False))
        self.assertEqual(started.asset_ids, self.host)
