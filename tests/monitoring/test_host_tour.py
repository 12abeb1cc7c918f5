from ast import literal_eval

from odoo.tests import tagged

from ..tour_case import TourCase
from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestHostTour(AgentCase, TourCase):
    """A manager lets a host report and a technician adds a check to it, before either form knows its company."""

    def setUp(self):
        super().setUp()
        self.server = self.env['it.asset'].create({
            'name': "Tour server", 'kind': 'host', 'category_id': self.category.id, 'company_id': self.env.company.id})

    def test_host_of_a_present_asset(self):
        def story(phone):
            self._tour('/odoo/it-hosts', 'it_host_of_present_asset_tour', self.manager, phone)
            self.assertEqual(self.server.agent_ids.company_id, self.env.company)
        self._at_both_widths(story)

    def test_quick_create_makes_a_host(self):
        """On a phone Odoo has no create by a mere name: the dialog of cards has New, and there the name is enough."""
        def story(phone):
            self._tour('/odoo/it-hosts', 'it_host_quick_create_tour', self.manager, phone)
            asset = self.env['it.asset'].search([('name', '=', "Tour new server")])
            self.assertEqual((asset.kind, asset.category_id, asset.company_id), ('host', self.category, self.env.company))
            self.assertEqual(len(asset.agent_ids), 1)
        self._at_both_widths(story)

    def test_new_check_finds_its_host(self):
        def story(phone):
            self._tour('/odoo/it-checks', 'it_check_new_tour', self.technician, phone)
            check = self.env['it.check'].search([('name', '=', "Tour room")])
            self.assertEqual((check.agent_id, check.asset_id, check.company_id), (self.agent, self.host, self.env.company))
        self._at_both_widths(story)

    def test_a_host_with_an_agent_is_not_offered_again(self):
        offered = literal_eval(self.env['it.agent'].fields_get(['asset_id'])['asset_id']['domain'])
        self.assertIn(self.server, self.env['it.asset'].with_user(self.manager).search(offered))
        self.assertNotIn(self.host, self.env['it.asset'].with_user(self.manager).search(offered))
        self.agent.active = False
        self.assertNotIn(self.host, self.env['it.asset'].with_user(self.manager).search(offered))
