from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketCategories(TicketCase):

    def test_every_on_demand_and_weekly_support_line_has_a_category(self):
        lines = self.env['it.handbook.line'].search([('kind', '=', 'ticket')])
        kept = self.env['it.ticket.category'].search([]).line_id
        self.assertTrue(lines)
        self.assertFalse((lines - kept).mapped('code'))
        self.assertLessEqual({'6.1', '6.2', '6.3', '4.2', '5.4'}, set(kept.mapped('code')))

    @users('itc_user')
    def test_employee_chooses_but_does_not_configure(self):
        category = self.category_remote.with_env(self.env)
        self.assertTrue(category.name)
        with self.assertRaises(AccessError):
            category.name = "Mine"

    def test_kind_of_request_names_no_role_of_one_company(self):
        """Kinds are every company's, and a role of one has its people there."""
        company = self.env['res.company'].create({'name': "Second"})
        role = self.env['it.role'].create({'name': "Their IT", 'code': 'theirs', 'company_id': company.id})
        with self.assertRaises(UserError):
            self.category_remote.with_user(self.manager).role_id = role
        self.category_remote.with_user(self.manager).role_id = self.role

    @users('itc_user')
    def test_ordinary_words_find_a_category(self):
        categories = self.env['it.ticket.category']
        for words, code in (
                ("print", 'printer_problem'), ("Printer", 'printer_ink'), ("password", 'account_access'), ("pasword", 'account_access'),
                ("login", 'account_access'), ("screen", 'remote_help'), ("toner", 'printer_ink'), ("tonner", 'toner_stock'),
                ("price", 'sales_location_pricelist'), ("badge", 'id_card'), ("internet", 'remote_help'), ("slow", 'remote_help'),
                ("I forgot my password", 'account_access'), ("my screen is black", 'remote_help'), ("paper jam", 'printer_problem'),
                ("new computer", 'inventory_purchase'), ("supplier", 'contact'), ("laptop", 'inventory_purchase')):
            with self.subTest(words=words):
                found = [category_id for category_id, _name in categories.name_search(words)]
                self.assertIn(code, categories.browse(found).mapped('code'))
                self.assertLess(len(found), 6, "few enough to choose from")
        self.assertFalse(categories.name_search("xyzzy"))
        self.assertGreater(len(categories.name_search("")), 10)

    def test_ordinary_words_find_the_tickets_of_a_kind(self):
        ticket = self._log()
        self.assertIn(ticket, self.env['it.ticket'].search([('category_id', 'ilike', "monitor")]))
        self.assertNotIn(ticket, self.env['it.ticket'].search([('category_id', 'ilike', "badge")]))

    def test_every_category_has_words_and_an_archived_one_is_not_offered(self):
        categories = self.env['it.ticket.category'].search([])
        self.assertFalse(categories.filtered(lambda category: not category.keywords).mapped('code'))
        self.env.ref('it_continuity.ticket_category_id_card').active = False
        self.assertFalse(categories.name_search("badge"))

    @users('itc_manager')
    def test_manager_configures(self):
        self.category_remote.with_env(self.env).name = "Help from afar"
