import sys
from base64 import b64decode
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from ..service_desk.common import TicketCase

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
RIGHTS = 'base.group_partner_manager,base.group_erp_manager,product.group_product_manager,hr.group_hr_user,stock.group_stock_manager'

DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def draw_bars(case):
    """Let badges be printed: bars are really drawn, unless by a Python for which there is no such library (see ``dev/requirements.txt``)."""
    if sys.version_info >= (3, 13):
        case.enterClassContext(patch.object(case.env.registry['ir.actions.report'], 'barcode', lambda *_args, **_kwargs: DOT))


def use_price_lists(env):
    """Switch price lists on, as the settings of Sales and of Point of Sale do: with neither installed, as in our tests, they count for nothing."""
    env.ref('base.group_user').implied_ids = [Command.link(env.ref('product.group_product_pricelist').id)]


class DeedCase(TicketCase):
    """A technician who may write what the requests are about, beside one who has no rights in Odoo but ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_price_lists(cls.env)
        draw_bars(cls)
        cls.worker = new_test_user(cls.env, login='itc_worker', name="Worker", email='worker@example.com', groups=f'{TECHNICIAN},{RIGHTS}')
        cls.boss = new_test_user(cls.env, login='itc_boss', name="Boss", email='boss@example.com', groups=f'{TECHNICIAN},{RIGHTS},base.group_system')
        cls.employee = cls.env['hr.employee'].create({'name': "Selam Tadesse", 'work_email': "selam@example.com"})

    def _ask(self, code, /, **values):
        return self._log(
            subject=f"Walk {code}", category_id=self.env.ref(f'it_continuity.ticket_category_{code}').id, request_values=values).with_env(self.env)

    def _press(self, ticket, person=None):
        """Return the window that the ticket's button opens for a person."""
        action = ticket.with_user(person or self.worker).action_open_deed()
        self.assertEqual((action['res_model'], action['target']), ('it.ticket.deed', 'new'))
        return self.env['it.ticket.deed'].with_user(person or self.worker).browse(action['res_id'])

    def _save(self, window, vals):
        """Save Odoo's form that a window opens, as the web client does. Return the id of the record."""
        action = window.action_open_form()
        record = self.env[action['res_model']].browse(action['res_id'] or [])
        return self._rpc(window.env.user, record, 'web_save', vals, {'display_name': {}}, context=action['context'])[0]['id']

    def _prices(self, **rule):
        """Return a price list Adama, an item of 400, and the rule that the list has for it, if it has one."""
        item = self.env['product.template'].create({'name': "Coffee 250 g", 'default_code': "C250", 'list_price': 400})
        prices = self.env['product.pricelist'].create({'name': "Adama"})
        made = rule and prices.item_ids.create({'pricelist_id': prices.id, 'applied_on': '1_product', 'product_tmpl_id': item.id, **rule})
        return prices, item, made or prices.item_ids
