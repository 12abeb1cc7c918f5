from odoo.fields import Command
from odoo.tests import tagged

from ..tour_case import TourCase
from .common import ChecklistCase


@tagged('post_install', '-at_install')
class TestOpenFormTour(ChecklistCase, TourCase):
    """A list on a form that somebody may only read opens records that this person may write in their own form."""

    def test_technician_edits_a_check_opened_from_its_task(self):
        agent = self.env['it.agent'].create({'name': "srv-tour", 'asset_id': self.host.id})
        self.env['it.check.kind'].create({'agent_id': agent.id, 'kind': 'disk', 'title': "Disk room"})
        check = self.env['it.check'].create({'name': "Tour disk", 'agent_id': agent.id, 'kind': 'disk'})
        task = self._task('open_form', check_ids=[Command.set(check.ids)])

        def story(phone):
            self._tour(f'/odoo/it-tasks/{task.id}', 'it_open_form_tour', self.technician, phone)
            self.assertEqual(check.name, "Tour disk, renamed")

        self._at_both_widths(story)
