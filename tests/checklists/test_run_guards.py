from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged

from ...lib import run_state
from ...models.checklists.run_guard_mixin import EDITABLE
from .common import ChecklistCase

# Contexts that code elsewhere trusts: a client can send any of them, so none may open a door here.
FORGED = {'tracking_disable': True, 'it_transition': True, 'install_mode': True, 'import_file': True, 'no_check': True, 'su': True}


@tagged('post_install', '-at_install')
class TestRunGuards(ChecklistCase):
    """Every door but the buttons is closed: write, create, import, commands through a parent, forged contexts."""

    def test_no_person_writes_a_protected_field(self):
        run = self._run('write')
        values = {
            'state': 'verified', 'done_by_id': self.technician.id, 'done_at': '2026-11-23 05:00:00',
            'entered_at': '2026-11-23 05:00:00', 'verified_by_id': self.manager.id, 'snapshot': [], 'task_name': "x",
            'instructions': "x", 'deadline_at': '2030-01-01 00:00:00', 'due_at': '2030-01-01 00:00:00', 'override_reason': "x",
            'needs_verification': False, 'task_id': run.task_id.id, 'occurrence': "x", 'is_late_entry': False,
        }
        for person in (self.technician, self.manager, self.auditor, self.user):
            for name, value in values.items():
                with self.subTest(person=person.name, field=name), self.assertRaises(AccessError):
                    self._rpc(person, run, 'write', {name: value}, context=FORGED)

    def test_every_stored_field_is_protected_unless_named(self):
        run = self._run('all').with_user(self.manager)
        own = {
            name for name, field in run._fields.items()
            if field.store and name not in MAGIC_COLUMNS and name not in run._get_thread_fields()}
        self.assertTrue(EDITABLE < own)
        for name in own - EDITABLE:
            with self.subTest(field=name), self.assertRaises(AccessError):
                run.write({name: False})

    def test_worker_writes_note_and_responsible_while_open_only(self):
        run = self._run('note')
        self._rpc(self.technician, run, 'write', {'note': "looking", 'responsible_id': self.technician_2.id})
        self.assertEqual((run.note, run.responsible_id), ("looking", self.technician_2))
        self._rpc(self.technician, run, 'action_done')
        for values in ({'note': "other"}, {'attachment_ids': [Command.clear()]}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "stays as it is"):
                self._rpc(self.technician, run, 'write', values)

    def test_software_too_moves_only_along_the_graph(self):
        for old in run_state.STATES:
            for new in run_state.STATES:
                run = self._run(f'{old}_{new}')
                self.env.flush_all()
                self.env.cr.execute("UPDATE it_task_run SET state = %s WHERE id = %s", [old, run.id])
                self.env.invalidate_all()
                with self.subTest(old=old, new=new):
                    if old == new or run_state.allowed(old, new):
                        run.sudo().write({'state': new})
                        self.assertRunState(run, new)
                    else:
                        with self.assertRaises(UserError):
                            run.sudo().write({'state': new})

    def test_nobody_creates_imports_copies_or_deletes_runs(self):
        run = self._run('made')
        values = run.copy_data()[0] | {'occurrence': "2020-01-01"}
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.name):
                with self.assertRaises(AccessError):
                    self._rpc(person, run.browse(), 'create', values)
                with self.assertRaises(AccessError):
                    self._rpc(person, run, 'unlink')
                with self.assertRaises(UserError):
                    self._rpc(person, run, 'copy')
        with self.assertRaisesRegex(UserError, "begins as pending"):
            run.sudo().create(values | {'state': 'verified'})
        with self.assertRaisesRegex(UserError, "is evidence"):
            run.sudo().unlink()

    def test_a_persons_stored_defaults_do_not_forge_a_run(self):
        """``ir.default`` is open to every employee and counts in superuser mode too."""
        task = self._task('forged', schedule_kind='on_demand')
        forged = {
            'state': 'verified', 'verified_by_id': self.manager.id, 'verified_at': '2026-11-23 05:00:00', 'done_by_id': self.user.id,
            'done_at': '2026-11-23 05:00:00', 'entered_at': '2026-11-23 05:00:00', 'snapshot': [{'name': "x"}], 'fail_reason': "x"}
        for name, value in forged.items():
            self.env['ir.default'].with_user(self.technician).set('it.task.run', name, value, user_id=True)
        action = self._rpc(
            self.technician, task, 'action_start_run', context={f'default_{name}': value for name, value in forged.items()})
        run = self.env['it.task.run'].browse(action['res_id'])
        self.assertRunState(run, 'pending')
        for name in forged.keys() - {'state'}:
            with self.subTest(field=name):
                self.assertFalse(run[name])

    def test_import_changes_and_makes_nothing(self):
        run = self._run('load')
        self.env['ir.model.data'].create({'name': 'run_load', 'module': '__import__', 'model': run._name, 'res_id': run.id})
        for fields, row in (
            (['id', 'state'], ['__import__.run_load', 'verified']),
            (['.id', 'done_by_id/.id'], [str(run.id), str(self.technician.id)]),
            (['task_name', 'state', 'date', 'open_at', 'due_at', 'deadline_at', 'occurrence', 'task_id/.id', 'company_id/.id'],
             ["x", 'done', '2026-11-23', '2026-11-23 00:00:00', '2026-11-23 09:00:00', '2026-11-23 20:00:00', 'x',
              str(run.task_id.id), str(self.env.company.id)]),
        ):
            with self.subTest(fields=fields):
                before = self.env['it.task.run'].search_count([])
                try:
                    result = run.with_user(self.manager).load(fields, [row])
                    self.assertFalse(result['ids'])
                except AccessError:
                    self.env.invalidate_all()
                self.assertRunState(run, 'pending')
                self.assertFalse(run.done_by_id)
                self.assertEqual(self.env['it.task.run'].search_count([]), before)

    def test_commands_through_a_parent_are_refused(self):
        run = self._run('parent')
        wizard = self.env['it.task.run.wizard'].with_user(self.manager).create({'step': 'done', 'run_ids': run.ids})
        for command in (
            Command.update(run.id, {'state': 'done'}), Command.update(run.id, {'done_by_id': self.user.id}),
            Command.delete(run.id), Command.create({'task_id': run.task_id.id}),
        ):
            for parent in (run.task_id, wizard):
                with self.subTest(command=command, parent=parent._name), self.assertRaises(AccessError):
                    self._rpc(self.manager, parent, 'write', {'run_ids': [command]})
                self.env.invalidate_all()
                sudo = parent.with_user(self.technician).sudo()
                with self.subTest(sudo=command, parent=parent._name), self._transaction_of(self.technician):
                    with self.assertRaises(AccessError):
                        sudo.write({'run_ids': [command]})
                self.env.invalidate_all()

    def test_private_methods_are_no_door(self):
        run = self._run('private')
        for method in ('_take_step', '_transition', '_close_missed', '_cron_close_missed', '_cron_auto_verify'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.manager, run, method)

    def test_employee_sees_and_does_nothing_of_it(self):
        run = self._run('hidden')
        for record in (run, run.task_id, self.checklist):
            with self.subTest(model=record._name):
                with self.assertRaises(AccessError):
                    self._rpc(self.user, record, 'read', ['display_name'])
                with self.assertRaises(AccessError):
                    self._rpc(self.user, record.browse(), 'search_read', [])
                with self.assertRaises(AccessError):
                    self._rpc(self.user, record, 'write', {'create_date': '2026-11-23'})
        for method, arguments in self._actions():
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.user, run, method, *arguments)
        with self.assertRaises(AccessError):
            self._rpc(self.user, run.task_id, 'action_start_run')

    def test_auditor_reads_and_writes_nothing(self):
        run = self._run('audit')
        for record in (run, run.task_id, self.checklist):
            with self.subTest(model=record._name):
                self.assertTrue(self._rpc(self.auditor, record, 'read', ['display_name']))
                with self.assertRaises(AccessError):
                    self._rpc(self.auditor, record, 'write', {'active' if 'active' in record else 'note': False})
                with self.assertRaises(AccessError):
                    self._rpc(self.auditor, record, 'unlink')
                with self.assertRaises(AccessError):
                    self._rpc(self.auditor, record.browse(), 'create', {})
        for method, arguments in self._actions():
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.auditor, run, method, *arguments)
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, run.task_id, 'action_start_run')
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, self.env['it.task.run.wizard'], 'create', {'step': 'done', 'run_ids': run.ids})

    def test_technician_reads_tasks_but_only_a_manager_changes_them(self):
        task = self._task('rights')
        self.assertTrue(self._rpc(self.technician, task, 'read', ['name', 'schedule_text', 'next_dates']))
        with self.assertRaises(AccessError):
            self._rpc(self.technician, task, 'write', {'name': "Mine"})
        self._rpc(self.manager, task, 'write', {'name': "Ours", 'due_time': 11})
        self.assertEqual(task.name, "Ours")

    def test_companies_are_apart(self):
        other = self.env['res.company'].create({'name': "Other", 'itc_tz': 'Europe/Berlin'})
        run = self._run('other', company_id=other.id)
        self.assertEqual(run.company_id, other)
        for record in (run, run.task_id):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                self._rpc(self.manager, record, 'read', ['display_name'])
        with self.assertRaises(AccessError):
            self._rpc(self.manager, run, 'action_done')

    def test_what_a_companys_runs_name_does_not_move_to_another(self):
        """Nobody of the first company could open Today any more: a name on it would be another company's."""
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self.manager.company_ids |= company
        rota = self.env['it.rota'].create({'name': "Turns", 'start_date': '2026-11-23', 'member_ids': [
            Command.create({'user_id': self.technician.id})]})
        run = self._run('named', rota_id=rota.id, asset_ids=self.host.ids)
        run.task_id.active = False
        for record in (self._run('alone', role_id=False).task_id, self.host, self.checklist, self.role, rota):
            with self.subTest(model=record._name), self.assertRaisesRegex(UserError, "of another company name"):
                self._rpc(self.manager, record, 'write', {'company_id': company.id})
            self._rpc(self.manager, record, 'write', {'company_id': self.env.company.id})

    def test_foreign_attachment_stays_where_it_belongs(self):
        run = self._run('file')
        foreign = self.env['ir.attachment'].create({
            'name': "secret", 'raw': b'x', 'res_model': 'res.partner', 'res_id': self.manager.partner_id.id})
        loose = self.env['ir.attachment'].create({'name': "loose of another", 'raw': b'x'})
        run.with_user(self.technician).sudo().write({'attachment_ids': [Command.link(foreign.id), Command.link(loose.id)]})
        self.assertEqual((foreign.res_model, loose.res_model), ('res.partner', False))

    def _actions(self):
        return [
            ('action_done', []), ('action_do', []), ('action_fail', ["x"]), ('action_not_applicable', ["x"]),
            ('action_verify', []), ('action_reject', ["x"]), ('action_undo', []), ('action_ask_verify', [])]
