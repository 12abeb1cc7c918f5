from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged, users

from ..common import ItcCase

BACKUPS = {'backup_odoo', 'backup_cnet', 'backup_peachtree', 'backup_windowsimage'}
LOJ = {'so_engine', 'loj_insights'}
SERVER_SIDE = BACKUPS | {
    'postgresql', 'odoo_production', 'odoo', 'testbed', 'pgadmin', 'cnet', 'peachtree', 'backup_folders', 'megasync', 'tailscale',
    'server_manager', 'windows_services', 'file_explorer'}


@tagged('post_install', '-at_install')
class TestAssetDependencies(ItcCase):

    def _asset(self, name, **values):
        return self.env['it.asset'].create({'name': name, 'category_id': self.category.id, **values})

    def test_impact_is_transitive_through_hosts_and_dependencies(self):
        database = self._asset("database", host_id=self.host.id)
        erp = self._asset("erp", depends_on_ids=[Command.link(database.id)])
        till = self._asset("till", depends_on_ids=[Command.link(erp.id)])
        self.assertEqual(self.host.impact_ids, database | erp | till)
        self.assertEqual(database.impact_ids, erp | till)
        self.assertFalse(till.impact_ids)

    def test_circle_is_refused_with_the_names_in_it(self):
        first = self._asset("first")
        second = self._asset("second", depends_on_ids=[Command.link(first.id)])
        with self.assertRaisesRegex(ValidationError, "first.*second|second.*first"):
            first.depends_on_ids = [Command.link(second.id)]

    def test_asset_cannot_run_on_what_needs_it(self):
        self.host.depends_on_ids = [Command.link(self._asset("ups").id)]
        with self.assertRaises(ValidationError):
            self.host.depends_on_ids.host_id = self.host

    def test_secret_in_credential_reference_is_refused(self):
        with self.assertRaises(ValidationError):
            self.host.credential_ref = "password: hunter2"
        self.host.credential_ref = "Vault of IT, entry ERP server"

    @users('itc_user')
    def test_employee_reads_names_but_not_remote_access(self):
        host = self.host.with_env(self.env)
        self.assertEqual(host.name, "srv-test")
        with self.assertRaises(AccessError):
            host.read(['rustdesk_id'])
        with self.assertRaises(AccessError):
            host.name = "mine"

    def test_seeded_scope_names_every_system_of_the_handbook(self):
        lines = self.env['it.handbook.line'].search([('kind', '=', 'asset')])
        covered = self.env['it.asset'].search([('line_ids', 'in', lines.ids)]).line_ids
        self.assertTrue(lines)
        self.assertFalse(lines - covered)

    def test_seeded_systems_say_what_stops_with_them(self):
        for name, stops in {
            'ups_primary': SERVER_SIDE | LOJ | {'erp_server', 'loj_user_pc'},
            'ups_secondary': SERVER_SIDE | LOJ | {'erp_server', 'loj_user_pc'},
            'erp_server': SERVER_SIDE,
            'postgresql': {'odoo_production', 'odoo', 'testbed', 'pgadmin', 'backup_odoo'},
            'cnet': {'backup_cnet'},
            'loj_user_pc': LOJ,
            'so_engine': {'loj_insights'},
            'megasync': BACKUPS,
            'internet': BACKUPS | {'megasync', 'tailscale', 'rustdesk', 'anydesk', 'access_matrix'},
            'backup_folders': BACKUPS | {'megasync'},
            'office_network': BACKUPS | {
                'internet', 'megasync', 'tailscale', 'rustdesk', 'anydesk', 'access_matrix', 'rdp', 'printers_marketing',
                'printers_office', 'pos_machines'},
            'printers_marketing': set(),
        }.items():
            with self.subTest(stops_first=name):
                self.assertEqual(self.env.ref(f'it_continuity.asset_{name}').impact_ids, self.env['it.asset'].union(
                    *(self.env.ref(f'it_continuity.asset_{one}') for one in stops)))

    def test_seeded_systems_need_one_another_in_no_circle(self):
        seeded = self.env['it.asset'].search([])
        seeded._check_no_cycle()
        self.assertFalse(seeded.filtered(lambda asset: asset in asset.impact_ids))
