from odoo.fields import Command
from odoo.tests import tagged

from ..tour_case import TourCase
from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestDowntimeTour(AgentCase, TourCase):
    """A technician plans a recurring downtime from the menu, and a manager opens the availability."""

    def setUp(self):
        super().setUp()
        values = {'category_id': self.category.id, 'company_id': self.env.company.id}
        self.switch = self.env['it.asset'].create({'name': "Tour switch", 'kind': 'network', **values})
        self.env['it.asset'].create({'name': "Tour server", 'kind': 'host', 'depends_on_ids': [Command.link(self.switch.id)], **values})
        self._check(self.agent, "Tour check", asset_id=self.switch.id)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check SET create_date = create_date - interval '1 hour'")

    def test_a_recurring_downtime_is_planned_and_found_again(self):
        def story(phone):
            self._tour('/odoo/it-checks', 'it_downtime_plan_tour', self.technician, phone)
            downtime = self.env['it.downtime'].search([('reason', '=', "Tour firmware")])
            self.assertEqual((downtime.asset_ids, downtime.repeats, downtime.author_ids), (self.switch, 'weekly', self.technician))
            self.assertGreater(downtime.last_at, downtime.start_at)
        self._at_both_widths(story)

    def test_the_manager_opens_the_availability(self):
        self._at_both_widths(lambda phone: self._tour('/odoo/it-checks', 'it_availability_tour', self.manager, phone))
