from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..checklists.checked_case import CheckedCase
from ..checklists.history_case import DAY, HistoryCase


class CoverageCase(HistoryCase):
    """A line of its own, and tasks that keep it."""

    def setUp(self):
        super().setUp()
        self.line = self._line('task')

    def _line(self, kind):
        code = f'T.{self.env["it.handbook.line"].search_count([])}'
        return self.env['it.handbook.line'].create({
            'code': code, 'section_id': self.env.ref('it_continuity.section_1').id, 'kind': kind, 'text': f"Line {code}"})

    def _kept(self, code, line=None, **values):
        """Return a daily task that keeps the line and whose runs are made."""
        task = self._task(code, line_id=(line or self.line).id, **values)
        task.generated_until = self.now.date() + DAY
        return task

    def _row(self, line=None, user=None):
        self.env.flush_all()
        self.env['it.handbook.coverage'].invalidate_model()
        return self.env['it.handbook.coverage'].with_user(user or self.auditor).search([
            ('line_id', '=', (line or self.line).id), ('company_id', '=', self.env.company.id)])

    def assertCoverage(self, state, reason, line=None):
        row = self._row(line)
        self.assertEqual((row.state, row.reason), (state, reason), row.line_id.code)


@tagged('post_install', '-at_install')
class TestCoverageMap(CoverageCase):

    # === WHAT KEEPS A LINE === #

    def test_line_that_nothing_keeps_is_red_and_a_rule_is_a_rule(self):
        self.assertCoverage('red', 'no_keeper')
        self.assertCoverage('red', 'no_keeper', self._line('asset'))
        self.assertCoverage('rule', 'rule', self._line('rule'))

    def test_archived_task_keeps_nothing(self):
        self._kept('archived').active = False
        self.assertCoverage('red', 'no_keeper')

    def test_system_alone_does_not_keep_a_recurring_task(self):
        self.host.line_ids = [Command.link(self.line.id)]
        self._done(self._task('looks', asset_ids=self.host.ids), 1)
        self.assertCoverage('red', 'no_keeper')
        self.assertEqual((self._row().asset_ids, self._row().proof_at), (self.host, False))

    def test_every_line_of_the_fresh_handbook_has_a_keeper(self):
        rows = self.env['it.handbook.coverage'].search([('line_id', '!=', self.line.id)])
        self.assertEqual(rows.filtered(lambda row: row.reason == 'no_keeper').mapped('code'), [])
        self.assertEqual(len(rows), self.env['it.handbook.line'].search_count([]) - 1)

    # === TASKS === #

    def test_state_follows_the_newest_run_that_is_decided(self):
        cases = [
            ({'state': 'done', 'done_at': self.now - DAY}, 'green', 'proven'),
            ({'state': 'auto_verified', 'done_at': self.now - DAY}, 'green', 'proven'),
            ({'state': 'failed', 'done_at': None}, 'red', 'failed'),
            ({'state': 'verified', 'done_at': None}, 'red', 'failed'),
            ({'state': 'missed'}, 'red', 'missed'),
            ({'state': 'pending'}, 'red', 'missed'),
            ({'state': 'not_applicable'}, 'amber', 'not_applicable'),
            ({'state': 'done', 'done_at': self.now - DAY, 'needs_verification': True}, 'amber', 'unverified'),
            ({'state': 'done', 'done_at': self.now - DAY, 'needs_confirmation': True}, 'amber', 'unverified'),
        ]
        task = self._kept('newest')
        self._done(task, 3)
        run = self._past(task, 1)
        for values, state, reason in cases:
            with self.subTest(**values):
                self._force(run, **{'needs_verification': False, 'needs_confirmation': False, **values})
                self.assertCoverage(state, reason)

    def test_run_that_is_not_over_yet_changes_nothing(self):
        task = self._kept('running')
        self.assertCoverage('amber', 'not_due')
        self._done(task, 1)
        self._past(task, 0)
        self.assertCoverage('green', 'proven')

    def test_worst_task_decides_and_is_named_but_the_newest_proof_is_shown(self):
        good, bad = self._kept('good'), self._kept('bad')
        self._done(bad, 5, done_by_id=self.technician_2.id)
        self._past(bad, 1, state='missed')
        proof = self._done(good, 2, verified_by_id=self.manager.id, state='verified')
        row = self._row()
        self.assertEqual((row.state, row.task_id), ('red', bad))
        self.assertEqual((row.run_id, row.proof_by_id, row.proof_kind, row.proof_at), (proof, self.manager, 'run', proof.done_at))
        self.assertEqual(row.action_open_proof()['res_id'], proof.id)

    def test_agents_proof_names_no_person(self):
        self._done(self._kept('agent'), 1, state='auto_verified', done_by_id=None)
        row = self._row()
        self.assertEqual((row.proof_kind, row.proof_by_id), ('agent', self.env['res.users']))

    def test_task_whose_runs_are_not_made_is_red_however_fresh_its_proof(self):
        task = self._kept('stopped')
        self._done(task, 4)
        task.generated_until = self.now.date() - 3 * DAY
        self.assertCoverage('red', 'not_planned')

    def test_run_started_by_hand_decides_nothing_beside_the_plan(self):
        task = self._kept('by_hand')
        self._past(task, 2, state='missed')
        by_hand = self._done(task, 1, is_extra=True)
        self.assertCoverage('red', 'missed')
        self.assertEqual(self._row().run_id, by_hand, "the newest proof is shown all the same")
        event = self._kept('by_event', self._line('task'), schedule_kind='event', after_restart=True)
        self._past(event, 2, state='failed')
        self._done(event, 1, is_extra=True)
        self.assertCoverage('red', 'failed', event.line_id)
        asked = self._task('asked_for', schedule_kind='on_demand', line_id=self._line('task').id)
        self._done(asked, 1, is_extra=True)
        self.assertCoverage('green', 'proven', asked.line_id)

    def test_power_outage_that_one_person_logged_is_no_reason_to_call_its_task_never_needed(self):
        """What is left undone after it counts; what is done after it spares no planned run, and is proof where nothing else was asked for."""
        told = {'is_extra': True, 'event_kind': 'power_outage'}
        task = self._kept('after_outage', schedule_kind='event', after_power_outage=True)
        self._done(task, 9, is_extra=True)
        self.assertCoverage('amber', 'never_needed')
        self._past(task, 8, state='missed', **told)
        self.assertCoverage('red', 'missed')
        self._done(task, 7, **told)
        self.assertCoverage('green', 'proven')
        self._past(task, 6, state='failed')
        self._done(task, 5, **told)
        self.assertCoverage('red', 'failed')
        self._done(task, 4)
        self.assertCoverage('green', 'proven')
        self._past(task, 3, state='missed', **told)
        self.assertCoverage('red', 'missed')

    def test_on_demand_is_amber_until_somebody_needed_it_and_spoils_no_other_proof(self):
        self._task('asked', schedule_kind='on_demand', line_id=self.line.id)
        self.assertCoverage('amber', 'never_needed')
        self._done(self._kept('daily'), 1)
        self.assertCoverage('green', 'proven')

    # === OTHER KEEPERS === #

    def test_closed_ticket_proves_a_request(self):
        line = self._line('ticket')
        category = self.env['it.ticket.category'].create({'name': "Asked for", 'code': 'asked_for', 'line_id': line.id})
        self.assertCoverage('amber', 'never_needed', line)
        ticket = self.env['it.ticket'].with_user(self.user).create({'subject': "Please", 'category_id': category.id})
        self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': ticket.id, 'description': "Did it"})
        ticket.with_user(self.technician).action_resolve()
        self.assertCoverage('amber', 'never_needed', line)
        ticket.with_user(self.user).action_confirm()
        self.assertCoverage('green', 'proven', line)
        row = self._row(line)
        self.assertEqual((row.ticket_id, row.proof_by_id, row.proof_kind), (ticket, self.user, 'ticket'))

    def test_closing_line_is_proven_for_a_fiscal_year_and_red_when_a_step_is_overdue(self):
        line = self._line('closing')
        template = self.env['it.closing.template'].create({'name': "Year", 'step_ids': [Command.create({
            'name': "Validate", 'kind': 'validation', 'line_id': line.id})]})
        self.assertCoverage('amber', 'not_due', line)
        closing = self.env['it.closing'].with_user(self.manager).create({
            'date_end': self.now.date() - 5 * DAY, 'template_id': template.id})
        closing.action_open()
        self.assertCoverage('red', 'closing_overdue', line)
        step = closing.step_ids.with_user(self.technician)
        step.evidence = "Looked at"
        step.action_done()
        step.with_user(self.manager).action_verify()
        self.assertCoverage('green', 'proven', line)
        self.assertEqual(self._row(line).closing_step_id, closing.step_ids)
        self._force(step, verified_at=self.now - 500 * DAY)
        self.assertCoverage('red', 'closing_old', line)

    def test_system_in_scope_is_proven_by_a_task_that_looks_at_it(self):
        line = self._line('asset')
        self.host.line_ids = [Command.link(line.id)]
        self.assertCoverage('amber', 'unseen', line)
        task = self._task('looks', asset_ids=self.host.ids)
        self._done(task, 40)
        self.assertCoverage('amber', 'unseen', line)
        self._done(task, 2)
        self.assertCoverage('green', 'proven', line)

    # === WHO ANSWERS === #

    def test_owner_is_the_named_person_before_the_role(self):
        self._kept('named', user_id=self.technician.id)
        self._kept('by_role')
        self.assertEqual(self._row().owner, f"Technician, {self.role.name}")
        self.assertEqual(self._row().keepers, "Task named · Task by_role")

    # === WHO MAY SEE IT === #

    def test_technician_manager_and_auditor_read_all_of_it_and_nobody_writes(self):
        self._done(self._kept('read'), 1)
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login):
                row = self._row(user=person)
                self.assertEqual(row.task_ids.mapped('code'), ['read'])
                for refused in (lambda row=row: row.write({'state': 'green'}), row.unlink):
                    with self.assertRaises(AccessError):
                        refused()

    def test_employee_is_refused_and_does_not_see_the_tasks_of_a_line(self):
        coverage = self.env['it.handbook.coverage'].with_user(self.user)
        for door in (lambda: coverage.search([]), lambda: coverage.formatted_read_group([], ['state'], ['__count'])):
            with self.assertRaises(AccessError):
                door()
        line = self.line.with_user(self.user)
        self.assertTrue(line.read(['text']))
        with self.assertRaises(AccessError):
            line.read(['task_ids'])

    def test_other_company_has_rows_of_its_own_and_only_its_people_see_them(self):
        self._kept('here')
        company = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertFalse(self.env['it.handbook.coverage'].search([('company_id', '=', company.id)]))
        self.env['it.task'].create({
            'name': "Theirs", 'code': 'theirs', 'checklist_id': self.checklist.id, 'company_id': company.id, 'line_id': self.line.id})
        self.env.flush_all()
        theirs = [('company_id', '=', company.id), ('line_id', '=', self.line.id)]
        self.assertFalse(self.env['it.handbook.coverage'].with_user(self.auditor).search(theirs))
        self.auditor.company_ids |= company
        both = self.env['it.handbook.coverage'].with_user(self.auditor).with_context(
            allowed_company_ids=[self.env.company.id, company.id])
        self.assertEqual(both.search(theirs).task_ids.mapped('code'), ['theirs'])
        self.assertEqual(self._row().task_ids.mapped('code'), ['here'])

    # === SPEED === #

    def test_list_costs_the_same_queries_whatever_the_number_of_lines_and_runs(self):
        fields = ['code', 'text', 'state', 'reason', 'keepers', 'owner', 'proof_at', 'proof_by_id']
        coverage = self.env['it.handbook.coverage'].with_user(self.auditor)
        coverage.web_search_read([], {name: {} for name in fields})
        self.env.invalidate_all()
        with self.assertQueryCount(18):
            coverage.web_search_read([], {name: {} for name in fields})
        for number in range(5):
            line = self._line('task')
            for past in range(1, 4):
                self._done(self._kept(f'many_{number}_{past}', line), past)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(18):
            coverage.web_search_read([], {name: {} for name in fields})


