from odoo.exceptions import AccessError
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

    @users('itc_manager')
    def test_manager_configures(self):
        self.category_remote.with_env(self.env).name = "Help from afar"
