from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


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
