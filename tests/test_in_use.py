from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import ItcCase


@tagged('post_install', '-at_install')
class TestInUse(ItcCase):
    """Who deletes what is in use reads in a sentence what uses it, and not what the database says of it."""

    def _used(self):
        """Yield records that people may delete, and that something names which stays."""
        kind = self.env['it.ticket.category'].create({'name': "Kind in use"})
        for subject in ("x", "y"):
            self.env['it.ticket'].with_user(self.user).create({'subject': subject, 'category_id': kind.id})
        yield kind, r"^“Kind in use” cannot be deleted: 2 records \(IT Ticket\) name it as “Category”\. Archive it instead\.$"
        checklist = self.env['it.checklist'].create({'name': "List in use"})
        self.env['it.task'].create({'name': "x", 'checklist_id': checklist.id, 'role_id': self.role.id, 'start_date': '2026-11-23'})
        yield checklist, r"“List in use” cannot be deleted: one record \(Task\) names it as “Checklist”\."
        channel = self.env['it.notification.channel'].create({'name': "Way in use", 'kind': 'mail', 'email_to': 'x@example.com'})
        self.env['it.notification']._queue(channel, 'x', "x", "x")
        yield channel, r"“Way in use” cannot be deleted: one record \(.+\) names it as"
        category = self.env['it.asset.category'].create({'name': "Things in use"})
        asset = self.env['it.asset'].create({'name': "Thing in use", 'kind': 'host', 'category_id': category.id})
        yield category, r"“Things in use” cannot be deleted: one record \(IT Asset\) names it as"
        self.env['it.ticket'].with_user(self.user).create({'subject': "z", 'category_id': kind.id, 'asset_id': asset.id})
        yield asset, r"“Thing in use” cannot be deleted: one record \(IT Ticket\) names it as “About”"

    def test_what_is_in_use_says_what_uses_it(self):
        for record, words in self._used():
            with self.subTest(model=record._name):
                spare = record.copy()
                with mute_logger('odoo.sql_db'), self.assertRaisesRegex(UserError, words):
                    (spare | record).with_user(self.manager).unlink()
                self.assertEqual((record | spare).exists(), record | spare)
                spare.with_user(self.manager).unlink()
                self.assertFalse(spare.exists())

    def test_every_model_that_something_keeps_from_being_deleted_says_so(self):
        """That a person may delete, and that a column names which the database will not empty."""
        used = self.env.registry.descendants(['it.used.mixin'], '_inherit')
        groups = self.env['res.groups'].union(*(self.env.ref(f'it_continuity.it_continuity_group_{name}') for name in ('user', 'technician', 'manager')))
        deleted = set(self.env['ir.model.access'].search([('perm_unlink', '=', True), ('group_id', 'in', groups.ids)]).model_id.mapped('model'))
        kept = {
            field.comodel_name for model in self.env.registry.values() if not model._abstract and model._auto
            for field in model._fields.values() if field.type == 'many2one' and field.store and field.ondelete == 'restrict'}
        wanted = {name for name in deleted & kept if self.env[name]._original_module == 'it_continuity'}
        self.assertGreater(len(wanted), 8)
        self.assertFalse(wanted - used)


@tagged('post_install', '-at_install')
class TestInUseElsewhere(HttpCase, ItcCase):
    """Who deletes what other apps keep and ours name reads the same, as far as they may know of it."""

    RIGHTS = 'base.group_system,hr.group_hr_manager'

    def _delete(self, person, record):
        """Return what a person is told who deletes a record in the web client."""
        self.authenticate(person.login, person.login)
        with mute_logger('odoo.sql_db', 'odoo.http'):
            answer = self.url_open(f'/web/dataset/call_kw/{record._name}/unlink', json={'jsonrpc': '2.0', 'params': {
                'model': record._name, 'method': 'unlink', 'args': [record.ids], 'kwargs': {}}}).json()
        self.assertTrue(record.exists())
        return answer['error']['data']['message']

    def test_who_deletes_it_is_told_what_they_may_know(self):
        department = self.env['hr.department'].create({'name': "Packing"})
        employee = self.env['hr.employee'].create({'name': "Abebe Kebede", 'department_id': department.id})
        kind = self.env['it.ticket.category'].search([], limit=1)
        for subject in ("x", "y"):
            self.env['it.ticket'].with_user(self.technician).create({
                'subject': subject, 'category_id': kind.id, 'requester_id': self.user.id, 'requested_for_id': employee.id})
        colleague = new_test_user(self.env, login='itc_drawn', groups='base.group_user')
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': '2026-11-01 08:00', 'end_at': '2026-11-01 09:00'})
        with outage._past_guard():
            outage.author_ids = [Command.link(colleague.id)]
        insider = new_test_user(self.env, login='itc_insider', groups=f'it_continuity.it_continuity_group_technician,{self.RIGHTS}')
        stranger = new_test_user(self.env, login='itc_stranger', groups=self.RIGHTS)
        self.env.flush_all()
        for record, told in (
                (employee, "“Abebe Kebede” cannot be deleted: 2 records (IT Ticket) name it as “For whom”. Archive it instead."),
                (department, "“Packing” cannot be deleted: 2 records (IT Ticket) name it as “Department”. Archive it instead."),
                (colleague, "cannot be deleted: one record (Outage) names it as “Told by”. Archive it instead.")):
            with self.subTest(model=record._name):
                self.assertIn(told, self._delete(insider, record))
                words = self._delete(stranger, record)
                self.assertIn("is still in use and cannot be deleted. Archive it instead.", words)
                self.assertNotRegex(words, "IT Ticket|Outage|it_")
