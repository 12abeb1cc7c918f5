from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ItcCase


@tagged('post_install', '-at_install')
class TestPeopleRules(ItcCase):
    """What a manager of another company sees and changes of this one's people, over RPC: nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        cls.stranger = cls._person('manager', 'stranger')
        cls.stranger.write({'company_ids': [Command.set(cls.elsewhere.ids)], 'company_id': cls.elsewhere.id})
        company = {'company_id': cls.env.company.id}
        cls.rota = cls.env['it.rota'].create({**company, 'name': "Ours", 'member_ids': [Command.create({'user_id': cls.technician.id})]})
        cls.deputy = cls.env['it.deputy'].create({**company, 'user_id': cls.technician.id, 'deputy_id': cls.technician_2.id})
        cls.own_role = cls.env['it.role'].create({**company, 'name': "Ours", 'code': 'ours'})

    def assertOutOfSight(self, record, values, new=None):
        self.assertTrue(self._rpc(self.manager, record, 'read', ['display_name']))
        self.assertIn(record.id, [row['id'] for row in self._rpc(self.manager, record, 'search_read', [], ['id'])])
        self.assertNotIn(record.id, [row['id'] for row in self._rpc(self.stranger, record, 'search_read', [], ['id'])])
        calls = [('read', [['display_name']]), ('write', [values]), ('unlink', [])]
        if new:
            calls.append(('create', [new]))
        for method, arguments in calls:
            with self.subTest(method=method), self.assertRaises(AccessError), self.env.cr.savepoint(), \
                    mute_logger('odoo.addons.base.models.ir_rule', 'odoo.models'):
                self._rpc(self.stranger, record, method, *arguments)
        self.assertTrue(record.exists())

    def test_deputies(self):
        self.assertOutOfSight(self.deputy, {'sequence': 1}, {
            'user_id': self.technician_2.id, 'deputy_id': self.technician.id, 'company_id': self.env.company.id})

    def test_rotas(self):
        self.assertOutOfSight(self.rota, {'name': "Theirs"}, {'name': "Theirs", 'company_id': self.env.company.id})

    def test_members_of_rotas(self):
        self.assertOutOfSight(self.rota.member_ids, {'sequence': 1}, {'rota_id': self.rota.id, 'user_id': self.technician_2.id})

    def test_roles_of_one_company(self):
        self.assertOutOfSight(self.own_role, {'name': "Theirs"}, {'name': "Theirs", 'code': 'theirs', 'company_id': self.env.company.id})

    def test_rota_cannot_be_moved_away_from_its_members(self):
        self.env.user.company_ids = [Command.link(self.elsewhere.id)]
        with self.assertRaisesRegex(Exception, "cannot enter Elsewhere"):
            self.rota.company_id = self.elsewhere
