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

    @users('itc_manager')
    def test_manager_configures(self):
        self.category_remote.with_env(self.env).name = "Help from afar"
