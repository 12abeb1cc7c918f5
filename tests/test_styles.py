from odoo.tests import TransactionCase, tagged

BUNDLES = ('web.assets_web', 'web.assets_web_dark', 'web.assets_backend_lazy', 'web.assets_backend_lazy_dark')


@tagged('post_install', '-at_install')
class TestStyles(TransactionCase):

    def test_styles_compile_in_the_light_and_in_the_dark(self):
        """A fault in one of our files would show as a red bar on every page of Odoo, and no other test would fail."""
        for name in BUNDLES:
            with self.subTest(bundle=name):
                bundle = self.env['ir.qweb']._get_asset_bundle(name, js=False)
                bundle.preprocess_css()
                self.assertEqual(bundle.css_errors, [])