@tagged('post_install', '-at_install')
class TestCoverageOfChecks(CheckedCase, CoverageCase):
    """No line is proven by a check that looks at what nobody accepted."""

    def test_line_is_green_by_a_check_only_once_a_manager_accepted_what_it_looks_at(self):
        template = self.env['it.check.template'].create({
            'name': "Backup folder", 'kind': 'disk', 'settings': {'include': ["/srv/backup"]}, 'max_attempts': 1})
        self.checks.unlink()
        check = self.env['it.check'].browse(self._rpc(self.technician, template, 'create_check', self.agent.id, {'include': ["/tmp"]}))
        self.fake.know(check)
        run = self._checked_run(
            'measured', line_id=self.line.id, check_ids=[Command.clear()], check_template_ids=[Command.set(template.ids)])
        self._report('0')
        self.env['it.task.run']._cron_auto_verify()
        self.assertEqual((check.settings_basis, run.state), ('none', 'pending'))
        self.assertCoverage('amber', 'not_due')
        self._rpc(self.manager, check, 'action_accept_settings')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'auto_verified')
        self.assertCoverage('green', 'proven')

    def test_line_runs_on_facts_once_somebody_answers_for_what_a_check_looks_at(self):
        template = self.env['it.check.template'].create({
            'name': "Backup folder", 'kind': 'disk', 'settings': {'include': ["/srv/backup"]}, 'max_attempts': 1})
        self.assertFalse(self._row().runs_on)
        by_hand = self._kept('by_hand')
        self.assertEqual(self._row().runs_on, 'people')
        self._kept('looked_at', check_template_ids=[Command.set(template.ids)])
        self.assertEqual(self._row().runs_on, 'possible')
        check = self.env['it.check'].browse(self._rpc(self.technician, template, 'create_check', self.agent.id, {'include': ["/tmp"]}))
        self.assertEqual(self._row().runs_on, 'possible', "nobody answers for it")
        self._rpc(self.manager, check, 'action_accept_settings')
        self.assertEqual(self._row().runs_on, 'both')
        by_hand.active = False
        self.assertEqual(self._row().runs_on, 'facts')
        rows = self.env['it.handbook.coverage'].with_user(self.auditor)
        self.assertIn(self._row(), rows.search([('runs_on', '=', 'facts')]))
        self.assertNotIn(self._row(), rows.search([('runs_on', '!=', 'facts')]))

    def test_the_handbooks_own_lines_say_what_a_machine_could_tell(self):
        rows = self.env['it.handbook.coverage'].search([('company_id', '=', self.env.company.id)])
        self.assertEqual(sorted(rows.filtered(lambda row: row.runs_on == 'possible').mapped('code')), [
            '0.1', '0.2', '1.1', '1.2', '1.3', '2.1', '3.1', '3.2', '3.3', '4.1', '4.2', '5.4'])
