from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .walk.world import WorldCase


@tagged('post_install', '-at_install')
class TestWindows(WorldCase):
    """A window that asks names no record to somebody who may not read it, by whichever door it is made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        cls.stranger = new_test_user(
            cls.env, login='itc_stranger', groups='it_continuity.it_continuity_group_manager,it_continuity.it_continuity_group_auditor',
            company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])

    def _windows(self):
        return [name for name, model in sorted(self.env.registry.items()) if name.startswith('it.') and model._transient and not model._abstract]

    def _secret(self, comodel):
        """Return a record that the stranger may not read, or none if everybody of ours may read all of them."""
        records = self.env[comodel].sudo().with_context(active_test=False).search([], limit=200)
        readable = records.with_user(self.stranger).with_context(allowed_company_ids=[])._filtered_access('read')
        return (records - readable.sudo())[:1]

    def test_every_window_of_ours_looks(self):
        mixin = self.env.registry['it.asking.mixin']
        self.assertGreaterEqual(len(self._windows()), 12)
        for name in self._windows():
            self.assertTrue(issubclass(self.env.registry[name], mixin), f"{name} does not inherit it.asking.mixin")

    def test_no_door_names_a_record_of_another_company(self):
        tried = set()
        for model in self._windows():
            windows = self.env[model].with_user(self.stranger)
            for name, field in windows._fields.items():
                secret = (field.store or not field.compute) and field.type in ('many2one', 'many2many') and self._secret(field.comodel_name)
                if not secret or name in ('create_uid', 'write_uid'):
                    continue
                tried.add((model, name))
                self._try(windows, name, field, secret)
        self.assertLessEqual({
            ('it.agent.code', 'agent_id'), ('it.closing.reason', 'step_id'), ('it.ticket.reason', 'ticket_id'), ('it.ticket.join', 'ticket_ids'), ('it.ticket.join', 'target_id'), ('it.task.run.wizard', 'run_ids'), ('it.task.assign', 'task_ids'),
            ('it.task.assign', 'check_ids'), ('it.run.excuse.ask', 'run_id'), ('it.run.excuse.decide', 'excuse_id'),
            ('it.day.sheet.print', 'run_ids'), ('it.compliance.print', 'company_id'), ('it.seal.verify', 'company_id'),
            ('it.setup.clock', 'company_id'), ('it.ticket.deed', 'ticket_id'), ('it.access.refuse', 'change_id')}, tried)

    def _try(self, windows, name, field, secret):
        value = secret.id if field.type == 'many2one' else [Command.set(secret.ids)]
        spec = {name: {'fields': {'display_name': {}}}}
        needed = {'kind': 'reopen', 'step': 'done', 'reason': "x", 'key': "x", 'text': "x"}
        if 'reopen' not in dict(getattr(windows._fields.get('kind'), 'selection', ())):
            needed.pop('kind')
        if windows._name == 'it.run.excuse.decide':
            needed['step'] = 'granted'
        needed = {key: given for key, given in needed.items() if key in windows._fields and key != name}
        doors = {
            'create': lambda: windows.create({**needed, name: value}).web_read(spec),
            'default': lambda: windows.with_context(**{f'default_{name}': value}).onchange({}, [], spec),
            'onchange': lambda: windows.onchange({name: value}, [name], spec),
            'default_get': lambda: windows.with_context(**{f'default_{name}': value}).default_get([name]),
        }
        if not field.store:
            doors.pop('create')  # what nothing keeps is dropped there
        for door, use in doors.items():
            with self.subTest(model=windows._name, field=name, door=door), self.assertRaises(AccessError), self.env.cr.savepoint():
                use()

    def test_window_that_is_written_to(self):
        step = self.closing.step_ids[:1]
        ask = self.env['it.closing.reason'].with_user(self.technician).create({'step_id': step.id, 'kind': 'reopen', 'reason': "x"})
        self.assertEqual(ask.step_id.display_name, step.display_name)
        theirs = self.env['it.day.sheet.print'].with_user(self.stranger).create({})
        with self.assertRaises(AccessError):
            theirs.run_ids = [Command.set(self.env['it.task.run'].search([], limit=1).ids)]
