from unittest.mock import patch

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user

MODEL_METHODS = ('create', 'search_read', 'action_print_today', 'get_board', 'get_page', 'get_home', 'find', 'log_about')  # called without ids


class ItcCase(TransactionCase):
    """People of each group and one host: what most tests need."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.itc_tz = 'Africa/Addis_Ababa'
        cls.user = cls._person('user')
        cls.technician = cls._person('technician')
        cls.technician_2 = cls._person('technician', 'technician_2')
        cls.manager = cls._person('manager')
        cls.auditor = cls._person('auditor')
        cls.role = cls.env.ref('it_continuity.role_it_technician')
        cls.role.user_ids = [Command.set([cls.technician.id])]
        cls.category = cls.env.ref('it_continuity.asset_category_server')
        cls.host = cls.env['it.asset'].create({'name': "srv-test", 'kind': 'host', 'category_id': cls.category.id})

    @classmethod
    def _person(cls, group, login=None):
        login = login or group
        return new_test_user(
            cls.env, login=f'itc_{login}', name=login.capitalize(), email=f'{login}@example.com',
            groups=f'it_continuity.it_continuity_group_{group}')

    def _clock(self, moment):
        """Let the transaction begin at a naive UTC moment."""
        self.addCleanup(setattr, self.env.cr, '_now', None)
        self.env.cr._now = moment
        self.env.invalidate_all()

    def _rpc(self, user, record, method, *args, **kwargs):
        """Call a method as a client of the given user would, in a transaction that is that user's."""
        self.env.flush_all()
        model = record.env(user=user)[record._name]
        ids = [] if method in MODEL_METHODS else [record.ids]
        with self._transaction_of(user):
            result = call_kw(model, method, [*ids, *args], kwargs)
        self.env.invalidate_all()
        return result

    def _transaction_of(self, user):
        """Let the ORM take the user for who began this transaction; in a test it is the superuser."""
        return patch.object(self.env.transaction, 'default_env', self.env(user=user))
