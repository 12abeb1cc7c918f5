from odoo.tests import TransactionCase, tagged

from ..hooks import uninstall_hook


@tagged('post_install', '-at_install')
class TestUninstall(TransactionCase):

    def test_the_hook_removes_what_no_model_knows_of(self):
        settings = self.env['ir.config_parameter']
        settings.set_param('it_continuity.silent_closure_days', '9')
        settings.set_param('it_continuityx.of_another', '1')
        uninstall_hook(self.env)
        self.assertFalse(settings.search([('key', '=like', 'it\\_continuity.%')]))
        self.assertEqual(settings.get_param('it_continuityx.of_another'), '1')
        self.env.cr.execute("SELECT relname FROM pg_class WHERE relname LIKE 'it\\_sample\\_%' AND relkind IN ('r', 'p') OR relname = 'it_seal_head'")
        self.assertFalse(self.env.cr.fetchall())
