from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ...lib import ticket_deed
from ...models.deeds.deed_plan import ItDeedPlan
from ..tour_case import TourCase
from .deed_case import RIGHTS, draw_bars, use_price_lists

GROUP = 'it_continuity.it_continuity_group_'
LIST = '/odoo/it-tickets?view_type=list'


@tagged('post_install', '-at_install')
class TestTicketDeedTour(TourCase):
    """The button of every kind of request in the browser, with its app there and with it missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_price_lists(cls.env)
        draw_bars(cls)
        cls.user, cls.technician, cls.manager = (
            new_test_user(cls.env, login=f'itc_tour_{group}', name=f"Tour {group.capitalize()}", groups=f'{GROUP}{group},{rights}')
            for group, rights in (('user', 'base.group_user'), ('technician', f'{RIGHTS},base.group_system'), ('manager', 'base.group_erp_manager')))
        cls.partner = cls.env['res.partner'].create({'name': "Abebe Trading", 'phone': "0911 00 00 00"})
        cls.employee = cls.env['hr.employee'].create({'name': "Selam Tadesse"})

    def _ask(self, code, subject, **values):
        return self.env['it.ticket'].with_user(self.user).create({
            'subject': subject, 'category_id': self.env.ref(f'it_continuity.ticket_category_{code}').id, 'request_values': values}).with_env(self.env)

    def _ask_everything(self):
        leaver = new_test_user(self.env, login='itc_tour_leaver', name="Leaver", email='leaver@example.com', groups=f'{GROUP}user')
        item = self.env['product.template'].create({'name': "Coffee", 'default_code': "C1", 'list_price': 4})
        self.env['res.company'].create({'name': "Adama", 'parent_id': self.env.company.id})
        self.env['product.pricelist'].create([{'name': "Tour Prices"}, {'name': "Tour Old Prices"}])
        self.env['stock.warehouse'].create({'name': "Tour Old Shop", 'code': "TOUR"})
        self.env['uom.uom'].create({'name': "Tour Box", 'relative_factor': 6, 'relative_uom_id': self.env.ref('uom.product_uom_litre').id})
        staff, litre = self.env['hr.employee'].create({'name': "Abebe Kebede"}), self.env.ref('uom.product_uom_litre')
        asked = {
            'account_create': ('account_access', {'what': 'new_account', 'employee': self.employee.id, 'login': "selam.tour@example.com"}),
            'password_reset': ('account_access', {'what': 'reset_password', 'login': leaver.login}),
            'account_close': ('account_access', {'what': 'close_account', 'login': leaver.login}),
            'contact_create': ('contact', {'kind': 'customer', 'name': "Tour Customer"}),
            'contact_change': ('contact', {'what': 'change', 'existing': self.partner.id, 'city': "Adama"}),
            'employee_create': ('contact', {'kind': 'employee', 'name': "Tour Driver"}),
            'employee_change': ('contact', {'what': 'change', 'kind': 'employee', 'existing': staff.work_contact_id.id, 'phone': "0922 333 444"}),
            'item_create': ('sellable_item', {'name': "Tour Water", 'price': 3}),
            'item_change': ('sellable_item', {'what': 'change', 'existing_item': item.id, 'barcode': "0815"}),
            'location_create': ('sales_location_pricelist', {'name': "Tour Shop"}),
            'pricelist_create': ('sales_location_pricelist', {'what': 'new_pricelist', 'name': "Tour Wholesale"}),
            'location_change': ('sales_location_pricelist', {'what': 'change_location', 'name': "Tour Old Shop"}),
            'pricelist_change': ('sales_location_pricelist', {'what': 'change_pricelist', 'name': "Tour Old Prices"}),
            'list_price_change': ('sales_location_pricelist', {'what': 'change_price', 'name': "Tour Prices", 'item': "C1", 'new_price': 6}),
            'price_change': ('sales_location_pricelist', {'what': 'change_price', 'item': "C1", 'new_price': 5}),
            'unit_create': ('unit_of_measure', {'name': "Tour Carton", 'reference': litre.id, 'ratio': 12}),
            'unit_change': ('unit_of_measure', {'what': 'change', 'name': "Tour Box", 'ratio': 8}),
            'branch_create': ('company_branch', {'name': "Tour Branch"}),
            'branch_change': ('company_branch', {'what': 'change', 'name': "Adama", 'city': "Adama"}),
            'badge_make': ('id_card', {'employee': self.employee.id}),
            'improvement_create': ('improvement_idea', {'benefit': "Less walking"}),
            **{code: (code, {}) for code in ticket_deed.OUTSIDE},
        }
        self.assertEqual(asked.keys() - set(ticket_deed.OUTSIDE), self.env['it.deed.plan']._get_deeds().keys() - {'access_change'})
        self.env['it.ticket'].search([('state', 'in', ('new', 'in_progress', 'resolved'))])._transition({'state': 'cancelled'})  # past the guard: only ours on the screen
        return {key: self._ask(code, f"Tour {key}.", **values) for key, (code, values) in asked.items()}

    def test_every_kind(self):
        tickets = self._ask_everything()
        self._tour(LIST, 'it_deed_every_kind_tour', self.technician, timeout=180)
        for key, ticket in tickets.items():
            with self.subTest(key=key):
                self.assertEqual((len(ticket.step_ids), len(ticket.record_ids)), (1, key not in ticket_deed.OUTSIDE))

    def test_every_kind_without_its_app(self):
        tickets = self._ask_everything()
        for key in ticket_deed.OUTSIDE:  # these are no part of the story
            tickets.pop(key)._transition({'state': 'cancelled'})
        with patch.object(ItDeedPlan, '_is_there', lambda _self, _model: False):  # the one place where an app is looked for
            self._tour(LIST, 'it_deed_missing_tour', self.technician, timeout=180)
        self.assertFalse(any(ticket.step_ids or ticket.record_ids for ticket in tickets.values()))

    def test_in_odoos_own_form(self):
        def story(phone):
            ticket = self._ask('contact', "Tour form", kind='customer', name="Selam Trading", phone="0911 22 33 44")
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_deed_form_tour', self.technician, phone)
            partner = self.env['res.partner'].browse(ticket.record_ids.res_id)
            self.assertEqual((partner.name, partner.street, partner.create_uid), ("Selam Trading", "Piazza 1", self.technician))
        self._at_both_widths(story)

    def test_what_is_made_on_the_way_is_not_the_tickets(self):
        ticket = self._ask('contact', "Tour nested", kind='customer', name="Selam Trading")
        self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_deed_nested_tour', self.technician)
        partner = self.env['res.partner'].browse(ticket.record_ids.mapped('res_id'))
        self.assertEqual((partner.mapped('name'), partner.parent_id.name), (["Selam Trading"], "Selam Mother"))

    def test_in_one_step(self):
        def story(phone):
            ticket = self._ask('contact', "Tour change", what='change', existing=self.partner.id, phone="0911 22 33 44")
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_deed_change_tour', self.technician, phone)
            self.assertEqual((self.partner.phone, ticket.record_ids.what), ("0911 22 33 44", 'changed'))
        self._at_both_widths(story)

    def test_price_of_a_list_and_back(self):
        item = self.env['product.template'].create({'name': "Tour coffee", 'default_code': "TC1", 'list_price': 400})
        rule = self.env['product.pricelist.item'].create({
            'pricelist_id': self.env['product.pricelist'].create({'name': "Tour Adama"}).id, 'applied_on': '1_product', 'product_tmpl_id': item.id,
            'compute_price': 'fixed'})

        def story(phone):
            rule.fixed_price = 390
            ticket = self._ask('sales_location_pricelist', "Tour price", what='change_price', name="Tour Adama", item="TC1", old_price=390, new_price=412)
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_deed_price_tour', self.technician, phone)
            self.assertEqual((rule.fixed_price, item.list_price, ticket.record_ids.name), (412, 400, rule.pricelist_id.display_name))
        self._at_both_widths(story)

    def test_access_rights_with_a_managers_approval(self):
        reader = self.env['res.groups'].create({'name': "Tour reader"})
        head = self.env['res.groups'].create({'name': "Tour head", 'implied_ids': [Command.set(reader.ids)]})
        like = new_test_user(self.env, login='itc_tour_like', groups=f'{GROUP}user')
        like.group_ids += head

        def story(phone):
            ticket = self._ask('account_access', "Tour rights", what='access_right', like_user=like.id)
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_access_propose_tour', self.technician, phone)
            self.assertEqual((ticket.access_change_ids.state, head in self.user.group_ids), ('proposed', False))
            self._tour('/odoo/it-access-changes', 'it_access_approve_tour', self.manager, phone)
            self.assertEqual((ticket.access_change_ids.state, head in self.user.group_ids), ('applied', True))
        self._at_both_widths(story)
