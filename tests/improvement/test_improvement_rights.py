from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..monitoring.agent_case import AgentCase
from .common import ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementRights(ImprovementCase, AgentCase):
    """Employees see what they suggested; technicians what their company has; who flags joins what is known."""

    def test_employee_suggests_and_sees_the_own_alone(self):
        mine = self.improvements.with_user(self.user).create({'name': "A second screen", 'description': "<p>For invoices</p>", 'area': 'hardware'})
        self.assertEqual((mine.suggested_by_id, mine.state, mine.source), (self.user, 'suggested', 'person'))
        self.assertTrue(mine.number.startswith('IMP/'))
        theirs = self.improvements.with_user(self.other).create({'name': "A third screen"})
        self.assertEqual(self.improvements.with_user(self.user).search([]), mine)
        for read in (lambda: theirs.with_user(self.user).name, lambda: theirs.with_user(self.user).read(['name'])):
            with self.assertRaises(AccessError):
                read()
        mine.name = "Two screens"
        mine.with_user(self.technician).action_take_up()
        with self.assertRaisesRegex(AccessError, "until somebody takes it up"):
            mine.name = "Three screens"

    def test_employee_reads_nothing_of_what_shows_it_and_works_on_nothing(self):
        ticket = self._jam()
        mine = self.improvements.with_user(self.user).create({'name': "A second screen"})
        mine.sudo().ticket_ids = [Command.link(ticket.id)]
        for name in ('ticket_ids', 'run_ids', 'root_cause', 'known_error', 'cost', 'minutes_down', 'measurement_ids', 'move_ids', 'task_id'):
            with self.assertRaises(AccessError):
                self._rpc(self.user, mine, 'read', [name])
        for values in ({'owner_id': self.user.id}, {'date_deadline': '2026-12-01'}, {'category_id': self.printing.id}):
            with self.assertRaises(AccessError):
                self._rpc(self.user, mine, 'write', values)
            with self.assertRaises(AccessError):
                self._rpc(self.user, self.improvements, 'create', [{'name': "x", **values}])
        for method in ('action_take_up', 'action_begin', 'action_changed', 'action_close'):
            with self.assertRaises(AccessError):
                self._rpc(self.user, mine, method)
        for method in ('action_dismiss', 'action_reconsider', 'action_replan'):
            with self.assertRaises(AccessError):
                self._rpc(self.user, mine, method, "Because")

    def test_employee_flags_nothing(self):
        ticket = self._jam()
        with self.assertRaises(AccessError):
            self._rpc(self.user, ticket, 'action_flag_improvement')
        self.assertFalse(self._found('ticket'))

    def test_suggestion_in_another_name_is_refused(self):
        for values in ({'suggested_by_id': self.other.id}, {'state': 'act'}, {'number': "IMP/1"}):
            for person in (self.user, self.technician, self.manager):
                with self.assertRaises(AccessError):
                    self._rpc(person, self.improvements, 'create', [{'name': "x", **values}])
        made = self.improvements.with_user(self.technician).with_context(
            default_suggested_by_id=self.other.id, default_source='software').create({'name': "x"})
        self.assertEqual((made.suggested_by_id, made.source), (self.technician, 'person'))

    def test_technician_of_another_company_sees_nothing(self):
        self._jam(1)
        self._jam(2)
        improvement = self._planned()
        improvement.action_begin()
        _company, person = self._elsewhere()
        self.assertFalse(self.improvements.with_user(person).search([]))
        for model in ('it.improvement.move', 'it.improvement.measurement'):
            self.assertTrue(self.env[model].search([]))
            self.assertFalse(self.env[model].with_user(person).search([]))
        with self.assertRaises(AccessError):
            self._rpc(person, improvement, 'action_take_up')
        with self.assertRaises(AccessError):
            self._rpc(person, self.env['it.improvement.reason'], 'create', [{'improvement_id': improvement.id, 'kind': 'replan', 'reason': "x"}])

    def test_auditor_reads_and_changes_nothing(self):
        improvement = self._planned()
        self.assertEqual(improvement.with_user(self.auditor).root_cause, "Worn rollers")
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, improvement, 'write', {'name': "x"})
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, improvement, 'action_begin')

    def test_moves_and_measurements_are_nobodys_to_write(self):
        improvement = self._planned()
        move = improvement.move_ids
        for person in (self.technician, self.manager):
            with self.assertRaises(AccessError):
                self._rpc(person, move, 'write', {'by_id': person.id})
            with self.assertRaises(AccessError):
                self._rpc(person, self.env['it.improvement.move'], 'create', [{'improvement_id': improvement.id, 'old': 'plan', 'new': 'do'}])
            with self.assertRaises(AccessError):
                self._rpc(person, move, 'unlink')

    def test_flag_from_each_kind_of_record(self):
        closing = self.env['it.closing'].with_user(self.manager).create({'date_end': '2026-12-31'})
        closing.action_open()
        step = closing.step_ids[0]
        run = self._task('flag')._start_run()
        outage = self.env['it.outage'].with_user(self.technician).create({'kind': 'network', 'asset_id': self.host.id})
        for record, field in ((run, 'run_ids'), (self._jam(), 'ticket_ids'), (outage, 'outage_ids'), (self.printer, 'asset_ids'), (step, 'step_ids')):
            record = record.with_user(self.technician)
            action = record.action_flag_improvement()
            improvement = self.improvements.browse(action['res_id'])
            self.assertEqual(improvement[field], record)
            self.assertEqual((improvement.state, improvement.suggested_by_id), ('suggested', self.technician))
            self.assertEqual(record.action_flag_improvement()['res_id'], improvement.id, "flagged twice it is the same")
            record.invalidate_recordset()
            self.assertEqual(record.improvement_count, 1)
            self.assertEqual(record.action_open_improvements()['res_id'], improvement.id)
        self.assertEqual((improvement.area, improvement.name, improvement.company_id), ('process', f"Improve: {step.display_name}", closing.company_id))
        with self.assertRaises(AccessError):
            self._rpc(self.user, step, 'action_flag_improvement')

    def test_known_error_is_shown_on_the_next_ticket_and_run_alike(self):
        task = self._task('known')
        self.improvements.with_user(self.technician).create({
            'name': "Jams", 'category_id': self.printing.id, 'asset_id': self.printer.id, 'known_error': "Open the back door first"})
        self.improvements.with_user(self.technician).create({'name': "Task", 'task_id': task.id, 'known_error': "The share is slow on Mondays"})
        alike, other = self._jam(), self._jam(asset_id=self.host.id)
        self.assertIn("Open the back door first", alike.with_user(self.technician).known_error_text)
        self.assertFalse(other.with_user(self.technician).known_error_text)
        self.assertIn("slow on Mondays", task._start_run().with_user(self.technician).known_error_text)
        with self.assertRaises(AccessError):
            self._rpc(self.user, alike, 'read', ['known_error_text'])

    def test_known_error_of_a_system_is_shown_on_its_tickets_and_runs(self):
        """Whoever flagged an asset, an outage or a check named no kind of ticket and no task."""
        outage = self.env['it.outage'].with_user(self.technician).create({'kind': 'network', 'asset_id': self.printer.id})
        check = self._check(self.agent, "Queue", asset_id=self.printer.id)
        for record, words in ((self.printer, "by asset"), (outage, "by outage"), (check, "by check")):
            flagged = self.improvements.browse(record.with_user(self.technician).action_flag_improvement()['res_id'])
            flagged.with_user(self.technician).known_error = words
        self.improvements.with_user(self.technician).create([
            {'name': "Kind", 'category_id': self.printing.id, 'asset_id': self.printer.id, 'known_error': "of jams"},
            {'name': "Other", 'asset_id': self.host.id, 'known_error': "elsewhere"}, {'name': "Nothing", 'known_error': "of nothing"}])

        def shown(record):
            return {line.split(': ')[1] for line in (record.with_user(self.technician).known_error_text or '').splitlines()}
        of_system = {"by asset", "by outage", "by check"}
        self.assertEqual(shown(self._jam(category_id=self.wish.id)), of_system)
        self.assertEqual(shown(self._jam()), of_system | {"of jams"})
        self.assertEqual(shown(self._jam(asset_id=False)), set())
        self.assertEqual(shown(self._task('system', asset_ids=[Command.link(self.printer.id)])._start_run()), of_system)
        self.assertEqual(shown(self._task('bound', check_ids=[Command.link(check.id)])._start_run()), {"by check"})
        self.assertEqual(shown(self._task('none')._start_run()), set())
