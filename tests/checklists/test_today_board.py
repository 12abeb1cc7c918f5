from datetime import datetime

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import ChecklistCase


@tagged('post_install', '-at_install')
class TestTodayBoard(ChecklistCase):

    def _board(self, user=None):
        """Return the board as the client of a person gets it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return call_kw(self.env(user=user or self.technician)['it.today'], 'get_board', [], {})

    def _on_board(self, run, user=None):
        """Return what the board says of a run, None when it is not on it."""
        return next((row for row in self._board(user)['runs'] if row['id'] == run.id), None)

    def _flags(self, run, user=None):
        return {name for name, value in self._on_board(run, user).items() if name.startswith('is_') and value is True}

    # === WHAT IS ON IT === #

    def test_open_run_stands_under_its_checklist_with_the_companys_times(self):
        run = self._run('board', open_time=8, line_id=self.env.ref('it_continuity.line_1_3').id)
        board = self._board()
        self.assertEqual((board['today'], board['time'], board['tz']), ('2026-11-23', '9:00\u202fAM', 'Africa/Addis_Ababa'))
        checklist = next(group for group in board['checklists'] if group['id'] == self.checklist.id)
        self.assertEqual(checklist, {'id': self.checklist.id, 'name': "Test round", 'run_ids': [run.id]})
        row = self._on_board(run)
        self.assertEqual(row['due'], {'date': '2026-11-23', 'time': '12:00\u202fPM'})
        self.assertEqual(row['opens'], {'date': '2026-11-23', 'time': '8:00\u202fAM'})
        self.assertEqual((row['task'], row['line'], row['state']), ("Task board", run.line_code, 'pending'))
        self.assertEqual(row['action'], 'action_do')

    def test_times_stand_as_the_readers_language_writes_them(self):
        run = self._run('clock', open_time=8, due_time=14.5)
        run.with_user(self.technician).action_done()
        self.env['res.lang']._activate_lang('fr_FR')
        for lang, now, due in (('en_US', '9:00\u202fAM', '2:30\u202fPM'), ('fr_FR', '09:00', '14:30')):
            board = self.env['it.today'].with_user(self.technician).with_context(lang=lang).get_board()
            [row] = [row for row in board['runs'] if row['id'] == run.id]
            with self.subTest(lang=lang):
                self.assertEqual((board['time'], row['due']['time'], row['done']['time']), (now, due, now))

    def test_hour_is_that_of_the_companys_clock_and_tells_other_days_apart(self):
        half, midnight = self._run('half', due_time=12.5), self._run('midnight', due_time=24)
        week = self._task('week', schedule_kind='weekly_quota', quota=1, due_time=24)
        week._generate_runs()
        hours = {row['id']: row['hour'] for row in self._board()['runs']}
        self.assertEqual((hours[half.id], hours[midnight.id]), (12, 24))
        self.assertEqual(
            self._on_board(midnight)['due'], {'date': '2026-11-23', 'time': "end of the day"}, "the end of today, not the beginning of tomorrow")
        self.assertEqual(hours[week.run_ids.filtered('is_open').id], 25)
        self._clock(datetime(2026, 11, 23, 21, 30))
        self.assertEqual(self._on_board(half)['hour'], -1)

    def test_run_found_bad_and_then_verified_is_failed_on_the_board(self):
        run = self._run('bad')
        run.with_user(self.technician).action_fail("disk is full")
        run.with_user(self.manager).action_verify()
        self.assertEqual(self._on_board(run)['bucket'], 'failed')

    def test_today_is_the_companys_day_not_the_servers(self):
        run = self._run('clock')
        self._clock(datetime(2026, 11, 23, 22, 30))
        self.assertEqual(self._board()['today'], '2026-11-24')
        tomorrow = run.task_id.run_ids.filtered(lambda other: str(other.date) == '2026-11-24')
        self.assertIn('is_due', self._flags(tomorrow))

    def test_run_that_opens_later_today_waits_without_a_button(self):
        row = self._on_board(self._run('later', open_time=11))
        self.assertFalse(row['is_open'] or row['is_due'] or row['is_waiting'])
        self.assertEqual(row['action'], '')

    def test_open_weekly_run_stays_until_it_is_done(self):
        task = self._task('weekly', schedule_kind='weekly_quota', quota=1)
        task._generate_runs()
        run = task.run_ids.filtered(lambda run: str(run.date) <= '2026-11-29')
        self._clock(datetime(2026, 11, 26, 6, 0))
        self.assertEqual(self._on_board(run)['due']['date'], '2026-11-29')
        run.with_user(self.technician).action_done()
        self.assertEqual(self._on_board(run)['state'], 'done')
        self._clock(datetime(2026, 11, 27, 6, 0))
        self.assertIsNone(self._on_board(run), "what was done on another day is no work of today")

    def test_missed_run_is_shown_for_a_day_and_counted_for_a_week(self):
        run = self._run('missed')
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        self.assertRunState(run, 'missed')
        row = self._on_board(run)
        self.assertTrue(row['is_missed'])
        self.assertEqual(row['action'], 'action_do')
        self._clock(datetime(2026, 11, 25, 6, 0))
        self._pass()
        board = self._board()
        self.assertNotIn(run.id, [row['id'] for row in board['runs']])
        before = board['missed_before']
        listed = self.env['it.task.run'].search([
            ('state', '=', 'missed'), ('deadline_at', '>=', before['from_at']), ('deadline_at', '<', before['to_at'])])
        self.assertEqual(before['count'], len(listed))
        self.assertIn(run, listed)

    def test_deadline_that_passed_counts_as_missed_before_the_clock_wrote_it(self):
        run = self._run('unwritten', grace_h=0)
        self._clock(datetime(2026, 11, 23, 9, 1))
        self.assertRunState(run, 'pending')
        flags = self._flags(run)
        self.assertIn('is_missed', flags)
        self.assertNotIn('is_due', flags)

    def test_other_company_is_not_on_the_board(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        task = self._task('elsewhere')
        checklist = self.env['it.checklist'].create({'name': "Elsewhere", 'code': 'elsewhere', 'company_id': company.id})
        other = self.env['it.task'].with_company(company).create({
            'name': "Other", 'code': 'other', 'checklist_id': checklist.id, 'company_id': company.id, 'start_date': task.start_date})
        (task | other)._generate_runs()
        ids = {row['id'] for row in self._board()['runs']}
        self.assertTrue(ids & set(task.run_ids.ids))
        self.assertFalse(ids & set(other.run_ids.ids))

    # === WHAT IT SAYS === #

    def test_run_past_its_due_time_is_overdue(self):
        run = self._run('overdue')
        self.assertNotIn('is_overdue', self._flags(run))
        self._clock(datetime(2026, 11, 23, 9, 30))
        self.assertIn('is_overdue', self._flags(run))

    def test_run_without_checks_waits_for_a_person(self):
        self.assertIn('is_waiting', self._flags(self._run('person')))

    def test_four_eyes_run_waits_for_a_manager_and_only_for_one(self):
        run = self._run('eyes', needs_verification=True)
        run.with_user(self.technician).action_done()
        self.assertIn('is_waiting', self._flags(run))
        self.assertEqual(self._on_board(run, self.manager)['action'], 'action_ask_verify')
        self.assertEqual(self._on_board(run, self.technician_2)['action'], '')
        run.with_user(self.manager).action_verify()
        self.assertNotIn('is_waiting', self._flags(run))
        self.assertEqual(self._on_board(run)['verified_by']['name'], "Manager")

    def test_manager_is_not_offered_to_verify_own_work(self):
        run = self._run('own', needs_verification=True)
        run.with_user(self.manager).action_done()
        self.assertEqual(self._on_board(run, self.manager)['action'], '')

    def test_failed_run_is_red_with_its_reason(self):
        run = self._run('failed')
        run.with_user(self.technician).action_fail("disk is full")
        self.assertIn('is_red', self._flags(run))
        row = self._on_board(run)
        self.assertEqual((row['reason'], row['action']), ("disk is full", 'action_ask_reject'))

    def test_run_proved_by_agents_tells_what_was_measured_and_when(self):
        run = self._run('machine')
        run.sudo().write({'state': 'auto_verified', 'done_at': '2026-11-23 05:02:00', 'closed_at': '2026-11-23 05:02:30', 'snapshot': [
            {'name': "Disk C:", 'summary': "41 % free", 'measured_at': '2026-11-23T05:02:00+00:00'},
            {'name': "Never ran", 'summary': '', 'measured_at': None},
        ]})
        self.assertIn('is_machine', self._flags(run))
        self.assertEqual(self._on_board(run)['evidence'], [
            {'name': "Disk C:", 'summary': "41 % free", 'at': {'date': '2026-11-23', 'time': '8:02\u202fAM'}},
            {'name': "Never ran", 'summary': '', 'at': False},
        ])
        run.with_user(self.manager).action_verify()
        self.assertIn('is_machine', self._flags(run), "a second look by a person does not undo the agent's proof")

    def test_mine_is_what_i_answer_for_by_name_or_by_role(self):
        run = self._run('mine', user_id=False)
        run.with_user(self.manager).responsible_id = False
        self.assertIn('is_mine', self._flags(run))
        self.assertNotIn('is_mine', self._flags(run, self.technician_2), "has not the role")
        run.with_user(self.manager).responsible_id = self.technician_2
        self.assertIn('is_mine', self._flags(run, self.technician_2))
        self.assertNotIn('is_mine', self._flags(run), "somebody else is named")

    def test_figures_count_what_is_decided_and_how_it_ended(self):
        before = self._board()['figures']
        on_time, late, failed, missed = (self._run(code) for code in ('on_time', 'late', 'failed', 'missed'))
        self._run('open_still', due_time=23)
        on_time.with_user(self.technician).action_done()
        failed.with_user(self.technician).action_fail("bad")
        self._clock(datetime(2026, 11, 23, 9, 30))
        late.with_user(self.technician).action_done()
        missed.sudo().write({'state': 'missed', 'closed_at': '2026-11-23 09:30:00'})
        figures = self._board()['figures']
        grown = {name: figures[name] - before[name] for name in ('on_time', 'late', 'failed', 'missed', 'due', 'excused')}
        self.assertEqual(grown, {'on_time': 1, 'late': 1, 'failed': 1, 'missed': 1, 'due': 4, 'excused': 0})

    # === WHO MAY SEE IT === #

    def test_employee_is_refused(self):
        self._run('closed')
        with self.assertRaises(AccessError):
            self._board(self.user)

    def test_auditor_looks_and_touches_nothing(self):
        run = self._run('audit')
        self.assertFalse(self._board(self.auditor)['can_act'])
        self.assertEqual(self._on_board(run, self.auditor)['action'], '')

    def test_failed_run_that_is_verified_stays_failed_on_the_board(self):
        run = self._run('confirmed_bad')
        run.with_user(self.technician).action_fail("broken")
        run.with_user(self.manager).action_verify()
        row = self._on_board(run)
        self.assertEqual((row['state'], row['bucket']), ('verified', 'failed'))

    # === WHAT IT COSTS === #

    def test_queries_do_not_grow_with_the_runs(self):
        def many(start, stop):
            checklist = self.env['it.checklist'].create({'name': f"Round {start}", 'code': f'round_{start}'})
            tasks = self.env['it.task'].create([{
                'name': f"Task {number}", 'code': f'many_{number}', 'checklist_id': checklist.id, 'role_id': self.role.id,
                'user_id': (self.technician | self.technician_2)[number % 2].id, 'start_date': '2026-11-23',
            } for number in range(start, stop)])
            tasks._generate_runs()

        many(0, 10)
        self._board()  # from here on it is warm what is cached for the whole process
        before = self.env.cr.sql_log_count
        few = self._board()
        queries = self.env.cr.sql_log_count - before
        many(10, 200)
        self._board()
        with self.assertQueryCount(queries):
            lots = self._board()
        self.assertEqual(len(lots['runs']) - len(few['runs']), 190)
